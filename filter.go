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

// scopeNames is the chain of WITH queries that a name can mean at some place.
// It is immutable; nil is the empty chain.
type scopeNames struct {
	name    string
	query   *pg.Node
	columns []*pg.Node // the alias list, which may be shorter than the columns
	env     *scopeNames
	up      *scopeNames
}

func (e *scopeNames) find(name string) *scopeNames {
	for ; e != nil; e = e.up {
		if e.name == name {
			return e
		}
	}
	return nil
}

// with rewrites the bodies of a WITH clause and returns the names that the
// statement behind it sees.
func (j *job) with(w *pg.WithClause, e *scopeNames) *scopeNames {
	if w == nil {
		return e
	}
	add := func(c *pg.CommonTableExpr, body *scopeNames) {
		e = &scopeNames{name: c.Ctename, query: c.Ctequery, columns: c.Aliascolnames, env: body, up: e}
	}
	if w.Recursive {
		// Every body sees every name, forward references too.
		first := e
		for _, n := range w.Ctes {
			if c := n.GetCommonTableExpr(); c != nil {
				add(c, nil)
			}
		}
		for c := e; c != first; c = c.up {
			c.env = e
		}
	}
	for _, n := range w.Ctes {
		c := n.GetCommonTableExpr()
		if c == nil {
			j.refuse(0, nil, "a WITH clause holds something that is not a query", "")
			return e
		}
		body := e
		j.expressions(c, body, pgast.CommonTableExprCtequery)
		if sabotaged("cte-self") {
			add(c, body)
			body = e
		}
		switch {
		case sabotaged("cte-body"):
		case j.again && j.own[c.Ctename] && !j.ownRoots[c.Ctename]:
			// Compared with the tree that it was made from already.
		default:
			j.next = &withEntry{clause: w, entry: c}
			j.statement(c.Ctequery, body)
		}
		if !w.Recursive {
			// A query shadows its later siblings only: in
			// WITH users AS (SELECT * FROM users) the inner users is the table.
			add(c, body)
		}
	}
	return e
}

// reference is what a RangeVar means for the policy. The zero value is a
// relation that is none of our business.
type reference struct {
	table   *table // nil for an archived one too, whose rows are all live
	archive *table // an archived table
	see     visibility
	temp    bool // a temporary table shadows the policy table
}

// entry is the table of the policy, archived or not, or nil.
func (ref reference) entry() *table {
	if ref.archive != nil {
		return ref.archive
	}
	return ref.table
}

// resolve says what a relation name means here. A name that several policy
// entries share (billing.users and crm.users, written "users") is decided on
// the server by search_path; that is fine as long as all of them ask the same.
func (j *job) resolve(rv *pg.RangeVar) reference {
	if rv == nil {
		j.refuse(0, nil, "the statement names no table", reportBug)
		return reference{}
	}
	if rv.Schemaname == "" && j.shadowed(rv.Relname) {
		return reference{temp: true}
	}
	found := j.r.tables.find(rv.Schemaname, rv.Relname)
	if len(found) == 0 {
		return reference{}
	}
	if j.r.unfit != nil {
		j.outOfBounds(rv, found[0])
		return reference{}
	}
	ref := reference{table: found[0], see: j.scope.visibility(found[0])}
	for _, t := range found[1:] {
		if t.archived() != ref.table.archived() || t.column != ref.table.column || t.marker != ref.table.marker || j.scope.visibility(t) != ref.see ||
			j.scope.hard(t) != j.scope.hard(ref.table) {
			j.refuse(rv.Location, t, fmt.Sprintf("%q can mean %s or %s, which differ in marker or scope",
				rv.Relname, found[0].display(), t.display()), "qualify the name with its schema")
		}
	}
	if found[0].archived() {
		ref.table, ref.archive = nil, found[0]
	}
	return ref
}

// seen refuses to write to deleted rows of a table that they have left.
func (j *job) seen(rv *pg.RangeVar, ref reference) {
	if ref.archive != nil && ref.see != live && !j.again {
		j.refuse(rv.Location, ref.archive, "deleted rows of this table are in deletion_records, and can only be read, restored and purged", "leave the table out of the scope")
	}
}

