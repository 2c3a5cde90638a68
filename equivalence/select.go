package equivalence

import (
	"fmt"
	"slices"
)

// queryText is a query with its columns.
type queryText struct {
	sql     *tree
	cols    []column
	ordered bool // the whole order is determined
}

// level is where a query stands.
type level uint8

const (
	topLevel level = iota
	subqueryLevel
	starLevel // a sub-query that may be SELECT *
	armLevel  // an arm of a set operation: neither WITH nor ORDER BY without parentheses
)

// types picks the columns of a query.
func (g *gen) types() []colType {
	all := []colType{tInt, tInt, tInt, tText, tText, tBig, tNum, tBool, tDate, tTime, tJSON, tArr}
	out := []colType{}
	for range 1 + g.n(3) {
		out = append(out, pick(g, all))
	}
	return out
}

// query makes a query with columns of the given types; nil leaves them open.
func (g *gen) query(up *env, want []colType, at level) queryText {
	open := want == nil
	if open {
		want = g.types()
	}
	depth := len(g.ctes)
	var with *tree
	if at != armLevel && !g.scoped && g.nested < 3 && g.rels > 1 && g.one(6) {
		with = g.with(up)
	}
	q := g.body(up, want, open, at)
	g.ctes = g.ctes[:depth]
	if with != nil {
		q.sql = piece(query, with, q.sql)
	}
	return q
}

func (g *gen) body(up *env, want []colType, open bool, at level) queryText {
	switch g.n(16) {
	case 0, 1:
		if g.rels > 1 {
			return g.setOperation(up, want, at)
		}
	case 2, 3, 4:
		return g.grouped(up, want, at)
	case 5:
		if g.one(3) {
			return g.valuesQuery(up, want)
		}
	case 6:
		if open && g.one(2) {
			return g.tableCommand(at)
		}
	}
	return g.simple(up, want, open, at)
}

// simple makes SELECT … FROM … WHERE without grouping.
func (g *gen) simple(up *env, want []colType, open bool, at level) queryText {
	from, e := g.from(up, 1+g.n(5)/4)
	where := g.where(e, 2)
	q := queryText{}
	var items []*tree
	distinct := ""
	if g.one(6) {
		g.feature("distinct")
		distinct = "DISTINCT"
	}
	if (open || at == starLevel) && g.one(3) {
		items, q.cols = g.star(e)
	}
	var window *tree
	if items == nil {
		for i, t := range want {
			var x *tree
			if distinct == "" && g.one(6) {
				x, window = g.window(e, t, window)
			}
			if x == nil {
				x = g.expr(e, t, 2)
			}
			if g.one(4) && g.room() {
				if s := g.scalar(e, t); s != nil {
					g.feature("sub-query in select list")
					x = s
				}
			}
			items = append(items, g.item1(x, i, t, &q.cols, at))
		}
	}
	var lock *tree
	if at == topLevel && distinct == "" && window == nil && g.one(6) {
		lock = g.lock(e)
	}
	parts := []any{"SELECT"}
	var on *tree
	if distinct == "" && lock == nil && window == nil && at != armLevel && g.one(14) {
		// DISTINCT ON keeps the first of the rows with equal first column; the
		// order goes over all columns, so that the first is determined.
		g.feature("distinct on")
		on = piece(fragment, "DISTINCT ON (", g.ordinalExpr(items, 0), ")")
	} else if distinct != "" {
		parts = append(parts, distinct)
	}
	parts = append(parts, on, list(",", 1, items), from, where)
	if window != nil {
		parts = append(parts, window)
	}
	q.sql = piece(query, parts...)
	if on != nil {
		if on.parts[1] == (*tree)(nil) {
			parts[1] = "DISTINCT"
			q.sql = piece(query, parts...)
		} else {
			q.sql = piece(query, append(parts, g.orderAll(len(q.cols), true))...)
			q.ordered = true
			return q
		}
	}
	return g.tail(q, e, at, lock, distinct != "" || window != nil)
}

// ordinalExpr returns the expression of a select item, or nil for *.
func (g *gen) ordinalExpr(items []*tree, i int) *tree {
	if x, ok := items[i].parts[0].(*tree); ok && x.sort == expression {
		if len(x.parts) == 1 {
			if _, constant := x.parts[0].(atom); constant {
				return nil // a number would be an ordinal
			}
		}
		return x
	}
	return nil
}

// item1 is a select item with a name, given or not.
func (g *gen) item1(x *tree, i int, t colType, cols *[]column, at level) *tree {
	n := fmt.Sprintf("c%d", i+1)
	if at == topLevel && g.one(2) {
		*cols = append(*cols, column{typ: t})
		return piece(fragment, x)
	}
	*cols = append(*cols, column{name: n, typ: t})
	return piece(fragment, x, pick(g, []string{"AS", "AS", "AS"}), name(n))
}

