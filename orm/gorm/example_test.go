package gormshop

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/internal/pgtemp"
	"github.com/softdelete-go/softdelete/orm/gorm/marked"
	"github.com/softdelete-go/softdelete/orm/suite"
)

// The Go of docs/gorm.md.

func plugIn(dsn string, policy softdelete.Policy) (*gorm.DB, error) {
	sqldb, err := softdelete.Open(dsn, policy)
	if err != nil {
		return nil, err
	}
	db, err := gorm.Open(postgres.New(postgres.Config{Conn: sqldb}))
	return db, err
}

func plugInByName(dsn string, policy softdelete.Policy) (*gorm.DB, error) {
	if err := softdelete.Register("shop", policy); err != nil {
		return nil, err
	}
	db, err := gorm.Open(postgres.New(postgres.Config{DriverName: "shop", DSN: dsn}))
	return db, err
}

func TestDocsPlugIn(t *testing.T) {
	for _, plug := range []func(string, softdelete.Policy) (*gorm.DB, error){plugIn, plugInByName} {
		db, err := plug(pgtemp.NewDatabase(t), softdelete.Policy{Tables: []softdelete.Table{{Name: "users"}}})
		must(t, err)
		if err := db.Exec("TRUNCATE users").Error; !errors.As(err, new(*softdelete.RefusedError)) {
			t.Errorf("the driver is not in between: %v", err)
		}
		sqldb, err := db.DB()
		must(t, err, sqldb.Close())
	}
}

func TestDocsScopes(t *testing.T) {
	db, ctx := over(t, suite.NewSoft(t)), t.Context()
	must(t, db.Create(&[]User{{Email: "ann@x", Name: "Ann"}, {Email: "bob@x", Name: "Bob"}}).Error, db.Delete(&User{}, 1).Error)

	var users []User
	db.WithContext(softdelete.WithDeleted(ctx, "users")).Find(&users)
	equal(t, "all users", len(users), 2)

	var own []marked.User
	db.WithContext(softdelete.OnlyDeleted(ctx, "users")).Unscoped().Find(&own)
	equal(t, "deleted users, with gorm.DeletedAt", len(own), 1)
	db.Unscoped().Find(&own)
	equal(t, "Unscoped without a scope", len(own), 1)
	db.WithContext(softdelete.WithDeleted(ctx)).Find(&own)
	equal(t, "the scope without Unscoped", len(own), 1)
	must(t, db.Unscoped().Delete(&marked.User{}, 2).Error)
	equal(t, "Unscoped().Delete is soft", count(t, db.WithContext(softdelete.OnlyDeleted(ctx)), "users"), int64(2))

	purge := softdelete.HardDelete(softdelete.OnlyDeleted(ctx, "users"), "users")
	result := db.WithContext(purge).Where("deleted_at < ?", time.Now().Add(-90*24*time.Hour)).Delete(&User{})
	must(t, result.Error)
	equal(t, "purged", result.RowsAffected, int64(0))
	err := db.WithContext(purge).Session(&gorm.Session{AllowGlobalUpdate: true}).Delete(&User{}).Error
	if !errors.Is(err, softdelete.ErrUnboundedHardDelete) {
		t.Errorf("without WHERE: %v", err)
	}
}

func TestDocsRestore(t *testing.T) {
	for _, config := range []gorm.Config{{}, {PrepareStmt: true}} {
		pool := suite.NewSoft(t)
		db, err := gorm.Open(postgres.New(postgres.Config{Conn: pool}), &config)
		must(t, err)
		must(t, db.Create(&User{Email: "ann@x", Name: "Ann", Orders: []Order{{Status: "open"}, {Status: "paid"}}}).Error)
		ctx := t.Context()
		must(t, deleteAndRestore(ctx, t, db))
		equal(t, "live orders", count(t, db, "orders"), int64(2))
		must(t, db.Delete(&User{}, 1).Error, restoreInTransaction(ctx, db))
		equal(t, "live orders again", count(t, db, "orders"), int64(2))
		must(t, db.Delete(&User{}, 1).Error)
		restored := db.WithContext(softdelete.OnlyDeleted(ctx, "users")).Model(&User{}).Where("id = ?", 1).Update("deleted_at", nil)
		must(t, restored.Error)
		equal(t, "users restored", restored.RowsAffected, int64(1))
		equal(t, "live orders after the update", count(t, db, "orders"), int64(2))
	}
}

func deleteAndRestore(ctx context.Context, t *testing.T, db *gorm.DB) error {
	by := softdelete.WithReason(softdelete.WithActor(ctx, "ann"), "asked for it")
	if err := db.WithContext(by).Delete(&User{}, 1).Error; err != nil {
		return err
	}
	equal(t, "orders of a deleted user", count(t, db, "orders"), int64(0))
	n, err := softdelete.Restore(ctx, db.Statement.ConnPool, "users", 1)
	equal(t, "restored", n, int64(3))
	return err
}

func restoreInTransaction(ctx context.Context, db *gorm.DB) error {
	return db.Transaction(func(tx *gorm.DB) error {
		_, err := softdelete.Restore(ctx, tx.Statement.ConnPool, "users", 1)
		return err
	})
}

func TestDocsErrors(t *testing.T) {
	db := over(t, suite.NewSoft(t))
	db.TranslateError = true
	must(t, db.Create(&User{Email: "ann@x", Name: "Ann"}).Error, db.Delete(&User{}, 1).Error)
	err := db.Create(&Order{UserID: 1, Status: "open"}).Error
	if !errors.Is(err, gorm.ErrForeignKeyViolated) {
		t.Errorf("an order of a deleted user: %v", err)
	}
	if e := (*pgconn.PgError)(nil); !errors.As(err, &e) || e.ConstraintName != "orders_user_id_fkey" {
		t.Errorf("an order of a deleted user: %v", err)
	}
	err = db.Exec("TRUNCATE users CASCADE").Error
	var refused *softdelete.RefusedError
	if !errors.As(err, &refused) {
		t.Errorf("TRUNCATE: %v", err)
	}
}
