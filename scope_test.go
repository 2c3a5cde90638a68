package softdelete

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
)

// step is one call that derives a context; all tables when tables is empty.
type step struct {
	call   func(context.Context, ...string) context.Context
	tables []string
}

func derive(ctx context.Context, steps ...step) context.Context {
	for _, s := range steps {
		ctx = s.call(ctx, s.tables...)
	}
	return ctx
}

func with(tables ...string) step { return step{WithDeleted, tables} }
func only(tables ...string) step { return step{OnlyDeleted, tables} }
func hard(tables ...string) step { return step{HardDelete, tables} }

// seen shows what a scope asks of each table, as in "users:live orders:only+hard".
func seen(r *resolvedScope, ts *tableSet) string {
	var parts []string
	for _, t := range ts.all {
		s := t.display() + ":" + [...]string{live: "live", withDeleted: "with", onlyDeleted: "only"}[r.visibility(t)]
		if r.hard(t) {
			s += "+hard"
		}
		parts = append(parts, s)
	}
	if r.hardAll() {
		parts = append(parts, "all hard")
	}
	return strings.Join(parts, " ")
}

func TestScopeCombination(t *testing.T) {
	ts := tables(t, "a", "s.b", "*.c")
	for _, tt := range []struct {
		steps []step
		want  string
	}{
		{nil, "a:live s.b:live *.c:live"},
		{[]step{with()}, "a:with s.b:with *.c:with"},
		{[]step{only()}, "a:only s.b:only *.c:only"},
		{[]step{with("a")}, "a:with s.b:live *.c:live"},
		{[]step{with("public.a", "s.b", "c")}, "a:with s.b:with *.c:with"},
		{[]step{only("*.c")}, "a:live s.b:live *.c:only"},

		// The later call wins for what it names; one for all resets those named.
		{[]step{with("a"), only("a")}, "a:only s.b:live *.c:live"},
		{[]step{only("a"), with("a")}, "a:with s.b:live *.c:live"},
		{[]step{with(), only("a")}, "a:only s.b:with *.c:with"},
		{[]step{only("a"), with()}, "a:with s.b:with *.c:with"},
		{[]step{with("a"), only("s.b")}, "a:with s.b:only *.c:live"},

		// … however either spells the name.
		{[]step{with("a"), only("public.a")}, "a:only s.b:live *.c:live"},
		{[]step{with("public.a"), only("a")}, "a:only s.b:live *.c:live"},
		{[]step{with("c"), only("*.c")}, "a:live s.b:live *.c:only"},
		{[]step{with("*.c"), only(`"c"`)}, "a:live s.b:live *.c:only"},
		{[]step{with(`"s"."b"`), only("s.b")}, "a:live s.b:only *.c:live"},

		// Hard deletes add up, and leave what is seen alone.
		{[]step{hard()}, "a:live+hard s.b:live+hard *.c:live+hard all hard"},
		{[]step{hard("a")}, "a:live+hard s.b:live *.c:live"},
		{[]step{hard("a"), hard("s.b")}, "a:live+hard s.b:live+hard *.c:live"},
		{[]step{hard("a"), hard()}, "a:live+hard s.b:live+hard *.c:live+hard all hard"},
		{[]step{hard(), hard("a")}, "a:live+hard s.b:live+hard *.c:live+hard all hard"},
		{[]step{only("a"), hard("a")}, "a:only+hard s.b:live *.c:live"},
		{[]step{hard("a"), only()}, "a:only+hard s.b:only *.c:only"},
		{[]step{only("a"), hard("public.a"), with("s.b")}, "a:only+hard s.b:with *.c:live"},
	} {
		r, err := scopeOf(derive(context.Background(), tt.steps...)).resolve(ts)
		if err != nil {
			t.Errorf("want %s, got %v", tt.want, err)
			continue
		}
		if got := seen(r, ts); got != tt.want {
			t.Errorf("got %s, want %s", got, tt.want)
		}
	}
}

func TestScopeUnknownTable(t *testing.T) {
	ts := tables(t, "users", "billing.invoices", "*.documents")
	const has = "the policy has users, billing.invoices, *.documents"
	for _, tt := range []struct {
		steps []step
		want  string
	}{
		{[]step{with("user")}, `softdelete: refused: the context's WithDeleted names "user", which is not a table of the policy; did you mean "users"? ` + has},
		{[]step{only("USERS")}, `softdelete: refused: the context's OnlyDeleted names "USERS", which is not a table of the policy; did you mean "users"? ` + has},
		{[]step{hard("invoices")}, `softdelete: refused: the context's HardDelete names "invoices", which is not a table of the policy; did you mean "billing.invoices"? ` + has},
		{[]step{hard("tenant7.documents")}, `softdelete: refused: the context's HardDelete names "tenant7.documents", which is not a table of the policy; did you mean "*.documents"? ` + has},
		{[]step{hard(), hard("horses")}, `softdelete: refused: the context's HardDelete names "horses", which is not a table of the policy; ` + has},
		{[]step{with("users", "a.b.c")}, `softdelete: refused: the context's WithDeleted names "a.b.c", which is not a table of the policy ("a.b.c" has more than one dot); ` + has},
		{[]step{with("")}, `softdelete: refused: the context's WithDeleted names "", which is not a table of the policy (the table name is empty); ` + has},
	} {
		r, err := scopeOf(derive(context.Background(), tt.steps...)).resolve(ts)
		if r != nil || err == nil || err.Error() != tt.want {
			t.Errorf("got  %v\nwant %s", err, tt.want)
		}
		var refused *RefusedError
		if !errors.Is(err, ErrRefused) || !errors.As(err, &refused) {
			t.Errorf("%T is not a *RefusedError", err)
		}
	}

	// A name that a later call for all tables has reset asks for nothing any more.
	if _, err := scopeOf(derive(context.Background(), with("horses"), with(), hard("horses"), hard())).resolve(ts); err != nil {
		t.Error(err)
	}

	var many []string
	for i := range 30 {
		many = append(many, fmt.Sprintf("table_%02d", i))
	}
	_, err := scopeOf(WithDeleted(context.Background(), "x")).resolve(tables(t, many...))
	if err == nil || !strings.HasSuffix(err.Error(), "table_18, table_19 and 10 more") {
		t.Errorf("got %v", err)
	}
}

