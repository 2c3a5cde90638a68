package ddl_test

import (
	"cmp"
	"database/sql"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/ddl"
	"github.com/softdelete-go/softdelete/internal/lex"
	"github.com/softdelete-go/softdelete/internal/pgtemp"
)

var (
	genSchemas = flag.Int("schemas", 8, "how many schemas TestGeneratedSchemas generates")
	genSeed    = flag.Uint64("seed", 1, "the seed of the first of them")
)

// refusals are the documented reasons why a generated schema and policy do not fit.
var refusals = map[string]*regexp.Regexp{
	"a marker column that is no marker":                regexp.MustCompile(`is there and is no marker|which a .* marker cannot be`),
	"a foreign key of inheritance":                     regexp.MustCompile(`cannot be followed: PostgreSQL's looks at the rows of one table only`),
	"a cascade that leads out of the policy":           regexp.MustCompile(`would have to destroy rows of|really destroys rows of`),
	"a child, or a table with journal, without key":    regexp.MustCompile(`two rows of .* can have the same key|for the journal a delete reads the key`),
	"a deletion that a restore could not tell":         regexp.MustCompile(`could not find them in the journal|could not be told in the other|so that a restore would take too much|a restore cannot compare|nobody could put them back`),
	"an inheritance parent without the child's marker": regexp.MustCompile(`has no column .* to tell deleted ones by`),
}

// generated is what becomes of the generated schemas.
type generated struct {
	sync.Mutex
	planned, statements, rows, deletes, interrupted int
	refused                                         map[string]int
}

// Schemas that are made by chance, with rows, come back from Down as they were.
func TestGeneratedSchemas(t *testing.T) {
	all := &generated{refused: map[string]int{}}
	t.Run("seeds", func(t *testing.T) {
		for i := range *genSchemas {
			seed := *genSeed + uint64(i)
			t.Run(fmt.Sprint(seed), func(t *testing.T) {
				t.Parallel()
				all.run(t, seed)
			})
		}
	})
	t.Logf("%d schemas: %d planned, %d statements applied, %d rows, a delete and restore in %d, %d interrupted; refused: %v",
		*genSchemas, all.planned, all.statements, all.rows, all.deletes, all.interrupted, all.refused)
	if *genSchemas < 8 {
		return // too few for shares
	}
	if refused := *genSchemas - all.planned; refused > *genSchemas/8+2 {
		t.Errorf("%d of %d schemas were refused: the others are too few", refused, *genSchemas)
	}
	if all.deletes*4 < all.planned*3 {
		t.Errorf("the driver deleted and restored a row in %d of %d schemas: too few", all.deletes, all.planned)
	}
}

func (all *generated) add(counter *int, n int) {
	all.Lock()
	defer all.Unlock()
	*counter += n
}

func (all *generated) run(t *testing.T, seed uint64) {
	dsn := pgtemp.NewDatabase(t)
	db := open(t, dsn)
	g := newGenerator(seed, serverVersion(t, db))
	var script []string
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("-schemas 1 -seed %d:\n%s", seed, strings.Join(script, ";\n"))
		}
	})
	script = g.build(t, db)
	all.add(&all.rows, strings.Count(strings.Join(script, "\n"), "\nINSERT INTO"))

	before, had := sortedDump(t, dsn), columnsOf(t, db)
	p, o, err := g.policy(t, db)
	var m *ddl.Migration
	if err == nil {
		m, err = ddl.Plan(t.Context(), db, p, o)
	}
	if err != nil {
		all.refuse(t, err)
		return
	}
	all.add(&all.planned, 1)
	all.add(&all.statements, len(m.Up))
	script = append(script, "", m.SQL(false), m.SQL(true))

	apply(t, db, m.Up)
	up := schemaDump(t, dsn)
	empty(t, db, m.Policy, o)
	if err := softdelete.Check(t.Context(), db, m.Policy); err != nil {
		t.Errorf("Check: %v", err)
	}
	if deletes(t, dsn, m, had) {
		all.add(&all.deletes, 1)
	}
	apply(t, db, m.Down)
	if after := sortedDump(t, dsn); after != before {
		t.Fatalf("Down does not restore the schema:\n%s", firstDifference(before, after))
	}
	if len(m.Up) > 1 {
		all.add(&all.interrupted, 1)
		interrupt(t, dsn, m, p, o, up, seed)
	}
}

func serverVersion(t *testing.T, db *sql.DB) (version int) {
	t.Helper()
	if err := db.QueryRow("SELECT current_setting('server_version_num')::int / 10000").Scan(&version); err != nil {
		t.Fatal(err)
	}
	return version
}

