-- name: GROUPING SETS
-- ordered
SELECT c.country, e.last_name AS agent, grouping(c.country, e.last_name) AS level, count(*) AS invoices, sum(i.total) AS revenue
FROM invoice i JOIN customer c USING (customer_id) JOIN employee e ON e.employee_id = c.support_rep_id
GROUP BY GROUPING SETS ((c.country, e.last_name), (c.country), (e.last_name), ())
ORDER BY level, c.country, agent;

-- name: ROLLUP over year, quarter and month
-- ordered
SELECT extract(year FROM invoice_date)::int AS y, extract(quarter FROM invoice_date)::int AS q, extract(month FROM invoice_date)::int AS m,
       sum(total) AS revenue, count(*) AS n
FROM invoice
GROUP BY ROLLUP (1, 2, 3)
ORDER BY y NULLS LAST, q NULLS LAST, m NULLS LAST;

-- name: CUBE over genre and media type
-- ordered
SELECT g.name AS genre, m.name AS media, count(*) AS tracks, sum(t.bytes::bigint) AS bytes
FROM track t LEFT JOIN genre g ON g.genre_id = t.genre_id JOIN media_type m ON m.media_type_id = t.media_type_id
GROUP BY CUBE (g.name, m.name)
ORDER BY grouping(g.name, m.name), g.name, m.name;

-- name: string_agg and array_agg with ORDER BY and FILTER
-- ordered
SELECT ar.artist_id, string_agg(al.title, ' / ' ORDER BY al.title DESC) AS titles,
       array_agg(al.album_id ORDER BY al.album_id) FILTER (WHERE al.title ~ '^[A-L]') AS first_half,
       count(*) FILTER (WHERE EXISTS (SELECT 1 FROM track t WHERE t.album_id = al.album_id AND t.genre_id = 1)) AS rock
FROM artist ar JOIN album al USING (artist_id)
GROUP BY ar.artist_id
ORDER BY ar.artist_id;

-- name: A discography as nested JSON
-- ordered
SELECT ar.name, json_agg(json_build_object('album', al.title, 'tracks',
         (SELECT json_agg(json_build_object('n', t.name, 'ms', t.milliseconds) ORDER BY t.track_id) FROM track t WHERE t.album_id = al.album_id))
       ORDER BY al.album_id) AS albums
FROM artist ar LEFT JOIN album al ON al.artist_id = ar.artist_id
WHERE ar.artist_id BETWEEN 1 AND 60
GROUP BY ar.artist_id
ORDER BY ar.artist_id;

-- name: Medians and modes
-- ordered
SELECT g.name, percentile_cont(0.5) WITHIN GROUP (ORDER BY t.milliseconds) AS median,
       percentile_disc(ARRAY[0.1, 0.9]) WITHIN GROUP (ORDER BY t.milliseconds) AS tails,
       mode() WITHIN GROUP (ORDER BY t.media_type_id) AS usual_media
FROM track t JOIN genre g USING (genre_id)
GROUP BY g.genre_id
ORDER BY g.genre_id;

-- name: GROUP BY a primary key, other columns selected
-- ordered
SELECT c.customer_id, c.first_name, c.last_name, c.email, c.company, sum(i.total) AS spent, max(i.invoice_date) AS latest
FROM customer c JOIN invoice i USING (customer_id)
GROUP BY c.customer_id
ORDER BY spent DESC, c.customer_id;

-- name: HAVING with a sub-query: customers above the average
-- ordered
SELECT i.customer_id, sum(i.total) AS spent
FROM invoice i
GROUP BY i.customer_id
HAVING sum(i.total) > (SELECT avg(s) FROM (SELECT sum(total) AS s FROM invoice GROUP BY customer_id) AS per_customer)
ORDER BY i.customer_id;

-- name: Albums longer than an hour, or without a genre
-- ordered
SELECT al.album_id, al.title, sum(t.milliseconds) / 60000 AS minutes, count(*) AS tracks, bool_or(t.genre_id IS NULL) AS unsorted
FROM album al JOIN track t ON t.album_id = al.album_id
GROUP BY al.album_id
HAVING sum(t.milliseconds) > 3600000 OR bool_or(t.genre_id IS NULL)
ORDER BY al.album_id;

-- name: A histogram of track lengths
-- ordered
SELECT width_bucket(milliseconds, 0, 600000, 12) AS bucket, count(*) AS n, min(milliseconds) AS low, max(milliseconds) AS high,
       count(DISTINCT album_id) AS albums
FROM track
GROUP BY bucket
ORDER BY bucket;

-- name: DISTINCT ON: the latest invoice of each customer
-- ordered
SELECT DISTINCT ON (i.customer_id) i.customer_id, i.invoice_id, i.invoice_date, i.total
FROM invoice i
ORDER BY i.customer_id, i.invoice_date DESC, i.invoice_id DESC;

-- name: DISTINCT ON: the best customer of each country
-- ordered
SELECT DISTINCT ON (c.country) c.country, c.last_name, sum(i.total) AS spent
FROM customer c LEFT JOIN invoice i ON i.customer_id = c.customer_id
GROUP BY c.customer_id
ORDER BY c.country, sum(i.total) DESC NULLS LAST, c.customer_id;

-- name: Counts that a deleted row must not touch
-- ordered
SELECT count(*) AS n, count(composer) AS known, count(DISTINCT composer) AS composers, count(DISTINCT (album_id, media_type_id)) AS pairs,
       min(milliseconds) AS shortest, max(name) AS last, sum(unit_price) AS price, every(bytes > 0) AS all_filled
FROM track;
