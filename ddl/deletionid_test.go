package ddl_test

import (
	"database/sql"
	"strings"
	"testing"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/ddl"
	"github.com/softdelete-go/softdelete/internal/pgtemp"
)

// A restore finds rows by the planned indexes, whichever way the server plans it.
func TestRestoreUsesTheIndexOfDeletionIDs(t *testing.T) {
	dsn := pgtemp.NewDatabase(t)
	plain := open(t, dsn)
	mustExec(t, plain, `
		CREATE TABLE users (id int PRIMARY KEY);
		CREATE TABLE orders (id int PRIMARY KEY, user_id int REFERENCES users ON DELETE CASCADE)`)
	p, err := softdelete.LoadPolicy(strings.NewReader(`{journal: true, discover: true, tables: [{name: users, deletion_id: deletion_id}, {name: orders, deletion_id: deletion_id}]}`))
	if err != nil {
		t.Fatal(err)
	}
	apply(t, plain, plan(t, plain, p, ddl.Options{}).Up)
	mustExec(t, plain, `
		INSERT INTO users SELECT n FROM generate_series(1, 5000) n;
		INSERT INTO orders SELECT n, n FROM generate_series(1, 5000) n;
		UPDATE users SET deleted_at = now(), deletion_id = gen_random_uuid() WHERE id % 3 = 1;
		UPDATE orders SET deleted_at = u.deleted_at, deletion_id = u.deletion_id FROM users u WHERE u.id = user_id;
		INSERT INTO softdelete_deletions (id, table_name, rows) SELECT deletion_id, 'users', '{"users": 1, "orders": 1}' FROM users WHERE deletion_id IS NOT NULL;
		ANALYZE`)
	db, err := softdelete.Open(dsn, p)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for i, mode := range []string{"force_generic_plan", "force_custom_plan"} {
		tx, err := db.Begin()
		if err != nil {
			t.Fatal(err)
		}
		defer tx.Rollback()
		if _, err := tx.Exec("SET LOCAL plan_cache_mode = " + mode); err != nil {
			t.Fatal(err)
		}
		before := scans(t, tx)
		if n, err := softdelete.Restore(t.Context(), tx, "users", 1+3*i); n != 2 || err != nil {
			t.Fatalf("%d rows, %v", n, err)
		}
		for what, n := range scans(t, tx) {
			if n -= before[what]; (n > 0) != strings.HasSuffix(what, "_idx") {
				t.Errorf("%s: %d scans of %s", mode, n, what)
			}
		}
		if err := tx.Rollback(); err != nil {
			t.Fatal(err)
		}
	}
}

// scans are those that this session has made of the tables as a whole, and of the indexes.
func scans(t *testing.T, tx *sql.Tx) map[string]int {
	t.Helper()
	made := map[string]int{}
	for _, what := range []string{"users", "orders", "users_deletion_id_idx", "orders_deletion_id_idx"} {
		var n int
		if err := tx.QueryRow("SELECT pg_stat_get_xact_numscans($1::text::regclass)", what).Scan(&n); err != nil {
			t.Fatal(err)
		}
		made[what] = n
	}
	return made
}
