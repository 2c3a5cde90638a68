// Package pgast walks and compares pg_query's parse trees. The listing of what
// can stand where is generated from the protobuf descriptors, so a node kind
// cannot be skipped in silence.
package pgast

//go:generate go run ./gen

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v5"
)

// Field is a place in the tree: one field of one message.
type Field uint16

// String returns "Message.field", with the field as pg_query spells it.
func (f Field) String() string {
	if f == NoField || f >= numFields {
		return "?"
	}
	return fieldNames[f]
}

// Fields returns every field in which a message can stand.
func Fields() []Field {
	all := make([]Field, 0, numFields-1)
	for f := NoField + 1; f < numFields; f++ {
		all = append(all, f)
	}
	return all
}

// Visit is called with a child, unwrapped, and the field in which it stands.
// holder is the Node around it, nil where the field is typed.
type Visit func(f Field, holder *pg.Node, child any)

// Children calls visit for every message directly below m, in the order of the
// fields. It reports whether m is of a known kind; the caller must refuse an
// unknown one, for whatever stands below it was not visited.
func Children(m any, visit Visit) bool { return children(m, visit) }

func node(f Field, n *pg.Node, visit Visit) {
	if m := Unwrap(n); m != nil {
		visit(f, n, m)
	}
}

// Diff compares two trees, positions in the text aside. It returns "" when they
// are equal, else the path to the first difference. Messages of unknown kind
// differ from everything.
func Diff(a, b any) string {
	if na, ok := a.(*pg.Node); ok {
		nb, ok := b.(*pg.Node)
		if !ok {
			return " (another kind of node)"
		}
		return diffNode(na, nb)
	}
	if d, ok := diffMessage(a, b); ok {
		return d
	}
	return " (another kind of node)"
}

func diffNode(a, b *pg.Node) string {
	if a == nil || b == nil {
		if a != b {
			return " (absent on one side)"
		}
		return ""
	}
	return diffInner(a, b)
}

func diffNodes(a, b []*pg.Node) string {
	if len(a) != len(b) {
		return " (of another length)"
	}
	for i := range a {
		if d := diffNode(a[i], b[i]); d != "" {
			return "[]" + d
		}
	}
	return ""
}

// diffConst compares the value of a constant, the grammar's one oneof.
func diffConst(a, b *pg.A_Const) string {
	same := false
	switch v := a.Val.(type) {
	case nil:
		same = b.Val == nil
	case *pg.A_Const_Ival:
		w, ok := b.Val.(*pg.A_Const_Ival)
		same = ok && v.Ival.GetIval() == w.Ival.GetIval()
	case *pg.A_Const_Fval:
		w, ok := b.Val.(*pg.A_Const_Fval)
		same = ok && v.Fval.GetFval() == w.Fval.GetFval()
	case *pg.A_Const_Boolval:
		w, ok := b.Val.(*pg.A_Const_Boolval)
		same = ok && v.Boolval.GetBoolval() == w.Boolval.GetBoolval()
	case *pg.A_Const_Sval:
		w, ok := b.Val.(*pg.A_Const_Sval)
		same = ok && v.Sval.GetSval() == w.Sval.GetSval()
	case *pg.A_Const_Bsval:
		w, ok := b.Val.(*pg.A_Const_Bsval)
		same = ok && v.Bsval.GetBsval() == w.Bsval.GetBsval()
	}
	if !same {
		return ".val"
	}
	return ""
}

func slicesEqual[T comparable](a, b []T) bool { return slices.Equal(a, b) }
