# 156 and more statements of the shapes that a deparser of parse trees was seen to
# corrupt, or is likely to: parentheses lost, words run together, precedence
# changed. The rewriter edits the text, and must only add to it: everything else
# stays byte for byte. Each is over tables of the policy, and each is executed.

=== IS NULL of an OR
why: parentheses round a boolean that something is done to
--- in
SELECT id FROM users WHERE (age > 40 OR name = 'Bob') IS NULL
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL AND ((age > 40 OR name = 'Bob') IS NULL)

=== IS NOT NULL of an AND
why: parentheses round a boolean that something is done to
--- in
SELECT id FROM users WHERE (age > 40 AND name = 'Bob') IS NOT NULL
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL AND ((age > 40 AND name = 'Bob') IS NOT NULL)

=== IS NULL of a comparison
why: parentheses round a boolean that something is done to
--- in
SELECT id, (age > 40) IS NULL FROM users
--- out
SELECT id, (age > 40) IS NULL FROM users WHERE users.deleted_at IS NULL

=== IS TRUE of an OR
why: parentheses round a boolean that something is done to
--- in
SELECT id FROM users WHERE (age > 40 OR name = 'Ann') IS TRUE
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL AND ((age > 40 OR name = 'Ann') IS TRUE)

=== IS NOT TRUE of an OR
why: parentheses round a boolean that something is done to
--- in
SELECT id FROM users WHERE (age > 40 OR name IS NULL) IS NOT TRUE
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL AND ((age > 40 OR name IS NULL) IS NOT TRUE)

=== IS FALSE of an AND
why: parentheses round a boolean that something is done to
--- in
SELECT id FROM users WHERE (age > 40 AND id > 3) IS FALSE
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL AND ((age > 40 AND id > 3) IS FALSE)

=== IS NOT FALSE of a NOT
why: parentheses round a boolean that something is done to
--- in
SELECT id FROM users WHERE (NOT age > 40) IS NOT FALSE
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL AND ((NOT age > 40) IS NOT FALSE)

=== IS UNKNOWN of a comparison
why: parentheses round a boolean that something is done to
--- in
SELECT id FROM users WHERE (age > 40) IS UNKNOWN
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL AND ((age > 40) IS UNKNOWN)

=== IS NOT UNKNOWN of an OR
why: parentheses round a boolean that something is done to
--- in
SELECT id FROM users WHERE (age > 40 OR id = 7) IS NOT UNKNOWN
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL AND ((age > 40 OR id = 7) IS NOT UNKNOWN)

=== IS DISTINCT FROM of booleans
why: parentheses round a boolean that something is done to
--- in
SELECT id FROM users WHERE (age > 40 OR id = 2) IS DISTINCT FROM (name = 'Ann')
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL AND ((age > 40 OR id = 2) IS DISTINCT FROM (name = 'Ann'))

=== IS NOT DISTINCT FROM of booleans
why: parentheses round a boolean that something is done to
--- in
SELECT id FROM users WHERE (age > 40) IS NOT DISTINCT FROM (name = 'Ann' OR id = 6)
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL AND ((age > 40) IS NOT DISTINCT FROM (name = 'Ann' OR id = 6))

=== IN of an OR
why: parentheses round a boolean that something is done to
--- in
SELECT id FROM users WHERE (age > 40 OR name = 'Bob') IN (true, NULL)
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL AND ((age > 40 OR name = 'Bob') IN (true, NULL))

=== NOT IN of an AND
why: parentheses round a boolean that something is done to
--- in
SELECT id FROM users WHERE (age > 40 AND name = 'Ann') NOT IN (true)
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL AND ((age > 40 AND name = 'Ann') NOT IN (true))

=== BETWEEN of an OR
why: parentheses round a boolean that something is done to
--- in
SELECT id FROM users WHERE (age > 40 OR id = 2) BETWEEN false AND true
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL AND ((age > 40 OR id = 2) BETWEEN false AND true)

=== Equality of booleans
why: parentheses round a boolean that something is done to
--- in
SELECT id FROM users WHERE (age > 40 OR id = 2) = (name = 'Ann')
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL AND ((age > 40 OR id = 2) = (name = 'Ann'))

=== Equality of a NOT
why: parentheses round a boolean that something is done to
--- in
SELECT id FROM users WHERE (NOT age > 40) = (id < 5)
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL AND ((NOT age > 40) = (id < 5))

=== NOT of an OR
why: parentheses round a boolean that something is done to
--- in
SELECT id FROM users WHERE NOT (age > 40 OR id = 2)
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL AND (NOT (age > 40 OR id = 2))

=== NOT of a NOT
why: parentheses round a boolean that something is done to
--- in
SELECT id FROM users WHERE NOT (NOT (age > 40))
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL AND (NOT (NOT (age > 40)))

=== NOT of an IN
why: parentheses round a boolean that something is done to
--- in
SELECT id FROM users WHERE NOT (id IN (1, 2)) AND (NOT id = 4)
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL AND (NOT (id IN (1, 2)) AND (NOT id = 4))

=== AND within OR within AND
why: parentheses round a boolean that something is done to
--- in
SELECT id FROM users WHERE (id = 1 OR (id = 2 AND age > 1)) AND (name = 'Ann' OR (age > 30 AND (id = 2 OR id = 6)))
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL AND ((id = 1 OR (id = 2 AND age > 1)) AND (name = 'Ann' OR (age > 30 AND (id = 2 OR id = 6))))

=== OR of ANDs without parentheses
why: parentheses round a boolean that something is done to
--- in
SELECT id FROM users WHERE id = 1 AND age = 41 OR id = 2 AND age = 35 OR id = 3
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL AND (id = 1 AND age = 41 OR id = 2 AND age = 35 OR id = 3)

=== A comparison as an operand
why: parentheses round a boolean that something is done to
--- in
SELECT id, 1 + (age > 40)::int FROM users
--- out
SELECT id, 1 + (age > 40)::int FROM users WHERE users.deleted_at IS NULL

=== IS NULL of IS NULL
why: parentheses round a boolean that something is done to
--- in
SELECT id FROM users WHERE (name IS NULL) IS NOT NULL AND (age IS NULL) IS TRUE
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL AND ((name IS NULL) IS NOT NULL AND (age IS NULL) IS TRUE)

=== LIKE of a concatenation
why: parentheses round a boolean that something is done to
--- in
SELECT id FROM users WHERE (name || 'x') LIKE ('A' || '%')
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL AND ((name || 'x') LIKE ('A' || '%'))

=== ISNULL and NOTNULL
why: parentheses round a boolean that something is done to
--- in
SELECT id FROM users WHERE name NOTNULL AND (age > 30 OR id = 6) ISNULL IS FALSE
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL AND (name NOTNULL AND (age > 30 OR id = 6) ISNULL IS FALSE)

=== A cast of an OR
why: a cast binds more closely than what it is applied to
--- in
SELECT (age > 40 OR name = 'Bob')::int FROM users
--- out
SELECT (age > 40 OR name = 'Bob')::int FROM users WHERE users.deleted_at IS NULL

