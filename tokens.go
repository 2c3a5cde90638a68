package softdelete

import (
	"sort"

	"github.com/softdelete-go/softdelete/internal/lex"
)

// text is a statement text with its tokens, comments dropped. The parse tree
// tells where things start; text finds where they end. Tokens are addressed by
// their index.
type text struct {
	sql   string
	toks  []lex.Token
	match []int32 // for a bracket, the index of its partner, else -1
}

func newText(sql string, all []lex.Token) *text {
	x := &text{sql: sql, toks: make([]lex.Token, 0, len(all))}
	for _, t := range all {
		if t.Kind != lex.LineComment && t.Kind != lex.BlockComment {
			x.toks = append(x.toks, t)
		}
	}
	x.match = make([]int32, len(x.toks))
	var open []int32
	for i := range x.toks {
		x.match[i] = -1
		switch x.self(i) {
		case '(', '[':
			open = append(open, int32(i))
		case ')', ']':
			if n := len(open); n > 0 {
				o := open[n-1]
				open = open[:n-1]
				x.match[i], x.match[o] = o, int32(i)
			}
		}
	}
	return x
}

// self returns the character of a one-character token, else 0.
func (x *text) self(i int) byte {
	if i >= 0 && i < len(x.toks) && x.toks[i].Kind == lex.Self {
		return x.sql[x.toks[i].Start]
	}
	return 0
}

// is reports whether token i is one of the keywords. After a dot any keyword is
// a name: t.from.
func (x *text) is(i int, kws ...lex.Keyword) bool {
	if i < 0 || i >= len(x.toks) || x.toks[i].Keyword == lex.NoKeyword || x.self(i-1) == '.' {
		return false
	}
	for _, k := range kws {
		if x.toks[i].Keyword == k {
			return true
		}
	}
	return false
}

// isName reports whether token i can be an identifier.
func (x *text) isName(i int) bool {
	if i < 0 || i >= len(x.toks) {
		return false
	}
	switch x.toks[i].Kind {
	case lex.Word, lex.Quoted, lex.UQuoted:
		return true
	}
	return false
}

// at returns the token that starts at byte offset pos, or -1.
func (x *text) at(pos int32) int {
	i := sort.Search(len(x.toks), func(i int) bool { return x.toks[i].Start >= pos })
	if pos >= 0 && i < len(x.toks) && x.toks[i].Start == pos {
		return i
	}
	return -1
}

// nameEnd returns the last token of the identifier at i: U&"x" UESCAPE '!' has three.
func (x *text) nameEnd(i int) int {
	if x.toks[i].Kind == lex.UQuoted && x.is(i+1, lex.KUESCAPE) && i+2 < len(x.toks) && x.toks[i+2].Kind == lex.String {
		return i + 2
	}
	return i
}

// dotted returns the last token of the dotted name of n parts that starts at i, or -1.
func (x *text) dotted(i, n int) int {
	for {
		if !x.isName(i) {
			return -1
		}
		i = x.nameEnd(i)
		if n--; n == 0 {
			return i
		}
		if x.self(i+1) != '.' {
			return -1
		}
		i += 2
	}
}

// skip returns the index behind token i, or behind the closed group that i opens.
func (x *text) skip(i int) int {
	if c := x.self(i); (c == '(' || c == '[') && x.match[i] > 0 {
		return int(x.match[i]) + 1
	}
	return i + 1
}

// stop reports whether token i ends everything at its depth.
func (x *text) stop(i int) bool {
	if i >= len(x.toks) {
		return true
	}
	switch x.self(i) {
	case ')', ']', ';':
		return true
	}
	return false
}

