package softdelete

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/softdelete-go/softdelete/internal/lex"
	"github.com/softdelete-go/softdelete/internal/native"
)

// DeletionState is what has become of a deletion, for a [DeletionFilter].
type DeletionState uint8

// The states to filter by.
const (
	AnyState    DeletionState = iota
	NotRestored               // not restored as a whole
	Restored                  // restored
	Restorable                // not restored, and rows of it are left; PreviewRestore says whether something stands in the way
)

// DeletionFilter says which deletions [Deletions] lists. What is empty does not filter.
type DeletionFilter struct {
	ID     string        // this deletion
	Table  string        // deletions that took rows of the table, as the policy names it
	Actor  string        // by that actor, to the letter
	Reason string        // with that text in the reason, in any case
	Since  time.Time     // at that time or later
	Until  time.Time     // before that time
	State  DeletionState // default: any
	Held   bool          // those that are held only, see Hold
	Tables []string      // deletions that took rows of one of these, as the policy names them

	// Row is a text, in any case, that a value of a row has which the deletion took and which is
	// still deleted: a row of Table, or if it is empty of Tables, or of any table. Columns that
	// the policy hides, and tables without a [Table.DeletionID], are left out. All deleted rows
	// of these tables are read for that.
	Row string

	Left bool // fill in Deletion.Left, for which a row of each deletion is looked up by its id

	After string // the Cursor of the last deletion of the page before
	Limit int    // how many at most; default 100
}

// Deletion is what one statement deleted.
type Deletion struct {
	ID         string           `json:"id"`                    // a uuid; "" where rows tell a deletion only by its time
	At         time.Time        `json:"deleted_at"`            // zero if nothing tells
	Table      string           `json:"table"`                 // that the statement named; without a journal that of the rows, "" if they are of several
	Actor      string           `json:"actor,omitempty"`       // see WithActor
	Reason     string           `json:"reason,omitempty"`      // see WithReason
	Rows       map[string]int64 `json:"rows"`                  // how many rows of which table it took; without a journal those that are left
	RestoredAt time.Time        `json:"restored_at,omitzero"`  // zero if it has not been restored
	RestoredBy string           `json:"restored_by,omitempty"` // the actor of the restore
	Held       bool             `json:"held,omitempty"`        // see Hold
	Note       string           `json:"note,omitempty"`        // of the hold
	Left       bool             `json:"left,omitempty"`        // some of its rows are still deleted; only with DeletionFilter.Left
	Cursor     string           `json:"cursor"`                // its place in the order, for DeletionFilter.After
}

// Deletions lists who deleted what, when, why and how much, the newest first.
//
// With a journal it is the journal that is read, and deletions that were restored or
// purged are in it. An index on (deleted_at, id), which [JournalDDL] makes, keeps each
// page fast, however many there are.
//
// Without one the rows that are deleted tell what they can: their deletion ids, or else
// their times, and actor and reason where the tables have such columns. All deleted
// rows of all tables are read for that.
func Deletions(ctx context.Context, db Execer, o DeletionFilter) ([]Deletion, error) {
	tables, err := tablesOf(ctx, db, "Deletions")
	if err != nil {
		return nil, err
	}
	holds, err := holdsExist(ctx, db, "1")
	if err != nil {
		return nil, err
	}
	q := &deletionQuery{tables: tables, filter: o, holds: holds}
	text, err := q.text()
	if err != nil {
		return nil, err
	}
	list := []Deletion{}
	err = queryPast(ctx, db, text, q.args, func(row native.Rows) error {
		d, err := scanDeletion(row)
		list = append(list, d)
		return err
	})
	return list, err
}

func scanDeletion(row native.Rows) (Deletion, error) {
	var d Deletion
	var key, rows string
	var id, table, actor, reason, restoredBy, note sql.NullString
	var restoredAt sql.NullTime
	if err := row.Scan(&key, &id, &d.At, &table, &actor, &reason, &rows, &restoredAt, &restoredBy, &d.Held, &note, &d.Left); err != nil {
		return d, err
	}
	d.ID, d.Table, d.Actor, d.Reason, d.RestoredBy, d.Note = id.String, table.String, actor.String, reason.String, restoredBy.String, note.String
	d.At, d.RestoredAt = d.At.UTC(), restoredAt.Time
	d.Cursor = d.At.Format(time.RFC3339Nano) + "/" + key
	return d, json.Unmarshal([]byte(rows), &d.Rows)
}

