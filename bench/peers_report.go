package main

import (
	"bytes"
	"fmt"
	"slices"
)

// setting is what a table of peers is about.
type setting struct{ dead, goroutines int }

func (c contested) setting() setting { return setting{c.Dead, c.Goroutines} }

// settings are those that were measured, those with one goroutine first.
func (r *report) settings() (all []setting) {
	for _, c := range r.Peers {
		if !slices.Contains(all, c.setting()) {
			all = append(all, c.setting())
		}
	}
	slices.SortStableFunc(all, func(a, b setting) int { return a.goroutines - b.goroutines })
	return all
}

func (s setting) String() string {
	if s.goroutines == 1 {
		return fmt.Sprintf("%d %% dead, one goroutine: time of a call, and its ratio to hand-written (less is better)", s.dead)
	}
	return fmt.Sprintf("%d %% dead, %d goroutines: calls per second, and their ratio to hand-written (more is better)", s.dead, s.goroutines)
}

func (r *report) peersTables(b *bytes.Buffer) {
	if len(r.Peers) == 0 {
		return
	}
	fmt.Fprintf(b, "Side by side, %d users, %d orders, %d items, dead ones included:\n\n", r.PeersUsers, r.PeersOrders, r.PeersItems)
	for _, s := range r.settings() {
		fmt.Fprintf(b, "%s:\n\n", s)
		r.peersTable(b, s)
		b.WriteByte('\n')
	}
	if t := r.tripsTable(); len(t.rows) > 1 {
		b.WriteString("Round trips of a call:\n\n")
		t.write(b)
		b.WriteByte('\n')
	}
}

// peersTable has a line for each operation and a column for each peer.
func (r *report) peersTable(b *bytes.Buffer, s setting) {
	var t table
	header := []string{"operation"}
	for _, p := range peers {
		header = append(header, p.name)
	}
	t.row(header...)
	for _, c := range r.Peers {
		if c.setting() != s {
			continue
		}
		cells := []string{c.Operation}
		for i, p := range peers {
			by, there := c.by(p.name)
			switch {
			case !there:
				cells = append(cells, "–")
			case i > 0:
				cells = append(cells, shortRatio(by.Ratio))
			case s.goroutines > 1:
				cells = append(cells, number(by.PerSecond.Median)+"/s")
			default:
				cells = append(cells, microseconds(by.Nanoseconds.Median))
			}
		}
		t.row(cells...)
	}
	t.write(b)
}

// tripsTable has the round trips of each operation, from the first setting that
// has them.
func (r *report) tripsTable() *table {
	var t table
	header := []string{"operation"}
	for _, p := range peers {
		header = append(header, p.name)
	}
	t.row(header...)
	var done []string
	for _, c := range r.Peers {
		if c.Goroutines > 1 || slices.Contains(done, c.Operation) {
			continue
		}
		done = append(done, c.Operation)
		cells := []string{c.Operation}
		for _, p := range peers {
			if by, there := c.by(p.name); there {
				cells = append(cells, fmt.Sprint(by.Trips))
			} else {
				cells = append(cells, "–")
			}
		}
		t.row(cells...)
	}
	return &t
}

func (s served) by(way string) (servedBy, bool) {
	i := slices.IndexFunc(s.Ways, func(w servedBy) bool { return w.Way == way })
	if i < 0 {
		return servedBy{}, false
	}
	return s.Ways[i], true
}

func shortRatio(s summary) string { return fmt.Sprintf("%.2f (%.2f-%.2f)", s.Median, s.P10, s.P90) }
