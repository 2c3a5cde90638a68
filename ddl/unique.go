package ddl

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/internal/lex"
)

// A unique key over all rows lets a deleted row block a new one. It becomes a unique
// index over the live rows: built beside the old one under a name of its own, it
// takes the other's place and name in one short transaction.

// uniqueKeys replaces the keys that can be, and notes the others.
func (b *planner) uniqueKeys() {
	for _, r := range b.marked() {
		for _, ix := range r.Indexes {
			if ix.Parent != 0 || !b.isFullKey(r, ix) {
				continue
			}
			if why := b.stays(r, ix); why != "" {
				b.note("%s %s of %s stays: %s.", ix.kind(), ix.Name, r.display(), why)
				continue
			}
			b.swap(r, ix)
		}
	}
}

// isFullKey reports whether the index is a key of all rows other than the primary one.
func (b *planner) isFullKey(r *relation, ix *index) bool {
	return (ix.Unique || ix.Exclusion) && !ix.Primary && ix.Valid && ix.Predicate == "" && !b.isTwinIndex(r, ix)
}

// isReplaced reports whether the index, or the one that it is a part of, becomes one
// of live rows.
func (b *planner) isReplaced(r *relation, ix *index) bool {
	for _, parent := range r.parents {
		for _, whole := range parent.Indexes {
			if ix.Parent != 0 && whole.OID == ix.Parent {
				return b.isReplaced(parent, whole)
			}
		}
	}
	t, soft := b.table[r]
	return soft && !isArchive(t) && ix.Parent == 0 && b.isFullKey(r, ix) && b.stays(r, ix) == ""
}

func (ix *index) kind() string {
	switch {
	case ix.Exclusion:
		return "The exclusion constraint"
	case ix.Constraint != "":
		return "The unique constraint"
	default:
		return "The unique index"
	}
}

// stays says why a key cannot be replaced, "" if it can.
func (b *planner) stays(r *relation, ix *index) string {
	nodes := b.indexTree(r, ix)
	any := func(is func(*index) bool) bool {
		return slices.ContainsFunc(nodes, func(n *indexNode) bool { return n.ix != nil && is(n.ix) })
	}
	const blocks = "a deleted row keeps its key, see on_blocked"
	switch {
	case !strings.HasPrefix(ix.Def, ix.Head):
		return "its definition is not understood: " + ix.Def
	case slices.Contains(ix.Uses, markerColumn(b.table[r])):
		if b.table[r].Marker == softdelete.Timestamp && ix.Distinct {
			return fmt.Sprintf("it has the marker %s among its columns, which is NULL in live rows, so that it lets equal live rows in", markerColumn(b.table[r]))
		}
		return "it has the marker among its columns"
	case ix.Exclusion:
		return "declare it with WHERE (" + live(b.table[r]) + ") to make it one of live rows"
	case any(func(x *index) bool { return x.Referenced }):
		return "a foreign key refers to it; " + blocks
	case b.identifies(r, ix):
		return "the policy tells rows apart by it, and there is no primary key that would do; " + blocks
	case !ix.Immediate:
		return "it is DEFERRABLE, which no partial index can be; " + blocks
	case any(func(x *index) bool { return x.Replica }):
		return "it is the table's replica identity; " + blocks
	}
	for _, n := range nodes {
		if n.ix.Dependent != "" {
			return fmt.Sprintf("%s depends on it; %s", n.ix.Dependent, blocks)
		}
	}
	return ""
}

// identifies reports whether the index is what makes the policy's key of the table one.
func (b *planner) identifies(r *relation, ix *index) bool {
	key := b.table[r].PrimaryKey
	if len(key) == 0 {
		key = []string{"id"}
	}
	within := func(x *index) bool {
		return !slices.ContainsFunc(x.Columns, func(name string) bool { return !slices.Contains(key, name) })
	}
	return within(ix) && !slices.ContainsFunc(r.Indexes, func(x *index) bool { return x.Primary && within(x) })
}

// indexNode is an index of a table or of one of its partitions.
type indexNode struct {
	rel    *relation
	ix     *index // nil for one that is yet to be made
	up     *indexNode
	tmp    string // the name beside the old one
	def    string // without name and table: USING btree (email)
	unique bool
}

