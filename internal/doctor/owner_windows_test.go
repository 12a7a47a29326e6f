package doctor

import (
	"os/user"
	"testing"
)

func TestFixOnWindows(t *testing.T) {
	u, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	me := quoted(u.Username + ":F")
	for fix, want := range map[string]string{
		privateFix(`C:\Users\Jane\.aws\config`): `icacls 'C:\Users\Jane\.aws\config' /inheritance:r /grant:r ` + me,
		ownerFix(`C:\My Files\x`):               `icacls 'C:\My Files\x' /grant ` + me,
	} {
		if fix != want {
			t.Errorf("%s, want %s", fix, want)
		}
	}
}
