package ddl_test

import (
	"database/sql"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/ddl"
	"github.com/softdelete-go/softdelete/internal/pgtemp"
)

// schema is a database before the migration, and the policy that it is to fit.
type schema struct {
	name      string
	sql       string
	policy    string
	change    func(*softdelete.Policy) // what LoadPolicy refuses today
	options   ddl.Options
	up        []string // pieces of the statements of Up, in this order
	absent    []string // pieces that Up must not have
	notes     []string // pieces of the notes
	interrupt bool
	discard   string // deletes a row softly, once the schema is there
}

var schemas = []schema{
	{
		name: "columns, a journal, a unique constraint and a foreign key without index",
		sql: `CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL UNIQUE, name text);
			CREATE TABLE orders (id int PRIMARY KEY, user_id int REFERENCES users ON DELETE CASCADE, n int);
			INSERT INTO users VALUES (1, 'ann', 'Ann'), (2, 'bob', NULL);
			INSERT INTO orders VALUES (10, 1, 1), (11, NULL, 2);`,
		policy: `
journal: true
tables:
  - {name: users, deletion_id: deletion_id, deleted_by: deleted_by, reason: delete_reason}
  - {name: orders, deletion_id: deletion_id}
foreign_keys:
  - {table: orders, columns: [user_id], ref_table: users, ref_columns: [id], on_delete: cascade}`,
		up: []string{
			"ALTER TABLE public.users ADD COLUMN deleted_at timestamptz, ADD COLUMN deletion_id uuid, ADD COLUMN deleted_by text, ADD COLUMN delete_reason text;",
			"ALTER TABLE public.orders ADD COLUMN deleted_at timestamptz, ADD COLUMN deletion_id uuid;",
			"CREATE TABLE IF NOT EXISTS softdelete_deletions",
			"CREATE TABLE IF NOT EXISTS softdelete_links",
			"CREATE INDEX CONCURRENTLY orders_user_id_idx ON public.orders (user_id)",
			"CREATE UNIQUE INDEX CONCURRENTLY users_email_key_sdnew ON public.users USING btree (email) WHERE deleted_at IS NULL",
			"ALTER TABLE public.users DROP CONSTRAINT users_email_key;\nALTER INDEX public.users_email_key_sdnew RENAME TO users_email_key;",
		},
		discard: "UPDATE orders SET deleted_at = now() WHERE id = 10",
	},
	{
		name: "all kinds of markers, under other names",
		sql: `CREATE TABLE a (id int PRIMARY KEY, k int UNIQUE);
			CREATE TABLE b (id int PRIMARY KEY, k int UNIQUE);
			CREATE TABLE c (id int PRIMARY KEY, k int UNIQUE);
			CREATE TABLE d (id int PRIMARY KEY, k int UNIQUE);
			INSERT INTO a VALUES (1, 1); INSERT INTO b VALUES (1, 1); INSERT INTO c VALUES (1, 1); INSERT INTO d VALUES (1, 1)`,
		policy: `
tables:
  - {name: a, column: removed_at}
  - {name: b, column: gone, marker: flag}
  - {name: c, marker: unix_seconds}
  - {name: d, column: deleted_ns, marker: unix_nanos}`,
		up: []string{
			"ADD COLUMN removed_at timestamptz;",
			"ADD COLUMN gone boolean NOT NULL DEFAULT false;",
			"ADD COLUMN deleted_at bigint NOT NULL DEFAULT 0;",
			"ADD COLUMN deleted_ns bigint NOT NULL DEFAULT 0;",
			"ON public.a USING btree (k) WHERE removed_at IS NULL",
			"ON public.b USING btree (k) WHERE NOT gone",
			"ON public.c USING btree (k) WHERE deleted_at = 0",
			"ON public.d USING btree (k) WHERE deleted_ns = 0",
		},
		discard: "UPDATE b SET gone = true",
	},
	{
		name: "names that need quotes",
		sql: `CREATE SCHEMA "My ""Schema""";
			CREATE TABLE "My ""Schema"""."Turn ON it" ("Id" int PRIMARY KEY, "Order" text, "a%b\c" int,
				CONSTRAINT "the 'key' ON USING" UNIQUE ("Order", "a%b\c"));
			COMMENT ON CONSTRAINT "the 'key' ON USING" ON "My ""Schema"""."Turn ON it" IS 'it''s a \ key';
			CREATE TABLE "user" (id int PRIMARY KEY, "select" int REFERENCES "My ""Schema"""."Turn ON it",
				ein_sehr_langer_name_der_zu_lang_ist_für_einen_zusatz_am_ende text UNIQUE);
			CREATE UNIQUE INDEX "äöüäöüäöüäöüäöüäöüäöüäöüäöüäöüä" ON "user" ((lower(ein_sehr_langer_name_der_zu_lang_ist_für_einen_zusatz_am_ende)));
			INSERT INTO "My ""Schema"""."Turn ON it" VALUES (1, 'a', 1); INSERT INTO "user" VALUES (1, 1, 'x')`,
		policy: `
tables:
  - name: '"My ""Schema""".Turn ON it'
    column: 'De"leted'
    deletion_id: Deletion Id
    primary_key: [Id]
  - name: public.user
foreign_keys:
  - {name: user_select_fkey, table: public.user, columns: [select], ref_table: '"My ""Schema""".Turn ON it', ref_columns: [Id], on_delete: no_action}`,
		options: ddl.Options{Enforce: true},
		up: []string{
			`ALTER TABLE "My ""Schema"""."Turn ON it" ADD COLUMN "De""leted" timestamptz, ADD COLUMN "Deletion Id" uuid;`,
			`CREATE INDEX CONCURRENTLY user_select_idx ON public."user" ("select")`,
			`USING btree ("Order", "a%b\c") WHERE "De""leted" IS NULL`,
			`COMMENT ON INDEX "My ""Schema"""."the 'key' ON USING_sdnew" IS  E'it''s a \\ key'`,
			`ALTER TABLE "My ""Schema"""."Turn ON it" ADD COLUMN "live_Id" integer GENERATED ALWAYS AS (CASE WHEN "De""leted" IS NULL THEN "Id" END) STORED`,
		},
		discard: `UPDATE "user" SET deleted_at = now()`,
	},
	{
		name:      "unique keys of every form",
		interrupt: true,
		sql: `CREATE TABLE t (id int PRIMARY KEY, a text, b text, c int, d int, e int UNIQUE DEFERRABLE, f int UNIQUE, g int UNIQUE, during tsrange,
				UNIQUE NULLS NOT DISTINCT (c, d), CONSTRAINT covering UNIQUE (d) INCLUDE (c) WITH (fillfactor = 80),
				CONSTRAINT no_overlap EXCLUDE USING gist (during WITH &&), h int NOT NULL);
			CREATE TABLE child (id int PRIMARY KEY, f int REFERENCES t (f));
			CREATE INDEX ON child (f);
			CREATE UNIQUE INDEX t_lower ON t (lower(a), (b || 'x') COLLATE "C" text_pattern_ops DESC NULLS LAST) INCLUDE (c) NULLS NOT DISTINCT WITH (fillfactor = 70);
			CREATE UNIQUE INDEX already ON t (a) WHERE c > 0;
			CREATE UNIQUE INDEX t_replica ON t (h);
			ALTER TABLE t REPLICA IDENTITY USING INDEX t_replica;
			ALTER TABLE t CLUSTER ON t_g_key;
			COMMENT ON INDEX t_lower IS 'names';
			CREATE TABLE s (id int PRIMARY KEY, email text, deleted_at timestamptz, UNIQUE (email, deleted_at));
			INSERT INTO t VALUES (1, 'A', 'b', 1, 1, 1, 1, 1, '[2020-01-01,2020-02-01)', 1), (2, 'B', 'b', NULL, 2, 2, 2, NULL, NULL, 2);
			INSERT INTO child VALUES (1, 1)`,
		policy: "tables: [{name: t}, {name: s}, {name: child}]\n" +
			"foreign_keys: [{table: child, columns: [f], ref_table: t, ref_columns: [f], on_delete: cascade}]",
		up: []string{
			`CREATE UNIQUE INDEX CONCURRENTLY covering_sdnew ON public.t USING btree (d) INCLUDE (c) WITH (fillfactor='80') WHERE deleted_at IS NULL`,
			`CREATE UNIQUE INDEX CONCURRENTLY t_c_d_key_sdnew ON public.t USING btree (c, d) NULLS NOT DISTINCT WHERE deleted_at IS NULL`,
			`CREATE UNIQUE INDEX CONCURRENTLY t_g_key_sdnew`,
			`ON public.t USING btree (lower(a), ((b || 'x'::text)) COLLATE "C" text_pattern_ops DESC NULLS LAST) INCLUDE (c) NULLS NOT DISTINCT WITH (fillfactor='70') WHERE deleted_at IS NULL`,
			"COMMENT ON INDEX public.t_lower_sdnew IS 'names';",
			"DROP INDEX CONCURRENTLY public.t_lower",
			"ALTER INDEX public.t_lower_sdnew RENAME TO t_lower;",
		},
		absent: []string{"already", "t_f_key", "t_e_key", "no_overlap", "t_replica", "s_email"},
		notes: []string{
			"The unique constraint t_e_key of public.t stays: it is DEFERRABLE",
			"The unique constraint t_f_key of public.t stays: a foreign key refers to it",
			"The exclusion constraint no_overlap of public.t stays: declare it with WHERE (deleted_at IS NULL)",
			"The unique index t_replica of public.t stays: it is the table's replica identity",
			"The unique constraint s_email_deleted_at_key of public.s stays: it has the marker deleted_at among its columns",
		},
		discard: "UPDATE t SET deleted_at = now() WHERE id = 2",
	},
	{
		name:      "partitions of partitions",
		interrupt: true,
		sql: `CREATE TABLE accounts (id int PRIMARY KEY);
			CREATE TABLE events (id int, day date, code text, account_id int REFERENCES accounts, PRIMARY KEY (id, day),
				CONSTRAINT events_code UNIQUE (code, day)) PARTITION BY RANGE (day);
			CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01') PARTITION BY RANGE (day);
			CREATE TABLE events_2024_1 PARTITION OF events_2024 FOR VALUES FROM ('2024-01-01') TO ('2024-07-01');
			CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
			CREATE UNIQUE INDEX events_lower ON events (lower(code), day);
			CREATE UNIQUE INDEX alone ON events_2025 (code);
			COMMENT ON CONSTRAINT events_code ON events IS 'codes';
			INSERT INTO accounts VALUES (1);
			INSERT INTO events VALUES (1, '2024-03-01', 'a', 1), (2, '2025-03-01', 'b', NULL);`,
		policy: `
tables:
  - {name: accounts}
  - {name: events, primary_key: [id, day]}
  - {name: events_2024, primary_key: [id, day], partition_of: events}
  - {name: events_2024_1, primary_key: [id, day], partition_of: events}
  - {name: events_2025, primary_key: [id, day], partition_of: events}
foreign_keys:
  - {table: events, columns: [account_id], ref_table: accounts, ref_columns: [id], on_delete: no_action}`,
		options: ddl.Options{Enforce: true},
		up: []string{
			"ALTER TABLE public.events ADD COLUMN deleted_at timestamptz;",
			"CREATE INDEX events_account_id_idx ON ONLY public.events (account_id);",
			"CREATE INDEX CONCURRENTLY events_2025_account_id_idx ON public.events_2025 (account_id)",
			"ALTER INDEX public.events_2024_account_id_idx ATTACH PARTITION public.events_2024_1_account_id_idx;",
			"CREATE UNIQUE INDEX events_code_sdnew ON ONLY public.events USING btree (code, day) WHERE deleted_at IS NULL",
			"CREATE UNIQUE INDEX CONCURRENTLY events_2025_code_day_key_sdnew ON public.events_2025 USING btree (code, day) WHERE deleted_at IS NULL",
			"ALTER TABLE public.events DROP CONSTRAINT events_code;",
			"DROP INDEX public.events_lower;",
			"CREATE UNIQUE INDEX CONCURRENTLY alone_sdnew ON public.events_2025 USING btree (code) WHERE deleted_at IS NULL",
		},
		absent:  []string{"ALTER TABLE public.events_2024 ", "ALTER TABLE public.events_2025 "},
		notes:   []string{"events_account_id_fkey of public.events gets no twin key: one of its tables is partitioned"},
		discard: "UPDATE events SET deleted_at = now() WHERE id = 2",
	},
	{
		name: "inheritance",
		sql: `CREATE TABLE animals (id int PRIMARY KEY, name text UNIQUE);
			CREATE TABLE dogs (breed text, deleted_at timestamptz) INHERITS (animals);
			CREATE UNIQUE INDEX dogs_name ON dogs (name);
			INSERT INTO animals VALUES (1, 'cat'); INSERT INTO dogs VALUES (2, 'rex', 'pug', NULL)`,
		policy:  "tables: [{name: animals, deletion_id: deletion_id}, {name: dogs, deletion_id: deletion_id}]",
		up:      []string{"ALTER TABLE public.animals ADD COLUMN deleted_at timestamptz, ADD COLUMN deletion_id uuid;", "dogs_name_sdnew"},
		absent:  []string{"ALTER TABLE public.dogs"},
		discard: "UPDATE dogs SET deleted_at = now()",
	},
	{
		name: "a table in every schema",
		sql: `CREATE SCHEMA east; CREATE SCHEMA west;
			CREATE TABLE east.users (id int PRIMARY KEY, email text UNIQUE);
			CREATE TABLE west.users (id int PRIMARY KEY, email text UNIQUE, deleted_at timestamptz);
			CREATE TABLE east.orders (id int PRIMARY KEY, user_id int REFERENCES east.users);
			CREATE TABLE west.orders (id int PRIMARY KEY, user_id int REFERENCES west.users);
			CREATE INDEX ON west.orders (user_id);
			INSERT INTO east.users VALUES (1, 'a'); INSERT INTO east.orders VALUES (1, 1); INSERT INTO west.users VALUES (1, 'a')`,
		policy: `
tables: [{name: "*.users"}, {name: "*.orders"}]
foreign_keys:
  - {table: orders, columns: [user_id], ref_table: users, ref_columns: [id], on_delete: cascade}`,
		options: ddl.Options{Enforce: true},
		up: []string{
			"ALTER TABLE east.users ADD COLUMN deleted_at timestamptz;",
			"ALTER TABLE east.orders ADD COLUMN deleted_at timestamptz;",
			"ALTER TABLE west.orders ADD COLUMN deleted_at timestamptz;",
			"CREATE INDEX CONCURRENTLY orders_user_id_idx ON east.orders (user_id)",
			"ALTER TABLE east.users DROP CONSTRAINT users_email_key;",
			"ALTER TABLE west.users DROP CONSTRAINT users_email_key;",
			"ALTER TABLE east.orders ADD CONSTRAINT orders_user_id_fkey_twin FOREIGN KEY (live_user_id) REFERENCES east.users (live_id) NOT VALID;",
			"ALTER TABLE west.orders ADD CONSTRAINT orders_user_id_fkey_twin FOREIGN KEY (live_user_id) REFERENCES west.users (live_id) NOT VALID;",
		},
		absent:  []string{"ALTER TABLE west.users ADD COLUMN deleted_at"},
		discard: "UPDATE east.orders SET deleted_at = now()",
	},
	{
		name: "twin keys of every form",
		sql: `CREATE TABLE tenants (id bigint PRIMARY KEY);
			CREATE TABLE people (tenant_id bigint REFERENCES tenants, no varchar(10), boss varchar(10), live_no int, PRIMARY KEY (tenant_id, no),
				CONSTRAINT boss FOREIGN KEY (tenant_id, boss) REFERENCES people ON DELETE CASCADE);
			CREATE TABLE notes (id int PRIMARY KEY, tenant_id bigint, author varchar(10), tenant2 bigint REFERENCES tenants ON DELETE SET NULL, city int,
				CONSTRAINT a_constraint_whose_name_is_as_long_as_any_name_may_ever_be_here FOREIGN KEY (tenant_id, author) REFERENCES people MATCH FULL);
			CREATE INDEX ON notes (author, tenant_id, city);
			CREATE TABLE cities (id int PRIMARY KEY);
			ALTER TABLE notes ADD FOREIGN KEY (city) REFERENCES cities;
			INSERT INTO tenants VALUES (1); INSERT INTO people VALUES (1, 'a', 'a', 3), (1, 'b', 'a', 4); INSERT INTO notes VALUES (1, 1, 'b', NULL, NULL)`,
		policy: `
tables:
  - {name: tenants, column: gone, marker: flag, deletion_id: deletion_id}
  - {name: people, column: deleted_unix, marker: unix_seconds, primary_key: [tenant_id, "no"], deletion_id: deletion_id}
  - {name: notes, deletion_id: deletion_id}
foreign_keys:
  - {table: people, columns: [tenant_id], ref_table: tenants, ref_columns: [id], on_delete: cascade}
  - {name: boss, table: people, columns: [tenant_id, boss], ref_table: people, ref_columns: [tenant_id, "no"], on_delete: cascade}
  - {name: a_constraint_whose_name_is_as_long_as_any_name_may_ever_be_here, table: notes, columns: [tenant_id, author], ref_table: people, ref_columns: [tenant_id, "no"]}
  - {table: notes, columns: [tenant2], ref_table: tenants, ref_columns: [id], on_delete: keep_visible}
  - {table: notes, columns: [city], ref_table: cities, ref_columns: [id]}`,
		options: ddl.Options{Enforce: true},
		up: []string{
			"ADD COLUMN live_id bigint GENERATED ALWAYS AS (CASE WHEN NOT gone THEN id END) STORED",
			"ADD COLUMN live_tenant_id bigint GENERATED ALWAYS AS (CASE WHEN deleted_unix = 0 THEN tenant_id END) STORED, " +
				"ADD COLUMN live_no1 character varying(10) GENERATED ALWAYS AS (CASE WHEN deleted_unix = 0 THEN no END) STORED",
			"ADD COLUMN live_author character varying(10) GENERATED ALWAYS AS (CASE WHEN deleted_at IS NULL THEN author END) STORED",
			"CREATE UNIQUE INDEX CONCURRENTLY tenants_live_id_key ON public.tenants (live_id)",
			"ADD CONSTRAINT boss_twin FOREIGN KEY (live_tenant_id, live_boss) REFERENCES public.people (live_tenant_id, live_no1) NOT VALID;",
			"VALIDATE CONSTRAINT boss_twin;",
			"ADD CONSTRAINT a_constraint_whose_name_is_as_long_as_any_name_may_ever_be_twin",
		},
		absent:  []string{"live_tenant2", "live_city"},
		discard: "UPDATE notes SET deleted_at = now()",
	},
	{
		name:      "half of it is there",
		interrupt: true,
		sql: `CREATE TABLE users (id int PRIMARY KEY, email text, deleted_at timestamptz, deletion_id uuid NOT NULL DEFAULT gen_random_uuid(),
				live_id int GENERATED ALWAYS AS (CASE WHEN deleted_at IS NULL THEN id END) STORED UNIQUE);
			CREATE UNIQUE INDEX users_email ON users (email) WHERE deleted_at IS NULL;
			CREATE UNIQUE INDEX users_email_full ON users (lower(email));
			CREATE TABLE orders (id int PRIMARY KEY, user_id int REFERENCES users, gone boolean DEFAULT false, code int UNIQUE);
			CREATE INDEX ON orders (user_id, id);
			CREATE TABLE softdelete_links (deletion_id uuid NOT NULL, table_name text NOT NULL, key jsonb NOT NULL, old jsonb NOT NULL, new jsonb NOT NULL,
				PRIMARY KEY (deletion_id, table_name, key));
			INSERT INTO users VALUES (1, 'a', NULL), (2, 'b', now()); INSERT INTO orders VALUES (1, 1, false, 1)`,
		policy: `
journal: true
tables:
  - {name: users, deletion_id: deletion_id, deleted_by: deleted_by}
  - {name: orders, column: gone, marker: flag, deletion_id: deletion_id}
foreign_keys:
  - {table: orders, columns: [user_id], ref_table: users, ref_columns: [id], on_delete: cascade, twin: the_twin}`,
		up: []string{
			"ALTER TABLE public.users ADD COLUMN deleted_by text;",
			"softdelete_deletions",
			"users_email_full_sdnew",
			"ALTER TABLE public.orders ADD COLUMN live_user_id integer GENERATED ALWAYS AS (CASE WHEN NOT gone THEN user_id END) STORED",
			"ADD CONSTRAINT the_twin FOREIGN KEY (live_user_id) REFERENCES public.users (live_id) NOT VALID;",
		},
		absent: []string{"users_email_sdnew", "ADD COLUMN deleted_at", "ADD COLUMN gone", "live_id int", "orders_user_id_idx"},
		notes: []string{
			"public.orders.gone can be NULL", "ALTER TABLE public.orders ALTER COLUMN gone SET NOT NULL;",
			"public.users.deletion_id is NOT NULL",
		},
		// A live row with the key of a deleted one, which only the new index lets in.
		discard: "INSERT INTO users (id, email) VALUES (3, 'B')",
	},
	{
		name: "a journal of an older version",
		sql: `CREATE TABLE users (id int PRIMARY KEY, deletion_id uuid); CREATE INDEX ON users (deletion_id) WHERE deletion_id IS NOT NULL;
			CREATE TABLE softdelete_deletions (id uuid NOT NULL, part int NOT NULL DEFAULT 1, deleted_at timestamptz NOT NULL DEFAULT now(), table_name text NOT NULL,
				actor text, reason text, rows jsonb NOT NULL, restored_at timestamptz, restored_by text, PRIMARY KEY (id, part));
			CREATE INDEX softdelete_deletions_time ON softdelete_deletions (deleted_at, id);
			CREATE TABLE softdelete_links (deletion_id uuid NOT NULL, table_name text NOT NULL, key jsonb NOT NULL, old jsonb NOT NULL, new jsonb NOT NULL,
				PRIMARY KEY (deletion_id, table_name, key));
			INSERT INTO users VALUES (1)`,
		policy: `
journal: true
tables: [{name: users, deletion_id: deletion_id}]`,
		up:      []string{"ADD COLUMN deleted_at", "The journal is of an older version", "ADD COLUMN IF NOT EXISTS written_at timestamptz"},
		absent:  []string{"ADD COLUMN deletion_id", "DROP"},
		discard: "UPDATE users SET deleted_at = now()",
	},
	{
		name: "no primary key",
		sql: `CREATE TABLE codes (code text NOT NULL UNIQUE, alias text NOT NULL UNIQUE);
			CREATE TABLE uses (id int PRIMARY KEY, code text REFERENCES codes (code) ON DELETE CASCADE);
			CREATE TABLE loose (id int NOT NULL UNIQUE, n int UNIQUE); INSERT INTO loose VALUES (1, 1)`,
		policy: `
tables: [{name: codes, primary_key: [alias]}, {name: uses}, {name: loose}]
foreign_keys: [{table: uses, columns: [code], ref_table: codes, ref_columns: [code], on_delete: cascade}]`,
		up:     []string{"loose_n_key_sdnew"},
		absent: []string{"loose_id_key", "codes_alias_key", "codes_code_key"},
		notes: []string{
			"codes_alias_key of public.codes stays: the policy tells rows apart by it",
			"loose_id_key of public.loose stays: the policy tells rows apart by it",
		},
		discard: "UPDATE loose SET deleted_at = now()",
	},
	{
		name:   "stamps and the archive",
		sql:    "CREATE TABLE users (id int PRIMARY KEY, email text UNIQUE); CREATE TABLE orders (id int PRIMARY KEY, created_at date); INSERT INTO users VALUES (1, 'a')",
		policy: "tables: [{name: users}, {name: orders}]",
		change: func(p *softdelete.Policy) {
			p.Tables[0].OnBlocked = softdelete.Phoenix
			p.Tables[0].UpdatedAt = "changed_at"
		},
		options: ddl.Options{Stamps: true},
		up: []string{
			"ALTER TABLE public.users ADD COLUMN deleted_at timestamptz, ADD COLUMN created_at timestamptz NOT NULL DEFAULT now(), ADD COLUMN changed_at timestamptz NOT NULL DEFAULT now();",
			"ALTER TABLE public.orders ADD COLUMN deleted_at timestamptz;",
			"CREATE TABLE IF NOT EXISTS deletion_records",
		},
		absent:  []string{"updated_at"},
		discard: "INSERT INTO deletion_records (table_name, key, data) VALUES ('users', '{}', '{}')",
	},
	{
		name: "foreign keys that get no twin",
		sql: `CREATE DOMAIN code AS text;
			CREATE TABLE towns (code code PRIMARY KEY, no char(3) UNIQUE);
			CREATE TABLE people (id int PRIMARY KEY, town code REFERENCES towns, no char(3) REFERENCES towns (no));
			CREATE TABLE pets (id int PRIMARY KEY, owner int REFERENCES people, gone numeric NOT NULL DEFAULT 0);
			INSERT INTO towns VALUES ('a', 'b'); INSERT INTO people VALUES (1, 'a', 'b')`,
		policy: `
tables: [{name: towns, primary_key: [code]}, {name: people}, {name: pets, column: gone, marker: unix_millis}]
foreign_keys:
  - {table: people, columns: [town], ref_table: towns, ref_columns: [code]}
  - {table: people, columns: ["no"], ref_table: towns, ref_columns: ["no"]}
  - {table: pets, columns: [owner], ref_table: people, ref_columns: [id]}`,
		options: ddl.Options{Enforce: true},
		up:      []string{"ADD COLUMN live_no character(3) GENERATED ALWAYS AS", "people_no_fkey_twin FOREIGN KEY (live_no)"},
		absent:  []string{"live_town", "live_owner"},
		notes: []string{
			"people_town_fkey of public.people gets no twin key: one of its columns is generated itself, or of a domain",
			"pets_owner_fkey of public.pets gets no twin key: the marker of one of its tables is numeric",
		},
		discard: "UPDATE people SET deleted_at = now()",
	},
	{
		name: "a policy that discovers",
		sql: `CREATE TABLE users (id int PRIMARY KEY, email text UNIQUE, deleted_at timestamptz);
			CREATE TABLE orders (id int PRIMARY KEY, user_id int REFERENCES users ON DELETE CASCADE);
			INSERT INTO users VALUES (1, 'a'); INSERT INTO orders VALUES (1, 1)`,
		policy:  "discover: true\ntables: [{name: orders}]",
		options: ddl.Options{Enforce: true},
		up: []string{
			"ALTER TABLE public.orders ADD COLUMN deleted_at timestamptz;",
			"orders_user_id_idx", "users_email_key_sdnew", "ADD CONSTRAINT orders_user_id_fkey_twin",
		},
		discard: "UPDATE orders SET deleted_at = now()",
	},
	{
		name: "what a unique key has besides, and what depends on it",
		sql: `CREATE TABLE users (id int PRIMARY KEY, email text, code int CONSTRAINT users_code UNIQUE);
			CREATE UNIQUE INDEX users_lower ON users (lower(email));
			ALTER INDEX users_lower ALTER COLUMN 1 SET STATISTICS 300;
			CREATE FUNCTION keep() RETURNS void LANGUAGE sql BEGIN ATOMIC
				INSERT INTO users (id) VALUES (1) ON CONFLICT ON CONSTRAINT users_code DO NOTHING; END;
			CREATE TABLE events (id int PRIMARY KEY, code text, CONSTRAINT events_code UNIQUE (code, id) WITH (fillfactor = 70)) PARTITION BY HASH (id);
			CREATE TABLE event PARTITION OF events FOR VALUES WITH (MODULUS 1, REMAINDER 0)`,
		policy: "tables: [{name: users}, {name: events}, {name: event, partition_of: events}]",
		up:     []string{"ALTER INDEX public.users_lower_sdnew ALTER COLUMN 1 SET STATISTICS 300;", "events_code_sdnew"},
		absent: []string{"users_code"},
		notes:  []string{"The unique constraint users_code of public.users stays: function keep() depends on it"},

		discard: "INSERT INTO users VALUES (1, 'a', 1, now())",
	},
	{
		name: "foreign keys that are NOT VALID, collated, or indexed by a unique key only",
		sql: `CREATE TABLE towns (code text COLLATE "C" PRIMARY KEY);
			CREATE TABLE people (id int PRIMARY KEY, town text COLLATE "C" UNIQUE REFERENCES towns, born text COLLATE "C");
			CREATE INDEX ON people (born);
			INSERT INTO towns VALUES ('rome'); INSERT INTO people VALUES (1, 'rome', 'nowhere');
			ALTER TABLE people ADD CONSTRAINT people_born FOREIGN KEY (born) REFERENCES towns NOT VALID`,
		policy: `
tables: [{name: towns, primary_key: [code]}, {name: people}]
foreign_keys:
  - {table: people, columns: [town], ref_table: towns, ref_columns: [code]}
  - {name: people_born, table: people, columns: [born], ref_table: towns, ref_columns: [code]}`,
		options: ddl.Options{Enforce: true},
		up: []string{
			"CREATE INDEX CONCURRENTLY people_town_idx ON public.people (town)",
			"CREATE UNIQUE INDEX CONCURRENTLY people_town_key_sdnew",
			`ADD COLUMN live_town text COLLATE pg_catalog."C" GENERATED ALWAYS AS`,
			"VALIDATE CONSTRAINT people_town_fkey_twin;",
			"ADD CONSTRAINT people_born_twin FOREIGN KEY (live_born) REFERENCES public.towns (live_code) NOT VALID;",
		},
		absent:  []string{"VALIDATE CONSTRAINT people_born"},
		notes:   []string{"people_born of public.people is NOT VALID, and so is its twin key. When the rows agree:\nALTER TABLE public.people VALIDATE CONSTRAINT people_born;\nALTER TABLE public.people VALIDATE CONSTRAINT people_born_twin;"},
		discard: "UPDATE people SET deleted_at = now()",
	},
	{
		name: "the same key in an inheritance child, or by another collation",
		sql: `CREATE COLLATION any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
			CREATE TABLE animals (id int PRIMARY KEY, name text COLLATE any_case, deleted_at timestamptz);
			CREATE UNIQUE INDEX animals_name_key ON animals (name COLLATE "C");
			CREATE TABLE dogs () INHERITS (animals);
			INSERT INTO animals VALUES (1, 'rex', NULL), (4, 'Rex', NULL); INSERT INTO dogs VALUES (2, 'rex', NULL)`,
		policy:  "tables: [{name: animals}, {name: dogs}]",
		up:      []string{"animals_name_key_sdnew"},
		discard: "INSERT INTO animals VALUES (3, 'rex', now())",
	},
	{
		name:      "deletion ids with indexes that serve, and with others",
		interrupt: true,
		sql: `CREATE TABLE a (id int PRIMARY KEY, deleted_at timestamptz, deletion_id uuid);
			CREATE TABLE b (LIKE a INCLUDING ALL); CREATE TABLE c (LIKE a INCLUDING ALL); CREATE TABLE d (LIKE a INCLUDING ALL);
			CREATE TABLE e (LIKE a INCLUDING ALL); CREATE TABLE f (LIKE a INCLUDING ALL);
			CREATE TABLE g (id int PRIMARY KEY, gone bigint NOT NULL DEFAULT 0, deletion_id uuid);
			CREATE INDEX ON a (deletion_id, id);
			CREATE INDEX ON b (deletion_id) WHERE deletion_id IS NOT NULL;
			CREATE INDEX ON c USING hash (deletion_id) WHERE deleted_at IS NOT NULL;
			CREATE INDEX d_live ON d (deletion_id) WHERE deleted_at IS NULL;
			CREATE INDEX e_few ON e (deletion_id) WHERE deletion_id IS NOT NULL AND id > 7;
			CREATE INDEX f_second ON f (id, deletion_id);
			CREATE INDEX ON g (deletion_id) WHERE gone <> 0;
			CREATE TABLE whole (id int PRIMARY KEY) PARTITION BY RANGE (id);
			CREATE TABLE half PARTITION OF whole FOR VALUES FROM (1) TO (9) PARTITION BY RANGE (id);
			CREATE TABLE quarter PARTITION OF half DEFAULT;
			CREATE TABLE animals (id int PRIMARY KEY);
			CREATE TABLE dogs () INHERITS (animals);
			INSERT INTO a (id) VALUES (1); INSERT INTO quarter VALUES (2)`,
		policy: `
tables:
  - {name: a, deletion_id: deletion_id}
  - {name: b, deletion_id: deletion_id}
  - {name: c, deletion_id: deletion_id}
  - {name: d, deletion_id: deletion_id}
  - {name: e, deletion_id: deletion_id}
  - {name: f, deletion_id: deletion_id}
  - {name: g, column: gone, marker: unix_seconds, deletion_id: deletion_id}
  - {name: quarter, partition_of: whole, deletion_id: "Deletion"}
  - {name: half, partition_of: whole, deletion_id: "Deletion"}
  - {name: whole, deletion_id: "Deletion"}
  - {name: animals, deletion_id: deletion_id}
  - {name: dogs, deletion_id: deletion_id}`,
		up: []string{
			"CREATE INDEX CONCURRENTLY d_deletion_id_idx ON public.d (deletion_id) WHERE deletion_id IS NOT NULL",
			"CREATE INDEX CONCURRENTLY e_deletion_id_idx ON public.e (deletion_id) WHERE deletion_id IS NOT NULL",
			"CREATE INDEX CONCURRENTLY f_deletion_id_idx ON public.f (deletion_id) WHERE deletion_id IS NOT NULL",
			`CREATE INDEX "whole_Deletion_idx" ON ONLY public.whole ("Deletion") WHERE "Deletion" IS NOT NULL`,
			`CREATE INDEX "half_Deletion_idx" ON ONLY public.half ("Deletion") WHERE "Deletion" IS NOT NULL`,
			`CREATE INDEX CONCURRENTLY "quarter_Deletion_idx" ON public.quarter ("Deletion") WHERE "Deletion" IS NOT NULL`,
			`ATTACH PARTITION public."quarter_Deletion_idx";`,
			"animals_deletion_id_idx", "dogs_deletion_id_idx",
		},
		absent:  []string{"public.a ", "public.b ", "public.c ", "public.g ", "Deletion_idx1"},
		discard: "UPDATE quarter SET deleted_at = now()",
	},
	{
		name:      "names that differ at their ends only",
		interrupt: true,
		sql: `CREATE TABLE users (id int PRIMARY KEY, a int, b int);
			CREATE UNIQUE INDEX an_index_whose_name_is_as_long_as_any_name_may_ever_be_here_001 ON users (a);
			CREATE UNIQUE INDEX an_index_whose_name_is_as_long_as_any_name_may_ever_be_here_002 ON users (b);
			CREATE TABLE events (id int PRIMARY KEY, user_id int REFERENCES users) PARTITION BY HASH (id);
			CREATE TABLE a_partition_whose_name_is_as_long_as_any_name_may_ever_be_t_001 PARTITION OF events FOR VALUES WITH (MODULUS 2, REMAINDER 0);
			CREATE TABLE a_partition_whose_name_is_as_long_as_any_name_may_ever_be_t_002 PARTITION OF events FOR VALUES WITH (MODULUS 2, REMAINDER 1)`,
		policy: `
tables:
  - {name: users}
  - {name: events}
  - {name: a_partition_whose_name_is_as_long_as_any_name_may_ever_be_t_001, partition_of: events}
  - {name: a_partition_whose_name_is_as_long_as_any_name_may_ever_be_t_002, partition_of: events}
foreign_keys:
  - {table: events, columns: [user_id], ref_table: users, ref_columns: [id]}`,
		up:      []string{"ever_be_t_idx ON", "ever_be__idx1 ON", "ever_be_he_sdnew ON", "ever_be_h_sdnew1 ON"},
		discard: "INSERT INTO users VALUES (1, 1, 1, now())",
	},
	{
		name: "an archive, without triggers",
		sql: `CREATE TABLE users (id int PRIMARY KEY, email text UNIQUE);
			CREATE TABLE orders (id int PRIMARY KEY, code text UNIQUE, user_id int REFERENCES users);
			CREATE TABLE items (order_id int REFERENCES orders, n int, PRIMARY KEY (n, order_id));
			GRANT SELECT, DELETE ON items TO PUBLIC;
			INSERT INTO users VALUES (1, 'a'); INSERT INTO orders VALUES (1, 'a', 1)`,
		policy: `
tables:
  - {name: users, deletion_id: deletion_id}
  - {name: orders, mode: archive, updated_at: updated_at}
  - {name: items, mode: archive, primary_key: [order_id, "n"]}
foreign_keys:
  - {table: orders, columns: [user_id], ref_table: users, ref_columns: [id], on_delete: cascade}
  - {table: items, columns: [order_id], ref_table: orders, ref_columns: [id], on_delete: cascade}`,
		options: ddl.Options{Enforce: true},
		up: []string{
			"ALTER TABLE public.users ADD COLUMN deleted_at timestamptz, ADD COLUMN deletion_id uuid;",
			"ALTER TABLE public.orders ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now();",
			"CREATE TABLE IF NOT EXISTS deletion_records",
			"orders_user_id_idx ON public.orders (user_id)", "items_order_id_idx ON public.items (order_id)", "users_email_key_sdnew",
		},
		absent:  []string{"orders_code", "items ADD", "TRIGGER", "FUNCTION", "twin"},
		notes:   []string{"orders_user_id_fkey of public.orders gets no twin key", "GRANT SELECT, INSERT, UPDATE ON deletion_records TO PUBLIC;"},
		discard: "UPDATE users SET deleted_at = now()",
	},
	{
		name:      "triggers of the archive",
		interrupt: true,
		sql: `CREATE TABLE deletion_records (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, deletion_id uuid, table_name text NOT NULL, key jsonb NOT NULL,
				data jsonb NOT NULL, archived_at timestamptz NOT NULL DEFAULT now(), actor text, reason text);
			CREATE INDEX deletion_records_key ON deletion_records (table_name, key);
			CREATE SCHEMA "it's";
			CREATE TABLE "it's"."a\b" (id int, "it's ""a"" \ key" text NOT NULL, up int, PRIMARY KEY (id), UNIQUE ("it's ""a"" \ key"),
				FOREIGN KEY (up) REFERENCES "it's"."a\b" ON DELETE SET NULL);
			CREATE INDEX ON "it's"."a\b" (up);
			CREATE TABLE events (id int, day date, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
			CREATE TABLE events_old PARTITION OF events FOR VALUES FROM (MINVALUE) TO ('2000-01-01');
			CREATE TABLE carts (id int PRIMARY KEY, parent int REFERENCES "it's"."a\b" ON DELETE SET DEFAULT);
			CREATE TABLE kept (id int PRIMARY KEY, parent int REFERENCES "it's"."a\b");
			CREATE FUNCTION softdelete_archive_begin() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END';
			CREATE TRIGGER "Archive_softdelete" AFTER DELETE ON events_old FOR EACH ROW EXECUTE FUNCTION softdelete_archive_begin();
			CREATE TABLE users (id int PRIMARY KEY); INSERT INTO users VALUES (1);
			INSERT INTO events VALUES (1, '1999-01-01'); INSERT INTO "it's"."a\b" VALUES (1, 'a', NULL)`,
		policy: `
journal: true
tables:
  - {name: '"it''s"."a\b"', mode: archive, primary_key: ["it's \"a\" \\ key"]}
  - {name: events, mode: archive, primary_key: [id, day]}
  - {name: events_old, mode: archive, primary_key: [id, day], partition_of: events}
  - {name: users}
foreign_keys:
  - {table: '"it''s"."a\b"', columns: [up], ref_table: '"it''s"."a\b"', ref_columns: [id], on_delete: set_null}
  - {table: carts, columns: [parent], ref_table: '"it''s"."a\b"', ref_columns: [id], on_delete: set_default}
  - {table: kept, columns: [parent], ref_table: '"it''s"."a\b"', ref_columns: [id]}`,
		options: ddl.Options{ArchiveTriggers: true},
		up: []string{
			"softdelete_deletions", "ADD COLUMN IF NOT EXISTS xact xid8",
			"CREATE OR REPLACE FUNCTION softdelete_archive_begin()", "CREATE OR REPLACE FUNCTION softdelete_archive()", "CREATE OR REPLACE FUNCTION softdelete_archive_link()",
			`CREATE TRIGGER "Archive_softdelete_begin" BEFORE DELETE OR TRUNCATE ON "it's"."a\b" FOR EACH STATEMENT EXECUTE FUNCTION softdelete_archive_begin(E'"it''s"."a\\b"', E'{"it''s \\"a\\" \\\\ key"}');`,
			`CREATE TRIGGER "Archive_softdelete_link1" BEFORE UPDATE OF up ON "it's"."a\b" FOR EACH ROW`,
			`ON public.events REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION softdelete_archive('events', '{"id", "day"}');`,
			"DROP TRIGGER \"Archive_softdelete\" ON public.events_old;", `ON public.events_old REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION softdelete_archive('events', '{"id", "day"}');`,
			`CREATE TRIGGER "Archive_softdelete_link2" BEFORE UPDATE OF parent ON public.carts FOR EACH ROW WHEN (pg_trigger_depth() > 0) EXECUTE FUNCTION softdelete_archive_link('carts', '{"id"}', '{"parent"}');`,
		},
		absent:  []string{"public.kept"},
		discard: "UPDATE users SET deleted_at = now()",
	},
}

