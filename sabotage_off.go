//go:build !softdelete_sabotage

package softdelete

import "github.com/softdelete-go/softdelete/internal/pgast"

// sabotaged is always false outside the tests that prove the equivalence
// harness can see: there each name makes the rewriter wrong in one way.
func sabotaged(string) bool { return false }

func anySabotage() bool { return false }

func overlooked(pgast.Field) bool { return false }
