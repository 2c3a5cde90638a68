package softdelete

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"testing"

	"github.com/softdelete-go/softdelete/internal/pgtemp"
)

func TestPolicyMeetsTheDatabase(t *testing.T) {
	dsn := pgtemp.NewDatabase(t)
	plain, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	_, err = plain.Exec(`
		CREATE TABLE users (id int PRIMARY KEY, deleted_at timestamptz, gone boolean NOT NULL DEFAULT false, deleted_ms bigint NOT NULL DEFAULT 0);
		CREATE VIEW people AS SELECT * FROM users;
		CREATE MATERIALIZED VIEW crowd AS SELECT * FROM users;
		CREATE SCHEMA billing;
		CREATE TABLE billing.invoices (id int PRIMARY KEY, deleted_at timestamp);
		CREATE SCHEMA t1; CREATE TABLE t1.notes (id int PRIMARY KEY, deleted_at timestamptz);
		CREATE SCHEMA t2; CREATE TABLE t2.notes (id int PRIMARY KEY);
		CREATE TABLE parts (id int, deleted_at timestamptz) PARTITION BY RANGE (id);
		CREATE TABLE "Odd ""name" (id int PRIMARY KEY, "Deleted At" date);`)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		tables []Table
		opts   []Option
		want   string // in the error; "" for none
	}{
		{"as it should be", []Table{{Name: "users"}, {Name: "billing.invoices"}, {Name: "parts"}, {Name: `"Odd ""name"`, Column: "Deleted At"}}, nil, ""},
		{"every marker kind", []Table{{Name: "users", Column: "gone", Marker: Flag}}, nil, ""},
		{"a unix marker", []Table{{Name: "users", Column: "deleted_ms", Marker: UnixMillis}}, nil, ""},
		{"a misspelt table", []Table{{Name: "users"}, {Name: "usres"}}, nil, "the database has no table usres"},
		{"a table that may come later", []Table{{Name: "users"}, {Name: "usres"}}, []Option{AllowMissingTables()}, ""},
		{"another schema's table", []Table{{Name: "users"}, {Name: "billing.users"}, {Name: "billing.invoices"}}, nil, "the database has no table billing.users"},
		{"no table at all: not yet migrated", []Table{{Name: "nothing"}, {Name: "nowhere"}}, nil, ""},
		{"no marker column", []Table{{Name: "users", Column: "removed_at"}}, nil, `table public.users has no column "removed_at"`},
		{"a marker of another type", []Table{{Name: "users", Marker: Flag}}, nil, "column public.users.deleted_at is of type timestamptz, which a flag marker cannot be"},
		{"a flag for a timestamp", []Table{{Name: "users", Column: "gone"}}, nil, "column public.users.gone is of type bool"},
		{"a view", []Table{{Name: "people"}}, nil, "public.people is a view"},
		{"a materialized view", []Table{{Name: "crowd"}}, nil, "public.crowd is a materialized view"},
		{"one tenant without the marker", []Table{{Name: "*.notes"}}, nil, `table t2.notes has no column "deleted_at"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			db, err := Open(dsn, Policy{Tables: tt.tables}, tt.opts...)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			checkProblem(t, "connecting", db.Ping(), tt.want)
			if tt.opts == nil && !strings.Contains(tt.name, "not yet migrated") {
				checkProblem(t, "Check", Check(context.Background(), plain, Policy{Tables: tt.tables}), tt.want)
			}
		})
	}
}

func checkProblem(t *testing.T, what string, err error, want string) {
	t.Helper()
	if want == "" {
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
		return
	}
	var p *PolicyError
	if !errors.As(err, &p) {
		t.Fatalf("%s: got %v, want a PolicyError", what, err)
	}
	if !strings.Contains(err.Error(), want) || p.Remedy == "" {
		t.Errorf("%s: got %q, want %q and a remedy", what, err, want)
	}
}

// The check is repeated until there is something to compare with.
func TestPolicyIsCheckedOnceTheTablesExist(t *testing.T) {
	dsn := pgtemp.NewDatabase(t)
	db, err := Open(dsn, Policy{Tables: []Table{{Name: "users"}}})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxIdleConns(0) // a new connection each time
	if _, err := db.Exec("CREATE TABLE users (id int PRIMARY KEY)"); err != nil {
		t.Fatal(err)
	}
	_, err = db.Exec("SELECT 1")
	checkProblem(t, "the next connection", err, `table public.users has no column "deleted_at"`)
	plain, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	if _, err := plain.Exec("ALTER TABLE users ADD COLUMN deleted_at timestamptz"); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("SELECT 1"); err != nil {
		t.Errorf("after the remedy: %v", err)
	}
}
