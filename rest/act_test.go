package rest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/access"
	"github.com/softdelete-go/softdelete/rest"
	"github.com/softdelete-go/softdelete/softdeletetest"
)

func bulkPurge(o *rest.Options) { o.AllowBulkPurge = true }

// A delete and a restore over HTTP do what the driver's own do.
func TestDeleteAndRestore(t *testing.T) {
	a := newAPI(t, nil)
	before := a.one(`SELECT count(*) FROM users WHERE deleted_at IS NULL`) + a.one(`SELECT author_id FROM notes WHERE id = 1`)
	r := a.want(200, "DELETE", "/users/1/?count=true", "X-Reason", "asked for it")
	a.equal("deleted", r.text, `{"count":1,"rows":{"files":1,"items":2,"orders":1,"users":1}}`)
	softdeletetest.AssertDeleted(t, a.ours, "users", 1)
	softdeletetest.AssertDeleted(t, a.ours, "items", order(1), "a")
	softdeletetest.AssertDeleted(t, a.ours, "files", 1)
	a.equal("the note", a.one(`SELECT author_id FROM notes WHERE id = 1`), "")
	a.equal("by whom", a.one(`SELECT deleted_by || ': ' || reason FROM users WHERE id = 1`), "ann: asked for it")
	a.equal("the journal", a.one(`SELECT actor || ': ' || reason || ' ' || rows FROM softdelete_deletions`), `ann: asked for it {"files": 1, "items": 2, "users": 1, "orders": 1}`)
	e := a.last()
	if e.Actor != "ann" || e.Action != access.Delete || e.Table != "users" || fmt.Sprint(e.Key) != "[1]" || fmt.Sprint(e.Rows) != "map[files:1 items:2 orders:1 users:1]" || e.Err != nil || e.At.IsZero() {
		t.Errorf("audited: %+v", e)
	}
	a.want(404, "DELETE", "/users/1")
	a.want(404, "DELETE", "/users/77")
	if e := a.last(); e.Err == nil || e.Rows != nil {
		t.Errorf("what was not done is audited as %+v", e)
	}
	// An item of the deletion: all of it comes back.
	r = a.want(200, "PATCH", "/items/"+order(1)+",b%2Fc%2Cd/restore/")
	a.equal("restored", r.text, `{"count":1,"rows":{"files":1,"items":2,"orders":1,"users":1}}`)
	a.equal("after", a.one(`SELECT count(*) FROM users WHERE deleted_at IS NULL`)+a.one(`SELECT author_id FROM notes WHERE id = 1`), before)
	a.equal("the journal", a.one(`SELECT restored_by FROM softdelete_deletions`), "ann")
	if e := a.last(); e.Action != access.Restore || e.Table != "items" || fmt.Sprint(e.Key) != "["+order(1)+" b/c,d]" || fmt.Sprint(e.Rows) != "map[files:1 items:2 orders:1 users:1]" {
		t.Errorf("audited: %+v", e)
	}
	a.want(404, "PATCH", "/users/1/restore/")
	for _, key := range []string{"a/b", "a,b", "ü ?#%", "';DROP TABLE users;--"} {
		path := "/tags/" + url.PathEscape(key)
		a.equal("no answer", a.want(204, "DELETE", path).text, "")
		softdeletetest.AssertDeleted(t, a.ours, "tags", key)
		a.want(200, "PATCH", path+"/restore/")
		softdeletetest.AssertLive(t, a.ours, "tags", key)
	}
}

