package softdelete_test

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/internal/pgtemp"
)

// purgeCase is a schema with deleted rows, and what a purge of all that is older than
// 90 days does to it.
type purgeCase struct {
	name   string
	ddl    string
	policy string
	purged string // the report
	left   string // what the query left selects afterwards
	query  string
	opts   softdelete.PurgeOptions
}

var purgeCases = []purgeCase{
	{
		name: "a chain of rows that refer to themselves, longer than a batch",
		ddl: `CREATE TABLE nodes (id int PRIMARY KEY, up int REFERENCES nodes ON DELETE CASCADE, deleted_at timestamptz);
INSERT INTO nodes SELECT i, nullif(i - 1, 0), now() - interval '100 days' FROM generate_series(1, 50) AS i;
UPDATE nodes SET up = id WHERE id = 1;`,
		policy: `{tables: [{name: nodes}], foreign_keys: [{table: nodes, columns: [up], ref_table: nodes, ref_columns: [id], on_delete: cascade}]}`,
		purged: "nodes 50", query: `SELECT count(*) FROM nodes`, left: "0",
		opts: softdelete.PurgeOptions{Batch: 7},
	},
	{
		name: "a chain whose end is younger, and one whose end is live",
		ddl: `CREATE TABLE nodes (id int PRIMARY KEY, up int REFERENCES nodes ON DELETE CASCADE, deleted_at timestamptz);
INSERT INTO nodes VALUES (1, NULL, now() - interval '100 days'), (2, 1, now() - interval '100 days'), (3, 2, now()), (4, 2, now() - interval '100 days'),
	(11, NULL, now() - interval '100 days'), (12, 11, NULL), (13, 11, now() - interval '100 days');`,
		policy: `{tables: [{name: nodes}], foreign_keys: [{table: nodes, columns: [up], ref_table: nodes, ref_columns: [id], on_delete: keep_visible}]}`,
		purged: "nodes 2 kept 3", query: `SELECT id FROM nodes ORDER BY id`, left: "1,2,3,11,12",
	},
	{
		name: "rows in circles over two tables, whatever the constraints say",
		ddl: `CREATE TABLE a (id int PRIMARY KEY, b int, deleted_at timestamptz);
CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a ON DELETE RESTRICT, deleted_at timestamptz);
ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b ON DELETE SET NULL;
INSERT INTO a SELECT i, NULL, now() - interval '100 days' FROM generate_series(1, 4) AS i;
INSERT INTO b SELECT i, i, now() - interval '100 days' FROM generate_series(1, 4) AS i;
UPDATE a SET b = 1 + id % 2 WHERE id < 3; UPDATE a SET b = id WHERE id > 2;
UPDATE a SET deleted_at = NULL WHERE id = 4;`,
		policy: `{journal: true, tables: [{name: a, deletion_id: x}, {name: b, deletion_id: x}], foreign_keys: [{table: a, columns: [b], ref_table: b, ref_columns: [id], on_delete: keep_visible}, {table: b, columns: [a], ref_table: a, ref_columns: [id], on_delete: restrict}]}`,
		purged: "a 3, b 3 kept 1", query: `SELECT concat('a', id) FROM a UNION ALL SELECT concat('b', id) FROM b`, left: "a4,b4",
		opts: softdelete.PurgeOptions{Batch: 1},
	},
	{
		name: "circles one row of which refers to a row that a live, or a younger, one keeps",
		ddl: `CREATE TABLE nodes (id int PRIMARY KEY, up int REFERENCES nodes, other int REFERENCES nodes, deleted_at timestamptz);
INSERT INTO nodes SELECT i, NULL, NULL, now() - interval '100 days' FROM generate_series(1, 8) AS i;
UPDATE nodes SET up = 3 - id WHERE id < 3; UPDATE nodes SET up = 9 - id WHERE id IN (4, 5);
UPDATE nodes SET other = 3 WHERE id = 1; UPDATE nodes SET up = 3, deleted_at = NULL WHERE id = 7;
UPDATE nodes SET other = 6 WHERE id = 4; UPDATE nodes SET up = 6, deleted_at = now() WHERE id = 8;`,
		policy: `{tables: [{name: nodes}], foreign_keys: [{table: nodes, columns: [up], ref_table: nodes, ref_columns: [id], on_delete: keep_visible}, {table: nodes, columns: [other], ref_table: nodes, ref_columns: [id], on_delete: keep_visible}]}`,
		purged: "nodes 4 kept 2", query: `SELECT id FROM nodes ORDER BY id`, left: "3,6,7,8",
	},
	{
		name: "a foreign key that only the policy has",
		ddl: `CREATE TABLE p (id int PRIMARY KEY, deleted_at timestamptz);
CREATE TABLE c (id int PRIMARY KEY, p int);
INSERT INTO p SELECT i, now() - interval '100 days' FROM generate_series(1, 3) AS i; INSERT INTO c VALUES (1, 2);`,
		policy: `{tables: [{name: p}], foreign_keys: [{table: c, columns: [p], ref_table: p, ref_columns: [id], on_delete: keep_visible}]}`,
		purged: "p 2 kept 1", query: `SELECT id FROM p`, left: "2",
	},
	{
		name: "composite, deferred keys, NULLs among them, and names that need quotes",
		ddl: `CREATE SCHEMA "s 1"; CREATE TABLE "s 1"."P p" (a int, "B b" text, "Gone" timestamptz, PRIMARY KEY (a, "B b"));
CREATE TABLE c (id int PRIMARY KEY, x int, y text, deleted_at timestamptz, FOREIGN KEY (y, x) REFERENCES "s 1"."P p" ("B b", a) DEFERRABLE INITIALLY DEFERRED);
INSERT INTO "s 1"."P p" SELECT i, 'it''s', now() - interval '100 days' FROM generate_series(1, 3) AS i;
INSERT INTO c VALUES (1, 1, 'it''s', NULL), (2, 2, NULL, NULL), (3, 3, 'it''s', now() - interval '91 days');`,
		policy: `{tables: [{name: '"s 1"."P p"', column: Gone, primary_key: [a, 'B b']}, {name: c}], foreign_keys: [{table: c, columns: [y, x], ref_table: '"s 1"."P p"', ref_columns: ['B b', a], on_delete: no_action}]}`,
		purged: `"s 1"."P p" 2 kept 1, c 1`, query: `SELECT a FROM "s 1"."P p" UNION ALL SELECT id FROM c`, left: "1,1,2",
	},
	{
		name: "partitions on both sides",
		ddl: `CREATE TABLE p (id int PRIMARY KEY, deleted_at timestamptz) PARTITION BY RANGE (id);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10); CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (100) PARTITION BY LIST (id); CREATE TABLE p21 PARTITION OF p2 DEFAULT;
CREATE TABLE c (id int PRIMARY KEY, p int REFERENCES p ON DELETE CASCADE, deleted_at timestamptz) PARTITION BY LIST (id);
CREATE TABLE c1 PARTITION OF c FOR VALUES IN (1); CREATE TABLE c2 PARTITION OF c DEFAULT;
INSERT INTO p SELECT i, now() - interval '100 days' FROM generate_series(1, 20) AS i;
INSERT INTO c VALUES (1, 5, NULL), (2, 15, now()), (3, 16, now() - interval '100 days'), (4, 6, now() - interval '100 days');`,
		policy: `{discover: true, tables: [{name: c}]}`,
		purged: "c 2, p 18 kept 2", query: `SELECT id FROM p`, left: "5,15",
	},
	{
		name: "a table that others inherit from",
		ddl: `CREATE TABLE p (id int PRIMARY KEY, deleted_at timestamptz); CREATE TABLE p1 (more int) INHERITS (p);
INSERT INTO p VALUES (1, NULL), (2, now() - interval '100 days'); INSERT INTO p1 VALUES (2, NULL), (3, now() - interval '100 days'), (1, now());`,
		policy: `{discover: true}`,
		purged: "p 1, p1 1", query: `SELECT concat(tableoid::regclass, id) FROM p ORDER BY 1`, left: "p1,p11,p12",
	},
	{
		name: "markers of all kinds",
		ddl: softdelete.JournalDDL + `CREATE TABLE f (id int PRIMARY KEY, gone boolean NOT NULL DEFAULT false, deletion_id uuid);
CREATE TABLE f2 (id int PRIMARY KEY, gone boolean NOT NULL DEFAULT false);
CREATE TABLE s (id int PRIMARY KEY, gone bigint NOT NULL DEFAULT 0); CREATE TABLE ms (LIKE s INCLUDING ALL); CREATE TABLE ns (LIKE s INCLUDING ALL);
CREATE TABLE d (id int PRIMARY KEY, gone date); CREATE TABLE ts (id int PRIMARY KEY, gone timestamp);
INSERT INTO f VALUES (1, true, '00000000-0000-0000-0000-000000000001'), (2, true, '00000000-0000-0000-0000-000000000002'), (3, false, NULL), (4, true, NULL);
INSERT INTO softdelete_deletions (id, deleted_at, table_name, rows) VALUES ('00000000-0000-0000-0000-000000000001', now() - interval '100 days', 'f', '{"f": 1}'), ('00000000-0000-0000-0000-000000000002', now(), 'f', '{"f": 1}');
INSERT INTO f2 VALUES (1, true), (2, false);
INSERT INTO s SELECT i, extract(epoch FROM now())::bigint + 3600 - i * 86400 FROM generate_series(80, 99) AS i; INSERT INTO s VALUES (1, 0);
INSERT INTO ms SELECT id, gone * 1000 FROM s; INSERT INTO ns SELECT id, gone * 1000000000 FROM s;
INSERT INTO d SELECT i, current_date - i FROM generate_series(80, 99) AS i; INSERT INTO d VALUES (1, NULL), (2, 'infinity');
INSERT INTO ts SELECT i, localtimestamp + interval '1 hour' - i * interval '1 day' FROM generate_series(80, 99) AS i; INSERT INTO ts VALUES (1, NULL);`,
		policy: `{journal: true, tables: [{name: f, column: gone, marker: flag, deletion_id: deletion_id}, {name: f2, column: gone, marker: flag}, {name: s, column: gone, marker: unix_seconds}, {name: ms, column: gone, marker: unix_millis},
  {name: ns, column: gone, marker: unix_nanos}, {name: d, column: gone}, {name: ts, column: gone}]}`,
		purged: "f 1, f2 0 skipped, s 9, ms 9, ns 9, d 9, ts 9",
		query:  `SELECT concat_ws(' ', (SELECT min(gone) FROM d), (SELECT count(*) FROM f), (SELECT count(*) FROM f2)) = concat_ws(' ', current_date - 90, 3, 2)`, left: "true",
	},
	{
		name: "retention in the policy, longer and shorter than what was asked for",
		ddl: `CREATE TABLE long (id int PRIMARY KEY, deleted_at timestamptz); CREATE TABLE short (LIKE long INCLUDING ALL);
INSERT INTO long SELECT i, now() - i * interval '1 day' FROM generate_series(1, 200) AS i; INSERT INTO short SELECT * FROM long;`,
		policy: `{tables: [{name: long, keep_for: 120d}, {name: short, keep_for: 7d}]}`,
		purged: "long 81, short 111", query: `SELECT max(id) FROM long UNION ALL SELECT max(id) FROM short`, left: "119,89",
	},
	{
		name: "tables that are not named keep what they refer to",
		ddl: `CREATE TABLE p (id int PRIMARY KEY, deleted_at timestamptz); CREATE TABLE c (id int PRIMARY KEY, p int REFERENCES p, deleted_at timestamptz);
INSERT INTO p SELECT i, now() - interval '100 days' FROM generate_series(1, 3) AS i; INSERT INTO c VALUES (1, 2, now() - interval '100 days');`,
		policy: `{discover: true}`, opts: softdelete.PurgeOptions{Tables: []string{"p"}},
		purged: "p 2 kept 1", query: `SELECT id FROM p UNION ALL SELECT id FROM c`, left: "2,1",
	},
	{
		name: "a trigger that keeps rows",
		ddl: `CREATE TABLE p (id int PRIMARY KEY, deleted_at timestamptz); INSERT INTO p SELECT i, now() - interval '100 days' FROM generate_series(1, 30) AS i;
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF OLD.id % 10 = 0 THEN RETURN NULL; END IF; RETURN OLD; END $$;
CREATE TRIGGER keep BEFORE DELETE ON p FOR EACH ROW EXECUTE FUNCTION keep();`,
		policy: `{tables: [{name: p}]}`, opts: softdelete.PurgeOptions{Batch: 4},
		purged: "p 27 kept 3", query: `SELECT id FROM p ORDER BY id`, left: "10,20,30",
	},
}

