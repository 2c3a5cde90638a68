// Package sqlxshop is the shop of the conformance suite with sqlx: structs, named
// parameters and lists as its documentation has them.
package sqlxshop

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/jmoiron/sqlx"

	"github.com/softdelete-go/softdelete/orm/suite"
)

// The structs that rows are scanned into, and named parameters taken from.
type (
	User struct {
		ID        int64
		Email     string
		Name      string
		ManagerID *int64 `db:"manager_id"`
		Bio       string
	}
	Order struct {
		ID     int64
		UserID int64 `db:"user_id"`
		Status string
		Total  int64
	}
	Product struct {
		ID      int64
		SKU     string
		Name    string
		OrderID int64 `db:"order_id"`
	}
)

// querier is what *sqlx.DB and *sqlx.Tx have in common.
type querier interface {
	sqlx.ExtContext
	GetContext(ctx context.Context, dest any, query string, args ...any) error
	SelectContext(ctx context.Context, dest any, query string, args ...any) error
	NamedExecContext(ctx context.Context, query string, arg any) (sql.Result, error)
	PrepareNamedContext(ctx context.Context, query string) (*sqlx.NamedStmt, error)
	PreparexContext(ctx context.Context, query string) (*sqlx.Stmt, error)
}

type shop struct {
	db *sqlx.DB
	q  querier
}

// New makes a shop of a pool. The name tells sqlx which placeholders to use.
func New(pool *sql.DB) suite.Shop {
	db := sqlx.NewDb(pool, "pgx")
	return shop{db, db}
}

const columns = "u.id, u.email, u.name, u.manager_id"

func (u User) plain() suite.User {
	return suite.User{ID: u.ID, Email: u.Email, Name: u.Name, ManagerID: u.ManagerID, Bio: u.Bio}
}

func (s shop) users(ctx context.Context, query string, args ...any) ([]suite.User, error) {
	var us []User
	err := s.q.SelectContext(ctx, &us, query, args...)
	all := make([]suite.User, len(us))
	for i, u := range us {
		all[i] = u.plain()
	}
	return all, err
}

func (s shop) user(ctx context.Context, query string, args ...any) (*suite.User, error) {
	var u User
	err := s.q.GetContext(ctx, &u, query, args...)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("%w: %w", suite.ErrNotFound, err)
	}
	p := u.plain()
	return &p, err
}

func (s shop) number(ctx context.Context, query string, args ...any) (int64, error) {
	var n int64
	err := s.q.GetContext(ctx, &n, query, args...)
	return n, err
}

func affected(result sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// id executes a statement with named parameters that returns one.
func (s shop) id(ctx context.Context, query string, arg any) (id int64, err error) {
	stmt, err := s.q.PrepareNamedContext(ctx, query)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, stmt.Close()) }()
	err = stmt.GetContext(ctx, &id, arg)
	return id, err
}

func (s shop) CreateUser(ctx context.Context, u *suite.User) (err error) {
	u.ID, err = s.id(ctx, "INSERT INTO users (email, name) VALUES (:email, :name) RETURNING id", User{Email: u.Email, Name: u.Name})
	return err
}

// CreateUsers has sqlx write a list of values for a slice of structs.
func (s shop) CreateUsers(ctx context.Context, us []*suite.User) error {
	values := make([]User, len(us))
	for i, u := range us {
		values[i] = User{Email: u.Email, Name: u.Name}
	}
	query, args, err := s.db.BindNamed("INSERT INTO users (email, name) VALUES (:email, :name) RETURNING id", values)
	if err != nil {
		return err
	}
	var ids []int64
	err = s.q.SelectContext(ctx, &ids, query, args...)
	for i, id := range ids {
		us[i].ID = id
	}
	return err
}

func (s shop) named(ctx context.Context, query string, args map[string]any) (int64, error) {
	return affected(s.q.NamedExecContext(ctx, query, args))
}

