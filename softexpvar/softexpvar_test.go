package softexpvar_test

import (
	"database/sql"
	"encoding/json"
	"expvar"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/internal/pgtemp"
	"github.com/softdelete-go/softdelete/softexpvar"
)

func TestMain(m *testing.M) { pgtemp.Main(m) }

func TestPublish(t *testing.T) {
	dsn := pgtemp.NewDatabase(t)
	plain, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	if _, err := plain.ExecContext(t.Context(), "CREATE TABLE users (id int PRIMARY KEY, deleted_at timestamptz)"); err != nil {
		t.Fatal(err)
	}
	db, err := softdelete.Open(dsn, softdelete.Policy{Tables: []softdelete.Table{{Name: "users"}}})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = softexpvar.Publish("softdelete", db)
	if err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{"DELETE FROM users", "UPDATE users SET id = id", "TRUNCATE users"} {
		_, _ = db.ExecContext(t.Context(), query) // TRUNCATE is refused
	}
	var got softdelete.Stats
	if err := json.Unmarshal([]byte(expvar.Get("softdelete").String()), &got); err != nil {
		t.Fatal(err)
	}
	if got.Rewritten != 1 || got.Filtered != 1 || got.Refused != 1 || got.Misses != 3 {
		t.Errorf("published: %+v", got)
	}
	if err := softexpvar.Publish("softdelete", db); err == nil {
		t.Error("a name was taken twice")
	}
	if err := softexpvar.Publish("plain", plain); err == nil {
		t.Error("another driver's database was published")
	}
}
