package pgtemp

import (
	"os/exec"
	"syscall"
)

// endWithParent makes the kernel send SIGQUIT when the thread that starts the program ends: for
// postgres an immediate shutdown with all its children, for initdb the end. Only startProcess may
// start such a program; it says why.
func endWithParent(cmd *exec.Cmd) {
	cmd.SysProcAttr.Pdeathsig = syscall.SIGQUIT
}
