package softdelete

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/softdelete-go/softdelete/internal/lex"
)

// described is everything that a rewriting consists of.
func described(w *rewritten) string {
	if w == nil {
		return "nil"
	}
	var b strings.Builder
	judgements := func(title string, all []judgement) {
		for _, p := range all {
			fmt.Fprintf(&b, "%s $%d %v %s\n", title, p.param, p.marker, p.table.display())
		}
	}
	fmt.Fprintf(&b, "%s\nanchors %v\neffects %+v executes %v fetches %v\nseveral %t nothing %t risen %t fails %t noRows %t checks %t unplaced %t counted %t inline %t\nextras %v params %d refusal %v\n",
		w.sql, w.anchors, w.effects, w.executes, w.fetches, w.several, w.nothing, w.risen, w.fails, w.noRows, w.checks, w.unplaced, w.counted, w.inline,
		w.extras, w.params, w.refusal)
	judgements("judged", w.judged)
	judgements("must live", w.mustLive)
	if w.ifLive != nil {
		b.WriteString("if live: " + described(w.ifLive))
	}
	return b.String()
}

// varied is the text with other literals, white space and comments, and longer lists.
func varied(rng *rand.Rand, sql string) (string, bool) {
	toks, err := lex.Scan(sql, nil)
	if err != nil {
		return "", false
	}
	pick := func(of ...string) string { return of[rng.IntN(len(of))] }
	var b strings.Builder
	gap := func() {
		b.WriteString(pick(" ", " ", " ", "\n", "\t ", " /* c */ ", " -- c\n", "  /*a*//*b*/"))
	}
	keep := rng.IntN(3) // 0: all literals stay
	for i, t := range toks {
		text := sql[t.Start:t.End]
		if i > 0 && (t.Start > toks[i-1].End || rng.IntN(8) == 0 && glued(toks[i-1], t)) {
			if rng.IntN(3) == 0 {
				gap()
			} else {
				b.WriteByte(' ')
			}
		}
		if keep > 0 && rng.IntN(3) < 2 {
			switch t.Kind {
			case lex.Int:
				text = pick("0", "1", "2", "7", "00", "24", "25", "53", "54", "2147483647", "2147483648", "0x1F", "1_000")
			case lex.Float:
				text = pick("0.0", "1.5", ".5", "1e3", "2147483648", "0.", "99999999999")
			case lex.String:
				text = pick("''", "'x'", "'it''s'", "'users'", "'0'", "'a;b'", "'--'", "'/*'", "'softdelete:23505:users:x'", "'ü'", "'\\'", "E'\\n'", "$$x$$", "'a'\n'b'", "'NULL'", "'orders'", "''''")
			case lex.EString, lex.Dollar:
				text = pick("E'a\\'b'", "$q$it's$q$", "E''", "'x'")
			}
		}
		b.WriteString(text)
		if t.Kind == lex.Self && text == ")" && rng.IntN(4) == 0 {
			// The last row again, where it is one.
			if open := strings.LastIndexByte(b.String(), '('); open > 0 && lex.ConstantRow(b.String(), open) == b.Len() {
				row := b.String()[open:]
				for range 1 + rng.IntN(3) {
					b.WriteString(pick(", ", ",", " ,\n") + row)
				}
			}
		}
	}
	if rng.IntN(4) == 0 {
		b.WriteString(pick(" /*trace='1'*/", " -- trace", "\n"))
	}
	return b.String(), true
}

// glued reports whether white space may stand between two tokens that have none.
func glued(a, b lex.Token) bool {
	return a.Kind == lex.Self && b.Kind != lex.Self && b.Kind != lex.Op || b.Kind == lex.Self && a.Kind != lex.Self && a.Kind != lex.Op
}

// checkVaried rewrites texts of one shape by the shape and in full, and returns how many
// came by the shape.
func checkVaried(t testing.TB, rng *rand.Rand, byShape, inFull *Rewriter, ctx context.Context, sql string, n int) uint64 {
	t.Helper()
	sc := scopeOf(ctx)
	before := byShape.Stats().Shapes
	for i := range n {
		text := sql
		if i > 0 {
			var ok bool
			if text, ok = varied(rng, sql); !ok {
				return 0
			}
		}
		got, err := byShape.lookup(sc, nil, text)
		want, wantErr := inFull.lookup(sc, nil, text)
		if fmt.Sprint(err) != fmt.Sprint(wantErr) {
			t.Errorf("%s\nby its shape %v\nin full %v", text, err, wantErr)
			continue
		}
		if err == nil && described(got) != described(want) {
			t.Errorf("%s\nby its shape %s\nin full %s", text, described(got), described(want))
		}
	}
	return byShape.Stats().Shapes - before
}

