package softdeletetest

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/internal/beneath"
	"github.com/softdelete-go/softdelete/internal/lex"
)

// asker asks a database past its policy, which it has from the driver.
type asker struct {
	t      TB
	db     softdelete.Execer
	policy softdelete.Policy
	failed bool // a question could not be asked; where Fatalf returns, nothing goes on
}

func newAsker(t TB, db softdelete.Execer) *asker {
	t.Helper()
	a := &asker{t: t, db: db}
	known := false
	ctx := beneath.Context(context.Background(), "SELECT 1", func(p any) {
		a.policy, known = p.(softdelete.Policy)
	})
	// This text is for a driver that does not know the context.
	rows, err := db.QueryContext(ctx, "SHOW server_version")
	if err == nil {
		err = drain(rows, func(*sql.Rows) error { return nil })
	}
	if !known && err == nil {
		err = errors.New("db is not a database that package softdelete opened")
	}
	if err != nil {
		a.fatalf("%v", err)
	}
	return a
}

func (a *asker) fatalf(format string, args ...any) {
	a.t.Helper()
	a.failed = true
	a.t.Fatalf("softdeletetest: "+format, args...)
}

// each sends a query, and scans its rows.
func (a *asker) each(text string, args []any, scan func(*sql.Rows) error) {
	if a.failed {
		return
	}
	a.t.Helper()
	rows, err := a.db.QueryContext(past(text), text, args...)
	if err == nil {
		err = drain(rows, scan)
	}
	if err != nil {
		a.fatalf("%v, of: %s", err, text)
	}
}

// past is a context in which the driver sends text as it is.
func past(text string) context.Context {
	return beneath.Context(context.Background(), text, func(any) {})
}

func drain(rows *sql.Rows, scan func(*sql.Rows) error) (err error) {
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (a *asker) count(text string, args ...any) (n int64) {
	a.t.Helper()
	a.each(text, args, func(rows *sql.Rows) error { return rows.Scan(&n) })
	return n
}

// named is an entry of the policy, and how a statement names its table.
type named struct {
	softdelete.Table
	sql string
}

// table finds the entry that name means, as Restore does.
func (a *asker) table(name string) (found named, ok bool) {
	if a.failed {
		return named{}, false
	}
	a.t.Helper()
	schema, relation, err := softdelete.ParseTableName(name)
	if err != nil {
		a.fatalf("%v", err)
		return named{}, false
	}
	var known, candidates []string
	for _, entry := range a.policy.Tables {
		known = append(known, entry.Name)
		s, r, err := softdelete.ParseTableName(entry.Name)
		if err != nil || r != relation {
			continue
		}
		exact := s == schema || schema == "" && s == "public" || schema == "public" && s == ""
		if !exact && s != "*" && schema != "" {
			continue
		}
		candidates = append(candidates, entry.Name)
		if ok && !exact {
			continue // the one of that very schema wins
		}
		found, ok = named{Table: entry, sql: lex.QuoteIdent(relation)}, ok || exact
		switch {
		case s != "" && s != "*":
			found.sql = lex.QuoteIdent(s) + "." + found.sql
		case schema != "" && schema != "*":
			found.sql = lex.QuoteIdent(schema) + "." + found.sql
		}
	}
	if ok && len(candidates) > 1 && schema == "" {
		found.sql = "public." + found.sql // and not what search_path makes of the name
	}
	switch {
	case len(candidates) == 0:
		a.fatalf("%s is not a table of the policy, which has %s", name, strings.Join(known, ", "))
		return named{}, false
	case !ok && len(candidates) > 1:
		a.fatalf("%s is ambiguous: the policy has %s", name, strings.Join(candidates, ", "))
		return named{}, false
	}
	return found, true
}

// relations are the tables of the database that an entry is about, as SQL names them:
// all that search_path and the schema let it mean, partitions and children among them,
// but none that has no rows of its own.
func (a *asker) relations(entry softdelete.Table) (list []string) {
	a.t.Helper()
	schema, relation, err := softdelete.ParseTableName(entry.Name)
	if err != nil {
		a.fatalf("%v", err)
		return nil
	}
	const text = `WITH RECURSIVE tree (oid) AS (
	SELECT c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
	WHERE c.relname = $2::text AND c.relpersistence <> 't' AND c.relkind IN ('r', 'p', 'f')
		AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
		AND CASE $1::text WHEN '*' THEN true WHEN '' THEN n.nspname = 'public' OR pg_catalog.pg_table_is_visible(c.oid) ELSE n.nspname = $1::text END
	UNION SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN tree ON i.inhparent = tree.oid)
SELECT pg_catalog.format('%I.%I', n.nspname, c.relname)
FROM tree JOIN pg_catalog.pg_class c ON c.oid = tree.oid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind <> 'p' ORDER BY 1`
	a.each(text, []any{schema, relation}, func(rows *sql.Rows) error {
		var name string
		if err := rows.Scan(&name); err != nil {
			return err
		}
		list = append(list, name)
		return nil
	})
	return list
}
