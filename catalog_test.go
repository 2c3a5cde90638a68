package softdelete_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/internal/pgtemp"
)

// discovered is what Discover makes of a schema, as YAML, and the problems.
func discovered(t *testing.T, ddl string) (yaml string, problems []string) {
	t.Helper()
	dsn := pgtemp.NewDatabase(t)
	plain := openPlain(t, dsn)
	mustExec(t, plain, ddl)
	p, err := softdelete.Discover(t.Context(), plain)
	if err != nil {
		return "", policyProblems(t, err)
	}
	var b bytes.Buffer
	if err := softdelete.SavePolicy(&b, p); err != nil {
		t.Fatalf("%+v: %v", p, err)
	}
	if err := softdelete.Check(t.Context(), plain, p); err != nil {
		t.Errorf("Check does not accept it: %v", err)
	}

	// Over this package's driver it must be the same.
	ours, err := softdelete.Open(dsn, p)
	if err != nil {
		t.Fatal(err)
	}
	defer ours.Close()
	again, err := softdelete.Discover(t.Context(), ours)
	if err != nil {
		t.Fatal(err)
	}
	var b2 bytes.Buffer
	if err := softdelete.SavePolicy(&b2, again); err != nil {
		t.Fatal(err)
	}
	equalText(t, "over the driver", b2.String(), b.String())
	return b.String(), nil
}

// policyProblems lists the problems of an error, each of which must be a PolicyError
// with a remedy.
func policyProblems(t *testing.T, err error) (list []string) {
	t.Helper()
	errs := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		errs = joined.Unwrap()
	}
	for _, e := range errs {
		var bad *softdelete.PolicyError
		if !errors.As(e, &bad) || bad.Problem == "" || bad.Remedy == "" {
			t.Fatalf("not a PolicyError with problem and remedy: %v", e)
		}
		list = append(list, bad.Error())
	}
	return list
}

func TestDiscoverMarkers(t *testing.T) {
	got, problems := discovered(t, `
		CREATE TABLE a_time (id int PRIMARY KEY, deleted_at timestamptz);
		CREATE TABLE b_time (id int PRIMARY KEY, deleted_at timestamp DEFAULT NULL);
		CREATE TABLE c_date (id int PRIMARY KEY, deleted_at date);
		CREATE TABLE d_seconds (id int PRIMARY KEY, deleted_at bigint NOT NULL DEFAULT 0);
		CREATE TABLE e_seconds (id int PRIMARY KEY, deleted_at integer NOT NULL DEFAULT 0);
		CREATE TABLE f_millis (id int PRIMARY KEY, deleted_at_ms bigint NOT NULL DEFAULT '0');
		CREATE TABLE g_nanos (id int PRIMARY KEY, deleted_at_nanos bigint NOT NULL DEFAULT 0);
		CREATE TABLE h_flag (id int PRIMARY KEY, is_deleted boolean NOT NULL DEFAULT false);
		CREATE TABLE i_flag (id int PRIMARY KEY, deleted boolean DEFAULT false NOT NULL);
		CREATE TABLE j_both (id int PRIMARY KEY, deleted boolean NOT NULL DEFAULT false, deleted_at timestamptz);
		CREATE TABLE k_mirror (id int PRIMARY KEY, deleted_at timestamptz, is_deleted boolean GENERATED ALWAYS AS (deleted_at IS NOT NULL) STORED);

		CREATE TABLE n_archive (id int PRIMARY KEY, deleted_at timestamptz NOT NULL);
		CREATE TABLE n_born_dead (id int PRIMARY KEY, deleted_at timestamptz DEFAULT now());
		CREATE TABLE n_text (id int PRIMARY KEY, deleted_at text);
		CREATE TABLE n_nullable (id int PRIMARY KEY, deleted_at bigint DEFAULT 0);
		CREATE TABLE n_no_default (id int PRIMARY KEY, deleted_at bigint NOT NULL);
		CREATE TABLE n_one (id int PRIMARY KEY, deleted_at bigint NOT NULL DEFAULT 1);
		CREATE TABLE n_log (id int PRIMARY KEY, deleted boolean NOT NULL);
		CREATE TABLE n_unknown (id int PRIMARY KEY, deleted boolean DEFAULT false);
		CREATE TABLE n_true (id int PRIMARY KEY, is_deleted boolean NOT NULL DEFAULT true);
		CREATE TABLE n_millis (id int PRIMARY KEY, deleted_at_ms integer NOT NULL DEFAULT 0);
		CREATE TABLE n_dropped (id int PRIMARY KEY, deleted_at timestamptz);
		ALTER TABLE n_dropped DROP COLUMN deleted_at;
		CREATE VIEW n_view AS SELECT * FROM a_time;
		CREATE MATERIALIZED VIEW n_matview AS SELECT * FROM a_time;
		CREATE TEMPORARY TABLE n_temp (id int PRIMARY KEY, deleted_at timestamptz);
		CREATE TABLE plain (id int PRIMARY KEY);`)
	if problems != nil {
		t.Fatal(problems)
	}
	equalText(t, "policy", got, `tables:
  - name: a_time
  - name: b_time
  - name: c_date
  - name: d_seconds
    marker: unix_seconds
  - name: e_seconds
    marker: unix_seconds
  - name: f_millis
    column: deleted_at_ms
    marker: unix_millis
  - name: g_nanos
    column: deleted_at_nanos
    marker: unix_nanos
  - name: h_flag
    column: is_deleted
    marker: flag
  - name: i_flag
    column: deleted
    marker: flag
  - name: j_both
  - name: k_mirror
`)
}

