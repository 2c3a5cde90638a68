package main

import (
	"context"
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
	ws, err := openWays(dsn)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, ws.close()) }()
	plain := ws[0].db
	if err := createShop(ctx, plain, e.shop); err != nil {
		return nil, err
	}
	args, err := newArguments(ctx, plain)
	if err != nil {
		return nil, err
	}
	for i := range operations {
		o := &operations[i]
		progress("measuring: %s", o.name)
		r, err := measureOperation(ctx, o, ws, args, e)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", o.name, err)
		}
		results = append(results, r)
	}
	return results, nil
}

// measureOperation lets every way have its turn in every round, in a random
// order and with the same arguments.
func measureOperation(ctx context.Context, o *operation, ws ways, args *arguments, e effort) (served, error) {
	result := served{Operation: o.name, Calls: e.operations}
	medians := make([][]float64, len(ws))
	// The first rounds connect, prepare, and settle the server's choice between
	// a generic plan and a new one each time; they do not count.
	const warmups = 2
	for round := range warmups + e.rounds {
		turns, err := drawTurns(o, len(ws), args, e.operations)
		if err != nil {
			return result, err
		}
		counts := make([]int64, len(ws))
		for _, i := range rand.Perm(len(ws)) {
			median, rows, err := timeTurn(ctx, o, ws[i], turns[i])
			if err != nil {
				return result, fmt.Errorf("%s: %w", ws[i].name, err)
			}
			counts[i] = rows
			if round >= warmups {
				medians[i] = append(medians[i], median)
			}
		}
		for i, n := range counts {
			if n != counts[0] {
				return result, fmt.Errorf("%s: %d rows, but %s: %d", ws[0].name, counts[0], ws[i].name, n)
			}
		}
	}
	for i, w := range ws {
		by := servedBy{Way: w.name, rounds: medians[i]}
		for round, ns := range medians[i] {
			by.ratios = append(by.ratios, ns/medians[0][round])
		}
		same := func(v float64) float64 { return v }
		by.Nanoseconds, by.Ratio = summarize(by.rounds, same), summarize(by.ratios, same)
		result.Ways = append(result.Ways, by)
	}
	return result, nil
}

// drawTurns returns the arguments of each call of each way.
func drawTurns(o *operation, ways int, args *arguments, calls int) ([][][]any, error) {
	turns := make([][][]any, ways)
	for i := range turns {
		if i > 0 && !o.consumes() {
			turns[i] = turns[0]
			continue
		}
		for range calls {
			a, err := o.args(args)
			if err != nil {
				return nil, err
			}
			turns[i] = append(turns[i], a)
		}
	}
	return turns, nil
}

// timeTurn returns the median time of a call, in ns, and how many rows all calls
// returned or affected.
func timeTurn(ctx context.Context, o *operation, w *way, turn [][]any) (median float64, rows int64, err error) {
	runtime.GC() // nobody pays for another's garbage
	times := make([]float64, 0, len(turn))
	for _, args := range turn {
		start := time.Now()
		n, err := o.run(ctx, w, args)
		times = append(times, float64(time.Since(start).Nanoseconds()))
		if err != nil {
			return 0, 0, err
		}
		rows += n
	}
	return newSummary(times).Median, rows, nil
}
