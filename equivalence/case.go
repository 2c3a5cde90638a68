package equivalence

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/softdelete-go/softdelete"
)

// Case is a schema, its rows and statements as one text, which anyone can read,
// and run by hand. Comments that begin with "--:" divide it:
//
//	--: title      what was wrong, on the lines below, in comments
//	--: policy     in YAML, in comments
//	--: schema     on both databases
//	--: ours       on ours only, such as a partial unique index
//	--: twin       on the twin only, such as the full one
//	--: live       rows for both
//	--: deleted    rows for ours
//	--: statement  options; each statement is a section of its own
//
// The options of a statement are simple (the simple protocol), ordered, scope
// (scope=only:users,hard), execs (of a prepared statement, with args=… for each
// execution), kind, and may-refuse.
type Case struct {
	Title                             string
	Policy                            softdelete.Policy
	Schema, Ours, Twin, Live, Deleted string
	Statements                        []CaseStatement
}

// CaseStatement is a statement of a case.
type CaseStatement struct {
	SQL       string
	Simple    bool     // sent by the simple protocol
	Ordered   bool     // the order of the rows matters
	Rows      bool     // returns rows
	Write     bool     // the tables are compared afterwards
	Scope     []string // with, only, hard, alone or as with:table
	Args      [][]any  // for each execution; one without Prepared
	Prepared  bool
	Exempt    []string // columns that may differ
	Kind      string   // "", control, prepare, multiple, copy, scoped-read, scoped-write, scoped-delete
	Second    bool     // row-level security judges it too
	MayRefuse bool
	Target    string // of a scoped write: the table, qualified and quoted
}

var kindNames = []string{ordinary: "", control: "control", sqlPrepare: "prepare", multiple: "multiple", copyOut: "copy", scopedRead: "scoped-read", scopedWrite: "scoped-write", scopedDelete: "scoped-delete"}

