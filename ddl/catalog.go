package ddl

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/softdelete-go/softdelete/internal/lex"
)

// catalog is what the database has, in all schemas but the system's.
type catalog struct {
	Relations   []*relation         `json:"relations"`
	ForeignKeys []*foreignKey       `json:"foreign_keys"`
	Functions   []storedFunction    `json:"functions"` // those of the archive's triggers that search_path leads to
	Names       map[string][]string `json:"names"`     // what CREATE INDEX could collide with, by schema
}

type relation struct {
	OID       uint32    `json:"oid"`
	Schema    string    `json:"schema"`
	Name      string    `json:"name"`
	Kind      string    `json:"kind"`    // as pg_class has it
	Visible   bool      `json:"visible"` // through search_path, unqualified
	Partition bool      `json:"partition"`
	Parents   []uint32  `json:"parents"`
	Options   []string  `json:"options"` // fillfactor=90
	Columns   []column  `json:"columns"`
	Indexes   []*index  `json:"indexes"`
	Grants    []grant   `json:"grants"`
	Triggers  []trigger `json:"triggers"` // of the archive

	parents, children []*relation
}

type column struct {
	Name       string   `json:"name"`
	Type       string   `json:"type"` // with its length
	Base       string   `json:"base"` // without
	Domain     bool     `json:"domain"`
	Collation  string   `json:"collation"` // as SQL, "" for that of the type
	Required   bool     `json:"required"`
	Default    string   `json:"default"` // the expression, of a generated column too
	Generated  bool     `json:"generated"`
	Updatable  []string `json:"updatable"` // roles with a grant of UPDATE on this column
	Selectable []string `json:"selectable"`
}

type index struct {
	OID        uint32   `json:"oid"`
	Name       string   `json:"name"`
	Def        string   `json:"def"`   // as pg_get_indexdef has it
	Head       string   `json:"head"`  // what Def begins with, up to the table's name
	Space      string   `json:"space"` // the tablespace, "" for the default
	Parent     uint32   `json:"parent"`
	Unique     bool     `json:"unique"`
	Primary    bool     `json:"primary"`
	Exclusion  bool     `json:"exclusion"`
	Valid      bool     `json:"valid"`
	Immediate  bool     `json:"immediate"`
	Predicate  string   `json:"predicate"` // of a partial index, else ""
	Distinct   bool     `json:"distinct"`  // NULLs are
	Clustered  bool     `json:"clustered"`
	Replica    bool     `json:"replica"`    // it is the replica identity
	Referenced bool     `json:"referenced"` // by a foreign key
	Keys       []string `json:"keys"`       // expressions, with their collations
	Columns    []string `json:"columns"`    // of the keys that are columns, else ""
	Uses       []string `json:"uses"`       // columns, in expressions too
	Constraint string   `json:"constraint"`
	ConDef     string   `json:"condef"`  // without its index's options
	Options    []string `json:"options"` // fillfactor=90
	Comment    string   `json:"comment"`
	ConComment string   `json:"concomment"`
	Statistics []target `json:"statistics"`
	Dependent  string   `json:"dependent"` // what could not be without it, "" for nothing but foreign keys
}

type trigger struct {
	Name    string `json:"name"`
	Def     string `json:"def"`
	Enabled bool   `json:"enabled"`
}

type storedFunction struct {
	Name   string `json:"name"`
	Source string `json:"source"`
	Def    string `json:"def"`
}

// target is of the statistics of an index's column that is an expression.
type target struct {
	Column int `json:"column"`
	Target int `json:"target"`
}

type foreignKey struct {
	Name       string   `json:"name"`
	ChildOID   uint32   `json:"child"`
	ParentOID  uint32   `json:"parent"`
	Clone      bool     `json:"clone"` // made for a partition
	Valid      bool     `json:"valid"`
	Sets       bool     `json:"sets"` // ON DELETE SET NULL or SET DEFAULT
	Columns    []string `json:"columns"`
	RefColumns []string `json:"ref_columns"`

	child, parent *relation
}

// grant is of DELETE.
type grant struct {
	Role   string `json:"role"` // "" is PUBLIC
	Update bool   `json:"update"`
	Select bool   `json:"select"`
}

