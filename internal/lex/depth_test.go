package lex

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"

	pg_query "github.com/pganalyze/pg_query_go/v5"
	"github.com/pganalyze/pg_query_go/v5/parser"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Each template nests what stands for X one step deeper, in each way the
// grammar has; those of one kind can be put into each other.
var (
	exprTemplates = []string{
		"X + 1", "1 + X", "- X", "@ X", "X || 'a'", "X @ b", "X = b", "a < X", "X <> b",
		"X::int", "X::s.t(1, 2)[]", "X::interval day to second(3)", "X::timestamp(3) with time zone",
		"X IS NULL", "X ISNULL", "X IS NOT TRUE", "X COLLATE c", "X AT TIME ZONE 'u'", "X IS DISTINCT FROM b", "X IS NOT DISTINCT FROM b",
		"NOT X", "X AND b", "b AND X", "X OR b", "b OR X", "X AND b OR c", "b OR X AND c",
		"X BETWEEN b AND c", "a BETWEEN X AND c", "a BETWEEN b AND X", "X BETWEEN SYMMETRIC b AND c IS NULL",
		"a NOT BETWEEN b + c AND X AND d", "X BETWEEN x.and AND c IS NULL",
		"X LIKE b", "a LIKE X", "X LIKE b ESCAPE c", "X NOT ILIKE b ESCAPE c", "X SIMILAR TO b", "X SIMILAR TO b ESCAPE c",
		"X IS JSON", "X IS JSON OBJECT WITH UNIQUE KEYS", "X IS DOCUMENT", "X IS NORMALIZED", "X IS NOT NFKC NORMALIZED",
		"X OPERATOR(s.+) b", "OPERATOR(s.@) X", "a + OPERATOR(s.@) X",
		"(X)", "(X)[1]", "(X).f", "(X).f[1].g", "(X).*", "a[X]", "a[1:X]", "a[X:]", "a.b[1][X]",
		"f(X)", "f(a, X, b)", "f(a => X)", "f(a, b := X)", "f(VARIADIC X)", "f(DISTINCT a, X)", "f(a ORDER BY b, X)",
		"f() FILTER (WHERE X)", "f() OVER (PARTITION BY a, X)", "f() OVER (ORDER BY a, X DESC NULLS LAST)", "f() WITHIN GROUP (ORDER BY a, X)",
		"f() OVER (ROWS BETWEEN X PRECEDING AND CURRENT ROW)", "f() OVER (RANGE BETWEEN a PRECEDING AND X FOLLOWING)",
		"CASE WHEN X THEN a END", "CASE X WHEN a THEN b END", "CASE a WHEN b THEN c WHEN X THEN d ELSE e END", "CASE WHEN a THEN X END",
		"CASE WHEN a THEN b ELSE X END", "CASE WHEN a AND X OR b THEN c END",
		"COALESCE(a, X)", "GREATEST(a, X)", "NULLIF(X, a)", "ROW(a, X)", "(a, X)", "ARRAY[a, X]", "ARRAY[[a], [X]]", "(a, X) OVERLAPS (b, c)",
		"ARRAY(SELECT X)", "(SELECT X)", "(SELECT a, X FROM t)", "(SELECT FROM t WHERE a AND X)", "(SELECT FROM (SELECT a, X) s)",
		"(SELECT FROM a JOIN b ON X)", "(SELECT FROM a, b LEFT JOIN c ON d JOIN e ON f AND X)", "(SELECT FROM a, f(b, X))",
		"(SELECT FROM a, ROWS FROM (f(a), g(b, X) AS (c int)))", "(SELECT FROM LATERAL (VALUES (a), (X)) v)", "(VALUES (a), (b, X))",
		"(WITH w AS (SELECT a, X) SELECT)", "(WITH v AS (SELECT), w(a, b) AS MATERIALIZED (INSERT INTO t VALUES (a), (X) RETURNING 1, 2) SELECT)",
		"(WITH w AS (UPDATE t SET a = 1, (b, c) = (a, X) RETURNING 1) SELECT)", "(WITH w AS (UPDATE t SET a = 1, b[1].c = X) SELECT)",
		"(WITH w AS (INSERT INTO t VALUES (1) ON CONFLICT (a, (X)) DO UPDATE SET b = 1, c = 2 WHERE d) SELECT)",
		"(WITH w AS (INSERT INTO t VALUES (1) ON CONFLICT (a) DO UPDATE SET b = 1, (c, d) = (e, X)) SELECT)",
		"(WITH w AS (DELETE FROM t USING a, b WHERE X RETURNING 1, 2) SELECT)",
		"EXISTS (SELECT a, X UNION SELECT b, c)", "(SELECT a, b UNION SELECT c, X)", "(SELECT a, b UNION ALL SELECT c, d ORDER BY e, X)",
		"(SELECT a GROUP BY b, GROUPING SETS (a, ROLLUP (b, X)))", "(SELECT a GROUP BY b, X HAVING c)", "(SELECT ORDER BY b, X USING <)", "(SELECT LIMIT X OFFSET a)",
		"(SELECT DISTINCT ON (a, X) b)", "(SELECT f() OVER w WINDOW v AS (), w AS (ORDER BY a, X))", "(SELECT FROM a, t TABLESAMPLE s (a, X) REPEATABLE (b))",
		"(SELECT FROM a, XMLTABLE(XMLNAMESPACES(a AS b), 'a' PASSING b COLUMNS c int, d int PATH 'e' DEFAULT X))",
		"a IN (b, X)", "X IN (a)", "X NOT IN (a, b)", "a IN (SELECT b, X)", "(a, X) = ANY (SELECT b, c)", "a = ANY (X)", "X > ALL (b)", "a LIKE ANY (ARRAY[b, X])",
		"CAST(X AS int)", "s.t(X) 'a'", "a::s.t(1, X)", "CAST(a AS s.t(1, X))", "EXTRACT(year FROM X)", "SUBSTRING(X FROM a FOR b)", "TRIM(BOTH a FROM X)", "POSITION(a IN (X))",
		"OVERLAY(a PLACING X FROM b)", "COLLATION FOR (X)", "NORMALIZE(X, NFC)", "TREAT(X AS t)",
		"XMLELEMENT(NAME a, XMLATTRIBUTES(b, X AS case))", "XMLELEMENT(NAME a, XMLATTRIBUTES(b), c, X)", "XMLFOREST(b, X AS end)", "XMLCONCAT(a, X)", "XMLPARSE(DOCUMENT X)",
		"XMLSERIALIZE(CONTENT X AS text)", "XMLROOT(X, VERSION NO VALUE)",
		"JSON_OBJECT('a': b, 'c': X)", "JSON_OBJECT('a' VALUE b, 'c' VALUE X FORMAT JSON)", "JSON_OBJECT(X VALUE a)", "JSON_ARRAY(a, X)", "JSON_ARRAY(a, X FORMAT JSON RETURNING t(1))",
		"JSON_ARRAY(SELECT a, X)", "JSON_ARRAYAGG(a ORDER BY b, X)", "JSON_OBJECTAGG(a: X)", "JSON_OBJECTAGG(a VALUE X) FILTER (WHERE b)", "JSON_ARRAYAGG(a) OVER (ORDER BY b, X)",
		// names that look like keywords
		"x.end + X", "x.case + X", "x.and + X", "x.or + X + x.union", "X + x /* a */ . /* b */ end", "join(a) + X", "X + join(a, b)", "left(X, 1)",
		"(SELECT 1 case, X end)", "(SELECT X AS case, a AS end FROM b JOIN c ON d)", "(SELECT between AND X)", "(SELECT a AS and, X or)", "(SELECT X case, CASE WHEN a THEN b END end)",
		"(SELECT 1 case UNION SELECT 2 end UNION SELECT X case)", "(SELECT 1 AS union, X AS join)", "CASE WHEN x.end THEN X + x.end END", `"case" + X`, "f(a AND b, X OR c)",
	}
	selectTemplates = []string{
		"X UNION SELECT 1, 2", "X UNION ALL SELECT 1, 2 FROM a, b JOIN c ON d AND e WHERE f AND g", "X EXCEPT VALUES (1), (2)", "X INTERSECT (SELECT 1, 2)",
		"SELECT 1, 2 UNION X", "SELECT 1 INTERSECT X", "SELECT 1, 2 FROM a, b EXCEPT (X)", "(X)", "X UNION TABLE a",
		"SELECT 1 FROM b, (X) x, c", "WITH v AS (SELECT 1, 2), w AS (X) SELECT 1, 2", "SELECT 1, (X), 2", "SELECT 1 WHERE a AND EXISTS (X) OR b",
		"SELECT 1 case, 2 UNION X", "X UNION SELECT 3 end, 4", "SELECT 1 case, 2 UNION SELECT 3, 4 end UNION X", "X UNION SELECT 1 case, 2 UNION SELECT 3 end, 4",
		"X UNION SELECT 1 AS union, 2 AS join", "X UNION SELECT CASE WHEN a THEN b END, c",
	}
	fromTemplates = []string{
		"X JOIN b ON c", "X JOIN b ON c AND d OR e", "X CROSS JOIN b", "X NATURAL LEFT JOIN b", "X FULL JOIN b USING (c, d) AS j",
		"a JOIN X ON b", "a LEFT JOIN X ON b OR c AND d", "(X CROSS JOIN b)", "(X JOIN c USING (d, e)) AS j (f, g)", "X CROSS JOIN LATERAL f(a, b) AS g (c, d)",
		"(SELECT 1, 2 FROM X) x", "X JOIN b ON CASE WHEN c THEN d AND e END", "X JOIN b ON c BETWEEN d AND e AND f", "X CROSS JOIN (SELECT 1 case, 2 AS end) b",
	}
	// hosts hold an expression where some kind of statement has one.
	hosts = []string{
		"SELECT X", "SELECT a, b, X AS c", "VALUES (a), (b, X)", "SELECT 1 LIMIT X", "EXPLAIN ANALYZE SELECT a, X", "EXPLAIN (COSTS) CREATE TABLE t AS SELECT a, X",
		"INSERT INTO t (a) VALUES (b), (X) RETURNING c, d", "INSERT INTO t SELECT a, X", "INSERT INTO t VALUES (1) ON CONFLICT (a, f(b)) DO UPDATE SET c = 1, (d, e) = (f, X) RETURNING 1",
		"UPDATE t SET a = b, c = X", "UPDATE t SET (a, b) = (c, X)", "UPDATE t SET (a, b) = (SELECT c, X) FROM d, e WHERE f RETURNING g", "DELETE FROM t USING a, b WHERE X RETURNING c",
		"MERGE INTO t USING u ON a WHEN MATCHED AND b THEN UPDATE SET c = 1, (d, e) = (f, X) WHEN NOT MATCHED THEN INSERT VALUES (1)", "MERGE INTO t USING u ON a WHEN NOT MATCHED AND X THEN INSERT (a, b) VALUES (c, DEFAULT)",
		"CREATE TABLE t (a int, b s.t(1) DEFAULT c CONSTRAINT d CHECK (X))", "CREATE TABLE t (a int, CONSTRAINT b CHECK (X))", "CREATE TABLE t (a int, b int GENERATED ALWAYS AS (X) STORED)",
		"CREATE TABLE t (a int, EXCLUDE USING gist (b WITH =, (X) WITH s.=) WHERE (c))", "CREATE TABLE t (a int) PARTITION BY RANGE (b, (X))", "CREATE TABLE t PARTITION OF u FOR VALUES FROM (a, X) TO (b)",
		"CREATE TABLE t AS SELECT a, X", "CREATE VIEW v AS SELECT a, X", "CREATE MATERIALIZED VIEW v AS SELECT a, X WITH NO DATA", "CREATE UNIQUE INDEX i ON t (a, (X) COLLATE b c DESC) INCLUDE (d) WHERE e", "CREATE INDEX i ON t (a) WHERE X",
		"CREATE SCHEMA s CREATE TABLE t (a int) CREATE VIEW v AS SELECT a, X", "CREATE POLICY p ON t USING (a) WITH CHECK (X)", "CREATE TRIGGER r BEFORE INSERT OR UPDATE OF a, b ON t FOR EACH ROW WHEN (X) EXECUTE FUNCTION f(1, 2)",
		"CREATE FUNCTION f(a int, b int DEFAULT X) RETURNS TABLE (c int, d int) LANGUAGE sql AS 'x'", "CREATE FUNCTION f(a int) RETURNS int RETURN X", "CREATE FUNCTION f(a int, b int) RETURNS int BEGIN ATOMIC SELECT 1, 2; SELECT a, X; END",
		"CREATE RULE r AS ON INSERT TO t WHERE X DO ALSO (SELECT 1, 2; DELETE FROM a)", "CREATE RULE r AS ON INSERT TO t DO INSTEAD (SELECT 1, 2; SELECT a, X)", "CREATE DOMAIN d AS s.t(1) DEFAULT a CONSTRAINT c CHECK (X)",
		"CREATE STATISTICS s ON a, (X) FROM t", "ALTER TABLE t ADD COLUMN a int, ADD CONSTRAINT b CHECK (X)", "ALTER TABLE t ALTER a TYPE s.t(1), ALTER b TYPE int USING X", "ALTER TABLE t ADD COLUMN a int, ADD COLUMN b int DEFAULT (X)", "ALTER DOMAIN d ADD CHECK (X)",
		"PREPARE p (int, int) AS SELECT a, X", "EXECUTE p (a, X)", "CALL f(a, X)", "DECLARE c CURSOR FOR SELECT a, X", "COPY (SELECT a, X) TO STDOUT (FORMAT csv, HEADER)", "COPY t (a, b) FROM STDIN WHERE X",
		"CREATE PUBLICATION p FOR TABLE t (a, b) WHERE (c), TABLE u WHERE (X)", "CREATE TABLE t AS EXECUTE p (a, X)", "SELECT 1; SELECT 2, 3; SELECT a, X",
	}
	functionTemplates = []string{
		"CREATE FUNCTION f(a int, b int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1, 2 UNION SELECT 3, 4; X; SELECT 1; END",
		"CREATE PROCEDURE f() BEGIN ATOMIC X; END",
	}
)

