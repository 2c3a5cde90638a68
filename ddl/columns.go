package ddl

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/internal/lex"
)

// markerColumn is "" where deleted rows leave the table.
func markerColumn(t softdelete.Table) string {
	if isArchive(t) {
		return ""
	}
	return cmp.Or(t.Column, "deleted_at")
}

func isArchive(t softdelete.Table) bool { return t.Mode == softdelete.Archive }

// markerTypes are the types that a marker can have, as format_type names them.
func markerTypes(m softdelete.Marker) []string {
	switch m {
	case softdelete.Flag:
		return []string{"boolean"}
	case softdelete.UnixSeconds:
		return []string{"bigint", "integer", "numeric"}
	case softdelete.UnixMillis, softdelete.UnixNanos:
		return []string{"bigint", "numeric"}
	default:
		return []string{"timestamp with time zone", "timestamp without time zone", "date"}
	}
}

// live is the condition that holds for live rows, as PostgreSQL prints it but for
// the outer parentheses; dead is its opposite.
func live(t softdelete.Table) string {
	col := lex.QuoteIdent(markerColumn(t))
	switch t.Marker {
	case softdelete.Flag:
		return "NOT " + col
	case softdelete.UnixSeconds, softdelete.UnixMillis, softdelete.UnixNanos:
		return col + " = 0"
	default:
		return col + " IS NULL"
	}
}

func dead(t softdelete.Table) string {
	col := lex.QuoteIdent(markerColumn(t))
	switch t.Marker {
	case softdelete.Flag:
		return col
	case softdelete.UnixSeconds, softdelete.UnixMillis, softdelete.UnixNanos:
		return col + " <> 0"
	default:
		return col + " IS NOT NULL"
	}
}

// wanted is a column that the policy asks for.
type wanted struct{ name, def string }

func (b *planner) wanted(t softdelete.Table) []wanted {
	marker := wanted{markerColumn(t), "timestamptz"}
	switch t.Marker {
	case softdelete.Timestamp:
	case softdelete.Flag:
		marker.def = "boolean NOT NULL DEFAULT false"
	default:
		marker.def = "bigint NOT NULL DEFAULT 0"
	}
	all := []wanted{marker, {t.DeletionID, "uuid"}, {t.DeletedBy, "text"}, {t.Reason, "text"}}
	if b.o.Stamps {
		all = append(all, wanted{"created_at", "timestamptz NOT NULL DEFAULT now()"})
	}
	all = append(all, wanted{t.UpdatedAt, "timestamptz NOT NULL DEFAULT now()"})
	return slices.DeleteFunc(all, func(w wanted) bool { return w.name == "" })
}

// columns adds those that the policy names and a table lacks. Partitions and
// inheritance children get them from their parents.
func (b *planner) columns() {
	for _, r := range b.order {
		t := b.table[r]
		var add, drop, names []string
		for _, w := range b.wanted(t) {
			if col, ok := r.column(w.name); ok {
				b.judge(r, t, col)
				continue
			}
			if w.name == markerColumn(t) {
				b.added = append(b.added, r)
			}
			if b.comesFromAbove(r, w.name) {
				continue
			}
			add = append(add, "ADD COLUMN "+lex.QuoteIdent(w.name)+" "+w.def)
			drop = append(drop, "DROP COLUMN "+lex.QuoteIdent(w.name))
			names = append(names, w.name)
		}
		if len(add) == 0 {
			continue
		}
		why := fmt.Sprintf("%s gets %s. No row is rewritten, on PostgreSQL 11 or newer.", r.display(), strings.Join(names, ", "))
		if slices.Contains(names, "created_at") || t.UpdatedAt != "" && slices.Contains(names, t.UpdatedAt) {
			why += " The stamps of rows that are there already are the time of this migration."
		}
		down := []string{"ALTER TABLE " + r.sql() + " " + strings.Join(drop, ", ")}
		whyDown := fmt.Sprintf("%s loses %s.", r.display(), strings.Join(names, ", "))
		if slices.Contains(names, markerColumn(t)) {
			// Rows may have been deleted since the first look, and none may be while this one lasts.
			down = append([]string{"LOCK TABLE " + r.sql() + " IN SHARE ROW EXCLUSIVE MODE", refuse([]string{deadRows(r, t)})}, down...)
			whyDown += " Writes to it wait while it is searched for deleted rows, which would be back without their marker."
		}
		b.step([]Statement{b.tx(why, "ALTER TABLE "+r.sql()+" "+strings.Join(add, ", "))}, []Statement{b.tx(whyDown, down...)})
	}
}

// comesFromAbove reports whether a parent lacks the column too and is to get it.
func (b *planner) comesFromAbove(r *relation, name string) bool {
	return slices.ContainsFunc(r.ancestors(), func(above *relation) bool {
		t, listed := b.table[above]
		_, has := above.column(name)
		return listed && !has && slices.ContainsFunc(b.wanted(t), func(w wanted) bool { return w.name == name })
	})
}

// judge notes what is wrong with a column that is there.
func (b *planner) judge(r *relation, t softdelete.Table, col column) {
	q := lex.QuoteIdent(col.Name)
	switch {
	case col.Name == markerColumn(t) && t.Marker != softdelete.Timestamp && !col.Required:
		b.note("%s.%s can be NULL, and such a row is neither live nor deleted:\nUPDATE %s SET %s = DEFAULT WHERE %s IS NULL;\nALTER TABLE %s ALTER COLUMN %s SET NOT NULL;",
			r.display(), col.Name, r.sql(), q, q, r.sql(), q)
	case slices.Contains([]string{t.DeletionID, t.DeletedBy, t.Reason}, col.Name) && col.Required:
		b.note("%s.%s is NOT NULL, and it is NULL in live rows:\nALTER TABLE %s ALTER COLUMN %s DROP NOT NULL;", r.display(), col.Name, r.sql(), q)
	}
}

// journalTables makes the tables of the journal, or adds what they lack.
func (b *planner) journalTables() {
	if !b.p.Journal {
		return
	}
	const links = "softdelete_links"
	var drop, late []string
	create := ddlStatements(softdelete.JournalDDL)
	if len(b.find("", links)) == 0 {
		create = anew(create)
	}
	for _, name := range []string{links, "softdelete_deletions"} {
		if len(b.find("", name)) == 0 {
			drop = append(drop, "DROP TABLE "+name)
			b.books = append(b.books, name)
		}
	}
	for _, r := range b.find("", links) {
		if _, ok := r.column("written_at"); !ok {
			late = append(late, "ALTER TABLE "+r.sql()+" DROP COLUMN written_at")
		}
	}
	switch {
	case len(drop) > 0:
		b.step([]Statement{b.tx("The journal: who deleted what, when and why, and the references that a restore puts back.", create...)},
			[]Statement{b.tx("The journal goes, with the history in it.", append(drop, late...)...)})
	case len(late) > 0:
		b.step([]Statement{b.tx("The journal is of an older version, and gets what it lacks.", create...)},
			[]Statement{b.tx("The journal is as it was.", late...)})
	}
}

// anew leaves out what adds columns to a table that an older version made: PostgreSQL says
// that they exist already.
func anew(statements []string) []string {
	return slices.DeleteFunc(statements, func(s string) bool { return strings.HasPrefix(s, "ALTER TABLE") })
}

// ddlStatements takes a text of several statements apart, each of which ends its line
// with a semicolon.
func ddlStatements(text string) []string {
	return strings.Split(strings.TrimSuffix(strings.TrimSpace(text), ";"), ";\n")
}
