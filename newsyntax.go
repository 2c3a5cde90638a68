package softdelete

import (
	"fmt"
	"regexp"

	pg "github.com/pganalyze/pg_query_go/v5"

	"github.com/softdelete-go/softdelete/internal/pgast"
)

// The parser is that of PostgreSQL 16. Most of what later versions added it does not
// accept; a little of it, it reads as something else.

// newSyntax is what a later version has, told by where the parser stopped.
type newSyntax struct {
	since   int
	what    string
	at      *regexp.Regexp // of the text with stopped where the parser did
	instead string
}

// stopped stands where the parser did; no text has it.
const stopped = "\x00"

const withoutDriver = "or send it over a connection without the driver"

var newSyntaxes = []newSyntax{
	{17, "JSON_TABLE", regexp.MustCompile(`(?is)\bjson_table\s*\(.*` + stopped + `(columns|passing|as)\b`), "use jsonb_to_recordset or jsonb_path_query"},
	{17, "a clause of a JSON function", regexp.MustCompile(`(?is)\bjson_(value|query|exists|serialize)\s*\([^;]*` + stopped +
		`(returning|passing|with|without|keep|omit|null|error|empty|default|true|false|unknown)\b`), "use jsonb_path_query or ->>"},
	{17, "WHEN NOT MATCHED BY", regexp.MustCompile(`(?is)\bmatched\s+` + stopped + `by\b`), "write the rest of the MERGE, and an UPDATE or DELETE for the rows without a source"},
	{17, "MERGE … RETURNING", regexp.MustCompile(`(?is)\bmerge\b.*` + stopped + `returning\b`), "leave RETURNING out, and SELECT the rows afterwards"},
	{17, "AT LOCAL", regexp.MustCompile(`(?is)\bat\s+` + stopped + `local\b`), "write AT TIME ZONE current_setting('TimeZone')"},
	{17, "SET EXPRESSION", regexp.MustCompile(`(?is)\bset\s+` + stopped + `expression\b`), ""},
	{18, "RETURNING WITH (OLD AS …, NEW AS …)", regexp.MustCompile(`(?is)\breturning\s+` + stopped + `with\b`), "write old.column and new.column"},
	{18, "a virtual generated column", regexp.MustCompile(`(?is)` + stopped + `virtual\b`), ""},
	{18, "WITHOUT OVERLAPS", regexp.MustCompile(`(?is)` + stopped + `without\s+overlaps\b`), ""},
	{18, "PERIOD", regexp.MustCompile(`(?is)\bperiod\s+` + stopped), ""},
	{18, "a named NOT NULL constraint", regexp.MustCompile(`(?is)\bconstraint\s+\S+\s+` + stopped + `not\s+null\b`), ""},
}

// newer returns the later syntax at which the parser stopped, before the given character,
// or nil.
func newer(sql string, character int) *newSyntax {
	if character <= 0 {
		return nil
	}
	runes := []rune(sql)
	before, after := runes[:min(character-1, len(runes))], runes[min(character-1, len(runes)):]
	text := string(before) + stopped + string(after)
	for i := range newSyntaxes {
		if newSyntaxes[i].at.MatchString(text) {
			return &newSyntaxes[i]
		}
	}
	return nil
}

// explain says in a refusal what the parser met.
func (n *newSyntax) explain(e *RefusedError) {
	e.Why = fmt.Sprintf("%s is syntax of PostgreSQL %d, and statements that may name a soft-deleted table are read as PostgreSQL 16 has them", n.what, n.since)
	e.Instead = withoutDriver[len("or "):]
	if n.instead != "" {
		e.Instead = n.instead + ", " + withoutDriver
	}
}

// returnsVersion finds old.column or new.column, as name says, in a RETURNING. To the
// parser that is a table's, and to servers from PostgreSQL 18 on the row before or after
// the change, unless a table of the statement has that name.
func returnsVersion(name string, returning []*pg.Node, relation *pg.RangeVar, sources []*pg.Node) bool {
	if referenceName(relation) == name {
		return false
	}
	for _, n := range sources {
		if hasReference(pgast.Unwrap(n), name) {
			return false
		}
	}
	for _, n := range returning {
		if refersTo(pgast.Unwrap(n), name) {
			return true
		}
	}
	return false
}

// hasReference reports whether anything below m is called by that name.
func hasReference(m any, name string) bool {
	switch m := m.(type) {
	case *pg.RangeVar:
		return referenceName(m) == name
	case *pg.Alias:
		return m.Aliasname == name
	}
	found := false
	pgast.Children(m, func(_ pgast.Field, _ *pg.Node, child any) { found = found || hasReference(child, name) })
	return found
}

// refersTo reports whether a column of that table stands below m.
func refersTo(m any, table string) bool {
	if c, ok := m.(*pg.ColumnRef); ok {
		return len(c.Fields) > 1 && c.Fields[0].GetString_().GetSval() == table
	}
	found := false
	pgast.Children(m, func(_ pgast.Field, _ *pg.Node, child any) { found = found || refersTo(child, table) })
	return found
}

// refuseNew refuses RETURNING new.column of a DELETE: a real one has no new row.
func (j *job) refuseNew(s *pg.DeleteStmt, t *table) bool {
	if !returnsVersion("new", s.ReturningList, s.Relation, s.UsingClause) {
		return false
	}
	j.refuse(s.Relation.Location, t, "a DELETE has no new row, and the UPDATE that stands in its place does", "return the columns without new")
	return true
}

// refuseOld refuses RETURNING old.column of an INSERT which a deleted row may have to
// give its place to: that would be the deleted one.
func (j *job) refuseOld(s *pg.InsertStmt, t *table) bool {
	if !returnsVersion("old", s.ReturningList, s.Relation, nil) {
		return false
	}
	j.refuse(s.Relation.Location, t, "old would be the deleted row whose place the new one takes", "leave it out of RETURNING")
	return true
}
