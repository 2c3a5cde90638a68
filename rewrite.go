package softdelete

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/pganalyze/pg_query_go/v5/parser"

	"github.com/softdelete-go/softdelete/internal/lex"
	"github.com/softdelete-go/softdelete/internal/pgast"
)

// Rewriter rewrites statements according to a policy. It is safe for concurrent
// use and never talks to a database.
type Rewriter struct {
	opts    options
	tables  *tableSet
	markers map[string]bool // the names of all marker columns
	deleted map[Marker]*pg.Node
	cache   *cache

	unfit error // the policy does not fit the database: its tables are out of bounds
}

// NewRewriter checks the policy and returns a Rewriter for it. A policy that is to
// be completed from a database, see [Policy.Discover], is refused: there is none.
func NewRewriter(p Policy, opts ...Option) (*Rewriter, error) {
	if p.Discover {
		return nil, &PolicyError{
			Path: "discover", Problem: "a Rewriter has no database to discover tables and foreign keys in",
			Remedy: "open the database with the policy, or pass what the function Discover returns",
		}
	}
	return newRewriter(p, newOptions(opts))
}

func newRewriter(p Policy, o options) (*Rewriter, error) {
	tables, err := newTableSet(p)
	if err != nil {
		return nil, err
	}
	r := &Rewriter{
		opts: o, tables: tables, cache: newCache(o.cacheEntries),
		markers: map[string]bool{}, deleted: map[Marker]*pg.Node{},
	}
	o.counters.cache.Store(r.cache)
	for _, t := range tables.all {
		if t.archived() {
			continue
		}
		r.markers[t.column] = true
		if r.deleted[t.marker] == nil {
			if r.deleted[t.marker], err = parseExpr(t.marker.deletedValue()); err != nil {
				return nil, err
			}
		}
	}
	return r, nil
}

// Rewrite returns the text that PostgreSQL would receive for sql under the
// scope of ctx, or a [*RefusedError]. The actor and the reason of ctx, which the
// driver sends as parameters, stand in it as literals. A parameter that the
// marker is set to counts as a deleted value; see docs/statements.md.
func (r *Rewriter) Rewrite(ctx context.Context, sql string) (string, error) {
	sc := scopeOf(ctx)
	w, err := r.lookup(sc, nil, sql)
	if err != nil {
		return "", err
	}
	if w.refusal != nil {
		return "", w.refusal
	}
	if len(w.extras) > 0 {
		return w.inlined(sc)
	}
	return w.sql, nil
}

// lookup is rewrite behind the statement cache.
func (r *Rewriter) lookup(sc *scope, sess *session, sql string) (*rewritten, error) {
	k := cacheKey{sql: sql, scope: sc.cacheKey(), session: sess.cacheKey()}
	count := &r.opts.counters.places[0]
	if w := r.cache.load(k); w != nil {
		count.hits.Add(1)
		return w, nil
	}
	return r.miss(sc, sess, k, count)
}

// lookup is the Rewriter's, behind what this connection saw last.
func (c *conn) lookup(sc *scope, sql string) (*rewritten, error) {
	k := cacheKey{sql: sql, scope: sc.cacheKey(), session: c.session.cacheKey()}
	w := c.front.load(k)
	if w == nil {
		if w = c.rewriter.cache.load(k); w == nil {
			return c.rewriter.miss(sc, c.session, k, c.count)
		}
		c.front.store(k, w)
	}
	c.count.hits.Add(1)
	return w, nil
}

// miss rewrites a text that is not in the cache, by its shape if that is known.
func (r *Rewriter) miss(sc *scope, sess *session, k cacheKey, count *counter) (*rewritten, error) {
	if r.cache.texts == nil {
		count.misses.Add(1)
		return r.rewrite(sc, sess, k.sql)
	}
	s, _ := shapes.Get().(*shape)
	defer shapes.Put(s)
	if !s.read(k.sql) {
		count.misses.Add(1)
		k.own(r.cache)
		w, err := r.rewrite(sc, sess, k.sql)
		if err == nil {
			w.origin = nil
			r.cache.store(k, w)
		}
		return w, err
	}
	if t := r.cache.loadShape(k, s); t != nil {
		count.shapes.Add(1)
		if !r.cache.again(k.sql) {
			return t.rewrite(k.sql, s), nil
		}
		k.own(r.cache)
		w := t.rewrite(k.sql, s)
		r.cache.store(k, w)
		return w, nil
	}
	count.misses.Add(1)
	return r.first(sc, sess, k, s)
}

// first rewrites the first text of a shape, and remembers how. Of a long list of
// constants it looks at the beginning only.
func (r *Rewriter) first(sc *scope, sess *session, k cacheKey, s *shape) (*rewritten, error) {
	if s.large() {
		text := s.reduced(k.sql)
		if w, err := r.rewrite(sc, sess, text); err == nil {
			small := new(shape)
			if small.read(text) && string(small.key) == string(s.key) {
				if t := small.template(text, w); t != nil {
					w.forget()
					r.cache.storeShape(k, s, t)
					return t.rewrite(k.sql, s), nil
				}
			}
		}
		// What is wrong with it, the whole text has to say.
	}
	k.own(r.cache)
	w, err := r.rewrite(sc, sess, k.sql)
	if err != nil {
		return nil, err
	}
	t := s.template(k.sql, w)
	w.forget()
	if t != nil {
		r.cache.storeShape(k, s, t)
	}
	r.cache.store(k, w)
	return w, nil
}

