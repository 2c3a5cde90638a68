package ddl_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/softdelete-go/softdelete/internal/lex"
)

// This file writes the statements of a generated schema.

// before are the statements that come before the rows.
func (g *generator) before() []string {
	for _, t := range g.tables {
		g.create(t)
	}
	for _, t := range g.tables {
		for range g.IntN(4) {
			g.uniqueKey(t)
		}
		g.otherIndexes(t)
	}
	for _, k := range g.keys {
		if !k.late {
			g.reference(k)
		}
		if g.chance(40) {
			g.add("CREATE INDEX %s ON %s (%s)", lex.QuoteIdent(g.name("ix")), k.child.sql(), list(k.columns))
		}
	}
	return g.script
}

func (c *genColumn) sql() string {
	def := lex.QuoteIdent(c.name) + " " + c.typ.sql
	if c.required && !c.generated {
		def += " NOT NULL"
	}
	return def + " " + c.rest
}

func (g *generator) create(t *genTable) {
	own := t.columns
	if len(t.parents) > 0 {
		own = t.own
	}
	var parts []string
	for _, c := range own {
		parts = append(parts, c.sql())
	}
	if t.marker != nil && (len(t.parents) == 0 || g.chance(30)) {
		at := g.IntN(len(parts) + 1)
		parts = slices.Insert(parts, at, lex.QuoteIdent(t.marker.column)+" "+t.marker.def)
	}
	dropped := len(t.parents) == 0 && g.chance(15)
	if dropped {
		parts = slices.Insert(parts, 0, "gone_already text")
	}
	if len(t.primary) > 0 {
		name := ""
		if g.chance(40) {
			name = "CONSTRAINT " + lex.QuoteIdent(g.name("pk")) + " "
		}
		parts = append(parts, name+"PRIMARY KEY ("+list(t.primary)+")")
	}
	rest := ""
	if len(t.parents) > 0 {
		var names []string
		for _, p := range t.parents {
			names = append(names, p.sql())
		}
		rest = " INHERITS (" + strings.Join(names, ", ") + ")"
	}
	if t.partitionBy != "" {
		rest += " PARTITION BY " + t.partitionBy
	} else if g.chance(20) {
		rest += pick(g, []string{" WITH (fillfactor = 80)", " WITH (autovacuum_enabled = false, fillfactor = 95)"})
	}
	g.add("CREATE TABLE %s (\n  %s\n)%s", t.sql(), strings.Join(parts, ",\n  "), rest)
	if dropped {
		g.add("ALTER TABLE %s DROP COLUMN gone_already", t.sql())
	}
	for _, p := range t.parts {
		g.createPart(t, p)
	}
	g.about(t)
}

// createPart makes a partition, or attaches a table with its columns in another order.
func (g *generator) createPart(of, t *genTable) {
	by := ""
	if t.partitionBy != "" {
		by = " PARTITION BY " + t.partitionBy
	}
	if by == "" && g.chance(25) && !slices.ContainsFunc(t.columns, func(c *genColumn) bool { return c.generated }) {
		g.add("CREATE TABLE %s (other_order text, LIKE %s INCLUDING ALL EXCLUDING INDEXES EXCLUDING COMMENTS)", t.sql(), of.sql())
		g.add("ALTER TABLE %s DROP COLUMN other_order", t.sql())
		if g.chance(50) {
			g.add("CREATE UNIQUE INDEX %s ON %s (%s)", lex.QuoteIdent(g.name("early")), t.sql(), g.keyList(t.columns[:1], false))
		}
		g.add("ALTER TABLE %s ATTACH PARTITION %s %s", of.sql(), t.sql(), t.bound)
	} else {
		g.add("CREATE TABLE %s PARTITION OF %s %s%s", t.sql(), of.sql(), t.bound, by)
	}
	for _, p := range t.parts {
		g.createPart(t, p)
	}
}

