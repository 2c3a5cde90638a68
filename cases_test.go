package softdelete

import (
	"context"
	"database/sql/driver"
	"fmt"
	"os"
	gopath "path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// A case is one statement and what becomes of it. Cases stand in
// testdata/<concept>/*.sql, where <concept> is the stem of a Go file; the format
// is described in testdata/README.md.
type testCase struct {
	file string
	line int
	name string

	why    string // what the rule is for
	twin   string // why the rule does not apply here, unlike in the case before
	policy string // testdata/<policy>.yaml
	scopes []string
	option []string

	notRun  string // why the case is not executed
	needs   int    // the PostgreSQL version that the statement needs
	args    []driver.NamedValue
	ordered bool   // the order of the rows is part of the result
	anyRows string // why the rows are not compared
	code    string // the SQLSTATE that both sides report
	detail  string // why an error's detail is not compared
	ourCode string // the SQLSTATE that our side alone reports, or ok
	ours    string // why it does

	// The case restores what before deleted, or says why what it deletes is not
	// restored for a test.
	restores bool
	affected int64 // how many rows a restore affects
	notUndo  string

	before []preparation
	in     string
	quoted bool   // in and want are Go strings, for characters that a text file cannot show
	onTwin string // what the twin executes; in where empty

	verdict string // "out", "same", "refused", or "" where there is none yet
	want    string

	head string // the raw text up to the verdict, for -update
}

// preparation is a statement that prepares a case, with the scope that it runs under.
type preparation struct {
	scopes []string
	sql    string
}

func (c *testCase) String() string { return fmt.Sprintf("%s:%d: %s", c.file, c.line, c.name) }

// caseFile is one file of cases.
type caseFile struct {
	path  string
	intro string // the comment lines before the first case
	cases []*testCase
}

// conceptFiles returns the case files below root. A .sql file that belongs to no
// concept, and that no other test reads, is an error: nobody would notice that
// its cases are not run. others are the paths below root that other tests read.
func conceptFiles(root string, concepts, others []string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".sql" {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if slices.Contains(concepts, gopath.Dir(rel)) {
			files = append(files, path)
			return nil
		}
		for _, o := range others {
			if rel == o || strings.HasPrefix(rel, o+"/") {
				return nil
			}
		}
		return fmt.Errorf("%s is read by no test: the folders of cases are %s", path, strings.Join(concepts, ", "))
	})
	return files, err
}

func readCases(path string) (*caseFile, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	f := &caseFile{path: path}
	p := caseParser{file: f, lines: strings.Split(strings.TrimRight(string(raw), "\n"), "\n")}
	if err := p.parse(); err != nil {
		return nil, fmt.Errorf("%s:%d: %w", path, p.at+1, err)
	}
	return f, nil
}

// write is the inverse of readCases.
func (f *caseFile) write() error {
	var b strings.Builder
	b.WriteString(f.intro)
	for i, c := range f.cases {
		if i > 0 {
			b.WriteString("\n")
		}
		b.WriteString(c.head)
		switch c.verdict {
		case "same":
			b.WriteString("--- same\n")
		case "out":
			want := c.want
			tag := "--- out\n"
			if c.quoted {
				tag, want = "--- out quoted\n", strconv.Quote(want)
			}
			b.WriteString(tag + want + "\n")
		case "refused":
			b.WriteString("--- refused\n" + c.want + "\n")
		}
	}
	return os.WriteFile(f.path, []byte(b.String()), 0o644)
}

type caseParser struct {
	file  *caseFile
	lines []string
	at    int
}

func (p *caseParser) parse() error {
	for ; p.at < len(p.lines) && !strings.HasPrefix(p.lines[p.at], "=== "); p.at++ {
		if l := p.lines[p.at]; l != "" && !strings.HasPrefix(l, "# ") {
			return fmt.Errorf("%q stands before the first case; only lines that begin with # may", l)
		}
		p.file.intro += p.lines[p.at] + "\n"
	}
	for p.at < len(p.lines) {
		c, err := p.one()
		if err != nil {
			return err
		}
		if c.twin != "" && len(p.file.cases) == 0 {
			return fmt.Errorf("case %q is the twin of no case", c.name)
		}
		p.file.cases = append(p.file.cases, c)
	}
	if len(p.file.cases) == 0 {
		return fmt.Errorf("the file has no case")
	}
	return nil
}

