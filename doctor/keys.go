package doctor

import (
	"fmt"
	"slices"
	"strings"

	"github.com/softdelete-go/softdelete"
)

// index is an index of a table.
type index struct {
	Table      int64    `json:"table"`
	Name       string   `json:"name"`
	SQL        string   `json:"sql"`
	Unique     bool     `json:"unique"`
	Primary    bool     `json:"primary"`
	Constraint string   `json:"constraint"` // that it belongs to
	Type       string   `json:"type"`       // of that constraint
	Referenced bool     `json:"referenced"` // by foreign keys
	Supplied   bool     `json:"supplied"`   // the server makes values for one of its columns
	Strict     bool     `json:"strict"`     // NULLS NOT DISTINCT
	Columns    []string `json:"columns"`    // of the key; "" for an expression
	Keys       []string `json:"keys"`       // the same as SQL
	Expression string   `json:"expression"`
	Predicate  string   `json:"predicate"`
	Definition string   `json:"definition"`
	Exclusion  string   `json:"exclusion"` // the constraint's definition
}

const indexesQuery = `
SELECT i.indrelid::bigint AS table, c.relname AS name, c.oid::pg_catalog.regclass::text AS sql, i.indisunique AS unique, i.indisprimary AS primary,
  coalesce(k.conname, '') AS constraint, coalesce(k.contype::text, '') AS type, coalesce(to_jsonb(i) -> 'indnullsnotdistinct' = 'true', false) AS strict,
  EXISTS (SELECT FROM pg_catalog.pg_constraint f WHERE f.contype = 'f' AND f.conindid = i.indexrelid) AS referenced,
  EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey::int2[]) AND (a.atthasdef OR a.attidentity <> '')) AS supplied,
  (SELECT json_agg(coalesce(a.attname, '') ORDER BY u.n) FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS u(num, n)
   LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = u.num AND u.num > 0 WHERE u.n <= i.indnkeyatts) AS columns,
  (SELECT json_agg(pg_catalog.pg_get_indexdef(i.indexrelid, n, false) ORDER BY n) FROM generate_series(1, i.indnkeyatts) n) AS keys,
  coalesce(pg_catalog.pg_get_expr(i.indexprs, i.indrelid), '') AS expression, coalesce(pg_catalog.pg_get_expr(i.indpred, i.indrelid), '') AS predicate,
  pg_catalog.pg_get_indexdef(i.indexrelid) AS definition, CASE k.contype WHEN 'x' THEN pg_catalog.pg_get_constraintdef(k.oid) ELSE '' END AS exclusion
FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
LEFT JOIN pg_catalog.pg_constraint k ON k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u', 'x')
WHERE i.indrelid = ANY ($1::text::oid[]) AND NOT c.relispartition AND i.indisvalid
ORDER BY c.relname`

// inMarker reports whether the key depends on the marker through an expression or a
// generated column, so that deleted rows have other keys.
func (t *table) inMarker(i index) bool {
	for _, name := range i.Columns {
		if c, ok := t.find(name); ok && c.Generated && mentions(c.Default, t.column) {
			return true
		}
	}
	return i.Expression != "" && mentions("("+i.Expression+")", t.column)
}

// forLive reports whether a unique key does not hold for deleted rows, or not for both.
func (t *table) forLive(i index) bool {
	return i.Predicate != "" && mentions(i.Predicate, t.column) || t.inMarker(i)
}

func (x *examination) uniqueKeys() error {
	indexes, err := ask[index](x, indexesQuery, x.oids())
	if err != nil {
		return err
	}
	for _, i := range indexes {
		t := x.byOID[i.Table]
		switch {
		case !i.Unique || t.forLive(i):
		case i.Primary || i.Referenced:
			if !i.Supplied && t.entry.OnBlocked != softdelete.Phoenix {
				x.add("SD122", i.SQL, fmt.Sprintf("A deleted row of %s keeps its key (%s), and the key cannot be partial: the same key cannot be inserted again.", t.SQL, strings.Join(i.Keys, ", ")),
					comment("Let the server make the keys, so that none comes again. Or let new rows take the places of deleted ones: on_blocked: phoenix in the policy."))
			}
		case slices.Contains(i.Columns, t.column):
			x.add("SD123", i.SQL, markedKey(t, i), x.withoutMarker(t, i))
		default:
			x.add("SD121", i.SQL, fmt.Sprintf("A deleted row of %s keeps its key (%s): the same key cannot be inserted again.", t.SQL, strings.Join(i.Keys, ", ")), partial(t, i))
		}
	}
	return nil
}

