package trash

import (
	"net/url"
	"strings"
	"testing"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/access"
)

// From the first page to a customer that is back, with all that belonged to it.
func TestRestoreOfADeletion(t *testing.T) {
	s := open(t, shopSchema, shopPolicy())
	before := s.state()
	id := s.delete(`DELETE FROM customers WHERE id = 7`)
	status, body := s.get("/")
	s.wants("overview", status, body, 200, `href="./deletions/`+id+`"`, "Rows in the trash</span> <b>13</b>", "by request", ">19</td>", `aria-current="page"`, "<svg", "13 rows in 1 deletion;")
	status, body = s.get("/deletions")
	s.wants("list", status, body, 200, `<a href="./deletions/`+id+`" class="chip first"><b>1</b> customers</a> <span class="chip"><b>3</b> orders</span> <span class="chip"><b>9</b> items</span>`, "bob", "in the trash")
	status, body = s.get("/deletions/" + id)
	s.wants("deletion", status, body, 200, `href="../deletions/`+id+`/restore"`, "3 in orders", "3 in items", "Customer 7", `rows?key=6&amp;key=2&amp;table=items"`, "Purge…")
	if strings.Contains(body, secret) || strings.Contains(body, "password") {
		t.Error("a hidden column is shown")
	}
	status, body = s.get("/deletions/" + id + "/restore")
	s.wants("preview", status, body, 200, "<b>1</b> customers", "<b>3</b> orders", "<b>9</b> items", "1 notes", "Restore 13 rows")
	s.equal("nothing was done", s.acts(), "")
	status, _, location := s.post("/deletions/"+id+"/restore", nil)
	s.wants("restore", status, "", 303)
	s.equal("leads to", location, "../../deletions/"+id+"?done=restored&n=13")
	s.equal("audit", s.acts(), "ann restore customers orders items")
	status, body = s.get("/deletions/" + id + "?done=restored&n=13")
	s.wants("afterwards", status, body, 200, "13 rows came back.", `class="badge restored"`, "Restored</dt>", "by ann", "No row of it is deleted any more")
	s.exec(s.plain, `TRUNCATE softdelete_deletions, softdelete_links`)
	s.equal("the shop", s.state(), before)
}

func TestRestoreOfARow(t *testing.T) {
	s := open(t, shopSchema, shopPolicy())
	id := s.delete(`DELETE FROM customers WHERE id = 7`)
	status, body := s.get("/deletions/" + id + "/rows?table=orders&key=6")
	s.wants("row", status, body, 200, "orders <span", "customers 7</a>", "items</span>", "Restore only this row", "/restore?key=6&amp;table=orders")
	status, body = s.get("/deletions/" + id + "/restore?table=orders&key=6")
	s.wants("preview of an order", status, body, 200, "What is in the way", "orders 6 belongs to customers 7, which is deleted itself.", "Customer 7")
	if strings.Contains(body, `method="post"`) {
		t.Error("the page offers to restore what cannot be")
	}
	status, body, _ = s.post("/deletions/"+id+"/restore", url.Values{"table": {"orders"}, "key": {"6"}})
	s.wants("restore of an order", status, body, 409, "Nothing was restored", "customers 7")
	s.equal("audit", s.acts(), "ann restore orders 6 orders failed")
	status, body = s.get("/deletions/" + id + "/restore?table=customers&key=7")
	s.wants("preview of a customer", status, body, 200, "This brings back one row", `name="key" value="7"`)
	status, _, location := s.post("/deletions/"+id+"/restore", url.Values{"table": {"customers"}, "key": {"7"}})
	s.wants("restore of a customer", status, location, 303, "done=restored&n=1")
	s.equal("audit", s.acts(), "ann restore customers 7 customers")
	s.equal("only it", s.text(`SELECT count(*) FROM orders WHERE deleted_at IS NOT NULL`), "3")
	status, body, _ = s.post("/deletions/"+id+"/restore", url.Values{"table": {"customers"}, "key": {"7"}})
	s.wants("twice", status, body, 404, "no such row")

	// The rest now wants to be asked for partly.
	status, body = s.get("/deletions/" + id + "/restore")
	s.wants("the rest", status, body, 200, "Rows of this deletion are gone", "restore?partly=1")
	status, body, _ = s.post("/deletions/"+id+"/restore", nil)
	s.wants("the rest, whole", status, body, 409, "Restore what is left")
	status, body = s.get("/deletions/" + id + "/restore?partly=1")
	s.wants("the rest, partly", status, body, 200, "Only what is left", `name="partly" value="1"`, "Restore 12 rows")
	status, _, location = s.post("/deletions/"+id+"/restore", url.Values{"partly": {"1"}})
	s.wants("restore of the rest", status, location, 303, "n=12")
}

