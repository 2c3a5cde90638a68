package softdelete_test

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"github.com/softdelete-go/softdelete"
)

// A marked table without deletion ids beside an archived one: they are not deleted together,
// but refer to each other.
func TestRestoreWithoutDeletionIDsBesideArchivedTables(t *testing.T) {
	const tables = `
		CREATE TABLE authors (id int PRIMARY KEY, shelf int, deleted_at timestamptz);
		CREATE TABLE pens (id int PRIMARY KEY, author_id int NOT NULL REFERENCES authors, deleted_at timestamptz);
		CREATE TABLE books (id int PRIMARY KEY, author_id int DEFAULT 9 REFERENCES authors);
		INSERT INTO authors VALUES (1, 1), (2, NULL), (9, NULL);
		INSERT INTO pens VALUES (1, 1), (2, 2)`
	books := "INSERT INTO books VALUES (1, 1), (2, 9)"
	restores := []struct {
		name string
		run  func(*testing.T, *sql.DB) (int64, error)
	}{
		{"Restore", func(t *testing.T, db *sql.DB) (int64, error) {
			return softdelete.Restore(t.Context(), db, "authors", 1)
		}},
		{"RestoreWhere", func(t *testing.T, db *sql.DB) (int64, error) {
			return softdelete.RestoreWhere(t.Context(), db, "authors", "shelf = 1")
		}},
		{"UPDATE", func(t *testing.T, db *sql.DB) (int64, error) {
			res, err := db.ExecContext(softdelete.WithDeleted(t.Context()), "UPDATE authors SET deleted_at = NULL WHERE id = 1")
			if err != nil {
				return 0, err
			}
			return res.RowsAffected()
		}},
	}
	for _, journal := range []bool{false, true} {
		for _, action := range []softdelete.Action{softdelete.NoAction, softdelete.Restrict, softdelete.SetNull, softdelete.SetDefault, softdelete.KeepVisible} {
			if !journal && (action == softdelete.SetNull || action == softdelete.SetDefault) {
				continue // refused: nobody could put the references back
			}
			p := archiveOf(softdelete.Table{Name: "books"})
			p.Journal = journal
			p.Tables = append(p.Tables, softdelete.Table{Name: "authors", PrimaryKey: []string{"id"}}, softdelete.Table{Name: "pens", PrimaryKey: []string{"id"}})
			p.ForeignKeys = []softdelete.ForeignKey{
				{Table: "books", Columns: []string{"author_id"}, RefTable: "authors", RefColumns: []string{"id"}, OnDelete: action},
				{Table: "pens", Columns: []string{"author_id"}, RefTable: "authors", RefColumns: []string{"id"}, OnDelete: softdelete.Cascade},
			}
			for _, how := range restores {
				t.Run(fmt.Sprintf("journal=%v,action=%d,%s", journal, action, how.name), func(t *testing.T) {
					_, ours := openShop(t, tables, p, false)
					live := func() string {
						return all(t, ours, "SELECT concat_ws(' ', 'author', id, shelf) FROM authors UNION ALL SELECT concat_ws(' ', 'pen', id, author_id) FROM pens UNION ALL SELECT concat_ws(' ', 'book', id, author_id) FROM books ORDER BY 1")
					}
					replaced := action == softdelete.SetNull || action == softdelete.SetDefault
					if replaced {
						mustExec(t, ours, books)
					}
					before := live()
					mustExec(t, ours, "DELETE FROM authors WHERE id = 1")
					if replaced {
						// The one goes after its reference was replaced.
						mustExec(t, ours, "DELETE FROM books WHERE id = 1")
					}
					if n, err := softdelete.PreviewRestore(t.Context(), ours, "authors", 1); err != nil || n.Blocked != nil || n.Rows["authors"] != 1 || n.Rows["pens"] != 1 {
						t.Errorf("the preview has %v, %v", n, err)
					}
					if n, err := how.run(t, ours); err != nil || n == 0 {
						t.Fatalf("%d rows, %v", n, err)
					}
					if replaced {
						if n, err := softdelete.Restore(t.Context(), ours, "books", 1); err != nil || n != 1 {
							t.Fatalf("the book: %d rows, %v", n, err)
						}
					}
					equalText(t, "live rows", live(), before)
				})
			}
		}
	}
}