func (s shop) CreateProfile(ctx context.Context, user int64, bio string) error {
	_, err := s.named(ctx, "INSERT INTO profiles (user_id, bio) VALUES (:user, :bio)", map[string]any{"user": user, "bio": bio})
	return err
}

func (s shop) CreateOrder(ctx context.Context, o *suite.Order) (err error) {
	o.ID, err = s.id(ctx, "INSERT INTO orders (user_id, status, total) VALUES (:user_id, :status, :total) RETURNING id",
		Order{UserID: o.UserID, Status: o.Status, Total: o.Total})
	return err
}

func (s shop) CreateProduct(ctx context.Context, p *suite.Product) (err error) {
	p.ID, err = s.id(ctx, "INSERT INTO products (sku, name) VALUES (:sku, :name) RETURNING id", Product{SKU: p.SKU, Name: p.Name})
	return err
}

func (s shop) CreateEvent(ctx context.Context, user int64, what string) error {
	_, err := s.named(ctx, "INSERT INTO events (user_id, what) VALUES (:user, :what)", map[string]any{"user": user, "what": what})
	return err
}

func (s shop) AddProduct(ctx context.Context, order, product int64) error {
	_, err := s.named(ctx, "INSERT INTO order_products (order_id, product_id) VALUES (:order, :product)",
		map[string]any{"order": order, "product": product})
	return err
}

func (s shop) RemoveProduct(ctx context.Context, order, product int64) (int64, error) {
	return s.named(ctx, "DELETE FROM order_products WHERE order_id = :order AND product_id = :product",
		map[string]any{"order": order, "product": product})
}

func (s shop) User(ctx context.Context, id int64) (*suite.User, error) {
	return s.user(ctx, "SELECT "+columns+" FROM users u WHERE id = $1", id)
}

// UserByEmail is a prepared statement.
func (s shop) UserByEmail(ctx context.Context, email string) (_ *suite.User, err error) {
	stmt, err := s.q.PreparexContext(ctx, "SELECT "+columns+" FROM users u WHERE email = $1")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, stmt.Close()) }()
	var u User
	err = stmt.GetContext(ctx, &u, email)
	if errors.Is(err, sql.ErrNoRows) {
		err = fmt.Errorf("%w: %w", suite.ErrNotFound, err)
	}
	p := u.plain()
	return &p, err
}

// Users has sqlx write a list.
func (s shop) Users(ctx context.Context, ids []int64) ([]suite.User, error) {
	query, args, err := sqlx.In("SELECT "+columns+" FROM users u WHERE id IN (?) ORDER BY id", ids)
	if err != nil {
		return nil, err
	}
	return s.users(ctx, s.q.Rebind(query), args...)
}

func (s shop) Page(ctx context.Context, limit, offset int) ([]suite.User, error) {
	return s.users(ctx, "SELECT "+columns+" FROM users u ORDER BY id LIMIT $1 OFFSET $2", limit, offset)
}

// WithOrders puts together by hand what three queries find.
func (s shop) WithOrders(ctx context.Context) ([]suite.User, error) {
	us, err := s.users(ctx, "SELECT "+columns+" FROM users u ORDER BY id")
	if err != nil || len(us) == 0 {
		return us, err
	}
	orders, err := s.ordersOf(ctx, us)
	for i := range us {
		us[i].Orders = orders[us[i].ID]
	}
	return us, err
}

func (s shop) ordersOf(ctx context.Context, us []suite.User) (map[int64][]suite.Order, error) {
	ids := make([]int64, len(us))
	for i, u := range us {
		ids[i] = u.ID
	}
	var orders []Order
	if err := s.list(ctx, &orders, "SELECT id, user_id, status, total FROM orders WHERE user_id IN (?) ORDER BY id", ids); err != nil || len(orders) == 0 {
		return nil, err
	}
	ids = ids[:0]
	for _, o := range orders {
		ids = append(ids, o.ID)
	}
	var products []Product
	err := s.list(ctx, &products, `SELECT p.id, p.sku, p.name, op.order_id FROM products p
		JOIN order_products op ON op.product_id = p.id WHERE op.order_id IN (?) ORDER BY p.id`, ids)
	in := make(map[int64][]suite.Product)
	for _, p := range products {
		in[p.OrderID] = append(in[p.OrderID], suite.Product{ID: p.ID, SKU: p.SKU, Name: p.Name})
	}
	of := make(map[int64][]suite.Order)
	for _, o := range orders {
		of[o.UserID] = append(of[o.UserID], suite.Order{ID: o.ID, UserID: o.UserID, Status: o.Status, Total: o.Total, Products: in[o.ID]})
	}
	return of, err
}

