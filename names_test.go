package softdelete_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/softdelete-go/softdelete"
)

// Tables may be called whatever the statements of this package call their own queries.
func TestTablesNamedLikeOurQueries(t *testing.T) {
	names := []string{"taken", "counted", "deletions", "today", "complete", "entries", "deleted", "d0", "a0", "r", "s", "j", "t", "l", "c", "p", "sets", "links", "journal", "root", "records"}
	for _, mode := range []softdelete.Mode{softdelete.Mark, softdelete.Archive} {
		for _, journal := range []bool{false, true} {
			t.Run(fmt.Sprintf("mode=%d,journal=%v", mode, journal), func(t *testing.T) {
				p := softdelete.Policy{Journal: journal}
				schema := softdelete.HoldDDL
				for i, n := range names {
					entry := softdelete.Table{Name: n, Mode: mode, PrimaryKey: []string{"id"}}
					if mode == softdelete.Mark {
						entry.DeletionID = "deletion_id"
					}
					p.Tables = append(p.Tables, entry)
					schema += fmt.Sprintf("CREATE TABLE %s (id int PRIMARY KEY, up int%s, word text, deleted_at timestamptz, deletion_id uuid); INSERT INTO %[1]s VALUES (1, 1, 'one'), (2, 2, 'two');\n",
						n, map[bool]string{true: " REFERENCES " + names[max(i-1, 0)]}[i > 0])
					if i > 0 {
						p.ForeignKeys = append(p.ForeignKeys, softdelete.ForeignKey{Table: n, Columns: []string{"up"}, RefTable: names[i-1], RefColumns: []string{"id"}, OnDelete: softdelete.Cascade})
					}
				}
				plain, ours := openShop(t, schema, p, false)
				mustExec(t, ours, "DELETE FROM taken WHERE id = 1")
				ctx := t.Context()
				list, err := softdelete.Deletions(ctx, ours, softdelete.DeletionFilter{Row: "ONE", Left: true, State: softdelete.Restorable})
				if err != nil || len(list) != 1 || len(list[0].Rows) != len(names) {
					t.Fatalf("deletions: %+v, %v", list, err)
				}
				for _, n := range names {
					if found, err := softdelete.Deletions(ctx, ours, softdelete.DeletionFilter{Table: n, Row: "one"}); err != nil || len(found) != 1 {
						t.Errorf("deletions of %s: %+v, %v", n, found, err)
					}
					if found, err := softdelete.Deletions(ctx, ours, softdelete.DeletionFilter{Table: n, Row: "two"}); err != nil || len(found) != 0 {
						t.Errorf("deletions of %s: %+v, %v", n, found, err)
					}
				}
				counts, err := softdelete.Counts(ctx, ours)
				if err != nil {
					t.Fatal(err)
				}
				for _, c := range counts {
					if c.Live != 1 || c.Deleted != 1 {
						t.Errorf("counts: %+v", c)
					}
				}
				growth, err := softdelete.GrowthOf(ctx, ours, 2)
				if err != nil || len(growth.Days) != 2 || growth.Days[0].Deletions+growth.Days[1].Deletions != 1 {
					t.Errorf("growth: %+v, %v", growth, err)
				}
				rows, err := softdelete.DeletionRows(ctx, ours, list[0].ID, softdelete.RowFilter{Data: true})
				if err != nil || len(rows) != len(names) || rows[1].Parent == nil || rows[1].Parent.Table != "taken" {
					t.Errorf("rows: %+v, %v", rows, err)
				}
				if found, err := softdelete.Obstacles(ctx, ours, list[0].ID, nil, 5); err != nil || len(found) != 0 {
					t.Errorf("obstacles: %+v, %v", found, err)
				}
				if n, err := softdelete.Restore(ctx, ours, "records", 1, softdelete.RestoreParents()); err != nil || n != int64(len(names)) {
					t.Errorf("%d rows restored, %v", n, err)
				}
				mustExec(t, ours, "DELETE FROM taken WHERE id = 1")
				report, err := softdelete.Erase(ctx, ours, "taken", 2)
				if err != nil || report.Erased() < int64(len(names)) {
					t.Errorf("erased: %+v, %v", report, err)
				}
				purged, err := softdelete.Purge(ctx, ours, softdelete.PurgeOptions{OlderThan: time.Nanosecond})
				if err != nil || purged.Purged < int64(len(names)) {
					t.Errorf("purged: %+v, %v", purged, err)
				}
				var left []string
				for _, n := range names {
					left = append(left, "SELECT FROM "+n)
				}
				equalText(t, "rows left", all(t, plain, "SELECT count(*) FROM ("+strings.Join(left, " UNION ALL ")+") AS q"), "0")
			})
		}
	}
}
