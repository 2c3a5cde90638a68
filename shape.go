package softdelete

import (
	"slices"
	"strings"
	"sync"

	pg "github.com/pganalyze/pg_query_go/v5"

	"github.com/softdelete-go/softdelete/internal/lex"
)

// The shape of a text is its tokens without the values of literals: white space and
// comments are no part of it, nor are the rows of constants behind the first of a
// VALUES list, and the constants behind the first of IN (…). What the rewriter decides
// depends on the shape, on the few literals that it looks at, and on nothing else; and
// what it does are edits at tokens. So a text of a known shape gets the same edits at
// the same tokens, and is not parsed. Some ORMs write every value into the text, and
// tracing adds a comment that differs each time.
//
// The rewriter looks at a literal where
//
//   - a marker is set or compared to a number: see [job.pin];
//   - a function that runs SQL has it as an argument: see [job.function];
//   - ON CONFLICT sets the marker to what the rows of VALUES have: see [job.upsertMarker].
//
// The first is remembered with the shape: such a literal must be the same. Of the
// others nothing is remembered. The parser looks at FLOAT(24), at the UESCAPE character
// and at literals with escapes of their own (U&'…'): these are part of the shape.

// shape is what is read of one text. It is reused.
type shape struct {
	key  []byte
	toks []lex.Token // comments aside; the rest of a list is one
	lits []int32     // of these, the literals whose values are left out of the key
	rest []rest
}

// rest is the part of a list that is no part of the shape.
type rest struct {
	start, end int32
	first      int32 // where its first element ends, which stands for all
}

// restOfList is the kind of the token that a rest is.
const restOfList = lex.Other + 1

// The key is the tokens, each with a zero byte behind it, which no text has. What
// stands for a literal begins with one.
const (
	keyEnd     = 0
	keyLiteral = 1 // behind a keyEnd, before the kind
	keyRest    = 2
	keyNChar   = 3 // the N of N'…', which is no name
)

// read finds the shape of a text; ok is false if it has none.
func (s *shape) read(sql string) (ok bool) {
	s.key, s.toks, s.lits, s.rest = s.key[:0], s.toks[:0], s.lits[:0], s.rest[:0]
	if lex.Check(sql) != nil {
		return false
	}
	ended := false
	for pos := 0; ; {
		t, more, err := lex.Next(sql, pos)
		if err != nil {
			return false
		}
		if !more {
			return len(s.toks) > 0
		}
		pos = int(t.End)
		if t.Kind == lex.LineComment || t.Kind == lex.BlockComment {
			continue
		}
		// What other statements do may depend on every literal, and they are few.
		if ended || len(s.toks) == 0 && !slices.Contains(dml, t.Keyword) && sql[t.Start] != '(' {
			return false
		}
		if !s.token(sql, t) {
			return false
		}
		ended = t.Kind == lex.Self && sql[t.Start] == ';'
		if r := s.list(sql, pos); r.end > 0 {
			s.rest = append(s.rest, r)
			s.toks = append(s.toks, lex.Token{Kind: restOfList, Start: r.start, End: r.end})
			s.key = append(s.key, keyEnd, keyRest)
			pos = int(r.end)
		}
	}
}

// token adds a token to the shape.
func (s *shape) token(sql string, t lex.Token) (ok bool) {
	text := sql[t.Start:t.End]
	n := len(s.toks)
	s.toks = append(s.toks, t)
	switch t.Kind {
	case lex.String, lex.EString, lex.Dollar, lex.BitString, lex.HexString:
		// 'a' 'b' is one literal if a line ends between them, and else an error. And
		// what begins like a check of ours is to be read with care.
		if n > 0 && isString(s.toks[n-1].Kind) || strings.HasPrefix(strings.TrimLeft(text, "eE'"), failTag) {
			return false
		}
		if s.word(sql, n-1, lex.KUESCAPE) {
			break
		}
		s.lits = append(s.lits, int32(n))
		s.key = append(s.key, keyEnd, keyLiteral, byte(t.Kind))
		return true
	case lex.UString:
		if n > 0 && isString(s.toks[n-1].Kind) {
			return false
		}
	case lex.Int, lex.Float:
		if n > 1 && s.word(sql, n-2, lex.KFLOAT) {
			break
		}
		s.lits = append(s.lits, int32(n))
		s.key = append(s.key, keyEnd, keyLiteral, byte(t.Kind))
		return true
	case lex.Word:
		if t.Keyword == lex.KNCHAR && len(text) == 1 {
			s.key = append(s.key, keyEnd, keyNChar)
			return true
		}
	}
	s.key = append(s.key, text...)
	s.key = append(s.key, keyEnd)
	return true
}