func (s shop) list(ctx context.Context, into any, query string, ids []int64) error {
	query, args, err := sqlx.In(query, ids)
	if err != nil {
		return err
	}
	return s.q.SelectContext(ctx, into, s.q.Rebind(query), args...)
}

func (s shop) WithProfiles(ctx context.Context) ([]suite.User, error) {
	return s.users(ctx, "SELECT "+columns+", coalesce(p.bio, '') AS bio FROM users u LEFT JOIN profiles p ON p.user_id = u.id ORDER BY u.id")
}

func (s shop) Managed(ctx context.Context, manager int64) ([]suite.User, error) {
	return s.users(ctx, "SELECT "+columns+" FROM users u WHERE manager_id = $1 ORDER BY id", manager)
}

func (s shop) CountUsers(ctx context.Context) (int64, error) {
	return s.number(ctx, "SELECT count(*) FROM users")
}

func (s shop) CountOrders(ctx context.Context, user int64) (int64, error) {
	return s.number(ctx, "SELECT count(*) FROM orders WHERE user_id = $1", user)
}

func (s shop) ExistsUser(ctx context.Context, email string) (bool, error) {
	var ok bool
	err := s.q.GetContext(ctx, &ok, "SELECT EXISTS (SELECT 1 FROM users WHERE email = $1)", email)
	return ok, err
}

func (s shop) Spending(ctx context.Context, min int64) ([]suite.Spend, error) {
	var all []suite.Spend
	err := s.q.SelectContext(ctx, &all, `SELECT u.name, count(*) AS orders, sum(o.total) AS total FROM users u JOIN orders o ON o.user_id = u.id
		GROUP BY u.id HAVING sum(o.total) > $1 ORDER BY u.id`, min)
	return all, err
}

func (s shop) pairs(ctx context.Context, query string) ([]suite.Pair, error) {
	var all []suite.Pair
	err := s.q.SelectContext(ctx, &all, query)
	return all, err
}

func (s shop) Joined(ctx context.Context) ([]suite.Pair, error) {
	return s.pairs(ctx, `SELECT u.name, o.id AS "order" FROM users u JOIN orders o ON o.user_id = u.id ORDER BY 1, 2`)
}

func (s shop) LeftJoined(ctx context.Context) ([]suite.Pair, error) {
	return s.pairs(ctx, `SELECT u.name, coalesce(o.id, 0) AS "order" FROM users u LEFT JOIN orders o ON o.user_id = u.id ORDER BY 1, 2`)
}

func (s shop) Buyers(ctx context.Context, sku string) ([]suite.User, error) {
	return s.users(ctx, `SELECT DISTINCT `+columns+` FROM users u JOIN orders o ON o.user_id = u.id
		JOIN order_products op ON op.order_id = o.id JOIN products p ON p.id = op.product_id WHERE p.sku = $1 ORDER BY u.id`, sku)
}

func (s shop) WithOpenOrders(ctx context.Context) ([]suite.User, error) {
	return s.users(ctx, "SELECT "+columns+" FROM users u WHERE id IN (SELECT user_id FROM orders WHERE status = 'open') ORDER BY id")
}

func (s shop) WithoutOrders(ctx context.Context) ([]suite.User, error) {
	return s.users(ctx, "SELECT "+columns+" FROM users u WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.user_id = u.id) ORDER BY id")
}

