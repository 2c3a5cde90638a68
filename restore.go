package softdelete

import (
	"fmt"
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"

	"github.com/softdelete-go/softdelete/internal/lex"
)

// A restore brings back all that one delete took. Where rows carry a deletion
// id, these are the rows with the ids of the rows that the statement names, in
// every table that cascades connect. Without ids, in what is the weaker form,
// they are the rows that cascades reach and whose markers say the same time.

// restoring is how a restore is asked for, besides its rows.
type restoring struct {
	total   bool // answer with one row: how many rows were restored, of all tables
	one     bool // only the rows named
	parents bool // the deletions that took their parents, too
	partly  bool // what is left of a deletion
}

func (r restoring) key() string {
	s := ""
	for i, on := range []bool{r.total, r.one, r.parents, r.partly} {
		if on {
			s += string("tosp"[i])
		}
	}
	return s
}

// liveValue is the live value of a marker, as an expression.
func (m Marker) liveValue() string {
	switch m {
	case Flag:
		return "false"
	case UnixSeconds, UnixMillis, UnixNanos:
		return "0"
	default:
		return "NULL"
	}
}

// cleared is what a restore sets besides the marker.
func (t *table) cleared() []string {
	var list []string
	for _, c := range []string{t.entry.DeletionID, t.entry.DeletedBy, t.entry.Reason} {
		if c != "" {
			list = append(list, lex.QuoteIdent(c)+" = NULL")
		}
	}
	return list
}

func (t *table) restored() string {
	return strings.Join(append([]string{lex.QuoteIdent(t.column) + " = " + t.marker.liveValue()}, t.cleared()...), ", ")
}

// restoreColumns are what is needed of a restored row: its keys, and its
// references to check.
func (r *relation) restoreColumns() []string {
	cols := r.keyColumns()
	for _, f := range r.parents {
		for _, c := range f.columns {
			if !slices.Contains(cols, c) {
				cols = append(cols, c)
			}
		}
	}
	return cols
}

// connected lists the policy tables that foreign keys join to r, r first: those
// that one deletion can take rows of, or with anyAction all.
func (r *relation) connected(anyAction bool) []*relation {
	list := []*relation{r}
	for i := 0; i < len(list); i++ {
		for _, f := range append(slices.Clone(list[i].children), list[i].parents...) {
			for _, other := range []*relation{f.child, f.parent} {
				if (anyAction || f.action == Cascade) && other.table != nil && !slices.Contains(list, other) {
					list = append(list, other)
				}
			}
		}
	}
	return list
}

// restoreUpdate prepares the restore that an UPDATE with the marker's live value
// is. What it returns is to be called when the statement's own edits are made.
func (j *job) restoreUpdate(w *wrapping, s *pg.UpdateStmt, ref reference, e *scopeNames) func() {
	t := ref.table
	how := j.scope.restoring
	if slices.ContainsFunc(t.rel.connected(false), (*relation).archived) {
		j.refuse(s.Relation.Location, t, "a delete takes rows of archived tables too, which no UPDATE brings back", "restore with Restore, RestoreWhere or RestoreDeletion")
		return nil
	}
	if j.reserved() || j.hides(e, t.rel.besides(w.relation.Schemaname), t, t.rel.connected(true)) {
		return nil
	}
	j.note(RuleRestore, t, "all that was deleted with the rows of %s comes back", t.name)
	if set := t.cleared(); len(set) > 0 {
		set = withoutColumns(set, assignedColumns(s.TargetList))
		nodes, err := parseSet(set)
		if err != nil {
			j.fail(err)
			return nil
		}
		if len(set) > 0 {
			j.ed.after(w.inside, " "+strings.Join(set, ", ")+",")
			s.TargetList = append(nodes, s.TargetList...)
		}
	}
	return func() {
		d := j.newDeletion(t.rel, t.rel.besides(w.relation.Schemaname))
		o, ok := j.yield(w, t, t.rel.restoreColumns())
		if !ok {
			return
		}
		d.taken[t.rel] = []string{d.rootName()}
		old := fmt.Sprintf("FROM %s AS r JOIN %s AS o ON %s WHERE %s", lex.QuoteIdent(d.rootName()), t.rel.sqlName(d.schema),
			equal("o", t.rel.key, "r", t.rel.key), t.condition("o", onlyDeleted).text)
		d.restore(old, how)
		where := ""
		if d.violated {
			j.checks = true
			if w.entry == nil {
				where = d.guard(true)
			} else {
				d.check()
			}
		}
		if how.total {
			o.list = d.total()
			o.from = "(SELECT) AS t"
		}
		j.noRows = j.noRows || o.list == "" && j.answers(w)
		j.wrap(w, d.rootName(), d.before, d.after, o, where)
	}
}

