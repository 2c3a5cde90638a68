package trash

import (
	"github.com/softdelete-go/softdelete"
)

type overviewView struct {
	Tables  []tableLine
	Rows    amount // deleted ones
	Chart   chart
	Periods []period
	Latest  []deletionLine
}

// tableLine is a table of the overview.
type tableLine struct {
	softdelete.TableCount
	Share int // of the deleted rows, in percent
}

// period is how long a chart may be.
type period struct {
	Days   int
	Chosen bool
}

type overviewJSON struct {
	Tables []softdelete.TableCount `json:"tables"`
	Growth softdelete.Growth       `json:"growth"`
}

func (q *request) overview() (reply, error) {
	days, err := q.number("days", 366, 30)
	if err != nil {
		return reply{}, err
	}
	counts, err := softdelete.Counts(q.ctx, q.db, q.names()...)
	if err != nil {
		return reply{}, err
	}
	growth, err := softdelete.GrowthOf(q.ctx, q.db, days, q.names()...)
	if err != nil {
		return reply{}, err
	}
	if q.api {
		return reply{json: overviewJSON{counts, growth}}, nil
	}
	v := overviewView{Chart: newChart(growth)}
	for _, c := range counts {
		v.Rows.N += c.Deleted
		v.Rows.About = v.Rows.About || c.DeletedEstimated
		line := tableLine{TableCount: c}
		if c.Deleted > 0 {
			line.Share = max(1, int(c.Deleted*100/(c.Live+c.Deleted)))
		}
		v.Tables = append(v.Tables, line)
	}
	for _, n := range []int{30, 90, 365} {
		v.Periods = append(v.Periods, period{n, n == days})
	}
	latest, err := q.list(softdelete.DeletionFilter{Limit: 5})
	for _, d := range latest {
		v.Latest = append(v.Latest, q.line(d))
	}
	return reply{page: "overview", title: "Overview", view: v}, err
}
