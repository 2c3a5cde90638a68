package softdelete

//lint:file-ignore SA1019 the wrapper forwards the interfaces that older drivers still have

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/jackc/pgx/v5/stdlib"
)

// registering makes looking for a name and taking it one step.
var registering sync.Mutex

// Register makes the policy's driver, over pgx's, available to [sql.Open] under
// name; the data source names are pgx's, unchanged. It returns an error if the
// policy is invalid or the name is taken: database/sql knows no way to release
// a name, so register once per process, or use [Open], which needs no name.
func Register(name string, p Policy, opts ...Option) error {
	d, err := WrapDriver(stdlib.GetDefaultDriver(), p, opts...)
	if err != nil {
		return err
	}
	registering.Lock()
	defer registering.Unlock()
	if slices.Contains(sql.Drivers(), name) {
		return fmt.Errorf("softdelete: a driver named %q is registered already", name)
	}
	sql.Register(name, d)
	return nil
}

// Open is [sql.Open] with the policy's driver over pgx's. dsn is anything that
// sql.Open("pgx", dsn) takes: a URL, key=value pairs, or a name from
// [stdlib.RegisterConnConfig]. Like sql.Open, it does not connect; a bad dsn is
// reported by the first use of the pool.
func Open(dsn string, p Policy, opts ...Option) (*sql.DB, error) {
	d, err := wrapDriver(stdlib.GetDefaultDriver(), p, opts)
	if err != nil {
		return nil, err
	}
	c, err := d.OpenConnector(dsn)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(c), nil
}

// WrapDriver returns a driver that sends through d what the policy makes of
// each statement. d must speak to PostgreSQL. Wrap it once only: a statement
// that is rewritten twice is not what the policy says.
func WrapDriver(d driver.Driver, p Policy, opts ...Option) (driver.Driver, error) {
	return wrapDriver(d, p, opts)
}

// WrapConnector is [WrapDriver] for [sql.OpenDB]. Use it with
// [stdlib.GetConnector], whose options include callbacks for each connection,
// or with [stdlib.GetPoolConnector], which wants SetMaxIdleConns(0).
func WrapConnector(c driver.Connector, p Policy, opts ...Option) (driver.Connector, error) {
	if c == nil {
		return nil, errors.New("softdelete: the connector to wrap is nil")
	}
	d, err := wrapDriver(c.Driver(), p, opts)
	if err != nil {
		return nil, err
	}
	return d.connector(c), nil
}

// Unwrap returns the connection beneath, for use inside [sql.Conn.Raw]; over
// pgx it is a *stdlib.Conn. What is not one of this package's connections is
// returned as it is.
//
// What is sent through the connection beneath, such as pgx's CopyFrom and
// SendBatch, goes past the policy: its DELETE is a real one, and its SELECT
// sees deleted rows.
func Unwrap(driverConn any) any {
	if c, ok := driverConn.(*conn); ok {
		return c.parent
	}
	return driverConn
}

func wrapDriver(d driver.Driver, p Policy, opts []Option) (*wrappedDriver, error) {
	if d == nil {
		return nil, errors.New("softdelete: the driver to wrap is nil")
	}
	w := &wrappedDriver{parent: d, policy: p, opts: newOptions(opts)}
	if err := p.Validate(); err != nil || p.Discover {
		return w, err
	}
	var err error
	w.rewriter, err = newRewriter(p, w.opts)
	return w, err
}

type wrappedDriver struct {
	parent   driver.Driver
	policy   Policy
	opts     options
	rewriter *Rewriter // nil if it depends on the database
}

func (d *wrappedDriver) Open(name string) (driver.Conn, error) {
	c, err := d.parent.Open(name)
	if err != nil {
		return nil, err
	}
	return d.connector(&dsnConnector{name: name, driver: d.parent}).wrap(context.Background(), c)
}

func (d *wrappedDriver) OpenConnector(name string) (driver.Connector, error) {
	parent := driver.Connector(&dsnConnector{name: name, driver: d.parent})
	if dc, ok := d.parent.(driver.DriverContext); ok {
		var err error
		if parent, err = dc.OpenConnector(name); err != nil {
			return nil, err
		}
	}
	return d.connector(parent), nil
}

func (d *wrappedDriver) connector(parent driver.Connector) *connector {
	c := &connector{parent: parent, driver: d}
	if d.policy.Discover {
		// One for each connector: another one may lead to another database.
		c.discovery = newDiscovery(d.policy, d.opts)
	}
	return c
}

type connector struct {
	parent    driver.Connector
	driver    *wrappedDriver
	checked   atomic.Bool // the policy was compared with the catalog
	discovery *discovery  // nil unless the policy discovers
}

func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	parent, err := c.parent.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return c.wrap(ctx, parent)
}

// wrap makes a connection of the parent's ours, when the policy fits the database.
func (c *connector) wrap(ctx context.Context, parent driver.Conn) (driver.Conn, error) {
	wrapped := newConn(parent, c.driver.rewriter)
	switch {
	case c.discovery != nil:
		if err := wrapped.discover(ctx, c.discovery); err != nil {
			return nil, closeAfter(err, parent)
		}
	case !c.checked.Load():
		settled, err := wrapped.checkPolicy(ctx, c.driver.policy)
		if err != nil {
			return nil, closeAfter(err, parent)
		}
		c.checked.Store(settled)
	}
	return wrapped, nil
}

// closeAfter closes a connection that err made useless. The error stays as it is
// unless closing fails too.
func closeAfter(err error, c driver.Conn) error {
	if closing := c.Close(); closing != nil {
		return errors.Join(err, closing)
	}
	return err
}

func (c *connector) Driver() driver.Driver { return c.driver }

// Close is called by [sql.DB.Close].
func (c *connector) Close() error {
	if closer, ok := c.parent.(io.Closer); ok {
		return closer.Close()
	}
	return nil
}

// dsnConnector is for drivers older than [driver.DriverContext].
type dsnConnector struct {
	name   string
	driver driver.Driver
}

func (c *dsnConnector) Connect(context.Context) (driver.Conn, error) { return c.driver.Open(c.name) }
func (c *dsnConnector) Driver() driver.Driver                        { return c.driver }

// Every interface that database/sql looks for, so that none of the parent's
// abilities is hidden; where the parent lacks one, the wrapper does what
// database/sql does without it. Rows, Tx and Result are the parent's own.
var (
	_ driver.Driver        = (*wrappedDriver)(nil)
	_ driver.DriverContext = (*wrappedDriver)(nil)

	_ driver.Connector = (*connector)(nil)
	_ io.Closer        = (*connector)(nil)

	_ driver.Conn               = (*conn)(nil)
	_ driver.ConnBeginTx        = (*conn)(nil)
	_ driver.ConnPrepareContext = (*conn)(nil)
	_ driver.Execer             = (*conn)(nil)
	_ driver.ExecerContext      = (*conn)(nil)
	_ driver.Queryer            = (*conn)(nil)
	_ driver.QueryerContext     = (*conn)(nil)
	_ driver.Pinger             = (*conn)(nil)
	_ driver.SessionResetter    = (*conn)(nil)
	_ driver.Validator          = (*conn)(nil)
	_ driver.NamedValueChecker  = (*conn)(nil)

	_ driver.Stmt              = (*stmt)(nil)
	_ driver.StmtExecContext   = (*stmt)(nil)
	_ driver.StmtQueryContext  = (*stmt)(nil)
	_ driver.NamedValueChecker = (*stmt)(nil)
	_ driver.ColumnConverter   = (*stmt)(nil)
)
