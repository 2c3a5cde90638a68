package cascades

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/softdelete-go/softdelete"
)

// kind is the type of a key's column.
type kind uint8

const (
	kInt kind = iota
	kBig
	kText
	kVarchar
	kCollated
	kUUID
	kNumeric
	kindCount
)

var kindTypes = [kindCount]string{"int", "bigint", "text", "varchar(40)", `text COLLATE "C"`, "uuid", "numeric(12,2)"}

// referring are the kinds that a column may have which refers to one of this.
var referring = [kindCount][]kind{
	kInt: {kInt, kInt, kInt, kBig}, kBig: {kBig, kBig, kInt}, kText: {kText, kText, kVarchar, kCollated},
	kVarchar: {kVarchar, kText}, kCollated: {kCollated, kText}, kUUID: {kUUID}, kNumeric: {kNumeric},
}

// texts are keys that are easily mistaken for something else.
var texts = []string{"k%d", "O'Neil %d", "ü%dß", "a, b (%d)", `\\%d`, `"%d"`, "$%d", "NULL%d", "%d%%"}

// value is the nth value of a kind, as PostgreSQL prints it.
func (k kind) value(n int) string {
	switch k {
	case kInt:
		return fmt.Sprint(n)
	case kBig:
		return fmt.Sprint(3 * n)
	case kUUID:
		return fmt.Sprintf("%08x-0000-4000-8000-%012x", n*2654435761%(1<<32), n)
	case kNumeric:
		return fmt.Sprintf("%d.50", n)
	}
	return fmt.Sprintf(texts[n%len(texts)], n)
}

// expr is SQL for a value, of the column's type wherever it stands.
func (k kind) expr(literal string) string {
	t, _, _ := strings.Cut(kindTypes[k], " ")
	return literal + "::" + t
}

type column struct {
	name     string
	kind     kind
	group    bool   // the first column of a composite key: several rows share a value
	def      string // the DEFAULT, as a value; "" for none
	notNull  bool
	own      bool // takes a value of its own in each row, and none from another table
	identity bool // of a key: never changed
	number   bool // the column for conditions: a small integer
}

type table struct {
	schema, name string // schema is "" for public
	soft         bool
	archived     bool     // deleted rows leave the table
	columns      []column // those that both databases have
	key          []int
	unique       [][]int // other keys that can be referred to

	marker                                  softdelete.Marker
	markerName, deletionID, deletedBy, said string
	at                                      int // the bookkeeping columns stand in front of this column
}

type foreignKey struct {
	name          string // the constraint's
	nameless      bool   // the constraint takes PostgreSQL's name
	child, parent int
	columns, refs []int
	set           []int // ON DELETE SET NULL (…)
	action        softdelete.Action
	full          bool // MATCH FULL
}

type schema struct {
	tables  []*table
	keys    []*foreignKey // in the order of their creation
	journal bool
	path    bool   // the second schema is in search_path
	mode    string // pgx's default_query_exec_mode
}

const secondSchema = "s 2"

var reservedWords = []string{"user", "group", "order", "default", "end", "table"}

// name quotes an identifier where it must be.
func name(s string) string {
	for i, c := range []byte(s) {
		if !(c >= 'a' && c <= 'z' || c == '_' || i > 0 && c >= '0' && c <= '9') || slices.Contains(reservedWords, s) {
			return quoted(s)
		}
	}
	return s
}

