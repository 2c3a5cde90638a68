package equivalence

import (
	"context"
	"errors"
	"go/parser"
	gotoken "go/token"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/internal/pgtemp"
)

// run generates statements and fails on the first divergences, shrunk.
func run(t *testing.T, seed uint64, statements int) *Report {
	t.Helper()
	r, err := Run(context.Background(), Config{Server: pgtemp.Shared(t), Seed: seed, Statements: statements, Limit: 3})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("seed %d: %d statements, %d reads judged by row-level security too, %d refused", seed, r.Statements, r.Oracle, sum(r.Refused))
	for _, d := range r.Divergences {
		t.Errorf("episode %d, %s: %s\n%s", d.Episode, d.Class, d.What, d.Case)
	}
	return r
}

func TestFixedSeed(t *testing.T) {
	r := run(t, 1, 2000)
	if missing := r.Missing(); len(missing) > 0 {
		t.Errorf("no statement had these features: %q", missing)
	}
	for f := range r.Features {
		if !slices.Contains(Features, f) {
			t.Errorf("the feature %q is not in the list", f)
		}
	}
	// A generator whose statements fail tests little.
	if share := r.share(r.Invalid); share > 3 {
		t.Errorf("PostgreSQL rejects %.1f%% of the statements without running them: %v", share, r.Codes)
	}
	if share := r.share(sum(r.Refused)); share > 0.5 {
		t.Errorf("the driver refuses %.2f%% of the statements: %v", share, r.Refused)
	}
	if r.Oracle < r.Statements/20 {
		t.Errorf("row-level security judged only %d of %d statements", r.Oracle, r.Statements)
	}
}

func TestFreshSeed(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("to repeat: make equivalence SEED=%d N=500", seed)
	run(t, seed, 500)
}

func TestSameSeedSameStatements(t *testing.T) {
	texts := func() []string {
		e := newEpisode(3, 5)
		out := []string{e.schema.ddl(false), e.schema.data(false)}
		for _, u := range e.units {
			for i := range u.steps {
				s, params := u.steps[i].sql()
				out = append(out, s, literalArgs(params, 0))
			}
		}
		return out
	}
	a, b := texts(), texts()
	for i := range a {
		if a[i] != b[i] {
			t.Fatalf("text %d differs:\n%s\n\n%s", i, a[i], b[i])
		}
	}
}

