package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/softdelete-go/softdelete/internal/pgtemp"
)

// server is the one that the tests of this package share, once one of them asks.
var server = sync.OnceValues(func() (*pgtemp.Server, error) { return pgtemp.Start(context.Background()) })

// serverStarted says that there is a server to stop.
var serverStarted atomic.Bool

// stopping runs the tests, and then stops their server. (pgtemp.Main would end the
// process before testscript has tidied up.)
type stopping struct{ *testing.M }

func (m stopping) Run() int {
	code := m.M.Run()
	if serverStarted.Load() {
		if s, err := server(); err == nil {
			if err := s.Stop(); err != nil {
				fmt.Fprintln(os.Stderr, err)
				code = max(code, 1)
			}
		}
	}
	return code
}

// newDatabase returns the DSN of an empty database.
func newDatabase(ctx context.Context, name string) (string, error) {
	serverStarted.Store(true)
	s, err := server()
	if err != nil {
		return "", err
	}
	return s.DSN(name), s.CreateDatabase(ctx, name)
}

// TestDatabaseScripts runs the scripts of commands that need a database, which $DSN
// names. It is empty: "load FILE" executes SQL in it.
func TestDatabaseScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/database",
		UpdateScripts: os.Getenv("UPDATE_SCRIPTS") != "",
		Setup: func(env *testscript.Env) error {
			dsn, err := newDatabase(t.Context(), filepath.Base(env.WorkDir)) // script-init for init.txtar
			env.Setenv("DSN", dsn)
			return err
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"status": status,
			"load":   load,
		},
	})
}

// load executes the statements of files, each file as one text: load FILE...
func load(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: load FILE...")
	}
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, ts.Getenv("DSN"))
	ts.Check(err)
	defer conn.Close(ctx)
	for _, file := range args {
		_, err := conn.Exec(ctx, ts.ReadFile(file))
		ts.Check(err)
	}
}
