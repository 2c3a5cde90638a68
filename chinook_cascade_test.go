package softdelete_test

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/internal/pgtemp"
)

// The sample database's own constraints forbid all of this: its artists have
// albums. The policy says otherwise, and the policy is what counts.
func TestChinookCascade(t *testing.T) {
	key := func(child, column, parent, refColumn string, a softdelete.Action) softdelete.ForeignKey {
		return softdelete.ForeignKey{Table: child, Columns: []string{column}, RefTable: parent, RefColumns: []string{refColumn}, OnDelete: a}
	}
	table := func(name string, primaryKey ...string) softdelete.Table {
		return softdelete.Table{Name: name, PrimaryKey: primaryKey, DeletionID: "deletion_id"}
	}
	p := softdelete.Policy{
		Journal: true,
		Tables: []softdelete.Table{
			table("artist", "artist_id"), table("album", "album_id"), table("track", "track_id"),
			table("invoice_line", "invoice_line_id"), table("playlist_track", "playlist_id", "track_id"),
			table("employee", "employee_id"), table("customer", "customer_id"),
		},
		ForeignKeys: []softdelete.ForeignKey{
			key("album", "artist_id", "artist", "artist_id", softdelete.Cascade),
			key("track", "album_id", "album", "album_id", softdelete.Cascade),
			key("invoice_line", "track_id", "track", "track_id", softdelete.Cascade),
			key("playlist_track", "track_id", "track", "track_id", softdelete.Cascade),
			key("employee", "reports_to", "employee", "employee_id", softdelete.SetNull),
			key("customer", "support_rep_id", "employee", "employee_id", softdelete.SetNull),
			key("invoice", "customer_id", "customer", "customer_id", softdelete.NoAction),
		},
	}
	dsn := pgtemp.NewDatabase(t)
	plain, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	script := chinookScript(t) + softdelete.JournalDDL
	for _, table := range p.Tables {
		script += fmt.Sprintf(";ALTER TABLE %s ADD COLUMN deleted_at timestamptz, ADD COLUMN deletion_id uuid", table.Name)
	}
	if _, err := plain.Exec(script + ";ANALYZE"); err != nil {
		t.Fatal(err)
	}
	db, err := softdelete.Open(dsn, p)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()

	dump := func() string {
		var b strings.Builder
		for _, table := range append(p.Tables, softdelete.Table{Name: "invoice"}) {
			fmt.Fprintln(&b, table.Name, all(t, plain, "SELECT x::text FROM "+table.Name+" x ORDER BY 1"))
		}
		return b.String()
	}
	before := dump()
	count := func(what string) string { return all(t, db, "SELECT count(*) FROM "+what) }
	const of = " WHERE track_id IN (SELECT track_id FROM track JOIN album USING (album_id) WHERE artist_id = 90)"
	taken := map[string]string{"album": count("album WHERE artist_id = 90"), "track": count("track" + of), "invoice_line": count("invoice_line" + of), "playlist_track": count("playlist_track" + of)}
	for name, n := range taken {
		if n == "0" {
			t.Fatalf("the artist has no %s, so that the test would show nothing", name)
		}
	}

	if n := mustExec(t, db, "DELETE FROM artist WHERE artist_id = $1", 90); n != 1 {
		t.Errorf("%d rows affected", n)
	}
	for name, n := range taken {
		equalText(t, "rows of "+name+" that the deletion took", all(t, plain, "SELECT count(*) FROM "+name+" WHERE deleted_at IS NOT NULL"), n)
		equalText(t, "the same in the journal", all(t, plain, "SELECT rows ->> '"+name+"' FROM softdelete_deletions"), n)
	}
	equalText(t, "tracks without an album", count("track t LEFT JOIN album a USING (album_id) WHERE a.album_id IS NULL AND t.album_id IS NOT NULL"), "0")
	// Employee 2 is managed, manages, and serves nobody; 3 serves customers.
	mustExec(t, db, "DELETE FROM employee WHERE employee_id IN (2, 3)")
	if got := count("customer WHERE support_rep_id IS NULL"); got == "0" {
		t.Error("no customer lost its representative")
	}
	if _, err := db.Exec("DELETE FROM customer WHERE customer_id = 1"); err == nil || !strings.Contains(err.Error(), "23503") {
		t.Errorf("a customer with invoices: %v", err)
	}

	for _, restore := range [][]any{{"artist", 90}, {"employee", 3}} {
		if n, err := softdelete.Restore(t.Context(), db, restore[0].(string), restore[1]); err != nil || n == 0 {
			t.Fatalf("restoring %v: %d rows, %v", restore, n, err)
		}
	}
	if after := dump(); after != before {
		t.Error("after the restores the database is not what it was")
	}
}
