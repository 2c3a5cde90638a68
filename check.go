package softdelete

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// What a policy says can be wrong about the database: a table is misspelt, so
// that deletes of the real one destroy rows; the marker column is missing or of
// another type; a foreign key exists that the policy does not follow. The driver
// asks the catalog once, when it first connects, before any statement is sent.

// Check compares a policy with the database:
//
//   - each table exists and is a table; its marker column exists and has a type that
//     the marker kind can use; its other columns exist, have their types and can be
//     NULL; its primary key is unique, where the policy names it or foreign keys need it
//   - the tables of the journal exist, if the policy keeps one
//   - the tables and columns of each foreign key exist, and a constraint of its name is
//     that foreign key; its twin is a twin key
//   - if the policy lists foreign keys, it lists all that the database has onto its
//     tables, and no cascade leads from a table outside the policy to one within. List
//     a key with [KeepVisible] for one that is not to be followed
//
// A policy without any foreign keys is not compared with those of the database: its
// deletes follow none, and cascades from other tables destroy its rows.
//
// Under [Policy.Discover] the policy is first completed as the driver would, and what
// cannot be is reported.
//
// Check returns all problems as [*PolicyError] values, joined.
//
// The driver runs the same check itself when it first connects over pgx, with
// one difference: while none of the policy's tables exist, the database counts
// as not yet migrated, and the check is repeated on the next connection.
func Check(ctx context.Context, db *sql.DB, p Policy) error {
	if err := p.Validate(); err != nil {
		return err
	}
	return withQueryer(ctx, db, func(q driver.QueryerContext) error {
		c, err := catalogFor(ctx, q, p)
		if err != nil {
			return err
		}
		_, problems := c.judge(p, false)
		return errors.Join(problems...)
	})
}

// judge compares a policy with the catalog, after completing it if it says so. It
// returns the complete policy, which is not valid if that is among the problems.
// Tables that do not exist are a problem, unless they may be missing.
func (c *catalog) judge(p Policy, mayMiss bool) (Policy, []error) {
	var problems []error
	complete := p
	if p.Discover {
		complete, problems = c.complete(p)
	}
	s, err := newTableSet(complete)
	if err != nil {
		return complete, append(problems, p.placed(complete, split(err))...)
	}
	m := &comparison{catalog: c, tables: s, p: complete, mayMiss: mayMiss, table: map[*catRelation]*table{}}
	m.compare()
	return complete, append(problems, p.placed(complete, m.problems)...)
}

// split returns the errors that Validate joins.
func split(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	return []error{err}
}

// placed makes the problems of a policy that was completed from p speak of the
// database, where their place is not in p.
func (p Policy) placed(complete Policy, problems []error) []error {
	for _, err := range problems {
		var bad *PolicyError
		if !errors.As(err, &bad) {
			continue
		}
		list, rest, _ := strings.Cut(bad.Path, "[")
		var i int
		if n, err := fmt.Sscanf(rest, "%d]", &i); n != 1 || err != nil {
			continue
		}
		switch {
		case list == "tables" && i >= len(p.Tables):
			bad.Path = "table " + complete.Tables[i].Name
		case list == "foreign_keys" && i >= len(p.ForeignKeys):
			bad.Path = fmt.Sprintf("foreign key %s of %s", complete.ForeignKeys[i].Name, complete.ForeignKeys[i].Table)
		}
	}
	return problems
}

// empty reports whether the database has none of the policy's tables, as before its
// first migration.
func (c *catalog) empty(p Policy) bool {
	for _, t := range p.Tables {
		if n, bad := parseName(t.Name); bad == nil && len(c.find(n)) > 0 {
			return false
		}
	}
	return true
}

// comparison is of one policy with one catalog.
type comparison struct {
	*catalog
	tables   *tableSet
	p        Policy
	mayMiss  bool
	table    map[*catRelation]*table
	problems []error
}

