SELECT 1
select * from t where a = 1
SELECT a.b.c, "A"."b".c FROM s.t AS x WHERE x.a <> 3 AND y != 4;
INSERT INTO t (a, b) VALUES ($1, $2), ($3, DEFAULT) ON CONFLICT (a) DO UPDATE SET b = EXCLUDED.b RETURNING *
UPDATE ONLY t * SET a = b + 1, (c, d) = (SELECT 1, 2) FROM u WHERE t.id = u.id
DELETE FROM t USING u WHERE t.id = u.id RETURNING t.id
MERGE INTO t USING u ON t.id = u.id WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT VALUES (1)
WITH RECURSIVE x(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM x WHERE n<10) SELECT * FROM x
CREATE TABLE t (id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY, t timestamptz DEFAULT now())
select a::int, b::numeric(10,2), c::text[], d::"My Type"
select a[1], a[1:2], a[:], a[1:], array[1,2]||array[3]
select f(a => 1, b := 2, variadic c)
begin; commit; rollback; savepoint s
SeLeCt FROM wHeRe
_a a_ a1 a$ a$b a$1 $a
_ __ _1 _$
é É naïve "É" straße Ünïcode 日本語 a日b
İstanbul ſelect KELVIN K
ａ１ 
x y -- no-break and line-separator spaces are letters
selectx xselect select1 select_ select$ _select
current_timestamp current_timestamps CURRENT_TIMESTAMP
nchar n N nchar 'x' N'x' n'x' N 'x' nx'x'
"a" "A" "a""b" """" """a""" "a b" "a$b" "select" "--" "/*" "'" "\" "a\"
"a"b a"b" "a""b"c "a" "b" "a"."b" 1"a" "a"1
""
"" a
a ""
"""
"a
"a""
U&"a" u&"a" U&"\0061" U&"\+000061" U&"a""b" U&"\\" U&"\zzzz" U&"!0061" UESCAPE '!'
U&""
U&"a
U&"""
U& U&a U&1 U& "a" U&'a' u&'a' u&'\0061' U&'it''s' U&'a' UESCAPE '!' U &"a" U &'a'
U&'
U&'\
U&'\'
U&'\''
xU&"a" xU&'a' UU&'a'
u& u &
'a' 'a b' '' '''' '''a''' 'it''s' 'a''''b'
'\' '\\' '\n' 'a\' 'a\''b'
'
'a
'a''
'''
'a'b a'b' 'a'1 1'a' 'a''b'c 'a'"b" "b"'a' 'a'$1 $1'a'
'a' 'b' -- not a continuation without a line end
'a' -- b
'a'-1 'a'--1
'a' - 1
'--' '/*' '*/' '$$' '"'
'--' -- '
/* ' */ 'a' /* " */
E'a' e'a' E'' E'''' E'\'' E'\\' E'\\''' E'\n\b\f\r\t\v' E'\a' E'it''s' E'\"'
E'a
E'\'
E'\
E'a\'
E'\\\'
E'\\\\'
E'\0'
E'\00'
E'\000'
E'\1' E'\12' E'\123' E'\1234' E'\8' E'\9' E'\18' E'\177'
E'\200'
E'\377'
E'\400'
E'\303\251' E'\303' E'x'
E'\303\251' E'ok'
E'\303'
E'\303x'
E'\x41' E'\x4' E'\x4g' E'\x' E'\xg' E'\x412' E'\X41'
E'\x0'
E'\x00'
E'\x80'
E'\xc3\xa9' E'\xC3\251' E'a\xc3\xa9b'
E'\xc3'
E'\xc3a'
E'\xc3é'
E'a\xc3' 'b'
E'\xe2\x82\xac' E'é\xe2\x82\xacé'
E'\xe2\x82'
E'\xed\xa0\x80'
E'\xc0\x80'
E'\xf4\x8f\xbf\xbf'
E'\xf4\x90\x80\x80'
E'\xf8\x88\x80\x80\x80'
E'\é' E'\日本' E'é\é'
E'\xc3\é'
E'\u0041' E'\U00000041' E'\u00e9' E'\U0001F600' E'\uFFFF' E'\U0010FFFF' E'\u00411'
E'\xc3\xa9\u00e9'
E'\xc3\u00e9'
E'\u0000'
E'\U00000000'
E'\U00110000'
E'\UFFFFFFFF'
E'\u'
E'\u1'
E'\u12'
E'\u123'
E'\u123g'
E'\U0000004'
E'\U000000'
E'\U'
E'\ud83d\ude00' E'\uD83D\U0000DE00' E'\U0000d83d\ude00' E'a\ud83d\ude00b'
E'\ud83d'
E'\ud83dx'
E'\ud83d\n'
E'\ud83d\u0041'
E'\ud83d\ud83d'
E'\ud83d\u'
E'\ud83d\u12'
E'\ud83d
E'\ud83d\
E'\ude00'
E'\U0000de00'
E'\ud83d''\ude00'
e'\'' || 'a\'
xE'a' EE'a' E 'a' E"a"
B'01' b'01' B'' B'2' B'0a' B'0''1' B'0' '1'
B'
B'01
b'0''
X'1F' x'1f' X'' X'zz' X'1''2' X'a' 'b'
X'
x'1f
bb'01' xx'1f' B "a" X "a"
$$a$$ $$$$ $a$b$a$ $a$$a$ $$a'b$$ $$--$$ $$/*$$ $$"$$ $_$x$_$ $a1$x$a1$ $é$x$é$ $A$a$a$A$
$$
$$a
$$a$
$$ $a$ $$ 1
$a$
$a$ $$ $a$
$a$ $b$ $a$ $b$
$a$ $b$a$
$a$ $a $a$
$a$ a$a$
$a$ $aa$a$
$a$ $1$a$
$a$ $$a$
$a$ $A$
$a$b$a $a$
$a$x$a$a$y$a$
$a$x$a$$a$y$a$
$$x$$$$y$$
$$x$$$
$$x$$y$$z$$
a$$b$$ a$b$c$b$ a$$ a$ $ab$c$ab$d
a $$b$$ (a)$$b$$ 1$$b$$ 'a'$$b$$ "a"$$b$$ +$$b$$
1$a$b$a$ $1$a$ $1$$a$$
$a$b$c$d$e$f$a$
$a-$ $a b$ $a.b$
$ $ $
$
$a
$a b
$é
$1$
$12 $0 $00 $123456789012345678901234567890 $1a $1_ $1é $1e5 $1.5 $1..2 $1::int $1+$2 $1$2 $1[$2]
$1from $1"a" $1'a' $-1 $+ $.1
$a$ unterminated
1 0 00 007 123 2147483647 2147483648 9223372036854775808 99999999999999999999999999
02147483647 0000002147483648
1_000 1_0_0 2_147_483_647 2_147_483_648 0_1
1_
1__0
1_a
1_0..2 10..2 1_0...2 1_0. .2
_1
1. 1.5 .5 0.5 1.e5 1.5e5 .5e5 1e5 1E5 1e+5 1e-5 1E-5 1_0.0_1e1_0 00.00
1.5.5 1.5.5.5 1..2 1...2 1....2 .5.5 .5..5 ..5 ...5 1.5..2 1. .2 1 .2 1 . 2
1.a
1.5a
1._5
1.5_
1.5_5
.5a
._5
1e
1e+
1e-
1ea
1e5a
1e5_
1e5_5
1e5e5
1e5.5
1e5..5
1e +5
1.e
1.e+
.e5
.5e
.5e+
1.5e+a
1.5é
1é
1a
1x
1e1x
123abc
1select
1from
select 1from
select 1 from
1or 2
0x1F 0X1f 0x7fffffff 0x7FFFFFFF 0x80000000 0xffffffff 0xFFFFFFFFFFFFFFFFFF 0x_1F 0x1_F 0x00000000001
0x
0x_
0x__1
0xg
0x1g
0x1_
0x1__2
0x 1
0x1.5
0x1e+5
0x1..2
00x1
1x1
-0x80000000 -2147483648
0o17 0O17 0o_1 0o17777777777 0o20000000000 0o1_7 0o18
0o
0o8
0o_
0o1a
0o1_
0b101 0B101 0b_1 0b1111111111111111111111111111111 0b10000000000000000000000000000000 0b1_0 0b12
0b
0b2
0b_
0b1a
0b1_
0b1e5
0e5 0.e5 0E+5 0_0 0d 
1$1 1$a 1 $1
1(1)1[1]1
1'a'
1"a"
1-- x
1/* x */2
1-1 1+1 1*1 1/1 1%1 1^1 1=1 1<1 1>1 1,1 1;1 1:1 1::1
+ - * / % ^ < > = , ( ) [ ] . ; :
~ ! @ # & | ` ?
<> != <= >= => := :: .. <<>> <=> =>= ==> >=< <>= !== <== =>> !=- <>- <=- >=- =>- <>+ !=+
+- -+ ++ +-+ -+- *- *+ /- /+ <- <+ >- >+ =- =+ ^- %- %+ <+- =+- *+-+ =-+
@- @+ ~- ~+ !- !+ #- #+ &- &+ |- |+ `- `+ ?- ?+ %- %+ ^- ^+ @-+ -@- +@ -@ ?-|
@-- x
+-- x
*-- x
<-- x
<=-- x
=>-- x
<>-- x
!=-- x
>=-- x
@/* x */
+/* x */1
-/* x */-1
*/* x */1
<=/* x */1
=>/* x */1
<>/* x */1
!=/* x */1
>=/* x */1
<->/* x */1
</**/>
+-/**/1
@-/**/1
*-/* x */--
-/*-- x */
*-/
@--/*
@/*--*/
/*--*/@
@-/--/*
<@ @> && || ||/ |/ !!  !~ !~* ~~ ~~* !~~* -> ->> #> #>> @? @@ ?| ?& |&> <-> <#> <=> <% %> <<% ~>=~ *= =* ## @-@ ^@
a->'b'->>'c' a#>'{x,y}' a@>b a<@b a&&b a||b a?b a?|b a?&b a@?b a@@b a-'k' a#-b
a=-1 a=+1 a<-1 a>-1 a*-1 a/-1 a-+1 a+-1 a- -1 a|-1 a@-1 a!=-1 a<>-1 a<=-1 a>=-1 f(a=>-1) a||-1
a=@b a=~b a=!b a<@b a= @b
a=any(b) a*b a *b a* b a**b
!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!
!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!
++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++
@+++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++
<+++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++
<==================================================================<+++++
!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!--!!!!!!
!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!/*!!!!!!*/
-- x
--
---
----
-- -- x
--x*/
--/* x
--'
--"
--$$
- - x
-/- x
a--b
a -- b
a- -b
/* x */
/**/
/***/
/****/
/*/
/*/*/
/*/**/*/
/*/ */
/* /* */
/* /* */ */
/* /* x */ y */ z
/* /*/* x */*/ y */ z
/* */ */
/* **/ a
/***** x *****/ a
/* * / */ a
/* / * */ a
/* // ** */ a
/* //* */ a */ b
/* */* */
/* -- */ a
-- /* a
/* ' */ a
/* " $$ */ a
/*+ hint */ a
/*-*/ /*+*/ /*=*/ /*@*/ /*/+*/ /*+/*-*/*/
/*
/* 
/* *
/* x * /
a/**/b a/* x */b 1/**/2 select/**/1
a/b a/ b a/ *b a / * b
'a'/**/'b'
a/*b*/.c a./*b*/c a . b a. b a .b a..b a...b a.1 a.1b
a.1
1.a.b
{ } \ {a}
a\b
\
\'
a:b :b :'b' :"b" a: :b a::b a:::b a::::b a:=b a:==b a: =b a::=b a:::=b a:=>b
a.* a.b.* .* *. .a
a[b]c[d]
a,b;c;;d
a;--b
(((a)))
()[]()
? ?1 ?? ???
@a @@a @1 #a #1
a@b.c
`a`
~a ~1 !a !1 a! a!=b a! =b a!b
&a a&b a&&b a|b a||b |a
%a a%b a%%b
^a a^b a^^b
a<b a<<b a<b>c a<>b a< >b a<=b a< =b a><b
a=b a==b a= =b a=>b a= >b a=<b a>=b a> =b
SELECT 'a' LIKE 'b' ESCAPE '!', 'a' SIMILAR TO 'b', x IS NOT DISTINCT FROM y, NOT z
SELECT EXTRACT(YEAR FROM x), CAST(a AS int), x AT TIME ZONE 'UTC', INTERVAL '1' DAY, TIMESTAMP '2020-01-01'
SELECT count(*) FILTER (WHERE a) OVER (PARTITION BY b ORDER BY c ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
SELECT json_object('a': 1, 'b' VALUE 2), JSON_ARRAY(1, 2 ABSENT ON NULL), x IS JSON
SELECT * FROM t TABLESAMPLE SYSTEM (10) REPEATABLE (1), LATERAL f(1) WITH ORDINALITY AS g(a, b)
SELECT * FROM a NATURAL LEFT OUTER JOIN b CROSS JOIN c FULL JOIN d USING (x) AS j
SELECT a FROM t GROUP BY GROUPING SETS ((a), ()), ROLLUP (b), CUBE (c) HAVING true
SELECT a FROM t ORDER BY a NULLS FIRST, b USING <, c DESC FETCH FIRST 5 ROWS WITH TIES FOR UPDATE SKIP LOCKED
COPY t (a, b) FROM STDIN WITH (FORMAT csv, HEADER true, DELIMITER E'\t')
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $_$ SELECT $1 + $$x$$::int $_$
CREATE FUNCTION f() RETURNS trigger AS $body$ BEGIN DELETE FROM t; RETURN $q$x$q$; END $body$ LANGUAGE plpgsql
DO $$ BEGIN RAISE NOTICE 'x'; END $$
PREPARE p AS SELECT $1; EXECUTE p (1); DEALLOCATE p
EXPLAIN (ANALYZE, BUFFERS) SELECT 1
GRANT SELECT ON t TO "User"; REVOKE ALL ON SCHEMA s FROM PUBLIC
SET search_path = a, "B", 'c'; SET LOCAL x.y TO 1; SHOW x
LISTEN c; NOTIFY c, 'p'; UNLISTEN *
SELECT date '2020-01-01', bit '1', B'1', nchar 'x', n'x', char(3) 'a', double precision '1'
SELECT "a" AS a, 'a' "b", 1 "c", 1c
SELECT x FROM t; DROP TABLE t; --'; 
SELECT 'x''; DROP TABLE t; --'
SELECT E'x\'; DROP TABLE t; --'
SELECT '\'; DELETE FROM t; --'
SELECT $a$; DELETE FROM t; $b$; $a$
SELECT /* /* */ DELETE FROM t; */ 1
SELECT 1 /* */ ; DELETE FROM t -- */
aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa b
"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" b
éééééééééééééééééééééééééééééééééééééééééé b
$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa$ b $aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa$
