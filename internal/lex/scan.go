package lex

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// What a byte can do where a token begins or goes on.
const (
	identStart uint8 = 1 << iota // may begin an identifier
	identCont                    // may continue one
	digit
	hexDigit
	opChar
	selfChar
	space
)

var classOf = func() (t [256]uint8) {
	for c := range 256 {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', c == '_', c >= 0x80:
			t[c] |= identStart | identCont
		case '0' <= c && c <= '9':
			t[c] |= identCont | digit | hexDigit
		case c == '$':
			t[c] |= identCont
		}
		if 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F' {
			t[c] |= hexDigit
		}
		if strings.IndexByte("~!@#^&|`?+-*/%<>=", byte(c)) >= 0 {
			t[c] |= opChar
		}
		if strings.IndexByte(",()[].;:+-*/%^<>=", byte(c)) >= 0 {
			t[c] |= selfChar
		}
		// No \v: PostgreSQL 16 does not count it as space.
		if strings.IndexByte(" \t\n\r\f", byte(c)) >= 0 {
			t[c] |= space
		}
	}
	return t
}()

// is tells whether sql has a byte of the given class at i.
func is(sql string, i int, class uint8) bool {
	return i < len(sql) && classOf[sql[i]]&class != 0
}

// at tells whether sql has the byte c at i.
func at(sql string, i int, c byte) bool {
	return i < len(sql) && sql[i] == c
}

// Scan appends the tokens of sql, comments included, to dst. It allocates
// only to grow dst, or for an E string whose escapes spell bytes above 0x7f.
//
// An error is an [*Error]; the tokens before it are returned with it.
func Scan(sql string, dst []Token) ([]Token, error) {
	if err := checkText(sql); err != nil {
		return dst, err
	}
	for pos := 0; pos < len(sql); {
		if classOf[sql[pos]]&space != 0 {
			pos++
			continue
		}
		t, err := next(sql, pos)
		if err != nil {
			return dst, err
		}
		dst = append(dst, t)
		pos = int(t.End)
	}
	return dst, nil
}

// checkText refuses what PostgreSQL cannot be sent as text.
func checkText(sql string) *Error {
	if len(sql) > math.MaxInt32 {
		return &Error{0, "statement longer than 2 GiB"}
	}
	if i := strings.IndexByte(sql, 0); i >= 0 {
		return &Error{i, "NUL byte in statement"}
	}
	if utf8.ValidString(sql) {
		return nil
	}
	i := 0
	for {
		r, n := utf8.DecodeRuneInString(sql[i:])
		if r == utf8.RuneError && n <= 1 {
			return &Error{i, invalidUTF8}
		}
		i += n
	}
}

const invalidUTF8 = `invalid byte sequence for encoding "UTF8"`

// next returns the token that begins at pos, where there is no space.
func next(sql string, pos int) (Token, *Error) {
	c := sql[pos]
	if classOf[c]&identStart != 0 {
		return wordOrPrefixed(sql, pos)
	}
	if classOf[c]&digit != 0 {
		return number(sql, pos)
	}
	switch c {
	case '\'':
		return plainString(sql, pos, pos, String)
	case '"':
		return quotedIdent(sql, pos, pos, Quoted)
	case '$':
		return dollar(sql, pos)
	case '.':
		if at(sql, pos+1, '.') {
			return token(DotDot, pos, pos+2), nil
		}
		if is(sql, pos+1, digit) {
			return number(sql, pos)
		}
		return token(Self, pos, pos+1), nil
	case ':':
		if at(sql, pos+1, ':') {
			return token(TypeCast, pos, pos+2), nil
		}
		if at(sql, pos+1, '=') {
			return token(ColonEquals, pos, pos+2), nil
		}
		return token(Self, pos, pos+1), nil
	case '-':
		if at(sql, pos+1, '-') {
			return token(LineComment, pos, lineEnd(sql, pos)), nil
		}
	case '/':
		if at(sql, pos+1, '*') {
			return blockComment(sql, pos)
		}
	}
	if classOf[c]&opChar != 0 {
		return operator(sql, pos)
	}
	if classOf[c]&selfChar != 0 {
		return token(Self, pos, pos+1), nil
	}
	return token(Other, pos, pos+1), nil
}

