-- name: The employees' hierarchy from the top
-- ordered
WITH RECURSIVE chain AS (
  SELECT e.employee_id, e.last_name, 0 AS depth, e.last_name::text AS path FROM employee e WHERE e.reports_to IS NULL
  UNION ALL
  SELECT e.employee_id, e.last_name, chain.depth + 1, chain.path || ' > ' || e.last_name
  FROM employee e JOIN chain ON e.reports_to = chain.employee_id
)
SELECT * FROM chain ORDER BY path;

-- name: The hierarchy upwards, searched depth first, with the revenue of each branch
-- ordered
WITH RECURSIVE up (agent, boss, depth) AS (
  SELECT employee_id, employee_id, 0 FROM employee
  UNION
  SELECT up.agent, e.reports_to, up.depth + 1 FROM up JOIN employee e ON e.employee_id = up.boss WHERE e.reports_to IS NOT NULL
), revenue AS (
  SELECT c.support_rep_id, sum(i.total) AS total FROM customer c JOIN invoice i USING (customer_id) GROUP BY c.support_rep_id
)
SELECT b.last_name, count(DISTINCT up.agent) AS people, coalesce(sum(r.total), 0) AS revenue, max(up.depth) AS depth
FROM up JOIN employee b ON b.employee_id = up.boss LEFT JOIN revenue r ON r.support_rep_id = up.agent
GROUP BY b.employee_id
ORDER BY b.employee_id;

-- name: SEARCH DEPTH FIRST
-- ordered
WITH RECURSIVE tree AS (
  SELECT employee_id, reports_to, title FROM employee WHERE employee_id = 1
  UNION ALL
  SELECT e.employee_id, e.reports_to, e.title FROM tree t JOIN employee e ON e.reports_to = t.employee_id
) SEARCH DEPTH FIRST BY employee_id SET place
SELECT employee_id, reports_to, title FROM tree ORDER BY place;

-- name: A CTE that has the name of the table it reads
-- ordered
WITH track AS (SELECT track_id, name, album_id FROM track WHERE unit_price < 1),
     album AS (SELECT al.album_id, al.title, count(t.track_id) AS tracks FROM album al LEFT JOIN track t USING (album_id) GROUP BY al.album_id)
SELECT album.title, album.tracks, min(track.name) AS first, (SELECT count(*) FROM public.track p WHERE p.album_id = album.album_id) AS all_prices
FROM album LEFT JOIN track USING (album_id)
GROUP BY album.album_id, album.title, album.tracks
ORDER BY album.album_id;

-- name: A CTE read twice
-- ordered
WITH spent AS MATERIALIZED (
  SELECT c.customer_id, c.country, coalesce(sum(i.total), 0) AS total
  FROM customer c LEFT JOIN invoice i ON i.customer_id = c.customer_id GROUP BY c.customer_id
)
SELECT s.customer_id, s.country, s.total, s.total - (SELECT avg(o.total) FROM spent o WHERE o.country = s.country) AS against_country
FROM spent s
ORDER BY s.customer_id;

-- name: Cohorts: how many customers of the first year come back
-- ordered
WITH first_buy AS (
  SELECT customer_id, min(date_trunc('year', invoice_date)) AS cohort FROM invoice GROUP BY customer_id
), activity AS (
  SELECT DISTINCT i.customer_id, date_trunc('year', i.invoice_date) AS year FROM invoice AS i
)
SELECT extract(year FROM f.cohort)::int AS cohort, extract(year FROM a.year)::int - extract(year FROM f.cohort)::int AS age, count(*) AS customers
FROM first_buy f JOIN activity a ON a.customer_id = f.customer_id
GROUP BY 1, 2
ORDER BY 1, 2;

-- name: Baskets: genres bought together
-- ordered
WITH bought AS (
  SELECT DISTINCT il.invoice_id, g.name FROM invoice_line il JOIN track t USING (track_id) JOIN genre g USING (genre_id)
)
SELECT a.name, b.name AS together, count(*) AS times
FROM bought a JOIN bought b ON b.invoice_id = a.invoice_id AND a.name < b.name
GROUP BY a.name, b.name
HAVING count(*) > 1
ORDER BY times DESC, a.name, b.name;

-- name: WITH inside a sub-select
-- ordered
SELECT g.name, (WITH sold AS (SELECT il.quantity FROM invoice_line il JOIN track t USING (track_id) WHERE t.genre_id = g.genre_id)
                SELECT coalesce(sum(quantity), 0) FROM sold) AS sold
FROM genre g
ORDER BY sold DESC, g.name;
