package cascades

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/internal/pgtemp"
)

// history is a random one, of the driver's side alone.
type history struct {
	t     *testing.T
	pair  *pair
	rng   *rand.Rand
	gen   *gen
	count *purgeCount
}

// histories runs one over each of so many random schemas.
func histories(t *testing.T, schemas int, seed uint64, run func(context.Context, *history, *schema) error) {
	t.Helper()
	ctx := context.Background()
	p, err := newPair(ctx, pgtemp.Shared(t))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := p.close(); err != nil {
			t.Error(err)
		}
	}()
	for i := range schemas {
		rng := rand.New(rand.NewPCG(seed, uint64(i)))
		s, _ := newSchema(rng)
		if err := run(ctx, &history{t: t, pair: p, rng: rng, count: &purgeCount{}}, s); err != nil {
			t.Fatalf("schema %d: %v\n%s", i, err, s.script(true))
		}
	}
}

// begin makes the tables of the schema, and the first rows.
func (h *history) begin(ctx context.Context, s *schema) error {
	p := h.pair
	if err := p.build(ctx, s); err != nil {
		return err
	}
	if err := p.ours.script(ctx, "DROP TABLE IF EXISTS public.softdelete_holds;"+softdelete.HoldDDL); err != nil {
		return err
	}
	if err := p.load(ctx, &snapshot{live: s.firstRows(h.rng), dead: make([][]deadRow, len(s.tables))}); err != nil {
		return err
	}
	h.gen = &gen{r: h.rng, s: s, now: p.now}
	for range s.tables {
		h.gen.next = append(h.gen.next, 1000)
	}
	return nil
}

// step executes a statement on our side, whatever comes of it.
func (h *history) step(ctx context.Context) (err error) {
	st, x := h.gen.statement(), h.pair.ours
	h.count.statements++
	if st.purpose == restores {
		t := h.pair.schema.tables[st.target]
		key := make([]any, len(t.key))
		for i, c := range t.key {
			key[i] = t.columns[c].arg(st.key[i])
		}
		n, err := softdelete.Restore(ctx, x.conn, t.policyName(), key...)
		if err != nil && !errors.Is(err, softdelete.ErrRefused) {
			return fmt.Errorf("%s: %w", st, err)
		}
		h.count.restored += int(n)
	} else if _, err := x.run(ctx, st); err != nil {
		return err
	}
	h.gen.now, err = x.snapshot(ctx)
	return err
}
