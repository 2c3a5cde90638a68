package softdelete

import (
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	pg "github.com/pganalyze/pg_query_go/v5"

	"github.com/softdelete-go/softdelete/internal/lex"
	"github.com/softdelete-go/softdelete/internal/pgast"
)

// ON CONFLICT on a policy table. A deleted row may hold the key, and then
// neither doing nothing (the new row would be lost in silence) nor updating (an
// edit that nobody can see) is what a real delete would have led to. So:
//
//   - ON CONFLICT (c) also infers a unique index over the live rows:
//     ON CONFLICT (c) WHERE deleted_at IS NULL. A full index still matches.
//   - Where a full index does match and its row is deleted, the statement fails
//     with an error that says so (SQLSTATE 23505 through the driver).
//   - DO NOTHING has no place for such a check, so it becomes a DO UPDATE that
//     updates nothing. The price: two new rows with the same key in one statement
//     are an error (21000) where DO NOTHING would have kept the first, the row in
//     conflict is locked, and the role needs UPDATE on the marker column, as it
//     does for deletes.

// blockedTag starts the text that the failing cast carries to the driver.
const blockedTag = failTag + "23505:"

// onConflict rewrites the ON CONFLICT clause of an INSERT into a policy table.
// from is a token within the INSERT at the clause's depth, before the clause.
func (j *job) onConflict(s *pg.InsertStmt, ref reference, from int) {
	c := s.OnConflictClause
	if c.Action == pg.OnConflictAction_ONCONFLICT_UPDATE && ref.table.entry.UpdatedAt != "" {
		_, do := j.conflictTokens(from)
		j.stamp(ref.table, &c.TargetList, do+2)
	}
	if ref.see == withDeleted || sabotaged("conflict-guard") {
		return
	}
	if ref.see == onlyDeleted {
		j.refuse(c.Location, ref.table, "ON CONFLICT under OnlyDeleted could update live rows",
			"use WithDeleted, or the default scope")
		return
	}
	if c.Infer == nil {
		j.refuse(c.Location, ref.table, "ON CONFLICT DO NOTHING without a target would take a deleted row for a conflict and lose the new row in silence",
			"name the key: ON CONFLICT (column) DO NOTHING")
		return
	}
	on, do := j.conflictTokens(from)
	if do < 0 {
		j.lost(ref.table.condition("", live), "ON CONFLICT … DO")
		return
	}
	if len(c.Infer.IndexElems) > 0 {
		// Unqualified: the index predicate knows no table name.
		conds := j.missing(c.Infer.WhereClause, []condition{ref.table.condition("", live)})
		i := on + 2
		if j.self(i) == '(' { // not, where the target is one of ours
			i = j.skip(i)
		}
		if len(conds) > 0 {
			j.note(RuleConflictTarget, ref.table, "the index over the live rows of %s is found", ref.table.name)
		}
		switch {
		case len(conds) == 0:
		case c.Infer.WhereClause == nil:
			j.where(&c.Infer.WhereClause, conds, i)
		case j.is(i, lex.KWHERE):
			j.conjoin(&c.Infer.WhereClause, conds, i, do)
		default:
			j.lost(conds[0], "the WHERE of ON CONFLICT")
		}
	}
	j.conflictAction(s, ref.table, do)
}

// nameKey gives ON CONFLICT DO NOTHING a target, where a table has but one.
func (j *job) nameKey(s *pg.InsertStmt, ref reference, from int) {
	c := s.OnConflictClause
	if c == nil || c.Infer != nil || !ref.table.entry.OnlyKey || ref.see != live {
		return
	}
	on, do := j.conflictTokens(from)
	if do != on+2 {
		return
	}
	c.Infer = &pg.InferClause{}
	for _, name := range ref.table.primaryKey {
		c.Infer.IndexElems = append(c.Infer.IndexElems, &pg.Node{Node: &pg.Node_IndexElem{IndexElem: &pg.IndexElem{
			Name: name, Ordering: pg.SortByDir_SORTBY_DEFAULT, NullsOrdering: pg.SortByNulls_SORTBY_NULLS_DEFAULT,
		}}})
	}
	j.note(RuleConflictTarget, ref.table, "the primary key of %s is its only one", ref.table.name)
	j.ed.after(on+1, " ("+list("", ref.table.primaryKey)+")")
}

