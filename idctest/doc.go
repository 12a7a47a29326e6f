// Package idctest is a fake AWS IAM Identity Center: a real HTTP server on the loopback address that
// behaves like the portal and the OIDC service, for the tests of programs that sign people in.
//
// [NewServer] starts one for a test, [Home] points the test's environment at it, and [HomeDir.SignIn]
// signs a user in:
//
//	srv := idctest.NewServer(t)
//	home := idctest.Home(t, srv)
//	home.SignIn()
//	// Now run the program.
//
// [Server.Fail] makes requests go wrong, [Server.Requests] and [Server.Count] tell what arrived,
// [Server.ExpireAccessTokens] and [Server.RevokeAll] end what was handed out, and [Options] sets
// lifetimes, latency and the clock. Device sign-ins are answered by [Server.Approve] and
// [Server.Deny], by a person at the verification page, or by Options.AutoApprove; browser sign-ins
// by a person at /authorize, or by Options.AutoApprove.
//
// # What it answers
//
// The eight operations of the two services, in the wire format of their API models: errors carry
// the x-amzn-ErrorType header, with message in the body from the portal, and error and
// error_description from the OIDC service. Client registrations expire, and bind redirect URIs and
// grant types; device codes follow RFC 8628, authorization codes RFC 6749 and RFC 7636, loopback
// redirect URIs RFC 8252. CreateTokenWithIAM verifies Signature Version 4. Every secret says in
// itself that it comes from idctest.
//
// # Where the real service is not known
//
// AWS does not publish every rule. There the server answers as follows, which a test should not rely
// on:
//
//   - Refresh tokens rotate, and using one twice ends the refresh tokens of that sign-in but not its
//     access tokens. Options.KeepRefreshTokens is the other way services do it.
//   - Refresh tokens do not expire by themselves; Logout and RevokeAll end them.
//   - What is wrong is told in this order, whatever else is: to the portal, the access token (401,
//     then 403), members that are missing or empty (400), the account (404), page size and page
//     token (400), the role (403); to the OIDC service, the signature, members that are missing or
//     empty (400), the client (401), the grant type (400), what is traded in (400).
//   - A max_result that is not 1 to 100 is refused with InvalidRequestException, and so is a
//     next_token that this very list did not give out: an empty one too. Without max_result a page
//     holds Options.PageSize. A list without another page says nextToken: null.
//   - A role of an unassigned account is refused with ResourceNotFoundException, an unassigned role of
//     an assigned account with ForbiddenException.
//   - An access token with scopes, none of them sso:account:access, is refused by the portal with
//     ForbiddenException.
//   - A client that registers no grant types may use all; one that registers no scopes gets no
//     refresh token. Any well-formed scope can be registered.
//   - An expired client registration is refused with InvalidClientException.
//   - A device code polled too early adds 5 seconds to the wait the server insists on; a tenth of the
//     interval is forgiven.
//   - A code used twice, device code or authorization code, is refused with InvalidGrantException;
//     the authorization code also ends the sign-in it began. Authorization codes work for 5 minutes.
//   - authorizationEndpoint and tokenEndpoint of a registration are null; the browser starts at
//     /authorize of the OIDC endpoint, as in AWS CLI v2.
//   - A signature that is missing, malformed, for another region, service or time, wrong, or of
//     unknown keys is refused with the codes that AWS services in general have for these.
//   - CreateTokenWithIAM takes any client ID and any assertion; only a token exchange checks the
//     token it is given. The ID token is a JWT without a real signature.
//   - Texts of messages and descriptions are the server's own, even where they are worded like the
//     service's. Answers carry a request id, and no X-Amz-Cf-Id or X-Amz-Id-2: Fault.Header adds those.
//   - There is no limit to requests unless Options.RequestsPerSecond sets one. The service is known to
//     throttle, at about 20 requests a second, and not known to send Retry-After with it.
package idctest