// total is an expression for the number of rows taken, in all tables.
func (d *deletion) total() string {
	var counts []string
	for _, r := range d.order {
		for _, name := range d.taken[r] {
			counts = append(counts, "(SELECT count(*) FROM "+lex.QuoteIdent(name)+")")
		}
	}
	return strings.Join(counts, " + ")
}

// restore generates the queries that restore what was deleted with the root's
// rows. old is a FROM and WHERE in which o is a root row as it was.
func (d *deletion) restore(old string, how restoring) {
	d.order, d.restores = append(d.order, d.root), true
	journal := d.j.r.tables.journal
	t := d.root.table
	sets := ""
	switch {
	case how.one:
	case t.entry.DeletionID != "":
		sets = d.name("sets")
		// Not IS NOT NULL: it would lead the planner to an index that holds the ids of all
		// deletions, to be read as a whole. A NULL finds nothing.
		seed := fmt.Sprintf("SELECT o.%s AS id %s", lex.QuoteIdent(t.entry.DeletionID), old)
		d.query(sets, "MATERIALIZED ("+d.withParents(seed, how)+")")
		d.restoreSets(sets, how)
	default:
		when := d.name("when")
		d.query(when, fmt.Sprintf("MATERIALIZED (SELECT DISTINCT o.%s AS at %s)", lex.QuoteIdent(t.column), old))
		d.restoreReached(when)
		if journal && t.marker == Timestamp {
			sets = d.name("sets")
			d.query(sets, fmt.Sprintf("MATERIALIZED (SELECT j.id FROM %s AS j WHERE j.table_name = %s AND j.restored_at IS NULL AND j.deleted_at IN (SELECT w.at FROM %s AS w))",
				deletionsTable, quoteLiteral(d.root.display()), lex.QuoteIdent(when)))
		}
	}
	d.finishRestore(sets, how)
}

// restoreID restores the deletion with that id, in all tables that d is among.
func (d *deletion) restoreID(id string, how restoring) {
	d.restores = true
	sets := d.name("sets")
	d.query(sets, "MATERIALIZED ("+d.withParents("SELECT "+id+" AS id", how)+")")
	d.restoreSets(sets, how)
	d.finishRestore(sets, how)
}

// tables are those that a deletion can have taken rows of.
func (d *deletion) tables(how restoring) []*relation {
	if d.among != nil {
		return d.among
	}
	return d.root.connected(how.parents)
}

// finishRestore puts references back, closes the journal's entries, and checks
// what was restored. sets has the ids of the deletions, if anything does.
func (d *deletion) finishRestore(sets string, how restoring) {
	violations := d.keptOut
	if d.j.r.tables.journal && sets != "" {
		violations = append(violations, d.putBack(sets, how)...)
		violations = append(violations, d.partlyGone(sets, how)...)
		violations = append(violations, d.untold(sets, how)...)
	}
	if d.j.r.tables.journal && sets != "" && !d.preview {
		closed := "j.id = s.id"
		switch tables := d.withoutIDs(); {
		case how.partly && d.timed():
			// What stays deleted needs the entry, for its references.
			for _, r := range d.order {
				closed += " AND (" + d.fewer(r, sets) + ") IS NOT TRUE"
			}
		case how.partly && tables != "":
			closed += " AND NOT j.rows ?| " + tables
		}
		d.later(func() {
			d.query(d.name("journal"), fmt.Sprintf("(UPDATE %s AS j SET restored_at = now(), restored_by = %s FROM %s AS s WHERE %s)",
				deletionsTable, d.j.extra(extraActor), lex.QuoteIdent(sets), conjoined(closed, d.unlessViolated())))
		})
	}
	for _, f := range d.j.r.tables.foreignKeys {
		switch {
		case d.taken[f.child] == nil:
		case f.parent.archived():
			violations = append(violations, d.missingParents(f))
		case f.parent.table != nil && f.action != KeepVisible:
			violations = append(violations, d.deadParents(f))
		}
	}
	d.violations(violations)
	d.change()
}

