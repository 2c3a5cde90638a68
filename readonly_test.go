package softdelete_test

import (
	"database/sql"
	"fmt"
	"testing"

	"github.com/softdelete-go/softdelete"
)

// A read-only transaction reads what is live, follows the schema like any other, and has
// PostgreSQL's own error for what writes, in every mode.
func TestReadOnlyTransactions(t *testing.T) {
	for i, mode := range execModes {
		t.Run(mode, func(t *testing.T) {
			dsn, _ := familyDSN(t)
			db := openOurs(t, dsn+"&default_query_exec_mode="+mode, discovering())
			ctx := t.Context()
			mustExec(t, db, "DELETE FROM users WHERE id = 1")
			for level, want := range map[sql.IsolationLevel]string{
				sql.LevelReadCommitted: "[2]",
				sql.LevelSerializable:  "[]", // its snapshot is older than the rows
			} {
				tx, err := db.BeginTx(ctx, &sql.TxOptions{Isolation: level, ReadOnly: true})
				if err != nil {
					t.Fatal(err)
				}
				defer tx.Rollback()
				equalText(t, "users", all(t, tx, "SELECT id FROM users ORDER BY id"), "2,3")
				equalText(t, "deleted users", outcomeOf(tx.QueryContext(softdelete.OnlyDeleted(ctx), "SELECT id FROM users")), "[1]")

				// Meanwhile another connection changes the schema.
				pets := fmt.Sprintf("pets%d_%d", i, level)
				mustExec(t, db, "CREATE TABLE "+pets+" (id int PRIMARY KEY, deleted_at timestamptz)")
				mustExec(t, db, "INSERT INTO "+pets+" VALUES (1), (2)")
				mustExec(t, db, "DELETE FROM "+pets+" WHERE id = 1")
				equalText(t, "the new table", outcomeOf(tx.QueryContext(ctx, "SELECT id FROM "+pets)), want)
				_, err = tx.ExecContext(ctx, "DELETE FROM users WHERE id = 2")
				readOnly(t, "DELETE", err)
				if err := tx.Rollback(); err != nil {
					t.Fatal(err)
				}
				equalText(t, "users after it", all(t, db, "SELECT id FROM users ORDER BY id"), "2,3")
			}
		})
	}
}
