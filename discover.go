package softdelete

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Discover makes a policy of what the database's catalog says.
//
// A table is soft-deleted if it has one of these marker columns, as they stand here,
// and no other type, NULL constraint or default:
//
//	deleted_at                        timestamptz, timestamp or date    Timestamp
//	deleted_at                        bigint or integer, NOT NULL DEFAULT 0    UnixSeconds
//	deleted_at_ms, deleted_at_millis  bigint NOT NULL DEFAULT 0         UnixMillis
//	deleted_at_ns, deleted_at_nanos   bigint NOT NULL DEFAULT 0         UnixNanos
//	is_deleted, deleted               boolean NOT NULL DEFAULT false    Flag
//
// A time must be able to be NULL and have no default: the deleted_at of an archive,
// which is NOT NULL, is no marker. Of several columns the first in this list counts.
// Tables that an extension made, and the journal's, are left out.
//
// deletion_id is taken for [Table.DeletionID] if it is a uuid; deleted_by and
// delete_reason, deleted_reason or deletion_reason for [Table.DeletedBy] and
// [Table.Reason] if they are text, or varchar without a length. All of them must be
// able to be NULL, and have no default. A column that is just called reason is left
// alone: it may be about anything, and a delete would overwrite it.
//
// The key of a table is its primary key, or the first unique key without NULLs. The
// partitions and inheritance children of a soft-deleted table, and their parents,
// are listed with its marker. Foreign keys are listed that begin or end at a
// soft-deleted table, in the order in which the server fires them, with their ON
// DELETE actions; a twin key as [ForeignKey.Twin] of the key that it is the twin of.
// Journal is set if the tables of [JournalDDL] exist.
//
// A foreign key of a partitioned table is listed once; that of its partitions
// follows from [Table.PartitionOf]. Where a partitioned table outside the policy
// refers to a soft-deleted one, its partitions' own constraints are listed as
// [KeepVisible], so that an INSERT straight into a partition checks its parent too.
//
// With an error that is a [*PolicyError] the policy is returned all the same, and is
// all that was found. It is then not complete, or not one that [Open] accepts: a
// cascade leads out of the soft-deleted tables, or there is a foreign key that a
// policy cannot follow, such as one of an inheritance tree or of a single partition.
//
// db may be opened with this package or not.
func Discover(ctx context.Context, db *sql.DB) (Policy, error) {
	var p Policy
	err := withQueryer(ctx, db, func(q driver.QueryerContext) error {
		c, err := catalogFor(ctx, q, Policy{Discover: true})
		if err != nil {
			return err
		}
		var problems []error
		p, problems = c.judge(Policy{Discover: true}, false)
		if p.Discover = false; len(p.Tables) == 0 {
			return &PolicyError{Path: "tables", Problem: "no table has a column that is certainly a marker", Remedy: "write the policy by hand"}
		}
		return errors.Join(problems...)
	})
	return p, err
}

// Complete returns the policy as a driver that is opened with it has it: under
// [Policy.Discover] completed from the database, else as it is. In the result
// Discover is not set.
//
// With an error that is a [*PolicyError] the policy is returned all the same, as
// [Discover] does it; it is then not complete, or not one that [Open] accepts.
func Complete(ctx context.Context, db *sql.DB, p Policy) (Policy, error) {
	if !p.Discover {
		return p, p.Validate()
	}
	complete := p
	err := withQueryer(ctx, db, func(q driver.QueryerContext) error {
		c, err := catalogFor(ctx, q, p)
		if err != nil {
			return err
		}
		var problems []error
		complete, problems = c.judge(p, false)
		c.findOnlyKeys(complete)
		complete.Discover = false
		return errors.Join(problems...)
	})
	return complete, err
}

// withQueryer calls use with a connection's own driver, beneath ours.
func withQueryer(ctx context.Context, db *sql.DB, use func(driver.QueryerContext) error) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close() //nolint:errcheck // back to the pool; the answer is complete by then
	return conn.Raw(func(dc any) error {
		q, ok := Unwrap(dc).(driver.QueryerContext)
		if !ok {
			return fmt.Errorf("softdelete: the driver's %T cannot query", dc)
		}
		return use(q)
	})
}

