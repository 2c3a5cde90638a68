package equivalence

import "strings"

// splitStatements divides a file of SQL at its semicolons, as psql does: not in
// strings, quoted names, comments, dollar quotes or parentheses. Lines that begin
// with a backslash are psql's own and are left out, and so are the rows of a
// COPY … FROM stdin.
func splitStatements(text string) []string {
	var out []string
	var b strings.Builder
	depth := 0
	empty := true // nothing but spaces and comments so far
	flush := func() {
		s := strings.TrimSpace(b.String())
		if !empty {
			out = append(out, s)
		}
		b.Reset()
		depth, empty = 0, true
	}
	for i := 0; i < len(text); {
		rest := text[i:]
		n := 1
		switch {
		case rest[0] == '\\' && (i == 0 || text[i-1] == '\n'):
			i += lineLength(rest)
			continue
		case strings.HasPrefix(rest, "--"):
			n = lineLength(rest)
		case strings.HasPrefix(rest, "/*"):
			n = commentLength(rest)
		case rest[0] == '\'':
			escapes := i > 0 && (text[i-1] == 'E' || text[i-1] == 'e') && (i < 2 || !isWordByte(text[i-2]))
			n, empty = quotedLength(rest, escapes), false
		case rest[0] == '"':
			n, empty = quotedLength(rest, false), false
		case rest[0] == '$' && (i == 0 || !isWordByte(text[i-1])) && dollarTag(rest) != "":
			tag := dollarTag(rest)
			n, empty = len(rest), false
			if end := strings.Index(rest[len(tag):], tag); end >= 0 {
				n = len(tag) + end + len(tag)
			}
		case rest[0] == '(':
			depth++
			empty = false
		case rest[0] == ')':
			depth--
		case rest[0] == ';' && depth <= 0:
			s := strings.ToUpper(strings.Join(strings.Fields(b.String()), " "))
			copies := strings.HasPrefix(s, "COPY ") && strings.Contains(s, " FROM STDIN")
			if copies {
				b.Reset()
				empty = true
				if end := strings.Index(rest, "\n\\."); end >= 0 {
					i += end + 3
				} else {
					i = len(text)
				}
				continue
			}
			flush()
			i++
			continue
		case !strings.ContainsRune(" \t\r\n\f", rune(rest[0])):
			empty = false
		}
		b.WriteString(rest[:n])
		i += n
	}
	flush()
	return out
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
