-- What was deleted from the shop, in the order of a database with foreign keys: children before
-- parents. Each statement runs through the driver on one database and as it is on its twin, and
-- must report the same number of rows on both.

-- name: Erased customers: their invoice lines
DELETE FROM invoice_line AS il
USING invoice AS i JOIN customer AS c ON c.customer_id = i.customer_id
WHERE il.invoice_id = i.invoice_id AND c.customer_id IN (1, 5, 10, 19, 41, 52, 59);

-- name: Erased customers: their invoices
-- args: ["{1,5,10,19,41,52,59}"]
DELETE FROM invoice WHERE customer_id = ANY ($1::int[]);

-- name: Erased customers: themselves
-- returning
DELETE FROM customer WHERE customer_id IN (1, 5, 10, 19, 41, 52, 59) RETURNING *;

-- name: Customers who stay without any invoice: the lines
DELETE FROM invoice_line
WHERE EXISTS (SELECT 1 FROM invoice i WHERE i.invoice_id = invoice_line.invoice_id AND i.customer_id IN (14, 23, 36, 48));

-- name: Customers who stay without any invoice: the invoices
-- returning
DELETE FROM invoice i USING customer c
WHERE i.customer_id = c.customer_id AND c.customer_id IN (14, 23, 36, 48)
RETURNING i.invoice_id, c.last_name, i.total;

-- name: Cancelled invoices: the lines
DELETE FROM invoice_line WHERE invoice_id IN (SELECT invoice_id FROM invoice WHERE invoice_id % 9 = 4);

-- name: Cancelled invoices: the invoices
DELETE FROM invoice WHERE invoice_id % 9 = 4;

-- name: Refunded lines of invoices that stay
DELETE FROM invoice_line WHERE invoice_line_id % 11 = 3 OR unit_price > 1 AND invoice_line_id % 2 = 0;

-- name: One more invoice emptied, line by line
-- args: [98]
-- args: [98]
-- args: [103]
DELETE FROM invoice_line WHERE invoice_id = $1;

-- name: A sales agent leaves: the customers move
UPDATE customer SET support_rep_id = CASE WHEN customer_id % 2 = 0 THEN 3 ELSE 5 END WHERE support_rep_id = 4;

-- name: A sales agent leaves
DELETE FROM employee WHERE employee_id = 4;

-- name: The IT department shrinks: one of the staff
DELETE FROM employee e USING employee boss
WHERE e.reports_to = boss.employee_id AND boss.last_name = 'Mitchell' AND e.last_name = 'Callahan';

-- name: The IT department shrinks: the rest reports to the general manager
UPDATE employee SET reports_to = boss.reports_to
FROM employee boss
WHERE employee.reports_to = boss.employee_id AND boss.last_name = 'Mitchell';

-- name: The IT department shrinks: the manager, who has nobody left
-- returning
DELETE FROM employee m
WHERE m.title = 'IT Manager' AND NOT EXISTS (SELECT 1 FROM employee e WHERE e.reports_to = m.employee_id)
RETURNING employee_id, first_name || ' ' || last_name AS name;

-- name: Artists whose music is withdrawn: lines that sold it
DELETE FROM invoice_line
USING track, album
WHERE track.track_id = invoice_line.track_id AND album.album_id = track.album_id AND album.artist_id IN (1, 22, 50, 90, 114);

-- name: Artists whose music is withdrawn: places in playlists
DELETE FROM playlist_track pt
USING track t JOIN album al USING (album_id)
WHERE pt.track_id = t.track_id AND al.artist_id IN (1, 22, 50, 90, 114);

-- name: Artists whose music is withdrawn: the tracks
WITH gone AS (SELECT album_id FROM album WHERE artist_id IN (1, 22, 50, 90, 114))
DELETE FROM track WHERE album_id IN (SELECT album_id FROM gone);

-- name: Artists whose music is withdrawn: the albums
DELETE FROM album WHERE artist_id IN (1, 22, 50, 90, 114);

-- name: Two of those artists go themselves, the others stay without albums
DELETE FROM artist WHERE artist_id IN (50, 90);

-- name: Every third artist without an album
DELETE FROM artist a WHERE a.artist_id % 3 = 0 AND NOT EXISTS (SELECT FROM album al WHERE al.artist_id = a.artist_id);

-- name: Single tracks: lines
DELETE FROM invoice_line WHERE track_id % 13 = 5;

-- name: Single tracks: places in playlists
DELETE FROM playlist_track WHERE track_id % 13 = 5;

-- name: Single tracks
DELETE FROM track WHERE track_id % 13 = 5;

-- name: Albums left without tracks
DELETE FROM album WHERE album_id NOT IN (SELECT album_id FROM track WHERE album_id IS NOT NULL);

-- name: The duplicate of the playlist Music: its tracks
DELETE FROM playlist_track
WHERE playlist_id IN (SELECT p.playlist_id FROM playlist p JOIN playlist q ON q.name = p.name AND q.playlist_id < p.playlist_id);

-- name: Duplicate playlists, in which the one that stays must be live
DELETE FROM playlist p USING playlist q WHERE q.name = p.name AND q.playlist_id < p.playlist_id;

-- name: Long tracks leave every playlist, which leaves some in none
DELETE FROM playlist_track WHERE track_id IN (SELECT track_id FROM track WHERE milliseconds > 2500000);

-- name: A track taken out of a playlist by its composite key
-- args: [5, 2]
-- args: [5, 3]
-- args: [5, 3]
-- args: [16, 52]
DELETE FROM playlist_track WHERE (playlist_id, track_id) = ($1, $2);

-- name: Genres merged: the tracks move
UPDATE track SET genre_id = g.genre_id FROM genre g WHERE g.name = 'Sci Fi & Fantasy' AND track.genre_id = 18;

-- name: Opera is dropped: its track has no genre
UPDATE track SET genre_id = NULL WHERE genre_id = (SELECT genre_id FROM genre WHERE name = 'Opera');

-- name: Genres without tracks
-- returning
DELETE FROM genre g
WHERE NOT EXISTS (SELECT 1 FROM track t WHERE t.genre_id = g.genre_id)
RETURNING g.genre_id, g.name;

-- name: A media type is merged: its tracks move
UPDATE track SET media_type_id = 5 WHERE media_type_id = 4;

-- name: Media types without tracks
DELETE FROM media_type WHERE NOT EXISTS (SELECT FROM track WHERE track.media_type_id = media_type.media_type_id);

-- name: Deleted once more: nothing is left to delete
DELETE FROM track WHERE album_id IN (SELECT album_id FROM track WHERE track_id % 13 = 5) AND track_id % 13 = 5;
