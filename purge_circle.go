package softdelete

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"github.com/softdelete-go/softdelete/internal/native"
)

// Tables that refer to themselves, or to each other in a circle, cannot be purged one
// after the other. What of their rows can go, and in what order, is found out row by
// row: a row that stays keeps the rows that it refers to.

// components puts the leaves in an order in which children come before their parents.
// Those that foreign keys join in a circle, and the parts of one table, are together.
func (p *purge) components() (list [][]*leaf) {
	t := &tarjan{index: map[*catRelation]int{}, low: map[*catRelation]int{}, next: func(r *catRelation) (children []*catRelation) {
		for _, l := range p.leaves {
			if l.top != r {
				continue
			}
			for _, ref := range l.refs {
				for _, other := range ref.inner {
					children = append(children, other.top)
				}
			}
		}
		return children
	}}
	for _, l := range p.leaves {
		if t.index[l.top] == 0 {
			t.visit(l.top)
		}
	}
	for _, tops := range t.found {
		var c []*leaf
		for _, l := range p.leaves {
			if slices.Contains(tops, l.top) {
				c = append(c, l)
			}
		}
		list = append(list, c)
	}
	return list
}

// tarjan finds the strongly connected components of tables, those first that others
// lead to.
type tarjan struct {
	next       func(*catRelation) []*catRelation
	index, low map[*catRelation]int
	stack      []*catRelation
	found      [][]*catRelation
}

func (t *tarjan) visit(r *catRelation) {
	n := len(t.index) + 1
	t.index[r], t.low[r] = n, n
	t.stack = append(t.stack, r)
	for _, other := range t.next(r) {
		if t.index[other] == 0 {
			t.visit(other)
			t.low[r] = min(t.low[r], t.low[other])
		} else if slices.Contains(t.stack, other) {
			t.low[r] = min(t.low[r], t.index[other])
		}
	}
	if t.low[r] == n {
		i := slices.Index(t.stack, r)
		t.found = append(t.found, slices.Clone(t.stack[i:]))
		t.stack = t.stack[:i]
	}
}

// cyclic reports whether rows of the leaves can refer to rows of them.
func cyclic(c []*leaf) bool {
	return slices.ContainsFunc(c, func(l *leaf) bool {
		return slices.ContainsFunc(l.refs, func(r inbound) bool { return r.from(c) })
	})
}

// from reports whether rows of the leaves can refer by the foreign key.
func (r inbound) from(c []*leaf) bool {
	return slices.ContainsFunc(r.inner, func(other *leaf) bool { return slices.Contains(c, other) })
}

// ripeRow is a row of a leaf.
type ripeRow struct {
	leaf *leaf
	id   rowID
}

// graph is which of the rows that are old enough refer to which.
type graph struct {
	order  []ripeRow // as they were found
	stays  map[ripeRow]bool
	refers map[ripeRow][]ripeRow // what a row refers to
}

// graphOf reads the rows of leaves that are old enough. What refers to them from
// elsewhere keeps them.
func (p *purge) graphOf(ctx context.Context, c []*leaf) (*graph, error) {
	g := &graph{stays: map[ripeRow]bool{}, refers: map[ripeRow][]ripeRow{}}
	var staying []ripeRow
	err := p.reading(ctx, func(tx *sql.Tx) error {
		for _, l := range c {
			outside := *l
			outside.refs = slices.DeleteFunc(slices.Clone(l.refs), func(r inbound) bool { return r.from(c) })
			ids, err := rowIDs(ctx, tx, fmt.Sprintf("SELECT t.ctid::text FROM ONLY %s AS t WHERE %s", l.sql, conjoined(l.ripe, outside.unreferred(nil))))
			if err != nil {
				return err
			}
			for _, id := range ids {
				g.order = append(g.order, ripeRow{l, id})
				g.stays[ripeRow{l, id}] = false
			}
		}
		for _, l := range c {
			for _, r := range l.refs {
				if !r.from(c) {
					continue
				}
				if err := g.read(ctx, tx, l, r, &staying); err != nil {
					return err
				}
			}
		}
		return nil
	})
	g.keep(staying)
	return g, err
}