// The columns that are recognised by their names, the preferred ones first.
var (
	markerColumns = []string{
		defaultColumn, "deleted_at_ms", "deleted_at_millis", "deleted_at_ns", "deleted_at_nanos", "is_deleted", "deleted",
	}
	reasonColumns = []string{"delete_reason", "deleted_reason", "deletion_reason"}
)

const (
	deletionIDColumn = "deletion_id"
	deletedByColumn  = "deleted_by"
)

// catalogFor reads what the policy, and its completion if it wants one, ask for.
func catalogFor(ctx context.Context, q driver.QueryerContext, p Policy) (*catalog, error) {
	tables := []string{deletionsTable, linksTable}
	columns := append([]string{defaultKey, deletionIDColumn, deletedByColumn}, reasonColumns...)
	for _, column := range slices.Concat(deletionsColumns, linksColumns, archiveColumns) {
		columns = append(columns, column.Name)
	}
	var whole []string
	for _, t := range p.Tables {
		if t.Mode == Archive {
			tables = append(tables, recordsTable)
		}
		if t.OnBlocked == Phoenix {
			tables = append(tables, recordsTable)
			n, _ := parseName(t.Name)
			whole = append(whole, n.name)
		}
		tables = append(tables, t.Name)
		columns = append(columns, cmp.Or(t.Column, defaultColumn), t.DeletionID, t.DeletedBy, t.Reason, t.UpdatedAt)
		columns = append(append(columns, t.PrimaryKey...), t.Hidden...)
		for old, now := range t.Renamed {
			columns = append(columns, old, now)
		}
	}
	for _, f := range p.ForeignKeys {
		tables = append(tables, f.Table, f.RefTable)
		columns = append(columns, slices.Concat(f.Columns, f.RefColumns, f.SetColumns, f.PrimaryKey)...)
	}
	for i, name := range tables {
		n, bad := parseName(name)
		if bad != nil {
			return nil, bad
		}
		tables[i] = n.name
	}
	var markers []string
	if p.Discover {
		markers = markerColumns
	}
	return readCatalog(ctx, q, tables, markers, columns, whole)
}

// inferMarker returns the marker column that the relation certainly has.
func (r *catRelation) inferMarker() (column string, m Marker, ok bool) {
	for _, name := range markerColumns {
		col, has := r.column(name)
		if !has || col.Generated {
			continue
		}
		zero := col.Required && slices.Contains([]string{"0", "'0'::bigint", "'0'::integer", "(0)::bigint"}, col.Default)
		whole := col.Type == "int8"
		switch {
		case name == defaultColumn && slices.Contains(Timestamp.columnTypes(), col.Type):
			if !col.Required && isNoDefault(col.Default) {
				return name, Timestamp, true
			}
		case name == defaultColumn && (whole || col.Type == "int4") && zero:
			return name, UnixSeconds, true
		case strings.HasPrefix(name, "deleted_at_m") && whole && zero:
			return name, UnixMillis, true
		case strings.HasPrefix(name, "deleted_at_n") && whole && zero:
			return name, UnixNanos, true
		case col.Type == "bool" && col.Required && col.Default == "false":
			return name, Flag, true
		}
	}
	return "", 0, false
}

// isNoDefault recognises DEFAULT NULL too, which is kept as a cast of NULL.
func isNoDefault(expr string) bool { return expr == "" || strings.HasPrefix(expr, "NULL") }

// optional returns name if the relation has such a column of one of the types, for a
// delete to fill.
func (r *catRelation) optional(types []string, names ...string) string {
	found := ""
	for _, name := range names {
		col, ok := r.column(name)
		if !ok || col.Generated || col.Required || !isNoDefault(col.Default) || !slices.Contains(types, col.Type) || col.Length >= 0 {
			continue
		}
		if found != "" {
			return "" // which of them?
		}
		found = name
	}
	return found
}

