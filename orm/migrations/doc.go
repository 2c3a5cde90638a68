// Package migrations is about goose and golang-migrate: what becomes of migrations that
// run over plain pgx, as they should, and of such as run through the driver.
package migrations
