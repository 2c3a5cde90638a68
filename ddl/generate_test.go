package ddl_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/internal/lex"
)

// The generator makes a schema by chance. What it is made of is decided first, since
// foreign keys add columns to tables, and written afterwards, each part by a method
// of its own. It must write what PostgreSQL accepts: only rows may be refused.

type generator struct {
	*rand.Rand
	version int  // of the server
	enforce bool // the plan is to have twin keys, which dead parents of live rows forbid
	ids     bool // the policy has deletion ids
	names   int
	schemas []string
	tables  []*genTable
	keys    []*genForeignKey
	script  []string
}

// genTable is a table, or a partition.
type genTable struct {
	schema, name string
	columns      []*genColumn
	primary      []*genColumn
	keys         [][]*genColumn // what a foreign key can refer to
	named        []string       // its unique constraints over all rows that ON CONFLICT can name
	marker       *genMarker
	parents      []*genTable // that it inherits from
	children     []*genTable // that inherit from it
	partitionBy  string
	bound        string // what a partition is for
	parts        []*genTable
	own          []*genColumn // that an heir adds
	referenced   bool
}

type genColumn struct {
	name      string
	typ       *genType
	required  bool
	rest      string // DEFAULT, IDENTITY and the like
	generated bool
}

type genMarker struct {
	column, def string
	kind        softdelete.Marker
	known       bool // Discover takes it for a marker
	live, dead  string
}

type genForeignKey struct {
	name                string
	child, parent       *genTable
	columns, refColumns []*genColumn
	cascade             bool
	rest                string
	late                bool // NOT VALID: added when the rows are there
}

// genType is a type, and how values of it are numbered.
type genType struct {
	sql     string
	key     bool // it may be part of a key, and of foreign keys
	plain   bool // without a collation or a schema of its own
	literal func(n int) string
}

func quotedNumber(format string) func(int) string {
	return func(n int) string { return "'" + fmt.Sprintf(format, n) + "'" }
}

func number(n int) string { return fmt.Sprint(n) }

var genTypes = []*genType{
	{"integer", true, true, number},
	{"bigint", true, true, number},
	{"smallint", true, true, number},
	{"uuid", true, true, quotedNumber("00000000-0000-4000-8000-%012d")},
	{"text", true, true, quotedNumber("k%d")},
	{"date", true, true, quotedNumber("2024-01-%02d")},
	{"varchar(20)", true, true, quotedNumber("k%d")},
	{"numeric(6,0)", true, true, number},
	{"character(5)", true, true, quotedNumber("k%d")},
	{"timestamptz", true, true, quotedNumber("2024-01-%02d 12:00+00")},
	{`text COLLATE "C"`, true, false, quotedNumber("k%d")},
	{`text COLLATE "any case"`, true, false, quotedNumber("k%d")},
	{`"Kinds"."the mood"`, true, false, func(n int) string { return []string{"'bad'", "'so so'", "'good'"}[n%3] }},
	{`"Kinds".positive`, true, false, number},
	{"boolean", false, true, func(n int) string { return []string{"true", "false"}[n%2] }},
	{"jsonb", false, true, quotedNumber(`{"n": %d}`)},
	{"integer[]", false, true, quotedNumber("{%d}")},
	{"bytea", false, true, quotedNumber(`\x%02d`)},
	{"tsrange", false, true, quotedNumber("[2024-01-%02d,2024-01-28)")},
}

func newGenerator(seed uint64, version int) *generator {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 5)), version: version}
	g.enforce = g.chance(35)
	g.prologue()
	for range 3 + g.IntN(6) {
		g.table()
	}
	g.inheritance()
	for range 1 + g.IntN(2*len(g.tables)) {
		g.foreignKey()
	}
	return g
}

func (g *generator) chance(percent int) bool { return g.IntN(100) < percent }

func pick[T any](g *generator, from []T) T { return from[g.IntN(len(from))] }

func (g *generator) add(format string, args ...any) {
	g.script = append(g.script, fmt.Sprintf(format, args...))
}

func (g *generator) prologue() {
	g.schemas = []string{"public", "public", "billing", `Other "Schema"`, longName("schema_", 1)}
	for _, s := range g.schemas[2:] {
		g.add("CREATE SCHEMA %s", lex.QuoteIdent(s))
	}
	g.add(`CREATE SCHEMA "Kinds"`)
	g.add(`CREATE COLLATION "any case" (provider = icu, locale = 'und-u-ks-level2', deterministic = false)`)
	g.add(`CREATE TYPE "Kinds"."the mood" AS ENUM ('bad', 'so so', 'good')`)
	g.add(`CREATE DOMAIN "Kinds".positive AS integer CHECK (VALUE > 0)`)
	g.add(`CREATE FUNCTION as_it_is() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN coalesce(NEW, OLD); END'`)
}

