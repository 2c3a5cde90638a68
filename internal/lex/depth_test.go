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

// Each template nests what stands for § one step deeper, in each way the
// grammar has; those of one kind can be put into each other.
var (
	exprTemplates = []string{
		"§ + 1", "1 + §", "- §", "@ §", "§ || 'a'", "§ @ b", "§ = b", "a < §", "§ <> b",
		"§::int", "§::s.t(1, 2)[]", "§::interval day to second(3)", "§::timestamp(3) with time zone",
		"§ IS NULL", "§ ISNULL", "§ IS NOT TRUE", "§ COLLATE c", "§ AT TIME ZONE 'u'", "§ IS DISTINCT FROM b", "§ IS NOT DISTINCT FROM b",
		"NOT §", "§ AND b", "b AND §", "§ OR b", "b OR §", "§ AND b OR c", "b OR § AND c",
		"§ BETWEEN b AND c", "a BETWEEN § AND c", "a BETWEEN b AND §", "§ BETWEEN SYMMETRIC b AND c IS NULL",
		"a NOT BETWEEN b + c AND § AND d", "§ BETWEEN x.and AND c IS NULL",
		"§ LIKE b", "a LIKE §", "§ LIKE b ESCAPE c", "§ NOT ILIKE b ESCAPE c", "§ SIMILAR TO b", "§ SIMILAR TO b ESCAPE c",
		"§ IS JSON", "§ IS JSON OBJECT WITH UNIQUE KEYS", "§ IS DOCUMENT", "§ IS NORMALIZED", "§ IS NOT NFKC NORMALIZED",
		"§ OPERATOR(s.+) b", "OPERATOR(s.@) §", "a + OPERATOR(s.@) §",
		"(§)", "(§)[1]", "(§).f", "(§).f[1].g", "(§).*", "a[§]", "a[1:§]", "a[§:]", "a.b[1][§]",
		"f(§)", "f(a, §, b)", "f(a => §)", "f(a, b := §)", "f(VARIADIC §)", "f(DISTINCT a, §)", "f(a ORDER BY b, §)",
		"f() FILTER (WHERE §)", "f() OVER (PARTITION BY a, §)", "f() OVER (ORDER BY a, § DESC NULLS LAST)", "f() WITHIN GROUP (ORDER BY a, §)",
		"f() OVER (ROWS BETWEEN § PRECEDING AND CURRENT ROW)", "f() OVER (RANGE BETWEEN a PRECEDING AND § FOLLOWING)",
		"CASE WHEN § THEN a END", "CASE § WHEN a THEN b END", "CASE a WHEN b THEN c WHEN § THEN d ELSE e END", "CASE WHEN a THEN § END",
		"CASE WHEN a THEN b ELSE § END", "CASE WHEN a AND § OR b THEN c END",
		"COALESCE(a, §)", "GREATEST(a, §)", "NULLIF(§, a)", "ROW(a, §)", "(a, §)", "ARRAY[a, §]", "ARRAY[[a], [§]]", "(a, §) OVERLAPS (b, c)",
		"ARRAY(SELECT §)", "(SELECT §)", "(SELECT a, § FROM t)", "(SELECT FROM t WHERE a AND §)", "(SELECT FROM (SELECT a, §) s)",
		"(SELECT FROM a JOIN b ON §)", "(SELECT FROM a, b LEFT JOIN c ON d JOIN e ON f AND §)", "(SELECT FROM a, f(b, §))",
		"(SELECT FROM a, ROWS FROM (f(a), g(b, §) AS (c int)))", "(SELECT FROM LATERAL (VALUES (a), (§)) v)", "(VALUES (a), (b, §))",
		"(WITH w AS (SELECT a, §) SELECT)", "(WITH v AS (SELECT), w(a, b) AS MATERIALIZED (INSERT INTO t VALUES (a), (§) RETURNING 1, 2) SELECT)",
		"(WITH w AS (UPDATE t SET a = 1, (b) = (a, §) RETURNING 1) SELECT)", "(WITH w AS (UPDATE t SET a = 1, b[1].c = §) SELECT)",
		"(WITH w AS (INSERT INTO t VALUES (1) ON CONFLICT (a, (§)) DO UPDATE SET b = 1, c = 2 WHERE d) SELECT)",
		"(WITH w AS (INSERT INTO t VALUES (1) ON CONFLICT (a) DO UPDATE SET b = 1, (c) = (e, §)) SELECT)",
		"(WITH w AS (DELETE FROM t USING a, b WHERE § RETURNING 1, 2) SELECT)",
		"EXISTS (SELECT a, § UNION SELECT b, c)", "(SELECT a, b UNION SELECT c, §)", "(SELECT a, b UNION ALL SELECT c, d ORDER BY e, §)",
		"(SELECT a GROUP BY b, GROUPING SETS (a, ROLLUP (b, §)))", "(SELECT a GROUP BY b, § HAVING c)", "(SELECT ORDER BY b, § USING <)", "(SELECT LIMIT § OFFSET a)",
		"(SELECT DISTINCT ON (a, §) b)", "(SELECT f() OVER w WINDOW v AS (), w AS (ORDER BY a, §))", "(SELECT FROM a, t TABLESAMPLE s (a, §) REPEATABLE (b))",
		"(SELECT FROM a, XMLTABLE(XMLNAMESPACES(a AS b), 'a' PASSING b COLUMNS c int, d int PATH 'e' DEFAULT §))",
		"a IN (b, §)", "§ IN (a)", "§ NOT IN (a, b)", "a IN (SELECT b, §)", "(a, §) = ANY (SELECT b, c)", "a = ANY (§)", "§ > ALL (b)", "a LIKE ANY (ARRAY[b, §])",
		"CAST(§ AS int)", "s.t(§) 'a'", "a::s.t(1, §)", "CAST(a AS s.t(1, §))", "EXTRACT(year FROM §)", "SUBSTRING(§ FROM a FOR b)", "TRIM(BOTH a FROM §)", "POSITION(a IN (§))",
		"OVERLAY(a PLACING § FROM b)", "COLLATION FOR (§)", "NORMALIZE(§, NFC)", "TREAT(§ AS t)",
		"XMLELEMENT(NAME a, XMLATTRIBUTES(b, § AS case))", "XMLELEMENT(NAME a, XMLATTRIBUTES(b), c, §)", "XMLFOREST(b, § AS end)", "XMLCONCAT(a, §)", "XMLPARSE(DOCUMENT §)",
		"XMLSERIALIZE(CONTENT § AS text)", "XMLROOT(§, VERSION NO VALUE)",
		"JSON_OBJECT('a': b, 'c': §)", "JSON_OBJECT('a' VALUE b, 'c' VALUE § FORMAT JSON)", "JSON_OBJECT(§ VALUE a)", "JSON_ARRAY(a, §)", "JSON_ARRAY(a, § FORMAT JSON RETURNING t(1))",
		"JSON_ARRAY(SELECT a, §)", "JSON_ARRAYAGG(a ORDER BY b, §)", "JSON_OBJECTAGG(a: §)", "JSON_OBJECTAGG(a VALUE §) FILTER (WHERE b)", "JSON_ARRAYAGG(a) OVER (ORDER BY b, §)",
		// names that look like keywords
		"x.end + §", "x.case + §", "x.and + §", "x.or + § + x.union", "§ + x /* a */ . /* b */ end", "join(a) + §", "§ + join(a, b)", "left(§, 1)",
		"(SELECT 1 case, § end)", "(SELECT § AS case, a AS end FROM b JOIN c ON d)", "(SELECT between AND §)", "(SELECT a AS and, § or)", "(SELECT § case, CASE WHEN a THEN b END end)",
		"(SELECT 1 case UNION SELECT 2 end UNION SELECT § case)", "(SELECT 1 AS union, § AS join)", "CASE WHEN x.end THEN § + x.end END", `"case" + §`, "f(a AND b, § OR c)",
	}
	selectTemplates = []string{
		"§ UNION SELECT 1, 2", "§ UNION ALL SELECT 1, 2 FROM a, b JOIN c ON d AND e WHERE f AND g", "§ EXCEPT VALUES (1), (2)", "§ INTERSECT (SELECT 1, 2)",
		"SELECT 1, 2 UNION §", "SELECT 1 INTERSECT §", "SELECT 1, 2 FROM a, b EXCEPT (§)", "(§)", "§ UNION TABLE a",
		"SELECT 1 FROM b, (§) x, c", "WITH v AS (SELECT 1, 2), w AS (§) SELECT 1, 2", "SELECT 1, (§), 2", "SELECT 1 WHERE a AND EXISTS (§) OR b",
		"SELECT 1 case, 2 UNION §", "§ UNION SELECT 3 end, 4", "SELECT 1 case, 2 UNION SELECT 3, 4 end UNION §", "§ UNION SELECT 1 case, 2 UNION SELECT 3 end, 4",
		"§ UNION SELECT 1 AS union, 2 AS join", "§ UNION SELECT CASE WHEN a THEN b END, c",
	}
	fromTemplates = []string{
		"§ JOIN b ON c", "§ JOIN b ON c AND d OR e", "§ CROSS JOIN b", "§ NATURAL LEFT JOIN b", "§ FULL JOIN b USING (c, d) AS j",
		"a JOIN § ON b", "a LEFT JOIN § ON b OR c AND d", "(§ CROSS JOIN b)", "(§ JOIN c USING (d, e)) AS j (f, g)", "§ CROSS JOIN LATERAL f(a, b) AS g (c, d)",
		"(SELECT 1, 2 FROM §) x", "§ JOIN b ON CASE WHEN c THEN d AND e END", "§ JOIN b ON c BETWEEN d AND e AND f", "§ CROSS JOIN (SELECT 1 case, 2 AS end) b",
	}
	// hosts hold an expression where some kind of statement has one.
	hosts = []string{
		"SELECT §", "SELECT a, b, § AS c", "VALUES (a), (b, §)", "SELECT 1 LIMIT §", "EXPLAIN ANALYZE SELECT a, §", "EXPLAIN (COSTS) CREATE TABLE t AS SELECT a, §",
		"INSERT INTO t (a) VALUES (b), (§) RETURNING c, d", "INSERT INTO t SELECT a, §", "INSERT INTO t VALUES (1) ON CONFLICT (a, f(b)) DO UPDATE SET c = 1, (d, e) = (f, §) RETURNING 1",
		"UPDATE t SET a = b, c = §", "UPDATE t SET (a, b) = (c, §)", "UPDATE t SET (a, b) = (SELECT c, §) FROM d, e WHERE f RETURNING g", "DELETE FROM t USING a, b WHERE § RETURNING c",
		"MERGE INTO t USING u ON a WHEN MATCHED AND b THEN UPDATE SET c = 1, (d, e) = (f, §) WHEN NOT MATCHED THEN INSERT VALUES (1)", "MERGE INTO t USING u ON a WHEN NOT MATCHED AND § THEN INSERT (a, b) VALUES (c, DEFAULT)",
		"CREATE TABLE t (a int, b s.t(1) DEFAULT c CONSTRAINT d CHECK (§))", "CREATE TABLE t (a int, CONSTRAINT b CHECK (§))", "CREATE TABLE t (a int, b int GENERATED ALWAYS AS (§) STORED)",
		"CREATE TABLE t (a int, EXCLUDE USING gist (b WITH =, (§) WITH s.=) WHERE (c))", "CREATE TABLE t (a int) PARTITION BY RANGE (b, (§))", "CREATE TABLE t PARTITION OF u FOR VALUES FROM (a, §) TO (b)",
		"CREATE TABLE t AS SELECT a, §", "CREATE VIEW v AS SELECT a, §", "CREATE MATERIALIZED VIEW v AS SELECT a, § WITH NO DATA", "CREATE UNIQUE INDEX i ON t (a, (§) COLLATE b c DESC) INCLUDE (d) WHERE e", "CREATE INDEX i ON t (a) WHERE §",
		"CREATE SCHEMA s CREATE TABLE t (a int) CREATE VIEW v AS SELECT a, §", "CREATE POLICY p ON t USING (a) WITH CHECK (§)", "CREATE TRIGGER r BEFORE INSERT OR UPDATE OF a, b ON t FOR EACH ROW WHEN (§) EXECUTE FUNCTION f(1, 2)",
		"CREATE FUNCTION f(a int, b int DEFAULT §) RETURNS TABLE (c int, d int) LANGUAGE sql AS 'x'", "CREATE FUNCTION f(a int) RETURNS int RETURN §", "CREATE FUNCTION f(a int, b int) RETURNS int BEGIN ATOMIC SELECT 1, 2; SELECT a, §; END",
		"CREATE RULE r AS ON INSERT TO t WHERE § DO ALSO (SELECT 1, 2; DELETE FROM a)", "CREATE RULE r AS ON INSERT TO t DO INSTEAD (SELECT 1, 2; SELECT a, §)", "CREATE DOMAIN d AS s.t(1) DEFAULT a CONSTRAINT c CHECK (§)",
		"CREATE STATISTICS s ON a, (§) FROM t", "ALTER TABLE t ADD COLUMN a int, ADD CONSTRAINT b CHECK (§)", "ALTER TABLE t ALTER a TYPE s.t(1), ALTER b TYPE int USING §", "ALTER TABLE t ADD COLUMN a int, ADD COLUMN b int DEFAULT (§)", "ALTER DOMAIN d ADD CHECK (§)",
		"PREPARE p (int, int) AS SELECT a, §", "EXECUTE p (a, §)", "CALL f(a, §)", "DECLARE c CURSOR FOR SELECT a, §", "COPY (SELECT a, §) TO STDOUT (FORMAT csv, HEADER)", "COPY t (a, b) FROM STDIN WHERE §",
		"CREATE PUBLICATION p FOR TABLE t (a, b) WHERE (c), TABLE u WHERE (§)", "CREATE TABLE t AS EXECUTE p (a, §)", "SELECT 1; SELECT 2, 3; SELECT a, §",
	}
	functionTemplates = []string{
		"CREATE FUNCTION f(a int, b int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1, 2 UNION SELECT 3, 4; §; SELECT 1; END",
		"CREATE PROCEDURE f() BEGIN ATOMIC §; END",
	}
)

