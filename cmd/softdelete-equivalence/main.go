// Command softdelete-equivalence runs one workload on two databases, one with
// real deletes and one through the softdelete driver, and reports where they
// disagree.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"

	"github.com/softdelete-go/softdelete/equivalence"
	"github.com/softdelete-go/softdelete/internal/pgtemp"
)

const usage = `Usage:
  softdelete-equivalence run [--seed S] [--n N] [--workers W] [--out DIR]
  softdelete-equivalence replay --schema FILE --queries FILE [--policy FILE] [--dead SHARE]
  softdelete-equivalence replay FILE.sql …

Exit code 0: no divergence; 1: a divergence; 2: the run itself failed.
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

func run(ctx context.Context, args []string, out, errOut io.Writer) int {
	if len(args) == 0 {
		fmt.Fprint(errOut, usage)
		return 2
	}
	commands := map[string]func(context.Context, []string, io.Writer, io.Writer) (bool, error){"run": generate}
	f, ok := commands[args[0]]
	if !ok {
		fmt.Fprint(errOut, usage)
		return 2
	}
	clean, err := f(ctx, args[1:], out, errOut)
	switch {
	case err != nil:
		fmt.Fprintln(errOut, "softdelete-equivalence:", err)
		return 2
	case !clean:
		return 1
	}
	return 0
}

func generate(ctx context.Context, args []string, out, errOut io.Writer) (clean bool, err error) {
	fs := flag.NewFlagSet("run", flag.ContinueOnError)
	fs.SetOutput(errOut)
	seed := fs.Uint64("seed", 0, "what is generated; 0 picks a seed")
	n := fs.Int("n", 20000, "statements")
	workers := fs.Int("workers", 2, "pairs of databases side by side")
	folder := fs.String("out", "", "folder for the scripts of divergences")
	limit := fs.Int("limit", 10, "stop after so many divergences")
	noShrink := fs.Bool("no-shrink", false, "report divergences as they were found")
	if err := fs.Parse(args); err != nil {
		return false, err
	}
	if *seed == 0 {
		*seed = rand.Uint64()>>1 | 1
	}
	server, err := pgtemp.Start(ctx)
	if err != nil {
		return false, err
	}
	defer func() {
		if stopErr := server.Stop(); err == nil {
			err = stopErr
		}
	}()
	fmt.Fprintf(out, "seed %d, PostgreSQL %s\n", *seed, server.Version())
	report, err := equivalence.Run(ctx, equivalence.Config{Server: server, Seed: *seed, Statements: *n, Workers: *workers, Out: *folder,
		Limit: *limit, NoShrink: *noShrink, Progress: out})
	if report != nil {
		fmt.Fprint(out, report)
	}
	return err == nil && len(report.Divergences) == 0, err
}
