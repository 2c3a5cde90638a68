package equivalence

import (
	"fmt"
	"slices"
)

// writable picks a table that the statement does not write yet: two writes of
// one row in one statement are not determined.
func (g *gen) writable() *table {
	for range 20 {
		if t := g.readable(); !g.written[t.root()] {
			g.written[t.root()] = true
			return t
		}
	}
	return nil
}

func (g *gen) mayWrite() bool {
	return len(g.written) < 2
}

// target names the table that a statement writes.
func (g *gen) target(t *table) (*tree, *rel) {
	g.tableFeatures(t)
	// A data-modifying statement's target is never a WITH query.
	g.used[t.name] = true
	hidden := g.ctes
	g.ctes = nil
	parts, _ := g.relation(t)
	g.ctes = hidden
	if t.partitioned == "" && len(t.children) > 0 && g.one(4) {
		g.feature("only in a write")
		parts = append([]any{"ONLY"}, parts...)
	}
	r := &rel{cols: t.cols, table: t, qualifier: []any{name(t.name)}}
	if !g.one(4) {
		alias := g.newAlias()
		parts = append(parts, "AS", name(alias))
		r.qualifier = []any{name(alias)}
	}
	return piece(fragment, parts...), r
}

// write makes an INSERT, UPDATE, DELETE or MERGE; nil if there is nothing to write.
// cols are those of RETURNING; nil without.
func (g *gen) write(returning bool) (*tree, []column) {
	var with *tree
	depth := len(g.ctes)
	if !returning && g.one(7) {
		with = g.with(nil)
	}
	t := g.writable()
	if t == nil {
		return nil, nil
	}
	var s *tree
	var cols []column
	switch g.n(12) {
	case 0, 1, 2, 3:
		s, cols = g.delete(t, returning)
	case 4, 5, 6:
		s, cols = g.update(t, returning)
	case 7, 8:
		if g.params > 1 && len(t.root().ownSequences()) > 0 {
			// Executed several times, and once it has failed the numbers are not determined.
			s, cols = g.delete(t, returning)
			break
		}
		s, cols = g.insert(t, returning)
	default:
		if !returning && t.bound == "" {
			s = g.merge(t)
		}
		if s == nil {
			s, cols = g.delete(t, returning)
		}
	}
	g.ctes = g.ctes[:depth]
	if with != nil {
		g.feature("with before a write")
		s = piece(statement, with, s)
	}
	return s, cols
}

// writingQuery makes a statement with RETURNING for a WITH query.
func (g *gen) writingQuery() (*tree, []column) {
	s, cols := g.write(true)
	if s != nil {
		g.wrote = true
	}
	return s, cols
}

// returning makes RETURNING over e, or nothing.
func (g *gen) returning(e *env, always bool, star *rel) (*tree, []column) {
	if !always && !g.one(3) {
		return nil, nil
	}
	g.feature("returning")
	if star != nil && !always && g.one(3) {
		g.feature("returning *")
		return opt("RETURNING", piece(fragment, star.qualifier...), ".", atom("*")), star.cols
	}
	var items []*tree
	var cols []column
	for i, t := range g.types() {
		x := g.expr(e, t, 1)
		if t == tInt && g.nested < 3 && g.one(2) {
			g.feature("sub-query in returning")
			x = g.probe(e)
		} else if g.one(4) {
			if s := g.scalar(e, t); s != nil {
				g.feature("sub-query in returning")
				x = s
			}
		}
		c := column{name: fmt.Sprintf("c%d", i+1), typ: t}
		cols = append(cols, c)
		items = append(items, piece(fragment, x, "AS", name(c.name)))
	}
	return opt("RETURNING", list(",", 1, items)), cols
}