// read adds what refers to the rows of a leaf by a foreign key.
func (g *graph) read(ctx context.Context, tx *sql.Tx, l *leaf, r inbound, staying *[]ripeRow) error {
	byOID := map[uint32]*leaf{}
	for _, other := range r.inner {
		byOID[other.rel.OID] = other
	}
	text := fmt.Sprintf("SELECT c.tableoid::bigint, c.ctid::text, t.ctid::text FROM %s AS c JOIN ONLY %s AS t ON %s WHERE %s",
		r.child.sqlName(), l.sql, r.on, l.ripe)
	return queryPast(ctx, tx, text, nil, func(row native.Rows) error {
		var oid int64
		var childTID, parentTID string
		if err := row.Scan(&oid, &childTID, &parentTID); err != nil {
			return err
		}
		childID, err := parseRowID(childTID)
		if err != nil {
			return err
		}
		parentID, err := parseRowID(parentTID)
		if err != nil {
			return err
		}
		child, parent := ripeRow{byOID[uint32(oid)], childID}, ripeRow{l, parentID}
		if _, candidate := g.stays[parent]; !candidate || child == parent {
			return nil
		}
		if _, candidate := g.stays[child]; candidate {
			g.refers[child] = append(g.refers[child], parent)
		} else {
			*staying = append(*staying, parent)
		}
		return nil
	})
}

// keep keeps rows, and what they refer to.
func (g *graph) keep(rows []ripeRow) {
	for len(rows) > 0 {
		n := rows[len(rows)-1]
		rows = rows[:len(rows)-1]
		if !g.stays[n] {
			g.stays[n] = true
			rows = append(rows, g.refers[n]...)
		}
	}
}

// units are the rows that can go, in an order in which they can: one by one, and at the
// end the circles, each with all that it refers to.
func (g *graph) units() (list [][]ripeRow) {
	referrers := map[ripeRow]int{}
	for n, parents := range g.refers {
		if g.stays[n] {
			continue
		}
		for _, parent := range parents {
			referrers[parent]++
		}
	}
	var free []ripeRow
	for _, n := range g.order {
		if !g.stays[n] && referrers[n] == 0 {
			free = append(free, n)
		}
	}
	done := map[ripeRow]bool{}
	for i := 0; i < len(free); i++ {
		list, done[free[i]] = append(list, []ripeRow{free[i]}), true
		for _, parent := range g.refers[free[i]] {
			if referrers[parent]--; referrers[parent] == 0 && !g.stays[parent] {
				free = append(free, parent)
			}
		}
	}
	return append(list, g.circles(done)...)
}

// circles are the rows that are left, each with all that it is joined to.
func (g *graph) circles(done map[ripeRow]bool) (list [][]ripeRow) {
	joined := map[ripeRow][]ripeRow{}
	for n, parents := range g.refers {
		for _, parent := range parents {
			if !g.stays[n] && !g.stays[parent] && !done[n] && !done[parent] {
				joined[n], joined[parent] = append(joined[n], parent), append(joined[parent], n)
			}
		}
	}
	for _, n := range g.order {
		if g.stays[n] || done[n] {
			continue
		}
		unit := []ripeRow{n}
		done[n] = true
		for i := 0; i < len(unit); i++ {
			for _, other := range joined[unit[i]] {
				if !done[other] {
					done[other] = true
					unit = append(unit, other)
				}
			}
		}
		list = append(list, unit)
	}
	return list
}

// removeCyclic purges leaves whose rows refer to each other.
func (p *purge) removeCyclic(ctx context.Context, c []*leaf) error {
	g, err := p.graphOf(ctx, c)
	if err != nil {
		return err
	}
	var batch [][]ripeRow
	rows := 0
	for _, unit := range g.units() {
		if rows > 0 && rows+len(unit) > p.opts.Batch {
			if err := p.removeUnits(ctx, batch, c); err != nil {
				return err
			}
			batch, rows = nil, 0
		}
		batch, rows = append(batch, unit), rows+len(unit)
	}
	return p.removeUnits(ctx, batch, c)
}

// removeUnits removes all of the units, or tries each half by itself: some row has
// changed, or is locked.
func (p *purge) removeUnits(ctx context.Context, units [][]ripeRow, c []*leaf) error {
	if len(units) == 0 {
		return nil
	}
	rows := rowsByLeaf{}
	for _, unit := range units {
		for _, n := range unit {
			rows[n.leaf] = append(rows[n.leaf], n.id)
		}
	}
	n, err := p.batch(ctx, rows, c)
	if err != nil || n > 0 || len(units) == 1 {
		return err
	}
	half := len(units) / 2
	if err := p.removeUnits(ctx, units[:half], c); err != nil {
		return err
	}
	return p.removeUnits(ctx, units[half:], c)
}

// foresee counts what a purge would remove.
func (p *purge) foresee(ctx context.Context) error {
	g, err := p.graphOf(ctx, p.leaves)
	if err != nil {
		return err
	}
	if err := p.countKept(ctx); err != nil {
		return err
	}
	for _, n := range g.order {
		if !g.stays[n] {
			n.leaf.entry.Purged++
			n.leaf.entry.Kept--
			p.report.Purged++
		}
	}
	return nil
}