func TestDiscoverColumns(t *testing.T) {
	got, problems := discovered(t, `
		CREATE TABLE all_of_them (id int PRIMARY KEY, deleted_at timestamptz, deletion_id uuid, deleted_by text, delete_reason varchar);
		CREATE TABLE composite (tenant int, "Number" int, deleted_at timestamptz, PRIMARY KEY (tenant, "Number"));
		CREATE TABLE only_unique (code text NOT NULL UNIQUE, deleted_at timestamptz);
		CREATE TABLE only_nullable (id int, code text UNIQUE, partial text NOT NULL, deleted_at timestamptz);
		CREATE UNIQUE INDEX ON only_nullable (partial) WHERE deleted_at IS NULL;
		CREATE UNIQUE INDEX ON only_nullable (lower(partial));
		CREATE COLLATION any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
		CREATE TABLE other_collation (id int, code text COLLATE any_case NOT NULL, deleted_at timestamptz);
		CREATE UNIQUE INDEX ON other_collation (code COLLATE "C");
		CREATE TABLE same_collation (code text COLLATE any_case NOT NULL UNIQUE, deleted_at timestamptz);
		CREATE TABLE marker_in_key (id int NOT NULL, is_deleted boolean NOT NULL DEFAULT false, PRIMARY KEY (id, is_deleted));
		CREATE TABLE others (id int PRIMARY KEY, deleted_at timestamptz, deletion_id text, deleted_by int, reason text,
			delete_reason text, deletion_reason text);
		CREATE TABLE required (id int PRIMARY KEY, deleted_at timestamptz, deletion_id uuid NOT NULL, deleted_by text DEFAULT 'root', delete_reason varchar(20));
		CREATE TABLE "Odd ""name" (id int PRIMARY KEY, deleted_at timestamptz);
		CREATE TABLE "a.b" (id int PRIMARY KEY, deleted_at timestamptz);
		CREATE TABLE "*" (id int PRIMARY KEY, deleted_at timestamptz);
		CREATE SCHEMA "My Schema"; CREATE TABLE "My Schema"." x" (id int PRIMARY KEY, deleted_at timestamptz);
		CREATE SCHEMA billing; CREATE TABLE billing.invoices (id int PRIMARY KEY, deleted_at timestamptz);
		`+softdelete.JournalDDL)
	if problems != nil {
		t.Fatal(problems)
	}
	equalText(t, "policy", got, `tables:
  - name: My Schema." x"
  - name: billing.invoices
  - name: '"*"'
  - name: '"Odd ""name"'
  - name: '"a.b"'
  - name: all_of_them
    deletion_id: deletion_id
    deleted_by: deleted_by
    reason: delete_reason
  - name: composite
    primary_key:
      - tenant
      - Number
  - name: marker_in_key
    column: is_deleted
    marker: flag
  - name: only_nullable
  - name: only_unique
    primary_key:
      - code
  - name: other_collation
  - name: others
  - name: required
  - name: same_collation
    primary_key:
      - code
journal: true
`)
}

