package main

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/softdelete-go/softdelete"
)

const purgeHelp = `Usage:

    softdelete purge --dsn DSN [--older-than AGE] [flags]

Really removes rows that were deleted long enough ago, children before their
parents, in short transactions. It never takes a live row, one that another row
still refers to, or one that "softdelete hold" keeps. It can be ended at any
moment, and a second run goes on where the first was.

It counts first, and asks; without a terminal it needs --yes. keep_for in the policy
is how long a table keeps its deleted rows at least.

Flags:

` + trashFlags + actorFlag + `    --older-than AGE   how long ago rows were deleted, such as 90d or 36h; without it
                       the keep_for of each table decides
    --tables LIST      these tables only, separated by commas
    --batch N          rows in one transaction (default 1000)
    --pause DURATION   wait between two transactions, such as 20ms
    --share PART       how much of the time to be at work, between 0 and 1: 0.25 waits three
                       times as long as each step took (default 1)
    --into-archive     keep each row in deletion_records
    --dry-run          count, and remove nothing
    --yes              do not ask

Exit status: 0, even if no row is old enough; 1 if neither the policy nor the flags say
how old rows must be, or the answer is no; 2 if the command line, the policy or the
database is unusable.

Examples:

    softdelete purge --dsn postgres://localhost/shop --older-than 90d --dry-run
    softdelete purge --dsn postgres://localhost/shop --tables orders,items --older-than 1d12h --yes
    softdelete purge --dsn postgres://localhost/shop --older-than 90d --batch 200 --share 0.25 --yes
`

func runPurge(ctx context.Context, args []string) int {
	t, flags := newTrash("purge")
	var o softdelete.PurgeOptions
	var age softdelete.Duration
	flags.StringVar(&t.actor, "actor", "", "")
	flags.TextVar(&age, "older-than", softdelete.Duration(0), "")
	tables := flags.String("tables", "", "")
	flags.IntVar(&o.Batch, "batch", 0, "")
	flags.DurationVar(&o.Pause, "pause", 0, "")
	flags.Float64Var(&o.Share, "share", 0, "")
	flags.BoolVar(&o.IntoArchive, "into-archive", false, "")
	flags.BoolVar(&o.DryRun, "dry-run", false, "")
	yes := flags.Bool("yes", false, "")
	rest, status, ok := parseMixed(flags, args)
	if !ok {
		return status
	}
	if *tables != "" {
		o.Tables = strings.Split(*tables, ",")
	}
	o.OlderThan = time.Duration(age)
	asks := !o.DryRun && !*yes
	switch {
	case len(rest) > 0:
		return complain("purge", fmt.Errorf("unexpected argument %q", rest[0]))
	case unusable(flags, o) != nil:
		return complain("purge", unusable(flags, o))
	case asks && !isTerminal(os.Stdin):
		return complain("purge", errors.New("nobody is there to be asked; say --yes, or --dry-run"))
	}
	return t.with(ctx, func(ctx context.Context, db *sql.DB) error {
		if asks {
			first := o
			first.DryRun = true
			r, err := softdelete.Purge(ctx, db, first)
			if err != nil {
				return err
			}
			if r.Purged == 0 {
				return t.print(r, func(s *screen) { writePurge(s, r) })
			}
			writePurge(&screen{w: os.Stderr}, r)
			if !confirmed(os.Stdin, fmt.Sprintf("\nRemove %s for good?", counted(r.Purged, "row"))) {
				return fmt.Errorf("%w: nothing was removed", errDeclined)
			}
		}
		if isTerminal(os.Stderr) && !o.DryRun {
			o.Progress = bar
		}
		r, err := softdelete.Purge(ctx, db, o)
		if o.Progress != nil {
			fmt.Fprint(os.Stderr, "\r\x1b[K")
		}
		if r.Tables == nil {
			return err
		}
		return errors.Join(t.print(r, func(s *screen) { writePurge(s, r) }), err)
	})
}

