package equivalence

import (
	"context"
	"testing"
	"time"

	"github.com/softdelete-go/softdelete/internal/pgtemp"
)

func TestSpeed(t *testing.T) {
	ctx := context.Background()
	srv := pgtemp.Shared(t)
	if err := makeRoles(ctx, srv); err != nil {
		t.Fatal(err)
	}
	p, err := newPair(ctx, srv)
	if err != nil {
		t.Fatal(err)
	}
	var build, load, run, genT time.Duration
	n := 0
	tl := newTally()
	for e := range 5 {
		g := newEpisode(77, e)
		s := time.Now()
		if err := p.build(ctx, g.s); err != nil {
			t.Fatal(err)
		}
		build += time.Since(s)
		for i := range 220 {
			if i%40 == 0 {
				s := time.Now()
				if err := p.load(ctx); err != nil {
					t.Fatal(err)
				}
				load += time.Since(s)
			}
			s := time.Now()
			u := g.unit()
			genT += time.Since(s)
			s = time.Now()
			if _, err := p.run(ctx, &u, tl); err != nil {
				t.Fatal(err)
			}
			if d := time.Since(s); d > 200*time.Millisecond {
				x, _ := u.steps[0].sql()
				t.Log(d, x)
			}
			run += time.Since(s)
			n++
		}
	}
	t.Logf("build %v load %v gen %v run %v units %d stmts %d", build, load, genT, run, n, tl.statements)
}
