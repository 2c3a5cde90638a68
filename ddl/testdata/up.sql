-- Brings the schema to the policy. Run it with psql -v ON_ERROR_STOP=1 -f FILE, not through the
-- softdelete driver. After an error plan again: the new plan is what is left to do.
--
-- What stays as it is, and advice for afterwards:
--
-- Once the twin key orders_user_id_fkey_twin is there, name it in the policy, with twin: in the
-- entry of orders_user_id_fkey of public.orders.
--
-- Where most rows are deleted, an index of the live ones spares joins the way to deleted children
-- of live parents. Inserts and restores write to it besides; deletes leave it alone, and write to
-- the other indexes as before:
--   CREATE INDEX CONCURRENTLY orders_user_id_live ON public.orders (user_id) WHERE deleted_at IS NULL;

-- public.users gets deleted_at, deletion_id, deleted_by, delete_reason. No row is rewritten, on
-- PostgreSQL 11 or newer.
BEGIN;
SET LOCAL lock_timeout = '2s';
ALTER TABLE public.users ADD COLUMN deleted_at timestamptz, ADD COLUMN deletion_id uuid, ADD COLUMN deleted_by text, ADD COLUMN delete_reason text;
COMMIT;

-- public.orders gets deleted_at, deletion_id. No row is rewritten, on PostgreSQL 11 or newer.
BEGIN;
SET LOCAL lock_timeout = '2s';
ALTER TABLE public.orders ADD COLUMN deleted_at timestamptz, ADD COLUMN deletion_id uuid;
COMMIT;

-- The journal: who deleted what, when and why, and the references that a restore puts back.
BEGIN;
SET LOCAL lock_timeout = '2s';
CREATE TABLE IF NOT EXISTS softdelete_deletions (
	id          uuid NOT NULL,             -- of the statement
	part        int NOT NULL DEFAULT 1,    -- of its DELETEs, for it may have several
	deleted_at  timestamptz NOT NULL DEFAULT now(),
	table_name  text NOT NULL,             -- the table that the DELETE names
	actor       text,                      -- WithActor
	reason      text,                      -- WithReason
	rows        jsonb NOT NULL,            -- how many rows of which table: {"users": 1, "orders": 2}
	restored_at timestamptz,
	restored_by text,
	PRIMARY KEY (id, part)
);
CREATE INDEX IF NOT EXISTS softdelete_deletions_time ON softdelete_deletions (deleted_at, id);
CREATE TABLE IF NOT EXISTS softdelete_links (
	deletion_id uuid NOT NULL,             -- the id in softdelete_deletions
	table_name  text NOT NULL,
	key         jsonb NOT NULL,            -- the row's primary key
	old         jsonb NOT NULL,            -- the columns that SET NULL or SET DEFAULT changed, before
	new         jsonb NOT NULL,            -- and after
	written_at  timestamptz DEFAULT clock_timestamp(),
	PRIMARY KEY (deletion_id, table_name, key)
);
COMMIT;

-- What is CONCURRENTLY may wait for others, and none wait for it.
SET lock_timeout = 0;

-- Deletes from public.users, restores and purges look for rows of public.orders by (user_id),
-- deleted ones among them.
CREATE INDEX CONCURRENTLY orders_user_id_idx ON public.orders (user_id);

-- Restores look for rows of public.users by deletion_id.
CREATE INDEX CONCURRENTLY users_deletion_id_idx ON public.users (deletion_id) WHERE deletion_id IS NOT NULL;

-- Restores look for rows of public.orders by deletion_id.
CREATE INDEX CONCURRENTLY orders_deletion_id_idx ON public.orders (deletion_id) WHERE deletion_id IS NOT NULL;

-- To take the place of the unique constraint users_email_key of public.users: unique among live
-- rows only.
CREATE UNIQUE INDEX CONCURRENTLY users_email_key_sdnew ON public.users USING btree (email) WHERE deleted_at IS NULL;

-- The new index takes the name of the unique constraint users_email_key of public.users. ON
-- CONFLICT (column) finds it; ON CONFLICT ON CONSTRAINT cannot name an index.
BEGIN;
SET LOCAL lock_timeout = '2s';
ALTER TABLE public.users DROP CONSTRAINT users_email_key;
ALTER INDEX public.users_email_key_sdnew RENAME TO users_email_key;
COMMIT;

-- public.users gets live_id for its twin keys. This REWRITES the table, under a lock that nobody
-- can read through: the lock timeout bounds the wait for the lock, not the rewriting.
BEGIN;
SET LOCAL lock_timeout = '2s';
ALTER TABLE public.users ADD COLUMN live_id integer GENERATED ALWAYS AS (CASE WHEN deleted_at IS NULL THEN id END) STORED;
COMMIT;

-- public.orders gets live_user_id for its twin keys. This REWRITES the table, under a lock that
-- nobody can read through: the lock timeout bounds the wait for the lock, not the rewriting.
BEGIN;
SET LOCAL lock_timeout = '2s';
ALTER TABLE public.orders ADD COLUMN live_user_id integer GENERATED ALWAYS AS (CASE WHEN deleted_at IS NULL THEN user_id END) STORED;
COMMIT;

-- The keys of live rows of public.users, for twin keys to refer to.
CREATE UNIQUE INDEX CONCURRENTLY users_live_id_key ON public.users (live_id);

-- A delete from public.users looks here for live rows of public.orders.
CREATE INDEX CONCURRENTLY orders_live_user_id_idx ON public.orders (live_user_id);

-- The twin of orders_user_id_fkey, for the rows that are written from now on.
BEGIN;
SET LOCAL lock_timeout = '2s';
ALTER TABLE public.orders ADD CONSTRAINT orders_user_id_fkey_twin FOREIGN KEY (live_user_id) REFERENCES public.users (live_id) NOT VALID;
COMMIT;

-- The twin of orders_user_id_fkey, for the rows that are there already. It fails where a live row
-- of public.orders refers to a deleted one of public.users: delete the one or restore the other.
-- Reads and writes go on.
BEGIN;
SET LOCAL lock_timeout = '2s';
ALTER TABLE public.orders VALIDATE CONSTRAINT orders_user_id_fkey_twin;
COMMIT;

RESET lock_timeout;
