package softdelete

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"

	"github.com/jackc/pgx/v5/stdlib"
)

// checkedRows are the rows of a statement in which the rewriter has put something that
// may fail. The server sends the first rows before it comes to the row that fails, or
// to the second of several statements. All other rows reach database/sql as they are.
type checkedRows struct {
	*stdlib.Rows
	translate func(error) error
}

// Next is that of pgx, with errors that speak of what the user wrote.
func (r *checkedRows) Next(dest []driver.Value) error {
	err := r.Rows.Next(dest)
	if err == nil || errors.Is(err, io.EOF) {
		return err
	}
	return r.translate(err)
}

// checked wraps the rows of w where errors among them would speak of our own checks.
func (c *conn) checked(ctx context.Context, user string, w *rewritten, args []driver.NamedValue, rows driver.Rows) driver.Rows {
	r, ok := rows.(*stdlib.Rows)
	if !w.fails || !ok {
		return rows
	}
	return &checkedRows{r, func(err error) error { return c.sentError(ctx, user, w, args, err) }}
}
