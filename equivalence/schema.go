package equivalence

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/softdelete-go/softdelete"
)

// colType is a type of the generator.
type colType uint8

const (
	tInt colType = iota
	tBig
	tNum
	tText
	tBool
	tDate
	tTime
	tJSON
	tArr
	tUUID
	typeCount
)

var typeNames = [...]string{"int", "bigint", "numeric(8,2)", "text", "boolean", "date", "timestamptz", "jsonb", "int[]", "uuid"}

func (t colType) String() string { return typeNames[t] }

// role is what the generator may do with a column.
type role uint8

const (
	plainColumn   role = iota
	keyColumn          // of the primary key
	divisorColumn      // never 0 in a live row, always 0 in a deleted one
	numeralColumn      // text that is a number in a live row and is not in a deleted one
	uniqueColumn       // unique among live rows
	partColumn         // the partition key, which is a part of the primary key
	markerColumn
)

type column struct {
	name string
	typ  colType
	role role
	def  string // a DEFAULT
	calm bool   // not to be used in expressions that fail
}

// table is a table of a generated schema. In the policy it has a marker.
type table struct {
	schema, name string
	cols         []column
	policy       bool
	marker       softdelete.Marker
	star         bool // the policy entry is *.name

	parent      *table
	children    []*table
	partitioned string // PARTITION BY …
	bound       string // FOR VALUES …

	live, dead [][]string // rows as SQL literals, a value a column
	firstKey   int        // the number of the first row's key
}

// full is the qualified name, quoted.
func (t *table) full() string {
	s := t.schema
	if s == "" {
		s = "public"
	}
	return quoteName(s) + "." + quoteName(t.name)
}

func (t *table) column(r role) (column, bool) {
	for _, c := range t.cols {
		if c.role == r {
			return c, true
		}
	}
	return column{}, false
}

// key returns the columns of the primary key.
func (t *table) key() []column {
	var key []column
	for _, c := range t.cols {
		if c.role == keyColumn || c.role == partColumn {
			key = append(key, c)
		}
	}
	return key
}

// liveness is the condition for live rows. The harness's own opinion.
func (t *table) liveness(alias string) string {
	m, ok := t.column(markerColumn)
	if !ok || !t.policy {
		return "true"
	}
	c := quoteName(m.name)
	if alias != "" {
		c = alias + "." + c
	}
	switch t.marker {
	case softdelete.Timestamp:
		return c + " IS NULL"
	case softdelete.Flag:
		return "NOT " + c
	}
	return c + " = 0"
}

// root is the top of the inheritance tree that t belongs to.
func (t *table) root() *table {
	for t.parent != nil {
		t = t.parent
	}
	return t
}

// schema is a generated schema with its rows.
type schema struct {
	tables []*table          // parents before children
	mode   pgx.QueryExecMode // of all connections
}

// policy is the policy of the schema.
func (s *schema) policy() softdelete.Policy {
	var p softdelete.Policy
	done := map[string]bool{}
	for _, t := range s.tables {
		if !t.policy {
			continue
		}
		m, _ := t.column(markerColumn)
		e := softdelete.Table{Name: policyName(t), Column: m.name, Marker: t.marker}
		for _, k := range t.key() {
			e.PrimaryKey = append(e.PrimaryKey, k.name)
		}
		if !done[e.Name] {
			p.Tables = append(p.Tables, e)
		}
		done[e.Name] = true
	}
	return p
}

// policyName is the table's name as a policy and a scope write it.
func policyName(t *table) string {
	part := func(s string) string {
		if strings.ContainsAny(s, `."`) {
			return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
		}
		return s
	}
	switch {
	case t.star:
		return "*." + part(t.name)
	case t.schema != "":
		return part(t.schema) + "." + part(t.name)
	}
	return part(t.name)
}

// ddl creates the schema. On the twin a unique index that is partial over live
// rows is a full one, for there every row is live.
func (s *schema) ddl(twin bool) string {
	var b strings.Builder
	schemas := map[string]bool{}
	for _, t := range s.tables {
		if t.schema != "" && !schemas[t.schema] {
			schemas[t.schema] = true
			fmt.Fprintf(&b, "CREATE SCHEMA %s;\n", quoteName(t.schema))
		}
		t.create(&b, twin)
	}
	return b.String()
}

