package doctor

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/softdelete-go/softdelete"
)

// foreignKey is a constraint of the database.
type foreignKey struct {
	Name       string   `json:"name"`
	Child      int64    `json:"child"`
	Parent     int64    `json:"parent"`
	Columns    []string `json:"columns"`
	RefColumns []string `json:"ref_columns"`
	Action     string   `json:"action"`
	Generated  bool     `json:"generated"` // all its columns, as those of a twin key
	Definition string   `json:"definition"`

	child, parent *table
}

const foreignKeysQuery = `
SELECT k.conname AS name, k.conrelid::bigint AS child, k.confrelid::bigint AS parent, k.confdeltype AS action,
  pg_catalog.pg_get_constraintdef(k.oid) AS definition,
  (SELECT json_agg(a.attname ORDER BY i.n) FROM unnest(k.conkey) WITH ORDINALITY AS i(num, n)
   JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = i.num) AS columns,
  (SELECT json_agg(a.attname ORDER BY i.n) FROM unnest(k.confkey) WITH ORDINALITY AS i(num, n)
   JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = i.num) AS ref_columns,
  (SELECT bool_and(a.attgenerated <> '') FROM pg_catalog.pg_attribute a WHERE a.attrelid = k.confrelid AND a.attnum = ANY (k.confkey)) AS generated
FROM pg_catalog.pg_constraint k
WHERE k.contype = 'f' AND k.conparentid = 0 AND (k.conrelid = ANY ($1::text::oid[]) OR k.confrelid = ANY ($1::text::oid[]))
  AND coalesce(to_jsonb(k) -> 'conenforced' <> 'false', true)
ORDER BY k.conname`

var actions = map[string]softdelete.Action{
	"a": softdelete.NoAction, "r": softdelete.Restrict, "c": softdelete.Cascade, "n": softdelete.SetNull, "d": softdelete.SetDefault,
}

// actionSQL is the action as ON DELETE has it.
func actionSQL(a softdelete.Action) string {
	return strings.ToUpper(strings.ReplaceAll(a.String(), "_", " "))
}

func (x *examination) foreignKeys() error {
	keys, err := ask[foreignKey](x, foreignKeysQuery, x.oids())
	if err != nil {
		return err
	}
	for _, k := range keys {
		k.child, k.parent = x.relation(k.Child), x.relation(k.Parent)
		if k.child == nil || k.parent == nil || k.Generated {
			continue // of a temporary table, or a twin key
		}
		softChild, softParent := x.byOID[k.Child] != nil || x.isArchived(k.Child), x.byOID[k.Parent] != nil
		listed := x.listed(k)
		switch {
		case softParent && listed == nil && !softChild && k.action() == softdelete.Cascade:
			x.add("SD112", k.object(), fmt.Sprintf("A delete from %s cascades to %s, which is not in the policy.", k.parent.SQL, k.child.SQL),
				comment("Policy, tables (and give "+k.child.SQL+" the marker column):\n  - {name: "+yaml(policyName(k.child.Schema, k.child.Name))+"}\nPolicy, foreign_keys:\n  - "+k.entry()))
		case softParent && listed == nil:
			x.add("SD111", k.object(), k.unfollowed(), comment("Policy, foreign_keys:\n  - "+k.entry()))
		case softParent && listed.OnDelete != k.action() && listed.OnDelete != softdelete.KeepVisible:
			x.add("SD113", k.object(), fmt.Sprintf("The policy says on_delete: %s, the constraint ON DELETE %s, which a hard delete and other clients follow.",
				listed.OnDelete, actionSQL(k.action())), k.altered(actionSQL(listed.OnDelete)))
		case !softParent:
			x.outerParent(k, listed)
		}
	}
	return nil
}

// unfollowed says what comes of a key that the policy does not have.
func (k foreignKey) unfollowed() string {
	what := "leaves the rows of %s that refer to it as they are"
	if a := k.action(); a == softdelete.NoAction || a == softdelete.Restrict {
		what = "succeeds though rows of %s refer to it"
	}
	return fmt.Sprintf("A delete from %s "+what+": the policy does not have the foreign key, which says ON DELETE %s.", k.parent.SQL, k.child.SQL, actionSQL(k.action()))
}

