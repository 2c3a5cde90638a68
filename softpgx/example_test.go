package softpgx_test

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/softpgx"
)

// users is what sqlc generates with sql_package: "pgx/v5", in short.
type users struct {
	db interface {
		QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
	}
}

func newUsers(p *softpgx.Pool) users { return users{p} }

func (u users) count(ctx context.Context) (n int, err error) {
	return n, u.db.QueryRow(ctx, "-- name: CountUsers :one\nSELECT count(*) FROM users").Scan(&n)
}

func usePool(ctx context.Context, dsn string) error {
	pool, err := softpgx.New(ctx, dsn, softdelete.Policy{Discover: true})
	if err != nil {
		return err
	}
	defer pool.Close()

	tag, err := pool.Exec(softdelete.WithActor(ctx, "ann"), "DELETE FROM users WHERE id = $1", 1)
	if err != nil {
		return err
	}
	fmt.Println(tag)

	queries := newUsers(pool)
	n, err := queries.count(ctx)
	if err != nil {
		return err
	}
	fmt.Println(n, "left")

	back, err := softpgx.Restore(ctx, pool, "users", 1)
	if err != nil {
		return err
	}
	fmt.Println(back, "restored")
	return nil
}

func configured(ctx context.Context, dsn string, policy softdelete.Policy) (*softpgx.Pool, error) {
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, err
	}
	config.MaxConns = 20
	return softpgx.NewWithConfig(ctx, config, policy)
}

func singleCalls(ctx context.Context, pool *pgxpool.Pool, rewriter *softdelete.Rewriter) error {
	q := softpgx.NewQueryRewriter(rewriter)
	rows, err := pool.Query(ctx, "SELECT name FROM users WHERE id = $1", q, 1)
	if err != nil {
		return err
	}
	rows.Close()
	rows, err = pool.Query(ctx, "SELECT name FROM users WHERE id = @id", q.Named(pgx.NamedArgs{"id": 1}))
	if err != nil {
		return err
	}
	rows.Close()
	return rows.Err()
}
