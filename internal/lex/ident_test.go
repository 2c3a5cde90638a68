package lex

import (
	"strings"
	"testing"
	"unicode/utf8"

	pg_query "github.com/pganalyze/pg_query_go/v5"
)

// label returns the column label that PostgreSQL's parser makes of an identifier.
func label(ident string) (string, error) {
	tree, err := pg_query.Parse("SELECT 1 AS " + ident)
	if err != nil {
		return "", err
	}
	return tree.Stmts[0].Stmt.GetSelectStmt().TargetList[0].GetResTarget().Name, nil
}

var identifiers = []string{
	"a", "A", "aB1_$", "_", "_1", "É", "éÉ", "ÄbC", "İ", "日本", "K", "select", "SELECT", "Between", "NULL",
	`"a"`, `"A"`, `"a""b"`, `""""`, `"""a"""`, `"é"`, `" "`, `"select"`, `"\0061"`, "\"a\nb\"",
	`U&"a"`, `u&"A"`, `U&"\0061"`, `U&"\0041b"`, `U&"\+000061"`, `U&"\\"`, `U&"\\0061"`, `U&"a""b"`, `U&"\00e9"`,
	`U&"\+01F600"`, `U&"\d83d\de00"`, `U&"\D83D\+00DE00"`, `U&"\+00d83d\de00x"`, `U&"\FFFF"`, `U&"\+10FFFF"`, `U&"\0022"`,
	`U&"é\0061é"`, `U&"\0061\0062\0063"`,
	// cut to 63 bytes, at the end of a character and after decoding
	strings.Repeat("A", 63), strings.Repeat("A", 64), strings.Repeat("a", 64),
	strings.Repeat("a", 62) + "é", strings.Repeat("a", 61) + "é", strings.Repeat("é", 32),
	strings.Repeat("a", 61) + "日", strings.Repeat("a", 60) + "日", strings.Repeat("a", 60) + "\U0001F600x", strings.Repeat("日", 21) + "a",
	`"` + strings.Repeat("A", 64) + `"`, `"` + strings.Repeat("a", 62) + `""b"`, `"` + strings.Repeat(`""`, 64) + `"`, `"` + strings.Repeat("a", 62) + `é"`,
	`U&"` + strings.Repeat(`\0061`, 63) + `"`, `U&"` + strings.Repeat(`\0061`, 64) + `"`, `U&"` + strings.Repeat(`\00e9`, 32) + `"`,
	// what only U& refuses
	`U&"\"`, `U&"\0"`, `U&"\006"`, `U&"\006g"`, `U&"\+00061"`, `U&"\+"`, `U&"\x"`, `U&"\u0061"`, `U&"\0000"`, `U&"\+110000"`, `U&"\+FFFFFF"`,
	`U&"\d83d"`, `U&"\d83dx"`, `U&"\d83d\\"`, `U&"\d83d\0061"`, `U&"\d83d\d83d"`, `U&"\de00"`, `U&"\d83d\+01F600"`,
}

func TestIdentEqualsParse(t *testing.T) {
	refused := 0
	for _, ident := range identifiers {
		tokens, err := Scan(ident, nil)
		if err != nil || len(tokens) != 1 {
			t.Errorf("Scan(%q) = %v, %v; want one token", ident, tokens, err)
			continue
		}
		got, ok := Ident(ident, tokens[0])
		want, err := label(ident)
		if ok != (err == nil) || ok && got != want {
			t.Errorf("Ident(%q) = %q, %t; want %q, %v", ident, got, ok, want, err)
		}
		if err != nil {
			refused++
		}
		if tokens[0].Kind == Word && Fold(ident) != want {
			t.Errorf("Fold(%q) = %q, want %q", ident, Fold(ident), want)
		}
	}
	if refused != 18 {
		t.Errorf("PostgreSQL refuses %d of the identifiers, want 18", refused)
	}
}

