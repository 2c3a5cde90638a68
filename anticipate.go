package softdelete

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
)

// Anticipate returns p with what the catalog knows and p leaves open: the keys of its
// tables, their partitions, and the foreign keys that begin or end at them. With
// [Policy.Discover] it adds the tables that have a marker, as [Discover] does.
//
// It takes the columns that p asks for, and the journal, for present where they are
// missing: it is for the time before the migration that adds them. A table for which
// p names no marker column keeps the one that it certainly has, see [Discover], and
// is to get deleted_at otherwise.
//
// With an error that joins [*PolicyError] values the policy is returned all the same,
// and is not one that [Open] accepts once the columns are there.
//
// db may be opened with this package or not.
func Anticipate(ctx context.Context, db *sql.DB, p Policy) (Policy, error) {
	complete := p
	err := withQueryer(ctx, db, func(q driver.QueryerContext) error {
		asked := p
		asked.Discover = true // for the marker columns
		c, err := catalogFor(ctx, q, asked)
		if err != nil {
			return err
		}
		problems := c.imagine(p)
		var more []error
		complete, more = c.complete(p)
		problems = append(problems, more...)
		checked := complete
		checked.Discover = false // it is complete
		_, more = c.judge(checked, false)
		return errors.Join(append(problems, p.placed(complete, more)...)...)
	})
	return complete, err
}

// imagine adds to the catalog what a migration to the policy will add to the database.
func (c *catalog) imagine(p Policy) (problems []error) {
	for i, t := range p.Tables {
		n, bad := parseName(t.Name)
		if bad != nil {
			continue // as Validate says
		}
		for _, r := range c.find(n) {
			if !r.isTable() {
				continue
			}
			if t.Mode == Archive {
				for _, member := range r.tree() {
					member.imagine(t, true)
				}
				continue
			}
			_, _, marked := r.inferMarker()
			if col, has := r.column(defaultColumn); has && !marked && t.Column == "" && t.Marker == Timestamp {
				problems = append(problems, &PolicyError{
					Path:    fmt.Sprintf("tables[%d].column", i),
					Problem: fmt.Sprintf("column %s.%s is there and is no marker: it is %s, or has a default, or is NOT NULL", r.display(), defaultColumn, col.Type),
					Remedy:  "name another column with column:, or leave the table out",
				})
			}
			for _, member := range r.tree() {
				member.imagine(t, marked && t.Column == "")
			}
		}
	}
	if p.Journal && len(c.find(tableName{name: deletionsTable})) == 0 && len(c.find(tableName{name: linksTable})) == 0 {
		c.Relations = append(c.Relations,
			&catRelation{Schema: defaultSchema, Name: deletionsTable, Kind: "r", Visible: true, Columns: deletionsColumns},
			&catRelation{Schema: defaultSchema, Name: linksTable, Kind: "r", Visible: true, Columns: append(slices.Clone(linksColumns), writtenAt)})
	}
	if slices.ContainsFunc(p.Tables, func(t Table) bool { return t.Mode == Archive }) {
		c.imagineRecords()
		for _, r := range c.find(tableName{name: linksTable}) {
			r.addMissing(writtenAt)
		}
	}
	return problems
}

// imagineRecords adds the table of the archive, or what it lacks.
func (c *catalog) imagineRecords() {
	found := c.find(tableName{name: recordsTable})
	if len(found) == 0 {
		c.Relations = append(c.Relations, &catRelation{Schema: defaultSchema, Name: recordsTable, Kind: "r", Visible: true, Columns: archiveColumns})
		return
	}
	found[0].addMissing(archiveColumns...)
}

// addMissing adds those of the columns that the relation lacks.
func (r *catRelation) addMissing(columns ...catColumn) {
	for _, col := range columns {
		if _, has := r.column(col.Name); !has {
			r.Columns = append(r.Columns, col)
		}
	}
}

// imagine adds the columns of the entry that the relation lacks.
func (r *catRelation) imagine(t Table, marked bool) {
	marker := catColumn{Name: cmp.Or(t.Column, defaultColumn), Type: t.Marker.columnTypes()[0], Length: -1}
	switch t.Marker {
	case Timestamp:
	case Flag:
		marker.Required, marker.Default = true, "false"
	default:
		marker.Required, marker.Default = true, "0"
	}
	if marked {
		marker.Name = ""
	}
	for _, col := range []catColumn{
		marker,
		{Name: t.DeletionID, Type: "uuid", Length: -1},
		{Name: t.DeletedBy, Type: "text", Length: -1},
		{Name: t.Reason, Type: "text", Length: -1},
		{Name: t.UpdatedAt, Type: "timestamptz", Length: -1, Required: true, Default: "now()"},
	} {
		if _, has := r.column(col.Name); !has && col.Name != "" {
			r.Columns = append(r.Columns, col)
		}
	}
}

// tree returns the relation, and all that are tied to it by inheritance or partitioning.
func (r *catRelation) tree() []*catRelation {
	found := []*catRelation{r}
	for i := 0; i < len(found); i++ {
		for _, other := range slices.Concat(found[i].parents, found[i].children) {
			if !slices.Contains(found, other) {
				found = append(found, other)
			}
		}
	}
	return found
}
