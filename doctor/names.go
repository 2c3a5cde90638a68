package doctor

import (
	"strings"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/internal/lex"
)

// everySchema stands for all schemas in a policy's names.
const everySchema = "*"

// splitName takes a table's name of a valid policy apart. schema is "" if the name
// has none.
func splitName(name string) (schema, table string) {
	var parts []string
	for rest := name; ; {
		var part string
		more := false
		if strings.HasPrefix(rest, `"`) {
			part, rest = unquote(rest)
			rest, more = strings.CutPrefix(rest, ".")
		} else {
			part, rest, more = strings.Cut(rest, ".")
		}
		parts = append(parts, part)
		if !more {
			break
		}
	}
	if len(parts) == 1 {
		return "", parts[0]
	}
	return parts[0], parts[1]
}

// unquote takes a name in double quotes off the beginning of s.
func unquote(s string) (name, rest string) {
	for i := 1; i < len(s); i++ {
		if s[i] != '"' {
			continue
		}
		if !strings.HasPrefix(s[i:], `""`) {
			return strings.ReplaceAll(s[1:i], `""`, `"`), s[i+1:]
		}
		i++
	}
	return s[1:], ""
}

// policyName writes a relation's name for a policy.
func policyName(schema, name string) string {
	if schema == "public" {
		return policyPart(name)
	}
	return policyPart(schema) + "." + policyPart(name)
}

func policyPart(s string) string {
	if s != everySchema && s == strings.TrimSpace(s) && !strings.ContainsAny(s, `."`) {
		return s
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}

func quote(name string) string { return lex.QuoteIdent(name) }

// quoteAll writes a list of columns.
func quoteAll(names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = quote(name)
	}
	return strings.Join(quoted, ", ")
}

// qualified writes a list of columns of a relation.
func qualified(relation string, names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = relation + "." + quote(name)
	}
	return strings.Join(quoted, ", ")
}

func quoteLiteral(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// comment makes comment lines of a text.
func comment(text string) string {
	return "-- " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n-- ")
}

// live is the condition of a row that is not deleted. from is the relation's name in
// the query, or "".
func (t *table) live(from string) string {
	column := t.markerOf(from)
	switch t.marker {
	case softdelete.Flag:
		return "NOT " + column
	case softdelete.Timestamp:
		return column + " IS NULL"
	default:
		return column + " = 0"
	}
}

// markerOf is the marker column, of from if it is given.
func (t *table) markerOf(from string) string {
	if from == "" {
		return quote(t.column)
	}
	return from + "." + quote(t.column)
}

// dead is the condition of a deleted row.
func (t *table) dead(from string) string {
	column := t.markerOf(from)
	switch t.marker {
	case softdelete.Flag:
		return column
	case softdelete.Timestamp:
		return column + " IS NOT NULL"
	default:
		return column + " <> 0"
	}
}

// liveValue is the marker of a row that is not deleted.
func (t *table) liveValue() string {
	switch t.marker {
	case softdelete.Flag:
		return "false"
	case softdelete.Timestamp:
		return "NULL"
	default:
		return "0"
	}
}

// deletedValue is the marker of a row that is deleted now.
func (t *table) deletedValue() string {
	switch t.marker {
	case softdelete.Flag:
		return "true"
	case softdelete.UnixSeconds:
		return "floor(extract(epoch FROM now()))::bigint"
	case softdelete.UnixMillis:
		return "floor(extract(epoch FROM now()) * 1000)::bigint"
	case softdelete.UnixNanos:
		return "floor(extract(epoch FROM now()) * 1000000000)::bigint"
	default:
		return "now()"
	}
}

// markerType is the column that the marker asks for, as ADD COLUMN has it.
func markerType(m softdelete.Marker) string {
	switch m {
	case softdelete.Flag:
		return "boolean NOT NULL DEFAULT false"
	case softdelete.Timestamp:
		return "timestamptz"
	default:
		return "bigint NOT NULL DEFAULT 0"
	}
}