func (c *comparison) problem(path, problem, remedy string) {
	c.problems = append(c.problems, &PolicyError{Path: path, Problem: problem, Remedy: remedy})
}

func (c *comparison) compare() {
	for _, t := range c.tables.all {
		path := fmt.Sprintf("tables[%d]", t.index)
		found := c.find(tableName{t.schema, t.name})
		if len(found) == 0 && !c.mayMiss {
			c.problem(path+".name", fmt.Sprintf("the database has no table %s", t.display()),
				"correct the name, create the table, or remove the entry; a misspelt name leaves the real table unprotected")
			continue
		}
		for _, r := range found {
			if p := t.suits(r); p != nil {
				p.Path = path + p.Path
				c.problems = append(c.problems, p)
				continue
			}
			c.table[r] = t
			c.bookkeeping(path, t, r)
			c.primaryKey(path, t, r)
			c.phoenix(path, t, r)
			c.stamped(path, t, r)
			c.hidden(path, t, r)
			c.inherited(path, t, r)
			c.renamed(path, t, r)
		}
	}
	for _, r := range c.Relations {
		if t := c.table[r]; t != nil {
			c.partition(r, t)
		}
	}
	if c.p.Journal {
		for _, p := range c.journalProblems() {
			c.problem("journal", p, "create it with JournalDDL, in a schema of search_path")
		}
	}
	if i := slices.IndexFunc(c.p.Tables, func(t Table) bool { return t.OnBlocked == Phoenix }); i >= 0 {
		for _, p := range c.lacks(recordsTable, recordsColumns) {
			c.problem(fmt.Sprintf("tables[%d].on_blocked", i), p, "create it with ArchiveDDL, in a schema of search_path")
		}
	}
	if i := slices.IndexFunc(c.tables.all, (*table).archived); i >= 0 {
		for _, p := range c.lacks(recordsTable, archiveColumns) {
			c.problem(fmt.Sprintf("tables[%d].mode", i), p, "create it with ArchiveDDL, in a schema of search_path")
		}
		if c.p.Journal && len(c.journalProblems()) == 0 {
			for _, p := range c.lacks(linksTable, []catColumn{writtenAt}) {
				c.problem("journal", p, "create it with JournalDDL, in a schema of search_path")
			}
		}
	}
	for i, f := range c.tables.foreignKeys {
		c.foreignKey(fmt.Sprintf("foreign_keys[%d]", i), f)
	}
	for _, k := range c.ForeignKeys {
		if len(c.tables.foreignKeys) > 0 || c.archivedParent(k) {
			c.unlisted(k)
		}
		c.unarchived(k)
	}
}

func (c *comparison) archivedParent(k *catKey) bool {
	parent := c.table[k.parent]
	return parent != nil && parent.archived()
}

// unarchived refuses a key of the database that would destroy a row: a child that comes
// while its parent is deleted is one that the statement does not see, and PostgreSQL
// deletes it by itself.
func (c *comparison) unarchived(k *catKey) {
	child := c.table[k.child]
	if k.CloneOf != 0 || k.action() != Cascade || !c.archivedParent(k) || child == nil || k.child.Archives {
		return
	}
	c.problem(fmt.Sprintf("tables[%d].mode", child.index), fmt.Sprintf("the constraint %s of %s says ON DELETE CASCADE, and would destroy a row that is inserted while its parent is being deleted", k.Name, k.child.display()),
		"create the triggers that softdelete ddl --archive-triggers writes, or take ON DELETE CASCADE off the constraint: the driver follows the policy")
}

// inherited refuses to archive a table of an inheritance tree that is not one of partitions:
// a delete by the parent's name takes rows of the children, of which it sees the parent's
// columns only.
func (c *comparison) inherited(path string, t *table, r *catRelation) {
	if t.archived() && r.inherits() {
		c.problem(path+".mode", fmt.Sprintf("%s is of an inheritance tree, and a delete by the name of the parent does not see the columns that children have besides", r.display()),
			"mark its rows, with mode: mark, or make partitions of the children")
	}
}

