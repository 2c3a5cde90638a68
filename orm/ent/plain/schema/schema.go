// Package schema is the shop as users of Ent describe it.
package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
)

func table(name string) []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: name}}
}

// User has orders, and may manage others.
type User struct{ ent.Schema }

func (User) Annotations() []schema.Annotation { return table("users") }

func (User) Mixin() []ent.Mixin { return []ent.Mixin{Marker{}} }

func (User) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("id"),
		field.String("email"),
		field.String("name"),
		field.Int64("manager_id").Optional().Nillable(),
	}
}

func (User) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("orders", Order.Type),
		edge.To("managed", User.Type).From("manager").Unique().Field("manager_id"),
	}
}

// Profile has the id of its user. Ent has no edges whose field is an id.
type Profile struct{ ent.Schema }

func (Profile) Annotations() []schema.Annotation { return table("profiles") }

func (Profile) Mixin() []ent.Mixin { return []ent.Mixin{Marker{}} }

func (Profile) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("id").StorageKey("user_id"),
		field.String("bio"),
	}
}

// Order is what a user bought.
type Order struct{ ent.Schema }

func (Order) Annotations() []schema.Annotation { return table("orders") }

func (Order) Mixin() []ent.Mixin { return []ent.Mixin{Marker{}} }

func (Order) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("id"),
		field.Int64("user_id"),
		field.String("status"),
		field.Int64("total"),
	}
}

func (Order) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("user", User.Type).Ref("orders").Field("user_id").Unique().Required(),
		edge.To("products", Product.Type).Through("order_products", OrderProduct.Type),
	}
}

// Product is what is sold.
type Product struct{ ent.Schema }

func (Product) Annotations() []schema.Annotation { return table("products") }

func (Product) Mixin() []ent.Mixin { return []ent.Mixin{Marker{}} }

func (Product) Fields() []ent.Field {
	return []ent.Field{field.Int64("id"), field.String("sku"), field.String("name")}
}

func (Product) Edges() []ent.Edge {
	return []ent.Edge{edge.From("orders", Order.Type).Ref("products").Through("order_products", OrderProduct.Type)}
}

// OrderProduct is the junction.
type OrderProduct struct{ ent.Schema }

func (OrderProduct) Annotations() []schema.Annotation {
	return append(table("order_products"), field.ID("order_id", "product_id"))
}

func (OrderProduct) Mixin() []ent.Mixin { return []ent.Mixin{Marker{}} }

func (OrderProduct) Fields() []ent.Field {
	return []ent.Field{field.Int64("order_id"), field.Int64("product_id")}
}

func (OrderProduct) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("order", Order.Type).Unique().Required().Field("order_id"),
		edge.To("product", Product.Type).Unique().Required().Field("product_id"),
	}
}

// Event is not in the policy.
type Event struct{ ent.Schema }

func (Event) Annotations() []schema.Annotation { return table("events") }

func (Event) Fields() []ent.Field {
	return []ent.Field{field.Int64("id"), field.Int64("user_id"), field.String("what")}
}
