package doctor

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/latchkey-sso/latchkey/profile"
)

// tools checks the AWS CLI and the program in credential_process.
func (c *checker) tools(ctx context.Context) {
	c.awsCLI(ctx)
	c.credentialProcess()
}

// The minor versions of the AWS CLI that introduced sso-session sections.
const (
	firstV1 = 27 // 1.27
	firstV2 = 9  // 2.9
)

func (c *checker) awsCLI(ctx context.Context) {
	path, err := c.LookPath("aws")
	if err != nil {
		c.skip("aws-cli", "not installed")
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	out, err := c.Command(ctx, path, "--version")
	version, _, _ := strings.Cut(strings.TrimPrefix(out, "aws-cli/"), " ")
	major, minor, ok := majorMinor(version)
	switch {
	case err != nil || !ok:
		c.warn("aws-cli", path+" does not print its version", "")
	case major == 1 && minor < firstV1, major == 2 && minor < firstV2:
		c.warn("aws-cli", fmt.Sprintf("%s is version %s, which does not support sso-session", path, version), "install AWS CLI 2.9 or newer")
	default:
		c.ok("aws-cli", fmt.Sprintf("%s is version %s", path, version))
	}
}

func majorMinor(version string) (major, minor int, ok bool) {
	first, rest, _ := strings.Cut(version, ".")
	second, _, _ := strings.Cut(rest, ".")
	major, err1 := strconv.Atoi(first)
	minor, err2 := strconv.Atoi(second)
	return major, minor, err1 == nil && err2 == nil
}

// credentialProcess checks that the program in credential_process exists.
func (c *checker) credentialProcess() {
	section := c.section(c.selected())
	if section == nil {
		return
	}
	setting, ok := section.Get("credential_process")
	if !ok {
		return
	}
	program := firstWord(setting.Value)
	if _, err := c.LookPath(program); err != nil {
		c.add(Result{
			Check: "process", Status: Failed, File: setting.File, Line: setting.Line,
			Message: fmt.Sprintf("program %q not found", program), Fix: "use the absolute path of the program",
		})
		return
	}
	c.ok("process", program+" is installed")
}

// section returns a profile's merged section; nil if it does not exist.
func (c *checker) section(name string) *profile.Section {
	shared, _ := profile.ReadAll() // syntax errors in other sections do not matter
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

// firstWord returns the program of a command line, which may be quoted.
func firstWord(command string) string {
	command = strings.TrimSpace(command)
	if command != "" && strings.ContainsRune(`"'`, rune(command[0])) {
		word, _, _ := strings.Cut(command[1:], command[:1])
		return word
	}
	word, _, _ := strings.Cut(command, " ")
	return word
}
