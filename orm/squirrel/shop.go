// Package squirrelshop is the suite's shop in statements that Squirrel builds.
package squirrelshop

import (
	"context"
	"database/sql"
	"errors"

	sq "github.com/Masterminds/squirrel"

	"github.com/softdelete-go/softdelete/orm/suite"
)

type shop struct {
	db   *sql.DB
	exec sq.StdSqlCtx // db, or the transaction
	b    sq.StatementBuilderType
}

// New returns the shop over a pool.
func New(db *sql.DB) suite.Shop { return over(db, db) }

func over(db *sql.DB, exec sq.StdSqlCtx) shop {
	return shop{db, exec, sq.StatementBuilder.PlaceholderFormat(sq.Dollar).RunWith(sq.WrapStdSqlCtx(exec))}
}

func affected(res sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// list reads all rows of a query.
func list[T any](ctx context.Context, q interface {
	QueryContext(context.Context) (*sql.Rows, error)
}, columns func(*T) []any,
) ([]T, error) {
	rows, err := q.QueryContext(ctx)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		var v T
		if err := rows.Scan(columns(&v)...); err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, rows.Err()
}

func userColumns(u *suite.User) []any { return []any{&u.ID, &u.Email, &u.Name, &u.ManagerID} }

func pairColumns(p *suite.Pair) []any { return []any{&p.Name, &p.Order} }

func (s shop) users() sq.SelectBuilder {
	return s.b.Select("u.id", "u.email", "u.name", "u.manager_id").From("users u")
}

func (s shop) one(ctx context.Context, q sq.SelectBuilder) (*suite.User, error) {
	var u suite.User
	err := q.QueryRowContext(ctx).Scan(userColumns(&u)...)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, suite.ErrNotFound
	}
	return &u, err
}

func (s shop) CreateUser(ctx context.Context, u *suite.User) error {
	return s.b.Insert("users").Columns("email", "name").Values(u.Email, u.Name).
		Suffix("RETURNING id").QueryRowContext(ctx).Scan(&u.ID)
}

func (s shop) CreateUsers(ctx context.Context, us []*suite.User) error {
	insert := s.b.Insert("users").Columns("email", "name").Suffix("RETURNING id")
	for _, u := range us {
		insert = insert.Values(u.Email, u.Name)
	}
	ids, err := list(ctx, insert, func(id *int64) []any { return []any{id} })
	for i, id := range ids {
		us[i].ID = id
	}
	return err
}

func (s shop) CreateProfile(ctx context.Context, user int64, bio string) error {
	_, err := s.b.Insert("profiles").Columns("user_id", "bio").Values(user, bio).ExecContext(ctx)
	return err
}

func (s shop) CreateOrder(ctx context.Context, o *suite.Order) error {
	return s.b.Insert("orders").SetMap(sq.Eq{"user_id": o.UserID, "status": o.Status, "total": o.Total}).
		Suffix("RETURNING id").QueryRowContext(ctx).Scan(&o.ID)
}

func (s shop) CreateProduct(ctx context.Context, p *suite.Product) error {
	return s.b.Insert("products").Columns("sku", "name").Values(p.SKU, p.Name).
		Suffix("RETURNING id").QueryRowContext(ctx).Scan(&p.ID)
}

func (s shop) CreateEvent(ctx context.Context, user int64, what string) error {
	_, err := s.b.Insert("events").Columns("user_id", "what").Values(user, what).ExecContext(ctx)
	return err
}

func (s shop) AddProduct(ctx context.Context, order, product int64) error {
	_, err := s.b.Insert("order_products").Columns("order_id", "product_id").Values(order, product).ExecContext(ctx)
	return err
}

func (s shop) RemoveProduct(ctx context.Context, order, product int64) (int64, error) {
	return affected(s.b.Delete("order_products").Where(sq.Eq{"order_id": order, "product_id": product}).ExecContext(ctx))
}

func (s shop) User(ctx context.Context, id int64) (*suite.User, error) {
	return s.one(ctx, s.users().Where(sq.Eq{"u.id": id}))
}

func (s shop) UserByEmail(ctx context.Context, email string) (*suite.User, error) {
	return s.one(ctx, s.users().Where(sq.Eq{"u.email": email}))
}

func (s shop) LockUser(ctx context.Context, id int64) (*suite.User, error) {
	return s.one(ctx, s.users().Where(sq.Eq{"u.id": id}).Suffix("FOR UPDATE"))
}