// resolveWritten resolves what a statement writes to. An unqualified name may stand for several
// tables of the policy, as search_path has it, only where a write is the same for all.
func (j *job) resolveWritten(rv *pg.RangeVar) reference {
	ref := j.resolve(rv)
	if ref.entry() == nil || j.scope.hard(ref.entry()) {
		return ref
	}
	found := j.r.tables.find(rv.Schemaname, rv.Relname)
	if len(found) < 2 {
		return ref
	}
	for _, t := range found {
		if len(t.rel.children)+len(t.rel.parents) > 0 {
			j.refuse(rv.Location, t, fmt.Sprintf("%q can mean %s or %s, and foreign keys lead from one of them to other tables", rv.Relname, found[0].display(), found[1].display()),
				"qualify the name with its schema")
		}
		if t.archived() {
			j.refuse(rv.Location, t, fmt.Sprintf("%q can mean %s or %s, and deletion_records has to tell them apart", rv.Relname, found[0].display(), found[1].display()),
				"qualify the name with its schema")
			continue
		}
		if !t.entry.markedLike(ref.table.entry) || t.entry.UpdatedAt != ref.table.entry.UpdatedAt || t.phoenix() || ref.table.phoenix() {
			j.refuse(rv.Location, t, fmt.Sprintf("%q can mean %s or %s, which differ in the columns that a write sets", rv.Relname, found[0].display(), t.display()),
				"qualify the name with its schema")
		}
	}
	return ref
}

// filtered reports whether reads through the reference need a condition.
func (ref reference) filtered() bool { return ref.table != nil && ref.see != withDeleted }

// referenceName is the name by which other clauses know the item.
func referenceName(rv *pg.RangeVar) string {
	if rv.Alias != nil {
		return rv.Alias.Aliasname
	}
	return rv.Relname
}

// fromScan is one FROM clause on its way through the items.
type fromScan struct {
	env     *scopeNames
	names   map[string]int // how often each reference name is visible
	joinAll bool           // every item takes the join form
	view    bool           // unfiltered items too

	aliases int64 // how many join aliases it has been given

	conds []condition // for WHERE
	first int         // the token of the first reference that has a condition in WHERE
}

// place is where in FROM an item stands.
type place struct {
	nullable bool // an outer join can extend the item with NULLs
	full     bool // a full join can
	hidden   bool // under a join alias: its own name is not visible in WHERE
}

func newFromScan(items []*pg.Node, e *scopeNames, joinAll bool) *fromScan {
	f := &fromScan{env: e, joinAll: joinAll, names: map[string]int{}, first: -1}
	for _, n := range items {
		f.collect(n)
	}
	return f
}

// collect counts the names that an item makes visible in WHERE.
func (f *fromScan) collect(n *pg.Node) {
	switch m := pgast.Unwrap(n).(type) {
	case *pg.RangeVar:
		f.names[referenceName(m)]++
	case *pg.RangeTableSample:
		f.collect(m.Relation)
	case *pg.JoinExpr:
		if m.JoinUsingAlias != nil {
			f.names[m.JoinUsingAlias.Aliasname]++
		}
		if m.Alias != nil {
			f.names[m.Alias.Aliasname]++
			return
		}
		f.collect(m.Larg)
		f.collect(m.Rarg)
	case *pg.RangeSubselect:
		f.names[m.Alias.GetAliasname()]++
	case *pg.RangeFunction:
		f.names[m.Alias.GetAliasname()]++
		if m.Alias == nil {
			for _, fn := range m.Functions {
				for _, part := range fn.GetList().GetItems() {
					if name := part.GetFuncCall().GetFuncname(); len(name) > 0 {
						f.names[name[len(name)-1].GetString_().GetSval()]++
					}
				}
			}
		}
	case *pg.RangeTableFunc:
		f.names[m.Alias.GetAliasname()]++
	}
}

