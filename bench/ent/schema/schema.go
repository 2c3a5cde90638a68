// Package schema is the shop as users of Ent describe it, with the soft-delete mixin of its
// documentation (https://entgo.io/docs/interceptors#soft-delete).
package schema

import (
	"time"

	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
)

// User is a customer.
type User struct{ ent.Schema }

// Annotations name the table.
func (User) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "users"}}
}

// Mixin makes deletes soft.
func (User) Mixin() []ent.Mixin { return []ent.Mixin{SoftDelete{}} }

// Fields are the columns that the benchmark reads and writes.
func (User) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("id"),
		field.String("email"),
		field.String("name"),
		field.Time("created_at").Default(time.Now),
	}
}

// Edges lead to the user's orders.
func (User) Edges() []ent.Edge { return []ent.Edge{edge.To("orders", Order.Type)} }

// Order is what a user bought.
type Order struct{ ent.Schema }

// Annotations name the table.
func (Order) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "orders"}}
}

// Mixin makes deletes soft.
func (Order) Mixin() []ent.Mixin { return []ent.Mixin{SoftDelete{}} }

// Fields are the columns that the benchmark reads and writes.
func (Order) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("id"),
		field.Int64("user_id"),
		field.String("status"),
		field.Int64("total_cents"),
		field.Time("created_at").Default(time.Now),
	}
}

// Edges lead to the user and to the items.
func (Order) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("user", User.Type).Ref("orders").Field("user_id").Unique().Required(),
		edge.To("items", Item.Type),
	}
}

// Item is a line of an order.
type Item struct{ ent.Schema }

// Annotations name the table.
func (Item) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "items"}}
}

// Mixin makes deletes soft.
func (Item) Mixin() []ent.Mixin { return []ent.Mixin{SoftDelete{}} }

// Fields are the columns that the benchmark reads and writes.
func (Item) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("id"),
		field.Int64("order_id"),
		field.String("sku"),
		field.Int64("quantity"),
		field.Int64("price_cents"),
	}
}

// Edges lead to the order.
func (Item) Edges() []ent.Edge {
	return []ent.Edge{edge.From("order", Order.Type).Ref("items").Field("order_id").Unique().Required()}
}
