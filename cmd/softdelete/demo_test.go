package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"github.com/softdelete-go/softdelete/internal/pgtemp"
)

// patience bounds what must happen, for the sake of a clear failure.
const patience = 2 * time.Minute

// demoProcess is a run of "softdelete demo" that keeps its temporary files in a
// folder of its own.
type demoProcess struct {
	*exec.Cmd
	stdout, stderr bytes.Buffer
	temp           string
}

func newDemo(t *testing.T, env ...string) *demoProcess {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	// Not t.TempDir: the account that a root's server runs as must be able to
	// enter the folder, and a socket's path must be short.
	temp, err := os.MkdirTemp("", "sd-demo-")
	if err == nil {
		err = os.Chmod(temp, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(temp); err != nil {
			t.Error(err)
		}
	})
	p := &demoProcess{Cmd: exec.CommandContext(ctx, "softdelete", "demo"), temp: temp}
	p.Stdout, p.Stderr = &p.stdout, &p.stderr
	p.Env = append(slices.DeleteFunc(os.Environ(), func(e string) bool {
		return strings.HasPrefix(e, dsnEnv+"=")
	}), append(env, "TMPDIR="+temp)...)
	return p
}

func (p *demoProcess) status(t *testing.T, err error) int {
	t.Helper()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("run the demo: %v", err)
	}
	return p.ProcessState.ExitCode()
}

// leftovers are the entries of the folder for temporary files.
func (p *demoProcess) leftovers(t *testing.T) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(p.temp, "*"))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// shown is a statement of the demo as it was printed, its folded lines joined.
type shown struct{ write, receive, get string }

// sections reads the demo's output back: step titles to the calls beneath.
func sections(t *testing.T, output string) map[string][]shown {
	t.Helper()
	steps := map[string][]shown{}
	title, into := "", (*string)(nil)
	for line := range strings.Lines(output) {
		line = strings.TrimRight(line, "\n")
		if n := utf8.RuneCountInString(line); n > screenWidth {
			t.Errorf("%d columns are more than %d: %s", n, screenWidth, line)
		}
		if strings.Contains(line, "\x1b") {
			t.Errorf("colours, and this is no terminal: %q", line)
		}
		if heading, ok := strings.CutPrefix(line, "── "); ok {
			title, into = strings.TrimRight(heading, " ─"), nil
			continue
		}
		last := func() *shown { return &steps[title][len(steps[title])-1] }
		switch strings.TrimSpace(line) {
		case "you write":
			steps[title] = append(steps[title], shown{})
			into = &last().write
		case "PostgreSQL receives", "PostgreSQL receives, unchanged":
			into = &last().receive
		case "you get":
			into = &last().get
		case "":
			into = nil
		default:
			if into != nil {
				*into += strings.Join(strings.Fields(line), " ") + " "
			}
		}
	}
	return steps
}

