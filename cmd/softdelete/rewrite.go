package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/softdelete-go/softdelete"
)

const defaultPolicyFile = "softdelete.yaml"

const rewriteHelp = `Usage:

    softdelete rewrite [flags] [SQL | -]

Prints what PostgreSQL would receive if an application sent the SQL through the
driver. No database is needed. The SQL is the argument; without one, or with -,
it is read from standard input. It may be several statements.

Flags, which go before the SQL:

    --policy FILE                  the policy (default softdelete.yaml)
    --with-deleted[=TABLE,…]       see deleted rows too, as under softdelete.WithDeleted
    --only-deleted[=TABLE,…]       see deleted rows only, as under softdelete.OnlyDeleted
    --hard-delete[=TABLE,…]        delete for good, as under softdelete.HardDelete
    --allow-unbounded-hard-delete  let a hard delete without WHERE pass
    --pretty                       lay the result out for reading; only white space changes
    --explain                      say before the SQL, in comments, what is done and by which rules

A scope without tables is for all tables. Scopes can be combined; of
--with-deleted and --only-deleted the later one wins for a table.

Exit status: 0 if the SQL was printed; 1 if it is refused, with the reason on
standard error; 2 if the command line, the policy or the input is unusable.

Examples:

    softdelete rewrite 'DELETE FROM users WHERE id = 7'
    softdelete rewrite --only-deleted=users 'SELECT * FROM users JOIN orders USING (id)'
    softdelete rewrite --policy shop.yaml < report.sql
    softdelete rewrite --pretty 'DELETE FROM users WHERE id = 7'
    softdelete rewrite --explain 'DELETE FROM users WHERE id = 7'

A policy file:

    tables:
      - name: users
      - name: billing.invoices
        column: removed
        marker: flag
`

func runRewrite(ctx context.Context, args []string) int {
	flags := flag.NewFlagSet("rewrite", flag.ContinueOnError)
	policyFile := flags.String("policy", defaultPolicyFile, "")
	unbounded := flags.Bool("allow-unbounded-hard-delete", false, "")
	readable := flags.Bool("pretty", false, "")
	explain := flags.Bool("explain", false, "")
	var scopeErr error // the flag package would call it "invalid boolean value"
	for name, derive := range map[string]func(context.Context, ...string) context.Context{
		"with-deleted": softdelete.WithDeleted,
		"only-deleted": softdelete.OnlyDeleted,
		"hard-delete":  softdelete.HardDelete,
	} {
		flags.BoolFunc(name, "", func(value string) error {
			tables, err := tableList(value)
			if err != nil {
				scopeErr = fmt.Errorf("--%s=%s: %w", name, value, err)
				return nil
			}
			ctx = derive(ctx, tables...)
			return nil
		})
	}
	if status, ok := parseFlags(flags, separateSQL(args)); !ok {
		return status
	}
	if scopeErr != nil {
		return complain("rewrite", scopeErr)
	}
	sql, err := sqlText(flags.Args())
	if err != nil {
		return complain("rewrite", err)
	}
	policy, err := readPolicy(*policyFile)
	if err != nil {
		fmt.Fprintf(os.Stderr, "softdelete rewrite: %v\n", err)
		return misuse
	}
	var opts []softdelete.Option
	if *unbounded {
		opts = append(opts, softdelete.AllowUnboundedHardDelete())
	}
	rewriter, err := softdelete.NewRewriter(policy, opts...)
	if err != nil {
		fmt.Fprintf(os.Stderr, "softdelete rewrite: %v\n", err)
		return misuse
	}
	e := rewriter.Explain(ctx, sql)
	if err := e.Err; err != nil {
		fmt.Fprintln(os.Stderr, err)
		var refused *softdelete.RefusedError
		if errors.As(err, &refused) {
			fmt.Fprint(os.Stderr, excerpt(sql, refused.Position))
		}
		return failure
	}
	rewritten := e.Sent
	if *readable {
		if rewritten, err = pretty(rewritten); err != nil {
			fmt.Fprintf(os.Stderr, "softdelete rewrite: %v\n", err)
			return misuse
		}
	}
	if !strings.HasSuffix(rewritten, "\n") {
		rewritten += "\n"
	}
	if *explain {
		rewritten = explained(e) + rewritten
	}
	return say(rewritten)
}

