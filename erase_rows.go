package softdelete

import (
	"context"
	"database/sql/driver"
	"fmt"
	"slices"
	"strings"

	"github.com/softdelete-go/softdelete/internal/lex"
	"github.com/softdelete-go/softdelete/internal/native"
)

// grave is a table as Erase sees it: one with rows, or a partitioned one.
type grave struct {
	rel   *catRelation
	table *table   // of the policy, never a partition's entry; nil outside
	name  string   // in records, links and reports
	key   []string // in records and links; nil if nothing there can be of its rows
	of    *grave   // what it is a partition of
	entry *ErasedTable
}

func (g *grave) whole() *grave {
	for g.of != nil {
		g = g.of
	}
	return g
}

// bond is a foreign key, and what it makes of the rows that refer to an erased one.
type bond struct {
	child, parent       *grave
	columns, refColumns []string
	set                 []string // the columns that SET NULL and SET DEFAULT change
	action              Action
	name                string
	key                 *foreignKey // of the policy; nil where only the database has it
	period              bool
}

// prepare reads what there is.
func (e *erasure) prepare(ctx context.Context) (err error) {
	if e.tables, err = tablesOf(ctx, e.db, "Erase"); err != nil {
		return err
	}
	found := e.tables.byPolicyName(e.name)
	if found == nil {
		return e.refuse(e.name, "it is not a table of the policy", "name one that is, as the policy does")
	}
	e.root = found[0].whole()
	if len(e.key) != len(e.root.primaryKey) {
		return e.refuse(e.name, fmt.Sprintf("its key is (%s), and the number of values given is %d", strings.Join(e.root.primaryKey, ", "), len(e.key)),
			"pass one value for each column of the key")
	}
	if err := e.readCatalog(ctx); err != nil {
		return err
	}
	e.records = len(e.catalog.find(tableName{name: recordsTable})) > 0
	e.digGraves()
	return e.findBonds()
}

// readCatalog reads on until all tables are known to which the database's own foreign keys
// lead on from the policy's.
func (e *erasure) readCatalog(ctx context.Context) error {
	names, columns := e.tables.catalogNames()
	for {
		err := withQueryer(ctx, e.db, func(q driver.QueryerContext) (err error) {
			e.catalog, err = readCatalog(ctx, q, names, nil, columns, nil)
			return err
		})
		if err != nil {
			return err
		}
		known := len(names)
		for _, k := range e.catalog.ForeignKeys {
			if !slices.Contains(names, k.child.Name) {
				names = append(names, k.child.Name)
			}
		}
		if len(names) == known {
			return nil
		}
	}
}

// digGraves finds the policy's entry for each relation.
func (e *erasure) digGraves() {
	e.graves = map[*catRelation]*grave{}
	for _, r := range e.catalog.Relations {
		e.graves[r] = &grave{rel: r, name: r.display()}
	}
	for _, g := range e.graves {
		if g.rel.Partition && len(g.rel.parents) > 0 {
			g.of = e.graves[g.rel.parents[0]]
		}
	}
	x := &comparison{catalog: e.catalog, tables: e.tables}
	for _, f := range e.tables.foreignKeys {
		for _, r := range []*relation{f.child, f.parent} {
			for _, rel := range x.relationsOf(r) {
				e.graves[rel].name, e.graves[rel].key = r.display(), r.key
			}
		}
	}
	for _, t := range e.tables.all {
		for _, rel := range e.catalog.find(tableName{t.schema, t.name}) {
			if g := e.graves[rel]; t.partOf == nil {
				g.table, g.name, g.key = t, t.display(), t.primaryKey
			}
		}
	}
	for _, g := range e.graves {
		if w := g.whole(); w != g {
			g.table, g.name, g.key = w.table, w.name, w.key
		}
	}
}

