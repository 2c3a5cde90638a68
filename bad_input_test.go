package softdelete

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// What would crash the parser, or make it read another statement than the
// server, is refused before the parser sees it.
func TestHostileTextIsRefused(t *testing.T) {
	r, err := NewRewriter(Policy{Tables: []Table{{Name: "users"}}}, CacheSize(0))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, sql, why string }{
		{"NUL ends the text for the C parser", "delete from users\x00 where id = 3", "NUL"},
		{"invalid UTF-8", "select '\xff' from users", "UTF8"},
		{"100,000 chained operators", "select 1" + strings.Repeat("+1", 100_000) + " from users", "levels deep"},
		{"100,000 prefix operators", "select " + strings.Repeat("- ", 100_000) + "1 from users", "levels deep"},
		{"100,000 NOT", "select " + strings.Repeat("not ", 100_000) + "true from users", "levels deep"},
		{"100,000 casts", "select 1" + strings.Repeat("::int", 100_000) + " from users", "levels deep"},
		{"100,000 UNION", "select 1 from users" + strings.Repeat(" union select 1", 100_000), "levels deep"},
		{"100,000 JOIN", "select 1 from users" + strings.Repeat(" cross join users", 100_000), "levels deep"},
		{"100,000 nested CASE", "select " + strings.Repeat("case when true then ", 100_000) + "1" + strings.Repeat(" end", 100_000) + " from users", "levels deep"},
		{"1 MB of nested parentheses", "select " + strings.Repeat("(", 500_000) + "1" + strings.Repeat(")", 500_000) + " from users", "levels deep"},
		{"1 MB of opening parentheses", "select from users where " + strings.Repeat("(", 1_000_000), "levels deep"},
		{"nested sub-selects", strings.Repeat("select (", 50_000) + "select 1 from users" + strings.Repeat(")", 50_000), "levels deep"},
		{"an unterminated string", "delete from users where name = 'x", "unterminated"},
		{"an unterminated comment", "delete from users /* where id = 3", "unterminated"},
		{"no SQL at all", "users, please", "syntax error"},
		{"syntax of a later server", "merge into users u using x on true when not matched by source then delete", "syntax of PostgreSQL 17"},
	}
	nested := "SELECT * FROM a"
	for range 60 {
		nested = "SELECT *,*,*,*,*,*,*,*,*,* FROM (" + nested + ") x"
	}
	tests = append(tests, struct{ name, sql, why string }{
		"a NATURAL JOIN over nested stars", "SELECT 1 FROM users NATURAL JOIN (" + nested + ") z", "NATURAL JOIN",
	})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out, err := r.Rewrite(context.Background(), tt.sql)
			var refused *RefusedError
			if !errors.As(err, &refused) {
				t.Fatalf("got %.100q, %v; want a refusal", out, err)
			}
			if !strings.Contains(err.Error(), tt.why) {
				t.Errorf("got %q, want a refusal for %q", err, tt.why)
			}
			if refused.Instead == "" {
				t.Errorf("no remedy in %q", err)
			}
			if len(err.Error()) > 1000 {
				t.Errorf("the error has %d bytes", len(err.Error()))
			}
		})
	}
}

// Their negative twins: large and ordinary.
func TestLargeTextIsAccepted(t *testing.T) {
	r, err := NewRewriter(Policy{Tables: []Table{{Name: "users"}}}, CacheSize(0))
	if err != nil {
		t.Fatal(err)
	}
	joined := "SELECT * FROM t0"
	for i := range 40 {
		joined += fmt.Sprintf(" NATURAL JOIN t%d", i+1)
	}
	chain := "WITH c0 AS (SELECT * FROM t)"
	for i := range 40 {
		chain += fmt.Sprintf(", c%d AS (SELECT * FROM c%d x, c%d y)", i+1, i, i)
	}
	for name, sql := range map[string]string{
		"a long NATURAL JOIN of other tables":  joined + "; SELECT * FROM users",
		"a NATURAL JOIN of a chain of queries": chain + " SELECT * FROM c40 NATURAL JOIN b; SELECT * FROM users",
		"100,000 rows":                         "insert into users (id, x) values (1, -1)" + strings.Repeat(", (2, -2 + 1)", 100_000),
		"an IN list of 100,000":                "select * from users where id in (1" + strings.Repeat(", 2", 100_000) + ")",
		"an AND chain of 5,000 conditions":     "select * from users where id = 1" + strings.Repeat(" and id <> 2", 5_000),
		"an OR chain of 5,000 conditions":      "select * from users where id = 1" + strings.Repeat(" or id = 2", 5_000),
		"500 chained operators":                "select 1" + strings.Repeat("+1", 500) + " from users",
		"a string of 1 MB":                     "select '" + strings.Repeat("x", 1<<20) + "' from users",
		"1,000 statements":                     strings.Repeat("select * from users;", 1_000),
	} {
		t.Run(name, func(t *testing.T) {
			out, err := r.Rewrite(context.Background(), sql)
			if err != nil {
				t.Fatalf("%.300s", err.Error())
			}
			if strings.HasPrefix(sql, "insert") != (out == sql) {
				t.Errorf("changed: %v", out != sql)
			}
		})
	}
}
