package softdelete

import (
	"fmt"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"

	"github.com/softdelete-go/softdelete/internal/lex"
)

// ArchiveDDL makes the table that keeps rows as they were: those deleted from tables
// whose Mode is [Archive], the deleted row that a [Phoenix] replaces, and what [Purge]
// archives. It is several statements. Where the table exists it adds what is missing.
const ArchiveDDL = `CREATE TABLE IF NOT EXISTS deletion_records (
	id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	deletion_id uuid,                      -- what was deleted together has the same
	table_name  text NOT NULL,             -- as the policy names it
	key         jsonb NOT NULL,            -- the row's primary key: {"id": 7}
	data        jsonb NOT NULL,            -- the whole row
	archived_at timestamptz NOT NULL DEFAULT now(),
	actor       text,                      -- WithActor, of the statement that archived it
	reason      text,                      -- WithReason
	restored_at timestamptz,               -- of an archived row that came back
	restored_by text,
	xact        xid8,                      -- of the driver, until a trigger has seen the record
	written_at  timestamptz DEFAULT clock_timestamp() -- archived_at is when the transaction began
);
ALTER TABLE deletion_records ADD COLUMN IF NOT EXISTS restored_at timestamptz,
	ADD COLUMN IF NOT EXISTS restored_by text, ADD COLUMN IF NOT EXISTS xact xid8,
	ADD COLUMN IF NOT EXISTS written_at timestamptz, ALTER COLUMN written_at SET DEFAULT clock_timestamp();
CREATE INDEX IF NOT EXISTS deletion_records_key ON deletion_records (table_name, key);
CREATE INDEX IF NOT EXISTS deletion_records_deletion_id ON deletion_records (deletion_id) WHERE deletion_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS deletion_records_archived_at ON deletion_records (table_name, archived_at);
`

// archiveTrigger is the name of the trigger that keeps the rows which any client deletes,
// see ddl.Options.ArchiveTriggers.
const archiveTrigger = "Archive_softdelete"

// recordsTable is the table of ArchiveDDL.
const recordsTable = "deletion_records"

// A delete from an archived table stays a DELETE. It goes into a WITH query like a
// delete with consequences, and yields each row as a whole besides, which a query behind
// it keeps:
//
//	WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id),
//	     _sd_root AS (DELETE FROM orders WHERE … RETURNING orders.id, COALESCE(orders.*) AS _sd_row),
//	     _sd_records AS (INSERT INTO deletion_records … SELECT …, to_jsonb(x._sd_row) FROM _sd_root AS x)
//	SELECT FROM _sd_root
//
// Each row is kept as the DELETE met it, which may be newer than the statement's
// snapshot. The database's own foreign keys look when the whole statement has ended; by
// then what a cascade takes is gone, and what SET NULL changes is changed.

// rowColumn is what queries call the row as a whole.
const rowColumn = aliasPrefix + "_row"

// wholeRow is the row known as ref, as one value: a star alone would be its columns.
func wholeRow(ref string) string { return "COALESCE(" + lex.QuoteIdent(ref) + ".*)" }

// archiveDelete keeps the rows of a DELETE, and follows its foreign keys.
func (j *job) archiveDelete(w *wrapping, s *pg.DeleteStmt, ref reference, e *scopeNames) {
	t := ref.archive
	if j.again {
		return // the DELETE is what it is to be
	}
	switch {
	case ref.see == onlyDeleted:
		j.refuse(s.Relation.Location, t, "the rows that OnlyDeleted shows are deleted already", "remove them for good with Purge")
	case j.r.opts.distributed:
		j.refuse(s.Relation.Location, t, "a distributed table cannot be archived", "mark its rows, with mode: mark")
	}
	if j.err != nil || j.refuseNew(s, t) {
		return
	}
	start, _, ok := j.relationTokens(s.Relation)
	_, end, ok2 := j.referenceTokens(s.Relation, nil)
	if !ok || !ok2 {
		return
	}
	if w.first, w.inside = start-2, end; !j.is(start-1, lex.KFROM) || !j.is(start-2, lex.KDELETE) {
		j.refuse(s.Relation.Location, t, "cannot find the place of DELETE FROM", reportBug)
		return
	}
	j.note(RuleArchive, t, "the rows of %s go to %s", t.name, recordsTable)
	if d := j.consequences(s.Relation, t, e); j.err == nil {
		j.follow(w, t, d)
	}
}

