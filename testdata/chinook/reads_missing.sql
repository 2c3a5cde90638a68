-- name: NOT EXISTS: customers without an invoice
-- ordered
SELECT c.customer_id, c.first_name, c.last_name
FROM customer c
WHERE NOT EXISTS (SELECT 1 FROM invoice i WHERE i.customer_id = c.customer_id)
ORDER BY c.customer_id;

-- name: NOT IN: tracks on no playlist
-- ordered
SELECT t.track_id, t.name FROM track t WHERE t.track_id NOT IN (SELECT pt.track_id FROM playlist_track pt) ORDER BY t.track_id;

-- name: LEFT JOIN … IS NULL: artists without albums
-- ordered
SELECT ar.artist_id, ar.name
FROM artist ar LEFT JOIN album al ON al.artist_id = ar.artist_id
WHERE al.album_id IS NULL
ORDER BY ar.artist_id;

-- name: LEFT JOIN … IS NULL: tracks that nobody bought
-- ordered
SELECT t.track_id, t.name, t.unit_price
FROM track t LEFT JOIN invoice_line il ON t.track_id = il.track_id
WHERE il.invoice_line_id IS NULL AND t.genre_id IS NOT NULL
ORDER BY t.track_id;

-- name: EXCEPT: genres that never sold
SELECT g.name FROM genre g
EXCEPT
SELECT g.name FROM genre g JOIN track t USING (genre_id) JOIN invoice_line il USING (track_id);

-- name: Nobody without: playlists that hold every track of some album
-- ordered
SELECT p.playlist_id, al.album_id
FROM playlist p CROSS JOIN album al
WHERE al.album_id <= 60
  AND NOT EXISTS (SELECT 1 FROM track t WHERE t.album_id = al.album_id
                  AND NOT EXISTS (SELECT 1 FROM playlist_track pt WHERE pt.playlist_id = p.playlist_id AND pt.track_id = t.track_id))
ORDER BY p.playlist_id, al.album_id;

-- name: EXISTS in the select list
-- ordered
SELECT t.track_id,
       EXISTS (SELECT 1 FROM invoice_line il WHERE il.track_id = t.track_id) AS sold,
       t.track_id IN (SELECT pt.track_id FROM playlist_track pt JOIN playlist p USING (playlist_id) WHERE p.name LIKE '90%') AS nineties,
       NOT EXISTS (SELECT FROM playlist_track pt WHERE pt.track_id = t.track_id) AS nowhere
FROM track t
ORDER BY t.track_id;

-- name: ALL and ANY
-- ordered
SELECT c.customer_id, c.last_name
FROM customer c
WHERE c.customer_id = ANY (SELECT i.customer_id FROM invoice i WHERE i.total > 15)
   OR 5 > ALL (SELECT i.total FROM invoice i WHERE i.customer_id = c.customer_id)
ORDER BY c.customer_id;

-- name: Employees who are nobody's manager and nobody's agent
-- ordered
SELECT e.employee_id, e.last_name, e.title
FROM employee e
WHERE e.employee_id NOT IN (SELECT reports_to FROM employee WHERE reports_to IS NOT NULL)
  AND NOT EXISTS (SELECT 1 FROM customer WHERE support_rep_id = e.employee_id)
ORDER BY e.employee_id;

-- name: Empty playlists, and those that seem empty
-- ordered
SELECT p.playlist_id, p.name, (SELECT count(*) FROM playlist_track pt WHERE pt.playlist_id = p.playlist_id) AS places
FROM playlist p
WHERE (SELECT count(*) FROM playlist_track pt JOIN track t USING (track_id) WHERE pt.playlist_id = p.playlist_id) < 20
ORDER BY p.playlist_id;