// star makes SELECT * or x.*; nil where a name would be ambiguous.
func (g *gen) star(e *env) ([]*tree, []column) {
	for _, r := range e.rels {
		if r.merged || len(r.cols) == 0 || r.qualifier == nil {
			return nil, nil
		}
	}
	r := pick(g, e.rels)
	if len(e.rels) == 1 && len(r.unclear) == 0 && g.one(2) {
		g.feature("select *")
		return []*tree{piece(fragment, atom("*"))}, slices.Clone(r.cols)
	}
	if len(r.unclear) > 0 {
		return nil, nil // (a JOIN b) AS j has columns of the same name
	}
	g.feature("select x.*")
	return []*tree{piece(fragment, piece(fragment, r.qualifier...), ".", atom("*"))}, slices.Clone(r.cols)
}

// tail adds ORDER BY, LIMIT and the like.
func (g *gen) tail(q queryText, e *env, at level, lock *tree, noExtra bool) queryText {
	if at == armLevel {
		return q
	}
	parts := []any{q.sql}
	if lock == nil && g.one(3) || lock != nil && g.one(2) {
		// One clause with what needs an order: without the order there is no limit.
		order := g.orderAll(len(q.cols), false)
		g.feature("order by")
		if !noExtra && e != nil && g.one(2) {
			if s := g.probe(e); g.nested < 3 {
				g.feature("sub-query in order by")
				order = opt("ORDER BY", s, pick(g, []string{"", "DESC"}), "NULLS LAST", ",", list(",", len(q.cols), ordinals(len(q.cols))))
			}
		}
		q.ordered = true
		switch g.n(5) {
		case 0:
			g.feature("limit")
			order.parts = append(order.parts, opt("LIMIT", atom(fmt.Sprint(1+g.n(6)))))
		case 1:
			if g.nested < 3 {
				g.feature("sub-query in limit")
				order.parts = append(order.parts, opt("LIMIT", g.probe(nil)))
			}
		case 2:
			g.feature("offset")
			order.parts = append(order.parts, opt("OFFSET", atom(fmt.Sprint(g.n(4))), pick(g, []string{"", "ROWS"})), opt("FETCH FIRST 4 ROWS ONLY"))
		}
		parts = append(parts, order)
	}
	parts = append(parts, lock)
	q.sql = piece(query, parts...)
	return q
}

func ordinals(n int) []*tree {
	var out []*tree
	for i := range n {
		out = append(out, piece(fragment, atom(fmt.Sprint(i+1))))
	}
	return out
}

// orderAll orders by every column, which leaves nothing to chance.
func (g *gen) orderAll(n int, plain bool) *tree {
	var keys []*tree
	for i := range n {
		how := ""
		if !plain {
			how = pick(g, []string{"", "", "DESC", "ASC NULLS FIRST", "DESC NULLS LAST"})
		}
		keys = append(keys, piece(fragment, atom(fmt.Sprint(i+1)), how))
	}
	t := opt("ORDER BY", list(",", len(keys), keys))
	t.optional = !plain
	return t
}

// lock makes FOR UPDATE and the like over what can be locked.
func (g *gen) lock(e *env) *tree {
	var names []any
	for _, r := range e.rels {
		if !r.lockable || r.nullable || len(r.qualifier) != 1 {
			continue
		}
		names = append(names, r.qualifier[0])
	}
	if len(names) == 0 {
		return nil
	}
	g.feature("for update")
	strength := pick(g, []string{"FOR UPDATE", "FOR SHARE", "FOR NO KEY UPDATE", "FOR KEY SHARE"})
	wait := pick(g, []string{"", "", "SKIP LOCKED", "NOWAIT"})
	if len(names) == len(e.rels) && g.one(3) {
		return opt(strength, wait)
	}
	g.feature("for update of")
	return opt(strength, "OF", pick(g, names), wait)
}

