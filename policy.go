package softdelete

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/softdelete-go/softdelete/internal/nearest"
)

// Policy says which tables are soft-deleted and how. It is plain data: it can
// be compared, printed, and loaded from YAML with [LoadPolicy]. Zero values are
// the defaults.
type Policy struct {
	Tables []Table `yaml:"tables"`

	// ForeignKeys are the references between tables. A delete follows them as
	// PostgreSQL's own ON DELETE actions would. What is not listed is not followed.
	ForeignKeys []ForeignKey `yaml:"foreign_keys,omitempty"`
	// Discover completes the policy from the database at the first connection, with
	// what the function [Discover] finds: entries keep what they say, and get the
	// rest; tables with a marker are added, and foreign keys, except those that
	// ForeignKeys lists by name or by columns, where what it says counts.
	//
	// The catalog is read again before the next statement when one that went
	// through the driver may have changed tables or constraints: after the statement
	// in its own transaction, after the commit everywhere else. What functions,
	// procedures and other clients do to the schema is seen when [Refresh] is called,
	// or after a while, see [RefreshAfter]. If the
	// schema then asks for something that no policy can promise, statements on the
	// tables concerned are refused until it is put right.
	//
	// It needs pgx beneath, for the state of the transaction.
	Discover bool `yaml:"discover,omitempty"`
	// Journal keeps one row per delete in softdelete_deletions (who, when, why,
	// and how many rows of which table), and in softdelete_links the keys that SET
	// NULL and SET DEFAULT replaced, for a restore to put back. [JournalDDL] makes
	// both tables.
	Journal bool `yaml:"journal,omitempty"`
}

// Table is one soft-deleted table.
type Table struct {
	// Name is "users" (which means public.users), "billing.invoices", or
	// "*.users": users in every schema but the system's. An unqualified name in
	// a statement matches every entry with that table name, because which schema
	// it means is decided by search_path, on the server.
	//
	// Each part is written as the catalog has it: case counts and nothing is
	// folded, so the table of CREATE TABLE Users is "users", and that of CREATE
	// TABLE "Users" is "Users". A part that contains a dot or a double quote, or
	// begins or ends with a space, goes in double quotes, with a quote inside
	// doubled: `"my schema"."My.Table"`. Any other part may, too.
	Name string `yaml:"name"`
	// Column is the marker column, as the catalog has it, without quotes.
	// Default: "deleted_at".
	Column string `yaml:"column,omitempty"`
	// Marker is what the marker column holds. Default: [Timestamp].
	Marker Marker `yaml:"marker,omitempty"`
	// PrimaryKey names the key columns. Default: {"id"}.
	PrimaryKey []string `yaml:"primary_key,omitempty"`
	// PartitionOf names the entry of the partitioned table that this one is a
	// partition of, directly or through others. Foreign keys of the whole, listed
	// once, then hold for statements that name the partition.
	PartitionOf string `yaml:"partition_of,omitempty"`

	// DeletionID is a uuid column that says which delete took the row, so that
	// a restore brings back exactly what one delete took. Without it a restore
	// takes the rows that foreign keys reach and that have the same marker value.
	DeletionID string `yaml:"deletion_id,omitempty"`
	// DeletedBy is a text column for who deleted the row, see [WithActor].
	DeletedBy string `yaml:"deleted_by,omitempty"`
	// Reason is a text column for why the row was deleted, see [WithReason].
	Reason string `yaml:"reason,omitempty"`
	// UpdatedAt is a timestamp column that every UPDATE which does not set it
	// sets to now(), the time of the transaction; so do DO UPDATE of an INSERT, and
	// UPDATE of a MERGE. A delete and a restore leave it as it is.
	UpdatedAt string `yaml:"updated_at,omitempty"`
	// Mode is where deleted rows stay. Default: [Mark]. An [Archive] table needs no column
	// of its own for them; who deleted a row, when, why and with what is in
	// deletion_records, which [ArchiveDDL] makes.
	Mode Mode `yaml:"mode,omitempty"`
	// Renamed are columns of an [Archive] table that had another name when rows were
	// deleted, the old name first. A restore puts what they held into the new ones; what
	// is left over of columns that do not exist any more stays in deletion_records.
	Renamed map[string]string `yaml:"renamed,omitempty"`
	// OnBlocked is what happens when a deleted row holds the primary key of a new
	// one, or, in an ON CONFLICT about it, a key of UniqueKeys or one that foreign keys
	// refer to. Default: [Error]. Other keys need no such choice: they can be unique
	// indexes over the live rows alone.
	OnBlocked Blocked `yaml:"on_blocked,omitempty"`
	// Columns are all columns that an INSERT can write: neither generated ones nor
	// those that are GENERATED ALWAYS AS IDENTITY. [Phoenix] needs them, for a new
	// row must leave nothing of the one whose place it takes. [Policy.Discover]
	// fills them in.
	Columns []string `yaml:"columns,omitempty"`
	// UniqueKeys are unique constraints and indexes of the table that hold deleted
	// rows too. Under [Phoenix] an ON CONFLICT on one of them, by its name or by its
	// columns, gives the place of a deleted row to the new one. Neither partial
	// indexes belong here, nor deferrable ones, nor those with NULLS NOT DISTINCT.
	// [Policy.Discover] fills them in.
	UniqueKeys []UniqueKey `yaml:"unique_keys,omitempty"`
	// OnlyKey says that nothing but the primary key keeps a new row out: the table has no
	// other unique index, and no exclusion constraint. ON CONFLICT DO NOTHING without a
	// target, as ORMs write it for junction tables, then means the primary key; without
	// OnlyKey it is refused. [Policy.Discover] finds it out; the function [Discover] leaves
	// it out, for it holds until somebody adds an index.
	OnlyKey bool `yaml:"only_key,omitempty"`
	// Hidden are columns that are never shown among deleted rows, such as
	// password hashes: [DeletionRows], [Obstacles] and the packages trash and rest leave
	// them out. They are deleted, restored and archived like any other.
	Hidden []string `yaml:"hidden,omitempty"`
	// KeepFor is how long deleted rows are kept, before [Purge] may remove them. Zero
	// keeps them for ever, unless a purge is told an age.
	KeepFor Duration `yaml:"keep_for,omitempty"`
}

