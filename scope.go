package softdelete

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/softdelete-go/softdelete/internal/nearest"
)

// visibility is which rows of a table a statement sees.
type visibility uint8

const (
	live visibility = iota
	withDeleted
	onlyDeleted
)

// scope is what a context asks for. It is immutable once it is in a context;
// key is its canonical form and identifies it in the statement cache. The nil
// scope is the default: live rows, no hard deletes.
type scope struct {
	see      visibility
	seeTable map[string]visibility // as the caller named the tables
	hard     bool                  // every table
	hardFor  map[string]bool       // as the caller named the tables
	key      string

	restoring restoring
	request   *request // what a function of the API asks the driver for

	// Not part of the key: they change no text.
	actor, reason string
}

type scopeKey struct{}

func scopeOf(ctx context.Context) *scope {
	s, _ := ctx.Value(scopeKey{}).(*scope)
	return s
}

func (s *scope) cacheKey() string {
	if s == nil {
		return ""
	}
	return s.key
}

// WithDeleted returns a context in which statements see live and deleted rows
// of the named tables, or of all tables when none is named (an empty list, too,
// is all tables). A later call of WithDeleted or [OnlyDeleted] wins over an
// earlier one for the tables that it names; without names it wins for all.
//
// Names are written as in [Table.Name]: "users" is public.users or the policy's
// "*.users"; a table in another schema needs it, as in "billing.invoices". A
// name that the policy does not have is refused with a [*RefusedError] when a
// statement is executed.
func WithDeleted(ctx context.Context, tables ...string) context.Context {
	return withVisibility(ctx, withDeleted, tables)
}

// OnlyDeleted is like [WithDeleted], but statements see deleted rows only.
func OnlyDeleted(ctx context.Context, tables ...string) context.Context {
	return withVisibility(ctx, onlyDeleted, tables)
}

// HardDelete returns a context in which DELETE and TRUNCATE of the named
// tables, or of all tables when none is named (an empty list, too, is all
// tables), are real: they reach live and deleted rows alike (only deleted ones
// if [OnlyDeleted] is set as well), and cannot be undone. What other parts of a
// statement read is not affected. Later calls add to earlier ones; nothing takes
// a hard delete back, so derive the context for as little as needs it.
//
// Names are written as for [WithDeleted].
func HardDelete(ctx context.Context, tables ...string) context.Context {
	s := scopeOf(ctx).clone()
	if len(tables) == 0 {
		s.hard, s.hardFor = true, nil
	}
	for _, t := range tables {
		setTable(s.hardFor, t, true)
	}
	return s.into(ctx)
}

// WithActor returns a context whose deletes note who deleted: in the column that
// [Table.DeletedBy] names, and in the journal. An empty actor is NULL there.
func WithActor(ctx context.Context, actor string) context.Context {
	s := scopeOf(ctx).clone()
	s.actor = actor
	return s.into(ctx)
}

// ActorOf is what [WithActor] put into the context; "" if nothing did.
func ActorOf(ctx context.Context) string { return scopeOf(ctx).clone().actor }

// WithReason returns a context whose deletes note why: in the column that
// [Table.Reason] names, and in the journal. An empty reason is NULL there.
func WithReason(ctx context.Context, reason string) context.Context {
	s := scopeOf(ctx).clone()
	s.reason = reason
	return s.into(ctx)
}

func withVisibility(ctx context.Context, v visibility, tables []string) context.Context {
	s := scopeOf(ctx).clone()
	if len(tables) == 0 {
		s.see, s.seeTable = v, nil
	}
	for _, t := range tables {
		setTable(s.seeTable, t, v)
	}
	return s.into(ctx)
}

func (s *scope) clone() *scope {
	c := &scope{seeTable: map[string]visibility{}, hardFor: map[string]bool{}}
	if s != nil {
		c.see, c.hard = s.see, s.hard
		c.actor, c.reason, c.restoring = s.actor, s.reason, s.restoring
		maps.Copy(c.seeTable, s.seeTable)
		maps.Copy(c.hardFor, s.hardFor)
	}
	return c
}

// setTable replaces what was said of the same table under another spelling:
// after WithDeleted("users") and OnlyDeleted("public.users"), the later must
// win, and a map does not remember which that was.
func setTable[V any](m map[string]V, name string, v V) {
	maps.DeleteFunc(m, func(other string, _ V) bool { return sameTable(other, name) })
	m[name] = v
}

