package softdelete

// ArchiveDDL makes the table that keeps rows as they were: the deleted row that a
// [Phoenix] replaces goes there. It is several statements, and does nothing where the
// table exists.
const ArchiveDDL = `CREATE TABLE IF NOT EXISTS deletion_records (
	id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	deletion_id uuid,                      -- the row's, if its table has such a column
	table_name  text NOT NULL,             -- as the policy names it
	key         jsonb NOT NULL,            -- the row's primary key: {"id": 7}
	data        jsonb NOT NULL,            -- the whole row, marker and bookkeeping columns included
	archived_at timestamptz NOT NULL DEFAULT now(),
	actor       text,                      -- WithActor, of the statement that archived it
	reason      text                       -- WithReason
);
CREATE INDEX IF NOT EXISTS deletion_records_key ON deletion_records (table_name, key);
CREATE INDEX IF NOT EXISTS deletion_records_deletion_id ON deletion_records (deletion_id) WHERE deletion_id IS NOT NULL;
`

// recordsTable is the table of ArchiveDDL.
const recordsTable = "deletion_records"
