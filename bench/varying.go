package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/softdelete-go/softdelete"
)

// Texts that the driver has not seen before: those of programs that write values
// into them, that end them with a comment which is another one each time, and that
// insert many rows at once. pgx's own cache of prepared statements does not help
// such programs either; the question is what the driver adds.
var varyings = []varying{
	{
		name:   "varying comment",
		effort: func(e varyingEffort) contestEffort { return e.reads },
		text: func(v *varyingDraw, condition string) (string, []any) {
			return fmt.Sprintf("SELECT id, email, name, created_at FROM users WHERE id = $1%s /*traceparent='00-%016x%016x-%016x-01'*/",
				condition, rand.Uint64(), rand.Uint64(), rand.Uint64()), []any{v.user()}
		},
	},
	{
		name:   "varying literal",
		effort: func(e varyingEffort) contestEffort { return e.reads },
		text: func(v *varyingDraw, condition string) (string, []any) {
			return fmt.Sprintf("SELECT id, email, name, created_at FROM users WHERE id = %d%s", v.user(), condition), nil
		},
	},
	{
		name:   "insert of many rows",
		effort: func(e varyingEffort) contestEffort { return e.inserts },
		text:   func(v *varyingDraw, _ string) (string, []any) { return v.manyRows(), nil },
		insert: true,
	},
}

// varying is a statement whose text is another one each time.
type varying struct {
	name   string
	effort func(varyingEffort) contestEffort
	// text is of a statement that has, where condition is not empty, to see live
	// rows only.
	text   func(v *varyingDraw, condition string) (string, []any)
	insert bool
}

// varyingEffort is how much is measured of varying texts.
type varyingEffort struct {
	shop           shopSize
	rows           int // of the insert
	reads, inserts contestEffort
}

// varyingDraw draws what texts are about.
type varyingDraw struct {
	*arguments
	admin *sql.DB
	rows  int
}

func (v *varyingDraw) manyRows() string {
	text := []byte("INSERT INTO events (id, kind, note) VALUES ")
	for i := range v.rows {
		if i > 0 {
			text = append(text, ", "...)
		}
		text = append(text, '(')
		text = strconv.AppendInt(text, int64(i), 10)
		text = append(text, ", 'order placed', 'it''s number "...)
		text = strconv.AppendUint(text, rand.Uint64(), 10)
		text = append(text, "')"...)
	}
	return string(text)
}

// varyingTables come besides those of the shop. The events have no parents, whose
// check would be another matter.
const varyingTables = `CREATE TABLE events (id bigint, kind text NOT NULL, note text NOT NULL, deleted_at timestamptz)`

var varyingPolicy = softdelete.Policy{Tables: append([]softdelete.Table{{Name: "events"}}, policy.Tables...)}

// varyingWays are compared with the first, which is the limit.
var varyingWays = []string{"plain pgx", "plain again", "driver", "driver, traces stripped"}

func measureVarying(ctx context.Context, dbs databases, e varyingEffort, chosen chooser) (results []served, err error) {
	if !slices.ContainsFunc(varyings, func(v varying) bool { return chosen.one("varying", v.name) }) {
		return nil, nil
	}
	dsn, err := dbs.create(ctx, "varying")
	if err != nil {
		return nil, err
	}
	admin, err := sql.Open("pgx", dsn)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, admin.Close()) }()
	if err := createShop(ctx, admin, e.shop); err != nil {
		return nil, err
	}
	if err := execute(ctx, admin, varyingTables); err != nil {
		return nil, err
	}
	args, err := newArguments(ctx, admin)
	if err != nil {
		return nil, err
	}
	for _, v := range varyings {
		if !chosen.one("varying", v.name) {
			continue
		}
		progress("measuring: %s", v.name)
		measured, err := v.contest(dsn, &varyingDraw{args, admin, e.rows}, v.effort(e)).run(ctx)
		if err != nil {
			return nil, err
		}
		results = append(results, measured...)
	}
	return results, nil
}

func (v varying) contest(dsn string, d *varyingDraw, e contestEffort) *contest {
	c := &contest{phases: []string{v.name}, effort: e}
	for _, way := range varyingWays {
		c.ways = append(c.ways, way)
		c.open = append(c.open, func() (*contender, error) { return v.open(dsn, way, d) })
	}
	return c
}

func (v varying) open(dsn, way string, d *varyingDraw) (*contender, error) {
	connector, trips, err := counted(dsn)
	condition := " AND deleted_at IS NULL"
	if err == nil && strings.HasPrefix(way, "driver") {
		condition = ""
		var opts []softdelete.Option
		if way != "driver" {
			opts = append(opts, softdelete.StripTraceComments())
		}
		connector, err = softdelete.WrapConnector(connector, varyingPolicy, opts...)
	}
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(1)
	draw := func() (calls, error) {
		text, args := v.text(d, condition)
		if v.insert {
			// The table would grow without end.
			_, err := d.admin.Exec(`TRUNCATE events`)
			return calls{writing(int64(d.rows), func(ctx context.Context) (int64, error) { return affected(db.ExecContext(ctx, text, args...)) })}, err
		}
		return calls{reading(1, func(ctx context.Context) (found, error) { return list(queried(ctx, db, scanPerson, text, args...)) })}, nil
	}
	return &contender{draw: draw, trips: trips, close: db.Close}, nil
}
