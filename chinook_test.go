package softdelete_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/stdlib"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/internal/pgtemp"
)

// The Chinook sample database, twice: in one copy rows are deleted through the driver, in its twin
// the same statements delete them for good. Whatever is then asked or written, in the words of an
// application that knows nothing of markers, must come out alike. The statements are in
// testdata/chinook.

// chinookEnv names the environment variable with the path of the database's script.
const chinookEnv = "SOFTDELETE_CHINOOK"

const chinookData = "testdata/chinook"

// chinookPolicy uses every kind of marker, several names, and a key of two columns.
var chinookPolicy = softdelete.Policy{Tables: []softdelete.Table{
	{Name: "album", PrimaryKey: []string{"album_id"}},
	{Name: "artist", PrimaryKey: []string{"artist_id"}},
	{Name: "customer", PrimaryKey: []string{"customer_id"}},
	{Name: "employee", PrimaryKey: []string{"employee_id"}},
	{Name: "invoice", PrimaryKey: []string{"invoice_id"}},
	{Name: "track", PrimaryKey: []string{"track_id"}},
	{Name: "playlist_track", Column: "removed_at", PrimaryKey: []string{"playlist_id", "track_id"}},
	{Name: "playlist", Column: "is_deleted", Marker: softdelete.Flag, PrimaryKey: []string{"playlist_id"}},
	{Name: "genre", Marker: softdelete.UnixSeconds, PrimaryKey: []string{"genre_id"}},
	{Name: "invoice_line", Column: "deleted_ms", Marker: softdelete.UnixMillis, PrimaryKey: []string{"invoice_line_id"}},
	{Name: "media_type", Column: "deleted_ns", Marker: softdelete.UnixNanos, PrimaryKey: []string{"media_type_id"}},
}}

// chinookLive is the live predicate of each table, by hand, so that the contents of a table can be
// compared without the rewriter's help.
var chinookLive = map[string]string{
	"album":          "deleted_at IS NULL",
	"artist":         "deleted_at IS NULL",
	"customer":       "deleted_at IS NULL",
	"employee":       "deleted_at IS NULL",
	"invoice":        "deleted_at IS NULL",
	"track":          "deleted_at IS NULL",
	"playlist_track": "removed_at IS NULL",
	"playlist":       "NOT is_deleted",
	"genre":          "deleted_at = 0",
	"invoice_line":   "deleted_ms = 0",
	"media_type":     "deleted_ns = 0",
}

// chinookMarkers are the columns in which a row that DELETE … RETURNING gives may differ from the
// twin's: they already show that it is deleted.
var chinookMarkers = []string{"deleted_at", "removed_at", "is_deleted", "deleted_ms", "deleted_ns"}

func TestChinook(t *testing.T) {
	c := newChinook(t, chinookScript(t))
	t.Run("reads", c.testReads)
	t.Run("writes", c.testWrites)
	t.Run("locks", c.testLocks)
	t.Run("copies", c.testCopies)
}

// chinookScript returns the text that creates and fills the database.
func chinookScript(t *testing.T) string {
	t.Helper()
	path, explicit := os.LookupEnv(chinookEnv)
	if !explicit {
		path = "../shared/data/chinook/chinook.sql"
	}
	script, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && !explicit && os.Getenv("CI") != "true" {
		t.Skipf("the Chinook sample database is not at %s, so NOTHING WAS TESTED against real data; "+
			"get Chinook_PostgreSql.sql from github.com/lerocha/chinook-database, remove its DROP, CREATE DATABASE and \\c lines, "+
			"and set %s to its path", path, chinookEnv)
	}
	if err != nil {
		t.Fatalf("the Chinook sample database (%s, or a default path): %v", chinookEnv, err)
	}
	return string(script)
}

// chinook is the two copies, after the deletes.
type chinook struct {
	ours *sql.DB // through the driver
	bare *sql.DB // the same database through plain pgx: what an unfiltered statement sees
	twin *sql.DB // plain pgx, rows really deleted
}

