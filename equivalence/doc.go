// Package equivalence judges the driver by real deletes.
//
// One workload runs on two databases of one server: on the twin through plain
// pgx, where DELETE destroys rows, and on ours through the softdelete driver.
// After every step both must have answered the same: rows, columns and types,
// affected rows, SQLSTATE; and whenever something was written, the live rows of
// every table must be equal. Reads are judged a second time, by row-level
// security: the unmodified SELECT runs on our own database as a role that sees
// live rows only.
//
// The workload is generated from a seed ([Run]), taken from a case ([Case],
// such as those in testdata/equivalence), or from the files of a user ([Replay]).
// A divergence is shrunk to a minimal case.
//
// The package uses the driver as an application does. It imports nothing that
// takes part in the rewriting, so that a mistake there cannot hide itself here.
// docs/equivalence.md explains the oracles, the exemptions and the limits.
package equivalence
