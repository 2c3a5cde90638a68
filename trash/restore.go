package trash

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/access"
)

// restoreParams are what a restore and its preview take: what to restore besides the
// deletion, or which row of it.
var restoreParams = []string{"parents", "partly", "table", "key"}

// restoring is how a restore is asked for.
type restoring struct {
	Parents bool // the deletions that took the parents, too
	Partly  bool // what is left
	Row     *softdelete.RowKey
}

// plan is what a restore would do.
type plan struct {
	softdelete.Preview
	obstacles []obstacle
	blocked   string // why it cannot be done, in words; "" if nothing known
	// What would help.
	parents, partly bool
}

// obstacle is a row in the way, as it may be shown.
type obstacle struct {
	softdelete.Obstacle
	Why string `json:"why"`
	URL string `json:"url,omitempty"` // of the row in the application

	Fields     []field `json:"-"`
	Query      string  `json:"-"` // of the row that cannot come back
	OtherQuery string  `json:"-"` // of the row in the way, in the same deletion
	Link       bool    `json:"-"` // the deletion that took the row can be opened
}

type restoreView struct {
	Deletion         deletionLine
	Named            []*node // the row, or the first of the deletion
	Row              *node   // of a single row
	Rows             []amount
	Total            int64
	Back             []amount // rows that get a reference back
	Blocked          string
	Obstacles        []obstacle
	Parents, Partly  bool // as asked
	OfferParents     bool
	OfferPartly      bool
	Table            string
	Key              []string
	Query            string // that asks for the same again
	Failed           string // what came of the attempt
	More             bool   // there may be other obstacles
	WithParentsQuery string
	PartlyQuery      string
}

type restoreJSON struct {
	Rows      map[string]int64 `json:"rows"`
	Linked    map[string]int64 `json:"linked"` // rows that get a reference back, at most
	Blocked   string           `json:"blocked,omitempty"`
	Obstacles []obstacle       `json:"obstacles"`
}

func (q *request) restoring() (how restoring, err error) {
	if how.Parents, err = q.flag("parents"); err != nil {
		return how, err
	}
	if how.Partly, err = q.flag("partly"); err != nil {
		return how, err
	}
	table, err := q.table("table")
	if err != nil {
		return how, err
	}
	// Without a table or a key it is a row that is meant, too: not all of the deletion.
	if q.values.Has("table") || q.values.Has("key") {
		how.Row = &softdelete.RowKey{Table: table, Key: q.values["key"]}
	}
	if how.Row != nil && (how.Parents || how.Partly) {
		err = unclear("A row is restored by itself: without parents, and without partly.")
	}
	return how, err
}

func (how restoring) options() (list []softdelete.RestoreOption) {
	if how.Parents {
		list = append(list, softdelete.RestoreParents())
	}
	if how.Partly {
		list = append(list, softdelete.RestorePartly())
	}
	return list
}

// args are those of softdelete.Restore for the row.
func (how restoring) args() []any {
	args := []any{softdelete.RestoreOne()}
	for _, k := range how.Row.Key {
		args = append(args, k)
	}
	return args
}

func (q *request) preview(ctx context.Context, db softdelete.Execer, how restoring) (softdelete.Preview, error) {
	if how.Row != nil {
		return softdelete.PreviewRestore(ctx, db, how.Row.Table, how.args()...)
	}
	return softdelete.PreviewRestoreDeletion(ctx, db, q.id, how.options()...)
}

// touched are the tables that a restore changes.
func touched(p softdelete.Preview) []string {
	names := maps.Clone(p.Rows)
	maps.Copy(names, p.Unlinked)
	return slices.Sorted(maps.Keys(names))
}

// mayRestore is nil if the restore is allowed for all that it concerns.
func (q *request) mayRestore(concerned []string, how restoring, p softdelete.Preview) error {
	tables := touched(p)
	if how.Row == nil {
		tables = append(tables, concerned...)
	}
	return q.may(access.Restore, tables)
}

// target looks up what is to be restored.
func (q *request) target() (d softdelete.Deletion, concerned []string, how restoring, row *node, err error) {
	if d, concerned, err = q.lookUp(); err != nil {
		return d, nil, how, nil, err
	}
	if how, err = q.restoring(); err != nil || how.Row == nil {
		return d, concerned, how, nil, err
	}
	found, err := q.row(how.Row.Table, how.Row.Key)
	if err == nil {
		row = q.node(found)
	}
	return d, concerned, how, row, err
}

