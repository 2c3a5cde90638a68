package softdelete_test

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/internal/pgtemp"
)

// Transactions meet on the same rows, in every order that a server can bring about,
// at every isolation level. What each reports and what is left stands in the tables
// of docs/concurrency.md, which are compared with what happens; -update writes them
// anew. What no table may say is asserted besides, see [race.check].

// long asks for the long forms of the tests in this file and in crash_test.go.
func long() bool { return os.Getenv("SOFTDELETE_LONG") != "" }

// raceTables are users ← orders ← items, cascading; orders ← invoices, forbidding;
// users ← notes, set null; shares, children of a user in two ways; and staff, whose
// managers cascade. Nothing changes the statistics, and with them the plans: which
// rows a serializable transaction has read depends on those.
const raceTables = `
CREATE TABLE users (id int PRIMARY KEY, email text, deleted_at timestamptz, deletion_id uuid) WITH (autovacuum_enabled = off);
CREATE TABLE orders (id int PRIMARY KEY, user_id int REFERENCES users, deleted_at timestamptz, deletion_id uuid) WITH (autovacuum_enabled = off);
CREATE TABLE items (id int PRIMARY KEY, order_id int REFERENCES orders, deleted_at timestamptz, deletion_id uuid) WITH (autovacuum_enabled = off);
CREATE TABLE invoices (id int PRIMARY KEY, order_id int REFERENCES orders, deleted_at timestamptz, deletion_id uuid) WITH (autovacuum_enabled = off);
CREATE TABLE notes (id int PRIMARY KEY, user_id int REFERENCES users, deleted_at timestamptz, deletion_id uuid) WITH (autovacuum_enabled = off);
CREATE TABLE shares (id int PRIMARY KEY, user_id int REFERENCES users, order_id int REFERENCES orders, deleted_at timestamptz, deletion_id uuid) WITH (autovacuum_enabled = off);
CREATE TABLE staff (id int PRIMARY KEY, manager_id int REFERENCES staff, deleted_at timestamptz, deletion_id uuid) WITH (autovacuum_enabled = off);
CREATE INDEX ON orders (user_id) WHERE deleted_at IS NULL;
CREATE INDEX ON items (order_id) WHERE deleted_at IS NULL;
CREATE INDEX ON invoices (order_id) WHERE deleted_at IS NULL;
CREATE INDEX ON notes (user_id) WHERE deleted_at IS NULL;
CREATE INDEX ON shares (user_id) WHERE deleted_at IS NULL;
CREATE INDEX ON shares (order_id) WHERE deleted_at IS NULL;
CREATE INDEX ON staff (manager_id) WHERE deleted_at IS NULL;
` + softdelete.JournalDDL

// raceRows are the rows that every meeting starts from. TRUNCATE would take ten times
// as long.
const raceRows = `
SET session_replication_role = replica; -- without foreign keys
DELETE FROM softdelete_deletions; DELETE FROM softdelete_links; DELETE FROM users; DELETE FROM orders; DELETE FROM items;
DELETE FROM invoices; DELETE FROM notes; DELETE FROM shares; DELETE FROM staff;
INSERT INTO users (id, email) VALUES (1, 'ann'), (2, 'bob'), (3, 'cid');
INSERT INTO orders (id, user_id) VALUES (10, 1), (11, 1), (20, 2), (30, 3);
INSERT INTO items (id, order_id) VALUES (100, 10), (101, 10), (110, 11), (200, 20);
INSERT INTO invoices (id, order_id) VALUES (1, 30);
INSERT INTO notes (id, user_id) VALUES (1, 1), (2, 2);
INSERT INTO shares (id, user_id, order_id) VALUES (1, 1, 20), (2, 2, 10);
INSERT INTO staff (id, manager_id) VALUES (1, NULL), (2, 1), (3, 2), (4, 2), (5, NULL);
`

func racePolicy(twins bool) softdelete.Policy {
	p := softdelete.Policy{Journal: true}
	for _, name := range []string{"users", "orders", "items", "invoices", "notes", "shares", "staff"} {
		p.Tables = append(p.Tables, softdelete.Table{Name: name, DeletionID: "deletion_id"})
	}
	for _, k := range []struct {
		child, column, parent string
		action                softdelete.Action
	}{
		{"orders", "user_id", "users", softdelete.Cascade},
		{"items", "order_id", "orders", softdelete.Cascade},
		{"invoices", "order_id", "orders", softdelete.NoAction},
		{"notes", "user_id", "users", softdelete.SetNull},
		{"shares", "user_id", "users", softdelete.Cascade},
		{"shares", "order_id", "orders", softdelete.Cascade},
		{"staff", "manager_id", "staff", softdelete.Cascade},
	} {
		f := softdelete.ForeignKey{Table: k.child, Columns: []string{k.column}, RefTable: k.parent, RefColumns: []string{"id"}, OnDelete: k.action}
		if twins {
			f.Twin = k.child + "_" + k.column + "_twin"
		}
		p.ForeignKeys = append(p.ForeignKeys, f)
	}
	return p
}

// twinKeys is the DDL of the twin keys of a policy whose keys are integers, as
// docs/concurrency.md shows it for one.
func twinKeys(p softdelete.Policy) string {
	var ddl strings.Builder
	done := map[string]bool{}
	for _, f := range p.ForeignKeys {
		if !done[f.RefTable] {
			done[f.RefTable] = true
			fmt.Fprintf(&ddl, "ALTER TABLE %s ADD live_id int GENERATED ALWAYS AS (CASE WHEN deleted_at IS NULL THEN id END) STORED UNIQUE;\n", f.RefTable)
		}
		fmt.Fprintf(&ddl, `ALTER TABLE %s ADD live_%[2]s int GENERATED ALWAYS AS (CASE WHEN deleted_at IS NULL THEN %[2]s END) STORED
	CONSTRAINT %[3]s REFERENCES %[4]s (live_id);
CREATE INDEX ON %[1]s (live_%[2]s);
`, f.Table, f.Columns[0], f.Twin, f.RefTable)
	}
	return ddl.String()
}

var isolations = []sql.IsolationLevel{sql.LevelReadCommitted, sql.LevelRepeatableRead, sql.LevelSerializable}

// action is one statement.
type action struct {
	name string
	do   func(context.Context, softdelete.Execer) (int64, error)
}

func statement(text string) action {
	return action{text, func(ctx context.Context, db softdelete.Execer) (int64, error) {
		res, err := db.ExecContext(ctx, text)
		if err != nil {
			return 0, err
		}
		return res.RowsAffected()
	}}
}

func restoring(table string, key int) action {
	return action{fmt.Sprintf("Restore(%s, %d)", table, key), func(ctx context.Context, db softdelete.Execer) (int64, error) {
		return softdelete.Restore(ctx, db, table, key)
	}}
}

// arena is a database, three sessions through the driver, and connections beside it.
type arena struct {
	policy      softdelete.Policy
	dsn         string
	ours, plain *sql.DB
	a, b, c     *session
}

