package softdelete_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/softdelete-go/softdelete"
)

// erased is a report in short.
func erased(r softdelete.EraseReport) string {
	var list []string
	for _, t := range r.Tables {
		line := t.Table
		if t.Outside {
			line += " (outside)"
		}
		for _, p := range []struct {
			what string
			n    int64
		}{{"rows", t.Rows}, {"records", t.Records}, {"unlinked", t.Unlinked}, {"left", t.Left}} {
			if p.n > 0 {
				line += fmt.Sprintf(" %s %d", p.what, p.n)
			}
		}
		list = append(list, line)
	}
	if r.Links > 0 {
		list = append(list, fmt.Sprintf("links %d", r.Links))
	}
	return strings.Join(list, ", ")
}

func erase(t *testing.T, db *sql.DB, table string, key ...any) softdelete.EraseReport {
	t.Helper()
	r, err := softdelete.Erase(context.Background(), db, table, key...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// mentions lists the tables of a database that have a text anywhere in a row.
func mentions(t *testing.T, plain *sql.DB, text string) string {
	t.Helper()
	names := all(t, plain, `SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ORDER BY 1`)
	var found []string
	for name := range strings.SplitSeq(names, ",") {
		if n := all(t, plain, "SELECT count(*) FROM ONLY "+name+" AS x WHERE x::text LIKE '%' || $1 || '%'", text); n != "0" {
			found = append(found, name+" "+n)
		}
	}
	return strings.Join(found, ", ")
}

// everything is all rows of all tables.
func everything(t *testing.T, plain *sql.DB) string {
	t.Helper()
	names := all(t, plain, `SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ORDER BY 1`)
	return contents(t, plain, strings.Split(names, ",")...)
}

// deletion is the id of the only deletion with that reason.
func deletion(t *testing.T, plain *sql.DB, reason string) string {
	t.Helper()
	return all(t, plain, `SELECT id FROM softdelete_deletions WHERE reason = $1 AND part > 0`, reason)
}

// A marked user whose orders and items are archived: deleted, restored, deleted again.
func TestEraseMixed(t *testing.T) {
	plain, ours := archiveDatabase(t, `; UPDATE users SET name = 'secret' WHERE id = 1; UPDATE orders SET memo = 'secret', tags = '{secret}' WHERE user_id = 1; UPDATE items SET what = 'secret' WHERE order_id IN (1, 2);
ALTER TABLE softdelete_deletions ALTER COLUMN deleted_at SET DEFAULT clock_timestamp()`)
	ctx := softdelete.WithReason(softdelete.WithActor(t.Context(), "ann"), "left us")
	mustExecContext(t, ctx, ours, `DELETE FROM orders WHERE id = 1`)
	if _, err := softdelete.Restore(ctx, ours, "orders", 1); err != nil {
		t.Fatal(err)
	}
	mustExecContext(t, ctx, ours, `DELETE FROM items WHERE order_id = 2`)
	mustExecContext(t, ctx, ours, `DELETE FROM users WHERE id = 1`)
	mustExec(t, ours, `DELETE FROM orders WHERE id = 3`) // bob's
	equalText(t, "before", mentions(t, plain, "secret"), "public.deletion_records 3, public.users 1")

	before := everything(t, plain)
	want := "users rows 1, orders records 3, items records 5, links 2"
	r := erase(t, ours, "users", 1, softdelete.EraseDryRun())
	equalText(t, "dry run", erased(r), want)
	if !r.DryRun || r.Erased() != 9 || everything(t, plain) != before {
		t.Errorf("the dry run has changed something: %+v", r)
	}
	r, err := softdelete.Erase(softdelete.WithActor(ctx, "officer"), ours, "users", 1)
	if err != nil {
		t.Fatal(err)
	}
	equalText(t, "erase", erased(r), want)
	equalText(t, "left with the text", mentions(t, plain, "secret"), "")
	equalText(t, "left with its bytes", mentions(t, plain, fmt.Sprintf("%x", "secret")), "")
	equalText(t, "bob", all(t, plain, `SELECT concat_ws(' ', (SELECT count(*) FROM users), (SELECT count(*) FROM deletion_records WHERE restored_at IS NULL), (SELECT count(*) FROM softdelete_links))`), "1 2 1")
	equalText(t, "the journal", all(t, plain, `SELECT concat_ws(' ', table_name, actor, rows) FROM softdelete_deletions WHERE part = 0`), `users officer {"items": 5, "users": 1, "orders": 3}`)
	if len(r.Named) == 0 || r.Named[0].Actor != "ann" || r.Named[0].Reason != "left us" {
		t.Errorf("deletions that name somebody: %+v", r.Named)
	}
	equalText(t, "again", erased(erase(t, ours, "users", 1)), "")
	var refused *softdelete.RefusedError
	if n, err := softdelete.RestoreDeletion(ctx, ours, all(t, plain, `SELECT id FROM softdelete_deletions WHERE part = 0`)); !errors.As(err, &refused) {
		t.Errorf("restored %d rows of an erase, %v", n, err)
	}
	if n, err := softdelete.Restore(ctx, ours, "orders", 3); err != nil || n != 2 {
		t.Errorf("bob's order: %d rows, %v", n, err)
	}
}

// erasable is a rich schema: composite keys, a row that refers to itself, a circle, SET NULL
// and SET DEFAULT, tables outside the policy three deep, a Phoenix.
const erasable = `
CREATE TABLE people (id int PRIMARY KEY, name text, boss int REFERENCES people ON DELETE SET NULL, team int, deleted_at timestamptz, deletion_id uuid, why text);
CREATE TABLE teams (id int PRIMARY KEY, name text, lead int REFERENCES people ON DELETE CASCADE, deleted_at timestamptz, deletion_id uuid);
ALTER TABLE people ADD FOREIGN KEY (team) REFERENCES teams ON DELETE CASCADE;
CREATE TABLE accounts (tenant int, no text, owner int NOT NULL REFERENCES people ON DELETE CASCADE, up text, note text, deleted_at timestamptz, deletion_id uuid, PRIMARY KEY (tenant, no), FOREIGN KEY (tenant, up) REFERENCES accounts ON DELETE CASCADE);
CREATE TABLE moves (tenant int, no text, at timestamptz, text text, PRIMARY KEY (tenant, no, at), FOREIGN KEY (tenant, no) REFERENCES accounts);
CREATE TABLE posts (id int PRIMARY KEY, author int DEFAULT 0 REFERENCES people ON DELETE SET DEFAULT, editor int REFERENCES people ON DELETE SET NULL, body text);
CREATE TABLE invoices (id int PRIMARY KEY, person int REFERENCES people, text text, deleted_at timestamptz, deletion_id uuid);
CREATE TABLE visits (id int PRIMARY KEY, person int REFERENCES people ON DELETE CASCADE, page text);
CREATE TABLE clicks (id int PRIMARY KEY, visit int REFERENCES visits ON DELETE CASCADE, at text);
CREATE TABLE hints (id int PRIMARY KEY, click int REFERENCES clicks ON DELETE SET NULL, person int);
` + softdelete.JournalDDL + softdelete.HoldDDL + softdelete.ArchiveDDL

const erasablePolicy = `
journal: true
tables:
  - {name: people, deletion_id: deletion_id, reason: why, on_blocked: phoenix, columns: [id, name, boss, team, deleted_at, deletion_id, why]}
  - {name: teams, deletion_id: deletion_id}
  - {name: accounts, deletion_id: deletion_id, primary_key: [tenant, no]}
  - {name: moves, mode: archive, primary_key: [tenant, no, at]}
  - {name: posts, mode: archive}
  - {name: invoices, deletion_id: deletion_id}
foreign_keys:
  - {table: people, columns: [boss], ref_table: people, ref_columns: [id], on_delete: set_null}
  - {table: teams, columns: [lead], ref_table: people, ref_columns: [id], on_delete: cascade}
  - {table: people, columns: [team], ref_table: teams, ref_columns: [id], on_delete: cascade}
  - {table: accounts, columns: [owner], ref_table: people, ref_columns: [id], on_delete: cascade}
  - {table: accounts, columns: [tenant, up], ref_table: accounts, ref_columns: [tenant, no], on_delete: cascade}
  - {table: moves, columns: [tenant, no], ref_table: accounts, ref_columns: [tenant, no], on_delete: cascade}
  - {table: posts, columns: [author], ref_table: people, ref_columns: [id], on_delete: set_default}
  - {table: posts, columns: [editor], ref_table: people, ref_columns: [id], on_delete: set_null}
  - {table: invoices, columns: [person], ref_table: people, ref_columns: [id]}
  - {table: visits, columns: [person], ref_table: people, ref_columns: [id], on_delete: keep_visible}
  - {table: hints, columns: [person], ref_table: people, ref_columns: [id], on_delete: keep_visible}
`

func openErasable(t *testing.T) (ours, plain *sql.DB) {
	t.Helper()
	p, err := softdelete.LoadPolicy(strings.NewReader(erasablePolicy))
	if err != nil {
		t.Fatal(err)
	}
	ours, plain = openPurge(t, erasable, p)
	mustExec(t, plain, `
INSERT INTO people (id, name) VALUES (0, 'nobody'), (1, 'secret 1'), (2, 'other'), (3, 'third');
INSERT INTO teams VALUES (1, 'secret 1', 1), (2, 'others', 2);
UPDATE people SET team = id WHERE id IN (1, 2);
UPDATE people SET boss = 1 WHERE id IN (1, 2); UPDATE people SET boss = 2 WHERE id = 3;
INSERT INTO accounts VALUES (1, 'secret 1', 1, NULL, 'secret 1'), (1, 'secret 1b', 1, 'secret 1', ''), (2, 'x', 2, NULL, 'other');
INSERT INTO moves VALUES (1, 'secret 1', '2026-01-01 UTC', 'secret 1'), (1, 'secret 1', '2026-01-02 UTC', ''), (1, 'secret 1b', '2026-01-02 UTC', ''), (2, 'x', '2026-01-01 UTC', 'other');
INSERT INTO posts VALUES (1, 1, 2, 'kept'), (2, 2, 1, 'kept'), (3, 1, 1, 'kept'), (4, 2, 2, 'kept');
INSERT INTO invoices VALUES (1, 1, 'secret 1'), (2, 2, 'other');
INSERT INTO visits VALUES (1, 1, 'secret 1'), (2, 2, 'other');
INSERT INTO clicks VALUES (1, 1, 'secret 1'), (2, 2, 'other');
INSERT INTO hints VALUES (1, 1, 1), (2, 2, 2);`)
	return ours, plain
}

// others is what is to stay as it was, whatever is erased of person 1.
func others(t *testing.T, plain *sql.DB) string {
	t.Helper()
	return all(t, plain, `SELECT concat_ws(';', (SELECT string_agg((id, name, team)::text, ' ' ORDER BY id) FROM people WHERE id IN (0, 2, 3)), (SELECT string_agg(x::text, ' ' ORDER BY id) FROM teams AS x WHERE id = 2),
		(SELECT string_agg(x::text, ' ') FROM accounts AS x WHERE tenant = 2), (SELECT string_agg(x::text, ' ') FROM moves AS x WHERE tenant = 2), (SELECT string_agg(x::text, ' ') FROM posts AS x WHERE id = 4),
		(SELECT string_agg(x::text, ' ') FROM invoices AS x WHERE id = 2), (SELECT string_agg(x::text, ' ') FROM visits AS x WHERE id = 2), (SELECT string_agg(x::text, ' ') FROM clicks AS x WHERE id = 2), (SELECT string_agg(x::text, ' ') FROM hints AS x WHERE id = 2))`)
}

// A person who is live, with all that the schema has.
func TestEraseLive(t *testing.T) {
	ours, plain := openErasable(t)
	before, rest := everything(t, plain), others(t, plain)
	var refused *softdelete.RefusedError
	if r, err := softdelete.Erase(t.Context(), ours, "people", 1); !errors.As(err, &refused) || !strings.Contains(refused.Why, `the row {"id": 1} of invoices refers to it`) || len(r.Tables) > 0 {
		t.Errorf("with an invoice: %+v, %v", r, err)
	}
	if everything(t, plain) != before {
		t.Error("the refused erase has changed something")
	}
	mustExec(t, ours, `DELETE FROM invoices WHERE id = 1`)
	equalText(t, "erase", erased(erase(t, ours, "people", 1)),
		"people rows 1 unlinked 1, teams rows 1, accounts rows 2, moves rows 3, posts unlinked 4, invoices rows 1, hints (outside) unlinked 1 left 1, public.clicks (outside) rows 1, visits (outside) rows 1")
	equalText(t, "left", mentions(t, plain, "secret 1"), "")
	equalText(t, "others", others(t, plain), rest)
	equalText(t, "posts", all(t, plain, `SELECT concat_ws(' ', author, editor) FROM posts ORDER BY id`), "0 2,2,0,2 2")
}

// A person who has a past: each table's rows deleted and restored, references replaced, the
// key taken by a new one, a purge into the archive.
func TestErasePast(t *testing.T) {
	ours, plain := openErasable(t)
	rest := others(t, plain)
	ctx := softdelete.WithReason(t.Context(), "of secret 1")
	mustExec(t, ours, `DELETE FROM posts WHERE id = 3`)
	for _, text := range []string{
		`DELETE FROM moves WHERE no = 'secret 1' AND at < '2026-01-02 UTC'`,
		`DELETE FROM invoices WHERE person = 1`,
		`DELETE FROM people WHERE id = 1`,
	} {
		mustExecContext(t, ctx, ours, text)
	}
	// A new one in the place of the old one, deleted as well.
	mustExecContext(t, ctx, ours, `INSERT INTO people (id, name) VALUES (1, 'secret 1 again')`)
	mustExecContext(t, ctx, ours, `INSERT INTO accounts VALUES (3, 'secret 1', 1)`)
	mustExec(t, ours, `DELETE FROM accounts WHERE tenant = 3`) // whose rows will not tell, when they are back
	if _, err := softdelete.Restore(ctx, ours, "accounts", 3, "secret 1"); err != nil {
		t.Fatal(err)
	}
	mustExecContext(t, ctx, ours, `DELETE FROM people WHERE id = 1`)
	age(t, plain, 100, "accounts", "invoices", "softdelete_deletions")
	purge(t, ours, softdelete.PurgeOptions{OlderThan: 90 * day, Tables: []string{"invoices", "accounts"}, IntoArchive: true})
	// Records of moves, which could be restored, refer to two of the accounts: these stay.
	equalText(t, "before", mentions(t, plain, "secret 1"), "public.accounts 2, public.clicks 1, public.deletion_records 6, public.people 1, public.softdelete_deletions 4, public.teams 1, public.visits 1")

	// The time zone of a session does not matter to keys with times.
	mustExec(t, plain, fmt.Sprintf(`ALTER DATABASE %s SET timezone = 'Asia/Tokyo'`, all(t, plain, `SELECT current_database()`)))
	ours.SetMaxIdleConns(0)
	ours.SetMaxIdleConns(2)
	equalText(t, "erase", erased(erase(t, ours, "people", 1, softdelete.EraseReasons())),
		"people rows 1 records 1, teams rows 1, accounts rows 2 records 1, moves records 3, posts unlinked 2, invoices records 1, hints (outside) unlinked 1 left 1, public.clicks (outside) rows 1, visits (outside) rows 1, links 3")
	equalText(t, "left", mentions(t, plain, "secret 1"), "")
	mustExec(t, plain, `ALTER DATABASE `+all(t, plain, `SELECT current_database()`)+` RESET timezone`)
	equalText(t, "others", others(t, plain), rest)
	// What was deleted and only referred to the person comes back without it.
	if n, err := softdelete.Restore(ctx, ours, "posts", 3); err != nil || n != 1 {
		t.Errorf("post: %d, %v", n, err)
	}
	equalText(t, "posts", all(t, plain, `SELECT concat_ws(' ', id, author, editor) FROM posts ORDER BY id`), "1 0 2,2 2,3 0,4 2 2")
}

func TestEraseHeld(t *testing.T) {
	for _, c := range []struct{ name, del string }{
		{"its own deletion", `DELETE FROM people WHERE id = 1`},
		{"that of a row which goes with it", `DELETE FROM moves WHERE text = 'secret 1'`},
		{"that of a row which came back", `DELETE FROM accounts WHERE tenant = 1`},
		{"that of a row whose references it had", `DELETE FROM people WHERE id = 2`},
	} {
		t.Run(c.name, func(t *testing.T) {
			ours, plain := openErasable(t)
			mustExec(t, ours, `DELETE FROM invoices`+` WHERE true`)
			mustExec(t, ours, `UPDATE people SET boss = 2 WHERE id = 1`)
			mustExecContext(t, softdelete.WithReason(t.Context(), "held"), ours, c.del)
			id := deletion(t, plain, "held")
			if strings.Contains(c.name, "came back") {
				if _, err := softdelete.RestoreDeletion(t.Context(), ours, id); err != nil {
					t.Fatal(err)
				}
				// Marked rows have forgotten it. The archived ones' records have not.
			}
			if err := softdelete.Hold(t.Context(), ours, id, "case 7"); err != nil {
				t.Fatal(err)
			}
			before := everything(t, plain)
			var refused *softdelete.RefusedError
			if _, err := softdelete.Erase(t.Context(), ours, "people", 1); !errors.As(err, &refused) || !strings.Contains(refused.Why, "deletion "+id) {
				t.Errorf("erased a held one: %v", err)
			}
			if everything(t, plain) != before {
				t.Error("something has changed")
			}
			if _, err := softdelete.Release(t.Context(), ours, id); err != nil {
				t.Fatal(err)
			}
			if r := erase(t, ours, "people", 1); r.Erased() == 0 {
				t.Errorf("after the release: %+v", r)
			}
			equalText(t, "left", mentions(t, plain, "secret 1"), "")
		})
	}
}

func TestEraseRefused(t *testing.T) {
	ours, plain := openErasable(t)
	for _, c := range []struct {
		table string
		key   []any
		why   string
	}{
		{"pets", []any{1}, "it is not a table of the policy"},
		{"accounts", []any{1}, "its key is (tenant, no), and the number of values given is 1"},
		{"people", nil, "its key is (id), and the number of values given is 0"},
	} {
		var refused *softdelete.RefusedError
		if _, err := softdelete.Erase(t.Context(), ours, c.table, c.key...); !errors.As(err, &refused) || !strings.Contains(refused.Why, c.why) {
			t.Errorf("%s %v: %v", c.table, c.key, err)
		}
	}
	equalText(t, "no such row", erased(erase(t, ours, "people", 99)), "")
	equalText(t, "an entry of nothing", all(t, plain, `SELECT count(*) FROM softdelete_deletions`), "0")
	mustExec(t, plain, `DELETE FROM invoices; CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$; CREATE TRIGGER keep BEFORE DELETE ON moves FOR EACH ROW EXECUTE FUNCTION keep()`)
	before := everything(t, plain)
	var refused *softdelete.RefusedError
	if _, err := softdelete.Erase(t.Context(), ours, "people", 1); err == nil {
		t.Error("a trigger keeps a row, and nobody says so")
	} else if errors.As(err, &refused) && !strings.Contains(refused.Why, "3 of 3 rows stayed") {
		t.Error(err)
	}
	if everything(t, plain) != before {
		t.Error("something has changed")
	}
}

// Rows that come to refer to the erased one while it waits for their transaction go, too;
// those that come when it is locked find nobody.
func TestEraseBesideInserts(t *testing.T) {
	ours, plain := openErasable(t)
	mustExec(t, ours, `DELETE FROM invoices WHERE person = 1`)
	begin := func(texts ...string) *sql.Tx {
		tx, err := plain.Begin()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = tx.Rollback() })
		for _, text := range texts {
			if _, err := tx.Exec(text); err != nil {
				t.Fatal(err)
			}
		}
		return tx
	}
	early := begin(`INSERT INTO accounts VALUES (9, 'secret 1', 1)`, `INSERT INTO moves VALUES (9, 'secret 1', now(), 'secret 1')`, `UPDATE visits SET person = 1, page = 'secret 1' WHERE id = 2`)
	reader := begin(`SELECT FROM clicks WHERE id = 1 FOR UPDATE`)
	done, late := make(chan error, 1), make(chan error, 1)
	go func() {
		_, err := softdelete.Erase(context.Background(), ours, "people", 1)
		done <- err
	}()
	waitBlocked(t, plain, 1) // for the early ones
	if err := early.Commit(); err != nil {
		t.Fatal(err)
	}
	// It waits for the reader now, and has locked the person.
	for start := time.Now(); all(t, plain, `SELECT count(*) FROM (SELECT FROM people WHERE id = 1 FOR UPDATE SKIP LOCKED) AS x`) != "0"; time.Sleep(5 * time.Millisecond) {
		if time.Since(start) > patience {
			t.Fatal("the person is not locked")
		}
	}
	go func() {
		_, err := plain.Exec(`INSERT INTO accounts VALUES (8, 'secret 1', 1)`)
		late <- err
	}()
	waitBlocked(t, plain, 2)
	if err := reader.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	var pgErr *pgconn.PgError
	if err := <-late; !errors.As(err, &pgErr) || pgErr.Code != "23503" {
		t.Errorf("a row that refers to an erased one: %v", err)
	}
	equalText(t, "left", mentions(t, plain, "secret 1"), "")
	equalText(t, "visits", all(t, plain, `SELECT count(*) FROM visits`), "0")
}

