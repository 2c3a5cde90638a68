package softdelete_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/softdelete-go/softdelete"
)

// A deletion is found by what its deleted rows have in them, hidden columns left out.
func TestDeletionsByWhatRowsHave(t *testing.T) {
	for _, journal := range []bool{true, false} {
		ours, plain := openPurge(t, softdelete.JournalDDL+softdelete.ArchiveDDL+`
CREATE TABLE customers (id int PRIMARY KEY, name text, t jsonb, tax text, born timestamp, vip bool, tags text[], deleted_at timestamptz, deletion_id uuid, deleted_by text);
CREATE TABLE notes (id int PRIMARY KEY, body text, secret text);
CREATE TABLE bare (id int PRIMARY KEY, body text, deleted_at timestamptz);
INSERT INTO customers VALUES (29, 'Finn Brandt', '{"city": "Köln"}', 'DE-77', '1999-04-05 06:07:08', true, '{red,"dark blue"}');
INSERT INTO customers VALUES (30, 'Ida "the Hat" O''Neil', NULL, 'DE-78'), (31, E'back\\slash\ttab', NULL, NULL), (32, '100%', NULL, NULL), (33, 'alive Brandt', NULL, NULL);
INSERT INTO notes VALUES (1, 'about Finn', 'code-1'), (2, 'a_b', 'code-2'); INSERT INTO bare VALUES (1, 'Finn');`,
			softdelete.Policy{Journal: journal, Tables: []softdelete.Table{
				{Name: "customers", DeletionID: "deletion_id", DeletedBy: "deleted_by", Hidden: []string{"tax"}},
				{Name: "notes", Mode: softdelete.Archive, Hidden: []string{"secret"}, Renamed: map[string]string{"pin": "secret"}},
				{Name: "bare"},
			}})
		for _, who := range []string{"customers WHERE id = 29", "customers WHERE id = 30", "customers WHERE id = 31", "customers WHERE id = 32", "notes WHERE id = 1", "notes WHERE id = 2", "bare"} {
			mustExecContext(t, softdelete.WithActor(context.Background(), "zoe"), ours, "DELETE FROM "+who)
		}
		mustExec(t, plain, `UPDATE deletion_records SET data = data - 'secret' || '{"pin": "code-3"}' WHERE key = '{"id": 2}'`)
		found := func(f softdelete.DeletionFilter) string {
			list, err := softdelete.Deletions(t.Context(), ours, f)
			if err != nil {
				t.Fatalf("%+v: %v", f, err)
			}
			var keys []string
			for _, d := range list {
				rows, err := softdelete.DeletionRows(t.Context(), ours, d.ID, softdelete.RowFilter{})
				if err != nil {
					t.Fatal(err)
				}
				for _, r := range rows {
					keys = append(keys, r.Table+" "+strings.Join(r.Key, ","))
				}
			}
			return strings.Join(keys, "; ")
		}
		for _, c := range []struct{ text, table, want string }{
			{"finn", "", "notes 1; customers 29"},
			{"FINN BRANDT", "", "customers 29"},
			{"finn", "notes", "notes 1"},
			{"29", "customers", "customers 29"},
			{"köln", "", "customers 29"},
			{"1999-04-05t06", "", "customers 29"}, // as the trash shows it
			{"true", "", "customers 29"},
			{"dark blue", "", "customers 29"},
			{`["red", "dark`, "", "customers 29"},
			{`"the hat" o'neil`, "", "customers 30"},
			{`k\s`, "", "customers 31"},
			{"slash\ttab", "", "customers 31"},
			{"0%", "", "customers 32"},
			{"a_b", "", "notes 2"},
			{"axb", "", ""},
			{"de-7", "", ""},    // hidden
			{"code-", "", ""},   // hidden, by both of its names
			{"zoe", "", ""},     // who deleted, and not the row
			{"name", "", ""},    // a column
			{"alive", "", ""},   // a live row
			{"31,back", "", ""}, // of several values
		} {
			equalText(t, c.text+" in "+c.table, found(softdelete.DeletionFilter{Row: c.text, Table: c.table}), c.want)
		}
		equalText(t, "in tables", found(softdelete.DeletionFilter{Row: "finn", Tables: []string{"customers"}}), "customers 29")
		for _, f := range []softdelete.DeletionFilter{{Row: "x", Table: "bare"}, {Row: "x", Tables: []string{"bare"}}} {
			if _, err := softdelete.Deletions(t.Context(), ours, f); !errors.Is(err, softdelete.ErrRefused) {
				t.Errorf("%+v: %v", f, err)
			}
		}
		if _, err := softdelete.Restore(t.Context(), ours, "customers", 29); err != nil {
			t.Fatal(err)
		}
		equalText(t, "after the restore", found(softdelete.DeletionFilter{Row: "finn"}), "notes 1")
	}
}
