package sso_test

import (
	"maps"
	"net/http"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	official "github.com/aws/aws-sdk-go-v2/service/sso"
	"github.com/google/go-cmp/cmp"

	"github.com/latchkey-sso/latchkey/internal/awsrest/resttest"
	"github.com/latchkey-sso/latchkey/sso"
)

const module = "github.com/aws/aws-sdk-go-v2/service/sso"

// newClient returns a client of a server, which gives up at the first failure.
func newClient(server *resttest.Server, optFns ...func(*sso.Options)) *sso.Client {
	return sso.New(sso.Options{
		Region:       "us-east-1",
		BaseEndpoint: &server.URL,
		Retryer:      aws.NopRetryer{},
	}, optFns...)
}

// TestOperations holds the operations against the SDK's client.
func TestOperations(t *testing.T) {
	got, want := resttest.Operations(&sso.Client{}), resttest.Operations(&official.Client{})
	if diff := cmp.Diff(want, got); diff != "" || len(got) != 4 {
		t.Errorf("operations (-SDK +ours):\n%s", diff)
	}
}

func TestRequestSnapshots(t *testing.T) {
	for _, snapshot := range resttest.Snapshots(t, module, "request.snap") {
		t.Run(snapshot.Name, func(t *testing.T) {
			server := resttest.NewServer(t, resttest.Reply(400, ""))
			_, _ = resttest.Call(t.Context(), t, newClient(server), snapshot.Name, resttest.FillSnapshot)
			resttest.CompareRequest(t, snapshot, server.Requests())
		})
	}
}

func TestResponseSnapshots(t *testing.T) {
	outputs := map[string]any{
		"GetRoleCredentials": &sso.GetRoleCredentialsOutput{RoleCredentials: resttest.Filled(&sso.RoleCredentials{})},
		"ListAccountRoles": resttest.Filled(&sso.ListAccountRolesOutput{
			RoleList: []sso.RoleInfo{*resttest.Filled(&sso.RoleInfo{}), *resttest.Filled(&sso.RoleInfo{})},
		}),
		"ListAccounts": resttest.Filled(&sso.ListAccountsOutput{
			AccountList: []sso.AccountInfo{*resttest.Filled(&sso.AccountInfo{}), *resttest.Filled(&sso.AccountInfo{})},
		}),
		"Logout": &sso.LogoutOutput{},
	}
	for _, snapshot := range resttest.Snapshots(t, module, "response.snap") {
		t.Run(snapshot.Name, func(t *testing.T) {
			server := resttest.NewServer(t, resttest.Reply(snapshot.Status(), snapshot.Body))
			got, err := resttest.Call(t.Context(), t, newClient(server), snapshot.Name, resttest.FillSnapshot)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(resttest.Members(outputs[snapshot.Name]), resttest.Members(got)); diff != "" {
				t.Errorf("output (-want +got):\n%s", diff)
			}
		})
		delete(outputs, snapshot.Name)
	}
	if len(outputs) > 0 {
		t.Errorf("no snapshots of %v", slices.Collect(maps.Keys(outputs)))
	}
}

func TestErrorSnapshots(t *testing.T) {
	errs := map[string]error{
		"InvalidRequestException":   resttest.Filled(&sso.InvalidRequestException{}),
		"ResourceNotFoundException": resttest.Filled(&sso.ResourceNotFoundException{}),
		"TooManyRequestsException":  resttest.Filled(&sso.TooManyRequestsException{}),
		"UnauthorizedException":     resttest.Filled(&sso.UnauthorizedException{}),
	}
	for _, snapshot := range resttest.Snapshots(t, module, "error.snap") {
		for _, operation := range resttest.Operations(&sso.Client{}) {
			t.Run(snapshot.Name+"/"+operation, func(t *testing.T) {
				server := resttest.NewServer(t, resttest.Reply(snapshot.Status(), snapshot.Body, "X-Amzn-Requestid", "r-1"))
				_, err := resttest.Call(t.Context(), t, newClient(server), operation, resttest.FillSnapshot)
				resttest.CompareError(t, errs[snapshot.Name], snapshot.Status(), err)
			})
		}
		delete(errs, snapshot.Name)
	}
	if len(errs) > 0 {
		t.Errorf("no snapshots of %v", slices.Collect(maps.Keys(errs)))
	}
}

// TestLikeTheSDK sends the same inputs with the SDK's client and with ours.
func TestLikeTheSDK(t *testing.T) {
	answers := map[string]string{
		"GetRoleCredentials": `{"roleCredentials":{"accessKeyId":"a","secretAccessKey":"s","sessionToken":"t","expiration":1651516560000,"x":1},"y":[]}`,
		"ListAccounts":       `{"nextToken":"","accountList":[{"accountId":"1","accountName":"é","emailAddress":null},{}]}`,
		"ListAccountRoles":   `{"nextToken":"n","roleList":[]}`,
		"Logout":             ``,
	}
	for operation, answer := range answers {
		t.Run(operation, func(t *testing.T) {
			server := resttest.NewServer(t, resttest.Reply(200, answer))
			theirs := official.New(official.Options{Region: "us-east-1", BaseEndpoint: &server.URL, AppID: "app"})
			ours := sso.New(sso.Options{Region: "us-east-1", BaseEndpoint: &server.URL, AppID: "app"})
			resttest.CompareClients(t, server, operation, theirs, ours)
		})
	}
}

func TestMissingInput(t *testing.T) {
	server := resttest.NewServer(t, func(http.ResponseWriter, *http.Request, int) {})
	theirs := official.New(official.Options{Region: "us-east-1", BaseEndpoint: &server.URL})
	for _, operation := range resttest.Operations(&sso.Client{}) {
		t.Run(operation, func(t *testing.T) {
			resttest.CompareMissing(t, operation, theirs, newClient(server))
		})
	}
	if n := len(server.Requests()); n > 0 {
		t.Errorf("%d requests were sent", n)
	}
}
