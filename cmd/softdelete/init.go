package main

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"github.com/softdelete-go/softdelete"
)

const initHelp = `Usage:

    softdelete init --dsn DSN [flags]

Writes a policy from the catalog of a database: the tables that have a marker
column, such as deleted_at, with their keys, foreign keys and partitions.
Comments say what was inferred from what. Nothing in the database is changed.

Flags:

    --dsn DSN     the database, such as postgres://localhost/shop
    --table NAME  this table, as a policy names it; it needs no marker yet, and
                  "softdelete ddl" will add it. May be repeated; only the
                  tables that are named, and their partitions, are written
    --all         every table, but for those of extensions and migration tools
    --out FILE    write to a file (default: standard output)

For tables that are named a deletion_id and a journal are proposed, which restores
want. What the foreign keys do is what their ON DELETE says: change it in the
policy, not in the database.

Exit status: 0 if the policy was written; 1 if it was written and cannot be used as
it is, with the reasons and remedies on standard error and in its comments; 2 if
the command line or the database is unusable.

Examples:

    softdelete init --dsn postgres://localhost/shop --out softdelete.yaml
    softdelete init --dsn postgres://localhost/shop --table users --table billing.invoices
`

func runInit(ctx context.Context, args []string) int {
	flags := flag.NewFlagSet("init", flag.ContinueOnError)
	dsn := flags.String("dsn", "", "")
	all := flags.Bool("all", false, "")
	out := flags.String("out", "", "")
	var tables []string
	flags.Func("table", "", func(name string) error {
		_, _, err := softdelete.ParseTableName(name)
		tables = append(tables, name)
		return err
	})
	if status, ok := parseFlags(flags, args); !ok {
		return status
	}
	switch {
	case flags.NArg() > 0:
		return complain("init", fmt.Errorf("unexpected argument %q; name a table with --table", flags.Arg(0)))
	case *dsn == "":
		return complain("init", errors.New("no database; name it with --dsn DSN"))
	case *all && len(tables) > 0:
		return complain("init", errors.New("--all and --table exclude each other"))
	}
	db, err := sql.Open("pgx", *dsn)
	if err != nil {
		return complain("init", fmt.Errorf("--dsn: %w", err))
	}
	defer db.Close() //nolint:errcheck // it was only read
	policy, problems, err := draft(ctx, db, tables, *all)
	if err != nil {
		fmt.Fprintf(os.Stderr, "softdelete init: %v\n", err)
		return misuse
	}
	if len(policy.Tables) == 0 {
		fmt.Fprintf(os.Stderr, "softdelete init: no table has a column that is certainly a marker, such as deleted_at timestamptz; "+
			"name the tables that are to get one with --table NAME, or take them all with --all\n")
		return failure
	}
	text, err := annotated(ctx, db, policy, problems)
	if err != nil {
		fmt.Fprintf(os.Stderr, "softdelete init: %v\n", err)
		return misuse
	}
	if status := put(*out, text); status != success {
		return status
	}
	if len(problems) > 0 {
		fmt.Fprintln(os.Stderr, "softdelete init: the policy cannot be used as it is:")
		for _, p := range problems {
			fmt.Fprintln(os.Stderr, p)
		}
		return failure
	}
	return success
}

// draft makes the policy. Its problems are apart from errors that leave none.
func draft(ctx context.Context, db *sql.DB, tables []string, all bool) (softdelete.Policy, []error, error) {
	if all {
		var err error
		if tables, err = everyTable(ctx, db); err != nil {
			return softdelete.Policy{}, nil, err
		}
	}
	var p softdelete.Policy
	var err error
	if len(tables) == 0 && !all {
		p, err = softdelete.Discover(ctx, db)
	} else if len(tables) > 0 {
		p.Journal = true
		for _, name := range tables {
			p.Tables = append(p.Tables, softdelete.Table{Name: name, DeletionID: "deletion_id"})
		}
		p, err = softdelete.Anticipate(ctx, db, p)
	}
	var bad *softdelete.PolicyError
	if err != nil && !errors.As(err, &bad) {
		return p, nil, err
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return p, joined.Unwrap(), nil
	}
	if err != nil {
		return p, []error{err}, nil
	}
	return p, nil, nil
}

// everyTable lists the tables of a database as policies name them. Partitions and
// what is the journal's follow by themselves.
func everyTable(ctx context.Context, db *sql.DB) ([]string, error) {
	rows, err := db.QueryContext(ctx, `
SELECT n.nspname, c.relname
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND c.relname NOT IN ('softdelete_deletions', 'softdelete_links', 'softdelete_holds', 'deletion_records', 'schema_migrations', 'goose_db_version')
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY n.nspname <> 'public', n.nspname, c.relname`)
	if err != nil {
		return nil, fmt.Errorf("list the tables: %w", err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err says it
	var names []string
	for rows.Next() {
		var schema, table string
		if err := rows.Scan(&schema, &table); err != nil {
			return nil, fmt.Errorf("list the tables: %w", err)
		}
		name := policyPart(table)
		if schema != "public" {
			name = policyPart(schema) + "." + name
		}
		names = append(names, name)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list the tables: %w", err)
	}
	return names, nil
}

// policyPart quotes a part of a table's name where a policy wants it quoted.
func policyPart(name string) string {
	if name != "*" && name == strings.TrimSpace(name) && !strings.ContainsAny(name, `."`) {
		return name
	}
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

// put writes a text to a file, or to standard output for "".
func put(file, text string) int {
	if file == "" {
		return say(text)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		fmt.Fprintf(os.Stderr, "softdelete: %v\n", err)
		return misuse
	}
	return success
}
