package trash

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/access"
)

// Wherever it is mounted, each link leads to a page of it, and so do its forms.
func TestLinksUnderAnyPrefix(t *testing.T) {
	s := open(t, shopSchema, shopPolicy())
	id := s.delete(`DELETE FROM customers WHERE id = 7`)
	mux := http.NewServeMux()
	mux.Handle("/admin/trash/", http.StripPrefix("/admin/trash", s.handler))
	link := regexp.MustCompile(`(?:href|src|action)="([^"#]+)"`)
	for name, mounted := range map[string]struct {
		handler http.Handler
		start   string
	}{
		"at the root":         {s.handler, "/"},
		"under a prefix":      {mux, "/admin/trash/"},
		"without a slash":     {http.StripPrefix("/admin/", s.handler), "/admin/"},
		"by the bare address": {http.StripPrefix("/some/trash", s.handler), "/some/trash"},
	} {
		seen := map[string]bool{}
		todo := []string{"http://shop.example" + mounted.start}
		for len(todo) > 0 {
			at := todo[0]
			todo = todo[1:]
			req := httptest.NewRequest(http.MethodGet, at, nil)
			req.RequestURI = req.URL.RequestURI()
			w := httptest.NewRecorder()
			mounted.handler.ServeHTTP(w, req)
			base, err := url.Parse(at)
			if err != nil {
				t.Fatal(err)
			}
			found := link.FindAllStringSubmatch(w.Body.String(), -1)
			if w.Code == http.StatusPermanentRedirect || w.Code == http.StatusTemporaryRedirect || w.Code == http.StatusMovedPermanently {
				found = [][]string{{"", w.Header().Get("Location")}}
			} else if w.Code != http.StatusOK && !strings.HasSuffix(base.Path, "/hold") {
				t.Errorf("%s: %s: status %d", name, at, w.Code)
			}
			for _, m := range found {
				to, err := base.Parse(strings.ReplaceAll(m[1], "&amp;", "&"))
				if err != nil {
					t.Fatal(err)
				}
				if to.Host != "shop.example" {
					t.Errorf("%s: %s leads to %s", name, at, to)
				}
				if !seen[to.String()] {
					seen[to.String()] = true
					todo = append(todo, to.String())
				}
			}
		}
		if !seen["http://shop.example"+strings.TrimSuffix(mounted.start, "/")+"/deletions/"+id+"/rows?key=6&key=1&table=items"] || len(seen) < 25 {
			t.Errorf("%s: only %d pages are linked", name, len(seen))
		}
	}
}

func TestAddresses(t *testing.T) {
	s := open(t, shopSchema, shopPolicy())
	id := s.delete(`DELETE FROM customers WHERE id = 7`)
	for _, c := range []struct {
		method, path string
		want         int
		allow        string
	}{
		{"GET", "/nothing", 404, ""},
		{"GET", "/deletions/", 400, ""},
		{"GET", "/deletions/" + id + "/", 404, ""},
		{"GET", "//deletions", 404, ""},
		{"GET", "/api/nothing", 404, ""},
		{"GET", "/api", 404, ""},
		{"GET", "/deletions/00000000-0000-0000-0000-000000000000", 404, ""},
		{"GET", "/deletions/" + strings.ToUpper(id), 200, ""},
		{"HEAD", "/deletions", 200, ""},
		{"DELETE", "/deletions", 405, "GET, HEAD"},
		{"PUT", "/deletions/" + id + "/restore", 405, "GET, POST, HEAD"},
		{"GET", "/deletions/" + id + "/hold", 405, "POST"},
		{"GET", "/api/deletions/" + id + "/release", 405, "POST"},
		{"GET", "/style.css?v=1", 200, ""},
		{"GET", "/icon.svg", 200, ""},
	} {
		status, body, header := s.do(httptest.NewRequest(c.method, c.path, nil))
		s.wants(c.method+" "+c.path, status, body, c.want)
		if header.Get("Allow") != c.allow {
			t.Errorf("%s %s: Allow: %s", c.method, c.path, header.Get("Allow"))
		}
		api := strings.HasPrefix(c.path, "/api/")
		if c.want >= 400 && (header.Get("Content-Type") == "application/problem+json") != api {
			t.Errorf("%s %s: %s", c.method, c.path, header.Get("Content-Type"))
		}
		if c.want >= 400 && !api && !strings.Contains(body, "style.css") {
			t.Errorf("%s %s: an error without style: %s", c.method, c.path, body)
		}
	}
	req := newPost("/api/deletions/"+id+"/restore", nil)
	req.Header.Set("Content-Type", "text/csv")
	status, body, _ := s.do(req)
	s.wants("another type", status, body, 415, "application/json")
	for _, text := range []string{"[]", "{", `{"parents": 1}`, `{"parents": {}}`, `{"key": [1]}`, `{"what": "1"}`} {
		req := httptest.NewRequest(http.MethodPost, "/api/deletions/"+id+"/restore", strings.NewReader(text))
		req.Header.Set("Content-Type", "application/json")
		status, body, _ = s.do(req)
		s.wants(text, status, body, 400)
	}
	status, body, header := s.do(httptest.NewRequest(http.MethodGet, "/%61pi/deletions/"+id, nil))
	s.wants("another spelling", status, body, 200, `"deleted_at"`)
	s.equal("its type", header.Get("Content-Type"), "application/json")
	req = newPost("/deletions/"+id+"/restore?parents=1", nil)
	status, body, _ = s.do(req)
	s.wants("parameters beside the body", status, body, 400)
}

