package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
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
	// the same round.
	Ratio summary `json:"ratio"`

	rounds []float64 // median ns, in the order of time
	ratios []float64 // likewise
}

func measureServer(ctx context.Context, dsn string, e effort) (results []served, err error) {
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
		progress("measuring: %s", o.name)
		var rounds [][]float64
		for range e.rounds {
			medians, err := measureRound(ctx, dsn, o, args, e)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", o.name, err)
			}
			rounds = append(rounds, medians)
		}
		results = append(results, newServed(o, rounds, e))
	}
	return results, nil
}

// measureRound returns the median time of a call, in ns, for each way. The
// connections are new ones, for two equal connections differ by some per cent
// for as long as they live.
func measureRound(ctx context.Context, dsn string, o operation, args *arguments, e effort) (medians []float64, err error) {
	ws, err := openWays(dsn)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, ws.close()) }()
	if _, err := interleave(ctx, o, ws, args, e.warmup); err != nil {
		return nil, err
	}
	runtime.GC() // of what the warm-up left
	times, err := interleave(ctx, o, ws, args, e.calls)
	if err != nil {
		return nil, err
	}
	for _, t := range times {
		medians = append(medians, newSummary(t).Median)
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
	for i, name := range wayNames {
		by := servedBy{Way: name}
		for _, medians := range rounds {
			by.rounds = append(by.rounds, medians[i])
			by.ratios = append(by.ratios, medians[i]/medians[0])
		}
		same := func(v float64) float64 { return v }
		by.Nanoseconds, by.Ratio = summarize(by.rounds, same), summarize(by.ratios, same)
		s.Ways = append(s.Ways, by)
	}
	return s
}
