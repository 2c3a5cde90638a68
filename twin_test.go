package softdelete

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	pg "github.com/pganalyze/pg_query_go/v5"

	"github.com/softdelete-go/softdelete/internal/lex"
	"github.com/softdelete-go/softdelete/internal/pgtemp"
)

// twins executes cases on two databases with the same rows. On the twin the rows
// that the scope hides are really deleted, and the user's own text runs there; on
// our side nothing is deleted and the rewritten text runs. Both must then give
// the same SQLSTATE, columns, rows, counts, and leave the same live rows behind.
type twins struct {
	ours, twin side
	version    int
}

// side is one of the two databases.
type side struct {
	*pgx.Conn
	types map[string]string
}

type realTable struct{ schema, name string }

func (r realTable) String() string {
	return lex.QuoteIdent(r.schema) + "." + lex.QuoteIdent(r.name)
}

// settings make output independent of where the tests run, and a lock that is
// never released an error.
const settings = "SET TimeZone = 'UTC'; SET lock_timeout = '5s'"

func newTwins(t *testing.T) *twins {
	t.Helper()
	schema, err := os.ReadFile("testdata/schema.sql")
	if err != nil {
		t.Fatal(err)
	}
	open := func() side {
		ctx := context.Background()
		conn, err := pgx.Connect(ctx, pgtemp.NewDatabase(t))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close(ctx) })
		for _, sql := range []string{string(schema), settings, "VACUUM ANALYZE"} {
			if _, err := conn.PgConn().Exec(ctx, sql).ReadAll(); err != nil {
				t.Fatalf("testdata/schema.sql: %v", err)
			}
		}
		s := side{Conn: conn, types: map[string]string{}}
		return s
	}
	w := &twins{ours: open(), twin: open()}
	if err := w.ours.QueryRow(context.Background(), "SELECT current_setting('server_version_num')::int / 10000").Scan(&w.version); err != nil {
		t.Fatal(err)
	}
	return w
}

// compare executes the case on both sides and returns what differs, or "".
// texts are the rewritten statements: those of c.before, then c.in.
func (w *twins) compare(c *testCase, r *Rewriter, texts []*rewritten) (string, error) {
	ctx := context.Background()
	sctx, err := scopeContext(c.scopes)
	if err != nil {
		return "", err
	}
	scope, err := scopeOf(sctx).resolve(r.tables)
	if err != nil {
		return "", err
	}
	onTwin := c.in
	if c.onTwin != "" {
		onTwin = c.onTwin
	}
	if err := w.begin(ctx, r, scope, onTwin); err != nil {
		return "", err
	}
	defer w.end(ctx)
	kept, err := w.ours.rows(ctx, r)
	if err != nil {
		return "", err
	}
	for i, b := range c.before {
		for _, half := range []struct {
			side
			sql string
		}{{w.ours, texts[i].sql}, {w.twin, b.sql}} {
			if o := half.run(ctx, half.sql, nil); o.code != "" {
				return "", fmt.Errorf("before: %s: %s: %s", half.sql, o.code, o.message)
			}
		}
	}
	rewritten := texts[len(texts)-1]
	ours := w.ours.run(ctx, rewritten.sql, c.args)
	twin := w.twin.run(ctx, onTwin, c.args)
	if c.ours != "" {
		want := c.ourCode
		if want == "ok" {
			want = ""
		}
		if ours.code != want || twin.code != c.code {
			return fmt.Sprintf("SQLSTATE %q (%s), on the twin %q (%s); expected %q and %q", ours.code, ours.message, twin.code, twin.message, want, c.code), nil
		}
		return "", nil
	}
	if ours.code != c.code || twin.code != c.code {
		return fmt.Sprintf("SQLSTATE %q (%s), on the twin %q (%s), expected %q", ours.code, ours.message, twin.code, twin.message, c.code), nil
	}
	if c.code != "" {
		if at := rewritten.position(c.in, ours.position); c.onTwin == "" && at != twin.position {
			return fmt.Sprintf("the error is at character %d, on the twin at %d", at, twin.position), nil
		}
		return "", nil
	}
	if d := difference(c, r, ours, twin); d != "" {
		return d, nil
	}
	return w.compareTables(ctx, c, r, scope, kept)
}

