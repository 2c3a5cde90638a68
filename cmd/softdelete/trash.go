package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/softdelete-go/softdelete"
)

// trashCommand is what the commands about deleted rows have in common.
type trashCommand struct {
	name               string // of the command
	dsn, policy, actor string
	json               bool
}

// trashFlags are explained at the end of each command's help.
const trashFlags = `    --dsn DSN          the database, such as postgres://localhost/shop
    --policy FILE      the policy (default softdelete.yaml)
    --json             print JSON
`

const actorFlag = `    --actor NAME       who does it, for the journal and the archive
`

func newTrash(name string) (*trashCommand, *flag.FlagSet) {
	t, flags := &trashCommand{name: name}, flag.NewFlagSet(name, flag.ContinueOnError)
	flags.StringVar(&t.dsn, "dsn", "", "")
	flags.StringVar(&t.policy, "policy", defaultPolicyFile, "")
	flags.BoolVar(&t.json, "json", false, "")
	return t, flags
}

// parseMixed is parseFlags for commands whose flags may stand behind arguments. Behind
// "--" everything is an argument.
func parseMixed(flags *flag.FlagSet, args []string) (rest []string, status int, ok bool) {
	for {
		if status, ok := parseFlags(flags, args); !ok {
			return nil, status, false
		}
		left := flags.Args()
		if len(left) == 0 {
			return rest, success, true
		}
		if i := len(args) - len(left); i > 0 && args[i-1] == "--" {
			return append(rest, left...), success, true
		}
		rest, args = append(rest, left[0]), left[1:]
	}
}

// open opens the database under the policy.
func (t *trashCommand) open() (*sql.DB, error) {
	if t.dsn == "" {
		return nil, errors.New("no database; name it with --dsn DSN")
	}
	policy, err := readPolicy(t.policy)
	if err != nil {
		return nil, err
	}
	return softdelete.Open(t.dsn, policy)
}

// with calls use with the database, and turns its error into the command's status.
func (t *trashCommand) with(ctx context.Context, use func(context.Context, *sql.DB) error) int {
	db, err := t.open()
	if err != nil {
		return complain(t.name, err)
	}
	defer db.Close() //nolint:errcheck // all that it did is over
	if t.actor != "" {
		ctx = softdelete.WithActor(ctx, t.actor)
	}
	err = use(ctx, db)
	if err == nil {
		return success
	}
	var pgErr *pgconn.PgError
	switch {
	case errors.As(err, &pgErr) && pgErr.Code == "22P02" && strings.Contains(pgErr.Message, "type uuid"):
		return complain(t.name, fmt.Errorf("%s; a deletion's id is such as \"softdelete list\" prints", pgErr.Message))
	case strings.Contains(err.Error(), "is no cursor"):
		return complain(t.name, errors.New("--after takes what the page before ends with"))
	case strings.Contains(err.Error(), "HoldDDL"):
		err = fmt.Errorf("%w:\n\n%s", err, softdelete.HoldDDL)
	}
	fmt.Fprintf(os.Stderr, "softdelete %s: %s\n", t.name, inFlags.Replace(strings.TrimPrefix(err.Error(), "softdelete: ")))
	var unfit *softdelete.PolicyError
	if errors.As(err, &unfit) {
		fmt.Fprintln(os.Stderr, "\nIf the database is not migrated yet, \"softdelete ddl\" prints the migration.")
	}
	if errors.Is(err, softdelete.ErrRefused) || errors.Is(err, errFound) || errors.Is(err, errDeclined) {
		return failure
	}
	return misuse
}

// inFlags puts what the library's errors call by its name in Go as the command line has it.
var inFlags = strings.NewReplacer(
	"with RestorePartly", "with --partly",
	"with RestoreOne", "by TABLE KEY with --one",
	"with the option RestoreParents", "with --parents",
	"look it up with Deletions", `look it up with "softdelete list"`,
)

var (
	errNoRow    = fmt.Errorf("%w: no deleted row is concerned", errFound)
	errFound    = errors.New("nothing found") // for what is not there
	errDeclined = errors.New("not confirmed") // when the answer is no
)

// print writes JSON, or else what text writes.
func (t *trashCommand) print(v any, text func(*screen)) error {
	if t.json {
		e := json.NewEncoder(os.Stdout)
		e.SetIndent("", "  ")
		return e.Encode(v)
	}
	s := newScreen(os.Stdout)
	text(s)
	return s.written()
}

// moment reads a time: a date, a time with its zone, or how long ago.
func moment(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339, "2006-01-02 15:04"} {
		if at, err := time.ParseInLocation(layout, text, time.Local); err == nil {
			return at, nil
		}
	}
	var d softdelete.Duration
	if d.UnmarshalText([]byte(text)) == nil {
		return time.Now().Add(-time.Duration(d)), nil
	}
	return time.Time{}, fmt.Errorf("%q is no time: write 2026-05-31, 2026-05-31T12:00:00Z, or how long ago: 7d", text)
}

// rowCounts is {"users": 1, "orders": 2} in words, the tables in order.
func rowCounts(rows map[string]int64) string {
	if len(rows) == 0 {
		return "none"
	}
	var list []string
	for _, table := range slices.Sorted(maps.Keys(rows)) {
		list = append(list, fmt.Sprintf("%s %d", table, rows[table]))
	}
	return strings.Join(list, ", ")
}

// when is a time as lists have it.
func when(at time.Time) string {
	if at.IsZero() {
		return "unknown"
	}
	return at.UTC().Format("2006-01-02 15:04:05")
}

// confirmed asks a person, and takes no answer for no.
func confirmed(in io.Reader, question string) bool {
	fmt.Fprint(os.Stderr, question+" [y/N] ")
	var answer string
	_, _ = fmt.Fscanln(in, &answer) // an error is no answer
	return strings.EqualFold(answer, "y") || strings.EqualFold(answer, "yes")
}

// onDeletion runs a command whose one argument is the id of a deletion.
func (t *trashCommand) onDeletion(ctx context.Context, flags *flag.FlagSet, args []string, do func(ctx context.Context, db *sql.DB, id string) error) int {
	rest, status, ok := parseMixed(flags, args)
	if !ok {
		return status
	}
	if len(rest) != 1 {
		return complain(t.name, errors.New("name one deletion by its id"))
	}
	return t.with(ctx, func(ctx context.Context, db *sql.DB) error { return do(ctx, db, rest[0]) })
}
