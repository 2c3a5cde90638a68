package softdelete

import (
	"bytes"
	"cmp"
	"context"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"sort"
	"strconv"
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
// our side nothing is deleted and the rewritten text runs, as the driver would
// send it. Both must then give the same SQLSTATE, columns, rows, counts, and leave
// the same live rows behind. Foreign keys are the same on both sides, and fire on
// the twin.
type twins struct {
	ours, twin side
	version    int
	unchanged  map[*Rewriter]contents // of our side, before each case
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
		for _, sql := range []string{string(schema), JournalDDL, settings, "VACUUM ANALYZE"} {
			if _, err := conn.PgConn().Exec(ctx, sql).ReadAll(); err != nil {
				t.Fatalf("testdata/schema.sql: %v", err)
			}
		}
		s := side{Conn: conn, types: map[string]string{}}
		return s
	}
	w := &twins{ours: open(), twin: open(), unchanged: map[*Rewriter]contents{}}
	if err := w.ours.QueryRow(context.Background(), "SELECT current_setting('server_version_num')::int / 10000").Scan(&w.version); err != nil {
		t.Fatal(err)
	}
	return w
}

// compare executes the case on both sides and returns what differs, or "".
// texts are the rewritten statements: those of c.before, then c.in.
func (w *twins) compare(c *testCase, r *Rewriter, texts []sent) (string, error) {
	ctx := context.Background()
	sctx, err := scopeContext(c.scopes)
	if err != nil {
		return "", err
	}
	if c.restores {
		sctx = ctx
	}
	scope, err := scopeOf(sctx).resolve(r.tables)
	if err != nil {
		return "", err
	}
	defer w.end(ctx)
	if err := w.begin(ctx, r, scope, c.twinText()); err != nil {
		return "", err
	}
	kept := w.unchanged[r]
	if kept == nil {
		if kept, err = w.ours.rows(ctx, r); err != nil {
			return "", err
		}
		w.unchanged[r] = kept
	}
	for i, b := range c.before {
		if o := w.ours.send(ctx, r, b.sql, texts[i]); o.code != "" {
			return "", fmt.Errorf("before: %s: %s: %s", texts[i].sql, o.code, o.message)
		}
		if c.restores {
			continue
		}
		if o := w.twin.run(ctx, b.sql, nil, nil); o.code != "" {
			return "", fmt.Errorf("before, on the twin: %s: %s: %s", b.sql, o.code, o.message)
		}
	}
	rewritten := texts[len(texts)-1]
	ours := w.ours.send(ctx, r, c.in, rewritten)
	var twin outcome
	if text := c.twinText(); text != "" {
		twin = w.twin.run(ctx, text, c.args, nil)
	}
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
	// From PostgreSQL 18 on a violated RESTRICT has an SQLSTATE of its own.
	restricted := w.version >= 18 && c.code == "23503" && ours.code == "23001" && twin.code == "23001"
	if (ours.code != c.code || twin.code != c.code) && !restricted {
		return fmt.Sprintf("SQLSTATE %q (%s), on the twin %q (%s), expected %q", ours.code, ours.message, twin.code, twin.message, c.code), nil
	}
	if c.code != "" {
		if c.onTwin == "" && !rewritten.unplaced && ours.position != twin.position {
			return fmt.Sprintf("the error is at character %d, on the twin at %d", ours.position, twin.position), nil
		}
		if c.detail != "" {
			ours.violated.detail = twin.violated.detail
		}
		if ours.violated != twin.violated {
			return fmt.Sprintf("the error is %+v, on the twin %+v", ours.violated, twin.violated), nil
		}
		return "", nil
	}
	if c.restores {
		if ours.results[0].affected != c.affected {
			return fmt.Sprintf("%d rows restored", ours.results[0].affected), nil
		}
		if len(ours.results[0].columns) == 0 {
			ours.results, twin.results = nil, nil
		}
	}
	if rewritten.noRows {
		hideRows(ours, twin)
	}
	if d := difference(c, r, ours, twin); d != "" {
		return d, nil
	}
	left, err := w.ours.rows(ctx, r)
	if err != nil {
		return "", err
	}
	if d, err := w.compareTables(ctx, c, r, scope, kept, left); d != "" || err != nil || c.restores {
		return d, err
	}
	return w.undo(ctx, c, r, scopeOf(sctx), kept, left)
}

