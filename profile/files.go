package profile

import (
	"fmt"

	"github.com/latchkey-sso/latchkey/internal/configfile"
)

// Section is the merged content of all sections with the same kind and name. File and Line are
// where the first of them starts. Properties are in file order; [Section.Get] returns the one
// in effect for a lower-case key.
type Section = configfile.Section

// Property is a "Key = Value" line of a section, with its File and Line. Key is in lower case.
// Value is verbatim, including quotes and inline comments; "\n" joins continuation lines. A
// Property prints without its value if the key is a secret's.
type Property = configfile.Property

// Shared is the merged content of the config and credentials files.
type Shared struct {
	// Profiles, Sessions ([sso-session NAME]) and Services ([services NAME]) are in file
	// order, the config file first.
	Profiles, Sessions, Services []*Section
	// SyntaxErrors has one entry for each line that cannot be parsed.
	SyntaxErrors []*Error
}

// Format redacts secrets as [Property] does, for every verb.
func (s Shared) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "profiles %v, sessions %v, services %v, syntax errors %v", s.Profiles, s.Sessions, s.Services, s.SyntaxErrors)
}

// ReadAll reads every section of the files that [Load] reads. If lines cannot be parsed, it
// returns the other sections along with the first of the SyntaxErrors. Shared is nil only if
// a file named in the options cannot be read.
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
	for _, bad := range all.SyntaxErrors {
		s.SyntaxErrors = append(s.SyntaxErrors, syntaxError(bad))
	}
	if len(s.SyntaxErrors) > 0 {
		return s, s.SyntaxErrors[0]
	}
	return s, nil
}

// Names returns the names of the profiles and sso-sessions, in file order. If lines cannot be
// parsed, it returns an error along with the other names.
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
