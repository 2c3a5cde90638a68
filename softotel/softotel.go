// Package softotel reports the counters of package softdelete as OpenTelemetry metrics.
package softotel

import (
	"context"
	"database/sql"
	"errors"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/softdelete-go/softdelete"
)

// The instruments, all of them observed when a reader asks.
const (
	// Statements counts executed statements that were not sent as they were written, by
	// the attribute "outcome": filtered, rewritten or refused.
	Statements = "softdelete.statements"
	// Lookups counts looks into the statement cache by the attribute "result": hit (the
	// text was known), shape (but for literals and comments) or miss (it was read in full).
	Lookups = "softdelete.cache.lookups"
	// Entries is how many entries the cache holds, by the attribute "kind": text or shape.
	Entries = "softdelete.cache.entries"
)

// Register reports the counters of the driver that db was opened with, with these
// attributes on every instrument. Unregister the registration when db is closed. It returns
// an error if db is not of this driver.
func Register(meter metric.Meter, db *sql.DB, attributes ...attribute.KeyValue) (metric.Registration, error) {
	if _, ok := softdelete.StatsOf(db); !ok {
		return nil, errors.New("softotel: the database was not opened with softdelete")
	}
	return RegisterFunc(meter, func() softdelete.Stats {
		s, _ := softdelete.StatsOf(db)
		return s
	}, attributes...)
}

// RegisterFunc is Register for other sources, such as the method Counters of a softpgx.Pool.
func RegisterFunc(meter metric.Meter, stats func() softdelete.Stats, attributes ...attribute.KeyValue) (metric.Registration, error) {
	statements, err1 := meter.Int64ObservableCounter(Statements, metric.WithUnit("{statement}"),
		metric.WithDescription("Statements that were filtered, rewritten or refused."))
	lookups, err2 := meter.Int64ObservableCounter(Lookups, metric.WithUnit("{lookup}"),
		metric.WithDescription("Looks into the statement cache."))
	entries, err3 := meter.Int64ObservableGauge(Entries, metric.WithUnit("{entry}"),
		metric.WithDescription("Entries of the statement cache."))
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, err
	}
	with := func(key, value string) metric.ObserveOption {
		return metric.WithAttributeSet(attribute.NewSet(append(attributes[:len(attributes):len(attributes)], attribute.String(key, value))...))
	}
	filtered, rewritten, refused := with("outcome", "filtered"), with("outcome", "rewritten"), with("outcome", "refused")
	hit, shape, miss := with("result", "hit"), with("result", "shape"), with("result", "miss")
	texts, shapes := with("kind", "text"), with("kind", "shape")
	return meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		s := stats()
		o.ObserveInt64(statements, int64(s.Filtered), filtered)
		o.ObserveInt64(statements, int64(s.Rewritten), rewritten)
		o.ObserveInt64(statements, int64(s.Refused), refused)
		o.ObserveInt64(lookups, int64(s.Hits), hit)
		o.ObserveInt64(lookups, int64(s.Shapes), shape)
		o.ObserveInt64(lookups, int64(s.Misses), miss)
		o.ObserveInt64(entries, int64(s.Texts), texts)
		o.ObserveInt64(entries, int64(s.ShapeCount), shapes)
		return nil
	}, statements, lookups, entries)
}
