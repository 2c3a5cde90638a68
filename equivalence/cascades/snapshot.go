package cascades

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// snapshot is what the tables of a side hold. It does not change.
type snapshot struct {
	live    [][]row
	dead    [][]deadRow
	journal []entry

	sorted [][]string // see lines
}

// deadRow is a deleted row.
type deadRow struct {
	row row
	id  *string // of the deletion
}

// entry is a row of the journal.
type entry struct {
	id, table, rows string
	restored        bool
}

// reading is the query for a snapshot.
func (s *schema) reading(ours bool) string {
	var arms []string
	for i, t := range s.tables {
		var cells []string
		for _, c := range t.columns {
			cells = append(cells, "x."+name(c.name)+"::text")
		}
		live := ""
		if ours && t.soft {
			from, id := t.deadRows()
			if t.archived {
				from += " ORDER BY r.id"
			}
			arms = append(arms, fmt.Sprintf("(SELECT %d, true, %s, ARRAY[%s] FROM %s)", i, id, strings.Join(cells, ", "), from))
			live = " WHERE NOT (" + t.dead() + ")"
		}
		arms = append(arms, fmt.Sprintf("SELECT %d, false, NULL, ARRAY[%s] FROM %s AS x%s", i, strings.Join(cells, ", "), t.full(), live))
	}
	if ours && s.journal {
		arms = append(arms, "SELECT -1, restored_at IS NOT NULL, id::text, ARRAY[table_name, rows::text] FROM public.softdelete_deletions")
	}
	return strings.Join(arms, " UNION ALL ")
}

func (s *schema) read(ctx context.Context, c *pgx.Conn, query string) (*snapshot, error) {
	rows, err := c.Query(ctx, query, pgx.QueryExecModeCacheStatement)
	if err != nil {
		return nil, err
	}
	out := &snapshot{live: make([][]row, len(s.tables)), dead: make([][]deadRow, len(s.tables))}
	for rows.Next() {
		var t int
		var dead bool
		var id *string
		var cells []*string
		if err := rows.Scan(&t, &dead, &id, &cells); err != nil {
			return nil, err
		}
		switch {
		case t < 0:
			out.journal = append(out.journal, entry{*id, *cells[0], *cells[1], dead})
		case dead:
			out.dead[t] = append(out.dead[t], deadRow{cells, id})
		default:
			out.live[t] = append(out.live[t], cells)
		}
	}
	return out, rows.Err()
}

// lines are the live rows of a table, sorted.
func (n *snapshot) lines(t int) []string {
	if n.sorted == nil {
		n.sorted = make([][]string, len(n.live))
	}
	if n.sorted[t] != nil {
		return n.sorted[t]
	}
	out := []string{}
	for _, r := range n.live[t] {
		out = append(out, r.String())
	}
	slices.Sort(out)
	n.sorted[t] = out
	return out
}

// ambiguous reports whether several deleted rows of an archived table have one key.
func (n *snapshot) ambiguous(s *schema) bool {
	for i, t := range s.tables {
		seen := map[string]bool{}
		for _, d := range n.dead[i] {
			key, _ := d.row.at(t.key)
			text := fmt.Sprintf("%q", key)
			if t.archived && seen[text] {
				return true
			}
			seen[text] = true
		}
	}
	return false
}

func (n *snapshot) deadLines(t int) []string {
	var out []string
	for _, r := range n.dead[t] {
		out = append(out, r.row.String())
	}
	slices.Sort(out)
	return out
}

// rows is how many rows live.
func (n *snapshot) rows() (count int) {
	for _, t := range n.live {
		count += len(t)
	}
	return count
}

// compareLive says how the live rows of two snapshots differ; "" if they do not.
func (s *schema) compareLive(ours, judge *snapshot) string {
	var b strings.Builder
	for i, t := range s.tables {
		if x, y := ours.lines(i), judge.lines(i); !slices.Equal(x, y) {
			fmt.Fprintf(&b, "  %s:%s\n", t.full(), difference(x, y))
		}
	}
	return b.String()
}

// difference lists what only one of two lists has.
func difference(ours, judge []string) string {
	count := map[string]int{}
	for _, r := range ours {
		count[r]++
	}
	for _, r := range judge {
		count[r]--
	}
	var b strings.Builder
	all := slices.Concat(ours, judge)
	slices.Sort(all)
	for _, r := range slices.Compact(all) {
		for ; count[r] > 0; count[r]-- {
			b.WriteString("\n    only ours:        " + r)
		}
		for ; count[r] < 0; count[r]++ {
			b.WriteString("\n    only the judge's: " + r)
		}
	}
	return b.String()
}
