package doctor

import (
	"slices"
	"testing"

	pg "github.com/pganalyze/pg_query_go/v5"

	"github.com/softdelete-go/softdelete"
)

func shop() *examination {
	return &examination{tables: []*table{
		{Schema: "public", Name: "users", SQL: "users", column: "deleted_at"},
		{Schema: "public", Name: "flags", SQL: "flags", column: "gone", marker: softdelete.Flag},
		{Schema: "public", Name: "ticks", SQL: "ticks", column: "at", marker: softdelete.UnixMillis},
	}}
}

// Conditions that somebody wrote by hand, and those that do not do.
func TestAnalyse(t *testing.T) {
	for _, c := range []struct{ sql, unfiltered, deletes string }{
		{"SELECT 1 FROM users WHERE deleted_at IS NULL", "", ""},
		{"SELECT 1 FROM public.users WHERE public.users.deleted_at IS NULL AND (a OR b)", "", ""},
		{"SELECT 1 FROM other.users", "", ""},
		{"SELECT 1 FROM users", "users", ""},
		{"SELECT 1 FROM users WHERE deleted_at IS NULL OR a", "users", ""},
		{"SELECT 1 FROM users WHERE NOT (deleted_at IS NULL)", "users", ""},
		{"SELECT 1 FROM users WHERE deleted_at IS NOT NULL", "users", ""},
		{"SELECT 1 FROM users WHERE gone IS NULL", "users", ""},
		{"SELECT 1 FROM users HAVING bool_and(deleted_at IS NULL)", "users", ""},
		{"SELECT 1 FROM users u, users v WHERE u.deleted_at IS NULL", "users", ""},
		{"SELECT 1 FROM flags WHERE NOT gone", "", ""},
		{"SELECT 1 FROM flags WHERE gone IS NOT TRUE", "", ""},
		{"SELECT 1 FROM flags WHERE gone = false", "", ""},
		{"SELECT 1 FROM flags WHERE gone", "flags", ""},
		{"SELECT 1 FROM flags WHERE gone IS NOT FALSE", "flags", ""},
		{"SELECT 1 FROM flags WHERE gone = true", "flags", ""},
		{"SELECT 1 FROM ticks WHERE at = 0", "", ""},
		{"SELECT 1 FROM ticks WHERE at = (0)::numeric", "", ""},
		{"SELECT 1 FROM ticks WHERE at = '0'::bigint", "", ""},
		{"SELECT 1 FROM ticks WHERE at > 0", "ticks", ""},
		{"SELECT 1 FROM ticks WHERE at = 1", "ticks", ""},

		{"SELECT 1 FROM users u JOIN flags f ON NOT f.gone AND u.deleted_at IS NULL", "", ""},
		{"SELECT 1 FROM users u LEFT JOIN flags f ON NOT f.gone WHERE u.deleted_at IS NULL", "", ""},
		{"SELECT 1 FROM users u LEFT JOIN flags f ON u.deleted_at IS NULL WHERE NOT f.gone", "users flags", ""},
		{"SELECT 1 FROM users u RIGHT JOIN flags f ON u.deleted_at IS NULL WHERE NOT f.gone", "", ""},
		{"SELECT 1 FROM users u FULL JOIN flags f ON u.deleted_at IS NULL AND NOT f.gone", "users flags", ""},
		{"SELECT 1 FROM o LEFT JOIN (users u JOIN (SELECT) x ON u.deleted_at IS NULL) ON true", "", ""},
		{"SELECT 1 FROM o LEFT JOIN (SELECT * FROM users WHERE deleted_at IS NULL) u ON true", "", ""},
		{"SELECT 1 FROM (users u CROSS JOIN o) AS j WHERE j.deleted_at IS NULL", "users", ""},
		{"SELECT 1 FROM users TABLESAMPLE system (10)", "users", ""},
		{"SELECT 1 FROM users TABLESAMPLE system (10) WHERE deleted_at IS NULL", "", ""},

		{"SELECT (SELECT max(id) FROM users) FROM flags WHERE NOT gone", "users", ""},
		{"SELECT 1 FROM o WHERE EXISTS (SELECT FROM users u WHERE u.id = o.id AND u.deleted_at IS NULL)", "", ""},
		{"SELECT 1 FROM users u WHERE u.deleted_at IS NULL AND EXISTS (SELECT FROM users x WHERE u.deleted_at IS NULL)", "users", ""},
		{"SELECT id FROM users WHERE deleted_at IS NULL UNION SELECT id FROM flags", "flags", ""},
		{"WITH users AS (SELECT 1) SELECT * FROM users", "", ""},
		{"WITH users AS (SELECT 1) SELECT * FROM public.users", "users", ""},
		{"WITH RECURSIVE r AS (SELECT id FROM users WHERE deleted_at IS NULL UNION SELECT u.id FROM r JOIN users u ON u.boss = r.id) TABLE r", "users", ""},
		{"SELECT 1 FROM o, LATERAL (SELECT FROM ticks WHERE id = o.id) x", "ticks", ""},

		{"INSERT INTO users SELECT * FROM flags", "flags", ""},
		{"INSERT INTO users VALUES (1)", "", ""},
		{"INSERT INTO users VALUES (1) ON CONFLICT (id) DO UPDATE SET a = 1", "users", ""},
		{"INSERT INTO users VALUES (1) ON CONFLICT (id) WHERE deleted_at IS NULL DO UPDATE SET a = 1", "", ""},
		{"UPDATE users SET a = 1", "users", ""},
		{"UPDATE users u SET a = (SELECT count(*) FROM ticks) WHERE u.deleted_at IS NULL", "ticks", ""},
		{"UPDATE users u SET a = 1 FROM flags f WHERE u.deleted_at IS NULL AND NOT f.gone", "", ""},
		{"DELETE FROM users WHERE deleted_at IS NULL", "", "users"},
		{"DELETE FROM o USING users u", "users", ""},
		{"WITH d AS (DELETE FROM flags RETURNING 1) SELECT * FROM d", "", "flags"},
		{"WITH users AS (SELECT 1) DELETE FROM users", "", "users"},
		{"TRUNCATE o, ticks", "", "ticks"},
		{"MERGE INTO users u USING flags f ON u.id = f.id AND u.deleted_at IS NULL WHEN MATCHED THEN DELETE", "flags", "users"},
		{"MERGE INTO users u USING o ON u.id = o.id WHEN MATCHED THEN UPDATE SET a = 1", "users", ""},
		{"CREATE TEMP TABLE x AS SELECT * FROM users", "users", ""},
	} {
		tree, err := pg.Parse(c.sql)
		if err != nil {
			t.Fatalf("%s: %v", c.sql, err)
		}
		u := shop().analyse(tree)
		if got := words(u.unfiltered); got != c.unfiltered {
			t.Errorf("%s\nreads %q, expected %q", c.sql, got, c.unfiltered)
		}
		if got := words(u.deletes); got != c.deletes {
			t.Errorf("%s\ndeletes from %q, expected %q", c.sql, got, c.deletes)
		}
	}
}

