package softdelete

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v5"

	"github.com/softdelete-go/softdelete/internal/lex"
)

// stampValue is what Table.UpdatedAt is set to.
const stampValue = "now()"

// stamp makes an UPDATE set the column of Table.UpdatedAt, unless it does so itself.
// set is the token SET. It goes first in the list, whose end is harder to find: in
// SET a = b IS DISTINCT FROM c FROM d, the second FROM is the clause.
//
// A delete and a restore do not touch the column: what a restore brings back is the
// row as it was.
func (j *job) stamp(t *table, targets *[]*pg.Node, set int) {
	if t == nil || t.entry.UpdatedAt == "" || j.err != nil {
		return
	}
	if written := assignedColumns(*targets); slices.Contains(written, t.entry.UpdatedAt) || !t.archived() && slices.Contains(written, t.column) {
		return
	}
	text := lex.QuoteIdent(t.entry.UpdatedAt) + " = " + stampValue
	nodes, err := parseSet([]string{text})
	if err != nil {
		j.fail(err)
		return
	}
	if !j.is(set, lex.KSET) {
		j.refuse(0, t, "cannot find the place of SET for "+text, reportBug)
		return
	}
	j.note(RuleUpdatedAt, t, "%s of %s is set", t.entry.UpdatedAt, t.name)
	j.ed.after(set, " "+text+",")
	*targets = append(nodes, *targets...)
}
