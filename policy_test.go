package softdelete

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
)

func TestValidateAccepts(t *testing.T) {
	for _, tables := range [][]Table{
		{{Name: "users"}},
		{{Name: "users"}, {Name: "Users"}, {Name: "billing.users"}}, // three tables
		{{Name: "*.users"}, {Name: "billing.invoices"}},
		{{Name: `"my schema"."My.Table"`, Column: "Deleted At", PrimaryKey: []string{"a", "A"}}},
		{{Name: "order items"}, {Name: "çà"}, {Name: strings.Repeat("x", 63)}},
		{{Name: "users", Marker: UnixNanos, PrimaryKey: []string{}}},
	} {
		if err := (Policy{Tables: tables}).Validate(); err != nil {
			t.Errorf("%v: %v", tables, err)
		}
	}
	if err := (Policy{Discover: true}).Validate(); err != nil {
		t.Errorf("tables from the database: %v", err)
	}
}

func TestValidateRefuses(t *testing.T) {
	long := strings.Repeat("x", 64)
	tests := []struct {
		name string
		p    Policy
		want []string // without "softdelete: policy: "
	}{
		{"no table", Policy{}, []string{
			"tables: the policy names no table; name one, such as: tables: [{name: users}]",
		}},
		{"values that are no constants", Policy{Tables: []Table{{Name: "t", Marker: 5, Mode: 2, OnBlocked: 9}}}, []string{
			"tables[0].marker: Marker(5) does not exist; use one of the constants for timestamp, flag, unix_seconds, unix_millis, unix_nanos",
			"tables[0].mode: Mode(2) does not exist; use one of the constants for mark, archive",
			"tables[0].on_blocked: Blocked(9) does not exist; use one of the constants for error, phoenix",
		}},
		{"one column for two purposes", Policy{Tables: []Table{{Name: "t", DeletedBy: "deleted_at", Reason: "why", DeletionID: "why"}}}, []string{
			`tables[0].deleted_by: column "deleted_at" already serves as column; name a column of its own for each purpose`,
			`tables[0].reason: column "why" already serves as deletion_id; name a column of its own for each purpose`,
		}},
		{"negative retention", Policy{Tables: []Table{{Name: "t", KeepFor: Duration(-36 * time.Hour)}}}, []string{
			"tables[0].keep_for: -1d12h is negative; write how long deleted rows are kept, such as 90d",
		}},
		{"columns that cannot exist", Policy{Tables: []Table{{Name: "t", Column: long, PrimaryKey: []string{"a\x00", "\xff", ""}, Hidden: []string{"h", "h"}}}}, []string{
			`tables[0].column: "` + long + `" has 64 bytes, and PostgreSQL's names have at most 63; write the name that the database really has (psql's \d shows it)`,
			`tables[0].primary_key[0]: "a\x00" contains a NUL byte, which no PostgreSQL name can; remove it`,
			`tables[0].primary_key[1]: "\xff" is not valid UTF-8; write the name in UTF-8`,
			`tables[0].primary_key[2]: the name "" is blank; write the name as the database has it`,
			`tables[0].hidden[1]: column "h" is named twice; remove one`,
		}},
		{"columns that cannot be hidden", Policy{Tables: []Table{
			{Name: "t", DeletedBy: "who", UpdatedAt: "changed", Hidden: []string{"password", "id", "deleted_at", "who", "changed"}},
			{Name: "u", PrimaryKey: []string{"a"}, Hidden: []string{"id", "a"}},
		}}, []string{
			`tables[0].hidden[1]: column "id" serves as primary_key, which is shown with a deletion; hide other columns only`,
			`tables[0].hidden[2]: column "deleted_at" serves as column, which is shown with a deletion; hide other columns only`,
			`tables[0].hidden[3]: column "who" serves as deleted_by, which is shown with a deletion; hide other columns only`,
			`tables[1].hidden[1]: column "a" serves as primary_key, which is shown with a deletion; hide other columns only`,
		}},
		{"partitions", Policy{
			Tables: []Table{
				{Name: "logs"},
				{Name: "logs_1", PartitionOf: "public.logs"},
				{Name: "logs_1a", PartitionOf: "logs_1"},
				{Name: "logs_2", PartitionOf: "log"},
				{Name: "logs_3", PartitionOf: "logs", Marker: Flag},
				{Name: "logs_4", PartitionOf: "logs."},
				{Name: "self", PartitionOf: "self"},
			},
		}, []string{
			`tables[2].partition_of: "logs_1" is a partition itself, or the same table; name the partitioned table at the top`,
			`tables[3].partition_of: "log" is not in tables; add it, or remove partition_of`,
			`tables[4].partition_of: "logs_3" and "logs" do not have the same mode, column, marker, deletion_id, deleted_by and reason; a partition has the columns of its whole: write the same for both`,
			`tables[5].partition_of: "logs." has an empty part; write a part that contains a dot, a quote or outer spaces in double quotes, and a quote inside as "": billing."my ""table"""`,
			`tables[6].partition_of: "self" is a partition itself, or the same table; name the partitioned table at the top`,
		}},
		{"foreign keys", Policy{
			Tables: []Table{{Name: "t"}},
			ForeignKeys: []ForeignKey{
				{Name: "fk", Table: "*.a", Columns: []string{"x", "y"}, RefTable: "a.b.c", RefColumns: []string{"id"}, OnDelete: 6},
				{Name: long, Table: "a", RefTable: "b"},
				{Table: "a", Columns: []string{"x", "x"}, RefTable: "*.b", RefColumns: []string{"", "y"}, SetColumns: []string{"z", "z"}, PrimaryKey: []string{" "}},
			},
		}, []string{
			`foreign_keys[0].table: "*.a" is not one table; name the schema, or none for public`,
			`foreign_keys[0].ref_table: "a.b.c" has more than one dot; write schema.table; a part that itself contains a dot goes in double quotes: billing."my.table"`,
			"foreign_keys[0].ref_columns: 2 columns refer to 1; name as many columns on both sides, in the same order",
			"foreign_keys[0].on_delete: Action(6) does not exist; use one of the constants for no_action, restrict, cascade, set_null, set_default, keep_visible",
			`foreign_keys[1].name: "` + long + `" has 64 bytes, and PostgreSQL's names have at most 63; write the name that the database really has (psql's \d shows it)`,
			"foreign_keys[1].columns: no column is named; name the columns of the foreign key, in order",
			"foreign_keys[1].ref_columns: no column is named; name the columns of the foreign key, in order",
			`foreign_keys[2].ref_table: "*.b" is not one table; name the schema, or none for public`,
			`foreign_keys[2].columns[1]: column "x" is named twice; remove one`,
			`foreign_keys[2].ref_columns[0]: the name "" is blank; write the name as the database has it`,
			`foreign_keys[2].set_columns[1]: column "z" is named twice; remove one`,
			`foreign_keys[2].primary_key[0]: the name " " is blank; write the name as the database has it`,
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.p.Validate()
			if err == nil {
				t.Fatal("accepted")
			}
			want := "softdelete: policy: " + strings.Join(tt.want, "\nsoftdelete: policy: ")
			if err.Error() != want {
				t.Errorf("got\n%v\nwant\n%s", err, want)
			}
			if _, err := newTableSet(tt.p); err == nil {
				t.Error("newTableSet accepts it")
			}
		})
	}
}