func (p *caseParser) one() (*testCase, error) {
	c := &testCase{file: p.file.path, line: p.at + 1, policy: "shop"}
	c.name = strings.TrimSpace(strings.TrimPrefix(p.lines[p.at], "==="))
	start := p.at
	p.at++
	for ; p.at < len(p.lines) && !isMark(p.lines[p.at]); p.at++ {
		if err := c.key(p.lines[p.at]); err != nil {
			return nil, err
		}
	}
	headEnd := 0
	seen := map[string]bool{}
	for p.at < len(p.lines) && !strings.HasPrefix(p.lines[p.at], "=== ") {
		mark := strings.TrimPrefix(p.lines[p.at], "--- ")
		if c.verdict != "" {
			return nil, fmt.Errorf("section %q stands behind the verdict", mark)
		}
		from := p.at
		p.at++
		var body []string
		for ; p.at < len(p.lines) && !isMark(p.lines[p.at]); p.at++ {
			body = append(body, p.lines[p.at])
		}
		text := strings.TrimRight(strings.Join(body, "\n"), "\n")
		name, rest, _ := strings.Cut(mark, " ")
		if name != "before" && seen[name] {
			return nil, fmt.Errorf("a second section %q", name)
		}
		seen[name] = true
		if err := c.section(name, rest, text); err != nil {
			return nil, err
		}
		if c.verdict == "" {
			headEnd = p.at
		} else {
			headEnd = from
		}
	}
	if !seen["in"] {
		return nil, fmt.Errorf("case %q has no section in", c.name)
	}
	if (c.why == "") == (c.twin == "") {
		return nil, fmt.Errorf("case %q needs a why, or a twin, and not both", c.name)
	}
	c.head = strings.TrimRight(strings.Join(p.lines[start:headEnd], "\n"), "\n") + "\n"
	return c, nil
}

func isMark(line string) bool {
	return strings.HasPrefix(line, "=== ") || strings.HasPrefix(line, "--- ")
}

func (c *testCase) section(name, rest, text string) (err error) {
	quoted := rest == "quoted" && (name == "in" || name == "out")
	if rest != "" && !quoted && name != "before" {
		return fmt.Errorf("section %q takes no %q", name, rest)
	}
	if text == "" && name != "same" {
		return fmt.Errorf("section %q is empty", name)
	}
	if quoted {
		if text, err = strconv.Unquote(text); err != nil {
			return fmt.Errorf("section %q is not a Go string: %w", name, err)
		}
	}
	switch name {
	case "before":
		s := preparation{sql: text}
		if rest != "" {
			s.scopes = strings.Split(rest, "; ")
		}
		c.before = append(c.before, s)
	case "in":
		c.in, c.quoted = text, quoted
	case "twin":
		c.onTwin = text
	case "out", "refused":
		c.verdict, c.want = name, text
		if name == "out" && quoted != c.quoted {
			return fmt.Errorf("in and out must both be quoted, or neither")
		}
		if name == "out" && text == c.in {
			return fmt.Errorf("out is the same as in: write --- same")
		}
	case "same":
		if text != "" {
			return fmt.Errorf("section same holds text")
		}
		c.verdict = name
	default:
		return fmt.Errorf("unknown section %q", name)
	}
	return nil
}

