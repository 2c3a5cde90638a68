# New rows that take the places of deleted ones. That the server does with them what it does where deletes are real,
# and that the archive has what was replaced, is tested in phoenix_test.go: here a deleted row may not change.

=== A plain insert
why: the key of a deleted row is free where deletes are real
policy: phoenix
run: no, a deleted row is replaced
--- in
INSERT INTO accounts (id, login) VALUES (3, 'new')
--- out
WITH _sd_root AS (INSERT INTO accounts (id, login) VALUES (3, 'new') ON CONFLICT (id) DO UPDATE SET id = excluded.id, login = excluded.login, n = excluded.n, deleted_at = excluded.deleted_at WHERE CASE WHEN accounts.deleted_at IS NULL THEN ('softdelete:phoenix:taken:0:' || encode(convert_to(coalesce((SELECT k.conname::text FROM pg_catalog.pg_constraint AS k WHERE k.conrelid = accounts.tableoid AND k.contype = 'p'), ''), 'UTF8'), 'hex') || ':' || encode(convert_to(coalesce(concat_ws(', ', accounts.id), ''), 'UTF8'), 'hex'))::int = 0 ELSE CASE WHEN ((SELECT _sd_old.ctid FROM accounts AS _sd_old WHERE _sd_old.id = accounts.id) = accounts.ctid) IS NOT TRUE THEN ('softdelete:phoenix:moved:0:' || '' || ':' || encode(convert_to(coalesce(concat_ws(', ', accounts.id), ''), 'UTF8'), 'hex'))::int = 0 WHEN (SELECT count(*) FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = accounts.tableoid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND NOT (a.attidentity = 'a' AND a.attname IN ('id'))) = 4 THEN true ELSE ('softdelete:phoenix:columns:0:' || '' || ':' || encode(convert_to(coalesce(concat_ws(', ', accounts.id), ''), 'UTF8'), 'hex'))::int = 0 END END RETURNING accounts.id), _sd_archive AS (INSERT INTO deletion_records (deletion_id, table_name, key, data, actor, reason) SELECT NULL::uuid, 'accounts', jsonb_build_object('id', o.id), to_jsonb(o.*), $1::text, $2::text FROM accounts AS o JOIN _sd_root AS n ON o.id = n.id WHERE o.deleted_at IS NOT NULL) SELECT FROM _sd_root

=== A plain insert into a table that keeps its deleted rows
twin: on_blocked is error, the default
policy: shop
--- in
INSERT INTO accounts (id, login) VALUES (100, 'new')
--- same

=== An insert that selects
why: ON CONFLICT stands behind the query and before RETURNING
policy: phoenix
run: no, a deleted row is replaced
--- in
INSERT INTO accounts AS a (id, login) SELECT u.id, 'x' FROM users AS u ORDER BY 1 LIMIT 3 RETURNING a.id, upper(login);
--- out
WITH _sd_root(_sd_c1, _sd_c2) AS (INSERT INTO accounts AS a (id, login) SELECT u.id, 'x' FROM users AS u WHERE u.deleted_at IS NULL ORDER BY 1 LIMIT 3 ON CONFLICT (id) DO UPDATE SET id = excluded.id, login = excluded.login, n = excluded.n, deleted_at = excluded.deleted_at WHERE CASE WHEN a.deleted_at IS NULL THEN ('softdelete:phoenix:taken:0:' || encode(convert_to(coalesce((SELECT k.conname::text FROM pg_catalog.pg_constraint AS k WHERE k.conrelid = a.tableoid AND k.contype = 'p'), ''), 'UTF8'), 'hex') || ':' || encode(convert_to(coalesce(concat_ws(', ', a.id), ''), 'UTF8'), 'hex'))::int = 0 ELSE CASE WHEN ((SELECT _sd_old.ctid FROM accounts AS _sd_old WHERE _sd_old.id = a.id) = a.ctid) IS NOT TRUE THEN ('softdelete:phoenix:moved:0:' || '' || ':' || encode(convert_to(coalesce(concat_ws(', ', a.id), ''), 'UTF8'), 'hex'))::int = 0 WHEN (SELECT count(*) FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = a.tableoid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND NOT (a.attidentity = 'a' AND a.attname IN ('id'))) = 4 THEN true ELSE ('softdelete:phoenix:columns:0:' || '' || ':' || encode(convert_to(coalesce(concat_ws(', ', a.id), ''), 'UTF8'), 'hex'))::int = 0 END END RETURNING a.id, upper(login), a.id), _sd_archive AS (INSERT INTO deletion_records (deletion_id, table_name, key, data, actor, reason) SELECT NULL::uuid, 'accounts', jsonb_build_object('id', o.id), to_jsonb(o.*), $1::text, $2::text FROM accounts AS o JOIN _sd_root AS n ON o.id = n.id WHERE o.deleted_at IS NOT NULL) SELECT _sd_c1 AS "id", _sd_c2 AS "upper" FROM _sd_root;