// session is one connection.
type session struct {
	*sql.Conn
	pid int
}

// patience bounds a wait of these tests: a lock that nobody releases fails them.
const patience = 2 * time.Minute

func newArena(t *testing.T, p softdelete.Policy, ddl string) *arena {
	t.Helper()
	u, err := url.Parse(pgtemp.NewDatabase(t))
	if err != nil {
		t.Fatal(err)
	}
	plain := openPlain(t, u.String())
	mustExec(t, plain, ddl)
	query := u.Query()
	query.Set("deadlock_timeout", "50ms") // the default, a second, is for production
	u.RawQuery = query.Encode()
	return openArena(t, p, u.String(), plain)
}

func openArena(t *testing.T, p softdelete.Policy, dsn string, plain *sql.DB) *arena {
	t.Helper()
	ours, err := softdelete.Open(dsn, p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ours.Close() })
	return &arena{p, dsn, ours, plain, newSession(t, ours), newSession(t, ours), newSession(t, ours)}
}

func newSession(t *testing.T, db *sql.DB) *session {
	t.Helper()
	ctx := context.Background()
	conn, err := db.Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	s := &session{Conn: conn}
	if err := conn.QueryRowContext(ctx, `SELECT pg_backend_pid()`).Scan(&s.pid); err != nil {
		t.Fatal(err)
	}
	return s
}

// byDefault sets the isolation level of statements outside transactions.
func (s *session) byDefault(ctx context.Context, level sql.IsolationLevel) error {
	_, err := s.ExecContext(ctx, fmt.Sprintf(`SET default_transaction_isolation = '%s'`, strings.ToLower(level.String())))
	return err
}

func (s *session) begin(t *testing.T, level sql.IsolationLevel) *sql.Tx {
	t.Helper()
	tx, err := s.BeginTx(context.Background(), &sql.TxOptions{Isolation: level})
	if err != nil {
		t.Fatal(err)
	}
	return tx
}

// report is what a session reports of its statement, and of its COMMIT.
type report struct {
	waited bool
	n      int64
	err    error
	commit error
}

// took reports whether the statement, and its transaction, did what was asked.
func (r report) took() bool { return r.err == nil && r.commit == nil && r.n > 0 }

func (r report) String() string {
	s := ""
	if r.waited {
		s = "waits, "
	}
	switch {
	case errors.Is(r.err, softdelete.ErrRefused):
		return s + "refused"
	case r.err != nil:
		return s + errorCode(r.err)
	case r.commit != nil:
		return fmt.Sprintf("%s%d, %s at COMMIT", s, r.n, errorCode(r.commit))
	}
	return s + strconv.FormatInt(r.n, 10)
}

// errorCode is the SQLSTATE of an error, or its text.
func errorCode(err error) string {
	var pgErr *pgconn.PgError
	if errors.As(err, &pgErr) {
		return pgErr.Code
	}
	return fmt.Sprint(err)
}

// pending is a statement that has been sent.
type pending struct {
	report
	done chan struct{}
}

func start(db softdelete.Execer, act action) *pending {
	p := &pending{done: make(chan struct{})}
	go func() {
		defer close(p.done)
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		p.n, p.err = act.do(ctx, db)
	}()
	return p
}

// settle returns when the statement that waiter has sent is over, or waits for a
// lock of holder.
func (r *arena) settle(t *testing.T, p *pending, waiter, holder *session) {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		select {
		case <-p.done:
			return
		default:
		}
		if err := r.plain.QueryRow(`SELECT $2 = ANY (pg_blocking_pids($1))`, waiter.pid, holder.pid).Scan(&p.waited); err != nil {
			t.Fatal(err)
		}
		if p.waited {
			return
		}
	}
	t.Fatalf("a statement neither ends nor waits for a lock within %s", patience)
}

// end ends the transaction of a statement once that is over.
func (p *pending) end(tx *sql.Tx) report {
	<-p.done
	if p.err != nil {
		_ = tx.Rollback()
	} else {
		p.commit = tx.Commit()
	}
	return p.report
}

// order is one of the orders in which two transactions can meet.
type order string

const (
	commits     order = "commits"
	rollsBack   order = "rolls back"
	afterwards  order = "commits after the second" // only where the second does not wait
	oldSnapshot order = "has committed since the second's snapshot"
)

// race is a pair of statements that meet on the same rows; a is a delete or a
// restore. In the tables they are known by short names.
type race struct {
	name         string
	before       []action // committed beforehand
	a, b         action
	aName, bName string
	watch        []string // rows whose state is told: "orders 10", or "notes 1 user_id" with a column

	child  string // who makes a live child of what the other deletes: "a", "b" or nobody
	spared string // the row that lives whenever b has done what it asked
	once   bool   // exactly one of the two reports rows, unless something rolls back
	twins  bool   // to be shown with twin keys as well
}

