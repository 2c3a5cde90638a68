package softdelete

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"

	"github.com/softdelete-go/softdelete/internal/pgast"
)

// catalog is what the database says of the tables that a policy may concern: those
// with a name or a marker column that was asked for, their partitions, children and
// parents, and the tables at the other ends of their foreign keys.
type catalog struct {
	Isolation   string         `json:"isolation"` // of the transaction that read it
	Relations   []*catRelation `json:"relations"`
	ForeignKeys []*catKey      `json:"foreign_keys"` // in the order in which a delete fires them
}

type catRelation struct {
	OID       uint32      `json:"oid"`
	Schema    string      `json:"schema"`
	Name      string      `json:"name"`
	Kind      string      `json:"kind"`      // as pg_class has it
	Visible   bool        `json:"visible"`   // through search_path, unqualified
	Extension bool        `json:"extension"` // an extension made it
	Partition bool        `json:"partition"` // of another table
	Inherited bool        `json:"inherited"` // it has children that are no partitions
	Archives  bool        `json:"archives"`  // a trigger keeps deleted rows
	Parents   []uint32    `json:"parents"`
	Columns   []catColumn `json:"columns"`  // those that were asked for, and the generated ones
	Writable  []string    `json:"writable"` // columns that an INSERT can write, where they were asked for
	Always    []string    `json:"always"`   // such as are GENERATED ALWAYS AS IDENTITY, where they were asked for
	Keys      []catUnique `json:"keys"`     // the primary key first
	Rivals    int         `json:"rivals"`   // other indexes that can keep a new row out: unique ones, valid or not, and of exclusion constraints

	parents, children []*catRelation
}

type catColumn struct {
	Name      string `json:"name"`
	Type      string `json:"type"` // as pg_type has it
	Length    int    `json:"length"`
	Required  bool   `json:"required"` // NOT NULL
	Default   string `json:"default"`  // the expression, of a generated column too
	Generated bool   `json:"generated"`
}

// catUnique is a unique index over all rows.
type catUnique struct {
	Name     string   `json:"name"`
	Arbiter  bool     `json:"arbiter"` // of ON CONFLICT, and without NULLs that are equal
	Primary  bool     `json:"primary"`
	Required bool     `json:"required"` // all columns are NOT NULL
	Columns  []string `json:"columns"`
}

type catKey struct {
	OID        uint32   `json:"oid"`
	Name       string   `json:"name"`
	ChildOID   uint32   `json:"child"`
	ParentOID  uint32   `json:"parent"`
	CloneOf    uint32   `json:"clone_of"` // made for a partition; else 0
	ActionCode string   `json:"action"`
	Columns    []string `json:"columns"`
	RefColumns []string `json:"ref_columns"`
	SetColumns []string `json:"set_columns"`
	Period     bool     `json:"period"`

	child, parent *catRelation
}

