package equivalence

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// sort is what a piece of SQL is, and so what may stand in its place when a
// statement is shrunk.
type sort uint8

const (
	fragment  sort = iota // a part of something larger, never replaced alone
	statement             // a whole statement
	query                 // SELECT, VALUES, TABLE or a set operation
	fromItem
	expression
	clause // WHERE, ORDER BY, … of some larger piece
)

// tree is a piece of SQL. It is immutable; a piece that stands twice in a
// statement (a grouped expression in GROUP BY and in the select list) is one
// pointer, and is replaced in both places.
type tree struct {
	sort     sort
	typ      colType // of an expression
	optional bool    // the piece may be left out
	sep      string  // of a list, whose parts are all trees
	min      int     // the fewest parts that a list may have
	parts    []any   // words (string), atom, param, *tree, nil
}

// atom is a token that is written exactly so: a literal, an operator, a quoted name.
type atom string

// name is an identifier, as the catalog has it.
type name string

// param is a parameter, with one value for each execution of the statement.
type param struct {
	cast   string
	values []any
}

func piece(s sort, parts ...any) *tree { return &tree{sort: s, parts: parts} }

func expr(t colType, parts ...any) *tree { return &tree{sort: expression, typ: t, parts: parts} }

// opt is a clause that may be left out.
func opt(parts ...any) *tree { return &tree{sort: clause, optional: true, parts: parts} }

func list[T any](sep string, atLeast int, items []T) *tree {
	t := &tree{sep: sep, min: atLeast}
	for _, i := range items {
		t.parts = append(t.parts, any(i))
	}
	return t
}

// walk visits t and all trees below it, each pointer once, larger ones first.
func (t *tree) walk(visit func(*tree)) {
	seen := map[*tree]bool{}
	var down func(*tree)
	down = func(t *tree) {
		if t == nil || seen[t] {
			return
		}
		seen[t] = true
		visit(t)
		for _, p := range t.parts {
			if c, ok := p.(*tree); ok {
				down(c)
			}
		}
	}
	down(t)
}

// replace returns t with the piece old exchanged for with, wherever it stands;
// a nil with leaves the piece out.
func (t *tree) replace(old, with *tree) *tree {
	if t == old {
		return with
	}
	if t == nil {
		return nil
	}
	var parts []any
	for i, p := range t.parts {
		c, ok := p.(*tree)
		if !ok || c == nil {
			continue
		}
		n := c.replace(old, with)
		if n == c {
			continue
		}
		if parts == nil {
			parts = append(parts, t.parts...)
		}
		parts[i] = n
	}
	if parts == nil {
		return t
	}
	n := *t
	n.parts = parts
	return &n
}

// token is a rendered token.
type token struct {
	text    string
	keyword bool
	ident   bool
}

// renderer turns trees into tokens.
type renderer struct {
	tokens []token
	params []*param
}

func (r *renderer) tree(t *tree) {
	if t == nil {
		return
	}
	first := true
	for _, p := range t.parts {
		if c, ok := p.(*tree); ok && c == nil || p == nil {
			continue
		}
		if t.sep != "" && !first {
			r.words(t.sep)
		}
		first = false
		switch p := p.(type) {
		case string:
			r.words(p)
		case atom:
			r.tokens = append(r.tokens, token{text: string(p)})
		case name:
			r.tokens = append(r.tokens, token{text: string(p), ident: true})
		case *param:
			// A piece that stands twice has one parameter.
			i := slices.Index(r.params, p)
			if i < 0 {
				i = len(r.params)
				r.params = append(r.params, p)
			}
			r.tokens = append(r.tokens, token{text: fmt.Sprintf("$%d", i+1)})
			if p.cast != "" {
				r.tokens = append(r.tokens, token{text: "::"}, token{text: p.cast})
			}
		case *tree:
			r.tree(p)
		default:
			r.tokens = append(r.tokens, token{text: fmt.Sprintf("<%T>", p)})
		}
	}
}

func (r *renderer) words(s string) {
	if known, ok := wordTokens.Load(s); ok {
		tokens, _ := known.([]token)
		r.tokens = append(r.tokens, tokens...)
		return
	}
	var tokens []token
	for _, w := range strings.Fields(s) {
		tokens = append(tokens, token{text: w, keyword: keywordWord.MatchString(w)})
	}
	wordTokens.Store(s, tokens)
	r.tokens = append(r.tokens, tokens...)
}

// wordTokens are the tokens of the words that pieces of SQL are made of, of which
// there are few.
var wordTokens sync.Map

var keywordWord = regexp.MustCompile(`^[A-Z]+$`)

// style is the seed of a spelling: spacing, comments, case and quoting. The
// zero style is plain.
type style uint64

// render returns the text of t and its parameters.
func (t *tree) render(s style) (string, []*param) {
	var r renderer
	r.tree(t)
	return spell(r.tokens, s), r.params
}

func spell(tokens []token, s style) string {
	var b strings.Builder
	rng := rand.New(rand.NewPCG(uint64(s), 0x5eed))
	odd := func(n int) bool { return s != 0 && rng.IntN(n) == 0 }
	last := ""
	for i, t := range tokens {
		text := t.text
		switch {
		case t.keyword && odd(4):
			text = recase(rng, text)
		case t.ident:
			text = quoteName(text)
			if text == t.text {
				if odd(20) {
					text = `"` + text + `"`
				} else if odd(20) {
					text = recase(rng, text)
				}
			}
		}
		if i > 0 {
			tight := last == "(" || last == "." || text == ")" || text == "," || text == "." || text == ";" || last == "::" || text == "::" ||
				text == "[" || text == "]" || last == "["
			switch {
			case odd(15):
				b.WriteString(gaps[rng.IntN(len(gaps))])
			case tight:
			case s != 0 && (last == ")" || text == "(" || last == "," || text == "*" || last == "*") && odd(3):
			default:
				b.WriteByte(' ')
			}
		}
		b.WriteString(text)
		last = text
	}
	return b.String()
}

// gaps are ways to separate two tokens.
var gaps = []string{"  ", "\n", "\t", " /* x */ ", " -- it's; DELETE FROM users\n", "/* ' /* nested \" */ ; WHERE ( */", "\r\n\t", " /**/ ", "\n-- )\n"}

func recase(rng *rand.Rand, s string) string {
	switch rng.IntN(3) {
	case 0:
		return strings.ToLower(s)
	case 1:
		return strings.ToUpper(s)
	}
	b := []byte(strings.ToLower(s))
	for i := range b {
		if b[i] >= 'a' && b[i] <= 'z' && rng.IntN(2) == 0 {
			b[i] -= 'a' - 'A'
		}
	}
	return string(b)
}

var plainName = regexp.MustCompile(`^[a-z_][a-z0-9_]*$`)

// reserved are the words among the generator's names that need quotes.
var reserved = map[string]bool{
	"order": true, "user": true, "select": true, "table": true, "group": true, "using": true,
	"where": true, "from": true, "only": true, "lateral": true, "end": true, "limit": true, "left": true, "natural": true,
}

func quoteName(s string) string {
	if plainName.MatchString(s) && !reserved[s] {
		return s
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}

// literal writes a string constant.
func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
