package pgtemp

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

func TestNewDatabaseIsEmptyAndDroppedAtTheEnd(t *testing.T) {
	var dsn [2]string
	for i := range dsn {
		t.Run("", func(t *testing.T) {
			dsn[i] = NewDatabase(t)
			if got := query(t, dsn[i], "SELECT count(*)::text FROM pg_class WHERE relnamespace = 'public'::regnamespace"); got != "0" {
				t.Errorf("a new database has %s relations", got)
			}
		})
		if conn, err := pgx.Connect(t.Context(), dsn[i]); err == nil {
			conn.Close(context.Background())
			t.Error("the database is still there after its test")
		}
	}
	if dsn[0] == dsn[1] {
		t.Errorf("two tests got the same database %s", dsn[0])
	}
	if first, second := Shared(t), Shared(t); first != second {
		t.Error("Shared returned two servers")
	}
}

// failing is a test that takes note of how it failed.
type failing struct {
	testing.TB
	fatal string
}

func (f *failing) Fatalf(format string, args ...any) {
	f.fatal = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

// fatal runs do as a test of its own and returns the message with which it failed.
func fatal(t *testing.T, do func(TB)) string {
	t.Helper()
	f := &failing{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		do(f)
	}()
	<-done
	return f.fatal
}

// withShared runs do with the state of the test binary's server set back to the start.
func withShared(t *testing.T, main bool, do func()) {
	t.Helper()
	shared.Lock()
	wasMain, tried, server, err := shared.main, shared.tried, shared.server, shared.err
	shared.main, shared.tried, shared.server, shared.err = main, false, nil, nil
	shared.Unlock()
	defer func() {
		shared.Lock()
		defer shared.Unlock()
		shared.main, shared.tried, shared.server, shared.err = wasMain, tried, server, err
	}()
	do()
}

func TestSharedFailsWithTheRemedy(t *testing.T) {
	withShared(t, true, func() {
		t.Setenv(dsnEnv, "")
		t.Setenv(binEnv, t.TempDir())
		for range 2 { // every test fails, not the first only
			message := fatal(t, func(tb TB) { Shared(tb) })
			for _, want := range []string{"apt-get install postgresql", dsnEnv} {
				if !strings.Contains(message, want) {
					t.Errorf("the failure lacks %q: %q", want, message)
				}
			}
		}
	})
	withShared(t, true, func() {
		t.Setenv(dsnEnv, "host=/nowhere")
		if message := fatal(t, func(tb TB) { NewDatabase(tb) }); !strings.Contains(message, "/nowhere") {
			t.Errorf("the failure does not name the server that is not there: %q", message)
		}
	})
	withShared(t, false, func() {
		if message := fatal(t, func(tb TB) { Shared(tb) }); !strings.Contains(message, "TestMain") {
			t.Errorf("the failure does not say that Main is missing: %q", message)
		}
	})
}

func TestSharedUsesTheServerOfTheVariable(t *testing.T) {
	s := start(t)
	c, err := pgx.ParseConfig(s.DSN("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	keywords := fmt.Sprintf("host='%s' port=%d user=%s dbname=postgres sslmode=disable", c.Host, c.Port, c.User)
	for _, dsn := range []string{s.DSN("postgres"), keywords} {
		t.Setenv(dsnEnv, dsn)
		withShared(t, true, func() {
			t.Run("", func(t *testing.T) {
				got := NewDatabase(t)
				if there := query(t, got, "SHOW unix_socket_directories"); there != s.folder {
					t.Errorf("%s leads to the server in %s, want %s", got, there, s.folder)
				}
			})
			if Shared(t).Version() != s.Version() {
				t.Errorf("Version() = %q, want %q", Shared(t).Version(), s.Version())
			}
			if err := Shared(t).Stop(); err != nil {
				t.Error(err)
			}
		})
		query(t, s.DSN("postgres"), "SELECT 'not stopped, as it is not ours'")
	}
}