=== A cast of a NOT
why: a cast binds more closely than what it is applied to
--- in
SELECT (NOT age > 40)::int FROM users
--- out
SELECT (NOT age > 40)::int FROM users WHERE users.deleted_at IS NULL

=== A cast of an AND in a WHERE
why: a cast binds more closely than what it is applied to
--- in
SELECT id FROM users WHERE (age > 40 AND id > 0)::text = 'true'
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL AND ((age > 40 AND id > 0)::text = 'true')

=== A cast of IS NULL
why: a cast binds more closely than what it is applied to
--- in
SELECT (name IS NULL)::int + (age IS NOT NULL)::int FROM users
--- out
SELECT (name IS NULL)::int + (age IS NOT NULL)::int FROM users WHERE users.deleted_at IS NULL

=== A cast of a comparison
why: a cast binds more closely than what it is applied to
--- in
SELECT (age > 40)::text FROM users
--- out
SELECT (age > 40)::text FROM users WHERE users.deleted_at IS NULL

=== A cast of a sum
why: a cast binds more closely than what it is applied to
--- in
SELECT (age + 1)::text || 'x' FROM users
--- out
SELECT (age + 1)::text || 'x' FROM users WHERE users.deleted_at IS NULL

=== A cast of a negative number
why: a cast binds more closely than what it is applied to
--- in
SELECT (-1)::text, -1::text::int, (- age)::text FROM users
--- out
SELECT (-1)::text, -1::text::int, (- age)::text FROM users WHERE users.deleted_at IS NULL

=== A cast of a CASE
why: a cast binds more closely than what it is applied to
--- in
SELECT (CASE WHEN age > 40 THEN 1 ELSE 0 END)::boolean FROM users
--- out
SELECT (CASE WHEN age > 40 THEN 1 ELSE 0 END)::boolean FROM users WHERE users.deleted_at IS NULL

=== A cast of a sub-select
why: a cast binds more closely than what it is applied to
--- in
SELECT ((SELECT max(total) FROM orders o WHERE o.user_id = u.id))::int FROM users u
--- out
SELECT ((SELECT max(total) FROM orders o WHERE o.deleted_at IS NULL AND (o.user_id = u.id)))::int FROM users u WHERE u.deleted_at IS NULL

=== A cast of a BETWEEN
why: a cast binds more closely than what it is applied to
--- in
SELECT (age BETWEEN 30 AND 40)::int FROM users
--- out
SELECT (age BETWEEN 30 AND 40)::int FROM users WHERE users.deleted_at IS NULL

=== A cast of an IN
why: a cast binds more closely than what it is applied to
--- in
SELECT (age IN (41, 35))::int FROM users
--- out
SELECT (age IN (41, 35))::int FROM users WHERE users.deleted_at IS NULL

=== A cast of a LIKE
why: a cast binds more closely than what it is applied to
--- in
SELECT (name LIKE 'A%')::int FROM users
--- out
SELECT (name LIKE 'A%')::int FROM users WHERE users.deleted_at IS NULL

=== A cast of a cast
why: a cast binds more closely than what it is applied to
--- in
SELECT age::text::varchar(1)::char(5) || '|' FROM users
--- out
SELECT age::text::varchar(1)::char(5) || '|' FROM users WHERE users.deleted_at IS NULL

=== A cast of an array
why: a cast binds more closely than what it is applied to
--- in
SELECT ARRAY[age, 1]::text[], '{1,2}'::int[] FROM users
--- out
SELECT ARRAY[age, 1]::text[], '{1,2}'::int[] FROM users WHERE users.deleted_at IS NULL

=== A cast of an empty array
why: a cast binds more closely than what it is applied to
--- in
SELECT ARRAY[]::int[] || age FROM users
--- out
SELECT ARRAY[]::int[] || age FROM users WHERE users.deleted_at IS NULL

=== A cast of a row
why: a cast binds more closely than what it is applied to
--- in
SELECT ROW(id, 2, 3)::point3, (ROW(id, 2, 3)::point3).x FROM users
--- out
SELECT ROW(id, 2, 3)::point3, (ROW(id, 2, 3)::point3).x FROM users WHERE users.deleted_at IS NULL

=== A cast of a subscript
why: a cast binds more closely than what it is applied to
--- in
SELECT (tags[1])::varchar(2), tags[1]::varchar(2) FROM users
--- out
SELECT (tags[1])::varchar(2), tags[1]::varchar(2) FROM users WHERE users.deleted_at IS NULL

=== A cast of a field
why: a cast binds more closely than what it is applied to
--- in
SELECT (u).name::varchar(2) FROM users u
--- out
SELECT (u).name::varchar(2) FROM users u WHERE u.deleted_at IS NULL

=== A cast of a concatenation
why: a cast binds more closely than what it is applied to
--- in
SELECT (name || '1')::varchar(3) FROM users
--- out
SELECT (name || '1')::varchar(3) FROM users WHERE users.deleted_at IS NULL

=== CAST and :: in one
why: a cast binds more closely than what it is applied to
--- in
SELECT CAST(age AS text)::varchar(1), CAST(age > 1 AS int)::text FROM users
--- out
SELECT CAST(age AS text)::varchar(1), CAST(age > 1 AS int)::text FROM users WHERE users.deleted_at IS NULL

=== A cast with a modifier
why: a cast binds more closely than what it is applied to
--- in
SELECT (total / 3)::numeric(10, 2), total::numeric(6, 1) FROM orders WHERE total > 1
--- out
SELECT (total / 3)::numeric(10, 2), total::numeric(6, 1) FROM orders WHERE orders.deleted_at IS NULL AND (total > 1)

=== A cast to a quoted type
why: a cast binds more closely than what it is applied to
--- in
SELECT id::"int4", name::"pg_catalog"."text", 'x'::"char" FROM users
--- out
SELECT id::"int4", name::"pg_catalog"."text", 'x'::"char" FROM users WHERE users.deleted_at IS NULL

=== A cast of a parameterless function
why: a cast binds more closely than what it is applied to
--- in
SELECT (now() IS NULL)::int FROM users
--- out
SELECT (now() IS NULL)::int FROM users WHERE users.deleted_at IS NULL

=== A cast of a quantified comparison
why: a cast binds more closely than what it is applied to
--- in
SELECT (age = ANY ('{41,35}'))::int FROM users
--- out
SELECT (age = ANY ('{41,35}'))::int FROM users WHERE users.deleted_at IS NULL

=== AT TIME ZONE and a cast
why: AT TIME ZONE binds more closely than comparisons, less closely than casts
--- in
SELECT (placed::timestamp AT TIME ZONE 'utc')::date FROM orders
--- out
SELECT (placed::timestamp AT TIME ZONE 'utc')::date FROM orders WHERE orders.deleted_at IS NULL

=== AT TIME ZONE twice
why: AT TIME ZONE binds more closely than comparisons, less closely than casts
--- in
SELECT placed::timestamp AT TIME ZONE 'utc' AT TIME ZONE 'Europe/Berlin' FROM orders
--- out
SELECT placed::timestamp AT TIME ZONE 'utc' AT TIME ZONE 'Europe/Berlin' FROM orders WHERE orders.deleted_at IS NULL

