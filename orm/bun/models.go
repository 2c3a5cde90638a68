// Package bunshop is the shop of the conformance suite with Bun: models, relations and
// builders as its documentation has them.
package bunshop

import (
	"time"

	"github.com/uptrace/bun"

	"github.com/softdelete-go/softdelete/orm/suite"
)

// The models. M is what each of them embeds: nothing, or Bun's own soft delete.
type (
	User[M any] struct {
		bun.BaseModel `bun:"table:users,alias:u"`

		ID        int64 `bun:",pk,autoincrement"`
		Email     string
		Name      string
		ManagerID *int64
		Managed   []*User[M]  `bun:"rel:has-many,join:id=manager_id"`
		Profile   *Profile[M] `bun:"rel:has-one,join:id=user_id"`
		Orders    []*Order[M] `bun:"rel:has-many,join:id=user_id"`
		Marker    M           `bun:"embed:"`
	}
	Profile[M any] struct {
		bun.BaseModel `bun:"table:profiles,alias:p"`

		UserID int64 `bun:",pk"`
		Bio    string
		Marker M `bun:"embed:"`
	}
	Order[M any] struct {
		bun.BaseModel `bun:"table:orders,alias:o"`

		ID       int64 `bun:",pk,autoincrement"`
		UserID   int64
		Status   string
		Total    int64
		Products []*Product[M] `bun:"m2m:order_products,join:Order=Product"`
		Marker   M             `bun:"embed:"`
	}
	Product[M any] struct {
		bun.BaseModel `bun:"table:products,alias:product"`

		ID     int64 `bun:",pk,autoincrement"`
		SKU    string
		Name   string
		Marker M `bun:"embed:"`
	}
	OrderProduct[M any] struct {
		bun.BaseModel `bun:"table:order_products,alias:op"`

		OrderID   int64       `bun:",pk"`
		Order     *Order[M]   `bun:"rel:belongs-to,join:order_id=id"`
		ProductID int64       `bun:",pk"`
		Product   *Product[M] `bun:"rel:belongs-to,join:product_id=id"`
		Marker    M           `bun:"embed:"`
	}
	Event struct {
		bun.BaseModel `bun:"table:events"`

		ID     int64 `bun:",pk,autoincrement"`
		UserID int64
		What   string
	}
)

// Unmarked models know nothing of deletion, Marked ones are soft-deleted by Bun.
type (
	Unmarked struct{}
	Marked   struct {
		DeletedAt time.Time `bun:",soft_delete,nullzero"`
	}
)

func (u *User[M]) plain() suite.User {
	p := suite.User{ID: u.ID, Email: u.Email, Name: u.Name, ManagerID: u.ManagerID}
	if u.Profile != nil {
		p.Bio = u.Profile.Bio
	}
	for _, o := range u.Orders {
		p.Orders = append(p.Orders, o.plain())
	}
	return p
}

func (o *Order[M]) plain() suite.Order {
	p := suite.Order{ID: o.ID, UserID: o.UserID, Status: o.Status, Total: o.Total}
	for _, product := range o.Products {
		p.Products = append(p.Products, suite.Product{ID: product.ID, SKU: product.SKU, Name: product.Name})
	}
	return p
}
