package softdelete

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/softdelete-go/softdelete/internal/beneath"
	"github.com/softdelete-go/softdelete/internal/lex"
	"github.com/softdelete-go/softdelete/internal/native"
)

// Execer is what the functions that restore and preview work on: a *sql.DB, a
// *sql.Tx or a *sql.Conn that was opened with this package.
type Execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// RestoreOption changes what [Restore], [RestoreWhere], [RestoreDeletion] and
// [PreviewRestore] bring back.
type RestoreOption func(*restoring)

// RestoreParents also restores the deletions that took the parents of what is
// restored, whole, and their parents'. It needs deletion ids.
func RestoreParents() RestoreOption { return func(r *restoring) { r.parents = true } }

// RestoreOne restores only the rows named, not what was deleted with them, and
// puts no references back.
func RestoreOne() RestoreOption { return func(r *restoring) { r.one = true } }

// RestorePartly restores what is left of a deletion of which rows are gone: purged,
// or restored on their own; or of which some are in tables without [Table.DeletionID].
func RestorePartly() RestoreOption { return func(r *restoring) { r.partly = true } }

// Restore brings back the deleted row of table with that primary key, and all
// that was deleted with it: every row of the same deletion, whatever its table,
// and every reference that SET NULL or SET DEFAULT replaced, unless it has been
// changed since. It is one statement. It returns the number of rows that came
// back, of all tables; 0 if no deleted row has the key.
//
// key is one value for each of [Table.PrimaryKey], in order; values of type
// [RestoreOption] among them are options. table is written as in [Table.Name].
//
// Without [Table.DeletionID] a deletion is told by its time: what cascades reach
// from the row and has the same marker value comes back. Two deletions in one
// transaction are then taken for one.
//
// A [*RefusedError] says why nothing was restored: the row refers to a parent
// that stays deleted (see [RestoreParents]); a live row holds a unique key; or,
// with a journal, rows of the deletion are gone (see [RestorePartly]).
func Restore(ctx context.Context, db Execer, table string, key ...any) (int64, error) {
	opts, values := splitOptions(key)
	return restore(ctx, over(db), &request{verb: verbRestore, table: table, keys: len(values)}, opts, values)
}

// RestoreWhere is [Restore] for all deleted rows of table that the condition
// holds for. where is SQL, as behind WHERE; it sees the deleted rows of table and
// the live rows of others. Of an archived table it sees, of each key, the row that was
// deleted last. args are its parameters $1, $2, …, and options.
func RestoreWhere(ctx context.Context, db Execer, table, where string, args ...any) (int64, error) {
	opts, values := splitOptions(args)
	return restore(ctx, over(db), &request{verb: verbRestore, table: table, where: where}, opts, values)
}

// RestoreDeletion is [Restore] for the deletion with that id (a uuid), of the
// column that [Table.DeletionID] names or of the journal.
func RestoreDeletion(ctx context.Context, db Execer, id string, opts ...RestoreOption) (int64, error) {
	return restore(ctx, over(db), &request{verb: verbRestoreID}, opts, []any{id})
}

// Preview is what a delete or a restore would do.
type Preview struct {
	Rows     map[string]int64 // how many rows of which table it would take or bring back
	Unlinked map[string]int64 // how many rows of which table would lose a reference, for SET NULL and SET DEFAULT, or at most get it back
	Blocked  error            // what would keep it from being done, as it would say; nil if nothing known
}

// PreviewDelete says what a DELETE of the row of table with that primary key
// would take, without deleting anything.
func PreviewDelete(ctx context.Context, db Execer, table string, key ...any) (Preview, error) {
	return preview(ctx, over(db), &request{verb: verbPreviewDelete, table: table, keys: len(key)}, nil, key)
}

