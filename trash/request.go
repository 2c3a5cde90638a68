package trash

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/access"
	"github.com/softdelete-go/softdelete/internal/beneath"
)

// request is one request on its way.
type request struct {
	*handler
	ctx    context.Context
	api    bool
	path   string // below the handler
	id     string // of the deletion, from the path
	values url.Values
	actor  string

	tables []softdelete.Table // those of the policy that may be seen, without partitions
	all    bool               // which are all that it has
	seen   map[string]bool    // by their names; and others that were asked about
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "" && !strings.HasSuffix(originalPath(r), "/") {
		// Relative links need the slash.
		path := originalPath(r)
		w.Header().Set("Location", path[strings.LastIndexByte(path, '/')+1:]+"/")
		w.WriteHeader(http.StatusPermanentRedirect)
		return
	}
	// What a request does is decided here, not by a middleware's scope.
	q := &request{handler: h, ctx: beneath.Unscoped(r.Context()), path: below(r)}
	q.api = strings.HasPrefix(q.path, "api/")
	q.actor = softdelete.ActorOf(q.ctx)
	if h.opts.Actor != nil {
		q.actor = h.opts.Actor(q.ctx)
		q.ctx = softdelete.WithActor(q.ctx, q.actor)
	}
	found, id, methods := h.find(r.Method, q.path)
	switch {
	case found == nil && len(methods) > 0:
		w.Header().Set("Allow", strings.Join(methods, ", "))
		q.fail(w, &failure{status: http.StatusMethodNotAllowed, detail: "This address does not take " + r.Method + "."})
		return
	case found == nil:
		q.fail(w, &failure{status: http.StatusNotFound, detail: "There is nothing at this address."})
		return
	}
	q.id, q.api = id, strings.HasPrefix(found.path, "api/") // which may be written %61pi/
	rep, err := q.serve(w, r, found)
	if err != nil {
		q.fail(w, err)
		return
	}
	q.answer(w, rep)
}

// originalPath is the path as it was before a prefix was stripped.
func originalPath(r *http.Request) string {
	path, _, _ := strings.Cut(r.RequestURI, "?")
	return path
}

func (q *request) serve(w http.ResponseWriter, r *http.Request, found *route) (reply, error) {
	if err := q.read(w, r, found.params); err != nil {
		return reply{}, err
	}
	if found.open {
		return found.serve(q)
	}
	if strings.Contains(found.path, "{id}") {
		if !isUUID(q.id) {
			return reply{}, &failure{status: http.StatusBadRequest, detail: "A deletion's id is a uuid, such as 0b7e5c0a-6f0d-4f6e-9b53-2a4a2f7f3f10."}
		}
		q.id = strings.ToLower(q.id)
	}
	if err := q.look(); err != nil {
		return reply{}, err
	}
	return found.serve(q)
}

// read reads the query, and the body of a POST, where all parameters are.
func (q *request) read(_ http.ResponseWriter, r *http.Request, params []string) (err error) {
	if q.values, err = url.ParseQuery(r.URL.RawQuery); err != nil {
		return unclear("The address cannot be read.")
	}
	if r.Method == http.MethodPost {
		if len(q.values) > 0 {
			return unclear("Parameters stand in the body, not in the address.")
		}
		if err := q.readBody(r); err != nil {
			return err
		}
	}
	for name, values := range q.values {
		if !slices.Contains(params, name) {
			return unclear(fmt.Sprintf("There is no parameter %.40q here.", name))
		}
		if !slices.Contains(lists, name) && len(values) != 1 || len(values) == 0 {
			return unclear(fmt.Sprintf("The parameter %s is given %d times.", name, len(values)))
		}
		for _, v := range values {
			if strings.ContainsRune(v, 0) || !utf8.ValidString(v) {
				return unclear(fmt.Sprintf("The parameter %s has characters that no text in the database has.", name))
			}
		}
	}
	return nil
}

// lists are the parameters that may have several values: those of a key.
var lists = []string{"key", "parent_key"}

// readBody reads a form or, under api/, an object. A form's fields are strings; so an
// object's texts, its truths ("1" and "") and its lists of texts are.
func (q *request) readBody(r *http.Request) error {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case len(body) == 0 && (q.api || kind == "application/x-www-form-urlencoded"):
		return nil
	case q.api && kind == "application/json":
		return q.readObject(body)
	case !q.api && kind == "application/x-www-form-urlencoded":
		if q.values, err = url.ParseQuery(string(body)); err != nil {
			return unclear("The form cannot be read.")
		}
		return nil
	case q.api:
		return &failure{status: http.StatusUnsupportedMediaType, detail: "The body has to be JSON, with Content-Type: application/json."}
	}
	return &failure{status: http.StatusUnsupportedMediaType, detail: "The body has to be a form."}
}

