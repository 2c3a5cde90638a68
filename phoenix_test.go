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

const risingSchema = `
CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL, age int DEFAULT 7, upper text GENERATED ALWAYS AS (upper(email)) STORED,
	updated_at timestamptz NOT NULL DEFAULT '2020-01-01', deleted_at timestamptz, deletion_id uuid);
CREATE TABLE orders (id int PRIMARY KEY, user_id int REFERENCES users ON DELETE CASCADE, deleted_at timestamptz, deletion_id uuid);
CREATE TABLE "Pair" (a int, "B" text, note text DEFAULT 'none', gone boolean NOT NULL DEFAULT false, PRIMARY KEY (a, "B"));
CREATE TABLE parts (day int, id int, note text, deleted_at timestamptz, PRIMARY KEY (day, id)) PARTITION BY LIST (day);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES IN (1);
CREATE TABLE parts_2 PARTITION OF parts FOR VALUES IN (2);
INSERT INTO users (id, email) VALUES (1, 'ann'), (2, 'bob'), (3, 'cid');
INSERT INTO orders (id, user_id) VALUES (10, 1), (20, 2);
INSERT INTO "Pair" VALUES (1, 'x'), (1, 'y'), (2, 'x');
INSERT INTO parts VALUES (1, 1, 'a'), (2, 1, 'b');
`

func risingPolicy() softdelete.Policy {
	return softdelete.Policy{
		Journal: true,
		Tables: []softdelete.Table{
			{
				Name: "users", DeletionID: "deletion_id", UpdatedAt: "updated_at", OnBlocked: softdelete.Phoenix,
				Columns: []string{"id", "email", "age", "updated_at", "deleted_at", "deletion_id"},
			},
			{Name: "orders", DeletionID: "deletion_id", OnBlocked: softdelete.Phoenix, Columns: []string{"deletion_id", "deleted_at", "user_id", "id"}},
			{Name: "Pair", Column: "gone", Marker: softdelete.Flag, PrimaryKey: []string{"a", "B"}, OnBlocked: softdelete.Phoenix, Columns: []string{"a", "B", "note", "gone"}},
			{Name: "parts", PrimaryKey: []string{"day", "id"}, OnBlocked: softdelete.Phoenix, Columns: []string{"day", "id", "note", "deleted_at"}},
		},
		ForeignKeys: []softdelete.ForeignKey{
			{Table: "orders", Columns: []string{"user_id"}, RefTable: "users", RefColumns: []string{"id"}, OnDelete: softdelete.Cascade},
		},
	}
}

func openRising(t *testing.T, p softdelete.Policy) (ours, plain *sql.DB) {
	t.Helper()
	dsn := pgtemp.NewDatabase(t)
	plain = openPlain(t, dsn)
	mustExec(t, plain, risingSchema+softdelete.JournalDDL+softdelete.ArchiveDDL)
	ours, err := softdelete.Open(dsn, p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ours.Close() })
	return ours, plain
}

// answered is what an application gets for a statement: the rows, or the number of
// rows, or the error.
func answered(db softdelete.Execer, text string, query bool) string {
	ctx := context.Background()
	state := func(err error) string {
		var pgErr *pgconn.PgError
		if errors.As(err, &pgErr) {
			return strings.Join([]string{pgErr.Code, pgErr.ConstraintName, pgErr.Message, pgErr.Detail}, "|")
		}
		return err.Error()
	}
	if !query {
		r, err := db.ExecContext(ctx, text)
		if err != nil {
			return state(err)
		}
		n, err := r.RowsAffected()
		return fmt.Sprint(n, err)
	}
	rows, err := db.QueryContext(ctx, text)
	if err != nil {
		return state(err)
	}
	defer rows.Close()
	columns, _ := rows.Columns()
	out := strings.Join(columns, ",")
	for rows.Next() {
		vals := make([]any, len(columns))
		for i := range vals {
			vals[i] = new(sql.NullString)
		}
		if err := rows.Scan(vals...); err != nil {
			return err.Error()
		}
		for _, v := range vals {
			s, _ := v.(*sql.NullString)
			out += fmt.Sprintf(" %q/%t", s.String, s.Valid)
		}
	}
	if err := rows.Err(); err != nil {
		return state(err)
	}
	return out
}

