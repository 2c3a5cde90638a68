package softdelete

import (
	"fmt"
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"

	"github.com/softdelete-go/softdelete/internal/lex"
	"github.com/softdelete-go/softdelete/internal/pgast"
)

// A new reference to a deleted row is a violated foreign key: had the delete been
// real, the row would not be there. PostgreSQL's own check finds the row, so an
// INSERT or UPDATE that writes the reference checks it again, in RETURNING, where
// the final values are known, defaults and triggers included. FOR KEY SHARE waits
// for a delete that is under way. IS FALSE, and not EXISTS: a parent that the same
// statement inserts is not visible to it.

// guarded lists the foreign keys of r whose parents a write must check. columns
// are those written; an insert writes all, for defaults count.
func (r *relation) guarded(columns []string, insert bool) []*foreignKey {
	var fks []*foreignKey
	for _, f := range r.parents {
		if !f.parent.marked() || f.twin != "" {
			continue
		}
		if insert || slices.ContainsFunc(f.columns, func(c string) bool { return slices.Contains(columns, c) }) {
			fks = append(fks, f)
		}
	}
	return fks
}

// relationFor returns what foreign keys know of a table, or nil.
func (j *job) relationFor(rv *pg.RangeVar) *relation {
	if rv == nil || rv.Schemaname == "" && j.shadowed(rv.Relname) {
		return nil
	}
	if found := j.r.tables.find(rv.Schemaname, rv.Relname); len(found) > 0 {
		return found[0].rel
	}
	for _, f := range j.r.tables.foreignKeys {
		n := f.child.named
		if f.child.table == nil && n.name == rv.Relname && (rv.Schemaname == "" || n.orPublic().schema == rv.Schemaname) {
			return f.child
		}
	}
	return nil
}

// guardWrite adds the check to an INSERT or UPDATE. Where risen is a key, new rows of an
// INSERT may replace deleted ones with the same, which are to be archived.
func (j *job) guardWrite(w *wrapping, e *scopeNames, columns []string, insert bool, risen []string) {
	if j.again || j.err != nil || j.r.opts.distributed {
		return
	}
	rel := j.relationFor(w.relation)
	if rel == nil {
		return
	}
	fks := rel.guarded(columns, insert)
	if sabotaged("guard-write") {
		fks = nil
	}
	if len(fks) == 0 && risen == nil {
		return
	}
	if j.reserved() {
		return
	}
	schema := rel.besides(w.relation.Schemaname)
	var parents []*relation
	for _, f := range fks {
		parents = append(parents, f.parent)
	}
	if j.hides(e, schema, rel.table, append(parents, rel)) {
		return
	}
	start, _, ok := j.relationTokens(w.relation)
	_, end, ok2 := j.referenceTokens(w.relation, nil)
	if !ok || !ok2 {
		return
	}
	w.inside = end
	if w.first = start - 1; insert {
		w.first = start - 2
	}
	j.checks = true
	for _, f := range fks {
		j.note(RuleReference, f.child.table, "what %s (%s) refers to in %s has to be live", f.child.display(), strings.Join(f.columns, ", "), f.parent.display())
	}
	if risen == nil && j.guardReturning(w, fks, schema) || j.err != nil {
		return
	}
	// Nothing in RETURNING can carry the check, or there is something to be archived.
	d := j.newDeletion(rel, schema)
	cols := []string{}
	add := func(names ...string) {
		for _, c := range names {
			if !slices.Contains(cols, c) {
				cols = append(cols, c)
			}
		}
	}
	var arms []string
	for _, f := range fks {
		add(f.columns...)
		if f.action == KeepVisible {
			add(rel.key...)
		}
		arms = append(arms, fmt.Sprintf("SELECT %s AS message FROM %s AS x WHERE %s", violationMessage(violatedByChild, f, "x", f.columns),
			lex.QuoteIdent(d.rootName()), deadParent(f, "x", schema)))
	}
	if rel.marked() && len(fks) > 0 {
		add(rel.table.column)
	}
	if risen != nil {
		add(risen...)
		d.archive(rel.table, risen)
	}
	d.violations(arms)
	o, ok := j.yield(w, rel.table, cols)
	if !ok {
		return
	}
	where := ""
	switch {
	case !d.violated:
	case w.entry == nil:
		where = d.guard(true)
	default:
		d.root = fks[0].parent
		d.check()
	}
	j.noRows = j.noRows || o.list == "" && j.answers(w)
	j.wrap(w, d.rootName(), d.before, d.after, o, where)
}

