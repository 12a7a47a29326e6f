package filetest

import (
	"testing"

	"golang.org/x/sys/windows"
)

// SkipUnderWine skips a test that needs what Windows has and Wine does not.
func SkipUnderWine(t *testing.T, lacks string) {
	t.Helper()
	if windows.NewLazySystemDLL("ntdll.dll").NewProc("wine_get_version").Find() == nil {
		t.Skip("Wine has no " + lacks)
	}
}
