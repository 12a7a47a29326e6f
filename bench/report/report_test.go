package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/bench/peer"
)

func example() *Report {
	t := Table{Name: "warm", Title: "a process", Short: "warm <1>", Columns: []Column{{"p25", "ms"}, {"p50", "ms"}}}
	t.Add(peer.Latchkey, 0, 1.5, 2)
	t.Add(peer.GoSDK, 0, 3, 4)
	t.Add("AWS CLI", 250, 480, 500) // measured apart: its ratio is not 500/2, but happens to be
	t.AddMissing("granted", "not installed, see above")
	t.AddMissing("aws-vault", "not installed, see above")
	t.Compare(1)
	return &Report{
		Date:    time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC),
		Machine: Machine{OS: "linux", Arch: "amd64", Processor: "P", Cores: 2, Go: "go1.26", Load: "0.1"},
		Peers:   []peer.Peer{{Name: "AWS CLI", Version: "2.9.19"}, {Name: "granted", Missing: "403 Forbidden"}},
		Tables:  []Table{t},
	}
}

func TestText(t *testing.T) {
	var out strings.Builder
	if err := example().WriteText(&out); err != nil {
		t.Fatal(err)
	}
	want := `2026-11-28, linux/amd64, 2 cores, P, go1.26, load 0.1
  AWS CLI 2.9.19
  granted: not installed: 403 Forbidden

warm: a process
                    p25     p50  × Latchkey  × Go SDK
        Latchkey 1.5 ms    2 ms           1       0.5
  AWS SDK for Go   3 ms    4 ms           2         1
         AWS CLI 480 ms  500 ms         250       125
  granted, aws-vault: not installed, see above
`
	if squeeze(out.String()) != squeeze(want) {
		t.Errorf("got:\n%s\nwant:\n%s", out.String(), want)
	}
}

// squeeze makes one space of several: the widths of columns do not matter.
func squeeze(text string) string { return strings.Join(strings.Fields(text), " ") }

func TestJSON(t *testing.T) {
	var out bytes.Buffer
	if err := example().WriteJSON(&out); err != nil {
		t.Fatal(err)
	}
	var r Report
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	rows := r.Tables[0].Rows
	if r.Tables[0].RatioOf != "p50" {
		t.Errorf("ratios of %q, want p50", r.Tables[0].RatioOf)
	}
	if rows[1].Ratio != 2 || rows[2].TimesGoSDK != 125 || rows[3].Missing == "" {
		t.Errorf("%+v", rows)
	}
}

// TestChart checks that a chart is XML, and that its description has the ratios, for readers who do not see it.
func TestChart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "chart.svg")
	if err := example().WriteChart(path); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	bars := 0
	d := xml.NewDecoder(bytes.NewReader(data))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == "rect" {
			bars++
		}
	}
	if bars != 3 {
		t.Errorf("%d bars, want 3", bars)
	}
	if want := "warm &lt;1&gt;: AWS SDK for Go 2, AWS CLI 250."; !strings.Contains(string(data), want) {
		t.Errorf("no %q in the chart:\n%s", want, data)
	}
}