func isString(k lex.Kind) bool { return k >= lex.String && k <= lex.Dollar }

func (s *shape) word(sql string, i int, kw lex.Keyword) bool {
	return i >= 0 && s.toks[i].Keyword == kw
}

// list returns the rest of a list whose first element ends at pos.
func (s *shape) list(sql string, pos int) rest {
	n := len(s.toks)
	last := s.toks[n-1]
	switch {
	case last.Kind == lex.Self && sql[last.Start] == ')':
		open := s.row(sql)
		if open < 1 || !s.word(sql, open-1, lex.KVALUES) {
			return rest{}
		}
		first, end := lex.MoreRows(sql, pos)
		if end > pos {
			return rest{int32(pos), int32(end), int32(first)}
		}
	case last.Kind >= lex.String && last.Kind <= lex.Float && n > 2 && s.word(sql, n-3, lex.KIN) && sql[s.toks[n-2].Start] == '(':
		first, end := lex.MoreConstants(sql, pos)
		if t, more, err := lex.Next(sql, end); end > pos && err == nil && more && sql[t.Start] == ')' {
			return rest{int32(pos), int32(end), int32(first)}
		}
	}
	return rest{}
}

// row returns the token that opens the row of constants which the last token closes,
// -1 if it closes something else.
func (s *shape) row(sql string) int {
	for i := len(s.toks) - 2; i >= 0; i-- {
		switch t := s.toks[i]; t.Kind {
		case lex.String, lex.EString, lex.Int, lex.Float:
		case lex.Word:
			switch t.Keyword {
			case lex.KNULL, lex.KTRUE, lex.KFALSE, lex.KDEFAULT:
			default:
				return -1
			}
		case lex.Self:
			switch sql[t.Start] {
			case '(':
				return i
			case ',', '-', '+':
			default:
				return -1
			}
		default:
			return -1
		}
	}
	return -1
}

// reduced is the text with one element in the place of each rest.
func (s *shape) reduced(sql string) string {
	var b strings.Builder
	from := int32(0)
	for _, r := range s.rest {
		b.WriteString(sql[from:r.first])
		from = r.end
	}
	b.WriteString(sql[from:])
	return b.String()
}

// large reports whether reducing the text is worth while.
func (s *shape) large() bool {
	n := int32(0)
	for _, r := range s.rest {
		n += r.end - r.first
	}
	return n > 1<<10
}

// origin is how a text was rewritten: what to do with others of its shape.
type origin struct {
	edits     []edit
	pins      []int32 // tokens that were looked at
	shapeless bool    // more was looked at than can be told
}

// pinned is a literal that must be the same.
type pinned struct {
	tok  int32
	text string
}

// pin notes that the decision depends on a number, if the expression is one: a marker
// may be 0 or not. NULL, TRUE and FALSE are words, and of a string nothing but that it
// is one is ever asked.
func (j *job) pin(n *pg.Node) {
	c := n.GetAConst()
	if c.GetIval() == nil && c.GetFval() == nil {
		return
	}
	i := j.at(c.Location)
	if i < 0 {
		j.shapeless = true
		return
	}
	j.pins = append(j.pins, int32(i))
	if s := j.self(i); s == '-' || s == '+' {
		j.pins = append(j.pins, int32(i+1))
	}
}

