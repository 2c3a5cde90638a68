package cascades

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/softdelete-go/softdelete"
)

// purpose is what a statement is generated for.
type purpose uint8

const (
	control purpose = iota // BEGIN, SAVEPOINT and the like
	deletes
	inserts
	updates
	several  // data-modifying queries side by side
	restores // of what an earlier statement deleted
)

// statement is what is sent to both sides.
type statement struct {
	purpose        purpose
	spelling       string // how the delete is spelt, for the report
	target         int    // the table of a delete
	ours, twin     string
	args, more     []any // more are for ours only
	query          bool  // through Query, and not Exec
	prepared       bool
	restore        restoreBy
	key            []string // of the row to be restored
	parents, one   bool     // options of the restore
	actor, because string
}

func (s *statement) String() string {
	if s.purpose == restores {
		return fmt.Sprintf("%s of table %d, key %q, with parents: %t, one row: %t", restoreNames[s.restore], s.target, s.key, s.parents, s.one)
	}
	text := s.ours
	if args := slices.Concat(s.args, s.more); len(args) > 0 {
		text += fmt.Sprintf("\n  parameters: %q", args)
	}
	if s.twin != s.ours {
		text += "\n  the twin's: " + s.twin
	}
	how := "Exec"
	if s.query {
		how = "Query"
	}
	if s.prepared {
		how += ", prepared"
	}
	if s.restore != notAtAll {
		how += "; then taken back by " + restoreNames[s.restore]
	}
	return text + "\n  by: " + how
}

// gen generates statements.
type gen struct {
	r    *rand.Rand
	s    *schema
	next []int     // the number of the next key, by table
	now  *snapshot // of ours

	inside     bool // in a transaction
	savepoints []string
	length     int // of the transaction, so far

	bind bool // the statement at hand has parameters
	args []any
}

func (g *gen) chance(p float64) bool { return g.r.Float64() < p }

// value is SQL for a value of the column: a literal or a parameter.
func (g *gen) value(c column, v *string) string {
	if !g.bind || g.chance(0.2) {
		return sqlValue(v)
	}
	if v == nil {
		g.args = append(g.args, nil)
	} else {
		g.args = append(g.args, c.arg(*v))
	}
	return fmt.Sprintf("$%d", len(g.args))
}

// number is a small integer, as SQL.
func (g *gen) number(below int) string {
	v := strconv.Itoa(g.r.IntN(below))
	return g.value(column{number: true}, &v)
}

// written is the table as a statement names it.
func (g *gen) written(t *table) string {
	switch {
	case t.schema != "" && !g.s.path, g.chance(0.15):
		return t.full()
	case g.chance(0.1):
		return quoted(t.name)
	}
	return name(t.name)
}

// later makes a restore of a row that was deleted before, if there is one.
func (g *gen) later() *statement {
	i := g.r.IntN(len(g.s.tables))
	if !g.s.tables[i].hasID() || len(g.now.dead[i]) == 0 {
		return nil
	}
	key, _ := pick(g.r, g.now.dead[i]).row.at(g.s.tables[i].key)
	if g.s.archives() && g.now.ambiguous(g.s) {
		return nil // which of several deleted rows with one key?
	}
	st := &statement{purpose: restores, target: i, key: key, restore: byKey}
	switch x := g.r.Float64(); {
	case x < 0.3:
		st.restore = byID
	case x < 0.6:
		st.parents = true
	case x < 0.7:
		st.one = true
	}
	return st
}

// statement makes one that modifies rows.
func (g *gen) statement() *statement {
	if g.chance(0.08) {
		if st := g.later(); st != nil {
			return st
		}
	}
	g.bind, g.args = g.chance(0.4), nil
	st := g.modify()
	st.args = g.args
	st.prepared = g.chance(0.2)
	if g.chance(0.2) {
		st.actor = pick(g.r, []string{"ann", "o'brien", "$1"})
	}
	if g.chance(0.1) {
		st.because = "because; it's so"
	}
	if st.purpose == deletes && g.s.tables[st.target].soft && g.chance(0.35) {
		g.takeBack(st)
	}
	return st
}

func (g *gen) modify() *statement {
	switch x := g.r.Float64(); {
	case x < 0.66:
		return g.delete()
	case x < 0.80:
		return g.insert()
	case x < 0.93:
		return g.update()
	case x < 0.945:
		return g.twoDeletes()
	case x < 0.95:
		return g.deleteAndInsert()
	case x < 0.97:
		return g.upsert()
	default:
		return g.delete()
	}
}

