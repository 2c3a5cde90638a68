package softdelete_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/internal/pgtemp"
)

// archivePolicy has a marked table whose deletes take rows of archived ones.
var archivePolicy = softdelete.Policy{
	Journal: true,
	Tables: []softdelete.Table{
		{Name: "users", DeletionID: "deletion_id"},
		{Name: "orders", Mode: softdelete.Archive, Hidden: []string{"memo"}, Renamed: map[string]string{"memo": "note"}},
		{Name: "items", Mode: softdelete.Archive, PrimaryKey: []string{"order_id", "n"}},
	},
	ForeignKeys: []softdelete.ForeignKey{
		{Table: "orders", Columns: []string{"user_id"}, RefTable: "users", RefColumns: []string{"id"}, OnDelete: softdelete.Cascade},
		{Table: "items", Columns: []string{"order_id"}, RefTable: "orders", RefColumns: []string{"id"}, OnDelete: softdelete.Cascade},
		{Table: "carts", Columns: []string{"order_id"}, RefTable: "orders", RefColumns: []string{"id"}, OnDelete: softdelete.SetNull},
	},
}

const archiveSchema = softdelete.ArchiveDDL + softdelete.JournalDDL + softdelete.HoldDDL + `
	CREATE TABLE users (id int PRIMARY KEY, name text, deleted_at timestamptz, deletion_id uuid);
	CREATE TABLE orders (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id int REFERENCES users, total numeric(10,2), doubled numeric GENERATED ALWAYS AS (total * 2) STORED, tags text[], at timestamptz, memo text);
	CREATE TABLE items (order_id int REFERENCES orders, n int, what bytea, PRIMARY KEY (order_id, n));
	CREATE TABLE carts (id int PRIMARY KEY, order_id int REFERENCES orders);
	INSERT INTO users VALUES (1, 'ann'), (2, 'bob');
	INSERT INTO orders (user_id, total, tags, at, memo) VALUES (1, 10.50, '{a,"b c"}', '2026-01-02 03:04:05.678901+00', 'm1'), (1, 20, NULL, 'infinity', NULL), (2, 30, '{}', NULL, 'm3');
	INSERT INTO items VALUES (1, 1, '\x00ff'), (1, 2, NULL), (2, 1, '\x01'), (3, 1, '\x02');
	INSERT INTO carts VALUES (1, 1), (2, 3)`

// archiveDatabase opens a new database with archivePolicy, plainly and with the driver.
func archiveDatabase(t *testing.T, more string) (plain, ours *sql.DB) {
	t.Helper()
	dsn := pgtemp.NewDatabase(t)
	plain = openPlain(t, dsn)
	if _, err := plain.ExecContext(t.Context(), archiveSchema+more); err != nil {
		t.Fatal(err)
	}
	ours, err := softdelete.Open(dsn, archivePolicy)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ours.Close() })
	return plain, ours
}

// contents are all rows of the tables, as text.
func contents(t *testing.T, db *sql.DB, tables ...string) string {
	t.Helper()
	var b strings.Builder
	for _, table := range tables {
		var rows sql.NullString
		if err := db.QueryRowContext(context.Background(), "SELECT string_agg(x::text, E'\n' ORDER BY x::text) FROM "+table+" AS x").Scan(&rows); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s:\n%s\n", table, rows.String)
	}
	return b.String()
}

var archiveTables = []string{"users", "orders", "items", "carts"}