// twinText is what the twin executes, "" for nothing.
func (c *testCase) twinText() string {
	if c.onTwin != "" || c.restores {
		return c.onTwin
	}
	return c.in
}

// hideRows drops the rows that the driver does not show. Of a text with several
// statements it shows none at all; here those remain that the user asked for.
func hideRows(ours, twin outcome) {
	for i := range ours.results {
		if len(ours.results) == 1 || i < len(twin.results) && len(twin.results[i].columns) == 0 {
			ours.results[i] = result{affected: ours.results[i].affected}
		}
	}
}

// fullKeys makes of the twin the schema that one would have without soft
// deletion: what is unique among live rows is unique among all.
var fullKeys = map[realTable]string{
	{"public", "handles"}: "CREATE UNIQUE INDEX ON handles (handle); CREATE UNIQUE INDEX ON handles (lower(handle)) WHERE n > 0",
	{"public", "users"}:   "CREATE UNIQUE INDEX ON users (email)",
	{"fam", "users"}:      "CREATE UNIQUE INDEX ON fam.users (email)",
}

// begin opens a transaction on both sides and really deletes on the twin what
// the scope hides, without firing foreign keys: what follows from those deletes is
// hidden too. Under HardDelete the twin keeps the deleted rows, for they are within
// reach.
func (w *twins) begin(ctx context.Context, r *Rewriter, scope *resolvedScope, onTwin string) error {
	if _, err := w.ours.PgConn().Exec(ctx, "BEGIN").ReadAll(); err != nil {
		return err
	}
	var sql strings.Builder
	var unique []string
	sql.WriteString("BEGIN; SET LOCAL session_replication_role = replica")
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
		if keys := fullKeys[rel]; keys != "" && strings.Contains(onTwin, "ON CONFLICT") {
			unique = append(unique, keys)
		}
		fmt.Fprintf(&sql, ";DELETE FROM ONLY %s x WHERE (%s) IS NOT TRUE", rel, t.condition("x", see).text)
	}
	sql.WriteString("; SET LOCAL session_replication_role = origin")
	for _, u := range unique {
		sql.WriteString("; " + u)
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
	violated      violated
	results       []result
}

// violated is what the error of a violated foreign key tells besides.
type violated struct{ schema, table, constraint, detail string }

// result is one result of a text that may hold several statements.
type result struct {
	columns  []string // the names; none where there are no rows either
	types    []string
	rows     [][]string
	affected int64
}

// send executes a rewritten statement, and has the driver read its error. user is
// the user's own text.
func (s side) send(ctx context.Context, r *Rewriter, user string, w sent) outcome {
	c := &conn{rewriter: r, session: &session{}, pgx: s.Conn}
	return s.run(ctx, w.sql, w.args, func(err error) error { return c.sentError(ctx, user, w.rewritten, nil, err) })
}

