package doctor

import (
	"fmt"
	"strings"

	"github.com/softdelete-go/softdelete"
)

// keyOf returns columns that identify a row of a relation in reports.
func keyOf(t *table, primaryKey, columns []string) []string {
	key := primaryKey
	if len(key) == 0 {
		key = []string{"id"}
	}
	if !t.hasAll(key) {
		return columns
	}
	return key
}

func (x *examination) orphans() error {
	for _, f := range x.policy.ForeignKeys {
		if f.OnDelete == softdelete.KeepVisible {
			continue
		}
		for _, side := range x.sides(f) {
			if x.byOID[side[1].OID] == nil {
				continue
			}
			if err := x.orphansOf(f, side[0], side[1]); err != nil {
				return err
			}
		}
	}
	return nil
}

// orphansOf counts the live rows of the child that refer to deleted rows.
func (x *examination) orphansOf(f softdelete.ForeignKey, child, parent *table) error {
	if !child.hasAll(f.Columns) || !parent.hasAll(f.RefColumns) {
		return nil // as the comparison with the policy says
	}
	var on []string
	for i := range f.Columns {
		on = append(on, "c."+quote(f.Columns[i])+" = p."+quote(f.RefColumns[i]))
	}
	soft := x.byOID[child.OID]
	key := keyOf(child, f.PrimaryKey, f.Columns)
	where := parent.dead("p")
	if soft != nil {
		where += " AND " + soft.live("c")
		key = keyOf(child, soft.entry.PrimaryKey, f.Columns)
	}
	type answer struct {
		Count int64      `json:"count"`
		Keys  [][]string `json:"keys"`
	}
	from := fmt.Sprintf("FROM %s c JOIN %s p ON %s WHERE %s", child.SQL, parent.SQL, strings.Join(on, " AND "), where)
	found, err := ask[answer](x, fmt.Sprintf("SELECT (SELECT count(*) %s) AS count, (SELECT json_agg(k.key) FROM (SELECT json_build_array(%s) AS key %s ORDER BY %s LIMIT 3) k) AS keys",
		from, strings.ReplaceAll(qualified("c", key)+"::text", ", c.", "::text, c."), from, qualified("c", key)))
	if err != nil || len(found) == 0 || found[0].Count == 0 {
		return err
	}
	var shown []string
	for _, k := range found[0].Keys {
		shown = append(shown, "("+strings.Join(k, ", ")+")")
	}
	if int64(len(shown)) < found[0].Count {
		shown = append(shown, "…")
	}
	is, refer := "rows", "refer"
	if found[0].Count == 1 {
		is, refer = "row", "refers"
	}
	x.add("SD301", child.SQL+"."+quoteAll(f.Columns), fmt.Sprintf("%d live %s of %s %s to deleted rows of %s: (%s) = %s.", found[0].Count, is, child.SQL, refer, parent.SQL, quoteAll(key), strings.Join(shown, ", ")),
		x.adoption(f, soft, child, parent, strings.Join(on, " AND ")))
	return nil
}

// adoption is what ends the orphans of a foreign key.
func (x *examination) adoption(f softdelete.ForeignKey, soft, child, parent *table, on string) string {
	set := f.Columns
	if len(f.SetColumns) > 0 {
		set = f.SetColumns
	}
	var assign []string
	ofLive := ""
	if soft != nil {
		ofLive = " AND " + soft.live("c")
	}
	switch {
	case f.OnDelete == softdelete.Cascade && soft != nil:
		assign = []string{quote(soft.column) + " = " + soft.deletedValue()}
	case f.OnDelete == softdelete.SetNull:
		for _, c := range set {
			assign = append(assign, quote(c)+" = NULL")
		}
	case f.OnDelete == softdelete.SetDefault:
		for _, c := range set {
			assign = append(assign, quote(c)+" = DEFAULT")
		}
	default:
		return comment("A delete of these parents would have been refused, so they are restored. Or delete the children.") + "\n" +
			fmt.Sprintf("UPDATE %s p SET %s = %s FROM %s c WHERE %s AND %s%s;", parent.SQL, quote(parent.column), parent.liveValue(), child.SQL, on, parent.dead("p"), ofLive)
	}
	return fmt.Sprintf("UPDATE %s c SET %s FROM %s p WHERE %s AND %s%s;", child.SQL, strings.Join(assign, ", "), parent.SQL, on, parent.dead("p"), ofLive)
}

func (x *examination) nullMarkers() error {
	for _, t := range x.tables {
		c, _ := t.find(t.column)
		if t.marker == softdelete.Timestamp || c.Required {
			continue
		}
		column := quote(t.column)
		counts, err := ask[struct {
			Count int64 `json:"count"`
		}](x, fmt.Sprintf("SELECT count(*) AS count FROM %s WHERE %s IS NULL", t.SQL, column))
		if err != nil {
			return err
		}
		if len(counts) > 0 && counts[0].Count > 0 {
			x.add("SD302", t.SQL+"."+column, fmt.Sprintf("The marker is NULL in %d of the rows of %s, which are neither live nor deleted.", counts[0].Count, t.SQL),
				fmt.Sprintf("UPDATE %s SET %s = %s WHERE %[2]s IS NULL;", t.SQL, column, t.liveValue()))
		}
	}
	return nil
}

func (x *examination) realDeletes() error {
	type statistics struct {
		Table int64 `json:"table"`
		Count int64 `json:"count"`
	}
	tables, err := ask[statistics](x, `SELECT relid::bigint AS table, n_tup_del AS count FROM pg_catalog.pg_stat_user_tables
WHERE n_tup_del > 0 AND relid = ANY ($1::text::oid[])`, x.oids())
	if err != nil {
		return err
	}
	for _, s := range tables {
		t := x.byOID[s.Table]
		x.add("SD411", t.SQL, fmt.Sprintf("%d rows of %s were really deleted since the statistics were last reset.", s.Count, t.SQL),
			comment("Find out who deletes: roles with the privilege (SD401), functions (SD201), jobs. Then set the counters back:")+"\n"+
				"SELECT pg_catalog.pg_stat_reset_single_table_counters("+quoteLiteral(t.SQL)+"::pg_catalog.regclass);")
	}
	return nil
}
