package trash

import (
	"fmt"
	"time"

	"github.com/softdelete-go/softdelete"
)

// chart is a bar for each day, as high as the rows that were deleted on it.
type chart struct {
	Width, Height   int
	Bars            []bar
	Most            int64
	Rows, Deletions int64 // of all days
	From, To        time.Time
}

type bar struct {
	X, Y, Width, Height string // as SVG has them
	Day                 time.Time
	Rows, Deletions     int64
}

func newChart(g softdelete.Growth) chart {
	c := chart{Width: 720, Height: 140, From: g.From}
	for _, d := range g.Days {
		b := bar{Day: d.Day, Deletions: d.Deletions}
		for _, n := range d.Rows {
			b.Rows += n
		}
		c.Bars = append(c.Bars, b)
		c.Rows += b.Rows
		c.Deletions += b.Deletions
		c.Most = max(c.Most, b.Rows)
		c.To = d.Day
	}
	step := float64(c.Width) / float64(max(len(c.Bars), 1))
	for i := range c.Bars {
		b := &c.Bars[i]
		height := 0.0
		if b.Rows > 0 {
			height = max(3, float64(b.Rows)/float64(c.Most)*float64(c.Height)) // a little is more than nothing
		}
		gap := min(step/4, 4)
		b.X, b.Width = svg(float64(i)*step+gap/2), svg(step-gap)
		b.Y, b.Height = svg(float64(c.Height)-height), svg(height)
	}
	return c
}

func svg(f float64) string { return fmt.Sprintf("%.2f", f) }