// renamed refuses a column that has the old name of another one: of a record with a value by
// that name nothing says which of them it is of.
func (c *comparison) renamed(path string, t *table, r *catRelation) {
	for _, old := range slices.Sorted(maps.Keys(t.entry.Renamed)) {
		now := t.entry.Renamed[old]
		_, hasOld := r.column(old)
		if _, hasNow := r.column(now); hasOld && hasNow {
			c.problem(path+".renamed."+old, fmt.Sprintf("%s has a column %q again, besides %q", r.display(), old, now),
				fmt.Sprintf("rename %q in the data of the records of the table, and take the name out of the policy", old))
		}
	}
}

// suits returns what is wrong with a relation that the entry means.
func (t *table) suits(r *catRelation) *PolicyError {
	if !r.isTable() {
		what := map[string]string{"v": "a view", "m": "a materialized view", "f": "a foreign table"}[r.Kind]
		return &PolicyError{
			Path: ".name", Problem: fmt.Sprintf("%s is %s", r.display(), what),
			Remedy: "name the tables beneath it; rows are deleted there",
		}
	}
	if t.archived() {
		return nil
	}
	col, ok := r.column(t.column)
	if !ok {
		return &PolicyError{
			Path: ".column", Problem: fmt.Sprintf("table %s has no column %q", r.display(), t.column),
			Remedy: fmt.Sprintf("add it (ALTER TABLE %s ADD COLUMN %s %s), or name the marker column with column:", r.display(), t.column, t.marker.columnType()),
		}
	}
	if !slices.Contains(t.marker.columnTypes(), col.Type) {
		return &PolicyError{
			Path: ".marker", Problem: fmt.Sprintf("column %s.%s is of type %s, which a %s marker cannot be", r.display(), t.column, col.Type, t.marker),
			Remedy: fmt.Sprintf("use %s, or another marker kind", t.marker.columnType()),
		}
	}
	return nil
}

// bookkeeping checks the columns that a delete fills besides the marker.
func (c *comparison) bookkeeping(path string, t *table, r *catRelation) {
	text := []string{"text", "varchar", "citext"}
	for _, f := range []struct {
		key, column string
		types       []string
	}{
		{".deletion_id", t.entry.DeletionID, []string{"uuid"}},
		{".deleted_by", t.entry.DeletedBy, text},
		{".reason", t.entry.Reason, text},
	} {
		if f.column == "" {
			continue
		}
		col, ok := r.column(f.column)
		switch {
		case !ok:
			c.problem(path+f.key, fmt.Sprintf("table %s has no column %q", r.display(), f.column),
				fmt.Sprintf("add it (ALTER TABLE %s ADD COLUMN %s %s), or leave %s out", r.display(), f.column, f.types[0], f.key[1:]))
		case !slices.Contains(f.types, col.Type):
			c.problem(path+f.key, fmt.Sprintf("column %s.%s is of type %s", r.display(), f.column, col.Type), "use a column of type "+f.types[0])
		case col.Required:
			c.problem(path+f.key, fmt.Sprintf("column %s.%s is NOT NULL, and it is NULL in live rows", r.display(), f.column),
				fmt.Sprintf("ALTER TABLE %s ALTER COLUMN %s DROP NOT NULL", r.display(), f.column))
		}
	}
}

// stamped checks the column that updates set.
func (c *comparison) stamped(path string, t *table, r *catRelation) {
	name := t.entry.UpdatedAt
	if name == "" {
		return
	}
	switch col, ok := r.column(name); {
	case !ok:
		c.problem(path+".updated_at", fmt.Sprintf("table %s has no column %q", r.display(), name),
			fmt.Sprintf("add it (ALTER TABLE %s ADD COLUMN %s timestamptz), or leave updated_at out", r.display(), name))
	case col.Generated || !slices.Contains(Timestamp.columnTypes(), col.Type):
		c.problem(path+".updated_at", fmt.Sprintf("column %s.%s cannot be set to a time", r.display(), name), "name a column of type timestamptz")
	}
}

