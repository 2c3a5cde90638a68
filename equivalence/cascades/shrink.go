package cascades

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// problem is what leads to a fault: a schema, rows, and statements, the last of
// which the sides disagree about.
type problem struct {
	schema *schema
	base   *snapshot
	log    []*statement
}

// String is a script for people.
func (x *problem) String() string {
	var b strings.Builder
	s := *x.schema
	s.journal = false
	b.WriteString("-- our schema\n" + s.script(true))
	if x.schema.journal {
		b.WriteString("-- and softdelete.JournalDDL\n")
	}
	policy, err := yaml.Marshal(x.schema.policy())
	if err != nil {
		policy = []byte(err.Error())
	}
	b.WriteString("-- policy\n--   " + strings.ReplaceAll(strings.TrimSpace(string(policy)), "\n", "\n--   ") + "\n-- rows, with session_replication_role = replica\n")
	for i, t := range x.schema.tables {
		b.WriteString(t.load(x.base.live[i], x.base.dead[i]))
	}
	fmt.Fprintf(&b, "-- statements (%s, search_path with the second schema: %t)\n", x.schema.mode, x.schema.path)
	for _, st := range x.log {
		b.WriteString(st.String() + "\n")
	}
	return b.String()
}

type shrunk struct {
	problem *problem
	what    string
}

// shrink leaves out rows, foreign keys and tables as long as the fault stays.
func (p *pair) shrink(ctx context.Context, x *problem, class string) (best shrunk, err error) {
	x.log = slices.Clone(x.log)
	best.problem = x
	same := func(y *problem, rebuild bool) bool {
		if err != nil || !y.valid() {
			return false
		}
		c, what, failed := p.replay(ctx, y, rebuild)
		if failed != nil {
			// A statement that is sent to a schema that it does not fit may fail in any
			// way; only this candidate is lost, and the connections with it.
			err = p.build(ctx, best.problem.schema)
			return false
		}
		if c == class {
			best = shrunk{y, what}
			return true
		}
		return false
	}
	if !same(x, true) {
		return best, err
	}
	p.hasty = true
	defer func() { p.hasty = false }()
	// Statements before the last.
	for size := max(1, len(x.log)/2); size > 0; size /= 2 {
		for at := 0; at < len(best.problem.log)-1; {
			y := *best.problem
			y.log = slices.Delete(slices.Clone(y.log), at, min(at+size, len(y.log)-1))
			if !same(&y, false) {
				at += size
			}
		}
	}
	rows := func() {
		for i := range best.problem.schema.tables {
			for size := max(1, len(best.problem.base.live[i])/2); size > 0; size /= 2 {
				for at := 0; at < len(best.problem.base.live[i]); {
					y := *best.problem
					base := *y.base
					base.live = slices.Clone(base.live)
					base.live[i] = slices.Delete(slices.Clone(base.live[i]), at, min(at+size, len(base.live[i])))
					base.live = y.schema.valid(base.live)
					y.base = &base
					if !same(&y, false) {
						at += size
					}
				}
			}
			for at := 0; at < len(best.problem.base.dead[i]); {
				y := *best.problem
				base := *y.base
				base.dead = slices.Clone(base.dead)
				base.dead[i] = slices.Delete(slices.Clone(base.dead[i]), at, at+1)
				y.base = &base
				if !same(&y, false) {
					at++
				}
			}
		}
	}
	rows()
	for i := len(best.problem.schema.keys) - 1; i >= 0; i-- {
		y := *best.problem
		s := *y.schema
		s.keys = slices.Delete(slices.Clone(s.keys), i, i+1)
		y.schema = &s
		same(&y, true)
	}
	for i := len(best.problem.schema.tables) - 1; i >= 0; i-- {
		if y := best.problem.without(i); y != nil {
			same(y, true)
		}
	}
	if err == nil {
		err = p.build(ctx, best.problem.schema)
	}
	rows()
	return best, err
}

// valid reports whether every row refers to one; deleted rows may refer to
// deleted ones.
func (x *problem) valid() bool {
	rows := make([][]row, len(x.schema.tables))
	for i := range rows {
		rows[i] = slices.Clone(x.base.live[i])
		for _, d := range x.base.dead[i] {
			rows[i] = append(rows[i], d.row)
		}
	}
	for _, f := range x.schema.keys {
		parents := rows[f.parent]
		for _, r := range rows[f.child] {
			if !refers(f, r, parents) {
				return false
			}
		}
	}
	return true
}

// without leaves a table out, unless a foreign key or the last statement needs it.
func (x *problem) without(i int) *problem {
	s := *x.schema
	if slices.ContainsFunc(s.keys, func(f *foreignKey) bool { return f.child == i || f.parent == i }) || x.log[len(x.log)-1].target == i {
		return nil
	}
	s.tables = slices.Delete(slices.Clone(s.tables), i, i+1)
	keys := make([]*foreignKey, len(s.keys))
	for k, f := range s.keys {
		c := *f
		if c.child > i {
			c.child--
		}
		if c.parent > i {
			c.parent--
		}
		keys[k] = &c
	}
	s.keys = keys
	base := *x.base
	base.live = slices.Delete(slices.Clone(base.live), i, i+1)
	base.dead = slices.Delete(slices.Clone(base.dead), i, i+1)
	var log []*statement
	for _, st := range x.log {
		c := *st
		if c.target > i {
			c.target--
		}
		log = append(log, &c)
	}
	return &problem{&s, &base, log}
}

// replay runs the statements and returns the disagreement that the last one leads to.
func (p *pair) replay(ctx context.Context, x *problem, rebuild bool) (class, what string, err error) {
	if rebuild {
		if err := p.build(ctx, x.schema); err != nil {
			return "", "", err
		}
		p.inside = false
	}
	if err := p.load(ctx, x.base); err != nil {
		return "", "", err
	}
	rng := rand.New(rand.NewPCG(1, 1))
	for i, st := range x.log {
		v, err := p.step(ctx, rng, st)
		if err != nil {
			return "", "", err
		}
		if v.order != "" || v.known != "" {
			return "", "", nil
		}
		if v.class != "" {
			if i < len(x.log)-1 {
				return "", "", nil
			}
			return v.class, v.what, nil
		}
		if v.unsettled {
			return "", "", nil
		}
	}
	return "", "", nil
}
