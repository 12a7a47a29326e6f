package idctest

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// device is a device authorization (RFC 8628).
type device struct {
	client   *client
	userCode string
	expires  time.Time
	verdict  verdict
	redeemed bool

	polled   time.Time     // time of the last poll
	interval time.Duration // minimum time between polls
}

// verdict is the user's decision.
type verdict int

const (
	undecided verdict = iota
	approved
	denied
)

func (s *Server) newDevice(cl *client, now time.Time) (code string, d *device) {
	d = &device{
		client:   cl,
		userCode: newUserCode(),
		expires:  now.Add(s.opts.DeviceCodeTTL),
		interval: s.opts.PollInterval,
	}
	for s.deviceOf(d.userCode) != nil {
		d.userCode = newUserCode()
	}
	if s.opts.AutoApprove {
		d.verdict = approved
	}
	code = newDeviceCode()
	s.state.devices[code] = d
	return code, d
}

// deviceOf returns the device authorization with a user code, or nil. It ignores case and the dash.
func (s *Server) deviceOf(userCode string) *device {
	letters := func(code string) string { return strings.ReplaceAll(strings.ToUpper(strings.TrimSpace(code)), "-", "") }
	for _, d := range s.state.devices {
		if letters(d.userCode) == letters(userCode) {
			return d
		}
	}
	return nil
}

// redeemDevice handles a CreateToken call with the device_code grant.
func (s *Server) redeemDevice(c *call, in input, cl *client) (t tokens, rejection *response) {
	if rejection := require(c, in, "deviceCode"); rejection != nil {
		return tokens{}, rejection
	}
	d := s.state.devices[in.text["deviceCode"]]
	switch {
	case d == nil || d.client != cl || d.redeemed:
		rejection = reject(c, "InvalidGrantException", "Invalid device code provided")
	case !c.now.Before(d.expires):
		rejection = reject(c, "ExpiredTokenException", "The device code has expired")
	case d.tooFast(c.now):
		rejection = reject(c, "SlowDownException", "Polling too fast")
	case d.verdict == undecided:
		rejection = reject(c, "AuthorizationPendingException", "The user has not decided yet")
	case d.verdict == denied:
		rejection = reject(c, "AccessDeniedException", "The user denied the request")
	default:
		d.redeemed = true
		t = s.newSession(cl, cl.scopes, c.now)
	}
	return t, rejection
}

// tooFast records a poll and reports whether it came too soon after the previous one. It tolerates a tenth of the
// interval, for variations in network latency.
func (d *device) tooFast(now time.Time) bool {
	last := d.polled
	d.polled = now
	if d.interval <= 0 || now.Sub(last) >= d.interval-d.interval/10 {
		return false
	}
	d.interval += 5 * time.Second
	return true
}

// Approve approves the device authorization with this user code, like a user on the verification page. It fails if
// the code does not exist, has expired, or has already been approved or denied.
func (s *Server) Approve(userCode string) error {
	if err := s.decide(userCode, approved); err != nil {
		return fmt.Errorf("idctest: approve %q: %v", userCode, err)
	}
	return nil
}

// Deny denies the device authorization with this user code. It fails in the same cases as [Server.Approve].
func (s *Server) Deny(userCode string) error {
	if err := s.decide(userCode, denied); err != nil {
		return fmt.Errorf("idctest: deny %q: %v", userCode, err)
	}
	return nil
}

func (s *Server) decide(userCode string, v verdict) error {
	now := s.opts.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	d, err := s.openDevice(userCode, now)
	if err != nil {
		return err
	}
	d.verdict = v
	return nil
}

// openDevice returns an undecided device authorization. With errUserCodeDecided it returns the decided one.
func (s *Server) openDevice(userCode string, now time.Time) (*device, error) {
	d := s.deviceOf(userCode)
	switch {
	case d == nil:
		return nil, errNoUserCode
	case !now.Before(d.expires):
		return nil, errUserCodeExpired
	case d.verdict != undecided:
		return d, errUserCodeDecided
	}
	return d, nil
}

const (
	errNoUserCode      = userCodeError("the code does not exist")
	errUserCodeExpired = userCodeError("the code has expired")
	errUserCodeDecided = userCodeError("the code has been used already")
)

type userCodeError string

func (e userCodeError) Error() string { return string(e) }

// verifyDevice serves the verification page: GET shows the code, POST approves or denies.
func (s *Server) verifyDevice(c *call) response {
	form := c.URL.Query()
	if c.Method == http.MethodPost {
		form, _ = url.ParseQuery(string(c.body)) // invalid parts count as missing
	}
	userCode := form.Get("user_code")
	if userCode == "" {
		return codePage(http.StatusOK, "")
	}
	d, err := s.openDevice(userCode, c.now)
	switch {
	case errors.Is(err, errUserCodeDecided) && d.verdict == approved:
		return approvedPage(d.client)
	case err != nil:
		return codePage(http.StatusBadRequest, "Sorry, "+err.Error()+".")
	}
	switch form.Get("action") {
	case "approve":
		d.verdict = approved
		return approvedPage(d.client)
	case "deny":
		d.verdict = denied
		return messagePage(http.StatusOK, "Request denied", d.client.name+" gets no access. You can close this window.")
	default:
		return consentPage("/device", "user_code", d.userCode, d.client, d.client.scopes)
	}
}

func approvedPage(cl *client) response {
	return messagePage(http.StatusOK, "Request approved", "You can close this window and go back to "+cl.name+".")
}
