package gormshop

import (
	"database/sql"
	"errors"
	"reflect"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
	"gorm.io/gorm/logger"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/internal/pgtemp"
	"github.com/softdelete-go/softdelete/orm/gorm/marked"
	"github.com/softdelete-go/softdelete/orm/suite"
)

func over(t *testing.T, pool *sql.DB) *gorm.DB {
	t.Helper()
	db, err := gorm.Open(postgres.New(postgres.Config{Conn: pool}), &gorm.Config{Logger: logger.Discard})
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// must stops the test at the first error.
func must(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

func equal(t *testing.T, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func count(t *testing.T, db *gorm.DB, table string, conditions ...any) (n int64) {
	t.Helper()
	query := db.Table(table)
	if len(conditions) > 0 {
		query = query.Where(conditions[0], conditions[1:]...)
	}
	must(t, query.Count(&n).Error)
	return n
}

// shopOf creates a user with an order and a product, with models that have GORM's soft delete.
func shopOf(t *testing.T, db *gorm.DB) (u marked.User, p marked.Product) {
	t.Helper()
	u = marked.User{Email: "ann@x", Name: "Ann", Orders: []marked.Order{{Status: "open", Total: 1}}}
	p = marked.Product{SKU: "desk", Name: "Desk"}
	must(t, db.Create(&u).Error, db.Create(&p).Error,
		db.Create(&marked.OrderProduct{OrderID: u.Orders[0].ID, ProductID: p.ID}).Error)
	return u, p
}

// Where the junction has no model, GORM knows nothing of its marker: what is removed is really
// deleted, and what was marked by hand is loaded all the same.
func TestGormIssue6836JunctionRowsAreDestroyed(t *testing.T) {
	remove := func(db *gorm.DB) {
		u, p := shopOf(t, db)
		must(t, db.Model(&u.Orders[0]).Association("Products").Delete(&p))
	}
	alone := over(t, suite.NewPlain(t))
	remove(alone)
	equal(t, "rows, alone", count(t, alone, "order_products"), int64(0))

	db := over(t, suite.NewSoft(t))
	remove(db)
	equal(t, "live rows", count(t, db, "order_products"), int64(0))
	equal(t, "deleted rows", count(t, db.WithContext(softdelete.OnlyDeleted(t.Context())), "order_products"), int64(1))
}

func TestGormIssue5378JunctionRowsLeak(t *testing.T) {
	products := func(db *gorm.DB) int {
		u, _ := shopOf(t, db)
		must(t, db.Exec("UPDATE order_products SET deleted_at = now()").Error)
		var o marked.Order
		must(t, db.Preload("Products").First(&o, u.Orders[0].ID).Error)
		return len(o.Products)
	}
	equal(t, "products, alone", products(over(t, suite.NewPlain(t))), 1)
	equal(t, "products", products(over(t, suite.NewSoft(t))), 0)
}

// Save of a user who is gone: GORM's UPDATE finds nothing, and so it upserts all columns.
func TestSaveRevives(t *testing.T) {
	save := func(db *gorm.DB) {
		u, _ := shopOf(t, db)
		must(t, db.Delete(&marked.User{}, u.ID).Error)
		u.Name, u.Orders = "Ann saved", nil
		must(t, db.Save(&u).Error)
	}
	alone := over(t, suite.NewPlain(t))
	save(alone)
	equal(t, "archived, alone", count(t, alone, "deletion_records"), int64(0)) // the old row came back to life

	pool := suite.NewSoft(t)
	db := over(t, pool)
	save(db)
	equal(t, "the old row, archived", count(t, db, "deletion_records", "table_name LIKE ? AND data->>'name' = ?", "%users", "Ann"), int64(1))
	equal(t, "her orders", count(t, db, "orders"), int64(0))
}

// The user's key is that of a deleted row. Alone, the name of a row that nobody sees is changed.
func TestTypeormIssue9749UpsertEditsADeletedRow(t *testing.T) {
	upsert := func(db *gorm.DB) (live int64) {
		u, _ := shopOf(t, db)
		must(t, db.Delete(&marked.User{}, u.ID).Error)
		must(t, db.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "id"}}, DoUpdates: clause.AssignmentColumns([]string{"name"})}).
			Create(&marked.User{ID: u.ID, Email: "ann@x", Name: "Ann upserted"}).Error)
		must(t, db.Model(&marked.User{}).Count(&live).Error)
		return live
	}
	equal(t, "live users, alone", upsert(over(t, suite.NewPlain(t))), int64(0))
	equal(t, "live users", upsert(over(t, suite.NewSoft(t))), int64(1))
}

