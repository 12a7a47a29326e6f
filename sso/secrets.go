package sso

import "github.com/latchkey-sso/latchkey/internal/awsrest"

// Types with secrets marshal without them, so that structured logs do not show them. Unmarshaling what was marshaled
// fails, so that a program that stores values as JSON does not mistake the placeholder for a secret. Package fmt
// prints the fields as addresses.

// MarshalJSON omits the secret.
func (v GetRoleCredentialsInput) MarshalJSON() ([]byte, error) {
	type plain GetRoleCredentialsInput
	return awsrest.Marshal((*plain)(&v), &v.AccessToken)
}

// MarshalJSON omits the secrets.
func (v RoleCredentials) MarshalJSON() ([]byte, error) {
	type plain RoleCredentials
	return awsrest.Marshal((*plain)(&v), &v.SecretAccessKey, &v.SessionToken)
}

// UnmarshalJSON fails if MarshalJSON has omitted a secret.
func (v *RoleCredentials) UnmarshalJSON(data []byte) error {
	type plain RoleCredentials
	return awsrest.Restore(data, (*plain)(v), &v.SecretAccessKey, &v.SessionToken)
}

// MarshalJSON omits the secret.
func (v ListAccountsInput) MarshalJSON() ([]byte, error) {
	type plain ListAccountsInput
	return awsrest.Marshal((*plain)(&v), &v.AccessToken)
}

// MarshalJSON omits the secret.
func (v ListAccountRolesInput) MarshalJSON() ([]byte, error) {
	type plain ListAccountRolesInput
	return awsrest.Marshal((*plain)(&v), &v.AccessToken)
}

// MarshalJSON omits the secret.
func (v LogoutInput) MarshalJSON() ([]byte, error) {
	type plain LogoutInput
	return awsrest.Marshal((*plain)(&v), &v.AccessToken)
}