// In the archive two deletions may have rows of one key. The row that is restored is the
// one that the page shows, or none.
func TestRestoreOfARowThatWasDeletedAgain(t *testing.T) {
	p := softdelete.Policy{Journal: true, Tables: []softdelete.Table{{Name: "tags", Mode: softdelete.Archive}}}
	s := open(t, `CREATE TABLE tags (id int PRIMARY KEY, word text); INSERT INTO tags VALUES (1, 'older'), (2, 'other');`+softdelete.JournalDDL+softdelete.HoldDDL+softdelete.ArchiveDDL, p)
	older := s.delete(`DELETE FROM tags`)
	s.exec(s.ours, `INSERT INTO tags VALUES (1, 'newer')`)
	newer := s.delete(`DELETE FROM tags`)
	row := url.Values{"table": {"tags"}, "key": {"1"}}
	for _, prefix := range []string{"", "/api"} {
		status, body, _ := s.post(prefix+"/deletions/"+older+"/restore", row)
		s.wants("the older one", status, body, 409, "A later deletion took a row with the same key")
		s.equal("nothing is restored", s.text(`SELECT count(*) FROM tags`), "0")
	}
	status, body, _ := s.post("/deletions/"+older+"/restore", url.Values{"table": {"tags"}, "key": {"2"}})
	s.wants("another one", status, body, 303)
	status, body, _ = s.post("/deletions/"+newer+"/restore", row)
	s.wants("the newer one", status, body, 303)
	s.equal("restored", s.text(`SELECT string_agg(word, ' ' ORDER BY id) FROM tags`), "newer other")
}

func TestConflicts(t *testing.T) {
	s := open(t, shopSchema, shopPolicy(), func(o *Options) {
		o.RowURL = func(table string, key []string) string { return "https://shop.example/" + table + "/" + key[0] }
	})
	id := s.delete(`DELETE FROM customers WHERE id = 7`)
	s.exec(s.ours, `INSERT INTO customers (id, name, email, ssn) VALUES (99, 'The new one', 'c7@shop.example', 'x')`)
	status, body := s.get("/deletions/" + id + "/restore")
	s.wants("preview", status, body, 200, "Change or delete the live rows that have them first.", "<b>7</b> Customer 7", "customers 7 cannot come back: the live row customers 99 has its key (customers_email).", "The new one", `href="https://shop.example/customers/99"`, "The deleted row")
	status, body, _ = s.post("/deletions/"+id+"/restore", nil)
	s.wants("restore", status, body, 409, "A live row stands in the way (customers_email). Nothing was restored.", "The new one")
	s.equal("audit", s.acts(), "ann restore customers orders items failed")

	// A hidden column can be in the way, too; its value stays hidden, as the server's message is.
	s.exec(s.ours, `UPDATE customers SET email = 'new', ssn = '`+secret+`7' WHERE id = 99`)
	for _, path := range []string{"", "/api"} {
		status, body = s.get(path + "/deletions/" + id + "/restore")
		s.wants("preview with a hidden key", status, body, 200, "customers_ssn", "The new one")
		again, answer, _ := s.post(path+"/deletions/"+id+"/restore", nil)
		s.wants("restore with a hidden key", again, answer, 409, "customers_ssn")
		if strings.Contains(body+answer, secret) {
			t.Errorf("%s: the hidden value is shown", path)
		}
	}
	// Who may not read live rows sees that there is one.
	s.deny = only("read")
	status, body = s.get("/deletions/" + id + "/restore")
	s.wants("preview without live rows", status, body, 200, "the live row customers 99 has its key")
	if strings.Contains(body, "The new one") {
		t.Error("a live row is shown")
	}
}

func TestParents(t *testing.T) {
	s := open(t, shopSchema, shopPolicy())
	order := s.delete(`DELETE FROM orders WHERE id = 6`)
	customer := s.delete(`DELETE FROM customers WHERE id = 7`)
	status, body := s.get("/deletions/" + order + "/restore")
	s.wants("preview", status, body, 200, "orders 6 belongs to customers 7, which is deleted itself.", `href="../../deletions/`+customer+`"`, "restore?parents=1")
	status, body = s.get("/deletions/" + order + "/restore?parents=1")
	s.wants("with parents", status, body, 200, "With the rows that these belong to", "Restore 13 rows", `name="parents" value="1"`)
	status, _, location := s.post("/deletions/"+order+"/restore", url.Values{"parents": {"1"}})
	s.wants("restore", status, location, 303, "n=13")
	s.equal("all are live", s.text(`SELECT (SELECT count(*) FROM customers WHERE deleted_at IS NOT NULL) + (SELECT count(*) FROM orders WHERE deleted_at IS NOT NULL)`), "0")
}