// PreviewRestore says what [Restore] with the same arguments would bring back,
// without restoring anything. It does not foresee unique keys; [Obstacles] does. Neither foresees that
// a reference which SET NULL replaced in part, and which was changed since, leads to a deleted row.
func PreviewRestore(ctx context.Context, db Execer, table string, key ...any) (Preview, error) {
	opts, values := splitOptions(key)
	return preview(ctx, over(db), &request{verb: verbPreviewRestore, table: table, keys: len(values)}, opts, values)
}

// PreviewRestoreDeletion is [PreviewRestore] for [RestoreDeletion].
func PreviewRestoreDeletion(ctx context.Context, db Execer, id string, opts ...RestoreOption) (Preview, error) {
	return preview(ctx, over(db), &request{verb: verbPreviewRestoreID}, opts, []any{id})
}

func splitOptions(args []any) (opts []RestoreOption, values []any) {
	for _, a := range args {
		if o, ok := a.(RestoreOption); ok {
			opts = append(opts, o)
		} else {
			values = append(values, a)
		}
	}
	return opts, values
}

// request is what a function of the API asks for. It travels in the context, for
// only the driver has the policy. The text that travels with it reaches a server
// only if the driver is not ours, and makes no sense there.
type request struct {
	verb   verb
	table  string
	keys   int
	args   int
	where  string
	tables *tableSet // set by the driver that answers

	columns map[string]*reviving // of archived tables, by the policy's name; nil if they were not asked for

	text  string    // of verbBeneath, for its own text has a meaning
	found func(any) // is told the policy
}

type verb string

const (
	verbRestore        verb = "Restore"
	verbRestoreID      verb = "RestoreDeletion"
	verbPreviewDelete  verb = "PreviewDelete"
	verbPreviewRestore verb = "PreviewRestore"
	verbBeneath        verb = "beneath" // of internal/beneath

	verbPreviewRestoreID verb = "PreviewRestoreDeletion"
)

func init() {
	beneath.Context = func(ctx context.Context, text string, found func(any)) context.Context {
		s := scopeOf(ctx).clone()
		s.request = &request{verb: verbBeneath, text: text, found: found}
		return s.into(ctx)
	}
	beneath.Unscoped = func(ctx context.Context) context.Context {
		s := scopeOf(ctx).clone()
		return (&scope{actor: s.actor, reason: s.reason}).into(ctx)
	}
	beneath.Actor = func(ctx context.Context) string { return scopeOf(ctx).clone().actor }
	beneath.Preview = func(ctx context.Context, db beneath.Querier, restore bool, table, where string, args ...any) (map[string]int64, error) {
		opts, values := splitOptions(args)
		q := &request{verb: verbPreviewDelete, table: table, where: "(" + where + ")", keys: len(values)}
		if restore {
			q.verb = verbPreviewRestore
		}
		query := func(ctx context.Context, text string, args ...any) (native.Rows, error) {
			return db.QueryContext(ctx, text, args...) //nolint:rowserrcheck // preview does, and closes them
		}
		p, err := preview(ctx, query, q, opts, values)
		return p.Rows, err
	}
}

func (q *request) notOurs() string {
	return fmt.Sprintf("softdelete.%s works on databases that softdelete opened", q.verb)
}

func (q *request) in(ctx context.Context, opts []RestoreOption, args []any) (context.Context, error) {
	s := scopeOf(ctx).clone()
	s.restoring = restoring{total: true}
	for _, o := range opts {
		o(&s.restoring)
	}
	if s.restoring.one && s.restoring.parents {
		return nil, &RefusedError{Statement: "restore", Why: "RestoreOne and RestoreParents contradict each other", Instead: "choose one of them"}
	}
	q.args = len(args)
	s.request = q
	return s.into(ctx), nil
}

func restore(ctx context.Context, query native.Query, q *request, opts []RestoreOption, args []any) (int64, error) {
	ctx, err := q.in(ctx, opts, args)
	if err != nil {
		return 0, err
	}
	var n int64
	err = q.asking(ctx, query, func() error {
		n, err = q.restored(ctx, query, args)
		return err
	})
	return n, q.explain(err)
}

