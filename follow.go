package softdelete

import (
	"fmt"
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"

	"github.com/softdelete-go/softdelete/internal/lex"
	"github.com/softdelete-go/softdelete/internal/pgast"
)

// consequences returns the deletion that a delete from t starts, or nil where
// nothing follows from it: no foreign key refers to the table, and no journal is
// kept.
func (j *job) consequences(rv *pg.RangeVar, t *table, e *scopeNames) *deletion {
	// Where one statement deletes from several tables, each must know of the
	// others' rows.
	several := j.deletes > 1 && len(t.rel.parents) > 0
	if j.again || !t.archived() && !t.rel.follows() && !j.r.tables.journal && !several {
		return nil
	}
	if j.reserved() || j.hiddenBook(rv.Location, t) {
		return nil
	}
	d := j.newDeletion(t.rel, t.rel.besides(rv.Schemaname))
	reached := t.rel.reached()
	if j.hides(e, d.schema, t, reached) {
		return nil
	}
	for _, other := range j.siblings {
		if slices.Contains(other.root.reached(), t.rel) {
			j.refuse(rv.Location, t, fmt.Sprintf("the same statement deletes from %s before, whose foreign keys lead here", other.root.display()),
				"put the DELETE of the children in front of that of their parents, or send two statements")
			return nil
		}
		mine, theirs := t.rel.changed(), childrenOf(other.root.cascaded())
		if i := slices.IndexFunc(theirs, func(r *relation) bool { return slices.Contains(mine, r) }); i >= 0 {
			j.refuse(rv.Location, t, fmt.Sprintf("two DELETEs of one statement could change one row of %s", theirs[i].display()), "send two statements")
			return nil
		}
	}
	j.siblings = append(j.siblings, d)
	return d
}

// cascaded lists the tables that a delete from r can delete rows of.
func (r *relation) cascaded() []*relation {
	var list []*relation
	for _, c := range r.components() {
		list = append(list, c...)
	}
	return list
}

// changed lists the tables that a delete from r can change rows of.
func (r *relation) changed() []*relation { return append(r.cascaded(), childrenOf(r.cascaded())...) }

// reached lists the tables that a delete from r can change or depends on: r, what
// cascades lead to, and the children of all these.
func (r *relation) reached() []*relation {
	var list []*relation
	for _, c := range r.components() {
		for _, r := range c {
			list = append(list, r)
			for _, f := range r.children {
				if f.action != KeepVisible {
					list = append(list, f.child)
				}
			}
		}
	}
	return list
}

// writes notes that the statement at hand writes to a table other than by a
// deletion.
func (j *job) writes(rv *pg.RangeVar) {
	if r := j.relationFor(rv); r != nil && !j.again {
		j.written = append(j.written, writing{r, rv, j.kind})
	}
}

type writing struct {
	relation *relation
	at       *pg.RangeVar
	kind     string
}

// overlaps refuses a statement in which one part writes to a table that a
// deletion in another part leads to. All parts see one snapshot, so that neither
// would know of the other; and of two updates of one row one would be lost.
func (j *job) overlaps() {
	for _, d := range j.siblings {
		for _, w := range j.written {
			if slices.Contains(d.root.reached(), w.relation) {
				j.kind = w.kind
				j.refuse(w.at.Location, w.relation.table, fmt.Sprintf("the same statement deletes from %s, whose foreign keys lead here", d.root.display()),
					"send two statements")
			}
		}
	}
}

// countDeletes counts the parts of a statement that may delete.
func countDeletes(n *pg.Node) int {
	with := (*pg.WithClause)(nil)
	count := 0
	switch m := pgast.Unwrap(n).(type) {
	case *pg.SelectStmt:
		with = m.WithClause
	case *pg.InsertStmt:
		with = m.WithClause
	case *pg.UpdateStmt:
		with, count = m.WithClause, 1
	case *pg.DeleteStmt:
		with, count = m.WithClause, 1
	case *pg.MergeStmt:
		with = m.WithClause
	case *pg.ExplainStmt:
		return countDeletes(m.Query)
	case *pg.PrepareStmt:
		return countDeletes(m.Query)
	case *pg.CopyStmt:
		return countDeletes(m.Query)
	}
	for _, c := range with.GetCtes() {
		count += countDeletes(c.GetCommonTableExpr().GetCtequery())
	}
	return count
}

// bookkeeping is what a delete sets besides the marker, as text that continues a
// SET list and as tree. Columns that the user sets are left out.
func (j *job) bookkeeping(t *table, d *deletion, users ...string) (string, []*pg.Node) {
	if j.again {
		return "", nil
	}
	var list []string
	if d != nil {
		list = d.bookkeeping(t, users...)
		if c := t.entry.DeletionID; d.lockInSet && c != "" && !slices.Contains(users, c) {
			list[0] = lex.QuoteIdent(c) + " = " + d.locked(d.root, d.rootRef, d.id())
			d.rootLocked = true
		}
	} else {
		if c := t.entry.DeletionID; c != "" {
			// In a sub-select: evaluated once, so that all rows have the same.
			list = append(list, lex.QuoteIdent(c)+" = (SELECT gen_random_uuid())")
		}
		list = append(list, j.authorship(t, users)...)
	}
	if len(list) == 0 {
		return "", nil
	}
	list = withoutColumns(list, users)
	nodes, err := parseSet(list)
	if err != nil {
		j.fail(err)
	}
	if len(nodes) == 0 {
		return "", nil
	}
	return ", " + strings.Join(list, ", "), nodes
}

// lockCondition is the condition that locks the rows of the user's statement.
func (j *job) lockCondition(d *deletion, ref string) []condition {
	text := lockRow(d.root, d.schema, lex.QuoteIdent(ref))
	if text == "" {
		return nil
	}
	node, err := parseExpr(text)
	if err != nil {
		j.fail(err)
		return nil
	}
	return []condition{{text, node}}
}

// follow puts the user's statement into the deletion.
func (j *job) follow(w *wrapping, t *table, d *deletion) {
	if j.err != nil {
		return
	}
	d.generate()
	o, ok := j.yield(w, t, d.keys())
	if !ok {
		return
	}
	where := ""
	j.checks = true // of twin keys too, if nothing else
	if d.violated {
		if w.entry == nil {
			where = d.guard(true)
		} else {
			d.check()
		}
	}
	j.noRows = j.noRows || o.list == "" && j.answers(w)
	j.wrap(w, d.rootName(), d.before, d.after, o, where)
}