// clauseEnder reports whether token i ends a FROM or WHERE clause of its depth.
// ON is not here: it depends.
func (x *text) clauseEnder(i int) bool {
	switch {
	case x.is(i, lex.KWHERE, lex.KHAVING, lex.KWINDOW, lex.KUNION, lex.KINTERSECT, lex.KEXCEPT, lex.KORDER,
		lex.KLIMIT, lex.KOFFSET, lex.KFETCH, lex.KFOR, lex.KRETURNING, lex.KINTO,
		lex.KCREATE, lex.KGRANT): // the next element of CREATE SCHEMA
		return true
	case x.is(i, lex.KGROUP):
		return !x.is(i-1, lex.KWITHIN)
	case x.is(i, lex.KFORMAT): // JSON_ARRAY(SELECT … FROM t FORMAT JSON)
		return x.is(i+1, lex.KJSON)
	case x.is(i, lex.KWITH): // not WITH TIME ZONE, WITH ORDINALITY, WITH UNIQUE KEYS
		return x.is(i+1, lex.KNO, lex.KDATA, lex.KCHECK, lex.KLOCAL, lex.KCASCADED)
	}
	return false
}

// whereEnd returns the index behind the WHERE clause whose condition starts at i.
func (x *text) whereEnd(i int) int {
	for !x.stop(i) && !x.clauseEnder(i) && !x.is(i, lex.KON) { // ON CONFLICT
		i = x.skip(i)
	}
	return i
}

// fromEnd returns the index behind the FROM clause whose items start at i.
func (x *text) fromEnd(i int) int {
	await := 0 // joins that still wait for their ON or USING
	for ; !x.stop(i) && !x.clauseEnder(i); i = x.skip(i) {
		switch {
		case x.is(i, lex.KJOIN):
			if x.qualified(i) {
				await++
			}
		case x.is(i, lex.KUSING):
			await--
		case x.is(i, lex.KON):
			// JOIN u ON conflict ON CONFLICT …: only the first ON is the join's.
			if await <= 0 {
				return i
			}
			await--
		}
	}
	return i
}

// qualified reports whether the JOIN at i takes a qualifier: not CROSS, not NATURAL.
func (x *text) qualified(i int) bool {
	i--
	if x.is(i, lex.KOUTER) {
		i--
	}
	if x.is(i, lex.KINNER, lex.KLEFT, lex.KRIGHT, lex.KFULL) {
		i--
	}
	return !x.is(i, lex.KCROSS, lex.KNATURAL)
}

// fromOf returns the FROM (or the TABLE of "TABLE t") that governs the reference
// whose first token is i, or -1.
func (x *text) fromOf(i int) int {
	if x.is(i-1, lex.KTABLE) {
		return i - 1
	}
	rows := -1 // a FROM that may belong to ROWS FROM (…)
	for i--; i >= 0; i-- {
		switch x.self(i) {
		case ')', ']':
			if x.match[i] < 0 {
				return -1
			}
			i = int(x.match[i])
			continue
		case '(', '[':
			rows = -1
		case ';':
			return -1
		}
		if x.is(i, lex.KSELECT) && rows >= 0 {
			return rows // SELECT rows FROM (…)
		}
		if x.is(i, lex.KFROM) {
			if x.is(i-1, lex.KROWS) && x.self(i+1) == '(' && rows < 0 {
				rows = i
				continue
			}
			// a IS [NOT] DISTINCT FROM b in a join condition; but SELECT DISTINCT FROM t is a FROM.
			if x.is(i-1, lex.KDISTINCT) && x.is(i-2, lex.KIS, lex.KNOT) {
				continue
			}
			return i
		}
	}
	return -1
}

// setEnd returns the index of the WHERE, RETURNING or end behind the target of
// an UPDATE or DELETE, scanning from i.
func (x *text) setEnd(i int) int {
	for !x.stop(i) && !x.is(i, lex.KWHERE, lex.KRETURNING) {
		i = x.skip(i)
	}
	return i
}

// whenAfter returns the first WHEN from i on that belongs to MERGE, not to a CASE.
func (x *text) whenAfter(i int) int { return x.outsideCase(i, lex.KWHEN) }

// thenAfter returns the first THEN from i on that belongs to MERGE, not to a CASE.
func (x *text) thenAfter(i int) int { return x.outsideCase(i, lex.KTHEN) }

func (x *text) outsideCase(i int, kw lex.Keyword) int {
	cases := 0
	for ; !x.stop(i); i = x.skip(i) {
		switch {
		case x.is(i, lex.KCASE):
			cases++
		case x.is(i, lex.KEND):
			cases--
		case cases == 0 && x.is(i, kw):
			return i
		}
	}
	return -1
}
