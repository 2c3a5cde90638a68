package softdelete

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
)

// session is what a connection remembers of the statements that went through
// it: temporary tables that shadow policy tables, and the scopes under which
// PREPARE and DECLARE fixed a text. The nil session remembers nothing.
type session struct {
	temp     map[string]bool
	prepared map[string]string // by statement name, the key of the scope that prepared it
	silent   map[string]bool   // of these, those whose rows are ours; the user's statement has none
	verbs    map[string]string // of these, how their command tags begin
	cursors  map[string]cursor // by name
	key      string

	note func(schemaChange) // nil unless the policy follows the schema
}

type cursor struct {
	scope string // the key of the scope that declared it
	hold  bool   // it outlives its transaction
}

// unsettled stands for a scope that no statement has: a text failed that would
// have prepared or declared the name, and may have done so.
const unsettled = "?"

// superseded stands for the scopes of a policy that another has replaced.
const superseded = "!"

// elsewhere stands for the scopes of what an earlier transaction left behind on a server
// connection that a pooler may have given to somebody else, together with the name.
const elsewhere = "~"

// effect is one thing that a session remembers, or forgets, when a statement
// has run.
type effect struct {
	createTemp    string
	dropTemp      string
	discardTemp   bool
	declare       string
	hold          bool // the cursor is declared WITH HOLD
	closeCursor   string
	closeAll      bool
	prepare       string
	silent        bool   // what it prepares has rows of ours only
	verb          string // how the command tag of what it prepares begins
	deallocate    string
	deallocateAll bool
	schema        schemaChange
}

// cacheKey is "" unless something remembered changes how texts are rewritten.
func (s *session) cacheKey() string {
	if s == nil {
		return ""
	}
	return s.key
}

// check is called before a rewritten statement is sent. EXECUTE runs a text that
// was fixed when it was prepared, and FETCH one that was fixed when its cursor
// was declared; under another scope it would be the wrong one. A name that was
// not seen prepared here may be anybody's: pgx's own have computable names.
func (s *session) check(sc *scope, w *rewritten) error {
	if s == nil {
		return nil
	}
	for _, name := range w.executes {
		if under, ok := s.prepared[name]; !ok {
			return &RefusedError{
				Statement: "EXECUTE",
				Why:       fmt.Sprintf("%q was not seen to be prepared on this connection", name),
				Instead:   "prepare it with PREPARE on the same sql.Conn or sql.Tx, or let database/sql prepare it",
			}
		} else if under == superseded {
			return &RefusedError{
				Statement: "EXECUTE",
				Why:       fmt.Sprintf("%q was prepared before the schema changed", name),
				Instead:   "prepare it anew, or let database/sql prepare it",
			}
		} else if under == elsewhere {
			return &RefusedError{
				Statement: "EXECUTE",
				Why:       fmt.Sprintf("%q was prepared in an earlier transaction, and behind a pooler the name may be another client's by now", name),
				Instead:   "prepare it in the transaction that executes it, or let database/sql prepare it",
			}
		} else if under != sc.cacheKey() {
			return &RefusedError{
				Statement: "EXECUTE",
				Why:       fmt.Sprintf("%q was prepared under another scope", name),
				Instead:   "prepare it under the scope that executes it, or let database/sql prepare it",
			}
		}
	}
	// A cursor that was not seen declared is one that a function opened.
	for _, name := range w.fetches {
		c, ok := s.cursors[name]
		if ok && c.scope == elsewhere {
			return &RefusedError{
				Statement: "FETCH",
				Why:       fmt.Sprintf("cursor %q was declared in an earlier transaction, and behind a pooler the name may be another client's by now", name),
				Instead:   "declare it in the transaction that fetches from it",
			}
		}
		if ok && c.scope != sc.cacheKey() {
			return &RefusedError{
				Statement: "FETCH",
				Why:       fmt.Sprintf("cursor %q was declared under another scope", name),
				Instead:   "declare it under the scope that fetches from it",
			}
		}
	}
	return nil
}

// answersNothing reports whether the rows of a statement are of no concern to the user.
func (s *session) answersNothing(w *rewritten) bool {
	return w.noRows || s != nil && !w.several && len(w.executes) == 1 && s.silent[w.executes[0]]
}

// verb is how the command tag of the user's statement begins; "" if the server's is right.
func (s *session) verb(w *rewritten) string {
	if s != nil && !w.several && len(w.executes) == 1 {
		return s.verbs[w.executes[0]]
	}
	return w.verb
}

// done is called after the server executed a rewritten statement without error.
func (s *session) done(sc *scope, w *rewritten) {
	if s == nil || len(w.effects) == 0 {
		return
	}
	for _, e := range w.effects {
		switch {
		case e.createTemp != "":
			if s.temp == nil {
				s.temp = map[string]bool{}
			}
			s.temp[e.createTemp] = true
		case e.dropTemp != "":
			delete(s.temp, e.dropTemp)
		case e.prepare != "":
			remember(&s.prepared, e.prepare, sc.cacheKey())
			remember(&s.silent, e.prepare, e.silent)
			remember(&s.verbs, e.prepare, e.verb)
		case e.declare != "":
			remember(&s.cursors, e.declare, cursor{sc.cacheKey(), e.hold})
		case e.closeCursor != "":
			delete(s.cursors, e.closeCursor)
		case e.deallocate != "":
			delete(s.prepared, e.deallocate)
		}
		if e.discardTemp {
			s.temp = nil
		}
		if e.deallocateAll {
			s.prepared = nil
		}
		if e.closeAll {
			s.cursors = nil
		}
		if e.schema != schemaKept {
			s.note(e.schema)
		}
	}
	s.rekey()
}

