package softdeletetest_test

import (
	"database/sql"
	"testing"
	"time"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/internal/pgtemp"
	"github.com/softdelete-go/softdelete/softdeletetest"
)

// openArchive returns a database of customers, which are marked, and of what is archived:
// their notes, and tags with a key of two columns in a schema of their own.
func openArchive(t *testing.T) (ours, plain *sql.DB) {
	t.Helper()
	dsn := pgtemp.NewDatabase(t)
	plain, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = plain.Close() })
	must(t, plain, `CREATE SCHEMA "My Schema";
CREATE TABLE customers (id int PRIMARY KEY, deleted_at timestamptz, deletion_id uuid);
CREATE TABLE notes (id int PRIMARY KEY, customer_id int REFERENCES customers ON DELETE CASCADE, updated_at timestamptz);
CREATE TABLE "My Schema"."Tags" (at timestamptz, "The Tag" text, PRIMARY KEY (at, "The Tag"));
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.updated_at = now(); RETURN NEW; END';
CREATE TRIGGER touch BEFORE UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION touch();`+softdelete.JournalDDL+softdelete.ArchiveDDL)
	return openPolicy(t, dsn, softdelete.Policy{
		Journal: true,
		Tables: []softdelete.Table{
			{Name: "customers", DeletionID: "deletion_id"},
			{Name: "notes", Mode: softdelete.Archive},
			{Name: `"My Schema"."Tags"`, Mode: softdelete.Archive, PrimaryKey: []string{"at", "The Tag"}},
		},
		ForeignKeys: []softdelete.ForeignKey{
			{Table: "notes", Columns: []string{"customer_id"}, RefTable: "customers", RefColumns: []string{"id"}, OnDelete: softdelete.Cascade},
		},
	}), plain
}

func TestArchivedTables(t *testing.T) {
	ours, plain := openArchive(t)
	ctx := softdelete.WithReason(softdelete.WithActor(t.Context(), "ann"), "left")
	for _, c := range []struct {
		table, insert, deletes string
		key                    []any
		shown                  string
	}{
		{"notes", "INSERT INTO notes VALUES (7)", "DELETE FROM notes WHERE id = 7", []any{7}, "notes (7)"},
		{
			`"My Schema"."Tags"`, `INSERT INTO "My Schema"."Tags" VALUES ('2026-03-03 12:00:00+02', 'it''s')`, `DELETE FROM "My Schema"."Tags"`,
			[]any{time.Date(2026, 3, 3, 10, 0, 0, 0, time.UTC), "it's"},
			`"My Schema"."Tags" (2026-03-03 10:00:00 +0000 UTC, it's)`,
		},
	} {
		t.Run(c.table, func(t *testing.T) {
			softdeletetest.AssertGone(t, ours, c.table, c.key...)
			must(t, plain, c.insert)
			softdeletetest.AssertLive(t, ours, c.table, c.key...)
			wantErrors(t, func(tb softdeletetest.TB) { softdeletetest.AssertDeleted(tb, ours, c.table, c.key...) }, c.shown+" is live, not deleted")
			mustContext(t, ctx, ours, c.deletes)
			must(t, plain, "UPDATE deletion_records SET archived_at = '2026-05-04 03:02:01Z'")
			softdeletetest.AssertDeleted(t, ours, c.table, c.key...)
			said := `: deleted at 2026-05-04 03:02:01+00, by ann, because "left"`
			wantErrors(t, func(tb softdeletetest.TB) { softdeletetest.AssertLive(tb, ours, c.table, c.key...) }, c.shown+" is deleted, not live"+said)
			wantErrors(t, func(tb softdeletetest.TB) { softdeletetest.AssertGone(tb, ours, c.table, c.key...) }, c.shown+" is deleted, not gone"+said)
			softdeletetest.AssertRestores(t, ours, c.table, c.key...)
			softdeletetest.AssertLive(t, ours, c.table, c.key...)
			must(t, plain, c.deletes)
			softdeletetest.AssertGone(t, ours, c.table, c.key...) // the record of a restored row is no deleted row
		})
	}
}

func TestAssertRestoresArchivedRows(t *testing.T) {
	ours, plain := openArchive(t)
	must(t, plain, "INSERT INTO customers VALUES (1); INSERT INTO notes VALUES (1, 1), (2, 1)")
	must(t, ours, "DELETE FROM customers")
	softdeletetest.AssertDeleted(t, ours, "notes", 2)
	t.Run("all of one deletion", func(t *testing.T) {
		tx, err := ours.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer tx.Rollback()
		softdeletetest.AssertRestores(t, tx, "customers", 1)
		softdeletetest.AssertLive(t, tx, "notes", 2)
	})
	t.Run("one of it", func(t *testing.T) {
		tx, err := ours.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer tx.Rollback()
		wantErrors(t, func(tb softdeletetest.TB) {
			softdeletetest.AssertRestores(tb, tx, "customers", 1, softdelete.RestoreOne())
		}, "2 of notes, in deletion_records")
	})
	softdeletetest.AssertDeleted(t, ours, "notes", 1)
}

func TestClockOfArchivedTables(t *testing.T) {
	ours, plain := openArchive(t)
	must(t, plain, "INSERT INTO notes VALUES (1), (2), (3)")
	must(t, ours, "DELETE FROM notes WHERE id = 1")
	must(t, ours, "DELETE FROM notes WHERE id = 2")
	softdeletetest.AssertRestores(t, ours, "notes", 2)
	must(t, plain, "UPDATE deletion_records SET archived_at = '2026-03-03 12:00:00Z', restored_at = CASE WHEN restored_at IS NOT NULL THEN timestamptz '2026-03-04 12:00:00Z' END")
	softdeletetest.NewClock(t, ours).Advance(passed)
	const query = "SELECT concat_ws(' ', r.key ->> 'id', r.archived_at AT TIME ZONE 'UTC', r.restored_at AT TIME ZONE 'UTC') FROM deletion_records AS r ORDER BY 1"
	const want = "1 2026-03-01 23:59:58.499993\n2 2026-03-01 23:59:58.499993 2026-03-02 23:59:58.499993"
	if got := text(t, plain, query); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := text(t, plain, "SELECT count(updated_at) FROM notes"); got != "0" {
		t.Errorf("%s live rows were updated", got)
	}
}
