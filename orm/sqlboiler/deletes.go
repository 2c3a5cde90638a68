package sqlboilershop

import (
	"context"

	"github.com/aarondl/sqlboiler/v4/queries"
	"github.com/aarondl/sqlboiler/v4/queries/qm"

	"github.com/softdelete-go/softdelete/orm/sqlboiler/models"
)

// seen is for the soft delete that these models do not have.
func seen(_ context.Context, mods ...qm.QueryMod) []qm.QueryMod { return mods }

func (s shop) RemoveProduct(ctx context.Context, order, product int64) (int64, error) {
	row := models.OrderProduct{OrderID: order, ProductID: product}
	return row.Delete(ctx, s.exec)
}

func (s shop) DeleteUser(ctx context.Context, id int64) (int64, error) {
	row := models.User{ID: id}
	return row.Delete(ctx, s.exec)
}

func (s shop) DeleteProduct(ctx context.Context, id int64) (int64, error) {
	row := models.Product{ID: id}
	return row.Delete(ctx, s.exec)
}

func (s shop) DeleteUsers(ctx context.Context, pattern string) (int64, error) {
	return models.Users(qm.Where("name LIKE ?", pattern)).DeleteAll(ctx, s.exec)
}

// DeleteOrders is in SQL: SQLBoiler has no RETURNING for deletes.
func (s shop) DeleteOrders(ctx context.Context, status string) ([]int64, error) {
	var rows []struct {
		ID int64 `boil:"id"`
	}
	err := queries.Raw("DELETE FROM orders WHERE status = $1 RETURNING id", status).Bind(ctx, s.exec, &rows)
	ids := make([]int64, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	return ids, err
}

func (s shop) DeleteOrdersOf(ctx context.Context, sku string) (int64, error) {
	return models.Orders(
		qm.Where("id IN (SELECT order_id FROM order_products JOIN products ON products.id = product_id WHERE sku = ?)", sku),
	).DeleteAll(ctx, s.exec)
}
