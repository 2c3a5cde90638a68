package equivalence

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// runScoped judges a statement under a scope by row-level security: the twin has
// no deleted rows to show. A write is taken back on both sides.
func (p *pair) runScoped(ctx context.Context, s *step, t *tally) (class, what string, err error) {
	text, params := s.sql()
	if p.unjudged(s) {
		return "", "", nil
	}
	judge, want, err := p.judgeScoped(ctx, s, text, params)
	if errors.Is(err, errTwice) {
		return "", "", p.scoped.script(ctx, "ROLLBACK")
	}
	if err != nil {
		return "", "", err
	}
	if s.kind == scopedRead {
		return p.compareScoped(ctx, s, t, judge, want, text, params)
	}
	if err := p.ours.script(ctx, "BEGIN"); err != nil {
		return "", "", err
	}
	class, what, err = p.compareScoped(ctx, s, t, judge, want, text, params)
	return class, what, errors.Join(err, p.ours.script(ctx, "ROLLBACK"))
}

// judgeScoped runs the statement under row-level security. The second result is
// the content of the tables after a write.
func (p *pair) judgeScoped(ctx context.Context, s *step, text string, params []*param) (judge []outcome, want []string, err error) {
	set := "BEGIN;"
	for i, tab := range p.schema.tables {
		// Without a setting live rows are shown.
		if see := s.visible(tab); tab.policy && see != "live" {
			if s.target != tab.full() { // a hard delete takes what is in the table
				set += tab.unearth(see)
			}
			set += fmt.Sprintf("SET LOCAL %s = '%s';", setting(i), see)
		}
	}
	if err := p.scoped.script(ctx, set+"SET LOCAL ROLE "+scopedRole); err != nil {
		var pe *pgconn.PgError
		if errors.As(err, &pe) && pe.Code == "23505" {
			return nil, nil, errTwice
		}
		return nil, nil, err
	}
	if judge, err = p.scoped.run(ctx, s, text, params); err != nil {
		return nil, nil, fmt.Errorf("under row-level security: %w", err)
	}
	if s.kind != scopedRead && judge[0].code == "" {
		if err := p.scoped.script(ctx, "RESET ROLE"); err != nil {
			return nil, nil, err
		}
		if want, err = p.scoped.content(ctx, p.marked(), s.lasting()); err != nil {
			return nil, nil, err
		}
	}
	return judge, want, p.scoped.script(ctx, "ROLLBACK")
}

// unjudged reports whether a statement writes to an archived table whose deleted rows it
// sees. The judge has both in one table, where new rows meet deleted ones.
func (p *pair) unjudged(s *step) bool {
	return slices.ContainsFunc(p.schema.tables, func(t *table) bool {
		return t.archived && s.target == t.full() && slices.ContainsFunc(s.scope, func(one string) bool {
			verb, of, named := strings.Cut(one, ":")
			return verb != "hard" && (!named || of == scopeName(t))
		})
	})
}

// errTwice says that a key of an archived table was deleted twice, or is in use again, so
// that the judge cannot have all rows in one table.
var errTwice = errors.New("a key was used twice")

// unearth is what puts the deleted rows of an archived table where the judge can see
// them, in its own transaction.
func (t *table) unearth(see string) string {
	if !t.archived || t.parent != nil {
		return ""
	}
	text := ""
	if see == "only" {
		text = fmt.Sprintf("DELETE FROM %s;", t.full())
	}
	var rows []string
	for _, name := range append([]*table{t}, t.children...) {
		rows = append(rows, literal(policyName(name)))
	}
	return text + fmt.Sprintf("INSERT INTO %s OVERRIDING SYSTEM VALUE SELECT x.* FROM public.deletion_records AS r CROSS JOIN LATERAL jsonb_populate_record(NULL::%[1]s, r.data) AS x WHERE r.table_name IN (%s);",
		t.full(), strings.Join(rows, ", "))
}

// marked are the relations whose deleted rows stay where they are. The judge has the
// others' rows in other places.
func (p *pair) marked() (out []relation) {
	for _, r := range p.relations {
		if !r.archived {
			out = append(out, r)
		}
	}
	return out
}

