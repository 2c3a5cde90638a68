package suite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
)

// ErrNotFound is what a [Shop] answers, wrapped or not, where there is no such row.
var ErrNotFound = errors.New("not found")

type User struct {
	ID        int64
	Email     string
	Name      string
	ManagerID *int64
	Bio       string  // of the profile, where it is asked for
	Orders    []Order `json:",omitempty"`
}

type Order struct {
	ID       int64
	UserID   int64
	Status   string
	Total    int64     // cents
	Products []Product `json:",omitempty"` // ordered by id
}

type Product struct {
	ID   int64
	SKU  string
	Name string
}

// Pair is a row of a join: a user's name and an order, 0 where there is none.
type Pair struct {
	Name  string
	Order int64
}

// Spend is a row of an aggregate: orders and their sum, of one user.
type Spend struct {
	Name   string
	Orders int64
	Total  int64
}

// Shop is what the suite asks of a library. Each method is written as the library's
// documentation would have it: with its models, builders or generated code, and with
// SQL only where it offers nothing else. Lists are ordered by id, pairs by name and
// order. What a method returns as a count is the library's number of affected rows.
//
// None of the methods mentions deletion, except where the library's own soft delete
// is what is tested: there, a method whose context [SeesDeleted] switches it off for
// this call, as the library has it (Unscoped, WhereAllWithDeleted …).
type Shop interface {
	// CreateUser stores u and sets its ID.
	CreateUser(ctx context.Context, u *User) error
	// CreateUsers stores all in one statement and sets their IDs.
	CreateUsers(ctx context.Context, us []*User) error
	CreateProfile(ctx context.Context, user int64, bio string) error
	CreateOrder(ctx context.Context, o *Order) error
	CreateProduct(ctx context.Context, p *Product) error
	CreateEvent(ctx context.Context, user int64, what string) error
	// AddProduct and RemoveProduct write the junction.
	AddProduct(ctx context.Context, order, product int64) error
	RemoveProduct(ctx context.Context, order, product int64) (int64, error)

	User(ctx context.Context, id int64) (*User, error)
	UserByEmail(ctx context.Context, email string) (*User, error)
	// Users finds by a list of ids.
	Users(ctx context.Context, ids []int64) ([]User, error)
	// Page lists users by id.
	Page(ctx context.Context, limit, offset int) ([]User, error)
	// WithOrders lists all users with orders and their products, by the library's
	// associations (preload, eager loading) where it has them.
	WithOrders(ctx context.Context) ([]User, error)
	// WithProfiles lists all users with the profile's bio, by association.
	WithProfiles(ctx context.Context) ([]User, error)
	// Managed lists the users whose manager has this id, by association.
	Managed(ctx context.Context, manager int64) ([]User, error)

	CountUsers(ctx context.Context) (int64, error)
	// CountOrders counts those of a user, by association.
	CountOrders(ctx context.Context, user int64) (int64, error)
	ExistsUser(ctx context.Context, email string) (bool, error)
	// Spending groups orders by user, those with a sum of more than min.
	Spending(ctx context.Context, min int64) ([]Spend, error)

	// Joined is users JOIN orders, LeftJoined users LEFT JOIN orders.
	Joined(ctx context.Context) ([]Pair, error)
	LeftJoined(ctx context.Context) ([]Pair, error)
	// Buyers joins users, orders, the junction and products.
	Buyers(ctx context.Context, sku string) ([]User, error)
	// WithOpenOrders uses EXISTS (or IN) with a sub-query, WithoutOrders NOT EXISTS
	// (or NOT IN).
	WithOpenOrders(ctx context.Context) ([]User, error)
	WithoutOrders(ctx context.Context) ([]User, error)
	// Search is WHERE email = $1 OR name = $2.
	Search(ctx context.Context, email, name string) ([]User, error)

	Rename(ctx context.Context, id int64, name string) (int64, error)
	// Save stores all columns of a user that was read before, with the library's
	// method for that. What becomes of a user that is gone is the library's affair:
	// [ErrNotFound], nothing, or a new row.
	Save(ctx context.Context, u *User) error
	SetManager(ctx context.Context, id int64, manager *int64) (int64, error)
	// CloseOrders sets the status of all of a user's orders, in one statement.
	CloseOrders(ctx context.Context, user int64) (int64, error)
	// Upsert stores u, or its name if the email is taken, in one statement; it sets
	// the ID. Ensure stores u unless the email is taken, and tells how many.
	Upsert(ctx context.Context, u *User) error
	Ensure(ctx context.Context, u *User) (int64, error)

	DeleteUser(ctx context.Context, id int64) (int64, error)
	DeleteProduct(ctx context.Context, id int64) (int64, error)
	// DeleteUsers deletes by a condition on the name: LIKE pattern.
	DeleteUsers(ctx context.Context, pattern string) (int64, error)
	// DeleteOrders deletes by status and returns the ids, with RETURNING.
	DeleteOrders(ctx context.Context, status string) ([]int64, error)
	// DeleteOrdersOf deletes the orders that have a product, by a sub-query or USING.
	DeleteOrdersOf(ctx context.Context, sku string) (int64, error)

	// RestoreUser sets deleted_at to NULL, by the library's update. The suite calls it
	// under OnlyDeleted.
	RestoreUser(ctx context.Context, id int64) (int64, error)

	// Tx calls do in a transaction, which is rolled back if do returns an error. That
	// error is returned.
	Tx(ctx context.Context, do func(Shop) error) error
	// LockUser reads a user FOR UPDATE.
	LockUser(ctx context.Context, id int64) (*User, error)

	// Query and Exec send SQL of the user's own. It has $1, $2 …, in order; for a library
	// that wants ? there is [Questions]. [Texts] reads the rows.
	Query(ctx context.Context, sql string, args ...any) ([][]string, error)
	Exec(ctx context.Context, sql string, args ...any) (int64, error)
}

var placeholder = regexp.MustCompile(`\$[0-9]+`)

// Questions writes ? for $1, $2 …
func Questions(sql string) string { return placeholder.ReplaceAllString(sql, "?") }

// Texts reads rows to their end and closes them. Each value is as fmt.Sprint prints it.
func Texts(rows *sql.Rows, err error) ([][]string, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	var all [][]string
	for rows.Next() {
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		row := make([]string, len(columns))
		for i, v := range values {
			if b, ok := v.([]byte); ok {
				v = string(b)
			}
			row[i] = fmt.Sprint(v)
		}
		all = append(all, row)
	}
	return all, rows.Err()
}

type seesDeleted struct{}

// seeing marks a context under a scope that shows deleted rows.
func seeing(ctx context.Context) context.Context { return context.WithValue(ctx, seesDeleted{}, true) }

// SeesDeleted reports whether a call is to see deleted rows.
func SeesDeleted(ctx context.Context) bool { return ctx.Value(seesDeleted{}) != nil }
