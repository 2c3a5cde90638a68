package softdelete_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/softdelete-go/softdelete"
)

func TestObstacles(t *testing.T) {
	p := purgePolicy()
	p.Tables[0].Hidden = []string{"ssn"}
	ours, plain := openPurge(t, purgeShop+`ALTER TABLE users ADD email text, ADD ssn text;
		CREATE UNIQUE INDEX users_email ON users (lower(email)) WHERE deleted_at IS NULL; CREATE UNIQUE INDEX users_ssn ON users (ssn) WHERE deleted_at IS NULL;
		CREATE UNIQUE INDEX users_all ON users (id, email)`, p)
	mustExec(t, plain, `INSERT INTO users (id, email, ssn) VALUES (1, 'Bob', '11'), (2, 'eve', '22'); INSERT INTO orders (id, user_id) VALUES (5, 1), (6, 1); INSERT INTO items VALUES (5, 1), (6, 1)`)
	mustExec(t, ours, `DELETE FROM orders WHERE id = 5`)
	mustExec(t, ours, `DELETE FROM users WHERE id = 1`)
	mustExec(t, ours, `INSERT INTO users (id, email, ssn) VALUES (3, 'BOB', '33'), (4, 'ann', '11')`)
	order, user := all(t, plain, `SELECT deletion_id FROM orders WHERE id = 5`), all(t, plain, `SELECT deletion_id FROM users WHERE id = 1`)
	find := func(id string, row *softdelete.RowKey) string {
		t.Helper()
		list, err := softdelete.Obstacles(context.Background(), ours, id, row, 0)
		if err != nil {
			t.Fatal(err)
		}
		var lines []string
		for _, o := range list {
			if strings.Contains(string(o.Data), "ssn") || !strings.Contains(string(o.Data), `"id"`) {
				t.Errorf("data: %s", o.Data)
			}
			lines = append(lines, fmt.Sprintf("%s %s: %s by %s %s %t %t", o.Row.Table, o.Row.Key, o.Constraint, o.Other.Table, o.Other.Key, o.Deleted, o.Deletion == user))
		}
		return strings.Join(lines, "; ")
	}
	equalText(t, "a parent", find(order, nil), "orders [5]: orders_user_id_fkey by users [1] true true")
	equalText(t, "unique keys", find(user, nil), "users [1]: users_email by users [3] false false; users [1]: users_ssn by users [4] false false")
	equalText(t, "a row of it", find(user, &softdelete.RowKey{Table: "public.items", Key: []string{"6", "1"}}), "items [6 1]: items_order_id_fkey by orders [6] true true")
	equalText(t, "a row that is not of it", find(user, &softdelete.RowKey{Table: "items", Key: []string{"5", "1"}}), "")
	mustExec(t, ours, `DELETE FROM users WHERE id > 2`)
	equalText(t, "none any more", find(user, nil), "")
	if n, err := softdelete.RestoreDeletion(context.Background(), ours, user); err != nil || n != 3 {
		t.Errorf("%d rows, %v", n, err)
	}
	if _, err := softdelete.Obstacles(context.Background(), ours, user, &softdelete.RowKey{Table: "items", Key: []string{"6"}}, 0); err == nil {
		t.Error("a key that is too short is no error")
	}
}
