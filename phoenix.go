package softdelete

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	pg "github.com/pganalyze/pg_query_go/v5"

	"github.com/softdelete-go/softdelete/internal/lex"
)

// A primary key cannot be an index over the live rows alone: foreign keys lead to it.
// So a deleted row keeps its key from a new one, which a real delete would not have.
// Under [Phoenix] the new row rises from it, in one statement:
//
//	WITH _sd_root AS (INSERT INTO users … ON CONFLICT (id) DO UPDATE
//	       SET <every column> = excluded.…  WHERE <it is deleted, else the error> RETURNING id),
//	     _sd_archive AS (INSERT INTO deletion_records … SELECT to_jsonb(o) FROM users AS o JOIN _sd_root AS n ON o.id = n.id
//	       WHERE <o is deleted>)
//	SELECT FROM _sd_root
//
// The archive reads the row as it was: a statement does not see what it changes
// itself. A row that another transaction deleted meanwhile is not what it reads,
// though, so the UPDATE compares the row's place with the one that is read, and fails
// (40001) where they differ. And since the policy's list of columns may be out of
// date, it compares their number: a column that is not in the list would keep the
// deleted row's value.

// Behind phoenixTag stand a reason, the table's place in the policy, and the name of
// the primary key and its values, both in hexadecimal.
const (
	phoenixTag     = failTag + "phoenix:"
	phoenixTaken   = "taken"   // by a live row
	phoenixMoved   = "moved"   // by another transaction
	phoenixColumns = "columns" // the policy does not have all of them
	phoenixNull    = "null"    // the key in conflict is NULL
)

// phoenix reports whether a new row may take the place of a deleted one.
func (t *table) phoenix() bool { return t != nil && t.entry.OnBlocked == Phoenix }

// rise lets an INSERT into t take the places of deleted rows, where its conflict is
// about a key that no index over the live rows alone can be, or it has no ON CONFLICT.
// It returns that key, nil if there is none. from is a token within the INSERT at the
// clause's depth, before the clause.
func (j *job) rise(s *pg.InsertStmt, t *table, from int) (key []string) {
	c := s.OnConflictClause
	key = t.primaryKey
	if c != nil {
		key = t.fullKey(c)
	}
	switch {
	case key == nil:
		return nil
	case j.again:
		if c == nil || !j.ownGuard(c.WhereClause.GetCaseExpr().GetDefresult()) {
			return nil
		}
		return key
	case len(t.entry.Columns) == 0:
		j.refuse(s.Relation.Location, t, "the columns of the table are not known, and a new row may take the place of a deleted one", "list columns: in the policy")
		return key
	case j.r.opts.distributed:
		j.refuse(s.Relation.Location, t, "a new row cannot take the place of a deleted one in a distributed table", "leave on_blocked out")
		return key
	case j.reserved(), j.refuseOld(s, t):
		return key
	}
	ref := lex.QuoteIdent(referenceName(s.Relation))
	isLive := t.condition(referenceName(s.Relation), live)
	text := t.risenGuard(ref, t.rel.sqlName(t.rel.besides(s.Relation.Schemaname)), key)
	guard, err := parseExpr(text)
	stamp, err2 := parseExpr(stampValue)
	if err = errors.Join(err, err2); err != nil {
		j.fail(err)
		return key
	}
	j.guards = append(j.guards, guard)
	j.note(RulePhoenix, t, "a deleted row of %s that holds the key is archived and replaced", t.name)
	p := &phoenixClause{j: j, s: s, t: t, ref: ref, isLive: isLive, guardText: text, guard: guard, stamp: stamp}
	switch {
	case c == nil:
		p.plain(from)
	case c.Action == pg.OnConflictAction_ONCONFLICT_NOTHING:
		p.nothing(from)
	default:
		p.update(from)
	}
	j.checks = true
	return key
}

// fullKey is the key that a conflict is about, if it is the primary key, one that the
// policy lists, or one that foreign keys refer to: these hold for deleted rows too.
func (t *table) fullKey(c *pg.OnConflictClause) []string {
	if aboutKey(c, t.primaryKey) || slices.ContainsFunc(t.entry.UniqueKeys, func(k UniqueKey) bool {
		return k.Name == c.Infer.GetConname() && sameColumns(k.Columns, t.primaryKey)
	}) {
		return t.primaryKey
	}
	if slices.ContainsFunc(t.primaryKey, func(name string) bool { return !slices.Contains(t.entry.Columns, name) }) {
		// GENERATED ALWAYS AS IDENTITY, which no UPDATE can set: the new row would keep
		// the old one's.
		return nil
	}
	for _, k := range t.entry.UniqueKeys {
		if name := c.Infer.GetConname(); name == k.Name || name == "" && aboutKey(c, k.Columns) {
			return k.Columns
		}
	}
	for _, f := range t.rel.children {
		if aboutKey(c, f.refColumns) {
			return f.refColumns
		}
	}
	return nil
}

