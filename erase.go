package softdelete

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
)

// EraseOption changes what [Erase] does.
type EraseOption func(*erasure)

// EraseDryRun makes [Erase] roll its transaction back, and report what it would have done.
// Triggers fire, and rows are locked meanwhile.
func EraseDryRun() EraseOption { return func(e *erasure) { e.report.DryRun = true } }

// EraseReasons also removes the reasons of the deletions that took an erased row, which
// may name a person: from the journal, and from the records and rows of all that these
// deletions took.
func EraseReasons() EraseOption { return func(e *erasure) { e.reasons = true } }

// EraseReport is what [Erase] has done, or would do.
type EraseReport struct {
	DryRun bool          `json:"dry_run"`
	Tables []ErasedTable `json:"tables"` // that anything was found in: those of the policy first, in its order
	Links  int64         `json:"links"`  // rows of softdelete_links that were of an erased row, or referred to one
	// Named are the journal's entries of deletions that took an erased row, where they have
	// an actor or a reason: these texts stay, see EraseReasons.
	Named []NamedDeletion `json:"named,omitempty"`
}

// Erased is the number of rows and records that are gone, of all tables.
func (r EraseReport) Erased() (n int64) {
	for _, t := range r.Tables {
		n += t.Rows + t.Records
	}
	return n
}

// ErasedTable is a table's part of an [EraseReport].
type ErasedTable struct {
	Table    string `json:"table"`              // as the policy names it, or schema.table
	Outside  bool   `json:"outside,omitempty"`  // it is not a table of the policy
	Rows     int64  `json:"rows"`               // that are gone from it, live and deleted
	Records  int64  `json:"records"`            // of its rows, that are gone from deletion_records
	Unlinked int64  `json:"unlinked,omitempty"` // rows and records that only lost what referred to an erased row
	Left     int64  `json:"left,omitempty"`     // rows that still have the key of an erased row: no constraint speaks of them
}

// NamedDeletion is an entry of the journal that names somebody, or may.
type NamedDeletion struct {
	ID     string `json:"id"`
	Actor  string `json:"actor,omitempty"`
	Reason string `json:"reason,omitempty"`
}

// Erase really removes the row of table with that primary key, live or deleted, and all
// that belongs to it, from wherever this package keeps rows: a person's right to be
// forgotten. It is one transaction, and does all of it or nothing. Where there is nothing
// of that key the report has no tables.
//
// key is one value for each of [Table.PrimaryKey], in order; values of type [EraseOption]
// among them are options. table is written as in [Table.Name].
//
// With the row go
//
//   - what refers to it by a foreign key of the policy or of the database that cascades,
//     live and deleted rows alike, and so on; and deleted rows that refer to it by NO ACTION
//     or RESTRICT, for they could not be restored any more;
//   - the records of these rows in deletion_records, by their key: what an [Archive] table,
//     a [Phoenix] or a purge kept, copies of restored rows among them; and the records of
//     other rows that, when they were deleted, referred to an erased one;
//   - what softdelete_links has of these rows, and the references to them there.
//
// References that are to be set to NULL or to their default are, in rows, live and deleted,
// and in records; what they were is not kept. What the journal counts stays. It gets an
// entry, with part 0 and the actor and the reason of the context, that says how many rows
// of which table were erased, and has nothing of them.
//
// A [*RefusedError] says that a live row refers to one of these by NO ACTION or RESTRICT,
// that the deletion of one is held (see [Hold]), or that a trigger kept a row.
//
// The statements go past the driver's policy, at READ COMMITTED, with row_security off.
// The rows are locked before anything is removed, and looked for again until no other one
// appears. Triggers for DELETE fire; what they write elsewhere is not found. The role needs
// SELECT, UPDATE and DELETE on all tables concerned. Records are found by reading all of
// those of the tables concerned.
func Erase(ctx context.Context, db *sql.DB, table string, key ...any) (EraseReport, error) {
	e := &erasure{db: db, name: table}
	for _, v := range key {
		if o, ok := v.(EraseOption); ok {
			o(e)
		} else {
			e.key = append(e.key, v)
		}
	}
	dryRun := EraseReport{DryRun: e.report.DryRun}
	if err := e.prepare(ctx); err != nil {
		return dryRun, err
	}
	for try := 1; ; try++ {
		err := e.try(ctx)
		if err == nil {
			return e.report, nil
		}
		// Others lock rows in another order.
		if s, _ := asServerError(err); try == 5 || s == nil || s.Code != "40P01" && s.Code != "40001" {
			return dryRun, err
		}
	}
}

// erasure is one call of Erase.
type erasure struct {
	db      *sql.DB
	name    string // of the table, as the caller has it
	key     []any
	reasons bool

	tables  *tableSet
	catalog *catalog
	root    *table
	graves  map[*catRelation]*grave
	bonds   []*bond
	records bool // there is a table deletion_records
	holds   bool

	tx        *sql.Tx
	found     map[*grave]*remains
	deletions map[string]bool // that took what is erased
	report    EraseReport
}

