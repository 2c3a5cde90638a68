package softdeletetest

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/internal/lex"
)

// TB is what of a testing.TB is used here: a *testing.T is one.
type TB interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// AssertDeleted asserts that the row of table with that key is there and is deleted. Of an
// [softdelete.Archive] table it is in deletion_records then, and not in the table.
func AssertDeleted(t TB, db softdelete.Execer, table string, key ...any) {
	t.Helper()
	assert(t, db, deleted, table, key)
}

// AssertLive asserts that the row of table with that key is there and is live.
func AssertLive(t TB, db softdelete.Execer, table string, key ...any) {
	t.Helper()
	assert(t, db, live, table, key)
}

// AssertGone asserts that table has no row with that key, neither a live nor a deleted
// one: it was never there, or was really deleted.
func AssertGone(t TB, db softdelete.Execer, table string, key ...any) {
	t.Helper()
	assert(t, db, gone, table, key)
}

// AssertRestores asserts that the row of table with that key is deleted, and that a
// restore brings back all that was deleted with it. It restores the row, as
// [softdelete.Restore] does, and leaves it restored; in a *sql.Tx, a rollback takes that
// back. Values of type [softdelete.RestoreOption] among the key are options.
//
// All is back when the row is live, and when no row of any table that has a deletion_id
// or is archived is still deleted under the id that this row had. With a journal, the deletion must be
// noted there as restored.
func AssertRestores(t TB, db softdelete.Execer, table string, key ...any) {
	t.Helper()
	a := newAsker(t, db)
	var values []any
	for _, k := range key {
		if _, ok := k.(softdelete.RestoreOption); !ok {
			values = append(values, k)
		}
	}
	r := a.row(table, values)
	if a.failed {
		return
	}
	if r.state != deleted {
		t.Errorf("softdeletetest: %s", a.unlike(r, deleted))
		return
	}
	if _, err := softdelete.Restore(context.Background(), db, table, key...); err != nil {
		t.Errorf("softdeletetest: %s does not restore: %v", r.name, err)
		return
	}
	left := a.left(r.deletion)
	after := a.row(table, values)
	if a.failed {
		return
	}
	if after.state != live {
		t.Errorf("softdeletetest: after the restore %s", a.unlike(after, live))
	}
	if len(left) > 0 {
		t.Errorf("softdeletetest: after the restore of %s there is left of the same deletion (%s): %s", r.name, r.deletion, strings.Join(left, ", "))
	}
}

func assert(t TB, db softdelete.Execer, want state, table string, key []any) {
	t.Helper()
	a := newAsker(t, db)
	r := a.row(table, key)
	if !a.failed && r.state != want {
		t.Errorf("softdeletetest: %s", a.unlike(r, want))
	}
}

// state is what can be the case of a key.
type state string

const (
	live    state = "live"
	deleted state = "deleted"
	gone    state = "gone"
)

// row is what is the case of a key.
type row struct {
	name                    string // for messages: users (7)
	state                   state
	when, by, why, deletion string
}

// unlike says what is the case, and that it should be otherwise.
func (a *asker) unlike(r row, want state) string {
	switch {
	case r.state == gone:
		return fmt.Sprintf("%s is not %s: there is no such row, neither live nor deleted", r.name, want)
	case r.state == live && want == gone:
		return fmt.Sprintf("%s is live, not gone", r.name)
	case r.state == live:
		return fmt.Sprintf("%s is live, not %s", r.name, want)
	}
	s := fmt.Sprintf("%s is deleted, not %s", r.name, want)
	if r.when != "" {
		s += ": deleted at " + r.when
	}
	if r.by != "" {
		s += ", by " + r.by
	}
	if r.why != "" {
		s += fmt.Sprintf(", because %q", r.why)
	}
	return s
}

// row looks a key up, past the policy: deleted rows are seen too.
func (a *asker) row(name string, key []any) row {
	a.t.Helper()
	t, ok := a.table(name)
	if !ok {
		return row{}
	}
	if len(key) != len(t.PrimaryKey) {
		a.fatalf("the key of %s is (%s), and the number of values given is %d", name, strings.Join(t.PrimaryKey, ", "), len(key))
		return row{}
	}
	var conditions, shown []string
	for i, column := range t.PrimaryKey {
		conditions = append(conditions, fmt.Sprintf("t.%s = $%d", lex.QuoteIdent(column), i+1))
		shown = append(shown, fmt.Sprint(key[i]))
	}
	r := row{name: fmt.Sprintf("%s (%s)", name, strings.Join(shown, ", ")), state: gone}
	where := strings.Join(conditions, " AND ")
	if t.Mode == softdelete.Archive {
		a.lookUp(&r, fmt.Sprintf("SELECT true, r.archived_at::text, r.actor, r.reason, r.deletion_id::text FROM deletion_records AS r CROSS JOIN LATERAL jsonb_populate_record(NULL::%s, r.key) AS t WHERE r.table_name = $%d::text AND r.restored_at IS NULL AND %s ORDER BY r.id",
			t.sql, len(key)+1, where), append(slices.Clone(key), t.Name))
		a.lookUp(&r, fmt.Sprintf("SELECT false, NULL, NULL, NULL, NULL FROM %s AS t WHERE %s", t.sql, where), key)
		return r
	}
	bookkeeping := func(column, cast string) string {
		if column == "" {
			return "NULL"
		}
		return "t." + lex.QuoteIdent(column) + cast
	}
	a.lookUp(&r, fmt.Sprintf("SELECT %s, %s::text, %s, %s, %s FROM %s AS t WHERE %s",
		isDeleted(t.Table), deletedAt(t.Table), bookkeeping(t.DeletedBy, "::text"), bookkeeping(t.Reason, "::text"),
		bookkeeping(t.DeletionID, "::text"), t.sql, where), key)
	if r.state == deleted {
		a.fromJournal(&r)
	}
	return r
}

