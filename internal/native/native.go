// Package native is what package softpgx needs of the rewriter beyond its public API:
// what a connection remembers, and what has to be done before and after a statement
// is sent. Package softdelete fills it in.
package native

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// New makes an Engine of a softdelete.Policy and a []softdelete.Option. NewFor makes
// one of a *softdelete.Rewriter; its connections remember nothing.
var (
	New    func(policy, options any) (Engine, error)
	NewFor func(rewriter any) Engine
)

// Engine is a policy for connections of one database.
type Engine interface {
	// Conn makes a connection one of this policy's, when the policy fits the database.
	Conn(ctx context.Context, conn *pgx.Conn) (Conn, error)
	// Stats returns a softdelete.Stats.
	Stats() any
}

// Conn is a connection's part of the rewriter. It is not safe for concurrent use.
type Conn interface {
	// Refresh is called before a transaction begins, Settle when one may be over.
	Refresh(ctx context.Context) error
	Settle()
	// Returned is called after a return to a savepoint.
	Returned()
	// Plan rewrites a statement. options are the leading arguments that pgx takes for
	// options; args are the others.
	Plan(ctx context.Context, sql string, options, args []any) (Plan, error)
	// Parse reports whether the text is accepted, and whether it stays as it is.
	Parse(ctx context.Context, sql string) (unchanged bool, err error)
}

// Plan is how one statement is to be executed.
type Plan interface {
	SQL() string
	Args() []any // without the options
	// Params is the number of the user's parameters, where there are others behind
	// them; else -1.
	Params() int

	// Tag is the command tag that the user's statement would have had.
	Tag(sent pgconn.CommandTag) pgconn.CommandTag
	// NoRows reports that rows the server answers with are not the user's.
	NoRows() bool
	// Retries reports that Again may want it to be sent again.
	Retries() bool
	Again(err error, try int) bool

	// Counted reports that ExecCounted has to execute it.
	Counted() bool
	ExecCounted(ctx context.Context) (int64, error)

	// Done is called after the server has executed it, Failed when it has not. The
	// error that Failed returns is what the user is told.
	Done()
	Failed(ctx context.Context, err error) error

	// In a batch: Presume is called before it is sent, for the statements behind it;
	// Settled when the batch is over.
	Presume()
	Settled(err error)
	// ChangesSchema reports that it may change which tables are soft-deleted.
	ChangesSchema() bool
}

// Rows are of a *sql.Rows, or of what answers like one.
type Rows interface {
	Columns() ([]string, error)
	Next() bool
	Scan(dest ...any) error
	Err() error
	Close() error
}

// Query sends what [Restore] and its like ask for.
type Query func(ctx context.Context, text string, args ...any) (Rows, error)

// The functions of the same names in package softdelete, over any Query. A Preview is
// a softdelete.Preview.
var (
	Restore         func(ctx context.Context, query Query, table string, key ...any) (int64, error)
	RestoreWhere    func(ctx context.Context, query Query, table, where string, args ...any) (int64, error)
	RestoreDeletion func(ctx context.Context, query Query, id string, options any) (int64, error)
	PreviewDelete   func(ctx context.Context, query Query, table string, key ...any) (any, error)
	PreviewRestore  func(ctx context.Context, query Query, table string, key ...any) (any, error)
)
