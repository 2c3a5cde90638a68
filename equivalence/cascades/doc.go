// Package cascades judges what the driver does about foreign keys by what
// PostgreSQL does about them itself.
//
// One random schema, with foreign keys of all actions, stands in two databases:
// on the twin a DELETE is real, and the constraints act; on ours the same
// statements go through the softdelete driver, and the constraints, though they
// are there, never see a row go. After every statement both must have answered
// the same (rows, affected rows, SQLSTATE, constraint, message), and the live
// rows of every table must be equal. Deletes are restored, too, and then every
// row must be what it was.
//
// PostgreSQL's own answer depends on the order of its constraints in places: it
// checks and cascades one after another, row by row, where the driver looks at
// everything at once. Where both disagree, the statement is tried again on twins
// whose constraints, or rows, are in another order, or are checked at the end.
// If one of these says what the driver said, the case is counted as one that
// depends on order (see [Report]); anything else is a [Fault].
package cascades
