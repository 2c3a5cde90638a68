package rest

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/access"
)

// view is which rows a path shows.
type view uint8

const (
	live view = iota
	onlyDeleted
	withDeleted
)

// in is a context in which the driver shows these rows of the table.
func (v view) in(ctx context.Context, table string) context.Context {
	switch v {
	case onlyDeleted:
		return softdelete.OnlyDeleted(ctx, table)
	case withDeleted:
		return softdelete.WithDeleted(ctx, table)
	}
	return ctx
}

// look asks for leave to see such rows.
func (q *request) look(v view) error {
	if v != onlyDeleted {
		if err := q.h.allowed(q.ctx, access.Read, q.table.Name); err != nil {
			return err
		}
	}
	if v != live {
		return q.h.allowed(q.ctx, access.See, q.table.Name)
	}
	return nil
}

// querier is a *sql.DB or a *sql.Tx.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// item is an expression for a row known as t, without its hidden columns. json, and not
// jsonb: the columns come in their order. Numbers are written by PostgreSQL and reach the
// client to the digit. x.* is the row, where x could be a column of it.
func (t *table) item() string {
	return fmt.Sprintf("(SELECT to_json(x.*) FROM (SELECT %s) AS x)::text", list("t.", t.columns, "%s"))
}

// printedKey is an expression for the key of a row known as t.
func (t *table) printedKey() string {
	return "jsonb_build_array(" + list("t.", t.key, "%s::text") + ")::text"
}

// query sends a query of ours about the rows of c, and names a value that does not fit.
func (t *table) query(ctx context.Context, db querier, text string, c *condition, scan func(*sql.Rows) error) error {
	rows, err := db.QueryContext(ctx, text, c.args...)
	if err == nil {
		err = each(rows, scan)
	}
	return c.misfit(err)
}

// misfit makes a problem of the server's complaint about a value that a request has.
func (c *condition) misfit(err error) error {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return err
	}
	switch {
	case strings.HasPrefix(e.Code, "22"), e.Code == "23514", // data exceptions, and a domain's check
		c.names() && (strings.HasPrefix(e.Code, "42") || e.Code == "3F000"): // nothing has the name
		p := badRequest("a value is none of its column's type")
		p.more, p.cause = map[string]any{"columns": c.used}, err
		return p
	case e.Code == "42883", e.Code == "42704", e.Code == "0A000": // no such operator, or not with that collation
		p := badRequest("values of that column's type cannot be compared so")
		p.more, p.cause = map[string]any{"columns": c.used}, err
		return p
	}
	return err
}

// names reports whether a column's values are names of what the database has, which
// PostgreSQL looks up: regclass and its like.
func (c *condition) names() bool {
	for _, typ := range c.used {
		if strings.HasPrefix(typ, "reg") {
			return true
		}
	}
	return false
}

func listOf(v view) func(*request) (*reply, error) {
	return func(q *request) (*reply, error) {
		if err := q.look(v); err != nil {
			return nil, err
		}
		return q.list(v)
	}
}

// page is a list's answer.
type page struct {
	Items []json.RawMessage `json:"items"`
	Next  *string           `json:"next"` // relative to the request's URL
	Count *int64            `json:"count,omitempty"`
}

