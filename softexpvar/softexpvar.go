// Package softexpvar publishes the counters of package softdelete with expvar. It is a
// package of its own because expvar registers a handler with net/http's default server.
package softexpvar

import (
	"database/sql"
	"errors"
	"expvar"
	"fmt"

	"github.com/softdelete-go/softdelete"
)

// Publish publishes the counters of the driver that db was opened with, under name: an
// object with the fields of [softdelete.Stats], read when it is asked for. It returns an
// error if name is taken, or db is not of this driver.
func Publish(name string, db *sql.DB) error {
	if _, ok := softdelete.StatsOf(db); !ok {
		return errors.New("softexpvar: the database was not opened with softdelete")
	}
	return PublishFunc(name, func() softdelete.Stats {
		s, _ := softdelete.StatsOf(db)
		return s
	})
}

// PublishFunc is Publish for other sources, such as the method Counters of a softpgx.Pool.
func PublishFunc(name string, stats func() softdelete.Stats) error {
	if expvar.Get(name) != nil {
		return fmt.Errorf("softexpvar: the name %q is taken", name)
	}
	expvar.Publish(name, expvar.Func(func() any { return stats() }))
	return nil
}
