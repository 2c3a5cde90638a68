package softdelete_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/lib/pq"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/internal/pgtemp"
)

// script is a sequence of what the driver does, on the family, for connections of every
// kind: what is noted on one must be noted on all.
type script struct {
	t     *testing.T
	db    *sql.DB
	noted []string

	prepares bool // statements that database/sql prepares outlive their transaction
	discover bool // the schema changes under the driver
}

type runner interface {
	softdelete.Execer
	PrepareContext(context.Context, string) (*sql.Stmt, error)
}

func (s *script) note(what string, result any, err error) {
	line := what + " => "
	var pgErr *pgconn.PgError
	var pqErr *pq.Error
	var refused *softdelete.RefusedError
	switch {
	case errors.As(err, &refused):
		line += "refused: " + refused.Error()
	case errors.As(err, &pqErr):
		line += fmt.Sprintf("%s %s (%s; %s; %s)", pqErr.Code, pqErr.Message, pqErr.Detail, pqErr.Constraint, pqErr.Table)
	case errors.As(err, &pgErr):
		line += fmt.Sprintf("%s %s (%s; %s; %s)", pgErr.Code, pgErr.Message, pgErr.Detail, pgErr.ConstraintName, pgErr.TableName)
	case err != nil:
		line += err.Error()
	default:
		line += fmt.Sprint(result)
	}
	s.noted = append(s.noted, line)
}

func (s *script) exec(ctx context.Context, db runner, text string, args ...any) {
	var n int64
	res, err := db.ExecContext(ctx, text, args...)
	if err == nil {
		n, err = res.RowsAffected()
	}
	s.note(text, n, err)
}

func (s *script) query(ctx context.Context, db runner, text string, args ...any) {
	rows, err := db.QueryContext(ctx, text, args...)
	list, err := readAll(rows, err)
	s.note(text, list, err)
}

// readAll reads rows as text.
func readAll(rows *sql.Rows, err error) ([]string, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	var list []string
	for rows.Next() {
		values, targets := make([]sql.NullString, len(columns)), make([]any, len(columns))
		for i := range values {
			targets[i] = &values[i]
		}
		if err := rows.Scan(targets...); err != nil {
			return nil, err
		}
		var row []string
		for _, v := range values {
			if !v.Valid {
				v.String = "NULL"
			}
			row = append(row, v.String)
		}
		list = append(list, strings.Join(row, "|"))
	}
	return list, rows.Err()
}

// within runs do in a transaction, and ends it.
func (s *script) within(end func(*sql.Tx) error, opts *sql.TxOptions, do func(*sql.Tx)) {
	s.t.Helper()
	tx, err := s.db.BeginTx(context.Background(), opts)
	if err != nil {
		s.t.Fatal(err)
	}
	do(tx)
	s.note("the end", nil, end(tx))
}

func (s *script) run() []string {
	s.t.Helper()
	s.reads()
	s.cascades()
	s.upserts()
	s.errors()
	s.exec(context.Background(), s.db, "DELETE FROM staff WHERE id = 5")
	s.reads() // there are deleted rows now
	s.transactions()
	s.sessions()
	if s.prepares {
		s.prepared()
	}
	if s.discover {
		s.migrates()
	}
	return s.noted
}

const state = `SELECT 'user', id, deleted_at IS NULL, deleted_by, reason FROM users
	UNION ALL SELECT 'order', id, deleted_at IS NULL, NULL, NULL FROM orders UNION ALL SELECT 'item', id, deleted_at IS NULL, NULL, NULL FROM items
	UNION ALL SELECT 'note', id, deleted_at IS NULL, author_id::text, NULL FROM notes ORDER BY 1, 2`

func (s *script) state() {
	s.query(softdelete.WithDeleted(context.Background()), s.db, state)
}

func (s *script) reads() {
	ctx := context.Background()
	for _, ctx := range []context.Context{ctx, softdelete.WithDeleted(ctx, "users"), softdelete.OnlyDeleted(ctx, "users"), softdelete.WithDeleted(ctx)} {
		for _, text := range []string{
			"SELECT id, email FROM users ORDER BY id",
			"SELECT u.email, count(o.id) FROM users u LEFT JOIN orders o ON o.user_id = u.id GROUP BY u.email ORDER BY 1",
			"SELECT id FROM orders WHERE EXISTS (SELECT 1 FROM users u WHERE u.id = user_id) ORDER BY id",
			"WITH u AS (SELECT id FROM users) SELECT count(*) FROM u FULL JOIN orders o ON o.user_id = u.id",
			"SELECT id FROM users UNION SELECT id FROM staff ORDER BY id",
			"SELECT nothing FROM users",
		} {
			s.query(ctx, s.db, text)
		}
		s.query(ctx, s.db, "SELECT id FROM users WHERE id > $1 AND email <> $2 ORDER BY id", 1, "cid")
	}
	s.query(softdelete.OnlyDeleted(ctx, "nobody"), s.db, "SELECT 1")
}