// later makes a change, at the end if the changes are.
func (d *deletion) later(f func()) {
	if d.split {
		d.changes = append(d.changes, f)
	} else {
		f()
	}
}

// withParents adds to the ids that seed selects those of the deletions that took
// the parents of what these took.
func (d *deletion) withParents(seed string, how restoring) string {
	var steps []string
	for _, r := range d.tables(how) {
		for _, f := range r.parents {
			if !how.parents || f.parent.table == nil || f.action == KeepVisible || !r.table.tellsDeletions() || !f.parent.table.tellsDeletions() {
				continue
			}
			child, childID, childDead := r.dead("c", d.schema)
			parent, parentID, parentDead := f.parent.dead("p", d.schema)
			if f.parent.archived() {
				parentDead = f.newest("c", d.schema)
			}
			steps = append(steps, fmt.Sprintf("SELECT %s AS id FROM %s JOIN %s ON %s WHERE %s AND %[1]s IS NOT NULL",
				parentID, child, parent, equal("p", f.refColumns, "c", f.columns), conjoined(childID+" = s.id", childDead, parentDead)))
		}
	}
	if len(steps) == 0 {
		return strings.Replace(seed, "SELECT ", "SELECT DISTINCT ", 1)
	}
	return fmt.Sprintf("WITH RECURSIVE %s(id) AS (%s UNION SELECT x.id FROM %[1]s AS s CROSS JOIN LATERAL (%[3]s) AS x) SELECT s.id FROM %[1]s AS s",
		d.name("r"), seed, strings.Join(steps, " UNION ALL "))
}

// restoreSets restores the rows with the deletion ids that the query sets has.
func (d *deletion) restoreSets(sets string, how restoring) {
	for _, r := range d.tables(how) {
		if r.archived() {
			d.revive(r, fmt.Sprintf("c.deletion_id = ANY (ARRAY(SELECT s.id FROM %s AS s))", lex.QuoteIdent(sets)))
			continue
		}
		if r.table.entry.DeletionID == "" {
			continue
		}
		name := d.name(r.named.name)
		notRoot := ""
		if r == d.root && d.taken[r] != nil {
			notRoot = d.notTaken(r, "c")
		}
		// A join would leave it to the planner whether to look up the ids in the index, and
		// where it has yet to learn of deleted rows it reads the index as a whole.
		where := conjoined(fmt.Sprintf("c.%s = ANY (ARRAY(SELECT s.id FROM %s AS s))", lex.QuoteIdent(r.table.entry.DeletionID), lex.QuoteIdent(sets)),
			r.table.condition("c", onlyDeleted).text, notRoot)
		d.query(name, d.taking(r, r.table.restored(), "", where, r.restoreColumns()))
		d.take(r, name)
	}
}

// taking is an UPDATE of rows known as c, or the SELECT of them.
func (d *deletion) taking(r *relation, set, from, where string, columns []string) string {
	if d.preview || d.split {
		if from != "" {
			from = ", " + from
		}
		return fmt.Sprintf("MATERIALIZED (SELECT DISTINCT %s FROM %s AS c%s WHERE %s)", list("c", columns), r.sqlName(d.schema), from, where)
	}
	if r.archived() {
		return d.leaving(r, from, where, columns)
	}
	if from != "" {
		from = " FROM " + from
	}
	return fmt.Sprintf("(UPDATE %s AS c SET %s%s WHERE %s RETURNING %s)", r.sqlName(d.schema), set, from, where, list("c", columns))
}

