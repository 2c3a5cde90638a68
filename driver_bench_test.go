package softdelete

import (
	"context"
	"database/sql/driver"
	"testing"
)

// nullConn costs nothing, so that what remains is the wrapper's share.
type nullConn struct{ driver.Conn }

func (nullConn) ExecContext(context.Context, string, []driver.NamedValue) (driver.Result, error) {
	return driver.ResultNoRows, nil
}

func (nullConn) QueryContext(context.Context, string, []driver.NamedValue) (driver.Rows, error) {
	return nil, nil
}

// forwardingConn is the least that a wrapper can do.
type forwardingConn struct {
	driver.Conn
	execer  driver.ExecerContext
	queryer driver.QueryerContext
}

func (c *forwardingConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	return c.execer.ExecContext(ctx, query, args)
}

func (c *forwardingConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	return c.queryer.QueryContext(ctx, query, args)
}

func BenchmarkExec(b *testing.B) {
	r, err := NewRewriter(usersPolicy)
	if err != nil {
		b.Fatal(err)
	}
	plain := &forwardingConn{execer: nullConn{}, queryer: nullConn{}}
	ours := newConn(nullConn{}, r)
	args := numbered([]driver.Value{int64(7)})
	ctx := b.Context()
	for _, bench := range []struct {
		name string
		ctx  context.Context
		run  func(context.Context) error
	}{
		{"exec/forward", ctx, func(ctx context.Context) error {
			_, err := plain.ExecContext(ctx, deleteOne, args)
			return err
		}},
		{"exec/softdelete", ctx, func(ctx context.Context) error {
			_, err := ours.ExecContext(ctx, deleteOne, args)
			return err
		}},
		{"exec/softdelete under a scope", HardDelete(ctx, "users"), func(ctx context.Context) error {
			_, err := ours.ExecContext(ctx, deleteOne, args)
			return err
		}},
		{"query/forward", ctx, func(ctx context.Context) error {
			_, err := plain.QueryContext(ctx, selectAll, nil)
			return err
		}},
		{"query/softdelete", ctx, func(ctx context.Context) error {
			_, err := ours.QueryContext(ctx, selectAll, nil)
			return err
		}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := bench.run(bench.ctx); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkParallel has many goroutines find the same few texts, each on a connection of
// its own.
func BenchmarkParallel(b *testing.B) {
	r, err := NewRewriter(usersPolicy)
	if err != nil {
		b.Fatal(err)
	}
	args := numbered([]driver.Value{int64(7)})
	b.SetParallelism(16)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		c := newConn(nullConn{}, r)
		for pb.Next() {
			if _, err := c.ExecContext(b.Context(), deleteOne, args); err != nil {
				b.Error(err)
			}
		}
	})
}
