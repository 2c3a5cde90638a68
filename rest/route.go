package rest

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/softdelete-go/softdelete/access"
	"github.com/softdelete-go/softdelete/internal/beneath"
)

// route is an endpoint. All of them are in routes, which the tests go through.
type route struct {
	name     string // for the OpenAPI document
	summary  string // the same
	method   string
	path     string          // with {table} and {key}
	needs    []access.Action // on the table; the first is what the audit calls it
	controls []string        // the parameters that it knows
	filters  bool            // other parameters are filters
	serve    func(*request) (*reply, error)
}

var routes []route

// The functions need routes, for the document is made of them.
func init() {
	page := []string{"limit", "after", "count"}
	bulk := []string{"all", "count", "permanent"}
	back := []string{"count", "parents", "partly", "one"}
	const get, del, patch = http.MethodGet, http.MethodDelete, http.MethodPatch
	read, see, both := []access.Action{access.Read}, []access.Action{access.See}, []access.Action{access.See, access.Read}
	remove, restore, purge := []access.Action{access.Delete}, []access.Action{access.Restore}, []access.Action{access.Purge}
	routes = []route{
		{"document", "This document", get, "/openapi.json", read, nil, false, document},
		{"list", "Live rows, by key", get, "/{table}/", read, page, true, listOf(live)},
		{"deleteMany", "Delete the live rows that the filter matches, and what foreign keys say", del, "/{table}/", remove, bulk, true, deleteAll(live)},
		{"listDeleted", "Deleted rows, by key", get, "/{table}/deleted/", see, page, true, listOf(onlyDeleted)},
		{"purgeMany", "Delete for good the deleted rows that the filter matches", del, "/{table}/deleted/", purge, bulk, true, deleteAll(onlyDeleted)},
		{"listWithDeleted", "Live and deleted rows, by key", get, "/{table}/with-deleted/", both, page, true, listOf(withDeleted)},
		{"restoreMany", "Restore the deleted rows that the filter matches, with all that was deleted with them", patch, "/{table}/restore/", restore, append([]string{"all"}, back...), true, restoreAll},
		{"getDeleted", "A deleted row", get, "/{table}/deleted/{key}/", see, nil, false, rowOf(onlyDeleted)},
		{"getWithDeleted", "A row, live or deleted", get, "/{table}/with-deleted/{key}/", both, nil, false, rowOf(withDeleted)},
		{"get", "A live row", get, "/{table}/{key}/", read, []string{"with-deleted"}, false, rowOf(live)},
		{"delete", "Delete a row, and what foreign keys say", del, "/{table}/{key}/", remove, []string{"count", "permanent"}, false, deleteOne},
		{"restore", "Restore a row, with all that was deleted with it", patch, "/{table}/{key}/restore/", restore, back, false, restoreOne},
	}
}

// request is one on its way through a route.
type request struct {
	*http.Request
	ctx    context.Context // the request's, with actor and reason
	h      *handler
	route  route
	params url.Values
	table  *table // nil if the route has none
	key    []string
	event  access.Event
}

// reply is an answer that is no problem.
type reply struct {
	status int
	body   []byte
	head   http.Header
}

// ServeHTTP is called within the guard.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	rt, found, allow := match(r)
	switch {
	case allow == "":
		h.fail(w, r, &problem{status: http.StatusNotFound, detail: "there is nothing here"})
		return
	case r.Method == http.MethodOptions:
		w.Header().Set("Allow", allow)
		h.write(w, r, http.StatusNoContent, "", nil)
		return
	case rt == nil:
		h.fail(w, r, &problem{status: http.StatusMethodNotAllowed, detail: "the methods here are " + allow, allow: allow})
		return
	}
	q := &request{Request: r, h: h, route: *rt, event: access.Event{At: time.Now(), Action: rt.needs[0]}}
	// Which rows a request reaches is decided here, not by a middleware's scope.
	q.ctx, q.event.Actor = h.actor(beneath.Unscoped(r.Context()))
	answer, err := q.serve(found)
	var p *problem
	if err != nil {
		p = problemOf(q.ctx, err)
	}
	if q.event.Table != "" {
		q.event.Err = err
		h.o.Audit(context.WithoutCancel(q.ctx), q.event)
	}
	if p != nil {
		h.fail(w, r, p)
		return
	}
	for name, values := range answer.head {
		w.Header()[name] = values
	}
	h.write(w, r, answer.status, "application/json", answer.body)
}

