package main

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"

	_ "github.com/jackc/pgx/v5/stdlib"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/doctor"
)

const doctorHelp = `Usage:

    softdelete doctor --dsn DSN [--policy FILE] [flags]
    softdelete doctor --queries FILE [--policy FILE] [flags]

With --dsn: examines a database for what the driver cannot see and for what the
schema lacks, and prints each finding with its danger and the SQL that ends it.
Nothing is changed. Without --policy the policy is what softdelete.Discover
finds. docs/doctor.md lists the codes.

With --queries: says of each statement of a file what the driver would make of
it. No database is needed. The file is SQL, as psql, pg_dump and sqlc have it,
or CSV with a column named query, as of pg_stat_statements; - is standard input.

Flags:

    --dsn DSN          the database, as pgx takes it; a role that owns the tables sees most
    --queries FILE     the statements to judge
    --policy FILE      the policy (default softdelete.yaml with --queries)
    --format FORMAT    text, json, or for --dsn sarif (default text)
    --ignore LIST      codes, or codes with an object: SD204,SD101:public.all_users;
                       may be given several times
    --fail-on LEVEL    error, warning, notice or never (default warning)
    --all              with --queries in text: show what statements become, too

Exit status: 0 if there is nothing to complain of; 1 if there are findings at or
above the level of --fail-on, or refused statements, unless it is never; 2 if the
command line, the policy, the file or the database is unusable.

Examples:

    softdelete doctor --dsn postgres://localhost/shop --policy softdelete.yaml
    softdelete doctor --dsn "$DSN" --format sarif > doctor.sarif
    softdelete doctor --queries queries.sql
`

// doctorFlags is the command line of the doctor.
type doctorFlags struct {
	dsn, queries, policy, format, failOn string
	ignore                               []string
	all                                  bool
}

func runDoctor(ctx context.Context, args []string) int {
	var f doctorFlags
	flags := flag.NewFlagSet("doctor", flag.ContinueOnError)
	flags.StringVar(&f.dsn, "dsn", "", "")
	flags.StringVar(&f.queries, "queries", "", "")
	flags.StringVar(&f.policy, "policy", "", "")
	flags.StringVar(&f.format, "format", "text", "")
	flags.StringVar(&f.failOn, "fail-on", "warning", "")
	flags.BoolVar(&f.all, "all", false, "")
	flags.Func("ignore", "", func(list string) error {
		f.ignore = append(f.ignore, ignored(list)...)
		return nil
	})
	if status, ok := parseFlags(flags, args); !ok {
		return status
	}
	if err := f.check(flags.Args()); err != nil {
		return complain("doctor", err)
	}
	var failed bool
	var err error
	if f.queries != "" {
		failed, err = f.judge(ctx)
	} else {
		failed, err = f.examine(ctx)
	}
	switch {
	case err != nil:
		fmt.Fprintf(os.Stderr, "softdelete doctor: %s\n", strings.TrimPrefix(err.Error(), "doctor: "))
		return misuse
	case failed && f.failOn != "never":
		return failure
	default:
		return success
	}
}

// nextCode is a comma before another code: objects can contain commas too.
var nextCode = regexp.MustCompile(`,\s*(SD\d)`)

func ignored(list string) []string {
	return strings.Split(nextCode.ReplaceAllString(strings.TrimSpace(list), "\n$1"), "\n")
}

// What --format and --fail-on take; sarif is for --dsn.
var (
	doctorFormats = []string{"text", "json", "sarif"}
	failLevels    = []string{doctor.Error.String(), doctor.Warning.String(), doctor.Notice.String(), "never"}
)

func (f doctorFlags) check(rest []string) error {
	formats := doctorFormats
	if f.queries != "" {
		formats = formats[:2]
	}
	switch {
	case len(rest) > 0:
		return fmt.Errorf("unexpected argument %q", rest[0])
	case f.dsn == "" && f.queries == "":
		return errors.New("name a database with --dsn, or a file with --queries")
	case f.dsn != "" && f.queries != "":
		return errors.New("--dsn and --queries are two examinations; run one after the other")
	case f.queries != "" && len(f.ignore) > 0:
		return errors.New("--ignore is for --dsn")
	case f.dsn != "" && f.all:
		return errors.New("--all is for --queries")
	case !slices.Contains(formats, f.format):
		return fmt.Errorf("--format %s: choose one of %s", f.format, strings.Join(formats, ", "))
	case !slices.Contains(failLevels, f.failOn):
		return fmt.Errorf("--fail-on %s: choose one of %s", f.failOn, strings.Join(failLevels, ", "))
	}
	return nil
}

// examine reports on a database. failed says that something is found at the level of
// --fail-on, or above.
func (f doctorFlags) examine(ctx context.Context) (failed bool, err error) {
	policy := softdelete.Policy{Discover: true}
	if f.policy != "" {
		if policy, err = readPolicy(f.policy); err != nil {
			return false, err
		}
	}
	db, err := sql.Open("pgx", f.dsn)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	report, err := doctor.Examine(ctx, db, policy, doctor.Options{Ignore: f.ignore, PolicyFile: f.policy})
	if err != nil {
		return false, err
	}
	write := map[string]func(io.Writer) error{"text": report.Text, "json": report.JSON, "sarif": report.SARIF}[f.format]
	if err := write(os.Stdout); err != nil {
		return false, err
	}
	var level doctor.Severity
	if f.failOn != "never" {
		if err := level.UnmarshalText([]byte(f.failOn)); err != nil {
			return false, err
		}
	}
	worst, any := report.Worst()
	return any && worst >= level, nil
}

// judge reports on a file of statements.
func (f doctorFlags) judge(ctx context.Context) (failed bool, err error) {
	path := f.policy
	if path == "" {
		path = defaultPolicyFile
	}
	policy, err := readPolicy(path)
	if err != nil {
		return false, err
	}
	file := os.Stdin
	if f.queries != "-" {
		if file, err = os.Open(f.queries); err != nil {
			return false, err
		}
		defer func() { _ = file.Close() }() // it was only read
	}
	verdicts, err := doctor.Queries(ctx, policy, file)
	if err != nil {
		return false, err
	}
	if f.format == "json" {
		err = doctor.QueriesJSON(os.Stdout, verdicts)
	} else {
		err = doctor.QueriesText(os.Stdout, verdicts, f.all)
	}
	return slices.ContainsFunc(verdicts, func(v doctor.QueryVerdict) bool { return v.Verdict == doctor.Refused }), err
}
