//go:build softdelete_sabotage

package softdelete

import "sync/atomic"

var sabotage atomic.Pointer[string]

// Sabotage makes every rewriter of the process wrong in the named way, and
// turns its verification off; "" ends that. It exists only under the build tag
// softdelete_sabotage, for the tests of the equivalence harness.
func Sabotage(name string) { sabotage.Store(&name) }

func sabotaged(name string) bool {
	s := sabotage.Load()
	return s != nil && *s == name
}

func anySabotage() bool {
	s := sabotage.Load()
	return s != nil && *s != ""
}
