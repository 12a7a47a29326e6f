package doctor

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/latchkey-sso/latchkey/profile"
)

// tools checks other programs: the AWS CLI on the PATH, and the profile's
// credential_process.
func (e *exam) tools(ctx context.Context) {
	e.awsCLI(ctx)
	e.credentialProcess()
}

// The AWS CLI reads sso-session sections since these versions.
const (
	firstV1 = 27 // 1.27
	firstV2 = 9  // 2.9
)

func (e *exam) awsCLI(ctx context.Context) {
	path, err := e.LookPath("aws")
	if err != nil {
		e.skip("aws-cli", "not installed")
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	out, err := e.Command(ctx, path, "--version")
	version, _, _ := strings.Cut(strings.TrimPrefix(out, "aws-cli/"), " ")
	major, minor, ok := majorMinor(version)
	switch {
	case err != nil || !ok:
		e.warn("aws-cli", path+" does not tell its version", "")
	case major == 1 && minor < firstV1, major == 2 && minor < firstV2:
		e.warn("aws-cli", fmt.Sprintf("%s is version %s, which does not know sso-session", path, version), "install AWS CLI 2.9 or newer")
	default:
		e.ok("aws-cli", fmt.Sprintf("%s is version %s", path, version))
	}
}

func majorMinor(version string) (major, minor int, ok bool) {
	first, rest, _ := strings.Cut(version, ".")
	second, _, _ := strings.Cut(rest, ".")
	major, err1 := strconv.Atoi(first)
	minor, err2 := strconv.Atoi(second)
	return major, minor, err1 == nil && err2 == nil
}

// credentialProcess checks that other tools will find the program of the profile's
// credential_process.
func (e *exam) credentialProcess() {
	section := e.section(e.selected())
	if section == nil {
		return
	}
	setting, ok := section.Get("credential_process")
	if !ok {
		return
	}
	program := firstWord(setting.Value)
	if _, err := e.LookPath(program); err != nil {
		e.add(Result{
			Check: "credential_process", Status: Failed, File: setting.File, Line: setting.Line,
			Message: fmt.Sprintf("there is no program %q", program), Fix: "write the absolute path of the program",
		})
		return
	}
	e.ok("credential_process", program+" is installed")
}

// section returns what the config files say of a profile; nil if there is none.
func (e *exam) section(name string) *profile.Section {
	shared, _ := profile.ReadAll() // damage elsewhere does not matter
	if shared == nil {
		return nil
	}
	for _, s := range shared.Profiles {
		if s.Name == name {
			return s
		}
	}
	return nil
}

// firstWord is the program of a command line, which may be in quotes.
func firstWord(command string) string {
	command = strings.TrimSpace(command)
	if command != "" && strings.ContainsRune(`"'`, rune(command[0])) {
		word, _, _ := strings.Cut(command[1:], command[:1])
		return word
	}
	word, _, _ := strings.Cut(command, " ")
	return word
}
