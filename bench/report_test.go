package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/softdelete-go/softdelete/internal/pgtemp"
)

func TestQuantile(t *testing.T) {
	for _, c := range []struct {
		name   string
		sorted []float64
		q      float64
		want   float64
	}{
		{"the only value", []float64{3}, 0.9, 3},
		{"the middle of three", []float64{1, 2, 9}, 0.5, 2},
		{"between the middle two", []float64{1, 2, 4, 9}, 0.5, 3},
		{"the least", []float64{1, 2, 9}, 0, 1},
		{"the greatest", []float64{1, 2, 9}, 1, 9},
		{"a tenth of the way", []float64{0, 10, 20}, 0.1, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := quantile(c.sorted, c.q); got != c.want {
				t.Errorf("quantile(%v, %v) = %v, want %v", c.sorted, c.q, got, c.want)
			}
		})
	}
}

var tinyPeers = peersEffort{
	shop: shopSize{users: 2000, orders: 6000, items: 12000}, dead: []int{90}, goroutines: []int{1, 2},
	light:   taskEffort{contestEffort{rounds: 1, calls: 1}, contestEffort{rounds: 1, calls: 2}},
	cascade: taskEffort{contestEffort{rounds: 1, calls: 1}, contestEffort{rounds: 1, calls: 2}},
	bulk:    taskEffort{contestEffort{rounds: 1, calls: 1, warm: 1}, contestEffort{rounds: 1, calls: 2}},
}

func TestARunIsReportedInEveryFormat(t *testing.T) {
	// More rounds than a connection serves, and not a multiple.
	e := effort{shop: shopSize{users: 200, orders: 600, items: 1200}, rounds: roundsPerConnection + 2, block: 50 * time.Microsecond, calls: 10}
	family := familyEffort{testSize, 2, contestEffort{rounds: roundsPerConnection + 2, calls: 1}}
	e.families = []familyEffort{family}
	e.peers = tinyPeers
	e.varying = varyingEffort{
		shop: shopSize{users: 100, orders: 10, items: 10}, rows: 50,
		reads: contestEffort{rounds: 2, calls: 2}, inserts: contestEffort{rounds: 1, calls: 1, warm: 1},
	}
	r := newReport(e)
	r.PostgreSQL = pgtemp.Shared(t).Version()
	var err error
	if r.Rewriting, err = measureRewriting(t.Context(), e, chooser{}); err != nil {
		t.Fatal(err)
	}
	if err := measureOn(t.Context(), testDatabases{t}, e, chooser{}, r); err != nil {
		t.Fatal(err)
	}

	table := string(r.table())
	for _, s := range statements {
		if !strings.Contains(table, "| "+s.name+" ") {
			t.Errorf("the table lacks the statement %q:\n%s", s.name, table)
		}
	}
	for _, o := range operations {
		if !strings.Contains(table, "| "+o.name+" ") {
			t.Errorf("the table lacks the operation %q:\n%s", o.name, table)
		}
	}
	for _, w := range cascadeWays {
		if !strings.Contains(table, "| "+w.name+" ") {
			t.Errorf("the table lacks the way %q:\n%s", w.name, table)
		}
	}
	for _, p := range peers {
		if !strings.Contains(table, " "+p.name+" |") {
			t.Errorf("the table lacks the peer %q:\n%s", p.name, table)
		}
	}
	if strings.Contains(table, "NaN") || strings.Contains(table, "Inf") {
		t.Errorf("the table holds a figure that is none:\n%s", table)
	}

	result := regexp.MustCompile(`^Benchmark\S+-\d+\t\d+(\t[0-9.e+]+ [^\s]+)+$`)
	found := 0
	for line := range strings.Lines(string(r.benchmarkFormat())) {
		if !strings.HasPrefix(line, "Benchmark") {
			continue
		}
		found++
		if !result.MatchString(strings.TrimSuffix(line, "\n")) {
			t.Errorf("not a line of the benchmark format: %q", line)
		}
	}
	// Real deletes are not undone.
	families := family.rounds * (len(cascadeWays) + len(cascadeWays) - 1 + len(insertWays))
	varied := len(varyingWays) * (2*e.varying.reads.rounds + e.varying.inserts.rounds)
	// GORM, which is there twice, Bun and Ent insert in one of the two ways only, and
	// who deletes for real restores nothing.
	phases := 0
	for _, task := range tasks {
		phases += len(task.phases)
	}
	peersLines := len(e.peers.dead) * len(e.peers.goroutines) * (phases*len(peers) - 4 - 1)
	if want := e.rounds*(len(statements)*handlings+len(operations)*len(wayNames)) + families + varied + peersLines; found != want {
		t.Errorf("%d lines of results, want %d", found, want)
	}

	file := filepath.Join(t.TempDir(), "report.json")
	if err := writeJSON(file, r); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var again report
	if err := json.Unmarshal(text, &again); err != nil {
		t.Fatal(err)
	}
	if len(again.Rewriting) != len(statements) || len(again.Server) != len(operations) || again.PostgreSQL == "" ||
		again.Rewriting[0].HitBeyondForward != r.Rewriting[0].HitBeyondForward || again.Server[0].Ways[2].Ratio != r.Server[0].Ways[2].Ratio {
		t.Errorf("the JSON is not the report:\n%s", text)
	}
}