=== DO NOTHING
why: a deleted row is no reason to do nothing
policy: phoenix
run: no, a deleted row is replaced
--- in
INSERT INTO accounts (id, login) VALUES (3, 'new') ON CONFLICT (id) DO NOTHING
--- out
WITH _sd_root AS (INSERT INTO accounts (id, login) VALUES (3, 'new') ON CONFLICT (id) DO UPDATE SET id = excluded.id, login = excluded.login, n = excluded.n, deleted_at = excluded.deleted_at WHERE CASE WHEN accounts.deleted_at IS NULL THEN false ELSE CASE WHEN ((SELECT _sd_old.ctid FROM accounts AS _sd_old WHERE _sd_old.id = accounts.id) = accounts.ctid) IS NOT TRUE THEN ('softdelete:phoenix:moved:0:' || '' || ':' || encode(convert_to(coalesce(concat_ws(', ', accounts.id), ''), 'UTF8'), 'hex'))::int = 0 WHEN (SELECT count(*) FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = accounts.tableoid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND NOT (a.attidentity = 'a' AND a.attname IN ('id'))) = 4 THEN true ELSE ('softdelete:phoenix:columns:0:' || '' || ':' || encode(convert_to(coalesce(concat_ws(', ', accounts.id), ''), 'UTF8'), 'hex'))::int = 0 END END RETURNING accounts.id), _sd_archive AS (INSERT INTO deletion_records (deletion_id, table_name, key, data, actor, reason) SELECT NULL::uuid, 'accounts', jsonb_build_object('id', o.id), to_jsonb(o.*), $1::text, $2::text FROM accounts AS o JOIN _sd_root AS n ON o.id = n.id WHERE o.deleted_at IS NOT NULL) SELECT FROM _sd_root

=== DO UPDATE
why: a live row gets what SET says, and a deleted one is replaced as a whole; the time of the change is set for the live one
policy: phoenix
run: no, a deleted row is replaced
--- in
INSERT INTO accounts (id, login) VALUES (3, 'new') ON CONFLICT (id) DO UPDATE SET login = accounts.login || excluded.login WHERE accounts.id < 5 OR accounts.login = 'ann' RETURNING *
--- out
WITH _sd_root AS (INSERT INTO accounts (id, login) VALUES (3, 'new') ON CONFLICT (id) DO UPDATE SET login = CASE WHEN accounts.deleted_at IS NULL THEN (accounts.login || excluded.login) ELSE excluded.login END, id = CASE WHEN accounts.deleted_at IS NULL THEN accounts.id ELSE excluded.id END, n = CASE WHEN accounts.deleted_at IS NULL THEN now() ELSE excluded.n END, deleted_at = CASE WHEN accounts.deleted_at IS NULL THEN accounts.deleted_at ELSE excluded.deleted_at END WHERE CASE WHEN accounts.deleted_at IS NULL THEN (accounts.id < 5 OR accounts.login = 'ann') ELSE CASE WHEN ((SELECT _sd_old.ctid FROM accounts AS _sd_old WHERE _sd_old.id = accounts.id) = accounts.ctid) IS NOT TRUE THEN ('softdelete:phoenix:moved:0:' || '' || ':' || encode(convert_to(coalesce(concat_ws(', ', accounts.id), ''), 'UTF8'), 'hex'))::int = 0 WHEN (SELECT count(*) FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = accounts.tableoid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND NOT (a.attidentity = 'a' AND a.attname IN ('id'))) = 4 THEN true ELSE ('softdelete:phoenix:columns:0:' || '' || ':' || encode(convert_to(coalesce(concat_ws(', ', accounts.id), ''), 'UTF8'), 'hex'))::int = 0 END END RETURNING *), _sd_archive AS (INSERT INTO deletion_records (deletion_id, table_name, key, data, actor, reason) SELECT NULL::uuid, 'accounts', jsonb_build_object('id', o.id), to_jsonb(o.*), $1::text, $2::text FROM accounts AS o JOIN _sd_root AS n ON o.id = n.id WHERE o.deleted_at IS NOT NULL) SELECT * FROM _sd_root

