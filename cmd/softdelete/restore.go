package main

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"

	"github.com/softdelete-go/softdelete"
)

const restoreHelp = `Usage:

    softdelete restore --dsn DSN TABLE KEY... [flags]
    softdelete restore --dsn DSN --deletion ID [flags]

Brings back a deleted row with all that was deleted with it, or all that one
deletion took. A key has one value for each column of the table's primary_key.
Values that begin with a dash stand behind "--".

Flags:

` + trashFlags + actorFlag + `    --deletion ID      the deletion
    --parents          restore the deletions that took the parents, too
    --one              with TABLE KEY: only the row named
    --partly           what is left, though rows of the deletion are gone
    --dry-run          with TABLE KEY: say what would come back, or what is in the way; the
                       restore is tried and rolled back

Exit status: 0 if rows came back; 1 if none did, with the reason; 2 if the command
line, the policy or the database is unusable.

Examples:

    softdelete restore --dsn postgres://localhost/shop users 7
    softdelete restore --dsn postgres://localhost/shop order_items 12 1 --parents
`

// restoreFlags is the command line of restore.
type restoreFlags struct {
	*trashCommand
	deletion             string
	parents, one, partly bool
	dryRun               bool
}

func runRestore(ctx context.Context, args []string) int {
	t, flags := newTrash("restore")
	f := restoreFlags{trashCommand: t}
	f.register(flags)
	rest, status, ok := parseMixed(flags, args)
	if !ok {
		return status
	}
	switch {
	case f.deletion != "" && len(rest) > 0:
		return complain("restore", fmt.Errorf("unexpected argument %q beside --deletion", rest[0]))
	case f.deletion == "" && len(rest) < 2:
		return complain("restore", errors.New("name a table and the key of a row, or a deletion with --deletion ID"))
	case f.one && f.deletion != "":
		return complain("restore", errors.New("--one is for TABLE KEY: a deletion does not say which row"))
	case f.one && f.parents:
		return complain("restore", errors.New("--one and --parents contradict each other"))
	case f.deletion != "" && f.dryRun:
		return complain("restore", errors.New("--dry-run is for TABLE KEY; any row of the deletion will do, see softdelete show"))
	}
	return t.with(ctx, func(ctx context.Context, db *sql.DB) error { return f.restore(ctx, db, rest) })
}

func (f *restoreFlags) register(flags *flag.FlagSet) {
	flags.StringVar(&f.actor, "actor", "", "")
	flags.StringVar(&f.deletion, "deletion", "", "")
	flags.BoolVar(&f.parents, "parents", false, "")
	flags.BoolVar(&f.one, "one", false, "")
	flags.BoolVar(&f.partly, "partly", false, "")
	flags.BoolVar(&f.dryRun, "dry-run", false, "")
}

func (f *restoreFlags) options() (list []softdelete.RestoreOption) {
	if f.parents {
		list = append(list, softdelete.RestoreParents())
	}
	if f.one {
		list = append(list, softdelete.RestoreOne())
	}
	if f.partly {
		list = append(list, softdelete.RestorePartly())
	}
	return list
}

func (f *restoreFlags) restore(ctx context.Context, db *sql.DB, rest []string) error {
	var n int64
	var err error
	if f.deletion != "" {
		n, err = f.restoreDeletion(ctx, db)
	} else {
		var key []any
		for _, v := range rest[1:] {
			key = append(key, v)
		}
		for _, o := range f.options() {
			key = append(key, o)
		}
		if f.dryRun {
			return f.preview(ctx, db, rest[0], key)
		}
		n, err = softdelete.Restore(ctx, db, rest[0], key...)
	}
	if err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("%w: no deleted row is concerned", errFound)
	}
	return f.print(map[string]int64{"restored": n}, func(s *screen) { s.print(fmt.Sprintf("restored %s\n", counted(n, "row"))) })
}

// restoreDeletion restores a deletion. Of one that was restored or purged the library says
// that rows of it are gone, and how to restore the rest: here is told that there is none.
func (f *restoreFlags) restoreDeletion(ctx context.Context, db *sql.DB) (int64, error) {
	n, err := softdelete.RestoreDeletion(ctx, db, f.deletion, f.options()...)
	if !errors.Is(err, softdelete.ErrRefused) {
		return n, err
	}
	found, lookUp := softdelete.Deletions(ctx, db, softdelete.DeletionFilter{ID: f.deletion, Left: true})
	if lookUp != nil || len(found) == 0 || found[0].Left {
		return n, err
	}
	if at := found[0].RestoredAt; !at.IsZero() {
		return 0, fmt.Errorf("%w: the deletion was restored %s", errFound, when(at))
	}
	return 0, fmt.Errorf("%w: no row of the deletion is left", errFound)
}

func (f *restoreFlags) preview(ctx context.Context, db *sql.DB, table string, key []any) error {
	p, err := softdelete.PreviewRestore(ctx, db, table, key...)
	if err != nil {
		return err
	}
	if p.Blocked != nil {
		return p.Blocked
	}
	if len(p.Rows) == 0 {
		return fmt.Errorf("%w: no deleted row is concerned", errFound)
	}
	if err := tryRestore(ctx, db, table, key); err != nil {
		return err
	}
	return f.print(map[string]any{"rows": p.Rows}, func(s *screen) { s.print("would restore: " + rowCounts(p.Rows) + "\n") })
}

// tryRestore restores in a transaction that it rolls back, and so finds whatever stands in
// the way: a live row with the key, a trigger.
func tryRestore(ctx context.Context, db *sql.DB, table string, key []any) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // nothing was to be done
	_, err = softdelete.Restore(ctx, tx, table, key...)
	return err
}

// counted is "1 row", "2 rows".
func counted(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