// fkey is a foreign key of one column, changed as the case wants it.
func fkey(child, column, parent string, a Action, changes ...func(*ForeignKey)) ForeignKey {
	f := ForeignKey{Table: child, Columns: []string{column}, RefTable: parent, RefColumns: []string{"id"}, OnDelete: a}
	for _, change := range changes {
		change(&f)
	}
	return f
}

func TestValidateAcceptsForeignKeys(t *testing.T) {
	id := func(names ...string) (tables []Table) {
		for _, n := range names {
			tables = append(tables, Table{Name: n, DeletionID: "deletion_id"})
		}
		return tables
	}
	for _, tt := range []struct {
		name string
		p    Policy
	}{
		{"cascades with deletion ids, whatever the markers", Policy{
			Tables:      []Table{{Name: "users", DeletionID: "d", Marker: Flag}, {Name: "orders", DeletionID: "e", Marker: UnixNanos}},
			ForeignKeys: []ForeignKey{fkey("orders", "user_id", "public.users", Cascade)},
		}},
		{"cascades without, by markers of one kind", Policy{
			Tables:      []Table{{Name: "users", Column: "a", Marker: UnixMillis}, {Name: "orders", Marker: UnixMillis}},
			ForeignKeys: []ForeignKey{fkey("orders", "user_id", "users", Cascade)},
		}},
		{"flags, and nothing that cascades", Policy{
			Tables: []Table{{Name: "users", Marker: Flag}, {Name: "orders"}},
			ForeignKeys: []ForeignKey{
				fkey("orders", "a_id", "users", NoAction), fkey("orders", "b_id", "users", Restrict), fkey("orders", "c_id", "users", KeepVisible),
			},
		}},
		{"a child outside the policy", Policy{
			Journal: true,
			Tables:  id("users"),
			ForeignKeys: []ForeignKey{
				fkey("logs", "a_id", "users", NoAction), fkey("logs", "b_id", "users", SetNull), fkey("logs", "c_id", "users", SetDefault),
			},
		}},
		{"a parent outside the policy", Policy{
			Tables: id("users"),
			ForeignKeys: []ForeignKey{
				fkey("users", "a_id", "countries", NoAction), fkey("users", "b_id", "countries", SetNull), fkey("users", "deleted_by", "countries", SetDefault),
			},
		}},
		{"the journal as a parent", Policy{
			Tables:      id("users"),
			ForeignKeys: []ForeignKey{fkey("users", "deletion_id", "softdelete_deletions", NoAction)},
		}},
		{"replaced keys, told by deletion ids", Policy{
			Journal: true,
			Tables:  []Table{{Name: "users", Marker: Flag, DeletionID: "d"}, {Name: "orders", Marker: UnixSeconds, PrimaryKey: []string{"tenant", "number"}}},
			ForeignKeys: []ForeignKey{
				fkey("orders", "user_id", "users", SetNull),
				fkey("orders", "", "users", SetDefault, func(f *ForeignKey) {
					f.Columns, f.RefColumns, f.SetColumns = []string{"tenant", "seller"}, []string{"tenant", "id"}, []string{"seller"}
				}),
			},
		}},
		{"three defaults", Policy{
			Journal: true,
			Tables:  id("users", "orders", "items"),
			ForeignKeys: []ForeignKey{
				fkey("orders", "a", "users", SetDefault), fkey("orders", "b", "users", SetDefault), fkey("orders", "c", "users", SetDefault),
				fkey("items", "a", "users", SetDefault), fkey("orders", "d", "countries", SetDefault),
			},
		}},
		{"a table that refers to itself, and tables in a circle", Policy{
			Tables: id("staff", "a", "b"),
			ForeignKeys: []ForeignKey{
				fkey("staff", "boss", "staff", Cascade), fkey("a", "b_id", "b", Cascade), fkey("b", "a_id", "a", Cascade),
			},
		}},
		{"every schema", Policy{
			Tables:      id("*.users", "*.orders"),
			ForeignKeys: []ForeignKey{fkey("orders", "user_id", "users", Cascade), fkey("logs", "user_id", "users", NoAction), fkey("orders", "country", "public.countries", NoAction)},
		}},
		{"several schemas", Policy{
			Tables:      id("users", "a.orders", "b.orders"),
			ForeignKeys: []ForeignKey{fkey("a.orders", "user_id", "users", Cascade), fkey("b.orders", "user_id", "users", Cascade), fkey("public.orders", "user_id", "users", NoAction)},
		}},
		{"one name in two tables", Policy{
			Tables: id("users", "orders", "items"),
			ForeignKeys: []ForeignKey{
				fkey("orders", "user_id", "users", Cascade, func(f *ForeignKey) { f.Name = "fk"; f.Twin = "twin" }),
				fkey("items", "user_id", "users", Cascade, func(f *ForeignKey) { f.Name = "fk"; f.Twin = "twin" }),
			},
		}},
		{"a key outside the policy, told twice alike", Policy{
			Tables: id("users"),
			ForeignKeys: []ForeignKey{
				fkey("logs", "a", "users", NoAction, func(f *ForeignKey) { f.PrimaryKey = []string{"x", "y"} }),
				fkey("logs", "b", "users", NoAction, func(f *ForeignKey) { f.PrimaryKey = []string{"x", "y"} }),
				fkey("logs", "c", "users", NoAction),
			},
		}},
	} {
		if err := tt.p.Validate(); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestValidateRefusesForeignKeys(t *testing.T) {
	for _, tt := range []struct {
		name    string
		journal bool
		tables  []Table
		keys    []ForeignKey
		want    []string // without "softdelete: policy: foreign_keys"
	}{
		{
			"a child outside the policy cascades", false,
			[]Table{{Name: "users"}},
			[]ForeignKey{fkey("orders", "user_id", "users", Cascade)},
			[]string{"[0].table: a delete from users would have to destroy rows of orders, which is not in tables; add orders to tables, or set on_delete to another action, such as keep_visible"},
		},
		{
			"a parent outside the policy cascades", false,
			[]Table{{Name: "users"}},
			[]ForeignKey{fkey("users", "country_id", "countries", Cascade)},
			[]string{"[0].ref_table: a delete from countries, which is not in tables, really destroys rows of users; add countries to tables, or take ON DELETE CASCADE off the constraint and set on_delete to what it is then"},
		},
		{
			"keys are replaced without a journal", false,
			[]Table{{Name: "users", DeletionID: "d"}},
			[]ForeignKey{fkey("orders", "a_id", "users", SetNull), fkey("orders", "b_id", "users", SetDefault)},
			[]string{
				"[0].on_delete: set_null replaces keys in orders, and without a journal nobody could put them back; set journal: true, which keeps the old keys, or choose another action, such as keep_visible",
				"[1].on_delete: set_default replaces keys in orders, and without a journal nobody could put them back; set journal: true, which keeps the old keys, or choose another action, such as keep_visible",
			},
		},
		{
			"keys are replaced, and the journal's entry cannot be found", true,
			[]Table{{Name: "users", Marker: Flag}},
			[]ForeignKey{fkey("orders", "a_id", "users", SetNull)},
			[]string{"[0].on_delete: set_null replaces keys in orders, and a restore of users, whose marker is a flag, could not find them in the journal; give users a deletion_id, or a timestamp for its marker"},
		},
		{
			"the parent alone has deletion ids", true,
			[]Table{{Name: "users", DeletionID: "d"}, {Name: "orders"}},
			[]ForeignKey{fkey("orders", "user_id", "users", Cascade)},
			[]string{"[0]: users has a deletion_id and orders has none, so that the deletion of one could not be told in the other; give both a deletion_id, or neither"},
		},
		{
			"the child alone has deletion ids", true,
			[]Table{{Name: "users"}, {Name: "orders", DeletionID: "d"}},
			[]ForeignKey{fkey("orders", "user_id", "users", Cascade)},
			[]string{"[0]: orders has a deletion_id and users has none, so that the deletion of one could not be told in the other; give both a deletion_id, or neither"},
		},
		{
			"a default of a column that two keys have", true,
			[]Table{{Name: "users"}, {Name: "teams"}, {Name: "orders"}},
			[]ForeignKey{fkey("orders", "owner_id", "users", SetDefault), {Name: "second", Table: "orders", Columns: []string{"owner_id"}, RefTable: "teams", RefColumns: []string{"id"}, OnDelete: Cascade}},
			[]string{"[0].on_delete: set_default changes a column by which orders refers to teams too, and what follows from that depends on an order that PostgreSQL does not promise; choose another action, such as set_null"},
		},
		{
			"flags tell nothing", false,
			[]Table{{Name: "users", Marker: Flag}, {Name: "orders", Marker: Flag}},
			[]ForeignKey{fkey("orders", "user_id", "users", Cascade)},
			[]string{"[0]: users and orders have no deletion_id, and a flag does not tell one deletion from another, so that a restore would take too much; give both a deletion_id, or markers that hold a time"},
		},
		{
			"markers that cannot be compared", false,
			[]Table{{Name: "users", Marker: UnixSeconds}, {Name: "orders", Marker: UnixMillis}, {Name: "items", Marker: Flag}},
			[]ForeignKey{fkey("orders", "user_id", "users", Cascade), fkey("items", "order_id", "orders", Cascade)},
			[]string{
				"[0]: users and orders have no deletion_id, and a restore cannot compare unix_seconds with unix_millis; give both a deletion_id, or markers of the same kind",
				"[1]: orders and items have no deletion_id, and a flag does not tell one deletion from another, so that a restore would take too much; give both a deletion_id, or markers that hold a time",
			},
		},
		{
			"columns to set", true,
			[]Table{{Name: "users"}, {Name: "orders", PrimaryKey: []string{"tenant", "number"}}},
			[]ForeignKey{
				fkey("orders", "a_id", "users", SetNull, func(f *ForeignKey) { f.SetColumns = []string{"a_id", "b_id"} }),
				fkey("orders", "b_id", "users", Cascade, func(f *ForeignKey) { f.SetColumns = []string{"b_id"} }),
				fkey("logs", "id", "users", SetDefault),
				fkey("orders", "", "users", SetNull, func(f *ForeignKey) {
					f.Columns, f.RefColumns, f.SetColumns = []string{"tenant", "seller"}, []string{"tenant", "id"}, []string{"seller", "tenant"}
				}),
				fkey("calls", "x", "users", SetNull),
				fkey("calls", "y", "users", NoAction, func(f *ForeignKey) { f.PrimaryKey = []string{"x"} }),
			},
			[]string{
				`[0].set_columns[1]: "b_id" is not a column of the foreign key; name columns of the key only, or leave set_columns out for all of them`,
				"[1].set_columns: cascade sets no columns; remove it, or set on_delete to set_null or set_default",
				`[2].columns[0]: set_default changes "id", which is in the primary key of logs, and the row could not be found again; choose another action, or list the other columns in set_columns`,
				`[3].set_columns[1]: set_null changes "tenant", which is in the primary key of orders, and the row could not be found again; choose another action, or list the other columns in set_columns`,
				`[4].columns[0]: set_null changes "x", which is in the primary key of calls, and the row could not be found again; choose another action, or list the other columns in set_columns`,
			},
		},
		{
			"one name for two constraints", false,
			[]Table{{Name: "users"}, {Name: "orders"}},
			[]ForeignKey{
				fkey("orders", "a_id", "users", NoAction, func(f *ForeignKey) { f.Name = "fk" }),
				fkey("public.orders", "b_id", "users", NoAction, func(f *ForeignKey) { f.Name = "fk" }),
				fkey("orders", "c_id", "users", NoAction),
				fkey("orders", "c_id", "users", NoAction),
				fkey("orders", "d_id", "users", NoAction, func(f *ForeignKey) { f.Twin = "fk" }),
				fkey("logs", "d_id", "users", NoAction, func(f *ForeignKey) { f.Name = "one"; f.Twin = "one" }),
			},
			[]string{
				"[1].name: public.orders already has a constraint \"fk\", at foreign_keys[0]; remove one of the two, or write the names that the database has (psql's \\d shows them)",
				"[3].name: orders already has a constraint \"orders_c_id_fkey\", at foreign_keys[2]; remove one of the two, or write the names that the database has (psql's \\d shows them)",
				"[4].twin: orders already has a constraint \"fk\", at foreign_keys[0]; remove one of the two, or write the names that the database has (psql's \\d shows them)",
				"[5].twin: logs already has a constraint \"one\", at foreign_keys[5]; remove one of the two, or write the names that the database has (psql's \\d shows them)",
			},
		},
		{
			"too many defaults", true,
			[]Table{{Name: "users"}, {Name: "orders"}},
			[]ForeignKey{
				fkey("orders", "a", "users", SetDefault), fkey("orders", "b", "users", SetDefault), fkey("orders", "c", "users", SetDefault),
				fkey("orders", "d", "users", SetDefault), fkey("orders", "e", "users", SetDefault),
			},
			[]string{
				"[3].on_delete: more than 3 foreign keys of orders have set_default, and a delete holds one UPDATE for each combination of them; choose another action for this one, such as set_null",
				"[4].on_delete: more than 3 foreign keys of orders have set_default, and a delete holds one UPDATE for each combination of them; choose another action for this one, such as set_null",
			},
		},
		{
			"references to what a delete changes", false,
			[]Table{{Name: "users", DeletionID: "d", DeletedBy: "who", Reason: "why"}, {Name: "orders", Column: "gone"}},
			[]ForeignKey{
				{Table: "orders", Columns: []string{"a", "b", "c", "e", "f"}, RefTable: "users", RefColumns: []string{"id", "deleted_at", "d", "who", "why"}},
				{Table: "logs", Columns: []string{"a", "b"}, RefTable: "orders", RefColumns: []string{"deleted_at", "gone"}},
			},
			[]string{
				`[0].ref_columns[1]: a delete changes "deleted_at" of users, and its children would no longer refer to it; refer to columns that a delete leaves alone, or keep another column for deletes`,
				`[0].ref_columns[2]: a delete changes "d" of users, and its children would no longer refer to it; refer to columns that a delete leaves alone, or keep another column for deletes`,
				`[0].ref_columns[3]: a delete changes "who" of users, and its children would no longer refer to it; refer to columns that a delete leaves alone, or keep another column for deletes`,
				`[0].ref_columns[4]: a delete changes "why" of users, and its children would no longer refer to it; refer to columns that a delete leaves alone, or keep another column for deletes`,
				`[1].ref_columns[1]: a delete changes "gone" of orders, and its children would no longer refer to it; refer to columns that a delete leaves alone, or keep another column for deletes`,
			},
		},
		{
			"a marker that refers", false,
			[]Table{{Name: "users"}, {Name: "orders", Column: "gone"}},
			[]ForeignKey{
				{Table: "orders", Columns: []string{"deleted_at", "gone"}, RefTable: "users", RefColumns: []string{"a", "b"}},
				fkey("users", "deleted_at", "days", NoAction),
			},
			[]string{
				`[0].columns[1]: "gone" is the marker of orders, and cannot be a reference too; name the column that refers, or mark deleted rows in another`,
				`[1].columns[0]: "deleted_at" is the marker of users, and cannot be a reference too; name the column that refers, or mark deleted rows in another`,
			},
		},
		{
			"keys that are told elsewhere", false,
			[]Table{{Name: "users"}},
			[]ForeignKey{
				fkey("users", "a", "users", NoAction, func(f *ForeignKey) { f.PrimaryKey = []string{"id"} }),
				fkey("logs", "a", "users", NoAction, func(f *ForeignKey) { f.PrimaryKey = []string{"x", "y"} }),
				fkey("public.logs", "b", "users", NoAction, func(f *ForeignKey) { f.PrimaryKey = []string{"y", "x"} }),
			},
			[]string{
				"[0].primary_key: users is in tables, and its key is told there; remove it, or move it to the table's own primary_key",
				"[2].primary_key: another foreign key says that the key of public.logs is (x, y); name the same columns, or leave them out here",
			},
		},
		{
			"twin keys", false,
			[]Table{{Name: "users"}},
			[]ForeignKey{
				fkey("users", "a", "countries", NoAction, func(f *ForeignKey) { f.Twin = "twin_a" }),
				fkey("users", "b", "users", KeepVisible, func(f *ForeignKey) { f.Twin = "twin_b" }),
				fkey("users", "c", "users", NoAction, func(f *ForeignKey) { f.Twin = " " }),
			},
			[]string{
				"[0].twin: countries is not in tables, so that none of its rows is ever marked, and a twin key has nothing to check; remove it, or add countries to tables",
				"[1].twin: a twin key forbids what keep_visible allows: live rows that refer to a deleted one; remove it, or choose another action",
				`[2].twin: the name " " is blank; write the name as the database has it`,
			},
		},
		{
			"schemas", false,
			[]Table{{Name: "*.users"}, {Name: "orders"}, {Name: "*.items"}, {Name: "billing.invoices"}},
			[]ForeignKey{
				fkey("orders", "user_id", "users", NoAction),
				fkey("items", "order_id", "orders", NoAction),
				fkey("public.logs", "user_id", "users", NoAction),
				fkey("items", "user_id", "billing.users", Cascade),
				fkey("invoices", "order_id", "orders", NoAction),
			},
			[]string{
				`[0]: tables have users in every schema and orders in one, so that a delete could not find all children; list both for every schema, as in "*.users", or both schema by schema`,
				`[1]: tables have items in every schema and orders in one, so that a delete could not find all children; list both for every schema, as in "*.items", or both schema by schema`,
				`[2]: tables have users in every schema and public.logs in one, so that a delete could not find all children; list both for every schema, as in "*.users", or both schema by schema`,
				`[3].ref_table: "billing.users" is only one of "*.users", and a foreign key is for all of them; write it without the schema, or list the schemas of "*.users" one by one in tables`,
				`[4].table: "invoices" means public.invoices, which is not in tables, while "billing.invoices" is; write "billing.invoices", or public.invoices if you really mean that`,
			},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := Policy{Journal: tt.journal, Tables: tt.tables, ForeignKeys: tt.keys}
			want := "softdelete: policy: foreign_keys" + strings.Join(tt.want, "\nsoftdelete: policy: foreign_keys")
			err := p.Validate()
			if err == nil || err.Error() != want {
				t.Errorf("got\n%v\nwant\n%s", err, want)
			}
		})
	}
}

func TestParseName(t *testing.T) {
	tests := []struct {
		in      string
		want    tableName
		problem string
	}{
		{"users", tableName{"", "users"}, ""},
		{"public.users", tableName{"public", "users"}, ""},
		{"Billing.Invoices", tableName{"Billing", "Invoices"}, ""},
		{"*.users", tableName{"*", "users"}, ""},
		{`"users"`, tableName{"", "users"}, ""},
		{`"my schema"."My.Table"`, tableName{"my schema", "My.Table"}, ""},
		{`billing."a ""b"" c"`, tableName{"billing", `a "b" c`}, ""},
		{`order items`, tableName{"", "order items"}, ""},
		{`" a "`, tableName{"", " a "}, ""},
		{`a."*"`, tableName{"a", "*"}, ""},
		{`pg_users`, tableName{"", "pg_users"}, ""},
		{`"tab.pg_x"`, tableName{"", "tab.pg_x"}, ""},

		{"", tableName{}, "the table name is empty"},
		{" \t", tableName{}, "the table name is empty"},
		{"a.b.c", tableName{}, `"a.b.c" has more than one dot`},
		{`a."b.c".d`, tableName{}, `"a.\"b.c\".d" has more than one dot`},
		{"a.", tableName{}, `"a." has an empty part`},
		{".a", tableName{}, `".a" has an empty part`},
		{"a..b", tableName{}, `"a..b" has an empty part`},
		{`"a".`, tableName{}, `"\"a\"." has an empty part`},
		{`""`, tableName{}, `the name "" is blank`},
		{`a." "`, tableName{}, `the name " " is blank`},
		{" users", tableName{}, `" users" has spaces around an unquoted part`},
		{"a. b", tableName{}, `"a. b" has spaces around an unquoted part`},
		{`us"ers`, tableName{}, `"us\"ers" has a double quote inside an unquoted part`},
		{`"users`, tableName{}, `"\"users" has a double quote that is never closed`},
		{`"a""`, tableName{}, `"\"a\"\"" has a double quote that is never closed`},
		{`"a"b`, tableName{}, `"\"a\"b" goes on after a closing double quote`},
		{"*", tableName{}, `"*" stands for every table`},
		{"a.*", tableName{}, `"a.*" stands for every table`},
		{"*.*", tableName{}, `"*.*" stands for every table`},
		{`"*".a`, tableName{}, `a schema that is really named "*" cannot be told from every schema`},
		{"pg_catalog.pg_class", tableName{}, `schema "pg_catalog" belongs to PostgreSQL itself`},
		{"pg_temp.a", tableName{}, `schema "pg_temp" belongs to PostgreSQL itself`},
		{"pg_toast.a", tableName{}, `schema "pg_toast" belongs to PostgreSQL itself`},
		{"information_schema.tables", tableName{}, `schema "information_schema" belongs to PostgreSQL itself`},
		{"a\x00b", tableName{}, `"a\x00b" contains a NUL byte, which no PostgreSQL name can`},
		{"\"a\xff\"", tableName{}, `"\"a\xff\"" is not valid UTF-8`},
		{"b." + strings.Repeat("é", 32), tableName{}, `"` + strings.Repeat("é", 32) + `" has 64 bytes, and PostgreSQL's names have at most 63`},
	}
	for _, tt := range tests {
		got, bad := parseName(tt.in)
		problem := ""
		if bad != nil {
			problem = bad.Problem
			if bad.Remedy == "" {
				t.Errorf("%q: no remedy", tt.in)
			}
		}
		if got != tt.want || problem != tt.problem {
			t.Errorf("%q: got %q, %s; want %q, %s", tt.in, got, problem, tt.want, tt.problem)
		}
	}
}

func TestChoiceNames(t *testing.T) {
	checkChoices[Marker](t, "Marker(5)", "timestamp", "flag", "unix_seconds", "unix_millis", "unix_nanos")
	checkChoices[Mode](t, "Mode(2)", "mark", "archive")
	checkChoices[Blocked](t, "Blocked(2)", "error", "phoenix")
	checkChoices[Action](t, "Action(6)", "no_action", "restrict", "cascade", "set_null", "set_default", "keep_visible")
}

// checkChoices wants the values 0, 1, … to have these names, and the next none.
func checkChoices[T interface {
	~uint8
	fmt.Stringer
	MarshalText() ([]byte, error)
}, P interface {
	*T
	UnmarshalText([]byte) error
}](t *testing.T, nameless string, names ...string) {
	t.Helper()
	for i, name := range names {
		v := T(i)
		text, err := v.MarshalText()
		if v.String() != name || string(text) != name || err != nil {
			t.Errorf("%d: String %s, MarshalText %s, %v; want %s", i, v, text, err, name)
		}
		var back T
		if err := P(&back).UnmarshalText([]byte(name)); err != nil || back != v {
			t.Errorf("%s: read back as %v, %v", name, back, err)
		}
	}
	v := T(len(names))
	if v.String() != nameless {
		t.Errorf("String %s, want %s", v, nameless)
	}
	if text, err := v.MarshalText(); err == nil {
		t.Errorf("%s is written as %q", nameless, text)
	}
	for _, bad := range []string{"", strings.ToUpper(names[0]), names[0] + " ", nameless} {
		back := T(1)
		if err := P(&back).UnmarshalText([]byte(bad)); err == nil || back != 1 {
			t.Errorf("%q is read as %v, %v", bad, back, err)
		}
	}
}

func TestDuration(t *testing.T) {
	tests := []struct {
		in   string
		want time.Duration
		out  string
	}{
		{"90d", 90 * day, "90d"},
		{"36h", 36 * time.Hour, "1d12h"},
		{"15m", 15 * time.Minute, "15m"},
		{"1d12h", 36 * time.Hour, "1d12h"},
		{"1d36h", 60 * time.Hour, "2d12h"},
		{"10h0m", 10 * time.Hour, "10h"},
		{"1h10m", 70 * time.Minute, "1h10m"},
		{"1h0m5s", time.Hour + 5*time.Second, "1h0m5s"},
		{"1.5h", 90 * time.Minute, "1h30m"},
		{"30s", 30 * time.Second, "30s"},
		{"1d500ms", day + 500*time.Millisecond, "1d500ms"},
		{"0", 0, "0s"},
		{"0d", 0, "0s"},
		{"-1d12h", -36 * time.Hour, "-1d12h"},
		{"106751d23h47m16.854775807s", math.MaxInt64, "106751d23h47m16.854775807s"},
		{"-106751d23h47m16.854775808s", math.MinInt64, "-106751d23h47m16.854775808s"},
	}
	for _, tt := range tests {
		var d Duration
		if err := d.UnmarshalText([]byte(tt.in)); err != nil || time.Duration(d) != tt.want {
			t.Errorf("%s: got %d, %v; want %d", tt.in, d, err, tt.want)
		}
		if d.String() != tt.out {
			t.Errorf("%s: String %s, want %s", tt.in, d, tt.out)
		}
	}
	for _, bad := range []string{
		"", "-", "d", "-d", "90", "90 d", "d90", "1.5d", "+1d", "--1h", "1d-12h", "1d+12h", "12h1d", "1d1d", "1w", "1y", "ninety days",
		"106752d", "-106752d", "106751d24h", "106751d23h47m16.854775808s", "-106751d23h47m16.854775809s", "18446744073709551617d", "106751d2562047h",
	} {
		d := Duration(7)
		if err := d.UnmarshalText([]byte(bad)); err == nil || d != 7 {
			t.Errorf("%q is read as %s, %v", bad, d, err)
		}
	}
}

func TestDurationRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 10000 {
		d := Duration(r.Uint64() >> r.IntN(64))
		text, err := d.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var back Duration
		if err := back.UnmarshalText(text); err != nil || back != d {
			t.Fatalf("%d is written %s and read %d, %v", d, text, back, err)
		}
	}
}

