// Package ownshop is the suite's shop with SQLBoiler's own soft delete, in the models that
// were generated with --add-soft-deletes.
package ownshop

import (
	"context"

	"github.com/aarondl/sqlboiler/v4/queries/qm"

	"github.com/softdelete-go/softdelete/orm/sqlboiler/marked"
	"github.com/softdelete-go/softdelete/orm/suite"
)

// seen takes SQLBoiler's own condition off.
func seen(ctx context.Context, mods ...qm.QueryMod) []qm.QueryMod {
	if suite.SeesDeleted(ctx) {
		return append([]qm.QueryMod{qm.WithDeleted()}, mods...)
	}
	return mods
}

func (s shop) RemoveProduct(ctx context.Context, order, product int64) (int64, error) {
	row := marked.OrderProduct{OrderID: order, ProductID: product}
	return row.Delete(ctx, s.exec, suite.SeesDeleted(ctx))
}

func (s shop) DeleteUser(ctx context.Context, id int64) (int64, error) {
	row := marked.User{ID: id}
	return row.Delete(ctx, s.exec, suite.SeesDeleted(ctx))
}

func (s shop) DeleteProduct(ctx context.Context, id int64) (int64, error) {
	row := marked.Product{ID: id}
	return row.Delete(ctx, s.exec, suite.SeesDeleted(ctx))
}

func (s shop) DeleteUsers(ctx context.Context, pattern string) (int64, error) {
	return marked.Users(seen(ctx, qm.Where("name LIKE ?", pattern))...).DeleteAll(ctx, s.exec, suite.SeesDeleted(ctx))
}

// DeleteOrders reads what it deletes first: SQLBoiler has no RETURNING.
func (s shop) DeleteOrders(ctx context.Context, status string) ([]int64, error) {
	orders, err := marked.Orders(marked.OrderWhere.Status.EQ(status)).All(ctx, s.exec)
	if err != nil {
		return nil, err
	}
	var ids []int64
	for _, o := range orders {
		ids = append(ids, o.ID)
	}
	_, err = orders.DeleteAll(ctx, s.exec, suite.SeesDeleted(ctx))
	return ids, err
}

func (s shop) DeleteOrdersOf(ctx context.Context, sku string) (int64, error) {
	return marked.Orders(
		qm.Where("id IN (SELECT order_id FROM order_products JOIN products ON products.id = product_id WHERE sku = ?)", sku),
	).DeleteAll(ctx, s.exec, suite.SeesDeleted(ctx))
}
