package softdeletetest

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/internal/lex"
)

// Clock lets time pass for the deletions in a database.
type Clock struct {
	t  TB
	db softdelete.Execer
}

// NewClock returns a clock for the database that db leads to.
func NewClock(t TB, db softdelete.Execer) *Clock { return &Clock{t: t, db: db} }

// Advance moves every deletion that is in the database now by d into the past, as if
// that much time had passed since:
//
//   - the markers of all deleted rows of all tables of the policy. A date moves by the
//     whole days in d, unix_seconds by the whole seconds, unix_millis by the whole
//     milliseconds, and other times by the microseconds. A flag has no time;
//   - in the journal, deleted_at, and restored_at of what was restored;
//   - archived_at in deletion_records, and restored_at of what was restored, where the
//     policy has tables with [softdelete.Archive] or [softdelete.Phoenix].
//
// It is neither a delete nor a restore: nothing else of a row changes, updated_at
// included, and the journal gets no entry. It is one transaction, or a part of the one
// that db is. User triggers do not fire if the role may set session_replication_role, as
// superusers may; the test ends where it may not and a table has a trigger for updates.
//
// The clocks of the server and of the test stay as they are: now() is what it was, and
// so are all times of live rows, such as created_at. What is deleted later is as
// new as ever. A d below zero ends the test.
func (c *Clock) Advance(d time.Duration) {
	c.t.Helper()
	if d < 0 {
		c.t.Fatalf("softdeletetest: time does not go back (%v)", d)
		return
	}
	if err := c.inTransaction(func(db softdelete.Execer) bool {
		c.t.Helper()
		a := newAsker(c.t, db)
		a.withoutTriggers(func() { a.age(d) })
		return !a.failed
	}); err != nil {
		c.t.Fatalf("softdeletetest: %v", err)
	}
}

// inTransaction calls do, and commits what it did if it says so.
func (c *Clock) inTransaction(do func(softdelete.Execer) bool) error {
	c.t.Helper()
	beginner, ok := c.db.(interface {
		BeginTx(context.Context, *sql.TxOptions) (*sql.Tx, error)
	})
	if !ok {
		do(c.db)
		return nil
	}
	tx, err := beginner.BeginTx(context.Background(), nil)
	if err != nil {
		return err
	}
	// After the commit it does nothing; where do ends the test, it ends the transaction.
	defer func() { _ = tx.Rollback() }()
	if !do(tx) {
		return nil
	}
	return tx.Commit()
}

// withoutTriggers calls do while user triggers do not fire, or if there is none.
func (a *asker) withoutTriggers(do func()) {
	a.t.Helper()
	const setting = "session_replication_role"
	before, allowed := "", false
	a.each("SELECT current_setting($1::text), has_parameter_privilege($1::text, 'SET')", []any{setting}, func(rows *sql.Rows) error {
		return rows.Scan(&before, &allowed)
	})
	if !allowed {
		if a.haveNoTriggers() {
			do()
		}
		return
	}
	set := func(value string) {
		a.each("SELECT set_config($1::text, $2::text, true)", []any{setting, value}, func(*sql.Rows) error { return nil })
	}
	set("replica")
	do()
	set(before)
}

func (a *asker) haveNoTriggers() bool {
	a.t.Helper()
	for _, entry := range a.policy.Tables {
		if entry.Mode == softdelete.Archive {
			continue // its rows stay as they are
		}
		for _, name := range a.relations(entry) {
			// 16 is UPDATE, in PostgreSQL's pg_trigger.h.
			const text = `SELECT count(*) FROM pg_catalog.pg_trigger WHERE tgrelid = $1::text::regclass AND NOT tgisinternal AND tgenabled <> 'D' AND tgtype & 16 <> 0`
			if a.count(text, name) > 0 {
				a.fatalf("%s has triggers for updates, which would fire when time passes; connect as a superuser, or: GRANT SET ON PARAMETER session_replication_role TO the role of the test", name)
			}
		}
	}
	return !a.failed
}

// age makes all deletions older.
func (a *asker) age(d time.Duration) {
	a.t.Helper()
	records := false
	done := map[string]bool{} // a partition is also its parent's
	for _, entry := range a.policy.Tables {
		records = records || entry.OnBlocked == softdelete.Phoenix || entry.Mode == softdelete.Archive
		if entry.Marker == softdelete.Flag || entry.Mode == softdelete.Archive {
			continue
		}
		for _, name := range a.relations(entry) {
			if !done[name] {
				done[name] = true
				a.exec(fmt.Sprintf("UPDATE ONLY %s AS t SET %s = %s WHERE %s", name, lex.QuoteIdent(entry.Column), aged(entry, d), isDeleted(entry)))
			}
		}
	}
	if a.policy.Journal {
		a.exec(fmt.Sprintf("UPDATE softdelete_deletions SET deleted_at = deleted_at - %s, restored_at = restored_at - %[1]s", interval(d)))
	}
	if records {
		a.exec(fmt.Sprintf("UPDATE deletion_records SET archived_at = archived_at - %s, restored_at = restored_at - %[1]s", interval(d)))
	}
}

func (a *asker) exec(text string) {
	if a.failed {
		return
	}
	a.t.Helper()
	if _, err := a.db.ExecContext(past(text), text); err != nil {
		a.fatalf("%v, of: %s", err, text)
	}
}

// aged is a marker of the row t, by d older.
func aged(entry softdelete.Table, d time.Duration) string {
	column := "t." + lex.QuoteIdent(entry.Column)
	if u := unit(entry.Marker); u > 0 {
		// 0 would be live.
		return fmt.Sprintf("coalesce(nullif(%s - %d, 0), -1)", column, d/u)
	}
	return fmt.Sprintf("CASE pg_typeof(%[1]s) WHEN 'date'::regtype THEN %[1]s - %[2]s ELSE %[1]s - %[3]s END",
		column, interval(d.Truncate(24*time.Hour)), interval(d))
}

// interval is d as SQL, in hours and less: what the server calls a day may have 23.
func interval(d time.Duration) string {
	return fmt.Sprintf("interval '%d hours %d microseconds'", d/time.Hour, d%time.Hour/time.Microsecond)
}