var races = []race{
	{
		name: "Delete a parent, insert a child", twins: true, child: "b",
		a: statement(`DELETE FROM users WHERE id = 1`), aName: "DELETE",
		b: statement(`INSERT INTO orders (id, user_id) VALUES (12, 1)`), bName: "INSERT",
		watch: []string{"users 1", "orders 12"},
	},
	{
		name: "Delete a parent, point a child at it", twins: true, child: "b",
		a: statement(`DELETE FROM users WHERE id = 1`), aName: "DELETE",
		b: statement(`UPDATE orders SET user_id = 1 WHERE id = 20`), bName: "UPDATE",
		watch: []string{"users 1", "orders 20 user_id"},
	},
	{
		name: "Delete a parent, point a child elsewhere", spared: "orders 10",
		a: statement(`DELETE FROM users WHERE id = 1`), aName: "DELETE",
		b: statement(`UPDATE orders SET user_id = 2 WHERE id = 10`), bName: "UPDATE",
		watch: []string{"users 1", "orders 10 user_id", "items 100"},
	},
	{
		name: "The same where two keys lead to the child", spared: "shares 1",
		a: statement(`DELETE FROM users WHERE id = 1`), aName: "DELETE",
		b: statement(`UPDATE shares SET user_id = 3 WHERE id = 1`), bName: "UPDATE",
		watch: []string{"users 1", "shares 1 user_id"},
	},
	{
		name: "The same in a table that refers to itself", spared: "staff 3",
		a: statement(`DELETE FROM staff WHERE id = 1`), aName: "DELETE",
		b: statement(`UPDATE staff SET manager_id = 5 WHERE id = 3`), bName: "UPDATE",
		watch: []string{"staff 1", "staff 3 manager_id", "staff 4"},
	},
	{
		name: "Delete a grandparent, insert a grandchild", twins: true, child: "b",
		a: statement(`DELETE FROM users WHERE id = 1`), aName: "DELETE",
		b: statement(`INSERT INTO items (id, order_id) VALUES (102, 10)`), bName: "INSERT",
		watch: []string{"users 1", "orders 10", "items 102"},
	},
	{
		name: "SET NULL: delete a parent, insert a child", twins: true, child: "b",
		a: statement(`DELETE FROM users WHERE id = 1`), aName: "DELETE",
		b: statement(`INSERT INTO notes (id, user_id) VALUES (3, 1)`), bName: "INSERT",
		watch: []string{"users 1", "notes 3 user_id"},
	},
	{
		name: "SET NULL: delete a parent, point a child elsewhere", spared: "notes 1 user_id = 2",
		a: statement(`DELETE FROM users WHERE id = 1`), aName: "DELETE",
		b: statement(`UPDATE notes SET user_id = 2 WHERE id = 1`), bName: "UPDATE",
		watch: []string{"users 1", "notes 1 user_id"},
	},
	{
		name: "NO ACTION: delete a parent, insert a child", twins: true, child: "b",
		a: statement(`DELETE FROM orders WHERE id = 20`), aName: "DELETE",
		b: statement(`INSERT INTO invoices (id, order_id) VALUES (2, 20)`), bName: "INSERT",
		watch: []string{"orders 20", "invoices 2"},
	},
	{
		name: "NO ACTION: delete a parent, delete its only child",
		a:    statement(`DELETE FROM orders WHERE id = 30`), aName: "DELETE parent",
		b: statement(`DELETE FROM invoices WHERE id = 1`), bName: "DELETE child",
		watch: []string{"orders 30", "invoices 1"},
	},
	{
		name: "Delete a row twice", once: true,
		a: statement(`DELETE FROM users WHERE id = 1`), aName: "DELETE",
		b: statement(`DELETE FROM users WHERE id = 1`), bName: "DELETE",
		watch: []string{"users 1"},
	},
	{
		name: "Delete a parent, delete a child of it",
		a:    statement(`DELETE FROM users WHERE id = 1`), aName: "DELETE parent",
		b: statement(`DELETE FROM orders WHERE id = 10`), bName: "DELETE child",
		watch: []string{"users 1", "orders 10", "items 100"},
	},
	{
		name: "Delete two parents that share children",
		a:    statement(`DELETE FROM users WHERE id = 1`), aName: "DELETE 1",
		b: statement(`DELETE FROM users WHERE id = 2`), bName: "DELETE 2",
		watch: []string{"users 1", "users 2", "shares 1", "shares 2"},
	},
	{
		name: "Delete a row, delete the one above it in its table",
		a:    statement(`DELETE FROM staff WHERE id = 1`), aName: "DELETE above",
		b: statement(`DELETE FROM staff WHERE id = 2`), bName: "DELETE below",
		watch: []string{"staff 1", "staff 2", "staff 3"},
	},
	{
		name: "Delete a row, update it",
		a:    statement(`DELETE FROM users WHERE id = 1`), aName: "DELETE",
		b: statement(`UPDATE users SET email = 'x' WHERE id = 1`), bName: "UPDATE",
		watch: []string{"users 1 email"},
	},
	{
		name: "Delete by a condition, update so that it no longer holds", spared: "users 1",
		a: statement(`DELETE FROM users WHERE email = 'ann'`), aName: "DELETE",
		b: statement(`UPDATE users SET email = 'x' WHERE id = 1`), bName: "UPDATE",
		watch: []string{"users 1 email"},
	},
	{
		name: "Restore a row, delete it", before: []action{statement(`DELETE FROM users WHERE id = 1`)},
		a: restoring("users", 1), aName: "Restore",
		b: statement(`DELETE FROM users WHERE id = 1`), bName: "DELETE",
		watch: []string{"users 1", "orders 10"},
	},
	{
		name: "Restore a row twice", before: []action{statement(`DELETE FROM users WHERE id = 1`)}, once: true,
		a: restoring("users", 1), aName: "Restore",
		b: restoring("users", 1), bName: "Restore",
		watch: []string{"users 1", "orders 10"},
	},
	{
		name: "Restore a deletion by two of its rows", before: []action{statement(`DELETE FROM users WHERE id = 1`)}, once: true,
		a: restoring("users", 1), aName: "Restore parent",
		b: restoring("orders", 10), bName: "Restore child",
		watch: []string{"users 1", "orders 10", "items 100"},
	},
	{
		name: "Restore a child, delete its parent", before: []action{statement(`DELETE FROM orders WHERE id = 20`)}, twins: true, child: "a",
		a: restoring("orders", 20), aName: "Restore",
		b: statement(`DELETE FROM users WHERE id = 2`), bName: "DELETE",
		watch: []string{"users 2", "orders 20"},
	},
	{
		name: "Restore a parent, insert a child", before: []action{statement(`DELETE FROM users WHERE id = 1`)}, twins: true,
		a: restoring("users", 1), aName: "Restore",
		b: statement(`INSERT INTO orders (id, user_id) VALUES (12, 1)`), bName: "INSERT",
		watch: []string{"users 1", "orders 12"},
	},
}

// meet lets a, which is first, and b meet. possible is false where b waits, so that
// it cannot commit before a.
func (r *arena) meet(t *testing.T, c race, o order, level sql.IsolationLevel) (first, second report, possible bool) {
	t.Helper()
	mustExec(t, r.plain, raceRows)
	for _, act := range c.before {
		if _, err := act.do(context.Background(), r.ours); err != nil {
			t.Fatalf("%s: %v", act.name, err)
		}
	}
	a, b := r.a.begin(t, level), r.b.begin(t, level)
	defer func() { _, _ = a.Rollback(), b.Rollback() }()
	if o == oldSnapshot {
		if _, err := b.Exec(`SELECT FROM users`); err != nil {
			t.Fatal(err)
		}
	}
	one := start(a, c.a)
	r.settle(t, one, r.a, r.b)
	if one.waited {
		t.Fatalf("%s waits, though nothing has happened yet", c.a.name)
	}
	if o == oldSnapshot {
		one.end(a)
	}
	two := start(b, c.b)
	r.settle(t, two, r.b, r.a)
	switch o {
	case rollsBack:
		if err := a.Rollback(); err != nil {
			t.Fatal(err)
		}
	case afterwards:
		if two.waited {
			_ = a.Rollback()
			two.end(b)
			return report{}, report{}, false
		}
		two.end(b)
		return one.end(a), two.report, true
	case commits:
		one.end(a)
	}
	second = two.end(b)
	return one.report, second, true
}

