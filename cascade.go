package softdelete

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/softdelete-go/softdelete/internal/lex"
)

// A delete of a table that foreign keys refer to becomes one statement: the
// user's own, as an UPDATE in a WITH query, and behind it one WITH query per
// table that the foreign keys reach. Each takes the rows whose parents the
// queries before it took:
//
//	WITH _sd_root AS (UPDATE users SET deleted_at = now() WHERE … RETURNING id),
//	     _sd_orders AS (UPDATE orders AS c SET deleted_at = now() FROM _sd_root AS p WHERE c.user_id = p.id AND c.deleted_at IS NULL RETURNING c.id),
//	     _sd_violation AS MATERIALIZED (SELECT min(…) AS message FROM … live children under NO ACTION …)
//	SELECT FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message …)::int = 0 END
//
// All of them see one snapshot, and none sees what another wrote; what one
// took, another knows from its RETURNING only. No row is updated by two of them,
// for PostgreSQL would lose one of the updates in silence.

// deletion generates the queries around the user's own.
type deletion struct {
	j      *job
	root   *relation
	schema string // as the user's statement has it
	suffix string // tells the queries of several deletions in one statement apart
	rootAs string // the name of the query that holds the user's statement

	judged bool   // the user's statement sets a marker that may turn out to be the live value
	marker string // what the marker of other rows is set to, where it is not each kind's own

	before []string // queries in front of the user's
	after  []string // and behind
	taken  map[*relation][]string

	order    []*relation // those of taken, as they were reached
	restores bool        // this is a restore
	keptOut  []string    // queries for tables that did not take back all rows that a restore inserted
	when     string      // of rows without ids: a query of the markers that they have
	preview  bool        // nothing is changed, only counted
	split    bool        // everything is read first, and changed at the end, unless something is violated
	changes  []func()    // then: what is to be changed
	unlinked []unlinked
	among    []*relation // where to look for rows of a deletion; nil: what is connected to the root

	earlier  []*deletion // those of the same statement, whose rows are not to be taken again
	violated bool        // there is a query that finds violations

	violationName string // of that query
	lockInSet     bool   // the lock of the user's rows should stand in the SET of their deletion id
	rootLocked    bool   // and does
	rootRef       string // what the user's statement calls its target, quoted
}

// unlinked is a query of the rows of a table that lose a reference.
type unlinked struct {
	relation *relation
	query    string
}

// follows reports whether a delete of the table has consequences beyond it.
func (r *relation) follows() bool {
	return slices.ContainsFunc(r.children, func(f *foreignKey) bool { return f.action != KeepVisible })
}

func (j *job) newDeletion(root *relation, schema string) *deletion {
	j.deletions++
	d := &deletion{j: j, root: root, schema: schema, taken: map[*relation][]string{}, earlier: slices.Clone(j.siblings)}
	if j.deletions > 1 {
		d.suffix = fmt.Sprint(j.deletions)
	}
	d.rootAs = d.name("root")
	return d
}

// name makes the name of a query. Names of tables are clipped: PostgreSQL would
// clip the whole, and two could become one.
func (d *deletion) name(s string) string {
	const longest = 40
	if len(s) > longest {
		s = clipTo(s, longest)
	}
	name := aliasPrefix + "_" + s + d.suffix
	for n := 2; d.j.names[name]; n++ {
		name = fmt.Sprintf("%s_%s%s_%d", aliasPrefix, s, d.suffix, n)
	}
	d.j.names[name] = true
	return name
}

func (d *deletion) rootName() string { return d.rootAs }

func (d *deletion) query(name, text string) {
	d.after = append(d.after, lex.QuoteIdent(name)+" AS "+text)
}

// id is the expression for the id of what this statement deletes, the same
// wherever it stands.
// gen_random_uuid() in a SET would be another one for each row.
func (d *deletion) id() string {
	if d.j.deletionID == "" {
		name := d.name("id")
		d.before = append(d.before, lex.QuoteIdent(name)+" AS MATERIALIZED (SELECT gen_random_uuid() AS id)")
		d.j.deletionID = "(SELECT id FROM " + lex.QuoteIdent(name) + ")"
	}
	return d.j.deletionID
}

