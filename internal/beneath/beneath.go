// Package beneath lets packages of this module send statements through the driver
// that it does not rewrite.
package beneath

import "context"

// Context returns a context in which the driver sends text in place of whatever
// statement is executed, and as it is. Before that it calls found with its policy: a
// softdelete.Policy, completed where it discovers, with the defaults of columns and keys
// written out. A driver that is not softdelete's sends the statement that is executed,
// and does not call found.
//
// It is a variable, which package softdelete sets, because that package must not
// export it.
var Context func(ctx context.Context, text string, found func(policy any)) context.Context
