package trash

import (
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/softdelete-go/softdelete"
)

// pageSize is how many deletions, and how many rows, a page has.
const pageSize = 50

// deletionLine is a deletion as lists have it.
type deletionLine struct {
	softdelete.Deletion
	Amounts []amount
	State   state
}

// amount is how many rows of a table.
type amount struct {
	Table string
	N     int64
	About bool
}

// state is what has become of a deletion.
type state struct{ Name, Class, Means string }

type deletionsView struct {
	Lines   []deletionLine
	Tables  []string
	States  []choice
	Filter  map[string]string
	Held    bool
	Any     bool   // some filter is set
	Problem string // with the filter
	Next    string // the query of the next page
	First   string // of the first page, from another one
}

type choice struct {
	Value, Name string
	Chosen      bool
}

// stateNames are the values of the parameter state, in the order of the constants.
var stateNames = []string{"any", "not-restored", "restored", "restorable"}

// list lists deletions, without what may not be seen of them.
func (q *request) list(f softdelete.DeletionFilter) (list []softdelete.Deletion, err error) {
	if f.Left = true; !q.all {
		f.Tables = q.names()
	}
	found, err := softdelete.Deletions(q.ctx, q.db, f)
	for _, d := range found {
		if q.prune(&d); len(d.Rows) > 0 {
			list = append(list, d)
		}
	}
	return list, err
}

// prune leaves the tables out that may not be seen. It returns those that the deletion
// concerns, all of them.
func (q *request) prune(d *softdelete.Deletion) (concerned []string) {
	concerned = slices.Sorted(maps.Keys(d.Rows))
	if d.Table != "" && !slices.Contains(concerned, d.Table) {
		concerned = append(concerned, d.Table)
	}
	for _, t := range concerned {
		if !q.visible(t) {
			delete(d.Rows, t)
			if d.Table == t {
				d.Table = ""
			}
		}
	}
	return concerned
}

func (q *request) line(d softdelete.Deletion) deletionLine {
	return deletionLine{Deletion: d, Amounts: q.amounts(d.Table, d.Rows), State: stateOf(d)}
}

// amounts has the table that was named first, and the others in the policy's order.
func (q *request) amounts(first string, rows map[string]int64) (list []amount) {
	order := map[string]int{first: -len(q.tables) - 1}
	for i, t := range q.tables {
		order[t.Name] += i - len(q.tables)
	}
	for _, t := range slices.Sorted(maps.Keys(rows)) {
		list = append(list, amount{Table: t, N: rows[t]})
	}
	slices.SortStableFunc(list, func(a, b amount) int { return order[a.Table] - order[b.Table] })
	return list
}

// amounts is "2 rows of orders" for templates.
func amounts(list []amount) string {
	var parts []string
	for _, a := range list {
		parts = append(parts, number(a.N)+" "+a.Table)
	}
	return strings.Join(parts, ", ")
}

func stateOf(d softdelete.Deletion) state {
	switch {
	case !d.RestoredAt.IsZero():
		return state{"restored", "restored", "It was restored."}
	case d.Left:
		return state{"in the trash", "deleted", "Its rows are deleted, and can come back."}
	}
	return state{"gone", "gone", "No row of it is left: each was purged, or restored by itself."}
}

type deletionsJSON struct {
	Deletions []deletionJSON `json:"deletions"`
	Next      string         `json:"next,omitempty"` // after=…
}

// deletionJSON adds what has become of it.
type deletionJSON struct {
	softdelete.Deletion
	State string `json:"state"`
}

func (q *request) deletions() (reply, error) {
	f, err := q.filter()
	if err != nil {
		return q.badFilter(err)
	}
	limit := f.Limit
	f.Limit++ // is there another page?
	if !q.all {
		f.Tables = q.names()
	}
	f.Left = true
	found, err := softdelete.Deletions(q.ctx, q.db, f)
	if err != nil {
		if bad := failed(err); bad.status == 400 {
			return q.badFilter(err)
		}
		return reply{}, err
	}
	next := ""
	if len(found) > limit {
		found = found[:limit]
		next = found[limit-1].Cursor
	}
	v, list := q.deletionsView(), deletionsJSON{Deletions: []deletionJSON{}, Next: next}
	for _, d := range found {
		if q.prune(&d); len(d.Rows) == 0 {
			continue // of tables that the policy does not have any more
		}
		v.Lines = append(v.Lines, q.line(d))
		list.Deletions = append(list.Deletions, deletionJSON{d, stateOf(d).Name})
	}
	if next != "" {
		v.Next = q.query("after", next)
	}
	if f.After != "" {
		v.First = q.query("after", "")
	}
	return reply{page: "deletions", title: "Deletions", view: v, json: list}, nil
}

