package trash

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/access"
)

// address is that of a route, with values with which it would do something.
func address(r route, id string) (path string, values url.Values) {
	path = "/" + strings.ReplaceAll(r.path, "{id}", id)
	values = url.Values{}
	for _, p := range r.params {
		switch p {
		case "confirm":
			values.Set(p, confirmation)
		case "note":
			values.Set(p, "a note")
		}
	}
	if strings.HasSuffix(r.path, "/rows") {
		values = url.Values{"table": {"customers"}, "key": {"7"}}
	}
	return path, values
}

// call makes a request of a route, as the browser or program that it is for would.
func call(r route, id string) *http.Request {
	path, values := address(r, id)
	if r.method == http.MethodPost {
		return newPost(path, values)
	}
	return httptest.NewRequest(r.method, path+"?"+values.Encode(), nil)
}

// prepared is a shop with a deletion of a customer; where the route needs a hold, with one.
func prepared(t *testing.T, s *shop, r route) (id string) {
	t.Helper()
	id = s.delete(`DELETE FROM customers WHERE id = 7`)
	if strings.HasSuffix(r.path, "/release") {
		if err := softdelete.Hold(context.Background(), s.ours, id, ""); err != nil {
			t.Fatal(err)
		}
	}
	return id
}

// Each route there is, whatever it is: without permission it says 403 and does nothing.
func TestEveryRouteNeedsPermission(t *testing.T) {
	s := open(t, shopSchema, shopPolicy())
	guarded, changing := 0, 0
	for _, r := range routes() {
		s.deny = nil
		id := prepared(t, s, r)
		before := s.state()
		refused := func(what string, deny func(access.Action, string) bool, want int) {
			t.Helper()
			s.deny = deny
			status, body, _ := s.do(call(r, id))
			if status != want || strings.Contains(body, "Customer 7") || strings.Contains(body, "c7@shop.example") {
				t.Errorf("%s %s, %s: status %d, want %d: %s", r.method, r.path, what, status, want, visibleText(body))
			}
			if s.state() != before {
				t.Fatalf("%s %s, %s: something was changed", r.method, r.path, what)
			}
		}
		if r.open {
			refused("without any permission", func(access.Action, string) bool { return true }, 200)
		} else {
			guarded++
			refused("without any permission", func(access.Action, string) bool { return true }, 403)
			refused("without that to see", only(access.See), 403)
		}
		action := map[string]access.Action{"restore": access.Restore, "hold": access.Hold, "release": access.Hold, "purge": access.Purge}[r.path[strings.LastIndex(r.path, "/")+1:]]
		if r.method == http.MethodPost && action == "" {
			t.Errorf("%s %s: which permission does it need?", r.method, r.path)
		}
		if action != "" {
			changing++
			refused("with that to see only", func(a access.Action, _ string) bool { return a != access.See }, 403)
			refused("without its own", only(action), 403)
			for _, table := range []string{"customers", "orders", "items"} {
				refused("without its own for "+table, func(a access.Action, on string) bool { return a == action && on == table }, 403)
				if !strings.Contains(r.path, "rows") {
					refused("without seeing "+table, func(a access.Action, on string) bool { return a == access.See && on == table }, 403)
				}
			}
		}
		if action == access.Restore {
			refused("without that for what gets a reference back", func(a access.Action, on string) bool { return a == action && on == "notes" }, 403)
		}
		// And with it, it does something.
		s.deny = nil
		status, body, _ := s.do(call(r, id))
		if status != 200 && status != 303 {
			t.Errorf("%s %s: status %d: %s", r.method, r.path, status, visibleText(body))
		}
		if changed := s.state() != before; changed != (r.method == http.MethodPost) {
			t.Errorf("%s %s: something was changed: %t", r.method, r.path, changed)
		}
		s.deny = nil
		s.exec(s.plain, `DELETE FROM softdelete_holds; UPDATE customers SET deleted_at = NULL, deletion_id = NULL; UPDATE orders SET deleted_at = NULL, deletion_id = NULL; UPDATE items SET deleted_at = NULL, deletion_id = NULL;
			INSERT INTO customers (id, name) VALUES (7, 'Customer 7') ON CONFLICT DO NOTHING; INSERT INTO orders SELECT i, 7 FROM generate_series(6, 60, 20) AS i ON CONFLICT DO NOTHING; INSERT INTO items SELECT i, 1 FROM generate_series(6, 60, 20) AS i ON CONFLICT DO NOTHING; UPDATE notes SET customer_id = 7 WHERE id = 6`)
	}
	if guarded < 18 || changing < 8 {
		t.Errorf("only %d routes need a permission, and %d one to change something", guarded, changing)
	}
}

