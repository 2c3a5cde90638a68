# MERGE: the live condition on the target goes into ON. In WHEN a deleted row
# would match, and swallow the insert.

=== Update or insert
why: a deleted account is no match
--- in
MERGE INTO handles h USING (VALUES (1, 'eins'), (3, 'drei'), (9, 'neun')) AS s (id, v) ON h.id = s.id AND s.id <> 3 WHEN MATCHED THEN UPDATE SET handle = s.v WHEN NOT MATCHED THEN INSERT (id, handle) VALUES (s.id + 100, s.v)
--- out
MERGE INTO handles h USING (VALUES (1, 'eins'), (3, 'drei'), (9, 'neun')) AS s (id, v) ON h.deleted_at IS NULL AND (h.id = s.id AND s.id <> 3) WHEN MATCHED THEN UPDATE SET handle = s.v WHEN NOT MATCHED THEN INSERT (id, handle) VALUES (s.id + 100, s.v)

=== A deleted row is not matched
why: the insert runs, as it would without the row
--- in
MERGE INTO handles h USING (VALUES ('cid')) AS s (v) ON h.handle = s.v WHEN MATCHED THEN UPDATE SET n = 0 WHEN NOT MATCHED THEN INSERT (id, handle) VALUES (100, s.v)
--- out
MERGE INTO handles h USING (VALUES ('cid')) AS s (v) ON h.deleted_at IS NULL AND (h.handle = s.v) WHEN MATCHED THEN UPDATE SET n = 0 WHEN NOT MATCHED THEN INSERT (id, handle) VALUES (100, s.v)

=== A target outside the policy
twin: only the source is filtered
--- in
MERGE INTO cities c USING users u ON u.id = c.mayor_id WHEN MATCHED THEN UPDATE SET name = u.name WHEN NOT MATCHED THEN INSERT (id, name) VALUES (u.id + 100, u.name)
--- out
MERGE INTO cities c USING (users u JOIN (SELECT) AS _sd1 ON u.deleted_at IS NULL) ON u.id = c.mayor_id WHEN MATCHED THEN UPDATE SET name = u.name WHEN NOT MATCHED THEN INSERT (id, name) VALUES (u.id + 100, u.name)

=== A source in the policy
why: the join form
--- in
MERGE INTO notes n USING users u ON n.user_id = u.id WHEN MATCHED THEN UPDATE SET body = u.name
--- out
MERGE INTO notes n USING (users u JOIN (SELECT) AS _sd1 ON u.deleted_at IS NULL) ON n.deleted_at IS NULL AND (n.user_id = u.id) WHEN MATCHED THEN UPDATE SET body = u.name

=== OR in ON
why: parentheses
--- in
MERGE INTO notes n USING cities c ON n.id = c.id OR n.id = c.id + 100 WHEN MATCHED THEN UPDATE SET body = c.name
--- out
MERGE INTO notes n USING cities c ON n.deleted_at IS NULL AND (n.id = c.id OR n.id = c.id + 100) WHEN MATCHED THEN UPDATE SET body = c.name

=== DELETE
why: the row is marked
--- in
MERGE INTO notes n USING users u ON n.user_id = u.id WHEN MATCHED AND u.age > 40 THEN DELETE WHEN MATCHED THEN UPDATE SET pinned = true
--- out
MERGE INTO notes n USING (users u JOIN (SELECT) AS _sd1 ON u.deleted_at IS NULL) ON n.deleted_at IS NULL AND (n.user_id = u.id) WHEN MATCHED AND u.age > 40 THEN UPDATE SET deleted_at = now() WHEN MATCHED THEN UPDATE SET pinned = true

=== DELETE outside the policy
twin: a real deletion
--- in
MERGE INTO cities c USING users u ON u.id = c.mayor_id WHEN MATCHED THEN DELETE
--- out
MERGE INTO cities c USING (users u JOIN (SELECT) AS _sd1 ON u.deleted_at IS NULL) ON u.id = c.mayor_id WHEN MATCHED THEN DELETE

=== Several DELETE
why: each THEN is found
--- in
MERGE INTO notes n USING users u ON n.user_id = u.id WHEN MATCHED AND n.pinned THEN DELETE WHEN MATCHED AND n.body IS NULL THEN DELETE WHEN MATCHED THEN DO NOTHING WHEN NOT MATCHED THEN DO NOTHING
--- out
MERGE INTO notes n USING (users u JOIN (SELECT) AS _sd1 ON u.deleted_at IS NULL) ON n.deleted_at IS NULL AND (n.user_id = u.id) WHEN MATCHED AND n.pinned THEN UPDATE SET deleted_at = now() WHEN MATCHED AND n.body IS NULL THEN UPDATE SET deleted_at = now() WHEN MATCHED THEN DO NOTHING WHEN NOT MATCHED THEN DO NOTHING

=== DELETE of a flag
why: the marker is true
--- in
MERGE INTO features AS f USING cities c ON f.id = c.id WHEN MATCHED THEN DELETE
--- out
MERGE INTO features AS f USING cities c ON NOT f.is_deleted AND (f.id = c.id) WHEN MATCHED THEN UPDATE SET is_deleted = true

