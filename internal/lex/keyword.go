package lex

// Keyword is one of PostgreSQL 16's keywords, or NoKeyword. The constants are
// named K and the keyword in capitals: KSELECT, KFROM.
type Keyword uint16

// NoKeyword is the Keyword of plain identifiers and of tokens that are not words.
const NoKeyword Keyword = 0

// Class tells where a keyword may stand as a name.
type Class uint8

const (
	NotKeyword   Class = iota
	Unreserved         // any name
	ColName            // a column or table, not a function or type
	TypeFuncName       // a function or type, not a column or table
	Reserved           // only a column label
)

// String returns the keyword in lower case, "" for NoKeyword.
func (k Keyword) String() string {
	if int(k) >= len(keywords) {
		return ""
	}
	return keywords[k].spelling
}

// Class returns the keyword's class, NotKeyword for NoKeyword.
func (k Keyword) Class() Class {
	if int(k) >= len(keywords) {
		return NotKeyword
	}
	return keywords[k].class
}

// LookupKeyword returns the keyword that an unquoted s is, in whatever case it
// is written, or NoKeyword.
func LookupKeyword(s string) Keyword {
	if len(s) > maxKeywordLen {
		return NoKeyword
	}
	var folded [maxKeywordLen]byte
	for i := range len(s) {
		folded[i] = lower(s[i])
	}
	return lookupFolded(folded[:len(s)])
}

// lower folds ASCII letters only, like PostgreSQL, which must not let
// a locale decide what is a keyword: "İ" is no "i".
func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + ('a' - 'A')
	}
	return c
}