// outerParent judges a key from a policy table to one that is outside.
func (x *examination) outerParent(k foreignKey, listed *softdelete.ForeignKey) {
	if listed != nil && listed.OnDelete == softdelete.KeepVisible {
		return
	}
	if a := k.action(); a != softdelete.NoAction && a != softdelete.Restrict {
		what := "changes"
		if a == softdelete.Cascade {
			what = "really destroys"
		}
		x.add("SD114", k.object(), fmt.Sprintf("A delete from %s, which is not in the policy, %s rows of %s (ON DELETE %s).", k.parent.SQL, what, k.child.SQL, actionSQL(a)),
			comment("Or put "+k.parent.SQL+" into the policy.")+"\n"+k.altered(""))
		return
	}
	x.add("SD115", k.object(), fmt.Sprintf("A deleted row of %s still refers to its parent in %s, which is not in the policy and cannot be deleted for that.", k.child.SQL, k.parent.SQL),
		comment("Put "+k.parent.SQL+" into the policy, or destroy deleted rows before their parent:\nDELETE FROM "+k.child.SQL+" WHERE "+x.byOID[k.Child].dead(k.child.SQL)+" AND …;"))
}

// relation returns any relation of the database.
func (x *examination) relation(oid int64) *table {
	i := slices.IndexFunc(x.relations, func(t *table) bool { return t.OID == oid })
	if i < 0 {
		return nil
	}
	return x.relations[i]
}

// listed returns the policy's entry for a constraint, or nil.
func (x *examination) listed(k foreignKey) *softdelete.ForeignKey {
	for i, f := range x.policy.ForeignKeys {
		same := f.Name == k.Name || samePairs(f.Columns, f.RefColumns, k.Columns, k.RefColumns)
		if same && slices.Contains(x.sides(f), [2]*table{k.child, k.parent}) {
			return &x.policy.ForeignKeys[i]
		}
	}
	return nil
}

// sides returns the children and parents that a foreign key of the policy joins. Where a
// table is listed for every schema, it is those of the same schema.
func (x *examination) sides(f softdelete.ForeignKey) (sides [][2]*table) {
	everywhere := x.everywhere(f.Table) || x.everywhere(f.RefTable)
	meant := func(name string) []*table {
		if schema, bare := splitName(name); everywhere && schema == "" {
			return x.meant(everySchema + "." + policyPart(bare))
		}
		return x.meant(name)
	}
	for _, child := range meant(f.Table) {
		for _, parent := range meant(f.RefTable) {
			if !everywhere || child.Schema == parent.Schema {
				sides = append(sides, [2]*table{child, parent})
			}
		}
	}
	return sides
}

// everywhere reports whether the policy has the table of that name for every schema.
func (x *examination) everywhere(name string) bool {
	schema, bare := splitName(name)
	return schema == "" && slices.ContainsFunc(x.policy.Tables, func(t softdelete.Table) bool {
		s, n := splitName(t.Name)
		return s == everySchema && n == bare
	})
}

// samePairs reports whether two foreign keys join the same columns, in any order.
func samePairs(columns, refColumns, otherColumns, otherRef []string) bool {
	if len(columns) != len(otherColumns) {
		return false
	}
	for i, col := range columns {
		j := slices.Index(otherColumns, col)
		if j < 0 || otherRef[j] != refColumns[i] {
			return false
		}
	}
	return true
}

func (k foreignKey) action() softdelete.Action { return actions[k.Action] }

func (k foreignKey) object() string { return k.child.SQL + "." + quote(k.Name) }

// altered makes the constraint again with another action.
func (k foreignKey) altered(action string) string {
	definition, err := withAction(k.Definition, action)
	if err != nil {
		return comment("Change the action of " + k.object() + " by hand.")
	}
	return fmt.Sprintf("ALTER TABLE %s DROP CONSTRAINT %s, ADD CONSTRAINT %[2]s %s;", k.child.SQL, quote(k.Name), definition)
}

// entry is the key as a policy has it, in YAML.
func (k foreignKey) entry() string {
	return fmt.Sprintf("{name: %s, table: %s, columns: %s, ref_table: %s, ref_columns: %s, on_delete: %s}",
		yaml(k.Name), yaml(policyName(k.child.Schema, k.child.Name)), yamlList(k.Columns),
		yaml(policyName(k.parent.Schema, k.parent.Name)), yamlList(k.RefColumns), k.action())
}

var plainYAML = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.]*$`)

func yaml(s string) string {
	if plainYAML.MatchString(s) && !slices.Contains([]string{"true", "false", "null", "yes", "no", "on", "off"}, strings.ToLower(s)) {
		return s
	}
	return strconv.Quote(s)
}

func yamlList(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = yaml(n)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}
