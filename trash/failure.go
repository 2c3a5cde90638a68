package trash

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/softdelete-go/softdelete"
)

// failure is an error that says what to answer.
type failure struct {
	status int
	detail string // for whoever asked
	err    error  // for the log
}

func (f *failure) Error() string {
	if f.err != nil {
		return f.err.Error()
	}
	return f.detail
}

func (f *failure) Unwrap() error { return f.err }

// unclear is the failure of a request that cannot be understood.
func unclear(detail string) error { return &failure{status: http.StatusBadRequest, detail: detail} }

// title is the heading of a failure's page.
func (f *failure) title() string {
	switch f.status {
	case http.StatusBadRequest:
		return "That was not understood"
	case http.StatusForbidden:
		return "Not allowed"
	case http.StatusNotFound:
		return "Not found"
	case http.StatusConflict:
		return "That is not possible"
	case http.StatusServiceUnavailable:
		return "That took too long"
	case http.StatusInternalServerError:
		return "Something went wrong"
	}
	return http.StatusText(f.status)
}

// failed makes of any error what may be shown of it: nothing that the database says,
// for its messages have the contents of rows in them.
func failed(err error) *failure {
	var f *failure
	var large *http.MaxBytesError
	var pgErr *pgconn.PgError
	var refused *softdelete.RefusedError
	switch {
	case errors.As(err, &f):
		return f
	case errors.As(err, &large):
		return &failure{http.StatusRequestEntityTooLarge, "The request is too large.", err}
	case errors.Is(err, context.DeadlineExceeded):
		return tooSlow(err)
	case isGone(err):
		return &failure{http.StatusConflict, gone, err}
	case errors.As(err, &pgErr):
		return failedInDatabase(pgErr, err)
	case errors.As(err, &refused) && refused.Statement == "list":
		return &failure{http.StatusBadRequest, sentence(refused), err}
	case errors.As(err, &refused):
		return &failure{http.StatusConflict, sentence(refused), err}
	}
	return &failure{http.StatusInternalServerError, "The log of the server says what.", err}
}

const gone = "Rows of this deletion are gone: they were purged, or restored by themselves."

// isGone reports whether a restore was refused for what RestorePartly does without.
func isGone(err error) bool {
	var refused *softdelete.RefusedError
	return errors.As(err, &refused) && strings.Contains(refused.Instead, "RestorePartly")
}

func tooSlow(err error) *failure {
	return &failure{http.StatusServiceUnavailable, "Nothing was changed. Try again later, or ask for less.", err}
}

func failedInDatabase(pgErr *pgconn.PgError, err error) *failure {
	switch {
	case pgErr.Code == "57014": // query_canceled
		return tooSlow(err)
	case pgErr.Code == "40001" || pgErr.Code == "40P01":
		return &failure{http.StatusConflict, "Somebody else changed these rows at the same time. Try again.", err}
	case strings.HasPrefix(pgErr.Code, "22") && !errors.Is(err, softdelete.ErrRefused): // data_exception
		return &failure{http.StatusBadRequest, "A value is not one that its column can have.", err}
	case pgErr.Code == "23503":
		return &failure{http.StatusConflict, "A row belongs to another one that stays deleted (" + pgErr.ConstraintName + ").", err}
	case pgErr.Code == "23505" || pgErr.Code == "23P01":
		return &failure{http.StatusConflict, "A live row stands in the way (" + pgErr.ConstraintName + ").", err}
	case strings.HasPrefix(pgErr.Code, "23"), pgErr.Code == "P0001":
		return &failure{http.StatusConflict, strings.TrimSpace("A rule of the database does not let the rows come back. " + pgErr.ConstraintName), err}
	}
	var refused *softdelete.RefusedError
	if errors.As(err, &refused) {
		return &failure{http.StatusConflict, sentence(refused), err}
	}
	return &failure{http.StatusInternalServerError, "The log of the server says what.", err}
}

// sentence is a refusal in words.
func sentence(e *softdelete.RefusedError) string {
	why := e.Why
	if e.Table != "" {
		why = e.Table + ": " + why
	}
	why = strings.ToUpper(why[:1]) + why[1:]
	if e.Instead != "" {
		why += "; " + e.Instead
	}
	return why + "."
}
