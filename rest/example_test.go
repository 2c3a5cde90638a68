package rest_test

import (
	"context"
	"log"
	"net/http"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/access"
	"github.com/softdelete-go/softdelete/rest"
)

// The endpoints below /api/, for users whom a middleware has put into the context.
func Example() {
	type user struct {
		name  string
		staff bool
	}
	type userKey struct{}
	userOf := func(ctx context.Context) user {
		u, _ := ctx.Value(userKey{}).(user)
		return u
	}
	serve := func(dsn string, login func(http.Handler) http.Handler) {
		db, err := softdelete.Open(dsn, softdelete.Policy{Discover: true})
		if err != nil {
			log.Fatal(err)
		}
		defer db.Close()

		api, err := rest.New(db, rest.Options{
			Options: access.Options{
				Authorize: func(ctx context.Context, action access.Action, table string) error {
					if action == access.Read || userOf(ctx).staff && action != access.Purge {
						return nil
					}
					return access.Denied{Why: "only staff may do that, and nobody may delete for good"}
				},
				Actor: func(ctx context.Context) string { return userOf(ctx).name },
			},
			Tables: []string{"users", "orders"},
		})
		if err != nil {
			log.Fatal(err)
		}
		mux := http.NewServeMux()
		mux.Handle("/api/", login(http.StripPrefix("/api", api)))
		log.Fatal(http.ListenAndServe("localhost:8080", mux))
	}
	_ = serve
}
