package filetest

import (
	"testing"

	"golang.org/x/sys/windows"
)

// SkipUnderWine skips the test under Wine, which lacks a feature of Windows.
func SkipUnderWine(tb testing.TB, feature string) {
	tb.Helper()
	if windows.NewLazySystemDLL("ntdll.dll").NewProc("wine_get_version").Find() == nil {
		tb.Skip("Wine has no " + feature)
	}
}
