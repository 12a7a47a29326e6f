package configfile

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// TestFilterKeepsWantedSections checks what is kept, and from where, for several windows.
func TestFilterKeepsWantedSections(t *testing.T) {
	const text = ByteOrderMark + "[profile a]\nx = 1\n\n[profile b]\ny\n[a]\nz\n[services s]\n[profile a]\r\n w\n[profile ab]\n[profile a"
	const kept = "[profile a]\nx = 1\n\n[services s]\n[profile a]\r\n w\n[profile a"
	gaps := []position{{0, 0}, {strings.Index(kept, "[services"), 7}, {strings.LastIndex(kept, "[profile a"), 11}}
	for _, window := range []int{1, 2, 7, 64, 4096} {
		f := newSectionFilter("a", false)
		if err := f.read(iotest.OneByteReader(strings.NewReader(text)), window); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(kept, string(f.kept)); diff != "" {
			t.Errorf("window %d: %s", window, diff)
		}
		if diff := cmp.Diff(gaps, f.gaps, cmp.AllowUnexported(position{})); diff != "" {
			t.Errorf("window %d: %s", window, diff)
		}
	}
}

func TestFilterReportsReadErrors(t *testing.T) {
	broken := errors.New("broken")
	f := newSectionFilter("a", false)
	if err := f.read(iotest.TimeoutReader(iotest.OneByteReader(bytes.NewReader([]byte("[profile a]")))), 8); !errors.Is(err, iotest.ErrTimeout) {
		t.Errorf("error is %v", err)
	}
	if err := f.read(iotest.ErrReader(broken), 8); !errors.Is(err, broken) {
		t.Errorf("error is %v", err)
	}
}
