# Upserts and MERGE that set a marker.

=== DO UPDATE that deletes
why: what follows from a delete could not follow
policy: pair
--- in
INSERT INTO makers (id, name) VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET deleted_at = now()
--- refused
softdelete: refused INSERT on makers at character 13: this upsert could delete a row, and its foreign keys would not be followed; leave deleted_at out of DO UPDATE SET, and delete with DELETE

=== DO UPDATE with NULL
why: that is what live rows have
policy: pair
--- in
INSERT INTO makers (id, name) VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET name = excluded.name, deleted_at = NULL
--- out
INSERT INTO makers (id, name) VALUES (1, 'x') ON CONFLICT (id) WHERE deleted_at IS NULL DO UPDATE SET name = excluded.name, deleted_at = NULL WHERE CASE WHEN makers.deleted_at IS NULL THEN true ELSE ('softdelete:23505:makers:' || makers.deleted_at::text)::int = 0 END

=== DO UPDATE without the marker
twin: nothing is deleted
policy: pair
--- in
INSERT INTO makers (id, name) VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET name = excluded.name
--- out
INSERT INTO makers (id, name) VALUES (1, 'x') ON CONFLICT (id) WHERE deleted_at IS NULL DO UPDATE SET name = excluded.name WHERE CASE WHEN makers.deleted_at IS NULL THEN true ELSE ('softdelete:23505:makers:' || makers.deleted_at::text)::int = 0 END

=== DO UPDATE with a parameter that is NULL
why: it is judged by its value
policy: pair
args: NULL
--- in
INSERT INTO makers (id, name) VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET name = excluded.name, deleted_at = $1
--- out
INSERT INTO makers (id, name) VALUES (1, 'x') ON CONFLICT (id) WHERE deleted_at IS NULL DO UPDATE SET name = excluded.name, deleted_at = $1 WHERE CASE WHEN makers.deleted_at IS NULL THEN true ELSE ('softdelete:23505:makers:' || makers.deleted_at::text)::int = 0 END

=== DO UPDATE with a parameter that is a time
why: as above
policy: pair
args: '2026-01-02'
--- in
INSERT INTO makers (id, name) VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET name = excluded.name, deleted_at = $1
--- refused
softdelete: refused INSERT on makers: ON CONFLICT DO UPDATE sets deleted_at to $1, whose value would delete a row without following its foreign keys; delete with DELETE

=== DO UPDATE with excluded's marker, a parameter that is NULL
why: excluded is what VALUES has, as GORM's upserts write it
policy: pair
args: 1, 'x', NULL
--- in
INSERT INTO makers (id, name, deleted_at) VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET name = excluded.name, deleted_at = excluded.deleted_at
--- out
INSERT INTO makers (id, name, deleted_at) VALUES ($1, $2, $3) ON CONFLICT (id) WHERE deleted_at IS NULL DO UPDATE SET name = excluded.name, deleted_at = excluded.deleted_at WHERE CASE WHEN makers.deleted_at IS NULL THEN true ELSE ('softdelete:23505:makers:' || makers.deleted_at::text)::int = 0 END

=== DO UPDATE with excluded's marker, a parameter that is a time
why: as above
policy: pair
args: 1, 'x', '2026-01-02'
--- in
INSERT INTO makers (id, name, deleted_at) VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET name = excluded.name, deleted_at = excluded.deleted_at
--- refused
softdelete: refused INSERT on makers: ON CONFLICT DO UPDATE sets deleted_at to $3, whose value would delete a row without following its foreign keys; delete with DELETE

=== DO UPDATE with excluded's marker, several rows
why: each row's value counts
policy: pair
args: NULL, '2026-01-02'
--- in
INSERT INTO makers (id, name, deleted_at) VALUES (1, 'x', $1), (4, 'y', $2) ON CONFLICT (id) DO UPDATE SET deleted_at = excluded.deleted_at
--- refused
softdelete: refused INSERT on makers: ON CONFLICT DO UPDATE sets deleted_at to $2, whose value would delete a row without following its foreign keys; delete with DELETE

=== DO UPDATE with excluded's marker, which is not inserted
why: it is the column's default
policy: pair
--- in
INSERT INTO makers (id, name) VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET name = excluded.name, deleted_at = excluded.deleted_at
--- out
INSERT INTO makers (id, name) VALUES (1, 'x') ON CONFLICT (id) WHERE deleted_at IS NULL DO UPDATE SET name = excluded.name, deleted_at = excluded.deleted_at WHERE CASE WHEN makers.deleted_at IS NULL THEN true ELSE ('softdelete:23505:makers:' || makers.deleted_at::text)::int = 0 END

=== DO UPDATE with excluded's marker, of a SELECT
why: what it selects is not known
policy: pair
--- in
INSERT INTO makers (id, name, deleted_at) SELECT 1, 'x', NULL ON CONFLICT (id) DO UPDATE SET deleted_at = excluded.deleted_at
--- refused
softdelete: refused INSERT on makers at character 13: this upsert could delete a row, and its foreign keys would not be followed; leave deleted_at out of DO UPDATE SET, and delete with DELETE