// findBonds merges the foreign keys of the policy with those of the database.
func (e *erasure) findBonds() error {
	e.bonds = nil
	x := &comparison{catalog: e.catalog, tables: e.tables}
	for _, f := range e.tables.foreignKeys {
		for _, side := range x.sides(f) {
			e.bonds = append(e.bonds, &bond{child: e.graves[side[0]], parent: e.graves[side[1]], columns: f.columns, refColumns: f.refColumns, set: f.set, action: f.action, name: f.name, key: f})
		}
	}
	for _, k := range e.catalog.ForeignKeys {
		child, parent := e.graves[k.child], e.graves[k.parent]
		if k.CloneOf != 0 || slices.ContainsFunc(e.tables.foreignKeys, func(f *foreignKey) bool { return f.twin == k.Name && f.child.table == child.table }) {
			continue
		}
		b := &bond{child: child, parent: parent, columns: k.Columns, refColumns: k.RefColumns, set: k.SetColumns, action: k.action(), name: k.Name, period: k.Period}
		if len(b.set) == 0 {
			b.set = b.columns
		}
		i := slices.IndexFunc(e.bonds, func(o *bond) bool {
			return o.key != nil && o.child == child && o.parent == parent && samePairs(o.columns, o.refColumns, b.columns, b.refColumns)
		})
		switch {
		case i < 0:
			e.bonds = append(e.bonds, b)
		case e.bonds[i].action == KeepVisible:
			// A real delete is not what the policy speaks of.
			b.key = e.bonds[i].key
			e.bonds[i] = b
		}
	}
	return nil
}

// search finds the row, and what belongs to it.
func (e *erasure) search(ctx context.Context) error {
	queue, err := e.searchRoot(ctx)
	if err != nil {
		return err
	}
	for len(queue) > 0 {
		next := queue[0]
		queue = queue[1:]
		more, err := e.belonging(ctx, next)
		if err != nil {
			return err
		}
		queue = append(queue, more...)
	}
	return nil
}

// part is some of the rows of a table, or some of its records.
type part struct {
	grave   *grave
	rows    []rowID
	records []int64
}

// from is a FROM item of the part, its rows known as t, with the condition for them, whose
// parameter is $1. Of records, the records are known as tr.
func (p part) from() (item, where, arg string) {
	if p.records == nil {
		return "ONLY " + p.grave.rel.sqlName() + " AS t", "t.ctid = ANY ($1::text::tid[])", tidArray(p.rows)
	}
	return p.grave.recordRows("tr", "t"), "tr.id = ANY ($1::text::bigint[])", idArray(p.records)
}

// recordRows is a FROM item of all records, as rows of the table.
func (g *grave) recordRows(records, rows string) string {
	return fmt.Sprintf("%s AS %s CROSS JOIN LATERAL jsonb_populate_record(NULL::%s, %s) AS %s", recordsTable, records, g.rel.sqlName(), g.table.rel.dataNow(records), rows)
}

// searchRoot finds the row with the key, and its records.
func (e *erasure) searchRoot(ctx context.Context) (parts []part, err error) {
	relations := e.catalog.find(tableName{e.root.schema, e.root.name})
	if e.root.schema == everySchema || len(relations) == 0 {
		return nil, e.refuse(e.name, "the policy does not say which table it is", "write schema.table in the policy")
	}
	top := e.graves[relations[0]]
	var on, types, params, pairs []string
	for i, k := range top.key {
		on = append(on, fmt.Sprintf("t.%s = $%d", lex.QuoteIdent(k), i+1))
		types, params = append(types, lex.QuoteIdent(k)), append(params, fmt.Sprintf("$%d", i+1))
		pairs = append(pairs, quoteLiteral(k)+", k."+lex.QuoteIdent(k))
	}
	parts, err = e.lockRows(ctx, fmt.Sprintf("SELECT t.tableoid::bigint, t.ctid::text FROM %s AS t WHERE %s FOR UPDATE OF t", top.rel.sqlName(), strings.Join(on, " AND ")), e.key...)
	if err != nil || !e.records {
		return parts, err
	}
	from, same := recordsTable+" AS r", fmt.Sprintf("r.key = (SELECT jsonb_build_object(%s) FROM (SELECT %s FROM %s WHERE false UNION ALL SELECT %s) AS k)",
		strings.Join(pairs, ", "), strings.Join(types, ", "), top.rel.sqlName(), strings.Join(params, ", "))
	if top.zonedKey() {
		from = fmt.Sprintf("%s AS r CROSS JOIN LATERAL jsonb_populate_record(NULL::%s, r.key) AS t", recordsTable, top.rel.sqlName())
		same = strings.Join(on, " AND ")
	}
	records, err := e.lockRecords(ctx, top, fmt.Sprintf("SELECT r.id FROM %s WHERE r.table_name = %s AND %s FOR UPDATE OF r", from, quoteLiteral(top.name), same), e.key...)
	return append(parts, records...), err
}

