package gormshop

import "github.com/softdelete-go/softdelete/orm/suite"

// The models. Marker is what each of them embeds: nothing here, GORM's own soft delete in
// the package marked, which is otherwise a copy of this one.
type (
	User struct {
		ID        int64
		Email     string
		Name      string
		ManagerID *int64
		Managed   []User `gorm:"foreignKey:ManagerID"`
		Profile   *Profile
		Orders    []Order
		Marker
	}
	Profile struct {
		UserID int64 `gorm:"primaryKey"`
		Bio    string
		Marker
	}
	Order struct {
		ID       int64
		UserID   int64
		Status   string
		Total    int64
		Products []Product `gorm:"many2many:order_products"`
		Marker
	}
	Product struct {
		ID   int64
		SKU  string
		Name string
		Marker
	}
	OrderProduct struct {
		OrderID   int64 `gorm:"primaryKey"`
		ProductID int64 `gorm:"primaryKey"`
		Marker
	}
	Event struct {
		ID     int64
		UserID int64
		What   string
	}
)

func (u User) plain() suite.User {
	p := suite.User{ID: u.ID, Email: u.Email, Name: u.Name, ManagerID: u.ManagerID}
	if u.Profile != nil {
		p.Bio = u.Profile.Bio
	}
	for _, o := range u.Orders {
		p.Orders = append(p.Orders, o.plain())
	}
	return p
}

func (o Order) plain() suite.Order {
	p := suite.Order{ID: o.ID, UserID: o.UserID, Status: o.Status, Total: o.Total}
	for _, product := range o.Products {
		p.Products = append(p.Products, suite.Product{ID: product.ID, SKU: product.SKU, Name: product.Name})
	}
	return p
}

func plainUsers(us []User, err error) ([]suite.User, error) {
	all := make([]suite.User, len(us))
	for i, u := range us {
		all[i] = u.plain()
	}
	return all, err
}
