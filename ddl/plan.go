package ddl

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/softdelete-go/softdelete"
)

// Options are what a plan may have besides. Zero values are the defaults.
type Options struct {
	// Enforce plans a twin key for each foreign key of the policy that joins two of
	// its tables, except for [softdelete.KeepVisible].
	Enforce bool
	// Stamps gives each table a column created_at.
	Stamps bool
	// ArchiveTriggers gives each table of mode [softdelete.Archive] triggers that record
	// the rows which clients without the driver delete.
	ArchiveTriggers bool
	// LockTimeout is how long a statement waits for a lock that makes others wait
	// behind it. It has whole milliseconds. Default: 2 seconds.
	LockTimeout time.Duration
}

const defaultLockTimeout = 2 * time.Second

// Statement is a step of a migration.
type Statement struct {
	// SQL is sent as it stands, in one call without arguments. If it is several
	// statements, each ends in a semicolon, and they are one transaction: the
	// server makes one of what arrives together.
	SQL string
	// Why says what it is for, and what it costs.
	Why string
	// NoTransaction says that PostgreSQL does not allow it in a transaction.
	NoTransaction bool
}

// Migration is a plan. Both directions are carried out from first to last.
type Migration struct {
	Up, Down []Statement
	// Notes say what stays as it is and why, and what else may be worth doing.
	Notes []string
	// Policy is the policy with the twin keys that Up makes.
	Policy softdelete.Policy

	steps []step
}

// step is what is done and undone together.
type step struct{ up, down []Statement }

// Plan reads the catalog and returns what it takes to bring the schema to p, without
// changing anything. With [softdelete.Policy.Discover] the policy is completed first,
// by [softdelete.Anticipate].
//
// Down restores the schema as it is now. It refuses to run while there are deleted
// rows, because without the marker they would be back.
//
// A table that does not exist, or has a marker column that cannot serve, is an error
// that joins [*softdelete.PolicyError] values.
func Plan(ctx context.Context, db *sql.DB, p softdelete.Policy, o Options) (*Migration, error) {
	if o.LockTimeout == 0 {
		o.LockTimeout = defaultLockTimeout
	}
	if o.LockTimeout < time.Millisecond {
		return nil, fmt.Errorf("softdelete: a lock timeout of %s would be none: give a millisecond or more", o.LockTimeout)
	}
	complete := p
	if p.Discover {
		var err error
		if complete, err = completed(ctx, db, p); err != nil {
			return nil, err
		}
	}
	c, err := readCatalog(ctx, db)
	if err != nil {
		return nil, err
	}
	b := &planner{catalog: c, p: complete, o: o, table: map[*relation]softdelete.Table{}, live: map[liveKey]string{}}
	if err := b.resolve(); err != nil {
		return nil, err
	}
	b.findLiveColumns()
	b.columns()
	b.journalTables()
	b.archiveTables()
	b.leftovers()
	b.foreignKeyIndexes()
	b.deletionIndexes()
	b.uniqueKeys()
	b.twinKeys()
	b.archiveTriggers()
	b.advice()
	if len(b.steps) > 0 {
		b.guard()
	}
	m := &Migration{Notes: b.notes, Policy: p, steps: b.steps}
	if !p.Discover {
		m.Policy = b.p
	}
	for _, s := range b.steps {
		m.Up = append(m.Up, s.up...)
	}
	for _, s := range slices.Backward(b.steps) {
		m.Down = append(m.Down, s.down...)
	}
	return m, nil
}

// completed is the policy with what the catalog knows. The archive and the columns that
// new rows need under Phoenix, and twins that are missing, are planned, not looked for.
func completed(ctx context.Context, db *sql.DB, p softdelete.Policy) (softdelete.Policy, error) {
	asked := p
	asked.Tables, asked.ForeignKeys = slices.Clone(p.Tables), slices.Clone(p.ForeignKeys)
	for i := range asked.Tables {
		asked.Tables[i].OnBlocked = softdelete.Error
	}
	for i := range asked.ForeignKeys {
		asked.ForeignKeys[i].Twin = ""
	}
	complete, err := softdelete.Anticipate(ctx, db, asked)
	if err != nil {
		return p, err
	}
	for i, t := range p.Tables {
		complete.Tables[i].OnBlocked = t.OnBlocked
	}
	for i, f := range p.ForeignKeys {
		complete.ForeignKeys[i].Twin = f.Twin
	}
	return complete, nil
}

