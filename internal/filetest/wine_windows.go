package filetest

import (
	"testing"

	"golang.org/x/sys/windows"
)

// SkipUnderWine skips the test under Wine, which lacks a feature of Windows.
func SkipUnderWine(t *testing.T, feature string) {
	t.Helper()
	if windows.NewLazySystemDLL("ntdll.dll").NewProc("wine_get_version").Find() == nil {
		t.Skip("Wine has no " + feature)
	}
}
