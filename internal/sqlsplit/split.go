// Package sqlsplit divides files of SQL into statements.
package sqlsplit

import (
	"regexp"
	"strings"
)

// Statement is one statement of a file.
type Statement struct {
	SQL  string // with the comments before it, without the semicolon
	Line int    // of its first word, from 1 on
}

// Split divides a file of SQL at its semicolons, as psql does: not in strings,
// quoted names, comments, dollar quotes, parentheses or a function's BEGIN ATOMIC.
// Lines that begin with a backslash are psql's own and are left out, and so are the
// rows of a COPY … FROM stdin.
func Split(text string) []Statement {
	s := splitter{text: text, line: 1}
	for s.at < len(text) {
		s.next()
	}
	s.flush()
	return s.out
}

type splitter struct {
	text    string
	at      int
	out     []Statement
	b       strings.Builder
	begun   bool // more than spaces and comments
	first   int  // where in b the first word stands
	line    int  // of the first word
	counted int  // to where in the text lines are counted
	depth   int  // of parentheses
	blocks  int  // of BEGIN ATOMIC and what ends with END in it
}

// next takes one token, or one byte.
func (s *splitter) next() {
	rest := s.text[s.at:]
	n, blank := 1, false
	switch c := rest[0]; {
	case c == '\\' && (s.at == 0 || s.text[s.at-1] == '\n'):
		s.at += lineLength(rest)
		return
	case strings.HasPrefix(rest, "--"):
		n, blank = lineLength(rest), true
	case strings.HasPrefix(rest, "/*"):
		n, blank = commentLength(rest), true
	case strings.IndexByte(" \t\r\n\f\v", c) >= 0:
		blank = true
	case c == ';' && s.depth <= 0 && s.blocks == 0:
		s.end(rest)
		return
	case c == '\'':
		n = quotedLength(rest, s.afterE())
	case c == '"':
		n = quotedLength(rest, false)
	case c == '$' && dollarTag(rest) != "":
		n = dollarLength(rest)
	case c == '(':
		s.depth++
	case c == ')':
		s.depth--
	case isWordByte(c):
		n = wordLength(rest)
		s.word(rest[:n])
	}
	if !blank && !s.begun {
		s.begun, s.first = true, s.b.Len()
		s.line += strings.Count(s.text[s.counted:s.at], "\n")
		s.counted = s.at
	}
	s.b.WriteString(rest[:n])
	s.at += n
}

// routine begins a statement that may have a body of statements.
var routine = regexp.MustCompile(`(?i)^CREATE\s+(OR\s+REPLACE\s+)?(FUNCTION|PROCEDURE)\s`)

func (s *splitter) word(w string) {
	if s.depth > 0 || !s.begun {
		return
	}
	switch strings.ToUpper(w) {
	case "BEGIN":
		if routine.MatchString(s.b.String()[s.first:]) {
			s.blocks++
		}
	case "CASE":
		if s.blocks > 0 {
			s.blocks++
		}
	case "END":
		s.blocks = max(0, s.blocks-1)
	}
}

// copyFrom is the statement that rows follow.
var copyFrom = regexp.MustCompile(`(?is)^COPY\s.*\sFROM\s+STDIN\b`)

// end takes a semicolon that ends a statement.
func (s *splitter) end(rest string) {
	if s.begun && copyFrom.MatchString(s.b.String()[s.first:]) {
		s.reset()
		if end := strings.Index(rest, "\n\\."); end >= 0 {
			s.at += end + 3
		} else {
			s.at = len(s.text)
		}
		return
	}
	s.flush()
	s.at++
}

func (s *splitter) flush() {
	if s.begun {
		s.out = append(s.out, Statement{SQL: strings.TrimSpace(s.b.String()), Line: s.line})
	}
	s.reset()
}

func (s *splitter) reset() {
	s.b.Reset()
	s.begun, s.depth, s.blocks = false, 0, 0
}

// afterE reports whether the quote at hand opens an E'…' string.
func (s *splitter) afterE() bool {
	i := s.at
	return i > 0 && (s.text[i-1] == 'E' || s.text[i-1] == 'e') && (i < 2 || !isWordByte(s.text[i-2]))
}

func lineLength(s string) int {
	if end := strings.IndexByte(s, '\n'); end >= 0 {
		return end + 1
	}
	return len(s)
}

// commentLength is the length of a comment, which nests.
func commentLength(s string) int {
	depth := 0
	for i := 0; i+1 < len(s); i++ {
		switch s[i : i+2] {
		case "/*":
			depth++
			i++
		case "*/":
			depth--
			i++
			if depth == 0 {
				return i + 1
			}
		}
	}
	return len(s)
}

func quotedLength(s string, escapes bool) int {
	for i := 1; i < len(s); i++ {
		switch {
		case escapes && s[i] == '\\':
			i++
		case s[i] == s[0]:
			if i+1 < len(s) && s[i+1] == s[0] {
				i++
				continue
			}
			return i + 1
		}
	}
	return len(s)
}

func dollarLength(s string) int {
	tag := dollarTag(s)
	if end := strings.Index(s[len(tag):], tag); end >= 0 {
		return len(tag) + end + len(tag)
	}
	return len(s)
}

func wordLength(s string) int {
	n := 0
	for n < len(s) && isWordByte(s[n]) {
		n++
	}
	return n
}

func isWordByte(c byte) bool {
	return c == '_' || c == '$' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// dollarTag returns $$ or $name$ at the start of s, or "".
func dollarTag(s string) string {
	end := strings.IndexByte(s[1:], '$')
	if end < 0 {
		return ""
	}
	for i, c := range []byte(s[1 : end+1]) {
		if !isWordByte(c) || c == '$' || i == 0 && c >= '0' && c <= '9' {
			return ""
		}
	}
	return s[:end+2]
}