// forget drops what only a template needs. Nobody else has the rewriting yet.
func (w *rewritten) forget() {
	w.origin = nil
	if w.ifLive != nil {
		w.ifLive.forget()
	}
}

// rewritten is what one text becomes under one scope. It is immutable.
type rewritten struct {
	sql      string
	anchors  []anchor // nil where the text is unchanged
	effects  []effect // what the connection remembers once it has run
	executes []string // the SQL-level prepared statements that it runs and does not prepare
	fetches  []string // the cursors that it reads and does not declare
	several  bool     // more than one statement
	nothing  bool     // a DO NOTHING became a guarded DO UPDATE
	risen    bool     // an INSERT got an ON CONFLICT
	fails    bool     // it holds a cast of ours that may fail
	extras   []extra  // what stands in the parameters behind the user's
	params   int      // the greatest N of the user's parameters $N
	inline   bool     // the extras must stand in the text, for parameters cannot
	noRows   bool     // the rows that the server answers with are ours, the user asked for none
	checks   bool     // a failed cast may stand for a violated foreign key
	unplaced bool     // positions in it mean nothing to the user
	counted  bool     // it answers with one row: a count, and what is violated
	steps    []Step   // the rules that were applied
	outcome  Outcome
	verb     string // of the user's statement, as in its command tag; "" if the server's is right

	// A parameter that a marker is set to. Where all have the live value, ifLive is
	// what to send instead.
	judged   []judgement
	ifLive   *rewritten
	refusal  error       // of every other value
	mustLive []judgement // parameters that must have the live value

	origin *origin // how it was made; nil in the cache
}

// judgement is a parameter and what its value must be judged as.
type judgement struct {
	param  int // the N of $N
	marker Marker
	table  *table
}

// position maps a 1-based character position in w.sql, as PostgreSQL's errors
// carry it, back to the user's text. 0 stays 0.
func (w *rewritten) position(user string, pos int) int {
	return mapBack(user, w.sql, w.anchors, pos)
}

// job is the rewriting of one text under one scope. Its methods read the tree,
// record edits of the text, and make the same change in the tree; the edited
// text, parsed, must then equal the changed tree.
type job struct {
	*text
	ed    editor
	r     *Rewriter
	scope *resolvedScope
	sess  *session
	temp  map[string]bool // policy names that this text makes (true) or unmakes temporary tables

	top       *pg.Node // the statement that holds all others
	first     bool     // of several in the text
	prepares  *pg.Node // the statement that PREPARE is about to fix
	kind      string   // the statement at hand, for messages
	lastAlias int64    // the greatest N of the _sdN that stand in the user's text

	effects  []effect
	executes []string
	fetches  []string
	exposed  map[*pg.Node]exposure // of each query, see natural.go
	fixed    map[string]bool       // what this text has prepared or declared itself
	nothing  bool                  // see rewritten
	risen    bool                  // see rewritten
	noRows   bool                  // see rewritten
	extras   []extra               // see rewritten
	inline   bool                  // see rewritten
	checks   bool                  // see rewritten
	counted  bool                  // see rewritten

	lastParam  int             // the greatest N of the $N in the user's text, -1 if not yet known
	deletions  int             // how many deletions with consequences the text has
	deletes    int             // how many parts of the statement may delete
	siblings   []*deletion     // those of the statement, so far
	written    []writing       // what else it writes to
	deletionID string          // an expression for the id of what it deletes
	here       *withEntry      // where the statement at hand stands, if it is a WITH query
	next       *withEntry      // the same for the statement that is about to be
	names      map[string]bool // of the queries that are added
	own        map[string]bool // WITH queries that the rewriter has made
	ownRoots   map[string]bool // those that hold a statement of the user's
	guards     []*pg.Node      // expressions that the rewriter has made
	judged     []judgement     // see rewritten
	mustLive   []judgement     // see rewritten
	presumed   map[int]bool    // parameters that are presumed to be the live value
	again      bool            // this is the second decision, of a verification
	steps      []Step          // see rewritten
	pins       []int32         // see origin
	shapeless  bool            // see origin

	request *request // of the API, where no user's statement is rewritten

	err error // the first refusal; nothing is done after it
}

// aliasPrefix starts the aliases that the join form adds.
const aliasPrefix = "_sd"

const reportBug = "please report this statement"

