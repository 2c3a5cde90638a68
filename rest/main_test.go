package rest_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/access"
	"github.com/softdelete-go/softdelete/internal/pgtemp"
	"github.com/softdelete-go/softdelete/rest"
)

func TestMain(m *testing.M) { pgtemp.Main(m) }

// A shop: keys of each kind, cascades, a hidden column, a schema.
const shopSchema = `
CREATE SCHEMA billing;
CREATE TABLE users (id bigint PRIMARY KEY, email text, name varchar(20), password text DEFAULT 'sesame-open-7431', balance numeric, born date, age int,
	deleted_at timestamptz, deletion_id uuid, deleted_by text, reason text);
CREATE UNIQUE INDEX users_email ON users (email) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX users_password ON users (password, name) WHERE deleted_at IS NULL;
CREATE TABLE orders (id uuid PRIMARY KEY, user_id bigint REFERENCES users, deleted_at timestamptz, deletion_id uuid);
CREATE TABLE items (order_id uuid REFERENCES orders, line text, n int, deleted_at timestamptz, deletion_id uuid, PRIMARY KEY (order_id, line));
CREATE TABLE tags (word text PRIMARY KEY, deleted_at timestamptz, deletion_id uuid);
CREATE TABLE notes (id int PRIMARY KEY, author_id bigint REFERENCES users, deleted_at timestamptz, deletion_id uuid);
CREATE TABLE files (id int PRIMARY KEY, user_id bigint REFERENCES users ON DELETE CASCADE, deleted_at timestamptz, deletion_id uuid);
CREATE TABLE billing.invoices (id int PRIMARY KEY, order_id uuid REFERENCES orders, deleted_at timestamptz, deletion_id uuid);
` + softdelete.JournalDDL + softdelete.HoldDDL + softdelete.ArchiveDDL

func shopPolicy() softdelete.Policy {
	t := func(name string, key ...string) softdelete.Table {
		return softdelete.Table{Name: name, DeletionID: "deletion_id", PrimaryKey: key}
	}
	users := t("users")
	users.Hidden, users.DeletedBy, users.Reason = []string{"password"}, "deleted_by", "reason"
	fk := func(child, column, parent string, action softdelete.Action) softdelete.ForeignKey {
		return softdelete.ForeignKey{Table: child, Columns: []string{column}, RefTable: parent, RefColumns: []string{"id"}, OnDelete: action}
	}
	return softdelete.Policy{
		Journal: true,
		Tables:  []softdelete.Table{users, t("orders"), t("items", "order_id", "line"), t("tags", "word"), t("notes"), t("files"), t("billing.invoices")},
		ForeignKeys: []softdelete.ForeignKey{
			fk("orders", "user_id", "users", softdelete.Cascade), fk("items", "order_id", "orders", softdelete.Cascade),
			fk("notes", "author_id", "users", softdelete.SetNull), fk("files", "user_id", "users", softdelete.Cascade),
			fk("billing.invoices", "order_id", "orders", softdelete.NoAction),
		},
	}
}

// order is the uuid of an order.
func order(n int) string { return fmt.Sprintf("00000000-0000-0000-0000-%012d", n) }

const shopRows = `
INSERT INTO users (id, email, name, balance, born, age) SELECT i, 'u' || i || '@x', 'user ' || i, 1.10, '2000-01-01', i FROM generate_series(1, 9) AS i;
INSERT INTO users (id, email, name, balance) VALUES (9007199254740993, 'big@x', 'big', 12345678901234567890.123456789012345678900);
INSERT INTO orders (id, user_id) SELECT format('00000000-0000-0000-0000-%s', lpad(i::text, 12, '0'))::uuid, i FROM generate_series(1, 9) AS i;
INSERT INTO items (order_id, line, n) SELECT o.id, l, 1 FROM orders AS o CROSS JOIN unnest(ARRAY['a', 'b/c,d']) AS l;
INSERT INTO tags VALUES ('plain'), ('a/b'), ('a,b'), ('ü ?#%'), ('deleted'), ('restore'), (''';DROP TABLE users;--');
INSERT INTO notes VALUES (1, 1), (2, 2);
INSERT INTO files VALUES (1, 1), (2, 2);
INSERT INTO billing.invoices VALUES (1, '00000000-0000-0000-0000-000000000009');
`

// api is a served shop.
type api struct {
	t           *testing.T
	ours, plain *sql.DB
	handler     http.Handler
	dsn         string

	mu     sync.Mutex
	deny   func(access.Action, string) error
	asked  []string
	events []access.Event
	log    bytes.Buffer
}

func newAPI(t *testing.T, change func(*rest.Options)) *api {
	t.Helper()
	return newAPIOf(t, shopPolicy(), change)
}

func newAPIOf(t *testing.T, p softdelete.Policy, change func(*rest.Options)) *api {
	t.Helper()
	return newAPIMade(t, p, "", change)
}

