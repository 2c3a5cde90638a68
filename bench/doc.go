// Command bench measures what the softdelete driver costs: the rewriting alone, over a driver
// connection that does nothing; four everyday operations on a temporary PostgreSQL server, beside
// the same operations written by hand over plain pgx; deletes with cascades, restores and
// inserts of children, beside these written by hand, GORM's hooks, triggers and real deletes; texts
// that are not seen twice; and, on large tables with few and many dead rows, everyday operations
// side by side with ORMs and with what the database can do by itself.
//
//	go run . [-quick] [-only PATTERN] [-dead LIST] [-goroutines LIST] [-format table|bench] [-json FILE] [-svg FILE]
//
// It asserts nothing about time. docs/performance.md explains the method and shows a run.
package main
