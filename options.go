package softdelete

import (
	"context"
	"time"
)

// Option changes how a driver or a [Rewriter] behaves. What is soft-deleted is
// the business of the [Policy]; options are switches of behaviour.
type Option func(*options)

type options struct {
	allowUnboundedHardDelete bool
	allowMissingTables       bool
	cacheEntries             int
	distributed              bool
	stripTraces              bool
	observer                 func(context.Context, Event)
	refreshAfter             time.Duration

	counters *counters
}

const (
	defaultCacheEntries = 4096
	defaultRefreshAfter = time.Minute
)

func newOptions(opts []Option) options {
	o := options{cacheEntries: defaultCacheEntries, refreshAfter: defaultRefreshAfter, counters: new(counters)}
	for _, f := range opts {
		f(&o)
	}
	return o
}

// AllowUnboundedHardDelete lets a DELETE without WHERE through under
// [HardDelete]. Default: it is refused with [ErrUnboundedHardDelete].
func AllowUnboundedHardDelete() Option {
	return func(o *options) { o.allowUnboundedHardDelete = true }
}

// CacheSize bounds the statement cache, in entries; a text counts as one entry
// for every 4 KiB begun. Default: 4096. Texts longer than 64 KiB are not cached.
// As many entries are kept of shapes, by which texts are known that differ in
// literals, comments and white space only. Zero or less turns both off: every
// statement is then parsed each time it executes, prepared ones too.
func CacheSize(entries int) Option {
	return func(o *options) { o.cacheEntries = entries }
}

// AllowMissingTables lets the driver connect although tables of the policy do
// not exist. Default: [Check] fails the first connection if some of them exist
// and others do not, since a misspelt name leaves the real table unprotected.
func AllowMissingTables() Option {
	return func(o *options) { o.allowMissingTables = true }
}

// Distributed makes the driver send forms that a Citus cluster accepts: cascades
// by plain WITH queries, without row locks, recursion or errors raised by casts.
// A violated foreign key is found by a query, and raised by a second statement.
// Writes that refer to deleted rows are not checked. docs/distributed.md says what
// else is given up. Default: off.
func Distributed() Option {
	return func(o *options) { o.distributed = true }
}

// RefreshAfter is how old what [Policy.Discover] has read of the catalog may get before it
// is read again, for the sake of migrations that run past the driver; until then a table
// that such a migration has given a marker is not soft-deleted. The catalog is read before
// the next statement outside of a transaction, on its connection; a lock that a migration
// holds is waited for no longer than 200 ms, and then tried again after as long. [Refresh]
// makes it happen at once. Zero or less: only after statements that went through the
// driver. On a standby it is never more than 5 seconds. Default: one minute.
func RefreshAfter(age time.Duration) Option {
	return func(o *options) { o.refreshAfter = age }
}
