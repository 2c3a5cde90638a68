package main

import (
	"context"
	"database/sql"
	"strconv"
	"strings"
	"time"

	"github.com/softdelete-go/softdelete"
)

// shopTexts are the statements of those who write SQL.
type shopTexts struct {
	byID, byEmail, page, purchases, orderCounts, deleteItem, deleteItems, upsert string
}

// plainTexts are without a thought of deleted rows.
var plainTexts = shopTexts{
	byID:    `SELECT id, email, name, created_at FROM users WHERE id = $1`,
	byEmail: `SELECT id, email, name, created_at FROM users WHERE email = $1`,
	page: `SELECT id, user_id, status, total_cents, created_at FROM orders
WHERE status = $1 AND created_at < $2 ORDER BY created_at DESC LIMIT 20`,
	purchases: `SELECT u.name, o.id, o.created_at, i.sku, i.quantity FROM users u
JOIN orders o ON o.user_id = u.id
JOIN items i ON i.order_id = o.id
WHERE u.id = $1 ORDER BY o.created_at DESC, i.id`,
	orderCounts: `SELECT u.id, u.name, count(o.id) FROM users u
LEFT JOIN orders o ON o.user_id = u.id
WHERE u.id BETWEEN $1 AND $2 GROUP BY u.id ORDER BY u.id`,
	deleteItem:  `DELETE FROM items WHERE id = $1`,
	deleteItems: `DELETE FROM items WHERE id BETWEEN $1 AND $2`,
	upsert: `INSERT INTO users (email, name, created_at) VALUES ($1, $2, $3)
ON CONFLICT (email) DO UPDATE SET name = excluded.name`,
}

// handTexts have all that it takes.
var handTexts = shopTexts{
	byID:    `SELECT id, email, name, created_at FROM users WHERE id = $1 AND deleted_at IS NULL`,
	byEmail: `SELECT id, email, name, created_at FROM users WHERE email = $1 AND deleted_at IS NULL`,
	page: `SELECT id, user_id, status, total_cents, created_at FROM orders
WHERE status = $1 AND created_at < $2 AND deleted_at IS NULL ORDER BY created_at DESC LIMIT 20`,
	purchases: `SELECT u.name, o.id, o.created_at, i.sku, i.quantity FROM users u
JOIN orders o ON o.user_id = u.id AND o.deleted_at IS NULL
JOIN items i ON i.order_id = o.id AND i.deleted_at IS NULL
WHERE u.id = $1 AND u.deleted_at IS NULL ORDER BY o.created_at DESC, i.id`,
	orderCounts: `SELECT u.id, u.name, count(o.id) FROM users u
LEFT JOIN orders o ON o.user_id = u.id AND o.deleted_at IS NULL
WHERE u.id BETWEEN $1 AND $2 AND u.deleted_at IS NULL GROUP BY u.id ORDER BY u.id`,
	deleteItem: `UPDATE items SET deleted_at = now(), deletion_id = gen_random_uuid() WHERE id = $1 AND deleted_at IS NULL`,
	deleteItems: `WITH deletion AS MATERIALIZED (SELECT gen_random_uuid() AS id)
UPDATE items SET deleted_at = now(), deletion_id = (SELECT id FROM deletion)
WHERE id BETWEEN $1 AND $2 AND deleted_at IS NULL`,
	upsert: `INSERT INTO users (email, name, created_at) VALUES ($1, $2, $3)
ON CONFLICT (email) WHERE deleted_at IS NULL DO UPDATE SET name = excluded.name`,
}

// renamedAt is when those were created whom an upsert finds missing: none.
var renamedAt = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// bySQL does everything but deleting and restoring users, over database/sql as it is.
func bySQL(db *sql.DB, t shopTexts) *shopper {
	return &shopper{
		byID: func(ctx context.Context, id int64) (found, error) {
			return list(queried(ctx, db, scanPerson, t.byID, id))
		},
		byEmail: func(ctx context.Context, email string) (found, error) {
			return list(queried(ctx, db, scanPerson, t.byEmail, email))
		},
		page: func(ctx context.Context, status string, before time.Time) (found, error) {
			return list(queried(ctx, db, func(r *sql.Rows, p *purchase) error {
				return r.Scan(&p.id, &p.user, &p.status, &p.totalCents, &p.createdAt)
			}, t.page, status, before))
		},
		purchases: func(ctx context.Context, user int64) (found, error) {
			return list(queried(ctx, db, func(r *sql.Rows, l *purchaseLine) error {
				return r.Scan(&l.name, &l.order, &l.createdAt, &l.sku, &l.quantity)
			}, t.purchases, user))
		},
		orderCounts: func(ctx context.Context, from, to int64) (found, error) {
			return list(queried(ctx, db, func(r *sql.Rows, c *orderCount) error {
				return r.Scan(&c.ID, &c.Name, &c.Orders)
			}, t.orderCounts, from, to))
		},
		deleteItem: executing(db, t.deleteItem),
		deleteItems: func(ctx context.Context, from, to int64) (int64, error) {
			return affected(db.ExecContext(ctx, t.deleteItems, from, to))
		},
		upsert: func(ctx context.Context, email, name string) (int64, error) {
			return affected(db.ExecContext(ctx, t.upsert, email, name, renamedAt))
		},
		insert: func(ctx context.Context, users []newUser) (int64, error) {
			text, args := insertWithParameters(users)
			return affected(db.ExecContext(ctx, text, args...))
		},
		insertInline: func(ctx context.Context, users []newUser) (int64, error) {
			return affected(db.ExecContext(ctx, insertWithLiterals(users)))
		},
	}
}