// indexTree returns the index, and those of the partitions, parents first.
func (b *planner) indexTree(r *relation, ix *index) []*indexNode {
	nodes := []*indexNode{{rel: r, ix: ix, unique: ix.Unique, def: ix.definition()}}
	for i := 0; i < len(nodes); i++ {
		for _, child := range nodes[i].rel.children {
			for _, x := range child.Indexes {
				if x.Parent == nodes[i].ix.OID {
					nodes = append(nodes, &indexNode{rel: child, ix: x, up: nodes[i], unique: x.Unique, def: x.definition()})
				}
			}
		}
	}
	return nodes
}

// definition is what pg_get_indexdef has behind the table's name, and the tablespace.
func (ix *index) definition() string {
	def := strings.TrimPrefix(ix.Def, ix.Head)
	if ix.Space != "" {
		def += " TABLESPACE " + lex.QuoteIdent(ix.Space)
	}
	return def
}

// create is the statement that makes the index under a name. On a partitioned table
// it makes the whole's, which is to be attached to.
func (n *indexNode) create(name, where string) string {
	var sql strings.Builder
	sql.WriteString("CREATE ")
	if n.unique {
		sql.WriteString("UNIQUE ")
	}
	sql.WriteString("INDEX ")
	if n.leaf() {
		sql.WriteString("CONCURRENTLY ")
	}
	sql.WriteString(lex.QuoteIdent(name) + " ON ")
	if !n.leaf() {
		sql.WriteString("ONLY ")
	}
	sql.WriteString(n.rel.sql() + " " + n.def)
	if where != "" {
		sql.WriteString(" WHERE " + where)
	}
	return sql.String()
}

func (n *indexNode) leaf() bool { return n.rel.Kind != "p" }

// qualified is an index of the node's schema.
func (n *indexNode) qualified(name string) string {
	return lex.QuoteIdent(n.rel.Schema) + "." + lex.QuoteIdent(name)
}

func (n *indexNode) rename(from, to string) string {
	return "ALTER INDEX " + n.qualified(from) + " RENAME TO " + lex.QuoteIdent(to)
}

// build makes the indexes of all nodes under the names that name gives them: without
// a lock that anyone waits for, but for the empty ones of partitioned tables.
func (b *planner) build(nodes []*indexNode, why, where string, name func(*indexNode) string) []Statement {
	var made []Statement
	var wholes, attach []string
	for _, n := range nodes {
		if !n.leaf() {
			wholes = append(wholes, n.create(name(n), where))
		}
	}
	if len(wholes) > 0 {
		made = append(made, b.tx(why+" On a partitioned table it is built partition by partition.", wholes...))
	}
	for _, n := range nodes {
		if n.leaf() {
			made = append(made, alone(why, n.create(name(n), where)))
		}
	}
	for _, n := range slices.Backward(nodes) {
		if n.up != nil {
			attach = append(attach, "ALTER INDEX "+n.up.qualified(name(n.up))+" ATTACH PARTITION "+n.qualified(name(n)))
		}
	}
	if len(attach) > 0 {
		made = append(made, b.tx("The partitions' indexes become parts of the whole one.", attach...))
	}
	return made
}

// swap replaces a unique key by one of live rows.
func (b *planner) swap(r *relation, ix *index) {
	t := b.table[r]
	nodes := b.indexTree(r, ix)
	for _, n := range nodes {
		n.tmp = b.free(n.rel.Schema, n.ix.Name, newSuffix)
	}
	what := fmt.Sprintf("%s %s of %s", strings.ToLower(ix.kind()[:1])+ix.kind()[1:], ix.Name, r.display())
	temporary := func(n *indexNode) string { return n.tmp }
	up := b.build(nodes, "To take the place of "+what+": unique among live rows only.", live(t), temporary)
	up = append(up, b.marks(nodes)...)
	up = append(up, b.takePlace(nodes, what)...)
	b.step(up, b.takeBack(nodes, what))
	if !slices.Contains(b.added, r) {
		b.dups = append(b.dups, duplicates(r, ix))
	}
}

