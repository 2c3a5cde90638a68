package ddl_test

import (
	"bytes"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// dump is the whole database: as pg_dump writes it, unless it is older than the server
// and refuses to, and as the catalog has it.
func dump(t *testing.T, dsn string) string {
	t.Helper()
	return schemaDump(t, dsn) + rowsOf(t, open(t, dsn))
}

// schemaDump is the same without rows.
func schemaDump(t *testing.T, dsn string) string {
	t.Helper()
	db := open(t, dsn)
	var server int
	if err := db.QueryRow("SELECT current_setting('server_version_num')::int / 10000").Scan(&server); err != nil {
		t.Fatal(err)
	}
	text := strings.Join(column(t, db, catalogLines), "\n")
	d, err := dumper()
	if err != nil {
		t.Fatal(err)
	}
	if d.version >= server {
		text = run(t, d.program, "--schema-only", dsn) + text
	}
	return text
}

// dumper is pg_dump, which must be there in some version.
var dumper = sync.OnceValues(func() (d struct {
	program string
	version int
}, err error,
) {
	d.program, err = exec.LookPath(filepath.Join(os.Getenv("SOFTDELETE_PG_BIN"), "pg_dump"))
	if err != nil {
		found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/pg_dump")
		if len(found) == 0 {
			return d, fmt.Errorf("this test needs pg_dump: %w", err)
		}
		d.program = found[len(found)-1]
	}
	out, err := exec.Command(d.program, "--version").Output()
	if err != nil {
		return d, err
	}
	if _, err := fmt.Sscanf(string(out), "pg_dump (PostgreSQL) %d", &d.version); err != nil {
		return d, fmt.Errorf("%s does not say its version: %w", d.program, err)
	}
	return d, nil
})

func run(t *testing.T, program string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v: %s", program, err, stderr.String())
	}
	// Newer ones write a random word into these lines.
	return regexp.MustCompile(`(?m)^\\(un)?restrict .*\n`).ReplaceAllString(string(out), "")
}

// catalogLines describes each object of a database in a line. Columns are numbered
// without the dropped ones. connoinherit means something for checks only, and depends
// for other constraints on how they came to be, for pg_dump's own restores too.
const catalogLines = `
WITH rel AS (
  SELECT c.*, n.nspname || '.' || c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema')
SELECT line FROM (
  SELECT concat_ws(' ', 'relation', name, relkind, relreplident, reloptions, reltablespace, relacl, relrowsecurity, pg_get_partkeydef(oid),
    CASE WHEN relkind IN ('v', 'm') THEN pg_get_viewdef(oid) END, pg_get_expr(relpartbound, oid), obj_description(oid, 'pg_class'),
    (SELECT string_agg(inhparent::regclass::text, ',' ORDER BY inhseqno) FROM pg_inherits WHERE inhrelid = rel.oid)) AS line
  FROM rel
  UNION ALL
  SELECT concat_ws(' ', 'column', rel.name, row_number() OVER (PARTITION BY rel.oid ORDER BY attnum), attname, format_type(atttypid, atttypmod), attnotnull,
    attidentity, attgenerated, attislocal, attinhcount, attcollation::regcollation, pg_get_expr(adbin, adrelid), attacl, attstorage, attcompression, attoptions,
    nullif(attstattarget, -1), col_description(rel.oid, attnum))
  FROM rel JOIN pg_attribute ON attrelid = rel.oid AND attnum > 0 AND NOT attisdropped LEFT JOIN pg_attrdef ON adrelid = rel.oid AND adnum = attnum
  WHERE relkind <> 'i' AND relkind <> 'I'
  UNION ALL
  SELECT concat_ws(' ', 'constraint', rel.name, conname, contype, condeferrable, condeferred, convalidated, conislocal, coninhcount, CASE contype WHEN 'c' THEN connoinherit END,
    pg_get_constraintdef(k.oid), obj_description(k.oid, 'pg_constraint'))
  FROM rel JOIN pg_constraint k ON conrelid = rel.oid
  UNION ALL
  SELECT concat_ws(' ', 'index', rel.name, pg_get_indexdef(indexrelid), indisvalid, indisready, indisclustered, indisreplident, indimmediate, indisprimary)
  FROM rel JOIN pg_index ON indrelid = rel.oid
  UNION ALL
  SELECT concat_ws(' ', 'index column', rel.name, attnum, attname, attstattarget) FROM rel JOIN pg_attribute ON attrelid = rel.oid
  WHERE relkind IN ('i', 'I') AND attstattarget >= 0
  UNION ALL
  SELECT concat_ws(' ', 'trigger', rel.name, pg_get_triggerdef(g.oid)) FROM rel JOIN pg_trigger g ON tgrelid = rel.oid WHERE NOT tgisinternal
  UNION ALL
  SELECT concat_ws(' ', 'policy', rel.name, polname, polcmd, polpermissive, polroles, pg_get_expr(polqual, rel.oid), pg_get_expr(polwithcheck, rel.oid))
  FROM rel JOIN pg_policy ON polrelid = rel.oid
  UNION ALL
  SELECT concat_ws(' ', 'statistics', rel.name, pg_get_statisticsobjdef(s.oid)) FROM rel JOIN pg_statistic_ext s ON stxrelid = rel.oid
  UNION ALL
  SELECT concat_ws(' ', 'publication', rel.name, pubname) FROM rel JOIN pg_publication_rel r ON prrelid = rel.oid JOIN pg_publication p ON p.oid = prpubid
) lines ORDER BY line COLLATE "C"`

func column(t *testing.T, db *sql.DB, query string) (values []string) {
	t.Helper()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var v string
		if err := rows.Scan(&v); err != nil {
			t.Fatal(err)
		}
		values = append(values, v)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return values
}

// rowsOf are the rows of all tables.
func rowsOf(t *testing.T, db *sql.DB) string {
	t.Helper()
	var b strings.Builder
	for _, table := range column(t, db, `SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind = 'r' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ORDER BY 1`) {
		for _, row := range column(t, db, "SELECT x::text FROM ONLY "+table+" x") {
			b.WriteString(table + " " + row + "\n")
		}
	}
	return b.String()
}

func firstDifference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	i := 0
	for i < len(w) && i < len(g) && w[i] == g[i] {
		i++
	}
	end := func(lines []string) string { return strings.Join(lines[max(0, i-3):min(i+6, len(lines))], "\n") }
	return "--- before\n" + end(w) + "\n--- after\n" + end(g)
}
