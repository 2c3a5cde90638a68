//go:build unix

package pgtemp

import "syscall"

func (p *process) fastShutdown() error      { return p.cmd.Process.Signal(syscall.SIGINT) }
func (p *process) immediateShutdown() error { return p.cmd.Process.Signal(syscall.SIGQUIT) }
func (p *process) askToEnd() error          { return syscall.Kill(-p.cmd.Process.Pid, syscall.SIGTERM) }

// forceKill kills the whole process group: initdb has children that would go on for a moment.
func (p *process) forceKill() error { return syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) }