// change makes the changes of what was only read so far.
func (d *deletion) change() {
	if !d.split {
		return
	}
	for _, r := range d.order {
		set, see := "", live
		if d.restores {
			set, see = r.table.restored(), onlyDeleted
		} else {
			set = d.assignments(r)
		}
		for _, name := range d.taken[r] {
			d.query(d.name("change_"+r.named.name), fmt.Sprintf("(UPDATE %s AS c SET %s FROM %s AS k WHERE %s)", r.sqlName(d.schema), set,
				lex.QuoteIdent(name), conjoined(equal("c", r.key, "k", r.key), r.table.condition("c", see).text, d.unlessViolated())))
		}
	}
	for _, f := range d.changes {
		f()
	}
}

// unlessViolated is the condition of a change that is made at the end.
func (d *deletion) unlessViolated() string {
	if !d.split || !d.violated {
		return ""
	}
	return "(SELECT message FROM " + lex.QuoteIdent(d.violationName) + ") IS NULL"
}

// answered is the SELECT that tells how many rows were taken, and what was
// violated instead.
func (d *deletion) answered(count string) string {
	message := "NULL::text"
	if d.violated {
		message = "(SELECT message FROM " + lex.QuoteIdent(d.violationName) + ")"
	}
	return fmt.Sprintf("SELECT %s AS n, %s AS message", count, message)
}

func (d *deletion) take(r *relation, name string) {
	d.taken[r] = append(d.taken[r], name)
	if !slices.Contains(d.order, r) {
		d.order = append(d.order, r)
	}
}

// restoreReached restores the deleted rows that cascades reach from the root's
// and whose marker is among those of the query when. Cascades are followed as for
// a delete, with this condition in the place of the one for live rows.
func (d *deletion) restoreReached(when string) {
	d.when = when
	for _, c := range d.root.components() {
		switch {
		case c.cyclic():
			d.cycle(c)
		case c[0] != d.root:
			d.children(c[0])
		}
	}
}

// putBack restores the references that SET NULL and SET DEFAULT replaced, unless
// they have been changed since. It returns queries for rows that it could not
// update, because this statement restores them.
func (d *deletion) putBack(sets string, how restoring) (violations []string) {
	var children []*relation
	for _, r := range d.tables(how) {
		for _, f := range r.children {
			if f.setsNew() && !slices.Contains(children, f.child) {
				children = append(children, f.child)
			}
		}
	}
	for _, child := range children {
		var set []string
		for _, f := range child.parents {
			for _, c := range f.set {
				if f.setsNew() && !slices.Contains(set, c) {
					set = append(set, c)
				}
			}
		}
		name := child.sqlName(d.schema)
		links, written := d.name("links_"+child.named.name), ""
		if child.archived() {
			written = ", min(l.written_at) AS written_at"
		}
		d.query(links, fmt.Sprintf("MATERIALIZED (SELECT l.key, jsonb_object_agg(o.key, o.value) AS old, jsonb_object_agg(o.key, l.new -> o.key) AS new%s FROM %s AS l JOIN %s AS s ON l.deletion_id = s.id CROSS JOIN LATERAL jsonb_each(l.old) AS o WHERE l.table_name = %s GROUP BY l.key)",
			written, linksTable, lex.QuoteIdent(sets), quoteLiteral(child.display())))
		if d.preview {
			d.unlinked = append(d.unlinked, unlinked{child, links})
			continue
		}
		var assigned, keys, sameKeys []string
		for _, c := range set {
			// Each reference by itself: one may have been changed since, another not.
			var same []string
			for _, f := range child.parents {
				if !f.setsNew() || !slices.Contains(f.set, c) {
					continue
				}
				var all []string
				for _, of := range f.set {
					name := quoteLiteral(of)
					all = append(all, fmt.Sprintf("(NOT l.old ? %s OR to_jsonb(c.*) -> %[1]s = l.new -> %[1]s)", name))
				}
				same = append(same, strings.Join(all, " AND "))
			}
			if how.partly {
				same = []string{conjoined("("+strings.Join(same, " OR ")+")", d.parentsThere(child, c, "jsonb_populate_record(c.*, l.old)"))}
			}
			assigned = append(assigned, fmt.Sprintf("%s = CASE WHEN %s THEN (jsonb_populate_record(c.*, l.old)).%[1]s ELSE c.%[1]s END", lex.QuoteIdent(c), strings.Join(same, " OR ")))
		}
		for _, k := range child.key {
			value := fmt.Sprintf("(jsonb_populate_record(NULL::%s, l.key)).%s", name, lex.QuoteIdent(k))
			keys = append(keys, "c."+lex.QuoteIdent(k)+" = "+value)
			sameKeys = append(sameKeys, "r."+lex.QuoteIdent(k)+" = "+value)
		}
		d.later(func() {
			d.query(d.name("back_"+child.named.name), fmt.Sprintf("(UPDATE %s AS c SET %s FROM %s AS l WHERE %s)", name, strings.Join(assigned, ", "),
				lex.QuoteIdent(links), conjoined(strings.Join(keys, " AND "), d.unlessViolated())))
			if child.archived() {
				d.putBackInRecords(child, links, how)
			}
		})
		for _, taken := range d.taken[child] {
			violations = append(violations, fmt.Sprintf("SELECT %s AS message FROM %s AS l JOIN %s AS r ON %s", restoreMessage(restoreTwice, child.display()),
				lex.QuoteIdent(links), lex.QuoteIdent(taken), strings.Join(sameKeys, " AND ")))
		}
	}
	return violations
}

