package softdelete

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"unsafe"
)

func TestCacheSeparatesTextScopeAndSession(t *testing.T) {
	c := newCache(100)
	keys := []cacheKey{
		{sql: "a"},
		{sql: "b"},
		{sql: "a", scope: "x"},
		{sql: "a", session: "x"},
		{sql: "ax"},
		{sql: "a", scope: "x", session: "x"},
	}
	for i, k := range keys {
		if w := c.load(k); w != nil {
			t.Errorf("%+v is present before it was stored: %q", k, w.sql)
		}
		c.store(k, &rewritten{sql: fmt.Sprint(i)})
	}
	for i, k := range keys {
		if w := c.load(k); w == nil || w.sql != fmt.Sprint(i) {
			t.Errorf("load(%+v) = %v, want entry %d", k, w, i)
		}
	}
}

func TestCacheSizeZeroOrLessIsOff(t *testing.T) {
	for _, n := range []int{0, -1} {
		c := newCache(n)
		c.store(cacheKey{sql: "a"}, &rewritten{})
		if c.load(cacheKey{sql: "a"}) != nil {
			t.Errorf("CacheSize(%d) caches", n)
		}
	}
}

func TestCacheLeavesOutLongTexts(t *testing.T) {
	c := newCache(100)
	longest := cacheKey{sql: strings.Repeat("x", maxCachedText)}
	c.store(longest, &rewritten{sql: "longest"})
	if c.load(longest) == nil {
		t.Errorf("a text of %d bytes is not cached", len(longest.sql))
	}
	tooLong := cacheKey{sql: longest.sql + "x"}
	c.store(tooLong, &rewritten{sql: "too long"})
	if c.load(tooLong) != nil {
		t.Errorf("a text of %d bytes is cached", len(tooLong.sql))
	}
}

func TestCacheIsBounded(t *testing.T) {
	for name, text := range map[string]string{
		"short texts": "SELECT %d",
		"long texts":  "SELECT %d, '" + strings.Repeat("x", 3*cacheUnit) + "'",
	} {
		t.Run(name, func(t *testing.T) {
			const size = 64
			c := newCache(size)
			for i := range 20 * size {
				c.store(cacheKey{sql: fmt.Sprintf(text, i)}, &rewritten{})
			}
			c.texts.CleanUp()
			var bytes int
			for sql := range c.texts.Keys() {
				bytes += len(sql)
			}
			if n := c.texts.EstimatedSize(); n == 0 || n > size {
				t.Errorf("%d texts, want 1 to %d", n, size)
			}
			if bytes > size*cacheUnit {
				t.Errorf("%d bytes of text, want at most %d", bytes, size*cacheUnit)
			}
		})
	}
}

// One text under ever new scopes must not grow without bound either.
func TestCacheBoundsTheScopesOfOneText(t *testing.T) {
	c := newCache(1000)
	key := func(i int) cacheKey { return cacheKey{sql: "SELECT 1", scope: fmt.Sprint(i)} }
	for i := range 3 * maxCachedVariants {
		for range 2 {
			c.store(key(i), &rewritten{sql: fmt.Sprint(i)})
		}
	}
	var kept int
	for i := range 3 * maxCachedVariants {
		if w := c.load(key(i)); w != nil {
			kept++
			if w.sql != fmt.Sprint(i) {
				t.Errorf("scope %d has the entry of scope %s", i, w.sql)
			}
		}
	}
	if kept != maxCachedVariants {
		t.Errorf("%d scopes of one text are cached, want %d", kept, maxCachedVariants)
	}
	if c.load(key(3*maxCachedVariants-1)) == nil {
		t.Error("the newest scope is not among them")
	}
	c.texts.CleanUp()
	if got := c.texts.WeightedSize(); got != maxCachedVariants {
		t.Errorf("they weigh %d, want %d", got, maxCachedVariants)
	}
}

