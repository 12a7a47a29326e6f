package idctest

import (
	"fmt"
	"net/http"
)

// identity is what GetCallerIdentity says about a caller.
type identity struct{ userID, account, arn string }

// userName is the name of the user, as role session name.
const userName = "idctest"

// assumedRole returns the identity of a session of a role.
func assumedRole(partition, account, role, session string) identity {
	return identity{
		userID:  "AROAIDCTESTEXAMPLE00:" + session,
		account: account,
		arn:     fmt.Sprintf("arn:%s:sts::%s:assumed-role/%s/%s", partition, account, role, session),
	}
}

// reservedRole returns the identity of the user in the role that Identity Center makes for a permission set.
func reservedRole(account, permissionSet string) identity {
	return assumedRole("aws", account, "AWSReservedSSO_"+permissionSet+"_0123456789abcdef", userName)
}

// response returns the response of GetCallerIdentity in the AWS Query protocol.
func (id identity) response() response {
	return xmlResponse(http.StatusOK, callerIdentityXML, id.arn, id.userID, id.account, newRequestID())
}

const callerIdentityXML = `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <GetCallerIdentityResult>
    <Arn>%s</Arn>
    <UserId>%s</UserId>
    <Account>%s</Account>
  </GetCallerIdentityResult>
  <ResponseMetadata>
    <RequestId>%s</RequestId>
  </ResponseMetadata>
</GetCallerIdentityResponse>
`