// conflictAction guards DO UPDATE, and turns DO NOTHING into a guarded DO UPDATE
// that updates nothing. do is the token DO.
func (j *job) conflictAction(s *pg.InsertStmt, t *table, do int) {
	c := s.OnConflictClause
	name := referenceName(s.Relation)
	isLive := t.condition(name, live)
	marker := lex.QuoteIdent(name) + "." + lex.QuoteIdent(t.column)
	blocked := fmt.Sprintf("(%s || %s::text)::int = 0", quoteLiteral(blockedTag+strings.ReplaceAll(t.name, ":", " ")+":"), marker)
	failing, err := parseExpr(blocked)
	if err != nil {
		j.fail(err)
		return
	}
	if guarded(c.WhereClause, isLive.node, failing) {
		return
	}
	j.note(RuleConflictGuard, t, "a deleted row of %s that holds the key is an error", t.name)
	guard := func(then *pg.Node) *pg.Node {
		return &pg.Node{Node: &pg.Node_CaseExpr{CaseExpr: &pg.CaseExpr{
			Args: []*pg.Node{{Node: &pg.Node_CaseWhen{CaseWhen: &pg.CaseWhen{Expr: isLive.node, Result: then}}}}, Defresult: failing,
		}}}
	}
	open, end := "CASE WHEN "+isLive.text+" THEN ", " ELSE "+blocked+" END"
	if c.Action == pg.OnConflictAction_ONCONFLICT_NOTHING {
		if !j.is(do+1, lex.KNOTHING) {
			j.lost(isLive, "DO NOTHING")
			return
		}
		j.ed.replace(do+1, do+1, "UPDATE SET "+lex.QuoteIdent(t.column)+" = "+marker+" WHERE "+open+"false"+end)
		j.nothing = true
		c.Action = pg.OnConflictAction_ONCONFLICT_UPDATE
		c.TargetList = []*pg.Node{target(t.column, column(name, t.column))}
		c.WhereClause = guard(boolConst(false))
		return
	}
	i := j.setEnd(do + 1)
	if j.is(i, lex.KWHERE) != (c.WhereClause != nil) {
		j.lost(isLive, "the WHERE of DO UPDATE")
		return
	}
	if c.WhereClause == nil {
		j.ed.after(i-1, " WHERE "+open+"true"+end)
		c.WhereClause = guard(boolConst(true))
		return
	}
	j.ed.before(i+1, open+"(")
	j.ed.after(j.whereEnd(i+1)-1, ")"+end)
	c.WhereClause = guard(c.WhereClause)
}

// guarded recognises the WHERE that conflictAction makes.
func guarded(where, isLive, failing *pg.Node) bool {
	c := where.GetCaseExpr()
	return c != nil && c.Arg == nil && len(c.Args) == 1 &&
		pgast.Diff(c.Args[0].GetCaseWhen().GetExpr(), isLive) == "" && pgast.Diff(c.Defresult, failing) == ""
}

// conflictTokens returns the tokens ON and DO of an INSERT's ON CONFLICT, or -1.
func (j *job) conflictTokens(from int) (on, do int) {
	if on = j.lastOnConflict(from); on < 0 {
		return -1, -1
	}
	do = on + 2
	for !j.stop(do) && !j.is(do, lex.KDO) {
		do = j.skip(do)
	}
	if j.stop(do) {
		do = -1
	}
	return on, do
}

// lastOnConflict finds the clause: JOIN u ON conflict ON CONFLICT … has the words twice.
func (j *job) lastOnConflict(i int) int {
	found := -1
	for ; !j.stop(i); i = j.skip(i) {
		if j.is(i, lex.KON) && j.is(i+1, lex.KCONFLICT) {
			found = i
		}
	}
	return found
}

// conflictError makes the server's errors speak of what the user wrote.
func conflictError(w *rewritten, err *pgconn.PgError) {
	switch err.Code {
	case "22P02": // invalid_text_representation: the failing cast
		blockedError(err)
	case "21000": // cardinality_violation
		switch {
		case err.Hint == "": // not that of ON CONFLICT
		case w.nothing:
			err.Message = "ON CONFLICT DO NOTHING with two new rows of the same key cannot be checked against deleted rows"
			err.Hint = "Send each key once, for example with SELECT DISTINCT ON (key)."
		case w.risen:
			err.Code = "23505" // unique_violation
			err.Message = "duplicate key value violates the primary key: two new rows have the same"
			err.Hint = ""
		}
	}
}

// blockedError turns the error of the failing cast into what it stands for: a
// unique violation against a row that the application cannot see.
func blockedError(err *pgconn.PgError) {
	_, rest, found := strings.Cut(err.Message, blockedTag)
	if !found {
		return
	}
	// The message quotes the text: …: "softdelete:23505:users:2026-11-22 …".
	name, marker, _ := strings.Cut(rest, ":")
	marker = strings.TrimRight(marker, `"»“”'`)
	err.Code = "23505" // unique_violation
	err.Message = fmt.Sprintf("duplicate key value violates a unique constraint of %s: a deleted row holds the key", name)
	err.Detail = fmt.Sprintf("Its marker is %s.", marker)
	err.Hint = "Restore the row by clearing its marker under OnlyDeleted, or remove it with DELETE under HardDelete."
	err.TableName = name
	err.Position = 0
}
