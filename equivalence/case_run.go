package equivalence

import (
	"context"
	"errors"
	"fmt"

	"github.com/softdelete-go/softdelete"
)

// Verdict is what came of a statement of a case or of a user's file.
type Verdict struct {
	Statement string
	Class     string // what differs; "" if nothing does
	What      string
	Refused   string // why the driver refused it; "" if it did not
	Skipped   string // why it was not run at all; "" if it was
}

// RunCase runs a case on two new databases of the server. The verdicts are those
// of its statements, up to the first that diverges.
func RunCase(ctx context.Context, server Server, c *Case) (verdicts []Verdict, err error) {
	if err := makeRoles(ctx, server); err != nil {
		return nil, err
	}
	p, err := newPair(ctx, server)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	return p.runCase(ctx, c)
}

func (p *pair) runCase(ctx context.Context, c *Case) ([]Verdict, error) {
	if err := p.buildCase(ctx, c); err != nil {
		return nil, err
	}
	var steps []step
	for i := range c.Statements {
		steps = append(steps, c.Statements[i].step())
	}
	return p.verdicts(ctx, steps)
}

// verdicts runs the steps one by one.
func (p *pair) verdicts(ctx context.Context, steps []step) (out []Verdict, err error) {
	for i := range steps {
		t := newTally()
		d, err := p.runStep(ctx, &steps[i], t)
		text, _ := steps[i].sql()
		if err != nil {
			return out, fmt.Errorf("%w; the statement was:\n%s", err, text)
		}
		v := Verdict{Statement: text}
		for why := range t.refused {
			v.Refused = why
		}
		for why := range t.onPurpose {
			v.Refused = why
		}
		if d != nil {
			v.Class, v.What = d.class, d.what
		}
		out = append(out, v)
		if d != nil {
			break
		}
	}
	return out, errors.Join(p.ours.settle(ctx), p.twin.settle(ctx))
}

// buildCase makes the databases of a case.
func (p *pair) buildCase(ctx context.Context, c *Case) error {
	if err := p.close(); err != nil {
		return err
	}
	for _, half := range []struct{ dsn, text string }{
		{p.oursDSN, wipe + c.Schema + "\n" + c.Ours + "\n" + c.Live + "\n" + c.Deleted},
		{p.twinDSN, wipe + c.Schema + "\n" + c.Twin + "\n" + c.Live},
	} {
		if err := runScript(ctx, half.dsn, half.text); err != nil {
			return err
		}
	}
	return p.open(ctx, c.Policy)
}

// open begins sessions on databases that are there, for the policy.
func (p *pair) open(ctx context.Context, policy softdelete.Policy) (err error) {
	if p.rewriter, err = softdelete.NewRewriter(policy); err != nil {
		return err
	}
	if err := p.reach(ctx, defaultMode); err != nil {
		return err
	}
	if p.schema, err = readSchema(ctx, p.scoped, policy); err != nil {
		return err
	}
	p.schema.mode = defaultMode
	if err := p.scoped.script(ctx, p.schema.security()); err != nil {
		return err
	}
	err = p.begin(ctx, &policy)
	p.apart = true // ours has deleted rows, which may have taken numbers
	return err
}

// alone runs f with a session of its own, which ends with it.
func alone(ctx context.Context, dsn string, f func(*side) error) error {
	s, err := openSide(dsn, "", defaultMode)
	if err != nil {
		return err
	}
	if err := s.begin(ctx, nil); err != nil {
		return errors.Join(err, s.close())
	}
	return errors.Join(f(s), s.close())
}

func runScript(ctx context.Context, dsn, text string) error {
	return alone(ctx, dsn, func(s *side) error { return s.script(ctx, text) })
}

// readSchema reads the tables of a database, what the policy says of each, and
// the sequences.
func readSchema(ctx context.Context, s *side, policy softdelete.Policy) (*schema, error) {
	out := &schema{}
	rows, err := s.conn.QueryContext(ctx, `SELECT n.nspname::text, c.relname::text, c.relkind::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind IN ('r', 'p', 'S') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ORDER BY c.oid`)
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		t := &table{}
		var kind string
		if err := rows.Scan(&t.schema, &t.name, &kind); err != nil {
			return nil, errors.Join(err, rows.Close())
		}
		if t.schema == "public" {
			t.schema = ""
		}
		switch kind {
		case "S":
			out.found = append(out.found, t.full())
			continue
		case "p":
			t.partitioned = "yes"
		}
		for _, e := range policy.Tables {
			t.entry(e)
		}
		out.tables = append(out.tables, t)
	}
	return out, errors.Join(rows.Err(), rows.Close())
}

// entry applies a policy entry to a table if it names it.
func (t *table) entry(e softdelete.Table) {
	plain, starred := *t, *t
	plain.star, starred.star = false, true
	switch {
	case e.Name == policyName(&plain), t.schema == "" && e.Name == "public."+policyName(&plain):
	case e.Name == policyName(&starred):
		t.star = true
	default:
		return
	}
	t.policy, t.marker = true, e.Marker
	if t.archived = e.Mode == softdelete.Archive; t.archived {
		return
	}
	t.cols = []column{{name: e.Column, role: markerColumn}}
	if e.Column == "" {
		t.cols[0].name = "deleted_at"
	}
}
