package pgtemp

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// binEnv names the environment variable that holds the folder of initdb and postgres.
const binEnv = "SOFTDELETE_PG_BIN"

// search says where the PostgreSQL programs are looked for, in this order.
type search struct {
	explicit   string   // the value of SOFTDELETE_PG_BIN; when set, nothing else is tried
	path       string   // the value of PATH
	globs      []string // folders of the distributions
	repository string   // Maven repository of the embedded binaries; empty means the library's default
}

func defaultSearch() search {
	return search{
		explicit: os.Getenv(binEnv),
		path:     os.Getenv("PATH"),
		globs: []string{
			"/usr/lib/postgresql/*/bin",
			"/usr/pgsql-*/bin",
			"/opt/homebrew/opt/postgresql*/bin",
			"/usr/local/opt/postgresql*/bin",
		},
	}
}

var errNotInstalled = errors.New("no PostgreSQL server programs (initdb, postgres) found in PATH or the usual folders")

const remedy = "install them (Debian, Ubuntu: apt-get install postgresql; Fedora: dnf install postgresql-server; " +
	"macOS: brew install postgresql), or set " + binEnv + " to the folder that holds initdb and postgres"

// binaries returns the folder that holds initdb and postgres. When the machine has none they are
// downloaded and unpacked below folder.
func (s search) binaries(ctx context.Context, folder string) (string, error) {
	dir, err := s.installed()
	if !errors.Is(err, errNotInstalled) {
		return dir, err
	}
	dir, fetchErr := fetchBinaries(ctx, s.repository, folder)
	if fetchErr != nil {
		return "", fmt.Errorf("%w, and downloading them failed: %w; %s", err, fetchErr, remedy)
	}
	return dir, nil
}

func (s search) installed() (string, error) {
	if s.explicit != "" {
		if !hasServer(s.explicit) {
			return "", fmt.Errorf("%s=%s does not hold the programs initdb and postgres; correct or unset it, or %s",
				binEnv, s.explicit, remedy)
		}
		return filepath.Abs(s.explicit)
	}
	for _, dir := range filepath.SplitList(s.path) {
		// A relative entry of PATH is not trusted, as in os/exec.
		if filepath.IsAbs(dir) && hasServer(dir) {
			return dir, nil
		}
	}
	for _, glob := range s.globs {
		dirs, err := filepath.Glob(glob)
		if err != nil {
			return "", fmt.Errorf("look for PostgreSQL in %s: %w", glob, err)
		}
		slices.SortStableFunc(dirs, func(a, b string) int { return slices.Compare(numbers(b), numbers(a)) })
		for _, dir := range dirs {
			if hasServer(dir) {
				return dir, nil
			}
		}
	}
	return "", errNotInstalled
}

// hasServer asks for both programs in one folder: client packages put psql in PATH without them.
func hasServer(dir string) bool {
	for _, name := range []string{"initdb", "postgres"} {
		if _, err := exec.LookPath(filepath.Join(dir, name)); err != nil {
			return false
		}
	}
	return true
}

// numbers returns the runs of digits in a path: version 9.6 sorts below 10, which it does not as text.
func numbers(path string) []int {
	var out []int
	for _, digits := range strings.FieldsFunc(path, func(r rune) bool { return r < '0' || r > '9' }) {
		if n, err := strconv.Atoi(digits); err == nil {
			out = append(out, n)
		}
	}
	return out
}
