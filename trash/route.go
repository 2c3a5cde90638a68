package trash

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// route is what the handler answers to.
type route struct {
	method string
	path   string   // below the handler, without a slash before it; {id} is the id of a deletion
	params []string // those that it takes, in the query or in the body; any other is an error
	serve  func(*request) (reply, error)
	open   bool // a file of ours, with nothing of the database in it
}

// reply is a page, or what api/ answers in its place.
type reply struct {
	page   string // the template
	title  string
	view   any // what it shows
	json   any
	status int // default: 200

	// Where a form leads when it has been obeyed, below the handler. api/ answers json.
	location string

	kind string // of a file: its media type
	file []byte
}

// routes are all that there is.
func routes() []route {
	list := []route{
		{method: http.MethodGet, path: "style.css", params: []string{"v"}, serve: file("text/css; charset=utf-8", style), open: true},
		{method: http.MethodGet, path: "icon.svg", serve: file("image/svg+xml", icon), open: true},
	}
	for _, prefix := range []string{"", "api/"} {
		add := func(method, path string, serve func(*request) (reply, error), params ...string) {
			list = append(list, route{method: method, path: prefix + path, serve: serve, params: params})
		}
		root := ""
		if prefix != "" {
			root = "overview"
		}
		const one = "deletions/{id}"
		add(http.MethodGet, root, (*request).overview, "days")
		add(http.MethodGet, "deletions", (*request).deletions, "table", "row", "actor", "reason", "since", "until", "state", "held", "id", "after", "limit", "done", "n")
		add(http.MethodGet, one, (*request).deletion, "table", "after", "done", "n")
		add(http.MethodGet, one+"/rows", (*request).rows, "table", "key", "parent", "parent_key", "after", "limit")
		add(http.MethodGet, one+"/restore", (*request).previewRestore, restoreParams...)
		add(http.MethodPost, one+"/restore", (*request).restore, restoreParams...)
		add(http.MethodPost, one+"/hold", (*request).hold, "note")
		add(http.MethodPost, one+"/release", (*request).release)
		add(http.MethodGet, one+"/purge", (*request).previewPurge)
		add(http.MethodPost, one+"/purge", (*request).purge, "confirm")
	}
	return list
}

// find returns the route of a request, and the id in its path. Without one it returns
// the methods that the path has, none if there is nothing.
func (h *handler) find(method, path string) (found *route, id string, methods []string) {
	if method == http.MethodHead {
		method = http.MethodGet
	}
	for i := range h.routes {
		r := &h.routes[i]
		inPath, ok := matches(r.path, path)
		switch {
		case ok && r.method == method:
			return r, inPath, nil
		case ok && !slices.Contains(methods, r.method):
			methods = append(methods, r.method)
		}
	}
	if slices.Contains(methods, http.MethodGet) {
		methods = append(methods, http.MethodHead)
	}
	return nil, "", methods
}

// matches compares a path, which is escaped, with that of a route.
func matches(pattern, path string) (id string, ok bool) {
	want, got := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return "", false
	}
	for i := range want {
		segment, err := url.PathUnescape(got[i])
		switch {
		case err != nil:
			return "", false
		case want[i] == "{id}":
			id = segment
		case want[i] != segment:
			return "", false
		}
	}
	return id, true
}

// below is the request's path below the handler, escaped.
func below(r *http.Request) string {
	return strings.TrimPrefix(r.URL.EscapedPath(), "/")
}

// rootFrom is the way from a path back to the handler's first page, as a relative URL.
func rootFrom(path string) string {
	if up := strings.Count(path, "/"); up > 0 {
		return strings.Repeat("../", up)
	}
	return "./"
}
