//go:build !linux

package pgtemp

import "os/exec"

// endWithParent does nothing: only Linux can tie a program's life to its parent's. Elsewhere a
// server outlives a test binary that is killed before it calls Stop.
func endWithParent(*exec.Cmd) {}
