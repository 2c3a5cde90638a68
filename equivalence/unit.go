package equivalence

import (
	"fmt"
	"slices"
	"strings"
)

// step is one statement, or one that is executed several times.
type step struct {
	kind   kind
	text   string // what is sent where there is no tree
	tree   *tree
	style  style
	simple bool     // by the simple protocol
	execs  int      // how often, with other values each time; 0: once, not prepared
	params []*param // of a text
	target string   // the table that a scoped write writes, as full gives it
	scope  []string // with, only, hard, each alone or as with:table
	// What is compared.
	returnsRows bool
	ordered     bool // the order of the rows is determined
	writes      bool
	exempt      []string // columns that may differ: markers in the RETURNING of a DELETE
	second      bool     // row-level security judges it too
	onPurpose   bool     // it is there to be refused
}

// kind is how a step is executed and judged.
type kind uint8

const (
	ordinary     kind = iota
	control           // BEGIN and the like, which hold no table
	sqlPrepare        // PREPARE, EXECUTE for each execution, DEALLOCATE
	multiple          // several statements in one string
	copyOut           // COPY … TO STDOUT
	scopedRead        // judged by row-level security instead of the twin
	scopedWrite       // the same, in a transaction that is rolled back
	scopedDelete      // the same, where ours marks what the judge destroys
)

// statements is how many a step is in a report.
func (s *step) statements() int {
	if s.kind == control {
		return 0
	}
	return max(1, s.execs)
}

// unit is a list of steps that leaves no transaction open.
type unit struct {
	steps []step
}

// sql returns the text of a step and its parameters.
func (s *step) sql() (string, []*param) {
	if s.tree == nil {
		return s.text, s.params
	}
	return s.tree.render(s.style)
}

func (g *gen) unit() unit {
	var u unit
	switch n := g.n(100); {
	case n < 1:
		u = g.view()
	case n < 3:
		u = g.temporary()
	case n < 52:
		u = unit{[]step{g.readStep()}}
	case n < 57:
		u = unit{[]step{g.preparedStep()}}
	case n < 79:
		u = g.writeUnit()
	case n < 84:
		u = g.transaction()
	case n < 86:
		u = g.cursor()
	case n < 88:
		u = g.sqlPrepared()
	case n < 90:
		u = g.multiple()
	case n < 92:
		u = g.copy()
	case n < 96:
		u = unit{[]step{g.scopedRead()}}
	default:
		u = g.scopedWriteUnit()
	}
	return u
}

func (g *gen) style() style {
	if g.one(3) {
		return 0
	}
	g.feature("odd spelling")
	return style(g.r.Uint64() | 1)
}

func (g *gen) readStep() step {
	g.begin()
	if g.one(8) {
		g.params = 1
	}
	q := g.query(nil, nil, topLevel)
	s := step{tree: q.sql, style: g.style(), returnsRows: true, ordered: q.ordered, writes: g.wrote, second: !g.wrote && g.one(2)}
	if g.one(3) {
		g.feature("simple protocol")
		s.simple = true
	}
	return s
}

func (g *gen) preparedStep() step {
	g.begin()
	g.feature("prepared statement")
	g.params = 3
	g.rels++
	q := g.query(nil, nil, topLevel)
	return step{tree: q.sql, style: g.style(), returnsRows: true, ordered: q.ordered, writes: g.wrote, execs: 3}
}

// writeStep makes one statement that writes.
func (g *gen) writeStep() step {
	g.begin()
	if g.one(6) {
		g.params = 1
	}
	var s *tree
	for s == nil {
		g.written = map[*table]bool{}
		s, _ = g.write(false)
	}
	st := step{tree: s, style: g.style(), writes: true, simple: g.one(4)}
	if g.params > 0 && g.one(3) {
		st.simple = true
	}
	st.complete(g.s)
	return st
}