// assignments is what a deletion sets in a row of t besides the marker.
func (d *deletion) bookkeeping(t *table, users ...string) []string {
	var list []string
	if c := t.entry.DeletionID; c != "" {
		list = append(list, lex.QuoteIdent(c)+" = "+d.id())
	}
	return append(list, d.j.authorship(t, users)...)
}

// authorship is what says who deleted a row of t, and why, but for columns that
// the user sets.
func (j *job) authorship(t *table, users []string) []string {
	var list []string
	if c := t.entry.DeletedBy; c != "" && !slices.Contains(users, c) {
		list = append(list, lex.QuoteIdent(c)+" = "+j.extra(extraActor))
	}
	if c := t.entry.Reason; c != "" && !slices.Contains(users, c) {
		list = append(list, lex.QuoteIdent(c)+" = "+j.extra(extraReason))
	}
	return list
}

// assignments is the SET list of a row of r, known as c, that the deletion takes.
func (d *deletion) assignments(r *relation) string {
	t := r.table
	if d.preview || r.archived() {
		return ""
	}
	if d.restores {
		return t.restored()
	}
	value := t.marker.deletedValue()
	if d.marker != "" && t.marker == d.root.table.marker && t.marker != Flag {
		value = d.marker
	}
	return strings.Join(append([]string{lex.QuoteIdent(t.column) + " = " + d.locked(r, "c", value)}, d.bookkeeping(t)...), ", ")
}

// generate makes the queries; the user's own is to yield the columns of keys().
func (d *deletion) generate() {
	d.take(d.root, d.rootName())
	if d.judged {
		name := d.name("taken")
		dead := d.root.table.condition("r", onlyDeleted).text
		d.query(name, fmt.Sprintf("(SELECT %s FROM %s AS r WHERE %s)", list("r", d.root.keyColumns()), lex.QuoteIdent(d.rootName()), dead))
		d.taken[d.root] = []string{name}
	}
	components := d.root.components()
	for _, c := range components {
		switch {
		case c.cyclic():
			d.cycle(c)
		case c[0] != d.root:
			d.children(c[0])
		}
	}
	var reached []*relation
	for _, c := range components {
		reached = append(reached, c...)
	}
	var violations []string
	for _, child := range childrenOf(reached) {
		violations = append(violations, d.setNew(child)...)
	}
	for _, f := range d.j.r.tables.foreignKeys {
		if f.forbids() && d.taken[f.parent] != nil {
			violations = append(violations, d.violation(f))
		}
	}
	d.violations(violations)
	d.change()
	d.keepRecords()
	for _, f := range d.j.r.tables.foreignKeys {
		if d.taken[f.parent] != nil {
			d.j.noteKey(f)
		}
	}
	if d.j.r.tables.journal && !d.preview {
		d.j.note(RuleJournal, nil, "a row of %s says what was deleted", deletionsTable)
		d.journal(reached)
	}
}

// violations adds the query that holds what is violated, if anything can be.
func (d *deletion) violations(queries []string) {
	if len(queries) > 0 {
		d.violated, d.violationName = true, d.name("violation")
		d.query(d.violationName, "MATERIALIZED (SELECT min(v.message) AS message FROM ("+strings.Join(queries, " UNION ALL ")+") AS v)")
	}
}

// keys are the columns that the user's statement must yield.
func (d *deletion) keys() []string {
	cols := d.root.keyColumns()
	if d.root.archived() {
		return cols
	}
	if (d.judged || d.marker != "") && !slices.Contains(cols, d.root.table.column) {
		cols = append(cols, d.root.table.column)
	}
	return cols
}

