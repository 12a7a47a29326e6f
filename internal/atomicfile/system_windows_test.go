package atomicfile_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/windows"

	"github.com/latchkey-sso/latchkey/internal/atomicfile"
	"github.com/latchkey-sso/latchkey/internal/filetest"
)

// open opens a file without FILE_SHARE_DELETE, as other programs do.
func open(t *testing.T, path string) *os.File {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// TestReplaceOpenFile: a file opened by this package can be replaced and removed.
func TestReplaceOpenFile(t *testing.T) {
	filetest.SkipUnderWine(t, "POSIX rename")
	path := filepath.Join(t.TempDir(), "file")
	filetest.Write(t, path, "old")
	f, _, err := atomicfile.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	began := time.Now()
	if err := atomicfile.Write(t.Context(), path, []byte("new")); err != nil {
		t.Fatal(err)
	}
	if waited := time.Since(began); waited > 5*time.Second {
		t.Errorf("Write waited %s", waited)
	}
	filetest.Want(t, path, "new")
	if err := atomicfile.Remove(t.Context(), path); err != nil {
		t.Error(err)
	}
}

// TestWriteWaitsForScanner: Write and Remove wait for another program to close the file.
func TestWriteWaitsForScanner(t *testing.T) {
	for name, change := range map[string]func(ctx context.Context, path string) error{
		"Write":  func(ctx context.Context, path string) error { return atomicfile.Write(ctx, path, []byte("new")) },
		"Remove": atomicfile.Remove,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "file")
			filetest.Write(t, path, "old")
			f := open(t, path)
			time.AfterFunc(3*time.Second, func() { _ = f.Close() })
			if err := change(t.Context(), path); err != nil {
				t.Fatal(err)
			}
			if data, err := os.ReadFile(path); string(data) == "old" {
				t.Errorf("the old file is still there: %v", err)
			}
		})
	}
}

// TestWriteContextDone: Write stops waiting when ctx is done, and keeps the old file.
func TestWriteContextDone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	filetest.Write(t, path, "old")
	open(t, path)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if err := atomicfile.Write(ctx, path, []byte("new")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Write: %v, want %v", err, context.DeadlineExceeded)
	}
	filetest.Want(t, path, "old")
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if entries, err := os.ReadDir(filepath.Dir(path)); err == nil && len(entries) == 1 {
			break // the write cleans up after it has returned
		}
	}
	filetest.WantNames(t, filepath.Dir(path), "file")
}

// TestReadLockedFile: Read waits for a program that has the file open exclusively.
func TestReadLockedFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	filetest.Write(t, path, "content")
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		t.Fatal(err)
	}
	handle, err := windows.CreateFile(name, windows.GENERIC_READ, 0, nil, windows.OPEN_EXISTING, windows.FILE_ATTRIBUTE_NORMAL, 0)
	if err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(200*time.Millisecond, func() { _ = windows.CloseHandle(handle) })
	if data, err := atomicfile.Read(t.Context(), path, 100); err != nil || string(data) != "content" {
		t.Errorf("Read: %q, %v", data, err)
	}
}
