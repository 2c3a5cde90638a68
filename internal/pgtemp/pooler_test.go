package pgtemp

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

func startPooler(t *testing.T, s *Server, opts ...PoolerOption) *Pooler {
	t.Helper()
	p, err := s.StartPooler(t.Context(), opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Stop(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// backends returns the server processes that answer n transactions of one client.
func backends(t *testing.T, dsn string, n int) map[string]bool {
	t.Helper()
	c, err := pgx.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	c.DefaultQueryExecMode = pgx.QueryExecModeExec
	conn, err := pgx.ConnectConfig(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	seen := map[string]bool{}
	for range n {
		var pid string
		if err := conn.QueryRow(t.Context(), "SELECT pg_backend_pid()::text").Scan(&pid); err != nil {
			t.Fatal(err)
		}
		seen[pid] = true
	}
	return seen
}

func TestPooler(t *testing.T) {
	temp := privateTemp(t)
	for name, opts := range map[string][]Option{"a socket": nil, "TCP": {WithTCP()}} {
		t.Run(name, func(t *testing.T) {
			s := start(t, opts...)
			p := startPooler(t, s)
			if !p.AtLeast(1, 8) || p.AtLeast(1000) {
				t.Errorf("version %v", p.version)
			}
			if err := s.CreateDatabase(t.Context(), "it's other"); err != nil {
				t.Fatal(err)
			}
			if got := query(t, p.DSN("it's other")+"&default_query_exec_mode=exec", "SELECT current_database()"); got != "it's other" {
				t.Errorf("the database is %s", got)
			}
			// A second server connection is made when the first is in use.
			held, err := pgx.Connect(t.Context(), p.DSN("postgres"))
			if err != nil {
				t.Fatal(err)
			}
			defer held.Close(context.Background())
			if _, err := held.Exec(t.Context(), "BEGIN; SELECT 1"); err != nil {
				t.Fatal(err)
			}
			if n := len(backends(t, p.DSN("postgres"), 4)); n != 1 {
				t.Errorf("%d server connections beside the one in a transaction", n)
			}
			if _, err := held.Exec(t.Context(), "ROLLBACK"); err != nil {
				t.Fatal(err)
			}
			if n := len(backends(t, p.DSN("postgres"), 4)); n != 2 {
				t.Errorf("one client met %d server connections, want both", n)
			}
			folder := p.folder
			for range 2 {
				if err := p.Stop(); err != nil {
					t.Error(err)
				}
			}
			if _, err := os.Stat(folder); err == nil {
				t.Errorf("%s is left", folder)
			}
			if err := held.Ping(t.Context()); err == nil {
				t.Error("a connection outlived PgBouncer")
			}
			if err := s.Stop(); err != nil {
				t.Error(err)
			}
			requireEmpty(t, temp)
			requireNoProcess(t, temp)
		})
	}
}

func TestPoolerFailuresCarryTheLogAndLeaveNothing(t *testing.T) {
	s := start(t)
	t.Run("a setting that is none", func(t *testing.T) {
		temp := privateTemp(t)
		_, err := s.StartPooler(t.Context(), WithPoolerSetting("pool_mode", "sometimes"))
		if err == nil || !strings.Contains(err.Error(), "pool_mode") {
			t.Errorf("got %v", err)
		}
		requireEmpty(t, temp)
	})
	t.Run("cancelled", func(t *testing.T) {
		temp, bin := privateTemp(t), openFolder(t)
		if err := os.WriteFile(filepath.Join(bin, "pgbouncer"), []byte("#!/bin/sh\nsleep 1000 & echo > reached; wait\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			for {
				if reached, _ := filepath.Glob(filepath.Join(temp, "*", "reached")); len(reached) > 0 || ctx.Err() != nil {
					cancel()
					return
				}
				time.Sleep(5 * time.Millisecond)
			}
		}()
		if _, err := s.StartPooler(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		requireEmpty(t, temp)
		requireNoProcess(t, temp)
	})
}

func TestReplica(t *testing.T) {
	temp := privateTemp(t)
	s := start(t, WithReplicas())
	exec := func(sql string) {
		t.Helper()
		if err := s.exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	exec("CREATE TABLE before (n int)")
	r, err := s.StartReplica(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Stop(); err != nil {
			t.Error(err)
		}
	})
	if got := query(t, r.DSN("postgres"), "SELECT pg_is_in_recovery()::text"); got != "true" {
		t.Error("the replica is no replica")
	}
	query(t, r.DSN("postgres"), "SELECT count(*)::text FROM before")
	exec("CREATE TABLE after (n int)")
	if err := r.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	query(t, r.DSN("postgres"), "SELECT count(*)::text FROM after")
	if err := r.exec(t.Context(), "DROP TABLE after"); err == nil || !strings.Contains(err.Error(), "25006") {
		t.Errorf("a write gives %v", err)
	}
	query(t, r.DSN("postgres"), "SELECT pg_wal_replay_pause()::text")
	exec("CREATE TABLE never (n int)")
	late, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := r.CatchUp(late); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a paused replica caught up: %v", err)
	}
	if err := errors.Join(r.Stop(), s.Stop()); err != nil {
		t.Error(err)
	}
	requireEmpty(t, temp)
	requireNoProcess(t, temp)
}

func TestReplicaNeedsTheOption(t *testing.T) {
	temp := privateTemp(t)
	s := start(t)
	if _, err := s.StartReplica(t.Context()); err == nil || !strings.Contains(err.Error(), "WAL level") {
		t.Errorf("got %v", err)
	}
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
	requireEmpty(t, temp)
	if _, err := (&Server{}).StartReplica(t.Context()); err == nil {
		t.Error("a server of others has a replica")
	}
}