// rows is a FROM item with the given columns of all rows of r that were taken.
func (d *deletion) rows(r *relation, columns []string, alias string) string {
	from := d.taken[r]
	if len(from) == 1 {
		return lex.QuoteIdent(from[0]) + " AS " + alias
	}
	var arms []string
	for _, name := range from {
		arms = append(arms, "SELECT "+list("", columns)+" FROM "+lex.QuoteIdent(name))
	}
	return "(" + strings.Join(arms, " UNION ALL ") + ") AS " + alias
}

// candidates is the condition for rows of r, known as ref, that can be taken.
func (d *deletion) candidates(r *relation, ref string) string {
	if d.when == "" {
		return cmp.Or(conjoined(r.live(ref), d.notTakenEarlier(r, ref)), "true")
	}
	return fmt.Sprintf("%s AND %s.%s IN (SELECT w.at FROM %s AS w)", r.table.condition(ref, onlyDeleted).text, ref, lex.QuoteIdent(r.table.column), lex.QuoteIdent(d.when))
}

// columns are what is needed of each row of r that is taken.
func (d *deletion) columns(r *relation) []string {
	if d.when == "" {
		return r.keyColumns()
	}
	return r.restoreColumns()
}

// locked is value, in an expression that locks the row of r known as ref as a real
// DELETE would. An UPDATE of the marker alone does not stop another transaction
// that has just checked the row for a new child, FOR KEY SHARE. It stands in SET: a
// condition could be tested before joins and other conditions, and lock rows that
// are not deleted, all of the table where a join has no index.
func (d *deletion) locked(r *relation, ref, value string) string {
	if d.preview || d.split || d.when != "" {
		return value
	}
	if lock := lockRow(r, d.schema, ref); lock != "" {
		return fmt.Sprintf("CASE WHEN %s THEN %s ELSE %[2]s END", lock, value)
	}
	return value
}

func lockRow(r *relation, schema, ref string) string {
	if !slices.ContainsFunc(r.children, func(f *foreignKey) bool { return f.twin == "" && f.action != KeepVisible }) {
		return ""
	}
	const alias = aliasPrefix + "_lock"
	return fmt.Sprintf("(SELECT true FROM %s AS %s WHERE %s FOR UPDATE)", r.sqlName(schema), alias, conjoined(r.live(alias), equal(alias, r.key, ref, r.key)))
}

// conjoined joins conditions, leaving out the empty ones.
func conjoined(conds ...string) string {
	return strings.Join(slices.DeleteFunc(conds, func(c string) bool { return c == "" }), " AND ")
}

// children deletes the rows of r whose parents were taken.
func (d *deletion) children(r *relation) {
	var incoming []*foreignKey
	for _, f := range r.parents {
		if f.action == Cascade && d.taken[f.parent] != nil {
			incoming = append(incoming, f)
		}
	}
	name := d.name(r.named.name)
	if len(incoming) == 1 {
		f := incoming[0]
		d.query(name, d.taking(r, d.assignments(r), d.rows(f.parent, f.refColumns, "p"),
			conjoined(equal("c", f.columns, "p", f.refColumns), d.candidates(r, "c")), d.columns(r)))
	} else {
		// By which references a row was reached, and what they were: one that another
		// transaction has changed since does not count.
		cols := withColumns(r.key, incoming)
		var arms, flags, still []string
		for i, f := range incoming {
			var marks string
			for g := range incoming {
				marks += fmt.Sprintf(", %t AS %s", g == i, flagName(g))
			}
			arms = append(arms, d.childKeys(f, list("c", cols)+marks))
			flags = append(flags, fmt.Sprintf("bool_or(u.%s) AS %[1]s", flagName(i)))
			still = append(still, fmt.Sprintf("k.%s AND %s", flagName(i), equal("c", f.columns, "k", f.columns)))
		}
		d.update(name, r, fmt.Sprintf("(SELECT %s, %s FROM (%s) AS u GROUP BY %[1]s)", list("u", cols), strings.Join(flags, ", "), strings.Join(arms, " UNION ALL ")),
			"("+strings.Join(still, " OR ")+")")
	}
	d.take(r, name)
}

