package ddl_test

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/ddl"
	"github.com/softdelete-go/softdelete/internal/pgtemp"
)

func TestPlanRefuses(t *testing.T) {
	db := open(t, pgtemp.NewDatabase(t))
	mustExec(t, db, `CREATE VIEW v AS SELECT 1 AS id; CREATE TABLE words (id int PRIMARY KEY, deleted_at text);
		CREATE TABLE whole (id int) PARTITION BY RANGE (id); CREATE TABLE part PARTITION OF whole DEFAULT;
		CREATE TABLE fine (id int PRIMARY KEY)`)
	for _, c := range []struct {
		tables  string
		options ddl.Options
		want    string
	}{
		{"{name: nothing}", ddl.Options{}, "tables[0].name: the database has no table nothing; correct the name"},
		{"{name: fine}, {name: v}", ddl.Options{}, "tables[1].name: public.v is no table"},
		{"{name: words}", ddl.Options{}, "tables[0].marker: column public.words.deleted_at is of type text, which a timestamp marker cannot be"},
		{"{name: part}", ddl.Options{}, "tables[0].name: public.part is a partition of public.whole, and gets its columns from there; add public.whole to tables"},
		{"{name: fine}], foreign_keys: [{table: fine, columns: [id], ref_table: gone, ref_columns: [id]}", ddl.Options{}, "foreign_keys[0]: the database has no table gone"},
		{"{name: fine}", ddl.Options{LockTimeout: time.Microsecond}, "a lock timeout of 1µs would be none"},
	} {
		p, err := softdelete.LoadPolicy(strings.NewReader("{tables: [" + c.tables + "]}"))
		if err != nil {
			t.Fatal(err)
		}
		m, err := ddl.Plan(t.Context(), db, p, c.options)
		if m != nil || err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.tables, err, c.want)
		}
	}
}

func TestAdvice(t *testing.T) {
	db := open(t, pgtemp.NewDatabase(t))
	role := strings.ToLower("role_" + strings.ReplaceAll(t.Name(), "/", "_"))
	mustExec(t, db, fmt.Sprintf(`
		CREATE TABLE users (id int PRIMARY KEY, name text, city int);
		CREATE INDEX users_name ON users (name DESC) INCLUDE (city);
		CREATE TABLE roomy (id int PRIMARY KEY, user_id int REFERENCES users) WITH (fillfactor = 80);
		CREATE INDEX roomy_user ON roomy (user_id);
		CREATE ROLE %[1]s_all; CREATE ROLE "%[1]s Deleter"; CREATE ROLE %[1]s_columns;
		GRANT SELECT, UPDATE, DELETE ON users TO %[1]s_all;
		GRANT SELECT, DELETE ON users TO "%[1]s Deleter";
		GRANT DELETE ON roomy TO PUBLIC`, role))
	t.Cleanup(func() {
		mustExec(t, db, fmt.Sprintf(`DROP OWNED BY %[1]s_all, "%[1]s Deleter", %[1]s_columns; DROP ROLE %[1]s_all, "%[1]s Deleter", %[1]s_columns`, role))
	})
	p, err := softdelete.LoadPolicy(strings.NewReader("journal: true\ntables: [{name: users, deletion_id: deletion_id}, {name: roomy, deletion_id: deletion_id}]"))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"Where most rows are deleted, an index of the live ones spares joins the way to deleted children of live parents. " +
			"Inserts and restores write to it besides; deletes leave it alone, and write to the other indexes as before:\n" +
			"CREATE INDEX CONCURRENTLY roomy_user_id_live ON public.roomy (user_id) WHERE deleted_at IS NULL;",
		"users_name of public.users: if it serves lists of live rows, one of these alone stays small:\n" +
			"CREATE INDEX CONCURRENTLY users_name_live ON public.users USING btree (name DESC) INCLUDE (city) WHERE deleted_at IS NULL;",
		`"` + role + ` Deleter" may delete from public.users, and a delete is an update from now on:` + "\n" +
			`GRANT UPDATE (deleted_at, deletion_id) ON public.users TO "` + role + ` Deleter";`,
		"PUBLIC may delete from public.roomy, and a delete is an update from now on:\nGRANT SELECT (deleted_at, deletion_id), UPDATE (deleted_at, deletion_id) ON public.roomy TO PUBLIC;",
		"Who deletes or restores writes to the new tables too:\nGRANT SELECT, INSERT, UPDATE ON softdelete_links, softdelete_deletions TO \"" + role + ` Deleter", ` + role + "_all, PUBLIC;",
	}
	m := plan(t, db, p, ddl.Options{})
	if got := strings.Join(m.Notes, "\n\n"); got != strings.Join(want, "\n\n") {
		t.Errorf("got\n%s\n\nwant\n%s", got, strings.Join(want, "\n\n"))
	}

	// What is advised can be done, and is then not advised again.
	apply(t, db, m.Up)
	follow(t, db, m)
	if got := plan(t, db, p, ddl.Options{}).Notes; len(got) != 1 || !strings.HasPrefix(got[0], "users_name of") {
		t.Errorf("advised again: %q", got) // whether the index serves lists is not known
	}
}