func newChinook(t *testing.T, script string) *chinook {
	t.Helper()
	ctx := t.Context()
	markers, err := os.ReadFile(filepath.Join(chinookData, "markers.sql"))
	if err != nil {
		t.Fatal(err)
	}
	plain := func(dsn string) *sql.DB {
		db, err := sql.Open("pgx", dsn)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		return db
	}
	oursDSN := pgtemp.NewDatabase(t)
	c := &chinook{bare: plain(oursDSN), twin: plain(pgtemp.NewDatabase(t))}
	if c.ours, err = softdelete.Open(oursDSN, chinookPolicy); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.ours.Close() })
	for _, db := range []*sql.DB{c.bare, c.twin} {
		// Without statistics the planner joins eight tables by nested loops, which takes seconds.
		for _, s := range []string{script, string(markers), "ANALYZE"} {
			if _, err := db.ExecContext(ctx, s); err != nil {
				t.Fatalf("load the Chinook database: %v", err)
			}
		}
	}
	before := c.count(t, ctx, c.twin)
	c.delete(t)
	c.checkDeleted(t, before)
	return c
}

// delete runs the deletes on both copies.
func (c *chinook) delete(t *testing.T) {
	t.Helper()
	for _, s := range readChinook(t, "deletes.sql") {
		for i, args := range s.args {
			want, err := s.run(t.Context(), c.twin, args, false)
			if err != nil {
				t.Fatalf("%s: on the twin: %v", s.name, err)
			}
			got, err := s.run(t.Context(), c.ours, args, false)
			if err != nil {
				t.Fatalf("%s: %v", s.name, err)
			}
			if d := s.diff(want, got); d != "" {
				t.Fatalf("%s, execution %d: %s", s.name, i+1, d)
			}
		}
	}
}

// checkDeleted makes sure that the data can show a leak: every table has live rows and dead ones,
// nothing went for good on our side, and everything did on the twin.
func (c *chinook) checkDeleted(t *testing.T, before map[string]int) {
	t.Helper()
	ctx := t.Context()
	twin, live := c.count(t, ctx, c.twin), c.count(t, ctx, c.ours)
	all, dead := c.count(t, softdelete.WithDeleted(ctx), c.ours), c.count(t, softdelete.OnlyDeleted(ctx), c.ours)
	bare := c.count(t, ctx, c.bare)
	for _, table := range chinookPolicy.Tables {
		n := table.Name
		if live[n] == 0 || dead[n] == 0 {
			t.Errorf("%s has %d live rows and %d dead ones; a test of leaks needs both", n, live[n], dead[n])
		}
		if live[n] != twin[n] || dead[n] != before[n]-twin[n] || all[n] != before[n] || bare[n] != before[n] {
			t.Errorf("%s: of %d rows the twin keeps %d; we see %d live, %d dead, %d together, and %d without the driver",
				n, before[n], twin[n], live[n], dead[n], all[n], bare[n])
		}
	}
	if d := diffContents(c.contents(t, c.twin), c.contents(t, c.ours)); d != "" {
		t.Errorf("after the deletes: %s", d)
	}
	if t.Failed() {
		t.FailNow()
	}
}

func (c *chinook) count(t *testing.T, ctx context.Context, db *sql.DB) map[string]int {
	t.Helper()
	counts := map[string]int{}
	for _, table := range chinookPolicy.Tables {
		var n int
		if err := db.QueryRowContext(ctx, "SELECT count(*) FROM "+table.Name).Scan(&n); err != nil {
			t.Fatal(err)
		}
		counts[table.Name] = n
	}
	return counts
}

// contents is a digest of the live rows of each table, read under WithDeleted and filtered by hand.
func (c *chinook) contents(t *testing.T, db chinookRunner) map[string]string {
	t.Helper()
	digests := map[string]string{}
	for table, live := range chinookLive {
		var n int
		var digest string
		err := db.QueryRowContext(softdelete.WithDeleted(t.Context()),
			"SELECT count(*), coalesce(md5(string_agg(r::text, E'\\n' ORDER BY r::text)), '') FROM "+table+" AS r WHERE "+live).Scan(&n, &digest)
		if err != nil {
			t.Fatal(err)
		}
		digests[table] = fmt.Sprintf("%d rows, md5 %s", n, digest)
	}
	return digests
}

