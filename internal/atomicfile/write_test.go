package atomicfile_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/internal/atomicfile"
	"github.com/latchkey-sso/latchkey/internal/filetest"
)

func TestWriteCreatesFileAndDirectories(t *testing.T) {
	root := t.TempDir()
	path := filepath.Join(root, "a", "b", "file.json")
	mustWrite(t, path, "one")
	filetest.Want(t, path, "one")
	filetest.WantMode(t, path, 0o600)
	filetest.WantMode(t, filepath.Join(root, "a"), fs.ModeDir|0o700)
	filetest.WantMode(t, filepath.Join(root, "a", "b"), fs.ModeDir|0o700)
	filetest.WantNames(t, filepath.Dir(path), "file.json")
}

func TestWriteReplaces(t *testing.T) {
	filetest.SkipUnderWine(t, "POSIX rename")
	for _, mode := range []fs.FileMode{0o600, 0o400, 0o644, 0o777} {
		t.Run(mode.String(), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "file")
			filetest.Write(t, path, "a longer old content")
			if err := os.Chmod(path, mode); err != nil {
				t.Fatal(err)
			}
			old, _, err := atomicfile.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer old.Close()

			mustWrite(t, path, "new")
			filetest.Want(t, path, "new")
			filetest.WantMode(t, path, 0o600)
			filetest.WantNames(t, filepath.Dir(path), "file")

			// A reader that opened the old file still reads its content.
			var b bytes.Buffer
			if _, err := b.ReadFrom(old); err != nil || b.String() != "a longer old content" {
				t.Errorf("the old file now reads %q, %v", b.String(), err)
			}
		})
	}
}

func TestRewriteKeepsMode(t *testing.T) {
	filetest.SkipUnderWine(t, "modes and symbolic links")
	path := filepath.Join(t.TempDir(), "dir", "file")
	rewrite := func(content string) {
		t.Helper()
		if err := atomicfile.Rewrite(t.Context(), path, []byte(content)); err != nil {
			t.Fatal(err)
		}
		filetest.Want(t, path, content)
	}
	rewrite("new")
	filetest.WantMode(t, path, 0o600)
	for _, mode := range []fs.FileMode{0o600, 0o400, 0o644, 0o777} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		rewrite(mode.String())
		filetest.WantMode(t, path, mode)
	}
	link := path + ".link"
	symlink(t, "file", link)
	if err := atomicfile.Rewrite(t.Context(), link, []byte("linked")); err != nil {
		t.Fatal(err)
	}
	wantLink(t, link)
	filetest.Want(t, path, "linked")
	filetest.WantMode(t, path, 0o777)
	if err := atomicfile.Rewrite(t.Context(), filepath.Dir(path), nil); !errors.Is(err, atomicfile.ErrIrregular) {
		t.Errorf("Rewrite of a directory: %v", err)
	}
}

func TestWriteBareName(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	mustWrite(t, "file", "x")
	filetest.Want(t, filepath.Join(dir, "file"), "x")
	if err := atomicfile.Remove(t.Context(), "file"); err != nil {
		t.Fatal(err)
	}
	filetest.WantNames(t, dir)
}

