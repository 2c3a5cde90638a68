package doctor

import (
	"fmt"
	"slices"
	"strings"
)

// trigger is one on a policy table.
type trigger struct {
	Table      int64    `json:"table"`
	Name       string   `json:"name"`
	Type       int      `json:"type"` // as pg_trigger has it
	Function   int64    `json:"function"`
	Columns    []string `json:"columns"` // of UPDATE OF
	Definition string   `json:"definition"`
}

const triggersQuery = `
SELECT t.tgrelid::bigint AS table, t.tgname AS name, t.tgtype AS type, t.tgfoid::bigint AS function, pg_catalog.pg_get_triggerdef(t.oid) AS definition,
  (SELECT json_agg(a.attname) FROM pg_catalog.pg_attribute a WHERE a.attrelid = t.tgrelid AND a.attnum = ANY (t.tgattr::int2[])) AS columns
FROM pg_catalog.pg_trigger t
WHERE NOT t.tgisinternal AND t.tgenabled <> 'D' AND t.tgparentid = 0 AND t.tgrelid = ANY ($1::text::oid[])
ORDER BY t.tgname`

// The bits of a trigger's type.
const (
	forEachRow = 1
	onInsert   = 4
	onDelete   = 8
	onUpdate   = 16
	onTruncate = 32
)

func (g trigger) on(event int) bool { return g.Type&event != 0 }

// covers reports whether the trigger fires when the marker is set.
func (g trigger) covers(marker string) bool {
	return g.on(onUpdate) && (len(g.Columns) == 0 || slices.Contains(g.Columns, marker))
}

func (x *examination) triggers() error {
	triggers, err := ask[trigger](x, triggersQuery, x.oids())
	if err != nil {
		return err
	}
	for _, g := range triggers {
		t := x.byOID[g.Table]
		object := t.SQL + "." + quote(g.Name)
		parts, err := g.parts()
		if err != nil {
			return fmt.Errorf("the definition of the trigger %s: %w", object, err)
		}
		if g.on(onDelete) && !slices.ContainsFunc(triggers, func(other trigger) bool {
			return other.Table == g.Table && other.Function == g.Function && other.covers(t.column)
		}) {
			x.add("SD211", object, fmt.Sprintf("The trigger %s fires for DELETE. A delete of rows of %s through the driver is an UPDATE, and does not fire it.", quote(g.Name), t.SQL), g.forMarker(t, parts))
		}
		if g.on(onTruncate) {
			x.add("SD212", object, fmt.Sprintf("The trigger %s fires for TRUNCATE, which the driver refuses for %s; the DELETE in its place does not fire it.", quote(g.Name), t.SQL),
				comment("Nothing is to be done if it is meant for hard deletes. Else give its work to a trigger for the UPDATE of "+quote(t.column)+"."))
		}
		if g.on(onUpdate) && len(g.Columns) == 0 && !mentions(parts.condition(), t.column) {
			x.add("SD213", object, fmt.Sprintf("The trigger %s fires for UPDATE, and so for each delete of rows of %s.", quote(g.Name), t.SQL), g.withoutDeletes(t, parts))
		}
	}
	return nil
}

// triggerParts is a trigger's definition, cut.
type triggerParts struct {
	create, timing, where, when, run string
	transition                       bool // it has transition tables
}

func (g trigger) parts() (triggerParts, error) {
	p, err := cut(g.Definition)
	if err != nil {
		return triggerParts{}, err
	}
	name := p.find(0, "TRIGGER") + 1
	on := p.find(name+1, "ON")
	run := p.find(on, "EXECUTE")
	when := min(run, p.find(on, "WHEN"))
	return triggerParts{
		create: p.between(0, name), timing: p.word(name + 1), where: p.between(on, when),
		when: p.between(when+1, run), run: p.between(run, len(p.tokens)),
		transition: p.find(on, "REFERENCING") < run,
	}, nil
}

// condition is the trigger's WHEN, in parentheses, or a constant.
func (p triggerParts) condition() string {
	if p.when == "" {
		return "true"
	}
	return p.when
}

