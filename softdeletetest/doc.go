// Package softdeletetest asserts in tests what has become of rows: deleted, live, gone,
// restorable. And it lets time pass for deletions, to test what depends on their age.
//
//	softdeletetest.AssertDeleted(t, db, "users", 7)
//	softdeletetest.AssertRestores(t, db, "users", 7)
//
// db is a *sql.DB, *sql.Tx or *sql.Conn of the softdelete driver. Its policy says which
// column tells a deleted row, and which the key is; nothing is said again here. Tables
// are named as for [softdelete.Restore]: "users" is the policy's table of that name,
// "billing.invoices" the one in that schema. A key has one value for each column of the
// policy's primary_key, in that order.
//
// An assertion that does not hold is an error of the test, which goes on, and says
// what is the case instead. The test ends where the question could not be asked: the
// policy does not have the table, the database failed, or db is not the driver's.
package softdeletetest
