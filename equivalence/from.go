package equivalence

import (
	"fmt"
	"slices"
	"strings"
)

// from makes a FROM clause of up to n items and returns it with what it shows.
func (g *gen) from(up *env, n int) (*tree, *env) {
	e := &env{up: up}
	var items []*tree
	for i := range n {
		if i > 0 && (g.rels <= 0 || len(e.rels) > 2) {
			break
		}
		depth := 0
		for depth < 4 && g.rels > 1 && g.one(2) {
			depth++
		}
		item, rels := g.item(e, depth)
		items = append(items, item)
		e.rels = append(e.rels, rels...)
	}
	if len(items) > 1 {
		g.feature("comma in from")
	}
	return piece(clause, "FROM", list(",", 1, items)), e
}

// where makes a WHERE clause, or nil.
func (g *gen) where(e *env, depth int) *tree {
	if g.one(6) {
		return nil
	}
	return opt("WHERE", g.condition(e, depth))
}

// item makes a FROM item. left is what stands before it, for LATERAL and for
// the queries around.
func (g *gen) item(left *env, depth int) (*tree, []*rel) {
	if depth > 0 {
		return g.join(left, depth)
	}
	g.rels--
	if g.unread && g.one(2) {
		// PostgreSQL does not run a WITH query that nothing reads.
		if item, r := g.cteRef(); item != nil {
			return item, []*rel{r}
		}
	}
	switch g.n(14) {
	case 0, 1:
		if g.room() {
			return g.derived(left)
		}
	case 2:
		if g.one(2) {
			return g.function(left)
		}
	case 3:
		if g.one(2) {
			return g.values(left)
		}
	case 4:
		if len(left.rels) > 0 && g.nested < 2 {
			return g.derived(left)
		}
	case 5, 6:
		if item, r := g.cteRef(); item != nil {
			return item, []*rel{r}
		}
	}
	item, r := g.tableRef(g.readable())
	return item, []*rel{r}
}

// readable picks a table, policy tables mostly.
func (g *gen) readable() *table {
	for i := 0; ; i++ {
		if t := pick(g, g.s.tables); (t.policy || i > 2) && (g.avoid == nil || t.root() != g.avoid) {
			return t
		}
	}
}

// shadowed reports whether the unqualified name means a WITH query.
func (g *gen) shadowed(t *table) bool {
	return slices.ContainsFunc(g.ctes, func(c *cte) bool { return c.name == t.name })
}

// relation writes the name of a table.
func (g *gen) relation(t *table) (parts []any, qualified bool) {
	s := t.schema
	if s == "" {
		s = "public"
	}
	searched := t.schema == "" || t.schema == tenantSchema
	if !searched || g.shadowed(t) || g.one(6) {
		g.feature("schema-qualified name")
		if t.star {
			g.feature("schema per tenant")
		}
		return []any{name(s), ".", name(t.name)}, true
	}
	if t.star {
		g.feature("name by search_path")
	}
	return []any{name(t.name)}, false
}

