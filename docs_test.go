package softdelete

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"go/parser"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	pg "github.com/pganalyze/pg_query_go/v5"
)

// The documents are held against the code. What a document shows as rewritten is
// rewritten again and compared, and its tables are made from the code's:
// "go test -run Docs -update" writes both anew. Its policies are loaded, its Go is
// looked for in the files example_test.go, and its links in the file system.
//
// A block of SQL holds one example or more, each of the form
//
//	-- you write, under OnlyDeleted(ctx, "users")
//	<SQL>
//	-- PostgreSQL receives
//	<SQL>
//
// The scope may be left out, or be several with "and" between. Instead of the
// third line there may be "-- PostgreSQL receives the same", or "-- refused" with
// the error's text, in comment lines, behind it. They are rewritten under the
// policy that stands before them in the same document, or else under the first
// of README.md. A policy further down in README.md holds for its section only.

// docs are the documents, and how many statements each has to show at least:
// none of them may lose its examples to a misspelt heading.
var docs = map[string]int{
	"README.md":             8,
	"CHANGELOG.md":          0,
	"docs/adopting.md":      0,
	"docs/archive.md":       6,
	"docs/architecture.md":  2,
	"docs/bun.md":           0,
	"docs/concurrency.md":   0,
	"docs/connections.md":   0,
	"docs/distributed.md":   0,
	"docs/doctor.md":        0,
	"docs/ent.md":           0,
	"docs/foreign-keys.md":  3,
	"docs/gorm.md":          0,
	"docs/jet.md":           0,
	"docs/limits.md":        15,
	"docs/migrations.md":    0,
	"docs/observability.md": 0,
	"docs/pgx.md":           0,
	"docs/rest.md":          0,
	"docs/retention.md":     0,
	"docs/river.md":         0,
	"docs/sqlboiler.md":     0,
	"docs/sqlc.md":          0,
	"docs/sqlx.md":          0,
	"docs/squirrel.md":      0,
	"docs/statements.md":    40,
	"docs/testing.md":       0,
	"docs/trash.md":         0,
	"docs/unique-keys.md":   1,
}

// block is a fenced code block of a document.
type block struct {
	file string
	line int // of the opening fence
	info string
	body string
}

var fence = regexp.MustCompile("(?ms)^```([^\n`]*)\n(.*?)^```$")

func blocks(file, text string) []block {
	var bs []block
	for _, m := range fence.FindAllStringSubmatchIndex(text, -1) {
		bs = append(bs, block{file: file, line: 1 + strings.Count(text[:m[0]], "\n"), info: text[m[2]:m[3]], body: text[m[4]:m[5]]})
	}
	return bs
}

func readDoc(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.FromSlash(file))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// docBlocks returns the blocks of every document with an info string.
func docBlocks(t *testing.T, info string) []block {
	t.Helper()
	var found []block
	for _, file := range docFiles() {
		for _, b := range blocks(file, readDoc(t, file)) {
			if b.info == info {
				found = append(found, b)
			}
		}
	}
	return found
}

func docFiles() []string {
	var files []string
	for file := range docs {
		files = append(files, file)
	}
	slices.Sort(files)
	return files
}

func docRewriter(t *testing.T) *Rewriter {
	t.Helper()
	for _, b := range blocks("README.md", readDoc(t, "README.md")) {
		if b.info == "yaml" {
			return rewriterOf(t, b.body)
		}
	}
	t.Fatal("README.md shows no policy")
	return nil
}

