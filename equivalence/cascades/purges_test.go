package cascades

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/softdelete-go/softdelete"
)

const (
	purgeSchemas = 15
	purgeRounds  = 4  // of each schema
	purgeSteps   = 12 // statements before each purge
)

// TestPurges purges in the middle of random histories, over random schemas. What must
// go is what a model says: the rows that are old enough and not held, but for those
// that a row which stays refers to.
func TestPurges(t *testing.T) {
	var total purgeCount
	histories(t, purgeSchemas, 7, func(ctx context.Context, h *history, s *schema) error {
		h.count = &total
		return h.run(ctx, s)
	})
	t.Logf("%+v", total)
	if total.purged == 0 || total.kept == 0 || total.held == 0 || total.restored == 0 || total.circles == 0 {
		t.Errorf("not all was put to the test: %+v", total)
	}
}

// purgeCount counts rows.
type purgeCount struct{ statements, restored, purges, purged, kept, held, circles int }

func (h *history) run(ctx context.Context, s *schema) error {
	if err := h.begin(ctx, s); err != nil {
		return err
	}
	for range purgeRounds {
		for range purgeSteps {
			if err := h.step(ctx); err != nil {
				return err
			}
		}
		if err := h.age(ctx); err != nil {
			return err
		}
		if err := h.hold(ctx); err != nil {
			return err
		}
		if err := h.purge(ctx); err != nil {
			return err
		}
	}
	return nil
}

// age makes about half of the deletions old.
func (h *history) age(ctx context.Context) error {
	text, seed := "BEGIN; SET LOCAL session_replication_role = replica;\n", h.rng.IntN(1000)
	half := func(what string) string { return fmt.Sprintf("hashtextextended(%s, %d) %% 2 = 0", what, seed) }
	for _, t := range h.pair.schema.tables {
		if t.archived {
			text += fmt.Sprintf("UPDATE public.deletion_records AS x SET archived_at = archived_at - interval '100 days' WHERE table_name = %s AND %s;\n", literal(t.policyName()), half("x::text"))
			continue
		}
		if !t.soft || t.marker == softdelete.Flag {
			continue
		}
		m := name(t.markerName)
		unit := map[softdelete.Marker]string{softdelete.Timestamp: "interval '100 days'", softdelete.UnixSeconds: "8640000", softdelete.UnixMillis: "8640000000", softdelete.UnixNanos: "8640000000000000"}[t.marker]
		text += fmt.Sprintf("UPDATE %s AS x SET %s = %s - %s WHERE %s AND %s;\n", t.full(), m, m, unit, t.dead(), half("x::text"))
	}
	if h.pair.schema.journal {
		text += "UPDATE public.softdelete_deletions SET deleted_at = deleted_at - interval '100 days' WHERE " + half("id::text") + ";\n"
	}
	if h.pair.schema.archives() {
		text += "DELETE FROM public.deletion_records WHERE restored_at IS NOT NULL;\n" // a purge counts these too
	}
	return h.pair.ours.script(ctx, text+"COMMIT;")
}

// hold holds a deletion, now and then, and releases the one before.
func (h *history) hold(ctx context.Context) (err error) {
	s, x := h.pair.schema, h.pair.ours
	if h.gen.now, err = x.snapshot(ctx); err != nil || !s.hasIDs() {
		return err
	}
	if err := x.script(ctx, "DELETE FROM public.softdelete_holds"); err != nil {
		return err
	}
	rows := pick(h.rng, h.gen.now.dead)
	if len(rows) == 0 {
		return nil
	}
	if id := pick(h.rng, rows).id; id != nil {
		if err := softdelete.Hold(ctx, x.conn, *id, ""); err != nil && !errors.Is(err, softdelete.ErrRefused) {
			return err
		}
	}
	return nil
}

// ripe lists the deleted rows of each table that are old enough and not held.
func (h *history) ripe(ctx context.Context, held bool) (list []map[string]bool, err error) {
	s := h.pair.schema
	for _, t := range s.tables {
		rows := map[string]bool{}
		list = append(list, rows)
		if !t.soft || !t.archived && t.marker == softdelete.Flag && (t.deletionID == "" || !s.journal) {
			continue
		}
		m := name(t.markerName)
		if t.archived {
			m = "r.archived_at"
		}
		old := m + " < now() - interval '90 days'"
		switch t.marker {
		case softdelete.Flag:
			old = fmt.Sprintf("%s IN (SELECT id FROM public.softdelete_deletions GROUP BY id HAVING max(deleted_at) < now() - interval '90 days')", name(t.deletionID))
		case softdelete.UnixSeconds:
			old = m + " < extract(epoch FROM now()) - 7776000"
		case softdelete.UnixMillis:
			old = m + "::numeric / 1000 < extract(epoch FROM now()) - 7776000"
		case softdelete.UnixNanos:
			old = m + "::numeric / 1000000000 < extract(epoch FROM now()) - 7776000"
		}
		in := "NOT EXISTS"
		if held {
			in = "EXISTS"
		}
		from, id := t.deadRows()
		if id != "NULL" {
			old += fmt.Sprintf(" AND %s (SELECT FROM public.softdelete_holds AS h WHERE h.deletion_id::text = %s)", in, id)
		} else if held {
			continue
		}
		var cells []string
		for _, c := range t.columns {
			cells = append(cells, "x."+name(c.name)+"::text")
		}
		err := h.pair.ours.raw(func(c *pgx.Conn) error {
			found, err := c.Query(ctx, fmt.Sprintf("SELECT ARRAY[%s] FROM %s AND %s", strings.Join(cells, ", "), from, old))
			if err != nil {
				return err
			}
			for found.Next() {
				var r row
				if err := found.Scan((*[]*string)(&r)); err != nil {
					return err
				}
				rows[r.String()] = true
			}
			return found.Err()
		})
		if err != nil {
			return nil, err
		}
	}
	return list, nil
}

