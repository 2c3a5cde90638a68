package doctor

import (
	"fmt"
	"slices"
	"strings"
)

// missingDeletionIndexes looks for the indexes by which restores find rows. Those of
// partitions are parts of the whole table's.
func (x *examination) missingDeletionIndexes() error {
	indexes, err := ask[index](x, indexesQuery, x.oids())
	if err != nil {
		return err
	}
	type whole struct {
		Table int64 `json:"table"`
	}
	wholes, err := ask[whole](x, `SELECT oid::bigint AS table FROM pg_catalog.pg_class
WHERE relkind IN ('r', 'p') AND NOT relispartition AND oid = ANY ($1::text::oid[])`, x.oids())
	if err != nil {
		return err
	}
	for _, w := range wholes {
		t := x.byOID[w.Table]
		id := t.entry.DeletionID
		if !t.hasAll([]string{id}) || slices.ContainsFunc(indexes, func(i index) bool { return i.Table == t.OID && t.findsDeletions(i) }) {
			continue // without ids, or as the comparison with the policy says, or with its index
		}
		x.add("SD143", t.SQL+"."+quote(id), fmt.Sprintf("No index finds the deleted rows of %s by %s, as each restore does.", t.SQL, quote(id)),
			join("CREATE INDEX", t.concurrently(), "ON", t.SQL, "("+quote(id)+") WHERE", quote(id), "IS NOT NULL;"))
	}
	return nil
}

// findsDeletions reports whether an index finds all deleted rows by their deletion ids.
func (t *table) findsDeletions(i index) bool {
	id := t.entry.DeletionID
	condition := strings.TrimSuffix(strings.TrimPrefix(i.Predicate, "("), ")")
	return i.Columns[0] == id && slices.Contains([]string{"", quote(id) + " IS NOT NULL", t.dead("")}, condition)
}
