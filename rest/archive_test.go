package rest_test

import (
	"slices"
	"testing"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/rest"
)

// Tables whose deleted rows are in deletion_records.
func TestArchived(t *testing.T) {
	p := shopPolicy()
	for i := range p.Tables {
		if slices.Contains([]string{"orders", "items", "billing.invoices"}, p.Tables[i].Name) {
			p.Tables[i] = softdelete.Table{Name: p.Tables[i].Name, Mode: softdelete.Archive, PrimaryKey: p.Tables[i].PrimaryKey}
		}
	}
	a := newAPIOf(t, p, func(o *rest.Options) { o.AllowBulkPurge = true })
	before := a.one("SELECT string_agg(x::text, ',' ORDER BY x::text) FROM items AS x")

	a.want(204, "DELETE", "/orders/"+order(1)+"/")
	a.equal("deleted orders", a.ids("/orders/deleted/", "id"), order(1))
	a.equal("deleted items", a.ids("/items/deleted/?line=a", "line"), "a")
	a.equal("all items of the order", a.ids("/items/with-deleted/?order_id="+order(1), "line"), "a|b/c,d")
	a.equal("live items of the order", a.ids("/items/?order_id="+order(1), "line"), "")
	a.want(404, "GET", "/orders/"+order(1)+"/")
	a.want(200, "GET", "/orders/"+order(1)+"/?with-deleted=true")
	a.want(200, "GET", "/orders/deleted/"+order(1)+"/")

	a.want(200, "PATCH", "/orders/"+order(1)+"/restore/?count=true")
	a.equal("items afterwards", a.one("SELECT string_agg(x::text, ',' ORDER BY x::text) FROM items AS x"), before)

	a.want(204, "DELETE", "/users/1/")
	a.want(204, "DELETE", "/orders/?user_id=2")
	a.want(409, "PATCH", "/orders/"+order(1)+"/restore/?one=true")
	a.want(200, "PATCH", "/items/restore/?line=a&count=true")
	a.equal("orders after a restore of items", a.one("SELECT count(*) FROM orders"), "9")

	// For good: what is there goes past the archive, what is in it with Purge only.
	a.want(204, "DELETE", "/items/"+order(3)+",a/?permanent=true")
	a.equal("records of it", a.one("SELECT count(*) FROM deletion_records WHERE key ->> 'order_id' = $1", order(3)), "0")
	a.want(204, "DELETE", "/items/?order_id="+order(4))
	a.want(404, "DELETE", "/items/"+order(4)+",a/?permanent=true")
	a.want(409, "DELETE", "/items/deleted/?order_id="+order(4)+"&permanent=true")
	a.equal("records", a.one("SELECT count(*) FROM deletion_records WHERE key ->> 'order_id' = $1", order(4)), "2")
}
