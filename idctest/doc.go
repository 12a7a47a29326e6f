// Package idctest provides a fake AWS IAM Identity Center for tests: an HTTP server on the loopback interface that
// implements the portal and OIDC APIs.
//
// [NewServer] starts a server for a test, [Home] points the test's environment at it, and [HomeDir.SignIn] signs a
// user in:
//
//	srv := idctest.NewServer(t)
//	home := idctest.Home(t, srv)
//	home.SignIn()
//	// Now run the program.
//
// [Server.Fail] makes requests fail, [Server.Requests] and [Server.Count] report the requests received,
// [Server.ExpireAccessTokens] and [Server.RevokeAll] invalidate tokens, and [Options] sets lifetimes, latency, the
// rate limit and the clock. [Server.Approve], [Server.Deny] or a user on the verification page complete device
// authorizations; a browser sign-in waits for a user on the page at /authorize. With Options.AutoApprove, both
// complete immediately.
//
// # What it implements
//
// The eight operations of the two services, in the wire format of their API models. Errors have the header
// x-amzn-ErrorType, and a body with a message (portal) or error and error_description (OIDC). Client registrations
// expire and restrict redirect URIs and grant types. Device codes follow RFC 8628, authorization codes RFC 6749 and
// RFC 7636, loopback redirect URIs RFC 8252. CreateTokenWithIAM verifies Signature Version 4. Every secret contains
// "idctest".
//
// Of STS, which uses the credentials, it has AssumeRole and GetCallerIdentity.
//
// # What AWS does not document
//
// AWS does not publish every rule. Tests should not rely on these:
//
//   - Refresh tokens rotate. Using one twice revokes the refresh tokens of its sign-in but not the access tokens.
//     With Options.KeepRefreshTokens they do not rotate, as in other services.
//   - Refresh tokens do not expire; Logout and RevokeAll revoke them.
//   - A request with several errors gets the first one in this order. Portal: the access token (401, then 403),
//     missing or empty members (400), the account (404), page size and page token (400), the role (403). OIDC: the
//     signature, missing or empty members (400), the client (401), the grant type (400), the code or token (400).
//   - InvalidRequestException rejects a max_result outside 1 to 100, and a next_token that this list did not
//     return, such as an empty one. Without max_result a page has Options.PageSize elements. The last page has
//     nextToken null.
//   - ResourceNotFoundException rejects a role in an account that is not assigned, and ForbiddenException a role
//     that is not assigned in an assigned account.
//   - The portal rejects an access token whose scopes do not include sso:account:access with ForbiddenException.
//   - A client that registers no grant types may use all of them. One that registers no scopes gets no refresh
//     token. Any well-formed scope can be registered.
//   - InvalidClientException rejects an expired client registration.
//   - Polling too early adds 5 seconds to the required interval, with a tolerance of a tenth of the interval.
//   - InvalidGrantException rejects a device code or authorization code that is used twice. For an authorization
//     code, this also revokes its sign-in. Authorization codes are valid for 5 minutes.
//   - authorizationEndpoint and tokenEndpoint of a registration are null. The browser starts at /authorize of the
//     OIDC endpoint, as in AWS CLI v2.
//   - Missing, malformed and wrong signatures, and those for another region, service or time or by unknown keys, are
//     rejected with the codes that AWS services generally use.
//   - CreateTokenWithIAM accepts any client ID and any assertion; only a token exchange validates its token. The ID
//     token is a JWT without a valid signature.
//   - Messages and descriptions are not AWS's, even if they look like it. Responses have a request ID but no
//     X-Amz-Cf-Id or X-Amz-Id-2, which Fault.Header can add.
//   - There is no rate limit unless Options.RequestsPerSecond sets one. AWS throttles at about 20 requests per second,
//     and is not known to send Retry-After.
package idctest
