package bunshop

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/internal/pgtemp"
)

// The Go of docs/bun.md.

func plugIn(dsn string, policy softdelete.Policy) (*bun.DB, error) {
	sqldb, err := softdelete.Open(dsn, policy)
	if err != nil {
		return nil, err
	}
	db := bun.NewDB(sqldb, pgdialect.New())
	return db, nil
}

func TestDocsPlugIn(t *testing.T) {
	db, err := plugIn(pgtemp.NewDatabase(t), softdelete.Policy{Tables: []softdelete.Table{{Name: "users"}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), "TRUNCATE users"); !errors.As(err, new(*softdelete.RefusedError)) {
		t.Errorf("the driver is not in between: %v", err)
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
}

func TestDocsScopes(t *testing.T) {
	db, ctx := through(t), t.Context()
	annAndBob(t, db)

	var users []*User[Unmarked]
	err := db.NewSelect().Model(&users).Scan(softdelete.WithDeleted(ctx, "users"))
	equal(t, "all users", int64(len(must[[]*User[Unmarked]](t)(users, err))), 2)

	var own []*User[Marked]
	err = db.NewSelect().Model(&own).WhereAllWithDeleted().Scan(softdelete.OnlyDeleted(ctx, "users"))
	equal(t, "deleted users, with soft_delete", int64(len(must[[]*user](t)(own, err))), 1)
	own = nil
	err = db.NewSelect().Model(&own).WhereAllWithDeleted().Scan(ctx)
	equal(t, "WhereAllWithDeleted without a scope", int64(len(must[[]*user](t)(own, err))), 1)
	own = nil
	err = db.NewSelect().Model(&own).WhereDeleted().Scan(ctx)
	equal(t, "WhereDeleted without a scope", int64(len(must[[]*user](t)(own, err))), 0)
	own = nil
	err = db.NewSelect().Model(&own).WhereDeleted().Scan(softdelete.WithDeleted(ctx))
	equal(t, "WhereDeleted under WithDeleted", int64(len(must[[]*user](t)(own, err))), 1)

	purge := softdelete.HardDelete(softdelete.OnlyDeleted(ctx, "users"), "users")
	result, err := db.NewDelete().Model((*User[Unmarked])(nil)).Where("deleted_at < ?", time.Now().Add(-90*24*time.Hour)).Exec(purge)
	equal(t, "purged", must[int64](t)(affected(result, err)), 0)
	result, err = db.NewDelete().Model((*user)(nil)).WhereDeleted().ForceDelete().Exec(purge)
	equal(t, "purged with Bun's words", must[int64](t)(affected(result, err)), 1)
}

func TestDocsRestore(t *testing.T) {
	db, ctx := through(t), t.Context()
	bob := annAndBob(t, db)[1]
	must[int64](t)(affected(db.NewInsert().Model(&order{UserID: bob.ID, Status: "open"}).Exec(ctx)))

	if err := deleteByAnn(ctx, db, bob); err != nil {
		t.Fatal(err)
	}
	equal(t, "orders", count(ctx, t, db, "orders"), 0)
	n, err := softdelete.Restore(ctx, db.DB, "users", bob.ID)
	equal(t, "restored", must[int64](t)(n, err), 2)

	must[int64](t)(affected(db.NewDelete().Model(bob).WherePK().Exec(ctx)))
	err = db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		_, err := softdelete.Restore(ctx, tx.Tx, "users", bob.ID)
		return err
	})
	equal(t, "orders after a transaction", count(ctx, t, db, "orders"), must[int64](t)(1, err))

	must[int64](t)(affected(db.NewDelete().Model(bob).WherePK().Exec(ctx)))
	result, err := db.NewUpdate().Model((*User[Unmarked])(nil)).Set("deleted_at = NULL").Where("id = ?", bob.ID).
		Exec(softdelete.OnlyDeleted(ctx, "users"))
	equal(t, "users restored by an update", must[int64](t)(affected(result, err)), 1)
	equal(t, "orders after an update", count(ctx, t, db, "orders"), 1)
}

func deleteByAnn(ctx context.Context, db *bun.DB, bob *user) error {
	by := softdelete.WithReason(softdelete.WithActor(ctx, "ann"), "asked for it")
	_, err := db.NewDelete().Model(bob).WherePK().Exec(by)
	return err
}

func TestDocsErrors(t *testing.T) {
	db := through(t)
	ann := annAndBob(t, db)[0]
	_, err := db.NewInsert().Model(&order{UserID: ann.ID, Status: "open"}).Exec(t.Context())
	var violated *pgconn.PgError
	if !errors.As(err, &violated) || violated.Code != "23503" || violated.ConstraintName != "orders_user_id_fkey" {
		t.Errorf("an order of a deleted user: %v", err)
	}
}