func tables(t *testing.T, names ...string) *tableSet {
	t.Helper()
	var p Policy
	for _, n := range names {
		p.Tables = append(p.Tables, Table{Name: n})
	}
	ts, err := newTableSet(p)
	if err != nil {
		t.Fatal(err)
	}
	return ts
}

func shown(found []*table) string {
	var names []string
	for _, t := range found {
		names = append(names, t.display())
	}
	return strings.Join(names, " ")
}

func TestTableSetFind(t *testing.T) {
	ts := tables(t, "users", "billing.users", "billing.invoices", "*.tables", `"my schema"."My.Table"`, "public.orders")
	for _, tt := range []struct{ schema, name, want string }{
		{"", "users", "users billing.users"},
		{"public", "users", "users"},
		{"billing", "users", "billing.users"},
		{"tenant", "users", ""},
		{"pg_temp", "users", ""},
		{"", "Users", ""},
		{"", "invoices", "billing.invoices"},
		{"public", "invoices", ""},
		{"", "orders", "public.orders"},
		{"public", "orders", "public.orders"},
		{"", "tables", "*.tables"},
		{"public", "tables", "*.tables"},
		{"tenant", "tables", "*.tables"},
		{"information_schema", "tables", ""},
		{"pg_catalog", "tables", ""},
		{"pg_temp_3", "tables", ""},
		{"", "My.Table", `"my schema"."My.Table"`},
		{"my schema", "My.Table", `"my schema"."My.Table"`},
		{"my schema.My", "Table", ""},
		{"", "", ""},
	} {
		found := ts.find(tt.schema, tt.name)
		if got := shown(found); got != tt.want {
			t.Errorf("find(%q, %q) = %s, want %s", tt.schema, tt.name, got, tt.want)
		}
		if tt.want == "" && found != nil {
			t.Errorf("find(%q, %q) is empty but not nil", tt.schema, tt.name)
		}
		if n := testing.AllocsPerRun(10, func() { ts.find(tt.schema, tt.name) }); n != 0 {
			t.Errorf("find(%q, %q) allocates", tt.schema, tt.name)
		}
	}
}

