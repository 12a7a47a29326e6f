// Package idctest is a fake AWS IAM Identity Center: an HTTP server on the loopback address that behaves like the
// portal and the OIDC service, for the tests of programs that sign users in.
//
// [NewServer] starts one for a test, [Home] points the test's environment at it, and [HomeDir.SignIn] signs a user
// in:
//
//	srv := idctest.NewServer(t)
//	home := idctest.Home(t, srv)
//	home.SignIn()
//	// Now run the program.
//
// [Server.Fail] makes requests fail, [Server.Requests] and [Server.Count] report what arrived,
// [Server.ExpireAccessTokens] and [Server.RevokeAll] end tokens and sign-ins, and [Options] sets lifetimes, latency,
// the rate limit and the clock. [Server.Approve] and [Server.Deny] decide about device sign-ins, and so does a user
// on the verification page; a browser sign-in waits for a user on the page at /authorize. With Options.AutoApprove
// neither waits.
//
// # What it implements
//
// The eight operations of the two services, in the wire format of their API models. Errors have the header
// x-amzn-ErrorType, and in the body a message (portal) or error and error_description (OIDC). Client registrations
// expire and bind redirect URIs and grant types. Device codes follow RFC 8628, authorization codes RFC 6749 and RFC
// 7636, loopback redirect URIs RFC 8252. CreateTokenWithIAM verifies Signature Version 4. Every secret contains
// "idctest".
//
// # What AWS does not document
//
// AWS does not publish every rule. Tests should not rely on these:
//
//   - Refresh tokens rotate. Using one twice ends the refresh tokens of its sign-in but not the access tokens.
//     With Options.KeepRefreshTokens they do not rotate, as in other services.
//   - Refresh tokens do not expire by themselves; Logout and RevokeAll end them.
//   - A request with several faults gets the first error of this list. Portal: the access token (401, then 403),
//     missing or empty members (400), the account (404), page size and page token (400), the role (403). OIDC: the
//     signature, missing or empty members (400), the client (401), the grant type (400), the code or token (400).
//   - InvalidRequestException rejects a max_result outside 1 to 100, and a next_token that this list did not
//     return, such as an empty one. Without max_result a page has Options.PageSize elements. The last page has
//     nextToken null.
//   - ResourceNotFoundException rejects a role in an account that is not assigned, and ForbiddenException a role
//     that is not assigned in an assigned account.
//   - The portal rejects an access token whose scopes do not include sso:account:access with ForbiddenException.
//   - A client that registers no grant types may use all. One that registers no scopes gets no refresh token. Any
//     well-formed scope can be registered.
//   - InvalidClientException rejects an expired client registration.
//   - Polling a device code too early adds 5 seconds to the required interval. A tenth of the interval is
//     tolerated.
//   - InvalidGrantException rejects a device code or authorization code that is used twice. For an authorization
//     code, this also ends its sign-in. Authorization codes are valid for 5 minutes.
//   - authorizationEndpoint and tokenEndpoint of a registration are null. The browser starts at /authorize of the
//     OIDC endpoint, as in AWS CLI v2.
//   - Missing, malformed and wrong signatures, and those for another region, service or time or by unknown keys, are
//     rejected with the codes that AWS services generally use.
//   - CreateTokenWithIAM accepts any client ID and any assertion; only a token exchange validates its token. The ID
//     token is a JWT without a valid signature.
//   - Messages and descriptions are not the service's, even if they read like them. Responses have a request ID but
//     no X-Amz-Cf-Id or X-Amz-Id-2, which Fault.Header can add.
//   - There is no limit to requests unless Options.RequestsPerSecond sets one. The service is known to throttle at
//     about 20 requests a second, and not known to send Retry-After.
package idctest
