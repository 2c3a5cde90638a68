package softdelete

import (
	"hash/maphash"
	"slices"
	"strings"
	"sync/atomic"
	"unsafe"

	"github.com/maypok86/otter/v2"
)

// cacheKey is everything that a rewrite depends on besides the policy.
type cacheKey struct{ sql, scope, session string }

const (
	// cacheUnit is how many bytes of text one of CacheSize's entries pays for.
	cacheUnit = 4 << 10
	// maxCachedText is the longest text, in bytes, that is cached. Longer ones
	// are bulk statements with inlined values, which hardly ever come twice.
	maxCachedText = 64 << 10
	// maxCachedVariants bounds the scopes and sessions cached for one text.
	maxCachedVariants = 16
)

// cache is the statement cache: it is bounded and safe for concurrent use.
// Refusals are not cached: whoever repeats a refused statement has a bug to
// mend, not a parse to save.
//
// The map's key is the text alone, and each entry lists the scopes that the
// text was seen under, nearly always one. Hashing three strings on every
// statement costs as much again as the whole look-up.
//
// Behind it stand the shapes of texts, for those that differ in literals and comments
// only. A text that is known by its shape is stored when it comes a second time: most
// of them never do.
type cache struct {
	texts  *otter.Cache[string, *cacheVariant] // nil: caching is off
	shapes *otter.Cache[string, *shapeVariant]
	seed   maphash.Seed
	seen   []atomic.Uint32 // hashes of texts that came once
}

// seenTexts is how many hashes are kept.
const seenTexts = 1 << 12

// shapeVariant is an immutable list, newest first.
type shapeVariant struct {
	scope, session string
	t              *template
	next           *shapeVariant
}

// cacheVariant is an immutable list, newest first.
type cacheVariant struct {
	scope, session string
	w              *rewritten
	next           *cacheVariant
}

func newCache(entries int) *cache {
	if entries <= 0 {
		return &cache{}
	}
	// Must panics on contradictory options only, and these are fixed.
	return &cache{
		texts: otter.Must(&otter.Options[string, *cacheVariant]{
			// Weight, not number: 4096 bulk statements of 60 kB each would hold
			// half a gigabyte.
			MaximumWeight: uint64(entries),
			Weigher: func(sql string, v *cacheVariant) uint32 {
				var weight uint32
				for ; v != nil; v = v.next {
					weight += 1 + uint32(len(sql)/cacheUnit)
				}
				return weight
			},
		}),
		shapes: otter.Must(&otter.Options[string, *shapeVariant]{
			MaximumWeight: uint64(entries),
			Weigher: func(key string, v *shapeVariant) uint32 {
				var weight uint32
				for ; v != nil; v = v.next {
					weight += 1 + uint32(len(key)/cacheUnit)
				}
				return weight
			},
		}),
		seed: maphash.MakeSeed(),
		seen: make([]atomic.Uint32, seenTexts),
	}
}

// again reports whether a text has come before, as far as is remembered.
func (c *cache) again(sql string) bool {
	if !c.keeps(sql) {
		return false
	}
	h := maphash.String(c.seed, sql)
	return c.seen[h%seenTexts].Swap(uint32(h>>32)|1) == uint32(h>>32)|1
}

// loadShape returns how texts of the shape are rewritten, nil if that is not known.
func (c *cache) loadShape(k cacheKey, s *shape) *template {
	v, _ := c.shapes.GetIfPresent(unsafe.String(unsafe.SliceData(s.key), len(s.key))) // it is not kept
	for ; v != nil; v = v.next {
		if v.scope == k.scope && v.session == k.session && v.t.fits(k.sql, s) {
			return v.t
		}
	}
	return nil
}

func (c *cache) storeShape(k cacheKey, s *shape, t *template) {
	if len(s.key) > maxCachedText {
		return
	}
	c.shapes.Compute(string(s.key), func(old *shapeVariant, _ bool) (*shapeVariant, otter.ComputeOp) {
		return &shapeVariant{scope: k.scope, session: k.session, t: t, next: old.without(k, t, maxCachedVariants-1)}, otter.WriteOp
	})
}

// without copies at most n variants of the list, leaving out the one that t stands for.
func (v *shapeVariant) without(k cacheKey, t *template, n int) *shapeVariant {
	switch {
	case v == nil || n == 0:
		return nil
	case v.scope == k.scope && v.session == k.session && slices.Equal(v.t.pins, t.pins):
		return v.next.without(k, t, n)
	}
	return &shapeVariant{scope: v.scope, session: v.session, t: v.t, next: v.next.without(k, t, n-1)}
}

// keeps reports whether a text of that length is stored at all.
func (c *cache) keeps(sql string) bool { return c.texts != nil && len(sql) <= maxCachedText }

// own makes the text one that may be kept: the caller's may be a slice of something
// large.
func (k *cacheKey) own(c *cache) {
	if c.keeps(k.sql) {
		k.sql = strings.Clone(k.sql)
	}
}

// load returns nil on a miss.
func (c *cache) load(k cacheKey) *rewritten {
	if !c.keeps(k.sql) {
		return nil
	}
	v, _ := c.texts.GetIfPresent(k.sql)
	for ; v != nil; v = v.next {
		if v.scope == k.scope && v.session == k.session {
			return v.w
		}
	}
	return nil
}

// store keeps k's strings alive: the caller passes a text of its own, not a
// slice of somebody's larger string.
func (c *cache) store(k cacheKey, w *rewritten) {
	if !c.keeps(k.sql) {
		return
	}
	c.texts.Compute(k.sql, func(old *cacheVariant, _ bool) (*cacheVariant, otter.ComputeOp) {
		return &cacheVariant{
			scope: k.scope, session: k.session, w: w,
			next: old.without(k, maxCachedVariants-1),
		}, otter.WriteOp
	})
}

// without copies at most n variants of the list, leaving out k's: two
// goroutines that miss at the same time both store.
func (v *cacheVariant) without(k cacheKey, n int) *cacheVariant {
	switch {
	case v == nil || n == 0:
		return nil
	case v.scope == k.scope && v.session == k.session:
		return v.next.without(k, n)
	}
	return &cacheVariant{scope: v.scope, session: v.session, w: v.w, next: v.next.without(k, n-1)}
}
