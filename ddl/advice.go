package ddl

import (
	"fmt"
	"slices"
	"strings"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/internal/lex"
)

// advice notes what may be worth doing and is not done: it depends on the workload,
// or on who may do what.
func (b *planner) advice() {
	b.room()
	b.liveIndexes()
	for _, r := range b.marked() {
		t := b.table[r]
		for _, ix := range r.Indexes {
			if ix.OID != 0 && ix.Parent == 0 && ix.Valid && !ix.Unique && !ix.Exclusion && ix.Predicate == "" && !b.isForeignKeyIndex(r, ix) && strings.HasPrefix(ix.Def, ix.Head) {
				n := indexNode{rel: r, ix: ix, def: ix.definition()}
				price := ""
				if b.staysOnPage(r) {
					price = ". Deletes, which write to no index so far if the page has room, then write to all others"
				}
				b.note("%s of %s: if it serves lists of live rows, one of these alone stays small%s:\n%s;",
					ix.Name, r.display(), price, n.create(b.free(r.Schema, ix.Name, "_live"), live(t)))
			}
		}
		b.grants(r, t)
	}
	b.bookGrants()
}

// room notes the tables whose pages are filled to the brim, where that costs deletes
// something.
func (b *planner) room() {
	var sql []string
	for _, r := range b.marked() {
		if r.Kind == "r" && b.staysOnPage(r) && !slices.ContainsFunc(r.Options, func(o string) bool { return strings.HasPrefix(o, "fillfactor=") }) {
			sql = append(sql, "\nALTER TABLE "+r.sql()+" SET (fillfactor = 90);")
		}
	}
	if len(sql) > 0 {
		b.note("With room in the page for the row's new version, a delete from these writes to no index:%s", strings.Join(sql, ""))
	}
}

// marked are the tables whose deleted rows stay in them.
func (b *planner) marked() []*relation {
	return slices.DeleteFunc(slices.Clone(b.order), func(r *relation) bool { return isArchive(b.table[r]) })
}

// isForeignKeyIndex reports whether the index begins with a foreign key, which needs
// deleted rows too.
func (b *planner) isForeignKeyIndex(r *relation, ix *index) bool {
	return slices.ContainsFunc(b.ForeignKeys, func(k *foreignKey) bool {
		return k.child == r && len(ix.Columns) >= len(k.Columns) && sameSet(ix.Columns[:len(k.Columns)], k.Columns)
	})
}

// grants notes which roles may delete, and not write or read the columns by which a
// row is deleted from now on.
func (b *planner) grants(r *relation, t softdelete.Table) {
	for _, g := range r.Grants {
		role := roleName(g.Role)
		var write, read []string
		for _, name := range []string{markerColumn(t), t.DeletionID, t.DeletedBy, t.Reason} {
			col, _ := r.column(name)
			if name != "" && !g.Update && !slices.Contains(col.Updatable, g.Role) {
				write = append(write, lex.QuoteIdent(name))
			}
			if name != "" && !g.Select && !slices.Contains(col.Selectable, g.Role) {
				read = append(read, lex.QuoteIdent(name))
			}
		}
		var privileges []string
		if len(read) > 0 {
			privileges = append(privileges, "SELECT ("+strings.Join(read, ", ")+")")
		}
		if len(write) > 0 {
			privileges = append(privileges, "UPDATE ("+strings.Join(write, ", ")+")")
		}
		if len(privileges) > 0 {
			b.note("%s may delete from %s, and a delete is an update from now on:\n%s;", role, r.display(),
				fmt.Sprintf("GRANT %s ON %s TO %s", strings.Join(privileges, ", "), r.sql(), role))
		}
	}
}

// bookGrants notes which roles may delete, and are to write to the journal then.
func (b *planner) bookGrants() {
	var roles []string
	for _, r := range b.order {
		for _, g := range r.Grants {
			if !slices.Contains(roles, roleName(g.Role)) {
				roles = append(roles, roleName(g.Role))
			}
		}
	}
	if len(roles) > 0 && len(b.books) > 0 {
		b.note("Who deletes or restores writes to the new tables too:\nGRANT SELECT, INSERT, UPDATE ON %s TO %s;", strings.Join(b.books, ", "), strings.Join(roles, ", "))
	}
}

func roleName(role string) string {
	if role == "" {
		return "PUBLIC"
	}
	return lex.QuoteIdent(role)
}