func (q *request) restored(ctx context.Context, query native.Query, args []any) (n int64, err error) {
	err = eachRow(ctx, query, q.notOurs(), args, func(rows native.Rows) error {
		if columns, err := rows.Columns(); err != nil || len(columns) == 1 {
			return errors.Join(err, rows.Scan(&n))
		}
		// Under Distributed nothing was raised; nothing was done either.
		var message sql.NullString
		if err := rows.Scan(&n, &message); err != nil || !message.Valid {
			return err
		}
		n = 0
		pgErr := &pgconn.PgError{Severity: "ERROR", Code: "22P02", Message: message.String}
		if refused := restoreError(pgErr); refused != nil {
			return refused
		}
		violationError(q.tables, pgErr, true)
		return pgErr
	})
	return n, err
}

func preview(ctx context.Context, query native.Query, q *request, opts []RestoreOption, args []any) (Preview, error) {
	ctx, err := q.in(ctx, opts, args)
	if err != nil {
		return Preview{}, err
	}
	p := Preview{}
	err = q.asking(ctx, query, func() error {
		p, err = q.previewed(ctx, query, args)
		return err
	})
	return p, q.explain(err)
}

func (q *request) previewed(ctx context.Context, query native.Query, args []any) (Preview, error) {
	p := Preview{Rows: map[string]int64{}, Unlinked: map[string]int64{}}
	err := eachRow(ctx, query, q.notOurs(), args, func(rows native.Rows) error {
		var what, name sql.NullString
		var n int64
		if err := rows.Scan(&what, &name, &n); err != nil {
			return err
		}
		switch {
		case what.String == "violation" && name.Valid:
			pgErr := &pgconn.PgError{Severity: "ERROR", Message: name.String}
			if refused := restoreError(pgErr); refused != nil {
				p.Blocked = refused
				return nil
			}
			violationError(q.tables, pgErr, true)
			p.Blocked = q.explain(pgErr)
		case what.String == "unlinked" && n > 0:
			p.Unlinked[name.String] += n
		case what.String == "row" && n > 0:
			p.Rows[name.String] += n
		}
		return nil
	})
	return p, err
}

