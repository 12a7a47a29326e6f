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

// rejectedError says that the server rejected the refresh token or the client.
type rejectedError struct {
	since      time.Time // when that was first known
	remembered bool      // no request was sent this time
	cause      error     // the server's error, or one of its kind
}

func (e *rejectedError) Error() string { return e.cause.Error() }
func (e *rejectedError) Unwrap() error { return e.cause }

// summary is the reason for the user.
func (e *rejectedError) summary() string {
	if !e.remembered {
		return awserr.Summary(e.cause)
	}
	return fmt.Sprintf("%s, rejected at %s", awserr.Summary(e.cause), e.since.UTC().Format(time.RFC3339))
}

// rememberedFailure returns the error of a request that need not be repeated: the server
// rejected the refresh token within the last 30 seconds, or failed since this process began to
// wait. It returns nil if there is none.
func (s *Source) rememberedFailure(ctx context.Context, refreshToken tokencache.Secret, began time.Time) error {
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

// newRejection returns the error about a refresh token that the server has just rejected.
// before is the note about it until then.
func (s *Source) newRejection(before tokencache.RefreshNote, cause error) error {
	now := s.opts.Now()
	if before.Outcome == tokencache.RefreshRejected && !before.At.After(now) {
		return &rejectedError{since: before.At, cause: cause}
	}
	return &rejectedError{since: now, cause: cause}
}

// lastRefresh returns what is known about the last request with the refresh token, from this
// process or from another one's note.
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

// note records the outcome of a request with the refresh token, in this process and, if the
// cache keeps notes, for the others.
func (s *Source) note(ctx context.Context, refreshToken tokencache.Secret, note tokencache.RefreshNote) {
	note.Server = s.serverID()
	s.session.setNote(refreshToken, note)
	cache, ok := s.opts.TokenCache.(tokencache.NoteCache)
	if !ok {
		return
	}
	if err := cache.StoreNote(ctx, s.key(), refreshToken, note); err != nil {
		s.debugf("refresh %s: other processes will not know that the outcome is %q: %v", s.sessionName(), note.Outcome, err)
	}
}

// noteFailure records why a request with the refresh token failed.
func (s *Source) noteFailure(ctx context.Context, refreshToken tokencache.Secret, outcome tokencache.RefreshOutcome, err error) {
	note := tokencache.RefreshNote{At: s.opts.Now(), Outcome: outcome}
	note.Code, note.Message = awserr.Describe(err, s.opts.waits.call)
	s.note(ctx, refreshToken, note)
}

// forgetNotes removes the note about a refresh token that is used up.
func (s *Source) forgetNotes(ctx context.Context) {
	if cache, ok := s.opts.TokenCache.(tokencache.NoteCache); ok {
		_ = cache.DeleteNote(ctx, s.key()) // a note that stays says nothing about the new token
	}
}

// serverID tells apart the servers that profiles of one session may send requests to. It is a
// hash, since an endpoint may have a password.
func (s *Source) serverID() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %t %t",
		s.signIn.Session.Region, s.signIn.Endpoints.SSOOIDC, s.signIn.UseFIPS, s.signIn.UseDualStack))
	return hex.EncodeToString(sum[:8])
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
