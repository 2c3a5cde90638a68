package equivalence

import "fmt"

// expr makes an expression of the type.
func (g *gen) expr(e *env, t colType, depth int) *tree {
	if depth <= 0 || g.one(3) {
		return g.leaf(e, t)
	}
	if g.one(5) {
		if s := g.scalar(e, t); s != nil {
			return s
		}
	}
	switch g.n(9) {
	case 0:
		g.feature("coalesce")
		return expr(t, "COALESCE (", g.expr(e, t, depth-1), ",", g.expr(e, t, depth-1), ")")
	case 1:
		g.feature("case")
		c := g.subqueryCondition(e)
		if g.nested < 3 && g.one(4) {
			c = expr(tBool, g.probe(e), atom(pick(g, comparisons)), g.constant(tInt))
		}
		if c != nil && g.one(2) {
			g.feature("sub-query in case")
			return expr(t, "CASE WHEN", c, "THEN", g.expr(e, t, depth-1), "ELSE", g.expr(e, t, depth-1), "END")
		}
		return expr(t, "CASE WHEN", g.condition(e, depth-1), "THEN", g.expr(e, t, depth-1), "ELSE", g.expr(e, t, depth-1), "END")
	case 2:
		return expr(t, "(", g.expr(e, t, depth-1), ")")
	case 3:
		g.feature("nullif")
		return expr(t, "NULLIF (", g.expr(e, t, depth-1), ",", g.expr(e, t, depth-1), ")")
	}
	switch t {
	case tInt:
		return g.intExpr(e, depth)
	case tBig:
		return expr(t, "(", g.expr(e, tInt, depth-1), ")", "::", "bigint")
	case tNum:
		return expr(t, "(", g.expr(e, tNum, depth-1), atom(pick(g, []string{"+", "-"})), g.expr(e, tNum, depth-1), ")")
	case tText:
		switch g.n(4) {
		case 0:
			return expr(t, "upper (", g.expr(e, tText, depth-1), ")")
		case 1:
			return expr(t, "(", g.expr(e, tText, depth-1), atom("||"), g.expr(e, tText, depth-1), ")")
		case 2:
			if w := g.wholeRow(e); w != nil {
				return w
			}
		}
		return expr(t, "(", g.expr(e, colType(g.n(int(tUUID))), depth-1), ")", "::", "text")
	case tBool:
		return expr(t, "(", g.condition(e, depth-1), ")")
	case tJSON:
		g.feature("jsonb")
		return expr(t, "jsonb_build_object (", atom("'k'"), ",", g.expr(e, tInt, depth-1), ")")
	case tArr:
		g.feature("array")
		return expr(t, "ARRAY [", g.expr(e, tInt, depth-1), ",", g.expr(e, tInt, depth-1), "]")
	}
	return g.leaf(e, t)
}

func (g *gen) intExpr(e *env, depth int) *tree {
	switch g.n(9) {
	case 0, 1:
		if nz := g.special(e, divisorColumn); nz != nil {
			g.feature("division by a column that is 0 in deleted rows")
			return expr(tInt, "(", atom("60"), atom("/"), nz, ")")
		}
	case 2:
		if tn := g.special(e, numeralColumn); tn != nil {
			g.feature("cast that fails on deleted rows")
			return expr(tInt, tn, "::", "int")
		}
	case 3:
		x := g.expr(e, tInt, depth-1)
		if g.nested < 3 && g.one(4) {
			g.feature("sub-query in a function's argument")
			x = g.probe(e)
		}
		return expr(tInt, "abs (", x, ")")
	case 4:
		return expr(tInt, "length (", g.expr(e, tText, depth-1), ")")
	case 5:
		return expr(tInt, "cardinality (", g.expr(e, tArr, depth-1), ")")
	case 6:
		return expr(tInt, "(", g.expr(e, tArr, depth-1), ")", "[", "1", "]")
	case 7:
		return expr(tInt, "GREATEST (", g.expr(e, tInt, depth-1), ",", g.expr(e, tInt, depth-1), ")")
	}
	return expr(tInt, "(", g.expr(e, tInt, depth-1), atom(pick(g, []string{"+", "-"})), g.expr(e, tInt, depth-1), ")")
}

// wholeRow shows a whole row as text or JSON; the row itself cannot be compared
// between databases, for its binary form holds type numbers.
func (g *gen) wholeRow(e *env) *tree {
	for ; e != nil; e = e.up {
		for _, r := range e.rels {
			if r.table == nil || r.qualifier == nil || len(r.qualifier) > 1 || !g.one(2) {
				continue
			}
			g.feature("whole row")
			switch g.n(3) {
			case 0:
				return expr(tText, "(", r.whole(), ")", "::", "text")
			case 1:
				return expr(tText, "row_to_json (", r.whole(), ")", "::", "text")
			}
			g.feature("row type")
			return expr(tText, "pg_typeof (", r.whole(), ")", "::", "text")
		}
	}
	return nil
}