// key returns the columns of the primary key, or of another that serves as well; nil
// if there is none that a delete leaves alone.
func (r *catRelation) key(t Table) []string {
	for _, k := range r.Keys {
		changes := slices.ContainsFunc(k.Columns, func(col string) bool {
			return slices.Contains([]string{t.markerColumn(), t.DeletionID, t.DeletedBy, t.Reason}, col)
		})
		if k.Required && !changes {
			return k.Columns
		}
	}
	return nil
}

// fill completes an entry by what it leaves open, for one of its relations.
func (r *catRelation) fill(t Table) Table {
	if t.Mode == Archive {
		if key := r.key(t); len(t.PrimaryKey) == 0 && !slices.Equal(key, []string{defaultKey}) {
			t.PrimaryKey = key
		}
		return t
	}
	if column, m, ok := r.inferMarker(); ok && t.Column == "" && t.Marker == Timestamp {
		t.Marker = m
		if column != defaultColumn {
			t.Column = column
		}
	}
	text := []string{"text", "varchar"}
	t.DeletionID = cmp.Or(t.DeletionID, r.optional([]string{"uuid"}, deletionIDColumn))
	t.DeletedBy = cmp.Or(t.DeletedBy, r.optional(text, deletedByColumn))
	t.Reason = cmp.Or(t.Reason, r.optional(text, reasonColumns...))
	if len(t.PrimaryKey) == 0 {
		if key := r.key(t); !slices.Equal(key, []string{defaultKey}) {
			t.PrimaryKey = key
		}
	}
	if t.OnBlocked == Phoenix && len(t.Columns) == 0 {
		t.Columns = r.Writable
	}
	if t.OnBlocked == Phoenix && len(t.UniqueKeys) == 0 {
		for _, k := range r.Keys {
			if k.Arbiter {
				t.UniqueKeys = append(t.UniqueKeys, UniqueKey{Name: k.Name, Columns: k.Columns})
			}
		}
	}
	return t
}

// completion is a policy on its way to be complete.
type completion struct {
	*catalog
	p        Policy
	listed   int                  // how many foreign keys the policy lists itself
	entry    map[*catRelation]int // in p.Tables
	every    map[string][]string  // foreign keys between tables that are listed for every schema: their schemas
	qualify  bool                 // foreign keys name the schema public
	problems []error
}

func (c *completion) problem(problem, remedy string) {
	c.problems = append(c.problems, &PolicyError{Problem: problem, Remedy: remedy})
}

// complete adds to p what the catalog has and p does not say. What it cannot add is
// among the problems.
func (c *catalog) complete(p Policy) (Policy, []error) {
	p.Tables, p.ForeignKeys = slices.Clone(p.Tables), slices.Clone(p.ForeignKeys)
	b := &completion{catalog: c, p: p, listed: len(p.ForeignKeys), entry: map[*catRelation]int{}, every: map[string][]string{}}
	b.fillTables()
	if p.Discover {
		b.addTables()
	}
	b.addTrees()
	b.partitions()
	b.foreignKeys()
	b.p.Journal = b.p.Journal || len(c.journalProblems()) == 0
	return b.p, b.problems
}

// fillTables completes the entries that the policy has.
func (c *completion) fillTables() {
	for i, t := range c.p.Tables {
		n, bad := parseName(t.Name)
		if bad != nil {
			continue // as Validate says
		}
		var filled []Table
		for _, r := range c.find(n) {
			if r.isTable() {
				c.entry[r] = i
				filled = append(filled, r.fill(t))
			}
		}
		// An entry for every schema takes only what is the same in all of them.
		if len(filled) > 0 && !slices.ContainsFunc(filled, func(f Table) bool {
			return !f.markedLike(filled[0]) || !slices.Equal(f.PrimaryKey, filled[0].PrimaryKey) || !slices.Equal(f.Columns, filled[0].Columns) ||
				!slices.EqualFunc(f.UniqueKeys, filled[0].UniqueKeys, func(a, b UniqueKey) bool { return a.Name == b.Name && slices.Equal(a.Columns, b.Columns) })
		}) {
			c.p.Tables[i] = filled[0]
		}
	}
}

