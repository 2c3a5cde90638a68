package main

import (
	"context"
	"database/sql"
	"time"

	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
	"gorm.io/gorm/logger"
)

// The models of the market. Their hooks take the children along, as those of
// gorm.go do.
type (
	gormCustomer struct {
		ID        int64
		Email     string
		Name      string
		CreatedAt time.Time
		DeletedAt gorm.DeletedAt
		Orders    []gormPurchase `gorm:"foreignKey:UserID"`
	}
	gormPurchase struct {
		ID         int64
		UserID     int64
		Status     string
		TotalCents int64
		CreatedAt  time.Time
		DeletedAt  gorm.DeletedAt
		Items      []gormLine `gorm:"foreignKey:OrderID"`
	}
	gormLine struct {
		ID         int64
		OrderID    int64
		SKU        string
		Quantity   int64
		PriceCents int64
		DeletedAt  gorm.DeletedAt
	}
)

func (gormCustomer) TableName() string { return "users" }
func (gormPurchase) TableName() string { return "orders" }
func (gormLine) TableName() string     { return "items" }

func (c gormCustomer) String() string { return person{c.ID, c.Email, c.Name, c.CreatedAt}.String() }
func (p gormPurchase) String() string {
	return purchase{p.ID, p.UserID, p.Status, p.TotalCents, p.CreatedAt}.String()
}

func (c *gormCustomer) BeforeDelete(tx *gorm.DB) error {
	var orders []gormPurchase
	if err := tx.Where("user_id = ?", c.ID).Find(&orders).Error; err != nil || len(orders) == 0 {
		return err
	}
	return tx.Delete(&orders).Error
}

func (p *gormPurchase) BeforeDelete(tx *gorm.DB) error {
	return tx.Where("order_id = ?", p.ID).Delete(&gormLine{}).Error
}

func byGORM(plain *sql.DB) (*shopper, error) {
	return gormShopper(plain, &gorm.Config{Logger: logger.Discard})
}

// byTunedGORM is with the two settings that GORM's documentation recommends for speed.
func byTunedGORM(plain *sql.DB) (*shopper, error) {
	return gormShopper(plain, &gorm.Config{Logger: logger.Discard, PrepareStmt: true, SkipDefaultTransaction: true})
}

func gormShopper(plain *sql.DB, config *gorm.Config) (*shopper, error) {
	db, err := gorm.Open(postgres.New(postgres.Config{Conn: plain}), config)
	if err != nil {
		return nil, err
	}
	by := &shopper{
		deleteItem: func(ctx context.Context, id int64) (int64, error) {
			return gormAffected(db.WithContext(ctx).Delete(&gormLine{}, id))
		},
		deleteItems: func(ctx context.Context, from, to int64) (int64, error) {
			return gormAffected(db.WithContext(ctx).Where("id BETWEEN ? AND ?", from, to).Delete(&gormLine{}))
		},
		deleteUser: func(ctx context.Context, user int64) (int64, error) {
			return gormAffected(db.WithContext(ctx).Delete(&gormCustomer{ID: user}))
		},
		restoreUser: func(ctx context.Context, user int64) (int64, error) { return gormRestore(db.WithContext(ctx), user) },
		upsert: func(ctx context.Context, email, name string) (int64, error) {
			return gormAffected(db.WithContext(ctx).Clauses(clause.OnConflict{
				Columns:     []clause.Column{{Name: "email"}},
				TargetWhere: clause.Where{Exprs: []clause.Expression{clause.Eq{Column: "deleted_at"}}},
				DoUpdates:   clause.AssignmentColumns([]string{"name"}),
			}).Create(&gormCustomer{Email: email, Name: name, CreatedAt: renamedAt}))
		},
		insert: func(ctx context.Context, users []newUser) (int64, error) {
			all := make([]gormCustomer, len(users))
			for i, u := range users {
				all[i] = gormCustomer{Email: u.Email, Name: u.Name, CreatedAt: u.CreatedAt}
			}
			return gormAffected(db.WithContext(ctx).Create(&all))
		},
	}
	by.gormReads(db)
	return by, nil
}

func gormAffected(result *gorm.DB) (int64, error) { return result.RowsAffected, result.Error }

// gormReads are as the documentation has them. A join in which the condition on
// the joined table's deleted_at must not be forgotten is one by hand; so what
// belongs to a user is preloaded.
func (by *shopper) gormReads(db *gorm.DB) {
	by.byID = func(ctx context.Context, id int64) (found, error) {
		var users []gormCustomer
		err := db.WithContext(ctx).Select("id", "email", "name", "created_at").Limit(1).Find(&users, id).Error
		return list(users, err)
	}
	by.byEmail = func(ctx context.Context, email string) (found, error) {
		var users []gormCustomer
		err := db.WithContext(ctx).Select("id", "email", "name", "created_at").Where("email = ?", email).Limit(1).Find(&users).Error
		return list(users, err)
	}
	by.page = func(ctx context.Context, status string, before time.Time) (found, error) {
		var orders []gormPurchase
		err := db.WithContext(ctx).Select("id", "user_id", "status", "total_cents", "created_at").
			Where("status = ? AND created_at < ?", status, before).Order("created_at DESC").Limit(pageRows).Find(&orders).Error
		return list(orders, err)
	}
	by.purchases = func(ctx context.Context, user int64) (found, error) {
		var users []gormCustomer
		err := db.WithContext(ctx).
			Preload("Orders", func(tx *gorm.DB) *gorm.DB { return tx.Order("created_at DESC") }).
			Preload("Orders.Items", func(tx *gorm.DB) *gorm.DB { return tx.Order("id") }).Find(&users, user).Error
		return nested(len(users), func() (lines []purchaseLine) {
			for _, u := range users {
				for _, o := range u.Orders {
					for _, i := range o.Items {
						lines = append(lines, purchaseLine{u.Name, o.ID, o.CreatedAt, i.SKU, i.Quantity})
					}
				}
			}
			return lines
		}, err)
	}
	by.orderCounts = func(ctx context.Context, from, to int64) (found, error) {
		var counts []orderCount
		err := db.WithContext(ctx).Model(&gormCustomer{}).Select("users.id, users.name, count(orders.id) AS orders").
			Joins("LEFT JOIN orders ON orders.user_id = users.id AND orders.deleted_at IS NULL").
			Where("users.id BETWEEN ? AND ?", from, to).Group("users.id").Order("users.id").Scan(&counts).Error
		return list(counts, err)
	}
}
