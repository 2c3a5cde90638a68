package softdelete

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/softdelete-go/softdelete/internal/lex"
	"github.com/softdelete-go/softdelete/internal/native"
)

// A restore of archived rows inserts them again, in the statement that brings back the
// marked rows of the same deletion. The keys of the database are checked at its end, so
// no order is needed. What the table's columns are by now is asked before: a column that
// has come since gets what rows that were there got, its default.

// reviving is how a record becomes a row again.
type reviving struct {
	columns []string          // that an INSERT can write, GENERATED ALWAYS AS IDENTITY included
	missing map[string]string // by column: an expression for rows that were deleted before it came
	varying map[string]bool   // columns whose values jsonb may write in several ways, so that there is no looking up a key by its text
	notNull map[string]bool   // of json and jsonb, must have a value: a null of a record is theirs
}

// unknownColumns is an error of the driver's that restore answers, by asking for them.
type unknownColumns struct{ relations map[string]string } // by the policy's name: as a statement has it

func (unknownColumns) Error() string {
	return "softdelete: the columns of archived tables are not known yet"
}

// columnsQuery lists the columns of one table. What PostgreSQL keeps for rows that were
// there before a column is what an archived one gets, too; else its default now.
//
// Of which types jsonb writes each value in one way is a list of the usual ones: a timestamptz
// is written in the session's time zone, a bytea as bytea_output says.
const columnsQuery = `SELECT %s, a.attname::text, CASE
  WHEN a.atthasmissing AND t.typcategory <> 'A' THEN format('(%%L::%%s[])[1]', a.attmissingval::text, format_type(a.atttypid, a.atttypmod))
  WHEN a.attidentity <> '' THEN format('nextval(%%L::regclass)', pg_get_serial_sequence(a.attrelid::regclass::text, a.attname))
  ELSE pg_get_expr(d.adbin, d.adrelid) END,
  t.typtype <> 'e' AND a.atttypid <> ALL ('{int2,int4,int8,numeric,uuid,text,varchar,name,bool,date,timestamp}'::regtype[]),
  a.attnotnull AND a.atttypid IN ('json'::regtype, 'jsonb'::regtype)
FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''`

// asking repeats ask when the driver wants to know the columns of archived tables.
func (q *request) asking(ctx context.Context, query native.Query, ask func() error) error {
	err := ask()
	var unknown unknownColumns
	if !errors.As(err, &unknown) {
		return err
	}
	var arms []string
	for _, name := range slices.Sorted(maps.Keys(unknown.relations)) {
		arms = append(arms, fmt.Sprintf(columnsQuery, quoteLiteral(name), quoteLiteral(unknown.relations[name])))
	}
	text := strings.Join(arms, " UNION ALL ")
	found := map[string]*reviving{}
	err = eachRow(past(ctx, text), query, text, nil, func(row native.Rows) error {
		var table, column string
		var missing sql.NullString
		var varying, notNull bool
		if err := row.Scan(&table, &column, &missing, &varying, &notNull); err != nil {
			return err
		}
		r := found[table]
		if r == nil {
			r = &reviving{missing: map[string]string{}, varying: map[string]bool{}, notNull: map[string]bool{}}
			found[table] = r
		}
		if r.columns = append(r.columns, column); missing.Valid {
			r.missing[column] = missing.String
		}
		r.varying[column], r.notNull[column] = varying, notNull
		return nil
	})
	if err != nil {
		return err
	}
	q.columns = found
	return ask()
}

// knowColumns fails while the columns of archived tables among these are not known.
func (q *request) knowColumns(relations []*relation, schema string) error {
	unknown := unknownColumns{map[string]string{}}
	for _, r := range relations {
		if r.archived() && q.columns[r.display()] == nil {
			unknown.relations[r.display()] = r.sqlName(schema)
		}
	}
	switch {
	case len(unknown.relations) == 0:
		return nil
	case q.columns != nil:
		return &RefusedError{Statement: "restore", Table: slices.Sorted(maps.Keys(unknown.relations))[0], Why: "it has no column that can be written", Instead: "correct the policy"}
	}
	return unknown
}

