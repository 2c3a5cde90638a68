// Package ddl plans the migration that brings a database's schema to a policy, and
// its reverse.
//
//	m, err := ddl.Plan(ctx, db, policy, ddl.Options{})
//	if err != nil {
//		return err
//	}
//	for _, s := range m.Up {
//		if _, err := db.ExecContext(ctx, s.SQL); err != nil {
//			return err
//		}
//	}
//
// The plan has only what the database lacks, so that it is empty once it has been
// carried out, and what is left of it when it was interrupted. db must reach the
// database without the softdelete driver when statements are sent; Plan itself only
// reads the catalog.
//
// # Locks
//
// Each statement that makes others wait is a transaction of its own, gives up after
// [Options.LockTimeout], and then has changed nothing: plan again, and go on. What
// is CONCURRENTLY waits for other transactions and makes none wait for it, so it has
// no timeout. Where it fails it leaves an invalid index, which the next plan removes.
package ddl
