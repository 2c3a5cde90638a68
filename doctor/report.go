package doctor

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// Finding is one thing that is wrong.
type Finding struct {
	Code     string   `json:"code"` // of its [Kind]
	Severity Severity `json:"severity"`
	// Object is what it is about, qualified by its schema and quoted as SQL wants it:
	// public.users, or public.users.trg for a trigger, rule, policy or constraint.
	// Roles and publications are "role app" and "publication p".
	Object string `json:"object"`
	Danger string `json:"danger"` // one or two sentences
	// Remedy is SQL for psql, of one statement or several, each ended by a semicolon.
	// Where there is none, it is a comment.
	Remedy string `json:"remedy"`
}

// Report is what [Examine] has found, ordered by code and object.
type Report struct {
	Findings []Finding `json:"findings"`

	policyFile string
}

// Worst returns the greatest severity of all findings, and whether there are any.
func (r *Report) Worst() (Severity, bool) {
	worst := Notice
	for _, f := range r.Findings {
		worst = max(worst, f.Severity)
	}
	return worst, len(r.Findings) > 0
}

// Text writes the report for reading.
func (r *Report) Text(w io.Writer) error {
	var b strings.Builder
	counts := map[Severity]int{}
	for _, f := range r.Findings {
		counts[f.Severity]++
		fmt.Fprintf(&b, "%-7s  %s  %s\n", f.Severity, f.Code, f.Object)
		for _, line := range strings.Split(f.Danger, "\n") {
			fmt.Fprintf(&b, "    %s\n", line)
		}
		for _, line := range strings.Split(strings.TrimRight(f.Remedy, "\n"), "\n") {
			b.WriteString(strings.TrimRight("        "+line, " ") + "\n")
		}
		b.WriteByte('\n')
	}
	if len(r.Findings) == 0 {
		b.WriteString("No findings.\n")
	} else {
		fmt.Fprintf(&b, "%s, %s, %s.\n", number(counts[Error], "error"), number(counts[Warning], "warning"), number(counts[Notice], "notice"))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func number(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// JSON writes the report as an object with the list findings.
func (r *Report) JSON(w io.Writer) error {
	shown := *r
	if shown.Findings == nil {
		shown.Findings = []Finding{} // a list all the same
	}
	return writeJSON(w, shown)
}

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
