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
	archived bool   // of an archived table, or a partition of one
	records  string // of an archived table: a FROM clause of its deleted rows, as x
	buried   string // and of those that the twin has deleted, whose text is gone
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
		r := relation{full: t.full(), live: t.liveness("x"), archived: t.archived}
		if t.archived && t.parent == nil {
			r.records, r.buried = s.buried(t)
		}
		if t.partitioned == "" || r.records != "" {
			out = append(out, r)
		}
	}
	for _, n := range s.sequences() {
		out = append(out, relation{full: n, sequence: true})
	}
	return out
}

// buried says where the deleted rows of an archived table are, on both sides. A delete
// by the name of a partition is recorded under that.
func (s *schema) buried(t *table) (records, buried string) {
	var names []string
	for _, other := range s.tables {
		if other.root() == t {
			names = append(names, literal(policyName(other)))
		}
	}
	return fmt.Sprintf("public.deletion_records AS r CROSS JOIN LATERAL jsonb_populate_record(NULL::%s, r.data) AS x WHERE r.restored_at IS NULL AND r.table_name IN (%s)", t.full(), strings.Join(names, ", ")),
		fmt.Sprintf("%s AS x WHERE x.tree = %s", graveyard, literal(t.full()))
}

// sql selects from the relation, by the alias x.
func (r relation) sql(what string, w which) string {
	if r.sequence {
		return fmt.Sprintf("SELECT %s FROM (SELECT last_value, is_called FROM %s) x", what, r.full)
	}
	if w == deletedRows && r.records != "" {
		return fmt.Sprintf("SELECT %s FROM %s", what, r.records)
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
	return p.compareRecords(ctx)
}

// compareRecords compares what has been deleted of archived tables.
func (p *pair) compareRecords(ctx context.Context) (class, what string, err error) {
	for _, r := range p.relations {
		if r.records == "" {
			continue
		}
		kept, err := p.ours.rowsOf(ctx, r, deletedRows)
		if err != nil {
			return "", "", err
		}
		var gone []string
		err = p.twin.raw(func(c *pgx.Conn) error {
			rows, err := c.Query(ctx, "SELECT x.gone FROM "+r.buried, pgx.QueryExecModeSimpleProtocol)
			if err == nil {
				gone, err = pgx.CollectRows(rows, pgx.RowTo[string])
			}
			return err
		})
		if err != nil {
			return "", "", err
		}
		if slices.Sort(gone); !slices.Equal(kept, gone) {
			return "records", fmt.Sprintf("the records of %s are %s", r.full, difference(kept, gone)), nil
		}
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
