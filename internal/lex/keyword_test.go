package lex

import (
	"strings"
	"testing"

	pg_query "github.com/pganalyze/pg_query_go/v5"
)

// The tokens of pg_query that are no keywords. All others must have one, or
// the generated list is stale.
var notKeywords = map[pg_query.Token]bool{
	pg_query.Token_IDENT: true, pg_query.Token_UIDENT: true, pg_query.Token_FCONST: true, pg_query.Token_SCONST: true,
	pg_query.Token_USCONST: true, pg_query.Token_BCONST: true, pg_query.Token_XCONST: true, pg_query.Token_Op: true,
	pg_query.Token_ICONST: true, pg_query.Token_PARAM: true, pg_query.Token_TYPECAST: true, pg_query.Token_DOT_DOT: true,
	pg_query.Token_COLON_EQUALS: true, pg_query.Token_EQUALS_GREATER: true, pg_query.Token_LESS_EQUALS: true,
	pg_query.Token_GREATER_EQUALS: true, pg_query.Token_NOT_EQUALS: true, pg_query.Token_SQL_COMMENT: true, pg_query.Token_C_COMMENT: true,
	// made by the parser, not the scanner
	pg_query.Token_FORMAT_LA: true, pg_query.Token_NOT_LA: true, pg_query.Token_NULLS_LA: true, pg_query.Token_WITH_LA: true, pg_query.Token_WITHOUT_LA: true,
	pg_query.Token_MODE_TYPE_NAME: true, pg_query.Token_MODE_PLPGSQL_EXPR: true, pg_query.Token_MODE_PLPGSQL_ASSIGN1: true,
	pg_query.Token_MODE_PLPGSQL_ASSIGN2: true, pg_query.Token_MODE_PLPGSQL_ASSIGN3: true, pg_query.Token_UMINUS: true,
}

func TestEveryKeywordIsKnown(t *testing.T) {
	missing := map[pg_query.Token]bool{}
	values := pg_query.Token(0).Descriptor().Values()
	for i := range values.Len() {
		if n := pg_query.Token(values.Get(i).Number()); n > 255 && !notKeywords[n] {
			missing[n] = true
		}
	}
	for _, k := range keywords[1:] {
		r, err := pg_query.Scan(k.spelling)
		if err != nil {
			t.Fatal(err)
		}
		if !missing[r.Tokens[0].Token] || class(r.Tokens[0].KeywordKind) != k.class {
			t.Errorf("%s is %v", k.spelling, r.Tokens[0])
		}
		delete(missing, r.Tokens[0].Token)
	}
	if len(missing) != 0 {
		t.Errorf("not in keywords_gen.go: %v", missing)
	}
}

func TestLookupKeyword(t *testing.T) {
	for i := range keywords {
		k := Keyword(i)
		if k == NoKeyword {
			continue
		}
		upper := strings.ToUpper(k.String())
		for _, s := range []string{k.String(), upper, upper[:1] + k.String()[1:]} {
			if got := LookupKeyword(s); got != k {
				t.Errorf("LookupKeyword(%q) = %v", s, got)
			}
		}
		for _, s := range []string{k.String() + "x", "x" + k.String(), k.String() + " "} {
			if got := LookupKeyword(s); got != NoKeyword {
				t.Errorf("LookupKeyword(%q) = %v", s, got)
			}
		}
	}
	// U+017F and U+212A fold to s and k in Unicode, not in PostgreSQL.
	for _, s := range []string{"", "ſelect", "lin\u212a", strings.Repeat("select", 20), "null_p"} {
		if got := LookupKeyword(s); got != NoKeyword {
			t.Errorf("LookupKeyword(%q) = %v", s, got)
		}
	}
	if n := testing.AllocsPerRun(100, func() { LookupKeyword("CURRENT_TIMESTAMP") }); n != 0 {
		t.Errorf("LookupKeyword allocates %v times", n)
	}
	if k := Keyword(len(keywords)); k.String() != "" || k.Class() != NotKeyword {
		t.Errorf("unknown keyword is %q, class %d", k, k.Class())
	}
}
