package doctor

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/internal/pgast"
	"github.com/softdelete-go/softdelete/internal/sqlsplit"
)

// Verdict is what the driver makes of a statement.
type Verdict string

// The verdicts.
const (
	Passes    Verdict = "passes"    // it is sent as it is
	Filtered  Verdict = "filtered"  // a read; it sees live rows only
	Rewritten Verdict = "rewritten" // a write, or a text with one in it
	Refused   Verdict = "refused"   // it is not sent
)

// QueryVerdict is the verdict on one statement of a file.
type QueryVerdict struct {
	Line    int     `json:"line"`           // of its first word; of a CSV file, of its row
	Name    string  `json:"name,omitempty"` // by a comment "-- name: …", as sqlc has it
	SQL     string  `json:"sql"`
	Verdict Verdict `json:"verdict"`
	Result  string  `json:"result,omitempty"`  // what PostgreSQL receives, if it is not the same
	Why     string  `json:"why,omitempty"`     // why it is refused
	Instead string  `json:"instead,omitempty"` // what to write instead; may be empty
}

// Queries says what the driver would make of each statement of a file, in the order of
// the file, without a database. The file is SQL as psql takes it, or CSV whose first
// line names the columns, with the statements in the column query, such as
//
//	\copy (SELECT query FROM pg_stat_statements) TO 'queries.csv' CSV HEADER
//
// A policy that is to be completed from a database is refused; see
// [softdelete.Complete].
func Queries(ctx context.Context, p softdelete.Policy, r io.Reader) ([]QueryVerdict, error) {
	rewriter, err := softdelete.NewRewriter(p)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	statements, err := statementsOf(string(text))
	if err != nil {
		return nil, err
	}
	verdicts := make([]QueryVerdict, 0, len(statements))
	for _, s := range statements {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		verdicts = append(verdicts, judge(ctx, rewriter, s))
	}
	return verdicts, nil
}

// statementsOf takes a file apart.
func statementsOf(text string) ([]sqlsplit.Statement, error) {
	text = strings.TrimPrefix(text, "\ufeff")
	r := csv.NewReader(strings.NewReader(text))
	header, err := r.Read()
	column := slices.IndexFunc(header, func(name string) bool { return strings.EqualFold(strings.TrimSpace(name), "query") })
	if err != nil || column < 0 {
		return sqlsplit.Split(text), nil
	}
	var all []sqlsplit.Statement
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, fmt.Errorf("doctor: the file begins as CSV with a column query, and goes on otherwise: %w", err)
		}
		line, _ := r.FieldPos(column)
		for _, s := range sqlsplit.Split(row[column]) {
			all = append(all, sqlsplit.Statement{SQL: s.SQL, Line: line})
		}
	}
}

var nameComment = regexp.MustCompile(`(?m)^\s*--\s*name:\s*(\S+)`)

func judge(ctx context.Context, rewriter *softdelete.Rewriter, s sqlsplit.Statement) QueryVerdict {
	v := QueryVerdict{Line: s.Line, SQL: s.SQL}
	if m := nameComment.FindStringSubmatch(s.SQL); m != nil {
		v.Name = m[1]
	}
	got, err := rewriter.Rewrite(ctx, s.SQL)
	var refused *softdelete.RefusedError
	switch {
	case errors.As(err, &refused):
		v.Verdict, v.Why, v.Instead = Refused, refused.Why, refused.Instead
	case err != nil:
		v.Verdict, v.Why = Refused, err.Error()
	case got == s.SQL:
		v.Verdict = Passes
	case writes(s.SQL):
		v.Verdict, v.Result = Rewritten, got
	default:
		v.Verdict, v.Result = Filtered, got
	}
	return v
}

// writes reports whether a text has a statement that changes rows.
func writes(sql string) bool {
	tree, err := pg.Parse(sql)
	if err != nil {
		return true // the rewriter could parse it, without its comments
	}
	found := false
	var visit func(m any)
	visit = func(m any) {
		switch m.(type) {
		case *pg.InsertStmt, *pg.UpdateStmt, *pg.DeleteStmt, *pg.MergeStmt:
			found = true
		}
		pgast.Children(m, func(_ pgast.Field, _ *pg.Node, child any) { visit(child) })
	}
	for _, s := range tree.Stmts {
		visit(pgast.Unwrap(s.Stmt))
	}
	return found
}

// QueriesText writes verdicts for reading: a line for each statement, the reason for
// each that is refused, and the counts. With all, what becomes of the others too.
func QueriesText(w io.Writer, verdicts []QueryVerdict, all bool) error {
	var b strings.Builder
	counts := map[Verdict]int{}
	for _, v := range verdicts {
		counts[v.Verdict]++
		first := oneLine(v.SQL)
		if v.Name != "" {
			first = v.Name + ": " + first
		}
		fmt.Fprintf(&b, "%6d  %-9s  %s\n", v.Line, v.Verdict, first)
		if v.Verdict == Refused {
			b.WriteString("          " + v.Why + "\n")
			if v.Instead != "" {
				b.WriteString("          Instead: " + v.Instead + "\n")
			}
		}
		if all && v.Result != "" {
			b.WriteString("          " + strings.ReplaceAll(strings.TrimSpace(leadingComments.ReplaceAllString(v.Result, "")), "\n", "\n          ") + "\n")
		}
	}
	fmt.Fprintf(&b, "%s: %d pass, %d filtered, %d rewritten, %d refused.\n", number(len(verdicts), "statement"),
		counts[Passes], counts[Filtered], counts[Rewritten], counts[Refused])
	_, err := io.WriteString(w, b.String())
	return err
}

var leadingComments = regexp.MustCompile(`\A(?:\s*--[^\n]*\n)+`)

var comments = regexp.MustCompile(`(?m)^\s*--.*$`)

// oneLine is the beginning of a statement, without the comments before it.
func oneLine(sql string) string {
	const most = 100
	words := []rune(strings.Join(strings.Fields(comments.ReplaceAllString(sql, "")), " "))
	if len(words) > most {
		return string(words[:most]) + "…"
	}
	return string(words)
}

// QueriesJSON writes verdicts as an object with the list queries.
func QueriesJSON(w io.Writer, verdicts []QueryVerdict) error {
	if verdicts == nil {
		verdicts = []QueryVerdict{} // a list all the same
	}
	return writeJSON(w, map[string]any{"queries": verdicts})
}