func (r *Rewriter) rewrite(sc *scope, sess *session, sql string) (*rewritten, error) {
	w, judged, err := r.rewritePresuming(sc, sess, sql, nil)
	if len(judged) == 0 {
		return w, err
	}
	presumed := map[int]bool{}
	for _, p := range judged {
		presumed[p.param] = true
	}
	isLive, _, liveErr := r.rewritePresuming(sc, sess, sql, presumed)
	switch {
	case liveErr != nil && err != nil:
		return nil, err
	case liveErr != nil:
		return nil, liveErr
	case err != nil:
		// Refused as a delete; with the live value, as GORM's Save has it, it is none.
		w = &rewritten{sql: isLive.sql, anchors: isLive.anchors, extras: isLive.extras, params: isLive.params, judged: judged, refusal: err}
	}
	w.ifLive = isLive
	return w, nil
}

// rewritePresuming rewrites under the presumption that some parameters have the
// live value of the marker that they are assigned to.
func (r *Rewriter) rewritePresuming(sc *scope, sess *session, sql string, presumed map[int]bool) (*rewritten, []judgement, error) {
	scope, err := sc.resolve(r.tables)
	if err != nil {
		return nil, nil, err
	}
	toks, err := lex.Scan(sql, make([]lex.Token, 0, len(sql)/5+8))
	if err != nil {
		return nil, nil, unreadable(sql, err)
	}
	if d := lex.Depth(toks, sql); d > lex.MaxDepth {
		return nil, nil, &RefusedError{
			Why:     fmt.Sprintf("the statement nests about %d levels deep; the parser survives %d", d, lex.MaxDepth),
			Instead: "split it, or pass long lists as an array parameter",
		}
	}
	if c := lex.Copies(toks, sql); c > lex.MaxCopies {
		return nil, nil, &RefusedError{
			Why:     fmt.Sprintf("SET (…) = (…) makes the parser copy its right side once a column, about %d tokens here; the limit is %d", c, lex.MaxCopies),
			Instead: "assign fewer columns at once, or do not nest such assignments",
		}
	}
	x := newText(sql, toks)
	if r.untouched(x) {
		return &rewritten{sql: sql, origin: &origin{}}, nil, nil
	}
	tree, err := parse(x, toks)
	if err != nil {
		if r.certainlyHarmless(x) {
			return &rewritten{sql: sql}, nil, nil
		}
		return nil, nil, x.unparsable(err)
	}
	j := r.newJob(x, scope, sess)
	j.presumed = presumed
	var verb string // before the statement becomes another
	if n := len(tree.Stmts); n > 0 {
		verb = commandVerb(tree.Stmts[n-1].Stmt)
	}
	if err := j.run(tree); err != nil {
		return nil, j.judged, err
	}
	w := &rewritten{
		sql: sql, effects: j.effects, executes: j.executes, fetches: j.fetches, several: len(tree.Stmts) > 1, nothing: j.nothing,
		extras: j.extras, inline: j.inline || len(tree.Stmts) > 1, noRows: j.noRows, checks: j.checks,
		judged: j.judged, mustLive: j.mustLive, counted: j.counted, risen: j.risen, fails: len(j.executes) > 0,
		origin: &origin{edits: j.ed.edits, pins: j.pins, shapeless: j.shapeless},
	}
	if len(j.extras) > 0 {
		w.params = j.params()
	}
	if len(j.ed.edits) == 0 {
		return w, j.judged, nil
	}
	w.sql, w.anchors = apply(sql, x.toks, j.ed.edits)
	w.fails = strings.Contains(w.sql, "'"+failTag)
	w.verb, w.steps, w.outcome = verb, j.steps, outcomeOf(j.steps)
	if anySabotage() {
		return w, j.judged, nil
	}
	if err := r.verify(tree, w.sql, scope, sess, j); err != nil {
		return nil, nil, err
	}
	return w, j.judged, nil
}

// commandVerb is how the command tag of a statement begins.
func commandVerb(n *pg.Node) string {
	switch n.GetNode().(type) {
	case *pg.Node_SelectStmt:
		return "SELECT"
	case *pg.Node_InsertStmt:
		return "INSERT 0"
	case *pg.Node_UpdateStmt:
		return "UPDATE"
	case *pg.Node_DeleteStmt:
		return "DELETE"
	case *pg.Node_MergeStmt:
		return "MERGE"
	}
	return ""
}

// parse returns the tree of a text; toks are its tokens with the comments.
func parse(x *text, toks []lex.Token) (*pg.ParseResult, error) {
	sql := blankComments(x.sql, toks)
	if x.readsRows() {
		return pgast.Parse(sql)
	}
	return pg.Parse(sql)
}

// dml are the words with which a statement begins that reads or writes rows.
var dml = []lex.Keyword{lex.KSELECT, lex.KINSERT, lex.KUPDATE, lex.KDELETE, lex.KMERGE, lex.KWITH, lex.KVALUES, lex.KTABLE}

// readsRows reports whether the text is one statement that reads or writes rows.
func (x *text) readsRows() bool {
	if len(x.toks) == 0 || !slices.Contains(dml, x.toks[0].Keyword) && x.self(0) != '(' {
		return false
	}
	for i := range x.toks[:len(x.toks)-1] {
		if x.self(i) == ';' {
			return false
		}
	}
	return true
}

