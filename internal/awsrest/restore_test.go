package awsrest_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey-sso/latchkey/internal/awsrest/resttest"
	"github.com/latchkey-sso/latchkey/sso"
	"github.com/latchkey-sso/latchkey/ssooidc"
)

// TestOutputsAreNotRestored holds that an output which was marshaled without its secrets is not read back
// with text in their place, and that one which holds them is.
func TestOutputsAreNotRestored(t *testing.T) {
	for _, output := range []any{
		&sso.GetRoleCredentialsOutput{RoleCredentials: resttest.Filled(&sso.RoleCredentials{})},
		resttest.Filled(&ssooidc.CreateTokenOutput{}),
		resttest.Filled(&ssooidc.CreateTokenWithIAMOutput{}),
		&ssooidc.CreateTokenWithIAMOutput{AwsAdditionalDetails: resttest.Filled(&ssooidc.AwsAdditionalDetails{})},
		resttest.Filled(&ssooidc.RegisterClientOutput{}),
		resttest.Filled(&ssooidc.StartDeviceAuthorizationOutput{}),
	} {
		data, err := json.Marshal(output)
		if err != nil {
			t.Fatal(err)
		}
		back := reflect.New(reflect.TypeOf(output).Elem()).Interface()
		if err := json.Unmarshal(data, back); err == nil || strings.Contains(fmt.Sprint(resttest.Members(back)), "[redacted]") {
			t.Errorf("%s is read as %v, error %v", data, resttest.Members(back), err)
		}
		whole := strings.ReplaceAll(string(data), "[redacted]", "the secret")
		back = reflect.New(reflect.TypeOf(output).Elem()).Interface()
		if err := json.Unmarshal([]byte(whole), back); err != nil {
			t.Errorf("%s: %v", whole, err)
		}
		if !strings.Contains(fmt.Sprint(resttest.Members(back)), "the secret") {
			t.Errorf("%s is read as (-want +got): %s", whole, cmp.Diff(resttest.Members(output), resttest.Members(back)))
		}
	}
}
