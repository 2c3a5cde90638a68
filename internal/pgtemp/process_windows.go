package pgtemp

import (
	"os/exec"
	"path/filepath"
	"strconv"
)

func (p *process) fastShutdown() error      { return p.pgCtlKill("INT") }
func (p *process) immediateShutdown() error { return p.pgCtlKill("QUIT") }
func (p *process) askToEnd() error          { return p.cmd.Process.Kill() }
func (p *process) forceKill() error         { return p.cmd.Process.Kill() }

// pgCtlKill sends one of the signals that PostgreSQL emulates on Windows.
func (p *process) pgCtlKill(signal string) error {
	pgCtl := filepath.Join(filepath.Dir(p.cmd.Path), "pg_ctl")
	return exec.Command(pgCtl, "kill", signal, strconv.Itoa(p.cmd.Process.Pid)).Run()
}
