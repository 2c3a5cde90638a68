package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/softdelete-go/softdelete"
)

// What a careful person writes, with what the driver promises: one deletion id,
// rows that can get children locked as a DELETE would lock them, live rows only,
// and the number of users that went as the result. There are two ways to lock.
const (
	deleteLockingFirst = `
WITH deletion AS MATERIALIZED (
	SELECT gen_random_uuid() AS id
), u AS (
	SELECT id FROM users WHERE id = $1 AND deleted_at IS NULL FOR UPDATE
), gone_users AS (
	UPDATE users SET deleted_at = now(), deletion_id = (SELECT id FROM deletion)
	FROM u WHERE users.id = u.id
	RETURNING users.id
), o AS (
	SELECT orders.id FROM orders JOIN gone_users ON orders.user_id = gone_users.id
	WHERE orders.deleted_at IS NULL FOR UPDATE OF orders
), gone_orders AS (
	UPDATE orders SET deleted_at = now(), deletion_id = (SELECT id FROM deletion)
	FROM o WHERE orders.id = o.id
	RETURNING orders.id
), gone_items AS (
	UPDATE items SET deleted_at = now(), deletion_id = (SELECT id FROM deletion)
	FROM gone_orders WHERE items.order_id = gone_orders.id AND items.deleted_at IS NULL
)
SELECT FROM gone_users`

	deleteLockingWithin = `
WITH deletion AS MATERIALIZED (
	SELECT gen_random_uuid() AS id
), gone_users AS (
	UPDATE users SET deleted_at = now(), deletion_id = (SELECT id FROM deletion)
	WHERE id = (SELECT id FROM users WHERE id = $1 AND deleted_at IS NULL FOR UPDATE)
	RETURNING id
), gone_orders AS (
	UPDATE orders SET deleted_at = now(), deletion_id = (SELECT id FROM deletion)
	WHERE id IN (SELECT orders.id FROM orders JOIN gone_users ON orders.user_id = gone_users.id
	             WHERE orders.deleted_at IS NULL FOR UPDATE OF orders)
	RETURNING id
), gone_items AS (
	UPDATE items SET deleted_at = now(), deletion_id = (SELECT id FROM deletion)
	FROM gone_orders WHERE items.order_id = gone_orders.id AND items.deleted_at IS NULL
)
SELECT FROM gone_users`

	// Everything with the user's deletion id, unless a row would come back whose
	// parent stays dead: an order that was restored, and deleted again on its own.
	// What is checked is also locked, or the parent might go meanwhile.
	restoreChecked = `
WITH deletion AS (
	SELECT deletion_id AS id FROM users WHERE id = $1 AND deleted_at IS NOT NULL
), u AS (
	UPDATE users SET deleted_at = NULL, deletion_id = NULL FROM deletion
	WHERE users.deletion_id = deletion.id
	RETURNING users.id
), o AS (
	UPDATE orders SET deleted_at = NULL, deletion_id = NULL FROM deletion
	WHERE orders.deletion_id = deletion.id
	RETURNING orders.id, orders.user_id
), i AS (
	UPDATE items SET deleted_at = NULL, deletion_id = NULL FROM deletion
	WHERE items.deletion_id = deletion.id
	RETURNING items.order_id
), orphans AS MATERIALIZED (
	SELECT min(why) AS why FROM (
		SELECT 'an order of the dead user ' || user_id AS why FROM o
		WHERE user_id NOT IN (SELECT id FROM u)
		AND (SELECT deleted_at FROM users WHERE id = o.user_id FOR KEY SHARE) IS NOT NULL
		UNION ALL
		SELECT 'an item of the dead order ' || order_id FROM i
		WHERE order_id NOT IN (SELECT id FROM o)
		AND (SELECT deleted_at FROM orders WHERE id = i.order_id FOR KEY SHARE) IS NOT NULL
	) AS found
)
SELECT (SELECT count(*) FROM u) + (SELECT count(*) FROM o) + (SELECT count(*) FROM i)
WHERE CASE WHEN (SELECT why FROM orphans) IS NULL THEN true ELSE (SELECT why FROM orphans)::int = 0 END`
)