func markedKey(t *table, i index) string {
	switch {
	case t.marker == softdelete.Flag:
		return fmt.Sprintf("The key (%s) of %s contains the marker: of each key only one row can be deleted.", strings.Join(i.Keys, ", "), t.SQL)
	case t.marker == softdelete.Timestamp && !i.Strict:
		return fmt.Sprintf("The key (%s) of %s contains the marker, which is NULL in live rows: two of them can have the same key.", strings.Join(i.Keys, ", "), t.SQL)
	default:
		return fmt.Sprintf("The key (%s) of %s contains the marker: two rows with the same key cannot be deleted at the same time.", strings.Join(i.Keys, ", "), t.SQL)
	}
}

// concurrently is for commands that need it on plain tables, and cannot have it on
// partitioned ones.
func (t *table) concurrently() string {
	if t.Kind == "p" {
		return ""
	}
	return "CONCURRENTLY"
}

// liveName is the name of the index that takes the place of another.
func liveName(name string) string { return suffixed(name, "_live") }

// partial replaces a unique key by one over live rows.
func partial(t *table, i index) string {
	p, err := cut(i.Definition)
	if err != nil {
		return comment("Replace " + i.SQL + " by a unique index WHERE " + t.live("") + ".")
	}
	using := p.find(0, "USING")
	definition, err := withCondition(join("CREATE UNIQUE INDEX", t.concurrently(), liveName(i.Name), "ON", t.SQL, p.between(using, len(p.tokens))), t.live(""))
	if err != nil {
		return comment("Replace " + i.SQL + " by a unique index WHERE " + t.live("") + ".")
	}
	return definition + ";\n" + drop(t, i)
}

// withoutMarker replaces a unique key by one over live rows that does not contain the
// marker.
func (x *examination) withoutMarker(t *table, i index) string {
	var keys []string
	for n, column := range i.Columns {
		if column != t.column {
			keys = append(keys, i.Keys[n])
		}
	}
	if len(keys) == 0 {
		return drop(t, i)
	}
	where := t.live("")
	if i.Predicate != "" {
		where = i.Predicate + " AND " + where
	}
	return join("CREATE UNIQUE INDEX", t.concurrently(), liveName(i.Name), "ON", t.SQL, "("+strings.Join(keys, ", ")+")", "WHERE", where) + ";\n" + drop(t, i)
}

func drop(t *table, i index) string {
	if i.Constraint != "" {
		return fmt.Sprintf("ALTER TABLE %s DROP CONSTRAINT %s;", t.SQL, quote(i.Constraint))
	}
	return join("DROP INDEX", t.concurrently(), i.SQL) + ";"
}

func (x *examination) exclusions() error {
	indexes, err := ask[index](x, indexesQuery, x.oids())
	if err != nil {
		return err
	}
	for _, i := range indexes {
		t := x.byOID[i.Table]
		if i.Type != "x" || t.forLive(i) || slices.Contains(i.Columns, t.column) {
			continue
		}
		remedy := comment("Make the constraint again with WHERE (" + t.live("") + ").")
		if definition, err := withCondition(i.Exclusion, t.live("")); err == nil {
			remedy = fmt.Sprintf("ALTER TABLE %s DROP CONSTRAINT %s, ADD CONSTRAINT %[2]s %s;", t.SQL, quote(i.Constraint), definition)
		}
		x.add("SD124", t.SQL+"."+quote(i.Constraint), fmt.Sprintf("A deleted row of %s still excludes new ones.", t.SQL), remedy)
	}
	return nil
}

// missingIndexes looks at the foreign keys that deletes follow.
func (x *examination) missingIndexes() error {
	type reference struct {
		child   *table
		columns []string
	}
	var references []reference
	oids := []string{}
	for _, f := range x.policy.ForeignKeys {
		if f.OnDelete == softdelete.KeepVisible {
			continue
		}
		for _, side := range x.sides(f) {
			child, parent := side[0], side[1]
			if x.byOID[parent.OID] == nil || !child.hasAll(f.Columns) {
				continue // not followed, or as the comparison with the policy says
			}
			references = append(references, reference{child, f.Columns})
			oids = append(oids, fmt.Sprint(child.OID))
		}
	}
	indexes, err := ask[index](x, indexesQuery, "{"+strings.Join(oids, ",")+"}")
	if err != nil {
		return err
	}
	for _, r := range references {
		if slices.ContainsFunc(indexes, func(i index) bool { return i.Table == r.child.OID && x.serves(i, r.child, r.columns) }) {
			continue
		}
		x.add("SD141", r.child.SQL+"."+quoteAll(r.columns), fmt.Sprintf("No index of %s begins with (%s), which each delete of a parent looks for.", r.child.SQL, quoteAll(r.columns)),
			join("CREATE INDEX", r.child.concurrently(), "ON", r.child.SQL, "("+quoteAll(r.columns)+")")+";")
	}
	return nil
}

