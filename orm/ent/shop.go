package entshop

import (
	"context"
	stdsql "database/sql"
	"errors"
	"fmt"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	ent "github.com/softdelete-go/softdelete/orm/ent/plain"
	"github.com/softdelete-go/softdelete/orm/ent/plain/order"
	"github.com/softdelete-go/softdelete/orm/ent/plain/orderproduct"
	"github.com/softdelete-go/softdelete/orm/ent/plain/predicate"
	"github.com/softdelete-go/softdelete/orm/ent/plain/product"
	"github.com/softdelete-go/softdelete/orm/ent/plain/profile"
	_ "github.com/softdelete-go/softdelete/orm/ent/plain/runtime" // hooks and interceptors, if there are any
	"github.com/softdelete-go/softdelete/orm/ent/plain/schema"
	"github.com/softdelete-go/softdelete/orm/ent/plain/user"
	"github.com/softdelete-go/softdelete/orm/suite"
)

type shop struct{ client *ent.Client }

// New makes a shop of a pool.
func New(pool *stdsql.DB) suite.Shop {
	return shop{ent.NewClient(ent.Driver(sql.OpenDB(dialect.Postgres, pool)))}
}

// seen is the context of a call; one that sees deleted rows skips the mixin.
func seen(ctx context.Context) context.Context {
	if suite.SeesDeleted(ctx) {
		return schema.SkipSoftDelete(ctx)
	}
	return ctx
}

func affected(n int, err error) (int64, error) { return int64(n), err }

func found(u *ent.User, err error) (*suite.User, error) {
	switch {
	case ent.IsNotFound(err):
		return nil, fmt.Errorf("%w: %w", suite.ErrNotFound, err)
	case err != nil:
		return nil, err
	}
	p := user1(u)
	return &p, nil
}

func (s shop) CreateUser(ctx context.Context, u *suite.User) error {
	created, err := s.client.User.Create().SetEmail(u.Email).SetName(u.Name).Save(ctx)
	if err == nil {
		u.ID = created.ID
	}
	return err
}

func (s shop) CreateUsers(ctx context.Context, us []*suite.User) error {
	created, err := s.client.User.MapCreateBulk(us, func(c *ent.UserCreate, i int) {
		c.SetEmail(us[i].Email).SetName(us[i].Name)
	}).Save(ctx)
	for i, u := range created {
		us[i].ID = u.ID
	}
	return err
}

func (s shop) CreateProfile(ctx context.Context, user int64, bio string) error {
	return s.client.Profile.Create().SetID(user).SetBio(bio).Exec(ctx)
}

func (s shop) CreateOrder(ctx context.Context, o *suite.Order) error {
	created, err := s.client.Order.Create().SetUserID(o.UserID).SetStatus(o.Status).SetTotal(o.Total).Save(ctx)
	if err == nil {
		o.ID = created.ID
	}
	return err
}

func (s shop) CreateProduct(ctx context.Context, p *suite.Product) error {
	created, err := s.client.Product.Create().SetSku(p.SKU).SetName(p.Name).Save(ctx)
	if err == nil {
		p.ID = created.ID
	}
	return err
}

func (s shop) CreateEvent(ctx context.Context, user int64, what string) error {
	return s.client.Event.Create().SetUserID(user).SetWhat(what).Exec(ctx)
}

func (s shop) AddProduct(ctx context.Context, order, product int64) error {
	return s.client.OrderProduct.Create().SetOrderID(order).SetProductID(product).Exec(ctx)
}

func (s shop) RemoveProduct(ctx context.Context, order, product int64) (int64, error) {
	return affected(s.client.OrderProduct.Delete().Where(orderproduct.OrderID(order), orderproduct.ProductID(product)).Exec(seen(ctx)))
}

func (s shop) User(ctx context.Context, id int64) (*suite.User, error) {
	return found(s.client.User.Get(seen(ctx), id))
}

func (s shop) UserByEmail(ctx context.Context, email string) (*suite.User, error) {
	return found(s.client.User.Query().Where(user.Email(email)).Only(seen(ctx)))
}

func (s shop) Users(ctx context.Context, ids []int64) ([]suite.User, error) {
	return users(s.client.User.Query().Where(user.IDIn(ids...)).Order(user.ByID()).All(seen(ctx)))
}

func (s shop) Page(ctx context.Context, limit, offset int) ([]suite.User, error) {
	return users(s.client.User.Query().Order(user.ByID()).Limit(limit).Offset(offset).All(seen(ctx)))
}

