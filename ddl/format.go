package ddl

import (
	"fmt"
	"strings"
)

// width is where comments are wrapped.
const width = 100

// SQL is one direction as a script for psql.
func (m *Migration) SQL(down bool) string {
	statements, what := m.Up, "Brings the schema to the policy. "+howToRun+" After an error plan again: the new plan is what is left to do."
	if down {
		statements, what = m.Down, "Brings the schema back to what it was before the migration to the policy. "+howToRun+" "+afterError
	}
	if len(statements) == 0 {
		return comment("The schema is what the policy asks for: nothing to do.") + m.notes()
	}
	text := comment(what)
	if !down {
		text += m.notes()
	}
	return text + each(statements, func(s Statement) string { return script(s) + "\n" })
}

const (
	howToRun   = "Run it with psql -v ON_ERROR_STOP=1 -f FILE, not through the softdelete driver."
	afterError = "After an error go on with the statement that failed, without those before it;" +
		" drop an index that CREATE INDEX CONCURRENTLY has left INVALID."
)

// Goose is the migration as a file for goose. It is NO TRANSACTION, since its
// transactions are short ones of its own.
func (m *Migration) Goose() string {
	block := func(s Statement) string {
		return "-- +goose StatementBegin\n" + script(s) + "\n-- +goose StatementEnd\n"
	}
	var b strings.Builder
	b.WriteString("-- +goose NO TRANSACTION\n" + comment("Written by softdelete ddl. "+afterError))
	b.WriteString(m.notes())
	b.WriteString("\n-- +goose Up\n" + each(m.Up, block) + "\n-- +goose Down\n" + each(m.Down, block))
	return b.String()
}

// File is a file of a migration.
type File struct{ Name, Text string }

// Migrate is the migration as files for golang-migrate, numbered from first: it sends
// a file as one text, which is one transaction unless it is a single statement.
func (m *Migration) Migrate(first uint64) []File {
	var files []File
	notes := m.notes()
	for _, s := range m.steps {
		// Undone is in the reverse order of the numbers, so that both begin at their ends.
		n := max(len(s.up), len(s.down))
		for i := range n {
			up, down := "-- nothing to do\n", "-- nothing to undo\n"
			if i < len(s.up) {
				up = comment(s.up[i].Why) + script(s.up[i]) + "\n"
			}
			if j := n - 1 - i; j < len(s.down) {
				down = comment(s.down[j].Why) + script(s.down[j]) + "\n"
			}
			name := fmt.Sprintf("%06d_softdelete", first)
			files = append(files, File{name + ".up.sql", notes + up}, File{name + ".down.sql", down})
			first++
			notes = ""
		}
	}
	return files
}

// each writes all statements with what they are for. What is CONCURRENTLY must not be
// ended by a timeout of the session.
func each(statements []Statement, write func(Statement) string) string {
	var b strings.Builder
	waits := false
	for _, s := range statements {
		if s.NoTransaction && !waits {
			waits = true
			b.WriteString("\n-- What is CONCURRENTLY may wait for others, and none wait for it.\n")
			b.WriteString(write(Statement{SQL: "SET lock_timeout = 0", NoTransaction: true}))
		}
		b.WriteString("\n" + comment(s.Why) + write(s))
	}
	if waits {
		b.WriteString("\n" + write(Statement{SQL: "RESET lock_timeout", NoTransaction: true}))
	}
	return b.String()
}

// script is the statement as text of a file.
func script(s Statement) string {
	if s.NoTransaction {
		return s.SQL + ";"
	}
	return "BEGIN;\n" + s.SQL + "\nCOMMIT;"
}

func (m *Migration) notes() string {
	if len(m.Notes) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("--\n-- What stays as it is, and advice for afterwards:\n")
	for _, n := range m.Notes {
		b.WriteString("--\n" + comment(n))
	}
	return b.String()
}

// comment wraps the first line of a text; further ones are SQL, and stay.
func comment(text string) string {
	// A carriage return ends a comment, and goose looks for its own words.
	text = strings.NewReplacer("\r", " ", "+goose", "+ goose").Replace(text)
	first, rest, more := strings.Cut(text, "\n")
	var b strings.Builder
	line := "--"
	for _, word := range strings.Fields(first) {
		if len(line)+1+len(word) > width && line != "--" {
			b.WriteString(line + "\n")
			line = "--"
		}
		line += " " + word
	}
	b.WriteString(line + "\n")
	if more {
		for l := range strings.SplitSeq(rest, "\n") {
			b.WriteString("--   " + l + "\n")
		}
	}
	return b.String()
}
