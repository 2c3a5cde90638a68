package main

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/user"
	"strings"
	"time"

	"github.com/softdelete-go/softdelete/access"
	"github.com/softdelete-go/softdelete/trash"
)

const serveHelp = `Usage:

    softdelete serve --dsn DSN [flags]

Serves the trash: pages on which people find deleted rows, bring them back, hold and
purge them; and the same as JSON, under /api/. Ctrl-C ends it.

By default nobody but this machine reaches it, and whoever does may do everything.
On any other address than a loopback one it demands a token: in a browser once, by
a page that asks for it; from a program in the header "Authorization: Bearer TOKEN".
It speaks HTTP; put a proxy that speaks HTTPS before it where others are in between.

Flags:

    --dsn DSN          the database, such as postgres://localhost/shop
    --policy FILE      the policy (default softdelete.yaml)
    --listen ADDRESS   where (default 127.0.0.1:8080); port 0 is any free one
    --token-file FILE  has the token, 16 characters or more, for a loopback address too
    --read-only        show everything, and let nobody change anything
    --actor NAME       who it is, for the journal and the audit (default: your user name)
    --title TEXT       the heading of the pages (default Trash)

Environment:

    SOFTDELETE_TOKEN   the token, in place of --token-file

What is done is written to standard error, a line for each act and for each wrong
token.

Exit status: 0 after Ctrl-C; 2 if the command line, the policy or the database is
unusable, or the address is taken.

Examples:

    softdelete serve --dsn postgres://localhost/shop
    softdelete serve --dsn postgres://localhost/shop --listen :8080 --token-file token.txt --read-only
`

// tokenEnv names the environment variable with the token of serve.
const tokenEnv = "SOFTDELETE_TOKEN"

// serveFlags is the command line of serve.
type serveFlags struct {
	*trashCommand
	listen, tokenFile, title string
	readOnly                 bool
}

func runServe(ctx context.Context, args []string) int {
	t, flags := newTrash("serve")
	f := serveFlags{trashCommand: t}
	flags.StringVar(&f.listen, "listen", "127.0.0.1:8080", "")
	flags.StringVar(&f.tokenFile, "token-file", "", "")
	flags.BoolVar(&f.readOnly, "read-only", false, "")
	flags.StringVar(&t.actor, "actor", userName(), "")
	flags.StringVar(&f.title, "title", "", "")
	rest, status, ok := parseMixed(flags, args)
	if !ok {
		return status
	}
	if len(rest) > 0 {
		return complain("serve", fmt.Errorf("unexpected argument %q", rest[0]))
	}
	token, err := f.token()
	if err != nil {
		return complain("serve", err)
	}
	local, err := isLoopback(f.listen)
	if err != nil {
		return complain("serve", err)
	}
	if !local && token == "" {
		return complain("serve", fmt.Errorf("others can reach %s: say who may, with --token-file FILE or %s; or listen on 127.0.0.1", f.listen, tokenEnv))
	}
	return t.with(ctx, func(ctx context.Context, db *sql.DB) error {
		if err := db.PingContext(ctx); err != nil {
			return err
		}
		logger := slog.New(slog.NewTextHandler(os.Stderr, nil))
		handler, err := trashOf(db, f.options(logger), token, local)
		if err != nil {
			return err
		}
		return listenAndServe(ctx, f.listen, handler, func(address string) { fmt.Printf("The trash is at %s (Ctrl-C ends it)\n", address) })
	})
}

func (f *serveFlags) token() (string, error) {
	token := os.Getenv(tokenEnv)
	if f.tokenFile != "" {
		text, err := os.ReadFile(f.tokenFile)
		if err != nil {
			return "", err
		}
		if token = strings.TrimSpace(string(text)); token == "" {
			return "", fmt.Errorf("%s is empty", f.tokenFile)
		}
	}
	if token != "" && len(token) < 16 {
		return "", errors.New("the token has fewer than 16 characters; make one with: openssl rand -hex 16")
	}
	return token, nil
}

func (f *serveFlags) options(logger *slog.Logger) trash.Options {
	return trash.Options{
		Title: f.title,
		Options: access.Options{
			Logger: logger,
			Actor:  func(context.Context) string { return f.actor },
			Authorize: func(_ context.Context, action access.Action, _ string) error {
				if f.readOnly && action != access.See && action != access.Read {
					return access.Denied{Why: "This trash is for reading only."}
				}
				return nil
			},
		},
	}
}

// trashOf is the trash behind what keeps others out.
func trashOf(db *sql.DB, o trash.Options, token string, local bool) (http.Handler, error) {
	handler, err := trash.New(db, o)
	if err != nil {
		return nil, err
	}
	if token != "" {
		if handler, err = newSignIn(token, cmp.Or(o.Title, "Trash"), o.Logger, handler); err != nil {
			return nil, err
		}
	}
	if local {
		handler = onlyLocalNames(handler)
	}
	return handler, nil
}

// isLoopback reports whether nobody but this machine reaches an address.
func isLoopback(address string) (bool, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false, fmt.Errorf("--listen %s: write a host and a port, such as 127.0.0.1:8080", address)
	}
	return isLocalName(host), nil
}

func isLocalName(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// onlyLocalNames turns away requests for other names than this machine's own: a page of
// another site may have a name that leads to 127.0.0.1, and would then be of the same
// origin as the trash.
func onlyLocalNames(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
		if !isLocalName(strings.Trim(host, "[]")) {
			http.Error(w, "This server answers to localhost only.", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// listenAndServe serves until the context ends, and then lets requests end that have
// begun. It calls ready with the address when there is one.
func listenAndServe(ctx context.Context, address string, handler http.Handler, ready func(address string)) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       20 * time.Second,
		WriteTimeout:      time.Minute, // longer than the trash's own
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	ready("http://" + listener.Addr().String() + "/")
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return server.Shutdown(last)
}

// userName is who runs the program, "" if nobody knows.
func userName() string {
	u, err := user.Current()
	if err != nil {
		return ""
	}
	return u.Username
}