// What comes to mind first: no locks, so that an order which someone inserts
// meanwhile stays alive under a dead user, and no check.
const (
	deleteNaive = `
WITH deletion AS MATERIALIZED (
	SELECT gen_random_uuid() AS id
), u AS (
	UPDATE users SET deleted_at = now(), deletion_id = (SELECT id FROM deletion)
	WHERE id = $1 AND deleted_at IS NULL
	RETURNING id
), o AS (
	UPDATE orders SET deleted_at = now(), deletion_id = (SELECT id FROM deletion)
	FROM u WHERE orders.user_id = u.id AND orders.deleted_at IS NULL
	RETURNING orders.id
), i AS (
	UPDATE items SET deleted_at = now(), deletion_id = (SELECT id FROM deletion)
	FROM o WHERE items.order_id = o.id AND items.deleted_at IS NULL
)
SELECT FROM u`

	restoreNaive = `
WITH deletion AS (
	SELECT deletion_id AS id FROM users WHERE id = $1 AND deleted_at IS NOT NULL
), u AS (
	UPDATE users SET deleted_at = NULL, deletion_id = NULL FROM deletion WHERE users.deletion_id = deletion.id RETURNING 1
), o AS (
	UPDATE orders SET deleted_at = NULL, deletion_id = NULL FROM deletion WHERE orders.deletion_id = deletion.id RETURNING 1
), i AS (
	UPDATE items SET deleted_at = NULL, deletion_id = NULL FROM deletion WHERE items.deletion_id = deletion.id RETURNING 1
)
SELECT (SELECT count(*) FROM u) + (SELECT count(*) FROM o) + (SELECT count(*) FROM i)`
)

// Under the triggers the statements are about the user only.
const (
	deleteTriggering  = `UPDATE users SET deleted_at = now(), deletion_id = gen_random_uuid() WHERE id = $1 AND deleted_at IS NULL`
	restoreTriggering = `UPDATE users SET deleted_at = NULL, deletion_id = NULL WHERE id = $1 AND deleted_at IS NOT NULL`
)

// change deletes or restores a user and returns how many rows the way says it
// changed.
type change func(ctx context.Context, user int64) (int64, error)

// of is a call that changes so many rows, or nil if there is no such change.
func (do change) of(user, want int64) func(context.Context) error {
	if do == nil {
		return nil
	}
	return func(ctx context.Context) error {
		n, err := do(ctx, user)
		if err == nil && n != want {
			err = fmt.Errorf("%d rows of user %d, want %d", n, user, want)
		}
		return err
	}
}

// changes are what a way does over a database handle; without restore what is
// gone is gone.
type changes struct{ remove, restore change }

func executing(db *sql.DB, text string) change {
	return func(ctx context.Context, user int64) (int64, error) {
		result, err := db.ExecContext(ctx, text, user)
		if err != nil {
			return 0, err
		}
		return result.RowsAffected()
	}
}

func counting(db *sql.DB, text string) change {
	return func(ctx context.Context, user int64) (n int64, err error) {
		err = db.QueryRowContext(ctx, text, user).Scan(&n)
		return n, err
	}
}

// handWritten is a delete that answers with a row for each user, and a restore
// that answers with the number of rows.
func handWritten(remove, restore string) func(*sql.DB) (changes, error) {
	return func(db *sql.DB) (changes, error) {
		return changes{executing(db, remove), counting(db, restore)}, nil
	}
}

func throughDriver(db *sql.DB) (changes, error) {
	return changes{executing(db, `DELETE FROM users WHERE id = $1`), func(ctx context.Context, user int64) (int64, error) {
		return softdelete.Restore(ctx, db, "users", user)
	}}, nil
}

func throughTriggers(db *sql.DB) (changes, error) {
	return changes{executing(db, deleteTriggering), executing(db, restoreTriggering)}, nil
}

func forReal(db *sql.DB) (changes, error) {
	return changes{remove: executing(db, `DELETE FROM users WHERE id = $1`)}, nil
}

// cascadeWay is one way to delete a user with all orders and items, and to
// restore them.
type cascadeWay struct {
	name     string
	in       func(*families) *family
	driver   bool // its connection is the driver's
	over     func(*sql.DB) (changes, error)
	rootOnly bool // its restore counts the user only
}

