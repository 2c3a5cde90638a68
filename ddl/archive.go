package ddl

import (
	"fmt"
	"slices"
	"strings"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/internal/lex"
)

// archiveTable is that of softdelete.ArchiveDDL.
const archiveTable = "deletion_records"

// What has been added to it since the first version.
var (
	lateColumns = []string{"restored_at", "restored_by", "xact", "written_at"}
	lateIndexes = []string{"deletion_records_key", "deletion_records_deletion_id", "deletion_records_archived_at"}
)

// archiveTables makes the table of the archive, or adds what it lacks.
func (b *planner) archiveTables() {
	needed := slices.ContainsFunc(b.p.Tables, func(t softdelete.Table) bool { return t.OnBlocked == softdelete.Phoenix || isArchive(t) })
	if !needed {
		return
	}
	found := b.find("", archiveTable)
	if len(found) == 0 {
		b.books = append(b.books, archiveTable)
		b.step([]Statement{b.tx("The archive: deleted rows that are not in their tables any more, as they were.", anew(ddlStatements(softdelete.ArchiveDDL))...)},
			[]Statement{b.tx("The archive goes.", "DROP TABLE "+archiveTable)})
		return
	}
	r := found[0]
	var drop []string
	for _, name := range lateColumns {
		if _, ok := r.column(name); !ok {
			drop = append(drop, "ALTER TABLE "+r.sql()+" DROP COLUMN "+name)
		}
	}
	for _, name := range lateIndexes {
		if !slices.ContainsFunc(r.Indexes, func(ix *index) bool { return ix.Name == name }) {
			drop = append(drop, "DROP INDEX "+lex.QuoteIdent(r.Schema)+"."+name)
		}
	}
	if len(drop) > 0 {
		b.step([]Statement{b.tx("The archive is of an older version, and gets what it lacks.", ddlStatements(softdelete.ArchiveDDL)...)},
			[]Statement{b.tx("The archive is as it was.", drop...)})
	}
}

// wantedTrigger is one of the archive's.
type wantedTrigger struct {
	name     string
	event    string // such as AFTER DELETE
	rest     string // between the table and EXECUTE
	function string
	args     []string
}

// The names come before RI_ConstraintTrigger: triggers of one event fire by name.
const (
	recordTrigger = "Archive_softdelete" // softdelete.Check looks for it
	beginTrigger  = "Archive_softdelete_begin"
	endTrigger    = "Archive_softdelete_truncate"
	linkTrigger   = "Archive_softdelete_link" // with a number
)

// archiveTriggers plans the triggers that record what any client deletes.
func (b *planner) archiveTriggers() {
	if !b.o.ArchiveTriggers {
		return
	}
	triggers := map[*relation][]wantedTrigger{}
	var order []*relation
	add := func(r *relation, wanted ...wantedTrigger) {
		if triggers[r] == nil {
			order = append(order, r)
		}
		triggers[r] = append(triggers[r], wanted...)
	}
	for _, r := range b.order {
		if !isArchive(b.table[r]) {
			continue
		}
		if r.hasForeignTable() {
			b.note("%s gets no triggers that archive what other clients delete: it is or has a foreign table.", r.display())
			continue
		}
		args := b.recorded(r)
		add(r, wantedTrigger{beginTrigger, "BEFORE DELETE OR TRUNCATE", "FOR EACH STATEMENT", beginFunction, args},
			wantedTrigger{recordTrigger, "AFTER DELETE", "REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT", recordFunction, args},
			wantedTrigger{endTrigger, "AFTER TRUNCATE", "FOR EACH STATEMENT", recordFunction, args})
	}
	links := b.linkTriggers()
	for _, l := range links {
		add(l.child, l.trigger)
	}
	if len(order) == 0 {
		return
	}
	for _, f := range b.archiveFunctions(len(links) > 0) {
		b.function(f)
	}
	for _, r := range order {
		b.triggersOf(r, triggers[r])
	}
}

// recorded are the name and the key under which the driver records rows of the table:
// those of a partition are the whole's.
func (b *planner) recorded(r *relation) []string {
	t := b.table[r]
	if t.PartitionOf != "" {
		if whole, _ := b.side(t.PartitionOf); len(whole) > 0 {
			t = b.table[whole[0]]
		}
	}
	return []string{t.Name, array(keyOf(t.PrimaryKey))}
}

func keyOf(columns []string) []string {
	if len(columns) == 0 {
		return []string{"id"}
	}
	return columns
}

