package main

import (
	"errors"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// The test binary doubles as the command: it is installed as "softdelete" in the
// PATH of the scripts and of the tests.
func TestMain(m *testing.M) {
	testscript.Main(stopping{m}, map[string]func(){"softdelete": main})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           "testdata",
		UpdateScripts: os.Getenv("UPDATE_SCRIPTS") != "",
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"status":   status,
			"unescape": unescape,
		},
	})
}

// status runs a program and requires an exit status: status 2 softdelete rewrite.
func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status STATUS PROGRAM [ARGUMENT...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
}

// unescape replaces what Go's escapes in a file stand for, so that scripts can
// have bytes that no text file should have: unescape FILE.
func unescape(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: unescape FILE")
	}
	text := ts.ReadFile(args[0])
	var out []byte
	for text != "" {
		r, multibyte, rest, err := strconv.UnquoteChar(text, 0)
		ts.Check(err)
		if multibyte {
			out = append(out, string(r)...)
		} else {
			out = append(out, byte(r))
		}
		text = rest
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), out, 0o600))
}
