package main

import (
	"context"
	"database/sql/driver"
	"net"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// tripCounter counts round trips: how often something was sent, and then waited
// for. What a transaction costs beside its statements shows in it, too.
type tripCounter struct {
	trips   atomic.Int64
	waiting atomic.Bool // something was sent since the last read
}

func (c *tripCounter) count() int64 { return c.trips.Load() }

type countedConn struct {
	net.Conn
	counter *tripCounter
}

func (c countedConn) Write(b []byte) (int, error) {
	c.counter.waiting.Store(true)
	return c.Conn.Write(b)
}

func (c countedConn) Read(b []byte) (int, error) {
	if c.counter.waiting.Swap(false) {
		c.counter.trips.Add(1)
	}
	return c.Conn.Read(b)
}

// counted returns pgx's connector, whose connections count their round trips.
// They do not ask whether the server is still there, as others do when they have
// not been used for a second: it would fall on whoever has waited longest.
func counted(dsn string, adjust ...func(*pgx.ConnConfig)) (driver.Connector, *tripCounter, error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, nil, err
	}
	for _, f := range adjust {
		f(config)
	}
	counter := &tripCounter{}
	dial := config.DialFunc
	config.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return countedConn{conn, counter}, nil
	}
	return stdlib.GetConnector(*config, stdlib.OptionShouldPing(never)), counter, nil
}

func never(context.Context, stdlib.ShouldPingParams) bool { return false }
