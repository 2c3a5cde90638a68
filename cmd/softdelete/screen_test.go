package main

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestFold(t *testing.T) {
	for name, c := range map[string]struct {
		text  string
		width int
		want  string
	}{
		"short lines stay":            {"SELECT 1\n\nFROM t", 10, "SELECT 1\n\nFROM t"},
		"broken at the last space":    {"aaa bbb ccc ddd", 9, "aaa bbb\n    ccc\n    ddd"},
		"exactly as wide":             {"aaa bbb", 7, "aaa bbb"},
		"characters, not bytes":       {"äää öö", 6, "äää öö"},
		"a long word stays whole":     {"aaaaaaaaaa bb", 5, "aaaaaaaaaa\n    bb"},
		"indentation is not a break":  {"    aaaaaaaa", 6, "    aaaaaaaa"},
		"each line of the text alone": {"aaa bbb\nccc ddd", 4, "aaa\n    bbb\nccc\n    ddd"},
	} {
		t.Run(name, func(t *testing.T) {
			var lines []string
			for _, l := range fold(c.text, c.width, 4) {
				lines = append(lines, strings.Repeat(" ", l.indent)+c.text[l.start:l.end])
			}
			if got := strings.Join(lines, "\n"); got != c.want {
				t.Errorf("fold(%q, %d):\n%s\nwant\n%s", c.text, c.width, got, c.want)
			}
		})
	}
}

func TestAdditions(t *testing.T) {
	for name, c := range map[string]struct{ written, received, want string }{
		"nothing":      {"SELECT 1", "SELECT 1", ""},
		"a predicate":  {"SELECT 1 FROM t", "SELECT 1 FROM t WHERE t.deleted_at IS NULL", "WHERE t.deleted_at IS NULL"},
		"a delete":     {"DELETE FROM t WHERE id = 1", "UPDATE t SET d = now() WHERE d IS NULL AND (id = 1)", "UPDATE SET d = now() d IS NULL AND ( )"},
		"beyond ASCII": {"SELECT 'ä' FROM t", "SELECT 'ä' FROM t WHERE x", "WHERE x"},
	} {
		t.Run(name, func(t *testing.T) {
			marks := additions(c.written, c.received)
			if len(marks) != len(c.received) {
				t.Fatalf("%d marks for %d bytes", len(marks), len(c.received))
			}
			var got strings.Builder
			for i := range marks {
				if marks[i] {
					got.WriteByte(c.received[i])
				} else if i > 0 && marks[i-1] {
					got.WriteByte(' ')
				}
			}
			if words(got.String()) != words(c.want) {
				t.Errorf("marked %q, want %q", got.String(), c.want)
			}
		})
	}
}

func words(s string) string { return strings.Join(strings.Fields(s), " ") }

func TestStatementColours(t *testing.T) {
	const written, received = "SELECT 1 FROM t", "SELECT 1 FROM t WHERE x IS NULL"
	show := func(colour bool) string {
		var b strings.Builder
		s := &screen{w: &b, colour: colour}
		s.statement(2, received, additions(written, received))
		return b.String()
	}
	if got, want := show(false), "  "+received+"\n"; got != want {
		t.Errorf("without colours %q, want %q", got, want)
	}
	coloured := show(true)
	if !strings.Contains(coloured, green+"WHERE"+normal) {
		t.Errorf("%q does not mark what was added", coloured)
	}
	if got := strings.NewReplacer(green, "", normal, "").Replace(coloured); got != show(false) {
		t.Errorf("colours change the text: %q", got)
	}
}

func TestGrid(t *testing.T) {
	var b strings.Builder
	(&screen{w: &b}).grid(2, []string{"name", "rows"}, [][]string{{"ä", "7"}, {"long name", "1234567"}})
	const want = "  name           rows\n  ä                 7\n  long name   1234567\n"
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
}

func TestHeadingIsAsWideAsTheScreen(t *testing.T) {
	var b strings.Builder
	(&screen{w: &b}).heading("1. Delete")
	if got := utf8.RuneCountInString(strings.Trim(b.String(), "\n")); got != screenWidth {
		t.Errorf("%d columns, want %d", got, screenWidth)
	}
}
