package softdelete

import (
	"fmt"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"

	"github.com/softdelete-go/softdelete/internal/lex"
	"github.com/softdelete-go/softdelete/internal/pgast"
)

// WHERE CURRENT OF stands alone: no condition can be added to it. A cursor may
// point to a row that was deleted meanwhile, and a real second DELETE affects no
// row. So the deletion runs in a WITH query that keeps the first marker, and what
// is counted are the rows whose old image, read by primary key under the
// statement's snapshot, was live.

// currentParts are the texts that are added around a DELETE … WHERE CURRENT OF.
type currentParts struct{ set, returning, rest string }

const (
	currentName = aliasPrefix + "_current"
	oldName     = aliasPrefix + "_old"
)

func (j *job) currentOf(rv *pg.RangeVar, t *table) (parts currentParts, template *pg.Node, err error) {
	ref := referenceName(rv)
	isLive := t.condition(ref, live)
	marker := lex.QuoteIdent(t.column)
	var keys []string
	for _, k := range t.primaryKey {
		k = lex.QuoteIdent(k)
		keys = append(keys, oldName+"."+k+" = "+lex.QuoteIdent(ref)+"."+k)
	}
	parts = currentParts{
		set: fmt.Sprintf("SET %s = CASE WHEN %s THEN %s ELSE %s.%s END", marker, isLive.text, t.marker.deletedValue(),
			lex.QuoteIdent(ref), marker),
		returning: fmt.Sprintf("RETURNING (SELECT %s FROM %s AS %s WHERE %s) AS live", t.condition(oldName, live).text,
			relationName(rv), oldName, strings.Join(keys, " AND ")),
		rest: fmt.Sprintf("SELECT FROM %s WHERE live", currentName),
	}
	tree, err := pg.Parse(fmt.Sprintf("WITH %s AS (UPDATE x %s WHERE CURRENT OF c %s) %s", currentName, parts.set, parts.returning, parts.rest))
	if err != nil {
		return parts, nil, fmt.Errorf("softdelete: own statement: %w", err)
	}
	return parts, tree.Stmts[0].Stmt, nil
}

// relationName writes the name of a relation anew, without ONLY and alias.
func relationName(rv *pg.RangeVar) string {
	name := lex.QuoteIdent(rv.Relname)
	if rv.Schemaname != "" {
		name = lex.QuoteIdent(rv.Schemaname) + "." + name
	}
	return name
}

// deleteCurrent rewrites DELETE FROM t WHERE CURRENT OF c.
func (j *job) deleteCurrent(n *pg.Node, s *pg.DeleteStmt, t *table) {
	if n != j.top || s.WithClause != nil || len(s.ReturningList) > 0 || len(s.UsingClause) > 0 {
		j.refuse(s.Relation.Location, t, "DELETE … WHERE CURRENT OF with RETURNING, USING or WITH, or inside another statement",
			"delete by primary key")
		return
	}
	parts, template, err := j.currentOf(s.Relation, t)
	if err != nil {
		j.fail(err)
		return
	}
	start, _, _ := j.relationTokens(s.Relation)
	_, end, ok := j.referenceTokens(s.Relation, nil)
	// WHERE CURRENT OF name
	last := j.dotted(end+4, 1)
	if !ok || !j.is(start-1, lex.KFROM) || !j.is(start-2, lex.KDELETE) || !j.is(end+1, lex.KWHERE) || last < 0 {
		j.lost(t.condition("", live), "WHERE CURRENT OF")
		return
	}
	j.ed.replace(start-2, start-2, "WITH "+currentName+" AS (UPDATE")
	j.ed.drop(start - 1)
	j.ed.after(end, " "+parts.set)
	j.ed.after(last, " "+parts.returning+") "+parts.rest)
	u := currentUpdate(template)
	u.Relation = s.Relation
	u.WhereClause = s.WhereClause
	n.Node = template.Node
}

// updateCurrent refuses an UPDATE … WHERE CURRENT OF, unless it is the one that
// deleteCurrent makes.
func (j *job) updateCurrent(s *pg.UpdateStmt, t *table) {
	j.shapeless = true
	_, template, err := j.currentOf(s.Relation, t)
	if err != nil {
		j.fail(err)
		return
	}
	u := currentUpdate(template)
	u.Relation, u.WhereClause = s.Relation, s.WhereClause
	if pgast.Diff(s, u) != "" {
		j.refuse(s.Relation.Location, t, "WHERE CURRENT OF would update the row even after it was deleted", "update by primary key")
	}
}

func currentUpdate(template *pg.Node) *pg.UpdateStmt {
	return template.GetSelectStmt().WithClause.Ctes[0].GetCommonTableExpr().Ctequery.GetUpdateStmt()
}
