# Tables whose deleted rows leave them. Archive tests and the equivalence harness run these on a server; schema.sql has no such tables.

=== A delete
why: the DELETE stays one, and what it takes is kept as it met it; a copy by another query would be of the snapshot
policy: archive
run: no, the records need tables that schema.sql has not
--- in
DELETE FROM items WHERE n = $1
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (DELETE FROM items WHERE n = $1 RETURNING items.order_id, items.n, COALESCE(items.*) AS _sd_row), _sd_records AS (INSERT INTO deletion_records (deletion_id, table_name, key, data, actor, reason, xact) SELECT (SELECT id FROM _sd_id), 'items', jsonb_build_object('order_id', x.order_id, 'n', x.n), to_jsonb(x._sd_row), $2::text, $3::text, pg_current_xact_id() FROM _sd_root AS x) SELECT FROM _sd_root

=== A cascade between archived tables
why: the children are deleted in the same statement, so that the database's own key finds none at its end
policy: archive
run: no, as above
--- in
DELETE FROM orders o WHERE o.id = $1 RETURNING o.id
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1) AS (DELETE FROM orders o WHERE o.id = $1 RETURNING o.id, o.id, COALESCE(o.*) AS _sd_row), _sd_items AS (DELETE FROM items AS c USING _sd_root AS p WHERE c.order_id = p.id AND true RETURNING c.order_id, c.n, COALESCE(c.*) AS _sd_row), _sd_records AS (INSERT INTO deletion_records (deletion_id, table_name, key, data, actor, reason, xact) SELECT (SELECT id FROM _sd_id), 'orders', jsonb_build_object('id', x.id), to_jsonb(x._sd_row), $2::text, $3::text, pg_current_xact_id() FROM _sd_root AS x), _sd_records_2 AS (INSERT INTO deletion_records (deletion_id, table_name, key, data, actor, reason, xact) SELECT (SELECT id FROM _sd_id), 'items', jsonb_build_object('order_id', x.order_id, 'n', x.n), to_jsonb(x._sd_row), $2::text, $3::text, pg_current_xact_id() FROM _sd_items AS x) SELECT _sd_c1 AS "id" FROM _sd_root

=== A cascade from a marked table
why: both modes in one statement, under one id
policy: archive
run: no, as above
--- in
DELETE FROM users WHERE id = 1
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE users SET deleted_at = CASE WHEN (SELECT true FROM users AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = users.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE users.deleted_at IS NULL AND (id = 1) RETURNING users.id), _sd_orders AS (DELETE FROM orders AS c USING _sd_root AS p WHERE c.user_id = p.id AND true RETURNING c.id, COALESCE(c.*) AS _sd_row), _sd_items AS (DELETE FROM items AS c USING _sd_orders AS p WHERE c.order_id = p.id AND true RETURNING c.order_id, c.n, COALESCE(c.*) AS _sd_row), _sd_records AS (INSERT INTO deletion_records (deletion_id, table_name, key, data, actor, reason, xact) SELECT (SELECT id FROM _sd_id), 'orders', jsonb_build_object('id', x.id), to_jsonb(x._sd_row), $1::text, $2::text, pg_current_xact_id() FROM _sd_orders AS x), _sd_records_2 AS (INSERT INTO deletion_records (deletion_id, table_name, key, data, actor, reason, xact) SELECT (SELECT id FROM _sd_id), 'items', jsonb_build_object('order_id', x.order_id, 'n', x.n), to_jsonb(x._sd_row), $1::text, $2::text, pg_current_xact_id() FROM _sd_items AS x) SELECT FROM _sd_root

=== RETURNING *
why: the row as a whole must not show among the user's columns
policy: archive
run: no, as above
--- in
WITH gone AS (DELETE FROM ONLY public.items AS i RETURNING i.*) SELECT * FROM gone
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (DELETE FROM ONLY public.items AS i RETURNING i.*, COALESCE(i.*) AS _sd_row), _sd_records AS (INSERT INTO deletion_records (deletion_id, table_name, key, data, actor, reason, xact) SELECT (SELECT id FROM _sd_id), 'items', jsonb_build_object('order_id', x.order_id, 'n', x.n), to_jsonb(x._sd_row), $1::text, $2::text, pg_current_xact_id() FROM _sd_root AS x), gone AS (SELECT (_sd_row).* FROM _sd_root) SELECT * FROM gone

