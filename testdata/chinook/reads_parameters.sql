-- name: A search with optional filters
-- ordered
-- args: ["%love%", null, null]
-- args: ["%a%", 1, 0.99]
-- args: ["%", 21, null]
-- args: ["no such track", null, null]
SELECT t.track_id, t.name, g.name AS genre, t.unit_price
FROM track t LEFT JOIN genre g ON g.genre_id = t.genre_id
WHERE t.name ILIKE $1
  AND ($2::int IS NULL OR t.genre_id = $2)
  AND ($3::numeric IS NULL OR t.unit_price <= $3)
ORDER BY t.track_id;

-- name: A customer by key, with orders counted
-- ordered
-- args: [1]
-- args: [2]
-- args: [14]
-- args: [52]
SELECT c.*, (SELECT count(*) FROM invoice i WHERE i.customer_id = c.customer_id) AS invoices
FROM customer c WHERE c.customer_id = $1;

-- name: Keyset pages by row comparison
-- ordered
-- args: ["", 0, 20]
-- args: ["Garage Inc. (Disc 1)", 150, 20]
-- args: ["Volume Dois", 1000, 20]
SELECT title, album_id FROM album WHERE (title, album_id) > ($1, $2) ORDER BY title, album_id LIMIT $3;

-- name: LIMIT and OFFSET as parameters
-- ordered
-- args: [10, 0]
-- args: [10, 10]
-- args: [10, 300]
SELECT i.invoice_id, i.invoice_date, c.last_name
FROM invoice i JOIN customer c USING (customer_id)
ORDER BY i.invoice_date DESC, i.invoice_id
LIMIT $1 OFFSET $2;

-- name: = ANY of an array, unnested again
-- ordered
-- args: ["{1,2,5,6,100}"]
-- args: ["{3,5,90}"]
SELECT x.id, a.name, EXISTS (SELECT 1 FROM album al WHERE al.artist_id = x.id) AS has_album
FROM unnest($1::int[]) AS x (id) LEFT JOIN artist a ON a.artist_id = x.id
WHERE x.id = ANY ($1)
ORDER BY x.id;

-- name: BETWEEN two dates
-- ordered
-- args: ["2021-01-01", "2021-06-30"]
-- args: ["2025-12-01", "2025-12-31"]
SELECT i.invoice_id, i.total, count(il.invoice_line_id) AS lines
FROM invoice i LEFT JOIN invoice_line il USING (invoice_id)
WHERE i.invoice_date BETWEEN $1::timestamp AND $2::timestamp
GROUP BY i.invoice_id
ORDER BY i.invoice_id;

-- name: A row in a list of rows
-- ordered
-- args: [5, 4, 52]
-- args: [5, 3, 52]
SELECT playlist_id, track_id FROM playlist_track
WHERE (playlist_id, track_id) IN (($1, $2), (16, $3), (1, 1), (1, 5)) OR (playlist_id, track_id) = (SELECT 17, min(track_id) FROM playlist_track WHERE playlist_id = 17)
ORDER BY playlist_id, track_id;

-- name: Recommendations: what buyers of a track also bought
-- ordered
-- args: [2]
-- args: [9]
-- args: [1100]
SELECT o.track_id, count(DISTINCT i2.customer_id) AS buyers
FROM invoice_line il
JOIN invoice i ON i.invoice_id = il.invoice_id
JOIN invoice i2 ON i2.customer_id = i.customer_id
JOIN invoice_line o ON o.invoice_id = i2.invoice_id
WHERE il.track_id = $1 AND o.track_id <> $1
GROUP BY o.track_id
ORDER BY buyers DESC, o.track_id
LIMIT 30;