// A row that comes back while the erase waits for its record is found by a second look.
func TestEraseBesideRestore(t *testing.T) {
	ours, plain := openErasable(t)
	mustExec(t, ours, `DELETE FROM posts WHERE id = 3`)
	tx, err := ours.Begin()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tx.Rollback() })
	if n, err := softdelete.Restore(t.Context(), tx, "posts", 3); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	type result struct {
		softdelete.EraseReport
		error
	}
	done := make(chan result, 1)
	go func() {
		r, err := softdelete.Erase(context.Background(), ours, "posts", 3)
		done <- result{r, err}
	}()
	waitBlocked(t, plain, 1)
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	r := <-done
	if r.error != nil || erased(r.EraseReport) != "posts rows 1 records 1" {
		t.Errorf("%s, %v", erased(r.EraseReport), r.error)
	}
	equalText(t, "left", all(t, plain, `SELECT count(*) FROM posts WHERE id = 3`), "0")
}

// waitBlocked waits until so many sessions of the database wait for a lock.
func waitBlocked(t *testing.T, plain *sql.DB, n int) {
	t.Helper()
	for start := time.Now(); all(t, plain, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`) != fmt.Sprint(n); time.Sleep(5 * time.Millisecond) {
		if time.Since(start) > patience {
			t.Fatal("nobody waits")
		}
	}
}

// killedErase makes the test binary erase people of the database that it names, until it is
// killed.
const killedErase = "SOFTDELETE_ERASE_UNTIL_KILLED"

func init() {
	dsn := os.Getenv(killedErase)
	if dsn == "" {
		return
	}
	p, err := softdelete.LoadPolicy(strings.NewReader(erasablePolicy))
	var db *sql.DB
	if err == nil {
		db, err = softdelete.Open(dsn, p)
	}
	for i := 10; err == nil; i++ {
		_, err = softdelete.Erase(context.Background(), db, "people", i)
	}
	fmt.Fprintln(os.Stderr, "the erasing has ended:", err)
	os.Exit(1)
}

// An erase that is killed has taken all of a person or nothing.
func TestEraseKilled(t *testing.T) {
	ours, plain := openErasable(t)
	mustExec(t, plain, `
INSERT INTO people (id, name) SELECT i, 'secret' FROM generate_series(10, 400) AS i;
INSERT INTO accounts SELECT i, n::text, i, NULL, 'secret' FROM generate_series(10, 400) AS i, generate_series(1, 3) AS n;
INSERT INTO moves SELECT tenant, no, now(), 'secret' FROM accounts WHERE tenant >= 10;
INSERT INTO visits SELECT i, i, 'secret' FROM generate_series(10, 400) AS i;`)
	mustExec(t, ours, `DELETE FROM people WHERE id >= 10 AND id % 2 = 0`)
	dsn := all(t, plain, `SELECT format('host=%s port=%s user=%s dbname=%s', split_part(current_setting('unix_socket_directories'), ',', 1), current_setting('port'), current_user, current_database())`)
	for range 3 {
		process := exec.Command(os.Args[0])
		process.Env = append(os.Environ(), killedErase+"="+dsn)
		if err := process.Start(); err != nil {
			t.Fatal(err)
		}
		from := all(t, plain, `SELECT count(*) FROM people`)
		for start := time.Now(); all(t, plain, `SELECT count(*) FROM people`) == from && time.Since(start) < patience; {
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Duration(rand.IntN(20)) * time.Millisecond)
		if err := process.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = process.Wait() // it was killed
	}
	others := `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'`
	for start := time.Now(); all(t, plain, others) != "0"; time.Sleep(5 * time.Millisecond) {
		if time.Since(start) > patience {
			t.Fatal("the servers of the killed processes do not end")
		}
	}
	// Of each person there is all, or nothing.
	parts := `SELECT string_agg(DISTINCT n::text, ' ') FROM (SELECT i, (SELECT count(*) FROM people WHERE id = i) + (SELECT count(*) FROM accounts WHERE tenant = i) + (SELECT count(*) FROM visits WHERE person = i)
		+ (SELECT count(*) FROM moves WHERE tenant = i) + (SELECT count(*) FROM deletion_records WHERE (key -> 'tenant')::int = i) AS n FROM generate_series(10, 400) AS i) AS x`
	equalText(t, "numbers of rows that a person has", all(t, plain, parts), "0 8")
}

// Whatever has happened to rows before, nothing of a person is left, and nothing of others is
// gone: random histories.
func TestEraseRandom(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 1))
	rounds := 6
	if long() {
		rounds = 100
	}
	for round := range rounds {
		t.Run(fmt.Sprint(round), func(t *testing.T) { eraseHistory(t, rng) })
	}
}