// nest puts n templates, taken in turn, into each other around core.
func nest(core string, n int, templates ...string) string {
	for i := range n {
		core = strings.ReplaceAll(templates[i%len(templates)], "X", core)
	}
	return core
}

// levels returns the depth that Depth promises to bound, false if sql does not parse.
func levels(t *testing.T, sql string) (int, bool) {
	t.Helper()
	b, err := parser.ParseToProtobuf(sql)
	if err != nil {
		return 0, false
	}
	var tree pg_query.ParseResult
	if err := (proto.UnmarshalOptions{RecursionLimit: 1 << 20}).Unmarshal(b, &tree); err != nil {
		t.Fatal(err)
	}
	return messageDepth(tree.ProtoReflect()), true
}

func messageDepth(m protoreflect.Message) int {
	deepest := 0
	m.Range(func(field protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case field.Kind() != protoreflect.MessageKind:
		case field.IsList():
			for i := range v.List().Len() {
				deepest = max(deepest, messageDepth(v.List().Get(i).Message()))
			}
		default:
			deepest = max(deepest, messageDepth(v.Message()))
		}
		return true
	})
	return deepest + 1
}

func depthOf(t *testing.T, sql string) int {
	t.Helper()
	tokens, err := Scan(sql, nil)
	if err != nil {
		t.Fatalf("Scan(%.300q): %v", sql, err)
	}
	return Depth(tokens, sql)
}

