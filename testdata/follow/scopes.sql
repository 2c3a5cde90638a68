# Deletes that follow foreign keys, under other scopes; and what else a statement with them may hold.

=== WithDeleted
why: a second delete must not overwrite the first, so that only live rows are deleted, whatever is seen
policy: family_plain
scope: with
--- in
DELETE FROM fam.users WHERE id = 7
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE fam.users SET deleted_at = CASE WHEN (SELECT true FROM fam.users AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = users.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE users.deleted_at IS NULL AND (id = 7) RETURNING users.id), _sd_orders AS (UPDATE fam.orders AS c SET deleted_at = CASE WHEN (SELECT true FROM fam.orders AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = c.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.user_id = p.id AND c.deleted_at IS NULL RETURNING c.id), _sd_items AS (UPDATE fam.items AS c SET deleted_at = CASE WHEN (SELECT true FROM fam.items AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = c.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) FROM _sd_orders AS p WHERE c.order_id = p.id AND c.deleted_at IS NULL RETURNING c.id), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:d:00002:' || encode(convert_to(concat_ws(', ', p.id), 'UTF8'), 'hex') AS message FROM fam.invoices AS c JOIN _sd_orders AS p ON c.order_id = p.id WHERE c.deleted_at IS NULL UNION ALL SELECT 'softdelete:23503:d:00003:' || encode(convert_to(concat_ws(', ', p.id), 'UTF8'), 'hex') AS message FROM fam.holds AS c JOIN _sd_items AS p ON c.item_id = p.id WHERE c.deleted_at IS NULL UNION ALL SELECT 'softdelete:23503:d:00004:' || encode(convert_to(concat_ws(', ', p.id), 'UTF8'), 'hex') AS message FROM fam.bills AS c JOIN _sd_orders AS p ON c.order_id = p.id) AS v) SELECT FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== WithDeleted, a deleted row
why: it is seen, and not deleted again; on the twin it is there to be deleted
policy: family_plain
scope: with fam.users
run: no, on the twin the row is deleted for the first time
--- in
DELETE FROM fam.users WHERE id = 4
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE fam.users SET deleted_at = CASE WHEN (SELECT true FROM fam.users AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = users.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE users.deleted_at IS NULL AND (id = 4) RETURNING users.id), _sd_orders AS (UPDATE fam.orders AS c SET deleted_at = CASE WHEN (SELECT true FROM fam.orders AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = c.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.user_id = p.id AND c.deleted_at IS NULL RETURNING c.id), _sd_items AS (UPDATE fam.items AS c SET deleted_at = CASE WHEN (SELECT true FROM fam.items AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = c.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) FROM _sd_orders AS p WHERE c.order_id = p.id AND c.deleted_at IS NULL RETURNING c.id), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:d:00002:' || encode(convert_to(concat_ws(', ', p.id), 'UTF8'), 'hex') AS message FROM fam.invoices AS c JOIN _sd_orders AS p ON c.order_id = p.id WHERE c.deleted_at IS NULL UNION ALL SELECT 'softdelete:23503:d:00003:' || encode(convert_to(concat_ws(', ', p.id), 'UTF8'), 'hex') AS message FROM fam.holds AS c JOIN _sd_items AS p ON c.item_id = p.id WHERE c.deleted_at IS NULL UNION ALL SELECT 'softdelete:23503:d:00004:' || encode(convert_to(concat_ws(', ', p.id), 'UTF8'), 'hex') AS message FROM fam.bills AS c JOIN _sd_orders AS p ON c.order_id = p.id) AS v) SELECT FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== WithDeleted of a child
why: the scope is of what the statement reads; the cascade takes live rows only
policy: family_plain
scope: with fam.orders
--- in
DELETE FROM fam.users WHERE id = 1 AND EXISTS (SELECT FROM fam.orders WHERE orders.id = 12)
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE fam.users SET deleted_at = CASE WHEN (SELECT true FROM fam.users AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = users.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE users.deleted_at IS NULL AND (id = 1 AND EXISTS (SELECT FROM fam.orders WHERE orders.id = 12)) RETURNING users.id), _sd_orders AS (UPDATE fam.orders AS c SET deleted_at = CASE WHEN (SELECT true FROM fam.orders AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = c.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.user_id = p.id AND c.deleted_at IS NULL RETURNING c.id), _sd_items AS (UPDATE fam.items AS c SET deleted_at = CASE WHEN (SELECT true FROM fam.items AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = c.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) FROM _sd_orders AS p WHERE c.order_id = p.id AND c.deleted_at IS NULL RETURNING c.id), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:d:00002:' || encode(convert_to(concat_ws(', ', p.id), 'UTF8'), 'hex') AS message FROM fam.invoices AS c JOIN _sd_orders AS p ON c.order_id = p.id WHERE c.deleted_at IS NULL UNION ALL SELECT 'softdelete:23503:d:00003:' || encode(convert_to(concat_ws(', ', p.id), 'UTF8'), 'hex') AS message FROM fam.holds AS c JOIN _sd_items AS p ON c.item_id = p.id WHERE c.deleted_at IS NULL UNION ALL SELECT 'softdelete:23503:d:00004:' || encode(convert_to(concat_ws(', ', p.id), 'UTF8'), 'hex') AS message FROM fam.bills AS c JOIN _sd_orders AS p ON c.order_id = p.id) AS v) SELECT FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== OnlyDeleted of a child
why: as above
policy: family_plain
scope: only fam.orders
run: no, on the twin all orders are deleted, which are not read here
--- in
DELETE FROM fam.users WHERE id = 1
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE fam.users SET deleted_at = CASE WHEN (SELECT true FROM fam.users AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = users.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE users.deleted_at IS NULL AND (id = 1) RETURNING users.id), _sd_orders AS (UPDATE fam.orders AS c SET deleted_at = CASE WHEN (SELECT true FROM fam.orders AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = c.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.user_id = p.id AND c.deleted_at IS NULL RETURNING c.id), _sd_items AS (UPDATE fam.items AS c SET deleted_at = CASE WHEN (SELECT true FROM fam.items AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = c.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) FROM _sd_orders AS p WHERE c.order_id = p.id AND c.deleted_at IS NULL RETURNING c.id), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:d:00002:' || encode(convert_to(concat_ws(', ', p.id), 'UTF8'), 'hex') AS message FROM fam.invoices AS c JOIN _sd_orders AS p ON c.order_id = p.id WHERE c.deleted_at IS NULL UNION ALL SELECT 'softdelete:23503:d:00003:' || encode(convert_to(concat_ws(', ', p.id), 'UTF8'), 'hex') AS message FROM fam.holds AS c JOIN _sd_items AS p ON c.item_id = p.id WHERE c.deleted_at IS NULL UNION ALL SELECT 'softdelete:23503:d:00004:' || encode(convert_to(concat_ws(', ', p.id), 'UTF8'), 'hex') AS message FROM fam.bills AS c JOIN _sd_orders AS p ON c.order_id = p.id) AS v) SELECT FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== OnlyDeleted
why: the rows are deleted already
policy: family_plain
scope: only fam.users
--- in
DELETE FROM fam.users WHERE id = 4
--- refused
softdelete: refused DELETE on fam.users at character 13: the rows that OnlyDeleted shows are deleted already; add HardDelete to remove them for good

=== HardDelete
why: the statement is real, and so are the foreign keys
policy: family_plain
scope: hard
--- in
DELETE FROM fam.users WHERE id = 7
--- same

=== HardDelete, and a deleted row forbids
why: to the constraint a deleted child is a child: hold 2
policy: family_plain
scope: hard
error: 23503
--- in
DELETE FROM fam.users WHERE id = 1
--- same

=== HardDelete, with a journal
why: what is destroyed is not noted
policy: family
scope: hard
--- in
DELETE FROM fam.users WHERE id = 7
--- same

=== HardDelete of the parent
why: the constraint really destroys the children, whatever the scope says of them
policy: family_plain
scope: hard fam.users
--- in
DELETE FROM fam.users WHERE id = 7
--- same

=== HardDelete of a child
why: the DELETE is of the parent, and soft; so is what follows
policy: family_plain
scope: hard fam.orders
run: no, on the twin the orders are gone
--- in
DELETE FROM fam.users WHERE id = 7
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE fam.users SET deleted_at = CASE WHEN (SELECT true FROM fam.users AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = users.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE users.deleted_at IS NULL AND (id = 7) RETURNING users.id), _sd_orders AS (UPDATE fam.orders AS c SET deleted_at = CASE WHEN (SELECT true FROM fam.orders AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = c.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.user_id = p.id AND c.deleted_at IS NULL RETURNING c.id), _sd_items AS (UPDATE fam.items AS c SET deleted_at = CASE WHEN (SELECT true FROM fam.items AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = c.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) FROM _sd_orders AS p WHERE c.order_id = p.id AND c.deleted_at IS NULL RETURNING c.id), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:d:00002:' || encode(convert_to(concat_ws(', ', p.id), 'UTF8'), 'hex') AS message FROM fam.invoices AS c JOIN _sd_orders AS p ON c.order_id = p.id WHERE c.deleted_at IS NULL UNION ALL SELECT 'softdelete:23503:d:00003:' || encode(convert_to(concat_ws(', ', p.id), 'UTF8'), 'hex') AS message FROM fam.holds AS c JOIN _sd_items AS p ON c.item_id = p.id WHERE c.deleted_at IS NULL UNION ALL SELECT 'softdelete:23503:d:00004:' || encode(convert_to(concat_ws(', ', p.id), 'UTF8'), 'hex') AS message FROM fam.bills AS c JOIN _sd_orders AS p ON c.order_id = p.id) AS v) SELECT FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== HardDelete of deleted rows
why: a purge: only deleted rows are seen, and really destroyed, with what hangs on them
policy: family_plain
scope: only fam.users, fam.orders, fam.items
scope: hard fam.users
--- in
DELETE FROM fam.users WHERE id = 4
--- out
DELETE FROM fam.users WHERE users.deleted_at IS NOT NULL AND (id = 4)

=== HardDelete, WHERE CURRENT OF
why: nothing is added
policy: pair
scope: hard
--- before
DECLARE c CURSOR FOR SELECT * FROM makers
--- before
FETCH c
--- in
DELETE FROM makers WHERE CURRENT OF c
--- same

=== HardDelete in a MERGE
why: MERGE deletes softly, and cannot here
policy: pair
scope: hard
--- in
MERGE INTO makers USING (SELECT 1 AS id) AS s ON makers.id = s.id WHEN MATCHED THEN DELETE
--- refused
softdelete: refused MERGE on makers at character 12: MERGE with DELETE cannot follow foreign keys, keep a journal, or give two DELETEs one id; use DELETE … USING

=== TRUNCATE
why: as ever
policy: pair
--- in
TRUNCATE makers
--- refused
softdelete: refused TRUNCATE on makers at character 10: TRUNCATE destroys every row, deleted ones included; use DELETE, or HardDelete if that is what you want

=== TRUNCATE under HardDelete
why: the server refuses it where foreign keys lead to the table
policy: pair
scope: hard
error: 0A000
--- in
TRUNCATE makers
--- same

=== A table outside the policy
twin: a DELETE from it is real
policy: family_plain
--- in
DELETE FROM fam.bills WHERE id = 1
--- same

=== A table whose foreign keys are not in the policy
why: what is not listed is not followed: mayors lose their town on the twin only
policy: family_plain
run: no, on the twin the constraint fires
--- in
DELETE FROM fam.towns WHERE id = 1
--- out
UPDATE fam.towns SET deleted_at = now(), deletion_id = (SELECT gen_random_uuid()) WHERE towns.deleted_at IS NULL AND (id = 1)

=== Two deletes, one under HardDelete
why: a real delete of the children in the same statement: both see one snapshot, and the cascade would update rows that are gone
policy: family_plain
scope: hard fam.items
run: no, see why
--- in
WITH a AS (DELETE FROM fam.items WHERE id = 700 RETURNING id) DELETE FROM fam.users WHERE id = 7 RETURNING id
--- refused
softdelete: refused DELETE on fam.items at character 24: the same statement deletes from fam.users, whose foreign keys lead here; send two statements

=== A delete and an update of the same table
why: of two updates of one row one would be lost
policy: family_plain
--- in
WITH a AS (UPDATE fam.users SET name = 'x' WHERE id = 7 RETURNING id) DELETE FROM fam.users WHERE id = 7
--- refused
softdelete: refused UPDATE on fam.users at character 19: the same statement deletes from fam.users, whose foreign keys lead here; send two statements

=== A delete and an update of a child
why: as above
policy: family_plain
--- in
WITH a AS (UPDATE fam.items SET sku = 'x' WHERE id = 700 RETURNING id) DELETE FROM fam.users WHERE id = 7
--- refused
softdelete: refused UPDATE on fam.items at character 19: the same statement deletes from fam.users, whose foreign keys lead here; send two statements

=== A delete and an update of a parent
twin: nothing leads from a child to its parent
policy: family_plain
undo: no, it updates too
--- in
WITH a AS (UPDATE fam.users SET name = 'x' WHERE id = 7 RETURNING id) DELETE FROM fam.items WHERE id = 700
--- out
WITH a AS (UPDATE fam.users SET name = 'x' WHERE users.deleted_at IS NULL AND (id = 7) RETURNING id) , _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE fam.items SET deleted_at = CASE WHEN (SELECT true FROM fam.items AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = items.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE items.deleted_at IS NULL AND (id = 700) RETURNING items.id), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:d:00003:' || encode(convert_to(concat_ws(', ', p.id), 'UTF8'), 'hex') AS message FROM fam.holds AS c JOIN _sd_root AS p ON c.item_id = p.id WHERE c.deleted_at IS NULL) AS v) SELECT FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== A delete and an insert of what forbids it
why: the check would not see the new row
policy: family_plain
--- in
WITH a AS (INSERT INTO fam.invoices (id, order_id) VALUES (20, 70)) DELETE FROM fam.users WHERE id = 7
--- refused
softdelete: refused INSERT on fam.invoices at character 24: the same statement deletes from fam.users, whose foreign keys lead here; send two statements

=== A delete and a MERGE
why: as above
policy: pair
--- in
WITH d AS (DELETE FROM makers WHERE id = 1 RETURNING id) MERGE INTO models USING d ON models.maker_id = d.id WHEN MATCHED THEN UPDATE SET name = 'x'
--- refused
softdelete: refused MERGE on models at character 69: the same statement deletes from makers, whose foreign keys lead here; send two statements

=== A delete and an update outside the policy
why: an invoice is of the policy, a bill is not; both forbid deletes
policy: family_plain
--- in
WITH a AS (UPDATE fam.bills SET order_id = NULL WHERE id = 1) DELETE FROM fam.users WHERE id = 6
--- refused
softdelete: refused UPDATE at character 19: the same statement deletes from fam.users, whose foreign keys lead here; send two statements

=== A delete of what a sub-select reads
why: the sub-select reads the rows as they were
policy: pair
--- in
DELETE FROM makers WHERE id IN (SELECT maker_id FROM models WHERE name = '2CV')
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id IN (SELECT maker_id FROM models WHERE models.deleted_at IS NULL AND (name = '2CV'))) RETURNING makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT FROM _sd_root

=== A delete and a SELECT of its children
why: as PostgreSQL has it: all parts of a statement see the rows as they were
policy: pair
--- in
WITH d AS (DELETE FROM makers WHERE id = 4 RETURNING id) SELECT models.id FROM models JOIN d ON models.maker_id = d.id
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1) AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = 4) RETURNING id, makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id), d AS (SELECT _sd_c1 AS "id" FROM _sd_root) SELECT models.id FROM models JOIN d ON models.maker_id = d.id WHERE models.deleted_at IS NULL

=== An id for each delete
why: two statements, two ids
policy: family_plain
--- in
DELETE FROM fam.tags WHERE id = 1; DELETE FROM fam.tags WHERE id = 2
--- out
UPDATE fam.tags SET deleted_at = now(), deletion_id = (SELECT gen_random_uuid()) WHERE tags.deleted_at IS NULL AND (id = 1); UPDATE fam.tags SET deleted_at = now(), deletion_id = (SELECT gen_random_uuid()) WHERE tags.deleted_at IS NULL AND (id = 2)

=== One id for one delete
why: gen_random_uuid() in SET would be another one for each row; a sub-select is evaluated once
policy: family_plain
--- in
DELETE FROM fam.tags
--- out
UPDATE fam.tags SET deleted_at = now(), deletion_id = (SELECT gen_random_uuid()) WHERE tags.deleted_at IS NULL

=== Row locks
why: the clause is the user's, and the WITH query the same
policy: pair
--- in
WITH d AS (DELETE FROM makers WHERE id IN (SELECT id FROM makers WHERE town = 'Paris' FOR UPDATE SKIP LOCKED) RETURNING id) SELECT id FROM d
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1) AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id IN (SELECT id FROM makers WHERE makers.deleted_at IS NULL AND (town = 'Paris') FOR UPDATE SKIP LOCKED)) RETURNING id, makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id), d AS (SELECT _sd_c1 AS "id" FROM _sd_root) SELECT id FROM d
