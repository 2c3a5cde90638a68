package access

import (
	"context"
	"errors"
	"net/http"
	"strings"
)

// Guard wraps a handler of which safe methods (GET, HEAD, OPTIONS) change nothing, with
// what [Options] ask for: the limits, the headers that keep a browser from guessing,
// framing and storing, and the protection from requests that pages of other sites make
// a browser send. refuse answers what the guard turns away; it is told a status and a
// reason that may be shown.
//
// A request that changes something and comes from a browser must say by Sec-Fetch-Site
// or by Origin that it comes from here. Requests of other programs have neither header;
// they are let through unless their body is a form's, which only a browser sends.
func Guard(o Options, next http.Handler, refuse func(w http.ResponseWriter, r *http.Request, status int, why string)) (http.Handler, error) {
	origins := http.NewCrossOriginProtection()
	for _, origin := range o.TrustedOrigins {
		if err := origins.AddTrustedOrigin(origin); err != nil {
			return nil, err
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		h.Set("Cache-Control", "no-store")
		err := origins.Check(r)
		if err == nil && changes(r) && isForm(r) && r.Header.Get("Sec-Fetch-Site") == "" && r.Header.Get("Origin") == "" {
			err = errors.New("a form without an origin")
		}
		if err != nil {
			refuse(w, r, http.StatusForbidden, "the request comes from another site")
			return
		}
		if r.ContentLength > o.MaxBody {
			refuse(w, r, http.StatusRequestEntityTooLarge, "the request is too large")
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, o.MaxBody)
		ctx, cancel := context.WithTimeout(r.Context(), o.Timeout)
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	}), nil
}

func changes(r *http.Request) bool {
	return r.Method != http.MethodGet && r.Method != http.MethodHead && r.Method != http.MethodOptions
}

func isForm(r *http.Request) bool {
	kind := strings.ToLower(r.Header.Get("Content-Type"))
	return strings.HasPrefix(kind, "application/x-www-form-urlencoded") || strings.HasPrefix(kind, "multipart/form-data") || strings.HasPrefix(kind, "text/plain")
}
