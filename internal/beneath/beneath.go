// Package beneath lets packages of this module send statements through the driver
// that it does not rewrite.
package beneath

import (
	"context"
	"database/sql"
)

// Context returns a context in which the driver sends text in place of whatever
// statement is executed, and as it is. Before that it calls found with its policy: a
// softdelete.Policy, completed where it discovers, with the defaults of columns and keys
// written out, and in foreign keys the names of the tables' entries. A driver that is not softdelete's sends the statement that is executed,
// and does not call found.
//
// It is a variable, which package softdelete sets, because that package must not
// export it.
var Context func(ctx context.Context, text string, found func(policy any)) context.Context

// Querier is a *sql.DB, a *sql.Tx or a *sql.Conn that package softdelete opened.
type Querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Preview counts, by table, the rows that a delete, or a restore, of the rows of table
// would take for which where holds. What would forbid it is not told. where is sent as it
// is, so it may name nothing but columns of the table, and functions; args are its
// parameters, and options of a restore.
var Preview func(ctx context.Context, db Querier, restore bool, table, where string, args ...any) (map[string]int64, error)

// Unscoped is a context without the scopes of ctx, but with its actor and reason.
var Unscoped func(ctx context.Context) context.Context

// Actor is the context's, see softdelete.WithActor.
var Actor func(ctx context.Context) string
