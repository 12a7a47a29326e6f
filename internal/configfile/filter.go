package configfile

import (
	"bytes"
	"io"
)

// sectionFilter reads a large file one window at a time and keeps the wanted sections. Page
// faults on a buffer for the whole file would cost more than reading it.
type sectionFilter struct {
	wanted func(section []byte) bool // section starts after the bracket

	kept []byte
	gaps []position // where lines were dropped from kept

	started bool // a line has been read
	keeping bool // the current section is wanted
	lines   int  // lines read
}

// newSectionFilter keeps the sections of the named profile and all sessions and services.
func newSectionFilter(profile string, credentials bool) *sectionFilter {
	own := &matcher{Profile, profile, credentials}
	return &sectionFilter{wanted: func(section []byte) bool {
		return own.mayMatch(section) || !credentials && mayBeOther(section)
	}}
}

// read filters r line by line. The window grows for lines that do not fit.
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

// take keeps the wanted lines of a window.
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