// unusable says which flag has a value that it cannot have. A flag that is left out has its
// default, which zero stands for.
func unusable(flags *flag.FlagSet, o softdelete.PurgeOptions) (err error) {
	flags.Visit(func(f *flag.Flag) {
		switch {
		case f.Name == "older-than" && o.OlderThan <= 0:
			err = errors.New("--older-than is an age above zero: 1s for all that is deleted")
		case f.Name == "batch" && o.Batch < 1:
			err = errors.New("--batch is 1 or more")
		case f.Name == "pause" && o.Pause < 0:
			err = errors.New("--pause is not negative")
		case f.Name == "share" && !(o.Share > 0 && o.Share <= 1):
			err = errors.New("--share is above 0, and 1 at most")
		}
	})
	return err
}

// bar draws how far a purge has come over the line that it drew before.
func bar(p softdelete.PurgeProgress) {
	const width = 30
	done := width
	if p.Of > 0 {
		done = int(min(p.Purged, p.Of) * width / p.Of)
	}
	fmt.Fprintf(os.Stderr, "\r\x1b[K[%s%s] %d of %d rows  %.40s", strings.Repeat("#", done), strings.Repeat(".", width-done), p.Purged, p.Of, p.Table)
}

func writePurge(s *screen, r softdelete.PurgeReport) {
	did := "removed"
	if r.DryRun {
		did = "would go"
	}
	var rows [][]string
	for _, t := range r.Tables {
		if t.Skip != "" {
			rows = append(rows, []string{t.Table, "-", "-", "-", "left alone: " + t.Skip})
			continue
		}
		rows = append(rows, []string{t.Table, fmt.Sprint(t.Purged), fmt.Sprint(t.Held), fmt.Sprint(t.Kept), when(t.Before)})
	}
	s.grid(0, []string{"table", did, "held", "kept", "deleted before"}, rows)
	if r.DryRun {
		s.print(fmt.Sprintf("\n%s would go\n", counted(r.Purged, "row")))
		return
	}
	s.print(fmt.Sprintf("\n%s removed, in %s\n", counted(r.Purged, "row"), counted(r.Batches, "transaction")))
}

const holdHelp = `Usage:

    softdelete hold --dsn DSN ID [--note TEXT] [flags]

Keeps the rows of a deletion from every purge, until "softdelete release".

Flags:

` + trashFlags + actorFlag + `    --note TEXT        why

Exit status: 0; 1 if there is no such deletion, or it cannot be held; 2 if the command
line, the policy or the database is unusable.
`

func runHold(ctx context.Context, args []string) int {
	t, flags := newTrash("hold")
	flags.StringVar(&t.actor, "actor", "", "")
	note := flags.String("note", "", "")
	return t.onDeletion(ctx, flags, args, func(ctx context.Context, db *sql.DB, id string) error {
		if err := softdelete.Hold(ctx, db, id, *note); err != nil {
			return err
		}
		return t.print(map[string]string{"held": id}, func(s *screen) { s.print("held " + id + "\n") })
	})
}

const releaseHelp = `Usage:

    softdelete release --dsn DSN ID [flags]

Ends what "softdelete hold" began: a purge may take the rows again.

Flags:

` + trashFlags + `
Exit status: 0; 1 if the deletion was not held; 2 if the command line, the policy or
the database is unusable.
`

func runRelease(ctx context.Context, args []string) int {
	t, flags := newTrash("release")
	return t.onDeletion(ctx, flags, args, func(ctx context.Context, db *sql.DB, id string) error {
		held, err := softdelete.Release(ctx, db, id)
		if err == nil && !held {
			err = fmt.Errorf("%w: %s was not held", errFound, id)
		}
		if err != nil {
			return err
		}
		return t.print(map[string]string{"released": id}, func(s *screen) { s.print("released " + id + "\n") })
	})
}
