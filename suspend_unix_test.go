//go:build unix

package softdelete_test

import (
	"os"
	"syscall"
)

// suspend stops a process until it is killed.
func suspend(p *os.Process) error { return p.Signal(syscall.SIGSTOP) }
