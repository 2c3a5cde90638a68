package ddl

import "strings"

// The functions of the triggers that keep the rows which any client deletes. One
// deletion may be many statements: a foreign key's ON DELETE CASCADE deletes by
// statements of its own, whose AFTER triggers fire only when those of the first have. So
// what is going on is in a setting of the transaction, as JSON: the id of the deletion, by
// whom and why, the table that was named first, how many rows have been recorded of which
// table, and how many statements have begun and not ended. For each that PostgreSQL
// begins it fires BEFORE and AFTER triggers once; at the last end the deletion is complete.
//
// All that one statement took is recorded by one statement. Rows that an UPDATE moves
// to another partition are not among them: row triggers would see them deleted.
const (
	beginFunction  = "softdelete_archive_begin"
	recordFunction = "softdelete_archive"
	linkFunction   = "softdelete_archive_link"
)

// Arguments of the triggers are the table as the policy names it, and its key as an array.
const beginSource = `
DECLARE
  deletion jsonb := nullif(current_setting('softdelete.deletion', true), '');
  n bigint := 0;
BEGIN
  PERFORM set_config('search_path', current_setting('search_path') || ', pg_temp', true);
  IF deletion IS NULL THEN
    deletion := jsonb_build_object('id', gen_random_uuid(), 'table', TG_ARGV[0], 'open', 0, 'rows', '{}'::jsonb,
      'actor', nullif(current_setting('softdelete.actor', true), ''), 'reason', nullif(current_setting('softdelete.reason', true), ''));
  END IF;
  IF TG_OP = 'TRUNCATE' THEN
    EXECUTE format('INSERT INTO deletion_records (deletion_id, table_name, key, data, actor, reason)
      SELECT ($1 ->> ''id'')::uuid, $2, (SELECT jsonb_object_agg(k, g.data -> k) FROM unnest($3) AS k), g.data, $1 ->> ''actor'', $1 ->> ''reason''
      FROM (SELECT to_jsonb(t) AS data FROM ONLY %I.%I AS t) AS g', TG_TABLE_SCHEMA, TG_TABLE_NAME)
    USING deletion, TG_ARGV[0], TG_ARGV[1]::text[];
    GET DIAGNOSTICS n = ROW_COUNT;
  END IF;
  PERFORM set_config('softdelete.deletion', (deletion || jsonb_build_object('open', (deletion ->> 'open')::int + 1,
    'rows', deletion -> 'rows' || jsonb_build_object(TG_ARGV[0], coalesce((deletion -> 'rows' ->> TG_ARGV[0])::bigint, 0) + n)))::text, true);
  RETURN NULL;
END
`

// What the driver deletes it has recorded itself, in this transaction. Its id is that of
// what the database deletes besides, such as a child that came while the statement
// waited, and of what other triggers have deleted on that occasion.
//
// plpgsql keeps plans, be they made for one row and an empty archive or for a million. So
// nothing is joined, each look-up is by an index, even if there is little to look into
// yet, and OFFSET keeps max from reading the newest records first.
const recordSource = `
DECLARE
  deletion jsonb := current_setting('softdelete.deletion');
  driver jsonb;
  n bigint;
BEGIN
  PERFORM set_config('search_path', current_setting('search_path') || ', pg_temp', true);
  IF TG_OP = 'DELETE' THEN
    WITH gone AS MATERIALIZED (
      SELECT k.key, g.data, (SELECT max(r.id) FROM (SELECT d.id FROM deletion_records AS d
        WHERE d.table_name = TG_ARGV[0] AND d.key = k.key AND d.xact = pg_current_xact_id() OFFSET 0) AS r) AS known
      FROM (SELECT to_jsonb(o) AS data FROM old_rows AS o) AS g
      CROSS JOIN LATERAL (SELECT jsonb_object_agg(c, g.data -> c) AS key FROM unnest(TG_ARGV[1]::text[]) AS c) AS k
    ), known AS (
      UPDATE deletion_records AS r SET xact = NULL WHERE r.id = ANY (ARRAY(SELECT g.known FROM gone AS g WHERE g.known IS NOT NULL))
      RETURNING jsonb_build_object('id', r.deletion_id, 'actor', r.actor, 'reason', r.reason) AS facts
    ), by AS (
      SELECT coalesce((SELECT deletion || k.facts FROM known AS k LIMIT 1), deletion) AS facts
    ), new AS (
      INSERT INTO deletion_records (deletion_id, table_name, key, data, actor, reason)
      SELECT (by.facts ->> 'id')::uuid, TG_ARGV[0], g.key, g.data, by.facts ->> 'actor', by.facts ->> 'reason'
      FROM gone AS g CROSS JOIN by WHERE g.known IS NULL
      RETURNING id
    )
    SELECT by.facts, (SELECT count(*) FROM new) INTO driver, n FROM by;
    IF driver ->> 'id' <> deletion ->> 'id' THEN
      UPDATE deletion_records SET deletion_id = (driver ->> 'id')::uuid, actor = driver ->> 'actor', reason = driver ->> 'reason'
      WHERE deletion_id = (deletion ->> 'id')::uuid;
{links}
    END IF;
    deletion := driver || jsonb_build_object('rows', deletion -> 'rows' ||
      jsonb_build_object(TG_ARGV[0], coalesce((deletion -> 'rows' ->> TG_ARGV[0])::bigint, 0) + n));
  END IF;
  IF (deletion ->> 'open')::int > 1 THEN
    PERFORM set_config('softdelete.deletion', (deletion || jsonb_build_object('open', (deletion ->> 'open')::int - 1))::text, true);
    RETURN NULL;
  END IF;
  PERFORM set_config('softdelete.deletion', '', true);
{journal}
  RETURN NULL;
END
`

