package softdelete

import (
	"context"
	"database/sql"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/softdelete-go/softdelete/internal/native"
)

// PurgeOptions says what [Purge] removes, and how.
type PurgeOptions struct {
	// OlderThan is how long ago a row must have been deleted. A table whose
	// [Table.KeepFor] is longer keeps its rows that long. Zero: KeepFor alone decides, and
	// tables without one keep all.
	OlderThan time.Duration
	// Deletion is the id of a deletion, the rows of which are to go whatever their age and
	// KeepFor, and no others. Holds keep them all the same, and so does what refers to them.
	Deletion string
	// Tables are those to purge, as the policy names them. Default: all. Rows of the others
	// keep what they refer to.
	Tables []string
	// Batch is how many rows one transaction removes at most. Default: 1000. Rows that
	// refer to each other in a circle go together, whatever their number.
	Batch int
	// Pause is how long to wait between two transactions, to leave the server to others.
	// Default: not at all.
	Pause time.Duration
	// Share, above 0 and up to 1, is how much of the time the purge may be at work: at 0.25
	// it waits three times as long as each step took, besides Pause, and so the longer the
	// busier the server is. Below 1 its queries use no parallel workers either, and its
	// transactions do not wait for the disk, but for one at the end: if the server crashes,
	// rows that were removed in its last second may be there again. Default: 1.
	Share float64
	// DryRun removes nothing, and reports what would be removed.
	DryRun bool
	// IntoArchive keeps each row in deletion_records, see [ArchiveDDL], in the statement
	// that removes it. The actor and the reason there are those of the context.
	IntoArchive bool
	// Progress, if set, is called before the first and after each transaction.
	Progress func(PurgeProgress)
}

// PurgeProgress is how far a [Purge] has come.
type PurgeProgress struct {
	Table  string // the one at work, as the policy names it
	Purged int64  // rows so far, of all tables
	Of     int64  // rows that are old enough and not held; some of them may have to stay
}

// PurgeReport is what [Purge] has done, or under DryRun would do.
type PurgeReport struct {
	DryRun  bool          `json:"dry_run"`
	Purged  int64         `json:"purged"`  // rows of all tables
	Batches int64         `json:"batches"` // transactions that removed rows
	Tables  []PurgedTable `json:"tables"`  // in the order of the policy
}

// PurgedTable is a table's part of a [PurgeReport].
type PurgedTable struct {
	Table  string    `json:"table"`             // as the policy names it
	Before time.Time `json:"before,omitzero"`   // what was deleted before goes; zero for PurgeOptions.Deletion
	Purged int64     `json:"purged"`            // rows
	Held   int64     `json:"held"`              // rows old enough that a legal hold keeps, see Hold
	Kept   int64     `json:"kept"`              // other rows old enough that stay: a row refers to them, a transaction has them locked, or a trigger kept them
	Skip   string    `json:"skipped,omitempty"` // why the table was left alone; else ""
}

