package cascades

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/softdelete-go/softdelete"
)

// answer is the outcome of a statement and what the tables hold then; state is
// nil in a transaction that has failed.
type answer struct {
	outcome outcome
	state   *snapshot
}

// compare says how two answers differ; class is "" if they do not, and stays the
// same while a fault is shrunk.
func (s *schema) compare(ours, judge answer) (class, what string) {
	a, b := ours.outcome, judge.outcome
	switch {
	case a.code() != b.code():
		return "error " + a.code() + " / " + b.code(), fmt.Sprintf("ours: %s\n  the judge: %s", a, b)
	case a.err != nil && (a.err.ConstraintName != b.err.ConstraintName || a.err.TableName != b.err.TableName):
		return "constraint", fmt.Sprintf("ours: %s\n  the judge: %s", a, b)
	case a.err != nil && (a.err.Message != b.err.Message || a.err.SchemaName != b.err.SchemaName || masked(a.err.Detail) != masked(b.err.Detail)):
		return "wording", fmt.Sprintf("ours: %s (schema %q)\n  the judge: %s (schema %q)", a, a.err.SchemaName, b, b.err.SchemaName)
	case a.affected != b.affected:
		return "affected", fmt.Sprintf("ours: %s, the judge: %s", a, b)
	case !slices.Equal(a.columns, b.columns):
		return "columns", fmt.Sprintf("ours: %q, the judge: %q", a.columns, b.columns)
	case !slices.Equal(a.rows, b.rows):
		return "rows", "returned:" + difference(a.rows, b.rows)
	}
	if ours.state != nil && judge.state != nil {
		if d := s.compareLive(ours.state, judge.state); d != "" {
			return "state", "live rows:\n" + d
		}
	}
	return "", ""
}

func (o outcome) code() string {
	if o.err == nil {
		return "none"
	}
	return o.err.Code
}

// masked is a detail without what may differ: of several rows any may be named,
// and a whole row has bookkeeping columns.
func masked(detail string) string {
	if whole := "Failing row contains ("; strings.HasPrefix(detail, whole) {
		return whole
	}
	before, rest, found := strings.Cut(detail, ")=(")
	i := strings.LastIndex(rest, ") is ")
	if !found || i < 0 {
		return detail
	}
	return before + ")=(…" + rest[i:]
}

// rules is the order in which a twin has its constraints.
type rules struct {
	what     string
	order    []int // of those of schema.keys that matter
	deferred bool  // NO ACTION and RESTRICT are checked at the end
	settled  bool  // SET NULL and SET DEFAULT, too, wait for all cascades
	shuffled bool  // the rows, too, are in another order
}

// involved are the foreign keys that a delete from a table can set to work, as
// positions in s.keys.
func (s *schema) involved(target int) (keys []int) {
	reached, changed := []int{target}, []int{}
	for i := 0; i < len(reached); i++ {
		for _, f := range s.children(reached[i]) {
			if list := &changed; f.action == softdelete.Cascade {
				if list = &reached; !slices.Contains(*list, f.child) {
					*list = append(*list, f.child)
				}
			} else {
				*list = append(*list, f.child)
			}
		}
	}
	for i, f := range s.keys {
		if slices.Contains(reached, f.parent) || slices.Contains(changed, f.child) || slices.Contains(changed, f.parent) {
			keys = append(keys, i)
		}
	}
	return keys
}

