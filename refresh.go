package softdelete

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync/atomic"
	"time"

	pg "github.com/pganalyze/pg_query_go/v5"

	"github.com/softdelete-go/softdelete/internal/pgast"
)

// A policy that discovers follows the schema. All connections of a connector share
// what was read of the catalog, and a count of the statements that may have changed
// it since. A connection whose transaction has changed the schema sees what the others
// do not yet: it reads for itself until the transaction ends, and only then counts the
// change. What is read within a transaction is never shared, for it may be undone.

// discovery is what the connections of one connector share.
type discovery struct {
	policy Policy // as it was written
	opts   options

	changes atomic.Uint64 // of the schema
	latest  atomic.Pointer[discovered]
	aged    atomic.Bool   // latest was read long ago
	reading chan struct{} // holds one token while a connection reads for all
}

// standbyAge is how old what is known of the schema may be on a standby, whose schema
// is changed by statements that go elsewhere.
const standbyAge = 5 * time.Second

// refreshPatience is how long reading the catalog again, because of its age, may wait for a
// transaction that has altered a table.
const refreshPatience = "200ms"

// discovered is a policy as it was completed. It is immutable.
type discovered struct {
	changes  uint64 // that were counted before the catalog was read
	policy   Policy
	rewriter *Rewriter
	empty    bool // the database has no table for the policy yet
	unfit    bool // the policy does not fit
}

func newDiscovery(p Policy, o options) *discovery {
	return &discovery{policy: p, opts: o, reading: make(chan struct{}, 1)}
}

