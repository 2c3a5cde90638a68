// Package doctor examines a PostgreSQL database for what a softdelete driver cannot
// see, and for what the schema lacks: views, functions, triggers, rules, foreign
// keys, unique keys, privileges, partitions, and rows that should not be there.
//
//	report, err := doctor.Examine(ctx, db, policy, doctor.Options{})
//	err = report.Text(os.Stdout)
//
// Each [Finding] has a code that stays the same from version to version, the object,
// what is dangerous about it, and the SQL that ends it; [Kinds] lists the codes. The
// command "softdelete doctor" is the same for the command line.
//
// [Queries] needs no database: it says of each statement of a file what the driver
// would make of it.
//
// docs/doctor.md lists what is found, and what cannot be.
package doctor
