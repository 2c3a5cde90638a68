package softdelete_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/internal/pgtemp"
)

// archiveOf archives tables that nothing refers to.
func archiveOf(tables ...softdelete.Table) softdelete.Policy {
	for i := range tables {
		tables[i].Mode = softdelete.Archive
	}
	return softdelete.Policy{Tables: tables}
}

// A delete by the parent's name sees the parent's columns of a child's row.
func TestArchiveRefusesInheritance(t *testing.T) {
	for _, name := range []string{"animals", "dogs"} {
		plain, ours := openShop(t, `CREATE TABLE animals (id int PRIMARY KEY); CREATE TABLE dogs (breed text, PRIMARY KEY (id)) INHERITS (animals); INSERT INTO dogs VALUES (1, 'pug')`,
			archiveOf(softdelete.Table{Name: name}), false)
		var p *softdelete.PolicyError
		if _, err := ours.ExecContext(t.Context(), "DELETE FROM "+name); !errors.As(err, &p) || !strings.Contains(err.Error(), "inheritance tree") {
			t.Errorf("a delete from %s: %v", name, err)
		}
		equalText(t, "the rows", all(t, plain, "SELECT concat_ws('|', id, breed) FROM dogs"), "1|pug")
	}
}

// A trigger that skips the row would leave it nowhere but in a record that counts as restored.
func TestArchiveRestoreIsRefusedWhereATriggerKeepsRowsOut(t *testing.T) {
	for _, journal := range []bool{false, true} {
		p := archiveOf(softdelete.Table{Name: "notes"})
		p.Journal = journal
		plain, ours := openShop(t, "CREATE TABLE notes (id int PRIMARY KEY); INSERT INTO notes VALUES (1), (2)", p, false)
		mustExec(t, ours, "DELETE FROM notes")
		mustExec(t, plain, `CREATE FUNCTION skip() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF NEW.id = 1 THEN RETURN NULL; END IF; RETURN NEW; END';
			CREATE TRIGGER skip BEFORE INSERT ON notes FOR EACH ROW EXECUTE FUNCTION skip()`)
		for _, options := range [][]any{{1}, {2}, {1, softdelete.RestoreOne()}} {
			n, err := softdelete.Restore(t.Context(), ours, "notes", options...)
			var refused *softdelete.RefusedError
			if !errors.As(err, &refused) || n != 0 || refused.Table != "notes" || !strings.Contains(refused.Why, "trigger of this table keeps a row from coming back") {
				t.Errorf("restore of %v: %d, %v", options, n, err)
			}
		}
		equalText(t, "records that wait", all(t, plain, "SELECT count(*) FROM deletion_records WHERE restored_at IS NULL"), "2")
		equalText(t, "rows", all(t, plain, "SELECT count(*) FROM notes"), "0")
		if n, err := softdelete.Restore(t.Context(), ours, "notes", 2, softdelete.RestoreOne()); n != 1 || err != nil {
			t.Errorf("the row that the trigger lets through: %d, %v", n, err)
		}
	}
}

