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
		for _, name := range []string{f.Table, f.RefTable} {
			n, _ := parseName(name)
			s.folded[strings.Map(asciiLower, n.name)] = struct{}{}
		}
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
		if t.rel == nil && t.partOf == nil {
			t.rel = &relation{named: tableName{schema: t.schemaOf(), name: t.name}, table: t, key: t.primaryKey}
		}
	}
	// What holds for the whole holds for its partitions, and what a delete takes of
	// one it finds in the whole.
	for _, t := range s.all {
		t.rel = t.whole().rel
	}
}

// relationOf returns the relation of that name. Names are valid by now.
func (s *tableSet) relationOf(name string) *relation {
	n, _ := parseName(name)
	if found := s.byPolicyName(name); found != nil {
		t := found[0].whole()
		if t.rel == nil {
			if t != found[0] {
				n, _ = parseName(t.entry.Name)
			}
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

// besides is the schema for the relations that the policy does not qualify, in a
// statement whose target is r, written with that schema. They follow a target
// that the policy does not qualify either: users takes orders, as search_path has
// both, and of "*.users" tenant1.users takes tenant1.orders. Beside a target with
// a schema of its own, such a name means the table in public.
func (r *relation) besides(written string) string {
	if r.named.schema == "" || r.table != nil && r.table.schema == everySchema {
		return written
	}
	return defaultSchema
}

// sqlName is how a generated statement names the relation; schema is that of
// besides.
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

// marked reports whether deleted rows stay in the table, and archived whether they leave
// it. A table outside the policy is neither.
func (r *relation) marked() bool   { return r.table != nil && !r.table.archived() }
func (r *relation) archived() bool { return r.table != nil && r.table.archived() }

// live is the condition for live rows known as ref; "" where all rows are live.
func (r *relation) live(ref string) string {
	if !r.marked() {
		return ""
	}
	return r.table.condition(ref, live).text
}

// mostDefaults is how many foreign keys of one table may have SET DEFAULT. A
// statement holds one UPDATE for each combination of them, see setNew.
const mostDefaults = 3

// link is one of Policy.ForeignKeys and what the policy says of its two tables.
type link struct {
	ForeignKey
	at            string // its place in the policy
	child, parent end
}

// sets reports whether the action replaces keys.
func (l link) sets() bool { return l.OnDelete == SetNull || l.OnDelete == SetDefault }

// end is one of the two tables.
type end struct {
	name      tableName // the entry's, or else the foreign key's
	qualified bool      // as the foreign key has it
	entry     *Table    // nil outside the policy
}

func (e end) soft() bool { return e.entry != nil }

// marked reports whether deleted rows stay in the table.
func (e end) marked() bool { return e.soft() && e.entry.Mode == Mark }

// archived reports whether they leave it.
func (e end) archived() bool { return e.soft() && e.entry.Mode == Archive }

// marker is the entry's marker column, "" if it has none.
func (e end) marker() string { return e.entry.markerColumn() }

// checkForeignKeys finds what a policy with these foreign keys cannot promise.
func (c *checker) checkForeignKeys(p Policy) {
	tables := map[tableName]*Table{}
	for i := range p.Tables {
		if n, bad := parseName(p.Tables[i].Name); bad == nil {
			tables[n.orPublic()] = &p.Tables[i]
		}
	}
	defaults := map[tableName]int{}
	names := map[tableName]map[string]string{} // by child and constraint: where it is named first
	keys := map[tableName][]string{}           // by child outside the policy
	var links []link
	for i, f := range p.ForeignKeys {
		l := link{ForeignKey: f, at: fmt.Sprintf("foreign_keys[%d]", i)}
		var ok, ok2 bool
		l.child, ok = c.end(l.at+".table", f.Table, p.Tables, tables)
		l.parent, ok2 = c.end(l.at+".ref_table", f.RefTable, p.Tables, tables)
		if !ok || !ok2 {
			continue
		}
		links = append(links, l)
		if names[l.child.name] == nil {
			names[l.child.name] = map[string]string{}
		}
		c.constraint(l, names[l.child.name])
		c.childKey(l, keys)
		c.schemas(l)
		c.tablesOf(l)
		c.restorable(l, p.Journal)
		c.columnsOf(l)
		c.twin(l)
		if l.parent.soft() && f.OnDelete == SetDefault {
			if defaults[l.child.name]++; defaults[l.child.name] > mostDefaults {
				c.add(l.at+".on_delete", fmt.Sprintf("more than %d foreign keys of %s have set_default, and a delete holds one UPDATE for each combination of them", mostDefaults, f.Table),
					"choose another action for this one, such as set_null")
			}
		}
	}
	for i, l := range links {
		c.setColumns(l, keys)
		c.sharedDefault(l, slices.Concat(links[:i], links[i+1:]))
	}
}

// sharedDefault refuses SET DEFAULT of a column that another foreign key has too. Whether
// the default is a violation of that one, or makes its cascade take the row, depends on
// the order in which PostgreSQL comes to the rows.
func (c *checker) sharedDefault(l link, others []link) {
	if l.OnDelete != SetDefault || !l.parent.soft() {
		return
	}
	set := l.SetColumns
	if len(set) == 0 {
		set = l.Columns
	}
	for _, o := range others {
		if o.child.name == l.child.name && o.parent.soft() && o.OnDelete != SetDefault && slices.ContainsFunc(set, func(col string) bool { return slices.Contains(o.Columns, col) }) {
			c.add(l.at+".on_delete", fmt.Sprintf("set_default changes a column by which %s refers to %s too, and what follows from that depends on an order that PostgreSQL does not promise", l.Table, o.RefTable),
				"choose another action, such as set_null")
			return
		}
	}
}

// end finds the table that a foreign key names. ok is false where nothing more
// can be said about it.
func (c *checker) end(at, name string, all []Table, tables map[tableName]*Table) (e end, ok bool) {
	n, bad := parseName(name)
	if bad != nil || n.schema == everySchema {
		return end{}, false // as reported by foreignKey
	}
	e = end{name: n.orPublic(), qualified: n.schema != "", entry: tables[n.orPublic()]}
	if e.soft() {
		return e, true
	}
	every := tableName{everySchema, n.name}
	if t := tables[every]; t != nil && !e.qualified {
		return end{name: every, entry: t}, true
	} else if t != nil {
		c.add(at, fmt.Sprintf("%q is only one of %q, and a foreign key is for all of them", name, t.Name),
			fmt.Sprintf("write it without the schema, or list the schemas of %q one by one in tables", t.Name))
		return end{}, false
	}
	if !e.qualified {
		for _, t := range all {
			if other, bad := parseName(t.Name); bad == nil && other.name == n.name {
				c.add(at, fmt.Sprintf("%q means public.%s, which is not in tables, while %q is", name, name, t.Name),
					fmt.Sprintf("write %q, or public.%s if you really mean that", t.Name, name))
				return end{}, false
			}
		}
	}
	return e, true
}

// constraint wants no two constraints of one table to have the same name, for an
// error tells by the name which of them is violated.
func (c *checker) constraint(l link, named map[string]string) {
	name := l.Name
	if name == "" && len(l.Columns) > 0 {
		name = l.child.name.name + "_" + strings.Join(l.Columns, "_") + "_fkey"
	}
	for _, n := range []struct{ key, name string }{{"name", name}, {"twin", l.Twin}} {
		if n.name == "" {
			continue
		}
		if first, taken := named[n.name]; taken {
			c.add(l.at+"."+n.key, fmt.Sprintf("%s already has a constraint %q, at %s", l.Table, n.name, first),
				`remove one of the two, or write the names that the database has (psql's \d shows them)`)
		} else {
			named[n.name] = l.at
		}
	}
}

// childKey wants the key of a table outside the policy to be told once.
func (c *checker) childKey(l link, keys map[tableName][]string) {
	if len(l.PrimaryKey) == 0 {
		return
	}
	if l.child.soft() {
		c.add(l.at+".primary_key", fmt.Sprintf("%s is in tables, and its key is told there", l.Table), "remove it, or move it to the table's own primary_key")
	} else if first := keys[l.child.name]; first != nil && !slices.Equal(first, l.PrimaryKey) {
		c.add(l.at+".primary_key", fmt.Sprintf("another foreign key says that the key of %s is (%s)", l.Table, strings.Join(first, ", ")), "name the same columns, or leave them out here")
	} else {
		keys[l.child.name] = l.PrimaryKey
	}
}

// schemas refuses what leads from one schema into all of them: a statement names
// one schema.
func (c *checker) schemas(l link) {
	childEvery, parentEvery := l.child.name.schema == everySchema, l.parent.name.schema == everySchema
	if !l.parent.soft() || childEvery == parentEvery || !l.child.soft() && !l.child.qualified {
		return
	}
	every, one := l.RefTable, l.Table
	if childEvery {
		every, one = one, every
	}
	c.add(l.at, fmt.Sprintf("tables have %s in every schema and %s in one, so that a delete could not find all children", every, one),
		fmt.Sprintf(`list both for every schema, as in "*.%s", or both schema by schema`, every))
}

// tablesOf refuses cascades that would leave the policy, or come from without.
func (c *checker) tablesOf(l link) {
	switch {
	case l.parent.archived() && l.child.marked():
		c.add(l.at+".ref_table", fmt.Sprintf("deleted rows of %s stay there and refer to rows of %s, which leave their table", l.Table, l.RefTable),
			fmt.Sprintf("set mode: archive for %s too, or leave it out for %s", l.Table, l.RefTable))
	case l.parent.archived() && l.OnDelete == KeepVisible:
		c.add(l.at+".on_delete", fmt.Sprintf("a deleted row of %s is not there any more to be referred to", l.RefTable), "choose another action, such as no_action or set_null")
	case l.OnDelete != Cascade:
	case !l.parent.soft() && l.child.soft():
		c.add(l.at+".ref_table", fmt.Sprintf("a delete from %s, which is not in tables, really destroys rows of %s", l.RefTable, l.Table),
			fmt.Sprintf("add %s to tables, or take ON DELETE CASCADE off the constraint and set on_delete to what it is then", l.RefTable))
	case l.parent.soft() && !l.child.soft():
		c.add(l.at+".table", fmt.Sprintf("a delete from %s would have to destroy rows of %s, which is not in tables", l.RefTable, l.Table),
			fmt.Sprintf("add %s to tables, or set on_delete to another action, such as keep_visible", l.Table))
	}
}

// restorable refuses deletes that a restore could not undo.
func (c *checker) restorable(l link, journal bool) {
	if !l.parent.soft() {
		return
	}
	parent := l.parent.entry
	switch {
	case !l.sets():
	case !journal:
		c.add(l.at+".on_delete", fmt.Sprintf("%s replaces keys in %s, and without a journal nobody could put them back", l.OnDelete, l.Table),
			"set journal: true, which keeps the old keys, or choose another action, such as keep_visible")
	// Without ids the journal's entry is found by its time.
	case l.parent.marked() && parent.DeletionID == "" && parent.Marker != Timestamp:
		c.add(l.at+".on_delete", fmt.Sprintf("%s replaces keys in %s, and a restore of %s, whose marker is a %s, could not find them in the journal", l.OnDelete, l.Table, l.RefTable, parent.Marker),
			fmt.Sprintf("give %s a deletion_id, or a timestamp for its marker", l.RefTable))
	}
	if l.OnDelete != Cascade || !l.child.soft() {
		return
	}
	child := l.child.entry
	if l.parent.archived() || l.child.archived() {
		for _, t := range []*Table{parent, child} {
			if t.Mode == Mark && t.DeletionID == "" {
				c.add(l.at, fmt.Sprintf("%s and %s are deleted together, one of them into deletion_records, and %s has no deletion_id that would tell what belongs together", l.RefTable, l.Table, t.Name),
					fmt.Sprintf("give %s a deletion_id", t.Name))
			}
		}
		return
	}
	switch {
	case child.DeletionID != "" && parent.DeletionID != "":
	case child.DeletionID != "" || parent.DeletionID != "":
		with, without := l.Table, l.RefTable
		if child.DeletionID == "" {
			with, without = without, with
		}
		c.add(l.at, fmt.Sprintf("%s has a deletion_id and %s has none, so that the deletion of one could not be told in the other", with, without),
			"give both a deletion_id, or neither")
	// Without ids a restore takes the rows that have the parent's marker value.
	case child.Marker == Flag || parent.Marker == Flag:
		c.add(l.at, fmt.Sprintf("%s and %s have no deletion_id, and a flag does not tell one deletion from another, so that a restore would take too much", l.RefTable, l.Table),
			"give both a deletion_id, or markers that hold a time")
	case child.Marker != parent.Marker:
		c.add(l.at, fmt.Sprintf("%s and %s have no deletion_id, and a restore cannot compare %s with %s", l.RefTable, l.Table, parent.Marker, child.Marker),
			"give both a deletion_id, or markers of the same kind")
	}
}

// columnsOf refuses columns that a delete changes by itself.
func (c *checker) columnsOf(l link) {
	if l.child.soft() {
		for i, col := range l.Columns {
			if l.child.marked() && col == l.child.marker() {
				c.add(fmt.Sprintf("%s.columns[%d]", l.at, i), fmt.Sprintf("%q is the marker of %s, and cannot be a reference too", col, l.Table),
					"name the column that refers, or mark deleted rows in another")
			}
		}
	}
	if !l.parent.marked() {
		return
	}
	t := l.parent.entry
	for i, col := range l.RefColumns {
		if col != "" && slices.Contains([]string{l.parent.marker(), t.DeletionID, t.DeletedBy, t.Reason}, col) {
			c.add(fmt.Sprintf("%s.ref_columns[%d]", l.at, i), fmt.Sprintf("a delete changes %q of %s, and its children would no longer refer to it", col, l.RefTable),
				"refer to columns that a delete leaves alone, or keep another column for deletes")
		}
	}
}

func (c *checker) twin(l link) {
	at := l.at + ".twin"
	if l.Twin == "" {
		return
	}
	if bad := checkIdentifier(l.Twin); bad != nil {
		c.problem(at, bad)
	}
	if l.parent.archived() || l.child.archived() {
		c.add(at, "a twin key is between rows that stay in their tables, and archived ones leave theirs", "remove it: the plain key checks what it would")
	} else if !l.parent.soft() {
		c.add(at, fmt.Sprintf("%s is not in tables, so that none of its rows is ever marked, and a twin key has nothing to check", l.RefTable),
			fmt.Sprintf("remove it, or add %s to tables", l.RefTable))
	} else if l.OnDelete == KeepVisible {
		c.add(at, "a twin key forbids what keep_visible allows: live rows that refer to a deleted one", "remove it, or choose another action")
	}
}

// setColumns checks what SET NULL and SET DEFAULT change. It comes last, when the
// keys of all tables are known.
func (c *checker) setColumns(l link, keys map[tableName][]string) {
	at, set := l.at+".columns", l.Columns
	if len(l.SetColumns) > 0 {
		at, set = l.at+".set_columns", l.SetColumns
	}
	if !l.sets() {
		if len(l.SetColumns) > 0 {
			c.add(at, fmt.Sprintf("%s sets no columns", l.OnDelete), "remove it, or set on_delete to set_null or set_default")
		}
		return
	}
	key := keys[l.child.name]
	if l.child.soft() {
		key = l.child.entry.PrimaryKey
	}
	if len(key) == 0 {
		key = []string{defaultKey}
	}
	for i, col := range set {
		if !slices.Contains(l.Columns, col) {
			c.add(fmt.Sprintf("%s[%d]", at, i), fmt.Sprintf("%q is not a column of the foreign key", col), "name columns of the key only, or leave set_columns out for all of them")
		} else if l.parent.soft() && slices.Contains(key, col) {
			c.add(fmt.Sprintf("%s[%d]", at, i), fmt.Sprintf("%s changes %q, which is in the primary key of %s, and the row could not be found again", l.OnDelete, col, l.Table),
				"choose another action, or list the other columns in set_columns")
		}
	}
}
