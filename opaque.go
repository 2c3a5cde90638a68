package softdelete

import (
	"fmt"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"

	"github.com/softdelete-go/softdelete/internal/lex"
)

// What a statement carries as text, and the server runs as SQL, is opaque to
// the rewriter: DO blocks, function bodies, functions that take a query.

// opaqueFunctions run SQL that they get as text, or read whole tables by name.
// The value says whether a call is harmless when its constant arguments name no
// policy table.
var opaqueFunctions = map[string]bool{
	"query_to_xml":                        true,
	"query_to_xmlschema":                  true,
	"query_to_xml_and_xmlschema":          true,
	"table_to_xml":                        true,
	"table_to_xml_and_xmlschema":          true,
	"schema_to_xml":                       false,
	"schema_to_xml_and_xmlschema":         false,
	"database_to_xml":                     false,
	"database_to_xml_and_xmlschema":       false,
	"ts_stat":                             true,
	"dblink":                              true,
	"dblink_exec":                         true,
	"dblink_open":                         true,
	"dblink_send_query":                   true,
	"crosstab":                            true,
	"crosstab2":                           true,
	"crosstab3":                           true,
	"crosstab4":                           true,
	"crosstabn":                           true,
	"connectby":                           true,
	"xpath_table":                         true,
	"crosstab_hash":                       true,
	"ts_rewrite":                          true,
	"pg_logical_slot_get_changes":         false,
	"pg_logical_slot_peek_changes":        false,
	"pg_logical_slot_get_binary_changes":  false,
	"pg_logical_slot_peek_binary_changes": false,
}

// guardedSettings decide how the server splits text into tokens. With another
// value it would read another statement than the one that was checked.
var guardedSettings = map[string]string{
	"standard_conforming_strings": "on",
	"client_encoding":             "utf8",
}

func (j *job) function(f *pg.FuncCall) {
	if len(f.Funcname) == 0 {
		return
	}
	name := f.Funcname[len(f.Funcname)-1].GetString_().GetSval()
	if name == "set_config" && len(f.Args) > 0 {
		j.shapeless = true
		j.setConfig(f)
		return
	}
	checkArgs, opaque := opaqueFunctions[name]
	if !opaque || name == "ts_rewrite" && len(f.Args) == 3 { // the three-argument form takes no query
		return
	}
	j.shapeless = true
	if checkArgs {
		known := true
		for _, a := range f.Args {
			known = known && j.namesNoTable(a)
		}
		if known {
			return
		}
	}
	j.refuse(f.Location, nil, fmt.Sprintf("%s runs or reads what its arguments name, unseen by the rewriter", name),
		"write the query itself")
}

// attribute refuses what may call a function too, if no column has the name:
// ('SELECT …'::text).ts_stat, and t.ts_stat where t is a function in FROM.
func (j *job) attribute(names []*pg.Node) {
	for _, n := range names {
		name := n.GetString_().GetSval()
		if _, opaque := opaqueFunctions[name]; opaque || name == "set_config" {
			j.refuse(0, nil, fmt.Sprintf("….%s may call the function of that name, unseen by the rewriter", name),
				"write the query itself; a column of that name needs another name")
		}
	}
}

// namesNoTable reports whether an argument is a constant that cannot mean a
// policy table: not its name, and not a number, which may be its oid.
func (j *job) namesNoTable(arg *pg.Node) bool {
	s, ok := constantText(arg)
	if !ok || j.r.names().in(s) {
		return false
	}
	for arg.GetTypeCast() != nil {
		arg = arg.GetTypeCast().Arg
	}
	c := arg.GetAConst()
	return s == "" || c.GetBoolval() != nil || c.GetSval() != nil && strings.Trim(s, "0123456789 ") != ""
}

// setConfig is SET as a function.
func (j *job) setConfig(f *pg.FuncCall) {
	name, ok := constantText(f.Args[0])
	if !ok {
		j.refuse(f.Location, nil, "set_config with a name that is not a constant could change how the server reads text",
			"write the setting's name as a constant")
		return
	}
	value := ""
	if len(f.Args) > 1 {
		value, _ = constantText(f.Args[1])
	}
	j.setting(name, value, f.Location)
}

