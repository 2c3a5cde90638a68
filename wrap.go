package softdelete

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"

	"github.com/softdelete-go/softdelete/internal/lex"
	"github.com/softdelete-go/softdelete/internal/pgast"
)

// A statement with consequences goes, as it is, into a WITH query; the queries
// that carry out its consequences follow; and a SELECT of what it returned stands
// in its place. Where it stands in a WITH clause itself, all of this is put in
// front of its own entry there, since PostgreSQL wants data-modifying queries at
// the top.

// withEntry is the entry of a WITH clause whose query is at hand.
type withEntry struct {
	clause *pg.WithClause
	entry  *pg.CommonTableExpr
}

// wrapping is a statement that is put into a WITH query.
type wrapping struct {
	node      *pg.Node // the statement; it becomes the SELECT
	relation  *pg.RangeVar
	returning *[]*pg.Node
	with      **pg.WithClause
	sources   bool // it has a FROM or USING
	whole     bool // it is to yield each row as a whole too
	first     int  // its first token behind its own WITH clause
	inside    int  // a token of it at its own depth, before RETURNING
	entry     *withEntry
}

// output is how the SELECT yields what the user's RETURNING asked for.
type output struct {
	renamed []string // the names of the first columns of the WITH query
	list    string   // the SELECT list
	from    string   // what to select from; "" is the WITH query
}

// yield makes the statement return the columns as well, under their own names,
// and says how to get at what the user wanted. ok is false after a refusal.
func (j *job) yield(w *wrapping, t *table, columns []string) (o output, ok bool) {
	ref := referenceName(w.relation)
	last := j.statementEnd(w.inside)
	add := func(sep string) {
		var targets []string
		for _, c := range columns {
			targets = append(targets, lex.QuoteIdent(ref)+"."+lex.QuoteIdent(c))
			*w.returning = append(*w.returning, target("", column(ref, c)))
		}
		if w.whole {
			node, err := parseExpr(wholeRow(ref))
			if err != nil {
				j.fail(err)
			}
			targets = append(targets, wholeRow(ref)+" AS "+rowColumn)
			*w.returning = append(*w.returning, target(rowColumn, node))
		}
		if len(targets) == 0 {
			// RETURNING wants something.
			targets = []string{"true"}
			*w.returning = append(*w.returning, target("", boolConst(true)))
		}
		j.ed.after(last, sep+strings.Join(targets, ", "))
	}
	user := *w.returning
	if len(user) == 0 {
		add(" RETURNING ")
		return output{}, true
	}
	refuse := func(why string) (output, bool) {
		j.refuse(w.relation.Location, t, why, "list the columns of RETURNING by name")
		return output{}, false
	}
	stars := 0
	for _, n := range user {
		val := n.GetResTarget().GetVal()
		if val.GetAIndirection() != nil && starred(val) {
			return refuse("RETURNING (…).* hides how many columns it yields")
		}
		if outputName(n.GetResTarget()) == "" {
			return refuse("the text does not tell the name of a column of RETURNING, a sub-select with *")
		}
		if !starred(val) {
			continue
		}
		stars++
		fields := val.GetColumnRef().GetFields()
		if w.sources && (len(fields) != 2 || fields[0].GetString_().GetSval() != ref) {
			return refuse("RETURNING * of several tables hides which columns are the target's")
		}
	}
	if stars == 0 {
		var selected []string
		for i, n := range user {
			name := fmt.Sprintf("%s_c%d", aliasPrefix, i+1)
			o.renamed = append(o.renamed, name)
			selected = append(selected, name+" AS "+quoteName(outputName(n.GetResTarget())))
		}
		o.list = strings.Join(selected, ", ")
		add(", ")
		return o, true
	}
	if w.whole {
		if len(user) > 1 {
			return refuse("RETURNING * and other columns")
		}
		columns = nil // the star yields them
		add(", ")
		return output{list: "(" + rowColumn + ").*"}, true
	}
	// The star yields the columns under their own names.
	if stars > 1 && len(columns) > 0 {
		return refuse("RETURNING with two stars has two columns of each name")
	}
	for _, n := range user {
		r := n.GetResTarget()
		if starred(r.GetVal()) {
			continue
		}
		if name := outputName(r); slices.Contains(columns, name) {
			return refuse(fmt.Sprintf("RETURNING * and another column %q", name))
		}
	}
	o.list = "*"
	return o, true
}

