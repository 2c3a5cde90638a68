-- name: FROM where no table follows
-- ordered
SELECT extract(year FROM i.invoice_date)::int AS y, substring(c.country FROM 1 FOR 3) AS land, trim(BOTH 'A' FROM c.city) AS city,
       i.total IS DISTINCT FROM c.support_rep_id AS other, overlay(c.last_name PLACING '*' FROM 2) AS hidden
FROM invoice i, customer c
WHERE c.customer_id = i.customer_id AND c.company IS NOT DISTINCT FROM NULL OR c.customer_id = i.customer_id AND position('a' IN c.city) = 2
ORDER BY i.invoice_id;

-- name: Comments, quotes and keywords as names
-- ordered
SELECT "order"."total" /* the WHERE of this query */ AS "where", "group".last_name AS "from" -- ; DELETE FROM track
FROM "invoice" AS "order" -- WHERE false
  LEFT OUTER JOIN /* one */ "public"."customer" "group" /* two */ ON ("order".customer_id = "group".customer_id)
WHERE /* no parentheses */ "order".total > 10 -- or
  OR "group".country = 'it''s -- here' OR "group".country = $$Nor$$ || 'way' /* end */
ORDER BY "order".invoice_id -- the end
;

-- name: Upper case, ONLY and the star of inheritance
-- ordered
SELECT COUNT(*) AS N FROM ONLY TRACK T JOIN Album * AL ON AL.ALBUM_ID = T.ALBUM_ID JOIN ONLY (ARTIST) ON ARTIST.ARTIST_ID = AL.ARTIST_ID;

-- name: Columns qualified by schema and table
-- ordered
SELECT public.genre.name, count(public.track.track_id) AS tracks
FROM public.genre LEFT JOIN public.track ON public.track.genre_id = public.genre.genre_id
GROUP BY public.genre.genre_id
ORDER BY public.genre.genre_id;

-- name: Aliases with column lists
-- ordered
SELECT x.a, x.b, count(y.k) AS n
FROM artist AS x (a, b) LEFT JOIN album AS y (k, t, a, gone) ON y.a = x.a AND y.gone IS NULL
GROUP BY x.a, x.b
ORDER BY x.a;

-- name: Tables in every corner of an expression
-- ordered
SELECT t.track_id,
       (ARRAY(SELECT il.invoice_id FROM invoice_line il WHERE il.track_id = t.track_id ORDER BY 1))[1] AS first_invoice,
       coalesce((SELECT g.name FROM genre g WHERE g.genre_id = t.genre_id), (SELECT min(name) FROM genre), 'none') AS genre,
       greatest(t.milliseconds, (SELECT max(o.milliseconds) FROM track o WHERE o.album_id = t.album_id)) AS longest,
       (t.album_id, t.genre_id) = (SELECT o.album_id, o.genre_id FROM track o WHERE o.album_id = t.album_id ORDER BY o.track_id LIMIT 1) AS like_first,
       u.n
FROM track t, unnest(ARRAY(SELECT count(*) FROM playlist_track pt WHERE pt.track_id = t.track_id)) AS u (n)
WHERE t.track_id BETWEEN (SELECT min(track_id) FROM invoice_line WHERE unit_price > 1) - 100 AND (SELECT 2900 + count(*) FROM employee)
ORDER BY t.track_id;

-- name: VALUES of sub-selects
VALUES ('artists', (SELECT count(*) FROM artist)), ('media', (SELECT count(*) FROM media_type)), ('staff', (SELECT count(*) FROM employee WHERE reports_to = 1));

-- name: Windows, HAVING and a filter under one OR
-- ordered
SELECT c.country, count(*) AS n, rank() OVER (ORDER BY count(*) DESC) AS rank
FROM customer c FULL OUTER JOIN invoice i ON i.customer_id = c.customer_id AND i.total > 5
WHERE c.country <> 'India' OR i.total > 6 OR c.customer_id IS NULL
GROUP BY c.country
HAVING count(*) > 1 OR bool_or(EXISTS (SELECT 1 FROM invoice_line il WHERE il.invoice_id = i.invoice_id AND il.quantity > 0))
WINDOW unused AS (PARTITION BY c.country)
ORDER BY c.country NULLS LAST;
