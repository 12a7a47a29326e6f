package profile_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/latchkey-sso/latchkey/internal/filetest"
	"github.com/latchkey-sso/latchkey/profile"
)

func region(name, value string) profile.Change {
	return profile.Set(profile.KindProfile, name, profile.Setting{Key: "region", Value: value})
}

func wantFile(t *testing.T, path, want string, mode fs.FileMode) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil || string(got) != want {
		t.Errorf("%s holds %q, %v; want %q", path, got, err, want)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && info.Mode() != mode {
		t.Errorf("mode is %v, want %v", info.Mode(), mode)
	}
}

func TestEditMakesFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), ".aws", "config")
	if err := profile.Edit(t.Context(), path, region("dev", "eu-west-1")); err != nil {
		t.Fatal(err)
	}
	wantFile(t, path, "[profile dev]\nregion = eu-west-1\n", 0o600)
}

func TestEditKeepsModeAndLink(t *testing.T) {
	filetest.SkipUnderWine(t, "symbolic links")
	dir := t.TempDir()
	path, link := filepath.Join(dir, "dotfiles"), filepath.Join(dir, "config")
	filetest.Write(t, path, "# mine\r\n[profile dev]\r\nregion = eu-west-1")
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("dotfiles", link); err != nil {
		t.Fatal(err)
	}
	if err := profile.Edit(t.Context(), link, region("dev", "eu-west-2")); err != nil {
		t.Fatal(err)
	}
	wantFile(t, path, "# mine\r\n[profile dev]\r\nregion = eu-west-2", 0o644)
	if target, err := os.Readlink(link); err != nil || target != "dotfiles" {
		t.Errorf("the link leads to %q, %v", target, err)
	}
	// The lock is the same for the target, and no other file is left.
	if err := profile.Edit(t.Context(), path, region("dev", "eu-west-2")); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 3 || entries[2].Name() != "dotfiles.lock" {
		t.Errorf("directory holds %v, %v", entries, err)
	}
}

// The lock of a dangling link is beside its target, so that an edit of the target takes the
// same lock.
func TestEditThroughDanglingLink(t *testing.T) {
	filetest.SkipUnderWine(t, "symbolic links")
	dir := t.TempDir()
	home, dotfiles := filepath.Join(dir, "home"), filepath.Join(dir, "dotfiles")
	for _, d := range []string{home, dotfiles} {
		if err := os.Mkdir(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(filepath.Join("..", "dotfiles", "aws"), filepath.Join(home, "config")); err != nil {
		t.Fatal(err)
	}
	if err := profile.Edit(t.Context(), filepath.Join(home, "config"), region("dev", "eu-west-1")); err != nil {
		t.Fatal(err)
	}
	wantFile(t, filepath.Join(dotfiles, "aws"), "[profile dev]\nregion = eu-west-1\n", 0o600)
	wantFile(t, filepath.Join(dotfiles, "aws.lock"), "", 0o600)
	if _, err := os.Lstat(filepath.Join(home, "config.lock")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("there is a lock beside the link: %v", err)
	}
}

func TestEditUnchangedWritesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config")
	filetest.Write(t, path, "[profile dev]\nregion = eu-west-1")
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := profile.Edit(t.Context(), path, region("dev", "eu-west-1")); err != nil {
		t.Fatal(err)
	}
	after, err := os.Stat(path)
	if err != nil || !os.SameFile(before, after) {
		t.Errorf("the file was replaced: %v", err)
	}
}

func TestEditRejects(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config")
	const text = "[profile dev]\nregion = eu-west-1"
	filetest.Write(t, path, text)
	err := profile.Edit(t.Context(), path, region("dev", "eu-west-2"), region("Acme] Corp\n", "x"))
	bad, ok := errors.AsType[*profile.Error](err)
	if !ok || bad.File != path || bad.Profile != "Acme] Corp\n" || bad.Reason != `invalid name "Acme] Corp\n"` {
		t.Errorf("error is %v", err)
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("the error goes over two lines: %v", err)
	}
	wantFile(t, path, text, 0o600)
}

func TestEditErrors(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	filetest.Write(t, file, "")
	for _, path := range []string{dir, filepath.Join(file, "config"), ""} {
		if err := profile.Edit(t.Context(), path, region("dev", "x")); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("Edit(%s): %v", path, err)
		}
	}
}

// A missing directory behind a link is not made: its disk may not be mounted.
func TestEditThroughLinkIntoNoDirectory(t *testing.T) {
	filetest.SkipUnderWine(t, "symbolic links")
	dir := t.TempDir()
	if err := os.Symlink(filepath.Join("disk", "config"), filepath.Join(dir, "config")); err != nil {
		t.Fatal(err)
	}
	if err := profile.Edit(t.Context(), filepath.Join(dir, "config"), region("dev", "x")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error is %v", err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("directory holds %v, %v", entries, err)
	}
}

func TestEditRejectsUTF16(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config")
	for _, text := range []string{"\xff\xfe[\x00", "\xfe\xff\x00["} {
		filetest.Write(t, path, text)
		if err := profile.Edit(t.Context(), path, region("dev", "x")); err == nil || !strings.HasSuffix(err.Error(), "config: the file is UTF-16") {
			t.Errorf("error is %v", err)
		}
		wantFile(t, path, text, 0o600)
	}
}

// An edit that is rejected or changes nothing makes no directory, lock or file.
func TestEditWithoutChangeMakesNothing(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, ".aws", "config")
	if err := profile.Edit(t.Context(), path, region("a\nb", "x")); err == nil {
		t.Error("no error for a name over two lines")
	}
	if err := profile.Edit(t.Context(), path, profile.RemoveSection(profile.KindProfile, "a")); err != nil {
		t.Error(err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("directory holds %v, %v", entries, err)
	}
}

// Concurrent edits keep the changes of each other.
func TestConcurrentEdits(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config")
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			if err := profile.Edit(t.Context(), path, region("p"+strconv.Itoa(i), "eu-west-1")); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	profiles, _, err := profile.Names(func(o *profile.Options) { o.ConfigFile = path; o.CredentialsFile = os.DevNull })
	if err != nil || len(profiles) != 20 {
		t.Errorf("profiles are %q, %v; want 20", profiles, err)
	}
}

// A prepared edit is written only over the text that it was made from.
func TestPreparedEdit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config")
	prepare := func(value string) *profile.PreparedEdit {
		e, err := profile.PrepareEdit(t.Context(), path, region("dev", value))
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	first := prepare("eu-west-1")
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) || first.Old != nil {
		t.Errorf("before Write: %v, old text %q", err, first.Old)
	}
	other := prepare("eu-west-2")
	if err := first.Write(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := other.Write(t.Context()); !errors.Is(err, profile.ErrConflict) {
		t.Errorf("over another edit: %v, want ErrConflict", err)
	}
	again := prepare("eu-west-2")
	if string(again.Old) != "[profile dev]\nregion = eu-west-1\n" || string(again.New) != "[profile dev]\nregion = eu-west-2\n" {
		t.Errorf("from %q to %q", again.Old, again.New)
	}
	if text := fmt.Sprintf("%v %+v %#v", again, *again, again); strings.Contains(text, "region") {
		t.Errorf("prints as %s", text)
	}
	if err := again.Write(t.Context()); err != nil {
		t.Error(err)
	}
	wantFile(t, path, "[profile dev]\nregion = eu-west-2\n", 0o600)
}
