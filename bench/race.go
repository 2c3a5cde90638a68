package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// race measures how many calls the contenders make in a second, each with so many
// goroutines. They take turns: in every round each has one slice of calls for
// itself, in a random order.
func (c *contest) race(ctx context.Context, goroutines int) ([]served, error) {
	rounds := c.newTiming()
	for done := 0; done < c.effort.rounds; done += roundsPerConnection {
		err := c.opened(func(contenders []*contender) error {
			for round := range min(roundsPerConnection, c.effort.rounds-done) + 1 {
				times := rounds
				if round == 0 { // warms the connections up
					times = c.newTiming()
				}
				for _, w := range rand.Perm(len(contenders)) {
					if err := c.slice(ctx, contenders[w], goroutines, w, times); err != nil {
						return fmt.Errorf("%s: %w", c.ways[w], err)
					}
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	var results []served
	for p, phase := range c.phases {
		s := served{Operation: phase, Calls: c.effort.calls}
		for w, name := range c.ways {
			if len(rounds[p][w]) > 0 {
				s.Ways = append(s.Ways, newRaced(name, rounds[p][w], rounds[p][0]))
			}
		}
		results = append(results, s)
	}
	return results, nil
}

// perRacer is how many calls a contender makes in all in a race.
func (e contestEffort) perRacer() int {
	connections := (e.rounds + roundsPerConnection - 1) / roundsPerConnection
	return (e.rounds + connections) * e.calls
}

// slice adds the mean time of a call in each phase, in ns: what passed, by the
// number of calls.
func (c *contest) slice(ctx context.Context, one *contender, goroutines, w int, times timing) error {
	drawn := make([]calls, c.effort.calls)
	for i := range drawn {
		var err error
		if drawn[i], err = one.draw(); err != nil {
			return err
		}
	}
	runtime.GC() // of what others left
	for p, phase := range c.phases {
		if drawn[0][p] == nil {
			continue
		}
		start := time.Now()
		err := spread(goroutines, len(drawn), func(i int) error { return drawn[i][p](ctx) })
		elapsed := float64(time.Since(start).Nanoseconds())
		if err != nil {
			return fmt.Errorf("%s: %w", phase, err)
		}
		times[p][w] = append(times[p][w], elapsed/float64(len(drawn)))
	}
	return nil
}

// spread does all numbers below n, each once, with so many goroutines.
func spread(goroutines, n int, do func(int) error) error {
	var next atomic.Int64
	var all sync.WaitGroup
	errs := make([]error, goroutines)
	for g := range goroutines {
		all.Go(func() {
			for errs[g] == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				errs[g] = do(i)
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

// newRaced turns times into calls per second, and their ratio to those of the first
// contender.
func newRaced(way string, rounds, first []float64) servedBy {
	by := servedBy{Way: way, rounds: rounds}
	perSecond := make([]float64, len(rounds))
	for i, ns := range rounds {
		perSecond[i] = float64(time.Second) / ns
		by.ratios = append(by.ratios, first[i]/ns)
	}
	same := func(v float64) float64 { return v }
	by.Nanoseconds, by.Ratio, by.PerSecond = summarize(rounds, same), summarize(by.ratios, same), newSummary(perSecond)
	return by
}