=== CASE in ON and in WHEN
why: WHEN and THEN of a CASE are not MERGE's
--- in
MERGE INTO notes n USING users u ON CASE WHEN n.user_id = u.id THEN true ELSE false END WHEN MATCHED AND CASE WHEN n.pinned THEN true ELSE false END THEN DELETE WHEN MATCHED THEN UPDATE SET body = CASE WHEN u.age > 1 THEN 'a' ELSE 'b' END
--- out
MERGE INTO notes n USING (users u JOIN (SELECT) AS _sd1 ON u.deleted_at IS NULL) ON n.deleted_at IS NULL AND (CASE WHEN n.user_id = u.id THEN true ELSE false END) WHEN MATCHED AND CASE WHEN n.pinned THEN true ELSE false END THEN UPDATE SET deleted_at = now() WHEN MATCHED THEN UPDATE SET body = CASE WHEN u.age > 1 THEN 'a' ELSE 'b' END

=== A join as the source
why: its ON are not MERGE's
--- in
MERGE INTO notes n USING users u JOIN orders o ON o.user_id = u.id AND o.status = 'open' ON n.user_id = u.id AND o.id = 102 WHEN MATCHED THEN DELETE
--- out
MERGE INTO notes n USING (users u JOIN (SELECT) AS _sd1 ON u.deleted_at IS NULL) JOIN (orders o JOIN (SELECT) AS _sd2 ON o.deleted_at IS NULL) ON o.user_id = u.id AND o.status = 'open' ON n.deleted_at IS NULL AND (n.user_id = u.id AND o.id = 102) WHEN MATCHED THEN UPDATE SET deleted_at = now()

=== A sub-select as the source
why: filtered inside
--- in
MERGE INTO notes n USING (SELECT u.id FROM users u LEFT JOIN orders o ON o.user_id = u.id WHERE o.id IS NULL) AS s ON n.user_id = s.id WHEN MATCHED THEN UPDATE SET body = 'no order' WHEN NOT MATCHED THEN INSERT (id, user_id) VALUES (s.id + 100, s.id)
--- out
MERGE INTO notes n USING (SELECT u.id FROM users u LEFT JOIN (orders o JOIN (SELECT) AS _sd1 ON o.deleted_at IS NULL) ON o.user_id = u.id WHERE u.deleted_at IS NULL AND (o.id IS NULL)) AS s ON n.deleted_at IS NULL AND (n.user_id = s.id) WHEN MATCHED THEN UPDATE SET body = 'no order' WHEN NOT MATCHED THEN INSERT (id, user_id) VALUES (s.id + 100, s.id)

=== Sub-selects in the actions
why: filtered where they stand
--- in
MERGE INTO notes n USING cities c ON n.id = c.id WHEN MATCHED AND c.id IN (SELECT id FROM users) THEN UPDATE SET body = (SELECT name FROM users WHERE id = n.user_id) WHEN NOT MATCHED THEN INSERT (id, body) VALUES (c.id + 100, (SELECT max(name) FROM users))
--- out
MERGE INTO notes n USING cities c ON n.deleted_at IS NULL AND (n.id = c.id) WHEN MATCHED AND c.id IN (SELECT id FROM users WHERE users.deleted_at IS NULL) THEN UPDATE SET body = (SELECT name FROM users WHERE users.deleted_at IS NULL AND (id = n.user_id)) WHEN NOT MATCHED THEN INSERT (id, body) VALUES (c.id + 100, (SELECT max(name) FROM users WHERE users.deleted_at IS NULL))

=== WITH before MERGE
why: the source can be a query, the target cannot
--- in
WITH notes AS (SELECT id FROM users) MERGE INTO notes n USING notes s ON n.id = s.id WHEN MATCHED THEN DELETE
--- out
WITH notes AS (SELECT id FROM users WHERE users.deleted_at IS NULL) MERGE INTO notes n USING notes s ON n.deleted_at IS NULL AND (n.id = s.id) WHEN MATCHED THEN UPDATE SET deleted_at = now()

=== ONLY
why: ONLY belongs to the target
--- in
MERGE INTO ONLY animals a USING cities c ON c.id = a.id WHEN MATCHED THEN DELETE
--- out
MERGE INTO ONLY animals a USING cities c ON a.deleted_at IS NULL AND (c.id = a.id) WHEN MATCHED THEN UPDATE SET deleted_at = now()

=== The same table as target and source
why: two references, two conditions
--- in
MERGE INTO users u USING users b ON u.boss_id = b.id WHEN MATCHED THEN UPDATE SET boss_id = b.boss_id
--- out
MERGE INTO users u USING (users b JOIN (SELECT) AS _sd1 ON b.deleted_at IS NULL) ON u.deleted_at IS NULL AND (u.boss_id = b.id) WHEN MATCHED THEN UPDATE SET boss_id = b.boss_id

=== The name of the target in the source
twin: PostgreSQL refuses it too (42712)
--- in
MERGE INTO users USING users ON true WHEN MATCHED THEN DO NOTHING
--- refused
softdelete: refused MERGE on users at character 12: "users" is both the target and a source, and a condition on it would be ambiguous; give the target an alias

=== A condition that is there already
why: it is not added again
--- in
MERGE INTO notes n USING cities c ON n.deleted_at IS NULL AND n.id = c.id WHEN MATCHED THEN UPDATE SET body = c.name
--- same

=== A key that a deleted row holds
why: the deleted row is no match, and its primary key is taken
ours: 23505, a deleted row still holds its primary key
--- in
MERGE INTO accounts a USING (VALUES (3)) AS s (id) ON a.id = s.id WHEN MATCHED THEN UPDATE SET n = 0 WHEN NOT MATCHED THEN INSERT (id) VALUES (s.id)
--- out
MERGE INTO accounts a USING (VALUES (3)) AS s (id) ON a.deleted_at IS NULL AND (a.id = s.id) WHEN MATCHED THEN UPDATE SET n = 0 WHEN NOT MATCHED THEN INSERT (id) VALUES (s.id)