func TestArchive(t *testing.T) {
	plain, ours := archiveDatabase(t, "")
	before := contents(t, plain, archiveTables...)
	ctx := softdelete.WithReason(softdelete.WithActor(t.Context(), "ann"), "left us")

	p, err := softdelete.PreviewDelete(ctx, ours, "users", 1)
	if want := map[string]int64{"users": 1, "orders": 2, "items": 3}; err != nil || !maps.Equal(p.Rows, want) || p.Unlinked["carts"] != 1 {
		t.Errorf("preview of the delete: %+v, %v", p, err)
	}
	res, err := ours.ExecContext(ctx, "DELETE FROM users WHERE id = 1")
	if err != nil {
		t.Fatal(err)
	}
	if n, _ := res.RowsAffected(); n != 1 {
		t.Errorf("the delete reports %d rows", n)
	}
	if got, want := contents(t, plain, "orders", "items", "carts"), "orders:\n(3,2,30.00,60.00,{},,m3)\nitems:\n(3,1,\"\\\\x02\")\ncarts:\n(1,)\n(2,3)\n"; got != want {
		t.Errorf("left:\n%s", got)
	}
	var n int
	if err := plain.QueryRowContext(ctx, `SELECT count(*) FROM deletion_records AS r JOIN users AS u USING (deletion_id) WHERE r.actor = 'ann' AND r.reason = 'left us'
		AND (r.table_name = 'orders' AND r.key = jsonb_build_object('id', r.data -> 'id') AND r.data ? 'total' OR r.table_name = 'items' AND r.key ? 'n')`).Scan(&n); err != nil || n != 5 {
		t.Errorf("%d records, %v", n, err)
	}

	list, err := softdelete.Deletions(ctx, ours, softdelete.DeletionFilter{State: softdelete.Restorable})
	if err != nil || len(list) != 1 || !maps.Equal(list[0].Rows, p.Rows) {
		t.Fatalf("deletions: %+v, %v", list, err)
	}
	rows, err := softdelete.DeletionRows(ctx, ours, list[0].ID, softdelete.RowFilter{})
	if err != nil || len(rows) != 6 || rows[1].Table != "orders" || rows[1].Key[0] != "1" || strings.Join(rows[5].Key, ",") != "2,1" {
		t.Errorf("rows: %+v, %v", rows, err)
	}
	page, err := softdelete.DeletionRows(ctx, ours, list[0].ID, softdelete.RowFilter{Table: "items", After: rows[3].Cursor})
	if err != nil || len(page) != 2 {
		t.Errorf("the page behind %s: %+v, %v", rows[3].Cursor, page, err)
	}

	p, err = softdelete.PreviewRestore(ctx, ours, "orders", 2)
	if want := map[string]int64{"users": 1, "orders": 2, "items": 3}; err != nil || !maps.Equal(p.Rows, want) || p.Blocked != nil {
		t.Errorf("preview of the restore: %+v, %v", p, err)
	}
	if n, err := softdelete.Restore(ctx, ours, "orders", 2); err != nil || n != 6 {
		t.Errorf("restored %d rows, %v", n, err)
	}
	if got := contents(t, plain, archiveTables...); got != before {
		t.Errorf("after the restore:\n%s\nbefore:\n%s", got, before)
	}
	if n, err := softdelete.Restore(ctx, ours, "orders", 2); err != nil || n != 0 {
		t.Errorf("restored again %d rows, %v", n, err)
	}
	// The identity goes on where it was.
	if n := mustExec(t, ours, "INSERT INTO orders (user_id, total) VALUES (2, 1)"); n != 1 {
		t.Error(n)
	}
}

func TestArchiveEveryWayToRestore(t *testing.T) {
	for name, restore := range map[string]func(ctx context.Context, db *sql.DB, id string) (int64, error){
		"by the key of the marked row": func(ctx context.Context, db *sql.DB, _ string) (int64, error) {
			return softdelete.Restore(ctx, db, "users", 1)
		},
		"by the key of an archived row": func(ctx context.Context, db *sql.DB, _ string) (int64, error) {
			return softdelete.Restore(ctx, db, "items", 1, 2)
		},
		"by the deletion": func(ctx context.Context, db *sql.DB, id string) (int64, error) {
			return softdelete.RestoreDeletion(ctx, db, id)
		},
		"where, of the marked table": func(ctx context.Context, db *sql.DB, _ string) (int64, error) {
			return softdelete.RestoreWhere(ctx, db, "users", "name = $1 -- x", "ann")
		},
		"where, of an archived table": func(ctx context.Context, db *sql.DB, _ string) (int64, error) {
			return softdelete.RestoreWhere(ctx, db, "orders", "orders.total > $1 AND EXISTS (SELECT FROM users WHERE id = 2)", 15)
		},
		"parents, though there are none": func(ctx context.Context, db *sql.DB, _ string) (int64, error) {
			return softdelete.Restore(ctx, db, "items", 2, 1, softdelete.RestoreParents())
		},
	} {
		t.Run(name, func(t *testing.T) {
			plain, ours := archiveDatabase(t, "")
			before := contents(t, plain, archiveTables...)
			mustExec(t, ours, "DELETE FROM users WHERE id = 1")
			list, err := softdelete.Deletions(t.Context(), ours, softdelete.DeletionFilter{})
			if err != nil || len(list) != 1 {
				t.Fatal(list, err)
			}
			if n, err := restore(t.Context(), ours, list[0].ID); err != nil || n != 6 {
				t.Errorf("restored %d rows, %v", n, err)
			}
			if got := contents(t, plain, archiveTables...); got != before {
				t.Errorf("after:\n%s\nbefore:\n%s", got, before)
			}
			if list, err := softdelete.Deletions(t.Context(), ours, softdelete.DeletionFilter{State: softdelete.Restorable}); err != nil || len(list) != 0 {
				t.Errorf("still to be restored: %+v, %v", list, err)
			}
		})
	}
}

