package softotel_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/XSAM/otelsql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/internal/pgtemp"
	"github.com/softdelete-go/softdelete/softotel"
)

func TestMain(m *testing.M) { pgtemp.Main(m) }

var policy = softdelete.Policy{Discover: true}

// newDatabase makes one with a user.
func newDatabase(t *testing.T) (dsn string) {
	t.Helper()
	dsn = pgtemp.NewDatabase(t)
	db := open(t)(sql.Open("pgx", dsn))
	if _, err := db.ExecContext(t.Context(), `CREATE TABLE users (id int PRIMARY KEY, name text, deleted_at timestamptz);
		INSERT INTO users VALUES (1, 'Ann'), (2, 'Bob')`); err != nil {
		t.Fatal(err)
	}
	return dsn
}

func open(t *testing.T) func(*sql.DB, error) *sql.DB {
	return func(db *sql.DB, err error) *sql.DB {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		return db
	}
}

func TestRegister(t *testing.T) {
	db := open(t)(softdelete.Open(newDatabase(t), policy))
	reader := sdkmetric.NewManualReader()
	meter := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)).Meter("test")
	registration, err := softotel.Register(meter, db, attribute.String("db", "shop"))
	if err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{"DELETE FROM users WHERE id = 1", "SELECT count(*) FROM users", "SELECT count(*) FROM users", "TRUNCATE users"} {
		_, _ = db.ExecContext(t.Context(), query) // TRUNCATE is refused
	}
	want := []string{
		"softdelete.cache.entries db=shop,kind=shape 2", "softdelete.cache.entries db=shop,kind=text 2",
		"softdelete.cache.lookups db=shop,result=hit 1", "softdelete.cache.lookups db=shop,result=miss 3", "softdelete.cache.lookups db=shop,result=shape 0",
		"softdelete.statements db=shop,outcome=filtered 2", "softdelete.statements db=shop,outcome=refused 1", "softdelete.statements db=shop,outcome=rewritten 1",
	}
	if got := collect(t, reader); !slices.Equal(got, want) {
		t.Errorf("collected\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if err := registration.Unregister(); err != nil {
		t.Error(err)
	}
	if got := collect(t, reader); len(got) != 0 {
		t.Errorf("collected afterwards: %v", got)
	}
	if _, err := softotel.Register(meter, open(t)(sql.Open("pgx", ""))); err == nil {
		t.Error("another driver's database was registered")
	}
}

func collect(t *testing.T, reader sdkmetric.Reader) (points []string) {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	add := func(name string, data []metricdata.DataPoint[int64]) {
		for _, p := range data {
			var labels []string
			for _, kv := range p.Attributes.ToSlice() {
				labels = append(labels, string(kv.Key)+"="+kv.Value.String())
			}
			points = append(points, fmt.Sprintf("%s %s %d", name, strings.Join(labels, ","), p.Value))
		}
	}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			switch d := m.Data.(type) {
			case metricdata.Sum[int64]:
				if !d.IsMonotonic {
					t.Errorf("%s is no counter", m.Name)
				}
				add(m.Name, d.DataPoints)
			case metricdata.Gauge[int64]:
				add(m.Name, d.DataPoints)
			default:
				t.Errorf("%s is a %T", m.Name, d)
			}
		}
	}
	slices.Sort(points)
	return points
}

