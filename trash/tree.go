package trash

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/softdelete-go/softdelete"
)

// node is a row as pages show it.
type node struct {
	Table  string
	Key    string
	Label  string // what tells people which row it is
	Query  string // that names it
	Parent *parent
	Fields []field
	Groups []*group // the rows beneath it

	row   softdelete.RowKey
	above *softdelete.RowKey
}

// parent is the row that a row belongs to.
type parent struct{ Table, Key, Query string }

// group is the rows of one table beneath a row.
type group struct {
	Table string
	Nodes []*node
}

// field is a column of a row and its value.
type field struct {
	Name, Value string
	Kind        string // text, number, truth, null or json
}

// rootedNode is a row with the way to its deletion, for the links in it.
type rootedNode struct {
	*node
	Root string
}

// At is for templates.
func (n *node) At(root string) rootedNode { return rootedNode{n, root} }

func keyText(key []string) string { return strings.Join(key, ", ") }

func (q *request) node(r softdelete.DeletedRow) *node {
	n := &node{Table: r.Table, Key: keyText(r.Key), Query: rowQuery(r.Table, r.Key), row: softdelete.RowKey{Table: r.Table, Key: r.Key}, above: r.Parent}
	if r.Parent != nil && q.visible(r.Parent.Table) {
		n.Parent = &parent{r.Parent.Table, keyText(r.Parent.Key), rowQuery(r.Parent.Table, r.Parent.Key)}
	}
	n.Fields = q.fields(r.Table, r.Data)
	n.Label = label(n.Fields, r.Columns, r.Parent)
	return n
}

// fields are the columns of a row, without those that are shown with the deletion.
func (q *request) fields(table string, data json.RawMessage) (list []field) {
	var without []string
	for _, t := range q.tables {
		if t.Name == table {
			without = []string{t.Column, t.DeletionID, t.DeletedBy, t.Reason}
		}
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if _, err := d.Token(); err != nil { // {
		return nil
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return list
		}
		var v any
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return list
		}
		f := field{Name: fmt.Sprint(name)}
		value := json.NewDecoder(bytes.NewReader(raw))
		value.UseNumber()
		_ = value.Decode(&v) // it has been decoded before
		f.Kind, f.Value = kindOf(v, raw)
		if !slices.Contains(without, f.Name) {
			list = append(list, f)
		}
	}
	return list
}

func kindOf(v any, raw json.RawMessage) (kind, text string) {
	switch v := v.(type) {
	case nil:
		return "null", "NULL"
	case string:
		return "text", v
	case json.Number:
		return "number", v.String()
	case bool:
		return "truth", fmt.Sprint(v)
	}
	return "json", string(raw)
}

// label tells people which row it is: its first two short texts, that are neither its
// key nor times; or else its numbers, but for the one that leads to its parent.
func label(fields []field, key []string, parent *softdelete.RowKey) string {
	var texts, numbers []string
	for _, f := range fields {
		switch {
		case slices.Contains(key, f.Name), parent != nil && slices.Contains(parent.Key, f.Value):
		case f.Kind == "text" && f.Value != "" && utf8.RuneCountInString(f.Value) <= 80 && !looksLikeTime(f.Value):
			texts = append(texts, f.Value)
		case f.Kind == "number":
			numbers = append(numbers, f.Name+" "+f.Value)
		}
	}
	if len(texts) == 0 {
		texts = numbers
	}
	return strings.Join(texts[:min(2, len(texts))], " · ")
}

// looksLikeTime is true for what to_json makes of dates and times.
func looksLikeTime(s string) bool {
	return len(s) >= 10 && s[4] == '-' && s[7] == '-' && (len(s) == 10 || s[10] == 'T')
}

// tree puts rows beneath those that they belong to. Rows that belong to each other in
// a circle are at the top, too, or nobody would see them.
func (q *request) tree(rows []softdelete.DeletedRow) (top []*node) {
	var nodes []*node
	byKey := map[string]*node{}
	for _, r := range rows {
		n := q.node(r)
		nodes = append(nodes, n)
		byKey[n.row.Table+n.Query] = n
	}
	above := map[*node]*node{}
	for _, n := range nodes {
		if n.above != nil {
			above[n] = byKey[n.above.Table+rowQuery(n.above.Table, n.above.Key)]
		}
	}
	for _, n := range nodes {
		if inCircle(n, above) {
			above[n] = nil
		}
		if p := above[n]; p != nil {
			p.add(n)
		} else {
			top = append(top, n)
		}
	}
	return top
}

// inCircle reports whether the way up from a row leads back to it.
func inCircle(n *node, above map[*node]*node) bool {
	been := map[*node]bool{}
	for up := above[n]; up != nil && !been[up]; up = above[up] {
		if up == n {
			return true
		}
		been[up] = true
	}
	return false
}

func (n *node) add(child *node) {
	i := slices.IndexFunc(n.Groups, func(g *group) bool { return g.Table == child.Table })
	if i < 0 {
		i = len(n.Groups)
		n.Groups = append(n.Groups, &group{Table: child.Table})
	}
	n.Groups[i].Nodes = append(n.Groups[i].Nodes, child)
}

// tableOfCursor is the table in the cursor of a row, or nothing.
func tableOfCursor(cursor string) string {
	var parts []string
	if json.Unmarshal([]byte(cursor), &parts) != nil || len(parts) == 0 {
		return ""
	}
	return parts[0]
}