// A new row with the key of a deleted one is what it is where deletes are real.
func TestPhoenix(t *testing.T) {
	p := risingPolicy()
	p.Tables[0].UpdatedAt = "" // the twin has nothing that would touch it
	ours, plain := openRising(t, p)
	twin := openPlain(t, pgtemp.NewDatabase(t))
	mustExec(t, twin, risingSchema)
	for _, text := range []string{
		`DELETE FROM users WHERE id = 1`,
		`INSERT INTO users (id, email) VALUES (1, 'new')`,
		`INSERT INTO users (id, email) VALUES (1, 'newer')`, // 23505, of a live row
		`DELETE FROM users WHERE id = 1`,
		`INSERT INTO users AS u (id, email, age) SELECT n, 'again' || n, NULL FROM generate_series(0, 1) AS n RETURNING u.id, email || '!', age, upper`,
		`DELETE FROM users WHERE id IN (1, 2)`,
		`INSERT INTO users (id, email) VALUES (1, 'one'), (3, 'three'), (2, 'two') ON CONFLICT (id) DO NOTHING RETURNING id`,
		`DELETE FROM users WHERE id IN (1, 2)`,
		`INSERT INTO users (id, email) VALUES (1, 'eins'), (3, 'drei') ON CONFLICT (id) DO UPDATE SET email = users.email || excluded.email, age = users.age + 1 RETURNING *`,
		`INSERT INTO users AS u (id, email) VALUES (2, 'zwei'), (3, 'drei') ON CONFLICT (id) DO UPDATE SET email = excluded.email WHERE u.id > 5`,
		`INSERT INTO orders (id, user_id) VALUES (10, 1), (20, 2), (30, 3)`,
		`INSERT INTO orders (id, user_id) VALUES (40, 77)`, // 23503, by PostgreSQL's own
		`DELETE FROM users WHERE id = 3`,
		`INSERT INTO orders (id, user_id) VALUES (30, 3)`, // 23503, by ours
		`INSERT INTO orders (id, user_id) VALUES (30, 1) RETURNING user_id`,
		`WITH a AS (INSERT INTO users (id, email) VALUES (3, 'with') RETURNING id, email) SELECT count(*), max(email) FROM a`,
		`DELETE FROM "Pair" WHERE a = 1`,
		`INSERT INTO "Pair" VALUES (1, 'x', 'p'), (1, 'y', DEFAULT)`,
		`INSERT INTO "Pair" (a, "B") VALUES (2, 'x')`,
		`DELETE FROM "Pair"`,
		`INSERT INTO "Pair" ("B", a) VALUES ('x', 1) ON CONFLICT ("B", a) DO NOTHING`,
		`DELETE FROM parts`,
		`INSERT INTO parts VALUES (1, 1, 'c'), (2, 1, 'd') RETURNING day, note`,
		`INSERT INTO parts VALUES (2, 1, 'e')`, // 23505, named as the partition's key
		`INSERT INTO users (id, email) VALUES (3, NULL)`,
		`DELETE FROM users WHERE id = 3`,
		`INSERT INTO users (id, email) VALUES (3, NULL)`,
		`INSERT INTO users DEFAULT VALUES`,
	} {
		query := strings.Contains(text, "RETURNING") || strings.HasPrefix(text, "WITH")
		got, want := answered(ours, text, query), answered(twin, text, query)
		if got != want && !strings.HasPrefix(want, "23502|") { // its detail is the whole row
			t.Errorf("%s\ngot  %s\nwant %s", text, got, want)
		}
		for _, all := range []string{
			`SELECT id, email, age, upper FROM users ORDER BY id`, `SELECT id, user_id FROM orders ORDER BY id`,
			`SELECT a, "B", note FROM "Pair" ORDER BY a, "B"`, `SELECT tableoid::regclass, * FROM parts ORDER BY day, id`,
		} {
			if got, want := answered(ours, all, true), answered(twin, all, true); got != want {
				t.Fatalf("after %s\ngot  %s\nwant %s", text, got, want)
			}
		}
	}
	// What was replaced is kept.
	equalText(t, "archived users", all(t, plain, `SELECT concat_ws(' ', key ->> 'id', data ->> 'email', data ->> 'upper', data ->> 'deleted_at' IS NOT NULL, deletion_id = (data ->> 'deletion_id')::uuid)
		FROM deletion_records WHERE table_name = 'users' ORDER BY id`),
		"1 ann ANN t t,1 new NEW t t,1 again1 AGAIN1 t t,2 bob BOB t t,1 one ONE t t,2 two TWO t t,3 ciddrei CIDDREI t t")
	equalText(t, "archived pairs", all(t, plain, `SELECT key::text FROM deletion_records WHERE table_name = 'Pair' ORDER BY id LIMIT 2`), `{"B": "x", "a": 1},{"B": "y", "a": 1}`)
}