func token(kind Kind, start, end int) Token {
	return Token{Kind: kind, Start: int32(start), End: int32(end)}
}

func fault(offset int, msg string) (Token, *Error) {
	return Token{}, &Error{offset, msg}
}

// wordOrPrefixed scans what begins with a letter: a word, or a literal whose
// kind the letter tells.
func wordOrPrefixed(sql string, pos int) (Token, *Error) {
	if at(sql, pos+1, '\'') {
		switch sql[pos] {
		case 'b', 'B':
			return digitString(sql, pos, BitString, "unterminated bit string literal")
		case 'x', 'X':
			return digitString(sql, pos, HexString, "unterminated hexadecimal string literal")
		case 'e', 'E':
			return escapeString(sql, pos)
		case 'n', 'N':
			return Token{Word, KNCHAR, int32(pos), int32(pos + 1)}, nil
		}
	}
	if (sql[pos] == 'u' || sql[pos] == 'U') && at(sql, pos+1, '&') {
		if at(sql, pos+2, '\'') {
			return plainString(sql, pos, pos+2, UString)
		}
		if at(sql, pos+2, '"') {
			return quotedIdent(sql, pos, pos+2, UQuoted)
		}
	}
	end := pos + 1
	for end < len(sql) && classOf[sql[end]]&identCont != 0 {
		end++
	}
	return Token{Word, LookupKeyword(sql[pos:end]), int32(pos), int32(end)}, nil
}

func quotedIdent(sql string, start, open int, kind Kind) (Token, *Error) {
	for i := open + 1; ; i++ {
		n := strings.IndexByte(sql[i:], '"')
		if n < 0 {
			return fault(start, "unterminated quoted identifier")
		}
		i += n + 1
		if at(sql, i, '"') {
			continue
		}
		if i == open+2 {
			return fault(start, "zero-length delimited identifier")
		}
		return token(kind, start, i), nil
	}
}

// lineEnd returns where the line of pos ends: at \n, \r or the end of the text.
func lineEnd(sql string, pos int) int {
	n := strings.IndexAny(sql[pos:], "\n\r")
	if n < 0 {
		return len(sql)
	}
	return pos + n
}

func blockComment(sql string, start int) (Token, *Error) {
	depth := 1
	for i := start + 2; i+1 < len(sql); {
		switch {
		case sql[i] == '*' && sql[i+1] == '/':
			i += 2
			if depth--; depth == 0 {
				return token(BlockComment, start, i), nil
			}
		case sql[i] == '/' && sql[i+1] == '*':
			i += 2
			depth++
		default:
			i++
		}
	}
	return fault(start, "unterminated /* comment")
}

// dollar scans what begins with $: a parameter, a dollar-quoted string, or
// a $ that is none of these.
func dollar(sql string, start int) (Token, *Error) {
	i := start + 1
	if is(sql, i, digit) {
		for is(sql, i, digit) {
			i++
		}
		// PostgreSQL from 15 on refuses a letter after a parameter. pg_query
		// leaves that check out, and so do we: $1from is two tokens.
		return token(Param, start, i), nil
	}
	if is(sql, i, identStart) {
		// The tag is an identifier without $.
		for is(sql, i, identCont) && sql[i] != '$' {
			i++
		}
	}
	if !at(sql, i, '$') {
		return token(Other, start, start+1), nil
	}
	i++
	n := strings.Index(sql[i:], sql[start:i])
	if n < 0 {
		return fault(start, "unterminated dollar-quoted string")
	}
	return token(Dollar, start, i+n+(i-start)), nil
}

