package softdelete

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/softdelete-go/softdelete/internal/lex"
	"github.com/softdelete-go/softdelete/internal/native"
)

// rowQuery is the query for a page of a table's rows of a deletion.
type rowQuery struct {
	table  *table
	id     string
	after  []string // a key, or nothing
	filter RowFilter
	parent *table // of the filter
	limit  int
	args   []any
}

func (q *rowQuery) rows(ctx context.Context, db Execer) (list []DeletedRow, err error) {
	text, err := q.text()
	if err != nil {
		return nil, err
	}
	err = queryPast(ctx, db, text, q.args, func(row native.Rows) error {
		r := DeletedRow{Table: q.table.display(), Columns: q.table.primaryKey}
		var key []byte
		var data, parent sql.NullString
		if err := row.Scan(&key, &data, &parent); err != nil {
			return err
		}
		if err := json.Unmarshal(key, &r.Key); err != nil {
			return err
		}
		if data.Valid {
			r.Data = json.RawMessage(data.String)
		}
		if parent.Valid {
			if err := json.Unmarshal([]byte(parent.String), &r.Parent); err != nil {
				return err
			}
		}
		cursor, err := json.Marshal(slices.Concat([]string{r.Table}, r.Key))
		r.Cursor = string(cursor)
		list = append(list, r)
		return err
	})
	return list, err
}

func (q *rowQuery) text() (string, error) {
	t := q.table
	q.args = []any{q.id}
	from, taken := t.taken("t")
	conds := []string{taken}
	for _, c := range []struct {
		key  []string
		op   string
		what string
	}{{q.after, ">", "cursor"}, {q.filter.Key, "=", "key"}} {
		if len(c.key) == 0 {
			continue
		}
		cond, err := q.compare(t, "t", c.op, c.key, c.what)
		if err != nil {
			return "", err
		}
		conds = append(conds, cond)
	}
	if q.parent != nil {
		cond, err := q.beneath()
		if err != nil {
			return "", err
		}
		conds = append(conds, cond)
	}
	data, parent := "NULL", "NULL"
	if q.filter.Data {
		data, parent = t.data("t"), q.parentOf()
	}
	return fmt.Sprintf("SELECT %s::text, %s::text, %s::text FROM %s WHERE %s ORDER BY %s LIMIT %d",
		t.printedKey("t"), data, parent, from, strings.Join(conds, " AND "), list("t", t.primaryKey), q.limit), nil
}

// compare is a comparison of the key of a row known as ref with one as PostgreSQL
// prints it.
func (q *rowQuery) compare(t *table, ref, op string, key []string, what string) (string, error) {
	if len(key) != len(t.primaryKey) {
		return "", &RefusedError{Statement: "list", Table: t.display(), Why: "the " + what + " has another number of columns than the table's key", Instead: "pass what DeletionRows returned"}
	}
	place := map[string]string{}
	var values []string
	for i, c := range t.primaryKey {
		place[c] = key[i]
		values = append(values, fmt.Sprintf("(jsonb_populate_record(NULL::%s, $%d::text::jsonb)).%s", t.rel.sqlName(""), len(q.args)+1, lex.QuoteIdent(c)))
	}
	text, err := json.Marshal(place)
	q.args = append(q.args, string(text))
	return fmt.Sprintf("(%s) %s (%s)", list(ref, t.primaryKey), op, strings.Join(values, ", ")), err
}

// beneath is the condition for rows that refer to the parent of the filter.
func (q *rowQuery) beneath() (string, error) {
	key, err := q.compare(q.parent, "p", "=", q.filter.Parent.Key, "parent")
	if err != nil {
		return "", err
	}
	arms := []string{fmt.Sprintf("$%d::text IS NULL", len(q.args))} // never; but no parameter may be left over
	for _, f := range q.table.cascadesFrom() {
		if f.parent.table == q.parent {
			from, taken := f.parent.table.taken("p")
			arms = append(arms, fmt.Sprintf("EXISTS (SELECT FROM %s WHERE %s)", from, conjoined(key, taken, equal("p", f.refColumns, "t", f.columns))))
		}
	}
	return "(" + strings.Join(arms, " OR ") + ")", nil
}