// Two new rows of one key are one row too many, and not two updates of a deleted one.
func TestPhoenixTwice(t *testing.T) {
	ours, _ := openRising(t, risingPolicy())
	mustExec(t, ours, `DELETE FROM users WHERE id = 1`)
	for _, text := range []string{`INSERT INTO users (id, email) VALUES (1, 'a'), (1, 'b')`, `INSERT INTO users (id, email) VALUES (9, 'a'), (9, 'b')`} {
		if got := answered(ours, text, false); !strings.HasPrefix(got, "23505|") {
			t.Errorf("%s: %s", text, got)
		}
	}
	if got := answered(ours, `INSERT INTO users (id, email) VALUES (9, 'a'), (9, 'b') ON CONFLICT (id) DO NOTHING`, false); !strings.HasPrefix(got, "21000|") {
		t.Error(got)
	}
}

// A restore does not give the children of a replaced row to the new one.
func TestPhoenixIsNotRestored(t *testing.T) {
	ours, _ := openRising(t, risingPolicy())
	ctx := context.Background()
	mustExec(t, ours, `DELETE FROM users WHERE id = 1`)
	mustExec(t, ours, `INSERT INTO users (id, email) VALUES (1, 'new')`)
	if n, err := softdelete.Restore(ctx, ours, "orders", 10); !errors.Is(err, softdelete.ErrRefused) {
		t.Errorf("the order of the former user is restored: %d, %v", n, err)
	}
	equalText(t, "orders", all(t, ours, `SELECT id FROM orders ORDER BY id`), "20")
	mustExec(t, ours, `DELETE FROM users WHERE id = 1`)
	if n, err := softdelete.Restore(ctx, ours, "users", 1); n != 1 || err != nil {
		t.Errorf("the new user: %d, %v", n, err)
	}
	equalText(t, "users", all(t, ours, `SELECT email FROM users WHERE id = 1`), "new")
}

// GORM's Save: an UPDATE, and if that hits no row an upsert of all columns.
func TestPhoenixAndSave(t *testing.T) {
	ours, _ := openRising(t, risingPolicy())
	mustExec(t, ours, `DELETE FROM users WHERE id = 1`)
	if n := mustExec(t, ours, `UPDATE users SET email = 'saved', age = 9, deleted_at = $1 WHERE id = 1 AND deleted_at IS NULL`, nil); n != 0 {
		t.Errorf("%d deleted rows are updated", n)
	}
	mustExec(t, ours, `INSERT INTO users (email, age, deleted_at, id) VALUES ('saved', 9, $1, 1)
		ON CONFLICT (id) DO UPDATE SET email = excluded.email, age = excluded.age, deleted_at = excluded.deleted_at`, nil)
	equalText(t, "users", all(t, ours, `SELECT concat_ws(' ', email, age) FROM users WHERE id = 1`), "saved 9")
	equalText(t, "orders", all(t, ours, `SELECT id FROM orders ORDER BY id`), "20")
	equalText(t, "archive", all(t, ours, `SELECT data ->> 'email' FROM deletion_records`), "ann")
}

