package softdeletetest_test

import (
	"database/sql"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/softdeletetest"
)

// text returns a query's rows, with their columns, as text.
func text(t *testing.T, db softdelete.Execer, query string) string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatalf("%s\n%v", query, err)
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		var s sql.NullString
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		list = append(list, s.String)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(list, "\n")
}

// everything is all rows of the tables with times, and when they were deleted.
const everything = `
SELECT 'users ' || id || ' ' || coalesce(deleted_at::text, 'live') || ' ' || coalesce(updated_at::text, 'never') FROM users
UNION ALL SELECT 'orders ' || deleted_unix FROM orders
UNION ALL SELECT 'lines ' || gone FROM lines
UNION ALL SELECT 'stamps ' || coalesce(deleted_at::text, 'live') FROM stamps
UNION ALL SELECT 'days ' || coalesce(deleted_at::text, 'live') FROM days
UNION ALL SELECT 'flags ' || gone FROM flags
UNION ALL SELECT 'seconds ' || at FROM seconds
UNION ALL SELECT 'millis ' || at FROM millis
UNION ALL SELECT 'nanos ' || at FROM nanos
UNION ALL SELECT 'table ' || "Gone At" FROM "My Schema"."My.Table"
UNION ALL SELECT 'billing ' || deleted_at FROM billing.invoices
UNION ALL SELECT 'tenants ' || deleted_at FROM tenant1.documents
UNION ALL SELECT 'tenants ' || deleted_at FROM tenant2.documents
UNION ALL SELECT 'events ' || deleted_at FROM events
UNION ALL SELECT 'journal ' || deleted_at || ' ' || coalesce(restored_at::text, '') FROM softdelete_deletions
ORDER BY 1`

// before is what there is, and after what there is when 36 h, 1.5 s and 7 µs have passed.
const before = `
SET timezone = 'UTC';
INSERT INTO users (id, updated_at, deleted_at) VALUES (1, '2026-01-01Z', '2026-03-03 12:00:00Z'), (2, '2026-01-01Z', NULL), (3, NULL, 'infinity');
INSERT INTO orders VALUES ('` + anOrder + `', NULL, 1000000), (gen_random_uuid(), NULL, 0), (gen_random_uuid(), NULL, 129601);
INSERT INTO lines VALUES ('` + anOrder + `', 1, true);
INSERT INTO stamps VALUES (1, '2026-03-03 12:00:00'), (2, NULL);
INSERT INTO days VALUES (1, '2026-03-03'), (2, NULL);
INSERT INTO flags VALUES (1, true), (2, false);
INSERT INTO seconds VALUES (1, 1000000), (2, 0);
INSERT INTO millis VALUES (1, 1000000000), (2, 0);
INSERT INTO nanos VALUES (1, 1000000000000000), (2, 0);
INSERT INTO "My Schema"."My.Table" VALUES ('x', '2026-03-03 12:00:00Z');
INSERT INTO billing.invoices VALUES (1, '2026-03-03 12:00:00Z');
INSERT INTO tenant1.documents VALUES (1, '2026-03-03 12:00:00Z');
INSERT INTO tenant2.documents VALUES (1, '2026-03-03 12:00:00Z');
INSERT INTO events VALUES (1, '2026-03-03 12:00:00Z');
INSERT INTO softdelete_deletions (id, deleted_at, table_name, rows, restored_at) VALUES
	(gen_random_uuid(), '2026-03-03 12:00:00Z', 'flags', '{}', NULL), (gen_random_uuid(), '2026-03-03 12:00:00Z', 'flags', '{}', '2026-04-03 12:00:00Z');
`

const after = `billing 2026-03-01 23:59:58.499993+00
days 2026-03-02
days live
events 2026-03-01 23:59:58.499993+00
flags false
flags true
journal 2026-03-01 23:59:58.499993+00 2026-04-01 23:59:58.499993+00
journal 2026-03-01 23:59:58.499993+00 
lines true
millis 0
millis 870398500
nanos 0
nanos 870398499993000
orders 0
orders 870399
orders -1
seconds 0
seconds 870399
stamps 2026-03-01 23:59:58.499993
stamps live
table 2026-03-01 23:59:58.499993+00
tenants 2026-03-01 23:59:58.499993+00
tenants 2026-03-01 23:59:58.499993+00
users 1 2026-03-01 23:59:58.499993+00 2026-01-01 00:00:00+00
users 2 live 2026-01-01 00:00:00+00
users 3 infinity never`

const passed = 36*time.Hour + 1500*time.Millisecond + 7*time.Microsecond

// lines is independent of the collation.
func lines(s string) string {
	l := strings.Split(s, "\n")
	for i := range l {
		l[i] = strings.TrimSpace(l[i])
	}
	slices.Sort(l)
	return strings.Join(l, "\n")
}

