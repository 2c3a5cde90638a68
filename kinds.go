package softdelete

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"

	"github.com/softdelete-go/softdelete/internal/pgast"
)

// treatment is what happens to a kind of statement.
type treatment string

const (
	filters  treatment = "filtered"  // what it reads is filtered; it is otherwise as the user wrote it
	rewrites treatment = "rewritten" // it becomes another statement on a policy table, and what it reads is filtered
	inspects treatment = "inspected" // passed, unless what it carries touches a policy table in a way that we cannot follow
	passes   treatment = "passed"    // holds no query and acts on no rows that a policy hides
	never    treatment = "never"     // the parser does not produce it as a statement
)

// kind says how a statement is treated, and why.
type kind struct {
	treatment treatment
	sql       string // its name in SQL
	why       string
}

const (
	ddl         = "defines or alters an object; no row is read or deleted through it"
	sessionOnly = "acts on the session or transaction only"
	admin       = "administers the server; no row is read or deleted through it"
)

// kinds is every statement of the grammar, by pg_query's name.
// docs/statements.md is written from it, and a test holds the two together.
var kinds = map[string]kind{
	"SelectStmt":        {filters, "SELECT, VALUES, TABLE, SELECT INTO", "every table reference is filtered where it stands"},
	"InsertStmt":        {filters, "INSERT", "its queries are filtered; ON CONFLICT is guarded against deleted rows that hold the key"},
	"UpdateStmt":        {filters, "UPDATE", "target and FROM are filtered; WHERE CURRENT OF on a policy table is refused"},
	"DeleteStmt":        {rewrites, "DELETE", "becomes UPDATE … SET the marker; under HardDelete it stays"},
	"MergeStmt":         {rewrites, "MERGE", "the target is filtered in ON, the source where it stands; THEN DELETE becomes THEN UPDATE SET the marker"},
	"CopyStmt":          {rewrites, "COPY", "COPY t TO becomes COPY (SELECT … WHERE live) TO; COPY (query) is filtered; COPY FROM passes"},
	"TruncateStmt":      {inspects, "TRUNCATE", "refused on a policy table and with CASCADE, but under HardDelete"},
	"ExplainStmt":       {filters, "EXPLAIN", "what it explains is treated as if it were run"},
	"PrepareStmt":       {filters, "PREPARE", "its statement is fixed under the scope that prepares it"},
	"ExecuteStmt":       {inspects, "EXECUTE", "refused unless PREPARE went through this connection under the same scope"},
	"DeclareCursorStmt": {filters, "DECLARE CURSOR", "its query is filtered under the scope that declares it"},
	"CreateTableAsStmt": {filters, "CREATE TABLE AS, CREATE MATERIALIZED VIEW", "its query is filtered"},
	"ViewStmt":          {filters, "CREATE VIEW", "its query is filtered by joins, so that no DELETE can pass through the view"},
	"DoStmt":            {inspects, "DO", "refused when its body names a policy table, or builds statements at run time"},
	"CallStmt":          {inspects, "CALL", "arguments are inspected; what the procedure does is beyond a driver"},

	"CreateFunctionStmt":   {inspects, "CREATE FUNCTION, CREATE PROCEDURE", "refused when its body names a policy table"},
	"RuleStmt":             {inspects, "CREATE RULE", "refused on a policy table, or when its actions touch one"},
	"CreateSchemaStmt":     {filters, "CREATE SCHEMA", "the views among its elements are treated like CREATE VIEW"},
	"VariableSetStmt":      {inspects, "SET, RESET", "refused for settings that change how the server splits text into tokens"},
	"AlterSystemStmt":      {inspects, "ALTER SYSTEM", "as SET"},
	"AlterRoleSetStmt":     {inspects, "ALTER ROLE … SET", "as SET"},
	"AlterDatabaseSetStmt": {inspects, "ALTER DATABASE … SET", "as SET"},
	"AlterFunctionStmt":    {passes, "ALTER FUNCTION", ddl},
	"CreateStmt":           {passes, "CREATE TABLE", "a temporary table that shadows a policy table is remembered on the connection"},
	"DropStmt":             {passes, "DROP", "the table goes with its deleted rows"},
	"DiscardStmt":          {passes, "DISCARD", sessionOnly},
	"DeallocateStmt":       {passes, "DEALLOCATE", sessionOnly},
	"LockStmt":             {passes, "LOCK", "locks tables, not rows"},
	"RefreshMatViewStmt":   {passes, "REFRESH MATERIALIZED VIEW", "the definition was filtered when the view was created"},
	"CreatePolicyStmt":     {inspects, "CREATE POLICY", "refused when a sub-select in it reads a policy table"},
	"AlterPolicyStmt":      {inspects, "ALTER POLICY", "refused when a sub-select in it reads a policy table"},

	"AlterTableStmt":               {passes, "ALTER TABLE and others", ddl},
	"AlterCollationStmt":           {passes, "ALTER COLLATION", ddl},
	"AlterDatabaseRefreshCollStmt": {passes, "ALTER DATABASE … REFRESH COLLATION VERSION", ddl},
	"AlterDatabaseStmt":            {passes, "ALTER DATABASE", ddl},
	"AlterDefaultPrivilegesStmt":   {passes, "ALTER DEFAULT PRIVILEGES", ddl},
	"AlterDomainStmt":              {passes, "ALTER DOMAIN", ddl},
	"AlterEnumStmt":                {passes, "ALTER TYPE … ADD VALUE", ddl},
	"AlterEventTrigStmt":           {passes, "ALTER EVENT TRIGGER", ddl},
	"AlterExtensionContentsStmt":   {passes, "ALTER EXTENSION … ADD", ddl},
	"AlterExtensionStmt":           {passes, "ALTER EXTENSION", ddl},
	"AlterFdwStmt":                 {passes, "ALTER FOREIGN DATA WRAPPER", ddl},
	"AlterForeignServerStmt":       {passes, "ALTER SERVER", ddl},
	"AlterObjectDependsStmt":       {passes, "ALTER … DEPENDS ON", ddl},
	"AlterObjectSchemaStmt":        {passes, "ALTER … SET SCHEMA", ddl},
	"AlterOpFamilyStmt":            {passes, "ALTER OPERATOR FAMILY", ddl},
	"AlterOperatorStmt":            {passes, "ALTER OPERATOR", ddl},
	"AlterOwnerStmt":               {passes, "ALTER … OWNER TO", ddl},
	"AlterPublicationStmt":         {passes, "ALTER PUBLICATION", ddl},
	"AlterRoleStmt":                {passes, "ALTER ROLE", ddl},
	"AlterSeqStmt":                 {passes, "ALTER SEQUENCE", ddl},
	"AlterStatsStmt":               {passes, "ALTER STATISTICS", ddl},
	"AlterSubscriptionStmt":        {passes, "ALTER SUBSCRIPTION", ddl},
	"AlterTableMoveAllStmt":        {passes, "ALTER TABLE ALL IN TABLESPACE", ddl},
	"AlterTableSpaceOptionsStmt":   {passes, "ALTER TABLESPACE", ddl},
	"AlterTSConfigurationStmt":     {passes, "ALTER TEXT SEARCH CONFIGURATION", ddl},
	"AlterTSDictionaryStmt":        {passes, "ALTER TEXT SEARCH DICTIONARY", ddl},
	"AlterTypeStmt":                {passes, "ALTER TYPE", ddl},
	"AlterUserMappingStmt":         {passes, "ALTER USER MAPPING", ddl},
	"CheckPointStmt":               {passes, "CHECKPOINT", admin},
	"ClosePortalStmt":              {passes, "CLOSE", sessionOnly},
	"ClusterStmt":                  {passes, "CLUSTER", admin},
	"CommentStmt":                  {passes, "COMMENT", ddl},
	"CompositeTypeStmt":            {passes, "CREATE TYPE … AS", ddl},
	"ConstraintsSetStmt":           {passes, "SET CONSTRAINTS", sessionOnly},
	"CreateAmStmt":                 {passes, "CREATE ACCESS METHOD", ddl},
	"CreateCastStmt":               {passes, "CREATE CAST", ddl},
	"CreateConversionStmt":         {passes, "CREATE CONVERSION", ddl},
	"CreateDomainStmt":             {passes, "CREATE DOMAIN", ddl},
	"CreateEnumStmt":               {passes, "CREATE TYPE … AS ENUM", ddl},
	"CreateEventTrigStmt":          {passes, "CREATE EVENT TRIGGER", ddl},
	"CreateExtensionStmt":          {passes, "CREATE EXTENSION", ddl},
	"CreateFdwStmt":                {passes, "CREATE FOREIGN DATA WRAPPER", ddl},
	"CreateForeignServerStmt":      {passes, "CREATE SERVER", ddl},
	"CreateForeignTableStmt":       {passes, "CREATE FOREIGN TABLE", ddl},
	"CreateOpClassStmt":            {passes, "CREATE OPERATOR CLASS", ddl},
	"CreateOpFamilyStmt":           {passes, "CREATE OPERATOR FAMILY", ddl},
	"CreatePLangStmt":              {passes, "CREATE LANGUAGE", ddl},
	"CreatePublicationStmt":        {passes, "CREATE PUBLICATION", ddl},
	"CreateRangeStmt":              {passes, "CREATE TYPE … AS RANGE", ddl},
	"CreateRoleStmt":               {passes, "CREATE ROLE", ddl},
	"CreateSeqStmt":                {passes, "CREATE SEQUENCE", ddl},
	"CreateStatsStmt":              {passes, "CREATE STATISTICS", ddl},
	"CreateSubscriptionStmt":       {passes, "CREATE SUBSCRIPTION", ddl},
	"CreateTableSpaceStmt":         {passes, "CREATE TABLESPACE", ddl},
	"CreateTransformStmt":          {passes, "CREATE TRANSFORM", ddl},
	"CreateTrigStmt":               {passes, "CREATE TRIGGER", ddl},
	"CreateUserMappingStmt":        {passes, "CREATE USER MAPPING", ddl},
	"CreatedbStmt":                 {passes, "CREATE DATABASE", ddl},
	"DefineStmt":                   {passes, "CREATE AGGREGATE, OPERATOR, TYPE, …", ddl},
	"DropOwnedStmt":                {passes, "DROP OWNED", ddl},
	"DropRoleStmt":                 {passes, "DROP ROLE", ddl},
	"DropSubscriptionStmt":         {passes, "DROP SUBSCRIPTION", ddl},
	"DropTableSpaceStmt":           {passes, "DROP TABLESPACE", ddl},
	"DropUserMappingStmt":          {passes, "DROP USER MAPPING", ddl},
	"DropdbStmt":                   {passes, "DROP DATABASE", ddl},
	"FetchStmt":                    {inspects, "FETCH, MOVE", "refused under another scope than the one that declared the cursor on this connection"},
	"GrantRoleStmt":                {passes, "GRANT role", ddl},
	"GrantStmt":                    {passes, "GRANT, REVOKE", ddl},
	"ImportForeignSchemaStmt":      {passes, "IMPORT FOREIGN SCHEMA", ddl},
	"IndexStmt":                    {passes, "CREATE INDEX", ddl},
	"ListenStmt":                   {passes, "LISTEN", sessionOnly},
	"LoadStmt":                     {passes, "LOAD", sessionOnly},
	"NotifyStmt":                   {passes, "NOTIFY", sessionOnly},
	"ReassignOwnedStmt":            {passes, "REASSIGN OWNED", ddl},
	"ReindexStmt":                  {passes, "REINDEX", admin},
	"RenameStmt":                   {passes, "ALTER … RENAME", ddl},
	"ReplicaIdentityStmt":          {never, "ALTER TABLE … REPLICA IDENTITY", "stands within ALTER TABLE"},
	"SecLabelStmt":                 {passes, "SECURITY LABEL", ddl},
	"TransactionStmt":              {passes, "BEGIN, COMMIT, ROLLBACK, SAVEPOINT, …", sessionOnly},
	"UnlistenStmt":                 {passes, "UNLISTEN", sessionOnly},
	"VacuumStmt":                   {passes, "VACUUM, ANALYZE", admin},
	"VariableShowStmt":             {passes, "SHOW", sessionOnly},
	"PLAssignStmt":                 {never, "PL/pgSQL assignment", "stands in PL/pgSQL only"},
	"RawStmt":                      {never, "", "the wrapper around each statement"},
	"ReturnStmt":                   {never, "RETURN", "stands within CREATE FUNCTION"},
	"SetOperationStmt":             {never, "", "made by the server's analysis, not by its parser"},
}

