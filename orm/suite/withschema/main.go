// Withschema runs a command beside a throwaway server that has the suite's schema, for
// generators of code that read it from a database:
//
//	go run ./suite/withschema COMMAND ARGUMENT…
//
// The command finds the database by the variables DSN, PSQL_HOST, PSQL_PORT, PSQL_USER,
// PSQL_PASS and PSQL_DBNAME.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"os/exec"

	"github.com/jackc/pgx/v5"

	"github.com/softdelete-go/softdelete/internal/pgtemp"
	"github.com/softdelete-go/softdelete/orm/suite"
)

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, command []string) (err error) {
	if len(command) == 0 {
		return errors.New("name the command to run")
	}
	server, err := pgtemp.Start(ctx, pgtemp.WithTCP())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	dsn := server.DSN("postgres")
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	if _, err := conn.Exec(ctx, suite.Schema); err != nil {
		return errors.Join(err, conn.Close(ctx))
	}
	c := conn.Config()
	if err := conn.Close(ctx); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), "DSN="+dsn, "PSQL_HOST="+c.Host, fmt.Sprint("PSQL_PORT=", c.Port),
		"PSQL_USER="+c.User, "PSQL_PASS="+c.Password, "PSQL_DBNAME="+c.Database)
	return cmd.Run()
}
