package softdelete

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/softdelete-go/softdelete/internal/lex"
	"github.com/softdelete-go/softdelete/internal/native"
)

// leaf is a relation that has rows of its own: a table, a partition, a table that
// others inherit from.
type leaf struct {
	rel   *catRelation
	top   *catRelation // what it is a part of, or itself
	table *table
	entry *PurgedTable
	sql   string // its name
	old   string // the condition for rows, known as t, that are deleted and old enough
	ripe  string // and not held
	refs  []inbound
	same  string // the condition for its foreign keys to be those in refs, still

	records bool // rel is deletion_records, and the rows are those of the table's deleted ones
}

// inbound is a foreign key that leads to a leaf.
type inbound struct {
	child *catRelation
	on    string // the condition for a row c that refers to the row t
	inner []*leaf
}

// prepare finds out what there is to purge.
func (p *purge) prepare(ctx context.Context) (err error) {
	if p.tables, err = tablesOf(ctx, p.db, "Purge"); err != nil {
		return err
	}
	chosen, err := p.chosen()
	if err != nil {
		return err
	}
	var now time.Time
	if err := queryPast(ctx, p.db, "SELECT now()", nil, func(row native.Rows) error { return row.Scan(&now) }); err != nil {
		return err
	}
	if p.holds, err = holdsExist(ctx, p.db, "1"); err != nil {
		return err
	}
	c, err := p.catalog(ctx)
	if err != nil {
		return err
	}
	direct := map[*catRelation]*table{}
	for _, t := range p.tables.all {
		for _, r := range c.find(tableName{t.schema, t.name}) {
			direct[r] = t
		}
	}
	p.report.Tables = make([]PurgedTable, 0, len(chosen)) // leaves point into it
	for _, t := range chosen {
		if err := p.add(c, t, now, direct); err != nil {
			return err
		}
	}
	p.refer(c)
	if !slices.ContainsFunc(p.report.Tables, func(t PurgedTable) bool { return t.Skip == "" }) {
		return &RefusedError{Statement: "purge", Table: p.report.Tables[0].Table, Why: p.report.Tables[0].Skip, Instead: "say how old rows must be, or give tables a keep_for, or for a single deletion a deletion_id"}
	}
	return nil
}

// chosen are the tables to purge.
func (p *purge) chosen() (list []*table, err error) {
	if len(p.opts.Tables) == 0 {
		for _, t := range p.tables.all {
			if t.partOf == nil {
				list = append(list, t)
			}
		}
		return list, nil
	}
	for _, name := range p.opts.Tables {
		found := p.tables.byPolicyName(name)
		if found == nil {
			return nil, &RefusedError{Statement: "purge", Table: name, Why: "it is not a table of the policy", Instead: "name one that is, as the policy does"}
		}
		if !slices.Contains(list, found[0]) {
			list = append(list, found[0])
		}
	}
	return list, nil
}

// catalog reads what the database has of the policy's tables and of their foreign keys.
func (p *purge) catalog(ctx context.Context) (c *catalog, err error) {
	names, columns := p.tables.catalogNames()
	err = withQueryer(ctx, p.db, func(q driver.QueryerContext) error {
		c, err = readCatalog(ctx, q, names, nil, columns, nil)
		return err
	})
	if err == nil && p.opts.IntoArchive && len(c.lacks(recordsTable, nil)) > 0 {
		err = &RefusedError{Statement: "purge", Why: "the database has no table " + recordsTable + " to keep the rows in", Instead: "create it with ArchiveDDL, in a schema of search_path"}
	}
	return c, err
}

// catalogNames are the tables that the policy and its foreign keys name, the table of
// records, and the columns of their markers and keys.
func (s *tableSet) catalogNames() (names, columns []string) {
	names = []string{recordsTable}
	for _, t := range s.all {
		names = append(names, t.name)
		columns = append(append(columns, t.column), t.primaryKey...)
	}
	for _, f := range s.foreignKeys {
		names = append(names, f.child.named.name, f.parent.named.name)
		columns = append(append(columns, f.child.key...), f.parent.key...)
	}
	return names, columns
}

