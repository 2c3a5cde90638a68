package trash

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"time"
)

//go:embed pages/*.html
var pageFiles embed.FS

//go:embed pages/style.css
var style []byte

//go:embed pages/icon.svg
var icon []byte

// styleVersion changes with the style, so that browsers may keep it.
var styleVersion = func() string {
	sum := sha256.Sum256(style)
	return hex.EncodeToString(sum[:6])
}()

// rooted is a list with the way to the first page, for the links in it.
type rooted struct {
	Root  string
	Lines []deletionLine
}

func lines(root string, list []deletionLine) rooted { return rooted{root, list} }

// file serves a file of ours.
func file(kind string, content []byte) func(*request) (reply, error) {
	return func(*request) (reply, error) { return reply{kind: kind, file: content}, nil }
}

var pageNames = []string{"overview", "deletions", "deletion", "row", "restore", "purge", "failure"}

func parsePages() (map[string]*template.Template, error) {
	pages := map[string]*template.Template{}
	for _, name := range pageNames {
		t, err := template.New("layout.html").Funcs(template.FuncMap{
			"stamp": stamp, "datetime": datetime, "number": number, "counted": counted, "short": short, "amounts": amounts, "lines": lines,
		}).ParseFS(pageFiles, "pages/layout.html", "pages/parts.html", "pages/"+name+".html")
		if err != nil {
			return nil, err
		}
		pages[name] = t
	}
	return pages, nil
}

// page is what the layout shows.
type page struct {
	Name    string
	Title   string
	Site    string
	Root    string // the way to the first page
	Version string // of the style
	Actor   string
	Done    string // what was just done, in words
	View    any
}

func (q *request) answer(w http.ResponseWriter, rep reply) {
	if rep.status == 0 {
		rep.status = http.StatusOK
	}
	switch {
	case rep.file != nil:
		w.Header().Set("Content-Type", rep.kind)
		w.Header().Set("Cache-Control", "private, max-age=86400")
		write(w, http.StatusOK, rep.file)
	case q.api:
		q.writeJSON(w, "application/json", rep.status, rep.json)
	case rep.location != "":
		w.Header().Set("Location", rootFrom(q.path)+rep.location)
		w.WriteHeader(http.StatusSeeOther)
	default:
		q.writePage(w, rep)
	}
}

func (q *request) writePage(w http.ResponseWriter, rep reply) {
	p := page{
		Name: rep.page, Title: rep.title, Site: q.opts.Title, Root: rootFrom(q.path), Version: styleVersion, Actor: q.actor,
		Done: done(q.values.Get("done"), q.values.Get("n")), View: rep.view,
	}
	var b bytes.Buffer
	if err := q.pages[rep.page].Execute(&b, p); err != nil {
		q.opts.Logger.ErrorContext(q.ctx, "softdelete: trash", "path", q.path, "error", err)
		http.Error(w, "This page cannot be shown.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	write(w, rep.status, b.Bytes())
}

func (q *request) writeJSON(w http.ResponseWriter, kind string, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		q.opts.Logger.ErrorContext(q.ctx, "softdelete: trash", "path", q.path, "error", err)
		status, kind, body = http.StatusInternalServerError, "application/problem+json", []byte(`{"title":"Internal Server Error","status":500}`)
	}
	w.Header().Set("Content-Type", kind)
	write(w, status, append(body, '\n'))
}

func write(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // whoever asked has gone
}

// problem is an error of api/, after RFC 9457.
type problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
}

// fail answers an error.
func (q *request) fail(w http.ResponseWriter, err error) {
	f := failed(err)
	switch {
	case f.status >= http.StatusInternalServerError && !errors.Is(err, context.Canceled):
		q.opts.Logger.ErrorContext(q.ctx, "softdelete: trash", "path", q.path, "status", f.status, "error", err)
	case f.err != nil:
		q.opts.Logger.InfoContext(q.ctx, "softdelete: trash", "path", q.path, "status", f.status, "error", err)
	}
	if q.api {
		q.writeJSON(w, "application/problem+json", f.status, problem{"about:blank", f.title(), f.status, f.detail})
		return
	}
	q.values = nil
	q.writePage(w, reply{page: "failure", title: f.title(), status: f.status, view: f.detail})
}

// refuse answers what the guard turned away.
func (h *handler) refuse(w http.ResponseWriter, r *http.Request, status int, why string) {
	q := &request{handler: h, ctx: r.Context(), path: below(r)}
	q.api = strings.HasPrefix(q.path, "api/")
	q.fail(w, &failure{status: status, detail: strings.ToUpper(why[:1]) + why[1:] + "."})
}

// done says what a form has just done, which is in the address that it leads to.
func done(what, n string) string {
	count, _ := strconv.ParseInt(n, 10, 64)
	switch what {
	case "restored":
		return counted(count, "row") + " came back."
	case "held":
		return "This deletion is held now: no purge takes its rows."
	case "released":
		return "The hold has ended: a purge may take the rows again."
	case "purged":
		return counted(count, "row") + " removed for good."
	}
	return ""
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return "at an unknown time"
	}
	return t.UTC().Format("2 Jan 2006, 15:04")
}

func datetime(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// number has its thousands apart.
func number(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// counted is "1 row", "2 rows".
func counted(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return number(n) + " " + what + "s"
}

// short is the beginning of an id, for people.
func short(id string) string { return id[:min(8, len(id))] }
