package softdelete

import (
	"context"
	"database/sql/driver"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	pg "github.com/pganalyze/pg_query_go/v5"

	"github.com/softdelete-go/softdelete/internal/pgast"
)

var update = flag.Bool("update", false, "write what the rewriter does today into the case files")

// concepts are the folders of cases below testdata.
var concepts = []string{
	"archive", "cascade", "conflict", "cursor", "edit", "filter", "follow", "guard", "kinds", "names", "natural", "newsyntax", "opaque", "phoenix", "refused",
	"restore", "rewrite", "scope", "session", "spelling", "stamp", "violation", "wrap",
}

// others are the .sql files below testdata that other tests read.
var others = []string{"schema.sql", "chinook", "equivalence"}

// fewest is how many cases there must be at least, lest a folder that moved
// takes its cases along unnoticed.
const fewest = 1300

// fewestCorrupted is how many statements there must be in edit/corrupted.sql.
const fewestCorrupted = 156

func allCases(t testing.TB) []*caseFile {
	t.Helper()
	paths, err := conceptFiles("testdata", concepts, others)
	if err != nil {
		t.Fatal(err)
	}
	var files []*caseFile
	names := map[string]*testCase{}
	for _, path := range paths {
		f, err := readCases(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range f.cases {
			key := path + " " + c.name
			if first := names[key]; first != nil {
				t.Fatalf("%s: the name is taken by line %d of %s", c, first.line, first.file)
			}
			names[key] = c
		}
		files = append(files, f)
	}
	return files
}

// caseRewriters makes one Rewriter per policy and options.
type caseRewriters map[string]*Rewriter

func (m caseRewriters) of(c *testCase) (*Rewriter, error) {
	key := c.policy + " " + strings.Join(c.option, " ")
	if r := m[key]; r != nil {
		return r, nil
	}
	f, err := os.Open(filepath.Join("testdata", c.policy+".yaml"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	p, err := LoadPolicy(f)
	if err != nil {
		return nil, err
	}
	var opts []Option
	for _, o := range c.option {
		switch o {
		case "AllowUnboundedHardDelete":
			opts = append(opts, AllowUnboundedHardDelete())
		default:
			return nil, fmt.Errorf("unknown option %q", o)
		}
	}
	r, err := NewRewriter(p, opts...)
	m[key] = r
	return r, err
}

// sent is a statement as the driver sends it.
type sent struct {
	*rewritten                     // the variant that the arguments ask for
	all        []*rewritten        // all variants
	args       []driver.NamedValue // the user's, and those of the context
}

// rewriteCase rewrites the statements of a case on one connection: those of
// c.before, then c.in. The error is that of the last; the others must pass.
func rewriteCase(r *Rewriter, c *testCase) (texts []sent, sess *session, refusal, err error) {
	sess = &session{}
	for _, b := range c.before {
		ctx, err := scopeContext(b.scopes)
		if err != nil {
			return nil, nil, nil, err
		}
		w, err := rewriteOn(r, ctx, sess, b.sql, nil)
		if err != nil {
			return nil, nil, nil, fmt.Errorf("before: %w", err)
		}
		sess.done(scopeOf(ctx), w.rewritten)
		texts = append(texts, w)
	}
	ctx, err := scopeContext(c.scopes)
	if err != nil {
		return nil, nil, nil, err
	}
	w, refusal := rewriteOn(r, ctx, sess, c.in, c.args)
	return append(texts, w), sess, refusal, nil
}

func rewriteOn(r *Rewriter, ctx context.Context, sess *session, sql string, args []driver.NamedValue) (sent, error) {
	sc := scopeOf(ctx)
	w, err := r.lookup(sc, sess, sql)
	if err != nil {
		return sent{}, err
	}
	if err := sess.check(sc, w); err != nil {
		return sent{}, err
	}
	s := sent{all: []*rewritten{w}}
	if w.ifLive != nil {
		s.all = append(s.all, w.ifLive)
	}
	s.rewritten, s.args, err = w.bind(sc, args)
	return s, err
}

// TestCases holds the rewriter against testdata, and what it writes against a
// real server.
func TestCases(t *testing.T) {
	files := allCases(t)
	rewriters := caseRewriters{}
	w := newTwins(t)
	count, ran, executed := 0, 0, 0
	for _, f := range files {
		count += len(f.cases)
		rel, err := filepath.Rel("testdata", f.path)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(filepath.ToSlash(strings.TrimSuffix(rel, ".sql")), func(t *testing.T) {
			if filepath.Base(f.path) == "corrupted.sql" && len(f.cases) < fewestCorrupted {
				t.Errorf("%s has %d cases; there must be at least %d", f.path, len(f.cases), fewestCorrupted)
			}
			for _, c := range f.cases {
				t.Run(c.name, func(t *testing.T) {
					ran++
					if runCase(t, c, rewriters, w) {
						executed++
					}
				})
			}
		})
		if *update {
			if err := f.write(); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Logf("%d cases, %d of them executed on PostgreSQL %d and compared with the twin", ran, executed, w.version)
	if count < fewest || ran == count && executed < fewest {
		t.Errorf("%d cases were read and %d executed; there must be at least %d", count, executed, fewest)
	}
}

// TestEveryKindHasACase requires a case of every kind of statement that the
// parser produces.
func TestEveryKindHasACase(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range allCases(t) {
		for _, c := range f.cases {
			if tree, err := pg.Parse(c.in); err == nil {
				for _, s := range tree.Stmts {
					noteKinds(s.Stmt, seen)
				}
			}
		}
	}
	for name, k := range kinds {
		if k.treatment != never && !seen[name] {
			t.Errorf("no case has a statement of the kind %s (%s)", name, k.sql)
		}
	}
}

// noteKinds notes the kind of a statement and of those that it carries.
func noteKinds(m any, seen map[string]bool) {
	if n, ok := m.(*pg.Node); ok {
		m = pgast.Unwrap(n)
	}
	if name := kindName(m); kinds[name].treatment != "" {
		seen[name] = true
	}
	pgast.Children(m, func(_ pgast.Field, _ *pg.Node, child any) { noteKinds(child, seen) })
}

func runCase(t *testing.T, c *testCase, rewriters caseRewriters, w *twins) (executed bool) {
	r, err := rewriters.of(c)
	if err != nil {
		t.Fatalf("%s: %v", c, err)
	}
	texts, sess, refusal, err := rewriteCase(r, c)
	if err != nil {
		t.Fatalf("%s: %v", c, err)
	}
	verdict, got := "same", ""
	switch {
	case refusal != nil:
		verdict, got = "refused", refusal.Error()
		var refused *RefusedError
		if !errors.Is(refusal, ErrRefused) || !errors.As(refusal, &refused) {
			t.Errorf("%s: %T is not a refusal: %v", c, refusal, refusal)
		}
		if strings.Contains(got, reportBug) {
			t.Errorf("%s: refused for a fault of our own: %v", c, refusal)
		}
	case texts[len(texts)-1].sql != c.in:
		verdict, got = "out", texts[len(texts)-1].sql
	}
	for _, w := range texts {
		if w.rewritten != nil {
			checkExplained(t, c, w.rewritten)
		}
	}
	if *update {
		c.verdict, c.want = verdict, got
	} else if verdict != c.verdict || got != c.want {
		t.Errorf("%s\n%s\n--- %s\n%s\nexpected\n--- %s\n%s", c, c.in, verdict, got, c.verdict, c.want)
	}
	if refusal != nil {
		return false
	}
	rewritten := texts[len(texts)-1]
	// A read of deleted rows does not name an archived table any more, or does so once more.
	elsewhere := len(c.scopes) > 0 && slices.ContainsFunc(r.tables.all, (*table).archived)
	for _, w := range rewritten.all {
		if !elsewhere {
			checkEdits(t, c, w, filepath.Base(c.file) == "corrupted.sql")
		}
	}
	ctx, err := scopeContext(c.scopes)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := rewriteOn(r, ctx, sess, rewritten.sql, c.args); err != nil {
		// What follows from a statement must not follow twice.
		if !r.tables.journal && len(r.tables.foreignKeys) == 0 && !slices.ContainsFunc(r.tables.all, func(t *table) bool { return t.bookkept() || t.phoenix() }) {
			t.Errorf("%s: the rewritten text is refused: %v", c, err)
		}
	} else if again.sql != rewritten.sql && !elsewhere {
		t.Errorf("%s: rewriting it again gives\n%s", c, again.sql)
	}
	if c.notRun != "" || c.needs > w.version {
		return false
	}
	diff, err := w.compare(c, r, texts)
	if err != nil {
		t.Errorf("%s: %v", c, err)
	}
	if diff != "" {
		t.Errorf("%s\n%s\n--- becomes\n%s\n--- but %s", c, c.in, rewritten.sql, diff)
	}
	return true
}

// replaceable are the words that an edit may replace; all others only add text.
// COPY is apart: its source becomes a query. So is the head of a WITH query, which
// moves behind the queries that are put in front of it.
var replaceable = []string{"", "DELETE", "FROM", "USING", "TABLE", "NOTHING"}

// addition is what may be added to a statement that only reads from tables with
// a timestamp: conditions, and the parentheses and joins that carry them.
var addition = func() *regexp.Regexp {
	cond := `("[^"]+"|\w+)\.deleted_at IS NULL`
	return regexp.MustCompile(`^ ?(\(|\)| JOIN \(SELECT\) AS _sd\d+ ON ` + cond + `\)| WHERE ` + cond + `( AND ` + cond + `)*|` +
		cond + `( AND ` + cond + `)* AND \() ?$`)
}()

// checkEdits holds the text against its anchors: what they say was kept must be
// the same bytes on both sides, all of them but replaced words, in order. Where
// onlyAdded, nothing is replaced, and what is added is an addition.
func checkEdits(t *testing.T, c *testCase, w *rewritten, onlyAdded bool) {
	t.Helper()
	if w.sql == c.in {
		return
	}
	if len(w.anchors) == 0 {
		t.Errorf("%s: the text changed without anchors", c)
		return
	}
	from := 0 // how far the user's text is accounted for
	for i, a := range w.anchors {
		end := len(w.sql)
		if i+1 < len(w.anchors) {
			end = int(w.anchors[i+1].at)
		}
		piece, to := w.sql[a.at:end], int(a.to)
		if to < from {
			t.Errorf("%s: an edit goes back from byte %d to %d", c, from, to)
			return
		}
		gone := strings.ToUpper(strings.TrimSpace(c.in[from:to]))
		moved := strings.HasSuffix(gone, "(") && strings.Contains(w.sql[a.at:], c.in[from:to])
		if !slices.Contains(replaceable, gone) && !moved && (onlyAdded || !strings.HasPrefix(w.sql, "COPY")) || onlyAdded && gone != "" {
			t.Errorf("%s: the user's %q is gone", c, gone)
		}
		from = to
		if a.fixed {
			if onlyAdded && !addition.MatchString(piece) {
				t.Errorf("%s: %q was added", c, piece)
			}
			continue
		}
		if to+len(piece) > len(c.in) || piece != c.in[to:to+len(piece)] {
			t.Errorf("%s: bytes %d to %d of the rewritten text are not the user's", c, a.at, end)
			return
		}
		from += len(piece)
	}
	if from != len(c.in) {
		t.Errorf("%s: the rewritten text ends at byte %d of %d of the user's", c, from, len(c.in))
	}
}