// checkBound fails the test if Depth is too small for sql, and tells whether sql parses.
func checkBound(t *testing.T, sql string) bool {
	t.Helper()
	want, ok := levels(t, sql)
	if got := depthOf(t, sql); ok && got < want {
		t.Errorf("Depth = %d, but the tree has %d levels: %.400s", got, want, sql)
	}
	return ok
}

// Each way to nest, repeated until a cost that is set too low shows.
func TestDepthBoundsEveryNesting(t *testing.T) {
	for _, kind := range []struct {
		host      string
		core      string
		templates []string
	}{
		{"SELECT X", "a", exprTemplates},
		{"X", "SELECT 1, 2", selectTemplates},
		{"SELECT 1, 2 FROM z, X", "a", fromTemplates},
		{"X", "SELECT 1", functionTemplates},
	} {
		for _, template := range kind.templates {
			if !checkBound(t, nest(nest(kind.core, 1, template), 1, kind.host)) {
				t.Errorf("does not parse: %s", template)
			}
			n := 1000
			if strings.Count(template, "(") > 2 || strings.Contains(template, "CASE") || strings.Contains(template, "FUNCTION") {
				n = 100 // PostgreSQL's parser gives up on 1000
			}
			checkBound(t, nest(nest(kind.core, n, template), 1, kind.host))
		}
	}
}

