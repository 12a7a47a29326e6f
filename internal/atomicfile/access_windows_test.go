package atomicfile

import (
	"testing"

	"golang.org/x/sys/windows"
)

// TestAllowsOthers judges access lists for the user S-1-5-21-1-2-3-1001.
func TestAllowsOthers(t *testing.T) {
	me, err := windows.StringToSid("S-1-5-21-1-2-3-1001")
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		list        string
		read, write bool
	}{
		"home":                       {"D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;S-1-5-21-1-2-3-1001)", false, false},
		"root of a drive":            {"D:P(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;BU)(A;CI;LC;;;BU)(A;OICIIO;GXGWGR;;;AU)", true, false},
		"readable by everybody":      {"D:(A;;FR;;;WD)(A;;FA;;;S-1-5-21-1-2-3-1001)", true, false},
		"readable by another user":   {"D:(A;;FR;;;S-1-5-21-1-2-3-1002)", true, false},
		"others may create files":    {"D:(A;;0x2;;;BU)", false, true},
		"others may delete files":    {"D:(A;;0x40;;;BU)", false, true},
		"others may change it":       {"D:(A;;WD;;;BU)", false, true},
		"for what is created in it":  {"D:(A;OICIIO;GA;;;BU)(A;OICIIO;GA;;;CO)", false, false},
		"denied":                     {"D:(D;;FA;;;WD)", false, false},
		"administrators of a domain": {"D:(A;;FA;;;S-1-5-21-1-2-3-512)", false, false},
		"nobody":                     {"D:", false, false},
	} {
		t.Run(name, func(t *testing.T) {
			list, err := windows.SecurityDescriptorFromString(tt.list)
			if err != nil {
				t.Fatal(err)
			}
			for access, want := range map[windows.ACCESS_MASK]bool{readAccess: tt.read, writeAccess: tt.write} {
				if got, err := allowsOthers(list, me, access); err != nil || got != want {
					t.Errorf("access %#x: %v, %v; want %v", access, got, err, want)
				}
			}
		})
	}
	none, err := windows.NewSecurityDescriptor()
	if err != nil {
		t.Fatal(err)
	}
	if err := none.SetDACL(nil, true, false); err != nil {
		t.Fatal(err)
	}
	if open, err := allowsOthers(none, me, readAccess); err != nil || !open {
		t.Errorf("without a list: %v, %v", open, err)
	}
}
