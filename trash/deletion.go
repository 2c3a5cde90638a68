package trash

import (
	"net/http"
	"net/url"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/access"
)

// treeSize is how many rows of a deletion are shown at once, as a tree. Of larger ones
// there are lists, a page at a time.
const treeSize = 200

// may is what somebody may do with a deletion.
type may struct {
	Restore bool `json:"restore"`
	Purge   bool `json:"purge"`
	Hold    bool `json:"hold"`
}

type deletionView struct {
	deletionLine
	May  may
	Tree []*node
	// Of a deletion that is too large for a tree: a list of rows.
	Large bool
	Table string // of the list; "" for all
	List  []*node
	Next  string
	First string
}

type oneDeletionJSON struct {
	deletionJSON
	May may `json:"may"`
}

// lookUp finds the deletion of the path. concerned are the tables of all its rows.
func (q *request) lookUp() (d softdelete.Deletion, concerned []string, err error) {
	found, err := softdelete.Deletions(q.ctx, q.db, softdelete.DeletionFilter{ID: q.id, Left: true})
	if err != nil {
		return d, nil, err
	}
	if len(found) > 0 {
		d = found[0]
		concerned = q.prune(&d)
	}
	if len(d.Rows) == 0 {
		return d, nil, &failure{status: http.StatusNotFound, detail: "There is no such deletion, or nothing of it is left."}
	}
	return d, concerned, nil
}

func (q *request) mayDo(concerned []string) may {
	return may{
		Restore: q.may(access.Restore, concerned) == nil,
		Purge:   q.may(access.Purge, concerned) == nil,
		Hold:    q.may(access.Hold, concerned) == nil,
	}
}

func (q *request) deletion() (reply, error) {
	d, concerned, err := q.lookUp()
	if err != nil {
		return reply{}, err
	}
	allowed := q.mayDo(concerned)
	if q.api {
		return reply{json: oneDeletionJSON{deletionJSON{d, stateOf(d).Name}, allowed}}, nil
	}
	v := deletionView{deletionLine: q.line(d), May: allowed}
	if v.Table, err = q.table("table"); err != nil {
		return reply{}, err
	}
	if v.Table == "" && q.values.Get("after") == "" {
		rows, err := q.rowsOf(softdelete.RowFilter{Limit: treeSize + 1})
		if err != nil {
			return reply{}, err
		}
		if len(rows) <= treeSize {
			v.Tree = q.tree(rows)
			return q.deletionPage(v)
		}
	}
	v.Large = true
	if v.List, v.First, v.Next, err = q.pageOf(softdelete.RowFilter{Table: v.Table}); err != nil {
		return reply{}, err
	}
	return q.deletionPage(v)
}

// pageOf lists rows from the place that the request says, with the queries of the first
// page, if this is another one, and of the next, if there is one.
func (q *request) pageOf(f softdelete.RowFilter) (nodes []*node, first, next string, err error) {
	f.After, f.Limit = q.values.Get("after"), pageSize+1
	rows, err := q.rowsOf(f)
	if err != nil {
		return nil, "", "", err
	}
	if len(rows) > pageSize {
		rows = rows[:pageSize]
		next = q.query("after", rows[pageSize-1].Cursor)
	}
	if f.After != "" {
		first = q.query("after", "")
	}
	for _, r := range rows {
		nodes = append(nodes, q.node(r))
	}
	return nodes, first, next, nil
}

func (q *request) deletionPage(v deletionView) (reply, error) {
	return reply{page: "deletion", title: "Deletion " + short(v.ID), view: v}, nil
}

