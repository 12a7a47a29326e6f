package main

import (
	"context"
	"fmt"
	"path/filepath"
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

// checkFiles returns an error if two profiles would share a file.
func (f *serveFlags) checkFiles(profiles []*profile.Profile) error {
	if f.envFile != "" && f.shell != shellenv.JSON { // JSON has all profiles in one file
		if err := checkDistinct("env-file", f.envFile, profiles); err != nil {
			return err
		}
	}
	return checkDistinct("token-file", f.tokenFile, profiles)
}

func checkDistinct(flag, pattern string, profiles []*profile.Profile) error {
	if pattern == "" {
		return nil
	}
	seen := map[string]string{}
	for _, p := range profiles {
		path := fileOf(pattern, p.Name)
		if other, found := seen[path]; found {
			return &usageError{
				text: fmt.Sprintf("--%s %s is the file of profile %q and of %q", flag, path, other, p.Name),
				hint: fmt.Sprintf("put %s into the path of --%s: each profile then has its own file", placeholder, flag),
			}
		}
		seen[path] = p.Name
	}
	return nil
}

// writePrivate writes a file that only its owner may read.
func writePrivate(ctx context.Context, flag, path, content string) error {
	abs, err := filepath.Abs(path)
	if err != nil {
		return fmt.Errorf("write --%s: %w", flag, err)
	}
	if err := atomicfile.Replace(ctx, abs, []byte(content)); err != nil {
		return fmt.Errorf("write --%s: %w", flag, err)
	}
	return nil
}