func (s shop) WithOrders(ctx context.Context) ([]suite.User, error) {
	return users(s.client.User.Query().WithOrders(func(q *ent.OrderQuery) {
		q.Order(order.ByID()).WithProducts(func(q *ent.ProductQuery) { q.Order(product.ByID()) })
	}).Order(user.ByID()).All(seen(ctx)))
}

// WithProfiles joins, for a profile has no edge.
func (s shop) WithProfiles(ctx context.Context) (all []suite.User, err error) {
	var rows []struct {
		ID        int64
		Email     string
		Name      string
		ManagerID *int64 `sql:"manager_id"`
		Bio       string
	}
	err = s.client.User.Query().Modify(func(u *sql.Selector) {
		p := sql.Table(profile.Table)
		u.LeftJoin(p).On(u.C(user.FieldID), p.C(profile.FieldID))
		u.Select(u.C(user.FieldID), u.C(user.FieldEmail), u.C(user.FieldName), u.C(user.FieldManagerID)).
			AppendSelectExprAs(sql.Expr("coalesce("+p.C(profile.FieldBio)+", '')"), profile.FieldBio).OrderBy(u.C(user.FieldID))
	}).Scan(seen(ctx), &rows)
	for _, r := range rows {
		all = append(all, suite.User{ID: r.ID, Email: r.Email, Name: r.Name, ManagerID: r.ManagerID, Bio: r.Bio})
	}
	return all, err
}

func (s shop) Managed(ctx context.Context, manager int64) ([]suite.User, error) {
	return users(s.client.User.Query().Where(user.ID(manager)).QueryManaged().Order(user.ByID()).All(seen(ctx)))
}

func (s shop) CountUsers(ctx context.Context) (int64, error) {
	return affected(s.client.User.Query().Count(seen(ctx)))
}

func (s shop) CountOrders(ctx context.Context, id int64) (int64, error) {
	return affected(s.client.User.Query().Where(user.ID(id)).QueryOrders().Count(seen(ctx)))
}

func (s shop) ExistsUser(ctx context.Context, email string) (bool, error) {
	return s.client.User.Query().Where(user.Email(email)).Exist(seen(ctx))
}

func (s shop) Spending(ctx context.Context, min int64) (all []suite.Spend, err error) {
	err = s.client.User.Query().Modify(func(u *sql.Selector) {
		o := sql.Table(order.Table)
		u.Join(o).On(u.C(user.FieldID), o.C(order.FieldUserID))
		u.Select(u.C(user.FieldName), sql.As(sql.Count("*"), "orders"), sql.As(sql.Sum(o.C(order.FieldTotal)), "total")).
			GroupBy(u.C(user.FieldID)).Having(sql.GT(sql.Sum(o.C(order.FieldTotal)), min)).OrderBy(u.C(user.FieldID))
	}).Scan(seen(ctx), &all)
	return all, err
}

func (s shop) Joined(ctx context.Context) (all []suite.Pair, err error) {
	err = s.client.User.Query().Modify(func(u *sql.Selector) {
		o := sql.Table(order.Table)
		u.Join(o).On(u.C(user.FieldID), o.C(order.FieldUserID))
		u.Select(u.C(user.FieldName), sql.As(o.C(order.FieldID), "order")).OrderBy(u.C(user.FieldName), o.C(order.FieldID))
	}).Scan(seen(ctx), &all)
	return all, err
}

func (s shop) LeftJoined(ctx context.Context) (all []suite.Pair, err error) {
	err = s.client.User.Query().Modify(func(u *sql.Selector) {
		o := sql.Table(order.Table)
		u.LeftJoin(o).On(u.C(user.FieldID), o.C(order.FieldUserID))
		u.Select(u.C(user.FieldName)).AppendSelectExprAs(sql.Expr("coalesce("+o.C(order.FieldID)+", 0)"), "order").
			OrderBy(u.C(user.FieldName), o.C(order.FieldID))
	}).Scan(seen(ctx), &all)
	return all, err
}

func (s shop) Buyers(ctx context.Context, sku string) ([]suite.User, error) {
	return users(s.client.User.Query().Where(user.HasOrdersWith(order.HasProductsWith(product.Sku(sku)))).Order(user.ByID()).All(seen(ctx)))
}

func (s shop) WithOpenOrders(ctx context.Context) ([]suite.User, error) {
	return users(s.client.User.Query().Where(user.HasOrdersWith(order.Status("open"))).Order(user.ByID()).All(seen(ctx)))
}

