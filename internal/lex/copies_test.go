package lex

import (
	"math"
	"strings"
	"testing"

	pg_query "github.com/pganalyze/pg_query_go/v5"
	"google.golang.org/protobuf/reflect/protoreflect"
)

func messages(m protoreflect.Message) int {
	n := 1
	m.Range(func(field protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case field.Kind() != protoreflect.MessageKind:
		case field.IsList():
			for i := range v.List().Len() {
				n += messages(v.List().Get(i).Message())
			}
		default:
			n += messages(v.Message())
		}
		return true
	})
	return n
}

func copiesOf(t *testing.T, sql string) (copies, tokens int) {
	t.Helper()
	scanned, err := Scan(sql, nil)
	if err != nil {
		t.Fatal(err)
	}
	return Copies(scanned, sql), len(scanned)
}

var copying = []string{
	"(WITH w AS (UPDATE t SET (a, b) = (SELECT §)) SELECT)",
	"(WITH w AS (UPDATE t SET (a, b, c) = (§)) SELECT)",
	"(WITH w AS (UPDATE t SET d = e, (a[1], b.c) = ROW (f, §)) SELECT)",
	"(WITH w AS (UPDATE t SET (a, b) = (c, d), (e, f) /* ) */ = -- (\n§) SELECT)",
	"(WITH w AS (INSERT INTO t VALUES (1) ON CONFLICT (a) DO UPDATE SET (b, c) = (d, §)) SELECT)",
	"(SELECT FROM t WHERE (a, b) = (c, §))", // copies nothing, but looks like it
}

// No other part of the grammar is known to repeat anything: all templates must
// make trees in proportion to their tokens and the copies foretold.
func TestCopiesBoundsTheTree(t *testing.T) {
	check := func(sql string) {
		t.Helper()
		tree, err := pg_query.Parse(sql)
		if err != nil {
			return // too many brackets for PostgreSQL's parser
		}
		copies, tokens := copiesOf(t, sql)
		if n := messages(tree.ProtoReflect()); n > 7*(tokens+copies)+20 {
			t.Errorf("%d messages for %d tokens and %d copies: %.300s", n, tokens, copies, sql)
		}
	}
	for _, kind := range []struct {
		host, core string
		templates  []string
	}{
		{"SELECT §", "a", append(copying, exprTemplates...)},
		{"§", "SELECT 1, 2", selectTemplates},
		{"SELECT 1, 2 FROM z, §", "a", fromTemplates},
		{"§", "SELECT 1", functionTemplates},
	} {
		for _, template := range kind.templates {
			for _, n := range []int{1, 2, 9} {
				check(nest(nest(kind.core, n, template), 1, kind.host))
			}
		}
	}
	for _, host := range hosts {
		check(nest("a"+strings.Repeat(" + f(b)", 100), 1, host))
	}
}

func TestCopies(t *testing.T) {
	columns := strings.Repeat("a, ", 299) + "a"
	for _, c := range []struct {
		name, sql string
		want      int
	}{
		{"none", "UPDATE t SET a = 1, b = (SELECT 2) WHERE (c) = (d)", 0},
		// The three tokens (1) and the comma once more, but not what follows.
		{"two columns", "UPDATE t SET (a, b) = (1), c = 2", 4},
		{"other statement", "UPDATE t SET (a, b) = (1); SELECT 1", 4},
		{"300 columns", "UPDATE t SET (" + columns + ") = (SELECT " + columns + " FROM t)", 299 * 604},
		// The inner 1 and ) are there four times, all else after the outer = twice.
		{"nested", nest("1", 2, "(UPDATE t SET (a, b) = §)"), 10 + 3*2 + 1},
		{"no end", nest("1", 64, "(UPDATE t SET (a, b) = §)"), math.MaxInt32},
	} {
		if got, _ := copiesOf(t, c.sql); got != c.want {
			t.Errorf("%s: Copies = %d, want %d", c.name, got, c.want)
		}
	}
}
