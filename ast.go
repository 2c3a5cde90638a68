package softdelete

import (
	"fmt"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"

	"github.com/softdelete-go/softdelete/internal/lex"
)

// The few nodes that rewriting adds, as PostgreSQL's parser makes them.

func strNode(s string) *pg.Node {
	return &pg.Node{Node: &pg.Node_String_{String_: &pg.String{Sval: s}}}
}

// column is ref.name, or name alone where ref is empty.
func column(ref, name string) *pg.Node {
	var fields []*pg.Node
	if ref != "" {
		fields = append(fields, strNode(ref))
	}
	fields = append(fields, strNode(name))
	return &pg.Node{Node: &pg.Node_ColumnRef{ColumnRef: &pg.ColumnRef{Fields: fields}}}
}

func boolExpr(op pg.BoolExprType, args ...*pg.Node) *pg.Node {
	return &pg.Node{Node: &pg.Node_BoolExpr{BoolExpr: &pg.BoolExpr{Boolop: op, Args: args}}}
}

func nullTest(arg *pg.Node, t pg.NullTestType) *pg.Node {
	return &pg.Node{Node: &pg.Node_NullTest{NullTest: &pg.NullTest{Arg: arg, Nulltesttype: t}}}
}

func compareZero(arg *pg.Node, op string) *pg.Node {
	zero := &pg.Node{Node: &pg.Node_AConst{AConst: &pg.A_Const{Val: &pg.A_Const_Ival{Ival: &pg.Integer{}}}}}
	return &pg.Node{Node: &pg.Node_AExpr{AExpr: &pg.A_Expr{
		Kind: pg.A_Expr_Kind_AEXPR_OP, Name: []*pg.Node{strNode(op)}, Lexpr: arg, Rexpr: zero,
	}}}
}

func star() *pg.Node {
	return target("", &pg.Node{Node: &pg.Node_ColumnRef{ColumnRef: &pg.ColumnRef{
		Fields: []*pg.Node{{Node: &pg.Node_AStar{AStar: &pg.A_Star{}}}},
	}}})
}

func target(name string, val *pg.Node) *pg.Node {
	return &pg.Node{Node: &pg.Node_ResTarget{ResTarget: &pg.ResTarget{Name: name, Val: val}}}
}

func selectNode(targets, from []*pg.Node, where *pg.Node) *pg.Node {
	return &pg.Node{Node: &pg.Node_SelectStmt{SelectStmt: &pg.SelectStmt{
		TargetList: targets, FromClause: from, WhereClause: where,
		LimitOption: pg.LimitOption_LIMIT_OPTION_DEFAULT, Op: pg.SetOperation_SETOP_NONE,
	}}}
}

func subselect(query *pg.Node, alias *pg.Alias) *pg.Node {
	return &pg.Node{Node: &pg.Node_RangeSubselect{RangeSubselect: &pg.RangeSubselect{Subquery: query, Alias: alias}}}
}

// parseExpr returns the tree of an expression of ours.
func parseExpr(expr string) (*pg.Node, error) {
	t, err := pg.Parse("SELECT " + expr)
	if err != nil {
		return nil, fmt.Errorf("softdelete: own expression %q: %w", expr, err)
	}
	return t.Stmts[0].Stmt.GetSelectStmt().TargetList[0].GetResTarget().Val, nil
}

// condition is a predicate, as text and as tree.
type condition struct {
	text string
	node *pg.Node
}

// condition returns the test that keeps the rows that v sees, with the marker
// qualified by ref, or unqualified where ref is empty. There is none for
// withDeleted. The tests are NULL tests, booleans and integer comparisons with
// zero only: the planner runs them before anything that the user wrote, and
// they cannot fail.
func (t *table) condition(ref string, v visibility) condition {
	name := lex.QuoteIdent(t.column)
	if ref != "" {
		name = lex.QuoteIdent(ref) + "." + name
	}
	col := column(ref, t.column)
	switch t.marker {
	case Flag:
		if (v == onlyDeleted) != sabotaged("marker-flag-inverted") {
			return condition{name, col}
		}
		return condition{"NOT " + name, boolExpr(pg.BoolExprType_NOT_EXPR, col)}
	case UnixSeconds, UnixMillis, UnixNanos:
		if v == onlyDeleted {
			return condition{name + " <> 0", compareZero(col, "<>")}
		}
		return condition{name + " = 0", compareZero(col, "=")}
	default:
		if v == onlyDeleted {
			return condition{name + " IS NOT NULL", nullTest(col, pg.NullTestType_IS_NOT_NULL)}
		}
		return condition{name + " IS NULL", nullTest(col, pg.NullTestType_IS_NULL)}
	}
}

// deletedValue is the expression that a delete stores in the marker column.
// The time is that of the transaction, as now() gives it.
func (m Marker) deletedValue() string {
	switch m {
	case Flag:
		return "true"
	case UnixSeconds:
		return "floor(extract(epoch FROM now()))::bigint"
	case UnixMillis:
		return "floor(extract(epoch FROM now()) * 1000)::bigint"
	case UnixNanos:
		return "floor(extract(epoch FROM now()) * 1000000000)::bigint"
	default:
		return "now()"
	}
}

func boolConst(b bool) *pg.Node {
	return &pg.Node{Node: &pg.Node_AConst{AConst: &pg.A_Const{Val: &pg.A_Const_Boolval{Boolval: &pg.Boolean{Boolval: b}}}}}
}

// quoteLiteral writes s as a string literal of standard_conforming_strings.
func quoteLiteral(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
