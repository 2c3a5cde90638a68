package equivalence

import (
	"fmt"
	"slices"
	"strings"
)

// compare returns what differs between what the driver answered and what its
// judge did; a class of "" is nothing. The classes keep a divergence the same
// one while it is shrunk.
func compare(s *step, ours, judge []outcome) (class, what string) {
	if len(ours) != len(judge) {
		last := func(o []outcome) string { return o[len(o)-1].code + " " + o[len(o)-1].message }
		return "error", fmt.Sprintf("%d answers (%s), the judge gave %d (%s)", len(ours), last(ours), len(judge), last(judge))
	}
	for i := range ours {
		a, b := ours[i], judge[i]
		switch {
		case a.code != b.code:
			return "error " + a.code + "/" + b.code, fmt.Sprintf("SQLSTATE %q (%s), the judge says %q (%s)", a.code, a.message, b.code, b.message)
		case a.affected != b.affected:
			return "affected", fmt.Sprintf("%d rows affected, the judge says %d", a.affected, b.affected)
		case !slices.Equal(a.columns, b.columns):
			return "columns", fmt.Sprintf("columns %q, the judge says %q", a.columns, b.columns)
		}
		exempt := exemptColumns(a.columns, s.exempt)
		x, y := masked(a.rows, exempt), masked(b.rows, exempt)
		if slices.Equal(x, y) {
			continue
		}
		sx, sy := slices.Sorted(slices.Values(x)), slices.Sorted(slices.Values(y))
		if !slices.Equal(sx, sy) {
			return "rows", difference(sx, sy)
		}
		if s.ordered {
			return "order", fmt.Sprintf("the rows come in another order:\n    %s\n  the judge:\n    %s", strings.Join(x, "\n    "), strings.Join(y, "\n    "))
		}
	}
	return "", ""
}

// exemptColumns finds the columns, named "name type", whose values may differ.
func exemptColumns(columns, exempt []string) []int {
	var out []int
	for i, c := range columns {
		n := c[:strings.LastIndexByte(c, ' ')]
		if slices.Contains(exempt, n) {
			out = append(out, i)
		}
	}
	return out
}

func masked(rows []string, exempt []int) []string {
	if len(exempt) == 0 {
		return rows
	}
	var out []string
	for _, r := range rows {
		cells := strings.Split(r, " | ")
		for _, i := range exempt {
			if i < len(cells) {
				cells[i] = "·"
			}
		}
		out = append(out, strings.Join(cells, " | "))
	}
	return out
}

// difference lists what only one of two sorted lists has.
func difference(ours, judge []string) string {
	var b strings.Builder
	count := map[string]int{}
	for _, r := range ours {
		count[r]++
	}
	for _, r := range judge {
		count[r]--
	}
	n := 0
	for _, r := range slices.Compact(slices.Sorted(slices.Values(slices.Concat(ours, judge)))) {
		for c := count[r]; c != 0; {
			if n++; n > 20 {
				return b.String() + "\n    …"
			}
			if c > 0 {
				fmt.Fprintf(&b, "\n    only ours:       %s", r)
				c--
			} else {
				fmt.Fprintf(&b, "\n    only the judge's: %s", r)
				c++
			}
		}
	}
	return b.String()
}