// check asserts what holds whatever the tables say. a was first.
func (c race) check(t *testing.T, r *arena, o order, level sql.IsolationLevel, twins, swapped bool, first, second report) (orphaned bool) {
	t.Helper()
	ctx := context.Background()
	meeting := fmt.Sprintf("%s; twins %t, %s, %s first, %s: %s; %s", c.name, twins, level, c.aName, o, first, second)
	orphans, err := orphans(ctx, r.plain, r.policy)
	if err != nil {
		t.Fatal(err)
	}
	// The child's transaction was first, and the delete did not see it: the hole of
	// the default mode. Where this test finds it closed, the documents are wrong.
	childFirst := c.child == map[bool]string{false: "a", true: "b"}[swapped] && (o == commits || o == oldSnapshot && level != sql.LevelReadCommitted)
	if hole := childFirst && !twins && level != sql.LevelSerializable; hole != (len(orphans) > 0) {
		t.Errorf("%s: live children of deleted parents: %v, expected some: %t", meeting, orphans, hole)
	}
	problems, err := broken(ctx, r.plain, r.policy)
	if err != nil || len(problems) > 0 {
		t.Errorf("%s: deletions in pieces: %v, %v", meeting, problems, err)
	}
	if level == sql.LevelReadCommitted {
		for _, code := range []string{first.String(), second.String()} {
			if strings.Contains(code, "40001") || strings.Contains(code, "40P01") {
				t.Errorf("%s: a READ COMMITTED transaction is asked to try again", meeting)
			}
		}
	}
	if c.once && o != rollsBack && first.took() == second.took() {
		t.Errorf("%s: exactly one of the two takes the row", meeting)
	}
	b, bStands := second, true
	if swapped {
		b, bStands = first, o != rollsBack
	}
	if c.spared != "" && bStands && b.took() {
		table, rest, _ := strings.Cut(c.spared, " ")
		id, more, _ := strings.Cut(rest, " ")
		equalText(t, meeting+": rows of "+c.spared+" that are live", all(t, r.plain, fmt.Sprintf(`SELECT count(*) FROM %s WHERE id = %s AND deleted_at IS NULL AND (%s)`, table, id, cmp.Or(more, "true"))), "1")
	}
	return len(orphans) > 0
}

// left describes the watched rows.
func (r *arena) left(t *testing.T, watch []string) string {
	t.Helper()
	var list []string
	for _, w := range watch {
		f := append(strings.Fields(w), "NULL")
		list = append(list, cmp.Or(all(t, r.plain, fmt.Sprintf(`SELECT CASE WHEN deleted_at IS NULL THEN 'live' ELSE 'dead' END || coalesce(' (' || %s || ')', '') FROM %s WHERE id = %s`, f[2], f[0], f[1])), "none"))
	}
	return strings.Join(list, ", ")
}

// orphans lists the live children of deleted parents.
func orphans(ctx context.Context, db *sql.DB, p softdelete.Policy) ([]string, error) {
	var arms []string
	for _, f := range p.ForeignKeys {
		arms = append(arms, fmt.Sprintf(`SELECT concat_ws(' ', '%s.%s', c.id) FROM %[1]s AS c JOIN %[3]s AS p ON p.id = c.%[2]s
			WHERE c.deleted_at IS NULL AND p.deleted_at IS NOT NULL`, f.Table, f.Columns[0], f.RefTable))
	}
	return texts(ctx, db, strings.Join(arms, " UNION ALL ")+" ORDER BY 1")
}

// broken lists what of the journal and the rows does not fit: a deletion that is
// neither whole nor absent. The journal says how many rows of which table each took,
// and so many must be there, dead, with its id; of one that was restored, none. No
// live row has an id, and no dead row has none.
func broken(ctx context.Context, db *sql.DB, p softdelete.Policy) ([]string, error) {
	var rows, names []string
	for _, t := range p.Tables {
		rows = append(rows, fmt.Sprintf(`SELECT '%s' AS name, id, deletion_id, deleted_at FROM %[1]s`, t.Name))
		names = append(names, "'"+t.Name+"'")
	}
	return texts(ctx, db, `WITH r AS (`+strings.Join(rows, " UNION ALL ")+`),
		want AS (SELECT j.id, n.name, sum(CASE WHEN j.restored_at IS NULL THEN coalesce((j.rows ->> n.name)::int, 0) ELSE 0 END) AS n
			FROM softdelete_deletions AS j CROSS JOIN unnest(ARRAY[`+strings.Join(names, ", ")+`]) AS n(name) GROUP BY 1, 2),
		have AS (SELECT deletion_id AS id, name, count(*) AS n FROM r WHERE deletion_id IS NOT NULL GROUP BY 1, 2)
		SELECT format('deletion %s: %s rows of %s, the journal says %s', coalesce(w.id, h.id), coalesce(h.n, 0), coalesce(w.name, h.name), coalesce(w.n::text, 'nothing'))
			FROM want AS w FULL JOIN have AS h ON w.id = h.id AND w.name = h.name WHERE coalesce(w.n, -1) <> coalesce(h.n, 0)
		UNION ALL SELECT format('%s %s is %s and has the deletion id %s', name, id, CASE WHEN deleted_at IS NULL THEN 'live' ELSE 'dead' END, deletion_id)
			FROM r WHERE (deleted_at IS NULL) <> (deletion_id IS NULL)`)
}

// texts returns the first column of a query.
func texts(ctx context.Context, db *sql.DB, text string) (list []string, err error) {
	rows, err := db.QueryContext(ctx, text)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, rows.Err()
}

const concurrencyDoc = "docs/concurrency.md"