func (t *table) create(b *strings.Builder, twin bool) {
	switch {
	case t.bound != "":
		fmt.Fprintf(b, "CREATE TABLE %s PARTITION OF %s %s;\n", t.full(), t.parent.full(), t.bound)
		return
	case t.parent != nil:
		fmt.Fprintf(b, "CREATE TABLE %s (", t.full())
		n := 0
		for i := len(t.parent.cols); i < len(t.cols); i++ {
			if n++; n > 1 {
				b.WriteString(", ")
			}
			fmt.Fprintf(b, "%s %s", quoteName(t.cols[i].name), t.cols[i].typ)
		}
		if n > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(b, "PRIMARY KEY (%s)) INHERITS (%s);\n", columnNames(t.key()), t.parent.full())
	default:
		fmt.Fprintf(b, "CREATE TABLE %s (", t.full())
		for _, c := range t.cols {
			fmt.Fprintf(b, "%s ", quoteName(c.name))
			if c.role == markerColumn {
				b.WriteString(markerType(t.marker))
			} else {
				b.WriteString(c.typ.String())
			}
			if c.def != "" {
				b.WriteString(" DEFAULT " + c.def)
			}
			b.WriteString(", ")
		}
		fmt.Fprintf(b, "PRIMARY KEY (%s))", columnNames(t.key()))
		if t.partitioned != "" {
			b.WriteString(" " + t.partitioned)
		}
		b.WriteString(";\n")
	}
	if u, ok := t.column(uniqueColumn); ok && t.parent == nil {
		fmt.Fprintf(b, "CREATE UNIQUE INDEX ON %s (%s)", t.full(), quoteName(u.name))
		if !twin {
			b.WriteString(" WHERE " + t.liveness(""))
		}
		b.WriteString(";\n")
	}
}

func columnNames(cols []column) string {
	var names []string
	for _, c := range cols {
		names = append(names, quoteName(c.name))
	}
	return strings.Join(names, ", ")
}

func markerType(m softdelete.Marker) string {
	switch m {
	case softdelete.Timestamp:
		return "timestamptz"
	case softdelete.Flag:
		return "boolean NOT NULL DEFAULT false"
	}
	return "bigint NOT NULL DEFAULT 0"
}

// data empties and fills all tables; the twin gets the live rows only.
func (s *schema) data(twin bool) string {
	var b strings.Builder
	for _, t := range s.tables {
		if t.partitioned == "" {
			// TRUNCATE would make a new file each time.
			fmt.Fprintf(&b, "DELETE FROM ONLY %s;\n", t.full())
		}
	}
	for _, t := range s.tables {
		rows := t.live
		if !twin {
			rows = slices.Concat(t.live, t.dead)
		}
		t.insertInto(&b, rows)
	}
	return b.String()
}

// insertInto writes an INSERT of the rows.
func (t *table) insertInto(b *strings.Builder, rows [][]string) {
	if len(rows) == 0 {
		return
	}
	fmt.Fprintf(b, "INSERT INTO %s (%s) VALUES\n", t.full(), columnNames(t.cols))
	for i, r := range rows {
		if i > 0 {
			b.WriteString(",\n")
		}
		b.WriteString("  (" + strings.Join(r, ", ") + ")")
	}
	b.WriteString(";\n")
}

var (
	tableNames  = []string{"users", "orders", "items", "order", "Line Items", "conflict", "value", "user", "notes", "group", `we"ird`, "tags", "select", "Users", "action", "table"}
	otherNames  = []string{"outside", "archive", "log", "Audit"}
	markerNames = map[softdelete.Marker][]string{
		softdelete.Timestamp:   {"deleted_at", "deleted_at", "Removed At"},
		softdelete.Flag:        {"is_deleted", "gone"},
		softdelete.UnixSeconds: {"deleted_unix", "deleted_at"},
		softdelete.UnixMillis:  {"deleted_ms"},
		softdelete.UnixNanos:   {"deleted_ns"},
	}
	deadMarkers = map[softdelete.Marker]string{
		softdelete.Timestamp:   "'2024-01-03 10:00+00'",
		softdelete.Flag:        "true",
		softdelete.UnixSeconds: "1704276000",
		softdelete.UnixMillis:  "1704276000000",
		softdelete.UnixNanos:   "1704276000000000000",
	}
)

// newSchema makes a schema of 4 to 8 tables, its members counted, and its rows.
// Neighbouring episodes differ in marker and in kinds of table.
func newSchema(r *rand.Rand, episode int) *schema {
	// pgx's default prepares every text; the other is faster for texts that run once.
	s := &schema{mode: []pgx.QueryExecMode{pgx.QueryExecModeCacheStatement, pgx.QueryExecModeExec, pgx.QueryExecModeExec}[r.IntN(3)]}
	names := slices.Clone(tableNames)
	r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	next := func() string { n := names[0]; names = names[1:]; return n }
	marker := func() softdelete.Marker {
		if r.IntN(2) == 0 {
			return softdelete.Timestamp
		}
		return softdelete.Marker(r.IntN(5))
	}
	s.plain(r, next(), softdelete.Timestamp)
	s.plain(r, next(), softdelete.Marker(episode%5))
	if r.IntN(3) == 0 {
		s.tables[1].schema = "billing"
	}
	for part := episode; part <= episode+r.IntN(2); part++ {
		switch part % 4 {
		case 0:
			s.partitions(r, next(), marker())
		case 1:
			s.inheritance(r, next(), marker())
		case 2:
			s.tenants(r, next(), marker())
		case 3:
			s.plain(r, next(), marker())
		}
	}
	o := s.newTable(r, otherNames[r.IntN(len(otherNames))])
	if r.IntN(2) == 0 {
		// A decoy: outside the policy the name means nothing.
		o.cols = append(o.cols, column{name: "deleted_at", typ: tTime})
	}
	members := map[*table]int{}
	for _, t := range s.tables {
		// Unique in a tree; between trees they meet, as if they were references.
		t.firstKey = 1 + 10*members[t.root()]
		if t.partitioned == "" {
			members[t.root()]++
		}
		if t.partitioned == "" {
			s.fill(r, t)
		}
	}
	return s
}