// fullKeys makes of the twin the schema that one would have without soft
// deletion: what is unique among live rows is unique among all.
const fullKeys = `;CREATE UNIQUE INDEX ON handles (handle); CREATE UNIQUE INDEX ON handles (lower(handle)) WHERE n > 0;
	CREATE UNIQUE INDEX ON users (email)`

// begin opens a transaction on both sides and really deletes on the twin what
// the scope hides. Under HardDelete the twin keeps the deleted rows, for they
// are within reach.
func (w *twins) begin(ctx context.Context, r *Rewriter, scope *resolvedScope, onTwin string) error {
	if _, err := w.ours.PgConn().Exec(ctx, "BEGIN").ReadAll(); err != nil {
		return err
	}
	var sql strings.Builder
	sql.WriteString("BEGIN")
	relations, err := w.twin.relations(ctx)
	if err != nil {
		return err
	}
	for _, rel := range relations {
		t := r.tableOf(rel)
		if t == nil {
			continue
		}
		see := scope.visibility(t)
		if see == withDeleted || see == live && scope.hard(t) {
			continue
		}
		fmt.Fprintf(&sql, ";DELETE FROM ONLY %s x WHERE (%s) IS NOT TRUE", rel, t.condition("x", see).text)
	}
	if strings.Contains(onTwin, "ON CONFLICT") {
		sql.WriteString(fullKeys)
	}
	_, err = w.twin.PgConn().Exec(ctx, sql.String()).ReadAll()
	return err
}

func (w *twins) end(ctx context.Context) {
	for _, s := range []side{w.ours, w.twin} {
		// Errors show in the next BEGIN.
		_, _ = s.PgConn().Exec(ctx, "ROLLBACK; DEALLOCATE ALL; RESET ALL; "+settings).ReadAll()
	}
}

func (r *Rewriter) tableOf(rel realTable) *table {
	if t := r.tables.find(rel.schema, rel.name); len(t) > 0 {
		return t[0]
	}
	return nil
}

// outcome is what one text led to.
type outcome struct {
	code, message string
	position      int
	results       []result
}

// result is one result of a text that may hold several statements.
type result struct {
	columns  []string // the names; none where there are no rows either
	types    []string
	rows     [][]string
	affected int64
}

func (s side) run(ctx context.Context, sql string, args []arg) outcome {
	conn := s.PgConn()
	var o outcome
	fail := func(err error) outcome {
		var pe *pgconn.PgError
		if errors.As(err, &pe) {
			o.code, o.message, o.position = pe.Code, pe.Message, int(pe.Position)
		} else {
			o.code, o.message = "client", err.Error()
		}
		return o
	}
	read := func(rr *pgconn.ResultReader) {
		var res result
		for _, f := range rr.FieldDescriptions() {
			res.columns = append(res.columns, f.Name)
			res.types = append(res.types, fmt.Sprint(f.DataTypeOID))
		}
		for rr.NextRow() {
			row := make([]string, 0, len(res.columns))
			for _, v := range rr.Values() {
				if v == nil {
					row = append(row, "NULL")
				} else {
					row = append(row, fmt.Sprintf("%q", v))
				}
			}
			res.rows = append(res.rows, row)
		}
		tag, err := rr.Close()
		if err != nil {
			return
		}
		res.affected = tag.RowsAffected()
		o.results = append(o.results, res)
	}
	switch {
	case copiesOut(sql):
		var b bytes.Buffer
		tag, err := conn.CopyTo(ctx, &b, sql)
		if err != nil {
			return fail(err)
		}
		res := result{affected: tag.RowsAffected()}
		for l := range strings.Lines(b.String()) {
			res.rows = append(res.rows, []string{l})
		}
		o.results = append(o.results, res)
	case args != nil:
		rr := conn.ExecParams(ctx, sql, args, nil, nil, nil)
		read(rr)
		if _, err := rr.Close(); err != nil {
			return fail(err)
		}
	default:
		mrr := conn.Exec(ctx, sql)
		for mrr.NextResult() {
			read(mrr.ResultReader())
		}
		if err := mrr.Close(); err != nil {
			return fail(err)
		}
	}
	if conn.TxStatus() != 'T' {
		o.code, o.message = "client", "the case ended the transaction that the harness began"
		return o
	}
	if err := s.nameTypes(ctx, &o); err != nil {
		return fail(err)
	}
	return o
}