// What a table's rows are, how many, and that there are any: all of it stays unsaid.
func TestTablesThatMayNotBeSeen(t *testing.T) {
	s := open(t, shopSchema, shopPolicy())
	id := s.delete(`DELETE FROM customers WHERE id = 7`)
	alone := s.delete(`DELETE FROM orders WHERE id = 1`)
	notes := s.delete(`DELETE FROM notes WHERE id = 1`)
	s.deny = func(a access.Action, table string) bool { return table == "orders" || table == "items" }
	for _, r := range routes() {
		if r.open || r.method == http.MethodPost {
			continue
		}
		_, body, _ := s.do(call(r, id))
		for _, word := range []string{"orders", "items", "open", "mug"} {
			for _, said := range []string{">" + word, `"` + word, " " + word + " ", "=" + word} {
				if strings.Contains(strings.ReplaceAll(body, ">Open", ""), said) {
					t.Errorf("%s says %q: %s", r.path, said, visibleText(body))
				}
			}
		}
	}
	for _, path := range []string{"/deletions/" + alone, "/api/deletions/" + alone, "/deletions/" + alone + "/restore"} {
		status, body := s.get(path)
		s.wants(path, status, body, 404)
	}
	status, body := s.get("/deletions")
	s.wants("list", status, body, 200, id, notes)
	if strings.Contains(body, alone) {
		t.Error("a deletion is listed of which nothing may be seen")
	}
	status, body = s.get("/api/overview")
	s.wants("overview", status, body, 200, `"table":"notes"`, `"deletions":2`)
	status, body, _ = s.post("/deletions/"+id+"/restore", nil)
	s.wants("restore", status, body, 403)
	status, body = s.get("/deletions?table=orders")
	s.wants("filter", status, body, 400)
	status, body = s.get("/deletions/" + id + "?after=" + url.QueryEscape(`["orders","1"]`))
	s.wants("cursor", status, body, 200)
	status, body = s.get("/api/deletions/" + id + "/rows?parent=orders&parent_key=6")
	s.wants("parent", status, body, 400)
	// Once more with the parents unseen: what belongs to them does not name them.
	s.deny = func(_ access.Action, table string) bool { return table == "customers" }
	for _, path := range []string{"/deletions/" + id, "/api/deletions/" + id + "/rows?table=orders", "/deletions/" + id + "/rows?table=orders&key=6"} {
		status, body := s.get(path)
		s.wants(path, status, body, 200, "orders")
		if strings.Contains(body, `"table":"customers"`) || strings.Contains(body, "customers 7") || strings.Contains(body, "rows?key=7") {
			t.Errorf("%s names the parent: %s", path, visibleText(body))
		}
	}
}

func TestForgedRequests(t *testing.T) {
	s := open(t, shopSchema, shopPolicy())
	posts := 0
	for _, r := range routes() {
		if r.method != http.MethodPost {
			continue
		}
		posts++
		id := prepared(t, s, r)
		before := s.state()
		for name, header := range map[string][2]string{
			"another site":                       {"Sec-Fetch-Site", "cross-site"},
			"a sibling":                          {"Sec-Fetch-Site", "same-site"},
			"another site, in an older browser":  {"Origin", "https://evil.example"},
			"a sandbox":                          {"Origin", "null"},
			"a form of an unknown place":         {"Content-Type", "application/x-www-form-urlencoded"},
			"text of an unknown place":           {"Content-Type", "text/plain"},
			"another site with a form of theirs": {"Content-Type", "multipart/form-data; boundary=x"},
		} {
			req := call(r, id)
			req.Header.Del("Sec-Fetch-Site")
			req.Header.Set(header[0], header[1])
			if status, body, _ := s.do(req); status != 403 {
				t.Errorf("%s from %s: status %d: %s", r.path, name, status, visibleText(body))
			}
		}
		if s.state() != before {
			t.Fatalf("%s: something was changed", r.path)
		}
		s.exec(s.plain, `DELETE FROM softdelete_holds`)
		if _, err := softdelete.RestoreDeletion(context.Background(), s.ours, id); err != nil {
			t.Fatal(err)
		}
	}
	if posts < 8 {
		t.Errorf("only %d routes", posts)
	}
}

