package softdelete_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/internal/pgtemp"
)

const day = 24 * time.Hour

// purgeShop has a table under each of its foreign keys' actions, and one outside the
// policy.
const purgeShop = `
CREATE TABLE users (id int PRIMARY KEY, deleted_at timestamptz, deletion_id uuid);
CREATE TABLE orders (id int PRIMARY KEY, user_id int REFERENCES users ON DELETE CASCADE, deleted_at timestamptz, deletion_id uuid);
CREATE TABLE items (order_id int REFERENCES orders ON DELETE CASCADE, line int, deleted_at timestamptz, deletion_id uuid, PRIMARY KEY (order_id, line));
CREATE TABLE notes (id int PRIMARY KEY, user_id int REFERENCES users ON DELETE SET NULL, deleted_at timestamptz, deletion_id uuid);
CREATE TABLE visits (id int PRIMARY KEY, user_id int REFERENCES users ON DELETE CASCADE);
` + softdelete.JournalDDL + softdelete.HoldDDL + softdelete.ArchiveDDL

func purgePolicy() softdelete.Policy {
	p := softdelete.Policy{Journal: true}
	for _, name := range []string{"users", "orders", "notes"} {
		p.Tables = append(p.Tables, softdelete.Table{Name: name, DeletionID: "deletion_id"})
	}
	p.Tables = append(p.Tables, softdelete.Table{Name: "items", PrimaryKey: []string{"order_id", "line"}, DeletionID: "deletion_id"})
	key := func(child, column, parent string, a softdelete.Action) {
		p.ForeignKeys = append(p.ForeignKeys, softdelete.ForeignKey{Table: child, Columns: []string{column}, RefTable: parent, RefColumns: []string{"id"}, OnDelete: a})
	}
	key("orders", "user_id", "users", softdelete.Cascade)
	key("items", "order_id", "orders", softdelete.Cascade)
	key("notes", "user_id", "users", softdelete.SetNull)
	key("visits", "user_id", "users", softdelete.KeepVisible)
	return p
}

// openPurge makes a database of a schema, and opens it.
func openPurge(t *testing.T, ddl string, p softdelete.Policy) (ours, plain *sql.DB) {
	t.Helper()
	dsn := pgtemp.NewDatabase(t)
	plain = openPlain(t, dsn)
	mustExec(t, plain, ddl)
	return openOurs(t, dsn, p), plain
}

