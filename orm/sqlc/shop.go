package sqlcshop

import (
	"context"
	"database/sql"
	"errors"

	"github.com/softdelete-go/softdelete/orm/sqlc/shopdb"
	"github.com/softdelete-go/softdelete/orm/suite"
)

type shop struct {
	db  *sql.DB
	raw shopdb.DBTX // db, or the transaction
	q   *shopdb.Queries
}

func user(u shopdb.User) suite.User {
	return suite.User{ID: u.ID, Email: u.Email, Name: u.Name, ManagerID: u.ManagerID}
}

// each converts what a query returned.
func each[A, B any](as []A, err error, convert func(A) B) ([]B, error) {
	bs := make([]B, len(as))
	for i, a := range as {
		bs[i] = convert(a)
	}
	return bs, err
}

func one(u shopdb.User, err error) (*suite.User, error) {
	if errors.Is(err, sql.ErrNoRows) {
		return nil, suite.ErrNotFound
	}
	found := user(u)
	return &found, err
}

func (s shop) CreateUser(ctx context.Context, u *suite.User) (err error) {
	u.ID, err = s.q.CreateUser(ctx, shopdb.CreateUserParams{Email: u.Email, Name: u.Name})
	return err
}

func (s shop) CreateUsers(ctx context.Context, us []*suite.User) error {
	var p shopdb.CreateUsersParams
	for _, u := range us {
		p.Emails, p.Names = append(p.Emails, u.Email), append(p.Names, u.Name)
	}
	ids, err := s.q.CreateUsers(ctx, p)
	for i, id := range ids {
		us[i].ID = id
	}
	return err
}

func (s shop) CreateProfile(ctx context.Context, user int64, bio string) error {
	return s.q.CreateProfile(ctx, shopdb.CreateProfileParams{UserID: user, Bio: bio})
}

func (s shop) CreateOrder(ctx context.Context, o *suite.Order) (err error) {
	o.ID, err = s.q.CreateOrder(ctx, shopdb.CreateOrderParams{UserID: o.UserID, Status: o.Status, Total: o.Total})
	return err
}

func (s shop) CreateProduct(ctx context.Context, p *suite.Product) (err error) {
	p.ID, err = s.q.CreateProduct(ctx, shopdb.CreateProductParams{Sku: p.SKU, Name: p.Name})
	return err
}

func (s shop) CreateEvent(ctx context.Context, user int64, what string) error {
	return s.q.CreateEvent(ctx, shopdb.CreateEventParams{UserID: user, What: what})
}

func (s shop) AddProduct(ctx context.Context, order, product int64) error {
	return s.q.AddProduct(ctx, shopdb.AddProductParams{OrderID: order, ProductID: product})
}

func (s shop) RemoveProduct(ctx context.Context, order, product int64) (int64, error) {
	return s.q.RemoveProduct(ctx, shopdb.RemoveProductParams{OrderID: order, ProductID: product})
}

func (s shop) User(ctx context.Context, id int64) (*suite.User, error) { return one(s.q.User(ctx, id)) }

func (s shop) UserByEmail(ctx context.Context, email string) (*suite.User, error) {
	return one(s.q.UserByEmail(ctx, email))
}

func (s shop) LockUser(ctx context.Context, id int64) (*suite.User, error) {
	return one(s.q.LockUser(ctx, id))
}

func (s shop) Users(ctx context.Context, ids []int64) ([]suite.User, error) {
	us, err := s.q.Users(ctx, ids)
	return each(us, err, user)
}

func (s shop) Page(ctx context.Context, limit, offset int) ([]suite.User, error) {
	us, err := s.q.Page(ctx, shopdb.PageParams{Limit: int32(limit), Offset: int32(offset)})
	return each(us, err, user)
}

// WithOrders asks three times: sqlc has no associations.
func (s shop) WithOrders(ctx context.Context) ([]suite.User, error) {
	rows, err := s.q.AllUsers(ctx)
	us, err := each(rows, err, user)
	if err != nil {
		return nil, err
	}
	var ids []int64
	for _, u := range us {
		ids = append(ids, u.ID)
	}
	orders, err := s.q.OrdersOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	ids = nil
	for _, o := range orders {
		ids = append(ids, o.ID)
	}
	products, err := s.q.ProductsOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	of := map[int64][]suite.Product{}
	for _, p := range products {
		of[p.OrderID] = append(of[p.OrderID], suite.Product{ID: p.Product.ID, SKU: p.Product.Sku, Name: p.Product.Name})
	}
	by := map[int64][]suite.Order{}
	for _, o := range orders {
		by[o.UserID] = append(by[o.UserID], suite.Order{ID: o.ID, UserID: o.UserID, Status: o.Status, Total: o.Total, Products: of[o.ID]})
	}
	for i := range us {
		us[i].Orders = by[us[i].ID]
	}
	return us, nil
}