// add takes a table of the policy, or notes why it is left alone.
func (p *purge) add(c *catalog, t *table, now time.Time, direct map[*catRelation]*table) error {
	age := max(p.opts.OlderThan, time.Duration(t.entry.KeepFor), time.Duration(t.whole().entry.KeepFor))
	p.report.Tables = append(p.report.Tables, PurgedTable{Table: t.display(), Before: now.Add(-age)})
	entry := &p.report.Tables[len(p.report.Tables)-1]
	switch {
	case p.opts.Deletion != "":
		if entry.Before = (time.Time{}); !t.tellsDeletions() {
			entry.Skip = "it has no deletion_id"
		}
	case age == 0:
		entry.Skip, entry.Before = "no age was given, and the policy says nothing about how long the table keeps deleted rows", time.Time{}
	case t.archived() && p.opts.IntoArchive:
		entry.Skip, entry.Before = "what was deleted of it is in the archive already", time.Time{}
	case t.marker == Flag && (t.entry.DeletionID == "" || !p.tables.journal):
		entry.Skip, entry.Before = "its marker is a flag, and without a deletion_id and a journal nothing says when a row was deleted", time.Time{}
	}
	if entry.Skip != "" {
		return nil
	}
	if t.archived() {
		return p.addRecords(c, t, entry)
	}
	for _, r := range c.find(tableName{t.schema, t.name}) {
		if err := p.addLeaves(r, t, entry, direct); err != nil {
			return err
		}
	}
	return nil
}

func (p *purge) addLeaves(r *catRelation, t *table, entry *PurgedTable, direct map[*catRelation]*table) error {
	if own := direct[r]; own != nil && own.whole() != t.whole() {
		return nil // it inherits, and has an entry of its own
	}
	if slices.ContainsFunc(p.leaves, func(l *leaf) bool { return l.rel == r }) {
		return nil
	}
	switch r.Kind {
	case "p":
	case "r":
		l, err := p.newLeaf(r, t, entry)
		if err != nil {
			return err
		}
		p.leaves = append(p.leaves, l)
	default:
		return &RefusedError{Statement: "purge", Table: entry.Table, Why: r.display() + " has its rows on another server", Instead: "purge it there, and name the other tables here"}
	}
	for _, child := range r.children {
		if err := p.addLeaves(child, t, entry, direct); err != nil {
			return err
		}
	}
	return nil
}

// addRecords takes the records of an archived table, those of rows that came back among
// them: its deleted rows have left it already.
func (p *purge) addRecords(c *catalog, t *table, entry *PurgedTable) error {
	found := c.find(tableName{name: recordsTable})
	if len(found) == 0 {
		return &RefusedError{Statement: "purge", Table: entry.Table, Why: "the database has no table " + recordsTable, Instead: "create it with ArchiveDDL, in a schema of search_path"}
	}
	own := *found[0] // each table's records are purged by themselves
	l := &leaf{rel: &own, top: &own, table: t, entry: entry, sql: own.sqlName(), records: true}
	l.old = fmt.Sprintf("t.table_name = %s AND t.archived_at < %s::timestamptz", quoteLiteral(t.display()), quoteLiteral(entry.Before.UTC().Format("2006-01-02T15:04:05.999999Z")))
	if p.opts.Deletion != "" {
		l.old = t.rel.unrestored("t") + " AND t.deletion_id = " + quoteLiteral(p.opts.Deletion) + "::uuid"
	}
	if l.ripe = l.old; p.holds {
		l.ripe = conjoined(l.old, "NOT EXISTS (SELECT FROM "+holdsTable+" AS h WHERE h.deletion_id = t.deletion_id)")
	}
	p.leaves = append(p.leaves, l)
	return nil
}