func (s shop) Users(ctx context.Context, ids []int64) ([]suite.User, error) {
	return list(ctx, s.users().Where(sq.Eq{"u.id": ids}).OrderBy("u.id"), userColumns)
}

func (s shop) Page(ctx context.Context, limit, offset int) ([]suite.User, error) {
	return list(ctx, s.users().OrderBy("u.id").Limit(uint64(limit)).Offset(uint64(offset)), userColumns)
}

// WithOrders asks three times: Squirrel has no associations.
func (s shop) WithOrders(ctx context.Context) ([]suite.User, error) {
	us, err := list(ctx, s.users().OrderBy("u.id"), userColumns)
	if err != nil {
		return nil, err
	}
	ids := make([]int64, len(us))
	for i, u := range us {
		ids[i] = u.ID
	}
	orders, err := list(ctx, s.b.Select("id", "user_id", "status", "total").From("orders").Where(sq.Eq{"user_id": ids}).OrderBy("id"),
		func(o *suite.Order) []any { return []any{&o.ID, &o.UserID, &o.Status, &o.Total} })
	if err != nil {
		return nil, err
	}
	type link struct {
		order   int64
		product suite.Product
	}
	ids = make([]int64, len(orders))
	for i, o := range orders {
		ids[i] = o.ID
	}
	links, err := list(ctx, s.b.Select("op.order_id", "p.id", "p.sku", "p.name").From("order_products op").
		Join("products p ON p.id = op.product_id").Where(sq.Eq{"op.order_id": ids}).OrderBy("p.id"),
		func(l *link) []any { return []any{&l.order, &l.product.ID, &l.product.SKU, &l.product.Name} })
	for i := range us {
		for _, o := range orders {
			if o.UserID != us[i].ID {
				continue
			}
			for _, l := range links {
				if l.order == o.ID {
					o.Products = append(o.Products, l.product)
				}
			}
			us[i].Orders = append(us[i].Orders, o)
		}
	}
	return us, err
}

func (s shop) WithProfiles(ctx context.Context) ([]suite.User, error) {
	return list(ctx, s.users().Column("coalesce(p.bio, '')").LeftJoin("profiles p ON p.user_id = u.id").OrderBy("u.id"),
		func(u *suite.User) []any { return append(userColumns(u), &u.Bio) })
}

func (s shop) Managed(ctx context.Context, manager int64) ([]suite.User, error) {
	return list(ctx, s.users().Where(sq.Eq{"u.manager_id": manager}).OrderBy("u.id"), userColumns)
}

func (s shop) CountUsers(ctx context.Context) (n int64, err error) {
	return n, s.b.Select("count(*)").From("users").QueryRowContext(ctx).Scan(&n)
}

func (s shop) CountOrders(ctx context.Context, user int64) (n int64, err error) {
	return n, s.b.Select("count(*)").From("orders").Where("user_id = ?", user).QueryRowContext(ctx).Scan(&n)
}

func (s shop) ExistsUser(ctx context.Context, email string) (ok bool, err error) {
	return ok, s.b.Select("1").From("users").Where(sq.Eq{"email": email}).Prefix("SELECT EXISTS (").Suffix(")").
		QueryRowContext(ctx).Scan(&ok)
}

func (s shop) Spending(ctx context.Context, min int64) ([]suite.Spend, error) {
	return list(ctx, s.b.Select("u.name", "count(*)", "sum(o.total)::bigint").From("users u").Join("orders o ON o.user_id = u.id").
		GroupBy("u.id", "u.name").Having(sq.Gt{"sum(o.total)": min}).OrderBy("u.id"),
		func(s *suite.Spend) []any { return []any{&s.Name, &s.Orders, &s.Total} })
}

func (s shop) Joined(ctx context.Context) ([]suite.Pair, error) {
	return list(ctx, s.b.Select("u.name", "o.id").From("users u").Join("orders o ON o.user_id = u.id").OrderBy("1", "2"), pairColumns)
}

func (s shop) LeftJoined(ctx context.Context) ([]suite.Pair, error) {
	return list(ctx, s.b.Select("u.name", "coalesce(o.id, 0)").From("users u").LeftJoin("orders o ON o.user_id = u.id").OrderBy("1", "2"), pairColumns)
}

func (s shop) Buyers(ctx context.Context, sku string) ([]suite.User, error) {
	return list(ctx, s.users().Distinct().
		Join("orders o ON o.user_id = u.id").
		Join("order_products op ON op.order_id = o.id").
		Join("products p ON p.id = op.product_id").
		Where(sq.Eq{"p.sku": sku}).OrderBy("u.id"), userColumns)
}