// historySteps are what may happen to a person, $1.
var historySteps = []string{
	`DELETE FROM people WHERE id = $1`,
	`INSERT INTO people (id, name) VALUES ($1, 'secret ' || $1 || '.')`,
	`DELETE FROM accounts WHERE owner = $1`,
	`INSERT INTO accounts (tenant, no, owner, note) VALUES ((random() * 1e9)::int, 'secret ' || $1 || '.', $1, 'x')`,
	`INSERT INTO moves SELECT tenant, no, clock_timestamp(), 'secret ' || $1 || '.' FROM accounts WHERE owner = $1`,
	`DELETE FROM moves WHERE text = 'secret ' || $1 || '.' AND random() < 0.5`,
	`INSERT INTO posts VALUES ((random() * 1e9)::int, $1, 2)`,
	`DELETE FROM posts WHERE author = $1 AND random() < 0.5`,
	`INSERT INTO teams SELECT (random() * 1e9)::int, 'secret ' || $1 || '.', $1`,
	`UPDATE people SET boss = $1 WHERE id = 3`,
	`DELETE FROM teams WHERE lead = $1`,
	`DELETE FROM posts WHERE editor = $1`,
}

func eraseHistory(t *testing.T, rng *rand.Rand) {
	ours, plain := openErasable(t)
	mustExec(t, ours, `DELETE FROM invoices`+` WHERE true`)
	mustExec(t, plain, `INSERT INTO people (id, name) VALUES (11, 'secret 11.'), (12, 'secret 12.')`)
	done := 0
	for range 60 {
		person := 11 + rng.IntN(2)
		if rng.IntN(4) == 0 {
			for _, table := range []string{"people", "posts", "teams"} {
				// What cannot be restored now may be later.
				if n, err := softdelete.RestoreWhere(t.Context(), ours, table, map[string]string{"people": "id = $1", "posts": "author = $1", "teams": "lead = $1"}[table], person); err == nil && n > 0 {
					done++
				}
			}
			continue
		}
		text := strings.ReplaceAll(historySteps[rng.IntN(len(historySteps))], "$1", fmt.Sprint(person))
		if _, err := ours.Exec(text); err == nil {
			done++
		}
	}
	if done < 10 {
		t.Errorf("only %d steps have had an effect", done)
	}
	count := func() string {
		return all(t, plain, `SELECT concat_ws(' ', (SELECT count(*) FROM people WHERE name = 'secret 12.'), (SELECT count(*) FROM accounts WHERE owner = 12), (SELECT count(*) FROM deletion_records WHERE data::text LIKE '%secret 12.%'), (SELECT count(*) FROM moves WHERE text = 'secret 12.'), (SELECT count(*) FROM teams WHERE lead = 12))`)
	}
	of12 := count()
	r := erase(t, ours, "people", 11)
	t.Logf("%d steps; %s", done, erased(r))
	equalText(t, "left of 11", mentions(t, plain, "secret 11."), "")
	equalText(t, "left that refers to 11", all(t, plain, `SELECT concat_ws(' ', (SELECT count(*) FROM deletion_records WHERE data @> '{"author": 11}' OR data @> '{"editor": 11}' OR data @> '{"boss": 11}'), (SELECT count(*) FROM softdelete_links WHERE old::text ~ '\m11\M' OR new::text ~ '\m11\M' OR key = '{"id": 11}'))`), "0 0")
	equalText(t, "left of 12", count(), of12)
}

