package trash

import (
	"database/sql"
	"errors"
	"html/template"
	"net/http"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/access"
)

// Options are what a trash is made with.
type Options struct {
	access.Options
	// Title is the heading of each page. Default: "Trash".
	Title string
	// RowURL, if set, is the address of a live row in your application, for the link to a
	// row that stands in the way of a restore; "" for none. table is named as in the
	// policy, and key is as PostgreSQL prints it.
	RowURL func(table string, key []string) string
}

// New makes a trash for a database that was opened with package softdelete. Its policy
// wants a deletion_id in each table, and a journal; without the ids deletions can be
// listed, and not be opened.
//
// Mount it under any path, with a slash at the end, and [http.StripPrefix]. Its own
// links are relative, so that it works behind a proxy that changes the path, too.
func New(db *sql.DB, o Options) (http.Handler, error) {
	if _, ours := softdelete.StatsOf(db); !ours {
		return nil, errors.New("softdelete: trash.New works on databases that softdelete opened")
	}
	var err error
	if o.Options, err = o.Check(); err != nil {
		return nil, err
	}
	if o.Title == "" {
		o.Title = "Trash"
	}
	h := &handler{db: db, opts: o, routes: routes()}
	if h.pages, err = parsePages(); err != nil {
		return nil, err
	}
	return access.Guard(o.Options, h, h.refuse)
}

type handler struct {
	db     *sql.DB
	opts   Options
	routes []route
	pages  map[string]*template.Template
}
