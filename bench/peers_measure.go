package main

import (
	"context"
	"errors"
	"strings"
)

// contested is what was measured of one operation in one market.
type contested struct {
	Dead       int `json:"dead_percent"`
	Goroutines int `json:"goroutines"`
	served
}

// databases makes and drops databases.
type databases interface {
	create(ctx context.Context, name string) (dsn string, err error)
	drop(ctx context.Context, name string) error
}

// measurePeers measures all tasks that are chosen, in a market for each share of
// dead rows.
func measurePeers(ctx context.Context, dbs databases, e peersEffort, chosen chooser) (results []contested, err error) {
	if !chosen.anyTask() {
		return nil, nil
	}
	for _, dead := range e.dead {
		measured, err := measureMarket(ctx, dbs, newMarketSize(e.shop, dead, e.families()), e, chosen)
		if err != nil {
			return nil, err
		}
		results = append(results, measured...)
	}
	return results, nil
}

func measureMarket(ctx context.Context, dbs databases, size marketSize, e peersEffort, chosen chooser) (results []contested, err error) {
	progress("filling three databases with %d + %d + %d rows, %d %% dead", size.users, size.orders, size.items, size.dead)
	m, err := createMarket(ctx, dbs.create, size)
	if err != nil {
		return nil, err
	}
	defer func() {
		err = errors.Join(err, m.close())
		for _, name := range marketDatabases {
			if err == nil { // otherwise the server is about to go, too
				err = dbs.drop(ctx, name)
			}
		}
	}()
	for _, t := range tasks {
		if !chosen.any("peers", t.phases) {
			continue
		}
		for _, goroutines := range e.goroutines {
			progress("measuring, %d %% dead, goroutines: %d: %s", size.dead, goroutines, strings.Join(t.phases, ", "))
			if err := m.vacuum(ctx); err != nil {
				return nil, err
			}
			c := t.contest(ctx, m, t.effort(e).of(goroutines), goroutines)
			run := c.run
			if goroutines > 1 {
				run = func(ctx context.Context) ([]served, error) { return c.race(ctx, goroutines) }
			}
			measured, err := run(ctx)
			if err != nil {
				return nil, err
			}
			for _, s := range measured {
				results = append(results, contested{size.dead, goroutines, s})
			}
		}
	}
	return results, nil
}

// contest is the task between all peers.
func (t task) contest(ctx context.Context, m *market, e contestEffort, connections int) *contest {
	c := &contest{phases: t.phases, effort: e}
	for _, p := range peers {
		c.ways = append(c.ways, p.name)
		c.open = append(c.open, func() (*contender, error) {
			by, trips, db, err := p.open(m, connections)
			if err != nil {
				return nil, err
			}
			draw := func() (calls, error) { return t.draw(ctx, p.in(m), by) }
			return &contender{draw: draw, trips: trips, close: db.Close}, nil
		})
	}
	return c
}