// blankComments returns the text to parse: comments become white space of the
// same length. pg_query looks ahead without skipping them, and so does not accept
// NOT /* c */ IN or NULLS /* c */ FIRST, which PostgreSQL does; and it takes
// 'a' -- c, a new line, and 'b' for two literals, which to PostgreSQL are one.
func blankComments(sql string, toks []lex.Token) string {
	var blank []byte
	for _, t := range toks {
		if t.Kind != lex.LineComment && t.Kind != lex.BlockComment {
			continue
		}
		if blank == nil {
			blank = []byte(sql)
		}
		for i := t.Start; i < t.End; i++ {
			if blank[i] != '\n' && blank[i] != '\r' {
				blank[i] = ' '
			}
		}
	}
	if blank == nil {
		return sql
	}
	return string(blank)
}

func (r *Rewriter) newJob(x *text, scope *resolvedScope, sess *session) *job {
	j := &job{text: x, ed: editor{text: x}, r: r, scope: scope, sess: sess, lastParam: -1, names: map[string]bool{}, own: map[string]bool{}, ownRoots: map[string]bool{}}
	for i := range x.toks {
		if name, ok := lex.Ident(x.sql, x.toks[i]); ok && x.isName(i) {
			number, ok := strings.CutPrefix(name, aliasPrefix)
			if !ok {
				continue
			}
			// A number that does not fit cannot be one of ours.
			if n, err := strconv.ParseInt(number, 10, 32); err == nil {
				j.lastAlias = max(j.lastAlias, n)
			}
		}
	}
	return j
}

func (j *job) run(tree *pg.ParseResult) error {
	for i, s := range tree.Stmts {
		j.top, j.first = s.Stmt, i == 0
		j.siblings, j.written, j.deletionID, j.deletes = nil, nil, "", countDeletes(s.Stmt)
		switch pgast.Unwrap(s.Stmt).(type) {
		case *pg.SelectStmt, *pg.InsertStmt, *pg.UpdateStmt, *pg.DeleteStmt, *pg.MergeStmt, *pg.ExplainStmt:
		default:
			j.inline = true // no parameters can be sent with it
		}
		j.statement(s.Stmt, nil)
		j.overlaps()
	}
	return j.err
}

// verify parses the edited text and compares it with the tree that the decision
// made, positions aside. Then it decides again over the edited text, which must
// ask for nothing more: a reference that the edits missed would show here.
func (r *Rewriter) verify(want *pg.ParseResult, edited string, scope *resolvedScope, sess *session, first *job) error {
	mismatch := func(format string, args ...any) error {
		return &RefusedError{Why: "the rewritten text failed its verification: " + fmt.Sprintf(format, args...), Instead: reportBug}
	}
	toks, err := lex.Scan(edited, make([]lex.Token, 0, len(edited)/5+8))
	if err != nil {
		return mismatch("%v", err)
	}
	x := newText(edited, toks)
	got, err := parse(x, toks)
	if err != nil {
		return mismatch("%v", err)
	}
	if len(got.Stmts) != len(want.Stmts) {
		return mismatch("%d statements became %d", len(want.Stmts), len(got.Stmts))
	}
	for i, s := range got.Stmts {
		if d := pgast.Diff(want.Stmts[i].Stmt, s.Stmt); d != "" {
			return mismatch("it differs from the decision at %s%s", kindName(pgast.Unwrap(s.Stmt)), d)
		}
	}
	again := r.newJob(x, scope, sess)
	again.again, again.own, again.ownRoots, again.guards = true, first.own, first.ownRoots, first.guards
	if err := again.run(got); err != nil {
		return mismatch("%v", err)
	}
	if n := len(again.ed.edits); n > 0 {
		return mismatch("%d references are still unfiltered", n)
	}
	return nil
}

// refuse records a refusal. location is a byte offset, 0 if unknown.
func (j *job) refuse(location int32, t *table, why, instead string) {
	j.fail(j.refusal(location, t, why, instead))
}

func (j *job) refusal(location int32, t *table, why, instead string) *RefusedError {
	e := &RefusedError{Statement: j.kind, Why: why, Instead: instead}
	if t != nil {
		e.Table = t.display()
	}
	if location > 0 {
		e.Position = charPosition(j.sql, int(location))
	}
	return e
}

// fail records the first error; nothing is edited after it.
func (j *job) fail(err error) {
	if j.err == nil {
		j.err = err
	}
}

// expressions visits what stands below m, the fields in skip aside.
func (j *job) expressions(m any, e *scopeNames, skip ...pgast.Field) {
	known := pgast.Children(m, func(f pgast.Field, holder *pg.Node, child any) {
		if slices.Contains(skip, f) {
			return
		}
		j.expression(f, holder, child, e)
	})
	if !known {
		j.refuse(0, nil, fmt.Sprintf("%T is a kind of node that the rewriter does not know", m), reportBug)
	}
}