// hidden checks the columns that are not to be shown: a misspelt one would be.
func (c *comparison) hidden(path string, t *table, r *catRelation) {
	for i, name := range t.entry.Hidden {
		if _, ok := r.column(name); !ok {
			c.problem(fmt.Sprintf("%s.hidden[%d]", path, i), fmt.Sprintf("table %s has no column %q", r.display(), name), "correct the name, or remove it")
		}
	}
}

// needsKey reports whether statements find rows of the table by its key.
func (r *relation) needsKey() bool {
	byChildren := r.table != nil && slices.ContainsFunc(r.children, func(f *foreignKey) bool { return f.action != KeepVisible })
	return byChildren || slices.ContainsFunc(r.parents, func(f *foreignKey) bool {
		return r.archived() || f.parent.table != nil && (f.setsNew() || f.action == Cascade || f.action == KeepVisible)
	})
}

// primaryKey checks the key where a statement would rely on it. From a partition
// rows are found by the key of the whole.
func (c *comparison) primaryKey(path string, t *table, r *catRelation) {
	if t.whole() != t {
		return
	}
	if len(t.entry.PrimaryKey) > 0 || t.rel.needsKey() {
		c.key(path+".primary_key", t.primaryKey, r)
	} else if c.p.Journal {
		for _, name := range t.primaryKey {
			if _, ok := r.column(name); !ok {
				c.problem(path+".primary_key", fmt.Sprintf("table %s has no column %q, and for the journal a delete reads the key of its rows", r.display(), name),
					"name the columns of its key with primary_key:")
			}
		}
	}
}

func (c *comparison) key(path string, columns []string, r *catRelation) {
	if !r.unique(columns) {
		c.problem(path, fmt.Sprintf("two rows of %s can have the same key (%s): it has no unique index on these columns that are NOT NULL", r.display(), strings.Join(columns, ", ")),
			"name the columns of its primary key with primary_key:, or add one")
	}
}

// partition checks what an entry says it is a partition of. Foreign keys that begin
// or end at the whole are followed from a partition only if it says so.
func (c *comparison) partition(r *catRelation, t *table) {
	path := fmt.Sprintf("tables[%d].partition_of", t.index)
	whole := c.table[r.whole()]
	switch {
	case t.whole() != t && whole != t.whole():
		c.problem(path, fmt.Sprintf("%s is not a partition of %s", r.display(), t.whole().display()), "correct or remove it")
	case t.whole() == t && whole != nil && whole != t && len(whole.rel.children)+len(whole.rel.parents) > 0:
		c.problem(path, fmt.Sprintf("%s is a partition of %s, and the foreign keys of that are not known to hold for it", r.display(), whole.display()),
			fmt.Sprintf("set partition_of: %s", whole.display()))
	}
}

// The columns of the journal's tables.
var (
	deletionsColumns = []catColumn{
		{Name: "id", Type: "uuid"},
		{Name: "part", Type: "int4"},
		{Name: "deleted_at", Type: "timestamptz"},
		{Name: "table_name", Type: "text"},
		{Name: "actor", Type: "text"},
		{Name: "reason", Type: "text"},
		{Name: "rows", Type: "jsonb"},
		{Name: "restored_at", Type: "timestamptz"},
		{Name: "restored_by", Type: "text"},
	}
	linksColumns = []catColumn{
		{Name: "deletion_id", Type: "uuid"}, {Name: "table_name", Type: "text"}, {Name: "key", Type: "jsonb"}, {Name: "old", Type: "jsonb"}, {Name: "new", Type: "jsonb"},
	}
)

