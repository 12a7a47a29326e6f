package idctest_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/google/go-cmp/cmp"

	"github.com/latchkey-sso/latchkey/idctest"
)

func stsClient(srv *idctest.Server, id, secret, token string) *sts.Client {
	return sts.New(sts.Options{
		Region: "us-east-1", BaseEndpoint: aws.String(srv.URL()), Retryer: aws.NopRetryer{},
		Credentials: keys(id, secret, token),
	})
}

// TestGetCallerIdentity calls STS with credentials of a role, and of one assumed with them.
func TestGetCallerIdentity(t *testing.T) {
	srv := idctest.NewServer(t)
	role, err := getRole(t.Context(), srv, srv.SignIn().AccessToken, "123456789012", "Developer")
	if err != nil {
		t.Fatal(err)
	}
	client := stsClient(srv, *role.AccessKeyId, *role.SecretAccessKey, *role.SessionToken)
	wantIdentity(t, client, "123456789012", "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Developer_0123456789abcdef/idctest", "AROAIDCTESTEXAMPLE00:idctest")

	assumed := must[*sts.AssumeRoleOutput](t)(client.AssumeRole(t.Context(), &sts.AssumeRoleInput{
		RoleArn: aws.String("arn:aws:iam::444455556666:role/path/deploy"), RoleSessionName: aws.String("me"),
	})).Credentials
	wantIdentity(t, stsClient(srv, *assumed.AccessKeyId, *assumed.SecretAccessKey, *assumed.SessionToken),
		"444455556666", "arn:aws:sts::444455556666:assumed-role/deploy/me", "AROAIDCTESTEXAMPLE00:me")

	_, err = stsClient(srv, *role.AccessKeyId, *assumed.SecretAccessKey, *role.SessionToken).GetCallerIdentity(t.Context(), nil)
	wantAPIError(t, err, "SignatureDoesNotMatch", 403)
	if n := srv.Count("GetCallerIdentity"); n != 3 {
		t.Errorf("%d requests recorded, want 3", n)
	}
}

func wantIdentity(t *testing.T, client *sts.Client, account, arn, userID string) {
	t.Helper()
	out := must[*sts.GetCallerIdentityOutput](t)(client.GetCallerIdentity(t.Context(), nil))
	if diff := cmp.Diff([]string{account, arn, userID}, []string{*out.Account, *out.Arn, *out.UserId}); diff != "" {
		t.Errorf("identity (-want +got):\n%s", diff)
	}
}
