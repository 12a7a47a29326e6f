package sso

import (
	"encoding/json"

	"github.com/latchkey-sso/latchkey/internal/awsrest"
)

// Types with secrets marshal without them, so that structured logs do not show them. Unmarshaling what was marshaled
// fails, so that a program that stores values as JSON does not mistake the placeholder for a secret. Package fmt
// prints the fields as addresses.

// MarshalJSON omits the secret.
func (v GetRoleCredentialsInput) MarshalJSON() ([]byte, error) {
	type plain GetRoleCredentialsInput
	awsrest.Hide(&v.AccessToken)
	return json.Marshal(plain(v))
}

// MarshalJSON omits the secrets.
func (v RoleCredentials) MarshalJSON() ([]byte, error) {
	type plain RoleCredentials
	awsrest.Hide(&v.SecretAccessKey, &v.SessionToken)
	return json.Marshal(plain(v))
}

// UnmarshalJSON fails if MarshalJSON has omitted a secret.
func (v *RoleCredentials) UnmarshalJSON(data []byte) error {
	type plain RoleCredentials
	return awsrest.Restore(data, (*plain)(v), &v.SecretAccessKey, &v.SessionToken)
}

// MarshalJSON omits the secret.
func (v ListAccountsInput) MarshalJSON() ([]byte, error) {
	type plain ListAccountsInput
	awsrest.Hide(&v.AccessToken)
	return json.Marshal(plain(v))
}

// MarshalJSON omits the secret.
func (v ListAccountRolesInput) MarshalJSON() ([]byte, error) {
	type plain ListAccountRolesInput
	awsrest.Hide(&v.AccessToken)
	return json.Marshal(plain(v))
}

// MarshalJSON omits the secret.
func (v LogoutInput) MarshalJSON() ([]byte, error) {
	type plain LogoutInput
	awsrest.Hide(&v.AccessToken)
	return json.Marshal(plain(v))
}
