package softpgx

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// rows are pgx's, but for what they say of an error and of the statement.
type rows struct {
	pgx.Rows
	ctx     context.Context
	call    *call
	batch   *batchResults // nil unless they are of one
	release func()        // nil, or once they are closed

	silent bool // the user's statement has no rows
	peeked bool // Next was called once, and
	first  bool // said this
	done   bool // the end was noticed
	tag    pgconn.CommandTag
	err    error // as the user is told
}

func releasing(r pgx.Rows, release func()) pgx.Rows {
	if own, ok := r.(*rows); ok {
		own.release = release
	}
	return r
}

func (r *rows) Next() bool {
	if r.silent {
		r.Close()
		return false
	}
	next := r.first
	if r.peeked {
		r.peeked = false
	} else {
		next = r.Rows.Next()
	}
	if !next {
		r.Close()
	}
	return next
}

func (r *rows) Close() {
	r.Rows.Close()
	r.end()
	if r.release != nil {
		r.release()
		r.release = nil
	}
}

// end is called when the server has said what became of the statement.
func (r *rows) end() {
	if r.done {
		return
	}
	r.done = true
	err := r.Rows.Err()
	switch {
	case err != nil && r.batch != nil:
		r.err = r.batch.fail(r.call, err)
	case err != nil:
		r.err = r.call.Failed(r.ctx, err)
	default:
		if r.tag = r.call.Tag(r.Rows.CommandTag()); r.batch == nil {
			r.call.Done()
		}
	}
}

func (r *rows) Err() error {
	if r.err == nil && !r.done && r.Rows.Err() != nil {
		r.Close() // pgx has closed them
	}
	return r.err
}

// Scan closes the rows where it fails, as pgx does.
func (r *rows) Scan(dest ...any) error {
	err := r.Rows.Scan(dest...)
	if err == nil && r.Rows.Err() == nil {
		return nil
	}
	r.abandon(err)
	return err
}

func (r *rows) Values() ([]any, error) {
	values, err := r.Rows.Values()
	if err != nil {
		r.abandon(err)
	}
	return values, err
}

// abandon is called when a value could not be read: the statement itself has not failed,
// as far as anyone knows.
func (r *rows) abandon(err error) {
	if !r.done {
		r.done, r.err = true, err
		if r.batch == nil {
			r.call.Settled(err)
		}
	}
	r.Close()
}

func (r *rows) CommandTag() pgconn.CommandTag { return r.tag }

func (r *rows) FieldDescriptions() []pgconn.FieldDescription {
	if r.silent {
		return nil
	}
	return r.Rows.FieldDescriptions()
}

// row is the first of some rows.
type row struct{ rows pgx.Rows }

func (r row) Scan(dest ...any) error {
	if err := r.rows.Err(); err != nil {
		r.rows.Close()
		return err
	}
	for _, d := range dest {
		if _, ok := d.(*pgtype.DriverBytes); ok {
			r.rows.Close()
			return errors.New("cannot scan into *pgtype.DriverBytes from QueryRow")
		}
	}
	if !r.rows.Next() {
		if err := r.rows.Err(); err != nil {
			return err
		}
		return pgx.ErrNoRows
	}
	if err := r.rows.Scan(dest...); err != nil {
		r.rows.Close()
		return err
	}
	r.rows.Close()
	return r.rows.Err()
}

// failedRows are those of a statement that was not sent.
type failedRows struct{ err error }

func (failedRows) Close()                                       {}
func (f failedRows) Err() error                                 { return f.err }
func (failedRows) CommandTag() pgconn.CommandTag                { return pgconn.CommandTag{} }
func (failedRows) FieldDescriptions() []pgconn.FieldDescription { return nil }
func (failedRows) Next() bool                                   { return false }
func (failedRows) RawValues() [][]byte                          { return nil }
func (failedRows) Conn() *pgx.Conn                              { return nil }
func (failedRows) TypeMap() *pgtype.Map                         { return nil }

func (f failedRows) Scan(...any) error {
	if f.err == nil {
		return errors.New("there is no row")
	}
	return f.err
}

func (f failedRows) Values() ([]any, error) { return nil, f.Scan() }
