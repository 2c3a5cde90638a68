package rest_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/access"
	"github.com/softdelete-go/softdelete/internal/pgtemp"
	"github.com/softdelete-go/softdelete/rest"
	"github.com/softdelete-go/softdelete/softdeletetest"
)

// requests are the requests of each route, and all that leave is asked for before they
// are done. User 1 is live and user 2 deleted.
var requests = map[string][]struct {
	query string
	asks  []string
}{
	"GET /openapi.json":                {{"", nil}}, // says less, see TestDocumentSaysWhatIsAllowed
	"GET /{table}/":                    {{"", []string{"read users"}}, {"?count=true&id=1", []string{"read users"}}},
	"DELETE /{table}/":                 {{"?id=1", []string{"read users", "delete users", "delete orders", "delete items", "delete files"}}, {"?id=10&permanent=true", []string{"read users", "purge users", "purge visits"}}},
	"GET /{table}/deleted/":            {{"", []string{"see users"}}},
	"DELETE /{table}/deleted/":         {{"?id=11&permanent=true", []string{"see users", "purge users", "purge visits"}}},
	"GET /{table}/with-deleted/":       {{"", []string{"see users", "read users"}}},
	"PATCH /{table}/restore/":          {{"?id=2", []string{"see users", "restore users", "restore orders", "restore items", "restore files"}}, {"?id=11", []string{"see users", "restore users"}}, {"?all=true", []string{"restore users", "restore orders", "restore items", "restore files"}}},
	"GET /{table}/deleted/{key}/":      {{"", []string{"see users"}}},
	"GET /{table}/with-deleted/{key}/": {{"", []string{"see users", "read users"}}},
	"GET /{table}/{key}/":              {{"", []string{"read users"}}, {"?with-deleted=true", []string{"see users", "read users"}}},
	"DELETE /{table}/{key}/":           {{"", []string{"delete users", "delete orders", "delete items", "delete files"}}, {"?permanent=true", []string{"purge users", "purge visits"}}},
	"PATCH /{table}/{key}/restore/":    {{"", []string{"restore users", "restore orders", "restore items", "restore files"}}, {"?one=true", []string{"restore users"}}, {"?parents=true", []string{"restore users", "restore orders", "restore items", "restore files", "restore notes", "restore billing.invoices"}}},
}

// prepare puts the database into the state that requests are made for.
func (a *api) prepare() {
	a.t.Helper()
	a.exec(`TRUNCATE users, orders, items, tags, notes, files, billing.invoices, softdelete_deletions, softdelete_links CASCADE`)
	a.exec(shopRows)
	a.exec(`INSERT INTO users (id, email) VALUES (10, 'u10@x'), (11, 'u11@x')`)
	for _, id := range []int{2, 11} {
		if _, err := a.ours.Exec("DELETE FROM users WHERE id = $1", id); err != nil {
			a.t.Fatal(err)
		}
	}
}