// documented compares the tables of docs/concurrency.md, between comments that name
// them, with what they ought to be.
func documented(t *testing.T, name, want string) {
	t.Helper()
	text, err := os.ReadFile(concurrencyDoc)
	if err != nil {
		t.Fatal(err)
	}
	begin, end := "<!-- "+name+" -->\n", "<!-- end "+name+" -->\n"
	head, rest, found := strings.Cut(string(text), begin)
	got, tail, closed := strings.Cut(rest, end)
	switch {
	case !found || !closed:
		t.Errorf("%s has no place for the tables %q", concurrencyDoc, name)
	case got == want:
	case flag.Lookup("update").Value.String() == "true":
		if err := os.WriteFile(concurrencyDoc, []byte(head+begin+want+end+tail), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		gotLines, wantLines := strings.Split(got, "\n"), strings.Split(want, "\n")
		for i, line := range wantLines {
			if i >= len(gotLines) || gotLines[i] != line {
				t.Errorf("%s says\n%s\nand now it is\n%s", concurrencyDoc, strings.Join(gotLines[min(i, len(gotLines)):min(i+1, len(gotLines))], "\n"), line)
				break
			}
		}
	}
}

// pairs lets all races happen, and compares with the document.
func (r *arena) pairs(t *testing.T, twins bool) {
	var doc strings.Builder
	for _, c := range races {
		if twins && !c.twins {
			continue
		}
		who := fmt.Sprintf("%s is `%s`, %s is `%s`", c.aName, c.a.name, c.bName, c.b.name)
		if c.a.name == c.b.name {
			who = fmt.Sprintf("both are `%s`", c.a.name)
		}
		fmt.Fprintf(&doc, "\n**%s**: %s. Left: %s.\n\n", c.name, who, strings.Join(c.watch, ", "))
		doc.WriteString("| first | second | the first | READ COMMITTED | REPEATABLE READ | SERIALIZABLE |\n|---|---|---|---|---|---|\n")
		for _, swapped := range []bool{false, true} {
			if swapped {
				if c.a.name == c.b.name {
					break
				}
				c.a, c.b, c.aName, c.bName = c.b, c.a, c.bName, c.aName
			}
			for _, o := range []order{commits, afterwards, rollsBack, oldSnapshot} {
				var cells []string
				met := false
				for _, level := range isolations {
					first, second, possible := r.meet(t, c, o, level)
					if !possible {
						cells = append(cells, "the second waits")
						continue
					}
					met = true
					mark := ""
					if c.check(t, r, o, level, twins, swapped, first, second) {
						mark = " **orphan**"
					}
					cells = append(cells, fmt.Sprintf("%s; %s: %s%s", first, second, r.left(t, c.watch), mark))
				}
				if met {
					fmt.Fprintf(&doc, "| %s | %s | %s | %s |\n", c.aName, c.bName, o, strings.Join(cells, " | "))
				}
			}
		}
	}
	documented(t, map[bool]string{false: "default locking", true: "twin keys"}[twins], doc.String())
}

// TestConcurrency is about the default mode.
func TestConcurrency(t *testing.T) {
	r := newArena(t, racePolicy(false), raceTables)
	t.Run("pairs", func(t *testing.T) { r.pairs(t, false) })
	t.Run("a second child overtakes the delete", func(t *testing.T) { r.secondChild(t, "orders.user_id 12, orders.user_id 13") })
	t.Run("two wait for a delete", r.twoWait)
	t.Run("the parent is locked first", r.locksFirst)
	t.Run("rows that are new", r.rowsThatAreNew)
	t.Run("rows that are new, without deletion ids", func(t *testing.T) {
		p := r.policy
		p.Journal = false
		p.Tables, p.ForeignKeys = slices.Clone(p.Tables), slices.Clone(p.ForeignKeys)
		for i := range p.Tables {
			p.Tables[i].DeletionID = ""
		}
		for i := range p.ForeignKeys {
			if f := &p.ForeignKeys[i]; f.OnDelete == softdelete.SetNull {
				f.OnDelete = softdelete.Cascade // SET NULL wants a journal
			}
		}
		openArena(t, p, r.dsn, r.plain).rowsThatAreNew(t)
	})
	t.Run("deadlocks", r.deadlocks)
	t.Run("restores deadlock", r.restoresDeadlock)
	// SERIALIZABLE alone leaves no orphans. How many the other levels leave depends on
	// the load and the machine, so it is told and not asserted.
	t.Run("load", func(t *testing.T) { r.underLoad(t, 150, sql.LevelSerializable) })
}

func TestTwinKeys(t *testing.T) {
	p := racePolicy(true)
	r := newArena(t, p, raceTables+twinKeys(p))
	t.Run("pairs", func(t *testing.T) { r.pairs(t, true) })
	t.Run("a second child overtakes the delete", func(t *testing.T) { r.secondChild(t, "") })
	t.Run("the new child goes along", r.takesTheNewChild)
	t.Run("errors speak of the plain key", r.speaksOfThePlainKey)
	t.Run("tried four times", r.triedFourTimes)
	t.Run("load", func(t *testing.T) { r.underLoad(t, 500, isolations...) })
}

// enter begins a transaction of the session and carries out its first statement,
// which must not wait.
func (s *session) enter(t *testing.T, level sql.IsolationLevel, act action) *sql.Tx {
	t.Helper()
	tx := s.begin(t, level)
	t.Cleanup(func() { _ = tx.Rollback() })
	if n, err := act.do(context.Background(), tx); n != 1 || err != nil {
		t.Fatalf("%s: %d rows, %v", act.name, n, err)
	}
	return tx
}

func mustCommit(t *testing.T, tx *sql.Tx) {
	t.Helper()
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
}

func (r *arena) orphans(t *testing.T) string {
	t.Helper()
	list, err := orphans(context.Background(), r.plain, r.policy)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(list, ", ")
}

func (r *arena) mustBeWhole(t *testing.T) {
	t.Helper()
	if problems, err := broken(context.Background(), r.plain, r.policy); err != nil || len(problems) > 0 {
		t.Errorf("deletions in pieces: %v, %v", problems, err)
	}
}

// A delete waits for one child; another is inserted meanwhile, and does not wait for
// the delete, for it is in nobody's way yet.
func (r *arena) secondChild(t *testing.T, left string) {
	mustExec(t, r.plain, raceRows)
	a := r.a.enter(t, sql.LevelReadCommitted, statement(`INSERT INTO orders (id, user_id) VALUES (12, 1)`))
	del := start(r.b, statement(`DELETE FROM users WHERE id = 1`))
	if r.settle(t, del, r.b, r.a); !del.waited {
		t.Fatalf("the delete does not wait: %s", del.report)
	}
	c := r.c.enter(t, sql.LevelReadCommitted, statement(`INSERT INTO orders (id, user_id) VALUES (13, 1)`))
	mustCommit(t, a)
	if r.settle(t, del, r.b, r.c); !del.waited {
		t.Fatalf("the delete does not wait for the second child: %s", del.report)
	}
	mustCommit(t, c)
	<-del.done
	equalText(t, "the delete", del.String(), "waits, 1")
	equalText(t, "orphans", r.orphans(t), left)
	r.mustBeWhole(t)
}

// Two wait for a delete; when it is rolled back, both go on.
func (r *arena) twoWait(t *testing.T) {
	for _, committed := range []bool{false, true} {
		mustExec(t, r.plain, raceRows)
		a := r.a.enter(t, sql.LevelReadCommitted, statement(`DELETE FROM users WHERE id = 1`))
		insert := start(r.b, statement(`INSERT INTO orders (id, user_id) VALUES (12, 1)`))
		r.settle(t, insert, r.b, r.a)
		update := start(r.c, statement(`UPDATE users SET email = 'x' WHERE id = 1`))
		r.settle(t, update, r.c, r.a)
		if committed {
			mustCommit(t, a)
		} else if err := a.Rollback(); err != nil {
			t.Fatal(err)
		}
		<-insert.done
		<-update.done
		want := map[bool]string{false: "waits, 1; waits, 1", true: "waits, 23503; waits, 0"}[committed]
		equalText(t, fmt.Sprintf("committed %t", committed), insert.String()+"; "+update.String(), want)
		equalText(t, "orphans", r.orphans(t), "")
		r.mustBeWhole(t)
	}
}

// The way out of the hole for an application without twin keys: it locks the parent
// in a statement of its own, so that the delete's snapshot is taken when the child is
// there.
func (r *arena) locksFirst(t *testing.T) {
	mustExec(t, r.plain, raceRows)
	a := r.a.enter(t, sql.LevelReadCommitted, statement(`INSERT INTO orders (id, user_id) VALUES (12, 1)`))
	b := r.b.begin(t, sql.LevelReadCommitted)
	lock := start(b, counted(`SELECT id FROM users WHERE id = 1 FOR UPDATE`))
	if r.settle(t, lock, r.b, r.a); !lock.waited {
		t.Fatalf("the lock is not waited for: %s", lock.report)
	}
	mustCommit(t, a)
	<-lock.done
	equalText(t, "the lock", lock.String(), "waits, 1")
	del := start(b, statement(`DELETE FROM users WHERE id = 1`))
	equalText(t, "the delete", del.end(b).String(), "1")
	equalText(t, "left", r.left(t, []string{"users 1", "orders 12"}), "dead, dead")
	r.mustBeWhole(t)
}

// A statement that waits for a row, of which there is a new version afterwards, looks
// at that again; where nothing else has changed, it must do what it does alone. The
// statements are made of many queries, each of which may have to wait.
func (r *arena) rowsThatAreNew(t *testing.T) {
	user, staff := statement(`DELETE FROM users WHERE id = 1`), statement(`DELETE FROM staff WHERE id = 1`)
	holder := newSession(t, r.plain)
	for _, c := range []struct {
		before *action
		act    action
	}{
		{nil, user},
		{nil, statement(`DELETE FROM users WHERE id IN (1, 2)`)},
		{nil, staff},
		{nil, statement(`DELETE FROM staff WHERE id IN (1, 3)`)},
		{nil, statement(`UPDATE users SET deleted_at = '2026-01-02' WHERE id = 1`)},
		{nil, counted(`DELETE FROM orders USING users WHERE orders.user_id = users.id AND users.email = 'ann' RETURNING orders.id`)},
		{nil, statement(`WITH d AS (DELETE FROM orders WHERE id = 10 RETURNING id) DELETE FROM users WHERE id = 1`)},
		{nil, counted(`WITH d AS (DELETE FROM users WHERE id = 1 RETURNING id) SELECT id FROM d`)},
		{nil, counted(`UPDATE orders SET user_id = 2 WHERE user_id = 1 RETURNING *`)},
		{&user, restoring("users", 1)},
		{&user, restoring("orders", 10)},
		{&staff, restoring("staff", 1)},
		{&user, action{"Restore by an UPDATE", func(ctx context.Context, db softdelete.Execer) (int64, error) {
			return statement(`UPDATE users SET deleted_at = NULL WHERE id = 1`).do(softdelete.OnlyDeleted(ctx, "users"), db)
		}}},
	} {
		prepare := func() {
			mustExec(t, r.plain, raceRows)
			if c.before != nil {
				if n, err := c.before.do(context.Background(), r.ours); n != 1 || err != nil {
					t.Fatalf("%s: %d rows, %v", c.before.name, n, err)
				}
			}
		}
		mustExec(t, r.plain, `TRUNCATE softdelete_deletions, softdelete_links, users, orders, items, invoices, notes, shares, staff`)
		prepare()
		alone := start(r.a, c.act)
		<-alone.done
		want, waits := r.contents(t), 0
		for _, row := range []string{"users 1", "orders 10", "items 100", "notes 1", "shares 1", "shares 2", "staff 1", "staff 3"} {
			prepare()
			table, id, _ := strings.Cut(row, " ")
			tx := holder.begin(t, sql.LevelReadCommitted)
			if _, err := tx.Exec(fmt.Sprintf(`UPDATE %s SET id = id WHERE id = %s`, table, id)); err != nil {
				t.Fatal(err)
			}
			p := start(r.a, c.act)
			if r.settle(t, p, r.a, holder); p.waited {
				waits++
			}
			mustCommit(t, tx)
			<-p.done
			p.waited = false
			if got := r.contents(t); p.String() != alone.String() || got != want {
				t.Errorf("%s, while %s is updated: %s, and leaves\n%s\nAlone: %s, and leaves\n%s", c.act.name, row, p.report, got, alone.report, want)
			}
		}
		if waits == 0 {
			t.Errorf("%s waits for none of the rows: nothing is tested", c.act.name)
		}
	}
}

// counted is a query, as the number of rows that it returns.
func counted(text string) action {
	return action{text, func(ctx context.Context, db softdelete.Execer) (n int64, err error) {
		rows, err := db.QueryContext(ctx, text)
		if err != nil {
			return 0, err
		}
		defer func() { err = errors.Join(err, rows.Close()) }()
		for rows.Next() {
			n++
		}
		return n, rows.Err()
	}}
}

// contents is what is in the tables, but for the times and ids of deletions.
func (r *arena) contents(t *testing.T) string {
	t.Helper()
	var arms []string
	for _, table := range r.policy.Tables {
		arms = append(arms, fmt.Sprintf(`SELECT '%s ' || (to_jsonb(x) - 'deleted_at' - 'deletion_id')::text || CASE WHEN x.deleted_at IS NULL THEN '' ELSE ' dead' END FROM %[1]s AS x`, table.Name))
	}
	arms = append(arms, `SELECT concat_ws(' ', 'deletion', table_name, rows, restored_at IS NULL) FROM softdelete_deletions`,
		`SELECT concat_ws(' ', 'link', table_name, key, old, new) FROM softdelete_links`)
	list, err := texts(context.Background(), r.plain, strings.Join(arms, " UNION ALL ")+" ORDER BY 1")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(list, "\n")
}

// Each of two waits for the other. PostgreSQL ends one of them, and what the other
// did is whole.
func (r *arena) deadlocks(t *testing.T) {
	for _, level := range isolations {
		cross := func(name string, first, second [2]action) {
			t.Helper()
			mustExec(t, r.plain, raceRows)
			a, b := r.a.enter(t, level, first[0]), r.b.enter(t, level, second[0])
			one := start(a, first[1])
			if r.settle(t, one, r.a, r.b); !one.waited {
				t.Fatalf("%s, %s: the first does not wait: %s", name, level, one.report)
			}
			two := start(b, second[1])
			x, y := one.endIn(a), two.endIn(b)
			<-x
			<-y
			codes := []string{one.code(), two.code()}
			slices.Sort(codes)
			// The survivor goes on, at the stricter levels only if the other changed
			// nothing that it must have seen.
			if codes[1] != "40P01" || codes[0] != "" && (codes[0] != "40001" || level == sql.LevelReadCommitted) {
				t.Errorf("%s, %s: %s and %s, expected a deadlock in one of them", name, level, one.report, two.report)
			}
			equalText(t, name+": orphans", r.orphans(t), "")
			r.mustBeWhole(t)
		}
		one, five := statement(`DELETE FROM staff WHERE id = 1`), statement(`DELETE FROM staff WHERE id = 5`)
		cross("deletes in opposite order", [2]action{one, five}, [2]action{five, one})
		del := statement(`DELETE FROM users WHERE id = 1`)
		cross("each inserts a child and deletes the parent",
			[2]action{statement(`INSERT INTO orders (id, user_id) VALUES (12, 1)`), del},
			[2]action{statement(`INSERT INTO orders (id, user_id) VALUES (13, 1)`), del})
	}
}

// endIn ends the transaction when its statement is over.
func (p *pending) endIn(tx *sql.Tx) chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		p.end(tx)
	}()
	return done
}