func (s *script) cascades() {
	ctx := context.Background()
	who := softdelete.WithReason(softdelete.WithActor(ctx, "ann"), "left")
	s.exec(who, s.db, "DELETE FROM users WHERE id = $1", 1)
	s.exec(who, s.db, "DELETE FROM users WHERE id = $1", 1)
	s.query(who, s.db, "DELETE FROM staff WHERE id = $1 RETURNING id", 2)
	s.state()
	s.query(ctx, s.db, "SELECT table_name, actor, reason, rows FROM softdelete_deletions ORDER BY 1, 4::text")
	preview, err := softdelete.PreviewRestore(ctx, s.db, "users", 1)
	s.note("PreviewRestore", preview, err)
	n, err := softdelete.Restore(ctx, s.db, "users", 1)
	s.note("Restore", n, err)
	s.state()
	s.exec(ctx, s.db, "UPDATE users SET deleted_at = now() WHERE id = 2")
	s.state()
	s.exec(softdelete.OnlyDeleted(ctx), s.db, "UPDATE users SET deleted_at = NULL WHERE id = $1", 2)
	n, err = softdelete.Restore(ctx, s.db, "users", 77)
	s.note("Restore of nothing", n, err)
	n, err = softdelete.RestoreWhere(ctx, s.db, "staff", "id > $1", 0)
	s.note("RestoreWhere", n, err)
	s.state()
	s.exec(softdelete.HardDelete(ctx, "items"), s.db, "DELETE FROM items WHERE id = $1", 200)
	s.exec(softdelete.HardDelete(ctx, "items"), s.db, "DELETE FROM items")
}

func (s *script) upserts() {
	ctx := context.Background()
	s.exec(ctx, s.db, "INSERT INTO users (id, email) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET email = excluded.email", 9, "new")
	s.exec(ctx, s.db, "INSERT INTO users (id, email) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET email = excluded.email", 9, "newer")
	s.exec(ctx, s.db, "INSERT INTO users (id, email) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING", 9, "newest")
	s.query(ctx, s.db, "SELECT email FROM users WHERE id = 9")
	s.exec(ctx, s.db, "DELETE FROM users WHERE id = 9")
	s.exec(ctx, s.db, "INSERT INTO users (id, email) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET email = excluded.email", 9, "again")
	s.exec(ctx, s.db, "INSERT INTO users (id, email) VALUES ($1, $2)", 9, "again")
}

func (s *script) errors() {
	ctx := context.Background()
	s.exec(ctx, s.db, "DELETE FROM users WHERE id = $1", 3)
	s.exec(ctx, s.db, "INSERT INTO orders (id, user_id) VALUES ($1, $2)", 90, 9)
	s.exec(ctx, s.db, "INSERT INTO orders (id, user_id) VALUES ($1, $2)", 90, 1000)
	s.exec(ctx, s.db, "UPDATE orders SET user_id = $1 WHERE id = 10", 9)
	s.exec(ctx, s.db, "INSERT INTO staff (id) VALUES (1)")
	s.exec(ctx, s.db, "TRUNCATE users")
	s.exec(ctx, s.db, "DELETE FORM users")
	s.state()
}

func (s *script) transactions() {
	ctx := context.Background()
	s.within((*sql.Tx).Rollback, nil, func(tx *sql.Tx) {
		s.exec(ctx, tx, "DELETE FROM users WHERE id = $1", 1)
		s.query(ctx, tx, "SELECT id FROM orders ORDER BY id")
		s.query(softdelete.OnlyDeleted(ctx), tx, "SELECT id FROM orders ORDER BY id")
		n, err := softdelete.Restore(ctx, tx, "users", 1)
		s.note("Restore", n, err)
		s.exec(ctx, tx, "SAVEPOINT a")
		s.exec(ctx, tx, "DELETE FROM users WHERE id = 3")
		s.query(ctx, tx, "SELECT id FROM users")
		s.exec(ctx, tx, "ROLLBACK TO a")
		s.query(ctx, tx, "SELECT id FROM users ORDER BY id")
	})
	for _, level := range []sql.IsolationLevel{sql.LevelRepeatableRead, sql.LevelSerializable} {
		s.within((*sql.Tx).Commit, &sql.TxOptions{Isolation: level}, func(tx *sql.Tx) {
			s.query(ctx, tx, "SHOW transaction_isolation")
			s.exec(ctx, tx, "DELETE FROM users WHERE id = $1", 2)
			n, err := softdelete.Restore(ctx, tx, "users", 2)
			s.note("Restore", n, err)
		})
	}
	s.within((*sql.Tx).Rollback, &sql.TxOptions{ReadOnly: true}, func(tx *sql.Tx) {
		s.query(ctx, tx, "SELECT id FROM users ORDER BY id")
		s.exec(ctx, tx, "DELETE FROM users WHERE id = $1", 2)
	})
	s.state()
}

