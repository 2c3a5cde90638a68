package main

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/softdelete-go/softdelete/internal/lex"
)

// prettyWidth is how many characters a line may have before it is broken where
// there is a place for it. Lines that are far indented have prettyLeast in any case.
const (
	prettyWidth = 100
	prettyLeast = 40
)

// pretty lays SQL out for reading. It knows tokens, and no grammar: what it takes
// a word for decides where lines break, and nothing else. Only white space changes,
// so that it is the same statement; comments stay.
//
// What fits on a line is written on one. What does not is broken at its clauses,
// then at its commas, joins and conditions, then within its brackets.
func pretty(sql string) (string, error) {
	toks, err := lex.Scan(sql, nil)
	if err != nil {
		return "", err
	}
	l := newLayout(sql, toks)
	l.statements()
	l.newline(0)
	return l.out.String(), nil
}

// layout is a text that is being laid out.
type layout struct {
	sql   string
	toks  []lex.Token
	end   []int  // where what the token opens ends: a bracket, or a CASE; its own index for all others
	gap   []bool // whether a space is before it, on one line
	alone []bool // a comment on a line of its own
	width []int  // of all tokens before it, on one line; one element more than tokens
	hard  []int  // how many tokens before it cannot be within a line

	out    strings.Builder
	fresh  bool // nothing is on the line yet
	ended  bool // a comment has ended the line
	column int
	indent int // of the line
	within int // the indent of lines that go on with what is at hand
	lines  int
}

func newLayout(sql string, toks []lex.Token) *layout {
	n := len(toks)
	l := &layout{
		sql: sql, toks: toks, fresh: true,
		end: make([]int, n), gap: make([]bool, n), alone: make([]bool, n), width: make([]int, n+1), hard: make([]int, n+1),
	}
	l.match()
	for i := range toks {
		l.gap[i] = i > 0 && l.spaced(i)
		l.alone[i] = l.comment(i) && (i == 0 || l.lineBreaks(i) > 0) && (i == n-1 || l.lineBreaks(i+1) > 0)
		text := l.text(i)
		l.width[i+1] = l.width[i] + utf8.RuneCountInString(text)
		if l.gap[i] {
			l.width[i+1]++
		}
		l.hard[i+1] = l.hard[i]
		if l.alone[i] || toks[i].Kind == lex.LineComment || strings.ContainsAny(text, "\r\n") {
			l.hard[i+1]++
		}
	}
	return l
}

// match finds the end of every bracket and CASE. What has none opens nothing.
func (l *layout) match() {
	var open []int
	count := map[byte]int{} // of those that are open, by what closes them
	for i := range l.toks {
		l.end[i] = i
		closes := l.self(i)
		switch closes {
		case '(', '[':
			open = append(open, i)
			count[closer(closes)]++
			continue
		case ')', ']':
		default:
			switch l.keyword(i) {
			case lex.KCASE:
				open = append(open, i)
				count[0]++
				continue
			case lex.KEND:
				// Within the innermost bracket only.
				if len(open) == 0 || l.keyword(open[len(open)-1]) != lex.KCASE {
					continue
				}
				closes = 0
			default:
				continue
			}
		}
		for count[closes] > 0 {
			last := open[len(open)-1]
			open = open[:len(open)-1]
			c := closer(l.self(last))
			count[c]--
			if c == closes {
				l.end[last] = i
				break
			}
		}
	}
}

func closer(opens byte) byte {
	switch opens {
	case '(':
		return ')'
	case '[':
		return ']'
	default:
		return 0
	}
}

func (l *layout) text(i int) string { return l.sql[l.toks[i].Start:l.toks[i].End] }

func (l *layout) comment(i int) bool {
	return l.toks[i].Kind == lex.LineComment || l.toks[i].Kind == lex.BlockComment
}

// self returns the character that the token is, 0 where it is another kind or
// does not exist.
func (l *layout) self(i int) byte {
	if i < 0 || i >= len(l.toks) || l.toks[i].Kind != lex.Self {
		return 0
	}
	return l.sql[l.toks[i].Start]
}

// keyword returns the keyword that the token is; behind a dot there are none.
func (l *layout) keyword(i int) lex.Keyword {
	if i < 0 || i >= len(l.toks) || l.toks[i].Keyword == lex.NoKeyword || l.self(l.before(i)) == '.' {
		return lex.NoKeyword
	}
	return l.toks[i].Keyword
}

// before returns the token before i that is no comment; -1 if there is none.
func (l *layout) before(i int) int {
	for i--; i >= 0 && l.comment(i); i-- {
	}
	return i
}

