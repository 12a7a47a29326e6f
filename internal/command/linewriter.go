package command

import (
	"bytes"
	"io"
	"sync"
)

// maxHeld bounds an incomplete line, in bytes.
const maxHeld = 64 << 10

// lineWriter writes whole lines with a prefix to a shared writer.
type lineWriter struct {
	out    io.Writer
	lock   *sync.Mutex // of out
	prefix string
	held   []byte
}

// Write writes complete lines and keeps the rest.
func (w *lineWriter) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		end := bytes.IndexByte(p, '\n')
		if end < 0 {
			w.held = append(w.held, p...)
			if len(w.held) < maxHeld {
				return n, nil
			}
			return n, w.flush()
		}
		w.held = append(w.held, p[:end]...)
		p = p[end+1:]
		if err := w.line(); err != nil {
			return 0, err
		}
	}
	return n, nil
}

// flush writes an incomplete line.
func (w *lineWriter) flush() error {
	if len(w.held) == 0 {
		return nil
	}
	return w.line()
}

func (w *lineWriter) line() error {
	text := append([]byte("["+w.prefix+"] "), append(w.held, '\n')...)
	w.held = w.held[:0]
	w.lock.Lock()
	defer w.lock.Unlock()
	_, err := w.out.Write(text)
	return err
}