func quoted(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// full is the table's name with its schema.
func (t *table) full() string {
	if t.schema == "" {
		return "public." + name(t.name)
	}
	return name(t.schema) + "." + name(t.name)
}

// policyName is the table's name as a policy has it.
func (t *table) policyName() string {
	n := t.name
	if strings.ContainsAny(n, ` ."`) {
		n = quoted(n)
	}
	if t.schema != "" {
		return quoted(t.schema) + "." + n
	}
	return n
}

func (t *table) names(columns []int) []string {
	var out []string
	for _, c := range columns {
		out = append(out, t.columns[c].name)
	}
	return out
}

// list is the columns, quoted, each behind ref and a dot if there is one.
func (t *table) list(ref string, columns []int) string {
	var out []string
	for _, c := range columns {
		n := name(t.columns[c].name)
		if ref != "" {
			n = ref + "." + n
		}
		out = append(out, n)
	}
	return strings.Join(out, ", ")
}

func (t *table) all() []int {
	var out []int
	for i := range t.columns {
		out = append(out, i)
	}
	return out
}

// bookkeeping are the columns that only our database has.
func (t *table) bookkeeping() []string {
	if !t.marked() {
		return nil
	}
	return slices.DeleteFunc([]string{t.markerName, t.deletionID, t.deletedBy, t.said}, func(s string) bool { return s == "" })
}

// marked reports whether deleted rows stay in the table.
func (t *table) marked() bool { return t.soft && !t.archived }

// deadRows is a FROM clause for the deleted rows of our table, as x, with a condition,
// and an expression for the id of the deletion.
func (t *table) deadRows() (from, id string) {
	if t.archived {
		return fmt.Sprintf("public.deletion_records AS r CROSS JOIN LATERAL jsonb_populate_record(NULL::%s, r.data) AS x WHERE r.restored_at IS NULL AND r.table_name = %s", t.full(), literal(t.policyName())), "r.deletion_id::text"
	}
	if id = "NULL"; t.deletionID != "" {
		id = "x." + name(t.deletionID) + "::text"
	}
	return t.full() + " AS x WHERE " + t.dead(), id
}

// dead is the condition for a deleted row in the table.
func (t *table) dead() string {
	if !t.marked() {
		return "false"
	}
	switch m := name(t.markerName); t.marker {
	case softdelete.Timestamp:
		return m + " IS NOT NULL"
	case softdelete.Flag:
		return m
	default:
		return m + " <> 0"
	}
}

func (t *table) bookkeepingDDL() []string {
	if !t.marked() {
		return nil
	}
	m := map[softdelete.Marker]string{softdelete.Timestamp: " timestamptz", softdelete.Flag: " boolean NOT NULL DEFAULT false"}[t.marker]
	if m == "" {
		m = " bigint NOT NULL DEFAULT 0"
	}
	lines := []string{name(t.markerName) + m}
	if t.deletionID != "" {
		lines = append(lines, name(t.deletionID)+" uuid")
	}
	for _, c := range []string{t.deletedBy, t.said} {
		if c != "" {
			lines = append(lines, name(c)+" text")
		}
	}
	return lines
}

// ddl makes the tables, without foreign keys.
func (s *schema) ddl(ours bool) string {
	var b strings.Builder
	for _, t := range s.tables {
		var lines []string
		for i, c := range t.columns {
			if ours && i == t.at {
				lines = append(lines, t.bookkeepingDDL()...)
			}
			line := name(c.name) + " "
			if c.number {
				line += "int"
			} else {
				line += kindTypes[c.kind]
			}
			if c.def != "" {
				line += " DEFAULT " + literal(c.def)
			}
			if c.notNull {
				line += " NOT NULL"
			}
			lines = append(lines, line)
		}
		if ours && t.at == len(t.columns) {
			lines = append(lines, t.bookkeepingDDL()...)
		}
		lines = append(lines, "PRIMARY KEY ("+t.list("", t.key)+")")
		for _, u := range t.unique {
			lines = append(lines, "UNIQUE ("+t.list("", u)+")")
		}
		fmt.Fprintf(&b, "CREATE TABLE %s (\n  %s\n);\n", t.full(), strings.Join(lines, ",\n  "))
	}
	return b.String()
}

var actionSQL = map[softdelete.Action]string{
	softdelete.NoAction: "NO ACTION", softdelete.Restrict: "RESTRICT", softdelete.Cascade: "CASCADE",
	softdelete.SetNull: "SET NULL", softdelete.SetDefault: "SET DEFAULT",
}

// add is the statement that adds the constraint. Deferred, NO ACTION and RESTRICT
// are checked at the end, after all that cascades do.
func (s *schema) add(f *foreignKey, named, deferred bool) string {
	child, parent := s.tables[f.child], s.tables[f.parent]
	text := "ALTER TABLE " + child.full() + " ADD "
	if named || !f.nameless {
		text += "CONSTRAINT " + name(f.name) + " "
	}
	text += fmt.Sprintf("FOREIGN KEY (%s) REFERENCES %s (%s)", child.list("", f.columns), parent.full(), parent.list("", f.refs))
	if f.full {
		text += " MATCH FULL"
	}
	if deferred && (f.action == softdelete.NoAction || f.action == softdelete.Restrict) {
		return text + " DEFERRABLE INITIALLY DEFERRED;\n"
	}
	text += " ON DELETE " + actionSQL[f.action]
	if len(f.set) > 0 {
		text += " (" + child.list("", f.set) + ")"
	}
	return text + ";\n"
}

func (s *schema) drop(f *foreignKey) string {
	return "ALTER TABLE " + s.tables[f.child].full() + " DROP CONSTRAINT " + name(f.name) + ";\n"
}

// script makes the whole schema in an empty database.
func (s *schema) script(ours bool) string {
	text := "CREATE SCHEMA " + name(secondSchema) + ";\n" + s.ddl(ours)
	for _, f := range s.keys {
		if k := *f; ours && s.tables[f.parent].archived && f.action == softdelete.Cascade {
			k.action = softdelete.NoAction // a cascade of PostgreSQL's own archives nothing
			text += s.add(&k, false, false)
			continue
		}
		text += s.add(f, false, false)
	}
	if ours && s.archives() {
		text += softdelete.ArchiveDDL
	}
	if ours && s.journal {
		text += softdelete.JournalDDL
	}
	return text
}

func (s *schema) archives() bool {
	return slices.ContainsFunc(s.tables, func(t *table) bool { return t.archived })
}

// policy says the same to the driver.
func (s *schema) policy() softdelete.Policy {
	p := softdelete.Policy{Journal: s.journal}
	for _, t := range s.tables {
		if t.archived {
			p.Tables = append(p.Tables, softdelete.Table{Name: t.policyName(), Mode: softdelete.Archive, PrimaryKey: t.names(t.key)})
		} else if t.soft {
			p.Tables = append(p.Tables, softdelete.Table{
				Name: t.policyName(), Column: t.markerName, Marker: t.marker, PrimaryKey: t.names(t.key),
				DeletionID: t.deletionID, DeletedBy: t.deletedBy, Reason: t.said,
			})
		}
	}
	for _, f := range s.keys {
		child, parent := s.tables[f.child], s.tables[f.parent]
		if !child.soft && !parent.soft {
			continue
		}
		k := softdelete.ForeignKey{
			Name: f.name, Table: child.policyName(), Columns: child.names(f.columns), RefTable: parent.policyName(),
			RefColumns: parent.names(f.refs), OnDelete: f.action, SetColumns: child.names(f.set),
		}
		if f.nameless {
			k.Name = ""
		}
		if !child.soft {
			k.PrimaryKey = child.names(child.key)
		}
		p.ForeignKeys = append(p.ForeignKeys, k)
	}
	return p
}

// children are the foreign keys that refer to table t.
func (s *schema) children(t int) (out []*foreignKey) {
	for _, f := range s.keys {
		if f.parent == t {
			out = append(out, f)
		}
	}
	return out
}

func (s *schema) parents(t int) (out []*foreignKey) {
	for _, f := range s.keys {
		if f.child == t {
			out = append(out, f)
		}
	}
	return out
}

func (s *schema) key(name string) *foreignKey {
	for _, f := range s.keys {
		if f.name == name {
			return f
		}
	}
	return nil
}

// Names of tables, of columns for keys, and of others. Some are those that
// generated text uses itself, some need quotes, and some are long.
var (
	tableNames = []string{
		"users", "orders", "items", "notes", "invoices", "teams", "t", "c", "p", "d", "r", "v", "x", "u", "h", "n", "k",
		"Order", "user", `we"ird`, "tab le", "größe", "a.b", "message", "softdelete", "it's",
		"root", "id", "taken", "cycle", "journal", "violation", "set_users", "new_users", "links_users", "sets", "lock", "parent", // so are our queries called
		"a_name_that_is_as_long_as_names_may_be_and_then_a_bit_cut_01", "a_name_that_is_as_long_as_names_may_be_and_then_a_bit_cut_02",
	}
	keyNames    = []string{"id", "id", "id", "id", "code", "Key", "k1", "t", "message", "f1", "c", "nr.", "uuid"}
	suffixes    = []string{"_id", "_id", "_ref", "Id", " key", "_fk"}
	numberNames = []string{"n", "n", "n", "amount", "old", "Number", "f2"}
	markerNames = []string{"deleted_at", "deleted_at", "deleted_at", "gone", "Deleted At", "removed"}
)

type maker struct {
	r       *rand.Rand
	s       *schema
	lenient bool // few foreign keys forbid anything
}

func (m *maker) chance(p float64) bool { return m.r.Float64() < p }

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

// newSchema makes a random schema that a policy can describe. refused are the
// reasons that others on the way to it were given.
func newSchema(r *rand.Rand) (s *schema, refused []error) {
	for {
		s = anySchema(r)
		err := s.policy().Validate()
		if err == nil {
			return s, refused
		}
		refused = append(refused, err)
	}
}

func anySchema(r *rand.Rand) *schema {
	m := &maker{r: r, s: &schema{}}
	m.lenient = m.chance(0.5)
	m.s.path = m.chance(0.5)
	m.s.mode = pick(r, []string{"cache_statement", "cache_statement", "cache_statement", "cache_describe", "describe_exec", "exec", "simple_protocol"})
	count := 3 + r.IntN(6)
	names := r.Perm(len(tableNames))
	outside, second := m.chance(0.35), m.chance(0.2)
	ids, by := m.chance(0.6), m.chance(0.3)
	for i := range count {
		t := &table{name: tableNames[names[i]], soft: !(outside && m.chance(0.25)) || i == 0}
		if second && m.chance(0.4) {
			t.schema = secondSchema
		}
		m.s.tables = append(m.s.tables, t)
		m.keysOf(t, i)
		if t.soft {
			m.markers(t, ids, by)
		}
	}
	for i := range m.s.tables {
		for range []int{0, 1, 1, 1, 1, 2, 2, 2, 3}[r.IntN(9)] {
			m.reference(i, -1)
		}
	}
	// Cycles between tables.
	if m.chance(0.35) {
		for range 1 + r.IntN(2) {
			if f := pick(r, append(m.s.keys, nil)); f != nil && f.child != f.parent {
				m.reference(f.parent, f.child)
			}
		}
	}
	if ids && m.chance(0.5) {
		m.archive()
	}
	for _, t := range m.s.tables {
		t.at = len(t.columns)
		if m.chance(0.3) {
			t.at = r.IntN(len(t.columns) + 1)
		}
	}
	m.s.journal = m.chance(0.5)
	for _, f := range m.s.keys {
		if f.action == softdelete.SetNull || f.action == softdelete.SetDefault {
			m.s.journal = true
		}
	}
	return m.s
}

// archive makes some tables archived ones, and with each of them its children.
func (m *maker) archive() {
	// Half of the schemas have marked tables without deletion ids beside the archived ones:
	// parents of theirs, which are not deleted together with them.
	among, alone := 0.3, m.chance(0.5)
	if alone {
		among = 0.1
		m.r.Shuffle(len(m.s.keys), func(i, j int) { m.s.keys[i], m.s.keys[j] = m.s.keys[j], m.s.keys[i] })
		if i := slices.IndexFunc(m.s.keys, func(f *foreignKey) bool {
			return f.action != softdelete.Cascade && f.child != f.parent && m.s.tables[f.child].soft && m.s.tables[f.parent].soft
		}); i >= 0 {
			m.s.tables[m.s.keys[i].child].archived = true
		}
	}
	for _, t := range m.s.tables {
		t.archived = t.archived || t.soft && m.chance(among)
	}
	for again := true; again; {
		again = false
		for _, f := range m.s.keys {
			if c := m.s.tables[f.child]; c.soft && !c.archived && m.s.tables[f.parent].archived {
				c.archived, again = true, true
			}
		}
	}
	for _, t := range m.s.tables {
		if t.archived {
			t.marker, t.markerName, t.deletionID, t.deletedBy, t.said = softdelete.Timestamp, "", "", "", ""
		}
	}
	if alone {
		m.withoutIDs()
	}
}

// withoutIDs takes the deletion ids from some tables, and from those that are deleted with
// them: where nothing of that is archived, times tell deletions apart.
func (m *maker) withoutIDs() {
	for i := range m.s.tables {
		together := m.s.deletedWith(i)
		if slices.ContainsFunc(together, func(t *table) bool { return t.archived }) || m.chance(0.3) {
			continue
		}
		for _, t := range together {
			t.marker, t.deletionID = softdelete.Timestamp, ""
		}
	}
}

// deletedWith are the tables that cascades connect with table i, itself among them.
func (s *schema) deletedWith(i int) (tables []*table) {
	some := []int{i}
	for j := 0; j < len(some); j++ {
		tables = append(tables, s.tables[some[j]])
		for _, f := range s.keys {
			for _, other := range []int{f.child, f.parent} {
				if f.action == softdelete.Cascade && (f.child == some[j] || f.parent == some[j]) && !slices.Contains(some, other) {
					some = append(some, other)
				}
			}
		}
	}
	return tables
}

// fresh returns a name that no column of t has.
func (t *table) fresh(n string) string {
	taken := func(n string) bool {
		return slices.Contains(t.bookkeeping(), n) || slices.ContainsFunc(t.columns, func(c column) bool { return c.name == n })
	}
	if len(n) > 55 {
		n = strings.ToValidUTF8(n[:55], "")
	}
	for i, base := 2, n; taken(n); i++ {
		n = fmt.Sprintf("%s%d", base, i)
	}
	return n
}

func (t *table) addColumn(c column) int {
	c.name = t.fresh(c.name)
	t.columns = append(t.columns, c)
	return len(t.columns) - 1
}

// keysOf gives table i its own columns. Some primary keys begin with a reference.
func (m *maker) keysOf(t *table, i int) {
	own := func(n string, group bool) int {
		return t.addColumn(column{name: n, kind: kind(m.r.IntN(int(kindCount))), group: group, own: true, notNull: true, identity: true})
	}
	switch x := m.r.Float64(); {
	case x < 0.6:
		c := own(pick(m.r, keyNames), false)
		if m.chance(0.5) {
			t.columns[c].kind = kInt
		}
		t.key = []int{c}
	case x < 0.8 || i == 0:
		t.key = []int{own(pick(m.r, keyNames), true), own(pick(m.r, keyNames), false)}
	default:
		f := m.references(i, m.r.IntN(i), true)
		t.key = append(slices.Clone(f.columns), own("line", false))
	}
	t.addColumn(column{name: pick(m.r, numberNames), number: true})
	if m.chance(0.4) {
		u := []int{own("code", false)}
		if m.chance(0.3) {
			u = append([]int{own("area", true)}, u...)
		}
		nullable := m.chance(0.3)
		for _, c := range u {
			t.columns[c].notNull = !nullable
		}
		t.unique = append(t.unique, u)
	}
}

func (m *maker) markers(t *table, ids, by bool) {
	if m.chance(0.35) {
		t.marker = softdelete.Marker(m.r.IntN(5))
	}
	t.markerName = t.fresh(pick(m.r, markerNames))
	if ids {
		t.deletionID = t.fresh(pick(m.r, []string{"deletion_id", "deletion_id", "set"}))
	}
	if by && m.chance(0.5) {
		t.deletedBy = t.fresh("deleted_by")
	}
	if by && m.chance(0.5) {
		t.said = t.fresh("reason")
	}
}

// reference gives table child a foreign key, to parent or, if that is negative,
// to any table.
func (m *maker) reference(child, parent int) {
	if parent < 0 {
		switch x := m.r.Float64(); {
		case x < 0.12:
			parent = child
		case x < 0.2 || child == 0:
			parent = m.r.IntN(len(m.s.tables))
		default:
			parent = m.r.IntN(child)
		}
	}
	m.references(child, parent, false)
}

// references adds a foreign key. A reference that is part of the primary key is
// made before the table's other columns are.
func (m *maker) references(child, parent int, key bool) *foreignKey {
	c, p := m.s.tables[child], m.s.tables[parent]
	f := &foreignKey{child: child, parent: parent, refs: p.key}
	if len(p.unique) > 0 && m.chance(0.3) {
		f.refs = pick(m.r, p.unique)
	}
	if key {
		// A nullable column cannot be referred to by one that is none, if it is to be filled.
		f.refs = p.key
	}
	notNull := key || m.chance(0.15) && !slices.ContainsFunc(f.refs, func(i int) bool { return !p.columns[i].notNull })
	suffix, shared := pick(m.r, suffixes), false
	for _, ref := range f.refs {
		if !key && m.chance(0.12) {
			if other, ok := m.sharable(c, f.columns, p.columns[ref].kind); ok {
				f.columns, shared = append(f.columns, other), true
				continue
			}
		}
		n := p.name + suffix
		if len(f.refs) > 1 {
			n = p.name + "_" + p.columns[ref].name
		}
		f.columns = append(f.columns, c.addColumn(column{name: n, kind: pick(m.r, referring[p.columns[ref].kind]), notNull: notNull, identity: key}))
	}
	f.full = !shared && len(f.refs) > 1 && m.chance(0.1)
	f.action = m.action(c, p)
	if (key || notNull) && (f.action == softdelete.SetNull || f.action == softdelete.SetDefault) && m.chance(0.8) {
		f.action = softdelete.NoAction
		if c.soft && p.soft {
			f.action = softdelete.Cascade
		}
	}
	if key && f.action == softdelete.SetDefault {
		f.action = softdelete.NoAction // it would change primary keys
	}
	if f.action == softdelete.SetNull || f.action == softdelete.SetDefault {
		if len(f.columns) > 1 && m.chance(0.4) {
			for _, col := range f.columns {
				if m.chance(0.5) {
					f.set = append(f.set, col)
				}
			}
		}
	}
	if f.action == softdelete.SetDefault {
		n := 1 + m.r.IntN(4)
		if m.chance(0.15) {
			n = 999_999 // that no row has
		}
		for i, col := range f.columns {
			if d := &c.columns[col]; d.def == "" && !d.own && !slices.ContainsFunc(m.s.parents(child), func(o *foreignKey) bool { return slices.Contains(o.columns, col) }) {
				if ref := p.columns[f.refs[i]]; ref.own && m.chance(0.8) {
					d.def = ref.nth(n)
				}
			}
		}
	}
	m.nameKey(f)
	m.s.keys = append(m.s.keys, f)
	return f
}

// nth is the value of the nth row.
func (c column) nth(n int) string {
	if c.group {
		n = n/4 + 1
	}
	return c.kind.value(n)
}

// sharable finds a column that refers to another table already and can refer to
// one of that kind, too. It is nullable: that is how a row without a common
// parent is filled.
func (m *maker) sharable(t *table, not []int, k kind) (int, bool) {
	for _, i := range m.r.Perm(len(t.columns)) {
		c := t.columns[i]
		if c.own || c.number || slices.Contains(not, i) || c.identity || c.notNull || c.kind != k {
			continue
		}
		return i, true
	}
	return 0, false
}

func (m *maker) action(c, p *table) softdelete.Action {
	actions := []softdelete.Action{
		softdelete.Cascade, softdelete.Cascade, softdelete.Cascade, softdelete.Cascade, softdelete.Cascade,
		softdelete.SetNull, softdelete.SetNull, softdelete.SetDefault, softdelete.NoAction, softdelete.Restrict,
	}
	if m.lenient && m.chance(0.9) {
		actions = actions[:8]
	}
	for {
		if a := pick(m.r, actions); a != softdelete.Cascade || c.soft == p.soft {
			return a
		}
	}
}

// nameKey names the constraint; a nameless one gets the name that PostgreSQL will give it.
func (m *maker) nameKey(f *foreignKey) {
	c := m.s.tables[f.child]
	f.name = c.name + "_" + strings.Join(c.names(f.columns), "_") + "_fkey"
	if f.nameless = m.chance(0.3) && len(f.name) < 60 && m.s.key(f.name) == nil; f.nameless {
		return
	}
	f.name = fmt.Sprintf("%s%d", pick(m.r, []string{"fk", "fk", "FK ", `f"k`, "z", "schlüssel"}), len(m.s.keys)+1)
}

// marking is a value of the marker of a deleted row.
func (t *table) marking() string {
	switch t.marker {
	case softdelete.Timestamp:
		return "'2020-01-01T00:00:00Z'"
	case softdelete.Flag:
		return "true"
	default:
		return "1577836800"
	}
}