func (q *request) previewRestore() (reply, error) {
	d, concerned, how, row, err := q.target()
	if err != nil {
		return reply{}, err
	}
	p, err := q.preview(q.ctx, q.db, how)
	if err != nil {
		return reply{}, err
	}
	if err := q.mayRestore(concerned, how, p); err != nil {
		return reply{}, err
	}
	return q.restorePage(d, how, row, p, nil)
}

// restorePage shows what a restore would do, or why one was not possible.
func (q *request) restorePage(d softdelete.Deletion, how restoring, row *node, p softdelete.Preview, attempt error) (reply, error) {
	made, err := q.plan(how, p)
	if err != nil {
		return reply{}, err
	}
	answer := restoreJSON{Rows: p.Rows, Linked: p.Unlinked, Blocked: made.blocked, Obstacles: append([]obstacle{}, made.obstacles...)}
	v := restoreView{
		Deletion: q.line(d), Row: row, Rows: q.amounts(d.Table, p.Rows), Back: q.amounts("", p.Unlinked), Blocked: made.blocked, Obstacles: made.obstacles,
		Parents: how.Parents, Partly: how.Partly, OfferParents: made.parents, OfferPartly: made.partly, More: len(made.obstacles) >= obstacleLimit,
		WithParentsQuery: q.query("parents", "1"), PartlyQuery: q.query("partly", "1"),
	}
	for _, n := range p.Rows {
		v.Total += n
	}
	if row != nil {
		v.Named = []*node{row}
	} else if v.Named, err = q.named(v.Deletion); err != nil {
		return reply{}, err
	}
	if how.Row != nil {
		v.Table, v.Key = how.Row.Table, how.Row.Key
	}
	rep := reply{page: "restore", title: "Restore", view: &v, json: answer}
	if attempt != nil {
		f := failed(attempt)
		v.Failed, rep.status = f.detail, f.status
		if q.api {
			return reply{}, f
		}
	}
	return rep, nil
}

// obstacleLimit is how many obstacles of a kind a page shows.
const obstacleLimit = 5

// plan explains a preview.
func (q *request) plan(how restoring, p softdelete.Preview) (plan, error) {
	made := plan{Preview: p}
	found, err := softdelete.Obstacles(q.ctx, q.db, q.id, how.Row, obstacleLimit)
	if err != nil {
		return made, err
	}
	for _, o := range found {
		if o.Deleted && how.Parents {
			continue // they come back as well
		}
		if o.Deleted {
			made.parents = made.parents || how.Row == nil
			made.blocked = "Rows belong to others that are deleted themselves and would stay so."
		} else if made.blocked == "" {
			made.blocked = "Values that only one live row may have are taken by now. Change or delete the live rows that have them first."
		}
		if q.visible(o.Other.Table) && q.visible(o.Row.Table) {
			made.obstacles = append(made.obstacles, q.obstacle(o))
		}
	}
	var pgErr *pgconn.PgError
	switch {
	case p.Blocked == nil:
	case errors.As(p.Blocked, &pgErr) && pgErr.Code == "23503":
		made.blocked, made.parents = failed(p.Blocked).detail, made.parents || how.Row == nil && !how.Parents
	case isGone(p.Blocked):
		made.blocked, made.partly = gone, how.Row == nil
	default:
		made.blocked = failed(p.Blocked).detail
	}
	return made, nil
}

func (q *request) obstacle(o softdelete.Obstacle) obstacle {
	shown := obstacle{Obstacle: o, Query: rowQuery(o.Row.Table, o.Row.Key), OtherQuery: rowQuery(o.Other.Table, o.Other.Key)}
	this := o.Row.Table + " " + keyText(o.Row.Key)
	other := o.Other.Table + " " + keyText(o.Other.Key)
	if o.Deleted {
		shown.Why = fmt.Sprintf("%s belongs to %s, which is deleted itself.", this, other)
		shown.Fields, shown.Link = q.fields(o.Other.Table, o.Data), o.Deletion != "" && o.Deletion != q.id
		return shown
	}
	shown.Why = fmt.Sprintf("%s cannot come back: the live row %s has its key (%s).", this, other, o.Constraint)
	if q.opts.Authorize(q.ctx, access.Read, o.Other.Table) != nil {
		shown.Data = json.RawMessage("null")
		return shown
	}
	shown.Fields = q.fields(o.Other.Table, o.Data)
	if q.opts.RowURL != nil {
		shown.URL = q.opts.RowURL(o.Other.Table, o.Other.Key)
	}
	return shown
}

