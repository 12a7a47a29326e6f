package command

import (
	"strings"
	"testing"

	"rsc.io/qr"
)

// TestQRCode reads the modules back from the blocks.
func TestQRCode(t *testing.T) {
	const address = "https://d-1234567890.awsapps.com/start/#/device?user_code=ABCD-EFGH"
	drawn, err := qrCode(address)
	if err != nil {
		t.Fatal(err)
	}
	code, err := qr.Encode(address, qr.L)
	if err != nil {
		t.Fatal(err)
	}
	light := map[rune][2]bool{'█': {true, true}, '▀': {true, false}, '▄': {false, true}, ' ': {}}
	for i, line := range strings.Split(strings.TrimSuffix(drawn, "\n"), "\n") {
		for j, r := range []rune(line) {
			for k, got := range light[r] {
				if x, y := j-quietZone, 2*i+k-quietZone; got == code.Black(x, y) {
					t.Fatalf("module %d, %d is wrong:\n%s", x, y, drawn)
				}
			}
		}
	}
	if lines := strings.Count(drawn, "\n"); lines < (code.Size+2*quietZone)/2 || lines > 24 {
		t.Errorf("%d lines, want the whole code on a terminal of 24", lines)
	}
	if _, err := qrCode(strings.Repeat("x", 4000)); err == nil {
		t.Error("no error for more than a QR code can hold")
	}
}