// longName is as long as a name may be, and differs from others at its end only.
func longName(start string, n int) string {
	end := fmt.Sprintf("_%03d", n)
	name := start + strings.Repeat("ü", 20)
	return name + strings.Repeat("x", 63-len(name)-len(end)) + end
}

// name is one that nothing else has.
func (g *generator) name(kind string) string {
	g.names++
	plain := fmt.Sprintf("%s%d", kind, g.names)
	switch g.IntN(12) {
	case 0:
		return strings.ToUpper(plain[:1]) + plain[1:]
	case 1:
		return fmt.Sprintf(`It's "%s" \ ON $1 USING`, plain)
	case 2, 3:
		return longName(kind+"_", g.names)
	case 4:
		return fmt.Sprintf("%s%%s.%d;", kind, g.names)
	default:
		return plain
	}
}

func (t *genTable) sql() string { return lex.QuoteIdent(t.schema) + "." + lex.QuoteIdent(t.name) }

// policyName is the table as a policy names it.
func (t *genTable) policyName() string {
	quoted := func(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
	return quoted(t.schema) + "." + quoted(t.name)
}

func (t *genTable) inherits() bool { return len(t.parents)+len(t.children) > 0 }

func list(columns []*genColumn) string {
	var names []string
	for _, c := range columns {
		names = append(names, lex.QuoteIdent(c.name))
	}
	return strings.Join(names, ", ")
}

// table makes one of the tables at the top. Now and then it has the name of another
// one, in another schema.
func (g *generator) table() {
	t := &genTable{schema: pick(g, g.schemas), name: g.name("t")}
	if g.chance(15) && len(g.tables) > 0 {
		if other := pick(g, g.tables); !g.taken(t.schema, other.name) {
			t.name = other.name
		}
	} else if word := pick(g, []string{"user", "order", "select", "group", "table"}); g.chance(15) && !g.taken(t.schema, word) {
		t.name = word
	}
	partitioned := g.chance(18)
	g.primaryKey(t, partitioned)
	for range 1 + g.IntN(5) {
		g.column(t)
	}
	g.bookkeeping(t)
	g.Shuffle(len(t.columns), func(i, j int) { t.columns[i], t.columns[j] = t.columns[j], t.columns[i] })
	if partitioned {
		g.partitions(t)
	}
	g.tables = append(g.tables, t)
}

func (g *generator) taken(schema, name string) bool {
	for _, t := range g.tables {
		if t.schema == schema && t.name == name {
			return true
		}
	}
	return false
}

func (g *generator) typeOf(ok func(*genType) bool) *genType {
	for {
		if t := pick(g, genTypes); ok(t) {
			return t
		}
	}
}

func isKey(t *genType) bool { return t.key }

func (g *generator) primaryKey(t *genTable, partitioned bool) {
	n := []int{0, 1, 1, 1, 1, 1, 2, 2, 3}[g.IntN(9)]
	if partitioned && n == 0 {
		n = 1
	}
	for i := range n {
		c := &genColumn{name: g.name("key"), typ: g.typeOf(isKey), required: true}
		if i == 0 && g.chance(50) {
			c.name = "id"
		}
		if i == 0 && g.chance(40) {
			c.typ = genTypes[g.IntN(2)]
		}
		if partitioned {
			c.typ = []*genType{genTypes[0], genTypes[5]}[g.IntN(2)]
		} else if n == 1 && c.typ == genTypes[0] || c.typ == genTypes[1] {
			c.rest = pick(g, []string{"", "GENERATED ALWAYS AS IDENTITY", "GENERATED BY DEFAULT AS IDENTITY (START 100)"})
		}
		t.columns, t.primary = append(t.columns, c), append(t.primary, c)
	}
	if n > 0 {
		t.keys = append(t.keys, t.primary)
	}
}

func (g *generator) column(t *genTable) {
	c := &genColumn{name: g.name("c"), typ: pick(g, genTypes)}
	if n := g.IntN(12); n == 0 && c.typ.plain {
		c.rest = "DEFAULT " + c.typ.literal(1)
	} else if n == 1 {
		c.rest = fmt.Sprintf("CONSTRAINT %s CHECK (%s IS NULL OR %[2]s <> %s)", lex.QuoteIdent(g.name("check")), lex.QuoteIdent(c.name), c.typ.literal(6))
	}
	c.required = g.chance(25)
	t.columns = append(t.columns, c)
	if c.typ == genTypes[0] && g.chance(30) {
		kind := "STORED"
		if g.version >= 18 && g.chance(50) {
			kind = "VIRTUAL"
		}
		rest := fmt.Sprintf("GENERATED ALWAYS AS (%s * 2) %s", lex.QuoteIdent(c.name), kind)
		t.columns = append(t.columns, &genColumn{name: g.name("gen"), typ: c.typ, generated: true, rest: rest})
	}
}

var genMarkers = []genMarker{
	{"deleted_at", "timestamptz", softdelete.Timestamp, true, "NULL", "'2024-03-01 12:00+00'"},
	{"deleted_at", "timestamptz", softdelete.Timestamp, true, "NULL", "'2024-03-01 12:00+00'"},
	{"deleted_at", "timestamp", softdelete.Timestamp, true, "NULL", "'2024-03-01 12:00'"},
	{"deleted_at", "date", softdelete.Timestamp, true, "NULL", "'2024-03-01'"},
	{"deleted_at", "bigint NOT NULL DEFAULT 0", softdelete.UnixSeconds, true, "0", "1700000000"},
	{"deleted_at", "integer NOT NULL DEFAULT 0", softdelete.UnixSeconds, true, "0", "1700000000"},
	{"deleted_at_ms", "bigint NOT NULL DEFAULT 0", softdelete.UnixMillis, true, "0", "1700000000000"},
	{"deleted_at_ns", "bigint NOT NULL DEFAULT 0", softdelete.UnixNanos, true, "0", "1700000000000000000"},
	{"is_deleted", "boolean NOT NULL DEFAULT false", softdelete.Flag, true, "false", "true"},
	{"deleted", "boolean NOT NULL DEFAULT false", softdelete.Flag, true, "false", "true"},
	{"", "timestamptz", softdelete.Timestamp, false, "NULL", "'2024-03-01 12:00+00'"},
	{"", "boolean NOT NULL DEFAULT false", softdelete.Flag, false, "false", "true"},
	{"", "boolean DEFAULT false", softdelete.Flag, false, "false", "true"},
	{"", "numeric NOT NULL DEFAULT 0", softdelete.UnixMillis, false, "0", "1700000000000"},
}

// unusable are columns that are there and cannot be markers.
var unusable = []genMarker{
	{"deleted_at", "text", softdelete.Timestamp, false, "NULL", "'x'"},
	{"deleted_at", "timestamptz NOT NULL DEFAULT now()", softdelete.Timestamp, false, "DEFAULT", "DEFAULT"},
}

// bookkeeping gives a table some of the columns that a policy may want.
func (g *generator) bookkeeping(t *genTable) {
	if g.chance(45) && (len(t.primary) > 0 || g.chance(10)) {
		m := pick(g, genMarkers)
		if g.chance(2) {
			m = pick(g, unusable)
		}
		if m.column == "" {
			m.column = g.name("gone")
		}
		t.marker = &m
	}
	have := func(name, def string) {
		t.columns = append(t.columns, &genColumn{name: name, typ: &genType{sql: def, literal: func(int) string { return "DEFAULT" }}})
	}
	if g.chance(20) {
		have("deletion_id", "uuid")
	}
	if g.chance(15) {
		have("deleted_by", "text")
	}
	if g.chance(20) {
		have("updated_at", pick(g, []string{"timestamptz", "timestamptz NOT NULL DEFAULT now()", "timestamp DEFAULT '2024-01-01'"}))
	}
	if g.chance(15) {
		have("created_at", "timestamptz NOT NULL DEFAULT '2024-01-01'")
	}
}

// partitions gives a table two or three partitions, one of them with partitions of
// its own now and then. All partition by columns of the primary key.
func (g *generator) partitions(t *genTable) {
	by := t.primary[0]
	part := func(of *genTable, bound string) {
		of.parts = append(of.parts, &genTable{schema: pick(g, g.schemas), name: g.name("part"), columns: t.columns, bound: bound})
	}
	hashed := func(of *genTable) {
		of.partitionBy = "HASH (" + lex.QuoteIdent(t.primary[len(t.primary)-1].name) + ")"
		part(of, "FOR VALUES WITH (MODULUS 2, REMAINDER 0)")
		part(of, "FOR VALUES WITH (MODULUS 2, REMAINDER 1)")
	}
	switch g.IntN(3) {
	case 0:
		hashed(t)
		return
	case 1:
		t.partitionBy = "RANGE (" + lex.QuoteIdent(by.name) + ")"
		part(t, fmt.Sprintf("FOR VALUES FROM (%s) TO (%s)", by.typ.literal(1), by.typ.literal(4)))
	default:
		t.partitionBy = "LIST (" + lex.QuoteIdent(by.name) + ")"
		part(t, fmt.Sprintf("FOR VALUES IN (%s, %s)", by.typ.literal(1), by.typ.literal(2)))
		part(t, fmt.Sprintf("FOR VALUES IN (%s)", by.typ.literal(3)))
	}
	part(t, "DEFAULT")
	if g.chance(40) {
		hashed(t.parts[0])
	}
}

// leaves are the tables that hold the rows of a partitioned one.
func (t *genTable) leaves() (found []*genTable) {
	for _, p := range t.parts {
		found = append(found, p.leaves()...)
	}
	if len(t.parts) == 0 {
		return []*genTable{t}
	}
	return found
}

// inheritance gives some tables children, which may have children, or two parents.
func (g *generator) inheritance() {
	for _, t := range g.tables {
		if t.partitionBy != "" || !g.chance(12) {
			continue
		}
		for range 1 + g.IntN(2) {
			child := &genTable{schema: pick(g, g.schemas), name: g.name("heir"), parents: []*genTable{t}}
			child.columns = append(child.columns, t.columns...)
			t.children = append(t.children, child)
			g.tables = append(g.tables, child)
			if g.chance(30) {
				grandchild := &genTable{schema: pick(g, g.schemas), name: g.name("heir"), parents: []*genTable{child}, columns: child.columns, marker: t.marker}
				child.children = append(child.children, grandchild)
				g.tables = append(g.tables, grandchild)
			}
			child.own = []*genColumn{{name: g.name("own"), typ: pick(g, genTypes)}}
			child.marker = t.marker
			if g.chance(85) {
				child.primary = t.primary
			}
		}
	}
}

// foreignKey lets a table refer to a key of one, or of itself, by columns that it has
// or by new ones.
func (g *generator) foreignKey() {
	child, parent := pick(g, g.tables), pick(g, g.tables)
	if g.chance(15) {
		parent = child
	}
	if (child.inherits() || parent.inherits()) && !g.chance(4) || len(parent.keys) == 0 || len(child.primary) == 0 && !g.chance(4) || len(child.parents) > 0 || len(child.children) > 0 {
		return
	}
	k := &genForeignKey{name: g.name("fk"), child: child, parent: parent, refColumns: pick(g, parent.keys)}
	if g.chance(30) {
		k.name = ""
	}
	for _, ref := range k.refColumns {
		k.columns = append(k.columns, g.referring(child, ref, k.columns))
	}
	g.actions(k)
	parent.referenced = true
	g.keys = append(g.keys, k)
}

// referring returns a column of the table that can refer to the other one.
func (g *generator) referring(t *genTable, ref *genColumn, taken []*genColumn) *genColumn {
	for _, c := range t.columns {
		if c.typ == ref.typ && c != ref && !c.generated && !slices.Contains(taken, c) && g.chance(30) {
			return c
		}
	}
	c := &genColumn{name: g.name("ref"), typ: ref.typ, required: g.chance(20)}
	if c.typ.plain && g.chance(20) {
		c.rest = "DEFAULT " + c.typ.literal(1)
	}
	t.columns = append(t.columns, c)
	for _, p := range t.parts {
		g.referringPart(p, c)
	}
	return c
}

func (g *generator) referringPart(t *genTable, c *genColumn) {
	t.columns = append(slices.Clip(t.columns), c)
	for _, p := range t.parts {
		g.referringPart(p, c)
	}
}

// actions decides what else the foreign key says.
func (g *generator) actions(k *genForeignKey) {
	rest := ""
	if len(k.columns) > 1 && g.chance(30) {
		rest = " MATCH FULL"
	}
	switch g.IntN(7) {
	case 0, 1:
		rest += " ON DELETE CASCADE"
		k.cascade = true
	case 2:
		rest += " ON DELETE SET NULL"
	case 3:
		rest += " ON DELETE SET NULL"
		// PostgreSQL does not translate the list for a partition whose columns are in
		// another order, and then cannot print the constraint.
		if k.child.partitionBy == "" {
			rest += fmt.Sprintf(" (%s)", list(k.columns[:1]))
		}
	case 4:
		rest += " ON DELETE SET DEFAULT"
	case 5:
		rest += " ON DELETE RESTRICT"
	}
	if g.chance(20) {
		rest += " ON UPDATE CASCADE"
	}
	if g.chance(20) {
		rest += pick(g, []string{" DEFERRABLE", " DEFERRABLE INITIALLY DEFERRED"})
	}
	if k.child.partitionBy == "" && k.parent.partitionBy == "" && g.chance(12) {
		rest += " NOT VALID"
		k.late = true
	}
	k.rest = rest
}