func TestAPI(t *testing.T) {
	s := open(t, shopSchema, shopPolicy())
	id := s.delete(`DELETE FROM customers WHERE id = 7`)
	get := func(path string, into any) {
		t.Helper()
		status, body := s.get(path)
		s.wants(path, status, body, 200)
		if err := json.Unmarshal([]byte(body), into); err != nil {
			t.Fatalf("%s: %v", body, err)
		}
	}
	var overview overviewJSON
	get("/api/overview?days=7", &overview)
	s.equal("overview", fmt.Sprint(overview.Tables[0], len(overview.Growth.Days), overview.Growth.Days[6].Rows), "{customers 19 1 false false} 7 map[customers:1 items:9 orders:3]")
	var one oneDeletionJSON
	get("/api/deletions/"+id, &one)
	s.equal("deletion", fmt.Sprint(one.Actor, one.Reason, one.Rows, one.State, one.May), "bobby requestmap[customers:1 items:9 orders:3]in the trash{true true true}")
	var rows rowsJSON
	get("/api/deletions/"+id+"/rows?parent=orders&parent_key=6&limit=2", &rows)
	s.equal("rows", fmt.Sprint(len(rows.Rows), rows.Rows[0].Key, rows.Rows[0].Parent, " ", rows.Next), `2 [6 1] &{orders [6]} ["items","6","2"]`)
	get("/api/deletions/"+id+"/rows?parent=orders&parent_key=6&limit=2&after="+url.QueryEscape(rows.Next), &rows)
	s.equal("the next page", fmt.Sprint(len(rows.Rows), rows.Rows[0].Key), `1 [6 3]`)
	var preview restoreJSON
	get("/api/deletions/"+id+"/restore", &preview)
	s.equal("preview", fmt.Sprint(preview), "{map[customers:1 items:9 orders:3] map[notes:1]  []}")
	status, body := s.get("/api/deletions/" + id + "/restore")
	s.wants("nothing in the way", status, body, 200, `"obstacles":[]`)
	status, body = s.get("/api/deletions/" + id + "/rows?table=notes")
	s.wants("no rows", status, body, 200, `{"rows":[]}`)
	var goes purgeJSON
	get("/api/deletions/"+id+"/purge", &goes)
	s.equal("what a purge takes", fmt.Sprint(goes), "{map[customers:1 items:9 orders:3] map[] false}")
	for _, c := range []struct {
		path   string
		values url.Values
		want   string
	}{
		{"/hold", url.Values{"note": {"x"}}, `{"held":"` + id + `"}`},
		{"/release", nil, `{"released":"` + id + `"}`},
		{"/restore", url.Values{"table": {"customers"}, "key": {"7"}}, `{"restored":1,"rows":{"customers":1}}`},
		{"/restore", url.Values{"partly": {"1"}}, `{"restored":12,"rows":{"items":9,"orders":3}}`},
	} {
		status, body, _ := s.post("/api/deletions/"+id+c.path, c.values)
		s.equal(c.path, fmt.Sprint(status, " ", strings.TrimSpace(body)), "200 "+c.want)
	}
	id = s.delete(`DELETE FROM customers WHERE id = 8`)
	status, body, _ = s.post("/api/deletions/"+id+"/purge", nil)
	s.wants("purge without confirmation", status, body, 400, `confirm`)
	status, body, _ = s.post("/api/deletions/"+id+"/purge", url.Values{"confirm": {"purge"}})
	s.equal("purge", fmt.Sprint(status, " ", strings.TrimSpace(body)), `200 {"purged":{"customers":1,"items":9,"orders":3},"kept":{},"held":false}`)
}

