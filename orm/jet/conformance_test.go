package jetshop

import (
	"database/sql"
	"testing"

	"github.com/go-jet/jet/v2/stmtcache"

	"github.com/softdelete-go/softdelete/internal/pgtemp"
	"github.com/softdelete-go/softdelete/orm/suite"
)

func TestMain(m *testing.M) { pgtemp.Main(m) }

func open(_ *testing.T, db *sql.DB) suite.Shop { return New(db) }

func TestConformance(t *testing.T) { suite.Run(t, suite.Library{Open: open}) }

// With go-jet's cache of prepared statements: a text is prepared once, and executed under
// every scope.
func TestConformancePrepared(t *testing.T) {
	suite.Run(t, suite.Library{Open: func(t *testing.T, db *sql.DB) suite.Shop {
		cached := stmtcache.New(db)
		t.Cleanup(func() {
			if err := cached.ClearCache(); err != nil {
				t.Error(err)
			}
		})
		return NewCached(cached)
	}})
}

func TestPains(t *testing.T) { suite.Pains(t, suite.Library{Open: open}, nil) }