// childKeys selects the live children of the rows taken of f's parent.
func (d *deletion) childKeys(f *foreignKey, what string) string {
	return fmt.Sprintf("SELECT %s FROM %s AS c JOIN %s ON %s WHERE %s", what, f.child.sqlName(d.schema),
		d.rows(f.parent, f.refColumns, "p"), equal("c", f.columns, "p", f.refColumns), d.candidates(f.child, "c"))
}

// withColumns is a list of columns with those of the foreign keys, each once.
func withColumns(columns []string, fks []*foreignKey) []string {
	columns = slices.Clone(columns)
	for _, f := range fks {
		for _, c := range f.columns {
			if !slices.Contains(columns, c) {
				columns = append(columns, c)
			}
		}
	}
	return columns
}

// update deletes the rows of r whose keys the query from yields, as k, if still is
// true of them: it is tested again where the row was changed meanwhile.
func (d *deletion) update(name string, r *relation, from, still string) {
	notRoot := ""
	if r == d.root {
		notRoot = d.notTaken(r, "c")
	}
	d.query(name, d.taking(r, d.assignments(r), from+" AS k",
		conjoined(equal("c", r.key, "k", r.key), still, d.candidates(r, "c"), notRoot), d.columns(r)))
}

// notTaken is the condition that a row of r, known as ref, is none of those taken.
func (d *deletion) notTaken(r *relation, ref string) string {
	var conds []string
	for _, name := range d.taken[r] {
		conds = append(conds, fmt.Sprintf("NOT EXISTS (SELECT FROM %s AS d WHERE %s)", lex.QuoteIdent(name), equal("d", r.key, ref, r.key)))
	}
	return conjoined(conds...)
}

// notTakenEarlier is the same for the other deletions of the statement. In
// WITH a AS (DELETE FROM orders …) DELETE FROM users …, the cascade from users
// must leave alone what a deletes.
func (d *deletion) notTakenEarlier(r *relation, ref string) string {
	var conds []string
	for _, e := range d.earlier {
		conds = append(conds, e.notTaken(r, ref))
	}
	return conjoined(conds...)
}