const hostile = `"><script>alert(1)</script><img src=x onerror=alert(2)>'"&` + "`${x}{{.}}\u2028javascript:alert(3)"

func TestHostileContent(t *testing.T) {
	table := `<img src=x onerror="a">'&;`
	name := `"` + strings.ReplaceAll(table, `"`, `""`) + `"`
	p := softdelete.Policy{Journal: true, Tables: []softdelete.Table{{Name: name, DeletionID: "deletion_id", PrimaryKey: []string{"<b>"}}, {Name: "child", DeletionID: "deletion_id"}}}
	p.ForeignKeys = []softdelete.ForeignKey{{Name: `<i>"fk`, Table: "child", Columns: []string{"parent"}, RefTable: name, RefColumns: []string{"<b>"}, OnDelete: softdelete.Cascade}}
	s := open(t, `CREATE TABLE `+name+` ("<b>" text PRIMARY KEY, "<script>col" text, deleted_at timestamptz, deletion_id uuid);
		CREATE UNIQUE INDEX "<u>idx" ON `+name+` ("<script>col") WHERE deleted_at IS NULL;
		CREATE TABLE child (id int PRIMARY KEY, parent text, deleted_at timestamptz, deletion_id uuid, CONSTRAINT "<i>""fk" FOREIGN KEY (parent) REFERENCES `+name+`);`+
		softdelete.JournalDDL+softdelete.HoldDDL, p, func(o *Options) {
		o.Title = hostile
		o.Actor = func(context.Context) string { return hostile }
		o.RowURL = func(string, []string) string { return "javascript:alert(4)" }
	})
	s.exec(s.plain, `INSERT INTO `+name+` VALUES ($1, $1)`, hostile)
	s.exec(s.plain, `INSERT INTO child VALUES (1, $1)`, hostile)
	ctx := softdelete.WithReason(softdelete.WithActor(context.Background(), hostile), hostile)
	if _, err := s.ours.ExecContext(ctx, `DELETE FROM `+name); err != nil {
		t.Fatal(err)
	}
	id := s.text(`SELECT id FROM softdelete_deletions`)
	if err := softdelete.Hold(ctx, s.ours, id, hostile); err != nil {
		t.Fatal(err)
	}
	s.exec(s.plain, `INSERT INTO `+name+` VALUES ('other', $1)`, hostile)
	row := "?table=" + url.QueryEscape(name) + "&key=" + url.QueryEscape(hostile)
	shown := 0
	for _, path := range []string{
		"/", "/deletions", "/deletions/" + id, "/deletions/" + id + "/rows" + row, "/deletions/" + id + "/restore", "/deletions/" + id + "/restore" + row, "/deletions/" + id + "/purge",
		"/deletions?actor=" + url.QueryEscape(hostile), "/deletions?since=" + url.QueryEscape(hostile), "/deletions?table=" + url.QueryEscape(hostile), "/deletions?done=" + url.QueryEscape(hostile) + "&n=" + url.QueryEscape(hostile),
		"/deletions?" + url.QueryEscape(hostile) + "=1", "/" + url.PathEscape(hostile), "/deletions/" + url.PathEscape(hostile), "/deletions?table=child",
	} {
		status, body := s.get(path)
		if status == 500 {
			t.Errorf("%s: status 500", path)
		}
		shown += strings.Count(body, "alert(1)")
		lower := strings.ToLower(body)
		for _, bad := range []string{"<script", "<img src=x", "<b>\"", "<i>\"", "<u>idx", `href="javascript`, "{{.}}</", "<b><"} {
			if strings.Contains(lower, bad) {
				t.Errorf("%s has %s: %s", path, bad, visibleText(body[max(0, strings.Index(lower, bad)-300):]))
			}
		}
	}
	if shown < 20 {
		t.Errorf("the text is shown %d times only: what was tested?", shown)
	}
	for _, path := range []string{"/api/deletions", "/api/deletions/" + id, "/api/deletions/" + id + "/rows"} {
		_, body, header := s.do(httptest.NewRequest("GET", path, nil))
		if header.Get("Content-Type") != "application/json" || header.Get("X-Content-Type-Options") != "nosniff" || strings.Contains(body, "<script") {
			t.Errorf("%s: %s %s", path, header.Get("Content-Type"), body)
		}
	}
	// The answers to what fails have it, too.
	status, body, _ := s.post("/deletions/"+id+"/restore", nil)
	s.wants("restore", status, body, 409, "&lt;u&gt;idx")
}