func (s shop) Search(ctx context.Context, email, name string) ([]suite.User, error) {
	return s.users(ctx, "SELECT "+columns+" FROM users u WHERE email = $1 OR name = $2 ORDER BY id", email, name)
}

func (s shop) Rename(ctx context.Context, id int64, name string) (int64, error) {
	return s.named(ctx, "UPDATE users SET name = :name WHERE id = :id", map[string]any{"id": id, "name": name})
}

func (s shop) Save(ctx context.Context, u *suite.User) error {
	_, err := s.q.NamedExecContext(ctx, "UPDATE users SET email = :email, name = :name, manager_id = :manager_id WHERE id = :id",
		User{ID: u.ID, Email: u.Email, Name: u.Name, ManagerID: u.ManagerID})
	return err
}

func (s shop) SetManager(ctx context.Context, id int64, manager *int64) (int64, error) {
	return s.named(ctx, "UPDATE users SET manager_id = :manager WHERE id = :id", map[string]any{"id": id, "manager": manager})
}

func (s shop) CloseOrders(ctx context.Context, user int64) (int64, error) {
	return s.named(ctx, "UPDATE orders SET status = 'closed' WHERE user_id = :user", map[string]any{"user": user})
}

func (s shop) Upsert(ctx context.Context, u *suite.User) (err error) {
	u.ID, err = s.id(ctx, `INSERT INTO users (email, name) VALUES (:email, :name)
		ON CONFLICT (email) DO UPDATE SET name = excluded.name RETURNING id`, User{Email: u.Email, Name: u.Name})
	return err
}

func (s shop) Ensure(ctx context.Context, u *suite.User) (int64, error) {
	return affected(s.q.NamedExecContext(ctx, "INSERT INTO users (email, name) VALUES (:email, :name) ON CONFLICT (email) DO NOTHING",
		User{Email: u.Email, Name: u.Name}))
}

func (s shop) DeleteUser(ctx context.Context, id int64) (int64, error) {
	return s.named(ctx, "DELETE FROM users WHERE id = :id", map[string]any{"id": id})
}

func (s shop) DeleteProduct(ctx context.Context, id int64) (int64, error) {
	return s.named(ctx, "DELETE FROM products WHERE id = :id", map[string]any{"id": id})
}

func (s shop) DeleteUsers(ctx context.Context, pattern string) (int64, error) {
	return s.named(ctx, "DELETE FROM users WHERE name LIKE :pattern", map[string]any{"pattern": pattern})
}

func (s shop) DeleteOrders(ctx context.Context, status string) ([]int64, error) {
	var ids []int64
	err := s.q.SelectContext(ctx, &ids, "DELETE FROM orders WHERE status = $1 RETURNING id", status)
	return ids, err
}

func (s shop) DeleteOrdersOf(ctx context.Context, sku string) (int64, error) {
	return s.named(ctx, `DELETE FROM orders o USING order_products op, products p
		WHERE op.order_id = o.id AND p.id = op.product_id AND p.sku = :sku`, map[string]any{"sku": sku})
}

func (s shop) RestoreUser(ctx context.Context, id int64) (int64, error) {
	return s.named(ctx, "UPDATE users SET deleted_at = NULL WHERE id = :id", map[string]any{"id": id})
}

func (s shop) Tx(ctx context.Context, do func(suite.Shop) error) error {
	tx, err := s.db.BeginTxx(ctx, nil)
	if err != nil {
		return err
	}
	if err := do(shop{s.db, tx}); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

func (s shop) LockUser(ctx context.Context, id int64) (*suite.User, error) {
	return s.user(ctx, "SELECT "+columns+" FROM users u WHERE id = $1 FOR UPDATE", id)
}

func (s shop) Query(ctx context.Context, query string, args ...any) ([][]string, error) {
	rows, err := s.q.QueryxContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return suite.Texts(rows.Rows, nil)
}

func (s shop) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	return affected(s.q.ExecContext(ctx, query, args...))
}