// rowsOf lists rows of the deletion with their contents, of tables that may be seen.
func (q *request) rowsOf(f softdelete.RowFilter) (list []softdelete.DeletedRow, err error) {
	f.Data = true
	want := f.Limit
	if q.all || f.Table != "" {
		return softdelete.DeletionRows(q.ctx, q.db, q.id, f)
	}
	// Table by table, in the order of the cursor.
	for _, t := range q.tables {
		if t.DeletionID == "" && t.Mode != softdelete.Archive || len(list) >= want || f.After != "" && tableOfCursor(f.After) != t.Name {
			continue
		}
		f.Table, f.Limit = t.Name, want-len(list)
		page, err := softdelete.DeletionRows(q.ctx, q.db, q.id, f)
		if err != nil {
			return nil, err
		}
		f.After = ""
		list = append(list, page...)
	}
	return list, nil
}

type rowsJSON struct {
	Rows []softdelete.DeletedRow `json:"rows"`
	Next string                  `json:"next,omitempty"` // after=…
}

type rowView struct {
	Deletion deletionLine
	Row      *node
	Beneath  []*node
	Next     string
	First    string
	May      may
}

// rows is a list of rows under api/. As a page it is one row, with those beneath it.
func (q *request) rows() (reply, error) {
	d, concerned, err := q.lookUp()
	if err != nil {
		return reply{}, err
	}
	f := softdelete.RowFilter{After: q.values.Get("after"), Key: q.values["key"]}
	if f.Table, err = q.table("table"); err != nil {
		return reply{}, err
	}
	if len(f.Key) > 0 && f.Table == "" {
		return reply{}, unclear("Name the table of the key, too.")
	}
	if f.Limit, err = q.number("limit", 200, pageSize); err != nil {
		return reply{}, err
	}
	parent, err := q.table("parent")
	if err != nil {
		return reply{}, err
	}
	if q.values.Has("parent_key") != (parent != "") {
		return reply{}, unclear("A parent has a table and a key.")
	}
	if parent != "" {
		f.Parent = &softdelete.RowKey{Table: parent, Key: q.values["parent_key"]}
	}
	if !q.api {
		return q.rowPage(d, concerned, f)
	}
	f.Limit++
	rows, err := q.rowsOf(f)
	if err != nil {
		return reply{}, err
	}
	answer := rowsJSON{Rows: append([]softdelete.DeletedRow{}, rows...)}
	if len(rows) == f.Limit {
		answer.Rows = answer.Rows[:f.Limit-1]
		answer.Next = rows[f.Limit-2].Cursor
	}
	for i := range answer.Rows {
		if p := answer.Rows[i].Parent; p != nil && !q.visible(p.Table) {
			answer.Rows[i].Parent = nil
		}
	}
	return reply{json: answer}, nil
}

func (q *request) rowPage(d softdelete.Deletion, concerned []string, f softdelete.RowFilter) (reply, error) {
	row, err := q.row(f.Table, f.Key)
	if err != nil {
		return reply{}, err
	}
	v := rowView{Deletion: q.line(d), Row: q.node(row), May: q.mayDo(concerned)}
	v.Beneath, v.First, v.Next, err = q.pageOf(softdelete.RowFilter{Parent: &softdelete.RowKey{Table: row.Table, Key: row.Key}})
	if err != nil {
		return reply{}, err
	}
	return reply{page: "row", title: row.Table + " " + keyText(row.Key), view: v}, nil
}

// row looks a row of the deletion up.
func (q *request) row(table string, key []string) (softdelete.DeletedRow, error) {
	if table == "" || len(key) == 0 {
		return softdelete.DeletedRow{}, unclear("Name a row by its table and its key.")
	}
	rows, err := q.rowsOf(softdelete.RowFilter{Table: table, Key: key, Limit: 1})
	if err == nil && len(rows) == 0 {
		err = &failure{status: http.StatusNotFound, detail: "This deletion has no such row, or it is not deleted any more."}
	}
	if err != nil {
		return softdelete.DeletedRow{}, err
	}
	return rows[0], nil
}

// rowQuery is the query that names a row.
func rowQuery(table string, key []string) string {
	return "?" + url.Values{"table": {table}, "key": key}.Encode()
}
