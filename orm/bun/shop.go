package bunshop

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"

	"github.com/softdelete-go/softdelete/orm/suite"
)

// shop is the shop with models of one kind.
type shop[M any] struct {
	db  bun.IDB
	own bool // they have Bun's soft delete
}

// New makes a shop of a pool.
func New[M any](pool *sql.DB) suite.Shop {
	db := bun.NewDB(pool, pgdialect.New())
	db.RegisterModel((*OrderProduct[M])(nil))
	_, own := any(*new(M)).(Marked)
	return shop[M]{db: db, own: own}
}

// sees is whether a query has to say that it sees deleted rows. Bun refuses to say so of
// models without a soft delete.
func (s shop[M]) sees(ctx context.Context) bool { return s.own && suite.SeesDeleted(ctx) }

func (s shop[M]) from(ctx context.Context, model any) *bun.SelectQuery {
	q := s.db.NewSelect().Model(model)
	if s.sees(ctx) {
		q = q.WhereAllWithDeleted()
	}
	return q
}

func (s shop[M]) update(ctx context.Context, model any) *bun.UpdateQuery {
	q := s.db.NewUpdate().Model(model)
	if s.sees(ctx) {
		q = q.WhereAllWithDeleted()
	}
	return q
}

func (s shop[M]) remove(ctx context.Context, model any) *bun.DeleteQuery {
	q := s.db.NewDelete().Model(model)
	if s.sees(ctx) {
		q = q.WhereAllWithDeleted().ForceDelete()
	}
	return q
}

func affected(result sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// users reads what make makes of a query of users.
func (s shop[M]) users(ctx context.Context, query func(*bun.SelectQuery) *bun.SelectQuery) ([]suite.User, error) {
	var us []*User[M]
	err := query(s.from(ctx, &us)).Scan(ctx)
	all := make([]suite.User, len(us))
	for i, u := range us {
		all[i] = u.plain()
	}
	return all, err
}

func (s shop[M]) user(ctx context.Context, query func(*bun.SelectQuery) *bun.SelectQuery) (*suite.User, error) {
	var u User[M]
	err := query(s.from(ctx, &u)).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("%w: %w", suite.ErrNotFound, err)
	}
	p := u.plain()
	return &p, err
}

func (s shop[M]) insert(ctx context.Context, model any) error {
	_, err := s.db.NewInsert().Model(model).Exec(ctx)
	return err
}

func (s shop[M]) CreateUser(ctx context.Context, u *suite.User) error {
	m := User[M]{Email: u.Email, Name: u.Name}
	err := s.insert(ctx, &m)
	u.ID = m.ID
	return err
}

func (s shop[M]) CreateUsers(ctx context.Context, us []*suite.User) error {
	ms := make([]*User[M], len(us))
	for i, u := range us {
		ms[i] = &User[M]{Email: u.Email, Name: u.Name}
	}
	err := s.insert(ctx, &ms)
	for i, m := range ms {
		us[i].ID = m.ID
	}
	return err
}

func (s shop[M]) CreateProfile(ctx context.Context, user int64, bio string) error {
	return s.insert(ctx, &Profile[M]{UserID: user, Bio: bio})
}

func (s shop[M]) CreateOrder(ctx context.Context, o *suite.Order) error {
	m := Order[M]{UserID: o.UserID, Status: o.Status, Total: o.Total}
	err := s.insert(ctx, &m)
	o.ID = m.ID
	return err
}

func (s shop[M]) CreateProduct(ctx context.Context, p *suite.Product) error {
	m := Product[M]{SKU: p.SKU, Name: p.Name}
	err := s.insert(ctx, &m)
	p.ID = m.ID
	return err
}

func (s shop[M]) CreateEvent(ctx context.Context, user int64, what string) error {
	return s.insert(ctx, &Event{UserID: user, What: what})
}

func (s shop[M]) AddProduct(ctx context.Context, order, product int64) error {
	return s.insert(ctx, &OrderProduct[M]{OrderID: order, ProductID: product})
}

func (s shop[M]) RemoveProduct(ctx context.Context, order, product int64) (int64, error) {
	return affected(s.remove(ctx, &OrderProduct[M]{OrderID: order, ProductID: product}).WherePK().Exec(ctx))
}

func (s shop[M]) User(ctx context.Context, id int64) (*suite.User, error) {
	return s.user(ctx, func(q *bun.SelectQuery) *bun.SelectQuery { return q.Where("id = ?", id) })
}