// about is what does not concern the rows.
func (g *generator) about(t *genTable) {
	if g.chance(20) {
		g.add(`COMMENT ON TABLE %s IS 'it''s a \ table'`, t.sql())
	}
	c := pick(g, t.columns)
	column := lex.QuoteIdent(c.name)
	if g.chance(15) {
		g.add("COMMENT ON COLUMN %s.%s IS 'a column; more'", t.sql(), column)
	}
	if g.chance(15) && !(c.generated && strings.HasSuffix(c.rest, "VIRTUAL")) {
		g.add("ALTER TABLE %s ALTER COLUMN %s SET STATISTICS 250", t.sql(), column)
	}
	if g.chance(15) && strings.HasPrefix(c.typ.sql, "text") {
		g.add("ALTER TABLE %s ALTER COLUMN %s SET STORAGE EXTERNAL", t.sql(), column)
	}
	if g.chance(15) && t.partitionBy == "" {
		g.add("ALTER TABLE %s ALTER COLUMN %s SET (n_distinct = 7)", t.sql(), column)
	}
	if g.chance(15) {
		g.add("GRANT SELECT, DELETE ON %s TO pg_monitor", t.sql())
	}
	if g.chance(15) {
		g.add("GRANT UPDATE (%s), SELECT (%s) ON %s TO PUBLIC", column, column, t.sql())
	}
	if g.chance(12) {
		g.add("ALTER TABLE %s ENABLE ROW LEVEL SECURITY", t.sql())
		g.add("CREATE POLICY %s ON %s USING (%s IS NULL OR true)", lex.QuoteIdent(g.name("policy")), t.sql(), column)
	}
	if g.chance(15) {
		g.add("CREATE TRIGGER %s BEFORE INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION as_it_is()", lex.QuoteIdent(g.name("before")), t.sql())
	}
	if g.chance(15) && !c.generated {
		g.add("CREATE TRIGGER %s AFTER UPDATE OF %s ON %s FOR EACH ROW WHEN (NEW.* IS DISTINCT FROM OLD.*) EXECUTE FUNCTION as_it_is()", lex.QuoteIdent(g.name("after")), column, t.sql())
	}
	if g.chance(10) && len(t.columns) > 1 && !t.columns[0].generated && !t.columns[1].generated {
		g.add("CREATE STATISTICS %s ON %s FROM %s", lex.QuoteIdent(g.name("stats")), list(t.columns[:2]), t.sql())
	}
}

