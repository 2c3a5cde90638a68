package softdelete

import (
	"database/sql/driver"
	"reflect"
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"

	"github.com/softdelete-go/softdelete/internal/lex"
	"github.com/softdelete-go/softdelete/internal/pgast"
)

// An UPDATE of the marker is a delete too: it is what ORMs emit themselves. With
// its live value, it is none; under a scope that sees deleted rows, that is a
// restore. A parameter is judged by its value, when it is known: GORM's Save
// writes every column, and the marker with them.

// markerValue is what a marker is set to, as far as the text tells.
type markerValue uint8

const (
	anyValue markerValue = iota
	liveValue
	deletedValue
)

// judge tells what an expression sets a marker to; param is the N of a bare $N.
func (j *job) judge(n *pg.Node, m Marker) (v markerValue, param int) {
	for n.GetTypeCast() != nil {
		n = n.GetTypeCast().Arg
	}
	j.pin(n)
	if p := n.GetParamRef(); p != nil {
		return anyValue, int(p.Number)
	}
	if n.GetSetToDefault() != nil {
		return liveValue, 0 // what rows are born with; an INSERT without the marker relies on it too
	}
	c := n.GetAConst()
	if c == nil {
		if m != Flag && timed(n) == now {
			return deletedValue, 0
		}
		return anyValue, 0
	}
	isLive := false
	switch m {
	case Timestamp:
		isLive = c.Isnull
	case Flag:
		b, isBool := c.Val.(*pg.A_Const_Boolval)
		if !isBool {
			return anyValue, 0
		}
		isLive = !b.Boolval.GetBoolval()
	default:
		switch v := c.Val.(type) {
		case *pg.A_Const_Ival:
			isLive = v.Ival.GetIval() == 0
		case *pg.A_Const_Fval:
			isLive = strings.Trim(v.Fval.GetFval(), "0.") == ""
		default:
			return anyValue, 0
		}
	}
	if isLive {
		return liveValue, 0
	}
	return deletedValue, 0
}

// timing is what an expression has to do with the time: nothing, nothing that
// would matter, or that it is computed from the present.
type timing uint8

const (
	unrelated timing = iota
	constant
	now
)

// timed tells whether an expression is computed from the present time by
// functions that make neither NULL nor zero of it.
func timed(n *pg.Node) timing {
	switch m := pgast.Unwrap(n).(type) {
	case *pg.A_Const:
		if !m.Isnull {
			return constant
		}
	case *pg.TypeCast:
		return timed(m.Arg)
	case *pg.SQLValueFunction:
		if strings.HasPrefix(sqlValueNames[m.Op], "current_t") || m.Op == pg.SQLValueFunctionOp_SVFOP_LOCALTIMESTAMP || m.Op == pg.SQLValueFunctionOp_SVFOP_LOCALTIMESTAMP_N || m.Op == pg.SQLValueFunctionOp_SVFOP_CURRENT_DATE {
			return now
		}
	case *pg.FuncCall:
		switch m.Funcname[len(m.Funcname)-1].GetString_().GetSval() {
		case "now", "clock_timestamp", "statement_timestamp", "transaction_timestamp":
			return now
		case "timezone", "date_trunc", "extract", "date_part", "floor", "round", "trunc", "ceil":
			return timedAll(m.Args...)
		}
	case *pg.A_Expr:
		if len(m.Name) == 1 && m.Kind == pg.A_Expr_Kind_AEXPR_OP && strings.Contains("+-*", m.Name[0].GetString_().GetSval()) {
			return timedAll(m.Lexpr, m.Rexpr)
		}
	}
	return unrelated
}

func timedAll(args ...*pg.Node) timing {
	all := constant
	for _, a := range args {
		switch timed(a) {
		case unrelated:
			return unrelated
		case now:
			all = now
		}
	}
	return all
}

// assigned returns the expression that a SET list gives to a column; nil with
// found where it is the field of a sub-select.
func assigned(targets []*pg.Node, column string) (val *pg.Node, found bool) {
	for _, n := range targets {
		r := n.GetResTarget()
		if r.GetName() != column {
			continue
		}
		if m := r.Val.GetMultiAssignRef(); m != nil {
			if row := m.Source.GetRowExpr(); row != nil && int(m.Colno) <= len(row.Args) {
				return row.Args[m.Colno-1], true
			}
			return nil, true
		}
		return r.Val, true
	}
	return nil, false
}