// Purge really removes rows that were deleted long enough ago. It needs nothing but
// time: it can be ended at any moment, by the context or by a crash, and another one
// goes on where it was. Several may run at the same time.
//
// A row goes only if it is deleted, is old enough, is not held, and no row of any table
// refers to it, live or deleted, by a foreign key of the policy or of the database. So
// nothing of what the database's own ON DELETE actions would do ever happens to a row
// that stays, and a deletion's children go before their parents. All of this is
// checked in the statement that removes the row, which is locked by then; rows that
// others have locked are passed over. Deleted rows that refer to each other in a
// circle go together or not at all.
//
// With [PurgeOptions.Deletion] it is one deletion that goes, and the rest is as above.
//
// A row's age is that of its marker; of a [Flag], which has none, that of the
// deletion in the journal. Triggers for DELETE fire. The journal keeps its entries,
// and a restore of a deletion of which rows are gone is refused, see [RestorePartly].
//
// The statements go past the driver's policy, as transactions of their own at READ
// COMMITTED, with row_security off, so that a role that cannot see all rows gets an
// error. The role needs SELECT on the tables that refer to purged ones, SELECT, UPDATE
// and DELETE on those, and UPDATE on softdelete_holds where that exists. PostgreSQL 14
// or newer is needed.
//
// With an error, the report says what was done before it. A [*RefusedError] says why
// there is nothing to do.
func Purge(ctx context.Context, db *sql.DB, o PurgeOptions) (PurgeReport, error) {
	if o.Batch == 0 {
		o.Batch = 1000
	}
	if o.Share == 0 {
		o.Share = 1
	}
	if o.Batch < 0 || o.OlderThan < 0 || o.Pause < 0 {
		return PurgeReport{}, &RefusedError{Statement: "purge", Why: "OlderThan, Batch and Pause cannot be negative", Instead: "leave them out for the defaults"}
	}
	if o.Deletion != "" && o.OlderThan > 0 {
		return PurgeReport{}, &RefusedError{Statement: "purge", Why: "Deletion and OlderThan contradict each other", Instead: "choose one of them"}
	}
	if o.Deletion != "" && !uuidForm.MatchString(o.Deletion) {
		return PurgeReport{}, &RefusedError{Statement: "purge", Why: fmt.Sprintf("%.80q is not the id of a deletion", o.Deletion), Instead: "pass the ID of a Deletion"}
	}
	if !(o.Share > 0 && o.Share <= 1) {
		return PurgeReport{}, &RefusedError{Statement: "purge", Why: "Share is a part of the time, above 0 and up to 1", Instead: "leave it out to be done soonest"}
	}
	p := &purge{db: db, opts: o, report: PurgeReport{DryRun: o.DryRun}}
	if err := p.prepare(ctx); err != nil {
		return p.report, err
	}
	if o.DryRun {
		return p.report, p.foresee(ctx)
	}
	if err := p.announce(ctx); err != nil {
		return p.report, err
	}
	for _, c := range p.components() {
		if err := p.remove(ctx, c); err != nil {
			return p.report, err
		}
	}
	if err := p.settle(ctx); err != nil {
		return p.report, err
	}
	return p.report, p.countKept(ctx)
}

var uuidForm = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// purge is one call of Purge.
type purge struct {
	db     *sql.DB
	opts   PurgeOptions
	tables *tableSet
	leaves []*leaf
	holds  bool  // the table of legal holds exists
	of     int64 // for PurgeProgress
	report PurgeReport
}

// scanned is how many rows are found by one query, to be removed by many
// transactions. It bounds the memory: a row is a few bytes.
const scanned = 100_000

// remove purges tables that foreign keys join in a circle, or a single one.
func (p *purge) remove(ctx context.Context, c []*leaf) error {
	if cyclic(c) {
		return p.removeCyclic(ctx, c)
	}
	for _, l := range c {
		if err := p.removeFrom(ctx, l); err != nil {
			return err
		}
	}
	return nil
}

// removeFrom purges a relation no row of which refers to another.
func (p *purge) removeFrom(ctx context.Context, l *leaf) error {
	text := fmt.Sprintf("SELECT t.ctid::text FROM ONLY %s AS t WHERE %s LIMIT %d", l.sql, conjoined(l.ripe, l.unreferred(nil)), scanned)
	for {
		start := time.Now()
		found, err := p.rowsOf(ctx, text)
		if err != nil {
			return err
		}
		if err := p.pause(ctx, 0, time.Since(start)); err != nil {
			return err
		}
		gone := int64(0)
		for batch := range slices.Chunk(found, p.opts.Batch) {
			n, err := p.batch(ctx, rowsByLeaf{l: batch}, nil)
			if err != nil {
				return err
			}
			gone += n
		}
		if len(found) < scanned || gone == 0 {
			return nil
		}
	}
}

// rowsOf lists the ctids that a query finds.
func (p *purge) rowsOf(ctx context.Context, text string) (list []rowID, err error) {
	err = p.reading(ctx, func(tx *sql.Tx) error {
		list, err = rowIDs(ctx, tx, text)
		return err
	})
	return list, err
}

// reading calls use with a transaction that sees one state of the database, and sees
// all of it.
func (p *purge) reading(ctx context.Context, use func(*sql.Tx) error) error {
	tx, err := p.db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // nothing was changed
	if _, err := execPast(ctx, tx, "SET LOCAL row_security = off"); err != nil {
		return err
	}
	if p.opts.Share < 1 {
		if _, err := execPast(ctx, tx, "SET LOCAL max_parallel_workers_per_gather = 0"); err != nil {
			return err
		}
	}
	return use(tx)
}