func (g *grave) zonedKey() bool {
	return slices.ContainsFunc(g.key, func(k string) bool {
		c, _ := g.rel.column(k)
		return zoned(c.Type)
	})
}

// sameKey is the condition that key, of a record or a link, is that of the row known as t.
func (g *grave) sameKey(key string) string {
	if !g.zonedKey() {
		return key + " = " + jsonObject("t", g.key)
	}
	var conds []string
	for _, k := range g.key {
		conds = append(conds, fmt.Sprintf("(jsonb_populate_record(NULL::%s, %s)).%s = t.%[3]s", g.rel.sqlName(), key, lex.QuoteIdent(k)))
	}
	return strings.Join(conds, " AND ")
}

// lockRows notes the rows that a query finds and locks, and returns those that are new.
func (e *erasure) lockRows(ctx context.Context, text string, args ...any) (parts []part, err error) {
	byOID := map[uint32]*grave{}
	for rel, g := range e.graves {
		byOID[rel.OID] = g
	}
	err = queryPast(ctx, e.tx, text, args, func(row native.Rows) error {
		var oid int64
		var tid string
		if err := row.Scan(&oid, &tid); err != nil {
			return err
		}
		g := byOID[uint32(oid)]
		if err := e.erasable(g); err != nil {
			return err
		}
		id, err := parseRowID(tid)
		if r := e.remainsOf(g); err == nil && !r.seen[id] {
			r.rows, r.seen[id] = append(r.rows, id), true
			parts = addPart(parts, part{grave: g, rows: []rowID{id}})
		}
		return err
	})
	return parts, err
}

func (e *erasure) lockRecords(ctx context.Context, g *grave, text string, args ...any) (parts []part, err error) {
	err = queryPast(ctx, e.tx, text, args, func(row native.Rows) error {
		var id int64
		if err := row.Scan(&id); err != nil {
			return err
		}
		if r := e.remainsOf(g); !r.seen[id] {
			r.records, r.seen[id] = append(r.records, id), true
			parts = addPart(parts, part{grave: g, records: []int64{id}})
		}
		return nil
	})
	return parts, err
}

func addPart(parts []part, p part) []part {
	for i := range parts {
		if parts[i].grave == p.grave && (parts[i].records == nil) == (p.records == nil) {
			parts[i].rows, parts[i].records = append(parts[i].rows, p.rows...), append(parts[i].records, p.records...)
			return parts
		}
	}
	return append(parts, p)
}

func (e *erasure) remainsOf(g *grave) *remains {
	if e.found[g] == nil {
		e.found[g] = &remains{seen: map[any]bool{}}
	}
	return e.found[g]
}

// erasable says what keeps rows of a table from being erased.
func (e *erasure) erasable(g *grave) error {
	switch {
	case g == nil || g.rel.Kind != "r":
		return e.refuse(e.name, "a row is in a table of another server, or in one that nothing was known of a moment ago", "erase it there first, or try again")
	case g.rel.inherits():
		return e.refuse(g.name, "it inherits, or others inherit from it, and no foreign key holds for all of them", "delete its rows under HardDelete")
	case g.table != nil && g.table.schema == everySchema:
		return e.refuse(g.name, "its records and links do not say which schema they are of", "name the schema in the policy")
	}
	return nil
}