// sources makes the items of USING or FROM of a write; the target cannot be
// seen by LATERAL items.
func (g *gen) sources(t *table) (*tree, *env) {
	e := &env{}
	if g.avoid == nil && g.rels > 0 && g.one(3) {
		g.feature("self-join in a write")
		g.rels--
		item, r := g.tableRef(t)
		for len(r.qualifier) != 1 || r.qualifier[0] == name(t.name) {
			item, r = g.tableRef(t)
		}
		e.rels = []*rel{r}
		return list(",", 1, []*tree{item}), e
	}
	depth := g.n(3)
	item, rels := g.item(e, depth)
	e.rels = rels
	return list(",", 1, []*tree{item}), e
}

// delete makes a DELETE. Its RETURNING shows neither the marker nor the whole
// row, which are exempt: the marker is set by then.
func (g *gen) delete(t *table, always bool) (*tree, []column) {
	g.feature("delete")
	target, r := g.target(t)
	e := &env{rels: []*rel{r}}
	var using *tree
	if g.one(3) {
		g.feature("delete using")
		var items *tree
		items, e = g.sources(t)
		e.rels = append(e.rels, r)
		using = piece(fragment, "USING", items)
	}
	where := g.where(e, 2)
	if e.rels[0] != r && g.one(2) {
		if on := g.on(e, []*rel{r}, e.rels[:1], false); on != nil {
			where = opt("WHERE", on)
		}
	}
	shown := &rel{qualifier: r.qualifier, cols: slices.DeleteFunc(slices.Clone(r.cols), func(c column) bool { return c.role == markerColumn })}
	// r.* shows the marker, which is exempt by its name.
	star := &rel{qualifier: r.qualifier, cols: r.cols}
	returning, cols := g.returning(&env{rels: []*rel{shown}, strict: true}, always, star)
	return piece(statement, "DELETE FROM", target, using, where, returning), cols
}

// settable are the columns that an UPDATE may set, and to what.
func (g *gen) settable(t *table) []column {
	var out []column
	for _, c := range t.cols {
		if c.role != markerColumn && c.role != keyColumn && c.role != numberColumn && !(c.role == uniqueColumn && g.noUnique) {
			out = append(out, c)
		}
	}
	return out
}

func (g *gen) newValue(e *env, c column) *tree {
	switch c.role {
	case divisorColumn:
		return expr(tInt, atom(fmt.Sprint(1+g.n(5))))
	case numeralColumn:
		return expr(tText, atom(literal(fmt.Sprint(1+g.n(9)))))
	case partColumn:
		return expr(tInt, atom(fmt.Sprint(1+g.n(5))))
	case uniqueColumn:
		return expr(tText, atom(literal(fmt.Sprintf("e%d@x", g.n(12)))))
	}
	if g.one(3) {
		if s := g.scalar(e, c.typ); s != nil {
			g.feature("sub-query in set")
			return s
		}
	}
	if g.one(8) {
		return piece(fragment, "DEFAULT")
	}
	return g.expr(e, c.typ, 2)
}

// set makes what an UPDATE sets. With one, it changes one row at most: which row
// of several gets which number of a sequence is not determined.
func (g *gen) set(e *env, t *table, one bool) *tree {
	cols := g.settable(t)
	g.r.Shuffle(len(cols), func(i, j int) { cols[i], cols[j] = cols[j], cols[i] })
	var sets []*tree
	for _, c := range cols[:min(len(cols), 1+g.n(3))] {
		sets = append(sets, piece(fragment, name(c.name), atom("="), g.newValue(e, c)))
	}
	if len(cols) > 4 && g.one(4) {
		var plain []column
		for _, c := range cols[3:] {
			if c.role == plainColumn {
				plain = append(plain, c)
			}
		}
		if len(plain) >= 2 && g.room() {
			g.feature("multi-column set from a sub-query")
			leave := g.enter()
			g.rels--
			item, r := g.tableRef(g.readable())
			inner := &env{rels: []*rel{r}, up: e}
			where := g.where(inner, 1)
			q := piece(query, "SELECT", g.expr(inner, plain[0].typ, 1), ",", g.expr(inner, plain[1].typ, 1), "FROM", item, where, "ORDER BY 1 , 2 LIMIT 1")
			sets = append(sets, piece(fragment, "(", name(plain[0].name), ",", name(plain[1].name), ")", atom("="), "(", q, ")"))
			leave()
		}
	}
	if c, ok := t.column(numberColumn); ok && one && g.one(2) {
		g.feature("a sequence's number in set")
		sets = append(sets, piece(fragment, name(c.name), atom("="), "DEFAULT"))
	}
	return list(",", 1, sets)
}

