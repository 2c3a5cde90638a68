package equivalence

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// Server is a PostgreSQL server on which databases can be made; the role of the
// DSN must be a superuser. internal/pgtemp's is one.
type Server interface {
	DSN(database string) string
	CreateDatabase(ctx context.Context, name string) error
}

// Config is what [Run] does.
type Config struct {
	Server     Server
	Seed       uint64        // what is generated; the same seed generates the same
	Seeds      int           // how many seeds, counted up from Seed; default 1
	Statements int           // how many for each seed, at least; its last episode is completed
	Workers    int           // pairs of databases side by side, with 8 connections each; default two for each CPU, at most 8
	Out        string        // the folder for shrunk divergences; "" writes none
	Limit      int           // stop after so many divergences; default 10
	NoShrink   bool          // report divergences as they were found
	Progress   io.Writer     // a line now and then; nil: none
	Every      time.Duration // between lines; default 2s
}

// An episode is one schema with its rows and a number of units. Episode e of
// seed s is the same whatever else runs, and which episodes run does not depend
// on how fast they are.
type episode struct {
	seed   uint64
	number int // from 1
	schema *schema
	units  []generated
}

// generated is a unit with the features it has.
type generated struct {
	unit
	features map[string]bool
}

const (
	unitsPerEpisode = 300
	unitsPerLoad    = 50 // after so many units the tables get their first rows again
)

// newEpisode generates an episode.
func newEpisode(seed uint64, number int) *episode {
	rng := rand.New(rand.NewPCG(seed, uint64(number)))
	// What takes turns does so over episodes and over seeds: one episode of each of
	// many seeds has everything too.
	turn := int((seed + uint64(number)) % 60)
	g := &gen{r: rng, s: newSchema(rng, turn), fresh: 2 * firstFresh}
	e := &episode{seed: seed, number: number, schema: g.s}
	// Refusals test nothing but themselves: one in an episode, each kind in turn.
	refusal := g.n(unitsPerEpisode)
	for i := range unitsPerEpisode {
		g.features = map[string]bool{}
		var u unit
		if i == refusal {
			u = g.refused(turn)
		} else {
			u = g.unit()
		}
		e.units = append(e.units, generated{u, g.features})
	}
	return e
}

// statements is how many an episode has.
func (e *episode) statements() (n int) {
	for _, u := range e.units {
		for i := range u.steps {
			n += u.steps[i].statements()
		}
	}
	return n
}

// Report is the result of [Run].
type Report struct {
	Seed        uint64
	Seeds       int
	Statements  int
	Episodes    int
	Elapsed     time.Duration
	Oracle      int            // reads that row-level security judged as well
	Failed      int            // statements that failed, alike on both sides
	Invalid     int            // of these, those that PostgreSQL rejects without running them
	Codes       map[string]int // how often each SQLSTATE
	Features    map[string]int // units that had the feature
	Refused     map[string]int // by reason
	OnPurpose   map[string]int // refused by reason, generated to be refused
	Blocked     int            // statements that failed on the key of a deleted row, as documented
	Divergences []Divergence
}

// Divergence is one disagreement between the driver and its judge.
type Divergence struct {
	Class     string
	What      string
	Statement string // as it was found
	Seed      uint64
	Episode   int
	Case      *Case // shrunk; nil if it was not
	File      string
}

// Run generates statements and runs them on both databases. The error is the
// harness's own; divergences are in the report.
func Run(ctx context.Context, c Config) (*Report, error) {
	if c.Workers <= 0 {
		// Half of them wait for an answer.
		c.Workers = min(2*runtime.GOMAXPROCS(0), 8)
	}
	c.Seeds = max(1, c.Seeds)
	if c.Limit <= 0 {
		c.Limit = 10
	}
	if c.Every <= 0 {
		c.Every = 2 * time.Second
	}
	r := &runner{Config: c, start: time.Now(), report: Report{
		Seed: c.Seed, Seeds: c.Seeds, Codes: map[string]int{}, Features: map[string]int{},
		Refused: map[string]int{}, OnPurpose: map[string]int{},
	}}
	ctx, r.cancel = context.WithCancel(ctx)
	defer r.cancel()
	if err := makeRoles(ctx, c.Server); err != nil {
		return nil, err
	}
	episodes := make(chan *episode)
	go r.plan(ctx, episodes)
	var work sync.WaitGroup
	errs := make([]error, c.Workers)
	for w := range c.Workers {
		work.Add(1)
		go func() {
			defer work.Done()
			if err := r.work(ctx, episodes); err != nil && !r.stopped() {
				errs[w] = err
				r.cancel()
			}
		}()
	}
	done := make(chan struct{})
	var progress sync.WaitGroup
	if c.Progress != nil {
		progress.Add(1)
		go func() {
			defer progress.Done()
			r.show(done)
		}()
	}
	work.Wait()
	close(done)
	progress.Wait()
	r.report.Elapsed = time.Since(r.start)
	return &r.report, errors.Join(errs...)
}