=== DO UPDATE with a sub-select
why: the sub-select sees live rows only
policy: phoenix
run: no, a deleted row is replaced
--- in
INSERT INTO accounts (id) VALUES (3) ON CONFLICT (id) DO UPDATE SET login = (SELECT max(name) FROM users)
--- out
WITH _sd_root AS (INSERT INTO accounts (id) VALUES (3) ON CONFLICT (id) DO UPDATE SET login = CASE WHEN accounts.deleted_at IS NULL THEN ((SELECT max(name) FROM users WHERE users.deleted_at IS NULL)) ELSE excluded.login END, id = CASE WHEN accounts.deleted_at IS NULL THEN accounts.id ELSE excluded.id END, n = CASE WHEN accounts.deleted_at IS NULL THEN now() ELSE excluded.n END, deleted_at = CASE WHEN accounts.deleted_at IS NULL THEN accounts.deleted_at ELSE excluded.deleted_at END WHERE CASE WHEN accounts.deleted_at IS NULL THEN true ELSE CASE WHEN ((SELECT _sd_old.ctid FROM accounts AS _sd_old WHERE _sd_old.id = accounts.id) = accounts.ctid) IS NOT TRUE THEN ('softdelete:phoenix:moved:0:' || '' || ':' || encode(convert_to(coalesce(concat_ws(', ', accounts.id), ''), 'UTF8'), 'hex'))::int = 0 WHEN (SELECT count(*) FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = accounts.tableoid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND NOT (a.attidentity = 'a' AND a.attname IN ('id'))) = 4 THEN true ELSE ('softdelete:phoenix:columns:0:' || '' || ':' || encode(convert_to(coalesce(concat_ws(', ', accounts.id), ''), 'UTF8'), 'hex'))::int = 0 END END RETURNING accounts.id), _sd_archive AS (INSERT INTO deletion_records (deletion_id, table_name, key, data, actor, reason) SELECT NULL::uuid, 'accounts', jsonb_build_object('id', o.id), to_jsonb(o.*), $1::text, $2::text FROM accounts AS o JOIN _sd_root AS n ON o.id = n.id WHERE o.deleted_at IS NOT NULL) SELECT FROM _sd_root

=== A conflict about another key
why: only the primary key decides which row is replaced; the guard says that a deleted row holds the other
policy: phoenix
run: no, a deleted row may hold the key
--- in
INSERT INTO accounts (id, login) VALUES (100, 'cid') ON CONFLICT (login) DO UPDATE SET n = 5
--- out
INSERT INTO accounts (id, login) VALUES (100, 'cid') ON CONFLICT (login) WHERE deleted_at IS NULL DO UPDATE SET n = 5 WHERE CASE WHEN accounts.deleted_at IS NULL THEN true ELSE ('softdelete:23505:accounts:' || accounts.deleted_at::text)::int = 0 END

=== Assignments that no row of values can stand beside
why: what DEFAULT means depends on the column, and cannot stand in an expression
policy: phoenix
--- in
INSERT INTO accounts (id) VALUES (3) ON CONFLICT (id) DO UPDATE SET login = DEFAULT
--- refused
softdelete: refused INSERT on accounts at character 38: DO UPDATE may meet a deleted row, whose every column the new row must replace, and this SET is not a list of column = value; assign each column by itself, without DEFAULT

=== Several columns at once
why: one sub-select gives both values
policy: phoenix
--- in
INSERT INTO accounts (id) VALUES (3) ON CONFLICT (id) DO UPDATE SET (login, n) = (SELECT 'x', 1)
--- refused
softdelete: refused INSERT on accounts at character 38: DO UPDATE may meet a deleted row, whose every column the new row must replace, and this SET is not a list of column = value; assign each column by itself, without DEFAULT

=== DO NOTHING without a target
why: which row is in the way is not known
policy: phoenix
--- in
INSERT INTO accounts (id) VALUES (3) ON CONFLICT DO NOTHING
--- refused
softdelete: refused INSERT on accounts at character 38: ON CONFLICT DO NOTHING without a target would take a deleted row for a conflict and lose the new row in silence; name the key: ON CONFLICT (column) DO NOTHING

