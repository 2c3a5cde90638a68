-- The shop's queries. None of them knows of deletion, but RestoreUser.

-- name: CreateUser :one
INSERT INTO users (email, name) VALUES ($1, $2) RETURNING id;

-- name: CreateUsers :many
INSERT INTO users (email, name)
SELECT unnest(@emails::text[]), unnest(@names::text[])
RETURNING id;

-- name: CreateProfile :exec
INSERT INTO profiles (user_id, bio) VALUES ($1, $2);

-- name: CreateOrder :one
INSERT INTO orders (user_id, status, total) VALUES ($1, $2, $3) RETURNING id;

-- name: CreateProduct :one
INSERT INTO products (sku, name) VALUES ($1, $2) RETURNING id;

-- name: CreateEvent :exec
INSERT INTO events (user_id, what) VALUES ($1, $2);

-- name: AddProduct :exec
INSERT INTO order_products (order_id, product_id) VALUES ($1, $2);

-- name: RemoveProduct :execrows
DELETE FROM order_products WHERE order_id = $1 AND product_id = $2;

-- name: User :one
SELECT * FROM users WHERE id = $1;

-- name: UserByEmail :one
SELECT * FROM users WHERE email = $1;

-- name: LockUser :one
SELECT * FROM users WHERE id = $1 FOR UPDATE;

-- name: Users :many
SELECT * FROM users WHERE id = ANY(@ids::bigint[]) ORDER BY id;

-- name: Page :many
SELECT * FROM users ORDER BY id LIMIT $1 OFFSET $2;

-- name: AllUsers :many
SELECT * FROM users ORDER BY id;

-- name: OrdersOf :many
SELECT * FROM orders WHERE user_id = ANY(@users::bigint[]) ORDER BY id;

-- name: ProductsOf :many
SELECT op.order_id, sqlc.embed(p)
FROM order_products op
JOIN products p ON p.id = op.product_id
WHERE op.order_id = ANY(@orders::bigint[])
ORDER BY op.order_id, p.id;

-- name: WithProfiles :many
SELECT sqlc.embed(u), coalesce(p.bio, '') AS bio
FROM users u
LEFT JOIN profiles p ON p.user_id = u.id
ORDER BY u.id;

-- name: Managed :many
SELECT u.*
FROM users u
JOIN users m ON m.id = u.manager_id
WHERE m.id = $1
ORDER BY u.id;

-- name: CountUsers :one
SELECT count(*) FROM users;

-- name: CountOrders :one
SELECT count(*) FROM orders WHERE user_id = $1;

-- name: ExistsUser :one
SELECT EXISTS (SELECT 1 FROM users WHERE email = $1);

-- name: Spending :many
SELECT u.name, count(*) AS orders, sum(o.total)::bigint AS total
FROM users u
JOIN orders o ON o.user_id = u.id
GROUP BY u.id, u.name
HAVING sum(o.total) > @min::bigint
ORDER BY u.id;

-- name: Joined :many
SELECT u.name, o.id AS order_id
FROM users u
JOIN orders o ON o.user_id = u.id
ORDER BY 1, 2;

-- name: LeftJoined :many
SELECT u.name, coalesce(o.id, 0)::bigint AS order_id
FROM users u
LEFT JOIN orders o ON o.user_id = u.id
ORDER BY 1, 2;

-- name: Buyers :many
SELECT DISTINCT u.*
FROM users u
JOIN orders o ON o.user_id = u.id
JOIN order_products op ON op.order_id = o.id
JOIN products p ON p.id = op.product_id
WHERE p.sku = $1
ORDER BY u.id;

-- name: WithOpenOrders :many
SELECT * FROM users u
WHERE EXISTS (SELECT 1 FROM orders o WHERE o.user_id = u.id AND o.status = 'open')
ORDER BY id;

-- name: WithoutOrders :many
SELECT * FROM users WHERE id NOT IN (SELECT user_id FROM orders) ORDER BY id;

-- name: Search :many
SELECT * FROM users WHERE email = $1 OR name = $2 ORDER BY id;

-- name: Rename :execrows
UPDATE users SET name = $2 WHERE id = $1;

-- name: Save :execrows
UPDATE users SET email = $2, name = $3, manager_id = $4 WHERE id = $1;

-- name: SetManager :execrows
UPDATE users SET manager_id = $2 WHERE id = $1;

-- name: CloseOrders :execrows
UPDATE orders SET status = 'closed' WHERE user_id = $1;

-- name: Upsert :one
INSERT INTO users (email, name) VALUES ($1, $2)
ON CONFLICT (email) DO UPDATE SET name = excluded.name
RETURNING id;

-- name: Ensure :execrows
INSERT INTO users (email, name) VALUES ($1, $2)
ON CONFLICT (email) DO NOTHING;

-- name: DeleteUser :execrows
DELETE FROM users WHERE id = $1;

-- name: DeleteProduct :execrows
DELETE FROM products WHERE id = $1;

-- name: DeleteUsers :execrows
DELETE FROM users WHERE name LIKE $1;

-- name: DeleteOrders :many
DELETE FROM orders WHERE status = $1 RETURNING id;

-- name: DeleteOrdersOf :execrows
DELETE FROM orders o
USING order_products op, products p
WHERE op.order_id = o.id AND p.id = op.product_id AND p.sku = $1;

-- name: RestoreUser :execrows
UPDATE users SET deleted_at = NULL WHERE id = $1;
