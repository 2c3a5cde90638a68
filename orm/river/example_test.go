package rivershop

import (
	"context"
	"database/sql"
	"testing"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/rivermigrate"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/orm/suite"
)

// The code of docs/river.md, with what stands in forget.go.

func TestRecipe(t *testing.T) {
	dsn := suite.NewShop(t)
	policy := suite.Policy()
	prepare := func(ctx context.Context) error {
		plain, err := sql.Open("pgx", dsn)
		if err != nil {
			return err
		}
		defer plain.Close()
		migrator, err := rivermigrate.New(riverdatabasesql.New(plain), nil)
		if err != nil {
			return err
		}
		_, err = migrator.Migrate(ctx, rivermigrate.DirectionUp, nil)
		return err
	}
	if err := prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	connect := func(workers *river.Workers) (*river.Client[*sql.Tx], error) {
		db, err := softdelete.Open(dsn, policy)
		if err != nil {
			return nil, err
		}
		t.Cleanup(func() { db.Close() })
		return river.NewClient(riverdatabasesql.New(db), &river.Config{
			Queues:  map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 10}},
			Workers: workers,
		})
	}
	workers := river.NewWorkers()
	river.AddWorker(workers, &ForgetWorker{})
	client, err := connect(workers)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Insert(t.Context(), ForgetArgs{User: 1}, nil); err != nil {
		t.Error(err)
	}
}