// sameTable reports whether two names can reach the same policy entry. "users",
// "public.users" and "*.users" can: one policy has no two of these entries.
func sameTable(a, b string) bool {
	if a == b {
		return true
	}
	m, badM := parseName(a)
	n, badN := parseName(b)
	if badM != nil || badN != nil {
		return false
	}
	return m.name == n.name && (m.schema == n.schema || m.reachesPublic() && n.reachesPublic())
}

func (n tableName) reachesPublic() bool {
	return n.schema == "" || n.schema == defaultSchema || n.schema == everySchema
}

func (s *scope) into(ctx context.Context) context.Context {
	s.key = s.canonical()
	return context.WithValue(ctx, scopeKey{}, s)
}

// canonical is equal for equal scopes and differs for different ones. Names
// carry their length, so that no name can imitate another entry.
func (s *scope) canonical() string {
	if s.see == live && !s.hard && len(s.seeTable) == 0 && len(s.hardFor) == 0 && s.restoring == (restoring{}) {
		return "" // as without a scope
	}
	var b strings.Builder
	b.WriteString(s.restoring.key())
	b.WriteByte("lwo"[s.see])
	if s.hard {
		b.WriteByte('H')
	}
	for _, name := range s.named() {
		b.WriteByte(' ')
		if v, ok := s.seeTable[name]; ok {
			b.WriteByte("lwo"[v])
		}
		if s.hardFor[name] {
			b.WriteByte('H')
		}
		b.WriteString(strconv.Itoa(len(name)))
		b.WriteByte(':')
		b.WriteString(name)
	}
	return b.String()
}

// named returns the tables that the scope names, sorted.
func (s *scope) named() []string {
	names := slices.AppendSeq(slices.Collect(maps.Keys(s.seeTable)), maps.Keys(s.hardFor))
	slices.Sort(names)
	return slices.Compact(names)
}

// resolvedScope is a scope in terms of one policy's tables.
type resolvedScope struct {
	see      visibility
	seeTable map[*table]visibility
	all      bool
	hardFor  map[*table]bool

	restoring restoring
}

// resolve fails with a *RefusedError when the scope names a table that the
// policy does not have: to ignore it would show, or destroy, other rows than
// the caller had in mind.
func (s *scope) resolve(ts *tableSet) (*resolvedScope, error) {
	r := &resolvedScope{seeTable: map[*table]visibility{}, hardFor: map[*table]bool{}}
	if s == nil {
		return r, nil
	}
	r.see, r.all, r.restoring = s.see, s.hard, s.restoring
	for _, name := range s.named() {
		found := ts.byPolicyName(name)
		if found == nil {
			return nil, s.unknownTable(ts, name)
		}
		for _, t := range found {
			if v, ok := s.seeTable[name]; ok {
				r.seeTable[t] = v
			}
			if s.hardFor[name] {
				r.hardFor[t] = true
			}
		}
	}
	return r, nil
}

// visibility is which rows of t a statement reads.
func (r *resolvedScope) visibility(t *table) visibility {
	if v, ok := r.seeTable[t]; ok {
		return v
	}
	return r.see
}

// hard reports whether deletes from t are real.
func (r *resolvedScope) hard(t *table) bool { return r.all || r.hardFor[t] }

// hardAll reports whether deletes from every table are real.
func (r *resolvedScope) hardAll() bool { return r.all }

func (s *scope) unknownTable(ts *tableSet, name string) error {
	by := "HardDelete"
	if v, ok := s.seeTable[name]; ok {
		by = [...]string{withDeleted: "WithDeleted", onlyDeleted: "OnlyDeleted"}[v]
	}
	e := &RefusedError{Why: fmt.Sprintf("the context's %s names %.80q, which is not a table of the policy", by, name)}
	var known []string
	for _, t := range ts.all {
		known = append(known, t.display())
	}
	if n, bad := parseName(name); bad != nil {
		e.Why += " (" + bad.Problem + ")"
	} else if same := ts.byName[n.name]; same != nil {
		e.Instead = fmt.Sprintf("did you mean %q? ", same[0].display()) // only the schema is wrong
	} else if near := nearest.To(name, known); near != "" {
		e.Instead = fmt.Sprintf("did you mean %q? ", near)
	}
	const enough = 20
	more := ""
	if len(known) > enough {
		known, more = known[:enough], fmt.Sprintf(" and %d more", len(known)-enough)
	}
	e.Instead += "the policy has " + strings.Join(known, ", ") + more
	return e
}
