// Package jetshop is the suite's shop in go-jet's builders, over the tables and models in
// shopdb, which go-jet generates.
package jetshop

//go:generate go run ../suite/withschema go run ./gen
