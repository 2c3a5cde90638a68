package cascades

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// row is the values of a table's columns, as text; nil is NULL.
type row []*string

func (r row) String() string {
	var b strings.Builder
	for i, v := range r {
		if i > 0 {
			b.WriteString(" | ")
		}
		if v == nil {
			b.WriteString("NULL")
		} else {
			b.WriteString(literal(*v))
		}
	}
	return b.String()
}

// at is the values of some columns; ok is false if one of them is NULL.
func (r row) at(columns []int) (values []string, ok bool) {
	for _, c := range columns {
		if r[c] == nil {
			return nil, false
		}
		values = append(values, *r[c])
	}
	return values, true
}

func (r row) has(columns []int, values []string) bool {
	for i, c := range columns {
		if r[c] == nil || *r[c] != values[i] {
			return false
		}
	}
	return true
}

func sqlValue(v *string) string {
	if v == nil {
		return "NULL"
	}
	return literal(*v)
}

// own makes the nth row of t, its references yet to be filled.
func (t *table) own(r *rand.Rand, n int) row {
	out := make(row, len(t.columns))
	for i, c := range t.columns {
		switch {
		case c.number:
			v := fmt.Sprint(r.IntN(10))
			out[i] = &v
		case c.own:
			v := c.nth(n)
			out[i] = &v
		}
	}
	for _, u := range t.unique {
		if c := t.columns[u[0]]; !c.notNull && r.IntN(6) == 0 {
			out[u[r.IntN(len(u))]] = nil
		}
	}
	return out
}

// firstRows makes the rows that both databases start with. All references are valid.
func (s *schema) firstRows(r *rand.Rand) [][]row {
	rows := make([][]row, len(s.tables))
	for i, t := range s.tables {
		for n := range 10 + r.IntN(31) {
			x := t.own(r, n+1)
			ok := true
			for _, f := range s.parents(i) {
				if t.columns[f.columns[0]].identity {
					ok = s.refer(r, f, x, rows[f.parent], false) && ok
				}
			}
			if ok {
				rows[i] = append(rows[i], x)
			}
		}
	}
	for i, t := range s.tables {
		rows[i] = slices.DeleteFunc(rows[i], func(x row) bool {
			ok := true
			for _, f := range s.parents(i) {
				if !t.columns[f.columns[0]].identity {
					ok = s.refer(r, f, x, rows[f.parent], r.IntN(7) == 0) && ok
				}
			}
			return !ok
		})
	}
	return s.valid(rows)
}

// refer makes x refer to one of the parents by f. ok is false if x must refer to
// one and there is none.
func (s *schema) refer(r *rand.Rand, f *foreignKey, x row, parents []row, null bool) (ok bool) {
	t := s.tables[f.child]
	if !null {
		for range 8 {
			if len(parents) == 0 {
				break
			}
			p := pick(r, parents)
			values, known := p.at(f.refs)
			if known && s.fits(f, x, values) {
				for i, c := range f.columns {
					x[c] = &values[i]
				}
				return true
			}
		}
	}
	for _, c := range f.columns {
		if t.columns[c].notNull {
			return false
		}
	}
	for _, c := range f.columns {
		x[c] = nil
	}
	return true
}

// fits reports whether x can take these values for f, beside those that it has.
func (s *schema) fits(f *foreignKey, x row, values []string) bool {
	for i, c := range f.columns {
		if x[c] != nil && *x[c] != values[i] {
			return false
		}
	}
	return true
}

// valid drops rows that refer to none, until no more are to be dropped. What it is
// given stays as it is.
func (s *schema) valid(rows [][]row) [][]row {
	rows = slices.Clone(rows)
	for i := range rows {
		rows[i] = slices.Clone(rows[i])
	}
	for dropped := true; dropped; {
		dropped = false
		for _, f := range s.keys {
			n := len(rows[f.child])
			rows[f.child] = slices.DeleteFunc(rows[f.child], func(x row) bool { return !refers(f, x, rows[f.parent]) })
			dropped = dropped || len(rows[f.child]) < n
		}
	}
	return rows
}

// refers reports whether x satisfies f.
func refers(f *foreignKey, x row, parents []row) bool {
	values, ok := x.at(f.columns)
	if !ok {
		return !f.full || !slices.ContainsFunc(f.columns, func(c int) bool { return x[c] != nil })
	}
	return slices.ContainsFunc(parents, func(p row) bool { return p.has(f.refs, values) })
}

// load is a script that fills a table; the deletion ids are those of deleted rows.
func (t *table) load(rows []row, deleted []deadRow) string {
	var b strings.Builder
	for _, x := range rows {
		if b.Len() == 0 {
			fmt.Fprintf(&b, "INSERT INTO %s (%s) VALUES", t.full(), t.list("", t.all()))
		} else {
			b.WriteByte(',')
		}
		b.WriteString("\n  (" + x.sql() + ")")
	}
	if b.Len() > 0 {
		b.WriteString(";\n")
	}
	for _, x := range deleted {
		if t.archived {
			t.loadRecord(&b, x)
			continue
		}
		columns, values := t.list("", t.all())+", "+name(t.markerName), x.row.sql()+", "+t.marking()
		if t.deletionID != "" && x.id != nil {
			columns, values = columns+", "+name(t.deletionID), values+", "+literal(*x.id)
		}
		fmt.Fprintf(&b, "INSERT INTO %s (%s) VALUES (%s);\n", t.full(), columns, values)
	}
	return b.String()
}

// loadRecord is for a deleted row of an archived table.
func (t *table) loadRecord(b *strings.Builder, x deadRow) {
	id := "NULL"
	if x.id != nil {
		id = literal(*x.id)
	}
	var key []string
	for _, c := range t.key {
		key = append(key, literal(t.columns[c].name)+", x."+name(t.columns[c].name))
	}
	fmt.Fprintf(b, "INSERT INTO public.deletion_records (deletion_id, table_name, key, data) SELECT %s, %s, jsonb_build_object(%s), to_jsonb(x.*) FROM (SELECT (%s.y).* FROM (SELECT ROW(%s)::%s AS y) AS %[4]s) AS x;\n",
		id, literal(t.policyName()), strings.Join(key, ", "), "z", x.row.sql(), t.full())
}

func (r row) sql() string {
	var out []string
	for _, v := range r {
		out = append(out, sqlValue(v))
	}
	return strings.Join(out, ", ")
}