// A text that is rewritten by its shape becomes what it becomes when it is read in
// full, byte for byte, and so does all that the driver keeps of it.
func TestShapesGiveWhatReadingInFullGives(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	byShape, inFull := caseRewriters{}, caseRewriters{}
	texts, shaped := 0, uint64(0)
	for _, file := range allCases(t) {
		for _, c := range file.cases {
			a, err := byShape.of(c)
			if err != nil {
				t.Fatal(err)
			}
			b, err := inFull.of(c)
			if err != nil {
				t.Fatal(err)
			}
			b.cache = newCache(0)
			ctx, err := scopeContext(c.scopes)
			if err != nil {
				t.Fatal(err)
			}
			const n = 8
			texts += n
			shaped += checkVaried(t, rng, a, b, ctx, c.in, n)
		}
	}
	if texts < 8000 || shaped < uint64(texts)/5 {
		t.Errorf("of %d texts %d were rewritten by their shapes", texts, shaped)
	}
	t.Logf("of %d texts %d were rewritten by their shapes", texts, shaped)
}

// What is left out of a shape, and what is not.
func TestShapes(t *testing.T) {
	r, err := NewRewriter(Policy{Tables: []Table{{Name: "users"}, {Name: "jobs", Column: "deleted", Marker: UnixSeconds}, {Name: "gone", Column: "is_gone", Marker: Flag}}})
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat(", (7, 'x', NULL, -1.5, TRUE)", 5000)
	for _, pair := range []struct {
		a, b string
		same bool
	}{
		{`SELECT * FROM users WHERE id = 1`, `SELECT  * FROM users -- x` + "\n" + `WHERE id =2 /*trace*/`, true},
		{`SELECT * FROM users WHERE name = 'a'`, `SELECT * FROM users WHERE name = 'it''s'`, true},
		{`SELECT * FROM users WHERE id = 3`, `SELECT * FROM users WHERE id = 3.5`, false},
		{`SELECT * FROM users WHERE id = 4`, `SELECT * FROM users WHERE id = $1`, false},
		{`SELECT * FROM users WHERE id = 5`, `SELECT * FROM Users WHERE id = 5`, false}, // it could fold names, and does not
		{`SELECT * FROM users WHERE a IS NULL`, `SELECT * FROM users WHERE a IS TRUE`, false},
		{`UPDATE users SET deleted_at = '2024-01-01' WHERE id = 1`, `UPDATE users SET deleted_at = '2025-01-01' WHERE id = 2`, true},
		{`UPDATE users SET deleted_at = '2024-01-01' WHERE id = 9`, `UPDATE users SET deleted_at = NULL WHERE id = 9`, false},
		{`UPDATE jobs SET deleted = 5 WHERE id = 1`, `UPDATE jobs SET deleted = 6 WHERE id = 1`, true}, // no foreign key: nobody looks
		{`SELECT * FROM jobs WHERE deleted = 0 AND id = 1`, `SELECT * FROM jobs WHERE deleted = 1 AND id = 1`, false},
		{`SELECT * FROM jobs WHERE deleted = 0 AND id = 11`, `SELECT * FROM jobs WHERE deleted = 0 AND id = 12`, true},
		{`SELECT FLOAT(24) '1' FROM users`, `SELECT FLOAT(25) '1' FROM users`, false},
		{`SELECT U&"!0061" UESCAPE '!' FROM users`, `SELECT U&"!0061" UESCAPE '?' FROM users`, false},
		{`SELECT * FROM users WHERE id IN (1)`, `SELECT * FROM users WHERE id IN (1, 2)`, false},
		{`SELECT * FROM users WHERE id IN (1, 2)`, `SELECT * FROM users WHERE id IN (7, 8, 9, 10)`, true},
		{`SELECT * FROM users WHERE id IN (1, 2, $1)`, `SELECT * FROM users WHERE id IN (1, 2, 3, $1)`, false},
		{`INSERT INTO users VALUES (1, 'x', NULL, 2.5, TRUE), (1, 'x', NULL, 2.5, TRUE)`, `INSERT INTO users VALUES (5, 'y', NULL, 1.5, TRUE)` + long, true},
		{`INSERT INTO other VALUES (1, 'x', NULL, 2.5, TRUE), (1, 'x', NULL, 2.5, TRUE) RETURNING id`, `INSERT INTO other VALUES (5, 'y', NULL, 1.5, TRUE)` + long + ` RETURNING id`, true},
		{`INSERT INTO users (id) VALUES (1), (2)`, `INSERT INTO users (id) VALUES (1), (2), (now())`, false},
		{
			`INSERT INTO users (id, deleted_at) VALUES (1, NULL), (2, NULL) ON CONFLICT (id) DO UPDATE SET deleted_at = excluded.deleted_at`,
			`INSERT INTO users (id, deleted_at) VALUES (1, NULL), (2, now()) ON CONFLICT (id) DO UPDATE SET deleted_at = excluded.deleted_at`, false,
		},
		{`SELECT 'a' 'b' FROM other`, `SELECT 'a' 'c' FROM other`, false},
		{`SELECT xmlelement(name x, query_to_xml('SELECT 1', true, true, '')) FROM users`, `SELECT xmlelement(name x, query_to_xml('SELECT 2', true, true, '')) FROM users`, false},
		{`BEGIN`, `begin`, false},
		{`SELECT 1; SELECT 2`, `SELECT 1; SELECT 3`, false},
	} {
		if _, err := r.Rewrite(t.Context(), pair.a); err != nil && pair.same {
			t.Errorf("%s: %v", pair.a, err)
		}
		before := r.Stats()
		_, _ = r.Rewrite(t.Context(), pair.b)
		after := r.Stats()
		if same := after.Shapes > before.Shapes; same != pair.same {
			t.Errorf("%.200s\n%.200s\nby its shape: %t", pair.a, pair.b, same)
		}
	}
}

