package softdelete_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/internal/pgtemp"
)

// family is users ← orders ← items, cascading; users ← notes, set null; orders ←
// invoices, forbidding; and staff, whose managers cascade to those they manage.
const family = `
CREATE TABLE users (id int PRIMARY KEY, email text, deleted_at timestamptz, deletion_id uuid, deleted_by text, reason text);
CREATE TABLE orders (id int PRIMARY KEY, user_id int REFERENCES users ON DELETE CASCADE, deleted_at timestamptz, deletion_id uuid);
CREATE TABLE items (id int PRIMARY KEY, order_id int REFERENCES orders ON DELETE CASCADE, deleted_at timestamptz, deletion_id uuid);
CREATE TABLE notes (id int PRIMARY KEY, author_id int REFERENCES users ON DELETE SET NULL, deleted_at timestamptz, deletion_id uuid);
CREATE TABLE invoices (id int PRIMARY KEY, order_id int REFERENCES orders, deleted_at timestamptz, deletion_id uuid);
CREATE TABLE staff (id int PRIMARY KEY, manager_id int REFERENCES staff ON DELETE CASCADE, deleted_at timestamptz, deletion_id uuid);
INSERT INTO users VALUES (1, 'ann'), (2, 'bob'), (3, 'cid');
INSERT INTO orders VALUES (10, 1), (11, 1), (20, 2), (30, 3);
INSERT INTO items VALUES (100, 10), (101, 10), (110, 11), (200, 20);
INSERT INTO notes VALUES (1, 1), (2, 2), (3, NULL);
INSERT INTO invoices VALUES (1, 30);
INSERT INTO staff VALUES (1, NULL), (2, 1), (3, 2), (4, 2), (5, NULL), (6, 5);
`

func familyPolicy() softdelete.Policy {
	table := func(name string) softdelete.Table {
		return softdelete.Table{Name: name, DeletionID: "deletion_id"}
	}
	key := func(child, column, parent string, a softdelete.Action) softdelete.ForeignKey {
		return softdelete.ForeignKey{Table: child, Columns: []string{column}, RefTable: parent, RefColumns: []string{"id"}, OnDelete: a}
	}
	users := table("users")
	users.DeletedBy, users.Reason = "deleted_by", "reason"
	return softdelete.Policy{
		Journal: true,
		Tables:  []softdelete.Table{users, table("orders"), table("items"), table("notes"), table("invoices"), table("staff")},
		ForeignKeys: []softdelete.ForeignKey{
			key("orders", "user_id", "users", softdelete.Cascade),
			key("items", "order_id", "orders", softdelete.Cascade),
			key("notes", "author_id", "users", softdelete.SetNull),
			key("invoices", "order_id", "orders", softdelete.NoAction),
			key("staff", "manager_id", "staff", softdelete.Cascade),
		},
	}
}

// openFamily returns a database of the family, through the driver and plain.
func openFamily(t *testing.T, opts ...softdelete.Option) (ours, plain *sql.DB) {
	t.Helper()
	dsn, plain := familyDSN(t)
	ours, err := softdelete.Open(dsn, familyPolicy(), opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ours.Close() })
	return ours, plain
}

// familyDSN returns the DSN of a new database of the family, and that database.
func familyDSN(t *testing.T) (dsn string, plain *sql.DB) {
	t.Helper()
	dsn = pgtemp.NewDatabase(t)
	plain = openPlain(t, dsn)
	mustExec(t, plain, family+softdelete.JournalDDL)
	return dsn, plain
}

