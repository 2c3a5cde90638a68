package lex

import "fmt"

// Kind is the lexical class of a token.
type Kind uint8

const (
	Word          Kind = iota // an unquoted identifier or a keyword; Token.Keyword tells which
	Quoted                    // "x"
	UQuoted                   // U&"x", without the UESCAPE '!' that may follow as two more tokens
	String                    // 'x'; in N'x' the N is a Word of its own (KNCHAR) and 'x' the String
	EString                   // E'x'
	UString                   // U&'x', without the UESCAPE '!' that may follow as two more tokens
	BitString                 // B'01'
	HexString                 // X'1f'
	Dollar                    // $tag$x$tag$
	Int                       // an integer that fits 32 bits, in any base
	Float                     // any other number
	Param                     // $1
	Op                        // an operator, <>, != , <= and >= included
	Self                      // one of , ( ) [ ] . ; : + - * / % ^ < > =
	TypeCast                  // ::
	DotDot                    // ..
	ColonEquals               // :=
	EqualsGreater             // =>
	LineComment               // -- x, without the line end
	BlockComment              // /* x */, nested ones included
	Other                     // a byte that begins no token, such as { or a lone $; no SQL statement has one
)

// Token is a piece of SQL text: sql[Start:End].
//
// The string kinds include the pieces that continue them on later lines
// ('a' newline 'b' is one token), with the space between.
type Token struct {
	Kind       Kind
	Keyword    Keyword // NoKeyword unless Kind is Word
	Start, End int32   // byte offsets, End exclusive
}

// Error is a fault in the text that PostgreSQL's scanner would report too.
type Error struct {
	Offset int    // in bytes, of the token or the escape sequence at fault
	Msg    string // in PostgreSQL's words, without its "at or near"
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s at byte %d", e.Msg, e.Offset)
}
