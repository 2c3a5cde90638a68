package main

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"

	"github.com/softdelete-go/softdelete/bench/ent"
	"github.com/softdelete-go/softdelete/bench/ent/item"
	"github.com/softdelete-go/softdelete/bench/ent/order"
	_ "github.com/softdelete-go/softdelete/bench/ent/runtime" // the mixin's hooks and interceptors
	"github.com/softdelete-go/softdelete/bench/ent/user"
)

type (
	entUser  ent.User
	entOrder ent.Order
)

func (u *entUser) String() string { return person{u.ID, u.Email, u.Name, u.CreatedAt}.String() }
func (o *entOrder) String() string {
	return purchase{o.ID, o.UserID, o.Status, o.TotalCents, o.CreatedAt}.String()
}

// byEnt is Ent's generated client with the soft-delete mixin of its documentation.
func byEnt(plain *sql.DB) (*shopper, error) {
	client := ent.NewClient(ent.Driver(entsql.OpenDB(dialect.Postgres, plain)))
	by := &shopper{
		deleteItem: func(ctx context.Context, id int64) (int64, error) {
			return entAffected(client.Item.Delete().Where(item.ID(id)).Exec(ctx))
		},
		deleteItems: func(ctx context.Context, from, to int64) (int64, error) {
			return entAffected(client.Item.Delete().Where(item.IDGTE(from), item.IDLTE(to)).Exec(ctx))
		},
		deleteUser:  func(ctx context.Context, id int64) (int64, error) { return entDelete(ctx, client, id) },
		restoreUser: func(ctx context.Context, id int64) (int64, error) { return entRestore(ctx, client, id) },
		upsert: func(ctx context.Context, email, name string) (int64, error) {
			err := client.User.Create().SetEmail(email).SetName(name).SetCreatedAt(renamedAt).
				OnConflict(
					entsql.ConflictColumns(user.FieldEmail),
					entsql.ConflictWhere(entsql.IsNull(user.FieldDeletedAt)),
					entsql.ResolveWith(func(u *entsql.UpdateSet) { u.SetExcluded(user.FieldName) }),
				).Exec(ctx)
			return 1, err
		},
		insert: func(ctx context.Context, users []newUser) (int64, error) {
			all := make([]*ent.UserCreate, len(users))
			for i, u := range users {
				all[i] = client.User.Create().SetEmail(u.Email).SetName(u.Name).SetCreatedAt(u.CreatedAt)
			}
			created, err := client.User.CreateBulk(all...).Save(ctx)
			return int64(len(created)), err
		},
	}
	by.entReads(client)
	return by, nil
}

func entAffected(n int, err error) (int64, error) { return int64(n), err }

// inEntTx carries something out in a transaction of the application's: Ent's
// cascades are those of the database, for real deletes.
func inEntTx(ctx context.Context, client *ent.Client, do func(*ent.Tx) error) error {
	tx, err := client.Tx(ctx)
	if err != nil {
		return err
	}
	if err := do(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

func entDelete(ctx context.Context, client *ent.Client, id int64) (n int64, err error) {
	err = inEntTx(ctx, client, func(tx *ent.Tx) error {
		if _, err := tx.Item.Delete().Where(item.HasOrderWith(order.UserID(id))).Exec(ctx); err != nil {
			return err
		}
		if _, err := tx.Order.Delete().Where(order.UserID(id)).Exec(ctx); err != nil {
			return err
		}
		n, err = entAffected(tx.User.Delete().Where(user.ID(id)).Exec(ctx))
		return err
	})
	return n, err
}

// entRestore brings back all children: which were deleted before the user is not
// known.
func entRestore(ctx context.Context, client *ent.Client, id int64) (int64, error) {
	total := 0
	err := inEntTx(ctx, client, func(tx *ent.Tx) error {
		for _, restore := range []func(context.Context) (int, error){
			tx.Item.Update().Where(item.HasOrderWith(order.UserID(id)), item.DeletedAtNotNil()).ClearDeletedAt().Save,
			tx.Order.Update().Where(order.UserID(id), order.DeletedAtNotNil()).ClearDeletedAt().Save,
			tx.User.Update().Where(user.ID(id), user.DeletedAtNotNil()).ClearDeletedAt().Save,
		} {
			n, err := restore(ctx)
			if err != nil {
				return err
			}
			total += n
		}
		return nil
	})
	return int64(total), err
}

// listUsers and listOrders write rows out as those of the others.
func listUsers(users []*ent.User, err error) (found, error) {
	return nested(len(users), func() (all []*entUser) {
		for _, u := range users {
			all = append(all, (*entUser)(u))
		}
		return all
	}, err)
}

func listOrders(orders []*ent.Order, err error) (found, error) {
	return nested(len(orders), func() (all []*entOrder) {
		for _, o := range orders {
			all = append(all, (*entOrder)(o))
		}
		return all
	}, err)
}

func (by *shopper) entReads(client *ent.Client) {
	columns := []string{user.FieldID, user.FieldEmail, user.FieldName, user.FieldCreatedAt}
	orderColumns := []string{order.FieldID, order.FieldUserID, order.FieldStatus, order.FieldTotalCents, order.FieldCreatedAt}
	by.byID = func(ctx context.Context, id int64) (found, error) {
		q := client.User.Query().Where(user.ID(id))
		q.Select(columns...)
		return listUsers(q.All(ctx))
	}
	by.byEmail = func(ctx context.Context, email string) (found, error) {
		q := client.User.Query().Where(user.Email(email))
		q.Select(columns...)
		return listUsers(q.All(ctx))
	}
	by.page = func(ctx context.Context, status string, before time.Time) (found, error) {
		q := client.Order.Query().Where(order.Status(status), order.CreatedAtLT(before)).Order(order.ByCreatedAt(entsql.OrderDesc())).Limit(pageRows)
		q.Select(orderColumns...)
		return listOrders(q.All(ctx))
	}
	by.purchases = func(ctx context.Context, id int64) (found, error) {
		users, err := client.User.Query().Where(user.ID(id)).WithOrders(func(q *ent.OrderQuery) {
			q.Order(order.ByCreatedAt(entsql.OrderDesc())).WithItems(func(q *ent.ItemQuery) { q.Order(item.ByID()) })
		}).All(ctx)
		return nested(len(users), func() (lines []purchaseLine) {
			for _, u := range users {
				for _, o := range u.Edges.Orders {
					for _, i := range o.Edges.Items {
						lines = append(lines, purchaseLine{u.Name, o.ID, o.CreatedAt, i.Sku, i.Quantity})
					}
				}
			}
			return lines
		}, err)
	}
	by.orderCounts = func(ctx context.Context, from, to int64) (found, error) {
		var counts []orderCount
		err := client.User.Query().Where(user.IDGTE(from), user.IDLTE(to)).Modify(func(s *entsql.Selector) {
			o := entsql.Table(order.Table)
			s.LeftJoin(o).OnP(entsql.And(entsql.ColumnsEQ(s.C(user.FieldID), o.C(order.FieldUserID)), entsql.IsNull(o.C(order.FieldDeletedAt))))
			s.Select(s.C(user.FieldID), s.C(user.FieldName), entsql.As(entsql.Count(o.C(order.FieldID)), "orders"))
			s.GroupBy(s.C(user.FieldID)).OrderBy(s.C(user.FieldID))
		}).Scan(ctx, &counts)
		return list(counts, err)
	}
}