// catalogQuery answers with one text of JSON, so that it is one round trip and one
// snapshot. Its parameters are lists: names of tables, names of marker columns, names
// of further columns, and names of tables of which all columns are wanted that an
// INSERT can write. confdelsetcols is of PostgreSQL 15, conperiod and
// conenforced are of 18: what does not exist cannot be named, but looked up in JSON.
//
// The triggers of one event fire in the order of their names, which end in OIDs but
// are compared as text.
//
// Arrays stand where joins would do: the planner thinks that a recursive query yields
// ten times what it begins with, 13,000 rows in an empty database, and that an array
// has ten elements. With the former it compiles the expressions, which takes seconds.
const catalogQuery = `
WITH RECURSIVE
tables AS (SELECT unnest(string_to_array($1::text, chr(1))) AS name),
markers AS (SELECT unnest(string_to_array($2::text, chr(1))) AS name),
columns AS (SELECT name FROM markers UNION SELECT unnest(string_to_array($3::text, chr(1)))),
tree AS (
  SELECT unnest(ARRAY(SELECT c.oid
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND (c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relname::text IN (SELECT name FROM tables)
      OR c.relkind IN ('r', 'p') AND EXISTS (SELECT FROM pg_catalog.pg_attribute a
           WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attname::text IN (SELECT name FROM markers))))) AS oid
  UNION
  SELECT x.oid
  FROM tree t CROSS JOIN LATERAL (
    SELECT i.inhrelid AS oid FROM pg_catalog.pg_inherits i WHERE i.inhparent = t.oid
    UNION ALL SELECT i.inhparent FROM pg_catalog.pg_inherits i WHERE i.inhrelid = t.oid) x
),
keys AS MATERIALIZED (
  SELECT k.oid, k.conname, k.conrelid, k.confrelid, k.conparentid, k.confdeltype, k.conkey, k.confkey, to_jsonb(k) AS doc,
         (SELECT min(g.tgname::text COLLATE "C") FROM pg_catalog.pg_trigger g
          WHERE g.tgconstraint = k.oid AND g.tgrelid = k.confrelid AND g.tgtype & 8 <> 0) AS fires
  FROM pg_catalog.pg_constraint k
  WHERE k.contype = 'f' AND (k.conrelid = ANY (ARRAY(SELECT oid FROM tree)) OR k.confrelid = ANY (ARRAY(SELECT oid FROM tree)))
)
SELECT json_build_object(
  'isolation', current_setting('transaction_isolation'),
  'relations', (
    SELECT json_agg(json_build_object(
      'oid', c.oid::bigint, 'schema', n.nspname, 'name', c.relname, 'kind', c.relkind,
      'visible', pg_catalog.pg_table_is_visible(c.oid),
      'extension', EXISTS (SELECT FROM pg_catalog.pg_depend d
                           WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'),
      'partition', c.relispartition,
      'inherited', EXISTS (SELECT FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class h ON h.oid = i.inhrelid
                           WHERE i.inhparent = c.oid AND NOT h.relispartition),
      'archives', EXISTS (SELECT FROM pg_catalog.pg_trigger g
                          WHERE g.tgrelid = c.oid AND g.tgname = '` + archiveTrigger + `' AND g.tgenabled IN ('O', 'A')),
      'parents', (SELECT json_agg(i.inhparent::bigint ORDER BY i.inhseqno) FROM pg_catalog.pg_inherits i WHERE i.inhrelid = c.oid),
      'columns', (SELECT json_agg(json_build_object(
                    'name', a.attname, 'type', t.typname, 'length', a.atttypmod, 'required', a.attnotnull,
                    'default', pg_catalog.pg_get_expr(d.adbin, d.adrelid), 'generated', a.attgenerated <> '') ORDER BY a.attnum)
                  FROM pg_catalog.pg_attribute a
                  JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
                  LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
                  WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                    AND (a.attgenerated <> '' OR a.attname::text IN (SELECT name FROM columns))),
      'writable', (SELECT json_agg(a.attname ORDER BY a.attnum) FROM pg_catalog.pg_attribute a
                   WHERE c.relname::text = ANY (string_to_array($4::text, chr(1))) AND a.attrelid = c.oid AND a.attnum > 0
                     AND NOT a.attisdropped AND a.attgenerated = '' AND a.attidentity <> 'a'),
      'always', (SELECT json_agg(a.attname ORDER BY a.attnum) FROM pg_catalog.pg_attribute a
                 WHERE c.relname::text = ANY (string_to_array($4::text, chr(1))) AND a.attrelid = c.oid AND a.attnum > 0
                   AND NOT a.attisdropped AND a.attidentity = 'a'),
      'rivals', (SELECT count(*) FROM pg_catalog.pg_index x
                 WHERE x.indrelid = c.oid AND (x.indisunique OR x.indisexclusion) AND NOT x.indisprimary),
      'keys', (SELECT json_agg(json_build_object('name', xc.relname, 'primary', x.indisprimary,
                   'arbiter', x.indimmediate AND coalesce(to_jsonb(x) -> 'indnullsnotdistinct' <> 'true', true),
                   'required', u.required, 'columns', u.columns)
                 ORDER BY x.indisprimary DESC, x.indexrelid)
               FROM pg_catalog.pg_index x
               JOIN pg_catalog.pg_class xc ON xc.oid = x.indexrelid
               CROSS JOIN LATERAL (
                 -- Where a collation takes different texts for equal, an index of another one lets them in.
                 SELECT json_agg(a.attname ORDER BY i.n) AS columns, bool_and(a.attnotnull) AS required,
                   bool_and(i.coll = a.attcollation OR coalesce(l.collisdeterministic, true)) AS comparable
                 FROM unnest(x.indkey::int2[], x.indcollation::oid[]) WITH ORDINALITY AS i(num, coll, n)
                 JOIN pg_catalog.pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = i.num
                 LEFT JOIN pg_catalog.pg_collation l ON l.oid = a.attcollation
                 WHERE i.n <= x.indnkeyatts) u
               WHERE x.indrelid = c.oid AND x.indisunique AND x.indisvalid AND x.indpred IS NULL AND x.indexprs IS NULL AND u.comparable)
    ) ORDER BY n.nspname::text COLLATE "C", c.relname::text COLLATE "C")
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.oid = ANY (ARRAY(SELECT oid FROM tree UNION SELECT conrelid FROM keys UNION SELECT confrelid FROM keys))
      AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'),
  'foreign_keys', (
    SELECT json_agg(json_build_object(
      'oid', k.oid::bigint, 'name', k.conname, 'child', k.conrelid::bigint, 'parent', k.confrelid::bigint,
      'clone_of', k.conparentid::bigint, 'action', k.confdeltype, 'period', coalesce(k.doc -> 'conperiod' = 'true', false),
      'columns', (SELECT json_agg(a.attname ORDER BY i.n) FROM unnest(k.conkey) WITH ORDINALITY AS i(num, n)
                  JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = i.num),
      'ref_columns', (SELECT json_agg(a.attname ORDER BY i.n) FROM unnest(k.confkey) WITH ORDINALITY AS i(num, n)
                      JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = i.num),
      'set_columns', (SELECT json_agg(a.attname ORDER BY i.n)
                      FROM jsonb_array_elements_text(CASE jsonb_typeof(k.doc -> 'confdelsetcols') WHEN 'array' THEN k.doc -> 'confdelsetcols' END)
                        WITH ORDINALITY AS i(num, n)
                      JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = i.num::int)
    ) ORDER BY k.fires COLLATE "C", k.oid)
    FROM keys k
    WHERE coalesce(k.doc -> 'conenforced' <> 'false', true))
)::text`

