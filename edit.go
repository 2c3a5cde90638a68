package softdelete

import (
	"sort"
	"strings"
	"unicode/utf8"
)

// edit replaces the bytes [start, end) of the user's text. An insertion has
// start == end. Every edit is anchored to a token: insertions stand directly
// behind or directly before one, replacements cover whole ones.
type edit struct {
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
	at := e.toks[i].Start
	e.add(edit{at, at, true, s})
}

// after inserts s behind the end of token i. Not before the next token: a line
// comment may stand between.
func (e *editor) after(i int, s string) {
	at := e.toks[i].End
	e.add(edit{at, at, false, s})
}

// replace puts s in the place of tokens i to j.
func (e *editor) replace(i, j int, s string) {
	e.add(edit{e.toks[i].Start, e.toks[j].End, true, s})
}

// drop removes token i and the white space before it, comments excepted.
func (e *editor) drop(i int) {
	t := e.toks[i]
	start := t.Start
	if i > 0 && strings.TrimLeft(e.sql[e.toks[i-1].End:start], " \t\r\n\f\v") == "" {
		start = e.toks[i-1].End
	}
	e.add(edit{start, t.End, true, ""})
}

// anchor maps a stretch of the edited text back to the original.
type anchor struct {
	at    int32 // offset in the edited text
	to    int32 // offset in the original
	fixed bool  // inserted text: every byte maps to the same place
}

// apply returns the edited text and how to map its offsets back.
func (e *editor) apply() (string, []anchor) {
	if len(e.edits) == 0 {
		return e.sql, nil
	}
	sort.SliceStable(e.edits, func(i, j int) bool {
		a, b := e.edits[i], e.edits[j]
		if a.start != b.start {
			return a.start < b.start
		}
		if a.before != b.before {
			return !a.before
		}
		// What goes before a token goes before what replaces it, too.
		return a.before && a.start == a.end && b.start < b.end
	})
	var b strings.Builder
	size := len(e.sql)
	for _, ed := range e.edits {
		size += len(ed.text) + 2
	}
	b.Grow(size)
	anchors := make([]anchor, 0, 2*len(e.edits)+1)
	var from int32
	for _, ed := range e.edits {
		if ed.start < from { // overlapping edits; verification will refuse the result
			continue
		}
		if ed.start > from {
			anchors = append(anchors, anchor{at: int32(b.Len()), to: from})
			b.WriteString(e.sql[from:ed.start])
		}
		anchors = append(anchors, anchor{at: int32(b.Len()), to: ed.start, fixed: true})
		if ed.text != "" && b.Len() > 0 && wordByte(b.String()[b.Len()-1]) && glues(ed.text[0]) {
			b.WriteByte(' ')
		}
		b.WriteString(ed.text)
		from = ed.end
		if ed.text != "" && int(from) < len(e.sql) && wordByte(ed.text[len(ed.text)-1]) && glues(e.sql[from]) {
			b.WriteByte(' ')
		}
	}
	anchors = append(anchors, anchor{at: int32(b.Len()), to: from})
	b.WriteString(e.sql[from:])
	return b.String(), anchors
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
