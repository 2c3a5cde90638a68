package jetshop

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	. "github.com/go-jet/jet/v2/postgres" //nolint:staticcheck // as go-jet's documentation has it
	"github.com/go-jet/jet/v2/qrm"
	"github.com/go-jet/jet/v2/stmtcache"

	"github.com/softdelete-go/softdelete/orm/jet/shopdb/public/model"
	. "github.com/softdelete-go/softdelete/orm/jet/shopdb/public/table" //nolint:staticcheck // as go-jet's documentation has it
	"github.com/softdelete-go/softdelete/orm/suite"
)

type shop struct {
	begin func(context.Context) (transaction, error)
	exec  qrm.DB // the pool, or the transaction
}

type transaction interface {
	qrm.DB
	Commit() error
	Rollback() error
}

// New returns the shop over a pool.
func New(db *sql.DB) suite.Shop {
	return shop{func(ctx context.Context) (transaction, error) { return db.BeginTx(ctx, nil) }, db}
}

// NewCached does with go-jet's cache of prepared statements.
func NewCached(db *stmtcache.DB) suite.Shop {
	return shop{func(ctx context.Context) (transaction, error) { return db.BeginTx(ctx, nil) }, db}
}

func user(u model.Users) suite.User {
	return suite.User{ID: u.ID, Email: u.Email, Name: u.Name, ManagerID: u.ManagerID}
}