// cycle deletes what is reachable in tables whose cascades run in a circle. The
// rows are found by recursion first. It ends, because UNION drops what it has
// seen. The columns of all tables stand side by side, so that their types are
// kept and indexes can be used.
func (d *deletion) cycle(c component) {
	name, recursive := d.name("cycle"), d.name("r")
	within := func(f *foreignKey) bool { return f.action == Cascade && slices.Contains(c, f.parent) }
	references := func(r *relation) []*foreignKey {
		var fks []*foreignKey
		for _, f := range r.parents {
			if f.action == Cascade && (within(f) || d.taken[f.parent] != nil) {
				fks = append(fks, f)
			}
		}
		return fks
	}
	known := map[*relation][]string{} // of each row: its keys, and its references
	var columns []string
	offset := map[*relation]int{}
	for _, r := range c {
		offset[r] = len(columns)
		known[r] = withColumns(r.keyColumns(), references(r))
		for range known[r] {
			columns = append(columns, fmt.Sprintf("k%d", len(columns)+1))
		}
	}
	own := func(r *relation) []string { return columns[offset[r] : offset[r]+len(known[r])] }
	// Typed NULLs: their types are not known here, but the server knows.
	values := func(r *relation, ref string) string {
		out := []string{fmt.Sprint(slices.Index(c, r))}
		for _, other := range c {
			for i, col := range known[other] {
				// The rows of the user's statement are not changed again.
				if other == r && (ref == "c" || i < len(r.keyColumns())) {
					out = append(out, ref+"."+lex.QuoteIdent(col))
				} else {
					out = append(out, fmt.Sprintf("(SELECT n.%s FROM %s AS n WHERE false)", lex.QuoteIdent(col), other.sqlName(d.schema)))
				}
			}
		}
		return strings.Join(out, ", ")
	}
	var seeds, steps []string
	for _, r := range c {
		if r == d.root {
			seeds = append(seeds, fmt.Sprintf("SELECT %s FROM %s AS p", values(r, "p"), lex.QuoteIdent(d.taken[r][0])))
		}
		for _, f := range r.parents {
			switch {
			case within(f):
				parent := own(f.parent)
				var refs []string
				for _, col := range f.refColumns {
					refs = append(refs, parent[slices.Index(known[f.parent], col)])
				}
				steps = append(steps, fmt.Sprintf("SELECT %s FROM %s AS c WHERE %s", values(r, "c"), r.sqlName(d.schema),
					conjoined(fmt.Sprintf("%s.t = %d", recursive, slices.Index(c, f.parent)), equal("c", f.columns, recursive, refs), d.candidates(r, "c"))))
			case f.action == Cascade && d.taken[f.parent] != nil:
				seeds = append(seeds, fmt.Sprintf("SELECT %s FROM %s AS c JOIN %s ON %s WHERE %s", values(r, "c"), r.sqlName(d.schema),
					d.rows(f.parent, f.refColumns, "p"), equal("c", f.columns, "p", f.refColumns), d.candidates(r, "c")))
			}
		}
	}
	all := "t, " + strings.Join(columns, ", ")
	d.query(name, fmt.Sprintf("MATERIALIZED (WITH RECURSIVE %s(%s) AS ((%s) UNION SELECT x.* FROM %[1]s CROSS JOIN LATERAL (%[4]s) AS x(%[2]s)) SELECT * FROM %[1]s)",
		recursive, all, strings.Join(seeds, " UNION ALL "), strings.Join(steps, " UNION ALL ")))
	for i, r := range c {
		var keys []string
		for k, col := range known[r] {
			keys = append(keys, own(r)[k]+" AS "+lex.QuoteIdent(col))
		}
		var still []string
		for _, col := range withColumns(nil, references(r)) {
			still = append(still, fmt.Sprintf("c.%s IS NOT DISTINCT FROM k.%[1]s", lex.QuoteIdent(col)))
		}
		rowsOf := d.name(r.named.name)
		d.update(rowsOf, r, fmt.Sprintf("(SELECT %s FROM %s WHERE t = %d)", strings.Join(keys, ", "), lex.QuoteIdent(name), i), strings.Join(still, " AND "))
		d.take(r, rowsOf)
	}
}

// childrenOf lists the tables that lose a reference when rows of the given ones
// are deleted, each once.
func childrenOf(reached []*relation) []*relation {
	var children []*relation
	for _, r := range reached {
		for _, f := range r.children {
			if f.setsNew() && !slices.Contains(children, f.child) {
				children = append(children, f.child)
			}
		}
	}
	return children
}

// setNew carries out SET NULL and SET DEFAULT in one table, all foreign keys at
// once, and logs what was replaced. It returns queries for what is violated.
func (d *deletion) setNew(child *relation) (violations []string) {
	var fks, defaults []*foreignKey
	for _, f := range child.parents {
		if f.setsNew() && d.taken[f.parent] != nil {
			fks = append(fks, f)
			if f.action == SetDefault {
				defaults = append(defaults, f)
			}
		}
	}
	var set []string // the columns that change
	for _, f := range fks {
		for _, c := range f.set {
			if !slices.Contains(set, c) {
				set = append(set, c)
			}
		}
	}
	kept := slices.Clone(child.key)
	keep := func(columns []string) {
		for _, c := range columns {
			if !slices.Contains(kept, c) {
				kept = append(kept, c)
			}
		}
	}
	keep(set)
	for _, f := range fks {
		keep(f.columns) // of which set may be a part
	}
	flag := func(f *foreignKey) string { return flagName(slices.Index(fks, f)) }

	// Which rows, with their old keys, and which of their foreign keys.
	var arms []string
	for _, f := range fks {
		cols := list("c", kept)
		if len(fks) > 1 {
			for _, g := range fks {
				cols += fmt.Sprintf(", %t AS %s", f == g, flag(g))
			}
		}
		arms = append(arms, fmt.Sprintf("SELECT %s FROM %s", cols, fmt.Sprintf("%s AS c JOIN %s ON %s", child.sqlName(d.schema),
			d.rows(f.parent, f.refColumns, "p"), equal("c", f.columns, "p", f.refColumns))))
		if where := conjoined(child.live("c"), d.notTaken(child, "c"), d.notTakenEarlier(child, "c")); where != "" {
			arms[len(arms)-1] += " WHERE " + where
		}
		if len(fks) > 1 && !d.preview && !d.split {
			// One reference may have been changed since, another not. With what the locked row
			// refers to, the log of old references does not take that change for ours.
			arms[len(arms)-1] = "SELECT a.* FROM (" + arms[len(arms)-1] + " FOR NO KEY UPDATE OF c) AS a"
		}
	}
	held := d.name("set_" + child.named.name)
	text := arms[0]
	if len(fks) > 1 {
		text = "SELECT " + list("u", kept)
		for _, f := range fks {
			text += fmt.Sprintf(", bool_or(u.%s) AS %[1]s", flag(f))
		}
		text += " FROM (" + strings.Join(arms, " UNION ALL ") + ") AS u GROUP BY " + list("u", kept)
	}
	d.query(held, "MATERIALIZED ("+text+")")
	d.unlinked = append(d.unlinked, unlinked{child, held})
	if !d.preview {
		d.later(func() { violations = d.replace(child, fks, defaults, set, kept, held) })
	}
	return violations
}

