// Package softdelete is a database/sql driver for PostgreSQL that marks rows
// instead of deleting them, and shows every statement only the rows that are not
// marked.
//
//	db, err := softdelete.Open(dsn, softdelete.Policy{Tables: []softdelete.Table{{Name: "users"}}})
//	// PostgreSQL receives: UPDATE users SET deleted_at = now() WHERE users.deleted_at IS NULL AND (id = $1)
//	_, err = db.ExecContext(ctx, "DELETE FROM users WHERE id = $1", 7)
//	// The user, and all that was deleted with it.
//	_, err = softdelete.Restore(ctx, db, "users", 7)
//
// A [Policy] names the tables and their marker columns; it is data, in Go or
// from YAML ([LoadPolicy]). [Open], [Register], [WrapDriver] and [WrapConnector]
// put the policy between an application and pgx. [WithDeleted], [OnlyDeleted]
// and [HardDelete] derive contexts whose statements see, or destroy, other rows
// than by default. A [Rewriter] is the same without a database.
//
// # Foreign keys
//
// A delete does what the foreign keys in [Policy.ForeignKeys] would have done, in
// the same statement: it cascades, sets references to NULL or to their default,
// or fails with SQLSTATE 23503. [Restore] undoes one delete, whole; with
// [Policy.Journal] it is known who deleted what, when and why. A write that refers
// to a deleted row fails as if the row were gone. docs/foreign-keys.md has the
// details, docs/concurrency.md what holds under concurrency.
//
// # Guarantees
//
// A statement either has the result that it would have if the deleted rows were
// really gone, or it is refused. The few known differences, such as the marker
// that the RETURNING of a DELETE shows, stand in docs/limits.md.
//
// The text of a statement is edited, never regenerated. A statement that needs
// no rewriting is sent as it is, to the byte; in the others everything that is
// not added stays, comments included, and the positions in errors are those of
// the original text. Every edited text is parsed again, and compared with what
// was decided, before it is first sent.
//
// The context that executes a statement decides its scope, for prepared
// statements too. Nothing in SQL text can widen a scope.
//
// Rows, results, transactions and errors are those of the driver beneath. Only
// what our checks raise is put into words: a violated foreign key is a
// *pgconn.PgError with SQLSTATE 23503, as PostgreSQL words it, and where a deleted
// row holds the key of an INSERT … ON CONFLICT, it has SQLSTATE 23505 and says so.
//
// # Refusals
//
// What cannot be rewritten faithfully is refused with a [*RefusedError], which
// names the table, the reason and the remedy, and matches [ErrRefused]; it is
// never passed through. Among these are TRUNCATE of a policy table, NATURAL
// JOIN where it would join on markers, DO blocks and function bodies that name a
// policy table, text that PostgreSQL 16's parser does not accept and that may
// name one, NUL bytes, invalid UTF-8, and text that nests too deeply for the
// parser. A DELETE without WHERE under HardDelete matches
// [ErrUnboundedHardDelete] too.
//
// A policy is held against the database when the driver first connects over pgx:
// a table that does not exist, a view, a missing marker column or one of another
// type fails the connection. What a policy asks for and this version cannot do
// is refused when the policy is checked.
//
// # Non-goals
//
// The driver cannot see what does not pass through it: views that were made
// elsewhere, functions and triggers in the database, other clients, and what is
// sent through the connection that [Unwrap] returns, such as pgx's CopyFrom and
// SendBatch. It is no access control. The package doctor, and the command softdelete
// doctor, find what of this is there.
//
// A deleted row keeps its unique keys unless the unique index is partial: WHERE
// deleted_at IS NULL.
//
// Building needs cgo and a C compiler: the parser is PostgreSQL's own.
package softdelete