// Two ways in turn: one may end a chain, to Depth, that the tree goes on with.
func TestDepthBoundsPairs(t *testing.T) {
	for _, kind := range []struct {
		host      string
		core      string
		templates []string
	}{
		{"SELECT X", "a", exprTemplates},
		{"X", "SELECT 1, 2", selectTemplates},
		{"SELECT 1, 2 FROM z, X", "a", fromTemplates},
	} {
		pairs, parsed := 0, 0
		for _, a := range kind.templates {
			for _, b := range kind.templates {
				pairs++
				if checkBound(t, nest(nest(kind.core, 80, a, b), 1, kind.host)) {
					parsed++
				}
			}
		}
		if parsed < pairs*2/3 {
			t.Errorf("%s: only %d of %d pairs parse", kind.host, parsed, pairs)
		}
	}
}

func TestDepthBoundsStatements(t *testing.T) {
	for _, host := range hosts {
		if !checkBound(t, nest("a", 1, host)) {
			t.Errorf("does not parse: %s", host)
		}
		for _, template := range exprTemplates {
			for _, n := range []int{1, 2, 30} {
				checkBound(t, nest(nest("a.b", n, template), 1, host))
			}
		}
	}
	for _, sql := range corpus(t) {
		if strings.IndexByte(sql, 0) < 0 {
			if _, err := Scan(sql, nil); err == nil {
				checkBound(t, sql)
			}
		}
	}
}