// UniqueKey is a unique constraint, or a unique index, over all rows of a table.
type UniqueKey struct {
	Name    string   `yaml:"name"` // as the catalog has it, without a schema
	Columns []string `yaml:"columns"`
}

// ForeignKey is a reference from a child table to its parent. Its tables are
// named as in [Table.Name], without "*".
type ForeignKey struct {
	// Name is the constraint's; errors carry it. Default: what PostgreSQL calls a
	// nameless one, such as "orders_user_id_fkey".
	Name       string   `yaml:"name,omitempty"`
	Table      string   `yaml:"table"`
	Columns    []string `yaml:"columns"`
	RefTable   string   `yaml:"ref_table"`
	RefColumns []string `yaml:"ref_columns"`
	// OnDelete is what a delete of the parent does to its live children. It may
	// differ from what the constraint in the database says, which never fires,
	// since nothing is really deleted. Default: [NoAction].
	OnDelete Action `yaml:"on_delete,omitempty"`
	// SetColumns are the columns that [SetNull] and [SetDefault] change, where
	// these are not all, as in ON DELETE SET NULL (author_id).
	SetColumns []string `yaml:"set_columns,omitempty"`
	// PrimaryKey is the key of Table where Table is not in the policy. Default: {"id"}.
	PrimaryKey []string `yaml:"primary_key,omitempty"`
	// Twin names the constraint of the twin key, where the schema has one: a
	// foreign key between generated columns that are the key of live rows and NULL
	// of deleted ones. The server then checks what the driver otherwise does.
	Twin string `yaml:"twin,omitempty"`
}

// Marker is the kind of a marker column. YAML spells the kinds timestamp, flag,
// unix_seconds, unix_millis and unix_nanos.
type Marker uint8

