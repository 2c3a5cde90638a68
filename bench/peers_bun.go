package main

import (
	"context"
	"database/sql"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
)

// The models of the market, with Bun's soft deletes.
type (
	bunCustomer struct {
		bun.BaseModel `bun:"table:users,alias:u"`

		ID        int64 `bun:",pk,autoincrement"`
		Email     string
		Name      string
		CreatedAt time.Time
		DeletedAt time.Time      `bun:",soft_delete,nullzero"`
		Orders    []*bunPurchase `bun:"rel:has-many,join:id=user_id"`
	}
	bunPurchase struct {
		bun.BaseModel `bun:"table:orders,alias:o"`

		ID         int64 `bun:",pk,autoincrement"`
		UserID     int64
		Status     string
		TotalCents int64
		CreatedAt  time.Time
		DeletedAt  time.Time  `bun:",soft_delete,nullzero"`
		Items      []*bunLine `bun:"rel:has-many,join:id=order_id"`
	}
	bunLine struct {
		bun.BaseModel `bun:"table:items,alias:i"`

		ID         int64 `bun:",pk,autoincrement"`
		OrderID    int64
		SKU        string
		Quantity   int64
		PriceCents int64
		DeletedAt  time.Time `bun:",soft_delete,nullzero"`
	}
)

func (c bunCustomer) String() string { return person{c.ID, c.Email, c.Name, c.CreatedAt}.String() }
func (p bunPurchase) String() string {
	return purchase{p.ID, p.UserID, p.Status, p.TotalCents, p.CreatedAt}.String()
}

// byBun writes values into the texts, as Bun always does.
func byBun(plain *sql.DB) (*shopper, error) {
	db := bun.NewDB(plain, pgdialect.New())
	by := &shopper{
		deleteItem: func(ctx context.Context, id int64) (int64, error) {
			return affected(db.NewDelete().Model((*bunLine)(nil)).Where("id = ?", id).Exec(ctx))
		},
		deleteItems: func(ctx context.Context, from, to int64) (int64, error) {
			return affected(db.NewDelete().Model((*bunLine)(nil)).Where("id BETWEEN ? AND ?", from, to).Exec(ctx))
		},
		deleteUser:  func(ctx context.Context, user int64) (int64, error) { return bunDelete(ctx, db, user) },
		restoreUser: func(ctx context.Context, user int64) (int64, error) { return bunRestore(ctx, db, user) },
		upsert: func(ctx context.Context, email, name string) (int64, error) {
			return affected(db.NewInsert().Model(&bunCustomer{Email: email, Name: name, CreatedAt: renamedAt}).
				On("CONFLICT (email) WHERE deleted_at IS NULL DO UPDATE").Set("name = excluded.name").Exec(ctx))
		},
		insertInline: func(ctx context.Context, users []newUser) (int64, error) {
			all := make([]bunCustomer, len(users))
			for i, u := range users {
				all[i] = bunCustomer{Email: u.Email, Name: u.Name, CreatedAt: u.CreatedAt}
			}
			return affected(db.NewInsert().Model(&all).Exec(ctx))
		},
	}
	by.bunReads(db)
	return by, nil
}

// bunDelete is a transaction of the application's: Bun knows no cascade.
func bunDelete(ctx context.Context, db *bun.DB, user int64) (n int64, err error) {
	err = db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		orders := tx.NewSelect().Model((*bunPurchase)(nil)).Column("id").Where("user_id = ?", user)
		if _, err := tx.NewDelete().Model((*bunLine)(nil)).Where("order_id IN (?)", orders).Exec(ctx); err != nil {
			return err
		}
		if _, err := tx.NewDelete().Model((*bunPurchase)(nil)).Where("user_id = ?", user).Exec(ctx); err != nil {
			return err
		}
		var err error
		n, err = affected(tx.NewDelete().Model((*bunCustomer)(nil)).Where("id = ?", user).Exec(ctx))
		return err
	})
	return n, err
}

// bunRestore brings back all children: which were deleted before the user is not
// known.
func bunRestore(ctx context.Context, db *bun.DB, user int64) (total int64, err error) {
	err = db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		orders := tx.NewSelect().Model((*bunPurchase)(nil)).Column("id").Where("user_id = ?", user).WhereAllWithDeleted()
		for _, q := range []*bun.UpdateQuery{
			tx.NewUpdate().Model((*bunLine)(nil)).Where("order_id IN (?)", orders),
			tx.NewUpdate().Model((*bunPurchase)(nil)).Where("user_id = ?", user),
			tx.NewUpdate().Model((*bunCustomer)(nil)).Where("id = ?", user),
		} {
			n, err := affected(q.Set("deleted_at = NULL").WhereDeleted().Exec(ctx))
			if err != nil {
				return err
			}
			total += n
		}
		return nil
	})
	return total, err
}

func (by *shopper) bunReads(db *bun.DB) {
	by.byID = func(ctx context.Context, id int64) (found, error) {
		var users []bunCustomer
		err := db.NewSelect().Model(&users).Column("id", "email", "name", "created_at").Where("id = ?", id).Scan(ctx)
		return list(users, err)
	}
	by.byEmail = func(ctx context.Context, email string) (found, error) {
		var users []bunCustomer
		err := db.NewSelect().Model(&users).Column("id", "email", "name", "created_at").Where("email = ?", email).Scan(ctx)
		return list(users, err)
	}
	by.page = func(ctx context.Context, status string, before time.Time) (found, error) {
		var orders []bunPurchase
		err := db.NewSelect().Model(&orders).Column("id", "user_id", "status", "total_cents", "created_at").
			Where("status = ? AND created_at < ?", status, before).Order("created_at DESC").Limit(pageRows).Scan(ctx)
		return list(orders, err)
	}
	by.purchases = func(ctx context.Context, user int64) (found, error) {
		var users []bunCustomer
		err := db.NewSelect().Model(&users).Where("u.id = ?", user).
			Relation("Orders", func(q *bun.SelectQuery) *bun.SelectQuery { return q.Order("created_at DESC") }).
			Relation("Orders.Items", func(q *bun.SelectQuery) *bun.SelectQuery { return q.Order("id") }).Scan(ctx)
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
		err := db.NewSelect().Model((*bunCustomer)(nil)).ColumnExpr("u.id, u.name, count(o.id) AS orders").
			Join("LEFT JOIN orders AS o ON o.user_id = u.id AND o.deleted_at IS NULL").
			Where("u.id BETWEEN ? AND ?", from, to).Group("u.id").Order("u.id").Scan(ctx, &counts)
		return list(counts, err)
	}
}
