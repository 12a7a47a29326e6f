package ssooidc

import (
	"encoding/json"

	"github.com/latchkey-sso/latchkey/internal/awsrest"
)

// The types with secrets marshal without them, so that a structured log does not give them away.
// What was left out is not read back: a program that stores them as JSON shall not take the text in
// place of a secret for the secret.
// As fmt shows them, they are addresses.

// MarshalJSON leaves the secrets out.
func (v CreateTokenInput) MarshalJSON() ([]byte, error) {
	type plain CreateTokenInput
	awsrest.Hide(&v.ClientSecret, &v.Code, &v.CodeVerifier, &v.DeviceCode, &v.RefreshToken)
	return json.Marshal(plain(v))
}

// MarshalJSON leaves the secrets out.
func (v CreateTokenOutput) MarshalJSON() ([]byte, error) {
	type plain CreateTokenOutput
	awsrest.Hide(&v.AccessToken, &v.IdToken, &v.RefreshToken)
	return json.Marshal(plain(v))
}

// UnmarshalJSON fails where MarshalJSON left a secret out.
func (v *CreateTokenOutput) UnmarshalJSON(data []byte) error {
	type plain CreateTokenOutput
	return awsrest.Restore(data, (*plain)(v), &v.AccessToken, &v.IdToken, &v.RefreshToken)
}

// MarshalJSON leaves the secrets out.
func (v CreateTokenWithIAMInput) MarshalJSON() ([]byte, error) {
	type plain CreateTokenWithIAMInput
	awsrest.Hide(&v.Assertion, &v.Code, &v.CodeVerifier, &v.RefreshToken, &v.SubjectToken)
	return json.Marshal(plain(v))
}

// MarshalJSON leaves the secrets out.
func (v CreateTokenWithIAMOutput) MarshalJSON() ([]byte, error) {
	type plain CreateTokenWithIAMOutput
	awsrest.Hide(&v.AccessToken, &v.IdToken, &v.RefreshToken)
	return json.Marshal(plain(v))
}

// UnmarshalJSON fails where MarshalJSON left a secret out.
func (v *CreateTokenWithIAMOutput) UnmarshalJSON(data []byte) error {
	type plain CreateTokenWithIAMOutput
	return awsrest.Restore(data, (*plain)(v), &v.AccessToken, &v.IdToken, &v.RefreshToken)
}

// MarshalJSON leaves the secret out.
func (v AwsAdditionalDetails) MarshalJSON() ([]byte, error) {
	type plain AwsAdditionalDetails
	awsrest.Hide(&v.IdentityContext)
	return json.Marshal(plain(v))
}

// UnmarshalJSON fails where MarshalJSON left a secret out.
func (v *AwsAdditionalDetails) UnmarshalJSON(data []byte) error {
	type plain AwsAdditionalDetails
	return awsrest.Restore(data, (*plain)(v), &v.IdentityContext)
}

// MarshalJSON leaves the secret out.
func (v RegisterClientOutput) MarshalJSON() ([]byte, error) {
	type plain RegisterClientOutput
	awsrest.Hide(&v.ClientSecret)
	return json.Marshal(plain(v))
}

// UnmarshalJSON fails where MarshalJSON left a secret out.
func (v *RegisterClientOutput) UnmarshalJSON(data []byte) error {
	type plain RegisterClientOutput
	return awsrest.Restore(data, (*plain)(v), &v.ClientSecret)
}

// MarshalJSON leaves the secret out.
func (v StartDeviceAuthorizationInput) MarshalJSON() ([]byte, error) {
	type plain StartDeviceAuthorizationInput
	awsrest.Hide(&v.ClientSecret)
	return json.Marshal(plain(v))
}

// MarshalJSON leaves the secret out.
func (v StartDeviceAuthorizationOutput) MarshalJSON() ([]byte, error) {
	type plain StartDeviceAuthorizationOutput
	awsrest.Hide(&v.DeviceCode)
	return json.Marshal(plain(v))
}

// UnmarshalJSON fails where MarshalJSON left a secret out.
func (v *StartDeviceAuthorizationOutput) UnmarshalJSON(data []byte) error {
	type plain StartDeviceAuthorizationOutput
	return awsrest.Restore(data, (*plain)(v), &v.DeviceCode)
}