// catalogQuery answers with one text of JSON. indnullsnotdistinct is of PostgreSQL
// 15: what may not exist is looked up in JSON.
const catalogQuery = `
WITH rel AS MATERIALIZED (
  SELECT c.oid, c.relname, n.nspname, c.relkind, c.relispartition, c.reloptions, c.relacl, c.relowner
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
)
SELECT json_build_object(
  'names', (SELECT json_object_agg(nspname, names) FROM (
    SELECT n.nspname, json_agg(c.relname) AS names
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' GROUP BY n.nspname) x),
  'relations', (SELECT json_agg(json_build_object(
    'oid', c.oid::bigint, 'schema', c.nspname, 'name', c.relname, 'kind', c.relkind,
    'visible', pg_catalog.pg_table_is_visible(c.oid), 'partition', c.relispartition,
    'parents', (SELECT json_agg(i.inhparent::bigint ORDER BY i.inhseqno) FROM pg_catalog.pg_inherits i WHERE i.inhrelid = c.oid),
    'options', to_json(c.reloptions),
    'columns', (SELECT json_agg(json_build_object(
        'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'base', format_type(a.atttypid, -1), 'domain', t.typtype = 'd',
        'collation', coalesce((SELECT format('%I.%I', n.nspname, l.collname) FROM pg_catalog.pg_collation l JOIN pg_catalog.pg_namespace n ON n.oid = l.collnamespace
                      WHERE l.oid = a.attcollation AND a.attcollation <> t.typcollation), ''),
        'required', a.attnotnull, 'default', pg_catalog.pg_get_expr(d.adbin, d.adrelid), 'generated', a.attgenerated <> '',
        'updatable', (SELECT json_agg(coalesce(r.rolname, '')) FROM aclexplode(a.attacl) x LEFT JOIN pg_catalog.pg_roles r ON r.oid = x.grantee
                      WHERE x.privilege_type = 'UPDATE'),
        'selectable', (SELECT json_agg(coalesce(r.rolname, '')) FROM aclexplode(a.attacl) x LEFT JOIN pg_catalog.pg_roles r ON r.oid = x.grantee
                      WHERE x.privilege_type = 'SELECT')) ORDER BY a.attnum)
      FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
      LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
    'indexes', (SELECT json_agg(json_build_object(
        'oid', x.indexrelid::bigint, 'name', ic.relname, 'def', pg_catalog.pg_get_indexdef(x.indexrelid),
        'head', 'CREATE ' || CASE WHEN x.indisunique THEN 'UNIQUE ' ELSE '' END || 'INDEX ' || quote_ident(ic.relname) || ' ON '
          || CASE ic.relkind WHEN 'I' THEN 'ONLY ' ELSE '' END || quote_ident(c.nspname) || '.' || quote_ident(c.relname) || ' ',
        'space', coalesce(ts.spcname, ''), 'parent', coalesce(inh.inhparent::bigint, 0),
        'unique', x.indisunique, 'primary', x.indisprimary, 'exclusion', x.indisexclusion, 'valid', x.indisvalid, 'immediate', x.indimmediate,
        'predicate', coalesce(pg_catalog.pg_get_expr(x.indpred, x.indrelid), ''), 'distinct', coalesce(to_jsonb(x) -> 'indnullsnotdistinct' <> 'true', true),
        'clustered', x.indisclustered, 'replica', x.indisreplident,
        'referenced', EXISTS (SELECT FROM pg_catalog.pg_constraint f WHERE f.contype = 'f' AND f.conindid = x.indexrelid),
        'keys', (SELECT json_agg('(' || pg_catalog.pg_get_indexdef(x.indexrelid, k::int, false) || ')' || coalesce(' COLLATE ' || quote_ident(n.nspname) || '.' || quote_ident(l.collname), '') ORDER BY k)
                 FROM unnest(x.indcollation::oid[]) WITH ORDINALITY AS i(coll, k) LEFT JOIN pg_catalog.pg_collation l ON l.oid = i.coll
                 LEFT JOIN pg_catalog.pg_namespace n ON n.oid = l.collnamespace),
        'columns', (SELECT json_agg(coalesce(a.attname, '') ORDER BY i.n)
                    FROM unnest(x.indkey::int2[]) WITH ORDINALITY AS i(num, n)
                    LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = i.num AND i.num > 0
                    WHERE i.n <= x.indnkeyatts),
        'uses', (SELECT json_agg(a.attname) FROM pg_catalog.pg_attribute a
                 WHERE a.attrelid = x.indrelid AND a.attnum > 0 AND (a.attnum = ANY (x.indkey::int2[]) OR EXISTS (SELECT FROM pg_catalog.pg_depend p
                   WHERE p.classid = 'pg_catalog.pg_class'::regclass AND p.objid = x.indexrelid
                     AND p.refclassid = 'pg_catalog.pg_class'::regclass AND p.refobjid = x.indrelid AND p.refobjsubid = a.attnum))),
        'constraint', coalesce(k.conname, ''), 'condef', coalesce(pg_catalog.pg_get_constraintdef(k.oid), ''), 'options', to_json(ic.reloptions),
        'comment', coalesce(obj_description(x.indexrelid, 'pg_class'), ''), 'concomment', coalesce(obj_description(k.oid, 'pg_constraint'), ''),
        'statistics', (SELECT json_agg(json_build_object('column', a.attnum, 'target', a.attstattarget) ORDER BY a.attnum) FROM pg_catalog.pg_attribute a
                       WHERE a.attrelid = x.indexrelid AND a.attstattarget >= 0),
        'dependent', coalesce((SELECT min(pg_catalog.pg_describe_object(p.classid, p.objid, p.objsubid)) FROM pg_catalog.pg_depend p
                      WHERE p.deptype = 'n' AND p.classid <> 'pg_catalog.pg_constraint'::regclass AND (
                        p.refclassid = 'pg_catalog.pg_class'::regclass AND p.refobjid = x.indexrelid
                        OR p.refclassid = 'pg_catalog.pg_constraint'::regclass AND p.refobjid = k.oid)), ''))
        ORDER BY ic.relname::text COLLATE "C")
      FROM pg_catalog.pg_index x
      JOIN pg_catalog.pg_class ic ON ic.oid = x.indexrelid
      LEFT JOIN pg_catalog.pg_tablespace ts ON ts.oid = ic.reltablespace
      LEFT JOIN pg_catalog.pg_inherits inh ON inh.inhrelid = x.indexrelid
      LEFT JOIN pg_catalog.pg_constraint k ON k.conindid = x.indexrelid AND k.conrelid = x.indrelid AND k.contype IN ('p', 'u', 'x')
      WHERE x.indrelid = c.oid),
    'triggers', (SELECT json_agg(json_build_object('name', g.tgname, 'def', pg_catalog.pg_get_triggerdef(g.oid), 'enabled', g.tgenabled IN ('O', 'A')))
                 FROM pg_catalog.pg_trigger g WHERE g.tgrelid = c.oid AND g.tgname LIKE 'Archive\_softdelete%'),
    'grants', (SELECT json_agg(json_build_object('role', coalesce(r.rolname, ''),
        'update', pg_catalog.has_table_privilege(coalesce(r.rolname, 'public'), c.oid, 'UPDATE'),
        'select', pg_catalog.has_table_privilege(coalesce(r.rolname, 'public'), c.oid, 'SELECT')) ORDER BY r.rolname)
      FROM aclexplode(c.relacl) g LEFT JOIN pg_catalog.pg_roles r ON r.oid = g.grantee
      WHERE g.privilege_type = 'DELETE' AND g.grantee <> c.relowner)
  ) ORDER BY c.nspname::text COLLATE "C", c.relname::text COLLATE "C") FROM rel c),
  'functions', (SELECT json_agg(json_build_object('name', p.proname, 'source', p.prosrc, 'def', pg_catalog.pg_get_functiondef(p.oid)))
    FROM pg_catalog.pg_proc p WHERE p.proname LIKE 'softdelete\_archive%' AND p.pronargs = 0 AND p.prokind = 'f' AND pg_catalog.pg_function_is_visible(p.oid)),
  'foreign_keys', (SELECT json_agg(json_build_object(
    'name', k.conname, 'child', k.conrelid::bigint, 'parent', k.confrelid::bigint, 'clone', k.conparentid <> 0, 'valid', k.convalidated, 'sets', k.confdeltype IN ('n', 'd'),
    'columns', (SELECT json_agg(a.attname ORDER BY i.n) FROM unnest(k.conkey) WITH ORDINALITY AS i(num, n)
                JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = i.num),
    'ref_columns', (SELECT json_agg(a.attname ORDER BY i.n) FROM unnest(k.confkey) WITH ORDINALITY AS i(num, n)
                    JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = i.num)
    ) ORDER BY k.conname::text COLLATE "C", k.oid)
    FROM pg_catalog.pg_constraint k JOIN rel c ON c.oid = k.conrelid WHERE k.contype = 'f')
)::text`