func TestDiscoverForeignKeys(t *testing.T) {
	got, problems := discovered(t, softdelete.JournalDDL+`
		CREATE TABLE users (id int PRIMARY KEY, tenant int, login text UNIQUE, deleted_at timestamptz, UNIQUE (tenant, id));
		CREATE TABLE orders (id int PRIMARY KEY, tenant int DEFAULT 1, user_id int, seller int DEFAULT 7, login text, deleted_at timestamptz);
		CREATE TABLE sessions (token text PRIMARY KEY, user_id int REFERENCES users);
		CREATE TABLE clicks (user_id int REFERENCES users);
		CREATE TABLE plans (id int PRIMARY KEY);
		CREATE TABLE hard_child (id int PRIMARY KEY, plan_id int REFERENCES plans ON DELETE CASCADE);
		ALTER TABLE users ADD plan_id int REFERENCES plans ON DELETE SET NULL;
		ALTER TABLE orders ADD CONSTRAINT z_first FOREIGN KEY (user_id) REFERENCES users ON DELETE CASCADE;
		ALTER TABLE orders ADD CONSTRAINT a_second FOREIGN KEY (tenant, seller) REFERENCES users (tenant, id) ON DELETE SET NULL (seller);
		ALTER TABLE orders ADD CONSTRAINT third FOREIGN KEY (login) REFERENCES users (login) ON DELETE RESTRICT ON UPDATE CASCADE;
		ALTER TABLE orders ADD parent int REFERENCES orders ON DELETE SET DEFAULT;`)
	if problems != nil {
		t.Fatal(problems)
	}
	equalText(t, "policy", got, `tables:
  - name: orders
  - name: users
foreign_keys:
  - name: sessions_user_id_fkey
    table: sessions
    columns:
      - user_id
    ref_table: users
    ref_columns:
      - id
    primary_key:
      - token
  - name: clicks_user_id_fkey
    table: clicks
    columns:
      - user_id
    ref_table: users
    ref_columns:
      - id
  - name: users_plan_id_fkey
    table: users
    columns:
      - plan_id
    ref_table: plans
    ref_columns:
      - id
    on_delete: set_null
  - name: z_first
    table: orders
    columns:
      - user_id
    ref_table: users
    ref_columns:
      - id
    on_delete: cascade
  - name: a_second
    table: orders
    columns:
      - tenant
      - seller
    ref_table: users
    ref_columns:
      - tenant
      - id
    on_delete: set_null
    set_columns:
      - seller
  - name: third
    table: orders
    columns:
      - login
    ref_table: users
    ref_columns:
      - login
    on_delete: restrict
  - name: orders_parent_fkey
    table: orders
    columns:
      - parent
    ref_table: orders
    ref_columns:
      - id
    on_delete: set_default
journal: true
`)
}

