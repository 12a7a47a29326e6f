package command

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
	failed func(error) // reports a line that is not the response

	mu       sync.Mutex
	take     func(line string) error
	terminal *quietTerminal // nil until it is read, or if there is none
	stop     func()         // stops reading it
	closed   bool
}

// listen passes lines from the terminal to take, and reports whether there is a terminal. Another
// call replaces take.
func (p *paster) listen(take func(line string) error) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.take = take
	if p.terminal != nil {
		return true
	}
	input, err := newStoppable(p.input)
	if err != nil {
		return false
	}
	if p.terminal, err = quietInput(p.input); err != nil {
		input.stop()
		return false
	}
	p.stop = input.stop
	go readLines(input, p.line)
	followJobControl(p.suspend, p.resume)
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

// suspend restores the terminal for other programs, until resume.
func (p *paster) suspend() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.terminal.restore()
	}
}

func (p *paster) resume() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.terminal.quiet()
	}
}

// close restores the terminal. Closing twice does nothing.
func (p *paster) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.take = nil
	if p.terminal != nil && !p.closed {
		p.stop()
		p.terminal.restore()
	}
	p.closed = true
}

// The bytes that a terminal sends for keys, and around pasted text in bracketed paste mode, which
// an earlier program may have left on.
const (
	keyBackspace, keyDelete, keyClear = '\b', 0x7f, 'U' & 0x1f

	pasteStart, pasteEnd = "\x1b[200~", "\x1b[201~"
)

// readLines calls line for each non-empty line, until r fails. It edits lines itself, because
// most terminals cut lines at 4,095 bytes, and an address with a code can be longer.
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
