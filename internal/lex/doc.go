// Package lex splits SQL text into PostgreSQL 16 tokens.
//
// It knows PostgreSQL's lexical rules and nothing of its grammar: where a
// string, a comment, a quoted name or an operator ends, which words are
// keywords, and which name an identifier denotes. It reads text as a server
// does whose database is in UTF-8 and whose standard_conforming_strings is on.
//
// [Scan] agrees with pg_query.Scan (PostgreSQL's own scanner) token for token;
// the tests and FuzzScan compare the two. They differ on purpose in two places:
//
//   - A NUL byte is an error here. pg_query silently drops everything from it on.
//   - Text that is not valid UTF-8 is an error here, as it is to a server.
//     pg_query reads any byte from 0x80 up as a letter.
//
// Where pg_query's scanner deviates from PostgreSQL's own, Scan follows
// pg_query, because it is pg_query's parser that reads the statement too:
//
//   - A line comment between two strings on different lines keeps them apart,
//     where PostgreSQL would join them.
//   - A letter may follow a parameter: $1from is two tokens, as before
//     PostgreSQL 15, and an error since.
//
// [Depth] and [Copies] bound how deep and how large the tree of a statement
// becomes, so that hostile text can be refused before it overflows pg_query's
// stack or exhausts the memory.
package lex

//go:generate go run ./gen