// item rewrites one FROM item. n is the node that holds it and is changed in
// place where the item is wrapped.
func (j *job) item(n *pg.Node, at place, f *fromScan) {
	switch m := pgast.Unwrap(n).(type) {
	case nil:
	case *pg.RangeVar:
		j.relation(n, m, nil, at, f)
	case *pg.RangeTableSample:
		j.expressions(m, f.env, pgast.RangeTableSampleRelation)
		if rv := m.Relation.GetRangeVar(); rv != nil {
			j.relation(n, rv, m, at, f)
			return
		}
		j.refuse(m.Location, nil, "TABLESAMPLE of something that is not a table", "")
	case *pg.JoinExpr:
		j.join(m, at, f)
	case *pg.RangeSubselect:
		j.expressions(m, f.env, pgast.RangeSubselectSubquery)
		if sabotaged("lateral") && m.Lateral {
			return
		}
		j.statement(m.Subquery, f.env)
	default:
		// RangeFunction, RangeTableFunc and what may come: no relation stands in
		// them but inside sub-selects, and a stray one is refused.
		j.expressions(m, f.env)
	}
}

func (j *job) join(m *pg.JoinExpr, at place, f *fromScan) {
	left, right := at, at
	left.hidden = at.hidden || m.Alias != nil
	right.hidden = left.hidden
	switch m.Jointype {
	case pg.JoinType_JOIN_INNER:
	case pg.JoinType_JOIN_LEFT:
		right.nullable = true
	case pg.JoinType_JOIN_RIGHT:
		left.nullable = true
	default: // FULL, and whatever is new
		left.nullable, right.nullable = true, true
		left.full, right.full = true, true
	}
	if j.ourJoin(m, f.env) {
		return
	}
	j.sharedColumns(m, f.env)
	j.item(m.Larg, left, f)
	j.item(m.Rarg, right, f)
	j.expressions(m, f.env, pgast.JoinExprLarg, pgast.JoinExprRarg)
}

// relation rewrites a table reference; sample is the TABLESAMPLE around it, or nil.
func (j *job) relation(n *pg.Node, rv *pg.RangeVar, sample *pg.RangeTableSample, at place, f *fromScan) {
	if rv.Schemaname == "" && f.env.find(rv.Relname) != nil && !sabotaged("cte-shadow") {
		return
	}
	ref := j.resolve(rv)
	if ref.temp {
		j.qualifyTemp(rv)
		return
	}
	if ref.archive != nil && ref.see != live && !f.view {
		j.fromRecords(n, rv, sample, ref, f.env)
		return
	}
	if f.view && (ref.archive != nil || ref.table != nil && ref.see == withDeleted) {
		if start, end, ok := j.referenceTokens(rv, sample); ok {
			j.note(RuleBody, ref.entry(), "all rows of %s, and never to be written through a view", ref.entry().name)
			j.asJoin(n, f, condition{"true", boolConst(true)}, start, end)
		}
		return
	}
	if !ref.filtered() || sabotaged("schema-qualified") && rv.Schemaname != "" || sabotaged("only-ref") && !rv.Inh {
		return
	}
	if sabotaged("left-where") || sabotaged("full-where") && at.full {
		at.nullable = false
	}
	start, end, ok := j.referenceTokens(rv, sample)
	if !ok {
		return
	}
	name := referenceName(rv)
	switch {
	case len(rv.Alias.GetColnames()) > 0:
		if !sabotaged("alias-list") {
			j.noteFilter(RuleSubselect, ref.table, ref.see)
			j.asSubselect(n, rv, sample, ref)
		}
	case !f.joinAll && !at.nullable && !at.hidden && (rv.Alias != nil || f.names[name] == 1):
		j.noteFilter(RuleWhere, ref.table, ref.see)
		f.conds = append(f.conds, ref.table.condition(name, ref.see))
		if f.first < 0 {
			f.first = start
		}
	default:
		j.noteFilter(RuleJoin, ref.table, ref.see)
		j.asJoin(n, f, ref.table.condition(name, ref.see), start, end)
	}
}

