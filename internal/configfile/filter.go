package configfile

import (
	"bytes"
	"io"
)

// sectionFilter reads a large file a window at a time and keeps the wanted sections. To
// touch fresh memory for all of a file costs more than to read it.
type sectionFilter struct {
	wanted func(section []byte) bool // given what follows the bracket

	kept []byte
	gaps []position // where in kept lines are left out, and how many stand before

	started bool // a line has been read
	keeping bool // the last section line was of a wanted section
	lines   int  // line ends read
}

// newSectionFilter wants what the profile of that name may need: its own sections, and all
// sessions and services.
func newSectionFilter(profile string, credentials bool) *sectionFilter {
	own := &matcher{Profile, profile, credentials}
	return &sectionFilter{wanted: func(section []byte) bool {
		return own.mayMatch(section) || !credentials && mayBeOther(section)
	}}
}

// read reads whole lines of r, as many at a time as fit the window, which grows for a line
// that does not.
func (f *sectionFilter) read(r io.Reader, window int) error {
	buf := make([]byte, 0, window)
	for {
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		switch {
		case err == io.EOF:
			f.take(buf)
			return nil
		case err != nil:
			return err
		}
		lines := bytes.LastIndexByte(buf, '\n') + 1
		f.take(buf[:lines])
		buf = buf[:copy(buf, buf[lines:])]
		if len(buf) == cap(buf) {
			buf = append(make([]byte, 0, 2*cap(buf)), buf...)
		}
	}
}

// take keeps the wanted lines.
func (f *sectionFilter) take(lines []byte) {
	if !f.started && len(lines) > 0 {
		f.started = true
		lines = bytes.TrimPrefix(lines, []byte(ByteOrderMark))
	}
	counted := 0
	for at := 0; at < len(lines); {
		next := nextHeader(lines, at)
		if lines[at] == '[' {
			kept := f.keeping
			f.keeping = f.wanted(lines[at+1 : next])
			if f.keeping && !kept {
				f.lines += bytes.Count(lines[counted:at], []byte("\n"))
				counted = at
				f.gaps = append(f.gaps, position{offset: len(f.kept), lines: f.lines})
			}
		}
		if f.keeping {
			f.kept = append(f.kept, lines[at:next]...)
		}
		at = next
	}
	f.lines += bytes.Count(lines[counted:], []byte("\n"))
}