// code is the SQLSTATE of what went wrong, or "".
func (r report) code() string {
	if err := cmp.Or(r.err, r.commit); err != nil {
		return errorCode(err)
	}
	return ""
}

// Two restores of one deletion, by different rows of it, take its rows in different
// order. A third session, which holds one of the rows for a while, makes them meet in
// the middle.
func (r *arena) restoresDeadlock(t *testing.T) {
	holder := newSession(t, r.plain)
	mustExec(t, r.plain, raceRows)
	mustExec(t, r.ours, `DELETE FROM users WHERE id = 1`)
	hold := holder.enter(t, sql.LevelReadCommitted, statement(`UPDATE users SET email = 'held' WHERE id = 1`))
	parent := start(r.a, restoring("users", 1)) // waits, and is the next to have the user
	if r.settle(t, parent, r.a, holder); !parent.waited {
		t.Fatalf("the restore does not wait: %s", parent.report)
	}
	child := start(r.b, restoring("orders", 10)) // has the order, and waits for the user
	if r.settle(t, child, r.b, r.a); !child.waited {
		t.Fatalf("the restore does not wait for the other: %s", child.report)
	}
	if err := hold.Rollback(); err != nil {
		t.Fatal(err)
	}
	<-parent.done
	<-child.done
	codes := []string{parent.code(), child.code()}
	slices.Sort(codes)
	equalText(t, "errors", strings.Join(codes, ","), ",40P01")
	equalText(t, "live", r.left(t, []string{"users 1", "orders 10", "items 100"}), "live, live, live")
	equalText(t, "orphans", r.orphans(t), "")
	r.mustBeWhole(t)
}

