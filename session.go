package softdelete

import (
	"fmt"
	"sort"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
)

// session is what a connection remembers of the statements that went through
// it: temporary tables that shadow policy tables, and the scope under which
// SQL-level PREPARE fixed a text. The nil session remembers nothing.
type session struct {
	temp     map[string]bool
	prepared map[string]string // statement name → key of the scope that prepared it
	key      string
}

// effect is one thing that a session remembers, or forgets, when a statement
// has run.
type effect struct {
	createTemp    string
	dropTemp      string
	discardTemp   bool
	prepare       string
	deallocate    string
	deallocateAll bool
}

// cacheKey is "" unless something remembered changes how texts are rewritten.
func (s *session) cacheKey() string {
	if s == nil {
		return ""
	}
	return s.key
}

// check is called before a rewritten statement is sent. EXECUTE runs a text that
// was fixed when it was prepared; under another scope it would be the wrong one.
func (s *session) check(sc *scope, w *rewritten) error {
	if s == nil {
		return nil
	}
	for _, name := range w.executes {
		if under, ok := s.prepared[name]; ok && under != sc.cacheKey() {
			return &RefusedError{
				Statement: "EXECUTE",
				Why:       fmt.Sprintf("%q was prepared under another scope", name),
				Instead:   "prepare it under the scope that executes it, or let database/sql prepare it",
			}
		}
	}
	return nil
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
			if s.prepared == nil {
				s.prepared = map[string]string{}
			}
			s.prepared[e.prepare] = sc.cacheKey()
		case e.deallocate != "":
			delete(s.prepared, e.deallocate)
		}
		if e.discardTemp {
			s.temp = nil
		}
		if e.deallocateAll {
			s.prepared = nil
		}
	}
	names := make([]string, 0, len(s.temp))
	for n := range s.temp {
		names = append(names, n)
	}
	sort.Strings(names)
	s.key = strings.Join(names, "\x00")
}

// vanished forgets the temporary tables. It is called when the server did not
// find one: a rollback or ON COMMIT DROP took it. Forgetting is always safe, for
// a name that is not known to be temporary means the policy table.
func (s *session) vanished() { s.temp, s.key = nil, "" }

func (j *job) effect(e effect) { j.effects = append(j.effects, e) }

// shadowed reports whether an unqualified name means a temporary table of this
// connection, as far as we saw it made, instead of the policy table.
func (j *job) shadowed(name string) bool {
	if made, ok := j.temp[name]; ok {
		return made
	}
	return j.sess != nil && j.sess.temp[name]
}

// created notes a temporary relation that shadows a policy table.
func (j *job) created(rv *pg.RangeVar) {
	if rv.Relpersistence != "t" && rv.Schemaname != "pg_temp" || j.r.tables.find("", rv.Relname) == nil {
		return
	}
	j.overlay(rv.Relname, true)
	j.effect(effect{createTemp: rv.Relname})
}

// dropped notes that a temporary table of that name, if any, is gone: DROP TABLE
// users takes the temporary one first.
func (j *job) dropped(s *pg.DropStmt) {
	for _, o := range s.Objects {
		parts := o.GetList().GetItems()
		if len(parts) == 0 || len(parts) == 2 && parts[0].GetString_().GetSval() != "pg_temp" {
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
