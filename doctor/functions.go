package doctor

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"

	"github.com/softdelete-go/softdelete/internal/lex"
	"github.com/softdelete-go/softdelete/internal/sqlsplit"
)

// function is one whose body is text, or SQL.
type function struct {
	Name       string `json:"name"`
	Language   string `json:"language"`
	Source     string `json:"source"`
	Body       string `json:"body"` // of BEGIN ATOMIC or RETURN, as the server prints it
	Definition string `json:"definition"`
}

const functionsQuery = `
SELECT p.oid::pg_catalog.regprocedure::text AS name, l.lanname AS language, p.prosrc AS source,
  pg_catalog.pg_get_function_sqlbody(p.oid) AS body, pg_catalog.pg_get_functiondef(p.oid) AS definition
FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_language l ON l.oid = p.prolang JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
WHERE p.prokind IN ('f', 'p', 'w') AND l.lanname NOT IN ('internal', 'c') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e WHERE e.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND e.objid = p.oid AND e.deptype = 'e')`

func (x *examination) functions() error {
	functions, err := ask[function](x, functionsQuery)
	if err != nil {
		return err
	}
	for _, f := range functions {
		if f.Language == "sql" {
			if text, tree := f.sql(); tree != nil {
				x.sqlFunction(f, text, tree)
				continue
			}
		}
		x.textFunction(f)
	}
	return nil
}

var atomicBody = regexp.MustCompile(`(?is)^\s*BEGIN ATOMIC\s(.*)\sEND\s*$`)

// sql returns the statements of a function in SQL, as they stand in its definition.
func (f function) sql() (string, *pg.ParseResult) {
	text := f.Source
	if m := atomicBody.FindStringSubmatch(f.Body); m != nil {
		text = m[1]
	} else if expr, ok := strings.CutPrefix(strings.TrimSpace(f.Body), "RETURN "); ok {
		text = "SELECT " + expr
	}
	tree, err := pg.Parse(text)
	if err != nil {
		return "", nil
	}
	return text, tree
}

// rewritersPrefix begins the names in statements that follow foreign keys. Such a
// statement, from a remedy, is not one to be rewritten again.
const rewritersPrefix = "_sd_"

func (x *examination) sqlFunction(f function, text string, tree *pg.ParseResult) {
	got, err := x.rewriter.Rewrite(context.Background(), text)
	if err == nil && got == text {
		return
	}
	switch u := x.analyse(tree); {
	case len(u.deletes) > 0:
		x.add("SD201", f.Name, fmt.Sprintf("The function %s really deletes from %s.", f.Name, tableNames(u.deletes)), x.rewrittenFunction(f, text))
	case len(u.unfiltered) > 0:
		x.add("SD202", f.Name, fmt.Sprintf("The function %s sees deleted rows of %s.", f.Name, tableNames(u.unfiltered)), x.rewrittenFunction(f, text))
	case err != nil && !strings.Contains(text, rewritersPrefix):
		x.add("SD203", f.Name, fmt.Sprintf("Whether the function %s sees deleted rows cannot be told: %v.", f.Name, err), comment("Read "+f.Name+"; then ignore this finding: SD203:"+f.Name))
	}
}

// rewrittenFunction is the definition with the statements rewritten.
func (x *examination) rewrittenFunction(f function, text string) string {
	byHand := func(why string) string {
		return comment("Write the body of " + f.Name + " by hand" + why)
	}
	var statements []string
	for _, s := range sqlsplit.Split(text) {
		got, err := x.rewriter.Rewrite(context.Background(), s.SQL)
		if err != nil {
			return byHand(": " + err.Error())
		}
		statements = append(statements, "  "+got)
	}
	at := strings.LastIndex(f.Definition, text)
	if at < 0 {
		return byHand("; its statements become:\n" + strings.Join(statements, ";\n") + ";")
	}
	definition := f.Definition[:at] + "\n" + strings.Join(statements, ";\n") + ";\n" + f.Definition[at+len(text):]
	return strings.TrimSpace(definition) + ";"
}