func TestClock(t *testing.T) {
	ours, plain := open(t)
	must(t, plain, before+`
		CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.updated_at = now(); RETURN NEW; END';
		CREATE TRIGGER touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch()`)
	was := text(t, plain, everything)

	tx, err := ours.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	softdeletetest.NewClock(t, tx).Advance(passed)
	if got := lines(text(t, tx, strings.ReplaceAll(everything, "FROM users", "FROM (TABLE users) AS u"))); got == lines(was) {
		t.Error("nothing changed in the transaction")
	}
	if role := text(t, tx, "SELECT current_setting('session_replication_role')"); role != "origin" {
		t.Errorf("session_replication_role is left at %s", role)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if got := text(t, plain, everything); got != was {
		t.Errorf("a rollback left\n%s", got)
	}

	conn, err := ours.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	clock := softdeletetest.NewClock(t, conn)
	clock.Advance(0)
	if got := text(t, plain, everything); got != was {
		t.Errorf("no time at all made\n%s", got)
	}
	clock.Advance(passed)
	got := text(t, plain, everything)
	if got := lines(got); got != lines(after) {
		t.Errorf("got\n%s\nwant\n%s", got, lines(after))
	}
	// The trigger is as it was.
	must(t, plain, "UPDATE users SET deleted_at = deleted_at WHERE id = 3")
	if got := text(t, plain, "SELECT (updated_at IS NOT NULL)::text FROM users WHERE id = 3"); got != "true" {
		t.Errorf("the trigger did not fire: %s", got)
	}
}

// What restores and cascades tell a deletion by moves with it.
func TestClockKeepsDeletionsTogether(t *testing.T) {
	ours, plain := open(t)
	must(t, plain, "INSERT INTO users (id) VALUES (7), (8); INSERT INTO orders VALUES ('"+anOrder+"', 7); INSERT INTO lines VALUES ('"+anOrder+"', 1)")
	must(t, ours, "DELETE FROM users WHERE id = 7")
	softdeletetest.NewClock(t, ours).Advance(90 * 24 * time.Hour)
	must(t, ours, "DELETE FROM users WHERE id = 8")
	old := softdelete.OnlyDeleted(t.Context())
	for _, c := range []struct{ query, want string }{
		{"SELECT count(*) FROM users WHERE deleted_at < now() - interval '89 days'", "1"},
		{"SELECT count(*) FROM users WHERE deleted_at < now() - interval '91 days'", "0"},
		{"SELECT count(*) FROM orders WHERE deleted_unix < extract(epoch FROM now() - interval '89 days')", "1"},
		{"SELECT count(*) FROM softdelete_deletions WHERE deleted_at < now() - interval '89 days'", "1"},
		{"SELECT count(*) FROM softdelete_deletions", "2"},
	} {
		var got string
		if err := ours.QueryRowContext(old, c.query).Scan(&got); err != nil || got != c.want {
			t.Errorf("%s: %s, %v; want %s", c.query, got, err, c.want)
		}
	}
	softdeletetest.AssertRestores(t, ours, "users", 7)
	softdeletetest.AssertLive(t, ours, "lines", anOrder, 1)
}

// A role that may not silence triggers lets time pass where there are none.
func TestClockOfAnOrdinaryRole(t *testing.T) {
	dsn, _, plain := openDSN(t)
	role := fmt.Sprintf("clock_%d", time.Now().UnixNano())
	must(t, plain, fmt.Sprintf(`%s
		CREATE ROLE %s LOGIN;
		GRANT ALL ON ALL TABLES IN SCHEMA public, billing, tenant1, tenant2, "My Schema" TO %[2]s;
		GRANT USAGE ON SCHEMA billing, tenant1, tenant2, "My Schema" TO %[2]s`, before, role))
	t.Cleanup(func() {
		must(t, plain, fmt.Sprintf("DROP OWNED BY %s; DROP ROLE %[1]s", role))
	})
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.User(role)
	ours := openPolicy(t, u.String(), policy())
	softdeletetest.NewClock(t, ours).Advance(passed)
	if got := lines(text(t, plain, everything)); got != lines(after) {
		t.Errorf("got\n%s\nwant\n%s", got, lines(after))
	}
	must(t, plain, `
		CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.updated_at = now(); RETURN NEW; END';
		CREATE TRIGGER touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch()`)
	wantFatal(t, "public.users has triggers for updates", func(tb softdeletetest.TB) { softdeletetest.NewClock(tb, ours).Advance(time.Hour) })
	if got := lines(text(t, plain, everything)); got != lines(after) {
		t.Errorf("the clock moved all the same:\n%s", got)
	}
	must(t, plain, "ALTER TABLE users DISABLE TRIGGER touch")
	softdeletetest.NewClock(t, ours).Advance(24 * time.Hour)
	if got := text(t, plain, "SELECT deleted_at::date FROM users WHERE id = 1"); !strings.HasPrefix(got, "2026-02-28") {
		t.Errorf("user 1 was deleted at %s", got)
	}
}