// takeBack lets the delete be restored.
func (g *gen) takeBack(st *statement) {
	switch {
	case g.s.tables[st.target].hasID():
		st.restore = restoreBy(1 + g.r.IntN(len(restoreNames)-1))
		if st.restore == byUpdate && g.s.archives() {
			st.restore = byWhere // no UPDATE brings archived rows back
		}
	case g.s.exactTimes(st.target) && !g.inside && !strings.HasPrefix(st.spelling, "UPDATE"):
		// Two deletions in one transaction would be taken for one.
		st.restore = pick(g.r, []restoreBy{byKey, byWhere, byUpdate})
	}
}

// table chooses a table with live rows.
func (g *gen) table(soft bool) (int, *table) {
	var last int
	for range 6 {
		last = g.r.IntN(len(g.s.tables))
		t := g.s.tables[last]
		if t.soft == soft && len(g.now.live[last]) > 0 && (len(g.s.children(last)) > 0 || g.chance(0.4)) {
			break
		}
	}
	return last, g.s.tables[last]
}

// target is the table of a statement, its alias and how its columns are to be
// written.
type target struct {
	i     int
	t     *table
	text  string // the table with its alias
	ref   string // qualifies columns
	plain string // may be "", where no other table is near
}

var aliases = []string{"x", "x", "a", "c", "p", "d", "r", "k", "v", "h", "n", "u", `"T"`, "old"}

func (g *gen) target(i int, alone bool) target {
	t := g.s.tables[i]
	text := g.written(t)
	out := target{i: i, t: t, text: text, ref: text}
	if t.schema != "" && strings.HasPrefix(text, name(t.schema)+".") || strings.HasPrefix(text, "public.") {
		out.ref = name(t.name)
	}
	if !alone || g.chance(0.3) {
		out.ref = pick(g.r, aliases)
		out.text += pick(g.r, []string{" AS ", " "}) + out.ref
	}
	if !alone || g.chance(0.3) {
		out.plain = out.ref
	}
	return out
}

// delete makes a DELETE, or what means one.
func (g *gen) delete() *statement {
	i, t := g.table(!g.chance(0.06))
	st := &statement{purpose: deletes, target: i, spelling: "DELETE"}
	x := g.r.Float64()
	using, marked := x < 0.10, t.marked() && g.chance(0.13)
	tgt := g.target(i, !using)
	with, source, where, ret := "", "", "", g.returning(tgt.t, tgt.plain)
	switch {
	case using:
		st.spelling = "DELETE USING"
		source, where, ret = g.using(tgt)
	case g.chance(0.06):
		st.spelling = "WITH keys DELETE"
		with = fmt.Sprintf("WITH w AS (SELECT %s FROM %s AS q WHERE %s) ", t.list("q", t.key), g.written(t), g.byKey(target{i: i, t: t, ref: "q", plain: "q"}))
		where = fmt.Sprintf("(%s) IN (SELECT * FROM w)", t.list(tgt.plain, t.key))
	default:
		where = g.where(tgt)
	}
	if g.chance(0.45) {
		ret = ""
	}
	tail := func(from string) string {
		s := ""
		if source != "" {
			s += " " + from + " " + source
		}
		if where != "" {
			s += " WHERE " + where
		}
		if ret != "" {
			s += " RETURNING " + ret
		}
		return s
	}
	only := ""
	if g.chance(0.05) {
		only = "ONLY "
	}
	st.twin = with + "DELETE FROM " + only + tgt.text + tail("USING")
	st.ours = st.twin
	if marked {
		g.mark(st, tgt, with, tail)
	}
	st.query = ret != "" && g.chance(0.8) || g.chance(0.1)
	if with == "" && !marked && g.chance(0.12) {
		st.spelling = "in WITH"
		g.within(st, ret)
	}
	return st
}

