package command

import (
	"testing"

	"github.com/spf13/cobra"

	"github.com/latchkey-sso/latchkey/login"
	"github.com/latchkey-sso/latchkey/profile"
)

func TestLoginPlan(t *testing.T) {
	const desktop, ssh, port, browser, choice = "DISPLAY=:0", "SSH_TTY=/dev/pts/1", "LATCHKEY_CALLBACK_PORT=8400", "BROWSER=firefox", "LATCHKEY_LOGIN="
	tests := []struct {
		name string
		args []string
		env  []string
		kept string // latchkey_login
		want loginPlan
	}{
		{"desktop", nil, []string{desktop}, "", loginPlan{open: true}},
		{"desktop, not opened", []string{"--no-browser"}, []string{desktop}, "", loginPlan{}},
		{"desktop, device code", []string{"--device-code"}, []string{desktop}, "", loginPlan{flow: login.FlowDeviceCode, open: true}},
		{"desktop, fixed port", []string{"--port=8401"}, []string{desktop, port}, "", loginPlan{open: true, port: 8401}},
		{"port of the environment", nil, []string{desktop, port}, "", loginPlan{open: true, port: 8400}},
		{"SSH", nil, []string{ssh, browser}, "", loginPlan{flow: login.FlowDeviceCode, reason: "this is an SSH session; --browser overrides this"}},
		{"SSH, browser", []string{"--browser"}, []string{ssh}, "", loginPlan{flow: login.FlowBrowser}},
		{"SSH, a browser that reaches the user", []string{"--browser"}, []string{ssh, browser}, "", loginPlan{flow: login.FlowBrowser, open: true}},
		{"SSH, not opened", []string{"--no-browser"}, []string{ssh, browser}, "", loginPlan{}},
		{"SSH, a port to forward", []string{"--port=8400"}, []string{ssh}, "", loginPlan{port: 8400}},
		{"SSH, a port to forward in the environment", nil, []string{ssh, port}, "", loginPlan{port: 8400}},
		{"SSH, kept in the environment", nil, []string{ssh, choice + "browser"}, "device", loginPlan{flow: login.FlowBrowser}},
		{"SSH, kept in the session", nil, []string{ssh}, "browser", loginPlan{flow: login.FlowBrowser}},
		{"kept, but for this time", []string{"--device-code"}, []string{desktop, choice + "browser"}, "browser", loginPlan{flow: login.FlowDeviceCode, open: true}},
		{"QR code", []string{"--qr"}, []string{desktop, choice + "browser"}, "browser", loginPlan{flow: login.FlowDeviceCode, qr: true}},
		{"device kept, not opened", []string{"--no-browser"}, []string{desktop}, "device", loginPlan{flow: login.FlowDeviceCode}},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			var flags loginFlags
			cmd := &cobra.Command{}
			flags.register(cmd)
			if err := cmd.ParseFlags(tc.args); err != nil {
				t.Fatal(err)
			}
			if err := flags.check(cmd); err != nil {
				t.Fatal(err)
			}
			m := machine{os: "linux", getenv: environ(tc.env), exists: func(string) bool { return false }}
			got, err := flags.plan(m, profile.SignIn{Session: &profile.Session{Name: "corp", LatchkeyLogin: tc.kept}})
			if err != nil || got != tc.want {
				t.Errorf("got %+v, %v; want %+v", got, err, tc.want)
			}
		})
	}
}

// environ looks variables up in a list of NAME=value.
func environ(list []string) func(string) string {
	return func(name string) string {
		for _, kv := range list {
			if len(kv) > len(name) && kv[:len(name)+1] == name+"=" {
				return kv[len(name)+1:]
			}
		}
		return ""
	}
}