// Whatever leave a request needs: without it, it is refused, nothing is changed, nothing
// is shown, and both is audited. A route that is not listed above fails the test.
func TestEveryRouteAsksForLeave(t *testing.T) {
	a := newAPI(t, bulkPurge)
	a.exec(`ALTER TABLE files DROP CONSTRAINT files_user_id_fkey, ADD FOREIGN KEY (user_id) REFERENCES users; CREATE TABLE visits (id int PRIMARY KEY, user_id bigint REFERENCES users ON DELETE CASCADE)`)
	paths := strings.NewReplacer("{table}", "users")
	for _, route := range rest.Routes() {
		listed, ok := requests[route]
		if !ok {
			t.Errorf("%s is not among the requests of this test", route)
		}
		method, pattern, _ := strings.Cut(route, " ")
		for _, c := range listed {
			key := "1"
			switch {
			case strings.Contains(c.query, "permanent"):
				key = "10"
			case method == "PATCH", strings.Contains(pattern, "deleted/{key}"):
				key = "2"
			}
			path := strings.ReplaceAll(paths.Replace(pattern), "{key}", key) + c.query
			a.prepare()
			before := a.state()
			for _, leave := range c.asks {
				for _, why := range []error{access.Denied{Why: "ask " + leave}, errors.New("internal secret")} {
					a.deny = func(action access.Action, table string) error {
						if leave == string(action)+" "+table {
							return why
						}
						return nil
					}
					r := a.want(403, method, path)
					if e := a.last(); e.Err == nil || e.Table != "users" || e.Actor != "ann" {
						t.Errorf("%s %s without leave to %s is audited as %+v", method, path, leave, e)
					}
					shown := strings.Contains(r.text, "ask "+leave)
					if shown != errors.As(why, new(access.Denied)) || strings.Contains(r.text, "secret") || strings.Contains(r.text, "@x") {
						t.Errorf("%s %s without leave to %s: %s", method, path, leave, r.text)
					}
				}
			}
			a.equal(method+" "+path+" changed", a.state(), before)
			a.deny, a.asked = nil, nil
			a.call(method, path)
			slices.Sort(a.asked)
			if route == "GET /openapi.json" {
				continue
			}
			if asked := slices.Compact(a.asked); !slices.Equal(asked, slices.Sorted(slices.Values(c.asks))) {
				t.Errorf("%s %s asked for leave to %v, want %v", method, path, asked, c.asks)
			}
			if e := a.last(); e.Err != nil {
				t.Errorf("%s %s: %v", method, path, e.Err)
			}
			if changed := a.state() != before; changed != (method != "GET") {
				t.Errorf("%s %s: changed is %t", method, path, changed)
			}
		}
	}
	for route := range requests {
		if !slices.Contains(rest.Routes(), route) {
			t.Errorf("%s is no route", route)
		}
	}
}

