package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/softdelete-go/softdelete/internal/pgtemp"
)

// effort is how much is measured.
type effort struct {
	shop   shopSize
	rounds int           // every figure is a median over this many
	block  time.Duration // how long one way of handling a text runs in one round
	calls  int           // how many calls of an operation one way makes in one round

	families []familyEffort
}

// familyEffort is how much is measured of users with so many children.
type familyEffort struct {
	size    familySize
	inserts int // children in one statement
	contestEffort
}

var (
	tenChildren      = familySize{orders: 2, items: 4}
	thousandChildren = familySize{orders: 40, items: 24}
)

var (
	full = effort{
		shop: shopSize{users: 50_000, orders: 150_000, items: 300_000}, rounds: 100, block: 10 * time.Millisecond, calls: 200,
		families: []familyEffort{{tenChildren, 1, contestEffort{rounds: 100, calls: 20}}, {thousandChildren, 1000, contestEffort{rounds: 40, calls: 4}}},
	}
	quick = effort{
		shop: shopSize{users: 2_000, orders: 6_000, items: 12_000}, rounds: 30, block: 2 * time.Millisecond, calls: 40,
		families: []familyEffort{{tenChildren, 1, contestEffort{rounds: 20, calls: 5}}, {thousandChildren, 1000, contestEffort{rounds: 6, calls: 2}}},
	}
)

func main() {
	quickly := flag.Bool("quick", false, "smaller tables and fewer, shorter rounds: less than a minute, and noisier")
	format := flag.String("format", "table", "what to print: `table`, or bench for benchstat, a line for each round")
	jsonFile := flag.String("json", "", "also write the results to `FILE` as JSON")
	flag.Parse()
	printers := map[string]func(*report) []byte{"table": (*report).table, "bench": (*report).benchmarkFormat}
	printer := printers[*format]
	if printer == nil || flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "bench: -format is table or bench, and there are no other arguments; got -format %q and %q\n", *format, flag.Args())
		os.Exit(2)
	}
	e := full
	if *quickly {
		e = quick
	}

	// An interrupt must not leave the server's folder behind.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	r, err := measure(ctx, e)
	if err == nil && *jsonFile != "" {
		err = writeJSON(*jsonFile, r)
	}
	if err == nil {
		_, err = os.Stdout.Write(printer(r))
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "bench: %v\n", err)
		os.Exit(1)
	}
}

func measure(ctx context.Context, e effort) (r *report, err error) {
	r = newReport(e)
	progress("measuring the rewriting of %d statements", len(statements))
	if r.Rewriting, err = measureRewriting(ctx, e); err != nil {
		return nil, err
	}

	progress("starting PostgreSQL and filling %d + %d + %d rows", e.shop.users, e.shop.orders, e.shop.items)
	server, err := pgtemp.Start(ctx,
		pgtemp.WithSetting("autovacuum", "off"),     // it would fall on one way and not on another
		pgtemp.WithSetting("shared_buffers", "1GB"), // holds all tables
		// No plan that is measured is costly enough to be compiled. That of the query
		// with which the driver reads the catalog can be, at each new connection.
		pgtemp.WithSetting("jit", "off"),
	)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	r.PostgreSQL = server.Version()
	if r.Server, err = measureServer(ctx, server.DSN("postgres"), e); err != nil {
		return nil, err
	}
	databases := 0
	newDatabase := func() (string, error) {
		databases++
		name := fmt.Sprintf("families%d", databases)
		return server.DSN(name), server.CreateDatabase(ctx, name)
	}
	for _, f := range e.families {
		measured, err := measureFamilies(ctx, newDatabase, f)
		if err != nil {
			return nil, err
		}
		r.Families = append(r.Families, measured...)
	}
	return r, nil
}

func progress(format string, args ...any) {
	fmt.Fprintf(os.Stderr, format+" …\n", args...)
}

func writeJSON(file string, r *report) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetIndent("", "  ")
	if err := enc.Encode(r); err != nil {
		return err
	}
	return os.WriteFile(file, b.Bytes(), 0o644)
}
