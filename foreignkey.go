package softdelete

import (
	"fmt"
	"slices"
	"strings"

	"github.com/softdelete-go/softdelete/internal/lex"
)

// relation is a table that foreign keys join: an entry of the policy, or a table
// outside it, all rows of which are live.
type relation struct {
	named tableName // as the foreign key has it; schema is "" where it is unqualified
	table *table    // nil outside the policy
	key   []string

	children []*foreignKey // that refer to this table
	parents  []*foreignKey // that this table refers by
}

// foreignKey is one of Policy.ForeignKeys, resolved.
type foreignKey struct {
	index      int // in Policy.ForeignKeys
	name       string
	child      *relation
	parent     *relation
	columns    []string
	refColumns []string
	set        []string // the columns that SET NULL or SET DEFAULT changes
	action     Action
	twin       string
}

// setsNew reports whether the action gives children another parent, or none.
func (f *foreignKey) setsNew() bool { return f.action == SetNull || f.action == SetDefault }

// forbids reports whether a live child keeps its parent from being deleted.
func (f *foreignKey) forbids() bool { return f.action == NoAction || f.action == Restrict }

// resolveForeignKeys builds the graph. The policy is valid by now.
func (s *tableSet) resolveForeignKeys(p Policy) {
	for i, f := range p.ForeignKeys {
		k := &foreignKey{
			index: i, name: f.Name, columns: f.Columns, refColumns: f.RefColumns, set: f.SetColumns,
			action: f.OnDelete, twin: f.Twin, child: s.relationOf(f.Table), parent: s.relationOf(f.RefTable),
		}
		if k.name == "" {
			k.name = k.child.named.name + "_" + strings.Join(f.Columns, "_") + "_fkey"
		}
		if len(k.set) == 0 {
			k.set = k.columns
		}
		if k.child.table == nil && len(f.PrimaryKey) > 0 {
			k.child.key = f.PrimaryKey
		}
		k.child.parents = append(k.child.parents, k)
		k.parent.children = append(k.parent.children, k)
		s.foreignKeys = append(s.foreignKeys, k)
	}
	for _, t := range s.all {
		if t.rel == nil {
			t.rel = &relation{named: tableName{name: t.name}, table: t, key: t.primaryKey}
		}
	}
}

// relationOf returns the relation of that name. Names are valid by now.
func (s *tableSet) relationOf(name string) *relation {
	n, _ := parseName(name)
	if found := s.byPolicyName(name); found != nil {
		t := found[0]
		if t.rel == nil {
			t.rel = &relation{named: n, table: t, key: t.primaryKey}
		}
		return t.rel
	}
	for _, f := range s.foreignKeys {
		for _, r := range []*relation{f.child, f.parent} {
			if r.named.orPublic() == n.orPublic() {
				return r
			}
		}
	}
	return &relation{named: n, key: []string{defaultKey}}
}

// sqlName is how a generated statement names the relation, when the user's
// statement wrote its own target with that schema. A name that the policy does
// not qualify follows the target: tenant1.users takes tenant1.orders, and users
// takes orders, both as search_path has it.
func (r *relation) sqlName(schema string) string {
	if r.named.schema != "" && r.named.schema != everySchema {
		schema = r.named.schema
	}
	if schema == "" {
		return lex.QuoteIdent(r.named.name)
	}
	return lex.QuoteIdent(schema) + "." + lex.QuoteIdent(r.named.name)
}

// display is the relation for messages.
func (r *relation) display() string {
	if r.table != nil {
		return r.table.display()
	}
	if r.named.schema != "" {
		return r.named.schema + "." + r.named.name
	}
	return r.named.name
}

// keyColumns are the columns that a deletion must know of each row that it
// takes: the primary key, and what children refer to.
func (r *relation) keyColumns() []string {
	cols := slices.Clone(r.key)
	for _, f := range r.children {
		for _, c := range f.refColumns {
			if !slices.Contains(cols, c) {
				cols = append(cols, c)
			}
		}
	}
	return cols
}

// live is the condition for live rows known as ref; "" outside the policy.
func (r *relation) live(ref string) string {
	if r.table == nil {
		return ""
	}
	return r.table.condition(ref, live).text
}

// checkForeignKeys finds what a policy with these foreign keys cannot promise.
func (c *checker) checkForeignKeys(p Policy) {
	tables := map[tableName]Table{}
	for _, t := range p.Tables {
		if n, bad := parseName(t.Name); bad == nil {
			tables[n.orPublic()] = t
		}
	}
	soft := func(name string) (Table, bool) {
		n, bad := parseName(name)
		if bad != nil {
			return Table{}, false
		}
		if t, ok := tables[n.orPublic()]; ok {
			return t, true
		}
		if n.schema == "" {
			t, ok := tables[tableName{everySchema, n.name}]
			return t, ok
		}
		return Table{}, false
	}
	for i, f := range p.ForeignKeys {
		at := fmt.Sprintf("foreign_keys[%d]", i)
		child, softChild := soft(f.Table)
		parent, softParent := soft(f.RefTable)
		switch {
		case !softParent && softChild && f.OnDelete == Cascade:
			c.add(at+".ref_table", fmt.Sprintf("a delete from %s, which is not in tables, really destroys rows of %s", f.RefTable, f.Table),
				fmt.Sprintf("add %s to tables, or take ON DELETE CASCADE off the constraint and set on_delete to what it is then", f.RefTable))
		case !softParent:
		case !softChild && f.OnDelete == Cascade:
			c.add(at+".table", fmt.Sprintf("a delete from %s would have to destroy rows of %s, which is not in tables", f.RefTable, f.Table),
				fmt.Sprintf("add %s to tables, or set on_delete to another action, such as keep_visible", f.Table))
		case f.OnDelete == Cascade && (child.DeletionID == "") != (parent.DeletionID == ""):
			with, without := f.Table, f.RefTable
			if child.DeletionID == "" {
				with, without = without, with
			}
			c.add(at, fmt.Sprintf("%s has a deletion_id and %s has none, so that the deletion of one could not be told in the other", with, without),
				"give both a deletion_id, or neither")
		case (f.OnDelete == SetNull || f.OnDelete == SetDefault) && !p.Journal:
			c.add(at+".on_delete", fmt.Sprintf("%s replaces keys in %s, and without a journal nobody could put them back", f.OnDelete, f.Table),
				"set journal: true, which keeps the old keys")
		}
		for j, col := range f.SetColumns {
			if !slices.Contains(f.Columns, col) {
				c.add(fmt.Sprintf("%s.set_columns[%d]", at, j), fmt.Sprintf("%q is not a column of the foreign key", col), "name columns of the key only")
			}
		}
		if len(f.SetColumns) > 0 && f.OnDelete != SetNull && f.OnDelete != SetDefault {
			c.add(at+".set_columns", fmt.Sprintf("%s sets no columns", f.OnDelete), "remove it")
		}
	}
}