// expression visits one node in the search for sub-selects.
func (j *job) expression(f pgast.Field, holder *pg.Node, m any, e *scopeNames) {
	if j.err != nil {
		return
	}
	if overlooked(f) {
		return
	}
	if j.again && holder != nil && j.ownGuard(holder) {
		return
	}
	switch m := m.(type) {
	case *pg.SelectStmt:
		j.selectStatement(m, e, false)
	case *pg.InsertStmt, *pg.UpdateStmt, *pg.DeleteStmt, *pg.MergeStmt:
		if t := j.touches(m); t != nil {
			j.refuse(0, t, fmt.Sprintf("a data-modifying statement stands in %s, where the rewriter does not expect one", f), reportBug)
		}
	case *pg.RangeVar:
		j.stray(f, m)
	case *pg.FuncCall:
		j.function(m)
		j.expressions(m, e)
	case *pg.A_Indirection:
		j.attribute(m.Indirection)
		j.expressions(m, e)
	case *pg.ColumnRef:
		j.attribute(m.Fields[min(1, len(m.Fields)):])
		j.expressions(m, e)
	case *pg.MultiAssignRef:
		// SET (a, b) = (SELECT …) hangs a copy of one sub-select under each column:
		// all copies of the tree change, the text only once.
		if m.Colno > 1 {
			j.ed.mute++
			defer func() { j.ed.mute-- }()
		}
		j.expressions(m, e)
	default:
		j.expressions(m, e)
	}
}

func (j *job) insertStatement(n *pg.Node, s *pg.InsertStmt, e *scopeNames) {
	at := j.here
	e = j.with(s.WithClause, e)
	ref := j.resolveWritten(s.Relation)
	if ref.temp {
		j.qualifyTemp(s.Relation)
	}
	if s.SelectStmt != nil && !sabotaged("insert-select") {
		j.statement(s.SelectStmt, e)
	}
	j.expressions(s, e, pgast.InsertStmtWithClause, pgast.InsertStmtRelation, pgast.InsertStmtSelectStmt)
	if ref.temp || j.err != nil {
		return
	}
	j.upsertMarker(s, ref.table)
	if t := ref.archive; t != nil && t.entry.UpdatedAt != "" && s.OnConflictClause.GetAction() == pg.OnConflictAction_ONCONFLICT_UPDATE {
		_, do := j.conflictTokens(j.at(s.Relation.Location))
		j.stamp(t, &s.OnConflictClause.TargetList, do+2)
	}
	var risen []string
	if ref.table != nil && (s.OnConflictClause != nil || ref.table.phoenix()) {
		i := j.at(s.Relation.Location)
		if i < 0 {
			j.unplaced(s.Relation)
			return
		}
		j.nameKey(s, ref, i)
		if ref.table.phoenix() && ref.see == live {
			risen = j.rise(s, ref.table, i)
		}
		if risen == nil && s.OnConflictClause != nil {
			j.onConflict(s, ref, i)
		}
	}
	w := &wrapping{node: n, relation: s.Relation, returning: &s.ReturningList, with: &s.WithClause, entry: at}
	j.writes(s.Relation)
	j.guardWrite(w, e, nil, true, risen)
}

func (j *job) updateStatement(n *pg.Node, s *pg.UpdateStmt, e *scopeNames) {
	at := j.here
	e = j.with(s.WithClause, e)
	ref := j.resolveWritten(s.Relation)
	if ref.filtered() && s.WhereClause.GetCurrentOfExpr() != nil {
		j.updateCurrent(s, ref.table)
		return
	}
	f := j.sources(s.FromClause, e, "update-from")
	j.expressions(s, e, pgast.UpdateStmtWithClause, pgast.UpdateStmtRelation, pgast.UpdateStmtFromClause)
	if ref.temp {
		j.qualifyTemp(s.Relation)
		return
	}
	if j.err != nil {
		return
	}
	j.seen(s.Relation, ref)
	w := &wrapping{
		node: n, relation: s.Relation, returning: &s.ReturningList, with: &s.WithClause,
		sources: len(s.FromClause) > 0, entry: at,
	}
	if t := ref.entry(); t != nil && t.entry.UpdatedAt != "" {
		if _, end, ok := j.referenceTokens(s.Relation, nil); ok {
			j.stamp(t, &s.TargetList, end+1)
		}
	}
	var d *deletion
	var restore func()
	var conds []condition
	if ref.table != nil && !j.again {
		if d, restore = j.markerUpdate(w, s, ref, e); j.err != nil {
			return
		}
	}
	if ref.filtered() && !sabotaged("update-target") {
		cond, end, ok := j.targetCondition(s.Relation, ref.table, ref.see, f)
		if !ok {
			return
		}
		conds = []condition{cond}
		if d != nil && !d.rootLocked {
			conds = append(conds, j.lockCondition(d, referenceName(s.Relation))...)
		}
		j.where(&s.WhereClause, j.missing(s.WhereClause, conds), j.setEnd(end+1))
	}
	if d != nil {
		j.follow(w, ref.table, d)
		return
	}
	if restore != nil {
		j.writes(s.Relation)
		restore()
		return
	}
	j.writes(s.Relation)
	j.guardWrite(w, e, assignedColumns(s.TargetList), false, nil)
}