func TestPurgeCases(t *testing.T) {
	for _, c := range purgeCases {
		t.Run(c.name, func(t *testing.T) {
			p, err := softdelete.LoadPolicy(strings.NewReader(c.policy))
			if err != nil {
				t.Fatal(err)
			}
			if p.Journal && !strings.Contains(c.ddl, "softdelete_deletions") {
				c.ddl += softdelete.JournalDDL + "ALTER TABLE a ADD x uuid; ALTER TABLE b ADD x uuid;"
			}
			ours, plain := openPurge(t, c.ddl, p)
			c.opts.OlderThan = 90 * day
			dry := c.opts
			dry.DryRun = true
			foreseen := purged(purge(t, ours, dry))
			if c.name != "a trigger that keeps rows" {
				equalText(t, "foreseen", foreseen, c.purged)
			}
			equalText(t, "purged", purged(purge(t, ours, c.opts)), c.purged)
			equalText(t, "left", all(t, plain, c.query), c.left)
			if again := purge(t, ours, c.opts); again.Purged != 0 {
				t.Errorf("a second purge: %s", purged(again))
			}
		})
	}
}

func TestPurgeHolds(t *testing.T) {
	ours, plain := openPurge(t, purgeShop, purgePolicy())
	ctx := softdelete.WithActor(context.Background(), "lawyer")
	mustExec(t, plain, `INSERT INTO users (id) SELECT generate_series(1, 3); INSERT INTO orders (id, user_id) SELECT i, i FROM generate_series(1, 3) AS i; INSERT INTO items SELECT i, 1 FROM generate_series(1, 3) AS i`)
	mustExec(t, ours, `DELETE FROM orders WHERE id = 2`)
	mustExec(t, ours, `DELETE FROM users WHERE id = 1`)
	mustExec(t, ours, `DELETE FROM users WHERE id = 2`) // its order is of another deletion
	age(t, plain, 100, "users", "orders", "items", "softdelete_deletions")
	held := all(t, plain, `SELECT deletion_id FROM orders WHERE id = 2`)
	for range 2 {
		if err := softdelete.Hold(ctx, ours, held, "case 7"); err != nil {
			t.Fatal(err)
		}
	}
	equalText(t, "hold", all(t, plain, `SELECT concat_ws(' ', deletion_id, held_by, note) FROM softdelete_holds`), held+" lawyer case 7")
	equalText(t, "purge", purged(purge(t, ours, softdelete.PurgeOptions{OlderThan: 90 * day})), "users 1 kept 1, orders 1 held 1, notes 0, items 1 held 1")
	if n, err := softdelete.RestoreDeletion(ctx, ours, held, softdelete.RestoreParents()); err != nil || n != 3 {
		t.Errorf("restored %d rows of the held deletion, and of its parent's; %v", n, err)
	}
	if ok, err := softdelete.Release(ctx, ours, held); err != nil || !ok {
		t.Errorf("released: %v, %v", ok, err)
	}
	if ok, err := softdelete.Release(ctx, ours, held); err != nil || ok {
		t.Errorf("released twice: %v, %v", ok, err)
	}
	var refused *softdelete.RefusedError
	if err := softdelete.Hold(ctx, ours, "00000000-0000-0000-0000-000000000001", ""); !errors.As(err, &refused) {
		t.Errorf("hold of no deletion: %v", err)
	}
	if err := softdelete.Hold(ctx, plain, held, ""); err == nil || !strings.Contains(err.Error(), "softdelete.Hold works on databases that softdelete opened") {
		t.Errorf("hold on another driver: %v", err)
	}
	mustExec(t, plain, `DROP TABLE softdelete_holds`)
	if err := softdelete.Hold(ctx, ours, held, ""); !errors.As(err, &refused) || !strings.Contains(refused.Instead, "HoldDDL") {
		t.Errorf("hold without its table: %v", err)
	}
}

