package pgtemp

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// serverChild starts a server, tells where it lives, and waits to be killed.
func serverChild() {
	s, err := Start(context.Background())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(s.folder)
	select {}
}

// processesOf returns the running processes that have the folder as working directory or below it:
// the postmaster and all its children live in the data folder. (The link of a removed folder keeps its path.)
func processesOf(t *testing.T, folder string) []string {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, p := range all {
		// A process may end while we look, and a zombie has no working directory.
		if cwd, err := os.Readlink(p + "/cwd"); err == nil && strings.HasPrefix(cwd, folder) {
			out = append(out, p)
		}
	}
	return out
}

// requireNoProcess waits for killed processes that the kernel has yet to end.
func requireNoProcess(t *testing.T, folder string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		left := processesOf(t, folder)
		if len(left) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("still running: %v", left)
		}
	}
}

func TestKilledParentLeavesNoServer(t *testing.T) {
	privateTemp(t)
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childEnv+"=server")
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	line, readErr := bufio.NewReader(out).ReadString('\n')
	folder := strings.TrimSpace(line)
	var before []string
	if readErr == nil {
		before = processesOf(t, folder)
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // says "killed"
	if readErr != nil {
		t.Fatalf("the child started no server: %v", readErr)
	}
	if len(before) < 2 {
		t.Fatalf("found %d processes of a running server, which has several", len(before))
	}
	requireNoProcess(t, folder)
}

// The kernel takes the thread that started a process for its parent.
func TestServerSurvivesTheThreadThatAskedForIt(t *testing.T) {
	type result struct {
		server *Server
		thread int
		err    error
	}
	started := make(chan result)
	var onDyingThread func()
	onDyingThread = func() {
		runtime.LockOSThread()
		if syscall.Gettid() == os.Getpid() { // the main thread never ends, but is not free while locked
			next := make(chan struct{})
			go func() {
				defer close(next)
				onDyingThread()
			}()
			<-next
			runtime.UnlockOSThread()
			return
		}
		// Not unlocked: the thread ends with this goroutine.
		s, err := Start(t.Context())
		started <- result{s, syscall.Gettid(), err}
	}
	go onDyingThread()
	r := <-started
	if r.err != nil {
		t.Fatal(r.err)
	}
	defer r.server.Stop()
	task := fmt.Sprintf("/proc/self/task/%d", r.thread)
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		if _, err := os.Stat(task); os.IsNotExist(err) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the thread did not end, so this test shows nothing")
		}
	}
	// A signalled postmaster takes a moment to end.
	if r.server.process.ended(time.Second) {
		t.Fatal("the server ended with the thread that called Start")
	}
	query(t, r.server.DSN("postgres"), "SELECT 'alive'")
}

func TestRootRunsTheServerAsSomeoneElse(t *testing.T) {
	s := start(t)
	info, err := os.Stat(fmt.Sprintf("/proc/%d", s.process.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		t.Fatalf("unexpected %T", info.Sys())
	}
	switch me := os.Geteuid(); {
	case stat.Uid == 0:
		t.Error("the server runs as root")
	case me != 0 && int(stat.Uid) != me:
		t.Errorf("the server runs as user %d, the test as %d", stat.Uid, me)
	}
	folder, err := os.Stat(s.folder)
	if err != nil {
		t.Fatal(err)
	}
	if folder.Mode().Perm() != 0o700 {
		t.Errorf("the folder has mode %v", folder.Mode())
	}
}

func TestRootAvoidsATMPDIRThatOthersCannotEnter(t *testing.T) {
	closed := filepath.Join(privateTemp(t), "closed")
	if err := os.Mkdir(closed, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", closed)
	s := start(t)
	if inside := strings.HasPrefix(s.folder, closed); inside == (os.Geteuid() == 0) {
		t.Errorf("as user %d the folder is %s", os.Geteuid(), s.folder)
	}
}
