package profile

import (
	"bytes"
	"io"
)

// sieve reads a large file a window at a time and keeps the sections that are
// wanted. To touch fresh memory for all of a file costs more than to look at it.
type sieve struct {
	wanted func(section []byte) bool // given what follows the bracket

	kept  []byte
	skips []place // where in kept lines are left out, and how many stand before

	begun   bool // a line has been taken
	keeping bool // the last section line was of a wanted section
	lines   int  // line ends seen
}

// newSieve wants what the profile of that name may need: its own sections, and all
// sessions and services.
func newSieve(profile string, credentials bool) *sieve {
	own := finder{kind: profileSection, name: profile, credentials: credentials}
	return &sieve{wanted: func(section []byte) bool {
		return own.mayBe(section) || !credentials && mayBeOther(section)
	}}
}

// read takes the lines of r, whole ones, as many at a time as fit the window. It
// grows for a line that does not.
func (s *sieve) read(r io.Reader, window int) error {
	buf := make([]byte, 0, window)
	for {
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		switch {
		case err == io.EOF:
			s.take(buf)
			return nil
		case err != nil:
			return err
		}
		lines := bytes.LastIndexByte(buf, '\n') + 1
		s.take(buf[:lines])
		buf = buf[:copy(buf, buf[lines:])]
		if len(buf) == cap(buf) {
			buf = append(make([]byte, 0, 2*cap(buf)), buf...)
		}
	}
}

// take keeps what is wanted of lines.
func (s *sieve) take(lines []byte) {
	if !s.begun && len(lines) > 0 {
		s.begun = true
		lines = bytes.TrimPrefix(lines, []byte(byteOrderMark))
	}
	counted := 0
	for at := 0; at < len(lines); {
		next := nextHeader(lines, at)
		if lines[at] == '[' {
			kept := s.keeping
			s.keeping = s.wanted(lines[at+1 : next])
			if s.keeping && !kept {
				s.lines += bytes.Count(lines[counted:at], []byte("\n"))
				counted = at
				s.skips = append(s.skips, place{offset: len(s.kept), lines: s.lines})
			}
		}
		if s.keeping {
			s.kept = append(s.kept, lines[at:next]...)
		}
		at = next
	}
	s.lines += bytes.Count(lines[counted:], []byte("\n"))
}
