package cascades

import "fmt"

// step makes the next statement: one that modifies rows, or one that controls
// transactions. failed says that the transaction at hand has failed.
func (g *gen) step(failed bool) *statement {
	control := func(text string) *statement { return &statement{ours: text, twin: text} }
	if !g.inside {
		if !g.chance(0.07) {
			return g.statement()
		}
		g.inside, g.savepoints, g.length = true, nil, 0
		return control(pick(g.r, []string{"BEGIN", "BEGIN", "BEGIN ISOLATION LEVEL REPEATABLE READ", "BEGIN ISOLATION LEVEL SERIALIZABLE"}))
	}
	g.length++
	last := len(g.savepoints) - 1
	switch {
	case failed && last >= 0 && g.chance(0.8), last >= 0 && g.chance(0.1):
		k := g.r.IntN(last + 1)
		g.savepoints = g.savepoints[:k+1]
		return control("ROLLBACK TO SAVEPOINT " + g.savepoints[k])
	case failed, g.length > 2 && g.chance(0.12):
		g.inside = false
		return control("ROLLBACK")
	case g.length > 2 && g.chance(0.15):
		g.inside = false
		return control("COMMIT")
	case g.chance(0.15):
		g.savepoints = append(g.savepoints, fmt.Sprintf("sp%d", g.length))
		return control("SAVEPOINT " + g.savepoints[last+1])
	}
	return g.statement()
}