// sources rewrites the FROM of an UPDATE or the USING of a DELETE or MERGE.
func (j *job) sources(items []*pg.Node, e *scopeNames, sabotage string) *fromScan {
	f := newFromScan(items, e, true)
	if sabotaged(sabotage) {
		return f
	}
	for _, n := range items {
		j.item(n, place{}, f)
	}
	return f
}

// targetCondition returns the condition on the target of a statement, and the
// last token of the target.
func (j *job) targetCondition(rv *pg.RangeVar, t *table, see visibility, f *fromScan) (condition, int, bool) {
	name := referenceName(rv)
	if f.names[name] > 0 {
		j.refuse(rv.Location, t, fmt.Sprintf("%q is both the target and a source, and a condition on it would be ambiguous", name),
			"give the target an alias")
		return condition{}, 0, false
	}
	_, end, ok := j.referenceTokens(rv, nil)
	j.noteFilter(RuleWhere, t, see)
	return t.condition(name, see), end, ok
}

func (j *job) deleteStatement(n *pg.Node, s *pg.DeleteStmt, e *scopeNames) {
	at := j.here
	e = j.with(s.WithClause, e)
	ref := j.resolveWritten(s.Relation)
	f := j.sources(s.UsingClause, e, "using")
	j.expressions(s, e, pgast.DeleteStmtWithClause, pgast.DeleteStmtRelation, pgast.DeleteStmtUsingClause)
	if ref.temp {
		j.qualifyTemp(s.Relation)
		return
	}
	if ref.entry() == nil || j.scope.hard(ref.entry()) {
		j.writes(s.Relation)
	}
	if ref.entry() == nil || j.err != nil {
		return
	}
	if ref.archive != nil && !j.scope.hard(ref.archive) {
		w := &wrapping{
			node: n, relation: s.Relation, returning: &s.ReturningList, with: &s.WithClause, sources: len(s.UsingClause) > 0, entry: at, whole: true,
		}
		j.archiveDelete(w, s, ref, e)
		return
	}
	if j.scope.hard(ref.entry()) {
		j.hardDelete(s, ref, f)
		return
	}
	if ref.see == onlyDeleted {
		j.refuse(s.Relation.Location, ref.table, "the rows that OnlyDeleted shows are deleted already",
			"add HardDelete to remove them for good")
		return
	}
	if j.refuseNew(s, ref.table) {
		return
	}
	j.note(RuleDelete, ref.table, "the rows of %s are marked in %s, not removed", ref.table.name, ref.table.column)
	if s.WhereClause.GetCurrentOfExpr() != nil {
		if ref.table.rel.follows() || j.r.tables.journal || ref.table.bookkept() {
			j.refuse(s.Relation.Location, ref.table, "DELETE … WHERE CURRENT OF cannot follow foreign keys, keep a journal, or set a deletion id",
				"delete by primary key")
			return
		}
		j.deleteCurrent(n, s, ref.table)
		return
	}
	cond, end, ok := j.targetCondition(s.Relation, ref.table, live, f)
	if !ok {
		return
	}
	start, _, _ := j.relationTokens(s.Relation)
	if !j.is(start-1, lex.KFROM) || !j.is(start-2, lex.KDELETE) {
		j.lost(cond, "DELETE FROM")
		return
	}
	if len(s.UsingClause) > 0 && !j.is(end+1, lex.KUSING) {
		j.lost(cond, "USING")
		return
	}
	u := &pg.UpdateStmt{
		Relation: s.Relation, TargetList: []*pg.Node{j.r.marking(ref.table)},
		FromClause: s.UsingClause, ReturningList: s.ReturningList, WithClause: s.WithClause,
	}
	where := s.WhereClause
	w := &wrapping{
		node: n, relation: s.Relation, returning: &u.ReturningList, with: &u.WithClause,
		sources: len(s.UsingClause) > 0, first: start - 2, inside: end, entry: at,
	}
	n.Node = &pg.Node_UpdateStmt{UpdateStmt: u}
	d := j.consequences(s.Relation, ref.table, e)
	if j.err != nil {
		return
	}
	if d != nil && j.r.opts.distributed {
		n.Node = &pg.Node_DeleteStmt{DeleteStmt: s}
		j.splitDelete(w, s, d, cond)
		return
	}
	j.ed.replace(start-2, start-2, "UPDATE")
	j.ed.drop(start - 1)
	set, more := j.bookkeeping(ref.table, d)
	marking := ref.table.assignment()
	if d != nil {
		marking = lex.QuoteIdent(ref.table.column) + " = " + d.locked(d.root, lex.QuoteIdent(referenceName(s.Relation)), ref.table.marker.deletedValue())
		nodes, err := parseSet([]string{marking})
		if err != nil {
			j.fail(err)
			return
		}
		u.TargetList = nodes
	}
	j.ed.after(end, " SET "+marking+set)
	u.TargetList = append(u.TargetList, more...)
	if len(s.UsingClause) > 0 {
		j.ed.replace(end+1, end+1, "FROM")
	}
	if !sabotaged("delete-target") {
		j.where(&where, j.missing(where, []condition{cond}), j.setEnd(end+1))
	}
	u.WhereClause = where
	if d != nil {
		j.follow(w, ref.table, d)
	}
}