// Mixtures of everything, with long chains inside deep brackets and the reverse.
func TestDepthBoundsMixtures(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	pick := func(from []string) string { return from[random.IntN(len(from))] }
	parsed := 0
	const rounds = 6000
	for range rounds {
		core := "a"
		for range random.IntN(12) {
			core = nest(core, 1+random.IntN(5), pick(exprTemplates))
			if random.IntN(2) == 0 {
				core = nest(core, 1+random.IntN(30), "X + 1", "X IS NULL")
			}
			if random.IntN(4) == 0 {
				core = nest("("+core+")", 1+random.IntN(20), pick(exprTemplates))
			}
			if len(core) > 20000 {
				break
			}
		}
		sql := nest(core, 1, pick(hosts))
		switch random.IntN(4) {
		case 0:
			from := nest("a JOIN b ON "+core, random.IntN(30), pick(fromTemplates), pick(fromTemplates), pick(fromTemplates))
			sql = nest("SELECT 1, 2 FROM c, "+from, random.IntN(20), pick(selectTemplates), pick(selectTemplates), pick(selectTemplates))
		case 1:
			sql = nest("SELECT a, "+core, random.IntN(40), pick(selectTemplates), pick(selectTemplates), pick(selectTemplates))
		}
		if checkBound(t, sql) {
			parsed++
		}
	}
	if parsed < rounds/2 {
		t.Errorf("only %d of %d mixtures parse", parsed, rounds)
	}
}

