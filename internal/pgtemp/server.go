package pgtemp

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	owner = "postgres" // the role every DSN names: a superuser

	// startTimeout bounds initdb and the wait for the first connection.
	startTimeout = 2 * time.Minute
	// stopTimeout is how long each way of stopping may take before the next, rougher one.
	stopTimeout = 15 * time.Second
	// socketPathMax is the length of sun_path on macOS less its final zero byte; Linux has 107.
	socketPathMax = 103
)

// Server is a running PostgreSQL server. Its methods may be called from several goroutines.
type Server struct {
	dsn     func(database string) string
	admin   string // database to connect to for CREATE and DROP DATABASE
	version string

	// The rest is zero for a server that this process did not start.
	folder  string
	process *process
	config  config
	bin     string
	account *account

	stop    sync.Once
	stopErr error
}

// Start finds the PostgreSQL programs, creates a cluster in a private folder, starts it, and
// returns when it answers queries. On failure nothing is left behind, and the error carries the
// last lines that PostgreSQL wrote.
//
// The programs are those in the folder $SOFTDELETE_PG_BIN; else those in PATH; else the newest of
// the distribution's folders; else they are downloaded. PostgreSQL refuses to run as root: root
// runs it as the user postgres, or else nobody.
func Start(ctx context.Context, opts ...Option) (_ *Server, err error) {
	c := config{search: defaultSearch()}
	for _, opt := range opts {
		opt(&c)
	}
	if runtime.GOOS == "windows" {
		c.tcp = true
	}
	account, err := unprivileged()
	if err != nil {
		return nil, err
	}
	folder, err := privateFolder(account)
	if err != nil {
		return nil, err
	}
	s := &Server{folder: folder, admin: "postgres", config: c, account: account}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("start a temporary PostgreSQL server: %w", err), s.Stop())
		}
	}()
	if s.bin, err = c.search.binaries(ctx, folder); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	if err := s.launch(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// privateFolder creates a folder in which the account can keep a cluster and its socket.
func privateFolder(account *account) (string, error) {
	// TMPDIR may be too long for a socket, closed to the account, or have a comma, at which both
	// PostgreSQL and its clients split a list of socket folders; /tmp is fine.
	parents := []string{os.TempDir()}
	if runtime.GOOS != "windows" {
		parents = append(parents, "/tmp")
	}
	for _, parent := range parents {
		folder, err := os.MkdirTemp(parent, "softdelete-pg-") // creates it with mode 0700
		if err != nil {
			return "", fmt.Errorf("create a folder for PostgreSQL: %w", err)
		}
		socket := filepath.Join(folder, ".s.PGSQL.65535")
		if len(socket) <= socketPathMax && !strings.Contains(socket, ",") && account.canReach(parent) {
			return folder, nil
		}
		if err := os.Remove(folder); err != nil {
			return "", fmt.Errorf("create a folder for PostgreSQL: %w", err)
		}
	}
	return "", fmt.Errorf("create a folder for PostgreSQL: none of %s can be entered by the user %s, is short "+
		"enough for a socket and has no comma; set TMPDIR to one that does", strings.Join(parents, ", "), account)
}

// launch makes a cluster and runs a server on it.
func (s *Server) launch(ctx context.Context) error {
	port, password := 5432, ""
	initdb := []string{
		"--pgdata=" + s.data(), "--username=" + owner, "--encoding=UTF8", "--no-locale", "--no-sync",
		// The socket's folder is closed to other users; the port is not.
		"--auth-local=trust", "--auth-host=scram-sha-256",
	}
	if s.config.tcp {
		var err error
		if port, err = freePort(); err != nil {
			return err
		}
		password = rand.Text()
		file := filepath.Join(s.folder, "password")
		if err := os.WriteFile(file, []byte(password+"\n"), 0o600); err != nil {
			return fmt.Errorf("write the password file: %w", err)
		}
		initdb = append(initdb, "--pwfile="+file)
	}
	if err := s.account.give(s.folder); err != nil {
		return err
	}
	create, err := s.run(s.bin, "initdb", initdb...)
	if err != nil {
		return fmt.Errorf("run initdb: %w", err)
	}
	select {
	case <-create.exited:
	case <-ctx.Done():
		return errors.Join(fmt.Errorf("run initdb: %w", ctx.Err()), create.kill())
	}
	if create.err != nil {
		return withLog(s.folder, fmt.Errorf("run initdb in %s: %w", s.bin, create.err))
	}
	return s.serve(ctx, port, password)
}

func (s *Server) data() string { return filepath.Join(s.folder, "data") }

// serve runs a server on the cluster that there is, and waits until it answers.
func (s *Server) serve(ctx context.Context, port int, password string) error {
	settings := []string{
		"unix_socket_directories=" + s.folder, "listen_addresses=",
		"fsync=off", "synchronous_commit=off", "full_page_writes=off",
		"shared_buffers=32MB", "max_wal_senders=0", "wal_level=minimal",
		"timezone=UTC", "log_timezone=UTC",
	}
	if s.config.tcp {
		settings = append(settings, "listen_addresses=127.0.0.1")
	}
	if runtime.GOOS == "windows" {
		settings = append(settings, "unix_socket_directories=")
	}
	settings = append(settings, "port="+strconv.Itoa(port))
	settings = append(settings, s.config.settings...)
	s.dsn = socketDSN(s.folder, port)
	if s.config.tcp {
		s.dsn = func(database string) string {
			u := url.URL{Scheme: "postgres", User: url.UserPassword(owner, password), Host: "127.0.0.1:" + strconv.Itoa(port), Path: "/" + database, RawQuery: "sslmode=disable"}
			return u.String()
		}
	}
	args := []string{"-D", s.data()}
	for _, setting := range settings {
		args = append(args, "-c", setting)
	}
	var err error
	if s.process, err = s.run(s.bin, "postgres", args...); err != nil {
		return fmt.Errorf("run postgres: %w", err)
	}
	return s.waitReady(ctx)
}

// socketDSN returns a function that makes the DSN of a database behind a socket.
func socketDSN(folder string, port int) func(database string) string {
	return func(database string) string {
		u := url.URL{Scheme: "postgres", User: url.User(owner), Path: "/" + database}
		query := url.Values{"sslmode": {"disable"}, "host": {folder}, "port": {strconv.Itoa(port)}}
		// As in libpq a plus sign is a plus sign: Encode writes a space as one.
		u.RawQuery = strings.ReplaceAll(query.Encode(), "+", "%20")
		return u.String()
	}
}

func (s *Server) run(bin, name string, args ...string) (*process, error) {
	return runProgram(s.account, s.folder, filepath.Join(bin, name), args...)
}

// runProgram starts a program that writes to the log of the folder.
func runProgram(account *account, folder, program string, args ...string) (*process, error) {
	log, err := os.OpenFile(filepath.Join(folder, "log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("create the log: %w", err)
	}
	defer func() { _ = log.Close() }() // the program writes to its own copy of the descriptor
	cmd := exec.Command(program, args...)
	cmd.Dir = folder // the account may have no access to the present one
	cmd.Env = environment()
	// A file, not a pipe: Wait would wait for every grandchild that holds the pipe's end.
	cmd.Stdout, cmd.Stderr = log, log
	account.apply(cmd)
	return startProcess(cmd)
}

// environment leaves out the variables that PostgreSQL and its client library read (PGDATA, PGPORT …).
func environment() []string {
	var env []string
	for _, entry := range os.Environ() {
		if name, _, _ := strings.Cut(entry, "="); !strings.HasPrefix(name, "PG") && !strings.HasPrefix(name, "LC_") {
			env = append(env, entry)
		}
	}
	return append(env, "LC_ALL=C")
}

func (s *Server) waitReady(ctx context.Context) error {
	return s.process.waitReady(ctx, s.folder, "postgres", s.readVersion)
}

// waitReady tries until it works, unless the program ends.
func (p *process) waitReady(ctx context.Context, folder, name string, try func(context.Context) error) error {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		last := try(ctx)
		if last == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-p.exited:
			return withLog(folder, fmt.Errorf("%s ended before it was ready: %w", name, p.failure()))
		case <-ctx.Done():
			return withLog(folder, fmt.Errorf("wait for %s: %w (last attempt: %w)", name, ctx.Err(), last))
		}
	}
}