// Records must not go to a temporary table, with which they would vanish.
func TestArchiveIsNotHiddenByTemporaryTables(t *testing.T) {
	p := archiveOf(softdelete.Table{Name: "notes"})
	p.Journal = true
	plain, ours := openShop(t, "CREATE TABLE notes (id int PRIMARY KEY); INSERT INTO notes VALUES (1), (2), (3)", p, true)
	c, err := ours.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	run := func(text string) error {
		_, err := c.ExecContext(t.Context(), text)
		return err
	}
	for _, book := range []string{"deletion_records", "softdelete_deletions", "softdelete_links"} {
		if err := run("CREATE TEMP TABLE " + book + " AS SELECT * FROM " + book); err != nil {
			t.Fatal(err)
		}
		if err := run("DELETE FROM notes WHERE id = 1"); !errors.Is(err, softdelete.ErrRefused) || !strings.Contains(err.Error(), "a temporary table hides the table "+book) {
			t.Errorf("a delete beside a temporary %s: %v", book, err)
		}
		if _, err := softdelete.Restore(t.Context(), c, "notes", 1); !errors.Is(err, softdelete.ErrRefused) {
			t.Errorf("a restore beside a temporary %s: %v", book, err)
		}
		if err := run("DROP TABLE " + book); err != nil {
			t.Fatal(err)
		}
	}
	if err := run("DELETE FROM notes WHERE id = 1"); err != nil {
		t.Error(err)
	}

	// Another client's is not seen by anybody but the triggers.
	other, err := plain.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if _, err := other.ExecContext(t.Context(), `CREATE TEMP TABLE deletion_records (LIKE deletion_records INCLUDING ALL); CREATE TEMP TABLE softdelete_deletions (LIKE softdelete_deletions INCLUDING ALL);
		SET search_path = ''; DELETE FROM public.notes WHERE id = 2; RESET search_path; DELETE FROM notes WHERE id = 3`); err != nil {
		t.Fatal(err)
	}
	equalText(t, "records", all(t, plain, "SELECT key FROM public.deletion_records ORDER BY id"), `{"id": 1},{"id": 2},{"id": 3}`)
	recordedOnce(t, plain)
}

// What jsonb writes of some types depends on the session, and a column may have been renamed.
func TestArchiveRestoresByKeysThatRecordsHaveInAnotherForm(t *testing.T) {
	plain, ours := openShop(t, `CREATE TABLE samples (at timestamptz, what bytea, code char(5), n int, PRIMARY KEY (at, what, code));
		INSERT INTO samples VALUES ('2026-01-01 00:00+00', '\x00', 'a', 1), ('2026-01-02 00:00+00', '\x00', 'a', 2)`,
		archiveOf(softdelete.Table{Name: "samples", PrimaryKey: []string{"at", "what", "code"}}), false)
	before := contents(t, plain, "samples")
	c, err := ours.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.ExecContext(t.Context(), "SET TimeZone = 'Asia/Tokyo'; SET bytea_output = 'escape'; DELETE FROM samples; RESET TimeZone; RESET bytea_output"); err != nil {
		t.Fatal(err)
	}
	c.Close()
	if n, err := softdelete.Restore(t.Context(), ours, "samples", "2026-01-01 00:00+00", []byte{0}, "a"); err != nil || n != 2 {
		t.Errorf("restored %d rows, %v", n, err)
	}
	equalText(t, "samples", contents(t, plain, "samples"), before)
}

func TestArchiveRestoresByARenamedKey(t *testing.T) {
	schema := `CREATE TABLE notes (id int PRIMARY KEY, body text); INSERT INTO notes VALUES (1, 'a'), (2, 'b');
		CREATE TABLE lines (note_id int REFERENCES notes, n int, PRIMARY KEY (note_id, n)); INSERT INTO lines VALUES (1, 1)`
	policy := func(key string, renamed map[string]string) softdelete.Policy {
		p := archiveOf(softdelete.Table{Name: "notes", PrimaryKey: []string{key}, Renamed: renamed}, softdelete.Table{Name: "lines", PrimaryKey: []string{"note_id", "n"}})
		p.ForeignKeys = []softdelete.ForeignKey{{Table: "lines", Columns: []string{"note_id"}, RefTable: "notes", RefColumns: []string{key}, OnDelete: softdelete.Cascade}}
		return p
	}
	plain, before := openShop(t, schema, policy("id", nil), false)
	mustExec(t, before, "DELETE FROM lines")
	mustExec(t, before, "DELETE FROM notes")
	mustExec(t, plain, "ALTER TABLE notes RENAME id TO number")
	after, err := softdelete.Open(pgtemp.Shared(t).DSN(all(t, plain, "SELECT current_database()")), policy("number", map[string]string{"id": "number"}))
	if err != nil {
		t.Fatal(err)
	}
	defer after.Close()
	if n, err := softdelete.Restore(t.Context(), after, "lines", 1, 1, softdelete.RestoreParents()); err != nil || n != 3 {
		t.Errorf("restored a line with its note: %d, %v", n, err)
	}
	mustExec(t, after, "DELETE FROM notes WHERE number = 1")
	if n, err := softdelete.Restore(t.Context(), after, "notes", 1); err != nil || n != 2 {
		t.Errorf("restored by the new name: %d, %v", n, err)
	}
}

