//go:build !race

package lex

const thin = 1