// textFunction looks for names in a text that is not SQL, or cannot be parsed.
func (x *examination) textFunction(f function) {
	text := withoutComments(f.Source)
	var deletes, reads, aware []*table
	for _, t := range x.tables {
		switch mention := t.mentioned(text); {
		case mention == mentionedInDelete:
			deletes = append(deletes, t)
		case mention == notMentioned:
		case wordPattern(t.column).MatchString(text):
			aware = append(aware, t)
		default:
			reads = append(reads, t)
		}
	}
	byHand := func(tables []*table) string { return comment(handwork(f, tables)) }
	switch {
	case len(deletes) > 0:
		x.add("SD201", f.Name, fmt.Sprintf("The function %s names %s in a DELETE or TRUNCATE, which is a real one.", f.Name, tableNames(deletes)), byHand(deletes))
	case len(reads) > 0:
		x.add("SD202", f.Name, fmt.Sprintf("The function %s names %s, and sees deleted rows there.", f.Name, tableNames(reads)), byHand(reads))
	case len(aware) > 0:
		x.add("SD203", f.Name, fmt.Sprintf("The function %s names %s and the marker. Whether it filters wherever it reads cannot be told.", f.Name, tableNames(aware)), byHand(aware))
	}
	if f.Language == "plpgsql" && runsText(text) {
		x.add("SD204", f.Name, fmt.Sprintf("The function %s runs SQL that it puts together, by EXECUTE. What it deletes and reads cannot be known.", f.Name),
			comment("Read "+f.Name+"; then ignore this finding: SD204:"+f.Name))
	}
}

func handwork(f function, tables []*table) string {
	lines := []string{"Read " + f.Name + ". Where it reads or updates a table, the condition of live rows is needed, and a DELETE becomes an UPDATE:"}
	for _, t := range tables {
		lines = append(lines, fmt.Sprintf("  %s: %s; UPDATE %s SET %s = %s WHERE (…) AND %s",
			t.SQL, t.live(""), t.SQL, quote(t.column), t.deletedValue(), t.live("")))
	}
	return strings.Join(lines, "\n")
}

var execute = regexp.MustCompile(`(?i)(?:^|[^\pL\pN_$".])execute(?:\s+([\pL_]*)|[^\pL\pN_$"\s])`)

// runsText reports whether a body in PL/pgSQL has EXECUTE as a statement; CREATE
// TRIGGER has EXECUTE FUNCTION.
func runsText(body string) bool {
	return slices.ContainsFunc(execute.FindAllStringSubmatch(body, -1), func(m []string) bool {
		return !strings.EqualFold(m[1], "function") && !strings.EqualFold(m[1], "procedure")
	})
}

// withoutComments blanks comments where the text can be taken apart as SQL.
func withoutComments(text string) string {
	tokens, err := lex.Scan(text, nil)
	if err != nil {
		return text
	}
	blank := []byte(text)
	for _, t := range tokens {
		if t.Kind == lex.LineComment || t.Kind == lex.BlockComment {
			for i := t.Start; i < t.End; i++ {
				blank[i] = ' '
			}
		}
	}
	return string(blank)
}

type mention uint8

const (
	notMentioned mention = iota
	mentionedInInsert
	mentionedElsewhere
	mentionedInDelete
)

// mentioned returns the gravest way in which a text has the table's name. Strings
// count, for they may be executed.
func (t *table) mentioned(text string) mention {
	gravest, name := notMentioned, wordPattern(t.Name)
	for from := 0; ; {
		at := name.FindStringSubmatchIndex(text[from:])
		if at == nil {
			break
		}
		schema, before := "", text[:from+at[4]]
		if at[2] >= 0 {
			schema = strings.TrimRight(text[from+at[2]:from+at[3]], ". \t\r\n")
			before = text[:from+at[2]]
		}
		from += at[5]
		if strings.HasPrefix(schema, `"`) {
			schema, _ = unquote(schema)
		}
		if schema != "" && !strings.EqualFold(schema, t.Schema) {
			continue
		}
		switch {
		case destroying.MatchString(before):
			return mentionedInDelete
		case inserting.MatchString(before) && !upsert.MatchString(text):
			gravest = max(gravest, mentionedInInsert)
		default:
			gravest = max(gravest, mentionedElsewhere)
		}
	}
	if gravest == mentionedInInsert {
		return notMentioned
	}
	return gravest
}

var (
	destroying = regexp.MustCompile(`(?i)(?:delete\s+from|truncate(?:\s+table)?)\s+(?:only\s+)?["']?$`)
	upsert     = regexp.MustCompile(`(?i)on\s+conflict`)
	inserting  = regexp.MustCompile(`(?i)insert\s+into\s+"?$`)
)

// wordPattern finds a name as a word, in any case, with what qualifies it as the first
// group and the name as the second. A name that SQL has to quote is found in quotes only:
// ORDER BY is about no table.
func wordPattern(name string) *regexp.Regexp {
	word := regexp.QuoteMeta(strings.ReplaceAll(name, `"`, `""`))
	if quote(name) == name {
		word = `"?` + word + `"?`
	} else {
		word = `["']` + word + `["']`
	}
	return regexp.MustCompile(`(?i)(?:^|[^\pL\pN_$".])((?:"(?:[^"]|"")+"|[\pL_][\pL\pN_$]*)\s*\.\s*)?(` + word + `)(?:$|[^\pL\pN_$"])`)
}
