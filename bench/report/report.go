// Package report prints tables of measurements: as text, as JSON, and as a chart.
package report

import (
	"encoding/json"
	"io"
	"time"

	"github.com/latchkey-sso/latchkey/bench/peer"
)

// Report is the result of a run.
type Report struct {
	Date    time.Time   `json:"date"`
	Machine Machine     `json:"machine"`
	Peers   []peer.Peer `json:"peers"`
	Tables  []Table     `json:"tables"`
	Quick   bool        `json:"quick,omitempty"` // too few rounds, and small fleets
}

// Table is one measurement of several programs.
type Table struct {
	Name    string   `json:"name"` // as -run selects it
	Title   string   `json:"title"`
	Columns []Column `json:"columns"`
	Rows    []Row    `json:"rows"`
	// RatioOf is the column whose ratios the rows have. Empty if the table compares nothing.
	RatioOf string `json:"ratioOf,omitempty"`

	// Short is the title in the chart. The chart has no table without one.
	Short string `json:"-"`
}

// Column is a column of a table.
type Column struct {
	Name string `json:"name"`
	Unit string `json:"unit,omitempty"`
}

// Row is what one program costs.
type Row struct {
	Who    string    `json:"who"`
	Values []float64 `json:"values,omitempty"` // by column
	// Ratio is how many times as much it costs as Latchkey. Zero if the table compares nothing.
	Ratio float64 `json:"timesLatchkey,omitempty"`
	// TimesGoSDK is how many times as much it costs as the Go SDK, if the table has it.
	TimesGoSDK float64 `json:"timesGoSDK,omitempty"`
	// Missing says why there are no values.
	Missing string `json:"missing,omitempty"`
}

// Add adds a row.
func (t *Table) Add(who string, ratio float64, values ...float64) {
	t.Rows = append(t.Rows, Row{Who: who, Values: values, Ratio: ratio})
}

// AddMissing adds a row without values.
func (t *Table) AddMissing(who, why string) {
	t.Rows = append(t.Rows, Row{Who: who, Missing: why})
}

// Compare sets the ratios of rows that have none from a column, and those to the Go SDK from those to Latchkey.
func (t *Table) Compare(column int) {
	base := t.row(peer.Latchkey)
	if base == nil || base.Values[column] == 0 {
		return
	}
	t.RatioOf = t.Columns[column].Name
	for i := range t.Rows {
		if r := &t.Rows[i]; r.Missing == "" && r.Ratio == 0 {
			r.Ratio = r.Values[column] / base.Values[column]
		}
	}
	sdk := t.row(peer.GoSDK)
	if sdk == nil {
		return
	}
	for i := range t.Rows {
		t.Rows[i].TimesGoSDK = t.Rows[i].Ratio / sdk.Ratio
	}
}

// row returns the row of a program, or nil if it has no values.
func (t *Table) row(who string) *Row {
	for i := range t.Rows {
		if t.Rows[i].Who == who && t.Rows[i].Missing == "" {
			return &t.Rows[i]
		}
	}
	return nil
}

// WriteJSON writes the report as JSON.
func (r *Report) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(r)
}
