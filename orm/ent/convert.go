package entshop

import (
	ent "github.com/softdelete-go/softdelete/orm/ent/plain"
	"github.com/softdelete-go/softdelete/orm/suite"
)

func user1(u *ent.User) suite.User {
	p := suite.User{ID: u.ID, Email: u.Email, Name: u.Name, ManagerID: u.ManagerID}
	for _, o := range u.Edges.Orders {
		p.Orders = append(p.Orders, order1(o))
	}
	return p
}

func order1(o *ent.Order) suite.Order {
	p := suite.Order{ID: o.ID, UserID: o.UserID, Status: o.Status, Total: o.Total}
	for _, product := range o.Edges.Products {
		p.Products = append(p.Products, suite.Product{ID: product.ID, SKU: product.Sku, Name: product.Name})
	}
	return p
}

func users(us []*ent.User, err error) ([]suite.User, error) {
	all := make([]suite.User, len(us))
	for i, u := range us {
		all[i] = user1(u)
	}
	return all, err
}
