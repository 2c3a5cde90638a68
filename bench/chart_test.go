package main

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
)

// charted is a report with every peer and operation; nobody restores what is
// really gone.
func charted(dead, goroutines []int) *report {
	r := &report{Time: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), PostgreSQL: "15.1 (Debian)", CPUs: 2, PeersUsers: 10, PeersOrders: 20, PeersItems: 30}
	for _, d := range dead {
		for _, g := range goroutines {
			for _, task := range tasks {
				for n, phase := range task.phases {
					s := served{Operation: phase}
					for i, p := range peers {
						if phase == "restore" && p.name == "no dead rows" {
							continue
						}
						s.Ways = append(s.Ways, servedBy{Way: p.name, Ratio: summary{Median: 0.3 + float64(i+n)/2}})
					}
					r.Peers = append(r.Peers, contested{d, g, s})
				}
			}
		}
	}
	return r
}

func TestTheChartShowsEverything(t *testing.T) {
	for _, c := range []struct{ dead, goroutines []int }{
		{[]int{0, 50, 90}, []int{1, 8}},
		{[]int{50}, []int{1}},
		{[]int{0, 10, 20, 90}, []int{8}},
	} {
		t.Run(fmt.Sprint(c.dead, c.goroutines), func(t *testing.T) {
			r := charted(c.dead, c.goroutines)
			texts, bars := map[string]int{}, 0
			decoder := xml.NewDecoder(strings.NewReader(string(r.chart())))
			for {
				token, err := decoder.Token()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				switch token := token.(type) {
				case xml.CharData:
					texts[string(token)]++
				case xml.StartElement:
					for _, a := range token.Attr {
						if a.Name.Local == "class" && (strings.HasPrefix(a.Value, "bar") || strings.HasPrefix(a.Value, "ours")) {
							bars++
							if !strings.Contains(chartStyle, "."+a.Value+" ") {
								t.Errorf("the style has no class %q", a.Value)
							}
						}
					}
				}
			}
			for _, p := range peers[1:] {
				if got, want := texts[p.name], 12*len(c.goroutines); got != want {
					t.Errorf("%s has %d rows, want %d", p.name, got, want)
				}
			}
			for _, task := range tasks {
				for _, phase := range task.phases {
					if got := texts[phase]; got != len(c.goroutines) {
						t.Errorf("%s has %d panels, want %d", phase, got, len(c.goroutines))
					}
				}
			}
			panels := 12 * len(c.goroutines)
			legend := 2 * len(c.dead)
			if want := (panels*(len(peers)-1)-len(c.goroutines))*len(c.dead) + legend; bars != want {
				t.Errorf("%d bars, want %d", bars, want)
			}
			if dashes := strings.Join(slices.Repeat([]string{"–"}, len(c.dead)), figureGap); texts[dashes] != len(c.goroutines) {
				t.Errorf("%d rows of what cannot be done, want %d", texts[dashes], len(c.goroutines))
			}
		})
	}
}
