package rest

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/softdelete-go/softdelete"
)

// problem is an answer that is an error, as RFC 9457 has it. All of it may be shown,
// except the cause.
type problem struct {
	status int
	kind   string // of "urn:softdelete:…"; "" for what the status says by itself
	title  string // default: the status in words
	detail string
	more   map[string]any
	allow  string // the header, of a 405
	cause  error  // for the log and the audit
}

func (p *problem) Error() string {
	if p.cause != nil {
		return p.detail + ": " + p.cause.Error()
	}
	return p.detail
}

func (p *problem) Unwrap() error { return p.cause }

// body is the problem as JSON.
func (p *problem) body() ([]byte, error) {
	doc := map[string]any{}
	maps.Copy(doc, p.more)
	doc["type"], doc["title"], doc["status"] = "about:blank", http.StatusText(p.status), p.status
	if p.kind != "" {
		doc["type"] = "urn:softdelete:" + p.kind
	}
	if p.title != "" {
		doc["title"] = p.title
	}
	if p.detail != "" {
		doc["detail"] = p.detail
	}
	return json.Marshal(doc)
}

// fail answers with a problem. What must not be shown is logged.
func (h *handler) fail(w http.ResponseWriter, r *http.Request, p *problem) {
	if p.cause != nil {
		level := slog.LevelInfo
		if p.status >= http.StatusInternalServerError {
			level = slog.LevelError
		}
		h.o.Logger.Log(r.Context(), level, "softdelete: rest", "method", r.Method, "path", r.URL.Path, "status", p.status, "error", p.cause)
	}
	body, err := p.body()
	if err != nil {
		h.o.Logger.ErrorContext(r.Context(), "softdelete: rest", "error", err)
		p.status, body = http.StatusInternalServerError, []byte(`{"type":"about:blank","title":"Internal Server Error","status":500}`)
	}
	head := w.Header()
	if p.allow != "" {
		head.Set("Allow", p.allow)
	}
	if p.status == http.StatusServiceUnavailable {
		head.Set("Retry-After", "1")
	}
	h.write(w, r, p.status, "application/problem+json", body)
}

// write sends an answer. A client that has gone away is nobody's error.
func (h *handler) write(w http.ResponseWriter, r *http.Request, status int, kind string, body []byte) {
	if body != nil {
		w.Header().Set("Content-Type", kind)
	}
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body)
	}
}

func badRequest(detail string) *problem {
	return &problem{status: http.StatusBadRequest, kind: "bad-parameter", title: "Bad parameter", detail: detail}
}

// problemOf is what is told of an error: of one that is not known, nothing.
func problemOf(ctx context.Context, err error) *problem {
	var p *problem
	var refused *softdelete.RefusedError
	var pgErr *pgconn.PgError
	var connecting *pgconn.ConnectError
	var large *http.MaxBytesError
	isServers := errors.As(err, &pgErr)
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &large):
		return &problem{status: http.StatusRequestEntityTooLarge, detail: "the request is too large", cause: err}
	case ctx.Err() != nil && errors.Is(ctx.Err(), context.DeadlineExceeded):
		return &problem{status: http.StatusGatewayTimeout, detail: "the request took too long, and was given up", cause: err}
	case ctx.Err() != nil:
		return &problem{status: http.StatusServiceUnavailable, detail: "the request was given up", cause: err}
	case isServers && pgErr.Code != "" && conflicting(pgErr.Code):
		return &problem{
			status: http.StatusConflict, kind: "constraint", title: "In conflict with other rows",
			detail: "a constraint forbids it", more: constraintOf(pgErr), cause: err,
		}
	case errors.As(err, &refused):
		q := &problem{status: http.StatusConflict, kind: "refused", title: "Refused", detail: refused.Why, cause: err, more: map[string]any{}}
		if refused.Instead != "" {
			q.more["instead"] = refused.Instead
		}
		if refused.Table != "" {
			q.more["table"] = refused.Table
		}
		return q
	case isServers:
		return problemOfServer(pgErr, err)
	case errors.As(err, &connecting), errors.Is(err, driver.ErrBadConn), errors.Is(err, sql.ErrConnDone):
		return &problem{status: http.StatusServiceUnavailable, detail: "the database cannot be reached at the moment", cause: err}
	}
	return &problem{status: http.StatusInternalServerError, cause: err}
}

// conflicting reports whether a SQLSTATE says that rows are in conflict with others, or
// with a constraint.
func conflicting(code string) bool {
	return strings.HasPrefix(code, "23")
}

// constraintOf names the constraint, and keeps to itself which values violate it.
func constraintOf(e *pgconn.PgError) map[string]any {
	more := map[string]any{}
	if e.ConstraintName != "" {
		more["constraint"] = e.ConstraintName
	}
	if e.TableName != "" {
		more["table"] = e.TableName
	}
	return more
}

// problemOfServer maps the other SQLSTATEs.
func problemOfServer(e *pgconn.PgError, err error) *problem {
	class := ""
	if len(e.Code) == 5 {
		class = e.Code[:2]
	}
	switch {
	case e.Code == "57014": // query_canceled, by a statement_timeout
		return &problem{status: http.StatusGatewayTimeout, detail: "the database took too long, and gave up", cause: err}
	case class == "40", e.Code == "55P03", class == "53", class == "57", class == "08", e.Code == "25006":
		return &problem{status: http.StatusServiceUnavailable, detail: "the database cannot do it at the moment", cause: err}
	case e.Code == "P0001": // raise_exception
		return &problem{status: http.StatusConflict, kind: "refused", title: "Refused", detail: "a trigger of the database refused it", cause: err}
	}
	return &problem{status: http.StatusInternalServerError, cause: err}
}
