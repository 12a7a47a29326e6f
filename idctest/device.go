package idctest

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// device is a sign-in with a device code (RFC 8628).
type device struct {
	client   *client
	userCode string
	expires  time.Time
	verdict  verdict
	redeemed bool

	polled   time.Time     // zero, which is long ago: not yet
	interval time.Duration // required between polls
}

// verdict is what the person said.
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

// deviceOf finds a sign-in by its user code, which a person may have typed in lower case or without
// the dash. It returns nil if there is none.
func (s *Server) deviceOf(userCode string) *device {
	letters := func(code string) string { return strings.ReplaceAll(strings.ToUpper(strings.TrimSpace(code)), "-", "") }
	for _, d := range s.state.devices {
		if letters(d.userCode) == letters(userCode) {
			return d
		}
	}
	return nil
}

// redeemDevice serves the device_code grant: one poll.
func (s *Server) redeemDevice(c *call, in input, cl *client) (t tokens, refusal *answer) {
	if refusal := require(c, in, "deviceCode"); refusal != nil {
		return tokens{}, refusal
	}
	d := s.state.devices[in.text["deviceCode"]]
	switch {
	case d == nil || d.client != cl || d.redeemed:
		refusal = refuse(c, "InvalidGrantException", "Invalid device code provided")
	case !c.now.Before(d.expires):
		refusal = refuse(c, "ExpiredTokenException", "The device code has expired")
	case d.tooFast(c.now):
		refusal = refuse(c, "SlowDownException", "Polling too fast")
	case d.verdict == undecided:
		refusal = refuse(c, "AuthorizationPendingException", "The person has not decided yet")
	case d.verdict == denied:
		refusal = refuse(c, "AccessDeniedException", "The user denied the request")
	default:
		d.redeemed = true
		t = s.newSession(cl, cl.scopes, c.now)
	}
	return t, refusal
}

// tooFast notes a poll and reports whether it came too soon after the one before. A tenth of the
// interval is forgiven, for the network that carries one poll faster than another.
func (d *device) tooFast(now time.Time) bool {
	last := d.polled
	d.polled = now
	if d.interval <= 0 || now.Sub(last) >= d.interval-d.interval/10 {
		return false
	}
	d.interval += 5 * time.Second
	return true
}

// Approve answers yes to the device sign-in with this user code, as a person at the verification
// page would. It is an error if there is no such code, it has expired, or was answered before.
func (s *Server) Approve(userCode string) error {
	if err := s.decide(userCode, approved); err != nil {
		return fmt.Errorf("idctest: approve %q: %v", userCode, err)
	}
	return nil
}

// Deny answers no to the device sign-in with this user code, with the errors of Approve.
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

// openDevice finds a sign-in that waits for a person. With errUserCodeAnswered there is one too.
func (s *Server) openDevice(userCode string, now time.Time) (*device, error) {
	d := s.deviceOf(userCode)
	switch {
	case d == nil:
		return nil, errNoUserCode
	case !now.Before(d.expires):
		return nil, errUserCodeExpired
	case d.verdict != undecided:
		return d, errUserCodeAnswered
	}
	return d, nil
}

// The ways a user code can be of no use.
const (
	errNoUserCode       = userCodeError("there is no such code")
	errUserCodeExpired  = userCodeError("the code has expired")
	errUserCodeAnswered = userCodeError("the code has been answered already")
)

type userCodeError string

func (e userCodeError) Error() string { return string(e) }

// verifyDevice is the verification page: GET shows the code and asks, POST answers.
func (s *Server) verifyDevice(c *call) answer {
	form := c.URL.Query()
	if c.Method == http.MethodPost {
		form, _ = url.ParseQuery(string(c.body)) // what cannot be parsed is not there
	}
	userCode := form.Get("user_code")
	if userCode == "" {
		return codePage(http.StatusOK, "")
	}
	d, err := s.openDevice(userCode, c.now)
	switch {
	case errors.Is(err, errUserCodeAnswered) && d.verdict == approved:
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

func approvedPage(cl *client) answer {
	return messagePage(http.StatusOK, "Request approved", "You can close this window and go back to "+cl.name+".")
}
