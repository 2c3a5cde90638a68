package main

import (
	"database/sql"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/softdelete-go/softdelete"
)

// peer is one way to live with deletes.
type peer struct {
	name   string
	in     func(*market) *stall
	driver bool // its connections are ours
	adjust func(*pgx.ConnConfig)
	over   func(*sql.DB) (*shopper, error)
}

func inSoft(m *market) *stall     { return m.soft }
func inGone(m *market) *stall     { return m.gone }
func inArchived(m *market) *stall { return m.archived }

func asItIs(*pgx.ConnConfig) {}

// simpleProtocol is how Bun's documentation has pgx: the texts hold all values.
func simpleProtocol(c *pgx.ConnConfig) { c.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol }

func parameter(name, value string) func(*pgx.ConnConfig) {
	return func(c *pgx.ConnConfig) { c.RuntimeParams[name] = value }
}

// The peers, the first of which the others are compared with.
var peers = []peer{
	{name: "hand-written", in: inSoft, adjust: asItIs, over: byHand},
	{name: "hand again", in: inSoft, adjust: asItIs, over: byHand},
	{name: "driver", in: inSoft, driver: true, adjust: asItIs, over: byDriver},
	{name: "no dead rows", in: inGone, adjust: asItIs, over: withoutTrash},
	{name: "GORM", in: inSoft, adjust: asItIs, over: byGORM},
	{name: "GORM tuned", in: inSoft, adjust: asItIs, over: byTunedGORM},
	{name: "Bun", in: inSoft, adjust: simpleProtocol, over: byBun},
	{name: "Ent", in: inSoft, adjust: asItIs, over: byEnt},
	{name: "view", in: inSoft, adjust: parameter("search_path", "viewed, public"), over: byView},
	{name: "RLS", in: inSoft, adjust: parameter("role", "shopkeeper"), over: byRowSecurity},
	{name: "archive trigger", in: inArchived, adjust: asItIs, over: byArchive},
}

// open opens so many connections, which count their round trips.
func (p peer) open(m *market, connections int) (*shopper, *tripCounter, *sql.DB, error) {
	connector, trips, err := counted(p.in(m).dsn, p.adjust, withoutWorkers)
	if err == nil && p.driver {
		connector, err = softdelete.WrapConnector(connector, marketPolicy)
	}
	if err != nil {
		return nil, nil, nil, err
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	by, err := p.over(db)
	if err == nil && connections == 1 {
		err = readAll(db)
	}
	if err != nil {
		return nil, nil, nil, errors.Join(err, db.Close())
	}
	return by, trips, db, nil
}

// withoutWorkers keeps what is measured in the one process that is looked at.
func withoutWorkers(c *pgx.ConnConfig) { c.RuntimeParams["max_parallel_workers_per_gather"] = "0" }

// readAll has a new connection see every page. Until a server process has touched a
// page of the shared memory, each first touch costs it more than the query: who has ten
// times as many pages would pay for that, and not for reading them.
func readAll(db *sql.DB) error {
	// Columns that no index has.
	for _, query := range []string{"SELECT max(length(name)) FROM users", "SELECT max(total_cents) FROM orders", "SELECT max(quantity) FROM items"} {
		var most sql.NullInt64
		if err := db.QueryRow(query).Scan(&most); err != nil {
			return err
		}
	}
	return nil
}
