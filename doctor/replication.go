package doctor

import (
	"fmt"
	"slices"
)

func (x *examination) publications() error {
	type publication struct {
		Name    string `json:"name"`
		Table   int64  `json:"table"`
		Updates bool   `json:"updates"`
		Direct  bool   `json:"direct"` // the table is named, and all its columns
		Filter  string `json:"filter"`
	}
	publications, err := ask[publication](x, `
SELECT p.pubname AS name, c.oid::bigint AS table, p.pubupdate AS updates, coalesce(to_jsonb(v) ->> 'rowfilter', '') AS filter,
  EXISTS (SELECT FROM pg_catalog.pg_publication_rel r WHERE r.prpubid = p.oid AND r.prrelid = c.oid AND coalesce(to_jsonb(r) ->> 'prattrs', '') = '') AS direct
FROM pg_catalog.pg_publication_tables v JOIN pg_catalog.pg_publication p ON p.pubname = v.pubname
JOIN pg_catalog.pg_namespace n ON n.nspname = v.schemaname JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = v.tablename
WHERE p.pubdelete AND c.oid = ANY ($1::text::oid[])
ORDER BY p.pubname, c.relname`, x.oids())
	if err != nil {
		return err
	}
	for _, p := range publications {
		t := x.byOID[p.Table]
		if p.Updates && p.Filter != "" && mentions(p.Filter, t.column) {
			continue
		}
		name := quote(p.Name)
		what := "Subscribers receive it as an update, and keep the row."
		if !p.Updates {
			what = "It publishes no updates, so that subscribers never hear of it."
		}
		where := t.live("")
		if p.Filter != "" {
			where = p.Filter + " AND " + where
		}
		remedy := fmt.Sprintf("ALTER TABLE %[1]s REPLICA IDENTITY FULL;\nALTER PUBLICATION %[2]s DROP TABLE %[1]s;\nALTER PUBLICATION %[2]s ADD TABLE %[1]s WHERE (%[3]s);", t.SQL, name, where)
		if slices.ContainsFunc(t.Columns, func(c column) bool { return c.Generated }) {
			remedy = comment("The table has generated columns. From PostgreSQL 18 on nothing can be updated with REPLICA IDENTITY FULL unless they are published:\nALTER PUBLICATION " +
				name + " SET (publish_generated_columns = stored);\n" + remedy)
		} else if !p.Direct {
			remedy = comment("A row filter needs an entry of the table's own in the publication:\n" + remedy)
		} else if !p.Updates {
			remedy += "\nALTER PUBLICATION " + name + " SET (publish = 'insert, update, delete, truncate');"
		}
		x.add("SD231", t.SQL+" in publication "+name, fmt.Sprintf("A delete from %s reaches the publication %s as an UPDATE. %s", t.SQL, name, what),
			comment("PostgreSQL 15 or newer. With the filter an UPDATE that deletes softly is a DELETE for subscribers.")+"\n"+remedy)
	}
	return nil
}