// mark spells the delete as an UPDATE of the marker, for ours only.
func (g *gen) mark(st *statement, tgt target, with string, tail func(string) string) {
	st.spelling = "UPDATE marker"
	value, deletes := "", true
	param := func(v any) {
		st.more = []any{v}
		value = fmt.Sprintf("$%d", len(g.args)+1)
	}
	how := g.r.IntN(4)
	switch tgt.t.marker {
	case softdelete.Timestamp:
		switch how {
		case 0:
			value = pick(g.r, []string{"now()", "CURRENT_TIMESTAMP", "clock_timestamp()", "statement_timestamp()"})
		case 1:
			value = pick(g.r, []string{"'2031-02-03T04:05:06.789Z'", "'2031-02-03'::timestamptz", "CAST('2031-02-03' AS timestamptz)", "transaction_timestamp()"})
		case 2:
			param(time.Date(2032, 1, 2, 3, 4, 5, 6000, time.UTC))
		default:
			param(nil)
			deletes = false
		}
	case softdelete.Flag:
		switch how {
		case 0, 1:
			value = pick(g.r, []string{"true", "TRUE", "'t'"})
		default:
			deletes = how == 2
			param(deletes)
		}
	default:
		switch how {
		case 0, 1:
			value = pick(g.r, []string{"1700000000", "extract(epoch FROM now())::bigint", "17"})
		case 2:
			param(int64(1700000000))
		default:
			param(int64(0))
			deletes = false
		}
	}
	only := ""
	if g.chance(0.05) {
		only = "ONLY "
	}
	st.ours = with + "UPDATE " + only + tgt.text + " SET " + name(tgt.t.markerName) + " = " + value + tail("FROM")
	if !deletes {
		st.purpose, st.spelling = updates, "UPDATE marker, live"
		var number string
		for _, c := range tgt.t.columns {
			if c.number {
				number = name(c.name)
			}
		}
		st.twin = with + "UPDATE " + only + tgt.text + " SET " + number + " = " + tgt.ref + "." + number + tail("FROM")
	}
}

// within puts the delete into a WITH clause.
func (g *gen) within(st *statement, ret string) {
	main := "SELECT 1 AS one"
	if ret != "" {
		main = pick(g.r, []string{"SELECT * FROM d", "SELECT count(*) FROM d", "SELECT 7"})
	}
	wrap := func(s string) string { return "WITH d AS (" + s + ") " + main }
	st.ours, st.twin, st.query = wrap(st.ours), wrap(st.twin), true
}

// using makes the sources of a delete, its condition and its RETURNING.
func (g *gen) using(x target) (source, where, ret string) {
	var f *foreignKey
	if keys := append(g.s.parents(x.i), g.s.children(x.i)...); len(keys) > 0 {
		f = pick(g.r, keys)
	}
	other := g.r.IntN(len(g.s.tables))
	if f != nil {
		if other = f.parent; other == x.i {
			other = f.child
		}
	}
	o := g.s.tables[other]
	const ref = "o"
	source = g.written(o) + " AS " + ref
	switch {
	case f == nil:
		where = g.condition(target{i: other, t: o, ref: ref, plain: ref}) + " AND " + g.condition(x)
	case f.child == x.i:
		where = joined(x.t, x.ref, f.columns, o, ref, f.refs)
	default:
		where = joined(o, ref, f.columns, x.t, x.ref, f.refs)
	}
	where += " AND " + g.condition(target{i: pick(g.r, []int{other}), t: o, ref: ref, plain: ref})
	ret = x.t.list(x.ref, x.t.key)
	switch g.r.IntN(8) {
	case 0:
		ret += ", " + x.ref + "." + x.t.numberName() + " + 1 AS more"
	case 1:
		ret = x.ref + ".*"
	}
	return source, where, ret
}

func joined(a *table, aref string, acols []int, b *table, bref string, bcols []int) string {
	var conds []string
	for i := range acols {
		conds = append(conds, a.list(aref, acols[i:i+1])+" = "+b.list(bref, bcols[i:i+1]))
	}
	return strings.Join(conds, " AND ")
}

func (t *table) numberName() string {
	for _, c := range t.columns {
		if c.number {
			return name(c.name)
		}
	}
	return ""
}

// where is a condition for few rows, mostly; "" is none.
func (g *gen) where(x target) string {
	switch p := g.r.Float64(); {
	case p < 0.02:
		return ""
	case p < 0.55:
		return g.byKey(x)
	case p < 0.70:
		return g.condition(x)
	case p < 0.78:
		return g.byReference(x)
	case p < 0.86:
		return g.exists(x)
	case p < 0.92:
		q := "q"
		return fmt.Sprintf("(%s) IN (SELECT %s FROM %s AS q ORDER BY %s LIMIT %d)", x.t.list(x.plain, x.t.key), x.t.list(q, x.t.key), g.written(x.t), x.t.list(q, x.t.key), 1+g.r.IntN(3))
	case p < 0.96:
		return g.byKey(x) + " OR " + g.byKey(x)
	}
	return "(" + g.byKey(x) + ") AND NOT " + g.condition(x)
}