// complete fills in what follows from the tree of a statement.
func (s *step) complete(sc *schema) {
	s.returnsRows = false
	if s.tree.sort == query {
		s.returnsRows = true
		return
	}
	for _, p := range s.tree.parts {
		switch p := p.(type) {
		case *tree:
			if p == nil {
				continue
			}
			if p.sort == statement {
				inner := step{tree: p}
				inner.complete(sc)
				s.returnsRows, s.exempt = inner.returnsRows, inner.exempt
			}
			if p.sort == clause && len(p.parts) > 0 && p.parts[0] == "RETURNING" {
				s.returnsRows = true
			}
		case string:
			if p == "DELETE FROM" {
				s.exempt = nil
				for _, t := range sc.tables {
					if m, ok := t.column(markerColumn); ok {
						s.exempt = append(s.exempt, m.name)
					}
				}
			}
		}
	}
}

func text(s string) step { return step{kind: control, text: s} }

// writeUnit writes, and takes it back more often than not, so that there
// remains something to delete.
func (g *gen) writeUnit() unit {
	s := g.writeStep()
	if g.one(3) {
		return unit{[]step{s}}
	}
	g.feature("rolled back write")
	return unit{[]step{text("BEGIN"), s, text("ROLLBACK")}}
}

func (g *gen) transaction() unit {
	g.feature("transaction")
	u := unit{[]step{text(pick(g, []string{"BEGIN", "begin isolation level repeatable read", "START TRANSACTION"}))}}
	for range 1 + g.n(3) {
		if g.one(2) {
			g.feature("savepoint")
			u.steps = append(u.steps, text("SAVEPOINT s1"), g.writeStep())
			if g.one(2) {
				u.steps = append(u.steps, text("ROLLBACK TO s1"))
			}
		} else {
			u.steps = append(u.steps, g.writeStep())
		}
		r := g.readStep()
		r.second = false // row-level security asks on another connection
		u.steps = append(u.steps, r)
	}
	u.steps = append(u.steps, text(pick(g, []string{"COMMIT", "ROLLBACK", "ROLLBACK"})))
	return u
}

func (g *gen) cursor() unit {
	g.begin()
	var t *table
	for range 9 {
		if t = g.readable(); t.policy && len(t.key()) == 1 {
			break
		}
	}
	g.feature("cursor")
	item, r := g.tableRef(t)
	for r.table == nil || len(r.qualifier) > 1 {
		item, r = g.tableRef(t)
	}
	e := &env{rels: []*rel{r}}
	where := g.where(e, 1)
	lock := opt("FOR UPDATE")
	key := r.ref(t.key()[0])
	u := unit{[]step{text("BEGIN"), {tree: piece(statement, "DECLARE cur CURSOR FOR", piece(query, "SELECT *  FROM", item, where, "ORDER BY", key, lock)), style: g.style()}}}
	for range 1 + g.n(3) {
		u.steps = append(u.steps, step{text: pick(g, []string{"FETCH cur", "FETCH 2 FROM cur", "fetch next in cur"}), simple: true, returnsRows: true, ordered: true})
		if g.one(2) && len(t.key()) == 1 {
			g.feature("delete where current of")
			relation, _ := g.relation(t)
			d := step{tree: piece(statement, append(append([]any{"DELETE FROM"}, relation...), "WHERE CURRENT OF cur")...), style: g.style(), writes: true}
			u.steps = append(u.steps, d)
			if g.one(3) {
				u.steps = append(u.steps, d)
			}
		}
	}
	u.steps = append(u.steps, text("CLOSE cur"), text(pick(g, []string{"COMMIT", "ROLLBACK"})))
	return u
}

func (g *gen) sqlPrepared() unit {
	s := g.preparedStep()
	g.feature("sql-level prepare")
	s.kind = sqlPrepare
	return unit{[]step{s}}
}