func TestDiscoverTwinKeys(t *testing.T) {
	got, problems := discovered(t, `
		CREATE TABLE users (id int PRIMARY KEY, deleted_at timestamptz,
			live_id int GENERATED ALWAYS AS (CASE WHEN deleted_at IS NULL THEN id END) STORED UNIQUE);
		CREATE TABLE orders (tenant int, id int, user_id int REFERENCES users ON DELETE CASCADE, is_deleted boolean NOT NULL DEFAULT false,
			live_user int GENERATED ALWAYS AS (CASE WHEN NOT is_deleted THEN user_id ELSE NULL END) STORED CONSTRAINT live_orders REFERENCES users (live_id),
			live_tenant int GENERATED ALWAYS AS (CASE WHEN NOT is_deleted THEN tenant END) STORED,
			live_id int GENERATED ALWAYS AS (CASE WHEN NOT is_deleted THEN id END) STORED,
			deletion_id uuid, PRIMARY KEY (tenant, id), UNIQUE (live_id, live_tenant));
		ALTER TABLE users ADD deletion_id uuid;
		CREATE TABLE items (id int PRIMARY KEY, tenant int, order_id int, deleted_at bigint NOT NULL DEFAULT 0, deletion_id uuid,
			t int GENERATED ALWAYS AS (CASE WHEN deleted_at = 0 THEN tenant END) STORED,
			o int GENERATED ALWAYS AS (CASE WHEN deleted_at = 0 THEN order_id END) STORED,
			FOREIGN KEY (tenant, order_id) REFERENCES orders ON DELETE CASCADE,
			CONSTRAINT live_items FOREIGN KEY (o, t) REFERENCES orders (live_id, live_tenant));
		CREATE TABLE hard (id int PRIMARY KEY, user_id int REFERENCES users CONSTRAINT live_hard REFERENCES users (live_id));`)
	if problems != nil {
		t.Fatal(problems)
	}
	var lines []string
	for _, line := range strings.Split(got, "\n") {
		if strings.Contains(line, "  - name:") || strings.Contains(line, "twin:") {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	equalText(t, "tables, keys and twins", strings.Join(lines, "\n"), `- name: items
- name: orders
- name: users
- name: orders_user_id_fkey
twin: live_orders
- name: items_tenant_order_id_fkey
twin: live_items
- name: hard_user_id_fkey
twin: live_hard`)
}

func TestDiscoverPartitions(t *testing.T) {
	got, problems := discovered(t, `
		CREATE SCHEMA parts;
		CREATE TABLE users (id int, deleted_at timestamptz, PRIMARY KEY (id)) PARTITION BY HASH (id);
		CREATE TABLE users_0 PARTITION OF users FOR VALUES WITH (MODULUS 2, REMAINDER 0);
		CREATE TABLE parts.users_1 PARTITION OF users FOR VALUES WITH (MODULUS 2, REMAINDER 1) PARTITION BY HASH (id);
		CREATE TABLE parts.users_1_0 PARTITION OF parts.users_1 FOR VALUES WITH (MODULUS 1, REMAINDER 0);
		CREATE TABLE orders (id int, user_id int REFERENCES users ON DELETE CASCADE, deleted_at timestamptz, PRIMARY KEY (id)) PARTITION BY RANGE (id);
		CREATE TABLE orders_1 PARTITION OF orders FOR VALUES FROM (0) TO (100);
		CREATE TABLE orders_2 PARTITION OF orders DEFAULT;
		CREATE TABLE visits (id int, user_id int REFERENCES users, PRIMARY KEY (id)) PARTITION BY RANGE (id);
		CREATE TABLE visits_1 PARTITION OF visits FOR VALUES FROM (0) TO (100);
		CREATE TABLE clicks (at date, user_id int REFERENCES users) PARTITION BY RANGE (at);
		CREATE TABLE clicks_1 PARTITION OF clicks DEFAULT;`)
	if problems != nil {
		t.Fatal(problems)
	}
	equalText(t, "policy", compact(got), compact(`tables:
  - {name: parts.users_1, partition_of: users}
  - {name: parts.users_1_0, partition_of: users}
  - {name: orders}
  - {name: orders_1, partition_of: orders}
  - {name: orders_2, partition_of: orders}
  - {name: users}
  - {name: users_0, partition_of: users}
foreign_keys:
  - {name: orders_user_id_fkey, table: public.orders, columns: [user_id], ref_table: public.users, ref_columns: [id], on_delete: cascade}
  - {name: visits_user_id_fkey, table: public.visits, columns: [user_id], ref_table: public.users, ref_columns: [id]}
  - {name: visits_user_id_fkey, table: public.visits_1, columns: [user_id], ref_table: public.users, ref_columns: [id], on_delete: keep_visible}
  - {name: clicks_user_id_fkey, table: public.clicks, columns: [user_id], ref_table: public.users, ref_columns: [id]}
  - {name: clicks_user_id_fkey, table: public.clicks_1, columns: [user_id], ref_table: public.users, ref_columns: [id]}
`))
}

// compact makes flow and block YAML of a policy alike, and forgets the order of
// entries, which is another test's.
func compact(yaml string) string {
	p, err := softdelete.LoadPolicy(strings.NewReader(yaml))
	if err != nil {
		return err.Error()
	}
	var lines []string
	for _, t := range p.Tables {
		lines = append(lines, fmt.Sprintf("%+v", t))
	}
	for _, f := range p.ForeignKeys {
		lines = append(lines, fmt.Sprintf("%+v", f))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// What PostgreSQL does to the rows of partitions, named directly or through the
// whole, the driver does too.
func TestPartitionsFollowForeignKeys(t *testing.T) {
	for _, partitionKey := range []string{"id", "tenant"} {
		t.Run("by "+partitionKey, func(t *testing.T) {
			dsn := pgtemp.NewDatabase(t)
			plain := openPlain(t, dsn)
			mustExec(t, plain, softdelete.JournalDDL+`
				CREATE TABLE users (id int PRIMARY KEY, deleted_at timestamptz, deletion_id uuid) PARTITION BY RANGE (id);
				CREATE TABLE users_1 PARTITION OF users FOR VALUES FROM (0) TO (10);
				CREATE TABLE users_2 PARTITION OF users FOR VALUES FROM (10) TO (20);
				CREATE TABLE orders (id int, tenant int, user_id int REFERENCES users ON DELETE CASCADE, deleted_at timestamptz, deletion_id uuid,
					PRIMARY KEY (id, tenant)) PARTITION BY RANGE (`+partitionKey+`);
				CREATE TABLE orders_1 PARTITION OF orders FOR VALUES FROM (0) TO (10);
				CREATE TABLE orders_2 PARTITION OF orders FOR VALUES FROM (10) TO (20);
				CREATE TABLE items (id int PRIMARY KEY, order_id int, tenant int, FOREIGN KEY (order_id, tenant) REFERENCES orders);
				INSERT INTO users VALUES (1), (2), (11);
				INSERT INTO orders VALUES (1, 1, 1), (2, 12, 1), (11, 2, 1), (3, 3, 2), (4, 4, 11);
				INSERT INTO items VALUES (1, 4, 4)`)
			before := all(t, plain, `SELECT o::text FROM orders o ORDER BY id`) + all(t, plain, `SELECT u::text FROM users u ORDER BY id`)
			p, err := softdelete.Discover(t.Context(), plain)
			if err != nil {
				t.Fatal(err)
			}
			db, err := softdelete.Open(dsn, p)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()

			for _, table := range []string{"users", "users_1"} {
				if n := mustExec(t, db, `DELETE FROM `+table+` WHERE id = 1`); n != 1 {
					t.Errorf("%s: %d rows, want 1", table, n)
				}
				equalText(t, "users", all(t, db, `SELECT id FROM users ORDER BY id`), "2,11")
				equalText(t, "users_1", all(t, db, `SELECT id FROM users_1 ORDER BY id`), "2")
				equalText(t, "orders", all(t, db, `SELECT id FROM orders ORDER BY id`), "3,4")
				equalText(t, "orders_2", all(t, db, `SELECT count(*) FROM orders_2`), "0")
				_, err := db.Exec(`DELETE FROM users_2 WHERE id = 11`)
				foreignKeyError(t, "a delete through the partition", err, "items_order_id_tenant_fkey")
				_, err = db.Exec(`INSERT INTO orders_1 VALUES (5, 5, 1)`)
				foreignKeyError(t, "an insert into the partition", err, "orders_user_id_fkey")
				mustExec(t, db, `INSERT INTO orders_1 VALUES (5, 5, 2)`)
				mustExec(t, plain, `DELETE FROM orders_1 WHERE id = 5`)

				switch table {
				case "users":
					id := all(t, plain, `SELECT DISTINCT id FROM softdelete_deletions WHERE restored_at IS NULL`)
					if n, err := softdelete.RestoreDeletion(t.Context(), db, id); n != 4 || err != nil {
						t.Errorf("RestoreDeletion: %d rows, %v", n, err)
					}
				default:
					if n, err := softdelete.Restore(t.Context(), db, "users_1", 1); n != 4 || err != nil {
						t.Errorf("Restore: %d rows, %v", n, err)
					}
				}
				equalText(t, "restored", all(t, plain, `SELECT o::text FROM orders o ORDER BY id`)+all(t, plain, `SELECT u::text FROM users u ORDER BY id`), before)
			}
			_, err = db.Exec(`DELETE FROM orders_1 WHERE id = 4`)
			foreignKeyError(t, "a delete of a middle table's partition", err, "items_order_id_tenant_fkey")
			if n := mustExec(t, db, `DELETE FROM orders_1 WHERE id = 3`); n != 1 {
				t.Errorf("%d rows, want 1", n)
			}
		})
	}
}

// A partitioned table outside the policy checks its parents too.
func TestPartitionsOutsideThePolicyCheckTheirParents(t *testing.T) {
	dsn := pgtemp.NewDatabase(t)
	plain := openPlain(t, dsn)
	mustExec(t, plain, `
		CREATE TABLE users (id int PRIMARY KEY, deleted_at timestamptz);
		CREATE TABLE visits (id int PRIMARY KEY, user_id int REFERENCES users) PARTITION BY RANGE (id);
		CREATE TABLE visits_1 PARTITION OF visits FOR VALUES FROM (0) TO (100);
		INSERT INTO users VALUES (1), (2), (3);
		INSERT INTO visits VALUES (1, 1)`)
	p, err := softdelete.Discover(t.Context(), plain)
	if err != nil {
		t.Fatal(err)
	}
	db, err := softdelete.Open(dsn, p)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	_, err = db.Exec(`DELETE FROM users WHERE id = 1`)
	foreignKeyError(t, "a delete", err, "visits_user_id_fkey")
	mustExec(t, db, `DELETE FROM users WHERE id = 2`)
	for _, text := range []string{`INSERT INTO visits VALUES (2, 2)`, `INSERT INTO visits_1 VALUES (2, 2)`, `UPDATE visits_1 SET user_id = 2 WHERE id = 1`} {
		_, err = db.Exec(text)
		foreignKeyError(t, text, err, "visits_user_id_fkey")
	}
	mustExec(t, db, `INSERT INTO visits_1 VALUES (2, 3)`)
}

func foreignKeyError(t *testing.T, what string, err error, constraint string) {
	t.Helper()
	var pgErr *pgconn.PgError
	if !errors.As(err, &pgErr) || pgErr.Code != "23503" || pgErr.ConstraintName != constraint {
		t.Errorf("%s: got %v, want 23503 of %s", what, err, constraint)
	}
}

func TestDiscoverInheritance(t *testing.T) {
	got, problems := discovered(t, `
		CREATE TABLE animals (id int PRIMARY KEY, deleted_at timestamptz);
		CREATE TABLE dogs (breed text, PRIMARY KEY (id)) INHERITS (animals);
		CREATE TABLE puppies (PRIMARY KEY (id)) INHERITS (dogs);
		CREATE TABLE owners (id int PRIMARY KEY, deleted_at timestamptz);`)
	if problems != nil {
		t.Fatal(problems)
	}
	equalText(t, "policy", got, "tables:\n  - name: animals\n  - name: dogs\n  - name: owners\n  - name: puppies\n")
}

func TestDiscoverSaysWhatItCannotDo(t *testing.T) {
	for _, tt := range []struct {
		name, ddl string
		want      []string
	}{
		{"nothing", `CREATE TABLE a (id int)`, []string{
			"softdelete: policy: tables: no table has a column that is certainly a marker; write the policy by hand",
		}},
		{"cascades out of the policy and into it", `
			CREATE TABLE users (id int PRIMARY KEY, deleted_at timestamptz);
			CREATE TABLE sessions (id int PRIMARY KEY, user_id int REFERENCES users ON DELETE CASCADE);
			CREATE TABLE accounts (id int PRIMARY KEY);
			ALTER TABLE users ADD account_id int REFERENCES accounts ON DELETE CASCADE`, []string{
			"softdelete: policy: foreign key sessions_user_id_fkey of sessions: a delete from users would have to destroy rows of sessions, which is not in tables; add sessions to tables, or set on_delete to another action, such as keep_visible",
			"softdelete: policy: foreign key users_account_id_fkey of users: a delete from accounts, which is not in tables, really destroys rows of users; add accounts to tables, or take ON DELETE CASCADE off the constraint and set on_delete to what it is then",
		}},
		{"replaced keys without a journal", `
			CREATE TABLE users (id int PRIMARY KEY, deleted_at timestamptz);
			CREATE TABLE notes (id int PRIMARY KEY, user_id int REFERENCES users ON DELETE SET NULL)`, []string{
			"softdelete: policy: foreign key notes_user_id_fkey of notes: set_null replaces keys in notes, and without a journal nobody could put them back; set journal: true, which keeps the old keys, or choose another action, such as keep_visible",
		}},
		{"a child's marker that its parent lacks", `
			CREATE TABLE animals (id int PRIMARY KEY);
			CREATE TABLE dogs (deleted_at timestamptz, PRIMARY KEY (id)) INHERITS (animals)`, []string{
			`softdelete: policy: what reads public.animals reads the rows of its child public.dogs too, and public.animals has no column "deleted_at" to tell deleted ones by; add the column to public.animals`,
		}},
		{"foreign keys of an inheritance tree", `
			CREATE TABLE users (id int PRIMARY KEY, deleted_at timestamptz);
			CREATE TABLE animals (id int PRIMARY KEY, owner int REFERENCES users, deleted_at timestamptz);
			CREATE TABLE dogs (PRIMARY KEY (id)) INHERITS (animals)`, []string{
			"softdelete: policy: the foreign key animals_owner_fkey of public.animals cannot be followed: PostgreSQL's looks at the rows of one table only, and a delete here would take those of its inheritance children too; drop the constraint or the inheritance, or list the key in foreign_keys, which then says what is done",
		}},
		{"foreign keys of and to single partitions", `
			CREATE TABLE users (id int PRIMARY KEY, deleted_at timestamptz) PARTITION BY RANGE (id);
			CREATE TABLE users_1 PARTITION OF users FOR VALUES FROM (0) TO (10);
			CREATE TABLE orders (id int PRIMARY KEY, user_id int, u int, deleted_at timestamptz) PARTITION BY RANGE (id);
			CREATE TABLE orders_1 PARTITION OF orders DEFAULT;
			ALTER TABLE orders_1 ADD FOREIGN KEY (user_id) REFERENCES users;
			CREATE TABLE items (id int REFERENCES users_1)`, []string{
			"softdelete: policy: the foreign key orders_1_user_id_fkey of public.orders_1 cannot be followed: it is one of a partition, and what is written into public.orders would not be checked; declare it on public.orders, or list the key in foreign_keys, which then says what is done",
			"softdelete: policy: the foreign key items_id_fkey of public.items cannot be followed: it refers to a partition, and a delete from public.users would not find it; let it refer to public.users, or list the key in foreign_keys, which then says what is done",
		}},
		{"generated columns that are no twins", `
			CREATE TABLE users (id int PRIMARY KEY, deleted_at timestamptz, double int GENERATED ALWAYS AS (id * 2) STORED UNIQUE);
			CREATE TABLE orders (id int PRIMARY KEY, user_double int REFERENCES users (double), deleted_at timestamptz)`, []string{
			"softdelete: policy: the foreign key orders_user_double_fkey of public.orders cannot be followed: it joins generated columns, and is not the twin of another key, for which the columns must be CASE WHEN <the marker's live value> THEN <the other key's column> END on both sides; declare the other key too, or drop this one, or list the key in foreign_keys, which then says what is done",
		}},
		{"a journal, and a table without a key", softdelete.JournalDDL + `CREATE TABLE lines (n int, deleted_at timestamptz)`, []string{
			`softdelete: policy: table lines: table public.lines has no column "id", and for the journal a delete reads the key of its rows; name the columns of its key with primary_key:`,
		}},
		{"a table without a key that a delete must find", softdelete.JournalDDL + `
			CREATE TABLE users (id int PRIMARY KEY, deleted_at timestamptz);
			CREATE TABLE notes (user_id int REFERENCES users ON DELETE SET NULL)`, []string{
			"softdelete: policy: foreign key notes_user_id_fkey of notes: two rows of public.notes can have the same key (id): it has no unique index on these columns that are NOT NULL; name the columns of its primary key with primary_key:, or add one",
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, problems := discovered(t, tt.ddl)
			equalText(t, "problems", strings.Join(problems, "\n"), strings.Join(tt.want, "\n"))
		})
	}
}

// The policy comes all the same, for init to write down.
func TestDiscoverReturnsWhatItFound(t *testing.T) {
	plain := openPlain(t, pgtemp.NewDatabase(t))
	mustExec(t, plain, `
		CREATE TABLE users (id int PRIMARY KEY, deleted_at timestamptz);
		CREATE TABLE sessions (id int PRIMARY KEY, user_id int REFERENCES users ON DELETE CASCADE)`)
	p, err := softdelete.Discover(t.Context(), plain)
	if err == nil || len(p.Tables) != 1 || len(p.ForeignKeys) != 1 || p.Discover {
		t.Errorf("got %+v, %v", p, err)
	}
}

// Errors that are no problem of the policy are the driver's own.
// TestComplete completes a policy as the driver that is opened with it does.
func TestComplete(t *testing.T) {
	db := openPlain(t, pgtemp.NewDatabase(t))
	mustExec(t, db, `CREATE TABLE users (id int PRIMARY KEY, gone boolean NOT NULL DEFAULT false);
		CREATE TABLE orders (id int PRIMARY KEY, user_id int CONSTRAINT of_user REFERENCES users, deleted_at timestamptz)`)
	p := softdelete.Policy{Tables: []softdelete.Table{{Name: "users", Column: "gone", Marker: softdelete.Flag}}}
	same, err := softdelete.Complete(t.Context(), db, p)
	if err != nil || len(same.Tables) != 1 || len(same.ForeignKeys) != 0 {
		t.Errorf("%+v, %v", same, err)
	}
	p.Discover = true
	complete, err := softdelete.Complete(t.Context(), db, p)
	if err != nil {
		t.Fatal(err)
	}
	if complete.Discover || len(complete.Tables) != 2 || complete.Tables[0].Column != "gone" || complete.Tables[1].Name != "orders" ||
		len(complete.ForeignKeys) != 1 || complete.ForeignKeys[0].Name != "of_user" {
		t.Errorf("%+v", complete)
	}
	if len(p.Tables) != 1 || len(p.ForeignKeys) != 0 {
		t.Errorf("the policy itself has become %+v", p)
	}
	mustExec(t, db, "CREATE TABLE pets (user_id int REFERENCES users ON DELETE CASCADE)")
	if complete, err = softdelete.Complete(t.Context(), db, p); err == nil || len(complete.ForeignKeys) != 2 || complete.Discover {
		t.Errorf("a cascade that leads out: %+v, %v", complete, err)
	}
	policyProblems(t, err)
	if _, err = softdelete.Complete(t.Context(), db, softdelete.Policy{}); err == nil {
		t.Error("a policy without tables is complete")
	}
}

func TestDiscoverWithoutADatabase(t *testing.T) {
	db, err := sql.Open("pgx", "host=/nowhere dbname=x")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	_, err = softdelete.Discover(t.Context(), db)
	var bad *softdelete.PolicyError
	if err == nil || errors.As(err, &bad) {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := softdelete.Discover(ctx, openPlain(t, pgtemp.NewDatabase(t))); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// only_key is found, and held against the catalog: any other index that can keep a row
// out, of a partition too, speaks against it.
func TestOnlyKey(t *testing.T) {
	plain := openPlain(t, pgtemp.NewDatabase(t))
	mustExec(t, plain, `
		CREATE TABLE one (a int, b int, deleted_at timestamptz, PRIMARY KEY (a, b));
		CREATE TABLE live (id int PRIMARY KEY, n int, deleted_at timestamptz);
		CREATE UNIQUE INDEX ON live (n) WHERE deleted_at IS NULL;
		CREATE TABLE spans (id int PRIMARY KEY, s int4range, deleted_at timestamptz, EXCLUDE USING gist (s WITH &&));
		CREATE TABLE late (id int PRIMARY KEY DEFERRABLE, deleted_at timestamptz);
		CREATE TABLE none (id int NOT NULL UNIQUE, deleted_at timestamptz);
		CREATE TABLE parts (id int PRIMARY KEY, n int, deleted_at timestamptz) PARTITION BY RANGE (id);
		CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (10);
		CREATE TABLE mixed (id int PRIMARY KEY, n int, deleted_at timestamptz) PARTITION BY RANGE (id);
		CREATE TABLE mixed_1 PARTITION OF mixed FOR VALUES FROM (0) TO (10);
		CREATE UNIQUE INDEX ON mixed_1 (n);`)
	p, err := softdelete.Complete(t.Context(), plain, softdelete.Policy{Discover: true})
	if err != nil {
		t.Fatal(err)
	}
	var only []string
	for _, e := range p.Tables {
		if e.OnlyKey {
			only = append(only, e.Name)
		}
	}
	if want := []string{"one", "parts", "parts_1"}; !slices.Equal(only, want) {
		t.Errorf("discovered only_key for %v, want %v", only, want)
	}
	for _, name := range []string{"live", "spans", "mixed"} {
		err := softdelete.Check(t.Context(), plain, softdelete.Policy{Tables: []softdelete.Table{{Name: name, OnlyKey: true}}})
		if err == nil || !strings.Contains(err.Error(), "only_key: (id) is not all that keeps a new row out of public."+name) {
			t.Errorf("only_key of %s: %v", name, err)
		}
	}
	if err := softdelete.Check(t.Context(), plain, softdelete.Policy{Tables: []softdelete.Table{{Name: "one", PrimaryKey: []string{"b", "a"}, OnlyKey: true}}}); err != nil {
		t.Error(err)
	}
}