func scanPerson(r *sql.Rows, p *person) error {
	return r.Scan(&p.id, &p.email, &p.name, &p.createdAt)
}

func queried[T any](ctx context.Context, db *sql.DB, scan func(*sql.Rows, *T) error, text string, args ...any) (all []T, err error) {
	rows, err := db.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // read to the end below, which closes it
	for rows.Next() {
		var one T
		if err := scan(rows, &one); err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}

func affected(result sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

const insertUsers = `INSERT INTO users (email, name, created_at) VALUES `

func insertWithParameters(users []newUser) (string, []any) {
	text := []byte(insertUsers)
	args := make([]any, 0, 3*len(users))
	for i, u := range users {
		if i > 0 {
			text = append(text, ", "...)
		}
		text = append(text, "($"...)
		text = strconv.AppendInt(text, int64(len(args)+1), 10)
		text = append(text, ", $"...)
		text = strconv.AppendInt(text, int64(len(args)+2), 10)
		text = append(text, ", $"...)
		text = strconv.AppendInt(text, int64(len(args)+3), 10)
		text = append(text, ')')
		args = append(args, u.Email, u.Name, u.CreatedAt)
	}
	return string(text), args
}

func insertWithLiterals(users []newUser) string {
	text := []byte(insertUsers)
	for i, u := range users {
		if i > 0 {
			text = append(text, ", "...)
		}
		text = append(text, '(')
		text = appendQuoted(text, u.Email)
		text = append(text, ", "...)
		text = appendQuoted(text, u.Name)
		text = append(text, ", '"...)
		text = u.CreatedAt.AppendFormat(text, time.RFC3339)
		text = append(text, "')"...)
	}
	return string(text)
}

func appendQuoted(text []byte, s string) []byte {
	text = append(text, '\'')
	for i := range len(s) {
		if s[i] == '\'' {
			text = append(text, '\'')
		}
		text = append(text, s[i])
	}
	return append(text, '\'')
}

func byHand(db *sql.DB) (*shopper, error) {
	by := bySQL(db, handTexts)
	by.deleteUser, by.restoreUser = executing(db, deleteLockingWithin), counting(db, restoreChecked)
	return by, nil
}

const deleteUserText = `DELETE FROM users WHERE id = $1`

func byDriver(db *sql.DB) (*shopper, error) {
	by := bySQL(db, plainTexts)
	by.deleteUser = executing(db, deleteUserText)
	by.restoreUser = func(ctx context.Context, user int64) (int64, error) {
		return softdelete.Restore(ctx, db, "users", user)
	}
	return by, nil
}

// withoutTrash deletes for real: the database's own foreign keys cascade.
func withoutTrash(db *sql.DB) (*shopper, error) {
	by := bySQL(db, plainTexts)
	by.deleteUser = executing(db, deleteUserText)
	return by, nil
}

func byArchive(db *sql.DB) (*shopper, error) {
	by := bySQL(db, plainTexts)
	by.deleteUser, by.restoreUser = executing(db, deleteUserText), counting(db, restoreArchived)
	return by, nil
}

// byView cannot do with the plain texts: a conflict is named with the partial
// index's condition, and a view has no key that GROUP BY could be satisfied with.
func byView(db *sql.DB) (*shopper, error) {
	texts := plainTexts
	texts.upsert = handTexts.upsert
	texts.orderCounts = strings.Replace(texts.orderCounts, "GROUP BY u.id", "GROUP BY u.id, u.name", 1)
	by := bySQL(db, texts)
	by.deleteUser, by.restoreUser = executing(db, deleteUserText), counting(db, `SELECT back_user($1)`)
	return by, nil
}

// byRowSecurity deletes by functions that are above the policies: under a policy
// that hides deleted rows an UPDATE may not make a row invisible.
func byRowSecurity(db *sql.DB) (*shopper, error) {
	texts := plainTexts
	texts.upsert = handTexts.upsert
	by := bySQL(db, texts)
	by.deleteItem = counting(db, `SELECT gone_item($1)`)
	by.deleteItems = func(ctx context.Context, from, to int64) (n int64, err error) {
		err = db.QueryRowContext(ctx, `SELECT gone_items($1, $2)`, from, to).Scan(&n)
		return n, err
	}
	by.deleteUser, by.restoreUser = counting(db, `SELECT gone_user($1)`), counting(db, `SELECT back_user($1)`)
	return by, nil
}