func TestHoldAndPurge(t *testing.T) {
	s := open(t, shopSchema, shopPolicy())
	s.exec(s.plain, `INSERT INTO visits VALUES (1, 8)`)
	id := s.delete(`DELETE FROM customers WHERE id = 7`)
	status, _, location := s.post("/deletions/"+id+"/hold", url.Values{"note": {"case 7"}})
	s.wants("hold", status, location, 303, "done=held")
	status, body := s.get("/deletions/" + id + "?done=held&n=0")
	s.wants("held", status, body, 200, "This deletion is held now", "case 7", "End the hold", "cannot be purged while it is held")
	status, body = s.get("/deletions?held=1")
	s.wants("list of held ones", status, body, 200, id)
	status, body = s.get("/deletions/" + id + "/purge")
	s.wants("purge of what is held", status, body, 200, "the deletion is held")
	status, body, _ = s.post("/deletions/"+id+"/purge", url.Values{"confirm": {"purge"}})
	s.wants("purge of what is held", status, body, 409, "the deletion is held")
	status, _, location = s.post("/deletions/"+id+"/release", nil)
	s.wants("release", status, location, 303, "done=released")
	status, body, _ = s.post("/deletions/"+id+"/release", nil)
	s.wants("release again", status, body, 409, "is not held")
	s.equal("audit", s.acts(), "ann hold; ann purge failed; ann release; ann release failed")

	status, body = s.get("/deletions/" + id + "/purge")
	s.wants("question", status, body, 200, "<b>1</b> customers", "<b>9</b> items", "<li><span class=\"quiet\">customers</span> <b>7</b> Customer 7", "Type <b>purge</b>", "Purge 13 rows")
	for _, wrong := range []string{"", "yes", "Purge"} {
		status, body, _ = s.post("/deletions/"+id+"/purge", url.Values{"confirm": {wrong}})
		s.wants("purge without being sure", status, body, 400, "Nothing was removed", "Purge 13 rows")
	}
	s.equal("still there", s.text(`SELECT count(*) FROM items`), "180")
	status, _, location = s.post("/deletions/"+id+"/purge", url.Values{"confirm": {"purge"}})
	s.wants("purge", status, location, 303, "deletions/"+id+"?done=purged&n=13")
	s.equal("audit", s.acts(), "ann purge customers orders items")
	s.equal("gone", s.text(`SELECT count(*) FROM items`), "171")
	status, body = s.get("/deletions/" + id + "?done=purged&n=13")
	s.wants("afterwards", status, body, 200, "13 rows removed for good.", `class="badge gone"`)
	status, body, _ = s.post("/deletions/"+id+"/purge", url.Values{"confirm": {"purge"}})
	s.wants("again", status, body, 409, "no row of it is left")

	visited := s.delete(`DELETE FROM customers WHERE id = 8`)
	status, body = s.get("/deletions/" + visited + "/purge")
	s.wants("what others refer to", status, body, 200, "Other rows refer to 1 customers", "Purge 12 rows")
}

// Without a journal the rows tell of the deletions, until they are back.
func TestWithoutJournal(t *testing.T) {
	p := shopPolicy()
	p.Journal, p.ForeignKeys[2].OnDelete = false, softdelete.KeepVisible
	s := open(t, shopSchema, p)
	s.exec(s.ours, `DELETE FROM customers WHERE id = 7`)
	id := s.text(`SELECT deletion_id FROM customers WHERE id = 7`)
	for _, path := range []string{"/", "/deletions", "/deletions/" + id, "/deletions/" + id + "/restore", "/deletions/" + id + "/purge"} {
		status, body := s.get(path)
		s.wants(path, status, body, 200, id, "customers")
	}
	status, _, location := s.post("/deletions/"+id+"/restore", nil)
	s.wants("restore", status, location, 303)
	s.equal("leads to", location, "../../deletions?done=restored&n=13")
	status, body := s.get("/deletions?done=restored&n=13")
	s.wants("afterwards", status, body, 200, "13 rows came back.", "Nothing has been deleted yet")
}

// A deletion is found by what one of its rows has in it, as far as whoever asks may see it.
func TestFindARow(t *testing.T) {
	s := open(t, shopSchema, shopPolicy())
	customer := s.delete(`DELETE FROM customers WHERE id = 7`)
	s.exec(s.plain, `UPDATE orders SET status = 'sent back' WHERE id = 1`)
	order := s.delete(`DELETE FROM orders WHERE id = 1`)
	find := func(what, query, want string, not ...string) {
		t.Helper()
		for _, path := range []string{"/deletions?", "/api/deletions?"} {
			status, body := s.get(path + query)
			s.wants(what+path, status, body, 200, want)
			for _, id := range not {
				if strings.Contains(body, id) {
					t.Errorf("%s: %s is listed", what, id)
				}
			}
		}
	}
	find("a name", "row=+customer+7+", customer, order)
	find("a name elsewhere", "row=customer+7&table=orders", "", customer, order)
	find("an order", "row=Sent&table=orders", order, customer)
	find("either", "row=1", customer)
	find("either", "row=1", order)
	find("a hidden column", "row="+secret, "", customer, order)
	s.deny = func(_ access.Action, table string) bool { return table == "orders" || table == "items" }
	find("what may not be seen", "row=sent", "", order)
	find("what may be seen", "row=c7@shop", customer, order)
}