// The marker kinds. Each has one live value; every other value is deleted. NULL in a
// Flag or Unix column is neither: declare such columns NOT NULL.
const (
	Timestamp   Marker = iota // NULL is live
	Flag                      // false is live
	UnixSeconds               // 0 is live
	UnixMillis                // 0 is live
	UnixNanos                 // 0 is live
)

// Mode is what happens to a deleted row. YAML spells the modes mark and archive.
type Mode uint8

// The modes.
const (
	Mark    Mode = iota // the row stays, with its marker set
	Archive             // the row leaves its table, and is kept in deletion_records
)

// Blocked is what happens when a deleted row holds the key of a new one. YAML
// spells the choices error and phoenix.
type Blocked uint8

// What to do with a new row whose key a deleted row holds.
const (
	// Error refuses the new row, with PostgreSQL's unique_violation (SQLSTATE 23505).
	Error Blocked = iota
	// Phoenix keeps the deleted row in deletion_records, see [ArchiveDDL], and gives
	// its place to the new one, in the same statement.
	Phoenix
)

// Action is a foreign key's ON DELETE action. YAML spells the actions no_action,
// restrict, cascade, set_null, set_default and keep_visible.
type Action uint8

// The ON DELETE actions: PostgreSQL's five, and one that PostgreSQL does not have.
const (
	NoAction   Action = iota // a live child forbids the delete
	Restrict                 // the same, with another error from PostgreSQL 18 on
	Cascade                  // the children are deleted too
	SetNull                  // the children lose their reference
	SetDefault               // the children refer to the column's default
	// KeepVisible leaves live children with a reference to a deleted parent.
	// WithDeleted(ctx, "parent") shows the parent to whoever follows it.
	KeepVisible
)

// The names in YAML; the index is the value.
var (
	markerNames  = []string{"timestamp", "flag", "unix_seconds", "unix_millis", "unix_nanos"}
	modeNames    = []string{"mark", "archive"}
	blockedNames = []string{"error", "phoenix"}
	actionNames  = []string{"no_action", "restrict", "cascade", "set_null", "set_default", "keep_visible"}
)

func (m Marker) String() string  { return choiceString("Marker", markerNames, m) }
func (m Mode) String() string    { return choiceString("Mode", modeNames, m) }
func (b Blocked) String() string { return choiceString("Blocked", blockedNames, b) }
func (a Action) String() string  { return choiceString("Action", actionNames, a) }

// MarshalText returns the name that YAML uses; a value without one is an error.
func (m Marker) MarshalText() ([]byte, error) { return marshalChoice("Marker", markerNames, m) }

// MarshalText returns the name that YAML uses; a value without one is an error.
func (m Mode) MarshalText() ([]byte, error) { return marshalChoice("Mode", modeNames, m) }

// MarshalText returns the name that YAML uses; a value without one is an error.
func (b Blocked) MarshalText() ([]byte, error) { return marshalChoice("Blocked", blockedNames, b) }

// MarshalText returns the name that YAML uses; a value without one is an error.
func (a Action) MarshalText() ([]byte, error) { return marshalChoice("Action", actionNames, a) }

// UnmarshalText accepts the names that YAML uses.
func (m *Marker) UnmarshalText(text []byte) error { return unmarshalChoice(markerNames, text, m) }

// UnmarshalText accepts the names that YAML uses.
func (m *Mode) UnmarshalText(text []byte) error { return unmarshalChoice(modeNames, text, m) }

// UnmarshalText accepts the names that YAML uses.
func (b *Blocked) UnmarshalText(text []byte) error { return unmarshalChoice(blockedNames, text, b) }

// UnmarshalText accepts the names that YAML uses.
func (a *Action) UnmarshalText(text []byte) error { return unmarshalChoice(actionNames, text, a) }

func choiceString[T ~uint8](kind string, names []string, v T) string {
	if int(v) < len(names) {
		return names[v]
	}
	return fmt.Sprintf("%s(%d)", kind, uint8(v))
}

func marshalChoice[T ~uint8](kind string, names []string, v T) ([]byte, error) {
	if int(v) >= len(names) {
		return nil, fmt.Errorf("softdelete: %s has no name", choiceString(kind, names, v))
	}
	return []byte(names[v]), nil
}

