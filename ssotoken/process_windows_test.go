package ssotoken_test

import "time"

// Under Wine, starting a process takes a second on a busy machine.
const (
	adoptWait  = 2 * time.Second // how long a Source waits for the token of another process
	crowd      = 3
	stuckAfter = 5 * time.Second
)

// Windows has no signals. A process that waits for a line is effectively stopped.
func (p *process) stop() {}
func (p *process) wake() {}

func fillDisk() { panic("not supported on Windows") }