// RestoreOne leaves alone what was deleted with the row.
func TestRestoreOneWithoutDeletionIDsBesideArchivedTables(t *testing.T) {
	p := archiveOf(softdelete.Table{Name: "books"})
	p.Tables = append(p.Tables, softdelete.Table{Name: "authors", PrimaryKey: []string{"id"}}, softdelete.Table{Name: "pens", PrimaryKey: []string{"id"}})
	p.ForeignKeys = []softdelete.ForeignKey{
		{Table: "books", Columns: []string{"author_id"}, RefTable: "authors", RefColumns: []string{"id"}},
		{Table: "pens", Columns: []string{"author_id"}, RefTable: "authors", RefColumns: []string{"id"}, OnDelete: softdelete.Cascade},
	}
	_, ours := openShop(t, `CREATE TABLE authors (id int PRIMARY KEY, deleted_at timestamptz);
		CREATE TABLE pens (id int PRIMARY KEY, author_id int NOT NULL REFERENCES authors, deleted_at timestamptz);
		CREATE TABLE books (id int PRIMARY KEY, author_id int REFERENCES authors);
		INSERT INTO authors VALUES (1); INSERT INTO pens VALUES (1, 1)`, p, false)
	mustExec(t, ours, "DELETE FROM authors")
	if n, err := softdelete.Restore(t.Context(), ours, "authors", 1, softdelete.RestoreOne()); err != nil || n != 1 {
		t.Errorf("%d rows, %v", n, err)
	}
	equalText(t, "live rows", all(t, ours, "SELECT concat((SELECT count(*) FROM authors), '|', (SELECT count(*) FROM pens))"), "1|0")
	if _, err := softdelete.Restore(t.Context(), ours, "pens", 1, softdelete.RestoreParents()); err == nil || !strings.Contains(err.Error(), "deletion ids") {
		t.Errorf("RestoreParents: %v", err)
	}
}

// An id does not tell which rows a deletion took of a table without deletion ids. A restore
// by it must not close the journal's entry, which has the references to put back.
func TestRestoreDeletionOfTablesWithoutDeletionIDs(t *testing.T) {
	for _, mode := range []softdelete.Mode{softdelete.Mark, softdelete.Archive} {
		books := softdelete.Table{Name: "books", Mode: mode}
		if mode == softdelete.Mark {
			books.DeletionID = "deletion_id"
		}
		p := softdelete.Policy{Journal: true, Tables: []softdelete.Table{books, {Name: "authors", PrimaryKey: []string{"id"}}}, ForeignKeys: []softdelete.ForeignKey{
			{Table: "books", Columns: []string{"author_id"}, RefTable: "authors", RefColumns: []string{"id"}, OnDelete: softdelete.SetNull},
		}}
		plain, ours := openShop(t, `CREATE TABLE authors (id int PRIMARY KEY, deleted_at timestamptz);
			CREATE TABLE books (id int PRIMARY KEY, author_id int REFERENCES authors, deleted_at timestamptz, deletion_id uuid);
			INSERT INTO authors VALUES (1), (2); INSERT INTO books VALUES (1, 1), (2, 2), (3, NULL)`, p, false)
		live := func() string {
			return all(t, ours, "SELECT concat_ws(' ', 'author', id) FROM authors UNION ALL SELECT concat_ws(' ', 'book', id, author_id) FROM books ORDER BY 1")
		}
		before := live()
		refused := func(id string, opts ...softdelete.RestoreOption) {
			t.Helper()
			preview, err := softdelete.PreviewRestoreDeletion(t.Context(), ours, id, opts...)
			if err != nil || preview.Blocked == nil || !strings.Contains(preview.Blocked.Error(), "authors") {
				t.Errorf("the preview says %v, %v", preview, err)
			}
			n, err := softdelete.RestoreDeletion(t.Context(), ours, id, opts...)
			if n != 0 || err == nil || !strings.Contains(err.Error(), "restore on authors: the deletion took rows of this table, which has no deletion_id") {
				t.Errorf("%d rows, %v", n, err)
			}
		}
		byKey := func(id int) {
			t.Helper()
			if n, err := softdelete.Restore(t.Context(), ours, "authors", id); n != 1 || err != nil {
				t.Errorf("%d rows, %v", n, err)
			}
			equalText(t, "live rows", live(), before)
			equalText(t, "open entries", all(t, plain, "SELECT count(*) FROM softdelete_deletions WHERE restored_at IS NULL"), "0")
		}

		mustExec(t, ours, "DELETE FROM authors WHERE id = 1")
		refused(all(t, plain, "SELECT id FROM softdelete_deletions WHERE restored_at IS NULL"))
		byKey(1)

		// One statement with two deletes: the one is told by its id, the other is not.
		mustExec(t, ours, "WITH b AS (DELETE FROM books WHERE id = 3) DELETE FROM authors WHERE id = 2")
		id := all(t, plain, "SELECT DISTINCT id FROM softdelete_deletions WHERE restored_at IS NULL")
		refused(id)
		if n, err := softdelete.RestoreDeletion(t.Context(), ours, id, softdelete.RestorePartly()); n != 1 || err != nil {
			t.Errorf("partly: %d rows, %v", n, err)
		}
		equalText(t, "open entries", all(t, plain, "SELECT string_agg(table_name, ',') FROM softdelete_deletions WHERE restored_at IS NULL"), "authors")
		byKey(2)
	}
}

