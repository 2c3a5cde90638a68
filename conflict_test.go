package softdelete

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/softdelete-go/softdelete/internal/pgtemp"
)

// accounts has live row 1 and deleted row 2; email is unique among live rows,
// code among all rows.
func accounts(t *testing.T) (driven, plain *sql.DB) {
	t.Helper()
	dsn := pgtemp.NewDatabase(t)
	plain = openPlain(t, dsn)
	if _, err := plain.Exec(`
		CREATE TABLE accounts (id int PRIMARY KEY, email text, code text CONSTRAINT one_code UNIQUE, n int NOT NULL DEFAULT 0, deleted_at timestamptz);
		CREATE UNIQUE INDEX ON accounts (email) WHERE deleted_at IS NULL;
		INSERT INTO accounts VALUES (1, 'live', 'live', 0, NULL), (2, 'dead', 'dead', 0, now());`); err != nil {
		t.Fatal(err)
	}
	db, err := Open(dsn, Policy{Tables: []Table{{Name: "accounts"}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db, plain
}

func TestConflictWithADeletedRow(t *testing.T) {
	tests := []struct {
		name, insert string
		code         string // SQLSTATE; "" for none
		affected     int64
	}{
		{"a live row is updated", "INSERT INTO accounts (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET n = accounts.n + 1", "", 1},
		{"a live row is kept", "INSERT INTO accounts (id) VALUES (1) ON CONFLICT (id) DO NOTHING", "", 0},
		{"a live row that the WHERE excludes", "INSERT INTO accounts (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET n = 7 WHERE accounts.n > 0", "", 0},
		{"a new row", "INSERT INTO accounts (id) VALUES (3), (4) ON CONFLICT (id) DO NOTHING", "", 2},
		{"a deleted row is not updated", "INSERT INTO accounts (id) VALUES (2) ON CONFLICT (id) DO UPDATE SET n = 7", "23505", 0},
		{"a deleted row does not swallow the new one", "INSERT INTO accounts (id) VALUES (2) ON CONFLICT (id) DO NOTHING", "23505", 0},
		{"by constraint", "INSERT INTO accounts (id, code) VALUES (3, 'dead') ON CONFLICT ON CONSTRAINT one_code DO UPDATE SET n = 7", "23505", 0},
		{"by constraint, nothing", "INSERT INTO accounts (id, code) VALUES (3, 'dead') ON CONFLICT ON CONSTRAINT one_code DO NOTHING", "23505", 0},
		{"a plain INSERT", "INSERT INTO accounts (id) VALUES (2)", "23505", 0},
		{"a partial index does not see deleted rows", "INSERT INTO accounts (id, email) VALUES (3, 'dead') ON CONFLICT (email) DO UPDATE SET n = 7", "", 1},
		{"nor for DO NOTHING", "INSERT INTO accounts (id, email) VALUES (3, 'dead') ON CONFLICT (email) DO NOTHING", "", 1},
		{"a partial index sees live rows", "INSERT INTO accounts (id, email) VALUES (3, 'live') ON CONFLICT (email) DO NOTHING", "", 0},
		{"one key twice", "INSERT INTO accounts (id) VALUES (3), (3) ON CONFLICT (id) DO NOTHING", "21000", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			db, plain := accounts(t)
			res, err := db.ExecContext(context.Background(), tt.insert)
			var pgErr *pgconn.PgError
			switch {
			case tt.code == "" && err != nil:
				t.Fatal(err)
			case tt.code == "":
				if n, err := res.RowsAffected(); err != nil || n != tt.affected {
					t.Errorf("%d rows affected (%v), want %d", n, err, tt.affected)
				}
			case !errors.As(err, &pgErr) || pgErr.Code != tt.code:
				t.Fatalf("got %v, want SQLSTATE %s", err, tt.code)
			case strings.Contains(pgErr.Message, blockedTag) || strings.Contains(pgErr.Message, "DO UPDATE"):
				t.Errorf("the message speaks of our form, not of the user's: %q", pgErr.Message)
			case tt.code == "21000" && !strings.Contains(pgErr.Hint, "DISTINCT ON"),
				strings.Contains(tt.insert, "ON CONFLICT") && tt.code == "23505" &&
					(pgErr.TableName != "accounts" || !strings.Contains(pgErr.Message, "a deleted row holds the key") || pgErr.Hint == ""):
				t.Errorf("%+v", pgErr)
			}
			var dead int
			if err := plain.QueryRow("SELECT n FROM accounts WHERE id = 2 AND deleted_at IS NOT NULL").Scan(&dead); err != nil || dead != 0 {
				t.Errorf("the deleted row: n = %d, %v", dead, err)
			}
		})
	}
}
