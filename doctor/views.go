package doctor

import (
	"context"
	"fmt"
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
)

// view is one that reads policy tables itself.
type view struct {
	Name       string   `json:"name"`
	Kind       string   `json:"kind"`
	Definition string   `json:"definition"`
	Options    []string `json:"options"`
	Deletable  bool     `json:"deletable"`  // a DELETE from it reaches a table
	Dependents []string `json:"dependents"` // the views on top of it
	Refresh    []string `json:"refresh"`    // those of them that are materialized
	Populated  bool     `json:"populated"`
	Owner      string   `json:"owner"`
	Indexes    []string `json:"indexes"`
	Grants     []string `json:"grants"`
}

const viewsQuery = `
WITH RECURSIVE reading AS (
  SELECT DISTINCT r.ev_class AS oid, d.refobjid AS of
  FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_rewrite r ON r.oid = d.objid AND r.rulename = '_RETURN'
  WHERE d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
    AND d.refobjid <> r.ev_class
), above AS (
  SELECT oid, of AS root FROM reading
  UNION SELECT r.oid, a.root FROM above a JOIN reading r ON r.of = a.oid
)
SELECT c.oid::pg_catalog.regclass::text AS name, c.relkind AS kind, pg_catalog.pg_get_viewdef(c.oid) AS definition,
  pg_catalog.to_json(c.reloptions) AS options, c.relispopulated AS populated, pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(c.relowner)) AS owner,
  pg_catalog.pg_relation_is_updatable(c.oid::pg_catalog.regclass, false) & 16 <> 0 AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_trigger g WHERE g.tgrelid = c.oid AND g.tgtype & 72 = 72 AND g.tgenabled <> 'D') AS deletable, -- INSTEAD OF DELETE
  (SELECT json_agg(a.oid::pg_catalog.regclass::text ORDER BY 1) FROM (SELECT DISTINCT oid FROM above WHERE root = c.oid) a) AS dependents,
  (SELECT json_agg(a.oid::pg_catalog.regclass::text ORDER BY 1) FROM (SELECT DISTINCT oid FROM above WHERE root = c.oid) a
   JOIN pg_catalog.pg_class m ON m.oid = a.oid AND m.relkind = 'm') AS refresh,
  (SELECT json_agg(pg_catalog.pg_get_indexdef(i.indexrelid) ORDER BY i.indexrelid) FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid) AS indexes,
  (SELECT json_agg(pg_catalog.format('GRANT %s ON %s TO %s', g.privileges, c.oid::pg_catalog.regclass, g.who) ORDER BY g.who)
   FROM (SELECT string_agg(x.privilege_type, ', ' ORDER BY x.privilege_type) AS privileges,
           CASE x.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(x.grantee)) END AS who
         FROM pg_catalog.aclexplode(c.relacl) x WHERE x.grantee <> c.relowner GROUP BY 2) g) AS grants
FROM pg_catalog.pg_class c
WHERE c.relkind IN ('v', 'm') AND c.oid IN (SELECT oid FROM reading WHERE of = ANY ($1::text::oid[]))
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e WHERE e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND e.objid = c.oid AND e.deptype = 'e')`

func (x *examination) views() error {
	views, err := ask[view](x, viewsQuery, x.oids())
	if err != nil {
		return err
	}
	for _, v := range views {
		read, known := x.unfiltered(v.Definition)
		switch {
		case known && len(read) == 0 && !v.Deletable:
		case known && len(read) == 0:
			x.add("SD103", v.Name, fmt.Sprintf("A DELETE from the view %s is not rewritten, and really deletes from the table beneath.", v.Name),
				x.filteredView(v)+"\n"+comment("Nothing can be inserted or updated through it then, either."))
		case v.Kind == "m":
			x.add("SD102", v.Name, v.danger("The materialized view", read), x.filteredMaterialized(v))
		default:
			x.add("SD101", v.Name, v.danger("The view", read), x.filteredView(v))
		}
	}
	return nil
}

func (v view) danger(what string, read []*table) string {
	danger := fmt.Sprintf("%s %s shows deleted rows of %s.", what, v.Name, tableNames(read))
	if len(v.Dependents) > 0 {
		danger += fmt.Sprintf(" So do those on top of it: %s.", strings.Join(v.Dependents, ", "))
	}
	if v.Deletable {
		danger += " A DELETE from it is not rewritten, and really deletes."
	}
	return danger
}

// tableNames lists tables, each once.
func tableNames(tables []*table) string {
	var names []string
	for _, t := range tables {
		if !slices.Contains(names, t.SQL) {
			names = append(names, t.SQL)
		}
	}
	return strings.Join(names, ", ")
}

// unfiltered returns the policy tables that a query reads without a condition, and
// whether that could be found out. If not, they are all that could be.
func (x *examination) unfiltered(query string) (read []*table, known bool) {
	if got, err := x.rewriter.Rewrite(context.Background(), query); err == nil && got == query {
		return nil, true
	}
	tree, err := pg.Parse(query)
	if err != nil {
		return x.tables, false
	}
	return x.analyse(tree).unfiltered, true
}

// filteredView is the statement that replaces a view by one that filters.
func (x *examination) filteredView(v view) string {
	options, note := "", ""
	var kept []string
	for _, o := range v.Options {
		if strings.HasPrefix(o, "check_option=") {
			note = "\n" + comment("WITH CHECK OPTION is left out: nothing can be written through the view then.")
			continue
		}
		kept = append(kept, o)
	}
	if len(kept) > 0 {
		options = " WITH (" + strings.Join(kept, ", ") + ")"
	}
	for _, name := range v.Refresh {
		note += "\nREFRESH MATERIALIZED VIEW " + name + ";"
	}
	return x.rewritten("CREATE OR REPLACE VIEW "+v.Name+options+" AS\n"+v.Definition) + note
}

// filteredMaterialized are the statements that make a materialized view again.
func (x *examination) filteredMaterialized(v view) string {
	options, data := "", "WITH DATA"
	if len(v.Options) > 0 {
		options = " WITH (" + strings.Join(v.Options, ", ") + ")"
	}
	if !v.Populated {
		data = "WITH NO DATA"
	}
	create := x.rewritten("CREATE MATERIALIZED VIEW " + v.Name + options + " AS\n" + strings.TrimSuffix(strings.TrimSpace(v.Definition), ";") + "\n" + data)
	if strings.HasPrefix(create, "--") {
		return create
	}
	statements := []string{"BEGIN;"}
	if len(v.Dependents) > 0 {
		statements = append(statements, comment("Drop first, and create again afterwards: "+strings.Join(v.Dependents, ", ")))
	}
	statements = append(statements, "DROP MATERIALIZED VIEW "+v.Name+";", create,
		"ALTER MATERIALIZED VIEW "+v.Name+" OWNER TO "+v.Owner+";")
	for _, s := range slices.Concat(v.Indexes, v.Grants) {
		statements = append(statements, s+";")
	}
	return strings.Join(append(statements, "COMMIT;"), "\n")
}

// rewritten returns what the driver would send for a statement, ended by a semicolon,
// or a comment that says why it would not.
func (x *examination) rewritten(statement string) string {
	got, err := x.rewriter.Rewrite(context.Background(), statement)
	if err != nil {
		return comment("The definition cannot be rewritten; write it by hand.\n" + err.Error())
	}
	return strings.TrimSuffix(strings.TrimSpace(got), ";") + ";"
}