func TestArchiveParts(t *testing.T) {
	plain, ours := archiveDatabase(t, "")
	before := contents(t, plain, archiveTables...)
	mustExec(t, ours, "DELETE FROM items WHERE order_id = 1 AND n = 2")
	mustExec(t, ours, "DELETE FROM orders WHERE id = 1")
	mustExec(t, ours, "DELETE FROM users WHERE id = 1")
	for _, c := range []struct {
		table string
		key   []any
	}{{"items", []any{1, 2}}, {"orders", []any{1}}} {
		var refused *softdelete.RefusedError
		if n, err := softdelete.Restore(t.Context(), ours, c.table, c.key...); !errors.As(err, &refused) || !strings.Contains(err.Error(), "parent that stays deleted") {
			t.Errorf("%s %v without its parent: %d, %v", c.table, c.key, n, err)
		}
		if p, err := softdelete.PreviewRestore(t.Context(), ours, c.table, c.key...); err != nil || p.Blocked == nil || !strings.Contains(p.Blocked.Error(), "parent that stays deleted") {
			t.Errorf("preview of %s %v without its parent: %+v, %v", c.table, c.key, p, err)
		}
	}
	if n, err := softdelete.Restore(t.Context(), ours, "items", 1, 2, softdelete.RestoreParents()); err != nil || n != 6 {
		t.Errorf("with parents: %d, %v", n, err)
	}
	if got := contents(t, plain, archiveTables...); got != before {
		t.Errorf("after:\n%s\nbefore:\n%s", got, before)
	}

	// One row, and the newest of several that had the key.
	mustExec(t, ours, "DELETE FROM items WHERE order_id = 3")
	mustExec(t, ours, "INSERT INTO items VALUES (3, 1, '\\x03')")
	mustExec(t, ours, "DELETE FROM orders WHERE id = 3")
	if n, err := softdelete.Restore(t.Context(), ours, "orders", 3, softdelete.RestoreOne()); err != nil || n != 1 {
		t.Errorf("one: %d, %v", n, err)
	}
	if n, err := softdelete.Restore(t.Context(), ours, "items", 3, 1, softdelete.RestoreOne()); err != nil || n != 1 {
		t.Errorf("one item: %d, %v", n, err)
	}
	var what string
	if err := plain.QueryRowContext(t.Context(), "SELECT encode(what, 'hex') FROM items WHERE order_id = 3").Scan(&what); err != nil || what != "03" {
		t.Errorf("the item that came back: %s, %v", what, err)
	}
	var refused *softdelete.RefusedError
	if n, err := softdelete.Restore(t.Context(), ours, "items", 3, 1); !errors.As(err, &refused) || !strings.Contains(err.Error(), "live row stands in the way") {
		t.Errorf("an older one of the same key: %d, %v", n, err)
	}
}

