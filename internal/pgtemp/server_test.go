package pgtemp

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

func TestMain(m *testing.M) {
	switch os.Getenv(childEnv) {
	case "server":
		serverChild()
	default:
		Main(m)
	}
}

// childEnv makes the test binary play another part, in a process of its own.
const childEnv = "PGTEMP_TEST_CHILD"

func start(t *testing.T, opts ...Option) *Server {
	t.Helper()
	s, err := Start(t.Context(), opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func query(t *testing.T, dsn, sql string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	var out string
	if err := conn.QueryRow(t.Context(), sql).Scan(&out); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return out
}

// openFolder returns a new folder that every user can enter, which t.TempDir is not.
func openFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "pgtemp-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// privateTemp makes os.TempDir a new, empty folder and returns it.
func privateTemp(t *testing.T) string {
	t.Helper()
	dir := openFolder(t)
	t.Setenv("TMPDIR", dir)
	return dir
}

func requireEmpty(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		t.Errorf("left behind: %s", filepath.Join(dir, e.Name()))
	}
}

func TestStartServeStop(t *testing.T) {
	temp := privateTemp(t)
	s := start(t)
	if !strings.HasPrefix(s.folder, temp) {
		t.Errorf("folder %s is not below TMPDIR %s", s.folder, temp)
	}
	if got := query(t, s.DSN("postgres"), "SHOW server_version"); got != s.Version() || got == "" {
		t.Errorf("Version() = %q, the server says %q", s.Version(), got)
	}
	for setting, want := range map[string]string{
		"fsync": "off", "listen_addresses": "", "server_encoding": "UTF8", "lc_collate": "C", "is_superuser": "on",
	} {
		if setting == "lc_collate" { // no setting any more from version 16 on
			if got := query(t, s.DSN("postgres"), "SELECT datcollate FROM pg_database WHERE datname = 'postgres'"); got != want {
				t.Errorf("collation %q, want %q", got, want)
			}
			continue
		}
		if got := query(t, s.DSN("postgres"), "SHOW "+setting); got != want {
			t.Errorf("%s = %q, want %q", setting, got, want)
		}
	}

	const name = `odd "name" / with ? and space`
	if err := s.CreateDatabase(t.Context(), name); err != nil {
		t.Fatal(err)
	}
	if got := query(t, s.DSN(name), "SELECT current_database()"); got != name {
		t.Errorf("DSN(%q) leads to %q", name, got)
	}
	if err := s.CreateDatabase(t.Context(), name); err == nil {
		t.Error("creating a database twice succeeded")
	}
	open, err := pgx.Connect(t.Context(), s.DSN(name))
	if err != nil {
		t.Fatal(err)
	}
	defer open.Close(context.Background())
	if err := s.DropDatabase(t.Context(), name); err != nil { // although a connection is open
		t.Fatal(err)
	}
	if conn, err := pgx.Connect(t.Context(), s.DSN(name)); err == nil {
		conn.Close(context.Background())
		t.Error("the dropped database still takes connections")
	}

	idle, err := pgx.Connect(t.Context(), s.DSN("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer idle.Close(context.Background())
	for range 2 { // the second call has nothing to do
		if err := s.Stop(); err != nil { // although a connection is open
			t.Fatal(err)
		}
	}
	if !s.process.ended(0) {
		t.Error("the server's process is still there")
	}
	requireEmpty(t, temp)
}

func TestSettingsOverrideTheDefaults(t *testing.T) {
	s := start(t, WithSetting("fsync", "off"), WithSetting("fsync", "on"), WithSetting("work_mem", "5MB"))
	for setting, want := range map[string]string{"fsync": "on", "work_mem": "5MB"} {
		if got := query(t, s.DSN("postgres"), "SHOW "+setting); got != want {
			t.Errorf("%s = %q, want %q", setting, got, want)
		}
	}
}

func TestTCPNeedsThePassword(t *testing.T) {
	s := start(t, WithTCP())
	if got := query(t, s.DSN("postgres"), "SELECT host(inet_server_addr())"); got != "127.0.0.1" {
		t.Errorf("connected through %q, want TCP to 127.0.0.1", got)
	}
	c, err := pgx.ParseConfig(s.DSN("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	c.Password = "guess"
	if conn, err := pgx.ConnectConfig(t.Context(), c); err == nil {
		conn.Close(context.Background())
		t.Error("a wrong password was accepted")
	}
}

func TestFoldersThatCannotHoldASocketAreAvoided(t *testing.T) {
	for name, c := range map[string]struct {
		folder string
		used   bool
	}{
		"too long for a socket":          {strings.Repeat("x", 90), false},
		"a comma separates lists":        {"a,b", false},
		"other characters are no matter": {`a b+c%20d'e`, true},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(privateTemp(t), c.folder)
			if err := os.Mkdir(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			t.Setenv("TMPDIR", dir)
			s := start(t)
			if strings.HasPrefix(s.folder, dir) != c.used {
				t.Errorf("the server's folder is %s", s.folder)
			}
			query(t, s.DSN("postgres"), "SELECT 'reached'")
			if !c.used {
				requireEmpty(t, dir)
			}
		})
	}
}

// scripts fills a folder with shell scripts in place of PostgreSQL's programs and makes Start use it.
func scripts(t *testing.T, initdb, postgres string) {
	t.Helper()
	dir := openFolder(t)
	for name, body := range map[string]string{"initdb": initdb, "postgres": postgres} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+body+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv(binEnv, dir)
}

func TestFailuresCarryTheLogAndLeaveNothing(t *testing.T) {
	const chatty = "i=0; while [ $i -lt 30 ]; do i=$((i+1)); echo line $i.; done; echo FATAL: no luck >&2; exit 3"
	for name, programs := range map[string][2]string{
		"initdb fails":         {chatty, "exit 0"},
		"postgres ends":        {"exit 0", chatty},
		"postgres ends kindly": {"exit 0", "i=0; while [ $i -lt 30 ]; do i=$((i+1)); echo line $i.; done; echo FATAL: no luck; exit 0"},
	} {
		t.Run(name, func(t *testing.T) {
			temp := privateTemp(t)
			scripts(t, programs[0], programs[1])
			_, err := Start(t.Context())
			if err == nil {
				t.Fatal("Start succeeded")
			}
			for _, want := range []string{"FATAL: no luck", "line 30.", "exit status"} {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error lacks %q: %v", want, err)
				}
			}
			if strings.Contains(err.Error(), "line 5.") {
				t.Errorf("the error carries the whole log: %v", err)
			}
			requireEmpty(t, temp)
		})
	}
}

func TestCancelledStartLeavesNothing(t *testing.T) {
	// Each script says that it has been reached, then does not get anywhere.
	for name, programs := range map[string][2]string{
		// initdb's own children have to end too.
		"in initdb":   {"sleep 1000 & echo > reached; wait", "exit 0"},
		"in postgres": {"exit 0", "echo > reached; exec sleep 1000"},
	} {
		t.Run(name, func(t *testing.T) {
			temp := privateTemp(t)
			scripts(t, programs[0], programs[1])
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
			if _, err := Start(ctx); !errors.Is(err, context.Canceled) {
				t.Errorf("Start returned %v", err)
			}
			requireEmpty(t, temp)
			requireNoProcess(t, temp)
		})
	}
	t.Run("before", func(t *testing.T) {
		temp := privateTemp(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := Start(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("Start returned %v", err)
		}
		requireEmpty(t, temp)
	})
}

func TestMissingPrograms(t *testing.T) {
	gone := httptest.NewServer(http.NotFoundHandler())
	defer gone.Close()
	t.Setenv("HOME", t.TempDir()) // the download cache of the library
	empty := t.TempDir()
	for name, s := range map[string]search{
		"none installed, none to download": {path: empty, globs: []string{empty + "/*/bin"}, repository: gone.URL},
		"the variable names a wrong folder": {
			explicit: empty, path: os.Getenv("PATH"), globs: defaultSearch().globs,
		},
	} {
		t.Run(name, func(t *testing.T) {
			temp := privateTemp(t)
			_, err := Start(t.Context(), func(c *config) { c.search = s })
			if err == nil {
				t.Fatal("Start succeeded")
			}
			for _, want := range []string{"apt-get install postgresql", "brew install postgresql", binEnv} {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error lacks %q: %v", want, err)
				}
			}
			requireEmptyAfterFetch(t, temp)
		})
	}
}

// requireEmptyAfterFetch forgives the embedded-postgres library its empty log file.
func requireEmptyAfterFetch(t *testing.T, dir string) {
	t.Helper()
	logs, err := filepath.Glob(filepath.Join(dir, "embedded_postgres_log*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, log := range logs {
		if err := os.Remove(log); err != nil {
			t.Fatal(err)
		}
	}
	requireEmpty(t, dir)
}

// The archive holds two shell scripts, bin/initdb and bin/postgres; the latter prints "I was
// fetched" and fails. Made with tar cJf.
func TestProgramsAreFetched(t *testing.T) {
	archive, err := os.ReadFile("testdata/programs.txz")
	if err != nil {
		t.Fatal(err)
	}
	var jar bytes.Buffer
	z := zip.NewWriter(&jar)
	w, err := z.Create("postgres.txz")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(archive); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	downloads := 0
	repository := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, ".jar") {
			http.NotFound(w, r)
			return
		}
		downloads++
		w.Write(jar.Bytes())
	}))
	defer repository.Close()
	t.Setenv("HOME", t.TempDir()) // the download cache of the library
	for range 2 {
		temp := privateTemp(t)
		_, err := Start(t.Context(), func(c *config) { c.search = search{repository: repository.URL} })
		if err == nil || !strings.Contains(err.Error(), "I was fetched") {
			t.Errorf("Start did not run the program that was fetched: %v", err)
		}
		requireEmptyAfterFetch(t, temp)
	}
	if downloads != 1 {
		t.Errorf("%d downloads, want one and then the cache", downloads)
	}
}

