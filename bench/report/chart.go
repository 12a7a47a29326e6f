package report

import (
	"encoding/xml"
	"fmt"
	"math"
	"os"
	"strings"

	"github.com/latchkey-sso/latchkey/bench/peer"
)

// The layout of a chart, in pixels.
const (
	chartWidth = 760
	nameWidth  = 190 // of the names on the left
	valueWidth = 70  // of the numbers on the right
	barHeight  = 14
	rowHeight  = 18
	groupSpace = 34 // above the first bar of a table, with its title
	top        = 44
)

// style has colors for light and dark pages, which GitHub applies to images too.
const style = `text { font: 12px system-ui, sans-serif; fill: #1f2328 }
.title { font-size: 15px; font-weight: 600 } .group { font-weight: 600 } .note { fill: #59636e }
.peer { fill: #8c959f } .latchkey { fill: #0969da } .one { stroke: #59636e; stroke-dasharray: 2 3 }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc } .note { fill: #9198a1 } .peer { fill: #656c76 } .latchkey { fill: #4493f8 } .one { stroke: #9198a1 }
}`

const chartTitle = "How many times as much as Latchkey"

// WriteChart writes an SVG chart of the ratios to Latchkey to a file, without the floor, which is no tool. The axis is
// logarithmic.
func (r *Report) WriteChart(path string) error {
	var c chart
	for i := range r.Tables {
		if t := &r.Tables[i]; t.Short != "" && t.row(peer.Latchkey) != nil {
			c.groups = append(c.groups, t)
		}
	}
	c.fit()
	return os.WriteFile(path, []byte(c.svg()), 0o644) //nolint:gosec // a page of the documentation
}

// chart is a chart of tables.
type chart struct {
	groups   []*Table
	low      float64 // the logarithm of the ratio at the left end of the axis
	high     float64
	body     strings.Builder
	describe []string
}

// fit makes room for all ratios, and for a bar of Latchkey's own.
func (c *chart) fit() {
	c.low, c.high = math.Log(0.5), math.Log(2)
	for _, t := range c.groups {
		for _, row := range t.Rows {
			if row.Ratio > 0 && row.Who != peer.Floor {
				c.low, c.high = min(c.low, math.Log(row.Ratio)-0.1), max(c.high, math.Log(row.Ratio))
			}
		}
	}
}

// x returns the position of a ratio.
func (c *chart) x(ratio float64) float64 {
	return nameWidth + (math.Log(ratio)-c.low)/(c.high-c.low)*(chartWidth-nameWidth-valueWidth)
}

func (c *chart) svg() string {
	y := top
	for _, t := range c.groups {
		y = c.drawGroup(t, y)
	}
	height := y + 16
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-labelledby="title desc">`+"\n",
		chartWidth, height, chartWidth, height)
	fmt.Fprintf(&b, "<title id=\"title\">%s</title>\n<desc id=\"desc\">%s</desc>\n<style>%s</style>\n", chartTitle, escape(strings.Join(c.describe, " ")), style)
	fmt.Fprintf(&b, `<text class="title" x="0" y="16">%s</text><text class="note" x="%d" y="16" text-anchor="end">logarithmic scale; shorter is better</text>`+"\n",
		chartTitle, chartWidth)
	fmt.Fprintf(&b, `<line class="one" x1="%.1f" x2="%.1f" y1="%d" y2="%d"/>`+"\n", c.x(1), c.x(1), top-8, y)
	b.WriteString(c.body.String())
	b.WriteString("</svg>\n")
	return b.String()
}

// drawGroup draws the bars of a table and returns where the next one begins.
func (c *chart) drawGroup(t *Table, y int) int {
	fmt.Fprintf(&c.body, `<text class="group" x="0" y="%d">%s</text>`+"\n", y+groupSpace-rowHeight, escape(t.Short))
	y += groupSpace - rowHeight/2
	var ratios []string
	for _, row := range t.Rows {
		if row.Ratio == 0 || row.Who == peer.Floor {
			continue
		}
		class := "peer"
		if row.Who == peer.Latchkey {
			class = "latchkey"
		} else {
			ratios = append(ratios, row.Who+" "+number(row.Ratio))
		}
		fmt.Fprintf(&c.body, `<text x="0" y="%d">%s</text><rect class="%s" x="%d" y="%d" width="%.1f" height="%d" rx="2"/><text x="%.1f" y="%d">%s ×</text>`+"\n",
			y+barHeight-3, escape(row.Who), class, nameWidth, y, c.x(row.Ratio)-nameWidth, barHeight, c.x(row.Ratio)+5, y+barHeight-3, number(row.Ratio))
		y += rowHeight
	}
	c.describe = append(c.describe, t.Short+": "+strings.Join(ratios, ", ")+".")
	return y
}

func escape(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a strings.Builder never fails
	return b.String()
}
