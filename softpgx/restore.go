package softpgx

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/internal/native"
)

// Querier is what the functions that restore and preview work on: a [*Pool], a [*Conn], or
// a transaction of either.
type Querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// Restore is softdelete.Restore.
func Restore(ctx context.Context, db Querier, table string, key ...any) (int64, error) {
	return native.Restore(ctx, over(db), table, key...)
}

// RestoreWhere is softdelete.RestoreWhere.
func RestoreWhere(ctx context.Context, db Querier, table, where string, args ...any) (int64, error) {
	return native.RestoreWhere(ctx, over(db), table, where, args...)
}

// RestoreDeletion is softdelete.RestoreDeletion.
func RestoreDeletion(ctx context.Context, db Querier, id string, opts ...softdelete.RestoreOption) (int64, error) {
	return native.RestoreDeletion(ctx, over(db), id, opts)
}

// PreviewDelete is softdelete.PreviewDelete.
func PreviewDelete(ctx context.Context, db Querier, table string, key ...any) (softdelete.Preview, error) {
	p, err := native.PreviewDelete(ctx, over(db), table, key...)
	preview, _ := p.(softdelete.Preview)
	return preview, err
}

// PreviewRestore is softdelete.PreviewRestore.
func PreviewRestore(ctx context.Context, db Querier, table string, key ...any) (softdelete.Preview, error) {
	p, err := native.PreviewRestore(ctx, over(db), table, key...)
	preview, _ := p.(softdelete.Preview)
	return preview, err
}

func over(db Querier) native.Query {
	return func(ctx context.Context, text string, args ...any) (native.Rows, error) {
		r, err := db.Query(ctx, text, args...)
		if err != nil {
			return nil, err
		}
		return scanner{r}, nil
	}
}

// scanner has the methods of *sql.Rows.
type scanner struct{ pgx.Rows }

func (s scanner) Columns() ([]string, error) {
	names := make([]string, len(s.FieldDescriptions()))
	for i, f := range s.FieldDescriptions() {
		names[i] = f.Name
	}
	return names, nil
}

func (s scanner) Close() error {
	s.Rows.Close()
	return s.Err()
}
