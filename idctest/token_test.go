package idctest_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc/types"

	"github.com/latchkey-sso/latchkey/idctest"
)

func TestRefreshRotates(t *testing.T) {
	srv := idctest.NewServer(t)
	first := srv.SignIn()

	second := first
	out := must[*ssooidc.CreateTokenOutput](t)(refresh(t.Context(), srv, first))
	second.AccessToken, second.RefreshToken = *out.AccessToken, *out.RefreshToken
	if second.AccessToken == first.AccessToken || second.RefreshToken == first.RefreshToken {
		t.Fatal("a refresh hands out the old tokens")
	}
	for _, token := range []string{first.AccessToken, second.AccessToken} {
		if err := listAccounts(t.Context(), srv, token); err != nil {
			t.Error(err)
		}
	}
	third := second
	out = must[*ssooidc.CreateTokenOutput](t)(refresh(t.Context(), srv, second))
	third.RefreshToken = *out.RefreshToken

	// Using the first one again ends the family: the third, never used, is dead too.
	for _, signIn := range []idctest.SignIn{first, third, second} {
		_, err := refresh(t.Context(), srv, signIn)
		wantError[*types.InvalidGrantException](t, err)
	}
	if err := listAccounts(t.Context(), srv, second.AccessToken); err != nil {
		t.Errorf("an access token of a family that ended: %v", err)
	}
	if _, err := refresh(t.Context(), srv, srv.SignIn()); err != nil {
		t.Errorf("another sign-in: %v", err)
	}
}

func TestKeepRefreshTokens(t *testing.T) {
	srv := idctest.NewServer(t, func(o *idctest.Options) { o.KeepRefreshTokens = true })
	signIn := srv.SignIn()
	seen := map[string]bool{signIn.AccessToken: true}
	for range 3 {
		out := must[*ssooidc.CreateTokenOutput](t)(refresh(t.Context(), srv, signIn))
		if *out.RefreshToken != signIn.RefreshToken {
			t.Error("another refresh token")
		}
		if seen[*out.AccessToken] {
			t.Error("an old access token")
		}
		seen[*out.AccessToken] = true
	}
}

func TestCreateTokenRejections(t *testing.T) {
	clk := newClock()
	srv := idctest.NewServer(t, withClock(clk))
	signIn, other := srv.SignIn(), srv.SignIn()
	tests := []struct {
		name   string
		change func(*ssooidc.CreateTokenInput)
		code   string
		status int
	}{
		{"no client ID", func(in *ssooidc.CreateTokenInput) { in.ClientId = aws.String("") }, "InvalidRequestException", 400},
		{"no grant type", func(in *ssooidc.CreateTokenInput) { in.GrantType = aws.String("") }, "InvalidRequestException", 400},
		{"no refresh token", func(in *ssooidc.CreateTokenInput) { in.RefreshToken = nil }, "InvalidRequestException", 400},
		{"no device code", func(in *ssooidc.CreateTokenInput) { in.ClientId, in.GrantType = nil, aws.String(deviceGrant) }, "InvalidRequestException", 400},
		{"unknown client", func(in *ssooidc.CreateTokenInput) { in.ClientId = aws.String("x") }, "InvalidClientException", 401},
		{"wrong secret", func(in *ssooidc.CreateTokenInput) { in.ClientSecret = aws.String("x") }, "InvalidClientException", 401},
		{"another client", func(in *ssooidc.CreateTokenInput) {
			in.ClientId, in.ClientSecret = &other.ClientID, &other.ClientSecret
		}, "InvalidGrantException", 400},
		{"unknown refresh token", func(in *ssooidc.CreateTokenInput) { in.RefreshToken = aws.String("x") }, "InvalidGrantException", 400},
		{"access token", func(in *ssooidc.CreateTokenInput) { in.RefreshToken = &signIn.AccessToken }, "InvalidGrantException", 400},
		{"unregistered grant type", func(in *ssooidc.CreateTokenInput) { in.GrantType = aws.String(deviceGrant) }, "UnauthorizedClientException", 400},
		{"unknown grant type", func(in *ssooidc.CreateTokenInput) { in.GrantType = aws.String("password") }, "UnsupportedGrantTypeException", 400},
		{"unknown client, no grant type", func(in *ssooidc.CreateTokenInput) {
			in.ClientId, in.GrantType = aws.String("x"), aws.String("")
		}, "InvalidRequestException", 400},
		{"unknown client and grant type", func(in *ssooidc.CreateTokenInput) {
			in.ClientId, in.GrantType = aws.String("x"), aws.String("password")
		}, "InvalidClientException", 401},
		{"unknown grant type, no refresh token", func(in *ssooidc.CreateTokenInput) {
			in.GrantType, in.RefreshToken = aws.String("password"), nil
		}, "UnsupportedGrantTypeException", 400},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := &ssooidc.CreateTokenInput{
				ClientId: &signIn.ClientID, ClientSecret: &signIn.ClientSecret,
				GrantType: aws.String("refresh_token"), RefreshToken: &signIn.RefreshToken,
			}
			tt.change(in)
			if in.ClientId == nil { // a client that may use device codes
				cl := register(t, srv)
				in.ClientId, in.ClientSecret = cl.ClientId, cl.ClientSecret
			}
			_, err := oidcClient(srv).CreateToken(t.Context(), in)
			wantAPIError(t, err, tt.code, tt.status)
		})
	}
	if _, err := refresh(t.Context(), srv, signIn); err != nil {
		t.Errorf("after the calls that were rejected: %v", err)
	}
	clk.advance(90 * 24 * time.Hour)
	_, err := refresh(t.Context(), srv, other)
	wantError[*types.InvalidClientException](t, err)
}

func TestExpireAccessTokens(t *testing.T) {
	srv := idctest.NewServer(t)
	signIn := srv.SignIn()
	srv.ExpireAccessTokens()
	wantAPIError(t, listAccounts(t.Context(), srv, signIn.AccessToken), "UnauthorizedException", 401)
	out := must[*ssooidc.CreateTokenOutput](t)(refresh(t.Context(), srv, signIn))
	if err := listAccounts(t.Context(), srv, *out.AccessToken); err != nil {
		t.Errorf("after the refresh: %v", err)
	}
}

func TestRevokeAll(t *testing.T) {
	srv := idctest.NewServer(t)
	signIn := srv.SignIn()
	srv.RevokeAll()
	wantAPIError(t, listAccounts(t.Context(), srv, signIn.AccessToken), "UnauthorizedException", 401)
	_, err := refresh(t.Context(), srv, signIn)
	wantError[*types.InvalidGrantException](t, err)
	if err := listAccounts(t.Context(), srv, srv.SignIn().AccessToken); err != nil {
		t.Errorf("a later sign-in: %v", err)
	}
}
