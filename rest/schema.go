package rest

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/internal/beneath"
	"github.com/softdelete-go/softdelete/internal/lex"
)

// table is an entry of the policy and what the catalog says of it now. It is read for
// each request, so that no column is shown that has come to be hidden.
type table struct {
	softdelete.Table
	policy  softdelete.Policy
	sql     string   // how a statement names it
	columns []column // without the hidden ones
	key     []column
}

// column is one that may be seen.
type column struct {
	Name     string `json:"name"`
	Type     string `json:"type"`  // in SQL; a domain's is what it is made of
	Base     string `json:"base"`  // as pg_type has it, or its element's
	Array    bool   `json:"array"` // of Base
	Required bool   `json:"not_null"`
}

// typed is an expression for a text as a value of the column's type.
func (c column) typed(value string) string { return fmt.Sprintf("CAST(%s AS %s)", value, c.Type) }

// past is a context in which the driver sends text as it is.
func past(ctx context.Context, text string) context.Context {
	return beneath.Context(ctx, text, func(any) {})
}

func actorOf(ctx context.Context) string { return beneath.Actor(ctx) }

// refresh asks the database for its policy.
func (h *handler) refresh(ctx context.Context) (softdelete.Policy, error) {
	known := false
	// The text of the call is for a driver that does not know the context.
	rows, err := h.db.QueryContext(h.learning(ctx, "SELECT 1", &known), "SHOW server_version")
	if err == nil {
		err = each(rows, func(*sql.Rows) error { return nil })
	}
	if err == nil && !known {
		err = errors.New("softdelete: rest works on databases that package softdelete opened")
	}
	if err != nil {
		return softdelete.Policy{}, err
	}
	return *h.policy.Load(), nil
}

// learning is a context in which the driver sends text as it is, and tells its policy.
func (h *handler) learning(ctx context.Context, text string, known *bool) context.Context {
	return beneath.Context(ctx, text, func(found any) {
		if p, ok := found.(softdelete.Policy); ok {
			h.policy.Store(&p)
			*known = true
		}
	})
}

// each calls scan for each row.
func each(rows *sql.Rows, scan func(*sql.Rows) error) (err error) {
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// entry finds an entry of the policy by its very name.
func entry(p softdelete.Policy, name string) (softdelete.Table, bool) {
	i := slices.IndexFunc(p.Tables, func(t softdelete.Table) bool { return t.Name == name })
	if i < 0 {
		return softdelete.Table{}, false
	}
	return p.Tables[i], true
}

func everySchema(name string) bool {
	schema, _, err := softdelete.ParseTableName(name)
	return err != nil || schema == "*"
}

// sqlName is how a statement names the table of an entry. search_path decides what a
// name without a schema means, as everywhere, unless the policy has the name twice.
func sqlName(p softdelete.Policy, name string) (string, error) {
	schema, relation, err := softdelete.ParseTableName(name)
	if err != nil {
		return "", err
	}
	twice := slices.ContainsFunc(p.Tables, func(t softdelete.Table) bool {
		_, other, err := softdelete.ParseTableName(t.Name)
		return err == nil && other == relation && t.Name != name
	})
	if schema == "" && twice {
		schema = "public"
	}
	if schema == "" {
		return lex.QuoteIdent(relation), nil
	}
	return lex.QuoteIdent(schema) + "." + lex.QuoteIdent(relation), nil
}

// describeQuery lists the columns of a table. Types are without their lengths, for a cast
// to varchar(3) cuts what is longer, and would find it.
const describeQuery = `SELECT coalesce((SELECT json_agg(json_build_object(
	'name', a.attname, 'type', pg_catalog.format_type(b.oid, -1), 'array', e.oid IS NOT NULL,
	'base', coalesce(e.typname, b.typname), 'not_null', a.attnotnull) ORDER BY a.attnum)
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
JOIN pg_catalog.pg_type b ON b.oid = CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE t.oid END
LEFT JOIN pg_catalog.pg_type e ON e.oid = b.typelem AND b.typcategory = 'A'
WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), '[]')::text
FROM pg_catalog.pg_class c WHERE c.oid = pg_catalog.to_regclass($1::text)`

var errNoTable = &problem{status: http.StatusNotFound, detail: "there is no such table here"}

// describe reads what is known of a table. A table that is not served is not there.
func (h *handler) describe(ctx context.Context, name string) (*table, error) {
	p := *h.policy.Load()
	if _, ok := entry(p, name); !ok {
		var err error
		if p, err = h.refresh(ctx); err != nil {
			return nil, err
		}
	}
	known, ok := entry(p, name)
	if !ok || !h.served(known) {
		return nil, errNoTable
	}
	return h.describeEntry(ctx, p, name)
}

// describeEntry reads what is known of a table of the policy, be it served or not.
func (h *handler) describeEntry(ctx context.Context, p softdelete.Policy, name string) (*table, error) {
	quoted, err := sqlName(p, name)
	if err != nil {
		return nil, err
	}
	var all []column
	learned := false
	rows, err := h.db.QueryContext(h.learning(ctx, describeQuery, &learned), describeQuery, quoted)
	if err != nil {
		return nil, err
	}
	found := false
	err = each(rows, func(rows *sql.Rows) error {
		var text []byte
		if err := rows.Scan(&text); err != nil {
			return err
		}
		found = true
		return json.Unmarshal(text, &all)
	})
	if err != nil {
		return nil, err
	}
	t := &table{policy: *h.policy.Load(), sql: quoted}
	if t.Table, learned = entry(t.policy, name); !learned || !found {
		return nil, errNoTable
	}
	return t, t.settle(all)
}

// settle divides the columns.
func (t *table) settle(all []column) error {
	for _, name := range t.PrimaryKey {
		i := slices.IndexFunc(all, func(c column) bool { return c.Name == name })
		if i < 0 {
			return fmt.Errorf("softdelete: rest: %s has no column %q, which the policy names as its key", t.Name, name)
		}
		t.key = append(t.key, all[i])
	}
	t.columns = slices.DeleteFunc(all, func(c column) bool { return slices.Contains(t.Hidden, c.Name) })
	return nil
}

// column finds a column that may be seen.
func (t *table) column(name string) (column, bool) {
	i := slices.IndexFunc(t.columns, func(c column) bool { return c.Name == name })
	if i < 0 {
		return column{}, false
	}
	return t.columns[i], true
}

// tables are all those that the policy has and that are served.
func (h *handler) tables(p softdelete.Policy) (list []string) {
	for _, t := range p.Tables {
		if h.served(t) {
			list = append(list, t.Name)
		}
	}
	return list
}

// list writes columns with a comma between.
func list(ref string, columns []column, format string) string {
	var parts []string
	for _, c := range columns {
		parts = append(parts, fmt.Sprintf(format, ref+lex.QuoteIdent(c.Name)))
	}
	return strings.Join(parts, ", ")
}
