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
	peers    peersEffort
	varying  varyingEffort
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
		peers:    fullPeers,
		varying: varyingEffort{
			shop: shopSize{users: 50_000, orders: 1_000, items: 1_000}, rows: 100_000,
			reads: contestEffort{rounds: 100, calls: 100}, inserts: contestEffort{rounds: 20, calls: 1, warm: 1},
		},
	}
	quick = effort{
		shop: shopSize{users: 2_000, orders: 6_000, items: 12_000}, rounds: 30, block: 2 * time.Millisecond, calls: 40,
		families: []familyEffort{{tenChildren, 1, contestEffort{rounds: 20, calls: 5}}, {thousandChildren, 1000, contestEffort{rounds: 6, calls: 2}}},
		peers:    quickPeers,
		varying: varyingEffort{
			shop: shopSize{users: 2_000, orders: 100, items: 100}, rows: 10_000,
			reads: contestEffort{rounds: 20, calls: 20}, inserts: contestEffort{rounds: 4, calls: 1, warm: 1},
		},
	}
)

func main() {
	o, err := readOptions(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "bench: %v\n", err)
		os.Exit(2)
	}
	// An interrupt must not leave the server's folder behind.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintf(os.Stderr, "bench: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o *options) error {
	if o.purge != nil {
		r, err := measurePurge(ctx, *o.purge)
		if err != nil {
			return err
		}
		return r.write(os.Stdout)
	}
	start := time.Now()
	r, err := measure(ctx, o.effort, o.only)
	if err != nil {
		return err
	}
	r.Seconds = time.Since(start).Round(time.Second).Seconds()
	if o.jsonFile != "" {
		if err := writeJSON(o.jsonFile, r); err != nil {
			return err
		}
	}
	if o.svgFile != "" {
		if err := os.WriteFile(o.svgFile, r.chart(), 0o644); err != nil {
			return err
		}
	}
	_, err = os.Stdout.Write(o.printer(r))
	return err
}

func measure(ctx context.Context, e effort, only chooser) (r *report, err error) {
	r = newReport(e)
	if r.Rewriting, err = measureRewriting(ctx, e, only); err != nil {
		return nil, err
	}

	progress("starting PostgreSQL")
	server, err := pgtemp.Start(ctx,
		pgtemp.WithSetting("autovacuum", "off"),       // it would fall on one way and not on another
		pgtemp.WithSetting("shared_buffers", "2GB"),   // holds all tables
		pgtemp.WithSetting("max_connections", "1000"), // all peers have some at a time
		// No plan that is measured is costly enough to be compiled. That of the query
		// with which the driver reads the catalog can be, at each new connection.
		pgtemp.WithSetting("jit", "off"),
	)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	r.PostgreSQL = server.Version()
	if err := measureOn(ctx, serverDatabases{server}, e, only, r); err != nil {
		return nil, err
	}
	if r.empty() {
		return nil, errors.New("-only matches nothing that could be measured")
	}
	return r, nil
}

// measureOn measures all that needs a server.
func measureOn(ctx context.Context, dbs databases, e effort, only chooser, r *report) (err error) {
	if r.Server, err = measureServer(ctx, dbs, e, only); err != nil {
		return err
	}
	for _, f := range e.families {
		measured, err := measureFamilies(ctx, dbs, f, only)
		if err != nil {
			return err
		}
		r.Families = append(r.Families, measured...)
	}
	if r.Varying, err = measureVarying(ctx, dbs, e.varying, only); err != nil {
		return err
	}
	r.Peers, err = measurePeers(ctx, dbs, e.peers, only)
	return err
}

// serverDatabases are those of a temporary server.
type serverDatabases struct{ *pgtemp.Server }

func (s serverDatabases) create(ctx context.Context, name string) (string, error) {
	return s.DSN(name), s.CreateDatabase(ctx, name)
}

func (s serverDatabases) drop(ctx context.Context, name string) error {
	return s.DropDatabase(ctx, name)
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