// guardReturning puts the check into RETURNING, where that can carry it.
func (j *job) guardReturning(w *wrapping, fks []*foreignKey, schema string) bool {
	ref := referenceName(w.relation)
	text := "CASE"
	for _, f := range fks {
		text += " WHEN " + deadParent(f, ref, schema) + " THEN (" + violationMessage(violatedByChild, f, lex.QuoteIdent(ref), f.columns) + ")::int = 0"
	}
	text += " ELSE true END"
	node, err := parseExpr(text)
	if err != nil {
		j.fail(err)
		return false
	}
	switch {
	case len(*w.returning) == 0:
		j.ed.after(j.statementEnd(w.inside), " RETURNING "+text)
		*w.returning = []*pg.Node{target("", node)}
		j.noRows = j.noRows || j.answers(w)
	case !j.guardColumn(w, text, node):
		return false
	}
	j.guards = append(j.guards, node)
	return true
}

// deadParent is the condition that a live row known as name refers to a deleted row.
func deadParent(f *foreignKey, name, schema string) string {
	const parent, old = aliasPrefix + "_parent", aliasPrefix + "_old"
	ref := lex.QuoteIdent(name)
	dead := fmt.Sprintf("(SELECT %s FROM %s AS %s WHERE %s FOR KEY SHARE) IS FALSE", f.parent.live(parent), f.parent.sqlName(schema), parent,
		equal(parent, f.refColumns, ref, f.columns))
	changed := ""
	if f.action == KeepVisible {
		// A reference that was there before the parent was deleted may stay.
		changed = fmt.Sprintf("NOT EXISTS (SELECT FROM %s AS %s WHERE %s AND %s)", f.child.sqlName(schema), old,
			equal(old, f.child.key, ref, f.child.key), equal(old, f.columns, ref, f.columns))
	}
	return conjoined(f.child.live(name), dead, changed)
}

// guardColumn makes the first column that RETURNING names carry the check:
// id becomes CASE WHEN … THEN id ELSE id END AS id. Both branches are the column,
// so that its type and its length stay known.
func (j *job) guardColumn(w *wrapping, text string, node *pg.Node) bool {
	for _, n := range *w.returning {
		r := n.GetResTarget()
		fields := r.GetVal().GetColumnRef().GetFields()
		if len(fields) == 0 || fields[len(fields)-1].GetAStar() != nil {
			continue
		}
		first := j.at(r.Location)
		last := -1
		if first >= 0 {
			last = j.dotted(first, len(fields))
		}
		if last < 0 || !j.stop(last+1) && j.self(last+1) != ',' && !j.is(last+1, lex.KAS) && r.Name == "" {
			continue
		}
		j.ed.before(first, "CASE WHEN "+text+" THEN ")
		label := ""
		if r.Name == "" {
			name, _ := figureName(r.Val)
			label = " AS " + quoteName(name)
			r.Name = name
		}
		j.ed.copyAfter(last, " ELSE ", first, last, " END"+label)
		r.Val = &pg.Node{Node: &pg.Node_CaseExpr{CaseExpr: &pg.CaseExpr{
			Args:      []*pg.Node{{Node: &pg.Node_CaseWhen{CaseWhen: &pg.CaseWhen{Expr: node, Result: r.Val}}}},
			Defresult: r.Val,
		}}}
		return true
	}
	return false
}

// ownGuard recognises an expression that guardWrite has made.
func (j *job) ownGuard(n *pg.Node) bool {
	if n.GetCaseExpr() == nil {
		return false
	}
	return slices.ContainsFunc(j.guards, func(g *pg.Node) bool { return pgast.Diff(g, n) == "" })
}

// copyFrom refuses a COPY into a table whose references must be checked.
func (j *job) copyFrom(s *pg.CopyStmt) {
	rel := j.relationFor(s.Relation)
	if rel == nil || j.again || j.r.opts.distributed {
		return
	}
	if fks := rel.guarded(nil, true); len(fks) > 0 {
		j.refuse(s.Relation.Location, rel.table, "COPY FROM cannot check that the rows which "+fks[0].name+" refers to are live",
			"copy into a table without the foreign key, and INSERT … SELECT from it")
	}
}
