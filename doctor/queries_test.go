package doctor_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/doctor"
)

func TestQueries(t *testing.T) {
	p := softdelete.Policy{Tables: []softdelete.Table{{Name: "users"}}}
	for _, c := range []struct {
		what, file string
		want       []string
	}{
		{"nothing", "", nil},
		{"SQL", "SELECT 1;\n\nSELECT * FROM users; DELETE FROM users WHERE id = $1;\nTRUNCATE users", []string{"1 passes", "3 filtered", "3 rewritten", "4 refused"}},
		{"SQL that begins like CSV", "SELECT query, 1\nFROM users", []string{"1 filtered"}},
		{"a byte order mark", "\ufeffSELECT * FROM users", []string{"1 filtered"}},
		{"CSV", "calls,Query\n1,\"SELECT '\"\"',\n* FROM users\"\n2,UPDATE users SET id = 1; SELECT 1\n", []string{"2 filtered", "4 rewritten", "4 passes"}},
		{"CSV with a byte order mark", "\ufeffquery\nSELECT * FROM users\n", []string{"2 filtered"}},
		{"what reads and writes", "INSERT INTO logs SELECT * FROM users; COPY users TO STDOUT", []string{"1 rewritten", "1 filtered"}},
		{"what does not parse", "SELECT * FORM users", []string{"1 refused"}},
	} {
		verdicts, err := doctor.Queries(context.Background(), p, strings.NewReader(c.file))
		if err != nil {
			t.Errorf("%s: %v", c.what, err)
		}
		var got []string
		for _, v := range verdicts {
			got = append(got, strconv.Itoa(v.Line)+" "+string(v.Verdict))
			if (v.Verdict == doctor.Refused) != (v.Why != "") || (v.Verdict == doctor.Filtered || v.Verdict == doctor.Rewritten) != (v.Result != "") {
				t.Errorf("%s: %+v", c.what, v)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, expected %q", c.what, got, c.want)
		}
	}
}

func TestQueriesFail(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	p := softdelete.Policy{Tables: []softdelete.Table{{Name: "users"}}}
	if _, err := doctor.Queries(ctx, p, strings.NewReader("SELECT 1")); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled context: %v", err)
	}
	if _, err := doctor.Queries(context.Background(), softdelete.Policy{Discover: true}, strings.NewReader("SELECT 1")); err == nil {
		t.Error("a policy to be completed is accepted")
	}
	if _, err := doctor.Queries(context.Background(), p, strings.NewReader("query,calls\nSELECT 1\n")); err == nil {
		t.Error("a row that is too short is accepted")
	}
}