// sessions is what a connection has besides its transactions, within one.
func (s *script) sessions() {
	ctx := context.Background()
	s.within((*sql.Tx).Rollback, nil, func(tx *sql.Tx) {
		s.exec(ctx, tx, "CREATE TEMP TABLE users (id int)")
		s.exec(ctx, tx, "INSERT INTO users VALUES (1), (99)")
		s.query(ctx, tx, "SELECT id FROM users ORDER BY id")
		s.query(softdelete.OnlyDeleted(ctx), tx, "SELECT id FROM public.users ORDER BY id")
		s.exec(ctx, tx, "DELETE FROM users WHERE id = 1")
		s.exec(ctx, tx, "DROP TABLE users")
		s.query(ctx, tx, "SELECT id FROM users ORDER BY id")
	})
	s.within((*sql.Tx).Commit, nil, func(tx *sql.Tx) {
		s.exec(ctx, tx, "PREPARE p (int) AS SELECT id FROM users WHERE id > $1 ORDER BY id")
		s.query(ctx, tx, "EXECUTE p (1)")
		s.query(softdelete.OnlyDeleted(ctx), tx, "EXECUTE p (1)")
		s.exec(ctx, tx, "DEALLOCATE p")
		s.exec(ctx, tx, "DECLARE c CURSOR FOR SELECT id FROM users ORDER BY id")
		s.query(ctx, tx, "FETCH 2 FROM c")
		s.query(softdelete.WithDeleted(ctx), tx, "FETCH ALL FROM c")
		s.query(ctx, tx, "FETCH ALL FROM c")
		s.exec(ctx, tx, "SET LOCAL search_path = pg_catalog, public")
		s.query(ctx, tx, "SELECT id FROM users ORDER BY id")
	})
	s.query(ctx, s.db, "EXECUTE p (1)")
}

func (s *script) prepared() {
	ctx := context.Background()
	live, err := s.db.PrepareContext(ctx, "SELECT id FROM users WHERE id > $1 ORDER BY id")
	if err != nil {
		s.t.Fatal(err)
	}
	defer live.Close()
	deletes, err := s.db.PrepareContext(ctx, "DELETE FROM orders WHERE id = $1")
	if err != nil {
		s.t.Fatal(err)
	}
	defer deletes.Close()
	for range 3 {
		for _, ctx := range []context.Context{ctx, softdelete.OnlyDeleted(ctx), softdelete.WithDeleted(ctx)} {
			rows, err := live.QueryContext(ctx, 0)
			list, err := readAll(rows, err)
			s.note("prepared SELECT", list, err)
		}
		res, err := deletes.ExecContext(softdelete.WithActor(ctx, "pat"), 20)
		if err == nil {
			var n int64
			n, err = res.RowsAffected()
			s.note("prepared DELETE", n, err)
			continue
		}
		s.note("prepared DELETE", nil, err)
	}
	s.state()
	n, err := softdelete.Restore(ctx, s.db, "orders", 20)
	s.note("Restore", n, err)
}

func (s *script) migrates() {
	ctx := context.Background()
	s.exec(ctx, s.db, "CREATE TABLE pets (id int PRIMARY KEY, owner_id int)")
	s.exec(ctx, s.db, "INSERT INTO pets VALUES (1, 1), (2, 2)")
	s.exec(ctx, s.db, "ALTER TABLE pets ADD FOREIGN KEY (owner_id) REFERENCES users ON DELETE CASCADE")
	s.exec(ctx, s.db, "DELETE FROM users WHERE id = 2") // it would leave pets behind
	s.exec(ctx, s.db, "ALTER TABLE pets ADD deleted_at timestamptz, ADD deletion_id uuid")
	for range 4 { // whichever server connection it meets
		s.exec(ctx, s.db, "DELETE FROM pets WHERE id = 1")
		s.query(ctx, s.db, "SELECT id FROM pets ORDER BY id")
	}
	s.query(softdelete.OnlyDeleted(ctx), s.db, "SELECT id FROM pets ORDER BY id")
	s.exec(ctx, s.db, "DELETE FROM users WHERE id = $1", 2)
	s.query(softdelete.OnlyDeleted(ctx), s.db, "SELECT id FROM pets ORDER BY id")
	s.within((*sql.Tx).Rollback, nil, func(tx *sql.Tx) {
		s.exec(ctx, tx, "ALTER TABLE pets DROP COLUMN deleted_at")
		s.query(ctx, tx, "SELECT id FROM pets ORDER BY id")
	})
	s.query(ctx, s.db, "SELECT id FROM pets ORDER BY id")
}

