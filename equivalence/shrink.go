package equivalence

import (
	"context"
	"fmt"
	"slices"
)

// shrinker makes a divergence smaller as long as it stays the same one: the same
// class, in the last statement that is run.
type shrinker struct {
	p      *pair
	schema *schema
	units  []unit
	class  string
	left   int // attempts
}

// maxAttempts bounds the time that a divergence takes.
const maxAttempts = 2500

func (r *runner) shrink(ctx context.Context, p *pair, s *schema, before []unit, u unit, d *divergence, found *Divergence) (err error) {
	sh := &shrinker{p: p, schema: s, units: append(slices.Clone(before), u), class: d.class, left: maxAttempts}
	what := d.what
	last, err := sh.attempt(ctx, s, []unit{u}, false)
	if err != nil {
		return err
	}
	if last != nil {
		sh.units = []unit{u}
	} else if last, err = sh.attempt(ctx, s, sh.units, false); err != nil {
		return err
	}
	if last == nil {
		found.What += "\n(it does not happen again on fresh rows)"
		return nil
	}
	if err := sh.reduce(ctx); err != nil {
		return err
	}
	if last, err = sh.attempt(ctx, sh.schema, sh.units, true); err != nil {
		return err
	}
	if last != nil {
		what = last.what
	}
	found.Case = newCase(fmt.Sprintf("%s: %s\nseed %d, episode %d", d.class, what, found.Seed, found.Episode), sh.schema, sh.units)
	// The next statements of the episode need its schema.
	return p.build(ctx, s)
}

// attempt runs the units on fresh rows and returns the divergence if it is the one.
func (sh *shrinker) attempt(ctx context.Context, s *schema, units []unit, rebuild bool) (*divergence, error) {
	sh.left--
	if rebuild {
		if err := sh.p.build(ctx, s); err != nil {
			return nil, err
		}
	}
	sh.p.schema = s
	if err := sh.p.load(ctx); err != nil {
		return nil, err
	}
	t := newTally()
	for i := range units {
		d, err := sh.p.run(ctx, &units[i], t)
		if err != nil {
			return nil, err
		}
		if d != nil {
			if d.class == sh.class && i == len(units)-1 {
				return d, nil
			}
			return nil, nil
		}
	}
	return nil, nil
}

func (sh *shrinker) reduce(ctx context.Context) error {
	for changed := true; changed && sh.left > 0; {
		changed = false
		for _, pass := range []func(context.Context) (bool, error){sh.dropUnits, sh.dropSteps, sh.simplifySteps, sh.dropTables, sh.shrinkTrees, sh.dropRows, sh.dropColumns} {
			c, err := pass(ctx)
			if err != nil {
				return err
			}
			changed = changed || c
		}
	}
	return nil
}

// keeps tries other units and keeps them if the divergence remains.
func (sh *shrinker) keeps(ctx context.Context, units []unit) (bool, error) {
	if sh.left <= 0 {
		return false, nil
	}
	d, err := sh.attempt(ctx, sh.schema, units, false)
	if d == nil || err != nil {
		return false, err
	}
	sh.units = units
	return true, nil
}

func (sh *shrinker) dropUnits(ctx context.Context) (changed bool, err error) {
	for size := len(sh.units) / 2; size > 0; size /= 2 {
		for i := 0; i+size < len(sh.units); {
			ok, err := sh.keeps(ctx, slices.Delete(slices.Clone(sh.units), i, i+size))
			if err != nil {
				return changed, err
			}
			if !ok {
				i += size
			}
			changed = changed || ok
		}
	}
	return changed, nil
}

// with returns the units with one step exchanged, or dropped where st is nil.
func (sh *shrinker) with(u, i int, st *step) []unit {
	units := slices.Clone(sh.units)
	steps := slices.Clone(units[u].steps)
	if st == nil {
		steps = slices.Delete(steps, i, i+1)
	} else {
		steps[i] = *st
	}
	units[u] = unit{steps}
	return units
}

func (sh *shrinker) dropSteps(ctx context.Context) (changed bool, err error) {
	for u := 0; u < len(sh.units); u++ {
		for i := len(sh.units[u].steps) - 1; i >= 0; i-- {
			if len(sh.units[u].steps) == 1 {
				break
			}
			ok, err := sh.keeps(ctx, sh.with(u, i, nil))
			if err != nil {
				return changed, err
			}
			changed = changed || ok
		}
	}
	return changed, nil
}