// next returns the token at the same depth behind i that is no comment.
func (l *layout) next(i int) int {
	for i = l.end[i] + 1; i < len(l.toks) && l.comment(i); i++ {
	}
	return i
}

// lineBreaks is how many there are before the token.
func (l *layout) lineBreaks(i int) int {
	between := l.sql[:l.toks[i].Start]
	if i > 0 {
		between = between[l.toks[i-1].End:]
	}
	return strings.Count(between, "\n") + strings.Count(strings.ReplaceAll(between, "\r\n", ""), "\r")
}

// spaced is as the text has it, but inside of brackets and around commas. There a
// space makes no difference to how the text is read; elsewhere it can: a- -1 is
// not a--1, and N 'x' not N'x'.
func (l *layout) spaced(i int) bool {
	if !l.comment(i-1) && !l.comment(i) {
		if c := l.self(i - 1); c == '(' || c == '[' {
			return false
		}
		if c := l.self(i); c == ')' || c == ']' || c == ',' || c == ';' {
			return false
		}
		if l.self(i-1) == ',' {
			return true
		}
	}
	return l.toks[i-1].End < l.toks[i].Start
}

// newline begins a line, unless there is nothing on this one yet.
func (l *layout) newline(indent int) {
	if !l.fresh {
		l.out.WriteByte('\n')
		l.lines++
	}
	l.fresh, l.ended, l.indent, l.column = true, false, indent, indent
}

func (l *layout) emit(i int) {
	if l.ended || l.alone[i] && !l.fresh {
		l.newline(l.within)
	}
	if l.fresh {
		l.out.WriteString(strings.Repeat(" ", l.indent))
	} else if l.gap[i] {
		l.out.WriteByte(' ')
		l.column++
	}
	text := l.text(i)
	l.out.WriteString(text)
	if at := strings.LastIndexAny(text, "\r\n"); at >= 0 {
		l.column, l.lines = 0, l.lines+1
		text = text[at+1:]
	}
	l.column += utf8.RuneCountInString(text)
	l.fresh, l.ended = false, l.alone[i] || l.toks[i].Kind == lex.LineComment
}

// fits reports whether the tokens from i up to j have room on the line.
func (l *layout) fits(i, j int) bool {
	for j > i && l.toks[j-1].Kind == lex.LineComment && !l.alone[j-1] {
		j--
	}
	if i == j {
		return true
	}
	width := l.width[j] - l.width[i]
	if l.fresh && l.gap[i] {
		width--
	}
	return !l.ended && l.hard[i] == l.hard[j] && l.column+width <= max(prettyWidth, l.indent+prettyLeast)
}

func (l *layout) flat(i, j int) {
	for ; i < j; i++ {
		l.emit(i)
	}
}

// statements lays out all of the text.
func (l *layout) statements() {
	for i := 0; i < len(l.toks); {
		j := i
		for j < len(l.toks) && l.self(j) != ';' {
			j = l.end[j] + 1
		}
		if i > 0 {
			if l.newline(0); l.lineBreaks(i) > 1 {
				l.out.WriteByte('\n')
			}
		}
		l.body(i, j, true)
		if i = j; i < len(l.toks) {
			if l.ended {
				l.newline(0)
			}
			i = l.trailing(j+1, len(l.toks))
			l.flat(j, i)
		}
	}
}

// body lays out a statement, or what is inside of brackets. A statement is broken
// where it could be on one line, if its author broke it.
func (l *layout) body(i, j int, statement bool) {
	i = l.lead(i, j)
	if l.fits(i, j) && !(statement && l.hasBreaks(i, j)) {
		l.flat(i, j)
		return
	}
	base := l.indent
	clauses := append(l.clauses(i, j), j)
	if len(clauses) == 2 && !statement && !l.opensStatement(lex.NoKeyword, -1, i) {
		l.expression(i, j, 0)
		return
	}
	for c, from := range clauses[:len(clauses)-1] {
		if c > 0 {
			l.newline(base)
		}
		from, to := l.lead(from, clauses[c+1]), clauses[c+1]
		if from == to || l.keyword(from) != lex.KWITH || l.fits(from, to) {
			l.expression(from, to, 2)
			continue
		}
		// What follows the WITH clause may have room on one line.
		l.with(from, to)
		if to < j {
			l.newline(base)
			l.body(to, j, false)
		}
		return
	}
}

func (l *layout) hasBreaks(i, j int) bool {
	for k := i + 1; k < j; k++ {
		if l.lineBreaks(k) > 0 {
			return true
		}
	}
	return false
}

