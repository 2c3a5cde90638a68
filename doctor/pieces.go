package doctor

import (
	"strings"

	"github.com/softdelete-go/softdelete/internal/lex"
)

// pieces is a definition that the server printed, cut at the words that stand outside
// of all parentheses.
type pieces struct {
	text   string
	tokens []lex.Token
	outer  []bool // of each token: outside of parentheses
}

func cut(definition string) (pieces, error) {
	tokens, err := lex.Scan(definition, nil)
	if err != nil {
		return pieces{}, err
	}
	p := pieces{text: definition, tokens: tokens, outer: make([]bool, len(tokens))}
	depth := 0
	for i := range tokens {
		switch p.word(i) {
		case ")":
			depth--
		case "(":
			depth++
		default:
			p.outer[i] = depth == 0
		}
	}
	return p, nil
}

// word is the text of a token, in upper case unless it is quoted.
func (p pieces) word(i int) string {
	t := p.tokens[i]
	s := p.text[t.Start:t.End]
	if t.Kind == lex.Word {
		return strings.ToUpper(s)
	}
	return s
}

// find returns the first outer token from i on that is one of the words, or the number
// of tokens.
func (p pieces) find(i int, words ...string) int {
	for ; i < len(p.tokens); i++ {
		for _, w := range words {
			if p.outer[i] && p.word(i) == w {
				return i
			}
		}
	}
	return i
}

// between is the text from a token to another, without the latter.
func (p pieces) between(from, to int) string {
	if from >= len(p.tokens) || from >= to {
		return ""
	}
	end := len(p.text)
	if to < len(p.tokens) {
		end = int(p.tokens[to].Start)
	}
	return strings.TrimSpace(p.text[p.tokens[from].Start:end])
}

// join joins parts by spaces, but for empty ones.
func join(parts ...string) string {
	var kept []string
	for _, p := range parts {
		if p != "" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, " ")
}

// withAction gives the definition of a foreign key another action; "" for none.
func withAction(definition, action string) (string, error) {
	p, err := cut(definition)
	if err != nil {
		return "", err
	}
	end := p.find(0, "DEFERRABLE", "INITIALLY", "NOT")
	at := end
	for i := p.find(0, "ON"); i < end; i = p.find(i+1, "ON") {
		if p.word(i+1) == "DELETE" {
			at = i
			break
		}
	}
	if action != "" {
		action = "ON DELETE " + action
	}
	rest := at
	if at < end {
		rest = min(end, p.find(at+2, "ON"))
	}
	return join(p.between(0, at), action, p.between(rest, len(p.tokens))), nil
}

// withCondition adds a condition to the definition of an index or an exclusion
// constraint.
func withCondition(definition, live string) (string, error) {
	p, err := cut(definition)
	if err != nil {
		return "", err
	}
	where := p.find(0, "WHERE")
	end := p.find(0, "DEFERRABLE", "INITIALLY")
	if where < end {
		return join(p.between(0, where), "WHERE ("+p.between(where+1, end)+" AND "+live+")", p.between(end, len(p.tokens))), nil
	}
	return join(p.between(0, end), "WHERE ("+live+")", p.between(end, len(p.tokens))), nil
}