// build makes the schema and its rows, and returns the statements. Rows that the
// constraints refuse are left out.
func (g *generator) build(t *testing.T, db *sql.DB) (script []string) {
	t.Helper()
	exec := func(statements []string) {
		for _, s := range statements {
			mustExec(t, db, s)
		}
		script = append(script, statements...)
	}
	exec(g.before())
	for range 4 {
		for _, table := range g.tables {
			for range 4 {
				row := g.row(table)
				_, err := db.Exec(row)
				var refused *pgconn.PgError
				if errors.As(err, &refused) && strings.HasPrefix(refused.Code, "23") {
					continue
				}
				if err != nil {
					t.Fatalf("%v in\n%s", err, row)
				}
				script = append(script, row)
			}
		}
	}
	exec(g.after())
	return script
}

// sortedDump is a dump whose rows do not depend on where they are.
func sortedDump(t *testing.T, dsn string) string {
	t.Helper()
	rows := strings.Split(rowsOf(t, open(t, dsn)), "\n")
	slices.Sort(rows)
	return schemaDump(t, dsn) + strings.Join(rows, "\n")
}

// refuse requires that each of the errors is one that may be.
func (all *generated) refuse(t *testing.T, err error) {
	t.Helper()
	all.Lock()
	defer all.Unlock()
	for _, problem := range split(err) {
		found := false
		for why, is := range refusals {
			if is.MatchString(problem.Error()) {
				all.refused[why]++
				found = true
			}
		}
		if bad := (*softdelete.PolicyError)(nil); !found || !errors.As(problem, &bad) {
			t.Errorf("refused: %v", problem)
		}
	}
}

// empty requires that there is nothing to do.
func empty(t *testing.T, db *sql.DB, p softdelete.Policy, o ddl.Options) {
	t.Helper()
	if again := plan(t, db, p, o); len(again.Up)+len(again.Down) > 0 {
		t.Errorf("planned again:\n%s", again.SQL(false))
	}
}

// interrupt carries out the beginning of the migration, once more, and then what the
// next plan says.
func interrupt(t *testing.T, dsn string, m *ddl.Migration, p softdelete.Policy, o ddl.Options, want string, seed uint64) {
	t.Helper()
	db := open(t, dsn)
	again := plan(t, db, p, o)
	if got := again.SQL(false) + again.SQL(true); got != m.SQL(false)+m.SQL(true) {
		t.Fatalf("after Down there is another plan:\n%s", firstDifference(m.SQL(false)+m.SQL(true), got))
	}
	done := 1 + rand.New(rand.NewPCG(seed, 6)).IntN(len(m.Up)-1)
	apply(t, db, m.Up[:done])
	rest := plan(t, db, m.Policy, o)
	apply(t, db, rest.Up)
	if got := schemaDump(t, dsn); got != want {
		t.Fatalf("stopped after %d of %d statements, then\n%s\n%s", done, len(m.Up), rest.SQL(false), firstDifference(want, got))
	}
	empty(t, db, m.Policy, o)
}

// deletes deletes a row through the driver and restores it, if there is one that can
// be, and reports whether. In between Down has to refuse where it would lose a marker.
func deletes(t *testing.T, dsn string, m *ddl.Migration, had []string) bool {
	t.Helper()
	db, err := softdelete.Open(dsn, m.Policy)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.PingContext(t.Context()); err != nil {
		t.Fatalf("the driver does not accept the policy: %v", err)
	}
	plain := open(t, dsn)
	before := rowsWithoutJournal(t, plain)
	complete, err := softdelete.Complete(t.Context(), plain, m.Policy)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range complete.Tables {
		for _, key := range liveKeys(t, plain, e) {
			if !deletable(t, db, complete, e, key) {
				continue
			}
			mustDelete(t, db, e, key)
			schema, name, err := softdelete.ParseTableName(e.Name)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Contains(had, cmp.Or(schema, "public")+"."+name+"."+cmp.Or(e.Column, "deleted_at")) {
				if _, err := plain.Exec(m.Down[0].SQL); err == nil || !strings.Contains(err.Error(), "has deleted rows, which would be back") {
					t.Errorf("the first statement of Down, with a deleted row in %s: %v", e.Name, err)
				}
			}
			if n, err := softdelete.Restore(t.Context(), db, e.Name, key...); n == 0 || err != nil {
				t.Errorf("restore of %v in %s: %d rows, %v", key, e.Name, n, err)
			}
			if after := rowsWithoutJournal(t, plain); after != before {
				t.Errorf("after the delete and restore of %v in %s:\n%s", key, e.Name, firstDifference(before, after))
			}
			return true
		}
	}
	return false
}