func TestTableSetByPolicyName(t *testing.T) {
	ts := tables(t, "users", "billing.users", "billing.invoices", "*.documents", "public.orders", `b."My.Table"`)
	for _, tt := range []struct{ name, want string }{
		{"users", "users"},
		{"public.users", "users"},
		{`"public"."users"`, "users"},
		{"*.users", ""},
		{"billing.users", "billing.users"},
		{"invoices", ""},
		{"billing.invoices", "billing.invoices"},
		{"documents", "*.documents"},
		{"*.documents", "*.documents"},
		{"public.documents", ""},
		{"billing.documents", ""},
		{"orders", "public.orders"},
		{"public.orders", "public.orders"},
		{`b."My.Table"`, `b."My.Table"`},
		{"b.My.Table", ""},
		{"USERS", ""},
		{"", ""},
		{"*", ""},
	} {
		if got := shown(ts.byPolicyName(tt.name)); got != tt.want {
			t.Errorf("byPolicyName(%q) = %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestTableSetHasName(t *testing.T) {
	long := "a" + strings.Repeat("é", 31) // 63 bytes
	even := strings.Repeat("é", 31)       // 62 bytes: one more é does not fit, and is not cut in two
	ts := tables(t, "users", "billing.Invoices", "*.documents", "Ünicode", long, even)
	for name, want := range map[string]bool{
		"users": true, "USERS": true, "Users": true, "user": false, "userss": false, "": false,
		"invoices": true, "Invoices": true, "billing": false, "billing.Invoices": false,
		"documents": true, "*": false,
		"Ünicode": true, "ÜNICODE": true, "ünicode": false,
		long: true, long + "x": true, long + "é": true, long[:61]: false,
		even: true, even + "é": true, even + "éx": true, even + "x": false,
		strings.Repeat("è", 100): false, strings.Repeat("x", 1000): false,
	} {
		if got := ts.hasName(name); got != want {
			t.Errorf("hasName(%q) = %v", name, got)
		}
		if n := testing.AllocsPerRun(10, func() { ts.hasName(name) }); n != 0 {
			t.Errorf("hasName(%q) allocates", name)
		}
	}
}

func TestTableDefaults(t *testing.T) {
	ts, err := newTableSet(Policy{Tables: []Table{{Name: "a"}, {Name: "s.b", Column: "gone", Marker: Flag, PrimaryKey: []string{"x", "y"}}}})
	if err != nil {
		t.Fatal(err)
	}
	want := []*table{
		{entry: Table{Name: "a"}, schema: "public", name: "a", column: "deleted_at", primaryKey: []string{"id"}},
		{
			entry:  Table{Name: "s.b", Column: "gone", Marker: Flag, PrimaryKey: []string{"x", "y"}},
			schema: "s", name: "b", column: "gone", marker: Flag, primaryKey: []string{"x", "y"}, index: 1,
		},
	}
	for _, got := range ts.all {
		// What foreign keys know of the table refers back to it.
		if rel := got.rel; rel == nil || rel.table != got || !slices.Equal(rel.key, got.primaryKey) || rel.follows() {
			t.Errorf("%s: its relation is %+v", got.display(), rel)
		}
		got.rel = nil
	}
	if !reflect.DeepEqual(ts.all, want) {
		t.Errorf("got %+v, %+v", *ts.all[0], *ts.all[1])
	}
}

var shop = Policy{Tables: []Table{
	{Name: "users"},
	{Name: "orders"},
	{Name: "order_items", Column: "removed", Marker: Flag, PrimaryKey: []string{"order_id", "line_no"}},
	{Name: "billing.invoices", Column: "deleted_unix", Marker: UnixSeconds},
	{Name: "*.documents"},
	{Name: `"legacy.shop"."Customer List"`, Column: "Deleted At", PrimaryKey: []string{"Customer No"}},
}}

// family has something in every field of a foreign key.
var family = Policy{
	Journal: true,
	Tables: []Table{
		{Name: "users", DeletionID: "deletion_id", DeletedBy: "deleted_by", Reason: "deletion_reason"},
		{Name: "orders", DeletionID: "deletion_id"},
		{Name: "items", DeletionID: "deletion_id", PrimaryKey: []string{"order_id", "line_no"}},
		{Name: "notes", DeletionID: "deletion_id"},
	},
	ForeignKeys: []ForeignKey{
		{Name: "orders_user", Table: "orders", Columns: []string{"user_id"}, RefTable: "users", RefColumns: []string{"id"}, OnDelete: Cascade, Twin: "orders_user_live"},
		{Table: "items", Columns: []string{"order_id"}, RefTable: "orders", RefColumns: []string{"id"}, OnDelete: Cascade},
		{
			Table: "notes", Columns: []string{"tenant_id", "author_id"}, RefTable: "users", RefColumns: []string{"tenant_id", "id"},
			OnDelete: SetNull, SetColumns: []string{"author_id"},
		},
		{Table: "notes", Columns: []string{"reviewer_id"}, RefTable: "users", RefColumns: []string{"id"}, OnDelete: SetDefault},
		{Table: "payments", Columns: []string{"order_id"}, RefTable: "orders", RefColumns: []string{"id"}, OnDelete: Restrict, PrimaryKey: []string{"provider", "number"}},
		{Table: "items", Columns: []string{"order_id", "bundle"}, RefTable: "items", RefColumns: []string{"order_id", "line_no"}, OnDelete: KeepVisible},
	},
}

func TestLoadPolicy(t *testing.T) {
	for file, want := range map[string]Policy{"shop": shop, "family": family} {
		f, err := os.Open("testdata/policy/" + file + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		got, err := LoadPolicy(f)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v", file, got)
		}
		var b bytes.Buffer
		if err := SavePolicy(&b, got); err != nil {
			t.Fatal(err)
		}
		if again, err := LoadPolicy(&b); err != nil || !reflect.DeepEqual(again, want) {
			t.Errorf("%s, saved and loaded: got %+v, %v", file, again, err)
		}
	}
}

// The files in testdata/policy/bad say in their first lines what they are
// refused with.
func TestLoadPolicyRefuses(t *testing.T) {
	files, err := filepath.Glob("testdata/policy/bad/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var want []string
			for line := range strings.Lines(string(text)) {
				msg, ok := strings.CutPrefix(line, "# error: ")
				if !ok {
					break
				}
				want = append(want, strings.TrimSuffix(msg, "\n"))
			}
			if len(want) == 0 {
				t.Fatal("the file does not say what is wrong with it")
			}
			_, err = LoadPolicy(bytes.NewReader(text))
			if err == nil {
				t.Fatal("accepted")
			}
			if got := err.Error(); got != strings.Join(want, "\n") {
				t.Errorf("got\n%s\nwant\n%s", got, strings.Join(want, "\n"))
			}
			var bad *PolicyError
			if !errors.As(err, &bad) {
				t.Errorf("%T holds no *PolicyError", err)
			}
		})
	}
}

// What does not belong in a text file of the repository.
func TestLoadPolicyRefusesBytes(t *testing.T) {
	good := "tables:\n  - name: users\n"
	for _, tt := range []struct{ name, text, want string }{
		{"nothing", "", "softdelete: policy: the file is empty; name at least one table, such as: tables: [{name: users}]"},
		{"null", "---\n", "softdelete: policy: the file is empty; name at least one table, such as: tables: [{name: users}]"},
		{"NUL", good + "# \x00", "softdelete: policy: line 3: the file contains a NUL byte; save it as UTF-8 text"},
		{"UTF-16", "\xff\xfet\x00", "softdelete: policy: line 1: the file contains a NUL byte; save it as UTF-8 text"},
		{"Latin-1", good + "# r\xe9sum\xe9", "softdelete: policy: line 3: the file is not valid UTF-8; save it as UTF-8 text"},
		{"NUL by escape", `tables: [{name: "a\0b"}]`, `softdelete: policy: tables[0].name (line 1): "a\x00b" contains a NUL byte, which no PostgreSQL name can; remove it`},
		{"large", good + strings.Repeat("#", 1<<20), "softdelete: policy: the file has more than 1 MiB; is it the policy? Give the right file"},
	} {
		if _, err := LoadPolicy(strings.NewReader(tt.text)); err == nil || err.Error() != tt.want {
			t.Errorf("%s: got %v\nwant %s", tt.name, err, tt.want)
		}
	}
	if _, err := LoadPolicy(strings.NewReader(good + strings.Repeat("#", 1<<20-len(good)))); err != nil {
		t.Errorf("exactly 1 MiB: %v", err)
	}
}

type brokenFile struct{ err error }

func (b brokenFile) Read([]byte) (int, error)  { return 0, b.err }
func (b brokenFile) Write([]byte) (int, error) { return 0, b.err }

func TestPolicyFileErrors(t *testing.T) {
	broken := brokenFile{errors.New("disk on fire")}
	if _, err := LoadPolicy(broken); !errors.Is(err, broken.err) {
		t.Errorf("load: %v", err)
	}
	if err := SavePolicy(broken, shop); !errors.Is(err, broken.err) {
		t.Errorf("save: %v", err)
	}
}

func TestSavePolicy(t *testing.T) {
	var b strings.Builder
	if err := SavePolicy(&b, Policy{Tables: shop.Tables[:3]}); err != nil {
		t.Fatal(err)
	}
	want := `tables:
  - name: users
  - name: orders
  - name: order_items
    column: removed
    marker: flag
    primary_key:
      - order_id
      - line_no
`
	if b.String() != want {
		t.Errorf("got\n%s", b.String())
	}
	b.Reset()
	if err := SavePolicy(&b, Policy{Tables: []Table{{Name: "a"}, {Name: "a"}}}); err == nil || b.Len() > 0 {
		t.Errorf("an invalid policy: %v, wrote %q", err, b.String())
	}
}

// Names that YAML or the name syntax could mistake for something else.
var awkward = []string{
	"users", "null", "~", "true", "yes", "on", "123", "0x1f", "1.5", ".5", "2024-01-01", "-", "- a", "a: b", "#", "a #b", "[a]", "{a", "&a", "!a", "!!str",
	"%", "@", "`", "'", "''", "\\", "\t", "a\nb", "\u0085", "\u2028", "\ufeff", "\ufffd", "\x01", "\x7f", "é", "日本", "😀", "|", ">", "<<", "=", "*x", "?", ", ",
}

func TestSaveLoadRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	column := func() string {
		for {
			s := awkward[r.IntN(len(awkward))] + awkward[r.IntN(len(awkward))]
			if checkIdentifier(s) == nil {
				return s
			}
		}
	}
	part := func() string { return `"` + strings.ReplaceAll(column(), `"`, `""`) + `"` }
	tried, linked := 0, 0
	for range 5000 {
		var p Policy
		for range 1 + r.IntN(3) {
			e := Table{Name: part(), Marker: Marker(r.IntN(5))}
			switch r.IntN(3) {
			case 0:
				e.Name = part() + "." + e.Name
			case 1:
				e.Name = "*." + e.Name
			}
			if r.IntN(2) == 0 {
				e.Column = column()
			}
			for range r.IntN(3) {
				e.PrimaryKey = append(e.PrimaryKey, column())
			}
			p.Tables = append(p.Tables, e)
		}
		for _, child := range p.Tables {
			// Of a table in every schema and one that is not, see there, a valid policy has no key.
			if parent := p.Tables[r.IntN(len(p.Tables))]; r.IntN(2) == 0 && strings.HasPrefix(child.Name, "*.") == strings.HasPrefix(parent.Name, "*.") {
				f := ForeignKey{
					Table: strings.TrimPrefix(child.Name, "*."), Columns: []string{column()}, RefTable: strings.TrimPrefix(parent.Name, "*."), RefColumns: []string{column()},
					OnDelete: []Action{NoAction, Restrict, SetNull, KeepVisible}[r.IntN(4)],
				}
				if f.OnDelete == SetNull && r.IntN(2) == 0 {
					f.SetColumns = slices.Clone(f.Columns)
				}
				if r.IntN(2) == 0 {
					f.Name = column()
				}
				if f.OnDelete != KeepVisible && r.IntN(2) == 0 {
					f.Twin = column()
				}
				p.ForeignKeys = append(p.ForeignKeys, f)
			}
		}
		p.Journal = r.IntN(2) == 0
		if p.Validate() != nil {
			continue // the same table or column twice, keys that nobody could put back
		}
		tried++
		linked += len(p.ForeignKeys)
		var b bytes.Buffer
		if err := SavePolicy(&b, p); err != nil {
			t.Fatalf("%+v: %v", p, err)
		}
		got, err := LoadPolicy(bytes.NewReader(b.Bytes()))
		if err != nil || !reflect.DeepEqual(got, p) {
			t.Fatalf("%+v\nwas written\n%s\nand read %+v, %v", p, b.Bytes(), got, err)
		}
	}
	if tried < 1000 || linked < 1000 {
		t.Fatalf("only %d policies were valid, with %d foreign keys", tried, linked)
	}
}

