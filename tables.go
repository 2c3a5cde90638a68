package softdelete

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// table is one policy entry, resolved: defaults applied, the name taken apart.
type table struct {
	entry      Table
	schema     string // "public" when the entry is unqualified, "*" for every schema
	name       string
	column     string
	marker     Marker
	primaryKey []string
	index      int // in Policy.Tables
	rel        *relation
	partOf     *table // nil if it is no partition
}

// whole is the partitioned table that t is a part of, or t.
func (t *table) whole() *table {
	if t.partOf != nil {
		return t.partOf
	}
	return t
}

// archived reports whether deleted rows leave the table.
func (t *table) archived() bool { return t.entry.Mode == Archive }

// display is the table as the policy's author wrote it, for messages.
func (t *table) display() string { return t.entry.Name }

const (
	defaultSchema = "public"
	everySchema   = "*"
	defaultColumn = "deleted_at"
	defaultKey    = "id"
)

// tableSet answers which entries of a policy a name means. It is immutable.
type tableSet struct {
	all    []*table
	byName map[string][]*table
	exact  map[tableName][]*table // one element each: Validate refuses overlapping entries
	folded map[string]struct{}

	foreignKeys []*foreignKey
	journal     bool
	discover    bool
}

func newTableSet(p Policy) (*tableSet, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	s := &tableSet{
		byName: map[string][]*table{},
		exact:  map[tableName][]*table{},
		folded: map[string]struct{}{},
	}
	for i, entry := range p.Tables {
		n, bad := parseName(entry.Name)
		if bad != nil {
			return nil, bad
		}
		t := &table{
			entry:      entry,
			schema:     n.orPublic().schema,
			name:       n.name,
			column:     entry.Column,
			marker:     entry.Marker,
			primaryKey: entry.PrimaryKey,
			index:      i,
		}
		if t.column == "" && entry.Mode != Archive {
			t.column = defaultColumn
		}
		if len(t.primaryKey) == 0 {
			t.primaryKey = []string{defaultKey}
		}
		s.all = append(s.all, t)
		s.byName[t.name] = append(s.byName[t.name], t)
		s.exact[tableName{t.schema, t.name}] = []*table{t}
		s.folded[strings.Map(asciiLower, t.name)] = struct{}{}
	}
	for _, t := range s.all {
		if t.entry.PartitionOf != "" {
			t.partOf = s.byPolicyName(t.entry.PartitionOf)[0]
		}
	}
	s.journal, s.discover = p.Journal, p.Discover
	s.resolveForeignKeys(p)
	return s, nil
}

// policy is the tables, the journal and the foreign keys of the policy, with the defaults
// of columns and keys written out. Foreign keys name tables as their entries do.
func (s *tableSet) policy() Policy {
	p := Policy{Journal: s.journal}
	for _, t := range s.all {
		entry := t.entry
		entry.Column, entry.PrimaryKey = t.column, t.primaryKey
		p.Tables = append(p.Tables, entry)
	}
	for _, f := range s.foreignKeys {
		p.ForeignKeys = append(p.ForeignKeys, ForeignKey{
			Name: f.name, Table: f.child.display(), Columns: f.columns, RefTable: f.parent.display(), RefColumns: f.refColumns,
			OnDelete: f.action, SetColumns: f.set, PrimaryKey: f.child.key, Twin: f.twin,
		})
	}
	return p
}

// find returns the entries that a relation name in a statement can mean, nil
// when none; schema is "" when the statement does not qualify the name. Both
// are as the parser gives them: folded, and clipped to 63 bytes.
//
// An unqualified name matches every entry of that name whatever its schema,
// because search_path decides, on the server. A qualified one matches its
// schema's entry, or the entry for every schema. The system's schemas are not
// among "every": information_schema.tables has no marker even where the tenants
// of a restaurant have "*.tables".
func (s *tableSet) find(schema, name string) []*table {
	if schema == "" {
		return s.byName[name]
	}
	if t := s.exact[tableName{schema, name}]; t != nil {
		return t
	}
	if isSystemSchema(schema) {
		return nil
	}
	return s.exact[tableName{everySchema, name}]
}

// byPolicyName returns the entry that a caller means who names a table in the
// policy's own syntax, nil when there is none. "users" and "public.users" reach
// the entry written either way; "users" reaches "*.users" too. Otherwise the
// schema must be the entry's: "invoices" does not reach "billing.invoices", and
// "public.users" or "billing.users" does not reach "*.users", so that a hard
// delete meant for one schema never holds for all of them.
func (s *tableSet) byPolicyName(name string) []*table {
	n, bad := parseName(name)
	if bad != nil {
		return nil
	}
	if t := s.exact[n.orPublic()]; t != nil || n.schema != "" {
		return t
	}
	return s.exact[tableName{everySchema, n.name}]
}

// hasName reports whether an identifier of a statement can be a policy table's
// name. It disregards ASCII case, quoted or not, so it says yes too often and
// never no too often. Escapes (U&"…", doubled quotes) are the caller's to undo.
func (s *tableSet) hasName(identifier string) bool {
	identifier = clipIdentifier(identifier)
	var buf [maxIdentifier]byte // on the stack; clipIdentifier keeps within it
	lower := buf[:copy(buf[:], identifier)]
	for i, c := range lower {
		lower[i] = byte(asciiLower(rune(c)))
	}
	_, ok := s.folded[string(lower)]
	return ok
}

func asciiLower(r rune) rune {
	if 'A' <= r && r <= 'Z' {
		return r + 'a' - 'A'
	}
	return r
}

// tableName is a parsed policy name; schema is "" when unqualified.
type tableName struct{ schema, name string }

func (n tableName) orPublic() tableName {
	if n.schema == "" {
		n.schema = defaultSchema
	}
	return n
}

