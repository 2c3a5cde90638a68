package lex

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxNameLen is the length in bytes to which PostgreSQL cuts names
// (NAMEDATALEN - 1), and that no operator may exceed.
const maxNameLen = 63

// Fold returns the name that an unquoted identifier denotes in a UTF-8
// database: ASCII letters in lower case, all others as they are, cut to at
// most 63 bytes at a character's end.
func Fold(ident string) string {
	ident = cut(ident)
	for i := range len(ident) {
		if ident[i] != lower(ident[i]) {
			folded := []byte(ident)
			for j := i; j < len(folded); j++ {
				folded[j] = lower(folded[j])
			}
			return string(folded)
		}
	}
	return ident
}

func cut(name string) string {
	if len(name) <= maxNameLen {
		return name
	}
	end := maxNameLen
	for end > 0 && !utf8.RuneStart(name[end]) {
		end--
	}
	return name[:end]
}

// Ident returns the name that a Word, Quoted or UQuoted token of sql denotes,
// folded and cut as PostgreSQL does. ok is false for other kinds and for
// escapes that PostgreSQL would refuse.
//
// A UQuoted is decoded with the default escape character. If KUESCAPE follows
// the token, its name is another, which Ident cannot know.
func Ident(sql string, t Token) (name string, ok bool) {
	text := sql[t.Start:t.End]
	switch t.Kind {
	case Word:
		if t.Keyword != NoKeyword {
			return t.Keyword.String(), true
		}
		return Fold(text), true
	case Quoted:
		return cut(undouble(text[1 : len(text)-1])), true
	case UQuoted:
		name, ok = decodeUnicode(undouble(text[3 : len(text)-1]))
		return cut(name), ok
	}
	return "", false
}

func undouble(s string) string {
	return strings.ReplaceAll(s, `""`, `"`)
}

// decodeUnicode decodes the body of a U&"…": \XXXX, \+XXXXXX and \\.
func decodeUnicode(s string) (string, bool) {
	if strings.IndexByte(s, '\\') < 0 {
		return s, true
	}
	var b strings.Builder
	first := rune(0) // a surrogate that waits for its second
	for i := 0; i < len(s); {
		if s[i] != '\\' || at(s, i+1, '\\') {
			if first != 0 {
				return "", false
			}
			b.WriteByte(s[i])
			if s[i] == '\\' {
				i++
			}
			i++
			continue
		}
		i++
		n := 4
		if at(s, i, '+') {
			i++
			n = 6
		}
		r, ok := hexRune(s[i:], n)
		if !ok || !validCodePoint(r) || (first != 0) != isSecondSurrogate(r) {
			return "", false
		}
		i += n
		switch {
		case isFirstSurrogate(r):
			first = r
		case first != 0:
			b.WriteRune(utf16.DecodeRune(first, r))
			first = 0
		default:
			b.WriteRune(r)
		}
	}
	return b.String(), first == 0
}

// QuoteIdent writes name as an identifier, like PostgreSQL's quote_ident: in
// double quotes unless it is lower-case ASCII letters, digits and underscores,
// begins with no digit, and is no keyword but an unreserved one.
func QuoteIdent(name string) string {
	if plainName(name) {
		if c := LookupKeyword(name).Class(); c == NotKeyword || c == Unreserved {
			return name
		}
	}
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

func plainName(name string) bool {
	for i := range len(name) {
		c := name[i]
		if !('a' <= c && c <= 'z' || c == '_' || i > 0 && '0' <= c && c <= '9') {
			return false
		}
	}
	return name != ""
}