// newTable makes a table without a marker.
func (s *schema) newTable(r *rand.Rand, tableName string) *table {
	t := &table{name: tableName}
	s.tables = append(s.tables, t)
	t.cols = []column{{name: "id", typ: tInt, role: keyColumn}}
	switch r.IntN(8) {
	case 0:
		t.cols[0].typ = tUUID
	case 1:
		t.cols[0].typ = tText
	case 2:
		t.cols = append(t.cols, column{name: "part", typ: tInt, role: keyColumn})
	}
	t.cols = append(t.cols, column{name: "a", typ: tInt}, column{name: "nz", typ: tInt, role: divisorColumn})
	optional := []column{
		{name: "b", typ: tInt},
		{name: "n", typ: tBig},
		{name: "amt", typ: tNum},
		{name: "name", typ: tText, def: "'new'"},
		{name: "ok", typ: tBool},
		{name: "d", typ: tDate},
		{name: "ts", typ: tTime},
		{name: "j", typ: tJSON},
		{name: "arr", typ: tArr},
		{name: "tn", typ: tText, role: numeralColumn},
		{name: "Mixed", typ: tInt, def: "7"},
		{name: "email", typ: tText, role: uniqueColumn},
	}
	r.Shuffle(len(optional), func(i, j int) { optional[i], optional[j] = optional[j], optional[i] })
	t.cols = append(t.cols, optional[:3+r.IntN(4)]...)
	return t
}

func (s *schema) plain(r *rand.Rand, tableName string, m softdelete.Marker) *table {
	t := s.newTable(r, tableName)
	if _, ok := t.column(uniqueColumn); !ok && r.IntN(2) == 0 {
		t.cols = append(t.cols, column{name: "email", typ: tText, role: uniqueColumn})
	}
	t.mark(r, m)
	return t
}

// mark puts the table into the policy.
func (t *table) mark(r *rand.Rand, m softdelete.Marker) {
	n := markerNames[m]
	t.policy, t.marker = true, m
	if exclude.integerOrder && m >= softdelete.UnixSeconds {
		for i := range t.cols {
			t.cols[i].calm = true
		}
	}
	c := column{name: n[r.IntN(len(n))], role: markerColumn, typ: tBig}
	switch m {
	case softdelete.Timestamp:
		c.typ = tTime
	case softdelete.Flag:
		c.typ = tBool
	}
	t.cols = slices.Insert(t.cols, 1+r.IntN(len(t.cols)), c)
}

func (t *table) drop(r role) {
	t.cols = slices.DeleteFunc(t.cols, func(c column) bool { return c.role == r })
}

func (s *schema) partitions(r *rand.Rand, tableName string, m softdelete.Marker) {
	p := s.plain(r, tableName, m)
	p.drop(keyColumn)
	p.drop(uniqueColumn) // a unique index would need the partition key
	p.cols = append([]column{{name: "id", typ: tInt, role: keyColumn}, {name: "part", typ: tInt, role: partColumn}}, p.cols...)
	bounds := []string{"FOR VALUES IN (1, 2)", "FOR VALUES IN (3)", "DEFAULT"}
	p.partitioned = "PARTITION BY LIST (part)"
	if r.IntN(2) == 0 {
		p.partitioned = "PARTITION BY RANGE (part)"
		bounds = []string{"FOR VALUES FROM (MINVALUE) TO (3)", "FOR VALUES FROM (3) TO (4)", "DEFAULT"}
	}
	for i, b := range bounds {
		c := &table{name: fmt.Sprintf("%s_p%d", tableName, i+1), cols: p.cols, policy: true, marker: m, parent: p, bound: b}
		p.children = append(p.children, c)
		s.tables = append(s.tables, c)
	}
}

