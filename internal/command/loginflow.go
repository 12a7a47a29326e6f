package command

import (
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/latchkey-sso/latchkey/login"
	"github.com/latchkey-sso/latchkey/profile"
)

// loginFlags are the flags of login that say how to sign in.
type loginFlags struct {
	browser, deviceCode, noBrowser, qr bool

	background bool // for credential-process

	port int
}

func (f *loginFlags) register(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.browser, "browser", false, "approve in a browser, even if this machine seems to have none")
	cmd.Flags().BoolVar(&f.deviceCode, "device-code", false, "approve on any device, with a code")
	cmd.Flags().BoolVar(&f.qr, "qr", false, "like --device-code, with a QR code for a phone")
	cmd.Flags().BoolVar(&f.noBrowser, "no-browser", false, "show the address instead of opening a browser")
	cmd.Flags().BoolVar(&f.background, "background", false, "")
	_ = cmd.Flags().MarkHidden("background")
	cmd.Flags().IntVar(&f.port, "port", 0, "callback port on 127.0.0.1, to forward (default: $LATCHKEY_CALLBACK_PORT, else any)")
}

func (f *loginFlags) check(cmd *cobra.Command) error {
	for _, pair := range [][2]string{{"browser", "device-code"}, {"browser", "no-browser"}, {"port", "device-code"}, {"qr", "browser"}, {"qr", "port"}} {
		if err := exclusive(cmd, pair[0], pair[1]); err != nil {
			return err
		}
	}
	if cmd.Flags().Changed("port") && !isPort(f.port) {
		return &usageError{text: fmt.Sprintf("invalid --port %d", f.port), hint: "choose a port from 1024 to 65535"}
	}
	return nil
}

func isPort(n int) bool { return n > 0 && n < 1<<16 }

// loginPlan is how to sign in on this machine.
type loginPlan struct {
	flow   login.Flow
	reason string // for the device code flow, unless the user chose it
	open   bool   // open a browser
	port   int    // of the callback; 0: any
	qr     bool   // show a QR code
}

// The values of LATCHKEY_LOGIN and latchkey_login.
const (
	viaBrowser = "browser"
	viaDevice  = "device"
)

// plan decides how to sign in. The flags come first, then the environment, then the sso-session,
// then what the machine supports.
func (f *loginFlags) plan(m machine, p profile.SignIn) (loginPlan, error) {
	want, err := f.preference(m, p)
	if err != nil {
		return loginPlan{}, err
	}
	port, err := f.callbackPort(m)
	if err != nil {
		return loginPlan{}, err
	}
	headless := m.noBrowser()
	plan := loginPlan{
		port: port,
		qr:   f.qr,
		open: !f.noBrowser && !f.qr && (headless == "" || want != "" && m.getenv("BROWSER") != ""),
	}
	switch {
	case want == viaDevice:
		plan.flow = login.FlowDeviceCode
	case p.Session.Name == "" && !f.browser:
		plan.flow, plan.reason = login.FlowDeviceCode, "the profile has no sso-session"
	case want == viaBrowser:
		plan.flow = login.FlowBrowser
	case headless != "" && !f.noBrowser && port == 0:
		plan.flow, plan.reason = login.FlowDeviceCode, headless+"; --browser overrides this"
	}
	return plan, nil
}

// preference returns the user's choice, or "".
func (f *loginFlags) preference(m machine, p profile.SignIn) (string, error) {
	switch {
	case f.browser:
		return viaBrowser, nil
	case f.deviceCode, f.qr:
		return viaDevice, nil
	}
	if v := m.getenv("LATCHKEY_LOGIN"); v != "" {
		if v != viaBrowser && v != viaDevice {
			return "", &usageError{text: fmt.Sprintf("invalid LATCHKEY_LOGIN %q", v), hint: "set it to browser or device"}
		}
		return v, nil
	}
	if v := p.Session.LatchkeyLogin; v != "" && v != viaBrowser && v != viaDevice {
		return "", p.NewError("latchkey_login", fmt.Sprintf("invalid latchkey_login %q", v), "set it to browser or device")
	}
	return p.Session.LatchkeyLogin, nil
}

func (f *loginFlags) callbackPort(m machine) (int, error) {
	v := m.getenv("LATCHKEY_CALLBACK_PORT")
	if f.port != 0 || v == "" {
		return f.port, nil
	}
	port, err := strconv.Atoi(v)
	if err != nil || !isPort(port) {
		return 0, &usageError{text: fmt.Sprintf("invalid LATCHKEY_CALLBACK_PORT %q", v), hint: "set it to a port from 1024 to 65535"}
	}
	return port, nil
}