=== DO UPDATE with excluded's marker, without a column list
why: the order of the columns is not known
policy: pair
--- in
INSERT INTO makers VALUES (1, 'x', 'y', NULL) ON CONFLICT (id) DO UPDATE SET deleted_at = excluded.deleted_at
--- refused
softdelete: refused INSERT on makers at character 13: this upsert could delete a row, and its foreign keys would not be followed; leave deleted_at out of DO UPDATE SET, and delete with DELETE

=== DO UPDATE with the row's own marker
why: the row in conflict is live, or the statement fails
policy: pair
--- in
INSERT INTO makers (id, name) VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET deleted_at = makers.deleted_at
--- out
INSERT INTO makers (id, name) VALUES (1, 'x') ON CONFLICT (id) WHERE deleted_at IS NULL DO UPDATE SET deleted_at = makers.deleted_at WHERE CASE WHEN makers.deleted_at IS NULL THEN true ELSE ('softdelete:23505:makers:' || makers.deleted_at::text)::int = 0 END

=== DO UPDATE with DEFAULT
why: what rows are born with is live
policy: pair
--- in
INSERT INTO makers (id, name) VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET deleted_at = DEFAULT
--- out
INSERT INTO makers (id, name) VALUES (1, 'x') ON CONFLICT (id) WHERE deleted_at IS NULL DO UPDATE SET deleted_at = DEFAULT WHERE CASE WHEN makers.deleted_at IS NULL THEN true ELSE ('softdelete:23505:makers:' || makers.deleted_at::text)::int = 0 END

=== DO UPDATE of several columns at once
why: each has its expression
policy: pair
--- in
INSERT INTO makers (id, name) VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET (name, deleted_at) = (excluded.name, now())
--- refused
softdelete: refused INSERT on makers at character 13: this upsert could delete a row, and its foreign keys would not be followed; leave deleted_at out of DO UPDATE SET, and delete with DELETE

=== DO UPDATE of several columns at once, of a sub-select
why: what it selects is not known
policy: pair
--- in
INSERT INTO makers (id, name) VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET (name, deleted_at) = (SELECT 'x', NULL::timestamptz)
--- refused
softdelete: refused INSERT on makers at character 13: this upsert could delete a row, and its foreign keys would not be followed; leave deleted_at out of DO UPDATE SET, and delete with DELETE

=== DO NOTHING
twin: nothing is deleted
policy: pair
--- in
INSERT INTO makers (id, name, deleted_at) VALUES (1, 'x', now()) ON CONFLICT (id) DO NOTHING
--- out
INSERT INTO makers (id, name, deleted_at) VALUES (1, 'x', now()) ON CONFLICT (id) WHERE deleted_at IS NULL DO UPDATE SET deleted_at = makers.deleted_at WHERE CASE WHEN makers.deleted_at IS NULL THEN false ELSE ('softdelete:23505:makers:' || makers.deleted_at::text)::int = 0 END

=== DO UPDATE that deletes, a table without consequences
why: nothing follows from it; the id stays NULL, as for a row that is inserted deleted
policy: family_plain
undo: no, it has no id
--- in
INSERT INTO fam.plain (id, name) VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET deleted_at = now()
--- twin
DELETE FROM fam.plain WHERE id = 1
--- out
INSERT INTO fam.plain (id, name) VALUES (1, 'x') ON CONFLICT (id) WHERE deleted_at IS NULL DO UPDATE SET deleted_at = now() WHERE CASE WHEN plain.deleted_at IS NULL THEN true ELSE ('softdelete:23505:plain:' || plain.deleted_at::text)::int = 0 END

=== DO UPDATE that deletes, with a journal
why: it would not be noted
policy: family
--- in
INSERT INTO fam.plain (id, name) VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET deleted_at = now()
--- refused
softdelete: refused INSERT on fam.plain at character 13: this upsert could delete a row, and its foreign keys would not be followed; leave deleted_at out of DO UPDATE SET, and delete with DELETE

=== An INSERT of a deleted row
why: it is no delete, and nothing refers to it yet
policy: pair
--- in
INSERT INTO makers (id, name, deleted_at) VALUES (20, 'x', '2026-01-02')
--- same

=== MERGE with DELETE
why: it cannot follow foreign keys
policy: pair
--- in
MERGE INTO makers USING (SELECT 1 AS id) AS s ON makers.id = s.id WHEN MATCHED THEN DELETE
--- refused
softdelete: refused MERGE on makers at character 12: MERGE with DELETE cannot follow foreign keys, keep a journal, or give two DELETEs one id; use DELETE … USING