// run executes a text. explain, unless it is nil, is asked what an error means.
func (s side) run(ctx context.Context, sql string, args []driver.NamedValue, explain func(error) error) outcome {
	conn := s.PgConn()
	var o outcome
	fail := func(err error) outcome {
		if explain != nil {
			err = explain(err)
		}
		var pe *pgconn.PgError
		switch {
		case errors.Is(err, ErrRefused):
			o.code, o.message = "refused", err.Error()
		case errors.As(err, &pe):
			o.code, o.message, o.position = pe.Code, pe.Message, int(pe.Position)
			if pe.Code == "23503" || pe.Code == "23001" {
				o.violated = violated{pe.SchemaName, pe.TableName, pe.ConstraintName, pe.Detail}
			}
		default:
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
		rr := conn.ExecParams(ctx, sql, inText(args), nil, nil, nil)
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

// inText is the arguments in PostgreSQL's text format; nil is NULL.
func inText(args []driver.NamedValue) [][]byte {
	var values [][]byte
	for _, a := range args {
		if a.Value == nil {
			values = append(values, nil)
		} else {
			values = append(values, []byte(fmt.Sprint(a.Value)))
		}
	}
	return values
}

// nameTypes replaces type numbers by names: the two databases number the row
// types of the same tables differently.
func (s side) nameTypes(ctx context.Context, o *outcome) error {
	for _, res := range o.results {
		for i, oid := range res.types {
			name, ok := s.types[oid]
			if !ok {
				rr := s.PgConn().ExecParams(ctx, "SELECT $1::oid::regtype::text", [][]byte{[]byte(oid)}, nil, nil, nil).Read()
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

// deletesRows reports whether the case deletes.
func (c *testCase) deletesRows() bool {
	return deletes.MatchString(c.in) || deletes.MatchString(c.onTwin)
}

// ownColumns are the names of the columns that a delete sets.
func (r *Rewriter) ownColumns() map[string]bool {
	names := maps.Clone(r.markers)
	for _, t := range r.tables.all {
		for _, c := range []string{t.entry.DeletionID, t.entry.DeletedBy, t.entry.Reason} {
			names[c] = true
		}
	}
	return names
}

// difference compares two outcomes. The columns that a delete sets are the one
// exemption in its RETURNING: PostgreSQL returns the row as it is after the
// UPDATE, and the new values with it.
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
		if c.deletesRows() {
			own := r.ownColumns()
			for j, name := range a.columns {
				exempt[j] = own[name]
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

// rows reads every table; but not the family's where the policy is of the shop,
// and the other way around, which would take most of the time of all cases.
func (s side) rows(ctx context.Context, r *Rewriter) (contents, error) {
	relations, err := s.relations(ctx)
	if err != nil {
		return nil, err
	}
	isFamily := func(schema string) bool { return schema == "fam" }
	relations = slices.DeleteFunc(relations, func(rel realTable) bool {
		return !slices.ContainsFunc(r.tables.all, func(t *table) bool { return isFamily(t.schema) == isFamily(rel.schema) })
	})
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
		fmt.Fprintf(&sql, "SELECT %d, (%s) IS TRUE, to_jsonb(x)::text FROM ONLY %s x", i, isLive, rel)
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

// compareTables compares what the case left in the tables, kept before and ours
// after it on our side. Rows that the scope
// hid must be there as they were before; the others must equal the twin's. A
// table that the case makes or drops must exist on both sides or on neither.
func (w *twins) compareTables(ctx context.Context, c *testCase, r *Rewriter, scope *resolvedScope, kept, ours contents) (string, error) {
	twin, err := w.twin.rows(ctx, r)
	if err != nil {
		return "", err
	}
	for rel := range twin {
		if _, ok := ours[rel]; !ok {
			return fmt.Sprintf("afterwards the twin alone has a table %s", rel), nil
		}
	}
	for rel := range ours {
		if _, ok := twin[rel]; !ok {
			return fmt.Sprintf("afterwards we alone have a table %s", rel), nil
		}
		if rel.name == deletionsTable || rel.name == linksTable {
			continue // the twin keeps no journal
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
			if !c.deletesRows() {
				found += diff(deadRows)
			}
		}
		if found != "" {
			return found, nil
		}
	}
	return "", nil
}

// undo holds what a case deleted against the promise that it can be restored:
// each deletion has one id, the journal says how many rows it took, and restoring
// them by their ids leaves all tables as they were.
func (w *twins) undo(ctx context.Context, c *testCase, r *Rewriter, sc *scope, kept, left contents) (string, error) {
	before, err := deletionsIn(kept, r)
	if err != nil {
		return "", err
	}
	after, err := deletionsIn(left, r)
	if err != nil {
		return "", err
	}
	_, knewNone := before[""]
	if _, some := after[""]; some && !knewNone && c.deletesRows() {
		return fmt.Sprintf("rows of %v were deleted without an id", slices.Collect(maps.Keys(after[""]))), nil
	}
	for id := range before {
		delete(after, id)
	}
	delete(after, "")
	if n := len(deletes.FindAllString(c.in+" "+c.onTwin, -1)); c.deletesRows() && len(c.before) == 0 && len(after) > n {
		return fmt.Sprintf("%d deletes have %d ids", n, len(after)), nil
	}
	if r.tables.journal && c.deletesRows() {
		if d, err := w.compareJournal(ctx, c, r, sc, after); d != "" || err != nil {
			return d, err
		}
	}
	if len(after) == 0 || c.notUndo != "" {
		return "", nil
	}
	for id := range after {
		sc := &scope{request: &request{verb: verbRestoreID}}
		_, text, err := r.answer(sc, &session{})
		if err != nil {
			return "", err
		}
		bound, args, err := text.bind(sc, []driver.NamedValue{{Ordinal: 1, Value: id}})
		if err != nil {
			return "", err
		}
		if o := w.ours.send(ctx, r, "", sent{rewritten: bound, args: args}); o.code != "" {
			return fmt.Sprintf("restoring what was deleted failed: %s: %s", o.code, o.message), nil
		}
	}
	rows, err := w.ours.rows(ctx, r)
	if err != nil {
		return "", err
	}
	for rel := range kept {
		for which := range kept[rel] {
			if rel.name == deletionsTable || rel.name == linksTable {
				continue
			}
			if d := differentRows(rows[rel][which], kept[rel][which], false); d != "" {
				return fmt.Sprintf("after a restore %s is not as it was before the delete:%s", rel, d), nil
			}
		}
	}
	return "", nil
}

// deletionsIn counts the deleted rows by deletion id and table; the id is "" where
// a table has the column and a row has none.
func deletionsIn(rows contents, r *Rewriter) (map[string]map[string]int, error) {
	found := map[string]map[string]int{}
	for rel, some := range rows {
		t := r.tableOf(rel)
		if t == nil || t.entry.DeletionID == "" {
			continue
		}
		for _, row := range some[deadRows] {
			var columns map[string]any
			if err := json.Unmarshal([]byte(row), &columns); err != nil {
				return nil, err
			}
			id, _ := columns[t.entry.DeletionID].(string)
			if found[id] == nil {
				found[id] = map[string]int{}
			}
			found[id][t.display()]++
		}
	}
	return found, nil
}

// compareJournal holds the journal against the rows that were deleted.
func (w *twins) compareJournal(ctx context.Context, c *testCase, r *Rewriter, sc *scope, deletions map[string]map[string]int) (string, error) {
	read := w.ours.run(ctx, "SELECT id, rows, actor, reason FROM "+deletionsTable, nil, nil)
	if read.code != "" {
		return "", fmt.Errorf("reading the journal: %s", read.message)
	}
	entries := map[string]map[string]int{}
	for _, row := range read.results[0].rows {
		var values []string
		for _, v := range row {
			if s, err := strconv.Unquote(v); err == nil {
				v = s
			}
			values = append(values, v)
		}
		id := values[0]
		counts := map[string]int{}
		if err := json.Unmarshal([]byte(values[1]), &counts); err != nil {
			return "", err
		}
		if entries[id] == nil {
			entries[id] = map[string]int{}
		}
		for name, n := range counts {
			if t := r.tables.byPolicyName(name); t != nil && t[0].entry.DeletionID != "" {
				entries[id][name] += n
			}
		}
		if len(c.before) > 0 {
			continue // who knows by whom
		}
		actor, reason := "NULL", "NULL"
		if sc != nil {
			actor, reason = cmp.Or(sc.actor, actor), cmp.Or(sc.reason, reason)
		}
		if values[2] != actor || values[3] != reason {
			return fmt.Sprintf("the journal says %s and %s, where the scope has %s and %s", values[2], values[3], actor, reason), nil
		}
	}
	for id, counts := range entries {
		if len(counts) > 0 && !maps.Equal(counts, deletions[id]) {
			return fmt.Sprintf("the journal says that deletion %s took %v, and the tables %v", id, counts, deletions[id]), nil
		}
	}
	for id := range deletions {
		if entries[id] == nil {
			return fmt.Sprintf("the journal lacks the deletion %s of %v", id, deletions[id]), nil
		}
	}
	return "", nil
}
