package cascades

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/softdelete-go/softdelete"
)

// restoreBy is how a delete is to be taken back at once.
type restoreBy uint8

const (
	notAtAll restoreBy = iota
	byKey
	byID
	byWhere
	byUpdate
)

var restoreNames = [...]string{notAtAll: "", byKey: "Restore", byID: "RestoreDeletion", byWhere: "RestoreWhere", byUpdate: "UPDATE under OnlyDeleted"}

// hasIDs reports whether deleted rows say which statement took them.
func (s *schema) hasIDs() bool {
	return slices.ContainsFunc(s.tables, (*table).hasID)
}

// hasID reports whether the table's deleted rows say which statement took them.
func (t *table) hasID() bool { return t.archived || t.deletionID != "" }

// exactTimes reports whether the times of rows that are deleted with those of table i tell
// deletions apart.
func (s *schema) exactTimes(i int) bool {
	return !slices.ContainsFunc(s.deletedWith(i), func(t *table) bool { return t.soft && t.marker != softdelete.Timestamp })
}

// takeBack restores what a statement deleted. Every row must then be what it was
// before.
func (p *pair) takeBack(ctx context.Context, st *statement, before *snapshot, v *verdict) (err error) {
	s, i := p.schema, st.target
	if st.restore == byKey && s.tables[i].hasID() {
		// Any row of the deletion will do.
		for k, rows := range v.deleted {
			if len(rows) > 0 && k%2 == len(rows)%2 {
				i = k
			}
		}
	}
	t, rows := s.tables[i], v.deleted[i]
	key := t.keyArgs(rows[0])
	how := st.restore
	if how == byKey && !t.hasID() && len(rows) > 1 {
		how = byWhere // the time alone does not tell which rows came with which
	}
	counts := map[string]int64{}
	for k, d := range v.deleted {
		if len(d) > 0 {
			counts[s.tables[k].policyName()] = int64(len(d))
		}
	}
	if how == byKey {
		preview, err := softdelete.PreviewRestore(ctx, p.ours.conn, t.policyName(), key...)
		if err != nil {
			v.class, v.what = "preview", fmt.Sprintf("PreviewRestore of %s %v: %v", t.full(), key, err)
			return nil
		}
		if !maps.Equal(preview.Rows, counts) || preview.Blocked != nil {
			v.class, v.what = "preview", fmt.Sprintf("PreviewRestore of %s %v: %v, blocked by %v; want %v", t.full(), key, preview.Rows, preview.Blocked, counts)
			return nil
		}
	}
	text := restoreNames[how]
	where, args := t.keyCondition(rows)
	n, want := int64(0), int64(0)
	for _, c := range counts {
		want += c
	}
	switch how {
	case byKey:
		text = fmt.Sprintf("Restore(%s, %v)", t.full(), key)
		n, err = softdelete.Restore(ctx, p.ours.conn, t.policyName(), key...)
	case byID:
		id := p.idOf(i, rows[0])
		text = fmt.Sprintf("RestoreDeletion(%s)", id)
		n, err = softdelete.RestoreDeletion(ctx, p.ours.conn, id)
	case byWhere:
		text = fmt.Sprintf("RestoreWhere(%s, %s, %v)", t.full(), where, args)
		n, err = softdelete.RestoreWhere(ctx, p.ours.conn, t.policyName(), where, args...)
	case byUpdate:
		text = fmt.Sprintf("UPDATE %s SET %s = %s WHERE %s", t.full(), name(t.markerName), t.live(), where)
		res, failed := p.ours.conn.ExecContext(softdelete.OnlyDeleted(ctx, t.policyName()), text, args...)
		if err = failed; err == nil {
			n, err = res.RowsAffected()
		}
		want = int64(len(rows))
	}
	if err != nil {
		v.class, v.what = "restore", text+": "+err.Error()
		if _, harness := failed(err); harness != nil {
			return harness
		}
		return nil
	}
	if n != want {
		v.class, v.what = "restore count", fmt.Sprintf("%s: %d rows, want %d", text, n, want)
		return nil
	}
	if p.now, err = p.ours.snapshot(ctx); err != nil {
		return err
	}
	if d := s.compareLive(p.now, before); d != "" {
		v.class, v.what = "restored rows", text+": live rows are not what they were (here the judge's):\n"+d
		return nil
	}
	for k := range s.tables {
		if d := difference(p.now.deadLines(k), before.deadLines(k)); d != "" {
			v.class, v.what = "restored rows", text+": deleted rows are not what they were (here the judge's):\n"+d
			return nil
		}
	}
	v.restored = int(want)
	return p.preview(ctx, st, counts, v)
}

// preview asks what a delete would do that was just restored.
func (p *pair) preview(ctx context.Context, st *statement, counts map[string]int64, v *verdict) error {
	if len(v.deleted[st.target]) != 1 {
		return nil
	}
	t := p.schema.tables[st.target]
	key := t.keyArgs(v.deleted[st.target][0])
	preview, err := softdelete.PreviewDelete(ctx, p.ours.conn, t.policyName(), key...)
	if err != nil || preview.Blocked != nil || !maps.Equal(preview.Rows, counts) {
		v.class, v.what = "preview", fmt.Sprintf("PreviewDelete of %s %v: %v %v %v; want %v", t.full(), key, err, preview.Rows, preview.Blocked, counts)
	}
	return nil
}

// idOf is the id of the deletion that took the row.
func (p *pair) idOf(t int, x row) string {
	for _, d := range slices.Backward(p.now.dead[t]) { // the newest
		if d.row.String() == x.String() && d.id != nil {
			return *d.id
		}
	}
	return ""
}

// idIn is the id of the deletion that took these rows.
func (p *pair) idIn(deleted [][]row) string {
	for i, rows := range deleted {
		if len(rows) > 0 {
			return p.idOf(i, rows[0])
		}
	}
	return ""
}

// keyArgs are the values of the primary key, as an application passes them.
func (t *table) keyArgs(x row) (args []any) {
	for _, c := range t.key {
		args = append(args, t.columns[c].arg(*x[c]))
	}
	return args
}

func (c column) arg(v string) any {
	if c.number || c.kind == kInt || c.kind == kBig {
		if n, err := strconv.ParseInt(v, 10, 64); err == nil {
			return n
		}
	}
	return v
}

// keyCondition is the condition that a row is one of these.
func (t *table) keyCondition(rows []row) (where string, args []any) {
	var ors []string
	for _, x := range rows {
		var conds []string
		for _, c := range t.key {
			args = append(args, t.columns[c].arg(*x[c]))
			conds = append(conds, fmt.Sprintf("%s = $%d", name(t.columns[c].name), len(args)))
		}
		ors = append(ors, strings.Join(conds, " AND "))
	}
	return strings.Join(ors, " OR "), args
}

// live is the value of the marker of a live row.
func (t *table) live() string {
	switch t.marker {
	case softdelete.Timestamp:
		return "NULL"
	case softdelete.Flag:
		return "false"
	default:
		return "0"
	}
}
