package ddl_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/softdelete-go/softdelete/ddl"
	"github.com/softdelete-go/softdelete/internal/pgtemp"
)

var update = flag.Bool("update", false, "write testdata anew")

// The three formats of one plan, as files to look at: "go test -run Formats -update"
// writes them.
func TestFormats(t *testing.T) {
	db := open(t, pgtemp.NewDatabase(t))
	mustExec(t, db, schemas[0].sql)
	m := plan(t, db, schemas[0].load(t), ddl.Options{Enforce: true})
	var pairs strings.Builder
	for _, f := range m.Migrate(7) {
		pairs.WriteString("-- " + f.Name + " --\n" + f.Text)
	}
	for name, got := range map[string]string{
		"up.sql": m.SQL(false), "down.sql": m.SQL(true), "goose.sql": m.Goose(), "migrate.txt": pairs.String(),
	} {
		path := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s: %s", path, firstDifference(string(want), got))
		}
	}
}

// golang-migrate sends each file as it is; both directions in the order of the
// numbers must do what the plan does.
func TestMigrateFiles(t *testing.T) {
	for _, s := range schemas {
		if !s.interrupt {
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			dsn := pgtemp.NewDatabase(t)
			db := open(t, dsn)
			mustExec(t, db, s.sql)
			before := dump(t, dsn)
			m := plan(t, db, s.load(t), s.options)
			files := m.Migrate(1)
			for _, f := range files {
				if strings.HasSuffix(f.Name, ".up.sql") {
					mustExec(t, db, f.Text)
				}
			}
			if again := plan(t, db, m.Policy, s.options); len(again.Up) > 0 {
				t.Error(again.SQL(false))
			}
			for i := len(files) - 1; i >= 0; i-- {
				if strings.HasSuffix(files[i].Name, ".down.sql") {
					mustExec(t, db, files[i].Text)
				}
			}
			if after := dump(t, dsn); after != before {
				t.Error(firstDifference(before, after))
			}
		})
	}
}

// What a name contains must not end a comment.
func TestCommentsStayComments(t *testing.T) {
	m := &ddl.Migration{
		Up:    []ddl.Statement{{SQL: "SELECT 1", Why: "a\rDROP TABLE x; -- +goose Down", NoTransaction: true}},
		Notes: []string{"first\nSELECT 2;\n-- +goose Down"},
	}
	for _, text := range []string{m.SQL(false), m.Goose()} {
		if strings.Contains(text, "\r") || strings.Count(text, "+goose Down") > 1 {
			t.Errorf("%q", text)
		}
		for line := range strings.Lines(text) {
			if strings.Contains(line, "DROP TABLE") && !strings.HasPrefix(line, "-- ") {
				t.Errorf("%q", line)
			}
		}
	}
}
