-- A shop whose tables got a deleted_at at some time, with what has gathered around them.
CREATE SCHEMA archive;
CREATE TABLE countries (code text PRIMARY KEY, name text);
CREATE TABLE users (
	id bigserial PRIMARY KEY,
	email text NOT NULL UNIQUE,
	country text REFERENCES countries ON DELETE SET NULL,
	deleted_at timestamptz
);
CREATE INDEX users_deleted_at ON users (deleted_at);
CREATE TABLE products (id bigserial PRIMARY KEY, sku text NOT NULL, price numeric CONSTRAINT positive CHECK (price > 0), deleted_at timestamptz, UNIQUE (sku, deleted_at));
CREATE TABLE orders (
	id bigserial PRIMARY KEY,
	user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
	deleted_at timestamptz
);
CREATE TABLE order_items (
	order_id bigint NOT NULL REFERENCES orders ON DELETE CASCADE,
	line int NOT NULL,
	product_id bigint NOT NULL REFERENCES products,
	deleted_at timestamptz,
	PRIMARY KEY (order_id, line)
);
CREATE INDEX ON order_items (product_id);
CREATE TABLE "Log Entries" (id bigserial, "user" bigint, "At" timestamptz, deleted_at timestamptz, PRIMARY KEY (id, "At")) PARTITION BY RANGE ("At");
CREATE TABLE "Log Entries 2024" PARTITION OF "Log Entries" FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE archive.users (LIKE users);
CREATE TABLE audit (at timestamptz DEFAULT now(), what text);

CREATE VIEW customers AS SELECT u.id, u.email, c.name AS country FROM users u LEFT JOIN countries c ON c.code = u.country;
CREATE VIEW customer_orders WITH (security_barrier = true) AS
	SELECT c.email, count(o.id) AS orders FROM customers c LEFT JOIN orders o ON o.user_id = c.id AND o.deleted_at IS NULL GROUP BY c.email;
CREATE VIEW active_users AS SELECT * FROM users WHERE deleted_at IS NULL;
CREATE MATERIALIZED VIEW sales AS
	SELECT p.sku, date_trunc('month', now()) AS month, sum(p.price) AS total FROM order_items i JOIN products p ON p.id = i.product_id
	WHERE i.deleted_at IS NULL GROUP BY p.sku;
CREATE UNIQUE INDEX sales_sku ON sales (sku);

CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO audit (what) VALUES (TG_OP || ' ' || TG_TABLE_NAME);
	RETURN coalesce(NEW, OLD);
END $$;
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON users FOR EACH ROW EXECUTE FUNCTION audit();
CREATE TRIGGER order_gone AFTER DELETE ON orders FOR EACH ROW EXECUTE FUNCTION audit();
CREATE TRIGGER products_touched BEFORE UPDATE ON products FOR EACH ROW EXECUTE FUNCTION audit();
CREATE FUNCTION purge_user(u bigint) RETURNS void LANGUAGE sql AS $$
	DELETE FROM orders WHERE user_id = u;
	DELETE FROM users WHERE id = u;
$$;
CREATE FUNCTION find_user(address text) RETURNS users LANGUAGE sql STABLE AS $$ SELECT * FROM users WHERE email = address $$;
CREATE FUNCTION cleanup(what text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	-- TRUNCATE products would be quicker
	EXECUTE format('DELETE FROM %I WHERE deleted_at < now() - interval ''1 year''', what);
	PERFORM count(*) FROM order_items;
END $$;
CREATE RULE no_delete AS ON DELETE TO products DO INSTEAD NOTHING;

ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON orders USING (user_id = current_setting('app.user', true)::bigint AND deleted_at IS NULL);
ALTER TABLE products ADD CONSTRAINT has_sku CHECK (sku <> '') NOT VALID;
GRANT DELETE ON users, orders TO PUBLIC;

INSERT INTO countries VALUES ('de', 'Germany');
INSERT INTO users (email, country, deleted_at) VALUES ('a@x', 'de', NULL), ('b@x', 'de', now());
INSERT INTO orders (user_id, deleted_at) VALUES (1, NULL), (2, NULL), (2, now());
