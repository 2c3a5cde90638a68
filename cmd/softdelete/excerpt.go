package main

import (
	"fmt"
	"strings"
	"unicode"
)

// excerptWidth is how many characters of a line an excerpt shows.
const excerptWidth = 80

// excerpt shows the line of the SQL that has the position, a 1-based character
// number, with a caret beneath it, in the manner of psql:
//
//	LINE 2: TRUNCATE users
//	                 ^
//
// It returns "" for a position that is unknown (0) or not in the text.
func excerpt(sql string, position int) string {
	text := []rune(sql)
	at := position - 1
	if at < 0 || at > len(text) {
		return ""
	}
	number, start, end := 1, 0, at
	for i, r := range text[:at] {
		if r == '\n' {
			number, start = number+1, i+1
		}
	}
	for end < len(text) && text[end] != '\n' {
		end++
	}

	before, after := "", ""
	if end-start > excerptWidth {
		from := min(max(start, at-excerptWidth/2), end-excerptWidth)
		if from > start {
			start, before = from, "..."
		}
		if start+excerptWidth < end {
			end, after = start+excerptWidth, "..."
		}
	}

	label := fmt.Sprintf("LINE %d: %s", number, before)
	var line, indent strings.Builder
	for i, r := range text[start:end] {
		// A tab stays, in both lines; any other control character might move the
		// cursor or recolour the terminal.
		blank := ' '
		if r == '\t' {
			blank = r
		} else if unicode.IsControl(r) {
			r = ' '
		}
		line.WriteRune(r)
		if start+i < at {
			indent.WriteRune(blank)
		}
	}
	shown := strings.TrimRight(label+line.String()+after, " ")
	return shown + "\n" + strings.Repeat(" ", len(label)) + indent.String() + "^\n"
}
