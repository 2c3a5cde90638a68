package softdelete_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/ddl"
	"github.com/softdelete-go/softdelete/internal/pgtemp"
)

// The same rows as shopPolicy has it: cascades two levels deep, a key of two columns, a
// table that refers to itself, and a table outside the policy whose references are set
// to NULL. {…} are the constraints' actions.
const shopSchema = `
	CREATE TABLE customers (id int PRIMARY KEY, name text, since timestamptz);
	CREATE TABLE orders (id int PRIMARY KEY, customer_id int REFERENCES customers {CASCADE}, replaces int REFERENCES orders {CASCADE}, total numeric(10,2), tags text[]);
	CREATE TABLE items (n int, order_id int REFERENCES orders {CASCADE}, what bytea, PRIMARY KEY (order_id, n));
	CREATE TABLE carts (id int PRIMARY KEY, order_id int REFERENCES orders {SET NULL}, other_id int REFERENCES orders {SET NULL});
	INSERT INTO customers SELECT n, 'c' || n, '2026-01-02 03:04:05.678901+00' FROM generate_series(1, 4) AS n;
	INSERT INTO orders VALUES (10, 1, NULL, 10.50, '{a,"b c"}'), (11, 1, 10, 20, NULL), (12, 2, 11, 30, '{}'), (20, 2, NULL, 40, NULL), (30, 3, NULL, 0, NULL), (40, 4, 40, 1, NULL);
	INSERT INTO items VALUES (1, 10, '\x00ff'), (2, 10, NULL), (1, 11, NULL), (1, 12, NULL), (1, 20, NULL), (2, 20, NULL), (1, 30, NULL), (1, 40, NULL);
	INSERT INTO carts VALUES (1, 10, 20), (2, 12, 12), (3, 30, 40);
`

var shopPolicy = softdelete.Policy{
	Journal: true,
	Tables: []softdelete.Table{
		{Name: "customers", Mode: softdelete.Archive},
		{Name: "orders", Mode: softdelete.Archive},
		{Name: "items", Mode: softdelete.Archive, PrimaryKey: []string{"order_id", "n"}},
	},
	ForeignKeys: []softdelete.ForeignKey{
		{Table: "orders", Columns: []string{"customer_id"}, RefTable: "customers", RefColumns: []string{"id"}, OnDelete: softdelete.Cascade},
		{Table: "orders", Columns: []string{"replaces"}, RefTable: "orders", RefColumns: []string{"id"}, OnDelete: softdelete.Cascade},
		{Table: "items", Columns: []string{"order_id"}, RefTable: "orders", RefColumns: []string{"id"}, OnDelete: softdelete.Cascade},
		{Table: "carts", Columns: []string{"order_id"}, RefTable: "orders", RefColumns: []string{"id"}, OnDelete: softdelete.SetNull},
		{Table: "carts", Columns: []string{"other_id"}, RefTable: "orders", RefColumns: []string{"id"}, OnDelete: softdelete.SetNull},
	},
}

var shopTables = []string{"customers", "orders", "items", "carts"}

// openShop makes a database of the policy with what ddl plans for it. Without triggers
// the database's own foreign keys have no actions.
func openShop(t *testing.T, schema string, p softdelete.Policy, triggers bool) (plain, ours *sql.DB) {
	t.Helper()
	dsn := pgtemp.NewDatabase(t)
	plain = openPlain(t, dsn)
	actions := strings.NewReplacer("{CASCADE}", "", "{SET NULL}", "")
	if triggers {
		actions = strings.NewReplacer("{CASCADE}", "ON DELETE CASCADE", "{SET NULL}", "ON DELETE SET NULL")
	}
	mustExec(t, plain, actions.Replace(schema))
	m, err := ddl.Plan(t.Context(), plain, p, ddl.Options{ArchiveTriggers: triggers})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range m.Up {
		mustExec(t, plain, s.SQL)
	}
	ours, err = softdelete.Open(dsn, p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ours.Close() })
	return plain, ours
}