// Texts that mean something to SQL, to a URL or to nobody: whatever they are put into,
// nothing breaks, and nothing is changed.
func TestHostileParameters(t *testing.T) {
	s := open(t, shopSchema, shopPolicy())
	id := s.delete(`DELETE FROM customers WHERE id = 7`)
	before := s.state()
	texts := []string{
		"'", `"`, "';DROP TABLE customers;--", "' OR '1'='1", `\`, `\'; DROP TABLE customers`, "$1", "$$", "%", "_", "?", "NULL", "\x00", "a\x00b", "\xff", "0000-01-01", "9999-12-31", "-1", "999999999999999999999",
		"0000-00-00T00:00:00Z/00000000-0000-0000-0000-000000000000", "2026-01-01T00:00:00Z/x", "2026-13-41T99:00:00Z/00000000-0000-0000-0000-000000000000", `["items"]`, `["items","1","2","3"]`, `["items","x","y"]`, `["items",{}]`, `["nothing","1"]`, "[]", "{", strings.Repeat("x", 5000),
		"2026-01-01T00:00:00Z", "customers", "customers; --", "information_schema.tables", "00000000-0000-0000-0000-000000000000", "1e400", "NaN",
	}
	tried := 0
	for _, r := range routes() {
		for _, p := range r.params {
			for _, text := range texts {
				if p == "confirm" && text == confirmation {
					continue
				}
				path, values := address(r, id)
				values.Set(p, text)
				if r.method == http.MethodPost && p == "note" || r.method == http.MethodPost && (p == "parents" || p == "partly") {
					continue // these change something, as they should
				}
				if p == "key" || p == "parent_key" {
					values.Set(map[string]string{"key": "table", "parent_key": "parent"}[p], "orders")
				}
				req := httptest.NewRequest(r.method, path+"?"+values.Encode(), nil)
				if r.method == http.MethodPost {
					req = newPost(path, values)
				}
				tried++
				status, body, _ := s.do(req)
				if status >= 500 {
					t.Errorf("%s %s with %s=%q: status %d: %s", r.method, r.path, p, text, status, visibleText(body))
				}
				if (strings.Contains(text, "\x00") || strings.Contains(text, "\xff")) && status != 400 {
					t.Errorf("%s %s with %s=%q: status %d, want 400", r.method, r.path, p, text, status)
				}
			}
		}
		if strings.Contains(r.path, "{id}") {
			for _, text := range texts {
				if isUUID(text) {
					continue
				}
				path, values := address(r, url.PathEscape(text))
				req := httptest.NewRequest(r.method, path, nil)
				if r.method == http.MethodPost {
					req = newPost(path, values)
				}
				tried++
				if status, body, _ := s.do(req); status != 400 {
					t.Errorf("%s %s with the id %q: status %d, want 400: %s", r.method, r.path, text, status, visibleText(body))
				}
			}
		}
	}
	if s.state() != before || tried < 1000 {
		t.Errorf("something was changed, or too little tried: %d", tried)
	}
	for _, query := range []string{"since=yesterday", "until=0000-01-01", "state=x", "id=7", "after=x", "table=visits", "limit=0", "limit=201", "what=1"} {
		for _, path := range []string{"/deletions?", "/api/deletions?"} {
			status, body := s.get(path + query)
			s.wants(path+query, status, body, 400)
		}
	}
	status, body := s.get("/deletions?since=yesterday&actor=ann")
	s.wants("the form again", status, body, 400, `value="ann"`, "since is a day such as", "Correct the filter")
}

func TestHiddenColumnsAreInNoResponse(t *testing.T) {
	s := open(t, shopSchema, shopPolicy())
	id := s.delete(`DELETE FROM customers WHERE id IN (7, 8)`)
	s.exec(s.plain, `INSERT INTO customers (id, name, ssn, password) VALUES (99, 'The new one', '`+secret+`7', '`+secret+`')`)
	seen := 0
	for _, r := range routes() {
		if strings.HasSuffix(r.path, "purge") && r.method == http.MethodPost {
			continue // it is the last one below
		}
		_, body, header := s.do(call(r, id))
		if strings.Contains(body+fmt.Sprint(header), secret) || strings.Contains(body, "password") {
			t.Errorf("%s %s: %s", r.method, r.path, visibleText(body))
		}
		seen += strings.Count(body, "Customer 7") + strings.Count(body, "The new one")
	}
	_, body, _ := s.post("/deletions/"+id+"/purge", url.Values{"confirm": {confirmation}})
	if strings.Contains(body, secret) || seen < 6 {
		t.Errorf("seen %d times: %s", seen, body)
	}
}

