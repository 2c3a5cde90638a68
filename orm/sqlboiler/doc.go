// Package sqlboilershop is the suite's shop in the code that SQLBoiler generates: models,
// and marked, which was generated with --add-soft-deletes.
package sqlboilershop

//go:generate ./generate.sh