func readCatalog(ctx context.Context, db *sql.DB) (*catalog, error) {
	text, err := catalogText(ctx, db)
	if err != nil {
		return nil, fmt.Errorf("softdelete: reading the catalog: %w", err)
	}
	c := new(catalog)
	if err := json.Unmarshal([]byte(text), c); err != nil {
		return nil, fmt.Errorf("softdelete: reading the catalog: %w", err)
	}
	byOID := map[uint32]*relation{}
	for _, r := range c.Relations {
		byOID[r.OID] = r
	}
	for _, r := range c.Relations {
		for _, oid := range r.Parents {
			if p := byOID[oid]; p != nil {
				r.parents, p.children = append(r.parents, p), append(p.children, r)
			}
		}
	}
	for _, k := range c.ForeignKeys {
		k.child, k.parent = byOID[k.ChildOID], byOID[k.ParentOID]
	}
	c.ForeignKeys = slices.DeleteFunc(c.ForeignKeys, func(k *foreignKey) bool { return k.child == nil || k.parent == nil })
	return c, nil
}

func catalogText(ctx context.Context, db *sql.DB) (text string, err error) {
	tx, err := db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return "", err
	}
	defer tx.Rollback() //nolint:errcheck // it has only read
	// The planner overestimates the rows of the catalog, and would compile the
	// expressions, which takes seconds.
	if _, err := tx.ExecContext(ctx, "SET LOCAL jit = off"); err != nil {
		return "", err
	}
	err = tx.QueryRowContext(ctx, catalogQuery).Scan(&text)
	return text, err
}

