package main

import (
	"strings"
	"testing"
)

func TestExcerpt(t *testing.T) {
	long := strings.Repeat("a", 100) + "X" + strings.Repeat("b", 100)
	for name, c := range map[string]struct {
		sql      string
		position int
		want     string
	}{
		"unknown":                     {"SELECT 1", 0, ""},
		"past the end":                {"SELECT 1", 10, ""},
		"first character":             {"SELECT 1", 1, "LINE 1: SELECT 1\n        ^\n"},
		"just after the last":         {"SELECT (", 9, "LINE 1: SELECT (\n                ^\n"},
		"a later line":                {"SELECT 1;\nTRUNCATE t;\nSELECT 2", 20, "LINE 2: TRUNCATE t;\n                 ^\n"},
		"characters, not bytes":       {"SELECT 'äöü', t", 15, "LINE 1: SELECT 'äöü', t\n                      ^\n"},
		"a tab stays":                 {"\tSELECT\tt", 9, "LINE 1: \tSELECT\tt\n        \t      \t^\n"},
		"Windows line ends":           {"SELECT 1,\r\nt\r\n", 12, "LINE 2: t\n        ^\n"},
		"no escape to the terminal":   {"SELECT '\x1b[2J', t", 15, "LINE 1: SELECT ' [2J', t\n                      ^\n"},
		"an empty line":               {"SELECT (\n", 10, "LINE 2:\n        ^\n"},
		"the middle of a long line":   {long, 101, "LINE 1: ..." + long[60:140] + "...\n" + strings.Repeat(" ", 11+40) + "^\n"},
		"the beginning of a long one": {long, 1, "LINE 1: " + long[:80] + "...\n        ^\n"},
		"the end of a long one":       {long, 201, "LINE 1: ..." + long[121:] + "\n" + strings.Repeat(" ", 11+79) + "^\n"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := excerpt(c.sql, c.position); got != c.want {
				t.Errorf("excerpt(%q, %d):\n%q, want\n%q", c.sql, c.position, got, c.want)
			}
		})
	}
}
