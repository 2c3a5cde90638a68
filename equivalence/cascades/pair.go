package cascades

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/softdelete-go/softdelete"
)

// pair is one schema on both databases.
type pair struct {
	oursDSN, twinDSN string
	spoil            func(*softdelete.Policy) // makes the driver wrong, for a test of the harness

	schema     *schema
	ours, twin *side
	now        *snapshot         // of ours; in a failed transaction what it was before
	inside     bool              // in a transaction
	failed     bool              // the transaction has failed
	hasty      bool              // try a few orders only
	records    map[string]record // by deletion id
}

// build makes the schema anew on both sides.
func (p *pair) build(ctx context.Context, s *schema) (err error) {
	if err := p.close(); err != nil {
		return err
	}
	p.schema = s
	// The tables must be there before the driver looks for them.
	for _, side := range []struct {
		dsn  string
		ours bool
	}{{p.oursDSN, true}, {p.twinDSN, false}} {
		if err := scriptOn(ctx, side.dsn, wipe+s.script(side.ours)); err != nil {
			return err
		}
	}
	policy := s.policy()
	if p.spoil != nil {
		p.spoil(&policy)
	}
	if p.ours, err = connectTo(ctx, p.oursDSN, s, &policy); err != nil {
		return err
	}
	p.twin, err = connectTo(ctx, p.twinDSN, s, nil)
	return err
}

func (p *pair) close() (err error) {
	for _, x := range []*side{p.ours, p.twin} {
		if x != nil {
			err = errors.Join(err, x.close())
		}
	}
	p.ours, p.twin = nil, nil
	return err
}

// load replaces all rows. A transaction that is open is rolled back.
func (p *pair) load(ctx context.Context, base *snapshot) (err error) {
	for _, x := range []*side{p.ours, p.twin} {
		var b strings.Builder
		if p.inside {
			b.WriteString("ROLLBACK;\n")
		}
		b.WriteString("BEGIN; SET LOCAL session_replication_role = replica;\n")
		if x.ours && p.schema.journal {
			b.WriteString("DELETE FROM public.softdelete_links; DELETE FROM public.softdelete_deletions;\n")
		}
		for i, t := range p.schema.tables {
			var dead []deadRow
			if x.ours {
				dead = base.dead[i]
			}
			b.WriteString("DELETE FROM " + t.full() + ";\n" + t.load(base.live[i], dead))
		}
		b.WriteString("COMMIT;\n")
		if err := x.script(ctx, b.String()); err != nil {
			return err
		}
	}
	p.inside, p.failed, p.records = false, false, map[string]record{}
	p.now, err = p.ours.snapshot(ctx)
	return err
}

// verdict is what came of a statement.
type verdict struct {
	class, what string // the disagreement
	order       string // PostgreSQL's own answer depends on order, this way
	refused     string // the driver's reason
	outcome     outcome
	deleted     [][]row // by table
	restored    int     // rows
	blocked     bool    // a restore was refused, as it had to be
	known       string  // a documented limit
	unsettled   bool    // the sides hold different rows now
}

// step sends a statement to both sides.
func (p *pair) step(ctx context.Context, r *rand.Rand, st *statement) (v verdict, err error) {
	if st.purpose == control {
		return p.control(ctx, st)
	}
	if st.purpose == restores {
		return p.later(ctx, st)
	}
	before := p.now
	begin := "SAVEPOINT _c"
	if !p.inside {
		begin = "BEGIN; SAVEPOINT _c"
	}
	if err := p.twin.script(ctx, begin); err != nil {
		return v, err
	}
	var ours, judge answer
	if ours.outcome, err = p.ours.run(ctx, st); err != nil {
		return v, err
	}
	v.outcome = ours.outcome
	if ours.outcome.refused != nil {
		v.refused = ours.outcome.refused.Why
		return v, p.forget(ctx)
	}
	if judge.outcome, err = p.twin.run(ctx, st); err != nil {
		return v, err
	}
	if judge.outcome.err == nil {
		if judge.state, err = p.twin.snapshot(ctx); err != nil {
			return v, err
		}
	}
	if ours.outcome.err == nil || !p.inside {
		if ours.state, err = p.ours.snapshot(ctx); err != nil {
			return v, err
		}
		p.now = ours.state
	}
	v.class, v.what = p.schema.compare(ours, judge)
	if v.class == "" && ours.outcome.err != nil && ours.state != nil {
		if d := p.schema.compareLive(ours.state, before); d != "" {
			v.class, v.what = "error with effect", "the statement failed, and live rows changed:\n"+d
		}
	}
	if v.class != "" {
		return v, p.dispute(ctx, r, st, ours, judge, &v)
	}
	if ours.outcome.err == nil {
		v.deleted, v.class, v.what = p.schema.deletion(st, before, ours.state)
	}
	taken := 0
	for _, rows := range v.deleted {
		taken += len(rows)
	}
	if taken > 0 && st.purpose != several && p.schema.hasIDs() {
		if id := p.idIn(v.deleted); id != "" {
			p.record(id, before, p.now, v.deleted)
		}
	}
	switch {
	case v.class == "" && taken > 0 && st.restore != notAtAll:
		if err = p.forget(ctx); err == nil {
			err = p.takeBack(ctx, st, before, &v)
		}
	case p.inside && ours.outcome.err != nil:
		p.failed = true // the twin's, too
	case p.inside:
		err = p.twin.script(ctx, "RELEASE _c")
	case ours.outcome.err != nil:
		err = p.twin.script(ctx, "ROLLBACK")
	default:
		err = p.twin.script(ctx, "COMMIT")
	}
	v.unsettled = v.class != ""
	return v, err
}