// replace changes the rows that the query held has, and logs it.
func (d *deletion) replace(child *relation, fks, defaults []*foreignKey, set, kept []string, held string) (violations []string) {
	// A reference that another transaction has changed since is left alone.
	still := func(f *foreignKey) string { return equal("c", f.columns, "h", f.columns) }
	if len(fks) > 1 {
		still = func(f *foreignKey) string {
			return fmt.Sprintf("(h.%s AND %s) IS TRUE", flagName(slices.Index(fks, f)), equal("c", f.columns, "h", f.columns))
		}
	}

	// DEFAULT can stand in no CASE: one UPDATE for each combination of the keys
	// that take their default, and every row is in exactly one of them.
	var updates []string
	for mask := range 1 << len(defaults) {
		where := conjoined(equal("c", child.key, "h", child.key), child.live("c"), d.unlessViolated())
		if len(fks) == 1 {
			where = conjoined(where, still(fks[0]))
		}
		var assigned []string
		done := map[string]bool{}
		for i, f := range defaults {
			chosen := mask>>i&1 == 1
			if len(fks) > 1 {
				where += " AND " + map[bool]string{true: "", false: "NOT "}[chosen] + still(f)
			} else if !chosen {
				where = ""
			}
			for _, c := range f.set {
				if chosen && !done[c] {
					done[c] = true
					assigned = append(assigned, lex.QuoteIdent(c)+" = DEFAULT")
				}
			}
		}
		for _, f := range fks {
			for _, c := range f.set {
				if f.action != SetNull || done[c] {
					continue
				}
				done[c] = true
				if len(fks) == 1 {
					assigned = append(assigned, lex.QuoteIdent(c)+" = NULL")
					continue
				}
				var by []string
				for _, g := range fks {
					if g.action == SetNull && slices.Contains(g.set, c) {
						by = append(by, still(g))
					}
				}
				assigned = append(assigned, fmt.Sprintf("%s = CASE WHEN %s THEN NULL ELSE c.%[1]s END", lex.QuoteIdent(c), strings.Join(by, " OR ")))
			}
		}
		if where == "" || len(assigned) == 0 {
			continue
		}
		name := d.name("new_" + child.named.name)
		updates = append(updates, name)
		d.query(name, fmt.Sprintf("(UPDATE %s AS c SET %s FROM %s AS h WHERE %s RETURNING %s)", child.sqlName(d.schema),
			strings.Join(assigned, ", "), lex.QuoteIdent(held), where, list("c", kept)))
	}
	news := unionOf(updates, kept)

	// What was replaced, and by what.
	old := jsonObject("h", set)
	if len(fks) > 1 {
		var pairs []string
		for _, c := range set {
			var by []string
			for _, f := range fks {
				if slices.Contains(f.set, c) {
					by = append(by, "h."+flagName(slices.Index(fks, f)))
				}
			}
			pairs = append(pairs, fmt.Sprintf("%s, CASE WHEN (%s) AND n.%s IS DISTINCT FROM h.%[3]s THEN h.%[3]s END", quoteLiteral(c), strings.Join(by, " OR "), lex.QuoteIdent(c)))
		}
		old = "jsonb_strip_nulls(jsonb_build_object(" + strings.Join(pairs, ", ") + "))"
	}
	d.query(d.name("links_"+child.named.name), fmt.Sprintf("(INSERT INTO %s (deletion_id, table_name, key, old, new) SELECT %s, %s, %s, %s, %s FROM %s AS h JOIN %s AS n ON %s)",
		linksTable, d.id(), quoteLiteral(child.display()), jsonObject("h", child.key), old, jsonObject("n", set),
		lex.QuoteIdent(held), news, equal("n", child.key, "h", child.key)))

	// The default's parent must be there, and not be among what is deleted now.
	for _, f := range defaults {
		isLive := "true"
		if f.parent.marked() {
			isLive = f.parent.live("p")
		}
		var taken []string
		for _, name := range d.taken[f.parent] {
			taken = append(taken, fmt.Sprintf("EXISTS (SELECT FROM %s AS d WHERE %s)", lex.QuoteIdent(name), equal("d", f.refColumns, "n", f.columns)))
		}
		among := strings.Join(taken, " OR ")
		violations = append(violations,
			fmt.Sprintf("SELECT %s AS message FROM %s AS n WHERE %s", violationMessage(violatedByParent, f, "n", f.columns), news, among),
			fmt.Sprintf("SELECT %s AS message FROM %s AS n WHERE (SELECT %s FROM %s AS p WHERE %s FOR KEY SHARE) IS FALSE AND NOT (%s)",
				violationMessage(violatedByChild, f, "n", f.columns), news, isLive, f.parent.sqlName(d.schema), equal("p", f.refColumns, "n", f.columns), among))
	}
	return violations
}

