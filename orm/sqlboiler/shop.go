package sqlboilershop

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/aarondl/null/v8"
	"github.com/aarondl/sqlboiler/v4/boil"
	"github.com/aarondl/sqlboiler/v4/queries"
	"github.com/aarondl/sqlboiler/v4/queries/qm"

	"github.com/softdelete-go/softdelete/orm/sqlboiler/models"
	"github.com/softdelete-go/softdelete/orm/suite"
)

// shop is written once for both generated packages: own has a copy. What differs between
// them is in deletes.go.
type shop struct {
	db   *sql.DB
	exec boil.ContextExecutor // db, or the transaction
}

// New returns the shop over a pool.
func New(db *sql.DB) suite.Shop { return shop{db, db} }

func user(u *models.User) suite.User {
	return suite.User{ID: u.ID, Email: u.Email, Name: u.Name, ManagerID: u.ManagerID.Ptr()}
}

func users(us models.UserSlice, err error) ([]suite.User, error) {
	list := make([]suite.User, len(us))
	for i, u := range us {
		list[i] = user(u)
	}
	return list, err
}

// users makes a query of users that sees what the context is to see.
func (s shop) users(ctx context.Context, mods ...qm.QueryMod) interface {
	One(context.Context, boil.ContextExecutor) (*models.User, error)
	All(context.Context, boil.ContextExecutor) (models.UserSlice, error)
	Count(context.Context, boil.ContextExecutor) (int64, error)
	Exists(context.Context, boil.ContextExecutor) (bool, error)
	UpdateAll(context.Context, boil.ContextExecutor, models.M) (int64, error)
	Bind(context.Context, boil.Executor, any) error
} {
	return models.Users(seen(ctx, mods...)...)
}

func (s shop) one(ctx context.Context, mods ...qm.QueryMod) (*suite.User, error) {
	u, err := s.users(ctx, mods...).One(ctx, s.exec)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, suite.ErrNotFound
	case err != nil:
		return nil, err
	}
	found := user(u)
	return &found, nil
}

func (s shop) CreateUser(ctx context.Context, u *suite.User) error {
	row := models.User{Email: u.Email, Name: u.Name}
	err := row.Insert(ctx, s.exec, boil.Infer())
	u.ID = row.ID
	return err
}

// CreateUsers is in SQL: SQLBoiler inserts one row at a time.
func (s shop) CreateUsers(ctx context.Context, us []*suite.User) error {
	var args []any
	var values []string
	for _, u := range us {
		values = append(values, fmt.Sprintf("($%d, $%d)", len(args)+1, len(args)+2))
		args = append(args, u.Email, u.Name)
	}
	var rows []struct {
		ID int64 `boil:"id"`
	}
	err := queries.Raw("INSERT INTO users (email, name) VALUES "+strings.Join(values, ", ")+" RETURNING id", args...).Bind(ctx, s.exec, &rows)
	for i, r := range rows {
		us[i].ID = r.ID
	}
	return err
}

func (s shop) CreateProfile(ctx context.Context, user int64, bio string) error {
	row := models.Profile{UserID: user, Bio: bio}
	return row.Insert(ctx, s.exec, boil.Infer())
}

func (s shop) CreateOrder(ctx context.Context, o *suite.Order) error {
	row := models.Order{UserID: o.UserID, Status: o.Status, Total: o.Total}
	err := row.Insert(ctx, s.exec, boil.Infer())
	o.ID = row.ID
	return err
}

func (s shop) CreateProduct(ctx context.Context, p *suite.Product) error {
	row := models.Product{Sku: p.SKU, Name: p.Name}
	err := row.Insert(ctx, s.exec, boil.Infer())
	p.ID = row.ID
	return err
}

func (s shop) CreateEvent(ctx context.Context, user int64, what string) error {
	row := models.Event{UserID: user, What: what}
	return row.Insert(ctx, s.exec, boil.Infer())
}

func (s shop) AddProduct(ctx context.Context, order, product int64) error {
	row := models.OrderProduct{OrderID: order, ProductID: product}
	return row.Insert(ctx, s.exec, boil.Infer())
}

func (s shop) User(ctx context.Context, id int64) (*suite.User, error) {
	return s.one(ctx, models.UserWhere.ID.EQ(id))
}

