package sqlcshop

import (
	"database/sql"
	"testing"

	"github.com/softdelete-go/softdelete/internal/pgtemp"
	"github.com/softdelete-go/softdelete/orm/sqlc/shopdb"
	"github.com/softdelete-go/softdelete/orm/suite"
)

func TestMain(m *testing.M) { pgtemp.Main(m) }

func open(_ *testing.T, db *sql.DB) suite.Shop { return shop{db, db, shopdb.New(db)} }

// openPrepared prepares every statement before the first is executed.
func openPrepared(t *testing.T, db *sql.DB) suite.Shop {
	t.Helper()
	q, err := shopdb.Prepare(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := q.Close(); err != nil {
			t.Error(err)
		}
	})
	return shop{db, db, q}
}

func TestConformance(t *testing.T) { suite.Run(t, suite.Library{Open: open}) }

func TestConformancePrepared(t *testing.T) { suite.Run(t, suite.Library{Open: openPrepared}) }

func TestPains(t *testing.T) { suite.Pains(t, suite.Library{Open: open}, nil) }