// aboutKey reports whether a conflict is about these columns and nothing else.
func aboutKey(c *pg.OnConflictClause, key []string) bool {
	if c.Infer == nil || c.Infer.WhereClause != nil || len(c.Infer.IndexElems) != len(key) {
		return false
	}
	for _, n := range c.Infer.IndexElems {
		e := n.GetIndexElem()
		if e.GetExpr() != nil || len(e.GetCollation()) > 0 || len(e.GetOpclass()) > 0 || !slices.Contains(key, e.GetName()) {
			return false
		}
	}
	return true
}

// hexOf is an expression for a text in hexadecimal, never NULL.
func hexOf(expr string) string {
	return "encode(convert_to(coalesce(" + expr + ", ''), 'UTF8'), 'hex')"
}

// phoenixFails is a condition that fails and says why. It depends on the row, else
// the planner would evaluate it beforehand.
func (t *table) phoenixFails(ref, reason string) string {
	constraint := "''"
	if reason == phoenixTaken {
		constraint = hexOf(fmt.Sprintf("(SELECT k.conname::text FROM pg_catalog.pg_constraint AS k WHERE k.conrelid = %s.tableoid AND k.contype = 'p')", ref))
	}
	return fmt.Sprintf("('%s%s:%d:' || %s || ':' || %s)::int = 0", phoenixTag, reason, t.index, constraint, hexOf("concat_ws(', ', "+list(ref, t.primaryKey)+")"))
}

// risenGuard is the condition for a deleted row to be replaced; name is the table, and
// by is the key in conflict, by whose values the archive finds the old row: NULLs,
// which NULLS NOT DISTINCT has collide, it would not find.
func (t *table) risenGuard(ref, name string, by []string) string {
	const old = aliasPrefix + "_old"
	var key []string
	for _, c := range t.primaryKey {
		key = append(key, quoteLiteral(c))
	}
	isRead := "(SELECT " + old + ".ctid FROM " + name + " AS " + old + " WHERE " + equal(old, t.primaryKey, ref, t.primaryKey) + ") = " + ref + ".ctid"
	complete := "(SELECT count(*) FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = " + ref + ".tableoid AND a.attnum > 0" +
		" AND NOT a.attisdropped AND a.attgenerated = '' AND NOT (a.attidentity = 'a' AND a.attname IN (" + strings.Join(key, ", ") + "))) = " + strconv.Itoa(len(t.entry.Columns))
	hasNull := ""
	if !slices.Equal(by, t.primaryKey) {
		hasNull = "WHEN NOT ((" + list(ref, by) + ") IS NOT NULL) THEN " + t.phoenixFails(ref, phoenixNull) + " "
	}
	return "CASE " + hasNull + "WHEN (" + isRead + ") IS NOT TRUE THEN " + t.phoenixFails(ref, phoenixMoved) +
		" WHEN " + complete + " THEN true ELSE " + t.phoenixFails(ref, phoenixColumns) + " END"
}

// phoenixClause is the ON CONFLICT of one INSERT.
type phoenixClause struct {
	j      *job
	s      *pg.InsertStmt
	t      *table
	ref    string
	isLive condition

	guardText string
	guard     *pg.Node
	stamp     *pg.Node // stampValue
}

// replaced is SET for the whole row.
func (p *phoenixClause) replaced() string {
	var set []string
	for _, c := range p.t.entry.Columns {
		if !sabotaged("phoenix-keeps") || c == p.t.column || slices.Contains(p.t.primaryKey, c) {
			set = append(set, lex.QuoteIdent(c)+" = excluded."+lex.QuoteIdent(c))
		}
	}
	return strings.Join(set, ", ")
}

// where is the condition of DO UPDATE, around then: what to do with a live row.
func (p *phoenixClause) where() (before, after string) {
	return " WHERE CASE WHEN " + p.isLive.text + " THEN ", " ELSE " + p.guardText + " END"
}

func (p *phoenixClause) whereTree(then *pg.Node) *pg.Node {
	return &pg.Node{Node: &pg.Node_CaseExpr{CaseExpr: &pg.CaseExpr{
		Args: []*pg.Node{{Node: &pg.Node_CaseWhen{CaseWhen: &pg.CaseWhen{Expr: p.isLive.node, Result: then}}}}, Defresult: p.guard,
	}}}
}

