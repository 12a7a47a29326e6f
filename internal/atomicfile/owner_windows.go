package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"unsafe"

	"golang.org/x/sys/windows"
)

// Symbolic links take a privilege to create here, and files from other users cannot replace the
// user's own in a directory that passes checkPrivate.

func checkOwner(string, fs.FileInfo) error { return nil }

func checkLink(string, fs.FileInfo, string) error { return nil }

// checkSecret returns ErrNotPrivate if the access list of the file lets other users read or replace
// it.
func checkSecret(path string, _ fs.FileInfo) error {
	open, err := othersMay(readAccess|writeAccess, path)
	if err == nil && open {
		err = ErrNotPrivate
	}
	return err
}

func inheritOwner(*os.File, string) {}

// makePrivate denies other users access to a new file, which has inherited the access list of its
// directory.
func makePrivate(f *os.File) { restrict(f.Name()) }

// keepAccess gives f, which will replace target, the access list of target. It ignores errors.
func keepAccess(f *os.File, target string) {
	list, err := windows.GetNamedSecurityInfo(target, windows.SE_FILE_OBJECT, windows.DACL_SECURITY_INFORMATION)
	if err != nil {
		return
	}
	control, _, err := list.Control()
	if err != nil {
		return
	}
	what := windows.SECURITY_INFORMATION(windows.DACL_SECURITY_INFORMATION | windows.UNPROTECTED_DACL_SECURITY_INFORMATION)
	if control&windows.SE_DACL_PROTECTED != 0 {
		what = windows.DACL_SECURITY_INFORMATION | windows.PROTECTED_DACL_SECURITY_INFORMATION
	}
	if dacl, _, err := list.DACL(); err == nil {
		_ = windows.SetNamedSecurityInfo(f.Name(), windows.SE_FILE_OBJECT, what, nil, nil, dacl, nil)
	}
}

// OthersCanRead reports whether the access list of the file at path lets other users read it.
func OthersCanRead(path string, _ fs.FileInfo) bool {
	open, err := othersMay(readAccess, path)
	return err == nil && open
}

// Create creates an empty file at path unless there is one.
func Create(path string) error {
	f, err := os.OpenFile(path, os.O_RDONLY|os.O_CREATE, 0o600) //nolint:gosec // G304: the caller chooses the path
	if err != nil {
		return err
	}
	return f.Close()
}

// MkdirAll creates the directory and its missing parents, for the user alone.
func MkdirAll(dir string) error {
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		return os.MkdirAll(dir, 0o700) // for its error
	}
	if parent := filepath.Dir(dir); parent != dir {
		if err := MkdirAll(parent); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return os.MkdirAll(dir, 0o700) // another process may have created it
	}
	restrict(dir)
	return nil
}

var errOpenToOthers = errors.New("other users can write to it")

func checkPrivate(dir string) error {
	open, err := othersMay(writeAccess, dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err == nil && open:
		return errOpenToOthers
	}
	return err
}

// Access to a file, and to a directory: to read it, and to create, replace or remove files in it.
const (
	readAccess  = windows.FILE_READ_DATA | windows.GENERIC_READ | windows.GENERIC_ALL
	writeAccess = windows.FILE_WRITE_DATA | fileDeleteChild | windows.WRITE_DAC | windows.WRITE_OWNER | windows.GENERIC_WRITE | windows.GENERIC_ALL

	fileDeleteChild = 0x40
)

// restrict denies other users access to a file or directory that they may read. The home
// directory denies it to all that is in it, so mostly there is nothing to do. Errors are
// ignored: some file systems have no access lists.
func restrict(path string) {
	open, err := othersMay(readAccess|writeAccess, path)
	if err != nil || !open {
		return
	}
	me, err := currentUser()
	if err != nil {
		return
	}
	const full = ";OICI;FA;;;" // for what will be in a directory as well
	list, err := windows.SecurityDescriptorFromString("D:P(A" + full + me.String() + ")(A" + full + "SY)(A" + full + "BA)")
	if err != nil {
		return
	}
	if dacl, _, err := list.DACL(); err == nil {
		_ = windows.SetNamedSecurityInfo(path, windows.SE_FILE_OBJECT, windows.DACL_SECURITY_INFORMATION|windows.PROTECTED_DACL_SECURITY_INFORMATION, nil, nil, dacl, nil)
	}
}

// othersMay reports whether the access list of a file or directory gives any of the access to
// users other than this one and the administrators, who can take it anyway.
func othersMay(access windows.ACCESS_MASK, path string) (bool, error) {
	list, err := windows.GetNamedSecurityInfo(path, windows.SE_FILE_OBJECT, windows.DACL_SECURITY_INFORMATION)
	if err != nil {
		return false, &fs.PathError{Op: "read access list", Path: path, Err: err}
	}
	me, err := currentUser()
	if err != nil {
		return false, err
	}
	open, err := allowsOthers(list, me, access)
	if err != nil {
		return false, &fs.PathError{Op: "read access list", Path: path, Err: err}
	}
	return open, nil
}

// allowsOthers is othersMay for a security descriptor and a user.
func allowsOthers(list *windows.SECURITY_DESCRIPTOR, me *windows.SID, access windows.ACCESS_MASK) (bool, error) {
	dacl, _, err := list.DACL()
	if err != nil || dacl == nil {
		return dacl == nil, err // without a list, everybody may do everything
	}
	for i := range uint32(dacl.AceCount) {
		var ace *windows.ACCESS_ALLOWED_ACE
		if err := windows.GetAce(dacl, i, &ace); err != nil {
			return false, err
		}
		if ace.Header.AceType != windows.ACCESS_ALLOWED_ACE_TYPE || ace.Header.AceFlags&windows.INHERIT_ONLY_ACE != 0 || ace.Mask&access == 0 {
			continue
		}
		if sid := (*windows.SID)(unsafe.Pointer(&ace.SidStart)); !sid.Equals(me) && !isSystem(sid) {
			return true, nil
		}
	}
	return false, nil
}

// isSystem reports whether an account or group can take any access anyway, or stands for the owner.
func isSystem(sid *windows.SID) bool {
	return slices.ContainsFunc([]windows.WELL_KNOWN_SID_TYPE{
		windows.WinLocalSystemSid, windows.WinBuiltinAdministratorsSid, windows.WinCreatorOwnerSid, windows.WinCreatorOwnerRightsSid,
	}, sid.IsWellKnown) || isDomainAdmins(sid)
}

// isDomainAdmins reports whether sid is S-1-5-21-<domain>-512 or -519, the administrators of a
// domain or forest.
func isDomainAdmins(sid *windows.SID) bool {
	if sid.SubAuthorityCount() != 5 || sid.SubAuthority(0) != 21 {
		return false
	}
	rid := sid.SubAuthority(4)
	return rid == 512 || rid == 519
}

func currentUser() (*windows.SID, error) {
	user, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		return nil, err
	}
	return user.User.Sid, nil
}
