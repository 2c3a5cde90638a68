package softdelete

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// Foreign keys are violated in two ways, as PostgreSQL words them.
const (
	violatedByParent = "d" // a delete, while live children refer to the row
	violatedByChild  = "i" // an insert or update that refers to no live row
)

// failTag begins all texts that failing casts carry to the driver.
const failTag = "softdelete:"

// violationTag starts the text that a failing cast carries to the driver. Behind
// it: the way, the foreign key's index in the policy, and the key, in hexadecimal,
// for it may contain any character.
const violationTag = failTag + "23503:"

// violationMessage is an expression for that text; the columns known as ref are
// the key.
func violationMessage(way string, f *foreignKey, ref string, columns []string) string {
	return fmt.Sprintf("'%s%s:%05d:' || encode(convert_to(concat_ws(', ', %s), 'UTF8'), 'hex')", violationTag, way, f.index, list(ref, columns))
}

// violationError turns the failed cast into the error that PostgreSQL's own
// foreign key would have raised. before18 is about the server.
func violationError(s *tableSet, err *pgconn.PgError, before18 bool) {
	_, rest, found := strings.Cut(err.Message, violationTag)
	if !found {
		return
	}
	parts := strings.SplitN(rest, ":", 3)
	if len(parts) != 3 {
		return
	}
	index, bad := strconv.Atoi(parts[1])
	end := strings.IndexFunc(parts[2], func(r rune) bool { return !strings.ContainsRune("0123456789abcdef", r) })
	if end < 0 {
		end = len(parts[2])
	}
	key, notHex := hex.DecodeString(parts[2][:end])
	if bad != nil || notHex != nil || index >= len(s.foreignKeys) {
		return
	}
	f := s.foreignKeys[index]
	child, parent := f.child.named.name, f.parent.named.name
	err.Code, err.Position, err.Hint = "23503", 0, "" // foreign_key_violation
	err.ConstraintName, err.TableName = f.name, child
	if schema := f.child.named.orPublic().schema; schema != everySchema {
		err.SchemaName = schema
	}
	if parts[0] == violatedByChild {
		err.Message = "insert or update on table " + said(child) + " violates foreign key constraint " + said(f.name)
		err.Detail = fmt.Sprintf("Key (%s)=(%s) is not present in table %s.", strings.Join(f.columns, ", "), key, said(parent))
		return
	}
	err.Message = "update or delete on table " + said(parent) + " violates foreign key constraint " + said(f.name) + " on table " + said(child)
	err.Detail = fmt.Sprintf("Key (%s)=(%s) is still referenced from table %s.", strings.Join(f.refColumns, ", "), key, said(child))
	if f.action == Restrict && !before18 {
		err.Code = "23001" // restrict_violation
		err.Message = "update or delete on table " + said(parent) + " violates RESTRICT setting of foreign key constraint " + said(f.name) + " on table " + said(child)
		err.Detail = fmt.Sprintf("Key (%s)=(%s) is referenced from table %s.", strings.Join(f.refColumns, ", "), key, said(child))
	}
}

func (s *tableSet) restricts() bool {
	return slices.ContainsFunc(s.foreignKeys, func(f *foreignKey) bool { return f.action == Restrict })
}

func (s *tableSet) hasTwins() bool {
	return slices.ContainsFunc(s.foreignKeys, func(f *foreignKey) bool { return f.twin != "" })
}

// twinOf returns the foreign key whose twin the error names, or nil.
func (s *tableSet) twinOf(err *pgconn.PgError) *foreignKey {
	if err.Code != "23503" {
		return nil
	}
	for _, f := range s.foreignKeys {
		if f.twin != "" && f.twin == err.ConstraintName && f.child.named.name == err.TableName {
			return f
		}
	}
	return nil
}

