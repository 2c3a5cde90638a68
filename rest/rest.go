// Package rest gives the tables of a policy HTTP endpoints for what soft deletes add to
// them: lists of live and of deleted rows, deletes, restores, and deletes for good.
//
//	api, err := rest.New(db, rest.Options{Options: access.Options{Authorize: authorize}})
//	mux.Handle("/api/", http.StripPrefix("/api", api))
//
// For a table named users there are then
//
//	GET    /users/                   live rows; filters, pages, ?count=true
//	GET    /users/deleted/           deleted rows
//	GET    /users/with-deleted/      both
//	DELETE /users/?<filter>          delete what the filter matches
//	DELETE /users/deleted/?<filter>&permanent=true
//	PATCH  /users/restore/?<filter>  restore what the filter matches
//	GET    /users/7/                 the live row; /users/deleted/7/, /users/with-deleted/7/
//	DELETE /users/7/                 delete it; ?permanent=true really does
//	PATCH  /users/7/restore/         restore it, with all that was deleted with it
//
// and GET /openapi.json describes them. What is deleted and what is seen is decided by
// the driver: foreign keys are followed, restores are exact. Rows are neither made nor
// changed here.
//
// Every request asks [access.Authorize]: access.Read for live rows, access.See for
// deleted ones, access.Delete, access.Restore and access.Purge for what they say, of each
// table that the request can change rows of. Columns that the policy hides are in no answer
// and can be filtered by in no request.
//
// docs/rest.md has the parameters, the errors, and examples.
package rest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/access"
)

// Options say which tables are served, and to whom.
type Options struct {
	access.Options
	// Tables are those to serve, as the policy names them. Default: all that the policy
	// has when a request comes. Partitions are served only if they are listed; an entry for
	// every schema, such as "*.users", cannot be.
	Tables []string
	// AllowBulkPurge lets a request delete all rows that a filter matches for good.
	// Default: it is refused; single rows can be deleted for good.
	AllowBulkPurge bool
	// MaxRows is how many rows a page may have. Default: 1000. Pages have 100 unless the
	// request says how many.
	MaxRows int
	// MaxBulk is how many rows a request with a filter may delete or restore, not counting
	// what goes with them. Default: 10,000. Where the filter matches more, nothing is done.
	MaxBulk int
}

// New returns the endpoints for a database that package softdelete opened. It asks the
// database for the policy. An error says that the options are not complete, that they
// name a table that the policy does not have, or that the database cannot be asked.
//
// The handler's paths begin with the table; mount it elsewhere with [http.StripPrefix].
func New(db *sql.DB, o Options) (http.Handler, error) {
	var err error
	if o.Options, err = o.Options.Check(); err != nil {
		return nil, err
	}
	if o.MaxRows <= 0 {
		o.MaxRows = 1000
	}
	if o.MaxBulk <= 0 {
		o.MaxBulk = 10_000
	}
	h := &handler{db: db, o: o}
	ctx, cancel := context.WithTimeout(context.Background(), max(o.Timeout, 30*time.Second))
	defer cancel()
	p, err := h.refresh(ctx)
	if err != nil {
		return nil, err
	}
	for _, name := range o.Tables {
		if _, ok := entry(p, name); !ok {
			return nil, fmt.Errorf("softdelete: rest: %q is not a table of the policy; write it as the policy does", name)
		}
		if everySchema(name) {
			return nil, fmt.Errorf("softdelete: rest: %q is a table in every schema, and a path has no place for the schema", name)
		}
	}
	return access.Guard(o.Options, h, func(w http.ResponseWriter, r *http.Request, status int, why string) {
		h.fail(w, r, &problem{status: status, detail: why})
	})
}

// handler is what [New] returns, within its guard.
type handler struct {
	db     *sql.DB
	o      Options
	policy atomic.Pointer[softdelete.Policy] // as the last request found it
}

// served reports whether the options let the policy's entry be reached.
func (h *handler) served(t softdelete.Table) bool {
	if len(h.o.Tables) > 0 {
		return slices.Contains(h.o.Tables, t.Name)
	}
	return t.PartitionOf == "" && !everySchema(t.Name)
}

// allowed asks whether the request may do that with that table.
func (h *handler) allowed(ctx context.Context, action access.Action, table string) error {
	err := h.o.Authorize(ctx, action, table)
	if err == nil {
		return nil
	}
	p := &problem{status: http.StatusForbidden, detail: fmt.Sprintf("not allowed: %s %s", action, table), cause: err}
	var denied access.Denied
	if errors.As(err, &denied) {
		p.detail = denied.Why
	}
	return p
}

// actor names whoever made the request.
func (h *handler) actor(ctx context.Context) (context.Context, string) {
	if h.o.Actor == nil {
		return ctx, actorOf(ctx)
	}
	name := h.o.Actor(ctx)
	return softdelete.WithActor(ctx, name), name
}
