package command

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/term"
)

// meter shows the progress of a listing: on a terminal in one line, which it removes at the end, else
// in a line from time to time. It uses no escape sequences, which a Windows console may print.
type meter struct {
	out      io.Writer
	terminal bool
	interval time.Duration // between two updates, and before the first
	now      func() time.Time

	mu          sync.Mutex
	shown       time.Time
	done, total int
	width       int // of the line on the terminal
	noted       bool
}

func (a *app) newMeter(f *os.File) *meter {
	m := &meter{out: f, interval: 15 * time.Second, now: a.now, shown: a.now()}
	if term.IsTerminal(int(f.Fd())) && os.Getenv("TERM") != "dumb" {
		m.terminal, m.interval = true, 200*time.Millisecond
	}
	return m
}

// show shows the progress.
func (m *meter) show(done, total int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.done, m.total = done, total
	m.update()
}

func (m *meter) update() {
	if m.total == 0 || m.now().Sub(m.shown) < m.interval {
		return
	}
	m.shown = m.now()
	line := fmt.Sprintf("Listing roles: %d of %d accounts", m.done, m.total)
	if !m.terminal {
		fmt.Fprintln(m.out, line)
		return
	}
	m.width = max(m.width, len(line))
	fmt.Fprintf(m.out, "\r%-*s", m.width, line)
}

// throttled tells the user, the first time, why there is no progress.
func (m *meter) throttled() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.noted {
		m.noted = true
		m.clearLine()
		fmt.Fprintln(m.out, "Identity Center is throttling requests. Waiting.")
	}
	m.update()
}

// clear removes the line from the terminal.
func (m *meter) clear() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.clearLine()
}

func (m *meter) clearLine() {
	if m.width > 0 {
		fmt.Fprintf(m.out, "\r%*s\r", m.width, "")
	}
	m.width = 0
}