=== AT TIME ZONE of a sum
why: AT TIME ZONE binds more closely than comparisons, less closely than casts
--- in
SELECT (placed + interval '1 day') AT TIME ZONE 'utc' FROM orders
--- out
SELECT (placed + interval '1 day') AT TIME ZONE 'utc' FROM orders WHERE orders.deleted_at IS NULL

=== AT TIME ZONE within a sum
why: AT TIME ZONE binds more closely than comparisons, less closely than casts
--- in
SELECT placed + interval '1 hour' > ('2024-02-01 00:00'::timestamp AT TIME ZONE 'utc') FROM orders
--- out
SELECT placed + interval '1 hour' > ('2024-02-01 00:00'::timestamp AT TIME ZONE 'utc') FROM orders WHERE orders.deleted_at IS NULL

=== AT TIME ZONE compared
why: AT TIME ZONE binds more closely than comparisons, less closely than casts
--- in
SELECT id FROM orders WHERE placed::timestamptz AT TIME ZONE 'utc' > '2024-02-03' OR (placed::timestamp AT TIME ZONE 'utc') IS NULL
--- out
SELECT id FROM orders WHERE orders.deleted_at IS NULL AND (placed::timestamptz AT TIME ZONE 'utc' > '2024-02-03' OR (placed::timestamp AT TIME ZONE 'utc') IS NULL)

=== AT TIME ZONE of a sub-select
why: AT TIME ZONE binds more closely than comparisons, less closely than casts
--- in
SELECT (SELECT min(placed)::timestamp FROM orders) AT TIME ZONE 'utc' FROM users
--- out
SELECT (SELECT min(placed)::timestamp FROM orders WHERE orders.deleted_at IS NULL) AT TIME ZONE 'utc' FROM users WHERE users.deleted_at IS NULL

=== AT TIME ZONE with an interval
why: AT TIME ZONE binds more closely than comparisons, less closely than casts
--- in
SELECT (placed::timestamp AT TIME ZONE interval '-08:00')::text FROM orders
--- out
SELECT (placed::timestamp AT TIME ZONE interval '-08:00')::text FROM orders WHERE orders.deleted_at IS NULL

=== AT TIME ZONE in extract
why: AT TIME ZONE binds more closely than comparisons, less closely than casts
--- in
SELECT extract(hour FROM (placed::timestamp AT TIME ZONE 'utc') AT TIME ZONE 'Asia/Tokyo') FROM orders
--- out
SELECT extract(hour FROM (placed::timestamp AT TIME ZONE 'utc') AT TIME ZONE 'Asia/Tokyo') FROM orders WHERE orders.deleted_at IS NULL

=== AT TIME ZONE of a CASE
why: AT TIME ZONE binds more closely than comparisons, less closely than casts
--- in
SELECT (CASE WHEN total > 5 THEN placed END)::timestamp AT TIME ZONE 'utc' FROM orders
--- out
SELECT (CASE WHEN total > 5 THEN placed END)::timestamp AT TIME ZONE 'utc' FROM orders WHERE orders.deleted_at IS NULL

=== date_trunc AT TIME ZONE
why: AT TIME ZONE binds more closely than comparisons, less closely than casts
--- in
SELECT date_trunc('month', placed AT TIME ZONE 'utc')::date, (date_trunc('day', placed::timestamptz) AT TIME ZONE 'utc')::time FROM orders
--- out
SELECT date_trunc('month', placed AT TIME ZONE 'utc')::date, (date_trunc('day', placed::timestamptz) AT TIME ZONE 'utc')::time FROM orders WHERE orders.deleted_at IS NULL

=== OF and SKIP LOCKED
why: locking clauses have names and options in a row
--- in
SELECT u.id FROM users u FOR UPDATE OF u SKIP LOCKED
--- out
SELECT u.id FROM users u WHERE u.deleted_at IS NULL FOR UPDATE OF u SKIP LOCKED

=== OF and NOWAIT
why: locking clauses have names and options in a row
--- in
SELECT u.id FROM users u FOR UPDATE OF u NOWAIT
--- out
SELECT u.id FROM users u WHERE u.deleted_at IS NULL FOR UPDATE OF u NOWAIT

=== OF two and SKIP LOCKED
why: locking clauses have names and options in a row
--- in
SELECT u.id FROM users u, orders o WHERE o.user_id = u.id FOR UPDATE OF u, o SKIP LOCKED
--- out
SELECT u.id FROM users u, orders o WHERE u.deleted_at IS NULL AND o.deleted_at IS NULL AND (o.user_id = u.id) FOR UPDATE OF u, o SKIP LOCKED

=== NO KEY UPDATE OF and NOWAIT
why: locking clauses have names and options in a row
--- in
SELECT q.id FROM users q FOR NO KEY UPDATE OF q NOWAIT
--- out
SELECT q.id FROM users q WHERE q.deleted_at IS NULL FOR NO KEY UPDATE OF q NOWAIT

=== SHARE OF and SKIP LOCKED
why: locking clauses have names and options in a row
--- in
SELECT q.id FROM users q FOR SHARE OF q SKIP LOCKED
--- out
SELECT q.id FROM users q WHERE q.deleted_at IS NULL FOR SHARE OF q SKIP LOCKED

=== KEY SHARE OF and SKIP LOCKED
why: locking clauses have names and options in a row
--- in
SELECT q.id FROM users q FOR KEY SHARE OF q SKIP LOCKED
--- out
SELECT q.id FROM users q WHERE q.deleted_at IS NULL FOR KEY SHARE OF q SKIP LOCKED

=== Two clauses with options
why: locking clauses have names and options in a row
--- in
SELECT u.id FROM users u, orders o WHERE o.user_id = u.id FOR UPDATE OF u NOWAIT FOR SHARE OF o SKIP LOCKED
--- out
SELECT u.id FROM users u, orders o WHERE u.deleted_at IS NULL AND o.deleted_at IS NULL AND (o.user_id = u.id) FOR UPDATE OF u NOWAIT FOR SHARE OF o SKIP LOCKED

=== A queue
why: locking clauses have names and options in a row
--- in
SELECT id FROM orders WHERE status = 'open' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
--- out
SELECT id FROM orders WHERE orders.deleted_at IS NULL AND (status = 'open') ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED

=== A quoted name in OF
why: locking clauses have names and options in a row
--- in
SELECT "My U".id FROM users "My U" FOR UPDATE OF "My U" SKIP LOCKED
--- out
SELECT "My U".id FROM users "My U" WHERE "My U".deleted_at IS NULL FOR UPDATE OF "My U" SKIP LOCKED

=== FOR UPDATE before LIMIT
why: locking clauses have names and options in a row
--- in
SELECT id FROM users ORDER BY id FOR UPDATE LIMIT 2
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL ORDER BY id FOR UPDATE LIMIT 2

=== A subscript of COALESCE
why: a subscript binds to what stands directly before it
--- in
SELECT (coalesce(tags, '{none}'))[1] FROM users
--- out
SELECT (coalesce(tags, '{none}'))[1] FROM users WHERE users.deleted_at IS NULL

