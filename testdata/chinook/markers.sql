-- The marker columns that the policy of the Chinook test declares: every kind of marker, and
-- several names. Run on both databases, so that SELECT * has the same columns on both.
ALTER TABLE album          ADD COLUMN deleted_at timestamptz;
ALTER TABLE artist         ADD COLUMN deleted_at timestamptz;
ALTER TABLE customer       ADD COLUMN deleted_at timestamptz;
ALTER TABLE employee       ADD COLUMN deleted_at timestamptz;
ALTER TABLE invoice        ADD COLUMN deleted_at timestamptz;
ALTER TABLE track          ADD COLUMN deleted_at timestamptz;
ALTER TABLE playlist_track ADD COLUMN removed_at timestamptz;
ALTER TABLE playlist       ADD COLUMN is_deleted boolean NOT NULL DEFAULT false;
ALTER TABLE genre          ADD COLUMN deleted_at bigint  NOT NULL DEFAULT 0;
ALTER TABLE invoice_line   ADD COLUMN deleted_ms bigint  NOT NULL DEFAULT 0;
ALTER TABLE media_type     ADD COLUMN deleted_ns bigint  NOT NULL DEFAULT 0;
