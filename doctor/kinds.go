package doctor

import (
	"fmt"
	"slices"
)

// Severity says how much a finding matters.
type Severity uint8

// The severities, the least first.
const (
	Notice  Severity = iota // worth knowing; it may be as intended
	Warning                 // statements fail, or something happens that a real delete would not do
	Error                   // deleted rows show, live ones are lost, or deletes are impossible
)

var severityNames = []string{"notice", "warning", "error"}

func (s Severity) String() string {
	if int(s) < len(severityNames) {
		return severityNames[s]
	}
	return fmt.Sprintf("Severity(%d)", uint8(s))
}

// MarshalText returns what String does.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText accepts notice, warning and error.
func (s *Severity) UnmarshalText(text []byte) error {
	i := slices.Index(severityNames, string(text))
	if i < 0 {
		return fmt.Errorf("%q is no severity; write notice, warning or error", text)
	}
	*s = Severity(i)
	return nil
}

// Kind is a kind of finding.
type Kind struct {
	Code     string // such as "SD101"; it never changes its meaning
	Severity Severity
	Title    string // what is found
	Danger   string // what comes of it
	Remedy   string // what the SQL of the finding does, or what to do by hand
}

// Kinds returns all kinds of findings, in the order of their codes.
func Kinds() []Kind { return slices.Clone(kinds) }