func unmarshalChoice[T ~uint8](names []string, text []byte, v *T) error {
	i := slices.Index(names, string(text))
	if i < 0 {
		err := &PolicyError{
			Problem: fmt.Sprintf("%.80q is not a choice", text),
			Remedy:  "write one of " + strings.Join(names, ", "),
		}
		if near := nearest.To(string(text), names); near != "" {
			err.Remedy = fmt.Sprintf("did you mean %s? %s", near, err.Remedy)
		}
		return err
	}
	*v = T(i)
	return nil
}

// Duration is a time.Duration that may be spelled with days, of 24 hours each:
// "90d", "36h", "15m", "1d12h".
type Duration time.Duration

const day = 24 * time.Hour

// String returns the shortest such spelling: "1d12h" for 36 hours, "0s" for zero.
func (d Duration) String() string {
	days, rest := time.Duration(d)/day, time.Duration(d)%day
	sign := ""
	if d < 0 {
		// One by one: the smallest Duration has no positive counterpart.
		sign, days, rest = "-", -days, -rest
	}
	s := ""
	if days > 0 {
		s = strconv.FormatInt(int64(days), 10) + "d"
	}
	if rest > 0 || days == 0 {
		r := rest.String()
		if cut, ok := strings.CutSuffix(r, "m0s"); ok {
			r = cut + "m"
		}
		if cut, ok := strings.CutSuffix(r, "h0m"); ok {
			r = cut + "h"
		}
		s += r
	}
	return sign + s
}

// MarshalText returns what String does.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText accepts days, which come first and are whole, followed by what
// [time.ParseDuration] accepts.
func (d *Duration) UnmarshalText(text []byte) error {
	bad := &PolicyError{
		Problem: fmt.Sprintf("%.80q is not a duration", text),
		Remedy:  `write a number and a unit, such as 90d, 36h, 15m or 1d12h`,
	}
	s, negative := strings.CutPrefix(string(text), "-")
	var total time.Duration // not above zero, because the smallest value is the largest in size
	head, tail, hasDays := strings.Cut(s, "d")
	if hasDays {
		days, err := strconv.ParseUint(head, 10, 64)
		if err != nil || days > uint64(-(time.Duration(-1<<63)/day)) {
			return bad
		}
		total, s = -time.Duration(days)*day, tail
	}
	if s != "" || !hasDays {
		if s == "" || s[0] == '-' || s[0] == '+' {
			return bad
		}
		rest, err := time.ParseDuration(s)
		if err != nil {
			return bad
		}
		if total -= rest; total > 0 {
			return bad
		}
	}
	if !negative {
		if total == -1<<63 {
			return bad
		}
		total = -total
	}
	*d = Duration(total)
	return nil
}

// Validate returns all that is wrong with the policy as [*PolicyError] values
// joined by [errors.Join], or nil.
//
// It needs no database, so it cannot know whether the tables and columns exist.
func (p Policy) Validate() error { return p.validate(nil) }

// validate gives the errors the lines that a file has at their paths.
func (p Policy) validate(lines map[string]int) error {
	c := &checker{lines: lines}
	if len(p.Tables) == 0 && !p.Discover {
		c.add("tables", "the policy names no table", `name one, such as: tables: [{name: users}]`)
	}
	o := overlaps{first: map[tableName]int{}, named: map[string]int{}}
	for i, t := range p.Tables {
		at := fmt.Sprintf("tables[%d]", i)
		n, bad := parseName(t.Name)
		if bad == nil {
			bad = o.add(p.Tables, i, n.orPublic())
		}
		if bad != nil {
			c.problem(at+".name", bad)
		}
		c.table(at, t)
		c.phoenix(p, at, t)
	}
	c.partitions(p.Tables)
	for i, f := range p.ForeignKeys {
		c.foreignKey(fmt.Sprintf("foreign_keys[%d]", i), f)
	}
	c.checkForeignKeys(p)
	return errors.Join(c.errs...)
}

