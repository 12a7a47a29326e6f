package atomicfile

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"time"

	"golang.org/x/sys/windows"
)

// See system_unix.go. Windows has no such flags.
const (
	nonBlocking = 0
	noFollow    = 0
	OpenFlags   = 0
)

// openFile opens a file for reading. Unlike os.OpenFile, it lets other processes replace and
// delete the file while it is open.
func openFile(path string, _ int) (*os.File, error) {
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	handle, err := windows.CreateFile(name, windows.GENERIC_READ, shareAll, nil, windows.OPEN_EXISTING, windows.FILE_ATTRIBUTE_NORMAL, 0)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	return os.NewFile(uintptr(handle), path), nil
}

const shareAll = windows.FILE_SHARE_READ | windows.FILE_SHARE_WRITE | windows.FILE_SHARE_DELETE

// replace renames oldpath to newpath, replacing any file there. It waits for processes that have
// newpath open without FILE_SHARE_DELETE, such as other AWS tools and virus scanners.
func replace(ctx context.Context, oldpath, newpath string) error {
	return retry(ctx, replaceWait, func() error {
		err := posixRename(oldpath, newpath)
		if isUnsupported(err) {
			err = os.Rename(oldpath, newpath)
		}
		if errors.Is(err, windows.ERROR_ACCESS_DENIED) {
			_ = os.Chmod(newpath, 0o600) // os.Rename fails for a read-only file
		}
		return err
	})
}

// Time limits for other processes to close a file.
const (
	readWait    = time.Second
	replaceWait = 10 * time.Second // virus scanners take seconds
	maxDelay    = 100 * time.Millisecond
)

// retry calls f until it succeeds, fails for a reason other than a file that another process has
// open, or limit has passed. The error matches ctx.Err() if ctx is done.
func retry(ctx context.Context, limit time.Duration, f func() error) error {
	for end, delay := time.Now().Add(limit), time.Millisecond; ; delay = min(2*delay, maxDelay) { //nolint:forbidigo // measures a wait
		err := f()
		if !isBusy(err) || time.Now().After(end) { //nolint:forbidigo // measures a wait
			return err
		}
		timer := time.NewTimer(delay)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return errors.Join(ctx.Err(), err)
		}
	}
}

func isBusy(err error) bool {
	return errors.Is(err, windows.ERROR_SHARING_VIOLATION) ||
		errors.Is(err, windows.ERROR_LOCK_VIOLATION) ||
		errors.Is(err, windows.ERROR_ACCESS_DENIED)
}

// syncDir does nothing: NTFS journals renames.
func syncDir(string) error { return nil }
