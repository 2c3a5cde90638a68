package equivalence

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/softdelete-go/softdelete"
)

// pair is the two databases with one schema on them.
type pair struct {
	oursDSN, twinDSN string

	schema     *schema
	ours, twin *side
	reader     *side // row-level security: live rows only
	scoped     *side // row-level security: what a scope says
	rewriter   *softdelete.Rewriter
	tables     []relation
	// Tables that are known to differ, and are not compared any more; nil where
	// the first difference ends the run.
	differing map[string]bool
}

// Roles that own nothing, so that row-level security holds for them.
const (
	readerRole = "softdelete_equivalence_live"
	scopedRole = "softdelete_equivalence_scoped"
)

// createRoles is run once per server; a role may be there already.
const createRoles = `DO $$ BEGIN
	IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '` + readerRole + `') THEN CREATE ROLE ` + readerRole + `; END IF;
	IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '` + scopedRole + `') THEN CREATE ROLE ` + scopedRole + `; END IF;
END $$`

const searchPath = "SET search_path = public, " + tenantSchema

// setting is the name of the setting that says what a scope shows of table i.
func setting(i int) string { return fmt.Sprintf("softdelete_equivalence.t%d", i) }

// build makes the schema anew in both databases and opens the connections.
func (p *pair) build(ctx context.Context, s *schema) (err error) {
	if err := p.close(); err != nil {
		return err
	}
	p.schema = s
	for _, half := range []struct {
		dsn  string
		twin bool
	}{{p.oursDSN, false}, {p.twinDSN, true}} {
		plain, err := openSide(ctx, half.dsn, "", defaultMode, nil)
		if err != nil {
			return err
		}
		ddl := wipe + s.ddl(half.twin)
		if !half.twin {
			ddl += s.security()
		}
		if err := errors.Join(plain.script(ctx, ddl), plain.close()); err != nil {
			return err
		}
	}
	policy := s.policy()
	if p.rewriter, err = softdelete.NewRewriter(policy); err != nil {
		return err
	}
	return p.connect(ctx, &policy)
}

// connect opens the connections to databases that are complete.
func (p *pair) connect(ctx context.Context, policy *softdelete.Policy) (err error) {
	p.tables = nil
	for _, t := range p.schema.tables {
		if t.partitioned == "" {
			p.tables = append(p.tables, relation{t.full(), t.liveness("x")})
		}
	}
	for _, open := range []struct {
		to    **side
		dsn   string
		setup string
		of    *softdelete.Policy
	}{
		{&p.ours, p.oursDSN, searchPath, policy},
		{&p.twin, p.twinDSN, searchPath, nil},
		{&p.reader, p.oursDSN, searchPath + "; SET ROLE " + readerRole, nil},
		{&p.scoped, p.oursDSN, searchPath, nil},
	} {
		if *open.to, err = openSide(ctx, open.dsn, open.setup, p.schema.mode, open.of); err != nil {
			return err
		}
		if err := (*open.to).nameTypes(ctx); err != nil {
			return err
		}
	}
	return nil
}

// wipe empties a database of everything that a schema may have made.
const wipe = "DROP SCHEMA IF EXISTS public, billing, tenant1, tenant2 CASCADE; CREATE SCHEMA public; GRANT USAGE ON SCHEMA public TO PUBLIC;\n"

// security lets the judging roles see what they should.
func (s *schema) security() string {
	var b strings.Builder
	schemas := map[string]bool{}
	for i, t := range s.tables {
		if t.schema != "" && !schemas[t.schema] {
			schemas[t.schema] = true
			fmt.Fprintf(&b, "GRANT USAGE ON SCHEMA %s TO PUBLIC;\n", quoteName(t.schema))
		}
		fmt.Fprintf(&b, "GRANT SELECT, UPDATE, DELETE ON %s TO %s, %s;\n", t.full(), readerRole, scopedRole)
		if !t.policy {
			continue
		}
		live := t.liveness("")
		fmt.Fprintf(&b, "ALTER TABLE %s ENABLE ROW LEVEL SECURITY;\nCREATE POLICY a ON %[1]s TO %s USING (%s) WITH CHECK (true);\n", t.full(), readerRole, live)
		fmt.Fprintf(&b, "CREATE POLICY b ON %s TO %s USING (CASE current_setting('%s', true) WHEN 'with' THEN true WHEN 'only' THEN NOT (%s) ELSE %s END) WITH CHECK (true);\n",
			t.full(), scopedRole, setting(i), live, live)
	}
	return b.String()
}

