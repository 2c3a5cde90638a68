package ddl

import (
	"fmt"
	"slices"
	"strings"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/internal/lex"
)

// A twin key joins generated columns that hold the key of live rows and NULL for
// deleted ones, so that the server checks live rows against live rows.

// liveKey is a column whose live values a generated column has.
type liveKey struct {
	rel    *relation
	column string
}

// twinKeys plans the twin keys that the policy names and the database lacks, and under
// [Options.Enforce] those of the other foreign keys.
func (b *planner) twinKeys() {
	b.p.ForeignKeys = slices.Clone(b.p.ForeignKeys)
	type twin struct {
		reference
		constraint string
	}
	var twins []twin
	needed := map[*relation][]string{}
	for i := range b.p.ForeignKeys {
		f := &b.p.ForeignKeys[i]
		if f.Twin == "" && !b.o.Enforce || f.OnDelete == softdelete.KeepVisible {
			continue
		}
		named := f.Twin
		for _, ref := range b.references(i) {
			if why := b.noTwin(ref); why != "" {
				if why != outside || f.Twin != "" {
					b.note("%s of %s gets no twin key: %s.", ref.name, ref.child.display(), why)
				}
				continue
			}
			if have := b.existingTwin(ref); have != nil {
				f.Twin = have.Name
				if !have.Valid && b.isValid(ref) {
					b.step([]Statement{b.validate(ref, have.Name)}, nil)
				}
				continue
			}
			if f.Twin == "" {
				f.Twin = clipped(ref.name, "_twin")
			}
			if !b.p.Discover && f.Twin != named {
				b.note("Once the twin key %s is there, name it in the policy, with twin: in the entry of %s of %s.", f.Twin, ref.name, ref.child.display())
			}
			twins = append(twins, twin{ref, f.Twin})
			for _, side := range []struct {
				rel     *relation
				columns []string
			}{{ref.parent, ref.refColumns}, {ref.child, ref.columns}} {
				for _, col := range side.columns {
					if !slices.Contains(needed[side.rel], col) {
						needed[side.rel] = append(needed[side.rel], col)
					}
				}
			}
		}
	}
	for _, r := range b.order {
		b.liveColumns(r, needed[r])
	}
	for _, t := range twins {
		b.twin(t.reference, t.constraint)
	}
}

const outside = "one of its tables is not in the policy"

// noTwin says why a foreign key cannot have a twin, "" if it can.
func (b *planner) noTwin(f reference) string {
	child, softChild := b.table[f.child]
	parent, softParent := b.table[f.parent]
	generated := func(r *relation, columns []string) bool {
		return slices.ContainsFunc(columns, func(name string) bool {
			col, ok := r.column(name)
			return !ok || col.Generated || col.Domain // a CASE is of the domain's base type
		})
	}
	switch {
	case !softChild || !softParent:
		return outside
	case isArchive(child) || isArchive(parent):
		return "the rows of one of its tables leave it when they are deleted, so that the key itself checks live ones"
	case f.child.inherits() || f.parent.inherits():
		return "one of its tables is partitioned or has inheritance children, and a unique key of all live rows cannot be declared there"
	case generated(f.child, f.columns) || generated(f.parent, f.refColumns):
		return "one of its columns is generated itself, or of a domain, or does not exist"
	case b.numericMarker(f.child) || b.numericMarker(f.parent):
		return "the marker of one of its tables is numeric; make it bigint"
	}
	return ""
}

// numericMarker reports whether the marker is compared with a cast of 0, which makes
// generated columns of another form than those that the driver knows.
func (b *planner) numericMarker(r *relation) bool {
	col, _ := r.column(markerColumn(b.table[r]))
	return col.Base == "numeric"
}

// expression is the generated column's, as pg_get_expr prints it but for white space.
func expression(t softdelete.Table, col column) string {
	condition := live(t)
	if strings.HasPrefix(condition, "NOT ") || strings.HasSuffix(condition, " IS NULL") || strings.HasSuffix(condition, " = 0") {
		condition = "(" + condition + ")"
	}
	return "CASE WHEN " + condition + " THEN " + lex.QuoteIdent(col.Name) + " ELSE NULL::" + col.Base + " END"
}

// findLiveColumns finds the generated columns that are there.
func (b *planner) findLiveColumns() {
	for _, r := range b.marked() {
		for _, gen := range r.Columns {
			if !gen.Generated {
				continue
			}
			for _, col := range r.Columns {
				if strings.Join(strings.Fields(gen.Default), " ") == expression(b.table[r], col) {
					b.live[liveKey{r, col.Name}] = gen.Name
				}
			}
		}
	}
}

