# TRUNCATE destroys deleted rows too.

=== A table of the policy
why: nothing would be left to restore
--- in
TRUNCATE users
--- refused
softdelete: refused TRUNCATE on users at character 10: TRUNCATE destroys every row, deleted ones included; use DELETE, or HardDelete if that is what you want

=== A table outside the policy
twin: cities are not soft-deleted
--- in
TRUNCATE TABLE cities
--- same

=== One of several tables
why: one in the policy is enough
--- in
TRUNCATE cities, ONLY orders RESTART IDENTITY
--- refused
softdelete: refused TRUNCATE on orders at character 23: TRUNCATE destroys every row, deleted ones included; use DELETE, or HardDelete if that is what you want

=== CASCADE
why: what it reaches is written in foreign keys, which the rewriter does not know
--- in
TRUNCATE cities CASCADE
--- refused
softdelete: refused TRUNCATE: TRUNCATE … CASCADE can reach every soft-deleted table that references what it names; leave CASCADE out, or use HardDelete for all tables

=== Under HardDelete
twin: this is what the caller asks for
scope: hard orders
--- in
TRUNCATE orders, cities
--- same

=== CASCADE under HardDelete of one table
why: it may reach the others
scope: hard orders
--- in
TRUNCATE orders CASCADE
--- refused
softdelete: refused TRUNCATE: TRUNCATE … CASCADE can reach every soft-deleted table that references what it names; leave CASCADE out, or use HardDelete for all tables

=== CASCADE under HardDelete
twin: every table is named
scope: hard
--- in
TRUNCATE cities, users CASCADE
--- same