// tableRef makes a reference to a table.
func (g *gen) tableRef(t *table) (*tree, *rel) {
	g.tableFeatures(t)
	relation, qualified := g.relation(t)
	parts := relation
	switch {
	case t.partitioned == "" && g.one(10):
		g.feature("only")
		if g.one(3) {
			parts = append(append([]any{"ONLY ("}, relation...), ")")
		} else {
			parts = append([]any{"ONLY"}, relation...)
		}
	case g.one(15):
		g.feature("asterisk behind a name")
		parts = append(parts, atom("*"))
	}
	r := &rel{cols: t.cols, table: t, lockable: true}
	aliased := !g.one(8) || g.used[t.name]
	if !aliased {
		g.feature("table without alias")
		r.qualifier = []any{name(t.name)}
		if qualified && g.one(2) {
			g.feature("column qualified by schema")
			r.qualifier = relation
		}
		g.used[t.name] = true
	}
	if aliased {
		alias := g.newAlias()
		if g.one(12) && !g.used[t.name] {
			alias = t.name // a name equal to the table's
			g.used[alias] = true
		}
		r.qualifier = []any{name(alias)}
		parts = append(parts, pick(g, []string{"AS", "AS", ""}), name(alias))
		if reserved[alias] && parts[len(parts)-2] == "" {
			parts[len(parts)-2] = "AS"
		}
		if g.one(9) {
			g.feature("alias list")
			cols := slices.Clone(t.cols)
			var names []any
			k := 1 + g.n(len(cols))
			for i := range k {
				cols[i].name = fmt.Sprintf("c%d_%s", i+1, alias)
				if g.one(5) && i > 0 {
					cols[i].name = t.cols[i].name
				}
				names = append(names, name(cols[i].name))
			}
			for i := k; i < len(cols); i++ {
				for j := range k {
					if cols[j].name == t.cols[i].name {
						r.unclear = append(r.unclear, cols[i].name)
						cols[i].name = "" // hidden by a renamed one
					}
				}
			}
			cols = slices.DeleteFunc(cols, func(c column) bool { return c.name == "" })
			r.cols, r.table = cols, nil
			return piece(fromItem, append(parts, "(", list(",", 1, names), ")")...), r
		}
	}
	if g.one(20) {
		g.feature("tablesample")
		parts = append(parts, "TABLESAMPLE BERNOULLI ( 100 )")
		if g.one(2) {
			parts = append(parts, "REPEATABLE ( 3 )")
		}
	}
	return piece(fromItem, parts...), r
}

func (g *gen) tableFeatures(t *table) {
	switch {
	case !t.policy:
		g.feature("table outside the policy")
	case t.partitioned != "":
		g.feature("partitioned table")
	case t.bound != "":
		g.feature("partition")
	case len(t.children) > 0:
		g.feature("inheritance parent")
	case t.parent != nil:
		g.feature("inheritance child")
	}
	switch {
	case t.archived:
		g.feature("archived table")
	case t.policy:
		g.feature("marker " + t.marker.String())
	}
	if quoteName(t.name) != t.name {
		g.feature("quoted table name")
	}
}

// cteRef refers to a visible WITH query; nil if there is none.
func (g *gen) cteRef() (*tree, *rel) {
	var usable []*cte
	for i, c := range g.ctes {
		hidden := slices.ContainsFunc(g.ctes[i+1:], func(o *cte) bool { return o.name == c.name })
		if len(c.cols) > 0 && !hidden {
			usable = append(usable, c)
		}
	}
	if len(usable) == 0 {
		return nil, nil
	}
	c := pick(g, usable)
	g.unread = false
	alias := g.newAlias()
	g.feature("reference to a with query")
	return piece(fromItem, name(c.name), pick(g, []string{"AS", ""}), name(alias)), &rel{qualifier: []any{name(alias)}, cols: c.cols}
}

// derived makes a sub-query in FROM.
func (g *gen) derived(left *env) (*tree, []*rel) {
	defer g.enter()()
	alias := g.newAlias()
	lateral := ""
	up := left.up
	if len(left.rels) > 0 && !g.one(4) {
		g.feature("lateral")
		lateral, up = "LATERAL", left
	}
	level := subqueryLevel
	if g.one(4) {
		level = starLevel
	}
	q := g.query(up, g.types(), level)
	g.feature("sub-query in from")
	cols := slices.Clone(q.cols)
	parts := []any{lateral, "(", q.sql, ")", "AS", name(alias)}
	if !distinctNames(cols) || g.one(3) {
		var names []any
		for i := range cols {
			cols[i].name = fmt.Sprintf("c%d", i+1)
			names = append(names, name(cols[i].name))
		}
		parts = append(parts, "(", list(",", 1, names), ")")
	}
	return piece(fromItem, parts...), []*rel{{qualifier: []any{name(alias)}, cols: cols}}
}

func distinctNames(cols []column) bool {
	seen := map[string]bool{}
	for _, c := range cols {
		if c.name == "" || seen[c.name] {
			return false
		}
		seen[c.name] = true
	}
	return true
}

