package doctor

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/softdelete-go/softdelete"
)

// Options are what an examination can be told.
type Options struct {
	// Ignore are codes, such as "SD204", or codes with an object as the finding has it,
	// such as "SD101:public.all_users". What only a code ignores is not looked for.
	Ignore []string
	// PolicyFile is the path of the policy, for reports that point into files.
	PolicyFile string
}

// check validates the options.
func (o Options) check() error {
	for _, ignored := range o.Ignore {
		code, _, _ := strings.Cut(ignored, ":")
		if _, ok := kindOf(code); !ok {
			return fmt.Errorf("doctor: there is no code %q to ignore", code)
		}
	}
	return nil
}

// Examine looks for all kinds of findings. It reads the catalog, and for orphans the
// tables, in one read-only transaction.
//
// A policy that does not fit the database is examined as far as it goes: what is wrong
// with it is among the findings. With [softdelete.Policy.Discover] it is completed
// from the database first. An error means that nothing could be examined: the policy
// is not valid by itself, or the database cannot be read.
//
// db may be opened with the driver of softdelete or without. Where the policy does not
// fit, the driver does not connect: then open it without.
//
// The role should own the tables, or be a superuser: what it may not read it does not
// find.
func Examine(ctx context.Context, db *sql.DB, p softdelete.Policy, o Options) (*Report, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if err := p.Validate(); err != nil {
		return nil, err
	}
	x := &examination{ctx: ctx, ignore: o.Ignore}
	checked := softdelete.Check(ctx, db, p)
	if err := notPolicy(checked); err != nil {
		return nil, err
	}
	complete, err := softdelete.Complete(ctx, db, p)
	if err := notPolicy(err); err != nil {
		return nil, err
	}
	if x.rewriter, err = softdelete.NewRewriter(complete); err != nil {
		// With its foreign keys it contradicts the database, as checked says; the tables
		// can be examined.
		x.keysUnfit = true
		if x.rewriter, err = softdelete.NewRewriter(softdelete.Policy{Tables: complete.Tables}); err != nil {
			return nil, cmp.Or(checked, err)
		}
	}
	x.policy = complete
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close() //nolint:errcheck // back to the pool; the answers are complete by then
	err = conn.Raw(func(dc any) error { return x.run(softdelete.Unwrap(dc), problems(checked)) })
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(x.findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.Object, b.Object))
	})
	return &Report{Findings: x.findings, policyFile: o.PolicyFile}, nil
}

