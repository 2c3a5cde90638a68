package ddl

import (
	"fmt"
	"slices"
	"strings"

	"github.com/softdelete-go/softdelete/internal/lex"
)

// deletionIndexes gives each column of deletion ids an index, where none serves: a
// restore looks in every table for the rows of a deletion. Live rows have no id, and
// are left out of the index.
func (b *planner) deletionIndexes() {
	for _, r := range b.order {
		id := b.table[r].DeletionID
		if id == "" || b.isIndexedAbove(r, id) || b.findsDeletions(r, id) {
			continue
		}
		b.index(r, []string{id}, false, lex.QuoteIdent(id)+" IS NOT NULL",
			fmt.Sprintf("Restores look for rows of %s by %s.", r.display(), id))
	}
}

// isIndexedAbove reports whether the relation is a part of a table that has such an
// index, or gets it, and its partitions with it.
func (b *planner) isIndexedAbove(r *relation, id string) bool {
	return r.Partition && slices.ContainsFunc(r.ancestors(), func(above *relation) bool {
		return above.Kind == "p" && b.table[above].DeletionID == id
	})
}

// findsDeletions reports whether an index finds all deleted rows by their ids.
func (b *planner) findsDeletions(r *relation, id string) bool {
	serves := []string{"", lex.QuoteIdent(id) + " IS NOT NULL", dead(b.table[r])}
	return slices.ContainsFunc(r.Indexes, func(ix *index) bool {
		return ix.Valid && ix.Columns[0] == id && slices.Contains(serves, ix.predicate()) && !b.isReplaced(r, ix)
	})
}

// predicate is the condition of a partial index, without outer parentheses.
func (ix *index) predicate() string {
	inner, found := strings.CutPrefix(ix.Predicate, "(")
	if inner, closed := strings.CutSuffix(inner, ")"); found && closed {
		return inner
	}
	return ix.Predicate
}
