package rest

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/softdelete-go/softdelete/internal/lex"
)

// A parameter that is not one of controls filters: column=value, or column__lookup=value
// as Django spells it.

// controls are the parameters that mean the same for every table. What a route does not
// know is refused there, so that none is taken for a filter in one request and not in
// another.
var controls = []string{"limit", "after", "count", "all", "permanent", "with-deleted", "parents", "partly", "one"}

// comparisons are the lookups that compare with one value.
var comparisons = map[string]string{"exact": "=", "ne": "<>", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}

// lookups are all that a column can be looked up by, in the order of the documents.
var lookups = []string{"exact", "ne", "lt", "lte", "gt", "gte", "in", "isnull", "contains", "icontains", "startswith"}

// How many values one lookup may have, and all together: PostgreSQL takes 65,535 parameters.
const (
	mostValues    = 1000
	mostAllValues = 10_000
)

// condition is SQL about a row known as t, and its parameters.
type condition struct {
	sql  []string
	args []any
	used map[string]string // the types of the columns, by their names
}

func (c *condition) param(v string) string {
	c.args = append(c.args, v)
	return fmt.Sprintf("$%d::text", len(c.args))
}

func (c *condition) add(format string, args ...any) {
	c.sql = append(c.sql, fmt.Sprintf(format, args...))
}

func (c *condition) where() string { return strings.Join(append([]string{"true"}, c.sql...), " AND ") }

// use notes a column, for the answer if a value does not fit it.
func (c *condition) use(col column) string {
	if c.used == nil {
		c.used = map[string]string{}
	}
	c.used[col.Name] = col.Type
	return "t." + lex.QuoteIdent(col.Name)
}

// text reports whether a string can be sent to the database.
func text(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

// filter makes conditions of the parameters that are no controls. any is false if there
// are none.
func (t *table) filter(params url.Values) (c *condition, err error) {
	c = &condition{}
	for _, name := range sorted(params) {
		if slices.Contains(controls, name) {
			continue
		}
		col, lookup, ok := t.lookup(name)
		if !ok {
			return nil, badRequest(fmt.Sprintf("%.80q is neither a parameter nor a column, nor a column with one of __%s", name, strings.Join(lookups, ", __")))
		}
		if err := c.compare(col, lookup, name, params[name]); err != nil {
			return nil, err
		}
		if len(c.args) > mostAllValues {
			return nil, badRequest(fmt.Sprintf("the filter has more than %d values", mostAllValues))
		}
	}
	return c, nil
}

// lookup takes a parameter's name apart.
func (t *table) lookup(name string) (col column, lookup string, ok bool) {
	if col, ok := t.column(name); ok {
		return col, "exact", true
	}
	i := strings.LastIndex(name, "__")
	if i < 0 || !slices.Contains(lookups, name[i+2:]) {
		return column{}, "", false
	}
	col, ok = t.column(name[:i])
	return col, name[i+2:], ok
}

func (c *condition) compare(col column, lookup, name string, values []string) error {
	if lookup == "in" {
		return c.in(col, name, values)
	}
	if len(values) != 1 {
		return badRequest(fmt.Sprintf("%.80q is given %d times; for one of several values write __in", name, len(values)))
	}
	value, ref := values[0], c.use(col)
	if sign := comparisons[lookup]; sign != "" {
		c.add("%s %s %s", ref, sign, col.typed(c.param(value)))
		return nil
	}
	switch lookup {
	case "isnull":
		null, err := boolean(name, value)
		if err != nil {
			return err
		}
		c.add("(%s IS NULL) = %t", ref, null)
	case "contains":
		c.add("strpos(%s::text, %s) > 0", ref, c.param(value))
	case "icontains":
		c.add("strpos(lower(%s::text), lower(%s)) > 0", ref, c.param(value))
	case "startswith":
		c.add("starts_with(%s::text, %s)", ref, c.param(value))
	}
	return nil
}

func (c *condition) in(col column, name string, values []string) error {
	var params []string
	ref := c.use(col)
	for _, list := range values {
		for value := range strings.SplitSeq(list, ",") {
			if len(params) == mostValues {
				return badRequest(fmt.Sprintf("%.80q has more than %d values", name, mostValues))
			}
			params = append(params, col.typed(c.param(value)))
		}
	}
	c.add("%s IN (%s)", ref, strings.Join(params, ", "))
	return nil
}

// byKey is the condition for one row.
func (t *table) byKey(key []string) *condition {
	c := &condition{}
	for i, col := range t.key {
		c.add("%s = %s", c.use(col), col.typed(c.param(key[i])))
	}
	return c
}

// byKeys is the condition for the rows with the keys that a parameter lists, as JSON.
// It names columns by themselves.
func (t *table) byKeys(param string) string {
	var values []string
	for i, col := range t.key {
		values = append(values, col.typed(fmt.Sprintf("k.v ->> %d", i)))
	}
	return fmt.Sprintf("(%s) IN (SELECT %s FROM jsonb_array_elements(%s::text::jsonb) AS k(v))", list("", t.key, "%s"), strings.Join(values, ", "), param)
}

// boolean reads a value as Django REST framework does.
func boolean(name, value string) (bool, error) {
	switch strings.ToLower(value) {
	case "true", "t", "yes", "y", "on", "1":
		return true, nil
	case "false", "f", "no", "n", "off", "0":
		return false, nil
	}
	return false, badRequest(fmt.Sprintf("%.80q is true or false, and not %.80q", name, value))
}

func sorted(params url.Values) []string {
	var names []string
	for name := range params {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
