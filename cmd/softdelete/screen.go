package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// screenWidth is how many columns the demo uses at most.
const screenWidth = 100

// The styles of a terminal.
const (
	plain  = ""
	bold   = "\x1b[1m"
	faint  = "\x1b[2m"
	red    = "\x1b[31m"
	green  = "\x1b[32m"
	normal = "\x1b[0m"
)

// screen lays out the demo. The first error of a write stays in err; what
// follows is not written.
type screen struct {
	w      io.Writer
	colour bool
	err    error
}

func newScreen(f *os.File) *screen {
	colour := isTerminal(f) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	return &screen{w: f, colour: colour}
}

func (s *screen) print(text string) {
	if s.err == nil {
		_, s.err = io.WriteString(s.w, text)
	}
}

func (s *screen) styled(style, text string) string {
	if !s.colour || style == plain || text == "" {
		return text
	}
	return style + text + normal
}

// heading starts a step.
func (s *screen) heading(text string) {
	rule := strings.Repeat("─", max(0, screenWidth-utf8.RuneCountInString(text)-4))
	s.print("\n" + s.styled(faint, "──") + " " + s.styled(bold, text) + " " + s.styled(faint, rule) + "\n")
}

// label names what follows.
func (s *screen) label(text string) { s.print("  " + s.styled(faint, text) + "\n") }

// continuation is how far the rest of a line of SQL that is broken is indented.
const continuation = 4

// paragraph writes prose, folded and indented.
func (s *screen) paragraph(indent int, style, text string) {
	for _, line := range fold(text, screenWidth-indent, 0) {
		s.print(strings.Repeat(" ", indent) + s.styled(style, text[line.start:line.end]) + "\n")
	}
}

// statement writes SQL. Bytes that are marked in added (which may be nil) stand
// out on a terminal.
func (s *screen) statement(indent int, sql string, added []bool) {
	for _, line := range fold(sql, screenWidth-indent, continuation) {
		s.print(strings.Repeat(" ", indent+line.indent))
		for i := line.start; i < line.end; {
			from, ours := i, added != nil && added[i]
			for i < line.end && (added != nil && added[i]) == ours {
				i++
			}
			style := plain
			if ours {
				style = green
			}
			s.print(s.styled(style, sql[from:i]))
		}
		s.print("\n")
	}
}

// grid writes rows under headers, numbers to the right.
func (s *screen) grid(indent int, headers []string, rows [][]string) {
	for n, line := range gridLines(headers, rows) {
		style := plain
		if n == 0 {
			style = faint
		}
		s.print(strings.Repeat(" ", indent) + s.styled(style, line) + "\n")
	}
}

func gridLines(headers []string, rows [][]string) []string {
	widths, numeric := make([]int, len(headers)), make([]bool, len(headers))
	for i, h := range headers {
		widths[i], numeric[i] = utf8.RuneCountInString(h), len(rows) > 0
		for _, row := range rows {
			widths[i] = max(widths[i], utf8.RuneCountInString(row[i]))
			if _, err := strconv.ParseFloat(row[i], 64); err != nil {
				numeric[i] = false
			}
		}
	}
	var lines []string
	for _, row := range append([][]string{headers}, rows...) {
		var b strings.Builder
		for i, cell := range row {
			if i > 0 {
				b.WriteString("   ")
			}
			blank := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if numeric[i] {
				b.WriteString(blank + cell)
			} else {
				b.WriteString(cell + blank)
			}
		}
		lines = append(lines, strings.TrimRight(b.String(), " "))
	}
	return lines
}

// cell is a value as a grid shows it.
func cell(value any) string {
	switch v := value.(type) {
	case nil:
		return "NULL"
	case []byte:
		return string(v)
	case time.Time:
		return v.Format(time.DateOnly)
	default:
		return fmt.Sprint(v)
	}
}

// foldedLine is a part of a text, in bytes, and how far it is indented because
// it continues the line above.
type foldedLine struct{ start, end, indent int }

// fold breaks a text at its line ends, and lines that are longer than width at
// spaces; what follows such a break is indented by hanging. A word that is longer
// than width stays whole.
func fold(text string, width, hanging int) []foldedLine {
	var lines []foldedLine
	for start := 0; start <= len(text); {
		end := len(text)
		if i := strings.IndexByte(text[start:], '\n'); i >= 0 {
			end = start + i
		}
		next, indent := end+1, 0
		for {
			cut := breakAt(text[start:end], width-indent)
			if cut < 0 {
				lines = append(lines, foldedLine{start, end, indent})
				break
			}
			lines = append(lines, foldedLine{start, start + cut, indent})
			start, indent = start+cut+1, hanging
		}
		start = next
	}
	return lines
}

// breakAt returns the offset of the space at which a line that is too long is
// broken, or -1.
func breakAt(line string, width int) int {
	if utf8.RuneCountInString(line) <= width {
		return -1
	}
	best, column := -1, 0
	for i, r := range line {
		if r == ' ' && strings.TrimSpace(line[:i]) != "" {
			if column > width && best >= 0 {
				break
			}
			best = i
			if column > width {
				break
			}
		}
		column++
	}
	return best
}

// written turns the screen's error into one that says where it comes from.
func (s *screen) written() error {
	if s.err == nil {
		return nil
	}
	var path *os.PathError
	if errors.As(s.err, &path) {
		return fmt.Errorf("write to standard output: %w", path.Err)
	}
	return fmt.Errorf("write to standard output: %w", s.err)
}
