SELECT 'a'
'b'
====
SELECT 'a'

   'b'	 
'c' 'd'
====
SELECT 'a' -- first
-- second
  'b' -- third
====
SELECT 'a' -- first
'b
====
SELECT 'a' -- first
-- no more
====
SELECT 'a'
-- only a comment
, 'b'
====
SELECT 'a' /* no */
'b'
====
SELECT 'a'
/* no */ 'b'
====
SELECT 'a' -
- 'b'
====
SELECT 'a'
- 'b'
====
SELECT 'a'
-'b'
====
SELECT 'a'
--'b'
'c'
====
SELECT 'a'
''
====
SELECT 'a'
''''
====
SELECT 'a'
''b'
====
SELECT 'a''
'b'
====
SELECT ''
''
====
SELECT 'a'
E'b'
====
SELECT 'a'
"b"
====
SELECT 'a'
$$b$$
====
SELECT 'a'
B'1'
====
SELECT E'a'
'b'
====
SELECT E'a\''
'\'b'
====
SELECT 'a\'
'\'
====
SELECT E'\xc3'
'\xa9'
====
SELECT E'\xc3'
'é'
====
SELECT E'\xc3' -- comment
====
SELECT E'\ud83d'
'\ude00'
====
SELECT E'\ud83d
\ude00'
====
SELECT E'\
'
====
SELECT B'01'
'10'
====
SELECT B'01'
'10
====
SELECT B'01'
''
====
SELECT X'ff' -- x
'ee'
====
SELECT U&'a'
'b' UESCAPE '!'
====
SELECT U&"a"
'b'
====
SELECT U&"a" UESCAPE
'!'
====
SELECT N'a'
'b'
====
SELECT $$a$$
$$b$$
====
SELECT $$a$$
'b'
====
SELECT $a$
multi
line $b$ ' " -- /*
$a$, 1
====
SELECT "a
b", 'a
b', E'a
b' -- c
====
SELECT "a"
"b"
====
SELECT 1 -- one
+ 2 -- two
--three
/* four
-- five */ + 3 /* six
/* seven */
*/
====
SELECT 1 - -- x
1
====
SELECT 1 <-- x
2
====
SELECT 1 @/* x
*/ 2
====
/* a
*//* b */
--c
/* d */
====
--
====

====
   
====
CREATE FUNCTION f(a int) RETURNS int
    LANGUAGE plpgsql AS $function$
DECLARE
    x text := $q$ it's $q$;
BEGIN
    -- DELETE FROM t;
    EXECUTE 'DELETE FROM ' || quote_ident(x);
    RETURN $1;
END
$function$;
SELECT f(1);
====
COPY t FROM stdin;
1	a
\.
====
SELECT *
FROM a
  JOIN b ON a.id = b.a_id     -- why
  LEFT JOIN (SELECT c.*, 'x' "n'" FROM c) AS d
    ON (d.id = b.id) /* and not this ) */
WHERE a.name LIKE '%''%' AND b.v > 1.5e-3
  AND a.x ->> 'k' = $1 AND a.tags @> ARRAY['p', 'q']::text[]
ORDER BY 1, 2 DESC NULLS LAST
LIMIT $2 OFFSET 0x10;
