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

// Federation is a client for the federation endpoint of AWS Sign-In.
type Federation struct {
	// Client sends the request. It must not follow redirects.
	Client interface {
		Do(*http.Request) (*http.Response, error)
	}
	// Endpoint is the base URL, such as https://eu-west-1.signin.aws.amazon.com.
	Endpoint string
}

const (
	timeout     = 20 * time.Second
	maxResponse = 64 << 10
)

// SignInToken exchanges credentials for a sign-in token, which is a secret. The console session lasts
// for duration, or as long as the credentials if duration is 0. For chained roles, AWS requires 0.
// Errors contain neither the request nor the response.
func (f Federation) SignInToken(ctx context.Context, creds aws.Credentials, duration time.Duration) (string, error) {
	token, err := f.signInToken(ctx, creds, duration)
	if err != nil {
		return "", fmt.Errorf("console: get sign-in token: %w", err)
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

// request returns a POST request, so that the credentials are not in a URL, proxy log or *url.Error.
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

// StatusError is an unsuccessful response of the sign-in service.
type StatusError struct{ Status int }

// Error returns the HTTP status.
func (e *StatusError) Error() string {
	return fmt.Sprintf("HTTP status %d %s", e.Status, http.StatusText(e.Status))
}
