package equivalence

import (
	"context"
	"fmt"
	"strings"
)

// blocked reports whether a statement failed on the key of a deleted row, which a
// unique key over all rows holds, as documented: the twin does not fail then, and has
// no row with the key. The unit ends, since from here on the two are in different
// states.
func (p *pair) blocked(ctx context.Context, s *step, ours []outcome, t *tally) (bool, error) {
	for _, o := range ours {
		if o.code != "23505" {
			continue
		}
		free, err := p.free(ctx, s, o)
		if err != nil || !free {
			return false, err
		}
		t.blocked++
		p.cut, p.apart = true, true
		p.reload = s.statements() > 1 || s.kind == multiple
		return true, nil
	}
	return false, nil
}

// free reports whether no row of the twin has the key that o says is taken.
func (p *pair) free(ctx context.Context, s *step, o outcome) (bool, error) {
	for _, t := range p.schema.tables {
		u, ok := t.uniqueKey()
		if !ok {
			continue
		}
		// The guard of ON CONFLICT, which knows the deleted row and not the constraint.
		if (!t.phoenix || t.unique == uniqueDeferrable || t.key()[0].numbers == always) && o.violated == "" && strings.Contains(o.message, "of "+t.name+": a deleted row holds the key") {
			return true, nil
		}
		value, found := strings.CutPrefix(o.detail, fmt.Sprintf("Key (%s)=(", u.name))
		value, found2 := strings.CutSuffix(value, ") already exists.")
		if o.violated != t.uniqueName() || !found || !found2 {
			continue
		}
		if s.kind == multiple {
			return true, nil // a statement before it may have deleted the row, and the twin has run none yet
		}
		rows, err := p.twin.rowsOf(ctx, relation{full: t.full(), live: quoteName(u.name) + " = " + literal(value)}, liveRows)
		return len(rows) == 0, err
	}
	return false, nil
}
