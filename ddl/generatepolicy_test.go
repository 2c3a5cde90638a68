package ddl_test

import (
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/ddl"
)

// policy is one for the generated schema, made as softdelete init makes it, or of
// some tables with options by chance. The error is that of Anticipate.
func (g *generator) policy(t *testing.T, db *sql.DB) (softdelete.Policy, ddl.Options, error) {
	t.Helper()
	o := ddl.Options{Enforce: g.enforce, Stamps: g.chance(25)}
	known := slices.ContainsFunc(g.tables, func(x *genTable) bool { return x.marker != nil && x.marker.known })
	switch mode := g.IntN(4); {
	case mode == 0: // softdelete init --all
		p := softdelete.Policy{Journal: true}
		for _, x := range g.tables {
			if g.keyed(x) {
				p.Tables = append(p.Tables, softdelete.Table{Name: x.policyName(), DeletionID: "deletion_id"})
			}
		}
		p, err := anticipate(t, db, p)
		return p, o, err
	case mode == 1 && known: // softdelete init
		p, err := softdelete.Discover(t.Context(), db)
		if err != nil {
			p, err = anticipate(t, db, p)
		}
		return p, o, err
	}
	p := softdelete.Policy{Journal: g.chance(70)}
	g.ids = g.chance(80)
	for _, x := range g.subset(p.Journal) {
		p.Tables = append(p.Tables, g.entry(x))
	}
	p.Discover = g.chance(30)
	complete, err := anticipate(t, db, p)
	if complete.Discover = false; err == nil && p.Discover {
		// Found out again whenever it is used, but for what is not to be followed.
		p.ForeignKeys = slices.DeleteFunc(complete.ForeignKeys, func(f softdelete.ForeignKey) bool { return f.OnDelete != softdelete.KeepVisible })
		return p, o, nil
	}
	return complete, o, err
}

// anticipate completes the policy. Where a foreign key would do what the policy cannot
// undo, it is not followed, as the errors propose.
func anticipate(t *testing.T, db *sql.DB, p softdelete.Policy) (softdelete.Policy, error) {
	t.Helper()
	complete, err := softdelete.Anticipate(t.Context(), db, p)
	for again := true; err != nil && again; {
		again = false
		for _, problem := range split(err) {
			var bad *softdelete.PolicyError
			for i, f := range complete.ForeignKeys {
				if f.OnDelete != softdelete.KeepVisible && errors.As(problem, &bad) &&
					(strings.HasPrefix(bad.Path, fmt.Sprintf("foreign key %s of %s", f.Name, f.Table)) || strings.HasPrefix(bad.Path, fmt.Sprintf("foreign_keys[%d]", i))) {
					complete.ForeignKeys[i].OnDelete, complete.ForeignKeys[i].SetColumns = softdelete.KeepVisible, nil
					again = true
				}
			}
		}
		if again {
			complete, err = softdelete.Anticipate(t.Context(), db, complete)
		}
	}
	return complete, err
}

// split returns the errors that are joined.
func split(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	return []error{err}
}

// keyed reports whether a table suits a policy with a journal, and lets some pass that
// do not.
func (g *generator) keyed(t *genTable) bool {
	return len(t.primary) > 0 || g.chance(3)
}

// subset is some of the tables, and those that cascades and inheritance join with them.
func (g *generator) subset(journal bool) (found []*genTable) {
	take := func(t *genTable) {
		if !slices.Contains(found, t) {
			found = append(found, t)
		}
	}
	for _, t := range g.tables {
		if len(t.parents) == 0 && g.chance(65) && (!journal || g.keyed(t)) {
			take(t)
		}
	}
	if len(found) == 0 {
		take(g.tables[0])
	}
	for i := 0; i < len(found); i++ {
		for _, k := range g.keys {
			if k.cascade && (k.child == found[i] || k.parent == found[i]) {
				take(k.child)
				take(k.parent)
			}
		}
	}
	// Anticipate adds the children of inheritance itself.
	return slices.DeleteFunc(found, func(t *genTable) bool { return len(t.parents) > 0 })
}

// entry is a table of a policy, with the marker that it has, or any.
func (g *generator) entry(t *genTable) softdelete.Table {
	e := softdelete.Table{Name: t.policyName()}
	if m := t.marker; m == nil {
		e.Marker = softdelete.Marker(g.IntN(5))
		if g.chance(50) {
			e.Column = g.name("marker")
		}
	} else if !m.known || g.chance(50) {
		e.Column, e.Marker = m.column, m.kind
	}
	if g.ids {
		e.DeletionID = pick(g, []string{"deletion_id", "deletion_id", "Deletion"})
	}
	for _, c := range []struct {
		to      *string
		percent int
		name    string
	}{{&e.DeletedBy, 30, "deleted_by"}, {&e.Reason, 30, "delete_reason"}, {&e.UpdatedAt, 25, "updated_at"}} {
		if g.chance(c.percent) {
			*c.to = c.name
			if g.chance(20) {
				*c.to = g.name(c.name)
			}
		}
	}
	return e
}