func TestPlan(t *testing.T) {
	for _, s := range schemas {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			dsn := pgtemp.NewDatabase(t)
			db := open(t, dsn)
			mustExec(t, db, s.sql)
			before := dump(t, dsn)
			p := s.load(t)
			m := plan(t, db, p, s.options)
			s.compare(t, m)

			apply(t, db, m.Up)
			if again := plan(t, db, m.Policy, s.options); len(again.Up)+len(again.Down) > 0 {
				t.Errorf("planned again:\n%s", again.SQL(false))
			}
			if s.change == nil && !strings.Contains(strings.Join(s.notes, ""), "can be NULL") {
				s.accepted(t, db, m.Policy)
			}

			s.refusesDown(t, db, m)
			apply(t, db, m.Down)
			if after := dump(t, dsn); after != before {
				t.Errorf("Down does not restore the schema:\n%s", firstDifference(before, after))
			}
		})
	}
}

func (s schema) load(t *testing.T) softdelete.Policy {
	t.Helper()
	p, err := softdelete.LoadPolicy(strings.NewReader(s.policy))
	if err != nil {
		t.Fatal(err)
	}
	if s.change != nil {
		s.change(&p)
	}
	return p
}

// compare looks for the pieces in the plan.
func (s schema) compare(t *testing.T, m *ddl.Migration) {
	t.Helper()
	text := m.SQL(false)
	rest := text
	for _, piece := range s.up {
		_, after, found := strings.Cut(rest, piece)
		if !found {
			t.Errorf("Up does not have, in this place:\n%s\n\n%s", piece, text)
			return
		}
		rest = after
	}
	statements := ""
	for _, st := range m.Up {
		statements += st.SQL + "\n"
	}
	for _, piece := range s.absent {
		if strings.Contains(statements, piece) {
			t.Errorf("Up has %s:\n%s", piece, text)
		}
	}
	notes := strings.Join(m.Notes, "\n")
	for _, piece := range s.notes {
		if !strings.Contains(notes, piece) {
			t.Errorf("the notes do not have:\n%s\n\n%s", piece, notes)
		}
	}
}