// lead emits the comments in front, where these have lines of their own.
func (l *layout) lead(i, j int) int {
	for ; i < j && l.comment(i) && (l.alone[i] || l.toks[i].Kind == lex.LineComment); i++ {
		l.emit(i)
		l.newline(l.indent)
	}
	return i
}

// trailing skips the comments that end the line of what is before i.
func (l *layout) trailing(i, j int) int {
	for i < j && l.toks[i].Kind == lex.LineComment && l.lineBreaks(i) == 0 {
		i++
	}
	return i
}

// above returns where the comments begin that stand on lines of their own
// directly above i.
func (l *layout) above(i, least int) int {
	for i > least && l.alone[i-1] {
		i--
	}
	return i
}

// with lays out a WITH clause: each query on lines of its own.
func (l *layout) with(i, j int) {
	base := l.indent
	first := l.next(i)
	if l.keyword(first) == lex.KRECURSIVE {
		first = l.next(first)
	}
	first = min(first, j)
	l.flat(i, first)
	_, parts := l.split(first, j)
	parts = append(parts, j)
	for k, from := range parts[:len(parts)-1] {
		l.newline(base + 2)
		l.expression(from, parts[k+1], 2)
	}
}

// expression lays out what is not divided into clauses. Its lines but the first
// hang that far.
func (l *layout) expression(i, j, hang int) {
	if l.ended {
		l.newline(l.within)
	}
	i = l.lead(i, j)
	if l.fits(i, j) {
		l.flat(i, j)
		return
	}
	defer func(before int) { l.within = before }(l.within)
	within := l.indent + hang
	l.within = within
	level, parts := l.split(i, j)
	if len(parts) == 1 {
		l.pieces(i, j)
		return
	}
	parts = append(parts, j)
	broken := false
	for k, from := range parts[:len(parts)-1] {
		to := parts[k+1]
		// Of a list as many as fit on a line; of all else one.
		if k > 0 && (level != byComma || broken || !l.fits(from, to)) {
			l.newline(within)
		}
		before, inner := l.lines, 2
		if k == 0 && level != byThen {
			inner += hang // apart from the parts that follow
		}
		l.expression(from, to, inner)
		broken = l.lines > before
	}
}

// pieces lays out what has no place to break but in brackets.
func (l *layout) pieces(i, j int) {
	for i < j {
		if l.end[i] == i {
			l.emit(i)
			i++
			continue
		}
		rest := l.end[i] + 1 // up to the next bracket
		for rest < j && l.end[rest] == rest {
			rest++
		}
		end := l.end[i]
		if l.fits(i, rest) || end-i <= 2 && l.hard[i] == l.hard[end] {
			l.flat(i, end+1)
		} else {
			l.brackets(i, end)
		}
		i = end + 1
	}
}

// brackets puts brackets, or CASE and END, on lines of their own.
func (l *layout) brackets(open, end int) {
	base := max(l.indent, l.within-2)
	l.emit(open)
	if l.self(open) != 0 {
		l.newline(base + 2)
		l.body(open+1, end, false)
	} else {
		parts := []int{}
		for k := open + 1; k < end; k = l.end[k] + 1 {
			if kw := l.keyword(k); kw == lex.KWHEN || kw == lex.KELSE {
				parts = append(parts, l.above(k, open+1))
			}
		}
		parts = append(parts, end)
		l.pieces(open+1, parts[0])
		for k, from := range parts[:len(parts)-1] {
			l.newline(base + 2)
			l.expression(from, parts[k+1], 2)
		}
	}
	l.newline(base)
	l.emit(end)
}

// Where an expression is broken, outermost first.
const (
	byComma = iota
	byJoin
	byThen
	byOr
	byAnd
	byOn
	byConcatenation
	unbroken
)

// split returns the parts of an expression, of the outermost level that divides it.
func (l *layout) split(i, j int) (level int, starts []int) {
	level, starts = unbroken, []int{i}
	betweens := 0
	behind := lex.NoKeyword
	for k := i; k < j; k = l.end[k] + 1 {
		if l.comment(k) {
			continue
		}
		found, at := unbroken, l.above(k, i)
		kw := l.keyword(k)
		switch {
		case l.self(k) == ',':
			found, at = byComma, l.trailing(k+1, j)
		case !slices.Contains(joinWords, behind) && l.joins(k):
			found = byJoin
		case kw == lex.KTHEN:
			found = byThen
		case kw == lex.KOR:
			found = byOr
		case kw == lex.KBETWEEN:
			betweens++
		case kw == lex.KAND && betweens > 0:
			betweens--
		case kw == lex.KAND:
			found = byAnd
		case kw == lex.KON && behind != lex.KDISTINCT:
			found = byOn
		case l.text(k) == "||":
			found = byConcatenation
		}
		if found < level {
			level, starts = found, []int{i}
		}
		if found == level && found != unbroken && i < at && at < j {
			starts = append(starts, at)
		}
		behind = kw
	}
	return level, starts
}

