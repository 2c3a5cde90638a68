package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCommand(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	schema := file("schema.sql", "CREATE TABLE t (id int PRIMARY KEY);\nINSERT INTO t SELECT generate_series(1, 50);")
	queries := file("queries.sql", "SELECT count(*) FROM t;\nSELECT * FROM t WHERE id = $1;\nTRUNCATE t;")
	diverging := file("diverging.sql", `--: policy
-- tables:
--   - name: t
--: schema
CREATE TABLE t (id int PRIMARY KEY, deleted_at timestamptz);
--: statement rows
SELECT current_database() ~ 'ours';
`)
	for _, c := range []struct {
		name string
		args []string
		code int
		want []string // in the output, stderr included
	}{
		{"no command", nil, 2, []string{"Usage:"}},
		{"help", []string{"help"}, 0, []string{"Usage:"}},
		{"unknown command", []string{"walk"}, 2, []string{"Usage:"}},
		{"replay without queries", []string{"replay", "--schema", schema}, 2, []string{"both --schema and --queries"}},
		{"missing file", []string{"replay", "--schema", schema, "--queries", "nowhere.sql"}, 2, []string{"nowhere.sql"}},
		{"share out of range", []string{"replay", "--schema", schema, "--queries", queries, "--dead", "2"}, 2, []string{"from 0 to 1"}},
		{
			"own workload",
			[]string{"replay", "--schema", schema, "--queries", queries},
			0,
			[]string{"skipped: it has parameters", "refused: TRUNCATE", "3 statements: 1 equal, 1 refused, 1 skipped, 0 diverge"},
		},
		{"a case that diverges", []string{"replay", diverging}, 1, []string{"DIVERGES (rows)", "only ours:       true"}},
		{"generated", []string{"run", "--seed", "7", "--n", "60", "--workers", "1"}, 0, []string{"seed 7:", "statements/s", "divergences: 0"}},
		{"several seeds", []string{"run", "--seed", "7-8", "--n", "1"}, 0, []string{"seeds 7 to 8:", "2 complete episodes", "divergences: 0"}},
		{"foreign keys", []string{"cascades", "--seed", "7", "--deletes", "60", "--workers", "1"}, 0, []string{"seed 7:", "restores: ", "faults: 0"}},
		{"foreign keys and an argument", []string{"cascades", "7"}, 2, []string{"takes no argument"}},
		{"a seed that is none", []string{"run", "--seed", "x"}, 2, []string{"--seed", "1-50"}},
		{"seeds backwards", []string{"run", "--seed", "8-7"}, 2, []string{"--seed", "1-50"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out strings.Builder
			if code := run(context.Background(), c.args, &out, &out); code != c.code {
				t.Errorf("exit code %d, expected %d", code, c.code)
			}
			for _, w := range c.want {
				if !strings.Contains(out.String(), w) {
					t.Errorf("no %q in\n%s", w, out.String())
				}
			}
		})
	}
}
