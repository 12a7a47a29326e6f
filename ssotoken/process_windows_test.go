package ssotoken_test

// Windows has no signals: a process that waits for a line is as good as stopped.
func (p *process) stop() {}
func (p *process) wake() {}

func fillDisk() { panic("there is no way to fill a disk here") }