func purge(t *testing.T, db *sql.DB, o softdelete.PurgeOptions) softdelete.PurgeReport {
	t.Helper()
	r, err := softdelete.Purge(context.Background(), db, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// purged is a report in short: users 1, orders 2 held 3.
func purged(r softdelete.PurgeReport) string {
	var list []string
	for _, t := range r.Tables {
		line := fmt.Sprintf("%s %d", t.Table, t.Purged)
		for what, n := range map[string]int64{"held": t.Held, "kept": t.Kept} {
			if n > 0 {
				line += fmt.Sprintf(" %s %d", what, n)
			}
		}
		if t.Skip != "" {
			line += " skipped"
		}
		list = append(list, line)
	}
	return strings.Join(list, ", ")
}

// age makes all deletions that old, in tables with timestamps.
func age(t *testing.T, plain *sql.DB, days int, tables ...string) {
	t.Helper()
	for _, name := range tables {
		mustExec(t, plain, fmt.Sprintf("UPDATE %s SET deleted_at = deleted_at - interval '%d days' WHERE deleted_at IS NOT NULL", name, days))
	}
}

func TestPurge(t *testing.T) {
	ours, plain := openPurge(t, purgeShop, purgePolicy())
	mustExec(t, plain, `
INSERT INTO users (id) SELECT generate_series(1, 6);
INSERT INTO orders (id, user_id) SELECT i, 1 + i % 6 FROM generate_series(1, 60) AS i;
INSERT INTO items (order_id, line) SELECT i, n FROM generate_series(1, 60) AS i, generate_series(1, 3) AS n;
INSERT INTO notes (id, user_id) SELECT i, 1 + i % 6 FROM generate_series(1, 12) AS i;
INSERT INTO visits VALUES (1, 2);`)
	mustExec(t, ours, `DELETE FROM users WHERE id IN (1, 2)`) // a visit refers to 2
	mustExec(t, ours, `DELETE FROM orders WHERE id = 2`)      // of 3, who is live
	age(t, plain, 100, "users", "orders", "items", "softdelete_deletions")
	mustExec(t, ours, `DELETE FROM users WHERE id = 4`)
	live := all(t, ours, `SELECT concat_ws(' ', (SELECT count(*) FROM users), (SELECT count(*) FROM orders), (SELECT count(*) FROM items), (SELECT count(*) FROM notes), (SELECT count(user_id) FROM notes), (SELECT count(*) FROM visits))`)

	o := softdelete.PurgeOptions{OlderThan: 90 * day, Batch: 7, DryRun: true}
	want := "users 1 kept 1, orders 21, notes 0, items 63"
	equalText(t, "dry run", purged(purge(t, ours, o)), want)
	equalText(t, "rows left by the dry run", all(t, plain, `SELECT count(*) FROM items`), "180")
	o.DryRun = false
	var steps []softdelete.PurgeProgress
	o.Progress = func(s softdelete.PurgeProgress) { steps = append(steps, s) }
	r := purge(t, ours, o)
	equalText(t, "purge", purged(r), want)
	if r.Batches < 85/7 || steps[0].Of != 86 || steps[len(steps)-1].Purged != 85 || r.Purged != 85 {
		t.Errorf("%d batches, %d rows, progress %v", r.Batches, r.Purged, steps)
	}
	equalText(t, "live rows", all(t, ours, `SELECT concat_ws(' ', (SELECT count(*) FROM users), (SELECT count(*) FROM orders), (SELECT count(*) FROM items), (SELECT count(*) FROM notes), (SELECT count(user_id) FROM notes), (SELECT count(*) FROM visits))`), live)
	equalText(t, "users left", all(t, plain, `SELECT id FROM users ORDER BY id`), "2,3,4,5,6")
	equalText(t, "again", purged(purge(t, ours, o)), "users 0 kept 1, orders 0, notes 0, items 0")

	// What is younger comes back, what is gone does not.
	if n, err := softdelete.Restore(context.Background(), ours, "users", 4); err != nil || n != 41 {
		t.Errorf("restored %d rows, %v", n, err)
	}
	var refused *softdelete.RefusedError
	if n, err := softdelete.Restore(context.Background(), ours, "users", 2); !errors.As(err, &refused) {
		t.Errorf("restored %d rows of a purged deletion, %v", n, err)
	}
}

func TestPurgeOfOneDeletion(t *testing.T) {
	p := purgePolicy()
	p.Tables[0].KeepFor = softdelete.Duration(90 * day)
	ours, plain := openPurge(t, purgeShop, p)
	mustExec(t, plain, `INSERT INTO users (id) SELECT generate_series(1, 3); INSERT INTO orders (id, user_id) SELECT i, 1 + i % 3 FROM generate_series(1, 9) AS i; INSERT INTO visits VALUES (1, 2)`)
	for i := range 3 {
		mustExec(t, ours, `DELETE FROM users WHERE id = $1`, i+1)
	}
	ids := strings.Split(all(t, plain, `SELECT deletion_id FROM users ORDER BY id`), ",")
	o := softdelete.PurgeOptions{Deletion: ids[0], DryRun: true}
	const want = "users 1, orders 3, notes 0, items 0"
	equalText(t, "dry run", purged(purge(t, ours, o)), want)
	o.DryRun = false
	if err := softdelete.Hold(context.Background(), ours, ids[0], ""); err != nil {
		t.Fatal(err)
	}
	equalText(t, "held", purged(purge(t, ours, o)), "users 0 held 1, orders 0 held 3, notes 0, items 0")
	if _, err := softdelete.Release(context.Background(), ours, ids[0]); err != nil {
		t.Fatal(err)
	}
	equalText(t, "purge", purged(purge(t, ours, o)), want)
	equalText(t, "again", purged(purge(t, ours, o)), "users 0, orders 0, notes 0, items 0")
	o.Deletion = ids[1]
	equalText(t, "with a visit", purged(purge(t, ours, o)), "users 0 kept 1, orders 3, notes 0, items 0")
	equalText(t, "left", all(t, plain, `SELECT 'u' || id FROM users UNION ALL SELECT 'o' || id FROM orders ORDER BY 1`), "o2,o5,o8,u2,u3")
	for _, o := range []softdelete.PurgeOptions{{Deletion: "x' OR true --"}, {Deletion: ids[2], OlderThan: day}} {
		if _, err := softdelete.Purge(context.Background(), ours, o); !errors.Is(err, softdelete.ErrRefused) {
			t.Errorf("%+v: %v", o, err)
		}
	}
	p.Tables = p.Tables[:1]
	p.Tables[0].DeletionID, p.ForeignKeys, p.Journal = "", nil, false
	if _, err := softdelete.Purge(context.Background(), openOurs(t, pgtemp.NewDatabase(t), p), o); err == nil {
		t.Error("without deletion ids it is no error")
	}
}

// A purge that takes its time has the same end; nonsense is refused.
func TestPurgeShare(t *testing.T) {
	ours, plain := openPurge(t, purgeShop, purgePolicy())
	mustExec(t, plain, `INSERT INTO users SELECT i, now() - interval '100 days' FROM generate_series(1, 50) AS i`)
	for _, share := range []float64{-0.1, 1.1, math.NaN()} {
		var refused *softdelete.RefusedError
		if _, err := softdelete.Purge(t.Context(), ours, softdelete.PurgeOptions{OlderThan: 90 * day, Share: share}); !errors.As(err, &refused) {
			t.Errorf("share %v: %v", share, err)
		}
	}
	r := purge(t, ours, softdelete.PurgeOptions{OlderThan: 90 * day, Batch: 5, Share: 0.2})
	if r.Batches != 10 || r.Purged != 50 {
		t.Errorf("%d rows in %d batches", r.Purged, r.Batches)
	}
	equalText(t, "left", all(t, plain, `SELECT count(*) FROM users`), "0")
}
