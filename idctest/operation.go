package idctest

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// Operations by API name, and pages.
const (
	opGetRoleCredentials       = "GetRoleCredentials" //nolint:gosec // a name
	opListAccounts             = "ListAccounts"
	opListAccountRoles         = "ListAccountRoles"
	opLogout                   = "Logout"
	opRegisterClient           = "RegisterClient"
	opStartDeviceAuthorization = "StartDeviceAuthorization"
	opCreateToken              = "CreateToken"
	opCreateTokenWithIAM       = "CreateTokenWithIAM"
	opAssumeRole               = "AssumeRole"
	opGetCallerIdentity        = "GetCallerIdentity"
	opFederation               = "Federation"
	opAuthorize                = "Authorize"
	opVerifyDevice             = "VerifyDevice"
	opUnknown                  = "Unknown"
)

// call is a request and its body.
type call struct {
	*http.Request
	op   string
	body []byte
	now  time.Time // arrival time by the server's clock

	caller *caller // of STS
}

func operations() []string {
	return []string{
		opGetRoleCredentials, opListAccounts, opListAccountRoles, opLogout,
		opRegisterClient, opStartDeviceAuthorization, opCreateToken, opCreateTokenWithIAM, opAssumeRole, opGetCallerIdentity,
		opFederation, opAuthorize, opVerifyDevice, opUnknown,
	}
}

func operation(r *http.Request, body []byte) string {
	switch r.Method + " " + r.URL.Path {
	case "GET /federation/credentials":
		return opGetRoleCredentials
	case "GET /assignment/accounts":
		return opListAccounts
	case "GET /assignment/roles":
		return opListAccountRoles
	case "POST /logout":
		return opLogout
	case "POST /client/register":
		return opRegisterClient
	case "POST /device_authorization":
		return opStartDeviceAuthorization
	case "POST /token":
		if r.URL.Query().Get("aws_iam") == "t" {
			return opCreateTokenWithIAM
		}
		return opCreateToken
	case "GET /federation", "POST /federation":
		return opFederation
	case "POST /":
		if form, err := url.ParseQuery(string(body)); err == nil && form.Get("Action") == opGetCallerIdentity {
			return opGetCallerIdentity
		}
		return opAssumeRole
	case "GET /authorize", "POST /authorize":
		return opAuthorize
	case "GET /device", "POST /device":
		return opVerifyDevice
	default:
		return opUnknown
	}
}

func isPortal(op string) bool {
	return slices.Contains([]string{opGetRoleCredentials, opListAccounts, opListAccountRoles, opLogout}, op)
}

func isSTS(op string) bool { return op == opAssumeRole || op == opGetCallerIdentity }

func isPage(op string) bool { return op == opAuthorize || op == opVerifyDevice }

// perform performs an operation atomically.
func (s *Server) perform(ctx context.Context, c *call) response {
	// Without the lock, since the configured credentials may come from this server.
	var rejection *response
	switch c.op {
	case opCreateTokenWithIAM:
		rejection = s.verifySignature(ctx, c)
	case opAssumeRole, opGetCallerIdentity:
		rejection = s.verifyCaller(ctx, c)
	}
	if rejection != nil {
		return *rejection
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	if rejection := s.throttle(c); rejection != nil {
		return *rejection
	}
	switch c.op {
	case opGetRoleCredentials:
		return s.getRoleCredentials(c)
	case opListAccounts:
		return s.listAccounts(c)
	case opListAccountRoles:
		return s.listAccountRoles(c)
	case opLogout:
		return s.logout(c)
	case opRegisterClient:
		return s.registerClient(c)
	case opStartDeviceAuthorization:
		return s.startDeviceAuthorization(c)
	case opCreateToken:
		return s.createToken(c)
	case opCreateTokenWithIAM:
		return s.createTokenWithIAM(c)
	case opAssumeRole:
		return s.assumeRole(c)
	case opGetCallerIdentity:
		return c.caller.identity.response()
	case opFederation:
		return s.federation(c)
	case opAuthorize:
		return s.authorize(c)
	case opVerifyDevice:
		return s.verifyDevice(c)
	default:
		return errorResponse(c.op, "UnknownOperationException", "There is no such operation.")
	}
}
