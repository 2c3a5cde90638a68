package softpgx_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/internal/pgtemp"
	"github.com/softdelete-go/softdelete/softpgx"
)

var modes = []string{"cache_statement", "cache_describe", "describe_exec", "exec", "simple_protocol"}

func inMode(dsn, mode string) string {
	if strings.Contains(dsn, "?") {
		return dsn + "&default_query_exec_mode=" + mode
	}
	return dsn + " default_query_exec_mode=" + mode
}

// texts are the first column of a query, as plain pgx sees it.
func texts(t *testing.T, d interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}, sql string, args ...any,
) string {
	t.Helper()
	rows, err := d.Query(t.Context(), sql, args...)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	values, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return strings.Join(values, " ")
}

func want(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

const names = "SELECT name FROM users ORDER BY id"

// A batch answers as it would with real deletes, by each of the three ways to read one.
func TestBatch(t *testing.T) {
	statements := script[:17] // none of them ends it
	statements = slices.DeleteFunc(slices.Clone(statements), func(s struct {
		sql  string
		args []any
	},
	) bool {
		return strings.HasPrefix(s.sql, "INSERT INTO orders") || strings.HasPrefix(s.sql, "DELETE FROM users WHERE id = $1") && s.args[0] == 2
	})
	read := map[string]func(d db, ctx context.Context) []string{
		"in order": func(d db, ctx context.Context) (answers []string) {
			b := new(pgx.Batch)
			for _, s := range statements {
				b.Queue(s.sql, s.args...)
			}
			r := d.SendBatch(ctx, b)
			for i := range statements {
				if i%2 == 0 {
					answers = append(answers, said(all(r.Query())))
				} else {
					tag, err := r.Exec()
					answers = append(answers, said(tag, nil, err))
				}
			}
			return append(answers, fmt.Sprint(r.Close()))
		},
		"by functions": func(d db, ctx context.Context) (answers []string) {
			b := new(pgx.Batch)
			for i, s := range statements {
				q := b.Queue(s.sql, s.args...)
				switch i % 3 {
				case 0:
					q.Query(func(r pgx.Rows) error {
						answers = append(answers, said(all(r, nil)))
						return nil
					})
				case 1:
					q.Exec(func(tag pgconn.CommandTag) error {
						answers = append(answers, tag.String())
						return nil
					})
				}
			}
			return append(answers, fmt.Sprint(d.SendBatch(ctx, b).Close()))
		},
		"at the end": func(d db, ctx context.Context) []string {
			b := new(pgx.Batch)
			for _, s := range statements {
				b.Queue(s.sql, s.args...)
			}
			b.Queue("DELETE FROM users WHERE id = $1", 2)
			b.Queue("SELECT 1")
			return []string{said(pgconn.CommandTag{}, nil, d.SendBatch(ctx, b).Close())}
		},
	}
	for _, mode := range modes {
		for how, f := range read {
			t.Run(mode+"/"+how, func(t *testing.T) {
				theirs, ours := native(t, inMode(hard(t), mode)), open(t, inMode(soft(t), mode))
				w, g := f(theirs, t.Context()), f(ours, t.Context())
				if !slices.Equal(g, w) {
					t.Errorf("got\n%s\nwant\n%s", strings.Join(g, "\n"), strings.Join(w, "\n"))
				}
				want(t, "left", texts(t, ours, names), texts(t, theirs, names))
				if s := ours.Stat(); s.AcquiredConns() != 0 {
					t.Errorf("%d connections are still acquired", s.AcquiredConns())
				}
			})
		}
	}
}

// A batch that begins a transaction holds its connection until that ends.
func TestBatchWithTransaction(t *testing.T) {
	p := open(t, soft(t))
	b := new(pgx.Batch)
	b.BeginTx(pgx.TxOptions{IsoLevel: pgx.Serializable})
	b.Queue("DELETE FROM users WHERE id = $1", 3)
	r := p.SendBatch(t.Context(), b)
	tx := r.Tx()
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	want(t, "within", texts(t, tx, names), "Ann Bob")
	want(t, "outside", texts(t, p, names), "Ann Bob Cid")
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	want(t, "after the rollback", texts(t, p, names), "Ann Bob Cid")
	if s := p.Stat(); s.AcquiredConns() != 0 {
		t.Errorf("%d connections are still acquired", s.AcquiredConns())
	}

	b = new(pgx.Batch)
	b.BeginTx(pgx.TxOptions{CommitQuery: "DELETE FROM users; COMMIT"})
	if err := p.SendBatch(t.Context(), b).Close(); !errors.Is(err, softdelete.ErrRefused) {
		t.Errorf("a CommitQuery that deletes: %v", err)
	}
}

// What a batch depends on is not known before it is sent.
func TestBatchThatChangesTheSchema(t *testing.T) {
	p := open(t, inMode(soft(t), "exec")) // others prepare all statements first
	b := new(pgx.Batch)
	b.Queue("CREATE TABLE notes (id int PRIMARY KEY, deleted_at timestamptz)")
	b.Queue("INSERT INTO notes VALUES (1)")
	b.Queue("DELETE FROM notes")
	if err := p.SendBatch(t.Context(), b).Close(); !errors.Is(err, softdelete.ErrRefused) {
		t.Errorf("a DELETE behind CREATE TABLE: %v", err)
	}
	if s := p.Stat(); s.AcquiredConns() != 0 {
		t.Errorf("%d connections are still acquired", s.AcquiredConns())
	}
	b = new(pgx.Batch)
	b.Queue("CREATE TABLE notes (id int PRIMARY KEY, deleted_at timestamptz)")
	b.Queue("INSERT INTO notes VALUES (1)")
	if err := p.SendBatch(t.Context(), b).Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Exec(t.Context(), "DELETE FROM notes"); err != nil {
		t.Fatal(err)
	}
	want(t, "kept", texts(t, p.Pool(), "SELECT count(*)::text FROM notes WHERE deleted_at IS NOT NULL"), "1")

	b = new(pgx.Batch)
	b.Queue("CREATE TEMP TABLE users (name text)")
	b.Queue("INSERT INTO users VALUES ('temporary')")
	b.Queue("DELETE FROM users WHERE name = 'nobody'")
	b.Queue("SELECT name FROM users").Query(func(r pgx.Rows) error {
		got, err := pgx.CollectRows(r, pgx.RowTo[string])
		want(t, "the temporary table", strings.Join(got, " "), "temporary")
		return err
	})
	if err := p.SendBatch(t.Context(), b).Close(); err != nil {
		t.Error(err)
	}
}

func TestTransactions(t *testing.T) {
	p := open(t, soft(t))
	ctx := t.Context()
	tx, err := p.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(ctx)
	if tag, err := tx.Exec(ctx, "DELETE FROM users WHERE id = 1"); err != nil || tag.String() != "DELETE 1" {
		t.Errorf("got %s, %v", tag, err)
	}
	inner, err := tx.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := inner.Exec(ctx, "DELETE FROM users WHERE id = 3"); err != nil {
		t.Error(err)
	}
	want(t, "within both", texts(t, inner, names), "Bob")
	if err := inner.Rollback(ctx); err != nil {
		t.Error(err)
	}
	want(t, "within one", texts(t, tx, names), "Bob Cid")
	if err := tx.Commit(ctx); err != nil {
		t.Error(err)
	}
	for what, err := range map[string]error{
		"Commit": tx.Commit(ctx), "Rollback": tx.Rollback(ctx), "of a savepoint": inner.Commit(ctx),
		"Exec":      func() error { _, err := tx.Exec(ctx, "SELECT 1"); return err }(),
		"Query":     func() error { _, err := inner.Query(ctx, "SELECT 1"); return err }(),
		"QueryRow":  tx.QueryRow(ctx, "SELECT 1").Scan(nil),
		"SendBatch": func() error { b := new(pgx.Batch); b.Queue("SELECT 1"); return tx.SendBatch(ctx, b).Close() }(),
		"CopyFrom": func() error {
			_, err := tx.CopyFrom(ctx, pgx.Identifier{"cities"}, []string{"id"}, pgx.CopyFromRows(nil))
			return err
		}(),
		"Begin":   func() error { _, err := tx.Begin(ctx); return err }(),
		"Prepare": func() error { _, err := tx.Prepare(ctx, "x", "SELECT 1"); return err }(),
	} {
		if !errors.Is(err, pgx.ErrTxClosed) {
			t.Errorf("%s behind the end: %v", what, err)
		}
	}
	want(t, "outside", texts(t, p, names), "Bob Cid")
	if _, err := p.BeginTx(ctx, pgx.TxOptions{BeginQuery: "BEGIN; DELETE FROM users"}); !errors.Is(err, softdelete.ErrRefused) {
		t.Errorf("a BeginQuery that deletes: %v", err)
	}
	err = pgx.BeginTxFunc(ctx, p, pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		want(t, "read only", texts(t, tx, names), "Bob Cid")
		_, err := tx.Exec(ctx, "DELETE FROM users WHERE id = 3")
		return err
	})
	var pgErr *pgconn.PgError
	if !errors.As(err, &pgErr) || pgErr.Code != "25006" { // read_only_sql_transaction
		t.Errorf("a DELETE in a read-only transaction: %v", err)
	}
}

