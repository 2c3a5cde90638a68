package softpgx

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/softdelete-go/softdelete"
)

const copyTable = "softpgx_copy"

// copyFrom copies into the table itself where an INSERT of the same rows would stay as it is.
// Else the rows go into a temporary table, and from there by what the rewriter makes of that
// INSERT, which looks at the rows they refer to and at the keys that deleted rows hold.
func (s *session) copyFrom(ctx context.Context, on sender, table pgx.Identifier, columns []string, src pgx.CopyFromSource) (int64, error) {
	quoted := make([]string, len(columns))
	for i, c := range columns {
		quoted[i] = pgx.Identifier{c}.Sanitize()
	}
	list := strings.Join(quoted, ", ")
	if len(columns) == 0 {
		return on.CopyFrom(ctx, table, columns, src) // which the server will not accept
	}
	plain, err := s.Parse(ctx, "COPY "+table.Sanitize()+" ("+list+") FROM STDIN")
	var refused *softdelete.RefusedError
	if err != nil && !errors.As(err, &refused) {
		return 0, err
	}
	// As COPY does, it takes the values that it is given for identity columns.
	insert := fmt.Sprintf("INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM pg_temp.%s", table.Sanitize(), list, list, copyTable)
	same, err := s.Parse(ctx, insert)
	if err != nil {
		return 0, err
	}
	if plain && same {
		n, err := on.CopyFrom(ctx, table, columns, src)
		return n, s.copyFailed(ctx, insert, err)
	}
	var n int64
	err = pgx.BeginFunc(ctx, on, func(t pgx.Tx) error {
		_, err := t.Exec(ctx, fmt.Sprintf("CREATE TEMPORARY TABLE %s ON COMMIT DROP AS SELECT %s FROM %s WITH NO DATA", copyTable, list, table.Sanitize()))
		if err != nil {
			return err
		}
		if _, err := t.CopyFrom(ctx, pgx.Identifier{"pg_temp", copyTable}, columns, src); err != nil {
			return err
		}
		tag, err := s.exec(ctx, t, insert, nil)
		if err != nil {
			return withoutPosition(err)
		}
		n = tag.RowsAffected()
		_, err = t.Exec(ctx, "DROP TABLE pg_temp."+copyTable) // another may follow in this transaction
		return err
	})
	s.Settle()
	if err != nil {
		return 0, err
	}
	return n, nil
}

// copyFailed words an error of a plain copy.
func (s *session) copyFailed(ctx context.Context, insert string, err error) error {
	if err == nil {
		return nil
	}
	p, planErr := s.Plan(ctx, insert, nil, nil)
	if planErr != nil {
		return err
	}
	return withoutPosition(p.Failed(ctx, err))
}

// withoutPosition is for errors in a text that the user has not written.
func withoutPosition(err error) error {
	var pgErr *pgconn.PgError
	if errors.As(err, &pgErr) {
		pgErr.Position = 0
	}
	return err
}
