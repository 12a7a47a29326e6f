package command

import (
	"strings"

	"rsc.io/qr"
)

// quietZone is the margin that scanners need, in modules.
const quietZone = 4

// qrCode draws text as a QR code, two modules per character. It draws the light modules, because
// most terminals are dark. Phones also read inverted codes.
func qrCode(text string) (string, error) {
	code, err := qr.Encode(text, qr.L) // low error correction: screens do not get dirty
	if err != nil {
		return "", err
	}
	blocks := map[[2]bool]string{{true, true}: " ", {true, false}: "▄", {false, true}: "▀", {false, false}: "█"}
	var b strings.Builder
	for y := -quietZone; y < code.Size+quietZone; y += 2 {
		for x := -quietZone; x < code.Size+quietZone; x++ {
			b.WriteString(blocks[[2]bool{code.Black(x, y), code.Black(x, y+1)}])
		}
		b.WriteByte('\n')
	}
	return b.String(), nil
}
