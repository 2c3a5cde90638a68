package softdelete

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	pg "github.com/pganalyze/pg_query_go/v5"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/softdelete-go/softdelete/internal/lex"
)

// addSeeds feeds every statement of testdata to a fuzz target.
func addSeeds(f *testing.F, add func(sql string)) {
	f.Helper()
	n := 0
	for _, file := range allCases(f) {
		for _, c := range file.cases {
			for _, b := range c.before {
				add(b.sql)
			}
			add(c.in)
			n++
		}
	}
	if n < fewest {
		f.Fatalf("only %d seeds found", n)
	}
}

// fuzzRewriter has the policy of most cases, and no cache.
func fuzzRewriter(f *testing.F) *Rewriter {
	f.Helper()
	file, err := os.Open("testdata/shop.yaml")
	if err != nil {
		f.Fatal(err)
	}
	defer file.Close()
	p, err := LoadPolicy(file)
	if err != nil {
		f.Fatal(err)
	}
	r, err := NewRewriter(p, CacheSize(0))
	if err != nil {
		f.Fatal(err)
	}
	return r
}

// FuzzRewrite: no panic; what comes out parses if what went in did; errors are
// refusals; and rewriting the output again changes nothing.
func FuzzRewrite(f *testing.F) {
	scope := byte(0)
	addSeeds(f, func(sql string) {
		f.Add(sql, scope) // each seed costs the fuzzer time: one scope for each
		scope++
	})
	r := fuzzRewriter(f)
	f.Fuzz(func(t *testing.T, sql string, scope byte) {
		ctx := fuzzContext(scope)
		out, err := r.Rewrite(ctx, sql)
		if err != nil {
			if !errors.Is(err, ErrRefused) {
				t.Fatalf("%q: an error that is no refusal: %v", sql, err)
			}
			if strings.Contains(err.Error(), reportBug) {
				t.Fatalf("%q: refused for a fault of our own: %v", sql, err)
			}
			return
		}
		if out == sql {
			return
		}
		if _, err := parseText(out); err != nil {
			t.Fatalf("%q became %q, which does not parse: %v", sql, out, err)
		}
		again, err := r.Rewrite(ctx, out)
		if err != nil {
			t.Fatalf("%q became %q, which is refused: %v", sql, out, err)
		}
		if again != out {
			t.Fatalf("%q became %q, and that %q", sql, out, again)
		}
	})
}

// FuzzForeignKeys is the same for a policy under which nearly every table has
// foreign keys, a journal and deletion ids. Its statements are not rewritten
// twice: the queries that were added use names which are refused in a user's text.
func FuzzForeignKeys(f *testing.F) {
	scope := byte(0)
	addSeeds(f, func(sql string) {
		f.Add(sql, scope)
		scope++
	})
	key := func(child, column, parent string, a Action) ForeignKey {
		return ForeignKey{Table: child, Columns: []string{column}, RefTable: parent, RefColumns: []string{"id"}, OnDelete: a}
	}
	table := func(name string) Table {
		return Table{Name: name, DeletionID: "deletion_id", DeletedBy: "deleted_by", Reason: "reason"}
	}
	r, err := NewRewriter(Policy{
		Journal: true,
		Tables:  []Table{table("users"), table("orders"), table("items"), table("notes"), table("accounts"), table("features")},
		ForeignKeys: []ForeignKey{
			key("users", "boss_id", "users", SetNull), key("orders", "user_id", "users", Cascade), key("items", "order_id", "orders", Cascade),
			key("notes", "user_id", "users", NoAction), key("cities", "mayor_id", "users", SetNull), key("accounts", "n", "accounts", Cascade),
		},
	}, CacheSize(0))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, sql string, scope byte) {
		out, err := r.Rewrite(WithActor(fuzzContext(scope&^1), "o'brien"), sql)
		if err != nil {
			if !errors.Is(err, ErrRefused) {
				t.Fatalf("%q: an error that is no refusal: %v", sql, err)
			}
			if strings.Contains(err.Error(), reportBug) {
				t.Fatalf("%q: refused for a fault of our own: %v", sql, err)
			}
			return
		}
		if out == sql {
			return
		}
		if _, err := parseText(out); err != nil {
			t.Fatalf("%q became %q, which does not parse: %v", sql, out, err)
		}
	})
}

