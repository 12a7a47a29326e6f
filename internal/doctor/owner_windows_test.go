package doctor

import "testing"

func TestFixOnWindows(t *testing.T) {
	t.Setenv("USERNAME", "Jane Doe")
	for fix, want := range map[string]string{
		privateFix(`C:\Users\Jane\.aws\config`): `icacls 'C:\Users\Jane\.aws\config' /inheritance:r /grant:r 'Jane Doe:F'`,
		ownerFix(`C:\My Files\x`):               `icacls 'C:\My Files\x' /grant 'Jane Doe:F'`,
	} {
		if fix != want {
			t.Errorf("%s, want %s", fix, want)
		}
	}
}