func TestDepthOfFlatStatements(t *testing.T) {
	const n = 100_000
	for _, c := range []struct{ name, sql string }{
		{"rows", "INSERT INTO t VALUES (1, 'a', NULL)" + strings.Repeat(", (1, DEFAULT, f($1) + 2)", n)},
		{"IN list", "SELECT a IN (1" + strings.Repeat(", NULL, -2", n) + ")"},
		{"AND", "SELECT 1 WHERE a = 1" + strings.Repeat(" AND NOT b <> 2", n)},
		{"OR", "SELECT 1 WHERE a = 1" + strings.Repeat(" OR (a = 2 AND b = 3)", n)},
		{"OR of AND", "SELECT 1 WHERE a = 1" + strings.Repeat(" AND b IS NULL OR c LIKE 'x' AND d", n)},
		{"BETWEEN", "SELECT 1 WHERE a" + strings.Repeat(" AND b BETWEEN 1 AND 2", n)},
		{"WHEN", "SELECT CASE" + strings.Repeat(" WHEN a = 1 THEN b + 1", n) + " ELSE 0 END"},
		{"statements", strings.Repeat("SELECT 1 UNION SELECT a FROM b JOIN c ON d; ", n)},
		{"columns", "SELECT a" + strings.Repeat(", CASE WHEN a THEN b END AS c, (d).e, t.*", n)},
		{"FROM list", "SELECT FROM a" + strings.Repeat(", b JOIN c ON d AND e", n)},
		{"subscripts", "SELECT a" + strings.Repeat("[1]", n)},
		{"dots", "SELECT a" + strings.Repeat(".select", n)},
		{"comments", "SELECT" + strings.Repeat("/* + */ -- ( CASE\n", n) + "1"},
	} {
		if got := depthOf(t, c.sql); got > 200 {
			t.Errorf("%s: Depth = %d, want at most 200", c.name, got)
		}
	}
}

// MaxDepth must leave room for what people write.
func TestMaxDepthAllows(t *testing.T) {
	for _, c := range []struct {
		name, core, template string
		n                    int
	}{
		{"operators", "SELECT 1", "X + 1", 4000},
		{"concatenation", "SELECT 'a'", "X || 'a'", 4000},
		{"casts", "SELECT a", "X::int", 4000},
		{"JOIN", "SELECT FROM a", "X LEFT JOIN b ON b.c = a.c AND b.d = 1", 1000},
		{"UNION", "SELECT 1, 'a'", "X UNION ALL SELECT 1, 'a'", 8000},
		{"parentheses", "1", "(X)", 1000},
		{"sub-selects", "SELECT 1", "SELECT 1, 2 FROM (X) x WHERE y AND z", 200},
		{"CASE", "1", "CASE WHEN a THEN b ELSE X END", 500},
	} {
		if got := depthOf(t, nest(c.core, c.n, c.template)); got > MaxDepth {
			t.Errorf("%d %s: Depth = %d, more than MaxDepth", c.n, c.name, got)
		}
	}
}

func TestMaxDepthRefuses(t *testing.T) {
	for _, c := range []struct{ name, core, template string }{
		{"operators", "SELECT 1", "X + 1"},
		{"casts", "SELECT a", "X::int"},
		{"IS NULL", "SELECT a", "X IS NULL"},
		{"BETWEEN", "SELECT a", "X BETWEEN b AND c IS NULL"},
		{"JOIN", "SELECT FROM a", "X CROSS JOIN b"},
		{"UNION", "SELECT 1, 2", "X UNION SELECT 1, 2"},
		{"UNION between labels", "SELECT 1, 2", "X UNION SELECT 1 case, 2 UNION SELECT 3 end, 4"},
	} {
		if got := depthOf(t, c.core+strings.Repeat(strings.TrimPrefix(c.template, "X"), 20_000)); got <= MaxDepth {
			t.Errorf("20000 %s: Depth = %d, within MaxDepth", c.name, got)
		}
	}
}

