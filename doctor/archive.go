package doctor

import (
	"fmt"
	"slices"

	"github.com/softdelete-go/softdelete"
)

// archivedOIDs are the tables of mode archive as a parameter, like oids.
func (x *examination) archivedOIDs() string { return oidList(x.archived) }

func (x *examination) isArchived(oid int64) bool {
	return slices.ContainsFunc(x.archived, func(t *table) bool { return t.OID == oid })
}

// archivedKeys looks for foreign keys that the policy does not have. The database follows
// them by itself.
func (x *examination) archivedKeys() error {
	keys, err := ask[foreignKey](x, foreignKeysQuery, x.archivedOIDs())
	if err != nil {
		return err
	}
	for _, k := range keys {
		if k.child, k.parent = x.relation(k.Child), x.relation(k.Parent); k.child == nil || k.parent == nil || !x.isArchived(k.Parent) || x.listed(k) != nil {
			continue
		}
		what := "forbids it"
		if a := k.action(); a != softdelete.NoAction && a != softdelete.Restrict {
			what = "changes or destroys rows of " + k.child.SQL + ", and no restore brings that back"
		}
		x.add("SD111", k.object(), fmt.Sprintf("A delete from %s is a real one, and the constraint, which the policy does not have, %s.", k.parent.SQL, what),
			comment("Policy, foreign_keys:\n  - "+k.entry()))
	}
	return nil
}

// unfaithful is a column whose values deletion_records does not keep as they are.
type unfaithful struct {
	Table  int64  `json:"table"`
	Column string `json:"column"`
	Type   string `json:"type"` // of the column
	Inner  string `json:"inner"`
	Plain  bool   `json:"plain"` // the column is of type json itself
	JSON   bool   `json:"json"`  // or of something made of it; else the type has a cast to json
}

// Types are looked into: domains, and the elements of arrays and ranges.
const unfaithfulQuery = `
WITH RECURSIVE kind(relid, num, name, typ, depth) AS (
  SELECT a.attrelid, a.attnum, a.attname, a.atttypid, 0 FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
  WHERE a.attrelid = ANY ($1::text::oid[]) AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND NOT c.relispartition
  UNION ALL
  SELECT k.relid, k.num, k.name, i.typ, k.depth + 1 FROM kind k JOIN pg_catalog.pg_type t ON t.oid = k.typ
  CROSS JOIN LATERAL (SELECT CASE WHEN t.typtype = 'd' THEN t.typbasetype WHEN t.typcategory = 'A' THEN t.typelem ELSE 0 END) AS i(typ) WHERE i.typ <> 0
)
SELECT k.relid::bigint AS table, k.name AS column, a.atttypid::pg_catalog.regtype::text AS type, k.typ::pg_catalog.regtype::text AS inner,
  k.typ = 'json'::pg_catalog.regtype AND k.depth = 0 AS plain, k.typ = 'json'::pg_catalog.regtype AS json
FROM kind k JOIN pg_catalog.pg_attribute a ON a.attrelid = k.relid AND a.attnum = k.num
WHERE k.typ = 'json'::pg_catalog.regtype OR k.typ >= 16384 AND EXISTS (SELECT FROM pg_catalog.pg_cast c
  WHERE c.castsource = k.typ AND c.casttarget = 'json'::pg_catalog.regtype AND c.castmethod = 'f')
ORDER BY k.relid, k.num`

// archivedColumns looks for columns that jsonb does not keep exactly.
func (x *examination) archivedColumns() error {
	columns, err := ask[unfaithful](x, unfaithfulQuery, x.archivedOIDs())
	if err != nil {
		return err
	}
	for _, c := range columns {
		t := x.relation(c.Table)
		object := t.SQL + "." + quote(c.Column)
		if !c.JSON {
			x.add("SD171", object, fmt.Sprintf("The type %s has a cast to json, which deletion_records uses for %s; a restore reads the outcome as text of that type, and may fail or give another value.", c.Inner, object),
				comment("Try DELETE and Restore on a copy. Where the value differs, leave the rows in their table (mode: mark), or drop the cast if nothing else needs it:\nDROP CAST ("+c.Inner+" AS json);"))
			continue
		}
		danger := fmt.Sprintf("%s is of type %s: deletion_records is jsonb, which keeps neither white space nor order, and of keys that are there twice the last one.", object, c.Type)
		if !c.Plain {
			x.add("SD171", object, danger, comment("Make the type of jsonb, or leave the rows in their table (mode: mark)."))
			continue
		}
		x.add("SD171", object, danger, comment("It rewrites the table, and what jsonb does not keep is lost at once.")+
			fmt.Sprintf("\nALTER TABLE %s ALTER COLUMN %s TYPE jsonb;", t.SQL, quote(c.Column)))
	}
	return nil
}

// archivedPartitions looks for partitions that came after the triggers of their whole.
func (x *examination) archivedPartitions() error {
	type partition struct {
		OID   int64  `json:"oid"`
		Whole string `json:"whole"`
	}
	found, err := ask[partition](x, `
SELECT p.relid::pg_catalog.oid::bigint AS oid, w.oid::pg_catalog.regclass::text AS whole
FROM pg_catalog.pg_class w CROSS JOIN LATERAL pg_catalog.pg_partition_tree(w.oid) p
WHERE w.oid = ANY ($1::text::oid[]) AND w.relkind = 'p' AND NOT w.relispartition AND p.level > 0
  AND EXISTS (SELECT FROM pg_catalog.pg_trigger g WHERE g.tgrelid = w.oid AND g.tgname = 'Archive_softdelete')
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_trigger g WHERE g.tgrelid = p.relid AND g.tgname = 'Archive_softdelete')
ORDER BY p.relid`, x.archivedOIDs())
	if err != nil {
		return err
	}
	for _, p := range found {
		t := x.relation(p.OID)
		x.add("SD172", t.SQL, fmt.Sprintf("%s has no trigger that records what other clients delete by its own name or with TRUNCATE; %s has.", t.SQL, p.Whole),
			comment("Put it into the policy, with partition_of, and run softdelete ddl --archive-triggers again."))
	}
	return nil
}
