package command

import "testing"

func TestFileKey(t *testing.T) {
	for goos, same := range map[string]bool{"linux": false, "darwin": true, "windows": true} {
		if got := fileKey(goos, "/t/Dev") == fileKey(goos, "/t/./dev"); got != same {
			t.Errorf("%s: one file %t, want %t", goos, got, same)
		}
		if fileKey(goos, "/t/dev") != fileKey(goos, "/t/x/../dev") || fileKey(goos, "/t/dev") == fileKey(goos, "/t/prod") {
			t.Errorf("%s: wrong keys", goos)
		}
	}
}
