package main

import (
	"bytes"
	"fmt"
	"html"
	"slices"
	"strings"
)

// The chart has a panel for each operation, a row in it for each peer but the first,
// with whom the others are compared, and a bar in the row for each share of dead
// rows. The figures stand beside the bars.
const (
	panelColumns = 3
	panelWidth   = 340
	panelGap     = 16
	margin       = 24

	labelWidth = 96
	barsWidth  = 128
	barHeight  = 5
	rowGap     = 5
	panelHead  = 26

	headHeight    = 92
	sectionHeight = 40

	figureGap = "\u00a0\u00a0" // XML makes one of two plain spaces

	chartStyle = `
.ground { fill: #ffffff }
text { fill: #1f2733; font: 11px system-ui, -apple-system, "Segoe UI", sans-serif }
.title { font-size: 17px; font-weight: 600 }
.section { font-size: 14px; font-weight: 600 }
.panel { font-size: 12px; font-weight: 600 }
.note, .figure { fill: #56616f }
.figure { font-size: 10px; font-variant-numeric: tabular-nums }
.one { stroke: #56616f; stroke-width: 1; stroke-dasharray: 2 2 }
.bar0 { fill: #b9c6d8 } .bar1 { fill: #7f96b6 } .bar2 { fill: #4c6689 }
.ours0 { fill: #f3bd94 } .ours1 { fill: #e08543 } .ours2 { fill: #b5571a }
.us { font-weight: 600 }
@media (prefers-color-scheme: dark) {
.ground { fill: #11161d }
text { fill: #e3e8ef }
.note, .figure { fill: #a3aebb }
.one { stroke: #a3aebb }
.bar0 { fill: #34465e } .bar1 { fill: #5a7699 } .bar2 { fill: #93aed0 }
.ours0 { fill: #7c3f17 } .ours1 { fill: #c96f2e } .ours2 { fill: #f4a56b }
}`
)

// chart is the comparison of peers as an SVG picture, for light and dark pages.
func (r *report) chart() []byte {
	c := &chart{report: r}
	for _, s := range r.settings() {
		if !slices.Contains(c.goroutines, s.goroutines) {
			c.goroutines = append(c.goroutines, s.goroutines)
		}
		if !slices.Contains(c.dead, s.dead) {
			c.dead = append(c.dead, s.dead)
		}
	}
	slices.Sort(c.dead)
	for _, p := range r.Peers {
		if !slices.Contains(c.operations, p.Operation) {
			c.operations = append(c.operations, p.Operation)
		}
	}
	return c.draw()
}

type chart struct {
	*report
	goroutines, dead []int
	operations       []string
	b                bytes.Buffer
}

func (c *chart) rowHeight() int   { return max(11, barHeight*len(c.dead)) + rowGap }
func (c *chart) panelHeight() int { return panelHead + c.rowHeight()*(len(peers)-1) + panelGap }

func (c *chart) sectionHeight() int {
	return sectionHeight + c.panelHeight()*((len(c.operations)+panelColumns-1)/panelColumns)
}

func (c *chart) draw() []byte {
	width := 2*margin + panelColumns*panelWidth + (panelColumns-1)*panelGap
	height := headHeight + len(c.goroutines)*c.sectionHeight()
	fmt.Fprintf(&c.b, `<svg xmlns="http://www.w3.org/2000/svg" width="%[1]d" height="%[2]d" viewBox="0 0 %[1]d %[2]d" role="img">`+"\n", width, height)
	c.b.WriteString("<title>Ways to soft-delete, compared with SQL written by hand</title>\n<style>" + chartStyle + "\n</style>\n")
	fmt.Fprintf(&c.b, `<rect class="ground" width="%d" height="%d"/>`+"\n", width, height)
	c.text(margin, 34, "title", "Compared with SQL written by hand")
	version, _, _ := strings.Cut(c.PostgreSQL, " ")
	c.text(margin, 54, "note", fmt.Sprintf("%d users, %d orders, %d items; PostgreSQL %s, %d CPUs, %s. The dashed line is hand-written; – cannot be done.",
		c.PeersUsers, c.PeersOrders, c.PeersItems, version, c.CPUs, c.Time.Format("2006-01-02")))
	c.legend(72)
	for i, g := range c.goroutines {
		c.section(headHeight+i*c.sectionHeight(), g)
	}
	c.b.WriteString("</svg>\n")
	return c.b.Bytes()
}