// marks gives the new indexes the comments and the statistics targets of the old ones.
func (b *planner) marks(nodes []*indexNode) []Statement {
	var sql []string
	for _, n := range nodes {
		if c := n.ix.Comment + n.ix.ConComment; c != "" {
			sql = append(sql, "COMMENT ON INDEX "+n.qualified(n.tmp)+" IS "+literal(c))
		}
		sql = append(sql, n.statistics(n.tmp)...)
	}
	if sql == nil {
		return nil
	}
	return []Statement{b.tx("Comments and statistics targets go along.", sql...)}
}

// statistics gives the index of the name the targets that the node's has.
func (n *indexNode) statistics(name string) (sql []string) {
	for _, s := range n.ix.Statistics {
		sql = append(sql, fmt.Sprintf("ALTER INDEX %s ALTER COLUMN %d SET STATISTICS %d", n.qualified(name), s.Column, s.Target))
	}
	return sql
}

// takePlace removes the old index and gives its name to the new one.
func (b *planner) takePlace(nodes []*indexNode, what string) (up []Statement) {
	root := nodes[0]
	var swap []string
	switch {
	case root.ix.Constraint != "":
		swap = append(swap, "ALTER TABLE "+root.rel.sql()+" DROP CONSTRAINT "+lex.QuoteIdent(root.ix.Constraint))
	case root.leaf() && root.tmp == root.ix.Name+newSuffix && !tight(root.tmp):
		// Should it end here, the name tells the next plan what is left to do.
		up = append(up, alone("The old index goes.", "DROP INDEX CONCURRENTLY "+root.qualified(root.ix.Name)))
	default:
		swap = append(swap, "DROP INDEX "+root.qualified(root.ix.Name))
	}
	for _, n := range nodes {
		swap = append(swap, n.rename(n.tmp, n.ix.Name))
	}
	why := "The new index takes the name of " + what + "."
	if root.ix.Constraint != "" {
		why += " ON CONFLICT (column) finds it; ON CONFLICT ON CONSTRAINT cannot name an index."
	}
	return append(up, b.tx(why, swap...))
}

// takeBack builds the old index again, and makes it the constraint that it was.
func (b *planner) takeBack(nodes []*indexNode, what string) []Statement {
	var down []Statement
	root := nodes[0]
	swap := []string{"DROP INDEX " + root.qualified(root.ix.Name)}
	var attach []string
	for _, n := range nodes {
		if n.leaf() {
			down = append(down, alone("Unique among all rows again: "+what+".", n.create(n.tmp, "")))
			swap = append(swap, n.rename(n.tmp, n.ix.Name))
		}
	}
	for _, n := range nodes {
		swap = append(swap, n.constrain()...)
		if n.up != nil {
			attach = append(attach, "ALTER INDEX "+n.up.qualified(n.up.ix.Name)+" ATTACH PARTITION "+n.qualified(n.ix.Name))
		}
	}
	slices.Reverse(attach)
	return append(down, b.tx("It takes its place.", append(swap, attach...)...))
}

// constrain makes of a node's index what it was.
func (n *indexNode) constrain() (sql []string) {
	name, table := lex.QuoteIdent(n.ix.Constraint), n.rel.sql()
	switch {
	case n.ix.Constraint != "" && n.leaf():
		sql = append(sql, "ALTER TABLE "+table+" ADD CONSTRAINT "+name+" UNIQUE USING INDEX "+lex.QuoteIdent(n.ix.Name))
	case n.ix.Constraint != "":
		sql = append(sql, "ALTER TABLE ONLY "+table+" ADD CONSTRAINT "+name+" "+n.ix.constraint())
	case !n.leaf():
		sql = append(sql, n.create(n.ix.Name, ""))
	}
	if n.ix.Clustered {
		sql = append(sql, "ALTER TABLE "+table+" CLUSTER ON "+lex.QuoteIdent(n.ix.Name))
	}
	sql = append(sql, n.statistics(n.ix.Name)...)
	if n.ix.Comment != "" {
		sql = append(sql, "COMMENT ON INDEX "+n.qualified(n.ix.Name)+" IS "+literal(n.ix.Comment))
	}
	if n.ix.ConComment != "" {
		sql = append(sql, "COMMENT ON CONSTRAINT "+name+" ON "+table+" IS "+literal(n.ix.ConComment))
	}
	return sql
}