// The child is first, and its parent's delete outside a transaction: the server
// rejects the delete for the sake of the twin key, the driver sends it again, and
// now it takes the child along. It makes no difference how it is sent, nor at which
// level, but that SERIALIZABLE asks the application to try again itself.
func (r *arena) takesTheNewChild(t *testing.T) {
	ways := map[string]func(context.Context, softdelete.Execer) (int64, error){
		"Exec":  statement(`DELETE FROM users WHERE id = 1`).do,
		"Query": counted(`DELETE FROM users WHERE id = 1 RETURNING id`).do,
		"a prepared statement": func(ctx context.Context, db softdelete.Execer) (n int64, err error) {
			conn, ok := db.(*session)
			if !ok {
				return 0, fmt.Errorf("a %T cannot prepare", db)
			}
			stmt, err := conn.PrepareContext(ctx, `DELETE FROM users WHERE id = $1`)
			if err != nil {
				return 0, err
			}
			defer func() { err = errors.Join(err, stmt.Close()) }()
			res, err := stmt.ExecContext(ctx, 1)
			if err != nil {
				return 0, err
			}
			return res.RowsAffected()
		},
		"an UPDATE of the marker": statement(`UPDATE users SET deleted_at = now() WHERE id = 1`).do,
	}
	defer func() {
		if err := r.b.byDefault(context.Background(), sql.LevelReadCommitted); err != nil {
			t.Error(err)
		}
	}()
	for _, level := range isolations {
		if err := r.b.byDefault(context.Background(), level); err != nil {
			t.Fatal(err)
		}
		for name, do := range ways {
			mustExec(t, r.plain, raceRows)
			a := r.a.enter(t, level, statement(`INSERT INTO orders (id, user_id) VALUES (12, 1)`))
			del := start(r.b, action{name, do})
			if r.settle(t, del, r.b, r.a); !del.waited {
				t.Fatalf("%s, %s: the delete does not wait: %s", name, level, del.report)
			}
			mustCommit(t, a)
			<-del.done
			want, left := "waits, 1", "dead, dead"
			if level == sql.LevelSerializable {
				want, left = "waits, 40001", "live, live"
			}
			equalText(t, name+", "+level.String(), del.String(), want)
			equalText(t, name+", "+level.String(), r.left(t, []string{"users 1", "orders 12"}), left)
			r.mustBeWhole(t)
		}
	}
}

// The same where all keys are CASCADE: there is no violation that the statement
// itself could find.
func TestTwinKeysWithoutAnyOtherCheck(t *testing.T) {
	p := softdelete.Policy{
		Tables: []softdelete.Table{{Name: "users"}, {Name: "orders"}},
		ForeignKeys: []softdelete.ForeignKey{{
			Table: "orders", Columns: []string{"user_id"}, RefTable: "users", RefColumns: []string{"id"}, OnDelete: softdelete.Cascade, Twin: "orders_user_id_twin",
		}},
	}
	r := newArena(t, p, `CREATE TABLE users (id int PRIMARY KEY, deleted_at timestamptz); CREATE TABLE orders (id int PRIMARY KEY, user_id int REFERENCES users, deleted_at timestamptz);
		INSERT INTO users VALUES (1);`+twinKeys(p))
	a := r.a.enter(t, sql.LevelReadCommitted, statement(`INSERT INTO orders (id, user_id) VALUES (12, 1)`))
	del := start(r.b, statement(`DELETE FROM users WHERE id = 1`))
	r.settle(t, del, r.b, r.a)
	mustCommit(t, a)
	<-del.done
	equalText(t, "the delete", del.String(), "waits, 1")
	equalText(t, "left", r.left(t, []string{"users 1", "orders 12"}), "dead, dead")
}

// In a transaction the application gets the error, which is the plain key's. So does
// a child whose parent is deleted.
func (r *arena) speaksOfThePlainKey(t *testing.T) {
	mustExec(t, r.plain, raceRows)
	a := r.a.enter(t, sql.LevelReadCommitted, statement(`INSERT INTO orders (id, user_id) VALUES (12, 1)`))
	b := r.b.begin(t, sql.LevelReadCommitted)
	del := start(b, statement(`DELETE FROM users WHERE id = 1`))
	r.settle(t, del, r.b, r.a)
	mustCommit(t, a)
	<-del.done
	equalText(t, "the delete", violation(del.err),
		`23503 orders_user_id_fkey orders: update or delete on table "users" violates foreign key constraint "orders_user_id_fkey" on table "orders" Key (id)=(1) is still referenced from table "orders".`)
	if err := b.Rollback(); err != nil {
		t.Fatal(err)
	}
	if n := mustExec(t, r.ours, `DELETE FROM users WHERE id = 1`); n != 1 {
		t.Errorf("tried again: %d rows", n)
	}
	_, err := r.ours.Exec(`INSERT INTO orders (id, user_id) VALUES (14, 1)`)
	equalText(t, "the insert", violation(err),
		`23503 orders_user_id_fkey orders: insert or update on table "orders" violates foreign key constraint "orders_user_id_fkey" Key (user_id)=(1) is not present in table "users".`)
	r.mustBeWhole(t)
}