func operator(sql string, start int) (Token, *Error) {
	end := start + 1
	for is(sql, end, opChar) {
		if sql[end] == '-' && at(sql, end+1, '-') || sql[end] == '/' && at(sql, end+1, '*') {
			break // a comment begins
		}
		end++
	}
	// An operator ends with + or - only if it has a character that no operator
	// of standard SQL has. So a=-1 is a comparison, while @- is one operator.
	if !strings.ContainsAny(sql[start:end], "~!@#^&|`?%") {
		for end > start+1 && (sql[end-1] == '+' || sql[end-1] == '-') {
			end--
		}
	}
	switch {
	case end == start+1 && classOf[sql[start]]&selfChar != 0:
		return token(Self, start, end), nil
	case sql[start:end] == "=>":
		return token(EqualsGreater, start, end), nil
	case end-start > maxNameLen:
		return fault(start, "operator too long")
	}
	return token(Op, start, end), nil
}

// number scans what begins with a digit, or with a point and a digit.
func number(sql string, start int) (Token, *Error) {
	if sql[start] == '0' && start+1 < len(sql) {
		switch sql[start+1] {
		case 'x', 'X':
			return basedInteger(sql, start, 16, "invalid hexadecimal integer")
		case 'o', 'O':
			return basedInteger(sql, start, 8, "invalid octal integer")
		case 'b', 'B':
			return basedInteger(sql, start, 2, "invalid binary integer")
		}
	}
	kind := Float
	end := digits(sql, start)
	whole := sql[start:end]
	// 1..2 is 1 and .. and 2. But PostgreSQL 16 reads 1_0..2 as 1_0. and .2.
	beforeDots := at(sql, end, '.') && at(sql, end+1, '.') && whole != "" && strings.IndexByte(whole, '_') < 0
	if at(sql, end, '.') && !beforeDots {
		end++
		if is(sql, end, digit) {
			end = digits(sql, end)
		}
	} else if fitsInt32(whole, 10) {
		kind = Int
	}
	if at(sql, end, 'e') || at(sql, end, 'E') {
		exp := end + 1
		if at(sql, exp, '+') || at(sql, exp, '-') {
			exp++
		}
		if is(sql, exp, digit) {
			kind = Float
			end = digits(sql, exp)
		}
	}
	if is(sql, end, identStart) {
		return fault(start, trailingJunk)
	}
	return token(kind, start, end), nil
}

const trailingJunk = "trailing junk after numeric literal"

// digits returns the end of the decimal digits from i on, between which single
// underscores may stand.
func digits(sql string, i int) int {
	for is(sql, i, digit) || at(sql, i, '_') && is(sql, i+1, digit) {
		i++
	}
	return i
}

func basedInteger(sql string, start, base int, invalid string) (Token, *Error) {
	isDigit := func(i int) bool {
		switch base {
		case 16:
			return is(sql, i, hexDigit)
		default:
			return is(sql, i, digit) && int(sql[i]-'0') < base
		}
	}
	end := start + 2
	for isDigit(end) || at(sql, end, '_') && isDigit(end+1) {
		end++
	}
	if end == start+2 {
		return fault(start, invalid)
	}
	if is(sql, end, identStart) {
		return fault(start, trailingJunk)
	}
	// 0b12 is the two tokens 0b1 and 2.
	if fitsInt32(sql[start+2:end], base) {
		return token(Int, start, end), nil
	}
	return token(Float, start, end), nil
}

// fitsInt32 tells whether digits, perhaps with underscores, spell a number up
// to 2147483647: PostgreSQL takes larger ones for Float.
func fitsInt32(digits string, base int) bool {
	value := int64(0)
	for i := range len(digits) {
		if digits[i] == '_' {
			continue
		}
		value = value*int64(base) + int64(hexValue(digits[i]))
		if value > math.MaxInt32 {
			return false
		}
	}
	return true
}

func hexValue(c byte) byte {
	switch c = lower(c); {
	case c >= 'a':
		return c - 'a' + 10
	default:
		return c - '0'
	}
}

// hexRune returns the code point spelled by the first n bytes of s, if they
// are hexadecimal digits.
func hexRune(s string, n int) (rune, bool) {
	if len(s) < n {
		return 0, false
	}
	for i := range n {
		if classOf[s[i]]&hexDigit == 0 {
			return 0, false
		}
	}
	v, err := strconv.ParseUint(s[:n], 16, 32)
	if err != nil || v > utf8.MaxRune {
		// A value above the last code point is for the caller to refuse.
		return utf8.MaxRune + 1, true
	}
	return rune(v), true
}