// A column that must have a value had JSON's null, which a record does not tell from SQL's.
func TestArchiveKeepsTheNullOfJSON(t *testing.T) {
	plain, ours := openShop(t, `CREATE TABLE notes (id int PRIMARY KEY, body jsonb NOT NULL, old json NOT NULL); INSERT INTO notes VALUES (1, 'null', 'null'), (2, '"null"', '[null]')`,
		archiveOf(softdelete.Table{Name: "notes"}), false)
	before := contents(t, plain, "notes")
	mustExec(t, ours, "DELETE FROM notes")
	if n, err := softdelete.Restore(t.Context(), ours, "notes", 1); err != nil || n != 2 {
		t.Errorf("restored %d rows, %v", n, err)
	}
	equalText(t, "notes", contents(t, plain, "notes"), before)
}

// A row with two references into what is deleted; another transaction changes one of them
// while the delete waits for the row. A restore puts back the other only.
func TestArchiveRestoreKeepsAReferenceThatWasChangedMeanwhile(t *testing.T) {
	plain, ours := openShop(t, shopSchema, shopPolicy, false)
	for move, want := range map[string]string{"20": "20|10", "NULL": "|10"} {
		mustExec(t, plain, "UPDATE carts SET order_id = 30, other_id = NULL; UPDATE carts SET order_id = 11, other_id = 10 WHERE id = 1")
		tx, err := plain.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.ExecContext(t.Context(), "UPDATE carts SET order_id = "+move+" WHERE id = 1"); err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 1)
		go func() {
			_, err := ours.ExecContext(context.Background(), "DELETE FROM customers WHERE id = 1")
			done <- err
		}()
		for all(t, plain, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'") != "1" {
			time.Sleep(10 * time.Millisecond)
		}
		if err := errors.Join(tx.Commit(), <-done); err != nil {
			t.Fatal(err)
		}
		equalText(t, "the deletion leaves", all(t, plain, "SELECT concat_ws('|', coalesce(order_id::text, ''), coalesce(other_id::text, '')) FROM carts WHERE id = 1"), strings.TrimSuffix(want, "10"))
		if _, err := softdelete.Restore(t.Context(), ours, "customers", 1); err != nil {
			t.Fatal(err)
		}
		equalText(t, "the restore leaves", all(t, plain, "SELECT concat_ws('|', coalesce(order_id::text, ''), coalesce(other_id::text, '')) FROM carts WHERE id = 1"), want)
	}
}

// openBooks makes an author, whose table has that mode, and an archived table with a book of
// that author or none.
func openBooks(t *testing.T, mode softdelete.Mode, author string) (plain, ours *sql.DB) {
	t.Helper()
	p := archiveOf(softdelete.Table{Name: "books"})
	p.Tables = append(p.Tables, softdelete.Table{Name: "authors", Mode: mode, PrimaryKey: []string{"id"}})
	p.Journal = true
	p.ForeignKeys = []softdelete.ForeignKey{{Table: "books", Columns: []string{"author_id"}, RefTable: "authors", RefColumns: []string{"id"}, OnDelete: softdelete.SetNull}}
	return openShop(t, "CREATE TABLE authors (id int PRIMARY KEY, deleted_at timestamptz); CREATE TABLE books (id int PRIMARY KEY, author_id int REFERENCES authors);"+
		"INSERT INTO authors VALUES (1); INSERT INTO books VALUES (1, "+author+")", p, false)
}

