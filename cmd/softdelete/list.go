package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/softdelete-go/softdelete"
)

const listHelp = `Usage:

    softdelete list --dsn DSN [flags]

Lists deletions, the newest first: who deleted what, when, why and how many rows.
They are read from the journal; without one, from the rows that are deleted. The state
is "gone" when no row of a deletion is left: each was purged, or restored by itself.

Flags:

` + trashFlags + `    --table TABLE      those that took rows of the table
    --by NAME          those of that actor
    --reason TEXT      those with that text in their reason
    --row TEXT         those of a row with that text in it, which is still deleted
    --since TIME       not before; a time is 2026-05-31, 2026-05-31T12:00:00Z, or
    --until TIME       how long ago, such as 7d
    --state STATE      any, not-restored, restored or restorable (default any)
    --held             those that a legal hold keeps
    --limit N          how many (default 20)
    --after CURSOR     those behind the last one of the page before

Times are UTC. Exit status: 0; 1 if the policy does not have the table, or CURSOR is
none; 2 if the command line, the policy or the database is unusable.

Examples:

    softdelete list --dsn postgres://localhost/shop --since 7d --state restorable
    softdelete list --dsn postgres://localhost/shop --by ann --json
`

// states are what --state takes, in the order of the constants.
var states = []string{"any", "not-restored", "restored", "restorable"}

func runList(ctx context.Context, args []string) int {
	t, flags := newTrash("list")
	f := softdelete.DeletionFilter{Left: true}
	flags.StringVar(&f.Table, "table", "", "")
	flags.StringVar(&f.Actor, "by", "", "")
	flags.StringVar(&f.Reason, "reason", "", "")
	flags.StringVar(&f.Row, "row", "", "")
	since, until := flags.String("since", "", ""), flags.String("until", "", "")
	state := flags.String("state", "any", "")
	flags.BoolVar(&f.Held, "held", false, "")
	flags.IntVar(&f.Limit, "limit", 20, "")
	flags.StringVar(&f.After, "after", "", "")
	rest, status, ok := parseMixed(flags, args)
	if !ok {
		return status
	}
	var err, err2 error
	f.Since, err = moment(*since)
	f.Until, err2 = moment(*until)
	n := slices.Index(states, *state)
	switch {
	case len(rest) > 0:
		err = fmt.Errorf("unexpected argument %q", rest[0])
	case n < 0:
		err = fmt.Errorf("--state %s: choose one of %s", *state, strings.Join(states, ", "))
	case f.Limit < 1:
		err = errors.New("--limit is 1 or more")
	default:
		err = errors.Join(err, err2)
	}
	if err != nil {
		return complain("list", err)
	}
	f.State = softdelete.DeletionState(n)
	return t.with(ctx, func(ctx context.Context, db *sql.DB) error {
		list, err := softdelete.Deletions(ctx, db, f)
		if err != nil {
			return err
		}
		return t.print(list, func(s *screen) { writeDeletions(s, list, f.Limit) })
	})
}

func writeDeletions(s *screen, list []softdelete.Deletion, limit int) {
	if len(list) == 0 {
		s.print("no deletions\n")
		return
	}
	var rows [][]string
	for _, d := range list {
		state := ""
		switch {
		case !d.RestoredAt.IsZero():
			state = "restored"
		case !d.Left && d.ID != "":
			state = "gone"
		}
		if d.Held {
			state = strings.TrimSpace(state + " held")
		}
		rows = append(rows, []string{d.ID, when(d.At), d.Table, rowCounts(d.Rows), d.Actor, d.Reason, state})
	}
	s.grid(0, []string{"id", "deleted", "table", "rows", "by", "reason", "state"}, rows)
	if len(list) == limit {
		s.print(fmt.Sprintf("\nThere may be more: --after '%s'\n", list[len(list)-1].Cursor))
	}
}

const showHelp = `Usage:

    softdelete show --dsn DSN ID [flags]

Shows a deletion: who, when, why, how many rows of which table, and the keys of its
rows that are still deleted.

Flags:

` + trashFlags + `    --table TABLE      rows of this table only
    --limit N          how many rows (default 20)
    --after CURSOR     those behind the last one of the page before

Exit status: 0; 1 if there is no such deletion; 2 if the command line, the policy or
the database is unusable.
`

func runShow(ctx context.Context, args []string) int {
	t, flags := newTrash("show")
	var f softdelete.RowFilter
	flags.StringVar(&f.Table, "table", "", "")
	flags.IntVar(&f.Limit, "limit", 20, "")
	flags.StringVar(&f.After, "after", "", "")
	rest, status, ok := parseMixed(flags, args)
	switch {
	case !ok:
		return status
	case len(rest) != 1:
		return complain("show", errors.New("name one deletion by its id"))
	case f.Limit < 1:
		return complain("show", errors.New("--limit is 1 or more"))
	}
	return t.with(ctx, func(ctx context.Context, db *sql.DB) error {
		found, err := softdelete.Deletions(ctx, db, softdelete.DeletionFilter{ID: rest[0]})
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return fmt.Errorf("%w: there is no deletion %s", errFound, rest[0])
		}
		rows, err := softdelete.DeletionRows(ctx, db, rest[0], f)
		if err != nil {
			return err
		}
		shown := struct {
			softdelete.Deletion
			Left []softdelete.DeletedRow `json:"left"`
		}{found[0], rows}
		return t.print(shown, func(s *screen) { writeDeletion(s, found[0], rows, f.Limit) })
	})
}

func writeDeletion(s *screen, d softdelete.Deletion, rows []softdelete.DeletedRow, limit int) {
	line := func(name, value string) {
		if value != "" {
			s.print(fmt.Sprintf("%-9s %s\n", name, value))
		}
	}
	line("id", d.ID)
	line("deleted", when(d.At))
	line("table", d.Table)
	line("by", d.Actor)
	line("reason", d.Reason)
	line("rows", rowCounts(d.Rows))
	if !d.RestoredAt.IsZero() {
		line("restored", strings.TrimSuffix(when(d.RestoredAt)+" by "+d.RestoredBy, " by "))
	}
	if d.Held {
		line("held", "yes")
		line("note", d.Note)
	}
	if len(rows) == 0 {
		s.print("\nNo row of it is deleted.\n")
		return
	}
	s.print("\n")
	var lines [][]string
	for _, r := range rows {
		lines = append(lines, []string{r.Table, strings.Join(r.Columns, ", "), strings.Join(r.Key, ", ")})
	}
	s.grid(0, []string{"table", "key", "value"}, lines)
	if len(rows) == limit {
		s.print(fmt.Sprintf("\nThere may be more: --after '%s'\n", rows[len(rows)-1].Cursor))
	}
}
