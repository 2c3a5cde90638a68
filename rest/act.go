package rest

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/access"
	"github.com/softdelete-go/softdelete/internal/beneath"
	"github.com/softdelete-go/softdelete/internal/lex"
)

// done is what a request has done.
type done struct {
	Count int64            `json:"count"` // rows that the request named
	Rows  map[string]int64 `json:"rows"`  // rows of each table, with those that went along
}

// reason puts into the context why something is done.
func (q *request) reason() error {
	why := q.Header.Get("X-Reason")
	// As RFC 8187 has it, for what a header cannot hold.
	if encoded, ok := strings.CutPrefix(why, "UTF-8''"); ok {
		decoded, err := url.PathUnescape(encoded)
		if err != nil {
			return badRequest("X-Reason cannot be read")
		}
		why = decoded
	}
	if !text(why) {
		return badRequest("X-Reason has a NUL, or is not UTF-8")
	}
	if why != "" {
		q.ctx = softdelete.WithReason(q.ctx, why)
	}
	return nil
}

// selection is which rows a request is to change.
type selection struct {
	see  view
	cond *condition
	most int
}

// one is the row that the path names.
func (q *request) one(see view) selection {
	return selection{see: see, cond: q.table.byKey(q.key), most: 1}
}

// filtered are the rows that the filter matches, which there has to be.
func (q *request) filtered(see view) (selection, error) {
	// Whether a filter matches tells what is in the rows, and whether there can be such
	// a filter, what the table is like.
	if slices.ContainsFunc(sorted(q.params), func(name string) bool { return !slices.Contains(controls, name) }) {
		if err := q.look(see); err != nil {
			return selection{}, err
		}
	}
	c, err := q.table.filter(q.params)
	if err != nil {
		return selection{}, err
	}
	all, err := q.flag("all")
	if err != nil {
		return selection{}, err
	}
	switch {
	case len(c.sql) == 0 && !all:
		return selection{}, badRequest("say which rows with a filter, or all=true")
	case len(c.sql) > 0 && all:
		return selection{}, badRequest("all=true and a filter contradict each other")
	}
	return selection{see: see, cond: c, most: q.h.o.MaxBulk}, nil
}

// lock locks the selected rows, and returns their keys as a list in JSON. What is done
// is then done to these.
func (q *request) lock(tx *sql.Tx, s selection) (keys string, n int64, err error) {
	ctx := s.see.in(q.ctx, q.table.Name)
	var found []string
	query := fmt.Sprintf("SELECT %s FROM %s AS t WHERE %s ORDER BY %s LIMIT %d FOR UPDATE OF t",
		q.table.printedKey(), q.table.sql, s.cond.where(), list("t.", q.table.key, "%s"), s.most+1)
	err = q.table.query(ctx, tx, query, s.cond, func(rows *sql.Rows) error {
		var key string
		err := rows.Scan(&key)
		found = append(found, key)
		return err
	})
	switch {
	case err != nil:
		return "", 0, err
	case len(found) > s.most:
		return "", 0, &problem{
			status: http.StatusUnprocessableEntity, kind: "too-many-rows", title: "Too many rows",
			detail: fmt.Sprintf("the filter matches more than %d rows; nothing was done", s.most),
		}
	case len(found) == 0 && len(q.key) > 0:
		return "", 0, noRow(s.see)
	}
	return "[" + strings.Join(found, ",") + "]", int64(len(found)), nil
}

// tries is how often a transaction is tried that others made fail. Restores that begin
// at several rows of a deletion run into each other, and one of two goes on each time.
const tries = 10

// inTx calls do with a transaction, again if another one kept it from its end. What do
// found out the time before has not happened.
func (q *request) inTx(do func(*sql.Tx) error) error {
	for try := 1; ; try++ {
		err := q.tryTx(do)
		var e *pgconn.PgError
		// deadlock_detected, serialization_failure
		if again := errors.As(err, &e) && (e.Code == "40P01" || e.Code == "40001"); !again || try == tries {
			return err
		}
	}
}