// planner makes one plan.
type planner struct {
	*catalog
	p     softdelete.Policy
	o     Options
	order []*relation                    // those of the policy
	table map[*relation]softdelete.Table // their entries
	live  map[liveKey]string             // generated columns that will be there
	added []*relation                    // those whose marker Up adds
	dups  []string                       // queries that find what a full unique index would not accept
	books []string                       // bookkeeping tables that Up makes
	steps []step
	notes []string
}

func (b *planner) step(up, down []Statement) { b.steps = append(b.steps, step{up, down}) }

func (b *planner) note(format string, args ...any) {
	b.notes = append(b.notes, fmt.Sprintf(format, args...))
}

// tx is a transaction of its own.
func (b *planner) tx(why string, statements ...string) Statement {
	var sql strings.Builder
	fmt.Fprintf(&sql, "SET LOCAL lock_timeout = '%s';\n", lockTimeout(b.o.LockTimeout))
	for _, s := range statements {
		sql.WriteString(s + ";\n")
	}
	return Statement{SQL: strings.TrimSuffix(sql.String(), "\n"), Why: why}
}

// alone is a statement that no transaction may contain.
func alone(why, sql string) Statement { return Statement{SQL: sql, Why: why, NoTransaction: true} }

// lockTimeout is the duration as PostgreSQL reads it.
func lockTimeout(d time.Duration) string {
	if d%time.Second == 0 {
		return fmt.Sprintf("%ds", d/time.Second)
	}
	return fmt.Sprintf("%dms", d.Milliseconds())
}

// resolve finds the relations of the policy's tables.
func (b *planner) resolve() error {
	var problems []error
	for i, t := range b.p.Tables {
		problem := func(key, text, remedy string) {
			problems = append(problems, &softdelete.PolicyError{Path: fmt.Sprintf("tables[%d].%s", i, key), Problem: text, Remedy: remedy})
		}
		schema, name, err := softdelete.ParseTableName(t.Name)
		if err != nil {
			return err
		}
		found := b.find(schema, name)
		if len(found) == 0 {
			problem("name", fmt.Sprintf("the database has no table %s", t.Name), "correct the name, create the table, or remove the entry")
		}
		for _, r := range found {
			if !r.isTable() {
				problem("name", fmt.Sprintf("%s is no table", r.display()), "name the tables beneath it")
				continue
			}
			if col, ok := r.column(markerColumn(t)); ok && !slices.Contains(markerTypes(t.Marker), col.Base) {
				problem("marker", fmt.Sprintf("column %s.%s is of type %s, which a %s marker cannot be", r.display(), col.Name, col.Type, t.Marker),
					"use another column or another marker kind")
			}
			if whole := r.whole(); whole != r && !b.inPolicy(whole) {
				if _, ok := r.column(markerColumn(t)); !ok && !isArchive(t) {
					problem("name", fmt.Sprintf("%s is a partition of %s, and gets its columns from there", r.display(), whole.display()),
						fmt.Sprintf("add %s to tables", whole.display()))
				}
			}
			b.order, b.table[r] = append(b.order, r), t
		}
	}
	for i, f := range b.p.ForeignKeys {
		for _, name := range []string{f.Table, f.RefTable} {
			if found, _ := b.side(name); len(found) == 0 {
				problems = append(problems, &softdelete.PolicyError{
					Path:    fmt.Sprintf("foreign_keys[%d]", i),
					Problem: fmt.Sprintf("the database has no table %s", name),
					Remedy:  "correct the name, create the table, or remove the foreign key",
				})
			}
		}
	}
	return errors.Join(problems...)
}

// inPolicy reports whether an entry means the relation, whether or not it has been
// resolved already.
func (b *planner) inPolicy(r *relation) bool {
	return slices.ContainsFunc(b.p.Tables, func(t softdelete.Table) bool {
		schema, name, err := softdelete.ParseTableName(t.Name)
		return err == nil && slices.Contains(b.find(schema, name), r)
	})
}
