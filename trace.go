package softdelete

import (
	"strings"

	"github.com/softdelete-go/softdelete/internal/lex"
)

// StripTraceComments leaves out a comment /* … */ at the end of a statement, such as
// sqlcommenter's, which has another trace in it each time. The text that is sent is
// then always the same, and pgx's cache of prepared statements finds it; a text that
// differs each time costs the server several times as long. The server's log and
// pg_stat_activity do not show the trace any more. A hint, /*+ … */, stays. Default:
// off, comments are sent.
func StripTraceComments() Option {
	return func(o *options) { o.stripTraces = true }
}

// lookupTraced is lookup for a text whose last comment is to be left out.
func (c *conn) lookupTraced(sc *scope, sql string) (*rewritten, error) {
	cut := traceStart(sql)
	if cut < 0 {
		return c.lookup(sc, sql)
	}
	// What is in the cache is a whole statement, so what follows it is a comment.
	k := cacheKey{sql: sql[:cut], scope: sc.cacheKey(), session: c.session.cacheKey()}
	if w := c.rewriter.cache.load(k); w != nil {
		c.count.hits.Add(1)
		return w, nil
	}
	if !endsInComment(sql, cut) {
		return c.lookup(sc, sql)
	}
	return c.lookup(sc, sql[:cut])
}

const sqlSpace = " \t\r\n\f\v"

// traceStart returns where a text ends without what may be a comment at its end, -1 if
// there is none.
func traceStart(sql string) int {
	end := len(strings.TrimRight(sql, sqlSpace))
	if !strings.HasSuffix(sql[:end], "*/") {
		return -1
	}
	start := strings.LastIndex(sql[:end], "/*")
	if start < 0 || end-start < len("/**/") || strings.HasPrefix(sql[start:], "/*+") || strings.Index(sql[start+2:end], "*/") != end-start-4 {
		return -1
	}
	cut := len(strings.TrimRight(sql[:start], sqlSpace))
	if cut == 0 {
		return -1
	}
	return cut
}

// endsInComment reports whether nothing but a comment stands behind cut.
func endsInComment(sql string, cut int) bool {
	toks, err := lex.Scan(sql, nil)
	return err == nil && len(toks) > 1 && toks[len(toks)-1].Kind == lex.BlockComment && int(toks[len(toks)-2].End) <= cut
}