// function makes a function in FROM, which may look to its left by itself.
func (g *gen) function(left *env) (*tree, []*rel) {
	g.feature("function in from")
	alias := g.newAlias()
	r := &rel{qualifier: []any{name(alias)}, cols: []column{{name: "v", typ: tInt}}}
	if a := left.columns(func(c column) bool { return c.typ == tArr }); len(a) > 0 && len(left.rels) > 0 && g.one(2) {
		return piece(fromItem, "unnest (", g.reference(left, pick(g, a)), ") AS", name(alias), "( v )"), []*rel{r}
	}
	var upto *tree
	if s := g.scalar(left.up, tInt); s != nil && g.one(2) {
		upto = expr(tInt, "LEAST ( 4 ,", s, ")")
	} else {
		upto = expr(tInt, atom("3"))
	}
	return piece(fromItem, "generate_series ( 1 ,", upto, ") AS", name(alias), "( v )"), []*rel{r}
}

func (g *gen) values(left *env) (*tree, []*rel) {
	g.feature("values in from")
	alias := g.newAlias()
	row := func() *tree {
		return piece(fragment, "(", g.expr(left.up, tInt, 1), ",", g.expr(left.up, tText, 1), ")")
	}
	return piece(fromItem, "( VALUES", list(",", 1, []*tree{row(), row(), row()}), ") AS", name(alias), "( v , w )"),
		[]*rel{{qualifier: []any{name(alias)}, cols: []column{{name: "v", typ: tInt}, {name: "w", typ: tText}}}}
}

// join makes a join of two items, the deeper on either side.
func (g *gen) join(left *env, depth int) (*tree, []*rel) {
	g.feature(fmt.Sprintf("join depth %d", depth))
	dl, dr := depth-1, 0
	if g.one(2) {
		dl, dr = 0, depth-1
	} else if g.one(4) {
		dr = depth - 1
	}
	a, ra := g.item(left, dl)
	kind := pick(g, []string{"JOIN", "INNER JOIN", "LEFT JOIN", "LEFT JOIN", "LEFT OUTER JOIN", "RIGHT JOIN", "RIGHT JOIN", "FULL JOIN", "FULL OUTER JOIN", "CROSS JOIN"})
	if depth > 2 && kind == "CROSS JOIN" {
		kind = "LEFT JOIN"
	}
	// LATERAL may look at the left side of an inner or left join.
	seen := &env{rels: slices.Clone(left.rels), up: left.up}
	if kind[0] != 'R' && kind[0] != 'F' {
		seen.rels = append(seen.rels, ra...)
	} else {
		seen.rels = nil
	}
	b, rb := g.item(seen, dr)
	if isJoin(b) && (!g.one(3) || kind == "CROSS JOIN") {
		g.feature("parenthesised join")
		b = piece(fromItem, "(", b, ")")
	} else if isJoin(a) && g.one(3) {
		g.feature("parenthesised join")
		a = piece(fromItem, "(", a, ")")
	}
	for _, r := range ra {
		r.nullable = r.nullable || kind[0] == 'R' || kind[0] == 'F'
	}
	for _, r := range rb {
		r.nullable = r.nullable || kind[0] == 'L' || kind[0] == 'F'
	}
	both := &env{rels: slices.Concat(ra, rb), up: left.up}
	rels := both.rels
	var item *tree
	switch kind[0] {
	case 'L':
		g.feature("left join")
	case 'R':
		g.feature("right join")
	case 'F':
		g.feature("full join")
	case 'C':
		g.feature("cross join")
	default:
		g.feature("inner join")
	}
	common := shared(ra, rb)
	switch {
	case kind == "CROSS JOIN":
		item = piece(fromItem, a, kind, b)
	case len(common) > 0 && g.one(4):
		c := pick(g, common)
		g.feature("using")
		alias := ""
		parts := []any{a, kind, b, "USING (", name(c.name), ")"}
		if g.one(4) {
			g.feature("using with alias")
			alias = g.newAlias()
			parts = append(parts, "AS", name(alias))
		}
		item = piece(fromItem, parts...)
		merged := &rel{cols: []column{c}, merged: true}
		if alias != "" {
			merged.qualifier = []any{name(alias)}
			rels = append(rels, merged)
		}
	default:
		item = piece(fromItem, a, kind, b, "ON", g.on(both, ra, rb, kind[0] == 'F'))
	}
	if g.one(10) {
		return g.joinAlias(item, rels)
	}
	return item, rels
}

