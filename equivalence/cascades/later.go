package cascades

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/softdelete-go/softdelete"
)

// Restores that come later, when other statements have been at work in between,
// have no twin. Their judge is a model: what a deletion took comes back, and the
// references that it replaced, where they are still as it left them.

// record is what a deletion did.
type record struct {
	counts map[int]int // rows by table
	links  []link
}

// link is a row that lost references.
type link struct {
	t        int
	key      []string
	old, new map[int]*string // the columns that changed
}

// record keeps what a statement did that deleted rows under one id.
func (p *pair) record(id string, before, after *snapshot, deleted [][]row) {
	r := record{counts: map[int]int{}}
	for i, t := range p.schema.tables {
		if len(deleted[i]) > 0 {
			r.counts[i] = len(deleted[i])
		}
		now := map[string]row{}
		for _, x := range after.live[i] {
			key, _ := x.at(t.key)
			now[fmt.Sprint(key)] = x
		}
		for _, x := range before.live[i] {
			key, _ := x.at(t.key)
			y := now[fmt.Sprint(key)]
			if y == nil || x.String() == y.String() {
				continue
			}
			l := link{t: i, key: key, old: map[int]*string{}, new: map[int]*string{}}
			for c := range x {
				if !same(x[c], y[c]) {
					l.old[c], l.new[c] = x[c], y[c]
				}
			}
			r.links = append(r.links, l)
		}
	}
	p.records[id] = r
}

// expectation is what a later restore is to do.
type expectation struct {
	refusal string // why it must be refused; "" if not
	rows    int
	live    [][]row
	dead    [][]deadRow
}

// expect says what a restore is to do. ok is false where the model does not know.
func (p *pair) expect(st *statement) (e expectation, ids map[string]bool, ok bool) {
	s, now := p.schema, p.now
	ids = map[string]bool{}
	for _, d := range now.dead[st.target] {
		if d.row.has(s.tables[st.target].key, st.key) && d.id != nil {
			ids[*d.id] = true
		}
	}
	if len(ids) == 0 {
		return e, ids, false
	}
	chosen := func(i int, d deadRow) bool {
		if st.one {
			return i == st.target && d.row.has(s.tables[i].key, st.key)
		}
		return d.id != nil && ids[*d.id]
	}
	// With their parents: the deletions that took these, too.
	for more := st.parents; more; {
		more = false
		for _, f := range s.keys {
			for _, d := range now.dead[f.child] {
				values, known := d.row.at(f.columns)
				if !known || !chosen(f.child, d) {
					continue
				}
				for _, up := range now.dead[f.parent] {
					if up.row.has(f.refs, values) && up.id != nil && !ids[*up.id] {
						ids[*up.id], more = true, true
					}
				}
			}
		}
	}
	counts := map[int]int{}
	e.live, e.dead = make([][]row, len(s.tables)), make([][]deadRow, len(s.tables))
	back := make([][]row, len(s.tables))
	for i := range s.tables {
		e.live[i] = slices.Clone(now.live[i])
		for _, d := range now.dead[i] {
			if chosen(i, d) {
				counts[i]++
				e.rows++
				e.live[i] = append(e.live[i], d.row)
				back[i] = append(back[i], d.row)
			} else {
				e.dead[i] = append(e.dead[i], d)
			}
		}
	}
	took := map[int]int{}
	for id := range ids {
		r, known := p.records[id]
		if !known {
			return e, ids, false
		}
		if st.one {
			continue
		}
		for i, n := range r.counts {
			took[i] += n
		}
		for _, l := range r.links {
			if slices.ContainsFunc(back[l.t], func(x row) bool { return x.has(s.tables[l.t].key, l.key) }) {
				e.refusal = "a row that lost a reference comes back itself"
			}
			s.putBack(&e, l)
		}
	}
	for i, n := range took {
		if n > counts[i] && s.journal {
			e.refusal = "rows of the deletion are gone"
		}
	}
	for _, f := range s.keys {
		for _, x := range e.live[f.child] {
			if !refers(f, x, e.live[f.parent]) {
				e.refusal = "a row would refer to a deleted one by " + f.name
			}
		}
	}
	return e, ids, true
}