func TestPurgeIntoArchive(t *testing.T) {
	ours, plain := openPurge(t, purgeShop, purgePolicy())
	mustExec(t, plain, `INSERT INTO users (id) VALUES (1); INSERT INTO orders (id, user_id) VALUES (1, 1); INSERT INTO items VALUES (1, 5)`)
	mustExec(t, ours, `DELETE FROM users WHERE id = 1`)
	age(t, plain, 100, "users", "orders", "items")
	before := all(t, plain, `SELECT jsonb_agg(x ORDER BY x::text) FROM (SELECT to_jsonb(u) AS x FROM users AS u UNION ALL SELECT to_jsonb(o) FROM orders AS o UNION ALL SELECT to_jsonb(i) FROM items AS i) AS y`)
	ctx := softdelete.WithReason(softdelete.WithActor(context.Background(), "cron"), "90 days")
	if _, err := softdelete.Purge(ctx, ours, softdelete.PurgeOptions{OlderThan: 90 * day, IntoArchive: true}); err != nil {
		t.Fatal(err)
	}
	equalText(t, "archived rows", all(t, plain, `SELECT jsonb_agg(data ORDER BY data::text) FROM deletion_records`), before)
	equalText(t, "records", all(t, plain, `SELECT concat_ws(' ', table_name, key, actor, reason, deletion_id::text = data ->> 'deletion_id') FROM deletion_records ORDER BY id`),
		`items {"line": 5, "order_id": 1} cron 90 days t,orders {"id": 1} cron 90 days t,users {"id": 1} cron 90 days t`)
	equalText(t, "rows", all(t, plain, `SELECT count(*) FROM users, orders, items`), "0")
	mustExec(t, plain, `DROP TABLE deletion_records`)
	var refused *softdelete.RefusedError
	if _, err := softdelete.Purge(ctx, ours, softdelete.PurgeOptions{OlderThan: 90 * day, IntoArchive: true}); !errors.As(err, &refused) {
		t.Errorf("without an archive: %v", err)
	}
}