// load gives both databases the rows that the schema starts with.
func (p *pair) load(ctx context.Context) error {
	return errors.Join(p.ours.settle(ctx), p.twin.settle(ctx),
		p.ours.script(ctx, p.schema.data(false)), p.twin.script(ctx, p.schema.data(true)))
}

func (p *pair) close() error {
	err := errors.Join(p.ours.close(), p.twin.close(), p.reader.close(), p.scoped.close())
	p.ours, p.twin, p.reader, p.scoped = nil, nil, nil, nil
	return err
}

// divergence is where the driver and its judge disagree.
type divergence struct {
	class string // what differs; see compare
	step  int    // in the unit
	text  string // the statement
	what  string
}

func (d *divergence) String() string {
	return fmt.Sprintf("%s: %s\n  statement: %s", d.class, d.what, d.text)
}

// tally is what running a unit adds to a report.
type tally struct {
	statements int
	oracle     int // reads that row-level security judged as well
	failed     int // that failed on the twin, alike on both sides
	invalid    int // of these, those that PostgreSQL rejects at once (class 42 and 0A)
	refused    map[string]int
	onPurpose  map[string]int
	codes      map[string]int
}

func newTally() *tally {
	return &tally{refused: map[string]int{}, onPurpose: map[string]int{}, codes: map[string]int{}}
}

// run executes a unit on both sides and returns the first divergence. The error
// is the harness's own.
func (p *pair) run(ctx context.Context, u *unit, t *tally) (*divergence, error) {
	var found *divergence
	for i := range u.steps {
		d, err := p.runStep(ctx, &u.steps[i], t)
		if err != nil {
			text, _ := u.steps[i].sql()
			return nil, fmt.Errorf("%w; the statement was:\n%s", err, text)
		}
		if d != nil {
			d.step = i
			found = d
			break
		}
	}
	if err := errors.Join(p.ours.settle(ctx), p.twin.settle(ctx)); err != nil {
		return nil, err
	}
	return found, nil
}

func (p *pair) runStep(ctx context.Context, s *step, t *tally) (*divergence, error) {
	if s.kind != control {
		t.statements += max(1, s.execs)
	}
	diverged := func(class, what string) *divergence {
		text, _ := s.sql()
		return &divergence{class: class, what: what, text: text}
	}
	switch s.kind {
	case scopedRead, scopedWrite:
		class, what, err := p.runScoped(ctx, s, t)
		if class == "" || err != nil {
			return nil, err
		}
		return diverged(class, what), nil
	case copyOut:
		class, what, err := p.runCopy(ctx, s, t)
		if class == "" || err != nil {
			return nil, err
		}
		return diverged(class, what), nil
	}
	ours, err := p.ours.run(ctx, s, nil)
	if err != nil {
		return nil, fmt.Errorf("through the driver: %w", err)
	}
	if p.refusal(s, ours, t) {
		return nil, nil
	}
	twin, err := p.twin.run(ctx, s, nil)
	if err != nil {
		return nil, fmt.Errorf("on the twin: %w", err)
	}
	t.count(twin)
	if class, what := compare(s, ours, twin); class != "" {
		return diverged(class, what), nil
	}
	if s.writes {
		class, what, err := p.compareContent(ctx)
		if err != nil {
			return nil, err
		}
		if class != "" {
			return diverged(class, what), nil
		}
	}
	if s.second && p.inTransaction() {
		return nil, nil
	}
	if s.second {
		t.oracle++
		second, err := p.reader.run(ctx, s, nil)
		if err != nil {
			return nil, fmt.Errorf("under row-level security: %w", err)
		}
		if class, what := compare(s, ours, second); class != "" {
			return diverged("security "+class, what), nil
		}
	}
	return nil, nil
}

// inTransaction reports whether the driver's connection is in a transaction,
// whose changes other connections do not see.
func (p *pair) inTransaction() bool {
	status := byte('I')
	_ = p.ours.raw(func(c *pgx.Conn) error { status = c.PgConn().TxStatus(); return nil })
	return status != 'I'
}

// refusal counts a refused statement, which is not sent to the twin either.
func (p *pair) refusal(s *step, ours []outcome, t *tally) bool {
	for _, o := range ours {
		if o.refused == nil {
			continue
		}
		if s.onPurpose {
			t.onPurpose[o.refused.Why]++
		} else {
			t.refused[o.refused.Why]++
		}
		return true
	}
	return false
}

func (t *tally) count(twin []outcome) {
	for _, o := range twin {
		if o.code != "" {
			t.failed++
			t.codes[o.code]++
			if strings.HasPrefix(o.code, "42") || strings.HasPrefix(o.code, "0A") {
				t.invalid++
			}
			break
		}
	}
}

