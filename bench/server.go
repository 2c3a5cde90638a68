package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"time"
)

// served is what was measured of one operation on the server.
type served struct {
	Operation string     `json:"operation"`
	Calls     int        `json:"calls_per_round"`
	Ways      []servedBy `json:"ways"`
}

type servedBy struct {
	Way         string  `json:"way"`
	Nanoseconds summary `json:"ns"` // of each round's median call
	// Ratio is of the median calls of this way and of the hand-written one in
	// the same round; with several goroutines, of their calls per second.
	Ratio summary `json:"ratio"`
	// PerSecond is the number of calls, where there are several goroutines. The
	// nanoseconds are then what passes between two calls.
	PerSecond summary `json:"calls_per_second,omitzero"`
	// Trips is the number of round trips of a call, where they were counted.
	Trips int64 `json:"round_trips,omitempty"`

	rounds []float64 // median ns, in the order of time
	ratios []float64 // likewise
}

func measureServer(ctx context.Context, dbs databases, e effort, chosen chooser) (results []served, err error) {
	if !slices.ContainsFunc(operations, func(o operation) bool { return chosen.one("server", o.name) }) {
		return nil, nil
	}
	progress("filling %d + %d + %d rows", e.shop.users, e.shop.orders, e.shop.items)
	dsn, err := dbs.create(ctx, "shop")
	if err != nil {
		return nil, err
	}
	admin, err := sql.Open("pgx", dsn)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, admin.Close()) }()
	if err := createShop(ctx, admin, e.shop); err != nil {
		return nil, err
	}
	args, err := newArguments(ctx, admin)
	if err != nil {
		return nil, err
	}
	for _, o := range operations {
		if !chosen.one("server", o.name) {
			continue
		}
		progress("measuring: %s", o.name)
		var rounds [][]float64
		for len(rounds) < e.rounds {
			medians, err := measureConnections(ctx, dsn, o, args, min(roundsPerConnection, e.rounds-len(rounds)), e.calls)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", o.name, err)
			}
			rounds = append(rounds, medians...)
		}
		results = append(results, newServed(o, rounds, e))
	}
	return results, nil
}

// roundsPerConnection is how many rounds a connection serves. Two equal
// connections differ by some per cent for as long as they live, so that a single
// one for all rounds would put its luck into the result.
const roundsPerConnection = 10

// measureConnections returns, for each round and each way, the median time of a
// call in ns.
func measureConnections(ctx context.Context, dsn string, o operation, args *arguments, rounds, calls int) (medians [][]float64, err error) {
	ws, err := openWays(dsn)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, ws.close()) }()
	// As many calls as in a round warm the connections up: they prepare the
	// statement, settle the server's choice of a plan, and let its process map
	// the pages it reads.
	if _, err := interleave(ctx, o, ws, args, calls); err != nil {
		return nil, err
	}
	for range rounds {
		runtime.GC() // of what the round before left
		times, err := interleave(ctx, o, ws, args, calls)
		if err != nil {
			return nil, err
		}
		var round []float64
		for _, t := range times {
			round = append(round, newSummary(t).Median)
		}
		medians = append(medians, round)
	}
	return medians, nil
}

// interleave makes each call in all ways, one after the other in a random order,
// and returns the time that each took, in ns. What else the machine does then
// falls on all ways alike.
func interleave(ctx context.Context, o operation, ws ways, args *arguments, calls int) ([][]float64, error) {
	times := make([][]float64, len(ws))
	var total int64
	for range calls {
		perWay, err := o.argsPerWay(args, len(ws))
		if err != nil {
			return nil, err
		}
		rows := make([]int64, len(ws))
		for _, i := range rand.Perm(len(ws)) {
			start := time.Now()
			rows[i], err = o.run(ctx, ws[i], perWay[i])
			times[i] = append(times[i], float64(time.Since(start).Nanoseconds()))
			if err != nil {
				return nil, fmt.Errorf("%s: %w", ws[i].name, err)
			}
		}
		for i, n := range rows {
			if n != rows[0] {
				return nil, fmt.Errorf("%v: %d rows %s, %d rows %s", perWay[i], rows[0], ws[0].name, n, ws[i].name)
			}
		}
		total += rows[0]
	}
	if total == 0 {
		return nil, fmt.Errorf("%d calls found no row", calls)
	}
	return times, nil
}

func newServed(o operation, rounds [][]float64, e effort) served {
	s := served{Operation: o.name, Calls: e.calls}
	perWay := make([][]float64, len(wayNames))
	for _, medians := range rounds {
		for i, ns := range medians {
			perWay[i] = append(perWay[i], ns)
		}
	}
	for i, name := range wayNames {
		s.Ways = append(s.Ways, newServedBy(name, perWay[i], perWay[0]))
	}
	return s
}

func newServedBy(way string, rounds, handWritten []float64) servedBy {
	by := servedBy{Way: way, rounds: rounds}
	for i, ns := range rounds {
		by.ratios = append(by.ratios, ns/handWritten[i])
	}
	same := func(v float64) float64 { return v }
	by.Nanoseconds, by.Ratio = summarize(by.rounds, same), summarize(by.ratios, same)
	return by
}