// lock waits until no other connection reads, or ctx ends.
func (d *discovery) lock(ctx context.Context) error {
	select {
	case d.reading <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (d *discovery) unlock() { <-d.reading }

// read completes the policy on a connection. before is what it was so far, or nil. A
// policy that does not fit is an error if strict, else a rewriter that says so.
func (d *discovery) read(ctx context.Context, q driver.QueryerContext, before *discovered, strict bool) (*discovered, *catalog, error) {
	f := &discovered{changes: d.changes.Load()}
	c, err := catalogFor(ctx, q, d.policy)
	if err != nil {
		return nil, nil, err
	}
	var problems []error
	f.empty = c.empty(d.policy)
	// While a migration is under way, tables come one by one.
	f.policy, problems = c.judge(d.policy, !strict || f.empty || d.opts.allowMissingTables)
	c.findOnlyKeys(f.policy)
	f.empty = f.empty && len(f.policy.Tables) == len(d.policy.Tables)
	if err := errors.Join(problems...); err != nil {
		if strict {
			return nil, nil, err
		}
		f.unfit = true
		f.rewriter, err = newRewriter(f.policy.outline(c), d.opts)
		if err != nil {
			return nil, nil, err
		}
		f.rewriter.unfit = errors.Join(problems...)
		return f, c, nil
	}
	if before != nil && !before.unfit && reflect.DeepEqual(before.policy, f.policy) {
		f.rewriter = before.rewriter // with its statement cache
		return f, c, nil
	}
	f.rewriter, err = newRewriter(f.policy, d.opts)
	return f, c, err
}

// outline is a policy that only names the tables that p is about, those at the other
// ends of foreign keys among them.
func (p Policy) outline(c *catalog) Policy {
	o := Policy{Discover: true}
	known := map[*catRelation]bool{}
	for _, t := range p.Tables {
		o.Tables = append(o.Tables, Table{Name: t.Name})
		if n, bad := parseName(t.Name); bad == nil {
			for _, r := range c.find(n) {
				known[r] = true
			}
		}
	}
	for _, k := range c.ForeignKeys {
		for _, r := range []*catRelation{k.child, k.parent} {
			if name, ok := policyName(r); ok && !known[r] {
				known[r] = true
				o.Tables = append(o.Tables, Table{Name: name})
			}
		}
	}
	return o
}

// view is a connection's part of a discovery.
type view struct {
	shared *discovery
	found  *discovered

	changed bool // the open transaction may have changed the schema
	stale   bool // and found was read before it did
	private bool // found was read within the open transaction
	standby bool // the server is one, or was when the connection was made
}

// outdated reports whether found may not be what the next statement will find. It
// is all that a statement costs while the schema stays as it is.
func (v *view) outdated() bool {
	return v.changed || v.private || v.found.changes != v.shared.changes.Load() || v.shared.aged.Load() ||
		v.found != v.shared.latest.Load()
}

// store makes what was read everybody's. It counts as old after a while.
func (c *conn) store(f *discovered) {
	c.view.shared.latest.Store(f)
	c.schedule()
}

func (c *conn) schedule() {
	d := c.view.shared
	age := d.opts.refreshAfter
	if c.view.standby && (age <= 0 || age > standbyAge) {
		age = standbyAge
	}
	if age > 0 {
		time.AfterFunc(age, func() { d.aged.Store(true) })
	}
}

// refreshOld reads the catalog again because of its age. It is no error if that does not
// succeed: what is known is as good as it was a moment ago.
func (c *conn) refreshOld(ctx context.Context) {
	d := c.view.shared
	if !d.aged.CompareAndSwap(true, false) {
		return // another connection does
	}
	if d.lock(ctx) != nil {
		c.schedule()
		return
	}
	defer d.unlock()
	f, err := c.readPatiently(ctx)
	if err != nil {
		c.schedule()
		return
	}
	c.store(f)
}

// readPatiently reads the catalog without waiting for others for long.
func (c *conn) readPatiently(ctx context.Context) (_ *discovered, err error) {
	tx, err := c.begin(ctx, driver.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, tx.Rollback()) }()
	if _, err := c.exec(ctx, "SET LOCAL lock_timeout = '"+refreshPatience+"'", nil); err != nil {
		return nil, err
	}
	d := c.view.shared
	f, _, err := d.read(ctx, c.queryerContext, d.latest.Load(), false)
	return f, err
}

// Refresh makes a driver that follows the schema ([Policy.Discover]) read the catalog again
// before the next statement of each connection: call it when a migration has run past the
// driver. Without it that is noticed after a while, see [RefreshAfter]. It returns an error
// if db is not of this driver; where the policy is a fixed one it does nothing.
func Refresh(ctx context.Context, db *sql.DB) error {
	one, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer one.Close() //nolint:errcheck // back to the pool
	return one.Raw(func(dc any) error {
		c, ok := dc.(*conn)
		if !ok {
			return fmt.Errorf("softdelete: %T is no connection of this package", dc)
		}
		if c.view != nil {
			c.view.shared.changes.Add(1)
		}
		return nil
	})
}

// discover makes a new connection one of those that share d.
func (c *conn) discover(ctx context.Context, d *discovery) error {
	if c.pgx == nil || c.queryerContext == nil {
		return &PolicyError{
			Path: "discover", Problem: "the wrapped driver is not pgx, and does not tell where transactions end",
			Remedy: "use pgx, or pass what the function Discover returns",
		}
	}
	c.view = &view{shared: d, standby: c.pgx.PgConn().ParameterStatus("in_hot_standby") == "on"}
	c.session.note = c.note
	if f := d.latest.Load(); f != nil && !f.empty && !f.unfit {
		c.adopt(f)
		return nil
	}
	if err := d.lock(ctx); err != nil {
		return err
	}
	defer d.unlock()
	f := d.latest.Load()
	if f == nil || f.empty || f.unfit {
		var err error
		if f, _, err = d.read(ctx, c.queryerContext, f, f == nil || f.empty); err != nil {
			return err
		}
		c.store(f)
	}
	c.adopt(f)
	return nil
}

// adopt makes the connection use a policy. What was prepared under another one was
// fixed in other words.
func (c *conn) adopt(f *discovered) {
	if c.rewriter != f.rewriter {
		c.rewriter, c.front, c.count = f.rewriter, front{}, f.rewriter.opts.counters.place()
		c.session.supersede()
	}
	c.view.found = f
}

// refresh is called before a statement is sent.
func (c *conn) refresh(ctx context.Context) error {
	v := c.view
	if v == nil || !v.outdated() {
		return nil
	}
	c.settle()
	d := v.shared
	status := c.pgx.PgConn().TxStatus()
	if status == 'E' {
		return nil // the server takes nothing but the end of the transaction
	}
	n := d.changes.Load()
	f := d.latest.Load()
	if status == 'I' && f.changes >= n && d.aged.Load() {
		c.refreshOld(ctx)
		n, f = d.changes.Load(), d.latest.Load()
	}
	if status == 'I' && f.changes < n {
		var err error
		if f, err = c.refreshAll(ctx, n); err != nil {
			return err
		}
	}
	if status == 'I' || !v.changed && f.changes >= n {
		v.private = false
		c.adopt(f)
		return nil
	}
	if v.found.changes == n && !v.stale {
		return nil
	}
	f, cat, err := d.read(ctx, c.queryerContext, v.found, false)
	if err != nil {
		return err
	}
	// Names mean the schema as it is now, and the catalog shows the snapshot's.
	if f.changes != v.found.changes && cat.Isolation != "read committed" && cat.Isolation != "read uncommitted" {
		return &RefusedError{
			Why:     "the schema was changed after this transaction took its snapshot, which does not show how",
			Instead: "end the transaction and begin it again",
		}
	}
	v.private, v.stale = true, false
	c.adopt(f)
	return nil
}

// refreshAll reads the catalog for all connections, unless another one just did.
func (c *conn) refreshAll(ctx context.Context, n uint64) (*discovered, error) {
	d := c.view.shared
	if err := d.lock(ctx); err != nil {
		return nil, err
	}
	defer d.unlock()
	f := d.latest.Load()
	if f.changes >= n {
		return f, nil
	}
	f, _, err := d.read(ctx, c.queryerContext, f, false)
	if err == nil {
		c.store(f)
	}
	return f, err
}

// settle counts what a transaction has changed, if it is over. It is called wherever
// the end of one can be noticed first.
func (c *conn) settle() {
	if c.view == nil || !c.view.changed {
		return
	}
	server := c.pgx.PgConn()
	if server.IsClosed() || !server.IsBusy() && server.TxStatus() == 'I' {
		c.view.changed, c.view.stale = false, false
		c.view.shared.changes.Add(1)
	}
}

// schemaChange is what a statement does to what is known of the schema.
type schemaChange uint8

const (
	schemaKept       schemaChange = iota
	schemaChanged                 // tables, columns or constraints, as far as its text says
	schemaCommitted               // what the transaction has changed becomes everybody's
	schemaRolledBack              // or is undone
	schemaReturned                // to a savepoint
)

// note is called after a statement with such an effect was sent, whether it failed
// or not: the answer may have been lost, or the first of several may have succeeded.
func (c *conn) note(change schemaChange) {
	v := c.view
	switch change {
	case schemaChanged:
		v.changed, v.stale = true, true
	case schemaReturned:
		v.stale = v.changed
	case schemaCommitted, schemaRolledBack:
		// With AND CHAIN another transaction has begun already.
		if v.changed {
			v.changed, v.stale, v.private = false, false, true
			v.shared.changes.Add(1)
		}
	}
	c.settle()
}

// refuseUnseen refuses several statements in one text where the policy for the later
// ones is not known: a failed transaction has changed the schema, and the text may
// begin with its ROLLBACK.
func (c *conn) refuseUnseen(w *rewritten) error {
	if c.view == nil || !w.several || !c.view.outdated() || c.pgx.PgConn().TxStatus() != 'E' {
		return nil
	}
	return &RefusedError{
		Why:     "the transaction has failed, the schema may have changed, and the text has several statements",
		Instead: "send ROLLBACK on its own",
	}
}

// watchedTx is a transaction that may change the schema.
type watchedTx struct {
	driver.Tx
	conn *conn
}

func (t *watchedTx) Commit() error {
	err := t.Tx.Commit()
	t.conn.settle()
	return err
}

func (t *watchedTx) Rollback() error {
	err := t.Tx.Rollback()
	t.conn.settle()
	return err
}

// changes says what a statement does to the schema, as far as a policy that discovers
// is concerned.
func (j *job) changes(m any) schemaChange {
	changed := false
	switch m := m.(type) {
	case *pg.CreateStmt:
		changed = !isTemporary(m.Relation)
	case *pg.CreateTableAsStmt:
		changed = m.Objtype == pg.ObjectType_OBJECT_TABLE && !isTemporary(m.Into.GetRel())
	case *pg.SelectStmt:
		for ; m != nil && !changed; m = m.Larg { // of a UNION, the first has it
			changed = m.IntoClause != nil && !isTemporary(m.IntoClause.Rel)
		}
	case *pg.AlterTableStmt:
		switch m.Objtype {
		case pg.ObjectType_OBJECT_INDEX, pg.ObjectType_OBJECT_SEQUENCE, pg.ObjectType_OBJECT_VIEW, pg.ObjectType_OBJECT_MATVIEW:
		default:
			changed = true
		}
	case *pg.IndexStmt:
		changed = m.Unique // it may be a key
	case *pg.DropStmt:
		changed = j.dropsKnown(m)
	case *pg.CreateForeignTableStmt, *pg.RenameStmt, *pg.AlterObjectSchemaStmt, *pg.CreateExtensionStmt, *pg.AlterExtensionStmt,
		*pg.DropOwnedStmt, *pg.DoStmt:
		changed = true
	case *pg.TransactionStmt:
		switch m.Kind {
		case pg.TransactionStmtKind_TRANS_STMT_COMMIT, pg.TransactionStmtKind_TRANS_STMT_PREPARE:
			return schemaCommitted
		case pg.TransactionStmtKind_TRANS_STMT_ROLLBACK:
			return schemaRolledBack
		case pg.TransactionStmtKind_TRANS_STMT_ROLLBACK_TO:
			return schemaReturned
		case pg.TransactionStmtKind_TRANS_STMT_COMMIT_PREPARED:
			changed = true
		}
	}
	if changed {
		return schemaChanged
	}
	return schemaKept
}

func isTemporary(rv *pg.RangeVar) bool {
	return rv.GetRelpersistence() == "t" || rv.GetSchemaname() == "pg_temp"
}

// dropsKnown reports whether a DROP can take anything of what the policy knows. Of
// tables that it does not know it knows because they do not matter, and temporary
// ones may come and go with every request.
func (j *job) dropsKnown(s *pg.DropStmt) bool {
	switch s.RemoveType {
	case pg.ObjectType_OBJECT_TABLE:
	case pg.ObjectType_OBJECT_INDEX, pg.ObjectType_OBJECT_SCHEMA, pg.ObjectType_OBJECT_EXTENSION, pg.ObjectType_OBJECT_FOREIGN_TABLE:
		return true
	default:
		return s.Behavior == pg.DropBehavior_DROP_CASCADE // it takes columns and constraints
	}
	return j.r.unfit != nil || slices.ContainsFunc(s.Objects, func(o *pg.Node) bool {
		parts := o.GetList().GetItems()
		if len(parts) == 0 {
			return true
		}
		name := parts[len(parts)-1].GetString_().GetSval()
		return j.r.tables.knows(name)
	})
}

// knows reports whether the policy is about a table of that name.
func (s *tableSet) knows(name string) bool {
	return s.byName[name] != nil || name == deletionsTable || name == linksTable ||
		slices.ContainsFunc(s.foreignKeys, func(f *foreignKey) bool { return f.child.named.name == name || f.parent.named.name == name })
}

// schema notes what the statement m does to the schema. A text is rewritten before
// its first statement runs: behind one that changes the schema, which tables are
// soft-deleted is not known, and what would depend on it is refused. An INSERT of
// values, as migrations have it, does not.
func (j *job) schema(m any, top bool) {
	if !j.r.tables.discover {
		return
	}
	if top && slices.ContainsFunc(j.effects, func(e effect) bool { return e.schema != schemaKept && e.schema != schemaCommitted }) && dependsOnSchema(m) {
		j.refuse(0, nil, "a statement before it in the same text changes the schema, and which tables are soft-deleted is not known yet",
			"send it in a text of its own")
		return
	}
	if change := j.changes(m); change != schemaKept {
		j.effect(effect{schema: change})
	}
}

// dependsOnSchema reports whether what becomes of a statement depends on which tables
// are soft-deleted.
func dependsOnSchema(m any) bool {
	switch m := m.(type) {
	case *pg.ExecuteStmt, *pg.TruncateStmt:
		return true
	case *pg.InsertStmt:
		if m.OnConflictClause == nil && m.WithClause == nil && len(m.SelectStmt.GetSelectStmt().GetValuesLists()) > 0 {
			return readsTable(m.SelectStmt.GetSelectStmt())
		}
	}
	switch kinds[kindName(m)].treatment {
	case filters, rewrites:
		return readsTable(m)
	}
	return false
}

// readsTable reports whether a relation stands below m.
func readsTable(m any) bool {
	_, found := m.(*pg.RangeVar)
	pgast.Children(m, func(_ pgast.Field, _ *pg.Node, child any) { found = found || readsTable(child) })
	return found
}

// outOfBounds refuses a statement on a table of a policy that does not fit the
// database.
func (j *job) outOfBounds(rv *pg.RangeVar, t *table) {
	e := j.refusal(rv.Location, t, unfit(j.r.unfit).Why, "")
	e.cause = j.r.unfit
	j.fail(e)
}

func unfit(err error) *RefusedError {
	return &RefusedError{Why: fmt.Sprintf("since the schema was changed, the policy does not fit it any more: %v", err), cause: err}
}