func (s *Server) readVersion(ctx context.Context) error {
	return s.withAdmin(ctx, func(conn *pgx.Conn) error {
		return conn.QueryRow(ctx, "SHOW server_version").Scan(&s.version)
	})
}

func (s *Server) withAdmin(ctx context.Context, do func(*pgx.Conn) error) error {
	conn, err := pgx.Connect(ctx, s.dsn(s.admin))
	if err != nil {
		return err
	}
	// A connection that cannot say goodbye is closed nevertheless, and do has its result.
	defer func() { _ = conn.Close(ctx) }()
	return do(conn)
}

// withLog adds the last lines of the folder's log to the error.
func withLog(folder string, err error) error {
	const lines = 20
	text, readErr := os.ReadFile(filepath.Join(folder, "log"))
	if readErr != nil {
		return errors.Join(err, readErr)
	}
	all := strings.Split(strings.TrimSpace(string(text)), "\n")
	return fmt.Errorf("%w; the last lines of its log:\n%s", err, strings.Join(all[max(0, len(all)-lines):], "\n"))
}

// DSN returns the connection string, a URL, for a database of the server. The user it names is a
// superuser. The database "postgres" always exists.
func (s *Server) DSN(database string) string { return s.dsn(database) }

// Version returns the server's version as the server states it, for instance "16.9 (Debian 16.9-1)".
func (s *Server) Version() string { return s.version }

// CreateDatabase creates an empty database with UTF-8 encoding. The name may be any string that
// PostgreSQL takes; it is quoted.
func (s *Server) CreateDatabase(ctx context.Context, name string) error {
	return s.exec(ctx, "CREATE DATABASE "+quote(name)+" TEMPLATE template0 ENCODING 'UTF8'")
}

// DropDatabase removes a database and ends the connections to it. A database that does not exist
// is not an error.
func (s *Server) DropDatabase(ctx context.Context, name string) error {
	return s.exec(ctx, "DROP DATABASE IF EXISTS "+quote(name)+" WITH (FORCE)")
}

func (s *Server) exec(ctx context.Context, statement string) error {
	err := s.withAdmin(ctx, func(conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, statement)
		return err
	})
	if err != nil {
		return fmt.Errorf("%s: %w", statement, err)
	}
	return nil
}

func quote(name string) string { return pgx.Identifier{name}.Sanitize() }

// Stop ends the server, open connections included, and removes its folder. Further calls do
// nothing and return the same error.
func (s *Server) Stop() error {
	s.stop.Do(func() {
		if s.folder == "" {
			return
		}
		if s.process != nil {
			s.stopErr = s.process.shutdown()
		}
		s.stopErr = errors.Join(s.stopErr, removeFolder(s.folder))
	})
	return s.stopErr
}

// removeFolder tries again for a while: a child of a killed process may still be creating files.
func removeFolder(folder string) error {
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		err := os.RemoveAll(folder)
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("remove the server's folder: %w", err)
		}
	}
}