func TestScopeContextsAreImmutable(t *testing.T) {
	ts := tables(t, "a", "b")
	look := func(ctx context.Context) string {
		r, err := scopeOf(ctx).resolve(ts)
		if err != nil {
			t.Fatal(err)
		}
		return seen(r, ts) + " " + scopeOf(ctx).cacheKey()
	}
	root := context.Background()
	parent := derive(root, with("a"), hard("a"))
	before := look(parent)
	left := derive(parent, only("a", "b"), hard("b"))
	right := derive(parent, with(), hard())
	for _, tt := range []struct {
		name, got, want string
	}{
		{"root", look(root), "a:live b:live "},
		{"parent", look(parent), before},
		{"left", look(left), look(derive(root, with("a"), hard("a"), only("a", "b"), hard("b")))},
		{"right", look(right), look(derive(root, with("a"), hard("a"), with(), hard()))},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, tt.got, tt.want)
		}
	}
	if scopeOf(root) != nil {
		t.Error("the root has a scope")
	}

	// Nor does the caller's list reach into the context.
	list := []string{"a"}
	ctx := WithDeleted(root, list...)
	list[0] = "b"
	if got := look(ctx); !strings.HasPrefix(got, "a:with b:live ") {
		t.Errorf("got %s", got)
	}
}

func TestScopeKeyIgnoresOrder(t *testing.T) {
	steps := []step{with("a"), only("b"), with("s.c"), hard("a"), hard("d", "e")}
	want := scopeOf(derive(context.Background(), steps...)).cacheKey()
	r := rand.New(rand.NewPCG(5, 6))
	for range 100 {
		r.Shuffle(len(steps), func(i, j int) { steps[i], steps[j] = steps[j], steps[i] })
		if got := scopeOf(derive(context.Background(), steps...)).cacheKey(); got != want {
			t.Fatalf("%q, in another order %q", want, got)
		}
	}
	if (*scope)(nil).cacheKey() != "" {
		t.Error("the default scope has a key")
	}
}

// Two scopes have the same key exactly when they ask for the same.
func FuzzScopeKey(f *testing.F) {
	// See fuzzScope: 3 is WithDeleted(a), 4 OnlyDeleted(a), 5 HardDelete(a), 6 WithDeleted(b), 9 WithDeleted(a, b).
	f.Add([]byte{0, 1, 2, 3}, "a", "b", []byte{0}, "a", "b")
	f.Add([]byte{3}, "a", "b", []byte{4}, "a", "b")
	f.Add([]byte{3, 6}, "a", "b", []byte{9}, "b", "a")
	// A name that imitates two, should its length or its end not be told.
	f.Add([]byte{3}, "a w:b", "", []byte{9}, "a", "b")
	f.Add([]byte{3}, "a w1:b", "", []byte{9}, "a", "b")
	f.Add([]byte{3}, "aw1:b", "", []byte{9}, "a", "b")
	f.Add([]byte{3}, "H1:a", "", []byte{3, 5}, "a", "")
	// One table under some policies, and yet not one scope.
	f.Add([]byte{3}, "users", "", []byte{3}, "public.users", "")
	f.Fuzz(func(t *testing.T, calls1 []byte, a1, b1 string, calls2 []byte, a2, b2 string) {
		one, two := fuzzScope(calls1, a1, b1), fuzzScope(calls2, a2, b2)
		sameKey := one.cacheKey() == two.cacheKey()
		if one == nil || two == nil {
			if sameKey != (one == two) {
				t.Fatalf("%+v and %+v", one, two)
			}
			return
		}
		same := one.see == two.see && one.hard == two.hard &&
			reflect.DeepEqual(noEmpty(one.seeTable), noEmpty(two.seeTable)) && reflect.DeepEqual(noEmpty(one.hardFor), noEmpty(two.hardFor))
		if same != sameKey {
			t.Fatalf("%+v and %+v", one, two)
		}
	})
}

func noEmpty[V any](m map[string]V) map[string]V {
	if len(m) == 0 {
		return nil
	}
	return m
}

// fuzzScope makes one call for each byte.
func fuzzScope(calls []byte, a, b string) *scope {
	ctx := context.Background()
	for _, c := range calls {
		call := [...]func(context.Context, ...string) context.Context{WithDeleted, OnlyDeleted, HardDelete}[c%3]
		ctx = call(ctx, [][]string{nil, {a}, {b}, {a, b}}[c/3%4]...)
	}
	return scopeOf(ctx)
}