func affected(res sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

func (s shop) users(ctx context.Context, q Statement) ([]suite.User, error) {
	var rows []model.Users
	err := q.QueryContext(ctx, s.exec, &rows)
	us := make([]suite.User, len(rows))
	for i, r := range rows {
		us[i] = user(r)
	}
	return us, err
}

func (s shop) one(ctx context.Context, q Statement) (*suite.User, error) {
	var row model.Users
	err := q.QueryContext(ctx, s.exec, &row)
	if errors.Is(err, qrm.ErrNoRows) {
		return nil, suite.ErrNotFound
	}
	u := user(row)
	return &u, err
}

func (s shop) CreateUser(ctx context.Context, u *suite.User) error {
	row := model.Users{Email: u.Email, Name: u.Name}
	err := Users.INSERT(Users.Email, Users.Name).MODEL(row).RETURNING(Users.ID).QueryContext(ctx, s.exec, &row)
	u.ID = row.ID
	return err
}

func (s shop) CreateUsers(ctx context.Context, us []*suite.User) error {
	var rows, ids []model.Users
	for _, u := range us {
		rows = append(rows, model.Users{Email: u.Email, Name: u.Name})
	}
	err := Users.INSERT(Users.Email, Users.Name).MODELS(rows).RETURNING(Users.ID).QueryContext(ctx, s.exec, &ids)
	for i, row := range ids {
		us[i].ID = row.ID
	}
	return err
}

func (s shop) CreateProfile(ctx context.Context, user int64, bio string) error {
	_, err := Profiles.INSERT(Profiles.UserID, Profiles.Bio).VALUES(user, bio).ExecContext(ctx, s.exec)
	return err
}

func (s shop) CreateOrder(ctx context.Context, o *suite.Order) error {
	row := model.Orders{UserID: o.UserID, Status: o.Status, Total: o.Total}
	err := Orders.INSERT(Orders.UserID, Orders.Status, Orders.Total).MODEL(row).RETURNING(Orders.ID).QueryContext(ctx, s.exec, &row)
	o.ID = row.ID
	return err
}

func (s shop) CreateProduct(ctx context.Context, p *suite.Product) error {
	row := model.Products{Sku: p.SKU, Name: p.Name}
	err := Products.INSERT(Products.Sku, Products.Name).MODEL(row).RETURNING(Products.ID).QueryContext(ctx, s.exec, &row)
	p.ID = row.ID
	return err
}

func (s shop) CreateEvent(ctx context.Context, user int64, what string) error {
	_, err := Events.INSERT(Events.UserID, Events.What).VALUES(user, what).ExecContext(ctx, s.exec)
	return err
}

func (s shop) AddProduct(ctx context.Context, order, product int64) error {
	_, err := OrderProducts.INSERT(OrderProducts.OrderID, OrderProducts.ProductID).VALUES(order, product).ExecContext(ctx, s.exec)
	return err
}

func (s shop) RemoveProduct(ctx context.Context, order, product int64) (int64, error) {
	return affected(OrderProducts.DELETE().
		WHERE(OrderProducts.OrderID.EQ(Int(order)).AND(OrderProducts.ProductID.EQ(Int(product)))).
		ExecContext(ctx, s.exec))
}

func (s shop) User(ctx context.Context, id int64) (*suite.User, error) {
	return s.one(ctx, SELECT(Users.AllColumns).FROM(Users).WHERE(Users.ID.EQ(Int(id))))
}

func (s shop) UserByEmail(ctx context.Context, email string) (*suite.User, error) {
	return s.one(ctx, SELECT(Users.AllColumns).FROM(Users).WHERE(Users.Email.EQ(String(email))))
}

func (s shop) LockUser(ctx context.Context, id int64) (*suite.User, error) {
	return s.one(ctx, SELECT(Users.AllColumns).FROM(Users).WHERE(Users.ID.EQ(Int(id))).FOR(UPDATE()))
}

func (s shop) Users(ctx context.Context, ids []int64) ([]suite.User, error) {
	var list []Expression
	for _, id := range ids {
		list = append(list, Int(id))
	}
	return s.users(ctx, SELECT(Users.AllColumns).FROM(Users).WHERE(Users.ID.IN(list...)).ORDER_BY(Users.ID))
}

func (s shop) Page(ctx context.Context, limit, offset int) ([]suite.User, error) {
	return s.users(ctx, SELECT(Users.AllColumns).FROM(Users).ORDER_BY(Users.ID).LIMIT(int64(limit)).OFFSET(int64(offset)))
}

// WithOrders is one statement: go-jet sorts the rows of joins into nested structs.
func (s shop) WithOrders(ctx context.Context) ([]suite.User, error) {
	var rows []struct {
		model.Users

		Orders []struct {
			model.Orders

			Products []model.Products
		}
	}
	err := SELECT(Users.AllColumns, Orders.AllColumns, Products.AllColumns).
		FROM(Users.
			LEFT_JOIN(Orders, Orders.UserID.EQ(Users.ID)).
			LEFT_JOIN(OrderProducts, OrderProducts.OrderID.EQ(Orders.ID)).
			LEFT_JOIN(Products, Products.ID.EQ(OrderProducts.ProductID))).
		ORDER_BY(Users.ID, Orders.ID, Products.ID).
		QueryContext(ctx, s.exec, &rows)
	us := make([]suite.User, len(rows))
	for i, r := range rows {
		us[i] = user(r.Users)
		for _, o := range r.Orders {
			order := suite.Order{ID: o.ID, UserID: o.UserID, Status: o.Status, Total: o.Total}
			for _, p := range o.Products {
				order.Products = append(order.Products, suite.Product{ID: p.ID, SKU: p.Sku, Name: p.Name})
			}
			us[i].Orders = append(us[i].Orders, order)
		}
	}
	return us, err
}

func (s shop) WithProfiles(ctx context.Context) ([]suite.User, error) {
	var rows []struct {
		model.Users

		Profile *model.Profiles
	}
	err := SELECT(Users.AllColumns, Profiles.AllColumns).
		FROM(Users.LEFT_JOIN(Profiles, Profiles.UserID.EQ(Users.ID))).
		ORDER_BY(Users.ID).
		QueryContext(ctx, s.exec, &rows)
	us := make([]suite.User, len(rows))
	for i, r := range rows {
		us[i] = user(r.Users)
		if r.Profile != nil {
			us[i].Bio = r.Profile.Bio
		}
	}
	return us, err
}

func (s shop) Managed(ctx context.Context, manager int64) ([]suite.User, error) {
	m := Users.AS("m")
	return s.users(ctx, SELECT(Users.AllColumns).
		FROM(Users.INNER_JOIN(m, m.ID.EQ(Users.ManagerID))).
		WHERE(m.ID.EQ(Int(manager))).
		ORDER_BY(Users.ID))
}

func (s shop) CountUsers(ctx context.Context) (int64, error) {
	var dest struct{ Count int64 }
	err := SELECT(COUNT(STAR).AS("count")).FROM(Users).QueryContext(ctx, s.exec, &dest)
	return dest.Count, err
}

func (s shop) CountOrders(ctx context.Context, user int64) (int64, error) {
	var dest struct{ Count int64 }
	err := SELECT(COUNT(STAR).AS("count")).FROM(Orders).WHERE(Orders.UserID.EQ(Int(user))).QueryContext(ctx, s.exec, &dest)
	return dest.Count, err
}

func (s shop) ExistsUser(ctx context.Context, email string) (bool, error) {
	var dest struct{ Found bool }
	err := SELECT(EXISTS(SELECT(Users.ID).FROM(Users).WHERE(Users.Email.EQ(String(email)))).AS("found")).QueryContext(ctx, s.exec, &dest)
	return dest.Found, err
}

func (s shop) Spending(ctx context.Context, min int64) ([]suite.Spend, error) {
	var spends []suite.Spend
	err := SELECT(
		Users.Name.AS("spend.name"),
		COUNT(STAR).AS("spend.orders"),
		CAST(SUMi(Orders.Total)).AS_BIGINT().AS("spend.total"),
	).
		FROM(Users.INNER_JOIN(Orders, Orders.UserID.EQ(Users.ID))).
		GROUP_BY(Users.ID, Users.Name).
		HAVING(SUMi(Orders.Total).GT(Int(min))).
		ORDER_BY(Users.ID).
		QueryContext(ctx, s.exec, &spends)
	return spends, err
}

func (s shop) pairs(ctx context.Context, from ReadableTable) ([]suite.Pair, error) {
	var pairs []suite.Pair
	err := SELECT(Users.Name.AS("pair.name"), COALESCE(Orders.ID, Int(0)).AS("pair.order")).
		FROM(from).
		ORDER_BY(Users.Name, Orders.ID).
		QueryContext(ctx, s.exec, &pairs)
	return pairs, err
}

func (s shop) Joined(ctx context.Context) ([]suite.Pair, error) {
	return s.pairs(ctx, Users.INNER_JOIN(Orders, Orders.UserID.EQ(Users.ID)))
}

func (s shop) LeftJoined(ctx context.Context) ([]suite.Pair, error) {
	return s.pairs(ctx, Users.LEFT_JOIN(Orders, Orders.UserID.EQ(Users.ID)))
}

func (s shop) Buyers(ctx context.Context, sku string) ([]suite.User, error) {
	return s.users(ctx, SELECT(Users.AllColumns).DISTINCT().
		FROM(Users.
			INNER_JOIN(Orders, Orders.UserID.EQ(Users.ID)).
			INNER_JOIN(OrderProducts, OrderProducts.OrderID.EQ(Orders.ID)).
			INNER_JOIN(Products, Products.ID.EQ(OrderProducts.ProductID))).
		WHERE(Products.Sku.EQ(String(sku))).
		ORDER_BY(Users.ID))
}

func (s shop) WithOpenOrders(ctx context.Context) ([]suite.User, error) {
	open := SELECT(Orders.ID).FROM(Orders).WHERE(Orders.UserID.EQ(Users.ID).AND(Orders.Status.EQ(String("open"))))
	return s.users(ctx, SELECT(Users.AllColumns).FROM(Users).WHERE(EXISTS(open)).ORDER_BY(Users.ID))
}

func (s shop) WithoutOrders(ctx context.Context) ([]suite.User, error) {
	return s.users(ctx, SELECT(Users.AllColumns).FROM(Users).
		WHERE(Users.ID.NOT_IN(SELECT(Orders.UserID).FROM(Orders))).ORDER_BY(Users.ID))
}

func (s shop) Search(ctx context.Context, email, name string) ([]suite.User, error) {
	return s.users(ctx, SELECT(Users.AllColumns).FROM(Users).
		WHERE(Users.Email.EQ(String(email)).OR(Users.Name.EQ(String(name)))).ORDER_BY(Users.ID))
}

func (s shop) Rename(ctx context.Context, id int64, name string) (int64, error) {
	return affected(Users.UPDATE(Users.Name).SET(name).WHERE(Users.ID.EQ(Int(id))).ExecContext(ctx, s.exec))
}

func (s shop) Save(ctx context.Context, u *suite.User) error {
	row := model.Users{ID: u.ID, Email: u.Email, Name: u.Name, ManagerID: u.ManagerID}
	n, err := affected(Users.UPDATE(Users.Email, Users.Name, Users.ManagerID).MODEL(row).
		WHERE(Users.ID.EQ(Int(u.ID))).ExecContext(ctx, s.exec))
	if err == nil && n == 0 {
		return suite.ErrNotFound
	}
	return err
}

func (s shop) SetManager(ctx context.Context, id int64, manager *int64) (int64, error) {
	return affected(Users.UPDATE(Users.ManagerID).MODEL(model.Users{ManagerID: manager}).
		WHERE(Users.ID.EQ(Int(id))).ExecContext(ctx, s.exec))
}

func (s shop) CloseOrders(ctx context.Context, user int64) (int64, error) {
	return affected(Orders.UPDATE().SET(Orders.Status.SET(String("closed"))).
		WHERE(Orders.UserID.EQ(Int(user))).ExecContext(ctx, s.exec))
}

func (s shop) Upsert(ctx context.Context, u *suite.User) error {
	row := model.Users{Email: u.Email, Name: u.Name}
	err := Users.INSERT(Users.Email, Users.Name).MODEL(row).
		ON_CONFLICT(Users.Email).DO_UPDATE(SET(Users.Name.SET(Users.EXCLUDED.Name))).
		RETURNING(Users.ID).QueryContext(ctx, s.exec, &row)
	u.ID = row.ID
	return err
}

func (s shop) Ensure(ctx context.Context, u *suite.User) (int64, error) {
	return affected(Users.INSERT(Users.Email, Users.Name).VALUES(u.Email, u.Name).
		ON_CONFLICT(Users.Email).DO_NOTHING().ExecContext(ctx, s.exec))
}

func (s shop) DeleteUser(ctx context.Context, id int64) (int64, error) {
	return affected(Users.DELETE().WHERE(Users.ID.EQ(Int(id))).ExecContext(ctx, s.exec))
}

func (s shop) DeleteProduct(ctx context.Context, id int64) (int64, error) {
	return affected(Products.DELETE().WHERE(Products.ID.EQ(Int(id))).ExecContext(ctx, s.exec))
}

func (s shop) DeleteUsers(ctx context.Context, pattern string) (int64, error) {
	return affected(Users.DELETE().WHERE(Users.Name.LIKE(String(pattern))).ExecContext(ctx, s.exec))
}

func (s shop) DeleteOrders(ctx context.Context, status string) ([]int64, error) {
	var rows []model.Orders
	err := Orders.DELETE().WHERE(Orders.Status.EQ(String(status))).RETURNING(Orders.ID).QueryContext(ctx, s.exec, &rows)
	ids := make([]int64, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	return ids, err
}

func (s shop) DeleteOrdersOf(ctx context.Context, sku string) (int64, error) {
	return affected(Orders.DELETE().USING(OrderProducts, Products).
		WHERE(OrderProducts.OrderID.EQ(Orders.ID).
			AND(Products.ID.EQ(OrderProducts.ProductID)).
			AND(Products.Sku.EQ(String(sku)))).
		ExecContext(ctx, s.exec))
}

func (s shop) RestoreUser(ctx context.Context, id int64) (int64, error) {
	return affected(Users.UPDATE(Users.DeletedAt).SET(NULL).WHERE(Users.ID.EQ(Int(id))).ExecContext(ctx, s.exec))
}

func (s shop) Tx(ctx context.Context, do func(suite.Shop) error) error {
	tx, err := s.begin(ctx)
	if err != nil {
		return err
	}
	if err := do(shop{s.begin, tx}); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// raw is SQL of the user's own; go-jet wants names for its arguments.
func raw(query string, args []any) Statement {
	named := RawArgs{}
	for i, a := range args {
		named[fmt.Sprintf("$%d", i+1)] = a
	}
	return RawStatement(query, named)
}

func (s shop) Query(ctx context.Context, query string, args ...any) ([][]string, error) {
	rows, err := raw(query, args).Rows(ctx, s.exec)
	if err != nil {
		return nil, err
	}
	return suite.Texts(rows.Rows, nil)
}

func (s shop) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	return affected(raw(query, args).ExecContext(ctx, s.exec))
}