func (s shop[M]) UserByEmail(ctx context.Context, email string) (*suite.User, error) {
	return s.user(ctx, func(q *bun.SelectQuery) *bun.SelectQuery { return q.Where("email = ?", email) })
}

func (s shop[M]) Users(ctx context.Context, ids []int64) ([]suite.User, error) {
	return s.users(ctx, func(q *bun.SelectQuery) *bun.SelectQuery { return q.Where("id IN (?)", bun.List(ids)).Order("id") })
}

func (s shop[M]) Page(ctx context.Context, limit, offset int) ([]suite.User, error) {
	return s.users(ctx, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Order("id").Limit(int64(limit)).Offset(int64(offset))
	})
}

// related is for relations: by id, and seeing deleted rows if the query does.
func (s shop[M]) related(ctx context.Context, id string) func(*bun.SelectQuery) *bun.SelectQuery {
	return func(q *bun.SelectQuery) *bun.SelectQuery {
		if s.sees(ctx) {
			q = q.WhereAllWithDeleted()
		}
		return q.Order(id)
	}
}

func (s shop[M]) WithOrders(ctx context.Context) ([]suite.User, error) {
	return s.users(ctx, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Relation("Orders", s.related(ctx, "o.id")).Relation("Orders.Products", s.related(ctx, "product.id")).Order("u.id")
	})
}

func (s shop[M]) WithProfiles(ctx context.Context) ([]suite.User, error) {
	return s.users(ctx, func(q *bun.SelectQuery) *bun.SelectQuery { return q.Relation("Profile").Order("u.id") })
}

// Managed asks for users and not for those of a manager, whom the suite may have deleted.
func (s shop[M]) Managed(ctx context.Context, manager int64) ([]suite.User, error) {
	return s.users(ctx, func(q *bun.SelectQuery) *bun.SelectQuery { return q.Where("manager_id = ?", manager).Order("id") })
}

func (s shop[M]) CountUsers(ctx context.Context) (int64, error) {
	return s.from(ctx, (*User[M])(nil)).Count(ctx)
}

func (s shop[M]) CountOrders(ctx context.Context, user int64) (int64, error) {
	return s.from(ctx, (*Order[M])(nil)).Where("user_id = ?", user).Count(ctx)
}

func (s shop[M]) ExistsUser(ctx context.Context, email string) (bool, error) {
	return s.from(ctx, (*User[M])(nil)).Where("email = ?", email).Exists(ctx)
}

func (s shop[M]) Spending(ctx context.Context, min int64) (all []suite.Spend, err error) {
	err = s.from(ctx, (*User[M])(nil)).ColumnExpr("u.name, count(*) AS orders, sum(o.total) AS total").
		Join("JOIN orders AS o ON o.user_id = u.id").
		Group("u.id").Having("sum(o.total) > ?", min).Order("u.id").Scan(ctx, &all)
	return all, err
}

func (s shop[M]) Joined(ctx context.Context) (all []suite.Pair, err error) {
	err = s.from(ctx, (*User[M])(nil)).ColumnExpr(`u.name, o.id AS "order"`).
		Join("JOIN orders AS o ON o.user_id = u.id").OrderExpr("1, 2").Scan(ctx, &all)
	return all, err
}

func (s shop[M]) LeftJoined(ctx context.Context) (all []suite.Pair, err error) {
	err = s.from(ctx, (*User[M])(nil)).ColumnExpr(`u.name, coalesce(o.id, 0) AS "order"`).
		Join("LEFT JOIN orders AS o ON o.user_id = u.id").OrderExpr("1, 2").Scan(ctx, &all)
	return all, err
}

func (s shop[M]) Buyers(ctx context.Context, sku string) ([]suite.User, error) {
	return s.users(ctx, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Distinct().Join("JOIN orders AS o ON o.user_id = u.id").
			Join("JOIN order_products AS op ON op.order_id = o.id").
			Join("JOIN products AS product ON product.id = op.product_id").
			Where("product.sku = ?", sku).Order("u.id")
	})
}

func (s shop[M]) WithOpenOrders(ctx context.Context) ([]suite.User, error) {
	open := s.from(ctx, (*Order[M])(nil)).ColumnExpr("1").Where("o.user_id = u.id").Where("o.status = ?", "open")
	return s.users(ctx, func(q *bun.SelectQuery) *bun.SelectQuery { return q.Where("EXISTS (?)", open).Order("id") })
}

