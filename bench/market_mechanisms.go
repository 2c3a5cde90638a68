package main

// What the database can do about deletes by itself. Two of the ways need no tables
// of their own: views stand in a schema of their own before the tables, and
// policies of row-level security are for a role of its own.
const (
	viewsAndPolicies = `
CREATE FUNCTION gone_item(of_item bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE n bigint;
BEGIN
	UPDATE public.items SET deleted_at = now(), deletion_id = gen_random_uuid() WHERE id = of_item AND deleted_at IS NULL;
	GET DIAGNOSTICS n = ROW_COUNT;
	RETURN n;
END $$;
CREATE FUNCTION gone_items(first bigint, last bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE n bigint;
BEGIN
	UPDATE public.items SET deleted_at = now(), deletion_id = d.id FROM (SELECT gen_random_uuid() AS id OFFSET 0) d
	WHERE items.id BETWEEN first AND last AND deleted_at IS NULL;
	GET DIAGNOSTICS n = ROW_COUNT;
	RETURN n;
END $$;
CREATE FUNCTION gone_user(of_user bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	n bigint;
	d uuid := gen_random_uuid();
BEGIN
	UPDATE public.users SET deleted_at = now(), deletion_id = d WHERE id = of_user AND deleted_at IS NULL;
	GET DIAGNOSTICS n = ROW_COUNT;
	IF n > 0 THEN
		UPDATE public.items SET deleted_at = now(), deletion_id = d FROM public.orders o
			WHERE items.order_id = o.id AND o.user_id = of_user AND o.deleted_at IS NULL AND items.deleted_at IS NULL;
		UPDATE public.orders SET deleted_at = now(), deletion_id = d WHERE user_id = of_user AND deleted_at IS NULL;
	END IF;
	RETURN n;
END $$;
CREATE FUNCTION back_user(of_user bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	d uuid;
	n bigint;
	total bigint := 0;
BEGIN
	SELECT deletion_id INTO d FROM public.users WHERE id = of_user AND deleted_at IS NOT NULL;
	UPDATE public.users SET deleted_at = NULL, deletion_id = NULL WHERE deletion_id = d;
	GET DIAGNOSTICS n = ROW_COUNT;
	total := total + n;
	UPDATE public.orders SET deleted_at = NULL, deletion_id = NULL WHERE deletion_id = d;
	GET DIAGNOSTICS n = ROW_COUNT;
	total := total + n;
	UPDATE public.items SET deleted_at = NULL, deletion_id = NULL WHERE deletion_id = d;
	GET DIAGNOSTICS n = ROW_COUNT;
	RETURN total + n;
END $$;
ALTER FUNCTION gone_item SECURITY DEFINER;
ALTER FUNCTION gone_items SECURITY DEFINER;
ALTER FUNCTION gone_user SECURITY DEFINER;
ALTER FUNCTION back_user SECURITY DEFINER;

CREATE SCHEMA viewed;
CREATE VIEW viewed.users AS SELECT * FROM public.users WHERE deleted_at IS NULL;
CREATE VIEW viewed.orders AS SELECT * FROM public.orders WHERE deleted_at IS NULL;
CREATE VIEW viewed.items AS SELECT * FROM public.items WHERE deleted_at IS NULL;
CREATE FUNCTION viewed.gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_TABLE_NAME = 'users' THEN
		PERFORM public.gone_user(OLD.id);
	ELSE
		UPDATE public.items SET deleted_at = now(), deletion_id = gen_random_uuid() WHERE id = OLD.id AND deleted_at IS NULL;
	END IF;
	RETURN OLD;
END $$;
CREATE TRIGGER gone INSTEAD OF DELETE ON viewed.users FOR EACH ROW EXECUTE FUNCTION viewed.gone();
CREATE TRIGGER gone INSTEAD OF DELETE ON viewed.items FOR EACH ROW EXECUTE FUNCTION viewed.gone();

DO $$ BEGIN CREATE ROLE shopkeeper; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
GRANT SELECT, INSERT, UPDATE ON users, orders, items TO shopkeeper;
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE items ENABLE ROW LEVEL SECURITY;
CREATE POLICY live ON users TO shopkeeper USING (deleted_at IS NULL);
CREATE POLICY live ON orders TO shopkeeper USING (deleted_at IS NULL);
CREATE POLICY live ON items TO shopkeeper USING (deleted_at IS NULL);`

	// Every row that goes is kept whole, with the transaction that took it, so that
	// what went together can come back together. Those that went before have numbers
	// that no transaction will reach, one each, as the statistics would have it.
	archiveTriggers = `
CREATE TABLE archive (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	relation text NOT NULL,
	key bigint NOT NULL,
	data jsonb NOT NULL,
	deleted_at timestamptz NOT NULL DEFAULT now(),
	deletion xid8 NOT NULL DEFAULT pg_current_xact_id()
);
INSERT INTO archive (relation, key, data, deletion)
	SELECT 'users', id, jsonb_build_object('id', id, 'email', email, 'name', 'User ' || id, 'created_at', now()), (1000000000000 + id)::text::xid8 FROM draft_users WHERE NOT live;
INSERT INTO archive (relation, key, data, deletion)
	SELECT 'orders', id, jsonb_build_object('id', id, 'user_id', parent, 'status', 'new', 'total_cents', id, 'created_at', now()), (1000000000000 + id)::text::xid8 FROM draft_orders WHERE NOT live;
INSERT INTO archive (relation, key, data, deletion)
	SELECT 'items', id, jsonb_build_object('id', id, 'order_id', parent, 'sku', 'sku', 'quantity', 1, 'price_cents', 1), (1000000000000 + id)::text::xid8 FROM draft_items WHERE NOT live;
CREATE INDEX ON archive (relation, key);
CREATE INDEX ON archive (deletion);
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO archive (relation, key, data) VALUES (TG_TABLE_NAME, OLD.id, to_jsonb(OLD));
	RETURN NULL;
END $$;
CREATE TRIGGER keep AFTER DELETE ON users FOR EACH ROW EXECUTE FUNCTION keep();
CREATE TRIGGER keep AFTER DELETE ON orders FOR EACH ROW EXECUTE FUNCTION keep();
CREATE TRIGGER keep AFTER DELETE ON items FOR EACH ROW EXECUTE FUNCTION keep();`

	// The foreign keys are checked at the end of the statement.
	restoreArchived = `
WITH deletion AS (
	SELECT deletion AS id FROM archive WHERE relation = 'users' AND key = $1 ORDER BY archive.id DESC LIMIT 1
), kept AS (
	DELETE FROM archive USING deletion WHERE archive.deletion = deletion.id RETURNING relation, data
), u AS (
	INSERT INTO users SELECT r.* FROM kept CROSS JOIN jsonb_populate_record(NULL::users, data) r WHERE relation = 'users' RETURNING 1
), o AS (
	INSERT INTO orders SELECT r.* FROM kept CROSS JOIN jsonb_populate_record(NULL::orders, data) r WHERE relation = 'orders' RETURNING 1
), i AS (
	INSERT INTO items SELECT r.* FROM kept CROSS JOIN jsonb_populate_record(NULL::items, data) r WHERE relation = 'items' RETURNING 1
)
SELECT (SELECT count(*) FROM u) + (SELECT count(*) FROM o) + (SELECT count(*) FROM i)`
)