func parseText(sql string) (*pg.ParseResult, error) {
	toks, err := lex.Scan(sql, nil)
	if err != nil {
		return nil, err
	}
	return pg.Parse(blankComments(sql, toks))
}

func fuzzContext(b byte) context.Context {
	ctx := context.Background()
	switch b % 4 {
	case 1:
		ctx = OnlyDeleted(ctx, "users", "features")
	case 2:
		ctx = WithDeleted(ctx, "orders")
	case 3:
		ctx = HardDelete(ctx)
	}
	return ctx
}

// FuzzNoTableUnfiltered looks at the output with other eyes than the rewriter's:
// a plain search of the parse tree through reflection. Every policy table that
// stands where rows are read must have its condition directly around it.
func FuzzNoTableUnfiltered(f *testing.F) {
	addSeeds(f, func(sql string) { f.Add(sql) })
	r := fuzzRewriter(f)
	f.Fuzz(func(t *testing.T, sql string) {
		out, err := r.Rewrite(context.Background(), sql)
		if err != nil {
			return
		}
		tree, err := parseText(out)
		if err != nil {
			return // sent as it is; FuzzRewrite looks at what was changed
		}
		for _, s := range tree.Stmts {
			g := guardSearch{tables: r.tables, ctes: map[string]bool{}}
			g.names(s.ProtoReflect())
			g.search(s.ProtoReflect(), nil)
			for _, leak := range g.leaks {
				t.Errorf("%q became %q: %s", sql, out, leak)
			}
		}
	})
}

// guardSearch finds policy tables that are read without their condition.
// Unqualified names that some WITH query of the statement also has are left out:
// what they mean is the rewriter's business and the server's.
type guardSearch struct {
	tables *tableSet
	ctes   map[string]bool
	leaks  []string
}

func (g *guardSearch) names(m protoreflect.Message) {
	switch v := m.Interface().(type) {
	case *pg.CommonTableExpr:
		g.ctes[v.Ctename] = true
	case *pg.CreateStmt:
		g.ctes[v.Relation.GetRelname()] = true // perhaps a temporary table
	case *pg.IntoClause:
		g.ctes[v.Rel.GetRelname()] = true
	case *pg.ViewStmt:
		g.ctes[v.View.GetRelname()] = true
	}
	eachMessage(m, g.names)
}

// guards are the conditions that hold for what is searched, as "ref.column".
type guards []string

func (g *guardSearch) search(m protoreflect.Message, held guards) {
	switch v := m.Interface().(type) {
	case *pg.SelectStmt:
		held = conjuncts(v.WhereClause)
	case *pg.UpdateStmt:
		held = conjuncts(v.WhereClause)
		g.relation(v.Relation, held, v.WhereClause)
	case *pg.DeleteStmt:
		g.leak(v.Relation, "deleted for real")
		held = conjuncts(v.WhereClause)
	case *pg.MergeStmt:
		held = conjuncts(v.JoinCondition)
		g.relation(v.Relation, held, nil)
	case *pg.JoinExpr:
		// A condition in WHERE does not reach the side that an outer join extends.
		l, r := held, held
		switch v.Jointype {
		case pg.JoinType_JOIN_INNER:
			l = append(conjuncts(v.Quals), held...)
		case pg.JoinType_JOIN_LEFT:
			r = nil
		case pg.JoinType_JOIN_RIGHT:
			l = nil
		default:
			l, r = nil, nil
		}
		if v.Alias != nil && v.Jointype != pg.JoinType_JOIN_INNER {
			l, r = nil, nil
		}
		g.search(v.Larg.ProtoReflect(), l)
		g.search(v.Rarg.ProtoReflect(), r)
		if v.Quals != nil {
			g.search(v.Quals.ProtoReflect(), nil)
		}
		return
	case *pg.RangeVar:
		g.relation(v, held, nil)
		return
	case *pg.TruncateStmt:
		for _, n := range v.Relations {
			g.leak(n.GetRangeVar(), "truncated")
		}
		return
	case *pg.CopyStmt:
		if v.Relation != nil && !v.IsFrom {
			g.leak(v.Relation, "copied whole")
		}
	}
	m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		if fd.Kind() != protoreflect.MessageKind {
			return true
		}
		if harmlessPlaces[kindName(m.Interface())+"."+string(fd.Name())] {
			return true
		}
		switch fd.Name() {
		case "relation":
			switch m.Interface().(type) {
			case *pg.RangeTableSample:
			default:
				return true // targets, handled above, and the names of definitions
			}
		}
		if fd.IsList() {
			for i := range v.List().Len() {
				g.search(v.List().Get(i).Message(), held)
			}
		} else {
			g.search(v.Message(), held)
		}
		return true
	})
}

