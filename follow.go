package softdelete

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"

	"github.com/softdelete-go/softdelete/internal/lex"
)

// consequences returns the deletion that a delete from t starts, or nil where
// nothing follows from it: no foreign key refers to the table, and no journal is
// kept.
func (j *job) consequences(rv *pg.RangeVar, t *table, e *scopeNames) *deletion {
	if j.again || !t.rel.follows() && !j.r.tables.journal {
		return nil
	}
	if j.reserved() {
		return nil
	}
	d := j.newDeletion(t.rel, rv.Schemaname)
	var reached []*relation
	for _, c := range t.rel.components() {
		for _, r := range c {
			reached = append(reached, r)
			for _, f := range r.children {
				reached = append(reached, f.child)
			}
		}
	}
	if j.hides(e, rv.Schemaname, t, reached) {
		return nil
	}
	return d
}

// bookkeeping is what a delete sets besides the marker, as text that continues a
// SET list and as tree. Columns that the user sets are left out.
func (j *job) bookkeeping(t *table, d *deletion, users ...string) (string, []*pg.Node) {
	if j.again {
		return "", nil
	}
	var list []string
	if d != nil {
		list = d.bookkeeping(t)
	} else {
		if c := t.entry.DeletionID; c != "" {
			// In a sub-select: evaluated once, so that all rows have the same.
			list = append(list, lex.QuoteIdent(c)+" = (SELECT gen_random_uuid())")
		}
		list = append(list, j.authorship(t)...)
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
	text := d.lock(d.root, lex.QuoteIdent(ref))
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
	if d.violated {
		j.checks = true
		if w.entry == nil {
			where = d.guard(true)
		} else {
			d.check()
		}
	}
	j.noRows = j.noRows || o.list == "" && w.node == j.top
	j.wrap(w, d.rootName(), d.before, d.after, o, where)
}
