package doctor

import (
	"maps"
	"slices"

	pg "github.com/pganalyze/pg_query_go/v5"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/internal/pgast"
)

// uses is what statements do with policy tables.
type uses struct {
	unfiltered []*table // read, or updated, without the live condition
	deletes    []*table // a real DELETE or TRUNCATE
}

// analysis finds out what a parsed text does with policy tables. Conditions that
// somebody wrote by hand count, wherever they have the effect of the rewriter's: in
// WHERE for what no outer join extends, and in ON for what that very join extends.
type analysis struct {
	x *examination
	uses
}

// analyse returns what the statements do.
func (x *examination) analyse(tree *pg.ParseResult) uses {
	a := &analysis{x: x}
	for _, s := range tree.Stmts {
		a.statement(pgast.Unwrap(s.Stmt), nil)
	}
	return a.uses
}

// lookup returns the policy tables that a name can mean.
func (a *analysis) lookup(rv *pg.RangeVar, ctes map[string]bool) (found []*table) {
	if rv == nil || rv.Schemaname == "" && ctes[rv.Relname] {
		return nil
	}
	for _, t := range a.x.tables {
		if t.Name == rv.Relname && (rv.Schemaname == "" || rv.Schemaname == t.Schema) {
			found = append(found, t)
		}
	}
	return found
}

// statement visits one node and what stands below it.
func (a *analysis) statement(m any, ctes map[string]bool) {
	switch m := m.(type) {
	case *pg.SelectStmt:
		ctes = a.with(m.WithClause, ctes)
		a.from(m.FromClause, conjuncts(m.WhereClause), ctes)
		a.below(m, ctes, m.FromClause...)
	case *pg.UpdateStmt:
		ctes = a.with(m.WithClause, ctes)
		where := conjuncts(m.WhereClause)
		a.relation(m.Relation, where, nil)
		a.from(m.FromClause, where, ctes)
		a.below(m, ctes, m.FromClause...)
	case *pg.DeleteStmt:
		ctes = a.with(m.WithClause, ctes)
		a.deletes = append(a.deletes, a.lookup(m.Relation, nil)...)
		a.from(m.UsingClause, conjuncts(m.WhereClause), ctes)
		a.below(m, ctes, m.UsingClause...)
	case *pg.InsertStmt:
		if c := m.OnConflictClause; c != nil {
			a.relation(m.Relation, slices.Concat(conjuncts(c.WhereClause), conjuncts(c.Infer.GetWhereClause())), nil)
		}
		a.below(m, a.with(m.WithClause, ctes))
	case *pg.MergeStmt:
		a.merge(m, a.with(m.WithClause, ctes))
	case *pg.TruncateStmt:
		for _, n := range m.Relations {
			a.deletes = append(a.deletes, a.lookup(n.GetRangeVar(), nil)...)
		}
	case *pg.RangeVar:
		// Where it is none of the above it is a target, or harmless.
	default:
		a.below(m, ctes)
	}
}

func (a *analysis) merge(m *pg.MergeStmt, ctes map[string]bool) {
	on := conjuncts(m.JoinCondition)
	a.relation(m.Relation, on, nil)
	a.from([]*pg.Node{m.SourceRelation}, nil, ctes)
	for _, n := range m.MergeWhenClauses {
		if n.GetMergeWhenClause().GetCommandType() == pg.CmdType_CMD_DELETE {
			a.deletes = append(a.deletes, a.lookup(m.Relation, nil)...)
		}
	}
	a.below(m, ctes, m.SourceRelation)
}

// with adds the names of a WITH clause, whose queries below visits.
func (a *analysis) with(w *pg.WithClause, ctes map[string]bool) map[string]bool {
	if w == nil {
		return ctes
	}
	all := maps.Clone(ctes)
	if all == nil {
		all = map[string]bool{}
	}
	for _, n := range w.Ctes {
		all[n.GetCommonTableExpr().GetCtename()] = true
	}
	return all
}

// below visits what stands below m, the nodes in skip aside.
func (a *analysis) below(m any, ctes map[string]bool, skip ...*pg.Node) {
	pgast.Children(m, func(_ pgast.Field, holder *pg.Node, child any) {
		if holder == nil || !slices.Contains(skip, holder) {
			a.statement(child, ctes)
		}
	})
}

// from visits the items of FROM, for which the conditions hold.
func (a *analysis) from(items []*pg.Node, conditions []*pg.Node, ctes map[string]bool) {
	for _, n := range items {
		a.item(n, conditions, ctes)
	}
}