// record is all that deletions have left: what belongs together has the same number.
func record(t *testing.T, plain *sql.DB) string {
	t.Helper()
	lines := func(query string) string {
		return all(t, plain, "SELECT coalesce(string_agg(q.line, E'\n' ORDER BY q.line), '') FROM ("+query+") AS q(line)") + "\n"
	}
	const number = "(SELECT deletion_id, dense_rank() OVER (ORDER BY min(id)) AS n FROM deletion_records GROUP BY 1)"
	return "records:\n" + lines("SELECT concat_ws(' ', i.n, r.table_name, r.key, r.data, 'by', r.actor, r.reason) FROM deletion_records AS r JOIN "+number+" AS i USING (deletion_id)") +
		"links:\n" + lines("SELECT concat_ws(' ', i.n, l.table_name, l.key, o.key, o.value, l.new -> o.key) FROM softdelete_links AS l CROSS JOIN LATERAL jsonb_each(l.old) AS o JOIN "+number+" AS i USING (deletion_id) WHERE o.value <> l.new -> o.key") +
		"journal:\n" + lines("SELECT concat_ws(' ', i.n, j.table_name, 'by', j.actor, j.reason, j.rows) FROM softdelete_deletions AS j JOIN "+number+" AS i ON i.deletion_id = j.id")
}

const noRecord = "records:\n\nlinks:\n\njournal:\n\n"

// recordedOnce fails if a record waits for a trigger, or the journal miscounts.
func recordedOnce(t *testing.T, plain *sql.DB) {
	t.Helper()
	equalText(t, "records that no trigger has seen", all(t, plain, "SELECT concat_ws('|', table_name, key) FROM deletion_records WHERE xact IS NOT NULL"), "")
	equalText(t, "deletions whose journal miscounts", all(t, plain, `SELECT concat_ws('|', r.deletion_id, r.rows, j.rows) FROM
		(SELECT deletion_id, jsonb_object_agg(table_name, n) AS rows FROM (SELECT deletion_id, table_name, count(*) AS n FROM deletion_records GROUP BY 1, 2) AS c GROUP BY 1) AS r
		LEFT JOIN softdelete_deletions AS j ON j.id = r.deletion_id WHERE j.rows IS DISTINCT FROM r.rows`), "")
}

func TestArchiveTriggersDoAsTheDriver(t *testing.T) {
	statements := []string{
		"DELETE FROM items WHERE order_id = 10 AND n = 2",
		"DELETE FROM items WHERE false",
		"DELETE FROM customers WHERE id = 1", // orders 10 and 11, and 12 of another customer, that replaces 11
		"DELETE FROM orders WHERE id IN (20, 30)",
		"WITH gone AS (DELETE FROM orders WHERE id = 40 RETURNING id) SELECT * FROM gone",
		"DELETE FROM customers",
	}
	driver, ours := openShop(t, shopSchema, shopPolicy, false)
	both, oursToo := openShop(t, shopSchema, shopPolicy, true)
	clients, restorer := openShop(t, shopSchema, shopPolicy, true)
	before := contents(t, clients, shopTables...)
	ctx := softdelete.WithReason(softdelete.WithActor(t.Context(), "ann"), "left us")
	conn, err := clients.Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, "SET softdelete.actor = 'ann'; SET softdelete.reason = 'left us'"); err != nil {
		t.Fatal(err)
	}
	for _, text := range statements {
		mustExecContext(t, ctx, ours, text)
		mustExecContext(t, ctx, oursToo, text)
		if _, err := conn.ExecContext(ctx, text); err != nil {
			t.Fatal(err)
		}
		equalText(t, "what the driver and triggers leave of "+text, contents(t, both, shopTables...), contents(t, driver, shopTables...))
		equalText(t, "what another client leaves of "+text, contents(t, clients, shopTables...), contents(t, driver, shopTables...))
	}
	want := record(t, driver)
	if !strings.Contains(want, `5 customers {"id": 4} {"id": 4, "name": "c4"`) || !strings.Contains(want, "left us") {
		t.Errorf("the driver's records:\n%s", want)
	}
	equalText(t, "the records of driver and triggers", record(t, both), want)
	equalText(t, "the records of another client", record(t, clients), want)
	recordedOnce(t, both)
	recordedOnce(t, clients)

	// What a client has deleted comes back by the driver, the last deletion first.
	list, err := softdelete.Deletions(ctx, restorer, softdelete.DeletionFilter{})
	if err != nil || len(list) != 5 || list[0].Table != "customers" || list[0].Actor != "ann" || list[0].Reason != "left us" {
		t.Fatalf("%+v, %v", list, err)
	}
	for _, d := range list {
		if _, err := softdelete.RestoreDeletion(ctx, restorer, d.ID); err != nil {
			t.Fatal(err)
		}
	}
	equalText(t, "after the restore", contents(t, clients, shopTables...), before)
}