func words(tables []*table) string {
	s := ""
	for _, t := range tables {
		if s != "" {
			s += " "
		}
		s += t.Name
	}
	return s
}

// Names in bodies that are not SQL.
func TestMentioned(t *testing.T) {
	users := &table{Schema: "public", Name: "users", column: "deleted_at"}
	odd := &table{Schema: `a"b`, Name: "order", column: "deleted_at"}
	for _, c := range []struct {
		t    *table
		text string
		want mention
	}{
		{users, "SELECT * FROM users", mentionedElsewhere},
		{users, "SELECT * FROM Public . USERS;", mentionedElsewhere},
		{users, `SELECT * FROM "public"."users"`, mentionedElsewhere},
		{users, "x := other.users; y := NEW.users", notMentioned},
		{users, "my_users, users_2, usersé, $users", notMentioned},
		{users, "users,users", mentionedElsewhere},
		{users, "DELETE\n  FROM ONLY users", mentionedInDelete},
		{users, "delete from public.users where", mentionedInDelete},
		{users, "execute 'truncate table users'", mentionedInDelete},
		{users, "SELECT * FROM users; TRUNCATE users", mentionedInDelete},
		{users, "DELETE FROM others USING users", mentionedElsewhere},
		{users, "INSERT INTO users VALUES (1)", notMentioned},
		{users, "INSERT INTO users VALUES (1) ON CONFLICT DO NOTHING", mentionedElsewhere},
		{users, "INSERT INTO users SELECT * FROM users", mentionedElsewhere},
		{odd, "ORDER BY 1", notMentioned},
		{odd, `SELECT * FROM "order"`, mentionedElsewhere},
		{odd, `DELETE FROM "a""b" . "order"`, mentionedInDelete},
		{odd, `DELETE FROM "a""c"."order"`, notMentioned},
		{odd, `format('DELETE FROM %I', 'order')`, mentionedElsewhere},
	} {
		if got := c.t.mentioned(c.text); got != c.want {
			t.Errorf("%s in %q: %d, expected %d", c.t.Name, c.text, got, c.want)
		}
	}
}

func TestRunsText(t *testing.T) {
	for text, want := range map[string]bool{
		"BEGIN EXECUTE q; END":                           true,
		"RETURN QUERY EXECUTE 'SELECT 1' USING a":        true,
		"FOR r IN EXECUTE format('x') LOOP":              true,
		"CREATE TRIGGER t … EXECUTE FUNCTION f()":        false,
		"CREATE TRIGGER t … EXECUTE PROCEDURE f()":       false,
		"executed := a.execute; re_execute(1)":           false,
		"EXECUTE(q)":                                     true,
		"x EXECUTE FUNCTION f(); EXECUTE 'DROP TABLE x'": true,
	} {
		if got := runsText(text); got != want {
			t.Errorf("%q: %t", text, got)
		}
	}
}