// newAPIMade has more in its database.
func newAPIMade(t *testing.T, p softdelete.Policy, more string, change func(*rest.Options)) *api {
	t.Helper()
	a := &api{t: t, dsn: pgtemp.NewDatabase(t)}
	a.plain = opened(t, func() (*sql.DB, error) { return sql.Open("pgx", a.dsn) })
	a.exec(shopSchema + "; " + shopRows + more)
	a.ours = opened(t, func() (*sql.DB, error) { return softdelete.Open(a.dsn, p) })
	o := rest.Options{Options: access.Options{
		Authorize: a.authorize, Audit: a.audit, Logger: slog.New(slog.NewTextHandler(&a.log, nil)),
		Actor: func(context.Context) string { return "ann" },
	}}
	if change != nil {
		change(&o)
	}
	var err error
	if a.handler, err = rest.New(a.ours, o); err != nil {
		t.Fatal(err)
	}
	return a
}

func opened(t *testing.T, open func() (*sql.DB, error)) *sql.DB {
	t.Helper()
	db, err := open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func (a *api) authorize(_ context.Context, action access.Action, table string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.asked = append(a.asked, string(action)+" "+table)
	if a.deny != nil {
		return a.deny(action, table)
	}
	return nil
}

func (a *api) audit(_ context.Context, e access.Event) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.events = append(a.events, e)
}

func (a *api) last() access.Event {
	a.t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.events) == 0 {
		a.t.Fatal("nothing was audited")
	}
	return a.events[len(a.events)-1]
}

func (a *api) exec(text string, args ...any) {
	a.t.Helper()
	if _, err := a.plain.Exec(text, args...); err != nil {
		a.t.Fatalf("%v, of %s", err, text)
	}
}

// one is what a query of one value answers, as text.
func (a *api) one(text string, args ...any) string {
	a.t.Helper()
	var s sql.NullString
	if err := a.plain.QueryRow(text, args...).Scan(&s); err != nil && !errors.Is(err, sql.ErrNoRows) {
		a.t.Fatalf("%v, of %s", err, text)
	}
	return s.String
}

// response is what came back.
type response struct {
	*http.Response
	text string
}

func (r response) doc(t *testing.T) map[string]any {
	t.Helper()
	var doc map[string]any
	d := json.NewDecoder(strings.NewReader(r.text))
	d.UseNumber()
	if err := d.Decode(&doc); err != nil {
		t.Fatalf("%v, of %q", err, r.text)
	}
	return doc
}

// call sends a request. header are names and values.
func (a *api) call(method, path string, header ...string) response {
	a.t.Helper()
	r := httptest.NewRequest(method, "http://api.example"+path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	a.handler.ServeHTTP(w, r)
	res := w.Result()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		a.t.Fatal(err)
	}
	if strings.Contains(string(body), "sesame") || strings.Contains(string(body), `"password"`) {
		a.t.Errorf("%s %s answers with the hidden column: %s", method, path, body)
	}
	if res.StatusCode >= 500 {
		a.t.Errorf("%s %s: %d %s\n%s", method, path, res.StatusCode, body, a.log.String())
	}
	if kind := res.Header.Get("Content-Type"); res.StatusCode >= 400 && kind != "application/problem+json" {
		a.t.Errorf("%s %s: %d is a %s", method, path, res.StatusCode, kind)
	}
	return response{res, string(body)}
}

// want sends a request and demands a status.
func (a *api) want(status int, method, path string, header ...string) response {
	a.t.Helper()
	r := a.call(method, path, header...)
	if r.StatusCode != status {
		a.t.Errorf("%s %s: %d %s, want %d", method, path, r.StatusCode, r.text, status)
	}
	return r
}

// ids are the values of a column in a page.
func (a *api) ids(path, column string) string {
	a.t.Helper()
	doc := a.want(200, "GET", path).doc(a.t)
	items, ok := doc["items"].([]any)
	if !ok {
		a.t.Fatalf("GET %s has no items: %v", path, doc)
	}
	var list []string
	for _, item := range items {
		list = append(list, fmt.Sprint(item.(map[string]any)[column]))
	}
	return strings.Join(list, "|")
}

func (a *api) equal(what, got, want string) {
	a.t.Helper()
	if got != want {
		a.t.Errorf("%s:\n%s\nwant\n%s", what, got, want)
	}
}

// state is every row of every table, to compare.
func (a *api) state() string {
	a.t.Helper()
	return a.one(`SELECT string_agg(r, E'\n' ORDER BY r) FROM (SELECT to_jsonb(t)::text AS r FROM users t UNION ALL SELECT to_jsonb(t)::text FROM orders t
		UNION ALL SELECT to_jsonb(t)::text FROM items t UNION ALL SELECT to_jsonb(t)::text FROM tags t UNION ALL SELECT to_jsonb(t)::text FROM notes t
		UNION ALL SELECT to_jsonb(t)::text FROM files t UNION ALL SELECT to_jsonb(t)::text FROM billing.invoices t UNION ALL SELECT to_jsonb(t)::text FROM softdelete_deletions t) AS x`)
}