func (p *purge) newLeaf(r *catRelation, t *table, entry *PurgedTable) (*leaf, error) {
	l := &leaf{rel: r, top: r, table: t, entry: entry, sql: r.sqlName()}
	for len(l.top.parents) > 0 {
		l.top = l.top.parents[0]
	}
	if p.opts.IntoArchive {
		for _, k := range t.primaryKey {
			if _, ok := r.column(k); !ok {
				return nil, &RefusedError{Statement: "purge", Table: entry.Table, Why: fmt.Sprintf("it has no column %q of its primary_key, under which rows are archived", k), Instead: "correct primary_key in the policy"}
			}
		}
	}
	column, _ := r.column(t.column)
	if p.opts.Deletion != "" {
		l.old = conjoined(t.condition("t", onlyDeleted).text, fmt.Sprintf("t.%s = %s::uuid", lex.QuoteIdent(t.entry.DeletionID), quoteLiteral(p.opts.Deletion)))
	} else {
		l.old = conjoined(t.condition("t", onlyDeleted).text, t.before(entry.Before, column.Type))
	}
	l.ripe = l.old
	if p.holds && t.entry.DeletionID != "" {
		l.ripe = conjoined(l.old, fmt.Sprintf("NOT EXISTS (SELECT FROM %s AS h WHERE h.deletion_id = t.%s)", holdsTable, lex.QuoteIdent(t.entry.DeletionID)))
	}
	return l, nil
}

// before is the condition for deleted rows, known as t, that were deleted before a time.
func (t *table) before(when time.Time, columnType string) string {
	marker := "t." + lex.QuoteIdent(t.column)
	literal := quoteLiteral(when.UTC().Format("2006-01-02T15:04:05.999999Z")) + "::timestamptz"
	switch t.marker {
	case Flag:
		return fmt.Sprintf("(SELECT max(j.deleted_at) FROM %s AS j WHERE j.id = t.%s) < %s", deletionsTable, lex.QuoteIdent(t.entry.DeletionID), literal)
	case UnixSeconds:
		return fmt.Sprintf("%s < %d", marker, when.Unix())
	case UnixMillis:
		return fmt.Sprintf("%s < %d", marker, when.UnixMilli())
	case UnixNanos:
		return fmt.Sprintf("%s < %d", marker, when.UnixNano())
	}
	if columnType == "date" {
		literal = "(" + literal + ")::date" // the whole day is over
	}
	return marker + " < " + literal
}

// refer finds the foreign keys that lead to the leaves: those of the database, and
// those of the policy, which the database need not have.
func (p *purge) refer(c *catalog) {
	add := func(child, parent *catRelation, columns, refColumns []string, period bool) {
		on := make([]string, len(columns))
		for i := range columns {
			op := "="
			if period && i == len(columns)-1 {
				op = "&&"
			}
			on[i] = fmt.Sprintf("c.%s %s t.%s", lex.QuoteIdent(columns[i]), op, lex.QuoteIdent(refColumns[i]))
		}
		slices.Sort(on)
		for _, l := range p.leaves {
			ref := inbound{child: child, on: strings.Join(on, " AND ")}
			if !l.rel.within(parent) || slices.ContainsFunc(l.refs, func(r inbound) bool { return r.child == child && r.on == ref.on }) {
				continue
			}
			for _, other := range p.leaves {
				if other.rel.within(child) {
					ref.inner = append(ref.inner, other)
				}
			}
			l.refs = append(l.refs, ref)
		}
	}
	for _, k := range c.ForeignKeys {
		if k.CloneOf == 0 {
			add(k.child, k.parent, k.Columns, k.RefColumns, k.Period)
		}
	}
	for _, l := range p.leaves {
		if !l.records { // nothing of the database's refers to them
			l.same = l.sameKeys(c)
		}
	}
	x := &comparison{catalog: c, tables: p.tables}
	for _, f := range p.tables.foreignKeys {
		for _, side := range x.sides(f) {
			add(side[0], side[1], f.columns, f.refColumns, false)
		}
	}
	p.referRecords(c)
}

// referRecords finds the foreign keys by which records refer to parents that a restore of
// theirs would need: these stay as long as such a record does.
func (p *purge) referRecords(c *catalog) {
	found := c.find(tableName{name: recordsTable})
	for _, f := range p.tables.foreignKeys {
		if len(found) == 0 || !f.child.archived() || f.parent.table == nil {
			continue
		}
		ref := inbound{child: found[0]}
		for _, l := range p.leaves {
			if l.records && l.table.rel == f.child {
				ref.inner = append(ref.inner, l)
			}
		}
		for _, l := range p.leaves {
			if l.table.rel != f.parent {
				continue
			}
			conds := []string{f.child.unrestored("c")}
			if l.records {
				conds = append(conds, "t.restored_at IS NULL")
			}
			for i, column := range f.columns {
				value := "to_jsonb(t." + lex.QuoteIdent(f.refColumns[i]) + ")"
				if l.records {
					value = fmt.Sprintf("(%s) -> %s", f.parent.dataNow("t"), quoteLiteral(f.refColumns[i]))
				}
				conds = append(conds, fmt.Sprintf("(%s) -> %s = %s AND %[3]s <> 'null'", f.child.dataNow("c"), quoteLiteral(column), value))
			}
			ref.on = strings.Join(conds, " AND ")
			l.refs = append(l.refs, ref)
		}
	}
}

