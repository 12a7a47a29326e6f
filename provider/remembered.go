package provider

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"

	"github.com/latchkey-sso/latchkey/ssooidc"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// refusedError says that the sign-in has ended: the server refused the refresh token or
// the client.
type refusedError struct {
	since      time.Time // when that was first known
	remembered bool      // the server was not asked again
	cause      error     // the server's error, or one of its kind
}

func (e *refusedError) Error() string {
	if e.remembered {
		return fmt.Sprintf("%s, refused at %s", inShort(e.cause), e.since.UTC().Format(time.RFC3339))
	}
	return e.cause.Error()
}

func (e *refusedError) Unwrap() error { return e.cause }

// sharedError is the failure of another process's request, for which this one waited.
type sharedError struct {
	at    time.Time
	cause error // an error of the kind the other process got
}

func (e *sharedError) Error() string {
	return fmt.Sprintf("the request of another process failed at %s: %s", e.at.UTC().Format(time.RFC3339), inShort(e.cause))
}

func (e *sharedError) Unwrap() error { return e.cause }

// lastRefresh returns what is known of the last request with the refresh token, from
// this process or by the note of another one.
func (p *Provider) lastRefresh(ctx context.Context, refreshToken tokencache.Secret) tokencache.RefreshNote {
	note := p.session.lastNote(refreshToken)
	if cache, ok := p.opts.TokenCache.(tokencache.NoteCache); ok {
		noted, err := cache.LoadNote(ctx, p.profile.Session.CacheKey(), refreshToken)
		if err == nil && noted.At.After(note.At) {
			return noted
		}
	}
	return note
}

// note keeps what became of a request with the refresh token: for this process in any
// case, and for the others where the cache takes notes.
func (p *Provider) note(ctx context.Context, refreshToken tokencache.Secret, note tokencache.RefreshNote) {
	note.Server = p.serverID()
	p.session.setNote(refreshToken, note)
	cache, ok := p.opts.TokenCache.(tokencache.NoteCache)
	if !ok {
		return
	}
	if err := cache.StoreNote(ctx, p.profile.Session.CacheKey(), refreshToken, note); err != nil {
		p.debugf("refresh %s: other processes will not know that it was %s: %v", p.sessionName(), note.Outcome, err)
	}
}

// noteFailure keeps why a request with the refresh token failed.
func (p *Provider) noteFailure(ctx context.Context, refreshToken tokencache.Secret, outcome tokencache.RefreshOutcome, err error) {
	note := tokencache.RefreshNote{At: p.opts.Now(), Outcome: outcome}
	var api smithy.APIError
	switch {
	case errors.As(err, &api):
		note.Code, note.Message = api.ErrorCode(), api.ErrorMessage()
	case errors.Is(err, context.DeadlineExceeded):
		note.Message = fmt.Sprintf("no response within %s", p.opts.waits.call)
	default:
		note.Message = err.Error()
	}
	note.Message = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, note.Message)
	p.note(ctx, refreshToken, note)
}

// forgetNotes removes the note of a refresh token that was used.
func (p *Provider) forgetNotes(ctx context.Context) {
	if cache, ok := p.opts.TokenCache.(tokencache.NoteCache); ok {
		_ = cache.DeleteNote(ctx, p.profile.Session.CacheKey()) // it says nothing about the new one
	}
}

// serverID tells apart the servers that profiles of one sign-in may send requests to.
// It is a hash, since an endpoint may have a password.
func (p *Provider) serverID() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %t %t",
		p.profile.Session.Region, p.profile.Endpoints.SSOOIDC, p.profile.UseFIPS, p.profile.UseDualStack))
	return hex.EncodeToString(sum[:8])
}

// remembered returns the error of a request with the refresh token that need not be
// sent again: the server refused it within the last 30 seconds, or failed since this
// process began to wait for its turn. It is nil if there is none.
func (p *Provider) remembered(ctx context.Context, refreshToken tokencache.Secret, began time.Time) error {
	note := p.lastRefresh(ctx, refreshToken)
	ago := p.opts.Now().Sub(note.At)
	if ago < 0 || note.Server != p.serverID() {
		return nil
	}
	switch {
	case note.Outcome == tokencache.RefreshRejected && ago < retryPause:
		return &refusedError{since: note.At, remembered: true, cause: errorOf(note)}
	case note.Outcome == tokencache.RefreshFailed && note.At.After(began):
		return &sharedError{at: note.At, cause: errorOf(note)}
	}
	return nil
}

// errorOf returns an error of the kind that a note is about.
func errorOf(note tokencache.RefreshNote) error {
	message := aws.String(note.Message)
	switch note.Code {
	case "":
		return errors.New(note.Message)
	case "AccessDeniedException":
		return &ssooidc.AccessDeniedException{Message: message}
	case "ExpiredTokenException":
		return &ssooidc.ExpiredTokenException{Message: message}
	case "InternalServerException":
		return &ssooidc.InternalServerException{Message: message}
	case "InvalidClientException":
		return &ssooidc.InvalidClientException{Message: message}
	case "InvalidGrantException":
		return &ssooidc.InvalidGrantException{Message: message}
	case "InvalidRequestException":
		return &ssooidc.InvalidRequestException{Message: message}
	case "SlowDownException":
		return &ssooidc.SlowDownException{Message: message}
	case "UnauthorizedClientException":
		return &ssooidc.UnauthorizedClientException{Message: message}
	case "UnsupportedGrantTypeException":
		return &ssooidc.UnsupportedGrantTypeException{Message: message}
	}
	return &smithy.GenericAPIError{Code: note.Code, Message: note.Message}
}