// explained is what was done to a statement, as comments.
func explained(e softdelete.Explanation) string {
	text := "-- " + e.Outcome.String() + "\n"
	for _, s := range e.Steps {
		text += "--   " + strings.ReplaceAll(s.String(), "\n", " ") + "\n"
	}
	return text
}

// separateSQL puts "--", which ends the flags, before SQL that begins with a
// comment: the flag package would take it for a flag.
func separateSQL(args []string) []string {
	for i, a := range args {
		if a == "--" {
			break
		}
		if strings.HasPrefix(a, "--") && strings.TrimLeft(a[2:], " \t\r\n") != a[2:] {
			return slices.Insert(slices.Clone(args), i, "--")
		}
	}
	return args
}

// tableList splits the value of a scope flag at its commas, except within double
// quotes. The flag package says "true" for a flag without a value: all tables.
// (A table that is really named true can be written public.true.)
func tableList(value string) ([]string, error) {
	if value == "true" {
		return nil, nil
	}
	var tables []string
	quoted, start := false, 0
	for i := 0; i <= len(value); i++ {
		switch {
		case i < len(value) && value[i] == '"':
			quoted = !quoted
		case i == len(value), value[i] == ',' && !quoted:
			// An empty list would mean all tables, as when a shell variable is unset.
			if start == i {
				return nil, errors.New("a table's name is empty; for all tables leave = out")
			}
			tables = append(tables, value[start:i])
			start = i + 1
		}
	}
	return tables, nil
}

// sqlText returns the SQL that the arguments are, or that standard input has.
func sqlText(args []string) (string, error) {
	if len(args) > 1 {
		for _, a := range args[1:] {
			if len(a) > 1 && a[0] == '-' {
				return "", fmt.Errorf("%q stands after the SQL; flags go before it", a)
			}
		}
		return "", fmt.Errorf("the SQL is one argument, but %d were given; quote it, and join tables to a flag with =", len(args))
	}
	if len(args) == 1 && args[0] != "-" {
		if strings.TrimSpace(args[0]) == "" {
			return "", errors.New("the SQL is empty")
		}
		return args[0], nil
	}
	if len(args) == 0 && isTerminal(os.Stdin) {
		return "", errors.New("no SQL; give it as an argument or on standard input")
	}
	text, err := io.ReadAll(os.Stdin)
	if err != nil {
		return "", fmt.Errorf("read the SQL from standard input: %w", err)
	}
	if strings.TrimSpace(string(text)) == "" {
		return "", errors.New("the SQL on standard input is empty")
	}
	return string(text), nil
}

func readPolicy(path string) (softdelete.Policy, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		if path == defaultPolicyFile {
			path += " in this folder"
		}
		return softdelete.Policy{}, fmt.Errorf("there is no policy file %s; name yours with --policy FILE, or write one that lists the soft-deleted tables:\n\n"+
			"    tables:\n      - name: users", path)
	}
	if err != nil {
		return softdelete.Policy{}, fmt.Errorf("read the policy: %w", err)
	}
	defer func() { _ = f.Close() }() // it was only read
	policy, err := softdelete.LoadPolicy(f)
	if err != nil {
		return softdelete.Policy{}, fmt.Errorf("the policy %s cannot be used:\n%w", path, err)
	}
	return policy, nil
}

// isTerminal takes every character device for a terminal, /dev/null included,
// where it makes no difference: there is nothing to read, and nobody to see.
func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	// What cron and services have for standard input is a character device, too.
	null, err := os.Stat(os.DevNull)
	return err != nil || !os.SameFile(info, null)
}
