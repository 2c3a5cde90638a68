package trash

import (
	"slices"

	"github.com/softdelete-go/softdelete"
)

// namedRows is how many rows of a deletion the questions name.
const namedRows = 3

// named are the first rows of a deletion, of the table that it is of: whoever is asked
// whether they should come back, or go for good, can see whose they are.
func (q *request) named(line deletionLine) (list []*node, err error) {
	if q.api || len(line.Amounts) == 0 {
		return nil, nil
	}
	table := line.Amounts[0].Table
	if !slices.ContainsFunc(q.tables, func(t softdelete.Table) bool { return t.Name == table }) {
		return nil, nil
	}
	rows, err := q.rowsOf(softdelete.RowFilter{Table: table, Limit: namedRows + 1})
	for _, r := range rows {
		list = append(list, q.node(r))
	}
	return list, err
}