// harmlessNames are the fields in which a table's name may stand without its
// rows being read or deleted, and why. A relation that stands anywhere else, and
// that no rule handles, is refused.
var harmlessNames = map[pgast.Field]string{
	pgast.SelectStmtLockingClause:          "FOR UPDATE OF names items of FROM",
	pgast.LockingClauseLockedRels:          "FOR UPDATE OF names items of FROM",
	pgast.IntoClauseRel:                    "the new table",
	pgast.IntoClauseViewQuery:              "filled in by the server's analysis only",
	pgast.ViewStmtView:                     "the new view",
	pgast.InsertStmtRelation:               "the target: rows are only added",
	pgast.CreateStmtRelation:               "the new table",
	pgast.CreateStmtInhRelations:           ddl,
	pgast.ColumnDefIdentitySequence:        "filled in by the server's analysis only",
	pgast.TableLikeClauseRelation:          "copies a definition, no rows",
	pgast.PartitionCmdName:                 ddl,
	pgast.AlterTableStmtRelation:           ddl,
	pgast.ConstraintPktable:                ddl,
	pgast.CreatePolicyStmtTable:            ddl,
	pgast.AlterPolicyStmtTable:             ddl,
	pgast.CreateTrigStmtRelation:           ddl,
	pgast.CreateTrigStmtConstrrel:          ddl,
	pgast.CreateSeqStmtSequence:            "a sequence",
	pgast.AlterSeqStmtSequence:             "a sequence",
	pgast.IndexStmtRelation:                ddl,
	pgast.CreateStatsStmtRelations:         ddl,
	pgast.RenameStmtRelation:               ddl,
	pgast.AlterObjectDependsStmtRelation:   ddl,
	pgast.AlterObjectSchemaStmtRelation:    ddl,
	pgast.AlterOwnerStmtRelation:           ddl,
	pgast.CompositeTypeStmtTypevar:         "the new type",
	pgast.ClusterStmtRelation:              admin,
	pgast.VacuumRelationRelation:           admin,
	pgast.RefreshMatViewStmtRelation:       "a materialized view",
	pgast.ReindexStmtRelation:              admin,
	pgast.PublicationTableRelation:         ddl,
	pgast.LockStmtRelations:                "locks the table, not rows",
	pgast.GrantStmtObjects:                 ddl,
	pgast.ImportForeignSchemaStmtTableList: ddl,
	pgast.ConstraintsSetStmtConstraints:    "names of constraints",
	pgast.SecLabelStmtObject:               ddl,
	pgast.CommentStmtObject:                ddl,
}