// on makes a join condition. A full join needs an equality that can be hashed.
func (g *gen) on(e *env, ra, rb []*rel, full bool) *tree {
	t := pick(g, []colType{tInt, tInt, tInt, tText, tDate, tNum})
	one := func(rels []*rel, t colType) *tree {
		if a := (&env{rels: rels}).columns(func(c column) bool { return c.typ == t }); len(a) > 0 {
			return g.reference(e, pick(g, a))
		}
		return nil
	}
	l, r := one(ra, t), one(rb, t)
	if l == nil || r == nil {
		l, r = one(ra, tInt), one(rb, tInt)
	}
	if l == nil || r == nil {
		return g.condition(e, 1)
	}
	if g.one(4) {
		if nz := g.special(&env{rels: rb, strict: true}, divisorColumn); nz != nil && l.typ == tInt {
			g.feature("join key that fails on deleted rows")
			r = expr(tInt, "(", atom("6"), atom("/"), nz, ")")
		}
	}
	equal := expr(tBool, l, atom("="), r)
	if g.one(4) && !full {
		c := g.subqueryCondition(e)
		if c == nil || g.one(2) {
			c = expr(tBool, g.probe(e), atom("<>"), atom("3"))
		}
		g.feature("sub-query in on")
		return expr(tBool, equal, pick(g, []string{"AND", "OR"}), c)
	}
	switch {
	case full || g.one(2):
		return equal
	case g.one(2):
		return expr(tBool, equal, "AND (", g.condition(e, 1), ")")
	case g.one(2):
		g.feature("or in on")
		return expr(tBool, equal, "OR", g.condition(e, 1))
	}
	return g.condition(e, 1)
}

// shared are the columns by which both sides can be joined with USING.
func shared(a, b []*rel) []column {
	count := func(rels []*rel, c column) (n int) {
		for _, r := range rels {
			for _, o := range r.cols {
				if o.name == c.name && !r.merged {
					n++
					if o.typ != c.typ {
						n += 2
					}
				}
			}
		}
		return n
	}
	var out []column
	for _, r := range a {
		for _, c := range r.cols {
			if c.role != markerColumn && !isMarkerName(c.name) && count(a, c) == 1 && count(b, c) == 1 {
				out = append(out, c)
			}
		}
	}
	return out
}

// isMarkerName reports whether a column could be a marker: joining on one is
// refused, since that is hardly ever meant.
func isMarkerName(s string) bool {
	for _, names := range markerNames {
		if slices.Contains(names, s) {
			return true
		}
	}
	return false
}

// joinAlias makes (a JOIN b …) AS j, which hides the names of a and b.
func (g *gen) joinAlias(item *tree, rels []*rel) (*tree, []*rel) {
	g.feature("join alias")
	alias := g.newAlias()
	count := map[string]int{}
	var cols []column
	for _, r := range rels {
		for _, c := range r.cols {
			count[c.name]++
		}
	}
	var unclear []string
	for _, r := range rels {
		unclear = append(unclear, r.unclear...)
		for _, c := range r.cols {
			if count[c.name] == 1 {
				cols = append(cols, c)
			} else {
				unclear = append(unclear, c.name)
			}
		}
	}
	return piece(fromItem, "(", item, ") AS", name(alias)), []*rel{{qualifier: []any{name(alias)}, cols: cols, unclear: unclear}}
}

// isJoin reports whether the item is a join without an alias, the only item
// that may stand in parentheses.
func isJoin(t *tree) bool {
	if len(t.parts) < 3 {
		return false
	}
	w, ok := t.parts[1].(string)
	return ok && strings.HasSuffix(w, "JOIN")
}