func (g *gen) leaf(e *env, t colType) *tree {
	if !g.one(4) {
		if c := g.column(e, t); c != nil {
			return c
		}
	}
	if g.params > 0 && g.one(2) {
		return g.param(t)
	}
	return g.constant(t)
}

// constant is a typed constant, so that it means the same everywhere.
func (g *gen) constant(t colType) *tree {
	if g.one(12) {
		return expr(t, "NULL", "::", atom(t.String()))
	}
	v := randomValue(g.r, t, false)
	switch t {
	case tInt:
		if v[0] == '-' {
			return expr(t, "(", atom(v), ")")
		}
		return expr(t, atom(v))
	case tBool:
		return expr(t, atom(v))
	case tText:
		if g.one(8) {
			return expr(t, atom(`E'a\'b'`), "::", "text")
		}
		if g.one(8) {
			return expr(t, atom("$q$it's$q$"), "::", "text")
		}
	case tBig, tNum:
		return expr(t, "(", atom(v), ")", "::", atom(t.String()))
	}
	return expr(t, atom(v), "::", atom(t.String()))
}

func (g *gen) param(t colType) *tree {
	g.feature("parameter")
	p := &param{cast: t.String()}
	for range g.params {
		switch v := randomValue(g.r, t, false); {
		case g.one(8):
			p.values = append(p.values, nil)
		case v[0] == '\'':
			p.values = append(p.values, unquote(v))
		default:
			p.values = append(p.values, v)
		}
	}
	return expr(t, "(", p, ")")
}

// unquote is the value of a string constant of this package's making.
func unquote(s string) string {
	var out []byte
	for i := 1; i < len(s)-1; i++ {
		out = append(out, s[i])
		if s[i] == '\'' {
			i++
		}
	}
	return string(out)
}

var comparisons = []string{"=", "=", "=", "<>", "<", "<=", ">", ">="}

// condition makes a truth value. It is dense in OR, and it likes NULLs.
func (g *gen) condition(e *env, depth int) *tree {
	if depth > 0 {
		switch g.n(6) {
		case 0, 1:
			g.feature("or")
			return expr(tBool, g.condition(e, depth-1), "OR", g.condition(e, depth-1))
		case 2:
			// AND binds tighter: an OR below it needs its parentheses.
			return expr(tBool, "(", g.condition(e, depth-1), ")", "AND", "(", g.condition(e, depth-1), ")")
		case 3:
			g.feature("not")
			return expr(tBool, "NOT (", g.condition(e, depth-1), ")")
		}
	}
	if g.one(3) {
		if c := g.subqueryCondition(e); c != nil {
			return c
		}
	}
	t := pick(g, []colType{tInt, tInt, tInt, tInt, tText, tBig, tNum, tDate, tTime, tArr, tJSON})
	a, b := func() *tree { return g.expr(e, t, depth) }, func() *tree { return g.expr(e, t, min(depth, 1)) }
	switch g.n(11) {
	case 0:
		g.feature("is null")
		return expr(tBool, "(", a(), ")", "IS", pick(g, []string{"NULL", "NOT NULL"}))
	case 1:
		g.feature("is distinct from")
		return expr(tBool, a(), "IS", pick(g, []string{"", "NOT"}), "DISTINCT FROM", b())
	case 2:
		g.feature("in list")
		return expr(tBool, a(), pick(g, []string{"IN", "NOT IN"}), "(", list(",", 1, []*tree{b(), b(), b()}), ")")
	case 3:
		g.feature("between")
		return expr(tBool, a(), "BETWEEN", b(), "AND", b())
	case 4:
		g.feature("row values")
		return expr(tBool, "(", a(), ",", g.expr(e, tInt, 1), ")", atom(pick(g, comparisons)), "(", b(), ",", g.expr(e, tInt, 1), ")")
	case 5:
		g.feature("boolean test")
		return expr(tBool, "(", a(), atom(pick(g, comparisons)), b(), ")", "IS", pick(g, []string{"", "NOT"}), pick(g, []string{"TRUE", "FALSE", "UNKNOWN"}))
	case 6:
		g.feature("like")
		return expr(tBool, g.expr(e, tText, 1), pick(g, []string{"LIKE", "NOT LIKE", "ILIKE"}), atom(pick(g, []string{"'%a%'", "'_'", "'e%'"})))
	case 7:
		if c := g.column(e, tBool); c != nil {
			return c
		}
	case 8:
		g.feature("array operator")
		return expr(tBool, g.expr(e, tInt, 1), "= ANY ( (", g.expr(e, tArr, 1), ")", "::", "int[] )")
	}
	return expr(tBool, a(), atom(pick(g, comparisons)), b())
}

