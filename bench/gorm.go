package main

import (
	"context"
	"database/sql"

	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// The models, as users of GORM write them: a hook of each loads the children and
// deletes them, since hooks run for rows that were loaded only.
type gormUser struct {
	ID        int64
	DeletedAt gorm.DeletedAt
}

type gormOrder struct {
	ID        int64
	UserID    int64
	DeletedAt gorm.DeletedAt
}

type gormItem struct {
	ID        int64
	OrderID   int64
	DeletedAt gorm.DeletedAt
}

func (gormUser) TableName() string  { return "users" }
func (gormOrder) TableName() string { return "orders" }
func (gormItem) TableName() string  { return "items" }

func (u *gormUser) BeforeDelete(tx *gorm.DB) error {
	var orders []gormOrder
	if err := tx.Where("user_id = ?", u.ID).Find(&orders).Error; err != nil || len(orders) == 0 {
		return err
	}
	return tx.Delete(&orders).Error
}

func (o *gormOrder) BeforeDelete(tx *gorm.DB) error {
	return tx.Where("order_id = ?", o.ID).Delete(&gormItem{}).Error
}

func throughGORM(plain *sql.DB) (changes, error) {
	db, err := gorm.Open(postgres.New(postgres.Config{Conn: plain}), &gorm.Config{Logger: logger.Discard})
	if err != nil {
		return changes{}, err
	}
	return changes{
		remove: func(ctx context.Context, user int64) (int64, error) {
			result := db.WithContext(ctx).Delete(&gormUser{ID: user})
			return result.RowsAffected, result.Error
		},
		restore: func(ctx context.Context, user int64) (int64, error) { return gormRestore(db.WithContext(ctx), user) },
	}, nil
}

// gormRestore brings back all children, also those that were deleted before the
// user: which they were is not known.
func gormRestore(db *gorm.DB, user int64) (n int64, err error) {
	err = db.Transaction(func(tx *gorm.DB) error {
		orders := tx.Unscoped().Model(&gormOrder{}).Select("id").Where("user_id = ?", user)
		for _, of := range []*gorm.DB{
			tx.Unscoped().Model(&gormItem{}).Where("order_id IN (?)", orders),
			tx.Unscoped().Model(&gormOrder{}).Where("user_id = ?", user),
			tx.Unscoped().Model(&gormUser{}).Where("id = ?", user),
		} {
			result := of.Where("deleted_at IS NOT NULL").Update("deleted_at", nil)
			if result.Error != nil {
				return result.Error
			}
			n += result.RowsAffected
		}
		return nil
	})
	return n, err
}