func rewriterOf(t *testing.T, policy string) *Rewriter {
	t.Helper()
	p, err := LoadPolicy(strings.NewReader(policy))
	if err != nil {
		t.Fatal(err)
	}
	r, err := NewRewriter(p)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestDocsShowWhatTheRewriterDoes(t *testing.T) {
	for file, fewest := range docs {
		text, shown := readDoc(t, file), 0
		r := docRewriter(t)
		policies := 0
		renewed := regexp.MustCompile("(?m)^## .*$|"+fence.String()).ReplaceAllStringFunc(text, func(fenced string) string {
			if strings.HasPrefix(fenced, "## ") {
				if file == "README.md" && policies > 1 {
					r = docRewriter(t)
				}
				return fenced
			}
			b := blocks(file, fenced)[0]
			if b.info == "yaml" {
				r = rewriterOf(t, b.body)
				policies++
			}
			if b.info != "sql" {
				return fenced
			}
			want, n, err := showAgain(r, b.body)
			if err != nil {
				t.Errorf("%s: %v in\n%s", file, err, fenced)
				return fenced
			}
			shown += n
			if want != b.body && !*update {
				t.Errorf("%s shows\n%s\nand the code now answers\n%s", file, b.body, want)
			}
			return strings.Replace(fenced, b.body, want, 1)
		})
		if shown < fewest {
			t.Errorf("%s shows %d statements, at least %d were expected", file, shown, fewest)
		}
		writeDoc(t, file, text, renewed)
	}
}

// writeDoc writes a document that changed, under -update.
func writeDoc(t *testing.T, file, old, renewed string) {
	t.Helper()
	if !*update || renewed == old {
		return
	}
	if err := os.WriteFile(filepath.FromSlash(file), []byte(renewed), 0o644); err != nil {
		t.Fatal(err)
	}
}

const (
	youWrite  = "-- you write"
	received  = "-- PostgreSQL receives"
	unchanged = "-- PostgreSQL receives the same"
	refused   = "-- refused"
)

// showAgain returns a block of SQL as it ought to be, and how many examples it has.
func showAgain(r *Rewriter, body string) (string, int, error) {
	parts := regexp.MustCompile(`(?m)^-- you write.*$`).FindAllStringIndex(body, -1)
	if len(parts) == 0 || parts[0][0] != 0 {
		return "", 0, fmt.Errorf("the block does not begin with %q", youWrite)
	}
	var out strings.Builder
	for i, p := range parts {
		end := len(body)
		if i+1 < len(parts) {
			end = parts[i+1][0]
		}
		heading, rest := body[p[0]:p[1]], strings.TrimSpace(body[p[1]:end])
		ctx, err := scopeInWords(strings.TrimPrefix(heading, youWrite))
		if err != nil {
			return "", 0, err
		}
		sql := rest
		for _, answer := range []string{received, refused} {
			if before, _, found := strings.Cut(rest, "\n"+answer); found {
				sql = before
			}
		}
		fmt.Fprintf(&out, "%s\n%s\n%s\n", heading, sql, answer(ctx, r, sql))
		if i+1 < len(parts) {
			out.WriteByte('\n')
		}
	}
	return out.String(), len(parts), nil
}

func answer(ctx context.Context, r *Rewriter, sql string) string {
	got, err := r.Rewrite(ctx, sql)
	switch {
	case err != nil:
		return refused + "\n" + wrapped(err.Error(), "-- ", 100)
	case got == sql:
		return unchanged
	default:
		return received + "\n" + got
	}
}

// wrapped breaks text into lines of at most width characters, each after prefix.
func wrapped(text, prefix string, width int) string {
	var lines []string
	line := prefix
	for _, word := range strings.Fields(text) {
		if len([]rune(line+word)) > width && line != prefix {
			lines, line = append(lines, strings.TrimRight(line, " ")), prefix
		}
		line += word + " "
	}
	return strings.Join(append(lines, strings.TrimRight(line, " ")), "\n")
}

var scopeCall = regexp.MustCompile(`^(WithDeleted|OnlyDeleted|HardDelete)\(ctx((?:, "[^"]+")*)\)$`)

// scopeInWords understands ", under HardDelete(ctx) and OnlyDeleted(ctx, "users")".
func scopeInWords(s string) (context.Context, error) {
	ctx := context.Background()
	if s == "" {
		return ctx, nil
	}
	calls, found := strings.CutPrefix(s, ", under ")
	if !found {
		return nil, fmt.Errorf("%q stands behind %q", s, youWrite)
	}
	for _, call := range strings.Split(calls, " and ") {
		m := scopeCall.FindStringSubmatch(call)
		if m == nil {
			return nil, fmt.Errorf("%q is no scope", call)
		}
		var tables []string
		for _, name := range strings.Split(m[2], ", ")[1:] {
			tables = append(tables, strings.Trim(name, `"`))
		}
		ctx = map[string]func(context.Context, ...string) context.Context{
			"WithDeleted": WithDeleted, "OnlyDeleted": OnlyDeleted, "HardDelete": HardDelete,
		}[m[1]](ctx, tables...)
	}
	return ctx, nil
}

func TestDocsPoliciesLoad(t *testing.T) {
	found := docBlocks(t, "yaml")
	if len(found) == 0 {
		t.Error("no document shows a policy")
	}
	for _, b := range found {
		if _, err := LoadPolicy(strings.NewReader(b.body)); err != nil {
			t.Errorf("%s:%d: %v", b.file, b.line, err)
		}
	}
}

// Go that a document shows must stand in example_test.go, here or in another package,
// which is compiled.
// Blocks marked "go external" need modules that this one does not depend on; of
// these only the syntax is checked.
func TestDocsGoCompiles(t *testing.T) {
	examples := unindented(readDoc(t, "example_test.go") + readDoc(t, "softdeletetest/example_test.go") + readDoc(t, "softpgx/example_test.go") + readDoc(t, "rest/example_test.go") + readDoc(t, "softexpvar/softexpvar_test.go") + readDoc(t, "trash/example_test.go"))
	found := docBlocks(t, "go")
	if len(found) < 3 {
		t.Errorf("the documents show %d blocks of Go, at least 3 were expected", len(found))
	}
	for _, b := range found {
		if !strings.Contains(examples, unindented(b.body)) {
			t.Errorf("%s:%d: example_test.go does not have these lines:\n%s", b.file, b.line, b.body)
		}
	}
	for _, b := range docBlocks(t, "go external") {
		if _, err := parser.ParseExpr("func() {\n" + b.body + "}"); err != nil {
			t.Errorf("%s:%d: %v", b.file, b.line, err)
		}
	}
}

func unindented(text string) string {
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimSpace(l)
	}
	return strings.Join(lines, "\n")
}