func violation(err error) string {
	var pgErr *pgconn.PgError
	if !errors.As(err, &pgErr) {
		return fmt.Sprint(err)
	}
	return fmt.Sprintf("%s %s %s: %s %s", pgErr.Code, pgErr.ConstraintName, pgErr.TableName, pgErr.Message, pgErr.Detail)
}

// A delete that the twin key rejects every time, here because a trigger keeps a child
// alive, is sent four times outside a transaction and once inside.
func (r *arena) triedFourTimes(t *testing.T) {
	mustExec(t, r.plain, raceRows+`CREATE SEQUENCE tries;
		CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM nextval(''tries''); RETURN NULL; END';
		CREATE TRIGGER keep BEFORE UPDATE ON orders FOR EACH ROW WHEN (old.id = 20) EXECUTE FUNCTION keep();`)
	defer mustExec(t, r.plain, `DROP TRIGGER keep ON orders`)
	try := func(db softdelete.Execer, want string) {
		t.Helper()
		mustExec(t, r.plain, `ALTER SEQUENCE tries RESTART`)
		if _, err := db.ExecContext(context.Background(), `DELETE FROM users WHERE id = 2`); errorCode(err) != "23503" {
			t.Errorf("got %v, want 23503", err)
		}
		equalText(t, "tries", all(t, r.plain, `SELECT last_value FROM tries`), want)
	}
	try(r.a, "4")
	tx := r.a.begin(t, sql.LevelReadCommitted)
	try(tx, "1")
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
}

// load is what several sessions do at once: each step at random, on few rows, half of
// them in transactions of up to three statements. After each step the live children
// of deleted parents are counted.
type load struct {
	r        *arena
	level    sql.IsolationLevel
	sessions int
	steps    int // of all sessions

	mu       sync.Mutex
	results  map[string]int  // how often each outcome was met
	orphaned map[string]bool // every one that was seen, by round
}

const stepsPerRound = 125

func (l *load) run(t *testing.T, seed uint64) {
	t.Helper()
	l.results, l.orphaned = map[string]int{}, map[string]bool{}
	sessions := make([]*session, l.sessions)
	for i := range sessions {
		sessions[i] = newSession(t, l.r.ours)
		if err := sessions[i].byDefault(context.Background(), l.level); err != nil {
			t.Fatal(err)
		}
	}
	for round := 0; round*stepsPerRound < l.steps; round++ {
		mustExec(t, l.r.plain, raceRows)
		var wg sync.WaitGroup
		errs := make([]error, l.sessions)
		for i, s := range sessions {
			wg.Add(1)
			go func() {
				defer wg.Done()
				rng := rand.New(rand.NewPCG(seed, uint64(round*l.sessions+i)))
				for range stepsPerRound/l.sessions + 1 {
					if errs[i] = l.step(s, rng, round); errs[i] != nil {
						return
					}
				}
			}()
		}
		wg.Wait()
		if err := errors.Join(errs...); err != nil {
			t.Fatalf("%s, seed %d: %v", l.level, seed, err)
		}
		l.r.mustBeWhole(t)
	}
}

func (l *load) step(s *session, rng *rand.Rand, round int) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var err error
	if rng.IntN(2) == 0 {
		_, err = randomAction(rng).do(ctx, s)
	} else {
		var tx *sql.Tx
		if tx, err = s.BeginTx(ctx, &sql.TxOptions{Isolation: l.level}); err != nil {
			return err
		}
		for range 1 + rng.IntN(3) {
			if _, err = randomAction(rng).do(ctx, tx); err != nil {
				break
			}
		}
		if err == nil {
			_, err = tx.ExecContext(ctx, `SELECT pg_sleep(0.002)`) // the application thinks
		}
		if err != nil {
			_ = tx.Rollback()
		} else {
			err = tx.Commit()
		}
	}
	result := "done"
	switch code := ""; {
	case errors.Is(err, softdelete.ErrRefused):
		result = "refused"
	case err != nil:
		// An order of that number may be there already.
		if code = errorCode(err); !slices.Contains([]string{"23503", "23505", "40001", "40P01"}, code) {
			return err
		}
		result = code
	}
	found, err := orphans(ctx, l.r.plain, l.r.policy)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.results[result]++
	for _, o := range found {
		l.orphaned[fmt.Sprint(round, " ", o)] = true
	}
	return nil
}

// randomAction is one of the statements that can come into each other's way.
func randomAction(rng *rand.Rand) action {
	user, order, other := 1+rng.IntN(3), 10+rng.IntN(20), 1+rng.IntN(60)
	text := func(format string, args ...any) action { return statement(fmt.Sprintf(format, args...)) }
	switch rng.IntN(20) {
	case 0, 1, 16, 17:
		return text(`INSERT INTO orders (id, user_id) VALUES (%d, %d)`, order, user)
	case 2:
		return text(`INSERT INTO items (id, order_id) VALUES (%d, %d)`, other, order)
	case 3:
		return text(`INSERT INTO shares (id, user_id, order_id) VALUES (%d, %d, %d)`, other, user, order)
	case 4:
		return text(`INSERT INTO notes (id, user_id) VALUES (%d, %d)`, other, user)
	case 5:
		return text(`UPDATE orders SET user_id = %d WHERE id = %d`, user, order)
	case 6:
		return text(`UPDATE shares SET user_id = %d, order_id = %d WHERE id = %d`, user, order, 1+rng.IntN(4))
	case 7:
		return text(`UPDATE notes SET user_id = %d WHERE id = %d`, user, 1+rng.IntN(4))
	case 8:
		return text(`UPDATE users SET email = 'x' WHERE id = %d`, user)
	case 9, 10:
		return text(`DELETE FROM users WHERE id = %d`, user)
	case 11, 12:
		return text(`DELETE FROM orders WHERE id = %d`, order)
	case 13, 18:
		return restoring("orders", order)
	default:
		return restoring("users", user)
	}
}

// underLoad runs a load at each isolation level. At those named none may be orphaned.
func (r *arena) underLoad(t *testing.T, short int, none ...sql.IsolationLevel) {
	for i, level := range isolations {
		l := &load{r: r, level: level, sessions: 4 + 2*i, steps: short}
		if long() {
			l.steps = 10_000
		}
		l.run(t, 1)
		t.Logf("%s, %d sessions: %v; %d live children of deleted parents", level, l.sessions, l.results, len(l.orphaned))
		if slices.Contains(none, level) && len(l.orphaned) > 0 {
			t.Errorf("%s: live children of deleted parents: %v", level, l.orphaned)
		}
		if l.results["done"] < l.steps/10 {
			t.Errorf("%s: hardly anything was done: %v", level, l.results)
		}
	}
}
