-- A small shop, the same every time. The customers 451 to 460 cancelled all their
-- orders, and those above 460, at old.example, never ordered anything.

CREATE TABLE customers (
    id         int PRIMARY KEY,
    name       text NOT NULL,
    email      text NOT NULL,
    deleted_at timestamptz
);
CREATE UNIQUE INDEX ON customers (email) WHERE deleted_at IS NULL;

CREATE TABLE products (
    id         int PRIMARY KEY,
    name       text NOT NULL,
    price      numeric(8, 2) NOT NULL,
    deleted_at timestamptz
);

CREATE TABLE orders (
    id          int PRIMARY KEY,
    customer_id int NOT NULL REFERENCES customers,
    status      text NOT NULL,
    placed_on   date NOT NULL,
    deleted_at  timestamptz
);
CREATE INDEX ON orders (customer_id) WHERE deleted_at IS NULL;

CREATE TABLE order_items (
    id         int PRIMARY KEY,
    order_id   int NOT NULL REFERENCES orders,
    product_id int NOT NULL REFERENCES products,
    quantity   int NOT NULL,
    deleted_at timestamptz
);
CREATE INDEX ON order_items (order_id) WHERE deleted_at IS NULL;

INSERT INTO customers (id, name, email)
SELECT n,
       (ARRAY['Ada', 'Ben', 'Cleo', 'Dev', 'Eva', 'Finn', 'Gita', 'Hugo'])[1 + n % 8] || ' '
       || (ARRAY['Abel', 'Brandt', 'Costa', 'Duval', 'Egede', 'Fischer', 'Garcia'])[1 + n % 7],
       'customer' || n || CASE WHEN n > 460 THEN '@old.example' ELSE '@shop.example' END
FROM generate_series(1, 500) AS n;

INSERT INTO products (id, name, price)
SELECT n,
       (ARRAY['red', 'green', 'blue', 'black', 'white'])[1 + n % 5] || ' '
       || (ARRAY['mug', 'lamp', 'chair', 'clock', 'vase', 'tray', 'bowl', 'jug'])[1 + n % 8],
       4.90 + n % 17 * 2
FROM generate_series(1, 40) AS n;

INSERT INTO orders (id, customer_id, status, placed_on)
SELECT n,
       customer_id,
       CASE WHEN n % 9 = 4 OR customer_id > 450 THEN 'cancelled' WHEN n % 9 < 3 THEN 'open' ELSE 'shipped' END,
       DATE '2025-01-01' + n % 365
FROM generate_series(1, 2000) AS n, LATERAL (SELECT 1 + n * 7 % 460 AS customer_id) AS c;

INSERT INTO order_items (id, order_id, product_id, quantity)
SELECT row_number() OVER (ORDER BY o, line),
       o,
       1 + (o * 3 + line * 11) % 40,
       1 + (o + line) % 4
FROM generate_series(1, 2000) AS o, generate_series(1, 1 + o % 4) AS line;

ANALYZE;