// asJoin wraps the item into a join with a row without columns:
//
//	(t AS x JOIN (SELECT) AS _sd1 ON x.deleted_at IS NULL)
//
// ON, not WHERE: beneath an outer join WHERE would turn it into an inner one.
// A join, not a sub-select: GROUP BY on the primary key, row types, system
// columns and FOR UPDATE OF keep working. The aliases count anew in each FROM, so
// that equal sub-selects stay equal: GROUP BY (SELECT …) compares them.
func (j *job) asJoin(n *pg.Node, f *fromScan, c condition, start, end int) {
	f.aliases++
	alias := aliasPrefix + strconv.FormatInt(j.lastAlias+f.aliases, 10)
	j.ed.before(start, "(")
	j.ed.after(end, " JOIN (SELECT) AS "+alias+" ON "+c.text+")")
	item := &pg.Node{Node: n.Node}
	n.Node = &pg.Node_JoinExpr{JoinExpr: &pg.JoinExpr{
		Jointype: pg.JoinType_JOIN_INNER,
		Larg:     item,
		Rarg:     subselect(selectNode(nil, nil, nil), &pg.Alias{Aliasname: alias}),
		Quals:    c.node,
	}}
}

// asSubselect replaces the relation of an item whose alias list may rename the
// marker: t AS x(a, b) → (SELECT * FROM t WHERE t.deleted_at IS NULL) AS x(a, b).
func (j *job) asSubselect(n *pg.Node, rv *pg.RangeVar, sample *pg.RangeTableSample, ref reference) {
	if sample != nil {
		j.refuse(rv.Location, ref.table, "TABLESAMPLE behind an alias with a column list", "drop the column list")
		return
	}
	start, end, ok := j.relationTokens(rv)
	if !ok {
		return
	}
	c := ref.table.condition(rv.Relname, ref.see)
	j.ed.before(start, "(SELECT * FROM ")
	j.ed.after(end, " WHERE "+c.text+")")
	alias := rv.Alias
	rv.Alias = nil
	n.Node = subselect(selectNode([]*pg.Node{star()}, []*pg.Node{{Node: &pg.Node_RangeVar{RangeVar: rv}}}, c.node), alias).Node
}

// ourJoin recognises the form that asJoin makes, for exactly the condition that
// it would need: such an item is filtered already.
func (j *job) ourJoin(m *pg.JoinExpr, e *scopeNames) bool {
	if m.Jointype != pg.JoinType_JOIN_INNER || m.IsNatural || m.Alias != nil || len(m.UsingClause) > 0 || m.Quals == nil {
		return false
	}
	sub := m.Rarg.GetRangeSubselect()
	if sub == nil || sub.Lateral || !strings.HasPrefix(sub.Alias.GetAliasname(), aliasPrefix) || len(sub.Alias.GetColnames()) > 0 ||
		pgast.Diff(sub.Subquery, selectNode(nil, nil, nil)) != "" {
		return false
	}
	item := m.Larg
	if s := item.GetRangeTableSample(); s != nil {
		j.expressions(s, e, pgast.RangeTableSampleRelation)
		item = s.Relation
	}
	rv := item.GetRangeVar()
	if rv == nil || rv.Schemaname == "" && e.find(rv.Relname) != nil {
		return false
	}
	ref := j.resolve(rv)
	if ref.archive != nil || ref.table != nil && ref.see == withDeleted {
		return pgast.Diff(m.Quals, boolConst(true)) == ""
	}
	if len(rv.Alias.GetColnames()) > 0 {
		return false
	}
	j.pinComparison(m.Quals)
	return ref.filtered() && pgast.Diff(m.Quals, ref.table.condition(referenceName(rv), ref.see).node) == ""
}