// setting refuses values under which lexers would disagree.
func (j *job) setting(name, value string, location int32) {
	if strings.EqualFold(name, "search_path") && strings.Contains(strings.ToLower(value), "pg_temp") {
		j.refuse(location, nil, "a search_path that names pg_temp changes which table a temporary table's name means",
			"leave pg_temp out; it is searched first")
		return
	}
	want, guarded := guardedSettings[strings.ToLower(name)]
	if !guarded {
		return
	}
	got := strings.ToLower(strings.ReplaceAll(value, "-", ""))
	if got == want || want == "on" && (got == "true" || got == "1" || got == "yes") || want == "utf8" && got == "unicode" {
		return
	}
	j.refuse(location, nil, fmt.Sprintf("%s other than %s changes how the server reads the texts that follow", name, want),
		fmt.Sprintf("leave %s at %s", name, want))
}

func (j *job) variableSet(s *pg.VariableSetStmt) {
	if s == nil {
		return
	}
	value := ""
	for _, a := range s.Args {
		v, _ := constantText(a)
		value += v + " "
	}
	switch s.Kind {
	case pg.VariableSetKind_VAR_SET_VALUE, pg.VariableSetKind_VAR_SET_CURRENT:
		j.setting(s.Name, strings.TrimSpace(value), 0)
	}
	// DEFAULT and RESET fall back to what the session started with, which the
	// driver checks before each statement.
}

// constantText returns the text of a constant, through casts: 'x', 'x'::text, on, 1.
func constantText(n *pg.Node) (string, bool) {
	for n.GetTypeCast() != nil {
		n = n.GetTypeCast().Arg
	}
	c := n.GetAConst()
	if c == nil {
		return "", false
	}
	switch v := c.Val.(type) {
	case *pg.A_Const_Sval:
		return v.Sval.GetSval(), true
	case *pg.A_Const_Ival:
		return fmt.Sprint(v.Ival.GetIval()), true
	case *pg.A_Const_Fval:
		return v.Fval.GetFval(), true
	case *pg.A_Const_Boolval:
		return fmt.Sprint(v.Boolval.GetBoolval()), true
	}
	return "", c.Isnull
}

// body refuses procedural code that names a policy table, and returns its texts.
func (j *job) body(options []*pg.Node) (codes []string) {
	for _, n := range options {
		d := n.GetDefElem()
		if d == nil || d.Defname != "as" {
			continue
		}
		texts := []*pg.Node{d.Arg}
		if l := d.Arg.GetList(); l != nil {
			texts = l.Items
		}
		for _, t := range texts {
			code := t.GetString_().GetSval()
			codes = append(codes, code)
			if j.r.names().in(code) {
				j.refuse(d.Location, nil, "its body names a soft-deleted table and runs unseen by the rewriter", unwrapped)
			}
		}
	}
	return codes
}

const unwrapped = "send the statements themselves, or use a connection without the driver"

// block refuses a DO, which runs at once, also when it can build statements at
// run time: what those name is unknowable.
func (j *job) block(s *pg.DoStmt) {
	for _, n := range s.Args {
		if d := n.GetDefElem(); d.GetDefname() == "language" {
			if lang := d.Arg.GetString_().GetSval(); lang != "plpgsql" && lang != "sql" {
				j.refuse(d.Location, nil, fmt.Sprintf("what a block of %s does is unknown to the rewriter", lang), unwrapped)
			}
		}
	}
	for _, code := range j.body(s.Args) {
		code = strings.ToLower(code)
		hidden := wordIn(code, "execute") || wordIn(code, "set_config")
		for name := range opaqueFunctions {
			hidden = hidden || wordIn(code, name)
		}
		if hidden {
			j.refuse(0, nil, "its body builds statements at run time, or changes settings, unseen by the rewriter", unwrapped)
		}
	}
}

// nameSet finds policy names in text that is not parsed.
type nameSet struct{ tables *tableSet }

