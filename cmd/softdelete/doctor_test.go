package main

import (
	"database/sql"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/softdelete-go/softdelete/internal/pgtemp"
)

// TestDoctorCommand runs "softdelete doctor" on a database with one warning and one
// notice.
func TestDoctorCommand(t *testing.T) {
	server, err := pgtemp.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	if err := server.CreateDatabase(t.Context(), "shop"); err != nil {
		t.Fatal(err)
	}
	dsn := server.DSN("shop")
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(`CREATE TABLE users (id serial PRIMARY KEY, email text UNIQUE, deleted_at timestamptz);
		CREATE INDEX users_marker ON users (deleted_at)`); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	policy := filepath.Join(t.TempDir(), "softdelete.yaml")
	if err := os.WriteFile(policy, []byte("tables: [{name: users}]"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args   []string
		status int
		want   []string
	}{
		{nil, failure, []string{"warning  SD121  public.users_email_key\n", "notice   SD142  public.users_marker\n", "0 errors, 1 warning, 1 notice."}},
		{[]string{"--policy", policy}, failure, []string{"SD121", "CREATE UNIQUE INDEX CONCURRENTLY users_email_key_live ON public.users USING btree (email) WHERE (deleted_at IS NULL);"}},
		{[]string{"--fail-on", "error"}, success, []string{"SD121", "SD142"}},
		{[]string{"--fail-on", "never"}, success, []string{"SD121"}},
		{[]string{"--ignore", "SD121:public.users_email_key"}, success, []string{"SD142", "0 errors, 0 warnings, 1 notice."}},
		{[]string{"--ignore", "SD142", "--fail-on=notice", "--ignore", "SD204, SD121"}, success, []string{"No findings.\n"}},
		{[]string{"--ignore", "SD121", "--fail-on=notice"}, failure, []string{"SD142"}},
		{[]string{"--format", "json"}, failure, []string{`"code": "SD121"`, `"severity": "warning"`}},
		{[]string{"--format", "sarif", "--policy", policy}, failure, []string{`"ruleId": "SD121"`, `"uri": "` + policy + `"`}},
		{[]string{"--ignore", "SD999"}, misuse, []string{`there is no code "SD999"`}},
	} {
		cmd := exec.CommandContext(t.Context(), "softdelete", append([]string{"doctor", "--dsn", dsn}, c.args...)...)
		out, err := cmd.CombinedOutput()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		if got := cmd.ProcessState.ExitCode(); got != c.status {
			t.Errorf("%q: status %d, expected %d; it says\n%s", c.args, got, c.status, out)
		}
		for _, want := range c.want {
			if !strings.Contains(string(out), want) {
				t.Errorf("%q: %q is missing in\n%s", c.args, want, out)
			}
		}
		if c.status == failure && len(c.args) > 1 && c.args[0] == "--format" && !json.Valid(out) {
			t.Errorf("%q: this is not JSON:\n%s", c.args, out)
		}
	}
}