// selectStatement rewrites a SELECT, VALUES, TABLE or set operation. view says
// that it is the query of a view: every policy table takes the join form, with
// ON true where nothing is filtered, for a simple view would be updatable, and a
// DELETE through it real.
func (j *job) selectStatement(s *pg.SelectStmt, e *scopeNames, view bool) {
	e = j.with(s.WithClause, e)
	if s.Larg != nil || s.Rarg != nil {
		if s.Larg == nil || s.Rarg == nil {
			j.refuse(0, nil, "a set operation with one side", "")
			return
		}
		j.selectStatement(s.Larg, e, false)
		if !sabotaged("union-arm") && (!sabotaged("recursive-arm") || e == nil) {
			j.selectStatement(s.Rarg, e, false)
		}
	}
	f := newFromScan(s.FromClause, e, view)
	f.view = view
	tables := j.tableCommands(s)
	if sabotaged("table-command") && tables >= 0 {
		return
	}
	for _, n := range s.FromClause {
		j.item(n, place{}, f)
	}
	j.expressions(s, e, pgast.SelectStmtWithClause, pgast.SelectStmtFromClause, pgast.SelectStmtLarg, pgast.SelectStmtRarg,
		pgast.SelectStmtIntoClause, pgast.SelectStmtLockingClause)
	if j.err == nil {
		j.selectWhere(s, f, tables)
	}
	if s.IntoClause != nil {
		j.inspect(s.IntoClause)
		if s.IntoClause.Rel != nil {
			j.created(s.IntoClause.Rel)
		}
	}
}

// tableCommands returns the index of the token TABLE where s is spelled "TABLE t",
// else -1. The tree of TABLE t is that of SELECT * FROM t.
func (j *job) tableCommands(s *pg.SelectStmt) int {
	if len(s.FromClause) != 1 {
		return -1
	}
	rv := s.FromClause[0].GetRangeVar()
	if rv == nil || rv.Alias != nil {
		return -1
	}
	i := j.at(rv.Location)
	if i < 0 {
		return -1
	}
	if start, _, ok := j.relationTokens(rv); ok && j.is(start-1, lex.KTABLE) {
		return start - 1
	}
	return -1
}

// selectWhere puts the conditions that FROM asked for in front of what the user
// wrote. In front, since of conditions of equal cost the first runs first; in
// parentheses, since "a OR b AND live" would leak.
func (j *job) selectWhere(s *pg.SelectStmt, f *fromScan, table int) {
	conds := j.missing(s.WhereClause, f.conds)
	if table >= 0 && (len(conds) > 0 || s.FromClause[0].GetJoinExpr() != nil || s.FromClause[0].GetRangeSubselect() != nil) {
		j.ed.replace(table, table, "SELECT * FROM")
	}
	if len(conds) == 0 {
		return
	}
	from := j.fromOf(f.first)
	if from < 0 {
		j.lost(f.conds[0], "FROM")
		return
	}
	end := j.fromEnd(from + 1)
	j.where(&s.WhereClause, conds, end)
}

// where adds conditions to a WHERE clause. i is the token behind what stands
// before it: WHERE itself where there is one.
func (j *job) where(clause **pg.Node, conds []condition, i int) {
	if len(conds) == 0 {
		return
	}
	has := j.is(i, lex.KWHERE)
	if has != (*clause != nil) || i == 0 {
		j.lost(conds[0], "WHERE")
		return
	}
	text, nodes := conjunction(conds)
	if !has {
		j.ed.after(i-1, " WHERE "+text)
		if len(nodes) == 1 {
			*clause = nodes[0]
		} else {
			*clause = boolExpr(pg.BoolExprType_AND_EXPR, nodes...)
		}
		return
	}
	j.conjoin(clause, conds, i, j.whereEnd(i+1))
}

// conjoin puts the conditions before the expression that stands between the
// tokens first and end, both excluded.
func (j *job) conjoin(clause **pg.Node, conds []condition, first, end int) {
	if end <= first+1 {
		j.lost(conds[0], "the condition's end")
		return
	}
	text, nodes := conjunction(conds)
	if sabotaged("no-parens") {
		j.ed.before(first+1, text+" AND ")
		return
	}
	j.ed.before(first+1, text+" AND (")
	j.ed.after(end-1, ")")
	*clause = boolExpr(pg.BoolExprType_AND_EXPR, append(nodes, *clause)...)
}

func conjunction(conds []condition) (string, []*pg.Node) {
	texts := make([]string, len(conds))
	nodes := make([]*pg.Node, len(conds))
	for i, c := range conds {
		texts[i], nodes[i] = c.text, c.node
	}
	return strings.Join(texts, " AND "), nodes
}