// parentsThere is the condition that the references of a row of child which have the column
// lead to rows that are there, or that this statement restores; rec is the row as it would be
// with them. A part of a deletion can come back without the parent that a reference led to.
func (d *deletion) parentsThere(child *relation, column, rec string) string {
	var conds, restored []string
	for _, f := range child.parents {
		if f.parent.table == nil || f.action == KeepVisible || !slices.Contains(f.columns, column) {
			continue
		}
		refers := func(ref string) string {
			var same []string
			for i, c := range f.columns {
				same = append(same, fmt.Sprintf("%s.%s = (%s).%s", ref, lex.QuoteIdent(f.refColumns[i]), rec, lex.QuoteIdent(c)))
			}
			return strings.Join(same, " AND ")
		}
		var arms []string
		for _, c := range f.columns {
			arms = append(arms, fmt.Sprintf("(%s).%s IS NULL", rec, lex.QuoteIdent(c)))
		}
		for _, name := range d.taken[f.parent] {
			arm := fmt.Sprintf("EXISTS (SELECT FROM %s AS p WHERE %s)", lex.QuoteIdent(name), refers("p"))
			if arms = append(arms, arm); f.setsNew() {
				restored = append(restored, arm)
			}
		}
		arms = append(arms, fmt.Sprintf("(SELECT true FROM %s AS p WHERE %s FOR KEY SHARE)", f.parent.sqlName(d.schema), conjoined(refers("p"), f.parent.live("p"))))
		conds = append(conds, "("+strings.Join(arms, " OR ")+")")
	}
	if d.timed() {
		// The journal's entry is of other rows, too, which stay deleted, or have come back.
		if len(restored) == 0 {
			return "false"
		}
		conds = append(conds, "("+strings.Join(restored, " OR ")+")")
	}
	return conjoined(conds...)
}

// timed reports whether times tell what is restored, and not ids.
func (d *deletion) timed() bool { return d.among == nil && !d.root.table.tellsDeletions() }

// partlyGone finds tables of which fewer rows come back than the journal says
// were taken.
func (d *deletion) partlyGone(sets string, how restoring) (violations []string) {
	if how.partly {
		return nil
	}
	for _, r := range d.order {
		violations = append(violations, fmt.Sprintf("SELECT %s AS message WHERE %s", restoreMessage(restoreGone, r.display()), d.fewer(r, sets)))
	}
	return violations
}