// readCatalog asks the database for the tables with these names or with a column of
// a marker's name. Both lists may be empty. columns are those that it is to describe;
// of the tables with the names in whole it lists all that can be written.
func readCatalog(ctx context.Context, q driver.QueryerContext, tables, markers, columns, whole []string) (*catalog, error) {
	// Lists, separated by a character that cannot be confused with a name's, as
	// plain text, so that every execution mode of every driver can send them.
	var args []driver.NamedValue
	for i, names := range [][]string{tables, markers, columns, whole} {
		args = append(args, driver.NamedValue{Ordinal: i + 1, Value: strings.Join(names, "\x01")})
	}
	text, err := queryText(ctx, q, catalogQuery, args)
	if err != nil {
		return nil, fmt.Errorf("softdelete: reading the catalog: %w", err)
	}
	c := new(catalog)
	if err := json.Unmarshal(text, c); err != nil {
		return nil, fmt.Errorf("softdelete: reading the catalog: %w", err)
	}
	c.link()
	return c, nil
}

// queryText returns the only column of the only row.
func queryText(ctx context.Context, q driver.QueryerContext, query string, args []driver.NamedValue) (text []byte, err error) {
	rows, err := q.QueryContext(ctx, query, args)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	vals := make([]driver.Value, len(rows.Columns()))
	if err := rows.Next(vals); err != nil {
		return nil, err
	}
	// Drivers give text as string or as []byte.
	switch v := vals[0].(type) {
	case string:
		text = []byte(v)
	case []byte:
		text = slices.Clone(v)
	default:
		return nil, fmt.Errorf("the answer is a %T", v)
	}
	if err := rows.Next(vals); !errors.Is(err, io.EOF) {
		return nil, errors.Join(err, errors.New("the answer does not end with its first row"))
	}
	return text, nil
}

