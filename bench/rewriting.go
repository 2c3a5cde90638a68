package main

import (
	"context"
	"database/sql/driver"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"strings"
	"time"

	pg "github.com/pganalyze/pg_query_go/v5"

	"github.com/softdelete-go/softdelete"
)

// nullConn answers at once, so that what remains is the share of what stands
// before it.
type nullConn struct{}

func (nullConn) ExecContext(context.Context, string, []driver.NamedValue) (driver.Result, error) {
	return driver.RowsAffected(1), nil
}

func (nullConn) QueryContext(context.Context, string, []driver.NamedValue) (driver.Rows, error) {
	return noRows{}, nil
}

func (nullConn) Prepare(string) (driver.Stmt, error) { return nil, driver.ErrSkip }
func (nullConn) Begin() (driver.Tx, error)           { return nil, driver.ErrSkip }
func (nullConn) Close() error                        { return nil }

type noRows struct{}

func (noRows) Columns() []string         { return nil }
func (noRows) Close() error              { return nil }
func (noRows) Next([]driver.Value) error { return io.EOF }

// nullConnector is its own driver.
type nullConnector struct{}

func (nullConnector) Connect(context.Context) (driver.Conn, error) { return nullConn{}, nil }
func (nullConnector) Open(string) (driver.Conn, error)             { return nullConn{}, nil }
func (c nullConnector) Driver() driver.Driver                      { return c }

// session is what statements are sent through.
type session interface {
	driver.ExecerContext
	driver.QueryerContext
}

// forwarder is the least that any wrapper of a connection costs.
type forwarder struct {
	execer  driver.ExecerContext
	queryer driver.QueryerContext
}

func (f *forwarder) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	return f.execer.ExecContext(ctx, query, args)
}

func (f *forwarder) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	return f.queryer.QueryContext(ctx, query, args)
}

// wrapped returns a connection of the softdelete driver over nullConn.
func wrapped(ctx context.Context, opts ...softdelete.Option) (session, error) {
	connector, err := softdelete.WrapConnector(nullConnector{}, policy, opts...)
	if err != nil {
		return nil, err
	}
	conn, err := connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	s, ok := conn.(session)
	if !ok {
		return nil, fmt.Errorf("%T lacks ExecContext or QueryContext", conn)
	}
	return s, nil
}

// The ways in which a text is handled, in the order of the table's columns.
const (
	forward = iota // a plain wrapper passes it on
	hit            // the driver has it in its cache
	shape          // the driver has seen it with another comment at its end
	cold           // the driver has no cache
	parse          // pg_query.Parse alone, which every rewriter that uses it pays at least
	handlings
)

var handlingNames = [handlings]string{forward: "forward", hit: "hit", shape: "shape", cold: "cold", parse: "Parse"}

// rewriting is what was measured of one statement.
type rewriting struct {
	Statement string `json:"statement"`
	Bytes     int    `json:"bytes"`
	Forward   cost   `json:"forward"`
	Hit       cost   `json:"hit"`
	Shape     cost   `json:"shape"`
	Cold      cost   `json:"cold"`
	Parse     cost   `json:"parse"`
	// What the cache holds for each such statement, in bytes: its text, what it is
	// rewritten to, and the edits of its shape.
	Memory float64 `json:"memory"`
	// Both are taken within a round, and then over the rounds.
	HitBeyondForward summary `json:"hit_beyond_forward_ns"`
	ColdOverParse    summary `json:"cold_over_parse"`
}

func (r *rewriting) costs() [handlings]*cost {
	return [handlings]*cost{forward: &r.Forward, hit: &r.Hit, shape: &r.Shape, cold: &r.Cold, parse: &r.Parse}
}

// cost is of one call. What the parser allocates in C does not show in the bytes
// and allocations, which are Go's.
type cost struct {
	Ns     summary  `json:"ns"`
	Bytes  float64  `json:"bytes"`
	Allocs float64  `json:"allocs"`
	rounds []sample // in the order of time
}

// sample is the mean of one round.
type sample struct {
	calls             int
	ns, bytes, allocs float64
}

func newCost(rounds []sample) cost {
	return cost{
		Ns:     summarize(rounds, func(s sample) float64 { return s.ns }),
		Bytes:  summarize(rounds, func(s sample) float64 { return s.bytes }).Median,
		Allocs: summarize(rounds, func(s sample) float64 { return s.allocs }).Median,
		rounds: rounds,
	}
}

