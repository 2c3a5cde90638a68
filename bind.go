package softdelete

import (
	"database/sql/driver"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/softdelete-go/softdelete/internal/lex"
)

// bind completes a rewritten statement by what only its execution knows: which
// variant the values ask for, and the values of the context. Most statements need
// nothing of it.
func (w *rewritten) bind(sc *scope, args []driver.NamedValue) (*rewritten, []driver.NamedValue, error) {
	if len(w.judged) == 0 && len(w.mustLive) == 0 && len(w.extras) == 0 {
		return w, args, nil
	}
	options, _ := leadingOptions(args)
	values := args[options:]
	value := func(param int) any {
		if param <= len(values) {
			return values[param-1].Value
		}
		return nil // the server will say that it is missing
	}
	if len(w.judged) > 0 && w.ifLive != nil {
		isLive := true
		for _, p := range w.judged {
			isLive = isLive && p.param <= len(values) && p.marker.live(value(p.param))
		}
		if isLive {
			return w.ifLive.bind(sc, args)
		}
	}
	if w.refusal != nil {
		return nil, nil, w.refusal
	}
	for _, p := range w.mustLive {
		if !p.marker.live(value(p.param)) {
			return nil, nil, &RefusedError{
				Statement: "INSERT", Table: p.table.display(),
				Why:     fmt.Sprintf("ON CONFLICT DO UPDATE sets %s to $%d, whose value would delete a row without following its foreign keys", p.table.column, p.param),
				Instead: "delete with DELETE",
			}
		}
	}
	if len(w.extras) == 0 {
		return w, args, nil
	}
	if w.inline {
		text, err := w.inlined(sc)
		if err != nil {
			return nil, nil, err
		}
		c := *w
		c.sql, c.anchors, c.unplaced = text, nil, true
		return &c, args, nil
	}
	if len(values) != w.params {
		return w, args, nil // the server will say so; ours must not take the place of theirs
	}
	all := make([]driver.NamedValue, len(args), len(args)+len(w.extras))
	copy(all, args)
	for _, e := range w.extras {
		v, err := sc.extra(e)
		if err != nil {
			return nil, nil, err
		}
		all = append(all, driver.NamedValue{Ordinal: len(all) + 1, Value: v})
	}
	return w, all, nil
}

// inlined is the text with the values of the context in the place of parameters.
func (w *rewritten) inlined(sc *scope) (string, error) {
	toks, err := lex.Scan(w.sql, nil)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	from := int32(0)
	for _, t := range toks {
		n, ok := paramNumber(w.sql, t)
		if !ok || n <= w.params || n > w.params+len(w.extras) {
			continue
		}
		v, err := sc.extra(w.extras[n-w.params-1])
		if err != nil {
			return "", err
		}
		b.WriteString(w.sql[from:t.Start])
		if s, ok := v.(string); ok {
			b.WriteString(quoteLiteral(s))
		} else {
			b.WriteString("NULL")
		}
		from = t.End
	}
	b.WriteString(w.sql[from:])
	return b.String(), nil
}

// extra returns a string, or nil where the context has none.
func (s *scope) extra(e extra) (any, error) {
	if s == nil {
		return nil, nil
	}
	v, by := s.actor, "WithActor"
	if e == extraReason {
		v, by = s.reason, "WithReason"
	}
	if v == "" {
		return nil, nil
	}
	if strings.Contains(v, "\x00") || !utf8.ValidString(v) {
		return nil, &RefusedError{Why: by + " has a text that PostgreSQL cannot store", Instead: "pass valid UTF-8 without NUL"}
	}
	return v, nil
}

// emptyRows answers a query that asked for no rows.
type emptyRows struct{}

func (emptyRows) Columns() []string         { return []string{} }
func (emptyRows) Close() error              { return nil }
func (emptyRows) Next([]driver.Value) error { return io.EOF }
