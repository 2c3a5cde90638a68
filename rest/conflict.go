package rest

import (
	"database/sql"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/access"
)

// verb is what a constraint kept from being done.
type verb uint8

const (
	deleting verb = iota
	restoring
	purging
)

// explain says which row stands in the way, as far as whoever asks may see it. What the
// server says of it is not passed on: its texts hold values of any column.
func (q *request) explain(err error, doing verb) error {
	var e *pgconn.PgError
	if !errors.As(err, &e) || !conflicting(e.Code) {
		return err
	}
	p := &problem{status: http.StatusConflict, kind: "constraint", title: "In conflict with other rows", detail: "a constraint forbids it", more: constraintOf(e), cause: err}
	child, known := q.entryOf(e.SchemaName, e.TableName)
	if known {
		p.more["table"] = child.Name
	}
	switch e.Code {
	case "23503", "23001": // foreign_key_violation, restrict_violation
		q.explainReference(p, e, child, doing)
	case "23505", "23P01": // unique_violation, exclusion_violation
		p.kind, p.title = "key-taken", "A live row stands in the way"
		p.detail = "a live row has a key that a row would come back with; change or delete that row first"
		if known && e.Code == "23505" {
			q.explainKey(p, e, child)
		}
	}
	return p
}

// entryOf is the policy's entry for a table as the server names it.
func (q *request) entryOf(schema, relation string) (softdelete.Table, bool) {
	var unqualified *softdelete.Table
	for _, t := range q.table.policy.Tables {
		s, name, err := softdelete.ParseTableName(t.Name)
		switch {
		case err != nil || name != relation:
		case s == schema || s == "" && schema == "public":
			return t, true
		case s == "":
			unqualified = &t
		}
	}
	if unqualified != nil {
		return *unqualified, true
	}
	return softdelete.Table{}, false
}

// sees reports whether whoever asks may see all rows of the table.
func (q *request) sees(table string) bool {
	return q.h.o.Authorize(q.ctx, access.Read, table) == nil && q.h.o.Authorize(q.ctx, access.See, table) == nil
}

// values takes the key from the detail of an error: "Key (a, b)=(1, x) already exists.",
// in the server's language. Values that hold the separator cannot be told apart.
func values(detail string, columns []string) (map[string]string, bool) {
	_, rest, found := strings.Cut(detail, ")=(")
	end := strings.LastIndexByte(rest, ')')
	if !found || end < 0 {
		return nil, false
	}
	parts := strings.Split(rest[:end], ", ")
	if len(parts) != len(columns) {
		return nil, false
	}
	key := map[string]string{}
	for i, c := range columns {
		key[c] = parts[i]
	}
	return key, true
}

// explainReference is about a foreign key: a parent that stays deleted, or a child that
// refers to what is to be deleted.
func (q *request) explainReference(p *problem, e *pgconn.PgError, child softdelete.Table, doing verb) {
	if doing == restoring {
		p.kind, p.title = "parent-deleted", "Its parent is deleted"
		p.detail = "a row refers to a parent that stays deleted; restore the parent first, or with parents=true"
	} else {
		p.kind, p.title = "still-referenced", "Still referenced"
		p.detail = "another row refers to it"
	}
	i := slices.IndexFunc(q.table.policy.ForeignKeys, func(f softdelete.ForeignKey) bool {
		return f.Name == e.ConstraintName && (f.Table == child.Name || child.Name == "")
	})
	if i < 0 {
		return
	}
	f := q.table.policy.ForeignKeys[i]
	parent, soft := entry(q.table.policy, f.RefTable)
	hidden := func(t softdelete.Table, columns []string) bool {
		return slices.ContainsFunc(columns, func(c string) bool { return slices.Contains(t.Hidden, c) })
	}
	if hidden(child, f.Columns) || hidden(parent, f.RefColumns) {
		return
	}
	switch {
	case doing == restoring && soft && q.sees(parent.Name):
		if key, ok := values(e.Detail, f.RefColumns); ok {
			p.more["in_the_way"] = map[string]any{"table": parent.Name, "key": key, "deleted": true}
		}
	case doing != restoring && child.Name != "" && q.sees(child.Name):
		if key, ok := values(e.Detail, f.Columns); ok {
			q.point(p, child, key, map[verb]view{deleting: live, purging: withDeleted}[doing])
		}
	}
}

// keyQuery lists the columns of a unique index, none if it has expressions.
const keyQuery = `SELECT a.attname::text FROM pg_catalog.pg_index x
JOIN pg_catalog.pg_class c ON c.oid = x.indexrelid
CROSS JOIN LATERAL unnest(x.indkey::int2[]) WITH ORDINALITY AS i(num, n)
JOIN pg_catalog.pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = i.num
WHERE x.indrelid = pg_catalog.to_regclass($1::text) AND c.relname = $2::text AND i.n <= x.indnkeyatts AND x.indexprs IS NULL ORDER BY i.n`

// explainKey is about a unique key.
func (q *request) explainKey(p *problem, e *pgconn.PgError, t softdelete.Table) {
	if !q.sees(t.Name) {
		return
	}
	name, err := sqlName(q.table.policy, t.Name)
	if err != nil {
		return
	}
	var columns []string
	rows, err := q.h.db.QueryContext(past(q.ctx, keyQuery), keyQuery, name, e.ConstraintName)
	if err == nil {
		err = each(rows, func(rows *sql.Rows) error {
			var c string
			err := rows.Scan(&c)
			columns = append(columns, c)
			return err
		})
	}
	if err != nil || slices.ContainsFunc(columns, func(c string) bool { return slices.Contains(t.Hidden, c) }) {
		return
	}
	if key, ok := values(e.Detail, columns); ok {
		p.more["key"] = key
		q.point(p, t, key, live)
	}
}

// point finds a row with these values, and names it. Where that fails, the problem is
// told without.
func (q *request) point(p *problem, e softdelete.Table, key map[string]string, v view) {
	t, err := q.h.describeEntry(q.ctx, q.table.policy, e.Name)
	if err != nil {
		return
	}
	c := &condition{}
	for name, value := range key {
		col, ok := t.column(name)
		if !ok {
			return
		}
		c.add("%s = %s", c.use(col), col.typed(c.param(value)))
	}
	var printed []byte
	query := "SELECT " + t.printedKey() + " FROM " + t.sql + " AS t WHERE " + c.where() + " ORDER BY " + list("t.", t.key, "%s") + " LIMIT 1"
	if err := t.query(v.in(q.ctx, t.Name), q.h.db, query, c, func(rows *sql.Rows) error { return rows.Scan(&printed) }); err != nil || printed == nil {
		return
	}
	var found []string
	if json.Unmarshal(printed, &found) != nil {
		return
	}
	named := map[string]string{}
	for i, col := range t.key {
		named[col.Name] = found[i]
	}
	p.more["in_the_way"] = map[string]any{"table": t.Name, "key": named}
}
