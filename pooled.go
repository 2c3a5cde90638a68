package softdelete

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
)

// A pooler such as PgBouncer, in transaction mode, gives a client another server
// connection with each transaction. What one transaction leaves behind there meets the
// next client: a statement that was prepared under another scope, or a cursor that shows
// deleted rows, by a name that this connection remembers as its own.
//
// Temporary tables need no such care. A statement calls one that this connection has
// made pg_temp.users, which fails where there is none; what is not known to be temporary
// is filtered, whatever it turns out to be.

// leave forgets what the last transaction took with it, if none is open.
func (c *conn) leave(ctx context.Context) error {
	s := c.session
	if len(s.cursors) == 0 && len(s.prepared) == 0 || c.pgx == nil || c.pgx.PgConn().TxStatus() != 'I' {
		return nil
	}
	if c.pooled == nil && s.lasting() {
		pooled, err := c.behindPooler(ctx)
		if err != nil {
			return err
		}
		c.pooled = &pooled
	}
	s.idle(c.pooled != nil && *c.pooled)
	return nil
}

// behindPooler reports whether something between us and the server tells another
// process id than the server itself: a pooler makes one up, for each client.
func (c *conn) behindPooler(ctx context.Context) (_ bool, err error) {
	if c.queryerContext == nil {
		return false, nil
	}
	rows, err := c.queryerContext.QueryContext(ctx, "SELECT pg_catalog.pg_backend_pid()", nil)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	pid := make([]driver.Value, 1)
	if err := rows.Next(pid); err != nil {
		return false, err
	}
	return fmt.Sprint(pid[0]) != fmt.Sprint(c.pgx.PgConn().PID()), nil
}