// condition is one on the column of numbers.
func (g *gen) condition(x target) string {
	n := x.t.list(x.plain, []int{slices.IndexFunc(x.t.columns, func(c column) bool { return c.number })})
	switch g.r.IntN(4) {
	case 0:
		return n + " = " + g.number(10)
	case 1:
		return n + " < " + g.number(4)
	case 2:
		low := g.r.IntN(9)
		return fmt.Sprintf("%s BETWEEN %d AND %d", n, low, low+1)
	}
	return fmt.Sprintf("%s %% %d = 0", n, 3+g.r.IntN(4))
}

// someRow is a row of the table: mostly a live one, sometimes a deleted one, and
// nil for none.
func (g *gen) someRow(i int) row {
	if dead := g.now.dead[i]; len(dead) > 0 && g.chance(0.07) {
		return pick(g.r, dead).row
	}
	if live := g.now.live[i]; len(live) > 0 && !g.chance(0.03) {
		return pick(g.r, live)
	}
	return nil
}

func (g *gen) byKey(x target) string {
	key := x.t.key
	if len(x.t.unique) > 0 && g.chance(0.15) {
		key = pick(g.r, x.t.unique)
	}
	tuple := func() []string {
		var out []string
		r := g.someRow(x.i)
		for _, c := range key {
			v := x.t.columns[c].nth(900_000 + g.r.IntN(1000))
			if r != nil && r[c] != nil {
				v = *r[c]
			}
			out = append(out, g.value(x.t.columns[c], &v))
		}
		return out
	}
	if g.chance(0.6) {
		var conds []string
		for i, v := range tuple() {
			conds = append(conds, x.t.list(x.plain, key[i:i+1])+" = "+v)
		}
		return strings.Join(conds, " AND ")
	}
	var list []string
	for range 1 + g.r.IntN(4) {
		v := strings.Join(tuple(), ", ")
		if len(key) > 1 {
			v = "(" + v + ")"
		}
		list = append(list, v)
	}
	left := x.t.list(x.plain, key)
	if len(key) > 1 {
		left = "(" + left + ")"
	}
	return left + " IN (" + strings.Join(list, ", ") + ")"
}

func (g *gen) byReference(x target) string {
	keys := g.s.parents(x.i)
	r := g.someRow(x.i)
	if len(keys) == 0 || r == nil {
		return g.byKey(x)
	}
	c := pick(g.r, pick(g.r, keys).columns)
	col := x.t.list(x.plain, []int{c})
	if r[c] == nil {
		return col + " IS NULL"
	}
	return col + " = " + g.value(x.t.columns[c], r[c])
}

// exists is a condition on another table.
func (g *gen) exists(x target) string {
	keys := append(g.s.parents(x.i), g.s.children(x.i)...)
	if len(keys) == 0 {
		return g.byKey(x)
	}
	f := pick(g.r, keys)
	child, parent := g.s.tables[f.child], g.s.tables[f.parent]
	if f.child == x.i {
		return fmt.Sprintf("EXISTS (SELECT 1 FROM %s AS q WHERE %s AND %s)", g.written(parent), joined(child, x.ref, f.columns, parent, "q", f.refs),
			g.condition(target{i: f.parent, t: parent, ref: "q", plain: "q"}))
	}
	other := target{i: f.child, t: child, ref: "q", plain: "q"}
	if g.chance(0.4) {
		return fmt.Sprintf("NOT EXISTS (SELECT FROM %s AS q WHERE %s) AND %s", g.written(child), joined(child, "q", f.columns, parent, x.ref, f.refs), g.condition(x))
	}
	return fmt.Sprintf("(%s) IN (SELECT %s FROM %s AS q WHERE %s)", parent.list(x.plain, f.refs), child.list("q", f.columns), g.written(child), g.byKey(other))
}