=== A subscript of a CASE
why: a subscript binds to what stands directly before it
--- in
SELECT (CASE WHEN id > 2 THEN tags ELSE '{a,b}' END)[1] FROM users
--- out
SELECT (CASE WHEN id > 2 THEN tags ELSE '{a,b}' END)[1] FROM users WHERE users.deleted_at IS NULL

=== A subscript of ARRAY
why: a subscript binds to what stands directly before it
--- in
SELECT (ARRAY[id, age])[2] FROM users
--- out
SELECT (ARRAY[id, age])[2] FROM users WHERE users.deleted_at IS NULL

=== A subscript of a function
why: a subscript binds to what stands directly before it
--- in
SELECT (string_to_array(email, '@'))[2], (regexp_match(email, '^(.)(.)'))[1] FROM users
--- out
SELECT (string_to_array(email, '@'))[2], (regexp_match(email, '^(.)(.)'))[1] FROM users WHERE users.deleted_at IS NULL

=== A subscript of a cast
why: a subscript binds to what stands directly before it
--- in
SELECT ('{1,2,3}'::int[])[id] FROM users
--- out
SELECT ('{1,2,3}'::int[])[id] FROM users WHERE users.deleted_at IS NULL

=== A subscript of a sub-select
why: a subscript binds to what stands directly before it
--- in
SELECT (SELECT array_agg(o.id ORDER BY o.id) FROM orders o WHERE o.user_id = u.id)[1] FROM users u
--- out
SELECT (SELECT array_agg(o.id ORDER BY o.id) FROM orders o WHERE o.deleted_at IS NULL AND (o.user_id = u.id))[1] FROM users u WHERE u.deleted_at IS NULL

=== A subscript of ARRAY(…)
why: a subscript binds to what stands directly before it
--- in
SELECT (ARRAY(SELECT o.id FROM orders o WHERE o.user_id = u.id ORDER BY 1))[1] FROM users u
--- out
SELECT (ARRAY(SELECT o.id FROM orders o WHERE o.deleted_at IS NULL AND (o.user_id = u.id) ORDER BY 1))[1] FROM users u WHERE u.deleted_at IS NULL

=== A subscript of a concatenation
why: a subscript binds to what stands directly before it
--- in
SELECT (tags || '{x}'::text[])[1] FROM users
--- out
SELECT (tags || '{x}'::text[])[1] FROM users WHERE users.deleted_at IS NULL

=== A slice of COALESCE
why: a subscript binds to what stands directly before it
--- in
SELECT (coalesce(tags, '{none}'))[1:1], (coalesce(tags, '{a,b}'))[:], (tags)[2:] FROM users
--- out
SELECT (coalesce(tags, '{none}'))[1:1], (coalesce(tags, '{a,b}'))[:], (tags)[2:] FROM users WHERE users.deleted_at IS NULL

=== A subscript of NULLIF
why: a subscript binds to what stands directly before it
--- in
SELECT (nullif(tags, '{}'))[1] FROM users
--- out
SELECT (nullif(tags, '{}'))[1] FROM users WHERE users.deleted_at IS NULL

=== A subscript of two dimensions
why: a subscript binds to what stands directly before it
--- in
SELECT ('{{1,2},{3,4}}'::int[])[1][2], (ARRAY[[id, 2], [3, 4]])[1][1] FROM users
--- out
SELECT ('{{1,2},{3,4}}'::int[])[1][2], (ARRAY[[id, 2], [3, 4]])[1][1] FROM users WHERE users.deleted_at IS NULL

=== A subscript of jsonb
why: a subscript binds to what stands directly before it
--- in
SELECT data['level'], (data)['vip'], (coalesce(data, '{}'))['level']::text FROM users
--- out
SELECT data['level'], (data)['vip'], (coalesce(data, '{}'))['level']::text FROM users WHERE users.deleted_at IS NULL

=== A subscript of an aggregate
why: a subscript binds to what stands directly before it
--- in
SELECT (array_agg(name ORDER BY id))[1], (array_agg(id ORDER BY id DESC))[1:2] FROM users
--- out
SELECT (array_agg(name ORDER BY id))[1], (array_agg(id ORDER BY id DESC))[1:2] FROM users WHERE users.deleted_at IS NULL

=== A subscript of a field
why: a subscript binds to what stands directly before it
--- in
SELECT (b).sizes[2], ((b).sizes)[1] FROM boxes b, users u WHERE u.id = b.id
--- out
SELECT (b).sizes[2], ((b).sizes)[1] FROM boxes b, users u WHERE u.deleted_at IS NULL AND (u.id = b.id)

=== A subscript with an expression
why: a subscript binds to what stands directly before it
--- in
SELECT (tags)[1 + (id > 100)::int] FROM users
--- out
SELECT (tags)[1 + (id > 100)::int] FROM users WHERE users.deleted_at IS NULL

=== A subscript of a parameter
why: a subscript binds to what stands directly before it
args: '{5,6,7}'
--- in
SELECT ($1::int[])[id] FROM users
--- out
SELECT ($1::int[])[id] FROM users WHERE users.deleted_at IS NULL

=== COLLATE and a comparison
why: a collation belongs to one operand
--- in
SELECT id FROM users WHERE name COLLATE "C" < 'b' COLLATE "C"
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL AND (name COLLATE "C" < 'b' COLLATE "C")

=== COLLATE of a concatenation
why: a collation belongs to one operand
--- in
SELECT (name || 'x') COLLATE "C" FROM users
--- out
SELECT (name || 'x') COLLATE "C" FROM users WHERE users.deleted_at IS NULL

=== COLLATE within a concatenation
why: a collation belongs to one operand
--- in
SELECT name COLLATE "C" || 'x' FROM users
--- out
SELECT name COLLATE "C" || 'x' FROM users WHERE users.deleted_at IS NULL

=== COLLATE in ORDER BY
why: a collation belongs to one operand
--- in
SELECT name FROM users ORDER BY name COLLATE "C" DESC NULLS LAST, (email COLLATE "POSIX") USING <
--- out
SELECT name FROM users WHERE users.deleted_at IS NULL ORDER BY name COLLATE "C" DESC NULLS LAST, (email COLLATE "POSIX") USING <

=== COLLATE of a cast
why: a collation belongs to one operand
--- in
SELECT id::text COLLATE "C", (id::text) COLLATE "C" < 'a' FROM users
--- out
SELECT id::text COLLATE "C", (id::text) COLLATE "C" < 'a' FROM users WHERE users.deleted_at IS NULL

=== COLLATE of a CASE
why: a collation belongs to one operand
--- in
SELECT (CASE WHEN id > 2 THEN name END) COLLATE "C" FROM users
--- out
SELECT (CASE WHEN id > 2 THEN name END) COLLATE "C" FROM users WHERE users.deleted_at IS NULL

=== COLLATE with a schema
why: a collation belongs to one operand
--- in
SELECT max(name COLLATE pg_catalog."C") FROM users
--- out
SELECT max(name COLLATE pg_catalog."C") FROM users WHERE users.deleted_at IS NULL

