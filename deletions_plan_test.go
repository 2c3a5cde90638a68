package softdelete

import (
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
		rows, err := plain.Query("EXPLAIN "+text, q.args...)
		if err != nil {
			t.Fatal(err)
		}
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
		all := strings.Join(plan, "\n")
		if strings.Contains(all, "Seq Scan on softdelete_deletions") || strings.Contains(all, "Seq Scan on users") || f.ID == "" && strings.Contains(all, "Sort Key: j.") {
			t.Errorf("%+v:\n%s", f, all)
		}
	}
}
