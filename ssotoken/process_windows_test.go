package ssotoken_test

// Windows has no signals. A process that waits for a line is effectively stopped.
func (p *process) stop() {}
func (p *process) wake() {}

func fillDisk() { panic("not supported on Windows") }