// A column that refers to a row is hidden: which row that is stays unsaid, in trees, in
// filters and in what stands in the way.
func TestHiddenReferences(t *testing.T) {
	p := shopPolicy()
	p.Tables[1].Hidden = []string{"customer_id"}
	s := open(t, shopSchema, p)
	id := s.delete(`DELETE FROM customers WHERE id = 7`)
	for _, path := range []string{"/rows?table=orders&key=6", "/restore?table=orders&key=6", "?table=orders"} {
		for _, prefix := range []string{"", "/api"} {
			status, body := s.get(prefix + "/deletions/" + id + path)
			if prefix != "" && path[0] == '?' {
				continue // the list is not in it
			}
			s.wants(path, status, body, 200, "orders")
			for _, said := range []string{"customers 7", "Customer 7", `"table":"customers","key"`, "customer_id"} {
				if strings.Contains(strings.ReplaceAll(body, "orders_customer_id_fkey", ""), said) {
					t.Errorf("%s%s says %q: %s", prefix, path, said, visibleText(body))
				}
			}
		}
	}
	status, body := s.get("/api/deletions/" + id + "/rows?parent=customers&parent_key=7")
	s.wants("those of a customer", status, body, 200, `"rows":[]`)
	status, body = s.get("/deletions/" + id)
	s.wants("the tree", status, body, 200, "orders", "3 in items")
	if strings.Contains(body, "3 in orders") {
		t.Errorf("the tree has the orders beneath the customer: %s", visibleText(body))
	}
	status, body, _ = s.post("/deletions/"+id+"/restore", url.Values{"table": {"orders"}, "key": {"6"}})
	s.wants("restore", status, body, 409, "Nothing was restored")
	if strings.Contains(body, "customers 7") {
		t.Errorf("the answer names the parent: %s", visibleText(body))
	}
}

func TestLimits(t *testing.T) {
	s := open(t, shopSchema, shopPolicy(), func(o *Options) { o.MaxBody = 1000 })
	id := s.delete(`DELETE FROM customers WHERE id = 7`)
	for _, r := range routes() {
		if r.method != http.MethodPost {
			continue
		}
		path, _ := address(r, id)
		req := newPost(path, url.Values{"note": {strings.Repeat("x", 2000)}})
		status, body, header := s.do(req)
		s.wants(path, status, body, 413, "too large")
		if strings.HasPrefix(path, "/api/") != (header.Get("Content-Type") == "application/problem+json") {
			t.Errorf("%s: %s", path, header.Get("Content-Type"))
		}
		req = newPost(path, url.Values{"note": {strings.Repeat("x", 2000)}})
		req.ContentLength = -1
		status, body, _ = s.do(req)
		s.wants(path+", of unknown length", status, body, 413, "too large")
	}

	// What takes too long ends, and says so.
	slow := open(t, shopSchema, shopPolicy(), func(o *Options) { o.Timeout = 200 * time.Millisecond })
	id = slow.delete(`DELETE FROM customers WHERE id = 7`)
	tx, err := slow.plain.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	if _, err := tx.Exec(`LOCK TABLE customers`); err != nil {
		t.Fatal(err)
	}
	for _, prefix := range []string{"", "/api"} {
		status, body := slow.get(prefix + "/deletions/" + id)
		slow.wants("page", status, body, 503, "took too long")
		status, body, _ = slow.post(prefix+"/deletions/"+id+"/restore", nil)
		slow.wants("restore", status, body, 503, "Nothing was changed")
	}
}

// When the time is up at the very end, nobody says that nothing was changed.
func TestTimeoutOfACommit(t *testing.T) {
	s := open(t, shopSchema, shopPolicy(), func(o *Options) { o.Timeout = 2 * time.Second })
	id := s.delete(`DELETE FROM customers WHERE id = 7`)
	s.exec(s.plain, `CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(60); RETURN NULL; END $$;
		CREATE CONSTRAINT TRIGGER slow AFTER UPDATE ON customers DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION slow()`)
	status, body, _ := s.post("/deletions/"+id+"/restore", nil)
	s.wants("restore", status, body, 503, "look whether they did")
	if strings.Contains(body, "Nothing was changed") {
		t.Errorf("it is sure: %s", visibleText(body))
	}

	s.exec(s.plain, `CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON softdelete_holds DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION slow()`)
	status, body, _ = s.post("/deletions/"+id+"/hold", nil)
	s.wants("hold", status, body, 503, "look whether it is held")
	if strings.Contains(body, "Nothing was changed") {
		t.Errorf("it is sure: %s", visibleText(body))
	}
}