=== COLLATE in LIKE
why: a collation belongs to one operand
--- in
SELECT id FROM users WHERE name LIKE 'A%' COLLATE "C" OR (name COLLATE "C") = 'Bob'
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL AND (name LIKE 'A%' COLLATE "C" OR (name COLLATE "C") = 'Bob')

=== COLLATE in GROUP BY
why: a collation belongs to one operand
--- in
SELECT name COLLATE "C", count(*) FROM users GROUP BY name COLLATE "C"
--- out
SELECT name COLLATE "C", count(*) FROM users WHERE users.deleted_at IS NULL GROUP BY name COLLATE "C"

=== A custom operator and a sum
why: precedence is not what it seems
--- in
SELECT id <-|-> age + 1, (id <-|-> age) + 1 FROM users
--- out
SELECT id <-|-> age + 1, (id <-|-> age) + 1 FROM users WHERE users.deleted_at IS NULL

=== A custom operator and a product
why: precedence is not what it seems
--- in
SELECT 2 * (id <-|-> 3), 2 * id <-|-> 3 FROM users
--- out
SELECT 2 * (id <-|-> 3), 2 * id <-|-> 3 FROM users WHERE users.deleted_at IS NULL

=== A custom operator and a comparison
why: precedence is not what it seems
--- in
SELECT id FROM users WHERE id <-|-> 3 < 2 OR (id <-|-> 3) > 4
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL AND (id <-|-> 3 < 2 OR (id <-|-> 3) > 4)

=== A qualified operator
why: precedence is not what it seems
--- in
SELECT 1 OPERATOR(pg_catalog.+) id * 2, (1 OPERATOR(pg_catalog.+) id) * 2 FROM users
--- out
SELECT 1 OPERATOR(pg_catalog.+) id * 2, (1 OPERATOR(pg_catalog.+) id) * 2 FROM users WHERE users.deleted_at IS NULL

=== A qualified operator with a custom name
why: precedence is not what it seems
--- in
SELECT id OPERATOR(public.<-|->) 3 - 1 FROM users
--- out
SELECT id OPERATOR(public.<-|->) 3 - 1 FROM users WHERE users.deleted_at IS NULL

=== A qualified prefix operator
why: precedence is not what it seems
--- in
SELECT OPERATOR(pg_catalog.-) id + 1 FROM users
--- out
SELECT OPERATOR(pg_catalog.-) id + 1 FROM users WHERE users.deleted_at IS NULL

=== A minus before a power
why: precedence is not what it seems
--- in
SELECT -2 ^ id, (-2) ^ id, - (2 ^ id) FROM users WHERE id < 5
--- out
SELECT -2 ^ id, (-2) ^ id, - (2 ^ id) FROM users WHERE users.deleted_at IS NULL AND (id < 5)

=== Powers from the left
why: precedence is not what it seems
--- in
SELECT 2 ^ id ^ 2, 2 ^ (id ^ 2) FROM users WHERE id < 4
--- out
SELECT 2 ^ id ^ 2, 2 ^ (id ^ 2) FROM users WHERE users.deleted_at IS NULL AND (id < 4)

=== Subtraction from the left
why: precedence is not what it seems
--- in
SELECT age - (id - 1), age - id - 1 FROM users
--- out
SELECT age - (id - 1), age - id - 1 FROM users WHERE users.deleted_at IS NULL

=== Division and product
why: precedence is not what it seems
--- in
SELECT age / (id * 2), age / id * 2, age % (id + 1) FROM users
--- out
SELECT age / (id * 2), age / id * 2, age % (id + 1) FROM users WHERE users.deleted_at IS NULL

=== A minus of a minus
why: precedence is not what it seems
--- in
SELECT - (-id), - - id, +id FROM users
--- out
SELECT - (-id), - - id, +id FROM users WHERE users.deleted_at IS NULL

=== Bit operators
why: precedence is not what it seems
--- in
SELECT id & 3 | 4, id & (3 | 4), ~id # 1, 1 << id >> 1 FROM users
--- out
SELECT id & 3 | 4, id & (3 | 4), ~id # 1, 1 << id >> 1 FROM users WHERE users.deleted_at IS NULL

=== Comparison of comparisons
why: precedence is not what it seems
--- in
SELECT (id < 3) = (age < 40), (id = 1) <> (id = 2) FROM users
--- out
SELECT (id < 3) = (age < 40), (id = 1) <> (id = 2) FROM users WHERE users.deleted_at IS NULL

=== A sum in a LIKE
why: precedence is not what it seems
--- in
SELECT id FROM users WHERE name || 'x' LIKE 'A' || '%' AND (name ILIKE 'a%') = true
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL AND (name || 'x' LIKE 'A' || '%' AND (name ILIKE 'a%') = true)

=== A concatenation and a sum
why: precedence is not what it seems
--- in
SELECT name || (id + 1), 'x' || id + 1 || 'y' FROM (SELECT id, name FROM users) u
--- out
SELECT name || (id + 1), 'x' || id + 1 || 'y' FROM (SELECT id, name FROM users WHERE users.deleted_at IS NULL) u

=== JSON operators in a row
why: precedence is not what it seems
--- in
SELECT data -> 'level', (data ->> 'level')::int + 1, data #>> '{level}', (data -> 'level') IS NULL FROM users
--- out
SELECT data -> 'level', (data ->> 'level')::int + 1, data #>> '{level}', (data -> 'level') IS NULL FROM users WHERE users.deleted_at IS NULL

=== JSON operators and a comparison
why: precedence is not what it seems
--- in
SELECT id FROM users WHERE data ->> 'level' = '3' OR (data -> 'vip')::text = 'true' OR data @> '{"vip": false}'
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL AND (data ->> 'level' = '3' OR (data -> 'vip')::text = 'true' OR data @> '{"vip": false}')

=== JSON question marks
why: precedence is not what it seems
--- in
SELECT id FROM users WHERE data ? 'vip' OR data ?| '{level}' AND NOT data ?& ARRAY['vip', 'level']
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL AND (data ? 'vip' OR data ?| '{level}' AND NOT data ?& ARRAY['vip', 'level'])

=== Regular expressions
why: precedence is not what it seems
--- in
SELECT id FROM users WHERE name ~ '^A' AND name !~* 'x$' OR (name ~~ 'B%')
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL AND (name ~ '^A' AND name !~* 'x$' OR (name ~~ 'B%'))

=== IS in a chain
why: precedence is not what it seems
--- in
SELECT id FROM users WHERE id = 1 IS TRUE OR (id = 2) IS NOT FALSE AND age > 1 IS NOT NULL
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL AND (id = 1 IS TRUE OR (id = 2) IS NOT FALSE AND age > 1 IS NOT NULL)

=== OR within a comparison
why: precedence is not what it seems
--- in
SELECT id FROM users WHERE ((id = 1) OR (id = 2)) = ((age = 41) OR (age = 35))
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL AND (((id = 1) OR (id = 2)) = ((age = 41) OR (age = 35)))

