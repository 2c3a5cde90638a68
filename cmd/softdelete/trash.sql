-- What the trash wants of the shop's tables: ids of deletions, and indexes to find rows by.

UPDATE customers SET deleted_at = NULL WHERE deleted_at IS NOT NULL;
UPDATE orders SET deleted_at = NULL WHERE deleted_at IS NOT NULL;
UPDATE order_items SET deleted_at = NULL WHERE deleted_at IS NOT NULL;

ALTER TABLE customers ADD deletion_id uuid;
ALTER TABLE products ADD deletion_id uuid;
ALTER TABLE orders ADD deletion_id uuid;
ALTER TABLE order_items ADD deletion_id uuid;
CREATE INDEX ON customers (deletion_id) WHERE deletion_id IS NOT NULL;
CREATE INDEX ON products (deletion_id) WHERE deletion_id IS NOT NULL;
CREATE INDEX ON orders (deletion_id) WHERE deletion_id IS NOT NULL;
CREATE INDEX ON order_items (deletion_id) WHERE deletion_id IS NOT NULL;
CREATE INDEX ON orders (customer_id);
CREATE INDEX ON order_items (order_id);
CREATE INDEX ON order_items (product_id);

