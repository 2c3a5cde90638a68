package ddl

import (
	"fmt"
	"slices"
	"strings"

	"github.com/softdelete-go/softdelete"
)

// reference is a foreign key of the policy, in one schema.
type reference struct {
	child, parent       *relation
	columns, refColumns []string
	name                string // of the constraint
}

// references returns the foreign keys of the policy's i-th entry: one, or one for
// each schema if its tables are listed for every schema.
func (b *planner) references(i int) (found []reference) {
	f := b.p.ForeignKeys[i]
	name := f.Name
	if name == "" {
		_, table, err := softdelete.ParseTableName(f.Table)
		if err != nil {
			return nil
		}
		name = clipped(table+"_"+strings.Join(f.Columns, "_"), "_fkey")
	}
	children, everyChild := b.side(f.Table)
	parents, everyParent := b.side(f.RefTable)
	for _, child := range children {
		for _, parent := range parents {
			if child.Schema == parent.Schema || !everyChild && !everyParent {
				found = append(found, reference{child, parent, f.Columns, f.RefColumns, name})
			}
		}
	}
	return found
}

// side returns the relations that a foreign key's table means. A name without a
// schema means every schema where the policy has *.table.
func (b *planner) side(name string) (found []*relation, every bool) {
	schema, table, err := softdelete.ParseTableName(name)
	if err != nil {
		return nil, false
	}
	if schema == "" && slices.ContainsFunc(b.p.Tables, func(t softdelete.Table) bool {
		s, n, err := softdelete.ParseTableName(t.Name)
		return err == nil && s == "*" && n == table
	}) {
		return b.find("*", table), true
	}
	return b.find(schema, table), false
}

// foreignKeyIndexes gives the columns of each foreign key of a soft-deleted table an
// index, where no index begins with them: PostgreSQL makes none by itself.
func (b *planner) foreignKeyIndexes() {
	for _, f := range b.softReferences() {
		if !b.isIndexed(f.child, f.columns) {
			why := fmt.Sprintf("Deletes from %s, restores and purges look for rows of %s by (%s)", f.parent.display(), f.child.display(), strings.Join(f.columns, ", "))
			if !isArchive(b.table[f.child]) {
				why += ", deleted ones among them"
			}
			b.index(f.child, f.columns, false, "", why+".")
		}
	}
}

// softReferences are the foreign keys of soft-deleted tables: those of the policy, and
// of the catalog.
func (b *planner) softReferences() []reference {
	var all []reference
	for i := range b.p.ForeignKeys {
		all = append(all, b.references(i)...)
	}
	for _, k := range b.ForeignKeys {
		generated := slices.ContainsFunc(k.Columns, func(name string) bool {
			col, _ := k.child.column(name)
			return col.Generated
		})
		if !k.Clone && !generated {
			all = append(all, reference{k.child, k.parent, k.Columns, k.RefColumns, k.Name})
		}
	}
	return slices.DeleteFunc(all, func(f reference) bool {
		_, soft := b.table[f.child]
		return !soft || slices.ContainsFunc(f.columns, func(name string) bool {
			_, ok := f.child.column(name)
			return !ok
		})
	})
}

// isIndexed reports whether an index over all rows begins with the columns, in any
// order, and stays one over all rows.
func (b *planner) isIndexed(r *relation, columns []string) bool {
	return slices.ContainsFunc(r.Indexes, func(ix *index) bool {
		if !ix.Valid || ix.Predicate != "" || len(ix.Columns) < len(columns) {
			return false
		}
		return sameSet(ix.Columns[:len(columns)], columns) && !b.isReplaced(r, ix)
	})
}

func sameSet(a, b []string) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(s string) bool { return !slices.Contains(b, s) })
}

// index makes an index on a table and all its partitions, of the rows for which where
// holds, if it is given.
func (b *planner) index(r *relation, columns []string, unique bool, where, why string) {
	suffix := "_idx"
	if unique {
		suffix = "_key"
	}
	nodes := []*indexNode{{rel: r}}
	for i := 0; i < len(nodes); i++ {
		for _, child := range nodes[i].rel.children {
			if nodes[i].rel.Kind == "p" {
				nodes = append(nodes, &indexNode{rel: child, up: nodes[i]})
			}
		}
	}
	if slices.ContainsFunc(nodes, func(n *indexNode) bool { return n.rel.Kind == "f" }) {
		b.note("%s would need an index on (%s), and is or has a foreign table, where only its own server can make one.", r.display(), strings.Join(columns, ", "))
		return
	}
	b.unfinished(nodes, columns, suffix)
	for _, n := range nodes {
		n.unique, n.def = unique, quotedList(columns)
		n.tmp = b.free(n.rel.Schema, n.rel.Name+"_"+strings.Join(columns, "_"), suffix)
	}
	root := nodes[0]
	r.Indexes = append(r.Indexes, &index{Unique: unique, Valid: true, Immediate: true, Distinct: true, Columns: columns, Uses: columns, Predicate: where, Name: root.tmp})
	drop := alone("The index goes.", "DROP INDEX CONCURRENTLY "+root.qualified(root.tmp))
	if !root.leaf() {
		drop = b.tx(drop.Why, "DROP INDEX "+root.qualified(root.tmp))
	}
	b.step(b.build(nodes, why, where, func(n *indexNode) string { return n.tmp }), []Statement{drop})
}

// unfinished removes the indexes that an interrupted migration could not finish: one
// that is not valid, and with one of a partitioned table those of its partitions.
func (b *planner) unfinished(nodes []*indexNode, columns []string, suffix string) {
	var old []Statement
	for _, n := range nodes {
		for _, ix := range n.rel.Indexes {
			if !isNamed(ix.Name, n.rel.Name+"_"+strings.Join(columns, "_"), suffix) || !slices.Equal(ix.Columns, columns) || ix.Valid && len(old) == 0 {
				continue
			}
			if ix.Parent != 0 { // it goes with the whole one
				b.forget(n.rel.Schema, ix.Name)
				continue
			}
			old = append(old, b.drop(n, ix.Name, "An interrupted migration could not finish it."))
		}
	}
	if len(old) > 0 {
		b.step(old, nil)
	}
}

// isNamed reports whether free gives such a name.
func isNamed(name, base, suffix string) bool {
	digits := len(name) - len(strings.TrimRight(name, "0123456789"))
	for i := range digits + 1 {
		number := name[len(name)-i:]
		if (i == 0 || isCounter(number)) && name == clipped(base, suffix+number) {
			return true
		}
	}
	return false
}

// quotedList is the columns as SQL.
func quotedList(columns []string) string { return "(" + strings.Join(identifiers(columns), ", ") + ")" }