// A list is not read beyond its beginning, and the rewriting is that of the whole.
func TestLongLists(t *testing.T) {
	p := Policy{Tables: []Table{
		{Name: "users", OnBlocked: Phoenix, Columns: []string{"id", "name", "deleted_at"}},
		{Name: "orders"},
	}}
	r, err := NewRewriter(p)
	if err != nil {
		t.Fatal(err)
	}
	full, err := NewRewriter(p, CacheSize(0))
	if err != nil {
		t.Fatal(err)
	}
	rows, numbers := strings.Repeat(", (2, 'it''s', DEFAULT)", 2000), strings.Repeat(", 5", 2000)
	for i, text := range []string{
		`INSERT INTO orders VALUES (1, 'a', NULL)` + rows,
		`INSERT INTO users VALUES (1, 'a', NULL)` + rows + ` RETURNING id`,
		`INSERT INTO users VALUES (1, 'a', NULL)` + rows + ` ON CONFLICT (id) DO UPDATE SET name = excluded.name`,
		`SELECT * FROM orders o LEFT JOIN users u ON u.id = o.user_id AND u.id IN (1` + numbers + `) WHERE o.id IN (1` + numbers + `)`,
		`DELETE FROM orders WHERE id IN (1` + numbers + `)`,
		`DELETE FROM orders WHERE id NOT IN (1` + numbers + `) RETURNING nothing nothing`,
		`SELECT * FROM orders NATURAL JOIN users, (VALUES (1, 'a', NULL)` + rows + `) v`,
	} {
		for _, text := range []string{text, text + " -- again"} {
			got, err := r.lookup(nil, nil, text)
			want, wantErr := full.lookup(nil, nil, text)
			if fmt.Sprint(err) != fmt.Sprint(wantErr) {
				t.Fatalf("%d: %v, in full %v", i, err, wantErr)
			}
			if err == nil && described(got) != described(want) {
				t.Errorf("%d: by its shape\n%.500s\nin full\n%.500s", i, described(got), described(want))
			}
		}
	}
	if s := r.Stats(); s.Shapes != 6 {
		t.Errorf("%d were rewritten by their shapes", s.Shapes)
	}
}