=== An insert that is part of a statement
why: what it archives goes into the same WITH clause
policy: phoenix
run: no, a deleted row is replaced
--- in
WITH new AS (INSERT INTO accounts (id) VALUES (3) RETURNING id), other AS (SELECT 1) SELECT id FROM new, other
--- out
WITH _sd_root(_sd_c1) AS (INSERT INTO accounts (id) VALUES (3) ON CONFLICT (id) DO UPDATE SET id = excluded.id, login = excluded.login, n = excluded.n, deleted_at = excluded.deleted_at WHERE CASE WHEN accounts.deleted_at IS NULL THEN ('softdelete:phoenix:taken:0:' || encode(convert_to(coalesce((SELECT k.conname::text FROM pg_catalog.pg_constraint AS k WHERE k.conrelid = accounts.tableoid AND k.contype = 'p'), ''), 'UTF8'), 'hex') || ':' || encode(convert_to(coalesce(concat_ws(', ', accounts.id), ''), 'UTF8'), 'hex'))::int = 0 ELSE CASE WHEN ((SELECT _sd_old.ctid FROM accounts AS _sd_old WHERE _sd_old.id = accounts.id) = accounts.ctid) IS NOT TRUE THEN ('softdelete:phoenix:moved:0:' || '' || ':' || encode(convert_to(coalesce(concat_ws(', ', accounts.id), ''), 'UTF8'), 'hex'))::int = 0 WHEN (SELECT count(*) FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = accounts.tableoid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND NOT (a.attidentity = 'a' AND a.attname IN ('id'))) = 4 THEN true ELSE ('softdelete:phoenix:columns:0:' || '' || ':' || encode(convert_to(coalesce(concat_ws(', ', accounts.id), ''), 'UTF8'), 'hex'))::int = 0 END END RETURNING id, accounts.id), _sd_archive AS (INSERT INTO deletion_records (deletion_id, table_name, key, data, actor, reason) SELECT NULL::uuid, 'accounts', jsonb_build_object('id', o.id), to_jsonb(o.*), $1::text, $2::text FROM accounts AS o JOIN _sd_root AS n ON o.id = n.id WHERE o.deleted_at IS NOT NULL), new AS (SELECT _sd_c1 AS "id" FROM _sd_root), other AS (SELECT 1) SELECT id FROM new, other

=== A WITH query of the table's name
why: the archive would read the query
policy: phoenix
--- in
WITH accounts AS (SELECT 1) INSERT INTO accounts (id) SELECT 3 FROM accounts
--- refused
softdelete: refused INSERT on accounts: a WITH query hides the table accounts, which the rewritten statement has to read; give the WITH query another name

=== Under WithDeleted
why: the deleted row is seen, and so in the way
policy: phoenix
scope: with accounts
error: 23505
ours: 23505, the twin has the deleted row too
--- in
INSERT INTO accounts (id, login) VALUES (1, 'new')
--- same

=== A named constraint
why: the policy says what its columns are
policy: phoenix_keys
run: no, a deleted row is replaced
--- in
INSERT INTO accounts (id, login) VALUES (100, 'cid') ON CONFLICT ON CONSTRAINT accounts_login_key DO UPDATE SET n = 5
--- out
WITH _sd_root AS (INSERT INTO accounts (id, login) VALUES (100, 'cid') ON CONFLICT ON CONSTRAINT accounts_login_key DO UPDATE SET n = CASE WHEN accounts.deleted_at IS NULL THEN (5) ELSE excluded.n END, id = CASE WHEN accounts.deleted_at IS NULL THEN accounts.id ELSE excluded.id END, login = CASE WHEN accounts.deleted_at IS NULL THEN accounts.login ELSE excluded.login END, deleted_at = CASE WHEN accounts.deleted_at IS NULL THEN accounts.deleted_at ELSE excluded.deleted_at END WHERE CASE WHEN accounts.deleted_at IS NULL THEN true ELSE CASE WHEN NOT ((accounts.login) IS NOT NULL) THEN ('softdelete:phoenix:null:0:' || '' || ':' || encode(convert_to(coalesce(concat_ws(', ', accounts.id), ''), 'UTF8'), 'hex'))::int = 0 WHEN ((SELECT _sd_old.ctid FROM accounts AS _sd_old WHERE _sd_old.id = accounts.id) = accounts.ctid) IS NOT TRUE THEN ('softdelete:phoenix:moved:0:' || '' || ':' || encode(convert_to(coalesce(concat_ws(', ', accounts.id), ''), 'UTF8'), 'hex'))::int = 0 WHEN (SELECT count(*) FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = accounts.tableoid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND NOT (a.attidentity = 'a' AND a.attname IN ('id'))) = 4 THEN true ELSE ('softdelete:phoenix:columns:0:' || '' || ':' || encode(convert_to(coalesce(concat_ws(', ', accounts.id), ''), 'UTF8'), 'hex'))::int = 0 END END RETURNING accounts.login), _sd_archive AS (INSERT INTO deletion_records (deletion_id, table_name, key, data, actor, reason) SELECT NULL::uuid, 'accounts', jsonb_build_object('id', o.id), to_jsonb(o.*), $1::text, $2::text FROM accounts AS o JOIN _sd_root AS n ON o.login = n.login WHERE o.deleted_at IS NOT NULL) SELECT FROM _sd_root

