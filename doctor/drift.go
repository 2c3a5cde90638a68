package doctor

import (
	"errors"
	"fmt"
	"strings"

	"github.com/softdelete-go/softdelete"
)

// drift makes findings of what the comparison of the policy with the database says.
func (x *examination) drift(problems []error) {
	for _, p := range problems {
		var bad *softdelete.PolicyError
		if !errors.As(p, &bad) {
			continue // Examine has returned with it
		}
		list, rest, _ := strings.Cut(bad.Path, "[")
		var n int
		_, err := fmt.Sscanf(rest, "%d", &n)
		_, field, _ := strings.Cut(rest, "].")
		switch {
		case bad.Path == "foreign_keys" && !x.keysUnfit:
			// The database has a key that the policy does not list: foreignKeys finds it.
		case bad.Path == "journal":
			x.drifted("SD507", "softdelete_deletions", bad, journalRemedy(bad))
		case err == nil && list == "tables" && n < len(x.policy.Tables):
			x.tableDrift(x.policy.Tables[n], field, bad)
		case err == nil && list == "foreign_keys" && n < len(x.policy.ForeignKeys):
			f := x.policy.ForeignKeys[n]
			name := f.Name
			if name == "" {
				name = strings.Join(f.Columns, "_")
			}
			x.drifted("SD508", x.objectOf(f.Table)+"."+quote(name), bad, "")
		default:
			object := bad.Path
			if object == "" {
				object = "policy"
			}
			x.drifted("SD509", object, bad, "")
		}
	}
}

// journalRemedy creates the tables; one that is there with other columns is left to a
// person.
func journalRemedy(bad *softdelete.PolicyError) string {
	if strings.HasPrefix(bad.Problem, "the database has no table") {
		return softdelete.JournalDDL
	}
	return comment("Bring the tables to these columns, or rename what is in the way:\n" + softdelete.JournalDDL)
}

// drifted adds a finding; the remedy is a comment if it is "".
func (x *examination) drifted(code, object string, bad *softdelete.PolicyError, remedy string) {
	if remedy == "" {
		remedy = comment(bad.Remedy)
	}
	x.add(code, object, bad.Problem+".", strings.TrimSpace(remedy))
}

// objectOf is a table of the policy as SQL has it.
func (x *examination) objectOf(name string) string {
	if found := x.meant(name); len(found) == 1 {
		return found[0].SQL
	}
	schema, table := splitName(name)
	if schema == "" {
		schema = "public"
	}
	return quote(schema) + "." + quote(table)
}

// tableCodes are the codes by the place in a table's entry.
var tableCodes = map[string]string{
	"name": "SD501", "column": "SD502", "marker": "SD503", "deletion_id": "SD504", "deleted_by": "SD504", "reason": "SD504", "updated_at": "SD504",
	"primary_key": "SD505", "partition_of": "SD506",
}

func (x *examination) tableDrift(entry softdelete.Table, field string, bad *softdelete.PolicyError) {
	code, ok := tableCodes[strings.SplitN(field, "[", 2)[0]]
	if !ok {
		code = "SD509"
	}
	object := x.objectOf(entry.Name)
	column, typ := "", ""
	switch field {
	case "column", "marker":
		column, typ = entry.Column, markerType(entry.Marker)
		if column == "" {
			column = "deleted_at"
		}
	case "deletion_id":
		column, typ = entry.DeletionID, "uuid"
	case "deleted_by":
		column, typ = entry.DeletedBy, "text"
	case "reason":
		column, typ = entry.Reason, "text"
	case "updated_at":
		column, typ = entry.UpdatedAt, "timestamptz"
	}
	remedy := ""
	for _, t := range x.meant(entry.Name) {
		if column == "" || !strings.Contains(bad.Problem, t.Schema+"."+t.Name) {
			continue // of another schema
		}
		object = t.SQL + "." + quote(column)
		switch c, has := t.find(column); {
		case !has:
			remedy = fmt.Sprintf("ALTER TABLE %s ADD COLUMN %s %s;", t.SQL, quote(column), typ)
		case c.Required && strings.HasPrefix(bad.Remedy, "ALTER TABLE"):
			remedy = fmt.Sprintf("ALTER TABLE %s ALTER COLUMN %s DROP NOT NULL;", t.SQL, quote(column))
		}
	}
	x.drifted(code, object, bad, remedy)
}