// returning is a RETURNING list.
func (g *gen) returning(t *table, ref string) string {
	one := []int{g.r.IntN(len(t.columns))}
	switch g.r.IntN(9) {
	case 0:
		return "*"
	case 1:
		if ref != "" {
			return ref + ".*"
		}
		return "*"
	case 2:
		return t.list(ref, t.all())
	case 3:
		return t.list(ref, one) + " AS " + pick(g.r, []string{"label", `"La bel"`, "id", "c"})
	case 4:
		return "1 + 1 AS two, " + t.list(ref, t.key)
	case 5:
		return "coalesce(" + t.list(ref, one) + "::text, 'none'), " + t.list(ref, one)
	case 6:
		return "(SELECT count(*) FROM generate_series(1, 3))"
	case 7:
		return t.list(ref, one) + "::text || '!'"
	}
	return t.list(ref, t.key)
}

// newRow makes a row with a key that was never there. Its references lead to
// live, deleted or missing rows.
func (g *gen) newRow(i int) (row, bool) {
	t := g.s.tables[i]
	x := t.own(g.r, g.next[i])
	g.next[i]++
	ok := true
	for _, f := range g.s.parents(i) {
		ok = g.refer(f, x) && ok
	}
	return x, ok
}

func (g *gen) refer(f *foreignKey, x row) bool {
	t, p := g.s.tables[f.child], g.s.tables[f.parent]
	switch y := g.r.Float64(); {
	case y < 0.12 && len(g.now.dead[f.parent]) > 0:
		var dead []row
		for _, d := range g.now.dead[f.parent] {
			dead = append(dead, d.row)
		}
		return g.s.refer(g.r, f, x, dead, false)
	case y < 0.17 && !t.columns[f.columns[0]].identity:
		for i, c := range f.columns {
			v := p.columns[f.refs[i]].nth(950_000 + g.r.IntN(100))
			x[c] = &v
		}
		return true
	}
	return g.s.refer(g.r, f, x, g.now.live[f.parent], g.chance(0.1))
}

func (g *gen) insert() *statement {
	i, t := g.table(!g.chance(0.15))
	st := &statement{purpose: inserts, target: i, spelling: "INSERT"}
	var rows []row
	for range 1 + max(0, g.r.IntN(5)-2) {
		if x, ok := g.newRow(i); ok {
			rows = append(rows, x)
		}
	}
	if len(rows) == 0 {
		return g.delete()
	}
	// Columns with a default may be left out.
	columns := slices.DeleteFunc(t.all(), func(c int) bool {
		col := t.columns[c]
		return !col.own && !col.notNull && g.chance(0.15) && (col.def != "" || g.chance(0.3))
	})
	text := "INSERT INTO " + g.written(t)
	if g.chance(0.15) {
		text += " AS x"
	}
	text += " (" + t.list("", columns) + ") "
	selected := g.chance(0.2)
	var lists []string
	for _, x := range rows {
		var cells []string
		for _, c := range columns {
			v := g.value(t.columns[c], x[c])
			if selected || strings.HasPrefix(v, "$") && len(rows) > 1 {
				if t.columns[c].number {
					v += "::int"
				} else {
					v = t.columns[c].kind.expr(v)
				}
			}
			cells = append(cells, v)
		}
		if selected {
			lists = append(lists, "SELECT "+strings.Join(cells, ", "))
		} else {
			lists = append(lists, "("+strings.Join(cells, ", ")+")")
		}
	}
	if selected {
		text += strings.Join(lists, " UNION ALL ")
	} else {
		text += "VALUES " + strings.Join(lists, ", ")
	}
	if g.chance(0.15) {
		text += " ON CONFLICT "
		if !t.soft || g.chance(0.05) {
			text += "DO NOTHING"
		} else if len(t.unique) > 0 && g.chance(0.5) {
			text += "(" + t.list("", t.unique[0]) + ") DO NOTHING"
		} else {
			text += "(" + t.list("", t.key) + ") DO NOTHING"
		}
	}
	if g.chance(0.5) {
		text += " RETURNING " + g.returning(t, "")
		st.query = g.chance(0.8)
		if st.query && g.chance(0.15) {
			text = "WITH i AS (" + text + ") SELECT * FROM i"
		}
	}
	st.ours, st.twin = text, text
	return st
}