func TestWriteThroughLinks(t *testing.T) {
	filetest.SkipUnderWine(t, "symbolic links")
	for _, tt := range []struct {
		name  string
		links [][2]string // link and target; the test writes to the first link
		dirs  []string
		file  string // the target
		exist bool
	}{
		{"absolute", [][2]string{{"link", "ROOT/real"}}, nil, "real", true},
		{"relative", [][2]string{{"link", "sub/real"}}, []string{"sub"}, "sub/real", true},
		{"chain", [][2]string{{"link", "sub/second"}, {"sub/second", "../third"}, {"third", "real"}}, []string{"sub"}, "real", true},
		{"dangling", [][2]string{{"link", "sub/real"}}, []string{"sub"}, "sub/real", false},
		{"dangling chain", [][2]string{{"link", "second"}, {"second", "real"}}, nil, "real", false},
		{"parent of a linked directory", [][2]string{{"short/link", "../real"}, {"short", "ROOT/deep/er"}}, []string{"deep/er"}, "deep/real", true},
		{"link to a linked directory's parent", [][2]string{{"link", "short/../real"}, {"short", "deep/er"}}, []string{"deep/er"}, "deep/real", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			root := t.TempDir()
			for _, dir := range tt.dirs {
				if err := os.MkdirAll(filepath.Join(root, dir), 0o700); err != nil {
					t.Fatal(err)
				}
			}
			for _, l := range slices.Backward(tt.links) {
				if err := os.Symlink(strings.ReplaceAll(l[1], "ROOT", root), filepath.Join(root, l[0])); err != nil {
					t.Fatal(err)
				}
			}
			link, file := filepath.Join(root, tt.links[0][0]), filepath.Join(root, tt.file)
			if tt.exist {
				filetest.Write(t, file, "old")
			}
			if err := atomicfile.CheckWritable(t.Context(), link); err != nil {
				t.Error(err)
			}

			mustWrite(t, link, "new")
			filetest.Want(t, file, "new")
			filetest.Want(t, link, "new")
			filetest.WantMode(t, file, 0o600)
			for _, l := range tt.links {
				wantLink(t, filepath.Join(root, l[0]))
			}

			if err := atomicfile.Remove(t.Context(), link); err != nil {
				t.Fatal(err)
			}
			if _, err := os.Lstat(file); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("the file still exists after Remove: %v", err)
			}
			for _, l := range tt.links {
				wantLink(t, filepath.Join(root, l[0]))
			}
		})
	}
}

// TestWriteErrors uses errors that root gets too: root ignores file modes.
func TestWriteErrors(t *testing.T) {
	filetest.SkipUnderWine(t, "symbolic links, and the errors of Unix")
	for _, tt := range []struct {
		name  string
		plant func(t *testing.T, root string)
		path  string
		want  string
		is    error
		keep  []string // the names in root after the failure
	}{
		{
			"directory at the path", func(t *testing.T, root string) { mkdir(t, root, "file") }, "file",
			"not a regular file", atomicfile.ErrIrregular,
			[]string{"file"},
		},
		{
			"link to a directory", func(t *testing.T, root string) {
				mkdir(t, root, "dir")
				symlink(t, "dir", filepath.Join(root, "file"))
			}, "file", "not a regular file", atomicfile.ErrIrregular,
			[]string{"dir", "file"},
		},
		{
			"file for a parent", func(t *testing.T, root string) { filetest.Write(t, filepath.Join(root, "dir"), "x") }, "dir/file",
			"not a directory", nil,
			[]string{"dir"},
		},
		{
			"link loop", func(t *testing.T, root string) {
				symlink(t, "b", filepath.Join(root, "a"))
				symlink(t, "a", filepath.Join(root, "b"))
			}, "a", "too many symbolic links", nil,
			[]string{"a", "b"},
		},
		{
			"link into a missing directory", func(t *testing.T, root string) {
				symlink(t, "gone/file", filepath.Join(root, "file"))
			}, "file", "no such file", fs.ErrNotExist,
			[]string{"file"},
		},
		{
			"linked directory that is missing", func(t *testing.T, root string) {
				symlink(t, "gone", filepath.Join(root, "dir"))
			}, "dir/file", "", nil,
			[]string{"dir"},
		},
		{"name too long", func(*testing.T, string) {}, strings.Repeat("n", 300), "file name too long", nil, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			root := t.TempDir()
			tt.plant(t, root)
			path := filepath.Join(root, tt.path)
			for what, err := range map[string]error{
				"Write": atomicfile.Write(t.Context(), path, []byte("data")), "CheckWritable": atomicfile.CheckWritable(t.Context(), path),
			} {
				if err == nil {
					t.Fatalf("%s succeeded", what)
				}
				if !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("%s: %v; want the path and %q", what, err, tt.want)
				}
				if tt.is != nil && !errors.Is(err, tt.is) {
					t.Errorf("%s: %v does not match %v", what, err, tt.is)
				}
			}
			filetest.WantNames(t, root, tt.keep...)
		})
	}
}

