package softdelete

import (
	"errors"
	"fmt"
	"strings"
)

// Sentinels for errors.Is. The concrete types below carry the details.
var (
	// ErrRefused matches every [*RefusedError]: the statement was not sent.
	ErrRefused = errors.New("softdelete: statement refused")
	// ErrUnboundedHardDelete matches the refusal of a DELETE without WHERE
	// under [HardDelete]. It matches ErrRefused too.
	ErrUnboundedHardDelete = errors.New("softdelete: hard delete without WHERE")
	// ErrParse matches the refusal of a text that PostgreSQL's parser does not
	// accept. It matches ErrRefused too.
	ErrParse = errors.New("softdelete: statement does not parse")
)

// RefusedError says why a statement was not sent to the database, and what to
// do instead. Nothing has been executed.
type RefusedError struct {
	Statement string // the statement kind, such as "DELETE" or "TRUNCATE"; may be empty
	Table     string // the policy table concerned; empty where there is none
	Position  int    // 1-based position in the SQL text, in characters; 0 if unknown
	Why       string // what was refused, and why
	Instead   string // what to do instead; may be empty

	// cause is what errors.Is and errors.As find beneath: a sentinel such as
	// ErrUnboundedHardDelete, or several errors joined (ErrParse and the
	// parser's own). The message does not repeat it.
	cause error
}

func (e *RefusedError) Error() string {
	var b strings.Builder
	b.WriteString("softdelete: refused")
	if e.Statement != "" {
		b.WriteString(" " + e.Statement)
	}
	if e.Table != "" {
		b.WriteString(" on " + e.Table)
	}
	if e.Position > 0 {
		fmt.Fprintf(&b, " at character %d", e.Position)
	}
	b.WriteString(": " + e.Why)
	if e.Instead != "" {
		b.WriteString("; " + e.Instead)
	}
	return b.String()
}

// Is makes every RefusedError match [ErrRefused].
func (e *RefusedError) Is(target error) bool { return target == ErrRefused }

// Unwrap returns the error underneath, such as the parser's own.
func (e *RefusedError) Unwrap() error { return e.cause }

// PolicyError is one problem of a policy. [Policy.Validate], [LoadPolicy] and
// everything that takes a policy report all problems at once, joined as
// [errors.Join] does; errors.As finds the first.
type PolicyError struct {
	Path    string // the place, such as "tables[2].column"; empty if it is the file as a whole
	Line    int    // 1-based line of the file; 0 if the policy is not from a file
	Problem string // what is wrong
	Remedy  string // what to do about it
}

func (e *PolicyError) Error() string {
	var b strings.Builder
	b.WriteString("softdelete: policy: ")
	switch {
	case e.Path != "" && e.Line > 0:
		fmt.Fprintf(&b, "%s (line %d): ", e.Path, e.Line)
	case e.Path != "":
		fmt.Fprintf(&b, "%s: ", e.Path)
	case e.Line > 0:
		fmt.Fprintf(&b, "line %d: ", e.Line)
	}
	b.WriteString(e.Problem)
	if e.Remedy != "" {
		b.WriteString("; " + e.Remedy)
	}
	return b.String()
}