// answerArchive is a restore where archived tables may have a part in.
func (r *Rewriter) answerArchive(sc *scope, sess *session, t *table, schema, where string) (*scope, *rewritten, error) {
	q, how := sc.request, sc.restoring
	if r.opts.distributed {
		return nil, nil, &RefusedError{Statement: "restore", Table: t.display(), Why: "archived tables cannot be distributed", Instead: "mark their rows, with mode: mark"}
	}
	schema = t.rel.besides(schema)
	connected := t.rel.connected(true)
	if err := q.knowColumns(connected, schema); err != nil {
		return nil, nil, err
	}
	found, err := r.foundRows(sc, sess, t, schema, where)
	if err != nil {
		return nil, nil, err
	}
	j, err := r.directJob(sc, sess)
	if err != nil {
		return nil, nil, err
	}
	d := j.newDeletion(t.rel, schema)
	d.preview, d.restores = q.verb != verbRestore, true
	d.query(d.rootName(), "MATERIALIZED ("+found+")")
	sets := ""
	if how.one {
		d.reviveOne()
	} else {
		sets = d.name("sets")
		d.query(sets, "MATERIALIZED ("+d.withParents("SELECT f.deletion AS id FROM "+lex.QuoteIdent(d.rootName())+" AS f", how)+")")
		d.restoreSets(sets, how)
	}
	d.finishRestore(sets, how)
	sel := d.previewed()
	if !d.preview {
		sel = d.summed()
	}
	return sc, j.direct(d, sel, t), nil
}

// foundRows is a query of the deleted rows that a restore names: of a marked table their
// keys, of an archived one the ids of their records, and of both their deletions.
func (r *Rewriter) foundRows(sc *scope, sess *session, t *table, schema, where string) (string, error) {
	q := sc.request
	name := t.rel.sqlName(schema)
	keys := list("t", t.primaryKey)
	switch {
	case t.archived() && q.where == "" && slices.ContainsFunc(t.primaryKey, func(c string) bool { return q.columns[t.display()].varying[c] || t.hadOtherName(c) }):
		var same []string
		for i, c := range t.primaryKey {
			same = append(same, fmt.Sprintf("q.%s = $%d", lex.QuoteIdent(c), i+1))
		}
		return fmt.Sprintf("SELECT c.id AS record, c.deletion_id AS deletion FROM %s AS c CROSS JOIN LATERAL %s AS q WHERE %s AND %s ORDER BY c.id DESC LIMIT 1",
			recordsTable, t.rel.asRow(t.rel.dataNow("c"), schema), t.rel.unrestored("c"), strings.Join(same, " AND ")), nil
	case t.archived() && q.where == "":
		// The newest: the same key may have been deleted before, too.
		var params, types, pairs []string
		for i, c := range t.primaryKey {
			params, types = append(params, fmt.Sprintf("$%d", i+1)), append(types, lex.QuoteIdent(c))
			pairs = append(pairs, quoteLiteral(c)+", k."+lex.QuoteIdent(c))
		}
		return fmt.Sprintf("SELECT c.id AS record, c.deletion_id AS deletion FROM %s AS c WHERE %s AND c.key = (SELECT jsonb_build_object(%s) FROM (SELECT %s FROM %s WHERE false UNION ALL SELECT %s) AS k) ORDER BY c.id DESC LIMIT 1",
			recordsTable, t.rel.unrestored("c"), strings.Join(pairs, ", "), strings.Join(types, ", "), name, strings.Join(params, ", ")), nil
	case q.where == "":
		return fmt.Sprintf("SELECT %s, t.%s AS deletion FROM %s AS t WHERE %s AND (%s)", keys, lex.QuoteIdent(t.entry.DeletionID), name, t.condition("t", onlyDeleted).text, where), nil
	}
	// The condition is the user's, and may read other tables.
	alias := lex.QuoteIdent(t.name)
	s := sc.clone()
	s.request = nil
	text := ""
	if t.archived() {
		text = fmt.Sprintf("SELECT %s._sdrecord, %[1]s._sddeletion FROM (SELECT q.*, c.id AS _sdrecord, c.deletion_id AS _sddeletion FROM %s AS c CROSS JOIN LATERAL %s AS q WHERE %s AND NOT EXISTS (SELECT FROM %[2]s AS m WHERE %[5]s AND m.key = c.key AND m.id > c.id)) AS %[1]s WHERE (%[6]s\n)",
			alias, recordsTable, t.rel.asRow(t.rel.dataNow("c"), schema), t.rel.unrestored("c"), t.rel.unrestored("m"), where)
	} else {
		setTable(s.seeTable, t.display(), onlyDeleted)
		text = fmt.Sprintf("SELECT %s, %s.%s FROM %s AS %[2]s WHERE (%[5]s\n)", list(alias, t.primaryKey), alias, lex.QuoteIdent(t.entry.DeletionID), name, where)
	}
	s.key = s.canonical()
	w, err := r.lookup(s, sess, text)
	if err != nil {
		return "", err
	}
	if w.several || len(w.extras)+len(w.effects)+len(w.judged)+len(w.mustLive) > 0 {
		return "", &RefusedError{Statement: "restore", Table: t.display(), Why: "the condition is more than a condition", Instead: "pass what would stand behind WHERE"}
	}
	columns := "record, deletion"
	if !t.archived() {
		columns = list("", t.primaryKey) + ", deletion"
	}
	return fmt.Sprintf("SELECT f.* FROM (%s) AS f(%s)", w.sql, columns), nil
}

