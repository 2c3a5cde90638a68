package cascades

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/softdelete-go/softdelete"
)

const (
	callSchemas = 25
	callsEach   = 60 // of each schema
)

// TestCalls calls the functions that list, preview, restore and erase in the middle of
// random histories, over random schemas. A policy that is accepted must not lead one of them
// into an error of the server; what only looks must change nothing; what fails must change
// nothing; and no live row may be left that refers to a deleted one.
func TestCalls(t *testing.T) {
	total := callCount{}
	histories(t, callSchemas, 11, func(ctx context.Context, h *history, s *schema) error {
		return (&calls{history: *h, done: total}).run(ctx, s)
	})
	t.Logf("%v", total)
	for _, name := range []string{"Restore", "RestoreWhere", "RestoreDeletion", "UPDATE", "Erase", "PreviewRestore", "PreviewRestoreDeletion", "PreviewDelete", "Deletions", "DeletionRows", "Counts", "GrowthOf", "Obstacles"} {
		if total[name] == 0 {
			t.Errorf("%s never succeeded: %v", name, total)
		}
	}
	if total["rows restored"] == 0 || total["refused"] == 0 || total["rows erased"] == 0 {
		t.Errorf("not all was put to the test: %v", total)
	}
}

type callCount map[string]int

type calls struct {
	history
	done callCount
}

func (h *calls) run(ctx context.Context, s *schema) error {
	if err := h.begin(ctx, s); err != nil {
		return err
	}
	for range callsEach {
		for range 2 {
			if err := h.step(ctx); err != nil {
				return err
			}
		}
		if err := h.call(ctx); err != nil {
			return err
		}
	}
	return nil
}

// call makes one call, and looks at what it has done.
func (h *calls) call(ctx context.Context) error {
	s, before := h.pair.schema, h.gen.now
	name, restores, n, err := h.any(ctx)
	if err != nil && !h.may(err) {
		return fmt.Errorf("%s: %w", name, err)
	}
	after, failed := h.pair.ours.snapshot(ctx)
	if failed != nil {
		return failed
	}
	h.gen.now = after
	short, _, _ := strings.Cut(name, "(")
	changes := restores || short == "Erase" || short == "UPDATE"
	switch {
	case err != nil:
		h.done["refused"]++
	default:
		h.done[short]++
	}
	if err != nil || !changes {
		if d := s.changed(before, after); d != "" {
			return fmt.Errorf("%s (%v) changed:\n%s", name, err, d)
		}
		return nil
	}
	if restores {
		h.done["rows restored"] += int(n)
		if d := after.rows() - before.rows(); int64(d) != n || int64(before.deadRows()-after.deadRows()) != n {
			return fmt.Errorf("%s: %d rows; %d more live, %d fewer deleted", name, n, d, before.deadRows()-after.deadRows())
		}
		// What is left of a deletion can be nothing: that it has been restored is then said too.
		if open := before.open(); n == 0 && open != after.open() && !strings.HasSuffix(name, ", partly)") {
			return fmt.Errorf("%s restored nothing, and closed entries of the journal: %d were open, %d are", name, open, after.open())
		}
	}
	for _, f := range s.keys {
		for _, x := range after.live[f.child] {
			if !refers(f, x, after.live[f.parent]) {
				return fmt.Errorf("%s: a row of %s refers to a deleted one by %s: %s", name, s.tables[f.child].full(), f.name, x)
			}
		}
	}
	return nil
}

// may reports whether a call may end so: a refusal, or a constraint.
func (h *calls) may(err error) bool {
	var pgErr *pgconn.PgError
	return errors.Is(err, softdelete.ErrRefused) && !errors.As(err, &pgErr) || errors.As(err, &pgErr) && (strings.HasPrefix(pgErr.Code, "23") || strings.Contains(pgErr.Message, "softdelete:"))
}

