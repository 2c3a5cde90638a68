package bunshop

import (
	"context"
	"database/sql"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/orm/suite"
)

type (
	user  = User[Marked]
	order = Order[Marked]
)

// alone and through are over pgx, and over the driver.
func alone(t *testing.T) *bun.DB   { return over(suite.NewPlain(t)) }
func through(t *testing.T) *bun.DB { return over(suite.NewSoft(t)) }

func over(pool *sql.DB) *bun.DB {
	db := bun.NewDB(pool, pgdialect.New())
	db.RegisterModel((*OrderProduct[Marked])(nil), (*OrderProduct[Unmarked])(nil))
	return db
}

// must stops the test at an error.
func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func equal(t *testing.T, what string, got, want int64) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func count(ctx context.Context, t *testing.T, db *bun.DB, table string) int64 {
	t.Helper()
	return must[int64](t)(db.NewSelect().Table(table).Count(ctx))
}

// annAndBob creates two users, and deletes Ann, with the library's soft delete.
func annAndBob(t *testing.T, db *bun.DB) []*user {
	t.Helper()
	us := []*user{{Email: "ann@x", Name: "Ann"}, {Email: "bob@x", Name: "Bob"}}
	must[int64](t)(affected(db.NewInsert().Model(&us).Exec(t.Context())))
	must[int64](t)(affected(db.NewDelete().Model(us[0]).WherePK().Exec(t.Context())))
	return us
}

// Bun 1.3 puts parentheses around WhereOr. Within one Where they are the user's.
func TestBunIssue1321Or(t *testing.T) {
	for _, db := range []*bun.DB{alone(t), through(t)} {
		annAndBob(t, db)
		n := must[int64](t)(db.NewSelect().Model((*user)(nil)).Where("name = 'Ann'").WhereOr("name = 'Bob'").Count(t.Context()))
		equal(t, "users", n, 1)
	}
}

// A bulk update joins a list of values.
func TestSafedeleteIssue242BulkUpdateOfDeletedRows(t *testing.T) {
	update := func(db *bun.DB) int64 {
		us := annAndBob(t, db)
		unmarked := []*User[Unmarked]{{ID: us[0].ID, Name: "Ghost"}, {ID: us[1].ID, Name: "Bob the Second"}}
		return must[int64](t)(affected(db.NewUpdate().Model(&unmarked).Column("name").Bulk().Exec(t.Context())))
	}
	equal(t, "updated, alone", update(alone(t)), 2)
	equal(t, "updated", update(through(t)), 1)
}

func TestBulkUpdateOfTheMarkerIsRefused(t *testing.T) {
	db := through(t)
	us := annAndBob(t, db)[1:]
	_, err := db.NewUpdate().Model(&us).Bulk().Exec(t.Context())
	if !errors.As(err, new(*softdelete.RefusedError)) {
		t.Errorf("a marker from a list of values: %v", err)
	}
}

// The key is that of a deleted row. Alone, the name of a row that nobody sees is changed.
func TestTypeormIssue9749UpsertEditsADeletedRow(t *testing.T) {
	upsert := func(db *bun.DB) int64 {
		us := annAndBob(t, db)
		_, err := db.NewInsert().Model(&user{ID: us[0].ID, Email: "ann@x", Name: "Ann upserted"}).
			On("CONFLICT (id) DO UPDATE").Set("name = EXCLUDED.name").Exec(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return must[int64](t)(db.NewSelect().Model((*user)(nil)).Count(t.Context()))
	}
	equal(t, "live users, alone", upsert(alone(t)), 1)
	equal(t, "live users", upsert(through(t)), 2)
}

// Without Set Bun updates every column, and the marker with them.
func TestParanoiaIssue570UpsertRevives(t *testing.T) {
	upsert := func(db *bun.DB) {
		us := annAndBob(t, db)
		_, err := db.NewInsert().Model(&user{ID: us[0].ID, Email: "ann@x", Name: "Ann upserted"}).On("CONFLICT (id) DO UPDATE").Exec(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "live users", must[int64](t)(db.NewSelect().Model((*user)(nil)).Count(t.Context())), 2)
	}
	db := alone(t)
	upsert(db)
	equal(t, "rows of Ann's past, alone", count(t.Context(), t, db, "deletion_records"), 0) // it is her old row
	db = through(t)
	upsert(db)
	equal(t, "rows of Ann's past", count(t.Context(), t, db, "deletion_records"), 1)
}

// ForceDelete is for the library; HardDelete is for the driver.
func TestForceDelete(t *testing.T) {
	remove := func(ctx context.Context, db *bun.DB) int64 {
		bob := annAndBob(t, db)[1]
		must[int64](t)(affected(db.NewDelete().Model(bob).WherePK().ForceDelete().Exec(ctx)))
		return count(softdelete.WithDeleted(t.Context()), t, db, "users")
	}
	equal(t, "rows, alone", remove(t.Context(), alone(t)), 1)
	equal(t, "rows", remove(t.Context(), through(t)), 2)
	equal(t, "rows, under HardDelete", remove(softdelete.HardDelete(t.Context()), through(t)), 1)
}

func TestWhatIsRefused(t *testing.T) {
	db := through(t)
	bob := annAndBob(t, db)[1]
	_, ignore := db.NewInsert().Model(&user{Email: "bob@x", Name: "Bob"}).Ignore().Exec(t.Context())
	_, truncate := db.NewTruncateTable().Model(bob).Exec(t.Context())
	_, merge := db.NewMerge().Model(bob).With("_data", db.NewValues(&[]*user{bob})).Using("_data").On("u.id = _data.id").
		WhenDelete("MATCHED").Exec(t.Context())
	for name, err := range map[string]error{"Ignore": ignore, "TruncateTable": truncate, "Merge": merge} {
		if !errors.As(err, new(*softdelete.RefusedError)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// A bun.DB writes arguments into texts, and this text has no place for them.
	if n, err := softdelete.Restore(t.Context(), db, "users", 1); err == nil {
		t.Errorf("Restore through a bun.DB brought %d rows back", n)
	}
}

// A row of a transaction within a transaction, which is a savepoint.
func TestSavepoint(t *testing.T) {
	db := through(t)
	bob := annAndBob(t, db)[1]
	err := db.RunInTx(t.Context(), nil, func(ctx context.Context, tx bun.Tx) error {
		inner := tx.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
			must[int64](t)(affected(tx.NewDelete().Model(bob).WherePK().Exec(ctx)))
			_, err := tx.NewInsert().Model(&order{UserID: bob.ID, Status: "open"}).Exec(ctx)
			return err
		})
		if e := (*pgconn.PgError)(nil); !errors.As(inner, &e) || e.Code != "23503" {
			t.Errorf("an order of a deleted user: %v", inner)
		}
		_, err := tx.NewInsert().Model(&order{UserID: bob.ID, Status: "open"}).Exec(ctx)
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// What Bun does not select by name may have the marker, which it does not know.
func TestStarsHaveTheMarker(t *testing.T) {
	db := through(t)
	annAndBob(t, db)
	var us []*User[Unmarked]
	if err := db.NewRaw("SELECT * FROM users").Scan(t.Context(), &us); err == nil {
		t.Error("Bun takes a column that the model does not have")
	}
	us = nil
	lenient := bun.NewDB(db.DB, pgdialect.New(), bun.WithDiscardUnknownColumns())
	lenient.RegisterModel((*OrderProduct[Unmarked])(nil))
	if err := lenient.NewRaw("SELECT * FROM users").Scan(t.Context(), &us); err != nil {
		t.Error(err)
	}
	equal(t, "live users", int64(len(us)), 1)
}