func TestCancelledFetchLeavesNothing(t *testing.T) {
	t.Setenv("HOME", t.TempDir()) // the download cache of the library
	temp := privateTemp(t)
	ctx, cancel := context.WithCancel(t.Context())
	release := make(chan struct{})
	repository := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		cancel()
		<-release
		http.NotFound(w, r)
	}))
	defer repository.Close()
	_, err := Start(ctx, func(c *config) { c.search = search{repository: repository.URL} })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Start returned %v", err)
	}
	// The folder of the download goes when the library is done with it.
	close(release)
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if left, _ := filepath.Glob(filepath.Join(temp, "softdelete-*")); len(left) == 0 {
			break
		}
	}
	requireEmptyAfterFetch(t, temp)
}

func TestSearchOrder(t *testing.T) {
	root := t.TempDir()
	install := func(dir string, programs ...string) string {
		t.Helper()
		dir = filepath.Join(root, dir)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		for _, p := range programs {
			if err := os.WriteFile(filepath.Join(dir, p), nil, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		return dir
	}
	client := install("client", "psql", "postgres") // no initdb
	inPath := install("path", "initdb", "postgres")
	explicit := install("explicit", "initdb", "postgres")
	install("lib/9.6/bin", "initdb", "postgres")
	lib10 := install("lib/10/bin", "initdb", "postgres")
	install("lib/11/bin", "postgres")
	globs := []string{root + "/none/*/bin", root + "/lib/*/bin"}
	path := client + string(os.PathListSeparator) + inPath

	for name, c := range map[string]struct {
		search search
		want   string
	}{
		"the variable before PATH":                {search{explicit: explicit, path: path, globs: globs}, explicit},
		"PATH before the folders":                 {search{path: path, globs: globs}, inPath},
		"the newest complete folder, by number":   {search{path: client, globs: globs}, lib10},
		"a relative PATH entry is not considered": {search{path: ".", globs: globs}, lib10},
	} {
		if got, err := c.search.installed(); err != nil || got != c.want {
			t.Errorf("%s: found %q, %v; want %q", name, got, err, c.want)
		}
	}
	if got, err := (search{path: client}).installed(); !errors.Is(err, errNotInstalled) {
		t.Errorf("a folder without initdb: found %q, %v", got, err)
	}
}
