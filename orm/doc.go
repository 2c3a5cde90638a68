// Package orm is the home of the suites that run softdelete beneath the libraries that
// Go programs reach PostgreSQL with, each on a real server. There is a folder for each
// library; suite holds what all of them have to pass. It is a module of its own, so that
// their dependencies are nobody else's.
package orm
