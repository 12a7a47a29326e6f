package ssooidc

import "github.com/latchkey-sso/latchkey/internal/awsrest"

// Types with secrets marshal to JSON with a placeholder, to keep secrets out of structured logs. Unmarshaling the
// placeholder fails, so that it is not mistaken for a secret. Package fmt prints pointer fields as addresses.

// MarshalJSON redacts secrets.
func (v CreateTokenInput) MarshalJSON() ([]byte, error) {
	type plain CreateTokenInput
	return awsrest.Marshal((*plain)(&v), &v.ClientSecret, &v.Code, &v.CodeVerifier, &v.DeviceCode, &v.RefreshToken)
}

// MarshalJSON redacts secrets.
func (v CreateTokenOutput) MarshalJSON() ([]byte, error) {
	type plain CreateTokenOutput
	return awsrest.Marshal((*plain)(&v), &v.AccessToken, &v.IdToken, &v.RefreshToken)
}

// UnmarshalJSON fails if a secret is redacted.
func (v *CreateTokenOutput) UnmarshalJSON(data []byte) error {
	type plain CreateTokenOutput
	return awsrest.Restore(data, (*plain)(v), &v.AccessToken, &v.IdToken, &v.RefreshToken)
}

// MarshalJSON redacts secrets.
func (v CreateTokenWithIAMInput) MarshalJSON() ([]byte, error) {
	type plain CreateTokenWithIAMInput
	return awsrest.Marshal((*plain)(&v), &v.Assertion, &v.Code, &v.CodeVerifier, &v.RefreshToken, &v.SubjectToken)
}

// MarshalJSON redacts secrets.
func (v CreateTokenWithIAMOutput) MarshalJSON() ([]byte, error) {
	type plain CreateTokenWithIAMOutput
	return awsrest.Marshal((*plain)(&v), &v.AccessToken, &v.IdToken, &v.RefreshToken)
}

// UnmarshalJSON fails if a secret is redacted.
func (v *CreateTokenWithIAMOutput) UnmarshalJSON(data []byte) error {
	type plain CreateTokenWithIAMOutput
	return awsrest.Restore(data, (*plain)(v), &v.AccessToken, &v.IdToken, &v.RefreshToken)
}

// MarshalJSON redacts secrets.
func (v AwsAdditionalDetails) MarshalJSON() ([]byte, error) {
	type plain AwsAdditionalDetails
	return awsrest.Marshal((*plain)(&v), &v.IdentityContext)
}

// UnmarshalJSON fails if a secret is redacted.
func (v *AwsAdditionalDetails) UnmarshalJSON(data []byte) error {
	type plain AwsAdditionalDetails
	return awsrest.Restore(data, (*plain)(v), &v.IdentityContext)
}

// MarshalJSON redacts secrets.
func (v RegisterClientOutput) MarshalJSON() ([]byte, error) {
	type plain RegisterClientOutput
	return awsrest.Marshal((*plain)(&v), &v.ClientSecret)
}

// UnmarshalJSON fails if a secret is redacted.
func (v *RegisterClientOutput) UnmarshalJSON(data []byte) error {
	type plain RegisterClientOutput
	return awsrest.Restore(data, (*plain)(v), &v.ClientSecret)
}

// MarshalJSON redacts secrets.
func (v StartDeviceAuthorizationInput) MarshalJSON() ([]byte, error) {
	type plain StartDeviceAuthorizationInput
	return awsrest.Marshal((*plain)(&v), &v.ClientSecret)
}

// MarshalJSON redacts secrets.
func (v StartDeviceAuthorizationOutput) MarshalJSON() ([]byte, error) {
	type plain StartDeviceAuthorizationOutput
	return awsrest.Marshal((*plain)(&v), &v.DeviceCode)
}

// UnmarshalJSON fails if a secret is redacted.
func (v *StartDeviceAuthorizationOutput) UnmarshalJSON(data []byte) error {
	type plain StartDeviceAuthorizationOutput
	return awsrest.Restore(data, (*plain)(v), &v.DeviceCode)
}
