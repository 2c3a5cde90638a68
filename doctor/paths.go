package doctor

import (
	"fmt"
	"strings"
)

func (x *examination) sameNames() error {
	x.ambiguous()
	for _, entry := range x.policy.Tables {
		schema, name := splitName(entry.Name)
		if schema != "" {
			continue
		}
		for _, other := range x.relations {
			if other.Name != name || other.column != "" {
				continue
			}
			x.add("SD521", other.SQL, fmt.Sprintf("The policy's %s means another table than %s. In a statement, %[1]s without a schema counts as the policy's, whatever search_path says.", entry.Name, other.SQL),
				comment("Policy, tables: qualify the entry if the other is meant, or add one:\n  - {name: "+yaml(policyName(other.Schema, other.Name))+"}"))
		}
	}
	return nil
}

// ambiguous looks for tables of the policy that an unqualified name does not tell apart,
// where they have different foreign keys.
func (x *examination) ambiguous() {
	keyed := map[int64]bool{}
	for _, f := range x.policy.ForeignKeys {
		for _, side := range x.sides(f) {
			keyed[side[0].OID], keyed[side[1].OID] = true, true
		}
	}
	for i, t := range x.tables {
		for _, other := range x.tables[:i] {
			if other.Name == t.Name && other.entry.Name != t.entry.Name && (keyed[t.OID] || keyed[other.OID]) {
				x.add("SD521", t.SQL, fmt.Sprintf("In a statement, %s without a schema can mean %s or %s, and the driver refuses to write to it, since it follows the foreign keys of the one or the other.", quote(t.Name), other.SQL, t.SQL),
					comment("Qualify the name in statements. Or give one of the tables another name."))
			}
		}
	}
}

// setting is a search_path of a role, a database, or both.
type setting struct {
	Role     string `json:"role"`
	Database string `json:"database"`
	Path     string `json:"path"`
}

func (x *examination) searchPaths() error {
	settings, err := ask[setting](x, `
SELECT coalesce(pg_catalog.pg_get_userbyid(nullif(s.setrole, 0)), '') AS role, coalesce(d.datname, '') AS database, substr(c, 13) AS path
FROM pg_catalog.pg_db_role_setting s CROSS JOIN LATERAL unnest(s.setconfig) c LEFT JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase
WHERE c LIKE 'search\_path=%' AND (s.setdatabase = 0 OR d.datname = pg_catalog.current_database())
ORDER BY 1, 2`)
	if err != nil {
		return err
	}
	for _, s := range settings {
		schemas := schemasOf(s.Path, s.Role)
		for _, t := range x.tables {
			if found := x.through(schemas, t.Name); found != nil && x.byOID[found.OID] == nil {
				object, remedy := s.owner()
				x.add("SD522", object, fmt.Sprintf("With its search_path, %s, %s means %s, which is not in the policy, and not %s.", s.Path, quote(t.Name), found.SQL, t.SQL), remedy)
				break
			}
		}
	}
	return nil
}

// owner says whose setting it is, and how it is set back.
func (s setting) owner() (object, remedy string) {
	role, database := "role "+quote(s.Role), "database "+quote(s.Database)
	switch {
	case s.Role != "" && s.Database != "":
		return role + " in " + database, "ALTER ROLE " + quote(s.Role) + " IN DATABASE " + quote(s.Database) + " RESET search_path;"
	case s.Role != "":
		return role, "ALTER ROLE " + quote(s.Role) + " RESET search_path;"
	case s.Database != "":
		return database, "ALTER DATABASE " + quote(s.Database) + " RESET search_path;"
	default:
		return "all roles", "ALTER ROLE ALL RESET search_path;"
	}
}

// schemasOf takes a search_path apart.
func schemasOf(path, role string) []string {
	var schemas []string
	for rest := strings.TrimSpace(path); rest != ""; rest = strings.TrimSpace(rest) {
		name := ""
		if strings.HasPrefix(rest, `"`) {
			name, rest = unquote(rest)
			rest = strings.TrimPrefix(strings.TrimSpace(rest), ",")
		} else {
			name, rest, _ = strings.Cut(rest, ",")
			name = strings.ToLower(strings.TrimSpace(name))
		}
		if name == "$user" {
			name = role
		}
		schemas = append(schemas, name)
	}
	return schemas
}

// through returns the relation that a name means with a search_path, or nil.
func (x *examination) through(schemas []string, name string) *table {
	for _, schema := range schemas {
		for _, t := range x.relations {
			if t.Schema == schema && t.Name == name {
				return t
			}
		}
	}
	return nil
}
