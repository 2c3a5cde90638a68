// Package pgxshop is the suite's shop in what sqlc generates for pgx/v5, over a pool of pgx's
// own and over one of package softpgx.
package pgxshop
