package child

import "os"

// forwarded returns Ctrl-C and Ctrl-Break, which must not end this process before the child exits.
func forwarded() []os.Signal { return []os.Signal{os.Interrupt} }

// sentToBoth reports true: the console sends them to every process attached to it.
func sentToBoth(os.Signal) bool { return true }

// Signal returns nil: Windows has no signals to die of.
func Signal(*os.ProcessState) os.Signal { return nil }
