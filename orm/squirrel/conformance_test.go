package squirrelshop

import (
	"database/sql"
	"database/sql/driver"
	"testing"

	sq "github.com/Masterminds/squirrel"
	"github.com/lib/pq"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/internal/pgtemp"
	"github.com/softdelete-go/softdelete/orm/suite"
)

func TestMain(m *testing.M) { pgtemp.Main(m) }

func open(_ *testing.T, db *sql.DB) suite.Shop { return New(db) }

func TestConformance(t *testing.T) { suite.Run(t, suite.Library{Open: open}) }

// lib/pq beneath. It does not tell what discovery needs to know, so the policy is complete.
func TestConformanceOverLibPQ(t *testing.T) {
	suite.Run(t, suite.Library{Open: open, Connect: func(t *testing.T, dsn string, soft bool) *sql.DB {
		theirs, err := pq.NewConnector(dsn)
		if err != nil {
			t.Fatal(err)
		}
		connector := driver.Connector(theirs)
		if soft {
			policy, err := softdelete.Complete(t.Context(), suite.OpenPlain(t, dsn), suite.Policy())
			if err != nil {
				t.Fatal(err)
			}
			if connector, err = softdelete.WrapConnector(theirs, policy); err != nil {
				t.Fatal(err)
			}
		}
		db := sql.OpenDB(connector)
		t.Cleanup(func() { db.Close() })
		return db
	}})
}

// Squirrel's cache prepares each text once, and executes it under every scope.
func TestConformancePrepared(t *testing.T) {
	suite.Run(t, suite.Library{Open: func(t *testing.T, db *sql.DB) suite.Shop {
		cache := sq.NewStmtCache(db)
		t.Cleanup(func() {
			if err := cache.Clear(); err != nil {
				t.Error(err)
			}
		})
		return shop{db, db, sq.StatementBuilder.PlaceholderFormat(sq.Dollar).RunWith(cache)}
	}})
}