// What Restore restores, the endpoint does: two databases, one history.
func TestRestoresAreThoseOfTheLibrary(t *testing.T) {
	a, b := newAPI(t, nil), newAPI(t, nil)
	for _, x := range []*api{a, b} {
		x.want(204, "DELETE", "/items/"+order(4)+",a")
		x.want(204, "DELETE", "/users/?id__in=1,2,4")
		x.want(204, "DELETE", "/users/6")
	}
	const live = `SELECT string_agg(x, ' ' ORDER BY x) FROM (SELECT 'u' || id AS x FROM users WHERE deleted_at IS NULL UNION ALL SELECT 'o' || id FROM orders WHERE deleted_at IS NULL
		UNION ALL SELECT 'i' || order_id || line FROM items WHERE deleted_at IS NULL UNION ALL SELECT 'n' || id || coalesce(author_id::text, '-') FROM notes UNION ALL SELECT 'f' || id FROM files WHERE deleted_at IS NULL) AS y`
	a.want(200, "PATCH", "/orders/"+order(4)+"/restore/")
	if _, err := softdelete.Restore(t.Context(), b.ours, "orders", order(4)); err != nil {
		t.Fatal(err)
	}
	a.equal("a row's", a.one(live), b.one(live))
	a.want(204, "DELETE", "/users/?id__in=1,2")
	if _, err := b.ours.Exec("DELETE FROM users WHERE id IN (1, 2)"); err != nil {
		t.Fatal(err)
	}
	a.equal("deleted", a.one(live), b.one(live))
	r := a.want(200, "PATCH", "/users/restore/?id__lte=6&count=true")
	if _, err := softdelete.RestoreWhere(t.Context(), b.ours, "users", "id <= 6"); err != nil {
		t.Fatal(err)
	}
	a.equal("a filter's", a.one(live), b.one(live))
	a.equal("the answer", r.text, `{"count":3,"rows":{"files":2,"items":6,"orders":3,"users":3}}`)
}

func TestBulk(t *testing.T) {
	a := newAPI(t, nil)
	before := a.state()
	for _, c := range []struct {
		status       int
		method, path string
	}{
		{400, "DELETE", "/users/"},
		{400, "DELETE", "/users/?all=false"},
		{400, "DELETE", "/users/?all=maybe"},
		{400, "DELETE", "/users/?all=true&id=1"},
		{400, "DELETE", "/users/?count=true"},
		{400, "DELETE", "/users/?password=sesame"},
		{400, "DELETE", "/users/?id=1&limit=1"},
		{400, "DELETE", "/users/?id=1&count=7"},
		{400, "DELETE", "/users/?id=x"},
		{400, "DELETE", "/users/deleted/?all=true"},
		{400, "PATCH", "/users/restore/"},
		{400, "PATCH", "/users/restore/?permanent=true"},
		{400, "PATCH", "/users/restore/?id=1&nothing=2"},
		{403, "DELETE", "/users/?permanent=true"},
		{403, "DELETE", "/users/?permanent=true&id=1"},
		{403, "DELETE", "/users/deleted/?permanent=true&id=1"},
	} {
		a.want(c.status, c.method, c.path)
	}
	a.equal("the state", a.state(), before)
	a.equal("nothing matches", a.want(204, "DELETE", "/users/?id=77").text, "")
	a.equal("nothing matches", a.want(200, "DELETE", "/users/?id=77&count=true").text, `{"count":0,"rows":{}}`)
	r := a.want(200, "DELETE", "/tags/?word__contains=a", "Prefer", "wait=5, return=count")
	a.equal("the answer", r.text, `{"count":3,"rows":{"tags":3}}`)
	a.equal("Preference-Applied", r.Header.Get("Preference-Applied"), "return=count")
	a.equal("deleted", a.ids("/tags/deleted/", "word"), "a,b|a/b|plain")
	a.want(204, "PATCH", "/tags/restore/?word=plain&one=true")
	a.equal("then", a.ids("/tags/deleted/", "word"), "a,b|a/b")
	a.want(409, "PATCH", "/tags/restore/?all=true") // plain is not among them any more
	a.equal("partly", a.want(200, "PATCH", "/tags/restore/?word=a,b&partly=true&count=1").text, `{"count":1,"rows":{"tags":2}}`)
	a.want(204, "DELETE", "/tags/?all=true")
	a.equal("all are deleted", a.ids("/tags/", "word"), "")
}

func TestBulkIsBounded(t *testing.T) {
	a := newAPI(t, func(o *rest.Options) { o.MaxBulk, o.MaxRows = 3, 2 })
	before := a.state()
	a.want(422, "DELETE", "/users/?id__lt=5")
	a.equal("the state", a.state(), before)
	a.want(204, "DELETE", "/users/?id__lt=4")
	a.equal("a page", a.ids("/users/deleted/?limit=100", "id"), "1|2")
	a.equal("a page, without a limit", a.ids("/users/deleted/", "id"), "1|2")
}

