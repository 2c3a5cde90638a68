package softdelete

import (
	"context"
	"database/sql"
	"errors"

	"github.com/softdelete-go/softdelete/internal/native"
)

// What these functions send is not the user's, and is about deleted rows: it goes past
// the policy, on the user's own connections. The policy is the driver's, which answers
// what travels in the context.

// past is a context in which the driver sends text as it is.
func past(ctx context.Context, text string) context.Context {
	s := scopeOf(ctx).clone()
	s.request = &request{verb: verbBeneath, text: text, found: func(any) {}}
	return s.into(ctx)
}

// tablesOf is the policy of the driver that db was opened with. function is the
// one that wants to know, for the error of another driver.
func tablesOf(ctx context.Context, db Execer, function verb) (*tableSet, error) {
	s := scopeOf(ctx).clone()
	q := &request{verb: verbBeneath, text: "SELECT 1", found: func(any) {}}
	s.request = q
	// This text is for a driver that does not know the context.
	err := eachRow(s.into(ctx), over(db), "SHOW server_version", nil, func(native.Rows) error { return nil })
	if err == nil && q.tables == nil {
		err = errors.New((&request{verb: function}).notOurs())
	}
	return q.tables, err
}

// queryPast calls scan for each row of a query that goes past the policy.
func queryPast(ctx context.Context, db Execer, text string, args []any, scan func(native.Rows) error) error {
	return eachRow(past(ctx, text), over(db), text, args, scan)
}

// execPast executes a statement past the policy.
func execPast(ctx context.Context, db Execer, text string, args ...any) (sql.Result, error) {
	return db.ExecContext(past(ctx, text), text, args...)
}
