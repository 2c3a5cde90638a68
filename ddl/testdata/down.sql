-- Brings the schema back to what it was before the migration to the policy. Run it with psql -v
-- ON_ERROR_STOP=1 -f FILE, not through the softdelete driver. After an error go on with the
-- statement that failed, without those before it; drop an index that CREATE INDEX CONCURRENTLY has
-- left INVALID.

-- Refuses to go on where rows are deleted, or are unique only because others are deleted: without
-- the marker those would be back. Restore them or delete them for good first.
BEGIN;
SET LOCAL lock_timeout = '2s';
DO $softdelete$
BEGIN
  IF EXISTS (SELECT FROM public.users WHERE deleted_at IS NOT NULL) THEN
    RAISE EXCEPTION USING MESSAGE = 'softdelete: public.users has deleted rows, which would be back: restore them or delete them for good first';
  END IF;
  IF EXISTS (SELECT FROM public.orders WHERE deleted_at IS NOT NULL) THEN
    RAISE EXCEPTION USING MESSAGE = 'softdelete: public.orders has deleted rows, which would be back: restore them or delete them for good first';
  END IF;
END
$softdelete$;
COMMIT;

-- The twin key goes.
BEGIN;
SET LOCAL lock_timeout = '2s';
ALTER TABLE public.orders DROP CONSTRAINT orders_user_id_fkey_twin;
COMMIT;

-- What is CONCURRENTLY may wait for others, and none wait for it.
SET lock_timeout = 0;

-- The index goes.
DROP INDEX CONCURRENTLY public.orders_live_user_id_idx;

-- The index goes.
DROP INDEX CONCURRENTLY public.users_live_id_key;

-- public.orders loses live_user_id.
BEGIN;
SET LOCAL lock_timeout = '2s';
ALTER TABLE public.orders DROP COLUMN live_user_id;
COMMIT;

-- public.users loses live_id.
BEGIN;
SET LOCAL lock_timeout = '2s';
ALTER TABLE public.users DROP COLUMN live_id;
COMMIT;

-- Unique among all rows again: the unique constraint users_email_key of public.users.
CREATE UNIQUE INDEX CONCURRENTLY users_email_key_sdnew ON public.users USING btree (email);

-- It takes its place.
BEGIN;
SET LOCAL lock_timeout = '2s';
DROP INDEX public.users_email_key;
ALTER INDEX public.users_email_key_sdnew RENAME TO users_email_key;
ALTER TABLE public.users ADD CONSTRAINT users_email_key UNIQUE USING INDEX users_email_key;
COMMIT;

-- The index goes.
DROP INDEX CONCURRENTLY public.orders_deletion_id_idx;

-- The index goes.
DROP INDEX CONCURRENTLY public.users_deletion_id_idx;

-- The index goes.
DROP INDEX CONCURRENTLY public.orders_user_id_idx;

-- The journal goes, with the history in it.
BEGIN;
SET LOCAL lock_timeout = '2s';
DROP TABLE softdelete_links;
DROP TABLE softdelete_deletions;
COMMIT;

-- public.orders loses deleted_at, deletion_id. Writes to it wait while it is searched for deleted
-- rows, which would be back without their marker.
BEGIN;
SET LOCAL lock_timeout = '2s';
LOCK TABLE public.orders IN SHARE ROW EXCLUSIVE MODE;
DO $softdelete$
BEGIN
  IF EXISTS (SELECT FROM public.orders WHERE deleted_at IS NOT NULL) THEN
    RAISE EXCEPTION USING MESSAGE = 'softdelete: public.orders has deleted rows, which would be back: restore them or delete them for good first';
  END IF;
END
$softdelete$;
ALTER TABLE public.orders DROP COLUMN deleted_at, DROP COLUMN deletion_id;
COMMIT;

-- public.users loses deleted_at, deletion_id, deleted_by, delete_reason. Writes to it wait while it
-- is searched for deleted rows, which would be back without their marker.
BEGIN;
SET LOCAL lock_timeout = '2s';
LOCK TABLE public.users IN SHARE ROW EXCLUSIVE MODE;
DO $softdelete$
BEGIN
  IF EXISTS (SELECT FROM public.users WHERE deleted_at IS NOT NULL) THEN
    RAISE EXCEPTION USING MESSAGE = 'softdelete: public.users has deleted rows, which would be back: restore them or delete them for good first';
  END IF;
END
$softdelete$;
ALTER TABLE public.users DROP COLUMN deleted_at, DROP COLUMN deletion_id, DROP COLUMN deleted_by, DROP COLUMN delete_reason;
COMMIT;

RESET lock_timeout;