func (q *request) tryTx(do func(*sql.Tx) error) error {
	tx, err := q.h.db.BeginTx(q.ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after the commit it does nothing
	// Restores are long statements about few rows. Where the planner expects many, it
	// compiles them, which takes seconds.
	const uncompiled = "SET LOCAL jit = off"
	if _, err := tx.ExecContext(past(q.ctx, uncompiled), uncompiled); err != nil {
		return err
	}
	if err := do(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// finished is the answer to what was done. Many rows are not counted unless asked.
func (q *request) finished(d done, always bool) (*reply, error) {
	q.event.Rows = d.Rows
	count, err := q.countWanted()
	if err != nil {
		return nil, err
	}
	head := http.Header{}
	if q.preferred() {
		head.Set("Preference-Applied", "return=count")
	}
	if !count && !always {
		return &reply{status: http.StatusNoContent, head: head}, nil
	}
	return answer(http.StatusOK, d, head)
}

// countWanted reports whether the request asks how many rows were concerned.
func (q *request) countWanted() (bool, error) {
	count, err := q.flag("count")
	return count || q.preferred(), err
}

func (q *request) preferred() bool {
	for _, line := range q.Header.Values("Prefer") {
		for p := range strings.SplitSeq(line, ",") {
			if strings.ReplaceAll(strings.ReplaceAll(strings.TrimSpace(p), `"`, ""), " ", "") == "return=count" {
				return true
			}
		}
	}
	return false
}

// checkFlags refuses values of flags before anything is done.
func (q *request) checkFlags() error {
	for _, name := range q.route.controls {
		if _, err := q.flag(name); err != nil {
			return err
		}
	}
	return nil
}

// permit asks for leave to do that with each of the tables.
func (q *request) permit(action access.Action, tables []string) error {
	for _, name := range tables {
		if err := q.h.allowed(q.ctx, action, name); err != nil {
			return err
		}
	}
	return nil
}

func deleteOne(q *request) (*reply, error) {
	if err := q.checkFlags(); err != nil {
		return nil, err
	}
	if permanent, err := q.flag("permanent"); err != nil {
		return nil, err
	} else if permanent {
		return q.purge(q.one(withDeleted))
	}
	return q.delete(q.one(live))
}

func deleteAll(see view) func(*request) (*reply, error) {
	return func(q *request) (*reply, error) {
		if err := q.checkFlags(); err != nil {
			return nil, err
		}
		permanent, err := q.flag("permanent")
		if err != nil {
			return nil, err
		}
		if permanent {
			q.event.Action = access.Purge
		}
		switch {
		case permanent && !q.h.o.AllowBulkPurge:
			return nil, &problem{
				status: http.StatusForbidden, kind: "bulk-purge", title: "Not enabled",
				detail: "many rows at once can be deleted for good only where the server allows it (AllowBulkPurge)",
			}
		case see == onlyDeleted && !permanent:
			return nil, badRequest("these rows are deleted; with permanent=true they are deleted for good")
		}
		s, err := q.filtered(see)
		if err != nil {
			return nil, err
		}
		if permanent {
			return q.purge(s)
		}
		return q.delete(s)
	}
}

// delete deletes rows as the policy has it. What cascades reach depends on rows that
// others may add until it is done, so that leave is asked for all that they can reach.
func (q *request) delete(s selection) (*reply, error) {
	if err := q.permit(access.Delete, q.table.cascades()); err != nil {
		return nil, err
	}
	var d done
	err := q.inTx(func(tx *sql.Tx) error {
		d = done{}
		keys, n, err := q.lock(tx, s)
		if err != nil || n == 0 {
			return err
		}
		if d.Rows, err = beneath.Preview(q.ctx, tx, false, q.table.Name, q.table.byKeys("$1"), keys); err != nil {
			return err
		}
		d.Count, err = affected(tx.ExecContext(q.ctx, fmt.Sprintf("DELETE FROM %s WHERE %s", q.table.sql, q.table.byKeys("$1")), keys))
		return err
	})
	if err != nil {
		return nil, q.explain(err, deleting)
	}
	return q.finished(d.complete(), false)
}

func affected(res sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

func (d done) complete() done {
	if d.Rows == nil {
		d.Rows = map[string]int64{}
	}
	return d
}

// cascades are the tables that a delete can take rows of, this one first.
func (t *table) cascades() []string {
	found := []string{t.Name}
	for i := 0; i < len(found); i++ {
		for _, f := range t.policy.ForeignKeys {
			if f.OnDelete == softdelete.Cascade && f.RefTable == found[i] && !slices.Contains(found, f.Table) {
				found = append(found, f.Table)
			}
		}
	}
	return found
}

// joined are the tables that foreign keys join to this one, in whichever direction.
func (t *table) joined() []string {
	found := []string{t.Name}
	for i := 0; i < len(found); i++ {
		for _, f := range t.policy.ForeignKeys {
			for _, pair := range [][2]string{{f.RefTable, f.Table}, {f.Table, f.RefTable}} {
				_, soft := entry(t.policy, pair[1])
				if pair[0] == found[i] && soft && !slices.Contains(found, pair[1]) {
					found = append(found, pair[1])
				}
			}
		}
	}
	return found
}

// restoreOptions are the options that the request asks for, and the tables that they
// need leave for.
func (q *request) restoreOptions() (options []any, needed []string, err error) {
	if err := q.checkFlags(); err != nil {
		return nil, nil, err
	}
	on := map[string]bool{}
	for _, name := range []string{"parents", "partly", "one"} {
		if on[name], err = q.flag(name); err != nil {
			return nil, nil, err
		}
	}
	if on["one"] && on["parents"] {
		return nil, nil, badRequest("one=true and parents=true contradict each other")
	}
	if on["parents"] {
		// The parents are not locked, and may come to be deleted anew, with other rows.
		options, needed = append(options, softdelete.RestoreParents()), q.table.joined()
	}
	if on["partly"] {
		options = append(options, softdelete.RestorePartly())
	}
	if on["one"] {
		options = append(options, softdelete.RestoreOne())
	}
	return options, needed, nil
}

func restoreAll(q *request) (*reply, error) {
	options, needed, err := q.restoreOptions()
	if err != nil {
		return nil, err
	}
	s, err := q.filtered(onlyDeleted)
	if err != nil {
		return nil, err
	}
	return q.restore(s, options, needed)
}

func restoreOne(q *request) (*reply, error) {
	options, needed, err := q.restoreOptions()
	if err != nil {
		return nil, err
	}
	return q.restore(q.one(onlyDeleted), options, needed)
}

// restore brings rows back, with what preview says comes with them. Leave is asked
// outside of the transaction, for the one who gives it may need a connection; then the
// transaction is begun again. While the rows are locked, they stay of the same deletion.
func (q *request) restore(s selection, options []any, needed []string) (*reply, error) {
	var granted []string
	where := q.table.byKeys("$1")
	needed = append(needed, q.table.Name)
	var d done
	for len(needed) > 0 {
		if err := q.permit(access.Restore, needed); err != nil {
			return nil, err
		}
		granted = append(granted, needed...)
		err := q.inTx(func(tx *sql.Tx) error {
			needed, d = nil, done{}
			keys, n, err := q.lock(tx, s)
			if err != nil || n == 0 {
				return err
			}
			args := append([]any{keys}, options...)
			rows, err := beneath.Preview(q.ctx, tx, true, q.table.Name, where, args...)
			if err != nil {
				return err
			}
			for name := range rows {
				if !slices.Contains(granted, name) {
					needed = append(needed, name)
				}
			}
			if len(needed) > 0 {
				slices.Sort(needed)
				return nil
			}
			d = done{Count: n, Rows: rows}
			_, err = softdelete.RestoreWhere(q.ctx, tx, q.table.Name, where, args...)
			return err
		})
		if err != nil {
			return nil, q.explain(err, restoring)
		}
	}
	return q.finished(d.complete(), len(q.key) > 0)
}

// purge deletes rows for good, as PostgreSQL and its foreign keys do. Those with ON
// DELETE CASCADE may take rows of other tables, live ones too, and leave is asked for
// these tables. No row goes that a hold keeps.
func (q *request) purge(s selection) (*reply, error) {
	q.event.Action = access.Purge
	if err := q.h.allowed(q.ctx, access.Purge, q.table.Name); err != nil {
		return nil, err
	}
	if e, _ := entry(q.table.policy, q.table.Name); e.Mode == softdelete.Archive {
		if s.see == onlyDeleted {
			return nil, &problem{
				status: http.StatusConflict, kind: "archived", title: "Archived",
				detail: "deleted rows of this table are in the archive, which is purged by age or by deletion",
			}
		}
		s.see = live
	}
	reached, err := q.reached()
	if err != nil {
		return nil, err
	}
	if err := q.permit(access.Purge, reached); err != nil {
		return nil, err
	}
	var d done
	err = q.inTx(func(tx *sql.Tx) error {
		d = done{}
		held, err := q.holds(tx, reached)
		if err != nil {
			return err
		}
		before, err := held()
		if err != nil {
			return err
		}
		keys, n, err := q.lock(tx, s)
		if err != nil || n == 0 {
			return err
		}
		// s.see is in the context, so that what has come back to life meanwhile stays.
		ctx := softdelete.HardDelete(s.see.in(q.ctx, q.table.Name), q.table.Name)
		if d.Count, err = affected(tx.ExecContext(ctx, fmt.Sprintf("DELETE FROM %s WHERE %s", q.table.sql, q.table.byKeys("$1")), keys)); err != nil {
			return err
		}
		d.Rows = map[string]int64{q.table.Name: d.Count}
		after, err := held()
		if err == nil && after != before {
			return &problem{status: http.StatusConflict, kind: "held", title: "Held", detail: "a hold keeps rows that would go"}
		}
		return err
	})
	if err != nil {
		return nil, q.explain(err, purging)
	}
	return q.finished(d.complete(), false)
}

// reachQuery lists the tables that foreign keys with ON DELETE CASCADE reach, by their
// names in the policy where they have one.
const reachQuery = `WITH RECURSIVE reach (oid) AS (
	SELECT pg_catalog.to_regclass($1::text)::oid
	UNION
	SELECT x.oid FROM reach AS r CROSS JOIN LATERAL (
		SELECT k.conrelid AS oid FROM pg_catalog.pg_constraint k WHERE k.confrelid = r.oid AND k.contype = 'f' AND k.confdeltype = 'c'
		UNION ALL SELECT i.inhrelid FROM pg_catalog.pg_inherits i WHERE i.inhparent = r.oid) AS x
), named AS (
	SELECT e.v ->> 0 AS name, pg_catalog.to_regclass(e.v ->> 1)::oid AS oid FROM jsonb_array_elements($2::text::jsonb) AS e(v)
)
SELECT DISTINCT coalesce((SELECT min(m.name) FROM named AS m WHERE m.oid = c.oid), CASE n.nspname WHEN 'public' THEN '' ELSE n.nspname || '.' END || c.relname)
FROM reach AS r JOIN pg_catalog.pg_class c ON c.oid = coalesce(pg_catalog.pg_partition_root(r.oid), r.oid) JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace`

// reached are the tables that a real delete can take rows of besides this one. A table
// that the policy does not have is named as it would be there.
func (q *request) reached() (tables []string, err error) {
	names := [][2]string{}
	for _, t := range q.table.policy.Tables {
		if name, err := sqlName(q.table.policy, t.Name); err == nil && !everySchema(t.Name) && t.PartitionOf == "" {
			names = append(names, [2]string{t.Name, name})
		}
	}
	all, err := json.Marshal(names)
	if err != nil {
		return nil, err
	}
	rows, err := q.h.db.QueryContext(past(q.ctx, reachQuery), reachQuery, q.table.sql, string(all))
	if err != nil {
		return nil, err
	}
	err = each(rows, func(rows *sql.Rows) error {
		var name string
		err := rows.Scan(&name)
		if name != q.table.Name {
			tables = append(tables, name)
		}
		return err
	})
	slices.Sort(tables)
	return tables, err
}

// holds keeps new holds waiting, and returns a function that counts the rows which
// holds keep, in this table and the others that are reached.
func (q *request) holds(tx *sql.Tx, reached []string) (func() (int64, error), error) {
	const exist = "SELECT pg_catalog.to_regclass('softdelete_holds') IS NOT NULL"
	found := false
	one := func(text string, into any) error {
		rows, err := tx.QueryContext(past(q.ctx, text), text)
		if err != nil {
			return err
		}
		return each(rows, func(rows *sql.Rows) error { return rows.Scan(into) })
	}
	if err := one(exist, &found); err != nil {
		return nil, err
	}
	if !found {
		return func() (int64, error) { return 0, nil }, nil
	}
	const lock = "LOCK TABLE softdelete_holds IN SHARE MODE"
	if _, err := tx.ExecContext(past(q.ctx, lock), lock); err != nil {
		return nil, err
	}
	count := "SELECT 0"
	for _, name := range append([]string{q.table.Name}, reached...) {
		t, ok := entry(q.table.policy, name)
		if !ok || t.DeletionID == "" {
			continue
		}
		from, err := sqlName(q.table.policy, name)
		if err != nil {
			return nil, err
		}
		count += fmt.Sprintf(" + (SELECT count(*) FROM softdelete_holds AS h JOIN %s AS t ON t.%s = h.deletion_id)", from, lex.QuoteIdent(t.DeletionID))
	}
	return func() (n int64, err error) {
		err = one(count, &n)
		return n, err
	}, nil
}
