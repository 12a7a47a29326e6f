//go:build !windows

package filetest

import "testing"

// SkipUnderWine skips a test that needs what Windows has and Wine does not.
func SkipUnderWine(*testing.T, string) {}
