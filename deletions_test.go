package softdelete_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/softdelete-go/softdelete"
)

// listed is a list of deletions in short, one a line.
func listed(t *testing.T, db softdelete.Execer, f softdelete.DeletionFilter) string {
	t.Helper()
	list, err := softdelete.Deletions(context.Background(), db, f)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, d := range list {
		rows, err := json.Marshal(d.Rows)
		if err != nil {
			t.Fatal(err)
		}
		line := strings.Join([]string{d.Table, d.Actor, d.Reason, string(rows)}, "|")
		if !d.RestoredAt.IsZero() {
			line += " restored by " + d.RestoredBy
		}
		if d.Held {
			line += " held: " + d.Note
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// withHistory makes a few deletions, one a day.
func withHistory(t *testing.T, p softdelete.Policy) (ours, plain *sql.DB) {
	t.Helper()
	ours, plain = openPurge(t, purgeShop, p)
	mustExec(t, plain, `INSERT INTO users (id) SELECT generate_series(1, 9); INSERT INTO orders (id, user_id) SELECT i, i FROM generate_series(1, 9) AS i; INSERT INTO items SELECT i, 1 FROM generate_series(1, 9) AS i`)
	for i, c := range []struct{ actor, reason, text string }{
		{"ann", "", `DELETE FROM users WHERE id IN (1, 2)`},
		{"bob", "Moved away", `DELETE FROM users WHERE id = 3`},
		{"ann", "away", `DELETE FROM orders WHERE id IN (4, 5)`},
		{"", "", `WITH a AS (DELETE FROM items WHERE order_id = 6) DELETE FROM notes WHERE id = 1`},
		{"ann", "", `DELETE FROM items WHERE order_id = 7`},
	} {
		mustExecContext(t, softdelete.WithReason(softdelete.WithActor(context.Background(), c.actor), c.reason), ours, c.text)
		if i < 4 {
			age(t, plain, 1, "users", "orders", "items", "softdelete_deletions")
		}
	}
	return ours, plain
}

func TestDeletions(t *testing.T) {
	ours, plain := withHistory(t, purgePolicy())
	const (
		first  = `users|ann||{"items":2,"orders":2,"users":2}`
		second = `users|bob|Moved away|{"items":1,"orders":1,"users":1}`
		third  = `orders|ann|away|{"items":2,"orders":2}`
		fourth = `items|||{"items":1}`
		fifth  = `items|ann||{"items":1}`
	)
	join := func(lines ...string) string { return strings.Join(lines, "\n") }
	ids := strings.Split(all(t, plain, `SELECT id FROM softdelete_deletions ORDER BY deleted_at`), ",")
	now := time.Now()
	for _, c := range []struct {
		what string
		f    softdelete.DeletionFilter
		want string
	}{
		{"all", softdelete.DeletionFilter{}, join(fifth, fourth, third, second, first)},
		{"an id", softdelete.DeletionFilter{ID: ids[1]}, second},
		{"a table", softdelete.DeletionFilter{Table: "public.orders"}, join(third, second, first)},
		{"an actor", softdelete.DeletionFilter{Actor: "ann"}, join(fifth, third, first)},
		{"a reason", softdelete.DeletionFilter{Reason: "AWAY"}, join(third, second)},
		{"a time", softdelete.DeletionFilter{Since: now.Add(-3*day - time.Hour), Until: now.Add(-day - time.Hour)}, join(third, second)},
		{"restored ones", softdelete.DeletionFilter{State: softdelete.Restored}, ""},
		{"held ones", softdelete.DeletionFilter{Held: true}, ""},
		{"what is not there", softdelete.DeletionFilter{Actor: "'; DROP TABLE users --"}, ""},
	} {
		equalText(t, c.what, listed(t, ours, c.f), c.want)
	}
	ctx := softdelete.WithActor(context.Background(), "eve")
	if _, err := softdelete.RestoreDeletion(ctx, ours, ids[0]); err != nil {
		t.Fatal(err)
	}
	if err := softdelete.Hold(ctx, ours, ids[2], "case"); err != nil {
		t.Fatal(err)
	}
	mustExec(t, plain, `DELETE FROM items WHERE deletion_id = $1::uuid`, ids[4])
	equalText(t, "restored", listed(t, ours, softdelete.DeletionFilter{State: softdelete.Restored}), first+" restored by eve")
	equalText(t, "not restored", listed(t, ours, softdelete.DeletionFilter{State: softdelete.NotRestored}), join(fifth, fourth, third+" held: case", second))
	equalText(t, "restorable", listed(t, ours, softdelete.DeletionFilter{State: softdelete.Restorable}), join(fourth, third+" held: case", second))
	equalText(t, "held", listed(t, ours, softdelete.DeletionFilter{Held: true}), third+" held: case")
	for _, f := range []softdelete.DeletionFilter{{Table: "visits"}, {After: "yesterday"}} {
		if _, err := softdelete.Deletions(ctx, ours, f); err == nil {
			t.Errorf("%+v is no error", f)
		}
	}
	if _, err := softdelete.Deletions(ctx, plain, softdelete.DeletionFilter{}); err == nil || !strings.Contains(err.Error(), "softdelete.Deletions works on databases") {
		t.Errorf("another driver: %v", err)
	}
}

// Without a journal the rows tell what is left of a deletion, and no actor, for these
// tables have no column for one.
func TestDeletionsWithoutJournal(t *testing.T) {
	p := purgePolicy()
	p.Journal = false
	p.ForeignKeys[2].OnDelete = softdelete.KeepVisible
	ours, _ := withHistory(t, p)
	equalText(t, "all", listed(t, ours, softdelete.DeletionFilter{}), `items|||{"items":1}
items|||{"items":1}
|||{"items":2,"orders":2}
|||{"items":1,"orders":1,"users":1}
|||{"items":2,"orders":2,"users":2}`)
	equalText(t, "a table", listed(t, ours, softdelete.DeletionFilter{Table: "users", State: softdelete.Restorable, Limit: 1}), `|||{"items":1,"orders":1,"users":1}`)

	for i := range p.Tables {
		p.Tables[i].DeletionID, p.Tables[i].DeletedBy, p.Tables[i].Reason = "", "", ""
	}
	ours, _ = withHistory(t, p)
	equalText(t, "by time", listed(t, ours, softdelete.DeletionFilter{Since: time.Now().Add(-2*day - time.Hour)}), `items|||{"items":1}
items|||{"items":1}
|||{"items":2,"orders":2}`)
}

// Pages of any length have all deletions, once each, also those of one time.
func TestDeletionsInPages(t *testing.T) {
	ours, plain := openPurge(t, purgeShop, purgePolicy())
	mustExec(t, plain, `INSERT INTO softdelete_deletions (id, deleted_at, table_name, rows) SELECT gen_random_uuid(), now() - (i / 7) * interval '1.5 ms', 'users', '{"users": 1}' FROM generate_series(1, 100) AS i`)
	for _, limit := range []int{1, 7, 33, 100} {
		var got []string
		f := softdelete.DeletionFilter{Limit: limit}
		for {
			page, err := softdelete.Deletions(context.Background(), ours, f)
			if err != nil {
				t.Fatal(err)
			}
			if len(page) == 0 {
				break
			}
			for _, d := range page {
				got = append(got, d.ID)
			}
			f.After = page[len(page)-1].Cursor
		}
		equalText(t, fmt.Sprintf("pages of %d", limit), strings.Join(got, ","), all(t, plain, `SELECT id FROM softdelete_deletions ORDER BY deleted_at DESC, id DESC`))
	}
}

func TestDeletionRows(t *testing.T) {
	ours, plain := openPurge(t, purgeShop, purgePolicy())
	mustExec(t, plain, `INSERT INTO users (id) SELECT generate_series(1, 2); INSERT INTO orders (id, user_id) SELECT i, 1 + i % 2 FROM generate_series(1, 24) AS i; INSERT INTO items SELECT i, n FROM generate_series(1, 24) AS i, generate_series(9, 11) AS n`)
	mustExec(t, ours, `DELETE FROM users WHERE id = 1`)
	mustExec(t, ours, `DELETE FROM users WHERE id = 2`)
	id := all(t, plain, `SELECT deletion_id FROM users WHERE id = 1`)
	want := all(t, plain, `SELECT x FROM (SELECT 1 AS n, 'users ' || id AS x, id AS a, 0 AS b FROM users WHERE id = 1 UNION ALL SELECT 2, 'orders ' || id, id, 0 FROM orders WHERE user_id = 1
		UNION ALL SELECT 3, concat_ws(' ', 'items', order_id, line), order_id, line FROM items WHERE order_id % 2 = 0) AS y ORDER BY n, a, b`)
	for _, limit := range []int{1, 5, 100} {
		var got []string
		f := softdelete.RowFilter{Limit: limit}
		for {
			page, err := softdelete.DeletionRows(context.Background(), ours, id, f)
			if err != nil {
				t.Fatal(err)
			}
			if len(page) == 0 {
				break
			}
			for _, r := range page {
				got = append(got, r.Table+" "+strings.Join(r.Key, " "))
			}
			f.After = page[len(page)-1].Cursor
		}
		equalText(t, fmt.Sprintf("pages of %d", limit), strings.Join(got, ","), want)
	}
	page, err := softdelete.DeletionRows(context.Background(), ours, id, softdelete.RowFilter{Table: "items", Limit: 1})
	if err != nil || len(page) != 1 {
		t.Fatalf("%v, %v", page, err)
	}
	// The key is one that Restore takes.
	if n, err := softdelete.Restore(context.Background(), ours, page[0].Table, page[0].Key[0], page[0].Key[1]); err != nil || n != 49 {
		t.Errorf("%d rows restored by %v, %v", n, page[0].Key, err)
	}
	for _, f := range []softdelete.RowFilter{{Table: "visits"}, {After: "x"}, {After: `["items","1"]`}} {
		if _, err := softdelete.DeletionRows(context.Background(), ours, id, f); err == nil {
			t.Errorf("%+v is no error", f)
		}
	}
}

// Data is in the table's order, without what is hidden and what is too long; parents are
// those that the cascade came from.
func TestDeletionRowsWithData(t *testing.T) {
	p := purgePolicy()
	p.Tables[0].Hidden = []string{"password"}
	ours, plain := openPurge(t, purgeShop+`ALTER TABLE users ADD zip text, ADD password text, ADD bio text`, p)
	mustExec(t, plain, `INSERT INTO users (id, zip, password, bio) VALUES (1, '<b>"é', 'secret', repeat('ü', 20000)); INSERT INTO orders (id, user_id) VALUES (5, 1), (6, 1), (7, NULL); INSERT INTO items VALUES (5, 1), (6, 1), (6, 2)`)
	mustExec(t, ours, `DELETE FROM users`)
	id := all(t, plain, `SELECT deletion_id FROM users`)
	list := func(f softdelete.RowFilter) string {
		t.Helper()
		f.Data = true
		rows, err := softdelete.DeletionRows(context.Background(), ours, id, f)
		if err != nil {
			t.Fatal(err)
		}
		var lines []string
		for _, r := range rows {
			line := r.Table + " " + strings.Join(r.Key, ",")
			if r.Parent != nil {
				line += " of " + r.Parent.Table + " " + strings.Join(r.Parent.Key, ",")
			}
			if strings.Contains(string(r.Data), "secret") || strings.Contains(string(r.Data), "password") {
				t.Errorf("what is hidden is in %s", r.Data)
			}
			lines = append(lines, line)
		}
		return strings.Join(lines, "; ")
	}
	equalText(t, "all", list(softdelete.RowFilter{}), "users 1; orders 5 of users 1; orders 6 of users 1; items 5,1 of orders 5; items 6,1 of orders 6; items 6,2 of orders 6")
	equalText(t, "one", list(softdelete.RowFilter{Table: "items", Key: []string{"6", "1"}}), "items 6,1 of orders 6")
	equalText(t, "beneath", list(softdelete.RowFilter{Parent: &softdelete.RowKey{Table: "orders", Key: []string{"6"}}}), "items 6,1 of orders 6; items 6,2 of orders 6")
	equalText(t, "beneath, a page", list(softdelete.RowFilter{Parent: &softdelete.RowKey{Table: "public.orders", Key: []string{"6"}}, Limit: 1, After: `["items","6","1"]`}), "items 6,2 of orders 6")
	rows, err := softdelete.DeletionRows(context.Background(), ours, id, softdelete.RowFilter{Table: "users", Data: true})
	if err != nil || !strings.HasPrefix(string(rows[0].Data), `{ "id" : 1, "deleted_at" : "2`) || !strings.Contains(string(rows[0].Data), `"zip" : "<b>\"é", "bio" : "`+strings.Repeat("ü", 10000)+`…" }`) {
		t.Errorf("%.300s, %v", rows[0].Data, err)
	}
	for _, f := range []softdelete.RowFilter{{Key: []string{"1"}}, {Table: "items", Key: []string{"1"}}, {Parent: &softdelete.RowKey{Table: "visits"}}, {Parent: &softdelete.RowKey{Table: "items", Key: []string{"1"}}}} {
		if _, err := softdelete.DeletionRows(context.Background(), ours, id, f); err == nil {
			t.Errorf("%+v is no error", f)
		}
	}
}

func TestDeletionsOfTablesAndWhatIsLeft(t *testing.T) {
	ours, plain := withHistory(t, purgePolicy())
	f := softdelete.DeletionFilter{Tables: []string{"users", "notes"}, Left: true}
	equalText(t, "of tables", listed(t, ours, f), `users|bob|Moved away|{"items":1,"orders":1,"users":1}
users|ann||{"items":2,"orders":2,"users":2}`)
	equalText(t, "of no table", listed(t, ours, softdelete.DeletionFilter{Tables: []string{}}), "")
	mustExec(t, plain, `DELETE FROM items WHERE deletion_id = (SELECT deletion_id FROM users WHERE id = 3); DELETE FROM orders WHERE deletion_id = (SELECT deletion_id FROM users WHERE id = 3); DELETE FROM users WHERE id = 3`)
	list, err := softdelete.Deletions(context.Background(), ours, f)
	if err != nil || len(list) != 2 || list[0].Left || !list[1].Left {
		t.Errorf("left: %+v, %v", list, err)
	}
	p := purgePolicy()
	p.Journal = false
	p.ForeignKeys[2].OnDelete = softdelete.KeepVisible
	ours, _ = withHistory(t, p)
	equalText(t, "of tables, without a journal", listed(t, ours, f), `|||{"items":1,"orders":1,"users":1}
|||{"items":2,"orders":2,"users":2}`)
}
