package doctest

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"

	"github.com/latchkey-sso/latchkey/internal/terminaltest"
)

// A turn of a dialog is what the terminal shows, and what the user types then.
type turn struct{ see, typed string }

// dialogs are the answers of a user to the commands that ask.
var dialogs = map[string][]turn{
	"latchkey configure --profile dev": { // on a new machine
		{`^Start URL: `, "d-1234567890.awsapps.com/start\n"},
		{`^Region of Identity Center.*: `, "eu-west-1\n"},
		{`^Name of the sso-session \[sso\]: `, "corp\n"},
		{`^> Playground `, "\r"},
		{`^> Developer`, "\r"},
		{`^Region of the profile \[eu-west-1\]: `, "\n"},
		{`^Wrote profile "dev" to `, ""},
	},
	"latchkey configure": {
		{`^Session: `, "\r"},
		{`^> Playground `, "prod-eu\r"},
		{`^> Admin`, "\r"},
		{`^Region of the profile .*: `, "\n"},
		{`^Name of the profile .*: `, "\n"},
		{`^Wrote profile "prod-eu-Admin" to `, ""},
	},
}

var shellComment = regexp.MustCompile(`\s+#.*`)

// dialog returns the dialog of a command, without its comment.
func dialog(text string) []turn {
	return dialogs[shellComment.ReplaceAllString(strings.TrimSpace(text), "")]
}

// converse runs a file with a command on a terminal and has its dialog. It prints what the terminal shows.
func converse() error {
	text, err := os.ReadFile(os.Args[1])
	if err != nil {
		return err
	}
	cmd := exec.Command("bash", os.Args[1])
	cmd.Env = append(os.Environ(), "HTTPS_PROXY=http://127.0.0.1:1") // finding a region needs the internet
	p, err := terminaltest.Start(cmd, 100)
	if err != nil {
		return err
	}
	for _, turn := range dialog(string(text)) {
		if err := p.See(regexp.MustCompile("(?m)" + turn.see)); err != nil {
			fmt.Print(p.Shown())
			return err
		}
		if err := p.Type(turn.typed); err != nil {
			return err
		}
	}
	err = p.Wait()
	fmt.Print(p.Shown())
	if code := cmd.ProcessState.ExitCode(); err == nil && code != 0 {
		err = fmt.Errorf("exit code %d", code)
	}
	return err
}