// setOnConflict is what DO UPDATE sets: where a new row may take a deleted one's place,
// a list of column = value.
func (g *gen) setOnConflict(e *env, t *table, taken bool) *tree {
	if !t.phoenix || !taken {
		return g.set(e, t, true)
	}
	cols := g.settable(t)
	g.r.Shuffle(len(cols), func(i, j int) { cols[i], cols[j] = cols[j], cols[i] })
	var sets []*tree
	for _, c := range cols[:min(len(cols), 1+g.n(3))] {
		x := g.newValue(e, c)
		if len(x.parts) == 1 && x.parts[0] == "DEFAULT" {
			x = g.expr(e, c.typ, 1)
		}
		sets = append(sets, piece(fragment, name(c.name), atom("="), x))
	}
	return list(",", 1, sets)
}

// update makes an UPDATE. With FROM, either the new values depend on the target
// alone, or the source is joined by its primary key.
func (g *gen) update(t *table, always bool) (*tree, []column) {
	g.feature("update")
	target, r := g.target(t)
	own := &env{rels: []*rel{r}}
	if g.one(3) {
		own.strict = true
		g.feature("update from")
		if g.one(2) {
			if src := g.keyed(); src != nil {
				g.rels--
				item, s := g.tableRef(src)
				key, linked := s.refTo(src.key()[0].name), g.column(own, tInt)
				if key != nil && linked != nil && len(s.qualifier) == 1 && s.qualifier[0] != r.qualifier[0] {
					both := &env{rels: []*rel{r, s}}
					set := g.set(both, t, false)
					cond := g.condition(both, 1)
					returning, cols := g.returning(both, always, nil)
					return piece(statement, "UPDATE", target, "SET", set, "FROM", item, "WHERE", key, atom("="), linked,
						opt("AND (", cond, ")"), returning), cols
				}
			}
		}
		items, e := g.sources(t)
		e.rels = append(e.rels, r)
		set := g.set(own, t, false)
		where := g.where(e, 2)
		returning, cols := g.returning(own, always, nil)
		return piece(statement, "UPDATE", target, "SET", set, "FROM", items, where, returning), cols
	}
	if k := t.key(); len(k) == 1 && k[0].typ == tInt && g.one(4) {
		g.feature("update by primary key")
		// Under a scope both sides are our own database, and would each take a number.
		set := g.set(own, t, !g.scoped)
		key := piece(fragment, r.ref(k[0]), atom("="), atom(fmt.Sprint(t.firstKey+g.n(8))))
		cond := opt("AND (", g.condition(own, 1), ")")
		returning, cols := g.returning(own, always, r)
		return piece(statement, "UPDATE", target, "SET", set, "WHERE", key, cond, returning), cols
	}
	set := g.set(own, t, false)
	where := g.where(own, 2)
	returning, cols := g.returning(own, always, r)
	return piece(statement, "UPDATE", target, "SET", set, where, returning), cols
}

// keyed picks a table with one integer key.
func (g *gen) keyed() *table {
	for range 8 {
		if t := g.readable(); len(t.key()) == 1 && t.key()[0].typ == tInt {
			return t
		}
	}
	return nil
}

func (r *rel) refTo(col string) *tree {
	for _, c := range r.cols {
		if c.name == col {
			return r.ref(c)
		}
	}
	return nil
}

// newKey is a key that no row has or had.
func (g *gen) newKey(c column, i int) *tree {
	if i > 0 {
		return expr(tInt, atom(fmt.Sprint(1+g.n(4))))
	}
	g.fresh++
	return expr(c.typ, atom(keyValue(c.typ, g.fresh)))
}

