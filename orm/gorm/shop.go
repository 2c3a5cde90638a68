package gormshop

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
	"gorm.io/gorm/logger"

	"github.com/softdelete-go/softdelete/orm/suite"
)

type shop struct{ db *gorm.DB }

// New makes a shop of a pool.
func New(pool *sql.DB, config gorm.Config) (suite.Shop, error) {
	config.Logger = logger.Discard
	db, err := gorm.Open(postgres.New(postgres.Config{Conn: pool}), &config)
	if err != nil {
		return nil, err
	}
	return shop{db}, db.SetupJoinTable(&Order{}, "Products", &OrderProduct{})
}

func (s shop) with(ctx context.Context) *gorm.DB {
	if suite.SeesDeleted(ctx) {
		return s.db.WithContext(ctx).Unscoped()
	}
	return s.db.WithContext(ctx)
}

func byID(db *gorm.DB) *gorm.DB { return db.Order("id") }

func affected(result *gorm.DB) (int64, error) { return result.RowsAffected, result.Error }

func (s shop) users(query *gorm.DB) ([]suite.User, error) {
	var us []User
	err := query.Find(&us).Error
	return plainUsers(us, err)
}

func (s shop) user(query *gorm.DB, conditions ...any) (*suite.User, error) {
	var u User
	err := query.First(&u, conditions...).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, fmt.Errorf("%w: %w", suite.ErrNotFound, err)
	}
	p := u.plain()
	return &p, err
}

func (s shop) CreateUser(ctx context.Context, u *suite.User) error {
	m := User{Email: u.Email, Name: u.Name}
	err := s.with(ctx).Create(&m).Error
	u.ID = m.ID
	return err
}

func (s shop) CreateUsers(ctx context.Context, us []*suite.User) error {
	ms := make([]User, len(us))
	for i, u := range us {
		ms[i] = User{Email: u.Email, Name: u.Name}
	}
	err := s.with(ctx).Create(&ms).Error
	for i, m := range ms {
		us[i].ID = m.ID
	}
	return err
}

func (s shop) CreateProfile(ctx context.Context, user int64, bio string) error {
	return s.with(ctx).Create(&Profile{UserID: user, Bio: bio}).Error
}

func (s shop) CreateOrder(ctx context.Context, o *suite.Order) error {
	m := Order{UserID: o.UserID, Status: o.Status, Total: o.Total}
	err := s.with(ctx).Create(&m).Error
	o.ID = m.ID
	return err
}

func (s shop) CreateProduct(ctx context.Context, p *suite.Product) error {
	m := Product{SKU: p.SKU, Name: p.Name}
	err := s.with(ctx).Create(&m).Error
	p.ID = m.ID
	return err
}

func (s shop) CreateEvent(ctx context.Context, user int64, what string) error {
	return s.with(ctx).Create(&Event{UserID: user, What: what}).Error
}

// AddProduct uses the junction's model: Association("Products").Append would do nothing,
// in silence, where the product is there already, and the suite asks for the error.
func (s shop) AddProduct(ctx context.Context, order, product int64) error {
	return s.with(ctx).Create(&OrderProduct{OrderID: order, ProductID: product}).Error
}

// RemoveProduct does too: Association("Products").Delete does not tell how many.
func (s shop) RemoveProduct(ctx context.Context, order, product int64) (int64, error) {
	return affected(s.with(ctx).Delete(&OrderProduct{OrderID: order, ProductID: product}))
}

func (s shop) User(ctx context.Context, id int64) (*suite.User, error) {
	return s.user(s.with(ctx), id)
}

func (s shop) UserByEmail(ctx context.Context, email string) (*suite.User, error) {
	return s.user(s.with(ctx).Where("email = ?", email))
}

func (s shop) Users(ctx context.Context, ids []int64) ([]suite.User, error) {
	return s.users(byID(s.with(ctx)).Where("id IN ?", ids))
}

func (s shop) Page(ctx context.Context, limit, offset int) ([]suite.User, error) {
	return s.users(byID(s.with(ctx)).Limit(limit).Offset(offset))
}

func (s shop) WithOrders(ctx context.Context) ([]suite.User, error) {
	return s.users(byID(s.with(ctx)).Preload("Orders", byID).Preload("Orders.Products", byID))
}

func (s shop) WithProfiles(ctx context.Context) ([]suite.User, error) {
	return s.users(s.with(ctx).Joins("Profile").Order("users.id"))
}

func (s shop) Managed(ctx context.Context, manager int64) ([]suite.User, error) {
	var us []User
	err := byID(s.with(ctx).Model(&User{ID: manager})).Association("Managed").Find(&us)
	return plainUsers(us, err)
}

func (s shop) CountUsers(ctx context.Context) (n int64, err error) {
	err = s.with(ctx).Model(&User{}).Count(&n).Error
	return n, err
}

func (s shop) CountOrders(ctx context.Context, user int64) (int64, error) {
	orders := s.with(ctx).Model(&User{ID: user}).Association("Orders")
	n := orders.Count()
	return n, orders.Error
}

func (s shop) ExistsUser(ctx context.Context, email string) (ok bool, err error) {
	err = s.with(ctx).Model(&User{}).Select("count(*) > 0").Where("email = ?", email).Find(&ok).Error
	return ok, err
}

func (s shop) Spending(ctx context.Context, min int64) (all []suite.Spend, err error) {
	err = s.with(ctx).Model(&User{}).Select("users.name, count(*) AS orders, sum(orders.total) AS total").
		Joins("JOIN orders ON orders.user_id = users.id").
		Group("users.id").Having("sum(orders.total) > ?", min).Order("users.id").Scan(&all).Error
	return all, err
}

