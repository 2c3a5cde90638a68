package rest

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/softdelete-go/softdelete/access"
)

// document describes the endpoints in the words of OpenAPI 3.1, as far as whoever asks
// may use them. Tables whose rows they may not see are left out.
func document(q *request) (*reply, error) {
	p, err := q.h.refresh(q.ctx)
	if err != nil {
		return nil, err
	}
	d := &openAPI{h: q.h, schemas: object{}, paths: object{}}
	d.schemas["problem"] = problemSchema
	d.schemas["done"] = doneSchema
	for _, name := range q.h.tables(p) {
		var may []access.Action
		for _, action := range []access.Action{access.Read, access.See, access.Delete, access.Restore, access.Purge} {
			if q.h.o.Authorize(q.ctx, action, name) == nil {
				may = append(may, action)
			}
		}
		if !slices.Contains(may, access.Read) && !slices.Contains(may, access.See) {
			continue
		}
		t, err := q.h.describe(q.ctx, name)
		if err != nil {
			continue // it is not there: its paths answer the same
		}
		d.table(t, may)
	}
	doc := object{
		"openapi": "3.1.0",
		"info":    object{"title": "Rows that can be deleted and restored", "version": "1"},
		"servers": list1(object{"url": base(q)}),
		"paths":   d.paths,
		"components": object{
			"schemas": d.schemas,
			"responses": object{"problem": object{
				"description": "Why it was not done, as RFC 9457 has it",
				"content":     object{"application/problem+json": object{"schema": ref("schemas", "problem")}},
			}},
		},
	}
	return answer(http.StatusOK, doc, nil)
}

// base is where the paths begin, for whoever made the request.
func base(q *request) string {
	at, err := url.ParseRequestURI(q.RequestURI)
	if err != nil {
		at = q.URL
	}
	prefix := strings.TrimSuffix(strings.TrimSuffix(at.EscapedPath(), "/"), "/openapi.json")
	if prefix == "" {
		return "/"
	}
	return prefix
}

type object = map[string]any

func list1(v any) []any { return []any{v} }

func ref(kind, name string) object { return object{"$ref": "#/components/" + kind + "/" + name} }

var problemSchema = object{
	"type": "object", "required": []string{"type", "title", "status"},
	"properties": object{
		"type": object{"type": "string", "format": "uri-reference"}, "title": object{"type": "string"},
		"status": object{"type": "integer"}, "detail": object{"type": "string"},
		"constraint": object{"type": "string"}, "table": object{"type": "string"}, "instead": object{"type": "string"},
		"key":     object{"type": "object", "additionalProperties": object{"type": "string"}},
		"columns": object{"type": "object", "additionalProperties": object{"type": "string"}},
		"in_the_way": object{"type": "object", "properties": object{
			"table": object{"type": "string"}, "deleted": object{"type": "boolean"},
			"key": object{"type": "object", "additionalProperties": object{"type": "string"}},
		}},
	},
}

var doneSchema = object{
	"type": "object", "required": []string{"count", "rows"},
	"properties": object{
		"count": object{"type": "integer", "description": "Rows that the request named"},
		"rows":  object{"type": "object", "description": "Rows of each table, with those that went along", "additionalProperties": object{"type": "integer"}},
	},
}

// openAPI is a document on its way.
type openAPI struct {
	h              *handler
	schemas, paths object
}

var notInNames = regexp.MustCompile(`[^a-zA-Z0-9._-]`)

// component is the name of a table's schema: its own, as far as names may be so.
func (d *openAPI) component(table string) string {
	name := "row." + notInNames.ReplaceAllString(table, "_")
	for n := 2; d.schemas[name] != nil; n++ {
		name = fmt.Sprintf("row.%s.%d", notInNames.ReplaceAllString(table, "_"), n)
	}
	return name
}

// table describes a table's endpoints.
func (d *openAPI) table(t *table, may []access.Action) {
	component := d.component(t.Name)
	properties, required := object{}, []string{}
	for _, c := range t.columns {
		properties[c.Name] = c.schema()
		required = append(required, c.Name)
	}
	d.schemas[component] = object{"type": "object", "properties": properties, "required": required}
	for _, rt := range routes {
		if !strings.HasPrefix(rt.path, "/{table}/") || !rt.open(d.h, may) {
			continue
		}
		path := strings.Replace(rt.path, "{table}", strings.NewReplacer("{", "%7B", "}", "%7D").Replace(url.PathEscape(t.Name)), 1)
		item, ok := d.paths[path].(object)
		if !ok {
			item = object{}
			d.paths[path] = item
		}
		item[strings.ToLower(rt.method)] = object{
			"operationId": rt.name + "." + component, "summary": rt.summary, "tags": list1(t.Name),
			"parameters": rt.parameters(d.h, t, may), "responses": rt.responses(component),
		}
	}
}

// open reports whether somebody who may do that has any use for the route.
func (rt route) open(h *handler, may []access.Action) bool {
	if rt.name == "purgeMany" && !h.o.AllowBulkPurge {
		return false
	}
	return !slices.ContainsFunc(rt.needs, func(a access.Action) bool { return !slices.Contains(may, a) })
}

