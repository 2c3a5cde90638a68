package sqlxshop

import (
	"database/sql"
	"testing"

	"github.com/softdelete-go/softdelete/internal/pgtemp"
	"github.com/softdelete-go/softdelete/orm/suite"
)

func TestMain(m *testing.M) { pgtemp.Main(m) }

var library = suite.Library{Open: func(_ *testing.T, pool *sql.DB) suite.Shop { return New(pool) }}

func TestConformance(t *testing.T) { suite.Run(t, library) }

// sqlx has no soft delete of its own, and so none of its pains.
func TestPains(t *testing.T) { suite.Pains(t, library, nil) }