// keyFor is a new key, or, where new rows take the places of deleted ones, any that the
// table began with.
func (g *gen) keyFor(t *table, c column) *tree {
	if t.phoenix && !g.scoped && !g.one(4) {
		g.feature("key of a row that may be deleted")
		return expr(c.typ, atom(keyValue(c.typ, t.firstKey+g.n(len(t.live)+len(t.dead)))))
	}
	return g.newKey(c, 0)
}

// inserting is which columns an INSERT gives, and how.
type inserting struct {
	cols       []column
	overriding string
	key        bool // the first of them is the first of the key
	numbered   bool // a sequence gives some column its values
}

// inserted picks the columns of an INSERT: the key, unless a sequence gives it, and
// some more. Where rows are made by a query, DEFAULT cannot stand for a value.
// Under a scope no sequence is used: both sides are our own database then, and
// would each take numbers.
func (g *gen) inserted(t *table, query bool) inserting {
	var in inserting
	for i, k := range t.key() {
		if k.numbers != noNumbers && !g.scoped && g.one(2) {
			g.feature("key from a sequence: " + numbersNames[k.numbers])
			continue
		}
		in.cols = append(in.cols, k)
		in.key = in.key || i == 0
	}
	rest := slices.DeleteFunc(g.settable(t), func(c column) bool { return c.role == partColumn })
	g.r.Shuffle(len(rest), func(i, j int) { rest[i], rest[j] = rest[j], rest[i] })
	in.cols = append(in.cols, rest[:g.n(len(rest)+1)]...)
	if c, ok := t.column(numberColumn); ok && (g.scoped || g.one(2)) {
		in.cols = append(in.cols, c)
	}
	identity := func(c column) bool { return c.numbers > serial }
	if slices.ContainsFunc(in.cols, identity) && (g.scoped || g.one(2)) {
		g.feature("overriding")
		in.overriding = "OVERRIDING SYSTEM VALUE"
		if !g.scoped && g.one(3) {
			in.overriding = "OVERRIDING USER VALUE"
		}
	}
	if query && in.overriding == "" {
		in.cols = slices.DeleteFunc(in.cols, func(c column) bool { return c.numbers == always })
		in.key = in.key && t.key()[0].numbers != always
	}
	for _, c := range t.cols {
		ignored := in.overriding == "OVERRIDING USER VALUE" && identity(c)
		if c.numbers != noNumbers && (ignored || !slices.Contains(in.cols, c)) {
			in.numbered = true
		}
	}
	return in
}

// head is the part before the values.
func (in *inserting) head() *tree {
	var names []any
	for _, c := range in.cols {
		names = append(names, name(c.name))
	}
	return piece(fragment, "(", list(",", 1, names), ")", in.overriding)
}

// number is a value for a column that a sequence would give one, or DEFAULT.
func (g *gen) number(c column, in *inserting, query bool) *tree {
	if !query && !g.scoped && (in.overriding == "" && c.numbers == always || g.one(2)) {
		in.numbered = true
		return piece(fragment, "DEFAULT")
	}
	return expr(c.typ, atom(fmt.Sprint(1+g.n(60))))
}

func (g *gen) insert(t *table, always bool) (*tree, []column) {
	g.feature("insert")
	hidden := g.ctes
	g.ctes = nil
	relation, _ := g.relation(t)
	g.ctes = hidden
	alias := t.name
	if g.one(2) {
		alias = g.newAlias()
		relation = append(relation, "AS", name(alias))
	}
	var in inserting
	var source, conflict *tree
	switch g.n(5) {
	case 0, 1:
		if src := g.keyed(); src != nil {
			in = g.inserted(t, true)
			source = g.insertSelect(src, t, &in)
		}
	case 2, 3:
		in = g.inserted(t, false)
		source, conflict = g.conflicting(t, alias, &in)
	}
	if source == nil {
		in = g.inserted(t, false)
		source = g.insertValues(t, &in)
	}
	if in.numbered {
		g.feature("number from a sequence")
	}
	r := &rel{qualifier: []any{name(alias)}, cols: t.cols, table: t}
	returning, out := g.returning(&env{rels: []*rel{r}}, always, r)
	parts := append([]any{"INSERT INTO"}, relation...)
	return piece(statement, append(parts, source, conflict, returning)...), out
}

