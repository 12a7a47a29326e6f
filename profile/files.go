package profile

import (
	"fmt"

	"github.com/latchkey-sso/latchkey/internal/configfile"
)

// Section is everything the files say under one name. It has the Name, the File and Line
// where the first section of that name starts, and the Properties in the order of the
// files. [Section.Get] returns the property of a key, in lower case, that counts.
type Section = configfile.Section

// Property is one "Key = Value" of a section, with the File and Line it is from. The key is
// in lower case. The value is as written: quotes and comments in it stay, and the lines of
// a value that continues on indented lines are joined by "\n". A property prints without
// its value if the key is that of a secret.
type Property = configfile.Property

// Shared is what the config file and the credentials file say together.
type Shared struct {
	// Profiles, Sessions ([sso-session NAME]) and Services ([services NAME]) are in the
	// order of the files, the config file first.
	Profiles, Sessions, Services []*Section
	// Damage is every line that breaks the grammar.
	Damage []*Error
}

// Format prints the sections, as those print, whatever the verb.
func (s Shared) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "profiles %v, sessions %v, services %v, damage %v", s.Profiles, s.Sessions, s.Services, s.Damage)
}

// ReadAll finds the files as Load does, and reads every section. The error is the first
// Damage, and Shared holds the rest. Shared is nil only if a file named in the options cannot
// be read.
func ReadAll(optFns ...func(*Options)) (*Shared, error) {
	config, credentials, err := newOptions(optFns).files()
	if err != nil {
		return nil, err
	}
	return readSections(config, credentials)
}

func readSections(config, credentials []configfile.Source) (*Shared, error) {
	all := configfile.ReadSections(config, credentials, true)
	s := &Shared{Profiles: all.Profiles, Sessions: all.Sessions, Services: all.Services}
	for _, bad := range all.Damage {
		s.Damage = append(s.Damage, syntaxError(bad))
	}
	if len(s.Damage) > 0 {
		return s, s.Damage[0]
	}
	return s, nil
}

// Names returns the names of the profiles and of the sso-sessions, in the order of the
// files. Despite an error about a damaged line, they are complete otherwise.
func Names(optFns ...func(*Options)) (profiles, sessions []string, err error) {
	shared, err := ReadAll(optFns...)
	if shared == nil {
		return nil, nil, err
	}
	return names(shared.Profiles), names(shared.Sessions), err
}

func names(sections []*Section) []string {
	all := make([]string, 0, len(sections))
	for _, s := range sections {
		all = append(all, s.Name)
	}
	return all
}