// What the policy says of a table must be what the table is.
func TestPhoenixAndOtherColumns(t *testing.T) {
	p := risingPolicy()
	ours, plain := openRising(t, p)
	mustExec(t, ours, `DELETE FROM users WHERE id = 1`)
	mustExec(t, plain, `ALTER TABLE users ADD secret text DEFAULT 'of the deleted one'`)
	_, err := ours.Exec(`INSERT INTO users (id, email) VALUES (1, 'new')`)
	if !errors.Is(err, softdelete.ErrRefused) || !strings.Contains(err.Error(), "other columns") {
		t.Errorf("a column that the policy does not know: %v", err)
	}
	mustExec(t, ours, `INSERT INTO users (id, email) VALUES (4, 'new')`) // nothing is in its way
	mustExec(t, plain, `ALTER TABLE users DROP secret, DROP age`)
	if got := answered(ours, `INSERT INTO users (id, email) VALUES (1, 'new')`, false); !strings.HasPrefix(got, "42703|") {
		t.Errorf("a column that is gone: %s", got)
	}
}

// A row that another transaction deletes is not what this statement has read.
func TestPhoenixOfARowThatMoved(t *testing.T) {
	ours, plain := openRising(t, risingPolicy())
	ctx := context.Background()
	tx, err := ours.BeginTx(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(`DELETE FROM users WHERE id = 3`); err != nil {
		t.Fatal(err)
	}
	done := make(chan string)
	go func() { done <- answered(ours, `INSERT INTO users (id, email) VALUES (3, 'new')`, false) }()
	waitFor(t, plain, `SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`)
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	if got := <-done; !strings.HasPrefix(got, "40001|") {
		t.Errorf("got %s", got)
	}
	mustExec(t, ours, `INSERT INTO users (id, email) VALUES (3, 'new')`)
	equalText(t, "archive", all(t, ours, `SELECT data ->> 'email' FROM deletion_records`), "cid")
}

// waitFor returns once the query says true.
func waitFor(t *testing.T, db *sql.DB, query string) {
	t.Helper()
	for all(t, db, query) != "true" {
		if t.Context().Err() != nil {
			t.Fatal("waited in vain")
		}
	}
}

func TestUpdatedAt(t *testing.T) {
	ours, plain := openRising(t, risingPolicy())
	mustExec(t, plain, `INSERT INTO users (id, email) VALUES (4, 'dan')`)
	touched := `SELECT id FROM users WHERE updated_at > '2026-01-01' ORDER BY id`
	for _, step := range []struct{ text, want string }{
		{`UPDATE users SET age = 1 WHERE id = 1`, "1"},
		{`UPDATE users AS u SET age = o.id, email = (u.id IS DISTINCT FROM o.id)::text FROM orders AS o WHERE u.id = o.user_id AND u.id = 2`, "1,2"},
		{`UPDATE users SET updated_at = '2020-01-01'`, ""},
		{`UPDATE users SET (age, email) = (3, 'c') WHERE id = 3 RETURNING id`, "3"},
		{`INSERT INTO users (id, email) VALUES (1, 'x'), (5, 'e') ON CONFLICT (id) DO UPDATE SET email = excluded.email`, "1,3"},
		{`MERGE INTO users AS u USING (VALUES (2)) AS v (id) ON u.id = v.id WHEN MATCHED THEN UPDATE SET age = 5 WHEN NOT MATCHED THEN DO NOTHING`, "1,2,3"},
		{`UPDATE users SET updated_at = '2020-01-01'`, ""},
		{`DELETE FROM users WHERE id = 4`, ""},
	} {
		mustExec(t, ours, step.text)
		equalText(t, step.text, all(t, ours, touched), step.want)
	}
	if n, err := softdelete.Restore(t.Context(), ours, "users", 4); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	equalText(t, "restored", all(t, ours, touched), "")
}

// The database must be as the policy says, and Discover finds out how it is.
func TestPhoenixMeetsTheDatabase(t *testing.T) {
	dsn := pgtemp.NewDatabase(t)
	plain := openPlain(t, dsn)
	mustExec(t, plain, risingSchema+softdelete.JournalDDL+softdelete.ArchiveDDL)
	ctx := t.Context()
	if err := softdelete.Check(ctx, plain, risingPolicy()); err != nil {
		t.Error(err)
	}
	p := risingPolicy()
	p.Tables[0].Columns = []string{"id", "email", "upper", "updated_at", "deleted_at", "deletion_id"}
	err := softdelete.Check(ctx, plain, p)
	for _, want := range []string{
		`tables[0].columns: column public.users.age is not listed, and a new row would keep what a deleted one has there; list it, or set discover: true`,
		`tables[0].columns: an INSERT into public.users cannot write column "upper"; remove it from the list`,
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in %v", want, err)
		}
	}
	p = risingPolicy()
	p.Tables[0].UpdatedAt, p.Tables[1].UpdatedAt = "age", "touched"
	p.Tables[1].OnBlocked = softdelete.Error
	err = softdelete.Check(ctx, plain, p)
	for _, want := range []string{
		"tables[0].updated_at: column public.users.age cannot be set to a time; name a column of type timestamptz",
		`tables[1].updated_at: table public.orders has no column "touched"; add it (ALTER TABLE public.orders ADD COLUMN touched timestamptz)`,
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in %v", want, err)
		}
	}
	p = risingPolicy()
	p.Discover = true
	for i := range p.Tables {
		p.Tables[i].Columns = nil
	}
	db, err := softdelete.Open(dsn, p)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	mustExec(t, db, `DELETE FROM users WHERE id = 1`)
	mustExec(t, db, `ALTER TABLE users ADD secret text DEFAULT 'new'`)
	mustExec(t, plain, `UPDATE users SET secret = 'old'`)
	mustExec(t, db, `INSERT INTO users (id, email) VALUES (1, 'new')`)
	equalText(t, "secret", all(t, db, `SELECT secret FROM users WHERE id = 1`), "new")
	mustExec(t, plain, `DROP TABLE deletion_records`)
	if err := softdelete.Check(ctx, plain, risingPolicy()); err == nil || !strings.Contains(err.Error(), "the database has no table deletion_records; create it with ArchiveDDL") {
		t.Errorf("without the archive: %v", err)
	}
}