// sqlName is how a statement names the relation, whatever search_path says.
func (r *catRelation) sqlName() string {
	return lex.QuoteIdent(r.Schema) + "." + lex.QuoteIdent(r.Name)
}

// sameKeys is the condition for the foreign keys that lead to the leaf to be those of
// the catalog. Its constraint may have been made since, and would take rows that nobody
// has looked at. While a statement deletes, none can be made.
func (l *leaf) sameKeys(c *catalog) string {
	oids, keys := []string{}, []uint32{}
	for _, r := range c.Relations {
		if l.rel.within(r) {
			oids = append(oids, fmt.Sprint(r.OID))
		}
	}
	for _, k := range c.ForeignKeys {
		if l.rel.within(k.parent) {
			keys = append(keys, k.OID)
		}
	}
	slices.Sort(keys)
	return fmt.Sprintf("(SELECT coalesce(string_agg(k.oid::text, ' ' ORDER BY k.oid), '') FROM pg_catalog.pg_constraint AS k"+
		" WHERE k.contype = 'f' AND k.confrelid IN (%s) AND coalesce(to_jsonb(k) ->> 'conenforced', 'true') = 'true') = '%s'",
		strings.Join(oids, ", "), strings.Trim(fmt.Sprint(keys), "[]"))
}

// within reports whether r is other, or a part of it.
func (r *catRelation) within(other *catRelation) bool {
	return r == other || slices.ContainsFunc(r.parents, func(p *catRelation) bool { return p.within(other) })
}

// unreferred is the condition for rows, known as t, that no row refers to, but for
// the rows of the leaves whose ctids these parameters have.
func (l *leaf) unreferred(except map[*leaf]int) string {
	var conds []string
	for _, r := range l.refs {
		var inner []string
		for _, other := range r.inner {
			if n, ok := except[other]; ok {
				inner = append(inner, fmt.Sprintf("c.tableoid = %d AND c.ctid = ANY ($%d::text::tid[])", other.rel.OID, n))
			}
		}
		on := r.on
		if len(inner) > 0 {
			on += " AND NOT (" + strings.Join(inner, " OR ") + ")"
		}
		conds = append(conds, fmt.Sprintf("NOT EXISTS (SELECT FROM %s AS c WHERE %s)", r.child.sqlName(), on))
	}
	return strings.Join(conds, " AND ")
}

// returned is what the archive wants of a removed row.
func (l *leaf) returned(archived bool) string {
	if !archived {
		return "true"
	}
	var key []string
	for _, c := range l.table.primaryKey {
		key = append(key, quoteLiteral(c)+", t."+lex.QuoteIdent(c))
	}
	id := "NULL::uuid"
	if l.table.entry.DeletionID != "" {
		id = "t." + lex.QuoteIdent(l.table.entry.DeletionID)
	}
	return fmt.Sprintf("%s AS deletion_id, jsonb_build_object(%s) AS key, to_jsonb(t.*) AS data", id, strings.Join(key, ", "))
}

// holdsExist reports whether there is a table of legal holds. also is selected as well.
func holdsExist(ctx context.Context, db Execer, also string) (exist bool, err error) {
	found := false
	err = queryPast(ctx, db, "SELECT to_regclass('"+holdsTable+"') IS NOT NULL, "+also+"::text", nil, func(row native.Rows) error {
		var ignored string
		found = true
		return row.Scan(&exist, &ignored)
	})
	if err == nil && !found {
		err = errors.New("softdelete: the server did not answer")
	}
	return exist, err
}
