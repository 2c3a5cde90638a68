package gormshop

import (
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// NameConflicts gives ON CONFLICT DO NOTHING a target: the primary key. GORM writes it without
// one when it saves what an object belongs to, or has by way of a junction; the driver refuses
// that, because any deleted row would be a conflict.
func NameConflicts(db *gorm.DB) error {
	return db.Callback().Create().Before("gorm:create").Register("softdelete:conflicts", func(tx *gorm.DB) {
		on, ok := tx.Statement.Clauses["ON CONFLICT"].Expression.(clause.OnConflict)
		if !ok || !on.DoNothing || len(on.Columns) > 0 || on.OnConstraint != "" || tx.Statement.Schema == nil {
			return
		}
		for _, name := range tx.Statement.Schema.PrimaryFieldDBNames {
			on.Columns = append(on.Columns, clause.Column{Name: name})
		}
		tx.Statement.AddClause(on)
	})
}