// nameTypes replaces type numbers by names: the two databases number the row
// types of the same tables differently.
func (s side) nameTypes(ctx context.Context, o *outcome) error {
	for _, res := range o.results {
		for i, oid := range res.types {
			name, ok := s.types[oid]
			if !ok {
				rr := s.PgConn().ExecParams(ctx, "SELECT $1::oid::regtype::text", []arg{arg(oid)}, nil, nil, nil).Read()
				if rr.Err != nil {
					return rr.Err
				}
				name = string(rr.Rows[0][0])
				s.types[oid] = name
			}
			res.types[i] = name
		}
	}
	return nil
}

// copiesOut reports whether the text is a COPY … TO STDOUT.
func copiesOut(sql string) bool {
	tree, err := pg.Parse(sql)
	if err != nil || len(tree.Stmts) != 1 {
		return false
	}
	c := tree.Stmts[0].Stmt.GetCopyStmt()
	return c != nil && !c.IsFrom && c.Filename == ""
}

var deletes = regexp.MustCompile(`(?i)\bDELETE\b`)

// difference compares two outcomes. The marker columns in the RETURNING of a
// delete are the one exemption: PostgreSQL returns the row as it is after the
// UPDATE, and the new marker with it.
func difference(c *testCase, r *Rewriter, ours, twin outcome) string {
	if len(ours.results) != len(twin.results) {
		return fmt.Sprintf("%d results, on the twin %d", len(ours.results), len(twin.results))
	}
	for i := range ours.results {
		a, b := ours.results[i], twin.results[i]
		if a.affected != b.affected {
			return fmt.Sprintf("%d rows affected, on the twin %d", a.affected, b.affected)
		}
		if len(a.columns) == 0 && len(b.columns) == 0 && !copiesOut(c.in) {
			continue // a row without columns is a count, and DELETE alone returns none
		}
		if !slices.Equal(a.columns, b.columns) || !slices.Equal(a.types, b.types) {
			return fmt.Sprintf("columns %q %q, on the twin %q %q", a.columns, a.types, b.columns, b.types)
		}
		if c.anyRows != "" {
			continue
		}
		exempt := map[int]bool{}
		if deletes.MatchString(c.in) {
			for j, name := range a.columns {
				exempt[j] = r.markers[name]
			}
		}
		if d := differentRows(lines(a.rows, exempt), lines(b.rows, exempt), c.ordered); d != "" {
			return d
		}
	}
	return ""
}

func lines(rows [][]string, exempt map[int]bool) []string {
	var out []string
	for _, r := range rows {
		r = slices.Clone(r)
		for i := range r {
			if exempt[i] {
				r[i] = "·"
			}
		}
		out = append(out, strings.Join(r, " | "))
	}
	return out
}

// differentRows compares two lists of rows, as multisets unless ordered.
func differentRows(a, b []string, ordered bool) string {
	if ordered {
		if !slices.Equal(a, b) {
			return fmt.Sprintf("rows\n\t%s\non the twin\n\t%s", strings.Join(a, "\n\t"), strings.Join(b, "\n\t"))
		}
		return ""
	}
	var d strings.Builder
	for _, r := range minus(a, b) {
		fmt.Fprintf(&d, "\n\tonly ours: %s", r)
	}
	for _, r := range minus(b, a) {
		fmt.Fprintf(&d, "\n\tonly the twin's: %s", r)
	}
	return d.String()
}

// minus returns the elements of a that b lacks, as multisets, sorted.
func minus(a, b []string) []string {
	left := map[string]int{}
	for _, s := range b {
		left[s]++
	}
	var out []string
	for _, s := range a {
		if left[s]--; left[s] < 0 {
			out = append(out, s)
		}
	}
	sort.Strings(out)
	return out
}

