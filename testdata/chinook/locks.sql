-- Queues: each query runs in a transaction of its own and, while that one holds its locks, in a
-- second one. Both must get what they would get had the deleted rows never been there.

-- name: A work queue of invoices
-- ordered
SELECT invoice_id, total FROM invoice WHERE total > 1 ORDER BY invoice_id LIMIT 20 FOR UPDATE SKIP LOCKED;

-- name: A queue over a join, one side locked
-- ordered
SELECT c.customer_id, i.invoice_id
FROM customer c JOIN invoice i ON i.customer_id = c.customer_id
WHERE c.country = 'USA' OR i.total > 20
ORDER BY i.invoice_id
LIMIT 15
FOR UPDATE OF i SKIP LOCKED;

-- name: A queue over an outer join
-- ordered
SELECT al.album_id, ar.name, (SELECT count(*) FROM track t WHERE t.album_id = al.album_id) AS tracks
FROM album AS al LEFT JOIN artist AS ar USING (artist_id)
ORDER BY al.album_id DESC
LIMIT 40
FOR NO KEY UPDATE OF al SKIP LOCKED;
