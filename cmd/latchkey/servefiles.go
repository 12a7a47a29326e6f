package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/latchkey-sso/latchkey/internal/atomicfile"
)

// placeholder stands for the name of the profile in the path of a file.
const placeholder = "{profile}"

// fileOf is the path of a profile's file.
func fileOf(pattern, profile string) string {
	safe := strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>|`, r) || r < ' ' {
			return '_'
		}
		return r
	}, profile)
	return strings.ReplaceAll(pattern, placeholder, safe)
}

// checkFiles returns the error about a pattern that gives two profiles the same file.
func checkFiles(flag, pattern string, profiles []string) error {
	seen := map[string]string{}
	for _, p := range profiles {
		path := fileOf(pattern, p)
		if other, found := seen[path]; found {
			return &usageError{
				text: fmt.Sprintf("--%s %s is the file of profile %q and of %q", flag, path, other, p),
				hint: fmt.Sprintf("--%s with %s in the path makes a file for each profile", flag, placeholder),
			}
		}
		seen[path] = p
	}
	return nil
}

// writePrivate replaces a file that only its owner may read.
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
