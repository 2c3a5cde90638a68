package sqlsplit

import (
	"slices"
	"testing"
)

func TestSplit(t *testing.T) {
	for _, c := range []struct {
		in   string
		want []string
	}{
		{"a; b", []string{"a", "b"}},
		{"SELECT ';'; SELECT \"a;\"\"b\"", []string{"SELECT ';'", "SELECT \"a;\"\"b\""}},
		{"SELECT E'\\';'; x", []string{"SELECT E'\\';'", "x"}},
		{"SELECT type'\\'; x", []string{"SELECT type'\\'", "x"}},
		{"SELECT $$;$$; SELECT $a$ $$ ; $a$", []string{"SELECT $$;$$", "SELECT $a$ $$ ; $a$"}},
		{"a /* ; /* ; */ ; */; b -- ;\n", []string{"a /* ; /* ; */ ; */", "b -- ;"}},
		{"-- only a comment\n;;", nil},
		{"\\set x 1\na;\n\\q", []string{"a"}},
		{"CREATE RULE r AS ON INSERT TO t DO (a; b); c", []string{"CREATE RULE r AS ON INSERT TO t DO (a; b)", "c"}},
		{"COPY t FROM stdin;\n1\t;\n\\.\nSELECT 1;", []string{"SELECT 1"}},
		{"-- Data; of t\nCOPY t (a)\nFROM stdin WITH (x);\n1\t;\n\\.\nSELECT 1;", []string{"SELECT 1"}},
		{"SELECT $1; SELECT a$b$c; x", []string{"SELECT $1", "SELECT a$b$c", "x"}},
		{
			"CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN a THEN 1 END; SELECT 2; END; BEGIN; x; END; y",
			[]string{"CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN a THEN 1 END; SELECT 2; END", "BEGIN", "x", "END", "y"},
		},
	} {
		var got []string
		for _, s := range Split(c.in) {
			got = append(got, s.SQL)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, expected %q", c.in, got, c.want)
		}
	}
}

func TestSplitCountsLines(t *testing.T) {
	const file = "-- name: A :one\nSELECT 1;\n\n/* b\n */ SELECT '\n\n';\nCOPY t FROM stdin;\n1\n2\n\\.\nSELECT\n3; SELECT 4;\n"
	want := []Statement{
		{"-- name: A :one\nSELECT 1", 2},
		{"/* b\n */ SELECT '\n\n'", 5},
		{"SELECT\n3", 12},
		{"SELECT 4", 13},
	}
	if got := Split(file); !slices.Equal(got, want) {
		t.Errorf("%q, expected %q", got, want)
	}
}