func diffContents(want, got map[string]string) string {
	for _, table := range chinookPolicy.Tables {
		if w, g := want[table.Name], got[table.Name]; w != g {
			return fmt.Sprintf("the live rows of %s are %s; on the twin %s", table.Name, g, w)
		}
	}
	return ""
}

// testReads asks every question of both copies, directly and through a prepared statement. Asked
// without the driver it must be answered differently: else the data would not show a leak.
func (c *chinook) testReads(t *testing.T) {
	statements := readChinook(t, "reads_*.sql")
	if len(statements) < 45 {
		t.Errorf("only %d statements were found", len(statements))
	}
	for _, s := range statements {
		t.Run(s.name, func(t *testing.T) {
			leaks := false
			for i, args := range s.args {
				want, err := s.run(t.Context(), c.twin, args, false)
				if err != nil {
					t.Fatalf("on the twin: %v", err)
				}
				for _, prepared := range []bool{false, true} {
					got, err := s.run(t.Context(), c.ours, args, prepared)
					if err != nil {
						t.Fatal(err)
					}
					if d := s.diff(want, got); d != "" {
						t.Errorf("execution %d, prepared %t: %s", i+1, prepared, d)
					}
				}
				unfiltered, err := s.run(t.Context(), c.bare, args, false)
				leaks = leaks || err != nil || s.diff(want, unfiltered) != ""
			}
			s.checkLeaks(t, leaks)
		})
	}
}

// testWrites runs every write in a transaction on both copies, and compares what it reports and
// what it leaves behind.
func (c *chinook) testWrites(t *testing.T) {
	statements := readChinook(t, "writes.sql")
	if len(statements) < 10 {
		t.Errorf("only %d statements were found", len(statements))
	}
	before := c.contents(t, c.twin)
	for _, s := range statements {
		t.Run(s.name, func(t *testing.T) {
			want, contents, err := c.write(t, c.twin, s)
			if err != nil {
				t.Fatalf("on the twin: %v", err)
			}
			if diffContents(before, contents) == "" {
				t.Error("the statement changes nothing")
			}
			got, ourContents, err := c.write(t, c.ours, s)
			if err != nil {
				t.Fatal(err)
			}
			if d := s.diff(want, got); d != "" {
				t.Error(d)
			}
			if d := diffContents(contents, ourContents); d != "" {
				t.Error(d)
			}
			unfiltered, bareContents, err := c.write(t, c.bare, s)
			s.checkLeaks(t, err != nil || s.diff(want, unfiltered) != "" || diffContents(contents, bareContents) != "")
		})
	}
}

func (c *chinook) write(t *testing.T, db *sql.DB, s chinookStatement) (outcome, map[string]string, error) {
	t.Helper()
	tx := begin(t, db)
	defer rollback(t, tx)
	o, err := s.run(t.Context(), tx, nil, false)
	if err != nil {
		return outcome{}, nil, err
	}
	return o, c.contents(t, tx), nil
}

// testLocks lets two transactions take from the same queue.
func (c *chinook) testLocks(t *testing.T) {
	for _, s := range readChinook(t, "locks.sql") {
		t.Run(s.name, func(t *testing.T) {
			both := func(db *sql.DB) [2]outcome {
				var out [2]outcome
				for i := range out {
					tx := begin(t, db)
					defer rollback(t, tx)
					var err error
					if out[i], err = s.run(t.Context(), tx, nil, false); err != nil {
						t.Fatal(err)
					}
				}
				return out
			}
			want, got, unfiltered := both(c.twin), both(c.ours), both(c.bare)
			if len(want[1].rows) == 0 || s.diff(want[0], want[1]) == "" {
				t.Error("the second transaction does not get other rows than the first")
			}
			leaks := false
			for i := range want {
				if d := s.diff(want[i], got[i]); d != "" {
					t.Errorf("transaction %d: %s", i+1, d)
				}
				leaks = leaks || s.diff(want[i], unfiltered[i]) != ""
			}
			s.checkLeaks(t, leaks)
		})
	}
}