// statement makes the trigger again, with other events and a further condition.
func (p triggerParts) statement(name, timing, events, further string) string {
	when := p.when
	switch {
	case further != "" && when != "":
		when = "(" + when + " AND " + further + ")"
	case further != "":
		when = "(" + further + ")"
	}
	if when != "" {
		when = "WHEN " + when
	}
	return join(p.create, name, timing, events, p.where, when, p.run) + ";"
}

// forMarker makes a trigger for soft deletes beside one for DELETE.
func (g trigger) forMarker(t *table, parts triggerParts) string {
	note := comment("The function sees TG_OP = 'UPDATE', and OLD and NEW.")
	if parts.transition {
		return note + "\n" + comment("A trigger with transition tables cannot be for one column; write it by hand, AFTER UPDATE ON "+t.SQL+".")
	}
	further := ""
	if g.on(forEachRow) {
		further = t.live("OLD") + " AND " + t.dead("NEW")
	}
	return note + "\n" + parts.statement(suffixed(g.Name, "_soft"), "AFTER", "UPDATE OF "+quote(t.column), further)
}

// suffixed adds to a name, within the 63 bytes that a name may have.
func suffixed(name, suffix string) string {
	for len(name)+len(suffix) > 63 {
		runes := []rune(name)
		name = string(runes[:len(runes)-1])
	}
	return quote(name + suffix)
}

// withoutDeletes makes a trigger for UPDATE again, so that deletes do not fire it.
func (g trigger) withoutDeletes(t *table, parts triggerParts) string {
	if g.on(onDelete) {
		return comment("The function sees TG_OP = 'UPDATE' for a delete. Let it tell them apart: IF " + t.live("OLD") + " AND " + t.dead("NEW") + " THEN … END IF;")
	}
	if !g.on(forEachRow) || parts.transition {
		return comment("A trigger for each statement, or with transition tables, cannot leave deletes out. Let its function compare " + quote(t.column) + ".")
	}
	column := quote(t.column)
	further := "OLD." + column + " IS NOT DISTINCT FROM NEW." + column
	statements := []string{"DROP TRIGGER " + quote(g.Name) + " ON " + t.SQL + ";"}
	name := quote(g.Name)
	if g.on(onInsert) {
		statements = append(statements, parts.statement(name, parts.timing, "INSERT", ""))
		name = suffixed(g.Name, "_update")
	}
	statements = append(statements, parts.statement(name, parts.timing, "UPDATE", further))
	return strings.Join(statements, "\n")
}

func (x *examination) rules() error {
	type rule struct {
		Table string `json:"table"`
		Name  string `json:"name"`
		Event string `json:"event"`
		On    bool   `json:"on"` // a policy table
	}
	rules, err := ask[rule](x, `
SELECT DISTINCT r.ev_class::pg_catalog.regclass::text AS table, r.rulename AS name, r.ev_class = ANY ($1::text::oid[]) AS on,
  CASE r.ev_type WHEN '1' THEN 'SELECT' WHEN '2' THEN 'UPDATE' WHEN '3' THEN 'INSERT' ELSE 'DELETE' END AS event
FROM pg_catalog.pg_rewrite r LEFT JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = r.oid
WHERE r.rulename <> '_RETURN' AND r.ev_enabled <> 'D'
  AND (r.ev_class = ANY ($1::text::oid[]) OR d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = ANY ($1::text::oid[]))`, x.oids())
	if err != nil {
		return err
	}
	for _, r := range rules {
		danger := fmt.Sprintf("The rule %s on %s, for %s, names a policy table; what it runs is not rewritten.", quote(r.Name), r.Table, r.Event)
		switch {
		case r.On && r.Event == "DELETE":
			danger = fmt.Sprintf("The rule %s on %s is for DELETE, and does not apply to deletes through the driver, which are UPDATEs.", quote(r.Name), r.Table)
		case r.On && r.Event == "UPDATE":
			danger = fmt.Sprintf("The rule %s on %s is for UPDATE, and applies to deletes through the driver too.", quote(r.Name), r.Table)
		}
		x.add("SD221", r.Table+"."+quote(r.Name), danger, comment("Once its work is done elsewhere:")+"\nDROP RULE "+quote(r.Name)+" ON "+r.Table+";")
	}
	return nil
}
