package softdelete_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/softdelete-go/softdelete"
)

// What Distributed sends, on a server that is none: the results are those of the
// default form.
func TestDistributed(t *testing.T) {
	db, plain := openFamily(t, softdelete.Distributed())
	ctx := context.Background()
	before := familyRows(t, plain)
	if n := mustExec(t, db, `WITH x AS (SELECT 'ann' AS email) DELETE FROM users AS t USING x WHERE t.email = x.email AND t.id = $1;`, 1); n != 1 {
		t.Errorf("%d rows affected, want 1", n)
	}
	equalText(t, "orders", all(t, db, `SELECT id FROM orders ORDER BY id`), "20,30")
	equalText(t, "items", all(t, db, `SELECT id FROM items ORDER BY id`), "200")
	equalText(t, "notes", all(t, db, `SELECT coalesce(author_id, 0) FROM notes ORDER BY id`), "0,2,0")
	equalText(t, "journal", all(t, plain, `SELECT rows::text FROM softdelete_deletions`), `{"items": 3, "users": 1, "orders": 2}`)
	rows, err := db.Query(`DELETE FROM users WHERE id = 2`)
	if err != nil {
		t.Fatal(err)
	}
	if columns, err := rows.Columns(); rows.Next() || len(columns) != 0 || err != nil {
		t.Errorf("a query that asked for nothing has columns %v, %v", columns, err)
	}
	_ = rows.Close()
	for _, id := range []int{1, 2} {
		if n, err := softdelete.Restore(ctx, db, "users", id); err != nil || n == 0 {
			t.Errorf("restoring %d: %d rows, %v", id, n, err)
		}
	}
	equalText(t, "restored", familyRows(t, plain), before)

	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	_, err = tx.Exec(`DELETE FROM users WHERE id = 3`)
	var pgErr *pgconn.PgError
	if !errors.As(err, &pgErr) || pgErr.Code != "23503" || pgErr.ConstraintName != "invoices_order_id_fkey" {
		t.Errorf("violated: %v", err)
	}
	if _, err := tx.Exec(`SELECT 1`); !errors.As(err, &pgErr) || pgErr.Code != "25P02" {
		t.Errorf("the transaction is not aborted: %v", err)
	}
	_ = tx.Rollback()
	equalText(t, "nothing happened", familyRows(t, plain), before)

	mustExec(t, db, `DELETE FROM orders WHERE id = 20`)
	mustExec(t, db, `DELETE FROM users WHERE id = 2`)
	if _, err := softdelete.Restore(ctx, db, "orders", 20); !errors.Is(err, softdelete.ErrRefused) || !strings.Contains(err.Error(), "a row refers to a parent that stays deleted") {
		t.Errorf("restoring under a deleted parent: %v", err)
	}
	for _, text := range []string{
		`DELETE FROM users WHERE id = 1 RETURNING id`,
		`WITH d AS (DELETE FROM users WHERE id = 1) SELECT 1`,
		`DELETE FROM staff WHERE id = 1`,
		`UPDATE users SET deleted_at = now() WHERE id = 1`,
	} {
		if _, err := db.Exec(text); !errors.Is(err, softdelete.ErrRefused) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