// supersede forgets the scopes of all that is prepared.
func (s *session) supersede() {
	for name := range s.prepared {
		s.prepared[name] = superseded
	}
}

// failed is called after the server refused a rewritten text. Of several
// statements some may have been executed, and neither PREPARE nor DEALLOCATE is
// undone with a transaction. A single one has done nothing.
func (s *session) failed(w *rewritten) {
	for _, e := range w.effects {
		if e.schema != schemaKept {
			s.note(e.schema)
		}
	}
	if !w.several {
		return
	}
	for _, e := range w.effects {
		switch {
		case e.prepare != "":
			remember(&s.prepared, e.prepare, unsettled)
		case e.declare != "":
			remember(&s.cursors, e.declare, cursor{unsettled, e.hold})
		case e.deallocate != "":
			delete(s.prepared, e.deallocate)
		}
		if e.deallocateAll {
			s.prepared = nil
		}
	}
}

func remember[V any](m *map[string]V, name string, v V) {
	if *m == nil {
		*m = map[string]V{}
	}
	(*m)[name] = v
}

// idle is called when the connection is in no transaction: the cursors of the
// last one are gone, and what outlives it is out of reach if a pooler is between.
func (s *session) idle(pooled bool) {
	for name, c := range s.cursors {
		switch {
		case !c.hold:
			delete(s.cursors, name)
		case pooled:
			s.cursors[name] = cursor{elsewhere, true}
		}
	}
	if !pooled {
		return
	}
	for name := range s.prepared {
		s.prepared[name] = elsewhere
	}
}

// lasting reports whether anything is remembered that outlives a transaction and has a
// scope.
func (s *session) lasting() bool {
	if len(s.prepared) > 0 {
		return true
	}
	for _, c := range s.cursors {
		if c.hold {
			return true
		}
	}
	return false
}

// vanished forgets the temporary tables that the server did not find, as its
// message says: a rollback or ON COMMIT DROP took them. Forgetting is always
// safe, for a name that is not known to be temporary means the policy table.
func (s *session) vanished(message string) {
	for name := range s.temp {
		if strings.Contains(message, "pg_temp."+name) {
			delete(s.temp, name)
		}
	}
	s.rekey()
}

func (s *session) forgetTemp() { s.temp, s.key = nil, "" }

// rekey makes the part of the cache key that the temporary tables are.
func (s *session) rekey() {
	names := make([]string, 0, len(s.temp))
	for n := range s.temp {
		names = append(names, n)
	}
	sort.Strings(names)
	s.key = strings.Join(names, "\x00")
}

// fix notes that the text has prepared or declared a name, or has dropped it.
func (j *job) fix(name string, made bool) {
	if j.fixed == nil {
		j.fixed = map[string]bool{}
	}
	j.fixed[name] = made
}

func (j *job) effect(e effect) { j.effects = append(j.effects, e) }

// shadowed reports whether an unqualified name means a temporary table of this
// connection, as far as we saw it made, instead of the policy table.
func (j *job) shadowed(name string) bool {
	if made, ok := j.temp[name]; ok {
		return made
	}
	return j.sess != nil && j.sess.temp[name]
}

// books are the tables that statements write to besides the user's.
var books = []string{recordsTable, deletionsTable, linksTable}

// hiddenBook refuses a statement that would write to a temporary table what is to stay.
func (j *job) hiddenBook(pos int32, t *table) bool {
	for _, name := range books {
		if j.shadowed(name) {
			j.refuse(pos, t, fmt.Sprintf("a temporary table hides the table %s, which the rewritten statement has to write to", name), "give the temporary table another name")
			return true
		}
	}
	return false
}

// created notes a temporary relation that shadows a policy table, or one of the books.
func (j *job) created(rv *pg.RangeVar) {
	if rv.Relpersistence != "t" && rv.Schemaname != "pg_temp" || j.r.tables.find("", rv.Relname) == nil && !slices.Contains(books, rv.Relname) {
		return
	}
	j.overlay(rv.Relname, true)
	j.effect(effect{createTemp: rv.Relname})
}

// dropped notes that a temporary table of that name, if any, is gone: DROP TABLE
// users takes the temporary one first.
func (j *job) dropped(s *pg.DropStmt) {
	if s.RemoveType != pg.ObjectType_OBJECT_TABLE && s.RemoveType != pg.ObjectType_OBJECT_VIEW {
		return // DROP INDEX users is of something else
	}
	for _, o := range s.Objects {
		parts := o.GetList().GetItems()
		if n := len(parts); n == 0 || n > 1 && parts[n-2].GetString_().GetSval() != "pg_temp" {
			continue
		}
		name := parts[len(parts)-1].GetString_().GetSval()
		if j.shadowed(name) {
			j.overlay(name, false)
			j.effect(effect{dropTemp: name})
		}
	}
}

func (j *job) overlay(name string, made bool) {
	if j.temp == nil {
		j.temp = map[string]bool{}
	}
	j.temp[name] = made
}