// link connects what JSON can only name. What lies in the system's schemas, such as
// a temporary child of a permanent table, is not among the relations.
func (c *catalog) link() {
	byOID := map[uint32]*catRelation{}
	for _, r := range c.Relations {
		byOID[r.OID] = r
	}
	for _, r := range c.Relations {
		for _, oid := range r.Parents {
			if p := byOID[oid]; p != nil {
				r.parents = append(r.parents, p)
				p.children = append(p.children, r)
			}
		}
	}
	for _, k := range c.ForeignKeys {
		k.child, k.parent = byOID[k.ChildOID], byOID[k.ParentOID]
	}
	c.ForeignKeys = slices.DeleteFunc(c.ForeignKeys, func(k *catKey) bool { return k.child == nil || k.parent == nil })
}

// find returns the relations that a policy means by a name: that of its schema; for
// a name without one whose table is not in public, those that search_path finds.
func (c *catalog) find(n tableName) []*catRelation {
	pick := func(want func(*catRelation) bool) (found []*catRelation) {
		for _, r := range c.Relations {
			if r.Name == n.name && want(r) {
				found = append(found, r)
			}
		}
		return found
	}
	n = n.orPublic()
	if n.schema == everySchema {
		return pick(func(*catRelation) bool { return true })
	}
	found := pick(func(r *catRelation) bool { return r.Schema == n.schema })
	if len(found) == 0 && n.schema == defaultSchema {
		found = pick(func(r *catRelation) bool { return r.Visible })
	}
	return found
}

// isTable reports whether the relation has rows that can be marked. A foreign table
// has, where it is a partition or child of a table that has.
func (r *catRelation) isTable() bool {
	return r.Kind == "r" || r.Kind == "p" || r.Kind == "f" && len(r.parents) > 0
}

func (r *catRelation) display() string { return r.Schema + "." + r.Name }

// column returns the column of that name, if it was asked for and exists.
func (r *catRelation) column(name string) (catColumn, bool) {
	for _, col := range r.Columns {
		if col.Name == name {
			return col, true
		}
	}
	return catColumn{}, false
}

// findOnlyKeys sets Table.OnlyKey where it holds now. A policy that is written down had
// better not have it: it holds until somebody adds an index.
func (c *catalog) findOnlyKeys(p Policy) {
	for i := range p.Tables {
		t := &p.Tables[i]
		n, bad := parseName(t.Name)
		if bad != nil || t.Mode == Archive {
			continue // as Validate says
		}
		key := t.PrimaryKey
		if len(key) == 0 {
			key = []string{defaultKey}
		}
		found := c.find(n)
		t.OnlyKey = t.OnlyKey || len(found) > 0 && !slices.ContainsFunc(found, func(r *catRelation) bool { return !r.onlyKey(key) })
	}
}

// onlyKey reports whether nothing but the primary key, and that is key, keeps a new row of
// the table or of its partitions out.
func (r *catRelation) onlyKey(key []string) bool {
	if r.Rivals > 0 || len(r.Keys) == 0 || !r.Keys[0].Primary || !r.Keys[0].Arbiter || !sameColumns(r.Keys[0].Columns, key) {
		return false
	}
	return !slices.ContainsFunc(r.children, func(c *catRelation) bool { return c.Partition && !c.onlyKey(key) })
}

// unique reports whether no two rows have the same values in the columns.
func (r *catRelation) unique(columns []string) bool {
	return slices.ContainsFunc(r.Keys, func(k catUnique) bool {
		return k.Required && !slices.ContainsFunc(k.Columns, func(col string) bool { return !slices.Contains(columns, col) })
	})
}

// whole returns the partitioned table that the relation is a part of, or the
// relation itself.
func (r *catRelation) whole() *catRelation {
	for r.Partition && len(r.parents) > 0 {
		r = r.parents[0]
	}
	return r
}