func soft(f *families) *family      { return &f.soft }
func triggered(f *families) *family { return &f.triggered }
func realKeys(f *families) *family  { return &f.real }

// The first is the limit: the faster of the two forms that keep all promises.
var cascadeWays = []cascadeWay{
	{name: "hand-written", in: soft, over: handWritten(deleteLockingWithin, restoreChecked)},
	{name: "hand again", in: soft, over: handWritten(deleteLockingWithin, restoreChecked)},
	{name: "hand, locks first", in: soft, over: handWritten(deleteLockingFirst, restoreChecked)},
	{name: "hand, naive", in: soft, over: handWritten(deleteNaive, restoreNaive)},
	{name: "driver", in: soft, driver: true, over: throughDriver},
	{name: "GORM hooks", in: soft, over: throughGORM},
	{name: "triggers", in: triggered, over: throughTriggers, rootOnly: true},
	{name: "real DELETE", in: realKeys, over: forReal},
}

// openFamily opens a database with one connection, which counts its round trips.
func openFamily(dsn string, driver bool) (*sql.DB, *tripCounter, error) {
	connector, trips, err := counted(dsn)
	if err == nil && driver {
		connector, err = softdelete.WrapConnector(connector, familyPolicy)
	}
	if err != nil {
		return nil, nil, err
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(1)
	return db, trips, nil
}

// restored is what the way's restore is to answer.
func (w cascadeWay) restored(size familySize) int64 {
	if w.rootOnly {
		return 1
	}
	return 1 + int64(size.children())
}

func (w cascadeWay) open(fs *families, size familySize) (*contender, error) {
	f := w.in(fs)
	db, trips, err := openFamily(f.dsn, w.driver)
	if err != nil {
		return nil, err
	}
	do, err := w.over(db)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	draw := func() (calls, error) {
		user, err := f.freshUser()
		return calls{do.remove.of(user, 1), do.restore.of(user, w.restored(size))}, err
	}
	return &contender{draw: draw, trips: trips, close: db.Close}, nil
}

// cascadeContest is about users with so many children.
func cascadeContest(fs *families, size familySize, e contestEffort) *contest {
	c := &contest{
		phases: []string{fmt.Sprintf("delete with %d children", size.children()), fmt.Sprintf("restore with %d children", size.children())},
		effort: e,
	}
	for _, w := range cascadeWays {
		c.ways = append(c.ways, w.name)
		c.open = append(c.open, func() (*contender, error) { return w.open(fs, size) })
	}
	return c
}

// usersFor is how many users a database needs for all calls.
func usersFor(e contestEffort) int {
	sharing := 0
	fs := &families{}
	for _, w := range cascadeWays {
		if w.in(fs) == &fs.soft {
			sharing++
		}
	}
	return sharing * e.perContender()
}

// measureFamilies measures cascades and inserts among families of one size.
func measureFamilies(ctx context.Context, dbs databases, e familyEffort, chosen chooser) (results []served, err error) {
	contests := []func(*families) *contest{
		func(fs *families) *contest { return cascadeContest(fs, e.size, e.contestEffort) },
		func(fs *families) *contest { return insertContest(fs, e.size, e.inserts, e.contestEffort) },
	}
	contests = slices.DeleteFunc(contests, func(c func(*families) *contest) bool { return !chosen.any("families", c(&families{}).phases) })
	if len(contests) == 0 {
		return nil, nil
	}
	users := usersFor(e.contestEffort)
	progress("filling three databases with %d users and %d children of each", users, e.size.children())
	made := 0
	newDatabase := func() (string, error) {
		made++
		return dbs.create(ctx, fmt.Sprintf("families_%d_%d", e.size.children(), made))
	}
	fs, err := createFamilies(ctx, newDatabase, e.size, users, manyStrangers)
	if err != nil {
		return nil, err
	}
	for _, of := range contests {
		c := of(fs)
		progress("measuring: %s", strings.Join(c.phases, ", "))
		measured, err := c.run(ctx)
		if err != nil {
			return nil, err
		}
		results = append(results, measured...)
	}
	return results, nil
}
