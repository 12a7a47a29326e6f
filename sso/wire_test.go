package sso_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	official "github.com/aws/aws-sdk-go-v2/service/sso"

	"github.com/latchkey-sso/latchkey/internal/awsrest/resttest"
	"github.com/latchkey-sso/latchkey/sso"
)

// newClient returns a client of a server, which gives up at the first failure.
func newClient(server *resttest.Server, optFns ...func(*sso.Options)) *sso.Client {
	return sso.New(sso.Options{
		Region:       "us-east-1",
		BaseEndpoint: &server.URL,
		Retryer:      aws.NopRetryer{},
	}, optFns...)
}

// TestLikeTheSDK compares the client with the SDK's.
func TestLikeTheSDK(t *testing.T) {
	resttest.Suite{
		Module: "github.com/aws/aws-sdk-go-v2/service/sso",
		Ours:   func(server *resttest.Server) any { return newClient(server) },
		Theirs: func(server *resttest.Server) any {
			return official.New(official.Options{Region: "us-east-1", BaseEndpoint: &server.URL, AppID: "app"})
		},
		Retried: func(server *resttest.Server) any {
			return sso.New(sso.Options{Region: "us-east-1", BaseEndpoint: &server.URL, AppID: "app"})
		},
		Outputs: map[string]any{
			"GetRoleCredentials": &sso.GetRoleCredentialsOutput{RoleCredentials: resttest.Filled(&sso.RoleCredentials{})},
			"ListAccountRoles": resttest.Filled(&sso.ListAccountRolesOutput{
				RoleList: []sso.RoleInfo{*resttest.Filled(&sso.RoleInfo{}), *resttest.Filled(&sso.RoleInfo{})},
			}),
			"ListAccounts": resttest.Filled(&sso.ListAccountsOutput{
				AccountList: []sso.AccountInfo{*resttest.Filled(&sso.AccountInfo{}), *resttest.Filled(&sso.AccountInfo{})},
			}),
			"Logout": &sso.LogoutOutput{},
		},
		Errors: map[string]error{
			"InvalidRequestException":   resttest.Filled(&sso.InvalidRequestException{}),
			"ResourceNotFoundException": resttest.Filled(&sso.ResourceNotFoundException{}),
			"TooManyRequestsException":  resttest.Filled(&sso.TooManyRequestsException{}),
			"UnauthorizedException":     resttest.Filled(&sso.UnauthorizedException{}),
		},
		Bodies: map[string]string{
			"GetRoleCredentials": `{"roleCredentials":{"accessKeyId":"a","secretAccessKey":"s","sessionToken":"t","expiration":1651516560000,"x":1},"y":[]}`,
			"ListAccounts":       `{"nextToken":"","accountList":[{"accountId":"1","accountName":"é","emailAddress":null},{}]}`,
			"ListAccountRoles":   `{"nextToken":"n","roleList":[]}`,
			"Logout":             ``,
		},
	}.Run(t)
}
