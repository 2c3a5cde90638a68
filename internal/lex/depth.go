package lex

// MaxDepth is the greatest Depth of a statement that is safe to give to
// pg_query, whose C code recurses over the tree and, on overflow of its stack,
// kills the process: Go can neither catch that nor see it coming.
//
// Measured on linux/amd64 with the usual stack of 8 MB: statements of 47,000
// levels pass, of 47,600 levels kill the process, whatever they consist of. The
// generated Go code refuses more than 10,000 levels. PostgreSQL's parser itself
// refuses about 10,000 open brackets or prefix operators ("memory exhausted"),
// but no length of a chain: select 1+1+1+…
//
// Those figures are of trees that come as protobuf. As JSON, which pgast.Parse takes,
// a chain of 60,000 operators passes, twice as many levels.
//
// So 9000 is a fifth of what kills, and fits a stack of 2 MB. It allows some
// 4,400 chained operators, 1,400 joins and 8,900 UNIONs.
//
// Beware of C libraries whose threads have a smaller stack: musl's 128 kB
// overflows at about 700 levels.
const MaxDepth = 9000

// What the parts of a statement cost at most, in levels. The largest costs of
// their kind are named; the tests look for larger ones.
const (
	operatorCost = 2  // Node, A_Expr
	setOpCost    = 1  // SelectStmt: larg is no Node
	bracketCost  = 4  // Node, A_Indirection, Node, A_Indices
	caseCost     = 4  // Node, CaseExpr, Node, CaseWhen
	clauseCost   = 8  // WITH: SelectStmt, WithClause, Node, CommonTableExpr; and a SubLink around it
	atomicCost   = 12 // BEGIN ATOMIC: Node, CreateFunctionStmt, Node, List, Node, List
	baseCost     = 24 // ParseResult, RawStmt, … before, and TypeName, Node, A_Const, Integer at the leaf
)

// Depth returns an upper bound for how deeply PostgreSQL's parser, and the
// walks over the tree after it, nest for the tokens of sql. The unit, a level,
// is one message of the protobuf tree that pg_query.Parse returns; 1+1 adds two,
// a Node and its A_Expr, to what 1 has.
//
// For text that does not parse, Depth means nothing; such text is harmless, as
// there is no tree to walk.
//
// Depth takes every operator and keyword for one that nests the ones beside it,
// and adds them up, but not across the places where the tree is known to be flat:
// commas, AND and OR, which make lists, and brackets, which count by their
// deepest. So 100,000 rows of VALUES or conditions joined by AND are not deep.
func Depth(tokens []Token, sql string) int {
	var few [16]frame
	d := depths{frames: append(few[:0], frame{own: baseCost})}
	afterDot := false
	for _, t := range tokens {
		switch t.Kind {
		case LineComment, BlockComment:
			continue
		case Word:
			// Whatever follows a dot is a name, such as x.end.
			if t.Keyword != NoKeyword && !afterDot {
				d.keyword(t.Keyword)
			}
		case Op, TypeCast, ColonEquals, EqualsGreater:
			d.top().levels[expr].sum += operatorCost
		case Self:
			d.self(sql[t.Start])
		}
		afterDot = t.Kind == Self && sql[t.Start] == '.'
	}
	for len(d.frames) > 1 {
		d.pop()
	}
	d.top().end(setOp)
	return d.top().own + d.top().deepest
}

// Chains of the tree that a frame may hold, each able to contain the one
// before: an expression ends at AND, OR or a comma; a chain of joins goes on
// after the AND of its ON, and ends at a comma; a chain of UNIONs goes on after
// the commas of its select lists, and ends with the statement.
const (
	expr = iota
	join
	setOp
	chains
)

// A frame is the inside of a bracket, or of a CASE up to its END.
type frame struct {
	levels  [chains]struct{ sum, best int } // of the running chain: its own cost, and the deepest part inside it
	deepest int                             // of the chains that ended
	own     int                             // what the frame adds to whatever is inside

	isCase          bool
	betweens        int // BETWEENs whose AND is still to come
	clause, and, or bool
}

// end ends the running chains up to the given one.
func (f *frame) end(last int) {
	for chain := expr; chain <= last; chain++ {
		l := &f.levels[chain]
		depth := l.sum + l.best
		l.sum, l.best = 0, 0
		outer := &f.deepest
		if chain+1 < chains {
			outer = &f.levels[chain+1].best
		}
		*outer = max(*outer, depth)
	}
}

type depths struct {
	frames []frame
}

func (d *depths) top() *frame { return &d.frames[len(d.frames)-1] }

// bracket returns the frame of the innermost bracket. Chains of joins and of
// UNIONs are counted there, because a CASE holds none; if there seems to be one,
// that "case" is a column label, and the "end" that seems to close it another.
func (d *depths) bracket() *frame {
	i := len(d.frames) - 1
	for d.frames[i].isCase {
		i--
	}
	return &d.frames[i]
}

func (d *depths) pop() {
	f := d.top()
	f.end(setOp)
	depth := f.own + f.deepest
	d.frames = d.frames[:len(d.frames)-1]
	inner := &d.top().levels[expr].best
	*inner = max(*inner, depth)
}

// popCases pops what has no END: labels named case.
func (d *depths) popCases() {
	for d.top().isCase {
		d.pop()
	}
}

func (d *depths) self(c byte) {
	switch c {
	case '(', '[':
		d.frames = append(d.frames, frame{own: bracketCost})
	case ')', ']':
		d.popCases()
		if len(d.frames) > 1 {
			d.pop()
		}
	case ',':
		d.top().end(join)
	case ';':
		d.popCases()
		d.top().end(setOp)
	case '.':
	default:
		d.top().levels[expr].sum += operatorCost
	}
}

func (d *depths) keyword(k Keyword) {
	f := d.top()
	if !f.clause {
		// Commas end the chain that the keyword is counted in, but what it
		// introduces goes on: ORDER BY a, b.
		f.clause = true
		f.own += clauseCost
	}
	switch k {
	case KAND:
		if f.betweens > 0 {
			// a BETWEEN 1 AND 2 IS NULL BETWEEN 3 AND 4 … nests on and on.
			f.betweens--
			f.levels[expr].sum += operatorCost
			return
		}
		f.end(expr)
		if !f.and {
			f.and = true
			f.own += operatorCost
		}
	case KOR:
		f.end(expr)
		if !f.or {
			f.or = true
			f.own += operatorCost
		}
	case KBETWEEN:
		f.betweens++
		f.levels[expr].sum += operatorCost
	case KJOIN:
		d.bracket().levels[join].sum += operatorCost
	case KUNION, KINTERSECT, KEXCEPT:
		f.end(join)
		d.bracket().levels[setOp].sum += setOpCost
	case KCASE:
		d.frames = append(d.frames, frame{own: caseCost, isCase: true})
	case KEND:
		if f.isCase {
			d.pop()
		}
	case KWHEN, KTHEN, KELSE:
		if f.isCase {
			f.end(expr)
		}
	case KATOMIC:
		// The body's statements may define such functions in turn, and no
		// bracket encloses them.
		d.frames[0].own += atomicCost
	default:
		f.levels[expr].sum += operatorCost
	}
}
