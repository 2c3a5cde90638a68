package doctor_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/doctor"
)

var update = flag.Bool("update", false, "write what is found today into testdata and docs")

// golden compares a text with a file.
func golden(t *testing.T, path, got string) {
	t.Helper()
	want, err := os.ReadFile(path)
	if err != nil && !*update {
		t.Fatal(err)
	}
	if got == string(want) {
		return
	}
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Errorf("%s is not what is found; if that is right, write it anew with: go test ./doctor -update\n%s", path, got)
}

func text(t *testing.T, report *doctor.Report) string {
	t.Helper()
	var b strings.Builder
	if err := report.Text(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func file(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// TestShop examines a schema as it grows in years of work without this library.
// testdata/shop.txt was read, finding by finding, before it was recorded.
func TestShop(t *testing.T) {
	db, _ := open(t)
	run(t, db, file(t, "testdata/shop.sql"))
	// PostgreSQL 15 qualifies the columns of a view's only table, later versions do not.
	plain := strings.NewReplacer("SELECT users.", "SELECT ", "    users.", "    ", "(users.deleted_at IS NULL)", "(deleted_at IS NULL)")
	golden(t, "testdata/shop.txt", plain.Replace(text(t, examine(t, db, softdelete.Policy{Discover: true}))))
}

// chinookEnv names the environment variable with the path of the database's script.
const chinookEnv = "SOFTDELETE_CHINOOK"

// TestChinook examines the Chinook sample database, with the markers of its other
// tests. testdata/chinook.txt was read, too.
func TestChinook(t *testing.T) {
	path, explicit := os.LookupEnv(chinookEnv)
	if !explicit {
		path = "../../shared/data/chinook/chinook.sql"
	}
	script, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && !explicit && os.Getenv("CI") != "true" {
		t.Skipf("the Chinook sample database is not at %s, so NOTHING WAS TESTED against real data; CONTRIBUTING.md says how to get it; set %s to its path", path, chinookEnv)
	}
	if err != nil {
		t.Fatal(err)
	}
	db, _ := open(t)
	if _, err := db.Exec(string(script)); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(file(t, "../testdata/chinook/markers.sql")); err != nil {
		t.Fatal(err)
	}
	table := func(name, column string, marker softdelete.Marker) softdelete.Table {
		return softdelete.Table{Name: name, Column: column, Marker: marker, PrimaryKey: []string{name + "_id"}}
	}
	p := softdelete.Policy{Tables: []softdelete.Table{
		table("album", "", 0), table("artist", "", 0), table("customer", "", 0), table("employee", "", 0), table("invoice", "", 0), table("track", "", 0),
		{Name: "playlist_track", Column: "removed_at", PrimaryKey: []string{"playlist_id", "track_id"}},
		table("playlist", "is_deleted", softdelete.Flag), table("genre", "", softdelete.UnixSeconds),
		table("invoice_line", "deleted_ms", softdelete.UnixMillis), table("media_type", "deleted_ns", softdelete.UnixNanos),
	}}
	golden(t, "testdata/chinook.txt", text(t, examine(t, db, p)))
}

func TestIgnore(t *testing.T) {
	db, _ := open(t)
	run(t, db, clean+`; CREATE VIEW a AS SELECT DISTINCT id FROM users; CREATE VIEW b AS SELECT DISTINCT id FROM users; CREATE INDEX ON users (deleted_at)`)
	for _, c := range []struct{ ignore, want []string }{
		{nil, []string{"SD101:public.a", "SD101:public.b", "SD142:public.users_deleted_at_idx"}},
		{[]string{"SD101:public.a", "SD142"}, []string{"SD101:public.b"}},
		{[]string{"SD101", "SD142:public.nothing"}, []string{"SD142:public.users_deleted_at_idx"}},
	} {
		report, err := doctor.Examine(context.Background(), db, cleanPolicy(), doctor.Options{Ignore: c.ignore})
		if err != nil {
			t.Fatal(err)
		}
		if got := names(report); !slices.Equal(got, c.want) {
			t.Errorf("ignoring %q: %q, expected %q", c.ignore, got, c.want)
		}
	}
	if _, err := doctor.Examine(context.Background(), db, cleanPolicy(), doctor.Options{Ignore: []string{"SD1"}}); err == nil {
		t.Error("an unknown code is ignored in silence")
	}
}

// TestThroughTheDriver examines a database that was opened with the driver itself.
func TestThroughTheDriver(t *testing.T) {
	plain, _, dsn := openDSN(t)
	run(t, plain, clean+`; CREATE VIEW a AS SELECT DISTINCT id FROM users`)
	db, err := softdelete.Open(dsn, cleanPolicy())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if got := names(examine(t, db, cleanPolicy())); !slices.Equal(got, []string{"SD101:public.a"}) {
		t.Errorf("%q", got)
	}
}

func TestExamineFails(t *testing.T) {
	db, _ := open(t)
	for what, p := range map[string]softdelete.Policy{
		"a policy without tables":          {},
		"two entries for the same table":   {Tables: []softdelete.Table{{Name: "users"}, {Name: "public.users"}}},
		"a database with nothing to find":  {Discover: true},
		"a foreign key of no columns both": {Tables: []softdelete.Table{{Name: "users"}}, ForeignKeys: []softdelete.ForeignKey{{Table: "a", RefTable: "users"}}},
	} {
		if report, err := doctor.Examine(context.Background(), db, p, doctor.Options{}); err == nil {
			t.Errorf("%s: %+v", what, report.Findings)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := doctor.Examine(ctx, db, cleanPolicy(), doctor.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled context: %v", err)
	}
}

func TestSARIF(t *testing.T) {
	db, _ := open(t)
	run(t, db, clean+`; CREATE VIEW a AS SELECT DISTINCT id FROM users; CREATE INDEX ON users (deleted_at)`)
	report, err := doctor.Examine(context.Background(), db, cleanPolicy(), doctor.Options{PolicyFile: "our deploy/softdelete.yaml"})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := report.SARIF(&b); err != nil {
		t.Fatal(err)
	}
	var log struct {
		Schema  string `json:"$schema"`
		Version string
		Runs    []struct {
			Tool struct {
				Driver struct {
					Name, InformationURI string
					Rules                []struct {
						ID                                      string
						ShortDescription, FullDescription, Help struct{ Text string }
						DefaultConfiguration                    struct{ Level string }
					}
				}
			}
			Results []struct {
				RuleID    string
				RuleIndex int
				Level     string
				Message   struct{ Text string }
				Locations []struct {
					PhysicalLocation struct {
						ArtifactLocation struct{ URI string }
						Region           struct{ StartLine int }
					}
					LogicalLocations []struct{ FullyQualifiedName string }
				}
				PartialFingerprints map[string]string
			}
		}
	}
	d := json.NewDecoder(&b)
	d.DisallowUnknownFields()
	if err := d.Decode(&log); err != nil {
		t.Fatal(err)
	}
	if log.Version != "2.1.0" || !strings.Contains(log.Schema, "sarif-2.1.0") || len(log.Runs) != 1 {
		t.Fatalf("%+v", log)
	}
	levels := []string{"note", "warning", "error"}
	tool, results := log.Runs[0].Tool.Driver, log.Runs[0].Results
	if tool.Name == "" || len(tool.Rules) != len(doctor.Kinds()) {
		t.Errorf("%q has %d rules", tool.Name, len(tool.Rules))
	}
	for i, k := range doctor.Kinds() {
		if r := tool.Rules[i]; r.ID != k.Code || r.ShortDescription.Text != k.Title || r.FullDescription.Text != k.Danger || r.Help.Text != k.Remedy || r.DefaultConfiguration.Level != levels[k.Severity] {
			t.Errorf("the rule %d is %+v", i, r)
		}
	}
	if len(results) != 2 {
		t.Fatalf("%d results", len(results))
	}
	for i, r := range results {
		f := report.Findings[i]
		if r.RuleID != f.Code || tool.Rules[r.RuleIndex].ID != f.Code || r.Level != levels[f.Severity] || !strings.Contains(r.Message.Text, f.Danger) ||
			len(r.Locations) != 1 || r.Locations[0].LogicalLocations[0].FullyQualifiedName != f.Object ||
			r.Locations[0].PhysicalLocation.ArtifactLocation.URI != "our%20deploy/softdelete.yaml" || r.Locations[0].PhysicalLocation.Region.StartLine != 1 ||
			r.PartialFingerprints["object/v1"] != f.Code+":"+f.Object {
			t.Errorf("the result %d is %+v", i, r)
		}
	}
}

func TestJSON(t *testing.T) {
	for _, r := range []*doctor.Report{{}, {Findings: []doctor.Finding{{Code: "SD101", Severity: doctor.Error, Object: "public.<v>", Danger: "d", Remedy: "-- r"}}}} {
		var b bytes.Buffer
		if err := r.JSON(&b); err != nil {
			t.Fatal(err)
		}
		var back struct{ Findings []doctor.Finding }
		if err := json.Unmarshal(b.Bytes(), &back); err != nil {
			t.Fatal(err)
		}
		if back.Findings == nil || !slices.Equal(back.Findings, r.Findings) {
			t.Errorf("%s became %+v", b.String(), back)
		}
	}
}

func TestWorst(t *testing.T) {
	r := doctor.Report{}
	if _, any := r.Worst(); any {
		t.Error("nothing has a worst")
	}
	r.Findings = []doctor.Finding{{Severity: doctor.Warning}, {Severity: doctor.Notice}}
	if worst, any := r.Worst(); !any || worst != doctor.Warning {
		t.Errorf("%s, %t", worst, any)
	}
}

// TestKinds checks the table of codes by itself, and docs/doctor.md against it.
func TestKinds(t *testing.T) {
	seen := map[string]bool{}
	last := ""
	var b strings.Builder
	b.WriteString("| code | severity | what is found | danger | remedy |\n|---|---|---|---|---|\n")
	for _, k := range doctor.Kinds() {
		if !regexp.MustCompile(`^SD[1-5]\d\d$`).MatchString(k.Code) || seen[k.Code] || k.Code < last || k.Title == "" || k.Danger == "" || k.Remedy == "" {
			t.Errorf("%+v", k)
		}
		seen[k.Code], last = true, k.Code
		b.WriteString("| " + strings.Join([]string{k.Code, k.Severity.String(), k.Title, k.Danger, k.Remedy}, " | ") + " |\n")
	}
	path := filepath.FromSlash("../docs/doctor.md")
	doc := file(t, path)
	before, rest, ok := strings.Cut(doc, "<!-- codes -->\n")
	_, after, ok2 := strings.Cut(rest, "<!-- end codes -->")
	if !ok || !ok2 {
		t.Fatalf("%s has no place marked codes", path)
	}
	golden(t, path, before+"<!-- codes -->\n"+b.String()+"<!-- end codes -->"+after)
}