// multiple makes several statements in one string. An application sees the rows
// of the first, if it asks for rows, and the count of the last if it does not.
func (g *gen) multiple() unit {
	g.feature("several statements in a string")
	s := step{kind: multiple, writes: true, simple: true, style: g.style()}
	var all []*tree
	add := func(t *tree) { all = append(all, &tree{sort: clause, optional: true, parts: []any{t}}) }
	if g.one(2) {
		g.feature("several statements in a string, the rows of the first")
		first := g.withoutParams(g.readStep)
		if g.one(2) {
			for first = g.withoutParams(g.writeStep); !first.returnsRows; {
				first = g.withoutParams(g.writeStep)
			}
		}
		s.returnsRows, s.ordered, s.exempt = true, first.ordered, first.exempt
		add(first.tree)
	}
	for range 2 + g.n(2) {
		add(g.withoutParams(g.writeStep).tree)
	}
	switch g.n(4) {
	case 0:
		g.feature("several statements in a string are a transaction")
	case 1:
		g.feature("transaction within a string")
		if !s.returnsRows {
			all = slices.Insert(all, 0, &tree{sort: clause, optional: true, parts: []any{"BEGIN"}})
		}
		add(piece(statement, pick(g, []string{"COMMIT", "ROLLBACK"})))
	default:
		s.tree = list(";", 1, all)
		return unit{[]step{text("BEGIN"), s, text("ROLLBACK")}}
	}
	s.tree = list(";", 1, all)
	return unit{[]step{s}}
}

// withoutParams makes a step that has no parameters.
func (g *gen) withoutParams(next func() step) step {
	s := next()
	for g.params > 0 {
		s = next()
	}
	return s
}

func (g *gen) copy() unit {
	g.begin()
	g.feature("copy")
	if g.one(2) {
		t := g.readable()
		if t.partitioned == "" {
			g.feature("copy table")
			relation, _ := g.relation(t)
			return unit{[]step{{kind: copyOut, tree: piece(statement, append(append([]any{"COPY"}, relation...), "TO STDOUT")...), style: g.style()}}}
		}
	}
	q := g.query(nil, g.types(), subqueryLevel)
	return unit{[]step{{kind: copyOut, writes: g.wrote, tree: piece(statement, "COPY (", q.sql, ") TO STDOUT"), style: g.style()}}}
}

// scopes picks a scope, by the names that a policy uses.
func (g *gen) scopes() []string {
	var out []string
	kind := func() string { return pick(g, []string{"with", "only"}) }
	if g.one(3) {
		out = append(out, kind())
	}
	for _, t := range g.s.tables {
		if t.policy && g.one(3) {
			out = append(out, kind()+":"+scopeName(t))
		}
	}
	if len(out) == 0 {
		out = []string{kind()}
	}
	for _, s := range out {
		if strings.HasPrefix(s, "with") {
			g.feature("with deleted")
		} else {
			g.feature("only deleted")
		}
	}
	return out
}

// scopeName is the name by which a scope reaches the table.
func scopeName(t *table) string { return strings.TrimPrefix(policyName(t), "*.") }

func (g *gen) scopedRead() step {
	for {
		g.begin()
		g.harmless = true
		features := g.features
		g.features = map[string]bool{}
		q := g.query(nil, nil, topLevel)
		made := g.features
		g.features = features
		if g.wrote {
			continue
		}
		for f := range made {
			g.feature(f)
		}
		g.feature("scoped read")
		return step{kind: scopedRead, tree: q.sql, style: g.style(), scope: g.scopes(), returnsRows: true, ordered: q.ordered}
	}
}

// scopedWriteUnit writes under a scope: a hard delete, a delete in a statement
// that sees deleted rows of other tables, an UPDATE or a MERGE of rows that are
// deleted, or an INSERT of what is read of them.
func (g *gen) scopedWriteUnit() unit {
	g.begin()
	g.harmless, g.scoped = true, true
	var t *table
	for t == nil || !t.policy {
		g.written = map[*table]bool{}
		t = g.writable()
	}
	s := step{kind: scopedWrite, style: g.style(), writes: true, target: t.full()}
	write := g.scopedUpdate
	switch g.n(9) {
	case 0, 1:
		write = g.hardDelete
	case 2:
		write = g.scopedDelete
	case 3, 4:
		write = g.scopedInsert
	case 5, 6:
		if t.bound == "" {
			write = g.scopedMerge
		}
	}
	write(t, &s)
	if s.tree == nil {
		return g.scopedWriteUnit() // no table fits the other part of it
	}
	s.complete(g.s)
	if s.kind == scopedWrite {
		s.exempt = nil // a hard delete returns the row as it was
	}
	return unit{[]step{s}}
}