// kinds is the table of all codes: SD1xx for what in the schema hides or blocks, SD2xx
// for what a driver cannot see, SD3xx for data, SD4xx for privileges and other
// clients, SD5xx for differences between policy and database.
var kinds = []Kind{
	{"SD101", Error, "A view reads a policy table without its live condition", "It shows deleted rows, for the driver sees only the view's name.", "Replaces the view by one that filters."},
	{"SD102", Error, "A materialized view reads a policy table without its live condition", "It keeps deleted rows at every refresh.", "Creates it again with the condition, with its indexes, owner and privileges."},
	{"SD103", Warning, "Rows can be deleted through a view", "A DELETE from the view passes the driver and destroys rows.", "Replaces the view by one through which nothing can be written."},
	{"SD111", Error, "The policy does not have a foreign key onto its table", "A delete does not follow it: children stay live, or a delete that it forbids succeeds.", "An entry for the policy, or `discover: true`."},
	{"SD112", Error, "A cascade leads to a table outside the policy", "A delete would have to destroy rows there; the policy is refused once it lists the key, and before that the children stay.", "An entry for the policy, and the marker column for the child."},
	{"SD113", Notice, "A foreign key's action differs from the policy's", "What the driver does is not what a hard delete, or another client, does.", "Gives the constraint the policy's action."},
	{"SD114", Error, "A delete from a table outside the policy changes rows of a policy table", "ON DELETE CASCADE really destroys them, live and deleted; SET NULL and SET DEFAULT change them.", "Takes the action off the constraint; or put the parent into the policy."},
	{"SD115", Notice, "Deleted rows refer to a table outside the policy", "A row that nobody can see forbids the delete of its parent (SQLSTATE 23503).", "By hand: put the parent into the policy, or destroy deleted rows before their parent."},
	{"SD121", Warning, "A unique key holds for deleted rows too", "The key of a deleted row cannot be used again (SQLSTATE 23505).", "A unique index over live rows, in place of the key."},
	{"SD122", Notice, "A key that cannot be partial has values of the application's", "A primary key, or one that foreign keys refer to, covers deleted rows: their keys cannot be used again (SQLSTATE 23505).", "By hand: restore the row instead of inserting it, or use generated keys."},
	{"SD123", Warning, "A unique key contains the marker", "It permits two live rows with the same key where the marker is a timestamp, and else refuses some deletes (SQLSTATE 23505).", "A unique index over live rows, without the marker."},
	{"SD124", Warning, "An exclusion constraint holds for deleted rows too", "A deleted row excludes new ones (SQLSTATE 23P01).", "The constraint with a condition."},
	{"SD131", Error, "A partition, child or parent is not in the policy", "What names that table sees deleted rows, and deletes really.", "An entry for the policy."},
	{"SD141", Warning, "A foreign key's columns have no index", "A delete of the parent reads the whole child table.", "The index."},
	{"SD142", Notice, "An index on nothing but the marker", "It is of no use to the queries that the driver sends, and makes each delete write to every index (no HOT update).", "Drops it."},
	{"SD143", Warning, "A column of deletion ids has no index", "A restore reads the whole table.", "The index, of deleted rows only."},
	{"SD151", Warning, "A check constraint is not validated", "A row that violates it cannot be deleted: the UPDATE fails with SQLSTATE 23514.", "Validates it; if that fails, the rows it names are to be put right first."},
	{"SD161", Error, "Row-level security hides deleted rows", "PostgreSQL rejects the new version of a row that its SELECT policies hide, so that every delete fails with SQLSTATE 42501.", "Takes the live condition out of the policy."},
	{"SD162", Warning, "A row-level security policy is for DELETE", "It does not apply to soft deletes; the policies for UPDATE do, and may allow more, or nothing.", "The same policy for UPDATE."},
	{"SD171", Warning, "A column of an archived table does not survive jsonb exactly", "What a restore brings back is not what was deleted, or it fails.", "Makes a column of type json one of type jsonb; else by hand: mark the rows of the table instead."},
	{"SD172", Warning, "A partition lacks the triggers of its archived table", "Rows that another client deletes from it by its own name, or with TRUNCATE, are lost.", "By hand: `softdelete ddl --archive-triggers` with the partition in the policy."},

	{"SD201", Error, "A function deletes from a policy table", "Its DELETE is a real one.", "The function with its statements rewritten, if it is in SQL; else by hand."},
	{"SD202", Warning, "A function reads or updates a policy table", "It sees deleted rows.", "The function with its statements rewritten, if it is in SQL; else by hand."},
	{"SD203", Notice, "A function may handle deleted rows itself", "It names a policy table and its marker, or has what the rewriter cannot judge.", "By hand: read it."},
	{"SD204", Notice, "A function runs SQL that it makes up", "What EXECUTE runs cannot be known.", "By hand: read it."},
	{"SD211", Warning, "A trigger for DELETE falls silent", "A soft delete is an UPDATE, for which it does not fire.", "A trigger for the UPDATE of the marker that calls the same function."},
	{"SD212", Notice, "A trigger for TRUNCATE falls silent", "The driver refuses TRUNCATE; the DELETE in its place does not fire it.", "By hand: nothing, if what it does is meant for hard deletes only."},
	{"SD213", Notice, "A trigger for UPDATE fires for deletes", "It takes a soft delete for a change.", "The trigger with a condition that leaves deletes out."},
	{"SD221", Warning, "A rule on, or about, a policy table", "Rules are unseen by the driver: those for DELETE fall silent, those for UPDATE fire for deletes, and what a rule runs is not rewritten.", "Drops it, after its work has been given to a trigger or the application."},
	{"SD231", Warning, "A publication replicates deletes as updates", "Subscribers keep deleted rows; where it publishes no updates they never hear of deletes.", "Gives the publication a row filter, which makes a soft delete a delete for subscribers."},

	{"SD301", Error, "Live rows refer to deleted ones", "They are orphans: a join loses them, and a real delete would not have left them.", "What the foreign key's action would have done; for NO ACTION and RESTRICT a restore of the parents."},
	{"SD302", Error, "Markers are NULL that must not be", "These rows are neither live nor deleted, and no statement but under WithDeleted sees them.", "Makes them live."},

	{"SD401", Warning, "A role may really delete", "A client without the driver, as this role, destroys rows.", "Revokes DELETE and TRUNCATE. HardDelete needs them: leave them to the role that purges."},
	{"SD402", Error, "A role may delete, but not set the marker", "Its soft deletes fail with SQLSTATE 42501.", "Grants UPDATE and SELECT of the columns that a delete writes."},
	{"SD403", Error, "A role may read, but not the marker", "Its statements fail with SQLSTATE 42501, for each reads the marker.", "Grants SELECT of the marker."},
	{"SD411", Warning, "Rows have really been deleted", "Someone deletes past the driver, or by HardDelete.", "By hand: find out who. The SQL sets the counter back."},

	{"SD501", Error, "The database does not have a table of the policy", "A misspelt name leaves the real table unprotected.", "By hand: correct the name."},
	{"SD502", Error, "A marker column is missing", "The driver refuses to connect.", "Adds the column."},
	{"SD503", Error, "A marker column has the wrong type", "The driver refuses to connect.", "By hand: another marker kind, or another column."},
	{"SD504", Error, "A bookkeeping column is missing or unfit", "The driver refuses to connect.", "Adds the column, or lets it be NULL; else by hand."},
	{"SD505", Error, "A table has not the key that the policy says", "The driver refuses to connect: it finds rows by the key.", "By hand: name the key's columns, or add a key."},
	{"SD506", Error, "A partition is not said to be one", "The foreign keys of the whole are not followed from it.", "By hand: partition_of."},
	{"SD507", Error, "The journal's tables are missing or unfit", "The driver refuses to connect.", "Creates them."},
	{"SD508", Error, "A foreign key of the policy is not as the policy says", "The driver refuses to connect.", "By hand: correct the entry."},
	{"SD509", Error, "The policy cannot be completed, or contradicts itself", "The driver refuses to connect, or statements on the tables concerned.", "By hand, as the finding says."},
	{"SD511", Error, "New rows are born deleted", "The marker's default is a value of deleted rows: what is inserted is never seen.", "Sets the default of live rows."},
	{"SD512", Error, "A flag or integer marker can be NULL, or has no default", "A row whose marker is NULL is neither live nor deleted; an INSERT that does not name it makes one, or fails.", "Sets the default, and NOT NULL."},
	{"SD513", Error, "A marker cannot take its values", "A time that is NOT NULL has no value for live rows; a generated column cannot be set.", "Lets it be NULL, or takes the generation away."},
	{"SD521", Warning, "Tables of the same name in several schemas", "The policy means one of them; the driver takes an unqualified name for it, and search_path decides otherwise.", "By hand: an entry for each, or qualified names."},
	{"SD522", Warning, "A search_path leads to another table", "For this role or database an unqualified name does not mean the policy's table.", "Sets it back."},
}

// kindOf returns the kind with that code.
func kindOf(code string) (Kind, bool) {
	i := slices.IndexFunc(kinds, func(k Kind) bool { return k.Code == code })
	if i < 0 {
		return Kind{}, false
	}
	return kinds[i], true
}