// compareContent compares the live rows of every table.
func (p *pair) compareContent(ctx context.Context) (class, what string, err error) {
	// In a failed transaction nothing can be read; nothing was changed either.
	failed := false
	_ = p.twin.raw(func(c *pgx.Conn) error { failed = c.PgConn().TxStatus() == 'E'; return nil })
	if failed {
		return "", "", nil
	}
	ours, err := p.ours.content(ctx, p.tables, false)
	if err != nil {
		return "", "", fmt.Errorf("reading the tables: %w", err)
	}
	twin, err := p.twin.content(ctx, p.tables, true)
	if err != nil {
		return "", "", fmt.Errorf("reading the twin's tables: %w", err)
	}
	for i := range p.tables {
		if ours[i] == twin[i] || p.differing[p.tables[i].full] {
			continue
		}
		if p.differing != nil {
			p.differing[p.tables[i].full] = true
		}
		a, err := p.ours.rowsOf(ctx, p.tables[i], false)
		if err != nil {
			return "", "", err
		}
		b, err := p.twin.rowsOf(ctx, p.tables[i], true)
		if err != nil {
			return "", "", err
		}
		return "content", fmt.Sprintf("afterwards %s holds %s", p.tables[i].full, difference(a, b)), nil
	}
	return "", "", nil
}

// runCopy compares COPY … TO STDOUT, which database/sql cannot read: the public
// Rewriter makes the text, and pgx runs it.
func (p *pair) runCopy(ctx context.Context, s *step, t *tally) (class, what string, err error) {
	text, _ := s.sql()
	rewritten, err := p.rewriter.Rewrite(ctx, text)
	if err != nil {
		o, err := failed(err)
		if err == nil {
			p.refusal(s, []outcome{o}, t)
		}
		return "", "", err
	}
	ours, err := p.ours.copyOut(ctx, rewritten)
	if err != nil {
		return "", "", err
	}
	twin, err := p.twin.copyOut(ctx, text)
	if err != nil {
		return "", "", err
	}
	t.count([]outcome{twin})
	if class, what = compare(s, []outcome{ours}, []outcome{twin}); class == "" && s.writes {
		return p.compareContent(ctx)
	}
	return class, what, nil
}

// runScoped judges a statement under a scope by row-level security: the twin has
// no deleted rows to show. A write is taken back on both sides.
func (p *pair) runScoped(ctx context.Context, s *step, t *tally) (class, what string, err error) {
	var set strings.Builder
	for i, tab := range p.schema.tables {
		if tab.policy {
			target := s.target == tab.full()
			fmt.Fprintf(&set, "SET LOCAL %s = '%s';", setting(i), visibleAs(s.scope, tab, target))
		}
	}
	writes := s.kind == scopedWrite
	if err := p.scoped.script(ctx, "BEGIN; "+set.String()+" SET LOCAL ROLE "+scopedRole); err != nil {
		return "", "", err
	}
	judge, err := p.scoped.run(ctx, s, nil)
	if err != nil {
		return "", "", fmt.Errorf("under row-level security: %w", err)
	}
	var after, want []string
	if writes && judge[0].code == "" {
		if err := p.scoped.script(ctx, "RESET ROLE"); err != nil {
			return "", "", err
		}
		if want, err = p.scoped.content(ctx, p.tables, true); err != nil {
			return "", "", err
		}
	}
	if err := p.scoped.script(ctx, "ROLLBACK"); err != nil {
		return "", "", err
	}
	if writes {
		if err := p.ours.script(ctx, "BEGIN"); err != nil {
			return "", "", err
		}
	}
	ours, err := p.ours.run(ctx, s, s.scope)
	if err != nil {
		return "", "", fmt.Errorf("through the driver: %w", err)
	}
	refused := p.refusal(s, ours, t)
	if writes && !refused && ours[0].code == "" {
		if after, err = p.ours.content(ctx, p.tables, true); err != nil {
			return "", "", err
		}
	}
	if writes {
		if err := p.ours.script(ctx, "ROLLBACK"); err != nil {
			return "", "", err
		}
	}
	if refused {
		return "", "", nil
	}
	t.count(judge)
	if class, what = compare(s, ours, judge); class != "" {
		return "scoped " + class, fmt.Sprintf("under %s: %s", strings.Join(s.scope, ", "), what), nil
	}
	if writes && !slices.Equal(after, want) {
		return "scoped content", fmt.Sprintf("under %s: the tables differ afterwards, deleted rows included", strings.Join(s.scope, ", ")), nil
	}
	return "", "", nil
}