// A statement is often a slice of a file or of a log line.
func TestCacheDoesNotPinTheCallersString(t *testing.T) {
	r, err := NewRewriter(usersPolicy)
	if err != nil {
		t.Fatal(err)
	}
	file := strings.Repeat(" ", 1<<20) + "SELECT 1 FROM accounts"
	begin := uintptr(unsafe.Pointer(unsafe.StringData(file)))
	inFile := func(s string) bool {
		p := uintptr(unsafe.Pointer(unsafe.StringData(s)))
		return p >= begin && p < begin+uintptr(len(file))
	}
	sql := file[1<<20:]
	if !inFile(sql) {
		t.Fatal("the test's own slice is not inside the large string")
	}
	if _, err := r.lookup(nil, nil, sql); err != nil {
		t.Fatal(err)
	}
	var found bool
	for text, v := range r.cache.texts.All() {
		found = found || text == sql
		if inFile(text) || inFile(v.w.sql) {
			t.Errorf("the cached entry for %q points into the caller's larger string", text)
		}
	}
	if !found {
		t.Fatalf("%q is not cached", sql)
	}
}

func TestLookupCachesRewritesButNotRefusals(t *testing.T) {
	r, err := NewRewriter(usersPolicy)
	if err != nil {
		t.Fatal(err)
	}
	first, err := r.lookup(nil, nil, "SELECT * FROM users")
	if err != nil {
		t.Fatal(err)
	}
	second, err := r.lookup(nil, nil, strings.Clone("SELECT * FROM users"))
	if err != nil {
		t.Fatal(err)
	}
	if first != second {
		t.Error("an equal text was rewritten twice")
	}
	const broken = "SELECT * FROM users WHERE WHERE"
	for range 2 {
		if _, err := r.lookup(nil, nil, broken); err == nil {
			t.Errorf("%q is not refused", broken)
		}
	}
	for text := range r.cache.texts.Keys() {
		if text == broken {
			t.Errorf("the refusal of %q is cached", text)
		}
	}
}

// Meant for the race detector; what it asserts is that no reader ever gets
// another key's entry.
func TestCacheConcurrently(t *testing.T) {
	c := newCache(32)
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(g)))
			for range 5000 {
				n := fmt.Sprint(random.IntN(100))
				key := cacheKey{sql: "SELECT " + n}
				if w := c.load(key); w == nil {
					c.store(key, &rewritten{sql: n})
				} else if w.sql != n {
					t.Errorf("load(%q) = entry %q", key.sql, w.sql)
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestCacheHitDoesNotAllocate(t *testing.T) {
	r, err := NewRewriter(usersPolicy)
	if err != nil {
		t.Fatal(err)
	}
	const sql = "SELECT * FROM users WHERE id = $1"
	if _, err := r.lookup(nil, nil, sql); err != nil {
		t.Fatal(err)
	}
	// The average: now and then otter starts a goroutine to sort its queues.
	if n := testing.AllocsPerRun(10000, func() {
		if _, err := r.lookup(nil, nil, sql); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("a hit costs %v allocations", n)
	}
}

func BenchmarkCacheHit(b *testing.B) {
	const texts = 1000
	c := newCache(defaultCacheEntries)
	keys := make([]cacheKey, texts)
	for i := range keys {
		keys[i].sql = fmt.Sprintf("SELECT %d, '%s'", i, strings.Repeat("x", 200))
		c.store(cacheKey{sql: strings.Clone(keys[i].sql)}, &rewritten{})
	}
	for _, goroutines := range []int{1, 16} {
		b.Run(fmt.Sprintf("goroutines=%d", goroutines), func(b *testing.B) {
			b.ReportAllocs()
			var wg sync.WaitGroup
			for g := range goroutines {
				wg.Go(func() {
					for i := range b.N / goroutines {
						if c.load(keys[(i+g*61)%texts]) == nil {
							b.Error("miss")
							return
						}
					}
				})
			}
			wg.Wait()
		})
	}
}