func TestArchiveOutlivesItsColumns(t *testing.T) {
	plain, ours := archiveDatabase(t, "")
	mustExec(t, ours, "DELETE FROM orders WHERE id = 1")
	mustExec(t, plain, `ALTER TABLE orders RENAME memo TO note; ALTER TABLE orders DROP tags, DROP doubled, ALTER total TYPE numeric(12,3);
		ALTER TABLE orders ADD seen timestamptz DEFAULT now(), ADD nr int GENERATED ALWAYS AS IDENTITY, ADD half numeric GENERATED ALWAYS AS (total / 2) STORED, ADD list int[] DEFAULT '{1,2}';
		ALTER TABLE orders ADD must int CHECK (must > 0)`)
	// Of a column that comes without rewriting the table, PostgreSQL keeps what its rows got.
	mustExec(t, plain, "ALTER TABLE orders ADD state text NOT NULL DEFAULT 'new'")
	mustExec(t, plain, "UPDATE orders SET must = 1; ALTER TABLE orders ALTER must SET NOT NULL, ALTER state SET DEFAULT 'newer'")
	var refused *softdelete.RefusedError
	if n, err := softdelete.Restore(t.Context(), ours, "orders", 1); !errors.As(err, &refused) || !strings.Contains(err.Error(), "must") {
		t.Errorf("restored %d rows although nothing tells what a required column was, %v", n, err)
	}
	mustExec(t, plain, "ALTER TABLE orders ALTER must SET DEFAULT 5")
	if n, err := softdelete.Restore(t.Context(), ours, "orders", 1); err != nil || n != 3 {
		t.Fatalf("restored %d rows, %v", n, err)
	}
	var total, note, state, list string
	var nr int
	var seen sql.NullTime
	if err := plain.QueryRowContext(t.Context(), "SELECT total, note, state, nr, list, seen FROM orders WHERE id = 1").Scan(&total, &note, &state, &nr, &list, &seen); err != nil {
		t.Fatal(err)
	}
	if total != "10.500" || note != "m1" || state != "new" || nr == 0 || list != "{1,2}" || !seen.Valid {
		t.Errorf("total %s, note %s, state %s, nr %d, list %s, seen %v", total, note, state, nr, list, seen)
	}
	var kept string
	if err := plain.QueryRowContext(t.Context(), "SELECT data ->> 'tags' FROM deletion_records WHERE table_name = 'orders' AND restored_at IS NOT NULL").Scan(&kept); err != nil || kept != `["a", "b c"]` {
		t.Errorf("what the dropped column held: %s, %v", kept, err)
	}
}

func TestArchiveStatements(t *testing.T) {
	_, ours := archiveDatabase(t, "")
	var id int
	var memo, name string
	if err := ours.QueryRowContext(t.Context(), "DELETE FROM orders AS o USING users AS u WHERE u.id = o.user_id AND o.id = $1 RETURNING o.id, memo, u.name", 3).Scan(&id, &memo, &name); err != nil || id != 3 || memo != "m3" || name != "bob" {
		t.Error(id, memo, name, err)
	}
	rows, err := ours.QueryContext(t.Context(), "WITH gone AS (DELETE FROM items WHERE order_id = 1 RETURNING *) SELECT to_jsonb(gone.*)::text FROM gone ORDER BY n")
	if err != nil {
		t.Fatal(err)
	}
	var got []map[string]any
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		var row map[string]any
		if err := json.Unmarshal([]byte(text), &row); err != nil {
			t.Fatal(err)
		}
		got = append(got, row)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil || len(got) != 2 || len(got[0]) != 3 || got[0]["what"] != `\x00ff` {
		t.Errorf("%v, %v", got, err)
	}
	for scope, ctx := range map[string]context.Context{"WithDeleted": softdelete.WithDeleted(t.Context()), "OnlyDeleted": softdelete.OnlyDeleted(t.Context(), "orders")} {
		for _, query := range []string{"UPDATE orders SET memo = ''", "COPY orders TO STDOUT", "SELECT FROM orders TABLESAMPLE system (1)", "WITH deletion_records AS (SELECT) SELECT FROM orders"} {
			if _, err := ours.ExecContext(ctx, query); !errors.Is(err, softdelete.ErrRefused) {
				t.Errorf("%s under %s: %v", query, scope, err)
			}
		}
	}
	for _, query := range []string{
		"TRUNCATE orders", "MERGE INTO orders USING users ON users.id = orders.user_id WHEN MATCHED THEN DELETE",
		"DELETE FROM orders AS o RETURNING *, 1", "UPDATE users SET deleted_at = NULL",
	} {
		ctx := t.Context()
		if strings.HasPrefix(query, "UPDATE") {
			ctx = softdelete.OnlyDeleted(ctx, "users")
		}
		if _, err := ours.ExecContext(ctx, query); !errors.Is(err, softdelete.ErrRefused) {
			t.Errorf("%s: %v", query, err)
		}
	}
	if _, err := ours.ExecContext(softdelete.HardDelete(t.Context(), "items"), "DELETE FROM items WHERE order_id = 2"); err != nil {
		t.Error(err)
	}
	if list, err := softdelete.Deletions(t.Context(), ours, softdelete.DeletionFilter{Table: "items"}); err != nil || len(list) != 2 {
		t.Errorf("a hard delete was archived: %+v, %v", list, err)
	}
}