// Select(clause.Associations) deletes what belongs to an order; alone, the junction's rows for good.
func TestDjangoSoftdeleteIssue60CascadeDestroys(t *testing.T) {
	remove := func(db *gorm.DB) int64 {
		u, _ := shopOf(t, db)
		must(t, db.Select(clause.Associations).Delete(&u.Orders[0]).Error)
		return u.Orders[0].ID
	}
	alone := over(t, suite.NewPlain(t))
	order := remove(alone)
	must(t, alone.Unscoped().Model(&marked.Order{}).Where("id = ?", order).Update("deleted_at", nil).Error)
	equal(t, "products after the restore, alone", count(t, alone, "order_products"), int64(0))

	db := over(t, suite.NewSoft(t))
	order = remove(db)
	equal(t, "products while it is deleted", count(t, db, "order_products"), int64(0))
	// GORM deleted in two statements, and so there are two deletions.
	deleted := func() *gorm.DB { return db.WithContext(softdelete.OnlyDeleted(t.Context())).Unscoped() }
	must(t, deleted().Model(&marked.Order{}).Where("id = ?", order).Update("deleted_at", nil).Error,
		deleted().Model(&marked.OrderProduct{}).Where("order_id = ?", order).Update("deleted_at", nil).Error)
	equal(t, "products after the restore", count(t, db, "order_products"), int64(1))
}

// Objects that belong to another, or have others by way of a junction, are saved with ON CONFLICT
// DO NOTHING, without a target.
func TestAssociationsNeedNamedConflicts(t *testing.T) {
	db := over(t, suite.NewSoft(t))
	u, p := shopOf(t, db)
	order := Order{ID: u.Orders[0].ID}
	chair := Product{SKU: "chair", Name: "Chair"}

	var refused *softdelete.RefusedError
	if err := db.Model(&order).Association("Products").Append(&chair); !errors.As(err, &refused) {
		t.Fatalf("without a target: %v", err)
	}
	order.Products, chair.ID = nil, 0
	must(t, NameConflicts(db))
	must(t, db.Model(&order).Association("Products").Append(&chair))
	equal(t, "products", count(t, db, "order_products"), int64(2))
	must(t, db.Model(&order).Association("Products").Delete(&chair))
	equal(t, "products without the chair", count(t, db, "order_products"), int64(1))
	must(t, db.Model(&order).Association("Products").Append(&chair))
	must(t, db.Model(&order).Association("Products").Replace(&Product{ID: p.ID}))
	equal(t, "products without the chair again", count(t, db, "order_products"), int64(1))
	must(t, db.Model(&order).Association("Products").Clear())
	equal(t, "no products", count(t, db, "order_products"), int64(0))
	twice := db.Model(&Order{ID: order.ID}).Association("Products").Append(&Product{ID: p.ID}, &Product{ID: p.ID})
	if e := (*pgconn.PgError)(nil); !errors.As(twice, &e) || e.Code != "21000" {
		t.Errorf("twice the same: %v", twice)
	}
	violates(t, "another product of that name", db.Model(&Order{ID: order.ID}).Association("Products").Append(&Product{SKU: "desk"}))
	must(t, db.Delete(&chair).Error)
	// Products are not under phoenix.
	violates(t, "a deleted product", db.Model(&Order{ID: order.ID}).Association("Products").Append(&chair))
	violates(t, "a deleted product that is saved", db.Save(&chair).Error)
	must(t, db.Create(&Order{UserID: u.ID, Status: "new", Products: []Product{{ID: p.ID, SKU: "desk", Name: "Desk"}}}).Error)
	equal(t, "products of the new order", count(t, db, "order_products"), int64(1))
	equal(t, "and no product more", count(t, db, "products"), int64(1))
}

func violates(t *testing.T, what string, err error) {
	t.Helper()
	if e := (*pgconn.PgError)(nil); !errors.As(err, &e) || e.Code != "23505" {
		t.Errorf("%s: %v", what, err)
	}
}

// tenant records who deleted it, by a hook.
type tenant struct {
	ID        int64
	DeletedAt gorm.DeletedAt
	DeletedBy *string
}

func (t *tenant) BeforeDelete(*gorm.DB) error {
	by := "ann"
	t.DeletedBy = &by
	return nil
}

// GORM's soft delete writes its one column, whatever a hook sets (also gorm#7691).
func TestGormIssue4347WhoDeleted(t *testing.T) {
	dsn := pgtemp.NewDatabase(t)
	plain, err := sql.Open("pgx", dsn)
	must(t, err)
	defer plain.Close()
	alone := over(t, plain)
	must(t, alone.Exec(`CREATE TABLE tenants (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, deleted_at timestamptz, deleted_by text)`).Error)
	pool, err := softdelete.Open(dsn, softdelete.Policy{Tables: []softdelete.Table{{Name: "tenants", DeletedBy: "deleted_by"}}})
	must(t, err)
	defer pool.Close()

	who := func(db *gorm.DB) string {
		x := tenant{}
		must(t, db.Create(&x).Error, db.Delete(&x).Error)
		var stored tenant
		must(t, alone.Unscoped().First(&stored, x.ID).Error)
		if stored.DeletedBy == nil {
			return "nobody"
		}
		return *stored.DeletedBy
	}
	equal(t, "who deleted it, alone", who(alone), "nobody")
	equal(t, "who deleted it", who(over(t, pool).WithContext(softdelete.WithActor(t.Context(), "ann"))), "ann")
}
