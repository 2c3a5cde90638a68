package migrations

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/golang-migrate/migrate/v4"
	"github.com/golang-migrate/migrate/v4/database"
	"github.com/golang-migrate/migrate/v4/database/pgx/v5"
	"github.com/golang-migrate/migrate/v4/source/iofs"
	"github.com/pressly/goose/v3"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/orm/suite"
)

// The code of docs/migrations.md.

func withGoose(ctx context.Context, dsn string, folder fs.FS) error {
	plain, err := sql.Open("pgx", dsn)
	if err != nil {
		return err
	}
	defer plain.Close()
	provider, err := goose.NewProvider(goose.DialectPostgres, plain, folder)
	if err != nil {
		return err
	}
	_, err = provider.Up(ctx)
	return err
}

func withMigrate(dsn string, folder fs.FS) error {
	source, err := iofs.New(folder, ".")
	if err != nil {
		return err
	}
	plain, err := sql.Open("pgx", dsn)
	if err != nil {
		return err
	}
	target, err := pgx.WithInstance(plain, &pgx.Config{})
	if err != nil {
		return err
	}
	m, err := migrate.NewWithInstance("iofs", source, "shop", target)
	if err != nil {
		return err
	}
	defer m.Close() // closes plain, too
	return m.Up()
}

func open(dsn string) (*sql.DB, error) {
	return softdelete.Open(dsn, softdelete.Policy{Discover: true})
}

func TestRecipes(t *testing.T) {
	for tool, up := range map[string]func(dsn string) error{
		"goose": func(dsn string) error {
			return withGoose(t.Context(), dsn, fstest.MapFS{"1_tags.sql": &fstest.MapFile{Data: []byte("-- +goose Up\n" + createTags + ";")}})
		},
		"golang-migrate": func(dsn string) error {
			return withMigrate(dsn, fstest.MapFS{"1_tags.up.sql": &fstest.MapFile{Data: []byte(createTags)}})
		},
	} {
		t.Run(tool, func(t *testing.T) {
			dsn := shop(t)
			if err := up(dsn); err != nil {
				t.Fatal(err)
			}
			db, err := open(dsn)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			exec(t, db, "INSERT INTO tags (user_id, name) VALUES (1, 'new')")
			exec(t, db, "DELETE FROM users WHERE id = 1")
			if got := look(t, suite.OpenPlain(t, dsn), "SELECT deleted_at IS NOT NULL FROM tags"); got != "true\n" {
				t.Errorf("the tag is deleted: %q", got)
			}
		})
	}
}

// goose notes nothing of a migration that is refused, and has executed nothing of it: it
// can run again over plain pgx.
func TestGooseAfterARefusal(t *testing.T) {
	dsn := shop(t)
	forbidden := file{statements: []string{createTags, "DO $$ BEGIN PERFORM count(*) FROM users; END $$"}}
	err := gooseUp(t, suite.OpenSoft(t, dsn), forbidden)

	var partial *goose.PartialError
	var refused *softdelete.RefusedError
	wasRefused := errors.As(err, &partial) && errors.As(err, &refused)

	if !wasRefused {
		t.Errorf("got %v", err)
	}
	plain := suite.OpenPlain(t, dsn)
	if got := look(t, plain, "SELECT max(version_id) FROM goose_db_version"); got != "0\n" {
		t.Errorf("the version is %q", got)
	}
	if err := gooseUp(t, plain, forbidden); err != nil {
		t.Error(err)
	}
}

// golang-migrate marks the version as dirty before it begins, and lets nobody go on. Nothing
// was executed, so the mark may be taken off.
func TestMigrateAfterARefusal(t *testing.T) {
	dsn := shop(t)
	forbidden := fstest.MapFS{"1_tags.up.sql": &fstest.MapFile{Data: []byte(createTags + "; DO $$ BEGIN PERFORM count(*) FROM users; END $$")}}
	err := migrator(t, suite.OpenSoft(t, dsn), forbidden).Up()

	var failed database.Error // does not unwrap
	wasRefused := errors.As(err, &failed) && errors.Is(failed.OrigErr, softdelete.ErrRefused)

	if !wasRefused {
		t.Errorf("got %v", err)
	}
	m := migrator(t, suite.OpenPlain(t, dsn), forbidden)
	if version, dirty, err := m.Version(); version != 1 || !dirty || err != nil {
		t.Errorf("version %d, dirty %t, %v", version, dirty, err)
	}
	var dirty migrate.ErrDirty
	if err := m.Up(); !errors.As(err, &dirty) {
		t.Errorf("without Force: %v", err)
	}

	err = errors.Join(m.Force(database.NilVersion), m.Up())
	if err != nil {
		t.Error(err)
	}
}

// The way back works through the driver, too, and the tools' own tables are no business of
// it: their rows are really deleted.
func TestDownThroughTheDriver(t *testing.T) {
	dsn := shop(t)
	db, plain := suite.OpenSoft(t, dsn), suite.OpenPlain(t, dsn)
	before := schema(t, plain)
	provider, err := goose.NewProvider(goose.DialectPostgres, db, fstest.MapFS{
		"1_tags.sql": &fstest.MapFile{Data: []byte("-- +goose Up\n" + createTags + ";\n-- +goose Down\nDROP TABLE tags;\n")},
	})
	if err != nil {
		t.Fatal(err)
	}
	_, up := provider.Up(t.Context())
	_, down := provider.Down(t.Context())
	m := migrator(t, db, fstest.MapFS{
		"1_tags.up.sql":   &fstest.MapFile{Data: []byte(createTags)},
		"1_tags.down.sql": &fstest.MapFile{Data: []byte("DROP TABLE tags")},
	})
	if err := errors.Join(up, down, m.Up(), m.Down()); err != nil {
		t.Error(err)
	}
	if got := schema(t, plain); got != before {
		t.Errorf("left is\n%s\nwant\n%s", got, before)
	}
	if got := look(t, plain, "SELECT (SELECT max(version_id) FROM goose_db_version), (SELECT count(*) FROM schema_migrations)"); got != "0 0\n" {
		t.Errorf("versions: %q", got)
	}
}
