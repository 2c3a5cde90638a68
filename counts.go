package softdelete

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/softdelete-go/softdelete/internal/native"
)

// TableCount is how many rows a table has.
type TableCount struct {
	Table   string `json:"table"` // as the policy names it
	Live    int64  `json:"live"`
	Deleted int64  `json:"deleted"`
	// Of large tables the counts are those that the planner expects, as of the last ANALYZE.
	LiveEstimated    bool `json:"live_estimated,omitempty"`
	DeletedEstimated bool `json:"deleted_estimated,omitempty"`
}

// What Counts counts. Rows are counted one by one where the planner expects no more than
// countRows in the table, or where it finds the first countDeleted deleted ones for
// countCost, which an index on the marker or on the deletion id makes possible.
const (
	countRows    = 200_000
	countDeleted = 10_000
	countCost    = 20_000
)

// Counts counts the live and the deleted rows of tables of the policy, all of them if
// none is named. It is fast however many there are: large numbers are estimates.
func Counts(ctx context.Context, db Execer, names ...string) ([]TableCount, error) {
	tables, err := tablesOf(ctx, db, "Counts")
	if err != nil {
		return nil, err
	}
	chosen, err := tables.chosen(names)
	if err != nil {
		return nil, err
	}
	list := []TableCount{}
	for _, t := range chosen {
		c := TableCount{Table: t.display()}
		if err := t.count(ctx, db, &c); err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, nil
}

// chosen are the tables with these names, without partitions, or all.
func (s *tableSet) chosen(names []string) (list []*table, err error) {
	for _, name := range names {
		found := s.byPolicyName(name)
		if found == nil {
			return nil, &RefusedError{Statement: "count", Table: name, Why: "it is not a table of the policy", Instead: "name one that is, as the policy does"}
		}
		if t := found[0].whole(); !slices.Contains(list, t) {
			list = append(list, t)
		}
	}
	for _, t := range s.all {
		if len(names) == 0 && t.partOf == nil {
			list = append(list, t)
		}
	}
	return list, nil
}

func (t *table) count(ctx context.Context, db Execer, c *TableCount) error {
	from := "FROM " + t.rel.sqlName("") + " AS t"
	if t.archived() {
		return t.countArchived(ctx, db, from, c)
	}
	dead, alive := t.condition("t", onlyDeleted).text, t.condition("t", live).text
	all, _, err := expected(ctx, db, "SELECT "+from)
	if err != nil {
		return err
	}
	if all <= countRows {
		return queryPast(ctx, db, fmt.Sprintf("SELECT count(*) FILTER (WHERE %s), count(*) FILTER (WHERE %s) %s", alive, dead, from), nil,
			func(row native.Rows) error { return row.Scan(&c.Live, &c.Deleted) })
	}
	if c.Live, _, err = expected(ctx, db, "SELECT "+from+" WHERE "+alive); err != nil {
		return err
	}
	c.LiveEstimated = true
	return countSome(ctx, db, from, dead, c)
}

// countArchived counts the rows of the table, and its records.
func (t *table) countArchived(ctx context.Context, db Execer, from string, c *TableCount) (err error) {
	if c.Live, _, err = expected(ctx, db, "SELECT "+from); err != nil {
		return err
	}
	if c.LiveEstimated = c.Live > countRows; !c.LiveEstimated {
		if err := queryPast(ctx, db, "SELECT count(*) "+from, nil, func(row native.Rows) error { return row.Scan(&c.Live) }); err != nil {
			return err
		}
	}
	return countSome(ctx, db, "FROM "+recordsTable+" AS t", t.rel.unrestored("t"), c)
}

// countSome counts deleted rows, if that is quickly done.
func countSome(ctx context.Context, db Execer, from, dead string, c *TableCount) error {
	first := fmt.Sprintf("SELECT %s WHERE %s LIMIT %d", from, dead, countDeleted+1)
	_, cost, err := expected(ctx, db, first)
	if err != nil {
		return err
	}
	if cost <= countCost {
		err := queryPast(ctx, db, "SELECT count(*) FROM ("+first+") AS x", nil, func(row native.Rows) error { return row.Scan(&c.Deleted) })
		if err != nil || c.Deleted <= countDeleted {
			return err
		}
	}
	atLeast := c.Deleted
	c.Deleted, _, err = expected(ctx, db, "SELECT "+from+" WHERE "+dead)
	c.Deleted, c.DeletedEstimated = max(c.Deleted, atLeast), true
	return err
}

// expected is what the planner thinks of a query: how many rows, and at what cost.
func expected(ctx context.Context, db Execer, text string) (rows int64, cost float64, err error) {
	err = queryPast(ctx, db, "EXPLAIN (FORMAT JSON) "+text, nil, func(row native.Rows) error {
		var plan string
		if err := row.Scan(&plan); err != nil {
			return err
		}
		var explained []struct {
			Plan struct {
				Rows float64 `json:"Plan Rows"`
				Cost float64 `json:"Total Cost"`
			}
		}
		if err := json.Unmarshal([]byte(plan), &explained); err != nil || len(explained) == 0 {
			return fmt.Errorf("softdelete: the server explains a query as %.200q: %w", plan, err)
		}
		rows, cost = int64(explained[0].Plan.Rows), explained[0].Plan.Cost
		return nil
	})
	return rows, cost, err
}

// Growth is how many rows were deleted on each day.
type Growth struct {
	From time.Time   `json:"from"` // the first day, at midnight UTC
	Days []DayGrowth `json:"days"` // each day from then until today, also those without a deletion
}

// DayGrowth is a day of a [Growth].
type DayGrowth struct {
	Day       time.Time        `json:"day"` // midnight UTC
	Deletions int64            `json:"deletions"`
	Rows      map[string]int64 `json:"rows"` // how many rows of which table
}

// growthEntries is how many of the journal's newest entries are read. There may be days
// beyond them, which a Growth then does not have.
const growthEntries = 100_000

// GrowthOf tells what was deleted on each of the last days, today being one, and restored or
// purged since or not. It reads the journal, the newest 100,000 entries at most, and
// begins with the first day that is complete in them. Without a journal it knows the rows that
// are still deleted, of tables that have no more than 200,000 rows and a time in their markers.
//
// Only the tables named count, or all.
func GrowthOf(ctx context.Context, db Execer, days int, names ...string) (Growth, error) {
	tables, err := tablesOf(ctx, db, "GrowthOf")
	if err != nil {
		return Growth{}, err
	}
	chosen, err := tables.chosen(names)
	if err != nil {
		return Growth{}, err
	}
	var text string
	var args []any
	if tables.journal {
		text, args = journalGrowth(chosen, max(days, 1))
	} else if text, err = rowGrowth(ctx, db, chosen); err != nil {
		return Growth{}, err
	}
	text = "WITH _sd_today AS (SELECT date_trunc('day', now() AT TIME ZONE 'UTC') AS day), " + text
	text = fmt.Sprintf("%s SELECT g.day AT TIME ZONE 'UTC', coalesce(max(d.deletions) FILTER (WHERE d.name IS NULL), 0), coalesce(json_object_agg(d.name, d.n) FILTER (WHERE d.name IS NOT NULL), '{}')::text"+
		" FROM _sd_today CROSS JOIN _sd_complete CROSS JOIN LATERAL generate_series(greatest(_sd_today.day - interval '%d days', _sd_complete.day), _sd_today.day, interval '1 day') AS g(day)"+
		" LEFT JOIN _sd_deleted AS d ON d.day = g.day GROUP BY g.day ORDER BY g.day", text, max(days, 1)-1)
	g := Growth{Days: []DayGrowth{}}
	err = queryPast(ctx, db, text, args, func(row native.Rows) error {
		var d DayGrowth
		var rows string
		if err := row.Scan(&d.Day, &d.Deletions, &rows); err != nil {
			return err
		}
		d.Day = d.Day.UTC()
		g.Days = append(g.Days, d)
		return json.Unmarshal([]byte(rows), &g.Days[len(g.Days)-1].Rows)
	})
	if err == nil && len(g.Days) > 0 {
		g.From = g.Days[0].Day
	}
	return g, err
}

// journalGrowth are the queries deleted, a row for each day and table, and one for each
// day without a name, which counts the deletions; and complete, the
// first day that it has all entries of.
func journalGrowth(tables []*table, days int) (text string, args []any) {
	var names []string
	for i, t := range tables {
		names, args = append(names, fmt.Sprintf("$%d::text", i+1)), append(args, t.display())
	}
	return fmt.Sprintf(`_sd_entries AS MATERIALIZED (
	SELECT j.id, j.deleted_at, j.rows FROM %s AS j, _sd_today WHERE j.deleted_at >= (_sd_today.day - interval '%d days') AT TIME ZONE 'UTC'
	ORDER BY j.deleted_at DESC, j.id DESC LIMIT %d),
_sd_complete AS (SELECT CASE WHEN count(*) = %[3]d THEN date_trunc('day', min(e.deleted_at) AT TIME ZONE 'UTC') + interval '1 day' ELSE '-infinity'::timestamp END AS day FROM _sd_entries AS e),
_sd_taken AS MATERIALIZED (
	SELECT e.id, date_trunc('day', e.deleted_at AT TIME ZONE 'UTC') AS day, r.key AS name, r.value::bigint AS n
	FROM _sd_entries AS e CROSS JOIN LATERAL jsonb_each_text(e.rows) AS r WHERE r.key IN (%s)),
_sd_deleted AS MATERIALIZED (SELECT t.day, t.name, sum(t.n) AS n, count(DISTINCT t.id) AS deletions FROM _sd_taken AS t GROUP BY GROUPING SETS ((t.day, t.name), (t.day)))`,
		deletionsTable, days-1, growthEntries, strings.Join(names, ", ")), args
}

// rowGrowth are the same queries of the rows that are deleted. What was deleted at the
// same time counts as one deletion.
func rowGrowth(ctx context.Context, db Execer, tables []*table) (string, error) {
	arms := []string{"SELECT NULL::timestamp AS day, NULL::timestamptz AS at, NULL::text AS name WHERE false"}
	for _, t := range tables {
		from := "FROM " + t.rel.sqlName("") + " AS t"
		at, dead := t.deletedAt(), ""
		if t.archived() {
			from, at, dead = "FROM "+recordsTable+" AS t", "t.archived_at", t.rel.unrestored("t")
		} else {
			dead = t.condition("t", onlyDeleted).text
		}
		all, _, err := expected(ctx, db, "SELECT "+from)
		if err != nil {
			return "", err
		}
		if all <= countRows && t.marker != Flag {
			arms = append(arms, fmt.Sprintf("SELECT date_trunc('day', %s AT TIME ZONE 'UTC'), %[1]s, %s %s WHERE %s", at, quoteLiteral(t.display()), from, dead))
		}
	}
	return `_sd_complete AS (SELECT '-infinity'::timestamp AS day),
_sd_taken AS MATERIALIZED (` + strings.Join(arms, " UNION ALL ") + `),
_sd_deleted AS MATERIALIZED (SELECT t.day, t.name, count(*) AS n, count(DISTINCT t.at) AS deletions FROM _sd_taken AS t GROUP BY GROUPING SETS ((t.day, t.name), (t.day)))`, nil
}