// any makes one of the calls. n is how many rows it says that it restored.
func (h *calls) any(ctx context.Context) (name string, restores bool, n int64, err error) {
	s, x, now := h.pair.schema, h.pair.ours.conn, h.gen.now
	i := h.rng.IntN(len(s.tables))
	for range 5 {
		if len(now.dead[i]) == 0 {
			i = h.rng.IntN(len(s.tables))
		}
	}
	t := s.tables[i]
	var of []row // whose keys calls get
	for _, d := range now.dead[i] {
		of = append(of, d.row)
	}
	if len(of) == 0 || h.rng.IntN(8) == 0 {
		of = append(of, now.live[i]...)
	}
	if len(of) == 0 {
		return "nothing", false, 0, nil
	}
	chosen := pick(h.rng, of)
	key := t.keyArgs(chosen)
	printed, _ := chosen.at(t.key)
	id := ""
	for _, d := range now.dead[i] {
		if d.id != nil {
			id = *d.id
		}
	}
	if e := now.journal; id == "" || len(e) > 0 && h.rng.IntN(3) == 0 {
		if id = "00000000-0000-4000-8000-000000000001"; len(e) > 0 {
			id = pick(h.rng, e).id
		}
	}
	opts, with := h.options()
	args := slices.Clone(key)
	for _, o := range opts {
		args = append(args, o)
	}
	says := func(f, format string, a ...any) string { return f + "(" + fmt.Sprintf(format, a...) + with + ")" }
	switch h.rng.IntN(14) {
	case 0, 1:
		n, err = softdelete.Restore(ctx, x, t.policyName(), args...)
		return says("Restore", "%s, %v", t.policyName(), key), true, n, err
	case 2:
		where, values := t.keyCondition(of[:1+h.rng.IntN(min(len(of), 3))])
		for _, o := range opts {
			values = append(values, o)
		}
		n, err = softdelete.RestoreWhere(ctx, x, t.policyName(), where, values...)
		return says("RestoreWhere", "%s, %s, %v", t.policyName(), where, values), true, n, err
	case 3, 4:
		n, err = softdelete.RestoreDeletion(ctx, x, id, opts...)
		return says("RestoreDeletion", "%s", id), true, n, err
	case 5:
		where, values := t.keyCondition([]row{chosen})
		if !t.marked() {
			where = "false"
		}
		if where == "false" {
			return "nothing", false, 0, nil
		}
		_, err = x.ExecContext(softdelete.OnlyDeleted(ctx, t.policyName()), fmt.Sprintf("UPDATE %s SET %s = %s WHERE %s", t.full(), quoted(t.markerName), t.live(), where), values...)
		return says("UPDATE", "%s, %s", t.policyName(), where), false, 0, err
	case 6:
		_, err = softdelete.PreviewRestore(ctx, x, t.policyName(), args...)
		return says("PreviewRestore", "%s, %v", t.policyName(), key), false, 0, err
	case 7:
		_, err = softdelete.PreviewRestoreDeletion(ctx, x, id, opts...)
		return says("PreviewRestoreDeletion", "%s", id), false, 0, err
	case 8:
		_, err = softdelete.PreviewDelete(ctx, x, t.policyName(), key...)
		return says("PreviewDelete", "%s, %v", t.policyName(), key), false, 0, err
	case 9:
		return h.list(ctx, t, printed)
	case 10:
		return h.page(ctx, id)
	case 11:
		counts, err := softdelete.Counts(ctx, x)
		for _, c := range counts {
			j := slices.IndexFunc(s.tables, func(t *table) bool { return t.policyName() == c.Table })
			if live, dead := len(now.live[j]), len(now.dead[j]); err == nil && (c.Live != int64(live) || c.Deleted != int64(dead)) {
				err = fmt.Errorf("%+v, and there are %d live rows and %d deleted ones", c, live, dead)
			}
		}
		return "Counts()", false, 0, err
	case 12:
		if _, err = softdelete.GrowthOf(ctx, x, 7); err != nil || h.rng.IntN(2) == 0 {
			return "GrowthOf()", false, 0, err
		}
		row := &softdelete.RowKey{Table: t.policyName(), Key: printed}
		if h.rng.IntN(2) == 0 {
			row = nil
		}
		_, err = softdelete.Obstacles(ctx, x, id, row, 5)
		return says("Obstacles", "%s, %v", id, row), false, 0, err
	default:
		// The side's own pool has one connection, which is taken.
		db, err := softdelete.Open(h.pair.ours.name, s.policy())
		if err != nil {
			return "Open", false, 0, err
		}
		defer db.Close()
		report, err := softdelete.Erase(ctx, db, t.policyName(), key...)
		h.done["rows erased"] += int(report.Erased())
		return says("Erase", "%s, %v", t.policyName(), key), false, 0, err
	}
}

