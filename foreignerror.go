package softdelete

import (
	"errors"
	"strconv"

	"github.com/jackc/pgx/v5/pgconn"
)

// fielded is an error of the server as drivers other than pgx have it, lib/pq among
// them: with its fields by the letters of the protocol.
type fielded interface{ Get(field byte) string }

// asServerError is the server's error in err, or nil. It is err's own, to be changed,
// unless the driver beneath is not pgx: then it is a copy.
func asServerError(err error) (e *pgconn.PgError, own bool) {
	if errors.As(err, &e) {
		return e, true
	}
	var f fielded
	if !errors.As(err, &f) {
		return nil, false
	}
	e = &pgconn.PgError{
		Severity: f.Get('S'), Code: f.Get('C'), Message: f.Get('M'), Detail: f.Get('D'), Hint: f.Get('H'), Where: f.Get('W'),
		SchemaName: f.Get('s'), TableName: f.Get('t'), ColumnName: f.Get('c'), DataTypeName: f.Get('d'), ConstraintName: f.Get('n'),
	}
	if position, err := strconv.ParseInt(f.Get('P'), 10, 32); err == nil {
		e.Position = int32(position)
	}
	return e, false
}

// translated is the error to report: err, an error of the driver beneath, unless e, its
// copy, has come to say something else.
func translated(err error, e, before *pgconn.PgError) error {
	if e.Code == before.Code && e.Message == before.Message {
		return err
	}
	return e
}