func measureRewriting(ctx context.Context, e effort, chosen chooser) ([]rewriting, error) {
	warm, err := wrapped(ctx)
	if err != nil {
		return nil, err
	}
	uncached, err := wrapped(ctx, softdelete.CacheSize(0))
	if err != nil {
		return nil, err
	}
	null := nullConn{}
	plain := &forwarder{null, null}

	var results []rewriting
	for _, s := range statements {
		if !chosen.one("rewriting", s.name) {
			continue
		}
		progress("measuring the rewriting: %s", s.name)
		var calls [handlings]func() error
		for handling, through := range map[int]session{forward: plain, hit: warm, cold: uncached} {
			calls[handling] = send(ctx, through, s, func() string { return s.sql })
		}
		calls[shape] = send(ctx, warm, s, s.varied())
		calls[parse] = func() error {
			_, err := pg.Parse(s.sql)
			return err
		}
		rounds, err := measureCalls(ctx, calls, e)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.name, err)
		}
		r := rewriting{Statement: s.name, Bytes: len(s.sql)}
		if r.Memory, err = memory(s.sql); err != nil {
			return nil, err
		}
		for handling, c := range r.costs() {
			*c = newCost(rounds[handling])
		}
		var beyond, over []float64
		for i := range e.rounds {
			beyond = append(beyond, rounds[hit][i].ns-rounds[forward][i].ns)
			over = append(over, rounds[cold][i].ns/rounds[parse][i].ns)
		}
		r.HitBeyondForward, r.ColdOverParse = newSummary(beyond), newSummary(over)
		results = append(results, r)
	}
	return results, nil
}

// varied returns the statement with another comment each time. To put it behind the
// text is a part of what is measured.
func (s statement) varied() func() string {
	comments := make([]string, 1<<11)
	for i := range comments {
		comments[i] = fmt.Sprintf(" /*traceparent='00-%016x%016x-%016x-01'*/", rand.Uint64(), rand.Uint64(), rand.Uint64())
	}
	i := 0
	return func() string {
		i++
		return s.sql + comments[i%len(comments)] + comments[i/len(comments)%len(comments)]
	}
}

// memory is how much one more statement of this kind takes in the cache.
func memory(sql string) (float64, error) {
	const n = 1000
	r, err := softdelete.NewRewriter(policy)
	if err != nil {
		return 0, err
	}
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	for i := range n {
		// One more WITH query with a name of its own makes each another shape.
		query := fmt.Sprintf("WITH w%d AS (SELECT) ", i)
		another := query + sql
		if head, rest, found := strings.Cut(sql, "WITH "); found {
			another = head + query + ", " + rest
		}
		if _, err := r.Rewrite(context.Background(), another); err != nil {
			return 0, err
		}
	}
	after := heap()
	runtime.KeepAlive(r)
	return (float64(after) - float64(before)) / n, nil
}

func send(ctx context.Context, through session, s statement, text func() string) func() error {
	var args []driver.NamedValue
	for i := range s.args {
		args = append(args, driver.NamedValue{Ordinal: i + 1, Value: int64(7)})
	}
	if s.exec {
		return func() error {
			_, err := through.ExecContext(ctx, text(), args)
			return err
		}
	}
	return func() error {
		rows, err := through.QueryContext(ctx, text(), args)
		if err != nil {
			return err
		}
		return rows.Close()
	}
}

// measureCalls lets every way have its turn in every round, in a random order:
// what else the machine does changes from second to second, and then falls on
// all of them.
func measureCalls(ctx context.Context, calls [handlings]func() error, e effort) (rounds [handlings][]sample, err error) {
	var counts [handlings]int
	for i, call := range calls {
		if counts[i], err = callsWithin(e.block, call); err != nil {
			return rounds, err
		}
	}
	for range e.rounds {
		if err := ctx.Err(); err != nil {
			return rounds, err
		}
		for _, i := range rand.Perm(handlings) {
			s, err := measureBlock(counts[i], calls[i])
			if err != nil {
				return rounds, err
			}
			rounds[i] = append(rounds[i], s)
		}
	}
	return rounds, nil
}

// callsWithin is how many calls fill the time. A pause of the machine makes the
// number too small, so it is the largest of three; and the first call of all,
// which fills the cache, is left out.
func callsWithin(block time.Duration, call func() error) (int, error) {
	if err := call(); err != nil {
		return 0, err
	}
	largest := 1
	for range 3 {
		for n := 1; ; n *= 2 {
			start := time.Now()
			for range n {
				if err := call(); err != nil {
					return 0, err
				}
			}
			if elapsed := time.Since(start); elapsed >= block/4 {
				largest = max(largest, int(float64(n)*float64(block)/float64(elapsed)))
				break
			}
		}
	}
	return largest, nil
}

func measureBlock(n int, call func() error) (sample, error) {
	runtime.GC() // nobody pays for another's garbage
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	for range n {
		if err := call(); err != nil {
			return sample{}, err
		}
	}
	elapsed := time.Since(start)
	runtime.ReadMemStats(&after)
	per := func(total uint64) float64 { return float64(total) / float64(n) }
	return sample{
		calls:  n,
		ns:     float64(elapsed.Nanoseconds()) / float64(n),
		bytes:  per(after.TotalAlloc - before.TotalAlloc),
		allocs: per(after.Mallocs - before.Mallocs),
	}, nil
}
