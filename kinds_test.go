package softdelete

import (
	"strings"
	"testing"

	pg "github.com/pganalyze/pg_query_go/v5"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/softdelete-go/softdelete/internal/lex"
	"github.com/softdelete-go/softdelete/internal/pgast"
)

// grammarMessages returns every message of the grammar but the roots.
func grammarMessages(t *testing.T) []protoreflect.MessageDescriptor {
	t.Helper()
	var ms []protoreflect.MessageDescriptor
	all := pg.File_pg_query_proto.Messages()
	for i := range all.Len() {
		switch d := all.Get(i); d.Name() {
		case "Node", "ParseResult", "ScanResult", "ScanToken":
		default:
			ms = append(ms, d)
		}
	}
	if len(ms) < 250 {
		t.Fatalf("only %d messages in the grammar; the descriptors are not what this test expects", len(ms))
	}
	return ms
}

func newMessage(t *testing.T, d protoreflect.MessageDescriptor) protoreflect.Message {
	t.Helper()
	mt, err := protoregistry.GlobalTypes.FindMessageByName(d.FullName())
	if err != nil {
		t.Fatal(err)
	}
	return mt.New()
}

func TestEveryStatementOfTheGrammarHasAKind(t *testing.T) {
	seen := map[string]bool{}
	for _, d := range grammarMessages(t) {
		name := kindName(newMessage(t, d).Interface())
		if !strings.HasSuffix(name, "Stmt") {
			continue
		}
		seen[name] = true
		k, ok := kinds[name]
		if !ok {
			t.Errorf("%s is not in kinds: say how it is treated", name)
			continue
		}
		if k.why == "" || k.sql == "" && k.treatment != never {
			t.Errorf("%s: kinds gives no name or no reason", name)
		}
	}
	for name := range kinds {
		if !seen[name] {
			t.Errorf("kinds has %s, which the grammar does not", name)
		}
	}
}

// A policy table is put into every field of every message in which the grammar
// could hold one. Each time it must be rewritten, refused, or stand in a field
// that is listed, with a reason, as harmless. This is what keeps the type
// switches honest: a field that nobody thought of fails here.
func TestEveryPlaceOfATableIsAccountedFor(t *testing.T) {
	r, err := NewRewriter(Policy{Tables: []Table{{Name: "users"}}})
	if err != nil {
		t.Fatal(err)
	}
	const sql = "users"
	toks, err := lex.Scan(sql, nil)
	if err != nil {
		t.Fatal(err)
	}
	fields := map[string]pgast.Field{}
	for _, f := range pgast.Fields() {
		fields[f.String()] = f
	}
	places := 0
	used := map[pgast.Field]bool{}
	for _, d := range grammarMessages(t) {
		for i := range d.Fields().Len() {
			fd := d.Fields().Get(i)
			if fd.Kind() != protoreflect.MessageKind || fd.ContainingOneof() != nil {
				continue
			}
			holds := fd.Message().Name()
			if holds != "Node" && holds != "RangeVar" {
				continue
			}
			m := newMessage(t, d)
			place := kindName(m.Interface()) + "." + string(fd.Name())
			f, ok := fields[place]
			if !ok {
				t.Errorf("%s: the walker does not know this field", place)
				continue
			}
			places++
			if rel := d.Fields().ByName("relation"); rel != nil && rel != fd && rel.Message().Name() == "RangeVar" {
				put(m, rel, "other", false) // or the statement is refused for naming no table at all
			}
			put(m, fd, "users", holds == "Node")

			scope, err := (*scope)(nil).resolve(r.tables)
			if err != nil {
				t.Fatal(err)
			}
			j := r.newJob(newText(sql, toks), scope, nil)
			if k, isStatement := kinds[kindName(m.Interface())]; isStatement && k.treatment != never {
				n := wrap(t, m)
				j.top = n
				j.statement(n, nil)
			} else {
				j.expression(pgast.NoField, nil, m.Interface(), nil)
			}
			if j.err != nil || len(j.ed.edits) > 0 {
				continue
			}
			if _, harmless := harmlessNames[f]; !harmless {
				t.Errorf("%s: a policy table there passes unseen", place)
			}
			used[f] = true
		}
	}
	if places < 500 {
		t.Errorf("only %d places were tried", places)
	}
	for f := range harmlessNames {
		if !used[f] {
			t.Errorf("%s is listed as harmless, but a table there is rewritten or refused: remove it", f)
		}
	}
}

func put(m protoreflect.Message, fd protoreflect.FieldDescriptor, table string, inNode bool) {
	v := (&pg.RangeVar{Relname: table, Inh: true, Relpersistence: "p"}).ProtoReflect()
	if inNode {
		v = (&pg.Node{Node: &pg.Node_RangeVar{RangeVar: v.Interface().(*pg.RangeVar)}}).ProtoReflect()
	}
	if fd.IsList() {
		m.Mutable(fd).List().Append(protoreflect.ValueOfMessage(v))
	} else {
		m.Set(fd, protoreflect.ValueOfMessage(v))
	}
}

// wrap puts a message into a Node.
func wrap(t *testing.T, m protoreflect.Message) *pg.Node {
	t.Helper()
	n := (&pg.Node{}).ProtoReflect()
	fs := n.Descriptor().Fields()
	for i := range fs.Len() {
		if fs.Get(i).Message().FullName() == m.Descriptor().FullName() {
			n.Set(fs.Get(i), protoreflect.ValueOfMessage(m))
			return n.Interface().(*pg.Node)
		}
	}
	t.Fatalf("%s does not fit into a Node", m.Descriptor().Name())
	return nil
}
