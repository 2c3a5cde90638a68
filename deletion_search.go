package softdelete

import (
	"fmt"
	"slices"
	"strings"

	"github.com/softdelete-go/softdelete/internal/lex"
)

// withRow is the condition for deletions, known as j, a row of which is still deleted and has
// the text of the filter in one of its values.
func (q *deletionQuery) withRow() (string, error) {
	f := q.filter
	text := q.arg(f.Row)
	var arms []string
	for _, t := range q.tables.all {
		switch {
		case t.partOf != nil || !t.tellsDeletions():
		case f.Table != "" && q.tables.byPolicyName(f.Table)[0].whole() != t:
		case f.Tables != nil && !slices.Contains(f.Tables, t.display()):
		default:
			arms = append(arms, t.withText(text, f.Row))
		}
	}
	switch {
	case len(arms) > 0:
		return "j.id IN (" + strings.Join(arms, " UNION ALL ") + ")", nil
	case f.Table != "":
		return "", &RefusedError{Statement: "list", Table: f.Table, Why: "it has no deletion_id: nothing says which deletion took a row", Instead: "add the column, or do not ask for rows"}
	}
	return "", &RefusedError{Statement: "list", Why: "no table of the policy has a deletion_id: nothing says which deletion took a row", Instead: "add the column, or do not ask for rows"}
}

// withText selects the ids of the deletions that took a row with the text, which param has.
func (t *table) withText(param, text string) string {
	from, data, id, dead := t.rel.sqlName("")+" AS t", "to_jsonb(t.*)", lex.QuoteIdent(t.entry.DeletionID), t.condition("t", onlyDeleted).text
	if t.archived() {
		from, data, id, dead = recordsTable+" AS t", t.rel.dataNow("t"), "deletion_id", t.rel.unrestored("t")
	}
	conds := []string{dead}
	// To look at a row as a whole is faster than to take it apart. Only, texts are written
	// another way in there if they have one of these.
	if !strings.ContainsAny(text, "\"\\") && strings.IndexFunc(text, func(c rune) bool { return c < ' ' }) < 0 {
		conds = append(conds, fmt.Sprintf("strpos(lower((%s)::text), lower(%s)) > 0", data, param))
	}
	conds = append(conds, fmt.Sprintf("EXISTS (SELECT FROM jsonb_each_text(%s) AS e WHERE e.key <> ALL (ARRAY[%s]::text[]) AND strpos(lower(e.value), lower(%s)) > 0)",
		data, strings.Join(quoted(t.unsearched()), ", "), param))
	return fmt.Sprintf("SELECT t.%s FROM %s WHERE %s", id, from, strings.Join(conds, " AND "))
}

// unsearched are the columns that nobody looks for texts in: those that the policy hides,
// also by the names that they had before, and those that say something of the deletion.
func (t *table) unsearched() []string {
	list := slices.Clone(t.entry.Hidden)
	for old, now := range t.entry.Renamed {
		if slices.Contains(t.entry.Hidden, now) {
			list = append(list, old)
		}
	}
	if !t.archived() {
		list = append(list, t.column, t.entry.DeletionID, t.entry.DeletedBy, t.entry.Reason)
	}
	slices.Sort(list)
	return list
}
