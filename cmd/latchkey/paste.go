package main

import (
	"io"
	"os"
	"strings"
	"sync"
)

// maxPaste bounds a pasted line, in bytes.
const maxPaste = 64 << 10

// paster reads the addresses that the user pastes into the terminal.
type paster struct {
	input  *os.File
	failed func(error) // tells the user that a line was of no use

	mu      sync.Mutex
	take    func(line string) error
	restore func() // the terminal; nil if there is none to read from, or before it is read
}

// listen hands the lines that follow to take, and reports whether there is a terminal to
// read them from. It may be called again, with another take.
func (p *paster) listen(take func(line string) error) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.take = take
	if p.restore != nil {
		return true
	}
	restore, err := quietInput(p.input)
	if err != nil {
		return false
	}
	p.restore = restore
	go readLines(p.input, p.line)
	return true
}

func (p *paster) line(text string) {
	p.mu.Lock()
	take := p.take
	p.mu.Unlock()
	if take == nil {
		return
	}
	if err := take(text); err != nil {
		p.failed(err)
	}
}

// close leaves the terminal as it was. Closing twice does nothing.
func (p *paster) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.take = nil
	if p.restore != nil {
		p.restore()
		p.restore = func() {}
	}
}

// What a terminal sends for keys, and around what is pasted, if a program has asked for
// that and not taken it back.
const (
	keyBackspace, keyDelete, keyClear = '\b', 0x7f, 'U' & 0x1f

	pasteStart, pasteEnd = "\x1b[200~", "\x1b[201~"
)

// readLines calls line for each line that is not empty, until r fails. It is for a
// terminal without line editing: the editing of most of them cuts lines at 4,095 bytes,
// and an address with a code can be longer.
func readLines(r io.Reader, line func(string)) {
	var text []byte
	buf := make([]byte, 4096)
	for {
		n, err := r.Read(buf)
		for _, b := range buf[:n] {
			switch {
			case b == '\n' || b == '\r':
				whole := strings.NewReplacer(pasteStart, "", pasteEnd, "").Replace(string(text))
				if text = text[:0]; strings.TrimSpace(whole) != "" {
					line(whole)
				}
			case b == keyBackspace || b == keyDelete:
				text = text[:max(len(text)-1, 0)]
			case b == keyClear:
				text = text[:0]
			case len(text) < maxPaste:
				text = append(text, b)
			}
		}
		if err != nil || n == 0 {
			return
		}
	}
}