// addTables adds the tables that have a marker. A partition goes with its whole.
func (c *completion) addTables() {
	for _, r := range c.Relations {
		_, known := c.entry[r]
		if _, _, ok := r.inferMarker(); ok && !known && !r.Extension && !r.Partition && r.isTable() &&
			r.Name != deletionsTable && r.Name != linksTable && r.Name != recordsTable {
			c.add(r, r.fill(Table{}))
		}
	}
}

func (c *completion) add(r *catRelation, t Table) {
	name, ok := policyName(r)
	if !ok {
		c.problem(fmt.Sprintf("no policy can name the table %q in the schema %q", r.Name, r.Schema), "rename one of them")
		return
	}
	t.Name = name
	c.entry[r] = len(c.p.Tables)
	c.p.Tables = append(c.p.Tables, t)
}

// addTrees adds the partitions, children and parents of all tables, with the columns
// of the table that they come with.
func (c *completion) addTrees() {
	var todo []*catRelation
	for _, r := range c.Relations {
		if _, ok := c.entry[r]; ok {
			todo = append(todo, r)
		}
	}
	for len(todo) > 0 {
		r := todo[0]
		todo = todo[1:]
		like := c.p.Tables[c.entry[r]]
		for _, other := range slices.Concat(r.parents, r.children) {
			if _, known := c.entry[other]; known {
				continue
			}
			if like.Mode == Archive {
				if c.add(other, other.fill(Table{Mode: Archive, Renamed: like.Renamed, Hidden: like.Hidden})); c.entry[other] > 0 {
					todo = append(todo, other)
				}
				continue
			}
			if _, ok := other.column(cmp.Or(like.Column, defaultColumn)); !ok {
				c.problem(fmt.Sprintf("what reads %s reads the rows of its child %s too, and %[1]s has no column %[3]q to tell deleted ones by",
					other.display(), r.display(), cmp.Or(like.Column, defaultColumn)), fmt.Sprintf("add the column to %s", other.display()))
				continue
			}
			c.add(other, other.fill(Table{
				Column: like.Column, Marker: like.Marker, DeletionID: like.DeletionID, DeletedBy: like.DeletedBy, Reason: like.Reason,
			}))
			if _, added := c.entry[other]; added {
				todo = append(todo, other)
			}
		}
	}
}

// partitions says of partitions what they are a part of.
func (c *completion) partitions() {
	for _, r := range c.Relations {
		i, ok := c.entry[r]
		whole, ok2 := c.entry[r.whole()]
		if ok && ok2 && r.Partition && i != whole && c.p.Tables[i].PartitionOf == "" {
			c.p.Tables[i].PartitionOf = c.p.Tables[whole].Name
		}
	}
}

// policyName writes the name of a relation so that parseName reads it back.
func policyName(r *catRelation) (string, bool) {
	name := quotePart(r.Name)
	if r.Schema != defaultSchema {
		name = quotePart(r.Schema) + "." + name
	}
	n, bad := parseName(name)
	return name, bad == nil && n.orPublic() == tableName{r.Schema, r.Name}
}

