package ssotoken

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"

	"github.com/latchkey-sso/latchkey/internal/awserr"
	"github.com/latchkey-sso/latchkey/ssooidc"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// rejectedError is the error if the server rejected the refresh token or the client.
type rejectedError struct {
	since      time.Time // when the server first rejected it
	remembered bool      // a note said so; no request was sent
	cause      error     // the server's error, or one rebuilt from a note
}

func (e *rejectedError) Error() string { return e.cause.Error() }
func (e *rejectedError) Unwrap() error { return e.cause }

// summary returns the reason to show to the user.
func (e *rejectedError) summary() string {
	if !e.remembered {
		return awserr.Summary(e.cause)
	}
	return fmt.Sprintf("%s, rejected at %s", awserr.Summary(e.cause), e.since.UTC().Format(time.RFC3339))
}

// recentFailure returns the error of an earlier request if it should not be repeated: the server
// rejected the refresh token within the last 30 seconds, or a request of another process has
// failed since began. Otherwise it returns nil.
func (s *Source) recentFailure(ctx context.Context, refreshToken tokencache.Secret, began time.Time) error {
	note := s.lastRefresh(ctx, refreshToken)
	ago := s.opts.Now().Sub(note.At)
	if ago < 0 || note.Server != s.serverID() {
		return nil
	}
	switch {
	case note.Outcome == tokencache.RefreshRejected && ago < retryPause:
		return &rejectedError{since: note.At, remembered: true, cause: errorOf(note)}
	case note.Outcome == tokencache.RefreshFailed && note.At.After(began):
		return &awserr.SharedError{At: note.At, Cause: errorOf(note)}
	}
	return nil
}

// newRejection returns the error for a refresh token that the server has just rejected. before is
// the note that was stored for it.
func (s *Source) newRejection(before tokencache.RefreshNote, cause error) error {
	now := s.opts.Now()
	if before.Outcome == tokencache.RefreshRejected && !before.At.After(now) {
		return &rejectedError{since: before.At, cause: cause}
	}
	return &rejectedError{since: now, cause: cause}
}

// lastRefresh returns the note about the last request with the refresh token, from this process or
// the cache, whichever is newer.
func (s *Source) lastRefresh(ctx context.Context, refreshToken tokencache.Secret) tokencache.RefreshNote {
	note := s.session.lastNote(refreshToken)
	if cache, ok := s.opts.TokenCache.(tokencache.NoteCache); ok {
		noted, err := cache.LoadNote(ctx, s.key(), refreshToken)
		if err == nil && noted.At.After(note.At) {
			return noted
		}
	}
	return note
}

// note records the outcome of a request with the refresh token, in memory and in the cache.
func (s *Source) note(ctx context.Context, refreshToken tokencache.Secret, note tokencache.RefreshNote) {
	note.Server = s.serverID()
	s.session.setNote(refreshToken, note)
	cache, ok := s.opts.TokenCache.(tokencache.NoteCache)
	if !ok {
		return
	}
	if err := cache.StoreNote(ctx, s.key(), refreshToken, note); err != nil {
		s.debugf("refresh %s: could not share the outcome %q with other processes: %v", s.sessionName(), note.Outcome, err)
	}
}

// noteFailure records why a request with the refresh token failed.
func (s *Source) noteFailure(ctx context.Context, refreshToken tokencache.Secret, outcome tokencache.RefreshOutcome, err error) {
	note := tokencache.RefreshNote{At: s.opts.Now(), Outcome: outcome}
	note.Code, note.Message = awserr.Describe(err, s.opts.waits.call)
	s.note(ctx, refreshToken, note)
}

// deleteNote deletes the note after a successful refresh.
func (s *Source) deleteNote(ctx context.Context) {
	if cache, ok := s.opts.TokenCache.(tokencache.NoteCache); ok {
		_ = cache.DeleteNote(ctx, s.key()) // LoadNote ignores a note about the old token
	}
}

// serverID identifies the server, since profiles of one session may have different endpoints. It is
// a hash because an endpoint may contain a password.
func (s *Source) serverID() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %t %t",
		s.signIn.Session.Region, s.signIn.Endpoints.SSOOIDC, s.signIn.UseFIPS, s.signIn.UseDualStack))
	return hex.EncodeToString(sum[:8])
}

// errorOf rebuilds the error that a note records.
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