func (s shop) WithoutOrders(ctx context.Context) ([]suite.User, error) {
	return users(s.client.User.Query().Where(user.Not(user.HasOrders())).Order(user.ByID()).All(seen(ctx)))
}

func (s shop) Search(ctx context.Context, email, name string) ([]suite.User, error) {
	return users(s.client.User.Query().Where(user.Or(user.Email(email), user.Name(name))).Order(user.ByID()).All(seen(ctx)))
}

func (s shop) Rename(ctx context.Context, id int64, name string) (int64, error) {
	return affected(s.client.User.Update().Where(user.ID(id)).SetName(name).Save(seen(ctx)))
}

func (s shop) Save(ctx context.Context, u *suite.User) error {
	update := s.client.User.UpdateOneID(u.ID).SetEmail(u.Email).SetName(u.Name).ClearManagerID()
	if u.ManagerID != nil {
		update.SetManagerID(*u.ManagerID)
	}
	_, err := found(update.Save(seen(ctx)))
	return err
}

func (s shop) SetManager(ctx context.Context, id int64, manager *int64) (int64, error) {
	update := s.client.User.Update().Where(user.ID(id))
	if manager == nil {
		update.ClearManagerID()
	} else {
		update.SetManagerID(*manager)
	}
	return affected(update.Save(seen(ctx)))
}

func (s shop) CloseOrders(ctx context.Context, user int64) (int64, error) {
	return affected(s.client.Order.Update().Where(order.UserID(user)).SetStatus("closed").Save(seen(ctx)))
}

func (s shop) Upsert(ctx context.Context, u *suite.User) (err error) {
	u.ID, err = s.client.User.Create().SetEmail(u.Email).SetName(u.Name).OnConflictColumns(user.FieldEmail).UpdateName().ID(ctx)
	return err
}

// Ensure knows by an error that nothing was done.
func (s shop) Ensure(ctx context.Context, u *suite.User) (int64, error) {
	err := s.client.User.Create().SetEmail(u.Email).SetName(u.Name).OnConflictColumns(user.FieldEmail).DoNothing().Exec(ctx)
	switch {
	case errors.Is(err, stdsql.ErrNoRows):
		return 0, nil
	case err != nil:
		return 0, err
	}
	return 1, nil
}

func (s shop) DeleteUser(ctx context.Context, id int64) (int64, error) {
	return affected(s.client.User.Delete().Where(user.ID(id)).Exec(seen(ctx)))
}

func (s shop) DeleteProduct(ctx context.Context, id int64) (int64, error) {
	return affected(s.client.Product.Delete().Where(product.ID(id)).Exec(seen(ctx)))
}

func (s shop) DeleteUsers(ctx context.Context, pattern string) (int64, error) {
	like := predicate.User(func(u *sql.Selector) { u.Where(sql.Like(u.C(user.FieldName), pattern)) })
	return affected(s.client.User.Delete().Where(like).Exec(seen(ctx)))
}

// DeleteOrders is SQL, for Ent's deletes return nothing.
func (s shop) DeleteOrders(ctx context.Context, status string) (ids []int64, err error) {
	rows, err := s.client.QueryContext(ctx, "DELETE FROM orders WHERE status = $1 RETURNING id", status)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Err(), rows.Close()) }()
	err = sql.ScanSlice(rows, &ids)
	return ids, err
}

func (s shop) DeleteOrdersOf(ctx context.Context, sku string) (int64, error) {
	return affected(s.client.Order.Delete().Where(order.HasProductsWith(product.Sku(sku))).Exec(seen(ctx)))
}

// RestoreUser modifies the update: without the mixin the schema has no such field.
func (s shop) RestoreUser(ctx context.Context, id int64) (int64, error) {
	return affected(s.client.User.Update().Where(user.ID(id)).
		Modify(func(u *sql.UpdateBuilder) { u.SetNull("deleted_at") }).Save(seen(ctx)))
}

func (s shop) Tx(ctx context.Context, do func(suite.Shop) error) error {
	tx, err := s.client.Tx(ctx)
	if err != nil {
		return err
	}
	if err := do(shop{tx.Client()}); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

func (s shop) LockUser(ctx context.Context, id int64) (*suite.User, error) {
	return found(s.client.User.Query().Where(user.ID(id)).ForUpdate().Only(seen(ctx)))
}

func (s shop) Query(ctx context.Context, query string, args ...any) ([][]string, error) {
	return suite.Texts(s.client.QueryContext(ctx, query, args...)) //nolint:rowserrcheck // Texts does
}

func (s shop) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	result, err := s.client.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}
