package softdelete

import (
	"context"
	"database/sql/driver"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// sentConn remembers what it is sent.
type sentConn struct {
	driver.Conn
	texts []string
	err   error
}

func (c *sentConn) ExecContext(_ context.Context, query string, _ []driver.NamedValue) (driver.Result, error) {
	c.texts = append(c.texts, query)
	return driver.ResultNoRows, c.err
}

func TestStripTraceComments(t *testing.T) {
	r, err := NewRewriter(usersPolicy, StripTraceComments())
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ in, out string }{
		{"SELECT 1 /*trace='1'*/", "SELECT 1"},
		{"SELECT 1 /*trace='2'*/\n", "SELECT 1"},
		{"DELETE FROM users WHERE id = $1/*a*/ ", "UPDATE users SET deleted_at = now() WHERE users.deleted_at IS NULL AND (id = $1)"},
		{"SELECT 1 -- x\n/* y */", "SELECT 1 -- x"},
		{"SELECT 3 -- x /* y */", "SELECT 3 -- x /* y */"},
		{"SELECT '/* x */", ""}, // refused
		{"SELECT '/* x */'", "SELECT '/* x */'"},
		{"SELECT 'a' '/* x */", ""},
		{"SELECT 1 /* /* nested */ */", "SELECT 1 /* /* nested */ */"},
		{"SELECT 1 /*+ hint */", "SELECT 1 /*+ hint */"},
		{"SELECT 1 /*/", ""},
		{"SELECT $$ /* x */ $$", "SELECT $$ /* x */ $$"},
		{`SELECT 1 AS " /* x */"`, `SELECT 1 AS " /* x */"`},
		{"SELECT 2 */* x */ 3", "SELECT 2 */* x */ 3"},
		{"/* x */", "/* x */"},
		{"SELECT 1; /* x */", "SELECT 1;"},
	} {
		parent := &sentConn{}
		c := newConn(parent, r)
		for range 3 { // known, the second time
			_, err := c.ExecContext(t.Context(), tt.in, nil)
			if (err != nil) != (tt.out == "") {
				t.Errorf("%q: %v", tt.in, err)
			}
		}
		if tt.out != "" && !slices.Equal(parent.texts, []string{tt.out, tt.out, tt.out}) {
			t.Errorf("%q became %q", tt.in, parent.texts)
		}
	}
	before := r.Stats()
	c := newConn(&sentConn{}, r)
	for _, text := range []string{"SELECT x FROM users /*1*/", "SELECT x FROM users /*2*/", "SELECT x FROM users /*3*/", "SELECT x FROM users"} {
		if _, err := c.ExecContext(t.Context(), text, nil); err != nil {
			t.Error(err)
		}
	}
	if after := r.Stats(); after.Misses != before.Misses+1 || after.Hits != before.Hits+3 {
		t.Errorf("%+v, then %+v", before, after)
	}
	pgErr := &pgconn.PgError{Code: "42703", Position: 51}
	c = newConn(&sentConn{err: pgErr}, r)
	if _, err := c.ExecContext(t.Context(), "SELECT * FROM users WHERE x = 1 /*t*/", nil); err == nil || pgErr.Position != 27 {
		t.Errorf("position %d, %v", pgErr.Position, err)
	}
	plain, err := NewRewriter(usersPolicy)
	if err != nil {
		t.Fatal(err)
	}
	parent := &sentConn{}
	if _, err := newConn(parent, plain).ExecContext(t.Context(), "SELECT 1 /*t*/", nil); err != nil || parent.texts[0] != "SELECT 1 /*t*/" {
		t.Errorf("by default %q is sent, %v", parent.texts, err)
	}
}
