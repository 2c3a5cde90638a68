package equivalence

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// relation is a table or a sequence whose content is compared.
type relation struct {
	full     string // quoted
	live     string // condition on the alias x
	sequence bool
}

// which are the rows of a table that are looked at.
type which uint8

const (
	liveRows which = iota
	deletedRows
	allRows
)

// relations are those of the schema.
func (s *schema) relations() (out []relation) {
	for _, t := range s.tables {
		if t.partitioned == "" {
			out = append(out, relation{full: t.full(), live: t.liveness("x")})
		}
	}
	for _, n := range s.sequences() {
		out = append(out, relation{full: n, sequence: true})
	}
	return out
}

// sql selects from the relation, by the alias x.
func (r relation) sql(what string, w which) string {
	if r.sequence {
		return fmt.Sprintf("SELECT %s FROM (SELECT last_value, is_called FROM %s) x", what, r.full)
	}
	where := map[which]string{liveRows: r.live, deletedRows: "NOT (" + r.live + ")", allRows: "true"}[w]
	return fmt.Sprintf("SELECT %s FROM ONLY %s x WHERE %s", what, r.full, where)
}

// content returns a digest of each relation: how many rows there are, and the sum
// of their hashes, which does not depend on their order.
func (s *side) content(ctx context.Context, of []relation, w which) ([]string, error) {
	out := make([]string, len(of))
	if len(of) == 0 {
		return out, nil
	}
	var selects []string
	for i, r := range of {
		selects = append(selects, r.sql(fmt.Sprintf("%d, count(*) || ' ' || coalesce(sum(hashtextextended(x::text, 0)), 0)", i), w))
	}
	q := strings.Join(selects, " UNION ALL ")
	err := s.raw(func(c *pgx.Conn) error {
		// Under its own text as a name: the server plans it once for a schema.
		if _, err := c.Prepare(ctx, q, q); err != nil {
			return err
		}
		rows, err := c.Query(ctx, q)
		if err != nil {
			return err
		}
		var i int
		var digest string
		_, err = pgx.ForEachRow(rows, []any{&i, &digest}, func() error {
			out[i] = digest
			return nil
		})
		return err
	})
	return out, err
}

// rowsOf lists the rows of a relation as text, sorted.
func (s *side) rowsOf(ctx context.Context, r relation, w which) (out []string, err error) {
	err = s.raw(func(c *pgx.Conn) error {
		rows, err := c.Query(ctx, r.sql("x::text", w), pgx.QueryExecModeSimpleProtocol)
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	slices.Sort(out)
	return out, err
}

// compareContent compares the live rows of every table, and the sequences.
func (p *pair) compareContent(ctx context.Context) (class, what string, err error) {
	// In a failed transaction nothing can be read; nothing was changed either.
	if p.twin.status() == failedTransaction {
		return "", "", nil
	}
	if err := p.align(ctx); err != nil {
		return "", "", err
	}
	ours, err := p.ours.content(ctx, p.relations, liveRows)
	if err != nil {
		return "", "", fmt.Errorf("reading the tables: %w", err)
	}
	twin, err := p.twin.content(ctx, p.relations, allRows)
	if err != nil {
		return "", "", fmt.Errorf("reading the twin's tables: %w", err)
	}
	for i, r := range p.relations {
		if ours[i] == twin[i] || p.differing[r.full] {
			continue
		}
		if p.differing != nil {
			p.differing[r.full] = true
		}
		a, err := p.ours.rowsOf(ctx, r, liveRows)
		if err != nil {
			return "", "", err
		}
		b, err := p.twin.rowsOf(ctx, r, allRows)
		if err != nil {
			return "", "", err
		}
		return "content", fmt.Sprintf("afterwards %s holds %s", r.full, difference(a, b)), nil
	}
	return "", "", nil
}

// align sets our sequences to the twin's where a statement has failed. How many
// numbers it took depends on how many rows it came to before the one at which it
// failed, and PostgreSQL promises no order of them.
func (p *pair) align(ctx context.Context) error {
	if !p.apart || p.twin.status() == failedTransaction {
		return nil
	}
	p.apart = false
	var set strings.Builder
	for _, r := range p.relations {
		if !r.sequence {
			continue
		}
		at, err := p.twin.rowsOf(ctx, r, allRows) // such as (41,t)
		if err != nil {
			return err
		}
		value, called, _ := strings.Cut(strings.Trim(at[0], "()"), ",")
		fmt.Fprintf(&set, "SELECT setval(%s, %s, '%s');", literal(r.full), value, called)
	}
	return p.ours.script(ctx, set.String())
}