func (s *schema) inheritance(r *rand.Rand, tableName string, m softdelete.Marker) {
	p := s.plain(r, tableName, m)
	p.drop(uniqueColumn)
	c := &table{
		name: tableName + "_kid", policy: true, marker: m, parent: p,
		cols: append(slices.Clone(p.cols), column{name: "extra", typ: tInt}),
	}
	p.children = []*table{c}
	s.tables = append(s.tables, c)
}

// tenants makes the same table in two schemas, one of which is in search_path.
func (s *schema) tenants(r *rand.Rand, tableName string, m softdelete.Marker) {
	a := s.plain(r, tableName, m)
	a.schema, a.star = tenantSchema, true
	b := *a
	b.schema = "tenant2"
	s.tables = append(s.tables, &b)
}

// tenantSchema is in search_path behind public.
const tenantSchema = "tenant1"

func (s *schema) fill(r *rand.Rand, t *table) {
	n := 4 + r.IntN(4)
	if t.parent != nil || len(t.children) > 0 {
		n = 2 + r.IntN(3)
	}
	for i := range n {
		t.live = append(t.live, t.row(r, i, false))
	}
	if !t.policy {
		return
	}
	for i := range 2 + r.IntN(n) {
		row := t.row(r, n+i, true)
		if r.IntN(2) == 0 {
			// A duplicate of a live row in all that may be equal.
			twin := t.live[r.IntN(n)]
			for k, c := range t.cols {
				if c.role == plainColumn || c.role == uniqueColumn {
					row[k] = twin[k]
				}
			}
		}
		t.dead = append(t.dead, row)
	}
}

// row makes row i of a table; keys are unique over all tables of a tree.
func (t *table) row(r *rand.Rand, i int, dead bool) []string {
	var row []string
	for k, c := range t.cols {
		v := "NULL"
		switch c.role {
		case keyColumn:
			v = keyValue(c.typ, t.firstKey+i)
			if k > 0 {
				v = fmt.Sprint(1 + r.IntN(3))
			}
		case partColumn:
			v = t.partValue(r)
		case divisorColumn:
			switch {
			case dead:
				v = "0"
			case r.IntN(8) > 0:
				v = fmt.Sprint(1 + r.IntN(5))
			}
		case numeralColumn:
			switch {
			case dead:
				v = "'dead'"
			case r.IntN(6) > 0:
				v = literal(fmt.Sprint(1 + r.IntN(12)))
			}
		case uniqueColumn:
			if r.IntN(5) > 0 {
				v = literal(fmt.Sprintf("e%d@x", i))
			}
		case markerColumn:
			switch {
			case dead:
				v = deadMarkers[t.marker]
			case t.marker == softdelete.Flag:
				v = "false"
			case t.marker != softdelete.Timestamp:
				v = "0"
			}
		default:
			if r.IntN(4) > 0 {
				v = randomValue(r, c.typ, dead)
			}
		}
		row = append(row, v)
	}
	return row
}

func (t *table) partValue(r *rand.Rand) string {
	if t.bound == "" {
		return fmt.Sprint(1 + r.IntN(5))
	}
	switch t.parent.children[0] {
	case t:
		return fmt.Sprint(1 + r.IntN(2))
	}
	if t == t.parent.children[1] {
		return "3"
	}
	return fmt.Sprint(4 + r.IntN(3))
}

// keyValue is a key made of a number.
func keyValue(t colType, n int) string {
	switch t {
	case tUUID:
		return fmt.Sprintf("'00000000-0000-0000-0000-%012d'", n)
	case tText:
		return fmt.Sprintf("'k%d'", n)
	}
	return fmt.Sprint(n)
}

// randomValue is a value out of few, so that duplicates abound.
func randomValue(r *rand.Rand, t colType, dead bool) string {
	switch t {
	case tInt, tBig:
		return fmt.Sprint(r.IntN(9) - 1)
	case tNum:
		return fmt.Sprintf("%d.%d0", r.IntN(6), 5*r.IntN(2))
	case tText:
		return []string{"''", "'a'", "'b'", "'it''s'", "'Ann'", "'x y'", "'10'", "'ü'"}[r.IntN(8)]
	case tBool:
		return []string{"true", "false"}[r.IntN(2)]
	case tDate:
		return fmt.Sprintf("'2024-02-%02d'", 1+r.IntN(4))
	case tTime:
		return fmt.Sprintf("'2024-02-%02d 12:00+00'", 1+r.IntN(4))
	case tJSON:
		if dead {
			return `'{"n": "dead", "v": true}'`
		}
		return []string{`'{"n": 1, "v": true}'`, `'{"n": 2}'`, `'{}'`, `'[1, 2]'`, `'{"v": null, "n": "3"}'`}[r.IntN(5)]
	case tArr:
		return []string{"'{}'", "'{1}'", "'{1,2}'", "'{2,NULL,3}'", "'{0}'"}[r.IntN(5)]
	}
	return keyValue(tUUID, 1+r.IntN(12))
}