// statement rewrites the statement that n holds. Where it becomes another kind
// of statement, n is changed.
func (j *job) statement(n *pg.Node, e *scopeNames) {
	if j.err != nil {
		return
	}
	m := pgast.Unwrap(n)
	outer := j.kind
	defer func() { j.kind = outer }()
	j.here, j.next = j.next, nil
	k, known := kinds[kindName(m)]
	j.kind = firstSpelling(k.sql)
	j.schema(m, n == j.top)
	switch m := m.(type) {
	case *pg.SelectStmt:
		j.selectStatement(m, e, false)
	case *pg.InsertStmt:
		j.insertStatement(n, m, e)
	case *pg.UpdateStmt:
		j.updateStatement(n, m, e)
	case *pg.DeleteStmt:
		j.deleteStatement(n, m, e)
	case *pg.MergeStmt:
		j.mergeStatement(m, e)
	case *pg.CopyStmt:
		j.copyStatement(m, e)
	case *pg.TruncateStmt:
		j.truncateStatement(m)
	case *pg.ExplainStmt:
		effects, temp := j.effects, maps.Clone(j.temp)
		j.inspect(m, pgast.ExplainStmtQuery)
		j.statement(m.Query, e)
		if !analyzes(m) {
			j.effects, j.temp = effects, temp // nothing was made
		}
	case *pg.PrepareStmt:
		j.inspect(m, pgast.PrepareStmtQuery)
		// Its parameters get their values from EXECUTE, unseen.
		judged, mustLive, noRows := j.judged, len(j.mustLive), j.noRows
		j.prepares = m.Query
		verb := commandVerb(m.Query) // before the statement becomes another
		j.statement(m.Query, e)
		silent := j.noRows && !noRows
		j.prepares, j.noRows = nil, noRows
		if len(j.judged) > len(judged) {
			j.refuse(0, j.judged[len(judged)].table, "PREPARE of an UPDATE that sets the marker to a parameter, whose value is not seen",
				"write a constant or now(), or let database/sql prepare it")
		}
		if j.judged = judged; len(j.mustLive) > mustLive {
			j.refuse(0, j.mustLive[mustLive].table, "an upsert of the marker cannot be prepared with PREPARE, for its parameters are not seen",
				"send it by itself, or leave the marker out of DO UPDATE SET")
		}
		j.fix("prepared "+m.Name, true)
		j.effect(effect{prepare: m.Name, silent: silent, verb: verb})
	case *pg.ExecuteStmt:
		j.checks = len(j.r.tables.foreignKeys) > 0 // what was prepared may have some
		if !j.fixed["prepared "+m.Name] {
			j.executes = append(j.executes, m.Name)
		}
		j.inspect(m)
	case *pg.DeclareCursorStmt:
		j.inspect(m, pgast.DeclareCursorStmtQuery)
		j.statement(m.Query, e)
		j.fix("cursor "+m.Portalname, true)
		const cursorHold = 0x20 // CURSOR_OPT_HOLD
		j.effect(effect{declare: m.Portalname, hold: m.Options&cursorHold != 0})
	case *pg.ClosePortalStmt:
		j.inspect(m)
		j.effect(effect{closeCursor: m.Portalname, closeAll: m.Portalname == ""})
	case *pg.FetchStmt:
		if !j.fixed["cursor "+m.Portalname] {
			j.fetches = append(j.fetches, m.Portalname)
		}
		j.inspect(m)
	case *pg.CreateTableAsStmt:
		j.inspect(m, pgast.CreateTableAsStmtQuery)
		j.statement(m.Query, e)
		if rel := m.Into.GetRel(); rel != nil {
			j.created(rel)
		}
	case *pg.ViewStmt:
		if s := m.Query.GetSelectStmt(); s != nil {
			j.inspect(m, pgast.ViewStmtQuery)
			j.selectStatement(s, e, true)
		} else {
			j.inspect(m)
		}
		if m.View != nil {
			j.created(m.View)
		}
	case *pg.CreateSchemaStmt:
		j.inspect(m, pgast.CreateSchemaStmtSchemaElts)
		for _, el := range m.SchemaElts {
			j.statement(el, e)
		}
	case *pg.CreateStmt:
		j.inspect(m)
		if m.Relation != nil {
			j.created(m.Relation)
		}
	case *pg.DropStmt:
		j.inspect(m)
		j.dropped(m)
	case *pg.DiscardStmt:
		j.inspect(m)
		j.effect(effect{
			discardTemp:   m.Target == pg.DiscardMode_DISCARD_ALL || m.Target == pg.DiscardMode_DISCARD_TEMP,
			deallocateAll: m.Target == pg.DiscardMode_DISCARD_ALL,
			closeAll:      m.Target == pg.DiscardMode_DISCARD_ALL,
		})
		j.fixed = nil
	case *pg.DeallocateStmt:
		j.inspect(m)
		if j.fix("prepared "+m.Name, false); m.Name == "" {
			j.fixed = nil
		}
		j.effect(effect{deallocate: m.Name, deallocateAll: m.Name == ""})
	case *pg.DoStmt:
		j.block(m)
		j.inspect(m)
	case *pg.CreateFunctionStmt:
		j.body(m.Options)
		j.inspect(m)
	case *pg.RuleStmt:
		if t := j.touches(m); t != nil {
			j.refuse(m.Relation.GetLocation(), t, "a rule changes what statements on the table do, behind the rewriter's back",
				"use a trigger, or a connection without the driver")
		}
	case *pg.VariableSetStmt:
		j.variableSet(m)
		j.inspect(m)
	case *pg.AlterSystemStmt:
		j.variableSet(m.Setstmt)
		j.inspect(m)
	case *pg.AlterRoleSetStmt:
		j.variableSet(m.Setstmt)
		j.inspect(m)
	case *pg.AlterDatabaseSetStmt:
		j.variableSet(m.Setstmt)
		j.inspect(m)
	default:
		if !known {
			if t := j.touches(m); t != nil {
				j.refuse(0, t, fmt.Sprintf("%T is a kind of statement that the rewriter does not know", m), reportBug)
			}
			return
		}
		j.inspect(m)
	}
}

