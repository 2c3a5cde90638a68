// Package suite holds the conformance suite of the libraries that people reach
// PostgreSQL with: one script of a shop's day, which each library carries out in
// its own way, and what must be true afterwards.
//
// The script runs twice. Over plain pgx its deletes are real; that run, with
// nothing but database/sql, says what each step has to answer. Over this project's
// driver it runs through the library, and every answer, count and SQLSTATE has to be
// the same. In the end both databases must show the same live rows, and every row
// that the first one lost must be found, deleted, in the second.
//
// The steps under scopes (WithDeleted, OnlyDeleted, HardDelete) and the restores have
// no equivalent in the first database. They are compared with plain SQL.
package suite