func TestPermanent(t *testing.T) {
	a := newAPI(t, bulkPurge)
	// A real foreign key forbids it.
	r := a.want(409, "DELETE", "/users/3?permanent=true")
	doc := r.doc(t)
	a.equal("the constraint", fmt.Sprint(doc["constraint"], " ", doc["table"], " ", doc["in_the_way"]), "orders_user_id_fkey orders map[key:map[id:"+order(3)+"] table:orders]")
	softdeletetest.AssertLive(t, a.ours, "users", 3)
	a.want(204, "DELETE", "/users/3")
	a.want(409, "DELETE", "/users/3?permanent=true") // the order is still there, deleted
	a.want(204, "DELETE", "/items/deleted/?permanent=true&order_id="+order(3))
	a.want(204, "DELETE", "/orders/"+order(3)+"?permanent=true")
	a.equal("the answer", a.want(200, "DELETE", "/users/3?permanent=true&count=true").text, `{"count":1,"rows":{"users":1}}`)
	softdeletetest.AssertGone(t, a.ours, "users", 3)
	if e := a.last(); e.Action != access.Purge || fmt.Sprint(e.Rows) != "map[users:1]" {
		t.Errorf("audited: %+v", e)
	}
	a.want(404, "DELETE", "/users/3?permanent=true")
	// Those of the path only: live ones, or deleted ones.
	a.want(204, "DELETE", "/tags/plain")
	a.equal("live ones", a.want(200, "DELETE", "/tags/?permanent=true&word__in=plain,restore&count=true").text, `{"count":1,"rows":{"tags":1}}`)
	softdeletetest.AssertDeleted(t, a.ours, "tags", "plain")
	softdeletetest.AssertGone(t, a.ours, "tags", "restore")
	a.equal("deleted ones", a.want(200, "DELETE", "/tags/deleted/?permanent=true&all=true&count=true").text, `{"count":1,"rows":{"tags":1}}`)
	softdeletetest.AssertGone(t, a.ours, "tags", "plain")
	a.equal("left", a.one("SELECT count(*) FROM tags"), "5")
}

// A real cascade takes rows of other tables, for which leave is asked too.
func TestPermanentAsksForWhatTheDatabaseReaches(t *testing.T) {
	a := newAPI(t, nil)
	a.exec(`CREATE TABLE scans (id int PRIMARY KEY, file_id int REFERENCES files ON DELETE CASCADE); INSERT INTO scans VALUES (1, 2);
		DELETE FROM items; DELETE FROM billing.invoices; DELETE FROM orders; DELETE FROM notes`)
	before := a.state()
	for _, table := range []string{"users", "files", "scans"} {
		a.deny = func(action access.Action, name string) error {
			if action == access.Purge && name == table {
				return access.Denied{Why: "not " + table}
			}
			return nil
		}
		a.equal("why", fmt.Sprint(a.want(403, "DELETE", "/users/2?permanent=true").doc(t)["detail"]), "not "+table)
		a.equal("the state", a.state(), before)
	}
	a.deny = nil
	a.want(204, "DELETE", "/users/2?permanent=true")
	a.equal("scans", a.one("SELECT count(*) FROM scans")+a.one("SELECT count(*) FROM files"), "01")
}

func TestHoldsKeepRows(t *testing.T) {
	a := newAPI(t, bulkPurge)
	a.want(204, "DELETE", "/tags/?word__in=plain,restore")
	id := a.one("SELECT id FROM softdelete_deletions")
	if err := softdelete.Hold(t.Context(), a.ours, id, ""); err != nil {
		t.Fatal(err)
	}
	a.want(409, "DELETE", "/tags/plain?permanent=true")
	a.want(409, "DELETE", "/tags/deleted/?all=true&permanent=true")
	softdeletetest.AssertDeleted(t, a.ours, "tags", "plain")
	// By a cascade of the database, too.
	a.exec(`DELETE FROM items; DELETE FROM billing.invoices; DELETE FROM orders; DELETE FROM notes`)
	a.want(204, "DELETE", "/files/1")
	if err := softdelete.Hold(t.Context(), a.ours, a.one("SELECT deletion_id FROM files WHERE id = 1"), ""); err != nil {
		t.Fatal(err)
	}
	a.equal("the kind", fmt.Sprint(a.want(409, "DELETE", "/users/1?permanent=true").doc(t)["type"]), "urn:softdelete:held")
	softdeletetest.AssertLive(t, a.ours, "users", 1)
	a.want(204, "DELETE", "/users/4?permanent=true")
	if _, err := softdelete.Release(t.Context(), a.ours, id); err != nil {
		t.Fatal(err)
	}
	a.want(204, "DELETE", "/tags/plain?permanent=true")
}

