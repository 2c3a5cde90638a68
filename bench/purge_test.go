package main

import (
	"strings"
	"testing"
	"time"

	"github.com/softdelete-go/softdelete/internal/pgtemp"
)

// The measurement itself, small: all dead rows go while transactions succeed.
func TestPurgeBesideTraffic(t *testing.T) {
	e := purgeEffort{users: 100, dead: 1000, alone: 300 * time.Millisecond, rate: 200, batch: 50, share: 0.5}
	r, err := e.on(t.Context(), pgtemp.NewDatabase(t))
	if err != nil {
		t.Fatal(err)
	}
	if r.rows != 1000 || len(r.before) == 0 || len(r.during) == 0 || len(r.after) == 0 {
		t.Errorf("%d rows; %d, %d and %d transactions", r.rows, len(r.before), len(r.during), len(r.after))
	}
	var b strings.Builder
	if err := r.write(&b); err != nil || !strings.Contains(b.String(), "1000 rows purged in ") || !strings.Contains(b.String(), "\n| during | ") {
		t.Errorf("%s, %v", b.String(), err)
	}
}