// testCopies compares exports. database/sql has no way to read COPY TO, so that an application
// rewrites the text and sends it over the connection beneath.
func (c *chinook) testCopies(t *testing.T) {
	rewriter, err := softdelete.NewRewriter(chinookPolicy)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range readChinook(t, "copies.sql") {
		t.Run(s.name, func(t *testing.T) {
			rewritten, err := rewriter.Rewrite(t.Context(), s.sql)
			if err != nil {
				t.Fatal(err)
			}
			want, got, unfiltered := copyOut(t, c.twin, s.sql), copyOut(t, c.ours, rewritten), copyOut(t, c.bare, s.sql)
			if d := s.diff(want, got); d != "" {
				t.Error(d)
			}
			s.checkLeaks(t, s.diff(want, unfiltered) != "")
		})
	}
}

func copyOut(t *testing.T, db *sql.DB, statement string) outcome {
	t.Helper()
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	var o outcome
	err = conn.Raw(func(driverConn any) error {
		c, ok := softdelete.Unwrap(driverConn).(*stdlib.Conn)
		if !ok {
			return fmt.Errorf("the connection beneath is a %T", softdelete.Unwrap(driverConn))
		}
		var out bytes.Buffer
		tag, err := c.Conn().PgConn().CopyTo(t.Context(), &out, statement)
		o.affected, o.rows = tag.RowsAffected(), strings.SplitAfter(out.String(), "\n")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func begin(t *testing.T, db *sql.DB) *sql.Tx {
	t.Helper()
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return tx
}

func rollback(t *testing.T, tx *sql.Tx) {
	t.Helper()
	if err := tx.Rollback(); err != nil {
		t.Error(err)
	}
}

// chinookStatement is one statement of the data files:
//
//	-- name: what it is
//	-- ordered              its rows have a total order and are compared in it
//	-- returning            it is a write that gives rows; markers in them are not compared
//	-- args: [1, "text"]    a JSON array of arguments; one line for each execution
//	-- unfiltered: same; why, where the outcome is the same without the driver
//
// and then the text, up to the next name.
type chinookStatement struct {
	name, sql          string
	read               bool // out of a file of reads
	ordered, returning bool
	args               [][]any
	same               bool
}

func readChinook(t *testing.T, pattern string) []chinookStatement {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(chinookData, pattern))
	if err != nil || len(files) == 0 {
		t.Fatalf("no file %s (%v)", pattern, err)
	}
	var all []chinookStatement
	names := map[string]bool{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		const begin = "\n-- name: "
		// What stands before the first name is about the file as a whole.
		for _, part := range strings.Split("\n"+string(text), begin)[1:] {
			s, err := parseChinook(part)
			if err == nil && names[s.name] {
				err = errors.New("the name is taken")
			}
			if err != nil {
				t.Fatalf("%s: %q: %v", file, s.name, err)
			}
			names[s.name] = true
			s.read = strings.HasPrefix(filepath.Base(file), "reads_") || filepath.Base(file) == "locks.sql"
			all = append(all, s)
		}
	}
	return all
}

func parseChinook(part string) (chinookStatement, error) {
	var s chinookStatement
	s.name, s.sql, _ = strings.Cut(part, "\n")
	for strings.HasPrefix(s.sql, "-- ") {
		var line string
		line, s.sql, _ = strings.Cut(s.sql, "\n")
		key, value, _ := strings.Cut(strings.TrimPrefix(line, "-- "), ":")
		switch key {
		case "ordered":
			s.ordered = true
		case "returning":
			s.returning = true
		case "args":
			args, err := parseArgs(value)
			if err != nil {
				return s, err
			}
			s.args = append(s.args, args)
		case "unfiltered":
			if !strings.HasPrefix(value, " same; ") {
				return s, fmt.Errorf("%q does not say why", line)
			}
			s.same = true
		default:
			return s, fmt.Errorf("unknown line %q", line)
		}
	}
	if s.args == nil {
		s.args = [][]any{nil}
	}
	if s.sql = strings.TrimSpace(s.sql); s.sql == "" {
		return s, errors.New("no statement")
	}
	return s, nil
}

// parseArgs reads a JSON array, with whole numbers as int64.
func parseArgs(text string) ([]any, error) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var args []any
	if err := d.Decode(&args); err != nil {
		return nil, fmt.Errorf("args%s: %w", text, err)
	}
	for i, a := range args {
		n, ok := a.(json.Number)
		if !ok {
			continue
		}
		if whole, err := n.Int64(); err == nil {
			args[i] = whole
		} else if args[i], err = n.Float64(); err != nil {
			return nil, fmt.Errorf("args%s: %w", text, err)
		}
	}
	return args, nil
}

type chinookRunner interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
}