// TestCases runs what was once wrong.
func TestCases(t *testing.T) {
	files, err := filepath.Glob("../testdata/equivalence/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	p := testPair(t)
	for _, f := range files {
		t.Run(filepath.Base(f), func(t *testing.T) {
			for _, v := range runFile(t, p, f) {
				if v.Class != "" {
					t.Errorf("%s: %s\n%s", v.Class, v.What, v.Statement)
				}
				if v.Refused != "" && !strings.Contains(v.Statement, "refused") {
					t.Errorf("refused: %s\n%s", v.Refused, v.Statement)
				}
			}
		})
	}
}

// testPair makes two databases, on which several cases can run in turn.
func testPair(t *testing.T) *pair {
	t.Helper()
	ctx := context.Background()
	server := pgtemp.Shared(t)
	if err := makeRoles(ctx, server); err != nil {
		t.Fatal(err)
	}
	p, err := newPair(ctx, server)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

func runFile(t *testing.T, p *pair, file string) []Verdict {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	c, err := ParseCase(string(text))
	if err != nil {
		t.Fatal(err)
	}
	if again, err := ParseCase(c.String()); err != nil || again.String() != c.String() {
		t.Errorf("written and read, the case is another one (%v):\n%s", err, c)
	}
	verdicts, err := p.runCase(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	if len(verdicts) != len(c.Statements) {
		t.Errorf("%d of %d statements were run", len(verdicts), len(c.Statements))
	}
	return verdicts
}

// TestCasesCanFail changes the twin, so that every kind of comparison has
// something to see.
func TestCasesCanFail(t *testing.T) {
	const head = `--: policy
-- tables:
--   - name: users
--: schema
CREATE TABLE users (id int PRIMARY KEY, name text, deleted_at timestamptz);
--: live
INSERT INTO users VALUES (1, 'Ann'), (2, 'Bob');
--: deleted
INSERT INTO users VALUES (3, 'Cid', '2024-01-03');
`
	const other = head + `--: twin
ALTER TABLE users ALTER id TYPE bigint;
`
	const numbered = head + `--: schema
CREATE TABLE users (id int PRIMARY KEY, name text, deleted_at timestamptz, no serial);
`
	// Marks deleted rows anew, as a driver would that deletes what is deleted already.
	const again = head + `--: ours
CREATE FUNCTION again() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE users SET deleted_at = now() WHERE id = 3; RETURN NULL; END $$;
CREATE TRIGGER again AFTER UPDATE ON users WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION again();
`
	p := testPair(t)
	for _, c := range []struct{ name, text, want string }{
		{"equal", head + "--: statement rows\nSELECT id FROM users\n", ""},
		{"column type", other + "--: statement rows\nSELECT id FROM users\n", "columns"},
		{"rows", head + "--: twin\nALTER TABLE users ADD CHECK (id > 0);\n--: live\nINSERT INTO users VALUES (1, current_database());\n--: statement rows\nSELECT name FROM users\n", "rows"},
		{"affected", head + "--: statement\nDELETE FROM users WHERE id = 1 + (current_database() ~ 'ours')::int * 5\n", "affected"},
		{"content", head + "--: statement write\nUPDATE users SET name = current_database()\n", "content"},
		{"error", head + "--: twin\nALTER TABLE users RENAME name TO other;\n--: statement rows\nSELECT name FROM users\n", "error /42703"},
		{"order", head + "--: statement rows ordered\nSELECT id FROM users ORDER BY CASE WHEN current_database() ~ 'ours' THEN id ELSE -id END\n", "order"},
		{"security", head + "--: statement rows second\nSELECT current_user\n", "security rows"},
		{"scope", head + "--: statement rows scope=with kind=scoped-read\nSELECT id, current_user = 'postgres' FROM users\n", "scoped rows"},
		{"with deleted", head + "--: statement rows scope=with kind=scoped-read\nSELECT id FROM users\n", ""},
		{"hard delete", head + "--: statement scope=hard kind=scoped-write target=public.users\nDELETE FROM users WHERE id > 1\n", ""},
		{"delete that sees deleted rows", head + "--: statement scope=with kind=scoped-delete target=public.users\nDELETE FROM users WHERE id > 1\n", ""},
		{"delete that affects others", head + "--: statement scope=with kind=scoped-delete target=public.users\nDELETE FROM users WHERE current_user = 'postgres'\n", "scoped affected"},
		{"delete that marks again", again + "--: statement scope=with kind=scoped-delete target=public.users\nDELETE FROM users WHERE id = 1\n", "scoped content"},
		{"numbers", numbered + "--: statement write\nINSERT INTO users (id) VALUES (7)\n", ""},
		{"a number too many", numbered + "--: statement rows write\nSELECT coalesce(CASE WHEN current_database() ~ 'ours' THEN nextval('users_no_seq') END, 0) >= 0\n", "content"},
		{
			"numbers of a statement that failed",
			numbered + `--: statement write
INSERT INTO users (id) SELECT CASE WHEN i = 5 + (current_database() ~ 'ours')::int THEN 1 ELSE 100 + i END FROM generate_series(1, 9) i
;
--: statement write
INSERT INTO users (id) VALUES (7)
`, "",
		},
		{"first rows of several statements", head + "--: statement kind=multiple simple rows\nSELECT current_database(); SELECT 1\n", "rows"},
		{"count of the last of several", head + "--: statement kind=multiple simple\nSELECT 1; DELETE FROM users WHERE current_database() ~ 'ours'\n", "affected"},
		{"effect of the first of several", head + "--: statement kind=multiple simple write\nDELETE FROM users WHERE current_database() ~ 'ours'; SELECT 1\n", "content"},
		{"copy", head + "--: statement kind=copy\nCOPY (SELECT id, current_database() FROM users) TO STDOUT\n", "rows"},
		{"prepared", head + `--: statement rows prepared args="'1','Ann'" args="'2',NULL"` + "\nSELECT id FROM users WHERE id = $1::int AND name = $2::text\n", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			parsed, err := ParseCase(c.text)
			if err != nil {
				t.Fatal(err)
			}
			verdicts, err := p.runCase(context.Background(), parsed)
			if err != nil {
				t.Fatal(err)
			}
			if got := verdicts[len(verdicts)-1]; got.Class != c.want || got.Refused != "" {
				t.Errorf("class %q (%s), refused %q; expected the class %q", got.Class, got.What, got.Refused, c.want)
			}
		})
	}
}

func TestReplay(t *testing.T) {
	schema := `CREATE TABLE users (id int PRIMARY KEY, email text UNIQUE);
CREATE TABLE orders (id int PRIMARY KEY, user_id int REFERENCES users ON DELETE CASCADE, total int); -- a comment; with a semicolon
INSERT INTO users SELECT i, 'u' || i || '@x;' FROM generate_series(1, 40) i;
INSERT INTO orders SELECT i, 1 + i % 40, i FROM generate_series(1, 100) i;`
	queries := `\echo psql's own
SELECT count(*) FROM users;
SELECT u.email, sum(o.total) FROM users u LEFT JOIN orders o ON o.user_id = u.id GROUP BY u.id;
BEGIN; DELETE FROM orders WHERE total > 50; SELECT count(*) FROM orders; ROLLBACK;
TRUNCATE orders;
DELETE FROM orders WHERE id % 2 = 0 RETURNING id;
SELECT nonsense FROM users;`
	verdicts, err := Replay(context.Background(), Workload{Server: pgtemp.Shared(t), Schema: schema, Queries: queries, Dead: 0.3})
	if err != nil {
		t.Fatal(err)
	}
	if len(verdicts) != 9 {
		t.Fatalf("%d statements: %+v", len(verdicts), verdicts)
	}
	for _, v := range verdicts {
		if v.Class != "" {
			t.Errorf("%s: %s\n%s", v.Class, v.What, v.Statement)
		}
		if refused := v.Refused != ""; refused != strings.HasPrefix(v.Statement, "TRUNCATE") {
			t.Errorf("refused: %q\n%s", v.Refused, v.Statement)
		}
	}
}

// TestReplaySeesDivergence deletes a parent whose children a real delete takes
// along, under a policy that lists no foreign key.
func TestReplaySeesDivergence(t *testing.T) {
	verdicts, err := Replay(context.Background(), Workload{
		Server: pgtemp.Shared(t),
		Schema: `CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (id int PRIMARY KEY, p int REFERENCES p ON DELETE CASCADE);
			INSERT INTO p VALUES (1); INSERT INTO c VALUES (7, 1);`,
		Queries: "DELETE FROM p",
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(verdicts) != 1 || verdicts[0].Class != "content" || !strings.Contains(verdicts[0].What, "public.c") {
		t.Errorf("%+v", verdicts)
	}
}

// TestShrink gives the shrinker a divergence of its own making: the driver's
// side alone has a row.
func TestShrinkKeepsTheDivergence(t *testing.T) {
	ctx := context.Background()
	p := testPair(t)
	s := newEpisode(4, 2).schema
	s.tables = s.tables[:2] // the rest would take the test's time only
	if err := p.build(ctx, s); err != nil {
		t.Fatal(err)
	}
	from := piece(clause, "FROM", piece(fromItem, name(s.tables[0].name), "CROSS JOIN", piece(fromItem, "( VALUES ( 5 ) ) AS v")))
	u := unit{[]step{text("BEGIN"), {returnsRows: true, style: 9, tree: piece(query, "SELECT", expr(tText, "current_database ( ) ::", "text"), ",",
		expr(tInt, atom("1"), atom("+"), atom("2")), from, opt("ORDER BY 1"))}, text("COMMIT")}}
	if err := p.load(ctx); err != nil {
		t.Fatal(err)
	}
	d, err := p.run(ctx, &u, newTally())
	if err != nil || d == nil {
		t.Fatalf("no divergence to shrink: %v", err)
	}
	found := Divergence{Class: d.class}
	r := &runner{Config: Config{Seed: 4}}
	if err := r.shrink(ctx, p, s, nil, u, d, &found); err != nil {
		t.Fatal(err)
	}
	if found.Case == nil || len(found.Case.Statements) != 1 {
		t.Fatalf("not shrunk to one statement: %v", found.Case)
	}
	if got, want := found.Case.Statements[0].SQL, "SELECT current_database ()::text, 1 FROM (VALUES (5)) AS v"; got != want {
		t.Errorf("shrunk to %q, expected %q", got, want)
	}
	if c := found.Case; strings.Contains(c.Live+c.Deleted, "INSERT") || strings.Count(c.Schema, "CREATE TABLE") != 1 {
		t.Errorf("more is left than it needs:\n%s", c)
	}
}

// TestImportsNothingThatDecides holds the package to what an application may
// import: a judge that shares code with the accused sees nothing. It starts servers,
// and divides files as psql does, which the driver has no part in.
func TestImportsNothingThatDecides(t *testing.T) {
	for path, files := range imported(t, "*.go") {
		own := strings.Contains(path, "softdelete/internal/") && !strings.HasSuffix(path, "/internal/pgtemp") && !strings.HasSuffix(path, "/internal/sqlsplit")
		if own || strings.Contains(path, "pg_query") {
			t.Errorf("%v import %s", files, path)
		}
	}
	for path, files := range imported(t, "../*.go") {
		if strings.HasSuffix(path, "/internal/sqlsplit") {
			t.Errorf("%v import %s, which the judge uses", files, path)
		}
	}
}

// imported lists what files import, and which of them do.
func imported(t *testing.T, pattern string) map[string][]string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: %d files, %v", pattern, len(files), err)
	}
	by := map[string][]string{}
	for _, f := range files {
		tree, err := parser.ParseFile(gotoken.NewFileSet(), f, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range tree.Imports {
			path, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			by[path] = append(by[path], f)
		}
	}
	return by
}

// TestMarkers holds the harness's own idea of a live row to each marker kind.
func TestMarkers(t *testing.T) {
	for m, want := range map[softdelete.Marker]string{
		softdelete.Timestamp: "x.m IS NULL", softdelete.Flag: "NOT x.m", softdelete.UnixSeconds: "x.m = 0",
	} {
		tab := &table{policy: true, marker: m, cols: []column{{name: "m", role: markerColumn}}}
		if got := tab.liveness("x"); got != want {
			t.Errorf("%v: %q, expected %q", m, got, want)
		}
	}
}

// TestReplayChinook runs real queries on real data both ways.
func TestReplayChinook(t *testing.T) {
	const env = "SOFTDELETE_CHINOOK"
	path, explicit := os.LookupEnv(env)
	if !explicit {
		path = "../../shared/data/chinook/chinook.sql"
	}
	schema, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && !explicit && os.Getenv("CI") != "true" {
		t.Skipf("the Chinook sample database is not at %s, so NOTHING WAS TESTED against real data; set %s to its path", path, env)
	}
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("../testdata/chinook/reads_*.sql")
	if err != nil {
		t.Fatal(err)
	}
	var queries strings.Builder
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		queries.Write(text)
		queries.WriteString("\n;\n")
	}
	verdicts, err := Replay(context.Background(), Workload{Server: pgtemp.Shared(t), Schema: string(schema), Queries: queries.String(), Dead: 0.2})
	if err != nil {
		t.Fatal(err)
	}
	equal := 0
	for _, v := range verdicts {
		switch {
		case v.Class != "" || v.Refused != "":
			t.Errorf("%s%s: %s\n%s", v.Class, v.Refused, v.What, v.Statement)
		case v.Skipped == "":
			equal++
		}
	}
	if equal < 40 {
		t.Errorf("only %d statements were compared", equal)
	}
}
