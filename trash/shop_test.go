package trash

import (
	"context"
	"database/sql"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/stdlib"

	"github.com/jackc/pgx/v5"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/access"
	"github.com/softdelete-go/softdelete/internal/pgtemp"
)

// secret is in every column that the policy hides.
const secret = "hunter2-hidden"

const shopSchema = `
CREATE TABLE customers (id int PRIMARY KEY, name text, email text, ssn text, password text, deleted_at timestamptz, deletion_id uuid, deleted_by text);
CREATE UNIQUE INDEX customers_email ON customers (email) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX customers_ssn ON customers (ssn) WHERE deleted_at IS NULL;
CREATE TABLE orders (id int PRIMARY KEY, customer_id int REFERENCES customers ON DELETE CASCADE, status text, deleted_at timestamptz, deletion_id uuid);
CREATE TABLE items (order_id int REFERENCES orders ON DELETE CASCADE, line int, product text, deleted_at timestamptz, deletion_id uuid, PRIMARY KEY (order_id, line));
CREATE TABLE notes (id int PRIMARY KEY, customer_id int REFERENCES customers ON DELETE SET NULL, body text, deleted_at timestamptz, deletion_id uuid);
CREATE TABLE visits (id int PRIMARY KEY, customer_id int REFERENCES customers);
CREATE INDEX ON customers (deletion_id); CREATE INDEX ON orders (deletion_id); CREATE INDEX ON items (deletion_id);
INSERT INTO customers SELECT i, 'Customer ' || i, 'c' || i || '@shop.example', '` + secret + `' || i, '` + secret + `' FROM generate_series(1, 20) AS i;
INSERT INTO orders SELECT i, 1 + i % 20, 'open' FROM generate_series(1, 60) AS i;
INSERT INTO items SELECT i, n, 'mug' FROM generate_series(1, 60) AS i, generate_series(1, 3) AS n;
INSERT INTO notes SELECT i, 1 + i % 20, 'note' FROM generate_series(1, 20) AS i;
` + softdelete.JournalDDL + softdelete.HoldDDL

func shopPolicy() softdelete.Policy {
	key := func(child, parent, column string, a softdelete.Action) softdelete.ForeignKey {
		return softdelete.ForeignKey{Table: child, Columns: []string{column}, RefTable: parent, RefColumns: []string{"id"}, OnDelete: a}
	}
	return softdelete.Policy{
		Journal: true,
		Tables: []softdelete.Table{
			{Name: "customers", DeletionID: "deletion_id", DeletedBy: "deleted_by", Hidden: []string{"password", "ssn"}},
			{Name: "orders", DeletionID: "deletion_id"},
			{Name: "items", DeletionID: "deletion_id", PrimaryKey: []string{"order_id", "line"}},
			{Name: "notes", DeletionID: "deletion_id"},
		},
		ForeignKeys: []softdelete.ForeignKey{
			key("orders", "customers", "customer_id", softdelete.Cascade), key("items", "orders", "order_id", softdelete.Cascade),
			key("notes", "customers", "customer_id", softdelete.SetNull), key("visits", "customers", "customer_id", softdelete.KeepVisible),
		},
	}
}

// shop is a database with a trash of its own.
type shop struct {
	t           testing.TB
	ours, plain *sql.DB
	handler     http.Handler
	deny        func(access.Action, string) bool

	mu     sync.Mutex
	events []access.Event
}

// open makes a database, and a trash on it.
func open(t testing.TB, schema string, p softdelete.Policy, more ...func(*Options)) *shop {
	t.Helper()
	dsn := pgtemp.NewDatabase(t)
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	s := &shop{t: t, plain: stdlib.OpenDB(*config)}
	t.Cleanup(func() { s.plain.Close() })
	s.exec(s.plain, schema)
	if s.ours, err = softdelete.Open(dsn, p); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.ours.Close() })
	o := Options{Options: access.Options{
		Authorize: func(_ context.Context, a access.Action, table string) error {
			if s.deny != nil && s.deny(a, table) {
				return io.EOF
			}
			return nil
		},
		Actor:  func(context.Context) string { return "ann" },
		Audit:  func(_ context.Context, e access.Event) { s.mu.Lock(); s.events = append(s.events, e); s.mu.Unlock() },
		Logger: slog.New(slog.DiscardHandler),
	}}
	for _, f := range more {
		f(&o)
	}
	if s.handler, err = New(s.ours, o); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *shop) exec(db *sql.DB, text string, args ...any) {
	s.t.Helper()
	if _, err := db.Exec(text, args...); err != nil {
		s.t.Fatalf("%.200s: %v", text, err)
	}
}

