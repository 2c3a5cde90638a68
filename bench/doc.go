// Command bench measures what the softdelete driver costs: the rewriting alone, over a driver
// connection that does nothing; four everyday operations on a temporary PostgreSQL server, beside
// the same operations written by hand over plain pgx; and deletes with cascades, restores and
// inserts of children, beside these written by hand, GORM's hooks, triggers and real deletes.
//
//	go run . [-quick] [-format table|bench] [-json FILE]
//
// It asserts nothing about time. docs/performance.md explains the method and shows a run.
package main