// insertValues makes rows of constants and scalar sub-queries.
func (g *gen) insertValues(t *table, in *inserting) *tree {
	key := t.key()
	if len(in.cols) == 0 || len(key) == 1 && key[0].numbers != noNumbers && g.one(4) {
		g.feature("default values")
		in.numbered = true
		return piece(fragment, "DEFAULT VALUES")
	}
	var rows []*tree
	for range 1 + g.n(2) {
		var items []*tree
		for i, c := range in.cols {
			var x *tree
			switch {
			case in.key && i == 0:
				x = g.keyFor(t, c)
				if c.numbers == always && in.overriding == "" {
					x = piece(fragment, "DEFAULT")
				}
			case c.role == keyColumn || c.role == partColumn:
				x = g.newKey(c, 1)
			case c.numbers != noNumbers:
				x = g.number(c, in, false)
			default:
				x = g.newValue(nil, c)
				if s := g.scalar(nil, c.typ); s != nil && g.one(2) && c.role == plainColumn {
					g.feature("sub-query in insert values")
					x = s
				}
			}
			items = append(items, x)
		}
		rows = append(rows, piece(fragment, "(", list(",", 1, items), ")"))
	}
	return piece(fragment, in.head(), "VALUES", list(",", 1, rows))
}

// insertSelect reads rows of a table with an integer key, from which new keys are made.
func (g *gen) insertSelect(src, t *table, in *inserting) *tree {
	if len(in.cols) == 0 {
		return nil
	}
	g.rels--
	item, r := g.tableRef(src)
	key := r.refTo(src.key()[0].name)
	if key == nil {
		return nil
	}
	g.feature("insert select")
	e := &env{rels: []*rel{r}}
	var items []*tree
	for i, c := range in.cols {
		switch {
		case in.key && i == 0:
			items = append(items, derivedKey(c.typ, key, g.newRange()))
		case c.role == keyColumn || c.role == partColumn:
			items = append(items, g.newKey(c, 1))
		case c.numbers != noNumbers:
			items = append(items, g.number(c, in, true))
		default:
			x := g.newValue(e, c)
			if len(x.parts) == 1 && x.parts[0] == "DEFAULT" {
				x = g.expr(e, c.typ, 1)
			}
			items = append(items, x)
		}
	}
	var order *tree
	if in.numbered {
		// Which row gets which number.
		order = piece(clause, "ORDER BY", key)
	}
	return piece(fragment, in.head(), piece(query, "SELECT", list(",", 1, items), "FROM", item,
		"WHERE", key, atom("<"), atom(fmt.Sprint(firstFresh)), opt("AND (", g.condition(e, 2), ")"), order))
}

// firstFresh is above the keys of all rows that a schema starts with.
const firstFresh = 1000

// newRange returns a number to which an initial key can be added to give a new one.
func (g *gen) newRange() int {
	base := g.fresh + 1
	g.fresh += firstFresh + 1
	return base
}

// derivedKey makes a new key of an integer expression.
func derivedKey(t colType, key *tree, base int) *tree {
	sum := expr(tInt, "(", key, atom("+"), atom(fmt.Sprint(base)), ")")
	switch t {
	case tUUID:
		return expr(t, "lpad (", sum, "::", "text", ", 32 ,", atom("'0'"), ")", "::", "uuid")
	case tText:
		return expr(t, "(", atom("'k'"), atom("||"), sum, ")")
	}
	return sum
}