// A key that is deleted, inserted and deleted again in one transaction, by one client or
// by both.
func TestArchiveTriggersRecordEachDeleteOnce(t *testing.T) {
	plain, ours := openShop(t, shopSchema, shopPolicy, true)
	mustExec(t, plain, "DELETE FROM items; DELETE FROM deletion_records; DELETE FROM softdelete_deletions")
	for name, db := range map[string]*sql.DB{"driver": ours, "plain": plain} {
		tx, err := db.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		run := func(text string) {
			t.Helper()
			if _, err := tx.ExecContext(t.Context(), text); err != nil {
				t.Fatal(err)
			}
		}
		for n := range 3 {
			run(fmt.Sprintf("INSERT INTO items VALUES (1, 30, '\\x0%d')", n))
			run("DELETE FROM items WHERE order_id = 30")
		}
		run("SAVEPOINT a")
		run("INSERT INTO items VALUES (1, 30, '\\x03')")
		run("DELETE FROM items WHERE order_id = 30")
		run("ROLLBACK TO a")
		run("INSERT INTO items VALUES (1, 30, '\\x04')")
		run("DELETE FROM items WHERE order_id = 30")
		if err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
		equalText(t, "of the "+name, all(t, plain, "SELECT concat_ws('|', r.data ->> 'what', count(*)) FROM deletion_records AS r JOIN softdelete_deletions AS j ON j.id = r.deletion_id AND j.rows = '{\"items\": 1}' GROUP BY r.data ->> 'what' ORDER BY 1"),
			`\x00|1,\x01|1,\x02|1,\x04|1`)
		equalText(t, "deletions", all(t, plain, "SELECT concat_ws('|', count(DISTINCT deletion_id), count(*)) FROM deletion_records"), "4|4")
		recordedOnce(t, plain)
		mustExec(t, plain, "DELETE FROM deletion_records; DELETE FROM softdelete_deletions")
	}
	// Of a transaction that is rolled back nothing stays.
	tx, err := plain.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.ExecContext(t.Context(), "DELETE FROM customers"); err != nil {
		t.Fatal(err)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	equalText(t, "after the rollback", record(t, plain), noRecord)

	// The driver does not keep what HardDelete takes, the triggers do.
	mustExecContext(t, softdelete.HardDelete(t.Context(), "orders", "items"), ours, "DELETE FROM orders WHERE id = 30")
	equalText(t, "after a hard delete", all(t, plain, "SELECT concat_ws('|', table_name, key) FROM deletion_records"), `orders|{"id": 30}`)
}

// What comes while a delete waits the statement does not see; the database's own keys do.
func TestArchiveTriggersRecordWhatComesLate(t *testing.T) {
	plain, ours := openShop(t, shopSchema, shopPolicy, true)
	late, err := plain.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer late.Rollback()
	if _, err := late.ExecContext(t.Context(), "INSERT INTO orders VALUES (31, 3, NULL, 7); INSERT INTO items VALUES (1, 31); INSERT INTO carts VALUES (4, 31)"); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		_, err := ours.ExecContext(softdelete.WithActor(context.Background(), "ann"), "DELETE FROM customers WHERE id = 3")
		done <- err
	}()
	waitFor(t, plain, oneWaits)
	if err := late.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	equalText(t, "the record", record(t, plain), `records:
1 customers {"id": 3} {"id": 3, "name": "c3", "since": "2026-01-02T03:04:05.678901+00:00"} by ann
1 items {"n": 1, "order_id": 30} {"n": 1, "what": null, "order_id": 30} by ann
1 items {"n": 1, "order_id": 31} {"n": 1, "what": null, "order_id": 31} by ann
1 orders {"id": 30} {"id": 30, "tags": null, "total": 0.00, "replaces": null, "customer_id": 3} by ann
1 orders {"id": 31} {"id": 31, "tags": null, "total": 7.00, "replaces": null, "customer_id": 3} by ann
links:
1 carts {"id": 3} order_id 30 null
1 carts {"id": 4} order_id 31 null
journal:
1 customers by ann {"items": 2, "orders": 2, "customers": 1}
`)
	recordedOnce(t, plain)
	if n, err := softdelete.Restore(t.Context(), ours, "customers", 3); err != nil || n != 5 {
		t.Errorf("restored %d rows, %v", n, err)
	}
	equalText(t, "the carts", all(t, plain, "SELECT concat_ws('|', id, order_id) FROM carts WHERE id > 2 ORDER BY id"), "3|30,4|31")
}