// checker collects problems.
type checker struct {
	lines map[string]int
	errs  []error
}

func (c *checker) add(path, problem, remedy string) {
	c.problem(path, &PolicyError{Problem: problem, Remedy: remedy})
}

// problem completes e by its place: the line of the path, or of what contains it
// where a file has nothing at the path itself (a default, or a missing key).
func (c *checker) problem(path string, e *PolicyError) {
	e.Path = path
	for e.Line = c.lines[path]; e.Line == 0 && path != ""; e.Line = c.lines[path] {
		path = path[:max(0, strings.LastIndexAny(path, ".["))]
	}
	c.errs = append(c.errs, e)
}

// overlaps finds entries that mean the same table: which of two markers should
// hold there?
type overlaps struct {
	first map[tableName]int // the entry with that name
	named map[string]int    // the first entry with that name in any schema
}

// add returns what is wrong if entry i, of name n, overlaps an earlier one.
func (o overlaps) add(tables []Table, i int, n tableName) *PolicyError {
	report := func(relation string, earlier int) *PolicyError {
		return &PolicyError{
			Problem: fmt.Sprintf("%q %s tables[%d] (%q)", tables[i].Name, relation, earlier, tables[earlier].Name),
			Remedy:  "remove one of the two entries",
		}
	}
	if j, ok := o.first[n]; ok {
		return report("is the same table as", j)
	}
	o.first[n] = i
	if j, ok := o.first[tableName{everySchema, n.name}]; ok && j != i {
		return report("is included in", j)
	}
	if j, ok := o.named[n.name]; ok && n.schema == everySchema {
		return report("includes", j)
	} else if !ok {
		o.named[n.name] = i
	}
	return nil
}

func (c *checker) table(at string, t Table) {
	c.choice(at+".marker", markerNames, uint8(t.Marker), t.Marker)
	c.choice(at+".mode", modeNames, uint8(t.Mode), t.Mode)
	c.choice(at+".on_blocked", blockedNames, uint8(t.OnBlocked), t.OnBlocked)
	if t.KeepFor < 0 {
		c.add(at+".keep_for", fmt.Sprintf("%s is negative", t.KeepFor), "write how long deleted rows are kept, such as 90d")
	}

	marker := t.markerColumn()
	usedBy := map[string]string{}
	for _, col := range []struct{ key, name string }{
		{"column", marker},
		{"deletion_id", t.DeletionID},
		{"deleted_by", t.DeletedBy},
		{"reason", t.Reason},
		{"updated_at", t.UpdatedAt},
	} {
		if col.name == "" {
			continue
		}
		path := at + "." + col.key
		if bad := checkIdentifier(col.name); bad != nil {
			c.problem(path, bad)
		} else if first, taken := usedBy[col.name]; taken {
			c.add(path, fmt.Sprintf("column %q already serves as %s", col.name, first), "name a column of its own for each purpose")
		} else {
			usedBy[col.name] = col.key
		}
	}
	c.columns(at+".primary_key", t.PrimaryKey)
	for i, name := range t.PrimaryKey {
		if name == marker {
			c.add(fmt.Sprintf("%s.primary_key[%d]", at, i), fmt.Sprintf("the marker column %q cannot identify a row, because a delete changes it", name), "name only key columns that a delete leaves alone")
		}
	}
	c.columns(at+".hidden", t.Hidden)
	c.hidden(at, t, usedBy)
	c.archive(at, t)
	c.columns(at+".columns", t.Columns)
	c.uniqueKeys(at+".unique_keys", t.UniqueKeys)
}