// liveColumns plans the generated columns that a table lacks.
func (b *planner) liveColumns(r *relation, columns []string) {
	t := b.table[r]
	var add, drop, names []string
	for _, name := range columns {
		if b.live[liveKey{r, name}] != "" {
			continue
		}
		col, _ := r.column(name)
		gen := r.freeColumn("live_" + name)
		b.live[liveKey{r, name}] = gen
		r.Columns = append(r.Columns, column{Name: gen, Generated: true})
		collated := col.Type
		if col.Collation != "" {
			collated += " COLLATE " + col.Collation
		}
		add = append(add, fmt.Sprintf("ADD COLUMN %s %s GENERATED ALWAYS AS (CASE WHEN %s THEN %s END) STORED", lex.QuoteIdent(gen), collated, live(t), lex.QuoteIdent(name)))
		drop = append(drop, "DROP COLUMN "+lex.QuoteIdent(gen))
		names = append(names, gen)
	}
	if len(add) == 0 {
		return
	}
	b.step([]Statement{b.tx(fmt.Sprintf("%s gets %s for its twin keys. This REWRITES the table, under a lock that nobody can read through: "+
		"the lock timeout bounds the wait for the lock, not the rewriting.", r.display(), strings.Join(names, ", ")),
		"ALTER TABLE "+r.sql()+" "+strings.Join(add, ", "))},
		[]Statement{b.tx(fmt.Sprintf("%s loses %s.", r.display(), strings.Join(names, ", ")), "ALTER TABLE "+r.sql()+" "+strings.Join(drop, ", "))})
}

// freeColumn returns a name that no column has, like the one given.
func (r *relation) freeColumn(name string) string {
	found := clipped(name, "")
	for i := 1; ; i++ {
		if _, taken := r.column(found); !taken {
			return found
		}
		found = clipped(name, fmt.Sprint(i))
	}
}

func (b *planner) liveOf(r *relation, columns []string) []string {
	gen := make([]string, len(columns))
	for i, col := range columns {
		gen[i] = b.live[liveKey{r, col}]
	}
	return gen
}

// existingTwin returns the constraint that is the twin of the foreign key.
func (b *planner) existingTwin(f reference) *foreignKey {
	columns, refColumns := b.liveOf(f.child, f.columns), b.liveOf(f.parent, f.refColumns)
	for _, k := range b.ForeignKeys {
		if k.child == f.child && k.parent == f.parent && samePairs(k, columns, refColumns) {
			return k
		}
	}
	return nil
}

// samePairs reports whether the constraint joins the columns, in any order.
func samePairs(k *foreignKey, columns, refColumns []string) bool {
	if len(k.Columns) != len(columns) {
		return false
	}
	for i, col := range columns {
		j := slices.Index(k.Columns, col)
		if j < 0 || k.RefColumns[j] != refColumns[i] {
			return false
		}
	}
	return true
}

// twin plans the indexes and the constraint of a twin key.
func (b *planner) twin(f reference, name string) {
	columns, refColumns := b.liveOf(f.child, f.columns), b.liveOf(f.parent, f.refColumns)
	if !f.parent.isUnique(refColumns) {
		b.index(f.parent, refColumns, true, "", fmt.Sprintf("The keys of live rows of %s, for twin keys to refer to.", f.parent.display()))
	}
	if !b.isIndexed(f.child, columns) {
		b.index(f.child, columns, false, "", fmt.Sprintf("A delete from %s looks here for live rows of %s.", f.parent.display(), f.child.display()))
	}
	constraint := lex.QuoteIdent(name)
	up := []Statement{b.tx(fmt.Sprintf("The twin of %s, for the rows that are written from now on.", f.name),
		fmt.Sprintf("ALTER TABLE %s ADD CONSTRAINT %s FOREIGN KEY %s REFERENCES %s %s NOT VALID", f.child.sql(), constraint, quotedList(columns), f.parent.sql(), quotedList(refColumns)))}
	if b.isValid(f) {
		up = append(up, b.validate(f, name))
	} else {
		b.note("%s of %s is NOT VALID, and so is its twin key. When the rows agree:\nALTER TABLE %s VALIDATE CONSTRAINT %s;\nALTER TABLE %[3]s VALIDATE CONSTRAINT %[5]s;",
			f.name, f.child.display(), f.child.sql(), lex.QuoteIdent(f.name), constraint)
	}
	b.step(up, []Statement{b.tx("The twin key goes.", fmt.Sprintf("ALTER TABLE %s DROP CONSTRAINT %s", f.child.sql(), constraint))})
}

// isValid reports whether all rows are known to agree with the foreign key, as they
// are where the database has no such constraint: then nobody said otherwise.
func (b *planner) isValid(f reference) bool {
	return !slices.ContainsFunc(b.ForeignKeys, func(k *foreignKey) bool {
		return k.child == f.child && k.parent == f.parent && !k.Valid && samePairs(k, f.columns, f.refColumns)
	})
}

func (b *planner) validate(f reference, twin string) Statement {
	return b.tx(fmt.Sprintf("The twin of %s, for the rows that are there already. It fails where a live row of %s refers to a deleted one of %s: "+
		"delete the one or restore the other. Reads and writes go on.", f.name, f.child.display(), f.parent.display()),
		fmt.Sprintf("ALTER TABLE %s VALIDATE CONSTRAINT %s", f.child.sql(), lex.QuoteIdent(twin)))
}

// isUnique reports whether a foreign key can refer to the columns.
func (r *relation) isUnique(columns []string) bool {
	return slices.ContainsFunc(r.Indexes, func(ix *index) bool {
		return ix.Unique && ix.Valid && ix.Immediate && ix.Predicate == "" && sameSet(ix.Columns, columns)
	})
}

// isTwinIndex reports whether all that the index has are keys of live rows.
func (b *planner) isTwinIndex(r *relation, ix *index) bool {
	return len(ix.Columns) > 0 && !slices.ContainsFunc(ix.Columns, func(name string) bool {
		for key, gen := range b.live {
			if key.rel == r && gen == name {
				return false
			}
		}
		return true
	})
}
