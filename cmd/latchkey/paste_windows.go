package main

import (
	"fmt"
	"os"

	"golang.org/x/sys/windows"
)

// quietInput turns off the echo and the line editing of a console. It fails if f is none.
func quietInput(f *os.File) (restore func(), err error) {
	console := windows.Handle(f.Fd())
	var before uint32
	if err := windows.GetConsoleMode(console, &before); err != nil {
		return nil, fmt.Errorf("read console mode: %w", err)
	}
	quiet := before &^ (windows.ENABLE_ECHO_INPUT | windows.ENABLE_LINE_INPUT)
	if err := windows.SetConsoleMode(console, quiet); err != nil {
		return nil, fmt.Errorf("change console mode: %w", err)
	}
	return func() {
		_ = windows.FlushConsoleInputBuffer(console) // the shell would run the rest of an address
		_ = windows.SetConsoleMode(console, before)
	}, nil
}