// violation finds live children that keep rows from being deleted.
func (d *deletion) violation(f *foreignKey) string {
	text := fmt.Sprintf("SELECT %s AS message FROM %s AS c JOIN %s ON %s", violationMessage(violatedByParent, f, "p", f.refColumns),
		f.child.sqlName(d.schema), d.rows(f.parent, f.refColumns, "p"), equal("c", f.columns, "p", f.refColumns))
	if where := conjoined(f.child.live("c"), d.notTaken(f.child, "c"), d.notTakenEarlier(f.child, "c")); where != "" {
		text += " WHERE " + where
	}
	return text
}

// guard is the condition that raises what was found to be violated, and else is
// what otherwise says. A cast fails at execution: SQL has no other way to raise an
// error. The text comes from a query, so that it is not folded when planned.
func (d *deletion) guard(otherwise bool) string {
	message := "(SELECT message FROM " + lex.QuoteIdent(d.violationName) + ")"
	return fmt.Sprintf("CASE WHEN %s IS NULL THEN %t ELSE %s::int = 0 END", message, otherwise, message)
}

// check raises a violation from within a WITH clause, where no query but a
// data-modifying one is sure to be executed. It updates nothing: its condition
// holds no column, so that it is tested once, before any row is read.
func (d *deletion) check() {
	if d.root.archived() {
		d.query(d.name("check"), fmt.Sprintf("(DELETE FROM %s WHERE %s)", d.root.sqlName(d.schema), d.guard(false)))
		return
	}
	marker := lex.QuoteIdent(d.root.table.column)
	d.query(d.name("check"), fmt.Sprintf("(UPDATE %s SET %s = %s WHERE %s)", d.root.sqlName(d.schema), marker, marker, d.guard(false)))
}

