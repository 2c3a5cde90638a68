// Package pgtemp runs a throwaway PostgreSQL server for the tests and the demo.
//
//	server, err := pgtemp.Start(ctx)
//	if err != nil {
//		return err
//	}
//	defer server.Stop()
//	conn, err := pgx.Connect(ctx, server.DSN("postgres"))
//
// The server lives in a private folder, listens on a Unix socket in that folder only (unless
// [WithTCP] is given), and trades durability for speed. [Server.Stop] ends it and removes the
// folder. On Linux the kernel ends it as well when this process dies without calling Stop; the
// folder then stays behind in the temporary directory.
//
// [Server.StartReplica] and [Server.StartPooler] start a hot standby of the server, and a
// PgBouncer before it, which live and end like the server does.
//
// Tests share one server a test binary through [Main], [Shared] and [NewDatabase].
package pgtemp