// Triggers that keep what any client deletes do not keep what is erased.
func TestEraseBesideTriggers(t *testing.T) {
	ours, plain := openErasable(t)
	mustExec(t, ours, `DELETE FROM invoices`+` WHERE true`)
	mustExec(t, plain, `CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
	INSERT INTO deletion_records (table_name, key, data) SELECT 'moves', jsonb_build_object('tenant', o.tenant, 'no', o.no, 'at', o.at), to_jsonb(o) FROM old_rows AS o; RETURN NULL; END $$;
CREATE TRIGGER keep AFTER DELETE ON moves REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION keep()`)
	erase(t, ours, "people", 1)
	equalText(t, "left", mentions(t, plain, "secret 1"), "")
}

// Partitioned tables on both sides; names that need quotes; what cannot be told apart.
func TestEraseOddTables(t *testing.T) {
	for _, c := range []struct{ name, ddl, policy, table, want string }{
		{
			name: "partitions", table: "p",
			ddl: `CREATE TABLE p (id int PRIMARY KEY, name text, deleted_at timestamptz, deletion_id uuid) PARTITION BY RANGE (id);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10) PARTITION BY LIST (id); CREATE TABLE p11 PARTITION OF p1 DEFAULT; CREATE TABLE p2 PARTITION OF p DEFAULT;
CREATE TABLE c (id int PRIMARY KEY, p int REFERENCES p ON DELETE CASCADE, name text) PARTITION BY LIST (id);
CREATE TABLE c1 PARTITION OF c FOR VALUES IN (1); CREATE TABLE c2 PARTITION OF c DEFAULT;
INSERT INTO p VALUES (1, 'secret', now()), (2, 'other', NULL), (20, 'other', NULL); INSERT INTO c VALUES (1, 1, 'secret'), (2, 1, 'secret'), (3, 20, 'other');`,
			policy: `{journal: true, tables: [{name: p, deletion_id: deletion_id}, {name: p11, deletion_id: deletion_id, partition_of: p}, {name: c, mode: archive}], foreign_keys: [{table: c, columns: [p], ref_table: p, ref_columns: [id], on_delete: cascade}]}`,
			want:   "p rows 1, c rows 2",
		},
		{
			name: "names that need quotes", table: `"s 1"."P p"`,
			ddl: `CREATE SCHEMA "s 1"; CREATE TABLE "s 1"."P p" (id int PRIMARY KEY, "Na me" text, "Gone" timestamptz); CREATE TABLE "s 1"."it's" (id int PRIMARY KEY, "p p" int REFERENCES "s 1"."P p" ON DELETE SET NULL);
INSERT INTO "s 1"."P p" VALUES (1, 'secret'), (2, 'other'); INSERT INTO "s 1"."it's" VALUES (1, 1), (2, 2);`,
			policy: `{journal: true, discover: true, tables: [{name: '"s 1"."P p"', column: Gone}]}`,
			want:   `"s 1"."P p" rows 1, s 1.it's (outside) unlinked 1`,
		},
		{
			name: "a table that others inherit from", table: "p",
			ddl:    `CREATE TABLE p (id int PRIMARY KEY, name text, deleted_at timestamptz); CREATE TABLE p1 (more int) INHERITS (p); INSERT INTO p VALUES (1, 'secret');`,
			policy: `{tables: [{name: p}, {name: p1}]}`,
			want:   "it inherits, or others inherit from it",
		},
		{
			name: "a table of every schema", table: "p",
			ddl:    `CREATE TABLE p (id int PRIMARY KEY, name text, deleted_at timestamptz); INSERT INTO p VALUES (1, 'secret');`,
			policy: `{tables: [{name: "*.p"}]}`,
			want:   "the policy does not say which table it is",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := softdelete.LoadPolicy(strings.NewReader(c.policy))
			if err != nil {
				t.Fatal(err)
			}
			ours, plain := openPurge(t, softdelete.JournalDDL+softdelete.ArchiveDDL+c.ddl, p)
			r, err := softdelete.Erase(t.Context(), ours, c.table, 1)
			got := erased(r)
			var refused *softdelete.RefusedError
			if errors.As(err, &refused) {
				got = refused.Why
			}
			if !strings.HasPrefix(got, c.want) || err != nil && refused == nil {
				t.Errorf("got %s, %v; want %s", got, err, c.want)
			}
			if err == nil {
				equalText(t, "left", mentions(t, plain, "secret"), "")
			} else if mentions(t, plain, "secret") == "" {
				t.Error("the refused erase has taken the row")
			}
		})
	}
}