// hardDelete leaves a DELETE what it is: it reaches live and deleted rows alike,
// or only deleted ones where the scope says so.
func (j *job) hardDelete(s *pg.DeleteStmt, ref reference, f *fromScan) {
	if s.WhereClause == nil && !j.r.opts.allowUnboundedHardDelete {
		e := j.refusal(s.Relation.Location, ref.entry(), "a hard delete without WHERE would destroy every row, deleted ones included",
			"add a WHERE, or allow it with the option AllowUnboundedHardDelete")
		e.cause = ErrUnboundedHardDelete
		j.fail(e)
		return
	}
	if ref.see != onlyDeleted {
		return
	}
	if ref.archive != nil {
		j.seen(s.Relation, ref)
		return
	}
	if s.WhereClause.GetCurrentOfExpr() != nil {
		j.refuse(s.Relation.Location, ref.table, "WHERE CURRENT OF cannot be combined with OnlyDeleted", "delete by primary key")
		return
	}
	cond, end, ok := j.targetCondition(s.Relation, ref.table, onlyDeleted, f)
	if ok {
		j.where(&s.WhereClause, j.missing(s.WhereClause, []condition{cond}), j.setEnd(end+1))
	}
}

// assignment is "marker = <the deleted value>".
func (t *table) assignment() string {
	return lex.QuoteIdent(t.column) + " = " + t.marker.deletedValue()
}

// marking is the tree of assignment.
func (r *Rewriter) marking(t *table) *pg.Node { return target(t.column, r.deleted[t.marker]) }

func (j *job) mergeStatement(s *pg.MergeStmt, e *scopeNames) {
	e = j.with(s.WithClause, e)
	ref := j.resolveWritten(s.Relation)
	f := j.sources([]*pg.Node{s.SourceRelation}, e, "merge-source")
	j.expressions(s, e, pgast.MergeStmtWithClause, pgast.MergeStmtRelation, pgast.MergeStmtSourceRelation)
	if ref.temp {
		j.qualifyTemp(s.Relation)
		return
	}
	deletes := 0
	for _, w := range s.MergeWhenClauses {
		if w.GetMergeWhenClause().GetCommandType() == pg.CmdType_CMD_DELETE {
			deletes++
		}
	}
	if !j.again {
		j.writes(s.Relation)
		j.mergeWrites(s, j.relationFor(s.Relation), deletes)
	}
	if j.seen(s.Relation, ref); ref.archive != nil {
		j.archiveMerge(s, ref.archive, deletes)
		return
	}
	if ref.table == nil || j.err != nil {
		return
	}
	if deletes > 0 && (j.scope.hard(ref.table) || ref.see == onlyDeleted) {
		j.refuse(s.Relation.Location, ref.table, "MERGE with DELETE is a soft delete of live rows only", "use DELETE under HardDelete")
		return
	}
	see := ref.see
	if deletes > 0 {
		see = live // a second delete must not overwrite the first
	}
	cond, end, ok := j.targetCondition(s.Relation, ref.table, live, f)
	if !ok || !j.is(end+1, lex.KUSING) {
		j.lost(cond, "USING")
		return
	}
	on := j.fromEnd(end + 2)
	when := j.whenAfter(on + 1)
	if !j.is(on, lex.KON) || when < 0 {
		j.lost(cond, "ON")
		return
	}
	if see != withDeleted && !sabotaged("merge-on") {
		conds := j.missing(s.JoinCondition, []condition{ref.table.condition(referenceName(s.Relation), see)})
		if len(conds) > 0 {
			j.conjoin(&s.JoinCondition, conds, on, when)
		}
	}
	for _, n := range s.MergeWhenClauses {
		then := j.thenAfter(when + 1)
		w := n.GetMergeWhenClause()
		if w == nil || then < 0 {
			j.lost(cond, "THEN")
			return
		}
		if w.CommandType == pg.CmdType_CMD_DELETE {
			if !j.is(then+1, lex.KDELETE) {
				j.lost(cond, "THEN DELETE")
				return
			}
			j.note(RuleDelete, ref.table, "the rows of %s are marked in %s, not removed", ref.table.name, ref.table.column)
			set, more := j.bookkeeping(ref.table, nil)
			j.ed.replace(then+1, then+1, "UPDATE SET "+ref.table.assignment()+set)
			w.CommandType = pg.CmdType_CMD_UPDATE
			w.TargetList = append([]*pg.Node{j.r.marking(ref.table)}, more...)
		} else if w.CommandType == pg.CmdType_CMD_UPDATE {
			j.stamp(ref.table, &w.TargetList, then+2)
		}
		when = j.whenAfter(then + 1)
	}
}

