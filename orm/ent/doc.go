// Package entshop is the shop of the conformance suite with Ent: schema, generated code,
// edges and predicates as its documentation has them. plain and marked have the generated
// code, without and with the soft-delete mixin of that documentation; markedshop is this
// package over the latter.
package entshop

//go:generate sh generate.sh
