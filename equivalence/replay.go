package equivalence

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/internal/sqlsplit"
)

// Workload is a user's own schema and queries, to be run both ways.
type Workload struct {
	Server  Server
	Schema  string // SQL: tables and rows, such as pg_dump --inserts writes
	Queries string // SQL: one statement after another
	// Policy says which tables are soft-deleted. Without tables in it every
	// table that has no column deleted_at gets one, and all are in the policy.
	Policy softdelete.Policy
	// Dead is the share of the rows that are deleted before the queries run: on
	// the twin really, past its foreign keys, on ours by the marker. Default 0.
	Dead float64
}

// Replay runs a user's workload on both databases and returns a verdict for each
// statement. It goes on after a divergence. A table whose rows differ is reported
// once, but later statements that read it may differ for that reason alone. A
// session setting, a transaction and the like hold for all statements that
// follow, as in psql.
func Replay(ctx context.Context, w Workload) (verdicts []Verdict, err error) {
	if w.Dead < 0 || w.Dead > 1 {
		return nil, fmt.Errorf("equivalence: the share of deleted rows is %v, and must be from 0 to 1", w.Dead)
	}
	if err := makeRoles(ctx, w.Server); err != nil {
		return nil, err
	}
	p, err := newPair(ctx, w.Server)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	for _, dsn := range []string{p.oursDSN, p.twinDSN} {
		if err := loadSchema(ctx, dsn, w.Schema); err != nil {
			return nil, fmt.Errorf("the schema: %w", err)
		}
	}
	if len(w.Policy.Tables) == 0 {
		if w.Policy, err = p.markAll(ctx); err != nil {
			return nil, err
		}
	}
	if err := p.open(ctx, w.Policy); err != nil {
		return nil, err
	}
	if err := p.deleteShare(ctx, w.Dead); err != nil {
		return nil, err
	}
	if err := p.fullIndexes(ctx); err != nil {
		return nil, err
	}
	var markers []string
	for _, t := range p.schema.tables {
		if m, ok := t.column(markerColumn); ok {
			markers = append(markers, m.name)
		}
	}
	p.differing = map[string]bool{}
	for _, statement := range sqlsplit.Split(w.Queries) {
		text := statement.SQL
		if parameter.MatchString(stringConstant.ReplaceAllString(text, "''")) {
			verdicts = append(verdicts, Verdict{Statement: text, Skipped: "it has parameters, and a file has no values for them"})
			continue
		}
		s := userStep(text, markers)
		t := newTally()
		d, err := p.runStep(ctx, &s, t)
		if err != nil {
			return verdicts, fmt.Errorf("%w; the statement was:\n%s", err, text)
		}
		v := Verdict{Statement: text}
		for why := range t.refused {
			v.Refused = why
		}
		if d != nil {
			v.Class, v.What = d.class, d.what
		}
		verdicts = append(verdicts, v)
	}
	return verdicts, errors.Join(p.ours.settle(ctx), p.twin.settle(ctx))
}

// loadSchema runs the statements of a file one by one, for it may have its own
// transactions.
func loadSchema(ctx context.Context, dsn, text string) error {
	return alone(ctx, dsn, func(s *side) error {
		for _, statement := range sqlsplit.Split(text) {
			if err := s.script(ctx, statement.SQL); err != nil {
				return err
			}
		}
		return nil
	})
}

// markAll adds the marker column to every table of both databases.
func (p *pair) markAll(ctx context.Context) (policy softdelete.Policy, err error) {
	for _, dsn := range []string{p.oursDSN, p.twinDSN} {
		policy.Tables = nil
		err := alone(ctx, dsn, func(s *side) error {
			all, err := readSchema(ctx, s, softdelete.Policy{})
			if err != nil {
				return err
			}
			for _, t := range all.tables {
				if err := s.script(ctx, "ALTER TABLE "+t.full()+" ADD COLUMN IF NOT EXISTS deleted_at timestamptz"); err != nil {
					return err
				}
				key, err := s.primaryKey(ctx, t)
				if err != nil {
					return err
				}
				policy.Tables = append(policy.Tables, softdelete.Table{Name: policyName(t), PrimaryKey: key})
			}
			return nil
		})
		if err != nil {
			return policy, err
		}
	}
	return policy, nil
}

