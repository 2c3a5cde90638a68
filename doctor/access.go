package doctor

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// rowPolicy is a policy of row-level security.
type rowPolicy struct {
	Table      int64    `json:"table"`
	Name       string   `json:"name"`
	Command    string   `json:"command"` // as pg_policy has it
	Permissive bool     `json:"permissive"`
	Roles      []string `json:"roles"`
	Using      string   `json:"using"`
	Check      string   `json:"check"`
}

const rowPoliciesQuery = `
SELECT p.polrelid::bigint AS table, p.polname AS name, p.polcmd AS command, p.polpermissive AS permissive,
  (SELECT json_agg(CASE r WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(r)) END ORDER BY r) FROM unnest(p.polroles) r) AS roles,
  coalesce(pg_catalog.pg_get_expr(p.polqual, p.polrelid), '') AS using, coalesce(pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid), '') AS check
FROM pg_catalog.pg_policy p JOIN pg_catalog.pg_class c ON c.oid = p.polrelid
WHERE c.relrowsecurity AND p.polrelid = ANY ($1::text::oid[])
ORDER BY p.polname`

func (x *examination) rowSecurity() error {
	policies, err := ask[rowPolicy](x, rowPoliciesQuery, x.oids())
	if err != nil {
		return err
	}
	for _, p := range policies {
		t := x.byOID[p.Table]
		object := t.SQL + "." + quote(p.Name)
		switch {
		case p.Command == "d":
			if !slices.ContainsFunc(policies, p.allowsUpdate) {
				x.add("SD162", object, fmt.Sprintf("The policy %s is for DELETE. A delete through the driver is an UPDATE of %s, to which it does not apply.", quote(p.Name), t.SQL), p.forUpdate(t))
			}
		case p.rejects(t):
			x.add("SD161", object, fmt.Sprintf("The policy %s hides deleted rows of %s, and PostgreSQL rejects an UPDATE whose new row it hides.", quote(p.Name), t.SQL), p.withoutMarker(t))
		}
	}
	return nil
}

// allowsUpdate reports whether other lets the same rows be updated by the same roles.
func (p rowPolicy) allowsUpdate(other rowPolicy) bool {
	return other.Table == p.Table && (other.Command == "w" || other.Command == "*") && other.Permissive == p.Permissive &&
		slices.Equal(other.Roles, p.Roles) && other.Using == p.Using
}

// forUpdate makes the policy for UPDATE.
func (p rowPolicy) forUpdate(t *table) string {
	kind := "PERMISSIVE"
	if !p.Permissive {
		kind = "RESTRICTIVE"
	}
	return comment("It allows every UPDATE of these rows. To allow deletes only, grant the UPDATE of the columns that they write, and no others.") + "\n" +
		fmt.Sprintf("CREATE POLICY %s ON %s AS %s FOR UPDATE TO %s USING (%s) WITH CHECK (true);",
			suffixed(p.Name, "_soft"), t.SQL, kind, strings.Join(p.Roles, ", "), p.Using)
}

// rejects reports whether the policy rejects rows for their being deleted. To the new
// row of an UPDATE are applied the USING of policies for SELECT, and the WITH CHECK of
// policies for UPDATE, or their USING where they have none.
func (p rowPolicy) rejects(t *table) bool {
	using, check := p.Using != "" && mentions(p.Using, t.column), p.Check != "" && mentions(p.Check, t.column)
	switch p.Command {
	case "r", "*":
		return using || check
	case "w":
		return check || using && p.Check == ""
	default:
		return false
	}
}

// withoutMarker takes the live condition out of the policy.
func (p rowPolicy) withoutMarker(t *table) string {
	clauses := ""
	for _, c := range []struct{ word, expr string }{{"USING", p.Using}, {"WITH CHECK", p.Check}} {
		if c.expr == "" {
			continue
		}
		expr, ok := t.withoutLive(c.expr)
		if !ok {
			return comment("Take " + quote(t.column) + " out of the policy: ALTER POLICY " + quote(p.Name) + " ON " + t.SQL + " USING (…);")
		}
		clauses += " " + c.word + " (" + expr + ")"
	}
	return comment("The driver hides deleted rows. For other clients, a view can.") + "\n" +
		"ALTER POLICY " + quote(p.Name) + " ON " + t.SQL + clauses + ";"
}

// withoutLive takes the live condition out of a conjunction; ok is false if the marker
// stands elsewhere in it.
func (t *table) withoutLive(expr string) (rest string, ok bool) {
	inner := expr
	for {
		p, err := cut(inner)
		if err != nil {
			return "", false
		}
		if n := len(p.tokens); n > 2 && p.word(0) == "(" && p.closes() {
			inner = inner[p.tokens[0].End:p.tokens[n-1].Start]
			continue
		}
		return p.withoutLive(t)
	}
}

// closes reports whether the first parenthesis is closed by the last token.
func (p pieces) closes() bool {
	depth := 0
	for i := range p.tokens {
		switch p.word(i) {
		case "(":
			depth++
		case ")":
			depth--
		}
		if depth == 0 {
			return i == len(p.tokens)-1
		}
	}
	return false
}

func (p pieces) withoutLive(t *table) (string, bool) {
	var kept []string
	if p.find(0, "OR") < len(p.tokens) {
		return "", false
	}
	for from := 0; from < len(p.tokens); {
		end := p.find(from, "AND")
		part := p.between(from, end)
		switch {
		case t.onlyLive(part):
		case mentions(part, t.column):
			return "", false
		default:
			kept = append(kept, part)
		}
		from = end + 1
	}
	if len(kept) == 0 {
		return "true", true
	}
	return strings.Join(kept, " AND "), true
}

