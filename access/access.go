// Package access is what the HTTP handlers of this module have in common: who may do
// what, what a browser of another site cannot make them do, how much a request may ask
// for, and what is written down about it.
//
// Packages trash and rest are built upon it.
package access

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

// Action is what somebody wants to do with a table's rows.
type Action string

// The actions.
const (
	Read    Action = "read"    // read live rows; in package trash that of one which keeps a deleted row from coming back
	Delete  Action = "delete"  // delete live rows, so that they can be restored; rest only
	See     Action = "see"     // see deleted rows, and who deleted them
	Restore Action = "restore" // bring deleted rows back
	Purge   Action = "purge"   // remove deleted rows for good
	Hold    Action = "hold"    // keep a deletion from every purge, or end that
)

// Release is the end of a hold, in an [Event]. [Authorize] is asked for [Hold].
const Release Action = "release"

// Authorize says whether whoever made the request may do that with the rows of that
// table, which is named as in the policy. Any error means no, and what it says goes to
// the log only, unless it is a [Denied]. ctx is the request's, so that a middleware
// before the handler can put into it who is asking.
//
// It is asked for each table that an act concerns, before it: for a restore that brings
// back the rows of three tables it has to say yes three times.
type Authorize func(ctx context.Context, action Action, table string) error

// Denied is an error of [Authorize] whose text is shown to whoever asked.
type Denied struct{ Why string }

func (d Denied) Error() string { return d.Why }

// Options are those that all handlers have.
type Options struct {
	// Authorize is required: there is no default that allows anything.
	Authorize Authorize
	// Actor names whoever made the request, for what is restored, purged, held and
	// audited; see softdelete.WithActor. Default: the context's actor, if it has one.
	Actor func(ctx context.Context) string
	// Audit is told of every act, done, refused or failed, when it has ended. Default: a
	// line in Logger, at level Info.
	Audit func(ctx context.Context, e Event)
	// Logger gets what must not be shown to whoever asked: errors of the database, why
	// something was not allowed. Default: slog.Default().
	Logger *slog.Logger
	// TrustedOrigins are other origins, such as "https://admin.example.com", whose pages
	// may make a browser change something here.
	TrustedOrigins []string
	// Timeout is how long a request may take. Default: 30 s.
	Timeout time.Duration
	// MaxBody is how many bytes a request's body may have. Default: 1 MiB.
	MaxBody int64
}

// Event is what somebody did, or tried to do.
type Event struct {
	At       time.Time
	Actor    string
	Action   Action
	Table    string           // that the request named; "" for a deletion as a whole
	Key      []string         // of the row, if it was about one
	Deletion string           // its id, if it was about one
	Rows     map[string]int64 // how many rows of which table were changed; with Err in package trash, would have been
	Err      error            // why it was not done; nil if it was
}

// Check completes the options with their defaults, or says what is missing.
func (o Options) Check() (Options, error) {
	if o.Authorize == nil {
		return o, errors.New("softdelete: Authorize is required: it says who may see and do what")
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Audit == nil {
		o.Audit = func(ctx context.Context, e Event) { LogEvent(ctx, o.Logger, e) }
	}
	if o.Timeout <= 0 {
		o.Timeout = 30 * time.Second
	}
	if o.MaxBody <= 0 {
		o.MaxBody = 1 << 20
	}
	return o, nil
}

// LogEvent writes an event as one line.
func LogEvent(ctx context.Context, l *slog.Logger, e Event) {
	attrs := []slog.Attr{slog.String("actor", e.Actor), slog.String("action", string(e.Action))}
	if e.Table != "" {
		attrs = append(attrs, slog.String("table", e.Table))
	}
	if len(e.Key) > 0 {
		attrs = append(attrs, slog.Any("key", e.Key))
	}
	if e.Deletion != "" {
		attrs = append(attrs, slog.String("deletion", e.Deletion))
	}
	if len(e.Rows) > 0 {
		attrs = append(attrs, slog.Any("rows", e.Rows))
	}
	if e.Err != nil {
		attrs = append(attrs, slog.Any("error", e.Err))
	}
	l.LogAttrs(ctx, slog.LevelInfo, "softdelete", attrs...)
}