func (s shop) WithOpenOrders(ctx context.Context) ([]suite.User, error) {
	open := sq.Select("1").From("orders o").Where("o.user_id = u.id").Where(sq.Eq{"o.status": "open"})
	return list(ctx, s.users().Where(sq.Expr("EXISTS (?)", open)).OrderBy("u.id"), userColumns)
}

func (s shop) WithoutOrders(ctx context.Context) ([]suite.User, error) {
	buyers := sq.Select("user_id").From("orders")
	return list(ctx, s.users().Where(sq.Expr("u.id NOT IN (?)", buyers)).OrderBy("u.id"), userColumns)
}

func (s shop) Search(ctx context.Context, email, name string) ([]suite.User, error) {
	return list(ctx, s.users().Where(sq.Or{sq.Eq{"u.email": email}, sq.Eq{"u.name": name}}).OrderBy("u.id"), userColumns)
}

func (s shop) Rename(ctx context.Context, id int64, name string) (int64, error) {
	return affected(s.b.Update("users").Set("name", name).Where(sq.Eq{"id": id}).ExecContext(ctx))
}

func (s shop) Save(ctx context.Context, u *suite.User) error {
	n, err := affected(s.b.Update("users").SetMap(sq.Eq{"email": u.Email, "name": u.Name, "manager_id": u.ManagerID}).
		Where(sq.Eq{"id": u.ID}).ExecContext(ctx))
	if err == nil && n == 0 {
		return suite.ErrNotFound
	}
	return err
}

func (s shop) SetManager(ctx context.Context, id int64, manager *int64) (int64, error) {
	return affected(s.b.Update("users").Set("manager_id", manager).Where(sq.Eq{"id": id}).ExecContext(ctx))
}

func (s shop) CloseOrders(ctx context.Context, user int64) (int64, error) {
	return affected(s.b.Update("orders").Set("status", "closed").Where(sq.Eq{"user_id": user}).ExecContext(ctx))
}

func (s shop) Upsert(ctx context.Context, u *suite.User) error {
	return s.b.Insert("users").Columns("email", "name").Values(u.Email, u.Name).
		Suffix("ON CONFLICT (email) DO UPDATE SET name = excluded.name RETURNING id").QueryRowContext(ctx).Scan(&u.ID)
}

func (s shop) Ensure(ctx context.Context, u *suite.User) (int64, error) {
	return affected(s.b.Insert("users").Columns("email", "name").Values(u.Email, u.Name).
		Suffix("ON CONFLICT (email) DO NOTHING").ExecContext(ctx))
}

func (s shop) DeleteUser(ctx context.Context, id int64) (int64, error) {
	return affected(s.b.Delete("users").Where(sq.Eq{"id": id}).ExecContext(ctx))
}

func (s shop) DeleteProduct(ctx context.Context, id int64) (int64, error) {
	return affected(s.b.Delete("products").Where(sq.Eq{"id": id}).ExecContext(ctx))
}

func (s shop) DeleteUsers(ctx context.Context, pattern string) (int64, error) {
	return affected(s.b.Delete("users").Where(sq.Like{"name": pattern}).ExecContext(ctx))
}

func (s shop) DeleteOrders(ctx context.Context, status string) ([]int64, error) {
	return list(ctx, s.b.Delete("orders").Where(sq.Eq{"status": status}).Suffix("RETURNING id"),
		func(id *int64) []any { return []any{id} })
}

func (s shop) DeleteOrdersOf(ctx context.Context, sku string) (int64, error) {
	with := sq.Select("op.order_id").From("order_products op").Join("products p ON p.id = op.product_id").Where(sq.Eq{"p.sku": sku})
	return affected(s.b.Delete("orders").Where(sq.Expr("id IN (?)", with)).ExecContext(ctx))
}

func (s shop) RestoreUser(ctx context.Context, id int64) (int64, error) {
	return affected(s.b.Update("users").Set("deleted_at", nil).Where(sq.Eq{"id": id}).ExecContext(ctx))
}

func (s shop) Tx(ctx context.Context, do func(suite.Shop) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := do(over(s.db, tx)); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

func (s shop) Query(ctx context.Context, query string, args ...any) ([][]string, error) {
	return suite.Texts(s.exec.QueryContext(ctx, query, args...)) //nolint:rowserrcheck // Texts does
}

func (s shop) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	return affected(s.exec.ExecContext(ctx, query, args...))
}