// archive checks what is said of an archived table, and of others that only those have.
func (c *checker) archive(at string, t Table) {
	if t.Mode != Archive {
		if len(t.Renamed) > 0 {
			c.add(at+".renamed", "the deleted rows of this table are in the table itself, under the new names", "remove it: only mode: archive needs it")
		}
		return
	}
	for _, f := range []struct {
		key string
		set bool
	}{
		{"column", t.Column != ""}, {"marker", t.Marker != Timestamp}, {"deletion_id", t.DeletionID != ""}, {"deleted_by", t.DeletedBy != ""}, {"reason", t.Reason != ""},
	} {
		if f.set {
			c.add(at+"."+f.key, "an archived row leaves its table, which needs no such column", "remove it: deletion_records has what it would hold")
		}
	}
	if t.OnBlocked != Error || len(t.UniqueKeys) > 0 || t.OnlyKey {
		c.add(at+".on_blocked", "an archived row leaves its table, and holds no key there", "remove on_blocked, unique_keys and only_key")
	}
	if n, bad := parseName(t.Name); bad == nil && n.schema == everySchema {
		c.add(at+".name", "deletion_records would not tell the schemas apart", "list the tables schema by schema")
	}
	olds := slices.Sorted(maps.Keys(t.Renamed))
	news := map[string]bool{}
	for _, old := range olds {
		for _, name := range []string{old, t.Renamed[old]} {
			if bad := checkIdentifier(name); bad != nil {
				c.problem(at+".renamed."+old, bad)
			}
		}
		if news[t.Renamed[old]] {
			c.add(at+".renamed."+old, fmt.Sprintf("another column became %q too", t.Renamed[old]), "keep one")
		}
		news[t.Renamed[old]] = true
	}
}

// hidden refuses to hide what rows are told by, or what a delete writes: that is shown
// with the deletion. usedBy has the columns that a delete writes, and updated_at.
func (c *checker) hidden(at string, t Table, usedBy map[string]string) {
	key := t.PrimaryKey
	if len(key) == 0 {
		key = []string{defaultKey}
	}
	for i, name := range t.Hidden {
		use := usedBy[name]
		if slices.Contains(key, name) {
			use = "primary_key"
		}
		if use != "" && use != "updated_at" {
			c.add(fmt.Sprintf("%s.hidden[%d]", at, i), fmt.Sprintf("column %q serves as %s, which is shown with a deletion", name, use), "hide other columns only")
		}
	}
}

// uniqueKeys checks the names and columns of unique keys.
func (c *checker) uniqueKeys(path string, keys []UniqueKey) {
	for i, k := range keys {
		at := fmt.Sprintf("%s[%d]", path, i)
		if k.Name == "" {
			c.add(at+".name", "the key has no name", "write the name of the constraint, as psql's \\d shows it")
		} else if bad := checkIdentifier(k.Name); bad != nil {
			c.problem(at+".name", bad)
		}
		if slices.ContainsFunc(keys[:i], func(other UniqueKey) bool { return other.Name == k.Name }) {
			c.add(at+".name", fmt.Sprintf("%q is listed twice", k.Name), "remove one")
		}
		if len(k.Columns) == 0 {
			c.add(at+".columns", "the key has no columns", "list them")
		}
		c.columns(at+".columns", k.Columns)
	}
}

// phoenix checks what a table under Phoenix needs.
func (c *checker) phoenix(p Policy, at string, t Table) {
	if t.OnBlocked != Phoenix || t.Mode == Archive {
		return
	}
	if len(t.Columns) == 0 && !p.Discover {
		c.add(at+".columns", "on_blocked: phoenix needs to know the columns of the table", "list all columns that an INSERT can write, or set discover: true")
	}
	for _, name := range []string{cmp.Or(t.Column, defaultColumn), t.DeletionID, t.DeletedBy, t.Reason, t.UpdatedAt} {
		if len(t.Columns) > 0 && name != "" && !slices.Contains(t.Columns, name) {
			c.add(at+".columns", fmt.Sprintf("column %q is not among the columns", name), "add it: list all columns that an INSERT can write")
		}
	}
	if !p.Journal && slices.ContainsFunc(p.ForeignKeys, func(f ForeignKey) bool { return meansTable(f.RefTable, t.Name) }) {
		c.add(at+".on_blocked", "foreign keys lead to this table, and without a journal a restore of its children would give them to the new row",
			"set journal: true, or leave on_blocked out")
	}
}

