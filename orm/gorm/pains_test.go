package gormshop

import (
	"testing"

	"gorm.io/gorm"

	"github.com/softdelete-go/softdelete/orm/suite"
)

// What users of ORMs complain of, and what of it GORM's own soft delete does.
func TestPains(t *testing.T) {
	suite.Pains(t, library(gorm.Config{}), map[string]string{
		"gorm#6997 a join shows deleted rows":          `[{"Name":"Ann","Order":1},{"Name":"Ann","Order":2},{"Name":"Bob","Order":3}]`,
		"laravel#33766 and to buyers":                  `["Ann","Bob"]`,
		"safedelete#178 aggregates count deleted rows": `[{"Name":"Ann","Orders":2,"Total":3500},{"Name":"Bob","Orders":1,"Total":700}]`,
		"sqlalchemy-easy-softdelete#19 a LEFT JOIN becomes an inner one, or leaks": `[{"Name":"Ann","Order":1},{"Name":"Ann","Order":2},{"Name":"Bob","Order":3},` +
			`{"Name":"Cid","Order":0},{"Name":"Dora","Order":0},{"Name":"Emma","Order":0},{"Name":"Finn","Order":0}]`,
		"efcore#11691 a row whose parent is deleted is here and not there": `[["3","2"]]`,
		"gorm PR#1469 raw SQL shows deleted rows":                          `[["Ann"],["Bob"],["Cid"],["Dora"],["Emma"],["Finn"]]`,
		"mybatis-plus#6075 so does a sub-query that is an argument":        `[["Ann"]]`,
		"mybatis-plus#6139 so does SELECT EXISTS":                          `[["true"]]`,
		"sqlalchemy-easy-softdelete#21 so does a CTE":                      `[["6"]]`,
		"mybatis-plus#5501 so does SET with a sub-query":                   `[["6"]]`,
		"safedelete#242 an update changes deleted rows":                    `1`,
		"gorm#759 a deleted row forbids to create it again":                `SQLSTATE 23505`,
		"gorm PR#4442 an upsert does not find the index over live rows":    `SQLSTATE 42P10`,
		"typeorm#9749 an upsert edits a row that stays deleted":            `[]`,
		"gorm#591 no cascade":                                              `2`,
		"discard#106 a row may refer to a deleted one":                     `null`,
		"discard#106 a row in use is deleted":                              `1`,
		"safedelete#244 a cleared foreign key is lost to a restore":        `"Bob has a manager whom nobody sees"`,
		"efcore#13668 one switch for all tables":                           `[6,1]`,
	})
}
