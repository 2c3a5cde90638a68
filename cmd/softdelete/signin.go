package main

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/softdelete-go/softdelete/access"
)

// signIn lets only those through who know a token. A program sends it with each request.
// A browser gets a cookie for it, which says until when it holds, and is signed with a
// key that ends with this process.
type signIn struct {
	token [sha256.Size]byte
	key   []byte
	title string
	log   *slog.Logger // of wrong tokens: who guesses can be seen
	next  http.Handler
	form  http.Handler
}

// session is how long a cookie holds.
const session = 12 * time.Hour

const sessionCookie = "softdelete_trash"

func newSignIn(token, title string, log *slog.Logger, next http.Handler) (http.Handler, error) {
	s := &signIn{token: sha256.Sum256([]byte(token)), key: make([]byte, 32), title: title, log: log, next: next}
	_, _ = rand.Read(s.key) // it never fails
	o, err := access.Options{Authorize: func(context.Context, access.Action, string) error { return errors.New("there is no table here") }}.Check()
	if err != nil {
		return nil, err
	}
	s.form, err = access.Guard(o, http.HandlerFunc(s.ask), func(w http.ResponseWriter, _ *http.Request, status int, why string) { s.page(w, status, why) })
	return s, err
}

func (s *signIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path == "/sign-in":
		s.form.ServeHTTP(w, r)
	case r.URL.Path == "/style.css" || r.URL.Path == "/icon.svg" || s.known(r):
		s.next.ServeHTTP(w, r)
	case strings.HasPrefix(r.URL.Path, "/api/") || r.Header.Get("Authorization") != "" || r.Method != http.MethodGet:
		w.Header().Set("WWW-Authenticate", "Bearer")
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprintln(w, `{"type":"about:blank","title":"Unauthorized","status":401,"detail":"Send the token, as Authorization: Bearer TOKEN."}`)
	default:
		w.Header().Set("Location", "/sign-in")
		w.WriteHeader(http.StatusSeeOther)
	}
}

// known reports whether a request has the token, or the cookie for it.
func (s *signIn) known(r *http.Request) bool {
	if scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok && strings.EqualFold(scheme, "Bearer") {
		return s.right(r, token)
	}
	cookie, err := r.Cookie(sessionCookie)
	if err != nil {
		return false
	}
	until, mac, _ := strings.Cut(cookie.Value, ".")
	seconds, err := strconv.ParseInt(until, 10, 64)
	return err == nil && hmac.Equal([]byte(mac), []byte(s.sign(until))) && time.Now().Unix() < seconds
}

// right compares digests: how long that takes says nothing about the token.
func (s *signIn) right(r *http.Request, token string) bool {
	sum := sha256.Sum256([]byte(strings.TrimSpace(token)))
	if subtle.ConstantTimeCompare(sum[:], s.token[:]) == 1 {
		return true
	}
	s.log.WarnContext(r.Context(), "softdelete: a wrong token", "from", r.RemoteAddr)
	return false
}

func (s *signIn) sign(until string) string {
	h := hmac.New(sha256.New, s.key)
	h.Write([]byte(until))
	return hex.EncodeToString(h.Sum(nil))
}

// ask is the page that asks for the token, and its form.
func (s *signIn) ask(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		s.page(w, http.StatusOK, "")
		return
	}
	if !s.right(r, r.PostFormValue("token")) {
		s.page(w, http.StatusForbidden, "that is not the token")
		return
	}
	until := strconv.FormatInt(time.Now().Add(session).Unix(), 10)
	http.SetCookie(w, &http.Cookie{
		Name: sessionCookie, Value: until + "." + s.sign(until), Path: "/", MaxAge: int(session.Seconds()), HttpOnly: true, SameSite: http.SameSiteStrictMode,
		Secure: r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https",
	})
	w.Header().Set("Location", "/")
	w.WriteHeader(http.StatusSeeOther)
}

var signInPage = template.Must(template.New("").Parse(`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<title>Sign in · {{.Title}}</title><link rel="stylesheet" href="/style.css"><link rel="icon" href="/icon.svg" type="image/svg+xml"></head>
<body><main class="wrap"><section class="card failure"><h1>{{.Title}}</h1>
{{with .Why}}<p class="notice bad" role="alert">Not signed in: {{.}}.</p>{{end}}
<form method="post" action="/sign-in"><p><label>Token <input type="password" name="token" required autocomplete="current-password"></label></p>
<p class="buttons"><button type="submit" class="primary">Sign in</button></p></form></section></main></body>
</html>
`))

func (s *signIn) page(w http.ResponseWriter, status int, why string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_ = signInPage.Execute(w, struct{ Title, Why string }{s.title, why}) // whoever asked has gone
}
