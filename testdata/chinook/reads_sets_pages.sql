-- name: UNION: the address book
-- ordered
SELECT 'customer' AS kind, first_name || ' ' || last_name AS name, email FROM customer
UNION
SELECT 'employee', first_name || ' ' || last_name, email FROM employee
ORDER BY kind, name, email;

-- name: UNION ALL: the latest of everything
-- ordered
(SELECT 'invoice' AS what, invoice_id AS id, total::text AS detail FROM invoice ORDER BY invoice_date DESC, invoice_id DESC LIMIT 5)
UNION ALL
(SELECT 'album', album_id, title FROM album ORDER BY album_id DESC LIMIT 5)
UNION ALL
(SELECT 'track', track_id, name FROM track ORDER BY track_id DESC LIMIT 5)
ORDER BY what, id;

-- name: INTERSECT ALL: cities with customers and with bills
-- ordered
SELECT city FROM customer INTERSECT ALL SELECT billing_city FROM invoice ORDER BY 1;

-- name: EXCEPT of a UNION
-- ordered
SELECT track_id FROM playlist_track WHERE playlist_id = 5
EXCEPT
(SELECT track_id FROM playlist_track WHERE playlist_id IN (16, 17) UNION SELECT track_id FROM invoice_line)
ORDER BY track_id;

-- name: A page of tracks
-- ordered
SELECT t.track_id, t.name, al.title
FROM track t LEFT JOIN album al ON al.album_id = t.album_id
ORDER BY t.name, t.track_id
LIMIT 25 OFFSET 100;

-- name: The last page of albums, counted from the end
-- ordered
SELECT album_id, title FROM album ORDER BY title DESC, album_id OFFSET (SELECT count(*) - 7 FROM album) ROWS;

-- name: FETCH FIRST
-- ordered
SELECT g.genre_id, count(t.track_id) AS n
FROM genre g LEFT JOIN track t USING (genre_id)
GROUP BY g.genre_id
ORDER BY count(t.track_id) / 10 DESC, g.genre_id
FETCH FIRST 12 ROWS ONLY;

-- name: WITH TIES: the dearest invoices
SELECT invoice_id, total FROM invoice ORDER BY total DESC FETCH FIRST 10 ROWS WITH TIES;

-- name: TABLE
TABLE genre;

-- name: SELECT * of everything around a playlist
SELECT * FROM playlist p JOIN playlist_track pt USING (playlist_id) JOIN track t USING (track_id) WHERE p.playlist_id IN (12, 16, 17);

-- name: Row types: whole rows compared and counted
-- ordered
SELECT a.artist_id, a IS NULL AS nothing, count(DISTINCT al) AS albums, (max(al.album_id), a.artist_id) > (200, 100) AS late
FROM artist a LEFT JOIN album al ON al.artist_id = a.artist_id
GROUP BY a.artist_id, a
ORDER BY a.artist_id;

-- name: Sub-selects in ORDER BY and CASE
-- ordered
SELECT c.customer_id,
       CASE WHEN (SELECT count(*) FROM invoice i WHERE i.customer_id = c.customer_id) = 0 THEN 'sleeping'
            WHEN (SELECT max(invoice_date) FROM invoice i WHERE i.customer_id = c.customer_id) >= '2025-01-01' THEN 'active'
            ELSE 'quiet' END AS state
FROM customer c
ORDER BY (SELECT count(*) FROM invoice_line il JOIN invoice i USING (invoice_id) WHERE i.customer_id = c.customer_id) DESC, c.customer_id;

-- name: ARRAY sub-selects
-- ordered
SELECT p.playlist_id, p.name, ARRAY(SELECT pt.track_id FROM playlist_track pt WHERE pt.playlist_id = p.playlist_id ORDER BY pt.track_id DESC LIMIT 4) AS last_tracks
FROM playlist p
ORDER BY p.playlist_id;
