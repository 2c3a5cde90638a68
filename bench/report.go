package main

import (
	"bytes"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// report is the outcome of a run.
type report struct {
	Time       time.Time `json:"time"`
	Go         string    `json:"go"`
	OS         string    `json:"os"`
	Arch       string    `json:"arch"`
	CPUs       int       `json:"cpus"`
	PostgreSQL string    `json:"postgresql"`
	Rounds     int       `json:"rounds"`
	Users      int       `json:"users"`
	Orders     int       `json:"orders"`
	Items      int       `json:"items"`
	Seconds    float64   `json:"seconds"` // that the run took

	Rewriting []rewriting `json:"rewriting"`
	Server    []served    `json:"server"`
	Families  []served    `json:"families"`
	Varying   []served    `json:"varying"`

	PeersUsers  int         `json:"peers_users"`
	PeersOrders int         `json:"peers_orders"`
	PeersItems  int         `json:"peers_items"`
	Peers       []contested `json:"peers"`
}

func (r *report) empty() bool {
	return len(r.Rewriting)+len(r.Server)+len(r.Families)+len(r.Varying)+len(r.Peers) == 0
}

func newReport(e effort) *report {
	return &report{
		Time: time.Now().UTC().Truncate(time.Second),
		Go:   runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH, CPUs: runtime.NumCPU(),
		Rounds: e.rounds, Users: e.shop.users, Orders: e.shop.orders, Items: e.shop.items,
		PeersUsers: e.peers.shop.users, PeersOrders: e.peers.shop.orders, PeersItems: e.peers.shop.items,
	}
}

func (r *report) table() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s, %s/%s, %d CPUs, PostgreSQL %s, %s\n", r.Go, r.OS, r.Arch, r.CPUs, r.PostgreSQL, r.Time.Format(time.DateOnly))
	b.WriteString("Each figure is a median of rounds; in brackets, from the 10th to the 90th percentile of the rounds.\n")
	if len(r.Rewriting) > 0 {
		b.WriteByte('\n')
		r.rewritingTable(&b)
	}
	if len(r.Server) > 0 {
		b.WriteByte('\n')
		r.serverTable(&b)
	}
	b.WriteByte('\n')
	if len(r.Families) > 0 {
		b.WriteString("Cascades, restores and inserts of children; the ratio is to hand-written:\n\n")
	}
	for _, s := range r.Families {
		s.waysTable(&b)
	}
	if len(r.Varying) > 0 {
		b.WriteString("Texts that are not seen twice; the ratio is to plain pgx:\n\n")
	}
	for _, s := range r.Varying {
		s.waysTable(&b)
	}
	r.peersTables(&b)
	return b.Bytes()
}

func (r *report) rewritingTable(b *bytes.Buffer) {
	b.WriteString("Rewriting, over a driver connection that does nothing (B and allocs are Go's, per call):\n\n")
	var t table
	t.row("statement", "bytes", "forward", "hit", "B", "allocs", "hit - forward", "shape", "B", "allocs", "cold", "B", "allocs", "Parse", "B", "allocs", "cold / Parse", "kept")
	for _, s := range r.Rewriting {
		t.row(s.Statement, fmt.Sprint(s.Bytes), nanoseconds(s.Forward.Ns.Median),
			nanoseconds(s.Hit.Ns.Median), number(s.Hit.Bytes), number(s.Hit.Allocs),
			fmt.Sprintf("%.0f ns (%.0f-%.0f)", s.HitBeyondForward.Median, s.HitBeyondForward.P10, s.HitBeyondForward.P90),
			nanoseconds(s.Shape.Ns.Median), number(s.Shape.Bytes), number(s.Shape.Allocs),
			microseconds(s.Cold.Ns.Median), number(s.Cold.Bytes), number(s.Cold.Allocs),
			microseconds(s.Parse.Ns.Median), number(s.Parse.Bytes), number(s.Parse.Allocs),
			ratio(s.ColdOverParse), number(s.Memory)+" B")
	}
	t.write(b)
}