// in reports whether text contains the name of a policy table as a word, in any
// case and quoting. Escaped identifiers (U&"…") count as a hit. A name that is
// not a plain word is looked for as a substring.
func (s nameSet) in(text string) bool {
	lower := strings.ToLower(text)
	if strings.Contains(lower, `u&"`) {
		return true
	}
	for _, t := range s.tables.all {
		name := strings.ToLower(t.name)
		if wordIn(lower, name) || strings.Contains(name, `"`) && strings.Contains(lower, strings.ReplaceAll(name, `"`, `""`)) {
			return true
		}
	}
	return false
}

// wordIn reports whether word stands in text with no identifier character
// around it.
func wordIn(text, word string) bool {
	for from := 0; ; {
		i := strings.Index(text[from:], word)
		if i < 0 {
			return false
		}
		i += from
		end := i + len(word)
		if (i == 0 || !wordByte(text[i-1])) && (end == len(text) || !wordByte(text[end])) {
			return true
		}
		from = i + 1
	}
}

// certainlyHarmless reports whether a text that PostgreSQL's parser does not
// accept can be sent all the same: it names no policy table, in identifiers or in
// strings, and holds no command that acts beyond what it names.
func (r *Rewriter) certainlyHarmless(x *text) bool {
	if !x.begins() {
		return false
	}
	for i, t := range x.toks {
		switch t.Kind {
		case lex.Word, lex.Quoted, lex.UQuoted:
			if x.nameEnd(i) != i {
				return false
			}
			name, ok := lex.Ident(x.sql, t)
			if !ok || r.tables.hasName(name) {
				return false
			}
			if _, guarded := guardedSettings[strings.ToLower(name)]; guarded {
				return false
			}
			if _, opaque := opaqueFunctions[name]; opaque || name == "set_config" {
				return false
			}
			switch t.Keyword {
			case lex.KTRUNCATE, lex.KDO, lex.KEXECUTE, lex.KNAMES, lex.KRESET, lex.KDISCARD:
				return false
			}
		case lex.EString, lex.UString:
			if strings.Contains(x.sql[t.Start:t.End], `\`) || r.names().in(x.sql[t.Start:t.End]) {
				return false
			}
		case lex.String, lex.Dollar:
			if r.names().in(x.sql[t.Start:t.End]) {
				return false
			}
		}
	}
	return true
}

// begins reports whether the text begins as a statement does. What does not may be the
// name of a prepared statement, which pgx accepts in the place of its text, and which
// would run as it was prepared.
func (x *text) begins() bool {
	if len(x.toks) == 0 {
		return true
	}
	first := x.toks[0]
	return x.sql[first.Start:first.End] == "(" || first.Kind == lex.Word && firstWords[strings.ToLower(x.sql[first.Start:first.End])]
}

// firstWords are those that a statement of PostgreSQL can begin with.
var firstWords = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(`abort alter analyse analyze begin call checkpoint close cluster comment commit copy create
		deallocate declare delete discard do drop end execute explain fetch grant import insert listen load lock merge move
		notify prepare reassign refresh reindex release reset revoke rollback savepoint security select set show start table
		truncate unlisten update vacuum values with`) {
		m[w] = true
	}
	return m
}()

// untouched reports whether a statement certainly stays as it is, by its tokens alone: it
// reads and writes rows, of tables that neither the policy nor its foreign keys name,
// and calls nothing that would be refused.
func (r *Rewriter) untouched(x *text) bool {
	if !x.readsRows() || r.unfit != nil {
		return false
	}
	for i, t := range x.toks {
		switch t.Kind {
		case lex.Word, lex.Quoted:
			if t.Keyword == lex.KINTO && !x.is(i-1, lex.KINSERT, lex.KMERGE) {
				return false
			}
			if t.Keyword.Class() == lex.Reserved && x.self(i-1) != '.' {
				continue // no name
			}
			name, ok := lex.Ident(x.sql, t)
			if !ok || r.tables.hasName(name) || r.markers[name] { // USING (deleted_at) is refused
				return false
			}
			if _, opaque := opaqueFunctions[name]; opaque || name == "set_config" {
				return false
			}
		case lex.UQuoted, lex.Other:
			return false
		}
	}
	return true
}

func (r *Rewriter) names() nameSet { return nameSet{r.tables} }