func makeRoles(ctx context.Context, s Server) error {
	conn, err := pgx.Connect(ctx, s.DSN("postgres"))
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, createRoles)
	return errors.Join(err, conn.Close(ctx))
}

type runner struct {
	Config
	start  time.Time
	cancel context.CancelFunc

	mu     sync.Mutex
	full   bool // as many divergences as wanted
	report Report
}

func (r *runner) stopped() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.full
}

// plan generates the episodes of all seeds, in order.
func (r *runner) plan(ctx context.Context, to chan<- *episode) {
	defer close(to)
	for i := range r.Seeds {
		for n, number := 0, 1; n < r.Statements; number++ {
			e := newEpisode(r.Seed+uint64(i), number)
			n += e.statements()
			select {
			case to <- e:
			case <-ctx.Done():
				return
			}
		}
	}
}

// newPair makes two databases of random names.
func newPair(ctx context.Context, s Server) (*pair, error) {
	n := fmt.Sprintf("equivalence_%d_%x", os.Getpid(), rand.Uint32())
	for _, half := range []string{"ours", "twin"} {
		if err := s.CreateDatabase(ctx, n+"_"+half); err != nil {
			return nil, err
		}
	}
	return &pair{oursDSN: s.DSN(n + "_ours"), twinDSN: s.DSN(n + "_twin")}, nil
}

func (r *runner) work(ctx context.Context, episodes <-chan *episode) (err error) {
	p, err := newPair(ctx, r.Server)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	for e := range episodes {
		if err := r.runEpisode(ctx, p, e); err != nil {
			return fmt.Errorf("seed %d, episode %d: %w", e.seed, e.number, err)
		}
	}
	return ctx.Err()
}

func (r *runner) runEpisode(ctx context.Context, p *pair, e *episode) error {
	if err := p.build(ctx, e.schema); err != nil {
		return err
	}
	var before []unit // since the rows were loaded
	for i := range e.units {
		if i%unitsPerLoad == 0 {
			before = nil
			if err := p.load(ctx); err != nil {
				return err
			}
		}
		u := e.units[i].unit
		t := newTally()
		d, err := p.run(ctx, &u, t)
		if err != nil {
			return err
		}
		r.add(t, e.units[i].features)
		if d == nil {
			before = append(before, u)
			continue
		}
		found := Divergence{Class: d.class, What: d.what, Statement: d.text, Seed: e.seed, Episode: e.number}
		if !r.NoShrink {
			if err := r.shrink(ctx, p, e.schema, before, u, d, &found); err != nil {
				return err
			}
		}
		if full := r.diverged(found); full {
			return nil
		}
		before = nil
		if err := p.load(ctx); err != nil {
			return err
		}
	}
	r.mu.Lock()
	r.report.Episodes++
	r.mu.Unlock()
	return nil
}

func (r *runner) add(t *tally, features map[string]bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.report.Statements += t.statements
	r.report.Oracle += t.oracle
	r.report.Failed += t.failed
	r.report.Invalid += t.invalid
	r.report.Blocked += t.blocked
	for f := range features {
		r.report.Features[f]++
	}
	for _, m := range []struct{ to, from map[string]int }{{r.report.Codes, t.codes}, {r.report.Refused, t.refused}, {r.report.OnPurpose, t.onPurpose}} {
		for k, n := range m.from {
			m.to[k] += n
		}
	}
}