// otelsql goes beneath this driver, and sees what is sent, or above it, and sees what was
// written. In both places everything works: scopes, prepared statements, transactions,
// errors, and a policy that follows the schema.
func TestOtelsql(t *testing.T) {
	connector := func(t *testing.T, dsn string) driver.Connector {
		config, err := pgx.ParseConfig(dsn)
		if err != nil {
			t.Fatal(err)
		}
		return stdlib.GetConnector(*config)
	}
	for name, c := range map[string]struct {
		open func(t *testing.T, dsn string, opts ...otelsql.Option) *sql.DB
		sees string // of DELETE
	}{
		"beneath": {func(t *testing.T, dsn string, opts ...otelsql.Option) *sql.DB {
			wrapped, err := softdelete.WrapConnector(otelConnector{connector(t, dsn), opts}, policy)
			if err != nil {
				t.Fatal(err)
			}
			return sql.OpenDB(wrapped)
		}, "UPDATE users SET deleted_at = now()"},
		"above": {func(t *testing.T, dsn string, opts ...otelsql.Option) *sql.DB {
			wrapped, err := softdelete.WrapConnector(connector(t, dsn), policy)
			if err != nil {
				t.Fatal(err)
			}
			return otelsql.OpenDB(wrapped, opts...)
		}, "DELETE FROM users WHERE id = $1"},
	} {
		t.Run(name, func(t *testing.T) {
			spans := tracetest.NewInMemoryExporter()
			provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))
			db := open(t)(c.open(t, newDatabase(t), otelsql.WithTracerProvider(provider)), nil)
			carryOut(t, db)
			if !slices.ContainsFunc(spans.GetSpans(), func(s tracetest.SpanStub) bool {
				return slices.ContainsFunc(s.Attributes, func(a attribute.KeyValue) bool { return strings.HasPrefix(a.Value.String(), c.sees) })
			}) {
				t.Errorf("no span has %q", c.sees)
			}
		})
	}
}

// otelConnector is what otelsql.OpenDB makes of a connector, for others to wrap.
type otelConnector struct {
	driver.Connector
	opts []otelsql.Option
}

func (c otelConnector) Connect(ctx context.Context) (driver.Conn, error) {
	d := otelsql.WrapDriver(connectorDriver{c.Connector}, c.opts...)
	dc, ok := d.(driver.DriverContext)
	if !ok {
		return nil, fmt.Errorf("%T is no driver.DriverContext", d)
	}
	wrapped, err := dc.OpenConnector("")
	if err != nil {
		return nil, err
	}
	return wrapped.Connect(ctx)
}

// connectorDriver is a driver with one connector.
type connectorDriver struct{ connector driver.Connector }

func (d connectorDriver) Open(string) (driver.Conn, error) {
	return d.connector.Connect(context.Background())
}
func (d connectorDriver) OpenConnector(string) (driver.Connector, error) { return d.connector, nil }

func carryOut(t *testing.T, db *sql.DB) {
	ctx := t.Context()
	count := func(ctx context.Context, want int) {
		t.Helper()
		var n int
		if err := db.QueryRowContext(ctx, "SELECT count(*) FROM users").Scan(&n); err != nil || n != want {
			t.Errorf("%d users, %v; want %d", n, err, want)
		}
	}
	s, err := db.PrepareContext(ctx, "SELECT name FROM users WHERE id = $1")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	res, err := db.ExecContext(ctx, "DELETE FROM users WHERE id = $1", 1)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := res.RowsAffected(); n != 1 || err != nil {
		t.Errorf("%d rows affected, %v", n, err)
	}
	count(ctx, 1)
	count(softdelete.WithDeleted(ctx), 2)
	var name string
	if err := s.QueryRowContext(ctx, 1).Scan(&name); err != sql.ErrNoRows {
		t.Errorf("a prepared statement finds %q, %v", name, err)
	}
	if err := s.QueryRowContext(softdelete.OnlyDeleted(ctx), 1).Scan(&name); err != nil || name != "Ann" {
		t.Errorf("a prepared statement finds %q, %v", name, err)
	}
	tx, err := db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelSerializable})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.ExecContext(ctx, "CREATE TABLE notes (id int PRIMARY KEY, deleted_at timestamptz); INSERT INTO notes VALUES (1)"); err != nil {
		t.Error(err)
	}
	if err := tx.Commit(); err != nil {
		t.Error(err)
	}
	if _, err := db.ExecContext(ctx, "DELETE FROM notes"); err != nil {
		t.Error(err)
	}
	var kept int
	if err := db.QueryRowContext(softdelete.WithDeleted(ctx), "SELECT count(*) FROM notes").Scan(&kept); err != nil || kept != 1 {
		t.Errorf("%d notes are kept, %v", kept, err)
	}
	if n, err := softdelete.Restore(ctx, db, "users", 1); n != 1 || err != nil {
		t.Errorf("restored %d, %v", n, err)
	}
	count(ctx, 2)
}
