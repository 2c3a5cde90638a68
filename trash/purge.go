package trash

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/access"
)

// countedFirst is how many rows a deletion may have for a purge to be tried first, which
// takes memory for each of them.
const countedFirst = 50_000

// confirmation is what has to be typed before rows are removed for good.
const confirmation = "purge"

type purgeView struct {
	Deletion deletionLine
	Named    []*node // the first of the rows, if all go
	Goes     []amount
	Stays    []amount // rows that others refer to
	Total    int64
	Most     bool // the numbers are those of the deletion: it is too large to be tried
	Held     bool
	Problem  string
	Word     string
}

type purgeJSON struct {
	Purged map[string]int64 `json:"purged"`
	Kept   map[string]int64 `json:"kept"`
	Held   bool             `json:"held"`
}

func (q *request) previewPurge() (reply, error) {
	d, concerned, err := q.lookUp()
	if err != nil {
		return reply{}, err
	}
	if err := q.may(access.Purge, concerned); err != nil {
		return reply{}, err
	}
	return q.purgePage(d, concerned, "")
}

func (q *request) purgePage(d softdelete.Deletion, concerned []string, problem string) (reply, error) {
	v := purgeView{Deletion: q.line(d), Held: d.Held, Word: confirmation, Problem: problem}
	answer := purgeJSON{Purged: d.Rows, Kept: map[string]int64{}, Held: d.Held}
	for _, n := range d.Rows {
		v.Total += n
	}
	if v.Most = v.Total > countedFirst; !v.Most {
		r, err := q.remove(concerned, true)
		if err != nil {
			return reply{}, err
		}
		answer.Purged, answer.Kept = reported(r)
		v.Total = r.Purged
	}
	var err error
	if len(answer.Kept) == 0 {
		if v.Named, err = q.named(v.Deletion); err != nil {
			return reply{}, err
		}
	}
	v.Goes, v.Stays = q.amounts(d.Table, answer.Purged), q.amounts(d.Table, answer.Kept)
	rep := reply{page: "purge", title: "Purge", view: v, json: answer}
	if problem != "" {
		rep.status = http.StatusBadRequest
	}
	return rep, nil
}

// remove purges the deletion, of tables that the policy still has.
func (q *request) remove(concerned []string, dryRun bool) (softdelete.PurgeReport, error) {
	o := softdelete.PurgeOptions{Deletion: q.id, DryRun: dryRun}
	for _, t := range q.tables {
		if slices.Contains(concerned, t.Name) {
			o.Tables = append(o.Tables, t.Name)
		}
	}
	if len(o.Tables) == 0 { // to Purge that would mean all
		return softdelete.PurgeReport{}, &failure{status: http.StatusConflict, detail: "The policy does not have its tables any more."}
	}
	return softdelete.Purge(q.ctx, q.db, o)
}

// reported is what of a report concerns rows that went, and rows that stay.
func reported(r softdelete.PurgeReport) (purged, kept map[string]int64) {
	purged, kept = map[string]int64{}, map[string]int64{}
	for _, t := range r.Tables {
		if t.Purged > 0 {
			purged[t.Table] = t.Purged
		}
		if t.Kept+t.Held > 0 {
			kept[t.Table] = t.Kept + t.Held
		}
	}
	return purged, kept
}

func (q *request) purge() (reply, error) {
	d, concerned, err := q.lookUp()
	if err != nil {
		return reply{}, err
	}
	if err := q.may(access.Purge, concerned); err != nil {
		return reply{}, q.audit(access.Purge, nil, nil, err)
	}
	if q.values.Get("confirm") != confirmation {
		problem := fmt.Sprintf("Nothing was removed: type “%s” to confirm.", confirmation)
		if q.api {
			return reply{}, unclear(fmt.Sprintf(`Send {"confirm": %q}.`, confirmation))
		}
		return q.purgePage(d, concerned, problem)
	}
	r, err := q.remove(concerned, false)
	purged, kept := reported(r)
	if err == nil && r.Purged == 0 {
		err = &failure{status: http.StatusConflict, detail: nothingPurged(d.Held, len(kept) > 0)}
	}
	if errors.Is(err, context.DeadlineExceeded) && r.Purged > 0 {
		err = &failure{http.StatusServiceUnavailable, "The time was up. " + counted(r.Purged, "row") + " removed for good, and the rest is still there: do it again to go on.", err}
	}
	if err = q.audit(access.Purge, nil, purged, err); err != nil {
		return reply{}, err
	}
	return reply{location: q.afterwards("purged", r.Purged), json: purgeJSON{purged, kept, d.Held}}, nil
}

func nothingPurged(held, kept bool) string {
	switch {
	case held:
		return "Nothing was removed: the deletion is held."
	case kept:
		return "Nothing was removed: other rows refer to these."
	}
	return "Nothing was removed: no row of it is left."
}