const moveLinks = `      UPDATE softdelete_links SET deletion_id = (driver ->> 'id')::uuid WHERE deletion_id = (deletion ->> 'id')::uuid;`

// An entry that is there is the driver's.
const keepJournal = `  INSERT INTO softdelete_deletions AS j (id, table_name, actor, reason, rows)
  SELECT (deletion ->> 'id')::uuid, deletion ->> 'table', deletion ->> 'actor', deletion ->> 'reason', jsonb_object_agg(r.key, r.value)
  FROM jsonb_each(deletion -> 'rows') AS r WHERE r.value <> '0' HAVING count(*) > 0
  ON CONFLICT (id, part) DO UPDATE SET rows = j.rows || (SELECT jsonb_object_agg(r.key, r.value::bigint + coalesce((j.rows ->> r.key)::bigint, 0))
    FROM jsonb_each_text(excluded.rows) AS r);`

// What ON DELETE SET NULL or SET DEFAULT changes is written down before the deletion is
// complete: the foreign key's trigger, in which this one fires, comes before that. The
// third argument is the columns that change. A row of two deleted parents changes twice.
const linkSource = `
DECLARE
  deletion jsonb := nullif(current_setting('softdelete.deletion', true), '');
  before jsonb := to_jsonb(OLD);
  after jsonb := to_jsonb(NEW);
BEGIN
  IF deletion IS NULL THEN
    RETURN NEW;
  END IF;
  PERFORM set_config('search_path', current_setting('search_path') || ', pg_temp', true);
  INSERT INTO softdelete_links AS l (deletion_id, table_name, key, old, new)
  SELECT (deletion ->> 'id')::uuid, TG_ARGV[0], (SELECT jsonb_object_agg(k, before -> k) FROM unnest(TG_ARGV[1]::text[]) AS k),
    jsonb_object_agg(c, before -> c), jsonb_object_agg(c, after -> c)
  FROM unnest(TG_ARGV[2]::text[]) AS c WHERE before -> c <> after -> c HAVING count(*) > 0
  ON CONFLICT (deletion_id, table_name, key) DO UPDATE SET old = excluded.old || l.old, new = l.new || excluded.new;
  RETURN NEW;
END
`

// function is one of the trigger functions, by its name and source.
type function struct{ name, source, why string }

// archiveFunctions are those that the policy needs.
func (b *planner) archiveFunctions(linking bool) []function {
	fill := strings.NewReplacer("{links}\n", "", "{journal}\n", "")
	if b.p.Journal {
		fill = strings.NewReplacer("{links}", moveLinks, "{journal}", keepJournal)
	}
	all := []function{
		{beginFunction, beginSource, "What opens a deletion by any client, and records what TRUNCATE takes."},
		{recordFunction, fill.Replace(recordSource), "What records deleted rows, unless the driver has. It runs with the rights of who deletes."},
	}
	if linking {
		all = append(all, function{linkFunction, linkSource, "What records references that the database's SET NULL and SET DEFAULT replace."})
	}
	return all
}

// create is the statement for it. deletion_records is found as it is in the migration,
// whatever the search_path of who deletes, and the functions look behind all else for
// temporary tables, which could hide it. What they set there is undone when they end.
func (f function) create() string {
	return "CREATE OR REPLACE FUNCTION " + f.name + "() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT SET enable_seqscan = off AS " + dollarQuoted(f.source)
}
