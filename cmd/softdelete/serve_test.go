package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/softdelete-go/softdelete"
)

// output is what a process has written so far.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// addressIn waits for the address that a process prints.
func addressIn(t *testing.T, o *output) (address string) {
	t.Helper()
	eventually(t, func() bool {
		address = regexp.MustCompile(`http://127\.0\.0\.1:\d+/`).FindString(o.String())
		return address != ""
	})
	return address
}

const serveSchema = `CREATE TABLE users (id int PRIMARY KEY, name text, deleted_at timestamptz, deletion_id uuid); INSERT INTO users VALUES (1, 'Ann'), (2, 'Bob');` + softdelete.JournalDDL + softdelete.HoldDDL

// servedShop is a database with a deletion, and its policy in a file.
func servedShop(t *testing.T, name string) (dsn, policy, id string) {
	t.Helper()
	dsn, err := newDatabase(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	execute(t, dsn, serveSchema)
	policy = filepath.Join(t.TempDir(), "policy.yaml")
	if err := os.WriteFile(policy, []byte("tables: [{name: users, deletion_id: deletion_id}]\njournal: true\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := softdelete.Open(dsn, softdelete.Policy{Journal: true, Tables: []softdelete.Table{{Name: "users", DeletionID: "deletion_id"}}})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(`DELETE FROM users WHERE id = 1`); err != nil {
		t.Fatal(err)
	}
	if err := connect(t, dsn).QueryRow(t.Context(), `SELECT id::text FROM softdelete_deletions`).Scan(&id); err != nil {
		t.Fatal(err)
	}
	return dsn, policy, id
}

func TestServe(t *testing.T) {
	dsn, policy, id := servedShop(t, "served")
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	p := exec.CommandContext(ctx, "softdelete", "serve", "--dsn", dsn, "--policy", policy, "--listen", "127.0.0.1:0", "--actor", "zoe")
	var stdout, stderr output
	p.Stdout, p.Stderr = &stdout, &stderr
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	address := addressIn(t, &stdout)
	res, err := http.PostForm(address+"deletions/"+id+"/restore", nil)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusForbidden {
		t.Errorf("a form of an unknown place: status %d", res.StatusCode)
	}
	res, err = http.Post(address+"api/deletions/"+id+"/restore", "application/json", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(res.Body)
	res.Body.Close()
	if res.StatusCode != http.StatusOK || !strings.Contains(string(body), `"restored":1`) {
		t.Errorf("restore: %d %s", res.StatusCode, body)
	}
	var by string
	if err := connect(t, dsn).QueryRow(t.Context(), `SELECT restored_by FROM softdelete_deletions`).Scan(&by); err != nil || by != "zoe" {
		t.Errorf("restored by %q, %v", by, err)
	}
	if err := p.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := p.Wait(); err != nil {
		t.Errorf("after Ctrl-C: %v: %s", err, &stderr)
	}
	if !strings.Contains(stderr.String(), "actor=zoe action=restore") {
		t.Errorf("the log: %s", &stderr)
	}
}

func TestServeRefusesToStart(t *testing.T) {
	dsn, policy, _ := servedShop(t, "unserved")
	short := filepath.Join(t.TempDir(), "short")
	if err := os.WriteFile(short, []byte("secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"everywhere, without a token": {[]string{"--listen", ":0"}, "say who may"},
		"elsewhere, without a token":  {[]string{"--listen", "192.0.2.1:80"}, "say who may"},
		"no address":                  {[]string{"--listen", "localhost"}, "write a host and a port"},
		"a short token":               {[]string{"--token-file", short}, "fewer than 16 characters"},
		"no such file":                {[]string{"--token-file", short + "er"}, "no such file"},
		"an argument":                 {[]string{"please"}, "unexpected argument"},
		"no database":                 {[]string{"--dsn", "postgres://127.0.0.1:1/x"}, "127.0.0.1"},
	} {
		p := exec.CommandContext(t.Context(), "softdelete", append([]string{"serve", "--dsn", dsn, "--policy", policy}, c.args...)...)
		p.Env = append(os.Environ(), "SOFTDELETE_TOKEN=")
		out, err := p.CombinedOutput()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != misuse || !strings.Contains(string(out), c.want) {
			t.Errorf("%s: %v: %s", name, err, out)
		}
	}
}

func TestServeBehindAToken(t *testing.T) {
	dsn, _, id := servedShop(t, "token")
	db, err := softdelete.Open(dsn, softdelete.Policy{Journal: true, Tables: []softdelete.Table{{Name: "users", DeletionID: "deletion_id"}}})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	const token = "0123456789abcdef-token"
	f := serveFlags{trashCommand: &trashCommand{actor: "zoe"}, readOnly: true}
	var log output
	handler, err := trashOf(db, f.options(slog.New(slog.NewTextHandler(&log, nil))), token, false)
	if err != nil {
		t.Fatal(err)
	}
	do := func(method, path, body string, header ...string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		return w
	}
	status := func(what string, w *httptest.ResponseRecorder, want int) {
		t.Helper()
		if w.Code != want {
			t.Errorf("%s: status %d, want %d: %.300s", what, w.Code, want, w.Body)
		}
		if strings.Contains(w.Body.String(), token) {
			t.Errorf("%s: the token is shown", what)
		}
	}
	for _, path := range []string{"/", "/deletions", "/deletions/" + id} {
		w := do("GET", path, "")
		status(path, w, 303)
		if w.Header().Get("Location") != "/sign-in" {
			t.Errorf("%s leads to %s", path, w.Header().Get("Location"))
		}
	}
	for _, path := range []string{"/api/overview", "/api/deletions/" + id} {
		status(path, do("GET", path, ""), 401)
		status(path+", with another token", do("GET", path, "", "Authorization", "Bearer "+token[1:]), 401)
		status(path+", with the token", do("GET", path, "", "Authorization", "Bearer "+token), 200)
		status(path+", with the token", do("GET", path, "", "Authorization", "bearer "+token), 200)
	}
	status("a form", do("POST", "/deletions/"+id+"/restore", ""), 401)
	status("style", do("GET", "/style.css", ""), 200)
	status("the page", do("GET", "/sign-in", ""), 200)
	form := []string{"Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "same-origin"}
	status("a wrong token", do("POST", "/sign-in", url.Values{"token": {"x"}}.Encode(), form...), 403)
	status("another site's form", do("POST", "/sign-in", url.Values{"token": {token}}.Encode(), form[0], form[1], "Sec-Fetch-Site", "cross-site"), 403)
	w := do("POST", "/sign-in", url.Values{"token": {token}}.Encode(), form...)
	status("the token", w, 303)
	cookies := w.Result().Cookies()
	if len(cookies) != 1 || !cookies[0].HttpOnly || cookies[0].SameSite != http.SameSiteStrictMode || strings.Contains(cookies[0].Value, token) {
		t.Fatalf("%+v", cookies)
	}
	if n := strings.Count(log.String(), `msg="softdelete: a wrong token" from=192.0.2.1:1234`); n != 3 || strings.Contains(log.String(), token[1:]) {
		t.Errorf("%d wrong tokens are logged, of 3: %s", n, &log)
	}
	value := cookies[0].Value
	status("with the cookie", do("GET", "/deletions/"+id, "", "Cookie", sessionCookie+"="+value), 200)
	until, mac, _ := strings.Cut(value, ".")
	for _, forged := range []string{"", "x", until, until + ".", "9" + until + "." + mac, until + "." + mac[1:], "1." + mac} {
		status("a forged cookie", do("GET", "/deletions", "", "Cookie", sessionCookie+"="+forged), 303)
	}
	w = do("POST", "/api/deletions/"+id+"/restore", "", "Authorization", "Bearer "+token)
	status("a change, for reading only", w, 403)
	if !strings.Contains(w.Body.String(), "for reading only") {
		t.Errorf("%s", w.Body)
	}
}

func TestNamesOfThisMachine(t *testing.T) {
	handler := onlyLocalNames(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	for host, want := range map[string]int{
		"localhost": 200, "LOCALHOST:8080": 200, "127.0.0.1:8080": 200, "127.0.0.1": 200, "[::1]:8080": 200, "[::1]": 200,
		"evil.example": 421, "evil.example:8080": 421, "localhost.evil.example": 421, "127.0.0.1.evil.example:8080": 421, "192.0.2.1": 421, "": 421,
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Host = host
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("%q: status %d, want %d", host, w.Code, want)
		}
	}
	for address, want := range map[string]bool{"127.0.0.1:1": true, "localhost:1": true, "[::1]:1": true, ":1": false, "0.0.0.0:1": false, "[::]:1": false, "example.com:1": false} {
		if got, err := isLoopback(address); got != want || err != nil {
			t.Errorf("%s: %t, %v", address, got, err)
		}
	}
}

// The demo's shop, of which a customer was just deleted: it is in the trash, and comes
// back with everything.
func TestDemoServesTheTrash(t *testing.T) {
	p := newDemo(t)
	p.Args = append(p.Args, "--serve")
	var stdout output
	p.Stdout = &stdout
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	address := addressIn(t, &stdout)
	page := func(path string) string {
		t.Helper()
		res, err := http.Get(address + path)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d %v %s", path, res.StatusCode, err, body)
		}
		return string(body)
	}
	latest := regexp.MustCompile(`deletions/[0-9a-f-]{36}`).FindString(page(""))
	if text := page(latest); !strings.Contains(text, "closed the account") || !strings.Contains(text, "customer29@shop.example") {
		t.Errorf("the latest deletion: %s", text)
	}
	if text := page(latest + "/restore"); !strings.Contains(text, "<b>1</b> customers") || !strings.Contains(text, "Restore 9 rows") {
		t.Errorf("the preview: %s", text)
	}
	for path, want := range map[string]string{"deletions?state=restored": "wrong customer", "deletions?held=1": "dispute", "deletions?actor=jonas&reason=forgotten": "asked to be forgotten"} {
		if text := page(path); !strings.Contains(text, want) {
			t.Errorf("%s lacks %q", path, want)
		}
	}
	if err := p.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if status := p.status(t, p.Wait()); status != success {
		t.Errorf("exit status %d: %s", status, &p.stderr)
	}
	if left := p.leftovers(t); len(left) > 0 {
		t.Errorf("left behind: %s", left)
	}
}