// Without deletion ids a row can come back without those that were deleted with it. The
// references to these stay as they are until they come back, too.
func TestRestorePartlyWithoutDeletionIDs(t *testing.T) {
	for _, mode := range []softdelete.Mode{softdelete.Mark, softdelete.Archive} {
		books := softdelete.Table{Name: "books", Mode: mode}
		p := softdelete.Policy{Journal: true, Tables: []softdelete.Table{books, {Name: "authors", PrimaryKey: []string{"id"}}}, ForeignKeys: []softdelete.ForeignKey{
			{Table: "books", Columns: []string{"author_id"}, RefTable: "authors", RefColumns: []string{"id"}, OnDelete: softdelete.SetNull},
		}}
		_, ours := openShop(t, `CREATE TABLE authors (id int PRIMARY KEY, deleted_at timestamptz);
			CREATE TABLE books (id int PRIMARY KEY, author_id int REFERENCES authors, deleted_at timestamptz);
			INSERT INTO authors VALUES (1), (2), (3); INSERT INTO books VALUES (1, 1), (2, 2), (3, 2), (4, 3)`, p, false)
		live := func() string {
			return all(t, ours, "SELECT coalesce(string_agg(concat(id, ':', author_id), ' ' ORDER BY id), '') FROM books")
		}
		mustExec(t, ours, "DELETE FROM authors WHERE id < 3")
		equalText(t, "without authors", live(), "1: 2: 3: 4:3")
		mustExec(t, ours, "DELETE FROM books WHERE id = 3") // its record gets the reference back, and only its own
		if n, err := softdelete.Restore(t.Context(), ours, "authors", 1); n != 0 || err == nil || !strings.Contains(err.Error(), "RestorePartly") {
			t.Errorf("%d rows, %v", n, err)
		}
		for _, step := range []struct {
			author int
			want   string
		}{{1, "1:1 2: 4:3"}, {2, "1:1 2:2 4:3"}} {
			if n, err := softdelete.Restore(t.Context(), ours, "authors", step.author, softdelete.RestorePartly()); n != 1 || err != nil {
				t.Errorf("author %d: %d rows, %v", step.author, n, err)
			}
			equalText(t, fmt.Sprintf("with author %d", step.author), live(), step.want)
		}
		if n, err := softdelete.Restore(t.Context(), ours, "books", 3); n != 1 || err != nil {
			t.Errorf("the book: %d rows, %v", n, err)
		}
		equalText(t, "with the book", live(), "1:1 2:2 3:2 4:3")
	}
}

// With ids the whole rest of a deletion comes back. A row of it that was deleted again since
// does not, and nothing may refer to it.
func TestRestorePartlyPutsBackNoReferenceToADeletedRow(t *testing.T) {
	for _, mode := range []softdelete.Mode{softdelete.Mark, softdelete.Archive} {
		authors, books := softdelete.Table{Name: "authors", Mode: mode}, softdelete.Table{Name: "books", Mode: softdelete.Archive}
		if mode == softdelete.Mark {
			authors.DeletionID = "deletion_id"
		}
		p := softdelete.Policy{Journal: true, Tables: []softdelete.Table{authors, books}, ForeignKeys: []softdelete.ForeignKey{
			{Table: "books", Columns: []string{"author_id"}, RefTable: "authors", RefColumns: []string{"id"}, OnDelete: softdelete.SetNull},
		}}
		plain, ours := openShop(t, `CREATE TABLE authors (id int PRIMARY KEY, deleted_at timestamptz, deletion_id uuid);
			CREATE TABLE books (id int PRIMARY KEY, author_id int);
			INSERT INTO authors VALUES (1), (2); INSERT INTO books VALUES (1, 1), (2, 2), (3, 1), (4, 2)`, p, false)
		mustExec(t, ours, "DELETE FROM authors")
		mustExec(t, ours, "DELETE FROM books WHERE id = 3; DELETE FROM books WHERE id = 4")
		id := all(t, plain, "SELECT id FROM softdelete_deletions WHERE table_name = 'authors'")
		if n, err := softdelete.Restore(t.Context(), ours, "authors", 1, softdelete.RestoreOne()); n != 1 || err != nil {
			t.Fatalf("%d rows, %v", n, err)
		}
		mustExec(t, ours, "DELETE FROM authors WHERE id = 1")
		if n, err := softdelete.RestoreDeletion(t.Context(), ours, id, softdelete.RestorePartly()); n != 1 || err != nil {
			t.Fatalf("%d rows, %v", n, err)
		}
		for book := 3; book <= 4; book++ {
			if n, err := softdelete.Restore(t.Context(), ours, "books", book); n != 1 || err != nil {
				t.Errorf("book %d: %d rows, %v", book, n, err)
			}
		}
		equalText(t, fmt.Sprintf("books (mode %d)", mode), all(t, ours, "SELECT string_agg(concat(id, ':', author_id), ' ' ORDER BY id) FROM books"), "1: 2:2 3: 4:2")
	}
}