// deletionQuery builds the query for a page of deletions.
type deletionQuery struct {
	tables *tableSet
	filter DeletionFilter
	holds  bool
	args   []any
}

func (q *deletionQuery) arg(v any) string {
	q.args = append(q.args, v)
	return fmt.Sprintf("$%d::text", len(q.args))
}

func (q *deletionQuery) text() (string, error) {
	with, from, key, rows := "", deletionsTable+" AS j", "j.id",
		"(SELECT jsonb_object_agg(s.key, s.n) FROM (SELECT r.key, sum(r.value::bigint) AS n FROM "+deletionsTable+" AS m CROSS JOIN LATERAL jsonb_each_text(m.rows) AS r WHERE m.id = j.id GROUP BY r.key) AS s)"
	if !q.tables.journal {
		with, from, key, rows = q.taken(), "_sd_deletions AS j", "j.key", "j.rows"
	}
	where, err := q.where(key)
	if err != nil {
		return "", err
	}
	held, note := "false", "NULL::text"
	if q.holds {
		from += " LEFT JOIN " + holdsTable + " AS h ON h.deletion_id = j.id"
		held, note = "h.deletion_id IS NOT NULL", "h.note"
	}
	limit := q.filter.Limit
	if limit <= 0 {
		limit = 100
	}
	left := "false"
	switch {
	case q.filter.Left && q.tables.journal:
		left = "(" + strings.Join(q.left(), " OR ") + ")"
	case q.filter.Left:
		left = "true"
	}
	return fmt.Sprintf("%sSELECT %s::text, j.id::text, j.deleted_at, j.table_name, j.actor, j.reason, coalesce(%s, '{}')::text, j.restored_at, j.restored_by, %s, %s, %s FROM %s WHERE %s ORDER BY j.deleted_at DESC, %s DESC LIMIT %d",
		with, key, rows, held, note, left, from, where, key, limit), nil
}

// taken are the queries that make deletions of deleted rows. Their names are none that a
// table has, for the rest of the statement reads tables by names without a schema.
func (q *deletionQuery) taken() string {
	var arms []string
	for _, t := range q.tables.all {
		if t.partOf != nil {
			continue
		}
		if t.archived() {
			arms = append(arms, fmt.Sprintf("SELECT t.deletion_id AS id, t.archived_at AS at, t.table_name, t.actor, t.reason, count(*) AS n FROM %s AS t WHERE %s GROUP BY 1, 2, 3, 4, 5", recordsTable, t.rel.unrestored("t")))
			continue
		}
		column := func(name string) string {
			if name == "" {
				return "NULL"
			}
			return "t." + lex.QuoteIdent(name)
		}
		arms = append(arms, fmt.Sprintf("SELECT %s::uuid AS id, %s AS at, %s AS table_name, %s::text AS actor, %s::text AS reason, count(*) AS n FROM %s AS t WHERE %s GROUP BY 1, 2, 4, 5",
			column(t.entry.DeletionID), t.deletedAt(), quoteLiteral(t.display()), column(t.entry.DeletedBy), column(t.entry.Reason), t.rel.sqlName(""), t.condition("t", onlyDeleted).text))
	}
	return "WITH _sd_taken AS (" + strings.Join(arms, " UNION ALL ") + "), " +
		"_sd_counted AS (SELECT coalesce(id, md5(coalesce(at::text, ''))::uuid) AS key, id, table_name, max(at) AS at, max(actor) AS actor, max(reason) AS reason, sum(n) AS n FROM _sd_taken GROUP BY 1, 2, 3), " +
		// Where nothing tells the time, it is Go's zero.
		"_sd_deletions AS (SELECT key, id, coalesce(max(at), '0001-01-01 00:00:00+00') AS deleted_at, CASE WHEN count(*) = 1 THEN min(table_name) END AS table_name, max(actor) AS actor, max(reason) AS reason," +
		" jsonb_object_agg(table_name, n) AS rows, NULL::timestamptz AS restored_at, NULL::text AS restored_by FROM _sd_counted GROUP BY key, id) "
}

