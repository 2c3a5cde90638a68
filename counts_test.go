package softdelete_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/softdelete-go/softdelete"
)

func TestCounts(t *testing.T) {
	ours, plain := openPurge(t, purgeShop+`CREATE INDEX ON items (deleted_at) WHERE deleted_at IS NOT NULL`, purgePolicy())
	mustExec(t, plain, `INSERT INTO users (id, deleted_at) SELECT i, CASE WHEN i <= 3 THEN now() END FROM generate_series(1, 9) AS i;
		INSERT INTO items (order_id, line, deleted_at) SELECT NULL, i, CASE WHEN i <= 7 THEN now() END FROM generate_series(1, 0) AS i`)
	counts := func(names ...string) string {
		t.Helper()
		list, err := softdelete.Counts(context.Background(), ours, names...)
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(list)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	equalText(t, "small", counts("users", "public.users", "notes"), `[{"table":"users","live":6,"deleted":3},{"table":"notes","live":0,"deleted":0}]`)
	mustExec(t, plain, `INSERT INTO orders (id) VALUES (1); INSERT INTO items (order_id, line, deleted_at) SELECT 1, i, CASE WHEN i <= 7 THEN now() END FROM generate_series(1, 250000) AS i; ANALYZE items`)
	var list []softdelete.TableCount
	check := func(what string, least, most int64, estimated bool) {
		t.Helper()
		if err := json.Unmarshal([]byte(counts("items")), &list); err != nil {
			t.Fatal(err)
		}
		c := list[0]
		if c.Deleted < least || c.Deleted > most || c.DeletedEstimated != estimated || !c.LiveEstimated || c.Live < 100000 || c.Live > 260000 {
			t.Errorf("%s: %+v", what, c)
		}
	}
	check("large, few deleted", 7, 7, false)
	mustExec(t, plain, `UPDATE items SET deleted_at = now() WHERE line % 2 = 0; ANALYZE items`)
	check("large, many deleted", 100000, 150000, true)
	if _, err := softdelete.Counts(context.Background(), ours, "visits"); err == nil {
		t.Error("a table outside the policy is counted")
	}
}

func TestGrowth(t *testing.T) {
	for _, journal := range []bool{true, false} {
		p := purgePolicy()
		if p.Journal = journal; !journal {
			p.ForeignKeys[2].OnDelete = softdelete.KeepVisible
		}
		ours, plain := withHistory(t, p)
		grown := func(days int, names ...string) string {
			t.Helper()
			g, err := softdelete.GrowthOf(context.Background(), ours, days, names...)
			if err != nil {
				t.Fatal(err)
			}
			text := ""
			for _, d := range g.Days {
				rows, err := json.Marshal(d.Rows)
				if err != nil {
					t.Fatal(err)
				}
				text += fmt.Sprintf("%d %s; ", d.Deletions, rows)
			}
			if today := time.Now().UTC().Truncate(day); len(g.Days) != days || !g.From.Equal(g.Days[0].Day) || g.From.Location() != time.UTC || g.Days[len(g.Days)-1].Day.Before(today) {
				t.Errorf("%d days from %s", len(g.Days), g.From)
			}
			return text
		}
		equalText(t, "all", grown(6), `0 {}; 1 {"items":2,"orders":2,"users":2}; 1 {"items":1,"orders":1,"users":1}; 1 {"items":2,"orders":2}; 1 {"items":1}; 1 {"items":1}; `)
		equalText(t, "a table", grown(4, "orders"), `1 {"orders":1}; 1 {"orders":2}; 0 {}; 0 {}; `)
		mustExec(t, plain, `TRUNCATE softdelete_deletions, items, orders, notes, users, visits`)
		equalText(t, "nothing", grown(2), "0 {}; 0 {}; ")
	}
}

// Where there are too many entries to read, the days begin where they are complete.
func TestGrowthOfManyDeletions(t *testing.T) {
	ours, plain := openPurge(t, purgeShop, purgePolicy())
	mustExec(t, plain, `INSERT INTO softdelete_deletions (id, deleted_at, table_name, rows) SELECT gen_random_uuid(), date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' - i % 3 * interval '1 day', 'users', '{"users": 1}' FROM generate_series(1, 120000) AS i`)
	g, err := softdelete.GrowthOf(context.Background(), ours, 30)
	if err != nil || len(g.Days) != 2 || g.Days[0].Deletions != 40000 || g.Days[1].Rows["users"] != 40000 {
		t.Errorf("%+v, %v", g, err)
	}
}
