package softdelete

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
)

// Rule names one of the things that are done to a statement. docs/observability.md lists
// them.
type Rule string

// The rules.
const (
	RuleWhere          Rule = "where"           // a condition in WHERE, or ON of a MERGE, keeps other rows than those of the scope out
	RuleJoin           Rule = "join"            // the same as a join within FROM, where WHERE would turn an outer join into an inner one
	RuleSubselect      Rule = "subselect"       // the same as a sub-select, where an alias list may rename the marker
	RuleCopy           Rule = "copy"            // COPY of a table becomes COPY of a query
	RuleBody           Rule = "body"            // a view's query stays one over the table: it is not made updatable by what is added
	RuleTemporary      Rule = "temporary"       // the name means a temporary table of this connection
	RuleDelete         Rule = "delete"          // the row is marked instead of removed
	RuleArchive        Rule = "archive"         // the row goes to deletion_records
	RuleCascade        Rule = "cascade"         // ON DELETE CASCADE is followed
	RuleSetNull        Rule = "set-null"        // ON DELETE SET NULL
	RuleSetDefault     Rule = "set-default"     // ON DELETE SET DEFAULT
	RuleRestrict       Rule = "restrict"        // ON DELETE RESTRICT or NO ACTION: a live child forbids the delete
	RuleJournal        Rule = "journal"         // the journal gets a row
	RuleReference      Rule = "reference"       // what a written row refers to has to be live
	RuleConflictTarget Rule = "conflict-target" // ON CONFLICT (column) finds the index over the live rows
	RuleConflictGuard  Rule = "conflict-guard"  // ON CONFLICT fails where a deleted row holds the key
	RulePhoenix        Rule = "phoenix"         // the new row takes the place of the deleted one that holds its key
	RuleRestore        Rule = "restore"         // the deletion that took the row is undone, whole
	RuleUpdatedAt      Rule = "updated-at"      // the column of Table.UpdatedAt is set
)

// filterRules are the rules that only keep rows out.
var filterRules = []Rule{RuleWhere, RuleJoin, RuleSubselect, RuleCopy, RuleBody, RuleTemporary, RuleConflictTarget}

// Step is a rule that was applied.
type Step struct {
	Rule  Rule
	Table string // as the policy names it; of a foreign key, the table that refers
	Why   string // what is done, in words
}

func (s Step) String() string { return string(s.Rule) + ": " + s.Why }

// Outcome is what becomes of a statement.
type Outcome uint8

// The outcomes.
const (
	Unchanged Outcome = iota // it is sent as it is
	Filtered                 // only conditions were added
	Rewritten                // it became another statement
	Refused                  // it is not sent
)

func (o Outcome) String() string {
	return [...]string{"unchanged", "filtered", "rewritten", "refused"}[min(o, Refused)]
}

// Explanation is what becomes of a statement, and why.
type Explanation struct {
	SQL     string // as it was written
	Sent    string // as it is sent; empty if it is refused
	Outcome Outcome
	Steps   []Step // in the order in which they were found to be needed
	Err     error  // why it is refused, a [*RefusedError]
}

// Explain says what [Rewriter.Rewrite] does to a statement under the scope of ctx, and by
// which rules.
func (r *Rewriter) Explain(ctx context.Context, sql string) Explanation {
	sc := scopeOf(ctx)
	w, err := r.lookup(sc, nil, sql)
	e := Explanation{SQL: sql}
	if err == nil {
		e.Sent, err = w.sql, w.refusal
	}
	if err == nil && len(w.extras) > 0 {
		e.Sent, err = w.inlined(sc)
	}
	if err != nil {
		return Explanation{SQL: sql, Outcome: Refused, Err: err}
	}
	e.Outcome, e.Steps = w.outcome, slices.Clone(w.steps)
	return e
}

// note records that a rule is applied, once for each table and reason.
func (j *job) note(r Rule, t *table, format string, args ...any) {
	s := Step{Rule: r, Why: fmt.Sprintf(format, args...)}
	if t != nil {
		s.Table = t.name
	}
	if !slices.Contains(j.steps, s) {
		j.steps = append(j.steps, s)
	}
}