=== A field of a field
why: rows and fields need their parentheses
--- in
SELECT ((b).corner).x, (b.corner).y FROM boxes b JOIN users u ON u.id = b.id
--- out
SELECT ((b).corner).x, (b.corner).y FROM boxes b JOIN users u ON u.id = b.id WHERE u.deleted_at IS NULL

=== A field of a row
why: rows and fields need their parentheses
--- in
SELECT (u).name, (u).age + 1 FROM users u
--- out
SELECT (u).name, (u).age + 1 FROM users u WHERE u.deleted_at IS NULL

=== A star of a row
why: rows and fields need their parentheses
--- in
SELECT (u).* FROM users u
--- out
SELECT (u).* FROM users u WHERE u.deleted_at IS NULL

=== A star of a function
why: rows and fields need their parentheses
--- in
SELECT (pair(id)).* FROM users
--- out
SELECT (pair(id)).* FROM users WHERE users.deleted_at IS NULL

=== A field of a function
why: rows and fields need their parentheses
--- in
SELECT (pair(id, 2)).q, (pair(b => 1, a => id)).p FROM users
--- out
SELECT (pair(id, 2)).q, (pair(b => 1, a => id)).p FROM users WHERE users.deleted_at IS NULL

=== A star of a sub-select's row
why: rows and fields need their parentheses
--- in
SELECT (SELECT o FROM orders o WHERE o.user_id = u.id LIMIT 1).* FROM users u
--- out
SELECT (SELECT o FROM orders o WHERE o.deleted_at IS NULL AND (o.user_id = u.id) LIMIT 1).* FROM users u WHERE u.deleted_at IS NULL

=== A field of a cast
why: rows and fields need their parentheses
--- in
SELECT ('(1,2,3)'::point3).z + id FROM users
--- out
SELECT ('(1,2,3)'::point3).z + id FROM users WHERE users.deleted_at IS NULL

=== A field through a schema
why: rows and fields need their parentheses
--- in
SELECT public.users.name, (public.users.data)['level'], (users).age FROM public.users
--- out
SELECT public.users.name, (public.users.data)['level'], (users).age FROM public.users WHERE users.deleted_at IS NULL

=== A row comparison
why: rows and fields need their parentheses
--- in
SELECT id FROM users WHERE (name, age) > ('Ann', 40)
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL AND ((name, age) > ('Ann', 40))

=== A row comparison with ROW
why: rows and fields need their parentheses
--- in
SELECT id FROM users WHERE ROW(name, age) = ROW('Ann', 41) OR ROW(id) < ROW(2)
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL AND (ROW(name, age) = ROW('Ann', 41) OR ROW(id) < ROW(2))

=== A row IN
why: rows and fields need their parentheses
--- in
SELECT id FROM users WHERE (name, age) IN (('Ann', 41), ('Bob', 35))
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL AND ((name, age) IN (('Ann', 41), ('Bob', 35)))

=== A row IN a sub-select
why: rows and fields need their parentheses
--- in
SELECT id FROM users WHERE (id, name) NOT IN (SELECT o.user_id, 'x' FROM orders o WHERE o.user_id IS NOT NULL)
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL AND ((id, name) NOT IN (SELECT o.user_id, 'x' FROM orders o WHERE o.deleted_at IS NULL AND (o.user_id IS NOT NULL)))

=== A row IS NULL
why: rows and fields need their parentheses
--- in
SELECT id FROM users WHERE (name, email) IS NULL OR ROW(boss_id, tags) IS NOT NULL
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL AND ((name, email) IS NULL OR ROW(boss_id, tags) IS NOT NULL)

=== A row IS DISTINCT FROM
why: rows and fields need their parentheses
--- in
SELECT id FROM users WHERE (name, age) IS DISTINCT FROM ('Ann', 41)
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL AND ((name, age) IS DISTINCT FROM ('Ann', 41))

=== An empty row
why: rows and fields need their parentheses
--- in
SELECT ROW(), ROW(id), ROW(id, name) FROM users
--- out
SELECT ROW(), ROW(id), ROW(id, name) FROM users WHERE users.deleted_at IS NULL

=== A nested row
why: rows and fields need their parentheses
--- in
SELECT ROW(id, ROW(name, age)) = ROW(1, ROW('Ann'::text, 41)) FROM users
--- out
SELECT ROW(id, ROW(name, age)) = ROW(1, ROW('Ann'::text, 41)) FROM users WHERE users.deleted_at IS NULL

=== OVERLAPS
why: rows and fields need their parentheses
--- in
SELECT id FROM orders WHERE (placed, placed + 2) OVERLAPS (date '2024-02-02', interval '1 day')
--- out
SELECT id FROM orders WHERE orders.deleted_at IS NULL AND ((placed, placed + 2) OVERLAPS (date '2024-02-02', interval '1 day'))

=== BETWEEN SYMMETRIC
why: a construct with words of its own
--- in
SELECT id FROM users WHERE age BETWEEN SYMMETRIC 45 AND 30
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL AND (age BETWEEN SYMMETRIC 45 AND 30)

=== NOT BETWEEN SYMMETRIC
why: a construct with words of its own
--- in
SELECT id FROM users WHERE age NOT BETWEEN SYMMETRIC 45 AND 30 OR (id BETWEEN 1 AND 2) IS FALSE
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL AND (age NOT BETWEEN SYMMETRIC 45 AND 30 OR (id BETWEEN 1 AND 2) IS FALSE)

=== BETWEEN with arithmetic
why: a construct with words of its own
--- in
SELECT id FROM users WHERE age BETWEEN 30 + 1 AND (40 + 2) AND id > 0
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL AND (age BETWEEN 30 + 1 AND (40 + 2) AND id > 0)

=== LIKE ESCAPE
why: a construct with words of its own
--- in
SELECT id FROM users WHERE name LIKE 'A!_%' ESCAPE '!' OR name NOT ILIKE '%x%' ESCAPE ''
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL AND (name LIKE 'A!_%' ESCAPE '!' OR name NOT ILIKE '%x%' ESCAPE '')

=== SIMILAR TO
why: a construct with words of its own
--- in
SELECT id FROM users WHERE name SIMILAR TO '(A|B)%' OR name NOT SIMILAR TO 'x#%' ESCAPE '#'
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL AND (name SIMILAR TO '(A|B)%' OR name NOT SIMILAR TO 'x#%' ESCAPE '#')

=== IS NORMALIZED
why: a construct with words of its own
--- in
SELECT id FROM users WHERE name IS NFC NORMALIZED AND (name IS NOT NFKD NORMALIZED) IS FALSE
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL AND (name IS NFC NORMALIZED AND (name IS NOT NFKD NORMALIZED) IS FALSE)

=== IS DOCUMENT
why: a construct with words of its own
--- in
SELECT ('<a/>'::xml IS DOCUMENT) = (id > 1) FROM users
--- out
SELECT ('<a/>'::xml IS DOCUMENT) = (id > 1) FROM users WHERE users.deleted_at IS NULL

=== ANY with a cast
why: a construct with words of its own
--- in
SELECT id FROM users WHERE id = ANY ('{1,2,3}'::int[]) OR (age = ANY (ARRAY[41])) IS NULL
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL AND (id = ANY ('{1,2,3}'::int[]) OR (age = ANY (ARRAY[41])) IS NULL)