=== MERGE with DELETE, a table without consequences
why: the id is set with the marker
policy: family_plain
--- in
MERGE INTO fam.tags USING (SELECT 1 AS id) AS s ON tags.id = s.id WHEN MATCHED THEN DELETE
--- out
MERGE INTO fam.tags USING (SELECT 1 AS id) AS s ON tags.deleted_at IS NULL AND (tags.id = s.id) WHEN MATCHED THEN UPDATE SET deleted_at = now(), deletion_id = (SELECT gen_random_uuid())

=== MERGE with two DELETEs, a table with ids
why: each would have an id of its own
policy: family_plain
--- in
MERGE INTO fam.tags USING (VALUES (1), (2)) AS s(id) ON tags.id = s.id WHEN MATCHED AND s.id = 1 THEN DELETE WHEN MATCHED THEN DELETE
--- refused
softdelete: refused MERGE on fam.tags at character 12: MERGE with DELETE cannot follow foreign keys, keep a journal, or give two DELETEs one id; use DELETE … USING

=== MERGE with two DELETEs, a table without ids
twin: there is nothing that they would have to share
policy: family_plain
--- in
MERGE INTO fam.plain USING (VALUES (1), (2)) AS s(id) ON plain.id = s.id WHEN MATCHED AND s.id = 1 THEN DELETE WHEN MATCHED THEN DELETE
--- out
MERGE INTO fam.plain USING (VALUES (1), (2)) AS s(id) ON plain.deleted_at IS NULL AND (plain.id = s.id) WHEN MATCHED AND s.id = 1 THEN UPDATE SET deleted_at = now() WHEN MATCHED THEN UPDATE SET deleted_at = now()

=== MERGE with DELETE, with a journal
why: it would not be noted
policy: family
--- in
MERGE INTO fam.plain USING (SELECT 1 AS id) AS s ON plain.id = s.id WHEN MATCHED THEN DELETE
--- refused
softdelete: refused MERGE on fam.plain at character 12: MERGE with DELETE cannot follow foreign keys, keep a journal, or give two DELETEs one id; use DELETE … USING

=== MERGE with DELETE, who and why
why: they are set with the marker
policy: family_signed
scope: actor ann
scope: reason spam
--- in
MERGE INTO fam.tags USING (SELECT 1 AS id) AS s ON tags.id = s.id WHEN MATCHED THEN DELETE
--- out
MERGE INTO fam.tags USING (SELECT 1 AS id) AS s ON tags.deleted_at IS NULL AND (tags.id = s.id) WHEN MATCHED THEN UPDATE SET deleted_at = now(), deletion_id = (SELECT gen_random_uuid()), deleted_by = $1::text, reason = $2::text

=== MERGE that sets the marker
why: as a MERGE with DELETE
policy: pair
--- in
MERGE INTO makers USING (SELECT 1 AS id) AS s ON makers.id = s.id WHEN MATCHED THEN UPDATE SET deleted_at = now()
--- refused
softdelete: refused MERGE on makers at character 12: MERGE that sets the marker cannot follow foreign keys; use DELETE … USING

=== MERGE that sets the marker to NULL
twin: nothing is deleted
policy: pair
--- in
MERGE INTO makers USING (SELECT 1 AS id) AS s ON makers.id = s.id WHEN MATCHED THEN UPDATE SET name = 'x', deleted_at = NULL
--- out
MERGE INTO makers USING (SELECT 1 AS id) AS s ON makers.deleted_at IS NULL AND (makers.id = s.id) WHEN MATCHED THEN UPDATE SET name = 'x', deleted_at = NULL

=== MERGE that sets the marker to a parameter
why: what it is, is not known in time
policy: pair
args: NULL
--- in
MERGE INTO makers USING (SELECT 1 AS id) AS s ON makers.id = s.id WHEN MATCHED THEN UPDATE SET deleted_at = $1
--- refused
softdelete: refused MERGE on makers at character 12: MERGE that sets the marker cannot follow foreign keys; use DELETE … USING

=== MERGE that sets the marker, a table with an id
why: the id would not be set
policy: family_plain
--- in
MERGE INTO fam.tags USING (SELECT 1 AS id) AS s ON tags.id = s.id WHEN MATCHED THEN UPDATE SET deleted_at = now()
--- refused
softdelete: refused MERGE on fam.tags at character 12: MERGE that sets the marker cannot follow foreign keys; use DELETE … USING

=== MERGE that sets the marker, nothing but a marker
twin: there is nothing else to set
policy: family_plain
--- in
MERGE INTO fam.plain USING (SELECT 1 AS id) AS s ON plain.id = s.id WHEN MATCHED THEN UPDATE SET deleted_at = now()
--- twin
DELETE FROM fam.plain WHERE id = 1
--- out
MERGE INTO fam.plain USING (SELECT 1 AS id) AS s ON plain.deleted_at IS NULL AND (plain.id = s.id) WHEN MATCHED THEN UPDATE SET deleted_at = now()
