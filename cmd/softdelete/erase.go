package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/softdelete-go/softdelete"
)

const eraseHelp = `Usage:

    softdelete erase --dsn DSN TABLE KEY... [flags]

Really removes a row, live or deleted, all that belongs to it by foreign keys that
cascade, and whatever the archive and the journal have of these rows: a person's right
to be forgotten. It is done as a whole or not at all, and it cannot be undone.

It says first what would go, and asks; without a terminal it needs --yes. A key has
one value for each column of the table's primary_key. Values that begin with a dash
stand behind "--". Backups and what other programs keep are not reached.

Flags:

` + trashFlags + actorFlag + `    --note TEXT        why, for the journal's entry
    --reasons          remove the reasons of the deletions that took the rows, too
    --dry-run          say what would go, and remove nothing
    --yes              do not ask

Exit status: 0; 1 if there is nothing of that key, if a hold or another row stands in
the way, or the answer is no; 2 if the command line, the policy or the database is
unusable.

Examples:

    softdelete erase --dsn postgres://localhost/shop users 7 --dry-run
    softdelete erase --dsn postgres://localhost/shop users 7 --actor dpo --note "request 12" --yes
`

func runErase(ctx context.Context, args []string) int {
	t, flags := newTrash("erase")
	flags.StringVar(&t.actor, "actor", "", "")
	note := flags.String("note", "", "")
	reasons := flags.Bool("reasons", false, "")
	dryRun := flags.Bool("dry-run", false, "")
	yes := flags.Bool("yes", false, "")
	rest, status, ok := parseMixed(flags, args)
	if !ok {
		return status
	}
	asks := !*dryRun && !*yes
	switch {
	case len(rest) < 2:
		return complain("erase", errors.New("name a table and the key of a row"))
	case asks && !isTerminal(os.Stdin):
		return complain("erase", errors.New("nobody is there to be asked; say --yes, or --dry-run"))
	}
	var key []any
	for _, v := range rest[1:] {
		key = append(key, v)
	}
	if *reasons {
		key = append(key, softdelete.EraseReasons())
	}
	return t.with(ctx, func(ctx context.Context, db *sql.DB) error {
		if *note != "" {
			ctx = softdelete.WithReason(ctx, *note)
		}
		if asks || *dryRun {
			r, err := eraseRow(ctx, db, rest[0], append(key, softdelete.EraseDryRun()))
			if err != nil {
				return err
			}
			if *dryRun {
				return t.print(r, func(s *screen) { writeErase(s, r) })
			}
			writeErase(&screen{w: os.Stderr}, r)
			if !confirmed(os.Stdin, "\nErase this for good?") {
				return fmt.Errorf("%w: nothing was erased", errDeclined)
			}
		}
		r, err := eraseRow(ctx, db, rest[0], key)
		if err != nil {
			return err
		}
		return t.print(r, func(s *screen) { writeErase(s, r) })
	})
}

// eraseRow erases, and takes nothing for an error.
func eraseRow(ctx context.Context, db *sql.DB, table string, key []any) (softdelete.EraseReport, error) {
	r, err := softdelete.Erase(ctx, db, table, key...)
	if err == nil && len(r.Tables) == 0 {
		err = fmt.Errorf("%w: there is no row or record of that key", errFound)
	}
	return r, err
}

func writeErase(s *screen, r softdelete.EraseReport) {
	var rows [][]string
	for _, t := range r.Tables {
		var notes []string
		if t.Outside {
			notes = append(notes, "not in the policy")
		}
		if t.Left > 0 {
			notes = append(notes, counted(t.Left, "row")+" still with the key: no constraint speaks of it")
		}
		rows = append(rows, []string{t.Table, fmt.Sprint(t.Rows), fmt.Sprint(t.Records), fmt.Sprint(t.Unlinked), strings.Join(notes, "; ")})
	}
	s.grid(0, []string{"table", "rows", "records", "unlinked", ""}, rows)
	if len(r.Named) > 0 {
		s.print("\nThese deletions took some of it. Who and why stays in the journal:\n\n")
		rows = nil
		for _, d := range r.Named {
			rows = append(rows, []string{d.ID, d.Actor, d.Reason})
		}
		s.grid(0, []string{"id", "by", "reason"}, rows)
	}
	did := "erased"
	if r.DryRun {
		did = "would go"
	}
	s.print(fmt.Sprintf("\n%s and records, %s %s\n", counted(r.Erased(), "row"), counted(r.Links, "kept reference"), did))
}