// remains are the rows to be erased that are in a table, or records of its rows.
type remains struct {
	rows    []rowID
	records []int64
	seen    map[any]bool // of both
}

func (e *erasure) refuse(table, why, instead string) error {
	return &RefusedError{Statement: "erase", Table: table, Why: why, Instead: instead}
}

// maxPasses is how often rows are looked for. Others would have to change the same rows
// each time.
const maxPasses = 20

// try does it all in one transaction.
func (e *erasure) try(ctx context.Context) (err error) {
	e.report = EraseReport{DryRun: e.report.DryRun, Tables: []ErasedTable{}}
	e.deletions = map[string]bool{}
	for _, g := range e.graves {
		g.entry = nil
	}
	if e.tx, err = e.db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelReadCommitted}); err != nil {
		return err
	}
	defer e.tx.Rollback() //nolint:errcheck // after the commit it does nothing
	if e.holds, err = holdsExist(ctx, e.tx, "set_config('row_security', 'off', true)"); err != nil {
		return err
	}
	if e.holds {
		// A hold that is made from now on waits for the end.
		if _, err := execPast(ctx, e.tx, "LOCK TABLE "+holdsTable+" IN SHARE MODE"); err != nil {
			return err
		}
	}
	if err := e.find(ctx); err != nil || len(e.found) == 0 {
		return err
	}
	for _, step := range []func(context.Context) error{e.checkHeld, e.checkReferred, e.unlink, e.forgetLinks, e.remove, e.forgetRecords, e.journal} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	e.sum()
	if e.report.DryRun {
		return e.tx.Rollback()
	}
	return e.tx.Commit()
}

// find locks all that is to go. A row that another transaction had locked may have changed
// until it was ours, and rows may have come to refer to it: it is looked for again, by a
// younger snapshot, until nothing is new. Then all is locked, and to refer to a row is to
// lock it.
func (e *erasure) find(ctx context.Context) error {
	var before map[*grave]*remains
	for range maxPasses {
		e.found = map[*grave]*remains{}
		if err := e.search(ctx); err != nil {
			return err
		}
		if before != nil && e.sameAs(before) {
			return nil
		}
		before = e.found
	}
	return e.refuse(e.name, "other transactions keep changing what belongs to the row", "try again")
}

func (e *erasure) sameAs(before map[*grave]*remains) bool {
	if len(before) != len(e.found) {
		return false
	}
	for g, r := range e.found {
		old := before[g]
		if old == nil {
			return false
		}
		for _, list := range []*remains{r, old} {
			slices.Sort(list.rows)
			slices.Sort(list.records)
		}
		if !slices.Equal(r.rows, old.rows) || !slices.Equal(r.records, old.records) {
			return false
		}
	}
	return true
}

// entryOf is the report's line of a table, whose parts share one.
func (e *erasure) entryOf(g *grave) *ErasedTable {
	whole := g.whole()
	if whole.entry == nil {
		whole.entry = &ErasedTable{Table: whole.name, Outside: whole.table == nil}
	}
	return whole.entry
}

// sum puts the report's lines in order.
func (e *erasure) sum() {
	var list []*grave
	for _, g := range e.graves {
		if g.entry != nil {
			list = append(list, g)
		}
	}
	slices.SortFunc(list, func(a, b *grave) int {
		if a.table != nil && b.table != nil {
			return a.table.index - b.table.index
		}
		if (a.table == nil) != (b.table == nil) {
			return map[bool]int{true: 1, false: -1}[a.table == nil]
		}
		return strings.Compare(a.name, b.name)
	})
	for _, g := range list {
		e.report.Tables = append(e.report.Tables, *g.entry)
	}
}

// journal lists the entries that name somebody, or removes the reasons, and notes what was
// done.
func (e *erasure) journal(ctx context.Context) error {
	ids := e.deletionIDs()
	if e.reasons {
		if err := e.forgetReasons(ctx, ids); err != nil {
			return err
		}
	}
	if !e.tables.journal {
		return nil
	}
	if err := e.named(ctx, ids); err != nil {
		return err
	}
	var counts []string
	e.eachEntry(func(entry *ErasedTable) {
		if n := entry.Rows + entry.Records; n > 0 {
			counts = append(counts, fmt.Sprintf("%s, %d", quoteLiteral(entry.Table), n))
		}
	})
	slices.Sort(counts)
	sc := scopeOf(ctx).clone()
	_, err := execPast(ctx, e.tx, fmt.Sprintf("INSERT INTO %s (id, part, table_name, actor, reason, rows) VALUES (gen_random_uuid(), 0, %s, nullif($1::text, ''), nullif($2::text, ''), jsonb_build_object(%s))",
		deletionsTable, quoteLiteral(e.root.display()), strings.Join(counts, ", ")), sc.actor, sc.reason)
	return err
}

func (e *erasure) eachEntry(do func(*ErasedTable)) {
	for _, g := range e.graves {
		if g.entry != nil {
			do(g.entry)
		}
	}
}

// zoned reports whether values of a type have another text in another time zone.
func zoned(columnType string) bool {
	return slices.Contains([]string{"timestamptz", "timetz"}, columnType)
}