// deletedAt is an expression for the time at which a row, known as t, was deleted.
func (t *table) deletedAt() string {
	marker := "t." + lex.QuoteIdent(t.column)
	switch t.marker {
	case Flag:
		return "NULL::timestamptz"
	case UnixSeconds:
		return "to_timestamp(" + marker + ")"
	case UnixMillis:
		return "to_timestamp(" + marker + " / 1e3)"
	case UnixNanos:
		return "to_timestamp(" + marker + " / 1e9)"
	}
	return fmt.Sprintf("CASE WHEN isfinite(%[1]s) THEN %[1]s::timestamptz END", marker)
}

func (q *deletionQuery) where(key string) (string, error) {
	f := q.filter
	conds := []string{"true"}
	add := func(format string, args ...any) { conds = append(conds, fmt.Sprintf(format, args...)) }
	if q.tables.journal {
		add("NOT EXISTS (SELECT FROM %[1]s AS e WHERE e.id = j.id AND e.part < j.part)", deletionsTable)
	}
	if f.ID != "" {
		add("j.id = %s::uuid", q.arg(f.ID))
	}
	if f.Table != "" {
		found := q.tables.byPolicyName(f.Table)
		if found == nil {
			return "", &RefusedError{Statement: "list", Table: f.Table, Why: "it is not a table of the policy", Instead: "name one that is, as the policy does"}
		}
		name := q.arg(found[0].whole().display())
		if q.tables.journal {
			add("EXISTS (SELECT FROM %s AS m WHERE m.id = j.id AND m.rows ? %s)", deletionsTable, name)
		} else {
			add("j.rows ? %s", name)
		}
	}
	if f.Tables != nil {
		names := []string{"NULL"}
		for _, name := range f.Tables {
			names = append(names, q.arg(name))
		}
		in := "ARRAY[" + strings.Join(names, ", ") + "]::text[]"
		if q.tables.journal {
			add("EXISTS (SELECT FROM %s AS m WHERE m.id = j.id AND m.rows ?| %s)", deletionsTable, in)
		} else {
			add("j.rows ?| %s", in)
		}
	}
	if f.Actor != "" {
		add("j.actor = %s", q.arg(f.Actor))
	}
	if f.Reason != "" {
		add("strpos(lower(j.reason), lower(%s)) > 0", q.arg(f.Reason))
	}
	if f.Row != "" {
		cond, err := q.withRow()
		if err != nil {
			return "", err
		}
		conds = append(conds, cond)
	}
	if !f.Since.IsZero() {
		add("j.deleted_at >= %s::timestamptz", q.arg(f.Since.Format(time.RFC3339Nano)))
	}
	if !f.Until.IsZero() {
		add("j.deleted_at < %s::timestamptz", q.arg(f.Until.Format(time.RFC3339Nano)))
	}
	conds = append(conds, q.state()...)
	if f.After != "" {
		at, id, ok := strings.Cut(f.After, "/")
		if _, err := time.Parse(time.RFC3339Nano, at); err != nil || !ok {
			return "", &RefusedError{Statement: "list", Why: fmt.Sprintf("%.80q is no cursor", f.After), Instead: "pass the Cursor of a deletion"}
		}
		add("(j.deleted_at, %s) < (%s::timestamptz, %s::uuid)", key, q.arg(at), q.arg(id))
	}
	return strings.Join(conds, " AND "), nil
}

// state are the conditions for what has become of a deletion.
func (q *deletionQuery) state() (conds []string) {
	switch q.filter.State {
	case Restored:
		conds = append(conds, "j.restored_at IS NOT NULL")
	case NotRestored, Restorable:
		conds = append(conds, "j.restored_at IS NULL")
	}
	if q.filter.State == Restorable && q.tables.journal {
		conds = append(conds, "("+strings.Join(q.left(), " OR ")+")")
	}
	switch {
	case q.filter.Held && q.holds:
		conds = append(conds, "h.deletion_id IS NOT NULL")
	case q.filter.Held:
		conds = append(conds, "false")
	}
	return conds
}

