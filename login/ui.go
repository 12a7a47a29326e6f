package login

import "time"

// UI is how a sign-in talks to the user. Every function may be nil.
type UI struct {
	// ShowURL tells the user which page to open, in the authorization code flow. It must
	// return at once. It is called again if the server rejects the client registration.
	ShowURL func(AuthorizationRequest)

	// ShowCode tells the user where to approve the sign-in, in the device code flow. It must
	// return at once. If it is nil, the user cannot compare the code with the page's.
	ShowCode func(DeviceCode)

	// OpenBrowser opens a web page in the user's browser. The URL is https, or on this
	// machine. An error is logged: the user still has the URL.
	OpenBrowser func(url string) error

	// Waiting tells the user that another process is signing in to the same session, and
	// that Login waits for its token. After atMost, Login takes the process for stuck, logs a
	// warning and signs in itself.
	Waiting func(atMost time.Duration)
}

// AuthorizationRequest is what the user needs to approve a sign-in in a browser.
type AuthorizationRequest struct {
	// URL is the page to open. The browser must be able to reach RedirectURI.
	URL string

	// RedirectURI is where the browser ends up, on 127.0.0.1 and the callback port.
	RedirectURI string

	// ExpiresAt is when Login gives up: ten minutes after it first asked the user.
	ExpiresAt time.Time

	// Paste accepts the address that the browser ended up on, for a browser that cannot
	// reach RedirectURI. An error means that the address is not the response to this request;
	// Login still waits for one. Paste may be called from any goroutine.
	Paste func(address string) error
}

// DeviceCode is what the user needs to approve a sign-in on any device. The strings come from
// the server but are safe to show: printable ASCII, and URLs with the scheme http or https, no
// user name and at most 2048 bytes.
type DeviceCode struct {
	// VerificationURI is the page that asks for the code. It is empty only if
	// VerificationURIComplete is not.
	VerificationURI string

	// VerificationURIComplete is the page with the code filled in; empty if the server sends
	// none.
	VerificationURIComplete string

	// UserCode is the code, at most 64 bytes. The page shows it too, and the user should
	// check that the two are equal.
	UserCode string

	// ExpiresAt is when the code expires, or when Login gives up if that is earlier.
	ExpiresAt time.Time
}

// page is the page to open, with the code filled in if possible.
func (c DeviceCode) page() string {
	if c.VerificationURIComplete != "" {
		return c.VerificationURIComplete
	}
	return c.VerificationURI
}