func TestIdentOfOtherKinds(t *testing.T) {
	const sql = `'a' E'a' $$a$$ U&'a' B'1' X'1' 1 1.5 $1 || , :: -- a`
	tokens, err := Scan(sql, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, token := range tokens {
		if name, ok := Ident(sql, token); ok {
			t.Errorf("Ident of %q = %q", sql[token.Start:token.End], name)
		}
	}
}

// The N of N'x' is the keyword nchar, not a column n.
func TestIdentOfNationalPrefix(t *testing.T) {
	tokens, err := Scan("N'x'", nil)
	if err != nil {
		t.Fatal(err)
	}
	if name, ok := Ident("N'x'", tokens[0]); !ok || name != "nchar" {
		t.Errorf("Ident = %q, %t", name, ok)
	}
}

func TestQuoteIdentEqualsPostgres(t *testing.T) {
	names := []string{
		"a", "_", "a1", "_1", "A", "aB", "1a", "1", "a b", "a$", "$", "a.b", "a-b", `a"b`, `"`, `""`, "'", `\`, "é", "日本", " ", "a\nb", "selects",
		"deleted_at", "Deleted_At", "SELECT", "Name",
	}
	for _, k := range keywords[1:] {
		names = append(names, k.spelling)
	}
	for _, name := range names {
		// pg_query's deparser has PostgreSQL's quote_identifier.
		tree, err := pg_query.Parse(`SELECT FROM "` + strings.ReplaceAll(name, `"`, `""`) + `"`)
		if err != nil {
			t.Fatal(err)
		}
		sql, err := pg_query.Deparse(tree)
		if err != nil {
			t.Fatal(err)
		}
		want, ok := strings.CutPrefix(sql, "SELECT FROM ")
		if got := QuoteIdent(name); !ok || got != want {
			t.Errorf("QuoteIdent(%q) = %s, want %s", name, got, want)
		}
	}
	if got := QuoteIdent(""); got != `""` {
		t.Errorf(`QuoteIdent("") = %s`, got)
	}
}

// A quoted name is that name again wherever a table or a column may be named.
func TestQuoteIdentRoundTrip(t *testing.T) {
	for _, k := range keywords[1:] {
		q := QuoteIdent(k.spelling)
		tree, err := pg_query.Parse("CREATE TABLE " + q + " (" + q + " int)")
		if err != nil {
			t.Errorf("%s: %v", q, err)
			continue
		}
		stmt := tree.Stmts[0].Stmt.GetCreateStmt()
		if stmt.Relation.Relname != k.spelling || stmt.TableElts[0].GetColumnDef().Colname != k.spelling {
			t.Errorf("%s is read as table %q, column %q", q, stmt.Relation.Relname, stmt.TableElts[0].GetColumnDef().Colname)
		}
	}
}

func FuzzIdent(f *testing.F) {
	for _, ident := range identifiers {
		f.Add(ident)
	}
	f.Fuzz(func(t *testing.T, ident string) {
		tokens, err := Scan(ident, nil)
		if err != nil || len(tokens) != 1 || tokens[0].Kind > UQuoted {
			return
		}
		got, ok := Ident(ident, tokens[0])
		want, err := label(ident)
		if ok != (err == nil) || ok && got != want {
			t.Errorf("Ident(%q) = %q, %t; want %q, %v", ident, got, ok, want, err)
		}
	})
}

func FuzzQuoteIdent(f *testing.F) {
	for _, name := range []string{"a", "A", `"`, "select", "é", "a\x01", "$1"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if name == "" || len(name) > maxNameLen || !utf8.ValidString(name) || strings.IndexByte(name, 0) >= 0 {
			return // no name of an object
		}
		quoted := QuoteIdent(name)
		tokens, err := Scan(quoted, nil)
		if err != nil || len(tokens) != 1 {
			t.Fatalf("QuoteIdent(%q) = %s is %v, %v", name, quoted, tokens, err)
		}
		if got, ok := Ident(quoted, tokens[0]); !ok || got != name {
			t.Errorf("QuoteIdent(%q) = %s, which is %q", name, quoted, got)
		}
	})
}