func (s shop) WithProfiles(ctx context.Context) ([]suite.User, error) {
	rows, err := s.q.WithProfiles(ctx)
	return each(rows, err, func(r shopdb.WithProfilesRow) suite.User {
		u := user(r.User)
		u.Bio = r.Bio
		return u
	})
}

func (s shop) Managed(ctx context.Context, manager int64) ([]suite.User, error) {
	us, err := s.q.Managed(ctx, manager)
	return each(us, err, user)
}

func (s shop) CountUsers(ctx context.Context) (int64, error) { return s.q.CountUsers(ctx) }

func (s shop) CountOrders(ctx context.Context, user int64) (int64, error) {
	return s.q.CountOrders(ctx, user)
}

func (s shop) ExistsUser(ctx context.Context, email string) (bool, error) {
	return s.q.ExistsUser(ctx, email)
}

func (s shop) Spending(ctx context.Context, min int64) ([]suite.Spend, error) {
	rows, err := s.q.Spending(ctx, min)
	return each(rows, err, func(r shopdb.SpendingRow) suite.Spend { return suite.Spend(r) })
}

func (s shop) Joined(ctx context.Context) ([]suite.Pair, error) {
	rows, err := s.q.Joined(ctx)
	return each(rows, err, func(r shopdb.JoinedRow) suite.Pair { return suite.Pair{Name: r.Name, Order: r.OrderID} })
}

func (s shop) LeftJoined(ctx context.Context) ([]suite.Pair, error) {
	rows, err := s.q.LeftJoined(ctx)
	return each(rows, err, func(r shopdb.LeftJoinedRow) suite.Pair { return suite.Pair{Name: r.Name, Order: r.OrderID} })
}

func (s shop) Buyers(ctx context.Context, sku string) ([]suite.User, error) {
	us, err := s.q.Buyers(ctx, sku)
	return each(us, err, user)
}

func (s shop) WithOpenOrders(ctx context.Context) ([]suite.User, error) {
	us, err := s.q.WithOpenOrders(ctx)
	return each(us, err, user)
}

func (s shop) WithoutOrders(ctx context.Context) ([]suite.User, error) {
	us, err := s.q.WithoutOrders(ctx)
	return each(us, err, user)
}

func (s shop) Search(ctx context.Context, email, name string) ([]suite.User, error) {
	us, err := s.q.Search(ctx, shopdb.SearchParams{Email: email, Name: name})
	return each(us, err, user)
}

func (s shop) Rename(ctx context.Context, id int64, name string) (int64, error) {
	return s.q.Rename(ctx, shopdb.RenameParams{ID: id, Name: name})
}

func (s shop) Save(ctx context.Context, u *suite.User) error {
	n, err := s.q.Save(ctx, shopdb.SaveParams{ID: u.ID, Email: u.Email, Name: u.Name, ManagerID: u.ManagerID})
	if err == nil && n == 0 {
		return suite.ErrNotFound
	}
	return err
}

func (s shop) SetManager(ctx context.Context, id int64, manager *int64) (int64, error) {
	return s.q.SetManager(ctx, shopdb.SetManagerParams{ID: id, ManagerID: manager})
}

func (s shop) CloseOrders(ctx context.Context, user int64) (int64, error) {
	return s.q.CloseOrders(ctx, user)
}

func (s shop) Upsert(ctx context.Context, u *suite.User) (err error) {
	u.ID, err = s.q.Upsert(ctx, shopdb.UpsertParams{Email: u.Email, Name: u.Name})
	return err
}

func (s shop) Ensure(ctx context.Context, u *suite.User) (int64, error) {
	return s.q.Ensure(ctx, shopdb.EnsureParams{Email: u.Email, Name: u.Name})
}

func (s shop) DeleteUser(ctx context.Context, id int64) (int64, error) {
	return s.q.DeleteUser(ctx, id)
}

func (s shop) DeleteProduct(ctx context.Context, id int64) (int64, error) {
	return s.q.DeleteProduct(ctx, id)
}

func (s shop) DeleteUsers(ctx context.Context, pattern string) (int64, error) {
	return s.q.DeleteUsers(ctx, pattern)
}

func (s shop) DeleteOrders(ctx context.Context, status string) ([]int64, error) {
	return s.q.DeleteOrders(ctx, status)
}

func (s shop) DeleteOrdersOf(ctx context.Context, sku string) (int64, error) {
	return s.q.DeleteOrdersOf(ctx, sku)
}

func (s shop) RestoreUser(ctx context.Context, id int64) (int64, error) {
	return s.q.RestoreUser(ctx, id)
}

func (s shop) Tx(ctx context.Context, do func(suite.Shop) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := do(shop{s.db, tx, s.q.WithTx(tx)}); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

func (s shop) Query(ctx context.Context, query string, args ...any) ([][]string, error) {
	return suite.Texts(s.raw.QueryContext(ctx, query, args...)) //nolint:rowserrcheck // Texts does
}

func (s shop) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	res, err := s.raw.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}