// controlDocs describes the parameters of controls.
var controlDocs = map[string]object{
	"limit":        {"schema": object{"type": "integer", "minimum": 1, "default": 100}, "description": "Rows of a page"},
	"after":        {"schema": object{"type": "string"}, "description": "The place of the page, as next of the page before has it"},
	"count":        {"schema": object{"type": "boolean"}, "description": "Tell how many rows are concerned"},
	"all":          {"schema": object{"type": "boolean"}, "description": "All rows; needed where there is no filter"},
	"permanent":    {"schema": object{"type": "boolean"}, "description": "Delete for good"},
	"with-deleted": {"schema": object{"type": "boolean"}, "description": "The row, be it deleted or not"},
	"parents":      {"schema": object{"type": "boolean"}, "description": "Restore the deletions that took the parents, too"},
	"partly":       {"schema": object{"type": "boolean"}, "description": "Restore what is left, though rows of the deletion are gone"},
	"one":          {"schema": object{"type": "boolean"}, "description": "Restore only the rows named"},
}

func (rt route) parameters(h *handler, t *table, may []access.Action) []object {
	list := []object{}
	query := func(name string, doc object) {
		list = append(list, object{"name": name, "in": "query", "schema": doc["schema"], "description": doc["description"]})
	}
	many := !strings.Contains(rt.path, "{key}")
	if !many {
		list = append(list, object{
			"name": "key", "in": "path", "required": true, "schema": object{"type": "string"},
			"description": "The row's key: " + strings.Join(t.PrimaryKey, ","),
		})
	}
	for _, name := range rt.controls {
		purges := slices.Contains(may, access.Purge) && (!many || h.o.AllowBulkPurge)
		if name != "permanent" || purges {
			query(name, controlDocs[name])
		}
	}
	if rt.filters {
		for _, c := range t.columns {
			if !slices.Contains(controls, c.Name) {
				query(c.Name, object{"schema": object{"type": "string"}, "description": c.Name + " is this (" + c.Type + ")"})
			}
		}
		list = append(list, object{
			"name": "lookups", "in": "query", "style": "form", "explode": true,
			"schema":      object{"type": "object", "additionalProperties": object{"type": "string"}},
			"description": "A column with one of __" + strings.Join(lookups, ", __") + ", as in name__contains=x",
		})
	}
	if rt.method != http.MethodGet {
		list = append(list, object{"name": "X-Reason", "in": "header", "schema": object{"type": "string"}, "description": "Why"})
	}
	return list
}

func (rt route) responses(component string) object {
	content := func(schema object) object { return object{"application/json": object{"schema": schema}} }
	row := ref("schemas", component)
	all := object{"default": ref("responses", "problem")}
	switch {
	case rt.method == http.MethodGet && rt.filters:
		all["200"] = object{"description": "A page", "content": content(object{
			"type": "object", "required": []string{"items", "next"},
			"properties": object{
				"items": object{"type": "array", "items": row},
				"next":  object{"type": []string{"string", "null"}, "format": "uri-reference", "description": "The next page, relative to this one"},
				"count": object{"type": "integer"},
			},
		})}
	case rt.method == http.MethodGet:
		all["200"] = object{"description": "The row", "content": content(row)}
	default:
		all["200"] = object{"description": "Done, and counted", "content": content(ref("schemas", "done"))}
		if rt.name != "restore" {
			all["204"] = object{"description": "Done"}
		}
	}
	return all
}

// jsonTypes are the types of JSON as which PostgreSQL writes its own; what is not among
// them is a string, or anything.
var jsonTypes = map[string]object{
	"int2": {"type": "integer"}, "int4": {"type": "integer", "format": "int32"}, "int8": {"type": "integer", "format": "int64"}, "oid": {"type": "integer"},
	"bool": {"type": "boolean"}, "uuid": {"type": "string", "format": "uuid"}, "date": {"type": "string"},
	// NaN and Infinity are strings.
	"numeric": {"type": "number"}, "float4": {"type": "number"}, "float8": {"type": "number"},
	"json": {}, "jsonb": {},
}

// texts are types that JSON has as strings.
var texts = []string{"text", "varchar", "bpchar", "char", "name", "bytea", "timestamp", "timestamptz", "time", "timetz", "interval", "inet", "cidr", "macaddr", "bit", "varbit", "citext", "money"}

func (c column) schema() object {
	of := object{}
	if known, ok := jsonTypes[c.Base]; ok {
		of = known
	} else if slices.Contains(texts, c.Base) {
		of = object{"type": "string"}
	}
	doc := object{"description": c.Type}
	switch kind, ok := of["type"]; {
	case c.Array:
		// Of how many dimensions, no type says.
		doc["type"] = c.orNull("array")
	case ok && kind == "number":
		doc["type"] = c.orNull("number", "string")
	case ok:
		doc["type"] = c.orNull(kind)
		if f, ok := of["format"]; ok {
			doc["format"] = f
		}
	}
	return doc
}

// orNull are types, and null if the column may be.
func (c column) orNull(kinds ...any) any {
	if !c.Required {
		kinds = append(kinds, "null")
	}
	if len(kinds) == 1 {
		return kinds[0]
	}
	return kinds
}