var joinWords = []lex.Keyword{lex.KNATURAL, lex.KLEFT, lex.KRIGHT, lex.KFULL, lex.KINNER, lex.KCROSS, lex.KOUTER}

// joins reports whether the token is JOIN, or one of the words before it.
func (l *layout) joins(i int) bool {
	for i >= 0 && i < len(l.toks) && slices.Contains(joinWords, l.keyword(i)) {
		i = l.next(i)
	}
	return l.keyword(i) == lex.KJOIN
}

// clauses returns where the clauses begin, the first at i.
func (l *layout) clauses(i, j int) []int {
	starts := []int{i}
	var head, statement lex.Keyword
	previous := -1
	for k := i; k < j; k = l.end[k] + 1 {
		if l.comment(k) {
			continue
		}
		kw := l.keyword(k)
		opens := kw != lex.NoKeyword && l.opensStatement(head, previous, k)
		if opens {
			statement = kw
		}
		if opens || kw != lex.NoKeyword && l.opensClause(statement, head, previous, k) {
			head = kw
			if previous >= 0 { // else there are only comments before it
				starts = append(starts, l.above(k, i))
			}
		}
		previous = k
	}
	return starts
}

// opensStatement reports whether a statement begins at the word, in a clause that
// begins with head. previous is -1, or the token before, a bracket as its opening.
func (l *layout) opensStatement(head lex.Keyword, previous, k int) bool {
	behind := l.keyword(previous)
	first := head == lex.NoKeyword && (previous < 0 || l.self(previous) == '(' ||
		slices.Contains([]lex.Keyword{lex.KAS, lex.KEXPLAIN, lex.KANALYZE, lex.KVERBOSE, lex.KFOR}, behind))
	switch l.keyword(k) {
	case lex.KSELECT:
		return first || head != lex.NoKeyword && behind != lex.KAS
	case lex.KWITH:
		name := l.next(k)
		if l.keyword(name) == lex.KRECURSIVE {
			name = l.next(name)
		}
		if name >= len(l.toks) {
			return false
		}
		as := l.next(name)
		if l.self(as) == '(' {
			as = l.next(as)
		}
		return first && l.keyword(as) == lex.KAS
	case lex.KINSERT, lex.KUPDATE, lex.KDELETE, lex.KMERGE:
		return first || head == lex.KWITH && l.self(previous) == '('
	case lex.KVALUES:
		return first || slices.Contains([]lex.Keyword{lex.KINSERT, lex.KWITH, lex.KUNION, lex.KINTERSECT, lex.KEXCEPT}, head) && l.self(l.next(k)) == '('
	}
	return false
}

// opensClause is the same for the clauses of a statement.
func (l *layout) opensClause(statement, head lex.Keyword, previous, k int) bool {
	behind := l.keyword(previous)
	var ahead lex.Keyword
	if n := l.next(k); n < len(l.toks) {
		ahead = l.keyword(n)
	}
	kw := l.keyword(k)
	if behind == lex.KAS || head == lex.KWHEN && kw != lex.KWHEN && kw != lex.KRETURNING {
		return false
	}
	switch kw {
	case lex.KUNION, lex.KINTERSECT, lex.KEXCEPT:
		return true
	case lex.KFROM:
		isDistinct := behind == lex.KDISTINCT && slices.Contains([]lex.Keyword{lex.KIS, lex.KNOT}, l.keyword(l.before(previous)))
		return head != lex.NoKeyword && behind != lex.KDELETE && !isDistinct
	case lex.KWHERE, lex.KHAVING, lex.KWINDOW, lex.KLIMIT, lex.KOFFSET, lex.KFETCH, lex.KRETURNING:
		return head != lex.NoKeyword
	case lex.KGROUP, lex.KORDER:
		return head != lex.NoKeyword && ahead == lex.KBY
	case lex.KFOR:
		return head != lex.NoKeyword && slices.Contains([]lex.Keyword{lex.KUPDATE, lex.KSHARE, lex.KNO, lex.KKEY}, ahead)
	case lex.KSET:
		return head == lex.KUPDATE
	case lex.KON:
		return ahead == lex.KCONFLICT
	case lex.KDO:
		return head != lex.NoKeyword && (ahead == lex.KUPDATE || ahead == lex.KNOTHING)
	case lex.KUSING:
		return head == lex.KDELETE || head == lex.KMERGE
	case lex.KWHEN:
		return statement == lex.KMERGE
	}
	return false
}
