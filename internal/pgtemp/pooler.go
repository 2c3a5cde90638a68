package pgtemp

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
)

// Pooler is a running PgBouncer, in transaction mode: a client has a server connection
// for the length of a transaction only.
type Pooler struct {
	dsn     func(database string) string
	version []int
	folder  string
	process *process

	stop    sync.Once
	stopErr error
}

// PoolerOption changes how [Server.StartPooler] runs PgBouncer.
type PoolerOption func(*[]string)

// WithPoolerSetting sets a setting of PgBouncer, as in pgbouncer.ini. It overrides the
// defaults of this package: a pool of two server connections, used in turns.
func WithPoolerSetting(name, value string) PoolerOption {
	return func(settings *[]string) { *settings = append(*settings, name+" = "+value) }
}

// poolerPort is its port: a part of the name of a socket in a folder of its own.
const poolerPort = 6432

const poolerRemedy = "install it (Debian, Ubuntu: apt-get install pgbouncer; Fedora: dnf install pgbouncer; " +
	"macOS: brew install pgbouncer)"

// StartPooler starts PgBouncer before all databases of the server, in a private folder,
// and returns when it answers. On failure nothing is left behind, and the error carries the
// last lines that it wrote.
func (s *Server) StartPooler(ctx context.Context, opts ...PoolerOption) (_ *Pooler, err error) {
	if runtime.GOOS == "windows" {
		return nil, errors.New("start PgBouncer: it needs Unix sockets here")
	}
	program, err := findPooler()
	if err != nil {
		return nil, err
	}
	// PgBouncer refuses to run as root, too.
	account, err := unprivileged()
	if err != nil {
		return nil, err
	}
	folder, err := privateFolder(account)
	if err != nil {
		return nil, err
	}
	p := &Pooler{folder: folder, dsn: socketDSN(folder, poolerPort)}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("start PgBouncer: %w", err), p.Stop())
		}
	}()
	if err := p.configure(s, opts); err != nil {
		return nil, err
	}
	if err := account.give(folder); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	if p.process, err = runProgram(account, folder, program, filepath.Join(folder, "pgbouncer.ini")); err != nil {
		return nil, err
	}
	if err := p.process.waitReady(ctx, folder, "PgBouncer", p.readVersion); err != nil {
		return nil, err
	}
	return p, nil
}

func findPooler() (string, error) {
	folders := append(filepath.SplitList(os.Getenv("PATH")), "/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin", "/usr/local/bin")
	for _, folder := range folders {
		if !filepath.IsAbs(folder) {
			continue
		}
		if program, err := exec.LookPath(filepath.Join(folder, "pgbouncer")); err == nil {
			return program, nil
		}
	}
	return "", errors.New("the program pgbouncer is neither in PATH nor in the usual folders; " + poolerRemedy)
}

// configure writes pgbouncer.ini.
func (p *Pooler) configure(s *Server, opts []PoolerOption) error {
	c, err := pgx.ParseConfig(s.DSN(s.admin))
	if err != nil {
		return err
	}
	database := fmt.Sprintf("* = host=%s port=%d user=%s", value(c.Host), c.Port, value(c.User))
	if c.Password != "" {
		database += " password=" + value(c.Password)
	}
	settings := []string{
		"unix_socket_dir = " + p.folder, "listen_port = " + strconv.Itoa(poolerPort), "listen_addr =",
		"auth_type = any", // the socket's folder is closed to other users
		"admin_users = " + owner, "pool_mode = transaction", "default_pool_size = 2", "max_client_conn = 100",
		// The one that has waited longest is taken, not the one that was used last.
		"server_round_robin = 1",
	}
	for _, opt := range opts {
		opt(&settings)
	}
	text := "[databases]\n" + database + "\n[pgbouncer]\n" + strings.Join(settings, "\n") + "\n"
	return os.WriteFile(filepath.Join(p.folder, "pgbouncer.ini"), []byte(text), 0o600)
}

// value quotes a value for a connection string in pgbouncer.ini.
func value(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

func (p *Pooler) readVersion(ctx context.Context) error {
	c, err := pgx.ParseConfig(p.dsn("pgbouncer"))
	if err != nil {
		return err
	}
	c.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol // its console knows no other
	conn, err := pgx.ConnectConfig(ctx, c)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	var version string
	if err := conn.QueryRow(ctx, "SHOW VERSION").Scan(&version); err != nil {
		return err
	}
	p.version = numbers(version)
	return nil
}

// DSN returns the connection string, a URL, for a database of the server, through PgBouncer.
func (p *Pooler) DSN(database string) string { return p.dsn(database) }

// AtLeast reports whether it is that version of PgBouncer or a later one, 1.21 for instance.
func (p *Pooler) AtLeast(version ...int) bool { return slices.Compare(p.version, version) >= 0 }

// Stop ends PgBouncer, open connections included, and removes its folder. Further calls
// do nothing and return the same error.
func (p *Pooler) Stop() error {
	p.stop.Do(func() {
		if p.process != nil {
			p.stopErr = p.process.terminate()
		}
		p.stopErr = errors.Join(p.stopErr, removeFolder(p.folder))
	})
	return p.stopErr
}
