package squirrelshop

import (
	"database/sql"
	"testing"

	sq "github.com/Masterminds/squirrel"

	"github.com/softdelete-go/softdelete/internal/pgtemp"
	"github.com/softdelete-go/softdelete/orm/suite"
)

func TestMain(m *testing.M) { pgtemp.Main(m) }

func open(_ *testing.T, db *sql.DB) suite.Shop { return New(db) }

func TestConformance(t *testing.T) { suite.Run(t, suite.Library{Open: open}) }

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