func rowIDs(ctx context.Context, db Execer, text string, args ...any) (list []rowID, err error) {
	err = queryPast(ctx, db, text, args, func(rows native.Rows) error {
		var tid string
		if err := rows.Scan(&tid); err != nil {
			return err
		}
		id, err := parseRowID(tid)
		list = append(list, id)
		return err
	})
	return list, err
}

// rowID is a ctid: the place of a row's version, which stays while the row is locked.
type rowID uint64

func parseRowID(tid string) (rowID, error) {
	var block uint64
	var offset uint16
	if _, err := fmt.Sscanf(tid, "(%d,%d)", &block, &offset); err != nil {
		return 0, fmt.Errorf("softdelete: %q is no ctid: %w", tid, err)
	}
	return rowID(block<<16 | uint64(offset)), nil
}

// tidArray is a parameter for a tid[].
func tidArray(ids []rowID) string {
	var b strings.Builder
	for i, id := range ids {
		fmt.Fprintf(&b, `%s"(%d,%d)"`, map[bool]string{true: "{", false: ","}[i == 0], id>>16, id&0xffff)
	}
	if len(ids) == 0 {
		b.WriteByte('{')
	}
	return b.String() + "}"
}

type rowsByLeaf map[*leaf][]rowID

// batch removes rows in one transaction. Those of a circle go all or not at all; of
// others those go that are still to be purged. It returns how many went.
func (p *purge) batch(ctx context.Context, rows rowsByLeaf, circle []*leaf) (n int64, err error) {
	for try := 1; ; try++ {
		var removed map[*leaf]int64
		start := time.Now()
		removed, err = p.tryBatch(ctx, rows, circle)
		if err == nil {
			for l, m := range removed {
				n += m
				l.entry.Purged += m
				p.report.Purged += m
			}
			if n > 0 {
				p.report.Batches++
			}
			p.progress(rows)
			return n, p.pause(ctx, p.opts.Pause, time.Since(start))
		}
		// A user's trigger may wait for others.
		if e, _ := asServerError(err); try == 3 || e == nil || e.Code != "40P01" && e.Code != "40001" {
			return 0, err
		}
	}
}

// pause waits after a step that took so long, for at least a time.
func (p *purge) pause(ctx context.Context, least, took time.Duration) error {
	wait := least + time.Duration(float64(took)*(1-p.opts.Share)/p.opts.Share)
	if wait == 0 {
		return nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// tryBatch locks the rows first, and removes them by a second statement. Its snapshot
// is younger than the locks, so that it sees every row that refers to one of them, and
// while they are locked there can be no new one: to refer to a row is to lock it.
func (p *purge) tryBatch(ctx context.Context, rows rowsByLeaf, circle []*leaf) (_ map[*leaf]int64, err error) {
	tx, err := p.db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelReadCommitted})
	if err != nil {
		return nil, err
	}
	defer tx.Rollback() //nolint:errcheck // after the commit it does nothing
	if err := p.holdStill(ctx, tx); err != nil {
		return nil, err
	}
	locked := rowsByLeaf{}
	for l, ids := range rows {
		text := fmt.Sprintf("SELECT t.ctid::text FROM ONLY %s AS t WHERE t.ctid = ANY ($1::text::tid[]) AND %s FOR UPDATE OF t SKIP LOCKED", l.sql, l.old)
		if locked[l], err = rowIDs(ctx, tx, text, tidArray(ids)); err != nil {
			return nil, err
		}
		if circle != nil && len(locked[l]) < len(ids) {
			return nil, nil
		}
	}
	removed, err := p.delete(ctx, tx, locked)
	if err != nil {
		return nil, err
	}
	for l, ids := range rows {
		if circle != nil && removed[l] < int64(len(ids)) {
			return nil, nil
		}
	}
	return removed, tx.Commit()
}

// holdStill prepares a transaction: it sees all rows, and a hold that is made from now
// on waits for its end.
func (p *purge) holdStill(ctx context.Context, tx *sql.Tx) error {
	holds, err := holdsExist(ctx, tx, "set_config('row_security', 'off', true)")
	if err != nil {
		return err
	}
	if holds != p.holds {
		return fmt.Errorf("softdelete: %s was made or dropped during the purge; purge again", holdsTable)
	}
	if p.opts.Share < 1 {
		if _, err := execPast(ctx, tx, "SET LOCAL synchronous_commit = off"); err != nil {
			return err
		}
	}
	if holds {
		_, err = execPast(ctx, tx, "LOCK TABLE "+holdsTable+" IN SHARE MODE")
	}
	return err
}