// deletable reports whether the constraints permit it to delete the row, and to bring
// it back as it was: references that are cleared come back from the journal only, and
// the row may refer to one that was deleted before.
func deletable(t *testing.T, db *sql.DB, p softdelete.Policy, e softdelete.Table, key []any) bool {
	t.Helper()
	preview, err := softdelete.PreviewDelete(t.Context(), db, e.Name, key...)
	if err != nil {
		t.Fatalf("preview of the delete of %v in %s: %v", key, e.Name, err)
	}
	if preview.Blocked != nil || len(preview.Unlinked) > 0 && !p.Journal {
		return false
	}
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	from := fromRow(t, e)
	_, err = tx.Exec("DELETE"+from, key...)
	var constraint *pgconn.PgError
	if errors.As(err, &constraint) && strings.HasPrefix(constraint.Code, "23") {
		return false
	}
	if err != nil {
		t.Fatalf("DELETE%s: %v", from, err)
	}
	_, err = softdelete.Restore(t.Context(), tx, e.Name, key...)
	var refused *softdelete.RefusedError
	if errors.As(err, &refused) && strings.Contains(err.Error(), "a row refers to a parent that stays deleted") {
		return false
	}
	if err != nil {
		t.Fatalf("restore of %v in %s: %v", key, e.Name, err)
	}
	return true
}

func mustDelete(t *testing.T, db *sql.DB, e softdelete.Table, key []any) {
	t.Helper()
	from := fromRow(t, e)
	result, err := db.Exec("DELETE"+from, key...)
	if err != nil {
		t.Fatalf("DELETE%s: %v", from, err)
	}
	// Of inheritance more than one table can have a row with the key.
	if n, err := result.RowsAffected(); n < 1 || err != nil {
		t.Fatalf("DELETE%s: %d rows, %v", from, n, err)
	}
	var left int
	if err := db.QueryRow("SELECT count(*)"+from, key...).Scan(&left); left != 0 || err != nil {
		t.Errorf("%d rows after DELETE%s, %v", left, from, err)
	}
}

// fromRow is the row with a key, behind a verb.
func fromRow(t *testing.T, e softdelete.Table) string {
	t.Helper()
	var conditions []string
	for i, name := range primaryKey(e) {
		conditions = append(conditions, fmt.Sprintf("%s = $%d", lex.QuoteIdent(name), i+1))
	}
	return " FROM " + sqlName(t, e) + " WHERE " + strings.Join(conditions, " AND ")
}

func primaryKey(e softdelete.Table) []string {
	if len(e.PrimaryKey) == 0 {
		return []string{"id"}
	}
	return e.PrimaryKey
}

func sqlName(t *testing.T, e softdelete.Table) string {
	t.Helper()
	schema, name, err := softdelete.ParseTableName(e.Name)
	if err != nil {
		t.Fatal(err)
	}
	return lex.QuoteIdent(cmp.Or(schema, "public")) + "." + lex.QuoteIdent(name)
}

// liveKeys are the keys of live rows of a table; none if it has no key. Of inheritance
// several tables can have the same key, and a restore would take all of them.
func liveKeys(t *testing.T, db *sql.DB, e softdelete.Table) (keys [][]any) {
	t.Helper()
	parts := []string{}
	for _, name := range primaryKey(e) {
		parts = append(parts, lex.QuoteIdent(name)+"::text")
	}
	marker := lex.QuoteIdent(cmp.Or(e.Column, "deleted_at"))
	live := marker + " IS NULL"
	switch e.Marker {
	case softdelete.Timestamp:
	case softdelete.Flag:
		live = "NOT " + marker
	default:
		live = marker + " = 0"
	}
	var has bool
	if err := db.QueryRow("SELECT count(*) = $3 FROM pg_attribute WHERE attrelid = $1::regclass AND attname = ANY ($2)", sqlName(t, e), primaryKey(e), len(parts)).Scan(&has); err != nil {
		t.Fatal(err)
	}
	if !has {
		return nil
	}
	query := fmt.Sprintf("SELECT json_build_array(%s)::text FROM %s GROUP BY 1 HAVING count(*) = 1 AND bool_and(%s) ORDER BY 1 LIMIT 5",
		strings.Join(parts, ", "), sqlName(t, e), live)
	for _, line := range column(t, db, query) {
		var key []any
		if err := json.Unmarshal([]byte(line), &key); err != nil {
			t.Fatal(err)
		}
		keys = append(keys, key)
	}
	return keys
}

// rowsWithoutJournal are the rows of all tables but the journal's.
func rowsWithoutJournal(t *testing.T, db *sql.DB) string {
	t.Helper()
	rows := slices.DeleteFunc(strings.Split(rowsOf(t, db), "\n"), func(row string) bool { return strings.HasPrefix(row, "public.softdelete_") })
	slices.Sort(rows)
	return strings.Join(rows, "\n")
}

// columnsOf are the columns of all tables.
func columnsOf(t *testing.T, db *sql.DB) []string {
	t.Helper()
	return column(t, db, `SELECT n.nspname || '.' || c.relname || '.' || a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
		JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname !~ '^pg_' AND NOT a.attisdropped`)
}