// String writes the case as [ParseCase] reads it.
func (c *Case) String() string {
	var b strings.Builder
	comment := func(section, text string) {
		fmt.Fprintf(&b, "--: %s\n", section)
		for l := range strings.Lines(strings.TrimRight(text, "\n") + "\n") {
			b.WriteString(strings.TrimRight("-- "+l, " \n") + "\n")
		}
		b.WriteString("\n")
	}
	comment("title", c.Title)
	policy, err := yaml.Marshal(c.Policy)
	if err != nil {
		policy = []byte(err.Error())
	}
	comment("policy", string(policy))
	for _, s := range []struct{ name, text string }{{"schema", c.Schema}, {"ours", c.Ours}, {"twin", c.Twin}, {"live", c.Live}, {"deleted", c.Deleted}} {
		if s.text != "" {
			fmt.Fprintf(&b, "--: %s\n%s\n\n", s.name, strings.TrimRight(s.text, "\n"))
		}
	}
	for _, s := range c.Statements {
		fmt.Fprintf(&b, "--: statement%s\n%s\n;\n\n", s.options(), s.SQL)
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

func (s *CaseStatement) options() string {
	var o []string
	flag := func(on bool, n string) {
		if on {
			o = append(o, n)
		}
	}
	flag(s.Kind != "", "kind="+s.Kind)
	flag(s.Rows, "rows")
	flag(s.Ordered, "ordered")
	flag(s.Write, "write")
	flag(s.Simple, "simple")
	flag(s.Prepared, "prepared")
	flag(s.Second, "second")
	flag(s.MayRefuse, "may-refuse")
	if s.Target != "" {
		o = append(o, "target="+quoteOption(s.Target))
	}
	for _, x := range s.Scope {
		o = append(o, "scope="+quoteOption(x))
	}
	for _, x := range s.Exempt {
		o = append(o, "exempt="+quoteOption(x))
	}
	for _, args := range s.Args {
		var vals []string
		for _, a := range args {
			if a == nil {
				vals = append(vals, "NULL")
			} else {
				vals = append(vals, literal(fmt.Sprint(a)))
			}
		}
		o = append(o, "args="+strconv.Quote(strings.Join(vals, ",")))
	}
	if len(o) == 0 {
		return ""
	}
	return " " + strings.Join(o, " ")
}

func quoteOption(s string) string {
	if strings.ContainsAny(s, " \t\"") {
		return strconv.Quote(s)
	}
	return s
}

// ParseCase reads the text of a case.
func ParseCase(text string) (*Case, error) {
	c := &Case{}
	var section, options string
	var body strings.Builder
	var policy, title strings.Builder
	finish := func() error {
		s := strings.TrimSpace(body.String())
		body.Reset()
		switch section {
		case "", "title", "policy":
		case "schema":
			c.Schema = s
		case "ours":
			c.Ours = s
		case "twin":
			c.Twin = s
		case "live":
			c.Live = s
		case "deleted":
			c.Deleted = s
		case "statement":
			st, err := parseOptions(options)
			if err != nil {
				return err
			}
			st.SQL = strings.TrimSpace(strings.TrimSuffix(s, ";"))
			c.Statements = append(c.Statements, st)
		default:
			return fmt.Errorf("equivalence: a case has no section %q", section)
		}
		return nil
	}
	for l := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(l, "--: "); ok {
			if err := finish(); err != nil {
				return nil, err
			}
			section, options, _ = strings.Cut(strings.TrimSpace(rest), " ")
			continue
		}
		plain := strings.TrimPrefix(strings.TrimPrefix(l, "--"), " ")
		switch section {
		case "title":
			title.WriteString(plain)
		case "policy":
			if strings.HasPrefix(l, "--") {
				policy.WriteString(plain)
			}
		default:
			body.WriteString(l)
		}
	}
	if err := finish(); err != nil {
		return nil, err
	}
	c.Title = strings.TrimSpace(title.String())
	var err error
	if c.Policy, err = softdelete.LoadPolicy(strings.NewReader(policy.String())); err != nil {
		return nil, fmt.Errorf("equivalence: the policy of a case: %w", err)
	}
	if len(c.Statements) == 0 {
		return nil, errors.New("equivalence: a case without statements")
	}
	return c, nil
}

func parseOptions(s string) (CaseStatement, error) {
	var st CaseStatement
	flags := map[string]*bool{
		"rows": &st.Rows, "ordered": &st.Ordered, "write": &st.Write, "simple": &st.Simple, "prepared": &st.Prepared,
		"second": &st.Second, "may-refuse": &st.MayRefuse,
	}
	for s = strings.TrimSpace(s); s != ""; s = strings.TrimSpace(s) {
		i := strings.IndexAny(s, " =")
		if i < 0 || s[i] == ' ' {
			word, rest, _ := strings.Cut(s, " ")
			on, ok := flags[word]
			if !ok {
				return st, fmt.Errorf("equivalence: %q is no option of a statement; there are %q", word, slices.Sorted(maps.Keys(flags)))
			}
			*on, s = true, rest
			continue
		}
		key, value := s[:i], s[i+1:]
		if quoted, err := strconv.QuotedPrefix(value); err == nil {
			s = value[len(quoted):]
			if value, err = strconv.Unquote(quoted); err != nil {
				return st, err
			}
		} else {
			value, s, _ = strings.Cut(value, " ")
		}
		switch key {
		case "scope":
			st.Scope = append(st.Scope, value)
		case "exempt":
			st.Exempt = append(st.Exempt, value)
		case "target":
			st.Target = value
		case "kind":
			st.Kind = value
		case "args":
			args, err := parseArgs(value)
			if err != nil {
				return st, err
			}
			st.Args = append(st.Args, args)
		default:
			return st, fmt.Errorf("equivalence: %q is no option of a statement", key)
		}
	}
	if !slices.Contains(kindNames, st.Kind) {
		return st, fmt.Errorf("equivalence: %q is no kind of statement; there are %q", st.Kind, kindNames[1:])
	}
	return st, nil
}

// parseArgs reads 'a','it”s',NULL.
func parseArgs(s string) ([]any, error) {
	out := []any{}
	for s != "" {
		if rest, ok := strings.CutPrefix(s, "NULL"); ok {
			out, s = append(out, nil), strings.TrimPrefix(rest, ",")
			continue
		}
		if s[0] != '\'' {
			return nil, fmt.Errorf("equivalence: %q is not a list of 'values' and NULL", s)
		}
		end := 1
		for ; end < len(s); end++ {
			if s[end] == '\'' {
				if end+1 < len(s) && s[end+1] == '\'' {
					end++
					continue
				}
				break
			}
		}
		if end >= len(s) {
			return nil, fmt.Errorf("equivalence: %q has no closing quote", s)
		}
		out = append(out, strings.ReplaceAll(s[1:end], "''", "'"))
		s = strings.TrimPrefix(s[end+1:], ",")
	}
	return out, nil
}

// newCase writes a schema and units down.
func newCase(title string, s *schema, units []unit) *Case {
	c := &Case{Title: title, Policy: s.policy()}
	var schema, ours, twin strings.Builder
	// What differs between the databases are the unique indexes.
	twinLines := strings.SplitAfter(s.ddl(true), "\n")
	for i, l := range strings.SplitAfter(s.ddl(false), "\n") {
		if l == twinLines[i] {
			schema.WriteString(l)
			continue
		}
		ours.WriteString(l)
		twin.WriteString(twinLines[i])
	}
	c.Schema, c.Ours, c.Twin = schema.String(), ours.String(), twin.String()
	c.Live, c.Deleted = s.rows(false), s.rows(true)
	for _, u := range units {
		for i := range u.steps {
			c.Statements = append(c.Statements, u.steps[i].written())
		}
	}
	return c
}

// rows writes INSERTs for the live or the deleted rows.
func (s *schema) rows(dead bool) string {
	var b strings.Builder
	for _, t := range s.tables {
		rows := t.live
		if dead {
			rows = t.dead
		}
		t.insertInto(&b, rows)
	}
	if !dead {
		s.setSequences(&b)
	}
	return b.String()
}

func (s *step) written() CaseStatement {
	text, params := s.sql()
	st := CaseStatement{
		SQL: text, Simple: s.simple, Ordered: s.ordered, Rows: s.returnsRows, Write: s.writes, Scope: s.scope,
		Kind: kindNames[s.kind], Prepared: s.execs > 0, Exempt: s.exempt, Second: s.second, MayRefuse: s.onPurpose, Target: s.target,
	}
	for i := range max(1, s.execs) {
		if len(params) > 0 || s.execs > 0 {
			st.Args = append(st.Args, values(params, i))
		}
	}
	return st
}

// step is the statement as it is run.
func (s *CaseStatement) step() step {
	st := step{
		kind: kind(slices.Index(kindNames, s.Kind)), text: s.SQL, simple: s.Simple, ordered: s.Ordered, returnsRows: s.Rows, writes: s.Write,
		scope: s.Scope, exempt: s.Exempt, second: s.Second, onPurpose: s.MayRefuse, target: s.Target,
	}
	if s.Prepared {
		st.execs = len(s.Args)
	}
	if len(s.Args) > 0 {
		for i := range s.Args[0] {
			p := &param{}
			for _, args := range s.Args {
				p.values = append(p.values, args[i])
			}
			st.params = append(st.params, p)
		}
	}
	return st
}