// plain gives an INSERT without ON CONFLICT one. A live row in conflict is the error
// that PostgreSQL would have raised.
func (p *phoenixClause) plain(from int) {
	before, after := p.where()
	taken := p.t.phoenixFails(p.ref, phoenixTaken)
	if sabotaged("phoenix-live") {
		taken = "true"
	}
	text := " ON CONFLICT (" + list("", p.t.primaryKey) + ") DO UPDATE SET " + p.replaced() + before + taken + after
	made, err := parseConflict(text)
	if err != nil {
		p.j.fail(err)
		return
	}
	i := from
	for !p.j.stop(i) && !p.j.is(i, lex.KRETURNING) {
		i = p.j.skip(i)
	}
	p.j.ed.after(i-1, text)
	p.s.OnConflictClause = made
	p.j.risen = true
}

// nothing makes DO NOTHING replace a deleted row.
func (p *phoenixClause) nothing(from int) {
	j := p.j
	_, do := j.conflictTokens(from)
	if do < 0 || !j.is(do+1, lex.KNOTHING) {
		j.lost(p.isLive, "DO NOTHING")
		return
	}
	before, after := p.where()
	text := "UPDATE SET " + p.replaced() + before + "false" + after
	made, err := parseConflict(" ON CONFLICT (x) DO " + text)
	if err != nil {
		j.fail(err)
		return
	}
	j.ed.replace(do+1, do+1, text)
	j.nothing = true
	c := p.s.OnConflictClause
	c.Action, c.TargetList, c.WhereClause = made.Action, made.TargetList, made.WhereClause
}

// update makes DO UPDATE replace a deleted row, and do with a live one what it says.
func (p *phoenixClause) update(from int) {
	j, c := p.j, p.s.OnConflictClause
	_, do := j.conflictTokens(from)
	if do < 0 || !j.is(do+2, lex.KSET) {
		j.lost(p.isLive, "DO UPDATE SET")
		return
	}
	end := j.setEnd(do + 1)
	starts := j.assignments(do+3, end)
	if starts == nil || len(starts) != len(c.TargetList) {
		p.refuse()
		return
	}
	excluded := func(name string) string { return " ELSE excluded." + lex.QuoteIdent(name) + " END" }
	var written []string
	for i, n := range c.TargetList {
		r := n.GetResTarget()
		if !slices.Contains(p.t.entry.Columns, r.GetName()) || len(r.GetIndirection()) > 0 || r.GetVal().GetSetToDefault() != nil || r.GetVal().GetMultiAssignRef() != nil {
			p.refuse()
			return
		}
		last := end
		if i+1 < len(starts) {
			last = starts[i+1] - 1 // the comma
		}
		written = append(written, r.Name)
		j.ed.before(starts[i]+2, "CASE WHEN "+p.isLive.text+" THEN (")
		j.ed.after(last-1, ")"+excluded(r.Name))
		r.Val = p.either(r.Val, r.Name)
	}
	more := ""
	for _, name := range p.t.entry.Columns {
		if slices.Contains(written, name) {
			continue
		}
		val, kept := p.ref+"."+lex.QuoteIdent(name), column(referenceName(p.s.Relation), name)
		if name == p.t.entry.UpdatedAt {
			val, kept = stampValue, p.stamp
		}
		more += ", " + lex.QuoteIdent(name) + " = CASE WHEN " + p.isLive.text + " THEN " + val + excluded(name)
		c.TargetList = append(c.TargetList, target(name, p.either(kept, name)))
	}
	j.ed.after(end-1, more)
	if j.is(end, lex.KWHERE) != (c.WhereClause != nil) {
		j.lost(p.isLive, "the WHERE of DO UPDATE")
		return
	}
	before, after := p.where()
	if c.WhereClause == nil {
		j.ed.after(end-1, before+"true"+after)
		c.WhereClause = p.whereTree(boolConst(true))
		return
	}
	j.ed.before(end+1, strings.TrimPrefix(before, " WHERE ")+"(")
	j.ed.after(j.whereEnd(end+1)-1, ")"+after)
	c.WhereClause = p.whereTree(c.WhereClause)
}

func (p *phoenixClause) refuse() {
	p.j.refuse(p.s.OnConflictClause.Location, p.t, "DO UPDATE may meet a deleted row, whose every column the new row must replace, and this SET is not a list of column = value",
		"assign each column by itself, without DEFAULT")
}