func (c *chart) text(x, y int, class, text string) {
	fmt.Fprintf(&c.b, `<text x="%d" y="%d" class="%s">%s</text>`+"\n", x, y, class, html.EscapeString(text))
}

func (c *chart) bar(x, y, width int, class string) {
	fmt.Fprintf(&c.b, `<rect x="%d" y="%d" width="%d" height="%d" class="%s"/>`+"\n", x, y, max(width, 1), barHeight-1, class)
}

func (c *chart) legend(y int) {
	c.text(margin, y, "note", "Dead rows:")
	for i, dead := range c.dead {
		x := margin + 70 + 100*i
		c.bar(x, y-6, 18, c.shade("bar", i))
		c.bar(x+20, y-6, 18, c.shade("ours", i))
		c.text(x+44, y, "note", fmt.Sprintf("%d %%", dead))
	}
}

// shade is a class of the style, which has three of each kind: the more dead rows,
// the stronger.
func (c *chart) shade(kind string, i int) string {
	if len(c.dead) == 1 {
		return kind + "1"
	}
	return fmt.Sprintf("%s%d", kind, i*2/(len(c.dead)-1))
}

func (c *chart) section(y, goroutines int) {
	heading, limit := "One goroutine: time of a call (shorter is better; bars end at 4)", 4.0
	if goroutines > 1 {
		heading, limit = fmt.Sprintf("%d goroutines: calls per second (longer is better; bars end at 2)", goroutines), 2.0
	}
	c.text(margin, y+22, "section", heading)
	for i, operation := range c.operations {
		x := margin + (i%panelColumns)*(panelWidth+panelGap)
		c.panel(x, y+sectionHeight+(i/panelColumns)*c.panelHeight(), operation, goroutines, limit)
	}
}

// panel draws ratios up to the limit; a bar that would be longer ends there.
func (c *chart) panel(x, y int, operation string, goroutines int, limit float64) {
	c.text(x, y+12, "panel", operation)
	bars := x + labelWidth
	for i, p := range peers[1:] {
		top := y + panelHead + i*c.rowHeight()
		kind, label := "bar", ""
		if p.driver {
			kind, label = "ours", "us"
		}
		c.text(x, top+9, label, p.name)
		var figures []string
		for n, dead := range c.dead {
			by, there := c.of(operation, setting{dead, goroutines}, p.name)
			if !there {
				figures = append(figures, "–")
				continue
			}
			figures = append(figures, fmt.Sprintf("%.2f", by.Ratio.Median))
			c.bar(bars, top+n*barHeight, int(min(by.Ratio.Median, limit)/limit*barsWidth), c.shade(kind, n))
		}
		c.text(bars+barsWidth+8, top+9, "figure", strings.Join(figures, figureGap))
	}
	one := bars + int(barsWidth/limit)
	fmt.Fprintf(&c.b, `<line x1="%[1]d" x2="%[1]d" y1="%[2]d" y2="%[3]d" class="one"/>`+"\n", one, y+panelHead-4, y+c.panelHeight()-panelGap)
}

func (r *report) of(operation string, s setting, peer string) (servedBy, bool) {
	i := slices.IndexFunc(r.Peers, func(c contested) bool { return c.Operation == operation && c.setting() == s })
	if i < 0 {
		return servedBy{}, false
	}
	return r.Peers[i].by(peer)
}
