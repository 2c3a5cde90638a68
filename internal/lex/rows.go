package lex

import "strings"

// Check refuses what PostgreSQL cannot be sent as text, as [Scan] does before it
// begins. An error is an [*Error].
func Check(sql string) error {
	if err := checkText(sql); err != nil {
		return err
	}
	return nil
}

// Next returns the first token at or behind pos, in a text that has passed [Check].
// At the end of the text more is false. An error is an [*Error].
func Next(sql string, pos int) (t Token, more bool, err error) {
	for is(sql, pos, space) {
		pos++
	}
	if pos >= len(sql) {
		return Token{}, false, nil
	}
	t, fault := next(sql, pos)
	if fault != nil {
		return Token{}, false, fault
	}
	return t, true, nil
}

// MoreRows scans rows of constants from pos on, each behind a comma: the rest of a
// VALUES list. It returns where the first of them ends, and the last; pos where there
// is none. Constants are numbers, which may have a sign, string literals, NULL,
// TRUE, FALSE and DEFAULT. A comment ends the list.
func MoreRows(sql string, pos int) (first, last int) { return more(sql, pos, constantRow) }

// MoreConstants does the same for the rest of a list of constants.
func MoreConstants(sql string, pos int) (first, last int) { return more(sql, pos, constant) }

// more scans ", element" as often as it comes.
func more(sql string, pos int, element func(string, int) int) (first, last int) {
	first, last = pos, pos
	for {
		i := spaces(sql, last)
		if !at(sql, i, ',') {
			return first, last
		}
		end := element(sql, spaces(sql, i+1))
		if end < 0 {
			return first, last
		}
		if first == pos {
			first = end
		}
		last = end
	}
}

func spaces(sql string, i int) int {
	for is(sql, i, space) {
		i++
	}
	return i
}

// ConstantRow returns the end of a row of constants that begins at pos, -1 if there is none.
func ConstantRow(sql string, pos int) int { return constantRow(sql, spaces(sql, pos)) }

func constantRow(sql string, pos int) int {
	if !at(sql, pos, '(') {
		return -1
	}
	for {
		end := constant(sql, spaces(sql, pos+1))
		if end < 0 {
			return -1
		}
		pos = spaces(sql, end)
		switch {
		case at(sql, pos, ')'):
			return pos + 1
		case !at(sql, pos, ','):
			return -1
		}
	}
}

// constant returns the end of the constant at i, -1 if there is none.
func constant(sql string, i int) int {
	if (at(sql, i, '-') || at(sql, i, '+')) && !at(sql, i+1, '-') {
		i = spaces(sql, i+1)
		if !is(sql, i, digit) {
			return -1
		}
	}
	if i >= len(sql) {
		return -1
	}
	var t Token
	var err *Error
	switch c := sql[i]; {
	case classOf[c]&digit != 0:
		end := i + 1
		for is(sql, end, digit) {
			end++
		}
		if at(sql, end, ',') || at(sql, end, ')') {
			return end // the usual case
		}
		t, err = number(sql, i)
	case c == '\'':
		t, err = plainString(sql, i, i, String)
	case (c == 'e' || c == 'E') && at(sql, i+1, '\''):
		t, err = escapeString(sql, i)
	case classOf[c]&identStart != 0:
		end := i + 1
		for end < len(sql) && classOf[sql[end]]&identCont != 0 {
			end++
		}
		for _, word := range []string{"null", "true", "false", "default"} {
			if end-i == len(word) && strings.EqualFold(sql[i:end], word) {
				return end
			}
		}
		return -1
	default:
		return -1
	}
	if err != nil {
		return -1
	}
	return int(t.End)
}