func TestArchiveIsPurged(t *testing.T) {
	plain, ours := archiveDatabase(t, "")
	mustExec(t, ours, "DELETE FROM orders WHERE id = 1")
	mustExec(t, ours, "DELETE FROM orders WHERE id = 2")
	list, err := softdelete.Deletions(t.Context(), ours, softdelete.DeletionFilter{})
	if err != nil || len(list) != 2 {
		t.Fatal(list, err)
	}
	if err := softdelete.Hold(t.Context(), ours, list[0].ID, "case 7"); err != nil {
		t.Fatal(err)
	}
	mustExec(t, plain, "UPDATE deletion_records SET archived_at = now() - interval '100 days'")
	mustExec(t, ours, "DELETE FROM items WHERE order_id = 3")
	for _, dry := range []bool{true, false} {
		report, err := softdelete.Purge(t.Context(), ours, softdelete.PurgeOptions{OlderThan: 90 * 24 * time.Hour, DryRun: dry})
		if err != nil || report.Purged != 3 {
			t.Fatalf("%+v, %v", report, err)
		}
		for _, e := range report.Tables {
			if want := map[string]int64{"users": 0, "orders": 1, "items": 1}[e.Table]; e.Held != want {
				t.Errorf("held of %s: %d", e.Table, e.Held)
			}
		}
	}
	if got := mustCount(t, plain, "SELECT count(*) FROM deletion_records"); got != 3 {
		t.Errorf("%d records are left", got)
	}
}

