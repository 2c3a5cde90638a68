package main

import (
	"slices"
	"strings"
	"testing"
)

func TestOptions(t *testing.T) {
	for _, c := range []struct {
		name       string
		args       []string
		dead       []int
		goroutines []int
		wrong      string // in the error
	}{
		{name: "none", dead: []int{0, 50, 90}, goroutines: []int{1, 8}},
		{name: "quick", args: []string{"-quick"}, dead: []int{50}, goroutines: []int{1, 8}},
		{name: "lists", args: []string{"-quick", "-dead", "0, 95", "-goroutines=4"}, dead: []int{0, 95}, goroutines: []int{4}},
		{name: "too many dead", args: []string{"-dead", "96"}, wrong: "-dead"},
		{name: "no goroutine", args: []string{"-goroutines", "1,0"}, wrong: "-goroutines"},
		{name: "no number", args: []string{"-goroutines", "1,,8"}, wrong: "-goroutines"},
		{name: "format", args: []string{"-format", "xml"}, wrong: "-format"},
		{name: "pattern", args: []string{"-only", "("}, wrong: "-only"},
		{name: "an argument", args: []string{"quick"}, wrong: "no arguments"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o, err := readOptions(c.args)
			if c.wrong != "" {
				if err == nil || !strings.Contains(err.Error(), c.wrong) {
					t.Fatalf("the error is %v, and should name %q", err, c.wrong)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(o.effort.peers.dead, c.dead) || !slices.Equal(o.effort.peers.goroutines, c.goroutines) {
				t.Errorf("dead rows %v and goroutines %v, want %v and %v", o.effort.peers.dead, o.effort.peers.goroutines, c.dead, c.goroutines)
			}
		})
	}
}

func TestOnlyWhatIsChosenIsMeasured(t *testing.T) {
	o, err := readOptions([]string{"-quick", "-only", "^rewriting/(3-join|list)$"})
	if err != nil {
		t.Fatal(err)
	}
	e := o.effort
	e.rounds, e.block = 2, 1000
	r := newReport(e)
	if r.Rewriting, err = measureRewriting(t.Context(), e, o.only); err != nil {
		t.Fatal(err)
	}
	// Nothing else is chosen, so that no database may be asked for.
	if err := measureOn(t.Context(), nil, e, o.only, r); err != nil {
		t.Fatal(err)
	}
	if len(r.Rewriting) != 2 || r.Rewriting[0].Statement != "list" || r.Rewriting[1].Statement != "3-join" {
		t.Errorf("measured were %+v", r.Rewriting)
	}
	if len(r.Server)+len(r.Families)+len(r.Varying)+len(r.Peers) > 0 {
		t.Errorf("the report holds more: %+v", r)
	}
	if text := string(r.table()); !strings.Contains(text, "| 3-join ") || strings.Contains(text, "On the server") {
		t.Errorf("the tables are\n%s", text)
	}

	// A cascade is measured with its restore.
	o, err = readOptions([]string{"-only", "peers/restore"})
	if err != nil {
		t.Fatal(err)
	}
	var chosen []string
	for _, task := range tasks {
		if o.only.any("peers", task.phases) {
			chosen = append(chosen, task.phases...)
		}
	}
	if !slices.Equal(chosen, []string{"cascade delete", "restore"}) {
		t.Errorf("chosen are %v", chosen)
	}
}

func TestPurgeOptions(t *testing.T) {
	o, err := readOptions([]string{"-purge", "-quick", "-batch", "7"})
	if err != nil || o.purge == nil || o.purge.dead != quickPurge.dead || o.purge.batch != 7 || o.purge.share != quickPurge.share {
		t.Errorf("%+v, %v", o, err)
	}
}