// follow carries out what is advised.
func follow(t *testing.T, db *sql.DB, m *ddl.Migration) {
	t.Helper()
	for _, n := range m.Notes {
		for i, statement := range strings.Split(n, "\n") {
			if i > 0 {
				mustExec(t, db, statement)
			}
		}
	}
}

// Where a delete writes to no index yet, advice says what it would cost.
func TestAdviceWhereDeletesWriteToNoIndex(t *testing.T) {
	db := open(t, pgtemp.NewDatabase(t))
	mustExec(t, db, `
		CREATE TABLE users (id int PRIMARY KEY, email text UNIQUE);
		CREATE TABLE notes (id int PRIMARY KEY, user_id int REFERENCES users, word text);
		CREATE INDEX notes_word ON notes (word);
		CREATE TABLE tags (id int PRIMARY KEY, user_id int REFERENCES users, friend_id int REFERENCES users, deleted_at timestamptz);
		CREATE INDEX tags_friend ON tags (friend_id, id) WHERE deleted_at IS NULL;
		CREATE TABLE pairs (id int PRIMARY KEY, a int REFERENCES users, b int REFERENCES users, UNIQUE (a, b));
		CREATE TABLE twins (id int PRIMARY KEY, user_id int REFERENCES users, live_id int GENERATED ALWAYS AS (CASE WHEN deleted_at IS NULL THEN id END) STORED UNIQUE,
			deleted_at timestamptz);
		CREATE TABLE flags (id int PRIMARY KEY, user_id int REFERENCES users) PARTITION BY HASH (id);
		CREATE TABLE flag PARTITION OF flags FOR VALUES WITH (MODULUS 1, REMAINDER 0)`)
	p, err := softdelete.LoadPolicy(strings.NewReader(`tables: [{name: users}, {name: notes}, {name: tags}, {name: pairs}, {name: twins},
		{name: flags, column: gone, marker: flag}, {name: flag, column: gone, marker: flag, partition_of: flags}]`))
	if err != nil {
		t.Fatal(err)
	}
	const gain = "Where most rows are deleted, an index of the live ones spares joins the way to deleted children of live parents. Inserts and restores write to it besides"
	want := []string{
		"With room in the page for the row's new version, a delete from these writes to no index:\n" +
			"ALTER TABLE public.notes SET (fillfactor = 90);\nALTER TABLE public.flag SET (fillfactor = 90);",
		gain + "; deletes leave it alone, and write to the other indexes as before:\n" +
			"CREATE INDEX CONCURRENTLY pairs_b_live ON public.pairs (b) WHERE deleted_at IS NULL;\n" +
			"CREATE INDEX CONCURRENTLY tags_user_id_live ON public.tags (user_id) WHERE deleted_at IS NULL;\n" +
			"CREATE INDEX CONCURRENTLY twins_user_id_live ON public.twins (user_id) WHERE deleted_at IS NULL;",
		gain + ". Deletes from public.flags, public.notes write to no index so far, if the page has room, and would write to all but this one:\n" +
			"CREATE INDEX flags_user_id_live ON public.flags (user_id) WHERE NOT gone;\n" +
			"CREATE INDEX CONCURRENTLY notes_user_id_live ON public.notes (user_id) WHERE deleted_at IS NULL;",
		"notes_word of public.notes: if it serves lists of live rows, one of these alone stays small. " +
			"Deletes, which write to no index so far if the page has room, then write to all others:\n" +
			"CREATE INDEX CONCURRENTLY notes_word_live ON public.notes USING btree (word) WHERE deleted_at IS NULL;",
	}
	m := plan(t, db, p, ddl.Options{})
	if got := strings.Join(m.Notes, "\n\n"); got != strings.Join(want, "\n\n") {
		t.Errorf("got\n%s\n\nwant\n%s", got, strings.Join(want, "\n\n"))
	}
	apply(t, db, m.Up)
	mustExec(t, db, `INSERT INTO users (id) VALUES (1); INSERT INTO notes VALUES (1, 1); INSERT INTO tags VALUES (1, 1, 1); INSERT INTO pairs VALUES (1, 1);
		INSERT INTO twins (id, user_id) VALUES (1, 1); INSERT INTO flags VALUES (1, 1)`)
	onPage := func() (tables []string) {
		for _, table := range []string{"flag", "notes", "pairs", "tags", "twins", "users"} {
			tables = append(tables, fmt.Sprintf("%s: %d", table, deletedOnPage(t, db, table)))
		}
		return tables
	}
	if got, want := onPage(), []string{"flag: 1", "notes: 1", "pairs: 0", "tags: 0", "twins: 0", "users: 0"}; !slices.Equal(got, want) {
		t.Errorf("HOT updates are %v, want %v", got, want)
	}
	follow(t, db, m)
	if got, want := onPage(), []string{"flag: 0", "notes: 0", "pairs: 0", "tags: 0", "twins: 0", "users: 0"}; !slices.Equal(got, want) {
		t.Errorf("as advised, HOT updates are %v, want %v", got, want)
	}
	if got := plan(t, db, p, ddl.Options{}).Notes; len(got) != 1 || !strings.HasPrefix(got[0], "notes_word of public.notes: if it serves lists of live rows, one of these alone stays small:") {
		t.Errorf("advised again: %q", got)
	}
}