func TestPieces(t *testing.T) {
	type edit func(string) (string, error)
	action := func(a string) edit { return func(s string) (string, error) { return withAction(s, a) } }
	live := func(s string) (string, error) { return withCondition(s, "d IS NULL") }
	for _, c := range []struct {
		edit     edit
		in, want string
	}{
		{action("CASCADE"), "FOREIGN KEY (a) REFERENCES p(id)", "FOREIGN KEY (a) REFERENCES p(id) ON DELETE CASCADE"},
		{action(""), "FOREIGN KEY (a) REFERENCES p(id) ON DELETE CASCADE", "FOREIGN KEY (a) REFERENCES p(id)"},
		{action(""), "FOREIGN KEY (a) REFERENCES p(id) ON UPDATE CASCADE ON DELETE SET NULL (a) DEFERRABLE", "FOREIGN KEY (a) REFERENCES p(id) ON UPDATE CASCADE DEFERRABLE"},
		{action("RESTRICT"), `FOREIGN KEY ("ON") REFERENCES p("DELETE") MATCH FULL ON DELETE SET NULL NOT VALID`, `FOREIGN KEY ("ON") REFERENCES p("DELETE") MATCH FULL ON DELETE RESTRICT NOT VALID`},
		{live, "CREATE INDEX i ON t USING btree (a)", "CREATE INDEX i ON t USING btree (a) WHERE (d IS NULL)"},
		{live, "CREATE INDEX i ON t USING btree (a) WHERE ((a = 'WHERE') OR b)", "CREATE INDEX i ON t USING btree (a) WHERE (((a = 'WHERE') OR b) AND d IS NULL)"},
		{live, "EXCLUDE USING gist (a WITH &&) DEFERRABLE INITIALLY DEFERRED", "EXCLUDE USING gist (a WITH &&) WHERE (d IS NULL) DEFERRABLE INITIALLY DEFERRED"},
		{live, `EXCLUDE USING gist (a WITH &&) WHERE ((b > 0)) DEFERRABLE`, `EXCLUDE USING gist (a WITH &&) WHERE (((b > 0)) AND d IS NULL) DEFERRABLE`},
	} {
		if got, err := c.edit(c.in); err != nil || got != c.want {
			t.Errorf("%s\nbecomes  %s (%v)\nexpected %s", c.in, got, err, c.want)
		}
	}
}

func TestWithoutLive(t *testing.T) {
	users := &table{Name: "users", column: "deleted_at"}
	for expr, want := range map[string]string{
		"(deleted_at IS NULL)":                               "true",
		"((a = 1) AND (deleted_at IS NULL))":                 "(a = 1)",
		"((deleted_at IS NULL) AND (a = 'x AND y') AND (b))": "(a = 'x AND y') AND (b)",
		"(a = 1)": "(a = 1)",
		"((a = 1) AND ((deleted_at IS NULL) OR b))":            "",
		"((a = 1) OR (deleted_at IS NULL))":                    "",
		"((deleted_at IS NULL) AND (deleted_at > created_at))": "",
	} {
		got, ok := users.withoutLive(expr)
		if ok != (want != "") || ok && (got != want && "("+got+")" != want) {
			t.Errorf("%s becomes %q, %t; expected %q", expr, got, ok, want)
		}
	}
}

func TestNames(t *testing.T) {
	for name, want := range map[string][2]string{
		"users":                 {"", "users"},
		"billing.invoices":      {"billing", "invoices"},
		"*.users":               {"*", "users"},
		`"my schema"."My.T""b"`: {"my schema", `My.T"b`},
		`"a.b"`:                 {"", "a.b"},
		`x."y"`:                 {"x", "y"},
	} {
		schema, table := splitName(name)
		if got := [2]string{schema, table}; got != want {
			t.Errorf("%s is taken apart as %q", name, got)
		}
		if schema != "" && schema != everySchema {
			if s, n := splitName(policyName(schema, table)); s != schema || n != table {
				t.Errorf("%s comes back as %q, %q", policyName(schema, table), s, n)
			}
		}
	}
	for path, want := range map[string][]string{
		`"$user", public`:   {"ann", "public"},
		`A, "B c","d""e",f`: {"a", "B c", `d"e`, "f"},
		``:                  nil,
		`""`:                {""},
	} {
		if got := schemasOf(path, "ann"); !slices.Equal(got, want) {
			t.Errorf("%s is %q", path, got)
		}
	}
}

func TestKindsOfSeverity(t *testing.T) {
	for _, s := range []Severity{Notice, Warning, Error} {
		text, err := s.MarshalText()
		var back Severity
		if err != nil || back.UnmarshalText(text) != nil || back != s {
			t.Errorf("%d is %q, and back %d", s, text, back)
		}
	}
	var s Severity
	if err := s.UnmarshalText([]byte("fatal")); err == nil {
		t.Error("fatal is a severity")
	}
}