// outcome is all that the caller of a statement can see.
type outcome struct {
	columns  []column
	rows     []string
	affected int64 // 0 for a query
}

type column struct {
	name, databaseType, scanType string
	length, precision, scale     int64
}

func (s chinookStatement) run(ctx context.Context, db chinookRunner, args []any, prepared bool) (outcome, error) {
	if !s.read && !s.returning {
		result, err := db.ExecContext(ctx, s.sql, args...)
		if err != nil {
			return outcome{}, err
		}
		n, err := result.RowsAffected()
		return outcome{affected: n}, err
	}
	if !prepared {
		rows, err := db.QueryContext(ctx, s.sql, args...)
		if err != nil {
			return outcome{}, err
		}
		return s.fetch(rows)
	}
	stmt, err := db.PrepareContext(ctx, s.sql)
	if err != nil {
		return outcome{}, err
	}
	defer func() { _ = stmt.Close() }()
	rows, err := stmt.QueryContext(ctx, args...)
	if err != nil {
		return outcome{}, err
	}
	return s.fetch(rows)
}

func (s chinookStatement) fetch(rows *sql.Rows) (outcome, error) {
	defer func() { _ = rows.Close() }()
	types, err := rows.ColumnTypes()
	if err != nil {
		return outcome{}, err
	}
	var o outcome
	for _, t := range types {
		c := column{name: t.Name(), databaseType: t.DatabaseTypeName(), scanType: fmt.Sprint(t.ScanType())}
		c.length, _ = t.Length()
		c.precision, c.scale, _ = t.DecimalSize()
		o.columns = append(o.columns, c)
	}
	values, pointers := make([]any, len(types)), make([]any, len(types))
	for i := range values {
		pointers[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(pointers...); err != nil {
			return outcome{}, err
		}
		var row []string
		for i, v := range values {
			if s.returning && slices.Contains(chinookMarkers, types[i].Name()) {
				continue
			}
			row = append(row, renderValue(v))
		}
		o.rows = append(o.rows, strings.Join(row, ", "))
	}
	return o, rows.Err()
}

func renderValue(v any) string {
	switch v := v.(type) {
	case nil:
		return "NULL"
	case string:
		return fmt.Sprintf("%q", v)
	case []byte:
		return fmt.Sprintf("bytes %q", v)
	case time.Time:
		return v.Format(time.RFC3339Nano)
	}
	return fmt.Sprintf("%T %v", v, v)
}

// diff says how what we got differs from what the twin gave, or "".
func (s chinookStatement) diff(want, got outcome) string {
	if !slices.Equal(want.columns, got.columns) {
		return fmt.Sprintf("columns %+v; on the twin %+v", got.columns, want.columns)
	}
	if want.affected != got.affected {
		return fmt.Sprintf("%d rows affected; on the twin %d", got.affected, want.affected)
	}
	w, g := want.rows, got.rows
	if !s.ordered {
		w, g = slices.Sorted(slices.Values(w)), slices.Sorted(slices.Values(g))
	}
	for i := range max(len(w), len(g)) {
		switch {
		case i >= len(g):
			return fmt.Sprintf("%d rows, on the twin %d; the first that is missing: %s", len(g), len(w), w[i])
		case i >= len(w):
			return fmt.Sprintf("%d rows, on the twin %d; the first that is too many: %s", len(g), len(w), g[i])
		case w[i] != g[i]:
			return fmt.Sprintf("%d rows, on the twin %d; row %d is\n\t%s\non the twin\n\t%s", len(g), len(w), i+1, g[i], w[i])
		}
	}
	return ""
}

// checkLeaks holds the data against the statement: without the driver, dead rows must change what
// comes out, unless the file says that they do not.
func (s chinookStatement) checkLeaks(t *testing.T, leaks bool) {
	t.Helper()
	if leaks == s.same {
		t.Errorf("without the driver the outcome is the same as on the twin: %t; the file says %t", !leaks, s.same)
	}
}
