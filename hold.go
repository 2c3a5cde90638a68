package softdelete

import (
	"context"
	"fmt"
	"strings"

	"github.com/softdelete-go/softdelete/internal/lex"
	"github.com/softdelete-go/softdelete/internal/native"
)

// HoldDDL makes the table of legal holds, see [Hold]. It does nothing where the table
// exists.
const HoldDDL = `CREATE TABLE IF NOT EXISTS softdelete_holds (
	deletion_id uuid PRIMARY KEY,
	held_at     timestamptz NOT NULL DEFAULT now(),
	held_by     text,                      -- WithActor
	note        text                       -- why
);
`

// holdsTable is that of HoldDDL.
const holdsTable = "softdelete_holds"

// Hold keeps the rows of a deletion from [Purge], whatever their age, until it is
// released. It waits for the transaction of a purge that runs: when Hold returns, and
// its own transaction has been committed, no purge takes another row. Rows of other
// deletions that the held ones refer to stay as well.
//
// id is that of the deletion. A deletion that is held already gets the note, unless that is "". The
// actor is that of the context.
//
// A [*RefusedError] says that the policy's tables have no deletion ids, that the
// journal or the rows do not know the deletion, or that it took rows of a table
// without ids, which could not be told.
func Hold(ctx context.Context, db Execer, id, note string) error {
	tables, err := tablesOf(ctx, db, "Hold")
	if err != nil {
		return err
	}
	if err := needHolds(ctx, db, "hold"); err != nil {
		return err
	}
	if err := tables.holdable(ctx, db, id); err != nil {
		return err
	}
	_, err = execPast(ctx, db, "INSERT INTO "+holdsTable+" AS h (deletion_id, held_by, note) VALUES ($1::text::uuid, nullif($2::text, ''), nullif($3::text, ''))"+
		" ON CONFLICT (deletion_id) DO UPDATE SET note = coalesce(excluded.note, h.note)", id, scopeOf(ctx).clone().actor, note)
	return err
}

// Release ends a [Hold]. It reports whether there was one.
func Release(ctx context.Context, db Execer, id string) (bool, error) {
	if _, err := tablesOf(ctx, db, "Release"); err != nil {
		return false, err
	}
	if err := needHolds(ctx, db, "release"); err != nil {
		return false, err
	}
	res, err := execPast(ctx, db, "DELETE FROM "+holdsTable+" WHERE deletion_id = $1::text::uuid", id)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n > 0, err
}

func needHolds(ctx context.Context, db Execer, statement string) error {
	exist, err := holdsExist(ctx, db, "1")
	if err == nil && !exist {
		err = &RefusedError{Statement: statement, Why: "the database has no table " + holdsTable, Instead: "create it with HoldDDL, in a schema of search_path"}
	}
	return err
}

// holdable says what keeps a hold from holding.
func (s *tableSet) holdable(ctx context.Context, db Execer, id string) error {
	refuse := func(table, why, instead string) error {
		return &RefusedError{Statement: "hold", Table: table, Why: why, Instead: instead}
	}
	var arms []string
	for _, t := range s.all {
		if t.archived() && t.partOf == nil {
			arms = append(arms, fmt.Sprintf("EXISTS (SELECT FROM %s AS t WHERE t.deletion_id = $1::text::uuid)", recordsTable))
		} else if t.entry.DeletionID != "" && t.partOf == nil && t.schema != everySchema {
			arms = append(arms, fmt.Sprintf("EXISTS (SELECT FROM %s AS t WHERE t.%s = $1::text::uuid)", t.rel.sqlName(""), lex.QuoteIdent(t.entry.DeletionID)))
		}
	}
	if !s.hasIDs() {
		return refuse("", "no table of the policy has a deletion_id", "add the column")
	}
	if s.journal {
		arms = append(arms, "EXISTS (SELECT FROM "+deletionsTable+" AS j WHERE j.id = $1::text::uuid)")
		var took []string
		err := queryPast(ctx, db, "SELECT DISTINCT jsonb_object_keys(j.rows) FROM "+deletionsTable+" AS j WHERE j.id = $1::text::uuid", []any{id}, func(row native.Rows) error {
			var name string
			err := row.Scan(&name)
			took = append(took, name)
			return err
		})
		if err != nil {
			return err
		}
		for _, name := range took {
			if found := s.byPolicyName(name); found != nil && !found[0].tellsDeletions() {
				return refuse(name, "the deletion took rows of a table without deletion_id, which would not be held", "give the table a deletion_id")
			}
		}
	}
	if len(arms) == 0 {
		return nil
	}
	known := false
	if err := queryPast(ctx, db, "SELECT "+strings.Join(arms, " OR "), []any{id}, func(row native.Rows) error { return row.Scan(&known) }); err != nil {
		return err
	}
	if !known {
		return refuse("", "there is no deletion "+id, "look it up with Deletions")
	}
	return nil
}

func (s *tableSet) hasIDs() bool {
	for _, t := range s.all {
		if t.tellsDeletions() {
			return true
		}
	}
	return false
}