// orders are the rules to try, the likeliest first; at most as many as wanted
// are random.
func (s *schema) orders(r *rand.Rand, st *statement, random int) (out []rules) {
	natural := s.involved(st.target)
	if st.purpose == several {
		natural = nil
		for i := range s.keys {
			natural = append(natural, i)
		}
	}
	by := func(rank map[softdelete.Action]int) []int {
		o := slices.Clone(natural)
		slices.SortStableFunc(o, func(a, b int) int { return rank[s.keys[a].action] - rank[s.keys[b].action] })
		return o
	}
	cascadesFirst := by(map[softdelete.Action]int{softdelete.SetNull: 1, softdelete.SetDefault: 1, softdelete.NoAction: 2, softdelete.Restrict: 2})
	setsFirst := by(map[softdelete.Action]int{softdelete.Cascade: 1, softdelete.NoAction: 2, softdelete.Restrict: 2})
	checksFirst := by(map[softdelete.Action]int{softdelete.Cascade: 1, softdelete.SetNull: 1, softdelete.SetDefault: 1})
	const (
		checked = "a check before a cascade or SET that would satisfy it"
		settled = "a SET before a cascade that takes the row"
		ordered = "the order of constraints"
	)
	out = []rules{
		{what: ordered, order: cascadesFirst},
		{what: ordered, order: setsFirst},
		{what: ordered, order: checksFirst},
		{what: checked, order: natural, deferred: true},
		{what: checked, order: cascadesFirst, deferred: true},
		{what: checked, order: setsFirst, deferred: true},
		{what: settled, order: natural, deferred: true, settled: true},
	}
	for i := range random {
		u := rules{what: ordered, order: slices.Clone(natural), deferred: i%2 == 1}
		r.Shuffle(len(u.order), func(a, b int) { u.order[a], u.order[b] = u.order[b], u.order[a] })
		if i >= random*2/3 {
			u.what, u.shuffled = "the order of rows", true
		}
		out = append(out, u)
	}
	return out
}

// under is the DDL for these rules.
func (s *schema) under(u rules) string {
	var b strings.Builder
	for _, i := range u.order {
		b.WriteString(s.drop(s.keys[i]))
	}
	if u.shuffled {
		b.WriteString("SET LOCAL session_replication_role = replica;\n")
		for _, t := range s.tables {
			fmt.Fprintf(&b, "CREATE TEMP TABLE shuffled AS SELECT * FROM %s; DELETE FROM %[1]s; INSERT INTO %[1]s SELECT * FROM shuffled ORDER BY random(); DROP TABLE shuffled;\n", t.full())
		}
		b.WriteString("SET LOCAL session_replication_role = origin;\n")
	}
	for _, i := range u.order {
		f := *s.keys[i]
		if u.settled && f.sets() {
			f.action = softdelete.NoAction
		}
		b.WriteString(s.add(&f, true, u.deferred))
	}
	return b.String()
}

func (f *foreignKey) sets() bool {
	return f.action == softdelete.SetNull || f.action == softdelete.SetDefault
}

// settle carries out SET NULL and SET DEFAULT where cascades have left rows
// without a parent.
func (s *schema) settle(u rules) string {
	var find, set strings.Builder
	for _, i := range u.order {
		f := s.keys[i]
		if !f.sets() {
			continue
		}
		c, p := s.tables[f.child], s.tables[f.parent]
		fmt.Fprintf(&find, "CREATE TEMP TABLE left%d ON COMMIT DROP AS SELECT %s FROM %s AS c WHERE %s AND NOT EXISTS (SELECT FROM %s AS p WHERE %s);\n", i, c.list("c", c.key), c.full(),
			strings.ReplaceAll(c.list("c", f.columns), ",", " IS NOT NULL AND ")+" IS NOT NULL", p.full(), joined(c, "c", f.columns, p, "p", f.refs))
		columns := f.set
		if len(columns) == 0 {
			columns = f.columns
		}
		value := " = NULL"
		if f.action == softdelete.SetDefault {
			value = " = DEFAULT"
		}
		var sets []string
		for _, col := range columns {
			sets = append(sets, name(c.columns[col].name)+value)
		}
		fmt.Fprintf(&set, "UPDATE %s AS c SET %s FROM left%d AS x WHERE %s;\nDROP TABLE left%[3]d;\n", c.full(), strings.Join(sets, ", "), i, joined(c, "c", c.key, c, "x", c.key))
	}
	return find.String() + set.String()
}