// The file format has every field already, those too that Validate still refuses.
func TestEveryFieldIsWrittenAndRead(t *testing.T) {
	want := Policy{
		Tables: []Table{{
			Name: "users", Column: "gone", Marker: Flag, PrimaryKey: []string{"a", "b"}, PartitionOf: "people",
			DeletionID: "deletion", DeletedBy: "who", Reason: "why",
			UpdatedAt: "changed", Mode: Archive, Renamed: map[string]string{"old": "new"}, OnBlocked: Phoenix, Columns: []string{"a", "b"}, UniqueKeys: []UniqueKey{{Name: "k", Columns: []string{"b"}}}, OnlyKey: true, Hidden: []string{"password"}, KeepFor: Duration(90 * day),
		}},
		ForeignKeys: []ForeignKey{{
			Name: "fk", Table: "orders", Columns: []string{"tenant_id", "user_id"}, RefTable: "users", RefColumns: []string{"a", "b"},
			OnDelete: SetNull, SetColumns: []string{"user_id"}, PrimaryKey: []string{"tenant_id", "number"}, Twin: "fk_live",
		}},
		Discover: true,
		Journal:  true,
	}
	for _, v := range []any{want, want.Tables[0], want.Tables[0].UniqueKeys[0], want.ForeignKeys[0]} {
		for i := range reflect.ValueOf(v).NumField() {
			if reflect.ValueOf(v).Field(i).IsZero() {
				t.Errorf("%T.%s is not tried", v, reflect.TypeOf(v).Field(i).Name)
			}
		}
	}
	root, err := node(reflect.ValueOf(want))
	if err != nil {
		t.Fatal(err)
	}
	text, err := yaml.Marshal(root)
	if err != nil {
		t.Fatal(err)
	}
	back, err := parseYAML(text)
	if err != nil {
		t.Fatal(err)
	}
	var got Policy
	d := decoder{checker{lines: map[string]int{}}}
	d.value("", back, reflect.ValueOf(&got).Elem())
	if len(d.errs) > 0 || !reflect.DeepEqual(got, want) {
		t.Errorf("%s\nis read as %+v, %v", text, got, d.errs)
	}
}

func FuzzLoadPolicy(f *testing.F) {
	files, err := filepath.Glob("testdata/policy/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	bad, err := filepath.Glob("testdata/policy/bad/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range append(files, bad...) {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := LoadPolicy(bytes.NewReader(text))
		if err != nil {
			var bad *PolicyError
			if !errors.As(err, &bad) {
				t.Fatalf("%T: %v", err, err)
			}
			return
		}
		var b bytes.Buffer
		if err := SavePolicy(&b, p); err != nil {
			t.Fatalf("%+v: %v", p, err)
		}
		if got, err := LoadPolicy(&b); err != nil || !reflect.DeepEqual(got, p) {
			t.Fatalf("%+v is saved and read as %+v, %v", p, got, err)
		}
	})
}