func assignedColumns(targets []*pg.Node) []string {
	var names []string
	for _, n := range targets {
		names = append(names, n.GetResTarget().GetName())
	}
	return names
}

// bookkept reports whether a delete leaves more in a row than its marker.
func (t *table) bookkept() bool {
	return t.entry.DeletionID != "" || t.entry.DeletedBy != "" || t.entry.Reason != ""
}

// markerUpdate handles an UPDATE that may set the marker of t. It returns the
// deletion that it starts, or what completes the restore that it is, or neither.
func (j *job) markerUpdate(w *wrapping, s *pg.UpdateStmt, ref reference, e *scopeNames) (*deletion, func()) {
	t := ref.table
	val, found := assigned(s.TargetList, t.column)
	matters := t.rel.follows() || len(t.rel.parents) > 0 || j.r.tables.journal || t.bookkept() || j.scope.restoring.total
	if !found || !matters {
		return nil, nil
	}
	value, param := j.judge(val, t.marker)
	if param > 0 {
		j.judged = append(j.judged, judgement{param, t.marker, t})
		if j.presumed[param] {
			value = liveValue
		}
	}
	start, _, _ := j.relationTokens(s.Relation)
	_, end, ok := j.referenceTokens(s.Relation, nil)
	if !ok || !j.is(end+1, lex.KSET) {
		j.lost(t.condition("", live), "SET")
		return nil, nil
	}
	w.first, w.inside = start-1, end+1
	if j.r.opts.distributed && (ref.see != live || t.rel.follows() || j.r.tables.journal) {
		if value != liveValue || ref.see != live {
			j.refuse(s.Relation.Location, t, "an UPDATE of the marker with consequences is not possible under Distributed", "use DELETE, or the function Restore")
		}
		return nil, nil
	}
	if ref.see != live {
		switch {
		case value == liveValue:
			return nil, j.restoreUpdate(w, s, ref, e)
		case value == anyValue && param == 0:
			j.refuse(s.Relation.Location, t, "the marker is set to an expression, which may restore some of the rows and not what was deleted with them",
				"write a constant, the time of now(), or a parameter")
		case ref.see == withDeleted:
			j.refuse(s.Relation.Location, t, "an UPDATE of the marker under WithDeleted could delete live rows and overwrite the time of deleted ones",
				"delete under the default scope")
		}
		return nil, nil
	}
	if value == liveValue {
		return nil, nil
	}
	if value == anyValue && param == 0 {
		j.refuse(s.Relation.Location, t, "the marker is set to an expression, which may delete some of the rows and not others",
			"write a constant, the time of now(), or a parameter")
		return nil, nil
	}
	j.note(RuleDelete, t, "setting %s deletes rows of %s", t.column, t.name)
	d := j.consequences(s.Relation, t, e)
	if j.err != nil {
		return nil, nil
	}
	for _, c := range assignedColumns(s.TargetList) {
		if d != nil && slices.Contains(t.rel.keyColumns(), c) {
			j.refuse(s.Relation.Location, t, "the marker and the key "+c+", which foreign keys lead to, are set at once", "send two statements")
			return nil, nil
		}
	}
	if d != nil && slices.Contains(assignedColumns(s.TargetList), t.entry.DeletionID) {
		j.refuse(s.Relation.Location, t, t.entry.DeletionID+" tells what was deleted together, and is the driver's to set", "leave it out")
		return nil, nil
	}
	if d != nil {
		d.judged = value != deletedValue
		if t.marker != Flag {
			d.marker = "(SELECT max(r." + lex.QuoteIdent(t.column) + ") FROM " + lex.QuoteIdent(d.rootName()) + " AS r)"
		}
	}
	if d != nil {
		d.lockInSet, d.rootRef = true, lex.QuoteIdent(referenceName(s.Relation))
	}
	if set, more := j.bookkeeping(t, d, assignedColumns(s.TargetList)...); set != "" {
		j.ed.after(end+1, " "+strings.TrimPrefix(set, ", ")+",")
		s.TargetList = append(more, s.TargetList...)
	}
	return d, nil
}