// recordsColumns are those of the archive's table that statements write.
var recordsColumns = []catColumn{
	{Name: "deletion_id", Type: "uuid"},
	{Name: "table_name", Type: "text"},
	{Name: "key", Type: "jsonb"},
	{Name: "data", Type: "jsonb"},
	{Name: "actor", Type: "text"},
	{Name: "reason", Type: "text"},
}

// writtenAt tells which was first, a record or a row of the journal.
var writtenAt = catColumn{Name: "written_at", Type: "timestamptz"}

// archiveColumns are those that archived tables need.
var archiveColumns = append(slices.Clone(recordsColumns),
	catColumn{Name: "restored_at", Type: "timestamptz"}, catColumn{Name: "restored_by", Type: "text"}, catColumn{Name: "xact", Type: "xid8"},
	writtenAt)

// journalProblems is what keeps the journal's tables from being written.
func (c *catalog) journalProblems() []string {
	return append(c.lacks(deletionsTable, deletionsColumns), c.lacks(linksTable, linksColumns)...)
}

// lacks is what keeps the columns of one of our own tables from being written.
func (c *catalog) lacks(table string, columns []catColumn) (problems []string) {
	i := slices.IndexFunc(c.Relations, func(r *catRelation) bool { return r.Name == table && r.Visible && r.isTable() })
	if i < 0 {
		return []string{"the database has no table " + table}
	}
	for _, col := range columns {
		if have, ok := c.Relations[i].column(col.Name); !ok {
			problems = append(problems, fmt.Sprintf("table %s has no column %q", table, col.Name))
		} else if have.Type != col.Type {
			problems = append(problems, fmt.Sprintf("column %s.%s is of type %s, not %s", table, col.Name, have.Type, col.Type))
		}
	}
	return problems
}

// phoenix checks what an entry says of the columns of its table, and its key: a new
// row takes the place of the one with its primary key, and of no other.
func (c *comparison) phoenix(path string, t *table, r *catRelation) {
	if t.entry.OnlyKey && !r.onlyKey(t.primaryKey) {
		c.problem(path+".only_key", fmt.Sprintf("(%s) is not all that keeps a new row out of %s", strings.Join(t.primaryKey, ", "), r.display()),
			"leave only_key out, and name the key in ON CONFLICT")
	}
	if !t.phoenix() {
		return
	}
	if !r.unique(t.primaryKey) {
		c.problem(path+".primary_key", fmt.Sprintf("(%s) is no key of %s, so no row is in the way of a new one", strings.Join(t.primaryKey, ", "), r.display()),
			"name the columns of its primary key with primary_key:")
	}
	for _, name := range r.Always {
		if !slices.Contains(t.primaryKey, name) {
			c.problem(path+".on_blocked", fmt.Sprintf("column %s.%s is GENERATED ALWAYS AS IDENTITY, and a new row would keep the number of a deleted one", r.display(), name),
				fmt.Sprintf("ALTER TABLE %s ALTER COLUMN %s SET GENERATED BY DEFAULT", r.display(), name))
		}
	}
	for _, name := range r.Writable {
		if !slices.Contains(t.entry.Columns, name) {
			c.problem(path+".columns", fmt.Sprintf("column %s.%s is not listed, and a new row would keep what a deleted one has there", r.display(), name), "list it, or set discover: true")
		}
	}
	for i, k := range t.entry.UniqueKeys {
		if !slices.ContainsFunc(r.Keys, func(has catUnique) bool {
			return has.Arbiter && has.Name == k.Name && sameColumns(has.Columns, k.Columns)
		}) {
			c.problem(fmt.Sprintf("%s.unique_keys[%d]", path, i), fmt.Sprintf("%s has no unique key %s over all rows and (%s) that ON CONFLICT can use", r.display(), k.Name, strings.Join(k.Columns, ", ")),
				"correct or remove it; partial indexes, deferrable ones and those with NULLS NOT DISTINCT do not belong here")
		}
	}
	for _, name := range t.entry.Columns {
		if !slices.Contains(r.Writable, name) {
			c.problem(path+".columns", fmt.Sprintf("an INSERT into %s cannot write column %q", r.display(), name), "remove it from the list")
		}
	}
}

