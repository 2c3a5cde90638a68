package lex

import "math"

// MaxCopies is the greatest result of Copies that is safe to give to pg_query.
// Measured, a million copied tokens cost the parser three seconds and 17 MB of
// protobuf. The limit allows 300 columns to be set from a sub-select of 300
// tokens.
const MaxCopies = 100_000

// Copies returns an upper bound for how many tokens of sql the tree that
// pg_query.Parse returns holds in excess of those that stand in the text,
// math.MaxInt32 if they are more.
//
// SET (a, b, c) = (SELECT …) is what repeats: the tree has the sub-select once
// for each column. Nested in one another, such assignments multiply: 30 of two
// columns, in 2 kB of text, exhaust any memory.
func Copies(tokens []Token, sql string) int {
	// A frame is the inside of a bracket.
	type frame struct {
		outside, now int64 // how often the tree has the bracket, and the current token in it
		commas       int64
	}
	var few [16]frame
	frames := append(few[:0], frame{outside: 1, now: 1})
	extra := int64(0)
	targets := int64(0) // columns of the list that the last token closed
	for _, t := range tokens {
		if t.Kind == LineComment || t.Kind == BlockComment {
			continue
		}
		f := &frames[len(frames)-1]
		extra = min(extra+f.now-1, math.MaxInt32)
		closed := int64(0)
		if t.Kind == Self {
			switch sql[t.Start] {
			case '(', '[':
				frames = append(frames, frame{outside: f.now, now: f.now})
			case ')', ']':
				closed = f.commas + 1
				if len(frames) > 1 {
					frames = frames[:len(frames)-1]
				}
			case ',':
				f.commas++
				f.now = f.outside
			case ';':
				f.now = f.outside
			case '=':
				if targets > 1 {
					f.now = min(f.now*targets, math.MaxInt32)
				}
			}
		}
		targets = closed
	}
	return int(extra)
}