func (j *job) noteFilter(r Rule, t *table, see visibility) {
	rows := "live"
	if see == onlyDeleted {
		rows = "deleted"
	}
	j.note(r, t, "only %s rows of %s", rows, t.name)
}

// noteKey records what a foreign key does to children.
func (j *job) noteKey(f *foreignKey) {
	key := fmt.Sprintf("%s (%s) refers to %s", f.child.display(), strings.Join(f.columns, ", "), f.parent.display())
	t := f.child.table
	switch f.action {
	case Cascade:
		j.note(RuleCascade, t, "%s, ON DELETE CASCADE: these rows are deleted too", key)
	case SetNull:
		j.note(RuleSetNull, t, "%s, ON DELETE SET NULL", key)
	case SetDefault:
		j.note(RuleSetDefault, t, "%s, ON DELETE SET DEFAULT", key)
	case Restrict, NoAction:
		j.note(RuleRestrict, t, "%s, and a live row there forbids the delete", key)
	}
}

// outcomeOf says what steps amount to.
func outcomeOf(steps []Step) Outcome {
	if slices.ContainsFunc(steps, func(s Step) bool { return !slices.Contains(filterRules, s.Rule) }) {
		return Rewritten
	}
	return Filtered
}

// Event tells an observer what became of one statement.
type Event struct {
	Explanation // for [Restore] and its like SQL is a name of the call
}

// WithObserver has f called for each statement that is filtered, rewritten or refused,
// before it is sent; a prepared one counts when it executes. f is called by the goroutine
// that sends the statement, and must not use its connection. The texts hold the literals
// that the application wrote. Default: none.
func WithObserver(f func(ctx context.Context, e Event)) Option {
	return func(o *options) { o.observer = f }
}

// LogObserver returns an observer for [WithObserver] that logs: refused statements at level
// Warn, rewritten and filtered ones at level Debug. The texts hold the literals that the
// application wrote.
func LogObserver(l *slog.Logger) func(ctx context.Context, e Event) {
	return func(ctx context.Context, e Event) {
		if e.Outcome == Refused {
			l.WarnContext(ctx, "softdelete: statement refused", "sql", e.SQL, "error", e.Err)
			return
		}
		if !l.Enabled(ctx, slog.LevelDebug) {
			return
		}
		rules := make([]string, len(e.Steps))
		for i, s := range e.Steps {
			rules[i] = string(s.Rule)
		}
		l.DebugContext(ctx, "softdelete: statement "+e.Outcome.String(), "sql", e.SQL, "sent", e.Sent, "rules", strings.Join(rules, ","))
	}
}

// observe counts what became of a statement that was changed or refused, and tells the
// observer.
func (c *conn) observe(ctx context.Context, query string, w *rewritten, err error) {
	switch {
	case err != nil:
		if !isRefusal(err) {
			return
		}
		c.count.refused.Add(1)
	case w.outcome == Filtered:
		c.count.filtered.Add(1)
	case w.outcome == Rewritten:
		c.count.rewritten.Add(1)
	default:
		return
	}
	if c.rewriter.opts.observer != nil {
		c.tell(ctx, query, w, err)
	}
}

// isRefusal stands apart so that what asks it allocates nothing.
func isRefusal(err error) bool {
	var r *RefusedError
	return errors.As(err, &r)
}

func (c *conn) tell(ctx context.Context, query string, w *rewritten, err error) {
	if sc := scopeOf(ctx); sc != nil && sc.request != nil {
		query = strings.TrimSpace(fmt.Sprintf("softdelete.%s %s", sc.request.verb, sc.request.table))
	}
	e := Event{Explanation: Explanation{SQL: query, Outcome: Refused, Err: err}}
	if err == nil {
		e.Sent, e.Outcome, e.Steps = w.sql, w.outcome, slices.Clone(w.steps)
	}
	c.rewriter.opts.observer(ctx, e)
}