// lookUp asks what is the case of a key: whether it is deleted, when, by whom, why, and
// with what. The last row is what counts.
func (a *asker) lookUp(r *row, text string, key []any) {
	a.t.Helper()
	a.each(text, key, func(rows *sql.Rows) error {
		var dead bool
		var when, by, why, deletion sql.NullString
		if err := rows.Scan(&dead, &when, &by, &why, &deletion); err != nil {
			return err
		}
		r.when, r.by, r.why, r.deletion = when.String, by.String, why.String, deletion.String
		if r.state = live; dead {
			r.state = deleted
		}
		return nil
	})
}

// fromJournal adds what the row itself does not say.
func (a *asker) fromJournal(r *row) {
	if !a.policy.Journal || r.deletion == "" {
		return
	}
	a.t.Helper()
	const text = "SELECT deleted_at::text, actor, reason FROM softdelete_deletions WHERE id = $1::uuid ORDER BY part DESC"
	a.each(text, []any{r.deletion}, func(rows *sql.Rows) error {
		var when, actor, reason sql.NullString
		if err := rows.Scan(&when, &actor, &reason); err != nil {
			return err
		}
		for at, from := range map[*string]string{&r.when: when.String, &r.by: actor.String, &r.why: reason.String} {
			if *at == "" {
				*at = from
			}
		}
		return nil
	})
}

// left is what a deletion still holds, for messages.
func (a *asker) left(deletion string) (list []string) {
	if deletion == "" {
		return nil
	}
	a.t.Helper()
	for _, entry := range a.policy.Tables {
		if entry.Mode == softdelete.Archive {
			if n := a.count("SELECT count(*) FROM deletion_records WHERE table_name = $1::text AND deletion_id = $2::uuid AND restored_at IS NULL", entry.Name, deletion); n > 0 {
				list = append(list, fmt.Sprintf("%d of %s, in deletion_records", n, entry.Name))
			}
		}
		if entry.DeletionID == "" {
			continue
		}
		for _, name := range a.relations(entry) {
			text := fmt.Sprintf("SELECT count(*) FROM ONLY %s AS t WHERE t.%s = $1::uuid AND %s", name, lex.QuoteIdent(entry.DeletionID), isDeleted(entry))
			if n := a.count(text, deletion); n > 0 {
				list = append(list, fmt.Sprintf("%d of %s", n, name))
			}
		}
	}
	if a.policy.Journal && a.count("SELECT count(*) FROM softdelete_deletions WHERE id = $1::uuid AND restored_at IS NULL", deletion) > 0 {
		list = append(list, "its entry in the journal")
	}
	return list
}

// isDeleted is a condition on the marker of the row t.
func isDeleted(entry softdelete.Table) string {
	column := "t." + lex.QuoteIdent(entry.Column)
	switch entry.Marker {
	case softdelete.Flag:
		return column
	case softdelete.UnixSeconds, softdelete.UnixMillis, softdelete.UnixNanos:
		return column + " <> 0"
	default:
		return column + " IS NOT NULL"
	}
}

// unit is what the marker of a number counts, 0 of other kinds.
func unit(m softdelete.Marker) time.Duration {
	switch m {
	case softdelete.UnixSeconds:
		return time.Second
	case softdelete.UnixMillis:
		return time.Millisecond
	case softdelete.UnixNanos:
		return time.Nanosecond
	default:
		return 0
	}
}

// deletedAt is the time in the marker of the row t, as far as it has one.
func deletedAt(entry softdelete.Table) string {
	column := "t." + lex.QuoteIdent(entry.Column)
	if entry.Marker == softdelete.Flag {
		return "NULL"
	}
	if u := unit(entry.Marker); u > 0 {
		return fmt.Sprintf("to_timestamp(%s / %d.0)", column, time.Second/u)
	}
	return column
}