// simplifySteps tries the plain spelling, the default protocol, one execution.
func (sh *shrinker) simplifySteps(ctx context.Context) (changed bool, err error) {
	for u := range sh.units {
		for i := range sh.units[u].steps {
			for _, simpler := range []func(*step) bool{
				func(s *step) bool { old := s.style; s.style = 0; return old != 0 },
				func(s *step) bool { old := s.simple; s.simple = false; return old },
				func(s *step) bool { old := s.execs; s.execs = 0; return old > 0 && s.kind == ordinary },
				func(s *step) bool { old := s.execs; s.execs = 1; return old > 1 },
				func(s *step) bool { old := s.kind; s.kind, s.execs = ordinary, 0; return old == sqlPrepare },
				func(s *step) bool { old := len(s.scope); s.scope = s.scope[:min(old, 1)]; return old > 1 },
				func(s *step) bool { old := len(s.scope); s.scope = s.scope[max(0, old-1):]; return old > 1 },
			} {
				st := sh.units[u].steps[i]
				if !simpler(&st) {
					continue
				}
				ok, err := sh.keeps(ctx, sh.with(u, i, &st))
				if err != nil {
					return changed, err
				}
				changed = changed || ok
			}
		}
	}
	return changed, nil
}

// shrinkTrees replaces pieces of the statements by smaller ones.
func (sh *shrinker) shrinkTrees(ctx context.Context) (changed bool, err error) {
	for u := len(sh.units) - 1; u >= 0; u-- {
		for i := len(sh.units[u].steps) - 1; i >= 0; i-- {
			for again := sh.units[u].steps[i].tree != nil; again && sh.left > 0; {
				again = false
				for _, t := range smaller(sh.units[u].steps[i].tree) {
					st := sh.units[u].steps[i]
					if st.kind != ordinary && t.sort != st.tree.sort {
						continue // what is judged in a special way stays what it is
					}
					st.tree = t
					if st.kind == ordinary && !st.onPurpose {
						st.complete(sh.schema)
						if st.tree.sort == query {
							st.writes = sh.units[u].steps[i].writes
						}
					}
					ok, err := sh.keeps(ctx, sh.with(u, i, &st))
					if err != nil {
						return changed, err
					}
					if ok {
						changed, again = true, true
						break
					}
				}
			}
		}
	}
	return changed, nil
}

// smaller lists statements with one piece of t left out or replaced, those first
// that lose most.
func smaller(t *tree) []*tree {
	var out []*tree
	t.walk(func(p *tree) {
		if p.optional {
			if n := t.replace(p, nil); n != nil {
				out = append(out, n)
			}
		}
		if p.sep != "" && len(p.parts) > p.min {
			for i := range p.parts {
				n := *p
				n.parts = slices.Delete(slices.Clone(p.parts), i, i+1)
				out = append(out, t.replace(p, &n))
			}
		}
		switch p.sort {
		case query, fromItem:
			below(p, p.sort, 3, func(c *tree) { out = append(out, t.replace(p, c)) })
			if p == t {
				break
			}
		case statement:
			if p == t {
				below(p, query, 3, func(c *tree) { out = append(out, c) })
				below(p, statement, 3, func(c *tree) { out = append(out, c) })
			}
		case expression:
			if len(p.parts) == 1 {
				if _, leaf := p.parts[0].(atom); leaf {
					return
				}
			}
			out = append(out, t.replace(p, simplest(p.typ)))
			for _, c := range inside(p) {
				if c.typ == p.typ {
					out = append(out, t.replace(p, c))
				}
			}
		case clause:
			// A WITH clause is wherever its first part says so.
			if len(p.parts) > 0 && (p.parts[0] == "WITH" || p.parts[0] == "WITH RECURSIVE") {
				out = append(out, t.replace(p, nil))
			}
		}
	})
	return out
}

// below visits the nearest pieces of the sort beneath p, up to so many levels of them.
func below(p *tree, s sort, levels int, visit func(*tree)) {
	if levels == 0 {
		return
	}
	for _, c := range p.parts {
		t, ok := c.(*tree)
		if !ok || t == nil {
			continue
		}
		if t.sort == s {
			visit(t)
			below(t, s, levels-1, visit)
			continue
		}
		below(t, s, levels, visit)
	}
}