func TestCheckWritable(t *testing.T) {
	root := t.TempDir()
	path := filepath.Join(root, "dir", "file")
	if err := atomicfile.CheckWritable(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	filetest.WantMode(t, filepath.Dir(path), fs.ModeDir|0o700)
	filetest.WantNames(t, filepath.Dir(path))

	filetest.Write(t, path, "old")
	if err := atomicfile.CheckWritable(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	filetest.Want(t, path, "old")
	filetest.WantNames(t, filepath.Dir(path), "file")
}

func TestWriteSweepsStaleTemps(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	stale := []string{".a.1.tmp", ".a.234567.tmp"}
	kept := []string{
		".a.b.1.tmp", ".a..tmp", ".a.1x.tmp", "a.1.tmp", ".b.1.tmp", ".a.1.tmp.json", ".a.tmp", "b",
	}
	old := time.Now().Add(-61 * time.Minute)
	for _, name := range append(slices.Clone(stale), kept...) {
		filetest.Write(t, filepath.Join(dir, name), "secret")
		age(t, filepath.Join(dir, name), old)
	}
	filetest.Write(t, filepath.Join(dir, ".a.7.tmp"), "young")
	age(t, filepath.Join(dir, ".a.7.tmp"), time.Now().Add(-59*time.Minute))
	mkdir(t, dir, ".a.9.tmp")
	age(t, filepath.Join(dir, ".a.9.tmp"), old)

	mustWrite(t, path, "x")
	filetest.WantNames(t, dir, append(kept, "a", ".a.7.tmp", ".a.9.tmp")...)

	// Remove also removes new temporary files.
	if err := atomicfile.Remove(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	filetest.WantNames(t, dir, append(kept, ".a.9.tmp")...)
}

func TestRemove(t *testing.T) {
	filetest.SkipUnderWine(t, "symbolic links")
	dir := t.TempDir()
	for _, path := range []string{filepath.Join(dir, "file"), filepath.Join(dir, "no", "file")} {
		if err := atomicfile.Remove(t.Context(), path); err != nil {
			t.Errorf("nothing there: %v", err)
		}
	}
	symlink(t, "gone/file", filepath.Join(dir, "link"))
	if err := atomicfile.Remove(t.Context(), filepath.Join(dir, "link")); err != nil {
		t.Errorf("dangling link: %v", err)
	}
	mkdir(t, dir, "empty")
	if err := atomicfile.Remove(t.Context(), filepath.Join(dir, "empty")); !errors.Is(err, atomicfile.ErrIrregular) {
		t.Errorf("directory: %v, want ErrIrregular", err)
	}
	filetest.Write(t, filepath.Join(dir, "file"), "x")
	if err := atomicfile.Remove(t.Context(), filepath.Join(dir, "file", "sub")); err == nil || !strings.Contains(err.Error(), dir) {
		t.Errorf("parent is a file: %v", err)
	}
	filetest.WantNames(t, dir, "empty", "file", "link")
}

// TestWriteConcurrent: a reader always sees the complete content of one writer.
func TestWriteConcurrent(t *testing.T) {
	filetest.SkipUnderWine(t, "POSIX rename")
	path := filepath.Join(t.TempDir(), "file")
	content := func(i int) string { return strings.Repeat(fmt.Sprint(i), 20_000) }
	mustWrite(t, path, content(0))
	var writers, readers sync.WaitGroup
	stop := make(chan struct{})
	for range 2 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				data, err := atomicfile.Read(t.Context(), path, 1<<20)
				if err != nil || len(data) != 20_000 || strings.Trim(string(data), string(data[:1])) != "" {
					t.Errorf("a reader saw %d bytes, %v", len(data), err)
					return
				}
			}
		})
	}
	for i := range 4 {
		writers.Go(func() {
			for range 25 {
				if err := atomicfile.Write(t.Context(), path, []byte(content(i))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
	close(stop)
	readers.Wait()
	filetest.WantNames(t, filepath.Dir(path), "file")
}

func mustWrite(t *testing.T, path, content string) {
	t.Helper()
	if err := atomicfile.Write(t.Context(), path, []byte(content)); err != nil {
		t.Fatal(err)
	}
}

func mkdir(t *testing.T, elem ...string) {
	t.Helper()
	if err := os.Mkdir(filepath.Join(elem...), 0o700); err != nil {
		t.Fatal(err)
	}
}

func symlink(t *testing.T, target, link string) {
	t.Helper()
	if err := os.Symlink(target, link); err != nil {
		t.Fatal(err)
	}
}

func age(t *testing.T, path string, when time.Time) {
	t.Helper()
	if err := os.Chtimes(path, when, when); err != nil {
		t.Fatal(err)
	}
}

func wantLink(t *testing.T, path string) {
	t.Helper()
	if _, err := os.Readlink(path); err != nil {
		t.Errorf("not a symbolic link: %v", err)
	}
}
