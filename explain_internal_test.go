package softdelete

import "testing"

// checkExplained requires that what was done to a text is told, and nothing else.
func checkExplained(t *testing.T, c *testCase, w *rewritten) {
	t.Helper()
	changed := len(w.anchors) > 0 || w.unplaced // the values of a context stand in it
	switch {
	case changed && len(w.steps) == 0:
		t.Errorf("%s: no rule is told for %s", c, w.sql)
	case changed != (w.outcome != Unchanged) || !changed && len(w.steps) > 0:
		t.Errorf("%s: the outcome is %s with %v for %s", c, w.outcome, w.steps, w.sql)
	}
	for _, s := range w.steps {
		if s.Why == "" || s.Rule == "" {
			t.Errorf("%s: a step says nothing: %+v", c, s)
		}
	}
	if w.ifLive != nil {
		checkExplained(t, c, w.ifLive)
	}
}