// find returns the relations that a policy means by a name, as the driver does.
func (c *catalog) find(schema, name string) (found []*relation) {
	for _, r := range c.Relations {
		if r.Name == name && (schema == "*" || r.Schema == schema || schema == "" && r.Schema == "public") {
			found = append(found, r)
		}
	}
	if len(found) == 0 && schema == "" {
		for _, r := range c.Relations {
			if r.Name == name && r.Visible {
				found = append(found, r)
			}
		}
	}
	return found
}

func (r *relation) isTable() bool {
	return r.Kind == "r" || r.Kind == "p" || r.Kind == "f" && len(r.parents) > 0
}

// sql is the relation as a statement names it.
func (r *relation) sql() string { return lex.QuoteIdent(r.Schema) + "." + lex.QuoteIdent(r.Name) }

func (r *relation) display() string { return r.Schema + "." + r.Name }

func (r *relation) column(name string) (column, bool) {
	i := slices.IndexFunc(r.Columns, func(c column) bool { return c.Name == name })
	if i < 0 {
		return column{}, false
	}
	return r.Columns[i], true
}

// whole returns the partitioned table that the relation is a part of, or itself.
func (r *relation) whole() *relation {
	for r.Partition && len(r.parents) > 0 {
		r = r.parents[0]
	}
	return r
}

// inherits reports whether the relation is of an inheritance tree or of partitions.
func (r *relation) inherits() bool { return len(r.parents)+len(r.children) > 0 || r.Kind == "p" }

// ancestors are all above the relation.
func (r *relation) ancestors() (all []*relation) {
	for _, p := range r.parents {
		all = append(append(all, p), p.ancestors()...)
	}
	return all
}

func identifiers(names []string) []string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = lex.QuoteIdent(n)
	}
	return quoted
}