// forget takes back what the twin did.
func (p *pair) forget(ctx context.Context) error {
	if p.inside {
		return p.twin.script(ctx, "ROLLBACK TO _c; RELEASE _c")
	}
	return p.twin.script(ctx, "ROLLBACK")
}

// dispute looks for an innocent reason of a disagreement.
func (p *pair) dispute(ctx context.Context, r *rand.Rand, st *statement, ours, judge answer, v *verdict) (err error) {
	v.unsettled = true
	if err := p.twin.script(ctx, "ROLLBACK TO _c"); err != nil {
		return err
	}
	v.known = p.schema.known(st, ours)
	mayDepend := v.class == "state" || v.class == "constraint" || v.class == "wording" || strings.HasPrefix(v.class, "error ")
	if v.known == "" && mayDepend {
		v.order, err = p.explain(ctx, r, st, ours, judge)
	}
	if err == nil && !p.inside {
		err = p.twin.script(ctx, "ROLLBACK")
	}
	return err
}

// control runs BEGIN and the like.
func (p *pair) control(ctx context.Context, st *statement) (v verdict, err error) {
	ours, err := p.ours.run(ctx, st)
	if err != nil {
		return v, err
	}
	judge, err := p.twin.run(ctx, st)
	if err != nil {
		return v, err
	}
	if v.class, v.what = p.schema.compare(answer{outcome: ours}, answer{outcome: judge}); v.class != "" {
		v.unsettled = true
		return v, nil
	}
	word, _, _ := strings.Cut(st.ours, " ")
	switch {
	case word == "BEGIN":
		p.inside = true
	case word == "COMMIT" || st.ours == "ROLLBACK":
		p.inside, p.failed = false, false
	case word == "ROLLBACK":
		p.failed = false
	}
	if word != "COMMIT" && word != "ROLLBACK" {
		return v, nil
	}
	if p.now, err = p.ours.snapshot(ctx); err != nil {
		return v, err
	}
	twin, err := p.twin.snapshot(ctx)
	if err != nil {
		return v, err
	}
	if d := p.schema.compareLive(p.now, twin); d != "" {
		v.class, v.what, v.unsettled = "state", "live rows after "+st.ours+":\n"+d, true
	}
	return v, nil
}

// known recognises documented limits.
func (s *schema) known(st *statement, ours answer) string {
	o := ours.outcome.err
	if o == nil || st.purpose != several && s.tables[st.target].soft {
		return ""
	}
	// A real DELETE of a parent outside the policy meets deleted children: their
	// references are still there for PostgreSQL.
	for _, f := range s.keys {
		c := s.tables[f.child]
		if s.tables[f.parent].soft || !c.soft || ours.state != nil && len(ours.state.dead[f.child]) == 0 {
			continue
		}
		if o.ConstraintName == f.name || o.Code == "23502" && o.TableName == c.name && f.action == softdelete.SetNull { // not_null_violation
			return "deleted rows keep their parent outside the policy from being deleted"
		}
	}
	return ""
}