=== RETURNING * and another column
why: which of the columns are the star's, the text does not tell
policy: archive
--- in
DELETE FROM items RETURNING *, 1
--- refused
softdelete: refused DELETE on items at character 13: RETURNING * and other columns; list the columns of RETURNING by name

=== A read
twin: all rows of the table are live
policy: archive
run: no, as above
--- in
SELECT * FROM orders LEFT JOIN items ON items.order_id = orders.id
--- same

=== A read with deleted rows
why: they are in another table, and a condition could not find them
policy: archive
scope: with orders
run: no, as above
--- in
SELECT * FROM orders AS o (a), items
--- out
SELECT * FROM (SELECT q.* FROM deletion_records AS r CROSS JOIN LATERAL jsonb_populate_record(NULL::orders, r.data) AS q WHERE r.table_name = 'orders' AND r.restored_at IS NULL UNION ALL SELECT * FROM orders) AS o (a), items

=== A read of deleted rows only
why: as above
policy: archive
scope: only billing.invoices
run: no, as above
--- in
TABLE billing.invoices
--- out
SELECT * FROM (SELECT q.* FROM deletion_records AS r CROSS JOIN LATERAL jsonb_populate_record(NULL::billing.invoices, r.data) AS q WHERE r.table_name = 'billing.invoices' AND r.restored_at IS NULL) AS invoices

=== A WITH query that hides the records
why: the sub-select would read that one
policy: archive
scope: with
--- in
WITH deletion_records AS (SELECT 1) SELECT * FROM orders
--- refused
softdelete: refused SELECT on orders at character 51: another deletion_records hides the one that deleted rows are in; give it another name

=== A write that sees deleted rows
why: they are not there to be written to
policy: archive
scope: with
--- in
UPDATE orders SET total = 0
--- refused
softdelete: refused UPDATE on orders at character 8: deleted rows of this table are in deletion_records, and can only be read, restored and purged; leave the table out of the scope

=== A view
why: a simple view could be deleted from, and nothing would be kept
policy: archive
run: no, as above
--- in
CREATE VIEW v AS SELECT * FROM orders AS o (a)
--- out
CREATE VIEW v AS SELECT * FROM (orders AS o (a) JOIN (SELECT) AS _sd1 ON true)

=== An upsert
twin: a key that is free is free
policy: archive
run: no, as above
--- in
INSERT INTO items VALUES (1, 1) ON CONFLICT DO NOTHING
--- same

=== updated_at
why: it has nothing to do with how rows are deleted
policy: archive
run: no, as above
--- in
INSERT INTO orders AS o (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET total = 1
--- out
INSERT INTO orders AS o (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET changed = now(), total = 1 RETURNING CASE WHEN (SELECT _sd_parent.deleted_at IS NULL FROM users AS _sd_parent WHERE _sd_parent.id = o.user_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', o.user_id), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== MERGE that deletes
why: MERGE returns no rows before PostgreSQL 17
policy: archive
--- in
MERGE INTO billing.invoices USING users ON true WHEN MATCHED THEN DELETE
--- refused
softdelete: refused MERGE on billing.invoices at character 12: MERGE with DELETE cannot archive the rows that it deletes; use DELETE … USING

=== TRUNCATE
why: it keeps nothing
policy: archive
--- in
TRUNCATE items
--- refused
softdelete: refused TRUNCATE on items at character 10: TRUNCATE destroys every row, deleted ones included; use DELETE, or HardDelete if that is what you want

=== A restore by UPDATE
why: it could bring the user back, and not the orders
policy: archive
scope: only users
--- in
UPDATE users SET deleted_at = NULL WHERE id = 1
--- refused
softdelete: refused UPDATE on users at character 8: a delete takes rows of archived tables too, which no UPDATE brings back; restore with Restore, RestoreWhere or RestoreDeletion
