package softpgx

import (
	"context"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/internal/lex"
	"github.com/softdelete-go/softdelete/internal/native"
)

// QueryRewriter applies a policy to single calls of pgx's own pools and connections, as
// their first argument:
//
//	conn.Query(ctx, "SELECT * FROM users WHERE id = $1", q, 7)
//
// It is for programs that cannot use a [Pool]; a call without it goes past the policy. It
// remembers nothing of a connection, sees no schema change, and cannot touch what the server
// answers: a temporary table counts as the policy's of that name, EXECUTE is refused, a
// DELETE that foreign keys follow has the command tag of a SELECT, and is refused where
// it would answer with rows of its own. [QueryRewriter.Translate] words the errors.
type QueryRewriter struct {
	engine native.Engine
	named  pgx.QueryRewriter
}

// NewQueryRewriter makes one of a rewriter, which any number of calls may share.
func NewQueryRewriter(r *softdelete.Rewriter) *QueryRewriter {
	return &QueryRewriter{engine: native.NewFor(r)}
}

// Named returns a rewriter for a call with pgx.NamedArgs or pgx.StrictNamedArgs, or with any
// other pgx.QueryRewriter, which goes first. pgx itself applies but the last of several.
func (q *QueryRewriter) Named(args pgx.QueryRewriter) *QueryRewriter {
	return &QueryRewriter{engine: q.engine, named: args}
}

// RewriteQuery is called by pgx.
func (q *QueryRewriter) RewriteQuery(ctx context.Context, conn *pgx.Conn, sql string, args []any) (string, []any, error) {
	if q.named != nil {
		var err error
		if sql, args, err = q.named.RewriteQuery(ctx, conn, sql, args); err != nil {
			return "", nil, err
		}
	} else if err := unnamed(sql); err != nil {
		return "", nil, err
	}
	c, err := q.engine.Conn(ctx, conn)
	if err != nil {
		return "", nil, err
	}
	p, err := c.Plan(ctx, sql, nil, args)
	switch {
	case err != nil:
		return "", nil, err
	case p.Counted() || p.NoRows():
		return "", nil, &softdelete.RefusedError{
			Why: "rewritten, it answers with rows that are not the statement's, and a query rewriter cannot take them away", Instead: "send it through a softpgx.Pool",
		}
	}
	return p.SQL(), p.Args(), nil
}

// unnamed refuses a text that looks as if pgx.NamedArgs should have gone first: of two query
// rewriters pgx applies the last only, and to PostgreSQL "id = @id" is the absolute value of a
// column.
func unnamed(sql string) error {
	toks, err := lex.Scan(sql, nil)
	if err != nil {
		return nil // refused with its own reason, further on
	}
	for i := 1; i < len(toks); i++ {
		at, name := toks[i-1], toks[i]
		if at.End != name.Start || name.Kind != lex.Word {
			continue
		}
		switch op := sql[at.Start:at.End]; {
		case op == "<@", op == "@@", op == "@@@":
		case strings.HasSuffix(op, "@"):
			return &softdelete.RefusedError{
				Position: 1 + utf8.RuneCountInString(sql[:at.Start]),
				Why:      "@" + sql[name.Start:name.End] + " looks like one of pgx.NamedArgs, and is an operator to PostgreSQL",
				Instead:  "pass the arguments with Named, or write abs() for the operator",
			}
		}
	}
	return nil
}

// Translate makes an error of a rewritten statement say what it would say of a real delete:
// a foreign key that the rewritten statement found violated has SQLSTATE 23503. The error is
// changed in place and returned. Its position means nothing to the user and is set to 0.
func (q *QueryRewriter) Translate(ctx context.Context, conn *pgx.Conn, err error) error {
	var pgErr *pgconn.PgError
	if !errors.As(err, &pgErr) {
		return err
	}
	c, engineErr := q.engine.Conn(ctx, conn)
	if engineErr != nil {
		return err
	}
	p, planErr := c.Plan(ctx, "SELECT", nil, nil)
	if planErr != nil {
		return err
	}
	return withoutPosition(p.Failed(ctx, err))
}
