package main

import (
	"regexp"
	"strings"
)

// word splits SQL for display: blanks, words and numbers with their dots, quoted
// strings and names, and single other characters.
var word = regexp.MustCompile(`\s+|[\w.$]+|'[^']*'|"[^"]*"|.`)

// additions marks the bytes of the received text that the written one lacks, by
// the longest common subsequence of their words. It only decides what is
// coloured.
func additions(written, received string) []bool {
	a, b := word.FindAllString(written, -1), word.FindAllString(received, -1)
	// common[i][j] is the length for a[i:] and b[j:].
	common := make([][]int, len(a)+1)
	for i := range common {
		common[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	var marks []bool
	mark := func(word string, ours bool) {
		for range len(word) {
			marks = append(marks, ours && strings.TrimSpace(word) != "")
		}
	}
	i := 0
	for j := 0; j < len(b); j++ {
		for i < len(a) && a[i] != b[j] && common[i+1][j] >= common[i][j+1] {
			i++
		}
		same := i < len(a) && a[i] == b[j]
		mark(b[j], !same)
		if same {
			i++
		}
	}
	return marks
}