func eachRow(ctx context.Context, query native.Query, text string, args []any, scan func(native.Rows) error) (err error) {
	rows, err := query(ctx, text, args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// explain says in words why a restore was not possible.
func (q *request) explain(err error) error {
	pgErr, _ := asServerError(err)
	if q.verb == verbPreviewDelete || pgErr == nil {
		return err
	}
	e := &RefusedError{Statement: "restore", Table: pgErr.TableName, cause: err}
	switch pgErr.Code {
	case "23503": // foreign_key_violation
		e.Why = fmt.Sprintf("a row refers to a parent that stays deleted (%s: %s)", pgErr.ConstraintName, strings.TrimSuffix(pgErr.Detail, "."))
		e.Instead = "restore the parents too, with the option RestoreParents"
	case "23505", "23P01": // unique_violation, exclusion_violation
		e.Why = fmt.Sprintf("a live row stands in the way (%s: %s)", pgErr.ConstraintName, strings.TrimSuffix(pgErr.Detail, "."))
		e.Instead = "change or delete that row first"
	case "23502": // not_null_violation
		e.Why = fmt.Sprintf("column %q must have a value, and was not there when the row was deleted", pgErr.ColumnName)
		e.Instead = "give the column a DEFAULT, or, if it had another name, say so with renamed:"
	default:
		return err
	}
	return e
}

// answer turns a request into the statement that carries it out.
func (r *Rewriter) answer(sc *scope, sess *session) (*scope, *rewritten, error) {
	q := sc.request
	q.tables = r.tables
	switch q.verb {
	case verbBeneath:
		q.found(r.tables.policy())
		return sc, &rewritten{sql: q.text}, nil
	case verbRestoreID, verbPreviewRestoreID:
		return r.answerDirectly(sc, sess, nil, "", "")
	}
	refuse := func(why, instead string) (*scope, *rewritten, error) {
		return nil, nil, &RefusedError{Statement: "restore", Table: q.table, Why: why, Instead: instead}
	}
	n, bad := parseName(q.table)
	if bad != nil {
		return refuse(bad.Problem, bad.Remedy)
	}
	found := r.tables.find(n.schema, n.name)
	if len(found) == 0 {
		return refuse("it is not a table of the policy", "name one that is, as the policy does")
	}
	if len(found) > 1 {
		if found = r.tables.byPolicyName(q.table); found == nil {
			return refuse("several schemas have a table of that name", "write schema.table")
		}
		if found[0].schema != everySchema {
			n = n.orPublic() // the statement must not be ambiguous again
		}
	}
	t := found[0].whole()
	name := t.rel.sqlName(t.rel.besides(n.schema))
	where := q.where
	if where == "" {
		if q.keys != len(t.primaryKey) {
			return refuse(fmt.Sprintf("its key is (%s), and the number of values given is %d", strings.Join(t.primaryKey, ", "), q.keys),
				"pass one value for each column of the key")
		}
		var conds []string
		for i, k := range t.primaryKey {
			conds = append(conds, fmt.Sprintf("%s = $%d", lex.QuoteIdent(k), i+1))
		}
		where = strings.Join(conds, " AND ")
	}
	if sc.restoring.parents && !t.tellsDeletions() {
		return refuse("RestoreParents needs deletion ids", "give the tables a deletion_id, or restore the parents first")
	}
	if r.opts.distributed && q.where != "" {
		return refuse("RestoreWhere is not possible under Distributed", "use Restore or RestoreDeletion")
	}
	if r.opts.distributed && sc.restoring.parents {
		return refuse("RestoreParents needs recursion, which is not possible under Distributed", "restore the parents first")
	}
	// What is deleted together with rows of a table without deletion ids is marked as well,
	// see restorable.
	if q.verb != verbPreviewDelete && t.tellsDeletions() && slices.ContainsFunc(t.rel.connected(true), (*relation).archived) {
		return r.answerArchive(sc, sess, t, n.schema, where)
	}
	if q.verb != verbRestore || r.opts.distributed {
		return r.answerDirectly(sc, sess, t, n.schema, where)
	}
	s := sc.clone()
	setTable(s.seeTable, t.display(), onlyDeleted)
	s.key = s.canonical()
	w, err := r.lookup(s, sess, fmt.Sprintf("UPDATE %s SET %s = %s WHERE %s", name, lex.QuoteIdent(t.column), t.marker.liveValue(), where))
	return s, w, err
}

// answerDirectly makes statements that hold nothing of a user's.
func (r *Rewriter) answerDirectly(sc *scope, sess *session, t *table, schema, where string) (*scope, *rewritten, error) {
	j, err := r.directJob(sc, sess)
	if err != nil {
		return nil, nil, err
	}
	var d *deletion
	sel := ""
	finish := func() {
		if sel = d.summed(); d.split {
			sel = d.answered(d.total())
		}
	}
	switch sc.request.verb {
	case verbRestoreID, verbPreviewRestoreID:
		var ids []*relation
		for _, t := range r.tables.all {
			if t.tellsDeletions() && t.partOf == nil {
				ids = append(ids, t.rel)
			}
		}
		if err := sc.request.knowColumns(ids, ""); err != nil {
			return nil, nil, err
		}
		if len(ids) == 0 {
			return nil, nil, &RefusedError{Statement: "restore", Why: "no table of the policy has a deletion_id", Instead: "restore by the key of a row, or add the column"}
		}
		d = j.newDeletion(ids[0], "")
		d.among, d.preview = ids, sc.request.verb == verbPreviewRestoreID
		d.split = r.opts.distributed && !d.preview
		d.restoreID("$1::uuid", sc.restoring)
		if finish(); d.preview {
			sel = d.previewed()
		}
	default:
		d = j.newDeletion(t.rel, t.rel.besides(schema))
		d.preview = sc.request.verb != verbRestore
		d.split = !d.preview
		see, cond, cols := live, t.rel.live("t"), d.keys()
		if sc.request.verb != verbPreviewDelete {
			see, cond, cols = onlyDeleted, t.condition("t", onlyDeleted).text, t.rel.restoreColumns()
		}
		root := fmt.Sprintf("SELECT %s FROM %s AS t WHERE %s", list("t", cols), t.rel.sqlName(d.schema), conjoined(cond, where))
		d.query(d.rootName(), "MATERIALIZED ("+root+")")
		if see == live {
			d.generate()
		} else {
			d.taken[t.rel] = []string{d.rootName()}
			d.restore(fmt.Sprintf("FROM %s AS r JOIN %s AS o ON %s WHERE true", d.rootName(), t.rel.sqlName(d.schema), equal("o", t.rel.key, "r", t.rel.key)), sc.restoring)
		}
		if finish(); d.preview {
			sel = d.previewed()
		}
	}
	return sc, j.direct(d, sel, t), nil
}

// directJob is the job of a statement that holds nothing of a user's but its parameters.
func (r *Rewriter) directJob(sc *scope, sess *session) (*job, error) {
	resolved, err := sc.resolve(r.tables)
	if err != nil {
		return nil, err
	}
	base := "SELECT"
	if n := max(sc.request.keys, sc.request.args); n > 0 {
		base = "SELECT $" + fmt.Sprint(n)
	}
	toks, err := lex.Scan(base, nil)
	if err != nil {
		return nil, err
	}
	j := r.newJob(newText(base, toks), resolved, sess)
	j.request = sc.request
	if j.kind = "restore"; sc.request.verb == verbPreviewDelete {
		j.kind = "preview"
	}
	if j.hiddenBook(0, nil) {
		return nil, j.err
	}
	return j, nil
}

// direct is the statement of the deletion's queries and sel; t is the table that was
// named, if one was.
func (j *job) direct(d *deletion, sel string, t *table) *rewritten {
	j.steps = nil // those of the parts that it is made of
	outcome := Filtered
	switch j.request.verb {
	case verbRestore:
		j.note(RuleRestore, t, "all that was deleted with the rows of %s comes back", t.name)
		outcome = Rewritten
	case verbRestoreID:
		j.note(RuleRestore, nil, "all that one deletion took comes back")
		outcome = Rewritten
	}
	return &rewritten{
		steps: j.steps, outcome: outcome,
		sql:    "WITH " + strings.Join(slices.Concat(d.before, d.after), ", ") + " " + sel,
		extras: j.extras, params: j.params(), checks: true, unplaced: true, counted: d.split,
	}
}

// schemaOf is the schema to write before the table's name, "" for search_path's.
func (t *table) schemaOf() string {
	if n, bad := parseName(t.entry.Name); bad == nil && n.schema != everySchema {
		return n.schema
	}
	return ""
}

// previewed selects the counts of everything that was found.
func (d *deletion) previewed() string {
	var rows []string
	for _, r := range d.order {
		for _, name := range d.taken[r] {
			rows = append(rows, fmt.Sprintf("('row', %s, (SELECT count(*) FROM %s))", quoteLiteral(r.display()), lex.QuoteIdent(name)))
		}
	}
	for _, u := range d.unlinked {
		rows = append(rows, fmt.Sprintf("('unlinked', %s, (SELECT count(*) FROM %s))", quoteLiteral(u.relation.display()), lex.QuoteIdent(u.query)))
	}
	if d.violated {
		rows = append(rows, fmt.Sprintf("('violation', (SELECT message FROM %s), 0)", lex.QuoteIdent(d.violationName)))
	}
	return "SELECT x.what, x.name, x.n FROM (VALUES " + strings.Join(rows, ", ") + ") AS x(what, name, n)"
}