// inside lists the nearest expressions in an expression.
func inside(p *tree) (out []*tree) {
	below(p, expression, 1, func(t *tree) { out = append(out, t) })
	return out
}

// simplest is a constant of the type.
func simplest(t colType) *tree {
	switch t {
	case tInt:
		return expr(t, atom("1"))
	case tBool:
		return expr(t, atom("true"))
	case tText:
		return expr(t, atom("'a'"))
	}
	return expr(t, atom("NULL::"+t.String()))
}

func (sh *shrinker) keepsSchema(ctx context.Context, s *schema, rebuild bool) (bool, error) {
	if sh.left <= 0 {
		return false, nil
	}
	d, err := sh.attempt(ctx, s, sh.units, rebuild)
	if err != nil {
		return false, err
	}
	if d != nil {
		sh.schema = s
		return true, nil
	}
	if rebuild {
		if err := sh.p.build(ctx, sh.schema); err != nil {
			return false, err
		}
	}
	sh.p.schema = sh.schema
	return false, nil
}

// dropTables drops inheritance trees as a whole, and what the server knows of sizes.
func (sh *shrinker) dropTables(ctx context.Context) (changed bool, err error) {
	for i := len(sh.schema.tables) - 1; i >= 0; i-- {
		if i >= len(sh.schema.tables) || sh.schema.tables[i].parent != nil {
			continue
		}
		root := sh.schema.tables[i]
		s := *sh.schema
		s.tables = slices.DeleteFunc(slices.Clone(s.tables), func(t *table) bool { return t.root() == root })
		if len(s.policy().Tables) == 0 {
			continue
		}
		ok, err := sh.keepsSchema(ctx, &s, true)
		if err != nil {
			return changed, err
		}
		changed = changed || ok
	}
	if sh.schema.analyzed {
		s := *sh.schema
		s.analyzed = false
		ok, err := sh.keepsSchema(ctx, &s, true)
		return changed || ok, err
	}
	return changed, nil
}

func (sh *shrinker) dropRows(ctx context.Context) (changed bool, err error) {
	for i := range sh.schema.tables {
		for _, dead := range []bool{true, false} {
			rows := func(t *table) *[][]string {
				if dead {
					return &t.dead
				}
				return &t.live
			}
			for size := max(1, len(*rows(sh.schema.tables[i]))); size > 0; size /= 2 {
				for at := 0; at+size <= len(*rows(sh.schema.tables[i])); {
					s := sh.schema.copy()
					r := rows(s.tables[i])
					*r = slices.Delete(slices.Clone(*r), at, at+size)
					ok, err := sh.keepsSchema(ctx, s, false)
					if err != nil {
						return changed, err
					}
					if !ok {
						at += size
					}
					changed = changed || ok
				}
			}
		}
	}
	return changed, nil
}

// dropColumns drops a column from a whole tree of tables.
func (sh *shrinker) dropColumns(ctx context.Context) (changed bool, err error) {
	for i := range sh.schema.tables {
		if sh.schema.tables[i].parent != nil {
			continue
		}
		for c := len(sh.schema.tables[i].cols) - 1; c >= 0; c-- {
			switch sh.schema.tables[i].cols[c].role {
			case keyColumn, partColumn, markerColumn:
				continue
			}
			s := sh.schema.copy()
			root := s.tables[i]
			for _, t := range s.tables {
				if t.root() != root {
					continue
				}
				t.cols = slices.Delete(slices.Clone(t.cols), c, c+1)
				for _, rows := range []*[][]string{&t.live, &t.dead} {
					*rows = slices.Clone(*rows)
					for k := range *rows {
						(*rows)[k] = slices.Delete(slices.Clone((*rows)[k]), c, c+1)
					}
				}
			}
			ok, err := sh.keepsSchema(ctx, s, true)
			if err != nil {
				return changed, err
			}
			changed = changed || ok
		}
	}
	return changed, nil
}

// copy copies the tables, not the rows.
func (s *schema) copy() *schema {
	to := map[*table]*table{}
	n := &schema{mode: s.mode, analyzed: s.analyzed}
	for _, t := range s.tables {
		c := *t
		to[t] = &c
		n.tables = append(n.tables, &c)
	}
	for _, t := range n.tables {
		t.parent = to[t.parent]
		for i, c := range t.children {
			if i == 0 {
				t.children = slices.Clone(t.children)
			}
			t.children[i] = to[c]
		}
	}
	return n
}