// Hostile text everywhere that a request has room for.
func TestInjection(t *testing.T) {
	a := newAPI(t, bulkPurge)
	a.prepare()
	before := a.state()
	texts := []string{"'", `"`, "';DROP TABLE users;--", "1 OR 1=1", "$1", `\`, "/*", "--", "%27", "1'::int", "\x00", "\xff\xfe", "{}", "[]", strings.Repeat("9", 50_000), "\u202e", "1e309", "NaN", "null", "-1", " ", "1;2"}
	columns := []string{"id", "email", "balance", "born", "deleted_at", "deletion_id"}
	for _, s := range texts {
		for _, route := range rest.Routes() {
			method, pattern, _ := strings.Cut(route, " ")
			fill := func(table, key string) string {
				return strings.NewReplacer("{table}", table, "{key}", key).Replace(pattern)
			}
			paths := []string{fill(url.PathEscape(s), "1")}
			if strings.Contains(pattern, "{key}") {
				paths = append(paths, fill("users", url.PathEscape(s)), fill("items", url.PathEscape(s)+","+url.PathEscape(s)), fill("users", "77")+"?"+url.QueryEscape(s)+"="+url.QueryEscape(s))
			} else {
				// id is none that is there, so that what is understood does nothing.
				paths = append(paths, fill("users", "")+"?id=-77&"+url.QueryEscape(s)+"=1")
				for _, c := range columns {
					for _, lookup := range []string{"", "__exact", "__lt", "__in", "__contains", "__isnull", "__" + url.QueryEscape(s)} {
						if c != "id" && len(s) < 100 {
							paths = append(paths, fill("users", "")+"?id__exact=-77&"+c+lookup+"="+url.QueryEscape(s))
						}
					}
				}
			}
			for _, p := range rest.Controls {
				sep := map[bool]string{true: "&", false: "?"}[strings.Contains(fill("users", "77"), "?")]
				paths = append(paths, fill("users", "77")+sep+"id=-77&"+p+"="+url.QueryEscape(s))
			}
			if pattern == "/openapi.json" {
				paths = []string{"/openapi.json?" + url.QueryEscape(s)}
			}
			for _, path := range paths {
				r := a.call(method, path)
				if len(r.text) < 10_000 && (strings.Contains(r.text, "SELECT ") || strings.Contains(r.text, "SQLSTATE") || strings.Contains(r.text, "syntax")) {
					t.Errorf("%s %.200s: %s", method, path, r.text)
				}
			}
		}
	}
	a.equal("the state", a.state(), before)
}

// Pages of other sites cannot make a browser change anything; nothing takes a form, or
// another method's name.
func TestOtherSites(t *testing.T) {
	a := newAPI(t, bulkPurge)
	a.prepare()
	before := a.state()
	for _, route := range rest.Routes() {
		method, pattern, _ := strings.Cut(route, " ")
		path := strings.NewReplacer("{table}", "users", "{key}", "2").Replace(pattern)
		r := a.call("OPTIONS", path, "Origin", "https://evil.example", "Access-Control-Request-Method", method)
		for name := range r.Header {
			if strings.HasPrefix(name, "Access-Control-") {
				t.Errorf("OPTIONS %s: %s", path, name)
			}
		}
		if method != "GET" {
			a.want(403, method, path+"?all=true&permanent=true", "Sec-Fetch-Site", "cross-site")
			a.want(403, method, path, "Origin", "https://evil.example")
			a.want(403, method, path, "Content-Type", "application/x-www-form-urlencoded")
		}
		for _, header := range []string{"X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"} {
			a.want(405, "POST", path, header, method)
		}
		a.want(405, "POST", path+"?_method="+method)
	}
	a.equal("the state", a.state(), before)
	a.want(200, "PATCH", "/users/2/restore/", "Sec-Fetch-Site", "same-origin")
}

func TestTimeout(t *testing.T) {
	a := newAPI(t, func(o *rest.Options) { o.Timeout = 2 * time.Second })
	tx, err := a.plain.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	if _, err := tx.Exec("SELECT FROM users WHERE id = 1 FOR UPDATE"); err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	a.handler.ServeHTTP(w, httptest.NewRequest(http.MethodDelete, "/users/1", nil))
	if w.Code != http.StatusGatewayTimeout {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if e := a.last(); e.Err == nil {
		t.Errorf("audited: %+v", e)
	}
}

func TestServerErrorsAreNotShown(t *testing.T) {
	a := newAPI(t, nil)
	call := func(method, path string) (int, string) {
		w := httptest.NewRecorder()
		a.handler.ServeHTTP(w, httptest.NewRequest(method, path, nil))
		return w.Code, w.Body.String()
	}
	a.exec(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'sesame'; END$$; CREATE TRIGGER t BEFORE UPDATE ON tags FOR EACH ROW EXECUTE FUNCTION refuse()`)
	status, body := call("DELETE", "/tags/plain")
	a.equal("a trigger's", fmt.Sprint(status, strings.Contains(body, "sesame")), "409 false")
	a.exec(`CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'sesame' USING ERRCODE = 'XX000'; END$$`)
	status, body = call("DELETE", "/tags/plain")
	a.equal("an unknown one", fmt.Sprint(status, body), `500{"status":500,"title":"Internal Server Error","type":"about:blank"}`)
	if !strings.Contains(a.log.String(), "sesame") {
		t.Errorf("it is not logged: %s", a.log.String())
	}
	a.exec(`ALTER TABLE tags ADD CONSTRAINT odd CHECK (deleted_at IS NULL OR word <> 'deleted'); DROP TRIGGER t ON tags`)
	doc := a.want(409, "DELETE", "/tags/%64eleted").doc(t)
	a.equal("a check", fmt.Sprint(doc["constraint"], " ", doc["table"]), "odd tags")
	a.exec(`DROP TABLE tags`)
	a.want(404, "GET", "/tags/plain")
	a.ours.Close()
	if status, body = call("GET", "/users/1"); status < 500 || strings.Contains(body, "sql") {
		t.Errorf("a closed database: %d %s", status, body)
	}
}

