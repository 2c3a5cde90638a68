//go:build race

package lex

// thin says how many times fewer of the generated statements the depth tests try
// under the race detector, which makes walking large trees ten times slower and
// has nothing to find in them: they use one goroutine.
const thin = 8