// analyzes reports whether EXPLAIN executes its statement.
func analyzes(s *pg.ExplainStmt) bool {
	for _, o := range s.Options {
		if o.GetDefElem().GetDefname() == "analyze" {
			return true // or ANALYZE false; taking it for true only forgets less
		}
	}
	return false
}

// inspect refuses a statement that we pass on as it is when a query in it
// touches a policy table, or when a relation stands where none should.
func (j *job) inspect(m any, skip ...pgast.Field) {
	known := pgast.Children(m, func(f pgast.Field, _ *pg.Node, child any) {
		if slices.Contains(skip, f) {
			return
		}
		switch c := child.(type) {
		case *pg.SelectStmt, *pg.InsertStmt, *pg.UpdateStmt, *pg.DeleteStmt, *pg.MergeStmt:
			if t := j.touches(c); t != nil {
				j.refuse(0, t, "a query inside this kind of statement cannot be filtered",
					"use a connection without the driver for it, with the live predicate written out")
			}
		case *pg.RangeVar:
			j.stray(f, c)
		case *pg.FuncCall:
			j.function(c)
			j.inspect(c)
		case *pg.A_Indirection:
			j.attribute(c.Indirection)
			j.inspect(c)
		case *pg.ColumnRef:
			j.attribute(c.Fields[min(1, len(c.Fields)):])
			j.inspect(c)
		default:
			j.inspect(c)
		}
	})
	if !known {
		j.refuse(0, nil, fmt.Sprintf("%T is a kind of node that the rewriter does not know", m), reportBug)
	}
}