// twinError makes a violated twin key speak of the key that it is the twin of.
func twinError(f *foreignKey, err *pgconn.PgError) {
	err.Message = strings.ReplaceAll(err.Message, said(f.twin), said(f.name))
	err.ConstraintName = f.name
	columns := f.columns
	if strings.Contains(err.Detail, "referenced from") {
		columns = f.refColumns
	}
	if open := strings.Index(err.Detail, ")=("); open >= 0 && strings.HasPrefix(err.Detail, "Key (") {
		err.Detail = "Key (" + strings.Join(columns, ", ") + err.Detail[open:]
	}
}

// restoreTag starts the text of what keeps a restore from being carried out.
// Behind it: the reason, and the table in hexadecimal.
const restoreTag = failTag + "restore:"

const (
	restoreGone    = "gone"
	restoreTwice   = "twice"
	restoreUntold  = "untold"
	restoreKeptOut = "away" // sorts first: rows that are kept out are missing for the journal, too
)

func restoreMessage(reason, table string) string {
	return quoteLiteral(restoreTag + reason + ":" + hex.EncodeToString([]byte(table)))
}

// restoreError is what the failed cast of such a text stands for, or nil.
func restoreError(err *pgconn.PgError) *RefusedError {
	_, rest, found := strings.Cut(err.Message, restoreTag)
	if !found {
		return nil
	}
	reason, rest, _ := strings.Cut(rest, ":")
	end := strings.IndexFunc(rest, func(r rune) bool { return !strings.ContainsRune("0123456789abcdef", r) })
	if end < 0 {
		end = len(rest)
	}
	table, _ := hex.DecodeString(rest[:end])
	e := &RefusedError{Statement: "restore", Table: string(table), cause: err}
	switch reason {
	case restoreGone:
		e.Why = "the journal says that the deletion took more rows of this table than are left"
		e.Instead = "restore what is left with RestorePartly, or one row with RestoreOne"
	case restoreUntold:
		e.Why = "the deletion took rows of this table, which has no deletion_id that would tell which"
		e.Instead = "restore these rows by their keys"
	case restoreKeptOut:
		e.Why = "a BEFORE INSERT trigger of this table keeps a row from coming back"
		e.Instead = "let the trigger return the row, or disable it for the restore"
	default:
		e.Why = "one deletion changed a reference of a row, another deleted the row, and both are to be restored"
		e.Instead = "restore them one after the other, the later deletion first"
	}
	return e
}

// said is a name as the server's messages have it: in quotes, and nothing escaped.
func said(name string) string { return `"` + name + `"` }

// The journal's tables.
const (
	deletionsTable = "softdelete_deletions"
	linksTable     = "softdelete_links"
)

// JournalDDL makes the tables that [Policy.Journal] fills, and the index that
// [Deletions] wants. It is several statements. Where the tables exist it adds what is
// missing.
const JournalDDL = `CREATE TABLE IF NOT EXISTS softdelete_deletions (
	id          uuid NOT NULL,             -- of the statement
	part        int NOT NULL DEFAULT 1,    -- of its DELETEs, for it may have several
	deleted_at  timestamptz NOT NULL DEFAULT now(),
	table_name  text NOT NULL,             -- the table that the DELETE names
	actor       text,                      -- WithActor
	reason      text,                      -- WithReason
	rows        jsonb NOT NULL,            -- how many rows of which table: {"users": 1, "orders": 2}
	restored_at timestamptz,
	restored_by text,
	PRIMARY KEY (id, part)
);
CREATE INDEX IF NOT EXISTS softdelete_deletions_time ON softdelete_deletions (deleted_at, id);
CREATE TABLE IF NOT EXISTS softdelete_links (
	deletion_id uuid NOT NULL,             -- the id in softdelete_deletions
	table_name  text NOT NULL,
	key         jsonb NOT NULL,            -- the row's primary key
	old         jsonb NOT NULL,            -- the columns that SET NULL or SET DEFAULT changed, before
	new         jsonb NOT NULL,            -- and after
	written_at  timestamptz DEFAULT clock_timestamp(),
	PRIMARY KEY (deletion_id, table_name, key)
);
ALTER TABLE softdelete_links ADD COLUMN IF NOT EXISTS written_at timestamptz,
	ALTER COLUMN written_at SET DEFAULT clock_timestamp();
`
