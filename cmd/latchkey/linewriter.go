package main

import (
	"bytes"
	"io"
	"sync"
)

// maxHeld is how much of a line without an end is held back, in bytes.
const maxHeld = 64 << 10

// lineWriter writes whole lines with a prefix to a writer that others write to as well.
type lineWriter struct {
	out    io.Writer
	lock   *sync.Mutex // of out
	prefix string
	held   []byte
}

// Write writes the lines that p completes, and holds back the rest.
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

// flush writes what is held back as a line.
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
