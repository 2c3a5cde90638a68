package squirrelshop

import (
	"database/sql"
	"strings"
	"testing"

	sq "github.com/Masterminds/squirrel"

	"github.com/softdelete-go/softdelete/orm/suite"
)

func TestPains(t *testing.T) { suite.Pains(t, suite.Library{Open: open}, nil) }

// Squirrel joins conditions that are texts with AND and no parentheses: the one on the
// marker, added by hand as everywhere, belongs to the last alternative only.
func TestBunIssue1321OrInAText(t *testing.T) {
	dsn := suite.NewShop(t)
	soft := suite.OpenSoft(t, dsn)
	deletedUser(t, soft)
	names := func(db *sql.DB, conditions ...any) string {
		q := sq.Select("name").From("users").PlaceholderFormat(sq.Dollar).RunWith(db).Where("email = ? OR name = ?", "ann@example.com", "Bob")
		for _, c := range conditions {
			q = q.Where(c)
		}
		rows, err := q.QueryContext(t.Context())
		got, err := suite.Texts(rows, err)
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, r := range got {
			all = append(all, r...)
		}
		return strings.Join(all, " ")
	}
	if got := names(suite.OpenPlain(t, dsn), "deleted_at IS NULL"); got != "Ann" {
		t.Errorf("without the driver: %q, want the leak", got)
	}
	if got := names(soft); got != "" {
		t.Errorf("got %q", got)
	}
	if got := names(soft, "deleted_at IS NULL"); got != "" {
		t.Errorf("with the condition too: got %q", got)
	}
}
