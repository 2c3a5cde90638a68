-- Each write runs in a transaction on both databases; what it reports and what every table holds
-- afterwards must be equal; then it is rolled back.

-- name: UPDATE … FROM: customers who spent much get a new agent
UPDATE customer AS c
SET support_rep_id = best.employee_id
FROM (SELECT i.customer_id, sum(i.total) AS spent FROM invoice i GROUP BY i.customer_id HAVING sum(i.total) > 38) AS top,
     employee AS best
WHERE c.customer_id = top.customer_id AND best.last_name = 'Johnson';

-- name: UPDATE … FROM with an outer join: tracks that never sold become cheaper
UPDATE track
SET unit_price = track.unit_price - 0.10
FROM track AS t LEFT JOIN invoice_line AS il ON il.track_id = t.track_id
WHERE track.track_id = t.track_id AND il.invoice_line_id IS NULL;

-- name: UPDATE with a multi-column sub-select
UPDATE album
SET (title, artist_id) = (SELECT left(a.name || ': ' || album.title, 160), a.artist_id FROM artist a WHERE a.artist_id = album.artist_id)
WHERE EXISTS (SELECT 1 FROM track t JOIN genre g USING (genre_id) WHERE t.album_id = album.album_id AND g.name IN ('Blues', 'Jazz'));

-- name: UPDATE of invoice totals from their lines, returned
-- returning
UPDATE invoice
SET total = s.total
FROM (SELECT invoice_id, sum(unit_price * quantity) AS total FROM invoice_line GROUP BY invoice_id) AS s
WHERE s.invoice_id = invoice.invoice_id AND s.total <> invoice.total
RETURNING invoice.invoice_id, invoice.customer_id, s.total, (SELECT c.email FROM customer c WHERE c.customer_id = invoice.customer_id) AS email;

-- name: UPDATE of several rows through OR
UPDATE customer SET company = 'Private' WHERE company IS NULL AND country = 'USA' OR country = 'Brazil' OR support_rep_id = 5;

-- name: INSERT … SELECT: a playlist of the best-selling tracks
INSERT INTO playlist_track (playlist_id, track_id)
SELECT 18, t.track_id
FROM track t JOIN invoice_line il USING (track_id)
WHERE NOT EXISTS (SELECT 1 FROM playlist_track pt WHERE pt.playlist_id = 18 AND pt.track_id = t.track_id)
GROUP BY t.track_id
HAVING sum(il.quantity) > 1;

-- name: INSERT with sub-selects among its values, returned
-- returning
INSERT INTO invoice (invoice_id, customer_id, invoice_date, total)
VALUES (5000, (SELECT min(customer_id) FROM customer), '2026-01-01', (SELECT sum(total) FROM invoice WHERE customer_id = 2)),
       (5001, (SELECT max(customer_id) FROM customer), '2026-01-02', (SELECT count(*) FROM invoice_line))
RETURNING *;

-- name: DELETE … USING: playlists are cleared of music that nobody bought
DELETE FROM playlist_track
USING track t LEFT JOIN invoice_line il ON il.track_id = t.track_id
WHERE playlist_track.track_id = t.track_id AND il.track_id IS NULL AND playlist_track.playlist_id IN (1, 5, 12);

-- name: DELETE of a self-join: older copies of the same track
DELETE FROM playlist_track AS old
USING track AS a, track AS b
WHERE old.track_id = a.track_id AND b.name = a.name AND b.track_id > a.track_id;

-- name: DELETE with RETURNING: what goes reads as it was
-- returning
DELETE FROM invoice_line WHERE invoice_id IN (SELECT invoice_id FROM invoice WHERE billing_country = 'Germany') RETURNING *;

-- name: A data-modifying CTE: lines are deleted and summed up
-- returning
WITH gone AS (
  DELETE FROM invoice_line il USING invoice i
  WHERE i.invoice_id = il.invoice_id AND i.billing_country IN ('France', 'Canada')
  RETURNING il.track_id, il.unit_price, il.quantity, i.billing_country
)
SELECT g.billing_country, coalesce(ge.name, 'none') AS genre, count(*) AS lines, sum(g.unit_price * g.quantity) AS refunded
FROM gone g JOIN track t ON t.track_id = g.track_id LEFT JOIN genre ge ON ge.genre_id = t.genre_id
GROUP BY 1, 2;

