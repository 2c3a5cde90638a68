package cascades

import (
	"context"
	"slices"
	"testing"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/internal/pgtemp"
)

// TestCascades is the short form; the command softdelete-equivalence runs the long one.
func TestCascades(t *testing.T) {
	r, err := Run(context.Background(), Options{Server: pgtemp.Shared(t), Seed: 1, Deletes: 1500, Restores: 150, Limit: 3})
	if err != nil {
		t.Fatal(err)
	}
	t.Log(r)
	for _, f := range r.Faults {
		t.Errorf("%s", f)
	}
	// It must have put to the test what it is for.
	if len(r.Depths) < 4 {
		t.Errorf("cascades of these depths only: %v", r.Depths)
	}
	for _, a := range []softdelete.Action{softdelete.NoAction, softdelete.Restrict} {
		if r.Violations[a.String()] == 0 {
			t.Errorf("no delete was forbidden by %s", a)
		}
	}
	for _, s := range []string{"DELETE", "DELETE USING", "WITH keys DELETE", "in WITH", "UPDATE marker"} {
		if r.Spellings[s] == 0 {
			t.Errorf("no delete was spelt %q", s)
		}
	}
	if r.Later == 0 || r.Blocked == 0 {
		t.Errorf("%d restores with other statements in between, %d that had to be refused", r.Later, r.Blocked)
	}
	if n := sum(r.Order); n*10 > r.Deletes {
		t.Errorf("%d of %d deletes depend on order", n, r.Deletes)
	}
	if n := sum(r.Refused); n*10 > r.Statements {
		t.Errorf("%d of %d statements were refused", n, r.Statements)
	}
}

// TestWrongPolicies gives the driver policies that say something else than the
// constraints do. The harness must see each of them.
func TestWrongPolicies(t *testing.T) {
	server := pgtemp.Shared(t)
	instead := func(to softdelete.Action, from ...softdelete.Action) func(*softdelete.ForeignKey) {
		return func(f *softdelete.ForeignKey) {
			if slices.Contains(from, f.OnDelete) {
				f.OnDelete, f.SetColumns = to, nil
			}
		}
	}
	for name, spoil := range map[string]func(*softdelete.ForeignKey){
		"cascade is no action":    instead(softdelete.NoAction, softdelete.Cascade),
		"cascade is keep visible": instead(softdelete.KeepVisible, softdelete.Cascade),
		"set null is no action":   instead(softdelete.NoAction, softdelete.SetNull),
		"set default is set null": instead(softdelete.SetNull, softdelete.SetDefault),
		"nothing is forbidden":    instead(softdelete.KeepVisible, softdelete.NoAction, softdelete.Restrict),
		"all columns are set":     func(f *softdelete.ForeignKey) { f.SetColumns = nil },
		"names are mistaken": func(f *softdelete.ForeignKey) {
			if f.Name != "" {
				f.Name = "another " + f.Name
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := Run(context.Background(), Options{
				Server: server, Seed: 2, Deletes: 3000, Limit: 1, NoShrink: true,
				spoil: func(p *softdelete.Policy) {
					for i := range p.ForeignKeys {
						archived := slices.ContainsFunc(p.Tables, func(t softdelete.Table) bool {
							return t.Name == p.ForeignKeys[i].RefTable && t.Mode == softdelete.Archive
						})
						if !archived { // it would be refused
							spoil(&p.ForeignKeys[i])
						}
					}
				},
			})
			if err != nil {
				t.Fatal(err)
			}
			if len(r.Faults) == 0 {
				t.Fatalf("not seen in %d deletes", r.Deletes)
			}
			t.Logf("seen after %d deletes: %.400s", r.Deletes, r.Faults[0])
		})
	}
}