// window makes a window function whose value is determined: it depends on peers
// as a whole, never on one among them.
func (g *gen) window(e *env, t colType, named *tree) (*tree, *tree) {
	var def []any
	if !g.one(3) {
		def = append(def, "PARTITION BY", g.expr(e, tInt, 1))
		if g.nested < 3 && !g.one(3) {
			def[len(def)-1] = g.probe(e)
			g.feature("sub-query in window")
		}
	}
	def = append(def, "ORDER BY", g.expr(e, pick(g, []colType{tInt, tText, tDate}), 1), pick(g, []string{"", "DESC", "NULLS FIRST"}))
	if g.one(4) {
		def = append(def, pick(g, []string{"GROUPS BETWEEN 1 PRECEDING AND CURRENT ROW", "RANGE UNBOUNDED PRECEDING", "RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING"}))
	}
	if g.one(3) {
		if nz := g.special(e, divisorColumn); nz != nil {
			def = append([]any{"PARTITION BY", expr(tInt, "( 60", atom("/"), nz, ")")}, def[slices.Index(def, any("ORDER BY")):]...)
		}
	}
	var call []any
	switch t {
	case tBig:
		switch g.n(4) {
		case 0:
			call = []any{"rank ( )"}
		case 1:
			call = []any{"dense_rank ( )"}
		case 2:
			call = []any{"sum (", g.expr(e, tInt, 1), ")"}
		default:
			call = []any{"count ( * )"}
		}
	case tInt, tText, tDate, tNum:
		call = []any{pick(g, []string{"max", "min"}), "(", g.expr(e, t, 1), ")"}
	case tBool:
		call = []any{"bool_or (", g.expr(e, tBool, 1), ")"}
	default:
		return nil, named
	}
	g.feature("window")
	if named == nil && !g.one(3) {
		g.feature("named window")
		named = piece(fragment, "WINDOW w AS (", piece(fragment, def...), ")")
	}
	if named != nil {
		return expr(t, append(call, "OVER w")...), named
	}
	return expr(t, append(call, "OVER (", piece(fragment, def...), ")")...), nil
}

// grouped makes a query with GROUP BY, or an aggregate over everything.
func (g *gen) grouped(up *env, want []colType, at level) queryText {
	from, e := g.from(up, 1+g.n(5)/4)
	where := g.where(e, 1)
	q := queryText{}
	inner := &env{up: up, strict: true}
	var keys []any
	var groupBy *tree
	switch g.n(6) {
	case 0:
		g.feature("aggregate without group by")
	case 1:
		// GROUP BY the primary key: the other columns follow from it.
		for _, r := range e.rels {
			if r.table == nil || r.qualifier == nil || len(keys) > 0 || len(r.table.key()) > 2 {
				continue
			}
			for _, k := range r.table.key() {
				keys = append(keys, r.ref(k))
			}
			inner.rels = []*rel{{qualifier: r.qualifier, cols: r.cols, table: r.table}}
		}
		if len(keys) > 0 {
			g.feature("group by primary key")
			groupBy = piece(clause, "GROUP BY", list(",", 1, keys))
			break
		}
		fallthrough
	default:
		for range 1 + g.n(2) {
			t := pick(g, []colType{tInt, tInt, tText, tDate, tBool})
			a := (&env{rels: e.rels}).columns(func(c column) bool { return c.typ == t })
			if len(a) == 0 {
				continue
			}
			c := pick(g, a)
			keys = append(keys, c.rel.ref(c.col))
			inner.rels = append(inner.rels, &rel{qualifier: c.rel.qualifier, cols: []column{c.col}})
		}
		if len(keys) == 0 {
			break
		}
		switch g.n(6) {
		case 0:
			g.feature("rollup")
			groupBy = piece(clause, "GROUP BY", pick(g, []string{"ROLLUP", "CUBE"}), "(", list(",", 1, keys), ")")
		case 1:
			g.feature("grouping sets")
			groupBy = piece(clause, "GROUP BY GROUPING SETS ( (", keys[0], ") , ( ) )")
			if len(keys) > 1 {
				inner.rels = inner.rels[:1]
			}
		default:
			g.feature("group by")
			groupBy = piece(clause, "GROUP BY", list(",", 1, keys))
		}
	}
	var items []*tree
	for i, t := range want {
		var x *tree
		if len(inner.rels) == 0 || g.one(2) {
			x = g.aggregate(e, t)
		}
		if x == nil {
			x = g.expr(inner, t, 1)
		}
		items = append(items, g.item1(x, i, t, &q.cols, at))
	}
	var having *tree
	if g.one(2) {
		g.feature("having")
		having = opt("HAVING", g.aggregateCondition(e, inner))
	}
	if having != nil && groupBy == nil && len(want) == 0 {
		having = nil
	}
	q.sql = piece(query, "SELECT", list(",", 1, items), from, where, groupBy, having)
	return g.tail(q, nil, at, nil, true)
}

