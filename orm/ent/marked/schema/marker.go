package schema

import (
	"context"
	"fmt"
	"time"

	"entgo.io/ent"
	"entgo.io/ent/dialect/sql"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/mixin"

	gen "github.com/softdelete-go/softdelete/orm/ent/marked"
	"github.com/softdelete-go/softdelete/orm/ent/marked/hook"
	"github.com/softdelete-go/softdelete/orm/ent/marked/intercept"
)

// Marker is the soft-delete mixin of Ent's documentation, see
// https://entgo.io/docs/interceptors#soft-delete.
type Marker struct{ mixin.Schema }

const deletedAt = "deleted_at"

func (Marker) Fields() []ent.Field {
	return []ent.Field{field.Time(deletedAt).Optional().Nillable()}
}

type skip struct{}

// SkipSoftDelete returns a context in which the mixin does nothing.
func SkipSoftDelete(ctx context.Context) context.Context { return context.WithValue(ctx, skip{}, true) }

func skips(ctx context.Context) bool { return ctx.Value(skip{}) != nil }

// Interceptors make queries see live rows only.
func (Marker) Interceptors() []ent.Interceptor {
	return []ent.Interceptor{intercept.TraverseFunc(func(ctx context.Context, q intercept.Query) error {
		if !skips(ctx) {
			q.WhereP(sql.FieldIsNull(deletedAt))
		}
		return nil
	})}
}

// Hooks turn a delete into an update.
func (Marker) Hooks() []ent.Hook {
	return []ent.Hook{hook.On(func(next ent.Mutator) ent.Mutator {
		return ent.MutateFunc(func(ctx context.Context, m ent.Mutation) (ent.Value, error) {
			if skips(ctx) {
				return next.Mutate(ctx, m)
			}
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
