package softdelete

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	pg "github.com/pganalyze/pg_query_go/v5"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"

	"github.com/softdelete-go/softdelete/internal/lex"
	"github.com/softdelete-go/softdelete/internal/pgast"
)

// sameTree compares the two ways in which a tree can come from the parser. It reports
// whether the text has a tree that takes the fast one.
func sameTree(t testing.TB, sql string) bool {
	t.Helper()
	toks, err := lex.Scan(sql, nil)
	if err != nil || lex.Depth(toks, sql) > lex.MaxDepth || lex.Copies(toks, sql) > lex.MaxCopies || !newText(sql, toks).readsRows() {
		return false
	}
	sql = blankComments(sql, toks)
	got, gotErr := pgast.Parse(sql)
	want, wantErr := pg.Parse(sql)
	if (gotErr == nil) != (wantErr == nil) || gotErr != nil && gotErr.Error() != wantErr.Error() {
		t.Errorf("%s\ngot %v, want %v", sql, gotErr, wantErr)
	}
	if gotErr != nil || wantErr != nil {
		return false
	}
	if !proto.Equal(got, want) {
		g, w := strings.Split(prototext.Format(got), "\n"), strings.Split(prototext.Format(want), "\n")
		for i := range min(len(g), len(w)) {
			if g[i] != w[i] {
				t.Errorf("%s\nline %d: got %s, want %s\n%s", sql, i, g[i], w[i], strings.Join(w[max(0, i-8):i], "\n"))
				break
			}
		}
	}
	return true
}

func TestTreesOfBothWays(t *testing.T) {
	n := 0
	check := func(sql string) {
		if sameTree(t, sql) {
			n++
		}
	}
	for _, file := range allCases(t) {
		for _, c := range file.cases {
			check(c.in)
			check(c.want)
		}
	}
	for _, name := range []string{"testdata/chinook/*.sql", "testdata/equivalence/*.sql", "internal/lex/testdata/*.sql"} {
		paths, err := filepath.Glob(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, sql := range strings.Split(string(text), "\n\n") {
				check(sql)
			}
		}
	}
	if n < 2000 {
		t.Errorf("only %d trees", n)
	}
	for _, sql := range []string{
		`SELECT -5, - 5, -0, - -5, - - -5, -(5), -(-5), -2147483647, -2147483648, -5.5, -0x1F, -1_000, +5, a-5, -5::int, -a[-1]`,
		`SELECT '<>&"\', E'\t\n\r\f\b\x01\u00fc', U&'\0441', B'01', X'1F', $$a
b$$, N'x', '', NULL, true, false`,
		`SELECT ARRAY[1,2]::int[], '{}'::int[][], x::int[3], x::int[0], x::int ARRAY[0], x::int ARRAY, x::int array[2], -1 = ANY (ARRAY[-1]), interval '1' day, interval(3) '1 day', float(24) '1', a[:], a[1:], a[:-2]`,
		`SELECT ROW(), (SELECT 1), GROUPING(a), count(*) FILTER (WHERE b) OVER (PARTITION BY c ROWS BETWEEN 1 PRECEDING AND UNBOUNDED FOLLOWING) FROM t GROUP BY GROUPING SETS ((a), ()) FETCH FIRST 5 ROWS WITH TIES`,
		`WITH RECURSIVE t(a) AS (SELECT 1 UNION ALL SELECT a + 1 FROM t) SEARCH DEPTH FIRST BY a SET o CYCLE a SET c TO 1 DEFAULT 0 USING p SELECT * FROM t`,
		`SELECT * FROM XMLTABLE('/a' PASSING x COLUMNS n FOR ORDINALITY, v int PATH '@v' DEFAULT -1 NOT NULL), ROWS FROM (f(1), g(2) AS (a int)) WITH ORDINALITY x, t TABLESAMPLE bernoulli (10) REPEATABLE (-3)`,
		`SELECT JSON_OBJECT('a': 1 NULL ON NULL), JSON_ARRAYAGG(x ORDER BY y), x IS JSON OBJECT WITH UNIQUE KEYS FROM t`,
		`MERGE INTO a USING b ON a.id = b.id WHEN MATCHED AND b.x = -1 THEN DELETE WHEN NOT MATCHED THEN INSERT VALUES (-1, DEFAULT)`,
		`INSERT INTO t (a[1], b.c) OVERRIDING SYSTEM VALUE VALUES (-1, 'x') ON CONFLICT ON CONSTRAINT k DO UPDATE SET (a, b) = (SELECT -1, 2), c = DEFAULT WHERE t.x < -3 RETURNING *`,
		`UPDATE t SET a = -1 WHERE CURRENT OF c`, `VALUES (-1), (2)`, `TABLE t`, `SELECT a INTO TEMP b FROM c`, `SELECT`, `(SELECT 1) ORDER BY 1 LIMIT ALL`, `SELECT 1;`, `SELECT FROM`,
	} {
		sameTree(t, sql)
	}
}

// FuzzTrees holds the fast way from the parser to Go against pg_query's own.
func FuzzTrees(f *testing.F) {
	addSeeds(f, func(sql string) { f.Add(sql) })
	f.Fuzz(func(t *testing.T, sql string) {
		if len(sql) < 4<<10 {
			sameTree(t, sql)
		}
	})
}
