package child

import (
	"errors"
	"os"
	"unsafe"

	"golang.org/x/sys/windows"
)

// forwarded returns Ctrl-C and Ctrl-Break, which must not end this process before the child exits.
func forwarded() []os.Signal { return []os.Signal{os.Interrupt} }

// sentToBoth reports true: the console sends them to every process attached to it.
func sentToBoth(os.Signal) bool { return true }

// Signal returns nil: Windows has no signals to die of.
func Signal(*os.ProcessState) os.Signal { return nil }

// tie makes the child, and the programs it starts, end with this process if that is killed. After
// release they no longer do. Without jobs they outlive it.
func tie(process *os.Process) (release func()) {
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return func() {}
	}
	// The system closes the handle of a killed process.
	err = errors.Join(limit(job, windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE|windows.JOB_OBJECT_LIMIT_BREAKAWAY_OK), assign(job, process))
	return func() {
		// The child may have left programs running.
		if err != nil || limit(job, 0) == nil {
			_ = windows.CloseHandle(job)
		}
	}
}

func limit(job windows.Handle, flags uint32) error {
	var info windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION
	info.BasicLimitInformation.LimitFlags = flags
	_, err := windows.SetInformationJobObject(job, windows.JobObjectExtendedLimitInformation, uintptr(unsafe.Pointer(&info)), uint32(unsafe.Sizeof(info)))
	return err
}

func assign(job windows.Handle, process *os.Process) error {
	var failed error
	err := process.WithHandle(func(handle uintptr) { failed = windows.AssignProcessToJobObject(job, windows.Handle(handle)) })
	return errors.Join(err, failed)
}
