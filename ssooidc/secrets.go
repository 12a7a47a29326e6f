package ssooidc

import "github.com/latchkey-sso/latchkey/internal/awsrest"

// Types with secrets marshal without them, so that structured logs do not show them. Unmarshaling what was marshaled
// fails, so that a program that stores values as JSON does not mistake the placeholder for a secret. Package fmt
// prints the fields as addresses.

// MarshalJSON omits the secrets.
func (v CreateTokenInput) MarshalJSON() ([]byte, error) {
	type plain CreateTokenInput
	return awsrest.Marshal((*plain)(&v), &v.ClientSecret, &v.Code, &v.CodeVerifier, &v.DeviceCode, &v.RefreshToken)
}

// MarshalJSON omits the secrets.
func (v CreateTokenOutput) MarshalJSON() ([]byte, error) {
	type plain CreateTokenOutput
	return awsrest.Marshal((*plain)(&v), &v.AccessToken, &v.IdToken, &v.RefreshToken)
}

// UnmarshalJSON fails if MarshalJSON has omitted a secret.
func (v *CreateTokenOutput) UnmarshalJSON(data []byte) error {
	type plain CreateTokenOutput
	return awsrest.Restore(data, (*plain)(v), &v.AccessToken, &v.IdToken, &v.RefreshToken)
}

// MarshalJSON omits the secrets.
func (v CreateTokenWithIAMInput) MarshalJSON() ([]byte, error) {
	type plain CreateTokenWithIAMInput
	return awsrest.Marshal((*plain)(&v), &v.Assertion, &v.Code, &v.CodeVerifier, &v.RefreshToken, &v.SubjectToken)
}

// MarshalJSON omits the secrets.
func (v CreateTokenWithIAMOutput) MarshalJSON() ([]byte, error) {
	type plain CreateTokenWithIAMOutput
	return awsrest.Marshal((*plain)(&v), &v.AccessToken, &v.IdToken, &v.RefreshToken)
}

// UnmarshalJSON fails if MarshalJSON has omitted a secret.
func (v *CreateTokenWithIAMOutput) UnmarshalJSON(data []byte) error {
	type plain CreateTokenWithIAMOutput
	return awsrest.Restore(data, (*plain)(v), &v.AccessToken, &v.IdToken, &v.RefreshToken)
}

// MarshalJSON omits the secret.
func (v AwsAdditionalDetails) MarshalJSON() ([]byte, error) {
	type plain AwsAdditionalDetails
	return awsrest.Marshal((*plain)(&v), &v.IdentityContext)
}

// UnmarshalJSON fails if MarshalJSON has omitted a secret.
func (v *AwsAdditionalDetails) UnmarshalJSON(data []byte) error {
	type plain AwsAdditionalDetails
	return awsrest.Restore(data, (*plain)(v), &v.IdentityContext)
}

// MarshalJSON omits the secret.
func (v RegisterClientOutput) MarshalJSON() ([]byte, error) {
	type plain RegisterClientOutput
	return awsrest.Marshal((*plain)(&v), &v.ClientSecret)
}

// UnmarshalJSON fails if MarshalJSON has omitted a secret.
func (v *RegisterClientOutput) UnmarshalJSON(data []byte) error {
	type plain RegisterClientOutput
	return awsrest.Restore(data, (*plain)(v), &v.ClientSecret)
}

// MarshalJSON omits the secret.
func (v StartDeviceAuthorizationInput) MarshalJSON() ([]byte, error) {
	type plain StartDeviceAuthorizationInput
	return awsrest.Marshal((*plain)(&v), &v.ClientSecret)
}

// MarshalJSON omits the secret.
func (v StartDeviceAuthorizationOutput) MarshalJSON() ([]byte, error) {
	type plain StartDeviceAuthorizationOutput
	return awsrest.Marshal((*plain)(&v), &v.DeviceCode)
}

// UnmarshalJSON fails if MarshalJSON has omitted a secret.
func (v *StartDeviceAuthorizationOutput) UnmarshalJSON(data []byte) error {
	type plain StartDeviceAuthorizationOutput
	return awsrest.Restore(data, (*plain)(v), &v.DeviceCode)
}
