package softdelete

import (
	"sort"
	"strings"
	"unicode/utf8"
	"unsafe"

	"github.com/softdelete-go/softdelete/internal/lex"
)

// edit is a change of the user's text. Every edit is anchored to tokens: insertions
// stand directly behind or directly before one, replacements cover whole ones. So the
// same edits can be made in another text with the same tokens.
type edit struct {
	kind     editKind
	from, to int32 // the first and the last token
	text     string
	copied   *copied // what follows text
}

// copied is a part of the user's text, and what stands behind it.
type copied struct {
	from, to int32 // tokens
	after    string
}

type editKind uint8

const (
	insertBefore editKind = iota
	insertAfter
	replaceTokens
	dropToken // and the white space before it
)

// patch replaces the bytes [start, end) of a text. An insertion has start == end.
type patch struct {
	start, end int32
	before     bool // an insertion that clings to the token behind it
	text       string
}

// editor collects the edits of one text. The order in which insertions at one
// place are made is the order in which they stand.
type editor struct {
	*text
	edits []edit
	mute  int // >0: the text at hand was edited already
}

func (e *editor) add(ed edit) {
	if e.mute == 0 {
		e.edits = append(e.edits, ed)
	}
}

// before inserts s before token i.
func (e *editor) before(i int, s string) {
	e.add(edit{insertBefore, int32(i), int32(i), s, nil})
}

// after inserts s behind the end of token i. Not before the next token: a line
// comment may stand between.
func (e *editor) after(i int, s string) {
	e.add(edit{insertAfter, int32(i), int32(i), s, nil})
}

// copyAfter does the same with a copy of the user's tokens first to last in it.
func (e *editor) copyAfter(i int, before string, first, last int, after string) {
	e.add(edit{insertAfter, int32(i), int32(i), before, &copied{int32(first), int32(last), after}})
}

// replace puts s in the place of tokens i to j.
func (e *editor) replace(i, j int, s string) {
	e.add(edit{replaceTokens, int32(i), int32(j), s, nil})
}

// drop removes token i and the white space before it, comments excepted.
func (e *editor) drop(i int) {
	e.add(edit{dropToken, int32(i), int32(i), "", nil})
}

// in finds the place of an edit in a text, whose tokens are toks, comments aside.
func (ed *edit) in(sql string, toks []lex.Token) patch {
	first, last := toks[ed.from], toks[ed.to]
	text := ed.text
	if c := ed.copied; c != nil {
		text += sql[toks[c.from].Start:toks[c.to].End] + c.after
	}
	switch ed.kind {
	case insertBefore:
		return patch{first.Start, first.Start, true, text}
	case insertAfter:
		return patch{first.End, first.End, false, text}
	case dropToken:
		start := first.Start
		if ed.from > 0 {
			behind := toks[ed.from-1].End
			if strings.TrimLeft(sql[behind:start], " \t\r\n\f\v") == "" {
				start = behind
			}
		}
		return patch{start, first.End, true, ""}
	}
	return patch{first.Start, last.End, true, text}
}

// anchor maps a stretch of the edited text back to the original.
type anchor struct {
	at    int32 // offset in the edited text
	to    int32 // offset in the original
	fixed bool  // inserted text: every byte maps to the same place
}

// apply returns the edited text and how to map its offsets back.
func apply(sql string, toks []lex.Token, edits []edit) (string, []anchor) {
	if len(edits) == 0 {
		return sql, nil
	}
	patches := make([]patch, len(edits))
	size := len(sql)
	for i := range edits {
		patches[i] = edits[i].in(sql, toks)
		size += len(patches[i].text) + 2
	}
	sort.SliceStable(patches, func(i, j int) bool {
		a, b := &patches[i], &patches[j]
		if a.start != b.start {
			return a.start < b.start
		}
		if a.before != b.before {
			return !a.before
		}
		// What goes before a token goes before what replaces it, too.
		return a.before && a.start == a.end && b.start < b.end
	})
	b := make([]byte, 0, size)
	anchors := make([]anchor, 0, 2*len(edits)+1)
	var from int32
	for _, ed := range patches {
		if ed.start < from { // overlapping edits; verification will refuse the result
			continue
		}
		if ed.start > from {
			anchors = append(anchors, anchor{at: int32(len(b)), to: from})
			b = append(b, sql[from:ed.start]...)
		}
		anchors = append(anchors, anchor{at: int32(len(b)), to: ed.start, fixed: true})
		if ed.text != "" && len(b) > 0 && wordByte(b[len(b)-1]) && glues(ed.text[0]) {
			b = append(b, ' ')
		}
		b = append(b, ed.text...)
		from = ed.end
		if ed.text != "" && int(from) < len(sql) && wordByte(ed.text[len(ed.text)-1]) && glues(sql[from]) {
			b = append(b, ' ')
		}
	}
	anchors = append(anchors, anchor{at: int32(len(b)), to: from})
	b = append(b, sql[from:]...)
	return unsafe.String(unsafe.SliceData(b), len(b)), anchors // b is not written any more
}

func wordByte(c byte) bool {
	return c == '_' || c == '$' || c >= 0x80 || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// glues reports whether c behind a word would become part of it, or would make
// it the prefix of a literal (N'…').
func glues(c byte) bool { return wordByte(c) || c == '"' || c == '\'' }

// mapBack maps a 1-based character position in the edited text to one in the
// original. Positions inside inserted text map to the place of the insertion.
func mapBack(original, edited string, anchors []anchor, pos int) int {
	if len(anchors) == 0 || pos <= 0 {
		return pos
	}
	at := int32(byteOffset(edited, pos))
	i := sort.Search(len(anchors), func(i int) bool { return anchors[i].at > at }) - 1
	if i < 0 {
		return 0
	}
	a := anchors[i]
	to := a.to
	if !a.fixed {
		to += at - a.at
	}
	return charPosition(original, int(to))
}

// byteOffset returns the byte offset of the pos-th character, counted from 1.
func byteOffset(s string, pos int) int {
	off := 0
	for range pos - 1 {
		if off >= len(s) {
			break
		}
		_, n := utf8.DecodeRuneInString(s[off:])
		off += n
	}
	return off
}

// charPosition returns the 1-based position, in characters, of a byte offset.
func charPosition(s string, off int) int {
	if off > len(s) {
		off = len(s)
	}
	return utf8.RuneCountInString(s[:off]) + 1
}