=== The columns of a key that the policy lists
why: an index over the live rows cannot be what is meant
policy: phoenix_keys
run: no, a deleted row is replaced
--- in
INSERT INTO accounts (id, login) VALUES (100, 'cid') ON CONFLICT (login) DO NOTHING RETURNING id
--- out
WITH _sd_root(_sd_c1) AS (INSERT INTO accounts (id, login) VALUES (100, 'cid') ON CONFLICT (login) DO UPDATE SET id = excluded.id, login = excluded.login, n = excluded.n, deleted_at = excluded.deleted_at WHERE CASE WHEN accounts.deleted_at IS NULL THEN false ELSE CASE WHEN NOT ((accounts.login) IS NOT NULL) THEN ('softdelete:phoenix:null:0:' || '' || ':' || encode(convert_to(coalesce(concat_ws(', ', accounts.id), ''), 'UTF8'), 'hex'))::int = 0 WHEN ((SELECT _sd_old.ctid FROM accounts AS _sd_old WHERE _sd_old.id = accounts.id) = accounts.ctid) IS NOT TRUE THEN ('softdelete:phoenix:moved:0:' || '' || ':' || encode(convert_to(coalesce(concat_ws(', ', accounts.id), ''), 'UTF8'), 'hex'))::int = 0 WHEN (SELECT count(*) FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = accounts.tableoid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND NOT (a.attidentity = 'a' AND a.attname IN ('id'))) = 4 THEN true ELSE ('softdelete:phoenix:columns:0:' || '' || ':' || encode(convert_to(coalesce(concat_ws(', ', accounts.id), ''), 'UTF8'), 'hex'))::int = 0 END END RETURNING id, accounts.login), _sd_archive AS (INSERT INTO deletion_records (deletion_id, table_name, key, data, actor, reason) SELECT NULL::uuid, 'accounts', jsonb_build_object('id', o.id), to_jsonb(o.*), $1::text, $2::text FROM accounts AS o JOIN _sd_root AS n ON o.login = n.login WHERE o.deleted_at IS NOT NULL) SELECT _sd_c1 AS "id" FROM _sd_root

=== A constraint that the policy does not list
twin: its columns are not known, so a deleted row in the way is an error
policy: phoenix_keys
run: no, there is no such constraint
--- in
INSERT INTO accounts (id, login) VALUES (100, 'cid') ON CONFLICT ON CONSTRAINT accounts_n_key DO NOTHING
--- out
INSERT INTO accounts (id, login) VALUES (100, 'cid') ON CONFLICT ON CONSTRAINT accounts_n_key DO UPDATE SET deleted_at = accounts.deleted_at WHERE CASE WHEN accounts.deleted_at IS NULL THEN false ELSE ('softdelete:23505:accounts:' || accounts.deleted_at::text)::int = 0 END

=== An index over some rows
twin: what it holds of deleted rows is not known
policy: phoenix_keys
run: no, a deleted row may hold the key
--- in
INSERT INTO accounts (id, login) VALUES (100, 'cid') ON CONFLICT (login) WHERE n > 5 DO NOTHING
--- out
INSERT INTO accounts (id, login) VALUES (100, 'cid') ON CONFLICT (login) WHERE deleted_at IS NULL AND (n > 5) DO UPDATE SET deleted_at = accounts.deleted_at WHERE CASE WHEN accounts.deleted_at IS NULL THEN false ELSE ('softdelete:23505:accounts:' || accounts.deleted_at::text)::int = 0 END
