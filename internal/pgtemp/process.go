package pgtemp

import (
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"time"
)

// process is a started program.
type process struct {
	cmd    *exec.Cmd
	exited chan struct{} // closed when the program has ended
	err    error         // how it ended; to be read after exited is closed
}

// startProcess starts the program from a goroutine of its own that keeps its OS thread until the
// program has ended. On Linux the program asks to be signalled when its parent dies (see
// endWithParent), and to the kernel its parent is the thread that forked it, not the process: on a
// thread that the Go runtime then retires, the server would be shut down in the middle of a test.
func startProcess(cmd *exec.Cmd) (*process, error) {
	endWithParent(cmd)
	p := &process{cmd: cmd, exited: make(chan struct{})}
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			p.err = cmd.Wait()
			close(p.exited)
		}
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return p, nil
}

// failure says how a program ended that should have gone on.
func (p *process) failure() error {
	if p.err != nil {
		return p.err
	}
	return errors.New("exit status 0")
}

// shutdown ends a postmaster: fast (sessions are ended, transactions rolled back), then immediate
// (as in a crash, but orderly for its children), then by force.
func (p *process) shutdown() error {
	var errs []error
	for _, ask := range []func() error{p.fastShutdown, p.immediateShutdown} {
		if p.ended(0) {
			return nil
		}
		err := ask()
		if p.ended(stopTimeout) {
			return nil
		}
		errs = append(errs, err)
	}
	if err := p.kill(); err != nil {
		return errors.Join(fmt.Errorf("stop the server: %w", err), errors.Join(errs...))
	}
	return nil
}

// terminate ends a program that SIGTERM ends at once, or else by force.
func (p *process) terminate() error {
	if p.ended(0) {
		return nil
	}
	err := p.askToEnd()
	if err == nil && p.ended(stopTimeout) {
		return nil
	}
	return p.kill()
}

func (p *process) kill() error {
	err := p.forceKill()
	if p.ended(stopTimeout) {
		return nil
	}
	return errors.Join(fmt.Errorf("process %d does not end", p.cmd.Process.Pid), err)
}

func (p *process) ended(within time.Duration) bool {
	select {
	case <-p.exited:
		return true
	default:
	}
	timer := time.NewTimer(within)
	defer timer.Stop()
	select {
	case <-p.exited:
		return true
	case <-timer.C:
		return false
	}
}