// maxIdentifier is PostgreSQL's NAMEDATALEN - 1, in bytes.
const maxIdentifier = 63

// clipIdentifier shortens an over-long identifier as the server and its parser
// do, at the last whole character within 63 bytes: a 64-byte name in a statement
// is the table whose name is its first 63.
func clipIdentifier(s string) string { return clipTo(s, maxIdentifier) }

// clipTo shortens s to at most n bytes of whole characters.
func clipTo(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// isSystemSchema is true for the schemas that PostgreSQL keeps for itself; the
// prefix covers pg_catalog, pg_toast and every session's pg_temp_N.
func isSystemSchema(schema string) bool {
	return schema == "information_schema" || strings.HasPrefix(schema, "pg_")
}

// ParseTableName takes a name apart that is spelt as [Table.Name] documents. The
// schema is "" if there is none, which is public, and "*" for every schema. An error
// is a [*PolicyError].
func ParseTableName(name string) (schema, table string, err error) {
	n, bad := parseName(name)
	if bad != nil {
		return "", "", bad
	}
	return n.schema, n.name, nil
}

// parseName reads the name syntax that [Table.Name] documents. The error has no
// Path and no Line yet.
func parseName(s string) (tableName, *PolicyError) {
	fail := func(problem, remedy string) (tableName, *PolicyError) {
		return tableName{}, &PolicyError{Problem: problem, Remedy: remedy}
	}
	if strings.TrimSpace(s) == "" {
		return fail("the table name is empty", `write a table's name, such as "users" or "billing.invoices"`)
	}
	if bad := checkEncoding(s); bad != nil {
		return tableName{}, bad
	}
	var parts []string
	var quoted []bool
	for rest, more := s, true; more; {
		var part string
		var isQuoted bool
		var bad *PolicyError
		part, isQuoted, rest, more, bad = cutPart(s, rest)
		if bad != nil {
			return tableName{}, bad
		}
		parts, quoted = append(parts, part), append(quoted, isQuoted)
	}
	if len(parts) > 2 {
		return fail(fmt.Sprintf("%.80q has more than one dot", s),
			`write schema.table; a part that itself contains a dot goes in double quotes: billing."my.table"`)
	}
	for _, part := range parts {
		if bad := checkIdentifier(part); bad != nil {
			return tableName{}, bad
		}
	}
	last := len(parts) - 1
	if parts[last] == "*" && !quoted[last] {
		return fail(fmt.Sprintf("%.80q stands for every table", s),
			`name the tables one by one; * can only be the schema, as in "*.users"`)
	}
	n := tableName{name: parts[last]}
	if last == 0 {
		return n, nil
	}
	n.schema = parts[0]
	if n.schema == everySchema && quoted[0] {
		return fail(`a schema that is really named "*" cannot be told from every schema`,
			"rename the schema, or write *.table without quotes for every schema")
	}
	if isSystemSchema(n.schema) {
		return fail(fmt.Sprintf("schema %q belongs to PostgreSQL itself", n.schema),
			"remove the entry; only tables of your own can be soft-deleted")
	}
	return n, nil
}

// cutPart takes the first part off rest; more says that a dot followed it.
// whole is for messages.
func cutPart(whole, rest string) (part string, quoted bool, after string, more bool, bad *PolicyError) {
	fail := func(problem string) (string, bool, string, bool, *PolicyError) {
		return "", false, "", false, &PolicyError{
			Problem: fmt.Sprintf("%.80q %s", whole, problem),
			Remedy:  `write a part that contains a dot, a quote or outer spaces in double quotes, and a quote inside as "": billing."my ""table"""`,
		}
	}
	if !strings.HasPrefix(rest, `"`) {
		part, after, more = strings.Cut(rest, ".")
		switch {
		case part == "":
			return fail("has an empty part")
		case strings.Contains(part, `"`):
			return fail("has a double quote inside an unquoted part")
		case strings.TrimSpace(part) != part:
			return fail("has spaces around an unquoted part")
		}
		return part, false, after, more, nil
	}
	var b strings.Builder
	for i := 1; i < len(rest); i++ {
		if rest[i] != '"' {
			b.WriteByte(rest[i])
			continue
		}
		if i+1 < len(rest) && rest[i+1] == '"' {
			b.WriteByte('"')
			i++
			continue
		}
		after = rest[i+1:]
		if after != "" && after[0] != '.' {
			return fail("goes on after a closing double quote")
		}
		after, more = strings.CutPrefix(after, ".")
		return b.String(), true, after, more, nil
	}
	return fail("has a double quote that is never closed")
}

// checkIdentifier tells what keeps s from being the name of a table or column.
func checkIdentifier(s string) *PolicyError {
	if strings.TrimSpace(s) == "" {
		return &PolicyError{Problem: fmt.Sprintf("the name %.80q is blank", s), Remedy: "write the name as the database has it"}
	}
	if len(s) > maxIdentifier {
		return &PolicyError{
			Problem: fmt.Sprintf("%.80q has %d bytes, and PostgreSQL's names have at most %d", s, len(s), maxIdentifier),
			Remedy:  `write the name that the database really has (psql's \d shows it)`,
		}
	}
	return checkEncoding(s)
}

func checkEncoding(s string) *PolicyError {
	if strings.Contains(s, "\x00") {
		return &PolicyError{Problem: fmt.Sprintf("%.80q contains a NUL byte, which no PostgreSQL name can", s), Remedy: "remove it"}
	}
	if !utf8.ValidString(s) {
		return &PolicyError{Problem: fmt.Sprintf("%.80q is not valid UTF-8", s), Remedy: "write the name in UTF-8"}
	}
	return nil
}