func (a *analysis) item(n *pg.Node, conditions []*pg.Node, ctes map[string]bool) {
	switch m := pgast.Unwrap(n).(type) {
	case *pg.RangeVar:
		a.relation(m, conditions, ctes)
	case *pg.RangeTableSample:
		a.item(m.Relation, conditions, ctes)
		a.below(m, ctes, m.Relation)
	case *pg.JoinExpr:
		if m.Alias != nil {
			conditions = nil // they know only the alias
		}
		left, right := conditions, conditions
		on := conjuncts(m.Quals)
		switch m.Jointype {
		case pg.JoinType_JOIN_INNER:
			left = slices.Concat(conditions, on)
			right = left
		case pg.JoinType_JOIN_LEFT:
			right = on
		case pg.JoinType_JOIN_RIGHT:
			left = on
		default:
			left, right = nil, nil
		}
		a.item(m.Larg, left, ctes)
		a.item(m.Rarg, right, ctes)
		a.below(m, ctes, m.Larg, m.Rarg)
	case nil:
	default:
		a.statement(m, ctes)
	}
}

// relation judges one that is read.
func (a *analysis) relation(rv *pg.RangeVar, conditions []*pg.Node, ctes map[string]bool) {
	for _, t := range a.lookup(rv, ctes) {
		known := rv.Relname
		if rv.Alias != nil {
			known = rv.Alias.Aliasname
		}
		if !slices.ContainsFunc(conditions, func(c *pg.Node) bool { return t.isLive(c, known) }) {
			a.unfiltered = append(a.unfiltered, t)
		}
	}
}

// conjuncts takes a condition apart at its ANDs.
func conjuncts(n *pg.Node) []*pg.Node {
	if n == nil {
		return nil
	}
	b := n.GetBoolExpr()
	if b == nil || b.Boolop != pg.BoolExprType_AND_EXPR {
		return []*pg.Node{n}
	}
	var all []*pg.Node
	for _, arg := range b.Args {
		all = append(all, conjuncts(arg)...)
	}
	return all
}

// isLive reports whether a condition is the live condition of the table that the
// query knows by that name. Without a name the marker is taken for that of the query's
// only table.
func (t *table) isLive(n *pg.Node, known string) bool {
	switch {
	case t.marker == softdelete.Timestamp:
		test := n.GetNullTest()
		return test != nil && test.Nulltesttype == pg.NullTestType_IS_NULL && t.isMarker(test.Arg, known)
	case t.marker == softdelete.Flag:
		if b := n.GetBoolExpr(); b != nil {
			return b.Boolop == pg.BoolExprType_NOT_EXPR && t.isMarker(b.Args[0], known)
		}
		if b := n.GetBooleanTest(); b != nil {
			return (b.Booltesttype == pg.BoolTestType_IS_FALSE || b.Booltesttype == pg.BoolTestType_IS_NOT_TRUE) && t.isMarker(b.Arg, known)
		}
		return t.equals(n, known, func(c *pg.A_Const) bool { return c.GetBoolval() != nil && !c.GetBoolval().Boolval })
	default:
		return t.equals(n, known, func(c *pg.A_Const) bool {
			return c.GetIval() != nil && c.GetIval().Ival == 0 || c.GetSval() != nil && c.GetSval().Sval == "0"
		})
	}
}

func (t *table) equals(n *pg.Node, known string, value func(*pg.A_Const) bool) bool {
	e := n.GetAExpr()
	if e == nil || e.Kind != pg.A_Expr_Kind_AEXPR_OP || len(e.Name) != 1 || e.Name[0].GetString_().GetSval() != "=" {
		return false
	}
	c := uncast(e.Rexpr).GetAConst()
	return c != nil && value(c) && t.isMarker(e.Lexpr, known)
}

func uncast(n *pg.Node) *pg.Node {
	for n.GetTypeCast() != nil {
		n = n.GetTypeCast().Arg
	}
	return n
}

func (t *table) isMarker(n *pg.Node, known string) bool {
	fields := uncast(n).GetColumnRef().GetFields()
	if len(fields) == 0 || fields[len(fields)-1].GetString_().GetSval() != t.column {
		return false
	}
	return len(fields) == 1 || known == "" || fields[len(fields)-2].GetString_().GetSval() == known
}

// condition parses an expression; nil if it is none.
func condition(expr string) *pg.Node {
	tree, err := pg.Parse("SELECT " + expr)
	if err != nil || len(tree.Stmts) != 1 {
		return nil
	}
	targets := tree.Stmts[0].Stmt.GetSelectStmt().GetTargetList()
	if len(targets) != 1 {
		return nil
	}
	return targets[0].GetResTarget().GetVal()
}

// hasLive reports whether an expression over the table's columns holds for live rows
// only.
func (t *table) hasLive(expr string) bool {
	return slices.ContainsFunc(conjuncts(condition(expr)), func(c *pg.Node) bool { return t.isLive(c, "") })
}

// mentions reports whether an expression has a column of that name.
func mentions(expr, column string) bool {
	found := false
	var visit func(m any)
	visit = func(m any) {
		if c, ok := m.(*pg.ColumnRef); ok && len(c.Fields) > 0 {
			found = found || c.Fields[len(c.Fields)-1].GetString_().GetSval() == column
		}
		pgast.Children(m, func(_ pgast.Field, _ *pg.Node, child any) { visit(child) })
	}
	n := condition(expr)
	if n == nil {
		return false
	}
	visit(pgast.Unwrap(n))
	return found
}