func checkStory(t *testing.T, output string) {
	t.Helper()
	steps := sections(t, output)
	call := func(title string, n, of int) shown {
		t.Helper()
		if got := len(steps[title]); got != of {
			t.Fatalf("step %q has %d calls, want %d, in\n%s", title, got, of, output)
		}
		return steps[title][n]
	}
	contains := func(what, text string, parts ...string) {
		t.Helper()
		for _, part := range parts {
			if !strings.Contains(text, part) {
				t.Errorf("%s: %q does not contain %q", what, text, part)
			}
		}
	}

	const del = "1. Delete"
	c := call(del, 0, 4)
	contains("DELETE … USING", c.receive, "UPDATE order_items i SET deleted_at = now() FROM", "i.deleted_at IS NULL", "o.deleted_at IS NULL")
	deleted := number(t, `^(\d+) rows affected`, call(del, 1, 4).get)
	contains("DELETE", call(del, 1, 4).receive, "UPDATE orders SET deleted_at = now() WHERE orders.deleted_at IS NULL AND")
	contains("the same DELETE again", call(del, 2, 4).get, "0 rows affected")
	if n := number(t, `^(\d+) rows affected`, call(del, 3, 4).get); n != 40 {
		t.Errorf("%d customers deleted, want 40", n)
	}

	c = call("2. Count", 0, 1)
	contains("count", c.receive, "WHERE orders.deleted_at IS NULL")
	live := number(t, `open (\d+)`, c.get) + number(t, `shipped (\d+)`, c.get)
	if strings.Contains(c.get, "cancelled") {
		t.Errorf("count: cancelled orders are still counted: %s", c.get)
	}
	if live+deleted != 2000 {
		t.Errorf("%d orders are live and %d deleted, of 2000", live, deleted)
	}

	c = call("3. Join, in raw SQL", 0, 1)
	contains("join", c.receive, "o.deleted_at IS NULL", "i.deleted_at IS NULL", "p.deleted_at IS NULL", "$1", "-- comments stay, too")
	contains("join", c.get, "order status product quantity", "shipped")

	c = call("4. LEFT JOIN with an aggregate", 0, 1)
	contains("LEFT JOIN", c.receive, "LEFT JOIN (orders o JOIN (SELECT) AS _sd1 ON o.deleted_at IS NULL)", "c.deleted_at IS NULL")
	for _, row := range []string{`451 \S+ \S+ 0 `, `452 \S+ \S+ 0 `, `449 \S+ \S+ [1-9]`} {
		if !regexp.MustCompile(row).MatchString(c.get) {
			t.Errorf("LEFT JOIN: %q does not match %s", c.get, row)
		}
	}

	const prepared = "5. One prepared statement, two scopes"
	contains("prepared", call(prepared, 0, 2).receive, "WHERE orders.deleted_at IS NULL AND (customer_id = $1)")
	if n := number(t, `orders (\d+)`, call(prepared, 0, 2).get); n != 0 {
		t.Errorf("%d live orders of a customer whose orders are all deleted", n)
	}
	contains("prepared, WithDeleted", call(prepared, 1, 2).receive, "SELECT count(*) AS orders FROM orders WHERE customer_id = $1")
	if n := number(t, `orders (\d+)`, call(prepared, 1, 2).get); n == 0 {
		t.Error("WithDeleted shows no orders")
	}

	const trash = "6. OnlyDeleted: look into the trash, and take something out"
	contains("OnlyDeleted", call(trash, 0, 4).receive, "WHERE orders.deleted_at IS NOT NULL")
	contains("restore", call(trash, 1, 4).receive, "UPDATE orders SET deleted_at = NULL WHERE orders.deleted_at IS NOT NULL AND (id = 4)")
	contains("restore", call(trash, 1, 4).get, "1 row affected")
	if before := call("3. Join, in raw SQL", 0, 1).get; strings.Contains(before, " 4 cancelled ") {
		t.Errorf("the join shows a deleted order: %s", before)
	}
	contains("the join after the restore", call(trash, 3, 4).get, " 4 cancelled ")

	c = call("7. HardDelete: for good, and for this statement only", 0, 1)
	contains("HardDelete", c.receive, "DELETE FROM customers WHERE email = $1")
	contains("HardDelete", c.get, "1 row affected")

	for title, of := range map[string]int{
		"8. Refused: a hard delete of everything":                          1,
		"9. Refused: what cannot be a soft delete, or cannot be seen into": 2,
	} {
		for n := range of {
			c := call(title, n, of)
			contains(title, c.receive, "nothing")
			contains(title, c.get, "softdelete: refused")
		}
	}

	// Columns: start, live, OnlyDeleted, WithDeleted, without the driver.
	restored := int64(1)
	for table, want := range map[string][]int64{
		"customers": {500, 460, 39, 499, 499},
		"products":  {40, 40, 0, 40, 40},
		"orders":    {2000, 2000 - deleted + restored, deleted - restored, 2000, 2000},
	} {
		row := regexp.MustCompile(`(?m)^ +` + table + ` +(\d+) +(\d+) +(\d+) +(\d+) +(\d+)$`).FindStringSubmatch(output)
		if row == nil {
			t.Errorf("the last table has no row for %s, in\n%s", table, output)
			continue
		}
		for i := range want {
			if row[i+1] != strconv.FormatInt(want[i], 10) {
				t.Errorf("%s: column %d has %s, want %d", table, i+1, row[i+1], want[i])
			}
		}
	}
	contains("the end", output, "Gone for good: 1,", "How to go on")
}