// contents are the rows of a table, live ones and deleted ones apart.
type contents map[realTable][2][]string

const (
	liveRows = iota
	deadRows
)

// relations lists the tables outside the system's schemas, sorted.
func (s side) relations(ctx context.Context) ([]realTable, error) {
	all, err := s.PgConn().Exec(ctx, `SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind = 'r' AND n.nspname !~ '^(pg_|information_schema)' ORDER BY 1, 2`).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("listing the tables: %w", err)
	}
	var list []realTable
	for _, row := range all[0].Rows {
		list = append(list, realTable{string(row[0]), string(row[1])})
	}
	return list, nil
}

// rows reads every table.
func (s side) rows(ctx context.Context, r *Rewriter) (contents, error) {
	relations, err := s.relations(ctx)
	if err != nil {
		return nil, err
	}
	out := contents{}
	var sql strings.Builder
	for i, rel := range relations {
		out[rel] = [2][]string{}
		isLive := "true"
		if t := r.tableOf(rel); t != nil {
			isLive = t.condition("x", live).text
		}
		if i > 0 {
			sql.WriteString(" UNION ALL ")
		}
		fmt.Fprintf(&sql, "SELECT %d, (%s) IS TRUE, x::text FROM ONLY %s x", i, isLive, rel)
	}
	all, err := s.PgConn().Exec(ctx, sql.String()).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("reading all tables: %w", err)
	}
	for _, row := range all[0].Rows {
		var i int
		if _, err := fmt.Sscan(string(row[0]), &i); err != nil {
			return nil, err
		}
		which := deadRows
		if string(row[1]) == "t" {
			which = liveRows
		}
		c := out[relations[i]]
		c[which] = append(c[which], string(row[2]))
		out[relations[i]] = c
	}
	return out, nil
}

// compareTables compares what the case left in the tables. Rows that the scope
// hid must be there as they were before; the others must equal the twin's. A
// table that the case makes or drops must exist on both sides or on neither.
func (w *twins) compareTables(ctx context.Context, c *testCase, r *Rewriter, scope *resolvedScope, kept contents) (string, error) {
	ours, err := w.ours.rows(ctx, r)
	if err != nil {
		return "", err
	}
	twin, err := w.twin.rows(ctx, r)
	if err != nil {
		return "", err
	}
	for rel := range twin {
		if _, ok := ours[rel]; !ok {
			return fmt.Sprintf("afterwards the twin alone has a table %s", rel), nil
		}
	}
	hasDelete := deletes.MatchString(c.in)
	for rel := range ours {
		if _, ok := twin[rel]; !ok {
			return fmt.Sprintf("afterwards we alone have a table %s", rel), nil
		}
		t := r.tableOf(rel)
		diff := func(which int) string {
			if d := differentRows(ours[rel][which], twin[rel][which], false); d != "" {
				return fmt.Sprintf("afterwards %s holds%s", rel, d)
			}
			return ""
		}
		untouched := func(which int) string {
			if lost := minus(kept[rel][which], ours[rel][which]); len(lost) > 0 {
				return fmt.Sprintf("rows of %s that the scope hides were changed:\n\t%s", rel, strings.Join(lost, "\n\t"))
			}
			return ""
		}
		var found string
		switch {
		case t == nil:
			found = diff(liveRows)
		case scope.hard(t):
			switch scope.visibility(t) {
			case onlyDeleted:
				found = diff(deadRows) + untouched(liveRows)
			default:
				found = diff(liveRows) + diff(deadRows)
			}
		case scope.visibility(t) == live:
			found = diff(liveRows) + untouched(deadRows)
		case scope.visibility(t) == onlyDeleted:
			found = diff(deadRows) + untouched(liveRows)
		default:
			found = diff(liveRows)
			if !hasDelete {
				found += diff(deadRows)
			}
		}
		if found != "" {
			return found, nil
		}
	}
	return "", nil
}