// delete deletes as bob, who says why, and returns the id of the deletion.
func (s *shop) delete(text string) string {
	s.t.Helper()
	ctx := softdelete.WithReason(softdelete.WithActor(context.Background(), "bob"), "by request")
	if _, err := s.ours.ExecContext(ctx, text); err != nil {
		s.t.Fatal(err)
	}
	return s.text(`SELECT id FROM softdelete_deletions ORDER BY deleted_at DESC LIMIT 1`)
}

// text is the one value that a query finds.
func (s *shop) text(query string, args ...any) (v string) {
	s.t.Helper()
	if err := s.plain.QueryRow(query, args...).Scan(&v); err != nil {
		s.t.Fatalf("%s: %v", query, err)
	}
	return v
}

// state is all that the database has.
func (s *shop) state() string {
	s.t.Helper()
	return s.text(`SELECT md5(string_agg(x.doc, '')) FROM (
		SELECT to_jsonb(t)::text AS doc FROM customers t UNION ALL SELECT to_jsonb(t)::text FROM orders t UNION ALL SELECT to_jsonb(t)::text FROM items t
		UNION ALL SELECT to_jsonb(t)::text FROM notes t UNION ALL SELECT to_jsonb(t)::text FROM softdelete_deletions t
		UNION ALL SELECT to_jsonb(t)::text FROM softdelete_holds t UNION ALL SELECT to_jsonb(t)::text FROM softdelete_links t ORDER BY 1) AS x`)
}

func (s *shop) do(r *http.Request) (status int, body string, header http.Header) {
	s.t.Helper()
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return w.Code, w.Body.String(), w.Header()
}

func (s *shop) get(path string) (status int, body string) {
	s.t.Helper()
	status, body, _ = s.do(httptest.NewRequest(http.MethodGet, path, nil))
	return status, body
}

// post sends what a browser would for a form of ours, or an object under api/.
func (s *shop) post(path string, values url.Values) (status int, body, location string) {
	s.t.Helper()
	status, body, header := s.do(newPost(path, values))
	return status, body, header.Get("Location")
}

func newPost(path string, values url.Values) *http.Request {
	if strings.HasPrefix(path, "/api/") {
		object := map[string]any{}
		for k, v := range values {
			if object[k] = v[0]; k == "key" {
				object[k] = v
			}
		}
		text, err := json.Marshal(object)
		if err != nil {
			panic(err)
		}
		r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(string(text)))
		r.Header.Set("Content-Type", "application/json")
		return r
	}
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(values.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return r
}

// wants checks a status, and what has to be in a body.
func (s *shop) wants(what string, status int, body string, want int, parts ...string) {
	s.t.Helper()
	if status != want {
		s.t.Errorf("%s: status %d, want %d: %s", what, status, want, visibleText(body))
	}
	for _, part := range parts {
		if !strings.Contains(body, part) {
			s.t.Errorf("%s lacks %q: %s", what, part, visibleText(body))
		}
	}
}

func visibleText(body string) string {
	if _, main, ok := strings.Cut(body, "<main"); ok {
		body = main
	}
	return body[:min(len(body), 2500)]
}

// acts are the events since the last call, in short.
func (s *shop) acts() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []string
	for _, e := range s.events {
		text := e.Actor + " " + string(e.Action)
		if e.Table != "" {
			text += " " + e.Table + " " + strings.Join(e.Key, ",")
		}
		for _, t := range []string{"customers", "orders", "items", "notes"} {
			if e.Rows[t] > 0 {
				text += " " + t
			}
		}
		if e.Err != nil {
			text += " failed"
		}
		if e.Deletion == "" || e.At.IsZero() {
			text += " incomplete"
		}
		list = append(list, text)
	}
	s.events = nil
	return strings.Join(list, "; ")
}

func (s *shop) equal(what, got, want string) {
	s.t.Helper()
	if got != want {
		s.t.Errorf("%s: got %s, want %s", what, got, want)
	}
}

// only denies one action.
func only(denied access.Action) func(access.Action, string) bool {
	return func(a access.Action, _ string) bool { return a == denied }
}