func TestNew(t *testing.T) {
	dsn := pgtemp.NewDatabase(t)
	plain := opened(t, func() (*sql.DB, error) { return sql.Open("pgx", dsn) })
	if _, err := plain.Exec(shopSchema); err != nil {
		t.Fatal(err)
	}
	ours := opened(t, func() (*sql.DB, error) { return softdelete.Open(dsn, shopPolicy()) })
	allow := access.Options{Authorize: func(context.Context, access.Action, string) error { return nil }}
	for what, c := range map[string]struct {
		db *sql.DB
		o  rest.Options
	}{
		"no Authorize":           {ours, rest.Options{}},
		"another driver":         {plain, rest.Options{Options: allow}},
		"an unknown table":       {ours, rest.Options{Options: allow, Tables: []string{"visits"}}},
		"an origin that is none": {ours, rest.Options{Options: access.Options{Authorize: allow.Authorize, TrustedOrigins: []string{"x"}}}},
		"a table in every schema": {opened(t, func() (*sql.DB, error) {
			return softdelete.Open(dsn, softdelete.Policy{Tables: []softdelete.Table{{Name: "*.users"}}})
		}), rest.Options{Options: allow, Tables: []string{"*.users"}}},
	} {
		if _, err := rest.New(c.db, c.o); err == nil {
			t.Errorf("%s is no error", what)
		}
	}
	h, err := rest.New(ours, rest.Options{Options: allow, Tables: []string{"users"}})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]int{"/users/": 200, "/tags/": 404} {
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil)); w.Code != want {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

// The context's actor stands where the options have no other.
func TestActorOfTheContext(t *testing.T) {
	a := newAPI(t, func(o *rest.Options) { o.Actor = nil })
	r := httptest.NewRequest(http.MethodDelete, "/users/1", nil)
	w := httptest.NewRecorder()
	a.handler.ServeHTTP(w, r.WithContext(softdelete.WithActor(r.Context(), "bob")))
	a.equal("the row", a.one("SELECT deleted_by FROM users WHERE id = 1"), "bob")
	a.equal("the audit", a.last().Actor, "bob")
}

// A middleware's scope does not decide what a path shows and deletes.
func TestScopesOfTheContext(t *testing.T) {
	a := newAPI(t, nil)
	a.want(204, "DELETE", "/users/1")
	call := func(method, path string) int {
		r := httptest.NewRequest(method, path, nil)
		w := httptest.NewRecorder()
		a.handler.ServeHTTP(w, r.WithContext(softdelete.HardDelete(softdelete.WithDeleted(r.Context()))))
		return w.Code
	}
	a.equal("a live row", fmt.Sprint(call("GET", "/users/1")), "404")
	a.equal("a delete", fmt.Sprint(call("DELETE", "/tags/plain")), "204")
	softdeletetest.AssertDeleted(t, a.ours, "tags", "plain")
}

// No request needs a second connection while it has one.
func TestOneConnection(t *testing.T) {
	a := newAPI(t, bulkPurge)
	a.ours.SetMaxOpenConns(1)
	a.deny = func(access.Action, string) error { return a.ours.PingContext(t.Context()) }
	a.want(204, "DELETE", "/users/1")
	a.exec(`INSERT INTO users (id, email) VALUES (100, 'u1@x')`)
	a.want(409, "PATCH", "/users/1/restore/")
	a.exec(`DELETE FROM users WHERE id = 100`)
	a.want(204, "PATCH", "/users/restore/?id=1")
	a.want(409, "DELETE", "/users/9")
	a.want(204, "DELETE", "/tags/?all=true&permanent=true")
	a.want(200, "GET", "/openapi.json")
}

// A policy that the driver completes from the catalog is the one that counts: tables,
// keys, and which tables a delete can reach.
func TestDiscoveredPolicy(t *testing.T) {
	a := newAPIOf(t, softdelete.Policy{Discover: true, Tables: []softdelete.Table{{Name: "users", Hidden: []string{"password"}}}}, nil)
	a.want(200, "GET", "/items/"+order(1)+",a")
	a.want(200, "GET", "/billing.invoices/1")
	a.exec(`DELETE FROM items; DELETE FROM billing.invoices; DELETE FROM orders; DELETE FROM notes`)
	a.asked = nil
	a.equal("a delete", a.want(200, "DELETE", "/users/1?count=true").text, `{"count":1,"rows":{"files":1,"users":1}}`)
	slices.Sort(a.asked)
	a.equal("asked", strings.Join(a.asked, ", "), "delete files, delete users")
	a.equal("a restore", a.want(200, "PATCH", "/files/1/restore/").text, `{"count":1,"rows":{"files":1,"users":1}}`)
	// A table that comes to be, as a migration past the driver would make it.
	a.want(404, "GET", "/later/")
	a.exec(`CREATE TABLE later (id int PRIMARY KEY, deleted_at timestamptz, deletion_id uuid); INSERT INTO later VALUES (1)`)
	if err := softdelete.Refresh(t.Context(), a.ours); err != nil {
		t.Fatal(err)
	}
	a.equal("a new table", a.ids("/later/", "id"), "1")
}

func TestBodiesAreBounded(t *testing.T) {
	a := newAPI(t, func(o *rest.Options) { o.MaxBody = 10 })
	r := httptest.NewRequest(http.MethodDelete, "/users/1", strings.NewReader("12345678901"))
	w := httptest.NewRecorder()
	a.handler.ServeHTTP(w, r)
	a.equal("a long body", fmt.Sprint(w.Code, " ", w.Header().Get("Content-Type")), "413 application/problem+json")
	softdeletetest.AssertLive(t, a.ours, "users", 1)
}

// A filter in the body would be one that nobody reads, and all rows would go.
func TestParametersInTheBodyAreRefused(t *testing.T) {
	a := newAPI(t, func(o *rest.Options) { o.MaxBody = 100 })
	before := a.state()
	send := func(method, path, body string, length int64) int {
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		r.ContentLength = length
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		a.handler.ServeHTTP(w, r)
		return w.Code
	}
	for _, body := range []string{`{"word":"plain"}`, "word=plain", "[]", "0"} {
		for _, c := range [][2]string{{"DELETE", "/tags/?all=true"}, {"DELETE", "/tags/plain"}, {"PATCH", "/tags/restore/?all=true"}, {"PATCH", "/tags/plain/restore/"}} {
			a.equal(c[0]+" "+c[1]+" with "+body, fmt.Sprint(send(c[0], c[1], body, int64(len(body)))), "400")
		}
	}
	long := strings.Repeat(" ", 200)
	a.equal("a long body of unknown length", fmt.Sprint(send("DELETE", "/tags/?all=true", long, -1)), "413")
	a.equal("the state", a.state(), before)
	for _, body := range []string{"", "{}", " null\n"} {
		a.equal("nothing in the body", fmt.Sprint(send("DELETE", "/tags/?word=plain", body, int64(len(body)))), "204")
	}
}

// To whom a table is closed, mistakes in a request tell nothing of its key and columns.
func TestMistakesTellNothingWithoutLeave(t *testing.T) {
	a := newAPI(t, bulkPurge)
	a.deny = func(access.Action, string) error { return access.Denied{Why: "no"} }
	for _, c := range [][2]string{
		{"GET", "/items/1"},
		{"DELETE", "/items/1"},
		{"PATCH", "/items/1/restore/"},
		{"GET", "/items/deleted/1"},
		{"GET", "/items/with-deleted/1"},
		{"GET", "/users/?nothing=1"},
		{"DELETE", "/users/?nothing=1"},
		{"DELETE", "/users/?permanent=true&nothing=1"},
		{"DELETE", "/users/deleted/?permanent=true&nothing=1"},
		{"PATCH", "/users/restore/?nothing=1"},
		{"DELETE", "/users/?id=x"},
		{"DELETE", "/users/?id__isnull=7"},
	} {
		a.want(403, c[0], c[1])
	}
}