// primaryKey reads the columns of a table's primary key.
func (s *side) primaryKey(ctx context.Context, t *table) (key []string, err error) {
	rows, err := s.conn.QueryContext(ctx, `SELECT a.attname::text FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
		WHERE i.indisprimary AND i.indrelid = $1::regclass ORDER BY array_position(i.indkey::int[], a.attnum::int)`, t.full())
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		var c string
		if err := rows.Scan(&c); err != nil {
			return nil, errors.Join(err, rows.Close())
		}
		key = append(key, c)
	}
	return key, errors.Join(rows.Err(), rows.Close())
}

// deleteShare deletes the same rows on both sides: those whose text hashes low.
func (p *pair) deleteShare(ctx context.Context, share float64) error {
	for _, t := range p.schema.tables {
		if !t.policy || t.partitioned != "" {
			continue
		}
		m, _ := t.column(markerColumn)
		these := fmt.Sprintf("%s AND (hashtext(x::text) & 1023) < %d", t.liveness("x"), int(share*1024))
		// Rows that were deleted before are on the twin no more.
		twin := fmt.Sprintf("SET session_replication_role = replica; DELETE FROM ONLY %s x WHERE NOT (%s); DELETE FROM ONLY %[1]s x WHERE %[3]s; RESET session_replication_role",
			t.full(), t.liveness("x"), these)
		ours := fmt.Sprintf("UPDATE ONLY %s x SET %s = %s WHERE %s", t.full(), quoteName(m.name), deadMarkers[t.marker], these)
		if err := errors.Join(p.ours.script(ctx, ours), p.twin.script(ctx, twin)); err != nil {
			return err
		}
	}
	return nil
}

// fullIndexes makes the twin's partial unique indexes full: where every row is
// live, an index over the live rows is one over all, and ON CONFLICT (column)
// finds it only so.
func (p *pair) fullIndexes(ctx context.Context) error {
	rows, err := p.twin.conn.QueryContext(ctx, `SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid), pg_get_expr(i.indpred, i.indrelid)
		FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE i.indisunique AND i.indpred IS NOT NULL AND n.nspname !~ '^pg_'`)
	if err != nil {
		return err
	}
	var again []string
	for rows.Next() {
		var index, def, predicate string
		if err := rows.Scan(&index, &def, &predicate); err != nil {
			return errors.Join(err, rows.Close())
		}
		for _, t := range p.schema.tables {
			if t.policy && strings.EqualFold(strings.Trim(predicate, "()"), t.liveness("")) {
				again = append(again, "DROP INDEX "+index+"; "+strings.TrimSuffix(def, " WHERE "+predicate))
				break
			}
		}
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	for _, s := range again {
		if err := p.twin.script(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

var (
	parameter      = regexp.MustCompile(`\$[0-9]`)
	stringConstant = regexp.MustCompile(`'[^']*'`)
	leading        = regexp.MustCompile(`(?s)^(\s|--[^\n]*\n|/\*.*?\*/|\()*`)
	returning      = regexp.MustCompile(`(?i)\breturning\b`)
	writeWords     = regexp.MustCompile(`(?i)\b(insert|update|delete|merge)\b`)
	copyTo         = regexp.MustCompile(`(?is)^copy\b.*\bto\s+stdout\b`)
)

// userStep guesses from the words of a statement what to compare. A wrong guess
// compares too much, not too little: tables are compared where they need not be.
func userStep(text string, markers []string) step {
	s := step{text: text}
	body := text[len(leading.FindString(text)):]
	first, _, _ := strings.Cut(strings.ToLower(strings.Join(strings.Fields(body), " ")), " ")
	writes := writeWords.MatchString(body)
	switch first {
	case "select", "values", "table", "fetch", "show", "with", "execute":
		// WITH … DELETE without RETURNING has no rows: then the tables are compared,
		// and the number of rows affected is not.
		s.returnsRows = true
		s.writes = writes
	case "insert", "update", "delete", "merge":
		s.writes = true
		if first == "delete" {
			s.exempt = markers
		}
		s.returnsRows = returning.MatchString(body)
	case "copy":
		if copyTo.MatchString(body) {
			s.kind = copyOut
		}
	}
	return s
}
