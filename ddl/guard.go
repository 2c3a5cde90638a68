package ddl

import (
	"fmt"
	"slices"
	"strings"

	"github.com/softdelete-go/softdelete"
)

// guard makes Down begin with a look at what it would lose, before it changes
// anything.
func (b *planner) guard() {
	var checks []string
	for _, r := range b.added {
		checks = append(checks, deadRows(r, b.table[r]))
	}
	if slices.Contains(b.books, archiveTable) {
		checks = append(checks, check("SELECT FROM "+archiveTable, archiveTable+" has rows, which would be lost"))
	}
	checks = append(checks, b.dups...)
	if len(checks) == 0 {
		return
	}
	b.step(nil, []Statement{b.tx("Refuses to go on where rows are deleted, or are unique only because others are deleted:"+
		" without the marker those would be back. Restore them or delete them for good first.", refuse(checks))})
}

func deadRows(r *relation, t softdelete.Table) string {
	return check(fmt.Sprintf("SELECT FROM %s WHERE %s", r.sql(), dead(t)),
		fmt.Sprintf("%s has deleted rows, which would be back: restore them or delete them for good first", r.display()))
}

// check raises the message if the query has a row.
func check(query, message string) string {
	return fmt.Sprintf("  IF EXISTS (%s) THEN\n    RAISE EXCEPTION USING MESSAGE = %s;\n  END IF;\n", query, literal("softdelete: "+message))
}

// refuse is a statement that makes the checks.
func refuse(checks []string) string {
	return "DO " + dollarQuoted("\nBEGIN\n"+strings.Join(checks, "")+"END\n")
}

func dollarQuoted(body string) string {
	tag := "$softdelete$"
	for strings.Contains(body, tag) {
		tag = "$_" + tag[1:]
	}
	return tag + body + tag
}

func literal(s string) string {
	quoted := "'" + strings.ReplaceAll(s, "'", "''") + "'"
	if strings.Contains(s, `\`) {
		return " E" + strings.ReplaceAll(quoted, `\`, `\\`)
	}
	return quoted
}
