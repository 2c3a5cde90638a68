package softdelete

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"slices"

	pg "github.com/pganalyze/pg_query_go/v5"

	"github.com/softdelete-go/softdelete/internal/lex"
)

// Under Distributed a delete reads everything first, then changes it, each change
// under the condition that nothing is violated, and answers with the count and the
// violation:
//
//	WITH _sd_root AS MATERIALIZED (SELECT id FROM users WHERE …),
//	     _sd_orders AS MATERIALIZED (SELECT c.id FROM orders AS c, _sd_root AS p WHERE …),
//	     _sd_violation AS MATERIALIZED (…),
//	     _sd_change_users AS (UPDATE users … FROM _sd_root … WHERE … AND (SELECT message FROM _sd_violation) IS NULL), …
//	SELECT (SELECT count(*) FROM _sd_root) AS n, (SELECT message FROM _sd_violation) AS message
//
// A Citus cluster accepts no errors that are raised by casts within CASE, no row
// locks over several shards, and no recursion.
func (j *job) splitDelete(w *wrapping, s *pg.DeleteStmt, d *deletion, cond condition) {
	refuse := func(why, instead string) {
		j.refuse(s.Relation.Location, d.root.table, why+", under Distributed", instead)
	}
	switch {
	case w.entry != nil || w.node != j.top:
		refuse("a DELETE with consequences cannot stand inside another statement", "send it by itself")
	case len(s.ReturningList) > 0:
		refuse("a DELETE with consequences has no RETURNING", "select the rows first, in the same transaction")
	case slices.ContainsFunc(d.root.components(), component.cyclic):
		refuse("cascades that run in a circle need recursion", "delete the rows of the circle one level at a time")
	case slices.ContainsFunc(d.root.reached(), func(r *relation) bool {
		return slices.ContainsFunc(r.parents, func(f *foreignKey) bool { return f.action == SetDefault })
	}):
		refuse("SET DEFAULT cannot be checked", "use another on_delete")
	}
	if j.err != nil {
		return
	}
	d.split = true
	d.generate()
	name := d.rootName()
	keys := d.root.keyColumns()
	ref := referenceName(s.Relation)
	var targets []*pg.Node
	for _, k := range keys {
		targets = append(targets, target("", column(ref, k)))
	}
	sel := d.answered("(SELECT count(*) FROM " + lex.QuoteIdent(name) + ")")
	head := ""
	for _, b := range d.before {
		head += b + ", "
	}
	head += lex.QuoteIdent(name) + " AS MATERIALIZED ("
	tail := ")"
	for _, a := range d.after {
		tail += ", " + a
	}
	tree, err := pg.Parse("WITH " + head + "SELECT" + tail + " " + sel)
	if err != nil {
		j.fail(fmt.Errorf("softdelete: own statement: %w", err))
		return
	}
	made := tree.Stmts[0].Stmt.GetSelectStmt()

	start, _, _ := j.relationTokens(s.Relation)
	opening := "WITH "
	if s.WithClause != nil {
		opening = ", "
	}
	j.ed.replace(start-2, start-2, opening+head+"SELECT "+list(lex.QuoteIdent(ref), keys))
	if len(s.UsingClause) > 0 {
		j.ed.replace(w.inside+1, w.inside+1, ",")
	}
	where := s.WhereClause
	j.where(&where, j.missing(where, []condition{cond}), j.setEnd(w.inside+1))
	j.ed.after(j.statementEnd(w.inside), tail+" "+sel)

	from := append([]*pg.Node{{Node: &pg.Node_RangeVar{RangeVar: s.Relation}}}, s.UsingClause...)
	for _, n := range made.WithClause.Ctes {
		c := n.GetCommonTableExpr()
		j.own[c.Ctename] = true
		if c.Ctename == name {
			c.Ctequery = selectNode(targets, from, where)
			j.ownRoots[name] = true
		}
	}
	if s.WithClause != nil {
		s.WithClause.Ctes = append(s.WithClause.Ctes, made.WithClause.Ctes...)
		made.WithClause = s.WithClause
	}
	w.node.Node = &pg.Node_SelectStmt{SelectStmt: made}
	j.counted, j.noRows, j.checks = true, true, true
}

// execCounted executes a statement that answers with a count and a violation.
func (c *conn) execCounted(ctx context.Context, query func() (driver.Rows, error)) (driver.Result, error) {
	rows, err := query()
	if err != nil {
		return nil, err
	}
	values := make([]driver.Value, len(rows.Columns()))
	err = rows.Next(values)
	if err == nil {
		if next := rows.Next(make([]driver.Value, len(values))); !errors.Is(next, io.EOF) {
			err = next
		}
	}
	if err := errors.Join(err, rows.Close()); err != nil {
		return nil, err
	}
	n, _ := values[0].(int64)
	var message string
	switch m := values[1].(type) {
	case string:
		message = m
	case []byte:
		message = string(m)
	default:
		return driver.RowsAffected(n), nil
	}
	// Raised by the server, so that a transaction is aborted as it would be.
	_, err = c.exec(ctx, "SELECT "+quoteLiteral(message)+"::int", nil)
	if err == nil {
		err = fmt.Errorf("softdelete: a foreign key is violated: %s", message)
	}
	return nil, err
}
