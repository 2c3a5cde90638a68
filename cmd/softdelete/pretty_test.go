package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/internal/lex"
)

func TestPretty(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"what fits is one line", "SELECT  a FROM   t WHERE b = 1", "SELECT a FROM t WHERE b = 1"},
		{
			"what its author has broken is not joined", "select a from t\nwhere b = 1",
			"select a\nfrom t\nwhere b = 1",
		},
		{
			"clauses, lists, conditions",
			"SELECT extract(year FROM a.day), substring(a.name FROM 1 FOR 2), count(*) FILTER (WHERE a.price > 1) AS dear, max(b.id) FROM a LEFT JOIN b USING (id) NATURAL FULL OUTER JOIN c CROSS JOIN some_function_with_a_long_name(1, 2, 3) WHERE a.day BETWEEN $1 AND $2 AND a.x IS NOT DISTINCT FROM a.y AND (a.kind = 'one' OR a.kind = 'another') GROUP BY 1, 2 HAVING count(*) > 1 ORDER BY 1 LIMIT 10 OFFSET 5 FOR NO KEY UPDATE",
			`SELECT extract(year FROM a.day), substring(a.name FROM 1 FOR 2),
  count(*) FILTER (WHERE a.price > 1) AS dear, max(b.id)
FROM a
  LEFT JOIN b USING (id)
  NATURAL FULL OUTER JOIN c
  CROSS JOIN some_function_with_a_long_name(1, 2, 3)
WHERE a.day BETWEEN $1 AND $2
  AND a.x IS NOT DISTINCT FROM a.y
  AND (a.kind = 'one' OR a.kind = 'another')
GROUP BY 1, 2
HAVING count(*) > 1
ORDER BY 1
LIMIT 10
OFFSET 5
FOR NO KEY UPDATE`,
		},
		{
			"AND binds closer than OR",
			"DELETE FROM t USING s WHERE t.some_column = 'a value' AND s.another_column = 'another' OR t.some_column = 'a third' AND NOT s.flag",
			`DELETE FROM t
USING s
WHERE t.some_column = 'a value' AND s.another_column = 'another'
  OR t.some_column = 'a third' AND NOT s.flag`,
		},
		{
			"a long list", "SELECT id FROM t WHERE id IN (" + strings.Repeat("1000000, ", 24) + "7)",
			"SELECT id\nFROM t\nWHERE id IN (\n  " + strings.Repeat("1000000, ", 10) + "1000000,\n  " + strings.Repeat("1000000, ", 10) + "1000000,\n  1000000, 1000000, 7\n)",
		},
		{
			"words behind a dot or AS are names",
			`SELECT t.from, t.where AS select, 1 AS case, 2 AS end, "t"."and" AS or, 'a long text, which does not fit' AS union FROM t`,
			`SELECT t.from, t.where AS select, 1 AS case, 2 AS end, "t"."and" AS or,
  'a long text, which does not fit' AS union
FROM t`,
		},
		{
			"set operations",
			"(SELECT a FROM some_table_with_a_long_name) UNION ALL SELECT b FROM another_one INTERSECT SELECT c FROM t ORDER BY 1",
			`(SELECT a FROM some_table_with_a_long_name)
UNION ALL
SELECT b
FROM another_one
INTERSECT
SELECT c
FROM t
ORDER BY 1`,
		},
		{
			"a WITH clause",
			"WITH RECURSIVE tree(id, depth) AS (SELECT id, 0 FROM t WHERE parent IS NULL UNION ALL SELECT t.id, depth + 1 FROM t JOIN tree ON t.parent = tree.id), leaves AS MATERIALIZED (SELECT 1) SELECT id FROM tree",
			`WITH RECURSIVE
  tree(id, depth) AS (
    SELECT id, 0
    FROM t
    WHERE parent IS NULL
    UNION ALL
    SELECT t.id, depth + 1
    FROM t JOIN tree ON t.parent = tree.id
  ),
  leaves AS MATERIALIZED (SELECT 1)
SELECT id FROM tree`,
		},
		{
			"writes",
			"INSERT INTO t (a, b) VALUES (1, 2), (3, 4) ON CONFLICT (a) WHERE live DO UPDATE SET b = excluded.b, c = t.c + 1 WHERE t.a > 7 RETURNING *; UPDATE t SET a = CASE WHEN b = 1 THEN 'the first of all of them, and no other' WHEN b = 2 THEN 'the second' ELSE c END, set = 1 FROM s WHERE s.id = t.id",
			`INSERT INTO t (a, b)
VALUES (1, 2), (3, 4)
ON CONFLICT (a)
WHERE live
DO UPDATE SET b = excluded.b, c = t.c + 1
WHERE t.a > 7
RETURNING *;
UPDATE t
SET a = CASE
    WHEN b = 1 THEN 'the first of all of them, and no other'
    WHEN b = 2 THEN 'the second'
    ELSE c
  END,
  set = 1
FROM s
WHERE s.id = t.id`,
		},
		{
			"MERGE",
			"MERGE INTO t USING (SELECT 1 AS id) s ON t.id = s.id WHEN MATCHED AND t.a = 1 THEN UPDATE SET a = 2, b = 3 WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT (id) VALUES (s.id)",
			`MERGE INTO t
USING (SELECT 1 AS id) s ON t.id = s.id
WHEN MATCHED AND t.a = 1 THEN UPDATE SET a = 2, b = 3
WHEN MATCHED THEN DELETE
WHEN NOT MATCHED THEN INSERT (id) VALUES (s.id)`,
		},
		{
			"statements that hold others",
			"EXPLAIN (ANALYZE, BUFFERS) SELECT a FROM t WHERE b = 'a text that is not quite short enough for the line';\nCREATE VIEW v AS SELECT a FROM t WHERE b = 'another text that is not quite short enough for one line'",
			`EXPLAIN (ANALYZE, BUFFERS)
SELECT a
FROM t
WHERE b = 'a text that is not quite short enough for the line';
CREATE VIEW v AS
SELECT a
FROM t
WHERE b = 'another text that is not quite short enough for one line'`,
		},
		{
			"definitions",
			"CREATE TABLE orders (id int PRIMARY KEY, user_id int REFERENCES users ON DELETE CASCADE ON UPDATE SET NULL, deleted_at timestamptz)",
			`CREATE TABLE orders (
  id int PRIMARY KEY, user_id int REFERENCES users ON DELETE CASCADE ON UPDATE SET NULL,
  deleted_at timestamptz
)`,
		},
		{
			"comments",
			"-- name: Users\n/*+ SeqScan(t) */ SELECT a, -- the first\n b, /* the second */ c\n-- all of it\nFROM t -- the table\nWHERE /* x */ d = 1\n/* and so on */\nAND e = 2 -- done\n;\n\n\n-- the next\nSELECT 1 -- one\n+ 2",
			`-- name: Users
/*+ SeqScan(t) */ SELECT a, -- the first
  b, /* the second */ c
-- all of it
FROM t -- the table
WHERE /* x */ d = 1
  /* and so on */
  AND e = 2 -- done
;

-- the next
SELECT 1 -- one
  + 2`,
		},
		{
			"what is within a token",
			"SELECT 'two\n  lines' 'x'  ,$q$  SELECT   1\nFROM t$q$,U&'d\\0061t' UESCAPE '!',N'x', n 'x', 'a'\n   'b', - -1,\"a  b\"FROM t",
			"SELECT 'two\n  lines' 'x',\n  $q$  SELECT   1\nFROM t$q$,\n  U&'d\\0061t' UESCAPE '!', N'x', n 'x',\n  'a'\n   'b',\n  - -1, \"a  b\"\nFROM t",
		},
		{"brackets that do not match", "SELECT (a, b]) FROM [t", "SELECT (a, b]) FROM [t"},
		{"only a comment", "-- nothing", "-- nothing"},
	} {
		got, err := pretty(tt.in)
		if err != nil || got != tt.want+"\n" {
			t.Errorf("%s: got\n%s\n%v\nwant\n%s", tt.name, got, err, tt.want)
		}
		samePretty(t, tt.in)
	}
	if got, err := pretty("SELECT 'a"); err == nil {
		t.Errorf("text that is no SQL became %q", got)
	}
}