func (r *report) serverTable(b *bytes.Buffer) {
	fmt.Fprintf(b, "On the server, %d users, %d orders, %d items, half of them dead; the ratio is to hand-written:\n\n", r.Users, r.Orders, r.Items)
	var t table
	header := []string{"operation"}
	for i, w := range r.Server[0].Ways {
		if header = append(header, w.Way); i > 0 {
			header = append(header, "ratio")
		}
	}
	t.row(header...)
	for _, s := range r.Server {
		cells := []string{s.Operation}
		for i, w := range s.Ways {
			if cells = append(cells, microseconds(w.Nanoseconds.Median)); i > 0 {
				cells = append(cells, ratio(w.Ratio))
			}
		}
		t.row(cells...)
	}
	t.write(b)
}

// waysTable has a line for each way.
func (s served) waysTable(b *bytes.Buffer) {
	var t table
	t.row(s.Operation, "time", "ratio", "round trips")
	for i, w := range s.Ways {
		of := ""
		if i > 0 {
			of = ratio(w.Ratio)
		}
		t.row(w.Way, microseconds(w.Nanoseconds.Median), of, fmt.Sprint(w.Trips))
	}
	t.write(b)
	b.WriteByte('\n')
}

// benchmarkFormat is what benchstat and its kin read: a line for each round.
// https://go.dev/design/14313-benchmark-format
func (r *report) benchmarkFormat() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "goos: %s\ngoarch: %s\npkg: github.com/softdelete-go/softdelete/bench\ngo: %s\npostgresql: %s\n", r.OS, r.Arch, r.Go, r.PostgreSQL)
	for _, s := range r.Rewriting {
		for i, c := range s.costs() {
			for _, round := range c.rounds {
				fmt.Fprintf(&b, "BenchmarkRewriting/statement=%s/way=%s-%d\t%d\t%.4g ns/op\t%.0f B/op\t%.0f allocs/op\n",
					word(s.Statement), word(handlingNames[i]), r.CPUs, round.calls, round.ns, round.bytes, round.allocs)
			}
		}
	}
	for _, s := range slices.Concat(r.Server, r.Families, r.Varying) {
		s.benchmarkFormat(&b, "BenchmarkServer", r.CPUs)
	}
	for _, c := range r.Peers {
		c.benchmarkFormat(&b, fmt.Sprintf("BenchmarkPeers/dead=%d/goroutines=%d", c.Dead, c.Goroutines), r.CPUs)
	}
	return b.Bytes()
}

func (s served) benchmarkFormat(b *bytes.Buffer, name string, cpus int) {
	for _, w := range s.Ways {
		for i, ns := range w.rounds {
			fmt.Fprintf(b, "%s/operation=%s/way=%s-%d\t%d\t%.6g ns/op\t%.4f of-hand-written\n",
				name, word(s.Operation), word(w.Way), cpus, s.Calls, ns, w.ratios[i])
		}
	}
}

// word makes one word of a name: the format separates fields by white space,
// and the number of CPUs by a hyphen.
func word(name string) string { return strings.NewReplacer(" ", "_", "-", "_", ",", "").Replace(name) }

func nanoseconds(ns float64) string  { return fmt.Sprintf("%.0f ns", ns) }
func microseconds(ns float64) string { return fmt.Sprintf("%.1f µs", ns/1000) }
func number(v float64) string        { return fmt.Sprintf("%.0f", v) }

func ratio(s summary) string { return fmt.Sprintf("%.3f (%.3f-%.3f)", s.Median, s.P10, s.P90) }

// table is printed as Markdown: the first column to the left, figures to the right.
type table struct{ rows [][]string }

func (t *table) row(cells ...string) { t.rows = append(t.rows, cells) }

func (t *table) write(b *bytes.Buffer) {
	widths := make([]int, len(t.rows[0]))
	for _, row := range t.rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for n, row := range t.rows {
		for i, cell := range row {
			if i == 0 {
				fmt.Fprintf(b, "| %-*s |", widths[i], cell)
			} else {
				fmt.Fprintf(b, " %*s |", widths[i], cell)
			}
		}
		b.WriteByte('\n')
		if n > 0 {
			continue
		}
		for i, width := range widths {
			if i == 0 {
				fmt.Fprintf(b, "|%s|", strings.Repeat("-", width+2))
			} else {
				fmt.Fprintf(b, "%s:|", strings.Repeat("-", width+1))
			}
		}
		b.WriteByte('\n')
	}
}
