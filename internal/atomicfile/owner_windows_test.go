package atomicfile_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/windows"

	"github.com/latchkey-sso/latchkey/internal/atomicfile"
	"github.com/latchkey-sso/latchkey/internal/filetest"
)

// openToAll returns a directory where everybody may do everything, as in the root of a drive.
func openToAll(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	setAccessList(t, dir, "D:P(A;OICI;FA;;;WD)")
	return dir
}

func setAccessList(t *testing.T, path, text string) {
	t.Helper()
	list, err := windows.SecurityDescriptorFromString(text)
	if err != nil {
		t.Fatal(err)
	}
	dacl, _, err := list.DACL()
	if err != nil {
		t.Fatal(err)
	}
	if err := windows.SetNamedSecurityInfo(path, windows.SE_FILE_OBJECT, windows.DACL_SECURITY_INFORMATION|windows.PROTECTED_DACL_SECURITY_INFORMATION, nil, nil, dacl, nil); err != nil {
		t.Fatal(err)
	}
}

// accessList returns the access list of a file, such as "D:P(A;;FA;;;SY)".
func accessList(t *testing.T, path string) string {
	t.Helper()
	list, err := windows.GetNamedSecurityInfo(path, windows.SE_FILE_OBJECT, windows.DACL_SECURITY_INFORMATION)
	if err != nil {
		t.Fatal(err)
	}
	return list.String()
}

func wantClosed(t *testing.T, path string) {
	t.Helper()
	if list := accessList(t, path); !strings.HasPrefix(list, "D:") || strings.Contains(list, ";WD)") {
		t.Errorf("%s has the access list %s", path, list)
	}
}

// TestAccessLists: what is created in a directory that is open to everybody is the user's alone.
func TestAccessLists(t *testing.T) {
	open := openToAll(t)
	if list := accessList(t, open); !strings.Contains(list, ";WD)") {
		t.Fatalf("the directory has the access list %s", list)
	}
	if err := atomicfile.CheckPrivate(t.Context(), open); err == nil || !strings.Contains(err.Error(), "other users can write to it") {
		t.Errorf("CheckPrivate: %v", err)
	}
	filetest.SkipUnderWine(t, "access lists, only the modes of Unix")
	for name, write := range map[string]func(path string) error{
		"Write":   func(path string) error { return atomicfile.Write(t.Context(), path, []byte("secret")) },
		"Replace": func(path string) error { return atomicfile.Replace(t.Context(), path, []byte("secret")) },
	} {
		for _, path := range []string{filepath.Join(open, name), filepath.Join(open, "new", "dir", name)} {
			if err := write(path); err != nil {
				t.Fatal(err)
			}
			wantClosed(t, path)
			filetest.Want(t, path, "secret")
		}
	}
	for _, dir := range []string{filepath.Join(open, "new"), filepath.Join(open, "new", "dir")} {
		wantClosed(t, dir)
		if err := atomicfile.CheckPrivate(t.Context(), dir); err != nil {
			t.Error(err)
		}
	}
	if err := atomicfile.CheckPrivate(t.Context(), filepath.Join(open, "missing")); err != nil {
		t.Error(err)
	}
}

// TestRewriteKeepsAccessList: the access list of a file does not become that of its directory. Wine adds to the lists, but
// keeps the difference.
func TestRewriteKeepsAccessList(t *testing.T) {
	dir := openToAll(t)
	me, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		t.Fatal(err)
	}
	mine := "(A;;FA;;;" + me.User.Sid.String() + ")"
	for name, list := range map[string]string{"private": "D:P" + mine, "readable": "D:P" + mine + "(A;;FR;;;WD)"} {
		path := filepath.Join(dir, name)
		filetest.Write(t, path, "old")
		setAccessList(t, path, list)
		before := accessList(t, path)
		if err := atomicfile.Rewrite(t.Context(), path, []byte("new")); err != nil {
			t.Fatal(err)
		}
		filetest.Want(t, path, "new")
		if after := accessList(t, path); after != before {
			t.Errorf("%s: access list %s, want %s", name, after, before)
		}
		info, err := os.Stat(path)
		if open := atomicfile.OthersCanRead(path, info); err != nil || open != strings.Contains(before, ";WD)") {
			t.Errorf("%s: OthersCanRead = %t, %v", name, open, err)
		}
	}
}

func TestReadPrivateOpenToAll(t *testing.T) {
	filetest.SkipUnderWine(t, "access lists, only the modes of Unix")
	path := filepath.Join(openToAll(t), "key")
	filetest.Write(t, path, "secret")
	if _, err := atomicfile.ReadPrivate(t.Context(), path, 10); !errors.Is(err, atomicfile.ErrNotPrivate) {
		t.Errorf("ReadPrivate: %v", err)
	}
}