// All deletions and all rows, once each, a page at a time.
func TestPages(t *testing.T) {
	s := open(t, shopSchema, shopPolicy())
	s.exec(s.plain, `INSERT INTO softdelete_deletions (id, deleted_at, table_name, rows) SELECT gen_random_uuid(), now() - (i / 7) * interval '1 s', 'customers', '{"customers": 1}' FROM generate_series(1, 120) AS i`)
	s.exec(s.plain, `INSERT INTO items SELECT 1, i, 'x' FROM generate_series(100, 399) AS i`)
	id := s.delete(`DELETE FROM orders WHERE id = 1`)
	walk := func(path string, item *regexp.Regexp) (pages int, found []string) {
		t.Helper()
		next := regexp.MustCompile(`<a href="(\?[^"]*)" class="button" rel="next">`)
		for query := ""; ; {
			status, body := s.get(path + query)
			s.wants(path+query, status, body, 200)
			pages++
			for _, m := range item.FindAllStringSubmatch(body, -1) {
				found = append(found, m[1])
			}
			if query != "" && !strings.Contains(body, "First page") {
				t.Errorf("%s%s has no way back", path, query)
			}
			m := next.FindStringSubmatch(body)
			if m == nil {
				return pages, found
			}
			query = strings.ReplaceAll(m[1], "&amp;", "&")
		}
	}
	unique := func(list []string) int {
		slices.Sort(list)
		return len(slices.Compact(list))
	}
	pages, found := walk("/deletions", regexp.MustCompile(`href="\./deletions/([0-9a-f-]{36})" class="chip`))
	if pages != 3 || len(found) != 121 || unique(found) != 121 {
		t.Errorf("%d deletions on %d pages", len(found), pages)
	}
	pages, found = walk("/deletions/"+id, regexp.MustCompile(`<b class="key">([^<]*)</b>`))
	if pages != 7 || len(found) != 304 || unique(found) != 304 {
		t.Errorf("%d rows on %d pages", len(found), pages)
	}
	status, body := s.get("/deletions/" + id + "?table=items")
	s.wants("a table of it", status, body, 200, `aria-current="true">items 303</a>`, "rel=\"next\"", "belongs to")
	status, body = s.get("/deletions/" + id + "/rows?table=orders&key=1")
	s.wants("rows beneath a row", status, body, 200, `?after=%5B%22items%22%2C%221%22%2C%22146%22%5D&amp;key=1&amp;table=orders" class="button" rel="next"`)
}