func TestConflicts(t *testing.T) {
	a := newAPI(t, nil)
	detail := func(r response, members ...string) string {
		doc := r.doc(t)
		var list []string
		for _, m := range members {
			list = append(list, fmt.Sprint(doc[m]))
		}
		return strings.Join(list, " ")
	}
	// A live row has the key.
	a.want(204, "DELETE", "/users/1")
	a.exec(`INSERT INTO users (id, email) VALUES (100, 'u1@x')`)
	r := a.want(409, "PATCH", "/users/1/restore/")
	a.equal("a key", detail(r, "type", "constraint", "table", "key", "in_the_way"), "urn:softdelete:key-taken users_email users map[email:u1@x] map[key:map[id:100] table:users]")
	softdeletetest.AssertDeleted(t, a.ours, "users", 1)
	if e := a.last(); e.Err == nil || e.Rows != nil {
		t.Errorf("audited: %+v", e)
	}
	// By one of the rows that come along, and in bulk.
	a.equal("in bulk", detail(a.want(409, "PATCH", "/orders/restore/?all=true"), "constraint", "in_the_way"), "users_email map[key:map[id:100] table:users]")
	// To whom the table is not shown, neither is the row.
	a.deny = func(action access.Action, table string) error {
		if action == access.Read && table == "users" {
			return access.Denied{Why: "no"}
		}
		return nil
	}
	a.equal("unseen", detail(a.want(409, "PATCH", "/users/1/restore/"), "constraint", "key", "in_the_way"), "users_email <nil> <nil>")
	a.deny = nil
	// A key with a hidden column tells nothing.
	a.want(204, "DELETE", "/users/2")
	a.exec(`INSERT INTO users (id, email, name) VALUES (101, 'other', 'user 2')`)
	a.equal("hidden", detail(a.want(409, "PATCH", "/users/2/restore/"), "constraint", "key", "in_the_way"), "users_password <nil> <nil>")
	// A parent stays deleted.
	a.want(204, "DELETE", "/orders/"+order(5))
	a.want(204, "DELETE", "/users/5")
	r = a.want(409, "PATCH", "/orders/"+order(5)+"/restore/")
	a.equal("a parent", detail(r, "type", "constraint", "table", "in_the_way"), "urn:softdelete:parent-deleted orders_user_id_fkey orders map[deleted:true key:map[id:5] table:users]")
	a.equal("with its parents", a.want(200, "PATCH", "/orders/"+order(5)+"/restore/?parents=true").text, `{"count":1,"rows":{"items":2,"orders":1,"users":1}}`)
	// A child that forbids the delete.
	r = a.want(409, "DELETE", "/users/9")
	a.equal("a child", detail(r, "type", "constraint", "table", "in_the_way"), "urn:softdelete:still-referenced invoices_order_id_fkey billing.invoices map[key:map[id:1] table:billing.invoices]")
	softdeletetest.AssertLive(t, a.ours, "users", 9)
	// Rows that are gone.
	a.want(204, "DELETE", "/users/6")
	a.exec(`DELETE FROM items WHERE order_id = $1 AND line = 'a'`, order(6))
	r = a.want(409, "PATCH", "/users/6/restore/")
	a.equal("gone", detail(r, "type", "table"), "urn:softdelete:refused items")
	a.want(400, "PATCH", "/users/6/restore/?partly=maybe")
	a.equal("partly", a.want(200, "PATCH", "/users/6/restore/?partly=true").text, `{"count":1,"rows":{"items":1,"orders":1,"users":1}}`)
	a.want(204, "DELETE", "/users/7")
	a.equal("one", a.want(200, "PATCH", "/users/7/restore/?one=true").text, `{"count":1,"rows":{"users":1}}`)
	a.want(400, "PATCH", "/users/6/restore/?one=true&parents=true")
}