// model takes out of what is ripe the rows that others keep, and says how many rows
// that go refer to rows that go in the same or an earlier table of a circle.
func (s *schema) model(now *snapshot, ripe []map[string]bool) (goes []map[string]bool) {
	for _, rows := range ripe {
		copied := map[string]bool{}
		for k := range rows {
			copied[k] = true
		}
		goes = append(goes, copied)
	}
	rowsOf := func(i int) []row {
		rows := slices.Clone(now.live[i])
		for _, d := range now.dead[i] {
			rows = append(rows, d.row)
		}
		return rows
	}
	for changed := true; changed; {
		changed = false
		for _, f := range s.keys {
			for _, c := range rowsOf(f.child) {
				values, ok := c.at(f.columns)
				if !ok || goes[f.child][c.String()] {
					continue
				}
				for _, p := range now.dead[f.parent] {
					if goes[f.parent][p.row.String()] && p.row.has(f.refs, values) {
						delete(goes[f.parent], p.row.String())
						changed = true
					}
				}
			}
		}
	}
	return goes
}

func (h *history) purge(ctx context.Context) error {
	p, s := h.pair, h.pair.schema
	before, err := p.ours.snapshot(ctx)
	if err != nil {
		return err
	}
	if before.ambiguous(s) {
		return nil // the model knows rows by what they hold, and records of one key can hold the same
	}
	ripe, err := h.ripe(ctx, false)
	if err != nil {
		return err
	}
	held, err := h.ripe(ctx, true)
	if err != nil {
		return err
	}
	goes := s.model(before, ripe)
	policy := s.policy()
	db, err := softdelete.Open(p.ours.name, policy)
	if err != nil {
		return err
	}
	defer db.Close()
	o := softdelete.PurgeOptions{OlderThan: 90 * 24 * time.Hour, Batch: 1 + h.rng.IntN(20), DryRun: true}
	foreseen, err := softdelete.Purge(ctx, db, o)
	if errors.Is(err, softdelete.ErrRefused) {
		return nil // markers without time only
	}
	if err != nil {
		return fmt.Errorf("dry run: %w", err)
	}
	o.DryRun = false
	done, err := softdelete.Purge(ctx, db, o)
	if err != nil {
		return err
	}
	h.count.purges++
	after, err := p.ours.snapshot(ctx)
	if err != nil {
		return err
	}
	h.gen.now, p.now = after, after
	total := 0
	for i, t := range s.tables {
		if !slices.Equal(before.lines(i), after.lines(i)) {
			return fmt.Errorf("live rows of %s changed:%s", t.full(), difference(after.lines(i), before.lines(i)))
		}
		var want []string
		for _, d := range before.dead[i] {
			if !goes[i][d.row.String()] {
				want = append(want, d.row.String())
			}
		}
		var got []string
		for _, d := range after.dead[i] {
			got = append(got, d.row.String())
		}
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			return fmt.Errorf("deleted rows of %s:%s", t.full(), difference(got, want))
		}
		total += len(goes[i])
		h.count.kept += len(ripe[i]) - len(goes[i])
		h.count.held += len(held[i])
		h.count.circles += s.ownCircles(i, before, goes[i])
	}
	h.count.purged += total
	if done.Purged != int64(total) {
		return fmt.Errorf("%d rows purged, by its report %d", total, done.Purged)
	}
	for i, t := range done.Tables {
		if f := foreseen.Tables[i]; f.Purged != t.Purged || f.Held != t.Held || f.Kept != t.Kept {
			return fmt.Errorf("foreseen %+v, done %+v", f, t)
		}
	}
	return nil
}

// ownCircles counts the rows that go and refer to a row of their own table.
func (s *schema) ownCircles(i int, now *snapshot, goes map[string]bool) (n int) {
	for _, f := range s.keys {
		if f.child != i || f.parent != i {
			continue
		}
		for _, d := range now.dead[i] {
			if _, refers := d.row.at(f.columns); refers && goes[d.row.String()] {
				n++
			}
		}
	}
	return n
}
