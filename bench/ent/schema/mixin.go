package schema

import (
	"context"
	"fmt"
	"time"

	"entgo.io/ent"
	"entgo.io/ent/dialect/sql"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/mixin"

	gen "github.com/softdelete-go/softdelete/bench/ent"
	"github.com/softdelete-go/softdelete/bench/ent/hook"
	"github.com/softdelete-go/softdelete/bench/ent/intercept"
)

// SoftDelete is the mixin.
type SoftDelete struct{ mixin.Schema }

const deletedAt = "deleted_at"

// Fields are what the mixin adds.
func (SoftDelete) Fields() []ent.Field {
	return []ent.Field{field.Time(deletedAt).Optional().Nillable()}
}

// Interceptors make queries see live rows only.
func (SoftDelete) Interceptors() []ent.Interceptor {
	return []ent.Interceptor{intercept.TraverseFunc(func(_ context.Context, q intercept.Query) error {
		q.WhereP(sql.FieldIsNull(deletedAt))
		return nil
	})}
}

// Hooks turn a delete into an update.
func (SoftDelete) Hooks() []ent.Hook {
	return []ent.Hook{hook.On(func(ent.Mutator) ent.Mutator {
		return ent.MutateFunc(func(ctx context.Context, m ent.Mutation) (ent.Value, error) {
			mx, ok := m.(interface {
				SetOp(ent.Op)
				Client() *gen.Client
				SetDeletedAt(time.Time)
				WhereP(...func(*sql.Selector))
			})
			if !ok {
				return nil, fmt.Errorf("a mutation is a %T", m)
			}
			mx.WhereP(sql.FieldIsNull(deletedAt))
			mx.SetOp(ent.OpUpdate)
			mx.SetDeletedAt(time.Now())
			return mx.Client().Mutate(ctx, m)
		})
	}, ent.OpDeleteOne|ent.OpDelete)}
}