// belonging finds what goes with the part.
func (e *erasure) belonging(ctx context.Context, p part) (parts []part, err error) {
	item, where, arg := p.from()
	if e.records && p.records == nil && p.grave.table != nil {
		parts, err = e.lockRecords(ctx, p.grave.whole(), fmt.Sprintf("SELECT r.id FROM %s JOIN %s AS r ON %s WHERE %s AND r.table_name = %s FOR UPDATE OF r",
			item, recordsTable, p.grave.sameKey("r.key"), where, quoteLiteral(p.grave.name)), arg)
		if err != nil {
			return nil, err
		}
	}
	for _, b := range e.bonds {
		if !p.grave.rel.within(b.parent.rel) || b.action == KeepVisible || b.action == SetNull || b.action == SetDefault {
			continue
		}
		more, err := e.children(ctx, b, p)
		if err != nil {
			return nil, err
		}
		parts = append(parts, more...)
	}
	return parts, nil
}

// on is the condition for a row c that refers to the row t.
func (b *bond) on() string {
	var conds []string
	for i := range b.columns {
		op := "="
		if b.period && i == len(b.columns)-1 {
			op = "&&"
		}
		conds = append(conds, fmt.Sprintf("c.%s %s t.%s", lex.QuoteIdent(b.columns[i]), op, lex.QuoteIdent(b.refColumns[i])))
	}
	return strings.Join(conds, " AND ")
}

// children are the rows that go with their parents, and the records of rows that referred to
// one when they were deleted.
func (e *erasure) children(ctx context.Context, b *bond, p part) (parts []part, err error) {
	item, where, arg := p.from()
	// A record's row is not there. What refers to another row with its values is another's.
	other := fmt.Sprintf("NOT EXISTS (SELECT FROM %s AS p WHERE %s)", b.parent.rel.sqlName(), equal("p", b.refColumns, "c", b.columns))
	conds := []string{where, b.on()}
	if p.records != nil {
		conds = append(conds, other)
	}
	if b.action != Cascade && b.child.table != nil && !b.child.table.archived() {
		conds = append(conds, b.child.table.condition("c", onlyDeleted).text)
	}
	if b.action == Cascade || b.child.table != nil && !b.child.table.archived() {
		parts, err = e.lockRows(ctx, fmt.Sprintf("SELECT c.tableoid::bigint, c.ctid::text FROM %s CROSS JOIN %s AS c WHERE %s FOR UPDATE OF c",
			item, b.child.rel.sqlName(), strings.Join(conds, " AND ")), arg)
	}
	if err != nil || !e.records || b.child.table == nil {
		return parts, err
	}
	conds = []string{where, b.on(), "cr.table_name = " + quoteLiteral(b.child.name)}
	switch {
	case p.records != nil:
		conds = append(conds, "(cr.deletion_id = tr.deletion_id OR "+other+")")
	case b.parent.table != nil && !sameColumns(b.refColumns, b.parent.key):
		// Values of other keys may have been another row's, which was deleted with it.
		conds = append(conds, fmt.Sprintf("NOT EXISTS (SELECT FROM %s WHERE pr.table_name = %s AND pr.deletion_id = cr.deletion_id AND pr.key <> %s AND %s)",
			b.parent.recordRows("pr", "p"), quoteLiteral(b.parent.name), jsonObject("t", b.parent.key), equal("p", b.refColumns, "c", b.columns)))
	}
	records, err := e.lockRecords(ctx, b.child.whole(), fmt.Sprintf("SELECT cr.id FROM %s CROSS JOIN %s WHERE %s FOR UPDATE OF cr", item, b.child.recordRows("cr", "c"), strings.Join(conds, " AND ")), arg)
	return append(parts, records...), err
}
