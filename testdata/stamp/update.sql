# The column of updated_at is set by each UPDATE that does not set it.

=== A plain update
why: now() is the time of the transaction, as for created_at
policy: stamped
rows: differ, the time
run: no, the twin has nothing that sets the column
--- in
UPDATE accounts SET login = login || 'x' WHERE id = 1
--- out
UPDATE accounts SET n = now(), login = login || 'x' WHERE accounts.deleted_at IS NULL AND (id = 1)

=== An update that sets it
twin: what the statement says holds
policy: stamped
run: no, as above
--- in
UPDATE accounts SET n = 4 WHERE id = 1
--- out
UPDATE accounts SET n = 4 WHERE accounts.deleted_at IS NULL AND (id = 1)

=== FROM, and an alias
why: IS DISTINCT FROM is no FROM clause
policy: stamped
run: no, as above
--- in
UPDATE accounts AS a SET login = (a.login IS DISTINCT FROM u.name)::text FROM users AS u WHERE u.id = a.id
--- out
UPDATE accounts AS a SET n = now(), login = (a.login IS DISTINCT FROM u.name)::text FROM (users AS u JOIN (SELECT) AS _sd1 ON u.deleted_at IS NULL) WHERE a.deleted_at IS NULL AND (u.id = a.id)

=== Several columns at once
why: it goes first
policy: stamped
run: no, as above
--- in
UPDATE accounts SET (id, login) = (5, 'x')
--- out
UPDATE accounts SET n = now(), (id, login) = (5, 'x') WHERE accounts.deleted_at IS NULL

=== An upsert
why: DO UPDATE is an update
policy: stamped
run: no, as above
--- in
INSERT INTO accounts (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET login = 'x' WHERE accounts.id > 0
--- out
INSERT INTO accounts (id) VALUES (1) ON CONFLICT (id) WHERE deleted_at IS NULL DO UPDATE SET n = now(), login = 'x' WHERE CASE WHEN accounts.deleted_at IS NULL THEN (accounts.id > 0) ELSE ('softdelete:23505:accounts:' || accounts.deleted_at::text)::int = 0 END

=== MERGE
why: its UPDATE is one
policy: stamped
run: no, as above
--- in
MERGE INTO accounts AS a USING users AS u ON u.id = a.id WHEN MATCHED AND a.id > 1 THEN UPDATE SET login = 'x' WHEN MATCHED THEN DO NOTHING
--- out
MERGE INTO accounts AS a USING (users AS u JOIN (SELECT) AS _sd1 ON u.deleted_at IS NULL) ON a.deleted_at IS NULL AND (u.id = a.id) WHEN MATCHED AND a.id > 1 THEN UPDATE SET n = now(), login = 'x' WHEN MATCHED THEN DO NOTHING

=== A delete
twin: what a restore brings back is the row as it was
policy: stamped
run: no, as above
--- in
DELETE FROM accounts WHERE id = 1
--- out
UPDATE accounts SET deleted_at = now() WHERE accounts.deleted_at IS NULL AND (id = 1)

=== A delete that is spelt as an update
twin: the same
policy: stamped
run: no, as above
--- in
UPDATE accounts SET deleted_at = now() WHERE id = 1
--- out
UPDATE accounts SET deleted_at = now() WHERE accounts.deleted_at IS NULL AND (id = 1)
