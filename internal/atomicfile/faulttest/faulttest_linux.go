// Package faulttest makes system calls of the process fail or hang, as a broken file system does.
// This cannot be undone, so a test must call it in a child process.
package faulttest

import (
	"fmt"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Fail makes the system call with the given number fail with errno.
func Fail(number uintptr, errno syscall.Errno) error {
	return filter(number, unix.SECCOMP_RET_ERRNO|uint32(errno), 0) //nolint:gosec // G115: an errno is small
}

// Hang makes the system call with the given number hang forever.
func Hang(number uintptr) error {
	// The kernel waits for a response on the listener file descriptor, which nothing reads.
	return filter(number, unix.SECCOMP_RET_USER_NOTIF, unix.SECCOMP_FILTER_FLAG_NEW_LISTENER)
}

// filter installs a seccomp filter in all threads that replaces the system call with action.
func filter(number uintptr, action uint32, flags uintptr) error {
	program := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: 0},                      // the system call number
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jf: 1, K: uint32(number)}, //nolint:gosec // G115: system call numbers are small
		{Code: unix.BPF_RET | unix.BPF_K, K: action},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
	}
	of := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]} //nolint:gosec // G115: four
	runtime.LockOSThread()                                               // both system calls apply to the calling thread
	defer runtime.UnlockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("faulttest: give up privileges: %w", err)
	}
	flags |= unix.SECCOMP_FILTER_FLAG_TSYNC | unix.SECCOMP_FILTER_FLAG_TSYNC_ESRCH
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, flags, uintptr(unsafe.Pointer(&of))) //nolint:gosec // G103: the call takes a pointer
	if errno != 0 {
		return fmt.Errorf("faulttest: install filter: %w", errno)
	}
	return nil
}