func (g *guardSearch) policy(rv *pg.RangeVar) *table {
	if rv == nil || rv.Schemaname == "" && g.ctes[rv.Relname] {
		return nil
	}
	if found := g.tables.find(rv.Schemaname, rv.Relname); len(found) > 0 {
		return found[0]
	}
	return nil
}

func (g *guardSearch) leak(rv *pg.RangeVar, how string) {
	if g.policy(rv) != nil {
		g.leaks = append(g.leaks, fmt.Sprintf("%s is %s", rv.Relname, how))
	}
}

func (g *guardSearch) relation(rv *pg.RangeVar, held guards, where *pg.Node) {
	t := g.policy(rv)
	if t == nil || where.GetCurrentOfExpr() != nil {
		return
	}
	name := rv.Relname
	if rv.Alias != nil {
		name = rv.Alias.Aliasname
	}
	if name == oldName { // the pre-image that DELETE … WHERE CURRENT OF looks at
		return
	}
	for _, h := range held {
		if h == name+"."+t.column {
			return
		}
	}
	g.leaks = append(g.leaks, rv.Relname+" is read without its condition")
}

// conjuncts returns the live tests that n begins with.
func conjuncts(n *pg.Node) guards {
	if n == nil {
		return nil
	}
	args := []*pg.Node{n}
	if b := n.GetBoolExpr(); b != nil && b.Boolop == pg.BoolExprType_AND_EXPR {
		args = b.Args
	}
	var found guards
	for _, a := range args {
		var column *pg.ColumnRef
		if nt := a.GetNullTest(); nt != nil && nt.Nulltesttype == pg.NullTestType_IS_NULL {
			column = nt.Arg.GetColumnRef()
		}
		if not := a.GetBoolExpr(); not != nil && not.Boolop == pg.BoolExprType_NOT_EXPR {
			column = not.Args[0].GetColumnRef()
		}
		if eq := a.GetAExpr(); eq != nil && len(eq.Name) == 1 && eq.Name[0].GetString_().GetSval() == "=" &&
			eq.Rexpr.GetAConst().GetIval() != nil && eq.Rexpr.GetAConst().GetIval().GetIval() == 0 {
			column = eq.Lexpr.GetColumnRef()
		}
		if len(column.GetFields()) != 2 {
			break
		}
		found = append(found, column.Fields[0].GetString_().GetSval()+"."+column.Fields[1].GetString_().GetSval())
	}
	return found
}

// harmlessPlaces are the names of the fields in harmlessNames.
var harmlessPlaces = func() map[string]bool {
	places := map[string]bool{}
	for f := range harmlessNames {
		places[f.String()] = true
	}
	return places
}()

func eachMessage(m protoreflect.Message, visit func(protoreflect.Message)) {
	m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		if fd.Kind() != protoreflect.MessageKind {
			return true
		}
		if fd.IsList() {
			for i := range v.List().Len() {
				visit(v.List().Get(i).Message())
			}
		} else {
			visit(v.Message())
		}
		return true
	})
}