// stray refuses a policy table that stands where no rule expects a relation.
func (j *job) stray(f pgast.Field, rv *pg.RangeVar) {
	if _, harmless := harmlessNames[f]; harmless {
		return
	}
	if ref := j.resolve(rv); ref.entry() != nil {
		j.refuse(rv.Location, ref.entry(), fmt.Sprintf("the table stands in %s, where the rewriter does not expect one", f), reportBug)
	}
}

// touches returns a policy table that stands anywhere below m, or nil. WITH
// names are not considered: it says yes too often, never no too often.
func (j *job) touches(m any) *table {
	var found *table
	var walk func(m any)
	walk = func(m any) {
		if rv, ok := m.(*pg.RangeVar); ok {
			if t := j.r.tables.find(rv.Schemaname, rv.Relname); len(t) > 0 {
				found = t[0]
			}
		}
		pgast.Children(m, func(_ pgast.Field, _ *pg.Node, child any) { walk(child) })
	}
	walk(m)
	return found
}

// kindName is pg_query's name for a message, such as "SelectStmt".
func kindName(m any) string {
	name := fmt.Sprintf("%T", m)
	return name[strings.LastIndexByte(name, '.')+1:]
}

// firstSpelling is the first name of a kind that has several.
func firstSpelling(sql string) string {
	name, _, _ := strings.Cut(sql, ",")
	return name
}