// try gives the twin's answer under other rules: behind ddl, and with more behind
// the statement. The twin is in a transaction, before the statement, and stays
// there.
func (p *pair) try(ctx context.Context, st *statement, ddl, more string) (a answer, err error) {
	if err := p.twin.script(ctx, "SAVEPOINT _try; "+ddl); err != nil {
		return a, err
	}
	if a.outcome, err = p.twin.run(ctx, st); err != nil {
		return a, err
	}
	if a.outcome.err == nil {
		if err := p.twin.script(ctx, more+"SET CONSTRAINTS ALL IMMEDIATE"); err != nil {
			o, err := failed(err)
			if err != nil {
				return a, err
			}
			a.outcome = o
		}
	}
	if a.outcome.err == nil {
		if a.state, err = p.twin.snapshot(ctx); err != nil {
			return a, err
		}
	}
	return a, p.twin.script(ctx, "ROLLBACK TO _try; RELEASE _try")
}

// explain finds out whether PostgreSQL gives the answer that we gave, too, when
// its constraints are in another order. It says what depends on order, or "".
func (p *pair) explain(ctx context.Context, r *rand.Rand, st *statement, ours, judge answer) (string, error) {
	if ours.outcome.err != nil && !strings.HasPrefix(ours.outcome.err.Code, "23") { // integrity constraint violations
		return "", nil
	}
	class, _ := p.schema.compare(ours, judge)
	if ours.outcome.err != nil && judge.outcome.err != nil && class != "wording" {
		named, err := p.violated(ctx, st, ours.outcome.err)
		if err != nil || named {
			return "which of several errors is reported", err
		}
	}
	if st.purpose == inserts || st.purpose == updates {
		return "", nil
	}
	random := 60
	if p.hasty {
		random = 6
	}
	for _, u := range p.schema.orders(r, st, random) {
		more := ""
		if u.settled {
			more = p.schema.settle(u)
		}
		a, err := p.try(ctx, st, p.schema.under(u), more)
		if err != nil {
			return "", err
		}
		if class, _ := p.schema.compare(ours, a); class == "" {
			return u.what, nil
		}
	}
	if class == "wording" && p.schema.bothWays(ours.outcome.err, judge.outcome.err) {
		return "a SET DEFAULT key is violated as a delete and as an update", nil
	}
	return "", nil
}

// bothWays recognises the two ways in which one SET DEFAULT key can be violated by
// one delete: a row still refers to what is deleted, and a default refers to no row.
// Which of them is met first depends on the order of rows.
func (s *schema) bothWays(a, b *pgconn.PgError) bool {
	f := s.key(a.ConstraintName)
	return f != nil && f.action == softdelete.SetDefault && strings.HasPrefix(a.Message, "update or delete") != strings.HasPrefix(b.Message, "update or delete")
}

// violated reports whether the error that we got is one of those that the twin
// has, too: what it reports is taken out of its way, until it reports ours.
func (p *pair) violated(ctx context.Context, st *statement, want *pgconn.PgError) (bool, error) {
	s, ddl := p.schema, ""
	for range 2 * len(s.keys) {
		a, err := p.try(ctx, st, ddl, "")
		if err != nil || a.outcome.err == nil {
			return false, err
		}
		got := a.outcome.err
		if got.Code == want.Code && got.ConstraintName == want.ConstraintName && got.TableName == want.TableName {
			return true, nil
		}
		switch {
		case got.ConstraintName != "" && s.key(got.ConstraintName) != nil:
			ddl += s.drop(s.key(got.ConstraintName))
		case got.Code == "23502": // not_null_violation
			ddl += fmt.Sprintf("ALTER TABLE %s.%s ALTER %s DROP NOT NULL;\n", name(got.SchemaName), name(got.TableName), name(got.ColumnName))
		default:
			return false, nil
		}
	}
	return false, nil
}
