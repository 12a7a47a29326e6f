package command

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/latchkey-sso/latchkey/internal/atomicfile"
	"github.com/latchkey-sso/latchkey/internal/shellenv"
	"github.com/latchkey-sso/latchkey/profile"
)

// placeholder stands for the profile's name in the path of a file.
const placeholder = "{profile}"

// fileOf returns the path of a profile's file.
func fileOf(pattern, profile string) string {
	safe := strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>|`, r) || r < ' ' {
			return '_'
		}
		return r
	}, profile)
	return strings.ReplaceAll(pattern, placeholder, safe)
}

// fileKey returns the same key for paths that may be the same file: on Windows and macOS, also those that differ in case.
func fileKey(goos, path string) string {
	path = filepath.Clean(path)
	if goos == "windows" || goos == "darwin" {
		path = strings.ToLower(path)
	}
	return path
}

// checkFiles returns an error if two profiles would share a file.
func (f *serveFlags) checkFiles(profiles []*profile.Profile) error {
	if f.envFile != "" && f.shell != shellenv.JSON { // JSON has all profiles in one file
		if err := checkDistinct("env-file", f.envFile, profiles); err != nil {
			return err
		}
	}
	if err := checkDistinct("token-file", f.tokenFile, profiles); err != nil {
		return err
	}
	return f.checkApart(profiles)
}

// checkApart returns an error if a file is to hold both an environment and a token.
func (f *serveFlags) checkApart(profiles []*profile.Profile) error {
	if f.envFile == "" || f.tokenFile == "" {
		return nil
	}
	environments := map[string]bool{}
	for _, p := range profiles {
		environments[fileKey(runtime.GOOS, fileOf(f.envFile, p.Name))] = true
	}
	for _, p := range profiles {
		if path := fileOf(f.tokenFile, p.Name); environments[fileKey(runtime.GOOS, path)] {
			return &usageError{
				text: "--env-file and --token-file are the same file, " + path,
				hint: "choose another path for one of them",
			}
		}
	}
	return nil
}

func checkDistinct(flag, pattern string, profiles []*profile.Profile) error {
	if pattern == "" {
		return nil
	}
	seen := map[string]string{}
	for _, p := range profiles {
		path := fileOf(pattern, p.Name)
		key := fileKey(runtime.GOOS, path)
		if other, found := seen[key]; found {
			return &usageError{
				text: fmt.Sprintf("--%s %s is the file of profile %q and of %q", flag, path, other, p.Name),
				hint: fmt.Sprintf("put %s into the path of --%s: each profile then has its own file", placeholder, flag),
			}
		}
		seen[key] = p.Name
	}
	return nil
}

// write writes a file that only its owner may read. Before it replaces a file for the first time, it
// checks that latchkey serve has written the old one.
func (s *serving) write(ctx context.Context, flag, path, content string) error {
	if _, written := s.files[path]; !written {
		if err := checkReplaceable(ctx, flag, path); err != nil {
			return err
		}
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return fmt.Errorf("write --%s: %w", flag, err)
	}
	if err := atomicfile.Replace(ctx, abs, []byte(content)); err != nil {
		return fmt.Errorf("write --%s: %w", flag, err)
	}
	s.files[path] = content
	return nil
}

// checkReplaceable returns an error if a file has content that a killed server did not leave behind: the
// user's own .env, for example. Other problems are left for the write.
func checkReplaceable(ctx context.Context, flag, path string) error {
	content, err := atomicfile.ReadShared(ctx, path, longestServeFile)
	if errors.Is(err, atomicfile.ErrTooLarge) || err == nil && len(content) > 0 && !isServeFile(flag, content) {
		return &hintedError{
			fmt.Errorf("--%s: %s exists, and latchkey serve did not write it", flag, path),
			"choose another file, or delete this one",
		}
	}
	return nil
}

// longestServeFile bounds a file that is read to compare it. One for many profiles may be long.
const longestServeFile = 4 << 20

// isServeFile reports whether latchkey serve has written a file, for all that can be told.
func isServeFile(flag string, content []byte) bool {
	if flag == "token-file" {
		token, err := base64.RawURLEncoding.DecodeString(string(content))
		return err == nil && len(token) == sha256.Size
	}
	return bytes.Contains(content, []byte(fullURIVariable))
}

// clean removes the files: their tokens are no longer valid. A file that another server has replaced
// stays.
func (s *serving) clean() {
	for path, content := range s.files {
		now, err := atomicfile.ReadShared(context.Background(), path, longestServeFile)
		if err == nil && string(now) == content {
			err = os.Remove(path)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			s.app.debugf("remove %s: %v", path, err)
		}
	}
}