func (q *request) restore() (reply, error) {
	d, concerned, how, row, err := q.target()
	if err != nil {
		return reply{}, err
	}
	n, p, err := q.carryOut(concerned, how)
	if err = q.audit(access.Restore, how.Row, p.Rows, err); err != nil {
		if f := failed(err); f.status != http.StatusConflict || p.Rows == nil {
			return reply{}, err
		}
		again, previewErr := q.preview(q.ctx, q.db, how)
		if previewErr != nil {
			return reply{}, err
		}
		return q.restorePage(d, how, row, again, err)
	}
	return reply{location: q.afterwards("restored", n), json: map[string]any{"restored": n, "rows": p.Rows}}, nil
}

// carryOut restores, once it is allowed for all that this touches. Leave is asked outside
// of the transaction, for the one who gives it may need a connection; then the transaction
// is begun again.
func (q *request) carryOut(concerned []string, how restoring) (n int64, p softdelete.Preview, err error) {
	var granted, needed []string
	if how.Row == nil {
		needed = concerned
	}
	for {
		if err := q.may(access.Restore, needed); err != nil {
			return 0, softdelete.Preview{}, err
		}
		granted = append(granted, needed...)
		n, p, needed, err = q.tryOut(granted, how)
		if err != nil || len(needed) == 0 {
			return n, p, err
		}
	}
}

// tryOut restores in one transaction with the question what that touches: both see the
// same rows. If leave is needed for other tables than those, it does nothing, and names them.
func (q *request) tryOut(granted []string, how restoring) (n int64, p softdelete.Preview, needed []string, err error) {
	tx, err := q.db.BeginTx(q.ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead})
	if err != nil {
		return 0, p, nil, err
	}
	defer tx.Rollback() //nolint:errcheck // after the commit it does nothing
	if p, err = q.preview(q.ctx, tx, how); err != nil {
		return 0, softdelete.Preview{}, nil, err
	}
	needed = slices.DeleteFunc(touched(p), func(t string) bool { return slices.Contains(granted, t) })
	if len(needed) > 0 {
		return 0, p, needed, nil
	}
	if how.Row != nil {
		n, err = q.restoreRow(tx, how)
	} else {
		n, err = softdelete.RestoreDeletion(q.ctx, tx, q.id, how.options()...)
	}
	if err == nil && n == 0 {
		err = &failure{status: http.StatusConflict, detail: "No row of it is deleted any more."}
	}
	if err == nil {
		if err = tx.Commit(); err != nil && q.ctx.Err() != nil {
			err = &failure{http.StatusServiceUnavailable, "The time was up while the rows came back: look whether they did.", err}
		}
	}
	return n, p, nil, err
}

// restoreRow restores a row of the deletion. By its key alone it could be another one's:
// what was deleted and restored since, or, in the archive, deleted again.
func (q *request) restoreRow(tx *sql.Tx, how restoring) (int64, error) {
	filter := softdelete.RowFilter{Table: how.Row.Table, Key: how.Row.Key, Limit: 1}
	before, err := softdelete.DeletionRows(q.ctx, tx, q.id, filter)
	if err != nil || len(before) == 0 {
		return 0, err
	}
	n, err := softdelete.Restore(q.ctx, tx, how.Row.Table, how.args()...)
	if err != nil {
		return 0, err
	}
	after, err := softdelete.DeletionRows(q.ctx, tx, q.id, filter)
	if err == nil && len(after) > 0 {
		err = &failure{status: http.StatusConflict, detail: "A later deletion took a row with the same key: by itself only that one can be restored."}
	}
	return n, err
}

// afterwards is where a form leads: to the deletion, if there still is one.
func (q *request) afterwards(what string, n int64) string {
	path := "deletions"
	if _, _, err := q.lookUp(); err == nil {
		path += "/" + q.id
	}
	return fmt.Sprintf("%s?done=%s&n=%d", path, what, n)
}
