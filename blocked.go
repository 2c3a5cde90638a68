package softdelete

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/softdelete-go/softdelete/internal/lex"
)

// A unique index over all rows also holds the keys of deleted ones, and then
// PostgreSQL rejects a new row for the sake of one that the application cannot see.
// Its error stays what it is, and gets a hint.

const blockedHint = "If no row with this key is to be seen, a deleted one holds it: bring it back with Restore, remove it with DELETE under HardDelete, or make the index one over the live rows."

// hintTime bounds the search for the deleted row.
const hintTime = 2 * time.Second

// hintBlocked says which deleted row is in the way. In a transaction that cannot be
// asked, since the error has ended it.
func (c *conn) hintBlocked(ctx context.Context, err *pgconn.PgError) {
	if err.Code != "23505" || err.Hint != "" || err.TableName == "" { // unique_violation
		return
	}
	found := c.rewriter.tables.find(err.SchemaName, err.TableName)
	if len(found) != 1 {
		return
	}
	if c.pgx == nil || c.pgx.PgConn().TxStatus() != 'I' {
		err.Hint = blockedHint
		return
	}
	ctx, cancel := context.WithTimeout(ctx, hintTime)
	defer cancel()
	key, since, known := c.blocker(ctx, found[0], err)
	switch {
	case !known:
		err.Hint = blockedHint
	case key != "":
		err.Hint = fmt.Sprintf("A deleted row holds the key: (%s)=(%s), whose %s is %s. Bring it back with Restore, remove it with DELETE under HardDelete, or make %s an index over the live rows.",
			list("", found[0].primaryKey), key, found[0].column, since, err.ConstraintName)
	}
}

// blocker returns the primary key and the marker of the deleted row that has the key
// in the error's detail; an empty key if there is none. known is false if that cannot
// be told.
func (c *conn) blocker(ctx context.Context, t *table, err *pgconn.PgError) (key, since string, known bool) {
	// "Key (a, b)=(1, x) already exists.", in the server's language.
	_, rest, found := strings.Cut(err.Detail, ")=(")
	end := strings.LastIndexByte(rest, ')')
	if !found || end < 0 {
		return "", "", false
	}
	table := lex.QuoteIdent(err.SchemaName) + "." + lex.QuoteIdent(err.TableName)
	var columns []string
	if c.pgx.QueryRow(ctx, `SELECT array_agg(a.attname::text ORDER BY i.n)
		FROM pg_catalog.pg_index x
		JOIN pg_catalog.pg_class c ON c.oid = x.indexrelid
		CROSS JOIN LATERAL unnest(x.indkey::int2[]) WITH ORDINALITY AS i(num, n)
		LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = i.num AND i.num > 0
		WHERE x.indrelid = $1::regclass AND c.relname = $2 AND i.n <= x.indnkeyatts AND x.indexprs IS NULL`,
		table, err.ConstraintName).Scan(&columns) != nil {
		return "", "", false
	}
	values := strings.SplitN(rest[:end], ", ", len(columns))
	if len(columns) == 0 || len(values) != len(columns) {
		return "", "", false
	}
	conds := []string{t.condition("x", onlyDeleted).text}
	for i, name := range columns {
		conds = append(conds, "x."+lex.QuoteIdent(name)+" = "+quoteLiteral(values[i]))
	}
	row := c.pgx.QueryRow(ctx, fmt.Sprintf("SELECT concat_ws(', ', %s), x.%s::text FROM %s AS x WHERE %s LIMIT 1",
		list("x", t.primaryKey), lex.QuoteIdent(t.column), table, strings.Join(conds, " AND ")), pgx.QueryExecModeExec)
	switch err := row.Scan(&key, &since); {
	case err == nil:
		return key, since, true
	case errors.Is(err, pgx.ErrNoRows):
		return "", "", true
	}
	return "", "", false
}