// fewer is the condition that fewer rows of r come back than the journal says were taken.
func (d *deletion) fewer(r *relation, sets string) string {
	var parts []string
	for _, name := range d.taken[r] {
		parts = append(parts, "(SELECT count(*) FROM "+lex.QuoteIdent(name)+")")
	}
	return fmt.Sprintf("(SELECT sum((j.rows ->> %s)::bigint) FROM %s AS j JOIN %s AS s ON j.id = s.id) > %s",
		quoteLiteral(r.display()), deletionsTable, lex.QuoteIdent(sets), strings.Join(parts, " + "))
}

// untold finds a table whose rows an id does not tell, and of which the journal says that
// the deletion took some. To leave them would close its entry, and lose the references that
// it keeps for them.
func (d *deletion) untold(sets string, how restoring) []string {
	tables := d.withoutIDs()
	if how.partly || tables == "" {
		return nil
	}
	return []string{fmt.Sprintf("SELECT %s || encode(convert_to(k.k, 'UTF8'), 'hex') AS message FROM %s AS j JOIN %s AS s ON j.id = s.id CROSS JOIN LATERAL jsonb_object_keys(j.rows) AS k(k) WHERE j.restored_at IS NULL AND k.k = ANY (%s)",
		restoreMessage(restoreUntold, ""), deletionsTable, lex.QuoteIdent(sets), tables)}
}

// withoutIDs is an array of the marked tables without deletion ids, "" if there are none
// or if times tell what is restored.
func (d *deletion) withoutIDs() string {
	if d.timed() {
		return ""
	}
	var names []string
	for _, t := range d.j.r.tables.all {
		if !t.tellsDeletions() && t.partOf == nil {
			names = append(names, quoteLiteral(t.display()))
		}
	}
	if len(names) == 0 {
		return ""
	}
	return "ARRAY[" + strings.Join(names, ", ") + "]"
}

// deadParents finds restored rows that refer to a row which stays deleted. To leave out
// first, by an anti-join or NOT IN, the parents that come back as well would save their
// look-ups, and is quadratic where the planner mistakes how many there are: it knows
// nothing of what a WITH query returns.
func (d *deletion) deadParents(f *foreignKey) string {
	var arms []string
	for _, name := range d.taken[f.child] {
		conds := []string{fmt.Sprintf("(SELECT %s FROM %s AS p WHERE %s%s) IS FALSE", f.parent.live("p"), f.parent.sqlName(d.schema),
			equal("p", f.refColumns, "x", f.columns), map[bool]string{true: "", false: " FOR KEY SHARE"}[d.preview])}
		for _, parents := range d.taken[f.parent] {
			conds = append(conds, fmt.Sprintf("NOT EXISTS (SELECT FROM %s AS d WHERE %s)", lex.QuoteIdent(parents), equal("d", f.refColumns, "x", f.columns)))
		}
		arms = append(arms, fmt.Sprintf("SELECT %s AS message FROM %s AS x WHERE %s", violationMessage(violatedByChild, f, "x", f.columns),
			lex.QuoteIdent(name), strings.Join(conds, " AND ")))
	}
	return strings.Join(arms, " UNION ALL ")
}

// withoutColumns drops the assignments to columns.
func withoutColumns(set, columns []string) []string {
	return slices.DeleteFunc(set, func(a string) bool {
		return slices.ContainsFunc(columns, func(c string) bool { return strings.HasPrefix(a, lex.QuoteIdent(c)+" = ") })
	})
}

// parseSet returns the tree of assignments.
func parseSet(set []string) ([]*pg.Node, error) {
	if len(set) == 0 {
		return nil, nil
	}
	tree, err := pg.Parse("UPDATE x SET " + strings.Join(set, ", "))
	if err != nil {
		return nil, fmt.Errorf("softdelete: own statement: %w", err)
	}
	return tree.Stmts[0].Stmt.GetUpdateStmt().TargetList, nil
}