// familyDatabase returns the DSN of a new database of the family on a server.
func familyDatabase(t *testing.T, server *pgtemp.Server, name string) (dsn string) {
	t.Helper()
	if err := server.CreateDatabase(context.Background(), name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.DropDatabase(context.Background(), name); err != nil {
			t.Error(err)
		}
	})
	mustExec(t, openPlain(t, server.DSN(name)), family+softdelete.JournalDDL)
	return server.DSN(name)
}

func openOurs(t *testing.T, dsn string, p softdelete.Policy, opts ...softdelete.Option) *sql.DB {
	t.Helper()
	db, err := softdelete.Open(dsn, p, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// sameNotes compares what two runs of a script have noted.
func sameNotes(t *testing.T, got, want []string) {
	t.Helper()
	if len(want) < 80 {
		t.Errorf("the script noted %d results only", len(want))
	}
	for i := range max(len(got), len(want)) {
		switch {
		case i >= len(got):
			t.Errorf("missing: %s", want[i])
		case i >= len(want):
			t.Errorf("too much: %s", got[i])
		case comparable(got[i]) != comparable(want[i]):
			t.Errorf("%d: got  %s\n    want %s", i, got[i], want[i])
		}
	}
}

// varying is what differs between two runs on one connection: random ids, and times.
var varying = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d\d-\d\d [\d:.]+`)

func comparable(line string) string { return varying.ReplaceAllString(line, "…") }

// discovering is the family's policy, discovered but for what the catalog does not tell.
func discovering() softdelete.Policy {
	return softdelete.Policy{Discover: true, Journal: true, Tables: familyPolicy().Tables[:1]}
}

var execModes = []string{"cache_statement", "cache_describe", "describe_exec", "exec", "simple_protocol"}

// The five modes in which pgx sends statements make no difference.
func TestExecModesAgree(t *testing.T) {
	server := pgtemp.Shared(t)
	var want []string
	for _, mode := range execModes {
		t.Run(mode, func(t *testing.T) {
			dsn := familyDatabase(t, server, "modes_"+mode)
			db := openOurs(t, dsn+"&default_query_exec_mode="+mode, discovering())
			got := (&script{t: t, db: db, prepares: true, discover: true}).run()
			if want == nil {
				want = got
				checkScript(t, want)
			}
			sameNotes(t, got, want)
		})
	}
}

// checkScript looks at what matters most, so that runs do not agree on nonsense.
func checkScript(t *testing.T, noted []string) {
	t.Helper()
	for _, want := range []string{
		"DELETE FROM users WHERE id = $1 => 1",
		"DELETE FROM users WHERE id = $1 => 0",
		"SELECT table_name, actor, reason, rows FROM softdelete_deletions ORDER BY 1, 4::text => [staff|ann|left|{\"staff\": 3} users|ann|left|{\"items\": 3, \"users\": 1, \"orders\": 2}]",
		"Restore => 6",
		"RestoreWhere => 3",
		"prepared SELECT => [1 2 3]",
		"SELECT id, email FROM users ORDER BY id => [9|newer]",
		"DELETE FROM pets WHERE id = 1 => 0",
		"SELECT id FROM pets ORDER BY id => [1 2]",
		"FETCH 2 FROM c => [1 2]",
	} {
		if !slices.Contains(noted, want) {
			t.Errorf("the script did not note: %s", want)
		}
	}
	for _, want := range []string{" => 23503 update or delete on table \"orders\" violates", " => 23503 insert or update on table", " => 23505 ", " => 25006 ", "refused TRUNCATE"} {
		if !slices.ContainsFunc(noted, func(line string) bool { return strings.Contains(line, want) }) {
			t.Errorf("the script noted nothing with: %s", want)
		}
	}
	if t.Failed() {
		t.Log(strings.Join(noted, "\n"))
	}
}
