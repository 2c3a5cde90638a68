-- name: Artists and how many albums and tracks they have, none included
-- ordered
SELECT ar.artist_id, ar.name, count(DISTINCT al.album_id) AS albums, count(t.track_id) AS tracks, sum(t.milliseconds) AS length
FROM artist ar
LEFT JOIN album al ON al.artist_id = ar.artist_id
LEFT JOIN track t ON t.album_id = al.album_id
GROUP BY ar.artist_id, ar.name
ORDER BY ar.artist_id;

-- name: RIGHT JOIN: employees without customers
-- ordered
SELECT e.employee_id, e.last_name, count(c.customer_id) AS customers, min(c.country) AS first_country
FROM customer c RIGHT JOIN employee e ON c.support_rep_id = e.employee_id
GROUP BY e.employee_id
ORDER BY e.employee_id;

-- name: FULL JOIN: where customers live and where bills go
-- ordered
SELECT coalesce(c.country, i.country) AS country, c.customers, i.invoices, i.revenue
FROM (SELECT country, count(*) AS customers FROM customer GROUP BY country) AS c
FULL JOIN (SELECT billing_country AS country, count(*) AS invoices, sum(total) AS revenue FROM invoice GROUP BY billing_country) AS i
  ON i.country = c.country
ORDER BY 1;

-- name: FULL JOIN of two tables, with the dead of either side in nobody's sight
SELECT p.playlist_id, p.name, pt.track_id, pt.playlist_id AS place
FROM playlist p FULL JOIN playlist_track pt ON pt.playlist_id = p.playlist_id AND pt.track_id % 10 = 0;

-- name: FULL JOIN … USING with the merged column
-- ordered
SELECT genre_id, g.name, count(t.track_id) AS tracks
FROM genre g FULL JOIN track t USING (genre_id)
GROUP BY genre_id, g.name
ORDER BY genre_id;

-- name: A chain of LEFT JOINs from the customer to the artist
-- ordered
SELECT c.customer_id, c.last_name, count(DISTINCT i.invoice_id) AS invoices, count(il.invoice_line_id) AS lines,
       count(DISTINCT ar.artist_id) AS artists, max(g.name) AS last_genre, e.last_name AS agent
FROM customer c
LEFT JOIN employee e ON e.employee_id = c.support_rep_id
LEFT JOIN invoice i ON i.customer_id = c.customer_id
LEFT JOIN invoice_line il ON il.invoice_id = i.invoice_id
LEFT JOIN track t ON t.track_id = il.track_id
LEFT JOIN genre g ON g.genre_id = t.genre_id
LEFT JOIN album al ON al.album_id = t.album_id
LEFT JOIN artist ar ON ar.artist_id = al.artist_id
GROUP BY c.customer_id, e.employee_id
ORDER BY c.customer_id;

-- name: A LEFT JOIN with a filter in ON and another in WHERE
-- ordered
SELECT c.customer_id, i.invoice_id, i.total
FROM customer c LEFT JOIN invoice i ON i.customer_id = c.customer_id AND i.total > 10
WHERE c.country IN ('USA', 'Canada', 'Germany') OR i.total > 20
ORDER BY c.customer_id, i.invoice_id NULLS FIRST;

-- name: A nested join in parentheses
-- ordered
SELECT ar.name, al.title, t.name AS track
FROM artist ar LEFT JOIN (album al JOIN track t ON t.album_id = al.album_id AND t.milliseconds > 600000) ON al.artist_id = ar.artist_id
ORDER BY ar.artist_id, al.album_id, t.track_id;

-- name: A join behind one alias
-- ordered
SELECT j.title, j.name, count(*) AS n
FROM (album JOIN artist USING (artist_id)) AS j JOIN track ON track.album_id = j.album_id
GROUP BY j.title, j.name
ORDER BY j.title, j.name;

-- name: USING with a join alias
-- ordered
SELECT k.invoice_id, count(*) AS lines, sum(il.unit_price) AS amount
FROM invoice i JOIN invoice_line il USING (invoice_id) AS k
WHERE i.total BETWEEN 5 AND 15
GROUP BY k.invoice_id
ORDER BY k.invoice_id;

-- name: A self-join: the same title by two tracks
-- ordered
SELECT a.name, a.track_id, b.track_id AS other, a.album_id = b.album_id AS same_album
FROM track a JOIN track b ON b.name = a.name AND b.track_id > a.track_id
ORDER BY a.track_id, b.track_id;

-- name: A self-join: customers of one city
-- ordered
SELECT a.city, a.last_name, b.last_name AS neighbour
FROM customer a, customer b
WHERE a.city = b.city AND a.customer_id < b.customer_id
ORDER BY a.city, a.customer_id, b.customer_id;

-- name: Three copies of employee: agent, manager, manager's manager
-- ordered
SELECT e.last_name, m.last_name AS manager, mm.last_name AS above
FROM employee e LEFT JOIN employee m ON m.employee_id = e.reports_to LEFT JOIN employee mm ON mm.employee_id = m.reports_to
ORDER BY e.employee_id;

-- name: A VALUES list joined: price bands
-- ordered
SELECT band.label, count(i.invoice_id) AS invoices, coalesce(sum(i.total), 0) AS revenue
FROM (VALUES ('small', 0, 2), ('medium', 2, 10), ('large', 10, 20), ('huge', 20, 1000)) AS band (label, low, high)
LEFT JOIN invoice AS i ON i.total >= band.low AND i.total < band.high
GROUP BY band.label, band.low
ORDER BY band.low;

-- name: A CROSS JOIN: genres against countries, with what was sold
-- ordered
SELECT g.name, co.country, count(il.invoice_line_id) AS sold
FROM genre g
CROSS JOIN (SELECT DISTINCT country FROM customer) AS co
LEFT JOIN (invoice_line il JOIN track t USING (track_id) JOIN invoice i USING (invoice_id))
  ON t.genre_id = g.genre_id AND i.billing_country = co.country
GROUP BY g.genre_id, co.country
ORDER BY g.genre_id, co.country;

-- name: LATERAL: the three dearest invoices of each customer
-- ordered
SELECT c.customer_id, top.invoice_id, top.total
FROM customer c
LEFT JOIN LATERAL (SELECT i.invoice_id, i.total FROM invoice i WHERE i.customer_id = c.customer_id ORDER BY i.total DESC, i.invoice_id LIMIT 3) AS top ON true
ORDER BY c.customer_id, top.total DESC, top.invoice_id;

-- name: LATERAL in a comma list: the two longest tracks of each genre
-- ordered
SELECT g.name, l.name AS track, l.milliseconds
FROM genre g, LATERAL (SELECT t.name, t.track_id, t.milliseconds FROM track t WHERE t.genre_id = g.genre_id ORDER BY t.milliseconds DESC, t.track_id FETCH FIRST 2 ROWS ONLY) AS l
ORDER BY g.genre_id, l.milliseconds DESC, l.track_id;

-- name: A comma list with OR
-- ordered
SELECT t.track_id, t.name, g.name AS genre
FROM track t, genre g
WHERE t.genre_id = g.genre_id AND (g.name = 'Jazz' OR t.milliseconds > 3000000) OR t.genre_id = g.genre_id AND t.unit_price > 1.5
ORDER BY t.track_id;