// options are some of a restore's.
func (h *calls) options() (opts []softdelete.RestoreOption, with string) {
	if h.rng.IntN(3) == 0 {
		opts, with = append(opts, softdelete.RestoreParents()), with+", with parents"
	}
	if h.rng.IntN(4) == 0 {
		opts, with = append(opts, softdelete.RestorePartly()), with+", partly"
	}
	if len(opts) == 0 && h.rng.IntN(4) == 0 {
		opts, with = append(opts, softdelete.RestoreOne()), with+", one"
	}
	return opts, with
}

// list asks for deletions by some filter.
func (h *calls) list(ctx context.Context, t *table, key []string) (string, bool, int64, error) {
	f := softdelete.DeletionFilter{Left: h.rng.IntN(2) == 0, Limit: 3, State: softdelete.DeletionState(h.rng.IntN(4))}
	if h.rng.IntN(3) == 0 {
		f.Table = t.policyName()
	}
	if h.rng.IntN(3) == 0 {
		f.Row = key[0]
	}
	f.Held = h.rng.IntN(8) == 0
	seen := map[string]bool{}
	for {
		page, err := softdelete.Deletions(ctx, h.pair.ours.conn, f)
		if err != nil || len(page) < f.Limit {
			return fmt.Sprintf("Deletions(%+v)", f), false, 0, err
		}
		if f.After = page[len(page)-1].Cursor; seen[f.After] {
			return fmt.Sprintf("Deletions(%+v)", f), false, 0, errors.New("the same page comes again")
		}
		seen[f.After] = true
	}
}

// page reads the rows of a deletion, page by page: all that are left must come.
func (h *calls) page(ctx context.Context, id string) (string, bool, int64, error) {
	f, n := softdelete.RowFilter{Limit: 2, Data: h.rng.IntN(2) == 0}, 0
	name := fmt.Sprintf("DeletionRows(%s, %+v)", id, f)
	for {
		page, err := softdelete.DeletionRows(ctx, h.pair.ours.conn, id, f)
		if err != nil {
			return name, false, 0, err
		}
		if n += len(page); len(page) < f.Limit {
			break
		}
		f.After = page[len(page)-1].Cursor
	}
	want := 0
	for _, rows := range h.gen.now.dead {
		for _, d := range rows {
			if d.id != nil && *d.id == id {
				want++
			}
		}
	}
	if n != want {
		return name, false, 0, fmt.Errorf("%d rows, and %d are left", n, want)
	}
	return name, false, 0, nil
}

// changed says what differs between two snapshots.
func (s *schema) changed(before, after *snapshot) string {
	d := s.compareLive(after, before)
	for i, t := range s.tables {
		if x := difference(after.deadLines(i), before.deadLines(i)); x != "" {
			d += "  deleted rows of " + t.full() + ":" + x
		}
	}
	if before.open() != after.open() {
		d += "  the journal"
	}
	return d
}

// deadRows is how many rows are deleted.
func (n *snapshot) deadRows() (count int) {
	for _, rows := range n.dead {
		count += len(rows)
	}
	return count
}

// open is how many entries of the journal have not been restored.
func (n *snapshot) open() (count int) {
	for _, e := range n.journal {
		if !e.restored {
			count++
		}
	}
	return count
}