// accepted requires that the driver takes the policy, and that Discover knows the
// twin keys.
func (s schema) accepted(t *testing.T, db *sql.DB, p softdelete.Policy) {
	t.Helper()
	if err := softdelete.Check(t.Context(), db, p); err != nil {
		t.Errorf("Check: %v", err)
	}
	if !s.options.Enforce {
		return
	}
	p.Discover = true
	found, err := softdelete.Anticipate(t.Context(), db, withoutTwins(p))
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range p.ForeignKeys {
		if found.ForeignKeys[i].Twin != f.Twin {
			t.Errorf("%s of %s: Discover finds the twin %q, not %q", f.Name, f.Table, found.ForeignKeys[i].Twin, f.Twin)
		}
	}
}

func withoutTwins(p softdelete.Policy) softdelete.Policy {
	p.ForeignKeys = slices.Clone(p.ForeignKeys)
	for i := range p.ForeignKeys {
		p.ForeignKeys[i].Twin = ""
	}
	return p
}

// refusesDown requires that Down neither brings deleted rows to life nor gets stuck
// half way: its first statement fails where a row is deleted.
func (s schema) refusesDown(t *testing.T, db *sql.DB, m *ddl.Migration) {
	t.Helper()
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	if _, err := tx.Exec(s.discard); err != nil {
		t.Fatalf("%v in %s", err, s.discard)
	}
	if _, err := tx.Exec(m.Down[0].SQL); err == nil || !strings.Contains(err.Error(), "softdelete: ") {
		t.Errorf("the first statement of Down: %v\n%s", err, m.Down[0].SQL)
	}
}