// conflicting makes a row and an ON CONFLICT that it meets: with a live row's
// key, or with a value of a column that is unique among live rows. The key of a
// deleted row is never hit, for what happens then is documented to differ.
func (g *gen) conflicting(t *table, alias string, in *inserting) (source, conflict *tree) {
	if t.parent != nil || g.shadowed(t) {
		return nil, nil
	}
	key := t.key()[0]
	var on, constraint []any
	taken := false // the key is a live row's
	full := false  // the unique key holds deleted rows too
	u, unique := t.column(uniqueColumn)
	switch {
	case unique && (len(t.key()) > 1 || key.typ == tUUID || g.one(2)):
		g.feature("on conflict (unique among live rows)")
		on = []any{name(u.name)}
		if _, full = t.uniqueKey(); full {
			g.feature("on conflict (unique among all rows)")
			if t.unique == uniqueConstraint {
				constraint = []any{name(t.uniqueName())}
			}
		}
		if !slices.Contains(in.cols, u) {
			in.cols = append(in.cols, u)
		}
	case len(t.key()) == 1 && key.typ != tUUID:
		g.feature("on conflict (primary key)")
		on, constraint, taken = []any{name(key.name)}, []any{name(t.primaryName())}, true
		if !in.key {
			in.key, in.cols = true, slices.Insert(in.cols, 0, key)
		}
		if key.numbers == always && in.overriding == "" {
			in.overriding = "OVERRIDING SYSTEM VALUE"
		}
	default:
		return nil, nil
	}
	explicit := key.numbers != always || in.overriding != ""
	var items []*tree
	for i, c := range in.cols {
		var x *tree
		switch {
		case in.key && i == 0 && taken && t.phoenix && !g.scoped && !g.one(4):
			g.feature("on conflict with a row that may be deleted")
			x = expr(c.typ, atom(keyValue(c.typ, t.firstKey+g.n(len(t.live)+len(t.dead)))))
		case in.key && i == 0 && taken:
			relation, _ := g.relation(t)
			relation = append([]any{"SELECT max (", name(c.name), ") FROM ONLY"}, relation...)
			x = expr(c.typ, "(", piece(query, relation...), ")")
		case in.key && i == 0 && !explicit:
			x = piece(fragment, "DEFAULT")
		case in.key && i == 0:
			x = g.newKey(c, 0)
		case c.role == keyColumn || c.role == partColumn:
			x = g.newKey(c, 1)
		case c.numbers != noNumbers:
			x = g.number(c, in, false)
		case c.role == uniqueColumn && taken:
			x = expr(tText, "NULL")
		default:
			x = g.newValue(nil, c)
		}
		items = append(items, x)
	}
	source = piece(fragment, in.head(), "VALUES (", list(",", 1, items), ")")
	target := &rel{qualifier: []any{name(alias)}, cols: t.cols}
	excluded := &rel{qualifier: []any{name("excluded")}, cols: slices.DeleteFunc(slices.Clone(t.cols), func(c column) bool { return c.role == markerColumn })}
	about := piece(fragment, "ON CONFLICT (", list(",", 1, on), ")")
	if constraint != nil && g.one(3) {
		g.feature("on conflict on constraint")
		about = piece(fragment, append([]any{"ON CONFLICT ON CONSTRAINT"}, constraint...)...)
	}
	if t.onlyKey() && g.one(3) {
		g.feature("do nothing, without a target")
		return source, piece(fragment, "ON CONFLICT DO NOTHING")
	}
	if g.one(2) {
		g.feature("do nothing")
		return source, piece(fragment, about, "DO NOTHING")
	}
	g.feature("do update")
	e := &env{rels: []*rel{target, excluded}}
	return source, piece(fragment, about, "DO UPDATE SET", g.setOnConflict(e, t, taken || full), g.where(e, 1))
}

