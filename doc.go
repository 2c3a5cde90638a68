// Package softdelete is a database/sql driver for PostgreSQL that marks rows
// instead of deleting them, and shows every statement only the rows that are not
// marked.
//
//	db, err := softdelete.Open(dsn, softdelete.Policy{Tables: []softdelete.Table{{Name: "users"}}})
//	// PostgreSQL receives: UPDATE users SET deleted_at = now() WHERE users.deleted_at IS NULL AND (id = $1)
//	_, err = db.ExecContext(ctx, "DELETE FROM users WHERE id = $1", 7)
//	// Deleted rows show, and can be restored, in a scope that asks for them.
//	ctx = softdelete.OnlyDeleted(ctx, "users")
//	_, err = db.ExecContext(ctx, "UPDATE users SET deleted_at = NULL WHERE id = $1", 7)
//
// A [Policy] names the tables and their marker columns; it is data, in Go or
// from YAML ([LoadPolicy]). [Open], [Register], [WrapDriver] and [WrapConnector]
// put the policy between an application and pgx. [WithDeleted], [OnlyDeleted]
// and [HardDelete] derive contexts whose statements see, or destroy, other rows
// than by default. A [Rewriter] is the same without a database.
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
// what our check in an INSERT … ON CONFLICT raises is put into words: where a
// deleted row holds the key, the error has SQLSTATE 23505 and says so.
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
// SendBatch. It is no access control.
//
// This version does nothing about foreign keys (a soft delete neither cascades
// nor is restricted), and a deleted row keeps its unique keys unless the unique
// index is partial: WHERE deleted_at IS NULL.
//
// Building needs cgo and a C compiler: the parser is PostgreSQL's own.
package softdelete