// An error may come behind rows that the server has sent already.
func TestErrorsBehindTheFirstRow(t *testing.T) {
	ours, _ := openRising(t, risingPolicy())
	mustExec(t, ours, `DELETE FROM users WHERE id = 3`)
	for text, want := range map[string]string{
		`INSERT INTO orders (id, user_id) VALUES (50, 1), (51, 3) RETURNING id`:                                              "23503|orders_user_id_fkey|",
		`INSERT INTO users (id, email) SELECT 10 - n, 'x' FROM generate_series(1, 9) AS n RETURNING id`:                      "23505|users_pkey|",
		`INSERT INTO users (id, email) VALUES (9, 'x'), (8, 'x') ON CONFLICT (id) DO UPDATE SET email = 'y' RETURNING email`: "email \"x\"/true \"x\"/true",
	} {
		if got := answered(ours, text, true); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s", text, got)
		}
	}
	for _, mode := range []pgx.QueryExecMode{pgx.QueryExecModeExec, pgx.QueryExecModeSimpleProtocol} {
		rows, err := ours.Query(`INSERT INTO orders (id, user_id) VALUES (60, 1), (61, 3) RETURNING id`, mode)
		n := 0
		if err == nil {
			for rows.Next() {
				n++
			}
			err = errors.Join(rows.Err(), rows.Close())
		}
		var pgErr *pgconn.PgError
		if !errors.As(err, &pgErr) || pgErr.Code != "23503" {
			t.Errorf("behind %d rows: %v", n, err)
		}
	}
}

// EXECUTE of what PREPARE fixed is what the statement itself is.
func TestExecuteOfACheckedStatement(t *testing.T) {
	ours, _ := openRising(t, risingPolicy())
	conn, err := ours.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, step := range []struct {
		text  string
		query bool
		want  string
	}{
		{`PREPARE del (int) AS DELETE FROM users WHERE id = $1`, false, "0 <nil>"},
		{`EXECUTE del (1)`, false, "1 <nil>"},
		{`EXECUTE del (2)`, true, ""},
		{`PREPARE ins (int, int) AS INSERT INTO orders (id, user_id) VALUES ($1, $2)`, true, ""},
		{`EXECUTE ins (50, 3)`, true, ""},
		{`EXECUTE ins (51, 1)`, true, "23503|orders_user_id_fkey|"},
		{`PREPARE one (int) AS INSERT INTO users (id, email) VALUES ($1, 'x')`, false, "0 <nil>"},
		{`EXECUTE one (1)`, true, ""},
		{`EXECUTE one (1)`, false, "23505|users_pkey|"},
		{`PREPARE ret (int) AS INSERT INTO users (id, email) VALUES ($1, 'x') RETURNING email`, false, "0 <nil>"},
		{`EXECUTE ret (2)`, true, `email "x"/true`},
		{`SELECT count(*) FROM users`, true, `count "3"/true`},
		{`SELECT count(*) FROM orders`, true, `count "1"/true`},
	} {
		if got := answered(conn, step.text, step.query); got != step.want && !(strings.HasSuffix(step.want, "|") && strings.HasPrefix(got, step.want)) {
			t.Errorf("%s: got %s, want %s", step.text, got, step.want)
		}
	}
}

