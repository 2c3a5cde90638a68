package pgxshop

import (
	"database/sql"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/internal/pgtemp"
	"github.com/softdelete-go/softdelete/orm/sqlc/pgxdb"
	"github.com/softdelete-go/softdelete/orm/suite"
	"github.com/softdelete-go/softdelete/softpgx"
)

func TestMain(m *testing.M) { pgtemp.Main(m) }

// open opens the database of db without database/sql: with the policy where db has it.
func open(t *testing.T, db *sql.DB) suite.Shop {
	t.Helper()
	one, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer one.Close()
	dsn := ""
	if err := one.Raw(func(dc any) error {
		dsn = softdelete.Unwrap(dc).(*stdlib.Conn).Conn().Config().ConnString()
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if _, ours := softdelete.StatsOf(db); !ours {
		p, err := pgxpool.New(t.Context(), dsn)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(p.Close)
		return shop{p, pgxdb.New(p)}
	}
	p, err := softpgx.New(t.Context(), dsn, suite.Policy())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return shop{p, pgxdb.New(p)}
}

func TestConformance(t *testing.T) { suite.Run(t, suite.Library{Open: open}) }

func TestPains(t *testing.T) { suite.Pains(t, suite.Library{Open: open}, nil) }
