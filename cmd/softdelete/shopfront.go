package main

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"strconv"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/access"
)

// The demo's shop has a page of its own, on which customers are deleted. It stands for
// somebody's application: it knows nothing of soft deletes.

//go:embed shopfront.html
var shopfrontHTML string

var shopfrontPage = template.Must(template.New("shop").Parse(shopfrontHTML))

// customer is a line of the page.
type customer struct {
	ID          int
	Name, Email string
	Orders      int
}

// shopfront is the shop at /shop, and the trash everywhere else.
func shopfront(db *sql.DB, trash http.Handler) (http.Handler, error) {
	mux := http.NewServeMux()
	mux.Handle("/", trash)
	refuse := func(w http.ResponseWriter, _ *http.Request, status int, why string) { http.Error(w, why, status) }
	o, err := access.Options{Authorize: func(context.Context, access.Action, string) error { return nil }}.Check()
	if err != nil {
		return nil, err
	}
	for pattern, serve := range map[string]func(*sql.DB, http.ResponseWriter, *http.Request) error{
		"GET /shop": showCustomers, "POST /shop/delete": deleteCustomer,
	} {
		guarded, err := access.Guard(o, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if err := serve(db, w, r); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
			}
		}), refuse)
		if err != nil {
			return nil, err
		}
		mux.Handle(pattern, guarded)
	}
	return onlyLocalNames(mux), nil
}

func showCustomers(db *sql.DB, w http.ResponseWriter, r *http.Request) (err error) {
	view := struct {
		Search    string
		Deleted   int
		Customers []customer
	}{Search: r.FormValue("q")}
	view.Deleted, _ = strconv.Atoi(r.FormValue("deleted")) // 0 is nobody
	rows, err := db.QueryContext(r.Context(), `SELECT c.id, c.name, c.email, count(o.id) FROM customers AS c LEFT JOIN orders AS o ON o.customer_id = c.id
		WHERE strpos(lower(c.name || ' ' || c.email), lower($1)) > 0 GROUP BY c.id ORDER BY c.id LIMIT 25`, view.Search)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var c customer
		if err := rows.Scan(&c.ID, &c.Name, &c.Email, &c.Orders); err != nil {
			return err
		}
		view.Customers = append(view.Customers, c)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	return shopfrontPage.Execute(w, view)
}

func deleteCustomer(db *sql.DB, w http.ResponseWriter, r *http.Request) error {
	id, err := strconv.Atoi(r.PostFormValue("id"))
	if err != nil {
		http.Error(w, "which customer?", http.StatusBadRequest)
		return nil
	}
	ctx := softdelete.WithReason(softdelete.WithActor(r.Context(), "you"), "deleted in the shop")
	if _, err := db.ExecContext(ctx, "DELETE FROM customers WHERE id = $1", id); err != nil {
		return err
	}
	http.Redirect(w, r, fmt.Sprintf("../shop?deleted=%d", id), http.StatusSeeOther)
	return nil
}