func TestDocsLinksLeadSomewhere(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#:\s]+)(?:#[^)]*)?\)`)
	links := 0
	for _, file := range docFiles() {
		for _, m := range link.FindAllStringSubmatch(fence.ReplaceAllString(readDoc(t, file), ""), -1) {
			links++
			if _, err := os.Stat(filepath.Join(filepath.Dir(filepath.FromSlash(file)), filepath.FromSlash(m[1]))); err != nil {
				t.Errorf("%s links to %s: %v", file, m[1], err)
			}
		}
	}
	if links < 5 {
		t.Errorf("only %d links were found", links)
	}
}

// The tests that documents name, in backquotes, are there.
func TestDocsNameTestsThatExist(t *testing.T) {
	var tests strings.Builder
	for _, pattern := range []string{"*_test.go", "*/*_test.go", "*/*/*_test.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			tests.WriteString(readDoc(t, filepath.ToSlash(file)))
		}
	}
	named := 0
	for _, file := range docFiles() {
		for _, m := range regexp.MustCompile("`(Test[A-Z][A-Za-z0-9]*)[`/]").FindAllStringSubmatch(readDoc(t, file), -1) {
			if named++; !strings.Contains(tests.String(), "func "+m[1]+"(") {
				t.Errorf("%s names %s, which is no test", file, m[1])
			}
		}
	}
	if named < 20 {
		t.Errorf("only %d names were found", named)
	}
}

// docs/statements.md has what kinds and harmlessNames say.
func TestStatementsDocs(t *testing.T) {
	const file = "docs/statements.md"
	text := readDoc(t, file)
	renewed := text
	for name, table := range map[string]string{
		"kinds": kindsTable(filters, rewrites, inspects), "passed": kindsTable(passes), "never": kindsTable(never), "harmless": harmlessTable(),
	} {
		var err error
		if renewed, err = replaceMarked(renewed, name, table); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
	}
	if renewed != text && !*update {
		t.Errorf("%s is not what kinds.go says; write it anew with: go test -run Docs -update", file)
	}
	writeDoc(t, file, text, renewed)
}