// number returns the number that the pattern captures.
func number(t *testing.T, pattern, text string) int64 {
	t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if m == nil {
		t.Fatalf("%q does not match %s", text, pattern)
	}
	n, err := strconv.ParseInt(m[1], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestDemo(t *testing.T) {
	p := newDemo(t)
	if status := p.status(t, p.Run()); status != success {
		t.Fatalf("exit status %d; standard error:\n%s\nstandard output:\n%s", status, &p.stderr, &p.stdout)
	}
	checkStory(t, p.stdout.String())
	if left := p.leftovers(t); len(left) > 0 {
		t.Errorf("left behind: %s", left)
	}
}

func TestDemoOnTheUsersServer(t *testing.T) {
	server := startServer(t)
	before := databases(t, server)
	p := newDemo(t, dsnEnv+"="+server.DSN("postgres"))
	if status := p.status(t, p.Run()); status != success {
		t.Fatalf("exit status %d; standard error:\n%s\nstandard output:\n%s", status, &p.stderr, &p.stdout)
	}
	checkStory(t, p.stdout.String())
	if after := databases(t, server); !slices.Equal(before, after) {
		t.Errorf("databases %v became %v", before, after)
	}
}

// The output of "softdelete demo | head -1": the reader goes away early.
func TestDemoWithoutAReader(t *testing.T) {
	p := newDemo(t)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p.Stdout = w
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if status := p.status(t, p.Run()); status != failure {
		t.Errorf("exit status %d, want %d", status, failure)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(p.stderr.String(), "broken pipe") {
		t.Errorf("standard error: %s", &p.stderr)
	}
	if left := p.leftovers(t); len(left) > 0 {
		t.Errorf("left behind: %s", left)
	}
}

func TestDemoInterruptedWithATemporaryServer(t *testing.T) {
	p := newDemo(t)
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	// The server is up, and the shop has yet to be filled.
	pidFile := filepath.Join(p.temp, "softdelete-pg-*", "data", "postmaster.pid")
	var pid int
	eventually(t, func() bool {
		files, err := filepath.Glob(pidFile)
		if err != nil {
			t.Fatal(err)
		}
		if len(files) == 0 {
			return false
		}
		text, err := os.ReadFile(files[0])
		first, _, complete := strings.Cut(string(text), "\n")
		if err != nil || !complete {
			return false
		}
		pid, err = strconv.Atoi(first)
		return err == nil
	})
	interrupted(t, p)
	if left := p.leftovers(t); len(left) > 0 {
		t.Errorf("left behind: %s", left)
	}
	if alive(pid) {
		t.Errorf("the server, process %d, still runs", pid)
	}
}

func TestDemoInterruptedOnTheUsersServer(t *testing.T) {
	server := startServer(t)
	// New databases are copies of template1: the first CREATE TABLE in one waits.
	execute(t, server.DSN("template1"), `
		CREATE FUNCTION wait() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(600); END $$;
		CREATE EVENT TRIGGER wait ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION wait();`)
	before := databases(t, server)
	p := newDemo(t, dsnEnv+"="+server.DSN("postgres"))
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	conn := connect(t, server.DSN("postgres"))
	eventually(t, func() bool {
		var waiting bool
		err := conn.QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM pg_stat_activity
			WHERE datname LIKE 'softdelete\_demo\_%' AND wait_event = 'PgSleep')`).Scan(&waiting)
		if err != nil {
			t.Fatal(err)
		}
		return waiting
	})
	interrupted(t, p)
	if after := databases(t, server); !slices.Equal(before, after) {
		t.Errorf("databases %v became %v", before, after)
	}
}

func TestDemoWithoutPostgreSQL(t *testing.T) {
	p := newDemo(t, "SOFTDELETE_PG_BIN="+t.TempDir())
	status := p.status(t, p.Run())
	if status != failure || p.stdout.Len() > 0 {
		t.Errorf("exit status %d, standard output %q", status, &p.stdout)
	}
	for _, part := range []string{"softdelete demo: ", "SOFTDELETE_PG_BIN", "apt-get install postgresql", "SOFTDELETE_DSN"} {
		if !strings.Contains(p.stderr.String(), part) {
			t.Errorf("standard error lacks %q: %s", part, &p.stderr)
		}
	}
}

func TestDemoWithoutAnswerFromTheUsersServer(t *testing.T) {
	for name, c := range map[string]struct{ dsn, want string }{
		"not a DSN":       {"postgres://%zz", "SOFTDELETE_DSN is not a DSN"},
		"nobody answers":  {"postgres://me@127.0.0.1:1/postgres", "Is the server of SOFTDELETE_DSN running"},
		"no such folder":  {"host=/nonexistent user=me", "Is the server of SOFTDELETE_DSN running"},
		"password hidden": {"postgres://me:geheim@127.0.0.1:1/postgres", "127.0.0.1"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newDemo(t, dsnEnv+"="+c.dsn)
			if status := p.status(t, p.Run()); status != failure {
				t.Errorf("exit status %d", status)
			}
			if !strings.Contains(p.stderr.String(), c.want) || strings.Contains(p.stderr.String(), "geheim") {
				t.Errorf("standard error: %s", &p.stderr)
			}
		})
	}
}

func TestDemoNeedsAUserWhoMayCreateDatabases(t *testing.T) {
	server := startServer(t)
	execute(t, server.DSN("postgres"), "CREATE ROLE clerk LOGIN")
	dsn := strings.Replace(server.DSN("postgres"), "postgres@", "clerk@", 1)
	p := newDemo(t, dsnEnv+"="+dsn)
	if status := p.status(t, p.Run()); status != failure {
		t.Errorf("exit status %d", status)
	}
	if want := `let the user "clerk" create databases`; !strings.Contains(p.stderr.String(), want) {
		t.Errorf("standard error lacks %q: %s", want, &p.stderr)
	}
}

// interrupted sends Ctrl-C and checks how the demo ends.
func interrupted(t *testing.T, p *demoProcess) {
	t.Helper()
	if err := p.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if status := p.status(t, p.Wait()); status != failure {
		t.Errorf("exit status %d, want %d; standard output:\n%s", status, failure, &p.stdout)
	}
	if !strings.Contains(p.stderr.String(), "interrupted") {
		t.Errorf("standard error: %s", &p.stderr)
	}
}

func eventually(t *testing.T, happened func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !happened(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("this did not happen in time")
		}
	}
}

func startServer(t *testing.T) *pgtemp.Server {
	t.Helper()
	server, err := pgtemp.Start(t.Context())
	if err != nil {
		t.Fatalf("this test needs PostgreSQL: %v", err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	return server
}

func connect(t *testing.T, dsn string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) }) // it may be closed already
	return conn
}

func execute(t *testing.T, dsn, sql string) {
	t.Helper()
	conn := connect(t, dsn)
	if _, err := conn.Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
	// CREATE DATABASE waits for connections to its template.
	if err := conn.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func databases(t *testing.T, server *pgtemp.Server) []string {
	t.Helper()
	rows, err := connect(t, server.DSN("postgres")).Query(t.Context(), "SELECT datname FROM pg_database ORDER BY 1")
	if err != nil {
		t.Fatal(err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return names
}