func quotePart(s string) string {
	if s != "*" && s == strings.TrimSpace(s) && !strings.ContainsAny(s, `."`) {
		return s
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}

// marked returns the entry of a relation in a form that knows its live condition.
func (c *completion) marked(r *catRelation) *table {
	i, ok := c.entry[r]
	if !ok {
		return nil
	}
	t := c.p.Tables[i]
	return &table{entry: t, column: t.markerColumn(), marker: t.Marker}
}

// foreignKeys adds the foreign keys that the policy does not list.
func (c *completion) foreignKeys() {
	var keys []*catKey
	twins := map[*catKey]*catKey{} // by the key that they are twins of
	isTwin := map[*catKey]bool{}
	for _, k := range c.ForeignKeys {
		_, softChild := c.entry[k.child]
		_, softParent := c.entry[k.parent]
		if !softChild && !softParent {
			continue
		}
		keys = append(keys, k)
		if plain := c.twin(k, c.marked); plain != nil {
			twins[plain], isTwin[k] = k, true
		}
	}
	for _, k := range keys {
		c.qualify = c.qualify || k.child.Schema != defaultSchema || k.parent.Schema != defaultSchema
	}
	for r := range c.entry {
		c.qualify = c.qualify || r.Schema != defaultSchema
	}
	for _, k := range keys {
		if isTwin[k] {
			continue
		}
		twin := ""
		if t := twins[k]; t != nil {
			twin = t.Name
		}
		c.foreignKey(k, twin)
	}
	c.everywhere()
}

func (c *completion) foreignKey(k *catKey, twin string) {
	_, softChild := c.entry[k.child]
	_, softParent := c.entry[k.parent]
	var f ForeignKey
	if original := c.original(k); original != k {
		// Made for a partition. What refers to a partition, and a partition in the
		// policy, follow from PartitionOf.
		if softChild || !softParent || k.child == original.child {
			return
		}
		f = k.policyKey(c.keyName(k.child), c.keyName(k.parent))
		f.SetColumns = nil
		if f.PrimaryKey = k.child.key(Table{}); f.PrimaryKey != nil {
			f.OnDelete = KeepVisible
		} else if f.OnDelete != NoAction && f.OnDelete != Restrict {
			return // the original is refused for its missing key
		}
		if !c.override(k, "") {
			c.list(f)
		}
		return
	}
	if c.override(k, twin) {
		return
	}
	if why, remedy := k.unfollowable(c.marked); why != "" && (softParent || k.action() == Cascade) {
		c.problem(fmt.Sprintf("the foreign key %s of %s cannot be followed: %s", k.Name, k.child.display(), why), remedy)
		return
	}
	if c.isEvery(k.child) || c.isEvery(k.parent) {
		c.ofEverySchema(k, twin)
		return
	}
	f = k.policyKey(c.keyName(k.child), c.keyName(k.parent))
	f.Twin = twin
	if softChild {
		c.list(f)
		return
	}
	f.PrimaryKey = k.child.key(Table{})
	c.list(f)
}

func (c *completion) list(f ForeignKey) {
	if slices.Equal(f.PrimaryKey, []string{defaultKey}) {
		f.PrimaryKey = nil
	}
	c.p.ForeignKeys = append(c.p.ForeignKeys, f)
}

// keyName is how a foreign key names a relation. A name without a schema follows the
// one that a statement writes, which is wrong where keys lead to another schema.
func (c *completion) keyName(r *catRelation) string {
	if i, ok := c.entry[r]; ok {
		n, _ := parseName(c.p.Tables[i].Name)
		if n.schema == everySchema {
			return quotePart(r.Name)
		}
		if n.schema == "" && r.Schema != defaultSchema {
			return c.p.Tables[i].Name // found through search_path
		}
	}
	name, _ := policyName(r)
	if c.qualify && r.Schema == defaultSchema {
		name = defaultSchema + "." + name
	}
	return name
}

// override completes the policy's own entry for the key, if it has one, and reports
// whether it does.
func (c *completion) override(k *catKey, twin string) bool {
	found := false
	for i := range c.listed {
		f := &c.p.ForeignKeys[i]
		if !c.means(f.Table, k.child) || !c.means(f.RefTable, k.parent) {
			continue
		}
		if f.Name == "" && samePairs(f.Columns, f.RefColumns, k.Columns, k.RefColumns) {
			f.Name = k.Name
		}
		if f.constraintName() != k.Name && !samePairs(f.Columns, f.RefColumns, k.Columns, k.RefColumns) {
			continue
		}
		found = true
		_, softChild := c.entry[k.child]
		_, softParent := c.entry[k.parent]
		if f.Twin == "" && softParent && f.OnDelete != KeepVisible {
			f.Twin = twin
		}
		if key := k.child.key(Table{}); !softChild && len(f.PrimaryKey) == 0 && !slices.Equal(key, []string{defaultKey}) {
			f.PrimaryKey = key
		}
	}
	return found
}

// constraintName is the name that PostgreSQL gives a nameless one.
func (f ForeignKey) constraintName() string {
	n, _ := parseName(f.Table)
	return cmp.Or(f.Name, n.name+"_"+strings.Join(f.Columns, "_")+"_fkey")
}

// means reports whether a foreign key's table is the relation.
func (c *completion) means(name string, r *catRelation) bool {
	n, bad := parseName(name)
	if bad != nil || n.name != r.Name {
		return false
	}
	if c.isEvery(r) {
		return n.schema == ""
	}
	return slices.Contains(c.find(n), r)
}

// isEvery reports whether the relation is one of an entry for every schema.
func (c *completion) isEvery(r *catRelation) bool {
	i, ok := c.entry[r]
	if !ok {
		return false
	}
	n, _ := parseName(c.p.Tables[i].Name)
	return n.schema == everySchema
}

// ofEverySchema lists a foreign key between tables that are in every schema. It is
// one entry for all schemas, and must be the same in all.
func (c *completion) ofEverySchema(k *catKey, twin string) {
	_, softParent := c.entry[k.parent]
	if !softParent && k.action() != Cascade {
		return // a delete of the parent is real, and the server's own business
	}
	if !c.isEvery(k.child) || !c.isEvery(k.parent) || k.child.Schema != k.parent.Schema {
		c.problem(fmt.Sprintf("the foreign key %s of %s leads from one schema to all of them, or out of an entry for all", k.Name, k.child.display()),
			fmt.Sprintf("list %s and %s schema by schema in tables", k.child.display(), k.parent.display()))
		return
	}
	f := k.policyKey(c.keyName(k.child), c.keyName(k.parent))
	f.Twin = twin
	id := fmt.Sprintf("%q", f)
	if c.every[id] == nil {
		c.list(f)
	}
	c.every[id] = append(c.every[id], k.child.Schema)
}

// everywhere finds foreign keys that some schemas have and others lack.
func (c *completion) everywhere() {
	for _, f := range c.p.ForeignKeys[c.listed:] {
		have := c.every[fmt.Sprintf("%q", f)]
		if have == nil {
			continue
		}
		parents := c.find(tableName{everySchema, mustName(f.RefTable)})
		for _, r := range c.find(tableName{everySchema, mustName(f.Table)}) {
			both := slices.ContainsFunc(parents, func(p *catRelation) bool { return p.Schema == r.Schema })
			if both && !slices.Contains(have, r.Schema) {
				c.problem(fmt.Sprintf("%s.%s has the foreign key %s to %s, and %s has not", have[0], f.Table, f.Name, f.RefTable, r.display()),
					"give it the same constraint, or list the schemas one by one in tables")
			}
		}
	}
}

// mustName is the name of a table that this file has written.
func mustName(s string) string {
	n, _ := parseName(s)
	return n.name
}

// unfollowable says why a policy cannot do what the constraint does, and what to do
// about it; "" if it can.
func (k *catKey) unfollowable(marked func(*catRelation) *table) (why, remedy string) {
	const override = ", or list the key in foreign_keys, which then says what is done"
	generated := func(r *catRelation, columns []string) bool {
		return marked(r) != nil && slices.ContainsFunc(columns, func(name string) bool {
			col, ok := r.column(name)
			return ok && col.Generated
		})
	}
	switch {
	case k.child.inherits(), k.parent.inherits():
		return "PostgreSQL's looks at the rows of one table only, and a delete here would take those of its inheritance children too",
			"drop the constraint or the inheritance" + override
	case k.child.Partition:
		return fmt.Sprintf("it is one of a partition, and what is written into %s would not be checked", k.child.whole().display()),
			fmt.Sprintf("declare it on %s", k.child.whole().display()) + override
	case k.parent.Partition:
		return fmt.Sprintf("it refers to a partition, and a delete from %s would not find it", k.parent.whole().display()),
			fmt.Sprintf("let it refer to %s", k.parent.whole().display()) + override
	case k.Period:
		return "its last column is a PERIOD", "drop the constraint" + override
	case generated(k.child, k.Columns), generated(k.parent, k.RefColumns):
		return "it joins generated columns, and is not the twin of another key, for which the columns must be " +
				"CASE WHEN <the marker's live value> THEN <the other key's column> END on both sides",
			"declare the other key too, or drop this one" + override
	}
	return "", ""
}
