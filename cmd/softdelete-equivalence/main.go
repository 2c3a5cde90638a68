// Command softdelete-equivalence runs one workload on two databases of a
// throwaway PostgreSQL server, one with real deletes and one through the
// softdelete driver, and reports where they disagree.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/equivalence"
	"github.com/softdelete-go/softdelete/equivalence/cascades"
	"github.com/softdelete-go/softdelete/internal/pgtemp"
)

const usage = `softdelete-equivalence runs one workload both ways: with real deletes on one
database, through the softdelete driver on another. They must agree.

Usage:
  softdelete-equivalence run [--seed S] [--n N] [--workers W] [--out DIR]
      Generate N statements from the seed S, or from each of the seeds S to T
      with --seed S-T. What diverges is shrunk, and written to DIR as a case.
  softdelete-equivalence cascades [--seed S] [--deletes N] [--restores M] [--workers W]
      Generate schemas with foreign keys of every action, and at least N deletes
      and M restores of them from the seed S. The judge is PostgreSQL's own
      ON DELETE. N is 10000 and M a fifth of N unless told.
  softdelete-equivalence replay --schema FILE --queries FILE [--policy FILE] [--dead SHARE]
      Run your own schema and queries. Without a policy every table is
      soft-deleted by a column deleted_at, which is added where it is missing.
      SHARE, from 0 to 1, is how many of the rows are deleted beforehand;
      default 0.2.
  softdelete-equivalence replay CASE.sql …
      Run cases, as run writes them.

The exit code is 0 if nothing diverges, 1 if something does, and 2 if the run
itself failed.
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

func run(ctx context.Context, args []string, out, errOut io.Writer) int {
	commands := map[string]func(context.Context, []string, io.Writer, io.Writer) (bool, error){
		"run": generate, "cascades": deletions, "replay": replay,
	}
	if len(args) == 0 {
		fmt.Fprint(errOut, usage)
		return 2
	}
	f, ok := commands[args[0]]
	if !ok {
		fmt.Fprint(errOut, usage)
		if args[0] == "help" || args[0] == "--help" || args[0] == "-h" {
			return 0
		}
		return 2
	}
	clean, err := f(ctx, args[1:], out, errOut)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		fmt.Fprintln(errOut, "softdelete-equivalence:", err)
		return 2
	case !clean:
		return 1
	}
	return 0
}

// flags makes the flag set of a subcommand.
func flags(name string, errOut io.Writer) *flag.FlagSet {
	fs := flag.NewFlagSet(name, flag.ContinueOnError)
	fs.SetOutput(errOut)
	return fs
}

// withServer starts a server for f.
func withServer(ctx context.Context, f func(*pgtemp.Server) (bool, error)) (clean bool, err error) {
	server, err := pgtemp.Start(ctx, pgtemp.WithSetting("autovacuum", "off"), pgtemp.WithSetting("shared_buffers", "128MB"))
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	return f(server)
}

func generate(ctx context.Context, args []string, out, errOut io.Writer) (bool, error) {
	fs := flags("run", errOut)
	seeds := fs.String("seed", "0", "what is generated: a seed, or the first and the last of several as in 1-50; 0 picks one")
	n := fs.Int("n", 20000, "how many statements for each seed, at least")
	workers := fs.Int("workers", 0, "pairs of databases side by side, with 8 connections each; 0: two for each CPU, at most 8")
	folder := fs.String("out", "", "folder for the cases of divergences; none are written without it")
	limit := fs.Int("limit", 10, "stop after so many divergences")
	noShrink := fs.Bool("no-shrink", false, "report divergences as they were found")
	if err := fs.Parse(args); err != nil {
		return false, err
	}
	if fs.NArg() > 0 {
		return false, fmt.Errorf("run takes no argument such as %q", fs.Arg(0))
	}
	first, count, err := parseSeeds(*seeds)
	if err != nil {
		return false, err
	}
	if first == 0 {
		first = rand.Uint64()>>1 | 1
	}
	if *folder != "" {
		if err := os.MkdirAll(*folder, 0o755); err != nil {
			return false, err
		}
	}
	// Texts live for a moment: to collect them less often saves a tenth of the time.
	debug.SetGCPercent(400)
	return withServer(ctx, func(server *pgtemp.Server) (bool, error) {
		fmt.Fprintf(out, "seed %d, PostgreSQL %s\n", first, server.Version())
		report, err := equivalence.Run(ctx, equivalence.Config{
			Server: server, Seed: first, Seeds: count, Statements: *n, Workers: *workers,
			Out: *folder, Limit: *limit, NoShrink: *noShrink, Progress: out,
		})
		if report == nil {
			return false, err
		}
		fmt.Fprint(out, report)
		return len(report.Divergences) == 0, err
	})
}

// deletions runs the comparison of foreign keys.
func deletions(ctx context.Context, args []string, out, errOut io.Writer) (bool, error) {
	fs := flags("cascades", errOut)
	seed := fs.Uint64("seed", 0, "what is generated; 0 picks one")
	deletes := fs.Int("deletes", 10_000, "how many deletes are compared, at least")
	restores := fs.Int("restores", -1, "how many of them are restored, at least; -1: a fifth of the deletes")
	workers := fs.Int("workers", 0, "pairs of databases side by side; 0: two for each CPU, at most 8")
	limit := fs.Int("limit", 10, "stop after so many faults")
	noShrink := fs.Bool("no-shrink", false, "report faults as they were found")
	if err := fs.Parse(args); err != nil {
		return false, err
	}
	if fs.NArg() > 0 {
		return false, fmt.Errorf("cascades takes no argument such as %q", fs.Arg(0))
	}
	if *seed == 0 {
		*seed = rand.Uint64()>>1 | 1
	}
	if *restores < 0 {
		*restores = *deletes / 5
	}
	if *workers == 0 {
		*workers = min(2*runtime.GOMAXPROCS(0), 8)
	}
	debug.SetGCPercent(400)
	return withServer(ctx, func(server *pgtemp.Server) (bool, error) {
		fmt.Fprintf(out, "seed %d, PostgreSQL %s\n", *seed, server.Version())
		report, err := cascades.Run(ctx, cascades.Options{
			Server: server, Seed: *seed, Deletes: *deletes, Restores: *restores, Workers: *workers,
			Limit: *limit, NoShrink: *noShrink, Progress: out,
		})
		if report == nil {
			return false, err
		}
		fmt.Fprint(out, report)
		return len(report.Faults) == 0, err
	})
}

// parseSeeds reads "S" or "S-T": the first seed and how many.
func parseSeeds(s string) (first uint64, count int, err error) {
	from, to, several := strings.Cut(s, "-")
	if first, err = strconv.ParseUint(from, 10, 64); err != nil {
		return 0, 0, fmt.Errorf("--seed: %q is neither a number nor two of them as in 1-50", s)
	}
	if !several {
		return first, 1, nil
	}
	last, err := strconv.ParseUint(to, 10, 64)
	if err != nil || first == 0 || last < first || last-first >= maxSeeds {
		return 0, 0, fmt.Errorf("--seed: %q is not a range of at most %d seeds from 1 on, as in 1-50", s, maxSeeds)
	}
	return first, int(last - first + 1), nil
}

const maxSeeds = 1_000_000

func replay(ctx context.Context, args []string, out, errOut io.Writer) (bool, error) {
	fs := flags("replay", errOut)
	schema := fs.String("schema", "", "SQL file with tables and rows, such as pg_dump --inserts writes")
	queries := fs.String("queries", "", "SQL file with the statements to compare")
	policy := fs.String("policy", "", "YAML file with the policy; default: every table, by deleted_at")
	dead := fs.Float64("dead", 0.2, "share of the rows that are deleted beforehand, from 0 to 1")
	if err := fs.Parse(args); err != nil {
		return false, err
	}
	cases := fs.NArg() > 0
	if own := *schema != "" || *queries != ""; own == cases || own && (*schema == "" || *queries == "") {
		return false, errors.New("replay takes both --schema and --queries, or the files of cases")
	}
	if cases {
		return replayCases(ctx, fs.Args(), out)
	}
	w := equivalence.Workload{Dead: *dead}
	for _, f := range []struct {
		name string
		to   *string
	}{{*schema, &w.Schema}, {*queries, &w.Queries}} {
		text, err := os.ReadFile(f.name)
		if err != nil {
			return false, err
		}
		*f.to = string(text)
	}
	if *policy != "" {
		f, err := os.Open(*policy)
		if err != nil {
			return false, err
		}
		w.Policy, err = softdelete.LoadPolicy(f)
		if err = errors.Join(err, f.Close()); err != nil {
			return false, err
		}
	}
	return withServer(ctx, func(server *pgtemp.Server) (bool, error) {
		w.Server = server
		verdicts, err := equivalence.Replay(ctx, w)
		return show(out, verdicts) && err == nil, err
	})
}

func replayCases(ctx context.Context, files []string, out io.Writer) (bool, error) {
	return withServer(ctx, func(server *pgtemp.Server) (bool, error) {
		clean := true
		for _, f := range files {
			text, err := os.ReadFile(f)
			if err != nil {
				return false, err
			}
			c, err := equivalence.ParseCase(string(text))
			if err != nil {
				return false, fmt.Errorf("%s: %w", f, err)
			}
			fmt.Fprintf(out, "%s\n", f)
			verdicts, err := equivalence.RunCase(ctx, server, c)
			clean = show(out, verdicts) && clean
			if err != nil {
				return false, fmt.Errorf("%s: %w", f, err)
			}
		}
		return clean, nil
	})
}

// show lists what was refused and what diverged, and counts.
func show(out io.Writer, verdicts []equivalence.Verdict) (clean bool) {
	diverged, refused, skipped := 0, 0, 0
	for _, v := range verdicts {
		switch {
		case v.Class != "":
			diverged++
			fmt.Fprintf(out, "\nDIVERGES (%s): %s\n%s\n", v.Class, v.What, indent(v.Statement))
		case v.Skipped != "":
			skipped++
			fmt.Fprintf(out, "\nskipped: %s\n%s\n", v.Skipped, indent(v.Statement))
		case v.Refused != "":
			refused++
			fmt.Fprintf(out, "\nrefused: %s\n%s\n", v.Refused, indent(v.Statement))
		}
	}
	fmt.Fprintf(out, "%d statements: %d equal, %d refused, %d skipped, %d diverge\n", len(verdicts),
		len(verdicts)-diverged-refused-skipped, refused, skipped, diverged)
	return diverged == 0
}

func indent(s string) string { return "    " + strings.ReplaceAll(s, "\n", "\n    ") }
