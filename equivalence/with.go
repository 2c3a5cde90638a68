package equivalence

import (
	"fmt"
	"slices"
)

// with makes a WITH clause and adds its names to those visible.
func (g *gen) with(up *env) *tree {
	if g.one(3) {
		return g.recursive()
	}
	var bodies []*tree
	var own []string
	for range 1 + g.n(2) {
		g.nested++
		dml := (*tree)(nil)
		var cols []column
		if g.nested == 1 && g.written != nil && g.mayWrite() && g.one(3) {
			if dml, cols = g.writingQuery(); dml != nil {
				g.feature("data-modifying with query")
			}
		}
		n := g.cteName(own)
		if dml == nil && g.one(3) {
			// WITH t AS (SELECT … FROM t): the inner t is the table.
			if t := g.readable(); !slices.Contains(own, t.name) && !g.shadowed(t) {
				g.rels--
				item, r := g.tableRef(t)
				inner := &env{rels: []*rel{r}, up: up}
				g.feature("with query that hides the table it reads")
				n, cols = t.name, slices.Clone(r.cols)
				var items []*tree
				for _, c := range cols {
					items = append(items, r.ref(c))
				}
				dml = piece(query, "SELECT", list(",", 1, items), "FROM", item, g.where(inner, 1))
			}
		}
		own = append(own, n)
		if dml == nil {
			level := subqueryLevel
			if g.one(3) {
				level = starLevel
			}
			q := g.query(up, g.types(), level)
			dml, cols = q.sql, q.cols
		}
		g.nested--
		for _, t := range g.s.tables {
			if t.name == n {
				g.feature("with query that hides a table")
			}
		}
		cols = slices.Clone(cols)
		parts := []any{name(n)}
		if len(cols) > 0 && (!distinctNames(cols) || g.one(4)) {
			var names []any
			for i := range cols {
				cols[i].name = fmt.Sprintf("c%d", i+1)
				names = append(names, name(cols[i].name))
			}
			parts = append(parts, "(", list(",", 1, names), ")")
		}
		parts = append(parts, "AS", pick(g, []string{"", "", "MATERIALIZED", "NOT MATERIALIZED"}), "(", dml, ")")
		bodies = append(bodies, piece(fragment, parts...))
		for i := range cols {
			cols[i].role = plainColumn
		}
		g.ctes = append(g.ctes, &cte{name: n, cols: cols})
		g.unread = true
	}
	g.feature("with")
	return piece(clause, "WITH", list(",", 1, bodies))
}

// cteName is now and then a table's name: of a policy table mostly.
func (g *gen) cteName(taken []string) string {
	if g.one(2) {
		n := g.readable().name
		if !slices.Contains(taken, n) {
			return n
		}
	}
	g.names++
	return fmt.Sprintf("q%d", g.names)
}

// recursive makes WITH RECURSIVE over two integer columns of a table. Under
// RECURSIVE every body sees every name, so the first body may read the second.
func (g *gen) recursive() *tree {
	cols := []column{{name: "h", typ: tInt}, {name: "k", typ: tInt}, {name: "depth", typ: tInt}}
	var t *table
	for range 5 {
		if t = g.readable(); t.policy && len(t.key()) == 1 && t.key()[0].typ == tInt {
			break
		}
	}
	n := fmt.Sprintf("r%d", g.n(9))
	g.feature("with recursive")
	g.rels -= 2
	self := &cte{name: n, cols: cols}
	item, base := g.tableRef(t)
	step, again := g.tableRef(t)
	r := &rel{qualifier: []any{name("rec")}, cols: cols}
	value := func(x *rel) *tree {
		if c := g.column(&env{rels: []*rel{x}}, tInt); c != nil {
			return c
		}
		return g.constant(tInt)
	}
	where := g.where(&env{rels: []*rel{base}}, 1)
	g.ctes = append(g.ctes, self)
	g.unread = true
	link := expr(tBool, value(again), atom("="), r.ref(cols[1]))
	var fails *tree
	if nz := g.special(&env{rels: []*rel{again}, strict: true}, divisorColumn); nz != nil && g.one(2) {
		fails = opt("AND", expr(tBool, "(", atom("60"), atom("/"), nz, ")", atom("<>"), atom("7")))
	}
	body := piece(query, piece(query, "SELECT", value(base), ",", value(base), ", 0 FROM", item, where),
		pick(g, []string{"UNION", "UNION ALL"}),
		piece(query, "SELECT", value(again), ",", value(again), ", rec", ".", "depth + 1 FROM", name(n), "AS rec JOIN", step, "ON", link,
			"WHERE rec", ".", "depth", atom("<"), "2", fails))
	bodies := []*tree{piece(fragment, name(n), "( h , k , depth ) AS (", body, ")")}
	if g.one(3) {
		// A forward reference: this body stands first, and reads the next.
		g.feature("forward reference")
		bodies = []*tree{piece(fragment, name("fwd"), "( v ) AS (", piece(query, "SELECT max ( h ) FROM", name(n)), ")"), bodies[0]}
		g.ctes = append(g.ctes, &cte{name: "fwd", cols: []column{{name: "v", typ: tInt}}})
	}
	return piece(clause, "WITH RECURSIVE", list(",", 1, bodies))
}
