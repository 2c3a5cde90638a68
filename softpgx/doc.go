// Package softpgx is for programs that use pgx without database/sql: a [Pool] with the
// methods of *pgxpool.Pool, over the same rewriter as the driver of package softdelete.
//
//	pool, err := softpgx.New(ctx, "postgres://app@localhost/shop", policy)
//
// Scopes, the actor and the reason of a delete travel in the context, as they do there;
// refusals are *softdelete.RefusedError; errors of the server speak of the user's
// statement, and command tags are those that it would have had: a DELETE is "DELETE 1".
// [Restore] and its like are here for pools, connections and transactions of this
// package.
//
// What [Conn.Conn], [Conn.Hijack], pgx.Tx.Conn, pgx.Rows.Conn and pgx.LargeObjects return is
// pgx's own: a statement that is sent through it goes past the policy. So does what the
// hooks of the pool's configuration send, and pgx's tracers are shown what is sent.
package softpgx