// sides returns the tables that a foreign key of the policy joins, in each schema.
func (c *comparison) sides(f *foreignKey) [][2]*catRelation {
	children, parents := c.relationsOf(f.child), c.relationsOf(f.parent)
	if !f.child.everywhere() && !f.parent.everywhere() {
		if len(children) == 0 || len(parents) == 0 {
			return nil
		}
		return [][2]*catRelation{{children[0], parents[0]}}
	}
	var sides [][2]*catRelation
	for _, child := range children {
		for _, parent := range parents {
			if child.Schema == parent.Schema {
				sides = append(sides, [2]*catRelation{child, parent})
			}
		}
	}
	return sides
}

func (r *relation) everywhere() bool { return r.table != nil && r.table.schema == everySchema }

func (c *comparison) relationsOf(r *relation) []*catRelation {
	if r.table != nil {
		return c.find(tableName{r.table.schema, r.table.name})
	}
	for _, f := range slices.Concat(r.children, r.parents) {
		if r.named.schema == "" && (f.child.everywhere() || f.parent.everywhere()) {
			return c.find(tableName{everySchema, r.named.name})
		}
	}
	return c.find(r.named)
}

// foreignKey checks one that the policy lists.
func (c *comparison) foreignKey(path string, f *foreignKey) {
	missing := false
	for _, side := range []struct {
		key string
		rel *relation
	}{{".table", f.child}, {".ref_table", f.parent}} {
		if len(c.relationsOf(side.rel)) > 0 {
			continue
		}
		missing = true
		if side.rel.table == nil && !c.mayMiss {
			c.problem(path+side.key, fmt.Sprintf("the database has no table %s", side.rel.display()), "correct the name, create the table, or remove the foreign key")
		}
	}
	if missing {
		return
	}
	for _, side := range c.sides(f) {
		child, parent := side[0], side[1]
		if !slices.ContainsFunc(c.ForeignKeys, func(k *catKey) bool {
			return k.child == child && k.parent == parent && samePairs(k.Columns, k.RefColumns, f.columns, f.refColumns)
		}) {
			// A key that the database does not enforce.
			c.columns(path+".columns", child, f.columns)
			c.columns(path+".ref_columns", parent, f.refColumns)
		}
		if f.child.table == nil && f.child.needsKey() {
			c.key(path+".primary_key", f.child.key, child)
		}
		var twin *catKey
		for _, k := range c.ForeignKeys {
			if k.child != child {
				continue
			}
			switch {
			case k.Name == f.twin:
				twin = k
			case k.Name != f.name:
			case k.parent != parent || !samePairs(k.Columns, k.RefColumns, f.columns, f.refColumns):
				c.problem(path+".name", fmt.Sprintf("the constraint %s of %s leads from (%s) to %s (%s)", k.Name, child.display(),
					strings.Join(k.Columns, ", "), k.parent.display(), strings.Join(k.RefColumns, ", ")), "correct the columns and tables, or the name")
			case f.parent.table == nil && f.child.table != nil && k.action() == Cascade && f.action != KeepVisible:
				c.problem(path+".on_delete", fmt.Sprintf("a delete from %s, which is not in tables, really destroys rows of %s: the constraint in the database says ON DELETE CASCADE", parent.display(), child.display()),
					fmt.Sprintf("add %s to tables, or take ON DELETE CASCADE off the constraint; keep_visible says that you accept it", f.parent.display()))
			}
		}
		if f.twin == "" {
			continue
		}
		if twin == nil {
			c.problem(path+".twin", fmt.Sprintf("%s has no foreign key %s, so that nothing would check what the twin key is to check", child.display(), f.twin),
				"create it, or leave twin out")
		} else if plain := c.twin(twin, c.marked); plain == nil || plain.parent != parent || !samePairs(plain.Columns, plain.RefColumns, f.columns, f.refColumns) {
			c.problem(path+".twin", fmt.Sprintf("the constraint %s of %s is no twin of this key", f.twin, child.display()),
				"let it join columns GENERATED ALWAYS AS (CASE WHEN <the marker's live value> THEN <the key's column> END) STORED, on both sides, or leave twin out")
		}
	}
}

