-- name: A running total per customer
-- ordered
SELECT customer_id, invoice_id, total, sum(total) OVER (PARTITION BY customer_id ORDER BY invoice_date, invoice_id) AS running,
       count(*) OVER (PARTITION BY customer_id) AS invoices
FROM invoice
ORDER BY customer_id, invoice_date, invoice_id;

-- name: The rank of each track in its genre by sales
-- ordered
SELECT * FROM (
  SELECT g.name AS genre, t.track_id, t.name, count(il.invoice_line_id) AS sold,
         rank() OVER w AS rank, dense_rank() OVER w AS dense, row_number() OVER (PARTITION BY g.genre_id ORDER BY count(il.invoice_line_id) DESC, t.track_id) AS n
  FROM genre g JOIN track t USING (genre_id) LEFT JOIN invoice_line il ON il.track_id = t.track_id
  GROUP BY g.genre_id, t.track_id
  WINDOW w AS (PARTITION BY g.genre_id ORDER BY count(il.invoice_line_id) DESC)
) AS ranked
WHERE n <= 5
ORDER BY genre, n;

-- name: lag: growth from month to month
-- ordered
SELECT month, revenue, lag(revenue) OVER (ORDER BY month) AS before, revenue - lag(revenue, 1, 0.00) OVER (ORDER BY month) AS growth
FROM (SELECT date_trunc('month', invoice_date) AS month, sum(total) AS revenue FROM invoice GROUP BY 1) AS monthly
ORDER BY month;

-- name: The days between a customer's invoices
-- ordered
SELECT i.invoice_id, i.invoice_date::date - lag(i.invoice_date::date) OVER w AS days, lead(i.invoice_id) OVER w AS next
FROM invoice i JOIN customer c ON c.customer_id = i.customer_id
WINDOW w AS (PARTITION BY c.customer_id ORDER BY i.invoice_date, i.invoice_id)
ORDER BY i.invoice_id;

-- name: Quartiles of customers
-- ordered
SELECT c.customer_id, coalesce(sum(i.total), 0) AS spent, ntile(4) OVER (ORDER BY coalesce(sum(i.total), 0) DESC, c.customer_id) AS quartile
FROM customer c LEFT JOIN invoice i USING (customer_id)
GROUP BY c.customer_id
ORDER BY quartile, spent DESC, customer_id;

-- name: A moving average over three invoices, with the first and last of the frame
-- ordered
SELECT invoice_id, round(avg(total) OVER w, 6) AS moving, first_value(invoice_id) OVER w AS first, last_value(invoice_id) OVER w AS last
FROM invoice
WINDOW w AS (ORDER BY invoice_id ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING)
ORDER BY invoice_id;

-- name: Each country's share of the whole
-- ordered
SELECT billing_country, sum(total) AS revenue, round(100 * sum(total) / sum(sum(total)) OVER (), 6) AS percent,
       sum(sum(total)) OVER (ORDER BY sum(total) DESC, billing_country) AS running
FROM invoice
GROUP BY billing_country
ORDER BY revenue DESC, billing_country;

-- name: The longest track of each album, by window
-- ordered
SELECT album_id, title, name, milliseconds
FROM (SELECT al.album_id, al.title, t.name, t.milliseconds, row_number() OVER (PARTITION BY al.album_id ORDER BY t.milliseconds DESC, t.track_id) AS n
      FROM album al JOIN track t ON t.album_id = al.album_id) AS x
WHERE n = 1
ORDER BY album_id;
