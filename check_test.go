package softdelete

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"strings"
	"testing"

	"github.com/softdelete-go/softdelete/internal/pgtemp"
)

func TestPolicyMeetsTheDatabase(t *testing.T) {
	dsn := pgtemp.NewDatabase(t)
	plain, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	_, err = plain.Exec(`
		CREATE TABLE users (id int PRIMARY KEY, deleted_at timestamptz, gone boolean NOT NULL DEFAULT false, deleted_ms bigint NOT NULL DEFAULT 0);
		CREATE VIEW people AS SELECT * FROM users;
		CREATE MATERIALIZED VIEW crowd AS SELECT * FROM users;
		CREATE SCHEMA billing;
		CREATE TABLE billing.invoices (id int PRIMARY KEY, deleted_at timestamp);
		CREATE SCHEMA t1; CREATE TABLE t1.notes (id int PRIMARY KEY, deleted_at timestamptz);
		CREATE SCHEMA t2; CREATE TABLE t2.notes (id int PRIMARY KEY);
		CREATE TABLE parts (id int, deleted_at timestamptz) PARTITION BY RANGE (id);
		CREATE TABLE "Odd ""name" (id int PRIMARY KEY, "Deleted At" date);`)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		tables []Table
		opts   []Option
		want   string // in the error; "" for none
	}{
		{"as it should be", []Table{{Name: "users"}, {Name: "billing.invoices"}, {Name: "parts"}, {Name: `"Odd ""name"`, Column: "Deleted At"}}, nil, ""},
		{"every marker kind", []Table{{Name: "users", Column: "gone", Marker: Flag}}, nil, ""},
		{"a unix marker", []Table{{Name: "users", Column: "deleted_ms", Marker: UnixMillis}}, nil, ""},
		{"a misspelt table", []Table{{Name: "users"}, {Name: "usres"}}, nil, "the database has no table usres"},
		{"a table that may come later", []Table{{Name: "users"}, {Name: "usres"}}, []Option{AllowMissingTables()}, ""},
		{"another schema's table", []Table{{Name: "users"}, {Name: "billing.users"}, {Name: "billing.invoices"}}, nil, "the database has no table billing.users"},
		{"no table at all: not yet migrated", []Table{{Name: "nothing"}, {Name: "nowhere"}}, nil, ""},
		{"no marker column", []Table{{Name: "users", Column: "removed_at"}}, nil, `table public.users has no column "removed_at"`},
		{"a marker of another type", []Table{{Name: "users", Marker: Flag}}, nil, "column public.users.deleted_at is of type timestamptz, which a flag marker cannot be"},
		{"a flag for a timestamp", []Table{{Name: "users", Column: "gone"}}, nil, "column public.users.gone is of type bool"},
		{"a view", []Table{{Name: "people"}}, nil, "public.people is a view"},
		{"a materialized view", []Table{{Name: "crowd"}}, nil, "public.crowd is a materialized view"},
		{"one tenant without the marker", []Table{{Name: "*.notes"}}, nil, `table t2.notes has no column "deleted_at"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			db, err := Open(dsn, Policy{Tables: tt.tables}, tt.opts...)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			checkProblem(t, "connecting", db.Ping(), tt.want)
			if tt.opts == nil && !strings.Contains(tt.name, "not yet migrated") {
				checkProblem(t, "Check", Check(context.Background(), plain, Policy{Tables: tt.tables}), tt.want)
			}
		})
	}
}

func checkProblem(t *testing.T, what string, err error, want string) {
	t.Helper()
	if want == "" {
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
		return
	}
	var p *PolicyError
	if !errors.As(err, &p) {
		t.Fatalf("%s: got %v, want a PolicyError", what, err)
	}
	if !strings.Contains(err.Error(), want) || p.Remedy == "" {
		t.Errorf("%s: got %q, want %q and a remedy", what, err, want)
	}
}

// The check is repeated until there is something to compare with.
func TestPolicyIsCheckedOnceTheTablesExist(t *testing.T) {
	dsn := pgtemp.NewDatabase(t)
	db, err := Open(dsn, Policy{Tables: []Table{{Name: "users"}}})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxIdleConns(0) // a new connection each time
	if _, err := db.Exec("CREATE TABLE users (id int PRIMARY KEY)"); err != nil {
		t.Fatal(err)
	}
	_, err = db.Exec("SELECT 1")
	checkProblem(t, "the next connection", err, `table public.users has no column "deleted_at"`)
	plain, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	if _, err := plain.Exec("ALTER TABLE users ADD COLUMN deleted_at timestamptz"); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("SELECT 1"); err != nil {
		t.Errorf("after the remedy: %v", err)
	}
}

// A policy with foreign keys is compared with those of the database.
func TestForeignKeysMeetTheDatabase(t *testing.T) {
	dsn := pgtemp.NewDatabase(t)
	plain, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	_, err = plain.Exec(JournalDDL + `
		CREATE TABLE users (id int PRIMARY KEY, code text, deleted_at timestamptz, deletion_id uuid, by_number int, why text, must text NOT NULL DEFAULT '',
			live_id int GENERATED ALWAYS AS (CASE WHEN deleted_at IS NULL THEN id END) STORED UNIQUE);
		CREATE TABLE orders (id int PRIMARY KEY, user_id int CONSTRAINT fk_user REFERENCES users ON DELETE CASCADE, deleted_at timestamptz, deletion_id uuid,
			live_user int GENERATED ALWAYS AS (CASE WHEN deleted_at IS NULL THEN user_id END) STORED CONSTRAINT fk_live REFERENCES users (live_id));
		CREATE TABLE lines (n int, order_id int, deleted_at timestamptz);
		CREATE TABLE logs (user_id int, text text);
		CREATE SCHEMA hard;
		CREATE TABLE hard.users (id int PRIMARY KEY, deleted_at timestamptz);
		CREATE TABLE hard.sessions (id int PRIMARY KEY, user_id int REFERENCES hard.users ON DELETE CASCADE);
		CREATE SCHEMA above;
		CREATE TABLE above.accounts (id int PRIMARY KEY);
		CREATE TABLE above.users (id int PRIMARY KEY, deleted_at timestamptz, account int REFERENCES above.accounts ON DELETE CASCADE, boss int REFERENCES above.users);
		CREATE SCHEMA parts;
		CREATE TABLE parts.users (id int PRIMARY KEY, deleted_at timestamptz) PARTITION BY RANGE (id);
		CREATE TABLE parts.users_1 PARTITION OF parts.users DEFAULT;
		CREATE TABLE parts.orders (id int PRIMARY KEY, user_id int REFERENCES parts.users, deleted_at timestamptz);
		CREATE SCHEMA t1;
		CREATE TABLE t1.docs (id int PRIMARY KEY, deleted_at timestamptz);
		CREATE TABLE t1.pages (id int PRIMARY KEY, doc_id int REFERENCES t1.docs, deleted_at timestamptz);
		CREATE SCHEMA t2;
		CREATE TABLE t2.docs (id int PRIMARY KEY, deleted_at timestamptz);
		CREATE TABLE t2.pages (id int PRIMARY KEY, doc_id int REFERENCES t2.docs, deleted_at timestamptz);`)
	if err != nil {
		t.Fatal(err)
	}
	key := func(name, table, column, ref string, a Action) ForeignKey {
		return ForeignKey{Name: name, Table: table, Columns: []string{column}, RefTable: ref, RefColumns: []string{"id"}, OnDelete: a}
	}
	twin := func(f ForeignKey, name string) ForeignKey { f.Twin = name; return f }
	id := func(names ...string) (tables []Table) {
		for _, n := range names {
			tables = append(tables, Table{Name: n, DeletionID: "deletion_id"})
		}
		return tables
	}
	bare := func(names ...string) (tables []Table) {
		for _, n := range names {
			tables = append(tables, Table{Name: n})
		}
		return tables
	}
	fkUser := key("fk_user", "orders", "user_id", "users", Cascade)
	const listRemedy = "{name: fk_user, table: orders, columns: [user_id], ref_table: users, ref_columns: [id], on_delete: cascade}"
	tests := []struct {
		name string
		p    Policy
		opts []Option
		want string // in the error; "" for none
	}{
		{"as it should be", Policy{Tables: id("users", "orders"), ForeignKeys: []ForeignKey{fkUser}}, nil, ""},
		{"with its twin", Policy{Tables: id("users", "orders"), ForeignKeys: []ForeignKey{twin(fkUser, "fk_live")}}, nil, ""},
		{"under another name", Policy{Tables: id("users", "orders"), ForeignKeys: []ForeignKey{key("", "orders", "user_id", "users", Cascade)}}, nil, ""},
		{"with another action", Policy{Tables: id("users", "orders"), ForeignKeys: []ForeignKey{key("fk_user", "orders", "user_id", "users", KeepVisible)}}, nil, ""},
		{"one that the database does not have", Policy{Tables: id("users", "orders"), ForeignKeys: []ForeignKey{fkUser, key("", "logs", "user_id", "users", NoAction)}}, nil, ""},
		{"a policy without any", Policy{Tables: id("users", "orders")}, nil, ""},
		{
			"one that is not listed",
			Policy{Tables: id("users", "orders"), ForeignKeys: []ForeignKey{key("", "logs", "user_id", "users", NoAction)}},
			nil,
			"foreign_keys: the database has a foreign key fk_user from orders to users that the policy does not list, so that deletes would not follow it; add " + listRemedy + ", or set discover: true; with on_delete: keep_visible it is not followed",
		},
		{
			"a cascade out of the policy",
			Policy{Tables: bare("users", "hard.users"), ForeignKeys: []ForeignKey{key("", "logs", "user_id", "users", NoAction), key("fk_user", "orders", "user_id", "users", NoAction)}},
			nil,
			"foreign_keys: a delete from hard.users would have to destroy rows of hard.sessions, which is not in tables (sessions_user_id_fkey); add hard.sessions to tables and {name: sessions_user_id_fkey,",
		},
		{"a cascade out of the policy that is not followed", Policy{Tables: bare("hard.users"), ForeignKeys: []ForeignKey{key("sessions_user_id_fkey", "hard.sessions", "user_id", "hard.users", KeepVisible)}}, nil, ""},
		{
			"a cascade into the policy",
			Policy{Tables: bare("above.users"), ForeignKeys: []ForeignKey{key("", "above.users", "boss", "above.users", NoAction)}},
			nil,
			"a delete from above.accounts, which is not in tables, really destroys rows of above.users (users_account_fkey)",
		},
		{
			"a cascade into the policy that is said to be none",
			Policy{Tables: bare("above.users"), ForeignKeys: []ForeignKey{
				key("", "above.users", "boss", "above.users", NoAction), key("users_account_fkey", "above.users", "account", "above.accounts", NoAction),
			}},
			nil,
			"foreign_keys[1].on_delete: a delete from above.accounts, which is not in tables, really destroys rows of above.users: the constraint in the database says ON DELETE CASCADE",
		},
		{"a cascade into the policy that is accepted", Policy{Tables: bare("above.users"), ForeignKeys: []ForeignKey{
			key("", "above.users", "boss", "above.users", NoAction), key("users_account_fkey", "above.users", "account", "above.accounts", KeepVisible),
		}}, nil, ""},
		{
			"a misspelt column",
			Policy{Tables: id("users", "orders"), ForeignKeys: []ForeignKey{fkUser, key("x", "orders", "buyer_id", "users", NoAction)}},
			nil,
			`foreign_keys[1].columns[0]: table public.orders has no column "buyer_id"`,
		},
		{
			"a constraint of that name that is another",
			Policy{Tables: id("users", "orders"), ForeignKeys: []ForeignKey{key("fk_user", "orders", "id", "users", NoAction)}},
			nil,
			"foreign_keys[0].name: the constraint fk_user of public.orders leads from (user_id) to public.users (id)",
		},
		{
			"a table outside the policy that does not exist",
			Policy{Tables: id("users", "orders"), ForeignKeys: []ForeignKey{fkUser, key("", "lgos", "user_id", "users", NoAction)}},
			nil,
			"foreign_keys[1].table: the database has no table lgos",
		},
		{"a table that may come later", Policy{Tables: id("users", "orders"), ForeignKeys: []ForeignKey{fkUser, key("", "lgos", "user_id", "users", NoAction)}}, []Option{AllowMissingTables()}, ""},
		{
			"a twin that does not exist",
			Policy{Tables: id("users", "orders"), ForeignKeys: []ForeignKey{twin(fkUser, "fk_dead")}},
			nil,
			"foreign_keys[0].twin: public.orders has no foreign key fk_dead",
		},
		{
			"a twin of another key",
			Policy{Tables: id("users", "orders"), ForeignKeys: []ForeignKey{fkUser, twin(key("x", "orders", "id", "users", NoAction), "fk_live")}},
			nil,
			"foreign_keys[1].twin: the constraint fk_live of public.orders is no twin of this key",
		},
		{
			"no key to find rows by",
			Policy{Tables: append(id("users", "orders"), Table{Name: "lines", PrimaryKey: []string{"n"}}), ForeignKeys: []ForeignKey{fkUser}},
			nil,
			"tables[2].primary_key: two rows of public.lines can have the same key (n)",
		},
		{"no key that anything needs", Policy{Tables: append(id("users", "orders"), Table{Name: "lines"}), ForeignKeys: []ForeignKey{fkUser}}, nil, ""},
		{
			"no key that a cascade needs",
			Policy{Tables: bare("orders", "lines"), ForeignKeys: []ForeignKey{key("", "lines", "order_id", "orders", Cascade)}},
			nil,
			"tables[1].primary_key: two rows of public.lines can have the same key (id)",
		},
		{
			"no key that SET NULL needs",
			Policy{Journal: true, Tables: id("users", "orders"), ForeignKeys: []ForeignKey{fkUser, key("", "logs", "user_id", "users", SetNull)}},
			nil,
			"foreign_keys[1].primary_key: two rows of public.logs can have the same key (id)",
		},
		{"a missing deletion id", Policy{Tables: id("lines")}, nil, `tables[0].deletion_id: table public.lines has no column "deletion_id"; add it (ALTER TABLE public.lines ADD COLUMN deletion_id uuid), or leave deletion_id out`},
		{"hidden columns", Policy{Tables: []Table{{Name: "users", Hidden: []string{"why"}}}}, nil, ""},
		{"a misspelt hidden column", Policy{Tables: []Table{{Name: "users", Hidden: []string{"why", "pasword"}}}}, nil, `tables[0].hidden[1]: table public.users has no column "pasword"; correct the name, or remove it`},
		{"a deletion id of another type", Policy{Tables: []Table{{Name: "users", DeletionID: "why"}}}, nil, "tables[0].deletion_id: column public.users.why is of type text; use a column of type uuid"},
		{"an actor of another type", Policy{Tables: []Table{{Name: "users", DeletedBy: "by_number"}}}, nil, "tables[0].deleted_by: column public.users.by_number is of type int4; use a column of type text"},
		{"a reason that must be given", Policy{Tables: []Table{{Name: "users", Reason: "must"}}}, nil, "tables[0].reason: column public.users.must is NOT NULL"},
		{"a journal", Policy{Journal: true, Tables: id("users")}, nil, ""},
		{
			"partitions without their whole",
			Policy{Tables: bare("parts.users", "parts.users_1", "parts.orders"), ForeignKeys: []ForeignKey{key("", "parts.orders", "user_id", "parts.users", NoAction)}},
			nil,
			"tables[1].partition_of: parts.users_1 is a partition of parts.users, and the foreign keys of that are not known to hold for it; set partition_of: parts.users",
		},
		{"partitions", Policy{Tables: append(bare("parts.users", "parts.orders"), Table{Name: "parts.users_1", PartitionOf: "parts.users"}), ForeignKeys: []ForeignKey{key("", "parts.orders", "user_id", "parts.users", NoAction)}}, nil, ""},
		{
			"no partition of that",
			Policy{Tables: append(bare("parts.users"), Table{Name: "parts.orders", PartitionOf: "parts.users"})},
			nil,
			"tables[1].partition_of: parts.orders is not a partition of parts.users",
		},
		{"every schema", Policy{Tables: bare("*.docs", "*.pages"), ForeignKeys: []ForeignKey{key("", "pages", "doc_id", "docs", NoAction)}}, nil, ""},
		{
			"every schema, not listed",
			Policy{Tables: bare("*.docs", "*.pages"), ForeignKeys: []ForeignKey{key("", "pages", "id", "docs", NoAction)}},
			nil,
			"a foreign key pages_doc_id_fkey from t2.pages to t2.docs that the policy does not list",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			db, err := Open(dsn, tt.p, tt.opts...)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			checkProblem(t, "connecting", db.Ping(), tt.want)
			if tt.opts == nil {
				checkProblem(t, "Check", Check(context.Background(), plain, tt.p), tt.want)
			}
		})
	}
	if _, err := plain.Exec(`DROP TABLE softdelete_links; ALTER TABLE softdelete_deletions DROP COLUMN actor`); err != nil {
		t.Fatal(err)
	}
	err = Check(context.Background(), plain, Policy{Journal: true, Tables: id("users")})
	checkProblem(t, "no journal", err, `journal: table softdelete_deletions has no column "actor"; create it with JournalDDL`)
	checkProblem(t, "no journal", err, "journal: the database has no table softdelete_links")
}

// A policy that follows the schema looks at a counter before each statement, and no
// more.
func TestFollowingTheSchemaAllocatesNothing(t *testing.T) {
	r, err := NewRewriter(usersPolicy)
	if err != nil {
		t.Fatal(err)
	}
	args := numbered([]driver.Value{int64(7)})
	ctx := t.Context()
	allocs := func(c *conn) float64 {
		return testing.AllocsPerRun(100, func() {
			if _, err := c.ExecContext(ctx, deleteOne, args); err != nil {
				t.Fatal(err)
			}
		})
	}
	plain, following := newConn(nullConn{}, r), newConn(nullConn{}, r)
	found := &discovered{rewriter: r}
	following.view = &view{shared: newDiscovery(Policy{Discover: true}, options{}), found: found}
	following.view.shared.latest.Store(found)
	if want, got := allocs(plain), allocs(following); got != want {
		t.Errorf("%v allocations a statement, %v without", got, want)
	}
}
