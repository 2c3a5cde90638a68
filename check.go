package softdelete

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"strings"
)

// What a policy says can be wrong about the database: a table is misspelt, so
// that deletes of the real one destroy rows; the marker column is missing or of
// another type; the name is a view's. The driver asks the catalog once, when it
// first connects, before any statement is sent.

// Check compares a policy with the database: each table exists and is a table,
// and its marker column exists and has a type that the marker kind can use. It
// returns all problems as [*PolicyError] values, joined.
//
// The driver runs the same check itself when it first connects over pgx, with
// one difference: while none of the policy's tables exist, the database counts
// as not yet migrated, and the check is repeated on the next connection.
func Check(ctx context.Context, db *sql.DB, p Policy) error {
	ts, err := newTableSet(p)
	if err != nil {
		return err
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close() //nolint:errcheck // back to the pool; the answer is complete by then
	return conn.Raw(func(dc any) error {
		q, ok := Unwrap(dc).(driver.QueryerContext)
		if !ok {
			return fmt.Errorf("softdelete: the driver's %T cannot query", dc)
		}
		found, err := ts.lookUp(ctx, q)
		if err != nil {
			return err
		}
		return errors.Join(ts.compare(found, false)...)
	})
}

// catalogRow is one row of the catalog query.
type catalogRow struct {
	schema, name, kind string
	visible            bool // through search_path, unqualified
	column, columnType string
}

// catalogQuery lists the user relations of the given names, with every column
// of the given marker names.
const catalogQuery = `
SELECT n.nspname::text, c.relname::text, c.relkind::text, pg_catalog.pg_table_is_visible(c.oid),
       coalesce(a.attname::text, ''), coalesce(t.typname::text, '')
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     AND a.attname::text = ANY (string_to_array($2::text, chr(1)))
LEFT JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND c.relname::text = ANY (string_to_array($1::text, chr(1)))`

// catalogArgs are the parameters of the catalog query: lists, separated by a
// character that cannot be confused with a name's, as plain text, so that every
// execution mode of every driver can send them.
func (s *tableSet) catalogArgs() []any {
	var names, columns []string
	for _, t := range s.all {
		names, columns = append(names, t.name), append(columns, t.column)
	}
	return []any{strings.Join(names, "\x01"), strings.Join(columns, "\x01")}
}

// compare returns what is wrong; tables that do not exist are, unless they may.
func (s *tableSet) compare(found []catalogRow, mayMiss bool) []error {
	var problems []error
	for _, t := range s.all {
		path := fmt.Sprintf("tables[%d]", t.index)
		matches := t.among(found)
		if len(matches) == 0 && !mayMiss {
			problems = append(problems, &PolicyError{
				Path:    path + ".name",
				Problem: fmt.Sprintf("the database has no table %s", t.display()),
				Remedy:  "correct the name, create the table, or remove the entry; a misspelt name leaves the real table unprotected",
			})
			continue
		}
		for _, rel := range matches {
			if p := t.suits(rel); p != nil {
				p.Path = path + p.Path
				problems = append(problems, p)
			}
		}
	}
	return problems
}

// suits returns what is wrong with a relation that the entry means.
func (t *table) suits(rel map[string]catalogRow) *PolicyError {
	var any catalogRow
	for _, any = range rel {
		break
	}
	full := any.schema + "." + any.name
	if any.kind != "r" && any.kind != "p" {
		what := map[string]string{"v": "a view", "m": "a materialized view", "f": "a foreign table"}[any.kind]
		return &PolicyError{
			Path: ".name", Problem: fmt.Sprintf("%s is %s", full, what),
			Remedy: "name the tables beneath it; rows are deleted there",
		}
	}
	col, ok := rel[t.column]
	if !ok {
		return &PolicyError{
			Path: ".column", Problem: fmt.Sprintf("table %s has no column %q", full, t.column),
			Remedy: fmt.Sprintf("add it (ALTER TABLE %s ADD COLUMN %s %s), or name the marker column with column:", full, t.column, t.marker.columnType()),
		}
	}
	for _, typ := range t.marker.columnTypes() {
		if col.columnType == typ {
			return nil
		}
	}
	return &PolicyError{
		Path: ".marker", Problem: fmt.Sprintf("column %s.%s is of type %s, which a %s marker cannot be", full, t.column, col.columnType, t.marker),
		Remedy: fmt.Sprintf("use %s, or another marker kind", t.marker.columnType()),
	}
}

// among returns the relations that the entry means, each as its columns by name:
// those of its schema; for an unqualified entry whose table is not in public,
// those that search_path finds.
func (t *table) among(found []catalogRow) []map[string]catalogRow {
	pick := func(want func(catalogRow) bool) []map[string]catalogRow {
		bySchema := map[string]map[string]catalogRow{}
		var list []map[string]catalogRow
		for _, r := range found {
			if r.name != t.name || !want(r) {
				continue
			}
			cols := bySchema[r.schema]
			if cols == nil {
				cols = map[string]catalogRow{}
				bySchema[r.schema] = cols
				list = append(list, cols)
			}
			cols[r.column] = r
		}
		return list
	}
	if t.schema == everySchema {
		return pick(func(catalogRow) bool { return true })
	}
	list := pick(func(r catalogRow) bool { return r.schema == t.schema })
	if len(list) == 0 && t.schema == defaultSchema {
		list = pick(func(r catalogRow) bool { return r.visible })
	}
	return list
}

// columnType is the type to recommend for a marker column.
func (m Marker) columnType() string {
	switch m {
	case Flag:
		return "boolean NOT NULL DEFAULT false"
	case UnixSeconds, UnixMillis, UnixNanos:
		return "bigint NOT NULL DEFAULT 0"
	default:
		return "timestamptz"
	}
}

// columnTypes are the types, as pg_type names them, that a marker can have.
func (m Marker) columnTypes() []string {
	switch m {
	case Flag:
		return []string{"bool"}
	case UnixSeconds:
		return []string{"int8", "int4", "numeric"}
	case UnixMillis, UnixNanos:
		return []string{"int8", "numeric"}
	default:
		return []string{"timestamptz", "timestamp", "date"}
	}
}

// checkConn runs the check over a driver's connection. It reports whether the
// check is settled; it is not while none of the tables exist.
func (s *tableSet) checkConn(ctx context.Context, q driver.QueryerContext, mayMiss bool) (settled bool, err error) {
	found, err := s.lookUp(ctx, q)
	if err != nil || len(found) == 0 {
		return false, err
	}
	if problems := s.compare(found, mayMiss); len(problems) > 0 {
		return false, errors.Join(problems...)
	}
	return true, nil
}

// lookUp asks the catalog.
func (s *tableSet) lookUp(ctx context.Context, q driver.QueryerContext) (found []catalogRow, err error) {
	var args []driver.NamedValue
	for i, a := range s.catalogArgs() {
		args = append(args, driver.NamedValue{Ordinal: i + 1, Value: a})
	}
	rows, err := q.QueryContext(ctx, catalogQuery, args)
	if err != nil {
		return nil, fmt.Errorf("softdelete: comparing the policy with the catalog: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	vals := make([]driver.Value, len(rows.Columns()))
	for {
		switch err := rows.Next(vals); {
		case errors.Is(err, io.EOF):
			return found, nil
		case err != nil:
			return nil, fmt.Errorf("softdelete: comparing the policy with the catalog: %w", err)
		}
		r, err := newCatalogRow(vals)
		if err != nil {
			return nil, err
		}
		found = append(found, r)
	}
}

// newCatalogRow reads a row; drivers give text as string or as []byte.
func newCatalogRow(vals []driver.Value) (catalogRow, error) {
	var r catalogRow
	texts := []*string{&r.schema, &r.name, &r.kind, nil, &r.column, &r.columnType}
	for i, dst := range texts {
		switch v := vals[i].(type) {
		case string:
			if dst != nil {
				*dst = v
				continue
			}
		case []byte:
			if dst != nil {
				*dst = string(v)
				continue
			}
		case bool:
			if dst == nil {
				r.visible = v
				continue
			}
		}
		return r, fmt.Errorf("softdelete: the catalog answered with a %T in column %d", vals[i], i+1)
	}
	return r, nil
}
