package softdelete

import (
	"database/sql"
	"sync/atomic"
)

// Stats counts what became of statements, since the driver or the [Rewriter] was made.
// Hits, Shapes and Misses count a prepared statement when it is prepared and each time
// it executes.
type Stats struct {
	Hits   uint64 // texts that were known as they are
	Shapes uint64 // texts that were known but for white space, comments and literals
	Misses uint64 // texts that were read in full, and refused ones

	// Of the statements that were executed: those that got conditions only, those that
	// became another, and those that were not sent. A [Rewriter] by itself counts none.
	Filtered, Rewritten, Refused uint64

	Texts       int    // how many texts the statement cache holds
	TextWeight  uint64 // in entries, as [CacheSize] counts them
	ShapeCount  int    // how many shapes
	ShapeWeight uint64
}

// StatsOf returns the counters of the driver that db was opened with; ok is false if it is
// none of this package's. All pools of one driver count together.
func StatsOf(db *sql.DB) (s Stats, ok bool) {
	d, ok := db.Driver().(*wrappedDriver)
	if !ok {
		return Stats{}, false
	}
	return d.opts.counters.stats(), true
}

// Stats returns the counters.
func (r *Rewriter) Stats() Stats { return r.opts.counters.stats() }

// counters are written by many goroutines at once, each in a place of its own.
type counters struct {
	cache  atomic.Pointer[cache] // the newest
	next   atomic.Uint32
	places [64]counter
}

type counter struct {
	hits, shapes, misses         atomic.Uint64
	filtered, rewritten, refused atomic.Uint64
	_                            [16]byte // no two in one line of the processor's cache
}

// place returns a counter for one connection.
func (c *counters) place() *counter { return &c.places[c.next.Add(1)%uint32(len(c.places))] }

func (c *counters) stats() (s Stats) {
	for i := range c.places {
		p := &c.places[i]
		s.Hits += p.hits.Load()
		s.Shapes += p.shapes.Load()
		s.Misses += p.misses.Load()
		s.Filtered += p.filtered.Load()
		s.Rewritten += p.rewritten.Load()
		s.Refused += p.refused.Load()
	}
	if k := c.cache.Load(); k != nil && k.texts != nil {
		s.Texts, s.TextWeight = k.texts.EstimatedSize(), k.texts.WeightedSize()
		s.ShapeCount, s.ShapeWeight = k.shapes.EstimatedSize(), k.shapes.WeightedSize()
	}
	return s
}
