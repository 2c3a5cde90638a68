// Package sqlcshop is the suite's shop in code that sqlc generates from
// queries.sql: shopdb for database/sql, which the suite runs, once as New makes it and
// once as Prepare does; pgxdb for pgx.
package sqlcshop

//go:generate go run github.com/sqlc-dev/sqlc/cmd/sqlc@v1.31.1 generate