func (s shop) Joined(ctx context.Context) (all []suite.Pair, err error) {
	err = s.with(ctx).Model(&User{}).Select(`users.name, orders.id AS "order"`).
		Joins("JOIN orders ON orders.user_id = users.id").Order("1, 2").Scan(&all).Error
	return all, err
}

func (s shop) LeftJoined(ctx context.Context) (all []suite.Pair, err error) {
	err = s.with(ctx).Model(&User{}).Select(`users.name, coalesce(orders.id, 0) AS "order"`).
		Joins("LEFT JOIN orders ON orders.user_id = users.id").Order("1, 2").Scan(&all).Error
	return all, err
}

func (s shop) Buyers(ctx context.Context, sku string) ([]suite.User, error) {
	return s.users(s.with(ctx).Distinct("users.*").
		Joins("JOIN orders ON orders.user_id = users.id").
		Joins("JOIN order_products ON order_products.order_id = orders.id").
		Joins("JOIN products ON products.id = order_products.product_id").
		Where("products.sku = ?", sku).Order("users.id"))
}

func (s shop) WithOpenOrders(ctx context.Context) ([]suite.User, error) {
	open := s.with(ctx).Model(&Order{}).Select("1").Where("orders.user_id = users.id AND orders.status = ?", "open")
	return s.users(byID(s.with(ctx)).Where("EXISTS (?)", open))
}

func (s shop) WithoutOrders(ctx context.Context) ([]suite.User, error) {
	return s.users(byID(s.with(ctx)).Where("id NOT IN (?)", s.with(ctx).Model(&Order{}).Select("user_id")))
}

func (s shop) Search(ctx context.Context, email, name string) ([]suite.User, error) {
	return s.users(byID(s.with(ctx)).Where("email = ?", email).Or("name = ?", name))
}

func (s shop) Rename(ctx context.Context, id int64, name string) (int64, error) {
	return affected(s.with(ctx).Model(&User{}).Where("id = ?", id).Update("name", name))
}

func (s shop) Save(ctx context.Context, u *suite.User) error {
	return s.with(ctx).Save(&User{ID: u.ID, Email: u.Email, Name: u.Name, ManagerID: u.ManagerID}).Error
}

func (s shop) SetManager(ctx context.Context, id int64, manager *int64) (int64, error) {
	return affected(s.with(ctx).Model(&User{}).Where("id = ?", id).Update("manager_id", manager))
}

func (s shop) CloseOrders(ctx context.Context, user int64) (int64, error) {
	return affected(s.with(ctx).Model(&Order{}).Where("user_id = ?", user).Update("status", "closed"))
}

var email = []clause.Column{{Name: "email"}}

func (s shop) Upsert(ctx context.Context, u *suite.User) error {
	m := User{Email: u.Email, Name: u.Name}
	err := s.with(ctx).Clauses(clause.OnConflict{Columns: email, DoUpdates: clause.AssignmentColumns([]string{"name"})}).Create(&m).Error
	u.ID = m.ID
	return err
}

func (s shop) Ensure(ctx context.Context, u *suite.User) (int64, error) {
	return affected(s.with(ctx).Clauses(clause.OnConflict{Columns: email, DoNothing: true}).Create(&User{Email: u.Email, Name: u.Name}))
}

func (s shop) DeleteUser(ctx context.Context, id int64) (int64, error) {
	return affected(s.with(ctx).Delete(&User{}, id))
}

func (s shop) DeleteProduct(ctx context.Context, id int64) (int64, error) {
	return affected(s.with(ctx).Delete(&Product{}, id))
}

func (s shop) DeleteUsers(ctx context.Context, pattern string) (int64, error) {
	return affected(s.with(ctx).Where("name LIKE ?", pattern).Delete(&User{}))
}

func (s shop) DeleteOrders(ctx context.Context, status string) ([]int64, error) {
	var os []Order
	err := s.with(ctx).Clauses(clause.Returning{Columns: []clause.Column{{Name: "id"}}}).Where("status = ?", status).Delete(&os).Error
	ids := make([]int64, len(os))
	for i, o := range os {
		ids[i] = o.ID
	}
	return ids, err
}

func (s shop) DeleteOrdersOf(ctx context.Context, sku string) (int64, error) {
	of := s.with(ctx).Model(&OrderProduct{}).Select("order_products.order_id").
		Joins("JOIN products ON products.id = order_products.product_id").Where("products.sku = ?", sku)
	return affected(s.with(ctx).Where("id IN (?)", of).Delete(&Order{}))
}

func (s shop) RestoreUser(ctx context.Context, id int64) (int64, error) {
	return affected(s.with(ctx).Model(&User{}).Where("id = ?", id).Update("deleted_at", nil))
}

func (s shop) Tx(ctx context.Context, do func(suite.Shop) error) error {
	return s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error { return do(shop{tx}) })
}

func (s shop) LockUser(ctx context.Context, id int64) (*suite.User, error) {
	return s.user(s.with(ctx).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}), id)
}

func (s shop) Query(ctx context.Context, query string, args ...any) ([][]string, error) {
	return suite.Texts(s.with(ctx).Raw(suite.Questions(query), args...).Rows()) //nolint:rowserrcheck // Texts does
}

func (s shop) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	return affected(s.with(ctx).Exec(suite.Questions(query), args...))
}
