package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/ddl"
)

const ddlHelp = `Usage:

    softdelete ddl --dsn DSN [flags]

Prints the migration that brings a database's schema to the policy: marker and
bookkeeping columns, the journal, the archive, unique keys that count live rows only,
indexes on foreign keys and deletion ids. It has only what the database lacks: once it
is applied there is nothing to do. Comments say what each statement is for and what it
costs, what stays as it is, and what else may be worth doing. Nothing in the database is
changed.

Flags:

    --policy FILE        the policy (default softdelete.yaml)
    --dsn DSN            the database, such as postgres://localhost/shop
    --down               print the way back instead, from the schema that the
                         migration would make: print it before you apply that. It
                         refuses to run while there are deleted rows
    --enforce            twin keys too: foreign keys between live rows, checked by
                         the server. They rewrite tables; see docs/concurrency.md
    --stamps             a column created_at for each table
    --archive-triggers   for tables of mode archive: triggers that record the rows
                         which other clients delete, too; see docs/archive.md
    --lock-timeout TIME  how long a statement may wait for a lock that makes others
                         wait (default 2s). After a failure plan again
    --format FORMAT      sql, for psql (default); goose; or migrate, for golang-migrate
    --out FILE|FOLDER    write to a file (default: standard output). A folder gets the
                         next number; migrate needs one, and writes pairs of files
    --policy-out FILE    write the policy with the twin keys that --enforce plans

goose and migrate write both directions, and --down has no effect on them.

Exit status: 0 if the migration was printed, even if there is nothing to do; 1 if the
database does not fit the policy, such as for a table that does not exist; 2 if the
command line, the policy or the database is unusable.

Examples:

    softdelete ddl --dsn postgres://localhost/shop > up.sql
    softdelete ddl --dsn postgres://localhost/shop --format migrate --out migrations
`

// ddlFormats are what --format takes.
var ddlFormats = []string{"sql", "goose", "migrate"}

type ddlFlags struct {
	policy, dsn, format, out, policyOut string
	down                                bool
	options                             ddl.Options
}

func parseDDL(args []string) (f ddlFlags, status int, ok bool) {
	flags := flag.NewFlagSet("ddl", flag.ContinueOnError)
	flags.StringVar(&f.policy, "policy", defaultPolicyFile, "")
	flags.StringVar(&f.dsn, "dsn", "", "")
	flags.BoolVar(&f.down, "down", false, "")
	flags.BoolVar(&f.options.Enforce, "enforce", false, "")
	flags.BoolVar(&f.options.Stamps, "stamps", false, "")
	flags.BoolVar(&f.options.ArchiveTriggers, "archive-triggers", false, "")
	flags.DurationVar(&f.options.LockTimeout, "lock-timeout", 2*time.Second, "")
	flags.StringVar(&f.format, "format", "sql", "")
	flags.StringVar(&f.out, "out", "", "")
	flags.StringVar(&f.policyOut, "policy-out", "", "")
	if status, ok := parseFlags(flags, args); !ok {
		return f, status, false
	}
	var err error
	switch {
	case flags.NArg() > 0:
		err = fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case f.dsn == "":
		err = errors.New("no database; name it with --dsn DSN")
	case !slices.Contains(ddlFormats, f.format):
		err = fmt.Errorf("--format %q is not one of %s", f.format, strings.Join(ddlFormats, ", "))
	case f.format == "migrate" && f.out == "":
		err = errors.New("--format migrate writes pairs of files; name their folder with --out FOLDER")
	case f.options.LockTimeout < time.Millisecond:
		err = fmt.Errorf("--lock-timeout %s would be none; give a millisecond or more", f.options.LockTimeout)
	}
	if err != nil {
		return f, complain("ddl", err), false
	}
	return f, success, true
}

func runDDL(ctx context.Context, args []string) int {
	f, status, ok := parseDDL(args)
	if !ok {
		return status
	}
	policy, err := readPolicy(f.policy)
	if err != nil {
		fmt.Fprintf(os.Stderr, "softdelete ddl: %v\n", err)
		return misuse
	}
	db, err := sql.Open("pgx", f.dsn)
	if err != nil {
		return complain("ddl", fmt.Errorf("--dsn: %w", err))
	}
	defer db.Close() //nolint:errcheck // it was only read
	m, err := ddl.Plan(ctx, db, policy, f.options)
	if err != nil {
		fmt.Fprintf(os.Stderr, "softdelete ddl: %v\n", err)
		var bad *softdelete.PolicyError
		if errors.As(err, &bad) {
			return failure
		}
		return misuse
	}
	if f.policyOut != "" {
		var text bytes.Buffer
		if err := softdelete.SavePolicy(&text, m.Policy); err != nil {
			fmt.Fprintf(os.Stderr, "softdelete ddl: %v\n", err)
			return misuse
		}
		if status := put(f.policyOut, text.String()); status != success {
			return status
		}
	}
	if err := f.write(m); err != nil {
		fmt.Fprintf(os.Stderr, "softdelete ddl: %v\n", err)
		return misuse
	}
	return success
}

// write puts the migration where the flags say.
func (f ddlFlags) write(m *ddl.Migration) error {
	text := m.SQL(f.down)
	if f.format == "goose" {
		text = m.Goose()
	}
	info, err := os.Stat(f.out)
	folder := f.format == "migrate" || err == nil && info.IsDir()
	if !folder {
		if put(f.out, text) != success {
			return errors.New("nothing was written")
		}
		return nil
	}
	if err := os.MkdirAll(f.out, 0o755); err != nil {
		return err
	}
	if len(m.Up) == 0 {
		fmt.Fprintln(os.Stderr, "softdelete ddl: the schema is what the policy asks for; no file was written")
		return nil
	}
	next, err := nextNumber(f.out)
	if err != nil {
		return err
	}
	files := []ddl.File{{Name: fmt.Sprintf("%05d_softdelete.sql", next), Text: text}}
	if f.format == "migrate" {
		files = m.Migrate(next)
	}
	for _, file := range files {
		if err := os.WriteFile(filepath.Join(f.out, file.Name), []byte(file.Text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// nextNumber is above those that the files of the folder begin with, be they counted
// or the time.
func nextNumber(folder string) (uint64, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return 0, err
	}
	highest := uint64(0)
	for _, e := range entries {
		digits, _, _ := strings.Cut(e.Name(), "_")
		if n, err := strconv.ParseUint(digits, 10, 64); err == nil {
			highest = max(highest, n)
		}
	}
	return highest + 1, nil
}