// settle waits for the disk once, for all transactions that did not.
func (p *purge) settle(ctx context.Context) error {
	if p.opts.Share == 1 || p.report.Batches == 0 {
		return nil
	}
	// A transaction with an id of its own, so that its commit is written.
	_, err := execPast(ctx, p.db, "SELECT pg_current_xact_id()")
	return err
}

// delete removes the rows, which are locked, where nothing speaks against it.
func (p *purge) delete(ctx context.Context, tx *sql.Tx, rows rowsByLeaf) (map[*leaf]int64, error) {
	var with, counts []string
	var args, results []any
	var gone []*int64
	removed := map[*leaf]int64{}
	leaves := rows.leaves(p.leaves)
	if len(leaves) == 0 {
		return removed, nil
	}
	param := map[*leaf]int{}
	for _, l := range leaves {
		args = append(args, tidArray(rows[l]))
		param[l] = len(args)
	}
	actor, reason := len(args)+1, len(args)+2
	if p.opts.IntoArchive {
		sc := scopeOf(ctx).clone()
		args = append(args, sc.actor, sc.reason)
	}
	for i, l := range leaves {
		with = append(with, fmt.Sprintf("d%d AS (DELETE FROM ONLY %s AS t WHERE t.ctid = ANY ($%d::text::tid[]) AND %s RETURNING %s)",
			i, l.sql, param[l], conjoined(l.ripe, l.unreferred(param), l.same), l.returned(p.opts.IntoArchive)))
		if p.opts.IntoArchive {
			with = append(with, fmt.Sprintf("a%d AS (INSERT INTO %s (deletion_id, table_name, key, data, actor, reason) SELECT d.deletion_id, %s, d.key, d.data, nullif($%d::text, ''), nullif($%d::text, '') FROM d%d AS d)",
				i, recordsTable, quoteLiteral(l.table.whole().display()), actor, reason, i))
		}
		counts = append(counts, fmt.Sprintf("(SELECT count(*) FROM d%d)", i))
		gone = append(gone, new(int64))
		results = append(results, gone[i])
	}
	err := queryPast(ctx, tx, "WITH "+strings.Join(with, ", ")+" SELECT "+strings.Join(counts, ", "), args, func(row native.Rows) error { return row.Scan(results...) })
	for i, l := range leaves {
		removed[l] = *gone[i]
	}
	return removed, err
}

// leaves are those with rows, in the order of all.
func (r rowsByLeaf) leaves(all []*leaf) (list []*leaf) {
	for _, l := range all {
		if len(r[l]) > 0 {
			list = append(list, l)
		}
	}
	return list
}

// announce counts what there is to do, if anybody wants to know.
func (p *purge) announce(ctx context.Context) error {
	if p.opts.Progress == nil {
		return nil
	}
	err := p.reading(ctx, func(tx *sql.Tx) error {
		for _, l := range p.leaves {
			var n int64
			text := fmt.Sprintf("SELECT count(*) FROM ONLY %s AS t WHERE %s", l.sql, l.ripe)
			if err := queryPast(ctx, tx, text, nil, func(row native.Rows) error { return row.Scan(&n) }); err != nil {
				return err
			}
			p.of += n
		}
		return nil
	})
	p.opts.Progress(PurgeProgress{Of: p.of})
	return err
}

func (p *purge) progress(rows rowsByLeaf) {
	if p.opts.Progress == nil {
		return
	}
	at := PurgeProgress{Purged: p.report.Purged, Of: p.of}
	for l := range rows {
		at.Table = l.entry.Table
	}
	p.opts.Progress(at)
}

// countKept counts what is old enough and still there.
func (p *purge) countKept(ctx context.Context) error {
	return p.reading(ctx, func(tx *sql.Tx) error {
		for _, l := range p.leaves {
			var old, ripe int64
			text := fmt.Sprintf("SELECT count(*), count(*) FILTER (WHERE %s) FROM ONLY %s AS t WHERE %s", l.ripe, l.sql, l.old)
			if err := queryPast(ctx, tx, text, nil, func(row native.Rows) error { return row.Scan(&old, &ripe) }); err != nil {
				return err
			}
			l.entry.Held += old - ripe
			l.entry.Kept += ripe
		}
		return nil
	})
}