// fromRecords lets a FROM item yield deleted rows of an archived table too, or only them.
// What needs a table there, such as FOR UPDATE OF, the server rejects.
func (j *job) fromRecords(n *pg.Node, rv *pg.RangeVar, sample *pg.RangeTableSample, ref reference, e *scopeNames) {
	if j.again || j.err != nil {
		return
	}
	t := ref.archive
	switch {
	case sample != nil:
		j.refuse(rv.Location, t, "TABLESAMPLE of rows that are in deletion_records", "leave the table out of the scope")
		return
	case e.find(recordsTable) != nil || j.shadowed(recordsTable):
		j.refuse(rv.Location, t, "another deletion_records hides the one that deleted rows are in", "give it another name")
		return
	}
	start, end, ok := j.relationTokens(rv)
	if !ok {
		return
	}
	deleted := fmt.Sprintf("SELECT q.* FROM %s AS r CROSS JOIN LATERAL %s AS q WHERE %s", recordsTable, t.rel.asRow(t.rel.dataNow("r"), t.rel.besides(rv.Schemaname)), t.rel.unrestored("r"))
	alias := rv.Alias
	name := ""
	if alias == nil {
		alias = &pg.Alias{Aliasname: rv.Relname}
		name = " AS " + lex.QuoteIdent(rv.Relname)
	}
	text := "(" + deleted + ")"
	if ref.see == withDeleted {
		own := j.sql[j.toks[start].Start:j.toks[end].End]
		text = "(" + deleted + " UNION ALL SELECT * FROM " + own + ")"
		j.ed.before(start, "("+deleted+" UNION ALL SELECT * FROM ")
		j.ed.after(end, ")"+name)
	} else {
		j.ed.replace(start, end, text+name)
	}
	tree, err := pg.Parse("SELECT FROM " + text + " AS x")
	if err != nil {
		j.fail(fmt.Errorf("softdelete: own statement: %w", err))
		return
	}
	j.note(RuleSubselect, t, "deleted rows of %s are read from %s", t.name, recordsTable)
	made := tree.Stmts[0].Stmt.GetSelectStmt().FromClause[0]
	made.GetRangeSubselect().Alias = alias
	n.Node = made.Node
}

// archiveMerge refuses a MERGE that deletes, and does what else there is to do.
func (j *job) archiveMerge(s *pg.MergeStmt, t *table, deletes int) {
	if j.err != nil {
		return
	}
	if deletes > 0 && j.scope.hard(t) {
		return
	}
	if deletes > 0 {
		j.refuse(s.Relation.Location, t, "MERGE with DELETE cannot archive the rows that it deletes", "use DELETE … USING")
		return
	}
	if t.entry.UpdatedAt != "" {
		j.refuse(s.Relation.Location, t, "MERGE cannot set updated_at of an archived table", "use UPDATE … FROM, or INSERT … ON CONFLICT")
	}
}

// leaving is a DELETE of rows of an archived table, known as c, that yields the columns
// and the rows as a whole.
func (d *deletion) leaving(r *relation, from, where string, columns []string) string {
	if from != "" {
		from = " USING " + from
	}
	return fmt.Sprintf("(DELETE FROM %s AS c%s WHERE %s RETURNING %s, %s AS %s)", r.sqlName(d.schema), from, where, list("c", columns), wholeRow("c"), rowColumn)
}

// keepRecords keeps the rows that were taken of archived tables.
func (d *deletion) keepRecords() {
	if d.preview || sabotaged("archive-forgets") {
		return
	}
	for _, r := range d.order {
		if !r.archived() {
			continue
		}
		for _, name := range d.taken[r] {
			d.query(d.name("records"), fmt.Sprintf("(INSERT INTO %s (deletion_id, table_name, key, data, actor, reason, xact) SELECT %s, %s, %s, to_jsonb(x.%s), %s, %s, pg_current_xact_id() FROM %s AS x)",
				recordsTable, d.id(), quoteLiteral(r.display()), jsonObject("x", r.key), rowColumn, d.j.extra(extraActor), d.j.extra(extraReason), lex.QuoteIdent(name)))
		}
		if r != d.root {
			d.j.note(RuleArchive, r.table, "the rows of %s go to %s", r.table.name, recordsTable)
		}
	}
}

// tellsDeletions reports whether deleted rows tell which deletion took them.
func (t *table) tellsDeletions() bool { return t.archived() || t.entry.DeletionID != "" }

// unrestored is the condition for records, known as ref, of deleted rows of r.
func (r *relation) unrestored(ref string) string {
	return strings.ReplaceAll(fmt.Sprintf("@.table_name = %s AND @.restored_at IS NULL", quoteLiteral(r.display())), "@", lex.QuoteIdent(ref))
}