// The figures that MaxDepth stands on. The parser runs in a process of its own,
// as its death is one of the answers.
func TestMaxDepthIsSafe(t *testing.T) {
	for _, c := range []struct {
		name   string
		stack  int // in kB
		levels int
	}{
		{"four times MaxDepth in 8 MB", 8192, 4 * MaxDepth},
		{"MaxDepth in 2 MB", 2048, MaxDepth},
	} {
		for _, shape := range []struct {
			name, core, step string
			cost             int
		}{
			{"operators", "SELECT 1", "+1", 2},
			{"casts", "SELECT a", "::int", 2},
			{"joins", "SELECT FROM a", " CROSS JOIN b", 2},
			{"BETWEEN", "SELECT a", " BETWEEN b AND c IS NULL", 4},
			{"UNION", "SELECT 1", " UNION SELECT 1", 1},
		} {
			t.Run(c.name+"/"+shape.name, func(t *testing.T) {
				sql := shape.core + strings.Repeat(shape.step, c.levels/shape.cost)
				out, err := parseElsewhere(c.stack, sql)
				if err != nil || !strings.Contains(out, parsedElsewhere) {
					t.Errorf("%v: %.300s", err, out)
				}
			})
		}
	}
	// Were this to succeed, the test above would not be testing the stack.
	if out, err := parseElsewhere(2048, "SELECT 1"+strings.Repeat("+1", 2*MaxDepth)); err == nil {
		t.Errorf("four times MaxDepth passes in 2 MB: %.300s", out)
	}
}

func TestMaxDepthIsWithinProtobufLimit(t *testing.T) {
	sql := "SELECT 1" + strings.Repeat("+1", (MaxDepth-9)/2)
	if _, err := pg_query.Parse(sql); err != nil {
		t.Error(err)
	}
	if n, _ := levels(t, sql); n < MaxDepth-1 || n > MaxDepth {
		t.Errorf("the statement has %d levels, want about %d", n, MaxDepth)
	}
}

const parsedElsewhere = "parsed elsewhere"

func parseElsewhere(stackKB int, sql string) (string, error) {
	f, err := os.CreateTemp("", "depth*.sql")
	if err != nil {
		return "", err
	}
	defer os.Remove(f.Name())
	if _, err := f.WriteString(sql); err != nil {
		return "", err
	}
	if err := f.Close(); err != nil {
		return "", err
	}
	cmd := exec.Command("sh", "-c", fmt.Sprintf(`ulimit -s %d && exec "$0" -test.run='^TestParseElsewhere$' -test.v`, stackKB), os.Args[0])
	cmd.Env = append(os.Environ(), "LEX_PARSE_ELSEWHERE="+f.Name())
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// TestParseElsewhere is the other process of TestMaxDepthIsSafe.
func TestParseElsewhere(t *testing.T) {
	name, ok := os.LookupEnv("LEX_PARSE_ELSEWHERE")
	if !ok {
		return
	}
	sql, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.ParseToProtobuf(string(sql)); err != nil {
		t.Fatal(err)
	}
	fmt.Println(parsedElsewhere)
}

func BenchmarkDepth(b *testing.B) {
	sql := "SELECT 1 WHERE a = 1" + strings.Repeat(" AND (b, c) IN ((1, 2), ($1, f(3)))", 100)
	tokens, err := Scan(sql, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(sql)))
	b.ReportAllocs()
	for b.Loop() {
		if Depth(tokens, sql) > MaxDepth {
			b.Fatal("too deep")
		}
	}
}