// parentOf is an expression for the row that the cascade to the row t came from.
func (q *rowQuery) parentOf() string {
	var found []string
	for _, f := range q.table.cascadesFrom() {
		p, other := f.parent.table, ""
		if p == q.table.whole() {
			other = fmt.Sprintf("(%s) <> (%s)", list("p", p.primaryKey), list("t", p.primaryKey)) // a row may refer to itself
		}
		from, taken := p.taken("p")
		found = append(found, fmt.Sprintf("(SELECT jsonb_build_object('table', %s, 'key', %s) FROM %s WHERE %s LIMIT 1)", quoteLiteral(p.display()), p.printedKey("p"),
			from, conjoined(taken, equal("p", f.refColumns, "t", f.columns), other)))
	}
	if len(found) == 0 {
		return "NULL"
	}
	return "coalesce(" + strings.Join(found, ", ") + ")"
}

// taken is a FROM item of the deleted rows of the deletion $1, known as ref, with a condition.
func (t *table) taken(ref string) (from, cond string) {
	if t.archived() {
		return fmt.Sprintf("(SELECT q.* FROM %s AS a CROSS JOIN LATERAL %s AS q WHERE %s AND a.deletion_id = $1::text::uuid) AS %s",
			recordsTable, t.rel.asRow(t.rel.dataNow("a"), ""), t.rel.unrestored("a"), ref), "true"
	}
	return t.rel.sqlName("") + " AS " + ref, fmt.Sprintf("%s.%s = $1::text::uuid AND %s", ref, lex.QuoteIdent(t.entry.DeletionID), t.condition(ref, onlyDeleted).text)
}

// cascadesFrom are the foreign keys by which a delete of parents takes rows of the
// table, and marks both with its id. Without those of hidden columns: which row is the
// parent says what is in them.
func (t *table) cascadesFrom() (list []*foreignKey) {
	for _, f := range t.rel.parents {
		if f.action == Cascade && f.parent.table != nil && f.parent.table.tellsDeletions() && !t.hides(f.columns) {
			list = append(list, f)
		}
	}
	return list
}

// hides reports whether the policy hides one of these columns.
func (t *table) hides(columns []string) bool {
	return slices.ContainsFunc(columns, func(c string) bool { return slices.Contains(t.entry.Hidden, c) })
}

// printedKey is the key of a row known as ref, as a jsonb array of texts.
func (t *table) printedKey(ref string) string {
	var printed []string
	for _, c := range t.primaryKey {
		printed = append(printed, lex.QuoteIdent(ref)+"."+lex.QuoteIdent(c)+"::text")
	}
	return "jsonb_build_array(" + strings.Join(printed, ", ") + ")"
}

// longest is how many characters of a value are shown.
const longest = 10000

// data is the row known as ref as JSON, without what is hidden. It is not jsonb, which
// would lose the order of the columns.
func (t *table) data(ref string) string {
	where := ""
	hide := t.entry.Hidden
	if t.archived() {
		hide = append(slices.Clone(hide), recordColumns...)
	}
	if len(hide) > 0 {
		var hidden []string
		for _, c := range hide {
			hidden = append(hidden, quoteLiteral(c))
		}
		where = " WHERE e.key NOT IN (" + strings.Join(hidden, ", ") + ")"
	}
	return fmt.Sprintf("(SELECT json_object_agg(e.key, CASE WHEN length(e.value::text) > %d THEN to_json(left(e.value #>> '{}', %[1]d) || '…') ELSE e.value END ORDER BY e.n)"+
		" FROM json_each(to_json(%s.*)) WITH ORDINALITY AS e(key, value, n)%s)", longest, lex.QuoteIdent(ref), where)
}