func (r *runner) diverged(d Divergence) (full bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if d.Case != nil && r.Out != "" {
		d.File = filepath.Join(r.Out, fmt.Sprintf("seed%d_episode%d_%d.sql", d.Seed, d.Episode, len(r.report.Divergences)+1))
		if err := os.WriteFile(d.File, []byte(d.Case.String()), 0o644); err != nil {
			d.File = err.Error()
		}
	}
	r.report.Divergences = append(r.report.Divergences, d)
	if len(r.report.Divergences) >= r.Limit {
		r.full = true
		r.cancel()
	}
	return r.full
}

// show writes a line now and then.
func (r *runner) show(done <-chan struct{}) {
	tick := time.NewTicker(r.Every)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return
		case <-tick.C:
			r.mu.Lock()
			total := r.Statements * r.Seeds
			n, rate := r.report.Statements, float64(r.report.Statements)/time.Since(r.start).Seconds()
			const width = 30
			filled := min(width, width*n/max(1, total))
			fmt.Fprintf(r.Progress, "[%s%s] %d/%d statements, %.0f/s, %d features, %d divergences, %d refused\n", strings.Repeat("#", filled),
				strings.Repeat("-", width-filled), n, total, rate, len(r.report.Features), len(r.report.Divergences), sum(r.report.Refused))
			r.mu.Unlock()
		}
	}
}

func sum(m map[string]int) (n int) {
	for _, v := range m {
		n += v
	}
	return n
}

// Missing returns the features of the generator that no statement had.
func (r *Report) Missing() []string {
	var out []string
	for _, f := range Features {
		if r.Features[f] == 0 {
			out = append(out, f)
		}
	}
	return out
}

// String is the report for people.
func (r *Report) String() string {
	var b strings.Builder
	rate := float64(r.Statements) / max(r.Elapsed.Seconds(), 0.001)
	seeds := fmt.Sprintf("seed %d", r.Seed)
	if r.Seeds > 1 {
		seeds = fmt.Sprintf("seeds %d to %d", r.Seed, r.Seed+uint64(r.Seeds-1))
	}
	fmt.Fprintf(&b, "%s: %d statements in %d complete episodes, %.1fs, %.0f statements/s\n", seeds, r.Statements, r.Episodes, r.Elapsed.Seconds(), rate)
	fmt.Fprintf(&b, "judged by row-level security as well: %d reads\n", r.Oracle)
	fmt.Fprintf(&b, "failed alike on both sides: %d (%.1f%%), rejected without running: %d (%.1f%%)\n", r.Failed, r.share(r.Failed), r.Invalid, r.share(r.Invalid))
	fmt.Fprintf(&b, "failed on a key that a deleted row holds: %d (%.2f%%)\n", r.Blocked, r.share(r.Blocked))
	counts := func(title string, m map[string]int) {
		fmt.Fprintf(&b, "%s: %d (%.2f%%)\n", title, sum(m), r.share(sum(m)))
		keys := slices.Sorted(maps.Keys(m))
		slices.SortStableFunc(keys, func(x, y string) int { return m[y] - m[x] })
		for _, k := range keys {
			fmt.Fprintf(&b, "  %6d  %s\n", m[k], k)
		}
	}
	counts("errors by SQLSTATE", r.Codes)
	fmt.Fprintf(&b, "features: %d of %d\n", len(Features)-len(r.Missing()), len(Features))
	for _, f := range slices.Sorted(maps.Keys(r.Features)) {
		fmt.Fprintf(&b, "  %6d  %s\n", r.Features[f], f)
	}
	for _, f := range r.Missing() {
		fmt.Fprintf(&b, "       0  %s\n", f)
	}
	counts("refused", r.Refused)
	counts("refused, and generated for that", r.OnPurpose)
	fmt.Fprintf(&b, "divergences: %d\n", len(r.Divergences))
	for _, d := range r.Divergences {
		fmt.Fprintf(&b, "\n--- seed %d, episode %d, %s: %s\n", d.Seed, d.Episode, d.Class, d.What)
		if d.Case != nil {
			fmt.Fprintf(&b, "%s\n", d.Case)
			if d.File != "" {
				fmt.Fprintf(&b, "written to %s\n", d.File)
			}
		} else {
			fmt.Fprintf(&b, "statement: %s\n", d.Statement)
		}
	}
	return b.String()
}

func (r *Report) share(n int) float64 { return 100 * float64(n) / float64(max(1, r.Statements)) }
