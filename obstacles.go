package softdelete

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/softdelete-go/softdelete/internal/native"
)

// Obstacle is a row that keeps a deleted one from coming back.
type Obstacle struct {
	Row        RowKey `json:"row"`        // that cannot come back
	Constraint string `json:"constraint"` // the unique index, or the foreign key
	Other      RowKey `json:"other"`      // the row in the way
	// Deleted says that Other is a parent of Row and deleted itself. Else it is a live
	// row that holds a unique key of Row.
	Deleted  bool   `json:"deleted"`
	Deletion string `json:"deletion,omitempty"` // that took Other, if its id is known
	// Data is Other as in DeletedRow.Data.
	Data json.RawMessage `json:"data"`
}

// Obstacles lists the rows that keep a deletion from being restored, or with row only
// that row of it, as [RestoreOne] would; not more than limit of each kind, and ten if that
// is zero.
//
// It knows unique indexes over the live rows, of columns or expressions, and the foreign
// keys of the policy. What else can fail, such as exclusion constraints, keys of
// generated columns and your triggers, only a restore finds out. Tables without
// [Table.DeletionID] are left out, and so are parents by a column that the policy hides.
func Obstacles(ctx context.Context, db Execer, id string, row *RowKey, limit int) ([]Obstacle, error) {
	tables, err := tablesOf(ctx, db, "Obstacles")
	if err != nil {
		return nil, err
	}
	if limit <= 0 {
		limit = 10
	}
	list := []Obstacle{}
	for _, t := range tables.all {
		if !t.tellsDeletions() || t.partOf != nil || row != nil && (tables.byPolicyName(row.Table) == nil || tables.byPolicyName(row.Table)[0].whole() != t) {
			continue
		}
		q := &obstacleQuery{rowQuery: rowQuery{table: t, id: id, args: []any{id}}, row: row, limit: limit}
		if err := q.find(ctx, db, &list); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// obstacleQuery finds what is in the way of a table's rows of a deletion.
type obstacleQuery struct {
	rowQuery
	row   *RowKey
	limit int
	from  string // the table's rows of the deletion, as t
}

func (q *obstacleQuery) find(ctx context.Context, db Execer, list *[]Obstacle) error {
	t := q.table
	// The rows that are to come back.
	var rows string
	q.from, rows = t.taken("t")
	if q.row != nil {
		one, err := q.compare(t, "t", "=", q.row.Key, "row")
		if err != nil {
			return err
		}
		rows += " AND " + one
	}
	for _, f := range t.rel.parents {
		if f.parent.table == nil || f.action == KeepVisible || t.hides(f.columns) {
			continue
		}
		if err := q.deadParents(ctx, db, f, rows, list); err != nil {
			return err
		}
	}
	keys, err := t.liveKeys(ctx, db)
	if err != nil {
		return err
	}
	for _, k := range keys {
		if err := q.holders(ctx, db, k, rows, list); err != nil {
			return err
		}
	}
	return nil
}

// deadParents finds parents that stay deleted.
func (q *obstacleQuery) deadParents(ctx context.Context, db Execer, f *foreignKey, rows string, list *[]Obstacle) error {
	p := f.parent.table
	from, deletion, dead := p.rel.dead("p", "")
	if p.archived() {
		dead = f.newest("t", "")
	}
	elsewhere := ""
	if !p.tellsDeletions() {
		deletion = "NULL"
	} else if q.row == nil {
		elsewhere = deletion + " IS DISTINCT FROM $1::text::uuid"
	}
	text := fmt.Sprintf("SELECT %s::text, %s::text, %s::text, %s::text FROM %s JOIN %s ON %s WHERE %s LIMIT %d",
		q.table.printedKey("t"), p.printedKey("p"), deletion, p.data("p"), q.from, from, equal("p", f.refColumns, "t", f.columns),
		conjoined(rows, dead, elsewhere), q.limit)
	return q.collect(ctx, db, text, Obstacle{Constraint: f.name, Deleted: true}, p, list)
}

// liveKey is a unique index over a part of a table.
type liveKey struct {
	name, where string
	exprs       []string
}

// liveKeys are the unique indexes in which deleted rows need not be.
func (t *table) liveKeys(ctx context.Context, db Execer) (list []liveKey, err error) {
	partial := " AND x.indpred IS NOT NULL"
	if t.archived() {
		partial = "" // no deleted row is in any of them
	}
	err = queryPast(ctx, db, `SELECT c.relname::text, coalesce(pg_catalog.pg_get_expr(x.indpred, x.indrelid), 'true'),
			(SELECT json_agg(pg_catalog.pg_get_indexdef(x.indexrelid, n, true) ORDER BY n) FROM generate_series(1, x.indnkeyatts::int) AS n)::text
		FROM pg_catalog.pg_index AS x JOIN pg_catalog.pg_class AS c ON c.oid = x.indexrelid
		WHERE x.indrelid = to_regclass($1::text) AND x.indisunique AND x.indisvalid`+partial+` ORDER BY c.relname`, []any{t.rel.sqlName("")}, func(row native.Rows) error {
		var k liveKey
		var exprs string
		if err := row.Scan(&k.name, &k.where, &exprs); err != nil {
			return err
		}
		list = append(list, k)
		return json.Unmarshal([]byte(exprs), &list[len(list)-1].exprs)
	})
	return list, err
}

// holders finds live rows that hold a key. What an index is made of is written without
// the table's name, so each side is a query of its own.
func (q *obstacleQuery) holders(ctx context.Context, db Execer, k liveKey, rows string, list *[]Obstacle) error {
	t := q.table
	var columns, same []string
	for i, expr := range k.exprs {
		columns = append(columns, fmt.Sprintf("%s AS k%d", expr, i))
		same = append(same, fmt.Sprintf("l.k%d = d.k%[1]d", i))
	}
	name, values := t.rel.sqlName(""), strings.Join(columns, ", ")
	key := t.printedKey("t") + " AS key, "
	dead := fmt.Sprintf("SELECT %s%s FROM %s WHERE %s", key, values, q.from, rows)
	alive := fmt.Sprintf("SELECT %s%s AS data, %s FROM %s AS t WHERE %s", key, t.data("t"), values, name, conjoined("("+k.where+")", t.rel.live("t")))
	text := fmt.Sprintf("SELECT d.key::text, l.key::text, NULL::text, l.data::text FROM (%s) AS d JOIN (%s) AS l ON %s LIMIT %d", dead, alive, strings.Join(same, " AND "), q.limit)
	return q.collect(ctx, db, text, Obstacle{Constraint: k.name}, t, list)
}

// collect reads obstacles; other is the table of the rows in the way.
func (q *obstacleQuery) collect(ctx context.Context, db Execer, text string, o Obstacle, other *table, list *[]Obstacle) error {
	return queryPast(ctx, db, text, q.args, func(row native.Rows) error {
		found := o
		found.Row.Table, found.Other.Table = q.table.display(), other.display()
		var key, otherKey, data string
		var deletion sql.NullString
		if err := row.Scan(&key, &otherKey, &deletion, &data); err != nil {
			return err
		}
		found.Deletion, found.Data = deletion.String, json.RawMessage(data)
		if err := json.Unmarshal([]byte(key), &found.Row.Key); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(otherKey), &found.Other.Key); err != nil {
			return err
		}
		*list = append(*list, found)
		return nil
	})
}
