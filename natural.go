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
	marker := ""
	for _, n := range m.UsingClause {
		if name := n.GetString_().GetSval(); j.r.markers[name] {
			marker = name
		}
	}
	if !m.IsNatural && marker == "" {
		return
	}
	left, right := j.exposes(m.Larg, e), j.exposes(m.Rarg, e)
	switch {
	case left != hasMarker && right != hasMarker:
	case marker != "":
		j.refuse(0, nil, fmt.Sprintf("USING (%s) joins on a marker column", marker), "join on other columns")
	case left != noMarker && right != noMarker:
		j.refuse(0, nil, "a NATURAL JOIN would also join on the marker column, which both sides may have",
			"name the columns: JOIN … USING (…)")
	}
}

func (j *job) exposes(n *pg.Node, e *scopeNames) exposure {
	switch m := pgast.Unwrap(n).(type) {
	case *pg.RangeVar:
		if m.Schemaname == "" {
			if c := e.find(m.Relname); c != nil {
				return j.renamed(j.queryExposes(c.query, c.env), c.columns)
			}
		}
		if ref := j.resolve(m); ref.table != nil {
			return hasMarker
		}
		return unknown
	case *pg.RangeTableSample:
		return j.exposes(m.Relation, e)
	case *pg.JoinExpr:
		return max(j.exposes(m.Larg, e), j.exposes(m.Rarg, e))
	case *pg.RangeSubselect:
		return j.renamed(j.queryExposes(m.Subquery, e), m.Alias.GetColnames())
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

// queryExposes is computed once for each query: nested stars and WITH queries
// that read each other would otherwise multiply. A query that reads itself adds
// nothing to what its other parts expose.
func (j *job) queryExposes(n *pg.Node, e *scopeNames) exposure {
	if n == nil {
		return unknown
	}
	if x, ok := j.exposed[n]; ok {
		return x
	}
	if j.exposed == nil {
		j.exposed = map[*pg.Node]exposure{}
	}
	j.exposed[n] = noMarker
	x := unknown
	switch m := pgast.Unwrap(n).(type) {
	case *pg.SelectStmt:
		x = j.selectExposes(m, e)
	case *pg.InsertStmt:
		x = j.listExposes(m.ReturningList, []*pg.Node{rangeVarNode(m.Relation)}, nil)
	case *pg.UpdateStmt:
		x = j.listExposes(m.ReturningList, append([]*pg.Node{rangeVarNode(m.Relation)}, m.FromClause...), e)
	case *pg.DeleteStmt:
		x = j.listExposes(m.ReturningList, append([]*pg.Node{rangeVarNode(m.Relation)}, m.UsingClause...), e)
	}
	j.exposed[n] = x
	return x
}

func rangeVarNode(rv *pg.RangeVar) *pg.Node { return &pg.Node{Node: &pg.Node_RangeVar{RangeVar: rv}} }

func (j *job) selectExposes(s *pg.SelectStmt, e *scopeNames) exposure {
	for {
		for _, n := range s.GetWithClause().GetCtes() {
			if c := n.GetCommonTableExpr(); c != nil {
				e = &scopeNames{name: c.Ctename, query: c.Ctequery, columns: c.Aliascolnames, env: e, up: e}
			}
		}
		if s.Larg == nil {
			return j.listExposes(s.TargetList, s.FromClause, e)
		}
		s = s.Larg // the first arm names the columns
	}
}

// listExposes is the exposure of a select or returning list over the items.
func (j *job) listExposes(list, from []*pg.Node, e *scopeNames) exposure {
	x, starred := noMarker, false
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
					if !starred {
						x = max(x, j.exposes(item, e))
					}
				}
				starred = true
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