// No parameter is passed over, and none is taken for another one: a key without values
// is not the whole deletion.
func TestParametersMeanWhatTheySay(t *testing.T) {
	s := open(t, shopSchema, shopPolicy())
	order := s.delete(`DELETE FROM orders WHERE id = 6`)
	id := s.delete(`DELETE FROM customers WHERE id = 7`)
	before := s.state()
	send := func(path, kind, body string) (int, string) {
		req := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
		req.Header.Set("Content-Type", kind)
		req.Header.Set("Sec-Fetch-Site", "same-origin")
		status, answer, _ := s.do(req)
		return status, answer
	}
	for _, text := range []string{
		`null`, `{"key": []}`, `{"key": ["7"]}`, `{"table": ""}`, `{"table": "customers", "key": []}`, `{"what": []}`, `{"parents": []}`, `{"parents": "maybe"}`, `{"parents": ["1", "1"]}`, `{"partly": "2"}`,
	} {
		status, body := send("/api/deletions/"+id+"/restore", "application/json", text)
		s.wants(text, status, body, 400)
	}
	for _, text := range []string{"key=7", "table=", "table=customers", "table=customers&table=orders&key=7", "parents=1&parents=0", "partly=no"} {
		status, body := send("/deletions/"+id+"/restore", "application/x-www-form-urlencoded", text)
		s.wants(text, status, body, 400)
	}
	status, body := send("/deletions/"+order+"/restore", "application/x-www-form-urlencoded", "parents=0")
	s.wants("without the parents", status, body, 409)
	status, body = send("/api/deletions/"+order+"/restore", "application/json", `{"parents": "false"}`)
	s.wants("without the parents", status, body, 409)
	s.equal("the state", s.state(), before)
	for _, query := range []string{"?parent_key=7", "?parent=customers", "?key=7", "?table=orders&table=items", "?limit=1&limit=2"} {
		for _, denied := range []string{"", "notes"} {
			s.deny = func(_ access.Action, table string) bool { return table == denied }
			status, body := s.get("/api/deletions/" + id + "/rows" + query)
			s.wants("rows"+query, status, body, 400)
		}
	}
	for query, want := range map[string]string{"": id, "?held=0": id, "?held=false": id, "?held=": id, "?held=1": `"deletions":[]`, "?held=true": `"deletions":[]`} {
		status, body := s.get("/api/deletions" + query)
		s.wants("list"+query, status, body, 200, want)
	}
	status, body = s.get("/deletions?held=perhaps")
	s.wants("held", status, body, 400, "held is 1 or true")
}

// A key may be an empty text; the links of its pages name it.
func TestEmptyKeys(t *testing.T) {
	p := softdelete.Policy{Journal: true, Tables: []softdelete.Table{{Name: "tags", DeletionID: "deletion_id", PrimaryKey: []string{"word"}}, {Name: "uses", DeletionID: "deletion_id"}}}
	p.ForeignKeys = []softdelete.ForeignKey{{Table: "uses", Columns: []string{"word"}, RefTable: "tags", RefColumns: []string{"word"}, OnDelete: softdelete.Cascade}}
	s := open(t, `CREATE TABLE tags (word text PRIMARY KEY, deleted_at timestamptz, deletion_id uuid); CREATE TABLE uses (id int PRIMARY KEY, word text REFERENCES tags, deleted_at timestamptz, deletion_id uuid);
		INSERT INTO tags VALUES (''); INSERT INTO uses SELECT i, '' FROM generate_series(1, 60) AS i;`+softdelete.JournalDDL+softdelete.HoldDDL, p)
	id := s.delete(`DELETE FROM tags`)
	at := "/deletions/" + id + "/rows"
	status, body := s.get(at + "?table=tags&key=")
	s.wants("a row", status, body, 200, `/restore?key=&amp;table=tags"`)
	next := regexp.MustCompile(`<a href="(\?[^"]*)" class="button" rel="next">`).FindStringSubmatch(body)
	if next == nil {
		t.Fatalf("no next page: %s", visibleText(body))
	}
	status, body = s.get(at + strings.ReplaceAll(next[1], "&amp;", "&"))
	s.wants("the next page", status, body, 200, ">60</b>", "First page")
	status, body, _ = s.post("/deletions/"+id+"/restore", url.Values{"table": {"tags"}, "key": {""}})
	s.wants("restore", status, body, 303)
	s.equal("only the tag", s.text(`SELECT (SELECT count(*) FROM tags WHERE deleted_at IS NULL) || ' ' || (SELECT count(*) FROM uses WHERE deleted_at IS NULL)`), "1 0")
}
