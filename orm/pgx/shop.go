package pgxshop

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/softdelete-go/softdelete/orm/sqlc/pgxdb"
	"github.com/softdelete-go/softdelete/orm/suite"
)

// tx is a pool, or a transaction.
type tx interface {
	pgxdb.DBTX
	Begin(ctx context.Context) (pgx.Tx, error)
	SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
}

// shop is what sqlc generates for pgx/v5, over a pool or a transaction; what was queued in
// one batch there is sent as one here.
type shop struct {
	db tx
	q  *pgxdb.Queries
}

func user(u pgxdb.User) suite.User {
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

func one(u pgxdb.User, err error) (*suite.User, error) {
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, suite.ErrNotFound
	}
	found := user(u)
	return &found, err
}

func (s shop) CreateUser(ctx context.Context, u *suite.User) (err error) {
	u.ID, err = s.q.CreateUser(ctx, pgxdb.CreateUserParams{Email: u.Email, Name: u.Name})
	return err
}

// CreateUsers sends a batch.
func (s shop) CreateUsers(ctx context.Context, us []*suite.User) error {
	var b pgx.Batch
	for _, u := range us {
		b.Queue("INSERT INTO users (email, name) VALUES ($1, $2) RETURNING id", u.Email, u.Name).
			QueryRow(func(r pgx.Row) error { return r.Scan(&u.ID) })
	}
	return s.db.SendBatch(ctx, &b).Close()
}

func (s shop) CreateProfile(ctx context.Context, user int64, bio string) error {
	return s.q.CreateProfile(ctx, pgxdb.CreateProfileParams{UserID: user, Bio: bio})
}

func (s shop) CreateOrder(ctx context.Context, o *suite.Order) (err error) {
	o.ID, err = s.q.CreateOrder(ctx, pgxdb.CreateOrderParams{UserID: o.UserID, Status: o.Status, Total: o.Total})
	return err
}

func (s shop) CreateProduct(ctx context.Context, p *suite.Product) (err error) {
	p.ID, err = s.q.CreateProduct(ctx, pgxdb.CreateProductParams{Sku: p.SKU, Name: p.Name})
	return err
}

func (s shop) CreateEvent(ctx context.Context, user int64, what string) error {
	return s.q.CreateEvent(ctx, pgxdb.CreateEventParams{UserID: user, What: what})
}

func (s shop) AddProduct(ctx context.Context, order, product int64) error {
	return s.q.AddProduct(ctx, pgxdb.AddProductParams{OrderID: order, ProductID: product})
}

// RemoveProduct names its arguments, and looks at the command tag.
func (s shop) RemoveProduct(ctx context.Context, order, product int64) (int64, error) {
	tag, err := s.db.Exec(ctx, "DELETE FROM order_products WHERE order_id = @order AND product_id = @product",
		pgx.NamedArgs{"order": order, "product": product})
	if err == nil && !tag.Delete() {
		return 0, fmt.Errorf("the command tag of a DELETE is %s", tag)
	}
	return tag.RowsAffected(), err
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
	us, err := s.q.Page(ctx, pgxdb.PageParams{Limit: int32(limit), Offset: int32(offset)})
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
	return each(rows, err, func(r pgxdb.WithProfilesRow) suite.User {
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
	return each(rows, err, func(r pgxdb.SpendingRow) suite.Spend { return suite.Spend(r) })
}

func (s shop) Joined(ctx context.Context) ([]suite.Pair, error) {
	rows, err := s.q.Joined(ctx)
	return each(rows, err, func(r pgxdb.JoinedRow) suite.Pair { return suite.Pair{Name: r.Name, Order: r.OrderID} })
}

func (s shop) LeftJoined(ctx context.Context) ([]suite.Pair, error) {
	rows, err := s.q.LeftJoined(ctx)
	return each(rows, err, func(r pgxdb.LeftJoinedRow) suite.Pair { return suite.Pair{Name: r.Name, Order: r.OrderID} })
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
	us, err := s.q.Search(ctx, pgxdb.SearchParams{Email: email, Name: name})
	return each(us, err, user)
}

func (s shop) Rename(ctx context.Context, id int64, name string) (int64, error) {
	return s.q.Rename(ctx, pgxdb.RenameParams{ID: id, Name: name})
}

func (s shop) Save(ctx context.Context, u *suite.User) error {
	n, err := s.q.Save(ctx, pgxdb.SaveParams{ID: u.ID, Email: u.Email, Name: u.Name, ManagerID: u.ManagerID})
	if err == nil && n == 0 {
		return suite.ErrNotFound
	}
	return err
}

func (s shop) SetManager(ctx context.Context, id int64, manager *int64) (int64, error) {
	return s.q.SetManager(ctx, pgxdb.SetManagerParams{ID: id, ManagerID: manager})
}

func (s shop) CloseOrders(ctx context.Context, user int64) (int64, error) {
	return s.q.CloseOrders(ctx, user)
}

func (s shop) Upsert(ctx context.Context, u *suite.User) (err error) {
	u.ID, err = s.q.Upsert(ctx, pgxdb.UpsertParams{Email: u.Email, Name: u.Name})
	return err
}

func (s shop) Ensure(ctx context.Context, u *suite.User) (int64, error) {
	return s.q.Ensure(ctx, pgxdb.EnsureParams{Email: u.Email, Name: u.Name})
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
	return pgx.BeginFunc(ctx, s.db, func(t pgx.Tx) error { return do(shop{t, s.q.WithTx(t)}) })
}

func (s shop) Query(ctx context.Context, query string, args ...any) ([][]string, error) {
	rows, err := s.db.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) ([]string, error) {
		values, err := r.Values()
		texts := make([]string, len(values))
		for i, v := range values {
			texts[i] = fmt.Sprint(v)
		}
		return texts, err
	})
}

func (s shop) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	tag, err := s.db.Exec(ctx, query, args...)
	return tag.RowsAffected(), err
}
