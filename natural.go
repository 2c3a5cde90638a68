package softdelete

import (
	"fmt"

	pg "github.com/pganalyze/pg_query_go/v5"

	"github.com/softdelete-go/softdelete/internal/pgast"
)

// A NATURAL join pairs all columns of the same name, markers included, and
// USING (deleted_at) does so by request: live rows, whose markers are NULL, then
// match nothing, and zero markers match each other. Neither is what the
// application means, so both are refused wherever both sides can show a marker.

// exposure is whether an item can show the marker column of a policy table.
type exposure uint8

const (
	noMarker  exposure = iota
	unknown            // a relation, such as a view, whose columns we do not know
	hasMarker          // a policy table's, directly or through *
)

// sharedColumns refuses joins that pair the markers of both sides.
func (j *job) sharedColumns(m *pg.JoinExpr, e *scopeNames) {
	if !m.IsNatural && len(m.UsingClause) == 0 {
		return
	}
	left, right := j.exposes(m.Larg, e, 0), j.exposes(m.Rarg, e, 0)
	if left != hasMarker && right != hasMarker {
		return
	}
	if m.IsNatural && left != noMarker && right != noMarker {
		j.refuse(0, nil, "a NATURAL JOIN would also join on the marker column, which both sides may have",
			"name the columns: JOIN … USING (…)")
	}
	for _, n := range m.UsingClause {
		if name := n.GetString_().GetSval(); j.r.markers[name] {
			j.refuse(0, nil, fmt.Sprintf("USING (%s) joins on a marker column", name), "join on other columns")
		}
	}
}

// maxExposureDepth bounds the search through WITH queries that read each other.
const maxExposureDepth = 32

func (j *job) exposes(n *pg.Node, e *scopeNames, depth int) exposure {
	if depth > maxExposureDepth {
		return hasMarker
	}
	switch m := pgast.Unwrap(n).(type) {
	case *pg.RangeVar:
		if m.Schemaname == "" {
			if c := e.find(m.Relname); c != nil {
				return j.renamed(j.queryExposes(c.query, c.env, depth+1), c.columns)
			}
		}
		if ref := j.resolve(m); ref.table != nil {
			return hasMarker
		}
		return unknown
	case *pg.RangeTableSample:
		return j.exposes(m.Relation, e, depth+1)
	case *pg.JoinExpr:
		return max(j.exposes(m.Larg, e, depth+1), j.exposes(m.Rarg, e, depth+1))
	case *pg.RangeSubselect:
		return j.renamed(j.queryExposes(m.Subquery, e, depth+1), m.Alias.GetColnames())
	}
	return unknown
}

// renamed corrects an exposure for an alias list: it can hide a marker, which
// we cannot tell without the column's place, and it can make one.
func (j *job) renamed(x exposure, columns []*pg.Node) exposure {
	for _, c := range columns {
		if j.r.markers[c.GetString_().GetSval()] {
			return hasMarker
		}
	}
	return x
}

func (j *job) queryExposes(n *pg.Node, e *scopeNames, depth int) exposure {
	if depth > maxExposureDepth {
		return hasMarker
	}
	switch m := pgast.Unwrap(n).(type) {
	case *pg.SelectStmt:
		return j.selectExposes(m, e, depth)
	case *pg.InsertStmt:
		return j.listExposes(m.ReturningList, []*pg.Node{{Node: &pg.Node_RangeVar{RangeVar: m.Relation}}}, nil, depth)
	case *pg.UpdateStmt:
		return j.listExposes(m.ReturningList, append([]*pg.Node{{Node: &pg.Node_RangeVar{RangeVar: m.Relation}}}, m.FromClause...), e, depth)
	case *pg.DeleteStmt:
		return j.listExposes(m.ReturningList, append([]*pg.Node{{Node: &pg.Node_RangeVar{RangeVar: m.Relation}}}, m.UsingClause...), e, depth)
	}
	return unknown
}

func (j *job) selectExposes(s *pg.SelectStmt, e *scopeNames, depth int) exposure {
	for _, n := range s.GetWithClause().GetCtes() {
		if c := n.GetCommonTableExpr(); c != nil {
			e = &scopeNames{name: c.Ctename, query: c.Ctequery, columns: c.Aliascolnames, env: e, up: e}
		}
	}
	if s.Larg != nil {
		return j.queryExposes(&pg.Node{Node: &pg.Node_SelectStmt{SelectStmt: s.Larg}}, e, depth+1)
	}
	return j.listExposes(s.TargetList, s.FromClause, e, depth)
}

// listExposes is the exposure of a select or returning list over the items.
func (j *job) listExposes(list, from []*pg.Node, e *scopeNames, depth int) exposure {
	x := noMarker
	for _, n := range list {
		t := n.GetResTarget()
		if t == nil {
			return unknown
		}
		name := t.Name
		if ref := t.Val.GetColumnRef(); ref != nil && name == "" && len(ref.Fields) > 0 {
			last := ref.Fields[len(ref.Fields)-1]
			if last.GetAStar() != nil {
				for _, item := range from {
					x = max(x, j.exposes(item, e, depth+1))
				}
				continue
			}
			name = last.GetString_().GetSval()
		} else if name == "" && t.Val.GetAIndirection() != nil {
			return hasMarker // (x).* and (x).deleted_at
		}
		if j.r.markers[name] {
			return hasMarker
		}
	}
	return x
}
