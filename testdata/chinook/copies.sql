-- What COPY … TO STDOUT writes, byte for byte; lines without an order are sorted first.

-- name: A table
COPY track TO STDOUT;

-- name: A table with columns, as CSV
COPY playlist_track (track_id, playlist_id) TO STDOUT WITH (FORMAT csv, HEADER);

-- name: A table of another marker, quoted everywhere
COPY public.genre TO STDOUT WITH (FORMAT csv, FORCE_QUOTE *);

-- name: A query
-- ordered
COPY (
  SELECT c.email, e.email AS agent, sum(i.total) AS spent
  FROM customer c LEFT JOIN employee e ON e.employee_id = c.support_rep_id LEFT JOIN invoice i USING (customer_id)
  GROUP BY c.customer_id, e.employee_id
  ORDER BY c.customer_id
) TO STDOUT WITH (FORMAT csv, HEADER, NULL 'none');