func TestPurgeRefuses(t *testing.T) {
	ours, plain := openPurge(t, purgeShop, purgePolicy())
	for _, c := range []struct {
		db   *sql.DB
		o    softdelete.PurgeOptions
		want string
	}{
		{ours, softdelete.PurgeOptions{}, "no age was given"},
		{ours, softdelete.PurgeOptions{OlderThan: -day}, "cannot be negative"},
		{ours, softdelete.PurgeOptions{OlderThan: day, Batch: -1}, "cannot be negative"},
		{ours, softdelete.PurgeOptions{OlderThan: day, Pause: -1}, "cannot be negative"},
		{ours, softdelete.PurgeOptions{OlderThan: day, Tables: []string{"visits"}}, "on visits: it is not a table of the policy"},
		{plain, softdelete.PurgeOptions{OlderThan: day}, "softdelete.Purge works on databases that softdelete opened"},
	} {
		if _, err := softdelete.Purge(context.Background(), c.db, c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %s", c.o, err, c.want)
		}
	}
}

// A role that row-level security keeps from seeing a live child must not purge: the
// constraint would take the child.
func TestPurgeUnderRowSecurity(t *testing.T) {
	dsn := pgtemp.NewDatabase(t)
	plain := openPlain(t, dsn)
	mustExec(t, plain, purgeShop+`
INSERT INTO users VALUES (1, now() - interval '100 days'); INSERT INTO visits VALUES (1, 1);
ALTER TABLE visits ENABLE ROW LEVEL SECURITY;
CREATE POLICY none ON visits USING (false);
DO $$ BEGIN CREATE ROLE purger LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO purger;`)
	ours := openOurs(t, dsn+map[bool]string{true: "&", false: "?"}[strings.Contains(dsn, "?")]+"role=purger", purgePolicy())
	_, err := softdelete.Purge(context.Background(), ours, softdelete.PurgeOptions{OlderThan: 90 * day})
	var pgErr *pgconn.PgError
	if !errors.As(err, &pgErr) || pgErr.Code != "42501" {
		t.Errorf("purged as %s: %v", all(t, ours, `SELECT current_user`), err)
	}
	equalText(t, "visits", all(t, plain, `SELECT count(*) FROM visits, users`), "1")
}