// serves reports whether an index finds the live rows of a table by the columns.
func (x *examination) serves(i index, t *table, columns []string) bool {
	if len(i.Columns) < len(columns) {
		return false
	}
	for _, c := range i.Columns[:len(columns)] {
		if !slices.Contains(columns, c) {
			return false
		}
	}
	return i.Predicate == "" || x.byOID[t.OID] != nil && t.onlyLive(i.Predicate)
}

// onlyLive reports whether an expression is the live condition and nothing else.
func (t *table) onlyLive(expr string) bool {
	return len(conjuncts(condition(expr))) == 1 && t.hasLive(expr)
}

func (x *examination) loneIndexes() error {
	indexes, err := ask[index](x, indexesQuery, x.oids())
	if err != nil {
		return err
	}
	for _, i := range indexes {
		t := x.byOID[i.Table]
		if i.Unique || !slices.Equal(i.Columns, []string{t.column}) || i.Predicate != "" && !t.onlyLive(i.Predicate) {
			continue
		}
		x.add("SD142", i.SQL, fmt.Sprintf("The index has only the marker of %s. Most rows have the same value in it, and each delete has to write to all indexes for its sake.", t.SQL), drop(t, i))
	}
	return nil
}

func (x *examination) checks() error {
	type check struct {
		Table int64  `json:"table"`
		Name  string `json:"name"`
	}
	checks, err := ask[check](x, `SELECT conrelid::bigint AS table, conname AS name FROM pg_catalog.pg_constraint
WHERE contype = 'c' AND NOT convalidated AND conparentid = 0 AND conislocal AND conrelid = ANY ($1::text::oid[])
  AND coalesce(to_jsonb(pg_constraint) -> 'conenforced' <> 'false', true)`, x.oids())
	if err != nil {
		return err
	}
	for _, c := range checks {
		t := x.byOID[c.Table]
		x.add("SD151", t.SQL+"."+quote(c.Name), fmt.Sprintf("The check %s is NOT VALID. A row of %s that violates it cannot be deleted, for the UPDATE is checked.", quote(c.Name), t.SQL),
			fmt.Sprintf("ALTER TABLE %s VALIDATE CONSTRAINT %s;", t.SQL, quote(c.Name)))
	}
	return nil
}

func (x *examination) trees() error {
	type edge struct {
		Child  int64 `json:"child"`
		Parent int64 `json:"parent"`
	}
	edges, err := ask[edge](x, `SELECT i.inhrelid::bigint AS child, i.inhparent::bigint AS parent FROM pg_catalog.pg_inherits i
JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid AND c.relkind IN ('r', 'p', 'f')`)
	if err != nil {
		return err
	}
	missing := func(t, known *table, relation string) {
		if t != nil {
			entry := known.entry
			lines := "Policy, tables (if the table lacks the column, add it first):\n  - {name: " + yaml(policyName(t.Schema, t.Name)) + ", column: " + yaml(known.column) + ", marker: " + entry.Marker.String()
			x.add("SD131", t.SQL, fmt.Sprintf("%s is a %s of %s and not in the policy: statements that name it see deleted rows, and really delete.", t.SQL, relation, known.SQL), comment(lines+"}"))
		}
	}
	// A level more in each round, for the children of children.
	known := map[int64]*table{}
	for oid, t := range x.byOID {
		known[oid] = t
	}
	for found := true; found; {
		found = false
		for _, e := range edges {
			child, parent := known[e.Child], known[e.Parent]
			switch {
			case child == nil && parent != nil:
				missing(x.relation(e.Child), parent, "partition or child")
				known[e.Child], found = parent, true
			case child != nil && parent == nil:
				missing(x.relation(e.Parent), child, "parent")
				known[e.Parent], found = child, true
			}
		}
	}
	return nil
}
