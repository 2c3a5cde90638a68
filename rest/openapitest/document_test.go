// Package openapitest holds the OpenAPI document of package rest, and the answers of its
// endpoints, against a validator. It is a module of its own, for the validator is big.
package openapitest

import (
	"bytes"
	"context"
	"database/sql"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/access"
	"github.com/softdelete-go/softdelete/internal/pgtemp"
	"github.com/softdelete-go/softdelete/rest"
)

func TestMain(m *testing.M) { pgtemp.Main(m) }

// Columns of all kinds, and names that paths and schemas have to encode.
const schema = `
CREATE SCHEMA billing;
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE DOMAIN score AS int CHECK (VALUE > 0);
CREATE TABLE users (id bigint PRIMARY KEY, name varchar(20) NOT NULL, password text, balance numeric, ratio float8, small smallint, ok boolean, born date, seen timestamp,
	doc jsonb, raw json, tags text[], grid int[], mood mood, score score, blob bytea, gap interval, at point, during int4range, "limit" int, "odd name&=" text, deleted_at timestamptz, deletion_id uuid);
CREATE TABLE items (order_id uuid, line text, deleted_at timestamptz, deletion_id uuid, PRIMARY KEY (order_id, line));
CREATE TABLE billing.invoices (id int PRIMARY KEY, deleted_at timestamptz, deletion_id uuid);
CREATE TABLE "odd {table}/ü" (id int PRIMARY KEY, deleted_at timestamptz, deletion_id uuid);
CREATE TABLE "odd {table}/ö" (id int PRIMARY KEY, deleted_at timestamptz, deletion_id uuid);
INSERT INTO users VALUES (1, 'a', 's', 1.5, 'NaN', 1, true, '2000-01-01', now(), '{"a": [1]}', '[1]', '{a,b}', '{{1,2},{3,4}}', 'good', 5, '\x00', '1 day', '(1,2)', '[1,3)', 3, 'x');
INSERT INTO users (id, name) VALUES (2, 'b'), (3, 'c');
INSERT INTO items VALUES ('00000000-0000-0000-0000-000000000001', 'x');
INSERT INTO billing.invoices VALUES (1);
`

func serve(t *testing.T) http.Handler {
	t.Helper()
	dsn := pgtemp.NewDatabase(t)
	plain, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { plain.Close() })
	if _, err := plain.Exec(schema); err != nil {
		t.Fatal(err)
	}
	tables := []softdelete.Table{
		{Name: "users", Hidden: []string{"password"}}, {Name: "items", PrimaryKey: []string{"order_id", "line"}}, {Name: "billing.invoices"}, {Name: "odd {table}/ü"}, {Name: "odd {table}/ö"},
	}
	for i := range tables {
		tables[i].DeletionID = "deletion_id"
	}
	ours, err := softdelete.Open(dsn, softdelete.Policy{Tables: tables})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ours.Close() })
	h, err := rest.New(ours, rest.Options{AllowBulkPurge: true, Options: access.Options{Authorize: func(context.Context, access.Action, string) error { return nil }}})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func get(t *testing.T, h http.Handler, path string) []byte {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	if w.Code != http.StatusOK {
		t.Fatalf("GET %s: %d %s", path, w.Code, w.Body)
	}
	return w.Body.Bytes()
}

func TestDocumentIsValid(t *testing.T) {
	h := serve(t)
	text := get(t, h, "/openapi.json")
	doc, err := libopenapi.NewDocument(text)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := doc.BuildV3Model(); err != nil {
		t.Fatal(err)
	}
	v, errs := validator.NewValidator(doc)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	if ok, errs := v.ValidateDocument(); !ok {
		for _, e := range errs {
			t.Errorf("%s: %s", e.Message, e.Reason)
			for _, s := range e.SchemaValidationErrors {
				t.Errorf("  %s: %s", s.FieldPath, s.Reason)
			}
		}
	}
	if bytes.Contains(text, []byte("password")) {
		t.Error("the document tells of a hidden column")
	}
	// A validator that finds nothing wrong with anything proves nothing.
	broken, err := libopenapi.NewDocument(bytes.Replace(text, []byte(`"responses":{"200"`), []byte(`"answers":{"200"`), 1))
	if err != nil {
		t.Fatal(err)
	}
	if v, errs = validator.NewValidator(broken); len(errs) > 0 {
		t.Fatal(errs)
	}
	if ok, _ := v.ValidateDocument(); ok {
		t.Error("the validator accepts a document without responses")
	}
}

// Requests and answers are as the document has them.
func TestAnswersAreAsDocumented(t *testing.T) {
	h := serve(t)
	doc, err := libopenapi.NewDocument(get(t, h, "/openapi.json"))
	if err != nil {
		t.Fatal(err)
	}
	v, errs := validator.NewValidator(doc)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	for _, c := range []struct {
		method, path string
		status       int
	}{
		{"GET", "/users/?limit=2&count=true", 200},
		{"GET", "/users/1/", 200},
		{"GET", "/users/77/", 404},
		{"GET", "/users/deleted/", 200},
		{"GET", "/users/with-deleted/1/", 200},
		{"GET", "/items/00000000-0000-0000-0000-000000000001,x/", 200},
		{"GET", "/billing.invoices/", 200},
		{"DELETE", "/users/1/?count=true", 200},
		{"GET", "/users/deleted/1/", 200},
		{"PATCH", "/users/1/restore/", 200},
		{"DELETE", "/users/1/", 204},
		{"PATCH", "/users/restore/?all=true", 204},
		{"DELETE", "/users/?name=b&count=true", 200},
		{"DELETE", "/users/deleted/?permanent=true&all=true", 204},
		{"DELETE", "/users/3/?permanent=true&count=true", 200},
	} {
		r := httptest.NewRequest(c.method, c.path, nil)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		res := w.Result()
		if res.StatusCode != c.status {
			body, _ := io.ReadAll(res.Body)
			t.Errorf("%s %s: %d %s", c.method, c.path, res.StatusCode, body)
			continue
		}
		ok, errs := v.ValidateHttpRequestResponse(httptest.NewRequest(c.method, c.path, nil), res)
		if ok {
			continue
		}
		for _, e := range errs {
			var why []string
			for _, s := range e.SchemaValidationErrors {
				why = append(why, s.FieldPath+": "+s.Reason)
			}
			t.Errorf("%s %s: %s: %s %s", c.method, c.path, e.Message, e.Reason, strings.Join(why, "; "))
		}
	}
	wrong := httptest.NewRecorder()
	wrong.Header().Set("Content-Type", "application/json")
	if _, err := wrong.WriteString(`{"items":[{"id":"x"}],"next":5}`); err != nil {
		t.Fatal(err)
	}
	if ok, _ := v.ValidateHttpRequestResponse(httptest.NewRequest("GET", "/users/", nil), wrong.Result()); ok {
		t.Error("the validator accepts an answer of another kind")
	}
}
