package doctor

import (
	"fmt"
	"strings"

	"github.com/softdelete-go/softdelete"
)

// markers looks at the marker columns themselves.
func (x *examination) markers() error {
	for _, t := range x.tables {
		c, _ := t.find(t.column)
		object := t.SQL + "." + quote(c.Name)
		alter := func(actions ...string) string {
			for i, a := range actions {
				actions[i] = "ALTER COLUMN " + quote(c.Name) + " " + a
			}
			return "ALTER TABLE " + t.SQL + " " + strings.Join(actions, ", ") + ";"
		}
		live := t.liveValue()
		switch {
		case c.Generated:
			x.add("SD513", object, "The column is generated; neither a delete nor a restore can set it.", alter("DROP EXPRESSION"))
		case t.marker == softdelete.Timestamp:
			if c.Required {
				x.add("SD513", object, "The column is NOT NULL, and NULL is what makes a row live: every row is deleted.", alter("DROP NOT NULL"))
			}
			if c.Default != "" && !isNull(c.Default) {
				x.add("SD511", object, fmt.Sprintf("The default %s makes every new row a deleted one.", c.Default), alter("DROP DEFAULT"))
			}
		default:
			if c.Default != "" && !isNull(c.Default) && !t.isLiveValue(c.Default) {
				x.add("SD511", object, fmt.Sprintf("The default %s makes every new row a deleted one.", c.Default), alter("SET DEFAULT "+live))
			}
			x.loose(t, c, object, alter)
		}
	}
	return nil
}

// loose judges whether a flag or number can be NULL, or left out.
func (x *examination) loose(t *table, c column, object string, alter func(...string) string) {
	switch {
	case !c.Required:
		x.add("SD512", object, "The column can be NULL, and a row where it is NULL is neither live nor deleted.",
			fmt.Sprintf("UPDATE %s SET %s = %s WHERE %[2]s IS NULL;\n", t.SQL, quote(c.Name), t.liveValue())+alter("SET DEFAULT "+t.liveValue(), "SET NOT NULL"))
	case c.Default == "" || isNull(c.Default):
		x.add("SD512", object, "The column has no default, so that an INSERT that does not name it fails.", alter("SET DEFAULT "+t.liveValue()))
	}
}

// isNull reports whether a default is NULL, which is kept as a cast.
func isNull(expr string) bool {
	n := condition(expr)
	return n != nil && uncast(n).GetAConst().GetIsnull()
}

// isLiveValue reports whether a default is the constant of live rows.
func (t *table) isLiveValue(expr string) bool {
	n := condition(expr)
	if n == nil {
		return false
	}
	c := uncast(n).GetAConst()
	switch {
	case c == nil:
		return false
	case t.marker == softdelete.Flag:
		return c.GetBoolval() != nil && !c.GetBoolval().Boolval
	default:
		return c.GetIval() != nil && c.GetIval().Ival == 0 || c.GetSval() != nil && c.GetSval().Sval == "0"
	}
}