// constraint is the definition of a constraint whose index is made with it.
func (ix *index) constraint() string {
	def := ix.ConDef
	if len(ix.Options) > 0 {
		def += " WITH (" + strings.Join(ix.Options, ", ") + ")"
	}
	if ix.Space != "" {
		def += " USING INDEX TABLESPACE " + lex.QuoteIdent(ix.Space)
	}
	return def
}

// duplicates is a check for rows that a unique key over all rows would not accept.
func duplicates(r *relation, ix *index) string {
	keys := strings.Join(ix.Keys, ", ")
	where := ""
	if ix.Distinct {
		var given []string
		for _, k := range ix.Keys {
			given = append(given, "("+k+") IS NOT NULL")
		}
		where = " WHERE " + strings.Join(given, " AND ")
	}
	only := "ONLY " // an inheritance child's rows are none of a unique key's business
	if r.Kind == "p" {
		only = ""
	}
	return check(fmt.Sprintf("SELECT FROM %s%s%s GROUP BY %s HAVING count(*) > 1", only, r.sql(), where, keys),
		fmt.Sprintf("deleted rows of %s have the key of other rows in %s: delete them for good first", r.display(), ix.Name))
}

// newSuffix ends the name of an index that is to take the place of another.
const newSuffix = "_sdnew"

const maxIdentifier = 63

// clipped is the name with the suffix, as long as a name may be.
func clipped(name, suffix string) string {
	for len(name)+len(suffix) > maxIdentifier {
		_, size := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-size]
	}
	return name + suffix
}

// tight reports whether a name may have been clipped, so that it does not tell the
// name of the index whose place it was to take.
func tight(name string) bool { return len(name) > maxIdentifier-utf8.UTFMax }

// isCounter reports whether free puts the text behind a suffix.
func isCounter(text string) bool {
	n, err := strconv.Atoi(text)
	return err == nil && n > 0 && strconv.Itoa(n) == text
}

// free returns a name that nothing in the schema has, and takes it.
func (b *planner) free(schema, name, suffix string) string {
	found := clipped(name, suffix)
	for i := 1; slices.Contains(b.Names[schema], found); i++ {
		found = clipped(name, fmt.Sprintf("%s%d", suffix, i))
	}
	b.Names[schema] = append(b.Names[schema], found)
	return found
}

// leftovers removes what an interrupted migration left behind: indexes that were to
// take the place of others. One whose old index is gone already gets its name.
func (b *planner) leftovers() {
	for _, r := range b.order {
		for _, ix := range r.Indexes {
			old, isNew := strings.CutSuffix(ix.Name, newSuffix)
			_, number, isNumbered := strings.Cut(ix.Name, newSuffix)
			if !isNew && !(isNumbered && isCounter(number)) {
				continue
			}
			if ix.Parent != 0 { // it goes with the whole one
				b.forget(r.Schema, ix.Name)
				continue
			}
			n := &indexNode{rel: r, ix: ix}
			if isNew && ix.Valid && !slices.Contains(b.Names[r.Schema], old) && !tight(ix.Name) {
				b.step([]Statement{b.tx("An interrupted migration left this to do.", n.rename(ix.Name, old))},
					[]Statement{b.tx("It gets the name that it had.", n.rename(old, ix.Name))})
				continue
			}
			b.step([]Statement{b.drop(n, ix.Name, "An interrupted migration left it behind.")}, nil)
		}
	}
}

// drop is the statement that drops an index, whose name is then free.
func (b *planner) drop(n *indexNode, name, why string) Statement {
	b.forget(n.rel.Schema, name)
	if !n.leaf() {
		return b.tx(why, "DROP INDEX "+n.qualified(name))
	}
	return alone(why, "DROP INDEX CONCURRENTLY "+n.qualified(name))
}

func (b *planner) forget(schema, name string) {
	b.Names[schema] = slices.DeleteFunc(b.Names[schema], func(n string) bool { return n == name })
}
