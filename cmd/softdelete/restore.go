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
    --dry-run          say what would come back, or what is in the way; the restore is tried
                       and rolled back

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
	restore, preview := func(ctx context.Context, in softdelete.Execer) (int64, error) {
		n, err := softdelete.RestoreDeletion(ctx, in, f.deletion, f.options()...)
		return n, f.whyNot(ctx, db, err)
	}, func(ctx context.Context, db softdelete.Execer) (softdelete.Preview, error) {
		return softdelete.PreviewRestoreDeletion(ctx, db, f.deletion, f.options()...)
	}
	if f.deletion == "" {
		var key []any
		for _, v := range rest[1:] {
			key = append(key, v)
		}
		for _, o := range f.options() {
			key = append(key, o)
		}
		restore = func(ctx context.Context, db softdelete.Execer) (int64, error) {
			return softdelete.Restore(ctx, db, rest[0], key...)
		}
		preview = func(ctx context.Context, db softdelete.Execer) (softdelete.Preview, error) {
			return softdelete.PreviewRestore(ctx, db, rest[0], key...)
		}
	}
	if f.dryRun {
		return f.try(ctx, db, preview, restore)
	}
	n, err := restore(ctx, db)
	if err == nil && n == 0 {
		err = errNoRow
	}
	if err != nil {
		return err
	}
	return f.print(map[string]int64{"restored": n}, func(s *screen) { s.print(fmt.Sprintf("restored %s\n", counted(n, "row"))) })
}

// whyNot is the error of a deletion's restore. Of one that was restored or purged the library
// says that rows of it are gone, and how to restore the rest: here is told that there is none.
func (f *restoreFlags) whyNot(ctx context.Context, db *sql.DB, err error) error {
	if f.deletion == "" || !errors.Is(err, softdelete.ErrRefused) {
		return err
	}
	found, lookUp := softdelete.Deletions(ctx, db, softdelete.DeletionFilter{ID: f.deletion, Left: true})
	if lookUp != nil || len(found) == 0 || found[0].Left {
		return err
	}
	if at := found[0].RestoredAt; !at.IsZero() {
		return fmt.Errorf("%w: the deletion was restored %s", errFound, when(at))
	}
	return fmt.Errorf("%w: no row of the deletion is left", errFound)
}

// try says what would come back, restores it in a transaction and rolls that back, and so
// finds whatever stands in the way: a live row with the key, a trigger.
func (f *restoreFlags) try(ctx context.Context, db *sql.DB, preview func(context.Context, softdelete.Execer) (softdelete.Preview, error),
	restore func(context.Context, softdelete.Execer) (int64, error),
) error {
	p, err := preview(ctx, db)
	if err != nil {
		return err
	}
	if p.Blocked != nil {
		return f.whyNot(ctx, db, p.Blocked)
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // nothing was to be done
	if _, err := restore(ctx, tx); err != nil {
		return err
	}
	if len(p.Rows) == 0 {
		return errNoRow
	}
	return f.print(map[string]any{"rows": p.Rows}, func(s *screen) { s.print("would restore: " + rowCounts(p.Rows) + "\n") })
}

// counted is "1 row", "2 rows".
func counted(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
