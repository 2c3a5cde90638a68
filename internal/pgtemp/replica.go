package pgtemp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// Replica is a read-only server that follows another one.
type Replica struct {
	*Server
	primary *Server
}

// StartReplica copies the server and starts the copy as a hot standby of it, by streaming
// replication. The server needs the option [WithReplicas]. Stop the replica first: it does
// not end with its primary.
//
// The copy is made with SQL functions and not by pg_basebackup, which not every
// distribution of the server's programs has.
func (s *Server) StartReplica(ctx context.Context) (_ *Replica, err error) {
	if s.folder == "" || s.config.tcp {
		return nil, errors.New("start a replica: of a server only that this process has started, without WithTCP")
	}
	folder, err := privateFolder(s.account)
	if err != nil {
		return nil, err
	}
	r := &Replica{Server: &Server{folder: folder, admin: s.admin, config: s.config, bin: s.bin, account: s.account}, primary: s}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("start a replica: %w", err), r.Stop())
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	if err := s.backUp(ctx, r.data()); err != nil {
		return nil, err
	}
	socket := strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s.folder)
	follow := fmt.Sprintf("host='%s' port=5432 user=%s", socket, owner)
	r.config.settings = append([]string{}, s.config.settings...)
	r.config.settings = append(r.config.settings, "hot_standby=on", "primary_conninfo="+follow)
	if err := os.WriteFile(filepath.Join(r.data(), "standby.signal"), nil, 0o600); err != nil {
		return nil, err
	}
	if err := r.account.give(folder); err != nil {
		return nil, err
	}
	if err := r.serve(ctx, 5432, ""); err != nil {
		return nil, err
	}
	return r, nil
}

// backUp copies the data folder while the server runs.
func (s *Server) backUp(ctx context.Context, to string) error {
	return s.withAdmin(ctx, func(conn *pgx.Conn) error {
		if _, err := conn.Exec(ctx, "SELECT pg_backup_start('replica', true)"); err != nil {
			return err
		}
		if err := copyFolder(s.data(), to); err != nil {
			return err
		}
		var label string
		if err := conn.QueryRow(ctx, "SELECT labelfile FROM pg_backup_stop(false)").Scan(&label); err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, "backup_label"), []byte(label), 0o600)
	})
}

// copyFolder copies a data folder that is in use: what has gone meanwhile is not needed.
func copyFolder(from, to string) error {
	return filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, name)
		switch {
		case entry.IsDir():
			return os.Mkdir(target, 0o700)
		case name == "postmaster.pid", name == "postmaster.opts", strings.HasPrefix(name, "pg_wal"+string(filepath.Separator)):
			return nil // of the running server; the log comes from there, too
		}
		return copyFile(path, target)
	})
}

func copyFile(from, to string) (err error) {
	in, err := os.Open(from)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	_, err = io.Copy(out, in)
	return err
}

// CatchUp waits until the replica has all that its primary has committed so far.
func (r *Replica) CatchUp(ctx context.Context) error {
	var position string
	if err := r.primary.withAdmin(ctx, func(conn *pgx.Conn) error {
		return conn.QueryRow(ctx, "SELECT pg_current_wal_insert_lsn()::text").Scan(&position)
	}); err != nil {
		return err
	}
	return r.withAdmin(ctx, func(conn *pgx.Conn) error {
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for {
			var there bool
			if err := conn.QueryRow(ctx, "SELECT pg_last_wal_replay_lsn() >= $1::pg_lsn", position).Scan(&there); err != nil || there {
				return err
			}
			select {
			case <-tick.C:
			case <-r.process.exited:
				return withLog(r.folder, fmt.Errorf("the replica ended: %w", r.process.failure()))
			case <-ctx.Done():
				return withLog(r.folder, ctx.Err())
			}
		}
	})
}