func (c *comparison) marked(r *catRelation) *table { return c.table[r] }

// columns checks that a relation has columns that the policy names.
func (c *comparison) columns(path string, r *catRelation, names []string) {
	for i, name := range names {
		if _, ok := r.column(name); !ok {
			c.problem(fmt.Sprintf("%s[%d]", path, i), fmt.Sprintf("table %s has no column %q", r.display(), name), "write the name as the database has it")
		}
	}
}

// unlisted refuses a foreign key of the database that the policy ought to follow, and
// does not list.
func (c *comparison) unlisted(k *catKey) {
	child, parent := c.table[k.child], c.table[k.parent]
	if k.CloneOf != 0 || child == nil && parent == nil || c.listed(k) || c.twin(k, c.marked) != nil {
		return
	}
	childName, _ := policyName(k.child)
	parentName, _ := policyName(k.parent)
	f := k.policyKey(childName, parentName)
	entry := fmt.Sprintf("{name: %s, table: %s, columns: [%s], ref_table: %s, ref_columns: [%s], on_delete: %s}",
		f.Name, f.Table, strings.Join(f.Columns, ", "), f.RefTable, strings.Join(f.RefColumns, ", "), f.OnDelete)
	switch {
	case parent == nil && f.OnDelete == Cascade:
		c.problem("foreign_keys", fmt.Sprintf("a delete from %s, which is not in tables, really destroys rows of %s (%s)", f.RefTable, f.Table, f.Name),
			fmt.Sprintf("add %s to tables and %s to foreign_keys, or take ON DELETE CASCADE off the constraint; on_delete: keep_visible says that you accept it", f.RefTable, entry))
	case parent == nil:
	case child == nil && f.OnDelete == Cascade:
		c.problem("foreign_keys", fmt.Sprintf("a delete from %s would have to destroy rows of %s, which is not in tables (%s)", f.RefTable, f.Table, f.Name),
			fmt.Sprintf("add %s to tables and %s to foreign_keys, or list the key with another on_delete, such as keep_visible", f.Table, entry))
	default:
		c.problem("foreign_keys", fmt.Sprintf("the database has a foreign key %s from %s to %s that the policy does not list, so that deletes would not follow it", f.Name, f.Table, f.RefTable),
			fmt.Sprintf("add %s, or set discover: true; with on_delete: keep_visible it is not followed", entry))
	}
}

// listed reports whether the policy has the key, under its name or another.
func (c *comparison) listed(k *catKey) bool {
	return slices.ContainsFunc(c.tables.foreignKeys, func(f *foreignKey) bool {
		same := f.name == k.Name || samePairs(f.columns, f.refColumns, k.Columns, k.RefColumns)
		return same && slices.Contains(c.sides(f), [2]*catRelation{k.child, k.parent})
	})
}

// columnType is the type to recommend for a marker column.
func (m Marker) columnType() string {
	switch m {
	case Flag:
		return "boolean NOT NULL DEFAULT false"
	case UnixSeconds, UnixMillis, UnixNanos:
		return "bigint NOT NULL DEFAULT 0"
	default:
		return "timestamptz"
	}
}

// columnTypes are the types, as pg_type names them, that a marker can have.
func (m Marker) columnTypes() []string {
	switch m {
	case Flag:
		return []string{"bool"}
	case UnixSeconds:
		return []string{"int8", "int4", "numeric"}
	case UnixMillis, UnixNanos:
		return []string{"int8", "numeric"}
	default:
		return []string{"timestamptz", "timestamp", "date"}
	}
}