func (q *request) readObject(body []byte) error {
	var object map[string]any
	if err := json.Unmarshal(body, &object); err != nil || object == nil {
		return unclear("The body is not a JSON object.")
	}
	for name, v := range object {
		switch v := v.(type) {
		case string:
			q.values[name] = []string{v}
		case bool:
			q.values[name] = []string{map[bool]string{true: "1"}[v]}
		case []any:
			q.values[name] = nil
			for _, part := range v {
				text, ok := part.(string)
				if !ok {
					return unclear(fmt.Sprintf("%.40q is a list of texts.", name))
				}
				q.values[name] = append(q.values[name], text)
			}
		default:
			return unclear(fmt.Sprintf("%.40q is a text, true or false, or a list of texts.", name))
		}
	}
	return nil
}

// look finds out which tables there are, and which of them may be seen.
func (q *request) look() error {
	policy, err := q.policy()
	if err != nil {
		return err
	}
	q.seen, q.all = map[string]bool{}, true
	var why error
	for _, t := range policy.Tables {
		if t.PartitionOf != "" {
			continue
		}
		err := q.opts.Authorize(q.ctx, access.See, t.Name)
		if q.seen[t.Name] = err == nil; err != nil {
			q.all, why = false, err
			continue
		}
		q.tables = append(q.tables, t)
	}
	if len(q.tables) == 0 {
		return q.denied(access.See, "", why)
	}
	return nil
}

// policy is that of the database.
func (q *request) policy() (policy softdelete.Policy, err error) {
	rows, err := q.db.QueryContext(beneath.Context(q.ctx, "SELECT 1", func(p any) { policy, _ = p.(softdelete.Policy) }), "SELECT 1")
	if err != nil {
		return policy, err
	}
	defer rows.Close() //nolint:errcheck // its rows mean nothing
	return policy, rows.Err()
}

// visible reports whether a table may be seen, which the policy need not have any more.
func (q *request) visible(table string) bool {
	seen, asked := q.seen[table]
	if !asked {
		seen = q.opts.Authorize(q.ctx, access.See, table) == nil
		q.seen[table] = seen
	}
	return seen
}

// names are those of the tables that may be seen.
func (q *request) names() []string {
	names := make([]string, 0, len(q.tables))
	for _, t := range q.tables {
		names = append(names, t.Name)
	}
	return names
}

// may is nil if the action is allowed with the rows of all these tables.
func (q *request) may(action access.Action, tables []string) error {
	for _, t := range tables {
		if !q.visible(t) {
			return q.denied(action, t, errors.New("the table may not be seen"))
		}
		if err := q.opts.Authorize(q.ctx, action, t); err != nil {
			return q.denied(action, t, err)
		}
	}
	return nil
}

// denied is the answer to what is not allowed. Only the log names the table, which it
// may not be allowed to know.
func (q *request) denied(action access.Action, table string, why error) error {
	f := &failure{status: http.StatusForbidden, detail: "You are not allowed to do this.", err: fmt.Errorf("softdelete: %s on %q: %w", action, table, why)}
	if action == access.See {
		f.detail = "You are not allowed to see this."
	}
	var d access.Denied
	if errors.As(why, &d) {
		f.detail = d.Why
	}
	return f
}

// audit tells of an act. It returns err.
func (q *request) audit(action access.Action, row *softdelete.RowKey, rows map[string]int64, err error) error {
	e := access.Event{At: time.Now(), Actor: q.actor, Action: action, Deletion: q.id, Rows: rows, Err: err}
	if row != nil {
		e.Table, e.Key = row.Table, row.Key
	}
	q.opts.Audit(q.ctx, e)
	return err
}

// number is a parameter between 1 and most.
func (q *request) number(name string, most, otherwise int) (int, error) {
	text := q.values.Get(name)
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > most {
		return 0, unclear(fmt.Sprintf("%s is a number from 1 to %d.", name, most))
	}
	return n, nil
}

// flag is a parameter that is true or false; false without it.
func (q *request) flag(name string) (bool, error) {
	switch q.values.Get(name) {
	case "", "0", "false":
		return false, nil
	case "1", "true":
		return true, nil
	}
	return false, unclear(name + " is 1 or true, or 0 or false.")
}

// table is the parameter of that name, "" or a table that may be seen.
func (q *request) table(name string) (string, error) {
	table := q.values.Get(name)
	if table != "" && !slices.Contains(q.names(), table) {
		return "", unclear("There is no such table here.")
	}
	return table, nil
}

// isUUID reports whether text is a uuid as the server prints it.
func isUUID(text string) bool {
	if len(text) != 36 {
		return false
	}
	for i, c := range text {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		if dash != (c == '-') || !dash && !strings.ContainsRune("0123456789abcdefABCDEF", c) {
			return false
		}
	}
	return true
}