func (c *testCase) key(line string) error {
	key, value, ok := strings.Cut(line, ": ")
	if !ok || strings.TrimSpace(value) == "" {
		return fmt.Errorf("%q is neither key: value nor the start of a section", line)
	}
	once := func(dst *string) error {
		if *dst != "" && key != "policy" {
			return fmt.Errorf("a second %q", key)
		}
		*dst = value
		return nil
	}
	switch key {
	case "why":
		return once(&c.why)
	case "twin":
		return once(&c.twin)
	case "policy":
		return once(&c.policy)
	case "scope":
		c.scopes = append(c.scopes, value)
		return nil
	case "option":
		c.option = append(c.option, value)
		return nil
	case "run":
		reason, ok := strings.CutPrefix(value, "no, ")
		if !ok {
			return fmt.Errorf("write run: no, and the reason")
		}
		c.notRun = reason
		return nil
	case "needs":
		n, err := strconv.Atoi(value)
		c.needs = n
		return err
	case "args":
		args, err := parseArgs(value)
		c.args = args
		return err
	case "order":
		if value != "total" {
			return fmt.Errorf("the only order is total")
		}
		c.ordered = true
		return nil
	case "rows":
		reason, ok := strings.CutPrefix(value, "differ, ")
		if !ok {
			return fmt.Errorf("write rows: differ, and the reason")
		}
		c.anyRows = reason
		return nil
	case "detail":
		reason, ok := strings.CutPrefix(value, "differs, ")
		if !ok {
			return fmt.Errorf("write detail: differs, and the reason")
		}
		c.detail = reason
		return nil
	case "error":
		return once(&c.code)
	case "restores":
		n, err := strconv.ParseInt(value, 10, 64)
		c.restores, c.affected = true, n
		return err
	case "undo":
		reason, ok := strings.CutPrefix(value, "no, ")
		if !ok {
			return fmt.Errorf("write undo: no, and the reason")
		}
		c.notUndo = reason
		return nil
	case "ours":
		code, reason, ok := strings.Cut(value, ", ")
		if !ok {
			return fmt.Errorf("write ours: SQLSTATE (or ok), and the reason")
		}
		c.ourCode, c.ours = code, reason
		return nil
	}
	return fmt.Errorf("unknown key %q", key)
}

// parseArgs reads a list of SQL literals: numbers, quoted strings, true, false,
// NULL. They become what an application would pass.
func parseArgs(s string) ([]driver.NamedValue, error) {
	var args []driver.NamedValue
	add := func(v any) { args = append(args, driver.NamedValue{Ordinal: len(args) + 1, Value: v}) }
	for rest := s; ; {
		rest = strings.TrimLeft(rest, " ")
		if strings.HasPrefix(rest, "'") {
			var b strings.Builder
			i := 1
			for ; i < len(rest); i++ {
				if rest[i] == '\'' {
					if i+1 == len(rest) || rest[i+1] != '\'' {
						break
					}
					i++
				}
				b.WriteByte(rest[i])
			}
			if i >= len(rest) {
				return nil, fmt.Errorf("a string in %q has no end", s)
			}
			add(b.String())
			rest = rest[i+1:]
		} else {
			word, _, _ := strings.Cut(rest, ",")
			rest = rest[len(word):]
			switch word = strings.TrimSpace(word); word {
			case "NULL":
				add(nil)
			case "true", "false":
				add(word == "true")
			default:
				n, err := strconv.ParseInt(word, 10, 64)
				if err != nil {
					return nil, fmt.Errorf("%q in %q is neither a whole number nor in quotes", word, s)
				}
				add(n)
			}
		}
		rest = strings.TrimLeft(rest, " ")
		if rest == "" {
			return args, nil
		}
		if !strings.HasPrefix(rest, ",") {
			return nil, fmt.Errorf("no comma before %q", rest)
		}
		rest = rest[1:]
	}
}

// scopeContext reads lines such as "with", "only users, orders", "hard", "actor
// ann", "restoring total, parents".
func scopeContext(lines []string) (context.Context, error) {
	ctx := context.Background()
	for _, l := range lines {
		word, list, _ := strings.Cut(l, " ")
		var tables []string
		if list != "" {
			tables = strings.Split(list, ", ")
		}
		switch word {
		case "with":
			ctx = WithDeleted(ctx, tables...)
		case "only":
			ctx = OnlyDeleted(ctx, tables...)
		case "hard":
			ctx = HardDelete(ctx, tables...)
		case "actor":
			ctx = WithActor(ctx, list)
		case "reason":
			ctx = WithReason(ctx, list)
		case "restoring":
			s := scopeOf(ctx).clone()
			for _, w := range tables {
				switch w {
				case "total":
					s.restoring.total = true
				case "one":
					s.restoring.one = true
				case "parents":
					s.restoring.parents = true
				case "partly":
					s.restoring.partly = true
				default:
					return nil, fmt.Errorf("unknown way of restoring %q", w)
				}
			}
			ctx = s.into(ctx)
		default:
			return nil, fmt.Errorf("unknown scope %q", l)
		}
	}
	return ctx, nil
}
