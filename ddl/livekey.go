package ddl

import (
	"slices"
	"strings"

	"github.com/softdelete-go/softdelete/internal/lex"
)

// liveIndexes notes an index over live rows beside that of each foreign key, which has
// deleted rows too: who follows a reference to live children visits the deleted ones
// of the same parent, to see that they are.
func (b *planner) liveIndexes() {
	var cheap, costly, tables []string
	for _, f := range b.softReferences() {
		r := f.child
		if isArchive(b.table[r]) || !b.isIndexed(r, f.columns) || b.findsLive(r, f.columns) {
			continue // all rows are live, or there will be none at all, or it is there
		}
		where, hot := live(b.table[r]), b.staysOnPage(r)
		r.Indexes = append(r.Indexes, &index{Valid: true, Columns: f.columns, Predicate: where}) // no key asks for it again
		sql := "\nCREATE INDEX CONCURRENTLY "
		if r.Kind == "p" {
			sql = "\nCREATE INDEX " // nothing else is possible on a partitioned table
		}
		sql += lex.QuoteIdent(b.free(r.Schema, r.Name+"_"+strings.Join(f.columns, "_"), "_live")) + " ON " + r.sql() + " " + quotedList(f.columns) + " WHERE " + where + ";"
		if !hot {
			cheap = append(cheap, sql)
			continue
		}
		costly = append(costly, sql)
		if !slices.Contains(tables, r.display()) {
			tables = append(tables, r.display())
		}
	}
	const gain = "Where most rows are deleted, an index of the live ones spares joins the way to deleted children of live parents."
	if len(cheap) > 0 {
		b.note(gain+" Inserts and restores write to it besides; deletes leave it alone, and write to the other indexes as before:%s", strings.Join(cheap, ""))
	}
	if len(costly) > 0 {
		b.note(gain+" Inserts and restores write to it besides. Deletes from %s write to no index so far, if the page has room, and would write to all but this one:%s",
			strings.Join(tables, ", "), strings.Join(costly, ""))
	}
}

// findsLive reports whether an index over live rows begins with the columns.
func (b *planner) findsLive(r *relation, columns []string) bool {
	return slices.ContainsFunc(r.Indexes, func(ix *index) bool {
		return ix.Valid && len(ix.Columns) >= len(columns) && sameSet(ix.Columns[:len(columns)], columns) &&
			(ix.predicate() == live(b.table[r]) || b.isReplaced(r, ix))
	})
}

// staysOnPage reports whether a delete need not write to any index of the table (HOT):
// none depends on what it changes, once Up has been carried out.
func (b *planner) staysOnPage(r *relation) bool {
	t := b.table[r]
	changed := []string{markerColumn(t), t.DeletionID, t.DeletedBy, t.Reason}
	for key, name := range b.live {
		if key.rel == r {
			changed = append(changed, name)
		}
	}
	return !slices.ContainsFunc(r.Indexes, func(ix *index) bool {
		return b.isReplaced(r, ix) || slices.ContainsFunc(ix.Uses, func(name string) bool { return slices.Contains(changed, name) })
	})
}