// sameTokens requires that pretty keeps the tokens of a text, and returns the result.
func sameTokens(t *testing.T, sql string) string {
	t.Helper()
	got, err := pretty(sql)
	if err != nil {
		t.Errorf("%v in\n%s", err, sql)
	} else if was, is := tokensOf(t, sql), tokensOf(t, got); !slices.Equal(was, is) {
		t.Errorf("other tokens: %q\nbecame\n%q\nin\n%s", was, is, got)
	}
	return got
}

// samePretty requires besides that what is pretty stays as it is.
func samePretty(t *testing.T, sql string) {
	t.Helper()
	got := sameTokens(t, sql)
	if again, err := pretty(got); err != nil || again != got {
		t.Errorf("not stable:\n%s\n%v\nbecame\n%s", got, err, again)
	}
}

func tokensOf(t *testing.T, sql string) []string {
	t.Helper()
	toks, err := lex.Scan(sql, nil)
	if err != nil {
		t.Fatalf("%v in\n%s", err, sql)
	}
	var list []string
	for _, tok := range toks {
		list = append(list, fmt.Sprint(tok.Kind, " ", tok.Keyword, " ", sql[tok.Start:tok.End]))
	}
	return list
}

// caseTexts returns the SQL of all case files of the repository: what is written,
// and what becomes of it.
func caseTexts(t testing.TB) []string {
	t.Helper()
	var texts []string
	root := filepath.Join("..", "..", "testdata")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".sql" {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		sections := strings.Split("\n"+string(raw), "\n--- ")
		if len(sections) == 1 {
			texts = append(texts, string(raw)) // a script
			return nil
		}
		for _, s := range sections[1:] {
			title, text, _ := strings.Cut(s, "\n")
			text, _, _ = strings.Cut(text, "\n=== ")
			if strings.HasPrefix(title, "refused") || title == "same" {
				continue
			}
			if strings.HasSuffix(title, " quoted") {
				if text, err = strconv.Unquote(strings.TrimSpace(text)); err != nil {
					return err
				}
			}
			texts = append(texts, text)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return texts
}

func TestPrettyKeepsTheTokensOfAllCases(t *testing.T) {
	tried := 0
	for _, text := range caseTexts(t) {
		if _, err := lex.Scan(text, nil); err == nil { // some cases are about text that is no SQL
			samePretty(t, text)
			tried++
		}
	}
	if tried < 700 {
		t.Errorf("only %d texts were found", tried)
	}
}

func familyRewriter(t testing.TB) *softdelete.Rewriter {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "..", "testdata", "policy", "family.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p, err := softdelete.LoadPolicy(f)
	if err != nil {
		t.Fatal(err)
	}
	r, err := softdelete.NewRewriter(p)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// cascades are statements that become long ones under testdata/policy/family.yaml.
var cascades = []string{
	"DELETE FROM users WHERE id = 7",
	"DELETE FROM users AS u USING notes n /* theirs */ WHERE n.author_id = u.id AND n.text = $1 RETURNING u.id, u.email AS \"E-Mail\"",
	"WITH d AS (DELETE FROM orders WHERE user_id = $1 RETURNING *) -- and then\nSELECT count(*) FROM d",
	"UPDATE users SET deleted_at = now() WHERE id = 7",
	"UPDATE users SET email = $1, deleted_at = $2 WHERE id = $3",
	"INSERT INTO notes (id, tenant_id, author_id) VALUES (1, 2, 3) RETURNING *",
	"INSERT INTO payments (number, order_id) SELECT 1, id FROM orders",
	"UPDATE items SET order_id = 8 WHERE order_id = 7 RETURNING line_no",
}

func TestPrettyKeepsTheTokensOfCascades(t *testing.T) {
	r := familyRewriter(t)
	for _, text := range cascades {
		got, err := r.Rewrite(context.Background(), text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if !strings.Contains(got, "softdelete") {
			t.Errorf("%s became only %s", text, got)
		}
		samePretty(t, got)
	}
}

func FuzzPretty(f *testing.F) {
	for _, text := range caseTexts(f) {
		if len(text) < 2000 { // no whole scripts
			f.Add(text)
		}
	}
	r := familyRewriter(f)
	for _, text := range cascades {
		got, err := r.Rewrite(context.Background(), text)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(got)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := lex.Scan(text, nil); err == nil {
			sameTokens(t, text)
		}
	})
}
