package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"time"
)

// contest is something that several contenders do. It has phases, which follow
// one another and are measured one by one: a deletion, and its undoing.
type contest struct {
	phases []string
	ways   []string // the contenders' names; the first is what the others are compared with
	open   []func() (*contender, error)
	effort contestEffort
}

// contestEffort is how often the contenders run.
type contestEffort struct {
	rounds int
	calls  int // in each round, of each contender
	warm   int // calls before a new connection is measured; 0 is the default
	life   int // rounds that a connection serves; 0 is the default
}

func (e contestEffort) perConnection() int {
	if e.life > 0 {
		return e.life
	}
	return roundsPerConnection
}

// warmUp is how many calls a new connection makes before it is measured. The
// server settles its choice of a plan after five.
func (e contestEffort) warmUp() int {
	if e.warm > 0 {
		return e.warm
	}
	return max(e.calls, 8)
}

// perContender is how many calls a contender makes in all.
func (e contestEffort) perContender() int {
	connections := (e.rounds + e.perConnection() - 1) / e.perConnection()
	return e.rounds*e.calls + connections*e.warmUp()
}

// contender is one way to do it, over connections of its own.
type contender struct {
	draw  func() (calls, error)
	trips *tripCounter
	close func() error
}

// calls are one call of each phase, all about the same thing; nil where the
// contender has no such phase.
type calls []func(ctx context.Context) error

// timing is of the phases of all contenders: [phase][contender], and then a value
// for each call or round.
type timing [][][]float64

func (c *contest) newTiming() timing {
	t := make(timing, len(c.phases))
	for p := range t {
		t[p] = make([][]float64, len(c.ways))
	}
	return t
}

// run returns what was measured of each phase.
func (c *contest) run(ctx context.Context) ([]served, error) {
	rounds := c.newTiming()
	trips := c.newTiming()
	for done := 0; done < c.effort.rounds; done += c.effort.perConnection() {
		if err := c.connected(ctx, min(c.effort.perConnection(), c.effort.rounds-done), rounds, trips); err != nil {
			return nil, err
		}
	}
	var results []served
	for p, phase := range c.phases {
		s := served{Operation: phase, Calls: c.effort.calls}
		for w, name := range c.ways {
			if len(rounds[p][w]) > 0 {
				by := newServedBy(name, rounds[p][w], rounds[p][0])
				by.Trips = int64(newSummary(trips[p][w]).Median)
				s.Ways = append(s.Ways, by)
			}
		}
		results = append(results, s)
	}
	return results, nil
}

// connected adds some rounds over new connections.
func (c *contest) connected(ctx context.Context, n int, rounds timing, trips timing) error {
	return c.opened(func(contenders []*contender) error { return c.measured(ctx, contenders, n, rounds, trips) })
}

// opened opens all contenders, and closes them after use.
func (c *contest) opened(use func([]*contender) error) (err error) {
	var contenders []*contender
	defer func() {
		for _, one := range contenders {
			err = errors.Join(err, one.close())
		}
	}()
	for w, open := range c.open {
		one, err := open()
		if err != nil {
			return fmt.Errorf("%s: %w", c.ways[w], err)
		}
		contenders = append(contenders, one)
	}
	return use(contenders)
}

// measured warms the contenders up and adds some rounds.
func (c *contest) measured(ctx context.Context, contenders []*contender, n int, rounds timing, trips timing) error {
	if _, err := c.interleave(ctx, contenders, c.effort.warmUp(), c.newTiming()); err != nil {
		return err
	}
	for range n {
		runtime.GC() // of what the round before left
		times, err := c.interleave(ctx, contenders, c.effort.calls, trips)
		if err != nil {
			return err
		}
		for p := range times {
			for w, t := range times[p] {
				if len(t) > 0 {
					rounds[p][w] = append(rounds[p][w], newSummary(t).Median)
				}
			}
		}
	}
	return nil
}

// interleave lets all contenders make each call, one after the other in a random
// order, and then those of the next phase. It returns how long each took, in ns,
// and adds its round trips.
func (c *contest) interleave(ctx context.Context, contenders []*contender, n int, trips timing) (timing, error) {
	times := c.newTiming()
	for range n {
		drawn := make([]calls, len(contenders))
		for w, one := range contenders {
			var err error
			if drawn[w], err = one.draw(); err != nil {
				return nil, fmt.Errorf("%s: %w", c.ways[w], err)
			}
		}
		for p, phase := range c.phases {
			for _, w := range rand.Perm(len(contenders)) {
				one := contenders[w]
				call := drawn[w][p]
				if call == nil {
					continue
				}
				before := one.trips.count()
				start := time.Now()
				err := call(ctx)
				times[p][w] = append(times[p][w], float64(time.Since(start).Nanoseconds()))
				if err != nil {
					return nil, fmt.Errorf("%s, %s: %w", phase, c.ways[w], err)
				}
				trips[p][w] = append(trips[p][w], float64(one.trips.count()-before))
			}
		}
	}
	return times, nil
}
