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

	schema *schema
	sides  // those of the schema's mode
	kept   map[pgx.QueryExecMode]*sides

	rewriter  *softdelete.Rewriter
	relations []relation
	apart     bool // the sequences may be apart; see align
	cut       bool // the unit ends here; see blocked
	reload    bool // and the tables are to have their first rows again
	// Relations that are known to differ, and are not compared any more; nil where
	// the first difference ends the run.
	differing map[string]bool
}

// sides are the connections of a pair.
type sides struct {
	ours, twin *side
	reader     *side // row-level security: live rows only
	scoped     *side // row-level security: what a scope says
}

func (s *sides) all() []*side { return []*side{s.ours, s.twin, s.reader, s.scoped} }

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

// build makes the schema anew in both databases and begins sessions on it.
func (p *pair) build(ctx context.Context, s *schema) (err error) {
	p.schema = s
	if err := p.reach(ctx, s.mode); err != nil {
		return err
	}
	err = errors.Join(p.scoped.script(ctx, wipe+s.ddl(false)+s.security()), p.twin.script(ctx, wipe+s.ddl(true)))
	if err != nil {
		return err
	}
	policy := s.policy()
	if p.rewriter, err = softdelete.NewRewriter(policy); err != nil {
		return err
	}
	return p.begin(ctx, &policy)
}

// reach makes the connections of a mode, if they are not there yet, and begins
// those sessions that need no policy.
func (p *pair) reach(ctx context.Context, mode pgx.QueryExecMode) error {
	k := p.kept[mode]
	if k == nil {
		k = &sides{}
		for _, open := range []struct {
			to         **side
			dsn, setup string
		}{
			{&k.ours, p.oursDSN, searchPath},
			{&k.twin, p.twinDSN, searchPath},
			{&k.reader, p.oursDSN, searchPath + "; SET ROLE " + readerRole},
			{&k.scoped, p.oursDSN, searchPath},
		} {
			var err error
			if *open.to, err = openSide(open.dsn, open.setup, mode); err != nil {
				return err
			}
		}
		if p.kept == nil {
			p.kept = map[pgx.QueryExecMode]*sides{}
		}
		p.kept[mode] = k
	}
	p.sides = *k
	return errors.Join(p.scoped.begin(ctx, nil), p.twin.begin(ctx, nil))
}

// begin begins the other sessions, on databases that are complete.
func (p *pair) begin(ctx context.Context, policy *softdelete.Policy) (err error) {
	p.relations, p.apart = p.schema.relations(), false
	if err := errors.Join(p.ours.begin(ctx, policy), p.reader.begin(ctx, nil)); err != nil {
		return err
	}
	if p.twin.names, err = p.twin.typeNames(ctx); err != nil {
		return err
	}
	names, err := p.scoped.typeNames(ctx)
	p.ours.names, p.reader.names, p.scoped.names = names, names, names
	return err
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
		fmt.Fprintf(&b, "GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO %s, %s;\n", t.full(), readerRole, scopedRole)
		if !t.policy || t.archived {
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
	p.apart = false
	return errors.Join(p.ours.settle(ctx), p.twin.settle(ctx),
		p.ours.script(ctx, p.schema.data(false)), p.twin.script(ctx, p.schema.data(true)))
}

func (p *pair) close() (err error) {
	for _, k := range p.kept {
		for _, s := range k.all() {
			err = errors.Join(err, s.close())
		}
	}
	p.kept, p.sides = nil, sides{}
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
	blocked    int // that failed on the key of a deleted row, as documented
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
		}
		if d != nil || p.cut {
			break
		}
	}
	p.cut = false
	if err := errors.Join(p.ours.settle(ctx), p.twin.settle(ctx)); err != nil {
		return nil, err
	}
	if p.reload {
		p.reload = false
		if err := p.load(ctx); err != nil {
			return nil, err
		}
	}
	return found, nil
}

func (p *pair) runStep(ctx context.Context, s *step, t *tally) (*divergence, error) {
	t.statements += s.statements()
	diverged := func(class, what string) *divergence {
		text, _ := s.sql()
		return &divergence{class: class, what: what, text: text}
	}
	switch s.kind {
	case scopedRead, scopedWrite, scopedDelete:
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
	if s.writes {
		if err := p.align(ctx); err != nil {
			return nil, err
		}
	}
	text, params := s.sql()
	ours, err := p.ours.run(ctx, s, text, params)
	if err != nil {
		return nil, fmt.Errorf("through the driver: %w", err)
	}
	if p.refusal(s, ours, t) {
		return nil, nil
	}
	if s.writes {
		if blocked, err := p.blocked(ctx, s, ours, t); blocked || err != nil {
			return nil, err
		}
	}
	twin, err := p.twin.run(ctx, s, text, params)
	if err != nil {
		return nil, fmt.Errorf("on the twin: %w", err)
	}
	t.count(twin)
	if class, what := compare(s, ours, twin); class != "" {
		return diverged(class, what), nil
	}
	failed := func(o outcome) bool { return o.code != "" }
	p.apart = p.apart || s.writes && slices.ContainsFunc(twin, failed)
	if s.writes {
		class, what, err := p.compareContent(ctx)
		if err != nil {
			return nil, err
		}
		if class != "" {
			return diverged(class, what), nil
		}
	}
	if s.second && p.ours.status() != idle {
		// The role is on another connection, which does not see these changes.
		return nil, nil
	}
	if s.second {
		t.oracle++
		second, err := p.reader.run(ctx, s, text, params)
		if err != nil {
			return nil, fmt.Errorf("under row-level security: %w", err)
		}
		if class, what := compare(s, ours, second); class != "" {
			return diverged("security "+class, what), nil
		}
	}
	return nil, nil
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
	if ours.code == "22P02" && strings.Contains(ours.message, "softdelete:phoenix:taken:") {
		ours.code = "23505" // as the driver would say; what pgx runs by itself keeps the server's words
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