// missing returns the conditions to add: none where the clause begins with all of
// them, else all, so that they stand together at the front. A condition further
// back does not count: what stands before it would run on deleted rows.
func (j *job) missing(where *pg.Node, conds []condition) []condition {
	if where == nil {
		return conds
	}
	have := []*pg.Node{where}
	if b := where.GetBoolExpr(); b != nil && b.Boolop == pg.BoolExprType_AND_EXPR {
		have = b.Args
	}
	found := make([]bool, len(conds))
	for _, h := range have {
		known := false
		// Of a condition of the same form the number decides.
		j.pinComparison(h)
		for i, c := range conds {
			if pgast.Diff(h, c.node) == "" {
				found[i], known = true, true
			}
		}
		if !known {
			break
		}
	}
	if slices.Contains(found, false) {
		return conds
	}
	return nil
}

// referenceTokens returns the first and last token of a table reference, alias
// and TABLESAMPLE included.
func (j *job) referenceTokens(rv *pg.RangeVar, sample *pg.RangeTableSample) (start, end int, ok bool) {
	start, end, ok = j.relationTokens(rv)
	if !ok {
		return
	}
	if a := rv.Alias; a != nil {
		if j.is(end+1, lex.KAS) {
			end++
		}
		if end = j.dotted(end+1, 1); end < 0 {
			return j.unplaced(rv)
		}
		if len(a.Colnames) > 0 {
			if j.self(end+1) != '(' {
				return j.unplaced(rv)
			}
			end = j.skip(end+1) - 1
		}
	}
	if sample != nil {
		if !j.is(end+1, lex.KTABLESAMPLE) {
			return j.unplaced(rv)
		}
		end = j.dotted(end+2, len(sample.Method))
		if end < 0 || j.self(end+1) != '(' {
			return j.unplaced(rv)
		}
		end = j.skip(end+1) - 1
		if j.is(end+1, lex.KREPEATABLE) {
			end = j.skip(end+2) - 1
		}
	}
	return start, end, true
}

// relationTokens returns the first and last token of a relation without its
// alias: t, a.b.t, ONLY t, ONLY (t), t *.
func (j *job) relationTokens(rv *pg.RangeVar) (start, end int, ok bool) {
	start = j.at(rv.Location)
	if start < 0 {
		return j.unplaced(rv)
	}
	parts := 1
	if rv.Schemaname != "" {
		parts++
	}
	if rv.Catalogname != "" {
		parts++
	}
	if end = j.dotted(start, parts); end < 0 {
		return j.unplaced(rv)
	}
	switch {
	case rv.Inh:
		if j.self(end+1) == '*' {
			end++
		}
	case j.is(start-1, lex.KONLY):
		start--
	case j.self(start-1) == '(' && j.is(start-2, lex.KONLY) && j.self(end+1) == ')':
		start, end = start-2, end+1
	default:
		return j.unplaced(rv)
	}
	return start, end, true
}

func (j *job) unplaced(rv *pg.RangeVar) (int, int, bool) {
	j.refuse(rv.Location, nil, fmt.Sprintf("cannot find where the reference to %q stands in the text", rv.Relname), reportBug)
	return 0, 0, false
}

func (j *job) lost(c condition, what string) {
	j.refuse(0, nil, fmt.Sprintf("cannot find the place of %s for the condition %s", what, c.text), reportBug)
}

// qualifyTemp writes the name of a temporary table that shadows a policy table
// as pg_temp.name. Should the table be gone meanwhile (a rollback, ON COMMIT
// DROP), the server says so, and the policy table is not read unfiltered.
func (j *job) qualifyTemp(rv *pg.RangeVar) {
	i := j.at(rv.Location)
	if i < 0 {
		j.unplaced(rv)
		return
	}
	j.note(RuleTemporary, nil, "%s means the temporary table", rv.Relname)
	j.ed.before(i, "pg_temp.")
	rv.Schemaname = "pg_temp"
}