// grant is what a role may do with a policy table.
type grant struct {
	Table   int64  `json:"table"`
	Role    string `json:"role"` // quoted
	Deletes bool   `json:"deletes"`
	Empties bool   `json:"empties"` // it may TRUNCATE
	Sets    bool   `json:"sets"`    // it may update and read the columns that a delete writes
	Blind   bool   `json:"blind"`   // it may read columns, but not the marker
}

const grantsQuery = `
WITH wanted AS (SELECT * FROM json_to_recordset($1::text::json) AS w(oid bigint, marker text, columns json)),
acl AS (
  SELECT c.oid, c.relowner, x.grantee, x.privilege_type FROM pg_catalog.pg_class c CROSS JOIN LATERAL pg_catalog.aclexplode(c.relacl) x
  WHERE c.oid IN (SELECT w.oid::oid FROM wanted w)
  UNION ALL
  SELECT c.oid, c.relowner, x.grantee, 'column' FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
  CROSS JOIN LATERAL pg_catalog.aclexplode(a.attacl) x WHERE c.oid IN (SELECT w.oid::oid FROM wanted w)
), given AS (
  SELECT a.oid, a.grantee, bool_or(a.privilege_type = 'DELETE') AS deletes, bool_or(a.privilege_type = 'TRUNCATE') AS empties,
    coalesce((SELECT rolname::text FROM pg_catalog.pg_roles WHERE oid = a.grantee), 'public') AS role
  FROM acl a
  WHERE a.grantee <> a.relowner AND NOT EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.oid = a.grantee AND r.rolsuper)
  GROUP BY 1, 2
)
SELECT g.oid::bigint AS table, g.deletes, g.empties, CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(g.role) END AS role,
  (SELECT bool_and(pg_catalog.has_column_privilege(g.role, g.oid, name, 'UPDATE') AND pg_catalog.has_column_privilege(g.role, g.oid, w.marker, 'SELECT'))
   FROM json_array_elements_text(w.columns) name) AS sets,
  pg_catalog.has_any_column_privilege(g.role, g.oid, 'SELECT') AND NOT pg_catalog.has_column_privilege(g.role, g.oid, w.marker, 'SELECT') AS blind
FROM given g JOIN wanted w ON w.oid = g.oid::bigint
ORDER BY g.grantee, g.oid::pg_catalog.regclass::text`

// written are the columns that a delete writes, as far as the table has them.
func (t *table) written() []string {
	var names []string
	for _, name := range []string{t.column, t.entry.DeletionID, t.entry.DeletedBy, t.entry.Reason} {
		if _, ok := t.find(name); ok {
			names = append(names, name)
		}
	}
	return names
}

func (x *examination) privileges() error {
	type wanted struct {
		OID     int64    `json:"oid"`
		Marker  string   `json:"marker"`
		Columns []string `json:"columns"`
	}
	tables := []wanted{}
	for _, t := range x.tables {
		tables = append(tables, wanted{t.OID, t.column, t.written()})
	}
	asked, err := json.Marshal(tables)
	if err != nil {
		return err
	}
	grants, err := ask[grant](x, grantsQuery, string(asked))
	if err != nil {
		return err
	}
	for len(grants) > 0 {
		n := slices.IndexFunc(grants, func(g grant) bool { return g.Role != grants[0].Role })
		if n < 0 {
			n = len(grants)
		}
		x.role(grants[:n])
		grants = grants[n:]
	}
	return nil
}

// role judges the privileges of one role.
func (x *examination) role(grants []grant) {
	var destroys, cannot, blind []*table
	for _, g := range grants {
		t := x.byOID[g.Table]
		if g.Deletes || g.Empties {
			destroys = append(destroys, t)
		}
		if g.Deletes && !g.Sets {
			cannot = append(cannot, t)
		}
		if g.Blind {
			blind = append(blind, t)
		}
	}
	role := grants[0].Role
	if len(destroys) > 0 {
		x.add("SD401", "role "+role, fmt.Sprintf("The role %s may really delete from %s, from any client that does not use the driver.", role, tableNames(destroys)),
			"REVOKE DELETE, TRUNCATE ON "+tableNames(destroys)+" FROM "+role+";")
	}
	if len(cannot) > 0 {
		x.add("SD402", "role "+role, fmt.Sprintf("The role %s may delete from %s, but not update and read the columns that a delete through the driver writes.", role, tableNames(cannot)),
			comment("Or revoke DELETE, if the role is not one that the driver connects as.")+"\n"+eachTable(cannot, func(t *table) string {
				return fmt.Sprintf("GRANT SELECT (%s), UPDATE (%s) ON %s TO %s;", quoteAll(t.written()), quoteAll(t.written()), t.SQL, role)
			}))
	}
	if len(blind) > 0 {
		x.add("SD403", "role "+role, fmt.Sprintf("The role %s may read columns of %s, but not the marker, which each of its statements will read.", role, tableNames(blind)),
			eachTable(blind, func(t *table) string {
				return fmt.Sprintf("GRANT SELECT (%s) ON %s TO %s;", quote(t.column), t.SQL, role)
			}))
	}
}

func eachTable(tables []*table, statement func(*table) string) string {
	var lines []string
	for _, t := range tables {
		lines = append(lines, statement(t))
	}
	return strings.Join(lines, "\n")
}