// putBack gives a row its references back, unless they have changed since: each
// reference by itself.
func (s *schema) putBack(e *expectation, l link) {
	put := func(x row) row {
		if !x.has(s.tables[l.t].key, l.key) {
			return x
		}
		now := slices.Clone(x)
		for _, f := range s.keys {
			columns := f.columns
			if len(f.set) > 0 {
				columns = f.set
			}
			if f.child != l.t || !f.sets() || slices.ContainsFunc(columns, func(c int) bool {
				_, changed := l.old[c]
				return changed && !same(x[c], l.new[c])
			}) {
				continue
			}
			for _, c := range columns {
				if v, changed := l.old[c]; changed {
					now[c] = v
				}
			}
		}
		return now
	}
	for i := range e.live[l.t] {
		e.live[l.t][i] = put(e.live[l.t][i])
	}
	for i := range e.dead[l.t] {
		e.dead[l.t][i].row = put(e.dead[l.t][i].row)
	}
}

// later carries out a restore that was asked for by itself.
func (p *pair) later(ctx context.Context, st *statement) (v verdict, err error) {
	s, t := p.schema, p.schema.tables[st.target]
	want, ids, ok := p.expect(st)
	if !ok {
		return v, nil
	}
	key := make([]any, len(t.key))
	for i, c := range t.key {
		key[i] = t.columns[c].arg(st.key[i])
	}
	var opts []softdelete.RestoreOption
	if st.parents {
		opts = append(opts, softdelete.RestoreParents())
	}
	if st.one {
		opts = append(opts, softdelete.RestoreOne())
	}
	args := slices.Clone(key)
	for _, o := range opts {
		args = append(args, o)
	}
	var preview softdelete.Preview
	previewed := st.restore == byKey
	if previewed {
		if preview, err = softdelete.PreviewRestore(ctx, p.ours.conn, t.policyName(), args...); err != nil {
			v.class, v.what, v.unsettled = "preview", fmt.Sprintf("PreviewRestore: %v", err), true
			return v, nil
		}
	}
	var n int64
	switch st.restore {
	case byID:
		id := slices.Collect(maps.Keys(ids))[0]
		n, err = softdelete.RestoreDeletion(ctx, p.ours.conn, id, opts...)
	default:
		n, err = softdelete.Restore(ctx, p.ours.conn, t.policyName(), args...)
	}
	v.unsettled = true
	var refused *softdelete.RefusedError
	if err != nil && !errors.As(err, &refused) {
		v.class, v.what = "later restore", fmt.Sprintf("%v; expected %d rows, refusal %q", err, want.rows, want.refusal)
		_, err = failed(err)
		return v, err
	}
	if (refused != nil) != (want.refusal != "") {
		v.class, v.what = "later restore", fmt.Sprintf("%d rows, %v; expected %d rows, refusal %q", n, err, want.rows, want.refusal)
		return v, nil
	}
	if previewed && (preview.Blocked != nil) != (want.refusal != "") && want.refusal != "rows of the deletion are gone" && want.refusal != "a row that lost a reference comes back itself" {
		v.class, v.what = "preview", fmt.Sprintf("PreviewRestore says blocked by %v, and Restore %v", preview.Blocked, err)
		return v, nil
	}
	v.unsettled = false
	if refused != nil {
		v.blocked = true
		if p.inside {
			p.failed = true
			if _, err := p.twin.run(ctx, &statement{twin: "SELECT 1 / 0"}); err != nil {
				return v, err
			}
		}
		return v, nil
	}
	if p.now, err = p.ours.snapshot(ctx); err != nil {
		return v, err
	}
	got := ""
	if n != int64(want.rows) {
		got = fmt.Sprintf("%d rows, expected %d\n", n, want.rows)
	}
	wanted := &snapshot{live: want.live, dead: want.dead}
	got += s.compareLive(p.now, wanted)
	for i, t := range s.tables {
		if d := difference(p.now.deadLines(i), wanted.deadLines(i)); d != "" {
			got += "  deleted rows of " + t.full() + ":" + d
		}
	}
	if got != "" {
		v.class, v.what, v.unsettled = "later restore", "(the judge is a model)\n"+got, true
		return v, nil
	}
	v.restored = want.rows
	return v, p.follow(ctx)
}

// follow makes the twin's rows what our live rows are.
func (p *pair) follow(ctx context.Context) error {
	text := "SET LOCAL session_replication_role = replica;\n"
	for i, t := range p.schema.tables {
		text += "DELETE FROM " + t.full() + ";\n" + t.load(p.now.live[i], nil)
	}
	text += "SET LOCAL session_replication_role = origin;\n"
	if !p.inside {
		text = "BEGIN;\n" + text + "COMMIT;\n"
	}
	return p.twin.script(ctx, text)
}

// same reports whether two values are equal, NULL and NULL too.
func same(a, b *string) bool { return (a == nil) == (b == nil) && (a == nil || *a == *b) }
