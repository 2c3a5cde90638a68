package cascades

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/equivalence"
)

// Options is what [Run] does.
type Options struct {
	Server   equivalence.Server
	Seed     uint64        // what is generated; the same seed generates the same
	Deletes  int           // how many, at least
	Restores int           // how many of them are restored, at least
	Workers  int           // pairs of databases side by side; default 2
	Limit    int           // stop after so many faults; default 10
	NoShrink bool          // report faults as they were found
	Progress io.Writer     // a line now and then; nil: none
	Every    time.Duration // between lines; default 5s

	spoil func(*softdelete.Policy)
}

// An episode is one schema. Episode e of a seed is the same whatever else runs.
const (
	loadsPerEpisode = 12
	stepsPerLoad    = 40

	shrunkPerClass = 2 // faults; the others of a class are reported as they are
)

// Report is the result of [Run].
type Report struct {
	Seed       uint64
	Schemas    int
	Statements int
	Elapsed    time.Duration

	Deletes   int            // that were compared
	Spellings map[string]int // deletes by their spelling
	Rows      int            // that they deleted
	Depths    map[int]int    // deletes that deleted something, by the length of the longest cascade
	Inserts   int
	Updates   int
	Restores  int // deletes that were taken back, and all rows were what they had been
	Restored  int // rows
	Later     int // of these restores, those with other statements in between; their judge is a model
	Blocked   int // restores that had to be refused, and were

	// Foreign keys that were violated, alike on both sides, by what noticed it: the
	// action of the key in a delete, or the write of a child.
	Violations map[string]int
	Errors     map[string]int // other errors, alike on both sides, by SQLSTATE
	Order      map[string]int // PostgreSQL's answer depends on order, and is ours in another one
	Known      map[string]int // documented limits
	Refused    map[string]int // by the driver's reason
	Policies   map[string]int // schemas that no policy can describe, by the remedy of its error
	Faults     []Fault
}

// Fault is a disagreement that nothing excuses.
type Fault struct {
	Episode int
	Class   string
	What    string
	Script  string // reproduces it
}

func (f Fault) String() string {
	return fmt.Sprintf("--- episode %d, %s: %s\n%s", f.Episode, f.Class, f.What, f.Script)
}

// Run generates statements and compares both sides. The error is the harness's
// own; faults are in the report.
func Run(ctx context.Context, o Options) (*Report, error) {
	if o.Workers <= 0 {
		o.Workers = 2
	}
	if o.Limit <= 0 {
		o.Limit = 10
	}
	if o.Every <= 0 {
		o.Every = 5 * time.Second
	}
	r := &runner{Options: o, start: time.Now(), report: Report{
		Seed: o.Seed, Spellings: map[string]int{}, Depths: map[int]int{}, Violations: map[string]int{},
		Errors: map[string]int{}, Order: map[string]int{}, Known: map[string]int{}, Refused: map[string]int{}, Policies: map[string]int{},
	}}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var work sync.WaitGroup
	errs := make([]error, o.Workers)
	for w := range o.Workers {
		work.Go(func() {
			if errs[w] = r.work(ctx); errs[w] != nil {
				cancel()
			}
		})
	}
	done := make(chan struct{})
	var progress sync.WaitGroup
	if o.Progress != nil {
		progress.Go(func() { r.show(done) })
	}
	work.Wait()
	close(done)
	progress.Wait()
	r.report.Elapsed = time.Since(r.start)
	return &r.report, errors.Join(errs...)
}

type runner struct {
	Options
	start time.Time

	mu      sync.Mutex
	episode int
	report  Report
}

// full reports whether there are as many faults as wanted.
func (r *runner) full() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.report.Faults) >= r.Limit
}

// next hands out episodes.
func (r *runner) next() (episode int, more bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.report.Faults) >= r.Limit || r.report.Deletes >= r.Deletes && r.report.Restores >= r.Restores {
		return 0, false
	}
	r.episode++
	return r.episode, true
}