// array is a list as PostgreSQL reads it.
func array(list []string) string {
	return "{" + commaed(list, func(s string) string { return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"` }) + "}"
}

// hasForeignTable reports whether rows of the relation can be on another server, where
// triggers do not see them.
func (r *relation) hasForeignTable() bool {
	return r.Kind == "f" || slices.ContainsFunc(r.children, (*relation).hasForeignTable)
}

// link is a trigger on what refers to an archived table.
type link struct {
	child   *relation
	trigger wantedTrigger
}

// linkTriggers are for the foreign keys of the policy by which the database itself
// gives children of archived rows another parent, or none: a restore puts it back.
func (b *planner) linkTriggers() (links []link) {
	if !b.p.Journal {
		return nil
	}
	for i, f := range b.p.ForeignKeys {
		if f.OnDelete != softdelete.SetNull && f.OnDelete != softdelete.SetDefault {
			continue
		}
		for _, ref := range b.references(i) {
			set := f.SetColumns
			if len(set) == 0 {
				set = f.Columns
			}
			sets := slices.ContainsFunc(b.ForeignKeys, func(k *foreignKey) bool {
				return k.child == ref.child && k.parent == ref.parent && k.Sets && samePairs(k, ref.columns, ref.refColumns)
			})
			if t, ok := b.table[ref.parent]; !ok || !isArchive(t) || !sets {
				continue
			}
			args := b.linked(ref.child)
			links = append(links, link{ref.child, wantedTrigger{
				fmt.Sprintf("%s%d", linkTrigger, i+1), "BEFORE UPDATE OF " + strings.Join(identifiers(set), ", "),
				"FOR EACH ROW WHEN (pg_trigger_depth() > 0)", linkFunction, append(args, array(set)),
			}})
		}
	}
	return links
}

// linked are the name and the key under which the driver writes down references of the
// table: outside the policy the first name and the last key that foreign keys have for it.
func (b *planner) linked(r *relation) []string {
	if _, ok := b.table[r]; ok {
		return b.recorded(r)
	}
	name, key := "", []string(nil)
	for _, f := range b.p.ForeignKeys {
		for _, side := range []string{f.Table, f.RefTable} {
			if found, _ := b.side(side); name == "" && slices.Contains(found, r) {
				schema, table, _ := softdelete.ParseTableName(side)
				if name = table; schema != "" {
					name = schema + "." + table
				}
			}
		}
		if found, _ := b.side(f.Table); slices.Contains(found, r) && len(f.PrimaryKey) > 0 {
			key = f.PrimaryKey
		}
	}
	return []string{name, array(keyOf(key))}
}

// function makes the function, unless it is there.
func (b *planner) function(f function) {
	down := "DROP FUNCTION " + f.name + "()"
	for _, have := range b.Functions {
		if have.Name == f.name {
			if have.Source == f.source {
				return
			}
			down = have.Def
		}
	}
	b.step([]Statement{b.tx(f.why, f.create())}, []Statement{b.tx("The function is as it was, or goes.", down)})
}

// triggersOf makes the triggers that a table lacks.
func (b *planner) triggersOf(r *relation, triggers []wantedTrigger) {
	var up, down []string
	for _, w := range triggers {
		call := w.function + "(" + commaed(w.args, func(a string) string { return strings.TrimSpace(literal(a)) }) + ")"
		// The server writes no E'…'.
		printed := w.function + "(" + commaed(w.args, func(a string) string { return "'" + strings.ReplaceAll(a, "'", "''") + "'" }) + ")"
		undo := "DROP TRIGGER " + lex.QuoteIdent(w.name) + " ON " + r.sql()
		i := slices.IndexFunc(r.Triggers, func(g trigger) bool { return g.Name == w.name })
		if i >= 0 {
			if have := r.Triggers[i]; have.Enabled && strings.HasSuffix(have.Def, printed) {
				continue
			}
			up = append(up, undo)
			undo += ";\n" + r.Triggers[i].Def
		}
		up = append(up, fmt.Sprintf("CREATE TRIGGER %s %s ON %s %s EXECUTE FUNCTION %s", lex.QuoteIdent(w.name), w.event, r.sql(), w.rest, call))
		down = append(down, undo)
	}
	if len(up) == 0 {
		return
	}
	what := "Rows that any client deletes from %s are recorded from now on."
	if !isArchive(b.table[r]) {
		what = "References in %s that the database replaces when it deletes from an archived table are written down from now on."
	}
	b.step([]Statement{b.tx(fmt.Sprintf(what, r.display())+" Writes to it wait for a moment.", up...)},
		[]Statement{b.tx(fmt.Sprintf("The triggers on %s go; what they have recorded stays.", r.display()), down...)})
}

func commaed(list []string, write func(string) string) string {
	written := make([]string, len(list))
	for i, s := range list {
		written[i] = write(s)
	}
	return strings.Join(written, ", ")
}