// Of several that restore a row one does, and nobody gets an error of the server.
func TestRestoresAtTheSameTime(t *testing.T) {
	a := newAPI(t, nil)
	for round := range 5 {
		a.want(204, "DELETE", "/users/1")
		var wg sync.WaitGroup
		status := make([]int, 6)
		for i := range status {
			wg.Go(func() {
				path := []string{"/users/1/restore/", "/orders/" + order(1) + "/restore/"}[i%2]
				w := httptest.NewRecorder()
				a.handler.ServeHTTP(w, httptest.NewRequest(http.MethodPatch, path, nil))
				status[i] = w.Code
			})
		}
		wg.Wait()
		won := 0
		for _, s := range status {
			if s == 200 {
				won++
			} else if s != 404 && s != 409 {
				t.Errorf("round %d: %d", round, s)
			}
		}
		if won != 1 {
			t.Errorf("round %d: %d restored it: %v", round, won, status)
		}
		softdeletetest.AssertLive(t, a.ours, "users", 1)
		softdeletetest.AssertLive(t, a.ours, "items", order(1), "a")
	}
}

func TestDeletesAtTheSameTime(t *testing.T) {
	a := newAPI(t, nil)
	var wg sync.WaitGroup
	status := make([]int, 6)
	for i := range status {
		wg.Go(func() {
			w := httptest.NewRecorder()
			a.handler.ServeHTTP(w, httptest.NewRequest(http.MethodDelete, "/users/1", nil))
			status[i] = w.Code
		})
	}
	wg.Wait()
	won := 0
	for _, s := range status {
		if s == 204 {
			won++
		} else if s != 404 {
			t.Errorf("%d", s)
		}
	}
	if won != 1 {
		t.Errorf("%d deleted it: %v", won, status)
	}
}

// A transaction that is tried again tells what it did then, and not what it would have
// done the first time.
func TestTriedAgain(t *testing.T) {
	a := newAPI(t, nil)
	// While the other session has not been there, who changes a row waits until that session
	// wants it too, and fails.
	a.exec(`CREATE SEQUENCE changes; CREATE FUNCTION yield() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
		IF current_setting('test.other', true) IS NULL THEN
			PERFORM nextval('changes');
			WHILE NOT EXISTS (SELECT FROM pg_locks AS w WHERE NOT w.granted AND pg_backend_pid() = ANY (pg_blocking_pids(w.pid))) LOOP PERFORM pg_sleep(0.01); END LOOP;
			RAISE EXCEPTION 'too late' USING ERRCODE = '40001';
		END IF;
		RETURN new;
	END $$; CREATE TRIGGER yield BEFORE UPDATE ON tags FOR EACH ROW EXECUTE FUNCTION yield()`)
	for _, c := range []struct{ method, path, other string }{
		{"DELETE", "/tags/?word=plain&count=true", `UPDATE tags SET deleted_at = now() WHERE word = 'plain'`},
		{"PATCH", "/tags/restore/?word=plain&one=true&count=true", `UPDATE tags SET deleted_at = NULL WHERE word = 'plain'`},
	} {
		a.exec(`ALTER SEQUENCE changes RESTART`)
		var wg sync.WaitGroup
		wg.Go(func() {
			a.equal(c.path, a.want(200, c.method, c.path).text, `{"count":0,"rows":{}}`)
		})
		for a.one(`SELECT is_called FROM changes`) != "true" {
		}
		a.exec("SET test.other = 'yes'; " + c.other)
		wg.Wait()
		if e := a.last(); len(e.Rows) > 0 || e.Err != nil {
			t.Errorf("%s: audited as %+v", c.path, e)
		}
	}
}

func TestReasons(t *testing.T) {
	a := newAPI(t, nil)
	a.want(204, "DELETE", "/users/1", "X-Reason", "UTF-8''gew%C3%BCnscht%20%26%20gut")
	a.equal("encoded", a.one("SELECT reason FROM users WHERE id = 1"), "gewünscht & gut")
	a.want(400, "DELETE", "/users/2", "X-Reason", "UTF-8''%zz")
	a.want(400, "DELETE", "/users/2", "X-Reason", "UTF-8''%00")
	a.want(400, "DELETE", "/users/2", "X-Reason", "\xff")
	softdeletetest.AssertLive(t, a.ours, "users", 2)
	a.want(204, "DELETE", "/users/2", "X-Reason", "'; DROP TABLE users; --")
	a.equal("hostile", a.one("SELECT reason FROM users WHERE id = 2"), "'; DROP TABLE users; --")
}