func mustCount(t *testing.T, db *sql.DB, query string) (n int) {
	t.Helper()
	if err := db.QueryRowContext(t.Context(), query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestArchiveScopes(t *testing.T) {
	_, ours := archiveDatabase(t, "")
	all := contents(t, ours, "orders", "items")
	mustExec(t, ours, "DELETE FROM orders WHERE id = 1")
	for _, c := range []struct {
		query            string
		live, with, gone string
	}{
		{"SELECT string_agg(id::text, ',' ORDER BY id) FROM orders", "2,3", "1,2,3", "1"},
		{"SELECT string_agg(x.a::text, ',' ORDER BY x.a) FROM ONLY public.orders AS x(a, b)", "2,3", "1,2,3", "1"},
		{"SELECT string_agg(o.id || i.n::text, ',' ORDER BY o.id, i.n) FROM orders AS o LEFT JOIN items i ON i.order_id = o.id", "21,31", "11,12,21,31", "11,12"},
		{"SELECT string_agg(x.id::text, ',' ORDER BY x.id) FROM (TABLE orders) AS x", "2,3", "1,2,3", "1"},
		{"WITH c AS (SELECT count(*) AS n FROM orders) SELECT n::text FROM c", "2", "3", "1"},
		{"SELECT count(*)::text FROM users WHERE EXISTS (SELECT FROM orders * WHERE orders.user_id = users.id AND total < 15)", "0", "1", "1"},
	} {
		for scope, s := range map[string]struct {
			ctx  context.Context
			want string
		}{
			"live": {t.Context(), c.live}, "with": {softdelete.WithDeleted(t.Context()), c.with}, "only": {softdelete.OnlyDeleted(t.Context(), "orders", "items"), c.gone},
		} {
			var got string
			if err := ours.QueryRowContext(s.ctx, c.query).Scan(&got); err != nil || got != s.want {
				t.Errorf("%s of %s: %q, want %q; %v", scope, c.query, got, s.want, err)
			}
		}
	}
	if n := mustExecContext(t, softdelete.WithDeleted(t.Context()), ours, "INSERT INTO carts SELECT 100 + id FROM orders"); n != 3 {
		t.Errorf("%d rows were inserted", n)
	}
	var b strings.Builder
	for _, table := range []string{"orders", "items"} {
		var rows string
		if err := ours.QueryRowContext(softdelete.WithDeleted(t.Context()), "SELECT string_agg(x::text, E'\n' ORDER BY x::text) FROM "+table+" AS x").Scan(&rows); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s:\n%s\n", table, rows)
	}
	if b.String() != all {
		t.Errorf("with deleted:\n%s\nbefore:\n%s", b.String(), all)
	}
}

// What the trash shows.
func TestArchiveIsShown(t *testing.T) {
	plain, ours := archiveDatabase(t, "; CREATE UNIQUE INDEX ON orders (lower(memo))")
	mustExec(t, ours, "DELETE FROM orders WHERE id = 1")
	mustExec(t, ours, "DELETE FROM users WHERE id = 1")
	mustExec(t, ours, "INSERT INTO orders (user_id, memo) VALUES (2, 'M1')")
	list, err := softdelete.Deletions(t.Context(), ours, softdelete.DeletionFilter{Left: true})
	if err != nil || len(list) != 2 || !list[0].Left || !list[1].Left {
		t.Fatal(list, err)
	}
	users, orders := list[0].ID, list[1].ID

	rows, err := softdelete.DeletionRows(t.Context(), ours, orders, softdelete.RowFilter{Data: true})
	if err != nil || len(rows) != 3 {
		t.Fatal(rows, err)
	}
	if got := string(rows[0].Data); strings.Contains(got, "memo") || strings.Contains(got, "_sd") || !strings.Contains(got, `"total" : 10.50`) {
		t.Errorf("the order is shown as %s", got)
	}
	if p := rows[1].Parent; p == nil || p.Table != "orders" || p.Key[0] != "1" {
		t.Errorf("the parent of an item: %+v", p)
	}
	beneath, err := softdelete.DeletionRows(t.Context(), ours, orders, softdelete.RowFilter{Parent: &softdelete.RowKey{Table: "orders", Key: []string{"1"}}})
	if err != nil || len(beneath) != 2 {
		t.Errorf("beneath the order: %+v, %v", beneath, err)
	}

	found, err := softdelete.Obstacles(t.Context(), ours, orders, nil, 0)
	if err != nil || len(found) != 2 {
		t.Fatalf("in the way: %+v, %v", found, err)
	}
	if o := found[0]; !o.Deleted || o.Other.Table != "users" || o.Deletion != users {
		t.Errorf("the parent in the way: %+v", o)
	}
	if o := found[1]; o.Deleted || o.Other.Table != "orders" || o.Constraint != "orders_lower_idx" || o.Row.Key[0] != "1" {
		t.Errorf("the row in the way: %+v", o)
	}
	if p, err := softdelete.PreviewRestoreDeletion(t.Context(), ours, users); err != nil || p.Blocked != nil || p.Rows["orders"] != 1 {
		t.Errorf("preview: %+v, %v", p, err)
	}

	counts, err := softdelete.Counts(t.Context(), ours)
	if err != nil || len(counts) != 3 || counts[1].Live != 2 || counts[1].Deleted != 2 || counts[2].Live != 1 || counts[2].Deleted != 3 {
		t.Errorf("counts: %+v, %v", counts, err)
	}
	growth, err := softdelete.GrowthOf(t.Context(), ours, 2)
	if err != nil || growth.Days[1].Rows["orders"] != 2 {
		t.Errorf("growth: %+v, %v", growth, err)
	}

	report, err := softdelete.Purge(t.Context(), ours, softdelete.PurgeOptions{Deletion: orders})
	if err != nil || report.Purged != 3 {
		t.Errorf("%+v, %v", report, err)
	}
	if n := mustCount(t, plain, "SELECT count(*) FROM deletion_records"); n != 2 {
		t.Errorf("%d records are left", n)
	}
}

// The catalog completes what the policy says of archived tables.
func TestArchiveIsDiscovered(t *testing.T) {
	dsn := pgtemp.NewDatabase(t)
	plain := openPlain(t, dsn)
	mustExec(t, plain, archiveSchema)
	policy := softdelete.Policy{
		Discover: true, Tables: []softdelete.Table{{Name: "orders", Mode: softdelete.Archive}, {Name: "items", Mode: softdelete.Archive}},
		ForeignKeys: archivePolicy.ForeignKeys[1:2],
	}
	ours, err := softdelete.Open(dsn, policy)
	if err != nil {
		t.Fatal(err)
	}
	defer ours.Close()
	before := contents(t, plain, archiveTables...)
	mustExec(t, plain, "ALTER TABLE orders DROP CONSTRAINT orders_user_id_fkey, ADD FOREIGN KEY (user_id) REFERENCES users ON DELETE CASCADE;"+
		"ALTER TABLE carts DROP CONSTRAINT carts_order_id_fkey, ADD FOREIGN KEY (order_id) REFERENCES orders ON DELETE SET NULL;")
	mustExec(t, ours, "DELETE FROM carts WHERE false; DELETE FROM users WHERE id = 1") // carts is not of the policy
	if n := mustCount(t, plain, "SELECT count(*) FROM deletion_records"); n != 5 {
		t.Errorf("%d records", n)
	}
	if n, err := softdelete.Restore(t.Context(), ours, "users", 1); err != nil || n != 6 {
		t.Errorf("restored %d rows, %v", n, err)
	}
	if got := contents(t, plain, archiveTables...); got != before {
		t.Errorf("after:\n%s\nbefore:\n%s", got, before)
	}
}
