package pgast

import (
	"strings"
	"testing"

	pg "github.com/pganalyze/pg_query_go/v5"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// messages returns a new message of every kind in a statement's tree.
func messages(t *testing.T) []protoreflect.Message {
	t.Helper()
	var all []protoreflect.Message
	ms := pg.File_pg_query_proto.Messages()
	for i := range ms.Len() {
		switch ms.Get(i).Name() {
		case "Node", "ParseResult", "ScanResult", "ScanToken":
			continue
		}
		mt, err := protoregistry.GlobalTypes.FindMessageByName(ms.Get(i).FullName())
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, mt.New())
	}
	if len(all) < 250 {
		t.Fatalf("only %d messages", len(all))
	}
	return all
}

// fill gives a field a value that is not its default.
func fill(m protoreflect.Message, fd protoreflect.FieldDescriptor) {
	var v protoreflect.Value
	switch fd.Kind() {
	case protoreflect.BoolKind:
		v = protoreflect.ValueOfBool(true)
	case protoreflect.Int32Kind:
		v = protoreflect.ValueOfInt32(7)
	case protoreflect.Int64Kind:
		v = protoreflect.ValueOfInt64(7)
	case protoreflect.Uint32Kind:
		v = protoreflect.ValueOfUint32(7)
	case protoreflect.Uint64Kind:
		v = protoreflect.ValueOfUint64(7)
	case protoreflect.DoubleKind:
		v = protoreflect.ValueOfFloat64(7)
	case protoreflect.StringKind:
		v = protoreflect.ValueOfString("x")
	case protoreflect.EnumKind:
		v = protoreflect.ValueOfEnum(1)
	case protoreflect.MessageKind:
		var c protoreflect.Message
		if fd.IsList() {
			c = m.Mutable(fd).List().NewElement().Message()
		} else {
			c = m.NewField(fd).Message()
		}
		if node, ok := c.Interface().(*pg.Node); ok {
			node.Node = &pg.Node_String_{String_: &pg.String{Sval: "x"}}
		}
		v = protoreflect.ValueOfMessage(c)
	}
	if fd.IsList() {
		m.Mutable(fd).List().Append(v)
	} else {
		m.Set(fd, v)
	}
}

// One traversal is tested against another: generated code against reflection.
func TestChildrenVisitsEveryField(t *testing.T) {
	visits := 0
	for _, m := range messages(t) {
		want := map[string]bool{}
		fds := m.Descriptor().Fields()
		for i := range fds.Len() {
			if fd := fds.Get(i); fd.Kind() == protoreflect.MessageKind && fd.ContainingOneof() == nil {
				fill(m, fd)
				want[string(fd.Name())] = true
			}
		}
		got := map[string]bool{}
		if !Children(m.Interface(), func(f Field, _ *pg.Node, child any) {
			_, name, _ := strings.Cut(f.String(), ".")
			got[name] = true
			visits++
			if child == nil {
				t.Errorf("%s: visited without a child", f)
			}
		}) {
			t.Errorf("%s is unknown", m.Descriptor().Name())
		}
		for name := range want {
			if !got[name] {
				t.Errorf("%s.%s was not visited", m.Descriptor().Name(), name)
			}
		}
	}
	if visits < 590 {
		t.Errorf("only %d visits", visits)
	}
}

func TestChildrenReportsWhatItDoesNotKnow(t *testing.T) {
	if Children(&pg.ScanToken{}, func(Field, *pg.Node, any) {}) {
		t.Error("a message outside the grammar passes for known")
	}
}

func TestDiffSeesEveryFieldButPositions(t *testing.T) {
	fields := 0
	for _, m := range messages(t) {
		fds := m.Descriptor().Fields()
		for i := range fds.Len() {
			fd := fds.Get(i)
			a, b := m.New(), m.New()
			if d := Diff(a.Interface(), b.Interface()); d != "" {
				t.Fatalf("%s: two empty ones differ at %s", m.Descriptor().Name(), d)
			}
			fill(b, fd)
			fields++
			d := Diff(a.Interface(), b.Interface())
			position := fd.Kind() == protoreflect.Int32Kind &&
				(fd.Name() == "location" || fd.Name() == "stmt_location" || fd.Name() == "stmt_len")
			if position != (d == "") {
				t.Errorf("%s: position %v, difference %q", fd.FullName(), position, d)
			}
			if back := Diff(b.Interface(), a.Interface()); (back == "") != (d == "") {
				t.Errorf("%s: not symmetric", fd.FullName())
			}
			if same := Diff(b.Interface(), proto.Clone(b.Interface())); same != "" {
				t.Errorf("%s: a clone differs at %s", fd.FullName(), same)
			}
		}
	}
	if fields < 1000 {
		t.Errorf("only %d fields", fields)
	}
}

func TestDiffOfTexts(t *testing.T) {
	tests := []struct {
		name, a, b string
		equal      bool
	}{
		{"white space and comments", "select a,b from t", "select  a, /* c */ b\nfrom t -- x", true},
		{"parentheses without effect", "select (a) from t", "select a from t", true},
		{"parentheses with effect", "select (a or b) and c", "select a or b and c", false},
		{"a constant", "select 1", "select 2", false},
		{"a constant's kind", "select 1", "select '1'", false},
		{"zero and false", "select 0", "select false", false},
		{"null and empty", "select null", "select ''", false},
		{"a name's case", `select "A"`, "select a", false},
		{"one column more", "select a", "select a, a", false},
		{"another join", "select from a join b on x", "select from a left join b on x", false},
		{"another statement", "select 1", "table t", false},
		{"ONLY", "select from only t", "select from t", false},
		{"a lock", "select from t for update", "select from t for share", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := Diff(parse(t, tt.a), parse(t, tt.b))
			if (d == "") != tt.equal {
				t.Errorf("%q and %q: difference %q", tt.a, tt.b, d)
			}
		})
	}
}

func parse(t *testing.T, sql string) *pg.Node {
	t.Helper()
	tree, err := pg.Parse(sql)
	if err != nil {
		t.Fatal(err)
	}
	return tree.Stmts[0].Stmt
}