// left are the conditions under each of which a table has rows of a deletion. They are
// no EXISTS, for which the planner may hash the whole table.
func (q *deletionQuery) left() (conds []string) {
	for _, t := range q.tables.all {
		if t.partOf != nil {
			continue
		}
		if t.archived() {
			conds = append(conds, fmt.Sprintf("(SELECT true FROM %s AS t WHERE %s AND t.deletion_id = j.id LIMIT 1) IS TRUE", recordsTable, t.rel.unrestored("t")))
			continue
		}
		took := "j.rows ? " + quoteLiteral(t.display())
		from := fmt.Sprintf("SELECT true FROM %s AS t WHERE %s", t.rel.sqlName(""), t.condition("t", onlyDeleted).text)
		switch {
		case t.schema == everySchema, t.entry.DeletionID == "" && t.marker != Timestamp:
			conds = append(conds, took)
		case t.entry.DeletionID == "":
			conds = append(conds, fmt.Sprintf("%s AND (%s AND t.%s = j.deleted_at LIMIT 1) IS TRUE", took, from, lex.QuoteIdent(t.column)))
		default:
			// Not only where its part took them: a deletion may have several.
			conds = append(conds, fmt.Sprintf("(%s AND t.%s = j.id LIMIT 1) IS TRUE", from, lex.QuoteIdent(t.entry.DeletionID)))
		}
	}
	return conds
}

// RowFilter says which rows [DeletionRows] lists, and how.
type RowFilter struct {
	Table  string   // of this table only, as the policy names it
	Key    []string // the row of Table with this key only
	Parent *RowKey  // only rows that refer, by a foreign key that cascades, to this row of the same deletion

	Data bool // fill in DeletedRow.Data and DeletedRow.Parent

	After string // the Cursor of the last row of the page before
	Limit int    // how many at most; default 100
}

// RowKey names a row.
type RowKey struct {
	Table string   `json:"table"` // as the policy names it
	Key   []string `json:"key"`   // as PostgreSQL prints it
}

// DeletedRow is a row that a deletion took, and that is still deleted.
type DeletedRow struct {
	Table   string   `json:"table"`   // as the policy names it
	Columns []string `json:"columns"` // of its key
	Key     []string `json:"key"`     // as PostgreSQL prints it; Restore takes it as it is
	Cursor  string   `json:"cursor"`  // its place in the order, for RowFilter.After

	// Data is the row as an object, its columns in the table's order and without those
	// that the policy hides. Of values of more than 10,000 characters there is only the
	// beginning, with "…" behind it.
	Data json.RawMessage `json:"data,omitempty"`
	// Parent is the row of the same deletion that the cascade came from; nil if there is none,
	// or if the policy hides the column that refers to it.
	Parent *RowKey `json:"parent,omitempty"`
}

// DeletionRows lists the rows of a deletion that are deleted and still there: by table
// in the policy's order, and by key. It needs [Table.DeletionID], and an index on it;
// tables without one are left out.
func DeletionRows(ctx context.Context, db Execer, id string, o RowFilter) ([]DeletedRow, error) {
	tables, err := tablesOf(ctx, db, "DeletionRows")
	if err != nil {
		return nil, err
	}
	refuse := func(table, why, instead string) ([]DeletedRow, error) {
		return nil, &RefusedError{Statement: "list", Table: table, Why: why, Instead: instead}
	}
	if !tables.hasIDs() {
		return refuse("", "no table of the policy has a deletion_id", "add the column")
	}
	var after []string // a table and a key
	if o.After != "" && (json.Unmarshal([]byte(o.After), &after) != nil || len(after) == 0) {
		return refuse("", fmt.Sprintf("%.80q is no cursor", o.After), "pass the Cursor of a row")
	}
	if o.Limit <= 0 {
		o.Limit = 100
	}
	only := tables.all
	if o.Table != "" {
		if only = tables.byPolicyName(o.Table); only == nil {
			return refuse(o.Table, "it is not a table of the policy", "name one that is, as the policy does")
		}
	}
	if len(o.Key) > 0 && o.Table == "" {
		return refuse("", "a key without a table", "name the table, too")
	}
	var parent *table
	if o.Parent != nil {
		found := tables.byPolicyName(o.Parent.Table)
		if found == nil {
			return refuse(o.Parent.Table, "it is not a table of the policy", "name one that is, as the policy does")
		}
		parent = found[0].whole()
	}
	list := []DeletedRow{}
	skip := len(after) > 0
	for _, t := range only {
		if !t.tellsDeletions() || t.partOf != nil || len(list) >= o.Limit {
			continue
		}
		var key []string
		if skip && t.display() != after[0] {
			continue
		} else if skip {
			skip, key = false, after[1:]
		}
		q := &rowQuery{table: t, id: id, after: key, filter: o, parent: parent, limit: o.Limit - len(list)}
		page, err := q.rows(ctx, db)
		if err != nil {
			return nil, err
		}
		list = append(list, page...)
	}
	return list, nil
}