func openPlain(t *testing.T, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func mustExec(t *testing.T, db *sql.DB, text string, args ...any) int64 {
	t.Helper()
	return mustExecContext(t, context.Background(), db, text, args...)
}

func mustExecContext(t *testing.T, ctx context.Context, db *sql.DB, text string, args ...any) int64 {
	t.Helper()
	res, err := db.ExecContext(ctx, text, args...)
	if err != nil {
		t.Fatalf("%s\n%v", text, err)
	}
	n, err := res.RowsAffected()
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// all returns the first column of a query, joined by commas.
func all(t *testing.T, db softdelete.Execer, text string, args ...any) string {
	t.Helper()
	rows, err := db.QueryContext(context.Background(), text, args...)
	if err != nil {
		t.Fatalf("%s\n%v", text, err)
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		var s sql.NullString
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		if !s.Valid {
			s.String = "NULL"
		}
		list = append(list, s.String)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(list, ",")
}

func equalText(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %s, want %s", what, got, want)
	}
}

func TestCascade(t *testing.T) {
	db, plain := openFamily(t)
	ctx := softdelete.WithReason(softdelete.WithActor(context.Background(), "o'brien"), "asked for it")
	if n := mustExecContext(t, ctx, db, `DELETE FROM users AS t WHERE t.email = $1`, "ann"); n != 1 {
		t.Errorf("%d rows affected, want 1", n)
	}
	equalText(t, "users", all(t, db, `SELECT id FROM users ORDER BY id`), "2,3")
	equalText(t, "orders", all(t, db, `SELECT id FROM orders ORDER BY id`), "20,30")
	equalText(t, "items", all(t, db, `SELECT id FROM items ORDER BY id`), "200")
	equalText(t, "notes", all(t, db, `SELECT coalesce(author_id, 0) FROM notes ORDER BY id`), "0,2,0")
	equalText(t, "one deletion id", all(t, plain, `SELECT count(DISTINCT deletion_id) FROM (SELECT deletion_id FROM users WHERE id = 1
		UNION ALL SELECT deletion_id FROM orders WHERE user_id = 1 UNION ALL SELECT deletion_id FROM items WHERE order_id IN (10, 11)) x`), "1")
	equalText(t, "journal", all(t, plain, `SELECT concat_ws('|', table_name, actor, reason, rows::text) FROM softdelete_deletions`),
		`users|o'brien|asked for it|{"items": 3, "users": 1, "orders": 2}`)
	equalText(t, "links", all(t, plain, `SELECT concat_ws('|', table_name, key::text, old::text, new::text) FROM softdelete_links`),
		`notes|{"id": 1}|{"author_id": 1}|{"author_id": null}`)
	equalText(t, "who", all(t, plain, `SELECT deleted_by || reason FROM users WHERE id = 1`), "o'brienasked for it")
}

// Of several statements a query yields the rows of the first.
func TestCascadeBehindAQuery(t *testing.T) {
	db, _ := openFamily(t)
	equalText(t, "the first", all(t, db, `SELECT 7; DELETE FROM users WHERE id = 1`, pgx.QueryExecModeSimpleProtocol), "7")
	equalText(t, "users", all(t, db, `SELECT id FROM users ORDER BY id`), "2,3")
	equalText(t, "a delete", all(t, db, `DELETE FROM users WHERE id = 2; SELECT 7`, pgx.QueryExecModeSimpleProtocol), "")
	equalText(t, "users", all(t, db, `SELECT id FROM users ORDER BY id`), "3")
}

func TestCascadeOfACycle(t *testing.T) {
	db, _ := openFamily(t)
	if n := mustExec(t, db, `DELETE FROM staff WHERE id IN (1, 3)`); n != 2 {
		t.Errorf("%d rows affected, want the 2 that the statement named", n)
	}
	equalText(t, "staff", all(t, db, `SELECT id FROM staff ORDER BY id`), "5,6")
}

// Tables whose names, behind the prefix, are those of the queries that a cascade adds.
func TestCascadeOfTablesNamedLikeItsQueries(t *testing.T) {
	for _, name := range []string{"r", "root", "id", "cycle", "journal", "violation", "check", "sets", "lock", "parent"} {
		t.Run(name, func(t *testing.T) {
			dsn := pgtemp.NewDatabase(t)
			plain := openPlain(t, dsn)
			mustExec(t, plain, fmt.Sprintf(`
				CREATE TABLE top (id int PRIMARY KEY, deleted_at timestamptz, deletion_id uuid);
				CREATE TABLE %[1]q (id int PRIMARY KEY, top int REFERENCES top, deleted_at timestamptz, deletion_id uuid);
				CREATE TABLE tree (id int PRIMARY KEY, up int REFERENCES tree, of int REFERENCES %[1]q, deleted_at timestamptz, deletion_id uuid);
				CREATE TABLE stop (id int PRIMARY KEY, of int REFERENCES %[1]q, deleted_at timestamptz, deletion_id uuid);
				INSERT INTO top VALUES (1); INSERT INTO %[1]q VALUES (1, 1); INSERT INTO tree VALUES (1, NULL, 1), (2, 1, NULL);`+softdelete.JournalDDL, name))
			p := softdelete.Policy{Journal: true}
			for _, table := range []string{"top", name, "tree", "stop"} {
				p.Tables = append(p.Tables, softdelete.Table{Name: table, DeletionID: "deletion_id"})
			}
			key := func(table, column, ref string, a softdelete.Action) {
				p.ForeignKeys = append(p.ForeignKeys, softdelete.ForeignKey{Table: table, Columns: []string{column}, RefTable: ref, RefColumns: []string{"id"}, OnDelete: a})
			}
			key(name, "top", "top", softdelete.Cascade)
			key("tree", "up", "tree", softdelete.Cascade)
			key("tree", "of", name, softdelete.Cascade)
			key("stop", "of", name, softdelete.NoAction)
			db, err := softdelete.Open(dsn, p)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			left := fmt.Sprintf(`SELECT concat_ws(' ', (SELECT count(*) FROM top), (SELECT count(*) FROM %q), (SELECT count(*) FROM tree))`, name)
			if n := mustExec(t, db, `DELETE FROM top`); n != 1 {
				t.Errorf("%d rows are deleted", n)
			}
			equalText(t, "deleted", all(t, db, left), "0 0 0")
			if n, err := softdelete.Restore(t.Context(), db, "tree", 2); n != 4 || err != nil {
				t.Errorf("%d rows are restored, %v", n, err)
			}
			equalText(t, "restored", all(t, db, left), "1 1 2")
		})
	}
}

func TestViolatedForeignKey(t *testing.T) {
	db, plain := openFamily(t)
	for _, text := range []string{`DELETE FROM users WHERE id = 3`, `WITH d AS (DELETE FROM users WHERE id = 3 RETURNING id) SELECT id FROM d`} {
		_, err := db.Exec(text)
		var pgErr *pgconn.PgError
		if !errors.As(err, &pgErr) {
			t.Fatalf("%s: got %v, want a *pgconn.PgError", text, err)
		}
		equalText(t, "code", pgErr.Code, "23503")
		equalText(t, "constraint", pgErr.ConstraintName, "invoices_order_id_fkey")
		equalText(t, "table", pgErr.TableName, "invoices")
		equalText(t, "message", pgErr.Message, `update or delete on table "orders" violates foreign key constraint "invoices_order_id_fkey" on table "invoices"`)
		equalText(t, "detail", pgErr.Detail, `Key (id)=(30) is still referenced from table "invoices".`)
		equalText(t, "deleted", all(t, plain, `SELECT count(*) FROM users WHERE deleted_at IS NOT NULL`), "0")
	}
}

func TestReferenceToADeletedRow(t *testing.T) {
	db, plain := openFamily(t)
	mustExec(t, db, `DELETE FROM users WHERE id = 2`)
	for _, text := range []string{
		`INSERT INTO orders (id, user_id) VALUES (40, 2)`,
		`INSERT INTO orders (id, user_id) VALUES (40, 2) RETURNING id, user_id`,
		`INSERT INTO orders (id, user_id) VALUES (40, 2) RETURNING *`,
		`INSERT INTO orders (id, user_id) VALUES (40, 2) RETURNING user_id + 1`,
		`INSERT INTO orders (id, user_id) SELECT 40, 2 RETURNING 1`,
		`WITH i AS (INSERT INTO orders (id, user_id) VALUES (40, 2)) SELECT 1`,
		`WITH i AS (INSERT INTO orders (id, user_id) VALUES (40, 2) RETURNING *) SELECT 1`,
		`WITH i AS (INSERT INTO orders (id, user_id) VALUES (40, 2) RETURNING *) SELECT * FROM i`,
		`UPDATE orders SET user_id = 2 WHERE id = 10`,
		`UPDATE orders o SET user_id = u.id FROM (SELECT 2 AS id) u WHERE o.id = 10 RETURNING u.id`,
		`UPDATE orders SET (id, user_id) = (SELECT 10, 2) WHERE id = 10 RETURNING *`,
	} {
		_, err := db.Query(text)
		var pgErr *pgconn.PgError
		if !errors.As(err, &pgErr) {
			t.Errorf("%s: got %v, want a *pgconn.PgError", text, err)
			continue
		}
		equalText(t, text, pgErr.Code+" "+pgErr.Message+" "+pgErr.Detail,
			`23503 insert or update on table "orders" violates foreign key constraint "orders_user_id_fkey" Key (user_id)=(2) is not present in table "users".`)
	}
	equalText(t, "orders", all(t, plain, `SELECT count(*) FROM orders WHERE user_id = 2 AND deleted_at IS NULL`), "0")
	mustExec(t, db, `INSERT INTO orders (id, user_id) VALUES (41, 1), (42, NULL)`)
	equalText(t, "returning", all(t, db, `INSERT INTO orders (id, user_id) VALUES (43, 1) RETURNING id`), "43")
	equalText(t, "star", all(t, db, `INSERT INTO orders (id, user_id) VALUES (44, 1) RETURNING orders`), "(44,1,,)")
}

func TestMarkerUpdateCascades(t *testing.T) {
	db, plain := openFamily(t)
	// As GORM's Save writes a row that lives.
	if n := mustExec(t, db, `UPDATE users SET email = $1, deleted_at = $2 WHERE id = $3`, "x", nil, 1); n != 1 {
		t.Errorf("%d rows", n)
	}
	equalText(t, "orders", all(t, db, `SELECT id FROM orders ORDER BY id`), "10,11,20,30")
	if n := mustExec(t, db, `UPDATE users SET email = $1, deleted_at = $2 WHERE id = $3`, "x", "2026-01-02T03:04:05Z", 1); n != 1 {
		t.Errorf("%d rows", n)
	}
	equalText(t, "orders", all(t, db, `SELECT id FROM orders ORDER BY id`), "20,30")
	equalText(t, "time", all(t, plain, `SELECT DISTINCT deleted_at AT TIME ZONE 'utc' FROM items WHERE deleted_at IS NOT NULL`), "2026-01-02T03:04:05Z")
	mustExec(t, db, `UPDATE users SET deleted_at = now() WHERE id = 2`)
	equalText(t, "orders", all(t, db, `SELECT id FROM orders ORDER BY id`), "30")
	equalText(t, "journal", all(t, plain, `SELECT count(*) FROM softdelete_deletions`), "2")
}

func TestRestore(t *testing.T) {
	db, plain := openFamily(t)
	ctx := context.Background()
	before := familyRows(t, plain)
	mustExec(t, db, `DELETE FROM users WHERE id = 1`)
	mustExec(t, db, `DELETE FROM users WHERE id = 2`)
	for _, restore := range []func() (int64, error){
		func() (int64, error) { return softdelete.Restore(ctx, db, "users", 1) },
		func() (int64, error) { return softdelete.Restore(ctx, db, "items", 200) }, // takes its user along
	} {
		if _, err := restore(); err != nil {
			t.Fatal(err)
		}
	}
	equalText(t, "after both", familyRows(t, plain), before)
	equalText(t, "journal", all(t, plain, `SELECT count(*) FROM softdelete_deletions WHERE restored_at IS NOT NULL`), "2")

	n, err := softdelete.Restore(ctx, db, "users", 1)
	if n != 0 || err != nil {
		t.Errorf("a live row: %d rows, %v", n, err)
	}
	mustExec(t, db, `DELETE FROM users WHERE id IN (1, 2)`)
	id := all(t, plain, `SELECT id FROM softdelete_deletions WHERE restored_at IS NULL`)
	if n, err := softdelete.RestoreDeletion(ctx, db, id); n != 9 || err != nil {
		t.Errorf("by id: %d rows, %v; want 2 users, 3 orders and 4 items", n, err)
	}
	equalText(t, "after RestoreDeletion", familyRows(t, plain), before)

	mustExec(t, db, `DELETE FROM users WHERE id IN (1, 2)`)
	if n, err := softdelete.RestoreWhere(ctx, db, "users", "email = $1 OR id = 2", "ann"); n != 9 || err != nil {
		t.Errorf("by condition: %d rows, %v", n, err)
	}
	equalText(t, "after RestoreWhere", familyRows(t, plain), before)

	mustExec(t, db, `DELETE FROM users WHERE id = 1`)
	only := softdelete.OnlyDeleted(ctx, "users")
	if n := mustExecContext(t, only, db, `UPDATE users SET deleted_at = $1 WHERE email = $2`, nil, "ann"); n != 1 {
		t.Errorf("UPDATE: %d rows", n)
	}
	equalText(t, "after UPDATE", familyRows(t, plain), before)
}

// familyRows is everything in the family's tables.
func familyRows(t *testing.T, plain *sql.DB) string {
	t.Helper()
	var s string
	for _, table := range []string{"users", "orders", "items", "notes", "invoices", "staff"} {
		s += table + ": " + all(t, plain, `SELECT x::text FROM `+table+` x ORDER BY id`) + "\n"
	}
	return s
}

func TestRestoreRefuses(t *testing.T) {
	db, plain := openFamily(t)
	ctx := context.Background()
	mustExec(t, plain, `CREATE UNIQUE INDEX users_email ON users (email) WHERE deleted_at IS NULL`)
	mustExec(t, db, `DELETE FROM orders WHERE id = 20`)
	mustExec(t, db, `DELETE FROM users WHERE id = 2`)
	refused := func(err error, want string) {
		t.Helper()
		if !errors.Is(err, softdelete.ErrRefused) || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want a refusal with %q", err, want)
		}
	}
	dead := all(t, plain, `SELECT count(*) FROM items WHERE deleted_at IS NOT NULL`)
	_, err := softdelete.Restore(ctx, db, "orders", 20)
	refused(err, `a row refers to a parent that stays deleted (orders_user_id_fkey: Key (user_id)=(2) is not present in table "users")`)
	p, err := softdelete.PreviewRestore(ctx, db, "orders", 20)
	if err != nil {
		t.Fatal(err)
	}
	refused(p.Blocked, "RestoreParents")
	equalText(t, "nothing was restored", all(t, plain, `SELECT count(*) FROM items WHERE deleted_at IS NOT NULL`), dead)

	mustExec(t, db, `INSERT INTO users (id, email) VALUES (4, 'bob')`)
	_, err = softdelete.Restore(ctx, db, "orders", 20, softdelete.RestoreParents())
	refused(err, `a live row stands in the way (users_email: Key (email)=(bob) already exists)`)
	mustExec(t, db, `DELETE FROM users WHERE id = 4`)
	if n, err := softdelete.Restore(ctx, db, "orders", 20, softdelete.RestoreParents()); n != 3 || err != nil {
		t.Errorf("with parents: %d rows, %v; want a user, an order and an item", n, err)
	}

	mustExec(t, db, `DELETE FROM users WHERE id = 1`)
	mustExec(t, plain, `DELETE FROM items WHERE id = 100`)
	_, err = softdelete.Restore(ctx, db, "users", 1)
	refused(err, "the journal says that the deletion took more rows of this table than are left")
	if n, err := softdelete.Restore(ctx, db, "users", 1, softdelete.RestorePartly()); n != 5 || err != nil {
		t.Errorf("partly: %d rows, %v", n, err)
	}
	mustExec(t, db, `DELETE FROM users WHERE id = 1`)
	if n, err := softdelete.Restore(ctx, db, "users", 1, softdelete.RestoreOne()); n != 1 || err != nil {
		t.Errorf("one: %d rows, %v", n, err)
	}
	_, err = softdelete.Restore(ctx, plain, "users", 1)
	if err == nil || !strings.Contains(err.Error(), "softdelete") {
		t.Errorf("on another driver: %v", err)
	}
}

func TestPreview(t *testing.T) {
	db, plain := openFamily(t)
	ctx := context.Background()
	before := familyRows(t, plain)
	p, err := softdelete.PreviewDelete(ctx, db, "users", 1)
	if err != nil {
		t.Fatal(err)
	}
	equalText(t, "preview", fmt.Sprint(p), "{map[items:3 orders:2 users:1] map[notes:1] <nil>}")
	p, err = softdelete.PreviewDelete(ctx, db, "users", 3)
	if err != nil || p.Blocked == nil || !strings.Contains(p.Blocked.Error(), `update or delete on table "orders" violates foreign key constraint "invoices_order_id_fkey" on table "invoices"`) {
		t.Errorf("blocked: %v, %v", p.Blocked, err)
	}
	equalText(t, "nothing changed", familyRows(t, plain), before)
	mustExec(t, db, `DELETE FROM users WHERE id = 1`)
	p, err = softdelete.PreviewRestore(ctx, db, "users", 1)
	if err != nil {
		t.Fatal(err)
	}
	equalText(t, "preview", fmt.Sprint(p), "{map[items:3 orders:2 users:1] map[notes:1] <nil>}")
	id := all(t, plain, `SELECT deletion_id FROM users WHERE id = 1`)
	p, err = softdelete.PreviewRestoreDeletion(ctx, db, id)
	equalText(t, "preview of the deletion", fmt.Sprint(p, err), "{map[items:3 orders:2 users:1] map[notes:1] <nil>} <nil>")
	mustExec(t, plain, `DELETE FROM items WHERE id = (SELECT min(id) FROM items WHERE deletion_id = $1::uuid)`, id)
	p, err = softdelete.PreviewRestoreDeletion(ctx, db, id)
	if err != nil || p.Blocked == nil || !strings.Contains(p.Blocked.Error(), "RestorePartly") {
		t.Errorf("rows are gone: %v, %v", p.Blocked, err)
	}
	p, err = softdelete.PreviewRestoreDeletion(ctx, db, id, softdelete.RestorePartly())
	equalText(t, "preview of what is left", fmt.Sprint(p, err), "{map[items:2 orders:2 users:1] map[notes:1] <nil>} <nil>")
	equalText(t, "still deleted", all(t, plain, `SELECT count(*) FROM orders WHERE deleted_at IS NOT NULL`), "2")
}