// summed selects how many rows were taken, or raises what is violated.
func (d *deletion) summed() string {
	sel := "SELECT " + d.total() + " FROM (SELECT) AS t"
	if d.violated {
		sel += " WHERE " + d.guard(true)
	}
	return sel
}

// reviveOne restores the rows that the root's query has found, and no others.
func (d *deletion) reviveOne() {
	r := d.root
	if r.archived() {
		d.revive(r, fmt.Sprintf("c.id IN (SELECT f.record FROM %s AS f)", lex.QuoteIdent(d.rootName())))
		return
	}
	name := d.name(r.named.name)
	d.query(name, d.taking(r, r.table.restored(), lex.QuoteIdent(d.rootName())+" AS f",
		conjoined(equal("c", r.key, "f", r.key), r.table.condition("c", onlyDeleted).text), r.restoreColumns()))
	d.take(r, name)
}

// revive inserts the rows of the records, known as c, for which the condition holds.
func (d *deletion) revive(r *relation, where string) {
	name := d.name(r.named.name)
	where = conjoined(r.unrestored("c"), where)
	if d.preview {
		d.query(name, fmt.Sprintf("MATERIALIZED (SELECT %s FROM %s AS c CROSS JOIN LATERAL %s AS q WHERE %s)", list("q", r.restoreColumns()), recordsTable, r.asRow(r.dataNow("c"), d.schema), where))
		d.take(r, name)
		return
	}
	records := d.name("records")
	d.query(records, fmt.Sprintf("(UPDATE %s AS c SET restored_at = now(), restored_by = %s WHERE %s RETURNING %s AS data)", recordsTable, d.j.extra(extraActor), where, r.dataNow("c")))
	columns := d.j.request.columns[r.display()]
	var values []string
	for _, c := range columns.columns {
		value := "q." + lex.QuoteIdent(c)
		if columns.notNull[c] {
			value = "COALESCE(" + value + ", 'null')"
		}
		if missing := columns.missing[c]; missing != "" {
			value = fmt.Sprintf("CASE WHEN c.data ? %s THEN %s ELSE %s END", quoteLiteral(c), value, missing)
		}
		values = append(values, value)
	}
	d.query(name, fmt.Sprintf("(INSERT INTO %s AS c (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM %s AS c CROSS JOIN LATERAL %s AS q RETURNING %s)",
		r.sqlName(d.schema), list("", columns.columns), strings.Join(values, ", "), lex.QuoteIdent(records), r.asRow("c.data", d.schema), list("c", r.restoreColumns())))
	d.take(r, name)
	d.keptOut = append(d.keptOut, fmt.Sprintf("SELECT %s AS message WHERE (SELECT count(*) FROM %s) > (SELECT count(*) FROM %s)",
		restoreMessage(restoreKeptOut, r.display()), lex.QuoteIdent(records), lex.QuoteIdent(name)))
}

// putBackInRecords does for rows that have been deleted since what putBack does for those
// that are there: links is the query of the references that were replaced. A record that
// was written before the reference was replaced is of another row with the key. What an
// older version of this library wrote has no such time, and counts as later.
func (d *deletion) putBackInRecords(child *relation, links string, how restoring) {
	data := "c.data"
	for _, f := range child.parents {
		if !f.setsNew() {
			continue
		}
		var same, pairs []string
		for _, c := range f.set {
			name := quoteLiteral(c)
			same = append(same, fmt.Sprintf("(NOT l.old ? %s OR c.data -> %[1]s = l.new -> %[1]s)", name))
			pairs = append(pairs, fmt.Sprintf("%s, l.old -> %[1]s", name))
		}
		if how.partly {
			rec := child.asRow("c.data || l.old", d.schema)
			for _, c := range f.set {
				if there := d.parentsThere(child, c, rec); there != "" {
					same = append(same, there)
				}
			}
		}
		data += fmt.Sprintf(" || CASE WHEN %s THEN jsonb_strip_nulls(jsonb_build_object(%s)) ELSE '{}' END", strings.Join(same, " AND "), strings.Join(pairs, ", "))
	}
	var there []string
	for _, k := range child.key {
		there = append(there, fmt.Sprintf("v.%s = (jsonb_populate_record(NULL::%s, l.key)).%[1]s", lex.QuoteIdent(k), child.sqlName(d.schema)))
	}
	d.query(d.name("back_records"), fmt.Sprintf("(UPDATE %s AS c SET data = %s FROM %s AS l WHERE %s AND c.key = l.key AND c.id = (SELECT max(m.id) FROM %[1]s AS m WHERE %[5]s AND m.key = l.key)"+
		" AND NOT EXISTS (SELECT FROM %s AS v WHERE %s) AND (c.written_at < l.written_at) IS NOT TRUE)",
		recordsTable, data, lex.QuoteIdent(links), child.unrestored("c"), child.unrestored("m"), child.sqlName(d.schema), strings.Join(there, " AND ")))
}