// merge makes a MERGE whose source has at most one row for each target row; nil if
// there is no such source.
func (g *gen) merge(t *table) *tree {
	src := g.keyed()
	if src == nil || g.rels < 1 {
		return nil
	}
	target, r := g.target(t)
	if len(t.children) > 0 && t.partitioned == "" {
		target.parts = slices.DeleteFunc(slices.Clone(target.parts), func(p any) bool { return p == "ONLY" })
	}
	item, s := g.tableRef(src)
	for s.refTo(src.key()[0].name) == nil || len(s.qualifier) > 1 || s.qualifier[0] == r.qualifier[0] {
		item, s = g.tableRef(src)
	}
	key, linked := s.refTo(src.key()[0].name), g.column(&env{rels: []*rel{r}, strict: true}, tInt)
	if k := t.key()[0]; g.one(2) && k.typ == tInt {
		// The same table, or its like: every row finds itself.
		linked = r.ref(k)
		if src = t; len(t.key()) == 1 {
			item, s = g.tableRef(t)
			for s.refTo(k.name) == nil || len(s.qualifier) > 1 || s.qualifier[0] == r.qualifier[0] {
				item, s = g.tableRef(t)
			}
			key = s.refTo(k.name)
		}
	}
	if linked == nil {
		return nil
	}
	g.feature("merge")
	both := &env{rels: []*rel{r, s}}
	on := []any{key, atom("="), linked}
	if g.one(2) {
		seen := *r
		if t.partitioned != "" {
			// Where ON contradicts itself on a partitioned table, PostgreSQL 15 fails on
			// the sub-selects behind WHEN (XX000). With the live predicate in ON a
			// condition on the marker is such a contradiction.
			seen.cols = slices.DeleteFunc(slices.Clone(r.cols), func(c column) bool { return c.role == markerColumn })
		}
		on = append(on, opt("AND (", g.condition(&env{rels: []*rel{&seen, s}, strict: true}, 1), ")"))
	}
	var whens []*tree
	// Behind a WHEN without condition no other can be reached.
	cond := func(e *env) *tree { return piece(clause, "AND", g.condition(e, 1)) }
	if !g.scoped && g.one(2) && !t.archived { // of an archived table it is refused, as cases say
		g.feature("merge delete")
		// Whether another row may take a deleted row's value depends on which
		// of the two the server comes to first.
		g.noUnique = true
		defer func() { g.noUnique = false }()
		whens = append(whens, piece(fragment, "WHEN MATCHED", cond(both), "THEN DELETE"))
	}
	if g.one(2) {
		g.feature("merge update")
		whens = append(whens, piece(fragment, "WHEN MATCHED", cond(both), "THEN UPDATE SET", g.set(both, t, false)))
	}
	if g.one(4) {
		whens = append(whens, piece(fragment, "WHEN MATCHED THEN DO NOTHING"))
	}
	if len(whens) == 1 && g.one(2) && len(whens[0].parts) > 2 {
		parts := slices.Clone(whens[0].parts)
		parts[1] = nil
		whens[0] = piece(fragment, parts...)
	}
	if len(whens) == 0 || g.one(2) {
		g.feature("merge insert")
		in := g.inserted(t, true)
		only := &env{rels: []*rel{s}}
		var items []any
		for i, c := range in.cols {
			switch {
			case in.key && i == 0:
				items = append(items, derivedKey(c.typ, key, g.newRange()))
			case c.role == keyColumn || c.role == partColumn:
				items = append(items, g.newKey(c, 1))
			case c.numbers != noNumbers:
				items = append(items, g.number(c, &in, false))
			default:
				items = append(items, g.newValue(only, c))
			}
		}
		values := piece(fragment, in.head(), "VALUES (", list(",", 1, items), ")")
		if len(in.cols) == 0 {
			values = piece(fragment, "DEFAULT VALUES")
		}
		which := piece(fragment, key, atom("<"), atom(fmt.Sprint(firstFresh)))
		if in.numbered {
			// One row: of several it is not determined which gets which number.
			g.feature("number from a sequence in merge")
			which = piece(fragment, key, atom("="), atom(fmt.Sprint(src.firstKey+g.n(8))))
		}
		whens = append(whens, piece(fragment, "WHEN NOT MATCHED AND", which, opt("AND (", g.condition(only, 1), ")"), "THEN INSERT", values))
	}
	parts := []any{"MERGE INTO", target, "USING", item, "ON", piece(fragment, on...)}
	for _, w := range whens {
		w.optional = len(whens) > 1
		parts = append(parts, w)
	}
	return piece(statement, parts...)
}