func (s shop[M]) WithoutOrders(ctx context.Context) ([]suite.User, error) {
	buyers := s.from(ctx, (*Order[M])(nil)).Column("user_id")
	return s.users(ctx, func(q *bun.SelectQuery) *bun.SelectQuery { return q.Where("u.id NOT IN (?)", buyers).Order("id") })
}

func (s shop[M]) Search(ctx context.Context, email, name string) ([]suite.User, error) {
	return s.users(ctx, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("email = ?", email).WhereOr("name = ?", name).Order("id")
	})
}

func (s shop[M]) Rename(ctx context.Context, id int64, name string) (int64, error) {
	return affected(s.update(ctx, (*User[M])(nil)).Set("name = ?", name).Where("id = ?", id).Exec(ctx))
}

func (s shop[M]) Save(ctx context.Context, u *suite.User) error {
	m := User[M]{ID: u.ID, Email: u.Email, Name: u.Name, ManagerID: u.ManagerID}
	_, err := s.update(ctx, &m).WherePK().Exec(ctx)
	return err
}

func (s shop[M]) SetManager(ctx context.Context, id int64, manager *int64) (int64, error) {
	return affected(s.update(ctx, (*User[M])(nil)).Set("manager_id = ?", manager).Where("id = ?", id).Exec(ctx))
}

func (s shop[M]) CloseOrders(ctx context.Context, user int64) (int64, error) {
	return affected(s.update(ctx, (*Order[M])(nil)).Set("status = 'closed'").Where("user_id = ?", user).Exec(ctx))
}

func (s shop[M]) Upsert(ctx context.Context, u *suite.User) error {
	m := User[M]{Email: u.Email, Name: u.Name}
	_, err := s.db.NewInsert().Model(&m).On("CONFLICT (email) DO UPDATE").Set("name = EXCLUDED.name").Returning("id").Exec(ctx)
	u.ID = m.ID
	return err
}

func (s shop[M]) Ensure(ctx context.Context, u *suite.User) (int64, error) {
	return affected(s.db.NewInsert().Model(&User[M]{Email: u.Email, Name: u.Name}).On("CONFLICT (email) DO NOTHING").Exec(ctx))
}

func (s shop[M]) DeleteUser(ctx context.Context, id int64) (int64, error) {
	return affected(s.remove(ctx, (*User[M])(nil)).Where("id = ?", id).Exec(ctx))
}

func (s shop[M]) DeleteProduct(ctx context.Context, id int64) (int64, error) {
	return affected(s.remove(ctx, (*Product[M])(nil)).Where("id = ?", id).Exec(ctx))
}

func (s shop[M]) DeleteUsers(ctx context.Context, pattern string) (int64, error) {
	return affected(s.remove(ctx, (*User[M])(nil)).Where("name LIKE ?", pattern).Exec(ctx))
}

func (s shop[M]) DeleteOrders(ctx context.Context, status string) (ids []int64, err error) {
	_, err = s.remove(ctx, (*Order[M])(nil)).Where("status = ?", status).Returning("id").Exec(ctx, &ids)
	return ids, err
}

func (s shop[M]) DeleteOrdersOf(ctx context.Context, sku string) (int64, error) {
	of := s.from(ctx, (*OrderProduct[M])(nil)).Column("op.order_id").
		Join("JOIN products AS product ON product.id = op.product_id").Where("product.sku = ?", sku)
	return affected(s.remove(ctx, (*Order[M])(nil)).Where("id IN (?)", of).Exec(ctx))
}

func (s shop[M]) RestoreUser(ctx context.Context, id int64) (int64, error) {
	return affected(s.update(ctx, (*User[M])(nil)).Set("deleted_at = NULL").Where("id = ?", id).Exec(ctx))
}

func (s shop[M]) Tx(ctx context.Context, do func(suite.Shop) error) error {
	return s.db.RunInTx(ctx, nil, func(_ context.Context, tx bun.Tx) error { return do(shop[M]{tx, s.own}) })
}

func (s shop[M]) LockUser(ctx context.Context, id int64) (*suite.User, error) {
	return s.user(ctx, func(q *bun.SelectQuery) *bun.SelectQuery { return q.Where("id = ?", id).For("UPDATE") })
}

func (s shop[M]) Query(ctx context.Context, query string, args ...any) ([][]string, error) {
	return suite.Texts(s.db.QueryContext(ctx, suite.Questions(query), args...)) //nolint:rowserrcheck // Texts does
}

func (s shop[M]) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	return affected(s.db.ExecContext(ctx, suite.Questions(query), args...))
}