func TestScopesAndRestore(t *testing.T) {
	p := open(t, soft(t))
	ctx := softdelete.WithReason(softdelete.WithActor(t.Context(), "ann"), "asked")
	if p, err := softpgx.PreviewDelete(ctx, p, "users", 1); err != nil || p.Rows["orders"] != 2 || p.Unlinked["users"] != 2 {
		t.Errorf("preview: %v, %v", p, err)
	}
	if _, err := p.Exec(ctx, "DELETE FROM users WHERE id = $1", 1); err != nil {
		t.Fatal(err)
	}
	want(t, "the journal", texts(t, p.Pool(), "SELECT actor || ' ' || reason FROM softdelete_deletions"), "ann asked")
	name := func(ctx context.Context) string {
		var n string
		if err := p.QueryRow(ctx, "SELECT name FROM users WHERE id = $1", 1).Scan(&n); err != nil {
			return err.Error()
		}
		return n
	}
	want(t, "live", name(ctx), pgx.ErrNoRows.Error())
	want(t, "with deleted", name(softdelete.WithDeleted(ctx)), "Ann")
	want(t, "only deleted", name(softdelete.OnlyDeleted(ctx, "users")), "Ann")
	if p, err := softpgx.PreviewRestore(ctx, p, "users", 1); err != nil || p.Rows["orders"] != 2 {
		t.Errorf("preview: %v, %v", p, err)
	}
	err := pgx.BeginFunc(ctx, p, func(tx pgx.Tx) error {
		n, err := softpgx.Restore(ctx, tx, "users", 1)
		if n != 3 {
			t.Errorf("restored %d rows", n)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	want(t, "restored", name(ctx), "Ann")
	want(t, "the references", texts(t, p, "SELECT name FROM users WHERE boss = 1 ORDER BY id"), "Bob Cid")

	if _, err := p.Exec(ctx, "DELETE FROM users WHERE id = $1", 3); err != nil {
		t.Fatal(err)
	}
	id := texts(t, p.Pool(), "SELECT deletion_id::text FROM users WHERE id = 3")
	if n, err := softpgx.RestoreDeletion(ctx, p, id); n != 1 || err != nil {
		t.Errorf("restored %d rows, %v", n, err)
	}
	if _, err := p.Exec(ctx, "DELETE FROM users WHERE id = $1", 3); err != nil {
		t.Fatal(err)
	}
	if n, err := softpgx.RestoreWhere(ctx, p, "users", "name = $1", "Cid", softdelete.RestoreOne()); n != 1 || err != nil {
		t.Errorf("restored %d rows, %v", n, err)
	}
	if tag, err := p.Exec(softdelete.HardDelete(ctx), "DELETE FROM users WHERE id = $1", 3); err != nil || tag.String() != "DELETE 1" {
		t.Errorf("%s, %v", tag, err)
	}
	want(t, "really", texts(t, p.Pool(), names), "Ann Bob")
	if _, err := softpgx.Restore(ctx, native(t, p.Config().ConnString()), "users", 1); err == nil || !strings.Contains(err.Error(), "syntax error") {
		t.Errorf("over plain pgx: %v", err)
	}
}

// What pgx takes for options comes first; a query rewriter is applied before ours.
func TestOptionsAndNamedArgs(t *testing.T) {
	p := open(t, soft(t))
	ctx := t.Context()
	for _, args := range [][]any{
		{pgx.NamedArgs{"id": 3}},
		{pgx.StrictNamedArgs{"id": 3}},
		{pgx.QueryExecModeSimpleProtocol, pgx.NamedArgs{"id": 3}},
	} {
		tag, err := p.Exec(ctx, "DELETE FROM users WHERE id = @id", args...)
		if err != nil || tag.String() != "DELETE 1" {
			t.Errorf("%v: %s, %v", args, tag, err)
		}
		want(t, "left", texts(t, p, names), "Ann Bob")
		if _, err := softpgx.Restore(ctx, p, "users", 3); err != nil {
			t.Fatal(err)
		}
	}
	want(t, "result formats", texts(t, p, "SELECT name FROM users WHERE id = $1", pgx.QueryResultFormats{pgx.TextFormatCode}, 3), "Cid")
	b := new(pgx.Batch)
	b.Queue("DELETE FROM users WHERE id = @id", pgx.NamedArgs{"id": 3})
	if err := p.SendBatch(ctx, b).Close(); err != nil {
		t.Error(err)
	}
	want(t, "left", texts(t, p, names), "Ann Bob")
}

// A statement that was prepared by name means what the scope of each execution says.
func TestPreparedByName(t *testing.T) {
	for _, mode := range modes {
		t.Run(mode, func(t *testing.T) {
			p := open(t, inMode(soft(t), mode))
			ctx := t.Context()
			err := pgx.BeginFunc(ctx, p, func(tx pgx.Tx) error {
				for _, s := range []struct {
					name, sql string
					params    int
				}{
					{"all names", names, 0},
					{"remove", "DELETE FROM users WHERE id = $1", 1},
					{"SELECT name FROM users WHERE id > $1 ORDER BY id", "SELECT name FROM users WHERE id > $1 ORDER BY id", 1},
				} {
					d, err := tx.Prepare(ctx, s.name, s.sql)
					if err != nil {
						return err
					}
					if len(d.ParamOIDs) != s.params {
						t.Errorf("%s has %d parameters, want %d", s.name, len(d.ParamOIDs), s.params)
					}
				}
				tag, err := tx.Exec(ctx, "remove", 1)
				if err != nil {
					return err
				}
				want(t, "removing", tag.String(), "DELETE 1")
				want(t, "live", texts(t, tx, "all names"), "Bob Cid")
				want(t, "by its text", texts(t, tx, "SELECT name FROM users WHERE id > $1 ORDER BY id", 2), "Cid")
				rows, err := tx.Query(softdelete.WithDeleted(ctx), "all names")
				if err != nil {
					return err
				}
				got, err := pgx.CollectRows(rows, pgx.RowTo[string])
				want(t, "with deleted", strings.Join(got, " "), "Ann Bob Cid")
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}

// A name that something else prepared is not run: what it means is not known.
func TestNamesPreparedElsewhere(t *testing.T) {
	config, err := pgxpool.ParseConfig(soft(t))
	if err != nil {
		t.Fatal(err)
	}
	config.AfterConnect = func(ctx context.Context, c *pgx.Conn) error {
		_, err := c.Prepare(ctx, "everybody", names)
		return err
	}
	p, err := softpgx.NewWithConfig(t.Context(), config, policy)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if _, err := p.Query(t.Context(), "everybody"); !errors.Is(err, softdelete.ErrRefused) {
		t.Errorf("got %v", err)
	}
	want(t, "the pool beneath", texts(t, p.Pool(), "everybody"), "Ann Bob Cid")
}

func TestCopyFrom(t *testing.T) {
	p := open(t, soft(t))
	ctx := t.Context()
	copyOrders := func(d db, rows ...[]any) (int64, error) {
		return d.CopyFrom(ctx, pgx.Identifier{"orders"}, []string{"id", "user_id", "total"}, pgx.CopyFromRows(rows))
	}
	if n, err := p.CopyFrom(ctx, pgx.Identifier{"cities"}, []string{"id", "name"}, pgx.CopyFromRows([][]any{{2, "Oslo"}, {3, "Bern"}})); n != 2 || err != nil {
		t.Errorf("cities: %d, %v", n, err)
	}
	if n, err := copyOrders(p, []any{20, 3, 1}, []any{21, 3, 2}); n != 2 || err != nil {
		t.Errorf("orders: %d, %v", n, err)
	}
	want(t, "copied", texts(t, p, "SELECT string_agg(id::text, ',' ORDER BY id) FROM orders"), "10,11,12,20,21")
	if _, err := p.Exec(ctx, "DELETE FROM users WHERE id = 1"); err != nil {
		t.Fatal(err)
	}
	var pgErr *pgconn.PgError
	if n, err := copyOrders(p, []any{30, 3, 1}, []any{31, 1, 2}); n != 0 || !errors.As(err, &pgErr) || pgErr.Code != "23503" || pgErr.ConstraintName != "orders_user_id_fkey" {
		t.Errorf("orders of a deleted user: %d, %v", n, err)
	}
	want(t, "nothing was copied", texts(t, p, "SELECT string_agg(id::text, ',' ORDER BY id) FROM orders"), "12,20,21")

	// Into a key that a deleted row holds, twice in one transaction.
	err := pgx.BeginFunc(ctx, p, func(tx pgx.Tx) error {
		for _, id := range []int{1, 5} {
			n, err := tx.CopyFrom(ctx, pgx.Identifier{"public", "users"}, []string{"id", "email", "name"}, pgx.CopyFromRows([][]any{{id, fmt.Sprint(id, "@x"), "New"}}))
			if n != 1 || err != nil {
				return fmt.Errorf("%d, %w", n, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	want(t, "replaced", texts(t, p, names), "New Bob Cid New")
	want(t, "archived", texts(t, p.Pool(), "SELECT data->>'name' FROM deletion_records"), "Ann")
	_, err = p.CopyFrom(ctx, pgx.Identifier{"users"}, []string{"id", "email"}, pgx.CopyFromRows([][]any{{2, "other@x"}}))
	if !errors.As(err, &pgErr) || pgErr.Code != "23505" || pgErr.ConstraintName != "users_pkey" {
		t.Errorf("a live key: %v", err)
	}
	if _, err := p.CopyFrom(ctx, pgx.Identifier{"nothing"}, []string{"id"}, pgx.CopyFromRows(nil)); !errors.As(err, &pgErr) || pgErr.Code != "42P01" {
		t.Errorf("no such table: %v", err)
	}
}

func TestConnAndWrap(t *testing.T) {
	raw := native(t, soft(t))
	p, err := softpgx.Wrap(raw, policy)
	if err != nil {
		t.Fatal(err)
	}
	other, err := softpgx.Wrap(raw, softdelete.Policy{Tables: []softdelete.Table{{Name: "orders"}}})
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	if err := p.AcquireFunc(ctx, func(c *softpgx.Conn) error {
		_, err := c.Exec(ctx, "DELETE FROM users WHERE id = 3")
		want(t, "of a connection", texts(t, c, names), "Ann Bob")
		return err
	}); err != nil {
		t.Error(err)
	}
	want(t, "another policy", texts(t, other, names), "Ann Bob Cid")
	for _, c := range p.AcquireAllIdle(ctx) {
		want(t, "of an idle one", texts(t, c, names), "Ann Bob")
		c.Release()
		c.Release()
	}
	if err := p.Ping(ctx); err != nil {
		t.Error(err)
	}
	if s := p.Counters(); s.Hits == 0 || s.Misses == 0 {
		t.Errorf("the counters say %+v", s)
	}
	if _, err := softpgx.New(ctx, p.Config().ConnString(), softdelete.Policy{Tables: []softdelete.Table{{Name: "x", Column: "x y\x00"}}}); err == nil {
		t.Error("a bad policy was accepted")
	}
	bad, err := softpgx.New(ctx, p.Config().ConnString(), softdelete.Policy{Tables: []softdelete.Table{{Name: "users"}, {Name: "userz"}}})
	if err != nil {
		t.Fatal(err)
	}
	defer bad.Close()
	var policyErr *softdelete.PolicyError
	if _, err := bad.Exec(ctx, "SELECT 1"); !errors.As(err, &policyErr) {
		t.Errorf("a policy that does not fit: %v", err)
	}
	if _, err := bad.Query(ctx, "SELECT 1"); !errors.As(err, &policyErr) {
		t.Errorf("a policy that does not fit: %v", err)
	}
}

func TestQueryRewriter(t *testing.T) {
	raw := native(t, soft(t))
	ctx := t.Context()
	full, err := softdelete.Discover(ctx, stdlibDB(t, raw.Config().ConnString()))
	if err != nil {
		t.Fatal(err)
	}
	r, err := softdelete.NewRewriter(full)
	if err != nil {
		t.Fatal(err)
	}
	q := softpgx.NewQueryRewriter(r)
	if _, err := raw.Exec(ctx, "DELETE FROM users WHERE id = $1", q, 1); !errors.Is(err, softdelete.ErrRefused) {
		t.Errorf("a delete that answers with rows of its own: %v", err)
	}
	tag, err := raw.Exec(softdelete.WithActor(ctx, "ann"), "DELETE FROM users WHERE id = $1 RETURNING id", q, 1)
	if err != nil || tag.RowsAffected() != 1 {
		t.Errorf("%s, %v", tag, err)
	}
	want(t, "the journal", texts(t, raw, "SELECT actor FROM softdelete_deletions"), "ann")
	want(t, "live", texts(t, raw, names, q), "Bob Cid")
	want(t, "by name", texts(t, raw, "SELECT name FROM users WHERE id = @id", q.Named(pgx.NamedArgs{"id": 2})), "Bob")
	for _, sql := range []string{"DELETE FROM users WHERE id = @id", "DELETE FROM users WHERE id =@id"} {
		if _, err := raw.Exec(ctx, sql, pgx.NamedArgs{"id": 2}, q); !errors.Is(err, softdelete.ErrRefused) {
			t.Errorf("@id was taken for an operator: %v", err)
		}
	}
	if _, err := raw.Exec(ctx, "EXECUTE something", q); !errors.Is(err, softdelete.ErrRefused) {
		t.Errorf("EXECUTE: %v", err)
	}
	c, err := raw.Acquire(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Release()
	_, err = c.Exec(ctx, "INSERT INTO orders VALUES (50, $1, 1) RETURNING id", q, 1)
	var pgErr *pgconn.PgError
	if err = q.Translate(ctx, c.Conn(), err); !errors.As(err, &pgErr) || pgErr.Code != "23503" {
		t.Errorf("an order of a deleted user: %v", err)
	}
}

// What one pool does to the schema, all its connections notice.
func TestSchemaChange(t *testing.T) {
	p := open(t, soft(t))
	ctx := t.Context()
	err := pgx.BeginFunc(ctx, p, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "CREATE TABLE notes (id int PRIMARY KEY, deleted_at timestamptz)"); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "INSERT INTO notes VALUES (1)"); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "DELETE FROM notes")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	a, err := p.Acquire(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Release()
	want(t, "through the same connection", texts(t, a, "SELECT count(*)::text FROM notes"), "0")
	want(t, "through another one", texts(t, p, "SELECT count(*)::text FROM notes"), "0")
	want(t, "kept", texts(t, p.Pool(), "SELECT count(*)::text FROM notes"), "1")
}

// Under Distributed a delete is a query that counts, and its error a second statement.
func TestDistributed(t *testing.T) {
	full, err := softdelete.Discover(t.Context(), stdlibDB(t, soft(t)))
	if err != nil {
		t.Fatal(err)
	}
	p, err := softpgx.New(t.Context(), soft(t), full, softdelete.Distributed())
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	want(t, "a delete", by(true, p, t.Context(), "DELETE FROM users WHERE id = $1", 1), "[], DELETE 1")
	want(t, "as a query", by(false, p, t.Context(), "DELETE FROM users WHERE id = $1", 3), "[], DELETE 1")
	got := by(true, p, t.Context(), "DELETE FROM users WHERE id = $1", 2)
	if !strings.HasPrefix(got, "23503 ") && !strings.HasPrefix(got, "23001 ") { // from PostgreSQL 18 on
		t.Errorf("a delete that RESTRICT forbids: %s", got)
	}
	b := new(pgx.Batch)
	b.Queue("DELETE FROM users WHERE id = $1", 2)
	if err := p.SendBatch(t.Context(), b).Close(); !errors.Is(err, softdelete.ErrRefused) {
		t.Errorf("in a batch: %v", err)
	}
}

// A batch that cannot be prepared gives its connection back.
func TestBatchThatFailsEarly(t *testing.T) {
	p := open(t, soft(t))
	b := new(pgx.Batch)
	b.Queue("CREATE TABLE notes (id int PRIMARY KEY, deleted_at timestamptz)")
	b.Queue("INSERT INTO notes VALUES (1)")
	var pgErr *pgconn.PgError
	if err := p.SendBatch(t.Context(), b).Close(); !errors.As(err, &pgErr) || pgErr.Code != "42P01" {
		t.Errorf("got %v", err)
	}
	if s := p.Stat(); s.AcquiredConns() != 0 {
		t.Errorf("%d connections are still acquired", s.AcquiredConns())
	}
	want(t, "afterwards", texts(t, p, names), "Ann Bob Cid")
}

// What the documentation shows works.
func TestDocumented(t *testing.T) {
	dsn := soft(t)
	if err := usePool(t.Context(), dsn); err != nil {
		t.Error(err)
	}
	p, err := configured(t.Context(), dsn, policy)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if p.Config().MaxConns != 20 {
		t.Error("the configuration is not used")
	}
	full, err := softdelete.Discover(t.Context(), stdlibDB(t, dsn))
	if err != nil {
		t.Fatal(err)
	}
	r, err := softdelete.NewRewriter(full)
	if err != nil {
		t.Fatal(err)
	}
	if err := singleCalls(t.Context(), p.Pool(), r); err != nil {
		t.Error(err)
	}
}

// A migration that runs past the pool is noticed after a while.
func TestMigrationElsewhere(t *testing.T) {
	dsn := soft(t)
	p := open(t, dsn, softdelete.RefreshAfter(20*time.Millisecond))
	want(t, "before", texts(t, p, names), "Ann Bob Cid")
	run(t, dsn, "ALTER TABLE cities ADD deleted_at timestamptz")
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		// Under OnlyDeleted a name that the policy does not have is refused.
		rows, err := p.Query(softdelete.OnlyDeleted(t.Context(), "cities"), "SELECT 1")
		if err == nil {
			rows.Close()
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("it was not noticed within 30 seconds")
		}
	}
	if _, err := p.Exec(t.Context(), "DELETE FROM cities"); err != nil {
		t.Fatal(err)
	}
	want(t, "kept", texts(t, p.Pool(), "SELECT count(*)::text FROM cities WHERE deleted_at IS NOT NULL"), "1")
}

// Rows that leave their table come back, outside database/sql too.
func TestArchived(t *testing.T) {
	dsn := pgtemp.NewDatabase(t)
	plain := native(t, dsn)
	if _, err := plain.Exec(t.Context(), softdelete.ArchiveDDL+`CREATE TABLE notes (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, text text); INSERT INTO notes (text) VALUES ('a'), ('b'), ('c')`, pgx.QueryExecModeSimpleProtocol); err != nil {
		t.Fatal(err)
	}
	p, err := softpgx.New(t.Context(), dsn, softdelete.Policy{Tables: []softdelete.Table{{Name: "notes", Mode: softdelete.Archive}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	tag, err := p.Exec(t.Context(), "DELETE FROM notes WHERE id < $1", 3)
	if err != nil || tag.String() != "DELETE 2" {
		t.Errorf("%s, %v", tag, err)
	}
	want(t, "deleted", texts(t, p, "SELECT text FROM notes"), "c")
	if n, err := softpgx.Restore(t.Context(), p, "notes", 2); err != nil || n != 2 {
		t.Errorf("restored %d rows, %v", n, err)
	}
	want(t, "restored", texts(t, p, "SELECT id || text FROM notes ORDER BY id"), "1a 2b 3c")
}
