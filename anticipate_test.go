package softdelete_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/internal/pgtemp"
)

// completed is what Anticipate makes of a policy for a schema that lacks its columns, as
// YAML, and the problems.
func completed(t *testing.T, ddl string, p softdelete.Policy) (yaml string, problems []string) {
	t.Helper()
	plain := openPlain(t, pgtemp.NewDatabase(t))
	mustExec(t, plain, ddl)
	got, err := softdelete.Anticipate(t.Context(), plain, p)
	if err != nil {
		problems = policyProblems(t, err)
	}
	var b bytes.Buffer
	if err := softdelete.SavePolicy(&b, got); err != nil && problems == nil {
		t.Fatalf("%+v: %v", got, err)
	}
	return b.String(), problems
}

func tablesNamed(names ...string) softdelete.Policy {
	p := softdelete.Policy{Journal: true}
	for _, name := range names {
		p.Tables = append(p.Tables, softdelete.Table{Name: name, DeletionID: "deletion_id"})
	}
	return p
}

func TestAnticipate(t *testing.T) {
	const ddl = `
		CREATE TABLE users (no int PRIMARY KEY, name text);
		CREATE TABLE orders (id int PRIMARY KEY, user_no int REFERENCES users ON DELETE CASCADE);
		CREATE TABLE audit (id int PRIMARY KEY, user_no int REFERENCES users);
		CREATE TABLE flags (id int PRIMARY KEY, is_deleted boolean NOT NULL DEFAULT false);
		CREATE TABLE events (id int, day date, user_no int REFERENCES users ON DELETE SET NULL, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
		CREATE TABLE events_1 PARTITION OF events DEFAULT;
		CREATE TABLE marked (id int PRIMARY KEY, deleted_at timestamptz)`
	got, problems := completed(t, ddl, tablesNamed("users", "orders", "flags", "events"))
	if problems != nil {
		t.Fatal(problems)
	}
	equalText(t, "named", got, `tables:
  - name: users
    primary_key:
      - no
    deletion_id: deletion_id
  - name: orders
    deletion_id: deletion_id
  - name: flags
    column: is_deleted
    marker: flag
    deletion_id: deletion_id
  - name: events
    primary_key:
      - id
      - day
    deletion_id: deletion_id
  - name: events_1
    primary_key:
      - id
      - day
    partition_of: events
    deletion_id: deletion_id
foreign_keys:
  - name: orders_user_no_fkey
    table: orders
    columns:
      - user_no
    ref_table: users
    ref_columns:
      - no
    on_delete: cascade
  - name: audit_user_no_fkey
    table: audit
    columns:
      - user_no
    ref_table: users
    ref_columns:
      - no
  - name: events_user_no_fkey
    table: events
    columns:
      - user_no
    ref_table: users
    ref_columns:
      - no
    on_delete: set_null
journal: true
`)
	with := tablesNamed("audit")
	with.Discover, with.Journal = true, false
	got, problems = completed(t, ddl, with)
	if problems != nil {
		t.Fatal(problems)
	}
	if !strings.Contains(got, "name: marked") || !strings.Contains(got, "name: flags") || strings.Contains(got, "name: users") {
		t.Errorf("discovered, with one table more:\n%s", got)
	}
}

func TestAnticipateSaysWhatItCannotDo(t *testing.T) {
	const ddl = `
		CREATE TABLE users (id int PRIMARY KEY);
		CREATE TABLE orders (id int PRIMARY KEY, user_id int REFERENCES users ON DELETE CASCADE);
		CREATE TABLE keyless (a int);
		CREATE TABLE archive (id int PRIMARY KEY, deleted_at timestamptz NOT NULL);
		CREATE VIEW v AS SELECT 1 AS id`
	for _, c := range []struct {
		tables []string
		want   string
	}{
		{[]string{"users"}, "orders"},
		{[]string{"orders"}, "a delete from users, which is not in tables, really destroys rows of orders"},
		{[]string{"keyless"}, "table public.keyless has no column"},
		{[]string{"archive"}, "tables[0].column: column public.archive.deleted_at is there and is no marker"},
		{[]string{"v"}, "public.v is a view"},
		{[]string{"nothing"}, "the database has no table nothing"},
	} {
		_, problems := completed(t, ddl, tablesNamed(c.tables...))
		if !strings.Contains(strings.Join(problems, "\n"), c.want) {
			t.Errorf("%v: %q, want %s", c.tables, problems, c.want)
		}
	}
}

func TestParseTableName(t *testing.T) {
	for name, want := range map[string][2]string{
		"users": {"", "users"}, `billing."a.b"`: {"billing", "a.b"}, "*.users": {"*", "users"},
	} {
		schema, table, err := softdelete.ParseTableName(name)
		if err != nil || schema != want[0] || table != want[1] {
			t.Errorf("%s: %q, %q, %v", name, schema, table, err)
		}
	}
	if _, _, err := softdelete.ParseTableName("a.b.c"); err == nil || !strings.Contains(err.Error(), "more than one dot") {
		t.Errorf("a.b.c: %v", err)
	}
}
