package report

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
)

// WriteText writes the report for people.
func (r *Report) WriteText(w io.Writer) error {
	m := r.Machine
	fmt.Fprintf(w, "%s, %s/%s, %d cores, %s, %s, load %s\n", r.Date.Format("2006-01-02"), m.OS, m.Arch, m.Cores, m.Processor, m.Go, m.Load)
	if r.Quick {
		fmt.Fprintln(w, "  -quick: a check that everything can be measured. One round gives no figures.")
	}
	for _, p := range r.Peers {
		if p.Missing != "" {
			fmt.Fprintf(w, "  %s: not installed: %s\n", p.Name, p.Missing)
			continue
		}
		fmt.Fprintf(w, "  %s %s\n", p.Name, p.Version)
	}
	for i := range r.Tables {
		fmt.Fprintln(w)
		if err := r.Tables[i].writeText(w); err != nil {
			return err
		}
	}
	return nil
}

func (t *Table) writeText(w io.Writer) error {
	fmt.Fprintf(w, "%s: %s\n", t.Name, t.Title)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	ratios := t.RatioOf != ""
	var heading strings.Builder
	for _, c := range t.Columns {
		heading.WriteString(c.Name + "\t")
	}
	if ratios {
		heading.WriteString("× Latchkey\t× Go SDK\t")
	}
	fmt.Fprintln(table, "\t"+heading.String())
	for _, row := range t.Rows {
		if row.Missing == "" {
			fmt.Fprintln(table, row.Who+"\t"+t.cells(row, ratios))
		}
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, why := range t.reasons() {
		fmt.Fprintf(w, "  %s\n", why)
	}
	return nil
}

// reasons returns a line for each reason why programs have no values.
func (t *Table) reasons() (lines []string) {
	var reasons []string
	programs := map[string][]string{}
	for _, row := range t.Rows {
		if row.Missing == "" {
			continue
		}
		if programs[row.Missing] == nil {
			reasons = append(reasons, row.Missing)
		}
		programs[row.Missing] = append(programs[row.Missing], row.Who)
	}
	for _, reason := range reasons {
		lines = append(lines, strings.Join(programs[reason], ", ")+": "+reason)
	}
	return lines
}

func (t *Table) cells(row Row, ratios bool) string {
	var b strings.Builder
	for i, value := range row.Values {
		b.WriteString(strings.TrimSpace(number(value)+" "+t.Columns[i].Unit) + "\t")
	}
	if ratios {
		b.WriteString(number(row.Ratio) + "\t")
		if row.TimesGoSDK > 0 {
			b.WriteString(number(row.TimesGoSDK))
		}
		b.WriteString("\t")
	}
	return b.String()
}

// number returns a value with two or three digits, or all digits of an integer.
func number(value float64) string {
	switch {
	case value == float64(int64(value)) || value >= 100:
		return strconv.FormatFloat(value, 'f', 0, 64)
	case value >= 1:
		return strconv.FormatFloat(value, 'g', 3, 64)
	default:
		return strconv.FormatFloat(value, 'g', 2, 64)
	}
}