-- name: A data-modifying CTE moves rows: tracks leave one playlist for another
WITH moved AS (
  DELETE FROM playlist_track WHERE playlist_id = 3 RETURNING track_id
)
INSERT INTO playlist_track (playlist_id, track_id) SELECT 2, track_id FROM moved;

-- name: A chain of data-modifying CTEs: a new invoice and its lines
-- returning
WITH inv AS (
  INSERT INTO invoice (invoice_id, customer_id, invoice_date, total)
  SELECT 6000, c.customer_id, '2026-02-01', 0 FROM customer c WHERE c.email LIKE '%@%' ORDER BY c.customer_id LIMIT 1
  RETURNING invoice_id
), line AS (
  INSERT INTO invoice_line (invoice_line_id, invoice_id, track_id, unit_price, quantity)
  SELECT 60000 + row_number() OVER (ORDER BY t.track_id), inv.invoice_id, t.track_id, t.unit_price, 1
  FROM inv, track t WHERE t.composer = 'U2'
  RETURNING unit_price
)
SELECT count(*) AS lines, sum(unit_price) AS total FROM line;

-- name: MERGE: prices follow the number of sales
MERGE INTO track AS t
USING (SELECT il.track_id, count(*) AS sold FROM invoice_line il JOIN invoice i USING (invoice_id) GROUP BY il.track_id) AS s
ON s.track_id = t.track_id
WHEN MATCHED AND s.sold > 1 THEN UPDATE SET unit_price = t.unit_price + 0.30
WHEN MATCHED THEN UPDATE SET unit_price = t.unit_price + 0.01;

-- name: MERGE that updates, deletes and inserts
MERGE INTO playlist_track AS pt
USING (SELECT track_id, genre_id FROM track WHERE genre_id IN (1, 24)) AS t
ON pt.playlist_id = 12 AND pt.track_id = t.track_id
WHEN MATCHED AND t.track_id % 2 = 0 THEN DELETE
WHEN NOT MATCHED AND t.genre_id = 24 THEN INSERT (playlist_id, track_id) VALUES (12, t.track_id);

-- name: MERGE with a table as its source
MERGE INTO customer c
USING employee e
ON e.employee_id = c.support_rep_id AND e.city = 'Calgary'
WHEN MATCHED AND c.country = 'USA' THEN UPDATE SET company = e.first_name || ' ' || e.last_name
WHEN MATCHED THEN DO NOTHING;

-- name: An upsert on a live row: update
-- unfiltered: same; the key is given, and its row is live
INSERT INTO genre (genre_id, name) VALUES (1, 'Rock & Roll'), (100, 'Ambient')
ON CONFLICT (genre_id) DO UPDATE SET name = excluded.name || ' (was ' || genre.name || ')';

-- name: An upsert on live rows with a condition, from a query
INSERT INTO artist (artist_id, name)
SELECT a.artist_id, a.name || ' (' || count(al.album_id) || ')' FROM artist a LEFT JOIN album al USING (artist_id)
WHERE a.artist_id < 60 GROUP BY a.artist_id
ON CONFLICT (artist_id) DO UPDATE SET name = excluded.name
WHERE artist.name < 'M' OR EXISTS (SELECT 1 FROM album WHERE album.artist_id = excluded.artist_id);

-- name: An upsert on live rows: nothing
INSERT INTO playlist_track (playlist_id, track_id)
SELECT p.playlist_id, t.track_id FROM playlist p, track t WHERE p.name = 'Classical' AND t.genre_id IN (10, 24)
ON CONFLICT (playlist_id, track_id) DO NOTHING;

-- name: An UPDATE in a CTE, summed up
-- returning
WITH top AS (
  UPDATE track SET milliseconds = 0 WHERE genre_id = 19 AND NOT EXISTS (SELECT 1 FROM invoice_line il WHERE il.track_id = track.track_id)
  RETURNING track_id, name
)
SELECT count(*) AS n, min(name) AS first, max(track_id) AS last FROM top;