// deletedOnPage deletes a row, softly and not for long, and returns how many updates
// wrote to no index for it.
func deletedOnPage(t *testing.T, db *sql.DB, table string) int {
	t.Helper()
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	marked := "deleted_at = now()"
	if table == "flag" {
		marked = "gone = true"
	}
	count := func() (n int) {
		if err := tx.QueryRow("SELECT pg_stat_get_xact_tuples_hot_updated($1::text::regclass)", table).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := count() // of earlier transactions, which the server has not counted yet
	if _, err := tx.Exec("UPDATE " + table + " SET " + marked); err != nil {
		t.Fatal(err)
	}
	return count() - before
}

// The catalog can be read through the driver, too.
func TestPlanThroughTheDriver(t *testing.T) {
	dsn := pgtemp.NewDatabase(t)
	db := open(t, dsn)
	mustExec(t, db, "CREATE TABLE rel (id int PRIMARY KEY, email text UNIQUE, deleted_at timestamptz); CREATE TABLE c (id int PRIMARY KEY)")
	p, err := softdelete.LoadPolicy(strings.NewReader("tables: [{name: rel}]"))
	if err != nil {
		t.Fatal(err)
	}
	ours, err := softdelete.Open(dsn, p)
	if err != nil {
		t.Fatal(err)
	}
	defer ours.Close()
	if got, want := plan(t, ours, p, ddl.Options{}).SQL(false), plan(t, db, p, ddl.Options{}).SQL(false); got != want {
		t.Error(firstDifference(want, got))
	}
}