func (s shop) UserByEmail(ctx context.Context, email string) (*suite.User, error) {
	return s.one(ctx, models.UserWhere.Email.EQ(email))
}

func (s shop) LockUser(ctx context.Context, id int64) (*suite.User, error) {
	return s.one(ctx, models.UserWhere.ID.EQ(id), qm.For("UPDATE"))
}

func (s shop) Users(ctx context.Context, ids []int64) ([]suite.User, error) {
	return users(s.users(ctx, models.UserWhere.ID.IN(ids), qm.OrderBy("id")).All(ctx, s.exec))
}

func (s shop) Page(ctx context.Context, limit, offset int) ([]suite.User, error) {
	return users(s.users(ctx, qm.OrderBy("id"), qm.Limit(limit), qm.Offset(offset)).All(ctx, s.exec))
}

func (s shop) WithOrders(ctx context.Context) ([]suite.User, error) {
	us, err := s.users(ctx,
		qm.OrderBy("id"),
		qm.Load("Orders", seen(ctx, qm.OrderBy("id"))...),
		qm.Load("Orders.OrderProducts", seen(ctx, qm.OrderBy("product_id"))...),
		qm.Load("Orders.OrderProducts.Product", seen(ctx)...),
	).All(ctx, s.exec)
	if err != nil {
		return nil, err
	}
	list, err := users(us, nil)
	for i, u := range us {
		for _, o := range u.R.GetOrders() {
			list[i].Orders = append(list[i].Orders, order(o))
		}
	}
	return list, err
}

func order(o *models.Order) suite.Order {
	found := suite.Order{ID: o.ID, UserID: o.UserID, Status: o.Status, Total: o.Total}
	for _, op := range o.R.GetOrderProducts() {
		if p := op.R.GetProduct(); p != nil {
			found.Products = append(found.Products, suite.Product{ID: p.ID, SKU: p.Sku, Name: p.Name})
		}
	}
	return found
}

func (s shop) WithProfiles(ctx context.Context) ([]suite.User, error) {
	us, err := s.users(ctx, qm.OrderBy("id"), qm.Load("Profile", seen(ctx)...)).All(ctx, s.exec)
	list, err := users(us, err)
	for i, u := range us {
		if p := u.R.GetProfile(); p != nil {
			list[i].Bio = p.Bio
		}
	}
	return list, err
}

func (s shop) Managed(ctx context.Context, manager int64) ([]suite.User, error) {
	m := models.User{ID: manager}
	return users(m.ManagerUsers(seen(ctx, qm.OrderBy("id"))...).All(ctx, s.exec))
}

func (s shop) CountUsers(ctx context.Context) (int64, error) {
	return s.users(ctx).Count(ctx, s.exec)
}

func (s shop) CountOrders(ctx context.Context, user int64) (int64, error) {
	u := models.User{ID: user}
	return u.Orders(seen(ctx)...).Count(ctx, s.exec)
}

func (s shop) ExistsUser(ctx context.Context, email string) (bool, error) {
	return s.users(ctx, models.UserWhere.Email.EQ(email)).Exists(ctx, s.exec)
}

func (s shop) Spending(ctx context.Context, min int64) ([]suite.Spend, error) {
	var spends []suite.Spend
	err := s.users(ctx,
		qm.Select("users.name AS name", "count(*) AS orders", "sum(orders.total)::bigint AS total"),
		qm.InnerJoin("orders ON orders.user_id = users.id"),
		qm.GroupBy("users.id, users.name"),
		qm.Having("sum(orders.total) > ?", min),
		qm.OrderBy("users.id"),
	).Bind(ctx, s.exec, &spends)
	return spends, err
}

func (s shop) pairs(ctx context.Context, join qm.QueryMod) ([]suite.Pair, error) {
	var pairs []suite.Pair
	err := s.users(ctx,
		qm.Select("users.name AS name", `coalesce(orders.id, 0) AS "order"`),
		join,
		qm.OrderBy("1, 2"),
	).Bind(ctx, s.exec, &pairs)
	return pairs, err
}