func (r *runner) work(ctx context.Context) (err error) {
	p, err := newPair(ctx, r.Server)
	if err != nil {
		return err
	}
	p.spoil = r.spoil
	defer func() { err = errors.Join(err, p.close()) }()
	for {
		e, more := r.next()
		if !more || ctx.Err() != nil {
			return ctx.Err()
		}
		if err := r.runEpisode(ctx, p, e); err != nil {
			return fmt.Errorf("seed %d, episode %d: %w", r.Seed, e, err)
		}
	}
}

func newPair(ctx context.Context, s equivalence.Server) (*pair, error) {
	n := fmt.Sprintf("cascades_%d_%x", os.Getpid(), rand.Uint32())
	for _, half := range []string{"ours", "twin"} {
		if err := s.CreateDatabase(ctx, n+"_"+half); err != nil {
			return nil, err
		}
	}
	return &pair{oursDSN: s.DSN(n + "_ours"), twinDSN: s.DSN(n + "_twin")}, nil
}

// scriptOn runs several statements on a connection of their own.
func scriptOn(ctx context.Context, dsn, text string) error {
	c, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	return errors.Join(script(ctx, c, text), c.Close(ctx))
}

func (r *runner) runEpisode(ctx context.Context, p *pair, episode int) error {
	rng := rand.New(rand.NewPCG(r.Seed, uint64(episode)))
	s, refused := newSchema(rng)
	if err := p.build(ctx, s); err != nil {
		return err
	}
	for range loadsPerEpisode {
		if r.full() {
			return nil
		}
		if err := r.runLoad(ctx, p, rng, episode); err != nil {
			return err
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.report.Schemas++
	for _, err := range refused {
		var problem *softdelete.PolicyError
		if errors.As(err, &problem) {
			r.report.Policies[s.nameless(problem.Remedy)]++
		}
	}
	return nil
}

// runLoad fills the tables and runs statements until few rows are left.
func (r *runner) runLoad(ctx context.Context, p *pair, rng *rand.Rand, episode int) error {
	s := p.schema
	if err := p.load(ctx, &snapshot{live: s.firstRows(rng), dead: make([][]deadRow, len(s.tables))}); err != nil {
		return err
	}
	g := &gen{r: rng, s: s, now: p.now}
	for range s.tables {
		g.next = append(g.next, 1000)
	}
	enough := p.now.rows() / 3
	first := p.now
	var log, all []*statement
	var base *snapshot
	for n := 0; n < stepsPerLoad || p.inside; n++ {
		if !p.inside {
			if base, log = p.now, nil; p.now.rows() < enough {
				return nil
			}
		}
		st := g.step(p.failed)
		log, all = append(log, st), append(all, st)
		v, err := p.step(ctx, rng, st)
		if err != nil {
			return fmt.Errorf("%w\nafter: %s", err, st)
		}
		r.add(s, st, v)
		g.now = p.now
		if v.class != "" && v.order == "" && v.known == "" {
			if st.purpose == restores {
				base, log = first, all // it needs the journal
			}
			return r.fault(ctx, p, episode, &problem{s, base, log}, v)
		}
		if v.unsettled {
			return nil
		}
	}
	return nil
}

func (r *runner) fault(ctx context.Context, p *pair, episode int, x *problem, v verdict) error {
	f := Fault{Episode: episode, Class: v.class, What: v.what, Script: x.log[len(x.log)-1].String() + "\n"}
	r.mu.Lock()
	known := 0
	for _, other := range r.report.Faults {
		if other.Class == f.Class {
			known++
		}
	}
	if r.NoShrink {
		known = shrunkPerClass
	}
	if known >= shrunkPerClass {
		r.report.Faults = append(r.report.Faults, f)
	}
	r.mu.Unlock()
	if known >= shrunkPerClass {
		return nil
	}
	small, err := p.shrink(ctx, x, v.class)
	if err != nil {
		return err
	}
	if f.Script = small.problem.String(); small.what == "" {
		small.what = "(not seen again) " + v.what
	}
	f.What = small.what
	if r.Progress != nil {
		fmt.Fprintln(r.Progress, f)
	}
	r.mu.Lock()
	r.report.Faults = append(r.report.Faults, f)
	r.mu.Unlock()
	return p.build(ctx, x.schema)
}

func (r *runner) add(s *schema, st *statement, v verdict) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := &r.report
	p.Statements++
	switch {
	case v.refused != "":
		p.Refused[s.nameless(v.refused)]++
		return
	case v.known != "":
		p.Known[v.known]++
		return
	case st.purpose == deletes || st.purpose == several:
		p.Deletes++
		p.Spellings[st.spelling]++
	case st.purpose == inserts:
		p.Inserts++
	case st.purpose == updates:
		p.Updates++
	}
	if v.order != "" {
		p.Order[v.order]++
		return
	}
	if err := v.outcome.err; err != nil {
		f := s.key(err.ConstraintName)
		switch {
		case err.Code != "23503" && err.Code != "23001" || f == nil: // foreign_key_violation; restrict_violation, from 18 on
			p.Errors[err.Code]++
		case strings.HasPrefix(err.Message, "insert"):
			p.Violations["a child's write, "+f.action.String()]++
		default:
			p.Violations[f.action.String()]++
		}
		return
	}
	n := 0
	for _, rows := range v.deleted {
		n += len(rows)
	}
	if p.Rows += n; n > 0 && st.purpose == deletes {
		p.Depths[s.depth(st.target, v.deleted)]++
	}
	if v.restored > 0 {
		p.Restores++
		p.Restored += v.restored
	}
	if st.purpose == restores && v.restored > 0 {
		p.Later++
	}
	if v.blocked {
		p.Blocked++
	}
}

// nameless is a message without names of tables.
func (s *schema) nameless(message string) string {
	var pairs []string
	for _, t := range s.tables {
		pairs = append(pairs, " "+t.policyName()+" ", " … ", " "+t.policyName()+",", " …,")
	}
	return strings.NewReplacer(pairs...).Replace(message)
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
			p := &r.report
			fmt.Fprintf(r.Progress, "%d/%d deletes, %d/%d restores, %d schemas, %.0f statements/s, %d order-dependent, %d refused, %d faults\n",
				p.Deletes, r.Deletes, p.Restores, r.Restores, p.Schemas, float64(p.Statements)/time.Since(r.start).Seconds(), sum(p.Order), sum(p.Refused), len(p.Faults))
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

// String is the report for people.
func (p *Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "seed %d: %d statements on %d schemas, %.0fs, %.0f statements/s\n", p.Seed, p.Statements, p.Schemas, p.Elapsed.Seconds(),
		float64(p.Statements)/max(p.Elapsed.Seconds(), 0.001))
	fmt.Fprintf(&b, "deletes: %d, which deleted %d rows\n", p.Deletes, p.Rows)
	for _, d := range slices.Sorted(maps.Keys(p.Depths)) {
		fmt.Fprintf(&b, "  %7d  with cascades %d deep\n", p.Depths[d], d)
	}
	counts := func(title string, m map[string]int) {
		fmt.Fprintf(&b, "%s: %d\n", title, sum(m))
		keys := slices.Sorted(maps.Keys(m))
		slices.SortStableFunc(keys, func(x, y string) int { return m[y] - m[x] })
		for _, k := range keys {
			fmt.Fprintf(&b, "  %7d  %s\n", m[k], k)
		}
	}
	counts("deletes by spelling", p.Spellings)
	fmt.Fprintf(&b, "restores: %d, of %d rows; %d with other statements in between; %d refused, as they had to be\n", p.Restores, p.Restored, p.Later, p.Blocked)
	fmt.Fprintf(&b, "inserts: %d, updates: %d\n", p.Inserts, p.Updates)
	counts("violated foreign keys", p.Violations)
	counts("other errors", p.Errors)
	counts("order-dependent", p.Order)
	counts("documented limits", p.Known)
	counts("refused", p.Refused)
	counts("refused policies", p.Policies)
	fmt.Fprintf(&b, "faults: %d\n", len(p.Faults))
	for _, f := range p.Faults {
		fmt.Fprintf(&b, "\n%s", f)
	}
	return b.String()
}
