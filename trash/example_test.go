package trash_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/access"
	"github.com/softdelete-go/softdelete/trash"
)

type userKey struct{}

func userOf(ctx context.Context) string {
	name, _ := ctx.Value(userKey{}).(string)
	return name
}

func isAdmin(ctx context.Context) bool { return userOf(ctx) == "root" }

func signedIn(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), userKey{}, "ann")))
	})
}

func adminPages(db *sql.DB) (http.Handler, error) {
	admin := http.NewServeMux()
	bin, err := trash.New(db, trash.Options{Options: access.Options{
		// For each table that a request concerns. Any error means no.
		Authorize: func(ctx context.Context, action access.Action, table string) error {
			if isAdmin(ctx) || action == access.See {
				return nil
			}
			return access.Denied{Why: "Ask an administrator."}
		},
		Actor: userOf, // who it is, for the journal and the audit
	}})
	if err != nil {
		return nil, err
	}
	admin.Handle("/trash/", http.StripPrefix("/trash", signedIn(bin)))
	return admin, nil
}

func ExampleNew() {
	db, err := softdelete.Open("postgres://127.0.0.1:1/shop", softdelete.Policy{Tables: []softdelete.Table{{Name: "users"}}})
	if err != nil {
		panic(err)
	}
	defer db.Close()
	pages, err := adminPages(db)
	if err != nil {
		panic(err)
	}
	w := httptest.NewRecorder()
	pages.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/trash/style.css", nil))
	fmt.Println(w.Code, w.Header().Get("Content-Type"))
	// Output: 200 text/css; charset=utf-8
}
