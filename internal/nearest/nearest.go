// Package nearest finds what a misspelt word was meant to be.
package nearest

import "strings"

// To returns the candidate that word is probably a misspelling of, or "".
func To(word string, candidates []string) string {
	best, found := 0, ""
	for _, c := range candidates {
		limit := 1 + len(c)/4
		if d := len(word) - len(c); d > limit || -d > limit {
			continue
		}
		if d := editDistance(strings.ToLower(word), strings.ToLower(c)); d <= limit && (found == "" || d < best) {
			best, found = d, c
		}
	}
	return found
}

// editDistance counts the bytes to insert, delete or replace to turn a into b.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(diagonal+cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