func TestArchiveTriggersRecordTruncate(t *testing.T) {
	plain, ours := openShop(t, shopSchema, shopPolicy, true)
	before := contents(t, plain, "orders", "items")
	mustExec(t, plain, "DELETE FROM carts; TRUNCATE orders, items, carts; TRUNCATE items")
	equalText(t, "the journal", all(t, plain, "SELECT concat_ws('|', table_name, rows) FROM softdelete_deletions"), `orders|{"items": 8, "orders": 6}`)
	recordedOnce(t, plain)
	list, err := softdelete.Deletions(t.Context(), ours, softdelete.DeletionFilter{})
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	if n, err := softdelete.RestoreDeletion(t.Context(), ours, list[0].ID); err != nil || n != 14 {
		t.Errorf("restored %d rows, %v", n, err)
	}
	equalText(t, "after the restore", contents(t, plain, "orders", "items"), before)
}

// A role with no more rights than docs/archive.md asks for, which finds other tables of
// the same name first.
func TestArchiveTriggersForAnyRole(t *testing.T) {
	plain, _ := openShop(t, shopSchema, shopPolicy, true)
	role := "clerk_" + strings.ToLower(rand.Text())
	mustExec(t, plain, fmt.Sprintf(`CREATE ROLE %[1]s; GRANT SELECT, DELETE ON customers TO %[1]s; GRANT SELECT, INSERT, UPDATE ON deletion_records, softdelete_deletions, softdelete_links TO %[1]s;
		CREATE SCHEMA elsewhere; GRANT USAGE ON SCHEMA elsewhere TO %[1]s; CREATE TABLE elsewhere.deletion_records (id int)`, role))
	t.Cleanup(func() { mustExecContext(t, context.Background(), plain, "DROP OWNED BY "+role+"; DROP ROLE "+role) })
	tx, err := plain.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.ExecContext(t.Context(), "SET LOCAL search_path = elsewhere; SET LOCAL ROLE "+role+"; DELETE FROM public.customers WHERE id = 1"); err != nil {
		t.Fatal(err)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	equalText(t, "the journal", all(t, plain, "SELECT concat_ws('|', table_name, rows) FROM softdelete_deletions"), `customers|{"items": 4, "orders": 3, "customers": 1}`)
	recordedOnce(t, plain)
}

// Triggers of the user's that delete, and tables outside the policy.
func TestArchiveTriggersBesideOthers(t *testing.T) {
	plain, ours := openShop(t, shopSchema+`
		CREATE TABLE badges (id int PRIMARY KEY, customer_id int);
		CREATE TABLE regions (id int PRIMARY KEY);
		ALTER TABLE badges ADD region int REFERENCES regions ON DELETE CASCADE;
		INSERT INTO regions VALUES (1), (2);
		INSERT INTO badges VALUES (1, 1, NULL), (2, 1, NULL), (3, 2, 1), (4, 2, 2);
		CREATE FUNCTION unbadge() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN DELETE FROM badges WHERE customer_id = OLD.id; RETURN NULL; END$$;
		CREATE TRIGGER a AFTER DELETE ON customers FOR EACH ROW EXECUTE FUNCTION unbadge();
		CREATE FUNCTION no_badge() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN DELETE FROM badges WHERE id = 4; RETURN NULL; END$$;
		CREATE TRIGGER a AFTER UPDATE ON carts FOR EACH ROW EXECUTE FUNCTION no_badge()`,
		softdelete.Policy{
			Journal: true, Tables: append([]softdelete.Table{{Name: "badges", Mode: softdelete.Archive}}, shopPolicy.Tables...),
			ForeignKeys: append([]softdelete.ForeignKey{{Table: "badges", Columns: []string{"region"}, RefTable: "regions", RefColumns: []string{"id"}, OnDelete: softdelete.KeepVisible}}, shopPolicy.ForeignKeys...),
		}, true)
	rows := func() string {
		t.Helper()
		recordedOnce(t, plain)
		text := all(t, plain, "SELECT concat_ws('|', table_name, rows) FROM softdelete_deletions ORDER BY rows::text")
		mustExec(t, plain, "DELETE FROM deletion_records; DELETE FROM softdelete_deletions")
		return text
	}
	mustExec(t, ours, "DELETE FROM customers WHERE id = 1")
	equalText(t, "by the driver", rows(), `customers|{"items": 4, "badges": 3, "orders": 3, "customers": 1}`)
	mustExec(t, plain, "INSERT INTO badges VALUES (1, 2, NULL), (4, 9, 2); DELETE FROM customers WHERE id = 2")
	// The trigger on carts, which are outside the policy, fires when the deletion is complete.
	equalText(t, "by another client", rows(), `badges|{"badges": 1},customers|{"items": 2, "badges": 2, "orders": 1, "customers": 1}`)
	mustExec(t, plain, "INSERT INTO badges VALUES (1, 2, 1), (4, 9, 2); DELETE FROM regions; UPDATE carts SET id = id; DELETE FROM items WHERE order_id = 30")
	equalText(t, "from a table outside the policy", rows(), `badges|{"badges": 2},items|{"items": 1}`)
	mustExec(t, plain, "INSERT INTO badges VALUES (4, 9, NULL); DELETE FROM items WHERE false; UPDATE carts SET id = id; DELETE FROM items WHERE false")
	equalText(t, "by a trigger alone", rows(), `badges|{"badges": 1}`)
}

func TestArchiveTriggersOnPartitions(t *testing.T) {
	plain, ours := openShop(t, `
		CREATE TABLE logs (id int PRIMARY KEY);
		CREATE TABLE events (id int, day date, log int REFERENCES logs {CASCADE}, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
		CREATE TABLE events_old PARTITION OF events FOR VALUES FROM (MINVALUE) TO ('2000-01-01');
		CREATE TABLE events_new PARTITION OF events DEFAULT;
		INSERT INTO logs VALUES (1), (2);
		INSERT INTO events SELECT n, date '1999-12-25' + n, 1 + n % 2 FROM generate_series(1, 10) AS n`,
		softdelete.Policy{
			Journal: true,
			Tables: []softdelete.Table{
				{Name: "logs", Mode: softdelete.Archive},
				{Name: "events", Mode: softdelete.Archive, PrimaryKey: []string{"id", "day"}},
				{Name: "events_old", Mode: softdelete.Archive, PrimaryKey: []string{"id", "day"}, PartitionOf: "events"},
				{Name: "events_new", Mode: softdelete.Archive, PrimaryKey: []string{"id", "day"}, PartitionOf: "events"},
			},
			ForeignKeys: []softdelete.ForeignKey{{Table: "events", Columns: []string{"log"}, RefTable: "logs", RefColumns: []string{"id"}, OnDelete: softdelete.Cascade}},
		}, true)
	mustExec(t, plain, "UPDATE events SET day = '2020-01-01' WHERE id = 1")
	equalText(t, "an UPDATE that moves a row", record(t, plain), noRecord)
	before := contents(t, plain, "logs", "events")
	for i, text := range []string{"DELETE FROM events WHERE id IN (2, 9)", "DELETE FROM events_old WHERE id = 3", "DELETE FROM logs WHERE id = 2", "TRUNCATE events", "TRUNCATE events_new"} {
		for name, db := range map[string]*sql.DB{"plain": plain, "ours": ours} {
			if name == "ours" && strings.HasPrefix(text, "TRUNCATE") {
				continue
			}
			mustExec(t, db, text)
			recordedOnce(t, plain)
			want := []string{`events|{"events": 2}`, `events|{"events": 1}`, `logs|{"logs": 1, "events": 5}`, `events|{"events": 10}`, `events|{"events": 5}`}[i]
			equalText(t, text, all(t, plain, "SELECT concat_ws('|', table_name, rows) FROM softdelete_deletions"), want)
			list, err := softdelete.Deletions(t.Context(), ours, softdelete.DeletionFilter{})
			if err != nil || len(list) != 1 {
				t.Fatal(list, err)
			}
			if _, err := softdelete.RestoreDeletion(t.Context(), ours, list[0].ID); err != nil {
				t.Fatal(err)
			}
			equalText(t, text+", restored", contents(t, plain, "logs", "events"), before)
			mustExec(t, plain, "DELETE FROM deletion_records; DELETE FROM softdelete_deletions")
		}
	}
}