// copyStatement: COPY t (a, b) TO → COPY (SELECT a, b FROM ONLY t WHERE live) TO.
// ONLY, since COPY reads no child tables. Without a column list generated
// columns are copied too, which PostgreSQL leaves out: nothing here knows them.
func (j *job) copyStatement(s *pg.CopyStmt, e *scopeNames) {
	j.inspect(s, pgast.CopyStmtQuery, pgast.CopyStmtRelation)
	if s.Query != nil {
		if unanswered(s.Query) && j.touches(pgast.Unwrap(s.Query)) != nil {
			j.refuse(0, nil, "COPY of a statement without RETURNING copies nothing", "add RETURNING, or send the statement by itself")
			return
		}
		j.statement(s.Query, e)
		return
	}
	if s.Relation == nil {
		return
	}
	resolve := j.resolve
	if s.IsFrom {
		resolve = j.resolveWritten
	}
	ref := resolve(s.Relation)
	if ref.temp {
		j.qualifyTemp(s.Relation)
		return
	}
	if s.IsFrom {
		j.copyFrom(s)
		return
	}
	j.seen(s.Relation, ref)
	if !ref.filtered() || j.err != nil {
		return
	}
	start, end, ok := j.relationTokens(s.Relation)
	if !ok {
		return
	}
	if old := j.oldCopy(start, end); old != "" {
		j.refuse(s.Relation.Location, ref.table, old+" is a spelling of old that COPY (query) does not know",
			"write COPY … WITH (FORMAT …, DELIMITER …)")
		return
	}
	name := j.sql[j.toks[start].Start:j.toks[end].End]
	columns, targets := "*", []*pg.Node{star()}
	if len(s.Attlist) > 0 {
		last := j.skip(end+1) - 1
		if j.self(end+1) != '(' || j.self(last) != ')' {
			j.unplaced(s.Relation)
			return
		}
		columns = j.sql[j.toks[end+2].Start:j.toks[last-1].End]
		targets = nil
		for _, a := range s.Attlist {
			targets = append(targets, target("", column("", a.GetString_().GetSval())))
		}
		end = last
	}
	c := ref.table.condition(s.Relation.Relname, ref.see)
	j.noteFilter(RuleCopy, ref.table, ref.see)
	j.ed.replace(start, end, "(SELECT "+columns+" FROM ONLY "+name+" WHERE "+c.text+")")
	s.Relation.Inh = false
	s.Query = selectNode(targets, []*pg.Node{{Node: &pg.Node_RangeVar{RangeVar: s.Relation}}}, c.node)
	s.Relation, s.Attlist = nil, nil
}

// unanswered reports whether a statement returns no rows.
func unanswered(n *pg.Node) bool {
	switch m := pgast.Unwrap(n).(type) {
	case *pg.InsertStmt:
		return len(m.ReturningList) == 0
	case *pg.UpdateStmt:
		return len(m.ReturningList) == 0
	case *pg.DeleteStmt:
		return len(m.ReturningList) == 0
	}
	return false
}

// oldCopy returns a word of COPY's syntax before 7.3 that stands around the
// relation, "" if there is none.
func (j *job) oldCopy(start, end int) string {
	if j.is(start-1, lex.KBINARY) {
		return "COPY BINARY"
	}
	for i := end + 1; !j.stop(i); i = j.skip(i) {
		if j.is(i, lex.KDELIMITERS) {
			return "DELIMITERS"
		}
	}
	return ""
}

func (j *job) truncateStatement(s *pg.TruncateStmt) {
	for _, n := range s.Relations {
		rv := n.GetRangeVar()
		if rv == nil {
			j.inspect(s)
			return
		}
		ref := j.resolve(rv)
		if ref.temp {
			j.qualifyTemp(rv)
			continue
		}
		if t := ref.entry(); t != nil && !j.scope.hard(t) {
			j.refuse(rv.Location, t, "TRUNCATE destroys every row, deleted ones included",
				"use DELETE, or HardDelete if that is what you want")
		}
	}
	// Which tables CASCADE reaches is written in foreign keys that we do not know.
	if s.Behavior == pg.DropBehavior_DROP_CASCADE && !j.scope.hardAll() {
		j.refuse(0, nil, "TRUNCATE … CASCADE can reach every soft-deleted table that references what it names",
			"leave CASCADE out, or use HardDelete for all tables")
	}
}

func unreadable(sql string, err error) error {
	r := &RefusedError{Why: err.Error(), Instead: "correct the text; PostgreSQL would not read it either", cause: errors.Join(ErrParse, err)}
	var at *lex.Error
	if errors.As(err, &at) {
		r.Why = at.Msg
		r.Position = charPosition(sql, at.Offset)
	}
	return r
}

func (x *text) unparsable(err error) error {
	r := &RefusedError{
		Why:     "PostgreSQL's parser (version 16) says: " + err.Error(),
		Instead: "correct it, or use a connection without the driver if the server is newer", cause: errors.Join(ErrParse, err),
	}
	var at *parser.Error
	if errors.As(err, &at) {
		r.Why = "PostgreSQL's parser (version 16) says: " + at.Message
		if at.Cursorpos > 0 {
			r.Position = at.Cursorpos
		}
		if n := newer(x.sql, r.Position); n != nil {
			n.explain(r)
		}
	}
	if !x.begins() {
		r.Why += "; no statement begins like this"
		r.Instead = "correct it; if it is the name of a prepared statement, send the text instead"
	}
	return r
}