// problems returns the errors that are joined in err.
func problems(err error) []error {
	if err == nil {
		return nil
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	return []error{err}
}

// notPolicy returns the first error that is not about the policy.
func notPolicy(err error) error {
	for _, e := range problems(err) {
		var bad *softdelete.PolicyError
		if !errors.As(e, &bad) {
			return err
		}
	}
	return nil
}

// table is a table of the policy, as it is in the database.
type table struct {
	OID     int64    `json:"oid"`
	Schema  string   `json:"schema"`
	Name    string   `json:"name"`
	SQL     string   `json:"sql"`  // the qualified name
	Kind    string   `json:"kind"` // as pg_class has it
	Visible bool     `json:"visible"`
	Columns []column `json:"columns"`

	entry  softdelete.Table
	column string
	marker softdelete.Marker
}

type column struct {
	Name      string `json:"name"`
	Type      string `json:"type"`
	Required  bool   `json:"required"`
	Default   string `json:"default"`
	Generated bool   `json:"generated"`
}

func (t *table) find(name string) (column, bool) {
	i := slices.IndexFunc(t.Columns, func(c column) bool { return c.Name == name })
	if i < 0 {
		return column{}, false
	}
	return t.Columns[i], true
}

func (t *table) hasAll(columns []string) bool {
	return !slices.ContainsFunc(columns, func(name string) bool { _, ok := t.find(name); return !ok })
}

// marked reports whether the table has the marker, and of the right type.
func (t *table) marked() bool {
	c, ok := t.find(t.column)
	return ok && slices.Contains(markerTypes(t.marker), c.Type)
}

func markerTypes(m softdelete.Marker) []string {
	switch m {
	case softdelete.Flag:
		return []string{"bool"}
	case softdelete.Timestamp:
		return []string{"timestamptz", "timestamp", "date"}
	default:
		return []string{"int8", "int4", "numeric"}
	}
}

type examination struct {
	ctx       context.Context
	q         driver.QueryerContext
	policy    softdelete.Policy
	keysUnfit bool // the policy's foreign keys contradict the database
	rewriter  *softdelete.Rewriter
	relations []*table // all of the database
	tables    []*table // those of the policy that have their marker
	archived  []*table // and those of mode archive, which have none
	byOID     map[int64]*table
	ignore    []string
	findings  []Finding
}

// examinations are all that is examined, and which codes come of it.
var examinations = []struct {
	examine func(*examination) error
	codes   []string
}{
	{(*examination).views, []string{"SD101", "SD102", "SD103"}},
	{(*examination).foreignKeys, []string{"SD111", "SD112", "SD113", "SD114", "SD115"}},
	{(*examination).uniqueKeys, []string{"SD121", "SD122", "SD123"}},
	{(*examination).exclusions, []string{"SD124"}},
	{(*examination).trees, []string{"SD131"}},
	{(*examination).missingIndexes, []string{"SD141"}},
	{(*examination).loneIndexes, []string{"SD142"}},
	{(*examination).missingDeletionIndexes, []string{"SD143"}},
	{(*examination).checks, []string{"SD151"}},
	{(*examination).rowSecurity, []string{"SD161", "SD162"}},
	{(*examination).archivedKeys, []string{"SD111"}},
	{(*examination).archivedColumns, []string{"SD171"}},
	{(*examination).archivedPartitions, []string{"SD172"}},
	{(*examination).functions, []string{"SD201", "SD202", "SD203", "SD204"}},
	{(*examination).triggers, []string{"SD211", "SD212", "SD213"}},
	{(*examination).rules, []string{"SD221"}},
	{(*examination).publications, []string{"SD231"}},
	{(*examination).orphans, []string{"SD301"}},
	{(*examination).nullMarkers, []string{"SD302"}},
	{(*examination).privileges, []string{"SD401", "SD402", "SD403"}},
	{(*examination).realDeletes, []string{"SD411"}},
	{(*examination).markers, []string{"SD511", "SD512", "SD513"}},
	{(*examination).sameNames, []string{"SD521"}},
	{(*examination).searchPaths, []string{"SD522"}},
}

func (x *examination) run(driverConn any, policyProblems []error) (err error) {
	q, ok := driverConn.(driver.QueryerContext)
	begin, ok2 := driverConn.(driver.ConnBeginTx)
	if !ok || !ok2 {
		return fmt.Errorf("doctor: the driver's %T cannot query in transactions", driverConn)
	}
	x.q = q
	tx, err := begin.BeginTx(x.ctx, driver.TxOptions{Isolation: driver.IsolationLevel(sql.LevelRepeatableRead), ReadOnly: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, tx.Rollback()) }()
	if err := x.readTables(); err != nil {
		return err
	}
	x.drift(policyProblems)
	for _, e := range examinations {
		if !slices.ContainsFunc(e.codes, func(code string) bool { return !slices.Contains(x.ignore, code) }) {
			continue
		}
		if err := e.examine(x); err != nil {
			return fmt.Errorf("doctor: looking for %s: %w", strings.Join(e.codes, ", "), err)
		}
	}
	return nil
}

// add adds a finding, unless it is ignored. What one remedy ends is one finding.
func (x *examination) add(code, object, danger, remedy string) {
	kind, _ := kindOf(code)
	if slices.Contains(x.ignore, code) || slices.Contains(x.ignore, code+":"+object) {
		return
	}
	for i, f := range x.findings {
		if f.Code == code && f.Object == object && f.Remedy == remedy {
			x.findings[i].Danger += " " + danger
			return
		}
	}
	x.findings = append(x.findings, Finding{Code: code, Severity: kind.Severity, Object: object, Danger: danger, Remedy: remedy})
}

// ask returns the rows of a query whose columns are T's fields.
func ask[T any](x *examination, query string, args ...string) ([]T, error) {
	var found []T
	text, err := x.text("SELECT coalesce(json_agg(row_to_json(answer)), '[]')::text FROM ("+query+") answer", args)
	if err != nil {
		return nil, err
	}
	return found, json.Unmarshal(text, &found)
}

// text returns the only value that a query returns.
func (x *examination) text(query string, args []string) (text []byte, err error) {
	var values []driver.NamedValue
	for i, a := range args {
		values = append(values, driver.NamedValue{Ordinal: i + 1, Value: a})
	}
	rows, err := x.q.QueryContext(x.ctx, query, values)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	row := make([]driver.Value, 1)
	if err := rows.Next(row); err != nil {
		return nil, err
	}
	switch v := row[0].(type) {
	case string:
		text = []byte(v)
	case []byte:
		text = slices.Clone(v)
	default:
		return nil, fmt.Errorf("the answer is a %T", v)
	}
	if err := rows.Next(row); !errors.Is(err, io.EOF) {
		return nil, errors.Join(err, errors.New("the answer has more rows than one"))
	}
	return text, nil
}

// oids are the policy's tables as a parameter, to be cast by ::oid[].
func (x *examination) oids() string { return oidList(x.tables) }

func oidList(tables []*table) string {
	oids := make([]string, 0, len(tables))
	for _, t := range tables {
		oids = append(oids, fmt.Sprint(t.OID))
	}
	return "{" + strings.Join(oids, ",") + "}"
}

// readTables reads all tables and finds the policy's among them. From then on the
// search_path is empty, so that the server qualifies all names.
func (x *examination) readTables() error {
	relations, err := ask[*table](x, `
SELECT c.oid::bigint, n.nspname AS schema, c.relname AS name, c.relkind AS kind, pg_catalog.pg_table_is_visible(c.oid) AS visible,
  pg_catalog.format('%I.%I', n.nspname, c.relname) AS sql,
  (SELECT json_agg(json_build_object('name', a.attname, 'type', y.typname, 'required', a.attnotnull, 'generated', a.attgenerated <> '',
     'default', pg_catalog.pg_get_expr(d.adbin, d.adrelid)) ORDER BY a.attnum)
   FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type y ON y.oid = a.atttypid
   LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
   WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY n.nspname, c.relname`)
	if err != nil {
		return fmt.Errorf("doctor: reading the catalog: %w", err)
	}
	x.relations, x.byOID = relations, map[int64]*table{}
	for _, entry := range x.policy.Tables {
		for _, t := range x.meant(entry.Name) {
			t.entry, t.column, t.marker = entry, cmp.Or(entry.Column, "deleted_at"), entry.Marker
			if entry.Mode == softdelete.Archive {
				x.archived = append(x.archived, t)
				continue
			}
			if t.Kind != "v" && t.Kind != "m" && t.marked() {
				x.tables = append(x.tables, t)
				x.byOID[t.OID] = t
			}
		}
	}
	_, err = x.text("SELECT pg_catalog.set_config('search_path', '', true)", nil)
	return err
}

// meant returns the relations that a name of the policy means.
func (x *examination) meant(name string) []*table {
	schema, name := splitName(name)
	pick := func(want func(*table) bool) (found []*table) {
		for _, t := range x.relations {
			if t.Name == name && want(t) {
				found = append(found, t)
			}
		}
		return found
	}
	switch schema {
	case everySchema:
		return pick(func(*table) bool { return true })
	case "":
		if found := pick(func(t *table) bool { return t.Schema == "public" }); len(found) > 0 {
			return found
		}
		return pick(func(t *table) bool { return t.Visible })
	default:
		return pick(func(t *table) bool { return t.Schema == schema })
	}
}