func (g *gen) scopedUpdate(t *table, s *step) {
	g.feature("scoped update")
	s.scope = g.scopes()
	s.tree, _ = g.update(t, false)
}

func (g *gen) scopedMerge(t *table, s *step) {
	s.scope = g.scopes()
	if s.tree = g.merge(t); s.tree != nil {
		g.feature("scoped merge")
	}
}

func (g *gen) scopedInsert(t *table, s *step) {
	s.scope = g.scopes()
	src := g.keyed()
	if src == nil {
		return
	}
	in := g.inserted(t, true)
	relation, _ := g.relation(t)
	if source := g.insertSelect(src, t, &in); source != nil {
		g.feature("scoped insert")
		s.tree = piece(statement, append(append([]any{"INSERT INTO"}, relation...), source)...)
	}
}

func (g *gen) scopedDelete(t *table, s *step) {
	g.feature("scoped delete")
	s.kind = scopedDelete
	for s.scope == nil || s.visible(t) == "only" {
		s.scope = g.scopes()
	}
	defer g.avoiding(t)()
	s.tree, _ = g.delete(t, false)
}

func (g *gen) hardDelete(t *table, s *step) {
	g.feature("hard delete")
	s.scope = []string{"hard:" + scopeName(t)}
	if g.one(3) {
		s.scope = []string{"hard"}
	}
	if g.one(3) {
		g.feature("hard delete of deleted rows only")
		s.scope = append(s.scope, "only:"+scopeName(t))
	} else {
		defer g.avoiding(t)()
	}
	target, r := g.target(t)
	e := &env{rels: []*rel{r}}
	var using *tree
	if g.one(3) {
		item, rels := g.item(&env{}, g.n(2))
		e.rels = append(rels, r)
		using = piece(fragment, "USING", item)
	}
	s.tree = piece(statement, "DELETE FROM", target, using, "WHERE", g.condition(e, 2))
}

// avoiding keeps a statement from reading the tree of its target besides: the
// target is seen in one way and what is read in another, which row-level security
// cannot tell apart in one table.
func (g *gen) avoiding(t *table) (end func()) {
	g.avoid = t.root()
	return func() { g.avoid = nil }
}

// refused makes what is refused by design; the kinds take turns.
func (g *gen) refused(turn int) unit {
	g.begin()
	var a, b *table
	for a == nil || !a.policy {
		a = g.readable()
	}
	for b == nil || !b.policy {
		b = g.readable()
	}
	relation, _ := g.relation(a)
	other, _ := g.relation(b)
	s := step{onPurpose: true, style: g.style()}
	switch turn % 5 {
	case 0:
		g.feature("refused: natural join")
		s.tree = piece(query, "SELECT 1 FROM", piece(fragment, relation...), "x NATURAL JOIN", piece(fragment, other...), "y")
		s.returnsRows = true
		return unit{[]step{s}}
	case 1:
		g.feature("refused: truncate")
		s.tree = piece(statement, append([]any{"TRUNCATE"}, relation...)...)
	case 2:
		g.feature("refused: do nothing without a target")
		var names, vals []any
		for i, k := range a.key() {
			names, vals = append(names, name(k.name)), append(vals, g.newKey(k, i))
		}
		s.tree = piece(statement, append(append([]any{"INSERT INTO"}, relation...), "(", list(",", 1, names), ") OVERRIDING SYSTEM VALUE VALUES (", list(",", 1, vals), ") ON CONFLICT DO NOTHING")...)
	case 3:
		g.feature("refused: delete of deleted rows")
		s.tree = piece(statement, append(append([]any{"DELETE FROM"}, relation...), "AS x WHERE x", ".", name(a.key()[0].name), "IS NOT NULL")...)
		s.kind, s.scope, s.target = scopedDelete, []string{"only:" + scopeName(a)}, a.full()
	default:
		g.feature("refused: hard delete without where")
		s.tree = piece(statement, append([]any{"DELETE FROM"}, relation...)...)
		s.kind, s.scope, s.target = scopedWrite, []string{"hard"}, a.full()
	}
	s.writes = true
	return unit{[]step{s}}
}