// keyList are columns as an index has them.
func (g *generator) keyList(columns []*genColumn, fancy bool) string {
	var parts []string
	for _, c := range columns {
		part := lex.QuoteIdent(c.name)
		if fancy && strings.HasPrefix(c.typ.sql, "text") && g.chance(30) {
			part += pick(g, []string{` COLLATE "C"`, ` COLLATE "POSIX"`, ` COLLATE "C" text_pattern_ops`})
		}
		if fancy && g.chance(30) {
			part += pick(g, []string{" DESC", " DESC NULLS LAST", " NULLS FIRST"})
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, ", ")
}

// indexable are the columns that a btree index can have.
func (t *genTable) indexable() (found []*genColumn) {
	for _, c := range t.columns {
		if c.typ.key && !(c.generated && strings.HasSuffix(c.rest, "VIRTUAL")) {
			found = append(found, c)
		}
	}
	return found
}

// uniqueKey is one of any form.
func (g *generator) uniqueKey(t *genTable) {
	columns := t.indexable()
	if len(columns) == 0 {
		return
	}
	g.Shuffle(len(columns), func(i, j int) { columns[i], columns[j] = columns[j], columns[i] })
	columns = columns[:min(len(columns), 1+g.IntN(2))]
	if t.partitionBy != "" {
		for _, c := range t.primary {
			if !slices.Contains(columns, c) {
				columns = append(columns, c)
			}
		}
	}
	rest := g.indexOptions(t, columns)
	switch name := g.name("uq"); g.IntN(8) {
	case 0, 1, 2, 3:
		g.constraint(t, name, columns, rest)
	case 4:
		g.expression(t, name, columns, rest)
	case 5:
		g.exclusion(t, name)
	case 6:
		if t.partitionBy == "" {
			g.add("CREATE UNIQUE INDEX %s ON %s (%s) %s WHERE %s IS NOT NULL", lex.QuoteIdent(name), t.sql(), g.keyList(columns, true), rest, lex.QuoteIdent(pick(g, t.columns).name))
		}
	default:
		g.add("CREATE UNIQUE INDEX %s ON %s (%s) %s", lex.QuoteIdent(name), t.sql(), g.keyList(columns, true), rest)
		g.aboutIndex(t, name, columns)
	}
}

// indexOptions are INCLUDE, NULLS NOT DISTINCT and WITH.
func (g *generator) indexOptions(t *genTable, columns []*genColumn) (rest string) {
	if c := pick(g, t.columns); g.chance(20) && !slices.Contains(columns, c) && !(c.generated && strings.HasSuffix(c.rest, "VIRTUAL")) {
		rest += " INCLUDE (" + lex.QuoteIdent(c.name) + ")"
	}
	if g.chance(20) {
		rest += " NULLS NOT DISTINCT"
	}
	if g.chance(20) {
		rest += pick(g, []string{" WITH (fillfactor = 70)", " WITH (deduplicate_items = off)"})
	}
	return rest
}

func (g *generator) constraint(t *genTable, name string, columns []*genColumn, rest string) {
	include, with, hasWith := strings.Cut(rest, " WITH")
	nulls := ""
	if before, found := strings.CutSuffix(include, " NULLS NOT DISTINCT"); found {
		include, nulls = before, "NULLS NOT DISTINCT"
	}
	if hasWith {
		include += " WITH" + with
	}
	deferrable := g.chance(12)
	if deferrable {
		include += pick(g, []string{" DEFERRABLE", " DEFERRABLE INITIALLY DEFERRED"})
	}
	g.add("ALTER TABLE %s ADD CONSTRAINT %s UNIQUE %s (%s) %s", t.sql(), lex.QuoteIdent(name), nulls, list(columns), include)
	t.named = append(t.named, name)
	if g.chance(25) {
		g.add(`COMMENT ON CONSTRAINT %s ON %s IS 'a "key"'`, lex.QuoteIdent(name), t.sql())
	}
	if g.chance(15) {
		g.add(`COMMENT ON INDEX %s.%s IS 'its \ index'`, lex.QuoteIdent(t.schema), lex.QuoteIdent(name))
	}
	if !deferrable {
		g.aboutIndex(t, name, columns)
		g.secondary(t, columns)
	}
}

// secondary lets a foreign key refer to a key that is not the primary one.
func (g *generator) secondary(t *genTable, key []*genColumn) {
	if !g.chance(25) || t.inherits() || slices.ContainsFunc(key, func(c *genColumn) bool { return c.generated }) {
		return
	}
	child := pick(g, g.tables)
	if child.inherits() || child.partitionBy != "" || len(child.primary) == 0 || len(t.primary) == 0 {
		return
	}
	k := &genForeignKey{name: g.name("fk"), child: child, parent: t, refColumns: key}
	for _, ref := range key {
		c := &genColumn{name: g.name("ref"), typ: ref.typ}
		g.add("ALTER TABLE %s ADD COLUMN %s", child.sql(), c.sql())
		child.columns, k.columns = append(child.columns, c), append(k.columns, c)
	}
	g.actions(k)
	t.referenced = true
	g.keys = append(g.keys, k)
}

func (g *generator) expression(t *genTable, name string, columns []*genColumn, rest string) {
	first := columns[0]
	part := "(" + lex.QuoteIdent(first.name) + " IS NULL)"
	switch {
	case strings.HasPrefix(first.typ.sql, "text"), strings.HasPrefix(first.typ.sql, "varchar"):
		part = "lower(" + lex.QuoteIdent(first.name) + ")"
	case first.typ == genTypes[0]:
		part = "(" + lex.QuoteIdent(first.name) + " % 10)"
	}
	if slices.Contains(t.primary, first) || len(columns) == 1 {
		part += ", " + lex.QuoteIdent(first.name)
	}
	for _, c := range columns[1:] {
		part += ", " + lex.QuoteIdent(c.name)
	}
	g.add("CREATE UNIQUE INDEX %s ON %s (%s) %s", lex.QuoteIdent(name), t.sql(), part, rest)
	if g.chance(40) {
		g.add("ALTER INDEX %s.%s ALTER COLUMN 1 SET STATISTICS 300", lex.QuoteIdent(t.schema), lex.QuoteIdent(name))
	}
	if g.chance(30) {
		g.add("COMMENT ON INDEX %s.%s IS 'computed'", lex.QuoteIdent(t.schema), lex.QuoteIdent(name))
	}
}

func (g *generator) exclusion(t *genTable, name string) {
	i := slices.IndexFunc(t.columns, func(c *genColumn) bool { return c.typ.sql == "tsrange" })
	if t.partitionBy != "" || i < 0 {
		return
	}
	g.add("ALTER TABLE %s ADD CONSTRAINT %s EXCLUDE USING gist (%s WITH -|-) %s", t.sql(), lex.QuoteIdent(name), lex.QuoteIdent(t.columns[i].name),
		pick(g, []string{"", fmt.Sprintf("WHERE (%s IS NOT NULL)", lex.QuoteIdent(t.columns[0].name)), "DEFERRABLE"}))
}

// aboutIndex are marks of a unique index.
func (g *generator) aboutIndex(t *genTable, name string, columns []*genColumn) {
	if g.chance(12) && t.partitionBy == "" {
		g.add("ALTER TABLE %s CLUSTER ON %s", t.sql(), lex.QuoteIdent(name))
	}
	required := !slices.ContainsFunc(columns, func(c *genColumn) bool { return !c.required || c.generated })
	if g.chance(25) && required {
		g.add("ALTER TABLE %s REPLICA IDENTITY USING INDEX %s", t.sql(), lex.QuoteIdent(name))
	}
}

// otherIndexes are not unique over all rows.
func (g *generator) otherIndexes(t *genTable) {
	for _, c := range t.columns {
		name := lex.QuoteIdent(g.name("ix"))
		switch {
		case c.typ.sql == "jsonb" && g.chance(30):
			g.add("CREATE INDEX %s ON %s USING gin (%s)", name, t.sql(), lex.QuoteIdent(c.name))
		case c.typ.sql == "tsrange" && g.chance(30):
			g.add("CREATE INDEX %s ON %s USING gist (%s)", name, t.sql(), lex.QuoteIdent(c.name))
		case c.typ == genTypes[0] && !c.generated && g.chance(15):
			g.add("CREATE INDEX %s ON %s USING %s (%s)", name, t.sql(), pick(g, []string{"hash", "brin", "btree"}), lex.QuoteIdent(c.name))
		}
	}
	if m := t.marker; m != nil && len(t.parents) == 0 {
		live := fmt.Sprintf("%s IS NOT DISTINCT FROM %s", lex.QuoteIdent(m.column), m.live)
		if m.live == "NULL" {
			live = lex.QuoteIdent(m.column) + " IS NULL"
		}
		if c := pick(g, t.columns); m.live != "DEFAULT" && c.typ.key && t.partitionBy == "" && !c.generated && g.chance(40) {
			g.add("CREATE %s INDEX %s ON %s (%s) WHERE %s", pick(g, []string{"", "UNIQUE"}), lex.QuoteIdent(g.name("live")), t.sql(), lex.QuoteIdent(c.name), live)
		}
		if g.chance(15) {
			g.add("CREATE INDEX %s ON %s (%s)", lex.QuoteIdent(g.name("marked")), t.sql(), lex.QuoteIdent(m.column))
		}
	}
	for _, p := range t.leaves() {
		if p == t || !g.chance(20) {
			continue
		}
		g.add("CREATE UNIQUE INDEX %s ON %s (%s)", lex.QuoteIdent(g.name("alone")), p.sql(), list(t.indexable()[:1]))
	}
}

func (g *generator) reference(k *genForeignKey) {
	name := ""
	if k.name != "" {
		name = "CONSTRAINT " + lex.QuoteIdent(k.name)
	}
	g.add("ALTER TABLE %s ADD %s FOREIGN KEY (%s) REFERENCES %s (%s)%s", k.child.sql(), name, list(k.columns), k.parent.sql(), list(k.refColumns), k.rest)
	if k.name != "" && g.chance(15) {
		g.add("COMMENT ON CONSTRAINT %s ON %s IS 'refers'", lex.QuoteIdent(k.name), k.child.sql())
	}
}

// row is an INSERT, which the constraints may refuse.
func (g *generator) row(t *genTable) string {
	var names, values []string
	for _, c := range append(slices.Clone(t.columns), t.own...) {
		if c.generated {
			continue
		}
		value := c.typ.literal(1 + g.IntN(7))
		if strings.Contains(c.typ.sql, "any case") && g.chance(50) {
			value = strings.ToUpper(value)
		}
		if !c.required && g.chance(30) {
			value = "NULL"
		}
		names, values = append(names, lex.QuoteIdent(c.name)), append(values, value)
	}
	if m := t.marker; m != nil {
		names = append(names, lex.QuoteIdent(m.column))
		if dead := g.chance(25); dead && !(g.enforce && t.referenced) {
			values = append(values, m.dead)
		} else {
			values = append(values, m.live)
		}
	}
	return fmt.Sprintf("INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE VALUES (%s)", t.sql(), strings.Join(names, ", "), strings.Join(values, ", "))
}

// after are the statements that come after the rows: they need not agree with NOT
// VALID constraints.
func (g *generator) after() []string {
	done := len(g.script)
	for _, k := range g.keys {
		if k.late {
			g.reference(k)
		}
	}
	for _, t := range g.tables {
		c := pick(g, t.columns)
		if value := c.typ.literal(2); value != "DEFAULT" && g.chance(10) {
			g.add("ALTER TABLE %s ADD CONSTRAINT %s CHECK (%s <> %s) NOT VALID", t.sql(), lex.QuoteIdent(g.name("late")), lex.QuoteIdent(c.name), value)
		}
		if g.chance(20) {
			g.add("CREATE %s %s.%s AS SELECT * FROM %s", pick(g, []string{"VIEW", "VIEW", "MATERIALIZED VIEW"}), lex.QuoteIdent(t.schema), lex.QuoteIdent(g.name("v")), t.sql())
		}
		if len(t.named) > 0 && g.chance(15) {
			insert, _, _ := strings.Cut(g.row(t), " OVERRIDING")
			g.add("CREATE FUNCTION %s() RETURNS void LANGUAGE sql BEGIN ATOMIC %s DEFAULT VALUES ON CONFLICT ON CONSTRAINT %s DO NOTHING; END",
				lex.QuoteIdent(g.name("keep")), insert[:strings.LastIndex(insert, " (")], lex.QuoteIdent(t.named[0]))
		}
		if t.partitionBy == "" && g.chance(8) {
			g.add("CREATE PUBLICATION %s FOR TABLE %s WITH (publish = 'insert')", lex.QuoteIdent(g.name("pub")), t.sql())
		}
	}
	return g.script[done:]
}