func (s shop) Joined(ctx context.Context) ([]suite.Pair, error) {
	return s.pairs(ctx, qm.InnerJoin("orders ON orders.user_id = users.id"))
}

func (s shop) LeftJoined(ctx context.Context) ([]suite.Pair, error) {
	return s.pairs(ctx, qm.LeftOuterJoin("orders ON orders.user_id = users.id"))
}

func (s shop) Buyers(ctx context.Context, sku string) ([]suite.User, error) {
	return users(s.users(ctx,
		qm.Distinct("users.*"),
		qm.InnerJoin("orders ON orders.user_id = users.id"),
		qm.InnerJoin("order_products ON order_products.order_id = orders.id"),
		qm.InnerJoin("products ON products.id = order_products.product_id"),
		qm.Where("products.sku = ?", sku),
		qm.OrderBy("users.id"),
	).All(ctx, s.exec))
}

func (s shop) WithOpenOrders(ctx context.Context) ([]suite.User, error) {
	return users(s.users(ctx,
		qm.Where("EXISTS (SELECT 1 FROM orders WHERE orders.user_id = users.id AND orders.status = ?)", "open"),
		qm.OrderBy("id"),
	).All(ctx, s.exec))
}

func (s shop) WithoutOrders(ctx context.Context) ([]suite.User, error) {
	return users(s.users(ctx, qm.Where("id NOT IN (SELECT user_id FROM orders)"), qm.OrderBy("id")).All(ctx, s.exec))
}

func (s shop) Search(ctx context.Context, email, name string) ([]suite.User, error) {
	return users(s.users(ctx, qm.Where("email = ?", email), qm.Or("name = ?", name), qm.OrderBy("id")).All(ctx, s.exec))
}

func (s shop) Rename(ctx context.Context, id int64, name string) (int64, error) {
	return s.users(ctx, models.UserWhere.ID.EQ(id)).UpdateAll(ctx, s.exec, models.M{"name": name})
}

func (s shop) Save(ctx context.Context, u *suite.User) error {
	row := models.User{ID: u.ID, Email: u.Email, Name: u.Name, ManagerID: null.Int64FromPtr(u.ManagerID)}
	n, err := row.Update(ctx, s.exec, boil.Blacklist("deleted_at", "deletion_id"))
	if err == nil && n == 0 {
		return suite.ErrNotFound
	}
	return err
}

func (s shop) SetManager(ctx context.Context, id int64, manager *int64) (int64, error) {
	return s.users(ctx, models.UserWhere.ID.EQ(id)).UpdateAll(ctx, s.exec, models.M{"manager_id": null.Int64FromPtr(manager)})
}

func (s shop) CloseOrders(ctx context.Context, user int64) (int64, error) {
	u := models.User{ID: user}
	return u.Orders(seen(ctx)...).UpdateAll(ctx, s.exec, models.M{"status": "closed"})
}

func (s shop) Upsert(ctx context.Context, u *suite.User) error {
	row := models.User{Email: u.Email, Name: u.Name}
	err := row.Upsert(ctx, s.exec, true, []string{"email"}, boil.Whitelist("name"), boil.Infer())
	u.ID = row.ID
	return err
}

// Ensure tells by the id whether there is a new row: Upsert returns no number.
func (s shop) Ensure(ctx context.Context, u *suite.User) (int64, error) {
	row := models.User{Email: u.Email, Name: u.Name}
	if err := row.Upsert(ctx, s.exec, false, []string{"email"}, boil.None(), boil.Infer()); err != nil || row.ID == 0 {
		return 0, err
	}
	return 1, nil
}

func (s shop) RestoreUser(ctx context.Context, id int64) (int64, error) {
	return s.users(ctx, models.UserWhere.ID.EQ(id)).UpdateAll(ctx, s.exec, models.M{"deleted_at": nil})
}

func (s shop) Tx(ctx context.Context, do func(suite.Shop) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := do(shop{s.db, tx}); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

func (s shop) Query(ctx context.Context, query string, args ...any) ([][]string, error) {
	return suite.Texts(queries.Raw(query, args...).QueryContext(ctx, s.exec)) //nolint:rowserrcheck // Texts does
}

func (s shop) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	res, err := queries.Raw(query, args...).ExecContext(ctx, s.exec)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}