// journal notes the deletion, unless it took nothing.
func (d *deletion) journal(reached []*relation) {
	var counts, any []string
	for _, r := range reached {
		var parts []string
		for _, name := range d.taken[r] {
			parts = append(parts, "(SELECT count(*) FROM "+lex.QuoteIdent(name)+")")
		}
		if len(parts) > 0 {
			counts = append(counts, fmt.Sprintf("%s, nullif(%s, 0)", quoteLiteral(r.display()), strings.Join(parts, " + ")))
		}
	}
	any = append(any, conjoined("EXISTS (SELECT FROM "+lex.QuoteIdent(d.taken[d.root][0])+")", d.unlessViolated()))
	d.query(d.name("journal"), fmt.Sprintf("(INSERT INTO %s (id, part, table_name, actor, reason, rows) SELECT %s, %d, %s, %s, %s, jsonb_strip_nulls(jsonb_build_object(%s)) WHERE %s)",
		deletionsTable, d.id(), len(d.earlier)+1, quoteLiteral(d.root.display()), d.j.extra(extraActor), d.j.extra(extraReason), strings.Join(counts, ", "), strings.Join(any, " OR ")))
}

// flagName names a column that tells whether a row was reached by a foreign key.
func flagName(i int) string { return fmt.Sprintf("%s_f%d", aliasPrefix, i+1) }

// equal is a.x = b.y for the columns in order.
func equal(a string, acols []string, b string, bcols []string) string {
	parts := make([]string, len(acols))
	for i := range acols {
		parts[i] = a + "." + lex.QuoteIdent(acols[i]) + " = " + b + "." + lex.QuoteIdent(bcols[i])
	}
	return strings.Join(parts, " AND ")
}

// list is ref.a, ref.b for the columns, or a, b without a ref.
func list(ref string, columns []string) string {
	parts := make([]string, len(columns))
	for i, c := range columns {
		parts[i] = lex.QuoteIdent(c)
		if ref != "" {
			parts[i] = ref + "." + parts[i]
		}
	}
	return strings.Join(parts, ", ")
}

// unionOf is a FROM item, yet without an alias, of all rows of several queries.
func unionOf(names, columns []string) string {
	if len(names) == 1 {
		return lex.QuoteIdent(names[0])
	}
	var arms []string
	for _, n := range names {
		arms = append(arms, "SELECT "+list("", columns)+" FROM "+lex.QuoteIdent(n))
	}
	return "(" + strings.Join(arms, " UNION ALL ") + ")"
}

func jsonObject(ref string, columns []string) string {
	parts := make([]string, len(columns))
	for i, c := range columns {
		parts[i] = quoteLiteral(c) + ", " + ref + "." + lex.QuoteIdent(c)
	}
	return "jsonb_build_object(" + strings.Join(parts, ", ") + ")"
}

// component is a set of tables whose cascades lead from each to each; nearly
// always a single one.
type component []*relation

func (c component) cyclic() bool {
	return len(c) > 1 || slices.ContainsFunc(c[0].children, func(f *foreignKey) bool { return f.action == Cascade && f.child == c[0] })
}

// components lists what cascades reach from r, r included, each behind all that
// it is reached from: Tarjan's algorithm, its result reversed.
func (r *relation) components() []component {
	var (
		out   []component
		stack []*relation
		index = map[*relation]int{}
		low   = map[*relation]int{}
		on    = map[*relation]bool{}
	)
	var visit func(v *relation)
	visit = func(v *relation) {
		index[v], low[v] = len(index)+1, len(index)+1
		stack, on[v] = append(stack, v), true
		for _, f := range v.children {
			if f.action != Cascade {
				continue
			}
			if w := f.child; index[w] == 0 {
				visit(w)
				low[v] = min(low[v], low[w])
			} else if on[w] {
				low[v] = min(low[v], index[w])
			}
		}
		if low[v] != index[v] {
			return
		}
		i := slices.Index(stack, v)
		c := slices.Clone(stack[i:])
		for _, w := range c {
			on[w] = false
		}
		stack = stack[:i]
		out = append(out, c)
	}
	visit(r)
	slices.Reverse(out)
	return out
}
