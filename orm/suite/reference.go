package suite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// Reference is the shop in plain SQL, over database/sql alone.
func Reference(_ *testing.T, db *sql.DB) Shop { return reference{db, db} }

type reference struct {
	db *sql.DB
	q  interface {
		ExecContext(context.Context, string, ...any) (sql.Result, error)
		QueryContext(context.Context, string, ...any) (*sql.Rows, error)
		QueryRowContext(context.Context, string, ...any) *sql.Row
	}
}

const userColumns = "u.id, u.email, u.name, u.manager_id"

func (r reference) affected(ctx context.Context, query string, args ...any) (int64, error) {
	res, err := r.q.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

func (r reference) only(ctx context.Context, query string, args ...any) error {
	_, err := r.q.ExecContext(ctx, query, args...)
	return err
}

func (r reference) number(ctx context.Context, query string, args ...any) (n int64, err error) {
	return n, r.q.QueryRowContext(ctx, query, args...).Scan(&n)
}

// list reads rows of what one scan reads.
func list[T any](rows *sql.Rows, err error, scan func(*sql.Rows, *T) error) ([]T, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		var v T
		if err := scan(rows, &v); err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, rows.Err()
}

func (r reference) users(ctx context.Context, query string, args ...any) ([]User, error) {
	rows, err := r.q.QueryContext(ctx, query, args...)
	return list(rows, err, func(rows *sql.Rows, u *User) error { return rows.Scan(&u.ID, &u.Email, &u.Name, &u.ManagerID) })
}

func (r reference) one(ctx context.Context, query string, args ...any) (*User, error) {
	us, err := r.users(ctx, query, args...)
	switch {
	case err != nil:
		return nil, err
	case len(us) == 0:
		return nil, ErrNotFound
	}
	return &us[0], nil
}

func (r reference) pairs(ctx context.Context, query string) ([]Pair, error) {
	rows, err := r.q.QueryContext(ctx, query)
	return list(rows, err, func(rows *sql.Rows, p *Pair) error { return rows.Scan(&p.Name, &p.Order) })
}

func (r reference) CreateUser(ctx context.Context, u *User) (err error) {
	u.ID, err = r.number(ctx, "INSERT INTO users (email, name) VALUES ($1, $2) RETURNING id", u.Email, u.Name)
	return err
}

func (r reference) CreateUsers(ctx context.Context, us []*User) error {
	var args []any
	var values []string
	for _, u := range us {
		values = append(values, fmt.Sprintf("($%d, $%d)", len(args)+1, len(args)+2))
		args = append(args, u.Email, u.Name)
	}
	rows, err := r.q.QueryContext(ctx, "INSERT INTO users (email, name) VALUES "+strings.Join(values, ", ")+" RETURNING id", args...)
	ids, err := list(rows, err, func(rows *sql.Rows, id *int64) error { return rows.Scan(id) })
	for i, id := range ids {
		us[i].ID = id
	}
	return err
}

func (r reference) CreateProfile(ctx context.Context, user int64, bio string) error {
	return r.only(ctx, "INSERT INTO profiles (user_id, bio) VALUES ($1, $2)", user, bio)
}

func (r reference) CreateOrder(ctx context.Context, o *Order) (err error) {
	o.ID, err = r.number(ctx, "INSERT INTO orders (user_id, status, total) VALUES ($1, $2, $3) RETURNING id", o.UserID, o.Status, o.Total)
	return err
}

func (r reference) CreateProduct(ctx context.Context, p *Product) (err error) {
	p.ID, err = r.number(ctx, "INSERT INTO products (sku, name) VALUES ($1, $2) RETURNING id", p.SKU, p.Name)
	return err
}

func (r reference) CreateEvent(ctx context.Context, user int64, what string) error {
	return r.only(ctx, "INSERT INTO events (user_id, what) VALUES ($1, $2)", user, what)
}

func (r reference) AddProduct(ctx context.Context, order, product int64) error {
	return r.only(ctx, "INSERT INTO order_products (order_id, product_id) VALUES ($1, $2)", order, product)
}

func (r reference) RemoveProduct(ctx context.Context, order, product int64) (int64, error) {
	return r.affected(ctx, "DELETE FROM order_products WHERE order_id = $1 AND product_id = $2", order, product)
}

func (r reference) User(ctx context.Context, id int64) (*User, error) {
	return r.one(ctx, "SELECT "+userColumns+" FROM users u WHERE id = $1", id)
}

func (r reference) UserByEmail(ctx context.Context, email string) (*User, error) {
	return r.one(ctx, "SELECT "+userColumns+" FROM users u WHERE email = $1", email)
}

func (r reference) Users(ctx context.Context, ids []int64) ([]User, error) {
	return r.users(ctx, "SELECT "+userColumns+" FROM users u WHERE id = ANY ($1) ORDER BY id", ids)
}

func (r reference) Page(ctx context.Context, limit, offset int) ([]User, error) {
	return r.users(ctx, "SELECT "+userColumns+" FROM users u ORDER BY id LIMIT $1 OFFSET $2", limit, offset)
}

func (r reference) WithOrders(ctx context.Context) ([]User, error) {
	us, err := r.users(ctx, "SELECT "+userColumns+" FROM users u ORDER BY id")
	if err != nil {
		return nil, err
	}
	for i := range us {
		rows, err := r.q.QueryContext(ctx, "SELECT id, user_id, status, total FROM orders WHERE user_id = $1 ORDER BY id", us[i].ID)
		us[i].Orders, err = list(rows, err, func(rows *sql.Rows, o *Order) error { return rows.Scan(&o.ID, &o.UserID, &o.Status, &o.Total) })
		if err != nil {
			return nil, err
		}
		for j := range us[i].Orders {
			o := &us[i].Orders[j]
			rows, err := r.q.QueryContext(ctx, "SELECT p.id, p.sku, p.name FROM products p JOIN order_products op ON op.product_id = p.id WHERE op.order_id = $1 ORDER BY p.id", o.ID)
			o.Products, err = list(rows, err, func(rows *sql.Rows, p *Product) error { return rows.Scan(&p.ID, &p.SKU, &p.Name) })
			if err != nil {
				return nil, err
			}
		}
	}
	return us, nil
}

func (r reference) WithProfiles(ctx context.Context) ([]User, error) {
	rows, err := r.q.QueryContext(ctx, "SELECT "+userColumns+", coalesce(p.bio, '') FROM users u LEFT JOIN profiles p ON p.user_id = u.id ORDER BY u.id")
	return list(rows, err, func(rows *sql.Rows, u *User) error { return rows.Scan(&u.ID, &u.Email, &u.Name, &u.ManagerID, &u.Bio) })
}

func (r reference) Managed(ctx context.Context, manager int64) ([]User, error) {
	return r.users(ctx, "SELECT "+userColumns+" FROM users u WHERE manager_id = $1 ORDER BY id", manager)
}

func (r reference) CountUsers(ctx context.Context) (int64, error) {
	return r.number(ctx, "SELECT count(*) FROM users")
}

func (r reference) CountOrders(ctx context.Context, user int64) (int64, error) {
	return r.number(ctx, "SELECT count(*) FROM orders WHERE user_id = $1", user)
}

func (r reference) ExistsUser(ctx context.Context, email string) (ok bool, err error) {
	return ok, r.q.QueryRowContext(ctx, "SELECT EXISTS (SELECT FROM users WHERE email = $1)", email).Scan(&ok)
}

func (r reference) Spending(ctx context.Context, min int64) ([]Spend, error) {
	rows, err := r.q.QueryContext(ctx, `SELECT u.name, count(*), sum(o.total)::bigint FROM users u JOIN orders o ON o.user_id = u.id
		GROUP BY u.id, u.name HAVING sum(o.total) > $1 ORDER BY u.id`, min)
	return list(rows, err, func(rows *sql.Rows, s *Spend) error { return rows.Scan(&s.Name, &s.Orders, &s.Total) })
}

func (r reference) Joined(ctx context.Context) ([]Pair, error) {
	return r.pairs(ctx, "SELECT u.name, o.id FROM users u JOIN orders o ON o.user_id = u.id ORDER BY 1, 2")
}

func (r reference) LeftJoined(ctx context.Context) ([]Pair, error) {
	return r.pairs(ctx, "SELECT u.name, coalesce(o.id, 0) FROM users u LEFT JOIN orders o ON o.user_id = u.id ORDER BY 1, 2")
}

func (r reference) Buyers(ctx context.Context, sku string) ([]User, error) {
	return r.users(ctx, `SELECT DISTINCT `+userColumns+` FROM users u JOIN orders o ON o.user_id = u.id
		JOIN order_products op ON op.order_id = o.id JOIN products p ON p.id = op.product_id WHERE p.sku = $1 ORDER BY u.id`, sku)
}

func (r reference) WithOpenOrders(ctx context.Context) ([]User, error) {
	return r.users(ctx, "SELECT "+userColumns+" FROM users u WHERE EXISTS (SELECT FROM orders o WHERE o.user_id = u.id AND o.status = 'open') ORDER BY id")
}

func (r reference) WithoutOrders(ctx context.Context) ([]User, error) {
	return r.users(ctx, "SELECT "+userColumns+" FROM users u WHERE u.id NOT IN (SELECT user_id FROM orders) ORDER BY id")
}

func (r reference) Search(ctx context.Context, email, name string) ([]User, error) {
	return r.users(ctx, "SELECT "+userColumns+" FROM users u WHERE email = $1 OR name = $2 ORDER BY id", email, name)
}

func (r reference) Rename(ctx context.Context, id int64, name string) (int64, error) {
	return r.affected(ctx, "UPDATE users SET name = $1 WHERE id = $2", name, id)
}

func (r reference) Save(ctx context.Context, u *User) error {
	return r.only(ctx, "UPDATE users SET email = $1, name = $2, manager_id = $3 WHERE id = $4", u.Email, u.Name, u.ManagerID, u.ID)
}

func (r reference) SetManager(ctx context.Context, id int64, manager *int64) (int64, error) {
	return r.affected(ctx, "UPDATE users SET manager_id = $1 WHERE id = $2", manager, id)
}

func (r reference) CloseOrders(ctx context.Context, user int64) (int64, error) {
	return r.affected(ctx, "UPDATE orders SET status = 'closed' WHERE user_id = $1", user)
}

func (r reference) Upsert(ctx context.Context, u *User) (err error) {
	u.ID, err = r.number(ctx, `INSERT INTO users (email, name) VALUES ($1, $2)
		ON CONFLICT (email) DO UPDATE SET name = excluded.name RETURNING id`, u.Email, u.Name)
	return err
}

func (r reference) Ensure(ctx context.Context, u *User) (int64, error) {
	return r.affected(ctx, "INSERT INTO users (email, name) VALUES ($1, $2) ON CONFLICT (email) DO NOTHING", u.Email, u.Name)
}

func (r reference) DeleteUser(ctx context.Context, id int64) (int64, error) {
	return r.affected(ctx, "DELETE FROM users WHERE id = $1", id)
}

func (r reference) DeleteProduct(ctx context.Context, id int64) (int64, error) {
	return r.affected(ctx, "DELETE FROM products WHERE id = $1", id)
}

func (r reference) DeleteUsers(ctx context.Context, pattern string) (int64, error) {
	return r.affected(ctx, "DELETE FROM users WHERE name LIKE $1", pattern)
}

func (r reference) DeleteOrders(ctx context.Context, status string) ([]int64, error) {
	rows, err := r.q.QueryContext(ctx, "DELETE FROM orders WHERE status = $1 RETURNING id", status)
	return list(rows, err, func(rows *sql.Rows, id *int64) error { return rows.Scan(id) })
}

func (r reference) DeleteOrdersOf(ctx context.Context, sku string) (int64, error) {
	return r.affected(ctx, `DELETE FROM orders o USING order_products op, products p
		WHERE op.order_id = o.id AND p.id = op.product_id AND p.sku = $1`, sku)
}

func (r reference) RestoreUser(ctx context.Context, id int64) (int64, error) {
	return r.affected(ctx, "UPDATE users SET deleted_at = NULL WHERE id = $1", id)
}

func (r reference) Tx(ctx context.Context, do func(Shop) error) error {
	tx, err := r.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := do(reference{r.db, tx}); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

func (r reference) LockUser(ctx context.Context, id int64) (*User, error) {
	return r.one(ctx, "SELECT "+userColumns+" FROM users u WHERE id = $1 FOR UPDATE", id)
}

func (r reference) Query(ctx context.Context, query string, args ...any) ([][]string, error) {
	return Texts(r.q.QueryContext(ctx, query, args...))
}

func (r reference) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	return r.affected(ctx, query, args...)
}