func (g *gen) aggregateCondition(e, inner *env) *tree {
	e = &env{rels: e.rels, strict: true}
	left := piece(fragment, "count ( * )", atom(pick(g, comparisons)))
	if g.nested < 3 && !g.one(3) {
		g.feature("sub-query in having")
		c := expr(tBool, left, g.probe(inner))
		if g.one(2) {
			return expr(tBool, c, "OR", g.condition(inner, 1))
		}
		return c
	}
	return expr(tBool, left, atom(fmt.Sprint(1+g.n(3))), pick(g, []string{"OR", "AND"}), "max (", g.expr(e, tInt, 1), ")", atom(pick(g, comparisons)), g.constant(tInt))
}

// aggregate makes an aggregate of the type whose value does not depend on the
// order of its input, or is ordered.
func (g *gen) aggregate(e *env, t colType) *tree {
	// An aggregate over columns of an outer query alone would be the outer query's.
	e = &env{rels: e.rels, strict: true}
	g.feature("aggregate")
	var filter *tree
	if g.one(4) {
		g.feature("filter")
		filter = opt("FILTER ( WHERE", g.condition(e, 1), ")")
	}
	switch t {
	case tBig:
		switch g.n(4) {
		case 0:
			return expr(t, "count ( * )", filter)
		case 1:
			return expr(t, "count ( DISTINCT", g.expr(e, tInt, 1), ")", filter)
		case 2:
			return expr(t, "sum (", g.expr(e, tInt, 1), ")", filter)
		}
		return expr(t, "count (", g.expr(e, tText, 1), ")", filter)
	case tNum:
		return expr(t, "sum (", g.expr(e, tNum, 1), ")", filter)
	case tInt, tDate, tTime:
		return expr(t, pick(g, []string{"max", "min"}), "(", g.expr(e, t, 1), ")", filter)
	case tBool:
		return expr(t, pick(g, []string{"bool_or", "bool_and"}), "(", g.condition(e, 1), ")", filter)
	case tText:
		x := g.expr(e, tText, 1)
		if len(x.parts) == 1 {
			if _, constant := x.parts[0].(atom); constant {
				return nil
			}
		}
		return expr(t, "string_agg (", x, ",", atom("','"), "ORDER BY", x, ")", filter)
	case tArr:
		x := g.column(e, tInt)
		if x == nil {
			return nil
		}
		return expr(t, "array_agg (", x, "ORDER BY", x, pick(g, []string{"", "DESC"}), ")", filter)
	}
	return nil
}

// setOperation combines two queries of the same columns.
func (g *gen) setOperation(up *env, want []colType, at level) queryText {
	op := pick(g, []string{"UNION", "UNION ALL", "UNION ALL", "INTERSECT", "INTERSECT ALL", "EXCEPT", "EXCEPT ALL"})
	g.feature("set operation " + op)
	arm := func() queryText {
		if g.one(3) {
			g.feature("parenthesised arm")
			q := g.query(up, want, subqueryLevel)
			q.sql = piece(query, "(", q.sql, ")")
			return q
		}
		return g.simple(up, want, false, armLevel)
	}
	a := arm()
	b := arm()
	q := queryText{cols: slices.Clone(a.cols), sql: piece(query, a.sql, op, b.sql)}
	if g.one(4) {
		g.feature("three arms")
		c := arm()
		q.sql = piece(query, q.sql, pick(g, []string{"UNION", "EXCEPT", "INTERSECT", "UNION ALL"}), c.sql)
	}
	return g.tail(q, nil, at, nil, true)
}

// valuesQuery makes VALUES with sub-queries in it.
func (g *gen) valuesQuery(up *env, want []colType) queryText {
	g.feature("values")
	var q queryText
	row := func() *tree {
		var items []*tree
		for _, t := range want {
			x := g.expr(up, t, 1)
			if s := g.scalar(up, t); s != nil && g.one(2) {
				g.feature("sub-query in values")
				x = s
			}
			items = append(items, x)
		}
		return piece(fragment, "(", list(",", 1, items), ")")
	}
	for i, t := range want {
		q.cols = append(q.cols, column{name: fmt.Sprintf("column%d", i+1), typ: t})
	}
	q.sql = piece(query, "VALUES", list(",", 1, []*tree{row(), row()}))
	return q
}

func (g *gen) tableCommand(at level) queryText {
	g.rels--
	t := g.readable()
	g.tableFeatures(t)
	g.feature("table command")
	relation, _ := g.relation(t)
	parts := append([]any{"TABLE"}, relation...)
	if t.partitioned == "" && g.one(6) {
		g.feature("only")
		parts = append([]any{"TABLE ONLY"}, relation...)
	}
	q := queryText{cols: slices.Clone(t.cols), sql: piece(query, parts...)}
	return g.tail(q, nil, at, nil, true)
}
