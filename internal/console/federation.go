package console

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Federation signs in at the sign-in service with credentials.
type Federation struct {
	// Client sends the request. It must not follow redirects.
	Client interface {
		Do(*http.Request) (*http.Response, error)
	}
	// Endpoint is the address of the sign-in service, such as https://eu-west-1.signin.aws.amazon.com.
	Endpoint string
}

const (
	timeout     = 20 * time.Second
	maxResponse = 64 << 10
)

// SignInToken returns a token that stands for credentials: whoever has it can use the console as the role. duration is how
// long the console session lasts; 0 means as long as the credentials. AWS takes no other for a role that another role has
// assumed. No error shows the request or the response.
func (f Federation) SignInToken(ctx context.Context, creds aws.Credentials, duration time.Duration) (string, error) {
	token, err := f.signInToken(ctx, creds, duration)
	if err != nil {
		return "", fmt.Errorf("console: get a sign-in token: %w", err)
	}
	return token, nil
}

func (f Federation) signInToken(ctx context.Context, creds aws.Credentials, duration time.Duration) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	req, err := f.request(ctx, creds, duration)
	if err != nil {
		return "", errors.New("the endpoint is not a URL")
	}
	resp, err := f.Client.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxResponse))
	switch {
	case err != nil:
		return "", fmt.Errorf("read response: %w", err)
	case resp.StatusCode != http.StatusOK:
		return "", &StatusError{resp.StatusCode}
	}
	var result struct{ SigninToken string }
	if json.Unmarshal(body, &result) != nil || result.SigninToken == "" {
		return "", errors.New("the response has no SigninToken")
	}
	return result.SigninToken, nil
}

// request is a form, so that the keys are in no URL, log of a proxy, or *url.Error.
func (f Federation) request(ctx context.Context, creds aws.Credentials, duration time.Duration) (*http.Request, error) {
	session, err := json.Marshal(struct {
		ID    string `json:"sessionId"`
		Key   string `json:"sessionKey"`
		Token string `json:"sessionToken"`
	}{creds.AccessKeyID, creds.SecretAccessKey, creds.SessionToken})
	if err != nil {
		return nil, err
	}
	form := url.Values{"Action": {"getSigninToken"}, "Session": {string(session)}}
	if duration > 0 {
		form.Set("SessionDuration", strconv.Itoa(int(duration.Seconds())))
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, f.Endpoint+"/federation", strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return req, nil
}

// StatusError is a response of the sign-in service that is not a success.
type StatusError struct{ Status int }

// Error gives the status.
func (e *StatusError) Error() string {
	return fmt.Sprintf("HTTP status %d %s", e.Status, http.StatusText(e.Status))
}