// missingParents finds restored rows whose parent in an archived table is not there.
func (d *deletion) missingParents(f *foreignKey) string {
	var arms []string
	for _, name := range d.taken[f.child] {
		conds := []string{fmt.Sprintf("NOT EXISTS (SELECT FROM %s AS p WHERE %s)", f.parent.sqlName(d.schema), equal("p", f.refColumns, "x", f.columns))}
		for _, c := range f.columns {
			conds = append(conds, "x."+lex.QuoteIdent(c)+" IS NOT NULL")
		}
		for _, parents := range d.taken[f.parent] {
			conds = append(conds, fmt.Sprintf("NOT EXISTS (SELECT FROM %s AS d WHERE %s)", lex.QuoteIdent(parents), equal("d", f.refColumns, "x", f.columns)))
		}
		arms = append(arms, fmt.Sprintf("SELECT %s AS message FROM %s AS x WHERE %s", violationMessage(violatedByChild, f, "x", f.columns), lex.QuoteIdent(name), strings.Join(conds, " AND ")))
	}
	return strings.Join(arms, " UNION ALL ")
}

// recordColumns are those that dead adds to a row of an archived table.
var recordColumns = []string{"_sdrecord", "_sdkey", "_sddeletion"}

// dead is a FROM item of the deleted rows of r, with an expression for their deletions
// and a condition.
func (r *relation) dead(ref, schema string) (from, id, cond string) {
	if !r.archived() {
		return r.sqlName(schema) + " AS " + ref, ref + "." + lex.QuoteIdent(r.table.entry.DeletionID), r.table.condition(ref, onlyDeleted).text
	}
	return fmt.Sprintf("(SELECT q.*, a.id AS _sdrecord, a.key AS _sdkey, a.deletion_id AS _sddeletion FROM %s AS a CROSS JOIN LATERAL %s AS q WHERE %s) AS %s",
		recordsTable, r.asRow(r.dataNow("a"), schema), r.unrestored("a"), ref), ref + "._sddeletion", ""
}

// asRow is data, of a record, as a row of the table.
func (r *relation) asRow(data, schema string) string {
	return fmt.Sprintf("jsonb_populate_record(NULL::%s, %s)", r.sqlName(schema), data)
}

// dataNow is the data of a record, known as ref, by the names that columns have now. The
// old ones stay in it: the policy may be ahead of the migration.
func (r *relation) dataNow(ref string) string {
	data := ref + ".data"
	var names []string
	for _, old := range slices.Sorted(maps.Keys(r.table.entry.Renamed)) {
		names = append(names, fmt.Sprintf("(%s, %s)", quoteLiteral(old), quoteLiteral(r.table.entry.Renamed[old])))
	}
	if len(names) == 0 {
		return data
	}
	return fmt.Sprintf("(SELECT %[1]s || COALESCE(jsonb_object_agg(n.now, %[1]s -> n.old), '{}') FROM (VALUES %[2]s) AS n(old, now) WHERE %[1]s ? n.old AND NOT %[1]s ? n.now)", data, strings.Join(names, ", "))
}

// hadOtherName reports whether records can have the column by another name.
func (t *table) hadOtherName(column string) bool {
	return slices.Contains(slices.Collect(maps.Values(t.entry.Renamed)), column)
}

// newest is the condition that a record, known as p, is the last of a row that is not
// there: the parent that a row known as child refers to.
func (f *foreignKey) newest(child, schema string) string {
	conds := []string{
		fmt.Sprintf("NOT EXISTS (SELECT FROM %s AS l WHERE %s)", f.parent.sqlName(schema), equal("l", f.refColumns, child, f.columns)),
		fmt.Sprintf("p._sdrecord = (SELECT max(m.id) FROM %s AS m WHERE %s AND m.key = p._sdkey)", recordsTable, f.parent.unrestored("m")),
	}
	if sameColumns(f.refColumns, f.parent.key) && !slices.ContainsFunc(f.parent.key, f.parent.table.hadOtherName) {
		// There is an index for this.
		var pairs []string
		for i, c := range f.refColumns {
			pairs = append(pairs, quoteLiteral(c)+", "+child+"."+lex.QuoteIdent(f.columns[i]))
		}
		conds = append(conds, "p._sdkey = jsonb_build_object("+strings.Join(pairs, ", ")+")")
	}
	return conjoined(conds...)
}
