package trash

import "testing"

// Pages of a shop in which a million rows are deleted, by 200,000 deletions within half a
// year, one of which took 200,000 rows.
func BenchmarkMillionDeletedRows(b *testing.B) {
	s := open(b, shopSchema, shopPolicy())
	const large = "00000000-0000-4000-8000-000000000001"
	s.exec(s.plain, `
		INSERT INTO softdelete_deletions (id, deleted_at, table_name, actor, rows) SELECT gen_random_uuid(), now() - i * interval '78 s', 'orders', 'actor' || i % 50, '{"orders": 1, "items": 3}' FROM generate_series(1, 199999) AS i;
		INSERT INTO orders SELECT 1000 + row_number() OVER (), 1, 'old', deleted_at, id FROM softdelete_deletions;
		INSERT INTO items SELECT o.id, n, 'mug', o.deleted_at, o.deletion_id FROM orders AS o, generate_series(1, 3) AS n WHERE o.id > 1000;
		INSERT INTO softdelete_deletions (id, table_name, actor, rows) VALUES ('`+large+`', 'notes', 'job', '{"notes": 200000}');
		INSERT INTO notes SELECT i, 1, 'note', now(), '`+large+`' FROM generate_series(1000, 200999) AS i;
		CREATE INDEX ON notes (deletion_id); CREATE INDEX ON orders (customer_id); CREATE INDEX ON notes (customer_id)`)
	s.exec(s.plain, `ANALYZE`)
	middle := s.text(`SELECT id FROM softdelete_deletions ORDER BY deleted_at OFFSET 100000 LIMIT 1`)
	for name, path := range map[string]string{
		"overview": "/", "overview of a year": "/?days=365", "list": "/deletions", "a late page": "/deletions?after=" + s.text(`SELECT to_char(deleted_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') || 'Z/' || id FROM softdelete_deletions WHERE id = $1::uuid`, middle),
		"those of a table": "/deletions?table=notes", "those of an actor": "/deletions?actor=job", "those in the trash": "/deletions?state=restorable", "those with a row": "/deletions?row=mug+of+nobody", "those with a row of a table": "/deletions?row=note&table=notes",
		"a deletion": "/deletions/" + middle, "a large deletion": "/deletions/" + large, "preview": "/deletions/" + middle + "/restore", "preview of a large one": "/deletions/" + large + "/restore", "question of a purge": "/deletions/" + middle + "/purge",
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if status, body := s.get(path); status != 200 {
					b.Fatalf("status %d: %s", status, visibleText(body))
				}
			}
		})
	}
}