// replaceMarked replaces what stands between <!-- name --> and <!-- end name -->.
func replaceMarked(text, name, with string) (string, error) {
	open, end := "<!-- "+name+" -->\n", "<!-- end "+name+" -->"
	before, rest, ok := strings.Cut(text, open)
	_, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		return "", errors.New("no place marked " + name)
	}
	return before + open + with + end + after, nil
}

func kindsTable(treatments ...treatment) string {
	var names []string
	for name, k := range kinds {
		if slices.Contains(treatments, k.treatment) {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		x, y := kinds[a], kinds[b]
		return cmp.Or(cmp.Compare(slices.Index(treatments, x.treatment), slices.Index(treatments, y.treatment)),
			cmp.Compare(x.sql, y.sql), cmp.Compare(a, b))
	})
	var b strings.Builder
	b.WriteString("| statement | treatment | what that means | in the grammar |\n|---|---|---|---|\n")
	for _, name := range names {
		k := kinds[name]
		fmt.Fprintf(&b, "| %s | %s | %s | `%s` |\n", k.sql, k.treatment, k.why, name)
	}
	return b.String()
}

func harmlessTable() string {
	var rows []string
	for f, why := range harmlessNames {
		rows = append(rows, fmt.Sprintf("| `%s` | %s |\n", f, why))
	}
	slices.Sort(rows)
	return "| place | why |\n|---|---|\n" + strings.Join(rows, "")
}

// docs/architecture.md says why statements are not printed from their trees. When
// an upgrade of pg_query_go makes this fail, the document is to be corrected, and
// the decision may be thought over.
func TestArchitectureDocsShowTheDeparser(t *testing.T) {
	rows := regexp.MustCompile("(?m)^\\| `(SELECT [^`]+)` \\| `([^`]+)`").FindAllStringSubmatch(readDoc(t, "docs/architecture.md"), -1)
	if len(rows) < 5 {
		t.Errorf("only %d statements were found", len(rows))
	}
	for _, m := range rows {
		tree, err := pg.Parse(m[1])
		if err != nil {
			t.Errorf("%s: %v", m[1], err)
			continue
		}
		printed, err := pg.Deparse(tree)
		if err != nil || printed != m[2] {
			t.Errorf("%s is printed as %s (%v), not as %s", m[1], printed, err, m[2])
		}
	}
}

// docs/architecture.md says what each file is for.
func TestArchitectureDocsMapEveryFile(t *testing.T) {
	_, files, found := strings.Cut(readDoc(t, "docs/architecture.md"), "\n## Files\n")
	if !found {
		t.Fatal("docs/architecture.md has no heading Files")
	}
	mapped := map[string]bool{}
	for _, m := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\| \\S").FindAllStringSubmatch(files, -1) {
		mapped[m[1]] = true
	}
	var there []string
	for _, pattern := range []string{"*.go", "internal/*", "cmd/*"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		there = append(there, found...)
	}
	if len(there) < 25 {
		t.Fatalf("only %d files and folders were found", len(there))
	}
	for _, path := range there {
		path = filepath.ToSlash(path)
		if !strings.HasSuffix(path, "_test.go") && !mapped[path] && hasGo(t, path) {
			t.Errorf("docs/architecture.md does not say what %s is for", path)
		}
	}
	for path := range mapped {
		if _, err := os.Stat(filepath.FromSlash(path)); err != nil {
			t.Errorf("docs/architecture.md tells of %s, which is not there", path)
		}
	}
}

// hasGo reports whether path is a Go file, or a folder with some. Git does not
// know empty folders.
func hasGo(t *testing.T, path string) bool {
	t.Helper()
	inside, err := filepath.Glob(path + "/*.go")
	if err != nil {
		t.Fatal(err)
	}
	return strings.HasSuffix(path, ".go") || len(inside) > 0
}
