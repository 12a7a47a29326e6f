package command

import (
	"os"

	"golang.org/x/sys/windows"
)

// errAddressInUse is the error for a port that another program listens on.
const errAddressInUse = windows.WSAEADDRINUSE

// endBy ends the process as Ctrl-C does when no program handles it.
func endBy(os.Signal) { windows.ExitProcess(uint32(windows.STATUS_CONTROL_C_EXIT)) }