// starred reports whether an expression ends in a star: *, t.*, (row).*.
func starred(n *pg.Node) bool {
	names := n.GetColumnRef().GetFields()
	if names == nil {
		names = n.GetAIndirection().GetIndirection()
	}
	return len(names) > 0 && names[len(names)-1].GetAStar() != nil
}

// quoteName quotes a label always: what is a keyword in one version may be none
// in another, and none is harmed by quotes.
func quoteName(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// statementEnd returns the last token of the statement that token i stands in, at
// its own depth.
func (x *text) statementEnd(i int) int {
	for !x.stop(i) {
		i = x.skip(i)
	}
	return i - 1
}

// wrap puts the statement into the WITH query name, between the queries before
// and after, and a SELECT of o with the condition where in its place.
func (j *job) wrap(w *wrapping, name string, before, after []string, o output, where string) {
	if j.err != nil {
		return
	}
	last := j.statementEnd(w.inside)
	head := lex.QuoteIdent(name)
	if len(o.renamed) > 0 {
		head += "(" + strings.Join(o.renamed, ", ") + ")"
	}
	head += " AS ("
	sel := "SELECT"
	if o.list != "" {
		sel += " " + o.list
	}
	if o.from == "" {
		o.from = lex.QuoteIdent(name)
	}
	sel += " FROM " + o.from
	if where != "" {
		sel += " WHERE " + where
	}
	for _, b := range before {
		head = b + ", " + head
	}
	tail := ")"
	for _, a := range after {
		tail += ", " + a
	}

	// The same as a tree, from the text.
	tree, err := pg.Parse("WITH " + head + "SELECT" + tail + " " + sel)
	if err != nil {
		j.fail(fmt.Errorf("softdelete: own statement: %w", err))
		return
	}
	made := tree.Stmts[0].Stmt.GetSelectStmt()
	queries := made.WithClause.Ctes
	for _, n := range queries {
		c := n.GetCommonTableExpr()
		j.own[c.Ctename] = true
		if c.Ctename == name {
			c.Ctequery = &pg.Node{Node: w.node.Node}
			j.ownRoots[name] = true
		}
	}

	if w.entry == nil {
		j.ed.after(last, tail+" "+sel)
		if *w.with == nil {
			j.ed.before(w.first, "WITH "+head)
			made.WithClause.Recursive = false
		} else {
			j.ed.before(w.first, ", "+head)
			made.WithClause = *w.with
			made.WithClause.Ctes = append(made.WithClause.Ctes, queries...)
			*w.with = nil
		}
		w.node.Node = &pg.Node_SelectStmt{SelectStmt: made}
		return
	}

	first, open := j.entryHead(w.entry.entry)
	if open < 0 {
		j.refuse(w.relation.Location, nil, "cannot find the head of the WITH query that the statement stands in", reportBug)
		return
	}
	j.ed.replace(first, open, head)
	j.ed.copyAfter(last, tail+", ", first, open, sel)
	made.WithClause = nil
	w.node.Node = &pg.Node_SelectStmt{SelectStmt: made}
	at := slices.IndexFunc(w.entry.clause.Ctes, func(n *pg.Node) bool { return n.GetCommonTableExpr() == w.entry.entry })
	w.entry.clause.Ctes = slices.Insert(slices.Clone(w.entry.clause.Ctes), at, queries...)
}

// entryHead returns the first token of a WITH query, its name, and the
// parenthesis that opens its statement, or -1.
func (j *job) entryHead(c *pg.CommonTableExpr) (first, open int) {
	first = j.at(c.Location)
	i := first
	if i < 0 || !j.isName(i) {
		return first, -1
	}
	i = j.nameEnd(i) + 1
	if j.self(i) == '(' {
		i = j.skip(i)
	}
	if !j.is(i, lex.KAS) {
		return first, -1
	}
	i++
	if j.is(i, lex.KNOT) {
		i++
	}
	if j.is(i, lex.KMATERIALIZED) {
		i++
	}
	if j.self(i) != '(' {
		return first, -1
	}
	return first, i
}

// answers reports whether the statement is the one whose rows a query of the whole text
// yields: of several statements that is the first. What PREPARE fixes may be that one day.
func (j *job) answers(w *wrapping) bool {
	return j.first && w.node == j.top || j.prepares != nil && w.node == j.prepares
}

// reserved refuses a text that uses names which the rewriter is about to use.
func (j *job) reserved() bool {
	for i := range j.toks {
		if name, ok := lex.Ident(j.sql, j.toks[i]); ok && j.isName(i) && strings.HasPrefix(name, aliasPrefix+"_") {
			j.refuse(j.toks[i].Start, nil, fmt.Sprintf("names that begin with %s_ are the rewriter's own here", aliasPrefix), "use another name")
			return true
		}
	}
	return false
}

// hides refuses a WITH query that has the name of a table which a generated
// query must read.
func (j *job) hides(e *scopeNames, schema string, t *table, relations []*relation) bool {
	for _, r := range relations {
		if r.named.schema != "" || schema != "" {
			continue // a qualified name means neither
		}
		if e.find(r.named.name) != nil {
			j.refuse(0, t, fmt.Sprintf("a WITH query hides the table %s, which the rewritten statement has to read", r.named.name), "give the WITH query another name")
			return true
		}
		if j.shadowed(r.named.name) {
			j.refuse(0, t, fmt.Sprintf("a temporary table hides the table %s, which the rewritten statement has to read", r.named.name), "give the temporary table another name")
			return true
		}
	}
	return false
}

// What goes into the statement with each execution, besides the user's arguments.
type extra uint8

const (
	extraActor  extra = iota // of WithActor
	extraReason              // of WithReason
)

// extra returns the parameter that stands for a value of the context.
func (j *job) extra(e extra) string {
	i := slices.Index(j.extras, e)
	if i < 0 {
		i = len(j.extras)
		j.extras = append(j.extras, e)
	}
	return fmt.Sprintf("$%d::text", j.params()+i+1)
}

// params is the greatest N of the parameters $N in the user's text.
func (j *job) params() int {
	if j.lastParam < 0 {
		j.lastParam = 0
		for _, t := range j.toks {
			if n, ok := paramNumber(j.sql, t); ok {
				j.lastParam = max(j.lastParam, n)
			}
		}
	}
	return j.lastParam
}

func paramNumber(sql string, t lex.Token) (int, bool) {
	if t.Kind != lex.Param {
		return 0, false
	}
	n, err := strconv.Atoi(sql[t.Start+1 : t.End])
	return n, err == nil
}

// outputName is the name that PostgreSQL gives to a column of a result, "" where
// the text does not tell.
func outputName(r *pg.ResTarget) string {
	if r.GetName() != "" {
		return r.Name
	}
	name, strength := figureName(r.GetVal())
	if name == "" && strength != untold {
		return "?column?"
	}
	return name
}

// untold is the strength of a name that the text does not tell: that of the
// first column of a table, in (SELECT * FROM t).
const untold = 3

// figureName follows the server's rules: a name, and how good it is (0 none, 1 of
// a cast's type and the like, 2 of a column or function).
func figureName(n *pg.Node) (string, int) {
	last := func(names []*pg.Node) string {
		for _, f := range slices.Backward(names) {
			if s := f.GetString_(); s != nil {
				return s.Sval
			}
		}
		return ""
	}
	good := func(name string) (string, int) {
		if name == "" {
			return "", 0
		}
		return name, 2
	}
	switch m := pgast.Unwrap(n).(type) {
	case *pg.ColumnRef:
		return good(last(m.Fields))
	case *pg.A_Indirection:
		if name := last(m.Indirection); name != "" {
			return name, 2
		}
		return figureName(m.Arg)
	case *pg.FuncCall:
		return good(last(m.Funcname))
	case *pg.A_Expr:
		if m.Kind == pg.A_Expr_Kind_AEXPR_NULLIF {
			return "nullif", 2
		}
	case *pg.TypeCast:
		if name, strength := figureName(m.Arg); strength > 1 {
			return name, strength
		}
		if name := last(m.TypeName.GetNames()); name != "" {
			return name, 1
		}
		return figureName(m.Arg)
	case *pg.CollateClause:
		return figureName(m.Arg)
	case *pg.GroupingFunc:
		return "grouping", 2
	case *pg.SubLink:
		switch m.SubLinkType {
		case pg.SubLinkType_EXISTS_SUBLINK:
			return "exists", 2
		case pg.SubLinkType_ARRAY_SUBLINK:
			return "array", 2
		case pg.SubLinkType_EXPR_SUBLINK:
			s := m.Subselect.GetSelectStmt()
			for s != nil && s.Larg != nil {
				s = s.Larg
			}
			switch {
			case len(s.GetValuesLists()) > 0:
				return "column1", 2
			case len(s.GetTargetList()) > 0:
				r := s.TargetList[0].GetResTarget()
				if starred(r.GetVal()) {
					return "", untold
				}
				if name := outputName(r); name != "" {
					return name, 2
				}
				return "", untold
			}
		}
	case *pg.CaseExpr:
		if name, strength := figureName(m.Defresult); strength > 1 {
			return name, strength
		}
		return "case", 1
	case *pg.A_ArrayExpr:
		return "array", 2
	case *pg.RowExpr:
		return "row", 2
	case *pg.CoalesceExpr:
		return "coalesce", 2
	case *pg.MinMaxExpr:
		if m.Op == pg.MinMaxOp_IS_LEAST {
			return "least", 2
		}
		return "greatest", 2
	case *pg.SQLValueFunction:
		return good(sqlValueNames[m.Op])
	case *pg.XmlExpr:
		return good(xmlNames[m.Op])
	case *pg.XmlSerialize:
		return "xmlserialize", 2
	case *pg.JsonObjectConstructor:
		return "json_object", 2
	case *pg.JsonArrayConstructor, *pg.JsonArrayQueryConstructor:
		return "json_array", 2
	case *pg.JsonObjectAgg:
		return "json_objectagg", 2
	case *pg.JsonArrayAgg:
		return "json_arrayagg", 2
	}
	return "", 0
}

var sqlValueNames = map[pg.SQLValueFunctionOp]string{
	pg.SQLValueFunctionOp_SVFOP_CURRENT_DATE:        "current_date",
	pg.SQLValueFunctionOp_SVFOP_CURRENT_TIME:        "current_time",
	pg.SQLValueFunctionOp_SVFOP_CURRENT_TIME_N:      "current_time",
	pg.SQLValueFunctionOp_SVFOP_CURRENT_TIMESTAMP:   "current_timestamp",
	pg.SQLValueFunctionOp_SVFOP_CURRENT_TIMESTAMP_N: "current_timestamp",
	pg.SQLValueFunctionOp_SVFOP_LOCALTIME:           "localtime",
	pg.SQLValueFunctionOp_SVFOP_LOCALTIME_N:         "localtime",
	pg.SQLValueFunctionOp_SVFOP_LOCALTIMESTAMP:      "localtimestamp",
	pg.SQLValueFunctionOp_SVFOP_LOCALTIMESTAMP_N:    "localtimestamp",
	pg.SQLValueFunctionOp_SVFOP_CURRENT_ROLE:        "current_role",
	pg.SQLValueFunctionOp_SVFOP_CURRENT_USER:        "current_user",
	pg.SQLValueFunctionOp_SVFOP_USER:                "user",
	pg.SQLValueFunctionOp_SVFOP_SESSION_USER:        "session_user",
	pg.SQLValueFunctionOp_SVFOP_CURRENT_CATALOG:     "current_catalog",
	pg.SQLValueFunctionOp_SVFOP_CURRENT_SCHEMA:      "current_schema",
}

var xmlNames = map[pg.XmlExprOp]string{
	pg.XmlExprOp_IS_XMLCONCAT:  "xmlconcat",
	pg.XmlExprOp_IS_XMLELEMENT: "xmlelement",
	pg.XmlExprOp_IS_XMLFOREST:  "xmlforest",
	pg.XmlExprOp_IS_XMLPARSE:   "xmlparse",
	pg.XmlExprOp_IS_XMLPI:      "xmlpi",
	pg.XmlExprOp_IS_XMLROOT:    "xmlroot",
}
