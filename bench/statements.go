package main

// statement is a text whose rewriting is measured. They are statements of the
// shop, so that a test can have the server plan them.
type statement struct {
	name string
	sql  string
	args int  // all are numbers
	exec bool // sent with Exec, for it returns no rows
}

var statements = []statement{
	{name: "point read", args: 1, sql: `SELECT id, name FROM users WHERE id = $1`},
	{name: "list", args: 2, sql: `SELECT id, user_id, status, total_cents, created_at FROM orders WHERE user_id = $1 AND total_cents > $2 ORDER BY created_at DESC LIMIT 20`},
	{name: "3-join", args: 1, sql: `SELECT u.name, o.id, o.status, o.created_at, i.sku, i.quantity, i.price_cents
FROM users u
JOIN orders o ON o.user_id = u.id
JOIN items i ON i.order_id = o.id
WHERE u.id = $1
ORDER BY o.created_at DESC, i.id`},
	{name: "update", args: 2, exec: true, sql: `UPDATE orders SET status = 'paid', total_cents = total_cents + $2 WHERE id = $1 AND status IN ('new', 'open') AND EXISTS (SELECT 1 FROM items WHERE items.order_id = orders.id)`},
	{name: "delete using", args: 2, exec: true, sql: `DELETE FROM items i USING orders o, users u WHERE i.order_id = o.id AND o.user_id = u.id AND u.id = $1 AND o.status = 'cancelled' AND i.quantity < $2`},
	{name: "report", args: 2, sql: `-- Revenue by month and country, with each month's best customers.
WITH months AS (
    SELECT date_trunc('month', o.created_at) AS month, u.id AS user_id, u.name, u.country, o.id AS order_id,
           sum(i.quantity * i.price_cents) AS cents, count(*) AS lines
    FROM users u
    JOIN orders o ON o.user_id = u.id
    JOIN items i ON i.order_id = o.id
    WHERE o.status <> 'cancelled' AND o.total_cents >= $1
    GROUP BY 1, u.id, u.name, u.country, o.id
), customers AS (
    SELECT month, user_id, name, country, sum(cents) AS cents, count(*) AS orders, sum(lines) AS lines,
           rank() OVER (PARTITION BY month ORDER BY sum(cents) DESC) AS place,
           sum(sum(cents)) OVER (PARTITION BY month) AS month_cents
    FROM months
    GROUP BY month, user_id, name, country
), lapsed AS (
    SELECT u.id AS user_id, max(o.created_at) AS last_order
    FROM users u
    LEFT JOIN orders o ON o.user_id = u.id AND o.status = 'paid'
    GROUP BY u.id
    HAVING max(o.created_at) IS NULL OR max(o.created_at) < now() - interval '90 days'
)
SELECT c.month, c.country, count(*) AS customers, sum(c.orders) AS orders, sum(c.lines) AS lines,
       sum(c.cents) / 100.0 AS revenue,
       round(100.0 * sum(c.cents) / nullif(max(c.month_cents), 0), 1) AS percent_of_month,
       lag(sum(c.cents)) OVER (PARTITION BY c.country ORDER BY c.month) / 100.0 AS revenue_before,
       string_agg(c.name, ', ' ORDER BY c.place) FILTER (WHERE c.place <= $2) AS best,
       count(*) FILTER (WHERE l.user_id IS NOT NULL) AS lapsed,
       (SELECT count(*) FROM orders x WHERE x.status = 'new' AND date_trunc('month', x.created_at) = c.month) AS still_new,
       CASE WHEN sum(c.cents) > 100000 THEN 'large' WHEN sum(c.cents) > 10000 THEN 'medium' ELSE 'small' END AS size
FROM customers c
LEFT JOIN lapsed l ON l.user_id = c.user_id
WHERE c.country IS NOT NULL
GROUP BY c.month, c.country
ORDER BY c.month DESC, revenue DESC`},
}