func (q *request) deletionsView() deletionsView {
	v := deletionsView{Tables: q.names(), Filter: map[string]string{}}
	v.Held, _ = q.flag("held") // what it is else, the filter has said
	for _, name := range []string{"table", "row", "actor", "reason", "since", "until", "id"} {
		v.Filter[name] = q.values.Get(name)
		v.Any = v.Any || v.Filter[name] != ""
	}
	chosen := q.values.Get("state")
	v.Any = v.Any || v.Held || chosen != "" && chosen != "any"
	for i, name := range []string{"any", "not restored", "restored", "in the trash"} {
		v.States = append(v.States, choice{stateNames[i], name, chosen == stateNames[i]})
	}
	return v
}

// badFilter shows the form again, with what is wrong.
func (q *request) badFilter(err error) (reply, error) {
	if q.api {
		return reply{}, err
	}
	v := q.deletionsView()
	bad := failed(err)
	v.Problem = bad.detail
	return reply{page: "deletions", title: "Deletions", view: v, status: bad.status}, nil
}

// query is the request's query with another value.
func (q *request) query(name, value string) string {
	values := url.Values{}
	for k, v := range q.values {
		if k != "done" && k != "n" && (v[0] != "" || slices.Contains(lists, k)) {
			values[k] = v
		}
	}
	values.Set(name, value)
	if value == "" {
		values.Del(name)
	}
	return "?" + values.Encode()
}

// cursorForm is that of Deletion.Cursor.
var cursorForm = regexp.MustCompile(`^\d{4}-\d\d-\d\dT[0-9:.]+Z/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// filter reads the parameters of a list.
func (q *request) filter() (f softdelete.DeletionFilter, err error) {
	if f.Table, err = q.table("table"); err != nil {
		return f, err
	}
	if f.Limit, err = q.number("limit", 200, pageSize); err != nil {
		return f, err
	}
	if f.Since, err = q.moment("since", 0); err != nil {
		return f, err
	}
	if f.Until, err = q.moment("until", 1); err != nil {
		return f, err
	}
	if f.Held, err = q.flag("held"); err != nil {
		return f, err
	}
	f.Actor, f.Reason, f.Row = q.values.Get("actor"), q.values.Get("reason"), strings.TrimSpace(q.values.Get("row"))
	if f.ID = strings.TrimSpace(q.values.Get("id")); f.ID != "" && !isUUID(f.ID) {
		return f, unclear("A deletion’s id stands on its page, and is such as 0b7e5c0a-6f0d-4f6e-9b53-2a4a2f7f3f10.")
	}
	if f.After = q.values.Get("after"); f.After != "" && !cursorForm.MatchString(f.After) {
		return f, unclear("That is no place in the list.")
	}
	if name := q.values.Get("state"); name != "" {
		n := slices.Index(stateNames, name)
		if n < 0 {
			return f, unclear("state is one of " + strings.Join(stateNames, ", ") + ".")
		}
		f.State = softdelete.DeletionState(n)
	}
	return f, nil
}

// moment reads a time, or a day in UTC; days are added to the latter.
func (q *request) moment(name string, days int) (time.Time, error) {
	text := q.values.Get(name)
	if text == "" {
		return time.Time{}, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		if at, err = time.Parse(time.DateOnly, text); err == nil {
			at = at.AddDate(0, 0, days)
		}
	}
	if err != nil || at.Year() < 1 || at.Year() > 9999 {
		return at, unclear(name + " is a day such as 2026-05-31, or a time such as 2026-05-31T12:00:00Z, not " + strconv.Quote(text) + ".")
	}
	return at, nil
}