// A text that comes again is stored, one that does not is not.
func TestTextsOfAShapeAreStoredTheSecondTime(t *testing.T) {
	r, err := NewRewriter(usersPolicy)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		for i := range 100 {
			if _, err := r.Rewrite(t.Context(), fmt.Sprintf("SELECT * FROM users WHERE id = %d", i)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if s := r.Stats(); s.Misses != 1 || s.Shapes != 198 || s.Hits != 1 || s.ShapeCount != 1 {
		t.Errorf("%+v", s)
	}
	for i := range 100 {
		if _, err := r.Rewrite(t.Context(), fmt.Sprintf("SELECT * FROM users WHERE id = %d", i)); err != nil {
			t.Fatal(err)
		}
	}
	if s := r.Stats(); s.Hits < 80 || s.Hits+s.Shapes != 299 {
		t.Errorf("the third time: %+v", s)
	}
}

// The tokens alone say that a statement stays as it is, and reading it in full agrees.
func TestUntouchedStaysAsItIs(t *testing.T) {
	rewriters := caseRewriters{}
	untouched := 0
	for _, file := range allCases(t) {
		for _, c := range file.cases {
			r, err := rewriters.of(c)
			if err != nil {
				t.Fatal(err)
			}
			if checkUntouched(t, r, c.in) {
				untouched++
			}
		}
	}
	if untouched < 25 {
		t.Errorf("only %d statements are untouched", untouched)
	}
	for _, sql := range []string{"SELECT 1", "(SELECT a FROM b)", "INSERT INTO other VALUES ('users')", "WITH a AS (SELECT 1) SELECT * FROM a;", "TABLE x"} {
		if !checkUntouched(t, rewriters["shop "], sql) {
			t.Errorf("%s: it may be touched", sql)
		}
	}
	for _, sql := range []string{
		"SELECT * FROM Users", `SELECT * FROM "users"`, "SELECT users.x FROM y", "SELECT a INTO b FROM c", `SELECT * FROM U&"\0075sers"`, "SELECT 1; SELECT 2",
		"BEGIN", "SELECT set_config('a', 'b', false)", "SELECT query_to_xml($1, true, true, '')", "",
	} {
		if checkUntouched(t, rewriters["shop "], sql) {
			t.Errorf("%s: nothing would touch it", sql)
		}
	}
}

func checkUntouched(t testing.TB, r *Rewriter, sql string) bool {
	t.Helper()
	toks, err := lex.Scan(sql, nil)
	if err != nil || !r.untouched(newText(sql, toks)) {
		return false
	}
	tree, err := parseText(sql)
	if err != nil {
		return true // whatever it is, the server says so
	}
	for _, see := range []context.Context{context.Background(), WithDeleted(context.Background()), HardDelete(context.Background())} {
		scope, err := scopeOf(see).resolve(r.tables)
		if err != nil {
			t.Fatal(err)
		}
		j := r.newJob(newText(sql, toks), scope, &session{})
		if err := j.run(tree); err != nil || len(j.ed.edits)+len(j.effects)+len(j.executes)+len(j.fetches)+len(j.extras)+len(j.judged)+len(j.mustLive) > 0 ||
			j.nothing || j.noRows || j.checks || j.counted || j.risen {
			t.Errorf("%s: untouched, but read in full: %v, edits %v, effects %v", sql, err, j.ed.edits, j.effects)
		}
	}
	return true
}

// FuzzShape varies the literals of any text.
func FuzzShape(f *testing.F) {
	seed := uint64(0)
	addSeeds(f, func(sql string) {
		f.Add(sql, seed)
		seed++
	})
	full := fuzzRewriter(f)
	f.Fuzz(func(t *testing.T, sql string, seed uint64) {
		if len(sql) > 4<<10 {
			return
		}
		byShape := *full
		byShape.cache = newCache(16)
		checkVaried(t, rand.New(rand.NewPCG(seed, 1)), &byShape, full, fuzzContext(byte(seed)), sql, 4)
		checkUntouched(t, full, sql)
	})
}

// Under a temporary table's name, and under another scope, a shape is another.
func TestShapesOfSessionsAndScopes(t *testing.T) {
	r, err := NewRewriter(usersPolicy)
	if err != nil {
		t.Fatal(err)
	}
	sess := &session{temp: map[string]bool{"users": true}}
	sess.rekey()
	seen := []string{}
	for i, of := range []struct {
		ctx  context.Context
		sess *session
	}{{t.Context(), nil}, {WithDeleted(t.Context()), nil}, {t.Context(), sess}, {OnlyDeleted(t.Context()), nil}, {t.Context(), nil}} {
		w, err := r.lookup(scopeOf(of.ctx), of.sess, fmt.Sprintf("SELECT * FROM users WHERE id = %d", i))
		if err != nil {
			t.Fatal(err)
		}
		seen = append(seen, strings.Replace(w.sql, fmt.Sprint(i), "?", 1))
	}
	want := []string{
		"SELECT * FROM users WHERE users.deleted_at IS NULL AND (id = ?)", "SELECT * FROM users WHERE id = ?", "SELECT * FROM pg_temp.users WHERE id = ?",
		"SELECT * FROM users WHERE users.deleted_at IS NOT NULL AND (id = ?)", "SELECT * FROM users WHERE users.deleted_at IS NULL AND (id = ?)",
	}
	if !slices.Equal(seen, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(seen, "\n"), strings.Join(want, "\n"))
	}
	if s := r.Stats(); s.Misses != 4 || s.Shapes != 1 {
		t.Errorf("%+v", s)
	}
}
