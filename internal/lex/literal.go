package lex

import (
	"bytes"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// plainString scans a literal in which a doubled quote is the only escape.
func plainString(sql string, start, open int, kind Kind) (Token, *Error) {
	for i := open + 1; ; {
		n := strings.IndexByte(sql[i:], '\'')
		if n < 0 {
			return fault(start, "unterminated quoted string")
		}
		i += n + 1
		if at(sql, i, '\'') {
			i++
			continue
		}
		reopened, ok := continuation(sql, i)
		if !ok {
			return token(kind, start, i), nil
		}
		i = reopened
	}
}

// digitString scans B'…' and X'…'. A doubled quote does not continue these.
func digitString(sql string, start int, kind Kind, unterminated string) (Token, *Error) {
	for i := start + 2; ; {
		n := strings.IndexByte(sql[i:], '\'')
		if n < 0 {
			return fault(start, unterminated)
		}
		i += n + 1
		reopened, ok := continuation(sql, i)
		if !ok {
			return token(kind, start, i), nil
		}
		i = reopened
	}
}

// continuation looks from the end of a literal for a quote that continues it:
// only space between, with at least one line end. It returns the offset after
// that quote.
//
// PostgreSQL allows line comments between as well. pg_query does not, and we
// must see the tokens that its parser sees.
func continuation(sql string, i int) (int, bool) {
	newLine := false
	for is(sql, i, space) {
		newLine = newLine || sql[i] == '\n' || sql[i] == '\r'
		i++
	}
	return i + 1, newLine && at(sql, i, '\'')
}

// escapeString scans E'…'.
func escapeString(sql string, start int) (Token, *Error) {
	// PostgreSQL checks the encoding of the value if an escape may have broken
	// it: E'\xc3\xa9' is an é, E'\xc3' is an error. decoded collects the value
	// from the first such escape on; all before it is whole characters.
	var decoded []byte
	check := false
	keep := func(b byte) {
		if check {
			decoded = append(decoded, b)
		}
	}
	for i := start + 2; i < len(sql); {
		c := sql[i]
		switch {
		case c == '\'' && at(sql, i+1, '\''):
			keep('\'')
			i += 2
		case c == '\'':
			i++
			if reopened, ok := continuation(sql, i); ok {
				i = reopened
				continue
			}
			if bytes.IndexByte(decoded, 0) >= 0 || !utf8.Valid(decoded) {
				return fault(start, invalidUTF8)
			}
			return token(EString, start, i), nil
		case c != '\\':
			keep(c)
			i++
		case at(sql, i+1, 'u') || at(sql, i+1, 'U'):
			r, end, err := unicodeEscape(sql, i)
			if err != nil {
				return Token{}, err
			}
			if check {
				decoded = utf8.AppendRune(decoded, r)
			}
			i = end
		default:
			b, end := byteEscape(sql, i)
			if b == 0 || b >= 0x80 {
				check = true
			}
			keep(b)
			i = end
		}
	}
	return fault(start, "unterminated quoted string")
}

// byteEscape decodes the escape sequence at i, which is not a \u. A backslash
// at the end of the text stands for itself; the caller finds the literal
// unterminated.
func byteEscape(sql string, i int) (b byte, end int) {
	i++
	if i == len(sql) {
		return '\\', i
	}
	c := sql[i]
	switch {
	case '0' <= c && c <= '7':
		v := 0
		end = i
		for end < len(sql) && end < i+3 && '0' <= sql[end] && sql[end] <= '7' {
			v = v*8 + int(sql[end]-'0')
			end++
		}
		return byte(v), end // \400 is 0: PostgreSQL keeps the low byte
	case c == 'x' && is(sql, i+1, hexDigit):
		b = hexValue(sql[i+1])
		if is(sql, i+2, hexDigit) {
			return b<<4 | hexValue(sql[i+2]), i + 3
		}
		return b, i + 2
	}
	return c, i + 1 // \n and the like: which control character it is matters to nobody here
}

// unicodeEscape decodes \uXXXX or \UXXXXXXXX at i, or the two that make
// a surrogate pair.
func unicodeEscape(sql string, i int) (rune, int, *Error) {
	r, end, err := unicodeUnit(sql, i)
	if err != nil {
		return 0, 0, err
	}
	switch {
	case isSecondSurrogate(r):
		return 0, 0, &Error{i, invalidPair}
	case isFirstSurrogate(r):
		if !at(sql, end, '\\') || !at(sql, end+1, 'u') && !at(sql, end+1, 'U') {
			return 0, 0, &Error{end, invalidPair}
		}
		second, pairEnd, err := unicodeUnit(sql, end)
		if err != nil {
			return 0, 0, err
		}
		if !isSecondSurrogate(second) {
			return 0, 0, &Error{end, invalidPair}
		}
		return utf16.DecodeRune(r, second), pairEnd, nil
	case !validCodePoint(r):
		return 0, 0, &Error{i, "invalid Unicode escape value"}
	}
	return r, end, nil
}

func unicodeUnit(sql string, i int) (rune, int, *Error) {
	n := 4
	if sql[i+1] == 'U' {
		n = 8
	}
	r, ok := hexRune(sql[i+2:], n)
	if !ok {
		return 0, 0, &Error{i, "invalid Unicode escape"}
	}
	return r, i + 2 + n, nil
}

const invalidPair = "invalid Unicode surrogate pair"

func isFirstSurrogate(r rune) bool  { return 0xd800 <= r && r <= 0xdbff }
func isSecondSurrogate(r rune) bool { return 0xdc00 <= r && r <= 0xdfff }
func validCodePoint(r rune) bool    { return 0 < r && r <= utf8.MaxRune }
