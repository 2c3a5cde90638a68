package sqlboilershop

import (
	"database/sql"
	"testing"

	"github.com/softdelete-go/softdelete/internal/pgtemp"
	ownshop "github.com/softdelete-go/softdelete/orm/sqlboiler/own"
	"github.com/softdelete-go/softdelete/orm/suite"
)

func TestMain(m *testing.M) { pgtemp.Main(m) }

var library = suite.Library{
	Open:    func(_ *testing.T, db *sql.DB) suite.Shop { return New(db) },
	OpenOwn: func(_ *testing.T, db *sql.DB) suite.Shop { return ownshop.New(db) },
}

func TestConformance(t *testing.T) { suite.Run(t, library) }