// A key that foreign keys refer to holds for deleted rows too.
func TestPhoenixByAReferencedKey(t *testing.T) {
	const schema = `CREATE TABLE teams (id int PRIMARY KEY, code text UNIQUE, name text, deleted_at timestamptz);
		CREATE TABLE players (id int PRIMARY KEY, team text REFERENCES teams (code) ON DELETE CASCADE, deleted_at timestamptz);
		INSERT INTO teams VALUES (1, 'a', 'A'), (2, 'b', 'B'); INSERT INTO players VALUES (1, 'a'), (2, 'b');`
	dsn := pgtemp.NewDatabase(t)
	plain, twin := openPlain(t, dsn), openPlain(t, pgtemp.NewDatabase(t))
	mustExec(t, plain, schema+softdelete.JournalDDL+softdelete.ArchiveDDL)
	mustExec(t, twin, schema)
	db, err := softdelete.Open(dsn, softdelete.Policy{
		Journal: true,
		Tables: []softdelete.Table{
			{Name: "teams", OnBlocked: softdelete.Phoenix, Columns: []string{"id", "code", "name", "deleted_at"}},
			{Name: "players"},
		},
		ForeignKeys: []softdelete.ForeignKey{
			{Table: "players", Columns: []string{"team"}, RefTable: "teams", RefColumns: []string{"code"}, OnDelete: softdelete.Cascade},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, text := range []string{
		`DELETE FROM teams WHERE id = 1`,
		`INSERT INTO teams (id, code) VALUES (7, 'a') ON CONFLICT (code) DO UPDATE SET name = 'again' RETURNING id, name`,
		`INSERT INTO teams (id, code) VALUES (8, 'a'), (9, 'b') ON CONFLICT (code) DO UPDATE SET name = excluded.code || teams.name RETURNING id, name`,
		`DELETE FROM teams WHERE id = 2`,
		`INSERT INTO teams (id, code, name) VALUES (9, 'b', 'new') ON CONFLICT (code) DO NOTHING RETURNING id, name`,
		`SELECT id, code, name FROM teams ORDER BY id`,
		`SELECT id FROM players`,
	} {
		query := strings.Contains(text, "RETURNING") || strings.HasPrefix(text, "SELECT")
		if got, want := answered(db, text, query), answered(twin, text, query); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", text, got, want)
		}
	}
	equalText(t, "archive", all(t, plain, `SELECT concat_ws(' ', key, data ->> 'name') FROM deletion_records ORDER BY id`), `{"id": 1} A,{"id": 2} bB`) // as it was, when it was deleted
}

// A unique constraint may be named instead of its columns, and may be any that holds
// deleted rows too.
func TestPhoenixByAUniqueKey(t *testing.T) {
	const schema = `CREATE TABLE teams (id int PRIMARY KEY, code text, city text, name text, deleted_at timestamptz,
			CONSTRAINT "by Code" UNIQUE (code), CONSTRAINT place UNIQUE (city, name), CONSTRAINT later UNIQUE (name) DEFERRABLE,
			CONSTRAINT nullable UNIQUE NULLS NOT DISTINCT (id, city));
		CREATE UNIQUE INDEX partly ON teams (city) WHERE name = 'X';
		INSERT INTO teams VALUES (1, 'a', 'x', 'A'), (2, 'b', 'y', 'B'), (3, NULL, NULL, NULL);`
	keys := []softdelete.UniqueKey{
		{Name: "teams_pkey", Columns: []string{"id"}},
		{Name: "by Code", Columns: []string{"code"}},
		{Name: "place", Columns: []string{"city", "name"}},
	}
	statements := []string{
		`DELETE FROM teams`,
		`INSERT INTO teams (id, code) VALUES (7, 'a') ON CONFLICT ON CONSTRAINT "by Code" DO UPDATE SET name = 'again' RETURNING id, name`,
		`INSERT INTO teams (id, code) VALUES (8, 'a'), (9, 'c') ON CONFLICT ON CONSTRAINT "by Code" DO UPDATE SET name = excluded.code || teams.code RETURNING id, name`,
		`INSERT INTO teams (id, name) VALUES (2, 'new'), (7, 'no') ON CONFLICT ON CONSTRAINT teams_pkey DO NOTHING`,
		`INSERT INTO teams (id, name) VALUES (3, 'three') ON CONFLICT ON CONSTRAINT teams_pkey DO UPDATE SET name = 'no'`,
		`DELETE FROM teams WHERE id = 2`,
		`INSERT INTO teams (id, city, name) VALUES (20, 'y', 'N') ON CONFLICT (name, city) DO NOTHING`,
		`DELETE FROM teams WHERE id = 20`,
		`INSERT INTO teams (id, city, name) VALUES (21, 'y', 'N') ON CONFLICT (name, city) DO UPDATE SET code = 'no' RETURNING id`,
		`INSERT INTO teams (id, city, name) VALUES (22, 'y', 'N') ON CONFLICT ON CONSTRAINT place DO UPDATE SET code = 'yes' RETURNING id`,
		`INSERT INTO teams (id) VALUES (22) ON CONFLICT ON CONSTRAINT nowhere DO NOTHING`,
		`SELECT id, code, city, name FROM teams ORDER BY id`,
	}
	for name, p := range map[string]softdelete.Table{
		"listed":     {Name: "teams", OnBlocked: softdelete.Phoenix, Columns: []string{"id", "code", "city", "name", "deleted_at"}, UniqueKeys: keys},
		"discovered": {Name: "teams", OnBlocked: softdelete.Phoenix},
	} {
		t.Run(name, func(t *testing.T) {
			dsn := pgtemp.NewDatabase(t)
			plain, twin := openPlain(t, dsn), openPlain(t, pgtemp.NewDatabase(t))
			mustExec(t, plain, schema+softdelete.ArchiveDDL)
			mustExec(t, twin, schema)
			policy := softdelete.Policy{Tables: []softdelete.Table{p}, Discover: name == "discovered"}
			complete, err := softdelete.Complete(t.Context(), plain, policy)
			if err != nil {
				t.Fatal(err)
			}
			equalText(t, "keys", fmt.Sprint(complete.Tables[0].UniqueKeys), fmt.Sprint(keys))
			db, err := softdelete.Open(dsn, policy)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			for _, text := range statements {
				query := strings.Contains(text, "RETURNING") || strings.HasPrefix(text, "SELECT")
				if got, want := answered(db, text, query), answered(twin, text, query); got != want {
					t.Errorf("%s\ngot  %s\nwant %s", text, got, want)
				}
			}
			equalText(t, "archive", all(t, plain, `SELECT concat_ws(' ', key, data ->> 'code') FROM deletion_records ORDER BY key ->> 'id'`), `{"id": 1} a,{"id": 2} b,{"id": 20},{"id": 3}`)
			if got := answered(db, `INSERT INTO teams (id) VALUES (50) ON CONFLICT ON CONSTRAINT nullable DO NOTHING`, false); got != "1 <nil>" {
				t.Errorf("no conflict with a key that no policy lists: %s", got)
			}
		})
	}
}

// A key that the database does not have in this form is an error when it is first met.
func TestUniqueKeysMeetTheDatabase(t *testing.T) {
	dsn := pgtemp.NewDatabase(t)
	plain := openPlain(t, dsn)
	mustExec(t, plain, `CREATE TABLE teams (id int PRIMARY KEY, code text UNIQUE, name text UNIQUE NULLS NOT DISTINCT, city text UNIQUE DEFERRABLE, deleted_at timestamptz)`+";"+softdelete.ArchiveDDL)
	p := softdelete.Policy{Tables: []softdelete.Table{{
		Name: "teams", OnBlocked: softdelete.Phoenix, Columns: []string{"id", "code", "name", "city", "deleted_at"},
		UniqueKeys: []softdelete.UniqueKey{
			{Name: "teams_code_key", Columns: []string{"code"}},
			{Name: "teams_pkey", Columns: []string{"code"}},
			{Name: "teams_name_key", Columns: []string{"name"}},
			{Name: "teams_city_key", Columns: []string{"city"}},
		},
	}}}
	err := softdelete.Check(t.Context(), plain, p)
	if err == nil {
		t.Fatal("accepted")
	}
	const remedy = "over all rows and (%s) that ON CONFLICT can use; correct or remove it; partial indexes, deferrable ones and those with NULLS NOT DISTINCT do not belong here"
	var want []string
	for i, k := range p.Tables[0].UniqueKeys[1:] {
		want = append(want, fmt.Sprintf("softdelete: policy: tables[0].unique_keys[%d]: public.teams has no unique key %s "+remedy, i+1, k.Name, k.Columns[0]))
	}
	equalText(t, "error", err.Error(), strings.Join(want, "\n"))
}

// NULLs that a referenced key does not distinguish would be lost to the archive.
func TestPhoenixByANullKey(t *testing.T) {
	dsn := pgtemp.NewDatabase(t)
	plain := openPlain(t, dsn)
	mustExec(t, plain, `CREATE TABLE teams (id int PRIMARY KEY, code text UNIQUE NULLS NOT DISTINCT, deleted_at timestamptz);
		CREATE TABLE players (id int PRIMARY KEY, team text REFERENCES teams (code), deleted_at timestamptz);
		INSERT INTO teams VALUES (1, NULL, now()), (2, 'b', now());`+softdelete.JournalDDL+softdelete.ArchiveDDL)
	db, err := softdelete.Open(dsn, softdelete.Policy{
		Journal:     true,
		Tables:      []softdelete.Table{{Name: "teams", OnBlocked: softdelete.Phoenix, Columns: []string{"id", "code", "deleted_at"}}, {Name: "players"}},
		ForeignKeys: []softdelete.ForeignKey{{Table: "players", Columns: []string{"team"}, RefTable: "teams", RefColumns: []string{"code"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	equalText(t, "with a value", answered(db, `INSERT INTO teams (id, code) VALUES (8, 'b') ON CONFLICT (code) DO NOTHING`, false), "1 <nil>")
	_, err = db.Exec(`INSERT INTO teams (id) VALUES (9) ON CONFLICT (code) DO NOTHING`)
	if err == nil || !strings.Contains(err.Error(), "refused INSERT on teams: the new row would take the place of a deleted one whose key is NULL") {
		t.Errorf("with NULL: %v", err)
	}
	equalText(t, "rows", all(t, plain, `SELECT id FROM teams ORDER BY id`), "1,8")
}

// A number that is always generated cannot be set, and a new row would keep the old one's.
func TestPhoenixLeavesGeneratedNumbers(t *testing.T) {
	dsn := pgtemp.NewDatabase(t)
	plain := openPlain(t, dsn)
	mustExec(t, plain, `CREATE TABLE teams (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, code text UNIQUE, deleted_at timestamptz);
		INSERT INTO teams (code, deleted_at) VALUES ('a', now()), ('b', now());`+softdelete.ArchiveDDL)
	db, err := softdelete.Open(dsn, softdelete.Policy{Tables: []softdelete.Table{{Name: "teams", OnBlocked: softdelete.Phoenix}}, Discover: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	got := answered(db, `INSERT INTO teams (code) VALUES ('a') ON CONFLICT (code) DO NOTHING`, false)
	if !strings.HasPrefix(got, "23505||duplicate key value violates a unique constraint of teams: a deleted row holds the key|") {
		t.Errorf("by the other key: %s", got)
	}
	equalText(t, "by the number", answered(db, `INSERT INTO teams (id, code) OVERRIDING SYSTEM VALUE VALUES (2, 'c') ON CONFLICT ON CONSTRAINT teams_pkey DO NOTHING`, false), "1 <nil>")
	equalText(t, "rows", all(t, plain, `SELECT concat(id, code, deleted_at IS NULL) FROM teams ORDER BY id`), "1af,2ct")
}
