//go:build !windows

package filetest

import "testing"

// SkipUnderWine skips the test under Wine, which lacks a feature of Windows.
func SkipUnderWine(testing.TB, string) {}
