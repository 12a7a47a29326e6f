package login

import "time"

// UI talks to the user during a sign-in. Any function may be nil.
type UI struct {
	// ShowURL tells the user which page to open in the authorization code flow. It must not
	// block. It is called again if the server rejects the client registration.
	ShowURL func(AuthorizationRequest)

	// ShowCode tells the user where to approve the sign-in in the device code flow. It must
	// not block. If it is nil, the user cannot compare the code with the one on the page.
	ShowCode func(DeviceCode)

	// OpenBrowser opens a page in the user's browser. The URL is https or on the loopback
	// interface. It runs in a goroutine and may block: some openers return only when the browser
	// closes. An error is logged; the user can still open the URL.
	OpenBrowser func(url string) error

	// Waiting tells the user that Login is waiting for another process that is signing in to
	// the same session. After atMost, Login logs a warning and signs in itself.
	Waiting func(atMost time.Duration)
}

// AuthorizationRequest is what the user needs to approve a sign-in in a browser.
type AuthorizationRequest struct {
	// URL is the page to open. The browser must be able to reach RedirectURI.
	URL string

	// RedirectURI is the redirect URI, on 127.0.0.1 and the callback port.
	RedirectURI string

	// ExpiresAt is when Login gives up, ten minutes after it started.
	ExpiresAt time.Time

	// Paste accepts the URL that the browser was redirected to, in case it cannot reach
	// RedirectURI. If the URL is not the response to this request, Paste returns an error and
	// Login keeps waiting. Paste is safe for concurrent use.
	Paste func(address string) error
}

// DeviceCode is what the user needs to approve a sign-in on any device. The strings come from
// the server but are safe to show: printable ASCII, and URLs with the scheme http or https, no
// user name and at most 2048 bytes.
type DeviceCode struct {
	// VerificationURI is the page that asks for the code. It is empty only if
	// VerificationURIComplete is not.
	VerificationURI string

	// VerificationURIComplete is the page with the code filled in; may be empty.
	VerificationURIComplete string

	// UserCode is the code, at most 64 bytes. The page shows it too; the user should compare
	// them.
	UserCode string

	// ExpiresAt is when the code expires, or when Login gives up if that is earlier.
	ExpiresAt time.Time
}

// page returns the page to open, with the code filled in if possible.
func (c DeviceCode) page() string {
	if c.VerificationURIComplete != "" {
		return c.VerificationURIComplete
	}
	return c.VerificationURI
}
