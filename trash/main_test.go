package trash

import (
	"testing"

	"github.com/softdelete-go/softdelete/internal/pgtemp"
)

func TestMain(m *testing.M) { pgtemp.Main(m) }