// lasting are the rows that must be the same after a write: where a delete marks,
// the judge has destroyed what ours keeps.
func (s *step) lasting() which {
	if s.kind == scopedDelete {
		return liveRows
	}
	return allRows
}

// compareScoped runs the statement through the driver and compares.
func (p *pair) compareScoped(ctx context.Context, s *step, t *tally, judge []outcome, want []string, text string, params []*param) (class, what string, err error) {
	var before, after [][]string
	if s.kind == scopedDelete {
		if before, err = p.deleted(ctx); err != nil {
			return "", "", err
		}
	}
	ours, err := p.ours.run(scoped(ctx, s.scope), s, text, params)
	if err != nil {
		return "", "", fmt.Errorf("through the driver: %w", err)
	}
	if p.refusal(s, ours, t) {
		return "", "", nil
	}
	t.count(judge)
	if p.beyond(s, ours) {
		t.refused["what only a table can do, of deleted rows that are in deletion_records"]++
		return "", "", nil
	}
	under := "under " + strings.Join(s.scope, ", ") + ": "
	if class, what = compare(s, ours, judge); class != "" {
		return "scoped " + class, under + what, nil
	}
	if s.kind == scopedRead || ours[0].code != "" {
		return "", "", nil
	}
	content, err := p.ours.content(ctx, p.marked(), s.lasting())
	if err != nil {
		return "", "", err
	}
	if !slices.Equal(content, want) {
		return "scoped content", under + "the tables differ afterwards", nil
	}
	if s.kind != scopedDelete {
		return "", "", nil
	}
	if after, err = p.deleted(ctx); err != nil {
		return "", "", err
	}
	// A row that was deleted before keeps its marker.
	more := 0
	for i, r := range p.relations {
		if missing := without(before[i], after[i]); len(missing) > 0 {
			return "scoped content", fmt.Sprintf("%sthe delete changed rows of %s that were deleted before:\n    %s", under, r.full, strings.Join(missing, "\n    ")), nil
		}
		more += len(after[i]) - len(before[i])
	}
	if n := int(ours[0].affected) + len(ours[0].rows); more != n {
		return "scoped content", fmt.Sprintf("%s%d rows are marked, of %d that were deleted", under, more, n), nil
	}
	return "", "", nil
}

// beyond reports whether a statement failed for want of what a sub-select, which stands
// for an archived table in such a scope, does not have: a schema, a primary key, rows to
// lock, a row type.
func (p *pair) beyond(s *step, ours []outcome) bool {
	seen := slices.ContainsFunc(p.schema.tables, func(t *table) bool { return t.archived && s.visible(t) != "live" })
	text, _ := s.sql()
	return seen && slices.ContainsFunc(ours, func(o outcome) bool {
		return slices.Contains([]string{"42P01", "42803", "0A000"}, o.code) || strings.Contains(text, "pg_typeof")
	})
}

// deleted lists the deleted rows of each relation.
func (p *pair) deleted(ctx context.Context) (out [][]string, err error) {
	for _, r := range p.relations {
		var rows []string
		if !r.sequence {
			if rows, err = p.ours.rowsOf(ctx, r, deletedRows); err != nil {
				return nil, err
			}
		}
		out = append(out, rows)
	}
	return out, nil
}

// without returns what one sorted list has and another has not.
func without(rows, others []string) (out []string) {
	for _, r := range rows {
		i, found := slices.BinarySearch(others, r)
		if !found {
			out = append(out, r)
			continue
		}
		others = others[i+1:]
	}
	return out
}

// visible says what row-level security must show of a table: live, with (deleted
// rows), or only (those). The target of a delete is seen in its own way.
func (s *step) visible(t *table) string {
	see, hard := "live", false
	for _, one := range s.scope {
		verb, of, named := strings.Cut(one, ":")
		if named && of != scopeName(t) {
			continue
		}
		if verb == "hard" {
			hard = true
		} else {
			see = verb
		}
	}
	switch {
	case s.target != t.full():
	case s.kind == scopedDelete && see == "with":
		return "live" // what is deleted already is not deleted again
	case hard && see == "live":
		return "with"
	}
	return see
}