// subqueryCondition tests a sub-query; nil if there is no room for one.
func (g *gen) subqueryCondition(e *env) *tree {
	if !g.room() {
		return nil
	}
	defer g.enter()()
	t := pick(g, []colType{tInt, tInt, tInt, tText, tNum})
	switch g.n(6) {
	case 0, 1:
		g.feature("exists")
		return expr(tBool, pick(g, []string{"", "NOT"}), "EXISTS (", g.query(e, nil, subqueryLevel).sql, ")")
	case 2, 3:
		g.feature("in sub-query")
		return expr(tBool, g.expr(e, t, 1), pick(g, []string{"IN", "NOT IN"}), "(", g.query(e, []colType{t}, subqueryLevel).sql, ")")
	case 4:
		g.feature("row in sub-query")
		return expr(tBool, "(", g.expr(e, t, 0), ",", g.expr(e, tInt, 0), ") IN (", g.query(e, []colType{t, tInt}, subqueryLevel).sql, ")")
	}
	g.feature("quantified comparison")
	return expr(tBool, g.expr(e, t, 1), atom(pick(g, comparisons)), pick(g, []string{"ANY", "ALL", "SOME"}), "(", g.query(e, []colType{t}, subqueryLevel).sql, ")")
}

// room reports whether the statement may have another sub-query here.
func (g *gen) room() bool { return g.rels > 0 && g.nested < 3 }

func (g *gen) enter() (leave func()) {
	g.nested++
	return func() { g.nested-- }
}

// scalar is a sub-query with at most one row; nil if there is no room for one.
func (g *gen) scalar(e *env, t colType) *tree {
	if !g.room() {
		return nil
	}
	defer g.enter()()
	from, inner := g.from(e, 1+g.n(2))
	where := g.where(inner, 2)
	if nz := g.special(&env{rels: inner.rels, strict: true}, divisorColumn); nz != nil && g.one(3) {
		// Whoever reads a deleted row here fails.
		where = opt("WHERE", expr(tBool, "(", atom("60"), atom("/"), nz, ")", atom("<>"), atom("7")))
	}
	g.feature("scalar sub-query")
	if g.one(4) {
		if k := g.byKey(e, t); k != nil {
			return k
		}
	}
	if g.one(4) && t != tBool {
		g.feature("sub-query with limit 1")
		q := piece(query, "SELECT", g.expr(inner, t, 1), from, where, "ORDER BY 1", pick(g, []string{"", "DESC", "NULLS FIRST"}), "LIMIT 1")
		return expr(t, "(", q, ")")
	}
	var agg *tree
	// An aggregate over columns of an outer query alone would be the outer query's.
	local := &env{rels: inner.rels, strict: true}
	switch t {
	case tBig:
		agg = piece(fragment, "count (", pick(g, []any{"*", g.expr(local, tInt, 1)}), ")")
	case tBool:
		agg = piece(fragment, pick(g, []string{"bool_or", "bool_and"}), "(", g.condition(local, 1), ")")
	case tArr, tJSON, tUUID:
		q := piece(query, "SELECT", g.expr(inner, t, 1), from, where, "ORDER BY 1 LIMIT 1")
		return expr(t, "(", q, ")")
	default:
		agg = piece(fragment, pick(g, []string{"max", "min"}), "(", g.expr(local, t, 1), ")")
	}
	return expr(t, "(", piece(query, "SELECT", agg, from, where), ")")
}

// byKey reads one row by its primary key.
func (g *gen) byKey(e *env, t colType) *tree {
	var fits []*table
	for _, tab := range g.s.tables {
		if k := tab.key(); len(k) == 1 && k[0].typ == tInt && (g.avoid == nil || tab.root() != g.avoid) {
			fits = append(fits, tab)
		}
	}
	if len(fits) == 0 {
		return nil
	}
	tab := pick(g, fits)
	item, r := g.tableRef(tab)
	inner := &env{rels: []*rel{r}, up: e}
	c := g.column(inner, t)
	id := r.refTo(tab.key()[0].name)
	if c == nil || id == nil {
		return nil
	}
	g.feature("sub-query by primary key")
	key := tab.firstKey + g.n(8)
	q := piece(query, "SELECT", c, "FROM", item, "WHERE", id, atom("="), expr(tInt, atom(fmt.Sprint(key))))
	return expr(t, "(", q, ")")
}

// probe is a small sub-query that shows a deleted row: it counts them, or fails
// on them. For places that are too rare to wait for a larger one.
func (g *gen) probe(e *env) *tree {
	defer g.enter()()
	item, r := g.tableRef(g.readable())
	inner := &env{rels: []*rel{r}, up: e}
	if nz := g.special(&env{rels: inner.rels, strict: true}, divisorColumn); nz != nil && !g.one(3) {
		g.feature("division by a column that is 0 in deleted rows")
		return expr(tInt, "(", piece(query, "SELECT max ( 60", atom("/"), nz, ") FROM", item, g.where(inner, 0)), ")")
	}
	return expr(tInt, "(", piece(query, "SELECT count ( * ) FROM", item, g.where(inner, 1)), ")", "::", "int")
}