// pinComparison notes the number that a marker is compared with.
func (j *job) pinComparison(n *pg.Node) {
	e := n.GetAExpr()
	for _, side := range [][2]*pg.Node{{e.GetLexpr(), e.GetRexpr()}, {e.GetRexpr(), e.GetLexpr()}} {
		if f := side[0].GetColumnRef().GetFields(); len(f) > 0 && j.r.markers[f[len(f)-1].GetString_().GetSval()] {
			j.pin(side[1])
		}
	}
}

// template is the rewriting of a shape. It is immutable.
type template struct {
	w      *rewritten // of one text of the shape
	edits  []edit     // at tokens of the shape
	ifLive *template
	pins   []pinned
}

// template makes one of how the text sql, whose shape s is, was rewritten; nil where it
// cannot be told what depends on a literal.
func (s *shape) template(sql string, w *rewritten) *template {
	o := w.origin
	if o == nil || o.shapeless || w.refusal != nil {
		return nil
	}
	toks, err := lex.Scan(sql, nil)
	if err != nil {
		return nil
	}
	toks = slices.DeleteFunc(toks, func(t lex.Token) bool { return t.Kind == lex.LineComment || t.Kind == lex.BlockComment })
	t := &template{w: w, edits: slices.Clone(o.edits)}
	for i := range t.edits {
		e := &t.edits[i]
		from, whole := s.at(toks[e.from])
		to, whole2 := s.at(toks[e.to])
		ends := e.kind == insertAfter && from >= 0 && toks[e.from].End == s.toks[from].End
		if from < 0 || to < 0 || !(whole && whole2) && !ends {
			return nil
		}
		e.from, e.to = int32(from), int32(to)
		if c := e.copied; c != nil {
			from, whole := s.at(toks[c.from])
			to, whole2 := s.at(toks[c.to])
			if from < 0 || to < 0 || !whole || !whole2 {
				return nil
			}
			e.copied = &copied{int32(from), int32(to), c.after}
		}
	}
	pin := func(i int) {
		t.pins = append(t.pins, pinned{int32(i), sql[s.toks[i].Start:s.toks[i].End]})
	}
	for _, p := range o.pins {
		i, whole := s.at(toks[p])
		if i < 0 || !whole {
			return nil
		}
		pin(i)
	}
	// Were a literal of the user's in what is inserted, it would have to be the same.
	for i := range t.edits {
		text := t.edits[i].text
		if c := t.edits[i].copied; c != nil {
			text += " " + c.after
		}
		made, err := lex.Scan(text, nil)
		if err != nil {
			return nil
		}
		for _, m := range made {
			for _, l := range s.lits {
				if sql[s.toks[l].Start:s.toks[l].End] == text[m.Start:m.End] {
					pin(int(l))
				}
			}
		}
	}
	if w.ifLive != nil {
		if t.ifLive = s.template(sql, w.ifLive); t.ifLive == nil {
			return nil
		}
		t.pins = append(t.pins, t.ifLive.pins...)
	}
	return t
}

// at returns the token of the shape in which a token of the text lies; whole says that
// it is that token.
func (s *shape) at(t lex.Token) (i int, whole bool) {
	i, found := slices.BinarySearchFunc(s.toks, t.Start, func(t lex.Token, start int32) int { return int(t.Start - start) })
	if !found {
		i--
	}
	if i < 0 || t.End > s.toks[i].End {
		return -1, false
	}
	return i, found && t.End == s.toks[i].End
}

// fits reports whether the literals that matter are the same.
func (t *template) fits(sql string, s *shape) bool {
	for _, p := range t.pins {
		tok := s.toks[p.tok]
		if sql[tok.Start:tok.End] != p.text {
			return false
		}
	}
	return true
}

// rewrite is the rewriting of another text of the shape.
func (t *template) rewrite(sql string, s *shape) *rewritten {
	w := *t.w
	w.origin = nil
	w.sql, w.anchors = apply(sql, s.toks, t.edits)
	if len(t.edits) > 0 {
		w.fails = strings.Contains(w.sql, "'"+failTag)
	}
	if t.ifLive != nil {
		w.ifLive = t.ifLive.rewrite(sql, s)
	}
	return &w
}

var shapes = sync.Pool{New: func() any { return new(shape) }}