func (q *request) list(v view) (*reply, error) {
	c, err := q.table.filter(q.params)
	if err != nil {
		return nil, err
	}
	ctx := v.in(q.ctx, q.table.Name)
	p := page{Items: []json.RawMessage{}}
	counted, err := q.flag("count")
	if err != nil {
		return nil, err
	}
	if counted {
		p.Count = new(int64)
		text := fmt.Sprintf("SELECT count(*) FROM %s AS t WHERE %s", q.table.sql, c.where())
		if err := q.table.query(ctx, q.h.db, text, c, func(rows *sql.Rows) error { return rows.Scan(p.Count) }); err != nil {
			return nil, err
		}
	}
	limit, err := q.limit()
	if err != nil {
		return nil, err
	}
	if err := q.table.behind(c, q.params); err != nil {
		return nil, err
	}
	last, more := "", false
	text := fmt.Sprintf("SELECT %s, %s FROM %s AS t WHERE %s ORDER BY %s LIMIT %d",
		q.table.item(), q.table.printedKey(), q.table.sql, c.where(), list("t.", q.table.key, "%s"), limit+1)
	err = q.table.query(ctx, q.h.db, text, c, func(rows *sql.Rows) error {
		if more = len(p.Items) == limit; more {
			return nil
		}
		var item []byte
		err := rows.Scan(&item, &last)
		p.Items = append(p.Items, item)
		return err
	})
	if err != nil {
		return nil, err
	}
	head := http.Header{}
	if more {
		next := q.next(last)
		p.Next = &next
		head.Set("Link", "<"+next+`>; rel="next"`)
	}
	return answer(http.StatusOK, p, head)
}

// limit is how many rows a page has.
func (q *request) limit() (int, error) {
	most := q.h.o.MaxRows
	if !q.params.Has("limit") {
		return min(100, most), nil
	}
	n, err := strconv.Atoi(q.params.Get("limit"))
	if err != nil || n < 1 {
		return 0, badRequest("limit is a number from 1")
	}
	return min(n, most), nil
}

// next is the reference to the page behind the row with that key.
func (q *request) next(key string) string {
	params := url.Values{}
	for name, values := range q.params {
		if name != "count" {
			params[name] = values
		}
	}
	params.Set("after", base64.RawURLEncoding.EncodeToString([]byte(key)))
	return "?" + params.Encode()
}

// behind adds the condition for the rows of the next page.
func (t *table) behind(c *condition, params url.Values) error {
	if !params.Has("after") {
		return nil
	}
	bad := badRequest("after is none of the references that a page gives")
	key, err := base64.RawURLEncoding.DecodeString(params.Get("after"))
	if err != nil {
		return bad
	}
	var values []*string
	if json.Unmarshal(key, &values) != nil || len(values) != len(t.key) {
		return bad
	}
	var bounds []string
	for i, col := range t.key {
		if values[i] == nil || !text(*values[i]) {
			return bad
		}
		c.use(col)
		bounds = append(bounds, col.typed(c.param(*values[i])))
	}
	c.add("(%s) > (%s)", list("t.", t.key, "%s"), strings.Join(bounds, ", "))
	return nil
}

func rowOf(v view) func(*request) (*reply, error) {
	return func(q *request) (*reply, error) {
		see := v
		if both, err := q.flag("with-deleted"); err != nil {
			return nil, err
		} else if both {
			see, q.event.Action = withDeleted, access.See
		}
		if err := q.look(see); err != nil {
			return nil, err
		}
		c := q.table.byKey(q.key)
		var item []byte
		text := fmt.Sprintf("SELECT %s FROM %s AS t WHERE %s", q.table.item(), q.table.sql, c.where())
		if err := q.table.query(see.in(q.ctx, q.table.Name), q.h.db, text, c, func(rows *sql.Rows) error { return rows.Scan(&item) }); err != nil {
			return nil, err
		}
		if item == nil {
			return nil, noRow(see)
		}
		return &reply{status: http.StatusOK, body: item}, nil
	}
}

// noRow is the answer about a key that no such row has.
func noRow(v view) error {
	what := map[view]string{live: "live row", onlyDeleted: "deleted row", withDeleted: "row"}[v]
	return &problem{status: http.StatusNotFound, detail: "there is no " + what + " with that key"}
}

// answer is a reply in JSON. What PostgreSQL wrote stays as it wrote it.
func answer(status int, v any, head http.Header) (*reply, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return &reply{status: status, body: bytes.TrimSuffix(b.Bytes(), []byte("\n")), head: head}, nil
}