// upsertMarker refuses an ON CONFLICT DO UPDATE that could delete a row with
// consequences.
func (j *job) upsertMarker(s *pg.InsertStmt, t *table) {
	if t == nil || j.again || s.OnConflictClause == nil || !t.rel.follows() && !j.r.tables.journal {
		return
	}
	val, found := assigned(s.OnConflictClause.TargetList, t.column)
	if !found || s.OnConflictClause.Action != pg.OnConflictAction_ONCONFLICT_UPDATE || j.nothing {
		return
	}
	refuse := func() {
		j.refuse(s.Relation.Location, t, "this upsert could delete a row, and its foreign keys would not be followed",
			"leave "+t.column+" out of DO UPDATE SET, and delete with DELETE")
	}
	mustLive := func(n *pg.Node) {
		switch v, param := j.judge(n, t.marker); {
		case param > 0:
			j.mustLive = append(j.mustLive, judgement{param, t.marker, t})
		case v != liveValue:
			refuse()
		}
	}
	fields := val.GetColumnRef().GetFields()
	if n := len(fields); n > 0 && fields[n-1].GetString_().GetSval() == t.column && (n == 1 || n == 2 && fields[0].GetString_().GetSval() == referenceName(s.Relation)) {
		return // of the row in conflict, which is live
	}
	if len(fields) != 2 || fields[0].GetString_().GetSval() != "excluded" || fields[1].GetString_().GetSval() != t.column {
		if val == nil {
			refuse()
			return
		}
		mustLive(val)
		return
	}
	at := slices.Index(assignedColumns(s.Cols), t.column)
	if at < 0 && len(s.Cols) > 0 {
		return // the column's default
	}
	j.shapeless = true // what one row has says nothing of the others
	values := s.SelectStmt.GetSelectStmt().GetValuesLists()
	if at < 0 || len(values) == 0 {
		refuse()
		return
	}
	for _, row := range values {
		items := row.GetList().GetItems()
		if at >= len(items) {
			refuse()
			return
		}
		mustLive(items[at])
	}
}

// mergeWrites refuses a MERGE whose consequences could not be followed.
func (j *job) mergeWrites(s *pg.MergeStmt, rel *relation, deletes int) {
	if rel == nil {
		return
	}
	t := rel.table
	matters := t != nil && (rel.follows() || j.r.tables.journal)
	if deletes > 0 && matters || deletes > 1 && t != nil && t.entry.DeletionID != "" {
		j.refuse(s.Relation.Location, t, "MERGE with DELETE cannot follow foreign keys, keep a journal, or give two DELETEs one id", "use DELETE … USING")
		return
	}
	for _, n := range s.MergeWhenClauses {
		w := n.GetMergeWhenClause()
		if rel.marked() && w.GetCommandType() == pg.CmdType_CMD_UPDATE {
			if val, found := assigned(w.TargetList, t.column); found && (matters || t.bookkept()) {
				if v, _ := j.judge(val, t.marker); v != liveValue {
					j.refuse(s.Relation.Location, t, "MERGE that sets the marker cannot follow foreign keys", "use DELETE … USING")
					return
				}
			}
		}
		insert := w.GetCommandType() == pg.CmdType_CMD_INSERT
		if (insert || w.GetCommandType() == pg.CmdType_CMD_UPDATE) && !j.r.opts.distributed {
			if fks := rel.guarded(assignedColumns(w.TargetList), insert); len(fks) > 0 {
				j.refuse(s.Relation.Location, t, "MERGE cannot check that the rows which "+fks[0].name+" refers to are live",
					"use INSERT … ON CONFLICT, or UPDATE … FROM")
				return
			}
		}
	}
}

// live reports whether a value, as an application passes it, is certainly the
// live value of a marker.
func (m Marker) live(v any) bool {
	if valuer, ok := v.(driver.Valuer); ok {
		if r := reflect.ValueOf(v); r.Kind() == reflect.Pointer && r.IsNil() {
			return m == Timestamp
		}
		got, err := valuer.Value()
		if err != nil {
			return false
		}
		v = got
	}
	r := reflect.ValueOf(v)
	for r.Kind() == reflect.Pointer || r.Kind() == reflect.Interface {
		if r.IsNil() {
			return m == Timestamp
		}
		r = r.Elem()
	}
	switch m {
	case Timestamp:
		return !r.IsValid()
	case Flag:
		if r.Kind() == reflect.String {
			s := strings.ToLower(strings.TrimSpace(r.String()))
			return s == "0" || s == "of" || s == "off" || s != "" && (strings.HasPrefix("false", s) || strings.HasPrefix("no", s))
		}
		return r.Kind() == reflect.Bool && !r.Bool()
	default:
		if r.Kind() == reflect.String {
			s := strings.TrimSpace(r.String())
			return s != "" && strings.Trim(s, "0") == ""
		}
		return r.CanInt() && r.Int() == 0 || r.CanUint() && r.Uint() == 0
	}
}