// deletion checks what a statement left in our own rows, and returns those that
// it deleted, by table.
func (s *schema) deletion(st *statement, before, after *snapshot) (deleted [][]row, class, what string) {
	if outside := func(t *table) bool { return !t.soft }; outside(s.tables[st.target]) || st.purpose == several && slices.ContainsFunc(s.tables, outside) {
		return nil, "", "" // PostgreSQL's own actions change deleted rows, too
	}
	deleted = make([][]row, len(s.tables))
	ids := map[string]bool{}
	counts := map[string]int{}
	noID := false
	for i, t := range s.tables {
		if !t.soft {
			continue
		}
		was := map[string]int{}
		for _, d := range before.dead[i] {
			was[d.row.String()]++
		}
		lived := map[string]bool{}
		for _, l := range before.lines(i) {
			lived[l] = true
		}
		for _, d := range after.dead[i] {
			line := d.row.String()
			if was[line] > 0 {
				was[line]--
				continue
			}
			deleted[i] = append(deleted[i], d.row)
			counts[t.policyName()]++
			if d.id != nil {
				ids[*d.id] = true
			} else {
				noID = noID || t.hasID()
			}
			if !lived[line] && class == "" {
				class, what = "deleted row", fmt.Sprintf("a deleted row of %s is not what it was: %s", t.full(), line)
			}
		}
		for line, n := range was {
			if n > 0 && class == "" {
				class, what = "deleted row", fmt.Sprintf("a row of %s that had been deleted before changed, or is gone: %s", t.full(), line)
			}
		}
		if lost := len(before.live[i]) + len(before.dead[i]) - len(after.live[i]) - len(after.dead[i]); lost > 0 && class == "" {
			class, what = "destroyed row", fmt.Sprintf("%d rows of %s are really gone", lost, t.full())
		}
	}
	if class != "" || st.purpose == several {
		return deleted, class, what
	}
	if len(ids) > 1 || noID {
		return deleted, "deletion id", fmt.Sprintf("the deleted rows do not have one id: %d different, some without: %t", len(ids), noID)
	}
	if s.journal {
		class, what = s.journaled(st, before, after, counts, ids)
	}
	return deleted, class, what
}

// journaled checks the entry that a delete makes in the journal.
func (s *schema) journaled(st *statement, before, after *snapshot, counts map[string]int, ids map[string]bool) (class, what string) {
	was := map[string]bool{}
	for _, e := range before.journal {
		was[e.id] = true
	}
	var made []entry
	for _, e := range after.journal {
		if !was[e.id] {
			made = append(made, e)
		}
	}
	want := 0
	if len(counts) > 0 {
		want = 1
	}
	if len(made) != want {
		return "journal", fmt.Sprintf("%d entries in the journal, want %d", len(made), want)
	}
	if want == 0 {
		return "", ""
	}
	e := made[0]
	got := map[string]int{}
	if err := json.Unmarshal([]byte(e.rows), &got); err != nil {
		return "journal", fmt.Sprintf("%q: %v", e.rows, err)
	}
	text, _ := json.Marshal(counts)
	wanted, _ := json.Marshal(got)
	if string(text) != string(wanted) || e.table != s.tables[st.target].policyName() || len(ids) > 0 && !ids[e.id] {
		return "journal", fmt.Sprintf("the entry says table %s, rows %s, id %s; want %s, %s, %v", e.table, e.rows, e.id, s.tables[st.target].policyName(), text, ids)
	}
	return "", ""
}

// depth is how many cascades led to the last row of a deletion from table root.
func (s *schema) depth(root int, deleted [][]row) int {
	type at struct {
		t int
		r *row
	}
	level := map[at]int{}
	parented := func(i int, x row) bool {
		for _, f := range s.parents(i) {
			if values, ok := x.at(f.columns); ok && f.action == softdelete.Cascade && slices.ContainsFunc(deleted[f.parent], func(p row) bool { return p.has(f.refs, values) }) {
				return true
			}
		}
		return false
	}
	var queue []at
	for _, all := range []bool{false, true} {
		for k := range deleted[root] {
			if x := (at{root, &deleted[root][k]}); len(queue) == 0 && all || !all && !parented(root, *x.r) {
				queue, level[x] = append(queue, x), 0
			}
		}
	}
	deepest := 0
	for len(queue) > 0 {
		x := queue[0]
		queue = queue[1:]
		for _, f := range s.children(x.t) {
			values, ok := x.r.at(f.refs)
			if !ok || f.action != softdelete.Cascade {
				continue
			}
			for k := range deleted[f.child] {
				y := at{f.child, &deleted[f.child][k]}
				if _, seen := level[y]; !seen && y.r.has(f.columns, values) {
					queue, level[y] = append(queue, y), level[x]+1
					deepest = max(deepest, level[y])
				}
			}
		}
	}
	return deepest
}
