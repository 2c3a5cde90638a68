// Gen writes go-jet's models and tables of the database that the variable DSN names.
package main

import (
	"database/sql"
	"log"
	"os"

	"github.com/go-jet/jet/v2/generator/postgres"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
)

func main() {
	db, err := sql.Open("pgx", os.Getenv("DSN"))
	if err != nil {
		log.Fatal(err)
	}
	if err := postgres.GenerateDB(db, "public", "shopdb"); err != nil {
		log.Fatal(err)
	}
	if err := db.Close(); err != nil {
		log.Fatal(err)
	}
}
