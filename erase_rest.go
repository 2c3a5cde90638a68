package softdelete

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/softdelete-go/softdelete/internal/lex"
	"github.com/softdelete-go/softdelete/internal/native"
)

// parts are all rows and records that were found.
func (e *erasure) parts() (list []part) {
	for g, r := range e.found {
		if len(r.rows) > 0 {
			list = append(list, part{grave: g, rows: r.rows})
		}
		if len(r.records) > 0 {
			list = append(list, part{grave: g, records: r.records})
		}
	}
	return list
}

// eachBond calls do for each foreign key that leads to each part.
func (e *erasure) eachBond(do func(*bond, part) error) error {
	for _, p := range e.parts() {
		for _, b := range e.bonds {
			if p.grave.rel.within(b.parent.rel) {
				if err := do(b, p); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// deletionIDs are those of the deletions that took what is erased, as an array.
func (e *erasure) deletionIDs() string {
	return "{" + strings.Join(slices.Sorted(maps.Keys(e.deletions)), ",") + "}"
}

// noteDeletions adds the ids that a query selects.
func (e *erasure) noteDeletions(ctx context.Context, into map[string]bool, text string, args ...any) (n int64, err error) {
	err = queryPast(ctx, e.tx, text, args, func(row native.Rows) error {
		var id sql.NullString
		n++
		err := row.Scan(&id)
		if id.Valid {
			into[id.String] = true
		}
		return err
	})
	return n, err
}

// checkHeld refuses what a hold keeps.
func (e *erasure) checkHeld(ctx context.Context) error {
	for _, p := range e.parts() {
		id := "tr.deletion_id"
		if p.records == nil {
			if p.grave.table == nil || p.grave.table.entry.DeletionID == "" {
				continue
			}
			id = "t." + lex.QuoteIdent(p.grave.table.entry.DeletionID)
		}
		item, where, arg := p.from()
		if _, err := e.noteDeletions(ctx, e.deletions, fmt.Sprintf("SELECT DISTINCT %s::text FROM %s WHERE %s", id, item, where), arg); err != nil {
			return err
		}
	}
	return e.held(ctx, e.deletions)
}

func (e *erasure) held(ctx context.Context, ids map[string]bool) error {
	if !e.holds || len(ids) == 0 {
		return nil
	}
	held := map[string]bool{}
	list := "{" + strings.Join(slices.Sorted(maps.Keys(ids)), ",") + "}"
	if _, err := e.noteDeletions(ctx, held, "SELECT h.deletion_id::text FROM "+holdsTable+" AS h WHERE h.deletion_id = ANY ($1::text::uuid[])", list); err != nil || len(held) == 0 {
		return err
	}
	return e.refuse(e.name, "it belongs to what a legal hold keeps: deletion "+strings.Join(slices.Sorted(maps.Keys(held)), ", "), "end the hold with Release first, if you may")
}

// apart is the condition that the row c is not to be erased, with further parameters.
func (e *erasure) apart(child *grave, args []any) (string, []any) {
	text := ""
	for g, r := range e.found {
		if len(r.rows) > 0 && g.rel.within(child.rel) {
			args = append(args, tidArray(r.rows))
			text += fmt.Sprintf(" AND NOT (c.tableoid = %d AND c.ctid = ANY ($%d::text::tid[]))", g.rel.OID, len(args))
		}
	}
	return text, args
}

// checkReferred refuses to take what another row must refer to, and counts what refers to
// it without a constraint.
func (e *erasure) checkReferred(ctx context.Context) error {
	return e.eachBond(func(b *bond, p part) error {
		if p.records != nil || b.action != NoAction && b.action != Restrict && b.action != KeepVisible {
			return nil
		}
		item, where, arg := p.from()
		apart, args := e.apart(b.child, []any{arg})
		from := fmt.Sprintf("FROM %s CROSS JOIN %s AS c WHERE %s AND %s%s", item, b.child.rel.sqlName(), where, b.on(), apart)
		if b.action == KeepVisible {
			var n int64
			err := queryPast(ctx, e.tx, "SELECT count(*) "+from, args, func(row native.Rows) error { return row.Scan(&n) })
			if err == nil && n > 0 {
				e.entryOf(b.child).Left += n
			}
			return err
		}
		key := b.child.key
		if key == nil {
			key = b.columns
		}
		return queryPast(ctx, e.tx, fmt.Sprintf("SELECT %s::text %s LIMIT 1", jsonObject("c", key), from), args, func(row native.Rows) error {
			var who string
			if err := row.Scan(&who); err != nil {
				return err
			}
			return e.refuse(e.name, fmt.Sprintf("the row %s of %s refers to it, or to what goes with it (%s)", who, b.child.name, b.name), "change or delete that row first")
		})
	})
}

// unlink sets references to NULL or to their default, in rows and in records.
func (e *erasure) unlink(ctx context.Context) error {
	return e.eachBond(func(b *bond, p part) error {
		if b.action != SetNull && b.action != SetDefault {
			return nil
		}
		item, where, arg := p.from()
		apart, args := e.apart(b.child, []any{arg})
		if p.records == nil {
			var set []string
			for _, c := range b.set {
				set = append(set, lex.QuoteIdent(c)+map[bool]string{true: " = NULL", false: " = DEFAULT"}[b.action == SetNull])
			}
			n, err := e.changed(ctx, fmt.Sprintf("UPDATE %s AS c SET %s FROM %s WHERE %s AND %s%s", b.child.rel.sqlName(), strings.Join(set, ", "), item, where, b.on(), apart), args...)
			if err != nil {
				return err
			}
			if n > 0 {
				e.entryOf(b.child).Unlinked += n
			}
		}
		if !e.records || b.child.table == nil {
			return nil
		}
		return e.unlinkRecords(ctx, b, p)
	})
}

// unlinkRecords takes what referred to erased rows out of records that stay.
func (e *erasure) unlinkRecords(ctx context.Context, b *bond, p part) error {
	item, where, arg := p.from()
	stay, args := "", []any{arg}
	if r := e.found[b.child.whole()]; r != nil && len(r.records) > 0 {
		_, _, list := part{grave: b.child, records: r.records}.from()
		args, stay = append(args, list), " AND NOT cr.id = ANY ($2::text::bigint[])"
	}
	var names []string // those that the columns had when rows were deleted, too
	for _, c := range b.set {
		names = append(names, quoteLiteral(c))
		for old, now := range b.child.table.entry.Renamed {
			if now == c {
				names = append(names, quoteLiteral(old))
			}
		}
	}
	array := "ARRAY[" + strings.Join(names, ", ") + "]"
	data := "r.data - " + array
	if b.action == SetNull {
		data = fmt.Sprintf("(SELECT jsonb_object_agg(d.key, CASE WHEN d.key = ANY (%s) THEN 'null' ELSE d.value END) FROM jsonb_each(r.data) AS d)", array)
	}
	n, err := e.changed(ctx, fmt.Sprintf("UPDATE %s AS r SET data = %s WHERE r.id IN (SELECT cr.id FROM %s CROSS JOIN %s WHERE %s AND %s AND cr.table_name = %s%s)",
		recordsTable, data, item, b.child.recordRows("cr", "c"), where, b.on(), quoteLiteral(b.child.name), stay), args...)
	if err == nil && n > 0 {
		e.entryOf(b.child).Unlinked += n
	}
	return err
}

func (e *erasure) changed(ctx context.Context, text string, args ...any) (int64, error) {
	res, err := execPast(ctx, e.tx, text, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// forgetLinks removes what the journal has of the rows' references, and of references to
// them. What a held deletion wrote there is a part of it.
func (e *erasure) forgetLinks(ctx context.Context) error {
	if !e.tables.journal {
		return nil
	}
	ids := map[string]bool{}
	forget := func(text string, arg any) error {
		n, err := e.noteDeletions(ctx, ids, text, arg)
		e.report.Links += n
		return err
	}
	for _, p := range e.parts() {
		if p.grave.key == nil {
			continue
		}
		item, where, arg := p.from()
		err := forget(fmt.Sprintf("DELETE FROM %s AS l USING %s WHERE %s AND l.table_name = %s AND %s RETURNING l.deletion_id::text",
			linksTable, item, where, quoteLiteral(p.grave.name), p.grave.sameKey("l.key")), arg)
		if err != nil {
			return err
		}
	}
	err := e.eachBond(func(b *bond, p part) error {
		if b.key == nil || !b.key.setsNew() {
			return nil
		}
		item, where, arg := p.from()
		// Those of several references lose this one.
		array := strings.Join(quoted(b.key.set), ", ")
		err := forget(fmt.Sprintf("UPDATE %s AS l SET old = l.old - ARRAY[%[2]s], new = l.new - ARRAY[%[2]s] FROM %[3]s WHERE %[4]s AND l.table_name = %[5]s AND (%[6]s OR %[7]s) RETURNING l.deletion_id::text",
			linksTable, array, item, where, quoteLiteral(b.child.name), b.linked("l.old"), b.linked("l.new")), arg)
		if err != nil {
			return err
		}
		_, err = execPast(ctx, e.tx, fmt.Sprintf("DELETE FROM %s WHERE table_name = %s AND old = '{}'", linksTable, quoteLiteral(b.child.name)))
		return err
	})
	if err != nil {
		return err
	}
	return e.held(ctx, ids)
}

func quoted(names []string) (list []string) {
	for _, n := range names {
		list = append(list, quoteLiteral(n))
	}
	return list
}

// linked is the condition that values, of a link known as l, refer to the row t. The columns
// that SET NULL left alone are in the row.
func (b *bond) linked(values string) string {
	var conds, rest []string
	for i, c := range b.columns {
		if slices.Contains(b.key.set, c) {
			conds = append(conds, fmt.Sprintf("(jsonb_populate_record(NULL::%s, %s)).%s = t.%s", b.child.rel.sqlName(), values, lex.QuoteIdent(c), lex.QuoteIdent(b.refColumns[i])))
		} else {
			rest = append(rest, fmt.Sprintf("c.%s <> t.%s", lex.QuoteIdent(c), lex.QuoteIdent(b.refColumns[i])))
		}
	}
	if len(rest) > 0 {
		conds = append(conds, fmt.Sprintf("NOT EXISTS (SELECT FROM %s AS c WHERE l.key = %s AND (%s))", b.child.rel.sqlName(), jsonObject("c", b.child.key), strings.Join(rest, " OR ")))
	}
	return "(" + strings.Join(conds, " AND ") + ")"
}

// remove deletes the rows by one statement, at whose end the database's foreign keys find
// nothing left to do, and then what triggers have put into deletion_records of them.
func (e *erasure) remove(ctx context.Context) error {
	var graves []*grave
	for g, r := range e.found {
		if len(r.rows) > 0 {
			graves = append(graves, g)
		}
	}
	if len(graves) == 0 {
		return nil
	}
	slices.SortFunc(graves, func(a, b *grave) int { return int(a.rel.OID) - int(b.rel.OID) })
	var with, counts []string
	var args, results []any
	gone, keys := make([]int64, len(graves)), map[*grave]string{}
	for i, g := range graves {
		if e.records && g.table != nil {
			if err := e.keysOf(ctx, g, keys); err != nil {
				return err
			}
		}
		args = append(args, tidArray(e.found[g].rows))
		same := (&leaf{rel: g.rel}).sameKeys(e.catalog)
		with = append(with, fmt.Sprintf("d%d AS (DELETE FROM ONLY %s AS t WHERE t.ctid = ANY ($%d::text::tid[]) AND %s RETURNING true)", i, g.rel.sqlName(), i+1, same))
		counts, results = append(counts, fmt.Sprintf("(SELECT count(*) FROM d%d)", i)), append(results, &gone[i])
	}
	err := queryPast(ctx, e.tx, "WITH "+strings.Join(with, ", ")+" SELECT "+strings.Join(counts, ", "), args, func(row native.Rows) error { return row.Scan(results...) })
	if err != nil {
		return err
	}
	for i, g := range graves {
		if gone[i] != int64(len(e.found[g].rows)) {
			return e.refuse(g.name, fmt.Sprintf("%d of %d rows stayed: a trigger keeps them, or a foreign key has just been made", int64(len(e.found[g].rows))-gone[i], len(e.found[g].rows)), "see to the trigger, or try again")
		}
		e.entryOf(g).Rows += gone[i]
		if keys[g] != "" {
			_, err := execPast(ctx, e.tx, fmt.Sprintf("DELETE FROM %s AS r USING jsonb_array_elements($1::text::jsonb) AS k WHERE r.table_name = %s AND r.key = k.value AND NOT r.id = ANY ($2::text::bigint[])",
				recordsTable, quoteLiteral(g.name)), keys[g], idArray(e.recordsOf(g)))
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (e *erasure) recordsOf(g *grave) []int64 {
	if r := e.found[g.whole()]; r != nil {
		return r.records
	}
	return nil
}

func idArray(ids []int64) string {
	b, err := json.Marshal(ids)
	if err != nil || ids == nil {
		return "{}"
	}
	return "{" + strings.Trim(string(b), "[]") + "}"
}

// keysOf reads the keys of a table's rows, as an array in JSON.
func (e *erasure) keysOf(ctx context.Context, g *grave, into map[*grave]string) error {
	item, where, arg := part{grave: g, rows: e.found[g].rows}.from()
	return queryPast(ctx, e.tx, fmt.Sprintf("SELECT jsonb_agg(%s)::text FROM %s WHERE %s", jsonObject("t", g.key), item, where), []any{arg}, func(row native.Rows) error {
		var list string
		err := row.Scan(&list)
		into[g] = list
		return err
	})
}

// forgetRecords removes the records.
func (e *erasure) forgetRecords(ctx context.Context) error {
	for g, r := range e.found {
		if len(r.records) == 0 {
			continue
		}
		n, err := e.changed(ctx, "DELETE FROM "+recordsTable+" WHERE id = ANY ($1::text::bigint[])", idArray(r.records))
		if err != nil {
			return err
		}
		if n != int64(len(r.records)) {
			return e.refuse(g.name, "a trigger keeps its records", "see to the trigger")
		}
		e.entryOf(g).Records += n
	}
	return nil
}

// forgetReasons removes the reasons of deletions from wherever they are.
func (e *erasure) forgetReasons(ctx context.Context, ids string) error {
	var texts []string
	if e.tables.journal {
		texts = append(texts, fmt.Sprintf("UPDATE %s SET reason = NULL WHERE id = ANY ($1::text::uuid[]) AND reason IS NOT NULL", deletionsTable))
	}
	if e.records {
		texts = append(texts, fmt.Sprintf("UPDATE %s SET reason = NULL WHERE deletion_id = ANY ($1::text::uuid[]) AND reason IS NOT NULL", recordsTable))
	}
	for _, g := range e.graves {
		if t := g.table; t != nil && g.whole() == g && t.entry.Reason != "" && t.entry.DeletionID != "" {
			column := lex.QuoteIdent(t.entry.Reason)
			texts = append(texts, fmt.Sprintf("UPDATE %s SET %s = NULL WHERE %s = ANY ($1::text::uuid[]) AND %[2]s IS NOT NULL", g.rel.sqlName(), column, lex.QuoteIdent(t.entry.DeletionID)))
		}
	}
	for _, text := range texts {
		if _, err := execPast(ctx, e.tx, text, ids); err != nil {
			return err
		}
	}
	return nil
}

// named lists the journal's entries that name somebody, or may.
func (e *erasure) named(ctx context.Context, ids string) error {
	text := "SELECT j.id::text, coalesce(j.actor, ''), coalesce(j.reason, '') FROM " + deletionsTable + " AS j WHERE j.id = ANY ($1::text::uuid[]) AND coalesce(j.actor, j.reason) IS NOT NULL AND j.part > 0 ORDER BY j.deleted_at, j.id, j.part"
	return queryPast(ctx, e.tx, text, []any{ids}, func(row native.Rows) error {
		var d NamedDeletion
		err := row.Scan(&d.ID, &d.Actor, &d.Reason)
		e.report.Named = append(e.report.Named, d)
		return err
	})
}
