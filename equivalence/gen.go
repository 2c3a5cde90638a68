package equivalence

import (
	"fmt"
	"math/rand/v2"
)

// gen makes statements over a schema. Everything that it chooses comes from r.
//
// It keeps to statements whose outcome is determined: a LIMIT has a total order,
// an UPDATE … FROM at most one source row for each target row, aggregates that
// depend on order are ordered, and no expression fails on a live row. What is
// left to differ is what the driver does.
type gen struct {
	r     *rand.Rand
	s     *schema
	fresh int // the number of the last new key

	// Of the unit at hand.
	features map[string]bool

	// Of the statement at hand.
	names    int             // aliases given
	used     map[string]bool // names of tables that stand without an alias
	rels     int             // relations that it may still name
	nested   int             // sub-queries around this place
	params   int             // values that each parameter needs; 0: no parameters
	ctes     []*cte          // visible WITH queries, innermost last
	unread   bool            // the last of them has not been read
	written  map[*table]bool // roots of the tables that it writes
	noUnique bool            // no unique column may be set
	wrote    bool            // a data-modifying WITH query was made
	harmless bool            // nothing may fail on deleted rows
	scoped   bool            // it writes under a scope
	avoid    *table          // a tree that the statement must not read
}

// cte is a WITH query, or a name that hides a table without being usable.
type cte struct {
	name string
	cols []column
}

func (g *gen) n(k int) int      { return g.r.IntN(k) }
func (g *gen) one(of int) bool  { return g.r.IntN(of) == 0 }
func (g *gen) feature(f string) { g.features[f] = true }

func (g *gen) newAlias() string {
	g.names++
	return fmt.Sprintf("%c%d", "xyzuvw"[g.n(6)], g.names)
}

// begin forgets the last statement.
func (g *gen) begin() {
	g.names, g.nested, g.params, g.ctes, g.harmless, g.scoped, g.wrote, g.unread = 0, 0, 0, nil, false, false, false, false
	g.written, g.used = map[*table]bool{}, map[string]bool{}
	// Small statements mostly: a large one finds little more, and takes longer.
	for g.rels = 2; g.rels < 6 && g.one(2); {
		g.rels++
	}
}

func pick[T any](g *gen, of []T) T { return of[g.n(len(of))] }

// rel is something in FROM whose columns can be named.
type rel struct {
	qualifier []any // what stands before the dot; nil: the columns are named without one
	cols      []column
	table     *table // the table behind it, if it is one with its own names
	merged    bool   // the columns that USING merged
	nullable  bool   // an outer join can extend it
	lockable  bool
	unclear   []string // columns that are there but cannot be named
}

// env is what an expression can name.
type env struct {
	rels   []*rel
	up     *env
	strict bool // there are more columns than these: name none without its table
}

func (r *rel) ref(c column) *tree {
	if r.qualifier == nil {
		return expr(c.typ, name(c.name))
	}
	parts := append([]any{}, r.qualifier...)
	return expr(c.typ, append(parts, ".", name(c.name))...)
}

// whole is a whole-row reference.
func (r *rel) whole() *tree { return piece(fragment, r.qualifier...) }

// available is a column that an expression may name.
type available struct {
	rel *rel
	col column
}

func (e *env) columns(want func(column) bool) []available {
	var out []available
	for ; e != nil && len(out) == 0; e = e.up {
		for _, r := range e.rels {
			for _, c := range r.cols {
				if want(c) {
					out = append(out, available{r, c})
				}
			}
		}
	}
	return out
}

// column returns a reference to a column of the type, or nil. Now and then it is
// one of an outer query.
func (g *gen) column(e *env, t colType) *tree {
	want := func(c column) bool { return c.typ == t }
	if e == nil {
		return nil
	}
	if e.up != nil && g.one(4) {
		if a := e.up.columns(want); len(a) > 0 {
			g.feature("correlated")
			return g.reference(e, pick(g, a))
		}
	}
	if a := e.columns(want); len(a) > 0 {
		return g.reference(e, pick(g, a))
	}
	return nil
}

// reference names the column, sometimes without its table where that is clear.
func (g *gen) reference(e *env, a available) *tree {
	if a.rel.qualifier != nil && !a.rel.merged && g.one(6) {
		count := 0
		for x := e; x != nil; x = x.up {
			if x.strict {
				count = 2
			}
			for _, r := range x.rels {
				for _, c := range r.cols {
					if c.name == a.col.name {
						count++
					}
				}
				for _, n := range r.unclear {
					if n == a.col.name {
						count++
					}
				}
			}
		}
		if count == 1 {
			g.feature("unqualified column")
			return expr(a.col.typ, name(a.col.name))
		}
	}
	return a.rel.ref(a.col)
}

// special returns a column that makes an expression fail in deleted rows, or nil.
func (g *gen) special(e *env, r role) *tree {
	if g.harmless || e == nil {
		return nil
	}
	a := e.columns(func(c column) bool { return c.role == r && !c.calm })
	if len(a) == 0 {
		return nil
	}
	return g.reference(e, pick(g, a))
}