// inherits reports whether the relation belongs to an inheritance tree that is not
// one of partitions.
func (r *catRelation) inherits() bool { return r.Inherited || !r.Partition && len(r.Parents) > 0 }

// action is the foreign key's ON DELETE action.
func (k *catKey) action() Action {
	switch k.ActionCode {
	case "r":
		return Restrict
	case "c":
		return Cascade
	case "n":
		return SetNull
	case "d":
		return SetDefault
	default:
		return NoAction
	}
}

// policyKey is the foreign key as a policy has it, with the tables named thus.
func (k *catKey) policyKey(child, parent string) ForeignKey {
	return ForeignKey{
		Name: k.Name, Table: child, Columns: k.Columns, RefTable: parent, RefColumns: k.RefColumns,
		OnDelete: k.action(), SetColumns: k.SetColumns,
	}
}

// original returns the constraint that this one was made from, for a partition.
func (c *catalog) original(k *catKey) *catKey {
	for k.CloneOf != 0 {
		i := slices.IndexFunc(c.ForeignKeys, func(o *catKey) bool { return o.OID == k.CloneOf })
		if i < 0 {
			break
		}
		k = c.ForeignKeys[i]
	}
	return k
}

// twin returns the foreign key that k is the twin key of, or nil. A twin key joins
// generated columns that are a live row's key and a deleted row's NULL. marked
// returns the policy's entry for a table, nil if there is none.
func (c *catalog) twin(k *catKey, marked func(*catRelation) *table) *catKey {
	if marked(k.parent) == nil || k.CloneOf != 0 {
		return nil
	}
	refColumns := shadowed(k.parent, k.RefColumns, marked(k.parent))
	columns := shadowed(k.child, k.Columns, marked(k.child))
	if columns == nil && marked(k.child) == nil {
		columns = k.Columns // all rows are live
	}
	if columns == nil || refColumns == nil {
		return nil
	}
	for _, plain := range c.ForeignKeys {
		if plain != k && plain.CloneOf == 0 && plain.child == k.child && plain.parent == k.parent &&
			samePairs(plain.Columns, plain.RefColumns, columns, refColumns) {
			return plain
		}
	}
	return nil
}

// sameColumns reports whether two keys have the same columns, in any order.
func sameColumns(a, b []string) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(col string) bool { return !slices.Contains(b, col) })
}

// samePairs reports whether two foreign keys join the same columns, in any order.
func samePairs(columns, refColumns, otherColumns, otherRef []string) bool {
	if len(columns) != len(otherColumns) || len(refColumns) != len(otherRef) || len(columns) != len(refColumns) {
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

// shadowed returns the columns whose live values the given columns are generated
// from, or nil where one is not of the form CASE WHEN <live> THEN <column> END.
func shadowed(r *catRelation, columns []string, t *table) []string {
	if t == nil {
		return nil
	}
	var plain []string
	for _, name := range columns {
		col, ok := r.column(name)
		if !ok || !col.Generated {
			return nil
		}
		tree, err := pg.Parse("SELECT " + col.Default)
		if err != nil {
			return nil
		}
		e := tree.Stmts[0].Stmt.GetSelectStmt().GetTargetList()[0].GetResTarget().GetVal().GetCaseExpr()
		if e.GetArg() != nil || len(e.GetArgs()) != 1 || !isNull(e.Defresult) {
			return nil
		}
		when := e.Args[0].GetCaseWhen()
		fields := when.GetResult().GetColumnRef().GetFields()
		if len(fields) != 1 || pgast.Diff(when.GetExpr(), t.condition("", live).node) != "" {
			return nil
		}
		plain = append(plain, fields[0].GetString_().GetSval())
	}
	return plain
}

// isNull recognises NULL, and NULL::type.
func isNull(n *pg.Node) bool {
	if cast := n.GetTypeCast(); cast != nil {
		n = cast.Arg
	}
	return n == nil || n.GetAConst().GetIsnull()
}
