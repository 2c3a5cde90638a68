package suite

import (
	"testing"

	"github.com/softdelete-go/softdelete/internal/pgtemp"
)

func TestMain(m *testing.M) { pgtemp.Main(m) }

// database/sql itself, which is also what the libraries are compared with.
func TestDatabaseSQL(t *testing.T) { Run(t, Library{Open: Reference}) }

func TestPains(t *testing.T) { Pains(t, Library{Open: Reference}, nil) }
