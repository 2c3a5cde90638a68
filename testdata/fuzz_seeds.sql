SELECT * FROM users
select * from users where id = 1 or name = 'x'
select * from users u left join orders o on o.user_id = u.id where u.x
select * from users u, orders o where u.id=o.user_id
select * from a full join users u on u.id = a.id
select * from (a left join users u on u.id = a.id) as j
delete from users
delete from users where id = 1 -- c
DELETE /*c*/ FROM ONLY users AS u USING orders o, items WHERE u.id = o.user_id RETURNING *
delete from users using users b where users.id < b.id
update users set a = (select max(id) from orders), (b,c) = (select 1, 2 from items) from orders o where o.user_id = users.id returning (select count(*) from items)
update users set a = 1
with users as (select * from users) select * from users
with recursive t as (select * from users union all select u.* from t join users u on u.parent=t.id) select * from t
table users
(table users) union all select * from only users order by 1 limit 3
select * from users x(id, deleted_at)
select count(*) from users tablesample bernoulli (10) repeatable (3)
insert into users select * from users on conflict (id) do update set a = 1
insert into users(id) values (1) on conflict (id) do nothing
insert into users(id) values (1) on conflict do nothing
insert into users(id) values ((select max(id) from users)) on conflict (id) where x do update set a = excluded.a where users.a > 1 returning *
merge into users u using orders o on u.id = o.id when matched and case when u.x then true else false end then delete when matched then update set a = case when true then 1 end when not matched then insert values (1)
copy users to stdout
copy users (id, name) to stdout with (format csv)
copy (select * from users) to stdout
truncate users
truncate a cascade
create view v as select * from users
create view v as table users
select * from users natural join a
select * from users join orders using (deleted_at)
select * from users join orders using (id)
do $$ begin delete from users; end $$
explain analyze delete from users where id=1
prepare p as select * from users where id = $1
declare c cursor for select * from users for update
delete from users where current of c
update users set a=1 where current of c
set standard_conforming_strings = off
set names 'latin1'
select * from flags, logs where flags.id = logs.id
select * from flags f left join logs l using (id)
delete from flags
delete from logs where id = 3
select * from public.users, other.users
select * from public.users, pg_temp.users
create temp table users(id int); select * from users; drop table users; select * from users
select query_to_xml('select * from users', true, true, '')
select * from "users"where id=1
select * from users"u"
SELECT u.id, (SELECT count(*) FROM orders o WHERE o.user_id = u.id) FROM users u WHERE EXISTS (SELECT FROM items i WHERE i.uid = u.id) ORDER BY u.id FOR UPDATE OF u SKIP LOCKED
select * from users where deleted_at is null
select * from users where users.deleted_at is null and x
select garbage from from
select 1 from users where x = any(array(select id from orders)) group by cube(a,b) having count(*) > (select 1 from items)
select distinct on (u.id) u.* from users u cross join lateral (select * from orders o where o.uid=u.id limit 1) z
create table x as select * from users with no data
select * into x from users
WITH d AS (DELETE FROM users WHERE id=1 RETURNING *) INSERT INTO a SELECT * FROM d
select * from rows from (f(), g()) as z, users
insert into a select * from b join users on conflict.x = 1 on conflict (id) do nothing
values ((select max(id) from users))