=== ALL with an operator
why: a construct with words of its own
--- in
SELECT id FROM users WHERE id < ALL (ARRAY[5, 6]) AND name LIKE ANY ('{A%,B%}'::text[])
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL AND (id < ALL (ARRAY[5, 6]) AND name LIKE ANY ('{A%,B%}'::text[]))

=== ANY with a qualified operator
why: a construct with words of its own
--- in
SELECT id FROM users WHERE id OPERATOR(pg_catalog.=) ANY (ARRAY(SELECT user_id FROM orders))
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL AND (id OPERATOR(pg_catalog.=) ANY (ARRAY(SELECT user_id FROM orders WHERE orders.deleted_at IS NULL)))

=== VARIADIC
why: a construct with words of its own
--- in
SELECT add_up(VARIADIC ARRAY[id, 1]), concat_ws(',', VARIADIC coalesce(tags, '{}')) FROM users
--- out
SELECT add_up(VARIADIC ARRAY[id, 1]), concat_ws(',', VARIADIC coalesce(tags, '{}')) FROM users WHERE users.deleted_at IS NULL

=== Typed literals
why: a construct with words of its own
--- in
SELECT date '2024-01-01' + id, int4 '7' + id, text 'x' || id, bool 't' = (id > 1), point '(1,2)' FROM users
--- out
SELECT date '2024-01-01' + id, int4 '7' + id, text 'x' || id, bool 't' = (id > 1), point '(1,2)' FROM users WHERE users.deleted_at IS NULL

=== Intervals with fields
why: a construct with words of its own
--- in
SELECT placed + interval '1' day, placed + interval '1-2' year to month, interval '1.5' second(1) * id, interval(0) '1.6 s' FROM orders
--- out
SELECT placed + interval '1' day, placed + interval '1-2' year to month, interval '1.5' second(1) * id, interval(0) '1.6 s' FROM orders WHERE orders.deleted_at IS NULL

=== Typed literals with modifiers
why: a construct with words of its own
--- in
SELECT timestamp(0) '2024-01-01 10:00:00.6', time(0) with time zone '10:00:00.6+01', numeric(5, 1) '1.26' + id, bit(3) '101' FROM users
--- out
SELECT timestamp(0) '2024-01-01 10:00:00.6', time(0) with time zone '10:00:00.6+01', numeric(5, 1) '1.26' + id, bit(3) '101' FROM users WHERE users.deleted_at IS NULL

=== Special functions
why: a construct with words of its own
--- in
SELECT substring(name FROM 1 FOR 2), overlay(name PLACING 'x' FROM 1 FOR 1), position('n' IN name), trim(LEADING 'A' FROM name), collation for (name) FROM users
--- out
SELECT substring(name FROM 1 FOR 2), overlay(name PLACING 'x' FROM 1 FOR 1), position('n' IN name), trim(LEADING 'A' FROM name), collation for (name) FROM users WHERE users.deleted_at IS NULL

=== Special values
why: a construct with words of its own
--- in
SELECT current_user = session_user, (current_date IS NULL)::int, localtime(0) IS NULL, current_schema FROM users
--- out
SELECT current_user = session_user, (current_date IS NULL)::int, localtime(0) IS NULL, current_schema FROM users WHERE users.deleted_at IS NULL

=== extract
why: a construct with words of its own
--- in
SELECT extract(epoch FROM (placed - date '2024-01-01') * interval '1 day')::int, extract('dow' FROM placed) FROM orders
--- out
SELECT extract(epoch FROM (placed - date '2024-01-01') * interval '1 day')::int, extract('dow' FROM placed) FROM orders WHERE orders.deleted_at IS NULL

=== COALESCE, NULLIF, GREATEST
why: a construct with words of its own
--- in
SELECT coalesce(nullif(age, 41), 0) + greatest(id, 3, NULL) - least(id, age) FROM users
--- out
SELECT coalesce(nullif(age, 41), 0) + greatest(id, 3, NULL) - least(id, age) FROM users WHERE users.deleted_at IS NULL

=== CASE of a CASE
why: a construct with words of its own
--- in
SELECT CASE CASE WHEN id > 2 THEN 1 END WHEN 1 THEN (CASE age WHEN 52 THEN 'x' ELSE 'y' END) ELSE 'z' END || 'w' FROM users
--- out
SELECT CASE CASE WHEN id > 2 THEN 1 END WHEN 1 THEN (CASE age WHEN 52 THEN 'x' ELSE 'y' END) ELSE 'z' END || 'w' FROM users WHERE users.deleted_at IS NULL

=== FILTER and WITHIN GROUP
why: a construct with words of its own
--- in
SELECT count(*) FILTER (WHERE age > 30), mode() WITHIN GROUP (ORDER BY name) FILTER (WHERE id > 1), (max(age) FILTER (WHERE id < 3)) + 1 FROM users
--- out
SELECT count(*) FILTER (WHERE age > 30), mode() WITHIN GROUP (ORDER BY name) FILTER (WHERE id > 1), (max(age) FILTER (WHERE id < 3)) + 1 FROM users WHERE users.deleted_at IS NULL

=== Windows
why: a construct with words of its own
--- in
SELECT sum(age) OVER (PARTITION BY name ORDER BY id ROWS BETWEEN 1 PRECEDING AND UNBOUNDED FOLLOWING EXCLUDE TIES), (first_value(id) OVER w) + 1 FROM users WINDOW w AS (ORDER BY id RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING), v AS (PARTITION BY name), x AS (v ORDER BY id)
--- out
SELECT sum(age) OVER (PARTITION BY name ORDER BY id ROWS BETWEEN 1 PRECEDING AND UNBOUNDED FOLLOWING EXCLUDE TIES), (first_value(id) OVER w) + 1 FROM users WHERE users.deleted_at IS NULL WINDOW w AS (ORDER BY id RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING), v AS (PARTITION BY name), x AS (v ORDER BY id)

=== DISTINCT within aggregates
why: a construct with words of its own
--- in
SELECT count(DISTINCT name), string_agg(DISTINCT name, ',' ORDER BY name), array_agg(ALL id ORDER BY age DESC NULLS LAST, id) FROM users
--- out
SELECT count(DISTINCT name), string_agg(DISTINCT name, ',' ORDER BY name), array_agg(ALL id ORDER BY age DESC NULLS LAST, id) FROM users WHERE users.deleted_at IS NULL

=== ORDER BY USING
why: a construct with words of its own
--- in
SELECT id FROM users ORDER BY age USING > , id USING <
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL ORDER BY age USING > , id USING <

=== Big and small numbers
why: a construct with words of its own
--- in
SELECT id + 1e3, .5 * id, 5. + id, 12345678901234567890 + id, -9223372036854775808, 1.e-3 FROM (SELECT id FROM users) x
--- out
SELECT id + 1e3, .5 * id, 5. + id, 12345678901234567890 + id, -9223372036854775808, 1.e-3 FROM (SELECT id FROM users WHERE users.deleted_at IS NULL) x