// nest puts n templates, taken in turn, into each other around core.
func nest(core string, n int, templates ...string) string {
	for i := range n {
		core = strings.ReplaceAll(templates[i%len(templates)], "§", core)
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
		{"SELECT §", "a", exprTemplates},
		{"§", "SELECT 1, 2", selectTemplates},
		{"SELECT 1, 2 FROM z, §", "a", fromTemplates},
		{"§", "SELECT 1", functionTemplates},
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
		{"SELECT §", "a", exprTemplates},
		{"§", "SELECT 1, 2", selectTemplates},
		{"SELECT 1, 2 FROM z, §", "a", fromTemplates},
	} {
		pairs, parsed := 0, 0
		for i, a := range kind.templates {
			// A fifth of the pairs takes seconds, and pairs each template with
			// many others, itself included.
			for j, b := range kind.templates {
				if (i-j)%(5*thin) != 0 {
					continue
				}
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
	for h, host := range hosts {
		if !checkBound(t, nest("a", 1, host)) {
			t.Errorf("does not parse: %s", host)
		}
		for i, template := range exprTemplates {
			if (i-h)%thin != 0 {
				continue
			}
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
	const rounds = 6000 / thin
	for range rounds {
		core := "a"
		for range random.IntN(12) {
			core = nest(core, 1+random.IntN(5), pick(exprTemplates))
			if random.IntN(2) == 0 {
				core = nest(core, 1+random.IntN(30), "§ + 1", "§ IS NULL")
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
		{"operators", "SELECT 1", "§ + 1", 4000},
		{"concatenation", "SELECT 'a'", "§ || 'a'", 4000},
		{"casts", "SELECT a", "§::int", 2000},
		{"JOIN", "SELECT FROM a", "§ LEFT JOIN b ON b.c = a.c AND b.d = 1", 1000},
		{"UNION", "SELECT 1, 'a'", "§ UNION ALL SELECT 1, 'a'", 8000},
		{"parentheses", "1", "(§)", 1000},
		{"sub-selects", "SELECT 1", "SELECT 1, 2 FROM (§) x WHERE y AND z", 200},
		{"CASE", "1", "CASE WHEN a THEN b ELSE § END", 500},
	} {
		if got := depthOf(t, nest(c.core, c.n, c.template)); got > MaxDepth {
			t.Errorf("%d %s: Depth = %d, more than MaxDepth", c.n, c.name, got)
		}
	}
}

func TestMaxDepthRefuses(t *testing.T) {
	for _, c := range []struct{ name, core, template string }{
		{"operators", "SELECT 1", "§ + 1"},
		{"casts", "SELECT a", "§::int"},
		{"IS NULL", "SELECT a", "§ IS NULL"},
		{"BETWEEN", "SELECT a", "§ BETWEEN b AND c IS NULL"},
		{"JOIN", "SELECT FROM a", "§ CROSS JOIN b"},
		{"UNION", "SELECT 1, 2", "§ UNION SELECT 1, 2"},
		{"UNION between labels", "SELECT 1, 2", "§ UNION SELECT 1 case, 2 UNION SELECT 3 end, 4"},
	} {
		if got := depthOf(t, c.core+strings.Repeat(strings.TrimPrefix(c.template, "§"), 20_000)); got <= MaxDepth {
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