// A row that is deleted while Down is under way is found by the statement that would
// bring it to life.
func TestDownLooksAgainBeforeItDropsAMarker(t *testing.T) {
	db := open(t, pgtemp.NewDatabase(t))
	mustExec(t, db, schemas[0].sql)
	m := plan(t, db, schemas[0].load(t), ddl.Options{})
	apply(t, db, m.Up)
	apply(t, db, m.Down[:len(m.Down)-1])
	mustExec(t, db, "UPDATE users SET deleted_at = now() WHERE id = 2")
	_, err := db.Exec(m.Down[len(m.Down)-1].SQL)
	if err == nil || !strings.Contains(err.Error(), "public.users has deleted rows") {
		t.Fatalf("%v\n%s", err, m.Down[len(m.Down)-1].SQL)
	}
}

// A migration that stopped somewhere is finished by the next plan. All schemas take
// minutes; those with the most to stop at are enough for every day.
func TestPlanAfterAnInterruption(t *testing.T) {
	for _, s := range schemas {
		if !s.interrupt && os.Getenv("SOFTDELETE_LONG") == "" {
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			whole, steps := s.stopped(t, 0)
			for stop := 1; stop <= steps; stop++ {
				t.Run(fmt.Sprint(stop), func(t *testing.T) {
					t.Parallel()
					if got, _ := s.stopped(t, stop); got != whole {
						t.Fatalf("with the last %d of %d statements by another plan:\n%s", stop, steps, firstDifference(whole, got))
					}
				})
			}
		})
	}
}

// stopped carries out the migration but for some of its last statements, and then what
// the next plan says. It returns the schema, and how many statements there were.
func (s schema) stopped(t *testing.T, early int) (dump string, steps int) {
	t.Helper()
	dsn := pgtemp.NewDatabase(t)
	db := open(t, dsn)
	mustExec(t, db, s.sql)
	m := plan(t, db, s.load(t), s.options)
	apply(t, db, m.Up[:len(m.Up)-early])
	rest := plan(t, db, m.Policy, s.options)
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(rest.SQL(false))
		}
	})
	apply(t, db, rest.Up)
	return schemaDump(t, dsn), len(m.Up)
}

func open(t *testing.T, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func mustExec(t *testing.T, db *sql.DB, statement string) {
	t.Helper()
	if _, err := db.Exec(statement); err != nil {
		t.Fatalf("%v in\n%s", err, statement)
	}
}

func plan(t *testing.T, db *sql.DB, p softdelete.Policy, o ddl.Options) *ddl.Migration {
	t.Helper()
	m, err := ddl.Plan(t.Context(), db, p, o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func apply(t *testing.T, db *sql.DB, statements []ddl.Statement) {
	t.Helper()
	for _, s := range statements {
		mustExec(t, db, s.SQL)
	}
}