// upsert makes an INSERT that meets a live row, and gives it another reference.
func (g *gen) upsert() *statement {
	i, t := g.table(true)
	keys := slices.DeleteFunc(g.s.parents(i), func(f *foreignKey) bool { return t.columns[f.columns[0]].identity })
	if len(g.now.live[i]) == 0 || len(keys) == 0 {
		return g.delete()
	}
	x := slices.Clone(pick(g.r, g.now.live[i]))
	f := pick(g.r, keys)
	for _, c := range f.columns {
		x[c] = nil
	}
	if !g.refer(f, x) {
		return g.delete()
	}
	var cells, sets []string
	for c, col := range t.columns {
		cells = append(cells, g.value(col, x[c]))
	}
	for _, c := range f.columns {
		n := name(t.columns[c].name)
		sets = append(sets, n+" = excluded."+n)
	}
	st := &statement{purpose: inserts, target: i, spelling: "upsert"}
	st.ours = fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s) ON CONFLICT (%s) DO UPDATE SET %s", g.written(t), t.list("", t.all()), strings.Join(cells, ", "),
		t.list("", t.key), strings.Join(sets, ", "))
	if g.chance(0.4) {
		st.ours += " RETURNING " + g.returning(t, "")
		st.query = true
	}
	st.twin = st.ours
	return st
}

// update makes an UPDATE of a reference, or of the column of numbers.
func (g *gen) update() *statement {
	i, t := g.table(!g.chance(0.15))
	st := &statement{purpose: updates, target: i, spelling: "UPDATE"}
	keys := slices.DeleteFunc(g.s.parents(i), func(f *foreignKey) bool { return t.columns[f.columns[0]].identity })
	x := g.target(i, true)
	var sets []string
	number := t.numberName()
	if len(keys) > 0 && !g.chance(0.2) {
		f := pick(g.r, keys)
		r := make(row, len(t.columns))
		if !g.refer(f, r) {
			return g.delete()
		}
		for _, c := range f.columns {
			v := "DEFAULT"
			if t.columns[c].def == "" || !g.chance(0.15) {
				v = g.value(t.columns[c], r[c])
			}
			sets = append(sets, name(t.columns[c].name)+" = "+v)
		}
	}
	if len(sets) == 0 || g.chance(0.2) {
		sets = append(sets, fmt.Sprintf("%s = (%s.%[1]s + 1) %% 10", number, x.ref))
	}
	text := "UPDATE " + x.text + " SET " + strings.Join(sets, ", ")
	if where := g.where(x); where != "" {
		text += " WHERE " + where
	}
	if g.chance(0.4) {
		text += " RETURNING " + g.returning(t, x.plain)
		st.query = g.chance(0.8)
	}
	st.ours, st.twin = text, text
	return st
}

// twoDeletes makes a statement with a DELETE in its WITH clause and another one,
// of another table.
func (g *gen) twoDeletes() *statement {
	i, _ := g.table(true)
	k, _ := g.table(true)
	if len(g.s.children(i)) > 0 && g.chance(0.5) {
		k = pick(g.r, g.s.children(i)).child
	}
	if i == k {
		return g.delete()
	}
	st := &statement{purpose: several, target: i, spelling: "two DELETEs"}
	x, y := g.target(i, true), g.target(k, true)
	text := func(x target) string {
		s := "DELETE FROM " + x.text
		if where := g.where(x); where != "" {
			s += " WHERE " + where
		}
		if g.chance(0.5) {
			s += " RETURNING " + x.t.list(x.plain, x.t.key)
			st.query = true
		}
		return s
	}
	st.ours = "WITH one AS (" + text(y) + ") " + text(x)
	st.twin = st.ours
	return st
}

// deleteAndInsert makes a statement that deletes and inserts.
func (g *gen) deleteAndInsert() *statement {
	i, _ := g.table(true)
	k, t := g.table(true)
	if children := g.s.children(i); len(children) > 0 {
		k = pick(g.r, children).child
		t = g.s.tables[k]
	}
	r, ok := g.newRow(k)
	if !ok {
		return g.delete()
	}
	st := &statement{purpose: several, target: i, spelling: "DELETE and INSERT"}
	x := g.target(i, true)
	st.ours = fmt.Sprintf("WITH one AS (DELETE FROM %s WHERE %s) INSERT INTO %s (%s) VALUES (%s)", x.text, g.byKey(x), g.written(t), t.list("", t.all()), r.sql())
	st.twin = st.ours
	return st
}