=== Bit and hex strings
why: a construct with words of its own
--- in
SELECT B'101' | X'5'::bit(3), id::bit(3) & B'011' FROM users
--- out
SELECT B'101' | X'5'::bit(3), id::bit(3) & B'011' FROM users WHERE users.deleted_at IS NULL

=== Aliases that are keywords
why: a construct with words of its own
--- in
SELECT id AS "select", name AS from, age AS "order", (id = 1) AS is FROM users
--- out
SELECT id AS "select", name AS from, age AS "order", (id = 1) AS is FROM users WHERE users.deleted_at IS NULL

=== Functions named like keywords
why: a construct with words of its own
--- in
SELECT left(name, 1), right(name, 1), char_length(name), replace(name, 'n', 'm'), "left"(name, 2) FROM users
--- out
SELECT left(name, 1), right(name, 1), char_length(name), replace(name, 'n', 'm'), "left"(name, 2) FROM users WHERE users.deleted_at IS NULL

=== XML
why: a construct with words of its own
--- in
SELECT xmlelement(name "a b", xmlattributes(id AS "n"), name), xmlserialize(CONTENT xmlforest(name AS n) AS text), xmlroot(xmlelement(name x), VERSION '1.0', STANDALONE YES)::text FROM users
--- out
SELECT xmlelement(name "a b", xmlattributes(id AS "n"), name), xmlserialize(CONTENT xmlforest(name AS n) AS text), xmlroot(xmlelement(name x), VERSION '1.0', STANDALONE YES)::text FROM users WHERE users.deleted_at IS NULL

=== GROUPING SETS in a row
why: a construct with words of its own
--- in
SELECT name, age, (grouping(name, age)) + 1 FROM users GROUP BY GROUPING SETS (ROLLUP (name), CUBE (age), (name, age), ())
--- out
SELECT name, age, (grouping(name, age)) + 1 FROM users WHERE users.deleted_at IS NULL GROUP BY GROUPING SETS (ROLLUP (name), CUBE (age), (name, age), ())

=== LIMIT ALL
why: a construct with words of its own
--- in
SELECT id FROM users ORDER BY id LIMIT ALL OFFSET (1 + 1) ROWS
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL ORDER BY id LIMIT ALL OFFSET (1 + 1) ROWS

=== A set operation in parentheses
why: a construct with words of its own
--- in
(SELECT id FROM users ORDER BY id LIMIT 2) UNION ((SELECT id FROM orders) EXCEPT ALL (SELECT id FROM orders WHERE (total > 5) IS TRUE))
--- out
(SELECT id FROM users WHERE users.deleted_at IS NULL ORDER BY id LIMIT 2) UNION ((SELECT id FROM orders WHERE orders.deleted_at IS NULL) EXCEPT ALL (SELECT id FROM orders WHERE orders.deleted_at IS NULL AND ((total > 5) IS TRUE)))

=== A join in parentheses with USING
why: a construct with words of its own
--- in
SELECT * FROM (users JOIN accounts USING (id)) LEFT JOIN ((VALUES (1, 2)) AS v (id, w) CROSS JOIN cities c (cid)) USING (id)
--- out
SELECT * FROM (users JOIN accounts USING (id)) LEFT JOIN ((VALUES (1, 2)) AS v (id, w) CROSS JOIN cities c (cid)) USING (id) WHERE users.deleted_at IS NULL AND accounts.deleted_at IS NULL

=== A function in FROM with a definition
why: a construct with words of its own
--- in
SELECT j.a, u.id FROM users u, json_to_record('{"a": 1}') AS j (a int, b text) WHERE (j.b IS NULL) = true
--- out
SELECT j.a, u.id FROM users u, json_to_record('{"a": 1}') AS j (a int, b text) WHERE u.deleted_at IS NULL AND ((j.b IS NULL) = true)

=== WITH ORDINALITY and ROWS FROM
why: a construct with words of its own
--- in
SELECT u.id, t.n FROM users u, ROWS FROM (unnest(u.tags), generate_series(1, 2)) WITH ORDINALITY AS t (tag, g, n)
--- out
SELECT u.id, t.n FROM users u, ROWS FROM (unnest(u.tags), generate_series(1, 2)) WITH ORDINALITY AS t (tag, g, n) WHERE u.deleted_at IS NULL

=== IS JSON
why: newer constructs, which older deparsers do not know
needs: 16
--- in
SELECT id FROM users WHERE (name IS JSON) = false OR data::text IS NOT JSON ARRAY
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL AND ((name IS JSON) = false OR data::text IS NOT JSON ARRAY)

=== IS JSON WITH UNIQUE KEYS
why: newer constructs, which older deparsers do not know
needs: 16
--- in
SELECT id, (data::text IS JSON OBJECT WITH UNIQUE KEYS)::int FROM users
--- out
SELECT id, (data::text IS JSON OBJECT WITH UNIQUE KEYS)::int FROM users WHERE users.deleted_at IS NULL

=== JSON_OBJECT
why: newer constructs, which older deparsers do not know
needs: 16
--- in
SELECT JSON_OBJECT('id': id, 'n' VALUE name ABSENT ON NULL WITH UNIQUE KEYS RETURNING jsonb) -> 'id' FROM users
--- out
SELECT JSON_OBJECT('id': id, 'n' VALUE name ABSENT ON NULL WITH UNIQUE KEYS RETURNING jsonb) -> 'id' FROM users WHERE users.deleted_at IS NULL

=== JSON_ARRAY
why: newer constructs, which older deparsers do not know
needs: 16
--- in
SELECT JSON_ARRAY(id, name NULL ON NULL) FROM users
--- out
SELECT JSON_ARRAY(id, name NULL ON NULL) FROM users WHERE users.deleted_at IS NULL

=== JSON_ARRAYAGG
why: newer constructs, which older deparsers do not know
needs: 16
--- in
SELECT JSON_ARRAYAGG(name ORDER BY id ABSENT ON NULL) FILTER (WHERE age > 1) FROM users
--- out
SELECT JSON_ARRAYAGG(name ORDER BY id ABSENT ON NULL) FILTER (WHERE age > 1) FROM users WHERE users.deleted_at IS NULL

=== JSON_OBJECTAGG
why: newer constructs, which older deparsers do not know
needs: 16
--- in
SELECT JSON_OBJECTAGG(id: name NULL ON NULL) OVER (ORDER BY id) FROM users
--- out
SELECT JSON_OBJECTAGG(id: name NULL ON NULL) OVER (ORDER BY id) FROM users WHERE users.deleted_at IS NULL

=== Number bases
why: newer constructs, which older deparsers do not know
needs: 16
--- in
SELECT 0x1F + id, 0o17, 0b101, 1_000 FROM users
--- out
SELECT 0x1F + id, 0o17, 0b101, 1_000 FROM users WHERE users.deleted_at IS NULL

=== A function without parentheses
why: newer constructs, which older deparsers do not know
needs: 16
--- in
SELECT system_user IS NULL, any_value(name) FROM users WHERE name IS NOT NULL
--- out
SELECT system_user IS NULL, any_value(name) FROM users WHERE users.deleted_at IS NULL AND (name IS NOT NULL)
