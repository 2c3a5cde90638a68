package softdelete

import (
	"database/sql"
	"strings"
	"testing"
	"time"

	"github.com/softdelete-go/softdelete/internal/pgtemp"
)

// A page of deletions is read by the index, whatever the page and the number of
// deletions.
func TestDeletionsByIndex(t *testing.T) {
	plain := openPlain(t, pgtemp.NewDatabase(t))
	for _, text := range []string{
		JournalDDL, HoldDDL, `CREATE TABLE users (id int PRIMARY KEY, deleted_at timestamptz, deletion_id uuid)`, `CREATE INDEX ON users (deletion_id)`,
		`INSERT INTO softdelete_deletions (id, deleted_at, table_name, rows) SELECT gen_random_uuid(), now() - i * interval '1 minute', 'users', '{"users": 1}' FROM generate_series(1, 50000) AS i`,
		`INSERT INTO users SELECT row_number() OVER (), deleted_at, id FROM softdelete_deletions`, `ANALYZE`,
	} {
		if _, err := plain.Exec(text); err != nil {
			t.Fatal(err)
		}
	}
	tables, err := newTableSet(Policy{Journal: true, Tables: []Table{{Name: "users", DeletionID: "deletion_id"}}})
	if err != nil {
		t.Fatal(err)
	}
	cursor := time.Now().Add(-100*time.Hour).Format(time.RFC3339Nano) + "/00000000-0000-4000-8000-000000000000"
	for _, f := range []DeletionFilter{{}, {After: cursor}, {After: cursor, State: Restorable}, {Until: time.Now().Add(-time.Hour)}, {ID: "00000000-0000-4000-8000-000000000000"}} {
		q := &deletionQuery{tables: tables, filter: f, holds: true}
		text, err := q.text()
		if err != nil {
			t.Fatal(err)
		}
		all := planOf(t, plain, text, q.args)
		if strings.Contains(all, "Seq Scan on softdelete_deletions") || strings.Contains(all, "Seq Scan on users") || f.ID == "" && strings.Contains(all, "Sort Key: j.") {
			t.Errorf("%+v:\n%s", f, all)
		}
	}
}

// A page of a deletion's rows is read by an index, too, whether it took a few rows or
// most of the table.
func TestDeletionRowsByIndex(t *testing.T) {
	plain := openPlain(t, pgtemp.NewDatabase(t))
	const large, small = "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"
	for _, text := range []string{
		`CREATE TABLE lines (a int, b int, deleted_at timestamptz, deletion_id uuid, PRIMARY KEY (a, b))`, `CREATE INDEX ON lines (deletion_id) WHERE deletion_id IS NOT NULL`,
		`INSERT INTO lines SELECT i / 10, i % 10, now(), CASE WHEN i % 1000 = 0 THEN '` + small + `'::uuid ELSE '` + large + `' END FROM generate_series(1, 50000) AS i`, `ANALYZE`,
	} {
		if _, err := plain.Exec(text); err != nil {
			t.Fatal(err)
		}
	}
	tables, err := newTableSet(Policy{Tables: []Table{{Name: "lines", PrimaryKey: []string{"a", "b"}, DeletionID: "deletion_id"}}})
	if err != nil {
		t.Fatal(err)
	}
	for id, index := range map[string]string{large: "lines_pkey", small: "lines_deletion_id_idx"} {
		for _, after := range [][]string{nil, {"2500", "3"}} {
			q := &rowQuery{table: tables.all[0], id: id, after: after, filter: RowFilter{Data: true}, limit: 100}
			text, err := q.text()
			if err != nil {
				t.Fatal(err)
			}
			if plan := planOf(t, plain, text, q.args); !strings.Contains(plan, index) || strings.Contains(plan, "Seq Scan") {
				t.Errorf("of %s, behind %v:\n%s", id, after, plan)
			}
		}
	}
}

func planOf(t *testing.T, db *sql.DB, text string, args []any) string {
	t.Helper()
	rows, err := db.Query("EXPLAIN "+text, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var plan []string
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		plan = append(plan, line)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(plan, "\n")
}