// either is the value for a live row, or else that of the new row.
func (p *phoenixClause) either(val *pg.Node, name string) *pg.Node {
	return &pg.Node{Node: &pg.Node_CaseExpr{CaseExpr: &pg.CaseExpr{
		Args: []*pg.Node{{Node: &pg.Node_CaseWhen{CaseWhen: &pg.CaseWhen{Expr: p.isLive.node, Result: val}}}}, Defresult: column("excluded", name),
	}}}
}

// assignments returns the first tokens of column = value, …, from i to end; nil where
// one of them is something else.
func (x *text) assignments(i, end int) (starts []int) {
	for i < end {
		starts = append(starts, i)
		if !x.isName(i) || x.sql[x.toks[i+1].Start:x.toks[i+1].End] != "=" {
			return nil
		}
		for i < end && x.self(i) != ',' {
			i = x.skip(i)
		}
		i++
	}
	return starts
}

func parseConflict(text string) (*pg.OnConflictClause, error) {
	tree, err := pg.Parse("INSERT INTO x DEFAULT VALUES" + text)
	if err != nil {
		return nil, fmt.Errorf("softdelete: own statement: %w", err)
	}
	return tree.Stmts[0].Stmt.GetInsertStmt().OnConflictClause, nil
}

// archive adds the query that keeps the rows which the statement replaces, each by a
// new row with the same value of by.
func (d *deletion) archive(t *table, by []string) {
	var key []string
	for _, c := range t.primaryKey {
		key = append(key, quoteLiteral(c)+", o."+lex.QuoteIdent(c))
	}
	id := "NULL::uuid"
	if t.entry.DeletionID != "" {
		id = "o." + lex.QuoteIdent(t.entry.DeletionID)
	}
	d.query(d.name("archive"), fmt.Sprintf("(INSERT INTO %s (deletion_id, table_name, key, data, actor, reason)"+
		" SELECT %s, %s, jsonb_build_object(%s), to_jsonb(o.*), %s, %s FROM %s AS o JOIN %s AS n ON %s WHERE %s)",
		recordsTable, id, quoteLiteral(t.display()), strings.Join(key, ", "), d.j.extra(extraActor), d.j.extra(extraReason),
		t.rel.sqlName(d.schema), lex.QuoteIdent(d.rootName()), equal("o", by, "n", by), t.condition("o", onlyDeleted).text))
}

// phoenixError is what a failed cast of ours stands for: PostgreSQL's own error, which
// err becomes, or a refusal.
func phoenixError(s *tableSet, err *pgconn.PgError) *RefusedError {
	_, rest, found := strings.Cut(err.Message, phoenixTag)
	if !found {
		return nil
	}
	parts := strings.SplitN(rest, ":", 4)
	if len(parts) != 4 {
		return nil
	}
	index, bad := strconv.Atoi(parts[1])
	if bad != nil || index >= len(s.all) {
		return nil
	}
	t := s.all[index]
	constraint, key := unhex(parts[2]), unhex(parts[3])
	err.Position, err.Hint, err.TableName = 0, "", t.name
	switch parts[0] {
	case phoenixColumns:
		return &RefusedError{
			Statement: "INSERT", Table: t.display(), Why: "the new row would take the place of a deleted one, whose table has other columns by now than the policy lists",
			Instead: "correct columns: in the policy, or use discover: true", cause: err,
		}
	case phoenixNull:
		return &RefusedError{
			Statement: "INSERT", Table: t.display(), Why: "the new row would take the place of a deleted one whose key is NULL",
			Instead: "declare the key's columns NOT NULL, or the key without NULLS NOT DISTINCT", cause: err,
		}
	case phoenixMoved:
		err.Code = "40001" // serialization_failure
		err.Message = "could not serialize access: the row that holds the key was deleted or changed meanwhile"
		err.Hint = "Try again."
	default:
		err.Code = "23505" // unique_violation
		err.Message = "duplicate key value violates unique constraint " + said(constraint)
		err.Detail = fmt.Sprintf("Key (%s)=(%s) already exists.", list("", t.primaryKey), key)
		err.ConstraintName = constraint
	}
	return nil
}

// unhex reads the hexadecimal digits that a text begins with.
func unhex(s string) string {
	end := strings.IndexFunc(s, func(r rune) bool { return !strings.ContainsRune("0123456789abcdef", r) })
	if end < 0 {
		end = len(s)
	}
	text, _ := hex.DecodeString(s[:end&^1])
	return string(text)
}
