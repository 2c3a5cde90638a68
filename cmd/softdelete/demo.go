package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/internal/pgtemp"
)

// dsnEnv names the environment variable with the DSN of a server to use instead
// of a temporary one.
const dsnEnv = "SOFTDELETE_DSN"

// cleanupTimeout bounds the removal of the demo's database, which must also
// happen when the context has ended.
const cleanupTimeout = 15 * time.Second

const demoHelp = `Usage:

    softdelete demo [--serve]

Creates a small shop in a database of its own, and shows what applications write,
what PostgreSQL receives, and what comes back. Everything shown is executed; what
PostgreSQL receives is recorded beneath the driver, where pgx sends it.

Flags:

    --serve            go on to serve the shop's trash, in which a customer was just
                       deleted with everything that belonged to it, on this machine
                       until Ctrl-C

By default the demo starts a temporary PostgreSQL server on this machine and
removes it at the end. Environment:

    SOFTDELETE_DSN     use this server instead; its user must be allowed to create
                       databases. The demo creates softdelete_demo_<random> there,
                       touches nothing else, and drops it at the end
    SOFTDELETE_PG_BIN  the folder with initdb and postgres, if they are elsewhere
    NO_COLOR           no colours on a terminal

Examples:

    softdelete demo
    softdelete demo --serve
    SOFTDELETE_DSN='postgres://me:secret@localhost/postgres' softdelete demo
`

func runDemo(ctx context.Context, args []string) int {
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	serve := flags.Bool("serve", false, "")
	if status, ok := parseFlags(flags, args); !ok {
		return status
	}
	if flags.NArg() > 0 {
		return complain("demo", fmt.Errorf("unexpected argument %q", flags.Arg(0)))
	}
	err := demo(ctx, newScreen(os.Stdout), *serve)
	if err == nil {
		return success
	}
	if ctx.Err() != nil {
		err = fmt.Errorf("interrupted: %w", err)
	}
	fmt.Fprintf(os.Stderr, "softdelete demo: %v\n", err)
	return failure
}

// demo tells the story on a server, and leaves nothing behind.
func demo(ctx context.Context, s *screen, serve bool) (err error) {
	dsn, where := os.Getenv(dsnEnv), ""
	if dsn == "" {
		server, startErr := pgtemp.Start(ctx)
		if startErr != nil {
			return fmt.Errorf("%w\n\nTo use a running server instead, set %s, such as %[2]s='postgres://me:secret@localhost/postgres'", startErr, dsnEnv)
		}
		defer func() { err = errors.Join(err, server.Stop()) }()
		dsn, where = server.DSN("postgres"), "a temporary server, removed at the end"
	}
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return fmt.Errorf("%s is not a DSN: %w", dsnEnv, err)
	}
	if where == "" {
		where = "the server at " + address(config)
	}

	name := "softdelete_demo_" + strings.ToLower(rand.Text())
	if err := createDatabase(ctx, config, name); err != nil {
		return err
	}
	defer func() {
		cleanup, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupTimeout)
		defer cancel()
		err = errors.Join(err, dropDatabase(cleanup, config, name))
	}()

	shopConfig := config.Copy()
	shopConfig.Database = name
	return tellAbout(ctx, s, shopConfig, where, serve)
}

// tellAbout fills the shop through a plain connection and tells the story
// through the driver; and shows its trash, if that is wanted.
func tellAbout(ctx context.Context, s *screen, config *pgx.ConnConfig, where string, serve bool) (err error) {
	plain, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return fmt.Errorf("connect to the new database: %w", err)
	}
	defer func() { _ = plain.Close(context.WithoutCancel(ctx)) }() // the story is told, however this ends
	if err := openShop(ctx, plain); err != nil {
		return err
	}

	// The recorder sits beneath the driver, in pgx: it sees what is sent.
	wire := &recorder{}
	traced := config.Copy()
	traced.Tracer = wire
	db, err := openTraced(traced)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()

	if err := (&story{screen: s, db: db, plain: plain, wire: wire}).tell(ctx, where); err != nil || !serve {
		return err
	}
	return serveTrash(ctx, s, config, plain)
}

func openTraced(config *pgx.ConnConfig) (*sql.DB, error) {
	connector, err := softdelete.WrapConnector(stdlib.GetConnector(*config), shopPolicy())
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(connector), nil
}

func createDatabase(ctx context.Context, config *pgx.ConnConfig, name string) error {
	err := administer(ctx, config, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize())
	var refused *pgconn.PgError
	const insufficientPrivilege = "42501"
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refused) && refused.Code == insufficientPrivilege:
		return fmt.Errorf("%w; the demo needs a database of its own: let the user %q create databases, or unset %s for a temporary server",
			err, config.User, dsnEnv)
	default:
		return fmt.Errorf("%w\n\nIs the server of %s running, and the DSN right? Unset it for a temporary server", err, dsnEnv)
	}
}

// dropDatabase ends what is still connected to the database: after an interrupt
// that may be the server's side of a cancelled statement.
func dropDatabase(ctx context.Context, config *pgx.ConnConfig, name string) error {
	err := administer(ctx, config, "DROP DATABASE IF EXISTS "+pgx.Identifier{name}.Sanitize()+" WITH (FORCE)")
	if err != nil {
		return fmt.Errorf("%w; please drop the database %s yourself", err, name)
	}
	return nil
}

func administer(ctx context.Context, config *pgx.ConnConfig, statement string) error {
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }() // the statement has its result
	_, err = conn.Exec(ctx, statement)
	return err
}

// address is a host and port, or the path of a socket's folder.
func address(config *pgx.ConnConfig) string {
	if strings.HasPrefix(config.Host, "/") {
		return config.Host
	}
	return net.JoinHostPort(config.Host, strconv.Itoa(int(config.Port)))
}
