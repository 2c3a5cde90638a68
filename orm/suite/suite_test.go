package suite

import (
	"database/sql"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/softdelete-go/softdelete/internal/pgtemp"
)

func TestMain(m *testing.M) { pgtemp.Main(m) }

// database/sql itself, which is also what the libraries are compared with.
func TestDatabaseSQL(t *testing.T) { Run(t, Library{Open: Reference}) }

// Each of pgx's modes of execution but the default, which all other tests have.
func TestExecModes(t *testing.T) {
	for _, mode := range []string{"cache_describe", "describe_exec", "exec", "simple_protocol"} {
		t.Run(mode, func(t *testing.T) {
			Run(t, Library{Open: Reference, Connect: func(t *testing.T, dsn string, isSoft bool) *sql.DB {
				return Library{}.connect(isSoft)(t, with(dsn, "default_query_exec_mode="+mode))
			}})
		})
	}
}

// PgBouncer in transaction mode.
func TestPgBouncer(t *testing.T) {
	p, err := pgtemp.Shared(t).StartPooler(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Stop(); err != nil {
			t.Error(err)
		}
	})
	for _, mode := range []string{"exec", "simple_protocol"} {
		t.Run(mode, func(t *testing.T) {
			Run(t, Library{Open: Reference, Connect: func(t *testing.T, dsn string, isSoft bool) *sql.DB {
				return Library{}.connect(isSoft)(t, with(p.DSN(database(t, dsn)), "default_query_exec_mode="+mode))
			}})
		})
	}
}

func with(dsn, setting string) string {
	switch {
	case !strings.Contains(dsn, "://"):
		return dsn + " " + setting
	case strings.Contains(dsn, "?"):
		return dsn + "&" + setting
	}
	return dsn + "?" + setting
}

func database(t *testing.T, dsn string) string {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	return config.Database
}

func TestPains(t *testing.T) { Pains(t, Library{Open: Reference}, nil) }