// The row was deleted after its reference had been replaced, in a transaction that is older.
func TestArchiveRestorePutsBackReferencesOfALongTransaction(t *testing.T) {
	for _, mode := range []softdelete.Mode{softdelete.Mark, softdelete.Archive} {
		plain, ours := openBooks(t, mode, "1")
		tx, err := ours.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.ExecContext(t.Context(), "SELECT now()"); err != nil {
			t.Fatal(err)
		}
		mustExec(t, ours, "DELETE FROM authors")
		if _, err := tx.ExecContext(t.Context(), "DELETE FROM books"); err != nil {
			t.Fatal(err)
		}
		if err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
		for _, table := range []string{"authors", "books"} {
			if n, err := softdelete.Restore(t.Context(), ours, table, 1); n != 1 || err != nil {
				t.Errorf("%s: %d, %v", table, n, err)
			}
		}
		equalText(t, fmt.Sprintf("the book's author (mode %d)", mode), all(t, plain, "SELECT author_id FROM books"), "1")
	}
}

// The deleted row has the key of one whose reference was replaced later, and which went
// without the library: a restore of the parent does not touch it.
func TestArchiveRestoreLeavesAnOlderRowOfTheKeyAlone(t *testing.T) {
	for _, mode := range []softdelete.Mode{softdelete.Mark, softdelete.Archive} {
		plain, ours := openBooks(t, mode, "NULL")
		mustExec(t, ours, "DELETE FROM books; INSERT INTO books VALUES (1, 1); DELETE FROM authors")
		mustExec(t, plain, "DELETE FROM books")
		for _, table := range []string{"authors", "books"} {
			if n, err := softdelete.Restore(t.Context(), ours, table, 1); n != 1 || err != nil {
				t.Errorf("%s: %d, %v", table, n, err)
			}
		}
		equalText(t, fmt.Sprintf("the book's author (mode %d)", mode), all(t, plain, "SELECT coalesce(author_id::text, 'none') FROM books"), "none")
	}
}

// Of a record with a value by an old name that is another column's now nothing says which it is of.
func TestArchiveRefusesAnOldNameThatIsBack(t *testing.T) {
	before := archiveOf(softdelete.Table{Name: "notes"})
	plain, ours := openShop(t, `CREATE TABLE notes (id int PRIMARY KEY, a text, b text, c text); INSERT INTO notes VALUES (1, 'a', 'b', 'c')`, before, false)
	mustExec(t, ours, "DELETE FROM notes")
	mustExec(t, plain, "ALTER TABLE notes RENAME a TO aa; ALTER TABLE notes RENAME b TO bb; ALTER TABLE notes RENAME c TO cc; ALTER TABLE notes ADD b text")
	renamed := map[string]string{"a": "aa", "b": "bb", "c": "cc"}
	open := func() *sql.DB {
		db, err := softdelete.Open(pgtemp.Shared(t).DSN(all(t, plain, "SELECT current_database()")), archiveOf(softdelete.Table{Name: "notes", Renamed: renamed}))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		return db
	}
	var p *softdelete.PolicyError
	if _, err := softdelete.Restore(t.Context(), open(), "notes", 1); !errors.As(err, &p) || !strings.Contains(err.Error(), `tables[0].renamed.b: public.notes has a column "b" again, besides "bb"`) {
		t.Errorf("both columns: %v", err)
	}
	// What the error says to do.
	mustExec(t, plain, `UPDATE deletion_records SET data = data - 'b' || jsonb_build_object('bb', data -> 'b') WHERE table_name = 'notes' AND NOT data ? 'bb'`)
	delete(renamed, "b")
	if n, err := softdelete.Restore(t.Context(), open(), "notes", 1); err != nil || n != 1 {
		t.Errorf("restored %d rows, %v", n, err)
	}
	equalText(t, "notes", all(t, plain, "SELECT concat_ws('|', aa, bb, cc, coalesce(b, 'none')) FROM notes"), "a|b|c|none")
}
