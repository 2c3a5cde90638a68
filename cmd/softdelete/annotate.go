package main

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"

	"github.com/softdelete-go/softdelete"
)

// facts are what the comments of a policy say of a table.
type facts struct {
	columns map[string]string // their types
	primary bool
	unique  []string // definitions of the keys over all rows that are not primary
}

// annotated is the policy as YAML, with comments that say where things come from.
func annotated(ctx context.Context, db *sql.DB, p softdelete.Policy, problems []error) (string, error) {
	var database string
	if err := db.QueryRowContext(ctx, "SELECT current_database()").Scan(&database); err != nil {
		return "", fmt.Errorf("read the catalog: %w", err)
	}
	var root yaml.Node
	if err := root.Encode(p); err != nil {
		return "", fmt.Errorf("write the policy: %w", err)
	}
	tidy(&root)
	head := fmt.Sprintf("Written by softdelete init from the database %q.\nRead it through before you use it: it is what the catalog suggests.\nColumns that are to come do not exist yet: softdelete ddl adds them.", database)
	if len(problems) > 0 {
		head += "\n\nIt cannot be used as it is:"
		for _, problem := range problems {
			head += "\n- " + printable(problem.Error())
		}
	}
	root.HeadComment = head + "\n\n"
	if tables := value(&root, "tables"); tables != nil {
		for i, node := range tables.Content {
			f, err := readFacts(ctx, db, p.Tables[i].Name)
			if err != nil {
				return "", err
			}
			f.annotate(p.Tables[i], node)
		}
	}
	if keys := value(&root, "foreign_keys"); keys != nil {
		for i, node := range keys.Content {
			annotateKey(p.ForeignKeys[i], node)
		}
	}
	if journal := value(&root, "journal"); journal != nil {
		journal.LineComment = "who deleted what, when and why; restores need it to put references back"
	}
	var b bytes.Buffer
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if err := errors.Join(enc.Encode(&root), enc.Close()); err != nil {
		return "", fmt.Errorf("write the policy: %w", err)
	}
	return b.String(), nil
}

// tidy puts lists of names on one line, and names that the YAML package would write
// so that it cannot read them again into quotes.
func tidy(n *yaml.Node) {
	if n.Kind == yaml.SequenceNode && len(n.Content) > 0 && n.Content[0].Kind == yaml.ScalarNode {
		n.Style = yaml.FlowStyle
	}
	if n.Kind == yaml.ScalarNode && n.Value != printable(n.Value) {
		n.Style = yaml.DoubleQuotedStyle
	}
	for _, child := range n.Content {
		tidy(child)
	}
}

// printable is the text for a comment, which ends with its line.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '\uFFFD'
		}
		return r
	}, s)
}

// value returns what a mapping has for a key, nil if it lacks it.
func value(n *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

// remark puts a comment behind a key's value, if it is there.
func remark(n *yaml.Node, key, text string) {
	if v := value(n, key); v != nil && text != "" {
		v.LineComment = printable(text)
	}
}

func readFacts(ctx context.Context, db *sql.DB, name string) (facts, error) {
	f := facts{columns: map[string]string{}}
	schema, table, err := softdelete.ParseTableName(name)
	if err != nil {
		return f, err
	}
	rows, err := db.QueryContext(ctx, `
WITH t AS (
  SELECT c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relname = $2 AND c.relkind IN ('r', 'p', 'f') AND n.nspname !~ '^pg_'
    AND (n.nspname = $1 OR $1 = '*' OR $1 = '' AND (n.nspname = 'public' OR pg_catalog.pg_table_is_visible(c.oid)))
  ORDER BY n.nspname <> 'public' LIMIT 1)
SELECT 'column', a.attname::text, format_type(a.atttypid, a.atttypmod)
FROM t JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL
SELECT CASE WHEN x.indisprimary THEN 'primary' ELSE 'unique' END, i.relname::text,
  (SELECT string_agg(pg_catalog.pg_get_indexdef(x.indexrelid, k, false), ', ' ORDER BY k) FROM generate_series(1, x.indnkeyatts) k)
FROM t JOIN pg_catalog.pg_index x ON x.indrelid = t.oid AND x.indisunique AND x.indpred IS NULL JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
ORDER BY 1, 2`, schema, table)
	if err != nil {
		return f, fmt.Errorf("read the catalog: %w", err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err says it
	for rows.Next() {
		var kind, name, text string
		if err := rows.Scan(&kind, &name, &text); err != nil {
			return f, fmt.Errorf("read the catalog: %w", err)
		}
		switch kind {
		case "column":
			f.columns[name] = text
		case "primary":
			f.primary = true
		default:
			f.unique = append(f.unique, fmt.Sprintf("%s (%s)", name, text))
		}
	}
	if err := rows.Err(); err != nil {
		return f, fmt.Errorf("read the catalog: %w", err)
	}
	return f, nil
}

// annotate says of an entry what is in the database, and what is to come.
func (f facts) annotate(t softdelete.Table, n *yaml.Node) {
	marker := cmp.Or(t.Column, "deleted_at")
	text := marker + " is to come"
	if kind, has := f.columns[marker]; has {
		text = "has " + marker + " " + kind
	}
	if t.PartitionOf != "" {
		text = "a partition"
	}
	remark(n, "name", text)
	switch {
	case f.primary:
		remark(n, "primary_key", "its primary key")
	default:
		remark(n, "primary_key", "a unique key without NULLs; there is no primary key")
	}
	for _, col := range []struct{ key, name string }{
		{"deletion_id", t.DeletionID}, {"deleted_by", t.DeletedBy}, {"reason", t.Reason},
	} {
		if kind, has := f.columns[col.name]; has {
			remark(n, col.key, "has it: "+kind)
		} else {
			remark(n, col.key, "to come")
		}
	}
	unique := slices.Clone(f.unique)
	for i, u := range unique {
		unique[i] = printable("Unique over all rows: " + u + ". softdelete ddl says what becomes of it.")
	}
	n.HeadComment = strings.Join(unique, "\n")
}

// annotateKey says what the constraint does when a parent is deleted.
func annotateKey(f softdelete.ForeignKey, n *yaml.Node) {
	does := map[softdelete.Action]string{
		softdelete.NoAction:    "a live child forbids the delete of its parent",
		softdelete.Restrict:    "a live child forbids the delete of its parent",
		softdelete.Cascade:     "the children are deleted too",
		softdelete.SetNull:     "the children lose their reference",
		softdelete.SetDefault:  "the children refer to the default",
		softdelete.KeepVisible: "the children stay as they are",
	}[f.OnDelete]
	remark(n, "name", fmt.Sprintf("ON DELETE %s: %s", strings.ToUpper(strings.ReplaceAll(f.OnDelete.String(), "_", " ")), does))
	remark(n, "twin", "a foreign key between generated columns that are the live keys")
}
