//go:build softdelete_sabotage

package equivalence

import (
	"context"
	"testing"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/internal/pgtemp"
)

// sabotages are the ways in which the rewriter can be made wrong, one for each
// rule. The harness must see each of them.
var sabotages = []string{
	"left-where", "full-where", "no-parens", "union-arm", "recursive-arm", "update-target", "delete-target", "using", "update-from",
	"set-subselect", "where-subselect", "select-list-subselect", "join-on-subselect", "returning-subselect", "insert-select",
	"values-subselect", "having-subselect", "limit-subselect", "cte-body", "cte-shadow", "cte-self", "lateral", "alias-list", "merge-on",
	"merge-source", "conflict-guard", "schema-qualified", "only-ref", "table-command", "function-argument", "case-subselect",
	"order-subselect", "window-subselect", "marker-flag-inverted", "phoenix-keeps", "phoenix-live", "archive-forgets",
}

// withinStatements is how soon each must be seen.
const withinStatements = 2000

func TestSabotageIsFound(t *testing.T) {
	server := pgtemp.Shared(t)
	t.Cleanup(func() { softdelete.Sabotage("") })
	for _, name := range sabotages {
		t.Run(name, func(t *testing.T) {
			softdelete.Sabotage(name)
			defer softdelete.Sabotage("")
			r, err := Run(context.Background(), Config{Server: server, Seed: 1, Statements: withinStatements, Limit: 1, NoShrink: true})
			if err != nil {
				t.Fatal(err)
			}
			if len(r.Divergences) == 0 || r.Statements > withinStatements {
				t.Fatalf("not found in %d statements", min(r.Statements, withinStatements))
			}
			d := r.Divergences[0]
			t.Logf("found after %d statements: %s: %.300s\n%.600s", r.Statements, d.Class, d.What, d.Statement)
		})
	}
}

// TestWithoutSabotage shows that what finds the faults is not wrong itself.
func TestWithoutSabotage(t *testing.T) {
	softdelete.Sabotage("")
	r, err := Run(context.Background(), Config{Server: pgtemp.Shared(t), Seed: 1, Statements: withinStatements, Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range r.Divergences {
		t.Errorf("%s: %s\n%s", d.Class, d.What, d.Case)
	}
}
