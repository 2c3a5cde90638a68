# ON CONFLICT DO NOTHING without a target, where the policy says that the primary key is the only one.

=== A live row holds the key
why: the primary key is the target
policy: only_key
--- in
INSERT INTO orders (id, user_id) VALUES (100, 1) ON CONFLICT DO NOTHING RETURNING id
--- out
INSERT INTO orders (id, user_id) VALUES (100, 1) ON CONFLICT (id) WHERE deleted_at IS NULL DO UPDATE SET deleted_at = orders.deleted_at WHERE CASE WHEN orders.deleted_at IS NULL THEN false ELSE ('softdelete:23505:orders:' || orders.deleted_at::text)::int = 0 END RETURNING id

=== No row holds the key
why: the row is inserted
policy: only_key
--- in
INSERT INTO orders (id, user_id) VALUES (900, 1), (102, 2) ON CONFLICT DO NOTHING RETURNING id, status
--- out
INSERT INTO orders (id, user_id) VALUES (900, 1), (102, 2) ON CONFLICT (id) WHERE deleted_at IS NULL DO UPDATE SET deleted_at = orders.deleted_at WHERE CASE WHEN orders.deleted_at IS NULL THEN false ELSE ('softdelete:23505:orders:' || orders.deleted_at::text)::int = 0 END RETURNING id, status

=== A deleted row holds the key
why: the new row must not be lost in silence
policy: only_key
ours: 23505, a deleted row still holds the key
--- in
INSERT INTO orders (id) VALUES (101) ON CONFLICT DO NOTHING
--- out
INSERT INTO orders (id) VALUES (101) ON CONFLICT (id) WHERE deleted_at IS NULL DO UPDATE SET deleted_at = orders.deleted_at WHERE CASE WHEN orders.deleted_at IS NULL THEN false ELSE ('softdelete:23505:orders:' || orders.deleted_at::text)::int = 0 END

=== A comment where the target would be, and a SELECT as source
why: the target goes behind CONFLICT
policy: only_key
--- in
INSERT INTO orders AS o (id, user_id) SELECT 800 + id, id FROM users ON CONFLICT /* any */ DO NOTHING
--- out
INSERT INTO orders AS o (id, user_id) SELECT 800 + id, id FROM users WHERE users.deleted_at IS NULL ON CONFLICT (id) WHERE deleted_at IS NULL /* any */ DO UPDATE SET deleted_at = o.deleted_at WHERE CASE WHEN o.deleted_at IS NULL THEN false ELSE ('softdelete:23505:orders:' || o.deleted_at::text)::int = 0 END

=== Under WithDeleted
why: all rows are seen, and any of them may be in the way
policy: only_key
scope: with
--- in
INSERT INTO orders (id) VALUES (101) ON CONFLICT DO NOTHING
--- same

=== Another table of the policy
why: it has another key, or the policy does not say
policy: only_key
--- in
INSERT INTO users (id) VALUES (3) ON CONFLICT DO NOTHING
--- refused
softdelete: refused INSERT on users at character 35: ON CONFLICT DO NOTHING without a target would take a deleted row for a conflict and lose the new row in silence; name the key: ON CONFLICT (column) DO NOTHING