// match finds the route of a request, what its path holds as it came, and the methods
// that the path allows, "" if there is no such path. A path may end with a slash or not.
func match(r *http.Request) (rt *route, found map[string]string, allow string) {
	path := strings.TrimPrefix(r.URL.EscapedPath(), "/")
	segments := strings.Split(strings.TrimSuffix(path, "/"), "/")
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	var methods []string
	for i := range routes {
		values, ok := routes[i].matches(segments)
		if !ok {
			continue
		}
		if !slices.Contains(methods, routes[i].method) {
			methods = append(methods, routes[i].method)
		}
		if rt == nil && routes[i].method == method {
			rt, found = &routes[i], values
		}
	}
	if len(methods) == 0 {
		return nil, nil, ""
	}
	methods = append(methods, http.MethodOptions)
	if slices.Contains(methods, http.MethodGet) {
		methods = append(methods, http.MethodHead)
	}
	slices.Sort(methods)
	return rt, found, strings.Join(methods, ", ")
}

// matches compares segments as they came: an encoded one is no word of the path, so that
// a key "deleted" can be written %64eleted.
func (rt route) matches(segments []string) (map[string]string, bool) {
	pattern := strings.Split(strings.Trim(rt.path, "/"), "/")
	if len(pattern) != len(segments) {
		return nil, false
	}
	found := map[string]string{}
	for i, p := range pattern {
		switch {
		case segments[i] == "":
			return nil, false
		case strings.HasPrefix(p, "{"):
			found[strings.Trim(p, "{}")] = segments[i]
		case p != segments[i]:
			return nil, false
		}
	}
	return found, true
}

// serve answers the request, when it is one that can be understood.
func (q *request) serve(found map[string]string) (*reply, error) {
	var err error
	if q.params, err = parameters(q.URL.RawQuery); err != nil {
		return nil, err
	}
	if err := q.checkParameters(); err != nil {
		return nil, err
	}
	if err := q.emptyBody(); err != nil {
		return nil, err
	}
	if err := q.reason(); err != nil {
		return nil, err
	}
	raw, ok := found["table"]
	if !ok {
		return q.route.serve(q)
	}
	name, err := url.PathUnescape(raw)
	if err != nil || !text(name) {
		return nil, errNoTable
	}
	if q.table, err = q.h.describe(q.ctx, name); err != nil {
		return nil, err
	}
	q.event.Table = q.table.Name
	if raw, ok = found["key"]; ok {
		if q.key, err = q.table.parseKey(raw); err != nil {
			// What is wrong with it tells of what the table is like.
			if denied := q.h.allowed(q.ctx, q.route.needs[0], q.table.Name); denied != nil {
				return nil, denied
			}
			return nil, err
		}
		q.event.Key = q.key
	}
	return q.route.serve(q)
}

// emptyBody refuses parameters in the body of a request that changes something, where
// nobody would read them. Some clients always send an object; it may be empty.
func (q *request) emptyBody() error {
	if q.Method == http.MethodGet || q.Method == http.MethodHead {
		return nil
	}
	body, err := io.ReadAll(q.Body)
	if err != nil {
		return err
	}
	if text := strings.TrimSpace(string(body)); text != "" && text != "{}" && text != "null" {
		return badRequest("parameters stand in the address, and the body is empty")
	}
	return nil
}

// parameters reads a query, every value of which can be sent to the database.
func parameters(query string) (url.Values, error) {
	params, err := url.ParseQuery(query)
	if err != nil {
		return nil, badRequest("the query cannot be read")
	}
	for name, values := range params {
		for _, v := range append(values, name) {
			if !text(v) {
				return nil, badRequest("the query has a NUL, or is not UTF-8")
			}
		}
	}
	return params, nil
}

// checkParameters refuses what the route does not know.
func (q *request) checkParameters() error {
	for _, name := range sorted(q.params) {
		control := slices.Contains(controls, name)
		switch {
		case control && !slices.Contains(q.route.controls, name):
			return badRequest(fmt.Sprintf("%q means nothing here; a column of that name is looked up with %s__exact", name, name))
		case control && len(q.params[name]) != 1:
			return badRequest(fmt.Sprintf("%q is given %d times", name, len(q.params[name])))
		case !control && !q.route.filters:
			return badRequest(fmt.Sprintf("%.80q means nothing here", name))
		}
	}
	return nil
}

// flag is a parameter that is true or false; false if it is not there.
func (q *request) flag(name string) (bool, error) {
	if !q.params.Has(name) {
		return false, nil
	}
	return boolean(name, q.params.Get(name))
}

// parseKey reads a row's key from a segment of the path: its values as they are encoded
// in paths, with a comma between those of a key of several columns.
func (t *table) parseKey(raw string) ([]string, error) {
	parts := []string{raw}
	if len(t.key) > 1 {
		parts = strings.Split(raw, ",")
	}
	if len(parts) != len(t.key) {
		return nil, badRequest(fmt.Sprintf("the key of %s is (%s); write a comma between the values", t.Name, strings.Join(t.PrimaryKey, ", ")))
	}
	for i, p := range parts {
		value, err := url.PathUnescape(p)
		if err != nil || !text(value) {
			return nil, badRequest("the key has a NUL, or is not UTF-8")
		}
		parts[i] = value
	}
	return parts, nil
}