// meansTable reports whether the name a can mean the table of the entry b.
func meansTable(a, b string) bool {
	x, bad := parseName(a)
	y, bad2 := parseName(b)
	return bad == nil && bad2 == nil && x.name == y.name && (x.orPublic() == y.orPublic() || y.schema == everySchema)
}

// partitions checks what tables say that they are partitions of.
func (c *checker) partitions(tables []Table) {
	byName := map[tableName]Table{}
	for _, t := range tables {
		if n, bad := parseName(t.Name); bad == nil {
			byName[n.orPublic()] = t
		}
	}
	for i, t := range tables {
		if t.PartitionOf == "" {
			continue
		}
		at := fmt.Sprintf("tables[%d].partition_of", i)
		n, bad := parseName(t.PartitionOf)
		whole, ok := byName[n.orPublic()]
		switch {
		case bad != nil:
			c.problem(at, bad)
		case !ok:
			c.add(at, fmt.Sprintf("%q is not in tables", t.PartitionOf), "add it, or remove partition_of")
		case whole.PartitionOf != "":
			c.add(at, fmt.Sprintf("%q is a partition itself, or the same table", t.PartitionOf), "name the partitioned table at the top")
		case !t.markedLike(whole):
			c.add(at, fmt.Sprintf("%q and %q do not have the same mode, column, marker, deletion_id, deleted_by and reason", t.Name, whole.Name),
				"a partition has the columns of its whole: write the same for both")
		}
	}
}

// markerColumn is the column that a delete changes, "" in an archived table.
func (t Table) markerColumn() string {
	if t.Mode == Archive {
		return ""
	}
	return cmp.Or(t.Column, defaultColumn)
}

// markedLike reports whether a delete does the same in both tables.
func (t Table) markedLike(other Table) bool {
	return t.Mode == other.Mode && t.markerColumn() == other.markerColumn() && t.Marker == other.Marker &&
		t.DeletionID == other.DeletionID && t.DeletedBy == other.DeletedBy && t.Reason == other.Reason
}

func (c *checker) foreignKey(at string, f ForeignKey) {
	if f.Name != "" {
		if bad := checkIdentifier(f.Name); bad != nil {
			c.problem(at+".name", bad)
		}
	}
	for _, side := range []struct{ key, table string }{{"table", f.Table}, {"ref_table", f.RefTable}} {
		n, bad := parseName(side.table)
		if bad == nil && n.schema == everySchema {
			bad = &PolicyError{Problem: fmt.Sprintf("%q is not one table", side.table), Remedy: "name the schema, or none for public"}
		}
		if bad != nil {
			c.problem(at+"."+side.key, bad)
		}
	}
	for _, side := range []struct {
		key     string
		columns []string
	}{{"columns", f.Columns}, {"ref_columns", f.RefColumns}} {
		if len(side.columns) == 0 {
			c.add(at+"."+side.key, "no column is named", "name the columns of the foreign key, in order")
		}
		c.columns(at+"."+side.key, side.columns)
	}
	if len(f.Columns) != len(f.RefColumns) {
		c.add(at+".ref_columns", fmt.Sprintf("%d columns refer to %d", len(f.Columns), len(f.RefColumns)), "name as many columns on both sides, in the same order")
	}
	c.columns(at+".set_columns", f.SetColumns)
	c.columns(at+".primary_key", f.PrimaryKey)
	c.choice(at+".on_delete", actionNames, uint8(f.OnDelete), f.OnDelete)
}

// columns checks a list of column names.
func (c *checker) columns(path string, names []string) {
	seen := map[string]bool{}
	for i, name := range names {
		at := fmt.Sprintf("%s[%d]", path, i)
		if bad := checkIdentifier(name); bad != nil {
			c.problem(at, bad)
		} else if seen[name] {
			c.add(at, fmt.Sprintf("column %q is named twice", name), "remove one")
		}
		seen[name] = true
	}
}

func (c *checker) choice(path string, names []string, value uint8, shown fmt.Stringer) {
	if int(value) >= len(names) {
		c.add(path, fmt.Sprintf("%s does not exist", shown), "use one of the constants for "+strings.Join(names, ", "))
	}
}
