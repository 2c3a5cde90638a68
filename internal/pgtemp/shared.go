package pgtemp

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// dsnEnv names the environment variable with the DSN of a server to use instead of a temporary one.
const dsnEnv = "SOFTDELETE_DSN"

// TB is the part of testing.TB that this package uses. It keeps the package testing out of the
// programs that import this one.
type TB interface {
	Helper()
	Cleanup(func())
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// shared is the server of this test binary.
var shared struct {
	sync.Mutex
	main   bool // Main is in charge: someone will stop the server
	tried  bool
	server *Server
	err    error
}

// Main runs the tests of a package, stops the server they shared, and exits with their result.
// A package that calls [Shared] or [NewDatabase] needs
//
//	func TestMain(m *testing.M) { pgtemp.Main(m) }
func Main(m interface{ Run() int }) {
	shared.Lock()
	shared.main = true
	shared.Unlock()

	code := m.Run() // not deferred after: os.Exit runs no deferred calls

	shared.Lock()
	server := shared.server
	shared.Unlock()
	if server != nil {
		if err := server.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, "pgtemp:", err)
			code = max(code, 1)
		}
	}
	os.Exit(code)
}

// Shared returns the server that all tests of this test binary share. The first call starts it, or
// connects to the server whose DSN the environment variable SOFTDELETE_DSN holds; its user must be
// allowed to create databases. Without a server the test fails: it does not skip.
func Shared(t TB) *Server {
	t.Helper()
	shared.Lock()
	defer shared.Unlock()
	if !shared.main {
		t.Fatalf("pgtemp: this package needs func TestMain(m *testing.M) { pgtemp.Main(m) }: nothing would stop the server")
		return nil
	}
	if !shared.tried {
		shared.tried = true
		if dsn := os.Getenv(dsnEnv); dsn != "" {
			shared.server, shared.err = existing(dsn)
		} else {
			shared.server, shared.err = Start(context.Background())
		}
	}
	if shared.err != nil {
		t.Fatalf("pgtemp: these tests need a PostgreSQL server; have one installed, or set %s to the DSN of a running one: %v",
			dsnEnv, shared.err)
	}
	return shared.server
}

// NewDatabase creates an empty database on the shared server and returns its DSN. The database is
// dropped when the test ends, after the cleanups that the test registers later.
func NewDatabase(t TB) string {
	t.Helper()
	server := Shared(t)
	name := "test_" + strings.ToLower(rand.Text())
	if err := bounded(func(ctx context.Context) error { return server.CreateDatabase(ctx, name) }); err != nil {
		t.Fatalf("pgtemp: %v", err)
	}
	t.Cleanup(func() {
		if err := bounded(func(ctx context.Context) error { return server.DropDatabase(ctx, name) }); err != nil {
			t.Errorf("pgtemp: %v", err)
		}
	})
	return server.DSN(name)
}

// bounded runs do with a limit of its own: a test's context has ended when its cleanups run.
func bounded(do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return do(ctx)
}

// existing returns a running server that others look after: Stop leaves it alone.
func existing(dsn string) (*Server, error) {
	c, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dsnEnv, err)
	}
	s := &Server{dsn: otherDatabase(dsn), admin: c.Database}
	if err := bounded(s.readVersion); err != nil {
		return nil, fmt.Errorf("%s: %w", dsnEnv, err)
	}
	return s, nil
}

// otherDatabase returns a function that makes the DSN of another database of the same server.
func otherDatabase(dsn string) func(database string) string {
	u, err := url.Parse(dsn)
	if err == nil && (u.Scheme == "postgres" || u.Scheme == "postgresql") {
		return func(database string) string {
			other := *u
			other.Path, other.RawPath = "/"+database, ""
			return other.String()
		}
	}
	return func(database string) string {
		// In the form of keywords and values a later dbname wins.
		return dsn + " dbname='" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(database) + "'"
	}
}
