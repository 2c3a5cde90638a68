package gormshop

import (
	"database/sql"
	"testing"

	"gorm.io/gorm"

	"github.com/softdelete-go/softdelete/internal/pgtemp"
	"github.com/softdelete-go/softdelete/orm/gorm/marked"
	"github.com/softdelete-go/softdelete/orm/suite"
)

func TestMain(m *testing.M) { pgtemp.Main(m) }

func TestConformance(t *testing.T) { suite.Run(t, library(gorm.Config{})) }

// With the two settings that GORM's documentation recommends for speed. A statement is then
// prepared once, under one scope, and executed under others.
func TestConformancePrepared(t *testing.T) {
	suite.Run(t, library(gorm.Config{PrepareStmt: true, SkipDefaultTransaction: true}))
}

func library(config gorm.Config) suite.Library {
	with := func(open func(*sql.DB, gorm.Config) (suite.Shop, error)) func(*testing.T, *sql.DB) suite.Shop {
		return func(t *testing.T, pool *sql.DB) suite.Shop {
			t.Helper()
			s, err := open(pool, config)
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
	}
	return suite.Library{Open: with(New), OpenOwn: with(marked.New)}
}
