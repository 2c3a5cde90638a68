package access_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/softdelete-go/softdelete/access"
)

func allowAll(context.Context, access.Action, string) error { return nil }

func TestAuthorizeIsRequired(t *testing.T) {
	if _, err := (access.Options{}).Check(); err == nil {
		t.Error("options without Authorize are accepted")
	}
	o, err := access.Options{Authorize: allowAll}.Check()
	if err != nil || o.Logger == nil || o.Audit == nil || o.Timeout <= 0 || o.MaxBody <= 0 {
		t.Errorf("%+v, %v", o, err)
	}
}

func TestGuard(t *testing.T) {
	o, err := access.Options{Authorize: allowAll, MaxBody: 10, Timeout: time.Minute, TrustedOrigins: []string{"https://admin.example.com"}}.Check()
	if err != nil {
		t.Fatal(err)
	}
	guarded, err := access.Guard(o, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, ok := r.Context().Deadline(); !ok {
			t.Error("the request has no deadline")
		}
		if _, err := io.ReadAll(r.Body); err != nil {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
		}
	}), func(w http.ResponseWriter, _ *http.Request, status int, _ string) { w.WriteHeader(status) })
	if err != nil {
		t.Fatal(err)
	}
	const form = "application/x-www-form-urlencoded"
	for _, c := range []struct {
		name, method, body string
		header             map[string]string
		want               int
	}{
		{"a page", "GET", "", nil, 200},
		{"a page, from a link elsewhere", "GET", "", map[string]string{"Sec-Fetch-Site": "cross-site"}, 200},
		{"a form of ours", "POST", "a=b", map[string]string{"Content-Type": form, "Sec-Fetch-Site": "same-origin"}, 200},
		{"a form of ours, in an older browser", "POST", "a=b", map[string]string{"Content-Type": form, "Origin": "http://example.com"}, 200},
		{"a form of another site", "POST", "a=b", map[string]string{"Content-Type": form, "Sec-Fetch-Site": "cross-site"}, 403},
		{"a form of a sibling", "POST", "a=b", map[string]string{"Content-Type": form, "Sec-Fetch-Site": "same-site"}, 403},
		{"a form of another site, in an older browser", "POST", "a=b", map[string]string{"Content-Type": form, "Origin": "https://evil.example"}, 403},
		{"a form of nowhere", "POST", "a=b", map[string]string{"Content-Type": form}, 403},
		{"a form in a sandbox", "POST", "a=b", map[string]string{"Content-Type": form, "Origin": "null"}, 403},
		{"a form of a trusted site", "POST", "a=b", map[string]string{"Content-Type": form, "Origin": "https://admin.example.com"}, 200},
		{"a program", "PATCH", "{}", map[string]string{"Content-Type": "application/json"}, 200},
		{"a program, without a body", "DELETE", "", nil, 200},
		{"text of nowhere, which a form can send", "POST", "{}", map[string]string{"Content-Type": "text/plain"}, 403},
		{"a long body", "POST", "12345678901", map[string]string{"Content-Type": "application/json"}, 413},
	} {
		r := httptest.NewRequest(c.method, "http://example.com/x", strings.NewReader(c.body))
		for k, v := range c.header {
			r.Header.Set(k, v)
		}
		w := httptest.NewRecorder()
		guarded.ServeHTTP(w, r)
		if w.Code != c.want {
			t.Errorf("%s: %d, want %d", c.name, w.Code, c.want)
		}
		if w.Header().Get("X-Frame-Options") != "DENY" {
			t.Errorf("%s: may be framed", c.name)
		}
	}
	r := httptest.NewRequest("POST", "http://example.com/x", io.NopCloser(strings.NewReader("12345678901")))
	r.ContentLength = -1
	w := httptest.NewRecorder()
	if guarded.ServeHTTP(w, r); w.Code != 413 {
		t.Errorf("a long body of unknown length: %d", w.Code)
	}
	o.TrustedOrigins = []string{"not an origin"}
	if _, err := access.Guard(o, guarded, nil); err == nil {
		t.Error("a trusted origin that is none is accepted")
	}
}

func TestEventsAreLogged(t *testing.T) {
	var b bytes.Buffer
	o, err := access.Options{Authorize: allowAll, Logger: slog.New(slog.NewTextHandler(&b, nil))}.Check()
	if err != nil {
		t.Fatal(err)
	}
	o.Audit(t.Context(), access.Event{Actor: "ann", Action: access.Purge, Table: "users", Key: []string{"7"}, Deletion: "d", Rows: map[string]int64{"users": 1}, Err: errors.New("no")})
	for _, want := range []string{"actor=ann", "action=purge", "table=users", "key=[7]", "deletion=d", "rows=map[users:1]", "error=no"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is not in %s", want, b.String())
		}
	}
}
