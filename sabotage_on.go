//go:build softdelete_sabotage

package softdelete

import (
	"sync/atomic"

	"github.com/softdelete-go/softdelete/internal/pgast"
)

var sabotage atomic.Pointer[string]

// Sabotage makes every rewriter of the process wrong in the named way, and
// turns its verification off; "" ends that. It exists only under the build tag
// softdelete_sabotage, for the tests of the equivalence harness.
func Sabotage(name string) { sabotage.Store(&name) }

func sabotaged(name string) bool {
	s := sabotage.Load()
	return s != nil && *s == name
}

func anySabotage() bool {
	s := sabotage.Load()
	return s != nil && *s != ""
}

func overlooked(f pgast.Field) bool { return anySabotage() && sabotaged(sabotagedPlaces[f]) }

// sabotagedPlaces are the fields that a sabotage of that name overlooks.
var sabotagedPlaces = map[pgast.Field]string{
	pgast.UpdateStmtTargetList:    "set-subselect",
	pgast.SelectStmtWhereClause:   "where-subselect",
	pgast.SelectStmtTargetList:    "select-list-subselect",
	pgast.JoinExprQuals:           "join-on-subselect",
	pgast.UpdateStmtReturningList: "returning-subselect",
	pgast.DeleteStmtReturningList: "returning-subselect",
	pgast.InsertStmtReturningList: "returning-subselect",
	pgast.SelectStmtValuesLists:   "values-subselect",
	pgast.SelectStmtHavingClause:  "having-subselect",
	pgast.SelectStmtLimitCount:    "limit-subselect",
	pgast.FuncCallArgs:            "function-argument",
	pgast.CaseExprArgs:            "case-subselect",
	pgast.SelectStmtSortClause:    "order-subselect",
	pgast.SelectStmtWindowClause:  "window-subselect",
}