// A middleware's scope does not decide what a request does, nor keep it from that.
func TestScopesOfTheContext(t *testing.T) {
	s := open(t, shopSchema, shopPolicy())
	id := s.delete(`DELETE FROM customers WHERE id = 7`)
	req := newPost("/deletions/"+id+"/restore", nil)
	status, body, _ := s.do(req.WithContext(softdelete.HardDelete(softdelete.WithDeleted(req.Context(), "unheard_of"))))
	s.wants("restore", status, body, 303)
}

// What goes wrong within says nothing of it.
func TestErrorsOfTheDatabase(t *testing.T) {
	s := open(t, shopSchema, shopPolicy())
	id := s.delete(`DELETE FROM customers WHERE id = 7`)
	s.exec(s.plain, `CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'this row is %', new; END $$; CREATE TRIGGER no BEFORE UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION no()`)
	status, body, _ := s.post("/deletions/"+id+"/restore", nil)
	s.wants("a trigger", status, body, 409, "A rule of the database")
	if strings.Contains(body, "this row is") {
		t.Error("the server's message is shown")
	}
	s.exec(s.plain, `DROP TABLE softdelete_deletions`)
	status, body = s.get("/deletions")
	s.wants("no journal", status, body, 500, "Something went wrong", "The log of the server")
	if strings.Contains(body, "softdelete_deletions") || strings.Contains(body, "42P01") {
		t.Error("the server's message is shown")
	}
}

func TestDeniedSaysWhy(t *testing.T) {
	s := open(t, shopSchema, shopPolicy(), func(o *Options) {
		o.Authorize = func(_ context.Context, a access.Action, _ string) error {
			if a == access.Purge {
				return access.Denied{Why: "Ask the <owner>."}
			}
			return nil
		}
	})
	id := s.delete(`DELETE FROM customers WHERE id = 7`)
	status, body := s.get("/deletions/" + id + "/purge")
	s.wants("page", status, body, 403, "Ask the &lt;owner&gt;.")
	status, body, _ = s.post("/api/deletions/"+id+"/purge", url.Values{"confirm": {"purge"}})
	s.wants("api", status, body, 403, `"status":403`)
	var p problem
	if err := json.Unmarshal([]byte(body), &p); err != nil || p.Detail != "Ask the <owner>." {
		t.Errorf("%+v, %v", p, err)
	}
	s.equal("audit", s.acts(), "ann purge failed")
}

// No request needs a second connection while it has one, and neither does whoever is
// asked for leave.
func TestOneConnection(t *testing.T) {
	var s *shop
	s = open(t, shopSchema, shopPolicy(), func(o *Options) {
		o.Timeout = 3 * time.Second
		o.Authorize = func(ctx context.Context, _ access.Action, _ string) error { return s.ours.PingContext(ctx) }
	})
	s.ours.SetMaxOpenConns(1)
	for _, r := range routes() {
		id := prepared(t, s, r)
		status, body, _ := s.do(call(r, id))
		if status != 200 && status != 303 {
			t.Errorf("%s %s: status %d: %s", r.method, r.path, status, visibleText(body))
		}
		s.exec(s.plain, `DELETE FROM softdelete_holds; DELETE FROM items WHERE order_id IN (SELECT id FROM orders WHERE customer_id = 7); DELETE FROM orders WHERE customer_id = 7; DELETE FROM customers WHERE id = 7;
			INSERT INTO customers (id, name) VALUES (7, 'Customer 7'); INSERT INTO orders SELECT i, 7 FROM generate_series(6, 60, 20) AS i; INSERT INTO items SELECT i, 1 FROM generate_series(6, 60, 20) AS i; UPDATE notes SET customer_id = 7 WHERE id = 6`)
	}
}

func TestNew(t *testing.T) {
	s := open(t, shopSchema, shopPolicy())
	if _, err := New(s.ours, Options{}); err == nil || !strings.Contains(err.Error(), "Authorize") {
		t.Errorf("without Authorize: %v", err)
	}
	o := Options{Options: access.Options{Authorize: func(context.Context, access.Action, string) error { return errors.New("no") }}}
	if _, err := New(s.plain, o); err == nil {
		t.Error("a database of another driver is accepted")
	}
}