// literalArgs are the values of execution i as SQL constants, for EXECUTE.
func literalArgs(params []*param, i int) string {
	var out []string
	for _, p := range params {
		switch v := p.values[i%len(p.values)].(type) {
		case nil:
			out = append(out, "NULL")
		default:
			out = append(out, literal(fmt.Sprint(v)))
		}
	}
	if len(out) == 0 {
		return ""
	}
	return " (" + strings.Join(out, ", ") + ")"
}

// temporary makes a temporary table of a query, often under the name of a policy
// table, which it then hides. It is dropped by its full name: were it not there,
// the policy table would go.
func (g *gen) temporary() unit {
	g.begin()
	n := "eq_temporary"
	if t := g.readable(); t.schema == "" && g.one(2) {
		g.feature("temporary table that hides a table")
		n = t.name
	}
	g.feature("create temporary table as")
	types := g.types()
	create := piece(statement, pick(g, []string{"CREATE TEMP TABLE", "CREATE TEMPORARY TABLE"}), name(n), "AS", g.query(nil, types, subqueryLevel).sql)
	r := &rel{qualifier: []any{name("t")}}
	for i, t := range types {
		r.cols = append(r.cols, column{name: fmt.Sprintf("c%d", i+1), typ: t})
	}
	wrote := g.wrote
	g.harmless, g.rels = true, 0
	where := opt("WHERE", g.condition(&env{rels: []*rel{r}}, 1))
	// By the simple protocol: the server does not plan a prepared statement anew
	// when a temporary table comes to hide what it reads.
	u := unit{[]step{
		{tree: create, style: g.style(), writes: wrote},
		{tree: piece(query, "SELECT * FROM", name(n), "AS t"), style: g.style(), returnsRows: true, simple: true},
	}}
	if n == "eq_temporary" || g.one(2) {
		u.steps = append(u.steps, step{tree: piece(statement, "DELETE FROM", name(n), "AS t", where), style: g.style(), writes: true, simple: true},
			step{tree: piece(query, "TABLE", name(n)), style: g.style(), returnsRows: true, simple: true})
	}
	drop := step{kind: control, tree: piece(statement, "DROP TABLE IF EXISTS pg_temp", ".", name(n))}
	u.steps = append(u.steps, drop)
	return u
}

// view makes a view, reads it, and takes it back.
func (g *gen) view() unit {
	for {
		g.begin()
		q := g.query(nil, g.types(), subqueryLevel)
		if g.wrote {
			continue // not allowed in a view
		}
		g.feature("create view")
		// A new name each time: a plan that pgx keeps for the text of a read would not
		// fit a view of other columns (0A000), on whichever side happens to keep one.
		g.fresh++
		view := name(fmt.Sprintf("eq_view_%d", g.fresh))
		read := piece(query, "SELECT v", ".", atom("*"), "FROM", view, "AS v", opt(pick(g, []string{"LEFT", "RIGHT", "INNER"}), "JOIN", view, "AS w ON v", ".", "c1", atom("="), "w", ".", "c1"))
		return unit{[]step{
			text("BEGIN"),
			{tree: piece(statement, "CREATE VIEW", view, "AS", q.sql), style: g.style()},
			{tree: read, style: g.style(), returnsRows: true},
			text("ROLLBACK"),
		}}
	}
}
