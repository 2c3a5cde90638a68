-- name: Revenue per country, best first
-- ordered
SELECT billing_country, count(*) AS invoices, sum(total) AS revenue, round(avg(total), 4) AS average
FROM invoice
GROUP BY billing_country
ORDER BY revenue DESC, billing_country;

-- name: Revenue per sales agent and year
-- ordered
SELECT e.last_name, date_part('year', i.invoice_date)::int AS year, count(DISTINCT c.customer_id) AS customers, sum(i.total) AS revenue
FROM employee e
JOIN customer c ON c.support_rep_id = e.employee_id
JOIN invoice i ON i.customer_id = c.customer_id
GROUP BY e.employee_id, year
ORDER BY e.last_name, year;

-- name: The invoice in full: five joins deep and more
-- ordered
SELECT i.invoice_id, i.invoice_date, c.first_name || ' ' || c.last_name AS customer, e.last_name AS agent,
       t.name AS track, al.title AS album, ar.name AS artist, g.name AS genre, m.name AS media, il.unit_price * il.quantity AS amount
FROM invoice i
JOIN customer c ON c.customer_id = i.customer_id
JOIN employee e ON e.employee_id = c.support_rep_id
JOIN invoice_line il ON il.invoice_id = i.invoice_id
JOIN track t ON t.track_id = il.track_id
JOIN album al ON al.album_id = t.album_id
JOIN artist ar ON ar.artist_id = al.artist_id
LEFT JOIN genre g ON g.genre_id = t.genre_id
JOIN media_type m ON m.media_type_id = t.media_type_id
ORDER BY il.invoice_line_id;

-- name: Best-selling tracks
-- ordered
SELECT t.track_id, t.name, ar.name AS artist, sum(il.quantity) AS sold, sum(il.quantity * il.unit_price) AS revenue
FROM invoice_line il
JOIN track t USING (track_id)
JOIN album al USING (album_id)
JOIN artist ar USING (artist_id)
GROUP BY t.track_id, t.name, ar.name
ORDER BY sold DESC, revenue DESC, t.track_id
LIMIT 50;

-- name: The shop in one row
-- ordered
SELECT (SELECT count(*) FROM customer) AS customers,
       (SELECT count(*) FROM employee) AS employees,
       (SELECT count(*) FROM artist) AS artists,
       (SELECT count(*) FROM album) AS albums,
       (SELECT count(*) FROM track) AS tracks,
       (SELECT count(*) FROM genre) AS genres,
       (SELECT count(*) FROM media_type) AS media_types,
       (SELECT count(*) FROM playlist) AS playlists,
       (SELECT count(*) FROM playlist_track) AS places,
       (SELECT count(*) FROM invoice) AS invoices,
       (SELECT sum(quantity) FROM invoice_line) AS sold;

-- name: Invoices whose total is not the sum of their lines
-- ordered
SELECT i.invoice_id, i.total, coalesce(sum(il.unit_price * il.quantity), 0) AS lines
FROM invoice i LEFT JOIN invoice_line il ON il.invoice_id = i.invoice_id
GROUP BY i.invoice_id
HAVING i.total <> coalesce(sum(il.unit_price * il.quantity), 0)
ORDER BY i.invoice_id;

-- name: Every month of the calendar, with or without revenue
-- ordered
SELECT to_char(m, 'YYYY-MM') AS month, count(i.invoice_id) AS invoices, coalesce(sum(i.total), 0) AS revenue,
       count(DISTINCT i.customer_id) FILTER (WHERE i.billing_country <> 'USA') AS abroad
FROM generate_series(timestamp '2020-12-01', '2026-01-01', interval '1 month') AS m
LEFT JOIN invoice i ON i.invoice_date >= m AND i.invoice_date < m + interval '1 month'
GROUP BY m
ORDER BY m;

-- name: Days of one quarter without a sale
-- ordered
SELECT d::date AS day
FROM generate_series(timestamp '2022-01-01', '2022-03-31', interval '1 day') AS d
WHERE NOT EXISTS (SELECT 1 FROM invoice i WHERE i.invoice_date::date = d::date)
ORDER BY d;

-- name: Revenue per agent pivoted over the years
-- ordered
SELECT e.last_name AS agent,
       sum(CASE WHEN extract(year FROM i.invoice_date) = 2021 THEN i.total ELSE 0 END) AS y2021,
       sum(CASE WHEN extract(year FROM i.invoice_date) = 2022 THEN i.total ELSE 0 END) AS y2022,
       sum(CASE WHEN extract(year FROM i.invoice_date) = 2023 THEN i.total ELSE 0 END) AS y2023,
       sum(i.total) FILTER (WHERE extract(year FROM i.invoice_date) NOT IN (2021, 2022, 2023)) AS later
FROM employee e
LEFT JOIN customer c ON c.support_rep_id = e.employee_id
LEFT JOIN invoice i ON i.customer_id = c.customer_id
GROUP BY e.employee_id
ORDER BY e.employee_id;

-- name: An export as lines of text
SELECT concat_ws(';', t.track_id, quote_literal(t.name), coalesce(g.name, '-'), to_char(t.milliseconds / 1000 * interval '1 second', 'MI:SS'),
                 format('%s/%s', t.album_id, t.media_type_id)) AS line
FROM track t LEFT JOIN genre g USING (genre_id);

-- name: An export of whole rows as JSON, markers and all
SELECT to_jsonb(c) AS customer, (SELECT jsonb_agg(to_jsonb(i) ORDER BY i.invoice_id) FROM invoice i WHERE i.customer_id = c.customer_id) AS invoices
FROM customer c;
